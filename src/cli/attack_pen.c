/* The pen: a network namespace with the kernel and a tern in it, and the honest connections between the two. */
#include "cli_attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_demo.h"
#include "cli_services.h"
#include "words.h"

#define DEVICE "tern0"
#define EVIL   "evil0"
#define LIMIT  (5 * TERN_SEC)

enum { RECEIVE_BUFFER = 32 << 20 };

/* The namespace that we are in. */
static ino_t here(void)
{
    struct stat st;
    return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

void pen_wait(struct pen *p, tern_ns span)
{
    tern_ns until = env_clock() + span;
    do {
        if (env_step(&p->env, until) != 0) break;
    } while (!p->env.stop && p->env.host.now < until);
}

void pen_hush(struct pen *p, bool hush)
{
    struct show *s = &p->env.show;
    if (hush == (p->hushed_at != 0)) return;
    if (hush) {
        show_events(s);
        p->hushed = s->ladder;
        s->ladder = NULL;
        p->hushed_at = p->said + p->answered + 1;
        return;
    }
    show_flush(s);
    s->ladder = p->hushed;
    s->seen = s->trace.end;
    if (s->ladder) tern_ladder_flush(s->ladder);
    p->unshown += p->said + p->answered + 1 - p->hushed_at;
    p->hushed_at = 0;
    p->hushed = NULL;
}

struct tern_endpoint pen_victim(const struct pen *p, uint16_t port)
{
    struct tern_endpoint e = {.port = port};
    tern_addr_parse(p->kernel ? DEMO_PEER4 : DEMO_OWN4, &e.addr);
    return e;
}

struct tern_endpoint pen_evil(unsigned host, uint16_t port)
{
    char text[20];
    struct tern_endpoint e = {.port = port};
    snprintf(text, sizeof text, "198.51.100.%u", 2 + host % 250);
    tern_addr_parse(text, &e.addr);
    return e;
}

static bool is_evil(const struct tern_addr *a)
{
    const struct tern_endpoint e = pen_evil(0, 0);
    return memcmp(a->b, e.addr.b, 15) == 0;
}

/* ---- what the victim holds ---- */

size_t pen_memory(struct pen *p)
{
    struct tern_counters n;
    tern_stack_counters(p->env.host.stack, &n);
    return p->kernel ? kernel_memory(p) : n.memory_used;
}

uint64_t pen_accepted(struct pen *p)
{
    struct tern_counters n;
    tern_stack_counters(p->env.host.stack, &n);
    return p->kernel ? p->accepted : n.passive_opens;
}

static bool count_evil(void *n, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    *(uint32_t *)n += is_evil(&st->remote.addr);
    return true;
}

uint32_t pen_connections(struct pen *p)
{
    uint32_t n = 0;
    if (p->kernel) return kernel_connections(p);
    tern_stack_each(p->env.host.stack, count_evil, &n);
    return n;
}

void pen_abandon(struct pen *p)
{
    struct session *next;
    if (p->kernel) kernel_abandon(p);
    for (struct session *s = p->kernel ? NULL : p->env.host.live; s; s = next) {
        struct tern_status st;
        next = s->next;
        tern_conn_status(s->conn, &st);
        if (is_evil(&st.remote.addr)) session_end(s);
    }
}

bool pen_dial(struct pen *p, const struct tern_endpoint *to)
{
    return p->kernel ? kernel_dial(p, to) : host_connect(&p->env.host, to, &service_echo, NULL, NULL) == 0;
}

bool pen_called(const struct pen *p, const struct tern_endpoint *to)
{
    for (const struct session *s = p->env.host.live; s; s = s->next) {
        struct tern_status st;
        tern_conn_status(s->conn, &st);
        if (tern_addr_eq(&st.remote.addr, &to->addr) && st.remote.port == to->port) return !st.passive;
    }
    return false;
}

/* ---- honest connections ---- */

static void pair_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct pair *c = s->ctx;
    char more[256];
    int64_t n;
    while ((n = tern_conn_recv(s->conn, s->host->now, more, sizeof more)) > 0) {
        size_t room = sizeof c->heard - c->heard_n, take = (size_t)n < room ? (size_t)n : room;
        memcpy(c->heard + c->heard_n, more, take);
        c->heard_n += take;
    }
    if (n != TERN_ERR_AGAIN) session_end(s);
}

static void pair_end(struct session *s) { ((struct pair *)s->ctx)->session = NULL; }

static const struct service service_pair = {"pair", 0, NULL, pair_ready, pair_end};

static void pair_listen(struct pair *c)
{
    ssize_t n = c->fd < 0 ? 0 : recv(c->fd, c->heard + c->heard_n, sizeof c->heard - c->heard_n, MSG_DONTWAIT);
    if (n > 0) c->heard_n += (size_t)n;
}

bool pair_talks(struct pair *c)
{
    static const char said[] = "are you there?";
    struct pen *p = c->pen;
    c->heard_n = 0;
    if (p->kernel && (!c->session || tern_conn_send(c->session->conn, p->env.host.now, said, sizeof said) != sizeof said))
        return false;
    if (!p->kernel && send(c->fd, said, sizeof said, MSG_NOSIGNAL) != (ssize_t)sizeof said) return false;
    for (tern_ns end = env_clock() + LIMIT; c->heard_n < sizeof said && env_clock() < end && !p->env.stop;) {
        pen_wait(p, 2 * TERN_MS);
        pair_listen(c);
    }
    return c->heard_n == sizeof said && memcmp(said, c->heard, sizeof said) == 0;
}

static bool open_by_kernel(struct pair *c)
{
    const struct tern_endpoint victim = pen_victim(c->pen, PEN_ECHO);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PEN_ECHO)};
    struct pollfd ready = {.events = POLLOUT};
    memcpy(&to.sin_addr, victim.addr.b + 12, 4);
    c->fd = ready.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)) return false;
    for (tern_ns end = env_clock() + LIMIT; env_clock() < end && !c->pen->env.stop; pen_wait(c->pen, 2 * TERN_MS))
        if (poll(&ready, 1, 0) == 1) return (ready.revents & (POLLERR | POLLHUP)) == 0;
    return false;
}

bool pair_open(struct pair *c, struct pen *p)
{
    const struct tern_endpoint victim = pen_victim(p, PEN_ECHO);
    *c = (struct pair){.pen = p, .fd = -1};
    bool ok = p->kernel ? host_connect(&p->env.host, &victim, &service_pair, c, &c->session) == 0 : open_by_kernel(c);
    return ok && pair_talks(c);
}

void pair_close(struct pair *c)
{
    if (c->fd >= 0) close(c->fd);
    if (c->session) session_end(c->session);
    *c = (struct pair){.fd = -1};
}

bool pair_status(const struct pair *c, struct tern_status *st)
{
    struct sockaddr_in own = {0};
    socklen_t len = sizeof own;
    if (c->session) tern_conn_status(c->session->conn, st);
    if (c->session || c->fd < 0 || getsockname(c->fd, (struct sockaddr *)&own, &len) != 0) return c->session != NULL;
    for (const struct session *s = c->pen->env.host.live; s; s = s->next) {
        tern_conn_status(s->conn, st);
        if (st->remote.port == ntohs(own.sin_port) && !is_evil(&st->remote.addr)) return true;
    }
    return false;
}

/* ---- opening ---- */

static int listen_tern(struct pen *p)
{
    const struct tern_endpoint echo = {.port = PEN_ECHO}, chargen = {.port = PEN_CHARGEN};
    p->block = chargen_block();
    int err = p->block ? host_listen(&p->env.host, &echo, PEN_BACKLOG, &service_echo, NULL, NULL) : TERN_ERR_NOMEM;
    if (err == 0) err = host_listen(&p->env.host, &chargen, PEN_BACKLOG, &service_chargen, p->block, NULL);
    return err == 0 ? -1 : cli_fail("attack", "cannot listen on port %u: %s", (unsigned)PEN_ECHO, tern_strerror(err));
}

static int attacker_opens(struct pen *p)
{
    char err[300] = "";
    int size = RECEIVE_BUFFER;
    struct tern_tun_config config = {
        .name = EVIL, .plain = true, .up = true, .prefix_len = {24}, .peer_n = 1, .translate = words};
    tern_addr_parse("198.51.100.1", &config.peer[0]);
    p->queue = calloc(HEARD_N, sizeof *p->queue);
    if (!p->queue) return cli_fail("attack", "no memory");
    if (p->kernel) {
        p->evil = tern_tun_open(&config, err, sizeof err);
        if (!p->evil) return cli_fail("attack", "%s", err);
        p->wire.fd = p->evil->ops->fd(p->evil);
    } else {
        struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
        p->device = to.sll_ifindex = (int)if_nametoindex(DEVICE);
        p->wire.fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (p->wire.fd >= 0) setsockopt(p->wire.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
        if (p->wire.fd < 0 || !p->device || bind(p->wire.fd, (struct sockaddr *)&to, sizeof to) != 0)
            return cli_fail("attack", "cannot send into the namespace: %s", strerror(errno));
    }
    return env_watch(&p->env, &p->wire, EPOLLIN) == 0 ? -1 : cli_fail("attack", "no memory");
}

int pen_open(struct pen *p, struct options *o, bool kernel, const char *sysctl)
{
    ino_t before = here();
    *p = (struct pen){.options = o,
                      .kernel = kernel,
                      .sysctl = sysctl,
                      .wire = {.ready = pen_wire_ready, .fd = -1},
                      .beside.fd = -1,
                      .figures = -1};
    p->env = (struct env){.options = o, .signals.fd = -1};
    p->told = o->explain;
    if (kernel) o->explain = false; /* its packets are told, not tern's events */
    for (int i = 0; i < 2; i++) p->listener[i].fd = -1;
    if (!before || !own_namespace() || here() == before)
        return cli_fail(
            "attack",
            "no network namespace of our own (%s): allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), "
            "or run it as root",
            strerror(errno));
    int status = env_open(&p->env, o, stdout);
    if (status < 0) status = attacker_opens(p);
    if (status < 0) status = kernel ? kernel_open(p) : listen_tern(p);
    if (status < 0 && kernel) status = pen_ladder_open(p);
    if (status >= 0) return status;
    if (!pair_open(&p->beside, p)) return cli_fail("attack", "no connection between the kernel and tern");
    tern_stack_counters(p->env.host.stack, &p->before);
    p->memory = pen_memory(p);
    return -1;
}

int pen_close(struct pen *p, int status)
{
    pen_hush(p, false);
    pair_close(&p->beside);
    if (p->env.loop && p->wire.events) env_watch(&p->env, &p->wire, 0);
    if (!p->kernel && p->wire.fd >= 0) close(p->wire.fd);
    kernel_close(p);
    pen_ladder_close(p);
    tern_link_close(p->evil);
    status = env_close(&p->env, status);
    free(p->queue);
    free(p->block);
    return status;
}
