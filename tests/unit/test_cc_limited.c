/* A window that is not used does not grow, whatever the algorithm: RFC 7661 4.4, RFC 9438 5.8. */
#include "cc_test.h"

#define RTT (100 * TERN_MS)

/* Ten seconds in which the application has less to send than the window takes: |bytes| a round trip. */
static void idle_along(struct hand *h, uint32_t bytes)
{
    h->s.app_limited = h->s.rate.app_limited = true;
    for (int i = 0; i < 100; i++) {
        h->s.now += RTT;
        h->s.round_start = true;
        h->s.rtt = RTT;
        h->s.rate = (struct cc_rate){.delivered = bytes,
                                     .prior_delivered = h->s.delivered,
                                     .interval = RTT,
                                     .rate = (uint64_t)bytes * TERN_SEC / RTT,
                                     .tx_in_flight = bytes,
                                     .app_limited = true};
        hand_ack(h, bytes);
    }
    h->s.app_limited = false;
}

static void each(void (*run)(struct hand *h))
{
    const struct cc_ops *ops;
    for (size_t i = 0; (ops = cc_get(i)) != NULL; i++) {
        struct hand h;
        hand_init(&h, ops);
        run(&h);
    }
}

static void in_slow_start(struct hand *h)
{
    uint32_t had = h->cc.cwnd;
    if (h->cc.ops == &cc_bbr) return; /* see below */
    idle_along(h, MSS);
    assert_int_equal(h->cc.cwnd, had);
}

static void in_avoidance(struct hand *h)
{
    if (h->cc.ops == &cc_bbr) return;
    for (int i = 0; i < 4; i++) hand_round(h, RTT);
    hand_loss(h);
    for (int i = 0; i < 4; i++) hand_round(h, RTT);
    uint32_t had = h->cc.cwnd;
    idle_along(h, MSS);
    assert_int_equal(h->cc.cwnd, had);
    if (h->cc.ops == &cc_fixed) return;
    for (int i = 0; i < 40; i++) hand_round(h, RTT);
    assert_true(h->cc.cwnd > had); /* and grows again when it is */
}

static void slow_start_waits_until_the_window_is_used(void **state) { (void)state, each(in_slow_start); }
static void avoidance_waits_until_the_window_is_used(void **state) { (void)state, each(in_avoidance); }

/* BBR's window follows from what was delivered, not from the acknowledgements' number: little delivered, little window. The first
 * initial window's worth of them counts all the same (BBR draft 5.6.4.6). */
static void bbr_stays_with_what_was_delivered(void **state)
{
    struct hand h;
    (void)state;
    hand_init(&h, &cc_bbr);
    uint32_t had = h.cc.cwnd;
    idle_along(&h, MSS);
    uint32_t then = h.cc.cwnd;
    assert_true(then <= 2 * had);
    idle_along(&h, MSS);
    assert_int_equal(h.cc.cwnd, then);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_start_waits_until_the_window_is_used),
        cmocka_unit_test(avoidance_waits_until_the_window_is_used),
        cmocka_unit_test(bbr_stays_with_what_was_delivered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
