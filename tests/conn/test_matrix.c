/* SEGMENT ARRIVES (RFC 9293 3.10.7.3, 3.10.7.4) as a matrix: one test for each kind of segment, which looks at every state from
 * SYN-SENT (after an active OPEN; SYN-RECEIVED then is that of a simultaneous one) to TIME-WAIT: what is answered, and which
 * state follows. */
#include "reach.h"

enum { STATES = TERN_TIME_WAIT - TERN_SYN_SENT + 1 };

enum ack_kind { NO_ACK, ACKS_NOTHING, ACKS_ALL, ACKS_THE_FUTURE };

struct row {
    uint16_t flags;
    enum ack_kind ack;
    int64_t at; /* from RCV.NXT */
    uint32_t len;
    /* One letter a state. Answers: - none, A an ACK, S a SYN,ACK, R a RST, o either none or an ACK (the RFC leaves it open).
     * Then: = the same state, or the first letter or digit of the new one: c CLOSED, r SYN-RECEIVED, e ESTABLISHED, 2 FIN-WAIT-2,
     * w CLOSE-WAIT, g CLOSING, t TIME-WAIT. */
    char answer[STATES + 1], next[STATES + 1];
};

static const struct row *row;

static enum tern_state next_of(char letter, enum tern_state s)
{
    switch (letter) {
    case 'c': return TERN_CLOSED;
    case 'r': return TERN_SYN_RECEIVED;
    case 'e': return TERN_ESTABLISHED;
    case '2': return TERN_FIN_WAIT_2;
    case 'w': return TERN_CLOSE_WAIT;
    case 'g': return TERN_CLOSING;
    case 't': return TERN_TIME_WAIT;
    default: assert_int_equal(letter, '='); return s;
    }
}

static void check_answer(struct rig *r, enum tern_state s, char letter)
{
    const struct out_seg *o = rig_next(r);
    uint16_t flags = o ? o->h.flags & (SYN | FIN | RST | ACK) : 0;
    if (letter == 'o' && !o) return;
    if (letter == '-') {
        assert_null(o);
        return;
    }
    assert_non_null(o);
    assert_int_equal(flags, letter == 'R' ? RST : letter == 'S' ? SYN | ACK : ACK);
    if (flags == ACK && s != TERN_SYN_SENT) assert_int_equal(o->h.seq.v, r->iss + (uint32_t)our_next(s));
    NONE(r);
}

static void look(struct rig *r, enum tern_state s)
{
    size_t i = s - TERN_SYN_SENT;
    reach(r, s);
    int64_t ack = row->ack == ACKS_NOTHING ? our_una(s) : our_next(s) + (row->ack == ACKS_THE_FUTURE);
    IN(r, .flags = row->flags | (row->ack == NO_ACK ? 0 : ACK), .seq = peer_next(s) + row->at, .ack = ack, .len = row->len);
    STATE(r, next_of(row->next[i], s));
    check_answer(r, s, row->answer[i]);
}

#define FAR INT64_C(100000000)

/* Columns:          SYN-SENT SYN-RCVD ESTAB FIN-W-1 FIN-W-2 CLOSE-W CLOSING LAST-ACK TIME-WAIT */
#define ROW(name, ...)                                                                                                           \
    static void name(struct rig *r)                                                                                              \
    {                                                                                                                            \
        static const struct row one = {__VA_ARGS__};                                                                             \
        row = &one;                                                                                                              \
        each_state(r, TERN_SYN_SENT, TERN_TIME_WAIT, look);                                                                      \
        row = NULL;                                                                                                              \
    }

ROW(rst_at_rcv_nxt, RST, NO_ACK, 0, 0, "---------", "=ccccccc=")
ROW(rst_at_rcv_nxt_with_ack, RST, ACKS_ALL, 0, 0, "---------", "cccccccc=")
ROW(rst_with_ack_of_the_future, RST, ACKS_THE_FUTURE, 0, 0, "---------", "=ccccccc=")
ROW(rst_in_the_window, RST, NO_ACK, 5, 0, "-AAAAAAA-", "=========")
ROW(rst_before_the_window, RST, NO_ACK, -5, 0, "---------", "=========")
ROW(rst_beyond_the_window, RST, NO_ACK, FAR, 0, "---------", "=========")
ROW(syn_at_rcv_nxt, SYN, NO_ACK, 0, 0, "SAAAAAAAA", "r========")
ROW(syn_before_the_window, SYN, NO_ACK, -FAR, 0, "SAAAAAAAA", "r========")
ROW(syn_ack_at_rcv_nxt, SYN, ACKS_ALL, 0, 0, "AAAAAAAAA", "e========")
ROW(syn_ack_that_acknowledges_nothing, SYN, ACKS_NOTHING, 0, 0, "RAAAAAAAA", "=========")
ROW(syn_ack_beyond_the_window, SYN, ACKS_ALL, FAR, 0, "AAAAAAAAA", "e========")
ROW(ack_of_nothing_new, 0, ACKS_NOTHING, 0, 0, "RR-------", "=========")
ROW(ack_of_everything, 0, ACKS_ALL, 0, 0, "---------", "=e=2==tc=")
ROW(ack_of_the_future, 0, ACKS_THE_FUTURE, 0, 0, "RRAAAAAAo", "=========")
ROW(ack_of_everything_before_the_window, 0, ACKS_ALL, -5, 0, "-AAAAAAAA", "=========")
ROW(ack_of_everything_beyond_the_window, 0, ACKS_ALL, FAR, 0, "-AAAAAAAA", "=========")
ROW(data, 0, ACKS_ALL, 0, 10, "-----oo-o", "=e=2==tc=")
ROW(data_that_was_received_before, 0, ACKS_ALL, -100, 10, "-AAAAAAAA", "=========")
ROW(data_beyond_the_window, 0, ACKS_ALL, FAR, 10, "-AAAAAAAA", "=========")
ROW(data_with_ack_of_the_future, 0, ACKS_THE_FUTURE, 0, 10, "RRAAAAAAo", "=========")
ROW(data_without_ack, 0, NO_ACK, 0, 10, "---------", "=========")
ROW(data_without_ack_beyond_the_window, 0, NO_ACK, FAR, 10, "-AAAAAAAA", "=========")
ROW(fin, FIN, ACKS_NOTHING, 0, 0, "RRAAAoooo", "==wgt====")
ROW(fin_that_acknowledges_everything, FIN, ACKS_ALL, 0, 0, "-AAAAoo-o", "=wwtt=tc=")
ROW(fin_with_data_that_acknowledges_everything, FIN, ACKS_ALL, 0, 10, "-AAAAoo-o", "=wwtt=tc=")
ROW(fin_without_ack, FIN, NO_ACK, 0, 0, "---------", "=========")
ROW(fin_beyond_the_window, FIN, ACKS_ALL, FAR, 0, "-AAAAAAAA", "=========")
ROW(fin_with_ack_of_the_future, FIN, ACKS_THE_FUTURE, 0, 0, "RRAAAAAAo", "=========")

static const struct rig_test tests[] = {
    RIG_TEST(rst_at_rcv_nxt),
    RIG_TEST(rst_at_rcv_nxt_with_ack),
    RIG_TEST(rst_with_ack_of_the_future),
    RIG_TEST(rst_in_the_window),
    RIG_TEST(rst_before_the_window),
    RIG_TEST(rst_beyond_the_window),
    RIG_TEST(syn_at_rcv_nxt),
    RIG_TEST(syn_before_the_window),
    RIG_TEST(syn_ack_at_rcv_nxt),
    RIG_TEST(syn_ack_that_acknowledges_nothing),
    RIG_TEST(syn_ack_beyond_the_window),
    RIG_TEST(ack_of_nothing_new),
    RIG_TEST(ack_of_everything),
    RIG_TEST(ack_of_the_future),
    RIG_TEST(ack_of_everything_before_the_window),
    RIG_TEST(ack_of_everything_beyond_the_window),
    RIG_TEST(data),
    RIG_TEST(data_that_was_received_before),
    RIG_TEST(data_beyond_the_window),
    RIG_TEST(data_with_ack_of_the_future),
    RIG_TEST(data_without_ack),
    RIG_TEST(data_without_ack_beyond_the_window),
    RIG_TEST(fin),
    RIG_TEST(fin_that_acknowledges_everything),
    RIG_TEST(fin_with_data_that_acknowledges_everything),
    RIG_TEST(fin_without_ack),
    RIG_TEST(fin_beyond_the_window),
    RIG_TEST(fin_with_ack_of_the_future),
};

RIG_MAIN(tests)
