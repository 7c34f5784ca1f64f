#include "states.h"

#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "utf8.h"
#include "words.h"

/* ---- the usual ways ---- */

static void mark(bool way[], uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        const struct fsm_arrow *a = &fsm_arrows[i];
        if (a->figure && a->from == from && a->to == to) way[i] = true;
    }
}

static void collect(const struct story *s, bool client[], bool server[])
{
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        bool listens = row->kind == STORY_CALL && row->rule == TERN_RULE_OPEN_PASSIVE; /* a listener's state is no connection's */
        if (listens) mark(row->side == STORY_A ? client : server, TERN_CLOSED, TERN_LISTEN);
        for (uint32_t n = 0; n < row->note_n; n++) {
            const struct story_note *note = &row->note[n];
            if (note->of == STORY_NOTE_EVENT && note->ev.type == TERN_EV_STATE)
                mark(note->side == STORY_A ? client : server, note->ev.u.state.from, note->ev.u.state.to);
        }
    }
}

bool states_ways(bool client[], bool server[])
{
    memset(client, 0, fsm_arrow_n * sizeof *client);
    memset(server, 0, fsm_arrow_n * sizeof *server);
    struct sim_config cfg;
    sim_config_default(&cfg);
    struct sim *s = sim_new(&cfg);
    struct tern_conn *a, *b;
    bool done = s && sim_establish(s, &a, &b);
    if (done) {
        sim_close(s, a);
        sim_run_for(s, TERN_SEC);
        sim_close(s, b);
        sim_run(s, TERN_NEVER);
        collect(sim_story(s), client, server);
        done = !sim_story(s)->out_of_memory;
    }
    sim_free(s);
    return done;
}

/* ---- text ---- */

struct ways {
    bool *client, *server;
};

static bool ways_new(struct ways *w, unsigned which)
{
    w->client = calloc(fsm_arrow_n, sizeof *w->client);
    w->server = calloc(fsm_arrow_n, sizeof *w->server);
    if (!w->client || !w->server || !states_ways(w->client, w->server)) return false;
    if (which && !(which & DIAGRAM_CLIENT)) memset(w->client, 0, fsm_arrow_n * sizeof *w->client);
    if (which && !(which & DIAGRAM_SERVER)) memset(w->server, 0, fsm_arrow_n * sizeof *w->server);
    return true;
}

static void ways_free(struct ways *w)
{
    free(w->client);
    free(w->server);
}

/* "  C. rcv ACK of SYN / x              RFC 9293 figure 5": the source ends at the last column. */
static void text_arrow(FILE *out, const struct diagram_style *style, const struct ways *w, size_t i)
{
    const struct fsm_arrow *a = &fsm_arrows[i];
    char line[256];
    snprintf(line, sizeof line, "   %c%c %s / %s", w->client[i] ? 'C' : ' ', w->server[i] ? 'S' : ' ',
             words(fsm_event_name(a->event)), words(fsm_action_name(a->action)));
    size_t width = style->width ? style->width : 80, used = utf8_columns(line) + strlen(a->source);
    int gap = used + 2 <= width ? (int)(width - used) : 2;
    const char *on = "";
    if (style->colour) on = w->client[i] || w->server[i] ? "\033[1m" : a->figure ? "" : "\033[2m";
    fprintf(out, "%s%s%*s%s%s\n", on, line, gap, "", a->source, *on ? "\033[0m" : "");
}

/* The arrows of |from| to |to|. */
static void text_arrows(FILE *out, const struct diagram_style *style, const struct ways *w, enum tern_state from,
                        enum tern_state to)
{
    bool first = true;
    for (size_t i = 0; i < fsm_arrow_n; i++) {
        if (fsm_arrows[i].from != from || fsm_arrows[i].to != to) continue;
        if (first) fprintf(out, " → %s\n", tern_state_name(to));
        first = false;
        text_arrow(out, style, w, i);
    }
}

static void text_wrapped(FILE *out, const char *text, size_t width)
{
    while (*text) {
        size_t n = utf8_line(text, width);
        fprintf(out, "%.*s\n", (int)n, text);
        text += n;
        while (*text == ' ' || *text == '\n') text++;
    }
}

int states_as_text(FILE *out, const struct diagram_style *style)
{
    struct ways w;
    bool ok = ways_new(&w, style->ways);
    if (ok) {
        text_wrapped(out,
                     _("Event / action (x: none), and where it is written. C: the usual way of a client that closes first. S: "
                       "the usual way of its server."),
                     style->width ? style->width : 80);
        for (int from = 0; from < TERN_STATE_N; from++) {
            fprintf(out, "\n%s\n", tern_state_name((enum tern_state)from));
            for (int to = 0; to < TERN_STATE_N; to++) text_arrows(out, style, &w, (enum tern_state)from, (enum tern_state)to);
        }
        fputc('\n', out);
        for (size_t i = 1; states_note(i); i++) text_wrapped(out, words(states_note(i)), style->width ? style->width : 80);
    }
    ways_free(&w);
    return ok ? 0 : TERN_ERR_NOMEM;
}

int states_as_graph(FILE *out, const struct diagram_style *style)
{
    struct ways w;
    bool ok = ways_new(&w, style->ways);
    if (ok) states_dot(out, w.client, w.server);
    ways_free(&w);
    return ok ? 0 : TERN_ERR_NOMEM;
}

int states_as_svg(FILE *out, const struct diagram_style *style)
{
    struct ways w;
    bool ok = ways_new(&w, style->ways) && states_draw(out, style, w.client, w.server);
    ways_free(&w);
    return ok ? 0 : TERN_ERR_NOMEM;
}
