/* The kernel's TCP at the ends of an impaired path: the services of `tern serve bench` (discard 9, chargen 19) and pages of any
 * size by HTTP (80), and a client of them. IPv4; every socket has the congestion control that is named.
 *
 *     flow serve ADDRESS CC
 *     flow receive ADDRESS CC SECONDS         bytes read from chargen until so long after connect() began
 *     flow send ADDRESS CC SECONDS            bytes that discard has acknowledged until then
 *     flow get ADDRESS CC BYTES COUNT N       completion times, ms, one a line: from connect() to the page's last byte
 *     flow put ADDRESS CC BYTES COUNT N       from connect() to the server's FIN, which comes when it has all; N at once */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DIE(...) (fprintf(stderr, "flow: " __VA_ARGS__), fputc('\n', stderr), exit(1))

#include "calls.h"

enum { DISCARD = 9, CHARGEN = 19, HTTP = 80 };
enum { BLOCK_LEN = 1 << 18, EVENTS_MAX = 64, FDS_MAX = 4096, BACKLOG = 1024, PAGE_MAX = 1 << 20, PATIENCE_S = 60 };

static uint8_t block[PAGE_MAX];
static const char *cc;

static int make_socket(void)
{
    int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket"), one = 1;
    if (fd >= FDS_MAX) DIE("too many connections");
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, (socklen_t)strlen(cc)) < 0) DIE("%s: %s", cc, strerror(errno));
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "setsockopt");
    return fd;
}

static int connect_to(const char *host, int port)
{
    struct sockaddr_in a = address(host, port);
    int fd = make_socket();
    if (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) DIE("connect: %s", strerror(errno));
    return fd;
}

static void watch(int epoll, int op, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event e = {.events = events, .data.u64 = tag};
    check(epoll_ctl(epoll, op, fd, &e), "epoll_ctl");
}

/* The other end learns it by RST: what is still on its way is not waited for. */
static void abandon(int fd)
{
    struct linger abort = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close(fd);
}

/* ---- server: a descriptor's tag says which service it belongs to, and whether it listens ---- */

#define LISTENS (UINT64_C(1) << 63)

static size_t left[FDS_MAX]; /* of a page that is being sent */

static uint64_t tag_of(int fd, int port) { return (uint64_t)port << 32 | (uint32_t)fd; }

static void accept_all(int epoll, int listener, int port)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= FDS_MAX) DIE("too many connections");
        left[fd] = 0;
        watch(epoll, EPOLL_CTL_ADD, fd, port == CHARGEN ? EPOLLOUT | EPOLLIN : EPOLLIN, tag_of(fd, port));
    }
}

/* "GET /10000 ..." wants so many bytes, behind a header of about tern's length. */
static bool ask_page(int epoll, int fd)
{
    char request[512];
    ssize_t n = recv(fd, request, sizeof request - 1, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    request[n] = '\0';
    size_t len = strncmp(request, "GET /", 5) == 0 ? (size_t)strtoul(request + 5, NULL, 10) : 0;
    if (len == 0 || len > PAGE_MAX) return false;
    char header[256];
    int header_len = snprintf(header, sizeof header,
                              "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: flow\r\nContent-Type: "
                              "application/octet-stream\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                              len);
    if (send(fd, header, (size_t)header_len, MSG_NOSIGNAL | MSG_MORE) != header_len) return false;
    left[fd] = len;
    watch(epoll, EPOLL_CTL_MOD, fd, EPOLLOUT, tag_of(fd, HTTP));
    return true;
}

/* False: the connection is over. */
static bool serve_page(int epoll, int fd)
{
    if (left[fd] == 0) return ask_page(epoll, fd);
    ssize_t n = send(fd, block, left[fd], MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    left[fd] -= (size_t)n;
    return left[fd] > 0;
}

static bool serve_once(int epoll, int fd, int port, uint32_t events)
{
    if (port == HTTP) return serve_page(epoll, fd);
    if (port == CHARGEN) return !(events & EPOLLIN) && (send(fd, block, BLOCK_LEN, MSG_NOSIGNAL) > 0 || errno == EAGAIN);
    ssize_t n = recv(fd, block, BLOCK_LEN, 0);
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static void serve(const char *host)
{
    static const int ports[] = {DISCARD, CHARGEN, HTTP};
    int epoll = check(epoll_create1(0), "epoll"), one = 1;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct sockaddr_in a = address(host, ports[i]);
        int fd = make_socket();
        check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
        check(bind(fd, (const struct sockaddr *)&a, sizeof a), "bind");
        check(listen(fd, BACKLOG), "listen");
        watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, tag_of(fd, ports[i]) | LISTENS);
    }
    fprintf(stderr, "flow: serving\n");
    for (;;) {
        struct epoll_event e[EVENTS_MAX];
        int n = check(epoll_wait(epoll, e, EVENTS_MAX, -1), "epoll_wait");
        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64, port = (int)(e[i].data.u64 >> 32 & 0xffff);
            if (e[i].data.u64 & LISTENS)
                accept_all(epoll, fd, port);
            else if (!serve_once(epoll, fd, port, e[i].events))
                close(fd);
        }
    }
}

/* ---- bulk ---- */

static uint64_t acked(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info.tcpi_bytes_acked;
}

/* The SYN counts, too: a path is slow from the beginning. */
static void bulk(const char *host, double seconds, bool in)
{
    double end = now() + seconds, rest;
    int fd = connect_to(host, in ? DISCARD : CHARGEN);
    struct pollfd p = {.fd = fd, .events = in ? POLLOUT : POLLIN};
    uint64_t read_n = 0;
    while ((rest = end - now()) > 0) {
        if (poll(&p, 1, (int)(rest * 1e3) + 1) == 0) continue;
        ssize_t n = in ? send(fd, block, BLOCK_LEN, MSG_NOSIGNAL) : recv(fd, block, BLOCK_LEN, 0);
        if (n < 0 && errno != EAGAIN) DIE("%s: %s", in ? "send" : "recv", strerror(errno));
        if (n == 0) DIE("the server closed");
        if (n > 0) read_n += (uint64_t)n;
    }
    printf("%llu\n", (unsigned long long)(in ? acked(fd) : read_n));
    abandon(fd);
}

/* ---- pages ---- */

struct page {
    double began;
    size_t left;      /* to be sent (put), or of the answer's body */
    uint8_t head_end; /* characters of the empty line that ends the answer's header, 4: all were seen */
    bool asked;
};

struct pages {
    int epoll;
    const char *host;
    bool put;
    size_t len;
    unsigned left; /* that may still begin */
    unsigned running;
    struct page page[FDS_MAX];
};

static struct pages pages;

static void begin(void)
{
    if (pages.left == 0) return;
    pages.left--;
    pages.running++;
    double at = now();
    int fd = connect_to(pages.host, pages.put ? DISCARD : HTTP);
    pages.page[fd] = (struct page){.began = at, .left = pages.len};
    watch(pages.epoll, EPOLL_CTL_ADD, fd, EPOLLOUT, (uint64_t)fd);
}

/* The body's bytes among those that came. */
static size_t body_of(struct page *p, const uint8_t *b, size_t n)
{
    static const char line[] = "\r\n\r\n";
    size_t i = 0;
    for (; i < n && p->head_end < 4; i++) {
        if (b[i] == (uint8_t)line[p->head_end])
            p->head_end++;
        else
            p->head_end = b[i] == '\r';
    }
    return n - i;
}

static void ask(int fd, struct page *p)
{
    char request[128];
    int len = snprintf(request, sizeof request, "GET /%zu HTTP/1.1\r\nHost: page\r\nConnection: close\r\n\r\n", pages.len);
    if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) DIE("send, or connect: %s", strerror(errno));
    p->asked = true;
    watch(pages.epoll, EPOLL_CTL_MOD, fd, EPOLLIN, (uint64_t)fd);
}

static void push(int fd, struct page *p)
{
    ssize_t n = send(fd, block, p->left, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) DIE("send, or connect: %s", strerror(errno));
    if (n > 0) p->left -= (size_t)n;
    if (p->left > 0) return;
    p->asked = true;
    shutdown(fd, SHUT_WR);
    watch(pages.epoll, EPOLL_CTL_MOD, fd, EPOLLIN, (uint64_t)fd);
}

/* Whether all came. */
static bool pull(int fd, struct page *p)
{
    ssize_t n = recv(fd, block, BLOCK_LEN, 0);
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0) DIE("recv: %s", strerror(errno));
    if (pages.put) return n == 0;
    if (n == 0) DIE("the server closed with %zu bytes left", p->left);
    size_t body = body_of(p, block, (size_t)n);
    if (body > p->left) DIE("the page is too long");
    p->left -= body;
    return p->left == 0;
}

static void go_on(int fd)
{
    struct page *p = &pages.page[fd];
    if (!p->asked) {
        if (pages.put)
            push(fd, p);
        else
            ask(fd, p);
        return;
    }
    if (!pull(fd, p)) return;
    printf("%.3f\n", (now() - p->began) * 1e3);
    close(fd);
    pages.running--;
    begin();
}

static void all_pages(const char *host, size_t len, unsigned count, unsigned at_once, bool put)
{
    if (len == 0 || len > PAGE_MAX || at_once >= FDS_MAX / 4) DIE("at most %d bytes, %d at once", PAGE_MAX, FDS_MAX / 4);
    pages.epoll = check(epoll_create1(0), "epoll");
    pages.host = host;
    pages.put = put;
    pages.len = len;
    pages.left = count;
    for (unsigned i = 0; i < at_once; i++) begin();
    while (pages.running > 0) {
        struct epoll_event e[EVENTS_MAX];
        int n = check(epoll_wait(pages.epoll, e, EVENTS_MAX, PATIENCE_S * 1000), "epoll_wait");
        if (n == 0) DIE("nothing for %d s", PATIENCE_S);
        for (int i = 0; i < n; i++) go_on((int)e[i].data.u64);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[1] : "", *host = argc > 3 ? argv[2] : "";
    memset(block, 'x', sizeof block);
    cc = argc > 3 ? argv[3] : "";
    if (strcmp(what, "serve") == 0)
        serve(host);
    else if (argc > 4 && (strcmp(what, "send") == 0 || strcmp(what, "receive") == 0))
        bulk(host, strtod(argv[4], NULL), strcmp(what, "send") == 0);
    else if (argc > 6 && (strcmp(what, "get") == 0 || strcmp(what, "put") == 0))
        all_pages(host, (size_t)strtoul(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10),
                  (unsigned)strtoul(argv[6], NULL, 10), strcmp(what, "put") == 0);
    else
        DIE("serve | receive | send | get | put: see the head of flow.c");
    return 0;
}
