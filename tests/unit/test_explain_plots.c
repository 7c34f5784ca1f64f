/* The pictures of topics: each is of a topic, runs, and is as the topic says; the chart itself. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "topic_plot.h"
#include "utf8.h"
#include "words.h"

static bool topic_named(const char *name, struct topic *out)
{
    for (size_t i = 0; topic_get(i, out); i++)
        if (strcmp(out->name, name) == 0 && (!strcmp(out->kind, "idea") || !strcmp(out->kind, "TCP option"))) return true;
    return false;
}

/* The algorithms that the simulator can show. */
static void every_algorithm_has_a_picture(void **state)
{
    (void)state;
    static const char *const names[] = {"slow-start",
                                        "congestion-avoidance",
                                        "newreno",
                                        "cubic",
                                        "HyStart-RFC9406",
                                        "bbr",
                                        "dctcp",
                                        "fixed-window",
                                        "paced-sending",
                                        "byte-counting",
                                        "delivery-rate",
                                        "ECN",
                                        "idle-restart",
                                        "receive-window-tuning",
                                        "fast-retransmit",
                                        "fast-recovery",
                                        "limited-transmit",
                                        "scoreboard",
                                        "RACK",
                                        "TLP",
                                        "proportional-rate-reduction",
                                        "undo",
                                        "F-RTO",
                                        "RTO",
                                        "reneging",
                                        "reordering-window",
                                        "lost-retransmission",
                                        "DSACK",
                                        "Eifel",
                                        "fast-convergence",
                                        "Reno-friendly",
                                        "BBR-phases",
                                        "AccECN",
                                        "generalized-ECN",
                                        "send-buffer-tuning",
                                        "memory-pressure",
                                        "window-scale",
                                        "path-MTU",
                                        "packetization-layer-PMTU",
                                        "window-validation",
                                        "NewReno-recovery",
                                        "bleached-ECN",
                                        "ACK-thinning",
                                        "corking",
                                        "unsent-mark"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct topic t;
        if (!topic_named(names[i], &t)) fail_msg("there is no topic %s", names[i]);
        if (!topic_plot(&t)) fail_msg("%s has no picture", names[i]);
        if (!t.when && strcmp(t.kind, "idea") == 0) fail_msg("%s does not say when it acts", names[i]);
    }
}

/* Whatever is chosen by the setting congestion has a topic of that name, but for one whose name is taken. */
static void every_congestion_control_has_a_picture(void **state)
{
    (void)state;
    const struct tern_setting_info *row = tern_setting_find("congestion");
    for (uint64_t v = row->min; v <= row->max; v++) {
        struct topic t;
        size_t len;
        const char *name = tern_setting_name(row, v, &len);
        assert_non_null(name);
        char topic[32];
        snprintf(topic, sizeof topic, "%.*s%s", (int)len, name, strncmp(name, "fixed", 5) == 0 ? "-window" : "");
        if (!topic_named(topic, &t) || !topic_plot(&t)) fail_msg("%s has no topic with a picture", topic);
    }
}

static void every_picture_is_of_a_topic(void **state)
{
    (void)state;
    for (const struct topic_plot *row = topic_plots; row->topic; row++) {
        struct topic t;
        if (!topic_named(row->topic, &t)) fail_msg("%s is no topic", row->topic);
        assert_ptr_equal(topic_plot(&t), row);
        assert_true(row->to > row->from);
    }
}

static void every_setting_of_a_topic_is_one(void **state)
{
    (void)state;
    struct topic t;
    for (size_t i = 0; topic_get(i, &t); i++) {
        for (const char *word = t.settings; word && *word; word += strspn(word, " ")) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(word, " "), word);
            if (!tern_setting_find(name)) fail_msg("%s: there is no setting %s", t.name, name);
            word += strcspn(word, " ");
        }
    }
}

static void every_run_is_as_its_topic_says(void **state)
{
    (void)state;
    static struct plotted made;
    for (const struct topic_plot *row = topic_plots; row->topic; row++) {
        struct scenario_error error;
        if (!topic_plot_run(row, &made, &error)) fail_msg("%s: %s", row->topic, error.text);
        if (!topic_plot_right(row, &made))
            fail_msg("%s: %llu against %llu", row->topic, (unsigned long long)made.value[0], (unsigned long long)made.value[1]);
        assert_true(chart_most(&made.chart) > 0);
        assert_memory_not_equal(made.chart.line[0].value, made.chart.line[1].value, sizeof made.chart.line[0].value);
    }
}

/* ---- the chart ---- */

/* 0 .. 239, and a gap in the middle of the other, which is flat. */
static struct chart ramp(void)
{
    struct chart c = {.title = "Ramp", .unit = "bytes", .from = 0, .to = TERN_SEC};
    c.line[0].name = "up";
    c.line[1].name = "flat";
    for (size_t i = 0; i < CHART_POINTS; i++) {
        c.line[0].value[i] = i;
        c.line[1].value[i] = i >= 120 && i < 180 ? CHART_GAP : 120;
    }
    return c;
}

static char *drawn(const struct chart *c, uint32_t width, bool ascii)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    struct tern_out out = {tern_put_file, f};
    struct prose p = {.out = &out, .width = width, .ascii = ascii, .before = PROSE_KIND_N};
    chart_text(&p, c);
    assert_int_equal(p.err, 0);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void a_chart_is_as_wide_as_the_terminal(void **state)
{
    (void)state;
    struct chart c = ramp();
    for (uint32_t width = 60; width <= 100; width += 20) {
        char *text = drawn(&c, width, false);
        size_t widest = 0;
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
            size_t columns = utf8_columns_n(line, strcspn(line, "\n"));
            if (columns > widest) widest = columns;
        }
        assert_int_equal(widest, width);
        free(text);
    }
}

static void an_ascii_chart_is_ascii(void **state)
{
    (void)state;
    struct chart c = ramp();
    char *text = drawn(&c, 80, true);
    for (const char *s = text; *s; s++) assert_true(*s == '\n' || (*s >= ' ' && *s <= '~'));
    assert_non_null(strstr(text, "239 bytes +"));
    free(text);
}

static const char *line_of(const char *text, unsigned nth)
{
    while (nth-- > 0) text = strchr(text, '\n') + 1;
    return text;
}

/* Title, empty line, name, six rows. */
static void a_ramp_rises(void **state)
{
    (void)state;
    struct chart c = ramp();
    char *text = drawn(&c, 80, true);
    size_t before = 0;
    for (unsigned row = 0; row < 6; row++) {
        const char *line = line_of(text, 3 + row), *end = strchr(line, '\n');
        size_t filled = 0;
        for (const char *s = line + strcspn(line, "+|") + 1; s < end; s++) filled += *s != ' ';
        assert_true(filled > before);
        before = filled;
    }
    free(text);
}

static void a_gap_is_empty(void **state)
{
    (void)state;
    struct chart c = ramp();
    char *text = drawn(&c, 80, true);
    const char *line = line_of(text, 3 + 7 + 1 + 5), *from = line + strcspn(line, "|") + 1;
    size_t n = strcspn(from, "\n");
    assert_int_equal(from[n / 4], '#');
    assert_int_equal(from[n * 5 / 8], ' ');
    assert_int_equal(from[n * 7 / 8], '#');
    free(text);
}

static void a_vector_picture_has_both_curves(void **state)
{
    (void)state;
    struct chart c = ramp();
    char *text = NULL;
    size_t len = 0, curves = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(chart_svg(&(struct tern_out){tern_put_file, f}, &c, false, false), 0);
    assert_int_equal(fclose(f), 0);
    for (const char *at = text; (at = strstr(at, "<polyline")) != NULL; at++) curves++;
    assert_int_equal(curves, 3); /* the flat one is in two parts */
    assert_memory_equal(text, "<?xml", 5);
    assert_non_null(strstr(text, ">up</text>"));
    assert_non_null(strstr(text, ">flat</text>"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_has_a_picture),
        cmocka_unit_test(every_congestion_control_has_a_picture),
        cmocka_unit_test(every_picture_is_of_a_topic),
        cmocka_unit_test(every_setting_of_a_topic_is_one),
        cmocka_unit_test(every_run_is_as_its_topic_says),
        cmocka_unit_test(a_chart_is_as_wide_as_the_terminal),
        cmocka_unit_test(an_ascii_chart_is_ascii),
        cmocka_unit_test(a_ramp_rises),
        cmocka_unit_test(a_gap_is_empty),
        cmocka_unit_test(a_vector_picture_has_both_curves),
    };
    words_choose("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
