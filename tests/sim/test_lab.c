/* The laboratory: whole stacks over every model. That every byte is right, that each connection ends, and that nothing is left
 * behind is asked by the engine itself at the end of each run. */
#include "lab_test.h"

enum { MB = 1000 * 1000 };

static struct bench b;

static const struct lane_config dsl = {.capacity.bps = 10000000, .delay = 10 * TERN_MS, .queue.limit_n = 50};

/* ---- every model ---- */

static const struct capacity_step steps[] = {{0, 20000000}, {300 * TERN_MS, 2000000}, {900 * TERN_MS, 0}, {TERN_SEC, 50000000}};
static const uint32_t trace[] = {0, 1, 1, 2, 4, 4, 4, 9, 12, 13, 13, 13, 13, 20};
static const struct lane_outage outages[] = {{200 * TERN_MS, 700 * TERN_MS}, {900 * TERN_MS, 950 * TERN_MS}};
static const struct lane_mtu_step mtus[] = {{400 * TERN_MS, 1300}, {2 * TERN_SEC, 0}};

static const struct {
    const char *name;
    struct lane_config way;
} models[] = {
    {"no limit", {.delay = TERN_MS}},
    {"a rate", {.capacity.bps = 20000000, .delay = 5 * TERN_MS}},
    {"steps", {.capacity = {.step = steps, .step_n = 4}, .delay = 5 * TERN_MS}},
    {"a trace", {.capacity = {.trace_ms = trace, .trace_n = 14}, .delay = 5 * TERN_MS}},
    {"jitter", {.delay = 20 * TERN_MS, .jitter = 15 * TERN_MS}},
    {"a short queue", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue.limit_n = 5}},
    {"a queue of bytes", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue.limit_bytes = 20000}},
    {"steps of marks", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue.mark_n = 20}},
    {"RED", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue = {.kind = QUEUE_RED, .limit_n = 100, .ecn = true}}},
    {"CoDel", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue = {.kind = QUEUE_CODEL}}},
    {"FQ-CoDel", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .queue = {.kind = QUEUE_FQ_CODEL, .ecn = true}}},
    {"loss", {.delay = 5 * TERN_MS, .loss_ppm = 10000}},
    {"bursts of loss", {.delay = 5 * TERN_MS, .burst = {.to_bad = 2000, .to_good = 300000}}},
    {"reordering", {.delay = 5 * TERN_MS, .reorder_ppm = 20000}},
    {"late ones", {.delay = 5 * TERN_MS, .reorder_ppm = 20000, .reorder_by = 3 * TERN_MS}},
    {"duplicates", {.delay = 5 * TERN_MS, .dup_ppm = 50000}},
    {"corruption", {.delay = 5 * TERN_MS, .corrupt_ppm = 20000}},
    {"a smaller MTU", {.delay = 5 * TERN_MS, .mtu = 1300}},
    {"changes of the MTU", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .mtu_step = mtus, .mtu_step_n = 2}},
    {"outages", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .outage = outages, .outage_n = 2}},
    {"a policer", {.delay = 5 * TERN_MS, .policer = {.bps = 20000000, .burst = 30000}}},
    {"compressed ACKs", {.capacity.bps = 20000000, .delay = 5 * TERN_MS, .ack_hold = 5 * TERN_MS}},
};

static void run_over(const struct lane_config *way, bool v6, const char *what)
{
    bench_pair(&b, way);
    b.cfg.v6 = v6;
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 2 * MB});
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = MB, .down = true, .start = 100 * TERN_MS});
    b.cfg.duration = 60 * TERN_SEC;
    bench_run_over(&b, what);
}

TEST(every_byte_is_right_over_every_model)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        for (int v6 = 0; v6 < 2; v6++) {
            run_over(&models[i].way, v6, models[i].name);
            if (b.result[0].got_bytes != 2 * MB || b.result[1].got_bytes != MB)
                fail_msg("over %s: %llu and %llu bytes came in a minute", models[i].name,
                         (unsigned long long)b.result[0].got_bytes, (unsigned long long)b.result[1].got_bytes);
        }
    }
}

TEST(the_same_seed_gives_the_same_packets)
{
    struct lane_config way = dsl;
    way.loss_ppm = 5000;
    way.jitter = TERN_MS;
    run_over(&way, false, "a DSL");
    uint64_t first = b.totals.digest;
    run_over(&way, false, "a DSL");
    assert_true(b.totals.digest == first);
    b.cfg.seed = 2;
    bench_run(&b);
    assert_true(b.totals.digest != first);
}

/* Who looks changes nothing. */
static uint64_t samples, packets[3], events;
static void on_sample(void *ctx, tern_ns at, const struct lab_flow_sample *f, const struct lab_lane_sample *l)
{
    (void)ctx, (void)at, (void)l;
    if (f[0].open && f[0].state == TERN_ESTABLISHED) assert_true(f[0].cwnd > 0);
    samples++;
}
static void on_packet(void *ctx, tern_ns at, const struct lab_packet *p)
{
    (void)ctx, (void)at;
    assert_true(p->len >= 40 && p->bytes[0] >> 4 == 4);
    packets[p->what]++;
}
static void on_event(void *ctx, uint16_t node, const struct tern_event *e)
{
    (void)ctx, (void)e;
    assert_true(node < 2);
    events++;
}

/* What the samples add up to is the result. */
static uint64_t sampled_bits, sampled_queue, sampled_rate;
static tern_ns sampled_at;
static void sum_up(void *ctx, tern_ns at, const struct lab_flow_sample *f, const struct lab_lane_sample *l)
{
    (void)ctx;
    sampled_bits += f[0].goodput * ((at - sampled_at) / TERN_MS) / 1000;
    sampled_rate += l[0].rate * ((at - sampled_at) / TERN_MS) / 1000;
    sampled_at = at;
    if (l[0].queue_n > sampled_queue) sampled_queue = l[0].queue_n;
    if (f[0].open) {
        assert_true(f[0].srtt == 0 || f[0].srtt >= 20 * TERN_MS);
        assert_true(f[0].sent_bytes >= f[0].got_bytes);
    }
}

TEST(samples_add_up_to_the_result)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1});
    b.cfg.watch.sample = sum_up;
    sampled_bits = sampled_queue = sampled_rate = sampled_at = 0;
    bench_run(&b);
    assert_in_range(sampled_bits / 8, b.result[0].got_bytes - b.result[0].got_bytes / 500, b.result[0].got_bytes);
    assert_in_range(sampled_rate / 8, b.lane[0].count.passed_bytes * 998 / 1000, b.lane[0].count.passed_bytes);
    assert_in_range(sampled_queue, 20, 51); /* one of them is being sent */
}

TEST(to_be_watched_changes_nothing)
{
    struct lane_config way = dsl;
    way.loss_ppm = 5000;
    run_over(&way, false, "a DSL");
    uint64_t first = b.totals.digest;
    b.cfg.watch = (struct lab_watch){.sample = on_sample, .packet = on_packet, .event = on_event};
    samples = events = 0;
    memset(packets, 0, sizeof packets);
    bench_run(&b);
    assert_true(b.totals.digest == first);
    assert_int_equal(samples, 601);
    assert_true(events > packets[LAB_PACKET_SENT]);
    assert_int_equal(packets[LAB_PACKET_SENT], b.totals.hops);
    assert_int_equal(packets[LAB_PACKET_ARRIVED] + packets[LAB_PACKET_DROPPED], packets[LAB_PACKET_SENT]);
    assert_int_equal(packets[LAB_PACKET_DROPPED], b.lane[0].count.lost[LANE_LOST] + b.lane[0].count.lost[LANE_FULL] +
                                                      b.lane[1].count.lost[LANE_LOST] + b.lane[1].count.lost[LANE_FULL]);
}

/* ---- figures ---- */

TEST(a_bulk_fills_its_rate)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1});
    bench_run(&b);
    assert_in_range(b.result[0].goodput, 9000000, 9660000); /* 1448 of 1500 bytes */
    assert_in_range(b.result[0].connected_at, 20 * TERN_MS, 21 * TERN_MS);
    assert_true(b.lane[0].queue_n_max <= 50);
    assert_in_range(b.lane[0].queue_delay_max, 50 * TERN_MS, 60 * TERN_MS);
}

TEST(two_alike_share_a_bottleneck)
{
    const struct lane_config access = {.delay = TERN_MS};
    bench_dumbbell(&b, 2, &dsl, &access);
    for (uint16_t i = 0; i < 2; i++) bench_flow(&b, (struct lab_flow){.from = i, .to = (uint16_t)(i + 2)});
    b.cfg.duration = 60 * TERN_SEC;
    bench_run(&b);
    uint64_t all = b.result[0].goodput + b.result[1].goodput;
    assert_in_range(all, 9000000, 9660000);
    assert_in_range(b.result[0].goodput * 100 / all, 30, 70);
    assert_true(b.totals.hops > 2 * b.totals.packets); /* three lanes each, but for what is lost and what is a super-segment */
}

TEST(the_long_way_through_a_parking_lot_gets_less)
{
    memset(&b, 0, sizeof b);
    lab_config_default(&b.cfg);
    bench_plug(&b);
    const struct lane_config access = {.delay = TERN_MS};
    b.cfg.node_n = 9;
    b.cfg.link_n = lab_parking_lot(2, b.node, b.link, &dsl, &access);
    bench_flow(&b, (struct lab_flow){.from = 3, .to = 4});
    bench_flow(&b, (struct lab_flow){.from = 5, .to = 6});
    bench_flow(&b, (struct lab_flow){.from = 7, .to = 8});
    b.cfg.duration = 60 * TERN_SEC;
    bench_run(&b);
    assert_true(b.result[0].goodput > 200000);
    assert_true(b.result[0].goodput < b.result[1].goodput && b.result[0].goodput < b.result[2].goodput);
    assert_true(b.result[0].connected_at >= 2 * (2 * 10 + 2) * TERN_MS);
}

TEST(memory_does_not_grow_with_time)
{
    size_t peak[2];
    for (int i = 0; i < 2; i++) {
        bench_pair(&b, &dsl);
        b.link[0].lane[0].loss_ppm = 100;
        bench_flow(&b, (struct lab_flow){.to = 1});
        b.cfg.duration = (i ? 200 : 20) * TERN_SEC;
        bench_run(&b);
        peak[i] = b.totals.memory_peak;
    }
    assert_true(peak[1] < peak[0] + peak[0] / 10);
}

/* Routers in a ring of five: the way of two links, not that of three. */
TEST(packets_go_by_the_way_of_the_fewest_links)
{
    memset(&b, 0, sizeof b);
    lab_config_default(&b.cfg);
    bench_plug(&b);
    b.cfg.node_n = 7;
    b.cfg.link_n = 7;
    for (uint16_t i = 0; i < 5; i++) {
        b.node[i].router = true;
        b.link[i] = (struct lab_link){.a = i, .b = (uint16_t)((i + 1) % 5)};
        for (int d = 0; d < 2; d++) b.link[i].lane[d].delay = 10 * TERN_MS;
    }
    b.link[5] = (struct lab_link){.a = 5, .b = 0};
    b.link[6] = (struct lab_link){.a = 6, .b = 2};
    bench_flow(&b, (struct lab_flow){.from = 5, .to = 6, .bytes = 1000});
    bench_run(&b);
    assert_int_equal(b.result[0].connected_at, 40 * TERN_MS);
    assert_int_equal(b.lane[2 * 3].count.entered + b.lane[2 * 4].count.entered, 0);
    assert_true(b.lane[0].count.entered > 0 && b.lane[2].count.entered > 0);
}

/* Each direction has a link of its own. */
TEST(a_way_may_differ_from_the_way_back)
{
    const struct lane_config way = {.capacity.bps = 100000000, .delay = 30 * TERN_MS};
    bench_pair(&b, &way);
    b.link[0].lane[1] = (struct lane_config){.capacity.bps = 1000000, .delay = 5 * TERN_MS};
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = MB});
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 100000, .down = true, .start = 5 * TERN_SEC});
    bench_run(&b);
    assert_in_range(b.result[0].connected_at, 35 * TERN_MS, 37 * TERN_MS);
    assert_in_range(b.result[1].last_byte_at - b.result[1].connected_at, 800 * TERN_MS, 2 * TERN_SEC);
}

/* ---- the MTU ---- */

static uint64_t icmp_n;
static void count_icmp(void *ctx, tern_ns at, const struct lab_packet *p)
{
    (void)ctx, (void)at;
    if (p->what == LAB_PACKET_ARRIVED && p->flow < 0 && p->bytes[9] == 1) {
        assert_int_equal(p->bytes[20], 3); /* unreachable: */
        assert_int_equal(p->bytes[21], 4); /* fragmentation needed */
        assert_int_equal(p->bytes[26] << 8 | p->bytes[27], 1200);
        icmp_n++;
    }
}

TEST(who_sends_too_much_is_told_unless_the_link_is_silent)
{
    for (int silent = 0; silent < 2; silent++) {
        bench_pair(&b, &dsl);
        b.link[0].lane[0].mtu = 1200;
        b.link[0].silent = silent;
        bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_DATAGRAM, .bytes = 1201, .rate = 96080});
        b.cfg.watch.packet = count_icmp;
        icmp_n = 0;
        bench_run(&b);
        assert_int_equal(b.result[0].datagrams_got, 0);
        assert_int_equal(b.lane[0].count.lost[LANE_TOO_BIG], 100);
        assert_int_equal(icmp_n, silent ? 0 : 100);
    }
}

/* ---- applications ---- */

static struct lab_done done[10000];
static size_t done_n;
static void on_done(void *ctx, const struct lab_done *d)
{
    (void)ctx;
    assert_true(done_n < 10000);
    done[done_n++] = *d;
}

static void watch_done(void)
{
    done_n = 0;
    b.cfg.watch.done = on_done;
}

TEST(a_request_takes_a_round_trip)
{
    const struct lane_config way = {.delay = 10 * TERN_MS};
    bench_pair(&b, &way);
    bench_flow(
        &b, (struct lab_flow){.to = 1, .app = LAB_REQUEST, .bytes = 5000, .count = 20, .think = 50 * TERN_MS, .nodelay = true});
    watch_done();
    bench_run(&b);
    assert_int_equal(done_n, 20);
    assert_int_equal(b.result[0].done_n, 20);
    assert_int_equal(b.result[0].got_bytes, 100000);
    assert_int_equal(b.result[0].connections, 1);
    assert_int_equal(done[0].ended - done[0].began, 40 * TERN_MS); /* with the handshake */
    for (size_t i = 1; i < 20; i++) {
        assert_int_equal(done[i].ended - done[i].began, 20 * TERN_MS);
        assert_int_equal(done[i].began - done[i - 1].ended, 50 * TERN_MS);
        assert_int_equal(done[i].nth, i);
    }
}

TEST(a_connection_for_each_request_takes_two)
{
    const struct lane_config way = {.delay = 10 * TERN_MS};
    bench_pair(&b, &way);
    bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_REQUEST, .bytes = 5000, .count = 20, .each_anew = true});
    watch_done();
    bench_run(&b);
    assert_int_equal(done_n, 20);
    assert_int_equal(b.result[0].connections, 20);
    for (size_t i = 0; i < 20; i++) assert_int_equal(done[i].ended - done[i].began, 40 * TERN_MS);
}

TEST(requests_stop_in_time)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_REQUEST, .bytes = 100000, .stop = 2 * TERN_SEC});
    watch_done();
    bench_run(&b);
    assert_in_range(b.result[0].done_n, 12, 25);
    assert_in_range(b.result[0].ended_at, 2 * TERN_SEC, 3 * TERN_SEC);
}

TEST(chunks_come_as_often_as_asked)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_VIDEO, .rate = 4000000, .interval = TERN_SEC, .count = 8, .down = true});
    watch_done();
    bench_run(&b);
    assert_int_equal(done_n, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(done[i].bytes, 500000);
        assert_int_equal(done[i].began, i * TERN_SEC);
        assert_in_range(done[i].ended - done[i].began, 400 * TERN_MS, 1000 * TERN_MS);
    }
}

TEST(a_thin_stream_is_not_delayed)
{
    const struct lane_config way = {.delay = 10 * TERN_MS};
    bench_pair(&b, &way);
    bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_THIN, .bytes = 60, .interval = 100 * TERN_MS, .nodelay = true});
    watch_done();
    bench_run(&b);
    assert_int_equal(done_n, 100);
    for (size_t i = 1; i < 100; i++) assert_int_equal(done[i].ended - done[i].began, 10 * TERN_MS);
}

TEST(datagrams_come_at_their_rate)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1, .app = LAB_DATAGRAM, .bytes = 1250, .rate = 4000000});
    bench_flow(&b, (struct lab_flow){
                       .to = 1, .app = LAB_DATAGRAM, .bytes = 1250, .rate = 4000000, .on = 100 * TERN_MS, .off = 300 * TERN_MS});
    bench_run(&b);
    assert_int_equal(b.result[0].datagrams_sent, 4000);
    assert_int_equal(b.result[1].datagrams_sent, 1000);
    assert_in_range(b.result[0].goodput, 3990000, 4000000);
    assert_int_equal(b.result[0].datagrams_got + b.result[1].datagrams_got, 5000);
}

TEST(a_reader_that_stops_shuts_the_window_and_opens_it_again)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 6 * MB, .read_pause = {TERN_SEC, 8 * TERN_SEC}});
    b.cfg.duration = 20 * TERN_SEC;
    bench_run(&b);
    assert_int_equal(b.result[0].got_bytes, 6 * MB);
    assert_true(b.result[0].last_byte_at > 8 * TERN_SEC);
    assert_int_equal(b.result[0].timeouts, 0); /* a window is probed, nothing is lost */
}

TEST(timeouts_are_counted)
{
    const struct lane_outage outage = {TERN_SEC, 4 * TERN_SEC};
    bench_pair(&b, &dsl);
    b.link[0].lane[0].outage = &outage;
    b.link[0].lane[0].outage_n = 1;
    bench_flow(&b, (struct lab_flow){.to = 1});
    bench_run(&b);
    assert_in_range(b.result[0].timeouts, 2, 5); /* three seconds of doubled ones, the first of 200 ms and more */
    assert_true(b.result[0].retransmitted > 0);
}

TEST(a_slow_reader_gets_what_it_reads)
{
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.to = 1, .read_rate = 1000000});
    tern_settings_default(&b.node[0].settings);
    b.node[0].set_up = b.node[1].set_up = true;
    b.node[0].settings.send_buffer = 100000;
    b.node[1].settings = b.node[0].settings;
    b.node[1].settings.receive_buffer = 100000;
    bench_run(&b);
    assert_in_range(b.result[0].goodput, 980000, 1000000);
}

/* ---- what goes wrong is found ---- */

TEST(a_wrong_byte_is_found)
{
    const struct lane_config way = {.delay = 5 * TERN_MS, .swap_ppm = 20000};
    bench_pair(&b, &way);
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 2 * MB});
    assert_false(bench_try(&b));
    assert_int_equal(b.failure.kind, LAB_WRONG_BYTE);
    assert_int_equal(b.failure.flow, 0);
    assert_int_equal(b.failure.node, 1);
}

TEST(a_way_that_stays_shut_is_found)
{
    const struct lane_outage for_ever = {TERN_SEC, UINT64_C(1000000) * TERN_SEC};
    struct lane_config way = dsl;
    way.outage = &for_ever;
    way.outage_n = 1;
    bench_pair(&b, &way);
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 20 * MB});
    b.cfg.grace = 60 * TERN_SEC;
    assert_false(bench_try(&b));
    assert_int_equal(b.failure.kind, LAB_ENDLESS);
    b.cfg.grace = 3600 * TERN_SEC;
    assert_false(bench_try(&b));
    assert_int_equal(b.failure.kind, LAB_ERROR);
    assert_int_equal(b.failure.value, TERN_ERR_TIMEDOUT);
}

TEST(a_configuration_that_cannot_be_is_refused_by_its_part)
{
    struct lab_wrong why;
    bench_pair(&b, &dsl);
    bench_flow(&b, (struct lab_flow){.from = 1, .to = 1});
    assert_null(lab_new(&b.cfg, &why));
    assert_int_equal(why.part, LAB_PART_FLOW);
    b.flow[0].from = 0;
    strcpy(b.flow[0].cc, "nosuch");
    assert_null(lab_new(&b.cfg, &why));
    assert_int_equal(why.part, LAB_PART_FLOW);
    b.flow[0].cc[0] = '\0';
    b.link[0].lane[1].loss_ppm = 2 * MB;
    assert_null(lab_new(&b.cfg, &why));
    assert_int_equal(why.part, LAB_PART_LINK);
    b.link[0].lane[1].loss_ppm = 0;
    b.node[1].mtu = 100;
    assert_null(lab_new(&b.cfg, &why));
    assert_int_equal(why.part, LAB_PART_NODE);
    assert_int_equal(why.index, 1);
}

/* ---- again, without chance ---- */

static struct lane_fault faults[2][20000];
static size_t fault_n[2];
static void on_fault(void *ctx, uint16_t link, uint8_t direction, const struct lane_fault *f)
{
    (void)ctx;
    assert_int_equal(link, 0);
    assert_true(fault_n[direction] < 20000);
    faults[direction][fault_n[direction]++] = *f;
}

TEST(the_faults_of_a_run_repeat_it)
{
    struct lane_config way = dsl;
    way.loss_ppm = way.reorder_ppm = way.dup_ppm = 5000;
    way.corrupt_ppm = 2000;
    way.burst = (struct burst_config){.to_bad = 500, .to_good = 300000};
    bench_pair(&b, &way);
    bench_flow(&b, (struct lab_flow){.to = 1, .bytes = 2 * MB});
    b.cfg.watch.fault = on_fault;
    fault_n[0] = fault_n[1] = 0;
    bench_run(&b);
    uint64_t first = b.totals.digest;
    assert_true(fault_n[0] > 10 && fault_n[1] > 3);
    b.cfg.watch.fault = NULL;
    for (int d = 0; d < 2; d++) {
        struct lane_config *l = &b.link[0].lane[d];
        l->given = true;
        l->fault = faults[d];
        l->fault_n = fault_n[d];
    }
    bench_run(&b);
    assert_true(b.totals.digest == first);
    b.link[0].lane[0].fault_n = b.link[0].lane[1].fault_n = 0;
    bench_run(&b);
    assert_true(b.totals.digest != first);
    assert_int_equal(b.lane[0].count.lost[LANE_LOST], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_byte_is_right_over_every_model),
        CASE(the_same_seed_gives_the_same_packets),
        CASE(samples_add_up_to_the_result),
        CASE(to_be_watched_changes_nothing),
        CASE(a_bulk_fills_its_rate),
        CASE(two_alike_share_a_bottleneck),
        CASE(the_long_way_through_a_parking_lot_gets_less),
        CASE(memory_does_not_grow_with_time),
        CASE(packets_go_by_the_way_of_the_fewest_links),
        CASE(a_way_may_differ_from_the_way_back),
        CASE(who_sends_too_much_is_told_unless_the_link_is_silent),
        CASE(a_request_takes_a_round_trip),
        CASE(a_connection_for_each_request_takes_two),
        CASE(requests_stop_in_time),
        CASE(chunks_come_as_often_as_asked),
        CASE(a_thin_stream_is_not_delayed),
        CASE(datagrams_come_at_their_rate),
        CASE(a_reader_that_stops_shuts_the_window_and_opens_it_again),
        CASE(timeouts_are_counted),
        CASE(a_slow_reader_gets_what_it_reads),
        CASE(a_wrong_byte_is_found),
        CASE(a_way_that_stays_shut_is_found),
        CASE(a_configuration_that_cannot_be_is_refused_by_its_part),
        CASE(the_faults_of_a_run_repeat_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
