/* Virtual time, and calls that wait in it. */
#include "plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The tool waits for a packet for ever; a stack without timers is silent at once, one with keepalive never is. */
#define SILENCE_MAX (7200 * TERN_SEC)

/* The tool compares the time at which a blocking call returned, and reads it after its thread has woken; by then the main thread
 * may have moved the clock. */
static _Thread_local tern_ns resumed_at = TERN_NEVER;

tern_ns plugin_resumed_at(void)
{
    tern_ns at = resumed_at;
    resumed_at = TERN_NEVER;
    return at;
}

static void queue_packet(struct plugin *p, const struct tern_pkt *pkt)
{
    size_t room = pkt->head_len + pkt->payload_len;
    struct plugin_packet *q = malloc(sizeof *q + room);
    if (!q) abort();
    *q = (struct plugin_packet){.at = p->now};
    /* Whole when it stands for several segments: this is how the tool sees what a kernel sends, and how its scripts are written.
     */
    int len = tern_pkt_flatten(pkt, q->bytes, room);
    q->len = len < 0 ? 0 : (size_t)len;
    *p->out_tail = q;
    p->out_tail = &q->next;
}

static void collect(struct plugin *p)
{
    struct tern_pkt pkt[8];
    int n;
    do {
        n = tern_stack_output(p->stack, 0, p->now, pkt, 8);
        for (int i = 0; i < n; i++) queue_packet(p, &pkt[i]);
    } while (n == 8);
}

static void ask_pending(struct plugin *p)
{
    struct plugin_call *c = p->pending;
    if (!c) return;
    c->result = c->step(c);
    if (c->result == SOCK_BLOCKED) return;
    c->done = true, c->done_at = p->now;
    p->pending = NULL;
    pthread_cond_broadcast(&p->woken);
}

void plugin_settle(struct plugin *p)
{
    if (!p->stack) return;
    sock_host_time(p->host, p->now);
    collect(p);
    sock_host_dispatch(p->host);
    while (sock_host_changed(p->host)) continue;
    ask_pending(p);
    collect(p);
}

static tern_ns earlier(tern_ns a, tern_ns b) { return a < b ? a : b; }

static tern_ns next(const struct plugin *p)
{
    if (!p->stack) return TERN_NEVER;
    tern_ns at = tern_stack_next_expiry(p->stack);
    return p->pending ? earlier(at, p->pending->wait.until) : at;
}

/* One step of time, not beyond |until|. */
static void step(struct plugin *p, tern_ns until)
{
    tern_ns at = earlier(next(p), until);
    if (at > p->now) p->now = at;
    if (!p->stack) return;
    tern_stack_expire(p->stack, p->now);
    plugin_settle(p);
}

void plugin_advance(struct plugin *p, tern_ns until)
{
    while (p->now < until) step(p, until);
}

void plugin_await_packet(struct plugin *p)
{
    tern_ns until = p->now + SILENCE_MAX;
    while (!p->out && next(p) <= until) step(p, until);
}

/* The main thread's call would block although the script does not say so: nothing but time can end it. */
static void wait_alone(struct plugin *p, struct plugin_call *c)
{
    p->pending = c;
    tern_ns until = p->now + SILENCE_MAX;
    while (!c->done && next(p) <= until) step(p, until);
    if (c->done) return;
    p->pending = NULL;
    c->result = -EINTR;
}

int64_t plugin_run(struct plugin *p, struct plugin_call *c)
{
    pthread_mutex_lock(&p->lock);
    if (p->host) sock_host_time(p->host, p->now);
    c->wait.until = TERN_NEVER;
    c->result = c->step(c);
    bool waited = c->result == SOCK_BLOCKED;
    plugin_settle(p);
    if (waited && pthread_equal(pthread_self(), p->main)) {
        wait_alone(p, c);
    } else if (waited) {
        p->pending = c;
        while (!c->done) pthread_cond_wait(&p->woken, &p->lock);
        resumed_at = c->done_at;
    }
    pthread_mutex_unlock(&p->lock);
    if (c->result >= 0) return c->result;
    errno = (int)-c->result;
    return -1;
}
