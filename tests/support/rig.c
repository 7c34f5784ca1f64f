#include "rig.h"

#include <nettle/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "ip.h"
#include "rig_ao.h"

uint8_t rig_byte(uint64_t number) { return (uint8_t)(number * 167 + (number >> 8) * 13 + 7); }

/* ---- the multiplied tests ---- */

static const uint32_t isns[] = {0, UINT32_C(0x7fffffff), UINT32_C(0x80000000), UINT32_C(0xffffffff)};

static void rig_stop(struct rig *r)
{
    rig_clear(r);
    if (r->s) tern_stack_free(r->s);
    free(r->ring);
    free(r);
}

void rig_skip(struct rig *r)
{
    rig_stop(r);
    skip();
}

void rig_main(void **state)
{
    const struct rig_case *k = *state;
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->iss = k->iss;
    r->v6 = k->v6;
    r->mtu = 1500;
    r->now = 1000 * TERN_SEC;
    tern_settings_default(&r->set);
    r->set.quick_acks = 0;  /* the tests count acknowledgements by the RFC's rule */
    r->set.rto_min_var = 0; /* and reckon with RFC 6298's sum */
    r->set.congestion = 1;  /* what the segments do is told by RFC 5681 */
    r->set.fixed_isn = (uint64_t)k->iss + 1;
    k->run(r);
    rig_stop(r);
}

int rig_run_all(const char *group, const struct rig_test *tests, size_t n)
{
    size_t all = n * 8;
    struct CMUnitTest *t = calloc(all, sizeof *t);
    struct rig_case *k = calloc(all, sizeof *k);
    char(*name)[160] = calloc(all, sizeof *name);
    if (!t || !k || !name) return 1;
    for (size_t i = 0; i < all; i++) {
        k[i] = (struct rig_case){tests[i / 8].run, isns[i % 4], i % 8 >= 4};
        snprintf(name[i], sizeof name[i], "%s [%lu, IPv%d]", tests[i / 8].name, (unsigned long)k[i].iss, k[i].v6 ? 6 : 4);
        t[i] = (struct CMUnitTest){name[i], rig_main, NULL, NULL, &k[i]};
    }
    int failed = _cmocka_run_group_tests(group, t, all, NULL, NULL);
    free(t);
    free(k);
    free(name);
    return failed;
}

/* ---- setup ---- */

void rig_start(struct rig *r)
{
    if (r->s) return;
    struct tern_if_config cfg = {.mtu = r->mtu, .gso_max = r->gso_max, .addr_n = 1, .prefix_len = {(uint8_t)(r->v6 ? 64 : 24)}};
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .secret = "a fixed secret.", .now = r->now, .settings = &r->set};
    sc.memory_cap = r->memory_cap;
    r->s = tern_stack_new(&sc);
    assert_non_null(r->s);
    assert_int_equal(tern_addr_parse(r->v6 ? "2001:db8::2" : "192.0.2.2", &r->local.addr), 0);
    assert_int_equal(tern_addr_parse(r->v6 ? "2001:db8::1" : "192.0.2.1", &r->remote.addr), 0);
    r->local.port = RIG_PORT, r->remote.port = RIG_PEER_PORT;
    cfg.addr[0] = r->local.addr;
    assert_int_equal(tern_stack_add_if(r->s, &cfg), 0);
    r->ring = calloc(RIG_EVENTS, sizeof *r->ring);
    assert_int_equal(tern_trace_init(&r->trace, r->ring, RIG_EVENTS), 0);
    tern_stack_trace(r->s, &r->trace);
}

/* ---- out ---- */

static void record(struct rig *r, const struct tern_pkt *pkt)
{
    struct wire_ip ip;
    assert_true(r->out_n < RIG_OUT_MAX);
    struct out_seg *o = &r->out[(r->out_first + r->out_n++) % RIG_OUT_MAX];
    o->bytes = malloc(pkt->head_len + pkt->payload_len);
    int len = tern_pkt_flatten(pkt, o->bytes, pkt->head_len + pkt->payload_len);
    assert_int_equal(len, pkt->head_len + pkt->payload_len);
    assert_true(pkt->payload_len + pkt->head_len <= (r->gso_max ? r->gso_max : r->mtu));
    assert_int_equal(wire_ip_parse(o->bytes, (size_t)len, NULL, &ip), WIRE_OK);
    o->ttl = ip.ttl, o->tos = ip.tos;
    o->gso_size = pkt->gso_size;
    o->len = (uint32_t)len;
    o->from.addr = ip.src, o->to.addr = ip.dst;
    memset(&o->h, 0, sizeof o->h);
    if (ip.proto != 6) return;
    assert_int_equal(wire_tcp_parse(o->bytes + ip.head_len, ip.len - ip.head_len, &o->h), WIRE_OK);
    o->from.port = o->h.src_port, o->to.port = o->h.dst_port;
    /* the field holds the pseudo-header's sum: the link does the rest */
    assert_int_equal(pkt->csum_start, ip.head_len);
    uint16_t field;
    memcpy(&field, o->bytes + ip.head_len + 16, sizeof field);
    assert_int_equal(field, csum_fold(csum_pseudo(&ip.src, &ip.dst, 6, ip.len - ip.head_len)));
}

void rig_collect(struct rig *r)
{
    struct tern_pkt pkt[4];
    int n;
    rig_start(r);
    do {
        n = tern_stack_output(r->s, 0, r->now, pkt, 4);
        for (int i = 0; i < n; i++) record(r, &pkt[i]);
    } while (n == 4);
}

const struct out_seg *rig_next(struct rig *r)
{
    static uint8_t *last;
    rig_collect(r);
    free(last);
    last = NULL;
    if (!r->out_n) return NULL;
    struct out_seg *o = &r->out[r->out_first];
    r->out_first = (r->out_first + 1) % RIG_OUT_MAX;
    r->out_n--;
    last = o->bytes;
    return o;
}

void rig_clear(struct rig *r)
{
    if (r->s) rig_collect(r);
    while (r->s && rig_next(r)) {
    }
    if (r->s) rig_next(r);
}

static void describe(char *to, size_t cap, const struct rig *r, const struct wire_tcp *h)
{
    snprintf(to, cap, "flags %#x seq %ld ack %ld len %u wnd %u", h->flags, (long)(int32_t)(h->seq.v - r->iss),
             (long)(int32_t)(h->ack.v - PEER_ISN), h->len, h->wnd);
}

#define WANT(cond, what)                                                                                                         \
    do {                                                                                                                         \
        if (!(cond)) {                                                                                                           \
            char got_[160];                                                                                                      \
            describe(got_, sizeof got_, r, h);                                                                                   \
            fprintf(stderr, "%s:%d: %s is not as expected in: %s\n", file, line, what, got_);                                    \
            _fail(file, line);                                                                                                   \
        }                                                                                                                        \
    } while (0)

/* |out|: the magic number of the experimental option, and the cookie. Returns the length of both. */
static size_t fastopen_bytes(const char *hex, uint8_t out[20])
{
    size_t n = 2;
    out[0] = 0xf9, out[1] = 0x89;
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned v;
        assert_int_equal(sscanf(hex, "%2x", &v), 1);
        assert_true(n < 20);
        out[n++] = (uint8_t)v;
    }
    return n;
}

static void fill_fastopen(struct wire_tcp_options *o, const struct tseg *t, uint8_t bytes[20])
{
    if (!t->fo) return;
    size_t n = fastopen_bytes(t->fo, bytes);
    if (t->fo_exp)
        o->present |= OPT_EXPERIMENT, o->exp_kind = TCPOPT_EXP2, o->exp = bytes, o->exp_len = (uint8_t)n;
    else
        o->present |= OPT_FASTOPEN, o->fastopen = bytes + 2, o->fastopen_len = (uint8_t)(n - 2);
}

static bool fastopen_is(const struct wire_tcp_options *o, const struct tseg *t)
{
    uint8_t want[20];
    if (t->fo[0] == '-') return !(o->present & (OPT_FASTOPEN | OPT_EXPERIMENT));
    size_t n = fastopen_bytes(t->fo, want);
    if (t->fo_exp)
        return (o->present & OPT_EXPERIMENT) && o->exp_kind == TCPOPT_EXP2 && o->exp_len == n && !memcmp(o->exp, want, n);
    return (o->present & OPT_FASTOPEN) && o->fastopen_len == n - 2 && !memcmp(o->fastopen, want + 2, n - 2);
}

static void fill_accecn(struct wire_tcp_options *o, const char *acc)
{
    unsigned order;
    int n = sscanf(acc, "%u %u %u %u", &order, &o->accecn[0], &o->accecn[1], &o->accecn[2]);
    assert_true(n >= 1 && order <= 1);
    o->present |= OPT_ACCECN;
    o->accecn_kind = order ? TCPOPT_ACCECN1 : TCPOPT_ACCECN0;
    o->accecn_n = (uint8_t)(n - 1);
}

static bool accecn_is(const struct wire_tcp_options *o, const char *acc)
{
    struct wire_tcp_options want = {0};
    if (acc[0] == '-') return !(o->present & OPT_ACCECN);
    fill_accecn(&want, acc);
    if (!(o->present & OPT_ACCECN) || o->accecn_kind != want.accecn_kind || o->accecn_n != want.accecn_n) return false;
    for (unsigned i = 0; i < want.accecn_n; i++)
        if (o->accecn[i] != want.accecn[i]) return false;
    return true;
}

/* RFC 2385 2.0, in one buffer, apart from the stack's way. */
static void md5_of(const struct tern_addr *src, const struct tern_addr *dst, const uint8_t *tcp, size_t head_len,
                   const uint8_t *data, size_t len, const char *key, uint8_t digest[16])
{
    bool v4 = tern_addr_is_v4(src);
    size_t n = v4 ? 4 : 16, at = 2 * n;
    uint8_t *all = calloc(1, 40 + 20 + len + strlen(key));
    memcpy(all, src->b + 16 - n, n);
    memcpy(all + n, dst->b + 16 - n, n);
    size_t seg_len = head_len + len;
    all[at + (v4 ? 1 : 7)] = 6;
    all[at + 2] = (uint8_t)(seg_len >> 8), all[at + 3] = (uint8_t)seg_len;
    at += v4 ? 4 : 8;
    memcpy(all + at, tcp, 16); /* up to the checksum, which is zero */
    memcpy(all + at + 18, tcp + 18, 2);
    at += 20;
    if (len) memcpy(all + at, data, len);
    memcpy(all + at + len, key, strlen(key));
    struct md5_ctx ctx;
    md5_init(&ctx);
    md5_update(&ctx, at + len + strlen(key), all);
    md5_digest(&ctx, 16, digest);
    free(all);
}

/* Puts the signature where the built option stands. */
static void sign(const struct wire_ip *ip, const struct tseg *t, uint8_t *tcp, size_t tcp_len)
{
    struct wire_tcp h;
    uint8_t digest[16];
    assert_int_equal(wire_tcp_parse(tcp, tcp_len + t->len, &h), WIRE_OK);
    assert_true(h.opt.present & OPT_MD5);
    md5_of(&ip->src, &ip->dst, tcp, tcp_len, tcp + tcp_len, t->len, t->md5, digest);
    if (t->md5_bad) digest[3] ^= 0x10;
    memcpy(tcp + (h.opt.md5 - tcp), digest, sizeof digest);
}

static bool signed_with(const struct out_seg *o, const char *key)
{
    if (key[0] == '-') return !(o->h.opt.present & OPT_MD5);
    if (!(o->h.opt.present & OPT_MD5)) return false;
    uint8_t digest[16];
    md5_of(&o->from.addr, &o->to.addr, o->h.data - o->h.head_len, o->h.head_len, o->h.data, o->h.len, key, digest);
    return !memcmp(digest, o->h.opt.md5, sizeof digest);
}

/* RFC 5925, as the peer sees it: |ours| by the stack. */
static void ao_of(const struct rig *r, const struct tern_ao_key *k, bool ours, const struct wire_tcp *h,
                  const struct tern_addr *src, const struct tern_addr *dst, int64_t relative, uint8_t mac[12])
{
    bool syn = h->flags & SYN;
    uint64_t number = (ours ? r->iss : PEER_ISN) + (uint64_t)relative;
    struct rig_ao g = {.src = *src, .dst = *dst, .tcp = h->data - h->head_len, .head_len = h->head_len, .len = h->len};
    g.sisn = syn ? h->seq.v : ours ? r->iss : PEER_ISN;
    g.disn = (h->flags & (SYN | ACK)) == SYN ? 0 : ours ? PEER_ISN : r->iss;
    g.sne = syn ? 0 : (uint32_t)(number >> 32);
    rig_ao_mac(k, &g, NULL, mac);
}

const struct tern_ao_key rig_no_ao;

static bool ao_signed_with(const struct rig *r, const struct out_seg *o, const struct tseg *t)
{
    const struct wire_tcp_options *opt = &o->h.opt;
    if (t->ao == &rig_no_ao) return !(opt->present & OPT_AO);
    uint8_t mac[12];
    if (!(opt->present & OPT_AO) || opt->ao_mac_len != 12 || opt->ao_key_id != t->ao->send_id) return false;
    if (opt->ao_next_key_id != (t->ao_next ? t->ao_next : t->ao->recv_id)) return false;
    ao_of(r, t->ao, true, &o->h, &o->from.addr, &o->to.addr, t->seq, mac);
    return !memcmp(mac, opt->ao_mac, 12);
}

static void ao_sign(const struct rig *r, const struct wire_ip *ip, const struct tseg *t, uint8_t *tcp, size_t tcp_len)
{
    struct wire_tcp h;
    uint8_t mac[12];
    assert_int_equal(wire_tcp_parse(tcp, tcp_len + t->len, &h), WIRE_OK);
    ao_of(r, t->ao, false, &h, &ip->src, &ip->dst, t->seq, mac);
    if (t->ao_bad) mac[11] ^= 0x40;
    memcpy(tcp + (h.opt.ao_mac - tcp), mac, sizeof mac);
}

static void want_options(const struct rig *r, const struct wire_tcp *h, const struct tseg *t, const char *file, int line)
{
    const struct wire_tcp_options *o = &h->opt;
    if (t->mss) WANT((o->present & OPT_MSS) && o->mss == t->mss, "the MSS option");
    if (t->ws) WANT((o->present & OPT_WSCALE) && o->wscale == t->ws - 1, "the window scale option");
    if (t->sack_ok) WANT(o->present & OPT_SACK_PERMITTED, "the SACK-permitted option");
    if (t->ts) WANT(o->present & OPT_TIMESTAMPS, "the timestamps option");
    if (t->ts && t->tsecr) WANT(o->ts_ecr == t->tsecr, "the echoed timestamp");
    if (t->fo) WANT(fastopen_is(o, t), "the Fast Open option");
    if (t->acc) WANT(accecn_is(o, t->acc), "the AccECN option");
    if (t->sack_n == 255) WANT(!(o->present & OPT_SACK), "the absence of SACK blocks");
    if (!t->sack_n || t->sack_n == 255) return;
    WANT((o->present & OPT_SACK) && o->sack_n == t->sack_n, "the number of SACK blocks");
    for (unsigned i = 0; i < t->sack_n; i++) {
        WANT((int32_t)(o->sack[i].left.v - PEER_ISN) == t->sack[i][0], "a SACK block's left edge");
        WANT((int32_t)(o->sack[i].right.v - PEER_ISN) == t->sack[i][1], "a SACK block's right edge");
    }
}

void rig_out(struct rig *r, const struct tseg *t, const char *file, int line)
{
    const struct out_seg *o = rig_next(r);
    if (!o) {
        fprintf(stderr, "%s:%d: the stack sends nothing\n", file, line);
        _fail(file, line);
        return;
    }
    const struct wire_tcp *h = &o->h;
    uint16_t flags = t->flags & PSH ? h->flags : h->flags & (uint16_t)~PSH; /* PSH is looked at only when asked for */
    WANT(flags == t->flags, "the flags field");
    WANT(h->seq.v == (t->seq == SEQ_ZERO ? 0 : r->iss + (uint32_t)t->seq), "SEQ");
    if (flags & ACK) WANT(h->ack.v == PEER_ISN + (uint32_t)t->ack, "ACK");
    WANT(h->len == t->len, "the length");
    WANT(tern_addr_eq(&o->to.addr, &r->remote.addr), "the destination");
    if (t->wnd) WANT(h->wnd == (t->wnd == NO_WINDOW ? 0 : t->wnd), "the window");
    if (t->urp) WANT(h->urp == t->urp, "the urgent pointer");
    want_options(r, h, t, file, line);
    if (t->md5) WANT(signed_with(o, t->md5), "the MD5 signature");
    if (t->ao) WANT(ao_signed_with(r, o, t), "TCP-AO");
    if (t->tos) WANT(o->tos == (t->tos == NO_TOS ? 0 : t->tos), "the TOS");
    uint64_t first = t->flags & SYN ? 0 : (uint64_t)(t->seq - 1); /* data on a SYN begins after it */
    for (uint32_t i = 0; i < h->len; i++) WANT(h->data[i] == rig_byte(first + i), "the payload");
}

void rig_none(struct rig *r, const char *file, int line)
{
    const struct out_seg *o = rig_next(r);
    if (!o) return;
    const struct wire_tcp *h = &o->h;
    WANT(false, "silence");
}

/* ---- in ---- */

static void fill_options(const struct rig *r, struct wire_tcp_options *o, const struct tseg *t)
{
    if (t->mss) o->present |= OPT_MSS, o->mss = t->mss;
    if (t->ws) o->present |= OPT_WSCALE, o->wscale = (uint8_t)(t->ws - 1);
    if (t->sack_ok) o->present |= OPT_SACK_PERMITTED;
    if (t->sack_n) {
        o->present |= OPT_SACK;
        o->sack_n = t->sack_n;
        for (unsigned i = 0; i < t->sack_n; i++)
            o->sack[i] = (struct wire_sack){seq(r->iss + (uint32_t)t->sack[i][0]), seq(r->iss + (uint32_t)t->sack[i][1])};
    }
    if (t->ts) o->present |= OPT_TIMESTAMPS, o->ts_val = t->tsval, o->ts_ecr = t->tsecr;
    if (t->acc) fill_accecn(o, t->acc);
}

size_t rig_build(const struct rig *r, const struct tseg *t, uint8_t *out)
{
    struct wire_tcp h = {
        .src_port = t->src_port ? t->src_port : r->remote.port,
        .dst_port = t->dst_port ? t->dst_port : r->local.port,
        .seq = seq(PEER_ISN + (uint32_t)t->seq),
        .ack = seq(t->flags & ACK ? r->iss + (uint32_t)t->ack : 0),
        .flags = t->flags,
        .opt.present = 0,
        .wnd = t->wnd == NO_WINDOW ? 0
               : t->wnd            ? (uint16_t)t->wnd
                                   : UINT16_MAX,
        .urp = t->urp,
    };
    struct wire_ip ip = {
        .src = r->remote.addr, .dst = r->local.addr, .version = r->v6 ? 6 : 4, .proto = 6, .ttl = 64, .tos = t->tos};
    uint8_t tcp[60], cookie[20];
    fill_options(r, &h.opt, t);
    fill_fastopen(&h.opt, t, cookie);
    static const uint8_t blank[16];
    if (t->md5) h.opt.present |= OPT_MD5, h.opt.md5 = blank;
    if (t->ao) {
        h.opt.present |= OPT_AO, h.opt.ao_mac = blank, h.opt.ao_mac_len = 12;
        h.opt.ao_key_id = t->ao->recv_id, h.opt.ao_next_key_id = t->ao_next ? t->ao_next : t->ao->send_id;
    }
    size_t tcp_len = wire_tcp_build(&h, tcp);
    size_t ip_len = wire_ip_build(&ip, (uint32_t)tcp_len + t->len, true, 0, out);
    memcpy(out + ip_len, tcp, tcp_len);
    uint64_t first = t->flags & SYN ? 0 : (uint64_t)(t->seq - 1); /* data on a SYN begins after it */
    for (uint32_t i = 0; i < t->len; i++) out[ip_len + tcp_len + i] = rig_byte(first + i);
    if (t->md5) sign(&ip, t, out + ip_len, tcp_len);
    if (t->ao) ao_sign(r, &ip, t, out + ip_len, tcp_len);
    size_t len = tcp_len + t->len;
    uint64_t sum = csum_add(csum_pseudo(&ip.src, &ip.dst, 6, (uint32_t)len), out + ip_len, len);
    uint16_t field = (uint16_t)~csum_fold(sum);
    if (t->bad_checksum) field ^= 0x0101;
    memcpy(out + ip_len + 16, &field, sizeof field);
    return ip_len + len;
}

static enum tern_input feed(struct rig *r, const void *packet, size_t len)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(r->s), len);
    assert_non_null(b);
    memcpy(b->data, packet, len);
    b->len = (uint32_t)len;
    enum tern_input taken = tern_stack_input(r->s, 0, r->now, b);
    if (taken == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    return taken;
}

enum tern_input rig_raw(struct rig *r, const void *packet, size_t len)
{
    rig_start(r);
    enum tern_input taken = feed(r, packet, len);
    rig_collect(r);
    return taken;
}

void rig_in(struct rig *r, const struct tseg *t)
{
    static uint8_t packet[TERN_PACKET_MAX];
    rig_start(r);
    rig_raw(r, packet, rig_build(r, t, packet));
}

void rig_in_batch(struct rig *r, const struct tseg *t)
{
    static uint8_t packet[TERN_PACKET_MAX];
    rig_start(r);
    assert_int_equal(feed(r, packet, rig_build(r, t, packet)), TERN_INPUT_TAKEN);
}

void rig_icmp(struct rig *r, uint8_t type, uint8_t code, uint32_t rest, int64_t seq_rel)
{
    uint8_t p[200] = {0}, *m, *quoted;
    struct wire_ip quote = {.src = r->local.addr, .dst = r->remote.addr, .version = r->v6 ? 6 : 4, .proto = 6, .ttl = 64};
    struct wire_ip ip = {
        .src = r->remote.addr, .dst = r->local.addr, .version = quote.version, .proto = r->v6 ? 58 : 1, .ttl = 64};
    struct wire_tcp h = {.src_port = r->local.port, .dst_port = r->remote.port, .seq = seq(r->iss + (uint32_t)seq_rel)};
    rig_start(r);
    uint8_t head[60], tcp[60];
    size_t quote_len = wire_ip_build(&quote, 20 + 100, true, 0, head);
    wire_tcp_build(&h, tcp);
    size_t icmp_len = 8 + quote_len + 20, ip_len = wire_ip_build(&ip, (uint32_t)icmp_len, true, 0, p);
    m = p + ip_len;
    m[0] = type, m[1] = code;
    for (int i = 0; i < 4; i++) m[4 + i] = (uint8_t)(rest >> (24 - 8 * i));
    quoted = m + 8;
    memcpy(quoted, head, quote_len);
    memcpy(quoted + quote_len, tcp, 20);
    uint64_t sum = r->v6 ? csum_pseudo(&ip.src, &ip.dst, 58, (uint32_t)icmp_len) : 0;
    uint16_t field = (uint16_t)~csum_fold(csum_add(sum, m, icmp_len));
    memcpy(m + 2, &field, sizeof field);
    assert_int_equal(rig_raw(r, p, ip_len + icmp_len), TERN_INPUT_TAKEN);
}

/* ---- time ---- */

void rig_pass(struct rig *r, tern_ns ns)
{
    tern_ns end = r->now + ns;
    rig_collect(r);
    for (tern_ns at; (at = tern_stack_next_expiry(r->s)) <= end; rig_collect(r)) {
        if (at > r->now) r->now = at;
        tern_stack_expire(r->s, r->now);
    }
    r->now = end;
    tern_stack_expire(r->s, r->now);
    rig_collect(r);
}

/* ---- opening ---- */

void rig_listen(struct rig *r)
{
    rig_start(r);
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}};
    assert_int_equal(tern_stack_listen(r->s, &cfg, &r->l), 0);
}

struct tern_conn *rig_accept(struct rig *r)
{
    r->c = tern_listener_accept(r->l);
    return r->c;
}

void rig_passive(struct rig *r)
{
    struct tseg syn = r->syn;
    syn.flags = SYN;
    if (!r->l) rig_listen(r);
    rig_in(r, &syn);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);
    struct tseg ack = {.flags = ACK, .seq = 1, .ack = 1, .ts = r->syn.ts, .tsval = r->syn.tsval, .wnd = r->syn.wnd};
    rig_in(r, &ack);
    assert_non_null(rig_accept(r));
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

void rig_connect(struct rig *r)
{
    rig_start(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    rig_collect(r);
}

void rig_active(struct rig *r)
{
    struct tseg synack = r->syn;
    rig_connect(r);
    OUT(r, .flags = SYN, .seq = 0);
    synack.flags = SYN | ACK;
    synack.ack = 1;
    rig_in(r, &synack);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1);
    NONE(r);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- the application ---- */

void rig_send(struct rig *r, uint32_t len)
{
    uint8_t *data = malloc(len ? len : 1);
    for (uint32_t i = 0; i < len; i++) data[i] = rig_byte(r->sent_n + i);
    assert_int_equal(tern_conn_send(r->c, r->now, data, len), len);
    free(data);
    r->sent_n += len;
    rig_collect(r);
}

int64_t rig_read(struct rig *r)
{
    uint8_t buf[4096];
    int64_t all = 0, n;
    while ((n = tern_conn_recv(r->c, r->now, buf, sizeof buf)) > 0) {
        for (int64_t i = 0; i < n; i++) assert_int_equal(buf[i], rig_byte(r->read_n + (uint64_t)i));
        r->read_n += (uint64_t)n;
        all += n;
    }
    rig_collect(r);
    return all ? all : n;
}

void rig_expect_read(struct rig *r, int64_t n, const char *file, int line)
{
    _assert_int_equal((uintmax_t)rig_read(r), (uintmax_t)n, file, line);
}

void rig_close(struct rig *r)
{
    assert_int_equal(tern_conn_close(r->c, r->now), 0);
    rig_collect(r);
}

void rig_abort(struct rig *r)
{
    assert_int_equal(tern_conn_abort(r->c, r->now), 0);
    rig_collect(r);
}

void rig_release(struct rig *r)
{
    tern_conn_release(r->c, r->now);
    r->c = NULL;
    rig_collect(r);
}

static void peer_fin(struct rig *r, int64_t ack)
{
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = ack, .ts = r->syn.ts, .tsval = r->syn.tsval, .wnd = r->syn.wnd);
}

static void peer_ack(struct rig *r, int64_t seq_rel, int64_t ack)
{
    IN(r, .flags = ACK, .seq = seq_rel, .ack = ack, .ts = r->syn.ts, .tsval = r->syn.tsval, .wnd = r->syn.wnd);
}

void rig_to_state(struct rig *r, enum tern_state state)
{
    rig_passive(r);
    if (state == TERN_CLOSE_WAIT || state == TERN_LAST_ACK) {
        peer_fin(r, 1);
        if (state == TERN_LAST_ACK) rig_close(r);
    } else if (state != TERN_ESTABLISHED) {
        rig_close(r);
        if (state == TERN_FIN_WAIT_2 || state == TERN_TIME_WAIT) peer_ack(r, 1, 2);
        if (state == TERN_CLOSING) peer_fin(r, 1);
        if (state == TERN_TIME_WAIT) peer_fin(r, 2);
    }
    rig_clear(r);
    STATE(r, state);
    rig_mark(r);
}

/* ---- looking ---- */

static bool first_state(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    *(enum tern_state *)ctx = st->state;
    return false;
}

enum tern_state rig_state(const struct rig *r)
{
    enum tern_state s = TERN_CLOSED;
    if (r->c) return tern_conn_state(r->c);
    tern_stack_each(r->s, first_state, &s);
    return s;
}

void rig_expect_state(const struct rig *r, enum tern_state s, const char *file, int line)
{
    if (rig_state(r) == s) return;
    fprintf(stderr, "%s:%d: the state is %s, not %s\n", file, line, tern_state_name(rig_state(r)), tern_state_name(s));
    _fail(file, line);
}

struct tern_status rig_status(const struct rig *r)
{
    struct tern_status st;
    tern_conn_status(r->c, &st);
    return st;
}

struct tern_counters rig_counters(const struct rig *r)
{
    struct tern_counters n;
    tern_stack_counters(r->s, &n);
    return n;
}

uint64_t rig_drops(const struct rig *r, enum tern_drop why) { return rig_counters(r).drop[why]; }

void rig_mark(struct rig *r) { r->event_mark = r->trace.end; }

static const struct tern_event *find(const struct rig *r, bool (*is)(const struct tern_event *, int, int), int a, int b)
{
    for (uint64_t i = r->event_mark; i < r->trace.end; i++) {
        const struct tern_event *e = tern_trace_get(&r->trace, i);
        if (e && is(e, a, b)) return e;
    }
    return NULL;
}

static bool has_rule(const struct tern_event *e, int rule, int unused)
{
    (void)unused;
    return e->rule == rule;
}

static bool has_drop(const struct tern_event *e, int why, int unused)
{
    (void)unused;
    return e->type == TERN_EV_DROP && e->drop == why;
}

static bool has_move(const struct tern_event *e, int from, int to)
{
    return e->type == TERN_EV_STATE && e->u.state.from == from && e->u.state.to == to;
}

bool rig_saw(const struct rig *r, enum tern_rule rule) { return find(r, has_rule, (int)rule, 0) != NULL; }
bool rig_saw_drop(const struct rig *r, enum tern_drop why) { return find(r, has_drop, (int)why, 0) != NULL; }
bool rig_saw_state(const struct rig *r, enum tern_state from, enum tern_state to)
{
    return find(r, has_move, (int)from, (int)to);
}

uint32_t rig_events(struct rig *r) { return tern_conn_events(r->c); }
