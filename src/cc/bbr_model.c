/* BBR's model of the path: the greatest rate at which it delivers, the least round trip, and bounds that losses suggest. */
#include "bbr.h"
#include "must.h"

/* Beyond them products would overflow: 1.1 Tbit/s, a minute. */
#define RATE_MOST (UINT64_C(1) << 37)
#define SPAN_MOST (60 * TERN_SEC)

#define MIN_RTT_WINDOW     (10 * TERN_SEC)
#define PROBE_RTT_INTERVAL (5 * TERN_SEC)
#define PROBE_RTT_MOST     (10 * TERN_SEC)
#define MARKS_RTT          (5 * TERN_MS)

enum {
    LOSS_THRESH = 2, /* percent */
    CHANCE_MOST = 2, /* segments */
    BETA = 70,
    HEADROOM = 15,
    MARKS_GAIN = 16,  /* each round trip is a sixteenth of the average share */
    MARKS_CUT = 3,    /* a third of it is taken off */
    EXTRA_ROUNDS = 5, /* two such spans: between five and ten round trips are remembered */
    SPAN_ROUNDS = 3,
};

static uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }
static uint64_t max_u64(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint32_t volume(uint64_t bytes) { return bytes < CC_CWND_MAX ? (uint32_t)bytes : CC_CWND_MAX; }

/* What goes through at |bw| in |span|. */
static uint64_t passes(uint64_t bw, tern_ns span)
{
    if (bw > RATE_MOST) bw = RATE_MOST;
    if (span > SPAN_MOST) span = SPAN_MOST;
    return span < 16 * TERN_MS ? bw * span / TERN_SEC : bw * (span / TERN_US) / (TERN_SEC / TERN_US);
}

bool bbr_probe_bw(const struct bbr *b) { return b->phase >= BBR_DOWN && b->phase <= BBR_UP; }
bool bbr_probing(const struct bbr *b) { return b->phase == BBR_STARTUP || b->phase == BBR_REFILL || b->phase == BBR_UP; }

uint64_t bbr_max_bw(const struct bbr *b) { return max_u64(b->max_bw[0], b->max_bw[1]); }

uint64_t bbr_bw(const struct bbr *b)
{
    uint64_t bw = bbr_max_bw(b);
    return bw < b->bw_shortterm ? bw : b->bw_shortterm;
}

/* ---- volumes: 5.6.4.2 ---- */

uint32_t bbr_bdp(const struct bbr *b, const struct cc_sample *s, uint64_t bw, uint32_t gain)
{
    return b->min_rtt ? volume(passes(bw, b->min_rtt) * gain / 100) : cc_initial_window(&s->set, s->mss);
}

/* Room for what the hosts at both ends put together: three quanta; and enough to keep acknowledgements coming. */
uint32_t bbr_quantize(const struct bbr *b, const struct cc_sample *s, uint64_t v)
{
    v = max_u64(v, max_u32(3 * b->head.quantum, bbr_cwnd_least(s)));
    return volume(b->phase == BBR_UP ? v + 2 * s->mss : v);
}

uint32_t bbr_inflight(const struct bbr *b, const struct cc_sample *s, uint64_t bw, uint32_t gain)
{
    return bbr_quantize(b, s, bbr_bdp(b, s, bw, gain));
}

uint32_t bbr_headroom(const struct bbr *b, const struct cc_sample *s)
{
    if (b->inflight_longterm == BBR_NO_VOLUME) return BBR_NO_VOLUME;
    uint32_t room = max_u32(s->mss, (uint32_t)((uint64_t)b->inflight_longterm * HEADROOM / 100));
    return max_u32(b->inflight_longterm > room ? b->inflight_longterm - room : 0, bbr_cwnd_least(s));
}

/* ---- rounds and rates: 5.5.1 to 5.5.6 ---- */

void bbr_start_round(struct bbr *b, const struct cc_sample *s) { b->next_round = s->delivered; }

static bool overtaken(const struct cc_sample *s) { return s->set.bbr_rounds && s->reordered; }

/* What overtakes others is delivered before its turn, of some round trips more and of some less: the greatest of hundreds of
 * samples lies four in a hundred too high, and the queue that it makes never goes. Of several round trips together it is a
 * smaller part. 0: they are not over; |*app_limited|: as a sample's. */
static uint64_t over_rounds(struct bbr *b, const struct cc_sample *s, bool *app_limited)
{
    b->span.app_limited = b->span.app_limited || s->rate.app_limited;
    if (!b->round_start || (b->span.at && b->rounds - b->span.round < SPAN_ROUNDS)) return 0;
    tern_ns took = b->span.at ? s->now - b->span.at : 0;
    uint64_t rate = took ? cc_per_second(s->delivered - b->span.delivered, took) : 0;
    *app_limited = b->span.app_limited;
    b->span.at = s->now;
    b->span.delivered = s->delivered;
    b->span.round = b->rounds;
    b->span.app_limited = false;
    return rate;
}

static void learn_rate(struct bbr *b, const struct cc_sample *s)
{
    bool app_limited = s->rate.app_limited;
    b->round_start = s->acked && s->rate.prior_delivered >= b->next_round;
    if (b->round_start) {
        bbr_start_round(b, s);
        b->rounds++, b->rounds_since_up++;
    }
    uint64_t rate = overtaken(s) && b->full_bw_reached ? over_rounds(b, s, &app_limited) : s->rate.rate;
    if (rate > RATE_MOST) rate = RATE_MOST;
    if (rate && (rate >= bbr_max_bw(b) || !app_limited)) b->max_bw[1] = max_u64(b->max_bw[1], rate);
}

void bbr_next_cycle(struct bbr *b)
{
    if (!b->max_bw[1]) return; /* nothing was measured in it: what was before still holds */
    b->max_bw[0] = b->max_bw[1];
    b->max_bw[1] = 0;
}

/* BBR 5.5.9: acknowledgements that come together let more be in flight than the rate accounts for. */
static void learn_aggregation(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (!RULE(BBR 5.5.9)) return;
    uint64_t expected = passes(bbr_bw(b), s->now - b->extra_start);
    if (b->extra_delivered <= expected) {
        b->extra_delivered = 0;
        b->extra_start = s->now;
        expected = 0;
    }
    b->extra_delivered += s->acked;
    if (b->round_start && ++b->extra_rounds >= (b->full_bw_reached ? EXTRA_ROUNDS : 1)) {
        b->extra_rounds = 0;
        b->extra_acked[0] = b->extra_acked[1];
        b->extra_acked[1] = 0;
    }
    uint64_t extra = b->extra_delivered - expected;
    b->extra_acked[1] = max_u32(b->extra_acked[1], extra < cc->cwnd ? (uint32_t)extra : cc->cwnd);
}

/* ---- losses: 5.5.10 ---- */

void bbr_reset_short_term(struct bbr *b)
{
    b->bw_shortterm = BBR_NO_RATE;
    b->inflight_shortterm = BBR_NO_VOLUME;
}

void bbr_reset_signals(struct bbr *b)
{
    b->loss_in_round = false;
    b->bw_latest = 0;
    b->inflight_latest = 0;
}

/* Are marks as early as for DCTCP? As far as the round trip tells. */
bool bbr_marks_early(const struct bbr *b) { return b->min_rtt && b->min_rtt <= MARKS_RTT; }

/* More than two in a hundred, and than what chance may add to them: with few in flight a segment or two say nothing of a share.
 */
bool bbr_too_high(const struct cc_sample *s)
{
    if (!s->sack) return s->rate.lost > 0;
    uint64_t most = (uint64_t)s->rate.tx_in_flight * LOSS_THRESH / 100;
    return s->rate.lost > (s->set.bbr_any_loss ? most : most + CHANCE_MOST * (uint32_t)s->mss);
}

/* The draft leaves the response to marks open. This one has the figures of its authors' code, which is for paths with marks as
 * early as for DCTCP (RFC 8257): the share of bytes that were marked, averaged over round trips. */
static void end_marks(struct bbr *b)
{
    uint32_t share = b->marks_of ? (uint32_t)(b->marks * BBR_ALL / b->marks_of) : 0;
    b->marks_share = b->marks_share - b->marks_share / MARKS_GAIN + share / MARKS_GAIN;
    b->marks_in_round = b->marks > 0;
    b->marks_high = share >= BBR_ALL / 2;
    b->marks_rounds = b->marks_high ? (uint8_t)(b->marks_rounds + (b->marks_rounds < UINT8_MAX)) : 0;
    b->marks = b->marks_of = 0;
}

static void lower_by_marks(struct bbr *b, const struct cc *cc)
{
    uint32_t from = b->inflight_shortterm == BBR_NO_VOLUME ? cc->cwnd : b->inflight_shortterm;
    b->inflight_shortterm = from - (uint32_t)((uint64_t)from * b->marks_share / (BBR_ALL * MARKS_CUT));
}

/* Was what is acknowledged, or found lost, sent by a probe that is over? */
static bool after_probe(const struct bbr *b) { return b->phase == BBR_DRAIN || b->ack_phase == ACKS_PROBE_STOPPING; }

/* BBR 5.5.10.3: once a round trip in which too much was lost, unless it was sent to find out what can be: towards what is
 * delivered now. After any loss, as the draft has it, the bounds would sink by one in a hundred with each round trip of a cycle
 * on a path that loses one in a hundred whatever is sent, though a probe for bandwidth tolerates two. */
static void adapt_lower(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (bbr_probing(b) || (after_probe(b) && !s->set.bbr_any_loss)) return;
    if (b->marks_in_round && !b->loss_in_round) lower_by_marks(b, cc);
    if (!b->loss_in_round || (!s->set.bbr_any_loss && !bbr_too_high(s)) || !RULE(BBR 5.5.10.3)) return;
    if (b->bw_shortterm == BBR_NO_RATE) b->bw_shortterm = bbr_max_bw(b);
    if (b->inflight_shortterm == BBR_NO_VOLUME) b->inflight_shortterm = cc->cwnd;
    b->bw_shortterm = max_u64(b->bw_latest, b->bw_shortterm / 100 * BETA);
    b->inflight_shortterm = max_u32(b->inflight_latest, (uint32_t)((uint64_t)b->inflight_shortterm * BETA / 100));
}

void bbr_learn(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    b->loss_round_start = b->marks_over = b->marks_in_round = false;
    b->marks_of += s->acked;
    b->marks += s->ce;
    b->bw_latest = max_u64(b->bw_latest, s->rate.rate);
    b->inflight_latest = max_u32(b->inflight_latest, volume(s->rate.delivered));
    if (s->acked && s->rate.prior_delivered >= b->loss_round) {
        b->loss_round = s->delivered;
        b->loss_round_start = true;
    }
    learn_rate(b, s);
    if (b->loss_round_start) {
        end_marks(b);
        b->marks_over = b->marks_in_round;
        if (!bbr_marks_early(b)) b->marks_in_round = false;
        adapt_lower(b, cc, s);
        b->loss_in_round = false;
    }
    learn_aggregation(b, cc, s);
}

void bbr_advance(struct bbr *b, const struct cc_sample *s)
{
    if (!b->loss_round_start) return;
    b->bw_latest = s->rate.rate;
    b->inflight_latest = volume(s->rate.delivered);
}

void bbr_save(struct bbr *b, const struct cc *cc)
{
    if (!b->recovering && b->phase != BBR_PROBE_RTT)
        b->prior_cwnd = cc->cwnd;
    else
        b->prior_cwnd = max_u32(b->prior_cwnd, cc->cwnd);
}

/* What an undo needs is that before the whole recovery. */
void bbr_note_loss(struct bbr *b, const struct cc *cc, const struct cc_sample *s)
{
    if (!b->loss_in_round) b->loss_round = s->delivered;
    if (!b->recovering) {
        bbr_save(b, cc);
        b->undo_phase = BBR_PHASE_N;
        b->undo_bw_shortterm = b->bw_shortterm;
        b->undo_inflight_shortterm = b->inflight_shortterm;
        b->undo_inflight_longterm = b->inflight_longterm;
    }
    b->loss_in_round = b->recovering = true;
}

/* ---- the round trip: 5.3.4.3 ---- */

/* A probe takes a tenth of the rate of a second, and finds out what is known where round trips hardly longer than the least one
 * were seen a moment ago (setting bbr_rtt_near). Such a path is still probed as often as by version 1: what is steady may be the
 * queue of others that was there from the beginning. */
static bool probe_is_due(struct bbr *b, const struct cc_sample *s)
{
    if (b->rtt_near) b->min_rtt_confirmed = s->now;
    bool confirmed = s->set.bbr_rtt_near && s->now <= b->min_rtt_confirmed + PROBE_RTT_INTERVAL;
    if (confirmed) b->min_rtt_stamp = b->min_rtt_confirmed;
    return s->now > b->probe_rtt_min_stamp + (confirmed ? PROBE_RTT_MOST : PROBE_RTT_INTERVAL);
}

/* How much longer than the least one was this round trip? Two quanta wait for each other without a queue. */
static void judge_rtt(struct bbr *b, const struct cc_sample *s)
{
    tern_ns more = s->rtt > b->min_rtt ? s->rtt - b->min_rtt : 0;
    b->no_queue = s->set.bbr_rtt_near && passes(bbr_bw(b), more) <= 2 * b->head.quantum;
    b->rtt_near = b->no_queue || (s->set.bbr_rtt_near && more <= b->min_rtt * s->set.bbr_rtt_near / 100);
}

/* Who overtakes by half of the way has half of the round trip. Of data that is mostly seen by what it leaves behind
 * (ack_news.early); of the SYN, or of its answer, it is not, and all that may be in flight would be half of what the path holds,
 * for ten seconds. So when the first one is seen the least round trip of until then is none. */
static void forget_rtt(struct bbr *b)
{
    b->overtaken = true;
    b->min_rtt = b->probe_rtt_min = 0;
}

void bbr_learn_rtt(struct bbr *b, const struct cc_sample *s)
{
    if (!b->overtaken && s->rtt && overtaken(s)) forget_rtt(b);
    if (s->rtt) judge_rtt(b, s);
    b->rtt_expired = probe_is_due(b, s);
    if (s->rtt && (!b->probe_rtt_min || s->rtt < b->probe_rtt_min || b->rtt_expired)) {
        b->probe_rtt_min = s->rtt;
        b->probe_rtt_min_stamp = s->now;
    }
    if (!b->probe_rtt_min) return;
    if (!b->min_rtt || b->probe_rtt_min < b->min_rtt || s->now > b->min_rtt_stamp + MIN_RTT_WINDOW) {
        b->min_rtt = b->probe_rtt_min;
        b->min_rtt_stamp = b->probe_rtt_min_stamp;
    }
}

/* 5.3.1.2 */
void bbr_reset_full_bw(struct bbr *b)
{
    b->full_bw = 0;
    b->full_bw_count = 0;
    b->full_bw_now = false;
}
