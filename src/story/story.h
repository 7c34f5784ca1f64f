/* A story: what happened between two ends, segment by segment, with both ends' states and what each must know.
 *
 * It is the one form between those who tell (a simulation, a capture, a running stack) and those who show (text ladder, SVG
 * ladder, page, JSON). A teller makes rows in the order of time; a row is complete when it is given away, and nothing in it
 * points outside of it but what its comments name. */
#ifndef STORY_STORY_H
#define STORY_STORY_H

#include <tern/trace.h>

enum story_side {
    STORY_A, /* the left column: the active opener, or who is seen first */
    STORY_B,
    STORY_SIDE_N
};

/* What is known of an end's control block after a row. A capture knows less than a stack: |known| says which members count. */
enum story_known {
    STORY_SND = 1 << 0, /* snd_una, snd_nxt */
    STORY_SND_WND = 1 << 1,
    STORY_RCV = 1 << 2, /* rcv_nxt */
    STORY_RCV_WND = 1 << 3,
    STORY_ISS = 1 << 4,
    STORY_IRS = 1 << 5,
    STORY_CWND = 1 << 6, /* cwnd, ssthresh */
    STORY_RTT = 1 << 7,  /* srtt, rto */
    STORY_QUEUES = 1 << 8,
    STORY_TIMERS = 1 << 9,
    STORY_LISTENER = 1 << 10 /* half_n, accept_n, backlog */
};

struct story_tcb {
    uint8_t state;  /* enum tern_state */
    bool inferred;  /* the state follows from segments alone */
    uint16_t known; /* enum story_known */
    uint32_t snd_una, snd_nxt, snd_wnd, iss;
    uint32_t rcv_nxt, rcv_wnd, irs;
    uint32_t cwnd, ssthresh, flight; /* flight: snd_nxt - snd_una */
    tern_ns srtt, rto;
    uint32_t send_queue, receive_queue, ooo_queue; /* bytes */
    uint32_t half_n, accept_n, backlog;            /* of the listener */
    tern_ns timer[TERN_TIMER_N];                   /* deadlines; TERN_NEVER: not running */
};

enum story_kind {
    STORY_SEGMENT,
    STORY_TIMER,  /* a timer fired at |side|; notes say which */
    STORY_CALL,   /* the application at |side| called */
    STORY_CHANGE, /* a state changed at |side| without any of those (2MSL is a timer) */
    STORY_MARK    /* a remark of the teller: |text| (translated); a link that was cut, a reboot */
};

/* What became of a segment. */
enum story_fate {
    STORY_ARRIVED,
    STORY_LOST,    /* on its way: never arrived */
    STORY_REFUSED, /* arrived and was dropped: row.drop */
    STORY_UNKNOWN  /* a capture cannot tell */
};

/* What else happened because of the row, at one side. */
struct story_note {
    uint8_t side;
    uint8_t of;                       /* STORY_NOTE_* */
    struct tern_event ev;             /* STORY_NOTE_EVENT */
    uint16_t finding;                 /* STORY_NOTE_FINDING: enum finding_id (capture) */
    uint8_t severity;                 /* enum story_severity */
    const char *name, *doc, *section; /* FINDING: as in finding_info, static; NULL: none */
    char *text;                       /* FINDING: said in words, translated; owned by the row. EVENT: NULL */
};
enum { STORY_NOTE_EVENT, STORY_NOTE_FINDING };
enum story_severity { STORY_INFO, STORY_WARNING, STORY_ERROR };

#define STORY_HEAD_MAX 136 /* IPv6, and a TCP header with all its options, and room for an extension header or a link header */

struct story_row {
    tern_ns at;                         /* when it left, or was seen; the clock of the teller */
    tern_ns arrived;                    /* TERN_NEVER: not, or not known */
    uint32_t conn;                      /* index in story.conn */
    uint64_t n;                         /* number of the packet in its capture, from 1; 0: none */
    uint8_t kind;                       /* enum story_kind */
    uint8_t side;                       /* who sent it, whose timer or call */
    uint8_t fate;                       /* enum story_fate, of a segment */
    bool forged;                        /* a segment in |side|'s name that |side| did not send */
    bool duplicate;                     /* a second copy, made by the network */
    uint16_t rule;                      /* enum tern_rule: why it was sent, or called, or fired */
    uint16_t rule_in;                   /* what it did to the receiver; NONE */
    uint16_t drop;                      /* enum tern_drop, STORY_REFUSED */
    struct tern_ev_seg seg;             /* of a segment */
    struct story_tcb tcb[STORY_SIDE_N]; /* after the row: the receiver's as it is after the arrival */
    struct story_note *note;
    uint32_t note_n;
    uint8_t ip_at;                /* where in |head| the IP header begins (0 but for captures with link headers) */
    uint8_t head_len;             /* 0: the bytes are not known */
    uint8_t head[STORY_HEAD_MAX]; /* the packet's first bytes: IP header, TCP header */
    char *text;                   /* STORY_MARK, or what the teller adds; owned; NULL: nothing */
};

struct story_conn {
    uint64_t number; /* as it is told, from 1: a teller may give the place of one that is over to another; 0: index + 1 */
    struct tern_endpoint end[STORY_SIDE_N];
    uint32_t base[STORY_SIDE_N]; /* initial sequence numbers: relative numbers count from here */
    bool base_known[STORY_SIDE_N];
    char *name[STORY_SIDE_N]; /* "client", "server" (translated); owned; NULL: the endpoint is the name */
};

struct story {
    struct story_conn *conn;
    struct story_row *row;
    size_t conn_n, conn_cap, row_n, row_cap;
    tern_ns start;      /* of relative times: of the first row */
    char *title;        /* owned; NULL: none */
    bool out_of_memory; /* sticky: rows are missing */
};

/* All zero is an empty story. story_free() gives back what it owns. */
void story_free(struct story *s);

/* A new connection; returns its index. */
uint32_t story_add_conn(struct story *s, const struct tern_endpoint *a, const struct tern_endpoint *b);
/* A new row at the end, all zero but |at|, |conn|, |kind|, |side|, arrived = TERN_NEVER, and the connection's last TCBs. Valid
 * until the next one. NULL: no memory. */
struct story_row *story_add(struct story *s, tern_ns at, uint32_t conn, enum story_kind kind, enum story_side side);
/* A note of |row|; NULL: no memory. */
struct story_note *story_add_note(struct story_row *row, enum story_side side);
/* A note of what a stack told. A change of state takes the place of the note of the same rule before it: it says more. NULL: no
 * memory. */
struct story_note *story_add_event(struct story_row *row, enum story_side side, const struct tern_event *ev);
/* A remark of the teller, printf-like, already translated. */
void story_mark(struct story *s, tern_ns at, uint32_t conn, const char *format, ...) __attribute__((format(printf, 4, 5)));
void story_row_free(struct story_row *row);

/* The last row, NULL when there is none. */
const struct story_row *story_last(const struct story *s);
/* The first row at or after |from| that is a segment of |side| with all of |flags| (0: any); NULL: none. For tests and lessons.
 */
const struct story_row *story_find(const struct story *s, size_t from, enum story_side side, uint16_t flags);
static inline uint64_t story_number(const struct story *s, uint32_t conn)
{
    return conn < s->conn_n && s->conn[conn].number > 0 ? s->conn[conn].number : (uint64_t)conn + 1;
}
static inline enum story_side story_other(enum story_side s) { return s == STORY_A ? STORY_B : STORY_A; }

#endif
