/* TCP_INFO. */
#include <linux/tcp.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(before_and_beside_a_connection),
        CASE(a_transfer_is_counted),
        CASE(what_is_sent_again_is_counted_and_the_end_is_a_state),
        CASE(a_wait_of_hours_is_told),
    };
    return RUN(tests);
}
