#include "link_test.h"

#include <stdio.h>

#define PPM_ALL 1000000

/* A path over memory, from |from| (damaged on its way out) or |to| (damaged on its way in). */
static struct tern_link *from, *to;
static struct mem mem;
static struct tern_pool *pool;

static void open_path(const struct tern_impair *out, const struct tern_impair *in, uint64_t seed, uint32_t gso_max)
{
    struct tern_link *a, *b;
    assert_int_equal(tern_memory_pair(1500, gso_max, 20000, &a, &b), 0);
    pool = test_pool(&mem);
    from = out ? tern_impair_new(a, NULL, out, seed) : a;
    to = in ? tern_impair_new(b, in, NULL, seed) : b;
    assert_non_null(from);
    assert_non_null(to);
}

static void close_path(void)
{
    tern_link_close(from);
    tern_link_close(to);
    pool_free(pool);
    assert_int_equal(mem.used, 0);
}

/* Numbered by their payload's length. */
static void send_numbered(tern_ns now, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        struct tern_pkt p = test_pkt(4, i, 0, TH_ACK);
        assert_int_equal(from->ops->send(from, now, &p, 1), 1);
    }
}

static void flush(tern_ns now) { assert_int_equal(from->ops->send(from, now, NULL, 0), 0); }

/* What has arrived by |now|: the numbers into |out|, and each packet judged. Returns how many. */
static int arrived(tern_ns now, uint32_t *out, int cap, int *sound_n)
{
    int n = 0, sound = 0;
    for (struct tern_buf *b; n < cap && to->ops->recv(to, now, pool, &b, 1) == 1; n++) {
        struct wire_ip ip;
        struct wire_tcp tcp;
        assert_false(b->csum_ok);
        assert_int_equal(b->gso_size, 0);
        sound += is_sound(b->data, b->len, &ip, &tcp);
        out[n] = b->len - 52;
        tern_buf_unref(b);
    }
    if (sound_n) *sound_n = sound;
    return n;
}

static struct tern_impair_counters counters_out(void)
{
    struct tern_impair_counters in, out;
    tern_impair_counters(from, &in, &out);
    assert_int_equal(in.passed, 0);
    return out;
}

static uint32_t got[20000];

TEST(without_damage_everything_passes_in_order)
{
    const struct tern_impair none = {0};
    int sound;
    open_path(&none, &none, 1, 0);
    send_numbered(5, 0, 1000);
    assert_int_equal(arrived(5, got, 20000, &sound), 1000);
    assert_int_equal(sound, 1000);
    for (uint32_t i = 0; i < 1000; i++) assert_int_equal(got[i], i);
    close_path();
}

TEST(delayed_packets_wait_for_their_time_on_the_way_out)
{
    const struct tern_impair d = {.delay = 20 * TERN_MS};
    open_path(&d, NULL, 1, 0);
    send_numbered(TERN_SEC, 0, 2);
    assert_true(from->ops->next(from) == TERN_SEC + 20 * TERN_MS);
    flush(TERN_SEC + 20 * TERN_MS - 1);
    assert_int_equal(arrived(0, got, 10, NULL), 0);
    flush(TERN_SEC + 20 * TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 2);
    assert_true(from->ops->next(from) == TERN_NEVER);
    close_path();
}

TEST(delayed_packets_wait_for_their_time_on_the_way_in)
{
    const struct tern_impair d = {.delay = 20 * TERN_MS};
    open_path(NULL, &d, 1, 0);
    send_numbered(TERN_SEC, 0, 2);
    assert_true(to->ops->next(to) == 0); /* the inner link has something */
    assert_int_equal(arrived(TERN_SEC, got, 10, NULL), 0);
    assert_true(to->ops->next(to) == TERN_SEC + 20 * TERN_MS);
    assert_int_equal(arrived(TERN_SEC + 20 * TERN_MS - 1, got, 10, NULL), 0);
    assert_int_equal(arrived(TERN_SEC + 20 * TERN_MS, got, 10, NULL), 2);
    assert_true(to->ops->next(to) == TERN_NEVER);
    close_path();
}

TEST(jitter_stays_within_its_bounds_and_keeps_the_order)
{
    const struct tern_impair d = {.delay = 20 * TERN_MS, .jitter = 5 * TERN_MS};
    tern_ns least = TERN_NEVER, most = 0, last = 0;
    open_path(NULL, &d, 3, 0);
    for (uint32_t i = 0; i < 200; i++) {
        tern_ns sent = (i + 1) * TERN_SEC;
        send_numbered(sent, i, 1);
        assert_int_equal(arrived(sent, got, 10, NULL), 0);
        tern_ns at = to->ops->next(to);
        assert_in_range(at - sent, 15 * TERN_MS, 25 * TERN_MS);
        if (at - sent < least) least = at - sent;
        if (at - sent > most) most = at - sent;
        assert_true(at >= last);
        last = at;
        assert_int_equal(arrived(at, got, 10, NULL), 1);
    }
    assert_true(least < 16 * TERN_MS && most > 24 * TERN_MS);
    send_numbered(300 * TERN_SEC, 0, 1000);
    assert_int_equal(arrived(301 * TERN_SEC, got, 10000, NULL), 0); /* taken in only now */
    assert_int_equal(arrived(302 * TERN_SEC, got, 10000, NULL), 1000);
    for (uint32_t i = 0; i < 1000; i++) assert_int_equal(got[i], i);
    close_path();
}

TEST(jitter_larger_than_the_delay_never_turns_time_back)
{
    const struct tern_impair d = {.delay = TERN_MS, .jitter = 50 * TERN_MS};
    open_path(NULL, &d, 3, 0);
    for (uint32_t i = 1; i <= 100; i++) {
        send_numbered(i * TERN_SEC, i, 1);
        int n = arrived(i * TERN_SEC, got, 10, NULL);
        if (n == 0) assert_in_range(to->ops->next(to), i * TERN_SEC + 1, i * TERN_SEC + 51 * TERN_MS);
        arrived(i * TERN_SEC + TERN_SEC / 2, got, 10, NULL);
    }
    close_path();
}

TEST(the_share_of_losses_is_as_asked)
{
    const struct tern_impair d = {.loss_ppm = 100000};
    open_path(&d, NULL, 1, 0);
    for (int i = 0; i < 10; i++) send_numbered(0, 0, 1000);
    int n = arrived(0, got, 20000, NULL);
    assert_in_range(n, 8900, 9100);
    assert_int_equal(counters_out().lost, 10000 - n);
    assert_int_equal(counters_out().passed, n);
    close_path();
}

TEST(a_loss_of_everything_leaves_nothing)
{
    const struct tern_impair d = {.loss_ppm = PPM_ALL};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 0, 1000);
    assert_int_equal(arrived(0, got, 20000, NULL), 0);
    close_path();
}

TEST(duplicates_follow_their_originals)
{
    const struct tern_impair d = {.dup_ppm = PPM_ALL};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 0, 100);
    assert_int_equal(arrived(0, got, 20000, NULL), 200);
    for (uint32_t i = 0; i < 200; i++) assert_int_equal(got[i], i / 2);
    assert_int_equal(counters_out().duplicated, 100);
    close_path();
}

TEST(reordered_packets_overtake_by_skipping_the_delay)
{
    const struct tern_impair d = {.delay = 10 * TERN_MS, .reorder_ppm = 100000};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 0, 1000);
    int early = arrived(0, got, 20000, NULL);
    assert_int_equal(counters_out().reordered, early);
    assert_in_range(early, 60, 140);
    flush(10 * TERN_MS);
    assert_int_equal(arrived(0, got, 20000, NULL), 1000 - early);
    for (int i = 1; i < 1000 - early; i++) assert_true(got[i] > got[i - 1]);
    close_path();
}

TEST(without_delay_reordered_packets_are_held_back)
{
    const struct tern_impair d = {.reorder_ppm = 100000};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 0, 1000);
    int in_time = arrived(0, got, 20000, NULL);
    assert_in_range(in_time, 860, 940);
    flush(TERN_MS);
    assert_int_equal(arrived(0, got, 20000, NULL), 1000 - in_time);
    close_path();
}

TEST(corruption_is_always_caught_by_the_checksum)
{
    const struct tern_impair d = {.corrupt_ppm = PPM_ALL};
    int sound;
    open_path(&d, NULL, 9, 0);
    for (int i = 0; i < 10; i++) send_numbered(0, 0, 1000);
    assert_int_equal(arrived(0, got, 20000, &sound), 10000);
    assert_int_equal(sound, 0);
    assert_int_equal(counters_out().corrupted, 10000);
    close_path();
}

TEST(corruption_flips_exactly_one_bit_after_the_ip_header)
{
    const struct tern_impair d = {.corrupt_ppm = PPM_ALL};
    uint8_t plain[2000];
    struct tern_buf *b;
    open_path(&d, NULL, 9, 0);
    for (int k = 0; k < 200; k++) {
        struct tern_pkt p = test_pkt(k & 1 ? 4 : 6, 100, 0, TH_ACK);
        int len = tern_pkt_cut(&p, 0, plain, sizeof plain), bits = 0;
        from->ops->send(from, 0, &p, 1);
        assert_int_equal(to->ops->recv(to, 0, pool, &b, 1), 1);
        for (int i = 0; i < len; i++) bits += __builtin_popcount((unsigned)(b->data[i] ^ plain[i]));
        assert_int_equal(bits, 1);
        assert_memory_equal(b->data, plain, p.csum_start);
        tern_buf_unref(b);
    }
    close_path();
}

/* RFC 3168 5: only what is ECN-capable; nothing else changes but the header's checksum. */
/* With |tos| in its IP header. */
static struct tern_pkt pkt_with(int version, uint8_t tos)
{
    struct tern_pkt p = test_pkt(version, 100, 0, TH_ACK);
    if (version == 4) {
        p.head[1] = tos;
        memset(p.head + 10, 0, 2);
        csum_put(p.head + 10, csum_add(0, p.head, 20));
    } else {
        p.head[0] = (uint8_t)(p.head[0] | tos >> 4);
        p.head[1] = (uint8_t)((p.head[1] & 0x0f) | tos << 4);
    }
    return p;
}

TEST(marks_are_for_what_is_ecn_capable)
{
    const struct tern_impair d = {.mark_ppm = PPM_ALL};
    open_path(&d, NULL, 9, 0);
    for (int k = 0; k < 8; k++) {
        int version = k & 1 ? 6 : 4, ecn = k >> 1;
        struct tern_pkt p = pkt_with(version, (uint8_t)(0x28 | ecn));
        struct wire_ip ip;
        struct wire_tcp tcp;
        struct tern_buf *b;
        from->ops->send(from, 0, &p, 1);
        assert_int_equal(to->ops->recv(to, 0, pool, &b, 1), 1);
        assert_sound(b->data, b->len, &ip, &tcp);
        assert_int_equal(ip.tos, 0x28 | (ecn ? 3 : 0));
        tern_buf_unref(b);
    }
    assert_int_equal(counters_out().marked, 6);
    close_path();
}

TEST(swapped_words_are_never_caught_by_the_checksum)
{
    const struct tern_impair d = {.swap_ppm = PPM_ALL};
    struct tern_buf *b;
    open_path(&d, NULL, 9, 0);
    for (uint32_t len = 300; len < 400; len++) {
        struct tern_pkt p = test_pkt(4, len, 0, TH_ACK);
        struct wire_ip ip;
        struct wire_tcp tcp;
        uint32_t differing = 0;
        from->ops->send(from, 0, &p, 1);
        assert_int_equal(to->ops->recv(to, 0, pool, &b, 1), 1);
        assert_sound(b->data, b->len, &ip, &tcp);
        for (uint32_t i = 0; i + 1 < len; i += 2) differing += memcmp(tcp.data + i, payload + i, 2) != 0;
        assert_int_equal(differing, 2);
        tern_buf_unref(b);
    }
    assert_int_equal(counters_out().swapped, 100);
    close_path();
}

TEST(equal_words_are_not_swapped)
{
    static const uint8_t zero[1000];
    const struct tern_impair d = {.swap_ppm = PPM_ALL};
    int sound;
    open_path(&d, NULL, 9, 0);
    struct tern_pkt p = test_pkt(4, 1000, 0, TH_ACK);
    p.slice[0].base = zero;
    from->ops->send(from, 0, &p, 1);
    assert_int_equal(arrived(0, got, 10, &sound), 1);
    assert_int_equal(sound, 1);
    assert_int_equal(counters_out().swapped, 0);
    close_path();
}

TEST(the_rate_spaces_packets_by_their_length)
{
    /* 1500 bytes at 12 Mbit/s: a millisecond each */
    const struct tern_impair d = {.rate = 12000000, .delay = TERN_SEC};
    open_path(&d, NULL, 1, 0);
    for (int i = 0; i < 10; i++) send_numbered(0, 1448, 1);
    for (uint32_t i = 1; i <= 10; i++) {
        assert_true(from->ops->next(from) == TERN_SEC + i * TERN_MS);
        flush(TERN_SEC + i * TERN_MS);
        assert_int_equal(arrived(0, got, 10, NULL), 1);
    }
    close_path();
}

TEST(an_idle_rate_starts_anew)
{
    const struct tern_impair d = {.rate = 12000000};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 1448, 1);
    flush(TERN_MS);
    send_numbered(TERN_SEC, 1448, 1);
    assert_true(from->ops->next(from) == TERN_SEC + TERN_MS);
    close_path();
}

TEST(the_queue_of_the_rate_drops_its_tail)
{
    const struct tern_impair d = {.rate = 12000000, .queue_n = 5};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 100, 10); /* one is being sent, five wait */
    assert_int_equal(counters_out().overflowed, 4);
    flush(TERN_SEC);
    assert_int_equal(arrived(0, got, 10, NULL), 6);
    assert_int_equal(got[5], 105);
    send_numbered(TERN_SEC, 0, 1);
    assert_int_equal(counters_out().overflowed, 4);
    close_path();
}

TEST(super_segments_are_cut_before_they_are_damaged)
{
    const struct tern_impair d = {.loss_ppm = 200000};
    int sound;
    open_path(NULL, &d, 5, TERN_PACKET_MAX); /* they cross the memory whole, with partial checksums */
    for (int i = 0; i < 10; i++) {
        struct tern_pkt p = test_pkt(i & 1 ? 4 : 6, 40 * 1400, 1400, TH_ACK);
        assert_int_equal(from->ops->send(from, 0, &p, 1), 1);
    }
    int n = arrived(0, got, 20000, &sound);
    assert_in_range(n, 280, 360);
    assert_int_equal(sound, n);
    close_path();
}

static uint64_t digest_of_run(uint64_t seed)
{
    const struct tern_impair d = {.rate = 100000000,
                                  .delay = 20 * TERN_MS,
                                  .jitter = 3 * TERN_MS,
                                  .loss_ppm = 10000,
                                  .reorder_ppm = 50000,
                                  .dup_ppm = 10000,
                                  .corrupt_ppm = 10000,
                                  .swap_ppm = 10000,
                                  .queue_n = 50};
    uint64_t digest = UINT64_C(14695981039346656037); /* FNV-1a */
    open_path(&d, &d, seed, 0);
    tern_ns now = 0;
    for (int step = 0; step < 3000; step++) {
        if (step < 2000) send_numbered(now, (uint32_t)step % 1400, 1);
        from->ops->send(from, now, NULL, 0);
        for (struct tern_buf *b; to->ops->recv(to, now, pool, &b, 1) == 1; tern_buf_unref(b)) {
            digest = (digest ^ now) * UINT64_C(1099511628211);
            for (uint32_t i = 0; i < b->len; i++) digest = (digest ^ b->data[i]) * UINT64_C(1099511628211);
        }
        now += 50 * TERN_US;
    }
    close_path();
    return digest;
}

TEST(the_same_seed_gives_the_same_packets_at_the_same_times)
{
    uint64_t first = digest_of_run(42);
    assert_true(first == digest_of_run(42));
    assert_true(first != digest_of_run(43));
}

TEST(every_machine_gives_the_same_packets_at_the_same_times)
{
    assert_int_equal(digest_of_run(42), UINT64_C(0x101576099e6bddde));
}

TEST(a_changed_probability_leaves_the_other_damage_where_it_was)
{
    struct tern_impair d = {.loss_ppm = 50000};
    static uint32_t before[2000];
    open_path(&d, NULL, 8, 0);
    send_numbered(0, 0, 1000);
    int n = arrived(0, before, 2000, NULL);
    close_path();
    d.corrupt_ppm = 500000;
    d.swap_ppm = 500000;
    d.jitter = 0;
    open_path(&d, NULL, 8, 0);
    send_numbered(0, 0, 1000);
    assert_int_equal(arrived(0, got, 2000, NULL), n);
    assert_memory_equal(before, got, (size_t)n * sizeof *got);
    close_path();
}

TEST(packets_on_their_way_are_freed_with_the_link)
{
    const struct tern_impair d = {.delay = TERN_SEC};
    open_path(&d, &d, 8, 0);
    send_numbered(0, 0, 100);
    flush(TERN_SEC);
    send_numbered(TERN_SEC, 0, 100);
    assert_int_equal(arrived(TERN_SEC, got, 10, NULL), 0);
    close_path();
}

TEST(a_full_inner_link_is_tried_again)
{
    const struct tern_impair none = {0};
    struct tern_link *a;
    assert_int_equal(tern_memory_pair(1500, 0, 2, &a, &to), 0);
    pool = test_pool(&mem);
    from = tern_impair_new(a, NULL, &none, 1);
    send_numbered(100, 0, 5);
    assert_true(from->ops->next(from) == 100 + TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 2);
    flush(100 + TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 2);
    flush(100 + 2 * TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 1);
    assert_int_equal(got[0], 4);
    close_path();
}

TEST(a_whole_specification_is_read)
{
    struct tern_impair d;
    char err[200] = "";
    assert_int_equal(
        tern_impair_parse("rate=10M,delay=20ms,jitter=2ms,loss=1%,reorder=5%,dup=1%,mark=2%,corrupt=0.1%,swap=0.1%,queue=100", &d,
                          NULL, err, sizeof err),
        0);
    assert_true(d.rate == 10000000 && d.delay == 20 * TERN_MS && d.jitter == 2 * TERN_MS);
    assert_true(d.loss_ppm == 10000 && d.reorder_ppm == 50000 && d.dup_ppm == 10000 && d.mark_ppm == 20000);
    assert_true(d.corrupt_ppm == 1000 && d.swap_ppm == 1000 && d.queue_n == 100);
}

TEST(every_unit_is_known)
{
    static const struct {
        const char *text;
        uint64_t rate;
        tern_ns delay;
        uint32_t loss;
    } rows[] = {
        {"", 0, 0, 0},
        {"rate=8", 8, 0, 0},
        {"rate=9k", 9000, 0, 0},
        {"rate=1.5G", 1500000000, 0, 0},
        {"rate=1000G", UINT64_C(1000000000000), 0, 0},
        {"delay=100us", 0, 100000, 0},
        {"delay=1.25ms", 0, 1250000, 0},
        {"delay=7ns", 0, 7, 0},
        {"delay=1s", 0, TERN_SEC, 0},
        {"delay=0", 0, 0, 0},
        {"loss=0.0001%", 0, 0, 1},
        {"loss=100%", 0, 0, PPM_ALL},
        {"loss=250ppm", 0, 0, 250},
        {"loss=0,rate=0", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tern_impair d;
        char err[200];
        assert_int_equal(tern_impair_parse(rows[i].text, &d, NULL, err, sizeof err), 0);
        assert_true(d.rate == rows[i].rate && d.delay == rows[i].delay && d.loss_ppm == rows[i].loss);
    }
}

TEST(a_bad_specification_names_the_culprit_and_changes_nothing)
{
    static const char *const bad[] = {
        "loss",          "loss=",
        "loss=x",        "loss=1",
        "loss=101%",     "loss=-1%",
        "loss=1.%",      "loss=.5%",
        "loss=1%%",      "loss=99999999999999999999%",
        "lost=1%",       "=1%",
        "rate=1T",       "rate=2000G",
        "delay=5",       "delay=5m",
        "delay=3601s",   "queue=1k",
        "queue=1000001", "rate=1M,,loss=1%",
        " loss=1%",      "loss=1%;dup=1%",
        "ecn=cleared",   "ecn=1",
        "outage_at=1s",  "outage=1s,outage_every=1s",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tern_impair d = {.rate = 77};
        char err[200] = "";
        assert_int_equal(tern_impair_parse(bad[i], &d, NULL, err, sizeof err), TERN_ERR_INVAL);
        assert_int_equal(d.rate, 77);
        assert_true(err[0] == '"');
        assert_null(strchr(err, '\n'));
    }
}

TEST(every_key_has_its_own_place)
{
    struct tern_impair d;
    char err[640] = "";
    assert_int_equal(
        tern_impair_parse(
            "burst_begin=1%,burst_end=2%,burst_loss=3%,reorder_by=4ms,ack_hold=5ms,mtu=1400,policer=6M,"
            "policer_burst=7k,queue_bytes=8k,queue_kind=red,queue_ecn=1,queue_mark=9,red_min=10,red_max=11,"
            "red_probability=12%,target=13ms,interval=14ms,ecn=remarked,outage=15ms,outage_at=16ms,outage_every=17ms",
            &d, NULL, err, sizeof err),
        0);
    assert_true(d.burst_begin_ppm == 10000 && d.burst_end_ppm == 20000 && d.burst_loss_ppm == 30000);
    assert_true(d.reorder_by == 4 * TERN_MS && d.ack_hold == 5 * TERN_MS && d.mtu == 1400);
    assert_true(d.policer == 6000000 && d.policer_burst == 7000 && d.queue_bytes == 8000);
    assert_true(d.queue == TERN_QUEUE_RED && d.queue_ecn == 1 && d.queue_mark_n == 9);
    assert_true(d.red_min == 10 && d.red_max == 11 && d.red_ppm == 120000);
    assert_true(d.codel_target == 13 * TERN_MS && d.codel_interval == 14 * TERN_MS);
    assert_true(d.ecn == TERN_PATH_ECN_REMARKED && d.outage == 15 * TERN_MS && d.outage_at == 16 * TERN_MS);
    assert_true(d.outage_every == 17 * TERN_MS);
}

TEST(the_examples_of_the_keys_are_read)
{
    const char *name, *example, *what;
    size_t n = 0;
    for (; tern_impair_key(n, &name, &example, &what); n++) {
        struct tern_impair d;
        char text[100], err[640];
        snprintf(text, sizeof text, "burst_end=1%%,red_max=200,outage=10ms,%s=%s", name, example);
        assert_int_equal(tern_impair_parse(text, &d, NULL, err, sizeof err), 0);
        assert_true(what[0] != '\0');
    }
    assert_int_equal(n, 31);
}

TEST(bursts_lose_neighbours)
{
    const struct tern_impair d = {.burst_begin_ppm = 20000, .burst_end_ppm = 200000};
    open_path(&d, NULL, 9, 0);
    int lost = 0, bursts = 0;
    for (int round = 0; round < 10; round++) { /* a burst of five in fifty-five: 9 % */
        send_numbered(0, 0, 1400);
        int n = arrived(0, got, 2000, NULL);
        lost += 1400 - n;
        for (int i = 1; i < n; i++) bursts += got[i] != got[i - 1] + 1;
    }
    assert_in_range(lost, 1000, 1550);
    assert_in_range(lost * 10 / bursts, 43, 57);
    assert_int_equal(counters_out().lost, lost);
    close_path();
}

/* The ECN field with which a packet arrives that leaves with |field|. */
static unsigned field_after(unsigned how, int version, uint8_t field)
{
    const struct tern_impair d = {.ecn = how};
    struct tern_buf *b;
    struct wire_ip ip;
    struct wire_tcp tcp;
    open_path(&d, NULL, 1, 0);
    struct tern_pkt p = pkt_with(version, (uint8_t)(0x48 | field));
    assert_int_equal(from->ops->send(from, 0, &p, 1), 1);
    assert_int_equal(to->ops->recv(to, 0, pool, &b, 1), 1);
    assert_true(is_sound(b->data, b->len, &ip, &tcp));
    assert_int_equal(ip.tos & 0xfc, 0x48); /* DSCP stays */
    unsigned came = ip.tos & 3u;
    assert_int_equal(counters_out().changed, came != field);
    assert_int_equal(counters_out().marked, 0);
    tern_buf_unref(b);
    close_path();
    return came;
}

TEST(a_box_may_write_into_the_ecn_field)
{
    static const uint8_t becomes[][4] = {
        [TERN_PATH_ECN_KEPT] = {0, 1, 2, 3},
        [TERN_PATH_ECN_BLEACHED] = {0, 0, 0, 0},
        [TERN_PATH_ECN_REMARKED] = {0, 1, 1, 3},
        [TERN_PATH_ECN_MARKED] = {3, 3, 3, 3},
    };
    for (unsigned how = TERN_PATH_ECN_KEPT; how <= TERN_PATH_ECN_MARKED; how++)
        for (uint8_t field = 0; field < 4; field++)
            for (int version = 4; version <= 6; version += 2)
                assert_int_equal(field_after(how, version, field), becomes[how][field]);
}

/* Sends a packet a millisecond for 100 ms from |start| on; returns of which milliseconds they arrived, as ranges: "0-9 12-99". */
static const char *up_times(const struct tern_impair *d, tern_ns start)
{
    static char text[200];
    size_t at = 0;
    int from_ms = -1;
    open_path(d, NULL, 1, 0);
    for (int ms = 0; ms <= 100; ms++) {
        bool passed = false;
        if (ms < 100) {
            send_numbered(start + (tern_ns)ms * TERN_MS, 1, 1);
            passed = arrived(start, got, 10, NULL) == 1;
        }
        if (passed && from_ms < 0) from_ms = ms;
        if (passed || from_ms < 0) continue;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%d-%d", at ? " " : "", from_ms, ms - 1);
        from_ms = -1;
    }
    struct tern_impair_counters c = counters_out();
    assert_int_equal(c.passed + c.down, 100);
    assert_int_equal(c.lost, 0);
    close_path();
    return text;
}

TEST(a_link_may_be_down_for_a_while)
{
    struct tern_impair d = {.outage = 10 * TERN_MS};
    for (tern_ns start = 0; start <= 3600 * TERN_SEC; start += 1800 * TERN_SEC) { /* the first use counts, not the clock */
        d.outage_at = 0, d.outage_every = 0;
        assert_string_equal(up_times(&d, start), "10-99");
        d.outage_at = 20 * TERN_MS;
        assert_string_equal(up_times(&d, start), "0-19 30-99");
        d.outage_every = 30 * TERN_MS;
        assert_string_equal(up_times(&d, start), "0-19 30-49 60-79 90-99");
    }
}

TEST(an_outage_that_nobody_saw_is_over_all_the_same)
{
    const struct tern_impair d = {.outage = 10 * TERN_MS, .outage_every = 100 * TERN_MS};
    open_path(&d, NULL, 1, 0);
    flush(0);
    static const struct {
        uint32_t ms;
        int passes;
    } sent[] = {{550, 1}, {605, 0}, {610, 1}, {699, 1}, {700, 0}, {100009, 0}, {100010, 1}};
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        send_numbered(sent[i].ms * TERN_MS, 1, 1);
        assert_int_equal(arrived(sent[i].ms * TERN_MS, got, 10, NULL), sent[i].passes);
    }
    close_path();
}

TEST(a_reordered_packet_may_come_late)
{
    const struct tern_impair d = {.delay = 10 * TERN_MS, .reorder_ppm = PPM_ALL, .reorder_by = 3 * TERN_MS};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 1, 1);
    assert_true(from->ops->next(from) == 13 * TERN_MS);
    close_path();
}

TEST(acknowledgements_are_held_and_data_is_not)
{
    const struct tern_impair d = {.delay = TERN_MS, .ack_hold = 5 * TERN_MS};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 100, 1);
    flush(TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 1);
    for (tern_ns at = 2; at < 5; at++) send_numbered(at * TERN_MS, 0, 1);
    flush(7 * TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 0);
    flush(8 * TERN_MS);
    assert_int_equal(arrived(0, got, 10, NULL), 3);
    close_path();
}

TEST(what_is_too_big_or_too_much_vanishes)
{
    const struct tern_impair d = {.mtu = 1000, .policer = 8000, .policer_burst = 2000};
    open_path(&d, NULL, 1, 0);
    send_numbered(0, 949, 1);
    assert_int_equal(counters_out().too_big, 1);
    send_numbered(0, 646, 3);
    assert_int_equal(counters_out().policed, 1);
    assert_int_equal(arrived(0, got, 10, NULL), 2);
    close_path();
}

TEST(each_kind_of_queue_drops_early_what_drop_tail_keeps)
{
    for (uint32_t kind = TERN_QUEUE_TAIL; kind <= TERN_QUEUE_FQ_CODEL; kind++) {
        const struct tern_impair d = {.rate = 12000000, .queue_n = 400, .queue = kind};
        open_path(&d, NULL, 3, 0);
        uint64_t n = 0;
        for (tern_ns at = 0; at < 500 * TERN_MS; at += 800 * TERN_US) {
            send_numbered(at, 1448, 1); /* 1.25 of the rate: 125 are too many, which fit into the queue */
            n += (uint64_t)arrived(at, got, 100, NULL);
        }
        struct tern_impair_counters c = counters_out();
        assert_int_equal(c.overflowed, 0);
        assert_true((kind == TERN_QUEUE_TAIL) == (c.early == 0));
        assert_true(n >= 495 - c.early);
        close_path();
    }
}

TEST(a_queue_may_mark_in_place_of_dropping)
{
    const struct tern_impair d = {.rate = 12000000, .queue_mark_n = 3};
    open_path(&d, NULL, 3, 0);
    for (uint32_t i = 0; i < 8; i++) {
        struct tern_pkt p = test_pkt(4, 1000 + i, 0, TH_ACK);
        p.head[1] = 2; /* ECT(0) */
        assert_int_equal(from->ops->send(from, 0, &p, 1), 1);
    }
    flush(TERN_SEC);
    assert_int_equal(arrived(0, got, 10, NULL), 8);
    assert_int_equal(counters_out().marked, 4); /* one is sent, three wait */
    close_path();
}

TEST(the_impossible_is_refused)
{
    static const char *const bad[] = {"burst_begin=1%",  "red_min=20,red_max=10", "target=20ms,interval=10ms",
                                      "queue_kind=blue", "queue_ecn=2",           "policer_burst=2G",
                                      "mtu=70000"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tern_impair d;
        char err[640] = "";
        assert_int_equal(tern_impair_parse(bad[i], &d, NULL, err, sizeof err), TERN_ERR_INVAL);
        assert_true(err[0] == '"');
    }
    struct tern_link *a, *b;
    const struct tern_impair endless = {.burst_begin_ppm = 1};
    assert_int_equal(tern_memory_pair(1500, 0, 10, &a, &b), 0);
    assert_null(tern_impair_new(a, NULL, &endless, 1));
    tern_link_close(a);
    tern_link_close(b);
}

int main(void)
{
    fill_payload();
    const struct CMUnitTest tests[] = {
        CASE(without_damage_everything_passes_in_order),
        CASE(delayed_packets_wait_for_their_time_on_the_way_out),
        CASE(delayed_packets_wait_for_their_time_on_the_way_in),
        CASE(jitter_stays_within_its_bounds_and_keeps_the_order),
        CASE(jitter_larger_than_the_delay_never_turns_time_back),
        CASE(the_share_of_losses_is_as_asked),
        CASE(a_loss_of_everything_leaves_nothing),
        CASE(duplicates_follow_their_originals),
        CASE(reordered_packets_overtake_by_skipping_the_delay),
        CASE(without_delay_reordered_packets_are_held_back),
        CASE(corruption_is_always_caught_by_the_checksum),
        CASE(corruption_flips_exactly_one_bit_after_the_ip_header),
        CASE(marks_are_for_what_is_ecn_capable),
        CASE(swapped_words_are_never_caught_by_the_checksum),
        CASE(equal_words_are_not_swapped),
        CASE(the_rate_spaces_packets_by_their_length),
        CASE(an_idle_rate_starts_anew),
        CASE(the_queue_of_the_rate_drops_its_tail),
        CASE(super_segments_are_cut_before_they_are_damaged),
        CASE(the_same_seed_gives_the_same_packets_at_the_same_times),
        CASE(every_machine_gives_the_same_packets_at_the_same_times),
        CASE(a_changed_probability_leaves_the_other_damage_where_it_was),
        CASE(packets_on_their_way_are_freed_with_the_link),
        CASE(a_full_inner_link_is_tried_again),
        CASE(a_whole_specification_is_read),
        CASE(every_unit_is_known),
        CASE(a_bad_specification_names_the_culprit_and_changes_nothing),
        CASE(every_key_has_its_own_place),
        CASE(the_examples_of_the_keys_are_read),
        CASE(bursts_lose_neighbours),
        CASE(a_box_may_write_into_the_ecn_field),
        CASE(a_link_may_be_down_for_a_while),
        CASE(an_outage_that_nobody_saw_is_over_all_the_same),
        CASE(a_reordered_packet_may_come_late),
        CASE(acknowledgements_are_held_and_data_is_not),
        CASE(what_is_too_big_or_too_much_vanishes),
        CASE(each_kind_of_queue_drops_early_what_drop_tail_keeps),
        CASE(a_queue_may_mark_in_place_of_dropping),
        CASE(the_impossible_is_refused),
    };
    return RUN(tests);
}
