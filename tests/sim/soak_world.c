#include "soak_world.h"

#include <stdlib.h>
#include <string.h>

#include "duo.h"
#include "ip.h"
#include "mem.h"
#include "refusing.h"

enum {
    SERVER_PORT = 80,
    FIRST_PORT = 10000,
    PORTS = 50000,
    BACKLOG = 256,
    BATCH = 32,
    CHUNK = 1 << 14,
    QUEUE = 1 << 14,
    SIZE_BITS = 18,
    TURNS_MAX = 100000,
    FLOOD_TICK_MS = 10,
    KEEPALIVE_IDLE_MS = 20000,
    KEEPALIVE_INTERVAL_MS = 2000,
    VANISH_MS = 300, /* at the latest so long after its SYN */
    SYN_LEN = 40
};

struct app {
    struct talk *talk;
    struct tern_conn *c;
    uint64_t goal, sent, got;
    bool opened, closed, end, finished, over;
    int error;
};

struct talk {
    struct app app[2]; /* client, server */
    enum soak_kind kind;
    uint64_t abort_after; /* ABORT, of the |aborter|: bytes received */
    tern_ns vanish_at;
    uint8_t aborter;
    bool begun, vanished;
    struct talk *next; /* of those that will vanish, by their time */
};

struct soak {
    struct soak_config cfg;
    struct soak_figures fig;
    struct refusing memory;
    struct tern_stack *s[2];
    struct tern_link *link[2];
    tern_ns now, began, next_conn, next_flood;
    uint64_t x;
    uint32_t next_port, forged_n;
    bool coming;
    struct talk *vanishing;
    struct talk talk[PORTS];
};

static void wrong(struct soak *s, const struct talk *t, const char *what)
{
    if (s->fig.wrong) return;
    s->fig.wrong = what;
    s->fig.wrong_port = t ? (uint32_t)(t - s->talk) + FIRST_PORT : 0;
}

static uint64_t draw(struct soak *s, uint64_t below)
{
    s->x ^= s->x << 13, s->x ^= s->x >> 7, s->x ^= s->x << 17;
    return s->x % below;
}

static void mix(struct soak *s, uint64_t v)
{
    for (int i = 0; i < 8; i++) s->fig.digest = (s->fig.digest ^ (uint8_t)(v >> 8 * i)) * UINT64_C(0x100000001b3);
}

static struct tern_addr addr_of(int i) { return tern_addr_v4((const uint8_t[4]){192, 0, 2, (uint8_t)(i + 1)}); }

/* ---- applications ---- */

static bool honest(const struct talk *t) { return t->kind <= SOAK_HALF_CLOSE; }

/* Its client has ended for itself, or does not hear how the other ended. */
static bool cut_short(const struct talk *t) { return t->kind == SOAK_ABORT || t->vanished; }

static void judge(struct soak *s, struct talk *t)
{
    const struct app *c = &t->app[0], *v = &t->app[1];
    if (!c->over || (v->talk && !v->over)) return;
    if (honest(t) && (c->got != v->goal || v->got != c->goal)) wrong(s, t, "bytes are missing");
    s->fig.ended[t->kind]++;
    mix(s, (uint64_t)(t - s->talk) << 40 ^ c->got << 20 ^ v->got);
}

static void leave(struct soak *s, struct app *a)
{
    tern_conn_release(a->c, s->now);
    a->c = NULL;
    a->over = true;
    judge(s, a->talk);
}

static void fails(struct soak *s, struct app *a, int err)
{
    if (!cut_short(a->talk)) wrong(s, a->talk, tern_strerror(err));
    leave(s, a);
}

static void app_send(struct soak *s, struct app *a)
{
    while (a->c && a->sent < a->goal) {
        uint64_t left = a->goal - a->sent;
        int64_t n = tern_conn_send(a->c, s->now, duo_pattern() + a->sent % DUO_PERIOD, left < CHUNK ? (size_t)left : CHUNK);
        if (n == TERN_ERR_AGAIN || n == TERN_ERR_NOMEM) return;
        if (n <= 0) {
            fails(s, a, (int)n);
            return;
        }
        a->sent += (uint64_t)n;
    }
    if (!a->c || a->closed || a->sent < a->goal) return;
    a->closed = true;
    int err = tern_conn_close(a->c, s->now);
    if (err < 0) fails(s, a, err);
}

static void app_receive(struct soak *s, struct app *a)
{
    static uint8_t bytes[CHUNK];
    int64_t n;
    while ((n = tern_conn_recv(a->c, s->now, bytes, sizeof bytes)) > 0) {
        if (memcmp(bytes, duo_pattern() + a->got % DUO_PERIOD, (size_t)n) != 0) wrong(s, a->talk, "bytes that were not sent");
        a->got += (uint64_t)n;
        s->fig.bytes += (uint64_t)n;
    }
    if (n == 0) a->end = true;
    if (n < 0 && n != TERN_ERR_AGAIN) fails(s, a, (int)n);
}

static bool aborts(const struct app *a)
{
    const struct talk *t = a->talk;
    return t->kind == SOAK_ABORT && a == &t->app[t->aborter] && (a->got >= t->abort_after || a->end);
}

static void app_go(struct soak *s, struct app *a, uint32_t events)
{
    bool waits = a->talk->kind == SOAK_HALF_CLOSE && a == &a->talk->app[1];
    if (a->over) return;
    if (events & TERN_CONNECTED) a->opened = true;
    if (events & TERN_FINISHED) a->finished = true;
    app_receive(s, a);
    if (a->c && aborts(a)) {
        tern_conn_abort(a->c, s->now);
        leave(s, a);
    }
    if (a->c && a->opened && (!waits || a->end)) app_send(s, a);
    if (a->c && (events & TERN_ERROR)) fails(s, a, tern_conn_error(a->c));
    if (a->c && a->end && a->finished) leave(s, a);
}

/* ---- the beginning of a connection ---- */

static uint64_t draw_size(struct soak *s) { return draw(s, UINT64_C(1) << draw(s, SIZE_BITS)); }

static enum soak_kind draw_kind(struct soak *s)
{
    static const enum soak_kind of[] = {SOAK_CONNECT,    SOAK_CONNECT,    SOAK_TRANSFER, SOAK_TRANSFER, SOAK_TRANSFER,
                                        SOAK_HALF_CLOSE, SOAK_HALF_CLOSE, SOAK_ABORT,    SOAK_ABORT,    SOAK_VANISH};
    return of[draw(s, sizeof of / sizeof of[0])];
}

static void will_vanish(struct soak *s, struct talk *t)
{
    struct talk **at = &s->vanishing;
    t->vanish_at = s->now + draw(s, VANISH_MS) * TERN_MS;
    while (*at && (*at)->vanish_at <= t->vanish_at) at = &(*at)->next;
    t->next = *at;
    *at = t;
}

static bool in_use(const struct talk *t)
{
    return t->begun && (!t->app[0].over || (t->app[1].talk && !t->app[1].over) || t->next);
}

static struct talk *free_port(struct soak *s)
{
    for (int i = 0; i < PORTS; i++) {
        struct talk *t = &s->talk[s->next_port++ % PORTS];
        if (!in_use(t)) return t;
    }
    return NULL;
}

static void begin(struct soak *s)
{
    struct talk *t = free_port(s);
    if (!t) {
        wrong(s, NULL, "no port is free");
        return;
    }
    struct tern_endpoint local = {addr_of(0), (uint16_t)(t - s->talk + FIRST_PORT)}, remote = {addr_of(1), SERVER_PORT};
    *t = (struct talk){.kind = draw_kind(s), .begun = true};
    uint64_t up = draw_size(s), down = draw_size(s);
    t->aborter = (uint8_t)draw(s, 2);
    t->abort_after = draw(s, 1 + (t->aborter ? up : down));
    t->app[0] = (struct app){.talk = t, .goal = t->kind == SOAK_CONNECT ? 0 : up};
    t->app[1].goal = t->kind == SOAK_CONNECT ? 0 : down;
    s->fig.begun[t->kind]++;
    int err = tern_stack_connect(s->s[0], &local, &remote, &t->app[0].c);
    if (err < 0) {
        wrong(s, t, tern_strerror(err));
        return;
    }
    tern_conn_set_user(t->app[0].c, &t->app[0]);
    if (t->kind == SOAK_VANISH) will_vanish(s, t);
}

/* What the client sends from now on, its RST first of all, is swallowed. */
static void vanish(struct soak *s)
{
    while (s->vanishing && s->vanishing->vanish_at <= s->now) {
        struct talk *t = s->vanishing;
        s->vanishing = t->next;
        t->next = NULL;
        if (t->app[0].over) continue;
        t->vanished = true;
        tern_conn_abort(t->app[0].c, s->now);
        leave(s, &t->app[0]);
    }
}

static void set(struct soak *s, struct app *a, enum tern_option opt, int64_t value)
{
    int err = tern_conn_set(a->c, s->now, opt, value);
    if (err < 0 && !tern_conn_error(a->c)) wrong(s, a->talk, "an option cannot be set");
}

static void accept_all(struct soak *s, struct tern_listener *l)
{
    struct tern_conn *c;
    while ((c = tern_listener_accept(l)) != NULL) {
        struct tern_status st;
        tern_conn_status(c, &st);
        struct talk *t =
            st.remote.port >= FIRST_PORT && st.remote.port < FIRST_PORT + PORTS ? &s->talk[st.remote.port - FIRST_PORT] : NULL;
        if (!t || !t->begun || t->app[1].talk) {
            s->fig.ghosts++;
            tern_conn_abort(c, s->now);
            tern_conn_release(c, s->now);
            continue;
        }
        struct app *a = &t->app[1];
        *a = (struct app){.talk = t, .c = c, .goal = a->goal, .opened = true};
        tern_conn_set_user(c, a);
        set(s, a, TERN_OPT_KEEPALIVE_IDLE, KEEPALIVE_IDLE_MS);
        set(s, a, TERN_OPT_KEEPALIVE_INTERVAL, KEEPALIVE_INTERVAL_MS);
        set(s, a, TERN_OPT_KEEPALIVE_COUNT, 3);
        set(s, a, TERN_OPT_KEEPALIVE, 1); /* or who has vanished in an idle moment is never missed */
        app_go(s, a, tern_conn_events(c));
    }
}

/* ---- the flood ---- */

static void forge(struct soak *s)
{
    static const uint8_t options[20] = {2, 4, 0x05, 0xa0, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};
    uint32_t n = s->forged_n++, seq = (uint32_t)draw(s, UINT32_MAX);
    struct wire_ip ip = {.src = tern_addr_v4((const uint8_t[4]){203, 0, 113, (uint8_t)(1 + n % 254)}),
                         .dst = addr_of(1),
                         .version = 4,
                         .proto = 6,
                         .ttl = 64};
    struct tern_buf *b = tern_buf_get(tern_stack_pool(s->s[1]), 20 + SYN_LEN);
    if (!b) return;
    size_t head = wire_ip_build(&ip, SYN_LEN, true, 0, b->data);
    uint8_t *tcp = b->data + head;
    memset(tcp, 0, SYN_LEN);
    uint16_t port = (uint16_t)(1024 + n / 254 % 60000);
    tcp[0] = (uint8_t)(port >> 8), tcp[1] = (uint8_t)port, tcp[3] = SERVER_PORT;
    for (int i = 0; i < 4; i++) tcp[4 + i] = (uint8_t)(seq >> 8 * (3 - i));
    tcp[12] = SYN_LEN / 4 << 4, tcp[13] = 2, tcp[14] = tcp[15] = 0xff;
    memcpy(tcp + 20, options, sizeof options);
    b->len = (uint32_t)head + SYN_LEN;
    b->csum_ok = true;
    if (tern_stack_input(s->s[1], 0, s->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    s->fig.forged++;
}

static void flood(struct soak *s)
{
    if (!s->coming || !s->cfg.flood_rate || s->now < s->next_flood) return;
    tern_ns into = (s->now - s->began) % s->cfg.flood_every;
    for (uint32_t i = 0; i < s->cfg.flood_rate * FLOOD_TICK_MS / 1000; i++) forge(s);
    bool last = into + FLOOD_TICK_MS * TERN_MS >= s->cfg.flood_lasts;
    s->next_flood = s->now + (last ? s->cfg.flood_every - into : FLOOD_TICK_MS * TERN_MS);
}

/* ---- packets ---- */

/* Of the client that has vanished. */
static bool swallowed(const struct soak *s, int to, const uint8_t *p)
{
    const uint8_t *at = p + 20 + (to ? 0 : 2);
    uint32_t i = (uint32_t)(at[0] << 8 | at[1]) - FIRST_PORT;
    return i < PORTS && s->talk[i].vanished;
}

static bool receive(struct soak *s, int i)
{
    struct tern_buf *buf[BATCH];
    int n = s->link[i]->ops->recv(s->link[i], s->now, tern_stack_pool(s->s[i]), buf, BATCH);
    for (int k = 0; k < n; k++) {
        s->fig.packets++;
        mix(s, s->now ^ (uint64_t)buf[k]->len << 48);
        if (swallowed(s, i, buf[k]->data) || tern_stack_input(s->s[i], 0, s->now, buf[k]) == TERN_INPUT_FOREIGN)
            tern_buf_unref(buf[k]);
    }
    return n > 0;
}

static bool output(struct soak *s, int i)
{
    struct tern_pkt pkt[BATCH];
    int n = tern_stack_output(s->s[i], 0, s->now, pkt, BATCH);
    for (int done = 0, k; done < n; done += k) {
        k = s->link[i]->ops->send(s->link[i], s->now, pkt + done, n - done);
        if (k < 0) {
            wrong(s, NULL, "the link failed");
            break;
        }
        if (k == 0) receive(s, 1 - i);
    }
    return n > 0;
}

static bool turn(struct soak *s, int i)
{
    struct tern_ready r;
    bool busy = receive(s, i);
    if (s->link[i]->ops->next(s->link[i]) <= s->now) s->link[i]->ops->send(s->link[i], s->now, NULL, 0);
    if (tern_stack_next_expiry(s->s[i]) <= s->now) tern_stack_expire(s->s[i], s->now), busy = true;
    for (; tern_stack_next_event(s->s[i], &r); busy = true) {
        if (r.listener)
            accept_all(s, r.listener);
        else if (tern_conn_user(r.conn))
            app_go(s, tern_conn_user(r.conn), r.events);
    }
    return output(s, i) || busy;
}

/* ---- time ---- */

static void earlier(tern_ns *at, tern_ns t)
{
    if (t < *at) *at = t;
}

static tern_ns next_instant(const struct soak *s)
{
    tern_ns at = TERN_NEVER;
    for (int i = 0; i < 2; i++) {
        earlier(&at, tern_stack_next_expiry(s->s[i]));
        earlier(&at, s->link[i]->ops->next(s->link[i]));
    }
    if (s->vanishing) earlier(&at, s->vanishing->vanish_at);
    if (s->coming) earlier(&at, s->next_conn);
    if (s->coming && s->cfg.flood_rate) earlier(&at, s->next_flood);
    return at;
}

static void note_peak(struct soak *s)
{
    struct tern_counters n;
    tern_stack_counters(s->s[1], &n);
    size_t now = n.conn_n + n.time_wait_n;
    if (now > s->fig.peak) s->fig.peak = now;
}

static void instant(struct soak *s)
{
    vanish(s);
    flood(s);
    while (s->coming && s->next_conn <= s->now && !s->fig.wrong) {
        begin(s);
        note_peak(s);
        s->next_conn += 1 + draw(s, 2 * TERN_SEC / s->cfg.rate);
    }
    for (int turns = 0; !s->fig.wrong; turns++) {
        bool client = turn(s, 0), server = turn(s, 1);
        if (!client && !server) break;
        if (turns == TURNS_MAX) wrong(s, NULL, "the stacks talk without end in no time");
    }
}

/* False: nothing is due before |until|. */
static bool step(struct soak *s, tern_ns until)
{
    tern_ns at = next_instant(s);
    if (at > until) return false;
    if (at > s->now) s->now = at;
    instant(s);
    return true;
}

bool soak_churn(struct soak *s, tern_ns span)
{
    tern_ns until = s->now + span;
    s->coming = true;
    s->next_conn = s->now;
    if (s->next_flood < s->now) s->next_flood = s->now;
    while (!s->fig.wrong && step(s, until)) continue;
    if (s->now < until) s->now = until;
    s->coming = false;
    return !s->fig.wrong;
}

static void hold(struct soak *s)
{
    struct soak_held *h = &s->fig.held;
    *h = (struct soak_held){.bytes = s->memory.bytes, .blocks = s->memory.blocks};
    s->fig.cookies = 0;
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        struct tern_pool *pool = tern_stack_pool(s->s[i]);
        tern_stack_counters(s->s[i], &n);
        h->conns += n.conn_n, h->half_open += n.half_n, h->time_wait += n.time_wait_n, h->listeners += n.listener_n;
        h->used += n.memory_used;
        h->buffers += pool_live_n(pool);
        s->fig.cookies += n.syn_cookies_received;
    }
}

bool soak_rest(struct soak *s, tern_ns limit)
{
    tern_ns until = s->now + limit;
    for (hold(s); !s->fig.wrong; hold(s)) {
        if (!s->fig.held.conns && !s->fig.held.half_open && !s->fig.held.time_wait && !s->vanishing) break;
        if (!step(s, until)) wrong(s, NULL, "connections are left");
    }
    for (int i = 0; i < PORTS && !s->fig.wrong; i++)
        if (in_use(&s->talk[i])) wrong(s, &s->talk[i], "an application waits for ever");
    for (until = s->now + TERN_SEC; step(s, until);) continue; /* copies that are late */
    for (int i = 0; i < 2; i++)
        while (pool_give_up(tern_stack_pool(s->s[i]))) continue; /* buffers that it keeps for the next connection */
    hold(s);
    return !s->fig.wrong;
}

/* ---- life ---- */

static bool start(struct soak *s, int i, struct tern_link *cable)
{
    struct tern_alloc alloc = refusing_alloc(&s->memory);
    struct tern_settings settings;
    struct tern_stack_config sc = {.alloc = &alloc, .secret = {(uint8_t)(i + 1)}, .now = s->now, .settings = &settings};
    struct tern_if_config ic = {.mtu = 1500, .addr = {addr_of(i)}, .prefix_len = {24}, .addr_n = 1};
    tern_settings_default(&settings);
    settings.r2 = 100 * TERN_SEC; /* the least that RFC 9293 allows: vanished ones go sooner */
    settings.r2_syn = 180 * TERN_SEC;
    s->link[i] = tern_impair_new(cable, NULL, &s->cfg.path, s->cfg.seed * 2 + (uint64_t)i);
    if (!s->link[i]) {
        tern_link_close(cable);
        return false;
    }
    s->s[i] = tern_stack_new(&sc);
    return s->s[i] && tern_stack_add_if(s->s[i], &ic) >= 0;
}

struct soak *soak_new(const struct soak_config *cfg)
{
    struct tern_link *cable[2];
    struct tern_listener *l;
    struct tern_listen_config lc = {.local = {.port = SERVER_PORT}, .backlog = BACKLOG};
    struct soak *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->cfg = *cfg;
    s->now = s->began = 1000 * TERN_SEC;
    s->x = cfg->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    s->fig.digest = UINT64_C(0xcbf29ce484222325);
    if (tern_memory_pair(1500, 0, QUEUE, &cable[0], &cable[1]) < 0) {
        free(s);
        return NULL;
    }
    bool client = start(s, 0, cable[0]), server = start(s, 1, cable[1]);
    if (client && server && tern_stack_listen(s->s[1], &lc, &l) == 0) {
        hold(s);
        return s;
    }
    soak_free(s);
    return NULL;
}

void soak_free(struct soak *s)
{
    if (!s) return;
    for (int i = 0; i < 2; i++) {
        if (s->link[i]) tern_link_close(s->link[i]);
        tern_stack_free(s->s[i]);
    }
    free(s);
}

struct soak_figures soak_figures(struct soak *s)
{
    hold(s);
    s->fig.now = s->now - s->began;
    return s->fig;
}
