/* Attacks 13, 21, 23: forged timestamps (CVE-2005-0356), overlaps with other bytes (Ptacek and Newsham), a peer that takes back
 * what it gave (smoltcp #489). */
#include "attack_test.h"

/* ---- 13 ---- */

/* A peer whose clock stands at |now|, and goes on. */
static void real_traffic(struct rig *r, int64_t at, uint32_t now, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) IN(r, .flags = ACK, .seq = at + 10 * i, .ack = 1, .len = 10, .ts = true, .tsval = now + i);
    READ(r, 10 * (int64_t)n);
    rig_clear(r);
}

/* proves: ATTACK-13. All that somebody can send who does not know RCV.NXT, with a clock that is ahead by all but 2^31. */
static void forged_timestamps_do_not_shut_the_peer_out(struct rig *r)
{
    const uint32_t start = UINT32_C(0xffffff00); /* the real clock wraps */
    r->syn.ts = true, r->syn.tsval = start;
    rig_passive(r);
    int64_t next = 1;
    for (uint32_t round = 0; round < 50; round++) {
        uint32_t ahead = start + round * 10 + UINT32_C(0x7fffff00);
        static const int64_t where[] = {-100000, -20, 1, 500, 30000, 100000, 100000000};
        for (int i = 0; i < 7; i++) {
            FLOOD(r, .flags = ACK, .seq = next + where[i], .ack = 1, .len = i == 1 ? 5 : 0, .ts = true, .tsval = ahead);
            FLOOD(r, .flags = ACK, .seq = next + where[i], .ack = 70000, .len = 5, .ts = true, .tsval = ahead);
            FLOOD(r, .flags = SYN, .seq = next + where[i], .ts = true, .tsval = ahead);
            FLOOD(r, .flags = RST, .seq = next + where[i], .ts = true, .tsval = ahead);
        }
        FLOOD(r, .flags = ACK, .seq = next, .ack = 70000, .len = 5, .ts = true, .tsval = ahead);
        FLOOD(r, .flags = ACK, .seq = next, .ack = -100000, .len = 5, .ts = true, .tsval = ahead);
        real_traffic(r, next, start + round * 10, 10);
        next += 100;
    }
    STATE(r, TERN_ESTABLISHED);
}

/* proves: ATTACK-13 */
static void after_24_idle_days_the_peers_clock_may_stand_anywhere(struct rig *r)
{
    r->syn.ts = true, r->syn.tsval = 1000;
    rig_passive(r);
    real_traffic(r, 1, 1001, 10);
    rig_pass(r, 25 * 86400 * TERN_SEC);
    real_traffic(r, 101, 1011 + UINT32_C(0x80000100), 10);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- 21 ---- */

enum { SPAN = 600 };

/* A segment of |len| bytes, all of them |what|. */
static void of_one_byte(struct rig *r, uint16_t flags, int64_t at, uint32_t len, uint8_t what)
{
    uint8_t p[1600];
    size_t head = r->v6 ? 60 : 40, n = rig_build(r, &(struct tseg){.flags = flags, .seq = at, .ack = 1, .len = len}, p);
    memset(p + head, what, len);
    struct wire_ip ip = {.src = r->remote.addr, .dst = r->local.addr};
    uint8_t *tcp = p + head - 20;
    tcp[16] = tcp[17] = 0;
    csum_put(tcp + 16, csum_add(csum_pseudo(&ip.src, &ip.dst, 6, (uint32_t)(n - (head - 20))), tcp, n - (head - 20)));
    rig_raw(r, p, n);
}

static void overlap(struct rig *r, uint32_t *chance)
{
    uint8_t first[SPAN + 1] = {0}, got[SPAN + 64]; /* by number, from 1; 0: nobody sent it yet */
    int64_t next = 1, read = 0;
    rig_clear(r);
    for (uint8_t what = 1; what < 255 && next <= SPAN; what++) {
        uint32_t len = 1 + lot(chance, 80), back = lot(chance, 40);
        int64_t at = next - (int64_t)back + (int64_t)lot(chance, 160);
        if (what % 8 == 0) at = next - (int64_t)lot(chance, 5);
        if (at < 1) at = 1;
        if (at + len > SPAN + 1) len = at > SPAN ? 0 : (uint32_t)(SPAN + 1 - at);
        if (!len) continue;
        of_one_byte(r, ACK, at, len, what);
        for (int64_t i = at; i < at + len; i++)
            if (!first[i]) first[i] = what;
        while (next <= SPAN && first[next]) next++;
        int64_t n = tern_conn_recv(r->c, r->now, got, sizeof got);
        for (int64_t i = 0; i < n; i++) assert_int_equal(got[i], first[1 + read + i]);
        if (n > 0) read += n;
        assert_int_equal(read, next - 1); /* all of it, and at once */
        rig_clear(r);
    }
}

static uint32_t chance;
static void one_overlap(struct rig *r, enum tern_state s)
{
    reach(r, s);
    overlap(r, &chance);
}

/* proves: ATTACK-21 */
static void where_segments_overlap_the_first_bytes_win(struct rig *r)
{
    chance = r->iss ^ 99;
    for (int i = 0; i < 40; i++) each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, one_overlap);
}

static void expect_then_end(struct rig *r, uint32_t n)
{
    uint8_t got[200];
    assert_int_equal(tern_conn_recv(r->c, r->now, got, sizeof got), n);
    for (uint32_t i = 0; i < n; i++) assert_int_equal(got[i], i < 50 ? 'c' : 'a');
    assert_int_equal(tern_conn_recv(r->c, r->now, got, sizeof got), 0);
    STATE(r, TERN_CLOSE_WAIT);
}

/* proves: ATTACK-21. The end came first: there is nothing behind it. */
static void bytes_behind_a_fin_that_came_first_are_none(struct rig *r)
{
    rig_passive(r);
    of_one_byte(r, FIN | ACK, 51, 50, 'a');
    of_one_byte(r, ACK, 91, 60, 'b');
    of_one_byte(r, ACK, 120, 10, 'b');
    of_one_byte(r, ACK, 1, 50, 'c');
    expect_then_end(r, 100);
}

/* proves: ATTACK-21. The bytes came first: a FIN before them is a lie, the one behind them is not. */
static void a_fin_before_bytes_that_came_first_is_none(struct rig *r)
{
    rig_passive(r);
    of_one_byte(r, ACK, 51, 50, 'a');
    of_one_byte(r, FIN | ACK, 60, 10, 'b');
    of_one_byte(r, FIN | ACK, 91, 10, 'b');
    of_one_byte(r, ACK, 1, 50, 'c');
    expect_then_end(r, 100);
}

/* ---- 23 ---- */

/* The peer's end of a transfer that never loses, but changes its mind: it offers windows that it takes back, and reports segments
 * that it throws away. */
struct mind {
    uint8_t have[40000 + 2];
    int64_t una;
    uint32_t chance;
};

static void peer_takes(struct mind *m, const struct rig *r, const struct out_seg *o)
{
    int64_t at = (int32_t)(o->h.seq.v - r->iss);
    for (uint32_t i = 0; i < o->h.len; i++) {
        assert_int_equal(o->h.data[i], rig_byte((uint64_t)(at - 1 + i)));
        m->have[at + i] = 1;
    }
}

static void peer_answers(struct mind *m, struct rig *r)
{
    struct tseg t = {.flags = ACK, .seq = 1, .wnd = lot(&m->chance, 4) ? 1 + lot(&m->chance, 20000) : NO_WINDOW};
    if (lot(&m->chance, 3))
        while (m->una <= 40000 && m->have[m->una]) m->una++;
    int64_t left = m->una + 1;
    while (left <= 40000 && !m->have[left]) left++;
    int64_t right = left;
    while (right <= 40000 && m->have[right]) right++;
    if (right > left) t.sack_n = 1, t.sack[0][0] = left, t.sack[0][1] = right;
    t.ack = m->una;
    IN(r, .flags = t.flags, .seq = 1, .ack = t.ack, .wnd = t.wnd, .sack_n = t.sack_n, .sack = {{t.sack[0][0], t.sack[0][1]}});
    if (!lot(&m->chance, 5)) /* all that was only reported is thrown away */
        memset(m->have + m->una, 0, sizeof m->have - (size_t)m->una);
}

/* proves: ATTACK-23 */
static void a_peer_that_takes_back_gets_every_byte(struct rig *r)
{
    struct mind *m = calloc(1, sizeof *m);
    m->una = 1, m->chance = r->iss ^ 5;
    r->syn.mss = 1000, r->syn.sack_ok = true;
    rig_passive(r);
    rig_send(r, 40000);
    for (int round = 0; m->una <= 40000 && round < 10000; round++) { /* the slowest of 320 seeds needs some 5,000 */
        bool any = false;
        for (const struct out_seg *o; (o = rig_next(r)) != NULL; any = true)
            if (lot(&m->chance, 4)) peer_takes(m, r, o);
        if (any || lot(&m->chance, 2)) peer_answers(m, r);
        rig_pass(r, any ? 20 * TERN_MS : TERN_SEC);
        STATE(r, TERN_ESTABLISHED);
    }
    assert_int_equal(m->una, 40001);
    IN(r, .flags = ACK, .seq = 1, .ack = 40001);
    assert_int_equal(rig_status(r).send_queue, 0);
    free(m);
}

static const struct rig_test tests[] = {
    RIG_TEST(forged_timestamps_do_not_shut_the_peer_out), RIG_TEST(after_24_idle_days_the_peers_clock_may_stand_anywhere),
    RIG_TEST(where_segments_overlap_the_first_bytes_win), RIG_TEST(bytes_behind_a_fin_that_came_first_are_none),
    RIG_TEST(a_fin_before_bytes_that_came_first_is_none), RIG_TEST(a_peer_that_takes_back_gets_every_byte),
};

RIG_MAIN(tests)
