/* The live side of a run: the stack, its sockets, and the passing of virtual time. Packets go out into a queue, cut into what the
 * MTU allows, where the script looks for them. */
#include <stdlib.h>
#include <string.h>

#include "run_internal.h"
#include "words.h"

/* ---- life ---- */

static bool add_interface(struct run *r)
{
    struct tern_if_config c = {.mtu = r->mtu, .gso_max = TERN_PACKET_MAX, .addr_n = 1};
    c.addr[0] = r->local_ip;
    c.prefix_len[0] = tern_addr_is_v4(&r->local_ip) ? 16 : 48;
    r->ifi = tern_stack_add_if(r->stack, &c);
    return r->ifi >= 0;
}

bool net_start(struct run *r)
{
    struct tern_stack_config c = {.alloc = &tern_alloc_libc, .now = r->now, .settings = &r->settings};
    memcpy(c.secret, "drill drill dril", sizeof c.secret);
    r->sent_end = &r->sent;
    r->ring = calloc(RUN_RING, sizeof *r->ring);
    if (!r->ring || tern_trace_init(&r->trace, r->ring, RUN_RING) < 0) return false;
    r->stack = tern_stack_new(&c);
    if (!r->stack || !add_interface(r)) return false;
    tern_stack_trace(r->stack, &r->trace);
    r->host = sock_host_new(r->stack);
    if (r->host) sock_host_time(r->host, r->now);
    return r->host != NULL;
}

void net_stop(struct run *r)
{
    if (r->host) sock_host_free(r->host);
    if (r->stack) tern_stack_free(r->stack);
    free(r->ring);
    while (r->sent) free(net_take(r));
}

/* ---- packets ---- */

static void queue(struct run *r, const uint8_t *packet, uint32_t len)
{
    if (r->discards) return;
    struct run_sent *s = malloc(sizeof *s + len);
    if (!s) {
        run_no_memory(r);
        return;
    }
    *s = (struct run_sent){.at = r->now, .len = len};
    memcpy(s->bytes, packet, len);
    *r->sent_end = s;
    r->sent_end = &s->next;
}

struct run_sent *net_take(struct run *r)
{
    struct run_sent *s = r->sent;
    if (!s) return NULL;
    r->sent = s->next;
    if (!r->sent) r->sent_end = &r->sent;
    return s;
}

/* Everything that the stack has to send now. Returns whether there was anything. */
static bool collect(struct run *r)
{
    uint8_t packet[TERN_PACKET_MAX];
    struct tern_pkt pkt;
    bool any = false;
    while (tern_stack_output(r->stack, r->ifi, r->now, &pkt, 1) == 1) {
        any = true;
        for (uint32_t i = 0;; i++) {
            int len = tern_pkt_cut(&pkt, i, packet, sizeof packet);
            if (len <= 0) break;
            queue(r, packet, (uint32_t)len);
        }
    }
    return any;
}

/* Who waits in a call acts before what the stack answers leaves, so that data may go with the answer. */
void run_settle(struct run *r)
{
    for (int round = 0; round < RUN_ROUNDS_MAX; round++) {
        bool changed = false;
        sock_host_dispatch(r->host);
        while (sock_host_changed(r->host)) changed = true;
        if (r->blocked && (changed || round == 0)) call_retry(r);
        bool more = collect(r);
        if (!more && !changed) return;
    }
    run_fail(r, r->event->at, "%s", _("The stack, the sockets and a call go on without end, and time does not."));
}

void net_input(struct run *r, const uint8_t *packet, uint32_t len, uint16_t joined)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->stack), len);
    if (!b) {
        run_no_memory(r);
        return;
    }
    memcpy(b->data, packet, len);
    b->len = len;
    b->gso_size = joined;
    if (tern_stack_input(r->stack, r->ifi, r->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    run_settle(r);
}

/* ---- time ---- */

static tern_ns earlier(tern_ns a, tern_ns b) { return a < b ? a : b; }

static tern_ns next_thing(const struct run *r)
{
    tern_ns at = tern_stack_next_expiry(r->stack);
    if (r->blocked) at = earlier(at, r->blocked->until);
    if (r->blocked && r->blocked->k.begun) at = earlier(at, r->blocked->k.until);
    return at == TERN_NEVER || at > r->now ? at : r->now;
}

static void set_time(struct run *r, tern_ns at)
{
    r->now = at;
    sock_host_time(r->host, at);
    tern_stack_expire(r->stack, at);
    run_settle(r);
}

bool run_step(struct run *r, tern_ns limit)
{
    tern_ns at = next_thing(r);
    if (++r->steps > RUN_STEPS_MAX)
        run_fail(r, r->event->at, "%s", _("The stack's timers chase each other: time does not go on."));
    if (at > limit || at == TERN_NEVER || r->failed) {
        if (limit != TERN_NEVER && limit > r->now) set_time(r, limit);
        return false;
    }
    set_time(r, at);
    return true;
}

void net_run_until(struct run *r, tern_ns at)
{
    while (run_step(r, at) && !r->failed) continue;
}
