/* SACK blocks that we send: RFC 2018 3, 4, RFC 2883. */
#include "xfer.h"

static void opened(struct rig *r)
{
    r->syn.sack_ok = true;
    open_mss(r, 1000);
}

static void our_syn_permits_them_and_answers_a_permission(struct rig *r)
{
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0, .sack_ok = true);
    IN(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .sack_ok = true);
    assert_true(rig_status(r).sack);
    rig_clear(r);
}

static void a_syn_ack_permits_only_what_the_syn_did(struct rig *r)
{
    rig_listen(r);
    IN(r, .flags = SYN);
    assert_false(rig_next(r)->h.opt.present & OPT_SACK_PERMITTED);
    IN(r, .flags = SYN, .sack_ok = true, .src_port = 50000);
    assert_true(rig_next(r)->h.opt.present & OPT_SACK_PERMITTED);
}

/* proves: RFC 2018 2 */
static void without_permission_there_are_none(struct rig *r)
{
    open_mss(r, 1000);
    DATA_IN(r, 11, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 255);
}

static void switched_off_there_are_none(struct rig *r)
{
    r->set.sack = 0;
    opened(r);
    assert_false(rig_status(r).sack);
    DATA_IN(r, 11, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 255);
}

static void a_block_shows_what_is_held(struct rig *r)
{
    opened(r);
    DATA_IN(r, 11, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{11, 21}});
    DATA_IN(r, 21, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{11, 31}});
}

/* proves: RFC 2018 4. The block with the segment that triggered the ACK comes first. */
static void the_most_recent_block_comes_first(struct rig *r)
{
    r->set.sack_delay = 0;
    opened(r);
    DATA_IN(r, 11, 10);
    rig_clear(r);
    DATA_IN(r, 51, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 2, .sack = {{51, 61}, {11, 21}});
    DATA_IN(r, 31, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 3, .sack = {{31, 41}, {51, 61}, {11, 21}});
    DATA_IN(r, 21, 5);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 3, .sack = {{11, 26}, {31, 41}, {51, 61}});
}

static void without_timestamps_four_blocks_fit(struct rig *r)
{
    opened(r);
    for (int64_t i = 0; i < 5; i++) DATA_IN(r, 11 + 20 * i, 10);
    rig_clear(r);
    DATA_IN(r, 111, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 4, .sack = {{111, 121}, {91, 101}, {71, 81}, {51, 61}});
}

static void beside_timestamps_three_fit(struct rig *r)
{
    r->syn.sack_ok = true;
    open_ts(r, 1000, 1);
    for (int64_t i = 0; i < 5; i++) IN(r, .flags = ACK, .seq = 11 + 20 * i, .ack = 1, .len = 10, .ts = true, .tsval = 1);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 111, .ack = 1, .len = 10, .ts = true, .tsval = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .ts = true, .sack_n = 3, .sack = {{111, 121}, {91, 101}, {71, 81}});
}

/* proves: RFC 2018 4 */
static void every_block_is_reported_at_least_three_times(struct rig *r)
{
    unsigned seen[20] = {0};
    opened(r);
    for (int64_t i = 0; i < 20; i++) {
        DATA_IN(r, 11 + 20 * i, 10);
        const struct out_seg *o = rig_next(r);
        for (unsigned k = 0; k < o->h.opt.sack_n; k++) seen[(o->h.opt.sack[k].left.v - PEER_ISN - 11) / 20]++;
    }
    for (unsigned i = 0; i + 3 < 20; i++) assert_true(seen[i] >= 3);
}

/* proves: RFC 2018 4. What the acknowledgements of a batch, which leave behind it, tell: as if each had left at its segment. */
static void in_a_batch_every_block_is_reported_too(struct rig *r)
{
    opened(r);
    for (int64_t i = 0; i < 19; i++) rig_in_batch(r, &(struct tseg){.flags = ACK, .seq = 11 + 20 * i, .ack = 1, .len = 10});
    DATA_IN(r, 391, 10);
    for (int64_t i = 0; i < 20; i++) {
        const struct wire_tcp *h = &rig_next(r)->h;
        assert_int_equal(h->opt.sack_n, i < 3 ? i + 1 : 4);
        for (int64_t k = 0; k < h->opt.sack_n; k++)
            assert_int_equal(h->opt.sack[k].left.v, (uint32_t)(PEER_ISN + 11 + 20 * (i - k)));
    }
    NONE(r);
}

/* What is in order meanwhile ends the duplicates; the blocks are told all the same. */
static void in_a_batch_with_a_filled_hole_too(struct rig *r)
{
    unsigned seen[10] = {0}, acks = 0;
    opened(r);
    for (int64_t i = 0; i < 10; i++) rig_in_batch(r, &(struct tseg){.flags = ACK, .seq = 31 + 20 * i, .ack = 1, .len = 10});
    DATA_IN(r, 1, 10);
    for (const struct out_seg *o; (o = rig_next(r)) != NULL; acks++) {
        assert_int_equal(o->h.ack.v, PEER_ISN + 11);
        for (unsigned k = 0; k < o->h.opt.sack_n; k++) seen[(o->h.opt.sack[k].left.v - PEER_ISN - 31) / 20]++;
    }
    assert_int_equal(acks, 4);
    for (unsigned i = 0; i < 10; i++) assert_true(seen[i] >= 1);
}

static void without_sack_a_filled_hole_leaves_no_duplicates(struct rig *r)
{
    rig_passive(r);
    for (int64_t i = 0; i < 10; i++) rig_in_batch(r, &(struct tseg){.flags = ACK, .seq = 31 + 20 * i, .ack = 1, .len = 10});
    DATA_IN(r, 1, 10);
    ACK_OUT(r, 11);
    NONE(r);
}

static void a_filled_hole_leaves_the_rest(struct rig *r)
{
    opened(r);
    DATA_IN(r, 11, 10);
    DATA_IN(r, 31, 10);
    rig_clear(r);
    DATA_IN(r, 1, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 21, .sack_n = 1, .sack = {{31, 41}});
    DATA_IN(r, 21, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 41, .sack_n = 255);
}

/* proves: RFC 2883 4. RFC 2883 4.1.1 */
static void a_segment_received_twice_is_reported_first_and_once(struct rig *r)
{
    opened(r);
    DATA_IN(r, 1, 100);
    DATA_IN(r, 1, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .sack_n = 1, .sack = {{1, 101}});
    DATA_IN(r, 101, 100);
    DATA_IN(r, 201, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 301, .sack_n = 255);
}

/* RFC 2883 4.1.2 */
static void a_duplicate_stands_before_what_is_held(struct rig *r)
{
    opened(r);
    DATA_IN(r, 1, 100);
    DATA_IN(r, 201, 100);
    rig_clear(r);
    DATA_IN(r, 1, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .sack_n = 2, .sack = {{1, 101}, {201, 301}});
    DATA_IN(r, 401, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .sack_n = 2, .sack = {{401, 501}, {201, 301}});
}

/* RFC 2883 4.1.3: a duplicate of held data is followed by the block that contains it. */
static void a_duplicate_of_held_data_is_followed_by_its_block(struct rig *r)
{
    opened(r);
    DATA_IN(r, 11, 30);
    DATA_IN(r, 61, 10);
    rig_clear(r);
    DATA_IN(r, 21, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 3, .sack = {{21, 31}, {11, 41}, {61, 71}});
}

/* RFC 2883 4.2.1 */
static void of_a_partial_duplicate_the_old_part_is_reported(struct rig *r)
{
    opened(r);
    DATA_IN(r, 1, 100);
    DATA_IN(r, 51, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 151, .sack_n = 1, .sack = {{51, 101}});
}

static void a_duplicate_takes_the_place_of_one_block(struct rig *r)
{
    opened(r);
    DATA_IN(r, 1, 10);
    for (int64_t i = 0; i < 5; i++) DATA_IN(r, 21 + 20 * i, 10);
    rig_clear(r);
    DATA_IN(r, 1, 10);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11, .sack_n = 4, .sack = {{1, 11}, {101, 111}, {81, 91}, {61, 71}});
}

static void a_fin_alone_out_of_order_is_no_block(struct rig *r)
{
    opened(r);
    IN(r, .flags = FIN | ACK, .seq = 11, .ack = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 255);
}

static void blocks_wrap_with_the_numbers(struct rig *r)
{
    opened(r); /* the peer's numbers wrap at 16 */
    DATA_IN(r, 6, 20);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .sack_n = 1, .sack = {{6, 26}});
    DATA_IN(r, 1, 5);
    ACK_OUT(r, 26);
}

/* RFC 2883 4: one segment, two pieces that were here: the first is told. */
static void of_several_duplicates_the_first_is_told(struct rig *r)
{
    r->syn.sack_ok = true;
    open_mss(r, 1000);
    DATA_IN(r, 1, 100);
    DATA_IN(r, 201, 100);
    DATA_IN(r, 401, 100);
    rig_clear(r);
    DATA_IN(r, 51, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1051, .sack_n = 1, .sack = {{51, 101}});
}

static const struct rig_test tests[] = {
    RIG_TEST(of_several_duplicates_the_first_is_told),
    RIG_TEST(our_syn_permits_them_and_answers_a_permission),
    RIG_TEST(a_syn_ack_permits_only_what_the_syn_did),
    RIG_TEST(without_permission_there_are_none),
    RIG_TEST(switched_off_there_are_none),
    RIG_TEST(a_block_shows_what_is_held),
    RIG_TEST(the_most_recent_block_comes_first),
    RIG_TEST(without_timestamps_four_blocks_fit),
    RIG_TEST(beside_timestamps_three_fit),
    RIG_TEST(every_block_is_reported_at_least_three_times),
    RIG_TEST(in_a_batch_every_block_is_reported_too),
    RIG_TEST(in_a_batch_with_a_filled_hole_too),
    RIG_TEST(without_sack_a_filled_hole_leaves_no_duplicates),
    RIG_TEST(a_filled_hole_leaves_the_rest),
    RIG_TEST(a_segment_received_twice_is_reported_first_and_once),
    RIG_TEST(a_duplicate_stands_before_what_is_held),
    RIG_TEST(a_duplicate_of_held_data_is_followed_by_its_block),
    RIG_TEST(of_a_partial_duplicate_the_old_part_is_reported),
    RIG_TEST(a_duplicate_takes_the_place_of_one_block),
    RIG_TEST(a_fin_alone_out_of_order_is_no_block),
    RIG_TEST(blocks_wrap_with_the_numbers),
};

RIG_MAIN(tests)
