/* TCP Fast Open's server (RFC 7413 4.1.2, 4.2.2, 5.1): keys and cookies, connections that are usable before their handshake has
 * ended, and how many of them a listener bears. */
#include "stack_internal.h"

#include <sodium.h>
#include <string.h>

/* How long a pending connection that was reset goes on to count (RFC 7413 5.1): as if its SYN,ACK had been tried in vain. */
#define RESET_COUNTS (60 * TERN_SEC)

/* ---- keys ---- */

/* The key of a span of time: whoever has the secret can work it out, so nothing need be kept. */
static void key_of(const struct tern_stack *s, uint64_t span, uint8_t key[HASH_KEY_LEN])
{
    uint8_t label[9];
    for (uint8_t half = 0; half < 2; half++) {
        label[0] = half;
        for (int i = 0; i < 8; i++) label[1 + i] = (uint8_t)(span >> (8 * i));
        uint64_t v = hash_keyed(s->fo_secret, label, sizeof label);
        for (int i = 0; i < 8; i++) key[8 * half + i] = (uint8_t)(v >> (8 * i));
    }
}

static struct key_pair keys_now(const struct tern_stack *s)
{
    struct key_pair k = s->fo_keys;
    if (k.n) return k;
    uint64_t life = s->env.set.fastopen_key_life, span = life ? s->env.now / life : 0;
    key_of(s, span, k.key[0]);
    k.n = 1;
    if (span) key_of(s, span - 1, k.key[k.n++]);
    return k;
}

static struct key_pair keys_of(const struct tern_listener *l) { return l->fo_keys.n ? l->fo_keys : keys_now(l->s); }

struct key_pair keys_from(const uint8_t *key, const uint8_t *backup)
{
    struct key_pair k = {.n = 0};
    if (key) memcpy(k.key[k.n++], key, TERN_FASTOPEN_KEY_LEN);
    if (key && backup) memcpy(k.key[k.n++], backup, TERN_FASTOPEN_KEY_LEN);
    return k;
}

static size_t keys_to(const struct key_pair *k, uint8_t out[2][TERN_FASTOPEN_KEY_LEN])
{
    memcpy(out, k->key, sizeof k->key);
    return k->n;
}

/* Eight hexadecimal digits: a little-endian word of a key. */
static bool key_word(const char *text, uint8_t out[4])
{
    uint32_t v = 0;
    for (int i = 0; i < 8; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *at = text[i] ? strchr(digits, text[i]) : NULL;
        if (!at) return false;
        uint32_t digit = (uint32_t)(at - digits);
        v = v << 4 | (digit < 16 ? digit : digit - 6);
    }
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(v >> 8 * i);
    return true;
}

int tern_fastopen_keys_parse(const char *text, uint8_t out[2][TERN_FASTOPEN_KEY_LEN])
{
    for (int n = 0; n < 2; n++) {
        for (int i = 0; i < 4; i++) {
            if (!key_word(text, &out[n][4 * i])) return TERN_ERR_INVAL;
            text += 8;
            if (i < 3 && *text++ != '-') return TERN_ERR_INVAL;
        }
        if (!*text) return n + 1;
        if (*text++ != ',') return TERN_ERR_INVAL;
    }
    return TERN_ERR_INVAL;
}

void tern_stack_fastopen_keys(struct tern_stack *s, const uint8_t *key, const uint8_t *backup)
{
    s->fo_keys = keys_from(key, backup);
}
void tern_listener_fastopen_keys(struct tern_listener *l, const uint8_t *key, const uint8_t *backup)
{
    l->fo_keys = keys_from(key, backup);
}

size_t tern_stack_fastopen_keys_get(const struct tern_stack *s, uint8_t out[2][TERN_FASTOPEN_KEY_LEN])
{
    struct key_pair k = keys_now(s);
    return keys_to(&k, out);
}

size_t tern_listener_fastopen_keys_get(const struct tern_listener *l, uint8_t out[2][TERN_FASTOPEN_KEY_LEN])
{
    struct key_pair k = keys_of(l);
    return keys_to(&k, out);
}

void tern_stack_fastopen_forget(struct tern_stack *s) { fo_forget_all(&s->env.fo, &s->mem); }

/* RFC 7413 4.1.2: SipHash-2-4 of the client's address and the server's, as Linux has it: stacks that share a key honour each
 * other's cookies. */
static struct fo_cookie cookie_of(const uint8_t key[HASH_KEY_LEN], const struct tcp_tuple *t, bool exp)
{
    bool v4 = tern_addr_is_v4(&t->raddr);
    size_t from = v4 ? 12 : 0, n = v4 ? 4 : 16;
    uint8_t pair[32], cookie[FO_COOKIE_OURS];
    memcpy(pair, t->raddr.b + from, n);
    memcpy(pair + n, t->laddr.b + from, n);
    uint64_t v = hash_keyed(key, pair, 2 * n);
    for (int i = 0; i < FO_COOKIE_OURS; i++) cookie[i] = (uint8_t)(v >> (8 * i));
    return fo_cookie(cookie, sizeof cookie, exp);
}

/* Which key made |k|; |keys->n|: none of them. */
static unsigned made_by(const struct key_pair *keys, const struct tcp_tuple *t, const struct fo_cookie *k)
{
    unsigned i = 0;
    for (; i < keys->n; i++) {
        struct fo_cookie ours = cookie_of(keys->key[i], t, k->exp);
        if (k->len == ours.len && !sodium_memcmp(k->bytes, ours.bytes, FO_MAGIC_LEN + FO_COOKIE_OURS)) break;
    }
    return i;
}

/* ---- a SYN ---- */

static uint32_t limit(const struct tern_listener *l)
{
    uint64_t set = l->s->env.set.fastopen;
    if (!(set & FO_SERVER) || l->cfg.hold) return 0;
    return l->fo_limit || !(set & FO_SERVER_ALL) ? l->fo_limit : l->cfg.backlog;
}

/* RFC 7413 5.1. A full accept queue takes no connection that is not yet one. */
static bool full(struct tern_listener *l)
{
    if (l->s->env.now >= l->fo_reset_until) l->fo_reset_n = 0;
    return l->fo_n + l->fo_reset_n >= limit(l) || l->accept_n >= l->cfg.backlog;
}

/* RFC 7413 4.2.2: may |seg|'s sender have its connection at once? |*answer|: the cookie that it is told. */
static bool entitled(struct tern_listener *l, struct tern_conn *c, const struct tcp_seg *seg, struct fo_cookie *answer)
{
    struct tern_counters *n = &l->s->counters;
    struct fo_cookie k = fo_read(&seg->h.opt);
    answer->len = FO_NONE;
    if (k.len == 0) n->fastopen_cookie_reqs++;
    if (!limit(l) || (k.len < 0 && !seg->h.len) || (c->flags2 & (F2_MD5 | F2_AO | F2_NO_OPTIONS)))
        return false; /* no room for a cookie */
    if (full(l)) {
        n->fastopen_overflow++;
        c->rtx_rule = TERN_RULE_FO_PENDING;
        return false;
    }
    if (l->s->env.set.fastopen & FO_SERVER_NO_COOKIE) return true;
    if (k.len < 0) return false; /* data, and nothing that speaks for its sender: an ordinary SYN */
    struct key_pair keys = keys_of(l);
    unsigned by = k.len ? made_by(&keys, &c->node.t, &k) : keys.n;
    if (by != 0) *answer = cookie_of(keys.key[0], &c->node.t, k.exp);
    if (by < keys.n) return true;
    if (k.len) n->fastopen_passive_fail++;
    c->rtx_rule = k.len ? TERN_RULE_FO_BAD_COOKIE : TERN_RULE_FO_COOKIE_OUT; /* the SYN,ACK's reason */
    return false;
}

/* Option SAVE_SYN, before the payload is taken. */
static void save_syn(struct tern_conn *c, const struct tcp_seg *seg)
{
    if (!(c->flags2 & F2_SAVE_SYN) || !seg->buf) return;
    uint32_t len = (uint32_t)(seg->h.data - seg->buf->data);
    struct tern_buf *b = tern_buf_get(c->env->pool, len);
    if (!b) return;
    memcpy(b->data, seg->buf->data, len);
    b->len = len;
    c->more->saved_syn = b;
}

bool fastopen_syn(struct tern_listener *l, struct tern_conn *c, struct tcp_seg *seg, const seq32 *iss_after)
{
    struct tern_stack *s = l->s;
    struct fo_cookie answer;
    bool now = entitled(l, c, seg, &answer);
    if (!now && answer.len == FO_NONE) return false;
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return false; /* without memory an ordinary SYN */
    m->fo = answer;
    if (answer.len != FO_NONE) c->flags2 |= F2_FO_ANSWER;
    if (!now) return false;
    tcp_choose_iss(c, iss_after);
    c->rtx_rule = TERN_RULE_FO_ACCEPT;
    c->flags2 |= F2_FO_CHILD | (l->like.flags2 & F2_SAVE_SYN);
    tcp_listen_syn(c, seg);
    save_syn(c, seg);
    tcp_fastopen_accept(c, seg);
    m->fo_listener = l;
    l->fo_n++;
    s->counters.fastopen_passive++;
    table_add(s, &c->node);
    c->place = CONN_HASHED;
    listener_queue(l, c);
    conn_settle(s, c);
    s->env.seg_event = NULL;
    return true;
}

/* ---- the end of being pending ---- */

void fastopen_settle(struct tern_conn *c)
{
    struct tern_listener *l = c->more->fo_listener;
    if ((c->flags & F_SYN_UNACKED) && c->state != TERN_CLOSED) return;
    c->more->fo_listener = NULL;
    l->fo_n--;
    if (c->error != TERN_ERR_RESET) return;
    l->fo_reset_n++;
    l->fo_reset_until = c->env->now + RESET_COUNTS;
}

static bool leave(void *ctx, struct hash_node *hn)
{
    const struct tern_listener *l = ctx;
    struct tcp_node *n = node_of_hash(hn);
    struct tern_conn *c = n->kind == NODE_CONN ? conn_of(n) : NULL;
    if (c && c->more && c->more->fo_listener == l) c->more->fo_listener = NULL;
    return true;
}

void fastopen_listener_end(struct tern_listener *l)
{
    if (l->fo_n) hash_each(&l->s->table, leave, l);
}
