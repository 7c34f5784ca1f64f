/* What the files of the runner share: one script on one stack, in virtual time. */
#ifndef DRILL_RUN_INTERNAL_H
#define DRILL_RUN_INTERNAL_H

#include <stdio.h>

#include <tern/tern.h>

#include "code.h"
#include "run.h"
#include "script.h"
#include "sock.h"
#include "symbols.h"

enum {
    RUN_RING = 1 << 13,      /* trace events that are kept for the ladder of a failure */
    RUN_ROUNDS_MAX = 4096,   /* of stack, sockets and blocked call talking to each other in one instant */
    RUN_STEPS_MAX = 1 << 20, /* things that happen in one run: beyond, timers chase each other */
    RUN_TEXT_MAX = 512,      /* a packet or a call, written out */
    RUN_OPTIONS_MAX = 40,
    RUN_AO_KEYS = 8 /* of TCP-AO, that a script sets */
};

/* Script time 0. Timestamps and clocks that begin at 0 would hide mistakes. */
#define RUN_EPOCH (1000 * TERN_SEC)
/* So long what follows waits for a call that does not return. */
#define RUN_PATIENCE TERN_SEC

/* ---- the live side ---- */

/* A packet that the stack sent, cut as its link would have. */
struct run_sent {
    struct run_sent *next;
    tern_ns at;
    uint32_t len;
    uint8_t bytes[];
};

/* ---- flows: what the script calls "the connection" ---- */

enum flow_state {
    FLOW_NEW,
    FLOW_LISTENING,
    FLOW_SYN_CAME,   /* the script sent a SYN to a listener, or to nobody */
    FLOW_CONNECTING, /* connect() was called */
    FLOW_SYN_SENT,
    FLOW_OPEN /* both initial sequence numbers are known */
};

struct flow_ts {
    uint32_t script, live;
};

/* Script numbers to live ones and back. Packets go to and come from the youngest flow, unless they say ports. */
struct flow {
    struct flow *next; /* older ones */
    enum flow_state state;
    int fd; /* the script's number; -1: none yet */
    struct tern_endpoint local, remote;
    uint32_t script_local_isn, live_local_isn, remote_isn;
    uint32_t live_last_seq; /* of the packet that was looked at last */
    uint32_t flow_label_script, flow_label_live;
    struct flow_ts *ts; /* timestamps sent, script and live */
    size_t ts_n, ts_cap;
};

/* ---- keys that the script gave to the stack, to sign and to verify by ---- */

struct ao_key {
    uint8_t send_id, recv_id, len; /* the stack's IDs */
    bool aes, omit_options;
    uint8_t key[80];
};

/* ---- descriptors ---- */

enum fd_kind { FD_SOCKET, FD_EPOLL, FD_FILE, FD_PIPE_IN, FD_PIPE_OUT };

struct run_pipe {
    int ends; /* open ones */
    size_t n; /* bytes in it: their values are of no interest */
};

struct fd {
    struct fd *next;
    int number; /* the script's */
    enum fd_kind kind;
    struct sock *sock;
    struct sock_epoll *epoll;
    struct run_pipe *pipe;
    uint64_t file_len, file_at;
    int flags; /* of a file */
    int64_t close_on_exec;
    int fast_open; /* FreeBSD: sendto() opens with data */
};

/* ---- a system call ---- */

/* A call whose arguments were read. |attempt| does it, again and again while it says SOCK_BLOCKED; |check| looks at what it left
 * behind. */
struct run;
struct call {
    const struct script_event *ev;
    const struct script_call *spec;
    int64_t (*attempt)(struct run *r, struct call *c);
    void (*check)(struct run *r, struct call *c); /* NULL: the result is all */
    struct sock_call k;
    bool makes_fd;      /* any number >= 0 will do: the script's own counts */
    tern_ns began, end; /* |end|: when it should return, of a call that blocks */
    tern_ns until;      /* own timeout: poll, epoll_wait; TERN_NEVER */
    struct fd *fd;
    int64_t result;
    void *buf; /* owned */
    size_t len;
    struct msghdr msg; /* with |buf|s below; owned */
    struct iovec *iov;
    void *control;
    size_t control_cap;
    struct sockaddr_storage addr;
    socklen_t addr_len;
    int64_t arg[3]; /* numbers among the arguments */
    struct sock *made;
    void *extra; /* owned: pollfds, epoll events */
    size_t extra_n;
};

/* ---- the run ---- */

/* Memory that lives as long as the run. */
struct run_kept {
    struct run_kept *next;
    void *memory;
};

struct run {
    const struct script *script;
    const struct run_config *cfg;
    struct run_result *out;

    struct tern_settings settings;
    struct tern_stack *stack;
    struct sock_host *host;
    int ifi;
    struct tern_trace trace;
    struct tern_event *ring;
    tern_ns now;
    uint64_t steps;

    enum drill_ip ip;
    struct tern_addr local_ip, remote_ip;
    uint16_t bind_port, connect_port, next_port;
    uint16_t joined_mss; /* --mss: longer segments come as if joined from such; 0 */
    uint32_t mtu;
    tern_ns tolerance;
    double tolerance_percent;
    tern_ns ts_tick;
    bool ts_ecr_scaled, strict_segments;
    bool non_fatal_packet, non_fatal_syscall;

    struct run_sent *sent, **sent_end;
    struct flow *flow; /* the youngest: packets are its */
    struct fd *fds;
    struct run_kept *kept;
    struct call *blocked; /* the one call that waits, or NULL */

    const struct script_event *event;
    tern_ns event_at, event_end; /* its times, made absolute; script time. |event_end| 0: no range */
    tern_ns event_base;          /* what its relative times count from */
    const struct script_event *last;
    tern_ns last_at;
    bool failed;

    uint8_t fastopen_key[2][TERN_FASTOPEN_KEY_LEN];
    size_t fastopen_key_n; /* 0: the stack's own */
    struct ao_key ao[RUN_AO_KEYS];
    size_t ao_n;
    char md5_key[81]; /* of setsockopt(TCP_MD5SIG); "": none was set */
    bool discards;    /* the link throws away what is sent */
    bool fq;          /* the link's queue is fq: |unpaced| is the setting pacing without it */
    uint64_t unpaced;
    uint64_t nstat_icmp; /* as the last nstat saw it */

    struct code_variables *variables;
    bool info_there;
    uint8_t info[512]; /* struct tcp_info as the fragment found it */
    socklen_t info_len;
    struct run_file *files; /* run_setup.c's */
};

/* ---- run_net.c ---- */
bool net_start(struct run *r);
void net_stop(struct run *r);
/* A packet from the script: the stack gets it now. |joined|: as if a driver had made it of segments of this size; 0. */
void net_input(struct run *r, const uint8_t *packet, uint32_t len, uint16_t joined);
/* What follows from what just happened, without time passing. */
void run_settle(struct run *r);
/* Goes on to the next thing that happens by time alone, not beyond |limit|. False: there is none, and it is |limit| now
 * (TERN_NEVER: time stays). */
bool run_step(struct run *r, tern_ns limit);
void net_run_until(struct run *r, tern_ns at);
/* The oldest packet not yet looked at, the caller's to free; NULL. */
struct run_sent *net_take(struct run *r);

/* ---- run_packet.c ---- */
void packet_event(struct run *r);
struct flow *run_flow_new(struct run *r);
void run_flows_free(struct run *r);

/* ---- run_view.c: packets as the script writes them ---- */

/* A TCP packet with the script's numbers. */
struct view {
    uint8_t ip_version, tos, ttl;
    uint32_t flow_label;
    uint16_t flags;
    uint8_t reserved;
    uint32_t seq, ack, len;
    uint16_t wnd, urp;
    bool raw_seq;
    bool sign_right; /* there is a signature (MD5, TCP-AO), and it is the one of the script's key */
    uint8_t options_len;
    uint8_t options[RUN_OPTIONS_MAX];
};
enum view_column { VIEW_IP, VIEW_FLAGS, VIEW_SEQ, VIEW_ACK, VIEW_WIN, VIEW_URG, VIEW_OPTIONS, VIEW_COLUMN_N };
/* Both as lines with their columns below each other, and a line of marks below those of |differ|, for run_fail_pair(). */
void view_pair(struct run *r, const struct script_packet *expected, const struct view *actual, const bool differ[VIEW_COLUMN_N]);
/* The option |kind| in a header's options, when it is |want| bytes long; NULL. */
const uint8_t *option_find(const uint8_t *options, size_t len, uint8_t kind, size_t want);

/* ---- run_call.c ---- */
/* Does the call of r->event. */
void call_event(struct run *r);
/* Tries the blocked one again; its end is checked when it returns. */
void call_retry(struct run *r);
/* Waits for the blocked call, at most until |limit|. False: it stays blocked. */
bool call_await(struct run *r, tern_ns limit);
void call_free(struct call *c);
struct fd *fd_find(const struct run *r, int number);
/* One of the number |e|, which the script gives it. What was accepted may have one |again|: from then on it means the new
 * connection, the old one stays open without a name, as packetdrill has it. NULL: run_break() said why. */
struct fd *fd_given(struct run *r, const struct script_expr *e, enum fd_kind kind, bool again);
void fd_drop(struct run *r, struct fd *fd);
void fds_free(struct run *r);

/* ---- run_info.c: what %{ }% asks for ---- */
/* tcp_info of the youngest connection, now. */
void info_take(struct run *r);
bool info_member(struct run *r, const char *name, int64_t *number);

/* The stack is made when it is needed: settings that come before are there already. False: run_break() said why not. */
bool run_need_stack(struct run *r, struct script_at at);

/* ---- failing ---- */
/* The first failure counts. |format| is translated already. */
void run_fail(struct run *r, struct script_at at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The script cannot be run: it asks for what is not there. */
void run_break(struct run *r, struct script_at at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* It is not run, for a reason that lies outside of TCP. */
void run_skip(struct run *r, struct script_at at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As run_break(), for want of memory. Always false. */
bool run_no_memory(struct run *r);
/* What the stack did is not what the script says: the run fails, unless --non_fatal lets that pass, and it is noted. */
enum run_thing { RUN_EVENT, RUN_PACKET_SENT, RUN_CALL_END };
void run_differs(struct run *r, enum run_thing what, struct script_at at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What was expected and what came, with the differing columns marked; for the last failure. */
void run_fail_pair(struct run *r, const char *expected, const char *actual, const char *marks);

/* ---- time ---- */
/* r->now as the script counts. */
static inline tern_ns run_now(const struct run *r) { return r->now - RUN_EPOCH; }
/* Did it happen in time? All in the script's time; |since|: of the event before, which widens the tolerance. */
bool run_in_time(struct run *r, const struct script_event *ev, tern_ns from, tern_ns to, tern_ns actual, tern_ns since,
                 enum run_thing what);
/* Lets time pass until the event's, and says so when it is past it already. False: failed. */
bool run_wait(struct run *r);

#endif
