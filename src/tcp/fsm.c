#include "fsm.h"

#define FIG5 "RFC 9293 figure 5"

const struct fsm_arrow fsm_arrows[] = {
    {TERN_CLOSED, FSM_OPEN_PASSIVE, TERN_LISTEN, "create TCB", FIG5, true},
    {TERN_CLOSED, FSM_OPEN_ACTIVE, TERN_SYN_SENT, "create TCB, snd SYN", FIG5, true},
    {TERN_LISTEN, FSM_RCV_SYN, TERN_SYN_RECEIVED, "snd SYN,ACK", FIG5, true},
    {TERN_LISTEN, FSM_SEND, TERN_SYN_SENT, "snd SYN", FIG5, true},
    {TERN_LISTEN, FSM_CLOSE, TERN_CLOSED, "delete TCB", FIG5, true},
    {TERN_SYN_SENT, FSM_RCV_SYN, TERN_SYN_RECEIVED, "snd SYN,ACK", FIG5, true},
    {TERN_SYN_SENT, FSM_RCV_SYN_ACK, TERN_ESTABLISHED, "snd ACK", FIG5, true},
    {TERN_SYN_SENT, FSM_CLOSE, TERN_CLOSED, "delete TCB", FIG5, true},
    {TERN_SYN_RECEIVED, FSM_RCV_ACK_OF_SYN, TERN_ESTABLISHED, "x", FIG5, true},
    {TERN_SYN_RECEIVED, FSM_CLOSE, TERN_FIN_WAIT_1, "snd FIN", FIG5, true},
    {TERN_SYN_RECEIVED, FSM_RCV_RST_PASSIVE, TERN_LISTEN, "x", FIG5 " note 1", true},
    {TERN_ESTABLISHED, FSM_CLOSE, TERN_FIN_WAIT_1, "snd FIN", FIG5, true},
    {TERN_ESTABLISHED, FSM_RCV_FIN, TERN_CLOSE_WAIT, "snd ACK", FIG5, true},
    {TERN_FIN_WAIT_1, FSM_RCV_ACK_OF_FIN, TERN_FIN_WAIT_2, "x", FIG5, true},
    {TERN_FIN_WAIT_1, FSM_RCV_FIN, TERN_CLOSING, "snd ACK", FIG5, true},
    {TERN_FIN_WAIT_1, FSM_RCV_FIN_ACK_OF_FIN, TERN_TIME_WAIT, "snd ACK", FIG5 " note 2", false},
    {TERN_FIN_WAIT_2, FSM_RCV_FIN, TERN_TIME_WAIT, "snd ACK", FIG5, true},
    {TERN_CLOSE_WAIT, FSM_CLOSE, TERN_LAST_ACK, "snd FIN", FIG5, true},
    {TERN_CLOSING, FSM_RCV_ACK_OF_FIN, TERN_TIME_WAIT, "x", FIG5, true},
    {TERN_LAST_ACK, FSM_RCV_ACK_OF_FIN, TERN_CLOSED, "x", FIG5, true},
    {TERN_TIME_WAIT, FSM_TIMEOUT_2MSL, TERN_CLOSED, "delete TCB", FIG5, true},

    /* A SYN in the window of a connection that came by LISTEN. */
    {TERN_SYN_RECEIVED, FSM_RCV_SYN_PASSIVE, TERN_LISTEN, "x", "RFC 9293 3.10.7.4 fourth", false},
    /* The next incarnation takes the pair over. */
    {TERN_TIME_WAIT, FSM_RCV_NEW_SYN, TERN_CLOSED, "delete TCB", "RFC 9293 3.6.1 MAY-2, RFC 6191", false},

    {TERN_SYN_SENT, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.3 second", false},
    {TERN_SYN_RECEIVED, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_ESTABLISHED, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_FIN_WAIT_1, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_FIN_WAIT_2, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_CLOSE_WAIT, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_CLOSING, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_LAST_ACK, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second", false},
    {TERN_TIME_WAIT, FSM_RCV_RST, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.7.4 second (rfc1337 off)", false},

    {TERN_LISTEN, FSM_ABORT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.5", false},
    {TERN_SYN_SENT, FSM_ABORT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.5", false},
    {TERN_SYN_RECEIVED, FSM_ABORT, TERN_CLOSED, "snd RST, delete TCB", "RFC 9293 3.10.5", false},
    {TERN_ESTABLISHED, FSM_ABORT, TERN_CLOSED, "snd RST, delete TCB", "RFC 9293 3.10.5", false},
    {TERN_FIN_WAIT_1, FSM_ABORT, TERN_CLOSED, "snd RST, delete TCB", "RFC 9293 3.10.5", false},
    {TERN_FIN_WAIT_2, FSM_ABORT, TERN_CLOSED, "snd RST, delete TCB", "RFC 9293 3.10.5", false},
    {TERN_CLOSE_WAIT, FSM_ABORT, TERN_CLOSED, "snd RST, delete TCB", "RFC 9293 3.10.5", false},
    {TERN_CLOSING, FSM_ABORT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.5", false},
    {TERN_LAST_ACK, FSM_ABORT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.5", false},
    {TERN_TIME_WAIT, FSM_ABORT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.5", false},

    /* By the setting abort_time_wait: the side that sent the RST rests. */
    {TERN_SYN_RECEIVED, FSM_ABORT_REST, TERN_TIME_WAIT, "snd RST", FIG5 " note 3", false},
    {TERN_ESTABLISHED, FSM_ABORT_REST, TERN_TIME_WAIT, "snd RST", FIG5 " note 3", false},
    {TERN_FIN_WAIT_1, FSM_ABORT_REST, TERN_TIME_WAIT, "snd RST", FIG5 " note 3", false},
    {TERN_FIN_WAIT_2, FSM_ABORT_REST, TERN_TIME_WAIT, "snd RST", FIG5 " note 3", false},
    {TERN_CLOSE_WAIT, FSM_ABORT_REST, TERN_TIME_WAIT, "snd RST", FIG5 " note 3", false},

    /* USER TIMEOUT, for any state with something to wait for. */
    {TERN_SYN_SENT, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_SYN_RECEIVED, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_ESTABLISHED, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_FIN_WAIT_1, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_CLOSE_WAIT, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_CLOSING, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},
    {TERN_LAST_ACK, FSM_USER_TIMEOUT, TERN_CLOSED, "delete TCB", "RFC 9293 3.10.8", false},

    /* R2 of the retransmissions; the keepalive's verdict. */
    {TERN_SYN_SENT, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3", false},
    {TERN_SYN_RECEIVED, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3", false},
    {TERN_ESTABLISHED, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3, 3.8.4", false},
    {TERN_FIN_WAIT_1, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3, 3.8.4", false},
    {TERN_FIN_WAIT_2, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.4", false},
    {TERN_CLOSE_WAIT, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3, 3.8.4", false},
    {TERN_CLOSING, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3", false},
    {TERN_LAST_ACK, FSM_GIVE_UP, TERN_CLOSED, "delete TCB", "RFC 9293 3.8.3", false},

    {TERN_FIN_WAIT_2, FSM_TIMEOUT_ORPHAN, TERN_CLOSED, "delete TCB", "tern: fin_wait_2", false},

    {TERN_SYN_SENT, FSM_ICMP_HARD, TERN_CLOSED, "delete TCB", "RFC 9293 3.9.2.2 SHLD-26", false},
    {TERN_SYN_RECEIVED, FSM_ICMP_HARD, TERN_CLOSED, "delete TCB", "RFC 9293 3.9.2.2 SHLD-26", false},
};

const size_t fsm_arrow_n = sizeof fsm_arrows / sizeof fsm_arrows[0];

enum tern_state fsm_next(enum tern_state from, enum fsm_event event)
{
    for (size_t i = 0; i < fsm_arrow_n; i++)
        if (fsm_arrows[i].from == from && fsm_arrows[i].event == event) return fsm_arrows[i].to;
    return TERN_STATE_N;
}

const char *fsm_event_name(enum fsm_event e)
{
    static const char *const name[] = {
#define X(id, text) text,
        FSM_EVENTS(X)
#undef X
    };
    return e < FSM_EVENT_N ? name[e] : "?";
}
