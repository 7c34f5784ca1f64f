/* TCP Fast Open's client (RFC 7413 4.1.3, 4.2): the cookies of servers, what the SYN takes along, and paths that swallow it. */
#include "fastopen.h"

#include "tcp_internal.h"

#include <string.h>

enum {
    WAYS = 4, /* servers that share a place in the cache */
    FO_CACHE_MAX = 512,
    SETS = FO_CACHE_MAX / WAYS,
    MAGIC = 0xf989, /* RFC 7413 appendix A; RFC 6994 */
    LOSSES_MAX = 16,
};

#define LOSS_BACKOFF (60 * TERN_SEC)

struct entry {
    struct tern_addr laddr, raddr;
    tern_ns used_at; /* plus one; 0: free */
    tern_ns lost_at;
    tern_ns refused_until; /* on |refused_port| */
    struct fo_cookie cookie;
    uint16_t mss; /* of the server's last SYN,ACK */
    uint16_t refused_port;
    uint8_t try_exp; /* no cookie came: 1: the experimental option is the next to be tried; 2: it was, in vain */
    uint8_t losses;  /* SYNs with data in a row that had to be sent again without */
};

struct fo_cache {
    struct entry entry[SETS][WAYS];
};

/* ---- options ---- */

struct fo_cookie fo_cookie(const uint8_t *from, size_t len, bool exp)
{
    struct fo_cookie k = {.bytes = {MAGIC >> 8, MAGIC & 0xff}, .len = (int8_t)len, .exp = exp};
    if (len) memcpy(k.bytes + FO_MAGIC_LEN, from, len);
    return k;
}

static bool valid_len(size_t len) { return !len || (len % 2 == 0 && len >= FO_COOKIE_MIN && len <= FO_COOKIE_MAX); }

struct fo_cookie fo_read(const struct wire_tcp_options *o)
{
    if ((o->present & OPT_FASTOPEN) && valid_len(o->fastopen_len)) return fo_cookie(o->fastopen, o->fastopen_len, false);
    bool exp = (o->present & OPT_EXPERIMENT) && o->exp_kind == TCPOPT_EXP2 && o->exp_len >= FO_MAGIC_LEN &&
               (o->exp[0] << 8 | o->exp[1]) == MAGIC && valid_len(o->exp_len - (size_t)FO_MAGIC_LEN);
    if (exp) return fo_cookie(o->exp + FO_MAGIC_LEN, o->exp_len - (size_t)FO_MAGIC_LEN, true);
    return (struct fo_cookie){.len = FO_NONE};
}

void fo_write(struct wire_tcp_options *o, const struct fo_cookie *k)
{
    if (k->len == FO_NONE) return;
    if (k->exp) {
        o->present |= OPT_EXPERIMENT;
        o->exp_kind = TCPOPT_EXP2;
        o->exp = k->bytes;
        o->exp_len = (uint8_t)(FO_MAGIC_LEN + k->len);
    } else {
        o->present |= OPT_FASTOPEN;
        o->fastopen = k->bytes + FO_MAGIC_LEN;
        o->fastopen_len = (uint8_t)k->len;
    }
}

/* ---- the cache ---- */

static struct entry *set_of(const struct tern_conn *c)
{
    struct fo_cache *cache = c->env->fo.cache;
    struct tern_addr pair[2] = {c->node.t.laddr, c->node.t.raddr};
    return cache ? cache->entry[hash_keyed(c->env->isn_key, pair, sizeof pair) % SETS] : NULL;
}

static struct entry *lookup(const struct tern_conn *c)
{
    struct entry *e = set_of(c);
    for (int i = 0; e && i < WAYS; i++)
        if (e[i].used_at && tern_addr_eq(&e[i].laddr, &c->node.t.laddr) && tern_addr_eq(&e[i].raddr, &c->node.t.raddr)) {
            e[i].used_at = c->env->now + 1;
            return &e[i];
        }
    return NULL;
}

/* The server's entry, or one made for it. NULL: no memory. */
static struct entry *provide(struct tern_conn *c)
{
    if (!c->env->fo.cache) c->env->fo.cache = mem_zero(c->env->mem, sizeof *c->env->fo.cache);
    struct entry *e = lookup(c), *set = set_of(c);
    if (e || !set) return e;
    e = set;
    for (int i = 1; i < WAYS; i++)
        if (set[i].used_at < e->used_at) e = &set[i];
    *e = (struct entry){.laddr = c->node.t.laddr, .raddr = c->node.t.raddr, .used_at = c->env->now + 1, .cookie.len = FO_NONE};
    return e;
}

void fo_forget_all(struct fo_client *fo, struct mem *m)
{
    mem_put(m, fo->cache, sizeof *fo->cache);
    fo->cache = NULL;
}

/* ---- the SYN ---- */

/* RFC 7413 4.1.3.1: a path on which SYNs with data were lost again and again is left alone, longer each time. */
static bool lossy(const struct tern_conn *c, const struct entry *e)
{
    return e && e->losses > 1 && c->env->now - e->lost_at < LOSS_BACKOFF << e->losses;
}

/* RFC 7413 4.1.3.1: the same for a service that said no. Cookies hold for all of a server's services, this for the last one. */
static bool refused(const struct tern_conn *c, const struct entry *e)
{
    return e && c->env->now < e->refused_until && e->refused_port == c->node.t.rport;
}

static void refuse(struct tern_conn *c, struct entry *e)
{
    if (!e || !c->env->set.fastopen_refused) return;
    e->refused_until = c->env->now + c->env->set.fastopen_refused;
    e->refused_port = c->node.t.rport;
    event_rule(c, TERN_RULE_FO_REFUSED);
}

int fo_ask(struct tern_conn *c)
{
    if (c->state != TERN_SYN_SENT || seq_lt(c->snd.una, c->snd.max)) return TERN_ERR_INVAL;
    if (!(c->env->set.fastopen & FO_CLIENT)) return TERN_ERR_UNSUPPORTED;
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return TERN_ERR_NOMEM;
    const struct entry *e = lookup(c);
    bool known = e && e->cookie.len > 0;
    m->fo_wanted = true;
    m->fo = (struct fo_cookie){.len = FO_NONE};
    m->fo_mss = e && e->mss ? e->mss : c->mss_adv;
    if (has2(c, F2_MD5 | F2_AO | F2_NO_OPTIONS)) return 0; /* no room in the SYN */
    if (c->env->now < c->env->fo.off_until || lossy(c, e)) {
        event_rule(c, TERN_RULE_FO_OFF);
        return 0;
    }
    if (refused(c, e)) {
        event_rule(c, TERN_RULE_FO_REFUSED);
        return 0;
    }
    if (known)
        m->fo = e->cookie;
    else if (!(c->env->set.fastopen & FO_CLIENT_NO_COOKIE))
        m->fo = fo_cookie(NULL, 0, e && e->try_exp == 1);
    c->flags2 |= F2_FO;
    if (known || (c->env->set.fastopen & FO_CLIENT_NO_COOKIE))
        c->flags2 |= F2_FO_DATA;
    else
        m->fo_fail = TERN_FASTOPEN_NO_COOKIE;
    return 0;
}

uint32_t fo_room(const struct tern_conn *c)
{
    if (!has2(c, F2_FO_DATA)) return 0;
    uint32_t mss = min_u32(c->more->fo_mss, c->path_mtu - (conn_v4(c) ? 40u : 60u));
    if (c->max_seg) mss = min_u32(mss, c->max_seg);
    return mss > FO_OPTION_SPACE ? mss - FO_OPTION_SPACE : 0;
}

void fo_syn_out(struct tern_conn *c, struct tern_pkt *pkt)
{
    if (!has2(c, F2_FO)) return;
    struct tcp_more *m = c->more;
    uint32_t n = min_u32(fo_room(c), snd_left(c, c->snd.nxt));
    if (m->fo.len == 0) event_rule(c, TERN_RULE_FO_REQUEST);
    if (m->fo.len != FO_NONE) c->flags2 |= F2_FO_ASKED;
    c->flags2 &=
        ~(uint32_t)(F2_FO | F2_FO_DATA); /* RFC 7413 4.2.1, 4.2.2: a SYN that is sent again has neither option nor data */
    if (!n) return;
    n = snd_slices(c, c->snd.nxt, n, n, pkt);
    c->snd.nxt = c->snd.max = seq_add(c->snd.nxt, n);
    c->flags2 |= F2_SYN_DATA;
    m->fo_end = c->snd.nxt;
    event_rule(c, TERN_RULE_FO_SYN_DATA);
}

/* ---- the SYN,ACK ---- */

/* RFC 7413 4.1.3, 4.2.2. A cookie that was not asked for is not kept. */
static void remember(struct tern_conn *c, const struct wire_tcp *h, const struct fo_cookie *k, bool data_acked)
{
    struct entry *e = provide(c);
    bool again = has(c, F_SYN_RTX), cookie = k->len > 0 && has2(c, F2_FO_ASKED), data = has2(c, F2_SYN_DATA);
    if (!e) return;
    e->mss = (h->opt.present & OPT_MSS) ? h->opt.mss : conn_v4(c) ? MSS_DEFAULT_V4 : MSS_DEFAULT_V6;
    bool none = has2(c, F2_FO_ASKED) && !again && !data && k->len < 0 && e->cookie.len <= 0; /* asked for, and not given */
    if (cookie) {
        e->cookie = *k;
        e->refused_until = 0;
    } else if (none && !c->env->set.fastopen_refused) {
        uint8_t next = c->more->fo.exp ? 2 : 1;
        if (next > e->try_exp) e->try_exp = next;
    } else if (none || (data && !data_acked && !again)) {
        refuse(c, e);
    }
    if (again && !cookie && data && !data_acked) { /* only the plain SYN arrived */
        if (e->losses < LOSSES_MAX) e->losses++;
        e->lost_at = c->env->now;
    } else {
        e->losses = 0;
    }
}

void fo_syn_ack_in(struct tern_conn *c, const struct wire_tcp *h)
{
    if (!has2(c, F2_FO_ASKED | F2_SYN_DATA)) return;
    struct fo_cookie k = fo_read(&h->opt);
    bool some = seq_gt(h->ack, seq_add(c->snd.una, 1)), all = seq_eq(h->ack, c->snd.max);
    remember(c, h, &k, some);
    if (k.len > 0 && has2(c, F2_FO_ASKED)) event_rule(c, TERN_RULE_FO_COOKIE_IN);
    if (!has2(c, F2_SYN_DATA)) return;
    if (all) {
        c->flags2 |= F2_SYN_DATA_ACKED;
        c->env->counters->fastopen_active++;
        event_rule(c, TERN_RULE_FO_DATA_ACKED);
    } else {
        c->more->fo_fail = has(c, F_SYN_RTX) ? TERN_FASTOPEN_SYN_RETRIED : TERN_FASTOPEN_NOT_ACKED;
        c->env->counters->fastopen_active_fail++;
    }
}

/* ---- paths that swallow it ---- */

/* RFC 7413 4.1.3.1: silence and ICMP errors are refusals, too. */
void fo_unanswered(struct tern_conn *c)
{
    if (has2(c, F2_FO_ASKED | F2_SYN_DATA) && c->env->set.fastopen_refused) refuse(c, provide(c));
}

/* Paths were seen that lose everything after a SYN with data, the other SYNs included. A third timeout in a row, or the end
 * before it, is taken for such a one, and Fast Open pauses for all, longer each time. */
void fo_timeout(struct tern_conn *c, unsigned n, bool last)
{
    struct fo_client *fo = &c->env->fo;
    enum { SHIFT_MAX = 6 };
    if (last) fo_unanswered(c);
    if (!has2(c, F2_FO_ASKED | F2_SYN_DATA) || !(n == 3 || (n < 3 && last))) return;
    if (!c->env->set.fastopen_blackhole_timeout) return;
    fo->off_until = c->env->now + (c->env->set.fastopen_blackhole_timeout << min_u32(fo->off_n, SHIFT_MAX));
    if (fo->off_n < UINT8_MAX) fo->off_n++;
    c->env->counters->fastopen_blackholes++;
    event_rule(c, TERN_RULE_FO_BLACKHOLE);
}

void fo_passed(struct tern_conn *c)
{
    if (has2(c, F2_SYN_DATA_ACKED) && !has(c, F_PASSIVE)) c->env->fo.off_n = 0;
}
