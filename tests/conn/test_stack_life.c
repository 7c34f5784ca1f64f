/* A stack as a whole: who sends next, memory, counters, time, and its end. */
#include "stack_test.h"

/* ---- turns ---- */

static void bulk_connections_take_turns(struct rig *r)
{
    static const uint8_t data[60000];
    struct tern_conn *c[2];
    int run = 0;
    uint16_t last = 0, sent[2] = {0};
    rig_listen(r);
    for (uint16_t i = 0; i < 2; i++) {
        handshake_from(r, (uint16_t)(1001 + i));
        c[i] = tern_listener_accept(r->l);
        assert_non_null(c[i]);
    }
    for (int i = 0; i < 2; i++) assert_int_equal(tern_conn_send(c[i], r->now, data, sizeof data), sizeof data);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
        run = o->h.dst_port == last ? run + 1 : 1;
        last = o->h.dst_port;
        sent[last - 1001]++;
        if (sent[0] < 9 && sent[1] < 9) assert_true(run <= 1);
    }
    assert_int_equal(sent[0], sent[1]);
    assert_true(sent[0] >= 10);
}

static void answers_go_before_data(struct rig *r)
{
    static const uint8_t data[10000];
    struct tern_pkt pkt;
    struct wire_ip ip;
    struct wire_tcp h;
    uint8_t p[1600];
    rig_passive(r);
    assert_true(tern_conn_send(r->c, r->now, data, sizeof data) > 0);
    in_by(r, 0, p, rig_build(r, &(struct tseg){.flags = SYN, .dst_port = 9}, p));
    assert_int_equal(tern_stack_output(r->s, 0, r->now, &pkt, 1), 1);
    int len = tern_pkt_flatten(&pkt, p, sizeof p);
    assert_int_equal(wire_ip_parse(p, (size_t)len, NULL, &ip), WIRE_OK);
    assert_int_equal(wire_tcp_parse(p + ip.head_len, (size_t)len - ip.head_len, &h), WIRE_OK);
    assert_true(h.flags & TH_RST);
}

static void output_gives_no_more_than_asked_for(struct rig *r)
{
    static const uint8_t data[60000];
    struct tern_pkt pkt[4];
    rig_passive(r);
    assert_true(tern_conn_send(r->c, r->now, data, sizeof data) > 0);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, pkt, 0), 0);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, pkt, 3), 3);
    assert_int_equal(tern_stack_output(r->s, 0, r->now, pkt, 4), 4);
}

/* ---- memory ---- */

struct counting {
    size_t used, peak;
    uint64_t refuse_from, n; /* the allocations from this one on are refused; 0: none */
};

static void *count_alloc(void *ctx, size_t len)
{
    struct counting *k = ctx;
    if (k->refuse_from && ++k->n >= k->refuse_from) return NULL;
    void *p = malloc(len);
    if (p) k->used += len;
    if (k->used > k->peak) k->peak = k->used;
    return p;
}

static void count_free(void *ctx, void *p, size_t len)
{
    struct counting *k = ctx;
    if (p) k->used -= len;
    free(p);
}

static struct tern_stack *counted_stack(struct rig *r, struct counting *k, size_t cap)
{
    struct tern_alloc alloc = {count_alloc, count_free, k};
    struct tern_stack_config sc = {
        .alloc = &alloc, .memory_cap = cap, .secret = "a fixed secret.", .now = r->now, .settings = &r->set};
    struct tern_if_config ic = {.mtu = 1500, .addr_n = 1};
    ic.addr[0] = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2");
    ic.prefix_len[0] = r->v6 ? 64 : 24;
    struct tern_stack *s = tern_stack_new(&sc);
    if (s && tern_stack_add_if(s, &ic) < 0) {
        tern_stack_free(s);
        return NULL;
    }
    return s;
}

/* Many peers open, send with holes, and are never read. */
static void stress(struct rig *r, uint16_t peers, int rounds)
{
    uint8_t p[1600];
    for (int k = 0; k < rounds; k++)
        for (uint16_t i = 0; i < peers; i++) {
            struct tseg t = {.flags = k == 0 ? SYN : ACK, .seq = k == 0 ? 0 : 1, .ack = 1, .src_port = (uint16_t)(1001 + i)};
            if (k > 1) t.len = 1400, t.seq = 1 + 2800 * (k - 2) + (k % 2) * 100;
            size_t len = rig_build(r, &t, p);
            struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
            if (!b) continue; /* as a link would: lost */
            memcpy(b->data, p, len);
            b->len = (uint32_t)len;
            tern_stack_input(r->s, 0, r->now, b);
            rig_collect(r);
            rig_clear(r);
        }
}

static void the_memory_cap_is_never_exceeded(struct rig *r)
{
    struct counting k = {0};
    const size_t cap = 1 << 20;
    r->set.synack_retries = 0;
    r->local.addr = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2"), r->local.port = RIG_PORT;
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1");
    r->s = counted_stack(r, &k, cap);
    assert_non_null(r->s);
    listen_backlog(r, 5000);
    stress(r, 3000, 4);
    struct tern_counters n = rig_counters(r);
    assert_true(k.peak <= cap);
    assert_int_equal(n.memory_used, k.used);
    assert_true(n.memory_peak <= cap);
    assert_true(n.drop[TERN_DROP_MEMORY] > 0);
    assert_int_equal(n.memory_cap, cap);
    tern_stack_free(r->s);
    r->s = NULL;
    assert_int_equal(k.used, 0);
}

static void a_full_stack_recovers(struct rig *r)
{
    struct counting k = {0};
    struct tern_conn *c;
    r->local.addr = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2"), r->local.port = RIG_PORT;
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1"), r->remote.port = RIG_PEER_PORT;
    r->s = counted_stack(r, &k, 1 << 20);
    listen_backlog(r, 5000);
    stress(r, 3000, 3);
    while ((c = tern_listener_accept(r->l)) != NULL) {
        tern_conn_abort(c, r->now);
        tern_conn_release(c, r->now);
        rig_clear(r);
    }
    tern_listener_close(r->l);
    rig_clear(r);
    r->l = NULL;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 1000);
    READ(r, 1000);
    tern_stack_free(r->s);
    r->s = NULL;
    assert_int_equal(k.used, 0);
}

static void an_allocator_that_refuses_is_no_disaster(struct rig *r)
{
    r->local.addr = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2"), r->local.port = RIG_PORT;
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1");
    for (uint64_t from = 1; from < 60; from++) {
        struct counting k = {.refuse_from = from};
        struct tern_listener *l;
        struct tern_conn *c;
        struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = from % 2 != 0};
        r->s = counted_stack(r, &k, 0);
        if (r->s && tern_stack_listen(r->s, &cfg, &l) == 0) {
            struct tern_endpoint to = {r->remote.addr, 7};
            stress(r, 20, 5);
            if (tern_stack_connect(r->s, NULL, &to, &c) == 0) tern_conn_send(c, r->now, k.used ? "x" : "y", 1);
            rig_clear(r);
        }
        tern_stack_free(r->s);
        r->s = NULL;
        assert_int_equal(k.used, 0);
    }
}

static void send_is_refused_at_the_cap_and_taken_up_later(struct rig *r)
{
    static const uint8_t data[65536];
    struct counting k = {0};
    r->local.addr = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2"), r->local.port = RIG_PORT;
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1"), r->remote.port = RIG_PEER_PORT;
    r->s = counted_stack(r, &k, 1 << 20);
    rig_passive(r);
    assert_int_equal(tern_conn_set(r->c, r->now, TERN_OPT_SEND_BUFFER, 4 << 20), 0);
    int64_t n, all = 0;
    while ((n = tern_conn_send(r->c, r->now, data, sizeof data)) > 0) all += n;
    assert_int_equal(n, TERN_ERR_NOMEM);
    assert_true(all > 100000);
    assert_true(k.peak <= 1 << 20);
    rig_clear(r);
    uint64_t sent = rig_counters(r).bytes_out;
    IN(r, .flags = ACK, .seq = 1, .ack = 1 + (int64_t)sent);
    rig_clear(r);
    assert_true(rig_events(r) & TERN_WRITABLE || tern_conn_writable(r->c) > 0);
    assert_true(rig_counters(r).bytes_out > sent);
    tern_stack_free(r->s);
    r->s = NULL;
    assert_int_equal(k.used, 0);
}

/* ---- settings ---- */

static void settings_out_of_range_make_no_stack(struct rig *r)
{
    struct tern_settings set;
    const struct tern_setting_info *row;
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = r->now, .settings = &set};
    for (size_t i = 0; (row = tern_setting_info(i)) != NULL; i++) {
        tern_settings_default(&set);
        assert_int_equal(tern_settings_set(&set, row->name, row->max + 1), row->max == UINT64_MAX ? 0 : TERN_ERR_INVAL);
        uint64_t bad = row->max + 1;
        memcpy((char *)&set + row->offset, &bad, sizeof bad);
        assert_null(tern_stack_new(&sc));
        tern_settings_default(&set);
        assert_int_equal(tern_settings_set(&set, row->name, row->min), 0);
        assert_int_equal(tern_settings_get(&set, row), row->min);
    }
    assert_int_equal(tern_settings_set(&set, "no such setting", 1), TERN_ERR_INVAL);
}

static void a_setting_is_read_by_its_row(struct rig *r)
{
    struct tern_settings set;
    const struct tern_setting_info *row;
    (void)r;
    tern_settings_default(&set);
    for (size_t i = 0; (row = tern_setting_info(i)) != NULL; i++) {
        assert_int_equal(tern_settings_get(&set, row), row->def);
        assert_int_equal(tern_settings_set(&set, row->name, row->def == row->max ? row->min : row->max), 0);
        assert_int_equal(tern_settings_get(&set, row), row->def == row->max ? row->min : row->max);
    }
    set.ttl = 1000; /* as it is, though it cannot be used */
    assert_int_equal(tern_settings_get(&set, tern_setting_find("ttl")), 1000);
}

static uint64_t *setting(struct tern_settings *set, const char *name)
{
    return (uint64_t *)((char *)set + tern_setting_find(name)->offset);
}

/* proves: TERN 6. */
static void settings_that_contradict_each_other_make_no_stack(struct rig *r)
{
    struct tern_settings set;
    const struct tern_setting_pair *p;
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = r->now, .settings = &set};
    struct tern_settings before;
    size_t n = 0;
    tern_settings_default(&before);
    set = before;
    struct tern_stack *s = tern_stack_new(&sc);
    assert_non_null(s);
    for (; (p = tern_setting_pair(n)) != NULL; n++) {
        const char *wrong[2] = {NULL, NULL};
        tern_settings_default(&set);
        uint64_t *low = setting(&set, p->low), *high = setting(&set, p->high), least = tern_setting_find(p->high)->min;
        *high = least > 0 ? least : tern_setting_find(p->low)->min;
        *low = *high;
        assert_int_equal(tern_settings_check(&set, wrong), 0); /* as much is not above */
        ++*low;
        assert_int_equal(tern_settings_check(&set, wrong), TERN_ERR_INVAL);
        assert_string_equal(wrong[0], p->low);
        assert_string_equal(wrong[1], p->high);
        assert_null(tern_stack_new(&sc));
        assert_int_equal(tern_stack_settings_set(s, &set), TERN_ERR_INVAL);
        assert_memory_equal(tern_stack_settings(s), &before, sizeof before);
        if (!p->off) continue;
        *high = 0;
        assert_int_equal(tern_settings_check(&set, NULL), 0);
    }
    assert_int_equal(n, 8);
    tern_stack_free(s);
}

static void what_comes_with_tern_goes_together(struct rig *r)
{
    static const char *const profile[] = {"rfc", "linux", "freebsd"};
    struct tern_settings set;
    (void)r;
    tern_settings_default(&set);
    assert_int_equal(tern_settings_check(&set, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tern_profile_set(&set, profile[i]), 0);
        assert_int_equal(tern_settings_check(&set, NULL), 0);
    }
    set.ttl = 0;
    const char *wrong[2] = {NULL, "unset"};
    assert_int_equal(tern_settings_check(&set, wrong), TERN_ERR_INVAL);
    assert_string_equal(wrong[0], "ttl");
    assert_null(wrong[1]);
}

static void an_unknown_congestion_control_makes_no_stack(struct rig *r)
{
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = r->now, .cc = "vegas"};
    assert_null(tern_stack_new(&sc));
    sc.cc = "fixed";
    struct tern_stack *s = tern_stack_new(&sc);
    assert_non_null(s);
    tern_stack_free(s);
}

/* ---- time ---- */

static void the_next_expiry_is_never_late(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_clear(r);
    for (int i = 0; i < 200; i++) {
        struct tern_status st = rig_status(r);
        tern_ns first = TERN_NEVER;
        for (int t = 0; t < TERN_TIMER_N; t++)
            if (st.timer[t] < first) first = st.timer[t];
        if (rig_state(r) == TERN_CLOSED) return;
        assert_true(first != TERN_NEVER);
        assert_true(tern_stack_next_expiry(r->s) <= first);
        r->now = tern_stack_next_expiry(r->s) > r->now ? tern_stack_next_expiry(r->s) : r->now + 1;
        tern_stack_expire(r->s, r->now);
        rig_clear(r);
    }
}

static void nothing_happens_before_its_time(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_clear(r);
    tern_ns at = rig_status(r).timer[TERN_TIMER_RETRANSMIT];
    rig_pass(r, at - r->now - 1);
    NONE(r);
    rig_pass(r, 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
}

static void time_that_moves_back_is_taken_for_now(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    rig_clear(r);
    uint8_t p[100];
    size_t len = rig_build(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 11}, p);
    tern_ns now = r->now;
    r->now -= TERN_SEC;
    in_by(r, 0, p, len);
    r->now = now;
    assert_int_equal(rig_status(r).send_queue, 0);
}

static void a_stack_at_rest_has_no_deadline(struct rig *r)
{
    rig_passive(r);
    rig_pass(r, 10 * TERN_SEC);
    assert_true(tern_stack_next_expiry(r->s) == TERN_NEVER);
}

/* ---- counters ---- */

static void counters_tell_what_happened(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 100);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 101, .len = 50);
    READ(r, 50);
    rig_pass(r, TERN_SEC);
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.packets_in, 3);
    assert_int_equal(n.segments_in, 3);
    assert_int_equal(n.bytes_in, 50);
    assert_int_equal(n.bytes_out, 100);
    assert_int_equal(n.packets_out, 3); /* SYN,ACK; data; ACK */
    assert_int_equal(n.passive_opens, 1);
    assert_int_equal(n.active_opens, 0);
    assert_int_equal(n.conn_n, 1);
    assert_int_equal(n.listener_n, 1);
    assert_int_equal(n.retransmitted, 0);
    IN(r, .flags = RST, .seq = 51);
    assert_int_equal(rig_counters(r).resets_in, 1);
}

static void a_failed_open_is_counted(struct rig *r)
{
    rig_connect(r);
    IN(r, .flags = RST | ACK, .seq = 0, .ack = 1);
    struct tern_counters n = rig_counters(r);
    assert_int_equal(n.active_opens, 1);
    assert_int_equal(n.attempt_fails, 1);
    assert_int_equal(n.resets_in, 1);
}

static bool count_states(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    ((int *)ctx)[st->state]++;
    return true;
}

static void each_shows_every_connection_once(struct rig *r)
{
    int n[TERN_STATE_N] = {0};
    rig_to_state(r, TERN_TIME_WAIT);
    rig_release(r);
    r->remote.port = 1001;
    rig_passive(r);
    IN(r, .flags = SYN, .src_port = 1002);
    tern_stack_each(r->s, count_states, n);
    assert_int_equal(n[TERN_TIME_WAIT], 1);
    assert_int_equal(n[TERN_ESTABLISHED], 1);
    assert_int_equal(n[TERN_SYN_RECEIVED], 1);
}

/* ---- the end ---- */

/* Connections in every state, data queued both ways, things to send: tern_stack_free() gives it all back (a leak checker sees).
 */
static void a_stack_is_freed_with_connections_in_every_state(struct rig *r)
{
    static const enum tern_state state[] = {TERN_ESTABLISHED, TERN_FIN_WAIT_1, TERN_FIN_WAIT_2, TERN_CLOSE_WAIT,
                                            TERN_CLOSING,     TERN_LAST_ACK,   TERN_TIME_WAIT};
    struct counting k = {0};
    struct tern_endpoint to;
    r->local.addr = addr_of(r->v6 ? "2001:db8::2" : "192.0.2.2"), r->local.port = RIG_PORT;
    r->remote.addr = addr_of(r->v6 ? "2001:db8::1" : "192.0.2.1");
    r->s = counted_stack(r, &k, 0);
    r->ring = calloc(RIG_EVENTS, sizeof *r->ring);
    tern_trace_init(&r->trace, r->ring, RIG_EVENTS);
    tern_stack_trace(r->s, &r->trace);
    for (size_t i = 0; i < 2 * sizeof state / sizeof state[0]; i++) {
        r->remote.port = (uint16_t)(2001 + i);
        r->sent_n = 0;
        rig_to_state(r, state[i / 2]);
        if (state[i / 2] == TERN_ESTABLISHED || state[i / 2] == TERN_CLOSE_WAIT) rig_send(r, 5000);
        if (state[i / 2] == TERN_ESTABLISHED) IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
        IN(r, .flags = ACK, .seq = 500, .ack = 1, .len = 100);
        if (i % 2) rig_release(r);
        rig_clear(r);
    }
    IN(r, .flags = SYN, .src_port = 3000, .len = 10); /* SYN-RECEIVED, with data */
    handshake_from(r, 3001);                          /* in the accept queue */
    to = (struct tern_endpoint){r->remote.addr, 9};
    assert_int_equal(tern_stack_connect(r->s, NULL, &to, &r->c), 0);
    tern_conn_send(r->c, r->now, "abc", 3);
    tern_stack_free(r->s);
    r->s = NULL;
    assert_int_equal(k.used, 0);
}

static const struct rig_test tests[] = {
    RIG_TEST(bulk_connections_take_turns),
    RIG_TEST(answers_go_before_data),
    RIG_TEST(output_gives_no_more_than_asked_for),
    RIG_TEST(the_memory_cap_is_never_exceeded),
    RIG_TEST(a_full_stack_recovers),
    RIG_TEST(an_allocator_that_refuses_is_no_disaster),
    RIG_TEST(send_is_refused_at_the_cap_and_taken_up_later),
    RIG_TEST(settings_out_of_range_make_no_stack),
    RIG_TEST(a_setting_is_read_by_its_row),
    RIG_TEST(settings_that_contradict_each_other_make_no_stack),
    RIG_TEST(what_comes_with_tern_goes_together),
    RIG_TEST(an_unknown_congestion_control_makes_no_stack),
    RIG_TEST(the_next_expiry_is_never_late),
    RIG_TEST(nothing_happens_before_its_time),
    RIG_TEST(time_that_moves_back_is_taken_for_now),
    RIG_TEST(a_stack_at_rest_has_no_deadline),
    RIG_TEST(counters_tell_what_happened),
    RIG_TEST(a_failed_open_is_counted),
    RIG_TEST(each_shows_every_connection_once),
    RIG_TEST(a_stack_is_freed_with_connections_in_every_state),
};

RIG_MAIN(tests)
