/* Applications: what every one of them does with its connection. Each end writes a stretch of the pattern up to its goal, and
 * compares what it reads with what the other one wrote. What the goal is, is the model's matter. */
#include <string.h>

#include "conn.h"
#include "lab_internal.h"
#include "stack_host.h"

enum { READ_TICK = 10 * 1000 * 1000, READ_TICKS_A_SECOND = 100, WRITE_MAX = LAB_PERIOD, COPIED = 1024 };

/* ---- the streams ---- */

static uint32_t place_of(const struct lab_side *s, uint64_t at, unsigned which)
{
    return (uint32_t)((at + s->talk->flow->index * UINT64_C(7919) + which * UINT64_C(30011)) % LAB_PERIOD);
}

static unsigned which_of(const struct lab_side *s) { return s == &s->talk->side[LAB_TAKER] ? LAB_TAKER : LAB_OPENER; }

static size_t node_of(const struct lab_side *s)
{
    const struct lab_flow *f = &s->talk->flow->cfg;
    return which_of(s) == LAB_OPENER ? f->from : f->to;
}

static void verify(struct lab_side *s, const uint8_t *p, size_t n)
{
    struct lab *lab = s->talk->flow->lab;
    const uint8_t *want = lab->pattern + place_of(s, s->got, 1 - which_of(s));
    for (size_t i = 0; memcmp(p, want, n) != 0 && i < n; i++)
        if (p[i] != want[i]) {
            lab_fail(lab, LAB_WRONG_BYTE, s->talk->flow->index, (int32_t)node_of(s), (int64_t)(s->got + i));
            return;
        }
}

/* ---- the end ---- */

static void count(struct lab_side *s)
{
    struct lab_flow_run *f = s->talk->flow;
    struct tern_status st;
    if (which_of(s) != f->sender) return;
    tern_conn_status(s->c, &st);
    f->result.retransmitted += st.retransmitted;
    f->acked += st.bytes_acked;
    f->result.sent_bytes += s->written + st.retransmitted - st.unsent;
    f->result.sent_segments += st.data_segs_out;
}

static void forget_talk(struct lab_talk *t)
{
    struct lab_flow_run *f = t->flow;
    struct lab_talk **p = &f->talk;
    while (*p != t) p = &(*p)->next;
    *p = t->next;
    mem_put(&f->lab->mem, t, sizeof *t);
    if (!f->talk && f->stopped) f->result.ended_at = f->lab->now;
}

static void release(struct lab_side *s)
{
    struct lab_talk *t = s->talk;
    count(s);
    tern_conn_set_user(s->c, NULL);
    tern_conn_release(s->c, t->flow->lab->now);
    s->c = NULL;
    s->over = true;
    if (t->side[LAB_OPENER].over && t->side[LAB_TAKER].over) forget_talk(t);
}

static void release_finished(struct lab_side *s, bool finished)
{
    s->finished |= finished;
    if (s->finished && s->end) release(s);
}

static void check_whole(const struct lab_side *s)
{
    const struct lab_side *from = &s->talk->side[1 - which_of(s)];
    if (from->closed && s->got == from->written) return;
    lab_fail(s->talk->flow->lab, LAB_MISSING, s->talk->flow->index, (int32_t)node_of(s), (int64_t)s->got);
}

/* ---- writing ---- */

/* Returns false when the connection takes no more now. */
static bool write_some(struct lab_side *s)
{
    struct lab_flow_run *f = s->talk->flow;
    uint64_t left = s->goal - s->written, most = f->cfg.write_size ? f->cfg.write_size : WRITE_MAX;
    size_t n = (size_t)(left < most ? left : most);
    if (n > WRITE_MAX) n = WRITE_MAX;
    const uint8_t *from = f->lab->pattern + place_of(s, s->written, which_of(s));
    /* Small writes are copied together by the stack; each one that is not copied is a piece of its own. */
    int64_t r = n < COPIED ? tern_conn_send(s->c, f->lab->now, from, n) : tern_conn_send_static(s->c, f->lab->now, from, n, 0);
    if (r <= 0) return false;
    s->written += (uint64_t)r;
    return true;
}

void app_pump(struct lab_side *s)
{
    struct lab_flow_run *f = s->talk->flow;
    if (!s->c || s->closed) return;
    while (s->written < s->goal && write_some(s)) {
    }
    /* CLOSE in SYN-SENT deletes the connection (RFC 9293 3.10.4); model_connected() comes back here. */
    if (s->last && s->written == s->goal && tern_conn_state(s->c) != TERN_SYN_SENT) {
        s->closed = true;
        tern_conn_close(s->c, f->lab->now);
    }
    machine_touch(f->lab, node_of(s));
}

/* ---- reading ---- */

static bool is_slow(const struct lab_side *s)
{
    const struct lab_flow_run *f = s->talk->flow;
    return which_of(s) != f->sender && (f->cfg.read_rate > 0 || f->cfg.read_pause[1] > 0);
}

/* What a slow reader may still read now. */
static uint64_t allowance(const struct lab_side *s)
{
    const struct lab_flow_run *f = s->talk->flow;
    tern_ns now = f->lab->now;
    if (!is_slow(s)) return UINT64_MAX;
    if (now >= f->cfg.read_pause[0] && now < f->cfg.read_pause[1]) return 0;
    if (f->cfg.read_rate == 0) return UINT64_MAX;
    return f->read_allowed;
}

static void got(struct lab_side *s, const uint8_t *p, size_t n)
{
    struct lab_flow_run *f = s->talk->flow;
    uint64_t before = s->got;
    verify(s, p, n);
    s->got += n;
    if (is_slow(s) && f->cfg.read_rate > 0) f->read_allowed -= n;
    if (which_of(s) != f->sender) {
        if (f->result.first_byte_at == TERN_NEVER) f->result.first_byte_at = f->lab->now;
        f->result.last_byte_at = f->lab->now;
        if (f->lab->now <= f->lab->cfg.duration) f->result.got_bytes += n;
    }
    model_got(s, before);
}

static void pull(struct lab_side *s)
{
    struct lab *lab = s->talk->flow->lab;
    while (s->c && !s->end) {
        uint64_t most = allowance(s);
        if (most == 0) return;
        int64_t n = tern_conn_recv(s->c, lab->now, lab->buffer, most < sizeof lab->buffer ? (size_t)most : sizeof lab->buffer);
        machine_touch(lab, node_of(s));
        if (n < 0) return;
        if (n == 0) {
            s->end = true;
            check_whole(s);
            s->last = true; /* there is nobody to answer any more */
            app_pump(s);
            return;
        }
        got(s, lab->buffer, (size_t)n);
    }
}

/* ---- events ---- */

static void set_up(struct lab_side *s)
{
    const struct lab_flow_run *f = s->talk->flow;
    tern_ns now = f->lab->now;
    bool sends = which_of(s) == f->sender || f->cfg.app == LAB_REQUEST;
    tern_conn_set_user(s->c, s);
    if (*f->cfg.cc && sends) tern_conn_set_cc(s->c, now, f->cfg.cc);
    if (f->cfg.nodelay) tern_conn_set(s->c, now, TERN_OPT_NODELAY, 1);
    if (f->cfg.cork && which_of(s) == f->sender) tern_conn_set(s->c, now, TERN_OPT_CORK, 1);
    if (f->cfg.tos) tern_conn_set(s->c, now, TERN_OPT_TOS, f->cfg.tos);
    if (which_of(s) == f->sender) tern_conn_set(s->c, now, TERN_OPT_STATISTICS, 1);
}

struct lab_talk *app_open(struct lab_flow_run *f)
{
    struct lab *lab = f->lab;
    struct tern_stack *stack = lab->machine[f->cfg.from].s;
    struct tern_endpoint to = {.addr = net_addr(lab, f->cfg.to), .port = (uint16_t)(LAB_PORT + f->index)};
    struct lab_talk *t = mem_zero(&lab->mem, sizeof *t);
    struct tern_status st;
    if (!t) {
        lab_fail(lab, LAB_NO_MEMORY, f->index, -1, 0);
        return NULL;
    }
    t->flow = f;
    t->began = lab->now;
    t->side[LAB_OPENER].talk = t->side[LAB_TAKER].talk = t;
    host_time(stack, lab->now);
    int r = tern_stack_connect(stack, NULL, &to, &t->side[LAB_OPENER].c);
    if (r < 0) {
        mem_put(&lab->mem, t, sizeof *t);
        lab_fail(lab, LAB_ERROR, f->index, f->cfg.from, r);
        return NULL;
    }
    t->next = f->talk;
    f->talk = t;
    f->result.connections++;
    tern_conn_status(t->side[LAB_OPENER].c, &st);
    t->port = st.local.port;
    set_up(&t->side[LAB_OPENER]);
    machine_touch(lab, f->cfg.from);
    return t;
}

/* All |written| bytes and the end of the stream; who reads slowly may have some before him. */
static bool has_all(const struct lab_side *s, uint64_t written)
{
    struct tern_status st;
    if (s->over) return s->end && s->got == written;
    if (!s->c || tern_conn_error(s->c)) return false;
    tern_conn_status(s->c, &st);
    return st.state == TERN_CLOSED && s->got + tern_conn_readable(s->c) == written;
}

/* The other end has everything, and its stack had no memory for TIME-WAIT: an acknowledgement that was lost is asked for once
 * more, and a RST says that nothing is known any more (doc/limits.md). */
static bool wait_was_skipped(const struct lab_side *s)
{
    const struct lab_side *other = &s->talk->side[1 - which_of(s)];
    struct tern_counters n;
    if (tern_conn_error(s->c) != TERN_ERR_RESET || !s->end || !has_all(other, s->written)) return false;
    tern_stack_counters(s->talk->flow->lab->machine[node_of(other)].s, &n);
    return n.time_wait_skipped > 0;
}

static void failed(struct lab_side *s)
{
    struct lab_talk *t = s->talk;
    struct lab_flow_run *f = t->flow;
    lab_fail(f->lab, LAB_ERROR, f->index, (int32_t)node_of(s), tern_conn_error(s->c));
    f->stopped = true;
    if (which_of(s) == LAB_OPENER && !t->side[LAB_TAKER].c) t->side[LAB_TAKER].over = true;
    release(s);
}

static void accepted(struct lab *lab, struct lab_flow_run *f, struct tern_conn *c)
{
    struct tern_status st;
    struct lab_talk *t = f->talk;
    tern_conn_status(c, &st);
    while (t && (t->port != st.remote.port || t->side[LAB_TAKER].c || t->side[LAB_TAKER].over)) t = t->next;
    if (!t) { /* whoever opened it has given up */
        tern_conn_abort(c, lab->now);
        tern_conn_release(c, lab->now);
        return;
    }
    t->side[LAB_TAKER].c = c;
    set_up(&t->side[LAB_TAKER]);
    model_connected(&t->side[LAB_TAKER]);
    pull(&t->side[LAB_TAKER]); /* what came before */
    if (tern_conn_error(c)) failed(&t->side[LAB_TAKER]);
}

void app_event(struct lab *lab, const struct tern_ready *r)
{
    if (r->listener) {
        struct tern_conn *c;
        while ((c = tern_listener_accept(r->listener)) != NULL) accepted(lab, tern_listener_user(r->listener), c);
        return;
    }
    struct lab_side *s = tern_conn_user(r->conn);
    if (!s) return; /* not accepted yet */
    if (r->events & TERN_CONNECTED && which_of(s) == LAB_OPENER) {
        struct lab_flow_run *f = s->talk->flow;
        if (f->result.connected_at == TERN_NEVER) f->result.connected_at = lab->now;
        model_connected(s);
    }
    if (r->events & TERN_WRITABLE) app_pump(s);
    if (r->events & (TERN_READABLE | TERN_PEER_CLOSED | TERN_ERROR)) pull(s);
    bool whole = r->events & TERN_ERROR && wait_was_skipped(s);
    if (r->events & TERN_ERROR && !whole)
        failed(s);
    else
        release_finished(s, whole || r->events & TERN_FINISHED);
}

/* ---- time ---- */

static void read_slowly(struct lab_flow_run *f)
{
    uint64_t tick = f->cfg.read_rate / 8 / READ_TICKS_A_SECOND;
    if (f->cfg.read_rate > 0) f->read_allowed = tick > 0 ? tick : 1;
    for (struct lab_talk *t = f->talk, *next; t; t = next) {
        struct lab_side *s = &t->side[1 - f->sender];
        next = t->next;
        if (!s->c) continue;
        pull(s);
        release_finished(s, false);
    }
    f->next_read = f->lab->now + READ_TICK;
    if (f->cfg.read_rate == 0 && f->lab->now >= f->cfg.read_pause[1]) f->next_read = TERN_NEVER;
    if (!f->talk && f->stopped) f->next_read = TERN_NEVER;
}

static void set_clock(struct lab *lab, const struct lab_flow_run *f)
{
    tern_ns at = f->started ? TERN_NEVER : f->cfg.start;
    if (f->started && !f->stopped) at = f->cfg.stop;
    if (f->started && !f->stopped && f->next_unit < at) at = f->next_unit;
    if (f->next_read < at) at = f->next_read;
    clock_set(lab->clock, lab_source_flow(lab, f->index), at);
}

void app_due(struct lab *lab, size_t flow)
{
    struct lab_flow_run *f = &lab->flow[flow];
    if (!f->started && lab->now >= f->cfg.start) {
        f->started = true;
        model_open(f);
    }
    if (!f->stopped && lab->now >= f->cfg.stop) {
        f->stopped = true;
        model_stop(f);
        if (!f->talk) f->result.ended_at = lab->now;
    }
    if (f->started && !f->stopped && f->next_unit <= lab->now) model_due(f);
    if (f->next_read <= lab->now) read_slowly(f);
    set_clock(lab, f);
}

/* ---- life ---- */

static void complete(const struct lab *lab, struct lab_flow *f)
{
    if (f->stop == 0 || f->stop > lab->cfg.duration) f->stop = lab->cfg.duration;
    if (f->request == 0) f->request = 100;
    if (f->app == LAB_THIN && f->bytes == 0) f->bytes = 100;
    if (f->app == LAB_REQUEST && f->bytes == 0) f->bytes = 1000;
    if (f->app == LAB_DATAGRAM && f->bytes == 0) f->bytes = 1500;
    if (f->rate == 0) f->rate = 5000000;
    if (f->interval == 0) f->interval = f->app == LAB_VIDEO ? 2 * TERN_SEC : 100 * TERN_MS;
}

void app_new(struct lab *lab, size_t flow, const struct lab_flow *cfg)
{
    struct lab_flow_run *f = &lab->flow[flow];
    struct tern_listen_config lc = {.local = {.port = (uint16_t)(LAB_PORT + flow)}, .user = f};
    *f =
        (struct lab_flow_run){.lab = lab, .index = (uint16_t)flow, .cfg = *cfg, .next_unit = TERN_NEVER, .next_read = TERN_NEVER};
    complete(lab, &f->cfg);
    f->sender = cfg->app == LAB_REQUEST || cfg->down ? LAB_TAKER : LAB_OPENER;
    f->result = (struct lab_flow_result){.connected_at = TERN_NEVER, .first_byte_at = TERN_NEVER, .last_byte_at = TERN_NEVER};
    f->result.ended_at = TERN_NEVER;
    if (cfg->read_rate > 0 || cfg->read_pause[1] > 0) f->next_read = f->cfg.start;
    set_clock(lab, f);
    if (cfg->app == LAB_DATAGRAM) return;
    struct lab_machine *m = &lab->machine[f->sender == LAB_OPENER ? cfg->from : cfg->to];
    f->next_sender = m->senders;
    m->senders = f;
    int r = tern_stack_listen(lab->machine[cfg->to].s, &lc, &f->listener);
    if (r < 0) lab_fail(lab, LAB_ERROR, (int32_t)flow, cfg->to, r);
}

void app_free(struct lab *lab, size_t flow)
{
    struct lab_flow_run *f = &lab->flow[flow];
    while (f->talk) {
        struct lab_talk *t = f->talk;
        f->talk = t->next;
        mem_put(&lab->mem, t, sizeof *t);
    }
}

void app_note_timeouts(struct lab *lab, size_t node)
{
    for (struct lab_flow_run *f = lab->machine[node].senders; f; f = f->next_sender)
        for (struct lab_talk *t = f->talk; t; t = t->next)
            if (t->side[f->sender].c) t->side[f->sender].backoff = t->side[f->sender].c->loss.backoff;
}

void app_count_timeouts(struct lab *lab, size_t node)
{
    for (struct lab_flow_run *f = lab->machine[node].senders; f; f = f->next_sender)
        for (struct lab_talk *t = f->talk; t; t = t->next)
            if (t->side[f->sender].c) f->result.timeouts += t->side[f->sender].c->loss.backoff > t->side[f->sender].backoff;
}

bool app_is_over(const struct lab_flow_run *f) { return f->started && f->stopped && !f->talk; }

struct lab_side *app_measured(struct lab_flow_run *f)
{
    struct lab_side *s = f->talk ? &f->talk->side[f->sender] : NULL;
    return s && s->c ? s : NULL;
}
