/* Segments by a grammar, fields and a tree of options, into a connection in each of the states. Most are nearly right: numbers
 * stand at the edges of what the connection knows, an option has the right length, or one that is off by one, or one that reaches
 * over the end; all checksums are right but where that is the point.
 *
 * The input: four bytes, which choose the state and the settings; then records of RECORD bytes, a segment or another event each.
 * The mutator knows records and fields. After each segment the stack is judged (judge.h), and it is looked up in a plain reading
 * of RFC 9293 3.10.7 and RFC 5961 what may not have happened. */
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "judge.h"
#include "middle.h"
#include "plain_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum {
    HEAD = 4,
    RECORD = 32,
    RECORDS_MAX = 60,
    TOKENS_AT = 16,
    OPTIONS_MAX = 40,
    PAYLOAD_MAX = 3000,
    PACKET_MAX = 60 + 60 + PAYLOAD_MAX
};
enum { OURS = 80, THEIRS = 1000, PEER_ISS = 0x7ffffff0 };

/* What the peer could know: the connection's numbers, or the last ones of a connection that has gone. */
struct known {
    uint8_t state; /* CLOSED: there is no connection, or only a record of one */
    seq32 iss, irs, una, nxt, max, rcv_nxt, edge;
    uint32_t ts;
    bool half, time_wait; /* a record */
};

struct fuzz {
    struct tern_stack *s;
    struct tern_listener *l;
    struct tern_conn *c;
    struct tcp_tuple t;
    struct known k;
    bool v6;
    tern_ns now;
    uint32_t out_n; /* packets since the last segment in */
};

static struct judge judge;
static uint8_t scratch[TERN_PACKET_MAX];

/* ---- what is known ---- */

static struct known look(struct fuzz *f)
{
    struct known k = f->k;
    struct tcp_node *n = table_find(f->s, &f->t);
    k.state = TERN_CLOSED;
    k.half = n && n->kind == NODE_HALF;
    k.time_wait = n && n->kind == NODE_TIME_WAIT;
    if (!n || n->kind != NODE_CONN) return k;
    struct tern_conn *c = conn_of(n);
    return (struct known){.state = c->state,
                          .iss = c->snd.iss,
                          .irs = c->rcv.irs,
                          .una = c->snd.una,
                          .nxt = c->snd.nxt,
                          .max = c->snd.max,
                          .rcv_nxt = c->rcv.nxt,
                          .edge = c->rcv.edge,
                          .ts = k.ts};
}

static void drain(struct fuzz *f)
{
    struct tern_pkt pkt[8];
    struct wire_ip ip;
    struct wire_tcp h;
    int n;
    do {
        n = tern_stack_output(f->s, 0, f->now, pkt, 8);
        for (int i = 0; i < n; i++) {
            int len = tern_pkt_flatten(&pkt[i], scratch, sizeof scratch);
            CHECK(len > 0 && wire_ip_parse(scratch, (size_t)len, NULL, &ip) == WIRE_OK && ip.len == (uint32_t)len);
            CHECK(ip.proto == IPPROTO_TCP_ && wire_tcp_parse(scratch + ip.head_len, ip.len - ip.head_len, &h) == WIRE_OK);
            judge_edge(&judge, &f->t, &h);
            if (h.flags & TH_SYN) f->k.iss = h.seq, f->k.una = h.seq, f->k.max = f->k.nxt = seq_add(h.seq, 1);
            if (h.opt.present & OPT_TIMESTAMPS) f->k.ts = h.opt.ts_val;
        }
        f->out_n += (uint32_t)n;
        CHECK(f->out_n < 10000);
        judge_events(&judge, f->now);
    } while (n == 8);
    f->k = look(f);
}

/* ---- packets ---- */

/* The segment of |h|, with |options_n| bytes of options as they are and data, into |p|; its length. */
static size_t build(const struct fuzz *f, const struct wire_tcp *h, const uint8_t *options, size_t options_n, uint32_t len,
                    uint8_t *p)
{
    struct wire_ip ip = {.src = f->t.raddr, .dst = f->t.laddr, .version = f->v6 ? 6 : 4, .proto = IPPROTO_TCP_, .ttl = 64};
    struct wire_tcp bare = *h;
    bare.opt.present = 0, bare.opt.sack_n = 0;
    size_t at = wire_ip_build(&ip, (uint32_t)(WIRE_TCP_HEADER_LEN + options_n) + len, true, 9, p);
    uint8_t *tcp = p + at;
    at += wire_tcp_build(&bare, tcp);
    memcpy(p + at, options, options_n);
    tcp[12] = (uint8_t)((20 + options_n) << 2 | (tcp[12] & 15));
    for (uint32_t i = 0; i < len; i++) p[at + options_n + i] = stream_at(seq_add(h->seq, ((h->flags & TH_SYN) != 0) + i));
    return at + options_n + len;
}

static void make_sum(const struct fuzz *f, uint8_t *p, size_t len)
{
    size_t at = f->v6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN;
    be16_put(p + at + 16, 0);
    csum_put(p + at + 16,
             csum_pseudo(&f->t.raddr, &f->t.laddr, IPPROTO_TCP_, (uint32_t)(len - at)) + csum_add(0, p + at, len - at));
}

static void feed(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(f->s), len);
    f->out_n = 0;
    if (!b) return;
    memcpy(b->data, p, len);
    b->len = (uint32_t)len;
    if (tern_stack_input(f->s, 0, f->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    judge_events(&judge, f->now);
    drain(f);
}

/* ---- the way to a state ---- */

static void say(struct fuzz *f, uint16_t flags, seq32 q, seq32 ack)
{
    uint8_t p[PACKET_MAX];
    const struct wire_tcp h = {.src_port = THEIRS, .dst_port = f->t.lport, .seq = q, .ack = ack, .flags = flags, .wnd = 60000};
    static const uint8_t syn[] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7};
    uint8_t later[] = {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0};
    be32_put(later + 8, f->k.ts);
    size_t n = flags & TH_SYN ? build(f, &h, syn, sizeof syn, 0, p) : build(f, &h, later, f->k.ts ? sizeof later : 0, 0, p);
    make_sum(f, p, n);
    feed(f, p, n);
}

static void open_to(struct fuzz *f, enum tern_state state)
{
    const struct tern_listen_config cfg = {.local = {.port = OURS}};
    const seq32 iss = seq(PEER_ISS), next = seq(PEER_ISS + 1u);
    if (state == TERN_CLOSED) return;
    if (state == TERN_SYN_SENT) {
        f->t.lport = 2000;
        const struct tern_endpoint local = {f->t.laddr, 2000}, remote = {f->t.raddr, THEIRS};
        CHECK(tern_stack_connect(f->s, &local, &remote, &f->c) == 0);
        drain(f);
        return;
    }
    CHECK(tern_stack_listen(f->s, &cfg, &f->l) == 0);
    if (state == TERN_LISTEN) return;
    say(f, TH_SYN, iss, seq(0));
    if (state == TERN_SYN_RECEIVED) return;
    say(f, TH_ACK, next, seq_add(f->k.iss, 1));
    f->c = tern_listener_accept(f->l);
    CHECK(f->c && f->c->state == TERN_ESTABLISHED);
}

/* From ESTABLISHED on: the peer closes, then we, or the other way round. */
static void close_to(struct fuzz *f, enum tern_state state)
{
    const seq32 next = seq(PEER_ISS + 1u);
    if (state == TERN_CLOSE_WAIT || state == TERN_LAST_ACK) say(f, TH_FIN | TH_ACK, next, f->k.max);
    if (state == TERN_CLOSE_WAIT || state == TERN_ESTABLISHED) return;
    CHECK(tern_conn_close(f->c, f->now) == 0);
    drain(f);
    if (state == TERN_FIN_WAIT_1 || state == TERN_LAST_ACK) return;
    if (state == TERN_CLOSING) say(f, TH_FIN | TH_ACK, next, seq_sub(f->k.max, 1));
    if (state == TERN_CLOSING) return;
    say(f, TH_ACK, next, f->k.max);
    if (state == TERN_TIME_WAIT) say(f, TH_FIN | TH_ACK, next, f->k.max);
}

static void lead_to(struct fuzz *f, enum tern_state state, bool with_data)
{
    open_to(f, state);
    if (!f->c || state == TERN_SYN_SENT) return;
    if (with_data && state == TERN_ESTABLISHED) { /* something is out, and something waits */
        for (uint32_t i = 0; i < 20000; i++) scratch[i] = stream_at(seq_add(snd_end(f->c), i));
        CHECK(tern_conn_send(f->c, f->now, scratch, 20000) > 0);
        drain(f);
    }
    close_to(f, state);
    CHECK((f->c ? tern_conn_state(f->c) : f->k.state) == state || state == TERN_TIME_WAIT);
}

/* ---- the grammar ---- */

static seq32 number(const struct known *k, uint8_t how, uint32_t delta)
{
    const seq32 places[] = {k->rcv_nxt, k->rcv_nxt, k->edge, k->irs, k->una, k->nxt, k->max, k->iss};
    seq32 base = places[how & 7];
    switch (how >> 3 & 7) {
    case 0:
    case 1: return base;
    case 2: return seq_add(base, 1);
    case 3: return seq_sub(base, 1);
    case 4: return seq_add(base, delta);
    case 5: return seq_sub(base, delta);
    case 6: return seq_add(base, UINT32_C(0x80000000) + (delta & 3) - 1);
    default: return seq(delta * UINT32_C(65537));
    }
}

/* The body of a known option as it should be, |n| bytes of room; its length. */
static size_t option_body(const struct known *k, uint8_t kind, uint8_t how, uint8_t *p)
{
    static const uint16_t mss[] = {1460, 536, 0, 1, 47, 48, 65535, 9000};
    static const uint8_t scale[] = {7, 0, 14, 15, 255, 1, 8, 13};
    memset(p, how, OPTIONS_MAX);
    switch (kind) {
    case 2: be16_put(p, mss[how & 7]); return 2;
    case 3: p[0] = scale[how & 7]; return 1;
    case 4: return 0;
    case 5:
        for (unsigned i = 0; i <= (how & 3u) && i < 4; i++) {
            be32_put(p + 8 * i, seq_add(how & 4 ? k->una : k->nxt, (how >> 3) * 700u + i * 3000u).v);
            be32_put(p + 8 * i + 4, seq_add(how & 4 ? k->una : k->max, (how >> 3) * 700u + i * 3000u + (how & 64 ? 0 : 1460)).v);
        }
        return 8 + 8 * (how & 3u);
    case 8:
        be32_put(p, 9 + (how & 1 ? (uint32_t)how : 0) + (how & 2 ? UINT32_C(0x80000000) : 0) - (how & 4 ? 1u : 0));
        be32_put(p + 4, k->ts + (how & 8 ? (uint32_t)how : 0) - (how & 16 ? 1u : 0));
        return 8;
    case 19: return 16;
    case 28: return 2;
    case 29: return how & 1 ? 14 : how & 15;
    case 34: return (how & 7u) * 2;
    case 172:
    case 174: return (how & 3u) * 3;
    default: return how % 20;
    }
}

/* One node of the tree; false: no room is left. */
static bool put_option(const struct known *k, uint8_t which, uint8_t how, uint8_t *options, size_t *n)
{
    static const uint8_t kinds[] = {2, 3, 4, 5, 8, 1, 0, 19, 28, 29, 34, 172, 174, 253, 254, 5};
    uint8_t kind = which & 128 ? how : kinds[which & 15], body[OPTIONS_MAX];
    if (*n >= OPTIONS_MAX) return false;
    options[(*n)++] = kind;
    if (kind < 2) return true;
    size_t len = 2 + option_body(k, kind, how, body), room = OPTIONS_MAX - *n;
    if (room == 0) return false;
    uint8_t said = (uint8_t)len;
    switch (which >> 4 & 7) {
    case 1: said++; break;
    case 2: said--; break;
    case 3: said = (uint8_t[]){0, 1, 255, 40}[how & 3]; break;
    default: break;
    }
    options[(*n)++] = said;
    if (len - 2 > room - 1) len = room + 1;
    memcpy(options + *n, body, len - 2);
    *n += len - 2;
    return true;
}

static size_t put_options(const struct known *k, const uint8_t *r, uint8_t options[OPTIONS_MAX])
{
    size_t n = 0;
    memset(options, 0, OPTIONS_MAX);
    if (k->ts && !(r[15] & 64)) { /* where they were agreed on a segment without them is not heard */
        memcpy(options, "\1\1", 2), n = 2;
        put_option(k, 4, 0, options, &n);
    }
    for (unsigned i = 0; i < (r[15] & 7u); i++)
        if (!put_option(k, r[TOKENS_AT + 2 * i], r[TOKENS_AT + 2 * i + 1], options, &n)) break;
    while (n % 4 && n < OPTIONS_MAX) options[n++] = r[15] & 8 ? OPTION_NOP : OPTION_EOL;
    return n;
}

/* ---- what may not happen ---- */

/* RFC 9293 3.4 table 6, read plainly: does any number of the segment lie in the window? A FIN without data needs no room, so one
 * is taken when the window is shut, too. What has no number at all may stand at the window's edge (appendix A.2). */
static bool acceptable(const struct known *k, seq32 first, uint32_t len, bool bare_fin)
{
    uint32_t wnd = seq_diff(k->edge, k->rcv_nxt);
    if (wnd == 0 && (len == 0 || bare_fin)) return seq_eq(first, k->rcv_nxt);
    if (len == 0) return seq_in(first, k->rcv_nxt, wnd) || seq_eq(first, k->edge);
    return wnd > 0 && (seq_in(first, k->rcv_nxt, wnd) || seq_in(seq_add(first, len - 1), k->rcv_nxt, wnd));
}

static void check_unmoved(const struct known *was, const struct known *is)
{
    CHECK(was->state == is->state && was->time_wait == is->time_wait && was->half == is->half);
    CHECK(was->state == TERN_CLOSED || (seq_eq(was->rcv_nxt, is->rcv_nxt) && seq_eq(was->una, is->una)));
}

static void check_synchronized(const struct known *was, const struct known *is, const struct plain_tcp *h)
{
    uint32_t len = (uint32_t)h->payload.len + !!(h->flags & TH_SYN) + !!(h->flags & TH_FIN);
    seq32 first = seq(h->seq), ack = seq(h->ack);
    bool hit = h->seq == was->rcv_nxt.v;
    if (h->flags & TH_RST) { /* RFC 5961 3.2 */
        if (!hit) check_unmoved(was, is);
        return;
    }
    if ((h->flags & TH_SYN) || !(h->flags & TH_ACK)) { /* RFC 5961 4.2; 3.10.7.4 fifth */
        check_unmoved(was, is);
        return;
    }
    if (is->state == TERN_CLOSED) return; /* it came to its end */
    if (seq_gt(ack, was->max)) CHECK(seq_eq(was->una, is->una) && seq_eq(was->rcv_nxt, is->rcv_nxt));
    if (!acceptable(was, first, len, h->payload.len == 0)) CHECK(seq_eq(was->rcv_nxt, is->rcv_nxt));
    CHECK(seq_eq(was->una, is->una) || seq_eq(is->una, ack));
    CHECK(seq_ge(is->rcv_nxt, was->rcv_nxt) && seq_le(is->rcv_nxt, seq_add(was->edge, 1)));
}

/* |p| came, which was |was| before. */
static void check_outcome(const struct fuzz *f, const struct known *was, const uint8_t *p, size_t len)
{
    struct plain_ip ip;
    struct plain_tcp h;
    const struct known *is = &f->k;
    bool good = plain_ip_read(p, len, false, &ip) && ip.proto == IPPROTO_TCP_ && plain_checksum_right(&ip, p) &&
                plain_tcp_read(p + ip.head_len, ip.len - ip.head_len, &h);
    if (!good) {
        check_unmoved(was, is);
        CHECK(f->out_n == 0); /* not even an answer */
        return;
    }
    if (was->state == TERN_CLOSED && !was->half && (h.flags & TH_RST)) CHECK(f->out_n == 0 && was->time_wait == is->time_wait);
    if (was->state == TERN_SYN_SENT && (h.flags & TH_ACK) && (h.ack == was->iss.v || seq_gt(seq(h.ack), was->max)))
        check_unmoved(was, is);
    if (was->state == TERN_SYN_SENT && (h.flags & TH_RST) && !(h.flags & TH_ACK)) check_unmoved(was, is);
    if (was->state >= TERN_ESTABLISHED && was->state < TERN_TIME_WAIT) check_synchronized(was, is, &h);
}

/* ---- records ---- */

static void op_segment(struct fuzz *f, const uint8_t *r)
{
    uint8_t p[PACKET_MAX], options[OPTIONS_MAX], how = r[2];
    struct known was = look(f);
    struct wire_tcp h = {
        .src_port = THEIRS, .dst_port = f->t.lport, .flags = r[1], .wnd = be16_get(r + 9), .urp = be16_get(r + 11)};
    if (how & 1) h.flags |= TH_AE;
    h.reserved = how >> 1 & 7;
    h.seq = number(&was, r[3], be16_get(r + 4));
    h.ack = number(&was, (r[6] & 64) ? r[6] : (uint8_t)(4 + (r[6] & 3)) | (r[6] & 56), be16_get(r + 7));
    size_t n = put_options(&was, r, options);
    uint32_t len = r[13] & 1 ? (uint32_t)r[14] * 11 : r[13] & 2 ? 1 : r[13] & 4 ? 1460 : 0;
    if (len > PAYLOAD_MAX) len = PAYLOAD_MAX;
    size_t all = build(f, &h, options, n, len, p);
    uint8_t *tcp = p + (f->v6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN);
    if (how >> 4 == 1) tcp[12] = (uint8_t)(r[14] << 4 | (tcp[12] & 15)); /* an offset that lies */
    make_sum(f, p, all);
    if (how >> 4 == 2) tcp[16 + (r[14] & 1)] ^= (uint8_t)(r[14] | 1);
    feed(f, p, all);
    check_outcome(f, &was, p, all);
}

static void op_time(struct fuzz *f, const uint8_t *r)
{
    tern_ns next = tern_stack_next_expiry(f->s);
    if (r[1] & 1)
        f->now += (tern_ns)be16_get(r + 2) * (r[1] & 2 ? TERN_MS : TERN_US);
    else if (next != TERN_NEVER && next > f->now)
        f->now = next;
    f->out_n = 0;
    for (int i = 0; tern_stack_next_expiry(f->s) <= f->now; i++) {
        CHECK(i < 100);
        tern_stack_expire(f->s, f->now);
        drain(f);
    }
}

static void op_call(struct fuzz *f, const uint8_t *r)
{
    if (!f->c && f->l) f->c = tern_listener_accept(f->l);
    if (!f->c) return;
    f->out_n = 0;
    switch (r[1] & 7) {
    case 0:
    case 1:
    case 2: tern_conn_recv(f->c, f->now, scratch, 1 + (size_t)r[2] * 257); break;
    case 3:
    case 4:
        for (uint32_t i = 0; i < r[2]; i++) scratch[i] = stream_at(seq_add(snd_end(f->c), i));
        tern_conn_send_with(f->c, f->now, scratch, r[2], r[3] & 7);
        break;
    case 5: tern_conn_close(f->c, f->now); break;
    case 6: tern_conn_set(f->c, f->now, (enum tern_option)(r[2] % TERN_OPTION_N), (int8_t)r[3]); break;
    default:
        if (r[2] & 1) tern_conn_abort(f->c, f->now);
        tern_conn_release(f->c, f->now);
        f->c = NULL;
        break;
    }
    drain(f);
}

static void setup(struct fuzz *f, const uint8_t head[HEAD])
{
    struct tern_settings set;
    struct tern_if_config ic = {.mtu = 1500, .addr_n = 1, .prefix_len = {24}};
    tern_settings_default(&set);
    f->now = 1000 * TERN_SEC;
    f->v6 = head[1] & 1;
    if (head[1] & 2) set.fixed_isn = UINT32_C(0xfffffff0);
    if (head[1] & 4) set.receive_buffer = 4096, set.receive_buffer_max = 0;
    if (head[1] & 8) set.timestamps = 0;
    if (head[1] & 16) set.ecn = 3;
    if (head[1] & 32) set.syn_cookies = 2;
    if (head[1] & 64) set.fastopen = 0x607;
    judge_begin(&judge, 'S');
    const struct tern_stack_config sc = {.alloc = &judge.alloc, .secret = "the fuzzer's key", .now = f->now, .settings = &set};
    CHECK(tern_addr_parse(f->v6 ? "2001:db8::2" : "192.0.2.2", &f->t.laddr) == 0);
    CHECK(tern_addr_parse(f->v6 ? "2001:db8::1" : "192.0.2.1", &f->t.raddr) == 0);
    f->t.lport = OURS, f->t.rport = THEIRS;
    ic.addr[0] = f->t.laddr;
    f->s = tern_stack_new(&sc);
    judge_stack(&judge, f->s);
    CHECK(tern_stack_add_if(f->s, &ic) == 0);
    lead_to(f, (enum tern_state)(head[0] % TERN_STATE_N), head[2] & 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz f = {0};
    if (len < HEAD) return 0;
    setup(&f, data);
    for (size_t at = HEAD, n = 0; at + RECORD <= len && n < RECORDS_MAX; at += RECORD, n++) {
        const uint8_t *r = data + at;
        if ((r[0] & 7) == 6)
            op_time(&f, r);
        else if ((r[0] & 7) == 7)
            op_call(&f, r);
        else
            op_segment(&f, r);
        judge_look(&judge, f.now);
    }
    judge_end(&judge);
    return 0;
}

/* ---- the mutator ---- */

static uint32_t chance(uint32_t *state, uint32_t n)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)(*state >> 4) * n >> 28);
}

static void new_record(uint8_t *r, uint32_t *seed)
{
    for (int i = 0; i < RECORD; i++) r[i] = (uint8_t)chance(seed, 256);
    r[0] = (uint8_t)chance(seed, 8);
    if (chance(seed, 2)) r[1] = (uint8_t[]){16, 24, 17, 2, 4, 20, 18, 48}[chance(seed, 8)];
    if (chance(seed, 4)) r[2] = 0;
    if (chance(seed, 2)) r[3] = 0, r[6] = 2; /* RCV.NXT, SND.MAX */
    if (chance(seed, 2)) r[9] = 255;
    if (chance(seed, 2)) r[15] = (uint8_t)chance(seed, 3);
}

static void change_record(uint8_t *r, uint32_t *seed)
{
    for (uint32_t n = 1 + chance(seed, 3); n; n--) {
        uint8_t *field = r + chance(seed, RECORD);
        switch (chance(seed, 4)) {
        case 0: *field ^= (uint8_t)(1u << chance(seed, 8)); break;
        case 1: *field = (uint8_t)(*field + 1); break;
        case 2: *field = (uint8_t)(*field - 1); break;
        default: *field = (uint8_t)chance(seed, 256); break;
        }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    uint32_t s = seed;
    size_t n = size < HEAD ? 0 : (size - HEAD) / RECORD, most = max_size < HEAD ? 0 : (max_size - HEAD) / RECORD;
    uint8_t *first = data + HEAD, *r = first + RECORD * (n ? chance(&s, (uint32_t)n) : 0), spare[RECORD];
    if (max_size < HEAD + RECORD) return size;
    if (size < HEAD) memset(data, (int)chance(&s, 256), HEAD);
    switch (n ? chance(&s, 12) : 0) {
    case 0:
    case 1: /* one more */
    case 2: /* one again */
        if (n == most || n == RECORDS_MAX) break;
        if (n) memcpy(spare, r, RECORD);
        memmove(r + RECORD, r, (size_t)(first + n * RECORD - r));
        if (!n || chance(&s, 2)) new_record(spare, &s);
        memcpy(r, spare, RECORD);
        n++;
        break;
    case 3: /* one less */
        memmove(r, r + RECORD, (size_t)(first + n * RECORD - r) - RECORD);
        n--;
        break;
    case 4: /* two change places */
        memcpy(spare, first, RECORD);
        memcpy(first, r, RECORD);
        memcpy(r, spare, RECORD);
        break;
    case 5: data[chance(&s, HEAD)] = (uint8_t)chance(&s, 256); break;
    case 6: new_record(r, &s); break;
    default: change_record(r, &s); break;
    }
    return HEAD + n * RECORD;
}
