/* SYNs: who opens, what is offered, what is sent again. */
#include "look.h"

static void take_offer(struct look *k)
{
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    struct half *x = k->x;
    x->syn = true;
    x->offer_known = !options_cut(k);
    x->iss = x->first = k->seq;
    x->wscale = o->present & OPT_WSCALE ? o->wscale : NO_SCALE;
    x->mss_known = o->present & OPT_MSS;
    x->mss = x->mss_known ? o->mss : 0;
    x->timestamps = o->present & OPT_TIMESTAMPS;
    x->sack_permitted = o->present & OPT_SACK_PERMITTED;
    if (!x->nxt_known || !x->una_known) {
        if (!x->nxt_known) x->nxt = k->seq;
        if (!x->una_known) x->una = k->seq;
        x->nxt_known = x->una_known = true;
    }
}

static void again(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    sendlog_again(&x->log, k->seq, k->end);
    double after = ms(since(k->at, x->syn_at));
    const char *from = end_name(k, k->side), *to = end_name(k, story_other(k->side));
    if (k->flags & TH_ACK)
        found(
            k, FINDING_SYNACK_RETRY, k->side,
            _("%s sends its SYN,ACK again after %.0f ms (the %u. time): the ACK of %s has not come, or the accept queue is full"),
            from, after, x->syn_n, to);
    else if (y->syn)
        found(k, FINDING_SYN_RETRY, k->side, _("%s sends its SYN again after %.0f ms (the %u. time): the SYN,ACK of %s was lost"),
              from, after, x->syn_n, to);
    else
        found(k, FINDING_SYN_RETRY, k->side,
              _("%s sends its SYN again after %.0f ms (the %u. time): no answer from %s. It is lost, or dropped there"), from,
              after, x->syn_n, to);
}

/* RFC 7323 2.2: one side alone does not scale. */
static void compare_scales(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    if (!x->offer_known || !y->offer_known || !(k->flags & TH_ACK) || x->syn_n > 1) return;
    if (y->wscale != NO_SCALE && x->wscale == NO_SCALE)
        found(k, FINDING_WSCALE, k->side,
              _("%s offered window scaling, %s does not: no window can be above 65535 bytes. %s does not know it, or a box "
                "on "
                "the way took the option out"),
              end_name(k, story_other(k->side)), end_name(k, k->side), end_name(k, k->side));
}

/* A SYN that begins another connection while this one lives. */
static void stranger(struct look *k)
{
    struct flow *f = k->f;
    f->stray_syn[k->side] = true;
    f->stray[k->side] = k->seg;
    found(k, FINDING_HALF_OPEN, k->side,
          _("%s opens anew (SYN, seq %u) while %s still holds the connection: %s has lost it, by a reboot for example"),
          end_name(k, k->side), k->seq, end_name(k, story_other(k->side)), end_name(k, k->side));
}

bool look_syn(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    if (x->syn && x->iss != k->seq) {
        stranger(k);
        return false;
    }
    if (!x->syn && x->nxt_known && x->una_known && (x->nxt != k->seq || x->fin)) {
        stranger(k);
        return false;
    }
    bool first = !x->syn;
    x->syn_n++;
    if (first)
        take_offer(k);
    else if (!(k->flags & TH_ACK) || x->syn_ack) /* in a simultaneous open a SYN is followed by one with ACK */
        again(k);
    look_options(k);
    x->syn_at = k->at;
    x->syn_ack |= !!(k->flags & TH_ACK);
    if ((k->flags & TH_ACK) && y->syn && k->ack != y->iss + 1 && seq_gt(seq(k->ack), seq(y->nxt)))
        found(k, FINDING_NUMBERS_SHIFTED, k->side,
              _("the SYN,ACK acknowledges %u, but the SYN had the number %u: %u was expected. A box on the way changes the "
                "numbers, or it is forged"),
              k->ack, y->iss, y->iss + 1);
    if (first) compare_scales(k);
    return true;
}

void look_handshake(struct look *k)
{
    struct flow *f = k->f;
    if (f->handshake_done || !k->x->syn || !k->y->syn_ack || !(k->flags & TH_ACK)) return;
    if (k->ack == k->y->iss || seq_lt(seq(k->ack), seq(k->y->iss))) return;
    f->handshake_done = true;
    if (k->x->syn_n == 1 || k->y->syn_n == 1) f->conn.handshake = since(k->at, k->x->syn_at);
}
