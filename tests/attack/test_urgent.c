/* Attack 3: URGENT/11 (CVE-2019-12255, 12260, 12261, 12263): pointers to where no data is, beside data in every order. A model of
 * RFC 9293 3.8.5 says where the mark is; the rig verifies each byte. What sockets make of the mark stands in
 * tests/unit/test_sock_urgent.c. */
#include "attack_test.h"

struct model {
    int64_t mark; /* number behind the last urgent byte; 0: none */
};

/* What the pointer of a segment at |at| means, when |read| is the number of the next byte that the application reads. */
static void told(struct model *m, int64_t at, uint16_t urp, int64_t read)
{
    int64_t up = at + urp;
    if (up > read && up > m->mark) m->mark = up;
}

static void agrees(struct rig *r, const struct model *m)
{
    int64_t read = 1 + (int64_t)r->read_n;
    assert_int_equal(tern_conn_urgent(r->c), m->mark > read ? m->mark - read : 0);
}

static uint16_t pointer_of(unsigned i, uint32_t len)
{
    const uint16_t pointers[] = {0, 1, (uint16_t)(len - 1), (uint16_t)len, (uint16_t)(len + 1), 65535};
    return pointers[i];
}
enum { POINTERS = 6, LEN = 10 };

/* proves: ATTACK-3. In order, a hole before it, over what is known, and over what is known and new. */
static void each_pointer_in_each_place_means_what_the_model_says(struct rig *r)
{
    static const int64_t place[] = {0, 5, -5, -10, -3};
    struct model m = {0};
    rig_passive(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 20);
    READ(r, 20);
    int64_t next = 21;
    for (unsigned round = 0; round < 2; round++) /* read at once, and left for the second round */
        for (unsigned k = 0; k < 5; k++)
            for (unsigned i = 0; i < POINTERS; i++) {
                int64_t at = next + place[k];
                IN(r, .flags = ACK | URG, .seq = at, .ack = 1, .len = LEN, .urp = pointer_of(i, LEN));
                if (at + LEN > next) told(&m, at, pointer_of(i, LEN), 1 + (int64_t)r->read_n);
                agrees(r, &m);
                IN(r, .flags = ACK, .seq = next, .ack = 1, .len = LEN + 5); /* what was missing */
                next += LEN + 5;
                if (!round || i % 2) rig_read(r);
                agrees(r, &m);
                rig_clear(r);
            }
    rig_read(r);
    assert_int_equal(r->read_n, next - 1);
    agrees(r, &m);
}

/* proves: ATTACK-3 */
static void random_pointers_agree_with_the_model(struct rig *r)
{
    struct model m = {0};
    uint32_t chance = r->iss ^ 7;
    rig_passive(r);
    int64_t next = 1;
    for (int i = 0; i < 2000; i++) {
        uint32_t len = lot(&chance, 40), which = lot(&chance, POINTERS);
        int64_t at = next + (int64_t)lot(&chance, 60) - 20;
        bool urgent = lot(&chance, 2);
        uint16_t urp = pointer_of(which, len ? len : 1);
        if (at < 1) at = 1;
        bool inside = len ? at + len > next : at >= next;
        IN(r, .flags = (uint16_t)(ACK | (urgent ? URG : 0)), .seq = at, .ack = 1, .len = len, .urp = urp);
        if (inside && urgent) told(&m, at, urp, 1 + (int64_t)r->read_n);
        agrees(r, &m);
        if (!lot(&chance, 3)) rig_read(r);
        agrees(r, &m);
        next = 1 + (int64_t)rig_status(r).bytes_received;
        rig_clear(r);
    }
    STATE(r, TERN_ESTABLISHED);
}

static void pointer_after_the_fin(struct rig *r, unsigned i)
{
    rig_passive(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .len = 10);
    IN(r, .flags = ACK | URG, .seq = 12, .ack = 1, .len = LEN, .urp = pointer_of(i, LEN));
    IN(r, .flags = ACK | URG, .seq = 5, .ack = 1, .len = LEN, .urp = pointer_of(i, LEN));
    assert_int_equal(tern_conn_urgent(r->c), 0);
    READ(r, 10);
    READ(r, 0);
    STATE(r, TERN_CLOSE_WAIT);
}

static void pointer_in_the_syn(struct rig *r, unsigned i)
{
    rig_listen(r);
    IN(r, .flags = SYN | URG, .len = LEN, .urp = pointer_of(i, LEN));
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    IN(r, .flags = ACK | URG, .seq = 1 + LEN, .ack = 1, .len = LEN, .urp = pointer_of(i, LEN));
    if (rig_accept(r) == NULL) fail(); /* a third ACK with data */
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = LEN);
    READ(r, 2 * LEN);
    STATE(r, TERN_ESTABLISHED);
}

static unsigned which;
static void after_the_fin(struct rig *r, enum tern_state s) { (void)s, pointer_after_the_fin(r, which); }
static void in_the_syn(struct rig *r, enum tern_state s) { (void)s, pointer_in_the_syn(r, which); }

/* proves: ATTACK-3 */
static void each_pointer_after_the_fin_is_nothing(struct rig *r)
{
    for (which = 0; which < POINTERS; which++) each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, after_the_fin);
}

/* proves: ATTACK-3 */
static void each_pointer_in_a_syn_leaves_the_bytes_alone(struct rig *r)
{
    for (which = 0; which < POINTERS; which++) each_state(r, TERN_ESTABLISHED, TERN_ESTABLISHED, in_the_syn);
}

static const struct rig_test tests[] = {
    RIG_TEST(each_pointer_in_each_place_means_what_the_model_says),
    RIG_TEST(random_pointers_agree_with_the_model),
    RIG_TEST(each_pointer_after_the_fin_is_nothing),
    RIG_TEST(each_pointer_in_a_syn_leaves_the_bytes_alone),
};

RIG_MAIN(tests)
