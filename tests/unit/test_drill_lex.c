/* What is no script: each mistake with its place, and a message that says what is wrong. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

struct row {
    const char *text;
    uint32_t line, column, width;
    const char *message; /* part of it */
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        struct script *s;
        struct script_error err;
        if (script_parse("t.pkt", r->text, strlen(r->text), NULL, 0, &s, &err) == 0)
            fail_msg("read without a complaint: %s", r->text);
        assert_null(s);
        if (err.at.line != r->line || err.at.column != r->column || err.width != r->width || !strstr(err.message, r->message)) {
            fail_msg("%s\n%u:%u width %u: %s", r->text, err.at.line, err.at.column, err.width, err.message);
        }
        assert_string_equal(err.path, "t.pkt");
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void tokens_that_do_not_fit(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", 1, 1, 1,
         "The script ends here, expected was an option (--name=value), a time, a number, a command (`...`), '+' or '*'."},
        {"// nothing", 1, 1, 1, "The script ends here"},
        {"s//", 1, 1, 1, "Found \"s\", expected was"},
        {"0 `x`\n+0 = 3", 2, 4, 1, "Found \"=\""},
        {"0 < S 0:0(0) win 1\n\n0", 3, 2, 1, "The script ends here"},
        {"0 > S 0:0", 1, 10, 1, "expected was '('"},
        {"0 > S 0:0(0) ack win 5", 1, 18, 3, "Found \"win\", expected was a number."},
        {"0 > . 1:1(0) <mss>", 1, 18, 1, "Found \">\", expected was a number."},
        {"0 > . 1:1(0) <what 1>", 1, 15, 4, "Found \"what\", expected was ..., mss, wscale"},
        {"0 f(3, = 4", 1, 8, 1, "Found \"=\""},
        {"0 f(3) = 4 (note", 1, 17, 1, "The script ends here"},
        {"0 f({a=1, b=}) = 0", 1, 13, 1, "Found \"}\""},
        {"0 `x`\n--mtu=5\n", 2, 1, 7, "Found \"--mtu=5\""},
        {"1.5.5 `x`", 1, 4, 2, "Found \".5\""},
        {"0 `x` `y` `z`", 1, 11, 3, "Found \"`z`\", expected was the end of the script"},
        {"0 averyveryveryveryverylongnameofacall 5", 1, 40, 1, "Found \"5\", expected was '('."},
        {"0 > S 0:0(0) averyveryveryveryverylongnameofacall", 1, 14, 36, "Found \"averyveryveryveryverylongnameo...\""},
    };
    CHECK(rows);
}

static void what_has_no_end_or_no_meaning(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 f(\"abc) = 0", 1, 5, 1, "string never ends"},
        {"0 `abc", 1, 3, 1, "command never ends"},
        {"0 %{ assert 1", 1, 3, 2, "code never ends: }% is missing"},
        {"/* abc", 1, 1, 2, "comment never ends"},
        {"#ifdef X\n0 `x`\n", 1, 1, 8, "#endif is missing"},
        {"0 `x`\n  #endif", 2, 3, 6, "without its #ifdef"},
        {"#else", 1, 1, 5, "without its #ifdef"},
        {"#ifdef X\n#else\n#else\n#endif", 3, 1, 5, "second #else"},
        {"#ifdef", 1, 1, 6, "asks for a name"},
        {"#ifdef X Y\n#endif", 1, 1, 10, "nothing more"},
        {"#include <x>", 1, 1, 12, "Lines with # are"},
        {"0 ?", 1, 3, 1, "The character ? has no meaning"},
        {"0 `x` # y", 1, 7, 1, "The character # has no meaning"},
        {"0 \x01", 1, 3, 1, "The byte 0x01"},
        {"0 f(\"\\q\") = 0", 1, 5, 4, "escape \\q"},
        {"0 f(\"\\x1\") = 0", 1, 5, 5, "escape \\x"},
        {"0 f(\"\\400\") = 0", 1, 5, 6, "escape \\4"},
        {"--define=\n0 `x`", 1, 1, 9, "NAME=VALUE"},
        {"--define\n0 `x`", 1, 1, 8, "--define asks for a value"},
        {"--mtu\n0 `x`", 1, 1, 5, "--mtu asks for a value"},
        {"--strict_segments=1\n0 `x`", 1, 1, 19, "--strict_segments takes no value"},
        {"--mtu=1500\n--wire_client\n0 `x`", 2, 1, 13, "Scripts have no option --wire_client"},
        {"--define==3\n0 `x`", 1, 1, 11, "NAME=VALUE"},
    };
    CHECK(rows);
}

static void numbers_beyond_their_range(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"-1 `x`", 1, 1, 2, "cannot be negative"},
        {"+-.5 `x`", 1, 2, 3, "cannot be negative"},
        {"99999999999999999999 `x`", 1, 1, 20, "at most 1000000000 seconds"},
        {"2~1 > . 1:1(0)", 1, 1, 3, "ends before it begins"},
        {"1~2 < . 1:1(0) win 1", 1, 1, 3, "Only packets that the stack sends"},
        {"* `x`", 1, 1, 1, "Only packets that the stack sends"},
        {"1...0.5 read(3) = 0", 1, 1, 1, "returns before it begins"},
        {"0 > S 0:0(70000)", 1, 11, 5, "must be 0 to 65535"},
        {"0 > S 4294967296:0(0)", 1, 7, 10, "must be 0 to 4294967295"},
        {"0 > S -1:0(0)", 1, 7, 2, "must be 0 to"},
        {"0 > S 1:3(1)", 1, 7, 6, "The range from 1 to 3 has not the length 1"},
        {"0 > S 0:0(0) win 65536", 1, 18, 5, "must be 0 to 65535"},
        {"0 > S 0:0(0) ack 99999999999999999999999", 1, 18, 23, "must be 0 to"},
        {"0 > 70000 > 1 S 0:0(0)", 1, 5, 5, "must be 0 to 65535"},
        {"0 > (tos 0x100) S 0:0(0)", 1, 10, 5, "must be 0 to 255"},
        {"0 > [flowlabel 0x100000] S 0:0(0)", 1, 16, 8, "must be 0 to 1048575"},
        {"0 > [ect0, ce] S 0:0(0)", 1, 12, 2, "said twice"},
        {"0 f(99999999999999999999) = 0", 1, 5, 20, "64 bits"},
        {"0 f(0x10000000000000000) = 0", 1, 5, 19, "64 bits"},
        {"0 f(-9223372036854775809) = 0", 1, 5, 20, "64 bits"},
    };
    CHECK(rows);
}

static void packets_that_cannot_be(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0 > SX 0:0(0)", 1, 5, 2, "The flag X is none"},
        {"0 > SS 0:0(0)", 1, 5, 2, "said twice"},
        {"0 > SE.5 0:0(0)", 1, 5, 4, "AccECN"},
        {"0 > S- 0:0(0)", 1, 5, 2, "The flag - is none"},
        {"0 < S 0:0(0)", 1, 3, 10, "needs its window"},
        {"0 < S 0:0(0) win 1 <...>", 1, 3, 22, "needs its options"},
        {"0 < S ...(0) win 1", 1, 3, 16, "needs its sequence numbers"},
        {"0 < [ect01] S 0:0(0) win 1", 1, 3, 24, "cannot be [ect01]"},
        {"0 > . 1:1(0) <nop>", 1, 14, 5, "length is 1; fill them up"},
        {"0 > . 1:1(0) <sack 1:2 3:4 5:6 7:8,TS val 1 ecr 2>", 1, 14, 37, "length is 44"},
        {"0 > . 1:1(0) <sack 1:2 3:4 5:6 7:8 9:10>", 1, 15, 25, "room for 4 blocks"},
        {"0 > . 1:1(0) <FO 123>", 1, 18, 3, "odd number"},
        {"0 > . 1:1(0) <FO xy>", 1, 18, 2, "not hexadecimal"},
        {"0 > . 1:1(0) <md5 0011223344556677889900112233445566>", 1, 19, 34, "room for 16 bytes; here are 17"},
        {"0 > . 1:1(0) <raw 0x>", 1, 15, 6, "at least one byte"},
        {"0 > . 1:1(0) <ECN ceb 1>", 1, 15, 9, "stand as e0b, ceb, e1b"},
        {"0 > . 1:1(0) <ECN e0b 1 e1b 1>", 1, 15, 15, "stand as e0b, ceb, e1b"},
        {"0 > . 1:1(0) <ECN e0b 16777216>", 1, 15, 16, "24 bits"},
        {"0 < icmp unreachable code_1 [...(0)]", 1, 30, 6, "A quoted packet"},
        {"0 f(3, m(1, 2)=4) = 0", 1, 10, 4, "needs one number"},
    };
    CHECK(rows);
}

/* |n| times |part| between |before| and |after|. */
static char *many(const char *before, const char *part, size_t n, const char *after, size_t *len)
{
    *len = strlen(before) + n * strlen(part) + strlen(after);
    char *text = malloc(*len + 1);
    char *to = stpcpy(text, before);
    for (size_t i = 0; i < n; i++) to = stpcpy(to, part);
    strcpy(to, after);
    return text;
}

static void check_many(const char *before, const char *part, size_t n, const char *after, const char *message)
{
    size_t len;
    char *text = many(before, part, n, after, &len);
    struct script *s;
    struct script_error err;
    int result = script_parse("t.pkt", text, len, NULL, 0, &s, &err);
    if (message) {
        assert_int_equal(result, -1);
        if (!strstr(err.message, message)) fail_msg("%s", err.message);
    } else {
        if (result != 0) fail_msg("%s", err.message);
        script_free(s);
    }
    free(text);
}

static void large_and_deep_ones(void **state)
{
    (void)state;
    check_many("0 f(", "[", 63, "", "The script ends here");
    check_many("0 f(", "[", 100000, "", "more than 64 brackets");
    check_many("0 f(", "{", 100000, "", "more than 64 brackets");
    check_many("0 f", "(a", 100000, "", "more than 64 brackets");
    check_many("", "#ifdef X\n", 1000, "", "more than 64 conditions");
    check_many("0 `x`", "\n", SCRIPT_SIZE_MAX - 5, "", NULL);
    check_many("0 `x`", "\n", SCRIPT_SIZE_MAX - 4, "", "more than the 4194304 that are read");
    check_many("0 `x`", "\n+0 `y`", 10000000 / 7, "", "more than the 4194304");
    check_many("", "\n+0 `y`", 100000, "", NULL);
    check_many("0 f(", "\"a\" ", 500000, ") = 0", NULL);
    check_many("0 f(1", "|1", 500000, ") = 0", NULL);
    check_many("0 f(\"", "a", 4000000, "", "string never ends");
    check_many("0 %{ assert 0", "}", 4000000, "", "code never ends");
    check_many("/*", "*", 4000000, "", "comment never ends");
    check_many("0 %{ x = 1", "+1", 150, "}%", NULL);
    check_many("0 %{ x = 1", "+1", 1000000, "}%", "too deep");
    check_many("0 %{ x = ", "(", 1000000, "}%", "too deep");
    check_many("0 %{ x = ", "-", 1000000, "1}%", "too deep");
    check_many("0 %{ x = ", "not ", 1000000, "1}%", "too deep");
    check_many("0 %{ x = 1", " or 1", 500000, "}%", NULL);
}

static void a_zero_byte(void **state)
{
    (void)state;
    struct script *s;
    struct script_error err;
    assert_int_equal(script_parse("t.pkt", "0 `x`\n+0 \0 `y`", 13, NULL, 0, &s, &err), -1);
    assert_int_equal(err.at.line, 2);
    assert_int_equal(err.at.column, 4);
    assert_non_null(strstr(err.message, "byte 0"));
}

static void show(const struct script_error *err, char *out, size_t size)
{
    char mark[SCRIPT_MARK_SIZE];
    script_error_mark(err, mark);
    snprintf(out, size, "%s:%u:%u: %s\n  %s\n  %s\n", err->path, err->at.line, err->at.column, err->message, err->source, mark);
}

static void the_place_is_marked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"0 `x`\n\t+0 > SX 0:0(0)\n0 `y`",
         "t.pkt:2:7: The flag X is none: there are F S R P . U E W A, and the digits 0 to 7 for AccECN.\n"
         "   +0 > SX 0:0(0)\n        ^^\n"},
        {"/* \xe4\xb8\xad\xe6\x96\x87 */ 0 ?", "t.pkt:1:16: The character ? has no meaning here.\n"
                                               "  /* \xe4\xb8\xad\xe6\x96\x87 */ 0 ?\n               ^\n"},
        {"0 `x`\n+0",
         "t.pkt:2:3: The script ends here, expected was a word, a command (`...`), code (%{ ... }%), ..., '~', '<' or '>'.\n"
         "  +0\n    ^\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct script *s;
        struct script_error err;
        char shown[sizeof err + SCRIPT_MARK_SIZE + 40];
        assert_int_equal(script_parse("t.pkt", rows[i].text, strlen(rows[i].text), NULL, 0, &s, &err), -1);
        show(&err, shown, sizeof(shown));
        assert_string_equal(shown, rows[i].shown);
    }
}

/* A line longer than what a message shows: the part around the place, whole characters, and the mark below it. */
static void a_long_line_is_cut(void **state)
{
    (void)state;
    for (size_t n = 1; n < 400; n += 7) {
        size_t len;
        char *text = many("0 `", "\xe4\xb8\xad", n,
                          "` ? `yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", &len);
        struct script *s;
        struct script_error err;
        char shown[sizeof err + SCRIPT_MARK_SIZE + 40], *line, *mark;
        assert_int_equal(script_parse("t.pkt", text, len, NULL, 0, &s, &err), -1);
        show(&err, shown, sizeof(shown));
        line = strchr(shown, '\n') + 1;
        mark = strchr(line, '\n') + 1;
        assert_true((line[2] & 0xc0) != 0x80);
        assert_int_equal(err.source[err.at.column - err.source_from], '?');
        assert_non_null(strchr(mark, '^'));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_that_do_not_fit),     cmocka_unit_test(what_has_no_end_or_no_meaning),
        cmocka_unit_test(numbers_beyond_their_range), cmocka_unit_test(packets_that_cannot_be),
        cmocka_unit_test(large_and_deep_ones),        cmocka_unit_test(a_zero_byte),
        cmocka_unit_test(the_place_is_marked),        cmocka_unit_test(a_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
