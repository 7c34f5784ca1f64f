#include "cc_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void model_init(struct model *m, uint64_t rate, tern_ns delay, uint32_t buffer)
{
    memset(m, 0, sizeof *m);
    m->now = TERN_SEC;
    m->rate = rate;
    m->mss = 1460;
    m->buffer = buffer;
    for (int i = 0; i < MODEL_FLOWS; i++) m->flow[i].delay = delay;
}

uint32_t model_queue(const struct model *m)
{
    return m->free_at > m->now ? (uint32_t)((m->free_at - m->now) * (m->rate / 1000) / 1000000) : 0;
}

struct cc_sample model_sample(const struct model *m, struct model_flow *f)
{
    return (struct cc_sample){
        .state = f->no_memory || !f->cc.ops->state_len ? NULL : (struct cc_state *)f->state,
        .now = m->now,
        .srtt = f->srtt,
        .min_rtt = f->min_rtt,
        .mss = m->mss,
        .flight = f->pipe,
        .pipe = f->pipe,
        .seed = (uint32_t)(f - m->flow) + 1,
        .delivered = f->rate.delivered,
        .in_recovery = f->recovering,
        .after_timeout = f->after_timeout,
        .sack = true,
        .set = {.initial_window = 10, .hystart = m->hystart, .bbr_rtt_near = m->bbr_rtt_near, .bbr_any_loss = m->bbr_any_loss},
    };
}

struct model_flow *model_add(struct model *m, const struct cc_ops *ops, tern_ns start)
{
    struct model_flow *f = &m->flow[m->flows_n++];
    assert(ops->state_len <= sizeof f->state);
    f->cc.ops = ops;
    f->cap = 1u << 12;
    f->ring = calloc(f->cap, sizeof *f->ring);
    f->start = m->now + start;
    struct cc_sample s = model_sample(m, f);
    ops->init(&f->cc, &s);
    if (ops->begin && s.state) ops->begin(&f->cc, &s);
    return f;
}

void model_free(struct model *m)
{
    for (uint32_t i = 0; i < m->flows_n; i++) free(m->flow[i].ring);
}

static struct model_packet *at(struct model_flow *f, uint64_t i) { return &f->ring[i & (f->cap - 1)]; }

static void grow(struct model_flow *f)
{
    struct model_packet *ring = calloc(2 * (size_t)f->cap, sizeof *ring);
    for (uint64_t i = f->head; i < f->tail; i++) ring[i & (2 * (uint64_t)f->cap - 1)] = *at(f, i);
    free(f->ring);
    f->ring = ring;
    f->cap *= 2;
}

static void note(struct model_flow *f, uint64_t what)
{
    f->digest = (f->digest ^ what) * UINT64_C(0x100000001b3) + 0x9e3779b97f4a7c15;
}

/* Time passes. */
static void go_to(struct model *m, tern_ns to)
{
    for (uint32_t i = 0; i < m->flows_n; i++) m->flow[i].window_ns += (to - m->now) * (m->flow[i].cc.cwnd / m->mss) / 1024;
    m->now = to;
}

static uint64_t pacing_of(const struct model_flow *f)
{
    return f->cc.ops->state_len && !f->no_memory ? ((const struct cc_state *)f->state)->pacing : 0;
}

static bool may_send(const struct model *m, const struct model_flow *f)
{
    if (m->now < f->start || (f->pause && m->now >= f->pause && m->now < f->resume)) return false;
    return f->pipe + m->mss <= f->cc.cwnd && (!f->limit || f->pipe + m->mss <= f->limit);
}

static void send(struct model *m, struct model_flow *f)
{
    if (f->tail - f->head == f->cap) grow(f);
    if (!f->pipe && f->cc.ops->on_send) {
        struct cc_sample s = model_sample(m, f);
        f->cc.ops->on_send(&f->cc, &s);
    }
    struct model_packet *p = at(f, f->tail++);
    *p = (struct model_packet){.sent = m->now};
    rate_sent(&f->rate, &p->seg, m->now, f->pipe, m->mss);
    f->pipe += m->mss;
    m->passed++;
    uint32_t queue = model_queue(m);
    if (queue > m->queue_most) m->queue_most = queue;
    m->chance = m->chance * UINT64_C(6364136223846793005) + 1442695040888963407;
    uint32_t others = m->others ? (uint32_t)((m->chance >> 33) % m->others) : 0;
    p->dropped = queue + m->mss + others > m->buffer || (m->lose_every && m->passed % m->lose_every == 0);
    p->marked = m->mark_at && queue > m->mark_at;
    if (!p->dropped) {
        tern_ns from = m->free_at > m->now ? m->free_at : m->now;
        m->free_at = from + (uint64_t)m->mss * TERN_SEC / m->rate;
        p->back = m->free_at + f->delay;
        if (m->ack_every) p->back += m->ack_every - p->back % m->ack_every;
    }
    uint64_t pace = pacing_of(f);
    if (pace) f->pace_at = (f->pace_at > m->now ? f->pace_at : m->now) + (uint64_t)m->mss * TERN_SEC / pace;
}

static void send_all(struct model *m, struct model_flow *f)
{
    while (may_send(m, f) && (!pacing_of(f) || f->pace_at <= m->now)) send(m, f);
    bool by_app = f->limit && f->pipe + m->mss > f->limit && f->pipe + m->mss <= f->cc.cwnd;
    if (by_app || (f->pause && m->now >= f->pause && m->now < f->resume)) rate_app_limited(&f->rate, f->pipe);
}

/* The packet at |f->head| is lost. */
static void lose(struct model *m, struct model_flow *f, struct rate_pick *pick)
{
    struct model_packet *p = at(f, f->head);
    struct cc_sample s = model_sample(m, f);
    rate_lost(&f->rate, pick, m->mss);
    rate_fill_lost(&f->rate, &p->seg, m->mss, &s);
    if (f->cc.ops->on_lost) f->cc.ops->on_lost(&f->cc, &s);
    f->lost += m->mss;
    if (!f->recovering) {
        f->recovering = true;
        f->recover = f->tail;
        f->losses++;
        s = model_sample(m, f);
        s.in_recovery = false;
        f->cc.ops->on_loss(&f->cc, &s);
        note(f, f->cc.cwnd);
    }
    f->pipe -= m->mss;
}

static void take_losses(struct model *m, struct model_flow *f, struct rate_pick *pick)
{
    while (f->head < f->next) {
        struct model_packet *p = at(f, f->head);
        if (p->dropped && f->acks - p->passed < 3) return;
        if (p->dropped) lose(m, f, pick);
        f->head++;
    }
}

static bool exact(const struct model *m, const struct model_flow *f)
{
    return f->cc.ops->every_ce || (m->exact && f->cc.ops->exact_ce);
}

static void by_ecn(struct model *m, struct model_flow *f, bool marked)
{
    if (!marked) return;
    f->marks++;
    if (exact(m, f) || f->next <= f->ece_until || f->recovering) return;
    struct cc_sample s = model_sample(m, f);
    f->ece_until = f->tail;
    f->cc.ops->on_ecn(&f->cc, &s);
    note(f, f->cc.cwnd);
}

static void acknowledged(struct model *m, struct model_flow *f)
{
    struct model_packet *p = at(f, f->next);
    struct rate_pick pick = {0};
    tern_ns rtt = m->now - p->sent;
    uint32_t before = f->pipe;
    bool used = f->pipe + m->mss > f->cc.cwnd;
    rate_delivered(&f->rate, &pick, &p->seg, p->sent, m->mss, m->now);
    f->next++, f->acks++;
    f->pipe -= m->mss;
    f->delivered += m->mss;
    f->last_ack = m->now;
    f->srtt = f->srtt ? f->srtt - f->srtt / 8 + rtt / 8 : rtt;
    if (!f->min_rtt || rtt < f->min_rtt) f->min_rtt = rtt;
    by_ecn(m, f, p->marked);
    take_losses(m, f, &pick);
    if (f->recovering && f->next >= f->recover) {
        f->recovering = f->after_timeout = false;
        struct cc_sample s = model_sample(m, f);
        if (f->cc.ops->own_recovery) f->cc.ops->on_recovered(&f->cc, &s); /* PRR leaves the others at ssthresh */
    }
    struct cc_sample s = model_sample(m, f);
    s.rtt = rtt;
    s.flight = before;
    s.ce = p->marked && exact(m, f) ? m->mss : 0;
    s.app_limited = !used;
    s.in_recovery = f->recovering && !f->after_timeout;
    rate_fill(&f->rate, &pick, &s);
    enum tern_rule why = f->cc.ops->on_ack(&f->cc, &s);
    assert(f->cc.cwnd >= m->mss && f->cc.cwnd <= CC_CWND_MAX);
    note(f, f->cc.cwnd ^ (uint64_t)f->cc.ssthresh << 32 ^ pacing_of(f));
    if (s.state && s.state->low) rate_app_limited(&f->rate, f->pipe);
    if (m->watch) m->watch(m, f, why);
}

/* All that is in flight is gone. */
static void timeout(struct model *m, struct model_flow *f)
{
    struct cc_sample s = model_sample(m, f);
    f->timeouts++;
    f->cc.ops->on_rto(&f->cc, &s, true);
    note(f, f->cc.cwnd);
    f->rate.lost += f->pipe;
    f->lost += f->pipe;
    f->pipe = 0;
    f->head = f->next = f->tail;
    f->recovering = f->after_timeout = true;
    f->recover = f->tail;
    f->pace_at = m->now;
}

/* The next moment at which something happens to |f|. */
static tern_ns next_event(struct model *m, struct model_flow *f)
{
    while (f->next < f->tail && at(f, f->next)->dropped) {
        struct model_packet *p = at(f, f->next);
        if (!p->was_passed) p->was_passed = true, p->passed = f->acks;
        f->next++;
    }
    tern_ns next = f->next < f->tail ? at(f, f->next)->back : TERN_NEVER;
    if (f->next == f->tail && f->pipe && !may_send(m, f)) {
        tern_ns sent = at(f, f->tail - 1)->sent, rto = (f->last_ack > sent ? f->last_ack : sent) + 2 * f->srtt + 200 * TERN_MS;
        return rto > m->now ? rto : m->now;
    }
    if (may_send(m, f) && pacing_of(f) && f->pace_at < next) next = f->pace_at > m->now ? f->pace_at : m->now;
    if (m->now < f->start && f->start < next) next = f->start;
    if (f->pause && m->now < f->resume && f->resume < next) next = f->resume;
    return next;
}

void model_run(struct model *m, tern_ns until)
{
    for (;;) {
        struct model_flow *first = NULL;
        tern_ns when = TERN_NEVER;
        for (uint32_t i = 0; i < m->flows_n; i++) {
            send_all(m, &m->flow[i]);
            tern_ns t = next_event(m, &m->flow[i]);
            if (t < when) when = t, first = &m->flow[i];
        }
        if (!first || when > until) break;
        go_to(m, when);
        if (first->next < first->tail && at(first, first->next)->back == when && !at(first, first->next)->dropped)
            acknowledged(m, first);
        else if (first->next == first->tail && first->pipe && !may_send(m, first))
            timeout(m, first);
    }
    go_to(m, until);
}

uint64_t model_average(const struct model *m, const struct model_flow *f)
{
    return f->window_ns * 1024 / ((m->now - f->window_from) / 1000);
}

void model_reset(struct model *m)
{
    m->queue_most = 0;
    for (uint32_t i = 0; i < m->flows_n; i++) {
        struct model_flow *f = &m->flow[i];
        f->delivered = f->lost = f->marks = f->losses = f->timeouts = f->window_ns = 0;
        f->window_from = m->now;
    }
}
