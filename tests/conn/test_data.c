/* Data: every byte has a number, acknowledgements are cumulative (RFC 9293 3.4), and the calls that give and take bytes (3.9.1).
 */
#include <stdlib.h>
#include <time.h>

#include "xfer.h"

static void bytes_are_numbered_after_the_syn(struct rig *r)
{
    rig_passive(r);
    rig_send(r, 10);
    DATA_OUT(r, 1, 10);
    ACK_IN(r, 11);
    rig_send(r, 5);
    DATA_OUT(r, 11, 5);
    NONE(r);
}

static void one_ack_acknowledges_all_before_it(struct rig *r)
{
    open_mss(r, 1000);
    rig_send(r, 5000);
    out_full(r, 1, 1000, 5);
    ACK_IN(r, 5001);
    assert_int_equal(rig_status(r).send_queue, 0);
    assert_int_equal(rig_status(r).bytes_acked, 5000);
    rig_pass(r, 10 * TERN_SEC);
    NONE(r);
}

static void an_ack_inside_a_segment_frees_only_what_it_covers(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 3000);
    ACK_IN(r, 1501);
    struct tern_status st = rig_status(r);
    assert_int_equal(st.send_queue, 1500);
    assert_int_equal(st.flight, 1500);
    assert_int_equal(st.snd_una, r->iss + 1501);
}

static void an_old_ack_changes_nothing(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 2000);
    ACK_IN(r, 2001);
    ACK_IN(r, 1001);
    NONE(r);
    SAW(r, ACK_OLD);
    assert_int_equal(rig_status(r).snd_una, r->iss + 2001);
}

static void an_ack_of_what_was_not_sent_is_answered_and_ignored(struct rig *r)
{
    open_mss(r, 1000);
    send_quietly(r, 100);
    ACK_IN(r, 102);
    OUT(r, .flags = ACK, .seq = 101, .ack = 1);
    assert_int_equal(rig_status(r).snd_una, r->iss + 1);
    assert_int_equal(rig_drops(r, TERN_DROP_ACK_UNSENT), 1);
}

static void a_pure_ack_takes_no_number(struct rig *r)
{
    rig_passive(r);
    set_option(r, TERN_OPT_DELACK, 0);
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 11);
    DATA_IN(r, 11, 10);
    ACK_OUT(r, 21);
    rig_send(r, 3);
    OUT(r, .flags = ACK, .seq = 1, .ack = 21, .len = 3);
}

static void data_both_ways_carries_the_acknowledgements(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 5; i++) {
        IN(r, .flags = ACK, .seq = 1 + 10 * i, .ack = 1 + 20 * i, .len = 10);
        READ(r, 10);
        rig_send(r, 20);
        OUT(r, .flags = ACK, .seq = 1 + 20 * i, .ack = 11 + 10 * i, .len = 20);
        NONE(r);
    }
}

static void data_and_ack_in_one_segment_are_both_taken(struct rig *r)
{
    rig_passive(r);
    send_quietly(r, 100);
    IN(r, .flags = ACK | PSH, .seq = 1, .ack = 101, .len = 7);
    assert_int_equal(rig_status(r).send_queue, 0);
    READ(r, 7);
}

static void recv_gives_bytes_in_the_pieces_asked_for(struct rig *r)
{
    uint8_t buf[64];
    rig_passive(r);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), TERN_ERR_AGAIN);
    DATA_IN(r, 1, 10);
    DATA_IN(r, 11, 10);
    assert_int_equal(tern_conn_readable(r->c), 20);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 0), 0);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, 15), 15);
    for (unsigned i = 0; i < 15; i++) assert_int_equal(buf[i], rig_byte(i));
    assert_int_equal(tern_conn_readable(r->c), 5);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 5);
    assert_int_equal(buf[4], rig_byte(19));
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), TERN_ERR_AGAIN);
}

static void after_the_last_byte_recv_says_that_the_peer_closed(struct rig *r)
{
    uint8_t buf[8];
    rig_passive(r);
    IN(r, .flags = ACK | FIN, .seq = 1, .ack = 1, .len = 4);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 4);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 0);
    assert_int_equal(tern_conn_recv(r->c, r->now, buf, sizeof buf), 0);
}

static void arrival_raises_readable_once(struct rig *r)
{
    rig_passive(r);
    rig_events(r);
    DATA_IN(r, 1, 10);
    assert_true(rig_events(r) & TERN_READABLE);
    assert_int_equal(rig_events(r), 0);
    DATA_IN(r, 21, 10); /* out of order: nothing to read yet */
    assert_false(rig_events(r) & TERN_READABLE);
}

static void recv_buf_lends_the_bytes_themselves(struct rig *r)
{
    int err = 1;
    int64_t n = 0;
    rig_passive(r);
    assert_null(tern_conn_recv_buf(r->c, r->now, &err));
    assert_int_equal(err, TERN_ERR_AGAIN);
    DATA_IN(r, 1, 1000);
    DATA_IN(r, 1001, 1000);
    for (struct tern_buf *b; (b = tern_conn_recv_buf(r->c, r->now, &err)) != NULL; tern_buf_unref(b)) {
        for (uint32_t i = 0; i < b->len; i++) assert_int_equal(b->data[i], rig_byte((uint64_t)n + i));
        n += b->len;
    }
    assert_int_equal(n, 2000);
    assert_int_equal(err, TERN_ERR_AGAIN);
    assert_int_equal(tern_conn_readable(r->c), 0);
    IN(r, .flags = ACK | FIN, .seq = 2001, .ack = 1);
    assert_null(tern_conn_recv_buf(r->c, r->now, &err));
    assert_int_equal(err, 0);
}

static void the_send_buffer_bounds_what_send_takes(struct rig *r)
{
    uint8_t data[8000];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = rig_byte(i);
    r->set.send_buffer = 4096;
    r->set.send_buffer_max = 0;
    open_mss(r, 1000);
    rig_events(r);
    assert_int_equal(tern_conn_writable(r->c), 4096);
    assert_int_equal(tern_conn_send(r->c, r->now, data, sizeof data), 4096);
    assert_int_equal(tern_conn_writable(r->c), 0);
    assert_int_equal(tern_conn_send(r->c, r->now, data, 1), TERN_ERR_AGAIN);
    rig_clear(r);
    assert_false(rig_events(r) & TERN_WRITABLE);
    ACK_IN(r, 4001);
    assert_true(rig_events(r) & TERN_WRITABLE);
    assert_int_equal(tern_conn_writable(r->c), 4000);
}

static void writable_comes_when_a_good_part_of_the_buffer_is_free(struct rig *r)
{
    r->set.send_buffer = 9000;
    r->set.send_buffer_max = 0;
    open_mss(r, 1000);
    rig_send(r, 9000);
    assert_int_equal(tern_conn_send(r->c, r->now, "x", 1), TERN_ERR_AGAIN);
    rig_events(r);
    ACK_IN(r, 1001);
    assert_false(rig_events(r) & TERN_WRITABLE);
    ACK_IN(r, 5001);
    assert_true(rig_events(r) & TERN_WRITABLE);
    ACK_IN(r, 9001);
    assert_false(rig_events(r) & TERN_WRITABLE); /* nobody was refused since */
}

static void send_of_nothing_takes_nothing(struct rig *r)
{
    rig_passive(r);
    assert_int_equal(tern_conn_send(r->c, r->now, "", 0), 0);
    NONE(r);
}

static void static_data_is_sent_from_its_place_and_again(struct rig *r)
{
    static uint8_t data[3000];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = rig_byte(i);
    open_mss(r, 1000);
    rig_events(r);
    assert_int_equal(tern_conn_send_static(r->c, r->now, data, sizeof data, 0), sizeof data);
    out_full(r, 1, 1000, 3);
    rig_pass(r, 200 * TERN_MS);
    DATA_OUT(r, 1, 1000);
    ACK_IN(r, 3001);
    assert_true(rig_events(r) & TERN_SENT);
    NONE(r);
}

static void flags_hold_for_data_without_a_copy(struct rig *r)
{
    static uint8_t data[700];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = rig_byte(i);
    open_mss(r, 1000);
    assert_int_equal(tern_conn_send_static(r->c, r->now, data, 700, TERN_SEND_MORE), 700);
    NONE(r);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), 200);
    for (unsigned i = 0; i < 200; i++) b->data[i] = rig_byte(700 + i);
    b->len = 200;
    assert_int_equal(tern_conn_send_buf(r->c, r->now, b, TERN_SEND_EOR), 200);
    DATA_OUT(r, 1, 900);
    ACK_IN(r, 901);
    NONE(r);
}

static void send_buf_takes_a_buffer_over(struct rig *r)
{
    r->set.send_buffer = 2048;
    open_mss(r, 1000);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), 2000);
    for (unsigned i = 0; i < 2000; i++) b->data[i] = rig_byte(i);
    b->len = 2000;
    assert_int_equal(tern_conn_send_buf(r->c, r->now, b, 0), 2000);
    out_full(r, 1, 1000, 2);
    b = tern_buf_get(tern_stack_pool(r->s), 100);
    b->len = 100;
    assert_int_equal(tern_conn_send_buf(r->c, r->now, b, 0), TERN_ERR_AGAIN); /* all or nothing */
    tern_buf_unref(b);
    rig_events(r);
    ACK_IN(r, 2001);
    assert_true(rig_events(r) & TERN_WRITABLE);
}

/* The CPU time that |n| buffers of one byte each take until all are acknowledged; even ones end records. */
static clock_t pieces(struct rig *r, unsigned n, bool records)
{
    int64_t end = (int64_t)r->sent_n + n;
    clock_t began = clock();
    for (unsigned i = 0; i < n; i++) {
        uint8_t byte = rig_byte(r->sent_n++);
        if (records) {
            assert_int_equal(tern_conn_send_with(r->c, r->now, &byte, 1, i % 2 ? TERN_SEND_EOR : 0), 1);
            continue;
        }
        struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), 1);
        b->data[0] = byte;
        b->len = 1;
        assert_int_equal(tern_conn_send_buf(r->c, r->now, b, 0), 1);
    }
    rig_collect(r);
    unsigned left = n; /* of rounds */
    for (int64_t at = end - n; at < end; left--) {
        assert_true(left);
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) at += o->h.len;
        IN(r, .flags = ACK, .seq = 1, .ack = 1 + at, .wnd = 4000);
    }
    return clock() - began;
}

static void many_small_pieces_are_not_gone_through_again_and_again(struct rig *r)
{
    enum { N = 12000, TIMES = 5 };
    if (r->v6 || r->iss) return; /* where it lies in memory and time is the same for all */
    r->memory_cap = 1 << 28;
    open_mss(r, 1000);
    set_option(r, TERN_OPT_NODELAY, 1);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .wnd = 4000);
    for (int records = 0; records <= 1; records++) {
        clock_t few = 0, many = 0;
        for (int i = 0; i < 3; i++) {
            clock_t a = pieces(r, N, records), b = pieces(r, TIMES * N, records);
            if (!i || a < few) few = a;
            if (!i || b < many) many = b;
        }
        assert_true(many < 2 * TIMES * few);
    }
}

static void a_received_buffer_can_be_sent_on_without_a_copy(struct rig *r)
{
    int err;
    open_mss(r, 1000);
    DATA_IN(r, 1, 900);
    struct tern_buf *b = tern_conn_recv_buf(r->c, r->now, &err);
    assert_non_null(b);
    assert_int_equal(tern_conn_send_buf(r->c, r->now, b, 0), 900);
    OUT(r, .flags = ACK, .seq = 1, .ack = 901, .len = 900);
    ACK_IN(r, 901);
}

static void a_megabyte_each_way_arrives_whole(struct rig *r)
{
    const int64_t all = 1 << 20;
    int64_t sent = 0, got = 1;
    r->syn.ws = 8;
    open_mss(r, 1460);
    for (int64_t at = 1; at <= all || got <= all; at += 1400) {
        uint32_t n = (uint32_t)(all + 1 - at > 1400 ? 1400 : all + 1 - at);
        if (at <= all) IN(r, .flags = ACK, .seq = at, .ack = got, .len = n);
        if (at > all) IN(r, .flags = ACK, .seq = all + 1, .ack = got);
        if (rig_status(r).receive_queue > 100000 || at + 1400 > all) rig_read(r);
        if (sent < all) rig_send(r, 4096), sent += 4096;
        for (const struct out_seg *o; (o = rig_next(r)) != NULL;) {
            if (!o->h.len) continue;
            assert_int_equal((int32_t)(o->h.seq.v - r->iss), got);
            for (uint32_t i = 0; i < o->h.len; i++) assert_int_equal(o->h.data[i], rig_byte((uint64_t)got - 1 + i));
            got += o->h.len;
        }
    }
    assert_int_equal(r->read_n, all);
    assert_int_equal(got, all + 1);
    assert_int_equal(rig_status(r).retransmitted, 0);
}

/* ---- a peer that loses segments and acknowledgements, and reads when it likes ---- */

enum { STREAM = 60000, PEER_MSS = 1000 };

struct peer {
    bool got[STREAM + 2]; /* by number; the FIN's is STREAM + 1 */
    int64_t next, edge;   /* what it expects, and the right edge of its window */
    int64_t consumed;
    uint32_t random, segments;
};

static uint32_t chance(struct peer *p, uint32_t below)
{
    p->random = p->random * UINT32_C(1664525) + UINT32_C(1013904223);
    return (p->random >> 8) % below;
}

static void peer_takes(struct peer *p, int64_t from, uint32_t len, bool fin)
{
    for (int64_t i = from; i < from + len + fin && i < p->edge + fin && i <= STREAM + 1; i++) p->got[i] = true;
    while (p->next <= STREAM + 1 && p->got[p->next]) p->next++;
}

/* It reads, and never takes window back. Now and then the window is shut, or silly. */
static void peer_answers(struct rig *r, struct peer *p)
{
    if (chance(p, 3)) p->consumed += chance(p, (uint32_t)(p->next - p->consumed) + 1);
    int64_t edge = p->consumed + 1 + 6000;
    if (edge - p->edge >= (chance(p, 8) ? 1000 : 1)) p->edge = edge;
    int64_t wnd = p->edge > p->next ? p->edge - p->next : 0;
    if (chance(p, 8)) IN(r, .flags = ACK, .seq = 1, .ack = p->next, .wnd = wnd ? (uint32_t)wnd : NO_WINDOW);
}

/* One packet on its way: it may stand for many segments, each of which may be lost. */
static void peer_gets(struct rig *r, struct peer *p, const struct wire_tcp *h)
{
    int64_t from = (int32_t)(h->seq.v - r->iss);
    bool fin = (h->flags & FIN) != 0, answer = h->len > 0 || fin;
    assert_true(from + h->len <= p->edge || h->len == 1); /* a probe may be one byte beyond */
    for (uint32_t i = 0; i < h->len; i++) assert_int_equal(h->data[i], rig_byte((uint64_t)from - 1 + i));
    for (uint32_t at = 0; at < h->len + fin; at += PEER_MSS) {
        uint32_t n = h->len - at < PEER_MSS ? h->len - at : PEER_MSS;
        p->segments++;
        if (chance(p, 10)) peer_takes(p, from + at, n, fin && at + n == h->len);
    }
    if (answer) peer_answers(r, p);
}

static void lossy_peer(struct rig *r)
{
    struct peer *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->random = 99 + r->iss + r->v6 + r->gso_max;
    p->next = 1, p->edge = 6001;
    r->syn.wnd = 6000;
    open_mss(r, PEER_MSS);
    rig_send(r, STREAM);
    rig_close(r);
    for (int i = 0; i < 30000 && p->next <= STREAM + 1; i++) {
        static uint8_t copy[TERN_PACKET_MAX];
        const struct out_seg *o = rig_next(r);
        if (!o) {
            rig_pass(r, 20 * TERN_MS);
            if (!chance(p, 20)) peer_answers(r, p);
            continue;
        }
        struct wire_tcp h = o->h; /* the answer may take the packet away */
        memcpy(copy, h.data, h.len);
        h.data = copy;
        peer_gets(r, p, &h);
    }
    assert_int_equal(p->next, STREAM + 2);
    assert_true(p->segments < 2000);
    free(p);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = STREAM + 2, .wnd = 6000);
    STATE(r, TERN_FIN_WAIT_2);
}

static void a_lossy_peer_with_a_small_window_gets_every_byte(struct rig *r) { lossy_peer(r); }

static void a_lossy_peer_gets_every_byte_by_super_segments(struct rig *r)
{
    r->gso_max = 65535;
    lossy_peer(r);
}

static const struct rig_test tests[] = {
    RIG_TEST(bytes_are_numbered_after_the_syn),
    RIG_TEST(one_ack_acknowledges_all_before_it),
    RIG_TEST(an_ack_inside_a_segment_frees_only_what_it_covers),
    RIG_TEST(an_old_ack_changes_nothing),
    RIG_TEST(an_ack_of_what_was_not_sent_is_answered_and_ignored),
    RIG_TEST(a_pure_ack_takes_no_number),
    RIG_TEST(data_both_ways_carries_the_acknowledgements),
    RIG_TEST(data_and_ack_in_one_segment_are_both_taken),
    RIG_TEST(recv_gives_bytes_in_the_pieces_asked_for),
    RIG_TEST(after_the_last_byte_recv_says_that_the_peer_closed),
    RIG_TEST(arrival_raises_readable_once),
    RIG_TEST(recv_buf_lends_the_bytes_themselves),
    RIG_TEST(the_send_buffer_bounds_what_send_takes),
    RIG_TEST(writable_comes_when_a_good_part_of_the_buffer_is_free),
    RIG_TEST(send_of_nothing_takes_nothing),
    RIG_TEST(static_data_is_sent_from_its_place_and_again),
    RIG_TEST(flags_hold_for_data_without_a_copy),
    RIG_TEST(send_buf_takes_a_buffer_over),
    RIG_TEST(many_small_pieces_are_not_gone_through_again_and_again),
    RIG_TEST(a_received_buffer_can_be_sent_on_without_a_copy),
    RIG_TEST(a_megabyte_each_way_arrives_whole),
    RIG_TEST(a_lossy_peer_with_a_small_window_gets_every_byte),
    RIG_TEST(a_lossy_peer_gets_every_byte_by_super_segments),
};

RIG_MAIN(tests)
