/* tern demo: its order, its words, and what it proved. */
#include "cli_demo.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli_states.h"

#define CAPTURE "demo.pcapng"
#define MSL     TERN_SEC /* in place of 30 s, so that TIME-WAIT can be watched to its end */

void demo_say(const struct demo *d, const char *format, ...)
{
    if (d->options.json) return;
    va_list args;
    va_start(args, format);
    vprintf(words(format), args);
    va_end(args);
    fflush(stdout);
}

int demo_step(struct demo *d, tern_ns until) { return d->memory ? demo_memory_step(d, until) : env_step(&d->env, until); }

bool demo_wait(struct demo *d, bool (*done)(void *ctx), void *ctx, tern_ns limit)
{
    tern_ns until = d->env.host.now + limit;
    while (!done(ctx)) {
        if (d->env.stop || d->env.host.now >= until || demo_step(d, until) < 0) return false;
    }
    return true;
}

const char *demo_late(const struct demo *d) { return d->env.stop ? _("interrupted") : _("not done in time"); }

void demo_endpoint(struct tern_endpoint *e, const char *addr, uint16_t port)
{
    *e = (struct tern_endpoint){.port = port};
    tern_addr_parse(addr, &e->addr);
}

void demo_settle(struct demo *d)
{
    tern_ns until = d->env.host.now + 100 * TERN_MS;
    while (!d->env.stop && d->env.host.now < until && demo_step(d, until) == 0) continue;
    show_flush(&d->env.show);
    excerpt_end(&d->excerpt, d->options.pcap);
}

/* ---- the files ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int make_dir(struct demo *d)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(d->dir, sizeof d->dir, "%s/tern-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof d->dir || !mkdtemp(d->dir)) {
        d->dir[0] = '\0';
        return cli_fail("demo", "cannot make a directory below %s: %s; set TMPDIR", tmp && *tmp ? tmp : "/tmp", strerror(errno));
    }
    d->site.dir = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return d->site.dir < 0 ? cli_fail("demo", "cannot open %s: %s", d->dir, strerror(errno)) : CLI_DONE;
}

static void remove_dir(struct demo *d)
{
    if (d->site.dir >= 0) close(d->site.dir);
    if (d->dir[0]) nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- TIME-WAIT ---- */

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static uint64_t time_wait_n(const struct demo *d)
{
    struct tern_counters c;
    tern_stack_counters(d->env.host.stack, &c);
    return c.time_wait_n;
}

static bool no_time_wait(void *ctx) { return time_wait_n(ctx) == 0; }

static void show_states(const struct demo *d)
{
    size_t len;
    char *text = states_text(d->env.host.stack, d->env.host.now, d->options.json, &len);
    if (text) fwrite(text, 1, len, stdout);
    free(text);
}

/* The table three times while 2MSL passes, and once after it. */
static int show_time_wait(struct demo *d)
{
    tern_ns msl = d->options.settings.msl;
    demo_say(d, "\nTIME-WAIT counts 2MSL down (msl is %llu ms here, set for the demo; 30 s by default):\n",
             (unsigned long long)(msl / TERN_MS));
    if (time_wait_n(d) == 0) return cli_fail("demo", "no connection is in TIME-WAIT");
    for (int i = 0; i < 3; i++) {
        show_states(d);
        demo_wait(d, never, NULL, msl * 2 / 3);
    }
    demo_wait(d, no_time_wait, d, DEMO_LIMIT);
    show_flush(&d->env.show);
    show_states(d);
    if (time_wait_n(d) == 0) return CLI_DONE;
    return d->env.stop ? CLI_FAILED : CLI_SHORT;
}

/* ---- the parts ---- */

static int chat_callers_close(struct demo *d) { return demo_chat(d, false); }

static int chat_own_close(struct demo *d) { return demo_chat(d, true); }

static const struct part {
    const char *title, *memory_title;
    int (*run)(struct demo *d);
    bool bulk;
} parts[] = {
    {N_("(a) curl fetches 64 MiB from tern's HTTP server, over IPv4"),
     N_("(a) another tern fetches 64 MiB from tern's HTTP server, over IPv4"), demo_bulk_serve, true},
    {N_("(b) tern fetches 64 MiB from a kernel-side HTTP server, over IPv6"),
     N_("(b) tern fetches 64 MiB from the other tern, over IPv6"), demo_bulk_fetch, true},
    {N_("(c) nc and tern chat; nc closes first, tern goes on talking"),
     N_("(c) two terns chat; the caller closes first, the other goes on"), chat_callers_close, false},
    {N_("(c) nc calls a port where nobody listens"), N_("(c) the other tern calls a port where nobody listens"), demo_refused,
     false},
    {N_("(c) nc and tern chat; tern closes first, nc goes on talking"),
     N_("(c) two terns chat; the called one closes first, the other goes on"), chat_own_close, false},
    {N_("(c) the connections that are left"), N_("(c) the connections that are left"), show_time_wait, false},
};

static int run_parts(struct demo *d)
{
    int status = CLI_DONE;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == CLI_DONE; i++) {
        demo_say(d, "\n== %s\n", words(d->memory ? parts[i].memory_title : parts[i].title));
        d->options.brief = parts[i].bulk;
        struct tern_out out = {parts[i].bulk ? excerpt_put : tern_put_file, parts[i].bulk ? (void *)&d->excerpt : stdout};
        status = show_ladder(&d->env.show, &d->options, &out, isatty(STDOUT_FILENO) == 1);
        if (status < 0) status = parts[i].run(d);
        demo_settle(d);
    }
    return status;
}

/* ---- the end ---- */

static unsigned count_rules(const struct show *s)
{
    unsigned n = 0;
    for (size_t i = 1; i < TERN_RULE_N; i++) n += s->rule[i];
    return n;
}

static void conclude(const struct demo *d, int status, unsigned rules)
{
    if (d->options.json) {
        json_t *j = json_pack("{s:s, s:b, s:b, s:i, s:s}", "type", "demo", "ok", status == CLI_DONE, "memory", d->memory != 0,
                              "rules", (int)rules, "pcap", d->options.pcap);
        if (j) json_dumpf(j, stdout, JSON_COMPACT);
        json_decref(j);
        putchar('\n');
    } else if (status == CLI_DONE) {
        printf(_("\nProven: %s; 64 MiB each way arrived with equal SHA-256, over IPv4 and IPv6; each side closed first once, "
                 "half-closed; %u rules were at work; %s has every packet.\n"),
               d->memory ? _("two terns understand each other (in memory, in virtual time, without TUN or rights)")
                         : _("tern and the Linux kernel's TCP understand each other over a TUN device"),
               rules, d->options.pcap);
    } else if (status == CLI_SHORT) {
        fputs(_("\nNot proven: something differed, see above.\n"), stdout);
    }
}

static int fill_options(struct demo *d)
{
    struct options *o = &d->options;
    if (d->web && d->memory) return cli_usage("demo", "--web wants a TUN device: --memory does not go with it");
    if (d->browser && !d->web) return cli_usage("demo", "--browser goes with --web only");
    if (options_operand_n(o) > 0) return cli_usage("demo", "unwanted '%s'", options_operand(o, 0));
    bool of_tun = o->tun || o->mtu || o->plain || o->impaired || o->history_given;
    if (d->memory && of_tun)
        return cli_usage("demo",
                         "--memory has no TUN device: --tun, --mtu, --plain, --impair-in, --impair-out and --history do not "
                         "go with it");
    if (o->settings.msl == tern_setting_find("msl")->def) o->settings.msl = MSL;
    if (!o->pcap) o->pcap = strdup(CAPTURE);
    o->explain = !d->web; /* with --web the ladder comes in the end */
    o->fold = 4;
    o->snap = 128;
    parse_prefix(DEMO_OWN4 "/24", &o->addr[o->addr_n++]);
    parse_prefix(DEMO_OWN6 "/64", &o->addr[o->addr_n++]);
    parse_prefix(DEMO_PEER4 "/24", &o->peer[o->peer_n++]);
    parse_prefix(DEMO_PEER6 "/64", &o->peer[o->peer_n++]);
    return o->pcap ? -1 : cli_fail("demo", "no memory");
}

static int open_all(struct demo *d)
{
    if (sodium_init() < 0) return cli_fail("demo", "libsodium does not start");
    if (d->memory) return demo_memory_open(d);
    d->user_namespace = geteuid() != 0;
    int status = demo_namespace();
    return status < 0 ? env_open(&d->env, &d->options, stdout) : status;
}

static int run(struct demo *d)
{
    d->env = (struct env){.options = &d->options, .signals.fd = -1};
    int status = open_all(d);
    if (status < 0) {
        status = make_dir(d);
        /* A browser may need rights for a sandbox of its own. */
        if (status == CLI_DONE && !d->memory && !d->web && jail_rights("demo") >= 0) status = CLI_FAILED;
        if (status == CLI_DONE && d->web) status = demo_web(d);
        if (status == CLI_DONE && !d->web) status = demo_bulk_make(d);
        if (status == CLI_DONE && !d->web) status = run_parts(d);
        if (d->env.stop && status == CLI_DONE && !d->web) status = CLI_FAILED;
    }
    unsigned rules = count_rules(&d->env.show);
    remove_dir(d);
    demo_memory_close(d);
    status = env_close(&d->env, status);
    if (!d->web) conclude(d, status, rules);
    return status;
}

int cmd_demo(int argc, const char **argv)
{
    struct demo d = {.site.dir = -1};
    struct poptOption own[] = {
        {"memory", 'm', POPT_ARG_NONE, &d.memory, 0, N_("two terns in memory: no TUN device, no rights"), NULL},
        {"web", 'w', POPT_ARG_NONE, &d.web, 0, N_("a browser in the namespace sees the connections that carry the page"), NULL},
        {"browser", 'b', POPT_ARG_STRING, &d.browser, 0, N_("with --web: the browser's command; the address is added to it"),
         "COMMAND"},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "demo",
        .operands = "[OPTION...]",
        .text =
            N_("In a network namespace of its own: curl fetches a file from tern, tern fetches one from a kernel-side server, "
               "and nc chats with "
               "tern; every segment is shown with the rule behind it, and everything is compared. Writes demo.pcapng (--pcap)."),
        .example = "tern demo",
        .own = own,
        .own_addresses = true,
    };
    int status = options_read(&d.options, &usage, argc, argv);
    if (status < 0) status = fill_options(&d);
    if (status < 0) status = run(&d);
    options_free(&d.options);
    free(d.browser);
    return status;
}
