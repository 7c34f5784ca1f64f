/* TCP-AO: what a pair is signed with, for the files of it. */
#ifndef STACK_AO_H
#define STACK_AO_H

#include "ao_mac.h"
#include "stack_internal.h"

/* A master key tuple (RFC 5925 3.1), and what a pair makes of it. */
struct ao_key {
    struct ao_key *next;
    struct tern_ao_key mkt;
    uint64_t good_n, bad_n;
    bool send_known, recv_known; /* the two keys of all segments but SYNs, which are derived when they are first needed */
    uint8_t send[AO_TRAFFIC_KEY_MAX], recv[AO_TRAFFIC_KEY_MAX];
};

/* RFC 5925 4: the parameters of a connection. */
struct ao {
    struct signer sign;
    struct ao_key *keys;
    struct ao_key *current; /* signs what we send: KeyID is its SendID */
    struct ao_key *next;    /* what the peer shall sign with: RNextKeyID is its RecvID */
    uint32_t lisn, risn;    /* initial sequence numbers, ours and the peer's */
    bool lisn_known, risn_known, accept_icmp;
    uint64_t sent, came; /* the highest numbers so far, with the extensions (6.2) in their upper halves */
    struct tern_ao_counts n;
};

static inline struct ao *ao_of(struct signer *g) { return CONTAINER_OF(g, struct ao, sign); }
struct ao_key *ao_by_send_id(const struct ao *a, uint8_t id);
struct ao_key *ao_by_recv_id(const struct ao *a, uint8_t id);
/* One of our own: the initial numbers are others, and so are the traffic keys. */
void ao_isn(struct ao *a, bool ours, uint32_t isn);

/* A copy of |k| at the end of |*list|. NULL: no memory. */
struct ao_key *ao_key_add(struct tern_stack *s, struct ao_key **list, const struct tern_ao_key *k);
void ao_key_drop(struct tern_stack *s, struct ao_key **at);
/* An empty set of parameters for |t|. NULL: no memory. */
struct ao *ao_new(struct tern_stack *s, const struct tcp_tuple *t);

#endif
