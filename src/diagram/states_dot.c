#include "states.h"
#include "words.h"

static const char *const ids[] = {
#define X(id, name, ss) #id,
    TERN_STATES(X)
#undef X
};
static const char *const names[] = {
#define X(id, name, ss) name,
    TERN_STATES(X)
#undef X
};
static const char *const events[] = {
#define X(id, name) #id,
    FSM_EVENTS(X)
#undef X
};

void states_token(const struct fsm_arrow *arrow, char out[STATES_TOKEN_MAX])
{
    snprintf(out, STATES_TOKEN_MAX, "%s__%s__%s", ids[arrow->from], events[arrow->event], ids[arrow->to]);
}

/* CLOSED stands twice, as in figure 5: above, where connections begin, and below, where they end. */
static const char *node_of(const struct fsm_arrow *a)
{
    bool ends = a->to == TERN_CLOSED && a->from != TERN_LISTEN && a->from != TERN_SYN_SENT;
    return ends ? "CLOSED_END" : ids[a->to];
}

static bool same_edge(const struct fsm_arrow *a, const struct fsm_arrow *b)
{
    return a->from == b->from && a->to == b->to && a->figure == b->figure;
}

static bool is_first_of_edge(size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (same_edge(&fsm_arrows[j], &fsm_arrows[i])) return false;
    return true;
}

static const char *const notes[] = {
    N_("Bold: RFC 9293's figure 5. Thin: every further arrow of tern's table, which no figure shows. Each line: event / action; "
       "x: none."),
    N_("Note 1: SYN-RECEIVED goes back to LISTEN by a RST only when it was reached by a passive OPEN."),
    N_("Note 2: when the FIN comes and our FIN is acknowledged with it, FIN-WAIT-1 goes to TIME-WAIT at once."),
    N_("Note 3: whoever sends a RST may rest in TIME-WAIT (the setting abort_time_wait); tern does not, unless it is told. A RST "
       "that is received leads to CLOSED, or back to LISTEN."),
};

const char states_client_note[] = N_("Blue, solid: the usual way of a client that closes first.");
const char states_server_note[] = N_("Orange, dashed: the usual way of its server.");
const char *states_note(size_t i) { return i < sizeof notes / sizeof notes[0] ? notes[i] : NULL; }

/* In a label of Graphviz's HTML kind. */
static void put_words(FILE *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else
            fputc(*s, out);
    }
}

/* A table's cell gives the words room that no arrow may take. */
#define CELL "<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"9\"><TR><TD>"

/* All arrows of one edge: a line of the label each. */
static void edge(FILE *out, size_t first, const bool *client, const bool *server)
{
    const struct fsm_arrow *a = &fsm_arrows[first];
    bool on_client = client && client[first], on_server = server && server[first];
    fprintf(out, "  %s -> %s [label=" CELL, ids[a->from], node_of(a));
    for (size_t i = first; i < fsm_arrow_n; i++) {
        if (!same_edge(a, &fsm_arrows[i])) continue;
        put_words(out, words(fsm_event_name(fsm_arrows[i].event)));
        fputs(" / ", out);
        put_words(out, words(fsm_action_name(fsm_arrows[i].action)));
        fputs("<BR ALIGN=\"LEFT\"/>", out);
    }
    fprintf(out, "</TD></TR></TABLE>> class=\"%s", a->figure ? "figure" : "further");
    for (size_t i = first; i < fsm_arrow_n; i++) {
        char token[STATES_TOKEN_MAX];
        states_token(&fsm_arrows[i], token);
        if (same_edge(a, &fsm_arrows[i])) fprintf(out, " %s", token);
    }
    fputc('"', out);
    if (on_client || on_server)
        fprintf(out, " penwidth=2.5 color=\"%s\"%s", on_client ? "#0b5cad" : "#b45309", on_client ? "" : " style=dashed");
    else if (a->figure)
        fputs(" penwidth=1.8", out);
    else
        fputs(" color=\"#8a8a8a\" fontcolor=\"#6a6a6a\"", out);
    fputs("];\n", out);
}

static bool any(const bool *way)
{
    for (size_t i = 0; i < fsm_arrow_n; i++)
        if (way[i]) return true;
    return false;
}

static void note_line(FILE *out, const char *text)
{
    put_words(out, text);
    fputs("<BR ALIGN=\"LEFT\"/>", out);
}

/* The notes as the graph's own label. */
static void put_notes(FILE *out, const bool *client, const bool *server)
{
    fputs("  graph [labelloc=b labeljust=l fontname=\"sans-serif\" fontsize=12 label=<", out);
    if (any(client)) note_line(out, words(states_client_note));
    if (any(server)) note_line(out, words(states_server_note));
    for (size_t i = 0; states_note(i); i++) note_line(out, words(states_note(i)));
    fputs(">];\n", out);
}

void states_dot(FILE *out, const bool *client, const bool *server)
{
    fputs("digraph states {\n"
          "  graph [rankdir=TB ranksep=0.4 nodesep=0.35 bgcolor=transparent];\n"
          "  node [shape=box style=rounded fontname=\"sans-serif\" fontsize=14 class=state];\n"
          "  edge [fontname=\"sans-serif\" fontsize=11 arrowsize=0.8];\n",
          out);
    if (client && server) put_notes(out, client, server);
    for (size_t i = 0; i < TERN_STATE_N; i++) fprintf(out, "  %s [id=\"state_%s\" label=\"%s\"];\n", ids[i], ids[i], names[i]);
    fputs("  CLOSED_END [id=\"state_CLOSED_END\" label=\"CLOSED\"];\n", out);
    for (size_t i = 0; i < fsm_arrow_n; i++)
        if (is_first_of_edge(i)) edge(out, i, client, server);
    fputs("}\n", out);
}
