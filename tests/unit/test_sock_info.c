/* TCP_INFO. */
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "socks_case.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static char buf[20000];

static struct tcp_info info(struct sock *s)
{
    struct tcp_info i;
    socklen_t len = sizeof i;
    memset(&i, 0xff, sizeof i);
    OK(sock_getsockopt(s, SOL_TCP, TCP_INFO, &i, &len));
    EQ(len, sizeof i);
    return i;
}

TEST(before_and_beside_a_connection)
{
    struct sock *s = socks_new(&p, 0, SOCK_NONBLOCK), *l = socks_listen(&p, 1, 80);
    struct tcp_info i = info(s);
    socklen_t len = 3;
    EQ(i.tcpi_state, 7);
    EQ(i.tcpi_rto, 1000000);
    EQ(i.tcpi_snd_mss, 536);
    EQ(i.tcpi_snd_cwnd, 10);
    EQ(i.tcpi_snd_ssthresh, 0x7fffffff);
    EQ(i.tcpi_min_rtt, UINT32_MAX);
    EQ(socks_connect(s, 1, 80), -EINPROGRESS);
    EQ(info(s).tcpi_state, 2);
    socks_run(&p);
    i = info(l);
    EQ(i.tcpi_state, 10);
    EQ(i.tcpi_unacked, 1);
    EQ(i.tcpi_sacked, 16);
    OK(sock_getsockopt(s, SOL_TCP, TCP_INFO, buf, &len)); /* cut short */
    EQ(len, 3);
    EQ(buf[0], 1);
}

TEST(a_transfer_is_counted)
{
    struct sock *e[2];
    p.delay = 5 * TERN_MS;
    struct sock *l = socks_listen(&p, 1, 80);
    e[0] = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(socks_connect(e[0], 1, 80), -EINPROGRESS);
    socks_pass(&p, TERN_SEC);
    e[1] = socks_accept(l);
    EQ(socks_send(e[0], buf, 14480, 0), 14480);
    struct tcp_info i = info(e[0]);
    EQ(i.tcpi_notsent_bytes, 14480);
    socks_run(&p);
    i = info(e[0]);
    EQ(i.tcpi_unacked, 10);
    EQ(i.tcpi_notsent_bytes, 0);
    socks_pass(&p, TERN_SEC);
    i = info(e[0]);
    EQ(i.tcpi_state, 1);
    EQ(i.tcpi_ca_state, 0);
    EQ(i.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
    EQ(i.tcpi_snd_mss, 1448);
    EQ(i.tcpi_advmss, 1448);
    EQ(i.tcpi_pmtu, 1500);
    EQ(i.tcpi_bytes_acked, 14480 + 1); /* the SYN, as Linux counts */
    EQ(i.tcpi_bytes_sent, 14480);
    EQ(i.tcpi_bytes_retrans, 0);
    EQ(i.tcpi_data_segs_out, 10);
    EQ(i.tcpi_unacked, 0);
    assert_in_range(i.tcpi_rtt, 10000, 20000);
    assert_in_range(i.tcpi_min_rtt, 10000, 10001);
    assert_in_range(i.tcpi_snd_cwnd, 10, 20);
    assert_in_range(i.tcpi_busy_time, 10000, 60000);
    assert_in_range(i.tcpi_last_data_sent, 999, 1001);
    assert_in_range(i.tcpi_delivery_rate, 14480 * 50, 14480 * 110); /* in a round trip of 10 ms and more */
    EQ(i.tcpi_max_pacing_rate, UINT64_MAX);
    assert_in_range(i.tcpi_pacing_rate, 14480 * 50, 14480 * 500);
    i = info(e[1]);
    EQ(i.tcpi_bytes_received, 14480);
    EQ(i.tcpi_data_segs_in, 10);
    EQ(i.tcpi_rcv_mss, 1448);
    assert_in_range(i.tcpi_last_data_recv, 985, 1000);
}

TEST(what_is_sent_again_is_counted_and_the_end_is_a_state)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    p.cut[0] = true;
    EQ(socks_send(e[0], buf, 100, 0), 100);
    socks_pass(&p, 500 * TERN_MS);
    struct tcp_info i = info(e[0]);
    EQ(i.tcpi_total_retrans, 2); /* the tail loss probe, then a timeout, which alone counts as one */
    EQ(i.tcpi_ca_state, 4);
    EQ(i.tcpi_retransmits, 1);
    p.cut[0] = false;
    socks_pass(&p, 5 * TERN_SEC);
    OK(sock_shutdown(e[0], SHUT_WR));
    socks_run(&p);
    EQ(info(e[0]).tcpi_state, 5);
    EQ(info(e[1]).tcpi_state, 8);
    EQ(info(e[1]).tcpi_bytes_received, 101);
    OK(sock_shutdown(e[1], SHUT_WR));
    socks_run(&p);
    EQ(info(e[0]).tcpi_state, 7);
}

TEST(a_wait_of_hours_is_told)
{
    struct sock *e[2];
    socks_pair(&p, e, NULL);
    while (socks_send(e[0], buf, sizeof buf, 0) > 0) socks_run(&p); /* until the window and the buffer are full */
    socks_pass(&p, 5000 * TERN_SEC);
    struct tcp_info i = info(e[0]);
    assert_true(i.tcpi_rwnd_limited > UINT64_C(4990000000));
    assert_true(i.tcpi_busy_time >= i.tcpi_rwnd_limited && i.tcpi_busy_time < UINT64_C(5100000000));
}

/* ---- each member, and the tail that Linux has got since Debian 12's headers ---- */

struct tail {
    uint32_t rcv_wnd, rehash;
    uint16_t total_rto, total_rto_recoveries;
    uint32_t total_rto_time;
    uint32_t received_ce;
    uint32_t delivered_e1, delivered_e0, delivered_ce, received_e1, received_e0, received_ce_bytes;
    uint32_t ecn_mode : 2, opt_seen : 2, fail_mode : 4, options2 : 24;
};
enum { HEAD = 232, WHOLE = HEAD + 48 };
_Static_assert(sizeof(struct tail) == WHOLE - HEAD, "as Linux has it");
struct whole {
    struct tcp_info i;
    struct tail t;
};

static struct whole whole(struct sock *s)
{
    uint8_t raw[WHOLE + 8];
    struct whole w;
    socklen_t len = sizeof raw;
    memset(&w, 0, sizeof w);
    OK(sock_getsockopt(s, SOL_TCP, TCP_INFO, raw, &len));
    EQ(len, WHOLE);
    memcpy(&w.i, raw, HEAD);
    memcpy(&w.t, raw + HEAD, sizeof w.t);
    return w;
}

static bool take_status(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    if (c) *(struct tern_status *)ctx = *st;
    return true;
}

static uint32_t segments(uint32_t bytes, uint32_t mss) { return (bytes + mss - 1) / mss; }

static unsigned options_of(const struct tern_status *s)
{
    return (s->timestamps ? 1u : 0) | (s->sack ? 2u : 0) | (s->wscale_ok ? 4u : 0) | (s->ecn ? 8u : 0) | (s->ecn_seen ? 16u : 0) |
           (s->syn_data ? 32u : 0);
}

/* What the core says, in TCP_INFO's units. Not here: the state, and the sums that count SYN and FIN. */
#define MEMBERS(X)                                                                                                               \
    X(i.tcpi_ca_state, s->recovery)                                                                                              \
    X(i.tcpi_retransmits, s->retransmits)                                                                                        \
    X(i.tcpi_probes, s->probes)                                                                                                  \
    X(i.tcpi_backoff, s->backoff)                                                                                                \
    X(i.tcpi_options, options_of(s))                                                                                             \
    X(i.tcpi_snd_wscale, s->snd_wscale)                                                                                          \
    X(i.tcpi_rcv_wscale, s->rcv_wscale)                                                                                          \
    X(i.tcpi_delivery_rate_app_limited, s->delivery_limited)                                                                     \
    X(i.tcpi_fastopen_client_fail, s->fastopen_fail)                                                                             \
    X(i.tcpi_rto, s->rto / TERN_US)                                                                                              \
    X(i.tcpi_ato, s->delack / TERN_US)                                                                                           \
    X(i.tcpi_snd_mss, s->mss)                                                                                                    \
    X(i.tcpi_rcv_mss, s->rcv_mss)                                                                                                \
    X(i.tcpi_unacked, s->unacked_n)                                                                                              \
    X(i.tcpi_sacked, s->sacked_n)                                                                                                \
    X(i.tcpi_lost, s->lost_n)                                                                                                    \
    X(i.tcpi_retrans, s->again_n)                                                                                                \
    X(i.tcpi_last_data_sent, s->data_out_age / TERN_MS)                                                                          \
    X(i.tcpi_last_data_recv, s->data_in_age / TERN_MS)                                                                           \
    X(i.tcpi_last_ack_recv, s->ack_in_age / TERN_MS)                                                                             \
    X(i.tcpi_pmtu, s->path_mtu)                                                                                                  \
    X(i.tcpi_rcv_ssthresh, s->rcv_wnd_max)                                                                                       \
    X(i.tcpi_rtt, s->rtt / TERN_US)                                                                                              \
    X(i.tcpi_rttvar, s->rttvar / TERN_US)                                                                                        \
    X(i.tcpi_snd_ssthresh, s->ssthresh >= 0x7fffffff ? 0x7fffffff : segments(s->ssthresh, s->mss))                               \
    X(i.tcpi_snd_cwnd, s->cwnd / s->mss)                                                                                         \
    X(i.tcpi_advmss, s->adv_mss - (s->timestamps ? 12 : 0))                                                                      \
    X(i.tcpi_reordering, s->dup_threshold)                                                                                       \
    X(i.tcpi_rcv_rtt, s->rcv_rtt / TERN_US)                                                                                      \
    X(i.tcpi_rcv_space, s->rcv_space)                                                                                            \
    X(i.tcpi_total_retrans, s->again_segs_out)                                                                                   \
    X(i.tcpi_pacing_rate, s->pacing_rate ? s->pacing_rate : UINT64_MAX)                                                          \
    X(i.tcpi_max_pacing_rate, s->pacing_most ? s->pacing_most : UINT64_MAX)                                                      \
    X(i.tcpi_segs_out, s->segs_out)                                                                                              \
    X(i.tcpi_segs_in, s->segs_in)                                                                                                \
    X(i.tcpi_notsent_bytes, s->unsent)                                                                                           \
    X(i.tcpi_min_rtt, s->rtt_min ? s->rtt_min / TERN_US : UINT32_MAX)                                                            \
    X(i.tcpi_data_segs_in, s->data_segs_in)                                                                                      \
    X(i.tcpi_data_segs_out, s->data_segs_out)                                                                                    \
    X(i.tcpi_delivery_rate, s->delivery_rate)                                                                                    \
    X(i.tcpi_busy_time, s->busy / TERN_US)                                                                                       \
    X(i.tcpi_rwnd_limited, s->rwnd_limited / TERN_US)                                                                            \
    X(i.tcpi_sndbuf_limited, s->sndbuf_limited / TERN_US)                                                                        \
    X(i.tcpi_delivered, s->delivered)                                                                                            \
    X(i.tcpi_delivered_ce, s->delivered_ce)                                                                                      \
    X(i.tcpi_bytes_sent, s->bytes_sent)                                                                                          \
    X(i.tcpi_bytes_retrans, s->retransmitted)                                                                                    \
    X(i.tcpi_dsack_dups, s->dsacks_in)                                                                                           \
    X(i.tcpi_reord_seen, s->reordered)                                                                                           \
    X(i.tcpi_rcv_ooopack, s->ooo_segs_in)                                                                                        \
    X(i.tcpi_snd_wnd, s->snd_wnd)                                                                                                \
    X(t.rcv_wnd, s->rcv_wnd)                                                                                                     \
    X(t.received_ce, s->received_ce)                                                                                             \
    X(t.delivered_e1, s->delivered_ecn[2])                                                                                       \
    X(t.delivered_e0, s->delivered_ecn[0])                                                                                       \
    X(t.delivered_ce, s->delivered_ecn[1])                                                                                       \
    X(t.received_e1, s->received_ecn[2])                                                                                         \
    X(t.received_e0, s->received_ecn[0])                                                                                         \
    X(t.received_ce_bytes, s->received_ecn[1])                                                                                   \
    X(t.ecn_mode, !s->ecn ? 0 : s->accecn ? 2 : 1)
/* doc/options.md says of each that it is 0. */
#define NEVER(X)                                                                                                                 \
    X(i.tcpi_fackets)                                                                                                            \
    X(i.tcpi_last_ack_sent)                                                                                                      \
    X(t.rehash)                                                                                                                  \
    X(t.total_rto)                                                                                                               \
    X(t.total_rto_recoveries)                                                                                                    \
    X(t.total_rto_time)                                                                                                          \
    X(t.opt_seen)                                                                                                                \
    X(t.fail_mode)                                                                                                               \
    X(t.options2)

static const char *const members[] = {
#define X(member, value) #member,
    MEMBERS(X)
#undef X
};
enum { MEMBER_N = sizeof members / sizeof members[0] };
static bool moved[MEMBER_N]; /* it was above 0 in one of the situations */

static void same_at(struct sock *sock, int host)
{
    struct whole w = whole(sock);
    struct tern_status st, *s = &st;
    size_t k = 0;
    memset(&st, 0, sizeof st);
    tern_stack_each(p.stack[host], take_status, &st);
#define X(member, value)                                                                                                         \
    if ((uint64_t)w.member != (uint64_t)(value))                                                                                 \
        fail_msg("%s is %llu, not %llu", #member, (unsigned long long)w.member, (unsigned long long)(value));                    \
    moved[k++] |= (uint64_t)w.member > 0;
    MEMBERS(X)
#undef X
#define X(member) EQ(w.member, 0);
    NEVER(X)
#undef X
}

static struct sock *ends[2];
static void same(void) { same_at(ends[0], 0), same_at(ends[1], 1); }
/* For |n| times a millisecond. */
static void follow(unsigned n)
{
    while (n--) {
        same();
        socks_pass(&p, TERN_MS);
    }
    same();
}

static void begin_with(const struct tern_settings *set, bool fast_open)
{
    socks_stop(&p);
    socks_start(&p, set);
    p.delay = 5 * TERN_MS;
    struct sock *l = socks_listen(&p, 1, 80);
    ends[0] = socks_new(&p, 0, SOCK_NONBLOCK);
    if (fast_open) OK(socks_set(ends[0], SOL_TCP, TCP_FASTOPEN_CONNECT, 1));
    EQ(socks_connect(ends[0], 1, 80), -EINPROGRESS); /* there is no cookie */
    socks_pass(&p, 20 * TERN_MS);
    ends[1] = socks_accept(l);
    assert_non_null(ends[1]);
    socks_close(l);
}

static struct socks_packet *on_way(int to, size_t k) { return &p.queue[to][(p.first[to] + k) % SOCKS_QUEUE]; }

static void lose(int to, size_t k)
{
    free(on_way(to, k)->bytes);
    for (; k + 1 < p.queue_n[to]; k++) *on_way(to, k) = *on_way(to, k + 1);
    p.queue_n[to]--;
}

/* The others overtake it, by two milliseconds. */
static void delay(int to, size_t k)
{
    struct socks_packet x = *on_way(to, k);
    for (; k + 1 < p.queue_n[to]; k++) *on_way(to, k) = *on_way(to, k + 1);
    x.at = on_way(to, k)->at + 2 * TERN_MS;
    *on_way(to, k) = x;
}

static uint32_t wrote[4], wrote_bytes[4]; /* with each field: packets; bytes of data */

static void write_field(int to, size_t k, unsigned field)
{
    uint8_t *b = on_way(to, k)->bytes;
    wrote[field]++;
    wrote_bytes[field] += on_way(to, k)->len - 20 - (b[32] >> 4) * 4u;
    uint32_t sum = 0;
    b[1] = (uint8_t)((b[1] & 0xfc) | field);
    b[10] = b[11] = 0;
    for (int n = 0; n < 20; n += 2) sum += (uint32_t)b[n] << 8 | b[n + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16)) & 0xffff;
    b[10] = (uint8_t)(sum >> 8), b[11] = (uint8_t)sum;
}

static void read_all(void)
{
    while (socks_recv(ends[1], buf, sizeof buf, 0) > 0) {
    }
}

/* Segments that are lost, late, and twice; a rate that the application sets. */
static void a_bad_path(void)
{
    begin_with(NULL, false);
    OK(socks_set(ends[0], SOL_SOCKET, SO_MAX_PACING_RATE, 100000000));
    EQ(socks_send(ends[0], buf, 14480, 0), 14480);
    socks_run(&p);
    lose(1, 3);
    lose(1, 3);
    follow(40);
    read_all();
    for (int round = 0; round < 3; round++) {
        EQ(socks_send(ends[0], buf, 14480, 0), 14480);
        socks_run(&p);
        delay(1, 0);
        follow(30);
        read_all();
    }
    begin_with(NULL, false);
    EQ(socks_send(ends[0], buf, 1000, 0), 1000);
    socks_run(&p);
    struct socks_packet again = *on_way(1, p.queue_n[1] - 1);
    uint8_t *copy = malloc(again.len);
    assert_non_null(copy);
    memcpy(copy, again.bytes, again.len);
    follow(20);
    socks_inject(&p, 1, copy, again.len);
    free(copy);
    follow(60);
}

/* Nothing gets through; then a reader that does not read, and a small buffer. */
static void waiting(void)
{
    begin_with(NULL, false);
    p.cut[0] = true;
    EQ(socks_send(ends[0], buf, 5000, 0), 5000);
    for (int n = 0; n < 20; n++) same(), socks_pass(&p, 100 * TERN_MS);
    p.cut[0] = false;
    socks_pass(&p, 5 * TERN_SEC);
    same();
    begin_with(NULL, false);
    OK(socks_set(ends[0], SOL_SOCKET, SO_SNDBUF, 8192));
    for (int n = 0; n < 100; n++) {
        while (socks_send(ends[0], buf, 2000, 0) > 0) socks_run(&p);
        follow(4);
        if (n < 30) read_all();
    }
    socks_pass(&p, 10 * TERN_SEC);
    same();
}

static void with_ecn(unsigned mode)
{
    struct tern_settings set;
    tern_settings_default(&set);
    OK(tern_settings_set(&set, "ecn", mode));
    begin_with(&set, false);
    unsigned turn = 0;
    memset(wrote, 0, sizeof wrote), memset(wrote_bytes, 0, sizeof wrote_bytes);
    for (int round = 0; round < 9; round++) {
        EQ(socks_send(ends[0], buf, 5792, 0), 5792);
        socks_run(&p);
        for (size_t k = 0; k < p.queue_n[1]; k++) write_field(1, k, turn++ % 3 + 1);
        follow(20);
        read_all();
    }
}

TEST(each_member_is_what_the_core_says)
{
    memset(moved, 0, sizeof moved);
    a_bad_path();
    waiting();
    with_ecn(1);
    with_ecn(3);
    begin_with(NULL, true);
    same();
    for (size_t k = 0; k < MEMBER_N; k++)
        if (!moved[k]) fail_msg("%s was 0 all the time", members[k]);
}

/* What is known otherwise: how many packets the path marked, and what windows stood in the segments. */
TEST(the_tail_tells_of_marks_and_of_the_window)
{
    with_ecn(3);
    struct whole a = whole(ends[0]), b = whole(ends[1]);
    EQ(b.t.ecn_mode, 2);
    assert_true(wrote[1] > 2 && wrote[2] > 2 && wrote[3] > 4);
    EQ(b.t.received_ce, wrote[3]);
    EQ(a.i.tcpi_delivered_ce, wrote[3]);
    EQ(b.t.received_ce_bytes, wrote_bytes[3]);
    EQ(b.t.received_e1, wrote_bytes[1]);
    EQ(b.t.received_e0, 9 * 5792 - wrote_bytes[1] - wrote_bytes[3]); /* as the others left */
    EQ(a.t.delivered_ce, wrote_bytes[3]);
    EQ(a.t.delivered_e1, wrote_bytes[1]);
    EQ(a.t.delivered_e0, b.t.received_e0);
    EQ(a.t.received_ce + a.t.received_ce_bytes + a.t.received_e1 + a.t.received_e0, 0);
    EQ(b.t.delivered_ce + b.t.delivered_e1 + b.t.delivered_e0, 0);
    const uint8_t *tcp = p.last[1] + 20;
    EQ(b.t.rcv_wnd, ((uint32_t)tcp[14] << 8 | tcp[15]) << b.i.tcpi_rcv_wscale);
    EQ(a.i.tcpi_snd_wnd, b.t.rcv_wnd);
    with_ecn(1);
    EQ(whole(ends[1]).t.ecn_mode, 1);
    assert_true(whole(ends[1]).t.received_ce == wrote[3] && whole(ends[1]).t.received_ce_bytes == 0);
    begin_with(NULL, false);
    EQ(whole(ends[1]).t.ecn_mode, 0);
}

/* As long as asked for, and no longer than there is. */
TEST(programs_of_any_age_get_what_they_know)
{
    begin_with(NULL, false);
    struct whole w = whole(ends[0]);
    static const socklen_t lens[] = {1, 104, HEAD, HEAD + 4, HEAD + 8, WHOLE - 4, WHOLE, WHOLE + 100};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        uint8_t raw[WHOLE + 100];
        socklen_t len = lens[i], known = len < WHOLE ? len : WHOLE;
        memset(raw, 0xaa, sizeof raw);
        OK(sock_getsockopt(ends[0], SOL_TCP, TCP_INFO, raw, &len));
        EQ(len, known);
        for (size_t k = known; k < sizeof raw; k++) EQ(raw[k], 0xaa);
        OK(memcmp(raw, &w.i, known < HEAD ? known : HEAD));
        if (known > HEAD) OK(memcmp(raw + HEAD, &w.t, known - HEAD));
    }
    EQ(w.i.tcpi_state, 1);
    assert_true(w.t.rcv_wnd > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(before_and_beside_a_connection),
        CASE(a_transfer_is_counted),
        CASE(what_is_sent_again_is_counted_and_the_end_is_a_state),
        CASE(a_wait_of_hours_is_told),
        CASE(each_member_is_what_the_core_says),
        CASE(the_tail_tells_of_marks_and_of_the_window),
        CASE(programs_of_any_age_get_what_they_know),
    };
    return RUN(tests);
}
