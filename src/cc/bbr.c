/* BBR version 3 (draft-ietf-ccwg-bbr): what is done by the model of the path: the phases, the pacing rate, the window. Sections
 * are the draft's.
 *
 * Two rules are tern's. A loss shows a full path only where it is more than chance: that is what is more than two in a hundred,
 * and two segments more (bbr_too_high()); less ends no probe, and sinks no bound either (adapt_lower() of bbr_model.c). In
 * Startup, with its hundreds of segments a round trip, chance brings even that together: there a rate that still grows says more
 * (check_startup_losses()). What a probe lost has ended it, and says nothing of the phase in which it is found missing. The
 * setting bbr_any_loss takes all four back to the draft.
 *
 * And where packets overtake others a single one tells little of the rate, or of the round trip: over_rounds() and forget_rtt()
 * of bbr_model.c, setting bbr_rounds. */
#include "bbr.h"
#include "must.h"
#include "newreno.h"

#define PROBE_RTT_DURATION (200 * TERN_MS)
#define NOMINAL_RTT        TERN_MS /* while none is measured */

enum {
    BETA = 70,
    PACING_MARGIN = 1, /* percent of the rate, by which a queue is emptied, or looked for */
    QUANTUM_MOST = 64 * 1024,
    PLATEAU = 3,        /* round trips without much growth: the path is full */
    STARTUP_LOSSES = 6, /* acknowledgements in a round trip that find a loss */
    DRAIN_ROUNDS = 3,
    MARKED_ROUNDS = 2,     /* round trips in Startup of which half is marked */
    RENO_ROUNDS_MOST = 63, /* between probes: no longer than Reno takes to come back from a loss */
    UP_ROUNDS_MOST = 30,
};

/* The draft's gains, but for Startup's, which is 2.77 there: the least that doubles the rate in each round trip if what is paced
 * is measured at once. With the margin, and a round trip that ends between two quanta, 1.91 came of it; 2 / ln 2, version 1's,
 * makes up for both. */
static const struct {
    uint16_t pacing, cwnd; /* gains */
    enum tern_rule rule;
} phases[BBR_PHASE_N] = {
    [BBR_STARTUP] = {289, 200, TERN_RULE_CC_BBR_STARTUP},    [BBR_DRAIN] = {50, 200, TERN_RULE_CC_BBR_DRAIN},
    [BBR_DOWN] = {90, 200, TERN_RULE_CC_BBR_DOWN},           [BBR_CRUISE] = {100, 200, TERN_RULE_CC_BBR_CRUISE},
    [BBR_REFILL] = {100, 200, TERN_RULE_CC_BBR_REFILL},      [BBR_UP] = {125, 225, TERN_RULE_CC_BBR_UP},
    [BBR_PROBE_RTT] = {100, 50, TERN_RULE_CC_BBR_PROBE_RTT},
};

static struct bbr *own(const struct cc_sample *s) { return (struct bbr *)s->state; }
static uint32_t min_u32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t draw(struct bbr *b)
{
    b->lots = b->lots * UINT32_C(1664525) + UINT32_C(1013904223);
    return b->lots >> 16;
}

/* ---- phases: 5.3 ---- */

static void start_down(struct bbr *b, const struct cc_sample *s)
{
    bbr_reset_signals(b);
    b->up_acked_per_inc = UINT32_MAX;
    b->rounds_since_up = draw(b) & 1;
    b->probe_wait = 2 * TERN_SEC + draw(b) * (TERN_SEC >> 16);
    b->cycle_stamp = s->now;
    b->ack_phase = ACKS_PROBE_STOPPING;
    bbr_start_round(b, s);
    b->phase = BBR_DOWN;
}

static void start_refill(struct bbr *b, const struct cc_sample *s)
{
    bbr_reset_short_term(b);
    b->up_rounds = 0;
    b->up_acked = 0;
    b->precautionary = false;
    b->ack_phase = ACKS_REFILLING;
    bbr_start_round(b, s);
    b->phase = BBR_REFILL;
}

static void raise_slope(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    b->up_acked_per_inc = max_u32(cc->cwnd >> b->up_rounds, s->mss);
    if (b->up_rounds < UP_ROUNDS_MOST) b->up_rounds++;
}

static void start_up(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    b->ack_phase = ACKS_PROBE_STARTING;
    bbr_start_round(b, s);
    bbr_reset_full_bw(b);
    b->full_bw = s->rate.rate;
    b->phase = BBR_UP;
    raise_slope(b, cc, s);
}

/* BBR 5.3.1.2: three round trips in which the rate hardly grew. */
static void check_full_bw(struct bbr *b, const struct cc_sample *s)
{
    if (b->full_bw_now || !b->round_start || s->rate.app_limited || !s->rate.rate || !RULE(BBR 5.3.1.2)) return;
    if (s->rate.rate >= b->full_bw + b->full_bw / 4) {
        bbr_reset_full_bw(b);
        b->full_bw = s->rate.rate;
        return;
    }
    if (++b->full_bw_count < PLATEAU) return;
    b->full_bw_now = b->full_bw_reached = true;
}

/* BBR 5.3.1.3: a full round trip in recovery, and more than two in a hundred lost, not in one place; but not as long as the rate
 * grows. */
static void check_startup_losses(struct bbr *b, const struct cc_sample *s)
{
    if (s->lost && b->loss_events < UINT8_MAX) b->loss_events++;
    bool grows = !b->full_bw_count && !s->set.bbr_any_loss;
    if (RULE(BBR 5.3.1.3) && b->phase == BBR_STARTUP && s->in_recovery && b->loss_round_start && bbr_too_high(s) && !grows &&
        (b->loss_events >= STARTUP_LOSSES || !s->sack)) {
        b->undo_phase = BBR_STARTUP;
        b->full_bw_reached = true;
        b->inflight_longterm = max_u32(bbr_bdp(b, s, bbr_bw(b), 100), b->inflight_latest);
    }
    if (b->loss_round_start) b->loss_events = 0;
}

static void check_startup_done(struct bbr *b, const struct cc_sample *s)
{
    check_startup_losses(b, s);
    if (b->phase == BBR_STARTUP && b->full_bw_reached) {
        b->phase = BBR_DRAIN;
        b->drain_start = b->rounds;
    }
    if (b->phase == BBR_DRAIN && (s->pipe <= bbr_inflight(b, s, bbr_bw(b), 100) || b->rounds > b->drain_start + DRAIN_ROUNDS))
        start_down(b, s);
}

static uint32_t target_inflight(const struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    return min_u32(bbr_bdp(b, s, bbr_bw(b), 100), cc->cwnd);
}

/* BBR 5.3.3.5: at the latest after so many round trips as Reno would take, and after two to three seconds. */
static bool time_to_probe(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    uint32_t reno = target_inflight(b, cc, s) / s->mss;
    if (!RULE(BBR 5.3.3.5)) return false;
    if (s->now <= b->cycle_stamp + b->probe_wait && b->rounds_since_up < min_u32(reno, RENO_ROUNDS_MOST)) return false;
    start_refill(b, s);
    return true;
}

/* Was as much in flight as the window lets be? Where it is paced less may be. */
static bool cwnd_limited(const struct cc *cc, const struct cc_sample *s)
{
    return !s->app_limited && (uint64_t)s->pipe + s->acked + s->lost + s->mss > cc->cwnd;
}

static bool time_to_go_down(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (b->too_high && s->pipe >= b->inflight_longterm) {
        b->precautionary = true;
        return true;
    }
    if (cwnd_limited(cc, s) && cc->cwnd >= b->inflight_longterm) {
        bbr_reset_full_bw(b); /* it is the bound that keeps the rate from growing */
        b->full_bw = s->rate.rate;
        return false;
    }
    return b->full_bw_now;
}

/* The bound is in use, and nothing is lost by it: it grows, twice as fast with each round trip. */
static void probe_upward(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (!cwnd_limited(cc, s) || cc->cwnd < b->inflight_longterm) return;
    b->up_acked = s->acked < UINT32_MAX - b->up_acked ? b->up_acked + s->acked : UINT32_MAX;
    uint64_t steps = b->up_acked / b->up_acked_per_inc, more = b->inflight_longterm + steps * s->mss;
    b->up_acked %= b->up_acked_per_inc;
    b->inflight_longterm = more < CC_CWND_MAX ? (uint32_t)more : CC_CWND_MAX;
    if (b->round_start) raise_slope(b, cc, s);
}

/* True: a phase has begun. */
static bool adapt_long_term(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (b->ack_phase == ACKS_PROBE_STARTING && b->round_start) b->ack_phase = ACKS_PROBE_FEEDBACK;
    if (b->ack_phase == ACKS_PROBE_STOPPING && b->round_start) {
        b->probe_sample = false;
        b->ack_phase = ACKS_INIT;
        if (bbr_probe_bw(b) && !s->rate.app_limited) bbr_next_cycle(b);
        if (bbr_probe_bw(b) && b->precautionary && !b->too_high) {
            start_refill(b, s);
            return true;
        }
    }
    if (bbr_too_high(s) || b->inflight_longterm == BBR_NO_VOLUME) return false;
    b->inflight_longterm = max_u32(b->inflight_longterm, min_u32(s->rate.tx_in_flight, CC_CWND_MAX));
    if (b->phase == BBR_UP) probe_upward(b, cc, s);
    return false;
}

/* BBR 5.3.3.6 */
static void update_cycle(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (!b->full_bw_reached || !RULE(BBR 5.3.3.6) || adapt_long_term(b, cc, s)) return;
    switch ((enum bbr_phase)b->phase) {
    case BBR_DOWN:
        if (time_to_probe(b, cc, s)) return;
        if (s->pipe <= bbr_headroom(b, s) && s->pipe <= bbr_inflight(b, s, bbr_max_bw(b), 100)) b->phase = BBR_CRUISE;
        return;
    case BBR_CRUISE: time_to_probe(b, cc, s); return;
    case BBR_REFILL:
        if (!b->round_start) return;
        b->probe_sample = true;
        start_up(b, cc, s);
        return;
    case BBR_UP:
        if (!time_to_go_down(b, cc, s)) return;
        b->too_high = false;
        start_down(b, s);
        return;
    default: return;
    }
}

/* ---- ProbeRTT: BBR 5.3.4 ---- */

static void restore(struct bbr *b, struct cc *cc) { cc->cwnd = max_u32(cc->cwnd, b->prior_cwnd); }

static uint32_t probe_rtt_cwnd(const struct bbr *b, const struct cc_sample *s)
{
    return max_u32(bbr_bdp(b, s, bbr_bw(b), phases[BBR_PROBE_RTT].cwnd), bbr_cwnd_least(s));
}

static void check_probe_rtt_done(struct bbr *b, struct cc *cc, const struct cc_sample *s)
{
    if (!b->probe_rtt_done || s->now <= b->probe_rtt_done) return;
    b->probe_rtt_min_stamp = s->now;
    restore(b, cc);
    bbr_reset_short_term(b);
    b->phase = BBR_STARTUP;
    if (!b->full_bw_reached) return;
    start_down(b, s);
    b->phase = BBR_CRUISE;
}

static void check_probe_rtt(struct bbr *b, struct cc *cc, const struct cc_sample *s)
{
    if (RULE(BBR 5.3.4) && b->phase != BBR_PROBE_RTT && b->rtt_expired && !b->idle_restart) {
        bbr_save(b, cc);
        b->phase = BBR_PROBE_RTT;
        b->probe_rtt_done = 0;
        b->ack_phase = ACKS_PROBE_STOPPING;
        bbr_start_round(b, s);
    }
    b->head.low = b->phase == BBR_PROBE_RTT;
    if (s->acked) b->idle_restart = false;
    if (b->phase != BBR_PROBE_RTT) return;
    if (!b->probe_rtt_done && s->pipe <= probe_rtt_cwnd(b, s)) {
        b->probe_rtt_done = s->now + PROBE_RTT_DURATION;
        b->probe_rtt_round_done = false;
        bbr_start_round(b, s);
    } else if (b->probe_rtt_done) {
        if (b->round_start) b->probe_rtt_round_done = true;
        if (b->probe_rtt_round_done) check_probe_rtt_done(b, cc, s);
    }
}

/* ---- what is sent: 5.6 ---- */

/* BBR 5.6.2, which paces a hundredth below the rate always. Where the round trip shows no queue (setting bbr_rtt_near) and none
 * is to be made there is none to empty, and the hundredth would only be left unused: a hundredth above it makes good what is lost
 * on the way to the queue, and what comes late, until a queue shows. In Startup it would only be late. */
static void set_rate(struct bbr *b, const struct cc_sample *s, uint32_t gain)
{
    uint64_t rate = bbr_bw(b) * gain / 100;
    if (b->phase != BBR_STARTUP && RULE(BBR 5.6.2))
        rate = rate * (gain == 100 && b->no_queue ? 100 + PACING_MARGIN : 100 - PACING_MARGIN) / 100;
    if (rate && (b->full_bw_reached || rate > b->head.pacing)) b->head.pacing = rate;
    uint64_t quantum = b->head.pacing / (TERN_SEC / CC_QUANTUM);
    b->head.quantum = max_u32(quantum < QUANTUM_MOST ? (uint32_t)quantum : QUANTUM_MOST, 2 * s->mss);
}

static void set_cwnd(struct bbr *b, struct cc *cc, const struct cc_sample *s)
{
    uint64_t want = bbr_bdp(b, s, bbr_bw(b), phases[b->phase].cwnd);
    uint32_t most = bbr_quantize(b, s, want + max_u32(b->extra_acked[0], b->extra_acked[1]));
    if (b->full_bw_reached || cc->cwnd < most || s->delivered < cc_initial_window(&s->set, s->mss)) cc_grow(cc, s->acked);
    if (b->full_bw_reached) cc->cwnd = min_u32(cc->cwnd, most);
    if (b->phase == BBR_PROBE_RTT) cc->cwnd = min_u32(cc->cwnd, probe_rtt_cwnd(b, s));
    uint32_t cap = BBR_NO_VOLUME;
    if (b->phase == BBR_CRUISE || b->phase == BBR_PROBE_RTT)
        cap = bbr_headroom(b, s);
    else if (bbr_probe_bw(b))
        cap = b->inflight_longterm;
    cc->cwnd = max_u32(min_u32(cc->cwnd, min_u32(cap, b->inflight_shortterm)), bbr_cwnd_least(s));
}

/* ---- operations ---- */

/* 5.2.1 */
static void begin(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    *b = (struct bbr){
        .min_rtt = s->srtt,
        .min_rtt_stamp = s->now,
        .probe_rtt_min = s->srtt,
        .probe_rtt_min_stamp = s->now,
        .min_rtt_confirmed = s->now,
        .extra_start = s->now,
        .inflight_longterm = BBR_NO_VOLUME,
        .up_acked_per_inc = UINT32_MAX,
        .undo_phase = BBR_PHASE_N,
        .marks_share = BBR_ALL,
        .next_round = s->delivered,
        .loss_round = s->delivered,
        .lots = s->seed ^ (uint32_t)s->now,
        .phase = BBR_STARTUP,
    };
    bbr_reset_short_term(b);
    tern_ns rtt = s->srtt ? s->srtt : NOMINAL_RTT;
    b->head.pacing = cc->cwnd * TERN_SEC / rtt * phases[BBR_STARTUP].pacing / 100;
    set_rate(b, s, 0);
}

static void too_high(struct bbr *b, const struct cc *cc, const struct cc_sample *s, uint32_t at)
{
    b->too_high = true;
    b->probe_sample = false; /* once a probe */
    if (!s->rate.app_limited) {
        uint32_t least = (uint32_t)((uint64_t)target_inflight(b, cc, s) * BETA / 100);
        b->inflight_longterm = max_u32(at, least);
    }
    if (b->phase != BBR_UP) return;
    b->undo_phase = BBR_UP;
    start_down(b, s);
}

/* The draft names no response to ECE, but that it must be one to congestion: as to losses, more than there may be. The same for
 * marks that are counted, where they are not so early that there are many. */
static enum tern_rule on_ecn(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return newreno_on_ecn(cc, s);
    bbr_note_loss(b, cc, s);
    if (b->probe_sample || b->phase == BBR_STARTUP) too_high(b, cc, s, min_u32(s->pipe, CC_CWND_MAX));
    if (b->phase == BBR_STARTUP) b->full_bw_reached = true;
    return TERN_RULE_CC_BBR_ECN;
}

/* A round trip with marks that the peer counts is over. */
static enum tern_rule end_marked_round(struct bbr *b, struct cc *cc, const struct cc_sample *s)
{
    if (!bbr_marks_early(b)) return on_ecn(cc, s);
    if (b->phase == BBR_STARTUP && b->marks_rounds >= MARKED_ROUNDS) {
        b->full_bw_reached = true;
        b->inflight_longterm = max_u32(bbr_bdp(b, s, bbr_bw(b), 100), b->inflight_latest);
    } else if (b->marks_high && b->probe_sample) {
        too_high(b, cc, s, min_u32(s->rate.tx_in_flight, CC_CWND_MAX));
    }
    return TERN_RULE_CC_BBR_MARKS;
}

static enum tern_rule on_ack(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return newreno_on_ack(cc, s);
    uint32_t before = cc->cwnd;
    b->recovering = s->in_recovery || s->after_timeout;
    bbr_learn(b, cc, s);
    enum tern_rule marked = b->marks_over ? end_marked_round(b, cc, s) : TERN_RULE_NONE;
    check_full_bw(b, s);
    check_startup_done(b, s);
    update_cycle(b, cc, s);
    bbr_learn_rtt(b, s);
    check_probe_rtt(b, cc, s);
    bbr_advance(b, s);
    set_rate(b, s, phases[b->phase].pacing);
    set_cwnd(b, cc, s);
    if (b->told != b->phase) {
        b->told = b->phase;
        return phases[b->phase].rule;
    }
    if (marked) return marked;
    return cc->cwnd != before ? TERN_RULE_CC_BBR_MODEL : TERN_RULE_NONE;
}

/* BBR 5.5.10.2: where in a burst of which |lost| went did the losses become too many? */
static uint32_t inflight_at_loss(const struct cc_sample *s)
{
    int64_t flight = (int64_t)s->rate.tx_in_flight - s->lost, lost = (int64_t)s->rate.lost - s->lost;
    int64_t at = flight + (flight * 2 - lost * 100) / 98;
    return at < 0 ? 0 : at < CC_CWND_MAX ? (uint32_t)at : CC_CWND_MAX;
}

static void on_lost(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return;
    bbr_note_loss(b, cc, s);
    if (RULE(BBR 5.5.10.2) && b->probe_sample && bbr_too_high(s)) too_high(b, cc, s, inflight_at_loss(s));
}

static enum tern_rule on_loss(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return newreno_on_loss(cc, s);
    bbr_note_loss(b, cc, s);
    return TERN_RULE_CC_BBR_LOSS;
}

static enum tern_rule on_recovered(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return newreno_on_recovered(cc, s);
    b->recovering = false;
    if (RULE(BBR 5.6.4.4)) restore(b, cc);
    return TERN_RULE_CC_BBR_MODEL;
}

static enum tern_rule on_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    struct bbr *b = own(s);
    if (!b) return newreno_on_rto(cc, s, first);
    bbr_note_loss(b, cc, s);
    cc->cwnd = s->mss;
    return TERN_RULE_CC_BBR_RTO;
}

/* BBR 5.4: nothing to reduce: the rate is known. */
static enum tern_rule on_idle(struct cc *cc, const struct cc_sample *s)
{
    return own(s) ? TERN_RULE_NONE : newreno_on_idle(cc, s);
}

static void on_send(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b) return;
    b->idle_restart = RULE(BBR 5.4);
    b->extra_start = s->now;
    if (bbr_probe_bw(b))
        set_rate(b, s, 100);
    else if (b->phase == BBR_PROBE_RTT)
        check_probe_rtt_done(b, cc, s);
}

/* BBR 5.5.11 */
static enum tern_rule on_undo(struct cc *cc, const struct cc_sample *s)
{
    struct bbr *b = own(s);
    if (!b || !RULE(BBR 5.5.11)) return TERN_RULE_NONE;
    restore(b, cc);
    b->loss_in_round = b->recovering = false;
    bbr_reset_full_bw(b);
    if (b->bw_shortterm < b->undo_bw_shortterm) b->bw_shortterm = b->undo_bw_shortterm;
    b->inflight_shortterm = max_u32(b->inflight_shortterm, b->undo_inflight_shortterm);
    b->inflight_longterm = max_u32(b->inflight_longterm, b->undo_inflight_longterm);
    if (b->undo_phase == BBR_STARTUP && b->phase != BBR_STARTUP) {
        b->full_bw_reached = false;
        if (b->phase != BBR_PROBE_RTT) b->phase = BBR_STARTUP;
    } else if (b->undo_phase == BBR_UP && b->phase != BBR_UP && b->phase != BBR_PROBE_RTT) {
        start_refill(b, s);
    }
    b->undo_phase = BBR_PHASE_N;
    return TERN_RULE_CC_UNDO;
}

const struct cc_ops cc_bbr = {
    .name = "bbr",
    .state_len = sizeof(struct bbr),
    .paces = true,
    .own_recovery = true,
    .exact_ce = true,
    .init = newreno_init,
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_recovered = on_recovered,
    .on_rto = on_rto,
    .on_idle = on_idle,
    .on_ecn = on_ecn,
    .on_syn_lost = newreno_on_syn_lost,
    .begin = begin,
    .on_send = on_send,
    .on_lost = on_lost,
    .on_undo = on_undo,
};
