/* Packets of a stack to itself: they turn round at the interface, and arrive when time is next looked at. */
#include "stack_internal.h"

#include <string.h>

static bool to_us(const struct tern_stack *s, const struct tern_pkt *pkt)
{
    struct tern_addr dst;
    if (pkt->head[0] >> 4 == 4)
        dst = tern_addr_v4(pkt->head + 16);
    else
        memcpy(dst.b, pkt->head + 24, sizeof dst.b);
    return if_local(s, &dst);
}

bool loop_take(struct tern_stack *s, int ifi, const struct tern_pkt *pkt)
{
    if (!to_us(s, pkt)) return false;
    uint32_t len = pkt->head_len + pkt->payload_len;
    struct tern_buf *b = tern_buf_get(s->env.pool, len);
    if (!b) { /* lost, as on any other way */
        stack_drop(s, TERN_DROP_MEMORY, NULL, NULL);
        return true;
    }
    b->len = (uint32_t)tern_pkt_flatten(pkt, b->data, len);
    b->csum_ok = true;
    b->gso_size = pkt->gso_size;
    b->mark = (uint32_t)ifi;
    b->next = NULL;
    if (s->looped_tail)
        s->looped_tail->next = b;
    else
        s->looped = b;
    s->looped_tail = b;
    return true;
}

/* What came so far; the answers are for the next time. */
void loop_deliver(struct tern_stack *s)
{
    struct tern_buf *b = s->looped, *next;
    s->looped = s->looped_tail = NULL;
    for (; b; b = next) {
        int ifi = (int)b->mark;
        next = b->next;
        b->next = NULL;
        b->mark = 0;
        if (tern_stack_input(s, ifi, s->env.now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    }
}

void loop_free(struct tern_stack *s)
{
    struct tern_buf *next;
    for (struct tern_buf *b = s->looped; b; b = next) {
        next = b->next;
        tern_buf_unref(b);
    }
    s->looped = s->looped_tail = NULL;
}
