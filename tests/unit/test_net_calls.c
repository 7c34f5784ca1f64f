/* Blocking calls between two nets, each run by a thread of its own or by whoever waits. */
#include "net_test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { BULK = 3000000, BLOCK = 65536 };

static uint8_t pattern(size_t i) { return (uint8_t)(i * 7 + i / 251); }

static _Atomic bool over;

/* What close() left to be done needs somebody who does it. */
static void run_on(struct tern_net *n)
{
    while (!over && tern_net_poll(n, clock_ns() + 10 * TERN_MS) == 0) continue;
}

/* ---- a server in a thread: echoes until the peer's end ---- */

static void *echo(void *arg)
{
    int fd = tern_accept(*(int *)arg, NULL, NULL);
    static uint8_t buf[BLOCK];
    ssize_t n;
    while ((n = tern_recv(fd, buf, sizeof buf, 0)) > 0)
        for (ssize_t at = 0, k; at < n; at += k)
            if ((k = tern_send(fd, buf + at, (size_t)(n - at), MSG_NOSIGNAL)) <= 0) break;
    tern_close(fd);
    run_on(net[B]);
    return NULL;
}

static void *send_bulk(void *arg)
{
    int fd = *(int *)arg;
    uint8_t *all = malloc(BULK);
    for (size_t i = 0; i < BULK; i++) all[i] = pattern(i);
    ssize_t n = tern_send(fd, all, BULK, 0); /* one call: it waits until all is queued */
    tern_shutdown(fd, SHUT_WR);
    free(all);
    return n == BULK ? NULL : arg;
}

static void bulk_both_ways(bool a_thread, bool b_thread)
{
    pthread_t server, sender;
    void *wrong;
    uint8_t buf[10000];
    over = false;
    open_nets(a_thread, b_thread);
    int listener = listen_at(B, PORT);
    assert_int_equal(pthread_create(&server, NULL, echo, &listener), 0);
    int fd = connect_to(A, B, PORT);
    assert_int_equal(pthread_create(&sender, NULL, send_bulk, &fd), 0);
    size_t got = 0;
    ssize_t n;
    while ((n = tern_recv(fd, buf, sizeof buf, 0)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] != pattern(got + (size_t)i)) fail_msg("byte %zu", got + (size_t)i);
        got += (size_t)n;
    }
    assert_int_equal(n, 0);
    assert_int_equal(got, BULK);
    over = true;
    pthread_join(sender, &wrong);
    assert_null(wrong);
    pthread_join(server, NULL);
    assert_int_equal(tern_close(fd), 0);
    assert_int_equal(tern_close(listener), 0);
    close_nets();
}

TEST(bulk_with_two_threads) { bulk_both_ways(true, true); }
TEST(bulk_run_by_who_waits) { bulk_both_ways(false, false); }
TEST(bulk_one_of_each) { bulk_both_ways(true, false); }

/* ---- many threads on one net that nobody runs but they ---- */

enum { TALKERS = 6, WORDS_N = 50 };

static void *talk(void *arg)
{
    int fd = connect_to(A, B, PORT);
    char word[32], back[32];
    for (int i = 0; i < WORDS_N; i++) {
        int len = snprintf(word, sizeof word, "%p %d", arg, i);
        if (tern_send(fd, word, (size_t)len, 0) != len) return arg;
        if (tern_recv(fd, back, (size_t)len, MSG_WAITALL) != len || memcmp(word, back, (size_t)len) != 0) return arg;
    }
    tern_close(fd);
    return NULL;
}

static void *echo_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[64];
    ssize_t n;
    while ((n = tern_recv(fd, buf, sizeof buf, 0)) > 0) tern_send(fd, buf, (size_t)n, MSG_NOSIGNAL);
    tern_close(fd);
    return NULL;
}

static void *serve_all(void *arg)
{
    pthread_t thread[TALKERS];
    for (int i = 0; i < TALKERS; i++) {
        int fd = tern_accept(*(int *)arg, NULL, NULL);
        if (fd < 0 || pthread_create(&thread[i], NULL, echo_one, (void *)(intptr_t)fd) != 0) return arg;
    }
    for (int i = 0; i < TALKERS; i++) pthread_join(thread[i], NULL);
    return NULL;
}

static void talkers(bool threads)
{
    pthread_t server, thread[TALKERS];
    void *wrong;
    open_nets(threads, threads);
    int listener = listen_at(B, PORT);
    assert_int_equal(pthread_create(&server, NULL, serve_all, &listener), 0);
    for (intptr_t i = 0; i < TALKERS; i++) assert_int_equal(pthread_create(&thread[i], NULL, talk, (void *)(i + 1)), 0);
    for (int i = 0; i < TALKERS; i++) {
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
    }
    pthread_join(server, &wrong);
    assert_null(wrong);
    close_nets();
}

TEST(many_talkers_with_threads) { talkers(true); }
TEST(many_talkers_lead_in_turn) { talkers(false); }

/* ---- descriptors ---- */

TEST(descriptors_are_the_process_s)
{
    int a, b, low = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char byte;
    open_nets(true, true);
    join(&a, &b);
    assert_int_equal(close(low), 0);
    assert_int_equal(tern_dup(a), low); /* the lowest free one */
    assert_int_equal(tern_send(low, "x", 1, 0), 1);
    assert_int_equal(tern_close(low), 0);
    assert_int_equal(tern_recv(b, &byte, 1, 0), 1); /* closing one of two numbers closes nothing */
    assert_int_equal(tern_send(a, "y", 1, 0), 1);
    assert_int_equal(tern_recv(b, &byte, 1, 0), 1);
    fails(tern_close(low), EBADF);
    fails(read(a, &byte, 1), EBADF);
    fails(tern_recv(STDERR_FILENO, &byte, 1, 0), ENOTSOCK);
    fails(tern_recv(-1, &byte, 1, 0), EBADF);
    assert_int_equal(tern_fcntl(a, F_GETFD), 0);
    int c = tern_fcntl(a, F_DUPFD_CLOEXEC, 100);
    assert_true(c >= 100);
    assert_int_equal(tern_fcntl(c, F_GETFD), FD_CLOEXEC);
    fails(tern_fcntl(a, F_DUPFD, -1), EINVAL);
    fails(tern_fcntl(a, F_SETOWN, 1), EINVAL);
    assert_int_equal(tern_fcntl(a, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(tern_fcntl(c, F_GETFL), O_RDWR | O_NONBLOCK); /* the flags are the open file's */
    fails(tern_recv(c, &byte, 1, 0), EAGAIN);
    close_nets();
    fails(tern_recv(a, &byte, 1, 0), EBADF);
    fails(fcntl(b, F_GETFD), EBADF);
}

TEST(a_number_closed_behind_our_back)
{
    int a, b;
    char byte;
    open_nets(true, true);
    join(&a, &b);
    close(a);
    int c;
    do c = tern_socket(net[A], AF_INET, SOCK_STREAM, 0); /* the kernel gives the number out anew */
    while (c < a);
    assert_int_equal(c, a);
    assert_int_equal(tern_recv(b, &byte, 1, 0), 0); /* the old socket was closed */
    fails(tern_recv(c, &byte, 1, 0), ENOTCONN);
    close_nets();
}

/* ---- odd arguments ---- */

TEST(odd_pointers_and_lengths)
{
    int a, b;
    char byte = 'x';
    struct iovec two[2] = {{&byte, 1}, {NULL, 1}}, huge[2] = {{&byte, SIZE_MAX / 2}, {&byte, SIZE_MAX / 2}};
    socklen_t len = sizeof(struct sockaddr_in);
    open_nets(true, true);
    join(&a, &b);
    fails(tern_send(a, NULL, 1, 0), EFAULT);
    fails(tern_recv(a, NULL, 1, MSG_DONTWAIT), EAGAIN); /* nothing to copy yet */
    assert_int_equal(tern_send(b, "z", 1, 0), 1);
    fails(tern_recv(a, NULL, 1, 0), EFAULT);
    assert_int_equal(tern_recv(a, &byte, 1, 0), 1); /* it was not lost */
    fails(tern_sendmsg(a, NULL, 0), EFAULT);
    fails(tern_recvmsg(a, NULL, 0), EFAULT);
    fails(tern_writev(a, two, -1), EINVAL);
    fails(tern_writev(a, two, 1025), EINVAL);
    fails(tern_writev(a, NULL, 1), EFAULT);
    fails(tern_writev(a, huge, 2), EINVAL);
    fails(tern_sendmsg(a, &(struct msghdr){.msg_iov = two, .msg_iovlen = 1025}, 0), EMSGSIZE);
    assert_int_equal(tern_writev(a, two, 0), 0);
    assert_int_equal(tern_read(a, NULL, 0), 0); /* at once, though nothing is there */
    fails(tern_read(-1, NULL, 0), EBADF);
    fails(tern_bind(a, NULL, len), EFAULT);
    fails(tern_connect(a, NULL, len), EFAULT);
    fails(tern_getsockname(a, NULL, &len), EFAULT);
    fails(tern_getpeername(a, (struct sockaddr *)huge, NULL), EFAULT);
    fails(tern_accept4(a, NULL, NULL, 1), EINVAL);
    close_nets();
}

/* ---- without a copy, from a file ---- */

TEST(borrowed_and_given)
{
    int a, b;
    char text[16];
    open_nets(true, true);
    join(&a, &b);
    struct tern_buf *out = tern_send_buffer(a, 5);
    assert_non_null(out);
    memcpy(out->data, "hello", 5);
    out->len = 5;
    assert_int_equal(tern_send_give(a, out, 0), 5);
    struct tern_buf *in = tern_recv_borrow(b, 0);
    assert_non_null(in);
    assert_int_equal(in->len, 5);
    assert_memory_equal(in->data, "hello", 5);
    assert_int_equal(tern_send_give(b, in, 0), 5); /* back as it is */
    assert_int_equal(tern_recv(a, text, sizeof text, 0), 5);
    assert_memory_equal(text, "hello", 5);
    assert_null(tern_recv_borrow(b, MSG_DONTWAIT));
    assert_int_equal(errno, EAGAIN);
    assert_null(tern_recv_borrow(b, MSG_PEEK)); /* what cannot be done is refused */
    assert_int_equal(errno, EOPNOTSUPP);
    fails(tern_send_give(b, NULL, 0), EFAULT);
    fails(tern_send_give(b, NULL, MSG_OOB), EOPNOTSUPP);
    fails(tern_send_static(b, text, 1, MSG_OOB), EOPNOTSUPP);
    assert_int_equal(tern_send(a, "bye", 3, 0), 3);
    assert_int_equal(tern_close(a), 0);
    in = tern_recv_borrow(b, 0);
    assert_non_null(in);
    assert_null(tern_recv_borrow(b, 0)); /* the end */
    assert_int_equal(errno, 0);
    assert_int_equal(tern_close(b), 0);
    assert_memory_equal(in->data, "bye", 3);
    tern_release(net[B], in);
    close_nets();
}

TEST(a_file_is_sent)
{
    int a, b, file = memfd_create("file", MFD_CLOEXEC), pipes[2];
    static uint8_t sent[200000], got[sizeof sent];
    for (size_t i = 0; i < sizeof sent; i++) sent[i] = pattern(i);
    assert_int_equal(write(file, sent, sizeof sent), sizeof sent);
    open_nets(true, true);
    join(&a, &b);
    off_t at = 1000;
    assert_int_equal(tern_sendfile(a, file, &at, sizeof sent), sizeof sent - 1000);
    assert_int_equal(at, sizeof sent);
    assert_int_equal(tern_recv(b, got, sizeof got - 1000, MSG_WAITALL), sizeof got - 1000);
    assert_memory_equal(got, sent + 1000, sizeof got - 1000);
    assert_int_equal(lseek(file, 10, SEEK_SET), 10);
    assert_int_equal(tern_sendfile(a, file, NULL, 20), 20); /* the file's own position, which moves */
    assert_int_equal(lseek(file, 0, SEEK_CUR), 30);
    assert_int_equal(tern_recv(b, got, 20, MSG_WAITALL), 20);
    assert_memory_equal(got, sent + 10, 20);
    assert_int_equal(tern_sendfile(a, file, &at, 1), 0); /* the file's end */
    fails(tern_sendfile(a, -1, &at, 1), EBADF);
    assert_int_equal(pipe(pipes), 0);
    fails(tern_sendfile(a, pipes[0], NULL, 1), EINVAL);
    close(pipes[0]), close(pipes[1]), close(file);
    close_nets();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(bulk_with_two_threads),
        CASE(bulk_run_by_who_waits),
        CASE(bulk_one_of_each),
        CASE(many_talkers_with_threads),
        CASE(many_talkers_lead_in_turn),
        CASE(descriptors_are_the_process_s),
        CASE(a_number_closed_behind_our_back),
        CASE(odd_pointers_and_lengths),
        CASE(borrowed_and_given),
        CASE(a_file_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
