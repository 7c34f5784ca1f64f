/* Links that refuse, block, take a part, or go away: what the loop makes of
 * them. In real time, which a link's refusals cost. */
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "duo.h"
#include "unit.h"

#define TEST(name) static void name(void **state __attribute__((unused)))

enum { PORT = 80, BYTES = 400000, CHUNK = 30000 };

enum fault { SOUND, REFUSES, SHORT, BLOCKS, BLOCKS_LONG, SLOW_READ, GOES, GOES_AT_READING };

struct faulty {
    struct tern_link link; /* first */
    struct tern_link *inner;
    enum fault fault;
    unsigned sends, reads;
    tern_ns blocked_until;
    uint64_t refused;
};

static struct faulty *faulty_of(struct tern_link *l) { return (struct faulty *)l; }

static int faulty_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    struct faulty *f = faulty_of(l);
    if (f->fault == SLOW_READ && n > 1) n = 1;
    if (f->fault == GOES_AT_READING && ++f->reads > 20) return TERN_ERR_IO;
    return f->inner->ops->recv(f->inner, now, pool, bufs, n);
}

/* How many of |n| are taken now. */
static int room(struct faulty *f, tern_ns now, int n)
{
    if (now < f->blocked_until) return 0;
    unsigned nth = f->sends++;
    switch (f->fault) {
    case REFUSES: return nth % 4 == 3 ? n : 0;
    case SHORT: return nth % 2 ? n / 2 : n > 1 ? 1 : n;
    case BLOCKS:
        if (nth % 40 != 20) return n;
        f->blocked_until = now + 15 * TERN_MS;
        return 0;
    case BLOCKS_LONG: /* the timers of what waits go off, and what they send waits, too */
        if (nth != 40) return n;
        f->blocked_until = now + 500 * TERN_MS;
        return 0;
    case GOES: return nth >= 30 ? TERN_ERR_IO : n;
    default: return n;
    }
}

static int faulty_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    struct faulty *f = faulty_of(l);
    int take = n > 0 ? room(f, now, n) : 0;
    if (take >= 0 && take < n) f->refused++;
    return take > 0 ? f->inner->ops->send(f->inner, now, pkts, take) : take;
}

static int faulty_fd(const struct tern_link *l)
{
    (void)l;
    return -1;
}

static tern_ns faulty_next(const struct tern_link *l)
{
    const struct tern_link *inner = ((const struct faulty *)l)->inner;
    return inner->ops->next(inner);
}

static void faulty_close(struct tern_link *l)
{
    tern_link_close(faulty_of(l)->inner);
    free(l);
}

static const struct tern_link_ops faulty_ops = {"faulty", faulty_recv, faulty_send, faulty_fd, faulty_next, faulty_close};

static struct faulty *faulty_new(struct tern_link *inner, enum fault fault)
{
    struct faulty *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *f = (struct faulty){.link = {&faulty_ops, inner->mtu, inner->gso_max}, .inner = inner, .fault = fault};
    return f;
}

/* ---- two programs, each with its loop ---- */

struct program {
    struct tern_stack *s;
    struct tern_loop *loop;
    struct faulty *link;
    struct tern_conn *c;
    uint64_t sent, got;
    int gone; /* times that the loop said a link is gone */
    bool end;
};

static struct tern_endpoint end_of(int i)
{
    return (struct tern_endpoint){tern_addr_v4((const uint8_t[4]){192, 0, 2, (uint8_t)(i + 1)}), i ? PORT : 0};
}

static void program_start(struct program *p, int i, struct tern_link *cable, enum fault fault)
{
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = {(uint8_t)i}};
    struct tern_if_config ic = {.mtu = 1500, .addr = {end_of(i).addr}, .prefix_len = {24}, .addr_n = 1};
    p->s = tern_stack_new(&sc);
    assert_non_null(p->s);
    int ifi = tern_stack_add_if(p->s, &ic);
    p->loop = tern_loop_new(p->s);
    assert_non_null(p->loop);
    p->link = faulty_new(cable, fault);
    assert_int_equal(tern_loop_add_link(p->loop, &p->link->link, ifi), 0);
}

static void program_stop(struct program *p)
{
    tern_loop_free(p->loop);
    tern_stack_free(p->s);
}

static void pump(struct program *p)
{
    static uint8_t buf[CHUNK];
    tern_ns now = tern_loop_now(p->loop);
    int64_t n;
    if (!p->c) return;
    while (p->sent < BYTES && (n = tern_conn_send(p->c, now, duo_pattern() + p->sent, CHUNK)) > 0) p->sent += (uint64_t)n;
    if (p->sent >= BYTES) tern_conn_close(p->c, now);
    while ((n = tern_conn_recv(p->c, now, buf, sizeof buf)) > 0) {
        assert_memory_equal(buf, duo_pattern() + p->got, (size_t)n);
        p->got += (uint64_t)n;
    }
    p->end |= n == 0;
}

static void program_go(struct program *p)
{
    struct tern_ready r;
    int n = tern_loop_wait(p->loop, 0);
    assert_true(n >= 0 || n == TERN_ERR_IO || n == TERN_ERR_AGAIN);
    p->gone += n == TERN_ERR_IO;
    while (tern_stack_next_event(p->s, &r))
        if (r.listener && !p->c) p->c = tern_listener_accept(r.listener);
    pump(p);
}

/* Until both have all, or one's link has gone. */
static void play(struct program p[2], enum fault client, enum fault server)
{
    struct tern_link *cable[2];
    struct tern_listener *l;
    struct tern_listen_config lc = {.local = {.port = PORT}};
    struct tern_endpoint to = end_of(1);
    memset(p, 0, 2 * sizeof *p);
    assert_int_equal(tern_memory_pair(1500, 0, 64, &cable[0], &cable[1]), 0);
    program_start(&p[0], 0, cable[0], client);
    program_start(&p[1], 1, cable[1], server);
    assert_int_equal(tern_stack_listen(p[1].s, &lc, &l), 0);
    assert_int_equal(tern_stack_connect(p[0].s, NULL, &to, &p[0].c), 0);
    tern_ns until = tern_loop_now(p[0].loop) + 60 * TERN_SEC;
    while (!(p[0].end && p[1].end) && !p[0].gone && !p[1].gone) {
        program_go(&p[0]);
        program_go(&p[1]);
        if (tern_loop_now(p[0].loop) > until) fail_msg("a transfer that does not end");
    }
}

/* The last acknowledgements are under way. */
static bool closed(const struct program *p)
{
    enum tern_state state = tern_conn_state(p->c);
    return state == TERN_CLOSED || state == TERN_TIME_WAIT;
}

static void all_arrives(enum fault client, enum fault server)
{
    struct program p[2];
    play(p, client, server);
    tern_ns until = tern_loop_now(p[0].loop) + 10 * TERN_SEC;
    while (!(closed(&p[0]) && closed(&p[1])) && tern_loop_now(p[0].loop) < until)
        for (int i = 0; i < 2; i++) program_go(&p[i]);
    assert_true(closed(&p[0]) && closed(&p[1]));
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        tern_stack_counters(p[i].s, &n);
        assert_int_equal(tern_conn_error(p[i].c), 0);
        assert_int_equal(n.half_n + n.resets_in + n.resets_out, 0);
        assert_int_equal(p[i].got, p[1 - i].sent);
        assert_true(p[i].got >= BYTES);
        enum fault f = p[i].link->fault;
        if (f == REFUSES || f == SHORT || f == BLOCKS) assert_true(p[i].link->refused > 5);
        if (f == BLOCKS_LONG) assert_true(p[i].link->refused > 0 && n.retransmitted > 0);
        program_stop(&p[i]);
    }
}

TEST(a_sound_link) { all_arrives(SOUND, SOUND); }
TEST(a_link_that_refuses_three_times_of_four) { all_arrives(REFUSES, REFUSES); }
TEST(a_link_that_takes_a_part) { all_arrives(SHORT, SHORT); }
TEST(a_link_that_blocks_now_and_then) { all_arrives(BLOCKS, BLOCKS); }
TEST(a_link_that_blocks_for_longer_than_a_timeout) { all_arrives(BLOCKS_LONG, SOUND); }
TEST(a_link_that_gives_one_packet_at_a_time) { all_arrives(SLOW_READ, SHORT); }

/* It is said once; the stack goes on, and ends whenever it likes. */
static void goes_away(enum fault how)
{
    struct program p[2];
    play(p, SOUND, how);
    assert_int_equal(p[1].gone, 1);
    assert_int_equal(p[0].gone, 0);
    for (int i = 0; i < 200; i++) {
        program_go(&p[0]);
        program_go(&p[1]);
    }
    assert_int_equal(p[1].gone, 1);
    assert_int_equal(tern_conn_error(p[1].c), 0); /* the peer may be there again, by another link */
    assert_true(p[0].got <= p[1].sent && p[1].got <= p[0].sent);
    program_stop(&p[0]);
    program_stop(&p[1]);
}

TEST(a_link_that_goes_away_is_told_of_once) { goes_away(GOES); }
TEST(a_link_that_goes_away_at_reading_is_told_of_once) { goes_away(GOES_AT_READING); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_link),
        cmocka_unit_test(a_link_that_refuses_three_times_of_four),
        cmocka_unit_test(a_link_that_takes_a_part),
        cmocka_unit_test(a_link_that_blocks_now_and_then),
        cmocka_unit_test(a_link_that_blocks_for_longer_than_a_timeout),
        cmocka_unit_test(a_link_that_gives_one_packet_at_a_time),
        cmocka_unit_test(a_link_that_goes_away_is_told_of_once),
        cmocka_unit_test(a_link_that_goes_away_at_reading_is_told_of_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
