/* TCP_MD5SIG: keys for peers (RFC 2385). They stay with the socket: what it connects to, or who connects to it, is looked up. */
#include "options.h"

#include <linux/tcp.h>
#include <sodium.h>

#include "stack_host.h"

struct sock_key {
    struct list node;
    struct tern_addr peer;
    uint8_t prefix; /* bits of the peer's own family */
    uint8_t len;
    uint8_t key[TERN_MD5_KEY_MAX];
};

static uint8_t whole(const struct tern_addr *a) { return tern_addr_is_v4(a) ? 32 : 128; }

static struct sock_key *key_of(struct list *n) { return CONTAINER_OF(n, struct sock_key, node); }

static bool covers(const struct sock_key *k, const struct tern_addr *a) { return host_in_prefix(a, &k->peer, k->prefix); }

/* The key for |peer|: the longest prefix counts. */
static const struct sock_key *best(const struct sock *s, const struct tern_addr *peer)
{
    const struct sock_key *found = NULL;
    for (struct list *n = s->keys.next; n != &s->keys; n = n->next)
        if (covers(key_of(n), peer) && (!found || key_of(n)->prefix > found->prefix)) found = key_of(n);
    return found;
}

static void drop(struct sock *s, struct sock_key *k)
{
    list_remove(&k->node);
    sodium_memzero(k->key, sizeof k->key);
    mem_put(s->h->mem, k, sizeof *k);
}

void md5_free(struct sock *s)
{
    while (!list_empty(&s->keys)) drop(s, key_of(s->keys.next));
}

int md5_apply(struct sock *s)
{
    struct tern_status st;
    if (list_empty(&s->keys)) return 0;
    for (struct list *n = s->keys.next; s->listener && n != &s->keys; n = n->next) {
        const struct sock_key *k = key_of(n);
        int r = tern_listener_md5(s->listener, &k->peer, k->prefix, k->key, k->len);
        if (r) return -sock_errno(r);
    }
    if (!s->conn) return 0;
    tern_conn_status(s->conn, &st);
    const struct sock_key *k = best(s, &st.remote.addr);
    return k ? -sock_errno(tern_conn_md5(s->conn, s->h->now, k->key, k->len)) : 0;
}

static struct sock_key *exactly(const struct sock *s, const struct sock_key *like)
{
    for (struct list *n = s->keys.next; n != &s->keys; n = n->next)
        if (key_of(n)->prefix == like->prefix && tern_addr_eq(&key_of(n)->peer, &like->peer)) return key_of(n);
    return NULL;
}

static int forget(struct sock *s, const struct sock_key *like)
{
    struct tern_status st;
    struct sock_key *k = exactly(s, like);
    if (!k) return -ENOENT;
    drop(s, k);
    if (s->listener) tern_listener_md5(s->listener, &like->peer, like->prefix, NULL, 0);
    if (!s->conn) return 0;
    tern_conn_status(s->conn, &st);
    if (covers(like, &st.remote.addr) && !best(s, &st.remote.addr)) tern_conn_md5(s->conn, s->h->now, NULL, 0);
    return md5_apply(s);
}

static int remember(struct sock *s, const struct sock_key *like)
{
    struct sock_key *k = exactly(s, like);
    if (!k) {
        k = mem_zero(s->h->mem, sizeof *k);
        if (!k) return -ENOMEM;
        list_append(&s->keys, &k->node);
    }
    k->peer = like->peer, k->prefix = like->prefix, k->len = like->len;
    memcpy(k->key, like->key, sizeof k->key);
    return md5_apply(s);
}

bool md5_covers(const struct sock *s, const struct tern_addr *peer, uint8_t prefix)
{
    for (struct list *n = s->keys.next; n != &s->keys; n = n->next)
        if (host_overlap(&key_of(n)->peer, key_of(n)->prefix, peer, prefix)) return true;
    return false;
}

void md5_inherit(struct sock *s, const struct sock *from)
{
    struct tern_status st;
    if (list_empty(&from->keys)) return;
    tern_conn_status(s->conn, &st);
    const struct sock_key *k = best(from, &st.remote.addr);
    if (!k) return;
    struct sock_key own = *k;
    own.peer = st.remote.addr;
    own.prefix = whole(&own.peer);
    remember(s, &own);
}

int key_peer(const struct sock *s, const void *addr, struct tern_addr *out)
{
    struct sockaddr_storage from;
    struct tern_endpoint e;
    memcpy(&from, addr, sizeof from);
    if (addr_read(s, (const struct sockaddr *)&from, sizeof from, &e)) return -EINVAL;
    *out = e.addr;
    return 0;
}

static int read_peer(const struct sock *s, const struct tcp_md5sig *m, bool ext, struct sock_key *k)
{
    int r = key_peer(s, &m->tcpm_addr, &k->peer);
    if (r) return r;
    k->prefix = whole(&k->peer);
    if (!ext || !(m->tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)) return 0;
    if (m->tcpm_prefixlen > k->prefix) return -EINVAL;
    k->prefix = m->tcpm_prefixlen;
    return 0;
}

int set_md5(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    struct tcp_md5sig m;
    struct sock_key k = {.len = 0};
    if (len < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    int r = read_peer(s, &m, o->info.name_n == TCP_MD5SIG_EXT, &k);
    if (r) return r;
    if ((m.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX) && o->info.name_n == TCP_MD5SIG_EXT) return -EINVAL; /* no names, no numbers */
    if (!m.tcpm_keylen) return forget(s, &k);
    if (m.tcpm_keylen > TERN_MD5_KEY_MAX) return -EINVAL;
    if (ao_covers(s, &k.peer, k.prefix)) return -EKEYREJECTED;
    k.len = (uint8_t)m.tcpm_keylen;
    memcpy(k.key, m.tcpm_key, k.len);
    return remember(s, &k);
}
