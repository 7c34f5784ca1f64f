/* The transitions of a connection: one table (RFC 9293 figure 5, its notes, and 3.10). Nothing else changes a state. */
#ifndef TCP_FSM_H
#define TCP_FSM_H

#include <tern/trace.h>

#define FSM_EVENTS(X)                                                                                                            \
    X(OPEN_PASSIVE, "passive OPEN")                                                                                              \
    X(OPEN_ACTIVE, "active OPEN")                                                                                                \
    X(SEND, "SEND")                                                                                                              \
    X(CLOSE, "CLOSE")                                                                                                            \
    X(ABORT, "ABORT")                                                                                                            \
    X(ABORT_REST, "ABORT, resting")                                                                                              \
    X(RCV_SYN, "rcv SYN")                                                                                                        \
    X(RCV_SYN_ACK, "rcv SYN,ACK")                                                                                                \
    X(RCV_ACK_OF_SYN, "rcv ACK of SYN")                                                                                          \
    X(RCV_FIN, "rcv FIN")                                                                                                        \
    X(RCV_ACK_OF_FIN, "rcv ACK of FIN")                                                                                          \
    X(RCV_FIN_ACK_OF_FIN, "rcv FIN,ACK of FIN")                                                                                  \
    X(RCV_RST, "rcv RST")                                                                                                        \
    X(RCV_RST_PASSIVE, "rcv RST, after a passive OPEN")                                                                          \
    X(RCV_SYN_PASSIVE, "rcv SYN in the window, after a passive OPEN")                                                            \
    X(RCV_NEW_SYN, "rcv newer SYN")                                                                                              \
    X(USER_TIMEOUT, "USER TIMEOUT")                                                                                              \
    X(GIVE_UP, "R2 reached, or the peer is dead")                                                                                \
    X(TIMEOUT_2MSL, "Timeout=2MSL")                                                                                              \
    X(TIMEOUT_ORPHAN, "orphan's time is over")                                                                                   \
    X(ICMP_HARD, "ICMP hard error")

enum fsm_event {
#define X(id, name) FSM_##id,
    FSM_EVENTS(X)
#undef X
        FSM_EVENT_N
};

/* What is done on the way, as figure 5 says it. */
#define FSM_ACTIONS(X)                                                                                                           \
    X(NONE, "x")                                                                                                                 \
    X(CREATE, "create TCB")                                                                                                      \
    X(CREATE_SYN, "create TCB, snd SYN")                                                                                         \
    X(SYN, "snd SYN")                                                                                                            \
    X(SYN_ACK, "snd SYN,ACK")                                                                                                    \
    X(ACK, "snd ACK")                                                                                                            \
    X(FIN, "snd FIN")                                                                                                            \
    X(RST, "snd RST")                                                                                                            \
    X(RST_DELETE, "snd RST, delete TCB")                                                                                         \
    X(DELETE, "delete TCB")

enum fsm_action {
#define X(id, name) FSM_DO_##id,
    FSM_ACTIONS(X)
#undef X
        FSM_ACTION_N
};

struct fsm_arrow {
    enum tern_state from;
    enum fsm_event event;
    enum tern_state to;
    enum fsm_action action;
    const char *source; /* where the rule stands */
    bool figure;        /* drawn in RFC 9293's figure 5 */
};

/* The table, and its number of rows. */
extern const struct fsm_arrow fsm_arrows[];
extern const size_t fsm_arrow_n;

/* The state that follows, TERN_STATE_N when there is no such arrow. */
enum tern_state fsm_next(enum tern_state from, enum fsm_event event);

const char *fsm_event_name(enum fsm_event e);
const char *fsm_action_name(enum fsm_action a);

#endif
