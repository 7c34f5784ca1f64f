#include "unit.h"

#include <string.h>

#include "utf8.h"

static void characters_are_read_one_by_one(void **state)
{
    (void)state;
    const char *s = "a\u00e9\u4e2d\U0001f600";
    assert_int_equal(utf8_next(&s), 'a');
    assert_int_equal(utf8_next(&s), 0xe9);
    assert_int_equal(utf8_next(&s), 0x4e2d);
    assert_int_equal(utf8_next(&s), 0x1f600);
    assert_int_equal(utf8_next(&s), 0);
    assert_int_equal(utf8_next(&s), 0); /* stays at the end */
}

static void a_byte_that_begins_nothing_is_one_replacement(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80x",
                                      "\xffx",
                                      "\xc0x",
                                      "\xe4\xb8x",
                                      "\xf5x",
                                      "\xe0\x80\x80x",
                                      "\xed\xa0\x80x",
                                      "\xf0\x80\x80\x80x",
                                      "\xf4\x90\x80\x80x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *s = bad[i];
        assert_int_equal(utf8_next(&s), 0xfffd);
        assert_ptr_equal(s, bad[i] + 1);
    }
}

static void what_is_no_character_is_repaired(void **state)
{
    (void)state;
    char text[] = "a\xff\xe4\xb8\xad\xe4\xb8 \xef\xbf\xbd";
    utf8_repair(text);
    assert_string_equal(text, "a?\xe4\xb8\xad?? \xef\xbf\xbd");
}

static void a_character_that_is_cut_off_does_not_lead_beyond_the_end(void **state)
{
    (void)state;
    const char cut[] = {(char)0xe4, (char)0xb8, 0, 'x', 0};
    const char *s = cut;
    unsigned n = 0;
    while (utf8_next(&s) != 0) n++;
    assert_ptr_equal(s, cut + 2);
    assert_int_equal(n, 2);
}

static void wide_narrow_and_combining(void **state)
{
    (void)state;
    assert_int_equal(utf8_width('a'), 1);
    assert_int_equal(utf8_width(0x2500), 1); /* box drawing */
    assert_int_equal(utf8_width(0x2192), 1); /* arrow */
    assert_int_equal(utf8_width(0x4e2d), 2);
    assert_int_equal(utf8_width(0xff0c), 2); /* fullwidth comma */
    assert_int_equal(utf8_width(0x3002), 2); /* ideographic full stop */
    assert_int_equal(utf8_width(0xac00), 2); /* Hangul */
    assert_int_equal(utf8_width(0x20000), 2);
    assert_int_equal(utf8_width(0x301), 0); /* combining acute */
    assert_int_equal(utf8_width(0x200b), 0);
}

static void columns_of_mixed_text(void **state)
{
    (void)state;
    assert_int_equal(utf8_columns(""), 0);
    assert_int_equal(utf8_columns("SYN"), 3);
    assert_int_equal(utf8_columns("三次握手"), 8);
    assert_int_equal(utf8_columns("SYN 占用一个序列号。"), 4 + 16);
    assert_int_equal(utf8_columns("e\u0301"), 1);
    assert_int_equal(utf8_columns_n("三次握手", 6), 4);
    assert_int_equal(utf8_columns_n("三次握手", 0), 0);
}

static void what_fits_is_whole_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_fit("三次握手", 8), 12);
    assert_int_equal(utf8_fit("三次握手", 7), 9);
    assert_int_equal(utf8_fit("三次握手", 1), 0);
    assert_int_equal(utf8_fit("a三", 2), 1);
    assert_int_equal(utf8_fit("abc", 100), 3);
    assert_int_equal(utf8_fit("e\u0301x", 1), 3); /* the mark goes with its letter */
}

/* The first line that |s| makes in |columns|. */
static void assert_first_line(const char *s, size_t columns, const char *line)
{
    size_t n = utf8_line(s, columns);
    if (n != strlen(line) || memcmp(s, line, n) != 0) fail_msg("%.*s instead of %s", (int)n, s, line);
}

static void english_lines_end_at_spaces(void **state)
{
    (void)state;
    assert_first_line("the SYN took a number", 10, "the SYN");
    assert_first_line("the SYN took a number", 12, "the SYN took");
    assert_first_line("the SYN took a number", 21, "the SYN took a number");
    assert_first_line("retransmission", 5, "retra");
    assert_first_line("seq\t1 ack\t2", 8, "seq\t1"); /* a tab binds */
    assert_first_line("a  b", 3, "a");
    assert_first_line("one\ntwo", 7, "one");
}

static void chinese_lines_end_between_characters(void **state)
{
    (void)state;
    assert_first_line("三次握手", 5, "三次");
    assert_first_line("三次握手", 4, "三次");
    assert_first_line("发送SYN报文段", 6, "发送");
    assert_first_line("SYN占用一个序列号", 6, "SYN占");
}

static void no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(void **state)
{
    (void)state;
    assert_first_line("已丢弃。重发", 6, "已丢");
    assert_first_line("确认，丢弃", 4, "确");
    assert_first_line("超时（MUST）", 6, "超时");
    assert_first_line("一次：两次", 4, "一");
    assert_first_line("空洞；再来", 4, "空");
}

static void every_text_comes_to_its_end(void **state)
{
    (void)state;
    static const char *const texts[] = {"三次握手，四次挥手。", "。。。。", "（（（", "a b c", "\xe4\xb8", "ＳＹＮ"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t columns = 1; columns < 8; columns++) {
            const char *s = texts[i];
            for (unsigned lines = 0; *s; lines++) {
                size_t n = utf8_line(s, columns);
                assert_true(n > 0 && lines < 64);
                s += n;
                s += strspn(s, " ");
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_read_one_by_one),
        cmocka_unit_test(a_byte_that_begins_nothing_is_one_replacement),
        cmocka_unit_test(what_is_no_character_is_repaired),
        cmocka_unit_test(a_character_that_is_cut_off_does_not_lead_beyond_the_end),
        cmocka_unit_test(wide_narrow_and_combining),
        cmocka_unit_test(columns_of_mixed_text),
        cmocka_unit_test(what_fits_is_whole_characters),
        cmocka_unit_test(english_lines_end_at_spaces),
        cmocka_unit_test(chinese_lines_end_between_characters),
        cmocka_unit_test(no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one),
        cmocka_unit_test(every_text_comes_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
