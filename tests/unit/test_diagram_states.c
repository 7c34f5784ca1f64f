/* The state diagram has exactly the arrows of the table, in each format, read back from what is written. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "fsm.h"
#include "states.h"
#include "utf8.h"
#include "words.h"

static char *text;
static size_t text_len;
static struct diagram_style style;

static int start(void **state)
{
    (void)state;
    words_choose("en");
    style = (struct diagram_style){.width = 80};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    return 0;
}

static void write_as(const char *name, enum diagram_format format)
{
    free(text);
    FILE *f = open_memstream(&text, &text_len);
    assert_non_null(f);
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    assert_int_equal(diagram_write(name, format, &style, &out), 0);
    assert_int_equal(fclose(f), 0);
}

static size_t count(const char *needle)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle)) n++;
    return n;
}

/* All FROM__EVENT__TO in the values of class attributes: each arrow of the table once, and nothing else. */
static void assert_tokens_are_the_table(void)
{
    size_t found = 0;
    for (const char *p = text; (p = strstr(p, "class=\"")); p++) {
        const char *end = strchr(p + 7, '"');
        for (const char *q = p; (q = strstr(q, "__")) && q < end; q++) found++;
    }
    assert_int_equal(found, fsm_arrow_n * 2);
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        char token[STATES_TOKEN_MAX], middle[STATES_TOKEN_MAX + 2], last[STATES_TOKEN_MAX + 2];
        states_token(&fsm_arrows[i], token);
        snprintf(middle, sizeof middle, " %s ", token);
        snprintf(last, sizeof last, " %s\"", token);
        assert_int_equal(count(middle) + count(last), 1);
    }
}

static void dot_has_the_arrows_of_the_table(void **state)
{
    (void)state;
    write_as("states", DIAGRAM_DOT);
    assert_tokens_are_the_table();
    /* Each edge's ends are those of its arrows. */
    for (char *line = text; (line = strstr(line, " -> ")); line++) {
        char from[32], to[32], want[2][40];
        while (line > text && line[-1] != '\n') line--;
        assert_int_equal(sscanf(line, " %31s -> %31s", from, to), 2);
        if (strcmp(to, "CLOSED_END") == 0) to[6] = '\0';
        const char *token = strstr(line, "class=\""), *end = strchr(token + 7, '"');
        token = strchr(token, ' ') + 1;
        snprintf(want[0], sizeof want[0], "%s__", from);
        snprintf(want[1], sizeof want[1], "__%s", to);
        while (token < end) {
            size_t len = strcspn(token, " \""), tail = strlen(want[1]);
            assert_memory_equal(token, want[0], strlen(want[0]));
            assert_memory_equal(token + len - tail, want[1], tail);
            token += len + 1;
        }
        line = strchr(line, '\n');
    }
}

static void svg_has_the_arrows_of_the_table(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(words_choose(i == 0 ? "en" : "zh_CN"));
        write_as("states", DIAGRAM_SVG);
        assert_tokens_are_the_table();
        /* As many lines of labels as arrows, and a box for each state, CLOSED twice. */
        assert_int_equal(count(" / ") - 1, fsm_arrow_n); /* one stands in the legend */
        assert_int_equal(count("class=\"node state\""), TERN_STATE_N + 1);
    }
}

static enum tern_state state_named(const char *name)
{
    int s = 0;
    while (s < TERN_STATE_N && strcmp(tern_state_name((enum tern_state)s), name) != 0) s++;
    return (enum tern_state)s;
}

static const struct fsm_arrow *arrow_written(enum tern_state from, enum tern_state to, const char *line)
{
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        const struct fsm_arrow *a = &fsm_arrows[i];
        char want[128];
        snprintf(want, sizeof want, "%s / %s  ", fsm_event_name(a->event), fsm_action_name(a->action));
        if (a->from != from || a->to != to || strncmp(line, want, strlen(want)) != 0) continue;
        const char *source = line + strlen(want) + strspn(line + strlen(want), " ");
        if (strcmp(source, a->source) == 0) return a;
    }
    return NULL;
}

static void text_has_the_arrows_of_the_table(void **state)
{
    (void)state;
    write_as("states", DIAGRAM_TEXT);
    enum tern_state from = TERN_STATE_N, to = TERN_STATE_N;
    size_t found = 0;
    bool *seen = calloc(fsm_arrow_n, sizeof *seen);
    assert_non_null(seen);
    char *body = strstr(text, "\n\n");
    assert_non_null(body);
    for (char *line = strtok(body, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(utf8_columns(line) <= 80);
        if (strncmp(line, "Note ", 5) == 0) break; /* below the arrows */
        if (line[0] != ' ') {
            from = state_named(line);
            assert_true(from < TERN_STATE_N);
        } else if (strncmp(line, " → ", strlen(" → ")) == 0) {
            to = state_named(line + strlen(" → "));
            assert_true(to < TERN_STATE_N);
        } else {
            const struct fsm_arrow *a = arrow_written(from, to, line + 6);
            assert_non_null(a);
            assert_false(seen[a - fsm_arrows]);
            seen[a - fsm_arrows] = true;
            found++;
        }
    }
    assert_int_equal(found, fsm_arrow_n);
    free(seen);
}

static bool same_way(const bool *way, const enum fsm_event (*want)[2], size_t n)
{
    size_t marked = 0, hit = 0;
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        marked += way[i];
        for (size_t k = 0; k < n; k++)
            if (way[i] && (unsigned)fsm_arrows[i].from == (unsigned)want[k][0] && fsm_arrows[i].event == want[k][1]) hit++;
    }
    return marked == n && hit == n;
}

static void the_ways_are_those_of_a_run(void **state)
{
    (void)state;
#define STEP(from, event)                                                                                                        \
    {                                                                                                                            \
        (enum fsm_event) TERN_##from, FSM_##event                                                                                \
    }
    static const enum fsm_event client[][2] = {STEP(CLOSED, OPEN_ACTIVE), STEP(SYN_SENT, RCV_SYN_ACK),
                                               STEP(ESTABLISHED, CLOSE),  STEP(FIN_WAIT_1, RCV_ACK_OF_FIN),
                                               STEP(FIN_WAIT_2, RCV_FIN), STEP(TIME_WAIT, TIMEOUT_2MSL)};
    static const enum fsm_event server[][2] = {
        STEP(CLOSED, OPEN_PASSIVE), STEP(LISTEN, RCV_SYN),   STEP(SYN_RECEIVED, RCV_ACK_OF_SYN),
        STEP(ESTABLISHED, RCV_FIN), STEP(CLOSE_WAIT, CLOSE), STEP(LAST_ACK, RCV_ACK_OF_FIN)};
#undef STEP
    bool *ways[2] = {calloc(fsm_arrow_n, 1), calloc(fsm_arrow_n, 1)};
    assert_true(states_ways(ways[0], ways[1]));
    assert_true(same_way(ways[0], client, 6));
    assert_true(same_way(ways[1], server, 6));
    free(ways[0]);
    free(ways[1]);
}

static void only_the_way_that_is_asked_for_is_marked(void **state)
{
    (void)state;
    style.ways = DIAGRAM_SERVER;
    write_as("states", DIAGRAM_SVG);
    assert_int_equal(count(".LISTEN__RCV_SYN__SYN_RECEIVED path"), 1);
    assert_int_equal(count(".CLOSED__OPEN_ACTIVE__SYN_SENT path"), 0);
    assert_int_equal(count(";stroke-dasharray:"), 6); /* told apart without colour */
    write_as("states", DIAGRAM_DOT);
    assert_int_equal(count("penwidth=2.5"), 6);
    assert_int_equal(count(" style=dashed"), 6);
    style.ways = DIAGRAM_CLIENT;
    write_as("states", DIAGRAM_SVG);
    assert_int_equal(count(".LISTEN__RCV_SYN__SYN_RECEIVED path"), 0);
    assert_int_equal(count(".CLOSED__OPEN_ACTIVE__SYN_SENT path"), 1);
    assert_int_equal(count(";stroke-dasharray:"), 0);
    write_as("states", DIAGRAM_DOT);
    assert_int_equal(count("penwidth=2.5"), 6);
    assert_int_equal(count(" style=dashed"), 0);
}

/* Those of RFC 9293's figure 5, in each form. */
static void the_notes_stand_below(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(words_choose(i == 0 ? "en" : "zh_CN"));
        for (enum diagram_format f = DIAGRAM_TEXT; f < DIAGRAM_FORMAT_N; f++) {
            if (f == DIAGRAM_PNG) continue;
            write_as("states", f);
            for (int note = 1; note <= 3; note++) {
                char want[32];
                snprintf(want, sizeof want, i == 0 ? "Note %d: " : "注 %d：", note);
                assert_int_equal(count(want), 1);
            }
        }
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(dot_has_the_arrows_of_the_table), T(svg_has_the_arrows_of_the_table),          T(text_has_the_arrows_of_the_table),
        T(the_ways_are_those_of_a_run),     T(only_the_way_that_is_asked_for_is_marked), T(the_notes_stand_below),
    };
#undef T
    return cmocka_run_group_tests_name("diagram states", tests, NULL, NULL);
}
