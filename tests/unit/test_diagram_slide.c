/* The picture of the sliding window: each of its numbers, and the width of each of its parts, against what the run's segments say
 * when they are put together here, without any control block. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slide.h"
#include "tcp.h"
#include "utf8.h"
#include "words.h"

enum { ISS = 100, WINDOW = 4000, BYTES = 10000 };

/* What is to be seen at a moment. */
struct seen {
    uint32_t una, nxt, edge;          /* the sender: SND.UNA + SND.WND */
    uint32_t rcv_nxt, rcv_edge, read; /* the receiver */
    uint32_t written;
    bool there[BYTES]; /* byte i of the stream has arrived */
};

static struct slide slide;
static struct seen seen[SLIDE_MOMENT_N];
static char *text;
static size_t text_len;

/* What the applications do between the moments: bytes that A has written, that B has read. */
static const uint32_t written[SLIDE_MOMENT_N] = {0, 2000, 2000, 2000, 2000, 2000, 8000, 8000, 8000};
static const uint32_t was_read[SLIDE_MOMENT_N] = {0, 0, 0, 0, 0, 2000, 2000, 2000, 6000};

static void follow(struct seen *e, const struct story_row *row, tern_ns until)
{
    const struct tern_ev_seg *s = &row->seg;
    if (row->kind != STORY_SEGMENT) return;
    bool arrived = row->arrived <= until;
    if (row->side == STORY_A) {
        if (s->seq + s->len > e->nxt) e->nxt = s->seq + s->len;
        assert_true(s->seq - ISS - 1 + s->len <= BYTES);
        for (uint32_t i = 0; arrived && i < s->len; i++) e->there[s->seq - ISS - 1 + i] = true;
    } else {
        e->rcv_edge = s->ack + s->wnd;
        if (arrived && s->ack >= e->una) e->una = s->ack, e->edge = s->ack + s->wnd;
    }
}

static int start(void **state)
{
    (void)state;
    assert_true(slide_make(&slide));
    for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) {
        const struct slide_moment *m = &slide.moment[i];
        struct seen *e = &seen[i];
        *e = (struct seen){.una = ISS + 1, .nxt = ISS + 1, .edge = ISS + 1 + WINDOW, .rcv_edge = ISS + 1 + WINDOW};
        for (size_t r = 0; r < slide.story.row_n && slide.story.row[r].at < m->at; r++) follow(e, &slide.story.row[r], m->at);
        uint32_t n = 0;
        while (n < BYTES && e->there[n]) n++;
        e->rcv_nxt = ISS + 1 + n;
        e->read = ISS + 1 + was_read[i];
        e->written = ISS + 1 + written[i];
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    slide_free(&slide);
    free(text);
    text = NULL;
    words_choose("en");
    return 0;
}

static void write_as(enum diagram_format format)
{
    const struct diagram_style style = {.width = 80};
    free(text);
    FILE *f = open_memstream(&text, &text_len);
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    assert_int_equal(diagram_write("sliding-window", format, &style, &out), 0);
    fclose(f);
}

/* ---- what the bars must be ---- */

static void want_part(struct slide_bar *b, uint32_t from, uint32_t to, enum slide_fill fill)
{
    if (from >= to) return;
    b->part[b->part_n].from = from, b->part[b->part_n].to = to, b->part[b->part_n].fill = fill;
    b->part_n++;
}

#define WANT_MARK(b, number, ...)                                                                                                \
    ((b)->mark[(b)->mark_n].at = (number), snprintf((b)->mark[(b)->mark_n++].text, SLIDE_MARK_LEN, __VA_ARGS__))

static void want_sender(const struct seen *e, struct slide_bar *b)
{
    want_part(b, ISS + 1, e->una, SLIDE_ACKED);
    want_part(b, e->una, e->nxt, SLIDE_FLIGHT);
    want_part(b, e->nxt, e->edge, SLIDE_MAY);
    want_part(b, e->edge, slide.end, SLIDE_WAIT);
    WANT_MARK(b, e->una, "SND.UNA = %u", e->una);
    WANT_MARK(b, e->nxt, "SND.NXT = %u", e->nxt);
    WANT_MARK(b, e->edge, "SND.UNA+SND.WND = %u+%u = %u", e->una, e->edge - e->una, e->edge);
    if (e->written > e->nxt) WANT_MARK(b, e->written, words("written up to %u"), e->written);
}

static void want_receiver(const struct seen *e, struct slide_bar *b)
{
    want_part(b, ISS + 1, e->read, SLIDE_READ);
    want_part(b, e->read, e->rcv_nxt, SLIDE_UNREAD);
    if (e->read < e->rcv_nxt) WANT_MARK(b, e->read, words("read up to %u"), e->read);
    WANT_MARK(b, e->rcv_nxt, "RCV.NXT = %u", e->rcv_nxt);
    uint32_t free_from = e->rcv_nxt;
    for (uint32_t from = e->rcv_nxt - ISS - 1, to; from < BYTES; from = to) {
        for (to = from; to < BYTES && e->there[to] == e->there[from]; to++) continue;
        if (!e->there[from]) continue;
        want_part(b, free_from, ISS + 1 + from, SLIDE_ROOM);
        want_part(b, ISS + 1 + from, ISS + 1 + to, SLIDE_HELD);
        WANT_MARK(b, ISS + 1 + from, "SACK %u:%u", ISS + 1 + from, ISS + 1 + to);
        free_from = ISS + 1 + to;
    }
    want_part(b, free_from, e->rcv_edge, SLIDE_ROOM);
    want_part(b, e->rcv_edge, slide.end, SLIDE_BEYOND);
    WANT_MARK(b, e->rcv_edge, "RCV.NXT+RCV.WND = %u+%u = %u", e->rcv_nxt, e->rcv_edge - e->rcv_nxt, e->rcv_edge);
}

static struct slide_bar wanted(unsigned moment, enum story_side side)
{
    struct slide_bar b = {0};
    (side == STORY_A ? want_sender : want_receiver)(&seen[moment], &b);
    return b;
}

/* ---- the tests ---- */

static void the_moments_show_what_they_are_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) {
        const struct tern_status *a = &slide.moment[i].end[STORY_A];
        assert_true(a->cwnd >= a->snd_wnd); /* else what "may be sent" would be less */
    }
    assert_true(seen[2].there[1000] && !seen[2].there[500]);                         /* a hole */
    assert_true(seen[3].una > seen[2].una && seen[3].edge == seen[2].edge);          /* the left edge alone */
    assert_true(seen[5].una > seen[4].una && seen[5].edge > seen[4].edge);           /* it slides */
    assert_true(seen[6].nxt == seen[6].edge && seen[6].written > seen[6].edge);      /* full */
    assert_true(seen[7].una == seen[7].edge && seen[7].rcv_nxt == seen[7].rcv_edge); /* closed */
    assert_true(seen[8].edge > seen[7].edge && seen[8].nxt == seen[8].written);      /* opened */
}

/* The next line of |*at| that has |needle|. */
static char *line_with(char **at, const char *needle)
{
    for (char *line; (line = *at) && *line;) {
        char *end = strchr(line, '\n');
        *at = end ? end + 1 : line + strlen(line);
        if (end) *end = '\0';
        if (strstr(line, needle)) return line;
    }
    return NULL;
}

static size_t column_of(const char *line, const char *at) { return utf8_columns_n(line, (size_t)(at - line)); }

/* The glyphs of a bar, by their meaning in the legend's order. */
static void assert_text_bar(const char *line, size_t left, const struct slide_bar *b)
{
    static const char *const glyphs[SLIDE_FILL_N] = {"░", "█", "═", "·", "░", "▒", "█", "═", "·"};
    const char *p = line + utf8_fit(line, left);
    for (unsigned i = 0; i < b->part_n; i++) {
        for (uint32_t n = 0; n < (b->part[i].to - b->part[i].from) * 3 / 500; n++) {
            const char *glyph = glyphs[b->part[i].fill];
            assert_memory_equal(p, glyph, strlen(glyph));
            p += strlen(glyph);
        }
    }
    assert_string_equal(p, "");
}

/* Each mark in a line of its own, the last first, its corner in the column of its number. */
static void assert_text_marks(char **at, size_t left, const struct slide_bar *b)
{
    for (unsigned i = b->mark_n; i-- > 0;) {
        char *line = line_with(at, "");
        assert_non_null(line);
        assert_true(utf8_columns(line) <= 80);
        const char *label = strstr(line, b->mark[i].text);
        assert_non_null(label);
        size_t corner = left + (b->mark[i].at - ISS - 1) * 3 / 500, begin = column_of(line, label);
        size_t end = begin + utf8_columns(b->mark[i].text);
        assert_true(begin == corner + 2 || end + 1 == corner);
    }
}

static void the_text_is_what_the_segments_say(void **state)
{
    (void)state;
    for (int lang = 0; lang < 2; lang++) {
        words_choose(lang == 0 ? "en" : "zh_CN");
        write_as(DIAGRAM_TEXT);
        size_t left = lang == 0 ? 12 : 10;
        char *at = text, head[32];
        for (unsigned i = 0; i < SLIDE_MOMENT_N; i++) {
            snprintf(head, sizeof head, "%u. %llu.000 ms", i + 1,
                     (unsigned long long)((slide.moment[i].at - slide.moment[0].at) / TERN_MS));
            assert_non_null(line_with(&at, head));
            for (unsigned side = 0; side < STORY_SIDE_N; side++) {
                char name[32];
                snprintf(name, sizeof name, "  %s  ", words(side == STORY_A ? "sender" : "receiver"));
                char *bar;
                while ((bar = line_with(&at, name)) && strncmp(bar, name, strlen(name)) != 0) continue;
                assert_non_null(bar);
                struct slide_bar want = wanted(i, (enum story_side)side);
                assert_text_bar(bar, left, &want);
                assert_text_marks(&at, left, &want);
            }
        }
        assert_null(line_with(&at, "."));
    }
}

/* The boxes of a bar: from its left end to its right one, as wide as they have bytes. */
static void assert_svg_boxes(char **at, const struct slide_bar *b)
{
    double left = 0, scale = 0;
    for (unsigned i = 0; i < b->part_n; i++) {
        double x, y, w;
        char *box = line_with(at, "stroke-width=\"1.2\"");
        assert_non_null(box);
        assert_int_equal(sscanf(box, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\"", &x, &y, &w), 3);
        if (i == 0) {
            left = x;
            scale = (1200 - 20 - x) / (slide.end - ISS - 1);
        }
        double want_x = left + (b->part[i].from - ISS - 1) * scale, want_w = (b->part[i].to - b->part[i].from) * scale;
        assert_true(x > want_x - 0.11 && x < want_x + 0.11);
        assert_true(w > want_w - 0.11 && w < want_w + 0.11);
    }
}

static size_t count(const char *s, const char *needle)
{
    size_t n = 0;
    for (; (s = strstr(s, needle)); s += strlen(needle)) n++;
    return n;
}

static void the_svg_is_what_the_segments_say(void **state)
{
    (void)state;
    for (int lang = 0; lang < 2; lang++) {
        words_choose(lang == 0 ? "en" : "zh_CN");
        write_as(DIAGRAM_SVG);
        const char *at = text;
        size_t equals = 0;
        for (unsigned i = 0; i < 2 * SLIDE_MOMENT_N; i++) {
            struct slide_bar want = wanted(i / 2, i % 2 ? STORY_B : STORY_A);
            for (unsigned k = 0; k < want.mark_n; k++) {
                char label[SLIDE_MARK_LEN + 16];
                snprintf(label, sizeof label, ">%s</text>", want.mark[k].text);
                assert_non_null(at = strstr(at, label));
                equals += count(label, " = ");
            }
        }
        assert_int_equal(count(text, " = "), equals); /* and no further mark */
        char *boxes = text;
        for (int i = 0; i < SLIDE_FILL_N; i++) assert_non_null(line_with(&boxes, "stroke-width=\"1.2\"")); /* the legend */
        for (unsigned i = 0; i < 2 * SLIDE_MOMENT_N; i++) {
            struct slide_bar want = wanted(i / 2, i % 2 ? STORY_B : STORY_A);
            assert_svg_boxes(&boxes, &want);
        }
        assert_null(line_with(&boxes, "stroke-width=\"1.2\""));
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(the_moments_show_what_they_are_for),
        T(the_text_is_what_the_segments_say),
        T(the_svg_is_what_the_segments_say),
    };
#undef T
    return cmocka_run_group_tests_name("diagram slide", tests, NULL, NULL);
}
