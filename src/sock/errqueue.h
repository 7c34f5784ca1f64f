/* What a socket has of errors, timestamps and completions beside its stream: NULL until the first. */
#ifndef SOCK_ERRQUEUE_H
#define SOCK_ERRQUEUE_H

#include <time.h>

#include <linux/errqueue.h>

#include "sock_internal.h"

#define SOF_TIMESTAMPING_OPT_ID_TCP_ (1u << 16) /* newer than some headers */

struct err_entry {
    struct list node;
    struct sock_extended_err ee;
    tern_ns at;
    bool offended; /* an ICMP error: |offender| sent it, about a packet to |to| */
    struct tern_addr offender;
    struct tern_endpoint to;
};

/* Something is to be told when the stream has come so far. */
struct err_mark {
    struct list node;
    uint64_t last; /* number of a byte of the stream */
    uint32_t want; /* SOF_TIMESTAMPING_TX_* */
    uint32_t key;  /* of the timestamps */
    uint32_t id;   /* of MSG_ZEROCOPY */
    bool zerocopy;
};

struct sock_errq {
    struct sock *s;
    struct list entries, marks;
    struct list marking; /* in the host's list while there are marks */
    uint32_t entry_n;
    uint32_t ts_flags; /* SO_TIMESTAMPING */
    uint64_t ts_base;  /* the byte that OPT_ID counts from */
    uint32_t zerocopy_n;
    tern_ns arrived_at; /* the last data */
};

struct sock_errq *errq_own(struct sock *s); /* NULL: no memory */
void errq_free(struct sock *s);
void errq_purge(struct sock *s); /* forgets what is in the queue */
/* A new entry, to be filled in; NULL: it is lost. */
struct err_entry *errq_add(struct sock *s, uint8_t origin, uint32_t error);
bool errq_marks(const struct sock *s, uint32_t ts_flags, int flags); /* does sending so ask for errq_mark()? */
void errq_mark(struct sock *s, uint32_t ts_flags, int flags);        /* the byte that was queued last */
void errq_progress(struct sock *s);
void errq_abandon(struct sock *s);
int errq_timestamping(struct sock *s, uint32_t flags);
void errq_put_arrival(const struct sock *s, struct msghdr *m, socklen_t *used);
int64_t errq_recv(struct sock *s, struct msghdr *m);

#endif
