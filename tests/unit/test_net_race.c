/* Threads that make every call on the same few numbers while others close them: whatever the calls return, nothing is used after
 * it has gone (the sanitizers tell), nobody waits for ever, and no number is left behind. */
#include "net_test.h"
#include "descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { RACERS = 6, ROUNDS = 700, NUMBERS = 8, WAIT_MS = 2 };

static _Atomic int number[NUMBERS]; /* sockets, listeners, epoll sets, and what has just been closed */
static struct tern_pool *pool[2];
static int set, file;

static int open_numbers(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

/* What blocks does so for a moment only. */
static void hurry(int fd)
{
    struct timeval t = {.tv_usec = WAIT_MS * 1000};
    tern_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    tern_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static int make_socket(unsigned r)
{
    int side = r & 1, fd = tern_socket(net[side], AF_INET, SOCK_STREAM | (r & 2 ? SOCK_NONBLOCK : 0), 0);
    hurry(fd);
    if (r & 4) {
        tern_connect(fd, address(!side, PORT), sizeof(struct sockaddr_in));
    } else {
        tern_bind(fd, address(side, r & 8 ? PORT : 0), sizeof(struct sockaddr_in));
        tern_listen(fd, 4);
    }
    return fd;
}

static void carry(int fd, unsigned r)
{
    char buf[3000] = "x";
    struct iovec iov = {buf, sizeof buf};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    struct tern_buf *b;
    off_t at = 0;
    switch (r % 12) {
    case 0: tern_send(fd, buf, sizeof buf, MSG_NOSIGNAL); break;
    case 1: tern_recv(fd, buf, sizeof buf, 0); break;
    case 2: tern_sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT); break;
    case 3: tern_recvmsg(fd, &m, MSG_DONTWAIT); break;
    case 4: tern_write(fd, buf, 1); break;
    case 5: tern_readv(fd, &iov, 1); break;
    case 6: tern_recv(fd, buf, sizeof buf, MSG_PEEK); break;
    case 7: tern_sendfile(fd, file, &at, 2000); break;
    case 8:
        /* Not given on: by now |fd| may be a socket of the other net. */
        if ((b = tern_recv_borrow(fd, MSG_DONTWAIT)) != NULL) tern_release(net[b->pool == pool[B]], b);
        break;
    case 9:
        tern_send(fd, "!", 1, MSG_OOB | MSG_NOSIGNAL);
        tern_recv(fd, buf, 1, MSG_OOB);
        break;
    case 10: tern_sendto(fd, buf, 10, MSG_NOSIGNAL, address(A, PORT), sizeof(struct sockaddr_in)); break;
    default: tern_recvfrom(fd, buf, 10, MSG_DONTWAIT, NULL, NULL); break;
    }
}

static void ask(int fd, unsigned r)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    int value = 1;
    switch (r % 10) {
    case 0: tern_getsockname(fd, (struct sockaddr *)&name, &len); break;
    case 1: tern_getpeername(fd, (struct sockaddr *)&name, &len); break;
    case 2: tern_getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &(socklen_t){sizeof value}); break;
    case 3: tern_setsockopt(fd, IPPROTO_TCP, 1, &value, sizeof value); break;
    case 4: tern_ioctl(fd, FIONREAD, &value); break;
    case 5: tern_fcntl(fd, F_SETFL, r & 16 ? O_NONBLOCK : 0); break;
    case 6: tern_fcntl(fd, F_GETFL); break;
    case 7: tern_fcntl(fd, F_SETFD, FD_CLOEXEC); break;
    case 8: tern_fcntl(fd, F_GETFD); break;
    default: tern_shutdown(fd, (int)(r >> 5 & 1)); break;
    }
}

static void wait_for(int fd, unsigned r)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | (r & 64 ? EPOLLET : 0)}, got[4];
    struct pollfd p[2] = {{fd, POLLIN, 0}, {r & 128 ? file : fd, POLLPRI, 0}};
    struct timeval t = {.tv_usec = 500};
    fd_set in;
    sigset_t none;
    sigemptyset(&none);
    switch (r % 7) {
    case 0: tern_poll(p, 2, 1); break;
    case 1: tern_epoll_ctl(set, EPOLL_CTL_ADD, fd, &e); break;
    case 2: tern_epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL); break;
    case 3: tern_epoll_wait(set, got, 4, 1); break;
    case 4: tern_epoll_ctl(fd, EPOLL_CTL_MOD, set, &e); break;
    case 5: tern_epoll_pwait(set, got, 4, 1, &none); break;
    default:
        FD_ZERO(&in);
        FD_SET(fd, &in);
        tern_select(fd + 1, &in, NULL, NULL, &t);
        break;
    }
}

static void *race(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned r = seed >> 8, which = r & (NUMBERS - 1);
        int fd = number[which], fresh = -1;
        switch (r >> 3 & 7) {
        case 0: fresh = make_socket(r >> 6); break;
        case 1:
            fresh = tern_accept4(fd, NULL, NULL, SOCK_CLOEXEC);
            hurry(fresh);
            break;
        case 2: fresh = r & 64 ? tern_dup(fd) : tern_fcntl(fd, F_DUPFD_CLOEXEC, 3); break;
        case 3: tern_close(atomic_exchange(&number[which], -1)); break;
        case 4: ask(fd, r >> 6); break;
        case 5: wait_for(fd < 0 ? set : fd, r >> 6); break;
        default: carry(fd, r >> 6); break;
        }
        if (fresh >= 0) tern_close(atomic_exchange(&number[which], fresh));
    }
    return NULL;
}

static void race_all(bool a_thread, bool b_thread)
{
    pthread_t thread[RACERS];
    descriptor_cancel(descriptor_reserve(0)); /* what the table itself needs is there */
    int before = open_numbers();
    open_nets(a_thread, b_thread);
    for (int i = A; i <= B; i++) {
        pool[i] = tern_stack_pool(tern_net_lock(net[i]));
        tern_net_unlock(net[i]);
    }
    file = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(ftruncate(file, 5000), 0);
    set = tern_epoll_create1(net[A], 0);
    for (unsigned i = 0; i < NUMBERS; i++) number[i] = make_socket(i);
    for (uintptr_t i = 0; i < RACERS; i++) assert_int_equal(pthread_create(&thread[i], NULL, race, (void *)(i * 7 + 1)), 0);
    for (int i = 0; i < RACERS; i++) pthread_join(thread[i], NULL);
    close_nets();
    close(file);
    assert_int_equal(open_numbers(), before);
}

TEST(every_call_races_close) { race_all(true, true); }
TEST(every_call_races_close_run_by_who_waits) { race_all(false, false); }

/* The net goes while calls are made. */
static void *call_on(void *arg)
{
    (void)arg;
    char byte;
    for (unsigned i = 0; i < 200000; i++) {
        struct pollfd p[2] = {{number[0], POLLIN, 0}, {number[1], POLLOUT, 0}};
        switch (i % 4) {
        case 0: tern_recv(p[0].fd, &byte, 1, 0); break;
        case 1: tern_poll(p, 2, 1); break;
        case 2: tern_send(p[0].fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT); break;
        default:
            if (tern_fcntl(p[0].fd, F_GETFL) < 0 && errno == EBADF) return NULL;
        }
    }
    return NULL;
}

static void free_under_load(bool threaded)
{
    for (int round = 0; round < 10; round++) {
        pthread_t thread[RACERS];
        int a, b;
        open_nets(threaded, true);
        join(&a, &b);
        hurry(a);
        number[0] = a;
        number[1] = b;
        for (int i = 0; i < RACERS; i++) assert_int_equal(pthread_create(&thread[i], NULL, call_on, NULL), 0);
        nanosleep(&(struct timespec){.tv_nsec = 1000000 + 300000 * round}, NULL);
        tern_net_free(net[A]);
        for (int i = 0; i < RACERS; i++) pthread_join(thread[i], NULL);
        tern_net_free(net[B]);
    }
}

TEST(every_call_races_the_nets_end)
{
    free_under_load(true);
    free_under_load(false);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        CASE(every_call_races_close),
        CASE(every_call_races_close_run_by_who_waits),
        CASE(every_call_races_the_nets_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
