/* What a router says of packets that are too large for the way behind it (RFC 1191, RFC 8201): its sender cuts them anew. */
#include "look.h"

void path_mtu_told(struct flow *f, enum story_side side, uint32_t number, uint32_t mtu, tern_ns at)
{
    const struct half *x = &f->half[side];
    struct narrow *n = &f->narrow;
    bool sent = x->nxt_known && seq_lt(seq(number), seq(x->nxt)) && (!x->una_known || seq_ge(seq(number), seq(x->una)));
    if (!sent) return;
    if (n->at > 0 && n->side == side && mtu >= n->mtu) { /* it answers each of the packets that were on their way */
        if (seq_ge(seq(number), seq(n->until))) n->until = x->nxt;
        return;
    }
    *n = (struct narrow){.at = at, .mtu = mtu, .next = x->una_known ? x->una : number, .until = x->nxt, .side = (uint8_t)side};
}

bool path_mtu_again(struct look *k, uint32_t from, uint32_t to)
{
    struct narrow *n = &k->f->narrow;
    if (n->at == 0 || n->side != k->side || seq_lt(seq(from), seq(n->next)) || seq_ge(seq(from), seq(n->until))) return false;
    n->next = to;
    return true;
}
