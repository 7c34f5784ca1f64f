/* tern serve: the little services, and files by HTTP. */
#include "cli_env.h"
#include "words.h"
#include "cli_http.h"
#include "cli_services.h"

#include <tern/filter.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 4096

struct offer {
    const char *name;
    const struct service *service[4];
};

static const struct offer offers[] = {
    {"echo", {&service_echo}},       {"discard", {&service_discard}},
    {"chargen", {&service_chargen}}, {"daytime", {&service_daytime}},
    {"http", {&service_http}},       {"bench", {&service_echo, &service_crr, &service_discard, &service_chargen}},
};

static const char names[] = "echo, discard, chargen, daytime, http DIR, bench";

struct serve {
    struct options options;
    struct env env;
    const struct offer *offer;
    int port; /* 0: the service's own */
    struct http_site site;
    char *block; /* of chargen */
    char **rule; /* the texts, NULL behind the last; NULL: none */
    struct tern_filter rules[TERN_FILTER_MAX];
    size_t rule_n;
};

static const struct offer *find(const char *name)
{
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        if (strcmp(offers[i].name, name) == 0) return &offers[i];
    }
    return NULL;
}

static int read_rules(struct serve *v)
{
    for (; v->rule && v->rule[v->rule_n]; v->rule_n++) {
        const char *text = v->rule[v->rule_n];
        if (v->rule_n == TERN_FILTER_MAX) return cli_usage("serve", "--rule: %d at most", TERN_FILTER_MAX);
        if (tern_filter_parse(text, &v->rules[v->rule_n]) < 0)
            return cli_usage("serve", "--rule '%s': such as 'drop 192.0.2.0/24' or 'allow any each half 10 conns 50 rate 20'",
                             text);
    }
    return -1;
}

static int read_operands(struct serve *v)
{
    const struct options *o = &v->options;
    const char *name = options_operand(o, 0), *dir = options_operand(o, 1);
    if (!name) return cli_usage("serve", "which service? One of %s", names);
    v->offer = find(name);
    if (!v->offer) return cli_usage("serve", "unknown service '%s': one of %s", name, names);
    bool http = v->offer->service[0] == &service_http;
    if (http && !dir) return cli_usage("serve", "http: which directory?");
    if (options_operand_n(o) > (http ? 2 : 1)) return cli_usage("serve", "unwanted '%s'", options_operand(o, http ? 2 : 1));
    if (v->offer->service[1] && !o->history_given) v->options.history = 0; /* bench measures */
    if (v->port < 0 || v->port > 65535) return cli_usage("serve", "--port %d: 1 to 65535", v->port);
    if (v->port && v->offer->service[1]) return cli_usage("serve", "--port: bench has four ports of its own");
    if (!http) return -1;
    v->site.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return v->site.dir < 0 ? cli_fail("serve", "cannot open the directory '%s': %s", dir, strerror(errno)) : -1;
}

static void *context_of(struct serve *v, const struct service *service)
{
    if (service == &service_http) return &v->site;
    return service == &service_chargen ? v->block : NULL;
}

static int listen_all(struct serve *v)
{
    for (size_t i = 0; i < 4 && v->offer->service[i]; i++) {
        const struct service *service = v->offer->service[i];
        struct tern_endpoint local = {.port = v->port ? (uint16_t)v->port : service->port};
        struct tern_listener *l;
        int err = host_listen(&v->env.host, &local, BACKLOG, service, context_of(v, service), &l);
        if (!err) err = tern_listener_filter(l, v->rules, v->rule_n);
        if (err < 0) return cli_fail("serve", "cannot listen on port %u: %s", local.port, words(tern_strerror(err)));
    }
    return -1;
}

static void announce(const struct serve *v)
{
    const struct options *o = &v->options;
    char text[TERN_ADDR_STRLEN];
    fprintf(stderr, _("tern serve: %s on"), v->offer->name);
    for (size_t i = 0; i < o->addr_n; i++) fprintf(stderr, " %s", tern_addr_format(&o->addr[i].addr, text));
    fputs(_(" port"), stderr);
    for (size_t i = 0; i < 4 && v->offer->service[i]; i++) {
        fprintf(stderr, " %u", v->port ? (unsigned)v->port : v->offer->service[i]->port);
    }
    fprintf(stderr, _(", MTU %u; SIGINT ends it\n"), v->env.mtu);
}

static int serve(struct serve *v)
{
    v->block = chargen_block();
    if (!v->block) return cli_fail("serve", "no memory");
    int status = env_open(&v->env, &v->options, stdout);
    if (status < 0) status = listen_all(v);
    if (status < 0) status = env_jail(&v->env, v->site.dir >= 0 ? JAIL_FILES : 0, v->site.dir, 0);
    if (status < 0) {
        announce(v);
        status = env_run(&v->env);
    }
    status = env_close(&v->env, status);
    free(v->block);
    return status;
}

int cmd_serve(int argc, const char **argv)
{
    struct serve v = {.site.dir = -1};
    struct poptOption own[] = {
        {"port", 'p', POPT_ARG_INT, &v.port, 0, N_("in place of the service's usual one"), "NUMBER"},
        {"rule", '\0', POPT_ARG_ARGV, &v.rule, 0,
         N_("'allow|drop|reset any|ADDRESS[/LENGTH] [each] [half N] [conns N] [rate N]': who may connect, the first that fits "
            "decides; limits of half-open connections, connections, and SYNs a second; may be repeated"),
         "RULE"},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "serve",
        .operands = "[OPTION...] echo|discard|chargen|daytime|http DIR|bench",
        .text =
            N_("Serves connections that arrive on a TUN device, until SIGINT or SIGTERM. Ports: echo 7, discard 9, daytime 13, "
               "chargen 19, http 80; bench has echo 7, one byte and close 8, discard 9, chargen 19."),
        .example = "tern serve --tun tern0 --addr 192.0.2.2/24 --peer 192.0.2.1/24 --explain http /usr/share/doc",
        .own = own,
        .jail = true,
    };
    int status = options_read(&v.options, &usage, argc, argv);
    if (status < 0) status = read_operands(&v);
    if (status < 0) status = read_rules(&v);
    if (status < 0) status = serve(&v);
    if (v.site.dir >= 0) close(v.site.dir);
    options_list_free(v.rule);
    options_free(&v.options);
    return status;
}
