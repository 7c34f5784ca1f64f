/* An echo server on a TUN device, with tern's own loop.
 *
 *     cc -o echo echo.c $(pkg-config --cflags --libs tern)
 *     ./echo tern0 192.0.2.2 192.0.2.1       as root, or in `unshare -Urn`; then: nc 192.0.2.2 7
 *
 * tern is 192.0.2.2; the kernel, at the other end of the new device, 192.0.2.1. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <tern/tern.h>

#define DIE(...) (fprintf(stderr, "echo: " __VA_ARGS__), fputc('\n', stderr), exit(1))

static struct tern_stack *make_stack(void)
{
    struct tern_stack_config config = {.alloc = &tern_alloc_libc};
    if (getrandom(config.secret, sizeof config.secret, 0) != (ssize_t)sizeof config.secret) DIE("no randomness");
    struct tern_stack *stack = tern_stack_new(&config);
    if (!stack) DIE("no memory");
    return stack;
}

/* A TUN device, made and set up, as the stack's interface. */
static struct tern_loop *make_loop(struct tern_stack *stack, const char *device, const char *own, const char *kernel)
{
    char err[200];
    struct tern_tun_config tun = {.name = device, .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config ifc = {.prefix_len = {24}, .addr_n = 1};
    if (tern_addr_parse(own, &ifc.addr[0]) < 0 || tern_addr_parse(kernel, &tun.peer[0]) < 0) DIE("not an address");
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) DIE("%s", err);
    ifc.mtu = link->mtu;
    ifc.gso_max = link->gso_max;
    int ifi = tern_stack_add_if(stack, &ifc);
    struct tern_loop *loop = tern_loop_new(stack);
    if (ifi < 0 || !loop || tern_loop_add_link(loop, link, ifi) < 0) DIE("cannot use the device");
    return loop;
}

/* What came goes back, as far as the send buffer takes it; the rest waits in the receive buffer, and the peer's window says so.
 */
static void echo(struct tern_conn *c, tern_ns now)
{
    char buf[65536];
    int64_t n = TERN_ERR_AGAIN;
    for (;;) {
        size_t room = tern_conn_writable(c);
        if (room == 0) return; /* TERN_WRITABLE will come */
        n = tern_conn_recv(c, now, buf, room < sizeof buf ? room : sizeof buf);
        if (n <= 0) break;
        if (tern_conn_send(c, now, buf, (size_t)n) != n) break;
    }
    if (n != TERN_ERR_AGAIN) tern_conn_release(c, now); /* the peer has closed, or it is over: so do we */
}

static void serve(struct tern_stack *stack, tern_ns now)
{
    struct tern_ready ready;
    struct tern_conn *c;
    while (tern_stack_next_event(stack, &ready)) {
        if (ready.conn) {
            echo(ready.conn, now);
        } else {
            while ((c = tern_listener_accept(ready.listener)) != NULL) echo(c, now);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) DIE("usage: echo DEVICE ADDRESS KERNELS-ADDRESS");
    struct tern_stack *stack = make_stack();
    struct tern_loop *loop = make_loop(stack, argv[1], argv[2], argv[3]);
    struct tern_listen_config listen = {.local.port = 7};
    struct tern_listener *listener;
    int err = tern_stack_listen(stack, &listen, &listener);
    if (err < 0) DIE("%s", tern_strerror(err));
    fprintf(stderr, "echo: %s port 7\n", argv[2]);
    while ((err = tern_loop_wait(loop, TERN_NEVER)) >= 0 || err == TERN_ERR_AGAIN) serve(stack, tern_loop_now(loop));
    tern_loop_free(loop);
    tern_stack_free(stack);
    DIE("%s", tern_strerror(err));
}
