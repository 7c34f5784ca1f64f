/* Socket addresses and the core's endpoints. An AF_INET6 socket sees IPv4 as ::ffff:a.b.c.d, which is how the core holds it. */
#include "sock_internal.h"

enum { SIN6_LEN_RFC2133 = 24 }; /* Linux takes the shorter structure without the scope, too */

static struct tern_addr from_in(const struct in_addr *a)
{
    uint8_t b[4];
    memcpy(b, a, sizeof b);
    return tern_addr_v4(b);
}

struct tern_addr addr_any(const struct sock *s)
{
    static const uint8_t zero[4] = {0};
    return on(s, S_V6) ? (struct tern_addr){{0}} : tern_addr_v4(zero);
}

bool addr_multicast(const struct tern_addr *a)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    if (!tern_addr_is_v4(a)) return a->b[0] == 0xff;
    return (a->b[12] & 0xf0) == 0xe0 || !memcmp(a->b + 12, broadcast, sizeof broadcast);
}

static void read_in(const struct sockaddr *a, struct tern_endpoint *out)
{
    struct sockaddr_in in;
    memcpy(&in, a, sizeof in);
    *out = (struct tern_endpoint){from_in(&in.sin_addr), ntohs(in.sin_port)};
}

static void read_in6(const struct sockaddr *a, struct tern_endpoint *out)
{
    struct sockaddr_in6 in = {0};
    memcpy(&in, a, SIN6_LEN_RFC2133);
    memcpy(out->addr.b, &in.sin6_addr, sizeof out->addr.b);
    out->port = ntohs(in.sin6_port);
}

/* Is |a| long enough for the socket's family? */
static int check(const struct sock *s, const struct sockaddr *a, socklen_t len)
{
    if (len > sizeof(struct sockaddr_storage)) return -EINVAL;
    if (len && !a) return -EFAULT;
    if (len < (on(s, S_V6) ? SIN6_LEN_RFC2133 : sizeof(struct sockaddr_in))) return -EINVAL;
    return 0;
}

int addr_read(const struct sock *s, const struct sockaddr *a, socklen_t len, struct tern_endpoint *out)
{
    int r = check(s, a, len);
    if (r) return r;
    if (a->sa_family != (on(s, S_V6) ? AF_INET6 : AF_INET)) return -EAFNOSUPPORT;
    if (!on(s, S_V6)) {
        read_in(a, out);
        return 0;
    }
    read_in6(a, out);
    return on(s, S_V6ONLY) && tern_addr_is_v4(&out->addr) ? -ENETUNREACH : 0;
}

/* bind() takes AF_UNSPEC for AF_INET when the address is 0.0.0.0: old programs do that. */
int addr_read_bind(const struct sock *s, const struct sockaddr *a, socklen_t len, struct tern_endpoint *out)
{
    int r = check(s, a, len);
    if (r) return r;
    if (on(s, S_V6)) {
        if (a->sa_family != AF_INET6) return -EAFNOSUPPORT;
        read_in6(a, out);
        if (!tern_addr_is_v4(&out->addr) && addr_multicast(&out->addr)) return -EINVAL;
        return on(s, S_V6ONLY) && tern_addr_is_v4(&out->addr) ? -EINVAL : 0;
    }
    if (a->sa_family != AF_INET && a->sa_family != AF_UNSPEC) return -EAFNOSUPPORT;
    read_in(a, out);
    return a->sa_family == AF_UNSPEC && !tern_addr_is_any(&out->addr) ? -EAFNOSUPPORT : 0;
}

int addr_write(const struct sock *s, const struct tern_endpoint *e, struct sockaddr *a, socklen_t *len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
    socklen_t full = on(s, S_V6) ? sizeof in6 : sizeof in;
    if (!len) return -EFAULT;
    if (*len > INT32_MAX) return -EINVAL;
    if (*len && !a) return -EFAULT;
    memcpy(&in.sin_addr, e->addr.b + 12, sizeof in.sin_addr);
    memcpy(&in6.sin6_addr, e->addr.b, sizeof in6.sin6_addr);
    if (*len) memcpy(a, on(s, S_V6) ? (const void *)&in6 : (const void *)&in, *len < full ? *len : full);
    *len = full;
    return 0;
}
