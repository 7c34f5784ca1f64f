/* Sets of sockets: Linux's epoll. */
#include "sock_internal.h"

struct sock_epoll {
    struct sock_host *h;
    struct list changed; /* in the host's list */
    struct list watches; /* all */
    struct list ready;   /* those that may have something */
    uint32_t waiters;
    void *user;
};

struct watch {
    struct sock_epoll *e;
    struct sock *s;
    struct list in_sock, in_set, ready;
    struct epoll_event ev; /* events 0 (but for the private bits): disarmed by EPOLLONESHOT */
    int fd;                /* what the caller calls it */
};

#define PRIVATE_BITS   (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EXCLUSIVE_BITS (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static void make_ready(struct watch *w)
{
    struct sock_epoll *e = w->e;
    if (list_empty(&w->ready)) list_append(&e->ready, &w->ready);
    if (list_empty(&e->changed)) list_append(&e->h->changed_epolls, &e->changed);
}

struct sock_epoll *sock_host_changed_epoll(struct sock_host *h)
{
    struct list *n = list_pop(&h->changed_epolls);
    return n ? CONTAINER_OF(n, struct sock_epoll, changed) : NULL;
}

/* All that want to know; of the exclusive ones those up to the first that somebody waits for. */
void epoll_wake(struct sock *s, uint32_t key)
{
    struct list *next, *head = &s->watches;
    bool served = false;
    for (struct list *n = head->next; n != head; n = next) {
        struct watch *w = CONTAINER_OF(n, struct watch, in_sock);
        bool exclusive = (w->ev.events & EPOLLEXCLUSIVE) != 0;
        next = n->next;
        if (!(w->ev.events & ~PRIVATE_BITS) || !(w->ev.events & key) || (exclusive && served)) continue;
        make_ready(w);
        if (exclusive && w->e->waiters) served = true;
    }
}

struct sock_epoll *sock_epoll_new(struct sock_host *h)
{
    struct sock_epoll *e = mem_zero(h->mem, sizeof *e);
    if (!e) return NULL;
    e->h = h;
    list_init(&e->changed);
    list_init(&e->watches);
    list_init(&e->ready);
    return e;
}

static void unwatch(struct watch *w)
{
    list_remove(&w->in_sock);
    list_remove(&w->in_set);
    list_remove(&w->ready);
    mem_put(w->e->h->mem, w, sizeof *w);
}

void sock_epoll_free(struct sock_epoll *e)
{
    if (!e) return;
    while (!list_empty(&e->watches)) unwatch(CONTAINER_OF(e->watches.next, struct watch, in_set));
    list_remove(&e->changed);
    mem_put(e->h->mem, e, sizeof *e);
}

void epoll_forget(struct sock *s)
{
    while (!list_empty(&s->watches)) unwatch(CONTAINER_OF(s->watches.next, struct watch, in_sock));
}

static struct watch *find(const struct sock_epoll *e, struct sock *s, int fd)
{
    for (struct list *n = s->watches.next; n != &s->watches; n = n->next) {
        struct watch *w = CONTAINER_OF(n, struct watch, in_sock);
        if (w->e == e && w->fd == fd) return w;
    }
    return NULL;
}

static uint32_t wanted(const struct watch *w) { return sock_poll(w->s) & w->ev.events; }

static void arm(struct watch *w, const struct epoll_event *ev)
{
    w->ev = *ev;
    w->ev.events |= EPOLLERR | EPOLLHUP;
    if (wanted(w)) make_ready(w);
}

static int add(struct sock_epoll *e, struct sock *s, int fd, const struct epoll_event *ev)
{
    struct watch *w = mem_zero(e->h->mem, sizeof *w);
    if (!w) return -ENOMEM;
    w->e = e;
    w->s = s;
    w->fd = fd;
    list_init(&w->ready);
    list_append(&s->watches, &w->in_sock);
    list_append(&e->watches, &w->in_set);
    arm(w, ev);
    return 0;
}

int sock_epoll_ctl(struct sock_epoll *e, int op, struct sock *s, int fd, const struct epoll_event *event)
{
    struct watch *w = find(e, s, fd);
    struct epoll_event ev = {0};
    if (op != EPOLL_CTL_DEL && !event) return -EFAULT;
    if (op != EPOLL_CTL_DEL) memcpy(&ev, event, sizeof ev); /* it need not be aligned */
    if ((ev.events & EPOLLEXCLUSIVE) && (op == EPOLL_CTL_MOD || (ev.events & ~EXCLUSIVE_BITS))) return -EINVAL;
    switch (op) {
    case EPOLL_CTL_ADD: return w ? -EEXIST : add(e, s, fd, &ev);
    case EPOLL_CTL_MOD:
        if (!w) return -ENOENT;
        if (w->ev.events & EPOLLEXCLUSIVE) return -EINVAL;
        arm(w, &ev);
        return 0;
    case EPOLL_CTL_DEL:
        if (!w) return -ENOENT;
        unwatch(w);
        return 0;
    default: return -EINVAL;
    }
}

/* Linux's ep_send_events(): what was ready and is not any more leaves the list; level-triggered ones stay in it. */
int sock_epoll_wait(struct sock_epoll *e, struct epoll_event *ev, int n)
{
    struct list again;
    int done = 0;
    if (!ev) return sock_epoll_ready(e) ? -EFAULT : 0;
    list_init(&again);
    while (done < n && !list_empty(&e->ready)) {
        struct watch *w = CONTAINER_OF(list_pop(&e->ready), struct watch, ready);
        struct epoll_event told = {.events = wanted(w), .data = w->ev.data};
        if (!told.events) continue;
        memcpy(&ev[done++], &told, sizeof told); /* |ev| need not be aligned */
        if (w->ev.events & EPOLLONESHOT)
            w->ev.events &= PRIVATE_BITS;
        else if (!(w->ev.events & EPOLLET))
            list_append(&again, &w->ready);
    }
    struct list *l;
    while ((l = list_pop(&again)) != NULL) list_append(&e->ready, l);
    return done;
}

bool sock_epoll_ready(const struct sock_epoll *e)
{
    for (struct list *n = e->ready.next; n != &e->ready; n = n->next)
        if (wanted(CONTAINER_OF(n, struct watch, ready))) return true;
    return false;
}

void sock_epoll_waiters(struct sock_epoll *e, int by) { e->waiters += (uint32_t)by; }
void sock_epoll_set_user(struct sock_epoll *e, void *user) { e->user = user; }
void *sock_epoll_user(const struct sock_epoll *e) { return e->user; }
