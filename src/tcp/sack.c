/* SACK blocks that come in (RFC 2018 5): what they newly report, and duplicates (RFC 2883). */
#include "flight.h"
#include "tcp_internal.h"

#include <string.h>

/* RFC 2883 5: the first block tells of a duplicate when it lies below the acknowledgement, or within the second. */
static bool first_is_dsack(const struct wire_tcp *h)
{
    const struct wire_sack *b = h->opt.sack;
    if (!RULE(RFC 2883 5)) return false;
    if (seq_le(b[0].right, h->ack)) return true;
    return h->opt.sack_n > 1 && seq_ge(b[0].left, b[1].left) && seq_le(b[0].right, b[1].right);
}

/* The whole segments of |e| that [left, right) covers: a peer that has a part of one has none of it, for us. So there are never
 * more entries than segments. */
static void whole_segments(const struct sent *e, seq32 *left, seq32 *right)
{
    if (seq_le(*left, e->left)) {
        *left = e->left;
    } else {
        uint32_t off = seq_diff(*left, e->left);
        *left = seq_add(e->left, (off + e->mss - 1) / e->mss * e->mss);
    }
    *right = seq_ge(*right, e->right) ? e->right : seq_sub(*right, seq_diff(*right, e->left) % e->mss);
}

/* [left, right), of which |e| at |p| holds some, has arrived (RFC 2018 5: it is not sent again). False: no memory: as if it was
 * not reported. */
static bool entry_in(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, struct order_place p, struct sent *e,
                     seq32 left, seq32 right)
{
    whole_segments(e, &left, &right);
    if (!seq_lt(left, right)) return true;
    if (seq_lt(e->left, left) && seq_lt(right, e->right) && !sent_cut(&f->map, &p, right)) return false;
    n->sacked += seq_diff(right, left);
    flight_delivered(c, f, n, e, left, right);
    sent_sacked(&f->map, p, left, right);
    return true;
}

/* False: it is not all taken up. */
static bool block_in(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, seq32 left, seq32 right)
{
    struct order_place p;
    struct sent *e;
    bool all = true;
    uint32_t before = n->sacked;
    if (!RULE(RFC 2018 5)) return false;
    left = seq_max(left, c->snd.una);
    seq32 at = GUARD(8) ? left : c->snd.una;
    while (seq_lt(at, right) && (e = sent_find(&f->map, at, &p)) != NULL && seq_lt(e->left, right)) {
        at = e->right;
        if (seq_gt(at, left) && !entry_in(c, f, n, p, e, left, right)) all = false;
    }
    if (n->sacked != before && seq_diff(right, left) <= rack_threshold(c)) n->early = true;
    return all;
}

/* RFC 2018 4: each block is reported three times at least, and looked for once. */
static bool told_before(const struct tcp_flight *f, const struct wire_sack *b)
{
    for (unsigned i = 0; i < f->told_n; i++)
        if (seq_eq(f->told[i].left, b->left) && seq_eq(f->told[i].right, b->right)) return true;
    return false;
}

static void blocks_in(struct tern_conn *c, struct tcp_flight *f, struct ack_news *n, const struct wire_tcp *h, unsigned first)
{
    struct wire_sack told[WIRE_SACK_MAX];
    uint8_t told_n = 0;
    for (unsigned i = first; i < h->opt.sack_n; i++) {
        const struct wire_sack *b = &h->opt.sack[i];
        if (!seq_lt(b->left, b->right) || seq_gt(b->right, c->snd.max)) continue; /* what was never sent */
        if (!seq_gt(b->right, c->snd.una) || !seq_gt(b->right, h->ack)) continue;
        if (told_before(f, b) || block_in(c, f, n, b->left, b->right)) told[told_n++] = *b;
    }
    memcpy(f->told, told, told_n * sizeof *told);
    f->told_n = told_n;
}

void sack_in(struct tern_conn *c, const struct wire_tcp *h, struct ack_news *n)
{
    struct tcp_flight *f = flight_sack(c);
    const struct wire_sack *b = h->opt.sack;
    if (!has(c, F_SACK) || !c->sender || !(h->opt.present & OPT_SACK) || !h->opt.sack_n) return;
    unsigned i = 0;
    if (first_is_dsack(h)) {
        if (seq_lt(b->left, b->right) && seq_le(b->right, c->snd.max)) n->dsack = true, n->dup = *b;
        i = 1;
    }
    if (f) blocks_in(c, f, n, h, i);
    if (n->sacked) event_rule(c, TERN_RULE_SACK_IN);
}
