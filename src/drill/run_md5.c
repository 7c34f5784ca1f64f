#include "run_md5.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <nettle/md5.h>
#include <string.h>

#include "bytes.h"
#include "ip.h"
#include "run_call.h"
#include "words.h"

enum { DIGEST_LEN = MD5_DIGEST_SIZE, OPTION_LEN = 2 + DIGEST_LEN, OPTION_KIND = 19, TCP_HEAD = 20 };

static const char *secret(const struct run *r)
{
    const struct script_option *o = script_option(r->script, "tcp_md5_secret");
    return *r->md5_key ? r->md5_key : o ? o->value : NULL;
}

/* RFC 2385 2.0: pseudo-header, header without options and with checksum zero, data, key. */
static void digest(const struct wire_ip *ip, const uint8_t *tcp, uint32_t head, uint32_t len, const char *key, uint8_t *out)
{
    struct md5_ctx md5;
    uint8_t pseudo[40], plain[TCP_HEAD];
    size_t addr_len = ip->version == 4 ? 4 : 16, skip = 16 - addr_len;
    uint8_t *rest = pseudo + 2 * addr_len;
    memset(pseudo, 0, sizeof pseudo);
    memcpy(pseudo, ip->src.b + skip, addr_len);
    memcpy(pseudo + addr_len, ip->dst.b + skip, addr_len);
    if (ip->version == 4) {
        rest[1] = IPPROTO_TCP;
        be16_put(rest + 2, (uint16_t)len);
    } else {
        be32_put(rest, len);
        rest[7] = IPPROTO_TCP;
    }
    memcpy(plain, tcp, sizeof plain);
    be16_put(plain + 16, 0);
    md5_init(&md5);
    md5_update(&md5, 2 * addr_len + (ip->version == 4 ? 4 : 8), pseudo);
    md5_update(&md5, sizeof plain, plain);
    md5_update(&md5, len - head, tcp + head);
    md5_update(&md5, strlen(key), (const uint8_t *)key);
    md5_digest(&md5, DIGEST_LEN, out);
}

bool md5_fill(struct run *r, const struct script_packet *p, const struct wire_ip *ip, uint8_t *tcp, uint32_t head, uint32_t len)
{
    uint8_t *opt = tcp + TCP_HEAD;
    for (size_t i = 0; i < p->tcp.options_n; opt += p->tcp.options[i++].wire_len) {
        if (!p->tcp.options[i].valid || p->tcp.options[i].kind != TCP_OPTION_MD5) continue;
        if (!secret(r)) {
            run_break(r, p->tcp.options[i].at, "%s",
                      _("\"md5 valid\" needs a key: setsockopt(TCP_MD5SIG), or the option --tcp_md5_secret."));
            return false;
        }
        digest(ip, tcp, head, len, secret(r), opt + 2);
    }
    return true;
}

bool md5_is_right(const struct run *r, const struct wire_ip *ip, const uint8_t *tcp, uint32_t head, uint32_t len)
{
    uint8_t right[DIGEST_LEN];
    if (!secret(r)) return false;
    const uint8_t *option = option_find(tcp + TCP_HEAD, head - TCP_HEAD, OPTION_KIND, OPTION_LEN);
    if (!option) return false;
    digest(ip, tcp, head, len, secret(r), right);
    return memcmp(option + 2, right, DIGEST_LEN) == 0;
}

static void peer_key(const struct run *r, struct tcp_md5sig *sig)
{
    if (tern_addr_is_v4(&r->remote_ip) && r->ip == DRILL_IPV4) {
        struct sockaddr_in a = {.sin_family = AF_INET};
        memcpy(&a.sin_addr, r->remote_ip.b + 12, 4);
        memcpy(&sig->tcpm_addr, &a, sizeof a);
    } else {
        struct sockaddr_in6 a = {.sin6_family = AF_INET6};
        memcpy(&a.sin6_addr, r->remote_ip.b, 16);
        memcpy(&sig->tcpm_addr, &a, sizeof a);
    }
}

int md5_set(struct run *r, struct sock *s, int on)
{
    struct tcp_md5sig sig = {.tcpm_keylen = 0};
    const char *key = secret(r);
    /* FreeBSD's kernel looks into its table of keys (setkey); the script says here what it put there. */
    if (!key || strlen(key) > sizeof sig.tcpm_key) return -EINVAL;
    peer_key(r, &sig);
    if (on) {
        sig.tcpm_keylen = (uint16_t)strlen(key);
        memcpy(sig.tcpm_key, key, strlen(key));
    }
    return sock_setsockopt(s, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof sig);
}

size_t md5_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    static const char *const names[] = {"tcpm_key", NULL};
    struct tcp_md5sig sig = {.tcpm_keylen = 0};
    const struct script_expr *key = script_member(e, "tcpm_key");
    if (!struct_has_only(r, e, names)) return 0;
    if (!key || key->kind != EXPR_STRING || key->more || key->text.len > sizeof sig.tcpm_key ||
        memchr(key->text.data, 0, key->text.len)) {
        expr_wrong(r, key ? key : e, _("A key of at most 80 bytes, in quotes, is expected here."));
        return 0;
    }
    peer_key(r, &sig);
    sig.tcpm_keylen = (uint16_t)key->text.len;
    memcpy(sig.tcpm_key, key->text.data, key->text.len);
    memcpy(r->md5_key, key->text.data, key->text.len);
    r->md5_key[key->text.len] = '\0';
    memcpy(out, &sig, sizeof sig);
    return sizeof sig;
}
