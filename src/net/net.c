/* A net: a stack, its sockets, its links and its lock, moved by a thread of its own or by whoever waits. */
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

void net_lock(struct tern_net *n)
{
    if (!atomic_load_explicit(&n->queued, memory_order_relaxed) && pthread_mutex_trylock(&n->lock) == 0) return;
    atomic_fetch_add(&n->queued, 1);
    pthread_mutex_lock(&n->gate);
    pthread_mutex_lock(&n->lock);
    pthread_mutex_unlock(&n->gate);
    atomic_fetch_sub(&n->queued, 1);
}

void net_unlock(struct tern_net *n) { pthread_mutex_unlock(&n->lock); }

tern_ns net_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

/* ---- moving ---- */

void net_tick(struct tern_net *n) { sock_host_time(n->host, loop_clock(n->loop)); }

/* Takes what happened in the stack to those who wait for it. */
static void tell(struct tern_net *n)
{
    struct sock *s;
    sock_host_dispatch(n->host);
    while ((s = sock_host_changed(n->host)) != NULL) {
        struct handle *h = sock_user(s);
        if (h) wake_all(&h->interests);
    }
    for (struct sock_epoll *e; (e = sock_host_changed_epoll(n->host)) != NULL;)
        wake_all(&((struct handle *)sock_epoll_user(e))->interests);
}

int net_step(struct tern_net *n, tern_ns until)
{
    n->unmoved = n->unsent = 0;
    int r = tern_loop_wait(n->loop, until);
    sock_host_time(n->host, tern_loop_now(n->loop));
    tell(n);
    return r == TERN_ERR_AGAIN ? -EINTR : r < 0 ? -EIO : 0;
}

void net_step_now(struct tern_net *n)
{
    if (n->led) return;
    n->led = true;
    net_step(n, 0);
    n->led = false;
}

void net_step_sometimes(struct tern_net *n)
{
    enum { OFTEN = 16 };
    if (++n->unmoved > OFTEN) net_step_now(n);
}

void net_settle(struct tern_net *n)
{
    sock_host_dispatch(n->host);
    loop_send(n->loop);
    n->unsent = 0;
    tell(n);
}

void net_settle_later(struct tern_net *n)
{
    enum { OFTEN = 16 };
    if (!loop_watched(n->loop) && ++n->unsent <= OFTEN) {
        tell(n);
        return;
    }
    net_tick(n);
    net_settle(n);
}

/* The net's own thread. The lock is free for a moment after each batch, and while it sleeps. */
static void *run(void *arg)
{
    struct tern_net *n = arg;
    net_lock(n);
    while (!n->ending) {
        net_step(n, TERN_NEVER);
        net_unlock(n);
        net_lock(n);
    }
    net_unlock(n);
    return NULL;
}

/* ---- making and freeing ---- */

static bool make_stack(struct tern_net *n, const struct tern_net_config *config)
{
    struct tern_stack_config stack = {.alloc = &tern_alloc_libc, .memory_cap = config->memory_cap, .now = net_now()};
    stack.settings = config->settings;
    stack.cc = config->cc;
    if (config->secret)
        memcpy(stack.secret, config->secret, sizeof stack.secret);
    else if (getrandom(stack.secret, sizeof stack.secret, 0) != (ssize_t)sizeof stack.secret)
        return false;
    n->stack = tern_stack_new(&stack);
    if (!n->stack) {
        errno = EINVAL;
        return false;
    }
    if (config->trace) tern_stack_trace(n->stack, config->trace);
    n->host = sock_host_new(n->stack);
    if (!n->host) errno = ENOMEM;
    return n->host != NULL;
}

static void away(void *ctx) { net_unlock(ctx); }
static void back(void *ctx) { net_lock(ctx); }

static bool make_loop(struct tern_net *n)
{
    n->loop = tern_loop_new(n->stack);
    if (!n->loop) return false;
    loop_share(n->loop, away, back, n);
    sock_host_time(n->host, tern_loop_now(n->loop));
    return true;
}

static bool make_thread(struct tern_net *n)
{
    sigset_t all, before;
    sigfillset(&all);
    n->threaded = n->led = true;
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's signals are for the program's threads */
    int error = pthread_create(&n->thread, NULL, run, n);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return error == 0;
}

/* What make_*() made; nobody else uses the net any more. */
static void unmake(struct tern_net *n)
{
    for (struct list *l = n->sets.next; l != &n->sets; l = l->next) {
        struct handle *h = CONTAINER_OF(l, struct handle, in_sets);
        sock_epoll_free(h->set);
        h->set = NULL;
    }
    if (n->host) sock_host_free(n->host);
    if (n->loop) tern_loop_free(n->loop);
    if (n->stack) tern_stack_free(n->stack);
}

struct tern_net *tern_net_new(const struct tern_net_config *config)
{
    struct tern_net *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->refs = 1;
    list_init(&n->waiting);
    list_init(&n->sets);
    pthread_mutex_init(&n->gate, NULL);
    pthread_mutex_init(&n->lock, NULL);
    pthread_cond_init(&n->empty, NULL);
    if (make_stack(n, config) && make_loop(n) && (!config->thread || make_thread(n))) return n;
    int error = errno;
    unmake(n);
    net_drop(n);
    errno = error;
    return NULL;
}

void net_drop(struct tern_net *n)
{
    if (atomic_fetch_sub(&n->refs, 1) > 1) return;
    pthread_cond_destroy(&n->empty);
    pthread_mutex_destroy(&n->lock);
    pthread_mutex_destroy(&n->gate);
    free(n);
}

static bool of_net(struct object *o, void *ctx) { return CONTAINER_OF(o, struct handle, object)->net == ctx; }
static void drop_object(struct object *o) { handle_drop(CONTAINER_OF(o, struct handle, object)); }

void tern_net_free(struct tern_net *net)
{
    if (!net) return;
    net_lock(net);
    net->ending = true;
    loop_wake(net->loop);
    wake_all(&net->waiting);
    net_unlock(net);
    if (net->threaded) pthread_join(net->thread, NULL);
    net_lock(net);
    while (!list_empty(&net->waiting)) pthread_cond_wait(&net->empty, &net->lock);
    unmake(net);
    net_unlock(net);
    descriptor_sweep(of_net, drop_object, net);
    net_drop(net);
}

int tern_net_add_link(struct tern_net *net, struct tern_link *link, const struct tern_if_config *nic)
{
    struct tern_if_config with = *nic;
    with.mtu = nic->mtu ? nic->mtu : link->mtu;
    with.gso_max = nic->gso_max ? nic->gso_max : link->gso_max;
    net_lock(net);
    int r = tern_stack_add_if(net->stack, &with);
    int added = r < 0 ? r : tern_loop_add_link(net->loop, link, r);
    net_unlock(net);
    if (added >= 0) return r;
    errno = added == TERN_ERR_NOMEM ? ENOMEM : EINVAL;
    return -1;
}

/* ---- run by the caller ---- */

int tern_net_fd(struct tern_net *net)
{
    if (net->threaded) return call_fail(EBUSY);
    net_lock(net);
    int fd = tern_loop_fd(net->loop);
    net_unlock(net);
    return fd < 0 ? call_fail(ENOMEM) : fd;
}

tern_ns tern_net_next(struct tern_net *net)
{
    net_lock(net);
    tern_ns at = net->unsent > 0 ? 0 : loop_next(net->loop);
    net_unlock(net);
    return at;
}

int tern_net_poll(struct tern_net *net, tern_ns until)
{
    struct waiter w = {.fd = -1};
    struct interest self = {.waiter = &w};
    int r = 0;
    if (net->threaded) return call_fail(EBUSY);
    net_lock(net);
    list_append(&net->waiting, &self.node);
    if (!net->led) {
        net->led = true;
        r = net_step(net, until);
        net->led = false;
    } else if (until > net_now()) { /* a thread that waits moves the packets already */
        r = net_wait(net, &w, until == TERN_NEVER ? NET_FOREVER : until);
    }
    net_settle(net);
    net_leave(net, &self);
    net_unlock(net);
    return r < 0 ? call_fail(-r) : 0;
}

struct tern_stack *tern_net_lock(struct tern_net *net)
{
    net_lock(net);
    net_tick(net);
    return net->stack;
}

void tern_net_unlock(struct tern_net *net)
{
    net_settle(net);
    net_unlock(net);
}
