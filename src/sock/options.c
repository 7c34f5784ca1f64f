/* getsockopt(), setsockopt(): one table of options. doc/options.md is made from it. */
#include "options.h"

#include <linux/tcp.h>
#include <tern/sock.h>

/* The places of a row. Each macro makes the names' text itself: handed on, a name would have become its number. */
#define AS(l_, n_, l, n, text_, g, s)                                                                                            \
    .info = {.level = l_, .name = n_, .text = text_, .level_n = l, .name_n = n, .get = g, .set = s}
#define ROW(l, n, text_, g, s) AS(#l, #n, l, n, text_, g, s)
#define FLAG(l, n, flag, text_)                                                                                                  \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, true, true), .get = get_flag, .set = set_flag, .arg = flag                                       \
    }
#define CORE(l, n, opt, min_, max_, unit_, text_)                                                                                \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, true, true), .get = get_core, .set = set_core, .arg = TERN_OPT_##opt, .min = min_, .max = max_,  \
                                             .unit = unit_                                                                       \
    }
#define BOOL(l, n, opt, text_)                                                                                                   \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, true, true), .get = get_core, .set = set_core, .arg = TERN_OPT_##opt, .unit = 1                  \
    }
#define OWN(l, n, g, s, arg_, text_)                                                                                             \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, true, true), .get = g, .set = s, .arg = arg_                                                     \
    }
#define READ(l, n, g, text_)                                                                                                     \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, true, false), .get = g                                                                           \
    }
#define WRITE(l, n, s, text_)                                                                                                    \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, false, true), .set = s                                                                           \
    }
#define NONE(l, n, text_)                                                                                                        \
    {                                                                                                                            \
        AS(#l, #n, l, n, text_, false, false)                                                                                    \
    }

/* What SOL_TCP, SOL_IP, SOL_IPV6 are to the C library. */
#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static const struct option table[] = {
    FLAG(SOL_SOCKET, SO_REUSEADDR, S_REUSEADDR, "bind() beside sockets that say the same and do not listen, TIME-WAIT included"),
    FLAG(SOL_SOCKET, SO_REUSEPORT, S_REUSEPORT, "several listeners at one place; the pair's hash decides which one gets a SYN"),
    BOOL(SOL_SOCKET, SO_KEEPALIVE, KEEPALIVE, "probe an idle peer"),
    OWN(SOL_SOCKET, SO_LINGER, get_linger, set_linger, 0, "close() waits for the data to be acknowledged; 0 seconds: it resets"),
    OWN(SOL_SOCKET, SO_RCVBUF, get_buffer, set_buffer, TERN_OPT_RECEIVE_BUFFER,
        "told doubled, as Linux does; the window is what was asked for (with the setting receive_overhead, what that leaves of "
        "what is told). Without a call: twice the stack's receive_buffer"),
    OWN(SOL_SOCKET, SO_SNDBUF, get_buffer, set_buffer, TERN_OPT_SEND_BUFFER,
        "told doubled, as Linux does; data bytes up to what was asked for (with the setting send_whole up to what is told, costs "
        "included, as in Linux). Without a call: twice the stack's send_buffer (with send_whole: that)"),
    OWN(SOL_SOCKET, SO_RCVTIMEO, get_timeout, set_timeout, 0, "how long receiving and accept() wait"),
    OWN(SOL_SOCKET, SO_SNDTIMEO, get_timeout, set_timeout, 1, "how long sending and connect() wait"),
    OWN(SOL_SOCKET, SO_RCVLOWAT, get_lowat, set_lowat, 0, "bytes for which receiving and poll() wait"),
    READ(SOL_SOCKET, SO_SNDLOWAT, get_fact, "1"),
    READ(SOL_SOCKET, SO_ERROR, get_error, "the pending error, which is taken by this"),
    READ(SOL_SOCKET, SO_TYPE, get_fact, "SOCK_STREAM"),
    READ(SOL_SOCKET, SO_DOMAIN, get_fact, "AF_INET or AF_INET6"),
    READ(SOL_SOCKET, SO_PROTOCOL, get_fact, "IPPROTO_TCP"),
    READ(SOL_SOCKET, SO_ACCEPTCONN, get_fact, "1: listening"),
    FLAG(SOL_SOCKET, SO_OOBINLINE, S_OOBINLINE, "the urgent byte stays in the stream; off by default"),
    CORE(SOL_SOCKET, SO_MARK, MARK, INT32_MIN, INT32_MAX, 1,
         "number that goes with each packet to the link; no privilege is needed"),
    CORE(SOL_SOCKET, SO_PRIORITY, PRIORITY, INT32_MIN, INT32_MAX, 1, "number that goes with each packet to the link"),
    OWN(SOL_SOCKET, SO_MAX_PACING_RATE, get_pacing, set_pacing, 0,
        "bytes a second at most, in 32 or 64 bits; all bits set: no limit"),
    {ROW(SOL_SOCKET, SO_ZEROCOPY,
         "allow MSG_ZEROCOPY. The bytes are copied, and the notification says so, as Linux's does where it has to copy", true,
         true),
     .get = get_flag, .set = set_flag, .arg = S_ZEROCOPY, .max = 1},
    OWN(SOL_SOCKET, SO_TIMESTAMPING, get_timestamping, set_timestamping, 0,
        "software timestamps of what was sent (scheduled, sent, acknowledged) in the error queue, of what came by recvmsg(): the "
        "last "
        "arrival's. There is no hardware, the packet itself is not given back (MSG_TRUNC), OPT_STATS is EINVAL"),
    OWN(SOL_SOCKET, SO_TIMESTAMP, get_flag, set_stamp, S_STAMP, "when the last data came, by recvmsg()"),
    OWN(SOL_SOCKET, SO_TIMESTAMPNS, get_flag, set_stamp, S_STAMP_NS, "the same in nanoseconds"),
    NONE(SOL_SOCKET, SO_BINDTODEVICE, "a stack's interfaces have no names"),
    NONE(SOL_SOCKET, SO_INCOMING_CPU, "a stack belongs to one thread"),

    BOOL(SOL_TCP, TCP_NODELAY, NODELAY, "Nagle's algorithm off"),
    OWN(SOL_TCP, TCP_MAXSEG, get_mss, set_mss, 0, "88 to 32767; after the SYN EINVAL, where Linux takes it and does nothing"),
    BOOL(SOL_TCP, TCP_CORK, CORK, "no small segment until it is off again, or 200 ms have passed"),
    CORE(SOL_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE, 1, 32767, 1000, "seconds of silence before the first probe"),
    CORE(SOL_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL, 1, 32767, 1000, "seconds between probes"),
    CORE(SOL_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT, 1, 127, 1, "unanswered probes"),
    {ROW(SOL_TCP, TCP_SYNCNT, "SYNs sent again before connect() fails; without a call what fits into the setting r2_syn", true,
         true),
     .get = get_syncnt, .set = set_core, .arg = TERN_OPT_SYN_RETRIES, .min = 1, .max = 127, .unit = 1},
    OWN(SOL_TCP, TCP_LINGER2, get_linger2, set_linger2, 0, "seconds of FIN-WAIT-2 after close(); below 0: none"),
    {ROW(SOL_TCP, TCP_DEFER_ACCEPT, "seconds for which a listener waits for data; rounded up to 1, 3, 7, 15 ... as by Linux",
         true, true),
     .get = get_core, .set = set_defer, .arg = TERN_OPT_DEFER_ACCEPT, .unit = 1000},
    BOOL(SOL_TCP, TCP_QUICKACK, QUICKACK, "acknowledge at once for a while; data sent in answer ends it"),
    {ROW(SOL_TCP, TCP_WINDOW_CLAMP, "largest window offered, at least 1152", true, true), .get = get_core, .set = set_clamp,
     .arg = TERN_OPT_WINDOW_CLAMP, .unit = 1},
    CORE(SOL_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT, 0, 86400000, 1,
         "milliseconds that sent data may stay unacknowledged, up to a day"),
    READ(SOL_TCP, TCP_INFO, get_info, "struct tcp_info; see below where its members differ from Linux's"),
    OWN(SOL_TCP, TCP_CONGESTION, get_cc, set_cc, 0,
        "cubic, reno (tern's newreno), bbr (version 3), dctcp, fixed (for experiments); another: ENOENT"),
    {ROW(SOL_TCP, TCP_NOTSENT_LOWAT, "bytes not yet sent: from so many on the socket is not writable", true, true),
     .get = get_lowat_unsent, .set = set_core, .arg = TERN_OPT_NOTSENT_LOWAT, .min = INT32_MIN, .max = INT32_MAX, .unit = 1},
    {ROW(SOL_TCP, TCP_INQ, "control message TCP_CM_INQ: bytes left after a recvmsg()", true, true), .get = get_flag,
     .set = set_flag, .arg = S_INQ, .max = 1},
    OWN(SOL_TCP, TCP_FASTOPEN, get_fo_queue, set_fo_queue, 0, "a listener's Fast Open: how many connections may be pending"),
    OWN(SOL_TCP, TCP_FASTOPEN_CONNECT, get_fo_connect, set_fo_connect, 0,
        "connect() puts the SYN off until the first data, when there is a cookie"),
    OWN(SOL_TCP, TCP_FASTOPEN_KEY, get_fo_key, set_fo_key, 0,
        "keys of the listener's cookies: 16 bytes, or 32 with a second key"),
    OWN(SOL_TCP, TCP_TIMESTAMP, get_timestamp, set_timestamp, 0,
        "the timestamp clock now; to set it TCP_REPAIR is needed: EPERM"),
    CORE(SOL_TCP, TCP_SAVE_SYN, SAVE_SYN, 0, 1, 1, "keep the headers of the SYN; Linux's 2 (link header, too) is EINVAL"),
    READ(SOL_TCP, TCP_SAVED_SYN, get_saved_syn, "IP and TCP header of the SYN, which is forgotten by this"),
    WRITE(SOL_TCP, TCP_MD5SIG, set_md5, "a key for a peer's address (RFC 2385)"),
    WRITE(SOL_TCP, TCP_MD5SIG_EXT, set_md5, "the same for a prefix of addresses; not for an interface (EINVAL)"),
    WRITE(
        SOL_TCP, TCP_AO_ADD_KEY, set_ao_add,
        "a TCP-AO key for peers (RFC 5925), struct tcp_ao_add of Linux 6.7 (tern/tcp_ao.h, where headers are older): hmac(sha1) "
        "or cmac(aes128), MACs of 12 bytes; not for an interface (EINVAL)"),
    WRITE(SOL_TCP, TCP_AO_DEL_KEY, set_ao_del, "the key goes; EBUSY while it is in use"),
    OWN(SOL_TCP, TCP_AO_INFO, get_ao_info, set_ao_info, 0,
        "the keys in use (to change them is a key rollover), whether peers without a key are heard, whether ICMP is believed, "
        "counters"),
    READ(SOL_TCP, TCP_AO_GET_KEYS, get_ao_keys, "the keys, with what each has verified"),
    NONE(SOL_TCP, TCP_REPAIR, "connections are not moved between machines"),
    NONE(SOL_TCP, TCP_ULP, "nothing stands between the socket and TCP"),

    {ROW(SOL_IP, IP_TOS, "the DSCP; its ECN bits are TCP's own and stay", true, true), .get = get_core, .set = set_tos,
     .arg = TERN_OPT_TOS, .unit = 1, .min = 0, .max = 255},
    OWN(SOL_IP, IP_TTL, get_ttl, set_ttl, 0, "time to live; -1: the default. One for IPv4 and IPv6"),
    READ(SOL_IP, IP_MTU, get_mtu, "the path's MTU; ENOTCONN without a connection"),
    CORE(SOL_IP, IP_MTU_DISCOVER, MTU_DISCOVER, 0, 5, 1, "path MTU discovery"),
    OWN(SOL_IP, IP_RECVERR, get_flag, set_recverr, S_RECVERR,
        "ICMP errors in the error queue, and as errors of the next call. The packet that they are about is not given "
        "(MSG_TRUNC)"),
    FLAG(SOL_IP, IP_FREEBIND, S_FREEBIND, "bind() to an address that is not there"),
    FLAG(SOL_IP, IP_TRANSPARENT, S_TRANSPARENT, "bind() and connect() with an address of somebody else; no privilege is needed"),
    FLAG(SOL_IP, IP_BIND_ADDRESS_NO_PORT, S_NO_PORT, "bind() with port 0 leaves the port to connect() or listen()"),
    OWN(SOL_IPV6, IPV6_UNICAST_HOPS, get_ttl, set_ttl, 0, "hop limit; -1: the default. One for IPv4 and IPv6"),
    {ROW(SOL_IPV6, IPV6_TCLASS, "traffic class, as IP_TOS; -1: 0", true, true), .get = get_core, .set = set_tos,
     .arg = TERN_OPT_TOS, .unit = 1, .min = -1, .max = 255},
    {ROW(SOL_IPV6, IPV6_V6ONLY, "no IPv4 by this socket; before bind()", true, true), .get = get_flag, .set = set_v6only,
     .arg = S_V6ONLY},
    OWN(SOL_IPV6, IPV6_RECVERR, get_flag, set_recverr, S_RECVERR6, "as IP_RECVERR"),
    CORE(SOL_IPV6, IPV6_MTU_DISCOVER, MTU_DISCOVER, 0, 5, 1, "as IP_MTU_DISCOVER; one for both"),
    FLAG(SOL_IPV6, IPV6_FREEBIND, S_FREEBIND, "as IP_FREEBIND; one for both"),
    FLAG(SOL_IPV6, IPV6_TRANSPARENT, S_TRANSPARENT, "as IP_TRANSPARENT; one for both"),
    READ(SOL_IPV6, IPV6_MTU, get_mtu, "the path's MTU; ENOTCONN without a connection. Linux's setting it means datagrams only"),

    {ROW(SOL_TERN, TERN_SO_NO_OPTIONS,
         "1: no TCP options, neither sent nor believed, for peers that stumble on them; before the SYN", true, true),
     .get = get_core, .set = set_core, .arg = TERN_OPT_NO_OPTIONS, .max = 1, .unit = 1},
    {ROW(SOL_TERN, TERN_SO_CONNECT_TIMEOUT, "milliseconds that connect() takes at most, up to a day; 0: the stack's setting",
         true, true),
     .get = get_connect_timeout, .set = set_core, .arg = TERN_OPT_CONNECT_TIMEOUT, .max = 86400000, .unit = 1},
};

enum { ROWS = sizeof table / sizeof table[0] };

const struct sock_option_info *sock_option_info(size_t i) { return i < ROWS ? &table[i].info : NULL; }

static const struct option *find(const struct sock *s, int level, int name)
{
    if (level == SOL_IPV6 && !on(s, S_V6)) return NULL;
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].info.level_n == level && table[i].info.name_n == name) return &table[i];
    return NULL;
}

/* IPv4's options are numbers: where there is not room for all of one that fits into a byte, it is told in a byte. */
static socklen_t room_of(struct sock *s, const struct option *o, socklen_t room)
{
    int v = 0;
    socklen_t all = sizeof v;
    bool few = o->info.level_n == SOL_IP && room > 0 && room < sizeof v;
    return few && o->get(s, o, &v, &all) == 0 && v >= 0 && v <= 255 ? 1 : room;
}

int sock_getsockopt(struct sock *s, int level, int name, void *value, socklen_t *len)
{
    const struct option *o = find(s, level, name);
    socklen_t room;
    if (!len) return -EFAULT;
    memcpy(&room, len, sizeof room); /* it need not be aligned */
    if (room > INT32_MAX) return -EINVAL;
    if (!o && !on(s, S_V6) && level != SOL_SOCKET && level != SOL_TCP && level != SOL_IP) return -EOPNOTSUPP;
    if (!o || !o->get) return -ENOPROTOOPT;
    if (room && !value) return -EFAULT;
    room = room_of(s, o, room);
    int r = o->get(s, o, value, &room);
    memcpy(len, &room, sizeof room);
    return r;
}

int sock_setsockopt(struct sock *s, int level, int name, const void *value, socklen_t len)
{
    const struct option *o = find(s, level, name);
    if (len > INT32_MAX) return -EINVAL;
    if (!o || !o->set) return -ENOPROTOOPT;
    if (len && !value) return -EFAULT;
    return o->set(s, o, value, len);
}

/* ---- numbers in and out ---- */

/* IPv4's options may be given in one byte. */
int option_int(const struct option *o, const void *value, socklen_t len, int *out)
{
    if (len >= sizeof *out) {
        memcpy(out, value, sizeof *out);
        return 0;
    }
    if (o->info.level_n != SOL_IP || !len) return -EINVAL;
    *out = *(const unsigned char *)value;
    return 0;
}

int option_give(void *value, socklen_t *len, const void *from, size_t n)
{
    if (*len > n) *len = (socklen_t)n;
    if (*len) memcpy(value, from, *len);
    return 0;
}

int option_give_int(void *value, socklen_t *len, int v) { return option_give(value, len, &v, sizeof v); }

/* ---- the common kinds ---- */

int get_flag(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    return option_give_int(value, len, on(s, (uint32_t)o->arg));
}

int set_flag(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (o->max && (v < 0 || v > o->max)) return -EINVAL;
    set_on(s, (uint32_t)o->arg, v != 0);
    return 0;
}

int get_core(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    return option_give_int(value, len, (int)(core_get(s, (enum tern_option)o->arg) / o->unit));
}

int set_core(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (o->min == o->max) return core_set(s, (enum tern_option)o->arg, v != 0);
    if (v < o->min || v > o->max) return -EINVAL;
    return core_set(s, (enum tern_option)o->arg, o->min < 0 ? (int64_t)(uint32_t)v : v * o->unit);
}
