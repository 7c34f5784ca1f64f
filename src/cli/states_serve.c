#include "cli_states.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "words.h"

struct states_server {
    struct watch watch; /* first: env_bury() frees it */
    struct env *env;
    int dir; /* the directory, from which the socket is removed by |name| */
    char name[32];
    struct client *clients;
};

struct client {
    struct watch watch; /* first: env_bury() frees it */
    struct states_server *server;
    char request[32];
    size_t request_len;
    char *text;
    size_t len, sent;
    struct client *next, **link;
};

/* ---- the directory ---- */

static bool name_dir(int i, char out[static 256])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int n = -1;
    if (i == 0) n = runtime && runtime[0] == '/' ? snprintf(out, 256, "%s/tern", runtime) : 0;
    if (i == 1) n = geteuid() == 0 ? snprintf(out, 256, "/run/tern") : 0;
    if (i == 2) n = snprintf(out, 256, "/tmp/tern-%u", (unsigned)geteuid());
    if (n == 0 || n >= 256) out[0] = '\0';
    return n >= 0;
}

bool states_dir(int i, bool make, char out[static 256], bool *usable)
{
    *usable = false;
    if (!name_dir(i, out)) return false;
    if (!out[0]) return true;
    if (make && mkdir(out, 0700) < 0 && errno != EEXIST) return true;
    struct stat st;
    *usable = lstat(out, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
    return true;
}

/* ---- the tables ---- */

struct list {
    struct tern_status *at;
    size_t n, cap;
};

static bool collect(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    (void)c;
    struct list *l = ctx;
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct tern_status *at = realloc(l->at, cap * sizeof *at);
        if (!at) return false;
        l->at = at;
        l->cap = cap;
    }
    l->at[l->n++] = *st;
    return true;
}

/* One line more: the figures of the stack as a whole. */
static void put_counters(FILE *out, struct tern_stack *stack)
{
    struct tern_counters c;
    tern_stack_counters(stack, &c);
    json_t *drops = json_object();
    for (unsigned i = 1; i < TERN_DROP_N; i++)
        if (c.drop[i]) json_object_set_new(drops, tern_drop_info((enum tern_drop)i)->name, json_integer((json_int_t)c.drop[i]));
    json_t *j = json_pack(
        "{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:o}",
        "type", "stack", "pid", (int)getpid(), "connections", (json_int_t)c.conn_n, "half_open", (json_int_t)c.half_n,
        "time_wait", (json_int_t)c.time_wait_n, "listeners", (json_int_t)c.listener_n, "segments_in", (json_int_t)c.segments_in,
        "segments_out", (json_int_t)c.segments_out, "bytes_in", (json_int_t)c.bytes_in, "bytes_out", (json_int_t)c.bytes_out,
        "retransmitted", (json_int_t)c.retransmitted, "resets_in", (json_int_t)c.resets_in, "resets_out",
        (json_int_t)c.resets_out, "memory_used", (json_int_t)c.memory_used, "memory_peak", (json_int_t)c.memory_peak,
        "active_opens", (json_int_t)c.active_opens, "passive_opens", (json_int_t)c.passive_opens, "attempt_fails",
        (json_int_t)c.attempt_fails, "timeouts", (json_int_t)c.timeouts, "syn_cookies_sent", (json_int_t)c.syn_cookies_sent,
        "syn_cookies_pressed", (json_int_t)c.syn_cookies_pressed, "syn_cookies_received", (json_int_t)c.syn_cookies_received,
        "syn_cookies_failed", (json_int_t)c.syn_cookies_failed, "syn_pressures", (json_int_t)c.syn_pressures, "scans",
        (json_int_t)c.scans, "syn_scans", (json_int_t)c.syn_scans, "orphans", (json_int_t)c.orphan_n, "orphans_ended",
        (json_int_t)c.orphans_ended, "shut_ended", (json_int_t)c.shut_ended, "drops", drops);
    if (!j) return;
    json_dumpf(j, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(j);
}

static void put_summary(FILE *out, struct tern_stack *stack)
{
    struct tern_counters c;
    tern_stack_counters(stack, &c);
    fprintf(out, _("tern %d: %llu connections, %llu half-open, %llu in TIME-WAIT, %llu listeners; %llu KiB of memory\n"),
            (int)getpid(), (unsigned long long)c.conn_n, (unsigned long long)c.half_n, (unsigned long long)c.time_wait_n,
            (unsigned long long)c.listener_n, (unsigned long long)c.memory_used / 1024);
}

char *states_text(struct tern_stack *stack, tern_ns now, bool json, size_t *len)
{
    char *text = NULL;
    struct list list = {0};
    FILE *file = open_memstream(&text, len);
    if (!file) return NULL;
    tern_stack_each(stack, collect, &list);
    struct tern_out out = {tern_put_file, file};
    struct tern_states_config config = {.now = now, .translate = words};
    if (json) {
        put_counters(file, stack);
        tern_states_json(&out, &config, list.at, list.n);
    } else {
        put_summary(file, stack);
        tern_states_text(&out, &config, list.at, list.n);
    }
    free(list.at);
    fclose(file);
    return text;
}

/* The last events of connection |conn| that the ring still holds, as a ladder. */
static char *why_text(const struct env *e, uint32_t conn, size_t *len)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, len);
    if (!file) return NULL;
    const struct tern_trace *trace = &e->show.trace;
    struct tern_ladder_config config = {.out = {tern_put_file, file}, .conn = conn, .translate = words};
    struct tern_ladder *ladder = trace->ring ? tern_ladder_new(&config) : NULL;
    if (!trace->ring) fputs(_("this tern keeps no history (--history)\n"), file);
    for (uint64_t n = trace->end > trace->size ? trace->end - trace->size : 0; ladder && n < trace->end; n++) {
        const struct tern_event *ev = tern_trace_get(trace, n);
        if (ev) tern_ladder_event(ladder, ev);
    }
    if (ladder) tern_ladder_flush(ladder);
    tern_ladder_free(ladder);
    fclose(file);
    return text;
}

static char *answer(const struct env *e, const char *request, size_t *len)
{
    if (strncmp(request, "why ", 4) == 0) return why_text(e, (uint32_t)strtoul(request + 4, NULL, 10), len);
    return states_text(e->host.stack, e->host.now, strncmp(request, "json\n", 5) == 0, len);
}

/* ---- the clients ---- */

static void client_end(struct client *c)
{
    *c->link = c->next;
    if (c->next) c->next->link = c->link;
    free(c->text);
    int fd = c->watch.fd;
    env_bury(c->server->env, &c->watch);
    close(fd);
}

static void client_write(struct client *c)
{
    while (c->sent < c->len) {
        ssize_t n = send(c->watch.fd, c->text + c->sent, c->len - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) break;
        c->sent += (size_t)n;
    }
    client_end(c);
}

/* False: the request is not complete yet, or the client is gone. */
static bool client_read(struct client *c)
{
    ssize_t n = read(c->watch.fd, c->request + c->request_len, sizeof c->request - 1 - c->request_len);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) {
        client_end(c);
        return false;
    }
    c->request_len += (size_t)n;
    if (!memchr(c->request, '\n', c->request_len)) {
        if (c->request_len == sizeof c->request - 1) client_end(c);
        return false;
    }
    return true;
}

static void client_ready(struct watch *w, uint32_t events)
{
    (void)events;
    struct client *c = (struct client *)w;
    struct env *e = c->server->env;
    if (!c->text) {
        if (!client_read(c)) return;
        c->text = answer(e, c->request, &c->len);
        if (!c->text || env_watch(e, w, EPOLLOUT) < 0) {
            client_end(c);
            return;
        }
    }
    client_write(c);
}

static void server_ready(struct watch *w, uint32_t events)
{
    (void)events;
    struct states_server *s = (struct states_server *)w;
    int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    struct client *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    *c = (struct client){.watch = {.ready = client_ready, .fd = fd}, .server = s, .next = s->clients, .link = &s->clients};
    if (s->clients) s->clients->link = &c->next;
    s->clients = c;
    if (env_watch(s->env, &c->watch, EPOLLIN) < 0) client_end(c);
}

/* ---- */

/* A bound and listening socket; -1 when no directory takes it. */
static int listen_somewhere(struct states_server *s)
{
    char dir[256];
    bool usable;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    snprintf(s->name, sizeof s->name, "%d.sock", (int)getpid());
    for (int i = 0; fd >= 0 && states_dir(i, true, dir, &usable); i++) {
        struct sockaddr_un addr = {.sun_family = AF_UNIX};
        int n = snprintf(addr.sun_path, sizeof addr.sun_path, "%s/%s", dir, s->name);
        if (!usable || n < 0 || (size_t)n >= sizeof addr.sun_path) continue;
        unlink(addr.sun_path); /* of a process that was killed and had our number */
        if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, 16) < 0) continue;
        s->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd;
    }
    if (fd >= 0) close(fd);
    return -1;
}

struct states_server *states_open(struct env *e)
{
    struct states_server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->env = e;
    s->dir = -1;
    s->watch = (struct watch){.ready = server_ready, .fd = listen_somewhere(s)};
    if (s->watch.fd >= 0 && env_watch(e, &s->watch, EPOLLIN) == 0) return s;
    if (s->watch.fd >= 0) close(s->watch.fd);
    if (s->dir >= 0) close(s->dir);
    free(s);
    return NULL;
}

int states_directory(const struct states_server *s) { return s ? s->dir : -1; }

void states_close(struct states_server *s)
{
    if (!s) return;
    while (s->clients) client_end(s->clients);
    unlinkat(s->dir, s->name, 0);
    close(s->dir);
    int fd = s->watch.fd;
    env_bury(s->env, &s->watch);
    close(fd);
}
