/* More accurate ECN feedback: RFC 9768. The option has its own file. */
#include "accecn_test.h"

/* ---- 3.1: who speaks how ---- */

struct row {
    uint16_t in;  /* the flags that come */
    uint8_t tos;  /* and the ECN field */
    uint16_t out; /* the flags that answer */
    bool accurate, classic;
};

static void server(const struct rig *like, const struct row *w)
{
    static struct rig r;
    anew(&r, like);
    rig_listen(&r);
    IN(&r, .flags = SYN | w->in, .mss = 1000, .tos = w->tos);
    OUT(&r, .flags = SYN | ACK | w->out, .seq = 0, .ack = 1, .tos = NO_TOS, .acc = w->accurate ? "0 1" : NO_OPTION);
    IN(&r, .flags = ACK | (w->accurate ? ACE(2) : 0), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(&r));
    expect(&r, w->accurate, w->classic);
    rig_send(&r, 1000);
    bool ect = w->accurate || w->classic;
    OUT(&r, .flags = ACK | (w->accurate ? ACE(5) : 0), .seq = 1, .ack = 1, .len = 1000, .tos = ect ? ECT0 : NO_TOS);
    over(&r);
}

/* proves: RFC 9768 3.1.1, RFC 9768 3.1.2, RFC 9768 3.1.3. The third block of table 2, the first by the ECN field of the SYN, and
 * what is reserved. */
static void the_server_answers_each_syn_by_the_table(struct rig *r)
{
    static const struct row rows[] = {
        {ASK, 0, CWR, true, false},       {ASK, ECT1, CWR | ECE, true, false}, {ASK, ECT0, AE, true, false},
        {ASK, CE, AE | CWR, true, false}, {CWR | ECE, 0, ECE, false, true},    {0, 0, 0, false, false},
        {AE, 0, CWR, true, false},        {AE | ECE, 0, CWR, true, false},     {AE | CWR, CE, AE | CWR, true, false},
        {CWR, 0, CWR, true, false},       {ECE, 0, CWR, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) server(r, &rows[i]);
}

static void client(const struct rig *like, const struct row *w)
{
    static struct rig r;
    anew(&r, like);
    rig_connect(&r);
    OUT(&r, .flags = SYN | ASK, .seq = 0, .tos = NO_TOS, .acc = NO_OPTION);
    IN(&r, .flags = SYN | ACK | w->in, .ack = 1, .mss = 1000, .tos = w->tos, .acc = w->accurate ? "0 1 0 1" : NULL);
    OUT(&r, .flags = ACK | w->out, .seq = 1, .ack = 1, .tos = NO_TOS, .acc = w->accurate ? "0 1" : NO_OPTION);
    expect(&r, w->accurate, w->classic);
    over(&r);
}

/* proves: RFC 9768 3.1.2, RFC 9768 3.1.3, RFC 9768 3.2.2.1. Blocks 1, 2 and 4 of table 2, and what is reserved;
 * the ACK tells of the SYN,ACK's ECN field (table 3). */
static void the_client_reads_each_syn_ack_by_the_table(struct rig *r)
{
    static const struct row rows[] = {
        {CWR, 0, ACE(2), true, false},
        {CWR, ECT1, ACE(3), true, false},
        {CWR, ECT0, ACE(4), true, false},
        {CWR, CE, ACE(6), true, false},
        {CWR | ECE, 0, ACE(2), true, false},
        {AE, 0, ACE(2), true, false},
        {AE | CWR, 0, ACE(2), true, false},
        {AE | ECE, 0, ACE(2), true, false},
        {ECE, 0, 0, false, true},
        {0, 0, 0, false, false},
        {ASK, 0, 0, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) client(r, &rows[i]);
}

/* Linux's values of the setting: what is asked for. */
static void the_setting_says_what_is_asked_for(struct rig *r)
{
    static const uint16_t asks[] = {0, CWR | ECE, 0, ASK, CWR | ECE, 0};
    for (unsigned mode = 0; mode <= 5; mode++) {
        static struct rig one;
        anew(&one, r);
        set(&one, "ecn", mode);
        rig_connect(&one);
        OUT(&one, .flags = SYN | asks[mode], .seq = 0);
        over(&one);
    }
}

static void the_setting_says_what_is_accepted(struct rig *r)
{
    static const uint16_t answers[] = {0, ECE, ECE, CWR, CWR, CWR};
    for (unsigned mode = 0; mode <= 5; mode++) {
        static struct rig one;
        anew(&one, r);
        set(&one, "ecn", mode);
        rig_listen(&one);
        IN(&one, .flags = SYN | ASK);
        OUT(&one, .flags = SYN | ACK | answers[mode], .seq = 0, .ack = 1);
        over(&one);
    }
}

static void an_option_chooses_for_one_listener(struct rig *r)
{
    int64_t v = 0;
    rig_listen(r);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_ECN, 3), 0);
    assert_int_equal(tern_listener_get(r->l, TERN_OPT_ECN, &v), 0);
    assert_int_equal(v, 3);
    IN(r, .flags = SYN | ASK);
    OUT(r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_ECN, 0), TERN_ERR_INVAL); /* too late */
}

/* proves: RFC 9768 3.1.4 */
static void the_second_syn_asks_still_the_third_does_not(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    OUT(r, .flags = SYN | ASK, .seq = 0);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ASK, .seq = 0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN, .seq = 0);
    SAW(r, ACCECN_FALLBACK);
    /* the answer to one of the first: it counts, and a client may go on as if nothing had been */
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    expect(r, true, false);
    rig_send(r, 992);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 992, .tos = ECT0);
}

/* RFC 3168 6.1.1: who has sent a SYN without the bits sends no ECT. */
static void an_old_server_after_the_fallback(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    rig_pass(r, 4 * TERN_SEC);
    rig_clear(r);
    IN(r, .flags = SYN | ACK | ECE, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
    expect(r, false, true);
}

static void asked(struct rig *r)
{
    set(r, "ecn", 3);
    rig_listen(r);
    IN(r, .flags = SYN | ASK, .mss = 1000, .sack_ok = true);
    OUT(r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1, .acc = "0 1");
}

/* proves: RFC 9768 3.1.4, RFC 9768 3.1.5, RFC 9768 3.2.3.2.2. First without the option, then without the flags; and then no ECT.
 */
static void a_syn_ack_falls_back_in_two_steps(struct rig *r)
{
    asked(r);
    rig_pass(r, TERN_SEC);
    OUT(r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1, .acc = NO_OPTION);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .acc = NO_OPTION);
    IN(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    expect(r, true, false); /* it stays in the mode, and tells of what comes */
    assert_true(rig_status(r).ecn_stopped);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1001);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1001, .len = 1000, .tos = NO_TOS);
}

/* proves: RFC 9768 3.1.5 */
static void a_syn_without_flags_after_one_with(struct rig *r)
{
    asked(r);
    IN(r, .flags = SYN, .mss = 1000);
    OUT(r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = NO_TOS);
    SAW(r, ACCECN_NO_ECT);
}

/* proves: RFC 9768 3.1.5. The latest one's ECN field is told. */
static void the_syn_again_with_another_ecn_field(struct rig *r)
{
    asked(r);
    IN(r, .flags = SYN | ASK, .mss = 1000, .tos = CE);
    OUT(r, .flags = SYN | ACK | AE | CWR, .seq = 0, .ack = 1);
}

/* proves: RFC 9768 3.1.5 */
static void syns_of_both_kinds_are_reset(struct rig *r)
{
    asked(r);
    IN(r, .flags = SYN | CWR | ECE, .mss = 1000);
    OUT(r, .flags = RST | ACK | ACE(5), .seq = 1, .ack = 1);
    SAW(r, ACCECN_MIXED);
}

static void syns_of_both_kinds_are_reset_the_other_way_round(struct rig *r)
{
    set(r, "ecn", 3);
    rig_listen(r);
    IN(r, .flags = SYN | CWR | ECE, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ASK, .mss = 1000);
    OUT(r, .flags = RST | ACK, .seq = 1, .ack = 1);
}

/* 3.1.2: as if it had only been asked. */
static void both_open_at_once(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    OUT(r, .flags = SYN | ASK, .seq = 0);
    IN(r, .flags = SYN | ASK, .mss = 1000, .tos = ECT0);
    OUT(r, .flags = SYN | ACK | AE, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1);
    rig_clear(r);
    expect(r, true, false);
    assert_false(rig_status(r).ecn_stopped);
}

static void both_open_at_once_and_one_is_old(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    OUT(r, .flags = SYN | ASK, .seq = 0);
    IN(r, .flags = SYN | CWR | ECE, .mss = 1000);
    OUT(r, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
    IN(r, .flags = SYN | ACK | ECE, .ack = 1);
    rig_clear(r);
    expect(r, false, true);
}

/* ---- 3.2.2.1, 3.2.2.3, 3.2.2.4: what became of the handshake ---- */

static void after_ack(const struct rig *like, unsigned ace, bool ect, enum tern_rule rule)
{
    static struct rig r;
    anew(&r, like);
    rig_listen(&r);
    IN(&r, .flags = SYN | ASK, .mss = 1000);
    OUT(&r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
    IN(&r, .flags = ACK | ACE(ace), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(&r));
    expect(&r, true, false);
    if (rule) assert_true(rig_saw(&r, rule));
    rig_send(&r, 1000);
    OUT(&r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ect ? ECT0 : NO_TOS);
    over(&r);
}

/* proves: RFC 9768 3.2.2.1, RFC 9768 3.2.2.3. Table 4. */
static void the_server_reads_each_last_ack_by_the_table(struct rig *r)
{
    after_ack(r, 0, false, TERN_RULE_ACCECN_ZERO);
    after_ack(r, 1, true, TERN_RULE_NONE);
    after_ack(r, 2, true, TERN_RULE_NONE);
    after_ack(r, 3, false, TERN_RULE_ACCECN_MANGLED); /* the SYN,ACK was not ECN-capable */
    after_ack(r, 4, false, TERN_RULE_ACCECN_MANGLED);
    after_ack(r, 5, true, TERN_RULE_NONE);
    after_ack(r, 6, false, TERN_RULE_ACCECN_MANGLED);
    after_ack(r, 7, true, TERN_RULE_NONE);
}

/* proves: RFC 9768 3.2.2.3. The same from the client's side; it goes on telling of marks, and answers them. */
static void a_mangled_syn_stops_ect(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK | AE, .ack = 1, .mss = 1000);
    SAW(r, ACCECN_MANGLED);
    OUT(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    rig_send(r, 992);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 992, .tos = NO_TOS);
    uint32_t cwnd = rig_status(r).cwnd;
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 993, .len = 1000, .tos = CE);
    assert_true(rig_status(r).cwnd < cwnd);
    OUT(r, .flags = ACK | ACE(6), .seq = 993, .ack = 1001);
}

/* proves: RFC 9768 3.2.2.2. A marked SYN or SYN,ACK is answered by congestion control; the counters do not count the SYN. */
static void a_marked_syn_makes_the_window_small(struct rig *r)
{
    set(r, "ecn", 3);
    set(r, "ecn_control", 1);
    rig_connect(r);
    OUT(r, .flags = SYN | ASK, .seq = 0, .tos = ECT0);
    IN(r, .flags = SYN | ACK | AE | CWR, .ack = 1, .mss = 1000);
    SAW(r, ACCECN_SYN_MARKED);
    assert_int_equal(rig_status(r).cwnd, 1000);
    assert_false(rig_status(r).ecn_stopped); /* from ECT(0) to CE: as it should be */
}

static void a_marked_syn_ack_makes_the_window_small(struct rig *r)
{
    set(r, "ecn", 3);
    set(r, "ecn_control", 1);
    rig_listen(r);
    IN(r, .flags = SYN | ASK, .mss = 1000, .tos = ECT0);
    OUT(r, .flags = SYN | ACK | AE, .seq = 0, .ack = 1, .tos = ECT0);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    assert_int_equal(rig_status(r).cwnd, 1000);
    assert_false(rig_status(r).ecn_stopped);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1001); /* 6 is where it stands: nothing new */
    assert_int_equal(rig_status(r).delivered_ce, 0);
}

/* proves: RFC 9768 3.2.2.2. Once, whatever comes again. */
static void a_marked_syn_ack_counts_once(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000, .tos = 0);
    OUT(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1); /* the latest one's */
    rig_send(r, 500);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1, .len = 500);
}

/* proves: RFC 9768 3.2.2.1. A pure ACK first. */
static void data_waits_for_the_ack_of_the_syn_ack(struct rig *r)
{
    set(r, "ecn", 3);
    rig_connect(r);
    rig_clear(r);
    rig_send(r, 500);
    IN(r, .flags = SYN | ACK | CWR, .ack = 1, .mss = 1000);
    OUT(r, .flags = ACK | ACE(2), .seq = 1, .ack = 1);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 500);
}

/* ---- ESTABLISHED ---- */

/* proves: RFC 9768 3.2.2.4 */
static void a_first_counter_of_zero_is_not_believed(struct rig *r)
{
    agreed(r);
    rig_send(r, 1000);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1001);
    SAW(r, ACCECN_ZERO);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1001, .ack = 1, .len = 1000, .tos = NO_TOS);
    uint32_t cwnd = rig_status(r).cwnd;
    IN(r, .flags = ACK | ACE(3), .seq = 1, .ack = 2001);
    assert_true(rig_status(r).cwnd >= cwnd);
}

/* proves: RFC 9768 3.2.1, RFC 9768 3.2.2.2. Packets with CE are counted, modulo 8, on every segment; there is no CWR. */
static void marks_are_counted(struct rig *r)
{
    agreed_quick(r);
    for (int i = 0; i < 9; i++) IN(r, .flags = ACK | ACE(5), .seq = 1 + 100 * i, .ack = 1, .len = 100, .tos = CE);
    rig_clear(r);
    assert_int_equal(rig_status(r).received_ce, 9);
    IN(r, .flags = ACK | ACE(5), .seq = 901, .ack = 1, .tos = CE); /* a pure ACK, too */
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5 + 10), .seq = 1, .ack = 901, .len = 1000, .tos = ECT0);
    rig_close(r);
    OUT(r, .flags = FIN | ACK | ACE(5 + 10), .seq = 1001, .ack = 901);
}

/* proves: RFC 9768 3.2.2.5.1 */
static void the_first_mark_is_told_at_once(struct rig *r)
{
    agreed(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = ECT0);
    rig_clear(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1001, .ack = 1, .len = 400, .tos = ECT0);
    NONE(r); /* delayed */
    IN(r, .flags = ACK | ACE(5), .seq = 1401, .ack = 1, .len = 100, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1501, .acc = "0 1401 100");
    SAW(r, ACCECN_CHANGE);
    IN(r, .flags = ACK | ACE(5), .seq = 1501, .ack = 1, .len = 100, .tos = CE);
    NONE(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1601, .ack = 1, .len = 100, .tos = CE); /* the second since */
    OUT(r, .flags = ACK | ACE(8), .seq = 1, .ack = 1701, .acc = "0 1401 300");
    SAW(r, ACCECN_MANY);
}

/* proves: RFC 9768 3.2.2.5.1. With nothing to acknowledge, three marked ACKs are answered, by an ACK without SACK blocks. */
static void three_marked_acks_are_answered(struct rig *r)
{
    agreed(r);
    for (int round = 1; round <= 2; round++) {
        IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .tos = CE);
        IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .tos = CE);
        NONE(r);
        IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .tos = CE);
        OUT(r, .flags = ACK | ACE(5 + 3 * round), .seq = 1, .ack = 1, .sack_n = 255);
    }
    SAW(r, ACCECN_ACK_OF_ACK);
}

/* ---- what the peer's counter means: 3.2.2.5.2 ---- */

/* proves: RFC 9768 3.1.5. NewReno and CUBIC respond once a round trip, however many marks there are. */
static void the_window_is_halved_once_a_round_trip(struct rig *r)
{
    reno(r);
    agreed(r);
    sent(r, 20);
    uint32_t cwnd = rig_status(r).cwnd;
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 2001);
    SAW(r, CC_ECN);
    uint32_t half = rig_status(r).cwnd;
    assert_true(half < cwnd);
    IN(r, .flags = ACK | ACE(8), .seq = 1, .ack = 4001);
    IN(r, .flags = ACK | ACE(9), .seq = 1, .ack = 6001);
    assert_int_equal(rig_status(r).cwnd, half);
    assert_int_equal(rig_status(r).delivered_ce, 4);
    rig_clear(r);
    IN(r, .flags = ACK | ACE(9), .seq = 1, .ack = 20001);
    sent(r, 4);
    IN(r, .flags = ACK | ACE(10), .seq = 1, .ack = 22001);
    assert_true(rig_status(r).cwnd < half);
}

static void marked_packets(struct rig *r, unsigned acked, unsigned ace, const char *option, uint32_t expect_n)
{
    reno(r);
    agreed(r);
    sent(r, 25);
    IN(r, .flags = ACK | ACE(ace), .seq = 1, .ack = 1 + 1000 * acked, .acc = option);
    assert_int_equal(rig_status(r).delivered_ce, expect_n);
}

/* proves: RFC 9768 3.2.2.5.2. A.2.1's examples. */
static void nine_packets_and_two_marks(struct rig *r) { marked_packets(r, 9, 5 + 2, NULL, 2); }
static void ten_packets_and_two_marks_may_be_ten(struct rig *r) { marked_packets(r, 10, 5 + 2, NULL, 10); }
static void eight_packets_and_none_may_be_eight(struct rig *r) { marked_packets(r, 8, 5, NULL, 8); }
static void twenty_packets_and_one_may_be_seventeen(struct rig *r) { marked_packets(r, 20, 5 + 1, NULL, 17); }
static void more_marks_than_packets_are_believed(struct rig *r) { marked_packets(r, 1, 5 + 2, NULL, 2); }
/* A.2.2: an option tells. */
static void an_option_says_that_it_was_none(struct rig *r) { marked_packets(r, 8, 5, "0 8001 0", 0); }
static void an_option_says_that_it_was_two(struct rig *r) { marked_packets(r, 10, 5 + 2, "0 8001 2000", 2); }
static void an_option_says_that_it_was_ten(struct rig *r) { marked_packets(r, 10, 5 + 2, "0 1 10000", 10); }

/* proves: RFC 9768 3.2.2.2. What was superseded is not looked at. */
static void an_old_ack_tells_nothing(struct rig *r)
{
    reno(r);
    agreed(r);
    sent(r, 20);
    IN(r, .flags = ACK | ACE(7), .seq = 1, .ack = 4001);
    assert_int_equal(rig_status(r).delivered_ce, 2);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 2001);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 4001);
    assert_int_equal(rig_status(r).delivered_ce, 2);
}

static void a_later_timestamp_makes_an_ack_new(struct rig *r)
{
    reno(r);
    agreed_by(r, true, "0 1 0 1");
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1, .ts = true, .tsval = 1);
    assert_int_equal(rig_status(r).delivered_ce, 0);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 1, .ts = true, .tsval = 2);
    assert_int_equal(rig_status(r).delivered_ce, 1);
}

/* What SACK reports counts as acknowledged: once. */
static void sacked_bytes_are_acknowledged_once(struct rig *r)
{
    reno(r);
    agreed(r);
    sent(r, 20);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 1, .sack = {{1001, 7001}});
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .sack_n = 1, .sack = {{1001, 8001}});
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 8001);
    assert_int_equal(rig_status(r).delivered_ce, 0);
}

/* proves: RFC 9768 3.2.2.3 */
static void marks_on_everything_are_not_believed(struct rig *r)
{
    unsigned n = 0;
    reno(r);
    agreed(r);
    for (int round = 0; round < 4; round++) {
        rig_send(r, 2000);
        rig_clear(r);
        n += 2;
        IN(r, .flags = ACK | ACE(5 + n), .seq = 1, .ack = 1 + 1000 * n);
    }
    SAW(r, ACCECN_ALL_CE);
    uint32_t cwnd = rig_status(r).cwnd;
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1 + 1000 * n, .ack = 1, .len = 1000, .tos = NO_TOS);
    IN(r, .flags = ACK | ACE(5 + n + 1), .seq = 1, .ack = 1001 + 1000 * n);
    assert_true(rig_status(r).cwnd >= cwnd);
}

static void marks_on_nearly_everything_are(struct rig *r)
{
    unsigned n = 0;
    reno(r);
    agreed(r);
    for (int round = 0; round < 6; round++) {
        rig_send(r, 3000);
        rig_clear(r);
        n += 3;
        IN(r, .flags = ACK | ACE(5 + n - 1), .seq = 1, .ack = 1 + 1000 * n);
    }
    assert_false(rig_status(r).ecn_stopped);
}

/* A.4: a path that clears the field. */
static void bleached_data_is_found_out_by_the_options(struct rig *r)
{
    unsigned n = 0;
    agreed(r);
    for (int round = 0; round < 2; round++) {
        assert_false(rig_status(r).ecn_stopped);
        rig_send(r, 2000);
        rig_clear(r);
        n += 2;
        IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1 + 1000 * n, .acc = "0 1 0 1");
    }
    SAW(r, ACCECN_BLEACHED);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1 + 1000 * n, .ack = 1, .len = 1000, .tos = NO_TOS);
}

/* proves: RFC 9768 3.2.3.2.5 */
static void marked_bytes_without_a_packet_stop_ect(struct rig *r)
{
    agreed(r);
    sent(r, 4);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 2001, .acc = "0 1001 1000");
    SAW(r, ACCECN_ODD);
    assert_true(rig_status(r).ecn_stopped);
}

/* proves: RFC 9768 3.2.3.1. They are sums: what was told before is not told again. */
static void the_same_counters_tell_nothing_new(struct rig *r)
{
    reno(r);
    agreed(r);
    sent(r, 6);
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 2001, .acc = "0 1001 1000");
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 4001, .acc = "0 3001 1000");
    assert_int_equal(rig_status(r).delivered_ce, 1);
    assert_false(rig_status(r).ecn_stopped);
}

/* ---- congestion control that hears of each mark ---- */

/* proves: RFC 9768 3.2.3.1 */
static void dctcp_hears_of_the_bytes(struct rig *r)
{
    set(r, "congestion", 3);
    set(r, "initial_window", 20);
    agreed(r);
    sent(r, 20);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 10001, .acc = "0 10001 0");
    uint32_t cwnd = rig_status(r).cwnd;
    IN(r, .flags = ACK | ACE(6), .seq = 1, .ack = 20001, .acc = "0 19001 1000");
    SAW(r, CC_DCTCP_MARKS);
    assert_true(rig_status(r).cwnd < cwnd);
    rig_send(r, 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 20001, .ack = 1, .len = 1000, .tos = ECT0); /* and no CWR */
}

/* ---- others ---- */

static void a_super_segment_never_says_cwr(struct rig *r)
{
    r->gso_max = 65535;
    agreed_quick(r);
    rig_send(r, 4000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 4000);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 4001, .len = 1000, .tos = CE);
    OUT(r, .flags = ACK | ACE(6), .seq = 4001, .ack = 1001);
    rig_send(r, 2000);
    OUT(r, .flags = ACK | ACE(6), .seq = 4001, .ack = 1001, .len = 1000);
    OUT(r, .flags = ACK | ACE(6), .seq = 5001, .ack = 1001, .len = 1000);
}

static void a_super_segment_is_so_many_packets(struct rig *r)
{
    agreed(r);
    in_marked(r, &(struct tseg){.flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 3500, .tos = CE}, 0, 1000);
    OUT(r, .flags = ACK | ACE(5 + 4), .seq = 1, .ack = 3501, .acc = "0 1 3500");
    assert_int_equal(rig_status(r).received_ce, 4);
}

/* ECN++. proves: RFC 8257 3.6 */
static void with_ecn_control_everything_is_ect(struct rig *r)
{
    set(r, "ecn_control", 1);
    set(r, "tlp", 0);
    set(r, "ecn", 3);
    set(r, "delack", 0);
    rig_listen(r);
    IN(r, .flags = SYN | ASK, .mss = 1000, .sack_ok = true);
    OUT(r, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1, .tos = ECT0);
    IN(r, .flags = ACK | ACE(4), .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .tos = ECT0);
    rig_send(r, 500);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .len = 500, .tos = ECT0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .len = 500, .tos = ECT0);
    rig_clear(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1001, .ack = 501);
    rig_close(r);
    OUT(r, .flags = FIN | ACK | ACE(5), .seq = 501, .ack = 1001, .tos = ECT0);
    rig_abort(r);
    OUT(r, .flags = RST | ACK | ACE(5), .seq = 502, .ack = 1001, .tos = ECT0);
}

/* Then the peer may answer our marked ACKs: three of them are no sign of loss. */
static void acks_of_acks_are_no_duplicates(struct rig *r)
{
    set(r, "ecn_control", 1);
    agreed(r);
    sent(r, 5);
    rig_mark(r);
    for (unsigned i = 0; i < 4; i++) IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1);
    NONE(r);
    assert_false(rig_saw(r, TERN_RULE_ACK_DUP));
}

static void without_it_only_new_data_is(struct rig *r)
{
    set(r, "tlp", 0);
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .tos = NO_TOS);
    rig_send(r, 500);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .len = 500, .tos = ECT0);
    rig_pass(r, 2 * TERN_SEC);
    OUT(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1001, .len = 500, .tos = NO_TOS);
}

static void time_wait_goes_on_counting(struct rig *r)
{
    agreed_quick(r);
    IN(r, .flags = ACK | ACE(5), .seq = 1, .ack = 1, .len = 1000, .tos = CE);
    rig_clear(r);
    rig_close(r);
    rig_clear(r);
    IN(r, .flags = FIN | ACK | ACE(5), .seq = 1001, .ack = 2);
    OUT(r, .flags = ACK | ACE(6), .seq = 2, .ack = 1002);
    IN(r, .flags = FIN | ACK | ACE(5), .seq = 1001, .ack = 2);
    OUT(r, .flags = ACK | ACE(6), .seq = 2, .ack = 1002);
}

static const struct rig_test tests[] = {
    RIG_TEST(the_server_answers_each_syn_by_the_table),
    RIG_TEST(the_client_reads_each_syn_ack_by_the_table),
    RIG_TEST(the_setting_says_what_is_asked_for),
    RIG_TEST(the_setting_says_what_is_accepted),
    RIG_TEST(an_option_chooses_for_one_listener),
    RIG_TEST(the_second_syn_asks_still_the_third_does_not),
    RIG_TEST(an_old_server_after_the_fallback),
    RIG_TEST(a_syn_ack_falls_back_in_two_steps),
    RIG_TEST(a_syn_without_flags_after_one_with),
    RIG_TEST(the_syn_again_with_another_ecn_field),
    RIG_TEST(syns_of_both_kinds_are_reset),
    RIG_TEST(syns_of_both_kinds_are_reset_the_other_way_round),
    RIG_TEST(both_open_at_once),
    RIG_TEST(both_open_at_once_and_one_is_old),
    RIG_TEST(the_server_reads_each_last_ack_by_the_table),
    RIG_TEST(a_mangled_syn_stops_ect),
    RIG_TEST(a_marked_syn_makes_the_window_small),
    RIG_TEST(a_marked_syn_ack_makes_the_window_small),
    RIG_TEST(a_marked_syn_ack_counts_once),
    RIG_TEST(data_waits_for_the_ack_of_the_syn_ack),
    RIG_TEST(a_first_counter_of_zero_is_not_believed),
    RIG_TEST(marks_are_counted),
    RIG_TEST(the_first_mark_is_told_at_once),
    RIG_TEST(three_marked_acks_are_answered),
    RIG_TEST(the_window_is_halved_once_a_round_trip),
    RIG_TEST(nine_packets_and_two_marks),
    RIG_TEST(ten_packets_and_two_marks_may_be_ten),
    RIG_TEST(eight_packets_and_none_may_be_eight),
    RIG_TEST(twenty_packets_and_one_may_be_seventeen),
    RIG_TEST(more_marks_than_packets_are_believed),
    RIG_TEST(an_option_says_that_it_was_none),
    RIG_TEST(an_option_says_that_it_was_two),
    RIG_TEST(an_option_says_that_it_was_ten),
    RIG_TEST(an_old_ack_tells_nothing),
    RIG_TEST(a_later_timestamp_makes_an_ack_new),
    RIG_TEST(sacked_bytes_are_acknowledged_once),
    RIG_TEST(marks_on_everything_are_not_believed),
    RIG_TEST(marks_on_nearly_everything_are),
    RIG_TEST(bleached_data_is_found_out_by_the_options),
    RIG_TEST(marked_bytes_without_a_packet_stop_ect),
    RIG_TEST(the_same_counters_tell_nothing_new),
    RIG_TEST(dctcp_hears_of_the_bytes),
    RIG_TEST(a_super_segment_never_says_cwr),
    RIG_TEST(a_super_segment_is_so_many_packets),
    RIG_TEST(with_ecn_control_everything_is_ect),
    RIG_TEST(acks_of_acks_are_no_duplicates),
    RIG_TEST(without_it_only_new_data_is),
    RIG_TEST(time_wait_goes_on_counting),
};

RIG_MAIN(tests)
