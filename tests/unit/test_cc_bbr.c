/* BBR version 3: the example test cases of draft-ietf-ccwg-bbr's appendix on a path in virtual time. */
#include <stdlib.h>

#include "bbr.h"
#include "cc_test.h"

/* What a run went through. */
struct seen {
    tern_ns entered[BBR_PHASE_N]; /* first; 0: never */
    uint32_t n[BBR_PHASE_N];
    int last;
    bool cruise_after_up, refill_after_down;
    uint32_t full_bw_count_most;
};

static struct bbr *of(struct model_flow *f) { return (struct bbr *)f->state; }

static void watch(struct model *m, struct model_flow *f, enum tern_rule why)
{
    struct seen *s = m->user;
    struct bbr *b = of(f);
    (void)why;
    if (f != m->flow) return;
    if (b->full_bw_count > s->full_bw_count_most) s->full_bw_count_most = b->full_bw_count;
    if (b->phase == s->last) return;
    if (s->last == BBR_DOWN && b->phase == BBR_REFILL) s->refill_after_down = true;
    if (!s->n[b->phase]++) s->entered[b->phase] = m->now;
    s->last = b->phase;
}

static struct model_flow *start(struct model *m, struct seen *s, uint64_t mbit, tern_ns delay, uint32_t packets)
{
    *s = (struct seen){.last = -1};
    model_init(m, mbit * 1000 * 1000 / 8, delay, packets * 1460);
    m->watch = watch;
    m->user = s;
    return model_add(m, &cc_bbr, 0);
}

static void until(struct model *m, struct model_flow *f, enum bbr_phase phase)
{
    for (int i = 0; of(f)->phase != phase && i < 600000; i++) model_run(m, m->now + 100 * TERN_US);
    assert_int_equal(of(f)->phase, phase);
}

static uint32_t percent(uint64_t whole, uint64_t part) { return (uint32_t)(part * 100 / whole); }

/* proves: BBR 5.3.1.2 */
static void startup_ends_at_the_plateau_with_the_right_rate(void **state)
{
    (void)state;
    static const struct {
        uint32_t mbit, ms;
    } path[] = {{1, 100}, {10, 20}, {100, 40}, {1000, 100}, {5000, 2}};
    for (size_t i = 0; i < sizeof path / sizeof path[0]; i++) {
        struct model m;
        struct seen s;
        uint32_t bdp = (uint32_t)((uint64_t)path[i].mbit * 125 * path[i].ms / 1460);
        struct model_flow *f = start(&m, &s, path[i].mbit, path[i].ms * TERN_MS, 4 * bdp + 100);
        for (int k = 0; !of(f)->full_bw_reached && k < 300000; k++) model_run(&m, m.now + 100 * TERN_US);
        assert_true(of(f)->full_bw_now && of(f)->phase != BBR_STARTUP);
        assert_int_equal(of(f)->full_bw_count, 3);
        assert_in_range(percent(m.rate, bbr_max_bw(of(f))), 98, 102);
        assert_int_equal(f->lost, 0);
        /* It doubles: log2(bdp / 10) round trips and the three of the plateau, on a path that is more and more queued. */
        uint32_t rounds = 0;
        for (uint32_t w = 10; w < bdp; w *= 2) rounds++;
        assert_in_range(of(f)->rounds, rounds, rounds + 9);
        model_free(&m);
    }
}

static void drain_ends_when_no_more_than_the_path_holds_is_in_flight(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    until(&m, f, BBR_DRAIN);
    assert_in_range(of(f)->head.pacing, m.rate * 49 / 100, m.rate * 50 / 100);
    uint32_t before = model_queue(&m);
    assert_true(before > 100 * 1460);
    until(&m, f, BBR_CRUISE);
    assert_true(f->pipe <=
                bbr_inflight(of(f), &(struct cc_sample){.mss = 1460, .set = {.initial_window = 10}}, bbr_bw(of(f)), 100));
    assert_true(model_queue(&m) <= 2 * 1460);
    model_free(&m);
}

/* What is in flight does not come down to the estimate. */
static void drain_ends_after_three_round_trips_at_the_latest(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 4000);
    until(&m, f, BBR_DRAIN);
    struct cc_sample x = model_sample(&m, f);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(of(f)->phase, BBR_DRAIN);
        x.rate =
            (struct cc_rate){.prior_delivered = x.delivered, .delivered = 500000, .interval = 50 * TERN_MS, .rate = 10000000};
        x.now += 50 * TERN_MS;
        x.acked = 500000, x.delivered += 500000;
        cc_bbr.on_ack(&f->cc, &x);
    }
    assert_int_equal(of(f)->phase, BBR_DOWN);
    model_free(&m);
}

/* proves: BBR 5.3.3.6 */
static void up_ends_at_the_plateau_and_down_when_the_queue_has_gone(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    until(&m, f, BBR_CRUISE);
    tern_ns from = m.now;
    until(&m, f, BBR_UP);
    assert_in_range(m.now - from, 2 * TERN_SEC - 100 * TERN_MS, 3 * TERN_SEC); /* 63 round trips of 40 ms, or 2 to 3 s */
    assert_in_range(of(f)->head.pacing, m.rate * 123 / 100, m.rate * 124 / 100);
    uint32_t rounds = of(f)->rounds;
    until(&m, f, BBR_DOWN);
    assert_in_range(of(f)->rounds - rounds, 3, 5);
    assert_in_range(of(f)->head.pacing, m.rate * 88 / 100, m.rate * 90 / 100);
    assert_true(model_queue(&m) > 50 * 1460);
    until(&m, f, BBR_CRUISE);
    assert_in_range(of(f)->head.pacing, m.rate * 98 / 100, m.rate);
    assert_true(model_queue(&m) <= 4 * 1460);
    assert_int_equal(f->lost, 0);
    model_free(&m);
}

/* proves: BBR 5.3.4 */
static void the_round_trip_is_probed_every_five_seconds_for_200_ms(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    until(&m, f, BBR_PROBE_RTT);
    assert_in_range(m.now - f->start, 5 * TERN_SEC, 5200 * TERN_MS);
    tern_ns from = m.now;
    model_run(&m, m.now + 100 * TERN_MS);
    assert_in_range(f->pipe, 160 * 1460, 172 * 1460); /* half of 342 */
    until(&m, f, BBR_CRUISE);
    assert_in_range(m.now - from, 200 * TERN_MS, 300 * TERN_MS);
    assert_in_range(of(f)->min_rtt, 40 * TERN_MS, 41 * TERN_MS);
    uint32_t cwnd = f->cc.cwnd;
    assert_in_range(cwnd, 650 * 1460, 700 * 1460); /* what it was is back */
    from = m.now;
    until(&m, f, BBR_PROBE_RTT);
    assert_in_range(m.now - from, 4900 * TERN_MS, 5300 * TERN_MS);
    model_free(&m);
}

/* The path's least round trip is seen again and again between the probes: they are as rare as those of version 1. Where it is
 * not any more, since the path has become longer, they come after five seconds. */
static void a_confirmed_round_trip_is_probed_every_ten_seconds(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    m.bbr_rtt_near = 6;
    until(&m, f, BBR_PROBE_RTT);
    assert_in_range(m.now - f->start, 10 * TERN_SEC, 10200 * TERN_MS);
    until(&m, f, BBR_CRUISE);
    model_run(&m, m.now + 6 * TERN_SEC);
    tern_ns longer = m.now;
    f->delay += f->delay / 5;
    until(&m, f, BBR_PROBE_RTT);
    assert_in_range(m.now - longer, 4 * TERN_SEC, 5200 * TERN_MS);
    model_free(&m);
}

/* proves: BBR 5.6.2. Where round trips show a queue, or by the draft always, a hundredth of the rate is left to empty it; else
 * one is looked for. */
static void the_whole_rate_is_used_where_there_is_no_queue(void **state)
{
    (void)state;
    for (uint8_t near = 0; near <= 6; near += 6) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
        m.bbr_rtt_near = near;
        until(&m, f, BBR_CRUISE);
        unsigned above = 0;
        for (unsigned i = 0; i < 500; i++) {
            model_run(&m, m.now + TERN_MS);
            bool more = of(f)->head.pacing > bbr_bw(of(f));
            assert_int_equal(of(f)->phase, BBR_CRUISE);
            assert_int_equal(of(f)->head.pacing, bbr_bw(of(f)) * (more ? 101 : 99) / 100);
            assert_true(model_queue(&m) <= 3 * of(f)->head.quantum);
            above += more;
        }
        assert_true(near ? above > 100 : !above);
        assert_true(near || model_queue(&m) <= 4 * 1460);
        f->delay += 10 * TERN_MS;
        model_run(&m, m.now + 200 * TERN_MS);
        assert_int_equal(of(f)->phase, BBR_CRUISE);
        assert_int_equal(of(f)->head.pacing, bbr_bw(of(f)) * 99 / 100);
        model_free(&m);
    }
}

/* The queue that pacing's own quanta make for a moment is none. */
static void two_quanta_are_no_queue(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, TERN_MS, 60);
    m.bbr_rtt_near = 6;
    until(&m, f, BBR_CRUISE);
    struct cc_sample x = model_sample(&m, f);
    tern_ns two = 2 * of(f)->head.quantum * TERN_SEC / bbr_bw(of(f));
    for (unsigned over = 0; over < 2; over++) {
        x.rtt = of(f)->min_rtt + two - 50 * TERN_US + over * 100 * TERN_US;
        cc_bbr.on_ack(&f->cc, &x);
        assert_int_equal(of(f)->no_queue, !over);
    }
    model_free(&m);
}

/* A round trip of 40 ms is over that delivered |bytes|, and measured a rate of |rate|. */
static void round_trip(struct model_flow *f, struct cc_sample *x, uint64_t bytes, uint64_t rate)
{
    x->rate.prior_delivered = x->delivered;
    x->rate.delivered = bytes;
    x->rate.rate = rate;
    x->now += 40 * TERN_MS;
    x->delivered += bytes;
    x->acked = 1460;
    cc_bbr.on_ack(&f->cc, x);
}

/* A tenth of what was in flight is found lost. */
static void lose_a_tenth(struct model_flow *f, struct cc_sample *x)
{
    x->lost = 1460;
    x->rate = (struct cc_rate){.prior_delivered = x->delivered, .tx_in_flight = f->pipe, .lost = f->pipe / 10};
    cc_bbr.on_lost(&f->cc, x);
}

/* Samples a twentieth above the rate, by what has overtaken others: they do not count where packets do, but what several round
 * trips have delivered. */
static void where_packets_overtake_the_rate_is_that_of_three_round_trips(void **state)
{
    (void)state;
    for (unsigned rounds = 0; rounds < 2; rounds++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
        until(&m, f, BBR_CRUISE);
        struct cc_sample x = model_sample(&m, f);
        x.set.bbr_rounds = rounds, x.reordered = true;
        for (int i = 0; i < 12; i++) round_trip(f, &x, m.rate / 25, m.rate + m.rate / 20);
        assert_int_equal(of(f)->phase, BBR_CRUISE);
        assert_in_range(percent(m.rate, bbr_max_bw(of(f))), rounds ? 99 : 104, rounds ? 101 : 105);
        if (rounds) { /* where the application had too little it tells nothing of the path */
            for (unsigned limited = 2; limited--;) {
                of(f)->max_bw[1] = 0;
                of(f)->span.at = 0;
                for (int i = 0; i < 4; i++) {
                    x.rate.app_limited = limited && i == 2;
                    round_trip(f, &x, m.rate / 50, m.rate / 2);
                }
                assert_int_equal(percent(m.rate, of(f)->max_bw[1]), limited ? 0 : 50);
            }
        }
        model_free(&m);
    }
}

/* The SYN, perhaps, overtook others by half of the way. Once: what is found out afterwards stays. */
static void the_least_round_trip_is_forgotten_when_packets_are_seen_to_overtake(void **state)
{
    (void)state;
    for (unsigned seen = 0; seen < 2; seen++)
        for (unsigned rounds = 0; rounds < 2; rounds++) {
            struct model m;
            struct seen s;
            struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
            until(&m, f, BBR_CRUISE);
            of(f)->min_rtt = of(f)->probe_rtt_min = 20 * TERN_MS;
            struct cc_sample x = model_sample(&m, f);
            x.set.bbr_rounds = rounds, x.reordered = seen;
            cc_bbr.on_ack(&f->cc, &x); /* measures nothing */
            assert_int_equal(of(f)->min_rtt, 20 * TERN_MS);
            x.rtt = 42 * TERN_MS;
            cc_bbr.on_ack(&f->cc, &x);
            assert_int_equal(of(f)->min_rtt, (rounds && seen ? 42 : 20) * TERN_MS);
            x.rtt = 40 * TERN_MS;
            cc_bbr.on_ack(&f->cc, &x);
            x.rtt = 43 * TERN_MS;
            cc_bbr.on_ack(&f->cc, &x);
            assert_int_equal(of(f)->min_rtt, (rounds && seen ? 40 : 20) * TERN_MS);
            model_free(&m);
        }
}

/* proves: BBR 5.4 */
static void idle_time_makes_a_probe_of_the_round_trip_needless(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    until(&m, f, BBR_CRUISE);
    model_run(&m, TERN_SEC + 3 * TERN_SEC);
    f->pause = m.now, f->resume = m.now + 10 * TERN_SEC;
    model_run(&m, m.now + 12 * TERN_SEC);
    assert_int_equal(s.n[BBR_PROBE_RTT], 0);
    assert_in_range(percent(m.rate, bbr_max_bw(of(f))), 98, 102); /* and the rate was not forgotten */
    model_free(&m);
}

static void probing_the_round_trip_before_the_path_is_full_goes_back_to_startup(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    f->limit = 20 * 1460;
    until(&m, f, BBR_PROBE_RTT);
    assert_false(of(f)->full_bw_reached);
    for (int i = 0; of(f)->phase == BBR_PROBE_RTT && i < 1000; i++) model_run(&m, m.now + TERN_MS);
    assert_int_equal(of(f)->phase, BBR_STARTUP);
    f->limit = 0;
    until(&m, f, BBR_CRUISE);
    assert_in_range(percent(m.rate, bbr_max_bw(of(f))), 98, 102);
    model_free(&m);
}

static void an_application_that_sends_little_never_ends_startup_or_up(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    f->limit = 20 * 1460;
    model_run(&m, m.now + 60 * TERN_SEC);
    assert_int_equal(s.n[BBR_DRAIN], 0);
    f->limit = 0;
    until(&m, f, BBR_UP);
    f->limit = 100 * 1460;
    for (int i = 0; i < 200; i++) {
        model_run(&m, m.now + 10 * TERN_MS);
        assert_true(of(f)->phase == BBR_UP || of(f)->phase == BBR_PROBE_RTT);
    }
    model_free(&m);
}

static void losses_end_startup_in_a_shallow_buffer(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 20);
    until(&m, f, BBR_DRAIN);
    assert_true(of(f)->full_bw_reached);
    assert_true(f->losses > 0);
    until(&m, f, BBR_CRUISE);
    model_reset(&m);
    model_run(&m, m.now + 20 * TERN_SEC);
    print_message("# buffer of 6 %% of the path: link %u %%, lost %u in 1,000\n", percent(m.rate * 20, f->delivered),
                  (uint32_t)(f->lost * 1000 / (f->delivered + f->lost)));
    assert_in_range(percent(m.rate * 20, f->delivered), 85, 100);
    assert_true(f->lost * 50 < f->delivered); /* less than 2 % */
    model_free(&m);
}

/* proves: BBR 5.5.10.2 */
static void a_probe_that_loses_sets_the_bound_and_the_next_is_careful(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 70);
    until(&m, f, BBR_CRUISE);
    until(&m, f, BBR_UP);
    until(&m, f, BBR_DOWN);
    assert_true(of(f)->too_high);
    assert_in_range(of(f)->inflight_longterm, 343 * 1460, 460 * 1460); /* what the path and its queue take: 343 + 70 */
    until(&m, f, BBR_CRUISE);
    assert_in_range(f->cc.cwnd, (uint64_t)of(f)->inflight_longterm * 84 / 100, (uint64_t)of(f)->inflight_longterm * 86 / 100);
    until(&m, f, BBR_UP);
    until(&m, f, BBR_DOWN);
    assert_true(of(f)->precautionary || of(f)->too_high);
    model_free(&m);
}

/* proves: BBR 5.3.3.5 */
static void ten_times_the_bandwidth_is_found(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 10, 40 * TERN_MS, 400);
    until(&m, f, BBR_CRUISE);
    m.rate *= 10;
    until(&m, f, BBR_UP);
    tern_ns from = m.now;
    for (int i = 0; percent(m.rate, bbr_max_bw(of(f))) < 95 && i < 20000; i++) model_run(&m, m.now + TERN_MS);
    print_message("# found after %u ms\n", (unsigned)((m.now - from) / TERN_MS));
    assert_in_range(m.now - from, 0, 8 * TERN_SEC);
    model_free(&m);
}

/* Three in a hundred are lost whatever is sent. By the draft that ends Startup far from what the path carries; where it goes on
 * as long as the rate grows, it finds that. */
static void losses_by_chance_end_startup_when_the_rate_does_not_grow(void **state)
{
    (void)state;
    uint64_t found[2];
    for (unsigned any = 0; any < 2; any++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 1000, 40 * TERN_MS, 7000);
        m.lose_every = 33;
        m.bbr_any_loss = any;
        until(&m, f, BBR_DRAIN);
        found[any] = percent(m.rate, bbr_max_bw(of(f)));
        model_free(&m);
    }
    print_message("# Startup found %u %% of the rate, %u %% as the draft has it\n", (unsigned)found[0], (unsigned)found[1]);
    assert_in_range(found[0], 90, 102);
    assert_in_range(found[1], 1, 60);
}

/* Three round trips without growth end a probe for bandwidth, but where the bound of what is in flight is what holds it back. A
 * window that is not used up, since it is paced, does not. */
static void a_probe_ends_where_the_bound_is_not_reached(void **state)
{
    (void)state;
    for (unsigned reached = 0; reached < 2; reached++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
        until(&m, f, BBR_UP);
        struct cc_sample x = model_sample(&m, f);
        x.sack = true, x.app_limited = false;
        for (int i = 0; i < 6; i++) {
            of(f)->inflight_longterm = f->cc.cwnd;
            x.pipe = reached ? f->cc.cwnd : f->cc.cwnd / 2;
            round_trip(f, &x, 500000, bbr_max_bw(of(f)));
        }
        assert_int_equal(of(f)->phase == BBR_UP, reached);
        model_free(&m);
    }
}

/* One of twenty, a share of five in a hundred, is enough for the draft; two are chance, three are not. */
static void one_or_two_losses_end_a_probe_for_bandwidth_as_the_draft_has_it_only(void **state)
{
    (void)state;
    for (unsigned any = 0; any < 2; any++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 5, 40 * TERN_MS, 50);
        m.bbr_any_loss = any;
        until(&m, f, BBR_UP);
        struct cc_sample x = model_sample(&m, f);
        x.sack = true;
        x.lost = 1460;
        x.rate = (struct cc_rate){.prior_delivered = x.delivered, .tx_in_flight = 20 * 1460, .lost = any ? 1460 : 2 * 1460};
        cc_bbr.on_lost(&f->cc, &x);
        assert_int_equal(of(f)->phase, any ? BBR_DOWN : BBR_UP);
        x.rate.lost = 3 * 1460;
        cc_bbr.on_lost(&f->cc, &x);
        assert_int_equal(of(f)->phase, BBR_DOWN);
        model_free(&m);
    }
}

/* proves: BBR 5.3.1.3. Long before three round trips without growth. */
static void too_many_losses_end_startup_before_the_plateau(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 1000, 40 * TERN_MS, 7000);
    m.lose_every = 20;
    until(&m, f, BBR_DRAIN);
    print_message("# %u of 3 rounds of the plateau, %u losses\n", s.full_bw_count_most, (unsigned)f->losses);
    assert_in_range(s.full_bw_count_most, 0, 2);
    model_free(&m);
}

static void a_tenth_of_the_bandwidth_is_found(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 340);
    until(&m, f, BBR_CRUISE);
    m.rate /= 10;
    model_run(&m, m.now + 2 * TERN_SEC);
    assert_in_range(percent(m.rate, bbr_bw(of(f))), 100, 500); /* the bound of this cycle: 0.7 a round trip, which is long now */
    model_run(&m, m.now + 13 * TERN_SEC);
    assert_in_range(percent(m.rate, bbr_max_bw(of(f))), 98, 110); /* two cycles later */
    model_free(&m);
}

static void less_than_a_packet_in_the_path_is_no_stall(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 1, 5 * TERN_MS, 100);
    until(&m, f, BBR_CRUISE);
    model_reset(&m);
    for (int i = 0; i < 1000; i++) {
        model_run(&m, m.now + 10 * TERN_MS);
        assert_true(f->cc.cwnd >= 4 * 1460);
    }
    assert_in_range(percent(m.rate * 10, f->delivered), 95, 100);
    model_free(&m);
}

static void random_loss_costs_little_below_the_threshold(void **state)
{
    (void)state;
    static const uint32_t every[] = {10000, 1000, 200, 100}, least[] = {94, 94, 94, 92};
    for (size_t i = 0; i < 4; i++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700), *c;
        m.lose_every = every[i];
        model_run(&m, m.now + 30 * TERN_SEC);
        uint64_t bbr = f->delivered;
        model_free(&m);
        model_init(&m, 100 * 1000 * 1000 / 8, 40 * TERN_MS, 700 * 1460);
        m.lose_every = every[i];
        c = model_add(&m, &cc_cubic, 0);
        model_run(&m, m.now + 30 * TERN_SEC);
        print_message("# 1 in %u lost: bbr %u %%, cubic %u %% of the link\n", every[i], percent(m.rate * 30, bbr),
                      percent(m.rate * 30, c->delivered));
        assert_in_range(percent(m.rate * 30, bbr), least[i], 100);
        assert_true(bbr > c->delivered || every[i] > 5000);
        model_free(&m);
    }
}

static void bbr_and_cubic_share_a_path(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 50, 40 * TERN_MS, 300), *c = model_add(&m, &cc_cubic, 0);
    m.others = 50 * 1460;
    model_run(&m, m.now + 10 * TERN_SEC);
    model_reset(&m);
    model_run(&m, m.now + 60 * TERN_SEC);
    print_message("# bbr %u %%, link %u %%\n", percent(f->delivered + c->delivered, f->delivered),
                  percent(m.rate * 60, f->delivered + c->delivered));
    assert_in_range(percent(f->delivered + c->delivered, f->delivered), 30, 70);
    assert_in_range(percent(m.rate * 60, f->delivered + c->delivered), 95, 100);
    model_free(&m);
}

static void two_bbrs_share_a_path(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 340), *g = model_add(&m, &cc_bbr, 5 * TERN_SEC);
    model_run(&m, m.now + 30 * TERN_SEC);
    model_reset(&m);
    model_run(&m, m.now + 60 * TERN_SEC);
    print_message("# first %u %%, link %u %%\n", percent(f->delivered + g->delivered, f->delivered),
                  percent(m.rate * 60, f->delivered + g->delivered));
    assert_in_range(percent(f->delivered + g->delivered, f->delivered), 35, 65);
    assert_in_range(percent(m.rate * 60, f->delivered + g->delivered), 93, 100);
    model_free(&m);
}

/* proves: BBR 5.5.11 */
static void a_recovery_for_nothing_is_undone(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    until(&m, f, BBR_CRUISE);
    until(&m, f, BBR_UP);
    model_run(&m, m.now + 60 * TERN_MS);
    assert_int_equal(of(f)->phase, BBR_UP);
    struct cc_sample x = model_sample(&m, f);
    uint32_t cwnd = f->cc.cwnd;
    lose_a_tenth(f, &x);
    cc_bbr.on_loss(&f->cc, &x);
    assert_int_equal(of(f)->phase, BBR_DOWN);
    assert_true(of(f)->inflight_longterm != BBR_NO_VOLUME);
    assert_int_equal(cc_bbr.on_undo(&f->cc, &x), TERN_RULE_CC_UNDO);
    assert_int_equal(of(f)->phase, BBR_REFILL);
    assert_true(of(f)->inflight_longterm == BBR_NO_VOLUME);
    assert_true(f->cc.cwnd >= cwnd);
    /* A timeout, too. */
    cc_bbr.on_rto(&f->cc, &x, true);
    assert_int_equal(f->cc.cwnd, 1460);
    cc_bbr.on_undo(&f->cc, &x);
    assert_int_equal(f->cc.cwnd, cwnd);
    model_free(&m);
}

/* proves: BBR 5.5.10.3. As the draft has it the bounds sink with each loss; below the threshold nothing is gained by that. */
static void losses_below_the_threshold_may_lower_the_bounds(void **state)
{
    (void)state;
    unsigned used[2];
    for (unsigned any = 0; any < 2; any++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
        m.lose_every = 100;
        m.bbr_any_loss = any;
        model_run(&m, m.now + 30 * TERN_SEC);
        used[any] = percent(m.rate * 30, f->delivered);
        model_free(&m);
    }
    print_message("# 1 in 100 lost: %u %% of the link, and %u %% when bounds sink with each\n", used[0], used[1]);
    assert_in_range(used[0], 90, 100);
    assert_in_range(used[1], 70, used[0] - 5);
}

/* proves: BBR 5.5.9. A window of two round trips alone would be empty for half of the time. */
static void acknowledgements_in_clumps_leave_the_path_full(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 10 * TERN_MS, 700);
    m.ack_every = 40 * TERN_MS;
    model_run(&m, 2 * TERN_SEC);
    model_reset(&m);
    model_run(&m, 12 * TERN_SEC);
    print_message("# acknowledged every 40 ms: %u %% of the link\n", percent(m.rate * 10, f->delivered));
    assert_in_range(percent(m.rate * 10, f->delivered), 90, 100);
    model_free(&m);
}

static void lossy_round(struct model_flow *f, struct cc_sample *x)
{
    lose_a_tenth(f, x);
    x->lost = 0;
    round_trip(f, x, 400000, of(f)->max_bw[0] / 2);
}

/* It has ended the probe, and is found missing in the round trip after it; by the draft it is answered twice. What the next round
 * trip loses is answered in any case. */
static void what_a_probe_lost_lowers_no_bound_after_it(void **state)
{
    (void)state;
    for (unsigned any = 0; any < 2; any++) {
        struct model m;
        struct seen s;
        struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
        m.bbr_any_loss = any;
        until(&m, f, BBR_UP);
        model_run(&m, m.now + 60 * TERN_MS);
        struct cc_sample x = model_sample(&m, f);
        lose_a_tenth(f, &x);
        assert_int_equal(of(f)->phase, BBR_DOWN);
        assert_int_equal(of(f)->ack_phase, ACKS_PROBE_STOPPING);
        lossy_round(f, &x);
        assert_int_equal(of(f)->bw_shortterm != BBR_NO_RATE, any);
        lossy_round(f, &x);
        assert_true(of(f)->bw_shortterm != BBR_NO_RATE);
        model_free(&m);
    }
}

/* RFC 3168: marks instead of losses, and the response is to congestion. */
static void marks_bound_what_is_in_flight(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 100, 40 * TERN_MS, 700);
    m.mark_at = 70 * 1460;
    model_run(&m, m.now + 20 * TERN_SEC);
    assert_true(f->marks > 0);
    assert_int_equal(f->lost, 0);
    assert_true(of(f)->inflight_longterm < 480 * 1460);
    assert_in_range(percent(m.rate * 20, f->delivered), 85, 100);
    model_free(&m);
}

/* A data centre's path that marks early, or never: two flows. Packets in the queue, on average. */
static uint32_t queue_of_two(uint32_t mark_at, uint64_t *delivered)
{
    struct model m;
    struct seen s;
    struct model_flow *f = start(&m, &s, 1000, 500 * TERN_US, 1000);
    struct model_flow *g = model_add(&m, &cc_bbr, 100 * TERN_MS);
    uint64_t sum = 0;
    uint32_t n = 0;
    m.mark_at = mark_at * 1460;
    m.exact = true;
    model_run(&m, 2 * TERN_SEC);
    uint64_t before = f->delivered + g->delivered;
    for (; n < 5000; n++) {
        model_run(&m, m.now + TERN_MS);
        sum += model_queue(&m);
    }
    *delivered = f->delivered + g->delivered - before;
    model_free(&m);
    return (uint32_t)(sum / n / 1460);
}

static void counted_marks_keep_the_queue_short(void **state)
{
    uint64_t with = 0, without = 0;
    (void)state;
    uint32_t marked = queue_of_two(10, &with), unmarked = queue_of_two(0, &without);
    print_message("# %u packets in the queue, %u without marks; delivered %llu, %llu\n", marked, unmarked,
                  (unsigned long long)with, (unsigned long long)without);
    assert_true(marked < unmarked / 4 * 3);
    assert_true(with >= without / 100 * 95);
}

/* Half of a round trip marked, twice: Startup is over. */
static void counted_marks_end_startup(void **state)
{
    struct model m;
    struct seen s;
    (void)state;
    struct model_flow *f = start(&m, &s, 1000, 500 * TERN_US, 4000);
    m.mark_at = 1;
    m.exact = true;
    for (int i = 0; !of(f)->full_bw_reached && i < 10000; i++) model_run(&m, m.now + 100 * TERN_US);
    assert_true(of(f)->full_bw_reached);
    assert_in_range(s.full_bw_count_most, 0, 2); /* not by the plateau */
    model_free(&m);
}

static void without_memory_it_is_newreno(void **state)
{
    (void)state;
    struct hand c, n;
    hand_init(&c, &cc_bbr);
    hand_init(&n, &cc_newreno);
    c.s.state = n.s.state = NULL;
    for (int i = 0; i < 60; i++) {
        if (i % 13 == 12) hand_loss(&c), hand_loss(&n);
        hand_round(&c, 50 * TERN_MS), hand_round(&n, 50 * TERN_MS);
        assert_int_equal(c.cc.cwnd, n.cc.cwnd);
    }
}

static void a_run_is_the_same_everywhere(void **state)
{
    (void)state;
    struct model m;
    struct seen s;
    start(&m, &s, 50, 30 * TERN_MS, 100);
    m.lose_every = 1999;
    model_add(&m, &cc_bbr, TERN_SEC);
    model_run(&m, m.now + 30 * TERN_SEC);
    print_message("# %016llx %016llx\n", (unsigned long long)m.flow[0].digest, (unsigned long long)m.flow[1].digest);
    assert_true(m.flow[0].digest == UINT64_C(0xf77fa70c8032fe2e));
    assert_true(m.flow[1].digest == UINT64_C(0xaf0dc43d066b6dc7));
    model_free(&m);
}

static void nothing_overflows(void **state)
{
    (void)state;
    uint64_t with = hand_extremes(&cc_bbr, true), without = hand_extremes(&cc_bbr, false);
    print_message("# %016llx %016llx\n", (unsigned long long)with, (unsigned long long)without);
    assert_true(with == UINT64_C(0x9423dcc00ba74e99));
    assert_true(without == UINT64_C(0x5571d2c242f77ef5)); /* NewReno's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(startup_ends_at_the_plateau_with_the_right_rate),
        cmocka_unit_test(drain_ends_when_no_more_than_the_path_holds_is_in_flight),
        cmocka_unit_test(drain_ends_after_three_round_trips_at_the_latest),
        cmocka_unit_test(up_ends_at_the_plateau_and_down_when_the_queue_has_gone),
        cmocka_unit_test(the_round_trip_is_probed_every_five_seconds_for_200_ms),
        cmocka_unit_test(idle_time_makes_a_probe_of_the_round_trip_needless),
        cmocka_unit_test(a_confirmed_round_trip_is_probed_every_ten_seconds),
        cmocka_unit_test(the_whole_rate_is_used_where_there_is_no_queue),
        cmocka_unit_test(two_quanta_are_no_queue),
        cmocka_unit_test(where_packets_overtake_the_rate_is_that_of_three_round_trips),
        cmocka_unit_test(the_least_round_trip_is_forgotten_when_packets_are_seen_to_overtake),
        cmocka_unit_test(losses_by_chance_end_startup_when_the_rate_does_not_grow),
        cmocka_unit_test(a_probe_ends_where_the_bound_is_not_reached),
        cmocka_unit_test(one_or_two_losses_end_a_probe_for_bandwidth_as_the_draft_has_it_only),
        cmocka_unit_test(probing_the_round_trip_before_the_path_is_full_goes_back_to_startup),
        cmocka_unit_test(an_application_that_sends_little_never_ends_startup_or_up),
        cmocka_unit_test(losses_end_startup_in_a_shallow_buffer),
        cmocka_unit_test(too_many_losses_end_startup_before_the_plateau),
        cmocka_unit_test(a_probe_that_loses_sets_the_bound_and_the_next_is_careful),
        cmocka_unit_test(ten_times_the_bandwidth_is_found),
        cmocka_unit_test(a_tenth_of_the_bandwidth_is_found),
        cmocka_unit_test(less_than_a_packet_in_the_path_is_no_stall),
        cmocka_unit_test(random_loss_costs_little_below_the_threshold),
        cmocka_unit_test(losses_below_the_threshold_may_lower_the_bounds),
        cmocka_unit_test(acknowledgements_in_clumps_leave_the_path_full),
        cmocka_unit_test(bbr_and_cubic_share_a_path),
        cmocka_unit_test(two_bbrs_share_a_path),
        cmocka_unit_test(a_recovery_for_nothing_is_undone),
        cmocka_unit_test(what_a_probe_lost_lowers_no_bound_after_it),
        cmocka_unit_test(marks_bound_what_is_in_flight),
        cmocka_unit_test(counted_marks_keep_the_queue_short),
        cmocka_unit_test(counted_marks_end_startup),
        cmocka_unit_test(without_memory_it_is_newreno),
        cmocka_unit_test(a_run_is_the_same_everywhere),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
