/* Attacks 9 to 12 beside honest clients, at one server whose memory has a cap, in virtual time. Each must leave the clients at
 * least half of what they get in peace, keep the stack's memory below the cap, cost no more than a constant times what it sent
 * (|costs|, the server's own data aside, which memory_high bounds), and be forgotten when its bound has passed. doc/limits.md has
 * the limits.
 *
 * Four clients of a stack of their own fetch 100,000 bytes each, again and again, by a path of 12 Mbit/s and 20 ms. The server
 * is as simple as can be: it gives everybody who comes the same, closes and forgets him. Attackers are not slowed down. */
#include "attack_test.h"

enum {
    CLIENTS = 4,
    REPLY = 100000,
    PEACE = 2,  /* seconds before the attack */
    SPAN = 20,  /* seconds of it */
    AFTER = 75, /* minutes, in which all must go */
    DELAY = 10, /* ms, one way */
    PATH_PER_MS = 1,
    PATH_QUEUE = 64,
    JOBS = 32768,
    FOES = 32768,
    CAP = 8 << 20,
    ISS = 1000,
    SLACK = 32 << 10,     /* bytes that each kind of record takes at once */
    POOL_KEEPS = 6 << 20, /* of free buffers, at most, and of tables */
};

/* ---- packets under way: first in, first out ---- */

struct packet {
    tern_ns at;
    struct packet *next;
    uint32_t len;
    uint8_t bytes[];
};

struct way {
    struct packet *first, **last;
    uint32_t n;
};

static void way_put(struct way *w, tern_ns at, const struct tern_pkt *pkt)
{
    uint32_t len = pkt->head_len + pkt->payload_len;
    struct packet *p = malloc(sizeof *p + len);
    assert_non_null(p);
    p->at = at, p->len = len, p->next = NULL;
    assert_int_equal(tern_pkt_flatten(pkt, p->bytes, len), len);
    if (!w->first) w->last = &w->first;
    *w->last = p;
    w->last = &p->next;
    w->n++;
}

static bool way_take(struct way *w, tern_ns now, struct tern_stack *to)
{
    struct packet *p = w->first;
    if (!p || p->at > now) return false;
    struct tern_buf *b = tern_buf_get(tern_stack_pool(to), p->len);
    w->first = p->next;
    w->n--;
    if (b) { /* without memory it is lost */
        memcpy(b->data, p->bytes, p->len);
        b->len = p->len;
        b->csum_ok = true;
        if (tern_stack_input(to, 0, now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    }
    free(p);
    return true;
}

/* ---- the world ---- */

enum reads { READS_ALL, READS_NOTHING, READS_SLOWLY }; /* of what the server sends */

struct attack {
    const char *rule;     /* of the listener; NULL: none */
    uint32_t syns_per_ms; /* new handshakes */
    uint32_t sources;     /* from so many addresses */
    uint32_t conns;       /* of these so many stay at most; 0: any number */
    bool mute;            /* the SYN,ACK is not answered */
    enum reads reads;
    bool ack_fin, send_fin;
    uint32_t pieces_per_ms; /* of one byte, each behind a hole */
    uint32_t costs;         /* bytes of memory at most for each byte that is sent, the server's own data aside */
    bool cookies_off;
    bool kept; /* the server forgets a connection when its peer has closed it, not at once */
};

struct job {
    struct tern_conn *c;
    uint32_t left;
};

struct foe {
    uint32_t ip;
    uint16_t port;
    uint32_t acked, pieces;
    bool fin;
};

struct world {
    const struct attack *a;
    struct tern_listener *l;
    struct tern_stack *server, *client;
    tern_ns now;
    struct way there, back; /* to the server, and to the clients */
    struct tern_addr server_addr, client_addr;
    struct job job[JOBS];
    struct tern_conn *fetch[CLIENTS];
    uint64_t got;
    struct rig hand; /* builds packets */
    struct foe foe[FOES];
    uint32_t foe_n, foe_next, syn_next;
    uint64_t sent; /* bytes, by the attackers */
    size_t peace;  /* the most memory without them, the server's queued data aside */
    uint64_t cost; /* bytes of memory that a byte of theirs has cost at most */
    bool fetching;
};

static uint8_t reply[REPLY];

/* ---- the attackers ---- */

static void say(struct world *w, uint32_t ip, uint16_t port, struct tseg t)
{
    static uint8_t packet[2048];
    be32_put(w->hand.remote.addr.b + 12, ip);
    t.src_port = port;
    size_t len = rig_build(&w->hand, &t, packet);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(w->server), len);
    w->sent += len;
    if (!b) return;
    memcpy(b->data, packet, len);
    b->len = (uint32_t)len;
    assert_int_equal(tern_stack_input(w->server, 0, w->now, b), TERN_INPUT_TAKEN);
}
#define SAY(w, ip, port, ...) say(w, ip, port, (struct tseg){__VA_ARGS__})

static uint32_t window_of(const struct attack *a)
{
    return a->reads == READS_ALL ? 60000 : a->reads == READS_SLOWLY ? 600 : NO_WINDOW;
}

/* The server's segment to an attacker. */
static void heard(struct world *w, uint32_t ip, const struct wire_tcp *h)
{
    const struct attack *a = w->a;
    int64_t end = (int32_t)(h->seq.v - ISS) + (int64_t)h->len + !!(h->flags & (TH_SYN | TH_FIN));
    if (h->flags & TH_RST || a->mute) return;
    if (h->flags & TH_SYN) {
        if (w->foe_n < FOES) w->foe[w->foe_n++] = (struct foe){.ip = ip, .port = h->dst_port, .acked = 1};
        SAY(w, ip, h->dst_port, .flags = ACK, .seq = 1, .ack = 1, .wnd = window_of(a));
        return;
    }
    bool fin = (h->flags & TH_FIN) != 0;
    if (a->reads == READS_ALL && (h->len || fin)) {
        SAY(w, ip, h->dst_port, .flags = ACK, .seq = 1, .ack = end - (fin && !a->ack_fin), .wnd = 60000);
        if (fin && a->send_fin) SAY(w, ip, h->dst_port, .flags = ACK | FIN, .seq = 1, .ack = end);
    } else if (a->reads == READS_NOTHING) { /* a probe */
        SAY(w, ip, h->dst_port, .flags = ACK, .seq = 1, .ack = 1, .wnd = NO_WINDOW);
    }
}

static void attack_ms(struct world *w)
{
    const struct attack *a = w->a;
    for (uint32_t i = 0; i < a->syns_per_ms && (!a->conns || w->syn_next < a->conns); i++, w->syn_next++)
        SAY(w, 0xc6120000 + w->syn_next % a->sources, (uint16_t)(1024 + w->syn_next / a->sources % 60000), .flags = SYN,
            .mss = 1460, .ws = a->reads == READS_ALL ? 1 : 0, .sack_ok = a->pieces_per_ms != 0);
    for (uint32_t i = 0; i < a->pieces_per_ms && w->foe_n; i++) {
        struct foe *f = &w->foe[w->foe_next++ % w->foe_n];
        SAY(w, f->ip, f->port, .flags = ACK, .seq = 3 + 2 * (int64_t)f->pieces++ % 60000, .ack = 1 + REPLY, .len = 1,
            .wnd = window_of(a));
    }
    if (a->reads != READS_SLOWLY || !w->foe_n) return;
    struct foe *f = &w->foe[w->foe_next++ % w->foe_n];
    f->acked += 100;
    SAY(w, f->ip, f->port, .flags = ACK, .seq = 1, .ack = f->acked, .wnd = window_of(a));
}

/* ---- the server ---- */

static void serve(struct world *w, struct job *j)
{
    while (j->left) {
        int64_t n = tern_conn_send(j->c, w->now, reply + REPLY - j->left, j->left);
        if (n <= 0) break;
        j->left -= (uint32_t)n;
    }
    enum tern_state state = tern_conn_state(j->c);
    bool over = tern_conn_error(j->c) || state == TERN_TIME_WAIT || state == TERN_CLOSED;
    if (!j->left) tern_conn_close(j->c, w->now);
    if (!over && (j->left || w->a->kept)) return;
    tern_conn_release(j->c, w->now);
    j->c = NULL;
}

static void server_events(struct world *w)
{
    static struct job none;
    struct tern_ready e;
    while (tern_stack_next_event(w->server, &e)) {
        struct tern_conn *c = e.conn;
        if (c && tern_conn_user(c)) serve(w, tern_conn_user(c));
        while (e.listener && (c = tern_listener_accept(e.listener)) != NULL) {
            struct job *j = &none;
            for (uint32_t i = 0; i < JOBS && j == &none; i++)
                if (!w->job[i].c) j = &w->job[i];
            assert_true(j != &none);
            *j = (struct job){c, REPLY};
            tern_conn_set_user(c, j);
            serve(w, j);
        }
    }
    for (uint32_t i = 0; i < JOBS && w->now / TERN_MS % 50 == 0; i++) /* who found no memory tries again */
        if (w->job[i].c) serve(w, &w->job[i]);
}

static void server_output(struct world *w)
{
    struct tern_pkt pkt[16];
    struct wire_ip ip;
    struct wire_tcp h;
    static uint8_t bytes[2048];
    for (int n = 16; n == 16;) {
        n = tern_stack_output(w->server, 0, w->now, pkt, 16);
        struct {
            uint32_t ip;
            struct wire_tcp h;
        } to[16];
        int to_n = 0;
        for (int i = 0; i < n; i++) {
            int len = tern_pkt_flatten(&pkt[i], bytes, sizeof bytes);
            assert_true(len > 0);
            assert_int_equal(wire_ip_parse(bytes, (size_t)len, NULL, &ip), WIRE_OK);
            if (tern_addr_eq(&ip.dst, &w->client_addr)) {
                if (w->back.n < PATH_QUEUE) way_put(&w->back, w->now + DELAY * TERN_MS, &pkt[i]);
                continue;
            }
            assert_int_equal(wire_tcp_parse(bytes + ip.head_len, ip.len - ip.head_len, &h), WIRE_OK);
            to[to_n].ip = be32_get(ip.dst.b + 12);
            to[to_n++].h = h;
        }
        for (int i = 0; i < to_n; i++) heard(w, to[i].ip, &to[i].h);
    }
}

/* ---- the clients ---- */

static void client_events(struct world *w)
{
    struct tern_ready e;
    struct tern_endpoint to = {w->server_addr, RIG_PORT};
    for (int i = 0; i < CLIENTS; i++) {
        struct tern_conn *c = w->fetch[i];
        for (int64_t n; c && (n = tern_conn_recv(c, w->now, NULL, 1 << 20)) > 0;) w->got += (uint64_t)n;
        bool over = c && (!w->fetching || tern_conn_error(c) || tern_conn_state(c) == TERN_CLOSE_WAIT);
        if (over) {
            tern_conn_close(c, w->now);
            tern_conn_release(c, w->now);
        }
        if (over || !c) w->fetch[i] = NULL;
        if (!w->fetch[i] && w->fetching) tern_stack_connect(w->client, NULL, &to, &w->fetch[i]);
    }
    while (tern_stack_next_event(w->client, &e)) {
    }
}

static void client_output(struct world *w)
{
    struct tern_pkt pkt[16];
    for (int n = 16; n == 16;) {
        n = tern_stack_output(w->client, 0, w->now, pkt, 16);
        for (int i = 0; i < n; i++) way_put(&w->there, w->now + DELAY * TERN_MS, &pkt[i]);
    }
}

/* ---- time ---- */

static void step(struct world *w, tern_ns span)
{
    w->now += span;
    for (uint32_t i = 0; i < PATH_PER_MS * (uint32_t)(span / TERN_MS) && way_take(&w->back, w->now, w->client); i++) {
    }
    while (way_take(&w->there, w->now, w->server)) {
    }
    tern_stack_expire(w->server, w->now);
    tern_stack_expire(w->client, w->now);
    server_events(w);
    client_events(w);
    for (int i = 0; i < 4; i++) server_output(w); /* what attackers answer at once is answered */
    client_output(w);
}

static bool add_queued(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    *(size_t *)ctx += st->send_queue + st->send_queue / 4; /* buffers are that much larger than what stands in them */
    return true;
}

static struct tern_counters figures(const struct world *w)
{
    struct tern_counters n;
    tern_stack_counters(w->server, &n);
    assert_true(n.memory_peak <= CAP);
    return n;
}

static void watch(struct world *w)
{
    size_t queued = 0, used = figures(w).memory_used;
    tern_stack_each(w->server, add_queued, &queued);
    used -= used < queued ? used : queued;
    if (!w->sent && used > w->peace) w->peace = used;
    if (used > w->peace + SLACK) {
        uint64_t cost = (used - w->peace - SLACK + w->sent - 1) / w->sent;
        if (cost > w->cost) w->cost = cost;
    }
}

/* Bytes that the clients get in |ms|. */
static uint64_t run(struct world *w, uint32_t ms, bool attack)
{
    uint64_t before = w->got;
    for (uint32_t i = 0; i < ms; i++) {
        if (attack) attack_ms(w);
        step(w, TERN_MS);
        if (i % 256 == 0) watch(w);
    }
    return w->got - before;
}

static struct tern_stack *stack(const struct tern_addr *a, const struct tern_settings *set, size_t cap)
{
    struct tern_if_config nic = {.mtu = 1500, .addr_n = 1, .addr = {*a}, .prefix_len = {32}};
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = "a fixed secret.", .settings = set, .memory_cap = cap};
    struct tern_stack *s = tern_stack_new(&sc);
    assert_non_null(s);
    assert_int_equal(tern_stack_add_if(s, &nic), 0);
    return s;
}

static void begin(struct world *w, const struct attack *a)
{
    struct tern_settings set;
    struct tern_filter rule;
    tern_settings_default(&set);
    w->a = a;
    assert_int_equal(tern_addr_parse("192.0.2.2", &w->server_addr), 0);
    assert_int_equal(tern_addr_parse("192.0.2.1", &w->client_addr), 0);
    w->client = stack(&w->client_addr, &set, 0);
    set.fixed_isn = ISS + 1; /* so that attackers need not remember it */
    if (a->cookies_off) set.syn_cookies = 0;
    w->server = stack(&w->server_addr, &set, CAP);
    w->hand.iss = ISS;
    w->hand.local = (struct tern_endpoint){w->server_addr, RIG_PORT};
    w->hand.remote.addr = w->client_addr;
    assert_int_equal(tern_stack_listen(w->server, &(struct tern_listen_config){.local.port = RIG_PORT, .backlog = 256}, &w->l),
                     0);
    if (!a->rule) return;
    assert_int_equal(tern_filter_parse(a->rule, &rule), 0);
    assert_int_equal(tern_listener_filter(w->l, &rule, 1), 0);
}

/* The attackers go on answering; whoever still has to do with the server is let go. */
static void all_goes(struct world *w, size_t before)
{
    w->fetching = false;
    for (uint32_t i = 0; i < JOBS; i++)
        if (w->job[i].c) tern_conn_release(w->job[i].c, w->now), w->job[i].c = NULL;
    for (int i = 0; i < AFTER * 60; i++) step(w, TERN_SEC);
    struct tern_counters n = figures(w);
    assert_int_equal(n.conn_n, 0);
    assert_int_equal(n.half_n, 0);
    assert_int_equal(n.time_wait_n, 0);
    assert_int_equal(n.orphan_n, 0);
    assert_true(n.memory_used <= before + POOL_KEEPS);
}

static void suffers(const struct attack *a)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    begin(&w, a);
    size_t before = figures(&w).memory_used;
    w.fetching = true;
    run(&w, PEACE * 1000, false);
    uint64_t peace = run(&w, SPAN * 1000, false);
    uint64_t war = run(&w, SPAN * 1000, true);
    assert_true(war * 2 >= peace);
    assert_true(w.cost <= a->costs);
    all_goes(&w, before);
    while (way_take(&w.back, TERN_NEVER, w.client)) {
    }
    while (way_take(&w.there, TERN_NEVER, w.server)) {
    }
    tern_stack_free(w.server);
    tern_stack_free(w.client);
}

/* proves: ATTACK-9 */
static void tiny_pieces(void **state)
{
    (void)state;
    suffers(&(struct attack){.syns_per_ms = 1, .sources = 16, .conns = 64, .pieces_per_ms = 20, .kept = true, .costs = 8});
}

/* proves: ATTACK-11 */
static void shut_windows(void **state)
{
    (void)state;
    suffers(&(struct attack){
        .rule = "allow 198.18.0.0/15 each conns 8", .syns_per_ms = 1, .sources = 16, .reads = READS_NOTHING, .costs = 2});
}

/* proves: ATTACK-11 */
static void slow_readers(void **state)
{
    (void)state;
    suffers(&(struct attack){
        .rule = "allow 198.18.0.0/15 each conns 8", .syns_per_ms = 1, .sources = 16, .reads = READS_SLOWLY, .costs = 2});
}

/* proves: ATTACK-10 */
static void slow_handshakes(void **state)
{
    (void)state;
    suffers(&(struct attack){.syns_per_ms = 20, .sources = 50000, .mute = true, .costs = 2});
}

/* proves: ATTACK-10 */
static void slow_handshakes_without_cookies(void **state)
{
    (void)state;
    suffers(&(struct attack){.syns_per_ms = 5, .sources = 50000, .mute = true, .costs = 2, .cookies_off = true});
}

/* proves: ATTACK-12 */
static void fins_that_are_never_acknowledged(void **state)
{
    (void)state;
    suffers(&(struct attack){.syns_per_ms = 1, .sources = 1000, .reads = READS_ALL, .costs = 2});
}

/* proves: ATTACK-12 */
static void fins_that_never_come(void **state)
{
    (void)state;
    suffers(&(struct attack){.syns_per_ms = 1, .sources = 1000, .reads = READS_ALL, .ack_fin = true, .costs = 2});
}

/* proves: ATTACK-12 */
static void time_waits(void **state)
{
    (void)state;
    suffers(
        &(struct attack){.syns_per_ms = 1, .sources = 1000, .reads = READS_ALL, .ack_fin = true, .send_fin = true, .costs = 2});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_pieces),
        cmocka_unit_test(shut_windows),
        cmocka_unit_test(slow_readers),
        cmocka_unit_test(slow_handshakes),
        cmocka_unit_test(slow_handshakes_without_cookies),
        cmocka_unit_test(fins_that_are_never_acknowledged),
        cmocka_unit_test(fins_that_never_come),
        cmocka_unit_test(time_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
