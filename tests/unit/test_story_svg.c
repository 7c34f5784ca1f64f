/* The picture: nothing overlaps, nothing is cut off, and it has an arrow for each segment. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw_events.h"
#include "story_make.h"
#include "story_show.h"
#include "utf8.h"
#include "words.h"

static struct story s;
static struct story_style style;
static char *svg;
static size_t svg_len;

static int start(void **state)
{
    (void)state;
    make_begin(&s);
    style = (struct story_style){.arithmetic = true};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    words_choose("en");
    story_free(&s);
    free(svg);
    svg = NULL;
    return 0;
}

static void draw(void)
{
    free(svg);
    FILE *f = open_memstream(&svg, &svg_len);
    assert_non_null(f);
    assert_int_equal(story_svg(&(struct tern_out){tern_put_file, f}, &style, &s), 0);
    assert_int_equal(fclose(f), 0);
}

static size_t count_of(const char *part)
{
    size_t n = 0;
    for (const char *at = svg; (at = strstr(at, part)); at += strlen(part)) n++;
    return n;
}

/* ---- what the texts cover, by an estimate of our own: what a usual sans-serif font takes at most ---- */

enum { BOXES_MAX = 20000 };
struct box {
    double x1, y1, x2, y2;
    const char *at;
};

static double width_of(const char *text, const char *end, double size, int bold)
{
    double em = 0;
    while (text < end) {
        uint32_t c = utf8_next(&text);
        if (c == '&') {
            while (text < end && *text != ';') text++;
            text++;
        }
        em += utf8_width(c) == 2 ? 1.0 : c >= 'A' && c <= 'Z' ? 0.70 : c == ' ' || c == ',' || c == ':' ? 0.36 : 0.62;
    }
    return em * size * (bold ? 1.08 : 1.0);
}

/* Of the text at |at|, the line. (sscanf() measures all that it is given.) */
static const char *line(const char *at)
{
    static char one[512];
    snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "\n"), at);
    return one;
}

static size_t boxes_of(const char *picture, struct box *out)
{
    size_t n = 0;
    for (const char *at = picture; (at = strstr(at, "<text ")); at++) {
        double x, y, size;
        char anchor[16];
        assert_int_equal(
            sscanf(line(at), "<text x=\"%lf\" y=\"%lf\" font-size=\"%lf\" text-anchor=\"%15[a-z]\"", &x, &y, &size, anchor), 4);
        const char *open = strchr(at, '>') + 1, *end = strstr(open, "</text>");
        const char *bold = strstr(at, "bold");
        double w = width_of(open, end, size, bold && bold < open);
        double left = strcmp(anchor, "start") == 0 ? x : strcmp(anchor, "end") == 0 ? x - w : x - w / 2;
        assert_true(n < BOXES_MAX);
        out[n++] = (struct box){left, y - 0.78 * size, left + w, y + 0.22 * size, at};
    }
    return n;
}

/* The first text that meets another one or leaves the picture; NULL: none. */
static const char *first_fault(const char *picture)
{
    static struct box b[BOXES_MAX];
    double width, height;
    assert_int_equal(sscanf(strstr(picture, "viewBox="), "viewBox=\"0 0 %lf %lf\"", &width, &height), 2);
    size_t n = boxes_of(picture, b);
    for (size_t i = 0; i < n; i++) {
        if (b[i].x1 < 0 || b[i].y1 < 0 || b[i].x2 > width || b[i].y2 > height) return b[i].at;
        for (size_t k = i + 1; k < n; k++)
            if (b[i].x1 < b[k].x2 && b[k].x1 < b[i].x2 && b[i].y1 < b[k].y2 && b[k].y1 < b[i].y2) return b[k].at;
    }
    return NULL;
}

static void assert_clean(void)
{
    const char *fault = first_fault(svg);
    if (fault) fail_msg("overlaps or is cut off: %.*s", (int)strcspn(fault, "\n"), fault);
}

static void the_check_finds_what_it_should(void **state)
{
    (void)state;
#define TEXT(x, y) "<text x=\"" x "\" y=\"" y "\" font-size=\"10\" text-anchor=\"start\" fill=\"#000\">abcd</text>\n"
    static const char head[] = "<svg viewBox=\"0 0 100 100\">";
    static const struct {
        const char *texts;
        bool fault;
    } cases[] = {{TEXT("0", "10") TEXT("0", "30"), false},
                 {TEXT("0", "10") TEXT("20", "10"), true},
                 {TEXT("0", "10") TEXT("50", "10"), false},
                 {TEXT("90", "10"), true},
                 {TEXT("0", "99"), true},
                 {TEXT("0", "5"), true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char picture[512];
        snprintf(picture, sizeof picture, "%s%s</svg>", head, cases[i].texts);
        assert_int_equal(first_fault(picture) != NULL, cases[i].fault);
    }
}

static void every_way(void)
{
    static const char *const languages[] = {"en", "zh_CN"};
    for (unsigned l = 0; l < 2; l++)
        for (unsigned detail = TERN_LADDER_NORMAL; detail <= TERN_LADDER_FULL; detail++)
            for (unsigned numbers = STORY_RELATIVE; numbers <= STORY_BOTH; numbers++) {
                assert_true(words_choose(languages[l]));
                style.detail = (enum tern_ladder_detail)detail;
                style.numbers = (enum story_numbers)numbers;
                draw();
                assert_clean();
            }
}

static void open_data_and_close(void **state)
{
    (void)state;
    s.title = strdup("A connection from its beginning to its end");
    make_handshake(&s);
    make_data(&s, 70, 3);
    make_close(&s, 120, 3000);
    every_way();
}

static void odd_things(void **state)
{
    (void)state;
    make_odd(&s);
    every_way();
}

static void what_crosses(void **state)
{
    (void)state;
    make_crossing(&s);
    style.fold = UINT32_MAX;
    every_way();
}

static void anything_at_all(void **state)
{
    (void)state;
    s.title = strdup("一个很长的标题，说明这幅图里发生的一切：三次握手、数据传输、四次挥手，以及各种各样的异常情况；长到一行放不"
                     "下，必须折成两行");
    for (uint32_t seed = 1; seed <= 6; seed++) make_random(&s, seed, 60);
    style.fold = UINT32_MAX;
    every_way();
}

static void several_connections_one_below_the_other(void **state)
{
    (void)state;
    make_handshake(&s);
    uint32_t second = story_add_conn(&s, &s.conn[0].end[STORY_A], &s.conn[0].end[STORY_B]);
    struct story_row *r = story_add(&s, 90 * TERN_MS, second, STORY_SEGMENT, STORY_A);
    r->seg = (struct tern_ev_seg){.flags = TH_SYN, .wnd = 4711, .wscale = 255};
    draw();
    assert_clean();
    assert_int_equal(count_of("4711"), 1);
    assert_int_equal(count_of(">connection 2<"), 1);
    style.conn = 1;
    draw();
    assert_int_equal(count_of("4711"), 0);
}

/* Heads are polygons; a lost or refused segment has a cross. */
static void an_arrow_for_each_segment(void **state)
{
    (void)state;
    make_odd(&s);
    draw();
    assert_int_equal(count_of("<polygon "), 6);
    assert_int_equal(count_of("<path "), 2);
    assert_int_equal(count_of("[forged]"), 1);
}

/* Every arrow goes down, from one bar to the other, or half the way. */
static void arrows_go_down_from_bar_to_bar(void **state)
{
    (void)state;
    make_crossing(&s);
    style.fold = UINT32_MAX;
    make_odd(&s);
    draw();
    unsigned arrows = 0;
    for (const char *at = svg; (at = strstr(at, "<line ")); at++) {
        double x1, y1, x2, y2;
        assert_int_equal(sscanf(line(at), "<line x1=\"%lf\" y1=\"%lf\" x2=\"%lf\" y2=\"%lf\"", &x1, &y1, &x2, &y2), 4);
        if (x1 == x2) continue; /* silence */
        assert_true(y2 > y1);
        assert_true(x1 - x2 > 250 || x2 - x1 > 250);
        arrows++;
    }
    assert_int_equal(arrows, 13 + 8);
}

/* Whether the line meets the box: cut at each of its four sides, something is left. */
static bool crosses(double x1, double y1, double x2, double y2, const struct box *b)
{
    const double p[] = {x1 - x2, x2 - x1, y1 - y2, y2 - y1}, q[] = {x1 - b->x1, b->x2 - x1, y1 - b->y1, b->y2 - y1};
    double from = 0, to = 1;
    for (unsigned i = 0; i < 4; i++) {
        if (p[i] == 0 && q[i] <= 0) return false;
        if (p[i] < 0 && q[i] / p[i] > from) from = q[i] / p[i];
        if (p[i] > 0 && q[i] / p[i] < to) to = q[i] / p[i];
    }
    return from < to;
}

/* One that is on its way while words are written arrives below them, or they stand below it. */
static void no_arrow_crosses_words_out(void **state)
{
    (void)state;
    static struct box b[BOXES_MAX];
    make_handshake(&s);
    make_data(&s, 70, 2);
    make_close(&s, 100, 2000);
    make_odd(&s);
    draw();
    size_t n = boxes_of(svg, b);
    for (const char *at = svg; (at = strstr(at, "<line ")); at++) {
        double x1, y1, x2, y2;
        assert_int_equal(sscanf(line(at), "<line x1=\"%lf\" y1=\"%lf\" x2=\"%lf\" y2=\"%lf\"", &x1, &y1, &x2, &y2), 4);
        for (size_t i = 0; i < n; i++)
            if (crosses(x1, y1, x2, y2, &b[i])) fail_msg("crossed out: %.*s", (int)strcspn(b[i].at, "\n"), b[i].at);
    }
}

static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    make_handshake(&s);
    make_data(&s, 70, 50);
    draw();
    assert_clean();
    assert_int_equal(count_of("len 1000"), 2);
    assert_int_equal(count_of("... 48 data segments, 48.0 kB, 47 acks, in 470.000 ms ..."), 1);
}

static void a_long_silence_is_marked(void **state)
{
    (void)state;
    make_handshake(&s);
    make_close(&s, 100, 0);
    draw();
    assert_int_equal(count_of("59.980 s"), 1);
}

static void what_xml_forbids_is_escaped(void **state)
{
    (void)state;
    s.title = strdup("a < b & c > \"d\"");
    make_handshake(&s);
    draw();
    assert_int_equal(count_of("a &lt; b &amp; c &gt; &quot;d&quot;"), 2); /* title, and its text */
    assert_int_equal(count_of("a < b"), 0);
}

static void dark_has_other_colours(void **state)
{
    (void)state;
    make_handshake(&s);
    draw();
    assert_int_equal(count_of("#ffffff"), 2); /* paper, and the rim of words */
    style.dark = true;
    draw();
    assert_int_equal(count_of("#ffffff"), 0);
    assert_clean();
}

static void nothing_is_a_picture_too(void **state)
{
    (void)state;
    draw();
    assert_int_equal(count_of("<svg "), 1);
    assert_int_equal(count_of("<text "), 0);
}

static void a_writer_that_fails_is_told(void **state)
{
    (void)state;
    static struct sink sink;
    sink_init(&sink);
    sink.broken = true;
    make_handshake(&s);
    assert_int_equal(story_svg(&sink.out, &style, &s), TERN_ERR_IO);
    s.out_of_memory = true;
    sink.broken = false;
    assert_int_equal(story_svg(&sink.out, &style, &s), TERN_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(the_check_finds_what_it_should),
        T(open_data_and_close),
        T(odd_things),
        T(what_crosses),
        T(anything_at_all),
        T(several_connections_one_below_the_other),
        T(an_arrow_for_each_segment),
        T(arrows_go_down_from_bar_to_bar),
        T(no_arrow_crosses_words_out),
        T(what_is_left_out_is_counted),
        T(a_long_silence_is_marked),
        T(what_xml_forbids_is_escaped),
        T(dark_has_other_colours),
        T(nothing_is_a_picture_too),
        T(a_writer_that_fails_is_told),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
