/* TCP-AO's keys: those of listeners and of connections (RFC 5925 3.1, 7.1). */
#include "ao.h"

#include <sodium.h>
#include <string.h>

#include "stack_host.h"

struct ao_key *ao_key_add(struct tern_stack *s, struct ao_key **list, const struct tern_ao_key *k)
{
    struct ao_key *new = mem_zero(&s->mem, sizeof *new);
    if (!new) return NULL;
    new->mkt = *k;
    while (*list) list = &(*list)->next;
    return *list = new;
}

void ao_key_drop(struct tern_stack *s, struct ao_key **at)
{
    struct ao_key *k = *at;
    *at = k->next;
    sodium_memzero(k, sizeof *k);
    mem_put(&s->mem, k, sizeof *k);
}

struct ao *ao_new(struct tern_stack *s, const struct tcp_tuple *t)
{
    struct ao *a = mem_zero(&s->mem, sizeof *a);
    if (!a) return NULL;
    struct signer **at = sign_place(s, t);
    a->sign.next = *at; /* NULL: the pair has none */
    a->sign.t = *t;
    a->sign.ao = true;
    *at = &a->sign;
    s->sign_n++;
    return a;
}

void ao_forget(struct tern_stack *s, struct signer **at)
{
    struct ao *a = ao_of(*at);
    *at = a->sign.next;
    s->sign_n--;
    while (a->keys) ao_key_drop(s, &a->keys);
    mem_put(&s->mem, a, sizeof *a);
}

void ao_listener_end(struct tern_listener *l)
{
    for (; l->ao; l->s->sign_n--) ao_key_drop(l->s, &l->ao);
    l->s->sign_n -= l->ao_required;
    l->ao_required = false;
}

bool ao_overlaps(const struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len)
{
    for (const struct ao_key *k = l->ao; k; k = k->next)
        if (host_overlap(&k->mkt.peer, k->mkt.prefix_len, peer, prefix_len)) return true;
    return false;
}

static bool valid(const struct tern_ao_key *k)
{
    return sign_prefix_valid(&k->peer, k->prefix_len) && k->len <= TERN_AO_KEY_MAX && k->alg <= TERN_AO_AES_128_CMAC_96;
}

/* RFC 5925 3.1: no two keys for one peer may have one ID. */
static bool collides(const struct ao_key *list, const struct tern_ao_key *k)
{
    for (; list; list = list->next)
        if ((list->mkt.send_id == k->send_id || list->mkt.recv_id == k->recv_id) &&
            host_overlap(&list->mkt.peer, list->mkt.prefix_len, &k->peer, k->prefix_len))
            return true;
    return false;
}

/* ---- listeners ---- */

int tern_listener_ao_add(struct tern_listener *l, const struct tern_ao_key *k)
{
    if (!valid(k) || md5_overlaps(l, &k->peer, k->prefix_len)) return TERN_ERR_INVAL;
    if (collides(l->ao, k)) return TERN_ERR_ADDRINUSE;
    if (!ao_key_add(l->s, &l->ao, k)) return TERN_ERR_NOMEM;
    l->s->sign_n++;
    return 0;
}

int tern_listener_ao_remove(struct tern_listener *l, const struct tern_addr *peer, uint8_t prefix_len, uint8_t send_id,
                            uint8_t recv_id)
{
    for (struct ao_key **at = &l->ao; *at; at = &(*at)->next) {
        const struct tern_ao_key *k = &(*at)->mkt;
        bool same =
            k->prefix_len == prefix_len && sign_prefix_valid(peer, prefix_len) && host_in_prefix(peer, &k->peer, prefix_len);
        if (!same || k->send_id != send_id || k->recv_id != recv_id) continue;
        ao_key_drop(l->s, at);
        l->s->sign_n--;
        return 0;
    }
    return TERN_ERR_NOTCONN;
}

void tern_listener_ao_rules(struct tern_listener *l, bool required, bool accept_icmp)
{
    l->s->sign_n += (uint32_t)required - (uint32_t)l->ao_required;
    l->ao_required = required;
    l->ao_icmp = accept_icmp;
}

/* ---- connections ---- */

static struct ao *find(const struct tern_conn *c)
{
    if (!(c->place & CONN_HASHED) || !(c->flags2 & F2_AO)) return NULL;
    return ao_of(*sign_place(stack_of(c), &c->node.t));
}

/* A connection is signed from its SYN on, or not at all. */
static int begin(struct tern_conn *c, const struct tern_ao_key *k)
{
    struct tern_stack *s = stack_of(c);
    if (c->state != TERN_SYN_SENT || seq_lt(c->snd.una, c->snd.max) || (c->flags2 & F2_MD5)) return TERN_ERR_INVAL;
    struct ao *a = ao_new(s, &c->node.t);
    if (!a) return TERN_ERR_NOMEM;
    a->current = a->next = ao_key_add(s, &a->keys, k);
    if (!a->keys) {
        sign_forget(s, &c->node.t);
        return TERN_ERR_NOMEM;
    }
    c->flags2 |= F2_AO;
    mss_changed(c);
    return 0;
}

int tern_conn_ao_add(struct tern_conn *c, tern_ns now, const struct tern_ao_key *k)
{
    struct tern_stack *s = stack_of(c);
    struct ao *a = find(c);
    stack_time(s, now);
    if (!(c->place & CONN_HASHED)) return TERN_ERR_NOTCONN;
    if (!valid(k) || !host_in_prefix(&c->node.t.raddr, &k->peer, k->prefix_len)) return TERN_ERR_INVAL;
    if (!a) return begin(c, k);
    if (collides(a->keys, k)) return TERN_ERR_ADDRINUSE;
    return ao_key_add(s, &a->keys, k) ? 0 : TERN_ERR_NOMEM;
}

int tern_conn_ao_remove(struct tern_conn *c, tern_ns now, uint8_t send_id, uint8_t recv_id)
{
    struct ao *a = find(c);
    stack_time(stack_of(c), now);
    if (!a) return TERN_ERR_NOTCONN;
    struct ao_key **at = &a->keys;
    while (*at && ((*at)->mkt.send_id != send_id || (*at)->mkt.recv_id != recv_id)) at = &(*at)->next;
    if (!*at || *at == a->current || *at == a->next) return TERN_ERR_INVAL;
    ao_key_drop(stack_of(c), at);
    return 0;
}

int tern_conn_ao_use(struct tern_conn *c, tern_ns now, int current_id, int next_id)
{
    struct ao *a = find(c);
    stack_time(stack_of(c), now);
    if (!a) return TERN_ERR_NOTCONN;
    struct ao_key *current = current_id < 0 ? a->current : ao_by_send_id(a, (uint8_t)current_id);
    struct ao_key *next = next_id < 0 ? a->next : ao_by_recv_id(a, (uint8_t)next_id);
    if (!current || !next || current_id > UINT8_MAX || next_id > UINT8_MAX) return TERN_ERR_INVAL;
    a->current = current;
    a->next = next;
    return 0;
}

int tern_conn_ao_accept_icmp(struct tern_conn *c, bool accept)
{
    struct ao *a = find(c);
    if (!a) return TERN_ERR_NOTCONN;
    a->accept_icmp = accept;
    return 0;
}

int tern_conn_ao_info(const struct tern_conn *c, struct tern_ao_info *out)
{
    const struct ao *a = find(c);
    if (!a) return TERN_ERR_NOTCONN;
    *out = (struct tern_ao_info){a->current->mkt.send_id, a->next->mkt.recv_id, a->accept_icmp, a->n};
    return 0;
}

bool tern_conn_ao_key(const struct tern_conn *c, size_t i, struct tern_ao_key_info *out)
{
    const struct ao *a = find(c);
    const struct ao_key *k = a ? a->keys : NULL;
    while (k && i--) k = k->next;
    if (!k) return false;
    *out = (struct tern_ao_key_info){k->mkt.send_id, k->mkt.recv_id, k == a->current, k == a->next, k->good_n, k->bad_n};
    return true;
}

struct tern_ao_counts *host_ao_counts(struct tern_conn *c, struct tern_listener *l)
{
    if (l) return &l->ao_n;
    struct ao *a = c ? find(c) : NULL;
    return a ? &a->n : NULL;
}
