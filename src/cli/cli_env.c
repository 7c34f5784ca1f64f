#include "cli_env.h"
#include "cli_memory.h"
#include "cli_states.h"
#include "words.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define PAUSE (50 * TERN_MS) /* of silence, after which a ladder that is held back comes out */

static const char default_tun[] = "tern0";
static const char *const default_addr[] = {"192.0.2.2/24", "2001:db8::2/64"};

tern_ns env_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

struct tern_stack *env_stack(const struct options *o, tern_ns now)
{
    struct tern_stack_config config = {.alloc = &cli_memory, .now = now, .settings = &o->settings};
    if (getrandom(config.secret, sizeof config.secret, 0) != (ssize_t)sizeof config.secret) return NULL;
    struct tern_stack *s = tern_stack_new(&config);
    sodium_memzero(config.secret, sizeof config.secret);
    return s;
}

/* Addresses that were not given have a default, so that a newcomer can leave them away. */
static void fill_addresses(struct options *o, bool make)
{
    if (o->addr_n == 0) {
        for (size_t i = 0; i < 2; i++) parse_prefix(default_addr[i], &o->addr[o->addr_n++]);
    }
    if (!make || o->peer_n > 0) return;
    for (size_t i = 0; i < o->addr_n && o->peer_n < OPTIONS_PEERS_MAX; i++) o->peer[o->peer_n++] = prefix_neighbour(&o->addr[i]);
}

static struct tern_link *open_link(const struct options *o, const char *name, bool make)
{
    struct tern_tun_config config = {
        .name = name, .mtu = o->mtu, .plain = o->plain, .up = make, .peer_n = o->peer_n, .translate = words};
    for (size_t i = 0; i < o->peer_n; i++) {
        config.peer[i] = o->peer[i].addr;
        config.prefix_len[i] = o->peer[i].len;
    }
    char err[300];
    struct tern_link *tun = tern_tun_open(&config, err, sizeof err);
    if (!tun) {
        cli_fail(o->command, "%s", err);
        return NULL;
    }
    if (!o->impaired) return tun;
    struct tern_link *wrapped = tern_impair_new(tun, &o->impair_in, &o->impair_out, o->seed);
    if (!wrapped) {
        tern_link_close(tun);
        cli_fail(o->command, "no memory for the damaged link");
    }
    return wrapped;
}

static int add_interface(struct env *e, const struct options *o, const struct tern_link *link)
{
    struct tern_if_config config = {.mtu = link->mtu, .gso_max = link->gso_max, .addr_n = o->addr_n};
    for (size_t i = 0; i < o->addr_n; i++) {
        config.addr[i] = o->addr[i].addr;
        config.prefix_len[i] = o->addr[i].len;
    }
    int ifi = tern_stack_add_if(e->host.stack, &config);
    if (ifi == TERN_ERR_INVAL) cli_fail(o->command, "the addresses do not go with an MTU of %u: IPv6 wants 1280", link->mtu);
    return ifi;
}

/* The stack with its link. */
static int open_path(struct env *e, struct options *o)
{
    const char *name = o->tun ? o->tun : default_tun;
    bool make = if_nametoindex(name) == 0 || o->peer_n > 0;
    fill_addresses(o, make);
    struct tern_link *link = open_link(o, name, make);
    if (!link) return CLI_FAILED;
    int ifi = add_interface(e, o, link);
    e->mtu = link->mtu;
    e->loop = ifi < 0 ? NULL : tern_loop_new(e->host.stack);
    if (e->loop && tern_loop_add_link(e->loop, link, ifi) == 0) return -1;
    tern_link_close(link);
    return ifi < 0 ? CLI_FAILED : cli_fail(o->command, "cannot make the loop: %s", strerror(errno));
}

static void take_signal(struct watch *w, uint32_t events)
{
    (void)events;
    struct env *e = (struct env *)((char *)w - offsetof(struct env, signals));
    struct signalfd_siginfo info;
    if (read(w->fd, &info, sizeof info) != (ssize_t)sizeof info) return;
    e->signal = (int)info.ssi_signo;
    e->stop = true;
}

static int open_signals(struct env *e)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    e->signals = (struct watch){.ready = take_signal, .fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (e->signals.fd < 0 || env_watch(e, &e->signals, EPOLLIN) < 0) {
        return cli_fail(e->options->command, "cannot watch signals: %s", strerror(errno));
    }
    return -1;
}

int env_open(struct env *e, struct options *o, FILE *explain)
{
    *e = (struct env){.options = o, .signals.fd = -1};
    tern_ns now = env_clock();
    struct tern_stack *stack = env_stack(o, now);
    if (!stack) return cli_fail(o->command, "the settings do not go together, or memory is short");
    host_init(&e->host, stack, now);
    int status = open_path(e, o);
    if (status < 0) status = show_open(&e->show, o, stack, explain);
    if (status < 0) status = open_signals(e);
    if (status >= 0) return status;
    if (e->show.capture) {
        struct tern_loop_tap tap = tern_capture_tap(e->show.capture);
        tern_loop_tap(e->loop, &tap);
    }
    e->states = states_open(e);
    return -1;
}

static void free_dead(struct env *e)
{
    while (e->dead) {
        struct watch *w = e->dead;
        e->dead = w->next_dead;
        free(w);
    }
}

int env_close(struct env *e, int status)
{
    if (e->loop) {
        host_abort_all(&e->host);
        tern_loop_wait(e->loop, 0); /* their RSTs leave */
    }
    states_close(e->states);
    free_dead(e);
    status = show_close(&e->show, e->options, status);
    if (e->signals.fd >= 0) close(e->signals.fd);
    tern_loop_free(e->loop);
    if (e->host.stack) host_free(&e->host);
    return status;
}

int env_jail(struct env *e, unsigned who, int files, uint16_t to_port)
{
    struct jail j = {.who = JAIL_STACK | who, .files = files, .socket_dir = states_directory(e->states), .to_port = to_port};
    return options_jail(e->options, &j);
}

/* Descriptors whose watch ended in the same turn are passed over. */
static void serve_descriptors(struct env *e, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t events;
        struct watch *w = tern_loop_ready(e->loop, i, &events);
        if (w && !w->dead && w->events) w->ready(w, events);
    }
}

int env_step(struct env *e, tern_ns until)
{
    tern_ns pause = e->show.unflushed ? e->host.now + PAUSE : TERN_NEVER;
    int n = tern_loop_wait(e->loop, until < pause ? until : pause);
    if (n < 0 && n != TERN_ERR_AGAIN) return n;
    e->host.now = tern_loop_now(e->loop);
    host_dispatch(&e->host);
    serve_descriptors(e, n);
    host_dispatch(&e->host);
    uint64_t shown = e->show.seen;
    show_events(&e->show);
    if (e->show.seen == shown && e->host.now >= pause) show_flush(&e->show);
    free_dead(e);
    return 0;
}

int env_run(struct env *e)
{
    while (!e->stop) {
        if (env_step(e, TERN_NEVER) < 0) return cli_fail(e->options->command, "the TUN device is gone");
    }
    return CLI_DONE;
}

int env_watch(struct env *e, struct watch *w, uint32_t events)
{
    if (events == w->events) return 0;
    int err = tern_loop_watch(e->loop, w->fd, events, w);
    if (err == 0) w->events = events;
    return err;
}

void env_bury(struct env *e, struct watch *w)
{
    env_watch(e, w, 0);
    w->dead = true;
    w->next_dead = e->dead;
    e->dead = w;
}
