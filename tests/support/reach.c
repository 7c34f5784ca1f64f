#include "reach.h"

#include <stdlib.h>
#include <string.h>

#include "checksum.h"

void reach(struct rig *r, enum tern_state s)
{
    if (s == TERN_SYN_SENT || s == TERN_SYN_RECEIVED) {
        rig_connect(r);
        if (s == TERN_SYN_RECEIVED) IN(r, .flags = SYN);
        rig_clear(r);
        STATE(r, s);
        rig_mark(r);
    } else {
        rig_to_state(r, s);
    }
}

int64_t peer_next(enum tern_state s)
{
    switch (s) {
    case TERN_CLOSE_WAIT:
    case TERN_LAST_ACK:
    case TERN_CLOSING:
    case TERN_TIME_WAIT: return 2;
    default: return 1;
    }
}

int64_t our_next(enum tern_state s)
{
    switch (s) {
    case TERN_FIN_WAIT_1:
    case TERN_FIN_WAIT_2:
    case TERN_CLOSING:
    case TERN_LAST_ACK:
    case TERN_TIME_WAIT: return 2;
    default: return 1;
    }
}

int64_t our_una(enum tern_state s)
{
    if (s == TERN_SYN_SENT || s == TERN_SYN_RECEIVED) return 0;
    return s == TERN_FIN_WAIT_2 || s == TERN_TIME_WAIT ? 2 : 1;
}

void reach_half_open(struct rig *r)
{
    struct tseg syn = r->syn;
    syn.flags = SYN;
    rig_listen(r);
    rig_in(r, &syn);
    rig_clear(r);
    STATE(r, TERN_SYN_RECEIVED);
    rig_mark(r);
}

struct state_case {
    struct rig_case k;
    void (*run)(struct rig *r, enum tern_state s);
    enum tern_state s;
};

static const struct state_case *current;

static void run_current(struct rig *r) { current->run(r, current->s); }

void each_state(const struct rig *r, enum tern_state first, enum tern_state last, void (*run)(struct rig *r, enum tern_state s))
{
    for (enum tern_state s = first; s <= last; s++) {
        struct state_case one = {{run_current, r->iss, r->v6}, run, s};
        void *state = &one.k;
        current = &one;
        rig_main(&state);
        current = NULL;
    }
}

void peer_says(struct rig *r, enum tern_state s, uint16_t flags)
{
    IN(r, .flags = flags, .seq = peer_next(s), .ack = our_una(s));
}

void expect_over(struct rig *r, int error)
{
    STATE(r, TERN_CLOSED);
    assert_int_equal(tern_conn_error(r->c), error);
    NONE(r);
}

void expect_rst(struct rig *r, int64_t seq_rel)
{
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags & (SYN | FIN | RST), RST);
    assert_int_equal(o->h.seq.v, r->iss + (uint32_t)seq_rel);
    NONE(r);
}

bool loop_back(struct rig *r)
{
    static uint8_t packet[TERN_PACKET_MAX];
    const struct out_seg *o = rig_next(r);
    if (!o) return false;
    size_t ip_len = r->v6 ? 40 : 20;
    memcpy(packet, o->bytes, o->len);
    /* The field holds the pseudo-header's sum, as offloads want it: finish it. */
    uint16_t sum = (uint16_t)~csum_fold(csum_add(0, packet + ip_len, o->len - ip_len));
    memcpy(packet + ip_len + 16, &sum, sizeof sum);
    rig_raw(r, packet, o->len);
    return true;
}
