/* What a router says of packets that are too large for the way behind it (RFC 1191, RFC 8201): its sender cuts them anew. */
#include "look.h"

void path_mtu_told(struct half *x, uint32_t number, uint32_t mtu, tern_ns at)
{
    bool sent = x->nxt_known && seq_lt(seq(number), seq(x->nxt)) && (!x->una_known || seq_ge(seq(number), seq(x->una)));
    if (!sent || (x->mtu_at > 0 && mtu >= x->mtu)) return; /* it answers each of the packets on their way */
    x->mtu = mtu;
    x->mtu_at = at;
    x->mtu_next = x->una_known ? x->una : number;
    x->mtu_until = x->nxt;
}

bool path_mtu_again(struct look *k, uint32_t from, uint32_t to)
{
    struct half *x = k->x;
    if (x->mtu_at == 0 || seq_lt(seq(from), seq(x->mtu_next)) || seq_ge(seq(from), seq(x->mtu_until))) return false;
    x->mtu_next = to;
    return true;
}
