/* Socket addresses and the core's endpoints. An AF_INET6 socket sees IPv4 as ::ffff:a.b.c.d, which is how the core holds it. */
#include "sock_internal.h"

#include <stddef.h>

#include "stack_host.h"

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
    struct tern_addr any6 = {{0}};
    return on(s, S_V6) ? any6 : tern_addr_v4(zero);
}

sa_family_t addr_family(const struct sockaddr *a)
{
    sa_family_t family;
    memcpy(&family, (const char *)a + offsetof(struct sockaddr, sa_family), sizeof family); /* |a| need not be aligned */
    return family;
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
    if (addr_family(a) != (on(s, S_V6) ? AF_INET6 : AF_INET)) return -EAFNOSUPPORT;
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
        if (addr_family(a) != AF_INET6) return -EAFNOSUPPORT;
        read_in6(a, out);
        if (!tern_addr_is_v4(&out->addr) && host_is_multicast(&out->addr)) return -EINVAL;
        return on(s, S_V6ONLY) && tern_addr_is_v4(&out->addr) ? -EINVAL : 0;
    }
    sa_family_t family = addr_family(a);
    if (family != AF_INET && family != AF_UNSPEC) return -EAFNOSUPPORT;
    read_in(a, out);
    return family == AF_UNSPEC && !tern_addr_is_any(&out->addr) ? -EAFNOSUPPORT : 0;
}

int addr_write(const struct sock *s, const struct tern_endpoint *e, struct sockaddr *a, socklen_t *len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
    socklen_t full = on(s, S_V6) ? sizeof in6 : sizeof in, room;
    if (!len) return -EFAULT;
    memcpy(&room, len, sizeof room);
    if (room > INT32_MAX) return -EINVAL;
    if (room && !a) return -EFAULT;
    memcpy(&in.sin_addr, e->addr.b + 12, sizeof in.sin_addr);
    memcpy(&in6.sin6_addr, e->addr.b, sizeof in6.sin6_addr);
    if (room) memcpy(a, on(s, S_V6) ? (const void *)&in6 : (const void *)&in, room < full ? room : full);
    memcpy(len, &full, sizeof full);
    return 0;
}
