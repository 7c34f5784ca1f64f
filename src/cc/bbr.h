/* BBR version 3 (draft-ietf-ccwg-bbr): its state, shared by what models the path (bbr_model.c) and what decides by the model
 * (bbr.c). Volumes are bytes, rates bytes a second, gains hundredths. */
#ifndef CC_BBR_H
#define CC_BBR_H

#include "cc.h"

#define BBR_NO_VOLUME UINT32_MAX
#define BBR_NO_RATE   UINT64_MAX
#define BBR_ALL       1024u

enum bbr_phase { BBR_STARTUP, BBR_DRAIN, BBR_DOWN, BBR_CRUISE, BBR_REFILL, BBR_UP, BBR_PROBE_RTT, BBR_PHASE_N };

/* What acknowledgements tell of bandwidth probing. */
enum bbr_acks { ACKS_INIT, ACKS_REFILLING, ACKS_PROBE_STARTING, ACKS_PROBE_FEEDBACK, ACKS_PROBE_STOPPING };

/* Names are the draft's (2), where it has them. */
struct bbr {
    struct cc_state head;
    /* how fast */
    uint64_t max_bw[2];     /* the greatest rates of the previous probing cycle and of this one */
    uint64_t bw_shortterm;  /* by loss in this cycle; BBR_NO_RATE: no bound */
    uint64_t bw_latest;     /* of the last round trip */
    uint64_t full_bw;       /* that it would have to outgrow */
    struct {                /* round trips that are measured together */
        tern_ns at;         /* since then; 0: none are */
        uint64_t delivered; /* then, and |rounds| */
        uint32_t round;
        bool app_limited; /* in one of them */
    } span;
    /* how much */
    uint32_t inflight_longterm, inflight_shortterm; /* BBR_NO_VOLUME: no bound */
    uint32_t inflight_latest;
    uint32_t prior_cwnd;                 /* the last good window: before recovery, before ProbeRTT */
    uint32_t extra_acked[2];             /* how much more was acknowledged than expected: some rounds before, and now */
    uint64_t extra_delivered;            /* since |extra_start| */
    uint32_t up_acked, up_acked_per_inc; /* bytes acknowledged in UP, and for how many a segment is added */
    uint32_t undo_inflight_shortterm, undo_inflight_longterm;
    uint64_t undo_bw_shortterm;
    /* times */
    tern_ns min_rtt, min_rtt_stamp;             /* min_rtt 0: not known */
    tern_ns probe_rtt_min, probe_rtt_min_stamp; /* of the last five seconds */
    tern_ns min_rtt_confirmed;                  /* when a round trip was hardly longer */
    tern_ns probe_rtt_done;                     /* 0: it has not begun to wait */
    tern_ns cycle_stamp, probe_wait, extra_start;
    /* marks that the peer counts, in this round trip and on average: a share of BBR_ALL */
    uint64_t marks_of, marks;
    uint32_t marks_share;
    uint8_t marks_rounds;            /* in a row, with too many */
    bool marks_over, marks_in_round; /* a round trip is over, in which there were some */
    bool marks_high;                 /* half of them or more */
    /* rounds */
    uint64_t next_round, loss_round; /* cc_sample.delivered that ends them */
    uint32_t rounds, drain_start, rounds_since_up, extra_rounds;
    uint32_t lots; /* random */
    uint8_t phase, told, undo_phase, ack_phase;
    uint8_t full_bw_count, up_rounds;
    uint8_t loss_events; /* acknowledgements in this round trip that found a loss */
    bool round_start, loss_round_start, loss_in_round;
    bool full_bw_now, full_bw_reached;
    bool probe_sample;            /* what is acknowledged was sent while probing */
    bool too_high, precautionary; /* the last probe found a bound; it ended early because of one */
    bool overtaken;               /* packets were seen to overtake others, since |min_rtt| is known */
    bool rtt_near, no_queue;      /* the last round trip confirms the least one; it was as short, but for what pacing makes */
    bool idle_restart, rtt_expired, probe_rtt_round_done, recovering;
};

/* ---- bbr_model.c ---- */
void bbr_reset_short_term(struct bbr *b);
void bbr_reset_signals(struct bbr *b);
void bbr_reset_full_bw(struct bbr *b);
void bbr_start_round(struct bbr *b, const struct cc_sample *s);
/* Near the beginning of an acknowledgement: rounds, rates, what is delivered, aggregation. */
void bbr_learn(struct bbr *b, const struct cc *cc, const struct cc_sample *s);
/* Near its end. */
void bbr_advance(struct bbr *b, const struct cc_sample *s);
void bbr_learn_rtt(struct bbr *b, const struct cc_sample *s);
void bbr_note_loss(struct bbr *b, const struct cc *cc, const struct cc_sample *s);
void bbr_save(struct bbr *b, const struct cc *cc);
void bbr_next_cycle(struct bbr *b);
bool bbr_probing(const struct bbr *b);
bool bbr_probe_bw(const struct bbr *b);

uint64_t bbr_max_bw(const struct bbr *b);
uint64_t bbr_bw(const struct bbr *b);
/* |gain| hundredths of what is in flight at the rate |bw| when the path is full and no queue is. */
uint32_t bbr_bdp(const struct bbr *b, const struct cc_sample *s, uint64_t bw, uint32_t gain);
uint32_t bbr_inflight(const struct bbr *b, const struct cc_sample *s, uint64_t bw, uint32_t gain);
uint32_t bbr_quantize(const struct bbr *b, const struct cc_sample *s, uint64_t volume);
uint32_t bbr_headroom(const struct bbr *b, const struct cc_sample *s);
bool bbr_too_high(const struct cc_sample *s);
bool bbr_marks_early(const struct bbr *b);
static inline uint32_t bbr_cwnd_least(const struct cc_sample *s) { return 4 * s->mss; }

#endif
