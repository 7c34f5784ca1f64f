/* The loop: links, one stack and the caller's descriptors in one wait.
 *
 * Latency: one packet is taken, and the caller gets to act on it; its answer leaves at the start of the next wait. After a packet
 * the link is read once more before anything sleeps, since the next one is often there already. Only when packets keep coming are
 * more taken at once, up to BATCH_MAX: a batch that comes back short cost a read for nothing, so the next attempt waits longer.
 */
#include "net_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH_MAX = 64,                 /* packets taken in between two flushes */
    UNANSWERED_MAX = 4 * BATCH_MAX, /* and in all, where timers wait for what the links have */
    OUT_MAX = 16,                   /* packets asked of the stack at once */
    READY_MAX = 64,
    POLL_EVERY = 32,         /* batches from busy links, after which the caller's descriptors are looked at */
    POLL_MAX = 8,            /* links and descriptors for which poll() is used instead of epoll */
    TAG_TIMER = TERN_IF_MAX, /* epoll's tags: links by number, the timer, then descriptors */
    TAG_FD,
};
#define RETRY_WAIT TERN_MS /* until a full link without descriptor is tried again */

/* A packet that the link had no room for. Its payload is a copy: the slices would not outlive the next call to the stack. */
struct held {
    struct tern_pkt pkt;
    uint8_t *payload;
};

struct port {
    struct tern_link *link;
    int ifi;
    int fd;
    int batch;     /* packets to take next time */
    int streak;    /* full batches in a row */
    int patience;  /* of them before the batch grows */
    bool readable; /* something is there, or very likely */
    bool want_out; /* to be told when there is room */
    bool in_epoll;
    bool gone;
    tern_ns retry_at;
    struct held held[OUT_MAX];
    int held_first, held_n;
};

struct watch {
    uint32_t events; /* 0: not watched */
    void *user;
};

struct ready {
    int fd;
    uint32_t events;
};

struct tern_loop {
    struct tern_stack *stack;
    struct tern_pool *pool;
    int epoll, timer;
    tern_ns timer_at; /* what the timer is set to; TERN_NEVER: it is not running */
    tern_ns now;
    struct port *port[TERN_IF_MAX];
    int port_n;
    struct watch *watch; /* by descriptor */
    int watch_cap, watch_n;
    int unpolled;   /* batches since the last look at them */
    bool use_epoll; /* not only links are waited for */
    bool embedded;  /* somebody polls our descriptor: the timer says when we have work */
    bool asleep;    /* a thread waits, and others may call loop_send() */
    void (*away)(void *), (*back)(void *);
    void *share;
    struct ready ready[READY_MAX];
    int ready_n;
    struct tern_loop_tap tap;
    void (*foreign)(void *ctx, int ifi, struct tern_buf *buf);
    void *foreign_ctx;
    struct tern_pkt out[OUT_MAX];
};

static tern_ns clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

static struct timespec timespec_of(tern_ns t)
{
    return (struct timespec){.tv_sec = (time_t)(t / TERN_SEC), .tv_nsec = (long)(t % TERN_SEC)};
}

tern_ns loop_clock(struct tern_loop *l) { return l->now = clock_now(); }

static tern_ns earlier(tern_ns a, tern_ns b) { return a < b ? a : b; }

/* ---- making and freeing ---- */

static int epoll_set(const struct tern_loop *l, int op, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event e = {.events = events, .data.u64 = tag};
    return epoll_ctl(l->epoll, op, fd, &e);
}

struct tern_loop *tern_loop_new(struct tern_stack *stack)
{
    struct tern_loop *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->stack = stack;
    l->pool = tern_stack_pool(stack);
    l->timer_at = TERN_NEVER;
    l->now = clock_now();
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->epoll >= 0 && l->timer >= 0 && epoll_set(l, EPOLL_CTL_ADD, l->timer, EPOLLIN, TAG_TIMER) == 0) return l;
    if (l->epoll >= 0) close(l->epoll);
    if (l->timer >= 0) close(l->timer);
    free(l);
    return NULL;
}

static void held_pop(struct port *p)
{
    free(p->held[p->held_first].payload);
    p->held_first++;
    p->held_n--;
}

void tern_loop_free(struct tern_loop *loop)
{
    if (!loop) return;
    for (int i = 0; i < loop->port_n; i++) {
        struct port *p = loop->port[i];
        while (p->held_n > 0) held_pop(p);
        tern_link_close(p->link);
        free(p);
    }
    close(loop->timer);
    close(loop->epoll);
    free(loop->watch);
    free(loop);
}

/* The timer takes the place of timeouts: setting one for every wait costs more than the wait. It may be early, never late: a
 * deadline that moved away is looked at when the timer runs out. */
static void set_timer(struct tern_loop *l, tern_ns at)
{
    if (at >= l->timer_at) return;
    struct itimerspec t = {.it_value = timespec_of(at == 0 ? 1 : at)};
    timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &t, NULL);
    l->timer_at = at;
}

/* From now on epoll waits for everything. A descriptor in an epoll set makes every packet that arrives dearer for its sender, so
 * this is left until there are many. */
static int to_epoll(struct tern_loop *l)
{
    for (int i = 0; i < l->port_n; i++) {
        struct port *p = l->port[i];
        if (p->fd < 0 || p->in_epoll) continue;
        if (epoll_set(l, EPOLL_CTL_ADD, p->fd, p->want_out ? EPOLLIN | EPOLLOUT : EPOLLIN, (uint64_t)i) < 0)
            return TERN_ERR_NOMEM;
        p->in_epoll = true;
    }
    for (int fd = 0; !l->use_epoll && fd < l->watch_cap; fd++)
        if (l->watch[fd].events) epoll_set(l, EPOLL_CTL_ADD, fd, l->watch[fd].events, (uint64_t)TAG_FD + (uint64_t)fd);
    l->use_epoll = true;
    return 0;
}

static int to_epoll_when_many(struct tern_loop *l) { return l->use_epoll || l->port_n + l->watch_n > POLL_MAX ? to_epoll(l) : 0; }

int tern_loop_add_link(struct tern_loop *loop, struct tern_link *link, int ifi)
{
    if (loop->port_n == TERN_IF_MAX) return TERN_ERR_NOMEM;
    struct port *p = calloc(1, sizeof *p);
    if (!p) return TERN_ERR_NOMEM;
    p->link = link;
    p->ifi = ifi;
    p->fd = link->ops->fd(link);
    p->batch = p->patience = 1;
    p->retry_at = TERN_NEVER;
    loop->port[loop->port_n++] = p;
    int r = to_epoll_when_many(loop);
    if (loop->asleep && !p->in_epoll) set_timer(loop, 0); /* the sleeper's poll() does not know of it */
    if (r) {
        loop->port_n--;
        free(p);
    }
    return r;
}

void tern_loop_tap(struct tern_loop *loop, const struct tern_loop_tap *tap)
{
    loop->tap = tap ? *tap : (struct tern_loop_tap){0};
}

void tern_loop_foreign(struct tern_loop *loop, void (*take)(void *ctx, int ifi, struct tern_buf *buf), void *ctx)
{
    loop->foreign = take;
    loop->foreign_ctx = ctx;
}

/* ---- the caller's descriptors ---- */

static int watch_room(struct tern_loop *l, int fd)
{
    if (fd < l->watch_cap) return 0;
    int cap = l->watch_cap > 0 ? l->watch_cap : 16;
    while (cap <= fd) cap *= 2;
    struct watch *bigger = realloc(l->watch, (size_t)cap * sizeof *bigger);
    if (!bigger) return TERN_ERR_NOMEM;
    memset(bigger + l->watch_cap, 0, (size_t)(cap - l->watch_cap) * sizeof *bigger);
    l->watch = bigger;
    l->watch_cap = cap;
    return 0;
}

static int unwatch(struct tern_loop *l, int fd)
{
    if (fd >= l->watch_cap || l->watch[fd].events == 0) return 0;
    l->watch[fd] = (struct watch){0};
    l->watch_n--;
    if (l->use_epoll) epoll_set(l, EPOLL_CTL_DEL, fd, 0, 0); /* fails when it was closed: then it is gone already */
    return 0;
}

int tern_loop_watch(struct tern_loop *loop, int fd, uint32_t events, void *user)
{
    if (fd < 0 || fd > INT32_MAX / 2) return TERN_ERR_INVAL;
    if (events == 0) return unwatch(loop, fd);
    int r = watch_room(loop, fd);
    if (r < 0) return r;
    struct watch *w = &loop->watch[fd];
    uint64_t tag = (uint64_t)TAG_FD + (uint64_t)fd;
    bool known = w->events != 0;
    if (loop->use_epoll && (!known || w->events != events)) {
        r = epoll_set(loop, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, events, tag);
        /* Closed and opened again without a word to us. */
        if (r < 0 && known && errno == ENOENT) r = epoll_set(loop, EPOLL_CTL_ADD, fd, events, tag);
        if (r < 0) return errno == ENOMEM || errno == ENOSPC ? TERN_ERR_NOMEM : TERN_ERR_INVAL;
    }
    if (!known) loop->watch_n++;
    *w = (struct watch){events, user};
    r = to_epoll_when_many(loop);
    if (r && !known) unwatch(loop, fd); /* poll() has no room for it */
    return r;
}

void *tern_loop_ready(const struct tern_loop *loop, int i, uint32_t *events)
{
    *events = 0;
    if (i < 0 || i >= loop->ready_n) return NULL;
    const struct ready *r = &loop->ready[i];
    if (loop->watch[r->fd].events == 0) return NULL; /* removed since */
    *events = r->events;
    return loop->watch[r->fd].user;
}

tern_ns tern_loop_now(const struct tern_loop *loop) { return loop->now; }

/* ---- out ---- */

/* The rest of a batch that did not fit. What there is no memory for is lost, as on a full device. */
static void hold(struct port *p, const struct tern_pkt *pkts, int n)
{
    p->held_first = 0;
    for (int i = 0; i < n; i++) {
        struct held *h = &p->held[p->held_n];
        uint8_t *at = malloc(pkts[i].payload_len > 0 ? pkts[i].payload_len : 1);
        if (!at) return;
        h->pkt = pkts[i];
        h->payload = at;
        h->pkt.slice[0] = (struct tern_slice){at, pkts[i].payload_len};
        h->pkt.slices_n = pkts[i].payload_len > 0;
        for (unsigned k = 0; k < pkts[i].slices_n; at += pkts[i].slice[k++].len)
            if (pkts[i].slice[k].len > 0) memcpy(at, pkts[i].slice[k].base, pkts[i].slice[k].len);
        p->held_n++;
    }
}

static void want_out(struct tern_loop *l, struct port *p, int i, bool want)
{
    p->retry_at = want && p->fd < 0 ? l->now + RETRY_WAIT : TERN_NEVER;
    if (p->want_out == want) return;
    p->want_out = want;
    if (want && l->asleep && !p->in_epoll) set_timer(l, 0); /* the sleeper's poll() does not know of it */
    if (p->in_epoll) epoll_set(l, EPOLL_CTL_MOD, p->fd, want ? EPOLLIN | EPOLLOUT : EPOLLIN, (uint64_t)i);
}

/* The link is of no more use; the loop goes on without it. */
static int lose(struct tern_loop *l, struct port *p)
{
    if (p->in_epoll) epoll_set(l, EPOLL_CTL_DEL, p->fd, 0, 0);
    while (p->held_n > 0) held_pop(p);
    p->fd = -1;
    p->gone = true;
    p->readable = p->in_epoll = p->want_out = false;
    p->retry_at = TERN_NEVER;
    return TERN_ERR_IO;
}

/* Returns whether there is room for more; or TERN_ERR_IO. */
static int flush_held(struct tern_loop *l, struct port *p)
{
    while (p->held_n > 0) {
        int r = p->link->ops->send(p->link, l->now, &p->held[p->held_first].pkt, 1);
        if (r <= 0) return r;
        held_pop(p);
    }
    return 1;
}

static void show_out(const struct tern_loop *l, int n)
{
    for (int i = 0; l->tap.out && i < n; i++) l->tap.out(l->tap.ctx, l->now, &l->out[i]);
}

/* Everything that the stack has for the link |i|, as far as there is room. Returns the number of packets, or TERN_ERR_IO. */
static int flush_port(struct tern_loop *l, int i)
{
    struct port *p = l->port[i];
    const struct tern_link_ops *ops = p->link->ops;
    if (!p->gone && ops->next(p->link) <= l->now && ops->send(p->link, l->now, NULL, 0) < 0) return lose(l, p);
    int room = flush_held(l, p), n = OUT_MAX, sum = 0;
    while (room > 0 && n == OUT_MAX) {
        n = tern_stack_output(l->stack, p->ifi, l->now, l->out, OUT_MAX);
        if (n <= 0) break;
        show_out(l, n);
        sum += n;
        int sent = p->gone ? n : ops->send(p->link, l->now, l->out, n);
        if (sent < 0) return lose(l, p);
        if (sent < n) hold(p, l->out + sent, n - sent);
        room = sent == n;
    }
    if (room < 0) return lose(l, p);
    want_out(l, p, i, room == 0);
    return sum;
}

static int flush(struct tern_loop *l)
{
    int sum = 0;
    for (int i = 0; i < l->port_n; i++) {
        int n = flush_port(l, i);
        if (n < 0) return n;
        sum += n;
    }
    return sum;
}

/* ---- in ---- */

static void foreign(const struct tern_loop *l, int ifi, struct tern_buf *buf)
{
    if (l->foreign)
        l->foreign(l->foreign_ctx, ifi, buf);
    else
        tern_buf_unref(buf);
}

static void input(struct tern_loop *l, int ifi, struct tern_buf *buf)
{
    if (!l->tap.in && !l->tap.in_done) {
        if (tern_stack_input(l->stack, ifi, l->now, buf) == TERN_INPUT_FOREIGN) foreign(l, ifi, buf);
        return;
    }
    const struct tern_trace *trace = tern_stack_trace_get(l->stack);
    uint64_t from = trace ? trace->end : 0;
    if (l->tap.in) l->tap.in(l->tap.ctx, l->now, buf);
    if (tern_stack_input(l->stack, ifi, l->now, buf) == TERN_INPUT_FOREIGN) foreign(l, ifi, buf);
    if (l->tap.in_done) l->tap.in_done(l->tap.ctx, l->now, from, trace ? trace->end : 0);
}

/* One batch. Returns the number taken, or TERN_ERR_IO. */
static int take(struct tern_loop *l, struct port *p)
{
    struct tern_buf *bufs[BATCH_MAX];
    int batch = p->batch, n = p->link->ops->recv(p->link, l->now, l->pool, bufs, batch);
    if (n < 0) return lose(l, p);
    for (int i = 0; i < n; i++) input(l, p->ifi, bufs[i]);
    p->readable = n == batch;
    if (n < batch) {
        if (batch > 1 && p->patience < BATCH_MAX) p->patience *= 2;
        p->batch = 1;
        p->streak = 0;
    } else if (++p->streak >= p->patience && batch < BATCH_MAX) {
        if (batch > 1) p->patience = 1;
        p->batch = batch * 2;
        p->streak = 0;
    }
    return n;
}

/* A batch from each link that has something. Returns the number of packets, or TERN_ERR_IO. */
static int take_all(struct tern_loop *l)
{
    int sum = 0;
    for (int i = 0; i < l->port_n; i++) {
        struct port *p = l->port[i];
        if (p->gone || (!p->readable && p->link->ops->next(p->link) > l->now)) continue;
        int n = take(l, p);
        if (n < 0) return n;
        sum += n;
    }
    return sum;
}

static bool any_readable(const struct tern_loop *l)
{
    for (int i = 0; i < l->port_n; i++)
        if (l->port[i]->readable) return true;
    return false;
}

/* Who had to wait for a processor finds timers due and, on the links, the answers they waited for: those come first. Returns
 * |taken| and what came with them, or TERN_ERR_IO. */
static int take_answers(struct tern_loop *l, int taken)
{
    int waiting = taken; /* for what is to be answered to strangers the stack's queue is short */
    for (int i = 0; i < POLL_EVERY && any_readable(l) && tern_stack_next_expiry(l->stack) <= l->now; i++) {
        if (waiting >= UNANSWERED_MAX) {
            int r = flush(l);
            if (r < 0) return r;
            waiting = 0;
        }
        int n = take_all(l);
        if (n < 0) return n;
        taken += n;
        waiting += n;
    }
    return taken;
}

/* ---- waiting ---- */

static tern_ns deadline(const struct tern_loop *l, tern_ns until)
{
    tern_ns at = earlier(until, tern_stack_next_expiry(l->stack));
    for (int i = 0; i < l->port_n; i++) {
        const struct port *p = l->port[i];
        if (!p->gone) at = earlier(at, earlier(p->retry_at, p->link->ops->next(p->link)));
    }
    return at;
}

static void timer_ran(struct tern_loop *l)
{
    uint64_t times;
    if (read(l->timer, &times, sizeof times) == (ssize_t)sizeof times) l->timer_at = TERN_NEVER;
}

static void mark(struct tern_loop *l, const struct epoll_event *e)
{
    uint64_t tag = e->data.u64;
    if (tag >= TAG_FD) {
        int fd = (int)(tag - TAG_FD);
        /* An event of a descriptor that was closed without a word, while a copy of it lives on. */
        if (fd < l->watch_cap && l->watch[fd].events) l->ready[l->ready_n++] = (struct ready){fd, e->events};
    } else if (tag == TAG_TIMER) {
        timer_ran(l);
    } else {
        struct port *p = l->port[tag];
        if (!(e->events & (EPOLLIN | EPOLLERR | EPOLLHUP))) return;
        p->readable = true;
    }
}

static void go_away(struct tern_loop *l, int ms)
{
    if (!l->away || ms == 0) return;
    l->asleep = true;
    l->away(l->share);
}

static void come_back(struct tern_loop *l, int ms)
{
    if (!l->back || ms == 0) return;
    int error = errno;
    l->back(l->share);
    l->asleep = false;
    errno = error;
}

static int wait_epoll(struct tern_loop *l, struct epoll_event *events, int ms)
{
    go_away(l, ms);
    int n = epoll_wait(l->epoll, events, READY_MAX, ms);
    come_back(l, ms);
    return n;
}

/* With few descriptors poll() does what epoll would. */
static int wait_poll(struct tern_loop *l, struct epoll_event *events, int ms)
{
    struct pollfd fds[POLL_MAX + 1] = {{.fd = l->timer, .events = POLLIN}};
    uint64_t tag[POLL_MAX + 1] = {TAG_TIMER};
    nfds_t n = 1;
    for (int i = 0; i < l->port_n; i++, n++) {
        const struct port *p = l->port[i];
        fds[n] = (struct pollfd){.fd = p->fd, .events = p->want_out ? POLLIN | POLLOUT : POLLIN};
        tag[n] = (uint64_t)i;
    }
    for (int fd = 0, left = l->watch_n; left > 0 && fd < l->watch_cap; fd++) {
        if (!l->watch[fd].events) continue;
        fds[n] = (struct pollfd){.fd = fd, .events = (short)l->watch[fd].events};
        tag[n++] = (uint64_t)TAG_FD + (uint64_t)fd;
        left--;
    }
    go_away(l, ms);
    int r = poll(fds, n, ms), k = 0;
    come_back(l, ms);
    if (r < 0) return r;
    for (nfds_t i = 0; i < n; i++)
        if (fds[i].revents) events[k++] = (struct epoll_event){(uint32_t)(unsigned short)fds[i].revents, {.u64 = tag[i]}};
    return k;
}

/* Sleeps until |at| at most. 0, or TERN_ERR_AGAIN after a signal. */
static int sleep_until(struct tern_loop *l, tern_ns at)
{
    struct epoll_event events[READY_MAX];
    bool past = at <= l->now;
    if (!past) set_timer(l, at);
    int n = l->use_epoll ? wait_epoll(l, events, past ? 0 : -1) : wait_poll(l, events, past ? 0 : -1);
    int error = errno;
    l->now = clock_now();
    if (n < 0) return error == EINTR ? TERN_ERR_AGAIN : TERN_ERR_IO;
    for (int i = 0; i < n; i++) mark(l, &events[i]);
    return 0;
}

int tern_loop_wait(struct tern_loop *loop, tern_ns until)
{
    loop->ready_n = 0;
    loop->now = clock_now();
    int sent = flush(loop), r = 0;
    if (sent < 0) return sent;
    if (any_readable(loop) && (!loop->watch_n || loop->unpolled < POLL_EVERY)) {
        loop->unpolled++;
        if (sent > 1) loop->now = clock_now(); /* one packet takes no time worth a look at the clock */
        r = take_all(loop);
        if (r < 0) return r;
    }
    if (!r) {
        loop->unpolled = 0;
        r = sleep_until(loop, any_readable(loop) ? 0 : deadline(loop, until));
        if (r < 0) return r;
        r = take_all(loop);
        if (r < 0) return r;
    }
    r = take_answers(loop, r);
    if (r < 0) return r;
    if (tern_stack_next_expiry(loop->stack) <= loop->now) tern_stack_expire(loop->stack, loop->now);
    if (loop->embedded) set_timer(loop, r > 0 || loop->ready_n > 0 ? 0 : deadline(loop, TERN_NEVER));
    return loop->ready_n;
}

int tern_loop_fd(struct tern_loop *loop)
{
    int r = to_epoll(loop);
    if (r) return r;
    if (!loop->embedded) set_timer(loop, 0);
    loop->embedded = true;
    return loop->epoll;
}

void loop_share(struct tern_loop *l, void (*away)(void *), void (*back)(void *), void *ctx)
{
    l->away = away;
    l->back = back;
    l->share = ctx;
}

bool loop_watched(const struct tern_loop *l) { return l->asleep || l->embedded; }

int loop_send(struct tern_loop *l)
{
    int r = flush(l);
    if (loop_watched(l)) set_timer(l, r < 0 ? 0 : deadline(l, TERN_NEVER));
    return r;
}

void loop_wake(struct tern_loop *l)
{
    if (l->asleep) set_timer(l, 0);
}

tern_ns loop_next(const struct tern_loop *l) { return any_readable(l) ? 0 : deadline(l, TERN_NEVER); }
