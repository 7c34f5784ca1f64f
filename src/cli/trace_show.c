/* tern trace as text: the ladder is story_text's; here are lists of findings, the summary, and the comments of --annotate. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "words.h"

static unsigned long long wide(uint64_t n) { return n; }
static double seconds(tern_ns t) { return (double)t / 1e9; }
static double millis(tern_ns t) { return (double)t / 1e6; }

static void say(struct trace_show *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct trace_show *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vprintf(format, args) < 0) t->err = TERN_ERR_IO;
    va_end(args);
}

/* ---- rows ---- */

static void list_findings(struct trace_show *t, const struct story *s, const struct story_row *row)
{
    for (uint32_t i = 0; i < row->note_n; i++) {
        const struct story_note *n = &row->note[i];
        say(t, _("packet %llu at %.6f s, connection %llu, %s %s: %s\n"), wide(row->n), seconds(row->at - s->start),
            wide(story_number(s, row->conn)), finding_severity_name(n->severity), n->name, n->text ? n->text : "");
    }
}

/* The states of both ends, and each finding, a line for each. */
static void comment(struct trace_show *t, const struct story *s, const struct story_row *row)
{
    FILE *f = open_memstream(&t->comment, &t->comment_len);
    if (!f) {
        t->err = TERN_ERR_NOMEM;
        return;
    }
    fprintf(f, _("connection %llu: %s, %s"), wide(story_number(s, row->conn)),
            tern_state_name((enum tern_state)row->tcb[STORY_A].state), tern_state_name((enum tern_state)row->tcb[STORY_B].state));
    for (uint32_t i = 0; i < row->note_n; i++)
        fprintf(f, "\n%s %s: %s", finding_severity_name(row->note[i].severity), row->note[i].name,
                row->note[i].text ? row->note[i].text : "");
    if (fclose(f) != 0) t->err = TERN_ERR_NOMEM;
}

void trace_show_row(void *show, const struct story *s, struct story_row *row)
{
    struct trace_show *t = show;
    const struct trace_wish *w = t->wish;
    if (w->annotate && row->n > 0 && !t->comment) comment(t, s, row);
    if (w->conn > 0 && story_number(s, row->conn) != (uint64_t)w->conn) return;
    if (w->findings && row->note_n == 0) return;
    if (w->summary) return;
    if (w->json)
        trace_json_row(t, s, row);
    else if (w->findings)
        list_findings(t, s, row);
    else if (t->ladder && t->err == 0)
        t->err = story_text_row(t->ladder, s, row);
}

/* ---- the summary ---- */

static void show_side(struct trace_show *t, const struct watch_conn *c, enum story_side i)
{
    char name[TERN_ENDPOINT_STRLEN];
    if (c->packets[i] == 0) {
        say(t, _("  %s: nothing\n"), tern_endpoint_format(&c->end[i], name));
        return;
    }
    say(t, _("  %s, %s: segments %llu, bytes %llu, sent again %llu, at most %u bytes in flight\n"),
        tern_endpoint_format(&c->end[i], name), tern_state_name((enum tern_state)c->state[i]), wide(c->packets[i]),
        wide(c->bytes[i]), wide(c->retransmitted[i]), c->flight_max[i]);
    if (c->wnd_min[i] != UINT32_MAX) say(t, _("    smallest window: %u bytes\n"), c->wnd_min[i]);
    if (c->rtt_min[i] > 0)
        say(t, _("    from the place of the capture to it and back: at least %.3f ms, median %.3f ms\n"), millis(c->rtt_min[i]),
            millis(c->rtt_median[i]));
}

static void show_findings(struct trace_show *t, const char *indent, unsigned id, uint64_t n)
{
    const struct finding_info *f = finding_info(id);
    say(t, "%s%-7s %6llu %s: %s (%s, %s)\n", indent, finding_severity_name(f->severity), wide(n), f->name, words(f->text), f->doc,
        f->section);
}

void trace_show_conn(void *show, const struct watch_conn *c)
{
    struct trace_show *t = show;
    const struct trace_wish *w = t->wish;
    if (w->conn > 0 && c->number != (uint64_t)w->conn) return;
    for (unsigned i = 0; i < FINDING_N; i++) t->finding[i] += c->finding[i];
    if (w->json) {
        if (!w->findings) trace_json_conn(t, c);
        return;
    }
    if (!w->summary) return;
    say(t, _("connection %llu, %.6f s\n"), wide(c->number), seconds(c->last_at - c->first_at));
    if (c->began_in_middle) say(t, "%s", _("  the capture begins in its middle\n"));
    if (c->one_sided) say(t, "%s", _("  only one direction was captured\n"));
    show_side(t, c, STORY_A);
    show_side(t, c, STORY_B);
    if (c->handshake > 0) say(t, _("  handshake: %.3f ms\n"), millis(c->handshake));
    for (unsigned i = 0; i < FINDING_N; i++)
        if (c->finding[i] > 0) show_findings(t, "  ", i, c->finding[i]);
    say(t, "\n");
}

void trace_show_totals(struct trace_show *t)
{
    struct watch_totals all;
    if (t->wish->json) {
        trace_json_totals(t);
        return;
    }
    watch_totals(t->watch, &all);
    say(t, _("%llu packets in %.3f s, %llu of TCP, connections: %llu\n"), wide(all.packets), seconds(all.last_at - all.first_at),
        wide(all.tcp), wide(all.conns));
    if (all.not_tcp > 0) say(t, _("other protocols: %llu\n"), wide(all.not_tcp));
    if (all.unreadable > 0) say(t, _("packets that cannot be read: %llu\n"), wide(all.unreadable));
    if (all.cut > 0) say(t, _("packets that the capture cut short: %llu\n"), wide(all.cut));
    bool any = false;
    for (unsigned i = 0; i < FINDING_N; i++) {
        if (t->finding[i] == 0) continue;
        any = true;
        show_findings(t, "", i, t->finding[i]);
    }
    if (!any && all.tcp > 0) say(t, "%s", _("no findings\n"));
}
