#include <arpa/inet.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "cases.h"

enum { WAIT_MS = 60000, BYTES_MAX = 4 << 20 };

void *volatile nowhere;

/* ---- addresses ---- */

int domain(void) { return family == V4 ? AF_INET : AF_INET6; }

struct at at4(const char *text, uint16_t port)
{
    struct at at = {.len = sizeof(struct sockaddr_in)};
    struct sockaddr_in *a = (struct sockaddr_in *)&at.a;
    a->sin_family = AF_INET;
    a->sin_port = htons(port);
    MUST(inet_pton(AF_INET, text, &a->sin_addr) == 1);
    return at;
}

struct at at6(const char *text, uint16_t port)
{
    struct at at = {.len = sizeof(struct sockaddr_in6)};
    struct sockaddr_in6 *a = (struct sockaddr_in6 *)&at.a;
    a->sin6_family = AF_INET6;
    a->sin6_port = htons(port);
    MUST(inet_pton(AF_INET6, text, &a->sin6_addr) == 1);
    return at;
}

static struct at pick(const char *v4, const char *v6, const char *mapped, uint16_t port)
{
    return family == V4 ? at4(v4, port) : at6(family == V6 ? v6 : mapped, port);
}

struct at server_at(uint16_t port) { return pick("192.0.2.2", "2001:db8::2", "::ffff:192.0.2.2", port); }
struct at client_at(uint16_t port) { return pick("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", port); }
struct at any_at(uint16_t port) { return pick("0.0.0.0", "::", "::ffff:0.0.0.0", port); }
struct at silent_at(uint16_t port) { return pick("192.0.2.9", "2001:db8::9", "::ffff:192.0.2.9", port); }
struct at foreign_at(uint16_t port) { return pick("203.0.113.7", "2001:db8:7::7", "::ffff:203.0.113.7", port); }

uint16_t port_in(const struct at *a)
{
    if (a->a.ss_family == AF_INET) return ntohs(((const struct sockaddr_in *)&a->a)->sin_port);
    return ntohs(((const struct sockaddr_in6 *)&a->a)->sin6_port);
}

bool same_at(const struct at *a, const struct at *b)
{
    if (a->len != b->len || a->a.ss_family != b->a.ss_family || port_in(a) != port_in(b)) return false;
    if (a->a.ss_family == AF_INET)
        return ((const struct sockaddr_in *)&a->a)->sin_addr.s_addr == ((const struct sockaddr_in *)&b->a)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *)&a->a)->sin6_addr, &((const struct sockaddr_in6 *)&b->a)->sin6_addr, 16) == 0;
}

struct at name_of(int fd)
{
    struct at at = {.len = sizeof at.a};
    MUST(s_getsockname(fd, SA(at), &at.len) == 0);
    return at;
}

struct at peer_of(int fd)
{
    struct at at = {.len = sizeof at.a};
    MUST(s_getpeername(fd, SA(at), &at.len) == 0);
    return at;
}

/* ---- sockets ---- */

int tcp_new(enum side side)
{
    int fd = s_socket(side, domain(), SOCK_STREAM, 0);
    MUST(fd >= 0);
    return fd;
}

int tcp_nonblock(enum side side)
{
    int fd = s_socket(side, domain(), SOCK_STREAM | SOCK_NONBLOCK, 0);
    MUST(fd >= 0);
    return fd;
}

int bound_new(enum side side)
{
    int fd = tcp_new(side);
    struct at at = any_at(0);
    MUST(s_bind(fd, SA(at), at.len) == 0);
    return fd;
}

int listener_new(int backlog)
{
    int fd = bound_new(SERVER);
    MUST(s_listen(fd, backlog) == 0);
    return fd;
}

struct at listener_at(int l)
{
    struct at at = name_of(l);
    return server_at(port_in(&at));
}

int client_of(int l)
{
    int fd = tcp_new(CLIENT);
    struct at at = listener_at(l);
    MUST(s_connect(fd, SA(at), at.len) == 0);
    return fd;
}

struct pair pair_new(void)
{
    struct pair p = {.l = listener_new(8)};
    p.c = client_of(p.l);
    MUST(await(p.l, POLLIN));
    p.s = s_accept(p.l, NULL, NULL);
    MUST(p.s >= 0);
    return p;
}

void arrive(const struct pair *p, const void *data, size_t n)
{
    MUST(s_send(p->c, data, n, 0) == (ssize_t)n);
    MUST(await_readable(p->s, (int)n));
}

void reset_by(int closer, int other)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    MUST(s_setsockopt(closer, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    MUST(s_close(closer) == 0);
    MUST(await(other, POLLHUP));
}

int file_of(size_t len)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    MUST(fd >= 0);
    MUST(write(fd, bytes(len), len) == (ssize_t)len);
    return fd;
}

/* ---- waiting and looking ---- */

int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    MUST(s_getsockopt(fd, level, name, &value, &len) == 0);
    return value;
}

int set_int(int fd, int level, int name, int on) { return s_setsockopt(fd, level, name, &on, sizeof on); }

bool await(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    return s_poll(&p, 1, WAIT_MS) == 1 && (p.revents & events) != 0;
}

short ready_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    MUST(s_poll(&p, 1, 0) >= 0);
    return p.revents;
}

short ready(int fd) { return ready_for(fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP); }

void nonblock(int fd) { MUST(s_fcntl(fd, F_SETFL, s_fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }

/* Nothing tells of these by an event: the state is asked for again, a bounded number of times, without holding a core. */
static bool await_ioctl(int fd, unsigned long request, int want)
{
    long long end = now_ms() + WAIT_MS;
    int n = -1;
    while (s_ioctl(fd, request, &n) == 0 && n != want && now_ms() < end) nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    return n == want;
}

bool await_acked(int fd) { return await_ioctl(fd, SIOCOUTQ, 0); }
bool await_readable(int fd, int n) { return await_ioctl(fd, FIONREAD, n); }

/* Whether all that was sent is acknowledged: then the rest waits for the peer's window. */
static bool nothing_flies(int fd)
{
    int out = -1, unsent = -2;
    MUST(s_ioctl(fd, SIOCOUTQ, &out) == 0 && s_ioctl(fd, SIOCOUTQNSD, &unsent) == 0);
    return out == unsent;
}

size_t fill(int fd)
{
    size_t sent = 0;
    long long end = now_ms() + WAIT_MS;
    /* What is on its way empties the buffer once more: it is full when it stays full. */
    for (int quiet = 0; quiet < 3;) {
        ssize_t n = s_send(fd, bytes(65536), 65536, MSG_DONTWAIT | MSG_NOSIGNAL);
        MUST(n > 0 || errno == EAGAIN);
        MUST(now_ms() < end);
        if (n > 0) {
            sent += (size_t)n;
            quiet = 0;
        } else {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            quiet = s_poll(&p, 1, 15) == 0 && nothing_flies(fd) ? quiet + 1 : 0;
        }
    }
    return sent;
}

size_t drain(int fd, size_t n)
{
    size_t got = 0;
    static char buf[65536];
    while (got < n) {
        size_t ask = n - got < sizeof buf ? n - got : sizeof buf;
        if (!await(fd, POLLIN)) break;
        ssize_t r = s_recv(fd, buf, ask, MSG_DONTWAIT);
        if (r <= 0) break;
        got += (size_t)r;
    }
    return got;
}

unsigned char pattern(size_t at) { return (unsigned char)(at * 7 + at / 251); }

bool is_pattern(const void *p, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const unsigned char *)p)[i] != pattern(at + i)) return false;
    return true;
}

const void *bytes(size_t n)
{
    static unsigned char all[BYTES_MAX];
    static size_t made;
    MUST(n <= sizeof all);
    for (; made < n; made++) all[made] = pattern(made);
    return all;
}

long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- threads and signals ---- */

struct task {
    pthread_t thread;
    atomic_int tid;
    intptr_t (*f)(void *arg);
    void *arg;
    intptr_t result;
};

static void *task_run(void *arg)
{
    struct task *t = arg;
    t->tid = gettid();
    t->result = t->f(t->arg);
    return NULL;
}

struct task *task_start(intptr_t (*f)(void *arg), void *arg)
{
    struct task *t = calloc(1, sizeof *t);
    MUST(t != NULL);
    t->f = f;
    t->arg = arg;
    MUST(pthread_create(&t->thread, NULL, task_run, t) == 0);
    return t;
}

intptr_t task_join(struct task *t)
{
    MUST(pthread_join(t->thread, NULL) == 0);
    intptr_t result = t->result;
    free(t);
    return result;
}

/* 'R', 'S' ...: proc(5) */
static char task_state(const struct task *t)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", t->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    const char *name_end = n > 0 ? strrchr(text, ')') : NULL;
    return name_end ? name_end[2] : 0;
}

bool task_waits(const struct task *t)
{
    long long end = now_ms() + WAIT_MS;
    int asleep = 0; /* looks in a row: a lock on the way is slept for, too */
    while (asleep < 5 && now_ms() < end) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        asleep = task_state(t) == 'S' ? asleep + 1 : 0;
    }
    return asleep == 5;
}

static pthread_t target, nagger;
static atomic_bool nagging;

static void ignore(int number) { (void)number; }

static void *nag(void *arg)
{
    (void)arg;
    while (nagging) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        pthread_kill(target, SIGUSR1);
    }
    return NULL;
}

void interrupt_begin(bool restart)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = restart ? SA_RESTART : 0};
    MUST(sigaction(SIGUSR1, &action, NULL) == 0);
    target = pthread_self();
    nagging = true;
    MUST(pthread_create(&nagger, NULL, nag, NULL) == 0);
}

void interrupt_end(void)
{
    nagging = false;
    MUST(pthread_join(nagger, NULL) == 0);
}
