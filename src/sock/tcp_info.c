/* TCP_INFO: what STATUS tells, as Linux's struct tcp_info. */
#include "options.h"

#include <assert.h>
#include <linux/tcp.h>
#include <stddef.h>

enum { LINUX_CLOSE = 7, LINUX_LISTEN = 10, SSTHRESH_NONE = 0x7fffffff, OPT_SYN_DATA = 32, MSS_UNKNOWN = 536 };

/* What struct tcp_info has got since Debian 12's headers: it grows at its end alone. */
enum { OLD_LEN = offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(uint32_t) };
struct tail {
    uint32_t rcv_wnd, rehash;             /* 6.2 */
    uint16_t total_rto, total_recoveries; /* 6.7 */
    uint32_t total_time;                  /* 6.7 */
    uint32_t received_ce;                 /* 6.18, and what follows: packets; bytes */
    uint32_t delivered[3], received[3];   /* ECT(1), ECT(0), CE */
    uint32_t ecn_mode : 2, opt_seen : 2, fail_mode : 4, options2 : 24;
};
static_assert(OLD_LEN == 232 && sizeof(struct tail) == 48, "as Linux has it");

static const struct sock_info_note notes[] = {
    {"tcpi_state", "a connection in TIME-WAIT is TCP_CLOSE, as Linux shows it to its owner"},
    {"tcpi_unacked, tcpi_sacked (listening)", "connections that wait for accept(), and the length of their queue"},
    {"tcpi_unacked, tcpi_sacked, tcpi_lost, tcpi_retrans", "segments, reckoned from bytes and the current segment size"},
    {"tcpi_fackets, tcpi_last_ack_sent", "0, as in Linux today"},
    {"tcpi_rcv_ssthresh", "the window that an empty receive buffer would offer"},
    {"tcpi_rcv_rtt, tcpi_rcv_space", "0 until the application has read for a round trip; then the most that it read in one"},
    {"tcpi_pacing_rate", "where data is not paced, window over round trip; all ones while there is no measurement, as in Linux"},
    {"tcpi_reordering", "duplicate acknowledgements that mean a loss"},
    {"tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_total_rto_time, tcpi_rehash", "0"},
    {"tcpi_received_ce and what follows", "as in Linux 6.18; of its bits only tcpi_ecn_mode is filled"},
    {"tcpi_last_ack_recv", "since any segment came"},
};

const struct sock_info_note *sock_info_note(size_t i) { return i < sizeof notes / sizeof notes[0] ? &notes[i] : NULL; }

static uint8_t state_of(const struct sock *s)
{
    static const uint8_t number[] = {
        [TERN_CLOSED] = LINUX_CLOSE, [TERN_LISTEN] = LINUX_LISTEN, [TERN_SYN_SENT] = 2,   [TERN_SYN_RECEIVED] = 3,
        [TERN_ESTABLISHED] = 1,      [TERN_FIN_WAIT_1] = 4,        [TERN_FIN_WAIT_2] = 5, [TERN_CLOSE_WAIT] = 8,
        [TERN_CLOSING] = 11,         [TERN_LAST_ACK] = 9,          [TERN_TIME_WAIT] = 6,
    };
    return number[sock_state(s)];
}

static uint32_t us(tern_ns t) { return (uint32_t)(t / TERN_US); } /* of a round trip or a timeout: below an hour */
static uint32_t ms(tern_ns t) { return (uint32_t)(t / TERN_MS); }
static uint32_t segments(uint32_t bytes, uint32_t mss) { return mss ? (bytes + mss - 1) / mss : 0; }

static uint8_t options_of(const struct tern_status *st)
{
    return (uint8_t)((st->timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (st->sack ? TCPI_OPT_SACK : 0) |
                     (st->wscale_ok ? TCPI_OPT_WSCALE : 0) | (st->ecn ? TCPI_OPT_ECN : 0) |
                     (st->ecn_seen ? TCPI_OPT_ECN_SEEN : 0) | (st->syn_data ? OPT_SYN_DATA : 0));
}

static void fill_now(const struct tern_status *st, struct tcp_info *i)
{
    i->tcpi_ca_state = (uint8_t)st->recovery;
    i->tcpi_retransmits = (uint8_t)st->retransmits;
    i->tcpi_probes = (uint8_t)st->probes;
    i->tcpi_backoff = (uint8_t)st->backoff;
    i->tcpi_options = options_of(st);
    i->tcpi_snd_wscale = st->snd_wscale & 15u, i->tcpi_rcv_wscale = st->rcv_wscale & 15u;
    i->tcpi_fastopen_client_fail = st->fastopen_fail & 3u;
    i->tcpi_rto = us(st->rto), i->tcpi_ato = us(st->delack);
    i->tcpi_snd_mss = st->mss, i->tcpi_rcv_mss = st->rcv_mss, i->tcpi_advmss = st->adv_mss - (st->timestamps ? 12u : 0);
    i->tcpi_unacked = st->unacked_n, i->tcpi_sacked = st->sacked_n, i->tcpi_lost = st->lost_n, i->tcpi_retrans = st->again_n;
    i->tcpi_pmtu = st->path_mtu;
    i->tcpi_rtt = us(st->rtt), i->tcpi_rttvar = us(st->rttvar), i->tcpi_min_rtt = st->rtt_min ? us(st->rtt_min) : UINT32_MAX;
    i->tcpi_snd_cwnd = st->cwnd > st->mss ? st->cwnd / st->mss : 1; /* whole ones */
    i->tcpi_snd_ssthresh = st->ssthresh >= SSTHRESH_NONE ? SSTHRESH_NONE : segments(st->ssthresh, st->mss);
    i->tcpi_reordering = st->dup_threshold, i->tcpi_reord_seen = st->reordered;
    i->tcpi_rcv_ssthresh = st->rcv_wnd_max;
    i->tcpi_notsent_bytes = st->unsent;
    i->tcpi_snd_wnd = st->snd_wnd;
    i->tcpi_rcv_rtt = us(st->rcv_rtt);
    i->tcpi_rcv_space = st->rcv_space < UINT32_MAX ? (uint32_t)st->rcv_space : UINT32_MAX;
    if (st->pacing_rate) i->tcpi_pacing_rate = st->pacing_rate;
    if (st->pacing_most) i->tcpi_max_pacing_rate = st->pacing_most;
    i->tcpi_delivery_rate = st->delivery_rate;
    i->tcpi_delivery_rate_app_limited = st->delivery_limited & 1u;
}

static void fill_tail(const struct tern_status *st, struct tail *t)
{
    t->rcv_wnd = st->rcv_wnd;
    t->received_ce = st->received_ce;
    for (int i = 0; i < 3; i++) { /* ours are ECT(0), CE, ECT(1), Linux's ECT(1), ECT(0), CE */
        t->delivered[(i + 1) % 3] = st->delivered_ecn[i];
        t->received[(i + 1) % 3] = st->received_ecn[i];
    }
    t->ecn_mode = !st->ecn ? 0u : st->accecn ? 2u : 1u;
}

/* The numbers of SYN and FIN count as bytes, as they do in Linux. */
static void fill_sums(const struct sock *s, const struct tern_status *st, struct tcp_info *i)
{
    bool our_fin = st->state == TERN_FIN_WAIT_2 || st->state == TERN_TIME_WAIT;
    i->tcpi_bytes_acked = st->bytes_acked + (!st->passive && st->state >= TERN_ESTABLISHED) + our_fin;
    i->tcpi_bytes_received = st->bytes_received + on(s, S_DONE);
    i->tcpi_last_data_sent = ms(st->data_out_age), i->tcpi_last_data_recv = ms(st->data_in_age);
    i->tcpi_last_ack_recv = ms(st->ack_in_age);
    i->tcpi_total_retrans = st->again_segs_out;
    i->tcpi_segs_in = st->segs_in, i->tcpi_segs_out = st->segs_out;
    i->tcpi_data_segs_in = st->data_segs_in, i->tcpi_data_segs_out = st->data_segs_out;
    i->tcpi_busy_time = st->busy / TERN_US, i->tcpi_rwnd_limited = st->rwnd_limited / TERN_US;
    i->tcpi_sndbuf_limited = st->sndbuf_limited / TERN_US;
    i->tcpi_delivered = st->delivered, i->tcpi_delivered_ce = st->delivered_ce;
    i->tcpi_bytes_sent = st->bytes_sent, i->tcpi_bytes_retrans = st->retransmitted;
    i->tcpi_dsack_dups = st->dsacks_in, i->tcpi_rcv_ooopack = st->ooo_segs_in;
}

static void fill_without(const struct sock *s, struct tcp_info *i)
{
    const struct tern_settings *set = tern_stack_settings(s->h->stack);
    i->tcpi_rto = us(set->rto_initial);
    i->tcpi_snd_mss = MSS_UNKNOWN;
    i->tcpi_snd_cwnd = (uint32_t)set->initial_window;
    i->tcpi_snd_ssthresh = SSTHRESH_NONE;
    i->tcpi_min_rtt = UINT32_MAX;
    i->tcpi_reordering = 3;
}

int get_info(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    union {
        struct tcp_info now;
        struct {
            uint8_t head[OLD_LEN];
            struct tail tail;
        } more;
    } all;
    struct tcp_info i;
    struct tern_status st;
    (void)o;
    memset(&all, 0, sizeof all);
    memset(&i, 0, sizeof i);
    i.tcpi_state = state_of(s);
    i.tcpi_pacing_rate = i.tcpi_max_pacing_rate = UINT64_MAX;
    if (s->listener) {
        struct tern_listener_info l;
        tern_listener_info(s->listener, &l);
        i.tcpi_unacked = l.accept_n, i.tcpi_sacked = l.backlog - 1;
    } else if (s->conn) {
        tern_conn_status(s->conn, &st);
        fill_now(&st, &i);
        fill_sums(s, &st, &i);
    } else {
        fill_without(s, &i);
    }
    all.now = i;
    if (!s->listener && s->conn) fill_tail(&st, &all.more.tail);
    return option_give(value, len, &all, sizeof all);
}
