/* tern_listen_filter(): a listener's rules, kept until listen() makes one. */
#include "sock_internal.h"

#include <string.h>

#include "stack_host.h"

struct sock_rules {
    size_t n;
    struct tern_filter rule[];
};

static size_t size_for(size_t n) { return sizeof(struct sock_rules) + n * sizeof(struct tern_filter); }

void rules_free(struct sock *s)
{
    if (s->rules) mem_put(s->h->mem, s->rules, size_for(s->rules->n));
    s->rules = NULL;
}

int rules_apply(struct sock *s)
{
    return s->rules ? -sock_errno(tern_listener_filter(s->listener, s->rules->rule, s->rules->n)) : 0;
}

int sock_filter_rules(struct sock *s, const struct tern_filter *rules, size_t n)
{
    if (n && !rules) return -EFAULT;
    if (!host_filter_valid(rules, n)) return -EINVAL;
    if (sock_state(s) != TERN_CLOSED && sock_state(s) != TERN_LISTEN) return -EINVAL;
    struct sock_rules *own = n ? mem_get(s->h->mem, size_for(n)) : NULL;
    int r = n && !own ? -ENOBUFS : s->listener ? -sock_errno(tern_listener_filter(s->listener, rules, n)) : 0;
    if (r) {
        mem_put(s->h->mem, own, size_for(n));
        return r;
    }
    if (own) {
        own->n = n;
        memcpy(own->rule, rules, n * sizeof *rules);
    }
    rules_free(s);
    s->rules = own;
    return 0;
}
