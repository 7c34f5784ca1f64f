/* What the tests of `net` share: two nets and a cable between them, in one process. */
#ifndef NET_TEST_H
#define NET_TEST_H

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tern/sock.h>

#include "cable.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CASE(name) cmocka_unit_test(name)

enum { A, B, PORT = 7 };

static struct tern_net *net[2];

static inline const struct sockaddr *address(int side, uint16_t port)
{
    static _Thread_local struct sockaddr_in a;
    a = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(UINT32_C(0xc0000201) + (uint32_t)side); /* 192.0.2.1, .2 */
    return (const struct sockaddr *)(const void *)&a;
}

/* Each run by a thread of its own, or by who waits. */
static inline void open_nets_on(struct tern_link *const *link, bool a_thread, bool b_thread)
{
    for (int i = A; i <= B; i++) {
        struct tern_if_config nic = {.addr_n = 1, .prefix_len = {24}};
        const uint8_t addr[4] = {192, 0, 2, (uint8_t)(1 + i)};
        nic.addr[0] = tern_addr_v4(addr);
        net[i] = tern_net_new(&(struct tern_net_config){.thread = i == A ? a_thread : b_thread});
        assert_non_null(net[i]);
        assert_true(tern_net_add_link(net[i], link[i], &nic) >= 0);
    }
}

static inline void open_nets(bool a_thread, bool b_thread)
{
    struct tern_link *link[2];
    assert_true(cable_new(&link[A], &link[B]));
    open_nets_on(link, a_thread, b_thread);
}

static inline void close_nets(void)
{
    tern_net_free(net[A]);
    tern_net_free(net[B]);
}

static inline int listen_at(int side, uint16_t port)
{
    int fd = tern_socket(net[side], AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(tern_bind(fd, address(side, port), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(tern_listen(fd, 64), 0);
    return fd;
}

static inline int connect_to(int from, int side, uint16_t port)
{
    int fd = tern_socket(net[from], AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(tern_connect(fd, address(side, port), sizeof(struct sockaddr_in)), 0);
    return fd;
}

/* A connection from A to B. B must have a thread, or be run by one that waits. */
static inline void join(int *a, int *b)
{
    int listener = listen_at(B, PORT);
    *a = connect_to(A, B, PORT);
    *b = tern_accept(listener, NULL, NULL);
    assert_true(*b >= 0);
    assert_int_equal(tern_close(listener), 0);
}

static inline void fails(int64_t r, int error)
{
    int e = errno;
    assert_int_equal(r, -1);
    assert_int_equal(e, error);
}

static inline tern_ns clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

#endif
