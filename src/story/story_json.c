/* Stories as JSON; doc/story.md is the schema. Out of memory, members may be missing (draw_json.h). */
#include "story_show.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "draw_json.h"
#include "story_plain.h"
#include "words.h"

static const char *const side_names[STORY_SIDE_N] = {"a", "b"};

static void put_text(json_t *o, const char *name, const char *text)
{
    if (text && *text) json_put(o, name, json_string(text));
}

/* ---- connections ---- */

static json_t *end_json(const struct story_conn *c, enum story_side side)
{
    json_t *o = json_object();
    char address[TERN_ADDR_STRLEN];
    json_put_endpoint(o, "endpoint", &c->end[side]);
    json_put(o, "address", json_string(tern_addr_format(&c->end[side].addr, address)));
    json_put_n(o, "port", c->end[side].port);
    put_text(o, "name", c->name[side]);
    if (c->base_known[side]) json_put_n(o, "base", c->base[side]);
    return o;
}

json_t *story_json_conn(const struct story *s, uint32_t conn)
{
    json_t *o = json_object();
    for (unsigned side = 0; side < STORY_SIDE_N; side++)
        json_put(o, side_names[side], end_json(&s->conn[conn], (enum story_side)side));
    return o;
}

/* ---- control blocks ---- */

/* The numbers of a control block: name, which bit says that it is known, where it stands. */
static const struct {
    const char *name;
    uint16_t known;
    uint16_t size;
    size_t at;
} members[] = {
#define M(name, known)                                                                                                           \
    {                                                                                                                            \
#name, known, sizeof(((struct story_tcb *)0)->name), offsetof(struct story_tcb, name)                                    \
    }
    M(snd_una, STORY_SND),       M(snd_nxt, STORY_SND),          M(snd_wnd, STORY_SND_WND),  M(iss, STORY_ISS),
    M(rcv_nxt, STORY_RCV),       M(rcv_wnd, STORY_RCV_WND),      M(irs, STORY_IRS),          M(cwnd, STORY_CWND),
    M(ssthresh, STORY_CWND),     M(flight, STORY_SND),           M(srtt, STORY_RTT),         M(rto, STORY_RTT),
    M(send_queue, STORY_QUEUES), M(receive_queue, STORY_QUEUES), M(ooo_queue, STORY_QUEUES), M(half_n, STORY_LISTENER),
    M(accept_n, STORY_LISTENER), M(backlog, STORY_LISTENER),
#undef M
};

static uint64_t member_of(const struct story_tcb *tcb, size_t i)
{
    const char *at = (const char *)tcb + members[i].at;
    uint32_t narrow;
    uint64_t wide;
    if (members[i].size == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
}

static bool same_timers(const struct story_tcb *a, const struct story_tcb *b)
{
    return (a->known & STORY_TIMERS) == (b->known & STORY_TIMERS) &&
           (!(a->known & STORY_TIMERS) || memcmp(a->timer, b->timer, sizeof a->timer) == 0);
}

static json_t *timers_json(const struct story_tcb *tcb)
{
    if (!(tcb->known & STORY_TIMERS)) return json_null();
    json_t *o = json_object();
    for (unsigned i = 0; i < TERN_TIMER_N; i++)
        if (tcb->timer[i] != TERN_NEVER) json_put_n(o, tern_timer_name((enum tern_timer)i), tcb->timer[i]);
    return o;
}

/* What differs from |was|; NULL |was|: all that is known. */
static json_t *tcb_json(const struct story_tcb *tcb, const struct story_tcb *was)
{
    json_t *o = json_object();
    if (!was || was->state != tcb->state) json_put(o, "state", json_string(tern_state_name((enum tern_state)tcb->state)));
    if (!was || was->inferred != tcb->inferred) json_put(o, "inferred", json_boolean(tcb->inferred));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        bool known = tcb->known & members[i].known, known_before = was && (was->known & members[i].known);
        if (known && (!known_before || member_of(tcb, i) != member_of(was, i)))
            json_put_n(o, members[i].name, member_of(tcb, i));
        else if (!known && known_before)
            json_put(o, members[i].name, json_null());
    }
    if (was ? !same_timers(tcb, was) : (tcb->known & STORY_TIMERS) != 0) json_put(o, "timers", timers_json(tcb));
    return o;
}

static void put_tcbs(json_t *o, const struct story_row *row, const struct story_row *before)
{
    json_t *both = json_object();
    for (unsigned side = 0; side < STORY_SIDE_N; side++) {
        json_t *tcb = tcb_json(&row->tcb[side], before ? &before->tcb[side] : NULL);
        if (json_object_size(tcb) > 0)
            json_put(both, side_names[side], tcb);
        else
            json_decref(tcb);
    }
    if (json_object_size(both) > 0)
        json_put(o, "tcb", both);
    else
        json_decref(both);
}

/* ---- notes ---- */

static void put_rule(json_t *o, const char *name, unsigned rule)
{
    if (rule != TERN_RULE_NONE) json_put(o, name, json_string(tern_rule_info((enum tern_rule)rule)->name));
}

static void put_drop(json_t *o, unsigned drop)
{
    if (drop != TERN_DROP_NONE) json_put(o, "drop", json_string(tern_drop_info((enum tern_drop)drop)->name));
}

static void put_event(json_t *o, const struct tern_event *ev)
{
    char buf[384];
    struct text text = text_for(words, buf, sizeof buf);
    json_put(o, "event", json_string(tern_event_name((enum tern_event_type)ev->type)));
    if (ev->type == TERN_EV_DROP)
        put_drop(o, ev->drop);
    else
        json_put_details(o, ev);
    put_rule(o, "rule", ev->rule);
    text_event(&text, ev, "\u2192");
    put_text(o, "text", buf);
}

static json_t *note_json(const struct story_note *n)
{
    static const char *const severities[] = {[STORY_INFO] = "info", [STORY_WARNING] = "warning", [STORY_ERROR] = "error"};
    json_t *o = json_object();
    json_put(o, "side", json_string(side_names[n->side]));
    if (n->of == STORY_NOTE_EVENT) {
        put_event(o, &n->ev);
        return o;
    }
    json_put(o, "finding", json_string(n->name ? n->name : ""));
    json_put(o, "severity", json_string(severities[n->severity <= STORY_ERROR ? n->severity : STORY_ERROR]));
    put_text(o, "doc", n->doc);
    put_text(o, "section", n->section);
    put_text(o, "text", n->text);
    return o;
}

static void put_notes(json_t *o, const struct story_row *row)
{
    if (row->note_n == 0) return;
    json_t *list = json_array();
    for (uint32_t i = 0; i < row->note_n; i++) json_array_append_new(list, note_json(&row->note[i]));
    json_put(o, "notes", list);
}

/* ---- rows ---- */

static void put_label(json_t *o, const struct story *s, const struct story_row *row)
{
    char buf[384];
    struct text text = text_for(words, buf, sizeof buf);
    struct story_seen seen;
    story_seen_begin(&seen, s, row->conn);
    segment_label(&text, &row->seg, &seen.side[row->side], &seen.side[story_other((enum story_side)row->side)], NUMBERS_RELATIVE);
    for (char *p = buf; (p = strchr(p, '\t'));) *p = ' ';
    json_put(o, "label", json_string(buf));
}

static void put_segment(json_t *o, const struct story *s, const struct story_row *row)
{
    static const char *const fates[] = {
        [STORY_ARRIVED] = "arrived", [STORY_LOST] = "lost", [STORY_REFUSED] = "refused", [STORY_UNKNOWN] = "unknown"};
    const struct story_conn *c = &s->conn[row->conn];
    enum story_side own = (enum story_side)row->side, other = story_other(own);
    json_put(o, "fate", json_string(fates[row->fate & 3]));
    if (row->forged) json_put(o, "forged", json_true());
    if (row->duplicate) json_put(o, "duplicate", json_true());
    json_put_segment(o, &row->seg, c->base_known[own] ? &c->base[own] : NULL, c->base_known[other] ? &c->base[other] : NULL);
    put_label(o, s, row);
}

static void put_head(json_t *o, const struct story_row *row)
{
    if (row->head_len == 0) return;
    static const char digits[] = "0123456789abcdef";
    char hex[2 * STORY_HEAD_MAX + 1];
    size_t n = row->head_len <= STORY_HEAD_MAX ? row->head_len : STORY_HEAD_MAX;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[row->head[i] >> 4];
        hex[2 * i + 1] = digits[row->head[i] & 15];
    }
    hex[2 * n] = '\0';
    json_put(o, "head", json_string(hex));
    json_put_n(o, "ip_at", row->ip_at);
}

json_t *story_json_row(const struct story *s, const struct story_row *row, const struct story_row *before)
{
    static const char *const kinds[] = {[STORY_SEGMENT] = "segment",
                                        [STORY_TIMER] = "timer",
                                        [STORY_CALL] = "call",
                                        [STORY_CHANGE] = "change",
                                        [STORY_MARK] = "mark"};
    json_t *o = json_object();
    json_put_n(o, "at", row->at);
    if (row->arrived != TERN_NEVER) json_put_n(o, "arrived", row->arrived);
    json_put_n(o, "conn", row->conn);
    if (row->n) json_put_n(o, "n", row->n);
    json_put(o, "kind", json_string(kinds[row->kind]));
    json_put(o, "side", json_string(side_names[row->side]));
    put_rule(o, "rule", row->rule);
    put_rule(o, "rule_in", row->rule_in);
    put_drop(o, row->drop);
    if (row->kind == STORY_SEGMENT) put_segment(o, s, row);
    put_tcbs(o, row, before);
    put_notes(o, row);
    put_head(o, row);
    put_text(o, "text", row->text);
    return o;
}

/* ---- the whole ---- */

static void put_info(json_t *o, const struct tern_rule_info *info)
{
    json_put(o, info->name, json_pack("{s:s, s:s, s:s}", "doc", info->doc, "section", info->section, "text", _(info->text)));
}

static json_t *rules_json(void)
{
    json_t *o = json_object();
    for (unsigned i = 1; i < TERN_RULE_N; i++) put_info(o, tern_rule_info((enum tern_rule)i));
    return o;
}

static json_t *drops_json(void)
{
    json_t *o = json_object();
    for (unsigned i = 1; i < TERN_DROP_N; i++) put_info(o, tern_drop_info((enum tern_drop)i));
    return o;
}

/* The arithmetic hangs on the acknowledgements before. */
static void put_arithmetic(json_t *o, const struct story_row *row, const struct story_seen *seen)
{
    if (row->kind != STORY_SEGMENT || row->forged || row->fate == STORY_REFUSED) return;
    char buf[192];
    struct text text = text_for(words, buf, sizeof buf);
    segment_arithmetic(&text, &row->seg, &seen->side[story_other((enum story_side)row->side)], NUMBERS_RELATIVE);
    for (char *p = buf; (p = strchr(p, '\t'));) *p = ' ';
    put_text(o, "arithmetic", buf);
}

/* What is remembered of each connection while its rows are written. */
struct memory {
    struct story_seen seen;
    const struct story_row *last;
};

static json_t *rows_json(const struct story *s, struct memory *memory)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->conn >= s->conn_n) continue;
        struct memory *m = &memory[row->conn];
        if (!m->last) story_seen_begin(&m->seen, s, row->conn);
        json_t *o = story_json_row(s, row, m->last);
        put_arithmetic(o, row, &m->seen);
        story_seen_row(&m->seen, s, row);
        m->last = row;
        json_array_append_new(rows, o);
    }
    return rows;
}

json_t *story_json(const struct story *s)
{
    struct memory *memory = calloc(s->conn_n + 1, sizeof *memory);
    json_t *o = memory && !s->out_of_memory ? json_object() : NULL;
    if (o) {
        json_t *conns = json_array();
        for (uint32_t i = 0; i < s->conn_n; i++) json_array_append_new(conns, story_json_conn(s, i));
        json_put_n(o, "version", 1);
        json_put(o, "language", json_string(words_language()));
        put_text(o, "title", s->title);
        json_put_n(o, "start", s->start);
        json_put(o, "connections", conns);
        json_put(o, "rows", rows_json(s, memory));
        json_put(o, "rules", rules_json());
        json_put(o, "drops", drops_json());
    }
    free(memory);
    return o;
}
