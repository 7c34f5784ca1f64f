/* src/wire/tcp_build.c: where Linux and FreeBSD put their options, as their conformance suites expect them. */
#include "unit.h"

#include "wire_gen.h"

static const uint8_t cookie[16] = {0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 1, 2}, digest[16] = {9};

static void check(unsigned present, enum wire_layout layout, uint8_t cookie_len, const uint8_t *want, size_t len)
{
    uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    struct wire_tcp t = {.opt = {.present = (uint16_t)present,
                                 .mss = 1460,
                                 .wscale = 6,
                                 .ts_val = 1,
                                 .ts_ecr = 2,
                                 .sack_n = 1,
                                 .sack = {{{3}, {4}}},
                                 .md5 = digest,
                                 .fastopen = cookie,
                                 .fastopen_len = cookie_len,
                                 .exp_kind = 254,
                                 .exp = cookie,
                                 .exp_len = 8}};
    assert_int_equal(wire_tcp_build_as(&t, layout, out), WIRE_TCP_HEADER_LEN + len);
    assert_int_equal(out[12] >> 4, (WIRE_TCP_HEADER_LEN + len) / 4);
    assert_memory_equal(out + WIRE_TCP_HEADER_LEN, want, len);
}

#define CHECK(present, layout, cookie_len, ...)                                                                                  \
    do {                                                                                                                         \
        const uint8_t want[] = {__VA_ARGS__};                                                                                    \
        check(present, layout, cookie_len, want, sizeof want);                                                                   \
    } while (0)

#define MSS  2, 4, 5, 0xb4
#define TS   8, 10, 0, 0, 0, 1, 0, 0, 0, 2
#define SACK 5, 10, 0, 0, 0, 3, 0, 0, 0, 4

enum { ALL = OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED | OPT_TIMESTAMPS };

static void linux_puts_timestamps_before_the_window_scale(void **state)
{
    (void)state;
    CHECK(ALL, WIRE_LAYOUT_LINUX, 0, MSS, 4, 2, TS, 1, 3, 3, 6);
    CHECK(OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED, WIRE_LAYOUT_LINUX, 0, MSS, 1, 1, 4, 2, 1, 3, 3, 6);
    CHECK(OPT_TIMESTAMPS | OPT_SACK, WIRE_LAYOUT_LINUX, 0, 1, 1, TS, 1, 1, SACK);
}

static void linux_pads_behind_a_cookie(void **state)
{
    (void)state;
    CHECK(OPT_MSS | OPT_FASTOPEN, WIRE_LAYOUT_LINUX, 0, MSS, 34, 2, 1, 1);
    CHECK(OPT_MSS | OPT_FASTOPEN, WIRE_LAYOUT_LINUX, 8, MSS, 34, 10, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 1, 2, 1, 1);
    CHECK(OPT_MSS | OPT_FASTOPEN, WIRE_LAYOUT_LINUX, 6, MSS, 34, 8, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf);
    CHECK(OPT_MSS | OPT_EXPERIMENT, WIRE_LAYOUT_LINUX, 0, MSS, 254, 10, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 1, 2, 1, 1);
}

static void freebsd_puts_the_window_scale_before_timestamps(void **state)
{
    (void)state;
    CHECK(ALL, WIRE_LAYOUT_FREEBSD, 0, MSS, 1, 3, 3, 6, 4, 2, TS);
    CHECK(OPT_MSS | OPT_WSCALE, WIRE_LAYOUT_FREEBSD, 0, MSS, 1, 3, 3, 6);
    CHECK(OPT_TIMESTAMPS, WIRE_LAYOUT_FREEBSD, 0, 1, 1, TS);
    CHECK(OPT_TIMESTAMPS | OPT_SACK, WIRE_LAYOUT_FREEBSD, 0, 1, 1, TS, 1, 1, SACK);
}

static void freebsd_ends_its_list_and_fills_up_with_zeros(void **state)
{
    (void)state;
    CHECK(OPT_MSS | OPT_SACK_PERMITTED, WIRE_LAYOUT_FREEBSD, 0, MSS, 4, 2, 0, 0);
    CHECK(ALL | OPT_FASTOPEN, WIRE_LAYOUT_FREEBSD, 0, MSS, 1, 3, 3, 6, 4, 2, TS, 34, 2, 0, 0);
    CHECK(OPT_MSS | OPT_SACK_PERMITTED | OPT_FASTOPEN, WIRE_LAYOUT_FREEBSD, 8, MSS, 4, 2, 34, 10, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 1,
          2);
    CHECK(OPT_MSS | OPT_SACK_PERMITTED | OPT_MD5, WIRE_LAYOUT_FREEBSD, 0, MSS, 4, 2, 19, 18, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0);
}

/* Whatever the layout, what was written is read again. */
static void every_layout_reads_as_it_was_written(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
        struct wire_tcp t = {.opt = {.present = (uint16_t)(gen(&seed) & (ALL | OPT_SACK | OPT_MD5 | OPT_FASTOPEN)),
                                     .mss = 1460,
                                     .sack_n = 1,
                                     .md5 = digest,
                                     .fastopen = cookie,
                                     .fastopen_len = (uint8_t)(4 + 2 * (i % 7))}},
                        back;
        size_t len = wire_tcp_build_as(&t, (enum wire_layout)(i % 3), out);
        if (!len) continue; /* they do not fit */
        assert_int_equal(wire_tcp_parse(out, len, &back), WIRE_OK);
        assert_int_equal(back.opt.present, t.opt.present);
        assert_int_equal(back.head_len, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_puts_timestamps_before_the_window_scale),
        cmocka_unit_test(linux_pads_behind_a_cookie),
        cmocka_unit_test(freebsd_puts_the_window_scale_before_timestamps),
        cmocka_unit_test(freebsd_ends_its_list_and_fills_up_with_zeros),
        cmocka_unit_test(every_layout_reads_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
