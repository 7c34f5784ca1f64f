/* src/wire/tcp_parse.c and tcp_build.c: TCP options, right ones and wrong ones. */
#include "unit.h"

#include "wire_gen.h"

/* Parses the bytes given, from memory that ends where they end. Pointers of the result are not to be followed. */
static struct wire_tcp_options parse(const void *bytes, size_t len)
{
    struct wire_tcp_options o;
    uint8_t *copy = exact_copy(bytes, len);
    wire_tcp_options_parse(copy, len, &o);
    exact_free(copy, len);
    return o;
}

#define PARSE(...) parse((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Whatever length but those in |right| (zero-terminated) a known kind has, it is skipped and what follows is still read. */
static void check_wrong_lengths(uint8_t kind, const uint8_t *right, unsigned bit)
{
    for (unsigned len = 2; len <= 37; len++) {
        uint8_t p[40] = {kind, (uint8_t)len};
        p[len] = TCPOPT_WSCALE;
        p[len + 1] = 3;
        p[len + 2] = 7;
        bool is_right = false;
        for (const uint8_t *r = right; *r; r++) is_right = is_right || *r == len;
        struct wire_tcp_options o = parse(p, len + 3);
        assert_int_equal(o.present & ~OPT_WSCALE, is_right ? bit : OPT_MALFORMED);
        assert_int_equal(o.wscale, 7);
    }
}

static void an_empty_list_holds_nothing(void **state)
{
    (void)state;
    struct wire_tcp_options o = parse("", 0);
    assert_int_equal(o.present, 0);
    assert_int_equal(o.sack_n, 0);
}

/* proves: MUST-4 */
static void end_of_list_ends_it_whatever_follows(void **state)
{
    (void)state;
    assert_int_equal(PARSE(0, 2, 4, 5, 6).present, 0);
    assert_int_equal(PARSE(2, 4, 5, 6, 0, 3, 3, 7).present, OPT_MSS);
    assert_int_equal(PARSE(0, 2, 0, 9).present, 0);
}

/* proves: MUST-4, MUST-64 */
static void nop_is_skipped_anywhere(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(1, 1, 1, 2, 4, 5, 6, 1, 3, 3, 7, 1);
    assert_int_equal(o.present, OPT_MSS | OPT_WSCALE);
}

static void reads_mss(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(2, 4, 0x05, 0xb4);
    assert_int_equal(o.present, OPT_MSS);
    assert_int_equal(o.mss, 1460);
}

static void reads_window_scale_as_received(void **state)
{
    (void)state;
    assert_int_equal(PARSE(3, 3, 7).wscale, 7);
    assert_int_equal(PARSE(3, 3, 255).wscale, 255);
    assert_int_equal(PARSE(3, 3, 255).present, OPT_WSCALE);
}

static void reads_sack_permitted(void **state)
{
    (void)state;
    assert_int_equal(PARSE(4, 2).present, OPT_SACK_PERMITTED);
}

static void reads_one_to_four_sack_blocks(void **state)
{
    (void)state;
    for (uint8_t n = 1; n <= 4; n++) {
        uint8_t p[64] = {5, (uint8_t)(2 + 8 * n)};
        for (uint8_t i = 0; i < 8 * n; i++) p[2 + i] = (uint8_t)(i + 1);
        struct wire_tcp_options o = parse(p, 2 + 8u * n);
        assert_int_equal(o.present, OPT_SACK);
        assert_int_equal(o.sack_n, n);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(o.sack[i].left.v, 0x01020304 + i * 0x08080808);
            assert_int_equal(o.sack[i].right.v, 0x05060708 + i * 0x08080808);
        }
    }
}

static void reads_timestamps(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
    assert_int_equal(o.present, OPT_TIMESTAMPS);
    assert_int_equal(o.ts_val, 0x01020304);
    assert_int_equal(o.ts_ecr, 0x05060708);
}

static void reads_the_common_block_of_timestamps(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
    assert_int_equal(o.present, OPT_TIMESTAMPS);
    assert_int_equal(o.sack_n, 0);
    assert_int_equal(o.ts_val, 0x01020304);
    assert_int_equal(o.ts_ecr, 0x05060708);
}

static void reads_what_follows_the_common_block(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9);
    assert_int_equal(o.present, OPT_TIMESTAMPS | OPT_SACK);
    assert_int_equal(o.ts_val, 0x01020304);
    assert_int_equal(o.sack[0].right.v, 9);
}

static void a_cut_off_common_block_is_malformed(void **state)
{
    (void)state;
    const uint8_t p[] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t len = 3; len < sizeof(p); len++) assert_int_equal(parse(p, len).present, OPT_MALFORMED);
}

static void reads_md5(void **state)
{
    (void)state;
    uint8_t p[18] = {19, 18};
    struct wire_tcp_options o;
    wire_tcp_options_parse(p, sizeof(p), &o);
    assert_int_equal(o.present, OPT_MD5);
    assert_ptr_equal(o.md5, p + 2);
}

static void reads_user_timeout_in_seconds_and_minutes(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(28, 4, 0x00, 0x78);
    assert_int_equal(o.present, OPT_USER_TIMEOUT);
    assert_false(o.user_timeout_minutes);
    assert_int_equal(o.user_timeout, 120);
    o = PARSE(28, 4, 0xff, 0xff);
    assert_true(o.user_timeout_minutes);
    assert_int_equal(o.user_timeout, 0x7fff);
}

static void reads_ao_of_every_length(void **state)
{
    (void)state;
    for (uint8_t len = 4; len <= 40; len++) {
        uint8_t p[40] = {29, len, 61, 84};
        struct wire_tcp_options o;
        wire_tcp_options_parse(p, len, &o);
        assert_int_equal(o.present, OPT_AO);
        assert_int_equal(o.ao_key_id, 61);
        assert_int_equal(o.ao_next_key_id, 84);
        assert_int_equal(o.ao_mac_len, len - 4);
        assert_ptr_equal(o.ao_mac, p + 4);
    }
}

static void reads_a_fast_open_request_and_cookie(void **state)
{
    (void)state;
    uint8_t p[10] = {34, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    struct wire_tcp_options o;
    wire_tcp_options_parse(p, sizeof(p), &o);
    assert_int_equal(o.present, OPT_FASTOPEN);
    assert_int_equal(o.fastopen_len, 8);
    assert_ptr_equal(o.fastopen, p + 2);
    o = PARSE(34, 2);
    assert_int_equal(o.present, OPT_FASTOPEN);
    assert_int_equal(o.fastopen_len, 0);
}

static void reads_accecn_of_both_orders(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(172, 11, 0, 0, 1, 0, 1, 0, 0xff, 0xff, 0xff);
    assert_int_equal(o.present, OPT_ACCECN);
    assert_int_equal(o.accecn_kind, TCPOPT_ACCECN0);
    assert_int_equal(o.accecn_n, 3);
    assert_int_equal(o.accecn[0], 1);
    assert_int_equal(o.accecn[1], 256);
    assert_int_equal(o.accecn[2], 0xffffff);
    o = PARSE(174, 5, 0, 0, 9);
    assert_int_equal(o.accecn_kind, TCPOPT_ACCECN1);
    assert_int_equal(o.accecn_n, 1);
}

static void uses_the_whole_counters_of_an_accecn_option_of_any_length(void **state)
{
    (void)state;
    static const uint8_t counters[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3};
    for (uint8_t len = 2; len <= 16; len++) {
        uint8_t p[16] = {172, len};
        struct wire_tcp_options o = parse(p, len);
        assert_int_equal(o.present, OPT_ACCECN);
        assert_int_equal(o.accecn_n, counters[len - 2]);
    }
}

static void reads_experiments_and_keeps_the_first(void **state)
{
    (void)state;
    uint8_t p[] = {254, 6, 0xf9, 0x89, 1, 2, 253, 2};
    struct wire_tcp_options o;
    wire_tcp_options_parse(p, sizeof(p), &o);
    assert_int_equal(o.present, OPT_EXPERIMENT);
    assert_int_equal(o.exp_kind, TCPOPT_EXP2);
    assert_int_equal(o.exp_len, 4);
    assert_ptr_equal(o.exp, p + 2);
    assert_int_equal(PARSE(253, 2).exp_kind, TCPOPT_EXP1);
}

static void mss_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_MSS, (const uint8_t[]){4, 0}, OPT_MSS);
}

static void window_scale_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    assert_int_equal(PARSE(3, 2).present, OPT_MALFORMED);
    assert_int_equal(PARSE(3, 4, 1, 1, 2, 4, 5, 6).present, OPT_MALFORMED | OPT_MSS);
}

static void sack_permitted_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_SACK_PERMITTED, (const uint8_t[]){2, 0}, OPT_SACK_PERMITTED);
}

static void sack_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_SACK, (const uint8_t[]){10, 18, 26, 34, 0}, OPT_SACK);
}

static void five_sack_blocks_are_malformed(void **state)
{
    (void)state;
    uint8_t p[42] = {5, 42};
    struct wire_tcp_options o = parse(p, sizeof(p));
    assert_int_equal(o.present, OPT_MALFORMED);
    assert_int_equal(o.sack_n, 0);
}

static void timestamps_of_a_wrong_length_are_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_TIMESTAMPS, (const uint8_t[]){10, 0}, OPT_TIMESTAMPS);
}

static void user_timeout_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_USER_TIMEOUT, (const uint8_t[]){4, 0}, OPT_USER_TIMEOUT);
}

static void md5_of_a_wrong_length_is_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_MD5, (const uint8_t[]){18, 0}, OPT_MD5);
}

static void ao_shorter_than_its_key_ids_is_skipped(void **state)
{
    (void)state;
    assert_int_equal(PARSE(29, 2, 3, 3, 1).present, OPT_MALFORMED | OPT_WSCALE);
    assert_int_equal(PARSE(29, 3, 0, 3, 3, 1).present, OPT_MALFORMED | OPT_WSCALE);
}

static void fast_open_cookies_of_odd_or_wrong_length_are_skipped(void **state)
{
    (void)state;
    check_wrong_lengths(TCPOPT_FASTOPEN, (const uint8_t[]){2, 6, 8, 10, 12, 14, 16, 18, 0}, OPT_FASTOPEN);
}

/* proves: MUST-6 */
static void unknown_kinds_are_skipped_by_their_length(void **state)
{
    (void)state;
    struct wire_tcp_options o = PARSE(77, 5, 2, 4, 9, 2, 4, 5, 0xb4);
    assert_int_equal(o.present, OPT_UNKNOWN | OPT_MSS);
    assert_int_equal(o.mss, 0x5b4);
}

/* proves: MUST-7 */
static void length_zero_ends_the_list(void **state)
{
    (void)state;
    assert_int_equal(PARSE(2, 4, 5, 6, 8, 0, 3, 3, 7).present, OPT_MSS | OPT_MALFORMED);
    assert_int_equal(PARSE(77, 0, 3, 3, 7).present, OPT_MALFORMED);
}

/* proves: MUST-7 */
static void length_one_ends_the_list(void **state)
{
    (void)state;
    assert_int_equal(PARSE(2, 1, 3, 3, 7).present, OPT_MALFORMED);
}

static void a_length_beyond_the_list_ends_it(void **state)
{
    (void)state;
    assert_int_equal(PARSE(3, 3, 7, 2, 5, 1, 1).present, OPT_WSCALE | OPT_MALFORMED);
    assert_int_equal(PARSE(77, 255, 0).present, OPT_MALFORMED);
}

static void a_kind_without_its_length_ends_the_list(void **state)
{
    (void)state;
    assert_int_equal(PARSE(3, 3, 7, 2).present, OPT_WSCALE | OPT_MALFORMED);
}

static void of_an_option_twice_the_last_counts(void **state)
{
    (void)state;
    assert_int_equal(PARSE(2, 4, 0, 1, 2, 4, 0, 2).mss, 2);
    struct wire_tcp_options o = PARSE(2, 4, 0, 1, 2, 3, 9);
    assert_int_equal(o.mss, 1);
    assert_int_equal(o.present, OPT_MSS | OPT_MALFORMED);
}

static void every_kind_length_and_truncation_stays_within_bounds(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++) {
        for (unsigned option_len = 0; option_len < 256; option_len++) {
            uint8_t p[40];
            memset(p, 1, sizeof(p));
            p[0] = (uint8_t)kind;
            p[1] = (uint8_t)option_len;
            for (size_t len = 0; len <= sizeof(p); len++) {
                struct wire_tcp_options o = parse(p, len);
                bool single = kind == TCPOPT_EOL || len == 0;
                bool impossible = !single && kind != TCPOPT_NOP && (len < 2 || option_len < 2 || option_len > len);
                if (single) assert_int_equal(o.present, 0);
                if (impossible) assert_int_equal(o.present, OPT_MALFORMED);
                assert_true(o.sack_n <= 4);
            }
        }
    }
}

static void random_lists_stay_within_bounds(void **state)
{
    (void)state;
    uint64_t s = 99;
    for (int round = 0; round < 50000; round++) {
        uint8_t p[40];
        size_t len = gen_below(&s, 41);
        for (size_t i = 0; i < len; i++) p[i] = (uint8_t)(gen(&s) & 3 ? gen_below(&s, 12) : gen(&s));
        struct wire_tcp_options o = parse(p, len);
        assert_true(o.sack_n <= 4 && (o.sack_n > 0) == !!(o.present & OPT_SACK));
    }
}

/* Builds the options alone. */
static size_t build(const struct wire_tcp_options *o, uint8_t out[60])
{
    struct wire_tcp t = {.opt = *o};
    return wire_tcp_build(&t, out) - WIRE_TCP_HEADER_LEN;
}

#define CHECK_BUILT(o, ...)                                                                                                      \
    do {                                                                                                                         \
        const uint8_t want[] = {__VA_ARGS__};                                                                                    \
        uint8_t out[60];                                                                                                         \
        assert_int_equal(wire_tcp_options_len(&(o)), sizeof(want));                                                              \
        assert_int_equal(build(&(o), out), sizeof(want));                                                                        \
        assert_memory_equal(out + WIRE_TCP_HEADER_LEN, want, sizeof(want));                                                      \
    } while (0)

/* proves: MUST-68 */
static void builds_the_customary_options_of_a_syn(void **state)
{
    (void)state;
    struct wire_tcp_options o = {
        .present = OPT_MSS | OPT_SACK_PERMITTED | OPT_TIMESTAMPS | OPT_WSCALE, .mss = 1460, .ts_val = 0x01020304, .wscale = 7};
    CHECK_BUILT(o, 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7);
}

/* proves: MUST-69 */
static void builds_sack_permitted_alone_behind_nops(void **state)
{
    (void)state;
    struct wire_tcp_options o = {.present = OPT_SACK_PERMITTED};
    CHECK_BUILT(o, 1, 1, 4, 2);
}

static void builds_the_common_block_of_timestamps(void **state)
{
    (void)state;
    struct wire_tcp_options o = {.present = OPT_TIMESTAMPS, .ts_val = 1, .ts_ecr = 2};
    CHECK_BUILT(o, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
}

static void builds_sack_behind_timestamps(void **state)
{
    (void)state;
    struct wire_tcp_options o = {
        .present = OPT_TIMESTAMPS | OPT_SACK, .ts_val = 1, .ts_ecr = 2, .sack_n = 1, .sack = {{{3}, {4}}}};
    CHECK_BUILT(o, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4);
}

static void three_sack_blocks_fit_beside_timestamps(void **state)
{
    (void)state;
    struct wire_tcp_options o = {.present = OPT_TIMESTAMPS | OPT_SACK, .sack_n = 3};
    assert_int_equal(wire_tcp_options_len(&o), 40);
}

static void builds_nothing_for_what_cannot_be_written(void **state)
{
    (void)state;
    struct wire_tcp_options o = {.present = OPT_UNKNOWN | OPT_MALFORMED};
    uint8_t out[60];
    assert_int_equal(wire_tcp_options_len(&o), 0);
    assert_int_equal(build(&o, out), 0);
}

static void builds_user_timeout_fast_open_and_accecn(void **state)
{
    (void)state;
    static const uint8_t cookie[] = {9, 8, 7, 6};
    struct wire_tcp_options o = {.present = OPT_USER_TIMEOUT | OPT_FASTOPEN | OPT_ACCECN,
                                 .user_timeout = 5,
                                 .user_timeout_minutes = true,
                                 .fastopen = cookie,
                                 .fastopen_len = 4,
                                 .accecn_kind = TCPOPT_ACCECN1,
                                 .accecn_n = 2,
                                 .accecn = {1, 0x020304}};
    CHECK_BUILT(o, 28, 4, 0x80, 5, 1, 1, 34, 6, 9, 8, 7, 6, 174, 8, 0, 0, 1, 2, 3, 4);
}

static void builds_md5_and_ao(void **state)
{
    (void)state;
    static const uint8_t digest[] = "0123456789abcdef";
    struct wire_tcp_options o = {.present = OPT_MD5, .md5 = digest};
    CHECK_BUILT(o, 1, 1, 19, 18, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f');
    o = (struct wire_tcp_options){.present = OPT_AO, .ao_key_id = 1, .ao_next_key_id = 2, .ao_mac = digest, .ao_mac_len = 3};
    CHECK_BUILT(o, 1, 29, 7, 1, 2, '0', '1', '2');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_holds_nothing),
        cmocka_unit_test(end_of_list_ends_it_whatever_follows),
        cmocka_unit_test(nop_is_skipped_anywhere),
        cmocka_unit_test(reads_mss),
        cmocka_unit_test(reads_window_scale_as_received),
        cmocka_unit_test(reads_sack_permitted),
        cmocka_unit_test(reads_one_to_four_sack_blocks),
        cmocka_unit_test(reads_timestamps),
        cmocka_unit_test(reads_the_common_block_of_timestamps),
        cmocka_unit_test(reads_what_follows_the_common_block),
        cmocka_unit_test(a_cut_off_common_block_is_malformed),
        cmocka_unit_test(reads_md5),
        cmocka_unit_test(reads_user_timeout_in_seconds_and_minutes),
        cmocka_unit_test(reads_ao_of_every_length),
        cmocka_unit_test(reads_a_fast_open_request_and_cookie),
        cmocka_unit_test(reads_accecn_of_both_orders),
        cmocka_unit_test(uses_the_whole_counters_of_an_accecn_option_of_any_length),
        cmocka_unit_test(reads_experiments_and_keeps_the_first),
        cmocka_unit_test(mss_of_a_wrong_length_is_skipped),
        cmocka_unit_test(window_scale_of_a_wrong_length_is_skipped),
        cmocka_unit_test(sack_permitted_of_a_wrong_length_is_skipped),
        cmocka_unit_test(sack_of_a_wrong_length_is_skipped),
        cmocka_unit_test(five_sack_blocks_are_malformed),
        cmocka_unit_test(timestamps_of_a_wrong_length_are_skipped),
        cmocka_unit_test(user_timeout_of_a_wrong_length_is_skipped),
        cmocka_unit_test(md5_of_a_wrong_length_is_skipped),
        cmocka_unit_test(ao_shorter_than_its_key_ids_is_skipped),
        cmocka_unit_test(fast_open_cookies_of_odd_or_wrong_length_are_skipped),
        cmocka_unit_test(unknown_kinds_are_skipped_by_their_length),
        cmocka_unit_test(length_zero_ends_the_list),
        cmocka_unit_test(length_one_ends_the_list),
        cmocka_unit_test(a_length_beyond_the_list_ends_it),
        cmocka_unit_test(a_kind_without_its_length_ends_the_list),
        cmocka_unit_test(of_an_option_twice_the_last_counts),
        cmocka_unit_test(every_kind_length_and_truncation_stays_within_bounds),
        cmocka_unit_test(random_lists_stay_within_bounds),
        cmocka_unit_test(builds_the_customary_options_of_a_syn),
        cmocka_unit_test(builds_sack_permitted_alone_behind_nops),
        cmocka_unit_test(builds_the_common_block_of_timestamps),
        cmocka_unit_test(builds_sack_behind_timestamps),
        cmocka_unit_test(three_sack_blocks_fit_beside_timestamps),
        cmocka_unit_test(builds_nothing_for_what_cannot_be_written),
        cmocka_unit_test(builds_user_timeout_fast_open_and_accecn),
        cmocka_unit_test(builds_md5_and_ao),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
