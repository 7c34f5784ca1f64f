/* Commands between backquotes: settings of the stack, and a few questions to it. Nothing of the machine is touched; a command
 * that is not known fails the run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run_setup.h"
#include "run_shell.h"
#include "words.h"

enum { FILE_DEPTH_MAX = 4, FILE_LEN_MAX = 1 << 16 };

/* A command in its place. */
struct doing {
    struct run *r;
    struct script_at at;
    int depth;     /* of files within files */
    bool else_too; /* || follows: the command may fail */
};

static int run_text(struct doing *d, const char *text);

static int refuse(struct doing *d, const char *what)
{
    run_break(d->r, d->at, _("The command \"%s\" is not known."), what);
    return 1;
}

/* ---- sysctl ---- */

/* "key=value", or a key whose value is not to be changed. */
static int assign(struct doing *d, const char *word)
{
    char key[128];
    const char *equals = strchr(word, '=');
    if (!equals || (size_t)(equals - word) >= sizeof key) return refuse(d, word);
    memcpy(key, word, (size_t)(equals - word));
    key[equals - word] = 0;
    if (d->else_too && !setting_known(key)) return 1;
    return setting_apply(d->r, d->at, key, equals + 1) ? 0 : 1;
}

static int do_sysctl(struct doing *d, const struct shell_pipeline *p)
{
    const struct shell_command *c = &p->stage[0];
    for (size_t i = 1; i < c->word_n; i++) {
        if (c->word[i][0] == '-') {
            if (strspn(c->word[i], "-qwe") != strlen(c->word[i])) return refuse(d, c->word[i]);
        } else if (assign(d, c->word[i])) {
            return 1;
        }
    }
    return 0;
}

static int do_set_sysctls(struct doing *d, const struct shell_pipeline *p)
{
    for (size_t i = 1; i < p->stage[0].word_n; i++)
        if (assign(d, p->stage[0].word[i])) return 1;
    return 0;
}

/* echo VALUE > /sys/... */
static int do_echo(struct doing *d, const struct shell_pipeline *p)
{
    const struct shell_command *c = &p->stage[0];
    if (c->word_n != 2 || !c->to) return refuse(d, "echo");
    return setting_apply(d->r, d->at, c->to, c->word[1]) ? 0 : 1;
}

/* ---- the machine that is not there ---- */

/* Each run has a stack of its own: there is nothing to put back. */
static int do_restore(struct doing *d, const struct shell_pipeline *p)
{
    (void)d;
    (void)p;
    return 0;
}

static bool words_are(const struct shell_command *c, size_t n, const char *const *words_)
{
    if (c->word_n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(c->word[i], words_[i]) != 0) return false;
    return true;
}

/* What a fresh stack has not is flushed already; within a run only Fast Open's cookies are such. */
static int do_ip(struct doing *d, const struct shell_pipeline *p)
{
    static const char *const flush[] = {"ip", "tcp_metrics", "flush", "all"};
    const struct shell_command *c = &p->stage[0];
    if (words_are(c, 4, flush)) {
        if (d->r->stack) tern_stack_fastopen_forget(d->r->stack);
        return 0;
    }
    for (size_t i = 1; i + 1 < c->word_n; i++)
        if (strcmp(c->word[i], "route") == 0 && strcmp(c->word[i + 1], "change") == 0) {
            setup_note(d->r, "ip route change", _("Routes have no MTU, MSS or window of their own."));
            return 0;
        }
    return refuse(d, "ip");
}

static bool is_one_of(const char *word, const char *const *words_)
{
    while (*words_ && strcmp(*words_, word) != 0) words_++;
    return *words_;
}

/* tc qdisc add dev tun0 root pfifo limit 0: the queue of the device. It takes each packet at once, so that a queue never fills;
 * one of no room at all throws everything away. fq lets each connection's packets go at its rate: tern paces by itself. */
static int do_tc(struct doing *d, const struct shell_pipeline *p)
{
    static const char *const verbs[] = {"add", "replace", "change", "delete", "del", NULL};
    const struct shell_command *c = &p->stage[0];
    char *const *w = c->word;
    if (c->word_n < 6 || strcmp(w[1], "qdisc") != 0 || !is_one_of(w[2], verbs) || strcmp(w[3], "dev") != 0 ||
        strcmp(w[5], "root") != 0)
        return refuse(d, "tc");
    const char *kind = c->word_n > 6 ? w[6] : "";
    bool deletes = strncmp(w[2], "del", 3) == 0, limited = c->word_n == 9 && strcmp(w[7], "limit") == 0;
    bool fq = strcmp(kind, "fq") == 0 && c->word_n == 7 && !deletes;
    if (!fq && (deletes ? c->word_n > 7 : strcmp(kind, "pfifo") != 0 || (c->word_n > 7 && !limited)))
        return refuse(d, *kind ? kind : "tc");
    d->r->discards = limited && strcmp(w[8], "0") == 0;
    if (fq == d->r->fq) return 0;
    d->r->fq = fq;
    if (fq) d->r->unpaced = d->r->settings.pacing;
    d->r->settings.pacing = fq ? 3 : d->r->unpaced; /* always */
    return setup_push(d->r) ? 0 : 1;
}

/* What leaves is cut to the MTU already. */
static int do_ethtool(struct doing *d, const struct shell_pipeline *p)
{
    const struct shell_command *c = &p->stage[0];
    if (c->word_n < 5 || strcmp(c->word[1], "-K") != 0) return refuse(d, "ethtool");
    for (size_t i = 3; i + 1 < c->word_n; i += 2)
        if ((strcmp(c->word[i], "gso") != 0 && strcmp(c->word[i], "tso") != 0) || strcmp(c->word[i + 1], "off") != 0)
            return refuse(d, c->word[i]);
    return 0;
}

/* "NAME=12" */
static bool named_number(const char *word, const char *name, uint64_t max, uint64_t *out)
{
    char *end;
    size_t len = strlen(name);
    if (strncmp(word, name, len) != 0 || word[len] != '=' || word[len + 1] < '0' || word[len + 1] > '9') return false;
    *out = strtoull(word + len + 1, &end, 10);
    return !*end && *out <= max;
}

/* dd bs=1 count=5 if=/dev/zero of=/tmp/testfile */
static int do_dd(struct doing *d, const struct shell_pipeline *p)
{
    const char *path = NULL;
    uint64_t bs = 512, count = 0;
    for (size_t i = 1; i < p->stage[0].word_n; i++) {
        const char *w = p->stage[0].word[i];
        if (named_number(w, "bs", UINT16_MAX, &bs) || named_number(w, "count", UINT16_MAX, &count)) continue;
        if (strncmp(w, "of=", 3) == 0)
            path = w + 3;
        else if (strcmp(w, "if=/dev/zero") != 0 && strncmp(w, "status=", 7) != 0)
            return refuse(d, w);
    }
    if (!path) return refuse(d, "dd");
    return setup_make_file(d->r, path, bs * count) ? 0 : 1;
}

static int do_rm(struct doing *d, const struct shell_pipeline *p)
{
    for (size_t i = 1; i < p->stage[0].word_n; i++)
        if (p->stage[0].word[i][0] != '-') setup_remove_file(d->r, p->stage[0].word[i]);
    return 0;
}

/* ---- questions ---- */

struct count {
    enum tern_state state;
    int version; /* 4, 6; 0: any */
    uint16_t port;
    uint64_t n;
};

static bool count_one(void *ctx, struct tern_conn *conn, const struct tern_status *st)
{
    struct count *k = ctx;
    int version = tern_addr_is_v4(&st->remote.addr) ? 4 : 6;
    (void)conn;
    if (st->state != k->state || (k->version && version != k->version)) return true;
    if (k->port && st->local.port != k->port) return true;
    k->n++;
    return true;
}

static bool state_of(const char *name, enum tern_state *out)
{
    static const struct {
        const char *name;
        enum tern_state state;
    } names[] = {{"CLOSED", TERN_CLOSED},         {"LISTEN", TERN_LISTEN},           {"SYN_SENT", TERN_SYN_SENT},
                 {"SYN_RCVD", TERN_SYN_RECEIVED}, {"ESTABLISHED", TERN_ESTABLISHED}, {"FIN_WAIT_1", TERN_FIN_WAIT_1},
                 {"FIN_WAIT_2", TERN_FIN_WAIT_2}, {"CLOSE_WAIT", TERN_CLOSE_WAIT},   {"CLOSING", TERN_CLOSING},
                 {"LAST_ACK", TERN_LAST_ACK},     {"TIME_WAIT", TERN_TIME_WAIT}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].state;
            return true;
        }
    return false;
}

/* Of the sockets that the script holds, not of what the stack finishes by itself. */
static void count_held(const struct run *r, struct count *k)
{
    for (const struct fd *fd = r->fds; fd; fd = fd->next) {
        struct tern_conn *c = fd->kind == FD_SOCKET ? sock_conn(fd->sock) : NULL;
        struct tern_status st = {.state = TERN_CLOSED};
        bool listens = false;
        for (const struct flow *f = r->flow; f; f = f->next) listens |= f->fd == fd->number && f->state == FLOW_LISTENING;
        if (fd->kind != FD_SOCKET || listens) continue;
        if (c)
            tern_conn_status(c, &st);
        else
            st.remote.addr = r->remote_ip;
        count_one(k, c, &st);
    }
}

/* sockstat -4 -P tcp -p 8080 -s | grep packetdril | grep -c SYN_RCVD | grep 0 */
static int do_sockstat(struct doing *d, const struct shell_pipeline *p)
{
    struct count k = {0};
    const struct shell_command *ask = &p->stage[0];
    for (size_t i = 1; i < ask->word_n; i++) {
        if (strcmp(ask->word[i], "-4") == 0) k.version = 4;
        if (strcmp(ask->word[i], "-6") == 0) k.version = 6;
        if (strcmp(ask->word[i], "-p") == 0 && i + 1 < ask->word_n) k.port = (uint16_t)strtoul(ask->word[++i], NULL, 10);
    }
    size_t n = p->stage_n;
    if (n < 3 || p->stage[n - 2].word_n != 3 || p->stage[n - 1].word_n != 2) return refuse(d, "sockstat");
    for (size_t i = 1; i < n; i++)
        if (strcmp(p->stage[i].word[0], "grep") != 0) return refuse(d, "sockstat");
    if (strcmp(p->stage[n - 2].word[1], "-c") != 0 || !state_of(p->stage[n - 2].word[2], &k.state)) return refuse(d, "sockstat");
    if (n == 4)
        count_held(d->r, &k);
    else
        tern_stack_each(d->r->stack, count_one, &k);
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)k.n);
    return strstr(text, p->stage[n - 1].word[1]) ? 0 : 1;
}

/* tcpdrop -s TIME_WAIT: the connections of the script's sockets that are in the state end at once. */
static int do_tcpdrop(struct doing *d, const struct shell_pipeline *p)
{
    const struct shell_command *c = &p->stage[0];
    enum tern_state state;
    if (c->word_n != 3 || strcmp(c->word[1], "-s") != 0 || !state_of(c->word[2], &state)) return refuse(d, "tcpdrop");
    for (const struct fd *fd = d->r->fds; fd; fd = fd->next) {
        struct tern_conn *conn = fd->kind == FD_SOCKET ? sock_conn(fd->sock) : NULL;
        if (conn && tern_conn_state(conn) == state) tern_conn_abort(conn, d->r->now);
    }
    return 0;
}

/* nstat: what was counted since the last one. */
static int do_nstat(struct doing *d, const struct shell_pipeline *p)
{
    struct tern_counters c;
    uint64_t since[2] = {d->r->nstat_icmp, 0};
    tern_stack_counters(d->r->stack, &c);
    d->r->nstat_icmp = c.drop[TERN_DROP_ICMP_UNKNOWN];
    if (p->stage_n == 1) return 0;
    const struct shell_command *g = &p->stage[1];
    if (p->stage_n != 2 || g->word_n != 2 || strcmp(g->word[0], "grep") != 0 || strcmp(g->word[1], "TcpExtOutOfWindowIcmps") != 0)
        return refuse(d, "nstat");
    return c.drop[TERN_DROP_ICMP_UNKNOWN] > since[0] ? 0 : 1;
}

/* grep " 0A " /proc/net/tcp /proc/net/tcp6 | grep ":1F90": does anything listen there? */
static int do_grep(struct doing *d, const struct shell_pipeline *p)
{
    char port[8];
    const struct shell_command *c = &p->stage[0];
    snprintf(port, sizeof port, ":%04X", d->r->bind_port);
    if (p->stage_n != 2 || c->word_n < 3 || strcmp(c->word[1], " 0A ") != 0 || strcmp(p->stage[1].word[0], "grep") != 0 ||
        p->stage[1].word_n != 2 || strcmp(p->stage[1].word[1], port) != 0)
        return refuse(d, "grep");
    struct tern_counters n;
    tern_stack_counters(d->r->stack, &n);
    return n.listener_n ? 0 : 1;
}

/* ---- files ---- */

/* A file of the suite beside the script: a list of such commands. */
static int do_file(struct doing *d, const char *name)
{
    char path[4096], *text = calloc(1, FILE_LEN_MAX + 1);
    const char *script = d->r->script->path, *slash = strrchr(script, '/');
    int dir = slash ? (int)(slash - script) + 1 : 0, status = 1;
    snprintf(path, sizeof path, "%.*s%s", name[0] == '/' ? 0 : dir, script, name);
    FILE *f = text ? fopen(path, "re") : NULL;
    int wrong = f ? 0 : errno;
    if (f && fread(text, 1, FILE_LEN_MAX + 1, f) > FILE_LEN_MAX) wrong = EFBIG;
    if (f) fclose(f);
    if (wrong) {
        run_break(d->r, d->at, _("The command \"%s\" cannot be read: %s."), name, strerror(wrong));
    } else if (d->depth == FILE_DEPTH_MAX) {
        run_break(d->r, d->at, _("The command \"%s\" stands in a file in a file in a file ..."), name);
    } else {
        d->depth++;
        status = run_text(d, text);
        d->depth--;
    }
    free(text);
    return status;
}

/* ---- one by one ---- */

static const struct {
    const char *name;
    int (*run)(struct doing *d, const struct shell_pipeline *p);
    bool asks;  /* the stack, which has to be there */
    bool piped; /* others may read what it prints */
} commands[] = {
    {"sysctl", do_sysctl, false, false},   {"set_sysctls.py", do_set_sysctls, false, false},
    {"echo", do_echo, false, false},       {"ip", do_ip, false, false},
    {"tc", do_tc, false, false},           {"ethtool", do_ethtool, false, false},
    {"dd", do_dd, false, false},           {"rm", do_rm, false, false},
    {"nstat", do_nstat, true, true},       {"grep", do_grep, true, true},
    {"sockstat", do_sockstat, true, true}, {"tcpdrop", do_tcpdrop, true, false},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* The row of what a pipeline begins with; COMMANDS: none. */
static size_t row_of(const struct shell_pipeline *p)
{
    const char *word = p->stage[0].word_n ? p->stage[0].word[0] : "", *slash = strrchr(word, '/');
    size_t i = 0;
    while (i < COMMANDS && strcmp(commands[i].name, slash ? slash + 1 : word) != 0) i++;
    return i;
}

static int run_pipeline(struct doing *d, const struct shell_pipeline *p)
{
    if (!p->stage[0].word_n) return 0;
    const char *word = p->stage[0].word[0], *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
    size_t row = row_of(p);
    if (p->stage_n > 1 && (row == COMMANDS || !commands[row].piped)) return refuse(d, p->stage[1].word[0]);
    if (row < COMMANDS) return commands[row].asks && !run_need_stack(d->r, d->at) ? 1 : commands[row].run(d, p);
    if (strncmp(name, "sysctl_restore_", 15) == 0) return do_restore(d, p);
    size_t len = strlen(name);
    if (slash && len > 3 && strcmp(name + len - 3, ".sh") == 0) return do_file(d, word);
    return refuse(d, word);
}

static int run_text(struct doing *d, const char *text)
{
    struct shell_reader s = {.at = text};
    struct shell_pipeline p;
    const char *wrong;
    int status = 0, got;
    while ((got = shell_next(&s, &p, &wrong)) > 0) {
        d->else_too = s.join == SHELL_OR;
        bool skip = (p.join == SHELL_AND && status) || (p.join == SHELL_OR && !status);
        if (!skip) status = run_pipeline(d, &p);
        shell_free(&p);
        if (d->r->failed) return 1;
    }
    if (got < 0) {
        run_break(d->r, d->at, _("The command cannot be read: \"%.40s\"."), wrong);
        return 1;
    }
    return status;
}

void command_run(struct run *r, const struct script_command *c)
{
    struct doing d = {.r = r, .at = c->at};
    if (run_text(&d, c->text) && !r->failed) run_fail(r, c->at, _("The command fails: `%s`."), c->text);
}

bool command_asks(const struct script_command *c)
{
    struct shell_reader s = {.at = c->text};
    struct shell_pipeline p;
    const char *wrong;
    bool asks = false;
    while (!asks && shell_next(&s, &p, &wrong) > 0) {
        size_t row = row_of(&p);
        asks = row < COMMANDS && commands[row].asks;
        shell_free(&p);
    }
    return asks;
}
