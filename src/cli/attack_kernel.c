/* The kernel's own TCP as the victim: echo and chargen on its sockets, its settings, what it counts and holds. All of it is of
 * the pen, the namespace that this process is in. */
#include "cli_attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli_services.h"
#include "words.h"

enum { COUNTS_MAX = 512, NAME_MAX_ = 40 };

struct kernel_counts {
    size_t n;
    struct {
        char name[NAME_MAX_];
        uint64_t value;
    } row[COUNTS_MAX];
};

/* A connection that the kernel has, and its service: chargen, or echo of what is held. */
struct server {
    struct watch watch; /* first: env_bury() frees the block */
    struct pen *pen;
    struct server *next;
    bool chargen, evil;
    size_t at, held_n;
    char held[4096];
};

/* ---- services ---- */

static void server_end(struct server *s)
{
    struct server **link = &s->pen->servers;
    while (*link != s) link = &(*link)->next;
    *link = s->next;
    int fd = s->watch.fd;
    env_bury(&s->pen->env, &s->watch);
    close(fd);
}

/* False: the connection has ended. */
static bool do_chargen(struct server *s, uint32_t events)
{
    ssize_t n;
    if (events & EPOLLIN) {
        while ((n = recv(s->watch.fd, s->held, sizeof s->held, 0)) > 0) continue;
        if (n == 0 || errno != EAGAIN) return false;
    }
    while ((n = send(s->watch.fd, s->pen->block + s->at, CHARGEN_LEN - s->at, MSG_NOSIGNAL)) > 0)
        s->at = (s->at + (size_t)n) % CHARGEN_LEN;
    return errno == EAGAIN;
}

static bool do_echo(struct server *s)
{
    for (;;) {
        if (s->at == s->held_n) {
            ssize_t n = recv(s->watch.fd, s->held, sizeof s->held, 0);
            if (n <= 0) return n < 0 && errno == EAGAIN;
            s->at = 0, s->held_n = (size_t)n;
        }
        ssize_t n = send(s->watch.fd, s->held + s->at, s->held_n - s->at, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN;
        s->at += (size_t)n;
    }
}

static void server_ready(struct watch *w, uint32_t events)
{
    struct server *s = (struct server *)w;
    if (s->chargen ? !do_chargen(s, events) : !do_echo(s)) {
        server_end(s);
        return;
    }
    bool out = s->chargen || s->at < s->held_n;
    env_watch(&s->pen->env, w, out ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN);
}

static bool serve(struct pen *p, int fd, bool chargen, bool evil)
{
    struct server *s = calloc(1, sizeof *s);
    if (s)
        *s = (struct server){
            .watch = {.ready = server_ready, .fd = fd}, .pen = p, .next = p->servers, .chargen = chargen, .evil = evil};
    if (!s || env_watch(&p->env, &s->watch, chargen ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN) != 0) {
        free(s);
        close(fd);
        return false;
    }
    p->servers = s;
    return true;
}

static bool evil_address(const struct in_addr *a)
{
    const struct tern_endpoint e = pen_evil(0, 0);
    return memcmp(a, e.addr.b + 12, 3) == 0;
}

static void accept_ready(struct pen *p, const struct watch *w, bool chargen)
{
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int fd;
    while ((fd = accept4(w->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        p->accepted++;
        serve(p, fd, chargen, evil_address(&from.sin_addr));
    }
}

static void echo_accept(struct watch *w, uint32_t events)
{
    (void)events;
    accept_ready((struct pen *)((char *)w - offsetof(struct pen, listener)), w, false);
}

static void chargen_accept(struct watch *w, uint32_t events)
{
    (void)events;
    accept_ready((struct pen *)((char *)(w - 1) - offsetof(struct pen, listener)), w, true);
}

static int listener(struct pen *p, int i, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct watch *w = &p->listener[i];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *w = (struct watch){.ready = i ? chargen_accept : echo_accept, .fd = fd};
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, PEN_BACKLOG) == 0 &&
        env_watch(&p->env, w, EPOLLIN) == 0)
        return -1;
    return cli_fail("attack", "cannot listen on port %u: %s", port, strerror(errno));
}

static struct sockaddr_in address_of(const struct tern_endpoint *e)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    memcpy(&a.sin_addr, e->addr.b + 12, 4);
    return a;
}

/* The port is the kernel's choice for |to|. */
bool kernel_dial(struct pen *p, const struct tern_endpoint *to)
{
    const struct tern_endpoint victim = pen_victim(p, 0);
    const struct sockaddr_in own = address_of(&victim), at = address_of(to);
    int late = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late) == 0 &&
        bind(fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
        (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 || errno == EINPROGRESS))
        return serve(p, fd, false, true);
    close(fd);
    return false;
}

void kernel_abandon(struct pen *p)
{
    struct server *next;
    for (struct server *s = p->servers; s; s = next) {
        next = s->next;
        if (s->evil) server_end(s);
    }
}

/* ---- settings and figures ---- */

static bool kernel_set(const char *name, const char *value)
{
    char path[120];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    close(fd);
    return ok;
}

static bool kernel_set_one(void *ctx, const char *name, const char *value)
{
    (void)ctx;
    return kernel_set(name, value);
}

size_t kernel_memory(const struct pen *p)
{
    size_t sum = 0;
    for (const struct server *s = p->servers; s; s = s->next) {
        uint32_t m[SK_MEMINFO_VARS] = {0};
        socklen_t len = sizeof m;
        if (getsockopt(s->watch.fd, SOL_SOCKET, SO_MEMINFO, m, &len) == 0)
            sum += m[SK_MEMINFO_RMEM_ALLOC] + m[SK_MEMINFO_WMEM_QUEUED] + m[SK_MEMINFO_FWD_ALLOC] + m[SK_MEMINFO_BACKLOG];
    }
    return sum;
}

FILE *kernel_figures(const struct pen *p, const char *name)
{
    int fd = openat(p->figures, name, O_RDONLY | O_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!f && fd >= 0) close(fd);
    return f;
}

uint32_t kernel_connections(const struct pen *p)
{
    enum { TIME_WAIT = 6 };
    char line[300];
    uint32_t n = 0;
    FILE *f = kernel_figures(p, "tcp");
    while (f && fgets(line, sizeof line, f)) {
        struct in_addr remote;
        unsigned address, state;
        /* No more digits than fit. NOLINTNEXTLINE(cert-err34-c) */
        if (sscanf(line, " %*u: %*8x:%*4x %8x:%*4x %2x", &address, &state) != 2) continue;
        memcpy(&remote, &address, sizeof remote); /* printed as the number that it is on this machine */
        n += evil_address(&remote) && state != TIME_WAIT;
    }
    if (f) fclose(f);
    return n;
}

/* A line of names, and one of their values, each behind "Group:". */
static void read_counts(const struct pen *p, const char *name_of, struct kernel_counts *c)
{
    char names[8192], values[8192];
    FILE *f = kernel_figures(p, name_of);
    while (f && fgets(names, sizeof names, f) && fgets(values, sizeof values, f)) {
        char *at_name, *at_value, *name = strtok_r(names, " \n", &at_name), *value = strtok_r(values, " \n", &at_value);
        if (!name || !value || (strcmp(name, "TcpExt:") != 0 && strcmp(name, "Tcp:") != 0)) continue;
        while ((name = strtok_r(NULL, " \n", &at_name)) && (value = strtok_r(NULL, " \n", &at_value)) && c->n < COUNTS_MAX) {
            snprintf(c->row[c->n].name, sizeof c->row[c->n].name, "%s", name);
            c->row[c->n++].value = strtoull(value, NULL, 10);
        }
    }
    if (f) fclose(f);
}

static struct kernel_counts *counts_now(const struct pen *p)
{
    struct kernel_counts *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    read_counts(p, "snmp", c);
    read_counts(p, "netstat", c);
    return c;
}

void kernel_say_counts(struct pen *p)
{
    struct kernel_counts *now = counts_now(p);
    bool any = false;
    for (size_t i = 0; now && p->counts && i < now->n && i < p->counts->n; i++) {
        uint64_t n = now->row[i].value - p->counts->row[i].value;
        if (n == 0 || now->row[i].value < p->counts->row[i].value) continue;
        if (!any) puts(_("What the kernel counted:"));
        any = true;
        printf("  %6llu  %s\n", (unsigned long long)n, now->row[i].name);
    }
    free(now);
}

json_t *kernel_json_counts(const struct pen *p)
{
    json_t *o = json_object();
    struct kernel_counts *now = counts_now(p);
    for (size_t i = 0; now && p->counts && i < now->n && i < p->counts->n; i++)
        if (now->row[i].value > p->counts->row[i].value)
            json_object_set_new(o, now->row[i].name, json_integer((json_int_t)(now->row[i].value - p->counts->row[i].value)));
    free(now);
    return o;
}

/* ---- opening ---- */

/* What arrives at tern, and leaves it, is a part of the ladder, and the kernel's answers there are answers. */
static void tap_in(void *ctx, tern_ns now, const struct tern_buf *b)
{
    struct pen *p = ctx;
    (void)now;
    p->answered++;
    p->answered_bytes += b->len;
    pen_ladder_packet(p, b->data, b->len);
}

static void tap_out(void *ctx, tern_ns now, const struct tern_pkt *pkt)
{
    static uint8_t packet[TERN_PACKET_MAX];
    (void)now;
    int len;
    for (uint32_t i = 0; (len = tern_pkt_cut(pkt, i, packet, sizeof packet)) > 0; i++)
        pen_ladder_packet(ctx, packet, (size_t)len);
}

int kernel_open(struct pen *p)
{
    static const char *const loose[] = {"conf/all/rp_filter", "conf/evil0/rp_filter", "conf/tern0/rp_filter"};
    const struct tern_loop_tap tap = {.in = tap_in, .out = tap_out, .ctx = p};
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++)
        if (!kernel_set(loose[i], "0"))
            return cli_fail("attack", "cannot set %s of the namespace: %s", loose[i], strerror(errno));
    if (!attack_set(p->sysctl, kernel_set_one, NULL)) return cli_fail("attack", "the kernel refuses a setting of the namespace");
    p->block = chargen_block();
    p->figures = open("/proc/self/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->figures < 0) return cli_fail("attack", "cannot open %s: %s", "/proc/self/net", strerror(errno));
    p->counts = counts_now(p);
    if (!p->block || !p->counts) return cli_fail("attack", "no memory");
    int status = listener(p, 0, PEN_ECHO);
    if (status < 0) status = listener(p, 1, PEN_CHARGEN);
    tern_loop_tap(p->env.loop, &tap);
    return status;
}

void kernel_close(struct pen *p)
{
    while (p->servers) server_end(p->servers);
    for (int i = 0; i < 2; i++) {
        if (p->listener[i].fd < 0) continue;
        env_watch(&p->env, &p->listener[i], 0);
        close(p->listener[i].fd);
    }
    if (p->figures >= 0) close(p->figures);
    p->figures = -1;
    free(p->counts);
    p->counts = NULL;
}
