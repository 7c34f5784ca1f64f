#include "base_test.h"

static const uint8_t text[] = "the quick brown fox";

/* "HEAD", then "the quick" in the slices "the ", "", "quick". */
static struct tern_pkt sample(void)
{
    struct tern_pkt p = {.head = "HEAD", .head_len = 4, .slices_n = 3, .payload_len = 9};
    p.slice[0] = (struct tern_slice){text, 4};
    p.slice[2] = (struct tern_slice){text + 4, 5};
    return p;
}

TEST(head_and_slices_become_one_run_of_bytes)
{
    struct tern_pkt p = sample();
    uint8_t out[14];
    memset(out, '.', sizeof out);
    assert_int_equal(tern_pkt_flatten(&p, out, sizeof out), 13);
    assert_memory_equal(out, "HEADthe quick.", 14);
}

TEST(a_packet_may_fill_the_room_exactly)
{
    struct tern_pkt p = sample();
    uint8_t out[13];
    assert_int_equal(tern_pkt_flatten(&p, out, 13), 13);
}

TEST(too_little_room_is_an_error_and_nothing_is_written)
{
    struct tern_pkt p = sample();
    uint8_t out[12];
    memset(out, '.', sizeof out);
    assert_int_equal(tern_pkt_flatten(&p, out, sizeof out), TERN_ERR_MSGSIZE);
    for (size_t i = 0; i < sizeof out; i++) assert_int_equal(out[i], '.');
}

TEST(a_packet_without_payload_is_its_head)
{
    struct tern_pkt p = {.head = "HEAD", .head_len = 4};
    uint8_t out[120];
    assert_int_equal(tern_pkt_flatten(&p, out, sizeof out), 4);
    assert_memory_equal(out, "HEAD", 4);
}

TEST(the_longest_packet_of_the_most_slices_fits)
{
    static uint8_t data[TERN_PACKET_MAX], out[TERN_PACKET_MAX];
    struct tern_pkt p = {.head_len = TERN_HEAD_MAX, .slices_n = TERN_SLICES_MAX};
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    memcpy(p.head, data, TERN_HEAD_MAX);
    size_t at = TERN_HEAD_MAX;
    for (int i = 0; i < TERN_SLICES_MAX; i++) {
        size_t len = i < TERN_SLICES_MAX - 1 ? 5000 : sizeof data - at;
        p.slice[i] = (struct tern_slice){data + at, (uint32_t)len};
        at += len;
    }
    assert_int_equal(tern_pkt_flatten(&p, out, sizeof out), TERN_PACKET_MAX);
    assert_memory_equal(out, data, sizeof data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_slices_become_one_run_of_bytes),
        cmocka_unit_test(a_packet_may_fill_the_room_exactly),
        cmocka_unit_test(too_little_room_is_an_error_and_nothing_is_written),
        cmocka_unit_test(a_packet_without_payload_is_its_head),
        cmocka_unit_test(the_longest_packet_of_the_most_slices_fits),
    };
    return cmocka_run_group_tests_name("base pkt", tests, NULL, NULL);
}
