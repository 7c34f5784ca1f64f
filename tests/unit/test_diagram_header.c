#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "header.h"
#include "ip.h"
#include "utf8.h"
#include "words.h"

/* What fontconfig and pango keep until the end of the process is theirs. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:librsvg\nleak:libglib\nleak:libcairo\n";
}

static char *text;
static size_t text_len;

static int stop(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    words_choose("en");
    return 0;
}

static void write_as(const char *name, enum diagram_format format)
{
    const struct diagram_style style = {.width = 80};
    free(text);
    FILE *f = open_memstream(&text, &text_len);
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    assert_int_equal(diagram_write(name, format, &style, &out), 0);
    fclose(f);
}

static void the_fields_cover_the_header_once(void **state)
{
    (void)state;
    struct header h;
    header_make(&h);
    unsigned at = 0;
    for (uint16_t i = 0; i < h.field_n; i++) {
        assert_int_equal(h.field[i].bit, at);
        at += h.field[i].bits;
    }
    assert_int_equal(at, h.len * 8);
}

static void the_segment_is_a_syn_with_a_right_checksum(void **state)
{
    (void)state;
    struct header h;
    struct wire_tcp t;
    header_make(&h);
    assert_int_equal(wire_tcp_parse(h.bytes, h.len, &t), WIRE_OK);
    assert_int_equal(t.flags, TH_SYN);
    assert_int_equal(t.opt.mss, 1460);
    struct wire_ip ip = {.version = 4, .proto = IPPROTO_TCP_, .head_len = 20, .len = 20u + h.len};
    ip.src = tern_addr_v4((const uint8_t[]){192, 0, 2, 1});
    ip.dst = tern_addr_v4((const uint8_t[]){198, 51, 100, 1});
    assert_true(wire_tcp_checksum_ok(&ip, h.bytes, h.len));
}

/* Of both formats and languages: each field with its value. */
static void each_field_is_drawn(void **state)
{
    (void)state;
    struct header h;
    header_make(&h);
    for (int lang = 0; lang < 2; lang++) {
        words_choose(lang == 0 ? "en" : "zh_CN");
        write_as("header", DIAGRAM_SVG);
        for (uint16_t i = 0; i < h.field_n; i++) {
            char value[HEADER_VALUE_MAX], want[128];
            header_value(&h, &h.field[i], value);
            snprintf(want, sizeof want, ">%s</text>\n", words(h.field[i].name));
            const char *p = strstr(text, want);
            assert_non_null(p);
            snprintf(want, sizeof want, ">%s</text>\n", value);
            assert_non_null(strstr(text, want));
        }
        write_as("header", DIAGRAM_TEXT);
        for (uint16_t i = 0; i < h.field_n; i++) {
            if (h.field[i].bits > 1) assert_non_null(strstr(text, words(h.field[i].name)));
        }
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) assert_true(utf8_columns(line) <= 80);
    }
}

static void rows_of_the_frame_are_of_one_width(void **state)
{
    (void)state;
    for (int lang = 0; lang < 2; lang++) {
        words_choose(lang == 0 ? "en" : "zh_CN");
        write_as("header", DIAGRAM_TEXT);
        unsigned rows = 0;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            if (!strchr("|+", line[4]) || line[3] == 'r') continue;
            if (line[strlen(line) - 1] != '|' && line[strlen(line) - 1] != '+') continue;
            assert_int_equal(utf8_columns(line), 69);
            rows++;
        }
        assert_int_equal(rows, 11 + 9 * 2 + 4);
    }
}

static void every_picture_is_made_in_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; diagram_name(i); i++) {
        for (int f = 0; f < DIAGRAM_FORMAT_N; f++) {
            if (!diagram_has(diagram_name(i), (enum diagram_format)f)) continue;
            write_as(diagram_name(i), (enum diagram_format)f);
            assert_true(text_len > 400);
            if (f == DIAGRAM_PNG) assert_memory_equal(text, "\211PNG\r\n\032\n", 8);
            if (f == DIAGRAM_SVG) assert_string_equal(text + text_len - 7, "</svg>\n");
        }
    }
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    const struct diagram_style style = {0};
    const struct tern_out out = {0};
    assert_int_equal(diagram_write("header", DIAGRAM_DOT, &style, &out), TERN_ERR_INVAL);
    assert_int_equal(diagram_write("nothing", DIAGRAM_SVG, &style, &out), TERN_ERR_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, stop)
    const struct CMUnitTest tests[] = {
        T(the_fields_cover_the_header_once),   T(the_segment_is_a_syn_with_a_right_checksum), T(each_field_is_drawn),
        T(rows_of_the_frame_are_of_one_width), T(every_picture_is_made_in_every_format),      T(what_is_not_there_is_refused),
    };
#undef T
    return cmocka_run_group_tests_name("diagram header", tests, NULL, NULL);
}
