/* Clauses of the protocol that the build named `experiments` can switch off, one by one, stack by stack: for the lessons (what
 * goes wrong without it?) and for the mutants of the tests, of which base/must.h has those that no lesson shows. Every other
 * build, libtern's too, has none of it: CLAUSE() is true.
 */
#ifndef TCP_EXPERIMENT_H
#define TCP_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

/* id, name on the command line, document, section, what stops being done */
#define EXPERIMENT_CLAUSES(X)                                                                                                    \
    X(ISN_KEYED, "keyed-isn", "RFC 9293", "3.4.1",                                                                               \
      "initial sequence numbers are the clock alone, without the keyed hash of the pair (MUST-9)")                               \
    X(ISN_CLOCK, "isn-clock", "RFC 9293", "3.4.1", "initial sequence numbers do not move with the clock (MUST-8)")               \
    X(ISN_BEYOND, "isn-beyond", "RFC 9293", "3.6.1",                                                                             \
      "a connection that reopens a pair from TIME-WAIT need not begin beyond the numbers of the old one (MAY-2)")                \
    X(THIRD_ACK, "third-ack", "RFC 9293", "3.5",                                                                                 \
      "the server takes a connection for ESTABLISHED when it has answered the SYN: two ways, not three")                         \
    X(ACK_CHECK, "ack-check", "RFC 9293", "3.10.7.3",                                                                            \
      "in SYN-SENT and SYN-RECEIVED any acknowledgement is taken for that of our SYN")                                           \
    X(SIMULTANEOUS, "simultaneous-open", "RFC 9293", "3.5", "a SYN that crosses our own is not answered (MUST-10)")              \
    X(MSS_OPTION, "mss-option", "RFC 9293", "3.7.1", "the MSS option of the peer's SYN is not read (MUST-14)")                   \
    X(SEQ_CHECK, "seq-check", "RFC 9293", "3.10.7.4", "a segment outside the receive window is processed as if it were inside")  \
    X(RST_CHECK, "rst-validation", "RFC 5961", "3.2", "a RST anywhere in the window resets the connection")                      \
    X(SYN_CHALLENGE, "syn-challenge", "RFC 5961", "4.2", "a SYN in the window of a synchronized connection resets it")           \
    X(CHALLENGE_LIMIT, "challenge-limit", "RFC 5961", "7", "the number of challenge ACKs is not limited")                        \
    X(PAWS, "paws", "RFC 7323", "5.3", "a segment whose timestamp is older than TS.Recent is processed")                         \
    X(CHECKSUM, "checksum", "RFC 9293", "3.1", "the checksum of what arrives is not verified (MUST-3)")                          \
    X(OOO_QUEUE, "ooo-queue", "RFC 9293", "3.10.7.4", "what arrives out of order is thrown away (SHLD-31)")                      \
    X(RETRANSMISSION, "retransmission", "RFC 9293", "3.8.1",                                                                     \
      "the retransmission timer runs, but nothing is sent again when it fires")                                                  \
    X(FIN_RETRANSMIT, "fin-retransmit", "RFC 9293", "3.8.1", "a FIN that was lost is not sent again")                            \
    X(FAST_RETRANSMIT, "fast-retransmit", "RFC 5681", "3.2", "three duplicate acknowledgements do not make a retransmission")    \
    X(BACKOFF, "backoff", "RFC 6298", "5.5", "the retransmission timeout is not doubled when it fires (MUST-19)")                \
    X(KARN, "karn", "RFC 6298", "3", "round trips are also measured with segments that were sent more than once (MUST-18)")      \
    X(CONGESTION, "congestion-control", "RFC 5681", "3.1", "the congestion window does not hold the sender back (MUST-19)")      \
    X(DELAYED_ACK, "delayed-ack", "RFC 9293", "3.8.6.3", "each segment with data is acknowledged at once (SHLD-18)")             \
    X(NAGLE, "nagle", "RFC 9293", "3.7.4",                                                                                       \
      "small segments do not wait for the acknowledgement of what was sent before (SHLD-7)")                                     \
    X(SWS_RECEIVER, "sws-receiver", "RFC 9293", "3.8.6.2.2", "the window is opened by any number of bytes (MUST-39)")            \
    X(SWS_SENDER, "sws-sender", "RFC 9293", "3.8.6.2.1",                                                                         \
      "whatever the window leaves room for is sent, a single byte too (MUST-38)")                                                \
    X(ZERO_PROBE, "zero-window-probe", "RFC 9293", "3.8.6.1", "a zero window is not probed (MUST-36)")                           \
    X(WINDOW_CHECK, "window-check", "RFC 9293", "3.8.6", "data is sent beyond the window that the peer offers")                  \
    X(KEEPALIVE, "keepalive", "RFC 9293", "3.8.4", "an idle peer is not probed, though the application asked for it (MAY-5)")    \
    X(TIME_WAIT, "time-wait", "RFC 9293", "3.6.1",                                                                               \
      "who closes first forgets the connection at once, without TIME-WAIT (MUST-13)")                                            \
    X(MSL2_RESTART, "2msl-restart", "RFC 9293", "3.10.7.4", "the FIN again in TIME-WAIT does not start 2MSL anew")               \
    X(TW_REUSE, "tw-reuse-check", "RFC 6191", "2", "any SYN opens the next incarnation in TIME-WAIT, an old duplicate too")      \
    X(TW_PORT, "port-in-time-wait", "RFC 9293", "3.6.1", "an active OPEN may take a pair that is in TIME-WAIT")                  \
    X(HALF_LIMIT, "half-open-limit", "tern", "listener", "a listener keeps any number of half-open connections")                 \
    X(ACCEPT_LIMIT, "accept-limit", "tern", "listener", "the accept queue of a listener takes any number of connections")        \
    X(RST_TO_CLOSED, "rst-to-closed", "RFC 9293", "3.10.7.1", "a segment for no connection is not answered by a RST")            \
    X(RST_UNREAD, "rst-unread", "RFC 2525", "2.17", "closing with unread data sends a FIN, as if all had been read (SHLD-3)")

enum experiment_clause {
#define X(id, name, doc, section, text) EXPERIMENT_##id,
    EXPERIMENT_CLAUSES(X)
#undef X
        EXPERIMENT_CLAUSE_N
};

struct experiment_info {
    const char *name, *doc, *section, *text;
};

/* The table itself is in every build, for those who list it; the switches are not. NULL: no such row, no such name. */
const struct experiment_info *experiment_info(unsigned clause);

/* Has this build the switches? */
bool experiment_build(void);

#ifdef TERN_EXPERIMENTS
/* A member of struct tcp_env, all zero: nothing is switched off. */
struct experiment_off {
    uint64_t bits[(EXPERIMENT_CLAUSE_N + 63) / 64];
};
/* |env| is a struct tcp_env. */
#define CLAUSE(env, id) (((env)->off.bits[EXPERIMENT_##id / 64] >> EXPERIMENT_##id % 64 & 1) == 0)
struct tern_stack;
/* False: no such clause. (In stack/peek.c: this layer knows no stack.) */
bool experiment_switch_off(struct tern_stack *s, const char *name);
#else
#define CLAUSE(env, id) ((void)(env), true)
#endif

#endif
