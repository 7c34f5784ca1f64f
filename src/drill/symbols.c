/* The table of names. In the order of what they belong to, and searched from the beginning: a script has
 * some dozens of them. */
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <tern/tcp_ao.h>

struct symbol {
    const char *name;
    int64_t number;
};

#define S(name) {#name, name},

/* What means the same in both. */
static const struct symbol common[] = {
    {"NULL", 0},
    /* socket() and its levels */
    S(AF_UNSPEC) S(AF_INET) S(AF_INET6) S(PF_INET) S(PF_INET6) S(SOCK_STREAM) S(SOCK_DGRAM) S(SOCK_RAW) S(SOCK_NONBLOCK)
        S(SOCK_CLOEXEC) S(IPPROTO_IP) S(IPPROTO_ICMP) S(IPPROTO_TCP) S(IPPROTO_UDP) S(IPPROTO_IPV6) S(IPPROTO_ICMPV6)
            S(SOL_SOCKET) S(SOMAXCONN) S(INADDR_ANY) S(INADDR_LOOPBACK)
    /* SOL_SOCKET */
    S(SO_ACCEPTCONN) S(SO_BROADCAST) S(SO_DEBUG) S(SO_DONTROUTE) S(SO_ERROR) S(SO_KEEPALIVE) S(SO_LINGER) S(SO_OOBINLINE)
        S(SO_RCVBUF) S(SO_RCVLOWAT) S(SO_RCVTIMEO) S(SO_REUSEADDR) S(SO_REUSEPORT) S(SO_SNDBUF) S(SO_SNDLOWAT) S(SO_SNDTIMEO)
            S(SO_TIMESTAMP) S(SO_TYPE) S(SO_PROTOCOL) S(SO_DOMAIN)
    /* IP */
    S(IP_TOS) S(IP_TTL) S(IPV6_UNICAST_HOPS) S(IPV6_TCLASS) S(IPV6_V6ONLY) S(IPTOS_LOWDELAY) S(IPTOS_THROUGHPUT)
        S(IPTOS_RELIABILITY) S(IPTOS_MINCOST) S(IPTOS_DSCP_AF11) S(IPTOS_DSCP_AF12) S(IPTOS_DSCP_AF13) S(IPTOS_DSCP_AF21)
            S(IPTOS_DSCP_AF22) S(IPTOS_DSCP_AF23) S(IPTOS_DSCP_AF31) S(IPTOS_DSCP_AF32) S(IPTOS_DSCP_AF33) S(IPTOS_DSCP_AF41)
                S(IPTOS_DSCP_AF42) S(IPTOS_DSCP_AF43) S(IPTOS_DSCP_EF) S(IPTOS_CLASS_CS0) S(IPTOS_CLASS_CS1) S(IPTOS_CLASS_CS2)
                    S(IPTOS_CLASS_CS3) S(IPTOS_CLASS_CS4) S(IPTOS_CLASS_CS5) S(IPTOS_CLASS_CS6)
                        S(IPTOS_CLASS_CS7){"IPTOS_DSCP_CS0", IPTOS_CLASS_CS0},
    {"IPTOS_DSCP_CS1", IPTOS_CLASS_CS1},
    {"IPTOS_DSCP_CS2", IPTOS_CLASS_CS2},
    {"IPTOS_DSCP_CS3", IPTOS_CLASS_CS3},
    {"IPTOS_DSCP_CS4", IPTOS_CLASS_CS4},
    {"IPTOS_DSCP_CS5", IPTOS_CLASS_CS5},
    {"IPTOS_DSCP_CS6", IPTOS_CLASS_CS6},
    {"IPTOS_DSCP_CS7", IPTOS_CLASS_CS7},
    /* TCP */
    S(TCP_NODELAY) S(TCP_MAXSEG) S(TCP_KEEPIDLE) S(TCP_KEEPINTVL) S(TCP_KEEPCNT) S(TCP_INFO) S(TCP_CONGESTION)
        S(TCPI_OPT_TIMESTAMPS) S(TCPI_OPT_SACK) S(TCPI_OPT_WSCALE) S(TCPI_OPT_ECN)
    /* flags of calls */
    S(MSG_CTRUNC) S(MSG_DONTROUTE) S(MSG_DONTWAIT) S(MSG_EOR) S(MSG_NOSIGNAL) S(MSG_OOB) S(MSG_PEEK) S(MSG_TRUNC) S(MSG_WAITALL)
        S(SHUT_RD) S(SHUT_WR) S(SHUT_RDWR) S(O_RDONLY) S(O_WRONLY) S(O_RDWR) S(O_ACCMODE) S(O_APPEND) S(O_ASYNC) S(O_CREAT)
            S(O_EXCL) S(O_NONBLOCK) S(O_SYNC) S(O_TRUNC) S(F_DUPFD) S(F_GETFD) S(F_SETFD) S(F_GETFL) S(F_SETFL) S(F_GETLK)
                S(F_SETLK) S(F_SETLKW) S(F_GETOWN) S(F_SETOWN) S(FIONREAD) S(FIONBIO) S(SIOCATMARK) S(POLLIN) S(POLLPRI)
                    S(POLLOUT) S(POLLRDNORM) S(POLLRDBAND) S(POLLWRNORM) S(POLLWRBAND) S(POLLERR) S(POLLHUP) S(POLLNVAL)};

static const struct symbol linux_only[] = {
    S(SOL_IP) S(SOL_IPV6){"SOL_TCP", IPPROTO_TCP},
    {"SOL_UDP", IPPROTO_UDP},
    S(SO_ATTACH_FILTER) S(SO_BINDTODEVICE) S(SO_BUSY_POLL) S(SO_DETACH_FILTER) S(SO_INCOMING_CPU) S(SO_MARK) S(SO_MAX_PACING_RATE)
        S(SO_NO_CHECK) S(SO_PASSCRED) S(SO_PEEK_OFF) S(SO_PEERCRED) S(SO_PEERSEC) S(SO_PRIORITY) S(SO_RXQ_OVFL) S(SO_TIMESTAMPING)
            S(SO_TIMESTAMPNS) S(SO_ZEROCOPY) S(SCM_TIMESTAMPING) S(SCM_TIMESTAMPING_OPT_STATS) S(SCM_TSTAMP_SND)
                S(SCM_TSTAMP_SCHED) S(SCM_TSTAMP_ACK) S(SO_EE_ORIGIN_NONE) S(SO_EE_ORIGIN_LOCAL) S(SO_EE_ORIGIN_ICMP)
                    S(SO_EE_ORIGIN_ICMP6) S(SO_EE_ORIGIN_TIMESTAMPING) S(SO_EE_ORIGIN_ZEROCOPY) S(SO_EE_CODE_ZEROCOPY_COPIED)
                        S(SOF_TIMESTAMPING_TX_HARDWARE) S(SOF_TIMESTAMPING_TX_SOFTWARE) S(SOF_TIMESTAMPING_RX_HARDWARE)
                            S(SOF_TIMESTAMPING_RX_SOFTWARE) S(SOF_TIMESTAMPING_SOFTWARE) S(SOF_TIMESTAMPING_SYS_HARDWARE)
                                S(SOF_TIMESTAMPING_RAW_HARDWARE) S(SOF_TIMESTAMPING_OPT_ID) S(SOF_TIMESTAMPING_TX_SCHED)
                                    S(SOF_TIMESTAMPING_TX_ACK) S(SOF_TIMESTAMPING_OPT_CMSG) S(SOF_TIMESTAMPING_OPT_TSONLY)
                                        S(SOF_TIMESTAMPING_OPT_STATS){"SOF_TIMESTAMPING_OPT_ID_TCP", 1 << 16},
    S(IP_FREEBIND) S(IP_MTU) S(IP_MTU_DISCOVER) S(IP_RECVERR) S(IP_RECVTOS) S(IP_RECVTTL) S(IP_TRANSPARENT) S(IP_PMTUDISC_DONT)
        S(IP_PMTUDISC_WANT) S(IP_PMTUDISC_DO) S(IP_PMTUDISC_PROBE) S(IP_PMTUDISC_INTERFACE) S(IP_PMTUDISC_OMIT)
            S(IP_BIND_ADDRESS_NO_PORT) S(IPV6_MTU) S(IPV6_MTU_DISCOVER) S(IPV6_RECVERR) S(IPV6_RECVHOPLIMIT) S(IPV6_HOPLIMIT)
                S(IPV6_RECVTCLASS) S(IPV6_PMTUDISC_DONT) S(IPV6_PMTUDISC_WANT) S(IPV6_PMTUDISC_DO) S(IPV6_PMTUDISC_PROBE)
                    S(TCP_CORK) S(TCP_SYNCNT) S(TCP_LINGER2) S(TCP_DEFER_ACCEPT) S(TCP_WINDOW_CLAMP) S(TCP_QUICKACK) S(TCP_MD5SIG)
                        S(TCP_MD5SIG_EXT) S(TCP_AO_ADD_KEY) S(TCP_AO_DEL_KEY) S(TCP_AO_INFO) S(TCP_THIN_LINEAR_TIMEOUTS)
                            S(TCP_USER_TIMEOUT) S(TCP_REPAIR) S(TCP_FASTOPEN) S(TCP_TIMESTAMP) S(TCP_NOTSENT_LOWAT) S(TCP_CC_INFO)
                                S(TCP_SAVE_SYN) S(TCP_SAVED_SYN) S(TCP_FASTOPEN_CONNECT) S(TCP_ULP) S(TCP_FASTOPEN_KEY)
                                    S(TCP_FASTOPEN_NO_COOKIE) S(TCP_ZEROCOPY_RECEIVE) S(TCP_INQ) S(TCP_CM_INQ)
                                        S(TCP_TX_DELAY){"TCP_MAX_WINDOW", 32767},
    S(TCPI_OPT_ECN_SEEN) S(TCPI_OPT_SYN_DATA){"TCPI_OPT_USEC_TS", 64},
    {"TCPI_OPT_TFO_CHILD", 128},
    /* tcpi_state, tcpi_ca_state */
    {"TCP_ESTABLISHED", 1},
    {"TCP_SYN_SENT", 2},
    {"TCP_SYN_RECV", 3},
    {"TCP_FIN_WAIT1", 4},
    {"TCP_FIN_WAIT2", 5},
    {"TCP_TIME_WAIT", 6},
    {"TCP_CLOSE", 7},
    {"TCP_CLOSE_WAIT", 8},
    {"TCP_LAST_ACK", 9},
    {"TCP_LISTEN", 10},
    {"TCP_CLOSING", 11},
    S(TCP_CA_Open) S(TCP_CA_Disorder) S(TCP_CA_CWR) S(TCP_CA_Recovery) S(TCP_CA_Loss)
    /* flags of calls */
    S(MSG_CONFIRM) S(MSG_ERRQUEUE) S(MSG_FASTOPEN) S(MSG_MORE) S(MSG_WAITFORONE) S(MSG_ZEROCOPY) S(MSG_CMSG_CLOEXEC) S(SIOCINQ)
        S(SIOCOUTQ) S(SIOCOUTQNSD) S(POLLRDHUP) S(EPOLLIN) S(EPOLLPRI) S(EPOLLOUT) S(EPOLLRDNORM) S(EPOLLRDBAND) S(EPOLLWRNORM)
            S(EPOLLWRBAND) S(EPOLLMSG) S(EPOLLERR) S(EPOLLHUP) S(EPOLLRDHUP) S(EPOLLEXCLUSIVE) S(EPOLLONESHOT) S(EPOLLET)
                S(EPOLL_CTL_ADD) S(EPOLL_CTL_MOD) S(EPOLL_CTL_DEL) S(EPOLL_CLOEXEC) S(SPLICE_F_MOVE) S(SPLICE_F_NONBLOCK)
                    S(SPLICE_F_MORE) S(SPLICE_F_GIFT)};

static const struct symbol freebsd_only[] = {
    {"TCP_NOOPT", SCRIPT_TCP_NOOPT},
    {"TCP_NOPUSH", SCRIPT_TCP_NOPUSH},
    {"TCP_KEEPINIT", SCRIPT_TCP_KEEPINIT},
    {"TCP_MD5SIG", SCRIPT_TCP_MD5SIG},
    {"TCP_FASTOPEN", SCRIPT_TCP_FASTOPEN},
    {"TCP_FUNCTION_BLK", SCRIPT_TCP_FUNCTION_BLK},
    {"TCP_REMOTE_UDP_ENCAPS_PORT", SCRIPT_TCP_REMOTE_UDP_ENCAPS_PORT},
    {"TCP_RACK_PACE_ALWAYS", SCRIPT_TCP_RACK_PACE_ALWAYS},
    {"TCP_RACK_PACE_MAX_SEG", SCRIPT_TCP_RACK_PACE_MAX_SEG},
    {"TCP_RACK_PACE_RATE_SS", SCRIPT_TCP_RACK_PACE_RATE_SS},
    {"IPV6_USE_MIN_MTU", SCRIPT_IPV6_USE_MIN_MTU},
    {"SO_SETFIB", SCRIPT_SO_SETFIB},
    {"SO_NOSIGPIPE", SCRIPT_SO_NOSIGPIPE},
    {"SO_USELOOPBACK", SCRIPT_SO_USELOOPBACK},
    {"SO_REUSEPORT_LB", SCRIPT_SO_REUSEPORT_LB},
    {"MSG_EOF", SCRIPT_MSG_EOF},
    /* tcpi_state: the states' Linux numbers; the two that Linux does not tell apart are one */
    {"TCPI_CLOSED", 7},
    {"TCPI_LISTEN", 10},
    {"TCPI_SYN_SENT", 2},
    {"TCPI_SYN_RECEIVED", 3},
    {"TCPI_ESTABLISHED", 1},
    {"TCPI_CLOSE_WAIT", 8},
    {"TCPI_FIN_WAIT_1", 4},
    {"TCPI_CLOSING", 11},
    {"TCPI_LAST_ACK", 9},
    {"TCPI_FIN_WAIT_2", 5},
    {"TCPI_TIME_WAIT", 6},
};

/* Of some numbers there are two names: the first is the one that is told. */
static const struct symbol errnos[] = {
    S(EPERM) S(ENOENT) S(EINTR) S(EIO) S(EBADF) S(EAGAIN) S(EWOULDBLOCK) S(ENOMEM) S(EACCES) S(EFAULT) S(EBUSY) S(EEXIST)
        S(ENODEV) S(ENOTDIR) S(EISDIR) S(EINVAL) S(ENFILE) S(EMFILE) S(ENOTTY) S(EFBIG) S(ENOSPC) S(ESPIPE) S(EROFS) S(EPIPE)
            S(EDOM) S(ERANGE) S(EDEADLK) S(ENAMETOOLONG) S(ENOSYS) S(ENOMSG) S(EPROTO) S(EBADMSG) S(EOVERFLOW) S(ENOTSOCK)
                S(EDESTADDRREQ) S(EMSGSIZE) S(EPROTOTYPE) S(ENOPROTOOPT) S(EPROTONOSUPPORT) S(ESOCKTNOSUPPORT) S(EOPNOTSUPP)
                    S(ENOTSUP) S(EPFNOSUPPORT) S(EAFNOSUPPORT) S(EADDRINUSE) S(EADDRNOTAVAIL) S(ENETDOWN) S(ENETUNREACH)
                        S(ENETRESET) S(ECONNABORTED) S(ECONNRESET) S(ENOBUFS) S(EISCONN) S(ENOTCONN) S(ESHUTDOWN) S(ETIMEDOUT)
                            S(ECONNREFUSED) S(EHOSTDOWN) S(EHOSTUNREACH) S(EALREADY) S(EINPROGRESS) S(ECANCELED) S(EKEYREJECTED)
                                S(ENONET) S(ENOLINK) S(EREMOTEIO)};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static bool look(const struct symbol *table, size_t n, const char *name, int64_t *number)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, name) != 0) continue;
        *number = table[i].number;
        return true;
    }
    return false;
}

bool script_symbol(enum script_dialect dialect, const char *name, int64_t *number)
{
    if (look(common, COUNT(common), name, number) || look(errnos, COUNT(errnos), name, number)) return true;
    if (dialect == DIALECT_LINUX) return look(linux_only, COUNT(linux_only), name, number);
    return look(freebsd_only, COUNT(freebsd_only), name, number);
}

const char *script_errno_name(int number)
{
    for (size_t i = 0; i < COUNT(errnos); i++) {
        if (errnos[i].number == number) return errnos[i].name;
    }
    return NULL;
}

/* ---- ICMP ---- */

struct icmp_type {
    const char *name;
    uint8_t number;
    const char *const *codes; /* by their numbers; NULL at the end, "" where there is none */
};

static const char *const unreachable4[] = {"net_unreachable",
                                           "host_unreachable",
                                           "protocol_unreachable",
                                           "port_unreachable",
                                           "frag_needed",
                                           "source_route_failed",
                                           "net_unknown",
                                           "host_unknown",
                                           "source_host_isolated",
                                           "net_prohibited",
                                           "host_prohibited",
                                           "net_unreachable_for_tos",
                                           "host_unreachable_for_tos",
                                           "packet_filtered",
                                           "precedence_violation",
                                           "precedence_cutoff",
                                           NULL};
static const char *const time_exceeded4[] = {"ttl_exceeded_in_transit", "frag_reass_exceeded", NULL};
static const char *const unreachable6[] = {
    "no_route", "admin_prohibited", "not_neighbour", "address_unreachable", "port_unreachable", NULL};
static const char *const time_exceeded6[] = {"exceeded_hop_limit", "exceeded_frag_time", NULL};
static const char *const parameter6[] = {"header_field", "unknown_next_header", "unknown_option", NULL};
static const char *const no_codes[] = {NULL};

static const struct icmp_type types4[] = {
    {"echo_reply", 0, no_codes},          {"unreachable", 3, unreachable4},
    {"source_quench", 4, no_codes},       {"redirect", 5, no_codes},
    {"echo_request", 8, no_codes},        {"time_exceeded", 11, time_exceeded4},
    {"parameter_problem", 12, no_codes},  {"timestamp_request", 13, no_codes},
    {"timestamp_reply", 14, no_codes},    {"information_request", 15, no_codes},
    {"information_reply", 16, no_codes},  {"address_mask_request", 17, no_codes},
    {"address_mask_reply", 18, no_codes},
};
static const struct icmp_type types6[] = {
    {"unreachable", 1, unreachable6},     {"packet_too_big", 2, no_codes}, {"time_exceeded", 3, time_exceeded6},
    {"parameter_problem", 4, parameter6}, {"echo_request", 128, no_codes}, {"echo_reply", 129, no_codes},
};

/* type_3, code_1 */
static bool numbered(const char *word, const char *prefix, uint8_t *number)
{
    size_t len = strlen(prefix), digits = strlen(word) - (strncmp(word, prefix, len) == 0 ? len : 0);
    if (strncmp(word, prefix, len) != 0 || digits < 1 || digits > 3 || strspn(word + len, "0123456789") != digits) return false;
    unsigned value = 0;
    for (const char *c = word + len; *c; c++) value = value * 10 + (unsigned)(*c - '0');
    *number = (uint8_t)value;
    return value <= 255;
}

int script_icmp_number(int version, const char *type, const char *code, uint8_t *type_n, uint8_t *code_n)
{
    const struct icmp_type *all = version == 6 ? types6 : types4, *t = NULL;
    size_t n = version == 6 ? COUNT(types6) : COUNT(types4);
    bool by_number = numbered(type, "type_", type_n);
    for (size_t i = 0; i < n; i++) {
        if (by_number ? all[i].number == *type_n : strcmp(all[i].name, type) == 0) t = &all[i];
    }
    if (!t && !by_number) return 1;
    if (t) *type_n = t->number;
    *code_n = 0;
    if (!code || numbered(code, "code_", code_n)) return 0;
    /* google's scripts say net_unreachable for code 0 of version 6, too. */
    if (version == 6 && *type_n == 1 && strcmp(code, "net_unreachable") == 0) return 0;
    for (uint8_t i = 0; t && t->codes[i]; i++) {
        if (strcmp(t->codes[i], code) != 0) continue;
        *code_n = i;
        return 0;
    }
    return 2;
}
