/* `tern wire`: a cable between two TUN devices, each in a network namespace of its own, with the damage of a path.
 *
 * Both devices are plain, so that each packet that a kernel sends comes whole and summed. The damage stands before end A: what A
 * sends is damaged on its way in (--up), what B sent is damaged before it leaves to A (--down). A capture shows what B sees. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "words.h"
#include "cli_options.h"
#include "cut.h"
#include "mem.h"

enum {
    ENDS = 2,
    ADDRS_MAX = 4,
    BATCH = 64,
    TIME_MAX_S = 1000000000,
    MEMORY = 1 << 28 /* bytes of packets that may be on their way */
};

static const char wire_name[] = "wire";

struct place {
    const char *text; /* the operand */
    char ns[256];     /* the namespace's file */
    char device[32];
    struct prefix addr[ADDRS_MAX];
    size_t addr_n;
};

struct wire {
    struct place place[ENDS];
    struct tern_impair up, down;
    uint64_t seed;
    tern_ns time; /* TERN_NEVER: until a signal */
    const char *pcap_path;
    bool json;

    struct mem mem;
    struct tern_pool *pool;
    struct tern_link *a, *b; /* a: with the damage before it */
    struct tern_pcapng *pcap;
    uint64_t wall_offset; /* from CLOCK_MONOTONIC to the time of day */
    int signals;
};

/* ---- the command line ---- */

static int bad_place(const struct place *p)
{
    return cli_usage(wire_name, "'%s': NETNS:IF:ADDRESS/LENGTH is wanted, such as left:tun0:192.0.2.1/24", p->text);
}

static void ns_path(const char *ns, size_t len, char *out, size_t out_len)
{
    bool number = strspn(ns, "0123456789") >= len, path = memchr(ns, '/', len) != NULL;
    if (path)
        snprintf(out, out_len, "%.*s", (int)len, ns);
    else if (number)
        snprintf(out, out_len, "/proc/%.*s/ns/net", (int)len, ns);
    else
        snprintf(out, out_len, "/run/netns/%.*s", (int)len, ns);
}

static int read_addrs(struct place *p, const char *text)
{
    while (*text) {
        char one[TERN_ADDR_STRLEN + 4];
        size_t len = strcspn(text, ",");
        if (len >= sizeof one || p->addr_n == ADDRS_MAX) return bad_place(p);
        memcpy(one, text, len);
        one[len] = '\0';
        if (parse_prefix(one, &p->addr[p->addr_n++]) < 0) return bad_place(p);
        text += len + (text[len] == ',');
    }
    return p->addr_n > 0 ? -1 : bad_place(p);
}

/* |text| is NETNS:IF:ADDRESS/LENGTH[,ADDRESS/LENGTH...]; IPv6 addresses have colons of their own. */
static int read_place(struct place *p, const char *text)
{
    p->text = text;
    const char *device = strchr(text, ':'), *addrs = device ? strchr(device + 1, ':') : NULL;
    if (!addrs || device == text || addrs == device + 1) return bad_place(p);
    size_t ns_len = (size_t)(device - text), device_len = (size_t)(addrs - device - 1);
    if (ns_len > sizeof p->ns - 32 || device_len >= sizeof p->device) return bad_place(p);
    ns_path(text, ns_len, p->ns, sizeof p->ns);
    memcpy(p->device, device + 1, device_len);
    return read_addrs(p, addrs + 1);
}

static int read_spec(const char *option, const char *text, struct tern_impair *out)
{
    char err[640];
    if (!text || tern_impair_parse(text, out, words, err, sizeof err) == 0) return -1;
    return cli_usage(wire_name, "--%s %s", option, err);
}

static int read_number(const char *option, const char *text, uint64_t max, uint64_t *out)
{
    if (!text || parse_number(text, max, out) == 0) return -1;
    return cli_usage(wire_name, "--%s '%s': a number up to %llu is wanted", option, text, (unsigned long long)max);
}

struct texts {
    char *up, *down, *seed, *time, *pcap;
};

static int read_options(struct wire *w, const struct options *o, const struct texts *t)
{
    uint64_t seconds = 0;
    w->seed = 1;
    w->json = o->json;
    w->pcap_path = t->pcap;
    int status = read_spec("up", t->up, &w->up);
    if (status < 0) status = read_spec("down", t->down, &w->down);
    if (status < 0) status = read_number("seed", t->seed, UINT64_MAX, &w->seed);
    if (status < 0) status = read_number("time", t->time, TIME_MAX_S, &seconds);
    w->time = t->time ? seconds * TERN_SEC : TERN_NEVER;
    if (status < 0 && options_operand_n(o) != ENDS) status = cli_usage(wire_name, "two ends are wanted, A and B");
    for (size_t i = 0; status < 0 && i < ENDS; i++) status = read_place(&w->place[i], options_operand(o, i));
    return status;
}

/* ---- opening ---- */

static tern_ns clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

static struct tern_link *open_device(const struct place *p)
{
    struct tern_tun_config config = {.name = p->device, .plain = true, .up = true, .peer_n = p->addr_n, .translate = words};
    for (size_t i = 0; i < p->addr_n; i++) {
        config.peer[i] = p->addr[i].addr;
        config.prefix_len[i] = p->addr[i].len;
    }
    char err[256];
    struct tern_link *l = tern_tun_open(&config, err, sizeof err);
    if (!l) cli_fail(wire_name, "%s: %s", p->text, err);
    return l;
}

/* Enters the namespace for as long as it takes: the device stays there, its descriptor works from anywhere. */
static struct tern_link *open_end(const struct place *p)
{
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), there = open(p->ns, O_RDONLY | O_CLOEXEC);
    struct tern_link *l = NULL;
    if (home < 0)
        cli_fail(wire_name, "cannot find the way back to this network namespace: %s", strerror(errno));
    else if (there < 0)
        cli_fail(wire_name, "%s: cannot open the network namespace %s: %s; `ip netns add` makes one", p->text, p->ns,
                 strerror(errno));
    else if (setns(there, CLONE_NEWNET) < 0)
        cli_fail(wire_name, "%s: cannot enter the network namespace: %s; run as root", p->text, strerror(errno));
    else
        l = open_device(p);
    if (l && setns(home, CLONE_NEWNET) < 0) {
        cli_fail(wire_name, "cannot return to this network namespace: %s", strerror(errno));
        tern_link_close(l);
        l = NULL;
    }
    if (home >= 0) close(home);
    if (there >= 0) close(there);
    return l;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool open_pcap(struct wire *w)
{
    if (!w->pcap_path) return true;
    char err[256];
    w->pcap = tern_pcapng_open(w->pcap_path, 0, err, sizeof err);
    w->wall_offset = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_MONOTONIC);
    if (!w->pcap) cli_fail(wire_name, "%s", err);
    return w->pcap != NULL;
}

static bool open_all(struct wire *w)
{

    mem_init(&w->mem, &tern_alloc_libc, MEMORY);
    w->pool = pool_new(&w->mem);
    w->signals = open_signals();
    if (!w->pool || w->signals < 0) {
        cli_fail(wire_name, "cannot begin: %s", strerror(errno));
        return false;
    }
    if (!open_pcap(w)) return false;
    struct tern_link *a = open_end(&w->place[0]);
    if (!a) return false;
    w->a = tern_impair_new(a, &w->up, &w->down, w->seed);
    if (!w->a) {
        cli_fail(wire_name, "no memory for the queues");
        tern_link_close(a);
        return false;
    }
    w->b = open_end(&w->place[1]);
    return w->b != NULL;
}

/* Returns whether the capture is complete. */
static bool close_all(struct wire *w)
{
    tern_link_close(w->a);
    tern_link_close(w->b);
    pool_free(w->pool);
    if (w->signals >= 0) close(w->signals);
    return !w->pcap || tern_pcapng_close(w->pcap) == 0;
}

/* ---- moving packets ---- */

/* A batch from one end to the other. Returns the number of packets, or TERN_ERR_IO. */
static int move(struct wire *w, tern_ns now, struct tern_link *from, struct tern_link *to)
{
    struct tern_buf *bufs[BATCH];
    int n = from->ops->recv(from, now, w->pool, bufs, BATCH), r = n;
    for (int i = 0; i < n; i++) {
        struct tern_buf *b = bufs[i];
        struct tern_pkt pkt;
        cut_from_buf(b, &pkt);
        if (w->pcap) tern_pcapng_packet(w->pcap, now + w->wall_offset, from == w->b, b->data, b->len, b->len, NULL);
        if (to->ops->send(to, now, &pkt, 1) < 0) r = TERN_ERR_IO;
        tern_buf_unref(b);
    }
    return r;
}

/* One turn. Returns whether there may be more at once, or TERN_ERR_IO. */
static int turn(struct wire *w, tern_ns now)
{
    if (w->a->ops->next(w->a) <= now && w->a->ops->send(w->a, now, NULL, 0) < 0) return TERN_ERR_IO;
    int up = move(w, now, w->a, w->b), down = move(w, now, w->b, w->a);
    if (up < 0 || down < 0) return TERN_ERR_IO;
    return up == BATCH || down == BATCH;
}

/* Returns whether a signal came. */
static bool sleep_until(const struct wire *w, tern_ns now, tern_ns at)
{
    struct pollfd fds[] = {
        {.fd = w->signals, .events = POLLIN},
        {.fd = w->a->ops->fd(w->a), .events = POLLIN},
        {.fd = w->b->ops->fd(w->b), .events = POLLIN},
    };
    tern_ns wait = at > now ? at - now : 0;
    struct timespec t = {.tv_sec = (time_t)(wait / TERN_SEC), .tv_nsec = (long)(wait % TERN_SEC)};
    ppoll(fds, sizeof fds / sizeof fds[0], at == TERN_NEVER ? NULL : &t, NULL);
    return (fds[0].revents & POLLIN) != 0;
}

static int run(struct wire *w)
{
    tern_ns now = clock_of(CLOCK_MONOTONIC), end = w->time == TERN_NEVER ? TERN_NEVER : now + w->time;
    bool stop = false;
    while (!stop && now < end) {
        int more = turn(w, now);
        if (more < 0) return cli_fail(wire_name, "a device is gone: was it, or its namespace, deleted?");
        tern_ns next = w->a->ops->next(w->a);
        stop = sleep_until(w, now, more ? now : next < end ? next : end);
        now = clock_of(CLOCK_MONOTONIC);
    }
    return CLI_DONE;
}

/* ---- the account ---- */

static json_t *counters_json(const struct tern_impair_counters *c)
{
    return json_pack("{sI sI sI sI sI sI sI sI sI sI sI sI sI}", "passed", (json_int_t)c->passed, "lost", (json_int_t)c->lost,
                     "overflowed", (json_int_t)c->overflowed, "duplicated", (json_int_t)c->duplicated, "reordered",
                     (json_int_t)c->reordered, "marked", (json_int_t)c->marked, "corrupted", (json_int_t)c->corrupted, "swapped",
                     (json_int_t)c->swapped, "early", (json_int_t)c->early, "policed", (json_int_t)c->policed, "too_big",
                     (json_int_t)c->too_big, "down", (json_int_t)c->down, "changed", (json_int_t)c->changed);
}

static void print_counters(const char *way, const struct tern_impair_counters *c)
{
    printf(_("%-4s  %llu passed, %llu lost, %llu overflowed, %llu duplicated, %llu reordered, %llu marked, %llu corrupted, %llu "
             "swapped\n"),
           way, (unsigned long long)c->passed, (unsigned long long)c->lost, (unsigned long long)c->overflowed,
           (unsigned long long)c->duplicated, (unsigned long long)c->reordered, (unsigned long long)c->marked,
           (unsigned long long)c->corrupted, (unsigned long long)c->swapped);
    if (c->early + c->policed + c->too_big > 0)
        printf(_("besides these %llu were dropped early, %llu by the policer, %llu were too big\n"), (unsigned long long)c->early,
               (unsigned long long)c->policed, (unsigned long long)c->too_big);
    if (c->down + c->changed > 0)
        printf(_("%llu were lost while the link was down, and of %llu the ECN field was changed\n"), (unsigned long long)c->down,
               (unsigned long long)c->changed);
}

static void print_account(const struct wire *w)
{
    struct tern_impair_counters up, down;
    tern_impair_counters(w->a, &up, &down);
    if (!w->json) {
        print_counters("up", &up);
        print_counters("down", &down);
        return;
    }
    json_t *all = json_pack("{sI so so}", "seed", (json_int_t)w->seed, "up", counters_json(&up), "down", counters_json(&down));
    if (all) json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static int wire(struct wire *w, const struct options *o)
{
    int status = CLI_FAILED;
    bool open = open_all(w);
    prctl(PR_SET_TIMERSLACK, 1UL); /* delays are meant to the microsecond */
    if (open) status = options_jail(o, &(struct jail){.who = JAIL_WIRE, .files = -1, .socket_dir = -1});
    if (open && status < 0) {
        if (!w->json) {
            printf(_("%s <-> %s, seed %llu\n"), w->place[0].text, w->place[1].text, (unsigned long long)w->seed);
            fflush(stdout);
        }
        status = run(w);
        print_account(w);
    }
    if (!close_all(w)) status = cli_fail(wire_name, "%s: not everything could be written", w->pcap_path);
    return status;
}

#define OWN(name, place, text, what)                                                                                             \
    {                                                                                                                            \
        name, '\0', POPT_ARG_STRING, place, 0, text, what                                                                        \
    }

int cmd_wire(int argc, const char **argv)
{
    struct texts t = {0};
    struct poptOption own[] = {
        OWN("up", &t.up, N_("from A to B, such as rate=10M,delay=20ms,loss=1%; the keys are below"), "SPEC"),
        OWN("down", &t.down, N_("from B to A"), "SPEC"),
        OWN("seed", &t.seed, N_("of all chance: the same seed damages in the same way"), "NUMBER"),
        OWN("time", &t.time, N_("ends after so many seconds"), "SECONDS"),
        OWN("pcap", &t.pcap, N_("write a pcapng capture of what B sees"), "FILE"),
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = wire_name,
        .operands = "A B",
        .text = N_(
            "A and B are NETNS:IF:ADDRESS/LENGTH: a network namespace that exists (a name of `ip netns`, a path, or a process's "
            "number), the TUN device to make in it, and its addresses (several: with commas). Packets pass between the two "
            "until "
            "SIGINT, SIGTERM or --time, and suffer what --up and --down say."),
        .example = "tern wire left:tun0:192.0.2.1/24 right:tun0:192.0.2.2/24 --up loss=1%,delay=20ms",
        .own = own,
        .no_stack = true,
        .damage_keys = true,
        .jail = true,
    };
    struct options o;
    struct wire w = {.signals = -1};
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = read_options(&w, &o, &t);
    if (status < 0) status = wire(&w, &o);
    options_free(&o);
    free(t.up);
    free(t.down);
    free(t.seed);
    free(t.time);
    free(t.pcap);
    return status;
}
