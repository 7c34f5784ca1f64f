/* What few connections need, apart from the control block: options that the application set, and the state of rare features. */
#ifndef TCP_MORE_H
#define TCP_MORE_H

#include <tern/stack.h>

#include "accecn.h"
#include "fastopen.h"
#include "mem.h"
#include "stats.h"

struct tern_conn;

/* The last ICMP error: host_keep_icmp(). */
struct tcp_icmp {
    bool keep, told;
    uint8_t type, code;
    struct tern_addr from;
};

/* tune.c: what the application read in the last round trip. */
struct tcp_tune {
    tern_ns since, rtt;   /* when this one began, 0: none has; how long one takes */
    uint64_t read_before; /* bytes read until then */
    uint64_t most_read;   /* bytes in one */
    tern_ns window_at;    /* without timestamps: when the window that ends at |window_end| was offered; 0: none was */
    seq32 window_end;
    uint32_t ts_ecr; /* the last that came: one sample for each */
};

/* mtu_probe.c: the search for the path's MTU (RFC 4821). Sizes are those of IP packets. */
struct tcp_mtu {
    tern_ns done;       /* when nothing more was to be found; 0: there is */
    seq32 at, end;      /* the probe's numbers */
    uint16_t low, high; /* what is taken to pass, and what may */
    uint16_t probe;     /* that is out; 0: none */
    bool on;
};

/* A member that is new here gets its default in tcp_more_default(). */
struct tcp_more {
    uint32_t keep_idle_ms, keep_interval_ms, user_timeout_ms;
    int32_t linger_ms; /* option LINGER */
    uint8_t keep_count;
    uint8_t syn_retries; /* the other options, by their names */
    uint8_t mtu_discover;
    int8_t ecn; /* option ECN */
    int32_t linger2_ms;
    uint32_t connect_ms; /* option CONNECT_TIMEOUT */
    uint32_t notsent_lowat, window_clamp, defer_ms, mark, priority;
    uint64_t pacing_most;               /* option PACING_RATE, bytes a second; 0: none */
    struct tern_buf *saved_syn;         /* NULL: none */
    uint32_t received_ce, delivered_ce; /* segments: ECN */
    struct tern_listener *fo_listener;  /* the stack's: it counts the connection as pending Fast Open */
    struct limit *limit;                /* the stack's: of its listener's rules */
    struct fo_cookie fo;                /* of our SYN or SYN,ACK */
    seq32 fo_end;                       /* number after the data of our SYN */
    bool fo_wanted;                     /* option FASTOPEN */
    uint8_t fo_fail;                    /* enum tern_fastopen_fail */
    struct tcp_stats stats;             /* F2_STATS */
    uint16_t fo_mss;                    /* what the server is known to take, or ours */
    struct tcp_icmp icmp;
    struct tcp_tune tune;
    struct tcp_mtu mtu;
    struct tcp_accecn acc;
};

/* What holds for a connection that has none of its own. */
void tcp_more_default(struct tcp_more *m, const struct tern_settings *set);
/* The connection's own, to be written: made when it has none. NULL: no memory. */
struct tcp_more *tcp_more_own(struct tern_conn *c);
/* |c| begins with the options of |like|. False: no memory. */
bool tcp_inherit(struct tern_conn *c, const struct tern_conn *like);
void tcp_more_free(struct tern_conn *c);

#endif
