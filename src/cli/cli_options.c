#include "cli_options.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli_help.h"
#include "setting_text.h"
#include "words.h"

enum {
    OPT_HELP = 1,
    OPT_MAN,
    OPT_TUN,
    OPT_ADDR,
    OPT_PEER,
    OPT_MTU,
    OPT_PLAIN,
    OPT_EXPLAIN,
    OPT_JSON,
    OPT_PCAP,
    OPT_SET,
    OPT_PROFILE,
    OPT_HISTORY,
    OPT_IN,
    OPT_OUT,
    OPT_SEED,
    OPT_NO_JAIL,
    OPT_USER,
    OPT_CALLS
};

enum { HISTORY_DEFAULT = 2048 };

#define OPTION(name, arg, id, text, what)                                                                                        \
    {                                                                                                                            \
        name, '\0', arg, NULL, id, text, what                                                                                    \
    }

static struct poptOption address_options[] = {
    OPTION("addr", POPT_ARG_STRING, OPT_ADDR, N_("tern's own address, IPv4 or IPv6; may be repeated"), "ADDRESS/LENGTH"),
    OPTION("peer", POPT_ARG_STRING, OPT_PEER, N_("the kernel's address on a new TUN; may be repeated"), "ADDRESS/LENGTH"),
    POPT_TABLEEND,
};

static struct poptOption link_options[] = {
    OPTION("tun", POPT_ARG_STRING, OPT_TUN, N_("the TUN device, made when there is none of this name"), "NAME"),
    OPTION("mtu", POPT_ARG_STRING, OPT_MTU, N_("of the TUN device"), "BYTES"),
    OPTION("plain", POPT_ARG_NONE, OPT_PLAIN, N_("no offloads: packets are cut and summed here"), NULL),
    OPTION("impair-in", POPT_ARG_STRING, OPT_IN,
           N_("damage what comes in, such as rate=10M,delay=20ms,loss=1%; 'tern wire --help' has all keys"), "SPEC"),
    OPTION("impair-out", POPT_ARG_STRING, OPT_OUT, N_("damage what goes out"), "SPEC"),
    OPTION("seed", POPT_ARG_STRING, OPT_SEED, N_("of the damage"), "NUMBER"),
    POPT_TABLEEND,
};

static struct poptOption stack_options[] = {
    OPTION("history", POPT_ARG_STRING, OPT_HISTORY, N_("events kept for 'tern states --why': 0, or a power of two (2048)"),
           "NUMBER"),
    OPTION("profile", POPT_ARG_STRING, OPT_PROFILE,
           N_("whose settings: rfc, linux or freebsd; before --set. 'tern settings' has them"), "NAME"),
    OPTION("set", POPT_ARG_STRING, OPT_SET,
           N_("a setting of the stack, such as msl=1s, by tern's name or a kernel's, such as net.ipv4.tcp_sack=0"), "KEY=VALUE"),
    POPT_TABLEEND,
};

static struct poptOption show_options[] = {
    OPTION("explain", POPT_ARG_NONE, OPT_EXPLAIN, N_("print each segment with the rule behind it"), NULL),
    OPTION("pcap", POPT_ARG_STRING, OPT_PCAP, N_("write a pcapng capture whose comments hold the rules"), "FILE"),
    OPTION("json", POPT_ARG_NONE, OPT_JSON, N_("JSON lines in place of text"), NULL),
    POPT_TABLEEND,
};

static struct poptOption jail_options[] = {
    OPTION("user", POPT_ARG_STRING, OPT_USER, N_("root becomes this user once all is open"), "NAME"),
    OPTION("no-jail", POPT_ARG_NONE, OPT_NO_JAIL, N_("keep all rights and all system calls, for a debugger"), NULL),
    OPTION("system-calls", POPT_ARG_NONE, OPT_CALLS, N_("print which system calls remain without --no-jail"), NULL),
    POPT_TABLEEND,
};

static struct poptOption json_options[] = {
    OPTION("json", POPT_ARG_NONE, OPT_JSON, N_("JSON lines in place of text"), NULL),
    POPT_TABLEEND,
};

/* For the build, which makes the manual page. */
static struct poptOption hidden_options[] = {
    {"man", '\0', POPT_ARG_NONE, NULL, OPT_MAN, NULL, NULL},
    POPT_TABLEEND,
};

static struct poptOption help_options[] = {
    {"help", 'h', POPT_ARG_NONE, NULL, OPT_HELP, N_("print this"), NULL},
    {"lang", '\0', POPT_ARG_STRING, NULL, 0, N_("the language of all that is said"), "en|zh_CN"}, /* main() takes it away */
    POPT_TABLEEND,
};

static int take_prefix(struct options *o, const char *option, const char *text, struct prefix *list, size_t *n, size_t max)
{
    if (*n == max) return cli_usage(o->command, "--%s may be given %zu times", option, max);
    if (parse_prefix(text, &list[*n]) < 0) {
        return cli_usage(o->command, "--%s '%s': not an address with its length, such as 192.0.2.2/24", option, text);
    }
    (*n)++;
    return -1;
}

static int take_mtu(struct options *o, const char *text)
{
    uint64_t v;
    if (parse_number(text, TERN_PACKET_MAX, &v) < 0 || v < 576) {
        return cli_usage(o->command, "--mtu '%s': 576 to %d bytes", text, TERN_PACKET_MAX);
    }
    o->mtu = (uint32_t)v;
    return -1;
}

static int take_history(struct options *o, const char *text)
{
    uint64_t n;
    if (parse_number(text, 1 << 20, &n) < 0 || (n & (n - 1)) != 0)
        return cli_usage(o->command, "--history '%s': 0 or a power of two up to 1048576", text);
    o->history = (uint32_t)n;
    o->history_given = true;
    return -1;
}

static int take_seed(struct options *o, const char *text)
{
    if (parse_number(text, UINT64_MAX, &o->seed) < 0) return cli_usage(o->command, "--seed '%s': not a number", text);
    o->seed_given = true;
    return -1;
}

static int take_impair(struct options *o, const char *option, const char *text, struct tern_impair *out)
{
    char err[640];
    if (tern_impair_parse(text, out, words, err, sizeof err) < 0) return cli_usage(o->command, "--%s: %s", option, err);
    o->impaired = true;
    return -1;
}

int options_setting(const char *command, const char *text, struct tern_settings *settings, size_t *row)
{
    char name[64];
    const char *equals = strchr(text, '=');
    if (!equals) return cli_usage(command, "--set '%s': KEY=VALUE is wanted, such as msl=1s", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    const struct tern_setting_info *info = tern_setting_find(name);
    if (!info) return cli_usage(command, "--set '%s': no such setting", name);
    *row = (size_t)(info - tern_setting_info(0));
    if (!setting_take(info, equals + 1, settings)) {
        char least[QUANTITY_LEN], most[QUANTITY_LEN];
        setting_text(info, info->min, least);
        setting_text(info, info->max, most);
        return cli_usage(command, "--set %s: from %s to %s", info->name, least, most);
    }
    return -1;
}

int options_settings(const char *command, const struct tern_settings *settings)
{
    char why[SETTINGS_WRONG_LEN];
    return settings_wrong(settings, why) ? cli_usage(command, "--set: the settings do not go together: %s", why) : -1;
}

/* A kernel's name has dots, tern's have none. */
static int take_sysctl(struct options *o, const char *text)
{
    char name[64];
    size_t len = strcspn(text, "=");
    snprintf(name, sizeof name, "%.*s", (int)len, text);
    const struct tern_sysctl_info *row = tern_sysctl_find(name);
    if (!row) return cli_usage(o->command, "--set '%s': no such setting", name);
    switch (tern_sysctl_set(&o->settings, name, text + len + 1)) {
    case 0: return -1;
    case TERN_ERR_UNSUPPORTED: return cli_usage(o->command, "--set %s: tern cannot do that: %s", text, words(row->text));
    default: return cli_usage(o->command, "--set %s: no value that this setting takes", text);
    }
}

static int take_setting(struct options *o, const char *text)
{
    const char *equals = strchr(text, '='), *mark = strpbrk(text, "./");
    size_t row;
    o->set_given = true;
    if (equals && mark && mark < equals) return take_sysctl(o, text);
    return options_setting(o->command, text, &o->settings, &row);
}

static int take_profile(struct options *o, const char *name)
{
    if (o->set_given) return cli_usage(o->command, "--profile comes before --set: it sets everything");
    if (tern_profile_set(&o->settings, name) < 0) return cli_usage(o->command, "--profile '%s': rfc, linux or freebsd", name);
    return -1;
}

static void take_text(char **place, const char *text)
{
    free(*place);
    *place = strdup(text);
}

static int take(struct options *o, int id, const char *text)
{
    switch (id) {
    case OPT_TUN: take_text(&o->tun, text); return -1;
    case OPT_ADDR: return take_prefix(o, "addr", text, o->addr, &o->addr_n, TERN_IF_ADDRS_MAX);
    case OPT_PEER: return take_prefix(o, "peer", text, o->peer, &o->peer_n, OPTIONS_PEERS_MAX);
    case OPT_MTU: return take_mtu(o, text);
    case OPT_PLAIN: o->plain = true; return -1;
    case OPT_EXPLAIN: o->explain = true; return -1;
    case OPT_JSON: o->json = true; return -1;
    case OPT_PCAP: take_text(&o->pcap, text); return -1;
    case OPT_SET: return take_setting(o, text);
    case OPT_PROFILE: return take_profile(o, text);
    case OPT_HISTORY: return take_history(o, text);
    case OPT_NO_JAIL: o->no_jail = true; return -1;
    case OPT_USER: take_text(&o->user, text); return -1;
    case OPT_IN: return take_impair(o, "impair-in", text, &o->impair_in);
    case OPT_OUT: return take_impair(o, "impair-out", text, &o->impair_out);
    default: return take_seed(o, text); /* OPT_SEED */
    }
}

#define INCLUDE(table, title, flags) ((struct poptOption){NULL, '\0', POPT_ARG_INCLUDE_TABLE | (flags), table, 0, title, NULL})
#define SHARED                       POPT_ARGFLAG_DOC_HIDDEN /* the manual tells these once */

/* The table must live as long as the context. */
static void fill_table(struct poptOption *table, const struct usage *u)
{
    size_t n = 0;
    if (u->own) table[n++] = INCLUDE(u->own, N_("Of this command:"), 0u);
    if (u->no_stack) {
        if (!u->no_json) table[n++] = INCLUDE(json_options, N_("What is shown:"), SHARED);
    } else {
        if (!u->own_addresses) table[n++] = INCLUDE(address_options, N_("Whose addresses:"), SHARED);
        table[n++] = INCLUDE(link_options, N_("Where packets go:"), SHARED);
        table[n++] = INCLUDE(stack_options, N_("The stack:"), SHARED);
        table[n++] = INCLUDE(show_options, N_("What is shown:"), SHARED);
    }
    if (u->jail) table[n++] = INCLUDE(jail_options, N_("Its rights:"), SHARED);
    table[n++] = INCLUDE(help_options, N_("Help:"), SHARED);
    table[n++] = INCLUDE(hidden_options, "", SHARED);
    table[n] = (struct poptOption)POPT_TABLEEND;
}

void options_man(FILE *out)
{
    help_roff_options(out, address_options);
    help_roff_options(out, link_options);
    help_roff_options(out, stack_options);
    help_roff_options(out, show_options);
    help_roff_options(out, jail_options);
    help_roff_options(out, help_options);
}

static int read_all(struct options *o, const struct usage *u)
{
    int id;
    while ((id = poptGetNextOpt(o->popt)) > 0) {
        if (id == OPT_HELP || id == OPT_MAN) {
            if (id == OPT_HELP)
                help_print(stdout, u, o->table, help_width());
            else
                help_roff(stdout, u, o->table);
            return CLI_DONE;
        }
        if (id == OPT_CALLS) {
            jail_page(stdout);
            return CLI_DONE;
        }
        char *text = poptGetOptArg(o->popt);
        int status = take(o, id, text);
        free(text);
        if (status >= 0) return status;
    }
    if (id < -1) return cli_usage(o->command, "%s: %s", poptBadOption(o->popt, POPT_BADOPTION_NOALIAS), poptStrerror(id));
    if (o->user && o->no_jail) return cli_usage(o->command, "--user is part of the jail: --no-jail leaves it away");
    if (o->seed_given && !o->impaired)
        return cli_usage(o->command, "--seed is of the damage: it goes with --impair-in, --impair-out");
    return options_settings(o->command, &o->settings);
}

int options_read(struct options *o, const struct usage *u, int argc, const char **argv)
{
    *o = (struct options){.command = u->command, .seed = 1, .history = HISTORY_DEFAULT};
    tern_settings_default(&o->settings);
    fill_table(o->table, u);
    o->popt = poptGetContext(NULL, argc, argv, o->table, 0);
    if (!o->popt) return cli_fail(u->command, "no memory");
    return read_all(o, u);
}

void options_free(struct options *o)
{
    poptFreeContext(o->popt);
    free(o->tun);
    free(o->pcap);
    free(o->user);
}

void options_list_free(char **list)
{
    for (char **text = list; text && *text; text++) free(*text);
    free(list);
}

int options_jail(const struct options *o, const struct jail *j)
{
    struct jail mine = *j;
    mine.command = o->command;
    mine.user = o->user;
    return o->no_jail ? -1 : jail_enter(&mine);
}

const char *options_operand(const struct options *o, size_t i)
{
    const char **operands = poptGetArgs(o->popt);
    return operands && i < options_operand_n(o) ? operands[i] : NULL;
}

size_t options_operand_n(const struct options *o)
{
    const char **operands = poptGetArgs(o->popt);
    size_t n = 0;
    while (operands && operands[n]) n++;
    return n;
}

int options_number(const char *command, int *n, const char *option)
{
    if (*n < 1 && *n != OPTIONS_NOT_GIVEN) return cli_usage(command, "%s %d: a number above 0 is wanted", option, *n);
    if (*n == OPTIONS_NOT_GIVEN) *n = 0;
    return -1;
}

/* What nobody would give a host as its name. */
static bool looks_numeric(const char *host) { return strspn(host, "0123456789.") == strlen(host) || strchr(host, ':'); }

static void from_sockaddr(const struct sockaddr *sa, struct tern_endpoint *out)
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        uint8_t b[4];
        memcpy(b, &in.sin_addr, sizeof b);
        *out = (struct tern_endpoint){tern_addr_v4(b), ntohs(in.sin_port)};
    } else {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        memcpy(out->addr.b, &in6.sin6_addr, sizeof out->addr.b);
        out->port = ntohs(in6.sin6_port);
    }
}

int options_resolve(const struct options *o, const char *host, const char *port, struct tern_endpoint *out)
{
    uint64_t number;
    if (strspn(port, "0123456789") == strlen(port) && (parse_number(port, UINT16_MAX, &number) < 0 || number == 0)) {
        return cli_usage(o->command, "port '%s': 1 to 65535, or a service's name", port);
    }
    struct tern_addr addr;
    if (looks_numeric(host) && tern_addr_parse(host, &addr) < 0) {
        return cli_usage(o->command, "'%s' is neither an IPv4 nor an IPv6 address", host);
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int err = getaddrinfo(host, port, &hints, &list);
    if (err) return cli_fail(o->command, "cannot resolve %s port %s: %s", host, port, gai_strerror(err));
    from_sockaddr(list->ai_addr, out);
    freeaddrinfo(list);
    return -1;
}
