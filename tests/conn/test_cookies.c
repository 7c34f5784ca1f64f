/* SYN cookies (RFC 4987 3.6, appendix A): what is agreed comes back with the ACK, and nothing else is a cookie. Their numbers
 * under a flood: test_cookies_flood.c. */
#include "stack_test.h"

#define SLICE (64 * TERN_SEC)

static uint32_t sent_ts; /* the timestamp of the last SYN,ACK, 0: none */

/* The peer's SYN, and its SYN,ACK: the rig's numbers are the cookie's from then on. */
static struct wire_tcp cookie_for(struct rig *r, struct tseg syn)
{
    syn.flags |= SYN;
    rig_in(r, &syn);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags & (SYN | ACK), SYN | ACK);
    assert_int_equal(o->h.ack.v, PEER_ISN + (uint32_t)syn.seq + 1);
    struct wire_tcp h = o->h;
    r->iss = h.seq.v;
    sent_ts = h.opt.present & OPT_TIMESTAMPS ? h.opt.ts_val : 0;
    NONE(r);
    return h;
}

static void always(struct rig *r, uint64_t mode)
{
    r->set.syn_cookies = mode;
    rig_listen(r);
    rig_mark(r);
}

/* The ACK of the SYN,ACK with timestamps. */
static void ack_ts(struct rig *r) { IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 8, .tsecr = sent_ts); }

static void is_nothing(struct rig *r)
{
    NONE(r);
    assert_null(tern_listener_accept(r->l));
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_int_equal(rig_counters(r).conn_n, 0);
}

static void is_refused(struct rig *r)
{
    OUT(r, .flags = RST, .seq = 1);
    is_nothing(r);
}

/* ---- what comes back ---- */

static void all_that_was_agreed_comes_back(struct rig *r)
{
    always(r, 2);
    struct wire_tcp h = cookie_for(
        r, (struct tseg){.flags = ECE | CWR, .mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7, .wnd = 5000});
    assert_int_equal(h.flags, SYN | ACK | ECE);
    assert_int_equal(h.opt.present, OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED | OPT_TIMESTAMPS);
    assert_int_equal(h.opt.ts_ecr, 7);
    SAW(r, SYN_COOKIE);
    assert_int_equal(rig_counters(r).half_n, 0);
    rig_pass(r, 20 * TERN_MS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 8, .tsecr = sent_ts, .wnd = 100);
    NONE(r);
    SAW(r, SYN_COOKIE_BACK);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.mss, r->v6 ? 1428 : 1448);
    assert_true(st.wscale_ok && st.timestamps && st.sack && st.ecn && !st.accecn && st.passive);
    assert_int_equal(st.snd_wscale, 7);
    assert_int_equal(st.snd_wnd, 100 << 7);
    assert_int_equal(st.iss, r->iss);
    assert_int_equal(st.irs, PEER_ISN);
    assert_int_equal(st.rcv_nxt, PEER_ISN + 1);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 1);
    assert_int_equal(rig_counters(r).syn_cookies_received, 1);
    assert_int_equal(rig_counters(r).syn_cookies_failed, 0);
    assert_int_equal(rig_counters(r).passive_opens, 1);
}

/* The clock of our timestamps goes on where the SYN,ACK stood, or PAWS would shut us out. */
static void data_goes_both_ways(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7});
    rig_pass(r, 20 * TERN_MS);
    ack_ts(r);
    assert_non_null(rig_accept(r));
    rig_send(r, 100);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.seq.v, r->iss + 1);
    assert_int_equal(o->h.len, 100);
    assert_true(o->h.opt.ts_val - sent_ts < 200);
    assert_int_equal(o->h.opt.ts_ecr, 8);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 101, .len = 50, .ts = true, .tsval = 9, .tsecr = o->h.opt.ts_val);
    READ(r, 50);
    assert_int_equal(rig_status(r).send_queue, 0);
    rig_clear(r);
    IN(r, .flags = FIN | ACK, .seq = 51, .ack = 101, .ts = true, .tsval = 9, .tsecr = sent_ts);
    rig_clear(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 101, .ack = 52);
}

/* Whatever the bits are: the timestamp stands still for less than 64 ms, and never is ahead of the clock. */
static void each_window_scale_comes_back(struct rig *r)
{
    always(r, 2);
    uint32_t before = 0;
    for (uint8_t ws = 0; ws <= 15; ws++) {
        bool sack = ws & 1;
        rig_pass(r, 65 * TERN_MS);
        struct tseg syn = {.ts = true, .ws = ws, .sack_ok = sack, .tsval = 1, .src_port = (uint16_t)(2000 + ws)};
        struct wire_tcp h = cookie_for(r, syn);
        assert_int_equal((h.opt.present & OPT_WSCALE) != 0, ws != 0);
        before = h.opt.ts_val;
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 2, .tsecr = before, .wnd = 1000, .src_port = syn.src_port);
        assert_non_null(rig_accept(r));
        struct tern_status st = rig_status(r);
        assert_int_equal(st.wscale_ok, ws != 0);
        assert_int_equal(st.snd_wscale, ws ? ws - 1 : 0);
        assert_int_equal(st.snd_wnd, 1000u << st.snd_wscale);
        assert_int_equal(st.sack, sack);
        assert_false(st.ecn);
    }
}

/* Never more than the peer takes, and not much less where peers are many. */
static void each_mss_comes_back_as_the_next_lower_one(struct rig *r)
{
    static const struct {
        uint16_t offered, kept;
    } of[] = {{30, 48},     {100, 48},    {300, 256},   {536, 536},   {1220, 1220}, {1380, 1360},
              {1440, 1440}, {1452, 1440}, {1460, 1460}, {1459, 1440}, {8960, 8960}, {65495, 8960}};
    r->mtu = 9000;
    always(r, 2);
    for (uint16_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        uint16_t port = (uint16_t)(3000 + i);
        struct wire_tcp h = cookie_for(r, (struct tseg){.mss = of[i].offered, .src_port = port});
        assert_int_equal(h.opt.present, OPT_MSS);
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = port);
        assert_non_null(rig_accept(r));
        uint32_t path = r->v6 ? 8940 : 8960;
        assert_int_equal(rig_status(r).mss, of[i].kept < path ? of[i].kept : path);
    }
    cookie_for(r, (struct tseg){.src_port = 2999});
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 2999);
    assert_non_null(rig_accept(r));
    assert_int_equal(rig_status(r).mss, r->v6 ? 1220 : 536);
}

/* There is no room for them. */
static void without_timestamps_nothing_but_the_mss_is_agreed(struct rig *r)
{
    always(r, 2);
    struct wire_tcp h = cookie_for(r, (struct tseg){.flags = ECE | CWR, .mss = 1460, .ws = 8, .sack_ok = true});
    assert_int_equal(h.flags, SYN | ACK);
    assert_int_equal(h.opt.present, OPT_MSS);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 100);
    assert_non_null(rig_accept(r));
    struct tern_status st = rig_status(r);
    assert_false(st.wscale_ok || st.sack || st.timestamps || st.ecn);
    assert_int_equal(st.snd_wnd, 100);
}

static void accurate_ecn_becomes_classic(struct rig *r)
{
    r->set.ecn = 3;
    always(r, 2);
    struct wire_tcp h = cookie_for(r, (struct tseg){.flags = AE | ECE | CWR, .mss = 1460, .ts = true, .tsval = 7});
    assert_int_equal(h.flags, SYN | ACK | ECE);
    ack_ts(r);
    assert_non_null(rig_accept(r));
    assert_true(rig_status(r).ecn && !rig_status(r).accecn);
}

static void comes_with_data(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 300);
    assert_non_null(rig_accept(r));
    READ(r, 300);
    rig_clear(r);
}

static void data_on_the_ack_is_taken(struct rig *r)
{
    comes_with_data(r);
    IN(r, .flags = FIN | ACK, .seq = 301, .ack = 1, .len = 10);
    READ(r, 10);
    STATE(r, TERN_CLOSE_WAIT);
}

/* What was lost comes again, and has the numbers that the cookie knows. */
static void text_behind_a_lost_ack_does_no_harm(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK | PSH, .seq = 101, .ack = 1, .len = 100);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_SYN_COOKIE), 1);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
    assert_non_null(rig_accept(r));
    READ(r, 100);
}

/* proves: TERN 8. What the peer, or the network, repeats after a connection that was reset must not be delivered to another one.
 */
static void a_cookie_makes_one_connection(struct rig *r)
{
    comes_with_data(r);
    rig_abort(r);
    rig_clear(r);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 300);
    OUT(r, .flags = RST, .seq = 1);
    assert_null(tern_listener_accept(r->l));
    cookie_for(r, (struct tseg){.seq = 5000, .mss = 1460});
    IN(r, .flags = ACK | PSH, .seq = 5001, .ack = 1, .len = 300);
    assert_non_null(rig_accept(r));
}

static void the_ack_may_be_the_fin(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 10);
    assert_non_null(rig_accept(r));
    READ(r, 10);
    STATE(r, TERN_CLOSE_WAIT);
}

/* A connection by a cookie is as good as any: the SYN that comes late is challenged, and so on. */
static void a_late_syn_is_challenged(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    IN(r, .flags = SYN, .mss = 1460);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- what is no cookie ---- */

/* proves: RFC 4987 3.6 */
static void another_number_is_refused(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    for (unsigned bit = 0; bit < 32; bit++) {
        int64_t ack = (int32_t)(1u + (1u << bit));
        IN(r, .flags = ACK, .seq = 1, .ack = ack);
        if (bit >= 24) OUT(r, .flags = RST, .seq = ack); /* no number of this slice */
        rig_clear(r);
        is_nothing(r);
    }
    assert_int_equal(rig_counters(r).syn_cookies_failed, 32);
    IN(r, .flags = ACK, .seq = 2, .ack = 1); /* another ISN of the peer's */
    is_nothing(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
}

static void a_cookie_is_good_for_its_pair_alone(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = RIG_PEER_PORT + 1);
    is_refused(r);
    struct tern_endpoint other = r->remote;
    other.addr = stranger(r);
    struct tern_endpoint own = r->remote;
    r->remote = other;
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = RST, .seq = 1);
    r->remote = own;
    assert_null(tern_listener_accept(r->l));
}

/* proves: RFC 4987 3.6. Whoever changes what the timestamp tells gets nothing. */
static void the_timestamp_is_covered(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7});
    for (unsigned bit = 0; bit < 6; bit++) {
        IN(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .tsval = 8, .tsecr = sent_ts ^ 1u << bit);
        is_nothing(r);
    }
    IN(r, .flags = ACK, .seq = 1, .ack = 1); /* without any */
    is_nothing(r);
    ack_ts(r);
    assert_non_null(rig_accept(r));
}

static void a_cookie_may_be_as_old(struct rig *r, tern_ns into, tern_ns age, bool good)
{
    r->now = 20 * SLICE + into;
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    rig_pass(r, age);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    if (!good) {
        is_refused(r);
        return;
    }
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
}

/* A cookie of a slice's end is good for 64 s, one of its beginning for 128. */
static void a_cookie_of_the_end_lasts(struct rig *r) { a_cookie_may_be_as_old(r, SLICE - TERN_MS, SLICE, true); }
static void a_cookie_of_the_beginning_lasts(struct rig *r) { a_cookie_may_be_as_old(r, 0, 2 * SLICE - TERN_MS, true); }
/* proves: ATTACK-10 */
static void a_cookie_grows_old(struct rig *r)
{
    /* Another SYN keeps cookies expected. */
    r->now = 20 * SLICE;
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    uint32_t iss = r->iss;
    rig_pass(r, 2 * SLICE);
    cookie_for(r, (struct tseg){.mss = 1460, .src_port = 999});
    r->iss = iss;
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    is_refused(r);
    assert_int_equal(rig_counters(r).syn_cookies_failed, 1);
}

/* Where none was sent lately, an ACK is an ACK. */
static void none_is_expected_without_a_flood(struct rig *r)
{
    always(r, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = RST, .seq = 1);
    assert_int_equal(rig_counters(r).syn_cookies_failed, 0);
}

static void long_after_a_flood_none_is_expected(struct rig *r)
{
    a_cookie_may_be_as_old(r, 0, 2 * SLICE + TERN_MS, false);
    assert_int_equal(rig_counters(r).syn_cookies_failed, 0);
}

static void a_reset_or_a_syn_brings_nothing_back(struct rig *r)
{
    always(r, 2);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = RST | ACK, .seq = 1, .ack = 1);
    NONE(r);
    IN(r, .flags = SYN | ACK, .seq = 1, .ack = 1);
    OUT(r, .flags = RST, .seq = 1);
    assert_null(tern_listener_accept(r->l));
}

/* ---- when ---- */

static void by_default_only_a_full_queue_makes_cookies(struct rig *r)
{
    assert_int_equal(r->set.syn_cookies, 1);
    listen_backlog(r, 2);
    rig_mark(r);
    for (uint16_t i = 0; i < 2; i++) IN(r, .flags = SYN, .mss = 1460, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(count_out(r, SYN | ACK), 2);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 0);
    assert_false(rig_saw(r, TERN_RULE_SYN_PRESSURE));
    cookie_for(r, (struct tseg){.mss = 1460});
    SAW(r, SYN_PRESSURE);
    assert_int_equal(rig_counters(r).half_n, 2);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 1);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 0);
    assert_int_equal(info_of(r->l).half_full_n, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(info_of(r->l).half_n, 2); /* the others' */
}

static void there_is_one_warning_for_a_flood(struct rig *r)
{
    listen_backlog(r, 1);
    IN(r, .flags = SYN, .src_port = 1000);
    for (int round = 0; round < 3; round++) {
        for (uint16_t i = 0; i < 20; i++) {
            IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
            rig_pass(r, TERN_SEC);
            IN(r, .flags = SYN, .src_port = 1000); /* it stays */
        }
    }
    assert_int_equal(rig_counters(r).syn_pressures, 1);
    rig_pass(r, 130 * TERN_SEC);
    IN(r, .flags = SYN, .src_port = 1000);
    IN(r, .flags = SYN, .src_port = 1001);
    assert_int_equal(rig_counters(r).syn_pressures, 2);
}

static void switched_off_there_are_none(struct rig *r)
{
    r->set.syn_cookies = 0;
    r->set.half_open_evict = 0;
    listen_backlog(r, 1);
    for (uint16_t i = 0; i < 3; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    assert_int_equal(count_out(r, SYN | ACK), 1);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 0);
    assert_int_equal(rig_drops(r, TERN_DROP_HALF_FULL), 2);
    assert_int_equal(rig_counters(r).syn_pressures, 0);
}

/* The caller decides before anything is answered. */
static void a_listener_that_holds_has_none(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true, .backlog = 1};
    r->set.syn_cookies = 2;
    r->l = listen_on(r, &cfg);
    for (uint16_t i = 0; i < 3; i++) IN(r, .flags = SYN, .src_port = (uint16_t)(1001 + i));
    NONE(r);
    assert_int_equal(rig_counters(r).half_n, 1);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 0);
}

/* A SYN that came twice: once there was room, once there was not. Either answer may be the one that counts. */
static void a_syn_with_both_answers(struct rig *r)
{
    listen_backlog(r, 1);
    IN(r, .flags = SYN, .src_port = 1000);
    rig_clear(r);
    uint32_t fixed = r->iss;
    cookie_for(r, (struct tseg){.mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7});
    uint32_t cookie = r->iss;
    r->iss = fixed;
    IN(r, .flags = RST, .seq = 1, .src_port = 1000); /* room */
    IN(r, .flags = SYN, .mss = 1460, .ws = 8, .sack_ok = true, .ts = true, .tsval = 7);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    r->iss = cookie;
    ack_ts(r);
    NONE(r);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
    assert_int_equal(rig_status(r).iss, cookie);
    assert_int_equal(rig_status(r).snd_wscale, 7);
    assert_int_equal(rig_counters(r).half_n, 0);
}

static void a_full_accept_queue_makes_it_wait(struct rig *r)
{
    r->set.syn_cookies = 2;
    listen_backlog(r, 1);
    cookie_for(r, (struct tseg){.mss = 1460, .src_port = 1000});
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1000);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_ACCEPT_FULL), 1);
    assert_int_equal(rig_counters(r).half_n, 0);
    assert_non_null(tern_listener_accept(r->l));
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 9); /* the peer is established, and sends */
    assert_non_null(rig_accept(r));
    READ(r, 9);
}

static void deferred_it_comes_with_its_data(struct rig *r)
{
    always(r, 2);
    assert_int_equal(tern_listener_set(r->l, TERN_OPT_DEFER_ACCEPT, 3000), 0);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    assert_null(tern_listener_accept(r->l));
    assert_int_equal(rig_counters(r).half_n, 0);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 9);
    assert_non_null(rig_accept(r));
    READ(r, 9);
}

/* ---- numbers ---- */

/* RFC 9293 3.4.1, RFC 6528: to the pair they grow with the clock, to others they tell nothing. */
static void cookies_of_a_pair_follow_the_clock(struct rig *r)
{
    r->now = 20 * SLICE;
    always(r, 2);
    uint32_t before = cookie_for(r, (struct tseg){.mss = 1460}).seq.v;
    assert_int_equal(cookie_for(r, (struct tseg){.mss = 1460}).seq.v, before); /* sent again it is the same */
    for (int i = 0; i < 300; i++) {
        rig_pass(r, SLICE);
        uint32_t next = cookie_for(r, (struct tseg){.mss = 1460}).seq.v;
        assert_true(next - before > 0 && next - before < 1u << 25);
        before = next;
    }
}

static void cookies_of_others_tell_nothing(struct rig *r)
{
    always(r, 2);
    uint32_t before = 0, near = 0, bits[32] = {0};
    enum { PAIRS = 4096 };
    for (uint16_t i = 0; i < PAIRS; i++) {
        uint32_t n = cookie_for(r, (struct tseg){.mss = 1460, .src_port = (uint16_t)(1024 + i)}).seq.v;
        near += n - before < 1u << 24;
        for (unsigned b = 0; b < 32; b++) bits[b] += n >> b & 1;
        before = n;
    }
    assert_in_range(near, 1, 50); /* 16 of 4096 by chance */
    for (unsigned b = 0; b < 32; b++) assert_in_range(bits[b], PAIRS / 2 - 250, PAIRS / 2 + 250);
}

/* ---- keys ---- */

static const uint8_t key_a[16] = "key number one..", key_b[16] = "key number two..";

static void keys_change_while_cookies_are_under_way(struct rig *r)
{
    always(r, 2);
    tern_stack_syn_cookie_keys(r->s, r->now, key_a, NULL, 77 * TERN_SEC);
    cookie_for(r, (struct tseg){.mss = 1460});
    tern_stack_syn_cookie_keys(r->s, r->now, key_b, key_a, 77 * TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    cookie_for(r, (struct tseg){.mss = 1460, .src_port = 1000});
    tern_stack_syn_cookie_keys(r->s, r->now, key_b, NULL, 77 * TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1000);
    assert_non_null(tern_listener_accept(r->l));
    cookie_for(r, (struct tseg){.mss = 1460, .src_port = 1001});
    tern_stack_syn_cookie_keys(r->s, r->now, key_a, NULL, 77 * TERN_SEC);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .src_port = 1001);
    OUT(r, .flags = RST, .seq = 1);
}

/* ---- others ---- */

/* MAY-2 must be kept: a record, which knows the number to begin beyond. */
static void a_pair_in_time_wait_gets_a_record(struct rig *r)
{
    r->set.syn_cookies = 2;
    rig_listen(r);
    cookie_for(r, (struct tseg){.mss = 1460});
    IN(r, .flags = ACK, .seq = 1, .ack = 1);
    assert_non_null(rig_accept(r));
    rig_close(r);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 2);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    rig_clear(r);
    STATE(r, TERN_TIME_WAIT);
    IN(r, .flags = SYN, .seq = 100000, .mss = 1460);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_int_equal(rig_counters(r).half_n, 1);
}

static void a_signed_syn_finds_room(struct rig *r)
{
    listen_backlog(r, 1);
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, r->v6 ? 128 : 32, "secret", 6), 0);
    struct tern_endpoint own = r->remote;
    r->remote.addr = stranger(r);
    IN(r, .flags = SYN);
    rig_clear(r);
    r->remote = own;
    IN(r, .flags = SYN, .md5 = "secret");
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .md5 = "secret");
    assert_int_equal(rig_counters(r).half_n, 2);
    assert_int_equal(rig_counters(r).syn_cookies_sent, 0);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .md5 = "secret");
    assert_non_null(rig_accept(r));
}

/* ---- row 25: to a stranger an answer is at most the question and four bytes ---- */

static const struct tseg questions[] = {
    {.flags = SYN},
    {.flags = SYN, .mss = 1460},
    {.flags = SYN, .ws = 3},
    {.flags = SYN, .sack_ok = true},
    {.flags = SYN, .ts = true, .tsval = 5},
    {.flags = SYN, .ws = 3, .sack_ok = true},
    {.flags = SYN, .ws = 3, .ts = true},
    {.flags = SYN, .sack_ok = true, .ts = true},
    {.flags = SYN, .ws = 3, .sack_ok = true, .ts = true},
    {.flags = SYN, .mss = 1460, .ws = 3, .sack_ok = true, .ts = true},
    {.flags = SYN | ECE | CWR, .mss = 1460, .ws = 3},
    {.flags = SYN, .len = 100},
    {.flags = SYN | URG, .mss = 9000, .urp = 3},
    {.flags = ACK, .seq = 5, .ack = 5},
    {.flags = ACK | PSH, .seq = 5, .ack = 5, .len = 1000},
    {.flags = FIN | ACK, .seq = 5, .ack = 5},
    {.flags = SYN | ACK, .seq = 5, .ack = 5, .mss = 1460},
    {.flags = FIN, .seq = 5},
    {.flags = RST, .seq = 5},
    {.flags = 0, .seq = 5},
    {.flags = FIN | PSH | URG, .seq = 5},
    {.flags = SYN | FIN},
};

/* What the stack sends for one question, for as long as it sends; the retransmissions of a SYN,ACK are allowed to it. */
static void ask(struct rig *r, const struct tseg *q, uint16_t src, uint16_t dst, uint64_t most)
{
    static uint8_t packet[TERN_PACKET_MAX];
    struct tseg t = *q;
    t.src_port = src, t.dst_port = dst;
    size_t len = rig_build(r, &t, packet), n = 0;
    rig_raw(r, packet, len);
    rig_pass(r, 300 * TERN_SEC);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL; n++) {
        assert_true(o->len <= len + 4);
        assert_int_equal(o->h.len, 0);
    }
    assert_true(n <= most);
}

/* proves: ATTACK-25 */
static void no_answer_amplifies(struct rig *r)
{
    for (uint64_t layout = 0; layout < 3; layout++) {
        r->set.syn_layout = layout;
        rig_start(r);
        if (!r->l) rig_listen(r);
        assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
        for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
            const struct tseg *q = &questions[i];
            bool syn = (q->flags & (SYN | ACK | FIN)) == SYN;
            uint16_t src = (uint16_t)(2000 + 100 * layout + i);
            for (uint64_t mode = 1; mode <= 2; mode++) {
                r->set.syn_cookies = mode;
                assert_int_equal(tern_stack_settings_set(r->s, &r->set), 0);
                ask(r, q, src, RIG_PORT, syn && mode == 1 ? 1 + r->set.synack_retries : 1);
            }
            ask(r, q, src, 4, 1); /* where nobody listens */
        }
    }
}

static const struct rig_test tests[] = {
    RIG_TEST(all_that_was_agreed_comes_back),
    RIG_TEST(data_goes_both_ways),
    RIG_TEST(each_window_scale_comes_back),
    RIG_TEST(each_mss_comes_back_as_the_next_lower_one),
    RIG_TEST(without_timestamps_nothing_but_the_mss_is_agreed),
    RIG_TEST(accurate_ecn_becomes_classic),
    RIG_TEST(data_on_the_ack_is_taken),
    RIG_TEST(text_behind_a_lost_ack_does_no_harm),
    RIG_TEST(a_cookie_makes_one_connection),
    RIG_TEST(the_ack_may_be_the_fin),
    RIG_TEST(a_late_syn_is_challenged),
    RIG_TEST(another_number_is_refused),
    RIG_TEST(a_cookie_is_good_for_its_pair_alone),
    RIG_TEST(the_timestamp_is_covered),
    RIG_TEST(a_cookie_of_the_end_lasts),
    RIG_TEST(a_cookie_of_the_beginning_lasts),
    RIG_TEST(a_cookie_grows_old),
    RIG_TEST(none_is_expected_without_a_flood),
    RIG_TEST(long_after_a_flood_none_is_expected),
    RIG_TEST(a_reset_or_a_syn_brings_nothing_back),
    RIG_TEST(by_default_only_a_full_queue_makes_cookies),
    RIG_TEST(there_is_one_warning_for_a_flood),
    RIG_TEST(switched_off_there_are_none),
    RIG_TEST(a_listener_that_holds_has_none),
    RIG_TEST(a_syn_with_both_answers),
    RIG_TEST(a_full_accept_queue_makes_it_wait),
    RIG_TEST(deferred_it_comes_with_its_data),
    RIG_TEST(cookies_of_a_pair_follow_the_clock),
    RIG_TEST(cookies_of_others_tell_nothing),
    RIG_TEST(keys_change_while_cookies_are_under_way),
    RIG_TEST(a_pair_in_time_wait_gets_a_record),
    RIG_TEST(a_signed_syn_finds_room),
    RIG_TEST(no_answer_amplifies),
};

RIG_MAIN(tests)
