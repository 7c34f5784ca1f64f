#include "duo.h"

#include "conn.h"

#include <stdlib.h>
#include <string.h>

enum { RING = 1 << 14, BATCH = 32, CHUNK = 1 << 16, QUEUE = 4096, SERVER_PORT = 80, CLIENT_PORT = 40000, TURNS_MAX = 100000 };

/* ---- the streams ---- */

const uint8_t *duo_pattern(void)
{
    static uint8_t pattern[2 * DUO_PERIOD];
    static bool made;
    if (made) return pattern;
    uint32_t x = 2463534242u; /* xorshift */
    for (uint32_t i = 0; i < DUO_PERIOD; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        pattern[i] = pattern[i + DUO_PERIOD] = (uint8_t)(x >> 11);
    }
    made = true;
    return pattern;
}

static void verify(struct duo_end *e, const uint8_t *p, size_t n)
{
    const uint8_t *want = duo_pattern() + e->received_n % DUO_PERIOD;
    if (memcmp(p, want, n) != 0)
        for (size_t i = 0; i < n; i++) e->wrong_n += p[i] != want[i];
    e->received_n += n;
}

/* ---- the digest: FNV-1a over the fields of the events, not over their padding ---- */

static void mix(uint64_t *digest, uint64_t v)
{
    for (int i = 0; i < 8; i++) *digest = (*digest ^ (uint8_t)(v >> 8 * i)) * UINT64_C(0x100000001b3);
}

static void mix_endpoint(uint64_t *d, const struct tern_endpoint *e)
{
    for (int i = 0; i < 16; i++) mix(d, e->addr.b[i]);
    mix(d, e->port);
}

static void mix_seg(uint64_t *d, const struct tern_ev_seg *s)
{
    const uint64_t field[] = {s->seq,        s->ack,      s->len,   s->wnd,    s->wnd_raw, s->flags,
                              s->urp,        s->gso_size, s->mss,   s->wscale, s->sack_n,  s->sack_permitted,
                              s->timestamps, s->ts_val,   s->ts_ecr};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) mix(d, field[i]);
    for (int i = 0; i < s->sack_n; i++) mix(d, s->sack[i][0]), mix(d, s->sack[i][1]);
}

static void mix_event(uint64_t *d, const struct tern_event *e)
{
    mix(d, e->at), mix(d, e->conn), mix(d, e->rule), mix(d, e->type), mix(d, e->state);
    mix(d, e->iss_known ? e->iss : 0), mix(d, e->irs_known ? e->irs : 0);
    mix_endpoint(d, &e->local), mix_endpoint(d, &e->remote);
    switch (e->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: mix_seg(d, &e->u.seg); break;
    case TERN_EV_STATE: mix(d, e->u.state.from), mix(d, e->u.state.to); break;
    case TERN_EV_TIMER_SET: mix(d, e->u.timer.at); /* fall through */
    case TERN_EV_TIMER_FIRED:
    case TERN_EV_TIMER_STOPPED: mix(d, e->u.timer.which); break;
    case TERN_EV_DROP:
        mix(d, e->drop);
        if (e->drop_has_seg) mix_seg(d, &e->u.seg);
        break;
    case TERN_EV_WINDOW: mix(d, e->u.window.wnd); break;
    case TERN_EV_CWND: mix(d, e->u.cwnd.cwnd), mix(d, e->u.cwnd.ssthresh), mix(d, e->u.cwnd.flight); break;
    case TERN_EV_RTT: mix(d, e->u.rtt.rtt), mix(d, e->u.rtt.srtt), mix(d, e->u.rtt.rttvar), mix(d, e->u.rtt.rto); break;
    case TERN_EV_CALL: mix(d, e->u.call.which), mix(d, (uint64_t)e->u.call.result); break;
    default: break;
    }
}

static void digest(struct duo *d, struct duo_end *e)
{
    if (!e->ring) return;
    for (; e->digested < e->trace.end; e->digested++) {
        const struct tern_event *ev = tern_trace_get(&e->trace, e->digested);
        if (ev)
            mix_event(&d->digest, ev);
        else
            d->error = "the trace ring is too small";
    }
}

/* ---- life ---- */

void duo_config_default(struct duo_config *cfg)
{
    *cfg = (struct duo_config){.mtu = 1500};
    tern_settings_default(&cfg->set);
}

static struct tern_endpoint endpoint(const struct duo_config *cfg, int which)
{
    const char *text = cfg->v6 ? which ? "2001:db8::2" : "2001:db8::1" : which ? "192.0.2.2" : "192.0.2.1";
    struct tern_endpoint e = {.port = which ? SERVER_PORT : CLIENT_PORT};
    tern_addr_parse(text, &e.addr);
    return e;
}

static bool impaired(const struct tern_impair *i)
{
    static const struct tern_impair none;
    return memcmp(i, &none, sizeof none) != 0;
}

static bool start_end(struct duo *d, const struct duo_config *cfg, int which, struct tern_link *cable)
{
    struct duo_end *e = &d->end[which];
    const struct tern_impair *path = which ? &cfg->down : &cfg->up;
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = "two fixed secret", .now = d->now, .settings = &cfg->set};
    struct tern_if_config ic = {.mtu = cfg->mtu, .gso_max = cfg->gso_max, .addr_n = 1};
    sc.secret[0] = (uint8_t)which;
    ic.addr[0] = endpoint(cfg, which).addr;
    ic.prefix_len[0] = cfg->v6 ? 64 : 24;
    e->link = cable;
    if (impaired(path)) {
        e->link = tern_impair_new(cable, NULL, path, cfg->seed * 2 + (uint64_t)which);
        if (!e->link) {
            e->link = cable;
            return false;
        }
    }
    e->s = tern_stack_new(&sc);
    if (!e->s || tern_stack_add_if(e->s, &ic) < 0) return false;
    if (!cfg->digest) return true;
    e->ring = calloc(RING, sizeof *e->ring);
    if (!e->ring || tern_trace_init(&e->trace, e->ring, RING) < 0) return false;
    tern_stack_trace(e->s, &e->trace);
    return true;
}

static size_t memory_used(const struct duo_end *e)
{
    struct tern_counters n;
    tern_stack_counters(e->s, &n);
    return n.memory_used;
}

bool duo_start(struct duo *d, const struct duo_config *cfg)
{
    struct tern_link *cable[2];
    memset(d, 0, sizeof *d);
    d->now = d->began = 1000 * TERN_SEC;
    d->digest = UINT64_C(0xcbf29ce484222325);
    d->check = cfg->check;
    if (tern_memory_pair(cfg->mtu, cfg->gso_max, QUEUE, &cable[0], &cable[1]) < 0) return false;
    bool client = start_end(d, cfg, 0, cable[0]), server = start_end(d, cfg, 1, cable[1]);
    if (client && server) {
        struct tern_listen_config lc = {.local = {.port = SERVER_PORT}};
        struct tern_endpoint from = endpoint(cfg, 0), to = endpoint(cfg, 1);
        if (tern_stack_listen(d->end[1].s, &lc, &d->end[1].l) == 0) {
            for (int i = 0; i < 2; i++) d->baseline[i] = memory_used(&d->end[i]);
            if (tern_stack_connect(d->end[0].s, &from, &to, &d->end[0].c) == 0) return true;
        }
    }
    duo_stop(d);
    return false;
}

void duo_stop(struct duo *d)
{
    for (int i = 0; i < 2; i++) {
        struct duo_end *e = &d->end[i];
        tern_stack_free(e->s);
        tern_link_close(e->link);
        free(e->ring);
        *e = (struct duo_end){0};
    }
}

/* ---- the applications ---- */

static void app_send(struct duo *d, struct duo_end *e)
{
    while (e->sent_n < e->goal) {
        uint64_t left = e->goal - e->sent_n;
        const uint8_t *from = duo_pattern() + e->sent_n % DUO_PERIOD;
        int64_t n = tern_conn_send(e->c, d->now, from, left < CHUNK ? (size_t)left : CHUNK);
        if (n == TERN_ERR_AGAIN || n == TERN_ERR_NOMEM) return;
        if (n <= 0) {
            d->error = "SEND failed";
            return;
        }
        e->sent_n += (uint64_t)n;
    }
    if (e->close_called) return;
    e->close_called = true;
    if (tern_conn_close(e->c, d->now) < 0) d->error = "CLOSE failed";
}

static void app_receive(struct duo *d, struct duo_end *e)
{
    static uint8_t buf[CHUNK];
    int64_t n;
    while ((n = tern_conn_recv(e->c, d->now, buf, sizeof buf)) > 0) verify(e, buf, (size_t)n);
    if (n == 0) e->peer_closed = true;
    if (n < 0 && n != TERN_ERR_AGAIN) d->error = "RECEIVE failed";
    if (e->wrong_n && !d->error) d->error = "wrong bytes were received";
}

static void app_release(struct duo *d, struct duo_end *e)
{
    if (!e->finished || !e->peer_closed) return;
    tern_conn_release(e->c, d->now);
    e->c = NULL;
    e->released = true;
}

static void app_event(struct duo *d, struct duo_end *e, const struct tern_ready *r)
{
    if (r->listener) {
        struct tern_conn *c = tern_listener_accept(r->listener);
        if (!c || e->c || e->released) {
            if (c) d->error = "a second connection was accepted";
            return;
        }
        e->c = c;
        app_send(d, e);
        return;
    }
    if (r->conn != e->c) {
        d->error = "an event for a connection that is nobody's";
        return;
    }
    if (r->events & TERN_ERROR) d->error = tern_strerror(tern_conn_error(e->c));
    if (r->events & (TERN_CONNECTED | TERN_WRITABLE)) app_send(d, e);
    if (r->events & (TERN_READABLE | TERN_PEER_CLOSED)) app_receive(d, e);
    if (r->events & TERN_FINISHED) e->finished = true;
    app_release(d, e);
}

/* ---- an instant ---- */

static bool receive(struct duo *d, struct duo_end *e)
{
    struct tern_buf *buf[BATCH];
    int n = e->link->ops->recv(e->link, d->now, tern_stack_pool(e->s), buf, BATCH);
    for (int i = 0; i < n; i++)
        if (tern_stack_input(e->s, 0, d->now, buf[i]) == TERN_INPUT_FOREIGN) tern_buf_unref(buf[i]);
    return n > 0;
}

/* What the link has no room for waits until the peer has received: the slices are this stack's, which nobody calls meanwhile. */
static bool send(struct duo *d, struct duo_end *e, struct duo_end *peer)
{
    struct tern_pkt pkt[BATCH];
    int n = tern_stack_output(e->s, 0, d->now, pkt, BATCH);
    for (int done = 0; done < n;) {
        int k = e->link->ops->send(e->link, d->now, pkt + done, n - done);
        if (k < 0) {
            d->error = "the link failed";
            return false;
        }
        done += k;
        if (done < n) receive(d, peer);
    }
    return n > 0;
}

static bool turn(struct duo *d, int which)
{
    struct duo_end *e = &d->end[which];
    struct tern_ready r;
    bool busy = receive(d, e);
    tern_ns at = e->link->ops->next(e->link);
    if (at > 0 && at <= d->now) e->link->ops->send(e->link, d->now, NULL, 0);
    if (tern_stack_next_expiry(e->s) <= d->now) tern_stack_expire(e->s, d->now), busy = true;
    while (!d->error && tern_stack_next_event(e->s, &r)) app_event(d, e, &r), busy = true;
    busy |= send(d, e, &d->end[1 - which]);
    if (e->c) e->passed |= 1u << tern_conn_state(e->c);
    digest(d, e);
    return busy;
}

static tern_ns next_instant(const struct duo *d)
{
    tern_ns at = TERN_NEVER;
    for (int i = 0; i < 2; i++) {
        tern_ns timer = tern_stack_next_expiry(d->end[i].s), link = d->end[i].link->ops->next(d->end[i].link);
        if (timer < at) at = timer;
        if (link < at) at = link;
    }
    return at;
}

bool duo_step(struct duo *d)
{
    tern_ns at = next_instant(d);
    if (at == TERN_NEVER && d->steps) return false;
    if (at != TERN_NEVER && at > d->now) d->now = at;
    d->steps++;
    for (int turns = 0; !d->error; turns++) {
        bool client = turn(d, 0), server = turn(d, 1);
        if (!client && !server) break;
        if (turns == TURNS_MAX) d->error = "the stacks talk without end in no time";
    }
    for (int i = 0; i < 2 && d->check && !d->error; i++)
        if (d->end[i].c) d->error = tcp_check(d->end[i].c);
    return true;
}

/* ---- a transfer ---- */

static uint64_t received(const struct duo *d) { return d->end[0].received_n + d->end[1].received_n; }

static void note_progress(struct duo *d, uint64_t before, uint64_t all)
{
    if (received(d) == before) return;
    if (before && d->now - d->progress_at > d->longest_stall) {
        d->longest_stall = d->now - d->progress_at;
        d->stall_at = d->now;
    }
    d->progress_at = received(d) < all ? d->now : d->progress_at;
}

static bool forgotten(const struct duo *d)
{
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        tern_stack_counters(d->end[i].s, &n);
        if (!d->end[i].released || n.conn_n || n.half_n || n.time_wait_n) return false;
    }
    return true;
}

static const char *judge(const struct duo *d, uint64_t up, uint64_t down)
{
    if (d->end[1].received_n != up || d->end[0].received_n != down) return "bytes are missing, or too many";
    if (!forgotten(d)) return "nothing is due any more, and the connection is not over";
    return NULL;
}

bool duo_transfer(struct duo *d, uint64_t up, uint64_t down, tern_ns limit)
{
    tern_ns end = d->now + limit;
    d->progress_at = d->now;
    d->end[0].goal = up, d->end[1].goal = down;
    for (uint64_t before = 0; !d->error; before = received(d)) {
        bool more = duo_step(d);
        note_progress(d, before, up + down);
        if (!more || (d->end[0].released && d->end[1].released && forgotten(d))) break;
        if (d->now > end) d->error = "the time is over";
    }
    if (!d->error) d->error = judge(d, up, down);
    return !d->error;
}
