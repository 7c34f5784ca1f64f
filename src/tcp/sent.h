/* The sent map: what is in flight, as it left, in order of its numbers; and the SACK scoreboard (RFC 2018, RFC 6675): what is
 * missing in it between |start| and |end| has arrived.
 *
 * An entry is what left at one moment, full segments but for the last. It is cut where a SACK block or a loss ends in it, on the
 * borders of its segments only, so that there are never more entries than segments in flight, whatever a hostile peer reports.
 * No operation walks over entries that it does not change.
 *
 * |flight| has what is in the network, by the time of its last transmission (for RACK); |lost| and |again| what is to be sent
 * again, by their numbers, the second for what was lost when it was sent again. An entry is in one of the three. */
#ifndef TCP_SENT_H
#define TCP_SENT_H

#include "list.h"
#include "order.h"
#include "rate.h"

enum sent_flag {
    SENT_LOST = 1u << 0,  /* its first transmission counts as lost */
    SENT_RTX = 1u << 1,   /* a repetition is in flight */
    SENT_AGAIN = 1u << 2, /* was ever sent again: it is not timed (Karn) */
};

enum { SENT_MOST = 1 << 18 }; /* bytes that come together in an entry, unless one tcp_output() sends more */

struct sent {
    uint16_t slab_i; /* the slab's */
    uint8_t flags;   /* enum sent_flag */
    uint16_t mss;    /* of its segments; the last may be shorter */
    seq32 left, right;
    struct list at; /* in flight, lost or again */
    tern_ns sent_at;
    struct rate_seg rate;
};
_Static_assert(sizeof(struct sent) <= 64, "one line of the cache: where there are many, nothing else costs as much");

struct sent_map {
    struct slab *entries; /* where they come from */
    struct order order;   /* the entries, by their left edges */
    seq32 start, end;     /* of all that is not acknowledged */
    uint32_t sacked;      /* bytes between them that have arrived */
    uint32_t lost, rtx;   /* bytes: of entries with these flags */
    struct list flight, lost_list, again_list;
    struct list *lost_last, *again_last; /* what joined these last, or the one before it; or the list itself */
};

/* |entries| gives records of struct sent, |chunks| those of struct order_chunk; both are shared by all connections of a stack. */
void sent_init(struct sent_map *m, struct slab *entries, struct slab *chunks);
void sent_clear(struct sent_map *m); /* all entries go */

/* Nothing waits for its acknowledgement; there may be no entry, and yet what has arrived. */
static inline bool sent_empty(const struct sent_map *m) { return !m->order.n && !m->sacked; }

/* Bytes in the network, by RFC 6675's pipe: |out| is all that was sent and is not acknowledged. */
static inline uint32_t sent_pipe(const struct sent_map *m, uint32_t out) { return out - m->sacked - m->lost + m->rtx; }

/* ---- entries ---- */

/* [left, right) leaves; |left| is the end of what is here. Without memory the last entry grows by it, if it can; NULL: it was not
 * taken up. */
struct sent *sent_add(struct sent_map *m, seq32 left, seq32 right, uint16_t mss, tern_ns now);

/* Did the last entry leave now, and when as much was |delivered| (modulo 2^32), and can what ends at |right| be a part of it?
 * Then it is, and is returned. */
struct sent *sent_grow(struct sent_map *m, seq32 right, uint16_t mss, tern_ns now, uint32_t delivered);

static inline uint32_t sent_len(const struct sent *e) { return seq_diff(e->right, e->left); }
static inline struct sent *sent_first(const struct sent_map *m) { return order_first(&m->order); } /* NULL: there is none */
struct sent *sent_last(const struct sent_map *m);

/* What has arrived before the first entry is acknowledged, up to |una|: so many bytes. */
uint32_t sent_skip(struct sent_map *m, seq32 una);
/* The first |len| bytes of the first entry, or all of it, are acknowledged; nothing before it has arrived. */
void sent_pop(struct sent_map *m, uint32_t len);

/* The first entry that ends behind |at|: it holds |at|, unless that has arrived. NULL: there is none. */
struct sent *sent_find(const struct sent_map *m, seq32 at, struct order_place *p);
struct sent *sent_next(const struct sent_map *m, struct order_place *p); /* NULL: |p| was the last */

/* Cuts the entry at |p| in two, |p| staying with the first; |at| lies in it, behind its left edge. False: no memory. */
bool sent_cut(struct sent_map *m, struct order_place *p, seq32 at);

/* ---- states ---- */

/* [left, right) of the entry at |p| has arrived: its beginning, its end or all of it. |p| is good no more. */
void sent_sacked(struct sent_map *m, struct order_place p, seq32 left, seq32 right);
/* The peer threw away all that had arrived (RFC 2018 8): it is lost. What was known of it is not any more: |as| tells. False: no
 * memory for all of it. */
bool sent_unsack(struct sent_map *m, const struct sent *as);
void sent_lose(struct sent_map *m, struct sent *e); /* its last transmission counts as lost; nothing when it is already */
void sent_spare(struct sent_map *m);                /* nothing counts as lost any more: what waits was in flight all along */
void sent_again(struct sent_map *m, struct sent *e, tern_ns now); /* it leaves once more */

/* The lost one with the lowest number that waits for being sent again; NULL: none. */
struct sent *sent_lost(const struct sent_map *m);
/* The one that was sent longest ago of those in the network; NULL: none. */
static inline struct sent *sent_oldest(const struct sent_map *m)
{
    return list_empty(&m->flight) ? NULL : CONTAINER_OF(m->flight.next, struct sent, at);
}
/* Was |e| sent before what left at |at| and ended with |right|? (RFC 8985 6.2: RACK_sent_after, the other way round) */
static inline bool sent_before(const struct sent *e, tern_ns at, seq32 right)
{
    return e->sent_at < at || (e->sent_at == at && seq_lt(e->right, right));
}

/* ---- for tests: recounts everything; false: something does not hold. */
bool sent_check(const struct sent_map *m);

#endif
