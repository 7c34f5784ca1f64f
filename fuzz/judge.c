#include "judge.h"

#include <string.h>

#include "fsm.h"

uint32_t judge_states;

/* ---- memory ---- */

static void *get(void *ctx, size_t len)
{
    struct judge *j = ctx;
    void *p = malloc(len);
    if (p) j->allocated += len;
    return p;
}

static void put(void *ctx, void *p, size_t len)
{
    struct judge *j = ctx;
    if (p) j->allocated -= len;
    free(p);
}

static void say_states(void)
{
    fprintf(stderr, "states reached:");
    for (int i = 0; i < TERN_STATE_N; i++)
        if (judge_states & 1u << i) fprintf(stderr, " %s", tern_state_name((enum tern_state)i));
    fprintf(stderr, "\n");
}

void judge_begin(struct judge *j, char name)
{
    static bool said;
    if (!said) said = atexit(say_states) == 0;
    j->name = name;
    j->s = NULL;
    j->alloc = (struct tern_alloc){get, put, j};
    j->allocated = 0;
    j->seen = 0;
    memset(j->track, 0, sizeof j->track);
    CHECK(tern_trace_init(&j->trace, j->ring, JUDGE_RING) == 0);
}

void judge_stack(struct judge *j, struct tern_stack *s)
{
    CHECK(s != NULL);
    j->s = s;
    tern_stack_trace(s, &j->trace);
}

void judge_end(struct judge *j)
{
    tern_stack_free(j->s);
    CHECK(j->allocated == 0);
}

/* ---- events ---- */

struct judge_track *judge_track(struct judge *j, uint32_t id)
{
    struct judge_track *t = &j->track[id % JUDGE_TRACKS];
    if (t->id != id) *t = (struct judge_track){.id = id};
    return t;
}

static bool arrow(uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < fsm_arrow_n; i++)
        if (fsm_arrows[i].from == from && fsm_arrows[i].to == to) return true;
    return false;
}

/* With FUZZ_TELL in the environment: what happens, for who looks into a finding. */
static void tell(const struct judge *j, const struct tern_event *e)
{
    fprintf(stderr, "%.6f %c %u %s %s %s", (double)e->at / 1e9, j->name, e->conn, tern_state_name(e->state),
            tern_event_name(e->type), e->type == TERN_EV_DROP ? tern_drop_info(e->drop)->name : tern_rule_info(e->rule)->name);
    if (e->type == TERN_EV_SEG_IN || e->type == TERN_EV_SEG_OUT || e->drop_has_seg)
        fprintf(stderr, " flags=%03x seq=%u ack=%u len=%u wnd=%u", e->u.seg.flags, e->u.seg.seq, e->u.seg.ack, e->u.seg.len,
                e->u.seg.wnd);
    if (e->type == TERN_EV_STATE) fprintf(stderr, " %s", tern_state_name((enum tern_state)e->u.state.to));
    if (e->type == TERN_EV_CALL) fprintf(stderr, " call %u: %lld", e->u.call.which, (long long)e->u.call.result);
    if (e->type == TERN_EV_TIMER_SET) fprintf(stderr, " %s %.6f", tern_timer_name(e->u.timer.which), (double)e->u.timer.at / 1e9);
    fprintf(stderr, "\n");
}

void judge_events(struct judge *j, tern_ns now)
{
    static int telling = -1;
    if (telling < 0) telling = getenv("FUZZ_TELL") != NULL;
    CHECK(j->trace.end - j->seen <= JUDGE_RING);
    for (; j->seen < j->trace.end; j->seen++) {
        const struct tern_event *e = tern_trace_get(&j->trace, j->seen);
        CHECK(e->rule < TERN_RULE_N && e->type < TERN_EV_N && e->state < TERN_STATE_N && e->at <= now);
        judge_states |= 1u << e->state;
        if (telling) tell(j, e);
        if (e->type == TERN_EV_DROP) CHECK(e->drop > TERN_DROP_NONE && e->drop < TERN_DROP_N);
        if (e->type != TERN_EV_STATE) continue;
        struct judge_track *t = judge_track(j, e->conn);
        CHECK(arrow(e->u.state.from, e->u.state.to));
        if (t->state) CHECK(e->u.state.from == t->state || t->state == TERN_LISTEN || e->u.state.from == TERN_LISTEN);
        t->state = e->u.state.to;
        judge_states |= 1u << e->u.state.from | 1u << e->u.state.to;
    }
}

/* ---- connections ---- */

static uint32_t sum(const struct tern_buf *b, const struct tern_buf *last)
{
    uint32_t n = 0;
    for (; b; b = b->next) {
        CHECK(b->refs >= 1 && b->len > 0); /* where the bytes of SEND lie is the application's matter */
        CHECK(b->next || b == last);
        n += b->len;
    }
    return n;
}

static void check_timers(const struct judge *j, const struct tern_conn *c)
{
    bool out = seq_lt(c->snd.una, c->snd.max), unsent = synchronized(c) && snd_left(c, c->snd.nxt) > 0;
    if (c->sender && c->sender->pacing.waits) /* it waits for that clock, and the deadline knows */
        unsent = false, out = seq_lt(c->snd.una, c->snd.nxt);
    CHECK(tern_stack_next_expiry(j->s) <= tcp_deadline(c));
    if (c->state == TERN_SYN_SENT || c->state == TERN_SYN_RECEIVED || out || unsent) CHECK(c->at[SLOT_RTX] != TERN_NEVER);
    if (!seq_eq(c->rcv.nxt, c->rcv.acked) && synchronized(c)) CHECK(c->at[SLOT_DELACK] != TERN_NEVER);
}

static bool check_node(void *ctx, struct hash_node *hn)
{
    struct judge *j = ctx;
    struct tcp_node *n = node_of_hash(hn);
    CHECK(table_find(j->s, &n->t) == n);
    if (n->kind != NODE_CONN) {
        CHECK(wheel_armed(&n->timer));
        return true;
    }
    struct tern_conn *c = conn_of(n);
    struct judge_track *t = judge_track(j, c->id);
    CHECK(c->state > TERN_LISTEN && c->state < TERN_TIME_WAIT);
    CHECK(seq_le(c->snd.una, c->snd.nxt) && seq_le(c->snd.nxt, c->snd.max));
    CHECK(seq_le(c->snd.max, seq_add(snd_end(c), 1)));
    CHECK(sum(c->snd.head, c->snd.tail) == c->snd.queued);
    CHECK(sum(c->rcv.head, c->rcv.tail) == c->rcv.queued);
    CHECK(!c->rcv.ooo || ooo_bytes(c) <= c->rcv.limit + (1u << 20));
    if (t->edge_known && synchronized(c)) CHECK(seq_le(t->edge, c->rcv.edge));
    CHECK(c->cc.cwnd > 0 || !synchronized(c));
    const char *wrong = tcp_check(c);
    if (wrong) fprintf(stderr, "%s\n", wrong);
    CHECK(!wrong);
    CHECK(c->rtt.rto >= j->s->env.set.rto_min && c->rtt.rto <= j->s->env.set.rto_max);
    check_timers(j, c);
    return true;
}

void judge_look(struct judge *j, tern_ns now)
{
    struct tern_counters n;
    judge_events(j, now);
    hash_each(&j->s->table, check_node, j);
    tern_stack_counters(j->s, &n);
    CHECK(n.memory_used <= n.memory_cap && n.memory_used == j->allocated);
}

void judge_edge(struct judge *j, const struct tcp_tuple *t, const struct wire_tcp *h)
{
    struct tcp_node *n = table_find(j->s, t);
    if (!n || n->kind != NODE_CONN || (h->flags & (TH_RST | TH_SYN)) || !(h->flags & TH_ACK)) return;
    struct tern_conn *c = conn_of(n);
    struct judge_track *k = judge_track(j, c->id);
    seq32 edge = seq_add(h->ack, (uint32_t)h->wnd << (has(c, F_WS) ? c->rcv.wscale : 0));
    if (k->edge_known) CHECK(seq_ge(edge, k->edge));
    k->edge = edge, k->edge_known = true;
}
