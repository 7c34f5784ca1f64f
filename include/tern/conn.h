/* One connection: the user calls of RFC 9293 3.9.1.
 *
 * A connection is the application's from tern_stack_connect() or tern_listener_accept() until tern_conn_release(), and stays
 * valid, whatever the peer does. After the release the stack finishes the protocol by itself and frees it. */
#ifndef TERN_CONN_H
#define TERN_CONN_H

#include <tern/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Active OPEN (RFC 9293 3.9.1.1). |local| may be NULL, or have port 0 (RFC 6056 chooses) or the all-zero address (the route
 * chooses). The SYN leaves with the next tern_stack_output(); TERN_CONNECTED or TERN_ERROR tells the end. Errors:
 * TERN_ERR_ADDRINUSE (the pair exists), _ADDRNOTAVAIL, _UNREACH, _INVAL, _NOMEM. */
TERN_API int tern_stack_connect(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                                struct tern_conn **out);

/* The IPv4 gateways by which the connection's packets shall travel, a loose source route (RFC 9293 MUST-51), whatever route the
 * peer's come by (MUST-52). After tern_stack_connect(), before the next tern_stack_output(), the SYN goes by it, too. |n| 0:
 * none. Errors: TERN_ERR_INVAL (IPv6, or more than 9), _NOMEM, _NOTCONN when the connection is over. */
TERN_API int tern_conn_set_route(struct tern_conn *c, tern_ns now, const struct tern_addr *hops, size_t n);

/* Queue up to |len| bytes for transmission (SEND, 3.9.1.2). The bytes are copied. Returns the number of bytes accepted, 1..len (0
 * when |len| is 0), or an error: TERN_ERR_AGAIN (the send buffer is full) and TERN_ERR_NOMEM (setting memory_high or the memory
 * cap is reached), after both of which TERN_WRITABLE comes; TERN_ERR_PIPE (CLOSE was called before); or the sticky error of the
 * connection (_RESET _REFUSED _TIMEDOUT ...). In SYN-SENT and SYN-RECEIVED the bytes wait for ESTABLISHED. */
TERN_API int64_t tern_conn_send(struct tern_conn *c, tern_ns now, const void *buf, size_t len);

/* The same with flags. */
enum {
    TERN_SEND_URGENT = 1u << 0, /* the last of the bytes is the last urgent one (3.8.5; MUST-62) */
    TERN_SEND_MORE = 1u << 1,   /* more follows: no small segment until a SEND without this, an acknowledgement, or 200 ms */
    TERN_SEND_EOR = 1u << 2,    /* a record ends with the last of the bytes: no segment carries them and what follows */
};
TERN_API int64_t tern_conn_send_with(struct tern_conn *c, tern_ns now, const void *buf, size_t len, uint32_t flags);

/* SEND with flags, without a copy: |base| must stay unchanged until every byte of it is acknowledged, for ever if need be. For
 * static data. */
TERN_API int64_t tern_conn_send_static(struct tern_conn *c, tern_ns now, const void *base, size_t len, uint32_t flags);

/* SEND with flags, without a copy: the buffer's |data|, |len| are sent. Takes over the caller's reference when it accepts
 * (returns len, all or nothing). The buffer is one of the same stack's pool: one that was borrowed from a connection, for
 * example. */
TERN_API int64_t tern_conn_send_buf(struct tern_conn *c, tern_ns now, struct tern_buf *buf, uint32_t flags);

/* RECEIVE (3.9.1.3): returns bytes, 1..len; 0: the peer has closed and everything was read; TERN_ERR_AGAIN: wait for
 * TERN_READABLE; or the sticky error, after all the data that came before it. |buf| NULL: the bytes are thrown away. */
TERN_API int64_t tern_conn_recv(struct tern_conn *c, tern_ns now, void *buf, size_t len);

/* RECEIVE without a copy: the next buffer of received data, the caller's now (tern_buf_unref). NULL: what tern_conn_recv() with
 * the same connection would say is in |*err| (0, TERN_ERR_AGAIN, ...). The bytes count as read at once. */
TERN_API struct tern_buf *tern_conn_recv_buf(struct tern_conn *c, tern_ns now, int *err);

/* Copies up to |len| of the bytes that can be read, from the |offset|-th on, and leaves them. Returns how many. */
TERN_API size_t tern_conn_peek(const struct tern_conn *c, size_t offset, void *buf, size_t len);

/* Bytes that can be read now. */
TERN_API size_t tern_conn_readable(const struct tern_conn *c);
/* Bytes that tern_conn_send() would take now. */
TERN_API size_t tern_conn_writable(const struct tern_conn *c);
/* Is it worth sending now: a third of the buffer is free, and less is unsent than NOTSENT_LOWAT says? If not,
 * TERN_WRITABLE comes when that is so again; with NOTSENT_LOWAT, when half of it is unsent. */
TERN_API bool tern_conn_send_ready(struct tern_conn *c);

/* Bytes from the next unread one to the last urgent one, that one included; 0: no urgent data is ahead (3.8.5). Urgent
 * data stands in line with the rest. */
TERN_API size_t tern_conn_urgent(const struct tern_conn *c);

/* CLOSE (3.9.1.4): no more data will be sent; receiving goes on, for as long as the application likes. Returns 0,
 * TERN_ERR_CLOSING when it was called before, or the sticky error. In SYN-SENT the connection is deleted. */
TERN_API int tern_conn_close(struct tern_conn *c, tern_ns now);

/* ABORT (3.9.1.5): RST to the peer where the state asks for it, all buffers dropped. The connection stays valid until released.
 */
TERN_API int tern_conn_abort(struct tern_conn *c, tern_ns now);

/* The application is done with |c| and must not use it any more. CLOSE when it was not called before. With unread data, or data
 * that comes later, the peer gets a RST (RFC 9293 SHLD-3; RFC 2525 2.17); the linger option decides on data not yet sent. */
TERN_API void tern_conn_release(struct tern_conn *c, tern_ns now);

/* Event bits since the last call (or tern_stack_next_event): taken by this. */
TERN_API uint32_t tern_conn_events(struct tern_conn *c);

/* The sticky error, 0 while there is none. */
TERN_API int tern_conn_error(const struct tern_conn *c);
/* The last advice (ICMP soft error: TERN_ERR_UNREACH; R1 reached: TERN_ERR_TIMEDOUT); taken by this. */
TERN_API int tern_conn_soft_error(struct tern_conn *c);

TERN_API void tern_conn_set_user(struct tern_conn *c, void *user);
TERN_API void *tern_conn_user(const struct tern_conn *c);
TERN_API struct tern_stack *tern_conn_stack(const struct tern_conn *c);
TERN_API enum tern_state tern_conn_state(const struct tern_conn *c);

/* ---- options ---- */

/* id, least, most, what it is. Values are int64_t. */
#define TERN_OPTIONS(X)                                                                                                          \
    X(NODELAY, 0, 1, "1: Nagle's algorithm off (MUST-17)")                                                                       \
    X(KEEPALIVE, 0, 1, "1: probe an idle peer (MUST-25: off by default)")                                                        \
    X(KEEPALIVE_IDLE, 1, 864000000, "milliseconds of silence before the first probe")                                            \
    X(KEEPALIVE_INTERVAL, 1, 86400000, "milliseconds between probes")                                                            \
    X(KEEPALIVE_COUNT, 1, 255, "unanswered probes")                                                                              \
    X(USER_TIMEOUT, 0, 86400000, "milliseconds that sent data may stay unacknowledged (RFC 9293 3.9.1.1); 0: R2 decides")        \
    X(LINGER, -1, 86400000, "-1: off. 0: release aborts. Above: release aborts when the data is not sent after so many ms")      \
    X(SEND_BUFFER, 2048, 1 << 30, "bytes")                                                                                       \
    X(RECEIVE_BUFFER, 2048, 1 << 30, "bytes; the window offered is never shrunk")                                                \
    X(MAX_SEGMENT, 48, 65495, "bytes: largest segment sent, and MSS option; before the SYN")                                     \
    X(TTL, 1, 255, "time to live, hop limit (MUST-49)")                                                                          \
    X(TOS, 0, 255, "DSCP; its two ECN bits must be 0 (MUST-48)")                                                                 \
    X(DELACK, 0, 1, "0: acknowledge everything at once")                                                                         \
    X(CORK, 0, 1, "1: no small segment until it is 0 again, or until 200 ms have passed")                                        \
    X(QUICKACK, 0, 1, "1: acknowledge what waits, and the next segments, at once; 0: delay. Data sent in answer ends it")        \
    X(NOTSENT_LOWAT, 0, UINT32_MAX, "bytes not yet sent: from so many on SEND takes nothing; 0: the setting notsent_lowat")      \
    X(WINDOW_CLAMP, 0, 1 << 30, "bytes: largest window offered; 0: the receive buffer alone decides")                            \
    X(SYN_RETRIES, 0, 127, "SYNs sent again before an active open is given up; 0: the settings syn_retries, r2_syn")             \
    X(LINGER2, -1, 86400000, "milliseconds of FIN-WAIT-2 once released; 0: the setting fin_wait_2, -1: none")                    \
    X(DEFER_ACCEPT, 0, 86400000, "milliseconds for which a listener waits for data before it hands over a connection")           \
    X(SAVE_SYN, 0, 1, "1: a listener's connections keep the headers of their SYN: tern_conn_saved_syn(). 0: forgotten")          \
    X(STATISTICS, 0, 1, "1: count what the STATUS can tell only then")                                                           \
    X(MARK, 0, UINT32_MAX, "number that goes with each packet to the link")                                                      \
    X(PRIORITY, 0, UINT32_MAX, "number that goes with each packet to the link")                                                  \
    X(PACING_RATE, 0, INT64_MAX, "bytes a second that data leaves with at most; 0: no limit")                                    \
    X(MTU_DISCOVER, 0, 5, "path MTU discovery: enum tern_mtu_discover")                                                          \
    X(NO_OPTIONS, 0, 1, "1: no TCP options are sent, and none of the peer's are believed; before the SYN")                       \
    X(ECN, -1, 5, "-1: as the setting ecn. Else its value for this connection; before the SYN")                                  \
    X(CONNECT_TIMEOUT, 0, 86400000, "milliseconds after which an active open is given up; 0: the settings syn_retries, r2_syn")  \
    X(FASTOPEN, 0, UINT16_MAX,                                                                                                   \
      "TCP Fast Open. Connection, before its SYN: 1. Listener: how many may be pending (RFC 7413 5.1); 0: none")

enum tern_mtu_discover {                     /* IPv4's don't-fragment bit, and whether an ICMP "too big" lowers the path's MTU */
                         TERN_MTU_DONT,      /* no bit, ICMP not believed (IPv6, where routers never fragment: believed) */
                         TERN_MTU_WANT,      /* bit and ICMP: the default */
                         TERN_MTU_DO,        /* the same */
                         TERN_MTU_PROBE,     /* bit, ICMP not believed: the interface's MTU is used */
                         TERN_MTU_INTERFACE, /* no bit, ICMP not believed: the interface's MTU is used */
                         TERN_MTU_OMIT       /* the same */
};

enum tern_option {
#define X(id, min, max, text) TERN_OPT_##id,
    TERN_OPTIONS(X)
#undef X
        TERN_OPTION_N
};

/* Errors: TERN_ERR_INVAL: out of range, or too late (MAX_SEGMENT after the SYN). TERN_ERR_NOMEM. */
TERN_API int tern_conn_set(struct tern_conn *c, tern_ns now, enum tern_option opt, int64_t value);
TERN_API int tern_conn_get(const struct tern_conn *c, enum tern_option opt, int64_t *value);
#define TERN_MD5_KEY_MAX 80 /* bytes */

/* MD5 signatures (RFC 2385), for BGP and the like: every segment of the connection is signed with the key, and dropped without a
 * right signature. Between tern_stack_connect() and the first tern_stack_output() the SYN is signed, too. |len| 0: no more.
 * TERN_ERR_INVAL, _NOMEM, _NOTCONN when the connection is over. */
TERN_API int tern_conn_md5(struct tern_conn *c, tern_ns now, const void *key, size_t len);
/* The same for the peers of a listener with these addresses; the longest prefix counts. Connections that exist keep the key that
 * they began with. |len| 0: the entry goes (TERN_ERR_NOTCONN: there was none). */
TERN_API int tern_listener_md5(struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len, const void *key,
                               size_t len);

/* ---- TCP-AO (RFC 5925): as MD5 signatures, with other algorithms, and keys that change while a connection lives ---- */

#define TERN_AO_KEY_MAX 80 /* bytes */

enum tern_ao_alg {                       /* RFC 5926 3: how traffic keys are derived, and segments authenticated, by 12 bytes */
                   TERN_AO_HMAC_SHA1_96, /* KDF_HMAC_SHA1, HMAC-SHA-1-96 */
                   TERN_AO_AES_128_CMAC_96, /* KDF_AES_128_CMAC, AES-128-CMAC-96 */
};

/* A master key tuple (RFC 5925 3.1). */
struct tern_ao_key {
    struct tern_addr peer; /* and the other addresses of the prefix */
    uint8_t prefix_len;
    uint8_t send_id;   /* the KeyID of what we send; the peer's recv_id */
    uint8_t recv_id;   /* the KeyID of what the peer sends */
    uint8_t alg;       /* enum tern_ao_alg */
    bool omit_options; /* the MAC does not cover the other TCP options, which a middlebox may then change */
    uint8_t len;
    uint8_t key[TERN_AO_KEY_MAX];
};

/* Copies of |k|, which are wiped when they go. A connection gets its first key between tern_stack_connect() and the first
 * tern_stack_output() (a connection is signed from its SYN on, or never), others whenever it lives; the first is the one in use,
 * both ways. Every segment is signed then, and dropped without a word if its signature is missing or wrong. A listener's peers
 * are those with keys; connections that exist keep the keys that they began with. Errors: TERN_ERR_INVAL (also: MD5 keys for
 * such a peer; not the connection's peer), _ADDRINUSE (another key for such a peer has one of the IDs), _NOMEM, _NOTCONN. */
TERN_API int tern_conn_ao_add(struct tern_conn *c, tern_ns now, const struct tern_ao_key *k);
TERN_API int tern_listener_ao_add(struct tern_listener *l, const struct tern_ao_key *k);
/* TERN_ERR_INVAL: no such key, or it is in use. */
TERN_API int tern_conn_ao_remove(struct tern_conn *c, tern_ns now, uint8_t send_id, uint8_t recv_id);
/* TERN_ERR_NOTCONN: no such key. */
TERN_API int tern_listener_ao_remove(struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len, uint8_t send_id,
                                     uint8_t recv_id);

/* Key rollover (RFC 5925 6.1): we sign with the key |current_id| (a send_id) from now on, and ask the peer, in every segment, to
 * sign with the key |next_id| (a recv_id); -1: as before. What the peer asks for in this manner is done by itself. Every key that
 * a connection has verifies what arrives, so nothing is lost; the old one can be removed when info shows that both ways have left
 * it. */
TERN_API int tern_conn_ao_use(struct tern_conn *c, tern_ns now, int current_id, int next_id);
/* ICMP's hard errors about a signed connection are not believed (RFC 5925 7.8) unless this says so. */
TERN_API int tern_conn_ao_accept_icmp(struct tern_conn *c, bool accept);
/* |required|: who has no key here is not heard at all. |accept_icmp|: of the connections to come. Both false at first. */
TERN_API void tern_listener_ao_rules(struct tern_listener *l, bool required, bool accept_icmp);

/* Segments of a connection, or of a listener where no connection was: right ones, wrong ones, with a KeyID that nobody knows,
 * unsigned ones; and ICMP messages that were not believed. */
struct tern_ao_counts {
    uint64_t good, bad, key_not_found, required, icmp_dropped;
};
struct tern_ao_info {
    uint8_t current_id; /* send_id of what signs */
    uint8_t next_id;    /* recv_id of what the peer shall sign with */
    bool accept_icmp;
    struct tern_ao_counts n;
};
/* TERN_ERR_NOTCONN: the connection is not signed, or over. */
TERN_API int tern_conn_ao_info(const struct tern_conn *c, struct tern_ao_info *out);
/* The |i|-th key, from 0, in the order that they were added; false: there are less. */
struct tern_ao_key_info {
    uint8_t send_id, recv_id;
    bool current, next;
    uint64_t good, bad; /* segments that it verified */
};
TERN_API bool tern_conn_ao_key(const struct tern_conn *c, size_t i, struct tern_ao_key_info *out);

/* TCP Fast Open's client (RFC 7413): option FASTOPEN set to 1 between tern_stack_connect() and the first tern_stack_output(),
 * data that is sent until then leaves in the SYN when there is a cookie. Errors: TERN_ERR_UNSUPPORTED by the setting,
 * TERN_ERR_INVAL when the SYN has left. This returns how many bytes of data the SYN will take; 0: none, it asks for a cookie. */
TERN_API size_t tern_conn_fastopen_room(const struct tern_conn *c);

/* Options as tern_conn_set() and tern_conn_get() have them, of a listener: what its connections, those not yet accepted
 * included, begin with. */
TERN_API int tern_listener_set(struct tern_listener *l, enum tern_option opt, int64_t value);
TERN_API int tern_listener_get(const struct tern_listener *l, enum tern_option opt, int64_t *value);
/* IP and TCP header of the SYN that a connection came by, when its listener had SAVE_SYN. Copies up to |len| bytes, returns how
 * many there are; 0: none. */
TERN_API size_t tern_conn_saved_syn(const struct tern_conn *c, void *buf, size_t len);
/* Congestion control by name: "cubic", "newreno", "bbr", "dctcp", "fixed". In mid-connection the window and its
 * threshold stay, but from and to "fixed". TERN_ERR_UNSUPPORTED: no such one. */
TERN_API int tern_conn_set_cc(struct tern_conn *c, tern_ns now, const char *name);

/* ---- STATUS (3.9.1.6) ---- */

/* Why the client's Fast Open was none: Linux's tcpi_fastopen_client_fail. */
enum tern_fastopen_fail {
    TERN_FASTOPEN_OK,
    TERN_FASTOPEN_NO_COOKIE,  /* it asked for one */
    TERN_FASTOPEN_NOT_ACKED,  /* the server took the SYN without its data */
    TERN_FASTOPEN_SYN_RETRIED /* the SYN had to be sent again, a plain one */
};

/* Numbered as Linux's TCP_CA_*. */
enum tern_recovery {
    TERN_RECOVERY_OPEN,
    TERN_RECOVERY_DISORDER, /* duplicate acknowledgements, too few to mean a loss */
    TERN_RECOVERY_CWR,      /* the window was reduced for ECN */
    TERN_RECOVERY_FAST,
    TERN_RECOVERY_LOSS /* after a timeout */
};

struct tern_status {
    uint32_t id; /* as in trace events */
    enum tern_state state;
    struct tern_endpoint local, remote;
    bool passive;  /* came by a listener */
    bool released; /* the application has gone */
    int error;
    uint32_t snd_una, snd_nxt, snd_wnd, iss;
    uint32_t rcv_nxt, rcv_wnd, irs;
    uint32_t send_queue;    /* bytes given to SEND and not acknowledged */
    uint32_t receive_queue; /* bytes not read */
    uint32_t ooo_queue;     /* bytes out of order */
    uint32_t mss;           /* effective send MSS */
    uint32_t path_mtu;
    uint8_t snd_wscale, rcv_wscale;
    bool wscale_ok, timestamps, sack;
    uint8_t fastopen_fail;              /* enum tern_fastopen_fail */
    bool syn_data;                      /* Fast Open: the data of the SYN, ours or the peer's, was taken up */
    bool ecn, accecn, ecn_seen;         /* agreed; in the manner of RFC 9768; the peer sent ECN-capable packets */
    bool ecn_stopped;                   /* agreed, and nothing is sent ECN-capable all the same */
    uint32_t received_ce, delivered_ce; /* segments that came marked, and that the peer acknowledged with ECE */
    tern_ns rtt, rttvar, rto, rtt_min;
    uint32_t cwnd, ssthresh, flight;
    const char *cc;
    uint32_t retransmits;   /* of the segment at SND.UNA, since the last progress */
    uint64_t retransmitted; /* bytes, in all */
    uint64_t bytes_acked, bytes_received;
    tern_ns timer[TERN_TIMER_N]; /* deadlines; TERN_NEVER: not running */

    /* figures that Linux's struct tcp_info has, too */
    enum tern_recovery recovery;
    uint32_t unacked_n, sacked_n, lost_n, again_n; /* segments out, as far as bytes tell: all; said to have arrived by SACK, or
                                                      without it by duplicate acknowledgements; taken for lost; sent again */
    uint32_t probes, backoff;                      /* of the zero window or of keepalive; doublings of the timer that runs */
    tern_ns delack;                                /* how long an acknowledgement may wait */
    uint32_t rcv_mss, adv_mss;                     /* largest segment that came; our MSS option */
    uint32_t unsent;                               /* bytes given to SEND and never sent */
    uint32_t dup_threshold;                        /* duplicate acknowledgements that mean a loss, or what was learned of it */
    uint32_t reordered;                            /* times that data arrived after what was sent later */
    uint32_t rcv_wnd_max;                          /* bytes that an empty receive buffer would offer */
    tern_ns data_in_age, ack_in_age;               /* since data, since any acceptable segment came */
    tern_ns rcv_rtt;                               /* the round trip as a receiver sees it; 0: not known */
    uint64_t rcv_space;                            /* most bytes read in one of them */
    uint64_t pacing_rate, pacing_most; /* bytes a second that data leaves with, would by window and round trip if it is
                                          not paced, and may at most; 0: not known; no limit */
    uint64_t delivery_rate;            /* bytes a second that the path took; 0: not known */
    bool delivery_limited;             /* and the application had no more to send */
    /* AccECN: bytes of data that came with ECT(0), CE, ECT(1), and that the peer says came so; modulo 2^32 */
    uint32_t received_ecn[3], delivered_ecn[3];
    /* the rest is counted with option STATISTICS, from when it was set */
    bool statistics;
    uint32_t segs_in, segs_out, data_segs_in, data_segs_out, again_segs_out, ooo_segs_in, dsacks_in;
    uint32_t delivered;  /* segments acknowledged */
    uint64_t bytes_sent; /* with those sent again */
    tern_ns data_out_age;
    tern_ns busy, rwnd_limited, sndbuf_limited; /* with data to send or unacknowledged: in all; because of the peer's window;
                                                   because the send buffer was full */
};
TERN_API void tern_conn_status(const struct tern_conn *c, struct tern_status *out);

/* Calls |each| for every connection, half-open and TIME-WAIT ones included (without handle: |c| NULL), in no order. |each| may
 * not call the stack. Returning false ends it. */
TERN_API void tern_stack_each(struct tern_stack *s, bool (*each)(void *ctx, struct tern_conn *c, const struct tern_status *st),
                              void *ctx);

#ifdef __cplusplus
}
#endif
#endif
