/* The public calls on a connection: each takes the time, does its work in the tcp layer, and settles what follows from it. */
#include "stack_internal.h"

#include <string.h>

#include "stack_host.h"

static struct tern_stack *enter(struct tern_conn *c, tern_ns now)
{
    struct tern_stack *s = stack_of(c);
    stack_time(s, now);
    s->env.seg_event = NULL;
    return s;
}

bool host_is_multicast(const struct tern_addr *a)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    if (!tern_addr_is_v4(a)) return a->b[0] == 0xff;
    return (a->b[12] & 0xf0) == 0xe0 || !memcmp(a->b + 12, broadcast, sizeof broadcast);
}

/* Fills in the local end of an active OPEN. */
static int choose_local(struct tern_stack *s, const struct tern_endpoint *local, bool foreign, struct tcp_tuple *t, int *ifi)
{
    *ifi = if_route(s, &t->raddr);
    if (*ifi < 0) return *ifi;
    if (local && !is_any(local) && MUST(43)) {
        if (!foreign && !if_local(s, &local->addr) && !s->ifs[*ifi]->cfg.any) return TERN_ERR_ADDRNOTAVAIL;
        if (tern_addr_is_v4(&local->addr) != tern_addr_is_v4(&t->raddr)) return TERN_ERR_INVAL;
        t->laddr = local->addr;
    } else if (!if_source(s, *ifi, &t->raddr, &t->laddr)) {
        return TERN_ERR_UNREACH;
    }
    if (local && local->port) {
        t->lport = local->port;
        struct tcp_node *n = table_find(s, t);
        if (!n || CLAUSE(&s->env, TW_PORT) || n->kind != NODE_TIME_WAIT) return n ? TERN_ERR_ADDRINUSE : 0;
        tw_end(s, tw_of(n), FSM_TIMEOUT_2MSL, TERN_RULE_NONE);
        return 0;
    }
    return port_choose(s, t) ? 0 : TERN_ERR_ADDRNOTAVAIL;
}

int stack_connect(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote, bool foreign,
                  struct tern_conn **out)
{
    struct tcp_tuple t = {.raddr = remote->addr, .rport = remote->port};
    int ifi;
    /* MUST-46: no OPEN to a broadcast or multicast address; 3.10.1: the remote end must be specified. */
    bool many = host_is_multicast(&remote->addr) || if_broadcast(s, &remote->addr);
    if (!remote->port || is_any(remote) || (many && MUST(46))) return TERN_ERR_INVAL;
    int r = choose_local(s, local, foreign, &t, &ifi);
    if (r) return r;
    struct tern_conn *c = conn_new(s, &t, ifi);
    if (!c) return TERN_ERR_NOMEM;
    table_add(s, &c->node);
    c->place = CONN_HASHED | CONN_OWNED;
    tcp_open_active(c, FSM_OPEN_ACTIVE);
    conn_settle(s, c);
    *out = c;
    return 0;
}

int tern_stack_connect(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                       struct tern_conn **out)
{
    return stack_connect(s, local, remote, false, out);
}

int64_t tern_conn_send(struct tern_conn *c, tern_ns now, const void *buf, size_t len)
{
    struct tern_stack *s = enter(c, now);
    int64_t r = tcp_send(c, buf, len, 0);
    conn_settle(s, c);
    return r;
}

int64_t tern_conn_send_with(struct tern_conn *c, tern_ns now, const void *buf, size_t len, uint32_t flags)
{
    struct tern_stack *s = enter(c, now);
    int64_t r = tcp_send(c, buf, len, flags);
    conn_settle(s, c);
    return r;
}

int64_t tern_conn_send_static(struct tern_conn *c, tern_ns now, const void *base, size_t len, uint32_t flags)
{
    struct tern_stack *s = enter(c, now);
    int64_t r = tcp_send_static(c, base, len, flags);
    conn_settle(s, c);
    return r;
}

int64_t tern_conn_send_buf(struct tern_conn *c, tern_ns now, struct tern_buf *buf, uint32_t flags)
{
    struct tern_stack *s = enter(c, now);
    int64_t r = tcp_send_buf(c, buf, flags);
    conn_settle(s, c);
    return r;
}

int64_t tern_conn_recv(struct tern_conn *c, tern_ns now, void *buf, size_t len)
{
    struct tern_stack *s = enter(c, now);
    int64_t r = tcp_recv(c, buf, len);
    conn_settle(s, c);
    return r;
}

struct tern_buf *tern_conn_recv_buf(struct tern_conn *c, tern_ns now, int *err)
{
    struct tern_stack *s = enter(c, now);
    struct tern_buf *b = tcp_recv_buf(c, err);
    conn_settle(s, c);
    return b;
}

size_t tern_conn_readable(const struct tern_conn *c) { return c->rcv.queued; }
size_t tern_conn_writable(const struct tern_conn *c) { return tcp_writable(c); }
bool tern_conn_send_ready(struct tern_conn *c) { return tcp_send_ready(c); }
size_t tern_conn_peek(const struct tern_conn *c, size_t offset, void *buf, size_t len) { return tcp_peek(c, offset, buf, len); }

int tern_conn_close(struct tern_conn *c, tern_ns now)
{
    struct tern_stack *s = enter(c, now);
    int r = tcp_close(c);
    conn_settle(s, c);
    return r;
}

int tern_conn_abort(struct tern_conn *c, tern_ns now)
{
    struct tern_stack *s = enter(c, now);
    struct tcp_tw *tw = c->state == TERN_TIME_WAIT ? tw_find(s, c) : NULL;
    if (tw) {
        tw_end(s, tw, FSM_ABORT, TERN_RULE_ABORT_CALL);
        return 0;
    }
    int r = tcp_abort(c, TERN_RULE_RST_ABORT);
    conn_settle(s, c);
    return r;
}

/* The application has gone, and the rest of the connection takes its time. */
static void orphan(struct tern_stack *s, struct tern_conn *c)
{
    c->place |= CONN_ORPHAN;
    list_append(&s->orphans, &c->event);
    s->counters.orphan_n++;
    orphans_make_room(s);
}

void tern_conn_release(struct tern_conn *c, tern_ns now)
{
    struct tern_stack *s = enter(c, now);
    list_remove(&c->event);
    tcp_release(c);
    bool lives = c->state != TERN_CLOSED && c->state != TERN_TIME_WAIT;
    conn_settle(s, c);
    if (lives) orphan(s, c);
}

int tern_conn_error(const struct tern_conn *c) { return c->error; }

/* SHLD-20: who does not want soft errors does not ask; nothing else is done with them. */
int tern_conn_soft_error(struct tern_conn *c)
{
    int e = c->soft_error;
    c->soft_error = 0;
    return e;
}

void tern_conn_set_user(struct tern_conn *c, void *user) { c->owner.user = user; }
void *tern_conn_user(const struct tern_conn *c) { return c->owner.user; }
enum tern_state tern_conn_state(const struct tern_conn *c) { return (enum tern_state)c->state; }
struct tern_stack *tern_conn_stack(const struct tern_conn *c) { return stack_of(c); }

int tern_conn_set(struct tern_conn *c, tern_ns now, enum tern_option opt, int64_t value)
{
    struct tern_stack *s = enter(c, now);
    int r = tcp_set(c, opt, value);
    conn_settle(s, c);
    return r;
}

int tern_conn_get(const struct tern_conn *c, enum tern_option opt, int64_t *value) { return tcp_get(c, opt, value); }

size_t tern_conn_saved_syn(const struct tern_conn *c, void *buf, size_t len)
{
    const struct tern_buf *syn = c->more ? c->more->saved_syn : NULL;
    if (!syn) return 0;
    if (len > 0) memcpy(buf, syn->data, len < syn->len ? len : syn->len);
    return syn->len;
}

size_t tern_conn_fastopen_room(const struct tern_conn *c) { return fo_room(c); }

/* MAY-18 */
int tern_conn_set_cc(struct tern_conn *c, tern_ns now, const char *name)
{
    const struct cc_ops *ops = cc_find(name);
    if (!ops) return TERN_ERR_UNSUPPORTED;
    struct tern_stack *s = enter(c, now);
    tcp_set_cc(c, ops);
    conn_settle(s, c);
    return 0;
}

void tern_conn_status(const struct tern_conn *c, struct tern_status *out) { tcp_status(c, out); }
