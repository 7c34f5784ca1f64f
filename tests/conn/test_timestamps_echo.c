/* Which timestamp an acknowledgement echoes when the segment came before (RFC 7323 4.3). */
#include "rig.h"

static void data_again_is_answered_with_its_own_timestamp(struct rig *r)
{
    r->syn.ts = true, r->syn.tsval = 100;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 600, .ts = true, .tsval = 200);
    IN(r, .flags = ACK, .seq = 601, .ack = 1, .len = 600, .ts = true, .tsval = 200);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1201, .ts = true, .tsecr = 200);
    rig_pass(r, TERN_SEC); /* that was lost */
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 600, .ts = true, .tsval = 1200);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1201, .ts = true, .tsecr = 1200);
}

static void an_older_timestamp_is_not_taken_up(struct rig *r)
{
    r->syn.ts = true, r->syn.tsval = 100;
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 600, .ts = true, .tsval = 200);
    IN(r, .flags = ACK, .seq = 601, .ack = 1, .len = 600, .ts = true, .tsval = 200);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 600, .ts = true, .tsval = 150);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1201, .ts = true, .tsecr = 200);
}

static void what_is_long_gone_is_not_taken_up(struct rig *r)
{
    r->set.receive_buffer = 4096;
    r->syn.ts = true, r->syn.tsval = 100;
    rig_passive(r);
    for (int64_t i = 0; i < 20; i++) {
        IN(r, .flags = ACK, .seq = 1 + 600 * i, .ack = 1, .len = 600, .ts = true, .tsval = 200);
        READ(r, 600);
    }
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 600, .ts = true, .tsval = 1200);
    OUT(r, .flags = ACK, .seq = 1, .ack = 12001, .ts = true, .tsecr = 200);
}

static const struct rig_test tests[] = {
    RIG_TEST(data_again_is_answered_with_its_own_timestamp),
    RIG_TEST(an_older_timestamp_is_not_taken_up),
    RIG_TEST(what_is_long_gone_is_not_taken_up),
};

RIG_MAIN(tests)
