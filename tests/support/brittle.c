#include "brittle.h"
#include "refusing.h"

#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "duo.h"
#include "ip.h"

enum {
    SERVER_PORT = 80,
    FIRST_PORT = 1024,
    BATCH = 16,
    CHUNK = 16384,
    PIECE = 4000, /* PLAN_GIVE: bytes of a buffer */
    TURNS_MAX = 20000,
    INSTANTS_MAX = 100000,
    LATE_MS = 30,
    DELAY_MS = 5,
    LOSSES_UNTIL = 400,
    NARROW_FROM = 12,
    LINK_ROOM = 64, /* packets that a link holds while nobody calls */
    KEY_LEN = 8,
    BACK_TURNS = 50,
    RETRIES_MAX = 100
};

struct packet {
    struct packet *next;
    tern_ns at;
    uint32_t len;
    uint16_t gso_size;
    uint8_t bytes[];
};

struct talk;

struct app {
    struct talk *talk;
    struct tern_conn *c;
    uint64_t goal, written, got;
    bool opened, closed, end, finished, over, gone; /* gone: it left by itself, and does not hear how it ended */
    int error;
    tern_ns retry_at; /* no buffer was to be had */
    unsigned retries;
};

struct talk {
    struct app app[2]; /* who connects, who accepts */
    uint16_t port;
    uint32_t iss;
    bool begun;
};

struct world {
    const struct plan *plan;
    struct brittle_result *out;
    struct refusing memory;
    struct tern_stack *s[2];
    struct tern_listener *l;
    struct packet *queue[2]; /* to that end, by their time */
    tern_ns now, began, skew;
    unsigned skewed, round_n;
    uint64_t sent_n;
    struct talk talk[BRITTLE_ROUNDS][BRITTLE_CONNS];
};

static unsigned conns(const struct world *w) { return w->plan->conns ? w->plan->conns : 1; }

static void wrong(struct world *w, const char *what)
{
    if (!w->out->wrong) w->out->wrong = what;
}

/* ---- memory ---- */

static bool refused(int64_t err) { return err == TERN_ERR_NOMEM; }

/* The clock as the caller gives it. */
static tern_ns clock_of(const struct world *w) { return w->skewed > 0 ? w->now - w->skew : w->now; }

/* ---- the path ---- */

static void enqueue(struct world *w, int to, struct packet *p)
{
    struct packet **at = &w->queue[to];
    while (*at && (*at)->at <= p->at) at = &(*at)->next;
    p->next = *at;
    *at = p;
}

static struct packet *packet_of(const struct world *w, const uint8_t *bytes, uint32_t len, uint16_t gso_size, tern_ns later)
{
    struct packet *p = malloc(sizeof *p + len);
    if (!p) abort();
    *p = (struct packet){.at = w->now + (w->plan->still ? 0 : DELAY_MS * TERN_MS) + later, .len = len, .gso_size = gso_size};
    memcpy(p->bytes, bytes, len);
    return p;
}

/* ICMP's "fragmentation needed" of a router, to |to| about its own packet. */
static void too_big(struct world *w, int to, const uint8_t *about)
{
    uint8_t p[128] = {0};
    struct wire_ip ip, quoted;
    if (wire_ip_parse_quoted(about, 48, &quoted) != WIRE_OK) return;
    ip = (struct wire_ip){.src = quoted.dst, .dst = quoted.src, .version = 4, .proto = IPPROTO_ICMP_, .ttl = 64};
    uint32_t len = 8 + quoted.head_len + 8u;
    size_t head = wire_ip_build(&ip, len, false, 0, p);
    p[head] = 3, p[head + 1] = 4;
    p[head + 6] = (uint8_t)(w->plan->mtu >> 8), p[head + 7] = (uint8_t)w->plan->mtu;
    memcpy(p + head + 8, about, quoted.head_len + 8u);
    enqueue(w, to, packet_of(w, p, (uint32_t)head + len, 0, 0));
}

static bool each(uint32_t nth, uint64_t n) { return nth > 0 && n % nth == nth - 1; }

static void carry(struct world *w, int from, uint8_t *bytes, uint32_t len, uint16_t gso_size)
{
    const struct plan *p = w->plan;
    uint64_t n = w->sent_n++;
    if (n < LOSSES_UNTIL && each(p->lose, n)) return;
    if (p->mtu && n >= NARROW_FROM && len > p->mtu) {
        too_big(w, from, bytes);
        return;
    }
    if ((p->flags & PLAN_MARK) && each(3, n) && (bytes[1] & 0x30)) bytes[1] |= 0x30; /* congestion experienced */
    enqueue(w, 1 - from, packet_of(w, bytes, len, gso_size, each(p->late, n) ? LATE_MS * TERN_MS : 0));
    if (each(p->twice, n)) enqueue(w, 1 - from, packet_of(w, bytes, len, gso_size, TERN_MS));
}

static bool output(struct world *w, int i)
{
    struct tern_pkt pkt[BATCH];
    static uint8_t bytes[TERN_PACKET_MAX];
    int n = tern_stack_output(w->s[i], 0, clock_of(w), pkt, BATCH);
    for (int k = 0; k < n; k++) {
        int len = tern_pkt_flatten(&pkt[k], bytes, sizeof bytes);
        if (len <= 0)
            wrong(w, "a packet that is none");
        else
            carry(w, i, bytes, (uint32_t)len, pkt[k].payload_len > pkt[k].gso_size ? pkt[k].gso_size : 0);
    }
    return n > 0;
}

/* What there is no buffer for is lost, as by a link. */
static bool input(struct world *w, int i)
{
    bool any = false;
    for (struct packet *p; (p = w->queue[i]) != NULL && p->at <= w->now; any = true) {
        w->queue[i] = p->next;
        struct tern_buf *b = tern_buf_get(tern_stack_pool(w->s[i]), p->len);
        if (b) {
            memcpy(b->data, p->bytes, p->len);
            b->len = p->len;
            b->gso_size = p->gso_size;
            b->csum_ok = true;
            if (tern_stack_input(w->s[i], 0, clock_of(w), b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
            w->out->packets++;
        }
        free(p);
    }
    return any;
}

/* ---- applications ---- */

static void note_error(struct world *w, struct app *a, int err)
{
    if (err >= 0) wrong(w, "a connection is over without an error, and did not end either");
    a->error = err;
    if (!w->out->error) w->out->error = err;
}

static void leave(struct world *w, struct app *a)
{
    if (a->c) tern_conn_release(a->c, clock_of(w));
    a->c = NULL;
    a->over = true;
}

static int64_t write_piece(struct world *w, struct app *a, const uint8_t *from, size_t n)
{
    uint32_t flags = w->plan->flags;
    if (flags & PLAN_STATIC) return tern_conn_send_static(a->c, clock_of(w), from, n, 0);
    if (flags & PLAN_URGENT) return tern_conn_send_with(a->c, clock_of(w), from, n, TERN_SEND_URGENT);
    if (!(flags & PLAN_GIVE)) return tern_conn_send(a->c, clock_of(w), from, n);
    if (n > PIECE) n = PIECE;
    struct tern_buf *b = tern_buf_get(tern_stack_pool(tern_conn_stack(a->c)), n);
    if (!b) {
        a->retry_at = w->now + 10 * TERN_MS;
        return ++a->retries < RETRIES_MAX ? TERN_ERR_NOMEM : TERN_ERR_ABORTED; /* it has had enough */
    }
    memcpy(b->data, from, n);
    b->len = (uint32_t)n;
    int64_t r = tern_conn_send_buf(a->c, clock_of(w), b, 0);
    if (r < 0) tern_buf_unref(b);
    return r;
}

static void app_send(struct world *w, struct app *a)
{
    while (a->c && !a->over && a->written < a->goal) {
        uint64_t left = a->goal - a->written;
        int64_t n = write_piece(w, a, duo_pattern() + a->written % DUO_PERIOD, left < CHUNK ? (size_t)left : CHUNK);
        if (n == TERN_ERR_AGAIN || (refused(n) && ++a->retries < RETRIES_MAX)) return; /* TERN_WRITABLE comes */
        if (n <= 0) {
            note_error(w, a, (int)n);
            leave(w, a);
            return;
        }
        a->written += (uint64_t)n;
    }
}

/* Nothing more will be written, and it is time to say so. */
static void app_close(struct world *w, struct app *a, bool client)
{
    if (!a->c || a->over || a->closed || a->written < a->goal || !a->opened) return;
    if (client && (w->plan->flags & PLAN_SERVER_FIRST) && !a->end) return;
    if (client && (w->plan->flags & PLAN_ABORT)) return;
    int err = tern_conn_close(a->c, clock_of(w));
    if (refused(err)) {
        a->retry_at = w->now + 10 * TERN_MS;
        return;
    }
    if (err < 0) {
        note_error(w, a, err);
        leave(w, a);
        return;
    }
    a->closed = true;
    if ((w->plan->flags & PLAN_LEAVE) && client) {
        a->gone = true;
        leave(w, a);
    }
}

static int64_t read_piece(struct world *w, struct app *a)
{
    static uint8_t copy[CHUNK];
    const uint8_t *at = copy;
    struct tern_buf *b = NULL;
    int64_t n;
    int err = 0;
    if (w->plan->flags & PLAN_GIVE) {
        b = tern_conn_recv_buf(a->c, clock_of(w), &err);
        n = b ? (int64_t)b->len : err;
        if (b) at = b->data;
    } else {
        n = tern_conn_recv(a->c, clock_of(w), copy, sizeof copy);
    }
    const uint8_t *want = duo_pattern() + a->got % DUO_PERIOD;
    if (n > 0 && memcmp(at, want, (size_t)n) != 0) wrong(w, "bytes that were not sent");
    tern_buf_unref(b);
    if (n > 0) a->got += (uint64_t)n;
    return n;
}

static void app_receive(struct world *w, struct app *a, bool client)
{
    int64_t n = 1;
    while (a->c && w->now >= w->plan->read_at + w->began && n > 0) {
        n = read_piece(w, a);
        if (client && (w->plan->flags & PLAN_ABORT) && a->got >= w->plan->down / 2) {
            a->gone = true;
            tern_conn_abort(a->c, clock_of(w));
            leave(w, a);
            return;
        }
    }
    if (n == 0) a->end = true;
    if (n >= 0 || n == TERN_ERR_AGAIN) return;
    note_error(w, a, (int)n);
    leave(w, a);
}

static void app_set(struct world *w, struct app *a, enum tern_option opt, int64_t value)
{
    int err = tern_conn_set(a->c, clock_of(w), opt, value);
    if (err < 0 && !refused(err) && !tern_conn_error(a->c)) wrong(w, "an option cannot be set");
}

static void app_options(struct world *w, struct app *a)
{
    if (!(w->plan->flags & PLAN_OPTIONS)) return;
    app_set(w, a, TERN_OPT_NODELAY, 1);
    app_set(w, a, TERN_OPT_STATISTICS, 1);
    app_set(w, a, TERN_OPT_TOS, 0x28);
    app_set(w, a, TERN_OPT_USER_TIMEOUT, 300000);
    app_set(w, a, TERN_OPT_KEEPALIVE_IDLE, 5000);
    app_set(w, a, TERN_OPT_KEEPALIVE, 1);
    app_set(w, a, TERN_OPT_LINGER2, 2000);
    app_set(w, a, TERN_OPT_PACING_RATE, 10 << 20);
    app_set(w, a, TERN_OPT_NOTSENT_LOWAT, 20000);
}

/* Whatever the application may do now. */
static void app_go(struct world *w, struct app *a, uint32_t events)
{
    bool client = a == &a->talk->app[0];
    if (a->over) return;
    if (events & TERN_CONNECTED) a->opened = true;
    if (events & TERN_FINISHED) a->finished = true;
    bool waits = (w->plan->flags & PLAN_HALF) && !client && !a->end;
    if (a->opened && !waits) app_send(w, a);
    app_receive(w, a, client);
    if (a->opened && !(waits && !a->end)) app_send(w, a);
    app_close(w, a, client);
    if (a->c && !a->over && (events & TERN_ERROR)) {
        note_error(w, a, tern_conn_error(a->c));
        leave(w, a);
    } else if (a->end && a->finished && !a->over) {
        leave(w, a);
    }
}

/* ---- opening ---- */

static struct tern_addr addr_of(const struct world *w, int i)
{
    struct tern_addr a;
    tern_addr_parse(w->plan->flags & PLAN_V6 ? (i ? "2001:db8::2" : "2001:db8::1") : i ? "192.0.2.2" : "192.0.2.1", &a);
    return a;
}

static void failed(struct world *w, struct app *a, int err)
{
    note_error(w, a, err);
    a->over = true;
}

/* Of end |i|, whose peer is the other. */
static struct tern_ao_key ao_key(const struct world *w, int i)
{
    uint8_t all = w->plan->flags & PLAN_V6 ? 128 : 32;
    return (struct tern_ao_key){addr_of(w, 1 - i), all, 7, 7, TERN_AO_HMAC_SHA1_96, false, KEY_LEN, "ao key.."};
}

static void sign(struct world *w, struct app *a, int i)
{
    if (!(w->plan->flags & (PLAN_MD5 | PLAN_AO))) return;
    struct tern_ao_key key = ao_key(w, i);
    int err = w->plan->flags & PLAN_AO ? tern_conn_ao_add(a->c, clock_of(w), &key)
                                       : tern_conn_md5(a->c, clock_of(w), "md5 key.", KEY_LEN);
    if (err < 0 && !refused(err)) wrong(w, "a key cannot be set");
    if (err == 0) return;
    note_error(w, a, err); /* without its key it will not do */
    leave(w, a);
}

static void app_connect(struct world *w, struct talk *t, int i)
{
    struct app *a = &t->app[i];
    struct tern_endpoint client = {addr_of(w, 0), t->port}, server = {addr_of(w, 1), SERVER_PORT};
    int err = tern_stack_connect(w->s[i], i ? &server : &client, i ? &client : &server, &a->c);
    if (err < 0) {
        failed(w, a, err);
        return;
    }
    tern_conn_set_user(a->c, a);
    struct tern_status st;
    tern_conn_status(a->c, &st);
    if (i == 0) t->iss = st.iss;
    sign(w, a, i);
    if (!a->c) return;
    app_options(w, a);
    if (!(w->plan->flags & PLAN_FASTOPEN)) return;
    app_set(w, a, TERN_OPT_FASTOPEN, 1);
    app_send(w, a);
}

static void begin_round(struct world *w, unsigned i)
{
    unsigned r = 0;
    while (r < BRITTLE_ROUNDS && w->talk[r][i].begun) r++;
    if (r == BRITTLE_ROUNDS || r >= w->round_n) return;
    struct talk *t = &w->talk[r][i];
    *t = (struct talk){.port = (uint16_t)(FIRST_PORT + i), .begun = true};
    t->app[0] = (struct app){.talk = t, .goal = w->plan->up, .retry_at = TERN_NEVER};
    t->app[1] = (struct app){.talk = t, .goal = w->plan->down, .retry_at = TERN_NEVER};
    app_connect(w, t, 0);
    if (w->plan->flags & PLAN_CROSS) app_connect(w, t, 1);
}

static struct app *expected(struct world *w, const struct tern_status *st)
{
    unsigned i = st->remote.port - FIRST_PORT;
    for (unsigned r = 0; i < BRITTLE_CONNS && r < BRITTLE_ROUNDS; r++) {
        struct talk *t = &w->talk[r][i];
        if (t->begun && t->iss == st->irs && !t->app[1].c && !t->app[1].over) return &t->app[1];
    }
    return NULL;
}

static void accept_all(struct world *w)
{
    struct tern_conn *c;
    while (w->l && w->now >= w->began + w->plan->accept_at && (c = tern_listener_accept(w->l)) != NULL) {
        struct tern_status st;
        tern_conn_status(c, &st);
        struct app *a = expected(w, &st);
        if (!a) {
            wrong(w, "a connection that nobody opened");
            tern_conn_release(c, clock_of(w));
            continue;
        }
        a->c = c;
        a->opened = true;
        tern_conn_set_user(c, a);
        app_options(w, a);
        app_go(w, a, tern_conn_events(c));
    }
}

static void answer_held(struct world *w)
{
    struct tern_held h;
    while (tern_listener_held(w->l, &h)) {
        int err = tern_held_accept(w->s[1], h.id);
        if (err < 0 && !refused(err)) wrong(w, "a SYN that was held cannot be answered");
    }
}

/* ---- an instant ---- */

static bool events(struct world *w, int i)
{
    struct tern_ready r;
    bool any = false;
    for (; tern_stack_next_event(w->s[i], &r); any = true) {
        if (!r.listener) {
            struct app *a = tern_conn_user(r.conn);
            if (a) app_go(w, a, r.events);
            continue;
        }
        if (r.events & TERN_SYN_HELD) answer_held(w);
        accept_all(w);
    }
    return any;
}

static bool look(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    struct world *w = ctx;
    const char *rule = c ? tcp_check(c) : NULL;
    (void)st;
    if (rule) wrong(w, rule);
    return rule == NULL;
}

/* What a sender was told has arrived has been read, or can be. */
static void check_acked(struct world *w, const struct app *from, const struct app *to)
{
    struct tern_status sent, got = {0};
    if (!from->c || to->error || to->gone || (!to->c && !to->over)) return;
    tern_conn_status(from->c, &sent);
    if (to->c) tern_conn_status(to->c, &got);
    if (got.error) return;
    if (sent.bytes_acked > to->got + got.receive_queue) wrong(w, "acknowledged bytes are lost");
}

static void check(struct world *w)
{
    for (int i = 0; i < 2; i++) tern_stack_each(w->s[i], look, w);
    for (unsigned r = 0; r < w->round_n; r++)
        for (unsigned i = 0; i < BRITTLE_CONNS && w->talk[r][i].begun; i++) {
            struct app *a = w->talk[r][i].app;
            check_acked(w, &a[0], &a[1]);
            check_acked(w, &a[1], &a[0]);
        }
}

static bool turn(struct world *w)
{
    bool busy = false;
    if (w->skewed > 0) w->skewed--;
    for (int i = 0; i < 2; i++) {
        busy |= input(w, i);
        if (tern_stack_next_expiry(w->s[i]) <= clock_of(w)) tern_stack_expire(w->s[i], clock_of(w)), busy = true;
        busy |= events(w, i);
        busy |= output(w, i);
    }
    return busy;
}

static void earlier(tern_ns *at, tern_ns t)
{
    if (t < *at) *at = t;
}

/* By time alone an application does what it had to put off. */
static tern_ns apps_due(struct world *w)
{
    tern_ns at = TERN_NEVER;
    const tern_ns fixed[] = {w->began + w->plan->accept_at, w->began + w->plan->read_at};
    for (int k = 0; k < 2; k++)
        if (fixed[k] > w->now) earlier(&at, fixed[k]);
    for (unsigned r = 0; r < w->round_n; r++)
        for (unsigned i = 0; i < BRITTLE_CONNS && w->talk[r][i].begun; i++)
            for (int k = 0; k < 2; k++)
                if (!w->talk[r][i].app[k].over) earlier(&at, w->talk[r][i].app[k].retry_at);
    return at;
}

static void apps_go(struct world *w, bool all)
{
    if (all) accept_all(w);
    for (unsigned r = 0; r < w->round_n; r++)
        for (unsigned i = 0; i < BRITTLE_CONNS && w->talk[r][i].begun; i++)
            for (int k = 0; k < 2; k++) {
                struct app *a = &w->talk[r][i].app[k];
                bool due = a->retry_at <= w->now;
                if (due) a->retry_at = TERN_NEVER;
                if (a->c && (all || due)) app_go(w, a, tern_conn_events(a->c));
            }
}

static void trim(struct world *w, int to)
{
    unsigned n = 0;
    struct packet **at = &w->queue[to];
    while (*at) {
        struct packet *p = *at;
        if (++n <= LINK_ROOM) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        free(p);
    }
}

static void trouble(struct world *w)
{
    const struct plan *p = w->plan;
    if (!p->trouble_at || w->out->packets < p->trouble_at || w->skew) return;
    w->skew = p->back ? p->back : 1;
    w->skewed = p->back ? BACK_TURNS : 0;
    w->now += p->jump + p->forget;
    if (p->forget) trim(w, 0), trim(w, 1);
}

/* The next one. False: nothing is due any more. */
static bool instant(struct world *w)
{
    tern_ns at = apps_due(w), fixed = w->plan->accept_at > w->plan->read_at ? w->plan->accept_at : w->plan->read_at;
    bool put_off = w->now < w->began + fixed;
    for (int i = 0; i < 2; i++) {
        earlier(&at, tern_stack_next_expiry(w->s[i]));
        if (w->queue[i]) earlier(&at, w->queue[i]->at);
    }
    if (at == TERN_NEVER) return false;
    if (at > w->now) w->now = at;
    apps_go(w, put_off);
    int turns = 0;
    while (turn(w) && !w->out->wrong) {
        if (++turns == TURNS_MAX) wrong(w, "the stacks talk without end in no time");
        trouble(w);
    }
    check(w);
    return true;
}

/* ---- a run ---- */

static bool start_stack(struct world *w, int i)
{
    const struct plan *p = w->plan;
    struct tern_alloc alloc = refusing_alloc(&w->memory);
    struct tern_settings set;
    struct tern_stack_config sc = {.alloc = &alloc, .secret = {(uint8_t)(7 + i)}, .now = w->now, .settings = &set};
    struct tern_if_config ic = {.mtu = 1500, .gso_max = p->flags & PLAN_SUPER ? 65535 : 0, .addr_n = 1};
    tern_settings_default(&set);
    for (size_t k = 0; k < BRITTLE_SETTINGS && p->set[k].name; k++)
        if (tern_settings_set(&set, p->set[k].name, p->set[k].value) < 0) wrong(w, p->set[k].name);
    ic.addr[0] = addr_of(w, i);
    ic.prefix_len[0] = p->flags & PLAN_V6 ? 64 : 24;
    w->s[i] = tern_stack_new(&sc);
    return w->s[i] && tern_stack_add_if(w->s[i], &ic) >= 0;
}

static void listener_set(struct world *w, enum tern_option opt, int64_t value)
{
    int err = tern_listener_set(w->l, opt, value);
    if (err < 0 && !refused(err)) wrong(w, "an option of the listener cannot be set");
}

static bool start_listener(struct world *w)
{
    const struct plan *p = w->plan;
    struct tern_listen_config lc = {
        .local = {.port = SERVER_PORT}, .backlog = p->backlog ? p->backlog : 64, .hold = (p->flags & PLAN_HOLD) != 0};
    if (p->flags & PLAN_CROSS) return true;
    if (tern_stack_listen(w->s[1], &lc, &w->l) < 0) return false;
    if (p->flags & PLAN_FASTOPEN) listener_set(w, TERN_OPT_FASTOPEN, 8);
    if (p->flags & PLAN_OPTIONS) listener_set(w, TERN_OPT_SAVE_SYN, 1), listener_set(w, TERN_OPT_DEFER_ACCEPT, 1000);
    struct tern_ao_key key = ao_key(w, 1);
    if ((p->flags & PLAN_AO) && tern_listener_ao_add(w->l, &key) < 0) return false;
    if (!(p->flags & PLAN_MD5)) return true;
    struct tern_addr peer = addr_of(w, 0);
    return tern_listener_md5(w->l, &peer, p->flags & PLAN_V6 ? 128 : 32, "md5 key.", KEY_LEN) == 0;
}

/* All applications are done; the next round begins where one was. */
static bool all_over(struct world *w)
{
    bool over = true;
    for (unsigned i = 0; i < conns(w); i++) {
        bool free = true; /* the port is */
        for (unsigned r = 0; r < w->round_n && free; r++) {
            const struct talk *t = &w->talk[r][i];
            if (!t->begun) begin_round(w, i);
            free = t->app[0].over;
            over &= free && (t->app[1].over || !t->app[1].c);
        }
    }
    return over;
}

static bool quiet(const struct world *w)
{
    for (int i = 0; i < 2; i++) {
        struct tern_counters n;
        tern_stack_counters(w->s[i], &n);
        if (n.conn_n || n.half_n || n.time_wait_n) return false;
    }
    return true;
}

/* Nothing is due, and somebody waits: rightly so if his peer has died without
 * being able to say it. */
static void give_up(struct world *w)
{
    for (unsigned r = 0; r < w->round_n; r++)
        for (unsigned i = 0; i < BRITTLE_CONNS && w->talk[r][i].begun; i++)
            for (int k = 0; k < 2; k++) {
                struct app *a = &w->talk[r][i].app[k], *peer = &w->talk[r][i].app[1 - k];
                if (a->over) continue;
                if (!w->memory.ever && !peer->error && (peer->c || !peer->over)) wrong(w, "both ends wait for ever");
                if (a->c) tern_conn_abort(a->c, clock_of(w));
                leave(w, a);
                a->error = TERN_ERR_ABORTED;
            }
}

static void judge_way(struct world *w, const struct app *from, const struct app *to)
{
    if (to->end && to->got != from->written) wrong(w, "an orderly end before the last byte");
    if (from->finished && !from->error && !to->error && !to->gone && to->got != from->written)
        wrong(w, "acknowledged bytes never arrived");
}

static void judge(struct world *w)
{
    const struct plan *p = w->plan;
    for (unsigned r = 0; r < w->round_n; r++)
        for (unsigned i = 0; i < conns(w); i++) {
            struct talk *t = &w->talk[r][i];
            judge_way(w, &t->app[0], &t->app[1]);
            judge_way(w, &t->app[1], &t->app[0]);
            bool planned = !t->app[0].error && t->app[1].got == p->up && !t->app[1].error && t->app[0].got == p->down;
            if (p->flags & PLAN_ABORT) planned = t->app[0].gone && t->app[1].error == TERN_ERR_RESET;
            if (p->flags & PLAN_LEAVE) planned = t->app[1].got == p->up && !t->app[1].error;
            planned ? w->out->whole++ : w->out->failed++;
            w->out->got += t->app[0].got + t->app[1].got;
        }
}

static void play(struct world *w)
{
    tern_ns until = w->began + 6 * 3600 * TERN_SEC + w->plan->jump + w->plan->forget;
    w->out->took = TERN_NEVER;
    for (unsigned n = 0; !w->out->wrong; n++) {
        all_over(w);
        while (turn(w) && !w->out->wrong) continue; /* what was begun just now */
        bool over = all_over(w);
        if (over && w->out->took == TERN_NEVER) w->out->took = w->now - w->began;
        if (over && quiet(w)) break;
        if (!instant(w)) {
            if (over) break;
            give_up(w);
        }
        if (n == INSTANTS_MAX || w->now > until) wrong(w, "it does not end");
    }
    if (!w->out->wrong && !quiet(w)) wrong(w, "a connection is left over, and nothing will end it");
    if (!w->out->wrong) judge(w);
}

void brittle_run(const struct plan *p, struct refusal r, struct brittle_result *out)
{
    static struct world world;
    struct world *w = &world;
    *out = (struct brittle_result){0};
    *w = (struct world){
        .plan = p, .out = out, .memory = {.at = r.at, .ever = r.ever}, .now = 1000 * TERN_SEC, .began = 1000 * TERN_SEC};
    w->round_n = p->rounds ? p->rounds : 1;
    out->wanted = conns(w) * w->round_n;
    if (start_stack(w, 0) && start_stack(w, 1) && start_listener(w)) {
        for (unsigned i = 0; i < conns(w); i++) begin_round(w, i);
        play(w);
    } else {
        out->failed = out->wanted;
    }
    for (int i = 0; i < 2; i++) {
        tern_stack_free(w->s[i]);
        for (struct packet *q; (q = w->queue[i]) != NULL; free(q)) w->queue[i] = q->next;
    }
    out->allocs = w->memory.n;
    if (w->memory.bytes || w->memory.blocks) wrong(w, "memory is not given back");
}
