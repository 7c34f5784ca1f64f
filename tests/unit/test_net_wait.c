/* What ends a wait: readiness, time, signals, the net's end; poll() and select() over descriptors of tern and the kernel. */
#include "net_test.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>

/* ---- signals ---- */

static _Atomic int caught, over;

static void on_signal(int sig)
{
    (void)sig;
    caught++;
}

static void handle(int flags)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = flags};
    assert_int_equal(sigaction(SIGUSR1, &a, NULL), 0);
    caught = over = 0;
}

struct target {
    pthread_t thread;
    int at_least; /* signals, after which |fd| is sent a byte; 0: until it is over */
    int fd;
};

/* Signals the thread until it says that it is over. */
static void *pester(void *arg)
{
    const struct target *t = arg;
    for (int n = 1; !over; n++) {
        pthread_kill(t->thread, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (n == t->at_least) {
            tern_send(t->fd, "x", 1, 0);
            break;
        }
    }
    return NULL;
}

static int make_recv(int fd)
{
    char byte;
    return (int)tern_recv(fd, &byte, 1, 0);
}

static int make_poll(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};
    return tern_poll(&p, 1, -1);
}

static int make_poll_mixed(int fd)
{
    int kernel = eventfd(0, EFD_CLOEXEC);
    struct pollfd p[2] = {{fd, POLLIN, 0}, {kernel, POLLIN, 0}};
    int r = tern_poll(p, 2, -1), error = errno;
    close(kernel);
    errno = error;
    return r;
}

static int make_select(int fd)
{
    fd_set in;
    FD_ZERO(&in);
    FD_SET(fd, &in);
    return tern_select(fd + 1, &in, NULL, NULL, NULL);
}

static int make_epoll(int fd)
{
    struct epoll_event e = {.events = EPOLLIN};
    int set = tern_epoll_create1(net[A], 0);
    tern_epoll_ctl(set, EPOLL_CTL_ADD, fd, &e);
    int r = tern_epoll_wait(set, &e, 1, -1), error = errno;
    tern_close(set);
    errno = error;
    return r;
}

static int make_accept(int fd)
{
    (void)fd;
    int listener = listen_at(A, 8), r = tern_accept(listener, NULL, NULL), error = errno;
    tern_close(listener);
    errno = error;
    return r;
}

/* What |call| on a connected socket returns when a handler with |flags| runs; 1 when a byte came after 10 of them. */
static int interrupted(bool threaded, int (*call)(int), int flags, bool timeout, int at_least)
{
    int a, b;
    pthread_t thread;
    open_nets(threaded, true);
    join(&a, &b);
    handle(flags);
    struct timeval far = {.tv_sec = 100};
    if (timeout) assert_int_equal(tern_setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &far, sizeof far), 0);
    struct target t = {pthread_self(), at_least, b};
    assert_int_equal(pthread_create(&thread, NULL, pester, &t), 0);
    int r = call(a), error = errno;
    over = 1;
    pthread_join(thread, NULL);
    close_nets();
    assert_true(caught > 0);
    return r < 0 ? -error : r;
}

TEST(a_signal_interrupts)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        assert_int_equal(interrupted(threaded, make_recv, 0, false, 0), -EINTR);
        assert_int_equal(interrupted(threaded, make_accept, 0, false, 0), -EINTR);
        assert_int_equal(interrupted(threaded, make_recv, SA_RESTART, true, 0), -EINTR); /* signal(7): with SO_RCVTIMEO */
    }
}

TEST(sa_restart_goes_on)
{
    assert_int_equal(interrupted(true, make_recv, SA_RESTART, false, 10), 1);
    assert_int_equal(interrupted(false, make_recv, SA_RESTART, false, 10), 1);
}

TEST(poll_and_its_like_are_never_restarted)
{
    int (*const calls[])(int) = {make_poll, make_poll_mixed, make_select, make_epoll};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (int threaded = 0; threaded < 2; threaded++)
            assert_int_equal(interrupted(threaded, calls[i], SA_RESTART, false, 0), -EINTR);
}

TEST(a_mask_lets_a_signal_in_for_the_wait_alone)
{
    int a, b;
    sigset_t usr1, before;
    open_nets(true, true);
    join(&a, &b);
    handle(0);
    sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    pthread_kill(pthread_self(), SIGUSR1);
    assert_int_equal(caught, 0);
    struct pollfd p = {a, POLLIN, 0};
    fails(tern_ppoll(&p, 1, NULL, &before), EINTR);
    assert_int_equal(caught, 1);
    pthread_kill(pthread_self(), SIGUSR1);
    int set = tern_epoll_create1(net[A], 0);
    struct epoll_event e;
    fails(tern_epoll_pwait(set, &e, 1, -1, &before), EINTR);
    assert_int_equal(caught, 2);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close_nets();
}

TEST(a_broken_pipe_signals_the_thread)
{
    int a, b;
    struct sigaction act = {.sa_handler = on_signal}, before;
    open_nets(true, true);
    join(&a, &b);
    sigaction(SIGPIPE, &act, &before);
    caught = 0;
    assert_int_equal(tern_shutdown(a, SHUT_WR), 0);
    fails(tern_send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
    assert_int_equal(caught, 0);
    fails(tern_send(a, "x", 1, 0), EPIPE);
    assert_int_equal(caught, 1);
    fails(tern_write(a, "x", 1), EPIPE);
    assert_int_equal(caught, 2);
    sigaction(SIGPIPE, &before, NULL);
    close_nets();
}

/* ---- time ---- */

TEST(time_ends_a_wait)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        int a, b, kernel = eventfd(0, EFD_CLOEXEC);
        char byte;
        struct timeval tv = {.tv_usec = 20000};
        open_nets(threaded, true);
        join(&a, &b);
        int set = tern_epoll_create1(net[A], 0);
        struct epoll_event e = {.events = EPOLLIN};
        assert_int_equal(tern_epoll_ctl(set, EPOLL_CTL_ADD, a, &e), 0);
        struct pollfd p[2] = {{a, POLLIN, 0}, {kernel, POLLIN, 0}};
        tern_ns from = clock_ns();
        assert_int_equal(tern_poll(p, 1, 20), 0);
        assert_int_equal(tern_poll(p, 2, 20), 0);
        assert_int_equal(tern_epoll_wait(set, &e, 1, 20), 0);
        assert_int_equal(tern_setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
        fails(tern_recv(a, &byte, 1, 0), EAGAIN);
        fd_set in;
        FD_ZERO(&in);
        FD_SET(a, &in);
        assert_int_equal(tern_select(a + 1, &in, NULL, NULL, &tv), 0);
        assert_false(FD_ISSET(a, &in));
        assert_int_equal(tv.tv_sec + tv.tv_usec, 0); /* what is left */
        assert_in_range(clock_ns() - from, 100 * TERN_MS, 100 * TERN_SEC);
        assert_int_equal(tern_poll(NULL, 0, 1), 0);
        close(kernel);
        close_nets();
    }
}

/* ---- poll() and select() ---- */

static void *send_one(void *arg)
{
    tern_send(*(int *)arg, "x", 1, 0);
    return NULL;
}

static void *write_one(void *arg)
{
    eventfd_write(*(int *)arg, 1);
    return NULL;
}

TEST(poll_mixes)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        int a, b, kernel = eventfd(0, EFD_CLOEXEC);
        pthread_t thread;
        char byte;
        open_nets(threaded, true);
        join(&a, &b);
        struct pollfd p[4] = {{kernel, POLLIN, 0}, {a, POLLIN, 0}, {-1, POLLIN, 1}, {a, POLLOUT, 0}};
        assert_int_equal(tern_poll(p, 4, -1), 1);
        assert_int_equal(p[3].revents, POLLOUT);
        assert_int_equal(p[2].revents, 0);
        pthread_create(&thread, NULL, send_one, &b);
        assert_int_equal(tern_poll(p, 3, -1), 1); /* tern's wakes it */
        assert_int_equal(p[1].revents, POLLIN);
        assert_int_equal(p[0].revents, 0);
        assert_int_equal(tern_recv(a, &byte, 1, 0), 1);
        pthread_join(thread, NULL);
        pthread_create(&thread, NULL, write_one, &kernel);
        assert_int_equal(tern_poll(p, 3, -1), 1); /* the kernel's */
        assert_int_equal(p[0].revents, POLLIN);
        assert_int_equal(p[1].revents, 0);
        pthread_join(thread, NULL);
        assert_int_equal(tern_send(b, "x", 1, 0), 1);
        while (tern_poll(p, 2, -1) != 2) continue; /* both, told at once */
        close(kernel);
        assert_int_equal(tern_poll(p, 1, -1), 1);
        assert_int_equal(p[0].revents, POLLNVAL);
        close_nets();
    }
}

TEST(poll_over_two_nets)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        int a, b;
        char byte;
        open_nets(true, true);
        join(&a, &b);
        if (!threaded) { /* both run by this thread */
            close_nets();
            open_nets(false, false);
            int listener = listen_at(B, PORT);
            a = tern_socket(net[A], AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            fails(tern_connect(a, address(B, PORT), sizeof(struct sockaddr_in)), EINPROGRESS);
            struct pollfd p[2] = {{listener, POLLIN, 0}, {a, POLLOUT, 0}};
            while (!(p[0].revents & POLLIN) || !(p[1].revents & POLLOUT)) assert_in_range(tern_poll(p, 2, 60000), 1, 2);
            b = tern_accept(listener, NULL, NULL);
            assert_true(b >= 0);
        }
        struct pollfd p[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
        for (int i = 0; i < 10; i++) {
            assert_int_equal(tern_send(i % 2 ? a : b, "x", 1, 0), 1);
            assert_int_equal(tern_poll(p, 2, 60000), 1);
            assert_int_equal(p[0].revents, i % 2 ? 0 : POLLIN);
            assert_int_equal(p[1].revents, i % 2 ? POLLIN : 0);
            assert_int_equal(tern_recv(i % 2 ? b : a, &byte, 1, 0), 1);
        }
        close_nets();
    }
}

TEST(poll_s_arguments)
{
    struct pollfd p = {-1, POLLIN, 0};
    const struct timespec odd[] = {{-1, 0}, {0, -1}, {0, 1000000000}};
    fails(tern_poll(NULL, 1, 0), EFAULT);
    fails(tern_poll(&p, (nfds_t)-1, 0), EINVAL);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) fails(tern_ppoll(&p, 1, &odd[i], NULL), EINVAL);
    assert_int_equal(tern_poll(&p, 1, 0), 0);
    fails(tern_select(-1, NULL, NULL, NULL, NULL), EINVAL);
    fails(tern_select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}), EINVAL);
    assert_int_equal(tern_select(0, NULL, NULL, NULL, &(struct timeval){0, 0}), 0);
}

TEST(select_tells)
{
    int a, b, kernel = eventfd(1, EFD_CLOEXEC);
    open_nets(true, true);
    join(&a, &b);
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(a, &in);
    FD_SET(a, &out);
    FD_SET(kernel, &in);
    FD_SET(a, &except);
    int most = (a > kernel ? a : kernel) + 1;
    assert_int_equal(tern_select(most, &in, &out, &except, NULL), 2);
    assert_false(FD_ISSET(a, &in));
    assert_true(FD_ISSET(a, &out));
    assert_true(FD_ISSET(kernel, &in));
    assert_false(FD_ISSET(a, &except));
    assert_int_equal(tern_send(b, "!", 1, MSG_OOB), 1);
    FD_ZERO(&except);
    FD_SET(a, &except);
    assert_int_equal(tern_select(most, NULL, NULL, &except, NULL), 1);
    assert_true(FD_ISSET(a, &except));
    tern_close(a);
    FD_ZERO(&in);
    FD_SET(a, &in);
    fails(tern_select(most, &in, NULL, NULL, NULL), EBADF);
    close(kernel);
    close_nets();
}

/* ---- the end of a net, and of numbers ---- */

static atomic_int waiter;

static void *wait_in_recv(void *arg)
{
    char byte;
    waiter = gettid();
    ssize_t r = tern_recv(*(int *)arg, &byte, 1, 0);
    return (void *)(intptr_t)(r < 0 ? -errno : r);
}

TEST(a_net_that_ends_wakes_who_waits)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        enum { N = 3 };
        pthread_t thread[N];
        int a, b;
        void *r;
        open_nets(threaded, true);
        join(&a, &b);
        for (int i = 0; i < N; i++) pthread_create(&thread[i], NULL, wait_in_recv, &a);
        nanosleep(&(struct timespec){.tv_nsec = (long)(5 * TERN_MS)}, NULL); /* some of them wait by now; it must end anyhow */
        tern_net_free(net[A]);
        for (int i = 0; i < N; i++) {
            pthread_join(thread[i], &r);
            assert_int_equal((intptr_t)r, -EBADF);
        }
        tern_net_free(net[B]);
    }
}

static bool is_asleep(int tid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid); /* proc(5): "TID (NAME) S ..." */
    FILE *f = fopen(path, "r");
    if (!f) return false;
    const char *name_end = fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
    fclose(f);
    return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

/* Until the waiter waits: asleep at some looks in a row, since it may sleep for a lock on the way. */
static void await_waiter(void)
{
    for (int looks = 0; looks < 5; looks = waiter && is_asleep(waiter) ? looks + 1 : 0)
        nanosleep(&(struct timespec){.tv_nsec = (long)TERN_MS}, NULL);
}

/* As in Linux: who waits goes on, on the socket that has no number any more. */
TEST(close_leaves_who_waits_alone)
{
    pthread_t thread;
    int a, b;
    void *r;
    open_nets(true, true);
    join(&a, &b);
    waiter = 0;
    pthread_create(&thread, NULL, wait_in_recv, &a);
    await_waiter();
    int number = a;
    assert_int_equal(tern_close(number), 0);
    fails(tern_send(number, "x", 1, 0), EBADF);
    assert_int_equal(tern_send(b, "x", 1, 0), 1);
    pthread_join(thread, &r);
    assert_int_equal((intptr_t)r, 1);
    char byte;
    assert_int_equal(tern_recv(b, &byte, 1, 0), 0); /* and then it was closed */
    close_nets();
}

/* ---- what another thread does ---- */

static void *shut(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(5 * TERN_MS)}, NULL); /* the other one waits by now; it must end anyhow */
    tern_shutdown(*(int *)arg, SHUT_RD);
    return NULL;
}

TEST(a_call_of_another_thread_ends_a_wait)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        int a, b;
        char byte;
        pthread_t thread;
        open_nets(threaded, true);
        join(&a, &b);
        pthread_create(&thread, NULL, shut, &a);
        assert_int_equal(tern_recv(a, &byte, 1, 0), 0); /* without a packet */
        pthread_join(thread, NULL);
        close_nets();
    }
}

/* ---- epoll sets ---- */

static void *take_one(void *arg)
{
    struct epoll_event e;
    return (void *)(intptr_t)(tern_epoll_wait(*(int *)arg, &e, 1, -1) == 1 ? e.data.fd : -1);
}

TEST(threads_share_a_set)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        enum { N = 3 };
        int a[N], b[N];
        bool got[N] = {false};
        pthread_t thread[N];
        void *fd;
        open_nets(threaded, true);
        int set = tern_epoll_create1(net[A], EPOLL_CLOEXEC);
        assert_int_equal(tern_fcntl(set, F_GETFD), FD_CLOEXEC);
        int listener = listen_at(B, PORT);
        for (int i = 0; i < N; i++) {
            a[i] = connect_to(A, B, PORT);
            b[i] = tern_accept(listener, NULL, NULL);
            struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = i};
            assert_int_equal(tern_epoll_ctl(set, EPOLL_CTL_ADD, a[i], &e), 0);
        }
        for (int i = 0; i < N; i++) pthread_create(&thread[i], NULL, take_one, &set);
        for (int i = 0; i < N; i++) assert_int_equal(tern_send(b[i], "x", 1, 0), 1);
        for (int i = 0; i < N; i++) { /* each thread has another one */
            pthread_join(thread[i], &fd);
            assert_in_range((intptr_t)fd, 0, N - 1);
            assert_false(got[(intptr_t)fd]);
            got[(intptr_t)fd] = true;
        }
        close_nets();
    }
}

TEST(a_set_is_polled_like_the_rest)
{
    int a, b;
    struct epoll_event e = {.events = EPOLLIN};
    open_nets(true, true);
    join(&a, &b);
    int set = tern_epoll_create1(net[A], 0), other = tern_epoll_create1(net[B], 0);
    struct pollfd p = {set, POLLIN, 0};
    assert_int_equal(tern_epoll_ctl(set, EPOLL_CTL_ADD, a, &e), 0);
    assert_int_equal(tern_poll(&p, 1, 0), 0);
    assert_int_equal(tern_send(b, "x", 1, 0), 1);
    assert_int_equal(tern_poll(&p, 1, -1), 1);
    assert_int_equal(p.revents, POLLIN);
    fails(tern_epoll_ctl(other, EPOLL_CTL_ADD, a, &e), EPERM);  /* of another net */
    fails(tern_epoll_ctl(set, EPOLL_CTL_ADD, set, &e), EINVAL); /* itself */
    fails(tern_epoll_ctl(set, EPOLL_CTL_ADD, STDERR_FILENO, &e), EPERM);
    fails(tern_epoll_ctl(set, EPOLL_CTL_ADD, a, NULL), EFAULT);
    fails(tern_epoll_ctl(a, EPOLL_CTL_ADD, a, &e), EINVAL);
    fails(tern_epoll_ctl(STDERR_FILENO, EPOLL_CTL_ADD, a, &e), EINVAL);
    fails(tern_epoll_ctl(-1, EPOLL_CTL_ADD, a, &e), EBADF);
    fails(tern_epoll_wait(set, NULL, 1, 0), EFAULT);
    fails(tern_epoll_wait(set, &e, 0, 0), EINVAL);
    fails(tern_epoll_create1(net[A], 1), EINVAL);
    fails(tern_recv(set, &e, 1, 0), ENOTSOCK);
    close_nets();
}

/* ---- links that go ---- */

static bool link_gone;
static struct tern_link_ops cable_ops, frail_ops;

static int frail_recv(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n)
{
    return link_gone ? TERN_ERR_IO : cable_ops.recv(l, now, pool, bufs, n);
}

/* The first to be told is told once; connections by the other link do not notice. */
TEST(a_link_goes)
{
    int a, b;
    char byte;
    struct tern_link *near_end, *far_end;
    open_nets(false, true);
    assert_true(cable_new(&near_end, &far_end));
    cable_ops = frail_ops = *near_end->ops;
    frail_ops.recv = frail_recv;
    near_end->ops = &frail_ops;
    struct tern_if_config nic = {.addr_n = 1, .prefix_len = {24}, .addr[0] = tern_addr_v4((const uint8_t[4]){198, 51, 100, 1})};
    assert_true(tern_net_add_link(net[A], near_end, &nic) >= 0);
    join(&a, &b);
    link_gone = true;
    tern_link_close(far_end); /* what wakes the near end */
    int r = 0;
    for (int i = 0; i < 10000 && r == 0; i++) r = tern_net_poll(net[A], clock_ns() + 10 * TERN_MS);
    fails(r, EIO);
    link_gone = false;
    assert_int_equal(tern_send(b, "x", 1, 0), 1);
    assert_int_equal(tern_recv(a, &byte, 1, 0), 1);
    assert_int_equal(tern_net_poll(net[A], 0), 0);
    close_nets();
}

/* ---- run by the caller ---- */

static int sent_n;

static int counting_send(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n)
{
    int r = cable_ops.send(l, now, pkts, n);
    if (r > 0) sent_n += r;
    return r;
}

/* |*a| of a net that nobody but its caller runs, and whose packets are counted; with a byte that it has read, and for which an
 * acknowledgement is due. */
static void owe_an_ack(int *a, int *b)
{
    struct tern_link *link[2];
    char byte;
    int now = 1;
    assert_true(cable_new(&link[A], &link[B]));
    cable_ops = frail_ops = *link[A]->ops;
    frail_ops.send = counting_send;
    link[A]->ops = &frail_ops;
    open_nets_on(link, false, true);
    sent_n = 0;
    join(a, b);
    assert_int_equal(sent_n, 2);
    assert_int_equal(tern_setsockopt(*a, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now), 0);
    assert_int_equal(tern_send(*b, "x", 1, 0), 1);
    assert_int_equal(tern_recv(*a, &byte, 1, 0), 1);
    assert_int_equal(sent_n, 2);
}

TEST(an_acknowledgement_goes_with_the_answer)
{
    int a, b;
    char text[8];
    owe_an_ack(&a, &b);
    assert_int_equal(tern_send(a, "y", 1, MSG_MORE), 1);
    assert_int_equal(sent_n, 2);
    assert_int_equal(tern_shutdown(a, SHUT_WR), 0);
    assert_int_equal(sent_n, 3); /* it, the byte and the FIN in one */
    assert_int_equal(tern_recv(b, text, sizeof text, 0), 1);
    assert_int_equal(tern_recv(b, text, sizeof text, 0), 0);
    close_nets();
}

TEST(an_acknowledgement_goes_with_the_next_look_at_the_net)
{
    int a, b;
    owe_an_ack(&a, &b);
    assert_int_equal(tern_net_next(net[A]), 0);
    assert_int_equal(tern_net_poll(net[A], 0), 0);
    assert_int_equal(sent_n, 3);
    assert_true(tern_net_next(net[A]) > 0);
    close_nets();
}

TEST(an_acknowledgement_does_not_wait_for_ever)
{
    int a, b;
    char byte;
    owe_an_ack(&a, &b);
    for (int i = 0; i < 20; i++) fails(tern_recv(a, &byte, 1, MSG_DONTWAIT), EAGAIN);
    assert_int_equal(sent_n, 3);
    close_nets();
}

TEST(the_stack_is_lent)
{
    struct tern_counters count;
    int a, b;
    open_nets(true, true);
    join(&a, &b);
    tern_stack_counters(tern_net_lock(net[A]), &count);
    tern_net_unlock(net[A]);
    assert_int_equal(count.active_opens, 1);
    close_nets();
}

TEST(one_descriptor_stands_for_the_net)
{
    open_nets(false, true);
    char text[8];
    int listener = listen_at(B, PORT), fd = tern_net_fd(net[A]);
    assert_true(fd >= 0);
    fails(tern_net_fd(net[B]), EBUSY);
    fails(tern_net_poll(net[B], 0), EBUSY);
    int a = tern_socket(net[A], AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    fails(tern_connect(a, address(B, PORT), sizeof(struct sockaddr_in)), EINPROGRESS);
    struct pollfd p = {fd, POLLIN, 0}, own = {a, POLLOUT, 0};
    while (tern_poll(&own, 1, 0) == 0) {
        assert_int_equal(poll(&p, 1, 60000), 1); /* the kernel's poll() */
        assert_int_equal(tern_net_poll(net[A], 0), 0);
    }
    int b = tern_accept(listener, NULL, NULL);
    assert_int_equal(tern_send(b, "hello", 5, 0), 5);
    while (tern_recv(a, text, sizeof text, 0) != 5) {
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(poll(&p, 1, 60000), 1);
        assert_int_equal(tern_net_poll(net[A], 0), 0);
    }
    bool idle = false;
    for (int i = 0; i < 1000 && !idle; i++) {
        assert_int_equal(tern_net_poll(net[A], 0), 0);
        idle = tern_net_next(net[A]) > clock_ns();
    }
    assert_true(idle); /* nothing is due */
    close_nets();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_signal_interrupts),
        CASE(sa_restart_goes_on),
        CASE(poll_and_its_like_are_never_restarted),
        CASE(a_mask_lets_a_signal_in_for_the_wait_alone),
        CASE(a_broken_pipe_signals_the_thread),
        CASE(time_ends_a_wait),
        CASE(poll_mixes),
        CASE(poll_over_two_nets),
        CASE(poll_s_arguments),
        CASE(select_tells),
        CASE(a_net_that_ends_wakes_who_waits),
        CASE(close_leaves_who_waits_alone),
        CASE(a_call_of_another_thread_ends_a_wait),
        CASE(threads_share_a_set),
        CASE(a_set_is_polled_like_the_rest),
        CASE(a_link_goes),
        CASE(the_stack_is_lent),
        CASE(an_acknowledgement_goes_with_the_answer),
        CASE(an_acknowledgement_goes_with_the_next_look_at_the_net),
        CASE(an_acknowledgement_does_not_wait_for_ever),
        CASE(one_descriptor_stands_for_the_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
