/* Hosts: a stack each, its packets in and out, its timers, its events. */
#include <string.h>

#include "bytes.h"
#include "ip.h"
#include "lab_internal.h"
#include "stack_host.h"

enum { RING = 1 << 12, BATCH = 8, ROUNDS_MAX = 100000, UDP = 17 };

/* ---- life ---- */

static void make_secret(const struct lab *lab, size_t node, uint8_t secret[16])
{
    uint64_t x = lab->cfg.seed ^ (uint64_t)(node + 1) << 40;
    for (int i = 0; i < 16; i += 8) {
        uint64_t r = chance_split(&x);
        for (int k = 0; k < 8; k++) secret[i + k] = (uint8_t)(r >> 8 * k);
    }
}

static bool add_interface(const struct lab *lab, size_t node, struct tern_stack *s)
{
    const struct lab_node *n = &lab->cfg.node[node];
    struct tern_if_config ic = {.mtu = n->mtu ? n->mtu : 1500, .addr_n = 1};
    ic.gso_max = n->gso_max == 0 ? TERN_PACKET_MAX : n->gso_max == 1 ? 0 : n->gso_max;
    ic.addr[0] = net_addr(lab, node);
    ic.prefix_len[0] = lab->cfg.v6 ? 32 : 15;
    return tern_stack_add_if(s, &ic) >= 0;
}

static bool add_trace(struct lab *lab, struct lab_machine *m)
{
    if (!lab->cfg.watch.event) return true;
    m->ring = mem_get(&lab->mem, RING * sizeof *m->ring);
    if (!m->ring || tern_trace_init(&m->trace, m->ring, RING) < 0) return false;
    tern_stack_trace(m->s, &m->trace);
    return true;
}

bool machine_new(struct lab *lab, size_t node)
{
    struct lab_machine *m = &lab->machine[node];
    const struct lab_node *n = &lab->cfg.node[node];
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .memory_cap = n->memory_cap};
    if (n->router) return true;
    if (n->set_up) sc.settings = &n->settings;
    if (*n->cc) sc.cc = n->cc;
    make_secret(lab, node, sc.secret);
    m->s = tern_stack_new(&sc);
    return m->s && add_interface(lab, node, m->s) && add_trace(lab, m);
}

void machine_free(struct lab *lab, size_t node)
{
    struct lab_machine *m = &lab->machine[node];
    tern_stack_free(m->s);
    mem_put(&lab->mem, m->ring, RING * sizeof *m->ring);
    m->s = NULL;
}

size_t machine_memory(const struct lab *lab, size_t node)
{
    struct tern_counters n;
    tern_stack_counters(lab->machine[node].s, &n);
    return n.memory_used;
}

bool machine_is_quiet(const struct lab *lab, size_t node)
{
    struct tern_counters n;
    tern_stack_counters(lab->machine[node].s, &n);
    return n.conn_n + n.half_n + n.time_wait_n == 0;
}

/* ---- what it says ---- */

static void tell(struct lab *lab, size_t node)
{
    struct lab_machine *m = &lab->machine[node];
    const struct lab_watch *w = &lab->cfg.watch;
    if (!m->ring) return;
    for (; m->seen < m->trace.end; m->seen++) {
        const struct tern_event *e = tern_trace_get(&m->trace, m->seen);
        if (e) w->event(w->ctx, (uint16_t)node, e);
    }
}

/* ---- in ---- */

static void digest(struct lab *lab, uint64_t x)
{
    uint64_t d = (lab->totals.digest ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    lab->totals.digest = d << 29 | d >> 35;
}

static void digest_packet(struct lab *lab, size_t node, const struct packet *p)
{
    const struct tern_buf *b = packet_buf(p);
    uint32_t at = b->data[0] >> 4 == 4 ? (b->data[0] & 15u) * 4 : WIRE_IP6_HEADER_LEN;
    digest(lab, lab->now);
    digest(lab, (uint64_t)node << 32 | p->p.len);
    if (b->len < at + 16) return;
    for (uint32_t i = 0; i < 16; i += 8) digest(lab, (uint64_t)be32_get(b->data + at + i) << 32 | be32_get(b->data + at + i + 4));
}

static void take_datagram(struct lab *lab, const struct packet *p)
{
    struct lab_flow_result *r = &lab->flow[p->flow].result;
    r->datagrams_got++;
    if (r->first_byte_at == TERN_NEVER) r->first_byte_at = lab->now;
    r->last_byte_at = lab->now;
    if (lab->now > lab->cfg.duration) return;
    r->got_bytes += p->p.len;
    r->done_n++;
}

static bool is_datagram(const struct lab *lab, const struct packet *p)
{
    return p->flow >= 0 && packet_buf(p)->data[lab->cfg.v6 ? 6 : 9] == UDP;
}

static void give_to_stack(struct lab *lab, size_t node, const struct packet *p)
{
    struct tern_stack *s = lab->machine[node].s;
    const struct tern_buf *b = packet_buf(p);
    struct tern_buf *in = tern_buf_get(tern_stack_pool(s), p->p.len);
    if (!in) return; /* over its cap: lost, as on any machine */
    packet_put(lab, p, in->data);
    in->len = p->p.len;
    in->gso_size = b->gso_size;
    in->csum_ok = !p->damaged;
    if (tern_stack_input(s, 0, lab->now, in) == TERN_INPUT_FOREIGN) tern_buf_unref(in);
    machine_touch(lab, node);
}

void machine_input(struct lab *lab, size_t node, struct packet *p)
{
    digest_packet(lab, node, p);
    if (is_datagram(lab, p))
        take_datagram(lab, p);
    else if (lab->machine[node].s)
        give_to_stack(lab, node, p);
    packet_free(lab, p);
}

/* ---- what there is to do ---- */

void machine_expire(struct lab *lab, size_t node)
{
    app_note_timeouts(lab, node);
    tern_stack_expire(lab->machine[node].s, lab->now);
    app_count_timeouts(lab, node);
    machine_touch(lab, node);
}

void machine_touch(struct lab *lab, size_t node)
{
    struct lab_machine *m = &lab->machine[node];
    if (m->dirty) return;
    m->dirty = true;
    lab->dirty[lab->dirty_n++] = (uint16_t)node;
}

/* Events, then packets, until there is neither. */
static void settle(struct lab *lab, size_t node)
{
    struct tern_stack *s = lab->machine[node].s;
    struct tern_pkt pkt[BATCH];
    struct tern_ready ready;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool events = false;
        while (tern_stack_next_event(s, &ready)) app_event(lab, &ready), events = true;
        int n = tern_stack_output(s, 0, lab->now, pkt, BATCH);
        tell(lab, node);
        for (int i = 0; i < n; i++) net_send(lab, node, &pkt[i]);
        if (n < BATCH && !events) break;
    }
    if (lab->cfg.check) invariants_check(lab, node);
    clock_set(lab->clock, lab_source_host(lab, node), tern_stack_next_expiry(s));
}

void machine_settle(struct lab *lab)
{
    while (lab->dirty_n > 0) {
        size_t node = lab->dirty[--lab->dirty_n];
        lab->machine[node].dirty = false;
        settle(lab, node);
    }
}
