/* Python's fragments: what they compute, what they say when an assertion fails, and what is refused, with its place. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"

/* What print() printed, a line for each. */
static char printed[4096];

static void print(void *ctx, const char *text)
{
    (void)ctx;
    size_t used = strlen(printed);
    snprintf(printed + used, sizeof(printed) - used, "%s\n", text);
}

static bool value(void *ctx, const char *name, int64_t *number)
{
    (void)ctx;
    static const struct {
        const char *name;
        int64_t number;
    } info[] = {{"tcpi_snd_cwnd", 10}, {"tcpi_options", 0x27}, {"tcpi_rtt", 100000},
                {"tcpi_ca_state", 3},  {"tcpi_state", 1},      {"tcpi_lost", 0}};
    for (size_t i = 0; i < sizeof(info) / sizeof(*info); i++) {
        if (strcmp(info[i].name, name) != 0) continue;
        *number = info[i].number;
        return true;
    }
    return false;
}

/* Runs the fragments of |text|, a script; the result of the last one that ran. */
static enum code_result run(const char *text, enum script_dialect dialect, struct script_error *err)
{
    struct script *s;
    if (script_parse("t.pkt", text, strlen(text), NULL, 0, &s, err) != 0) fail_msg("%s: %s", text, err->message);
    struct code_environment env = {.dialect = dialect, .variables = code_variables_new(), .value = value, .print = print};
    assert_non_null(env.variables);
    printed[0] = '\0';
    enum code_result result = CODE_DONE;
    for (size_t i = 0; i < s->events_n && result == CODE_DONE; i++) result = code_run(s, s->events[i].code, &env, err);
    code_variables_free(env.variables);
    script_free(s);
    return result;
}

static char *fragment(const char *code)
{
    static char text[4096];
    snprintf(text, sizeof(text), "0 %%{ %s }%%", code);
    return text;
}

/* Expressions, and what print() makes of them, as python3 does. */
static void values(void **state)
{
    (void)state;
    static const struct {
        const char *code, *is;
    } rows[] = {
        {"1 + 2 * 3 - 4", "3"},
        {"(1 + 2) * 3", "9"},
        {"2 ** 3 ** 2", "512"},
        {"-2 ** 2", "-4"},
        {"2 ** -1", "0.5"},
        {"7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3, -9223372036854775807 // -1", "3 -4 1 2 -2 9223372036854775807"},
        {"7 / 2, 8 / 2, 1 / 3, 1e20, 1.5e-7", "3.5 4.0 0.3333333333333333 1e+20 1.5e-07"},
        {"7.5 // 2, -7.5 % 2", "3.0 0.5"},
        {"1 << 62, 5 >> 1, -5 >> 1, 1 >> 100, 0 << 100", "4611686018427387904 2 -3 0 0"},
        {"6 & 3, 6 | 3, 6 ^ 3, ~6, +6, - -6", "2 7 5 -7 6 6"},
        {"0x1f, 0b101, 0o17, 1_000", "31 5 15 1000"},
        {"1 < 2 < 3, 1 < 3 < 2, 3 == 3.0, 1 != 2, 'a' == 1", "True False True True False"},
        {"'a' < 'b', 'ab' <= 'a', (1, 2) < (1, 3), (1, 2) == (1, 2)", "True False True True"},
        {"2 in (1, 2), 3 in [1, 2], 3 not in [1, 2], 'b' in 'abc', 'd' not in 'abc'", "True False True True True"},
        {"1 and 2, 0 and 2, 0 or 3, 4 or 1, not 0, not 1 == 1", "2 0 3 4 True False"},
        {"True, False, None, None is None, 1 is not None", "True False None True True"},
        {"5 if 1 > 2 else 6, 5 if 1 else 6 if 0 else 7", "6 5"},
        {"1 == 1 and 2 == 2 or 1 // 0", "True"},
        {"min(3, 1, 2), max([3, 1]), abs(-3), abs(-2.5)", "1 3 3 2.5"},
        {"int(3.9), int(-3.9), int('42'), float(2), round(2.5), round(3.5)", "3 -3 42 2.0 2 4"},
        {"len('abc'), len((1,)), bool(0), bool('x'), str(5) + 'x'", "3 1 False True 5x"},
        {"'cwnd=%d' % tcpi_snd_cwnd, '%d %s %r' % (1, 'a', 'b'), '%5.2f|%-4d|%04x|%%' % (1.5, 7, 255)",
         "cwnd=10 1 a 'b'  1.50|7   |00ff|%"},
        {"'%s %s' % (None, (1, 2.0)), '%d' % 3.9, '%e' % 12", "None (1, 2.0) 3 1.200000e+01"},
        {"(1,), [], ('a', (1, 2))", "(1,) () ('a', (1, 2))"},
        {"tcpi_options & TCPI_OPT_SYN_DATA, TCP_CA_Recovery, EINVAL", "32 3 22"},
        {"'it\\'s \\\"x\\\"\\n'", "it's \"x\"\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct script_error err;
        char code[600], is[200];
        snprintf(code, sizeof(code), "print(%s)", rows[i].code);
        snprintf(is, sizeof(is), "%s\n", rows[i].is);
        if (run(fragment(code), DIALECT_LINUX, &err) != CODE_DONE) fail_msg("%s: %s", rows[i].code, err.message);
        if (strcmp(printed, is) != 0) fail_msg("%s is %s", rows[i].code, printed);
    }
}

static void statements(void **state)
{
    (void)state;
    static const struct {
        const char *text, *prints;
    } rows[] = {
        {"0 %{ a = 1; a += 2; a *= 5; a -= 1; a //= 3; a <<= 4; a |= 1; a ^= 3; a &= 0xfe; a %= 100; a >>= 1; a **= 2\nprint(a) "
         "}%",
         "1089\n"},
        {"0 %{ cwnd = 10 }%\n0 %{ cwnd += 1\n cwnd += 1 }%\n0 %{ print(cwnd); }%", "12\n"},
        {"0 %{\n# nothing\n}%\n0 %{ }%\n0 %{ pass; ; pass }%", ""},
        {"0 %{ assert 1 <= tcpi_rtt <= 200000, 'rtt=%d' % tcpi_rtt; \\\n  assert tcpi_lost == 0, \\\n tcpi_lost # so\n "
         "print('a',\n'b') }%",
         "a b\n"},
        {"0 %{ s = 'x'; s += 'y'; t = (1, s)\nprint(t, s) }%", "(1, 'xy') xy\n"},
        {"0 %{ a = 1.5; a += 1; b = a > 2; n = None\nprint(a, b, n) }%", "2.5 True None\n"},
        {"0 %{ TCP_CA_Open = 9\nprint(TCP_CA_Open) }%", "9\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct script_error err;
        if (run(rows[i].text, DIALECT_LINUX, &err) != CODE_DONE) fail_msg("%s: %s", rows[i].text, err.message);
        if (strcmp(printed, rows[i].prints) != 0) fail_msg("%s\nprints %s", rows[i].text, printed);
    }
}

static void dialects_have_their_names(void **state)
{
    (void)state;
    struct script_error err;
    assert_int_equal(run("0 %{ assert tcpi_state == TCPI_ESTABLISHED }%", DIALECT_FREEBSD, &err), CODE_DONE);
    assert_int_equal(run("0 %{ assert tcpi_state == TCP_ESTABLISHED }%", DIALECT_LINUX, &err), CODE_DONE);
    assert_int_equal(run("0 %{ assert tcpi_state == TCPI_ESTABLISHED }%", DIALECT_LINUX, &err), CODE_ERROR);
    assert_string_equal(err.message, "TCPI_ESTABLISHED is not known here.");
}

/* What does not hold, and what cannot be computed. */
static void failures(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum code_result result;
        uint32_t line, column, width;
        const char *message;
    } rows[] = {
        {"0 %{ assert tcpi_snd_cwnd == 12, tcpi_snd_cwnd }%", CODE_FAILED, 1, 13, 19,
         "This does not hold: tcpi_snd_cwnd == 12. Values: tcpi_snd_cwnd = 10."},
        {"0 %{ x = 2\n  assert x > 1\n  assert tcpi_lost > x and tcpi_lost < x, 'lost %d' % tcpi_lost }%", CODE_FAILED, 3, 10, 31,
         "This does not hold: tcpi_lost > x and tcpi_lost < x. Values: tcpi_lost = 0, x = 2. The script says of it: lost 0."},
        {"0 %{ assert (tcpi_options & 1) == 0 }%", CODE_FAILED, 1, 13, 23, "Values: tcpi_options = 39."},
        {"0 %{ assert 0, 1 // 0 }%", CODE_ERROR, 1, 16, 6, "This divides by zero."},
        {"0 %{ print(nothing) }%", CODE_ERROR, 1, 12, 7, "nothing is not known here."},
        {"0 %{ nothing += 1 }%", CODE_ERROR, 1, 6, 7, "This name has no value yet."},
        {"0 %{ tcpi_lost = 7 }%", CODE_ERROR, 1, 6, 9, "cannot be given a value"},
        {"0 %{ print(foo(1)) }%", CODE_ERROR, 1, 12, 6, "There is no function foo"},
        {"0 %{ 1 / 0 }%", CODE_ERROR, 1, 6, 5, "divides by zero"},
        {"0 %{ 1 % 0 }%", CODE_ERROR, 1, 6, 5, "divides by zero"},
        {"0 %{ 1.0 // 0 }%", CODE_ERROR, 1, 6, 8, "divides by zero"},
        {"0 %{ 9223372036854775807 + 1 }%", CODE_ERROR, 1, 6, 23, "does not fit into 64 bits"},
        {"0 %{ -9223372036854775807 - 2 }%", CODE_ERROR, 1, 6, 24, "does not fit into 64 bits"},
        {"0 %{ 9223372036854775807 * 2 }%", CODE_ERROR, 1, 6, 23, "does not fit into 64 bits"},
        {"0 %{ (-9223372036854775807 - 1) // -1 }%", CODE_ERROR, 1, 6, 32, "does not fit into 64 bits"},
        {"0 %{ -(-9223372036854775807 - 1) }%", CODE_ERROR, 1, 6, 27, "does not fit into 64 bits"},
        {"0 %{ abs(-9223372036854775807 - 1) }%", CODE_ERROR, 1, 6, 29, "does not fit into 64 bits"},
        {"0 %{ 3 ** 1000000000000 }%", CODE_ERROR, 1, 6, 18, "does not fit into 64 bits"},
        {"0 %{ 1 << 63 }%", CODE_ERROR, 1, 6, 7, "does not fit into 64 bits"},
        {"0 %{ 1 << -1 }%", CODE_ERROR, 1, 6, 7, "cannot be negative"},
        {"0 %{ 1e308 * 10 }%", CODE_ERROR, 1, 6, 10, "too large, or no number"},
        {"0 %{ (-1) ** 0.5 }%", CODE_ERROR, 1, 6, 11, "too large, or no number"},
        {"0 %{ int(1e300) }%", CODE_ERROR, 1, 6, 10, "does not fit into 64 bits"},
        {"0 %{ int('1x') }%", CODE_ERROR, 1, 6, 9, "no whole number"},
        {"0 %{ 'a' - 1 }%", CODE_ERROR, 1, 6, 7, "asks for numbers"},
        {"0 %{ 1.5 & 1 }%", CODE_ERROR, 1, 6, 7, "asks for whole numbers"},
        {"0 %{ ~1.5 }%", CODE_ERROR, 1, 6, 4, "asks for whole numbers"},
        {"0 %{ -'a' }%", CODE_ERROR, 1, 6, 4, "asks for numbers"},
        {"0 %{ 'a' < 1 }%", CODE_ERROR, 1, 6, 7, "cannot be compared"},
        {"0 %{ 1 in 2 }%", CODE_ERROR, 1, 6, 6, "asks for"},
        {"0 %{ '%d' % 'a' }%", CODE_ERROR, 1, 6, 10, "asks for a number"},
        {"0 %{ '%d %d' % 1 }%", CODE_ERROR, 1, 6, 11, "more places"},
        {"0 %{ '%d' % (1, 2) }%", CODE_ERROR, 1, 6, 13, "more values"},
        {"0 %{ '%n' % 1 }%", CODE_ERROR, 1, 6, 8, "After % there stands"},
        {"0 %{ '%999d' % 1 }%", CODE_ERROR, 1, 6, 11, "at most two digits"},
        {"0 %{ 'x %' % 1 }%", CODE_ERROR, 1, 6, 9, "After % there stands"},
        {"0 %{ '%x' % -1 }%", CODE_ERROR, 1, 6, 9, "only written with %d"},
        {"0 %{ min() }%", CODE_ERROR, 1, 6, 5, "at least one value"},
        {"0 %{ len(5) }%", CODE_ERROR, 1, 6, 6, "no length"},
        {"0 %{ abs(1, 2) }%", CODE_ERROR, 1, 6, 9, "asks for one value"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct script_error err = {.message = ""};
        enum code_result result = run(rows[i].text, DIALECT_LINUX, &err);
        if (result != rows[i].result || err.at.line != rows[i].line || err.at.column != rows[i].column ||
            err.width != rows[i].width || !strstr(err.message, rows[i].message)) {
            fail_msg("%s\n%d at %u:%u width %u: %s", rows[i].text, result, err.at.line, err.at.column, err.width, err.message);
        }
    }
}

/* Texts that double, and tuples in tuples, end with a message and not with the machine's memory or stack. */
static void what_grows_has_a_limit(void **state)
{
    static const struct {
        const char *begin, *again, *end, *message;
    } rows[] = {
        {"x = 'abcdefgh'\n", "x += x\n", "", "not enough memory"},
        {"x = (1, 2)\n", "x = (x, x)\n", "print(x)", "too deep"},
        {"x = (1,)\n", "y = x; x = (1,); x = (y, 1)\n", "", "too deep"},
    };
    enum { TIMES = 60 };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[4000] = "";
        struct script_error err;
        strcpy(text, rows[i].begin);
        for (int k = 0; k < TIMES; k++) strcat(text, rows[i].again);
        strcat(text, rows[i].end);
        assert_int_equal(run(fragment(text), DIALECT_LINUX, &err), CODE_ERROR);
        assert_non_null(strstr(err.message, rows[i].message));
    }
}

/* What is not understood is refused when the script is read. */
static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message;
    } rows[] = {
        {"0 %{ if x: pass }%", 1, 6, "not understood"},
        {"0 %{ for i in (1, 2): print(i) }%", 1, 6, "not understood"},
        {"0 %{ import os }%", 1, 6, "not understood"},
        {"0 %{ def f(): pass }%", 1, 6, "not understood"},
        {"0 %{ x.y() }%", 1, 7, "This character is not understood"},
        {"0 %{ {1: 2} }%", 1, 6, "This character is not understood"},
        {"0 %{ a[0] }%", 1, 7, "not understood"},
        {"0 %{ f'x' }%", 1, 7, "not understood"},
        {"0 %{ lambda: 1 }%", 1, 6, "not understood"},
        {"0 %{\n  assert\n}%", 2, 9, "The line ends"},
        {"0 %{ 1 + }%", 1, 10, "The code ends"},
        {"0 %{ (1, 2 }%", 1, 12, "The code ends"},
        {"0 %{ 1) }%", 1, 7, "not understood"},
        {"0 %{ 1 2 }%", 1, 8, "not understood"},
        {"0 %{ assert 1, 2, 3 }%", 1, 17, "not understood"},
        {"0 %{ 1 = 2 }%", 1, 6, "Only a name"},
        {"0 %{ a, b = 1, 2 }%", 1, 7, "not understood"},
        {"0 %{ a = b = 1 }%", 1, 12, "not understood"},
        {"0 %{ 'abc }%", 1, 6, "This text has no end"},
        {"0 %{ 'a\\q' }%", 1, 6, "escapes"},
        {"0 %{ 99999999999999999999 }%", 1, 6, "too large"},
        {"0 %{ 0x }%", 1, 6, "no number"},
        {"0 %{ 12ab }%", 1, 6, "no number"},
        {"0 %{ 1.2.3 }%", 1, 6, "no number"},
        {"0 %{ 1 not 2 }%", 1, 12, "not understood"},
        {"0 %{ 1 if 2 }%", 1, 13, "The code ends"},
        {"0 %{ a $ b }%", 1, 8, "This character"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct script *s;
        struct script_error err;
        if (script_parse("t.pkt", rows[i].text, strlen(rows[i].text), NULL, 0, &s, &err) == 0) fail_msg("read: %s", rows[i].text);
        if (err.at.line != rows[i].line || err.at.column != rows[i].column || !strstr(err.message, rows[i].message)) {
            fail_msg("%s\n%u:%u: %s", rows[i].text, err.at.line, err.at.column, err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(statements),
        cmocka_unit_test(dialects_have_their_names),
        cmocka_unit_test(failures),
        cmocka_unit_test(what_grows_has_a_limit),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
