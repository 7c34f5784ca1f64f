/* The same bytes to the parser of src/wire and to the plain validator (tests/support/plain_wire.h): they take the same packets,
 * and read the same from them. What src/wire builds the plain one reads as it was meant, in each layout of the options.
 *
 * The first byte of the input: 1, an IP packet (else a TCP segment); 2, its IPv4 header checksum is made right; 4, source routes
 * are taken; 8, its TCP checksum is made right. */
#include <stdlib.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "judge.h"
#include "plain_wire.h"
#include "wire_gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_bytes(const uint8_t *from, const struct plain_bytes *want, const uint8_t *is, size_t is_len)
{
    CHECK(is_len == want->len);
    CHECK(is == from + want->at || is_len == 0 || memcmp(is, from + want->at, is_len) == 0);
}

static void check_values(const struct wire_tcp_options *o, const struct plain_options *want)
{
    if (o->present & OPT_MSS) CHECK(o->mss == want->mss);
    if (o->present & OPT_WSCALE) CHECK(o->wscale == want->wscale);
    if (o->present & OPT_TIMESTAMPS) CHECK(o->ts_val == want->ts_val && o->ts_ecr == want->ts_ecr);
    if (o->present & OPT_USER_TIMEOUT)
        CHECK(o->user_timeout == want->user_timeout && o->user_timeout_minutes == want->user_timeout_minutes);
    CHECK(o->sack_n == want->sack_n);
    for (unsigned i = 0; i < want->sack_n; i++) CHECK(o->sack[i].left.v == want->left[i] && o->sack[i].right.v == want->right[i]);
    if (!(o->present & OPT_ACCECN)) return;
    CHECK(o->accecn_kind == want->accecn_kind && o->accecn_n == want->accecn_n);
    for (unsigned i = 0; i < want->accecn_n; i++) CHECK(o->accecn[i] == want->accecn[i]);
}

/* |from|: where the plain one counts from; |cannot|: bits of what cannot be built. */
static void check_options(const uint8_t *from, const struct wire_tcp_options *o, const struct plain_options *want,
                          unsigned cannot)
{
    CHECK((o->present & ~cannot) == want->present);
    check_values(o, want);
    if (o->present & OPT_MD5) check_bytes(from, &want->md5, o->md5, 16);
    if (o->present & OPT_FASTOPEN) check_bytes(from, &want->fastopen, o->fastopen, o->fastopen_len);
    if (o->present & OPT_AO) {
        CHECK(o->ao_key_id == want->ao_key_id && o->ao_next_key_id == want->ao_next_key_id);
        check_bytes(from, &want->ao_mac, o->ao_mac, o->ao_mac_len);
    }
    if (o->present & OPT_EXPERIMENT) {
        CHECK(o->exp_kind == want->exp_kind);
        check_bytes(from, &want->exp, o->exp, o->exp_len);
    }
}

static void check_fields(const struct wire_tcp *t, const struct plain_tcp *want)
{
    CHECK(t->src_port == want->src_port && t->dst_port == want->dst_port);
    CHECK(t->seq.v == want->seq && t->ack.v == want->ack);
    CHECK(t->flags == want->flags && t->reserved == want->reserved);
    CHECK(t->wnd == want->wnd && t->csum == want->csum && t->urp == want->urp);
}

static void check_built(const struct wire_tcp *t)
{
    for (int layout = WIRE_LAYOUT_OWN; layout <= WIRE_LAYOUT_FREEBSD; layout++) {
        uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
        struct plain_tcp back;
        size_t n = wire_tcp_build_as(t, (enum wire_layout)layout, out);
        if (n == 0) continue;
        CHECK(plain_tcp_read(out, n, &back) && back.offset == n);
        check_fields(t, &back);
        check_options(out + WIRE_TCP_HEADER_LEN, &t->opt, &back.opt, OPT_UNKNOWN | OPT_MALFORMED);
    }
}

static void differ_tcp(const uint8_t *p, size_t len)
{
    struct wire_tcp t;
    struct plain_tcp want;
    bool good = plain_tcp_read(p, len, &want);
    CHECK((wire_tcp_parse(p, len, &t) == WIRE_OK) == good);
    if (!good) return;
    check_fields(&t, &want);
    CHECK(t.head_len == want.offset && t.len == want.payload.len && t.data == p + want.payload.at);
    check_options(p + WIRE_TCP_HEADER_LEN, &t.opt, &want.opt, 0);
    check_built(&t);
}

static struct tern_addr address(const struct plain_ip *ip, const uint8_t *a)
{
    struct tern_addr out;
    if (ip->version == 4) return tern_addr_v4(a);
    memcpy(out.b, a, 16);
    return out;
}

static void differ_ip(const uint8_t *p, size_t len, bool routes)
{
    struct wire_ip ip;
    struct plain_ip want;
    const struct wire_ip_opts opts = {.source_route = routes};
    bool good = plain_ip_read(p, len, routes, &want);
    CHECK((wire_ip_parse(p, len, &opts, &ip) == WIRE_OK) == good);
    if (!good) return;
    const struct tern_addr src = address(&want, want.src), dst = address(&want, want.dst);
    CHECK(ip.version == want.version && ip.tos == want.tos && ip.ttl == want.ttl && ip.proto == want.proto);
    CHECK(ip.head_len == want.head_len && ip.len == want.len);
    CHECK(tern_addr_eq(&ip.src, &src) && tern_addr_eq(&ip.dst, &dst));
    CHECK(ip.route_n == want.route_n);
    for (unsigned i = 0; i < want.route_n; i++) CHECK(memcmp(&ip.route[i], want.route[i], 4) == 0);
    if (ip.proto != IPPROTO_TCP_) return;
    CHECK(wire_tcp_checksum_ok(&ip, p + ip.head_len, ip.len - ip.head_len) == plain_checksum_right(&want, p));
    differ_tcp(p + ip.head_len, ip.len - ip.head_len);
}

static void make_ip_right(uint8_t *p, size_t len)
{
    size_t head = len ? (size_t)(p[0] & 15) * 4 : 0;
    if (head < WIRE_IP4_HEADER_LEN || head > len || p[0] >> 4 != 4) return;
    be16_put(p + 10, 0);
    csum_put(p + 10, csum_add(0, p, head));
}

static void make_tcp_right(uint8_t *p, size_t len)
{
    struct wire_ip ip;
    if (wire_ip_parse(p, len, &(struct wire_ip_opts){true}, &ip) || ip.proto != IPPROTO_TCP_ || ip.len < ip.head_len + 20u)
        return;
    uint32_t part = ip.len - ip.head_len;
    be16_put(p + ip.head_len + 16, 0);
    csum_put(p + ip.head_len + 16, csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP_, part) + csum_add(0, p + ip.head_len, part));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 1) return 0;
    uint8_t how = data[0], *p = exact_copy(data + 1, len - 1);
    if (how & 2) make_ip_right(p, len - 1);
    if (how & 8) make_tcp_right(p, len - 1);
    if (how & 1)
        differ_ip(p, len - 1, how & 4);
    else
        differ_tcp(p, len - 1);
    exact_free(p, len - 1);
    return 0;
}
