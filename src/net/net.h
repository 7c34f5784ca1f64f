/* Inside a net. Its lock guards everything that is not atomic here, the stack and the sockets. */
#ifndef NET_NET_H
#define NET_NET_H

#include <pthread.h>
#include <stdatomic.h>

#include <tern/sock.h>

#include "descriptor.h"
#include "list.h"
#include "net_loop.h"
#include "sock.h"

/* As TERN_NEVER, but no signal's SA_RESTART makes the wait go on: poll() and its like. */
#define NET_FOREVER (TERN_NEVER - 1)

struct tern_net {
    pthread_mutex_t
        gate; /* who waits for the lock holds it: so the one that just gave the lock away cannot take it again first */
    pthread_mutex_t lock;
    _Atomic int queued; /* threads that wait for the lock */
    _Atomic int refs;   /* the owner's, and one for each handle */
    struct tern_stack *stack;
    struct sock_host *host;
    struct tern_loop *loop;
    bool threaded;
    pthread_t thread;
    int unmoved;          /* answers given since packets were moved */
    int unsent;           /* calls since what is due was sent */
    bool led;             /* a thread moves the packets: the net's own, or one that waits */
    bool ending;          /* the stack is about to go, or gone */
    struct list waiting;  /* interests of all threads that wait */
    struct list sets;     /* handles of epoll sets */
    pthread_cond_t empty; /* nobody waits any more */
};

/* What descriptors stand for: a socket, or an epoll set. */
struct handle {
    struct object object;
    struct tern_net *net;
    struct sock *sock;
    struct sock_epoll *set;
    struct list in_sets;   /* in tern_net.sets */
    struct list interests; /* who waits for it */
};

/* ---- waiting (wait.c) ---- */

/* A thread that waits, by a futex or, with kernel descriptors, in ppoll(). */
struct waiter {
    _Atomic uint32_t woken;
    int fd;                  /* an eventfd; -1: the futex */
    bool asleep;             /* on the futex */
    struct tern_loop *leads; /* it moves the packets, and may sleep on the links */
};

/* In a handle's list: to be woken when it changes. In a net's: when somebody must move the packets, or the net ends. */
struct interest {
    struct list node;
    struct waiter *waiter;
    bool alone; /* one that is asleep is enough */
};

void wake_all(struct list *interests);
void wake_one(struct list *interests);
/* With the net locked: until |w| is woken, |until|, or a signal, which is -EINTR (with TERN_NEVER only for handlers without
 * SA_RESTART). Moves the packets when nobody else does. */
int net_wait(struct tern_net *n, struct waiter *w, tern_ns until);
/* Who waited goes on: somebody else moves the packets. */
void net_leave(struct tern_net *n, struct interest *self);

/* ---- the net (net.c) ---- */

void net_lock(struct tern_net *n);
void net_unlock(struct tern_net *n);
/* The time, before what is sent, or waits. */
void net_tick(struct tern_net *n);
/* One batch of packets, at the latest at |until|. 0, -EINTR, -EIO. The lock is given away while it sleeps. */
int net_step(struct tern_net *n, tern_ns until);
/* One batch if there is one, unless somebody else moves the packets. */
void net_step_now(struct tern_net *n);
/* The same, every few times: sockets that are always ready must not keep the packets waiting. */
void net_step_sometimes(struct tern_net *n);
/* Takes what a call did to the sockets and the wire. */
void net_settle(struct tern_net *n);
/* The same where what is due may go with the next wait, or the next call that sends. */
void net_settle_later(struct tern_net *n);
void net_drop(struct tern_net *n); /* a reference */

/* ---- handles and calls (call.c) ---- */

/* NULL: no memory. One reference. The caller has the net locked. */
struct handle *handle_new(struct tern_net *n);
/* A new reference. NULL with errno: EBADF, ENOTSOCK. */
struct handle *handle_get(int fd);
/* The last one closes the socket, which may wait (SO_LINGER). The net must not be locked. */
void handle_drop(struct handle *h);
/* Gives the reserved |fd| to |h|, with its reference. */
void handle_install(int fd, struct handle *h, bool cloexec);

/* One call on a socket, from the lookup to errno. */
struct call {
    struct handle *handle;
    struct tern_net *net;
    struct sock *sock;
    struct sock_call k;
    struct waiter waiter;
    struct interest in_net, in_handle;
    bool waits;
    bool later; /* it leaves nothing due that could not wait: acknowledgements, a window, data with MSG_MORE */
};

/* Locks the net of |c->handle|, a socket or (|epoll|) a set. Otherwise, or when the net ends, it lets go of both: false with
 * errno. */
bool call_enter(struct call *c, bool epoll);
/* Looks |fd| up and locks its net. False with errno. */
bool call_begin(struct call *c, int fd);
/* The same for a call that takes: nothing is sent for it, nor is the clock read unless it may wait. */
bool call_begin_taking(struct call *c, int fd);
/* After SOCK_BLOCKED: waits for what may change that. False when |r| is a result. */
bool call_again(struct call *c, int64_t r);
/* |r|, or -1 with errno. */
int64_t call_end(struct call *c, int64_t r);
/* The same for one that failed before it did anything. */
int call_fail(int error);

/* Runs |expression| until it is done; |c| is the struct call. */
#define CALL_RUN(c, result, expression)                                                                                          \
    do (result) = (expression);                                                                                                  \
    while (call_again((c), (result)))

/* ---- poll (poll.c) ---- */

/* ppoll() with the deadline |until|; |mask| may be NULL. A number, or -errno. */
int net_poll_many(struct pollfd *fds, nfds_t n, tern_ns until, const sigset_t *mask);
tern_ns net_now(void);
/* The deadline for a timeout in milliseconds; below 0: NET_FOREVER. */
tern_ns net_until(int timeout_ms);
/* The same for a span; NULL: NET_FOREVER. False with errno EINVAL: it is none. */
bool net_until_time(const struct timespec *timeout, tern_ns *until);

#endif
