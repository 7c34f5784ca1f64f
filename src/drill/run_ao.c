#include "run_ao.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <nettle/cmac.h>
#include <nettle/hmac.h>
#include <string.h>

#include <tern/tcp_ao.h>

#include "bytes.h"
#include "ip.h"
#include "run_call.h"
#include "words.h"

enum {
    OPTION_KIND = 29,
    OPTION_HEAD = 4,
    OPTION_LEN = OPTION_HEAD + AO_MAC,
    TCP_HEAD = 20,
    TRAFFIC_KEY_MAX = 20,
    OFF_CHECKSUM = 16
};

/* ---- what is signed ---- */

/* RFC 5926 3.1, 3.2: the algorithm makes keys and MACs alike; |n| pieces one behind the other. */
struct piece {
    const void *at;
    size_t len;
};

static void digest(bool aes, const uint8_t *key, size_t key_len, const struct piece *p, size_t n, size_t out_len, uint8_t *out)
{
    struct hmac_sha1_ctx sha1;
    struct cmac_aes128_ctx cmac;
    if (aes)
        cmac_aes128_set_key(&cmac, key);
    else
        hmac_sha1_set_key(&sha1, key_len, key);
    for (; n--; p++) {
        if (aes)
            cmac_aes128_update(&cmac, p->len, p->at);
        else
            hmac_sha1_update(&sha1, p->len, p->at);
    }
    if (aes)
        cmac_aes128_digest(&cmac, out_len, out);
    else
        hmac_sha1_digest(&sha1, out_len, out);
}

static size_t addresses(const struct wire_ip *ip, uint8_t out[32])
{
    size_t len = ip->version == 4 ? 4 : 16, skip = 16 - len;
    memcpy(out, ip->src.b + skip, len);
    memcpy(out + len, ip->dst.b + skip, len);
    return 2 * len;
}

/* RFC 5926 3.1.1: 1, "TCP-AO", the pair and both initial numbers, the bits that are wanted. */
static size_t traffic_key(const struct ao_key *k, const struct ao_signed *s, uint8_t out[TRAFFIC_KEY_MAX])
{
    static const uint8_t zero[AES128_KEY_SIZE];
    uint8_t pair[32], tail[14], short_key[AES128_KEY_SIZE];
    size_t len = k->aes ? AES128_KEY_SIZE : SHA1_DIGEST_SIZE;
    const uint8_t *key = k->key;
    memcpy(tail, s->tcp, 4);
    be32_put(tail + 4, s->src_isn);
    be32_put(tail + 8, s->dst_isn);
    be16_put(tail + 12, (uint16_t)(8 * len));
    if (k->aes && k->len != AES128_KEY_SIZE) {
        digest(true, zero, sizeof zero, &(struct piece){k->key, k->len}, 1, sizeof short_key, short_key);
        key = short_key;
    }
    const struct piece in[] = {{"\1TCP-AO", 7}, {pair, addresses(s->ip, pair)}, {tail, sizeof tail}};
    digest(k->aes, key, k->len, in, 3, len, out);
    return len;
}

/* The header without checksum and MAC; keys that leave the other options out have only their own option behind it. */
static size_t covered(const struct ao_key *k, const struct ao_signed *s, uint8_t out[60])
{
    const uint8_t *option = option_find(s->tcp + TCP_HEAD, s->head_len - TCP_HEAD, OPTION_KIND, OPTION_LEN);
    memcpy(out, s->tcp, s->head_len);
    memset(out + OFF_CHECKSUM, 0, 2);
    if (!option) return s->head_len;
    memset(out + (option - s->tcp) + OPTION_HEAD, 0, AO_MAC);
    if (!k->omit_options) return s->head_len;
    memmove(out + TCP_HEAD, out + (option - s->tcp), OPTION_LEN);
    return TCP_HEAD + OPTION_LEN;
}

/* RFC 5925 5.1: the extension of the number, which is 1 once it has passed its initial one's wrap; the pseudo-header, the header,
 * the data. */
void ao_sign(const struct ao_key *k, const struct ao_signed *s, uint8_t mac[AO_MAC])
{
    uint8_t key[TRAFFIC_KEY_MAX], sne[4], pseudo[40] = {0}, head[60];
    size_t key_len = traffic_key(k, s, key), at = addresses(s->ip, pseudo);
    be32_put(sne, be32_get(s->tcp + 4) < s->src_isn);
    if (s->ip->version == 4) {
        be32_put(pseudo + at, IPPROTO_TCP << 16 | s->len);
        at += 4;
    } else {
        be32_put(pseudo + at, s->len);
        pseudo[at + 7] = IPPROTO_TCP;
        at += 8;
    }
    const struct piece in[] = {
        {sne, sizeof sne}, {pseudo, at}, {head, covered(k, s, head)}, {s->tcp + s->head_len, s->len - s->head_len}};
    digest(k->aes, key, key_len, in, 4, AO_MAC, mac);
}

/* ---- segments of a script ---- */

/* The key by which |id| was sent: by the stack it is its SendID, by the script the stack's RecvID. */
static const struct ao_key *key_of(const struct run *r, uint8_t id, bool by_stack)
{
    for (size_t i = 0; i < r->ao_n; i++)
        if ((by_stack ? r->ao[i].send_id : r->ao[i].recv_id) == id) return &r->ao[i];
    return NULL;
}

static struct ao_signed signed_of(const struct flow *f, const struct wire_ip *ip, const uint8_t *tcp, uint32_t head, uint32_t len,
                                  bool by_stack)
{
    struct ao_signed s = {.ip = ip, .tcp = tcp, .head_len = head, .len = len};
    uint16_t flags = tcp[13];
    s.src_isn = by_stack ? f->live_local_isn : f->remote_isn;
    s.dst_isn = by_stack ? f->remote_isn : f->live_local_isn;
    if (flags & SCRIPT_SYN) s.src_isn = be32_get(tcp + 4);
    if ((flags & SCRIPT_SYN) && !(flags & SCRIPT_ACK)) s.dst_isn = 0;
    return s;
}

bool ao_fill(struct run *r, const struct flow *f, const struct script_packet *p, const struct wire_ip *ip, uint8_t *tcp,
             uint32_t head, uint32_t len)
{
    uint8_t *opt = tcp + TCP_HEAD;
    for (size_t i = 0; i < p->tcp.options_n; opt += p->tcp.options[i++].wire_len) {
        const struct script_tcp_option *o = &p->tcp.options[i];
        if (!o->valid || o->kind != TCP_OPTION_AO) continue;
        const struct ao_key *k = key_of(r, opt[2], false);
        if (!k) {
            run_break(r, o->at, _("No key with rcvid=%u was set: it is the one that the stack would look for."), opt[2]);
            return false;
        }
        const struct ao_signed s = signed_of(f, ip, tcp, head, len, false);
        ao_sign(k, &s, opt + OPTION_HEAD);
    }
    return true;
}

bool ao_is_right(const struct run *r, const struct flow *f, const struct wire_ip *ip, const uint8_t *tcp, uint32_t head,
                 uint32_t len)
{
    uint8_t mac[AO_MAC];
    const uint8_t *option = option_find(tcp + TCP_HEAD, head - TCP_HEAD, OPTION_KIND, OPTION_LEN);
    const struct ao_key *k = option ? key_of(r, option[2], true) : NULL;
    if (!k) return false;
    const struct ao_signed s = signed_of(f, ip, tcp, head, len, true);
    ao_sign(k, &s, mac);
    return memcmp(mac, option + OPTION_HEAD, AO_MAC) == 0;
}

/* ---- keys ---- */

static void peer_address(const struct run *r, struct sockaddr_storage *out, uint8_t *prefix)
{
    if (tern_addr_is_v4(&r->remote_ip) && r->ip == DRILL_IPV4) {
        struct sockaddr_in a = {.sin_family = AF_INET};
        memcpy(&a.sin_addr, r->remote_ip.b + 12, 4);
        memcpy(out, &a, sizeof a);
        *prefix = 32;
        return;
    }
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    memcpy(&a.sin6_addr, r->remote_ip.b, 16);
    memcpy(out, &a, sizeof a);
    *prefix = tern_addr_is_v4(&r->remote_ip) ? 32 : 128;
}

static bool member_up_to(struct run *r, const struct script_expr *e, const char *name, int64_t most, int64_t *out)
{
    if (!member_number(r, e, name, 0, out)) return false;
    return (*out >= 0 && *out <= most) || expr_wrong(r, script_member(e, name), _("The number is out of range."));
}

static bool member_byte(struct run *r, const struct script_expr *e, const char *name, uint8_t *out)
{
    int64_t n;
    bool ok = member_up_to(r, e, name, UINT8_MAX, &n);
    *out = (uint8_t)n;
    return ok;
}

static bool member_bit(struct run *r, const struct script_expr *e, const char *name, bool *out)
{
    int64_t n;
    bool ok = member_up_to(r, e, name, 1, &n);
    *out = n == 1;
    return ok;
}

static bool member_text(struct run *r, const struct script_expr *e, const char *name, void *out, size_t max, uint8_t *len)
{
    const struct script_expr *m = script_member(e, name);
    if (!m || m->kind != EXPR_STRING || m->more) return expr_wrong(r, m ? m : e, _("A text in quotes is expected here."));
    if (m->text.len > max) return expr_wrong(r, m, _("The text is too long."));
    memcpy(out, m->text.data, m->text.len);
    *len = (uint8_t)m->text.len;
    return true;
}

static bool remember(struct run *r, const struct script_expr *e, const struct tcp_ao_add *a)
{
    struct ao_key k = {
        .send_id = a->sndid, .recv_id = a->rcvid, .len = a->keylen, .aes = strcmp(a->alg_name, "cmac(aes128)") == 0};
    k.omit_options = a->keyflags & TCP_AO_KEYF_EXCLUDE_OPT;
    memcpy(k.key, a->key, a->keylen);
    size_t i = 0;
    while (i < r->ao_n && (r->ao[i].send_id != k.send_id || r->ao[i].recv_id != k.recv_id)) i++;
    if (i == RUN_AO_KEYS) return expr_wrong(r, e, _("A script has room for 8 keys."));
    r->ao[i] = k;
    r->ao_n += i == r->ao_n;
    return true;
}

static size_t add_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    static const char *const names[] = {"alg_name", "sndid",     "rcvid",       "key", "maclen",
                                        "keyflags", "set_rnext", "set_current", NULL};
    struct tcp_ao_add a = {0};
    uint8_t name_len;
    bool current, next;
    peer_address(r, &a.addr, &a.prefix);
    if (!struct_has_only(r, e, names) || !member_byte(r, e, "sndid", &a.sndid) || !member_byte(r, e, "rcvid", &a.rcvid) ||
        !member_byte(r, e, "maclen", &a.maclen) || !member_byte(r, e, "keyflags", &a.keyflags) ||
        !member_bit(r, e, "set_current", &current) || !member_bit(r, e, "set_rnext", &next) ||
        !member_text(r, e, "alg_name", a.alg_name, sizeof a.alg_name - 1, &name_len) ||
        !member_text(r, e, "key", a.key, sizeof a.key, &a.keylen) || !remember(r, e, &a))
        return 0;
    a.set_current = current, a.set_rnext = next;
    memcpy(out, &a, sizeof a);
    return sizeof a;
}

static size_t del_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    static const char *const names[] = {"sndid", "rcvid", "set_current", "current_key", "set_rnext", "rnext", NULL};
    struct tcp_ao_del d = {0};
    bool current, next;
    peer_address(r, &d.addr, &d.prefix);
    if (!struct_has_only(r, e, names) || !member_byte(r, e, "sndid", &d.sndid) || !member_byte(r, e, "rcvid", &d.rcvid) ||
        !member_bit(r, e, "set_current", &current) || !member_byte(r, e, "current_key", &d.current_key) ||
        !member_bit(r, e, "set_rnext", &next) || !member_byte(r, e, "rnext", &d.rnext))
        return 0;
    d.set_current = current, d.set_rnext = next;
    memcpy(out, &d, sizeof d);
    return sizeof d;
}

static size_t info_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    static const char *const names[] = {"set_current", "current_key", "set_rnext", "rnext", "ao_required", "accept_icmps", NULL};
    struct tcp_ao_info_opt i = {0};
    bool current, next, required, icmps;
    if (!struct_has_only(r, e, names) || !member_bit(r, e, "set_current", &current) ||
        !member_byte(r, e, "current_key", &i.current_key) || !member_bit(r, e, "set_rnext", &next) ||
        !member_byte(r, e, "rnext", &i.rnext) || !member_bit(r, e, "ao_required", &required) ||
        !member_bit(r, e, "accept_icmps", &icmps))
        return 0;
    i.set_current = current, i.set_rnext = next, i.ao_required = required, i.accept_icmps = icmps;
    memcpy(out, &i, sizeof i);
    return sizeof i;
}

size_t ao_bytes(struct run *r, const struct script_expr *e, int64_t option, uint8_t *out)
{
    switch (option) {
    case TCP_AO_ADD_KEY: return add_bytes(r, e, out);
    case TCP_AO_DEL_KEY: return del_bytes(r, e, out);
    default: return info_bytes(r, e, out); /* TCP_AO_INFO */
    }
}
