/* Two terns in virtual time, joined by a path that does what the script says; everything that happens becomes a story.
 *
 * Time begins at 0. It stands still while the caller acts on the stacks (tern_stack_connect() and so on, with sim_now()), and
 * moves only in sim_run(). Nothing is random but what the seed decides.
 *
 * Rows of the story stand in the order of |at|, which for a segment is when it left. Its row is there from then on; what is known
 * only when it arrives (|arrived|, |fate|, |rule_in|, |drop|, the receiver's notes) is filled in then. While it is on its way its
 * fate is STORY_UNKNOWN. Packets to addresses that are neither end's are lost.
 *
 * tcb[side] of a segment is the sender's, right after it left, before anything else did. tcb[other] is the receiver's right after
 * the segment was processed, before it sends anything (a SYN,ACK, a RST, and the ACKs of TIME-WAIT are made while it is
 * processed: they count as sent); when the segment is lost or still on its way, as it was when it left. Of a call, a timer, a
 * change, a mark: both as they were right after it. An end without a connection is LISTEN when a listener would take one and it
 * has not had one that is over, else CLOSED; |known| then says that nothing else counts.
 *
 * The first note of a CALL is its TERN_EV_CALL event, that of a TIMER its TERN_EV_TIMER_FIRED. SEG_IN and SEG_OUT are no notes,
 * and the DROP that refused a segment is its row's |drop|. Timers that are set and stopped are notes with |trace_all| only, but
 * for 2MSL's beginning.
 *
 * All packets of a pair of endpoints belong to its last story_conn; an active OPEN begins a new one unless that end has had no
 * part in it yet (simultaneous opens, and a SYN forged before, are one with it). A passive OPEN is told with the first connection
 * to its port, at the time when it was called. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <tern/tern.h>

#include "story.h"

struct sim_config {
    bool v6;
    uint32_t mtu;                                /* 0: 1500 */
    tern_ns delay;                               /* one way; 0: 20 ms */
    uint64_t rate;                               /* bit/s of the path; 0: without limit */
    uint64_t seed;                               /* of the stacks' secrets, and of whatever is drawn; 0: 1 */
    struct tern_settings settings[STORY_SIDE_N]; /* sim_config_default() fills them in */
    int64_t isn[STORY_SIDE_N];                   /* of each end's connections; -1: as its stack chooses */
    uint32_t *faults_left;                       /* NULL; else sim_free() adds the faults whose packet never came */
    bool trace_all; /* the story also has plain calls (SEND, RECEIVE) and timers that are set and stopped */
};

void sim_config_default(struct sim_config *cfg);

struct sim;

/* A is 192.0.2.1 or 2001:db8::1, B is 198.51.100.1 or 2001:db8:1::1. NULL: no memory, or the configuration cannot be. */
struct sim *sim_new(const struct sim_config *cfg);
void sim_free(struct sim *s);

struct tern_stack *sim_stack(struct sim *s, enum story_side side);
struct tern_addr sim_addr(const struct sim *s, enum story_side side);
tern_ns sim_now(const struct sim *s);
/* The sim's own, valid until sim_free(); sim_take_story() hands it over and begins an empty one. */
struct story *sim_story(struct sim *s);
struct story sim_take_story(struct sim *s);

/* Runs until |until|, which it is then (TERN_NEVER: until nothing is left that could happen). Returns the number of packets that
 * were sent. */
uint64_t sim_run(struct sim *s, tern_ns until);
/* The same for |span| from now on. */
uint64_t sim_run_for(struct sim *s, tern_ns span);
/* Until both stacks have no deadline before |limit| and nothing is on its way; time stays at the last thing that happened. */
void sim_run_quiet(struct sim *s, tern_ns limit);
/* Until |done| says so, asked after each thing that happens; false: |limit| came first. */
bool sim_run_until(struct sim *s, tern_ns limit, bool (*done)(void *ctx), void *ctx);
/* The same, but asked before anybody answers: what the application then does, it does in the instant of the arrival, so that its
 * segment may be the answer. */
bool sim_run_until_arrival(struct sim *s, tern_ns limit, bool (*done)(void *ctx), void *ctx);

/* ---- short ways for common doings ---- */

struct tern_listener *sim_listen(struct sim *s, enum story_side side, uint16_t port, uint32_t backlog);
/* An active open from |side| to the other end's |port|; |local_port| 0: an ephemeral one. The SYN leaves with sim_run(). */
struct tern_conn *sim_connect(struct sim *s, enum story_side side, uint16_t local_port, uint16_t port);
/* Sends |n| bytes of a fixed pattern; returns what tern_conn_send() took. */
int64_t sim_send(struct sim *s, struct tern_conn *c, size_t n);
int64_t sim_send_text(struct sim *s, struct tern_conn *c, const char *text);
/* Reads all that is there; returns the bytes, or a TERN_ERR_*; 0 at the end of the stream. */
int64_t sim_read(struct sim *s, struct tern_conn *c);
/* tern_conn_close(), _abort(), _release(); the story then has the figures of that very moment. */
int sim_close(struct sim *s, struct tern_conn *c);
int sim_abort(struct sim *s, struct tern_conn *c);
void sim_release(struct sim *s, struct tern_conn *c);
/* A connection from port 40000 of A to port 80 of B, established: both handles. False: it did not come about. */
bool sim_establish(struct sim *s, struct tern_conn **a, struct tern_conn **b);
/* The end loses its memory: a new stack with the same addresses, no connections. Its handles are gone. */
void sim_reboot(struct sim *s, enum story_side side);

/* ---- what the path does ---- */

enum sim_fault_kind {
    SIM_LOSE,      /* it does not arrive */
    SIM_DELAY,     /* it arrives |extra| later: a later one may overtake it */
    SIM_DUPLICATE, /* a second copy arrives |extra| after the first */
    SIM_CORRUPT    /* one bit of its payload, or else of its checksum, is turned */
};
/* For the |nth| packet from now on (1: the next) that |from| sends and that has all of |flags| set (0: any); |with_data|: only
 * those that carry data are counted. */
struct sim_fault {
    enum sim_fault_kind kind;
    enum story_side from; /* STORY_SIDE_N: either end; both are counted together (lessons: --loss-nth) */
    uint32_t nth;
    uint16_t flags;
    bool with_data;
    tern_ns extra;
};
void sim_fault(struct sim *s, const struct sim_fault *f);
/* |percent| of all packets of |from| are lost, by the seed. */
void sim_loss(struct sim *s, enum story_side from, double percent);
/* The cable is pulled, or put back: what is sent meanwhile is lost. */
void sim_cut(struct sim *s, bool cut);

/* A packet that somebody forges in |from|'s name; it arrives at the other end after |delay|. Sequence numbers are absolute. */
struct sim_forged {
    enum story_side from;
    uint16_t from_port, to_port;
    uint32_t seq, ack;
    uint16_t flags;
    uint16_t wnd;
    uint16_t len;                    /* payload bytes, 'x' */
    const struct tern_addr *address; /* in place of |from|'s: a spoofed one; NULL */
    uint8_t options[40];
    uint8_t options_len; /* a multiple of 4 */
    tern_ns delay;
    const char *payload; /* |len| bytes; NULL: 'x' */
};
/* Its connection's row says |forged|. */
void sim_forge(struct sim *s, const struct sim_forged *f);

/* ---- experiments ---- */

/* Switches a clause of the protocol off at |side| (STORY_SIDE_N: at both), by its name of the table in experiment.h. False: this
 * build has no switches, or there is no such clause. To be called before anything runs. */
bool sim_without(struct sim *s, enum story_side side, const char *clause);

#endif
