/* Two stacks, and between them a middle that loses, delays, repeats, cuts, joins, forges (middle.h); the clock jumps; the input
 * decides on all of it and on what the applications do. After each event both stacks are judged (judge.h), and against each
 * other:
 *
 * - every byte read is the one that was written at its place, and none is read that was not written;
 * - the end of a stream comes behind its last byte, and only when the writer has ended it;
 * - what a stack takes for acknowledged the other has received; what one has received the other has sent;
 * - nobody is accepted who has not asked.
 *
 * A middle that knows the numbers can break some of this by a forgery: what reached an end by one is known, and that end is not
 * asked for what it cannot promise. Signed connections (MD5, TCP-AO) are, for there forgeries change nothing.
 *
 * At the end the middle is honest: every connection whose ends both live comes to its end with all its bytes, and when the
 * applications have gone all is forgotten, and all memory is back. */
#include <string.h>

#include "judge.h"
#include "middle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { OPS_MAX = 400, STEPS_MAX = 20000, BOOKS = 4096, WRITTEN_MAX = 200000, BATCH = 8 };
enum { ROUNDS_MAX = 2 * WRITTEN_MAX / 20 }; /* of the smallest segments, one a round, when each has to be sent again */

/* A stream that somebody began to write. */
struct book {
    uint32_t iss;
    uint8_t flow;
    uint32_t written;
    bool ended; /* by CLOSE, or nothing more will come */
};

/* One end of a flow, while its application has it. */
struct talk {
    struct tern_conn *c;
    struct book *book;
    uint32_t read_n;
    bool eof;
    /* What cannot be promised any more of this flow to this end, in this run: */
    bool forged; /* something forged came */
    bool wrong;  /* even bytes that nobody wrote */
};

struct side {
    struct judge judge;
    struct tern_stack *s;
    struct tern_listener *l;
    struct talk talk[MIDDLE_FLOWS];
    struct book book[BOOKS];
    uint32_t book_n;
};

enum sign { SIGN_NONE, SIGN_MD5, SIGN_AO };

static struct side side[2];
static struct middle middle;
static struct fuzz_in in;
static tern_ns now;
static enum sign sign;
static bool fixed; /* initial numbers that come again: old duplicates are as good as new ones */
static uint8_t scratch[TERN_PACKET_MAX];

/* ---- promises ---- */

static struct book *book_new(int e, uint8_t flow, uint32_t iss)
{
    CHECK(side[e].book_n < BOOKS);
    struct book *b = &side[e].book[side[e].book_n++];
    *b = (struct book){.iss = iss, .flow = flow};
    return b;
}

/* Did end |e| begin such a stream: with at least |n| bytes, or (|ended|) ended behind just so many? */
static bool book_has(int e, uint8_t flow, uint32_t iss, uint32_t n, bool ended)
{
    for (uint32_t i = 0; i < side[e].book_n; i++) {
        const struct book *b = &side[e].book[i];
        if (b->flow == flow && b->iss == iss && b->written >= n && (!ended || (b->ended && b->written == n))) return true;
    }
    return false;
}

static void check_read(int e, uint8_t flow, const uint8_t *p, uint32_t n)
{
    struct talk *t = &side[e].talk[flow];
    uint32_t irs = t->c->rcv.irs.v;
    for (uint32_t i = 0; p && i < n && !t->wrong; i++) CHECK(p[i] == stream_at(seq(irs + 1 + t->read_n + i)));
    t->read_n += n;
    if (!t->forged) CHECK(book_has(1 - e, flow, irs, t->read_n, false));
}

static void check_eof(int e, uint8_t flow)
{
    struct talk *t = &side[e].talk[flow];
    t->eof = true;
    if (!t->forged) CHECK(book_has(1 - e, flow, t->c->rcv.irs.v, t->read_n, true));
}

static bool lives(const struct talk *t)
{
    return t->c && !tern_conn_error(t->c) && t->c->state >= TERN_ESTABLISHED && t->c->state < TERN_TIME_WAIT;
}

/* Both ends of one connection? */
static bool matched(const struct talk *a, const struct talk *b)
{
    return seq_eq(a->c->snd.iss, b->c->rcv.irs) && seq_eq(b->c->snd.iss, a->c->rcv.irs);
}

static void check_pair(const struct talk *a, const struct talk *b)
{
    if (!lives(a) || !lives(b) || !matched(a, b)) return;
    if (!a->forged) CHECK(seq_le(a->c->snd.una, b->c->rcv.nxt));
    if (!b->forged) CHECK(seq_le(b->c->rcv.nxt, a->c->snd.max));
}

static void check_all(void)
{
    for (int e = 0; e < 2; e++) {
        judge_look(&side[e].judge, now);
        for (int i = 0; i < MIDDLE_FLOWS; i++) check_pair(&side[e].talk[i], &side[1 - e].talk[i]);
    }
}

/* ---- packets ---- */

static bool drain(int e)
{
    struct tern_pkt pkt[BATCH];
    struct wire_ip ip;
    struct wire_tcp h;
    int n, all = 0;
    do {
        n = tern_stack_output(side[e].s, 0, now, pkt, BATCH);
        for (int i = 0; i < n; i++) {
            int len = tern_pkt_flatten(&pkt[i], scratch, sizeof scratch);
            CHECK(len > 0);
            middle_take(&middle, 1 - e, scratch, (uint32_t)len, pkt[i].gso_size);
            CHECK(wire_ip_parse_quoted(scratch, (size_t)len, &ip) == WIRE_OK && ip.len == (uint32_t)len);
            if (ip.proto != IPPROTO_TCP_) continue;
            CHECK(wire_tcp_parse(scratch + ip.head_len, ip.len - ip.head_len, &h) == WIRE_OK);
            judge_edge(&side[e].judge, &(struct tcp_tuple){ip.src, ip.dst, h.src_port, h.dst_port}, &h);
        }
        judge_events(&side[e].judge, now);
        all += n;
        CHECK(all < STEPS_MAX); /* it never comes to rest */
    } while (n == BATCH);
    return all > 0;
}

static void note_forgery(int e, const struct parcel *p)
{
    struct talk *t = &side[e].talk[p->flow % MIDDLE_FLOWS];
    if (p->flow == MIDDLE_FLOWS || !p->forged) return;
    if (sign == SIGN_AO && !fixed) return;
    t->forged = true;
    if (sign == SIGN_NONE) t->wrong |= p->wrong;
}

/* The next packet to |e| arrives. */
static bool deliver(int e)
{
    struct parcel p;
    if (!middle_give(&middle, e, &p)) return false;
    note_forgery(e, &p);
    struct tern_buf *b = tern_buf_get(tern_stack_pool(side[e].s), p.len);
    if (b) {
        memcpy(b->data, p.data, p.len);
        b->len = p.len;
        b->gso_size = p.gso_size;
        b->csum_ok = p.gso_size > 0;
        if (tern_stack_input(side[e].s, 0, now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    }
    free(p.data);
    judge_events(&side[e].judge, now);
    return true;
}

static void expire(void)
{
    for (int e = 0; e < 2; e++)
        for (int i = 0; tern_stack_next_expiry(side[e].s) <= now; i++) {
            CHECK(i < 100);
            tern_stack_expire(side[e].s, now);
            drain(e);
        }
}

/* All that is on its way, and what comes in answer, until it is quiet: in no time. */
static void pass(void)
{
    for (int rounds = 0;; rounds++) {
        bool any = false;
        CHECK(rounds < ROUNDS_MAX);
        for (int e = 0; e < 2; e++) any |= drain(e);
        for (int e = 0; e < 2; e++)
            for (int n = 0; n < BATCH && deliver(e); n++) any = true;
        if (!any) return;
    }
}

static tern_ns next_expiry(void)
{
    tern_ns a = tern_stack_next_expiry(side[0].s), b = tern_stack_next_expiry(side[1].s);
    return a < b ? a : b;
}

static void op_time(void)
{
    static const tern_ns unit[] = {TERN_US, TERN_MS, TERN_SEC, 60 * TERN_SEC, 86400 * TERN_SEC};
    uint8_t how = in8(&in);
    tern_ns next = next_expiry();
    if (how & 1) {
        now += unit[how >> 1 & 3] * in8(&in);
        if (how == 255) now += unit[4];
    } else if (next != TERN_NEVER && next > now) {
        now = next;
    }
    expire();
}

/* ---- the applications ---- */

static void forget(int e, uint8_t flow)
{
    struct talk *t = &side[e].talk[flow];
    t->book->ended = true;
    tern_conn_release(t->c, now);
    t->c = NULL;
}

static void begin(int e, uint8_t flow, struct tern_conn *c)
{
    struct talk *t = &side[e].talk[flow];
    *t = (struct talk){.c = c, .forged = t->forged, .wrong = t->wrong};
    t->book = book_new(e, flow, c->snd.iss.v);
}

static void sign_conn(struct tern_conn *c)
{
    struct tern_ao_key k = {.peer = c->node.t.raddr, .prefix_len = middle.v6 ? 128 : 32, .send_id = 1, .recv_id = 1, .len = 5};
    memcpy(k.key, "tern!", 5);
    if (sign == SIGN_MD5 && tern_conn_md5(c, now, "tern", 4) == 0) return;
    if (sign == SIGN_AO && tern_conn_ao_add(c, now, &k) == 0) return;
    tern_conn_abort(c, now); /* no memory: it would not be signed */
}

static void op_connect(int e, uint8_t flow)
{
    struct talk *t = &side[e].talk[flow];
    struct tern_endpoint local = {middle.addr[e], middle.port[e][flow]}, remote = {middle.addr[1 - e], middle.port[1 - e][flow]};
    struct tern_conn *c;
    uint8_t how = in8(&in);
    if (t->c || local.port == 80) return;
    /* A pair's initial sequence numbers follow the clock (RFC 9293 3.4.1): opened twice in one tick it would be one connection to
     * everybody. */
    now += 4 * TERN_US;
    int r = tern_stack_connect(side[e].s, &local, &remote, &c);
    CHECK(r == 0 || r == TERN_ERR_ADDRINUSE || r == TERN_ERR_NOMEM);
    if (r) return;
    middle.life[flow]++;
    begin(e, flow, c);
    if (sign) sign_conn(c);
    if (how & 1) tern_conn_set(c, now, TERN_OPT_FASTOPEN, 1);
}

static uint8_t flow_of(int e, const struct tcp_tuple *t)
{
    for (uint8_t i = 0; i < MIDDLE_FLOWS; i++)
        if (t->lport == middle.port[e][i] && t->rport == middle.port[1 - e][i]) return i;
    return MIDDLE_FLOWS;
}

static void op_accept(int e)
{
    struct tern_conn *c;
    while (side[e].l && (c = tern_listener_accept(side[e].l)) != NULL) {
        uint8_t flow = flow_of(e, &c->node.t);
        CHECK(flow < MIDDLE_FLOWS); /* the middle forges no other */
        struct talk *t = &side[e].talk[flow];
        if (!t->forged) CHECK(book_has(1 - e, flow, c->rcv.irs.v, 0, false));
        if (t->c) {
            book_new(e, flow, c->snd.iss.v)->ended = true;
            tern_conn_release(c, now);
        } else {
            begin(e, flow, c);
        }
    }
}

static void op_write(int e, uint8_t flow)
{
    struct talk *t = &side[e].talk[flow];
    uint32_t how = in8(&in), len = how & 1 ? in16(&in) : in8(&in);
    if (!t->c || t->book->written > WRITTEN_MAX) return;
    seq32 from = snd_end(t->c);
    if (tern_conn_error(t->c) || t->book->ended) {
        CHECK(tern_conn_send(t->c, now, scratch, 1) < 0);
        return;
    }
    CHECK(!len || from.v == t->book->iss + 1 + t->book->written || t->c->state == TERN_CLOSED);
    for (uint32_t i = 0; i < len; i++) scratch[i] = stream_at(seq_add(from, i));
    int64_t n = tern_conn_send_with(t->c, now, scratch, len, how >> 1 & 7);
    CHECK(n <= (int64_t)len);
    if (n > 0) t->book->written += (uint32_t)n;
}

static void op_read(int e, uint8_t flow, uint8_t how)
{
    struct talk *t = &side[e].talk[flow];
    int err = 0;
    if (!t->c) return;
    if (how & 1) {
        struct tern_buf *b = tern_conn_recv_buf(t->c, now, &err);
        if (b) check_read(e, flow, b->data, b->len);
        if (!b && !err) check_eof(e, flow);
        tern_buf_unref(b);
        return;
    }
    size_t readable = tern_conn_readable(t->c);
    int64_t n = tern_conn_recv(t->c, now, how & 4 ? NULL : scratch, how & 2 ? 1 + (size_t)how : sizeof scratch);
    CHECK(n <= (int64_t)readable);
    if (n > 0) check_read(e, flow, how & 4 ? NULL : scratch, (uint32_t)n);
    if (n == 0) check_eof(e, flow);
}

static void op_end(int e, uint8_t flow, uint8_t how)
{
    struct talk *t = &side[e].talk[flow];
    if (!t->c) return;
    if (how & 4) {
        forget(e, flow);
        return;
    }
    t->book->ended = true;
    if (how & 2)
        tern_conn_abort(t->c, now);
    else
        tern_conn_close(t->c, now);
}

static void op_option(int e, uint8_t flow)
{
    static const char *const cc[] = {"cubic", "newreno", "bbr", "dctcp", "fixed"};
    struct talk *t = &side[e].talk[flow];
    uint8_t which = in8(&in);
    int64_t value = which & 128 ? (int64_t)in32(&in) : (int8_t)in8(&in);
    if (!t->c) return;
    if (which % 8 == 7)
        CHECK(tern_conn_set_cc(t->c, now, cc[(uint8_t)value % 5]) <= 0);
    else
        CHECK(tern_conn_set(t->c, now, (enum tern_option)(which % TERN_OPTION_N), value) <= 0);
}

static void sign_listener(int e)
{
    struct tern_ao_key k = {.peer = middle.addr[1 - e], .prefix_len = middle.v6 ? 128 : 32, .send_id = 1, .recv_id = 1, .len = 5};
    memcpy(k.key, "tern!", 5);
    int r =
        sign == SIGN_MD5 ? tern_listener_md5(side[e].l, &k.peer, k.prefix_len, "tern", 4) : tern_listener_ao_add(side[e].l, &k);
    if (r == 0) return;
    tern_listener_close(side[e].l);
    side[e].l = NULL;
}

static void listen_anew(int e)
{
    struct tern_listen_config cfg = {.local = {.port = 80}, .backlog = 2};
    if (tern_stack_listen(side[e].s, &cfg, &side[e].l) < 0) side[e].l = NULL;
    if (side[e].l && sign) sign_listener(e);
    if (side[e].l && !sign) tern_listener_set(side[e].l, TERN_OPT_FASTOPEN, 2);
}

static void op_listener(int e)
{
    if (!side[e].l) {
        listen_anew(e);
    } else {
        tern_listener_close(side[e].l);
        side[e].l = NULL;
    }
}

static void op_events(int e)
{
    struct tern_ready ev;
    for (int n = 0; tern_stack_next_event(side[e].s, &ev); n++) {
        CHECK(n < 100 && ev.events && !ev.listener != !ev.conn);
        if (ev.conn && (ev.events & TERN_ERROR)) CHECK(tern_conn_error(ev.conn));
    }
}

/* ---- a run ---- */

static void operate(void)
{
    uint8_t op = in8(&in), flow = op >> 6, e = op >> 5 & 1;
    switch (op & 31) {
    case 0:
    case 1: op_connect(e, flow); break;
    case 2: op_accept(e); break;
    case 3:
    case 4:
    case 5: op_write(e, flow); break;
    case 6:
    case 7: op_read(e, flow, in8(&in)); break;
    case 8: op_end(e, flow, 0); break;
    case 9: op_end(e, flow, in8(&in)); break;
    case 10: op_option(e, flow); break;
    case 11: op_listener(e); break;
    case 12: op_events(e); break;
    case 13:
    case 14:
    case 15: op_time(); break;
    case 16:
    case 17: deliver(e); break;
    case 18:
    case 19:
    case 20:
    case 21:
        pass();
        for (int k = 0; k < 2; k++) op_accept(k);
        break;
    default: middle_act(&middle, &in); break;
    }
}

static bool over(const struct talk *t) { return !t->c || t->eof || tern_conn_error(t->c); }

static void read_all(void)
{
    for (int e = 0; e < 2; e++)
        for (uint8_t i = 0; i < MIDDLE_FLOWS; i++) {
            struct talk *t = &side[e].talk[i];
            for (int n = 0; !over(t) && n < 1000; n++) {
                size_t before = tern_conn_readable(t->c);
                op_read(e, i, 0);
                if (!before) break;
            }
        }
}

static void end_all(void)
{
    for (int e = 0; e < 2; e++) {
        op_accept(e);
        for (uint8_t i = 0; i < MIDDLE_FLOWS; i++)
            if (side[e].talk[i].c && !side[e].talk[i].book->ended) op_end(e, i, 0);
    }
}

static bool all_over(void)
{
    bool all = true;
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < MIDDLE_FLOWS; i++) all &= over(&side[e].talk[i]);
    return all;
}

static bool forgotten(void)
{
    for (int e = 0; e < 2; e++) {
        struct tern_counters n;
        tern_stack_counters(side[e].s, &n);
        if (n.conn_n || n.half_n || n.time_wait_n) return false;
    }
    return true;
}

/* Time goes on, and the middle is honest, until |enough|; false: nothing is due any more. */
static bool settle(bool (*enough)(void))
{
    for (int steps = 0; steps < STEPS_MAX; steps++) {
        pass();
        end_all();
        read_all();
        pass();
        read_all();
        check_all();
        tern_ns next = next_expiry();
        if (enough()) return true;
        if (next == TERN_NEVER) return false;
        if (next > now) now = next;
        expire();
    }
    return true;
}

/* The two ends of a connection that both live have read all of it. */
static void check_finished(void)
{
    for (int i = 0; i < MIDDLE_FLOWS; i++) {
        const struct talk *a = &side[0].talk[i], *b = &side[1].talk[i];
        if (!a->c || !b->c || tern_conn_error(a->c) || tern_conn_error(b->c) || a->forged || b->forged) continue;
        if (matched(a, b)) CHECK(a->eof && b->eof);
    }
}

static uint32_t read_n(void)
{
    uint32_t n = 0;
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < MIDDLE_FLOWS; i++) n += side[e].talk[i].read_n;
    return n;
}

static void finish(void)
{
    middle_clear(&middle);
    bool done = !settle(all_over) || all_over();
    if (!done) { /* who is paced by bytes a second takes his time, but goes on */
        uint32_t before = read_n();
        done = !settle(all_over) || all_over() || read_n() == before;
    }
    if (done) check_finished();
    for (int e = 0; e < 2; e++) {
        for (uint8_t i = 0; i < MIDDLE_FLOWS; i++)
            if (side[e].talk[i].c) forget(e, i);
        if (side[e].l) tern_listener_close(side[e].l);
        side[e].l = NULL;
    }
    CHECK(settle(forgotten) && forgotten()); /* no state without a timer */
}

/* A few settings, each to any value that it may have beside the others. */
static void choose_settings(struct tern_settings *set)
{
    static const char *const profile[] = {"rfc", "rfc", "linux", "freebsd"};
    uint8_t how = in8(&in);
    CHECK(tern_profile_set(set, profile[how & 3]) == 0);
    if (how & 4) set->send_buffer = set->receive_buffer = 4096;
    if (how & 8) set->ecn = 3;
    if (how & 16) set->syn_cookies = 2;
    if (how & 32) set->fastopen = 0x607;
    for (int n = how >> 6; n; n--) {
        const struct tern_setting_info *row = tern_setting_info(in8(&in) % TERN_SETTING_N);
        uint64_t least = row->min, most = row->max, value = in16(&in);
        value = least + (most - least < 4096 ? value % (most - least + 1) : (most - least) / 4096 * (value & 4095));
        struct tern_settings with = *set;
        CHECK(tern_settings_set(&with, row->name, value) == 0);
        if (tern_settings_check(&with, NULL) == 0) *set = with;
    }
    if (set->rto_initial < set->rto_min) set->rto_initial = set->rto_min;
    if (set->challenge_n > 100) set->challenge_n = 100; /* so many answers are a storm */
    fixed = set->fixed_isn != 0;
}

static bool start(int e, const struct tern_settings *set, uint8_t how)
{
    struct side *me = &side[e];
    memset(me->talk, 0, sizeof me->talk);
    me->book_n = 0, me->l = NULL;
    judge_begin(&me->judge, e ? 'B' : 'A');
    struct tern_stack_config sc = {
        .alloc = &me->judge.alloc, .memory_cap = how & 16 ? 400000 : 0, .secret = "0 fuzzer's key!", .now = now, .settings = set};
    struct tern_if_config ic = {.mtu = how & 32 ? 1280 : 1500,
                                .gso_max = how & 64 ? 65535 : 0,
                                .addr_n = 1,
                                .addr = {middle.addr[e]},
                                .prefix_len = {24}};
    sc.secret[0] = (uint8_t)e;
    me->s = tern_stack_new(&sc);
    if (!me->s) return false;
    judge_stack(&me->judge, me->s);
    CHECK(tern_stack_add_if(me->s, &ic) == 0);
    listen_anew(e);
    return true;
}

static void stop(void)
{
    middle_clear(&middle);
    for (int e = 0; e < 2; e++) judge_end(&side[e].judge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint16_t port[2][MIDDLE_FLOWS] = {{1000, 1001, 1002, 80}, {80, 80, 2002, 1003}};
    struct tern_settings set;
    in = (struct fuzz_in){data, data + len};
    now = 1000 * TERN_SEC;
    uint8_t how = in8(&in);
    memset(&middle, 0, sizeof middle);
    memcpy(middle.port, port, sizeof port);
    middle.v6 = how & 1;
    sign = (how >> 1 & 3) % 3;
    for (int e = 0; e < 2; e++)
        CHECK(tern_addr_parse(middle.v6 ? e ? "2001:db8::2" : "2001:db8::1"
                              : e       ? "192.0.2.2"
                                        : "192.0.2.1",
                              &middle.addr[e]) == 0);
    choose_settings(&set);
    bool first = start(0, &set, how), second = start(1, &set, how);
    if (!first || !second) { /* settings that contradict one another */
        stop();
        return -1;
    }
    for (int i = 0; i < OPS_MAX && in.p < in.end; i++) {
        operate();
        for (int e = 0; e < 2; e++) drain(e);
        check_all();
    }
    finish();
    stop();
    return 0;
}
