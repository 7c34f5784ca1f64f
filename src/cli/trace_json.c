/* tern trace --json: doc/trace.md is the schema. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

static void put_line(struct trace_show *t, json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (!text)
        t->err = TERN_ERR_NOMEM;
    else if (t->out.put(t->out.ctx, text, strlen(text)) != 0 || t->out.put(t->out.ctx, "\n", 1) != 0)
        t->err = TERN_ERR_IO;
    free(text);
    json_decref(o);
}

/* {"type": ..., "number": ...} and then what |o| has, which is taken. */
static json_t *typed(const char *type, uint64_t number, json_t *o)
{
    json_t *all = json_pack("{s:s,s:I}", "type", type, "number", (json_int_t)number);
    if (all && o) json_object_update(all, o);
    json_decref(o);
    return all;
}

/* Is it the first row of its connection? Another connection may have had its place before. */
static bool is_first(struct trace_show *t, const struct story *s, const struct story_row *row)
{
    if (t->begun_n < s->conn_n) {
        size_t more = s->conn_cap;
        uint64_t *list = realloc(t->begun, more * sizeof *list);
        if (!list) {
            t->err = TERN_ERR_NOMEM;
            return false;
        }
        memset(list + t->begun_n, 0, (more - t->begun_n) * sizeof *list);
        t->begun = list;
        t->begun_n = more;
    }
    uint64_t number = story_number(s, row->conn), before = t->begun[row->conn];
    t->begun[row->conn] = number;
    return before != number;
}

/* The connection's number stands for its index in a list of connections, which is not here. */
void trace_json_row(struct trace_show *t, const struct story *s, const struct story_row *row)
{
    uint64_t number = story_number(s, row->conn);
    if (is_first(t, s, row)) put_line(t, typed("connection", number, story_json_conn(s, row->conn)));
    json_t *o = story_json_row(s, row, NULL);
    json_object_del(o, "conn");
    put_line(t, typed("row", number, o));
}

/* Only those that were found: name to count. */
static json_t *findings(const uint64_t *n)
{
    json_t *o = json_object();
    for (unsigned i = 0; i < FINDING_N; i++)
        if (n[i] > 0) json_object_set_new(o, finding_info(i)->name, json_integer((json_int_t)n[i]));
    return o;
}

static void put_known(json_t *o, const char *key, tern_ns value)
{
    if (value > 0) json_object_set_new(o, key, json_integer((json_int_t)value));
}

static json_t *side(const struct watch_conn *c, enum story_side i)
{
    char name[TERN_ENDPOINT_STRLEN];
    json_t *o = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I}", "endpoint", tern_endpoint_format(&c->end[i], name), "state",
                          tern_state_name((enum tern_state)c->state[i]), "packets", (json_int_t)c->packets[i], "bytes",
                          (json_int_t)c->bytes[i], "retransmitted", (json_int_t)c->retransmitted[i], "flight_max",
                          (json_int_t)c->flight_max[i]);
    if (c->wnd_min[i] != UINT32_MAX) json_object_set_new(o, "window_min", json_integer((json_int_t)c->wnd_min[i]));
    put_known(o, "rtt_min", c->rtt_min[i]);
    put_known(o, "rtt_median", c->rtt_median[i]);
    return o;
}

void trace_json_conn(struct trace_show *t, const struct watch_conn *c)
{
    uint64_t n[FINDING_N];
    for (unsigned i = 0; i < FINDING_N; i++) n[i] = c->finding[i];
    json_t *o = json_pack("{s:I,s:I,s:b,s:b,s:o,s:o,s:o}", "first_at", (json_int_t)c->first_at, "last_at", (json_int_t)c->last_at,
                          "began_in_middle", c->began_in_middle, "one_sided", c->one_sided, "a", side(c, STORY_A), "b",
                          side(c, STORY_B), "findings", findings(n));
    if (o) put_known(o, "handshake", c->handshake);
    put_line(t, typed("summary", c->number, o));
}

void trace_json_totals(struct trace_show *t)
{
    struct watch_totals all;
    watch_totals(t->watch, &all);
    put_line(t,
             json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "type", "totals", "packets", (json_int_t)all.packets, "tcp",
                       (json_int_t)all.tcp, "not_tcp", (json_int_t)all.not_tcp, "unreadable", (json_int_t)all.unreadable, "cut",
                       (json_int_t)all.cut, "connections", (json_int_t)all.conns, "first_at", (json_int_t)all.first_at, "last_at",
                       (json_int_t)all.last_at, "findings", findings(t->finding)));
}
