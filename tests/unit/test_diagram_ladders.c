/* Each ladder's run goes through the states that its name promises, and the text shows each of its segments. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "ladders.h"
#include "tcp.h"
#include "utf8.h"
#include "words.h"

static struct story story;
static char *text;
static size_t text_len;

static int stop(void **state)
{
    (void)state;
    story_free(&story);
    free(text);
    text = NULL;
    return 0;
}

static size_t count(const char *needle)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle)) n++;
    return n;
}

/* "ESTABLISHED FIN-WAIT-1 ..." of one side, all its connections. */
static void states_of(enum story_side side, char *out, size_t len)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < story.row_n; i++) {
        for (uint32_t n = 0; n < story.row[i].note_n; n++) {
            const struct story_note *note = &story.row[i].note[n];
            if (note->side != side || note->of != STORY_NOTE_EVENT || note->ev.type != TERN_EV_STATE) continue;
            int r = snprintf(out + used, len - used, "%s%s", used ? " " : "", tern_state_name(note->ev.u.state.to));
            used += (size_t)r;
            assert_true(used < len);
        }
    }
}

static void assert_run(const char *name, ladder_run *run, const char *a, const char *b)
{
    char states[512];
    assert_true(ladder_story(run, &story));
    states_of(STORY_A, states, sizeof states);
    assert_string_equal(states, a);
    states_of(STORY_B, states, sizeof states);
    assert_string_equal(states, b);

    words_choose("en");
    const struct diagram_style style = {.width = 80};
    FILE *f = open_memstream(&text, &text_len);
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    assert_int_equal(diagram_write(name, DIAGRAM_TEXT, &style, &out), 0);
    fclose(f);
    size_t segments = 0, lost = 0;
    for (size_t i = 0; i < story.row_n; i++) {
        segments += story.row[i].kind == STORY_SEGMENT;
        lost += story.row[i].fate == STORY_LOST && story.row[i].kind == STORY_SEGMENT;
    }
    assert_true(segments > 0);
    assert_int_equal(count("▶") + count("◀") + count("╳"), segments);
    assert_int_equal(count("lost on its way"), lost);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) assert_true(utf8_columns(line) <= 80);
}

static void handshake(void **state)
{
    (void)state;
    assert_run("handshake", ladder_handshake, "SYN-SENT ESTABLISHED", "SYN-RECEIVED ESTABLISHED");
}

static void close_(void **state)
{
    (void)state;
    assert_run("close", ladder_close, "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED", "CLOSE-WAIT LAST-ACK CLOSED");
}

static void half_close(void **state)
{
    (void)state;
    assert_run("half-close", ladder_half_close, "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED", "CLOSE-WAIT LAST-ACK CLOSED");
    const struct story_row *data = story_find(&story, 0, STORY_B, TH_PSH);
    assert_non_null(data); /* after A's FIN, B sends */
    assert_int_equal(data->seg.len, strlen("the answer"));
    assert_int_equal(data->tcb[STORY_A].state, TERN_FIN_WAIT_2);
}

static void simultaneous_open(void **state)
{
    (void)state;
    assert_run("simultaneous-open", ladder_simultaneous_open, "SYN-SENT SYN-RECEIVED ESTABLISHED",
               "SYN-SENT SYN-RECEIVED ESTABLISHED");
}

static void simultaneous_close(void **state)
{
    (void)state;
    assert_run("simultaneous-close", ladder_simultaneous_close, "FIN-WAIT-1 CLOSING TIME-WAIT CLOSED",
               "FIN-WAIT-1 CLOSING TIME-WAIT CLOSED");
}

static void direct_close(void **state)
{
    (void)state;
    assert_run("direct-close", ladder_direct_close, "FIN-WAIT-1 TIME-WAIT CLOSED", "CLOSE-WAIT LAST-ACK CLOSED");
}

static void lost_last_ack(void **state)
{
    (void)state;
    assert_run("lost-last-ack", ladder_lost_last_ack, "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED", "CLOSE-WAIT LAST-ACK CLOSED");
    size_t fins = 0;
    for (size_t i = 0; i < story.row_n; i++)
        fins += story.row[i].kind == STORY_SEGMENT && story.row[i].side == STORY_B && (story.row[i].seg.flags & TH_FIN);
    assert_int_equal(fins, 2);
}

static void stale_syn(void **state)
{
    (void)state;
    /* Rows stand in the order in which segments left: the new SYN before the RST that overtakes it. */
    assert_run("stale-syn", ladder_stale_syn, "SYN-SENT ESTABLISHED", "SYN-RECEIVED SYN-RECEIVED LISTEN ESTABLISHED");
    const struct story_row *rst = story_find(&story, 0, STORY_A, TH_RST);
    assert_non_null(rst);
    assert_int_equal(rst->seg.seq, 91); /* what B acknowledged of the old SYN */
}

static void rst(void **state)
{
    (void)state;
    assert_run("rst", ladder_rst, "SYN-SENT CLOSED SYN-SENT ESTABLISHED CLOSED", "SYN-RECEIVED ESTABLISHED CLOSED");
    assert_int_equal(story.conn_n, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, stop)
    const struct CMUnitTest tests[] = {
        T(handshake),     T(close_),    T(half_close), T(simultaneous_open), T(simultaneous_close), T(direct_close),
        T(lost_last_ack), T(stale_syn), T(rst),
    };
#undef T
    return cmocka_run_group_tests_name("diagram ladders", tests, NULL, NULL);
}
