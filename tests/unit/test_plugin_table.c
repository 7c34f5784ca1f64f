/* The functions that packetdrill calls, called as it does: time moves only when it is asked for. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_test.h"
#include "checksum.h"
#include "ip.h"
#include "packetdrill_abi.h"
#include "tcp.h"

static struct packetdrill_interface t;

static int set_up(void **state)
{
    (void)state;
    packetdrill_interface_init("local=192.0.2.1/24,mtu=1500", &t);
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    t.free(t.userdata);
    return 0;
}

static long long now_us(void)
{
    struct timeval tv;
    assert_int_equal(t.gettimeofday(t.userdata, &tv, NULL), 0);
    return tv.tv_sec * 1000000LL + tv.tv_usec;
}

static int listening(void)
{
    int fd = t.socket(t.userdata, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) >= 0); /* a real number */
    const struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(8080)};
    assert_int_equal(t.bind(t.userdata, fd, (const struct sockaddr *)&server, sizeof server), 0);
    assert_int_equal(t.listen(t.userdata, fd, 1), 0);
    return fd;
}

/* A segment from 192.0.2.9:5000. */
static void inject(uint16_t flags, uint32_t seq_n, uint32_t ack_n, const char *text)
{
    uint8_t packet[200] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1};
    size_t len = strlen(text), total = 40 + len;
    struct wire_tcp h = {.src_port = 5000, .dst_port = 8080, .seq = {seq_n}, .ack = {ack_n}, .flags = flags, .wnd = 60000};
    packet[2] = (uint8_t)(total >> 8), packet[3] = (uint8_t)total;
    assert_int_equal(wire_tcp_build(&h, packet + 20), 20);
    memcpy(packet + 40, text, len);
    uint16_t sum = (uint16_t)~csum_fold(csum_add(0, packet, 20));
    memcpy(packet + 10, &sum, 2);
    struct tern_addr from = tern_addr_v4(packet + 12), to = tern_addr_v4(packet + 16);
    sum = (uint16_t)~csum_fold(csum_add(csum_pseudo(&from, &to, 6, (uint32_t)(total - 20)), packet + 20, total - 20));
    memcpy(packet + 36, &sum, 2);
    assert_int_equal(t.netdev_send(t.userdata, packet, total), 0);
}

/* The next packet that the stack sends; its time in |*at|, unless NULL. */
static struct wire_tcp sniff(long long *at)
{
    static uint8_t packet[65536];
    struct wire_tcp h;
    long long when;
    size_t len = sizeof packet;
    assert_int_equal(t.netdev_receive(t.userdata, packet, &len, &when), 0);
    assert_true(len >= 40);
    assert_int_equal(wire_tcp_parse(packet + 20, len - 20, &h), WIRE_OK);
    if (at) *at = when;
    return h;
}

static uint32_t handshake(int fd, int *out)
{
    inject(TH_SYN, 100, 0, "");
    struct wire_tcp h = sniff(NULL);
    assert_int_equal(h.flags, TH_SYN | TH_ACK);
    assert_int_equal(h.ack.v, 101);
    inject(TH_ACK, 101, h.seq.v + 1, "");
    *out = t.accept(t.userdata, fd, NULL, NULL);
    assert_true(*out >= 0);
    return h.seq.v + 1;
}

static void time_moves_when_it_is_read(void **state)
{
    (void)state;
    long long a = now_us(), b = now_us();
    assert_true(b > a && b < a + 100);
    assert_int_equal(t.usleep(t.userdata, 3600u * 1000000u), 0); /* an hour, at once */
    assert_true(now_us() >= b + 3600LL * 1000000);
}

static void a_retransmission_comes_in_its_time(void **state)
{
    (void)state;
    int fd = listening(), c;
    uint32_t snd = handshake(fd, &c);
    assert_int_equal(t.write(t.userdata, c, "abc", 3), 3);
    long long first, second;
    struct wire_tcp h = sniff(&first);
    assert_int_equal(h.len, 3);
    h = sniff(&second); /* nobody acknowledges: the clock goes on to the timeout */
    assert_int_equal(h.seq.v, snd);
    assert_in_range(second - first, 199000, 1001000);
    assert_true(now_us() >= second);
    assert_int_equal(t.close(t.userdata, c), 0);
    assert_int_equal(fcntl(c, F_GETFD), -1);
    assert_int_equal(t.close(t.userdata, fd), 0);
}

static int reader_fd;
static long long read_ended;
static char read_text[8];

static void *read_in_a_thread(void *arg)
{
    (void)arg;
    ssize_t n = t.read(t.userdata, reader_fd, read_text, sizeof read_text);
    read_ended = now_us();
    return (void *)(intptr_t)n;
}

static void a_blocking_call_ends_when_the_segment_came(void **state)
{
    (void)state;
    int fd = listening();
    uint32_t snd = handshake(fd, &reader_fd);
    pthread_t thread;
    void *n;
    assert_int_equal(pthread_create(&thread, NULL, read_in_a_thread, NULL), 0);
    t.usleep(t.userdata, 250000);
    inject(TH_ACK | TH_PSH, 101, snd, "hello");
    long long came = now_us();
    t.usleep(t.userdata, 5000000); /* goes on before the thread may have looked at the time */
    assert_int_equal(pthread_join(thread, &n), 0);
    assert_int_equal((intptr_t)n, 5);
    assert_memory_equal(read_text, "hello", 5);
    /* Whether the thread had begun to wait or not: its time is that of the segment, or later when it came late. */
    assert_true(read_ended >= came - 10 && read_ended <= came + 5001000);
}

static void *wait_for_events(void *arg)
{
    struct epoll_event ev;
    const int *set = arg;
    return (void *)(intptr_t)(t.epoll_wait(t.userdata, *set, &ev, 1, -1) < 0 ? -errno : 1);
}

/* Whether the thread waits already or not: the set is gone, and that is what it is told. */
static void a_set_is_closed_while_a_thread_waits(void **state)
{
    (void)state;
    int set = t.epoll_create(t.userdata, 1);
    assert_true(set >= 0);
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_events, &set), 0);
    for (int i = 0; i < 1000; i++) sched_yield();
    assert_int_equal(t.close(t.userdata, set), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_int_equal((intptr_t)result, -EBADF);
}

static void poll_waits_in_virtual_time(void **state)
{
    (void)state;
    struct pollfd p = {.fd = listening(), .events = POLLIN};
    long long before = now_us();
    assert_int_equal(t.poll(t.userdata, &p, 1, 60000), 0);
    assert_in_range(now_us() - before, 60000000, 60000100);
    inject(TH_SYN, 100, 0, "");
    inject(TH_ACK, 101, sniff(NULL).seq.v + 1, "");
    assert_int_equal(t.poll(t.userdata, &p, 1, -1), 1);
    assert_int_equal(p.revents, POLLIN);
}

static void epoll_and_splice(void **state)
{
    (void)state;
    int fd = listening(), c, pipes[2];
    uint32_t snd = handshake(fd, &c);
    int set = t.epoll_create(t.userdata, 1);
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 7}, got;
    assert_int_equal(t.epoll_ctl(t.userdata, set, EPOLL_CTL_ADD, c, &ev), 0);
    assert_int_equal(t.epoll_wait(t.userdata, set, &got, 1, 0), 0);
    inject(TH_ACK | TH_PSH, 101, snd, "hello");
    assert_int_equal(t.epoll_wait(t.userdata, set, &got, 1, -1), 1);
    assert_int_equal(got.data.u32, 7);
    char text[8];
    assert_int_equal(t.pipe(t.userdata, pipes), 0);
    assert_int_equal(t.splice(t.userdata, c, NULL, pipes[1], NULL, 100, 0), 5);
    assert_int_equal(t.read(t.userdata, pipes[0], text, sizeof text), 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(t.close(t.userdata, pipes[0]), 0);
    assert_int_equal(t.close(t.userdata, pipes[1]), 0);
    assert_int_equal(t.close(t.userdata, set), 0);
    errno = 0;
    assert_int_equal(t.epoll_wait(t.userdata, set, &got, 1, 0), -1);
    assert_int_equal(errno, EBADF);
}

static void options_and_errors(void **state)
{
    (void)state;
    int fd = listening(), on = 1;
    socklen_t len = sizeof on;
    assert_int_equal(t.setsockopt(t.userdata, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    on = 0;
    assert_int_equal(t.getsockopt(t.userdata, fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    assert_int_equal(on, 1);
    assert_int_equal(t.fcntl(t.userdata, fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    assert_int_equal(t.fcntl(t.userdata, fd, F_GETFL), O_RDWR | O_NONBLOCK);
    errno = 0;
    assert_int_equal(t.accept(t.userdata, fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    errno = 0;
    assert_int_equal(t.listen(t.userdata, 999, 1), -1);
    assert_int_equal(errno, EBADF);
    errno = 0;
    assert_int_equal(t.epoll_create(t.userdata, 0), -1);
    assert_int_equal(errno, EINVAL);
}

/* A stack that will never say anything: the tool is told so, and can fail its script. */
static void silence_ends(void **state)
{
    (void)state;
    uint8_t packet[100];
    size_t len = sizeof packet;
    long long at;
    listening();
    assert_int_equal(t.netdev_receive(t.userdata, packet, &len, &at), 0);
    assert_int_equal(len, 0);
}

#define IN_A_TABLE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_TABLE(time_moves_when_it_is_read),
        IN_A_TABLE(a_retransmission_comes_in_its_time),
        IN_A_TABLE(a_blocking_call_ends_when_the_segment_came),
        IN_A_TABLE(a_set_is_closed_while_a_thread_waits),
        IN_A_TABLE(poll_waits_in_virtual_time),
        IN_A_TABLE(epoll_and_splice),
        IN_A_TABLE(options_and_errors),
        IN_A_TABLE(silence_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
