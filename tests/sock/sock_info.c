/* struct tcp_info, as getsockopt(TCP_INFO) gives it. */
#include "cases.h"

static struct tcp_info info_of(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0xee, sizeof info);
    MUST(s_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
    MUST(len >= 104); /* what it was when it began */
    return info;
}

enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN };

CASE(info_states, "tcp_info: the state of each")
{
    struct pair p = pair_new();
    int connecting = tcp_nonblock(CLIENT);
    struct at at = silent_at(80);
    IS(info_of(tcp_new(CLIENT)).tcpi_state, CLOSE);
    IS(info_of(p.l).tcpi_state, LISTEN);
    IS(info_of(p.c).tcpi_state, ESTABLISHED);
    IS(info_of(p.s).tcpi_state, ESTABLISHED);
    FAILS(s_connect(connecting, SA(at), at.len), EINPROGRESS);
    IS(info_of(connecting).tcpi_state, SYN_SENT);
}

CASE(info_closing, "tcp_info: half closed, and reset")
{
    struct pair p = pair_new();
    OK(s_shutdown(p.c, SHUT_WR));
    MUST(await(p.s, POLLIN));
    IS(info_of(p.s).tcpi_state, CLOSE_WAIT);
    MUST(await_acked(p.c));
    IS(info_of(p.c).tcpi_state, FIN_WAIT2);
    reset_by(p.c, p.s);
    IS(info_of(p.s).tcpi_state, CLOSE);
}

CASE(info_options, "tcp_info: timestamps, SACK and window scaling were agreed on")
{
    struct pair p = pair_new();
    struct tcp_info i = info_of(p.c);
    IS(i.tcpi_options & 7, 1 | 2 | 4);
    AT_LEAST(i.tcpi_snd_wscale, 1);
    AT_LEAST(i.tcpi_rcv_wscale, 1);
}

CASE(info_figures, "tcp_info: what was sent, acknowledged and received")
{
    struct pair p = pair_new();
    arrive(&p, bytes(5000), 5000);
    MUST(await_acked(p.c));
    struct tcp_info c = info_of(p.c), s = info_of(p.s);
    IS(c.tcpi_bytes_acked, 5001); /* the SYN counts */
    IS(s.tcpi_bytes_received, 5000);
    IS(c.tcpi_bytes_sent, 5000);
    IS(c.tcpi_bytes_retrans, 0);
    IS(c.tcpi_unacked, 0);
    IS(c.tcpi_retrans, 0);
    IS(c.tcpi_total_retrans, 0);
    IS(c.tcpi_notsent_bytes, 0);
    AT_LEAST(c.tcpi_data_segs_out, 1);
    AT_LEAST(s.tcpi_data_segs_in, 1);
    AT_LEAST(c.tcpi_segs_out, 3);
    IS(c.tcpi_delivered > 1, true);
}

CASE(info_basics, "tcp_info: MSS, MTU, windows, timers")
{
    struct pair p = pair_new();
    struct tcp_info i = info_of(p.c);
    IS(i.tcpi_snd_mss, 1448);
    IS(i.tcpi_advmss, 1448);
    IS(i.tcpi_pmtu, 1500);
    IS(i.tcpi_ca_state, 0);
    IS(i.tcpi_snd_cwnd, 10);
    IS(i.tcpi_snd_ssthresh, 0x7fffffff);
    AT_LEAST(i.tcpi_rto, 200000);
    IS(i.tcpi_reordering, 3);
    IS(i.tcpi_backoff, 0);
    IS(i.tcpi_probes, 0);
}

CASE(info_fresh, "tcp_info of a socket that was never connected")
{
    struct tcp_info i = info_of(tcp_new(CLIENT));
    IS(i.tcpi_state, CLOSE);
    IS(i.tcpi_rto, 1000000);
    IS(i.tcpi_rtt, 0);
    IS(i.tcpi_snd_cwnd, 10);
}

CASE(info_cut, "tcp_info into less room gives its beginning")
{
    struct pair p = pair_new();
    unsigned char room[16];
    socklen_t len = 8;
    memset(room, 0xee, sizeof room);
    OK(s_getsockopt(p.c, IPPROTO_TCP, TCP_INFO, room, &len));
    IS(len, 8);
    IS(room[0], ESTABLISHED);
    IS(room[8], 0xee);
    FAILS(s_setsockopt(p.c, IPPROTO_TCP, TCP_INFO, room, 8), ENOPROTOOPT);
}

CASE(info_unacked, "tcp_info: what nobody takes is unacknowledged or unsent")
{
    struct pair p = pair_new();
    fill(p.c);
    AT_LEAST(info_of(p.c).tcpi_notsent_bytes, 1);
}
