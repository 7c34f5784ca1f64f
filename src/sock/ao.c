/* TCP_AO_ADD_KEY and its like, as Linux has them: TCP-AO's keys (RFC 5925). They stay with the socket, as those of TCP_MD5SIG do.
 */
#include "options.h"

#include <linux/tcp.h>
#include <sodium.h>
#include <string.h>
#include <tern/tcp_ao.h>

#include "stack_host.h"

enum { MAC_LEN = 12, NONE = -1 };

struct ao_key {
    struct list node;
    struct tern_ao_key k;
};

struct sock_ao {
    struct list keys;
    int16_t current, next; /* a send_id, a recv_id, or NONE: the first key */
    bool required, accept_icmp;
};

static struct ao_key *key_of(struct list *n) { return CONTAINER_OF(n, struct ao_key, node); }

static int own(struct sock *s)
{
    if (s->ao) return 0;
    s->ao = mem_zero(s->h->mem, sizeof *s->ao);
    if (!s->ao) return -ENOMEM;
    list_init(&s->ao->keys);
    s->ao->current = s->ao->next = NONE;
    return 0;
}

static void drop(struct sock *s, struct ao_key *k)
{
    list_remove(&k->node);
    sodium_memzero(k, sizeof *k);
    mem_put(s->h->mem, k, sizeof *k);
}

void ao_free(struct sock *s)
{
    if (!s->ao) return;
    while (!list_empty(&s->ao->keys)) drop(s, key_of(s->ao->keys.next));
    mem_put(s->h->mem, s->ao, sizeof *s->ao);
    s->ao = NULL;
}

bool ao_covers(const struct sock *s, const struct tern_addr *peer, uint8_t prefix)
{
    if (!s->ao) return false;
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next)
        if (host_overlap(&key_of(n)->k.peer, key_of(n)->k.prefix_len, peer, prefix)) return true;
    return false;
}

static int said(int r) { return r == TERN_ERR_ADDRINUSE ? -EEXIST : -sock_errno(r); }

static bool serves(const struct ao_key *k, const struct tern_addr *peer)
{
    return host_in_prefix(peer, &k->k.peer, k->k.prefix_len);
}

/* The keys that are used, where there are such. */
static void use(struct sock *s)
{
    struct sock_ao *a = s->ao;
    tern_conn_ao_use(s->conn, s->h->now, a->current, NONE);
    tern_conn_ao_use(s->conn, s->h->now, NONE, a->next);
    tern_conn_ao_accept_icmp(s->conn, a->accept_icmp);
}

static int apply_conn(struct sock *s)
{
    struct tern_status st;
    struct tern_ao_info info;
    tern_conn_status(s->conn, &st);
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next) {
        int r = serves(key_of(n), &st.remote.addr) ? tern_conn_ao_add(s->conn, s->h->now, &key_of(n)->k) : 0;
        if (r) return said(r);
    }
    if (tern_conn_ao_info(s->conn, &info)) return s->ao->required ? -EKEYREJECTED : 0;
    use(s);
    return 0;
}

int ao_apply(struct sock *s)
{
    if (!s->ao) return 0;
    if (s->conn) return apply_conn(s);
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next) {
        int r = tern_listener_ao_add(s->listener, &key_of(n)->k);
        if (r) return said(r);
    }
    tern_listener_ao_rules(s->listener, s->ao->required, s->ao->accept_icmp);
    return 0;
}

static struct ao_key *keep(struct sock *s, const struct tern_ao_key *k)
{
    struct ao_key *new = mem_zero(s->h->mem, sizeof *new);
    if (!new) return NULL;
    new->k = *k;
    list_append(&s->ao->keys, &new->node);
    return new;
}

void ao_inherit(struct sock *s, const struct sock *from)
{
    struct tern_status st;
    struct tern_ao_info info;
    if (!from->ao || tern_conn_ao_info(s->conn, &info) || own(s)) return;
    tern_conn_status(s->conn, &st);
    for (struct list *n = from->ao->keys.next; n != &from->ao->keys; n = n->next)
        if (serves(key_of(n), &st.remote.addr)) keep(s, &key_of(n)->k);
    s->ao->required = from->ao->required, s->ao->accept_icmp = from->ao->accept_icmp;
    s->ao->current = info.current_id, s->ao->next = info.next_id;
}

/* ---- adding ---- */

static const char *const algorithms[] = {
    [TERN_AO_HMAC_SHA1_96] = "hmac(sha1)",
    [TERN_AO_AES_128_CMAC_96] = "cmac(aes128)",
};

static int read_algorithm(const char name[64], uint8_t *out)
{
    if (!memchr(name, 0, 64)) return -EINVAL;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (strcmp(name, algorithms[i]) != 0) continue;
        *out = (uint8_t)i;
        return 0;
    }
    return -ENOENT;
}

/* The peers of a key: no prefix without an address, and no address without a prefix. */
static int read_peers(const struct sock *s, const void *addr, uint8_t prefix, int32_t ifindex, uint8_t keyflags,
                      struct tern_ao_key *k)
{
    int r = key_peer(s, addr, &k->peer);
    if (r) return r;
    k->prefix_len = prefix;
    bool v4 = tern_addr_is_v4(&k->peer), any = tern_addr_is_any(&k->peer);
    if (prefix > (v4 ? 32 : 128) || (any && prefix) || (!any && !prefix)) return -EINVAL;
    return ifindex || (keyflags & ~TCP_AO_KEYF_EXCLUDE_OPT) ? -EINVAL : 0; /* no names, no numbers of interfaces */
}

static int read_key(const struct sock *s, const struct tcp_ao_add *m, struct tern_ao_key *k)
{
    int r = read_peers(s, &m->addr, m->prefix, m->ifindex, m->keyflags, k);
    if (r) return r;
    if (m->reserved || m->reserved2 || m->keylen > TERN_AO_KEY_MAX || (m->maclen && m->maclen != MAC_LEN)) return -EINVAL;
    k->send_id = m->sndid, k->recv_id = m->rcvid;
    k->omit_options = m->keyflags & TCP_AO_KEYF_EXCLUDE_OPT;
    k->len = m->keylen;
    memcpy(k->key, m->key, m->keylen);
    return read_algorithm(m->alg_name, &k->alg);
}

/* A connection that is there already was signed from its SYN on, or it never is. */
static bool too_late(const struct sock *s)
{
    struct tern_ao_info info;
    return s->conn && sock_state(s) != TERN_CLOSED && tern_conn_ao_info(s->conn, &info);
}

static int add(struct sock *s, const struct tern_ao_key *k)
{
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next) {
        const struct tern_ao_key *o = &key_of(n)->k;
        if ((o->send_id == k->send_id || o->recv_id == k->recv_id) &&
            host_overlap(&o->peer, o->prefix_len, &k->peer, k->prefix_len))
            return -EEXIST;
    }
    struct ao_key *new = keep(s, k);
    if (!new) return -ENOMEM;
    int r = s->listener ? tern_listener_ao_add(s->listener, k) : 0;
    if (s->conn && sock_state(s) != TERN_CLOSED) r = tern_conn_ao_add(s->conn, s->h->now, k);
    if (r) drop(s, new);
    return said(r);
}

int set_ao_add(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    (void)o;
    struct tcp_ao_add m;
    struct tern_ao_key k = {0};
    if (len < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    int r = read_key(s, &m, &k);
    if (!r && too_late(s)) r = -EISCONN;
    if (!r && md5_covers(s, &k.peer, k.prefix_len)) r = -EKEYREJECTED;
    if (!r && s->listener && (m.set_current || m.set_rnext)) r = -EINVAL;
    if (!r) r = own(s);
    if (!r) r = add(s, &k);
    if (!r && m.set_current) s->ao->current = m.sndid;
    if (!r && m.set_rnext) s->ao->next = m.rcvid;
    if (!r && s->conn && sock_state(s) != TERN_CLOSED) use(s);
    sodium_memzero(&m, sizeof m);
    sodium_memzero(&k, sizeof k);
    return r;
}

/* ---- deleting ---- */

static struct ao_key *exactly(const struct sock *s, const struct tern_ao_key *k)
{
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next) {
        const struct tern_ao_key *o = &key_of(n)->k;
        if (o->send_id == k->send_id && o->recv_id == k->recv_id && o->prefix_len == k->prefix_len &&
            tern_addr_eq(&o->peer, &k->peer))
            return key_of(n);
    }
    return NULL;
}

static bool known(const struct sock *s, int current, int next)
{
    bool current_known = current == NONE, next_known = next == NONE;
    for (struct list *n = s->ao->keys.next; n != &s->ao->keys; n = n->next) {
        current_known |= key_of(n)->k.send_id == current;
        next_known |= key_of(n)->k.recv_id == next;
    }
    return current_known && next_known;
}

/* What TCP_AO_DEL_KEY and TCP_AO_INFO say of the keys in use: |*_id| NONE: nothing. */
static int choose(struct sock *s, int current_id, int next_id)
{
    if (current_id == NONE && next_id == NONE) return 0;
    if (s->listener) return -EINVAL;
    if (!known(s, current_id, next_id)) return -ENOENT;
    if (current_id != NONE) s->ao->current = (int16_t)current_id;
    if (next_id != NONE) s->ao->next = (int16_t)next_id;
    return s->conn ? said(tern_conn_ao_use(s->conn, s->h->now, current_id, next_id)) : 0;
}

static int forget(struct sock *s, struct ao_key *k)
{
    int r = s->listener ? tern_listener_ao_remove(s->listener, &k->k.peer, k->k.prefix_len, k->k.send_id, k->k.recv_id) : 0;
    if (s->conn && tern_conn_ao_remove(s->conn, s->h->now, k->k.send_id, k->k.recv_id) == TERN_ERR_INVAL) return -EBUSY;
    if (r) return said(r);
    if (s->ao->current == k->k.send_id) s->ao->current = NONE;
    if (s->ao->next == k->k.recv_id) s->ao->next = NONE;
    drop(s, k);
    return 0;
}

int set_ao_del(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    (void)o;
    struct tcp_ao_del m;
    struct tern_ao_key like = {0};
    if (len < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    int r = read_peers(s, &m.addr, m.prefix, m.ifindex, m.keyflags, &like);
    if (r) return r;
    if (m.reserved || m.reserved2 || (m.del_async && !s->listener)) return -EINVAL;
    like.send_id = m.sndid, like.recv_id = m.rcvid;
    struct ao_key *k = s->ao ? exactly(s, &like) : NULL;
    if (!k) return -ENOENT;
    r = choose(s, m.set_current ? m.current_key : NONE, m.set_rnext ? m.rnext : NONE);
    return r ? r : forget(s, k);
}

/* ---- TCP_AO_INFO ---- */

int set_ao_info(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    (void)o;
    struct tcp_ao_info_opt m;
    if (len < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    if (m.reserved || m.reserved2) return -EINVAL;
    if (too_late(s)) return -EISCONN;
    if (m.ao_required && !list_empty(&s->keys)) return -EKEYREJECTED; /* both would be wanted of a peer */
    int r = own(s);
    if (!r) r = choose(s, m.set_current ? m.current_key : NONE, m.set_rnext ? m.rnext : NONE);
    if (r) return r;
    s->ao->required = m.ao_required, s->ao->accept_icmp = m.accept_icmps;
    if (s->listener) tern_listener_ao_rules(s->listener, m.ao_required, m.accept_icmps);
    if (s->conn) tern_conn_ao_accept_icmp(s->conn, m.accept_icmps);
    struct tern_ao_counts *n = host_ao_counts(s->conn, s->listener);
    if (!m.set_counters) return 0;
    if (!n) return -EINVAL; /* nothing is counted yet */
    *n = (struct tern_ao_counts){m.pkt_good, m.pkt_bad, m.pkt_key_not_found, m.pkt_ao_required, m.pkt_dropped_icmp};
    return 0;
}

int get_ao_info(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    struct tcp_ao_info_opt m;
    struct tern_ao_info info;
    if (!s->ao) return -ENOENT;
    memset(&m, 0, sizeof m);
    m.ao_required = s->ao->required, m.accept_icmps = s->ao->accept_icmp;
    bool live = s->conn && !tern_conn_ao_info(s->conn, &info);
    int current = live ? info.current_id : s->ao->current, next = live ? info.next_id : s->ao->next;
    if (current != NONE) m.set_current = true, m.current_key = (uint8_t)current;
    if (next != NONE) m.set_rnext = true, m.rnext = (uint8_t)next;
    const struct tern_ao_counts *n = host_ao_counts(s->conn, s->listener);
    if (n) {
        m.pkt_good = n->good, m.pkt_bad = n->bad, m.pkt_key_not_found = n->key_not_found;
        m.pkt_ao_required = n->required, m.pkt_dropped_icmp = n->icmp_dropped;
    }
    return option_give(value, len, &m, sizeof m);
}

/* ---- TCP_AO_GET_KEYS ---- */

static struct tern_ao_key_info figures(const struct sock *s, const struct tern_ao_key *k)
{
    struct tern_ao_key_info i;
    for (size_t n = 0; s->conn && tern_conn_ao_key(s->conn, n, &i); n++)
        if (i.send_id == k->send_id && i.recv_id == k->recv_id) return i;
    return (struct tern_ao_key_info){
        .current = s->ao->current == k->send_id,
        .next = s->ao->next == k->recv_id,
    };
}

static bool wanted(const struct tcp_ao_getsockopt *m, const struct tern_ao_key *like, const struct tern_ao_key *k,
                   const struct tern_ao_key_info *i)
{
    if (m->get_all || (m->is_current && i->current) || (m->is_rnext && i->next)) return true;
    if (m->is_current || m->is_rnext) return false;
    return k->prefix_len == like->prefix_len && tern_addr_eq(&k->peer, &like->peer) && k->send_id == m->sndid &&
           k->recv_id == m->rcvid;
}

static void tell(const struct sock *s, const struct tern_ao_key *k, const struct tern_ao_key_info *i,
                 struct tcp_ao_getsockopt *out)
{
    struct tern_endpoint e = {.addr = k->peer};
    socklen_t room = sizeof out->addr;
    memset(out, 0, sizeof *out);
    addr_write(s, &e, (struct sockaddr *)&out->addr, &room);
    memcpy(out->alg_name, algorithms[k->alg], strlen(algorithms[k->alg]));
    memcpy(out->key, k->key, k->len);
    out->is_current = i->current, out->is_rnext = i->next;
    out->sndid = k->send_id, out->rcvid = k->recv_id, out->prefix = k->prefix_len;
    out->maclen = MAC_LEN, out->keylen = k->len;
    out->keyflags = k->omit_options ? TCP_AO_KEYF_EXCLUDE_OPT : 0;
    out->pkt_good = i->good, out->pkt_bad = i->bad;
}

/* |*len| is the size of one element, the first of which says how many there is room for. */
int get_ao_keys(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    struct tcp_ao_getsockopt m, out;
    struct tern_ao_key like = {0};
    if (*len < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    if (m.reserved || m.pkt_good || m.pkt_bad) return -EINVAL;
    if (!s->ao) return -ENOENT;
    bool by_peer = !m.get_all && !m.is_current && !m.is_rnext;
    int r = by_peer ? read_peers(s, &m.addr, m.prefix, m.ifindex, 0, &like) : 0;
    if (r) return r;
    uint32_t n = 0;
    for (struct list *at = s->ao->keys.next; at != &s->ao->keys; at = at->next) {
        const struct tern_ao_key *k = &key_of(at)->k;
        struct tern_ao_key_info i = figures(s, k);
        if (!wanted(&m, &like, k, &i)) continue;
        tell(s, k, &i, &out);
        if (n < m.nkeys) memcpy((char *)value + (size_t)n * *len, &out, sizeof out);
        n++;
    }
    sodium_memzero(&out, sizeof out);
    if (m.nkeys) memcpy((char *)value + offsetof(struct tcp_ao_getsockopt, nkeys), &n, sizeof n);
    return 0;
}
