/* Each clause that can be switched off: with it all is well, and without it the failure that it is there to prevent is seen. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "experiment.h"
#include "sim.h"
#include "story_check.h"

/* Shows what the clause is for: did it go wrong? |off|: its name, or NULL. */
typedef bool show(const char *off);

struct pair {
    struct sim *s;
    struct tern_conn *a, *b;
    const struct story *st;
};

static void config(struct sim_config *cfg)
{
    sim_config_default(cfg);
    cfg->isn[STORY_A] = 100, cfg->isn[STORY_B] = 300;
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg->settings[i].msl = TERN_SEC;
        cfg->settings[i].timestamps = 0;
        cfg->settings[i].tlp = 0; /* the probe would forestall the timer */
    }
}

static struct pair begin(const struct sim_config *cfg, const char *off)
{
    struct sim_config plain;
    config(&plain);
    struct pair p = {.s = sim_new(cfg ? cfg : &plain)};
    assert_non_null(p.s);
    if (off) assert_true(sim_without(p.s, STORY_SIDE_N, off));
    p.st = sim_story(p.s);
    return p;
}

static struct pair established(const struct sim_config *cfg, const char *off)
{
    struct pair p = begin(cfg, off);
    assert_true(sim_establish(p.s, &p.a, &p.b));
    return p;
}

static bool end(struct pair *p, bool wrong)
{
    assert_false(sim_story(p->s)->out_of_memory);
    sim_free(p->s);
    return wrong;
}

static void lose(struct pair *p, enum story_side from, uint16_t flags, bool with_data)
{
    sim_fault(p->s, &(struct sim_fault){.kind = SIM_LOSE, .from = from, .nth = 1, .flags = flags, .with_data = with_data});
}

static struct sim_forged forged(uint32_t seq, uint32_t ack, uint16_t flags)
{
    return (struct sim_forged){.from = STORY_A,
                               .from_port = 40000,
                               .to_port = 80,
                               .seq = seq,
                               .ack = ack,
                               .flags = flags,
                               .wnd = 1000,
                               .delay = TERN_MS};
}

static void forge(struct pair *p, struct sim_forged f)
{
    sim_forge(p->s, &f);
    sim_run_for(p->s, 2 * TERN_MS);
}

/* ---- opening ---- */

static uint32_t first_syn(const struct story *st, uint32_t conn)
{
    for (size_t i = 0; i < st->row_n; i++)
        if (st->row[i].conn == conn && st->row[i].kind == STORY_SEGMENT && st->row[i].side == STORY_A) return st->row[i].seg.seq;
    fail();
    return 0;
}

static bool keyed_isn(const char *off)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.isn[STORY_A] = cfg.isn[STORY_B] = -1;
    struct pair p = begin(&cfg, off);
    sim_run(p.s, TERN_SEC);
    assert_non_null(sim_connect(p.s, STORY_A, 40000, 80));
    assert_non_null(sim_connect(p.s, STORY_A, 40001, 80));
    sim_run_for(p.s, TERN_MS);
    return end(&p, first_syn(p.st, 0) == first_syn(p.st, 1)); /* who has one number has them all */
}

static bool isn_clock(const char *off)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.isn[STORY_A] = cfg.isn[STORY_B] = -1;
    struct pair p = begin(&cfg, off);
    for (int i = 0; i < 2; i++) { /* nobody listens: both are refused */
        assert_non_null(sim_connect(p.s, STORY_A, 40000, 80));
        sim_run_for(p.s, TERN_SEC);
    }
    return end(&p, first_syn(p.st, 0) == first_syn(p.st, 1));
}

static void close_both(struct pair *p, struct tern_conn *first, struct tern_conn *second)
{
    assert_int_equal(sim_close(p->s, first), 0);
    sim_run_for(p->s, 100 * TERN_MS);
    assert_int_equal(sim_close(p->s, second), 0);
    sim_run_for(p->s, 100 * TERN_MS);
}

static bool isn_beyond(const char *off)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.settings[STORY_A].timestamps = cfg.settings[STORY_B].timestamps = 1; /* newer ones let the SYN in */
    struct pair p = established(&cfg, off);
    sim_send(p.s, p.b, 1000);
    sim_run_for(p.s, TERN_SEC);
    sim_read(p.s, p.a);
    close_both(&p, p.b, p.a);
    const struct story_row *fin = story_find(p.st, 0, STORY_B, TH_FIN);
    uint32_t old_end = seg_end(&fin->seg);
    size_t from = p.st->row_n;
    assert_non_null(sim_connect(p.s, STORY_A, 40000, 80));
    sim_run_for(p.s, TERN_SEC);
    const struct story_row *answer = story_find(p.st, from, STORY_B, TH_SYN);
    assert_non_null(answer);
    return end(&p, seq_le(seq(answer->seg.seq), seq(old_end)));
}

static struct tern_addr stranger(uint8_t n) { return tern_addr_v4((const uint8_t[]){203, 0, 113, n}); }

static bool third_ack(const char *off)
{
    struct pair p = begin(NULL, off);
    struct tern_addr from = stranger(1);
    struct sim_forged f = forged(5000, 0, TH_SYN);
    assert_non_null(sim_listen(p.s, STORY_B, 80, 0));
    f.address = &from;
    forge(&p, f);
    return end(&p, entered_n(p.st, STORY_B, TERN_ESTABLISHED) != 0); /* a connection with nobody */
}

static bool ack_check(const char *off)
{
    struct pair p = begin(NULL, off);
    struct tern_addr from = stranger(1);
    struct sim_forged syn = forged(5000, 0, TH_SYN), ack = forged(5001, 12345, TH_ACK);
    assert_non_null(sim_listen(p.s, STORY_B, 80, 0));
    syn.address = ack.address = &from;
    forge(&p, syn);
    forge(&p, ack); /* a blind guess */
    bool wrong = entered_n(p.st, STORY_B, TERN_ESTABLISHED) != 0;
    assert_int_equal(sent_by_n(p.st, STORY_B, TERN_RULE_SYNRCVD_ACK_BAD), !wrong);
    return end(&p, wrong);
}

static bool simultaneous(const char *off)
{
    struct pair p = begin(NULL, off);
    p.a = sim_connect(p.s, STORY_A, 5000, 6000), p.b = sim_connect(p.s, STORY_B, 6000, 5000);
    sim_run_for(p.s, 20 * TERN_SEC);
    return end(&p, tern_conn_state(p.a) != TERN_ESTABLISHED || tern_conn_state(p.b) != TERN_ESTABLISHED);
}

static bool mss_option(const char *off)
{
    struct pair p = begin(NULL, off);
    struct tern_listener *l = sim_listen(p.s, STORY_B, 80, 0);
    p.a = sim_connect(p.s, STORY_A, 40000, 80);
    assert_int_equal(tern_conn_set(p.a, 0, TERN_OPT_MAX_SEGMENT, 300), 0);
    sim_run_for(p.s, TERN_SEC);
    p.b = tern_listener_accept(l);
    sim_send(p.s, p.b, 3000);
    sim_run_for(p.s, TERN_SEC);
    assert_true(data_n(p.st, STORY_B) > 3);
    bool wrong = false;
    for (size_t i = 0; i < p.st->row_n; i++) wrong |= p.st->row[i].side == STORY_B && p.st->row[i].seg.len > 300;
    return end(&p, wrong);
}

/* ---- what arrives ---- */

static bool seq_check(const char *off)
{
    struct pair p = established(NULL, off);
    struct sim_forged f = forged(101 + 0x40000000, 301, TH_ACK);
    struct tern_status st;
    f.wnd = 0; /* far outside the window somebody shuts ours */
    forge(&p, f);
    tern_conn_status(p.b, &st);
    return end(&p, st.snd_wnd == 0);
}

static bool rst_validation(const char *off)
{
    struct pair p = established(NULL, off);
    forge(&p, forged(101 + 1000, 0, TH_RST));
    return end(&p, tern_conn_error(p.b) == TERN_ERR_RESET);
}

static bool syn_challenge(const char *off)
{
    struct pair p = established(NULL, off);
    forge(&p, forged(101 + 1000, 0, TH_SYN));
    bool wrong = tern_conn_error(p.b) == TERN_ERR_RESET;
    assert_int_equal(sent_by_n(p.st, STORY_B, TERN_RULE_CHALLENGE_SYN), !wrong);
    return end(&p, wrong);
}

static bool challenge_limit(const char *off)
{
    struct pair p = established(NULL, off);
    for (uint32_t i = 1; i <= 50; i++) forge(&p, forged(101 + i, 0, TH_RST));
    assert_true(sent_by_n(p.st, STORY_B, TERN_RULE_CHALLENGE_RST) >= 10);
    return end(&p, sent_by_n(p.st, STORY_B, TERN_RULE_CHALLENGE_RST) > 10);
}

static bool paws(const char *off)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.settings[STORY_A].timestamps = cfg.settings[STORY_B].timestamps = 1;
    struct pair p = established(&cfg, off);
    struct sim_forged f = forged(101, 301, TH_ACK | TH_PSH);
    uint32_t old = story_find(p.st, 0, STORY_A, TH_SYN)->seg.ts_val - 1000;
    const uint8_t ts[12] = {1, 1, 8, 10, (uint8_t)(old >> 24), (uint8_t)(old >> 16), (uint8_t)(old >> 8), (uint8_t)old};
    memcpy(f.options, ts, sizeof ts);
    f.options_len = sizeof ts, f.len = 5; /* data of an incarnation before */
    forge(&p, f);
    bool wrong = sim_read(p.s, p.b) == 5;
    assert_int_equal(refused_n(p.st, STORY_A, TERN_DROP_PAWS), !wrong);
    return end(&p, wrong);
}

static bool checksum(const char *off)
{
    struct pair p = established(NULL, off);
    char got[3];
    sim_fault(p.s, &(struct sim_fault){.kind = SIM_CORRUPT, .from = STORY_A, .nth = 1, .with_data = true});
    sim_send_text(p.s, p.a, "abc");
    sim_run_for(p.s, 2 * TERN_SEC);
    assert_int_equal(tern_conn_recv(p.b, sim_now(p.s), got, sizeof got), 3);
    return end(&p, memcmp(got, "abc", 3) != 0);
}

static bool ooo_queue(const char *off)
{
    struct pair p = established(NULL, off);
    lose(&p, STORY_A, 0, true);
    sim_send(p.s, p.a, 5 * 1460);
    sim_run_for(p.s, 10 * TERN_SEC);
    assert_int_equal(sim_read(p.s, p.b), 5 * 1460);
    return end(&p, data_n(p.st, STORY_A) > 6); /* more than the lost one came again */
}

/* ---- sending again ---- */

static bool retransmission(const char *off)
{
    struct pair p = established(NULL, off);
    lose(&p, STORY_A, 0, true);
    sim_send(p.s, p.a, 10);
    sim_run_for(p.s, 60 * TERN_SEC);
    assert_true(fired_n(p.st, STORY_A, TERN_TIMER_RETRANSMIT) > 0);
    return end(&p, sim_read(p.s, p.b) != 10);
}

static bool fin_retransmit(const char *off)
{
    struct pair p = established(NULL, off);
    lose(&p, STORY_A, TH_FIN, false);
    sim_close(p.s, p.a);
    sim_run_for(p.s, 60 * TERN_SEC);
    bool wrong = entered_n(p.st, STORY_B, TERN_CLOSE_WAIT) == 0;
    assert_int_equal(tern_conn_state(p.a), wrong ? TERN_FIN_WAIT_1 : TERN_FIN_WAIT_2);
    return end(&p, wrong);
}

static bool fast_retransmit(const char *off)
{
    struct pair p = established(NULL, off);
    lose(&p, STORY_A, 0, true);
    sim_send(p.s, p.a, 10 * 1460);
    sim_run_for(p.s, 10 * TERN_SEC);
    assert_int_equal(sim_read(p.s, p.b), 10 * 1460);
    bool wrong = sent_by_n(p.st, STORY_A, TERN_RULE_RTX_FAST) == 0;
    assert_int_equal(fired_n(p.st, STORY_A, TERN_TIMER_RETRANSMIT) > 0, wrong); /* it had to wait for the timer */
    return end(&p, wrong);
}

static bool backoff(const char *off)
{
    struct pair p = established(NULL, off);
    sim_cut(p.s, true);
    sim_send(p.s, p.a, 10);
    sim_run_for(p.s, 20 * TERN_SEC);
    unsigned n = sent_by_n(p.st, STORY_A, TERN_RULE_RTX_TIMEOUT);
    assert_true(n >= 4);
    return end(&p, n > 20);
}

static bool karn(const char *off)
{
    struct pair p = established(NULL, off);
    lose(&p, STORY_A, 0, true);
    sim_send(p.s, p.a, 10);
    sim_run_for(p.s, 5 * TERN_SEC);
    bool wrong = false;
    for (size_t i = 0; i < p.st->row_n; i++)
        for (uint32_t k = 0; k < p.st->row[i].note_n; k++) {
            const struct tern_event *ev = &p.st->row[i].note[k].ev;
            wrong |= ev->type == TERN_EV_RTT && ev->u.rtt.rtt > 100 * TERN_MS; /* the round trip is 40 ms */
        }
    return end(&p, wrong);
}

static bool congestion(const char *off)
{
    struct pair p = established(NULL, off);
    sim_send(p.s, p.a, 1 << 20);
    sim_run_for(p.s, TERN_MS);
    assert_true(data_n(p.st, STORY_A) >= 10);
    return end(&p, data_n(p.st, STORY_A) > 10); /* the initial window, before anything is acknowledged */
}

/* ---- small segments and windows ---- */

static bool delayed_ack(const char *off)
{
    struct pair p = established(NULL, off);
    sim_send(p.s, p.a, 10);
    sim_run_for(p.s, TERN_SEC);
    assert_int_equal(sent_by_n(p.st, STORY_B, TERN_RULE_ACK_DELAYED) + sent_by_n(p.st, STORY_B, TERN_RULE_ACK_PUSHED), 1);
    return end(&p, sent_by_n(p.st, STORY_B, TERN_RULE_ACK_PUSHED) == 1);
}

static bool nagle(const char *off)
{
    struct pair p = established(NULL, off);
    for (int i = 0; i < 3; i++) {
        sim_send(p.s, p.a, 1);
        sim_run_for(p.s, TERN_MS);
    }
    assert_true(data_n(p.st, STORY_A) >= 1);
    return end(&p, data_n(p.st, STORY_A) > 1); /* 41 bytes for each */
}

/* B's application does not read, and its buffer is small. */
static struct pair slow_reader(const char *off, size_t n)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.settings[STORY_B].receive_buffer = 4000;
    cfg.settings[STORY_B].receive_buffer_max = 0;
    struct pair p = established(&cfg, off);
    sim_send(p.s, p.a, n);
    sim_run_for(p.s, 10 * TERN_SEC);
    return p;
}

static bool sws_receiver(const char *off)
{
    struct pair p = slow_reader(off, 20000);
    char few[100];
    size_t from = p.st->row_n;
    assert_int_equal(story_last(p.st)->tcb[STORY_B].rcv_wnd, 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tern_conn_recv(p.b, sim_now(p.s), few, sizeof few), sizeof few);
        sim_run_for(p.s, TERN_SEC);
    }
    bool wrong = false;
    for (size_t i = from; i < p.st->row_n; i++) {
        const struct story_row *r = &p.st->row[i];
        wrong |= r->kind == STORY_SEGMENT && r->rule == TERN_RULE_ACK_WINDOW && r->seg.wnd < 1000;
    }
    return end(&p, wrong);
}

static bool sws_sender(const char *off)
{
    struct pair p = slow_reader(off, 20000);
    bool wrong = sent_by_n(p.st, STORY_A, TERN_RULE_SEND_OVERRIDE) == 0;
    for (size_t i = 0; wrong && i < p.st->row_n; i++) { /* two full segments, and at once the 1080 bytes that are left */
        const struct story_row *r = &p.st->row[i];
        if (r->side == STORY_A && r->seg.len == 4000 - 2 * 1460) return end(&p, true);
    }
    return end(&p, false);
}

static bool zero_window_probe(const char *off)
{
    struct pair p = slow_reader(off, 8000);
    lose(&p, STORY_B, TH_ACK, false); /* the news that there is room again */
    int64_t got = sim_read(p.s, p.b);
    assert_int_equal(got, 4000);
    for (int i = 0; i < 60; i++) {
        sim_run_for(p.s, TERN_SEC);
        int64_t n = sim_read(p.s, p.b);
        if (n > 0) got += n;
    }
    return end(&p, got != 8000);
}

static bool window_check(const char *off)
{
    struct pair p = slow_reader(off, 20000);
    bool wrong = false;
    for (size_t i = 0; i < p.st->row_n; i++) { /* a probe's byte may lie beyond */
        const struct story_row *r = &p.st->row[i];
        wrong |= r->kind == STORY_SEGMENT && r->side == STORY_A && seq_gt(seq(seg_end(&r->seg)), seq(101 + 4000 + 1));
    }
    return end(&p, wrong);
}

static bool keepalive(const char *off)
{
    struct pair p = established(NULL, off);
    tern_conn_set(p.a, sim_now(p.s), TERN_OPT_KEEPALIVE_IDLE, 1000);
    tern_conn_set(p.a, sim_now(p.s), TERN_OPT_KEEPALIVE_INTERVAL, 1000);
    tern_conn_set(p.a, sim_now(p.s), TERN_OPT_KEEPALIVE_COUNT, 3);
    tern_conn_set(p.a, sim_now(p.s), TERN_OPT_KEEPALIVE, 1);
    sim_cut(p.s, true);
    sim_run_for(p.s, 3600 * TERN_SEC);
    return end(&p, tern_conn_state(p.a) == TERN_ESTABLISHED); /* with a peer that is not there */
}

/* ---- the end ---- */

/* A closes first, and its last ACK is lost. */
static struct pair last_ack_lost(const char *off)
{
    struct pair p = established(NULL, off);
    sim_close(p.s, p.a);
    sim_run_for(p.s, TERN_SEC);
    sim_close(p.s, p.b);
    lose(&p, STORY_A, TH_ACK, false);
    sim_run_for(p.s, 60 * TERN_SEC);
    return p;
}

static bool time_wait(const char *off)
{
    struct pair p = last_ack_lost(off);
    bool wrong = sent_by_n(p.st, STORY_A, TERN_RULE_RST_CLOSED) == 1; /* what should end well ends with a RST */
    assert_int_equal(sent_by_n(p.st, STORY_A, TERN_RULE_ACK_TIME_WAIT), !wrong);
    return end(&p, wrong);
}

static bool msl2_restart(const char *off)
{
    struct pair p = last_ack_lost(off);
    const struct story_row *first = sent_by(p.st, STORY_B, TERN_RULE_SEND_FIN, 1),
                           *again = sent_by(p.st, STORY_B, TERN_RULE_RTX_FIN, 1);
    const struct story_row *over = story_last(p.st);
    assert_true(first->arrived < again->arrived);
    assert_int_equal(over->rule, TERN_RULE_MSL2_OVER);
    bool wrong = over->at == first->arrived + 2 * TERN_SEC;
    if (!wrong) assert_true(over->at == again->arrived + 2 * TERN_SEC);
    return end(&p, wrong);
}

static bool tw_reuse(const char *off)
{
    struct pair p = established(NULL, off);
    close_both(&p, p.b, p.a);
    assert_int_equal(story_last(p.st)->tcb[STORY_B].state, TERN_TIME_WAIT);
    forge(&p, forged(50, 0, TH_SYN)); /* a SYN older than the connection that just ended */
    return end(&p, entered_n(p.st, STORY_B, TERN_SYN_RECEIVED) == 2);
}

static bool tw_port(const char *off)
{
    struct pair p = established(NULL, off);
    close_both(&p, p.a, p.b);
    return end(&p, sim_connect(p.s, STORY_A, 40000, 80) != NULL); /* EADDRINUSE is what applications see */
}

static bool half_open_limit(const char *off)
{
    struct sim_config cfg;
    config(&cfg);
    cfg.settings[STORY_B].syn_cookies = cfg.settings[STORY_B].half_open_evict = 0;
    struct pair p = begin(&cfg, off);
    assert_non_null(sim_listen(p.s, STORY_B, 80, 2));
    for (uint8_t i = 1; i <= 5; i++) {
        struct tern_addr from = stranger(i);
        struct sim_forged f = forged(1000, 0, TH_SYN);
        f.address = &from;
        forge(&p, f);
    }
    bool wrong = refused_n(p.st, STORY_A, TERN_DROP_HALF_FULL) == 0;
    assert_int_equal(story_last(p.st)->tcb[STORY_B].half_n, wrong ? 5 : 2);
    return end(&p, wrong);
}

static bool accept_limit(const char *off)
{
    struct pair p = begin(NULL, off);
    assert_non_null(sim_listen(p.s, STORY_B, 80, 1));
    for (uint16_t i = 0; i < 3; i++) {
        assert_non_null(sim_connect(p.s, STORY_A, (uint16_t)(40000 + i), 80));
        sim_run_for(p.s, 200 * TERN_MS);
    }
    bool wrong = refused_n(p.st, STORY_A, TERN_DROP_ACCEPT_FULL) == 0;
    assert_int_equal(entered_n(p.st, STORY_B, TERN_ESTABLISHED), wrong ? 3 : 1);
    return end(&p, wrong);
}

static bool rst_to_closed(const char *off)
{
    struct pair p = begin(NULL, off);
    p.a = sim_connect(p.s, STORY_A, 40000, 80);
    sim_run_for(p.s, TERN_SEC / 2);
    bool wrong = tern_conn_state(p.a) == TERN_SYN_SENT; /* it waits for three minutes */
    assert_int_equal(tern_conn_error(p.a), wrong ? 0 : TERN_ERR_REFUSED);
    return end(&p, wrong);
}

static bool rst_unread(const char *off)
{
    struct pair p = established(NULL, off);
    sim_send(p.s, p.a, 100);
    sim_run_for(p.s, TERN_SEC);
    sim_release(p.s, p.b);
    sim_run_for(p.s, TERN_SEC);
    bool wrong = tern_conn_error(p.a) == 0; /* A believes that all was read */
    assert_int_equal(sent_by_n(p.st, STORY_B, TERN_RULE_RST_UNREAD), !wrong);
    return end(&p, wrong);
}

/* ---- the table ---- */

static show *const shows[EXPERIMENT_CLAUSE_N] = {
    [EXPERIMENT_ISN_KEYED] = keyed_isn,
    [EXPERIMENT_ISN_CLOCK] = isn_clock,
    [EXPERIMENT_ISN_BEYOND] = isn_beyond,
    [EXPERIMENT_THIRD_ACK] = third_ack,
    [EXPERIMENT_ACK_CHECK] = ack_check,
    [EXPERIMENT_SIMULTANEOUS] = simultaneous,
    [EXPERIMENT_MSS_OPTION] = mss_option,
    [EXPERIMENT_SEQ_CHECK] = seq_check,
    [EXPERIMENT_RST_CHECK] = rst_validation,
    [EXPERIMENT_SYN_CHALLENGE] = syn_challenge,
    [EXPERIMENT_CHALLENGE_LIMIT] = challenge_limit,
    [EXPERIMENT_PAWS] = paws,
    [EXPERIMENT_CHECKSUM] = checksum,
    [EXPERIMENT_OOO_QUEUE] = ooo_queue,
    [EXPERIMENT_RETRANSMISSION] = retransmission,
    [EXPERIMENT_FIN_RETRANSMIT] = fin_retransmit,
    [EXPERIMENT_FAST_RETRANSMIT] = fast_retransmit,
    [EXPERIMENT_BACKOFF] = backoff,
    [EXPERIMENT_KARN] = karn,
    [EXPERIMENT_CONGESTION] = congestion,
    [EXPERIMENT_DELAYED_ACK] = delayed_ack,
    [EXPERIMENT_NAGLE] = nagle,
    [EXPERIMENT_SWS_RECEIVER] = sws_receiver,
    [EXPERIMENT_SWS_SENDER] = sws_sender,
    [EXPERIMENT_ZERO_PROBE] = zero_window_probe,
    [EXPERIMENT_WINDOW_CHECK] = window_check,
    [EXPERIMENT_KEEPALIVE] = keepalive,
    [EXPERIMENT_TIME_WAIT] = time_wait,
    [EXPERIMENT_MSL2_RESTART] = msl2_restart,
    [EXPERIMENT_TW_REUSE] = tw_reuse,
    [EXPERIMENT_TW_PORT] = tw_port,
    [EXPERIMENT_HALF_LIMIT] = half_open_limit,
    [EXPERIMENT_ACCEPT_LIMIT] = accept_limit,
    [EXPERIMENT_RST_TO_CLOSED] = rst_to_closed,
    [EXPERIMENT_RST_UNREAD] = rst_unread,
};

static void clause(void **state)
{
    const unsigned *which = *state;
    assert_non_null(shows[*which]);
    assert_false(shows[*which](NULL));
    assert_true(shows[*which](experiment_info(*which)->name));
}

static void an_unknown_clause_is_refused(void **state)
{
    (void)state;
    struct pair p = begin(NULL, NULL);
    assert_false(sim_without(p.s, STORY_SIDE_N, "no-such-clause"));
    sim_free(p.s);
}

/* One end without it: the other one keeps to it, and a reboot does not bring it back. */
static void a_clause_is_switched_off_at_one_end(void **state)
{
    (void)state;
    struct pair p = begin(NULL, NULL);
    assert_true(sim_without(p.s, STORY_B, "rst-to-closed"));
    sim_reboot(p.s, STORY_B);
    p.a = sim_connect(p.s, STORY_A, 40000, 80);
    p.b = sim_connect(p.s, STORY_B, 40000, 81);
    sim_run_for(p.s, TERN_SEC / 2);
    assert_int_equal(tern_conn_error(p.a), 0);
    assert_int_equal(tern_conn_error(p.b), TERN_ERR_REFUSED);
    sim_free(p.s);
}

int main(void)
{
    enum { OTHERS = 2 };
    static unsigned number[EXPERIMENT_CLAUSE_N];
    static struct CMUnitTest tests[EXPERIMENT_CLAUSE_N + OTHERS];
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++) {
        number[i] = i;
        tests[i] = (struct CMUnitTest){.name = experiment_info(i)->name, .test_func = clause, .initial_state = &number[i]};
    }
    tests[EXPERIMENT_CLAUSE_N] = (struct CMUnitTest)cmocka_unit_test(an_unknown_clause_is_refused);
    tests[EXPERIMENT_CLAUSE_N + 1] = (struct CMUnitTest)cmocka_unit_test(a_clause_is_switched_off_at_one_end);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
