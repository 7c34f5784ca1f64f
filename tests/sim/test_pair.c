/* The simulator of pairs: what the path does, and that the story says what happened. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "ip.h"
#include "sim.h"
#include "story_check.h"

static struct sim *start(void)
{
    struct sim_config cfg;
    sim_config_default(&cfg);
    cfg.isn[STORY_A] = 100, cfg.isn[STORY_B] = 300;
    for (int i = 0; i < STORY_SIDE_N; i++) cfg.settings[i].msl = TERN_SEC;
    struct sim *s = sim_new(&cfg);
    assert_non_null(s);
    return s;
}

static struct sim *established(struct tern_conn **a, struct tern_conn **b)
{
    struct sim *s = start();
    assert_true(sim_establish(s, a, b));
    return s;
}

/* ---- each row's arithmetic ---- */

static void check_head(const struct story *st, const struct story_row *r)
{
    struct wire_ip ip;
    struct wire_tcp h;
    uint8_t packet[TERN_PACKET_MAX] = {0};
    memcpy(packet, r->head, r->head_len);
    assert_int_equal(wire_ip_parse(packet, sizeof packet, NULL, &ip), WIRE_OK);
    assert_int_equal(wire_tcp_parse(packet + ip.head_len, ip.len - ip.head_len, &h), WIRE_OK);
    const struct tern_endpoint *from = &st->conn[r->conn].end[r->side];
    assert_true(tern_addr_eq(&ip.src, &from->addr));
    assert_int_equal(h.src_port, from->port);
    assert_int_equal(h.seq.v, r->seg.seq);
    assert_int_equal(h.ack.v, r->seg.ack);
    assert_int_equal(h.flags, r->seg.flags);
    assert_int_equal(h.len, r->seg.len);
}

static bool knows(const struct story_tcb *t, unsigned what) { return (t->known & what) == what; }

static bool is_repetition(uint16_t rule)
{
    return (rule >= TERN_RULE_RTX_TIMEOUT && rule <= TERN_RULE_RTX_PMTU) || rule == TERN_RULE_PROBE_ZERO ||
           rule == TERN_RULE_KEEPALIVE_PROBE;
}

static void check_segment(const struct story *st, const struct story_row *r)
{
    const struct story_tcb *from = &r->tcb[r->side], *to = &r->tcb[story_other((enum story_side)r->side)];
    check_head(st, r);
    switch (r->fate) {
    case STORY_ARRIVED:
    case STORY_REFUSED:
        assert_true(r->arrived != TERN_NEVER && r->arrived > r->at);
        assert_int_equal(r->fate == STORY_REFUSED, r->drop != TERN_DROP_NONE);
        break;
    default: assert_true(r->arrived == TERN_NEVER);
    }
    if (!r->forged) {
        assert_int_not_equal(r->rule, TERN_RULE_NONE);
        bool rst = (r->seg.flags & TH_RST) != 0;
        if (!rst && (r->seg.flags & TH_ACK) && knows(from, STORY_RCV)) assert_int_equal(r->seg.ack, from->rcv_nxt);
        if (!rst && knows(from, STORY_SND) && !is_repetition(r->rule)) assert_int_equal(seg_end(&r->seg), from->snd_nxt);
        if (knows(from, STORY_RCV_WND) && !(r->seg.flags & (TH_SYN | TH_RST)) && from->state != TERN_TIME_WAIT)
            assert_int_equal(r->seg.wnd, from->rcv_wnd);
    }
    if (r->fate == STORY_ARRIVED && r->rule_in == TERN_RULE_IN_ORDER && knows(to, STORY_RCV))
        assert_true(seq_ge(seq(to->rcv_nxt), seq(seg_end(&r->seg)))); /* beyond, when it filled a hole */
    if (r->fate == STORY_ARRIVED && r->rule_in == TERN_RULE_ACK_NEW && knows(to, STORY_SND))
        assert_int_equal(to->snd_una, r->seg.ack);
}

static void check_story(const struct story *st)
{
    assert_false(st->out_of_memory);
    for (size_t i = 0; i < st->row_n; i++) {
        const struct story_row *r = &st->row[i];
        assert_true(r->conn < st->conn_n);
        assert_true(!i || r->at >= st->row[i - 1].at);
        if (r->kind == STORY_SEGMENT) check_segment(st, r);
        if (r->kind == STORY_CALL) assert_int_equal(r->note[0].ev.type, TERN_EV_CALL);
        if (r->kind == STORY_TIMER) assert_int_equal(r->note[0].ev.type, TERN_EV_TIMER_FIRED);
        for (int side = 0; side < STORY_SIDE_N; side++)
            if (knows(&r->tcb[side], STORY_SND))
                assert_int_equal(r->tcb[side].flight, r->tcb[side].snd_nxt - r->tcb[side].snd_una);
    }
}

/* What was sent is what was read, and the story is right. */
static void transfer(struct sim *s, struct tern_conn *a, struct tern_conn *b, size_t n)
{
    assert_int_equal(sim_send(s, a, n), n);
    int64_t got = 0;
    for (int i = 0; i < 200 && got < (int64_t)n; i++) {
        sim_run_for(s, TERN_SEC);
        int64_t r = sim_read(s, b);
        if (r > 0) got += r;
    }
    assert_int_equal(got, n);
    sim_run_for(s, TERN_SEC);
    check_story(sim_story(s));
}

static void finish(struct sim *s) { sim_free(s); }

/* ---- life of a connection ---- */

static void handshake_is_three_segments(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    const struct story *st = sim_story(s);
    assert_int_equal(st->conn_n, 1);
    assert_string_equal(st->conn[0].name[STORY_A], "client");
    assert_string_equal(st->conn[0].name[STORY_B], "server");
    assert_int_equal(st->conn[0].base[STORY_A], 100);
    assert_int_equal(st->conn[0].base[STORY_B], 300);
    assert_int_equal(st->row_n, 5); /* both OPENs, and the three */
    assert_int_equal(st->row[0].rule, TERN_RULE_OPEN_PASSIVE);
    assert_int_equal(st->row[0].tcb[STORY_B].state, TERN_LISTEN);
    assert_int_equal(st->row[1].kind, STORY_CALL);
    assert_int_equal(st->row[1].tcb[STORY_A].state, TERN_SYN_SENT);
    const struct story_row *syn = &st->row[2], *syn_ack = &st->row[3], *ack = &st->row[4];
    assert_int_equal(syn->seg.flags, TH_SYN);
    assert_int_equal(syn->rule_in, TERN_RULE_LISTEN_SYN);
    assert_int_equal(syn->tcb[STORY_B].state, TERN_SYN_RECEIVED);
    assert_int_equal(syn->tcb[STORY_B].half_n, 1);
    assert_int_equal(syn_ack->seg.ack, 101);
    assert_int_equal(syn_ack->tcb[STORY_A].state, TERN_ESTABLISHED);
    assert_true(syn_ack->at == syn->arrived);
    assert_int_equal(ack->seg.seq, 101);
    assert_int_equal(ack->seg.ack, 301);
    assert_int_equal(ack->tcb[STORY_B].state, TERN_ESTABLISHED);
    assert_int_equal(ack->tcb[STORY_B].accept_n, 1);
    assert_int_equal(ack->tcb[STORY_B].half_n, 0);
    check_story(st);
    finish(s);
}

static void close_passes_through_all_states(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    transfer(s, a, b, 10000);
    assert_int_equal(sim_close(s, a), 0);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(sim_close(s, b), 0);
    sim_run_quiet(s, 100 * TERN_SEC);
    const struct story *st = sim_story(s);
    check_story(st);
    static const enum tern_state path_a[] = {TERN_SYN_SENT,   TERN_ESTABLISHED, TERN_FIN_WAIT_1,
                                             TERN_FIN_WAIT_2, TERN_TIME_WAIT,   TERN_CLOSED};
    static const enum tern_state path_b[] = {TERN_SYN_RECEIVED, TERN_ESTABLISHED, TERN_CLOSE_WAIT, TERN_LAST_ACK, TERN_CLOSED};
    for (size_t i = 0; i < sizeof path_a / sizeof path_a[0]; i++) assert_int_equal(entered_n(st, STORY_A, path_a[i]), 1);
    for (size_t i = 0; i < sizeof path_b / sizeof path_b[0]; i++) assert_int_equal(entered_n(st, STORY_B, path_b[i]), 1);
    const struct story_row *last = story_last(st);
    assert_int_equal(last->kind, STORY_TIMER);
    assert_int_equal(last->rule, TERN_RULE_MSL2_OVER);
    assert_int_equal(last->tcb[STORY_A].state, TERN_CLOSED);
    assert_int_equal(last->tcb[STORY_B].state, TERN_CLOSED);
    assert_true(sim_now(s) == last->at);
    /* 2MSL from the moment at which B's FIN came */
    const struct story_row *fin = story_find(st, 0, STORY_B, TH_FIN);
    assert_true(last->at == fin->arrived + 2 * TERN_SEC);
    finish(s);
}

struct watch {
    struct sim *s;
    struct tern_conn *c[STORY_SIDE_N];
    unsigned compared;
    size_t seen; /* rows */
};

static bool compare(void *ctx)
{
    struct watch *w = ctx;
    const struct story_row *r = story_last(sim_story(w->s));
    bool fresh = sim_story(w->s)->row_n > w->seen;
    w->seen = sim_story(w->s)->row_n;
    if (!fresh || r->kind != STORY_SEGMENT || r->at != sim_now(w->s)) return false;
    struct tern_status st;
    const struct story_tcb *t = &r->tcb[r->side];
    tern_conn_status(w->c[r->side], &st);
    assert_int_equal(t->state, st.state);
    assert_int_equal(t->snd_una, st.snd_una);
    assert_int_equal(t->snd_nxt, st.snd_nxt);
    assert_int_equal(t->snd_wnd, st.snd_wnd);
    assert_int_equal(t->rcv_nxt, st.rcv_nxt);
    assert_int_equal(t->rcv_wnd, st.rcv_wnd);
    assert_int_equal(t->cwnd, st.cwnd);
    assert_int_equal(t->ssthresh, st.ssthresh);
    assert_int_equal(t->send_queue, st.send_queue);
    assert_int_equal(t->receive_queue, st.receive_queue);
    assert_true(t->srtt == st.rtt && t->rto == st.rto);
    assert_memory_equal(t->timer, st.timer, sizeof t->timer);
    w->compared++;
    return false;
}

static void snapshots_are_what_status_says(void **state)
{
    (void)state;
    struct watch w = {0};
    w.s = established(&w.c[STORY_A], &w.c[STORY_B]);
    sim_fault(w.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 4, .with_data = true});
    sim_send(w.s, w.c[STORY_A], 40000);
    sim_send(w.s, w.c[STORY_B], 5000);
    sim_run_until(w.s, 20 * TERN_SEC, compare, &w);
    assert_true(w.compared > 10);
    check_story(sim_story(w.s));
    finish(w.s);
}

/* ---- what the path does ---- */

static void the_nth_packet_is_lost_and_comes_again(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 2, .with_data = true});
    transfer(s, a, b, 8 * 1448);
    const struct story *st = sim_story(s);
    unsigned lost = 0;
    for (size_t i = 0; i < st->row_n; i++) lost += st->row[i].fate == STORY_LOST;
    assert_int_equal(lost, 1);
    const struct story_row *again = sent_by(st, STORY_A, TERN_RULE_RTX_FAST, 1);
    assert_non_null(again);
    assert_int_equal(again->seg.seq, 101 + 1448);
    assert_int_equal(again->rule_in, TERN_RULE_IN_ORDER);
    finish(s);
}

static void both_sides_are_counted_together(void **state)
{
    (void)state;
    struct sim *s = start();
    struct tern_conn *a, *b;
    sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_SIDE_N, .nth = 2});
    assert_true(sim_establish(s, &a, &b));
    const struct story *st = sim_story(s);
    const struct story_row *first = story_find(st, 0, STORY_B, TH_SYN);
    assert_int_equal(first->fate, STORY_LOST);
    assert_true(sent_by_n(st, STORY_B, TERN_RULE_RTX_SYNACK) + sent_by_n(st, STORY_A, TERN_RULE_RTX_SYN) > 0);
    check_story(st);
    finish(s);
}

static void a_delayed_packet_is_overtaken(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_fault(s, &(struct sim_fault){.kind = SIM_DELAY, .from = STORY_A, .nth = 1, .with_data = true, .extra = 5 * TERN_MS});
    transfer(s, a, b, 3 * 1448);
    const struct story *st = sim_story(s);
    const struct story_row *first = sent_by(st, STORY_A, TERN_RULE_SEND_FULL, 1),
                           *second = sent_by(st, STORY_A, TERN_RULE_SEND_FULL, 2);
    assert_true(first->at <= second->at && first->arrived > second->arrived);
    assert_true(first->arrived - first->at == 25 * TERN_MS);
    assert_int_equal(second->rule_in, TERN_RULE_OUT_OF_ORDER);
    assert_int_equal(second->tcb[STORY_B].ooo_queue, 1448);
    assert_int_equal(first->tcb[STORY_B].ooo_queue, 0);
    finish(s);
}

static void a_duplicate_arrives_twice(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_fault(s, &(struct sim_fault){.kind = SIM_DUPLICATE, .from = STORY_A, .nth = 1, .with_data = true, .extra = TERN_MS});
    transfer(s, a, b, 100);
    const struct story *st = sim_story(s);
    const struct story_row *copy = NULL;
    for (size_t i = 0; i < st->row_n; i++)
        if (st->row[i].duplicate) copy = &st->row[i];
    assert_non_null(copy);
    assert_true(copy[-1].at == copy->at && copy[-1].arrived + TERN_MS == copy->arrived);
    assert_int_equal(copy->fate, STORY_REFUSED);
    assert_int_equal(copy->drop, TERN_DROP_OLD);
    finish(s);
}

static void a_turned_bit_is_refused_by_the_checksum(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_fault(s, &(struct sim_fault){.kind = SIM_CORRUPT, .from = STORY_A, .nth = 1, .with_data = true});
    sim_fault(s, &(struct sim_fault){.kind = SIM_CORRUPT, .from = STORY_B, .nth = 1});
    transfer(s, a, b, 100);
    assert_int_equal(refused_n(sim_story(s), STORY_A, TERN_DROP_CHECKSUM), 1);
    assert_int_equal(refused_n(sim_story(s), STORY_B, TERN_DROP_CHECKSUM), 1);
    finish(s);
}

static void the_rate_spreads_packets(void **state)
{
    (void)state;
    struct sim_config cfg;
    struct tern_conn *a, *b;
    sim_config_default(&cfg);
    cfg.rate = 1000000; /* 1500 bytes in 12 ms */
    struct sim *s = sim_new(&cfg);
    assert_true(sim_establish(s, &a, &b));
    transfer(s, a, b, 3 * 1448);
    const struct story_row *first = sent_by(sim_story(s), STORY_A, TERN_RULE_SEND_FULL, 1);
    const struct story_row *second = sent_by(sim_story(s), STORY_A, TERN_RULE_SEND_FULL, 2);
    assert_true(second->arrived - first->arrived == 12 * TERN_MS);
    finish(s);
}

static void percent(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_loss(s, STORY_A, 10);
    sim_loss(s, STORY_B, 10);
    transfer(s, a, b, 90 * 1448);
    const struct story *st = sim_story(s);
    unsigned lost = 0, sent = 0;
    for (size_t i = 0; i < st->row_n; i++) {
        if (st->row[i].kind != STORY_SEGMENT) continue;
        sent++;
        lost += st->row[i].fate == STORY_LOST;
    }
    assert_in_range(lost * 100, 5 * sent, 16 * sent);
    finish(s);
}

static void a_cut_link_loses_everything(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_cut(s, true);
    sim_send(s, a, 10);
    sim_run_for(s, 5 * TERN_SEC);
    assert_int_equal(sim_read(s, b), TERN_ERR_AGAIN);
    unsigned before = sent_by_n(sim_story(s), STORY_A, TERN_RULE_RTX_TIMEOUT);
    assert_true(before >= 3);
    sim_cut(s, false);
    sim_run_for(s, 10 * TERN_SEC);
    assert_int_equal(sim_read(s, b), 10);
    const struct story *st = sim_story(s);
    unsigned marks = 0;
    for (size_t i = 0; i < st->row_n; i++) marks += st->row[i].kind == STORY_MARK && st->row[i].text;
    assert_int_equal(marks, 2);
    check_story(st);
    finish(s);
}

static void a_reboot_is_half_open_until_somebody_speaks(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_reboot(s, STORY_A);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(tern_conn_state(b), TERN_ESTABLISHED);
    assert_int_equal(story_last(sim_story(s))->tcb[STORY_A].state, TERN_CLOSED);
    sim_send(s, b, 10);
    sim_run_for(s, TERN_SEC);
    const struct story *st = sim_story(s);
    assert_int_equal(tern_conn_error(b), TERN_ERR_RESET);
    const struct story_row *rst = sent_by(st, STORY_A, TERN_RULE_RST_CLOSED, 1);
    assert_int_equal(rst->rule_in, TERN_RULE_RST_IN);
    assert_int_equal(rst->tcb[STORY_B].state, TERN_CLOSED);
    assert_int_equal(st->conn_n, 1);
    check_story(st);
    finish(s);
}

/* ---- forged packets ---- */

static void a_forged_reset_kills_only_at_the_exact_number(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    struct sim_forged f = {.from = STORY_A, .from_port = 40000, .to_port = 80, .seq = 102, .flags = TH_RST, .delay = TERN_MS};
    sim_forge(s, &f);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(tern_conn_state(b), TERN_ESTABLISHED);
    assert_int_equal(refused_n(sim_story(s), STORY_A, TERN_DROP_RST_WINDOW), 1);
    assert_int_equal(sent_by_n(sim_story(s), STORY_B, TERN_RULE_CHALLENGE_RST), 1);
    f.seq = 101;
    sim_forge(s, &f);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(tern_conn_error(b), TERN_ERR_RESET);
    const struct story *st = sim_story(s);
    assert_true(story_last(st)->forged);
    assert_int_equal(story_last(st)->rule_in, TERN_RULE_RST_IN);
    assert_int_equal(st->conn_n, 1);
    check_story(st);
    finish(s);
}

static void forged_data_and_options_arrive_as_given(void **state)
{
    (void)state;
    struct sim *s = start();
    struct sim_forged f = {
        .from = STORY_A, .from_port = 1234, .to_port = 80, .seq = 7, .flags = TH_SYN, .wnd = 1000, .delay = TERN_MS};
    const uint8_t mss[] = {2, 4, 2, 0};
    memcpy(f.options, mss, sizeof mss);
    f.options_len = sizeof mss;
    assert_non_null(sim_listen(s, STORY_B, 80, 1));
    sim_forge(s, &f);
    sim_run_for(s, 10 * TERN_MS);
    const struct story *st = sim_story(s);
    const struct story_row *syn = story_find(st, 0, STORY_A, TH_SYN);
    assert_int_equal(syn->seg.mss, 512);
    assert_int_equal(syn->seg.wnd, 1000);
    assert_int_equal(syn->rule_in, TERN_RULE_LISTEN_SYN);
    assert_int_equal(syn->tcb[STORY_B].snd_wnd, 1000);
    assert_null(st->conn[0].name[STORY_A]); /* nobody opened */
    finish(s);
}

static void spoofed_addresses_are_connections_of_their_own_and_fill_the_queue(void **state)
{
    (void)state;
    struct sim_config cfg;
    sim_config_default(&cfg);
    cfg.settings[STORY_B].syn_cookies = cfg.settings[STORY_B].half_open_evict = 0;
    struct sim *s = sim_new(&cfg);
    assert_non_null(s);
    assert_non_null(sim_listen(s, STORY_B, 80, 2));
    for (unsigned i = 0; i < 3; i++) {
        struct tern_addr from = tern_addr_v4((const uint8_t[]){203, 0, 113, (uint8_t)(i + 1)});
        sim_forge(s, &(struct sim_forged){.from = STORY_A, .from_port = 1000, .to_port = 80, .flags = TH_SYN, .address = &from});
    }
    sim_run_for(s, TERN_MS);
    const struct story *st = sim_story(s);
    assert_int_equal(st->conn_n, 3);
    assert_int_equal(refused_n(st, STORY_A, TERN_DROP_HALF_FULL), 1);
    const struct story_row *answer = story_find(st, 0, STORY_B, TH_SYN);
    assert_int_equal(answer->fate, STORY_LOST); /* nobody is there */
    assert_int_equal(answer->tcb[STORY_B].backlog, 2);
    finish(s);
}

/* ---- incarnations, and what is handed over ---- */

static void a_pair_used_again_is_a_connection_of_its_own(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_close(s, a);
    sim_run_for(s, TERN_SEC);
    sim_close(s, b);
    sim_run_for(s, 10 * TERN_SEC);
    sim_release(s, a);
    sim_release(s, b);
    assert_non_null(sim_connect(s, STORY_A, 40000, 80));
    sim_run_for(s, TERN_SEC);
    const struct story *st = sim_story(s);
    assert_int_equal(st->conn_n, 2);
    assert_int_equal(story_last(st)->conn, 1);
    assert_int_equal(story_last(st)->tcb[STORY_B].state, TERN_ESTABLISHED);
    check_story(st);
    finish(s);
}

static void both_ends_open_at_once_in_one_connection(void **state)
{
    (void)state;
    struct sim *s = start();
    struct tern_conn *a = sim_connect(s, STORY_A, 5000, 6000), *b = sim_connect(s, STORY_B, 6000, 5000);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(tern_conn_state(a), TERN_ESTABLISHED);
    assert_int_equal(tern_conn_state(b), TERN_ESTABLISHED);
    const struct story *st = sim_story(s);
    assert_int_equal(st->conn_n, 1);
    assert_null(st->conn[0].name[STORY_A]);
    assert_int_equal(entered_n(st, STORY_A, TERN_SYN_RECEIVED), 1);
    assert_int_equal(entered_n(st, STORY_B, TERN_SYN_RECEIVED), 1);
    finish(s);
}

static void a_story_can_be_taken_while_packets_fly(void **state)
{
    (void)state;
    struct tern_conn *a, *b;
    struct sim *s = established(&a, &b);
    sim_send(s, a, 100);
    sim_run_for(s, TERN_MS);
    struct story first = sim_take_story(s);
    assert_int_equal(story_last(&first)->fate, STORY_UNKNOWN);
    assert_int_equal(sim_story(s)->row_n, 0);
    sim_run_for(s, TERN_SEC);
    assert_int_equal(sim_read(s, b), 100);
    const struct story *st = sim_story(s);
    assert_true(st->row_n > 0);
    assert_int_equal(st->conn[0].base[STORY_A], 100);
    assert_string_equal(st->conn[0].name[STORY_A], "client");
    check_story(st);
    story_free(&first);
    finish(s);
}

static void calls_are_told_with_trace_all(void **state)
{
    (void)state;
    struct sim_config cfg;
    struct tern_conn *a, *b;
    sim_config_default(&cfg);
    cfg.trace_all = true;
    struct sim *s = sim_new(&cfg);
    assert_true(sim_establish(s, &a, &b));
    sim_send(s, a, 10);
    sim_run_for(s, TERN_SEC);
    sim_read(s, b);
    const struct story *st = sim_story(s);
    unsigned send = 0, receive = 0;
    for (size_t i = 0; i < st->row_n; i++) {
        send += st->row[i].kind == STORY_CALL && st->row[i].rule == TERN_RULE_SEND_CALL;
        receive += st->row[i].kind == STORY_CALL && st->row[i].rule == TERN_RULE_RECEIVE_CALL;
    }
    assert_int_equal(send, 1);
    assert_true(receive >= 1);
    assert_true(noted_n(st, STORY_A, TERN_EV_TIMER_SET, TERN_RULE_RTO_START) > 0);
    finish(s);
}

/* ---- the same again ---- */

static struct story told(uint64_t seed)
{
    struct sim_config cfg;
    struct tern_conn *a, *b;
    sim_config_default(&cfg);
    cfg.seed = seed;
    struct sim *s = sim_new(&cfg);
    sim_loss(s, STORY_A, 5);
    if (sim_establish(s, &a, &b)) transfer(s, a, b, 100000);
    struct story st = sim_take_story(s);
    finish(s);
    return st;
}

static bool same_rows(const struct story *a, const struct story *b)
{
    if (a->row_n != b->row_n) return false;
    for (size_t i = 0; i < a->row_n; i++) {
        const struct story_row *x = &a->row[i], *y = &b->row[i];
        if (x->at != y->at || x->arrived != y->arrived || x->rule != y->rule || x->rule_in != y->rule_in) return false;
        if (x->note_n != y->note_n || x->head_len != y->head_len || memcmp(x->head, y->head, x->head_len) != 0) return false;
    }
    return true;
}

static void the_seed_decides_everything(void **state)
{
    (void)state;
    struct story first = told(7), again = told(7), other = told(8);
    assert_true(first.row_n > 100);
    assert_true(same_rows(&first, &again));
    assert_false(same_rows(&first, &other));
    story_free(&first);
    story_free(&again);
    story_free(&other);
}

static void ipv6_works_the_same(void **state)
{
    (void)state;
    struct sim_config cfg;
    struct tern_conn *a, *b;
    sim_config_default(&cfg);
    cfg.v6 = true;
    struct sim *s = sim_new(&cfg);
    assert_true(sim_establish(s, &a, &b));
    transfer(s, a, b, 5000);
    assert_int_equal(sim_story(s)->row[2].head[0] >> 4, 6);
    finish(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_is_three_segments),
        cmocka_unit_test(close_passes_through_all_states),
        cmocka_unit_test(snapshots_are_what_status_says),
        cmocka_unit_test(the_nth_packet_is_lost_and_comes_again),
        cmocka_unit_test(both_sides_are_counted_together),
        cmocka_unit_test(a_delayed_packet_is_overtaken),
        cmocka_unit_test(a_duplicate_arrives_twice),
        cmocka_unit_test(a_turned_bit_is_refused_by_the_checksum),
        cmocka_unit_test(the_rate_spreads_packets),
        cmocka_unit_test(percent),
        cmocka_unit_test(a_cut_link_loses_everything),
        cmocka_unit_test(a_reboot_is_half_open_until_somebody_speaks),
        cmocka_unit_test(a_forged_reset_kills_only_at_the_exact_number),
        cmocka_unit_test(forged_data_and_options_arrive_as_given),
        cmocka_unit_test(spoofed_addresses_are_connections_of_their_own_and_fill_the_queue),
        cmocka_unit_test(a_pair_used_again_is_a_connection_of_its_own),
        cmocka_unit_test(both_ends_open_at_once_in_one_connection),
        cmocka_unit_test(a_story_can_be_taken_while_packets_fly),
        cmocka_unit_test(calls_are_told_with_trace_all),
        cmocka_unit_test(the_seed_decides_everything),
        cmocka_unit_test(ipv6_works_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
