/* A packet, as far as a path has to do with it. Its owner supplies the memory; while it is in a lane it stands in the lane's
 * lists. */
#ifndef PATH_PARCEL_H
#define PATH_PARCEL_H

#include <tern/types.h>

/* What happened to it on its way, for the owner to carry out when he takes it. */
enum {
    PARCEL_MARKED = 1u << 0,    /* CE: the bits in the IP header (RFC 3168); |ecn| says so already */
    PARCEL_TWICE = 1u << 1,     /* it arrives a second time, right behind itself; the copy has the mark, not the damage */
    PARCEL_CORRUPT = 1u << 2,   /* one bit is turned, by |where|: a checksum catches it */
    PARCEL_SWAPPED = 1u << 3,   /* two aligned words of the payload change places, by |where|: no checksum catches it */
    PARCEL_REORDERED = 1u << 4, /* it left its place */
    PARCEL_ECN = 1u << 5,       /* the bits in the IP header are to become |ecn| */
};

struct parcel {
    struct parcel *next;
    void *data;     /* the owner's */
    tern_ns at;     /* when it came into the queue; then when it is due */
    uint64_t seq;   /* until it has left the queue, a random number; then its place among those that are due in one instant */
    uint64_t where; /* a random number */
    uint32_t len;   /* bytes of the IP packet */
    uint32_t flow;  /* hash of addresses, protocol and ports */
    uint8_t ecn;    /* RFC 3168: 0 not capable, 1 and 2 capable, 3 marked */
    uint8_t fate;   /* PARCEL_ */
    bool ack;       /* nothing but an acknowledgement */
};

struct parcel_list {
    struct parcel *first, *last;
};

static inline void parcel_append(struct parcel_list *l, struct parcel *p)
{
    p->next = NULL;
    if (l->first)
        l->last->next = p;
    else
        l->first = p;
    l->last = p;
}

static inline struct parcel *parcel_pop(struct parcel_list *l)
{
    struct parcel *p = l->first;
    if (p) l->first = p->next;
    return p;
}

#endif
