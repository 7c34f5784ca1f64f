/* The addresses, names and settings that a script finds. */
#include "run_setup.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

/* Linux's and FreeBSD's suites name these addresses; nothing is ever sent to them. */
static const struct {
    const char *local, *remote;
} places[2] = {{"192.168.0.1", "192.0.2.1"}, {"fd3d:fa7b:d17d::1", "2001:db8::1"}},
  linux_places[2] = {{"192.168.0.1", "192.0.2.1"}, {"fd3d:a0b:17d6::1", "fd3d:fa7b:d17d::1"}};

enum { MTU_DEFAULT = 1500, LINUX_MTU_V6 = 1520, PORT_DEFAULT = 8080, FIRST_REMOTE_PORT = 40001 };

struct run_file {
    struct run_file *next;
    uint64_t len;
    char path[];
};

enum script_dialect run_dialect(const struct run *r) { return r->cfg->profile == RUN_FREEBSD ? DIALECT_FREEBSD : DIALECT_LINUX; }

/* ---- names ---- */

/* What google's own runner defines. */
static const struct script_define linux_defines[DRILL_IP_N][4] = {
    [DRILL_IPV4] = {{"TFO_COOKIE", "3021b9d889017eeb"},
                    {"CODE", "host_unreachable"},
                    {"CMSG_LEVEL_IP", "SOL_IP"},
                    {"CMSG_TYPE_RECVERR", "IP_RECVERR"}},
    [DRILL_IPV4_MAPPED] = {{"TFO_COOKIE", "3021b9d889017eeb"},
                           {"CODE", "host_unreachable"},
                           {"CMSG_LEVEL_IP", "SOL_IPV6"},
                           {"CMSG_TYPE_RECVERR", "IPV6_RECVERR"}},
    [DRILL_IPV6] = {{"TFO_COOKIE", "c1d1e9742a47a9bc"}, {"CMSG_LEVEL_IP", "SOL_IPV6"}, {"CMSG_TYPE_RECVERR", "IPV6_RECVERR"}},
};
static const struct script_define freebsd_defines[] = {{"FreeBSD", NULL}};

struct script_define *setup_defines(const struct run_config *cfg, size_t *n)
{
    const struct script_define *own = NULL;
    size_t own_n = 0;
    if (cfg->profile == RUN_LINUX) {
        own = linux_defines[cfg->ip];
        while (own_n < 4 && own[own_n].name) own_n++;
    } else if (cfg->profile == RUN_FREEBSD) {
        own = freebsd_defines;
        own_n = 1;
    }
    struct script_define *all = calloc(own_n + cfg->defines_n + 1, sizeof *all);
    if (!all) return NULL;
    if (own_n) memcpy(all, own, own_n * sizeof *all);
    if (cfg->defines_n) memcpy(all + own_n, cfg->defines, cfg->defines_n * sizeof *all);
    *n = own_n + cfg->defines_n;
    return all;
}

/* ---- options of the script ---- */

static bool option_number(struct run *r, const char *name, uint64_t min, uint64_t max, uint64_t *out)
{
    const struct script_option *o = script_option(r->script, name);
    char *end;
    if (!o) return true;
    uint64_t n = o->value ? strtoull(o->value, &end, 10) : 0;
    if (!o->value || end == o->value || *end || n < min || n > max) {
        run_break(r, o->at, _("--%s: a number between %llu and %llu is expected."), name, (unsigned long long)min,
                  (unsigned long long)max);
        return false;
    }
    *out = n;
    return true;
}

static bool option_address(struct run *r, const char *name, bool v6, struct tern_addr *out)
{
    const struct script_option *o = script_option(r->script, name);
    char text[TERN_ADDR_STRLEN];
    struct tern_addr a;
    if (!o || !o->value) return true;
    snprintf(text, sizeof text, "%s", o->value);
    text[strcspn(text, "/")] = 0;
    if (tern_addr_parse(text, &a) < 0 || tern_addr_is_v4(&a) == v6) {
        run_break(r, o->at, _("--%s: no address of the run's IP version."), name);
        return false;
    }
    *out = a;
    return true;
}

static bool addresses(struct run *r)
{
    bool v6 = r->ip == DRILL_IPV6, linux = r->cfg->profile == RUN_LINUX;
    tern_addr_parse(linux ? linux_places[v6].local : places[v6].local, &r->local_ip);
    tern_addr_parse(linux ? linux_places[v6].remote : places[v6].remote, &r->remote_ip);
    /* The suite's runner names its own, whatever the script says. */
    return linux || (option_address(r, "local_ip", v6, &r->local_ip) && option_address(r, "remote_ip", v6, &r->remote_ip));
}

static bool percent(struct run *r)
{
    const struct script_option *o = script_option(r->script, "tolerance_percent");
    char *end;
    r->tolerance_percent = 12.5;
    if (!o) return true;
    r->tolerance_percent = o->value ? strtod(o->value, &end) : -1;
    if (o->value && end != o->value && !*end && r->tolerance_percent >= 0 && r->tolerance_percent <= 100) return true;
    run_break(r, o->at, _("--%s: a number between %llu and %llu is expected."), "tolerance_percent", 0ull, 100ull);
    return false;
}

/* What may differ: packet, syscall, or both with a comma. */
static bool non_fatal(struct run *r)
{
    const struct script_option *o = script_option(r->script, "non_fatal");
    for (const char *at = o ? o->value : ""; *at;) {
        size_t len = strcspn(at, ",");
        bool packet = len == 6 && strncmp(at, "packet", len) == 0, syscall = len == 7 && strncmp(at, "syscall", len) == 0;
        if (!packet && !syscall) {
            run_break(r, o->at, "%s", _("--non_fatal: packet, syscall or both are expected."));
            return false;
        }
        r->non_fatal_packet |= packet;
        r->non_fatal_syscall |= syscall;
        at += len + (at[len] == ',');
    }
    return true;
}

static bool timing(struct run *r)
{
    uint64_t slack = 4000, tick = 0;
    if (!option_number(r, "tolerance_usecs", 1, UINT32_MAX, &slack) || !option_number(r, "tcp_ts_tick_usecs", 0, 1000000, &tick))
        return false;
    r->tolerance = slack * TERN_US;
    r->ts_tick = tick * TERN_US;
    r->ts_ecr_scaled = script_option(r->script, "tcp_ts_ecr_scaled");
    r->strict_segments = script_option(r->script, "strict_segments");
    return non_fatal(r) && percent(r);
}

static bool sizes(struct run *r)
{
    uint64_t mtu = MTU_DEFAULT, bind = PORT_DEFAULT, connect = PORT_DEFAULT, joined = 0;
    if (!option_number(r, "mtu", 68, TERN_PACKET_MAX, &mtu) || !option_number(r, "bind_port", 1, UINT16_MAX, &bind) ||
        !option_number(r, "connect_port", 1, UINT16_MAX, &connect) || !option_number(r, "mss", 1, UINT16_MAX, &joined))
        return false;
    if (r->cfg->profile == RUN_LINUX && r->ip == DRILL_IPV6) mtu = LINUX_MTU_V6;
    r->mtu = (uint32_t)mtu;
    r->bind_port = (uint16_t)bind;
    r->connect_port = (uint16_t)connect;
    r->joined_mss = (uint16_t)joined;
    r->next_port = FIRST_REMOTE_PORT;
    return true;
}

/* ---- what is outside of TCP ---- */

static void skip_others(struct run *r)
{
    const struct script_option *o = script_option(r->script, "udp_encapsulation");
    if (o) run_skip(r, o->at, "%s", _("TCP over UDP, which no RFC of TCP asks for."));
    for (size_t i = 0; i < r->script->events_n && !r->failed; i++) {
        const struct script_packet *p = r->script->events[i].kind == EVENT_PACKET ? r->script->events[i].packet : NULL;
        if (p && p->in_udp) run_skip(r, p->at, "%s", _("TCP over UDP, which no RFC of TCP asks for."));
        if (p && p->protocol == SCRIPT_UDP) run_skip(r, p->at, "%s", _("UDP, which is not TCP."));
    }
}

/* ---- files of commands ---- */

bool setup_file(const struct run *r, const char *path, uint64_t *len)
{
    for (const struct run_file *f = r->files; f; f = f->next)
        if (strcmp(f->path, path) == 0) {
            *len = f->len;
            return true;
        }
    return false;
}

void setup_remove_file(struct run *r, const char *path)
{
    for (struct run_file **p = &r->files; *p; p = &(*p)->next) {
        struct run_file *f = *p;
        if (strcmp(f->path, path) != 0) continue;
        *p = f->next;
        free(f);
        return;
    }
}

bool setup_make_file(struct run *r, const char *path, uint64_t len)
{
    setup_remove_file(r, path);
    size_t path_size = strlen(path) + 1;
    struct run_file *f = malloc(sizeof *f + path_size);
    if (!f) return run_no_memory(r);
    f->next = r->files;
    f->len = len;
    memcpy(f->path, path, path_size);
    r->files = f;
    return true;
}

/* ---- life ---- */

/* DRILL_IP_N: it says none, or one that is none. */
static enum drill_ip said_version(const struct script *s)
{
    const struct script_option *o = script_option(s, "ip_version");
    for (enum drill_ip ip = DRILL_IPV4; o && o->value && ip < DRILL_IP_N; ip++)
        if (strcmp(o->value, drill_ip_name[ip]) == 0) return ip;
    return DRILL_IP_N;
}

static bool known_version(struct run *r)
{
    const struct script_option *o = script_option(r->script, "ip_version");
    if (!o || said_version(r->script) < DRILL_IP_N) return true;
    run_break(r, o->at, "%s", _("--ip_version: ipv4, ipv4-mapped-ipv6 or ipv6 is expected."));
    return false;
}

static void set_text(struct run *r, const char *text)
{
    struct script_at nowhere = {0, 0};
    char key[128];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof key) {
        run_break(r, nowhere, _("--set '%s': KEY=VALUE is expected."), text);
        return;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    setting_apply(r, nowhere, key, equals + 1);
}

void setup_read(struct run *r)
{
    tern_profile_set(&r->settings, run_profile_name[r->cfg->profile]);
    if (!known_version(r) || !addresses(r) || !timing(r) || !sizes(r)) return;
    skip_others(r);
    for (size_t i = 0; i < r->cfg->set_n && !r->failed; i++) set_text(r, r->cfg->set[i]);
    if (!r->failed && r->script->init) command_run(r, r->script->init);
}

void setup_free(struct run *r)
{
    while (r->files) setup_remove_file(r, r->files->path);
}

/* ---- IP versions ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

size_t run_versions(const char *path, const struct run_config *cfg, enum drill_ip out[DRILL_IP_N])
{
    size_t n = 0, defines_n;
    if (cfg->profile == RUN_LINUX) {
        if (!ends_with(path, "v6.pkt")) {
            out[n++] = DRILL_IPV4;
            out[n++] = DRILL_IPV4_MAPPED;
        }
        if (!ends_with(path, "v4.pkt")) out[n++] = DRILL_IPV6;
        return n;
    }
    struct script *s = NULL;
    struct script_define *defines = setup_defines(cfg, &defines_n);
    out[0] = DRILL_IPV4;
    if (defines && script_load(path, defines, defines_n, &s, NULL) == 0) {
        enum drill_ip said = said_version(s);
        if (said < DRILL_IP_N) out[0] = said;
    }
    script_free(s);
    free(defines);
    return 1;
}
