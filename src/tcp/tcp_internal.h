/* What the files of the tcp layer share, and nobody else sees. */
#ifndef TCP_TCP_INTERNAL_H
#define TCP_TCP_INTERNAL_H

#include <assert.h>

#include "conn.h"
#include "event.h"

enum {
    MSS_DEFAULT_V4 = 536, /* MUST-15 */
    MSS_DEFAULT_V6 = 1220,
    MSS_LEAST = 48,     /* a peer that offers less is taken to offer this: bounds the overhead of a hostile one */
    WSCALE_MAX = 14,    /* RFC 7323 2.3 */
    TS_OPTION_LEN = 12, /* timestamps with their padding */
    MD5_OPTION_LEN = 20,
    AO_OPTION_LEN = 16,
    PATH_MTU_LEAST_V4 = 68 + 484, /* 552: below it routers cut (RFC 1191 3; the least of kernels, too) */
    PATH_MTU_LEAST_V6 = 1280,
};

static inline bool conn_v4(const struct tern_conn *c) { return tern_addr_is_v4(&c->node.t.raddr); }
static inline bool has(const struct tern_conn *c, uint32_t flags) { return (c->flags & flags) != 0; }
static inline bool has2(const struct tern_conn *c, uint32_t flags2) { return (c->flags2 & flags2) != 0; }

/* What signatures take of the 40 bytes of options, and with them what all segments have. */
static inline uint32_t sign_option_len(const struct tern_conn *c)
{
    return has2(c, F2_MD5) ? 0u + MD5_OPTION_LEN : has2(c, F2_AO) ? 0u + AO_OPTION_LEN : 0;
}
static inline uint32_t fixed_options_len(const struct tern_conn *c)
{
    return (has(c, F_TS) ? 0u + TS_OPTION_LEN : 0) + sign_option_len(c);
}
static inline bool synchronized(const struct tern_conn *c) { return c->state >= TERN_ESTABLISHED; }
/* RFC 7413 4.2.2: a server sends data before its SYN is acknowledged. */
static inline bool data_allowed(const struct tern_conn *c)
{
    return synchronized(c) || (c->state == TERN_SYN_RECEIVED && has2(c, F2_FO_CHILD));
}
static inline uint32_t now_ms(const struct tern_conn *c) { return (uint32_t)(c->env->now / TERN_MS); }
static inline uint32_t min_u32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* ---- fsm: conn.c ---- */
void tcp_move(struct tern_conn *c, enum fsm_event event, enum tern_rule why);
/* Into CLOSED (or LISTEN, or TIME-WAIT) by |event|: buffers dropped, timers stopped, the application told |error|. */
void tcp_die(struct tern_conn *c, enum fsm_event event, enum tern_rule why, int error);

/* ---- snd.c: the queue of what was given to SEND and is not acknowledged ---- */
int64_t snd_append(struct tern_conn *c, const void *data, size_t len);
void snd_append_buf(struct tern_conn *c, struct tern_buf *b);
void snd_acked(struct tern_conn *c, uint32_t len); /* the first |len| bytes are acknowledged */
void snd_flush(struct tern_conn *c);
/* Slices of |len| bytes from number |from| into |pkt|, as far as TERN_SLICES_MAX allow, then in whole segments of |mss|: no short
 * one in the middle of a stream. Returns the bytes covered. */
uint32_t snd_slices(struct tern_conn *c, seq32 from, uint32_t len, uint32_t mss, struct tern_pkt *pkt);
/* How much may wait unsent (option NOTSENT_LOWAT); UINT32_MAX: as much as the buffer holds. */
static inline uint32_t snd_lowat(const struct tern_conn *c)
{
    uint32_t own = tcp_more(c)->notsent_lowat;
    return own ? own : (uint32_t)c->env->set.notsent_lowat;
}
/* Bytes that SEND takes now; _told(): where a low-water mark or setting send_whole has a say. */
uint32_t snd_room_told(const struct tern_conn *c);
static inline uint32_t snd_room(const struct tern_conn *c)
{
    if (c->env->set.send_whole || snd_lowat(c) != UINT32_MAX) return snd_room_told(c);
    return c->snd.queued < c->snd.limit ? c->snd.limit - c->snd.queued : 0;
}
void snd_grow(struct tern_conn *c); /* more room, when the application waits for it */
/* A third of the buffer is free: worth a wake-up. */
bool snd_much_room(const struct tern_conn *c);
/* No more than half of what may wait unsent does. */
bool snd_lowat_reached(const struct tern_conn *c);
/* A record ends with the last byte queued. */
void snd_end_record(struct tern_conn *c);
/* Of the |len| bytes from |from| on, those that one segment may hold together: as far as the record goes. */
uint32_t snd_record(const struct tern_conn *c, seq32 from, uint32_t len);
/* Number of the first byte of data that is not acknowledged: after the SYN's, which is UNA until it is acknowledged. */
static inline seq32 snd_start(const struct tern_conn *c) { return seq_add(c->snd.una, has(c, F_SYN_UNACKED)); }
/* Number of the first byte that is not yet queued: what a FIN gets. */
static inline seq32 snd_end(const struct tern_conn *c) { return seq_add(snd_start(c), c->snd.queued); }
/* Data bytes queued from |from| on. */
static inline uint32_t snd_left(const struct tern_conn *c, seq32 from)
{
    seq32 end = snd_end(c);
    return seq_lt(from, end) ? seq_diff(end, from) : 0;
}

/* ---- rcv.c, reassembly.c ---- */
uint32_t rcv_window(const struct tern_conn *c); /* bytes from RCV.NXT to the edge that the peer knows */
void rcv_exact_edge(struct tern_conn *c);
uint16_t rcv_window_field(struct tern_conn *c, bool syn); /* for the header; moves the edge */
bool rcv_window_update_due(const struct tern_conn *c);
void rcv_choose_wscale(struct tern_conn *c);
/* This part of the segment came again: DSACK (RFC 2883). Of several the first is told. */
void rcv_duplicate(struct tern_conn *c, seq32 left, seq32 right);
void rcv_text(struct tern_conn *c, struct tcp_seg *seg);
void rcv_hold(struct tern_conn *c, struct tcp_seg *seg); /* text that came with a SYN: for ESTABLISHED */
void rcv_held(struct tern_conn *c);                      /* our SYN is acknowledged: takes it up */
void rcv_fin(struct tern_conn *c);
void rcv_flush(struct tern_conn *c);
void rcv_deliver(struct tern_conn *c, struct tern_buf *b); /* |b->data|, |len| are the bytes at RCV.NXT */
bool ooo_add(struct tern_conn *c, struct tern_buf *b, seq32 at,
             bool fin);              /* takes |b| (may be NULL); false: nothing of it was kept */
bool ooo_drain(struct tern_conn *c); /* delivers what now is in order; true: the FIN that was held is now in order */
void ooo_flush(struct tern_conn *c);
uint8_t ooo_sack(const struct tern_conn *c, struct wire_sack *out, uint8_t n);
enum { OOO_TOLD = 3 };                          /* ranges in one acknowledgement */
uint32_t ooo_untold(const struct tern_conn *c); /* ranges that changed, which no acknowledgement has told of */
void ooo_told(struct tern_conn *c);             /* one that leaves does */
/* What was just added makes a range longer, and no other has changed: after three acknowledgements they say little. */
bool ooo_goes_on(const struct tern_conn *c);
uint32_t ooo_bytes(const struct tern_conn *c);
seq32 ooo_edge(const struct tern_conn *c, seq32 edge);        /* |edge|, or where a FIN that is held stands */
uint32_t ooo_gap(const struct tern_conn *c);                  /* bytes from RCV.NXT to the first that is held */
bool ooo_reaches_beyond(const struct tern_conn *c, seq32 at); /* is data held behind |at|? */
bool ooo_check(const struct tern_conn *c); /* for tests: are the ranges apart, in order, beyond RCV.NXT, and all counted? */

/* ---- tune.c: the receive buffer grows with what is read in a round trip ---- */
/* May it? */
static inline bool tune_wanted(const struct tern_conn *c)
{
    return c->rcv.limit < c->env->set.receive_buffer_max && c->env->set.receive_tuning && !has2(c, F2_RECEIVE_BUFFER);
}
void tune_arrived(struct tern_conn *c, const struct wire_tcp *h); /* data in order came */
void tune_read(struct tern_conn *c);
void tune_waits(struct tern_conn *c); /* data came out of order */
/* The stack holds so much memory that no buffer grows: setting memory_low. */
static inline bool memory_is_short(const struct tcp_env *env)
{
    return env->mem->used >= env->mem->cap / 100 * env->set.memory_low;
}
/* Setting memory_high: the rest is for what must be taken in and answered. The pool's free buffers are given up before it says
 * so. */
bool memory_is_full(const struct tcp_env *env);
/* Bytes that a connection may have queued before it is given memory for more: while it is full a part of what is left, so that
 * something is left for everybody. */
uint32_t memory_share(const struct tcp_env *env);

/* ---- acknowledgements to send ---- */
void ack_now(struct tern_conn *c, enum tern_rule why);
void ack_soon(struct tern_conn *c); /* delayed */
void ack_challenge(struct tern_conn *c, enum tern_rule why, enum tern_drop what);
bool challenge_allowed(struct tern_conn *c); /* counts an answer to what cannot be the peer's */

/* ---- ack.c: fifth ---- */
/* TERN_WRITABLE when it is waited for, and the room is worth a wake-up: a good part of the buffer. */
void snd_tell_room(struct tern_conn *c);
bool ack_check(struct tern_conn *c, struct tcp_seg *seg);
void snd_window(struct tern_conn *c, const struct wire_tcp *h, uint32_t wnd);
uint32_t seg_window(const struct tern_conn *c, const struct wire_tcp *h); /* SEG.WND scaled, bytes */

/* ---- input ---- */
void input_synsent(struct tern_conn *c, struct tcp_seg *seg);
void input_syn_options(struct tern_conn *c, const struct wire_tcp *h);
void input_syn_acked(struct tern_conn *c);
void input_established(struct tern_conn *c);               /* enters ESTABLISHED */
void input_text(struct tern_conn *c, struct tcp_seg *seg); /* sixth to eighth */
void drop(struct tern_conn *c, enum tern_drop why);

/* ---- rtt.c ---- */
void rtt_init(struct tern_conn *c);
void rtt_sample(struct tern_conn *c, tern_ns rtt);
void rtt_time(struct tern_conn *c, seq32 end); /* |end| was just sent for the first time */
void rtt_forget(struct tern_conn *c);          /* it is sent again: no measurement (Karn) */
/* New data was acknowledged; |once| is the round trip of what of it was sent once, 0: not known. */
void rtt_acked(struct tern_conn *c, const struct wire_tcp *h, tern_ns once);
void rtt_sacked(struct tern_conn *c, tern_ns once); /* data beyond a hole has arrived; the same of it */
void rtt_arrived_once(struct tern_conn *c);         /* without SACK: what a timeout did not send again has arrived */
tern_ns rtt_rto(const struct tern_conn *c);         /* with backoff */
uint32_t ts_now(const struct tern_conn *c);         /* our timestamp clock, RFC 7323 5.4: milliseconds */

/* ---- loss.c ---- */
void loss_dupack(struct tern_conn *c);
void loss_acked(struct tern_conn *c, struct ack_news *n);
void loss_timeout(struct tern_conn *c);
/* RFC 5681 4.1: nothing in flight for longer than an RTO */
static inline bool loss_is_idle(const struct tern_conn *c)
{
    return seq_eq(c->snd.una, c->snd.max) && c->env->now - c->loss.since > c->rtt.rto;
}
void loss_idle(struct tern_conn *c);
uint32_t loss_window(const struct tern_conn *c); /* bytes that may be in flight */
void loss_sample(const struct tern_conn *c, struct cc_sample *s);
/* Of what ssthresh is a part: FlightSize, or by the setting cwnd. */
static inline uint32_t loss_whole(const struct tern_conn *c, uint32_t flight)
{
    return c->env->set.ssthresh_cwnd ? c->cc.cwnd : flight;
}
void loss_cwnd_event(struct tern_conn *c, enum tern_rule rule);

/* ---- ecn.c ---- */
void ecn_syn_in(struct tern_conn *c, const struct tcp_seg *seg);       /* a SYN or SYN,ACK came, before the state moves */
bool ecn_syn_again(struct tern_conn *c, const struct tcp_seg *seg);    /* the SYN again; false: it contradicts the first (RST) */
void ecn_syn_out(struct tern_conn *c, struct wire_tcp *h, bool again); /* |h| is our SYN or SYN,ACK */
/* Where ECN was agreed on, in either manner: */
void ecn_new_data(struct tern_conn *c, struct wire_tcp *h); /* |h| carries data for the first time */
/* Something else than new data leaves, which RFC 3168 wants |bare| of ECT. */
void ecn_other(struct tern_conn *c, bool bare);
void ecn_data_in(struct tern_conn *c, const struct tcp_seg *seg); /* an acceptable segment */
void ecn_ack_in(struct tern_conn *c, const struct wire_tcp *h);   /* RFC 3168: before its acknowledgement is taken up */
void ecn_reduced(struct tern_conn *c);                            /* the window, for a loss */
void ecn_ack_begins(struct tern_conn *c, const struct wire_tcp *h);
void ecn_respond(struct tern_conn *c); /* the peer tells of marks */
/* Does congestion control hear of each mark by cc_sample.ce? */
static inline bool ecn_exact(const struct tern_conn *c)
{
    return c->cc.ops->every_ce || (c->cc.ops->exact_ce && has2(c, F2_ACCECN));
}

/* ---- accecn.c, accecn_option.c: where AccECN was agreed on (F2_ACCECN) ---- */
bool accecn_begin(struct tern_conn *c, uint8_t came); /* it is; |came|: the ECN field of the peer's SYN. False: no memory */
uint16_t accecn_ace(uint32_t cep);                    /* the counter, as flags */
uint16_t accecn_tells(uint8_t came);                  /* the flags that tell of the ECN field of a SYN or SYN,ACK */
void accecn_no_ect(struct tern_conn *c, enum tern_rule why);
void accecn_syn_ack_in(struct tern_conn *c, const struct tcp_seg *seg);
void accecn_syn_ack_again(struct tern_conn *c, const struct tcp_seg *seg);
void accecn_established(struct tern_conn *c);
void accecn_count(struct tcp_accecn *a, unsigned ecn, uint32_t len);
void accecn_in(struct tern_conn *c, const struct tcp_seg *seg);
void accecn_out(struct tern_conn *c, struct wire_tcp *h); /* |h| is no SYN */
void accecn_pure_ack(struct tern_conn *c, struct wire_tcp *h);
/* An acknowledgement is about to be taken up that delivers |acked| bytes (3.2.2.5.2: newlyAckedB). */
void accecn_ack_in(struct tern_conn *c, const struct wire_tcp *h, uint32_t acked);
/* The option that goes along now, in |room| bytes: how long it is with its padding. 0: none. */
uint32_t accecn_option(const struct tern_conn *c, uint32_t room, struct wire_tcp_options *o);
void accecn_option_sent(struct tern_conn *c);
void accecn_sent_again(struct tern_conn *c, seq32 at);
void accecn_came_again(struct tern_conn *c, seq32 at);
void accecn_first_option(struct tern_conn *c, const struct wire_tcp *h);
/* By how much the peer's byte counters have grown. False: no option tells. */
bool accecn_option_in(struct tern_conn *c, const struct wire_tcp *h, uint32_t grown[ACCECN_N]);
/* 3.2.2.1: the ACK that tells of the SYN,ACK's ECN field goes before any data. */
static inline bool accecn_ack_first(const struct tern_conn *c)
{
    return has2(c, F2_ACCECN) && c->more->acc.answer && has(c, F_ACK_NOW) && synchronized(c);
}

/* ---- stats.c: nothing happens without option STATISTICS ---- */
void stats_in(struct tern_conn *c, const struct wire_tcp *h, uint16_t gso);
void stats_out(struct tern_conn *c, const struct tern_pkt *pkt, bool again); /* |again|: of what was sent before */
void stats_out_of_order(struct tern_conn *c);
void stats_acked(struct tern_conn *c, uint32_t numbers);
void stats_syn_acked(struct tern_conn *c);
void stats_phase(struct tern_conn *c); /* what the sender waits for may have changed */
void stats_status(const struct tern_conn *c, struct tern_status *out);

/* ---- timer.c: no other file arms a timer ---- */
void timer_sent(struct tern_conn *c);                                        /* something that takes a number left */
enum tern_timer timer_rtx_kind(const struct tern_conn *c);                   /* what SLOT_RTX is */
void timer_again(struct tern_conn *c);                                       /* the first that is out left once more */
void timer_recovery(struct tern_conn *c, struct tcp_flight *f, tern_ns rtt); /* what is lost may be known otherwise, or when */
void timer_acked(struct tern_conn *c);                                       /* SND.UNA moved */
void timer_persist(struct tern_conn *c); /* there is data that the window forbids, and nothing in flight */
void timer_persist_stop(struct tern_conn *c, enum tern_rule why);
void timer_memory(struct tern_conn *c); /* SEND found no memory: where nothing is queued no acknowledgement brings any */
void timer_delack(struct tern_conn *c);
void timer_sack(struct tern_conn *c); /* sooner: setting sack_delay */
void timer_delack_stop(struct tern_conn *c);
void timer_heard(struct tern_conn *c);     /* a segment came from the peer */
void timer_keepalive(struct tern_conn *c); /* its options changed, or the connection was established */
void timer_orphan(struct tern_conn *c);    /* the application has gone */
void timer_stop_all(struct tern_conn *c);

/* ---- flight.c ---- */
/* NULL: nothing is in flight, or there was no memory. */
static inline struct tcp_flight *flight_of(const struct tern_conn *c)
{
    struct tcp_flight *f = c->sender ? c->sender->flight : NULL;
    return f && f->on ? f : NULL;
}
/* The scoreboard decides what is lost: the peer speaks SACK (RFC 8985 4), and there is a flight. */
static inline struct tcp_flight *flight_sack(const struct tern_conn *c)
{
    return has(c, F_SACK) || !RULE(RFC 8985 4) ? flight_of(c) : NULL;
}
/* Bytes in flight: RFC 6675's pipe, or without a scoreboard what is unacknowledged. */
static inline uint32_t flight_pipe(const struct tern_conn *c)
{
    const struct tcp_flight *f = flight_sack(c);
    uint32_t out = seq_diff(c->snd.max, c->snd.una);
    return f ? sent_pipe(&f->map, out) : out;
}
/* What of the congestion window goes for bytes that are not in the network any more: sacked, lost and not sent again. */
static inline int64_t flight_gone(const struct tcp_flight *f) { return (int64_t)f->map.sacked + f->map.lost - f->map.rtx; }
/* Is there something to be sent again, or a probe? */
static inline bool flight_waits(const struct tern_conn *c)
{
    const struct tcp_flight *f = flight_sack(c);
    return f && (f->tail_due || (f->map.lost && !f->hold && sent_lost(&f->map)));
}

/* ---- undo.c ---- */
/* The window was reduced for another reason: what was before it is not to come back. */
static inline void undo_over(struct tern_conn *c)
{
    if (c->sender) c->sender->undo.on = false;
}

/* ---- pacing.c ---- */
/* Is the connection paced now, if it has a rate? */
static inline bool pacing_on(const struct tern_conn *c)
{
    uint64_t mode = c->env->set.pacing;
    return (mode && c->cc.ops->paces) || mode == PACING_ALWAYS ||
           (mode == PACING_QUEUE && c->sender && c->sender->pacing.queued) || (c->more && c->more->pacing_most);
}
/* Is it too early for data? */
static inline bool pacing_holds(struct tern_conn *c)
{
    if (!c->sender) return false;
    if (c->sender->pacing.waits) pacing_due(c);
    return c->sender->pacing.next > c->env->now && pacing_early(c);
}

/* ---- mtu_probe.c ---- */
/* Is the path's MTU searched for? Those that follow, but the first two, only then. */
static inline bool searching(const struct tern_conn *c) { return c->more && c->more->mtu.on; }
void mtu_established(struct tern_conn *c);
void mtu_black_hole(struct tern_conn *c); /* timeouts in a row: is what we send too long? */
/* The length of a probe that may leave now as new data; 0: none. |*wait|: soon, when |usable| is large enough. */
uint32_t mtu_probe_len(struct tern_conn *c, uint32_t usable, bool *wait);
void mtu_probe_sent(struct tern_conn *c, seq32 at, uint32_t len);
void mtu_acked(struct tern_conn *c); /* SND.UNA moved */
/* |lost| bytes are found lost. True: it is the probe alone. */
bool mtu_lost(struct tern_conn *c, uint32_t lost);
void mtu_timeout(struct tern_conn *c);
void mtu_again(struct tern_conn *c, seq32 at, seq32 end); /* [at, end) leaves once more */
/* ICMP: a packet with number |at| was longer than |mtu|. True: it was the probe. */
bool mtu_too_big(struct tern_conn *c, seq32 at, uint32_t mtu);
void mtu_lowered(struct tern_conn *c); /* by ICMP */

/* ---- output.c, options.c ---- */
uint32_t mss_now(const struct tern_conn *c); /* effective send MSS: payload of a full segment with the options it carries now */
/* Without SACK blocks: what cc reckons with. */
static inline uint32_t mss_plain(const struct tern_conn *c) { return c->mss_eff; }
static inline uint32_t conn_initial_window(const struct tern_conn *c) { return cc_initial_window(&c->env->cc_set, mss_plain(c)); }
void output_options(struct tern_conn *c, struct wire_tcp *h);
/* The application waits for room in the send buffer: a word to the trace if that leaves the windows unused. */
void output_wants_room(struct tern_conn *c);

#endif
