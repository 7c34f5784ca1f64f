/* Acknowledgements: what arrived, how long it took, what is told twice, and what the capture never saw. */
#include "look.h"

enum { SHIFTED = 1 << 30, SACK_FAR = 1 << 24 }; /* numbers so far away belong to something else */

static void capture_lost(struct look *k, uint32_t from, uint32_t to)
{
    found(k, FINDING_CAPTURE_LOST, story_other(k->side),
          _("bytes %u to %u of %s are acknowledged, but not in the capture: it has lost segments"), relative(k->y, from),
          relative(k->y, to - 1), end_name(k, story_other(k->side)));
}

/* False: the number cannot be meant for this connection. */
static bool beyond_seen(struct look *k)
{
    struct half *y = k->y;
    if (k->f->conn.packets[story_other(k->side)] == 0) { /* the other direction is not captured at all */
        y->nxt = k->ack;
        return true;
    }
    if (k->ack - y->nxt > SHIFTED) {
        if (!k->x->shift_told)
            found(k, FINDING_NUMBERS_SHIFTED, k->side,
                  _("acknowledges %u, but %s has sent up to %u only: a box on the way changes the numbers, or it is forged"),
                  k->ack, end_name(k, story_other(k->side)), y->nxt);
        k->x->shift_told = true;
        return false;
    }
    capture_lost(k, y->nxt, k->ack);
    y->nxt = k->ack;
    return true;
}

static void holes_acknowledged(struct look *k)
{
    struct range hole;
    for (uint32_t i = 0; i < RANGES_MAX && ranges_meet(&k->y->holes, k->y->una, k->ack, &hole); i++) {
        capture_lost(k, hole.from, hole.to);
        ranges_cut(&k->y->holes, hole.from, hole.to);
    }
    ranges_cut_below(&k->y->holes, k->ack);
}

/* By the segment that ends there, or by the echo of a timestamp (RFC 7323 4), which also tells of what was sent twice. */
static void measure(struct look *k)
{
    struct half *y = k->y;
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    bool echo = y->ts_probe_runs && (o->present & OPT_TIMESTAMPS) && o->ts_ecr == y->ts_probe;
    tern_ns at;
    if (sendlog_ack(&y->log, k->ack, &at))
        rtt_sample_add(&y->rtt, since(k->at, at));
    else if (echo)
        rtt_sample_add(&y->rtt, since(k->at, y->ts_probe_at));
    if (echo) y->ts_probe_runs = false;
}

static void advance(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    holes_acknowledged(k);
    measure(k);
    y->una = k->ack;
    x->dups = 0;
    ranges_cut_below(&y->sacked, y->una);
    if (seq_ge(seq(y->una), seq(y->recover))) y->recovery = RECOVERY_NONE;
    if (seq_gt(seq(y->una), seq(y->probe))) y->probing = false;
}

/* RFC 5681 2, and a new SACK block counts whatever the window does. */
static bool is_duplicate(const struct look *k, bool dsack)
{
    const struct half *x = k->x, *y = k->y;
    if (k->len > 0 || k->flags & (TH_SYN | TH_FIN | TH_RST) || !x->ack_known || x->ack != k->ack || k->ack != y->una)
        return false;
    if (!y->nxt_known || y->nxt == y->una || dsack || x->zero || (x->nxt_known && k->seq != x->nxt)) return false;
    return k->s->tcp.wnd == x->wnd_raw || k->s->tcp.opt.sack_n > 0;
}

/* RFC 2883: what arrived twice. It was needless to send it again, unless the network copied it. */
static void arrived_twice(struct look *k, uint32_t from, uint32_t to)
{
    struct half *y = k->y;
    for (uint32_t i = 0; i < AGAIN_KEPT && i < y->again_n; i++) {
        if (y->again_needless[i] || !seq_lt(seq(y->again[i].from), seq(to)) || !seq_lt(seq(from), seq(y->again[i].to))) continue;
        y->again_needless[i] = true;
        found(k, FINDING_RTX_SPURIOUS, story_other(k->side),
              _("%s reports bytes %u to %u as arrived twice (D-SACK): there was no need to send them again"),
              end_name(k, k->side), relative(y, from), relative(y, to - 1));
        return;
    }
}

static void shifted_sack(struct look *k, uint32_t left, uint32_t right)
{
    if (k->x->shift_told) return;
    k->x->shift_told = true;
    found(k, FINDING_NUMBERS_SHIFTED, k->side,
          _("selectively acknowledges %u to %u, numbers far from those of %s: a box on the way changes the sequence numbers, but "
            "not "
            "those in SACK options"),
          left, right, end_name(k, story_other(k->side)));
}

/* Returns true when the first block is a D-SACK. */
static bool take_sack(struct look *k)
{
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    struct half *y = k->y;
    bool dsack = false;
    for (uint32_t i = 0; i < o->sack_n; i++) {
        uint32_t left = o->sack[i].left.v, right = o->sack[i].right.v;
        if (!seq_lt(seq(left), seq(right))) continue;
        if (i == 0 && (seq_le(seq(right), seq(k->ack)) ||
                       (o->sack_n > 1 && seq_ge(seq(left), o->sack[1].left) && seq_le(seq(right), o->sack[1].right)))) {
            dsack = true;
            if (k->ack - left < SACK_FAR || seq_gt(seq(right), seq(k->ack)))
                arrived_twice(k, left, right);
            else
                shifted_sack(k, left, right);
        } else if (right - k->ack > SACK_FAR && right - y->nxt > SACK_FAR && seq_gt(seq(right), seq(y->nxt))) {
            shifted_sack(k, left, right);
        } else {
            ranges_add(&y->sacked, left, right);
            look_told(k, left);
        }
    }
    return dsack;
}

static void answer_to_keepalive(struct look *k)
{
    struct half *y = k->y;
    if (y->keepalive && k->len == 0 && k->ack == y->nxt && !(k->flags & (TH_SYN | TH_FIN | TH_RST)))
        found(k, FINDING_KEEPALIVE_ANSWER, k->side, _("%s is still there: the answer to the keepalive probe"),
              end_name(k, k->side));
    y->keepalive = false;
}

void look_ack(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    answer_to_keepalive(k);
    if (!(k->flags & TH_ACK)) return;
    if (!y->nxt_known) {
        y->nxt_known = true;
        y->nxt = k->ack;
        y->first = k->ack - 1;
    }
    if (!y->una_known) {
        y->una_known = true;
        y->una = seq_lt(seq(k->ack), seq(y->nxt)) ? k->ack : y->nxt;
    }
    if (seq_gt(seq(k->ack), seq(y->nxt)) && !beyond_seen(k)) return;
    bool dsack = take_sack(k);
    if (seq_gt(seq(k->ack), seq(y->una))) {
        advance(k);
    } else if (is_duplicate(k, dsack)) {
        x->dups++;
        found(k, FINDING_DUP_ACK, k->side, _("duplicate acknowledgement %u of %u: %s still misses what begins there"), x->dups,
              relative(y, k->ack), end_name(k, k->side));
    }
    if (!x->ack_known || seq_gt(seq(k->ack), seq(x->ack))) x->ack = k->ack;
    x->ack_known = true;
    x->ack_at = k->at;
}
