/* src/wire/checksum.c against a naive sum of big-endian words (RFC 1071). */
#include "unit.h"

#include "checksum.h"
#include "wire_gen.h"

enum { BIG = 2 * 1024 * 1024 + 77 };

/* RFC 1071 4.1 word by word; the result in network order as a number. */
static uint16_t naive(const uint8_t *p, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i++) sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
    while (sum >> 16) sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)sum;
}

/* A folded sum as a number in network order; the two forms of zero are one. */
static uint16_t value(uint64_t sum)
{
    uint16_t v = csum_fold(sum);
    uint8_t b[2];
    memcpy(b, &v, 2);
    return (uint16_t)(b[0] << 8 | b[1]);
}

static void fill(uint8_t *p, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++) p[i] = (uint8_t)gen(&seed);
}

static void the_example_of_rfc_1071(void **state)
{
    (void)state;
    static const uint8_t p[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    assert_int_equal(value(csum_add(0, p, sizeof(p))), 0xddf2);
}

static void nothing_sums_to_zero(void **state)
{
    (void)state;
    assert_int_equal(csum_add(0, "", 0), 0);
    assert_int_equal(csum_fold(0), 0);
}

static void zeros_sum_to_zero(void **state)
{
    (void)state;
    static const uint8_t zero[4096];
    assert_int_equal(csum_add(0, zero, sizeof(zero)), 0);
}

static void every_length_at_every_alignment(void **state)
{
    (void)state;
    uint8_t p[512 + 32];
    fill(p, sizeof(p), 1);
    for (size_t at = 0; at < 32; at++)
        for (size_t len = 0; len <= 512; len++) assert_int_equal(value(csum_add(0, p + at, len)), naive(p + at, len));
}

static void nothing_is_read_past_the_end(void **state)
{
    (void)state;
    uint8_t p[200];
    fill(p, sizeof(p), 2);
    for (size_t len = 0; len <= sizeof(p); len++) {
        uint8_t *copy = exact_copy(p, len);
        assert_int_equal(value(csum_add(0, copy, len)), naive(p, len));
        exact_free(copy, len);
    }
}

static void lanes_do_not_overflow_in_megabytes_of_ones(void **state)
{
    (void)state;
    uint8_t *p = malloc(BIG);
    assert_non_null(p);
    memset(p, 0xff, BIG);
    for (size_t len = 1024 * 1024 - 40; len < 1024 * 1024 + 200; len++)
        assert_int_equal(value(csum_add(0, p, len)), len % 2 ? 0xff00 : 0xffff);
    fill(p, BIG, 3);
    assert_int_equal(value(csum_add(0, p, BIG)), naive(p, BIG));
    free(p);
}

static void a_super_segment(void **state)
{
    (void)state;
    uint8_t *p = malloc(65535);
    assert_non_null(p);
    fill(p, 65535, 4);
    for (size_t len = 65400; len <= 65535; len++) assert_int_equal(value(csum_add(0, p, len)), naive(p, len));
    free(p);
}

static void even_pieces_sum_as_the_whole(void **state)
{
    (void)state;
    uint8_t p[301];
    fill(p, sizeof(p), 5);
    for (size_t a = 0; a <= sizeof(p); a += 2)
        for (size_t b = a; b <= sizeof(p); b += 2) {
            uint64_t sum = csum_add(csum_add(csum_add(0, p, a), p + a, b - a), p + b, sizeof(p) - b);
            assert_int_equal(value(sum), naive(p, sizeof(p)));
        }
}

static void odd_pieces_sum_as_the_whole(void **state)
{
    (void)state;
    uint8_t p[200];
    uint64_t s = 6;
    for (int round = 0; round < 5000; round++) {
        fill(p, sizeof(p), gen(&s));
        size_t len = gen_below(&s, sizeof(p) + 1);
        uint64_t sum = 0;
        for (size_t at = 0, n; at < len; at += n) {
            n = 1 + gen_below(&s, (uint32_t)(len - at));
            sum = at % 2 ? csum_add_odd(sum, p + at, n) : csum_add(sum, p + at, n);
        }
        assert_int_equal(value(sum), naive(p, len));
    }
}

static void partial_sums_are_joined_by_addition(void **state)
{
    (void)state;
    uint8_t p[128];
    fill(p, sizeof(p), 7);
    assert_int_equal(value(csum_add(0, p, 50) + csum_add(0, p + 50, 78)), naive(p, 128));
}

/* proves: RFC 1122 4.2.3.12 */
static void copying_copies_exactly_and_sums_the_same(void **state)
{
    (void)state;
    uint8_t p[300], q[320];
    fill(p, sizeof(p), 8);
    for (size_t at = 0; at < 16; at++)
        for (size_t len = 0; len <= 260; len++) {
            memset(q, 0x5a, sizeof(q));
            assert_int_equal(csum_copy(7, q + at, p + 3, len), csum_add(7, p + 3, len));
            if (len) assert_memory_equal(q + at, p + 3, len);
            for (size_t i = 0; i < at; i++) assert_int_equal(q[i], 0x5a);
            for (size_t i = at + len; i < sizeof(q); i++) assert_int_equal(q[i], 0x5a);
        }
}

static void copying_megabytes(void **state)
{
    (void)state;
    uint8_t *p = malloc(BIG), *q = malloc(BIG);
    assert_non_null(p);
    assert_non_null(q);
    fill(p, BIG, 9);
    assert_int_equal(value(csum_copy(0, q, p, BIG)), naive(p, BIG));
    assert_memory_equal(p, q, BIG);
    free(p);
    free(q);
}

static void folding_takes_any_64_bits(void **state)
{
    (void)state;
    uint64_t s = 10;
    assert_int_equal(csum_fold(UINT64_MAX), 0xffff);
    for (int round = 0; round < 10000; round++) {
        uint64_t v = gen(&s) >> gen_below(&s, 64);
        uint64_t want = v % 65535;
        assert_int_equal(csum_fold(v) % 65535, want);
    }
}

static void the_field_makes_the_sum_all_ones(void **state)
{
    (void)state;
    uint64_t s = 11;
    for (int round = 0; round < 1000; round++) {
        uint8_t p[64];
        fill(p, sizeof(p), gen(&s));
        memset(p + 16, 0, 2);
        csum_put(p + 16, csum_add(0, p, sizeof(p)));
        assert_int_equal(csum_fold(csum_add(0, p, sizeof(p))), 0xffff);
    }
}

/* RFC 9293 3.1, figure 2. */
static void the_pseudo_header_of_ipv4(void **state)
{
    (void)state;
    static const uint8_t a[4] = {192, 0, 2, 1}, b[4] = {198, 51, 100, 255};
    static const uint8_t pseudo[] = {192, 0, 2, 1, 198, 51, 100, 255, 0, 6, 0x12, 0x34};
    struct tern_addr src = tern_addr_v4(a), dst = tern_addr_v4(b);
    assert_int_equal(value(csum_pseudo(&src, &dst, 6, 0x1234)), naive(pseudo, sizeof(pseudo)));
}

/* RFC 8200 8.1. */
static void the_pseudo_header_of_ipv6(void **state)
{
    (void)state;
    uint8_t pseudo[40] = {[32] = 0, 0x01, 0x23, 0x45, 0, 0, 0, 58};
    struct tern_addr src, dst;
    fill(pseudo, 32, 12);
    memcpy(src.b, pseudo, 16);
    memcpy(dst.b, pseudo + 16, 16);
    assert_int_equal(value(csum_pseudo(&src, &dst, 58, 0x012345)), naive(pseudo, sizeof(pseudo)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_1071),
        cmocka_unit_test(nothing_sums_to_zero),
        cmocka_unit_test(zeros_sum_to_zero),
        cmocka_unit_test(every_length_at_every_alignment),
        cmocka_unit_test(nothing_is_read_past_the_end),
        cmocka_unit_test(lanes_do_not_overflow_in_megabytes_of_ones),
        cmocka_unit_test(a_super_segment),
        cmocka_unit_test(even_pieces_sum_as_the_whole),
        cmocka_unit_test(odd_pieces_sum_as_the_whole),
        cmocka_unit_test(partial_sums_are_joined_by_addition),
        cmocka_unit_test(copying_copies_exactly_and_sums_the_same),
        cmocka_unit_test(copying_megabytes),
        cmocka_unit_test(folding_takes_any_64_bits),
        cmocka_unit_test(the_field_makes_the_sum_all_ones),
        cmocka_unit_test(the_pseudo_header_of_ipv4),
        cmocka_unit_test(the_pseudo_header_of_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
