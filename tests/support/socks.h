/* Two hosts with sockets, joined in memory, in virtual time: no delay, no loss, unless a test asks for them.
 *
 *     socks_start(&p, NULL);
 *     struct sock *l = socks_listen(&p, 1, AF_INET, 80), *c = socks_new(&p, 0, AF_INET);
 *     OK(socks_connect(c, &p, 1, 80)) ...
 *
 * A call that would wait returns SOCK_BLOCKED: the test lets something happen and calls again with the same struct sock_call. */
#ifndef SUPPORT_SOCKS_H
#define SUPPORT_SOCKS_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>

#include <tern/tern.h>

#include "sock.h"
#include "unit.h"

enum { SOCKS_QUEUE = 4096 };

struct socks_packet {
    tern_ns at;
    uint32_t len;
    uint8_t *bytes;
};

struct socks {
    struct tern_stack *stack[2];
    struct sock_host *h[2];
    tern_ns now;
    tern_ns delay;                             /* of a packet */
    bool cut[2];                               /* what this host sends is lost */
    uint64_t sent[2];                          /* packets that left */
    uint8_t last[2][128];                      /* the head of the last packet of each */
    struct socks_packet queue[2][SOCKS_QUEUE]; /* to host i */
    size_t first[2], queue_n[2];
};

/* NULL: the default settings. */
void socks_start(struct socks *p, const struct tern_settings *set);
void socks_stop(struct socks *p);
/* Packets that are due, until nothing moves; then the sockets hear of it. */
void socks_run(struct socks *p);
/* Lets time pass; timers and packets at their own instants. */
void socks_pass(struct socks *p, tern_ns ns);
/* Host |i| receives these bytes, an IP packet. */
void socks_inject(struct socks *p, int i, const void *packet, size_t len);

/* Host |i|'s address, with |port|: 192.0.2.1 and .2, 2001:db8::1 and ::2; AF_UNSPEC: IPv4 mapped into IPv6. */
union socks_addr {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};
union socks_addr socks_addr(int domain, int i, uint16_t port);
socklen_t socks_len(int domain);

struct sock *socks_new(struct socks *p, int i, int type_flags); /* AF_INET, SOCK_STREAM | type_flags */
struct sock *socks_new6(struct socks *p, int i, int type_flags);
int socks_bind(struct sock *s, int i, uint16_t port);
struct sock *socks_listen(struct socks *p, int i, uint16_t port); /* non-blocking, backlog 16 */
int64_t socks_connect(struct sock *s, int i, uint16_t port);      /* one call */
struct sock *socks_accept(struct sock *l);                        /* what is there; NULL: nothing */
/* Two connected sockets, non-blocking: host 0's, who connected, and host 1's, who accepted. |l|: the listener, NULL: closed. */
void socks_pair(struct socks *p, struct sock *end[2], struct sock **l);
void socks_close(struct sock *s); /* must not block */

int64_t socks_send(struct sock *s, const void *buf, size_t len, int flags); /* one call */
int64_t socks_recv(struct sock *s, void *buf, size_t len, int flags);
int64_t socks_text(struct sock *s, const char *text); /* sends all of it; returns its length */
int socks_set(struct sock *s, int level, int name, int value);
int socks_get(struct sock *s, int level, int name); /* the value; what getsockopt() returns when it is below 0 */

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CASE(name) cmocka_unit_test(name)
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)
#define EQ(a, b)   assert_int_equal((int64_t)(a), (int64_t)(b))
#define OK(a)      EQ(a, 0)

#endif
