/* Asks running terns, and reads what they say (doc/events.md). */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cc.h"
#include "cli_parse.h"
#include "cli_states.h"
#include "states_table.h"

void states_table_free(struct states_table *t)
{
    for (size_t i = 0; i < t->owner_n; i++) {
        json_decref(t->owner[i].figures);
        free(t->owner[i].path);
    }
    for (size_t i = 0; i < t->entry_n; i++) json_decref(t->entry[i].json);
    free(t->owner);
    free(t->entry);
    *t = (struct states_table){0};
}

/* One more of |*n| things of |size| bytes, all zero. The room doubles when |*n| is a power of two. */
static void *one_more(void *list, size_t *n, size_t size)
{
    void *more = *n & (*n - 1) ? list : realloc(list, (*n ? *n * 2 : 1) * size);
    if (more) memset((char *)more + (*n)++ * size, 0, size);
    return more;
}

struct states_owner *states_add_owner(struct states_table *t)
{
    struct states_owner *list = one_more(t->owner, &t->owner_n, sizeof *list);
    if (!list) return NULL;
    t->owner = list;
    return &list[t->owner_n - 1];
}

struct states_entry *states_add_entry(struct states_table *t)
{
    struct states_entry *list = one_more(t->entry, &t->entry_n, sizeof *list);
    if (!list) return NULL;
    t->entry = list;
    return &list[t->entry_n - 1];
}

/* ---- one object ---- */

static uint64_t number(const json_t *o, const char *name) { return (uint64_t)json_integer_value(json_object_get(o, name)); }
static uint32_t number32(const json_t *o, const char *name) { return (uint32_t)number(o, name); }

/* The endpoint of a listener has an address that may be all zero, and port 0. */
static void take_endpoint(struct tern_endpoint *e, const json_t *o, const char *name)
{
    char copy[TERN_ENDPOINT_STRLEN], *host, *port;
    const char *text = json_string_value(json_object_get(o, name));
    uint64_t n;
    if (!text || strlen(text) >= sizeof copy) return;
    snprintf(copy, sizeof copy, "%s", text);
    if (parse_host_port(copy, &host, &port) < 0 || parse_number(port, UINT16_MAX, &n) < 0) return;
    tern_addr_parse(host, &e->addr);
    e->port = (uint16_t)n;
}

static enum tern_state state_named(const char *name)
{
    for (unsigned s = 0; name && s < TERN_STATE_N; s++)
        if (strcmp(tern_state_name((enum tern_state)s), name) == 0) return (enum tern_state)s;
    return TERN_CLOSED;
}

static int error_with_text(const char *text)
{
    for (int err = -1; text && err > -64; err--)
        if (strcmp(tern_strerror(err), text) == 0) return err;
    return 0;
}

static void take_timers(struct tern_status *st, const json_t *timers)
{
    for (unsigned i = 0; i < TERN_TIMER_N; i++) {
        const json_t *left = json_object_get(timers, tern_timer_name((enum tern_timer)i));
        st->timer[i] = left ? (tern_ns)json_integer_value(left) : TERN_NEVER;
    }
}

/* The names of algorithms outlive the objects that told them. */
static const char *cc_named(const char *name)
{
    const struct cc_ops *cc = name ? cc_find(name) : NULL;
    return cc ? cc->name : NULL;
}

static void take_status(struct tern_status *st, const json_t *o)
{
    const json_t *ssthresh = json_object_get(o, "ssthresh"), *wscale = json_object_get(o, "snd_wscale");
    *st = (struct tern_status){.id = number32(o, "conn"),
                               .state = state_named(json_string_value(json_object_get(o, "state"))),
                               .passive = json_is_true(json_object_get(o, "passive")),
                               .released = json_is_true(json_object_get(o, "released")),
                               .error = error_with_text(json_string_value(json_object_get(o, "error"))),
                               .snd_una = number32(o, "snd_una"),
                               .snd_nxt = number32(o, "snd_nxt"),
                               .snd_wnd = number32(o, "snd_wnd"),
                               .iss = number32(o, "iss"),
                               .rcv_nxt = number32(o, "rcv_nxt"),
                               .rcv_wnd = number32(o, "rcv_wnd"),
                               .irs = number32(o, "irs"),
                               .send_queue = number32(o, "send_queue"),
                               .receive_queue = number32(o, "receive_queue"),
                               .ooo_queue = number32(o, "ooo_queue"),
                               .mss = number32(o, "mss"),
                               .path_mtu = number32(o, "path_mtu"),
                               .snd_wscale = (uint8_t)number(o, "snd_wscale"),
                               .rcv_wscale = (uint8_t)number(o, "rcv_wscale"),
                               .wscale_ok = json_is_integer(wscale),
                               .timestamps = json_is_true(json_object_get(o, "timestamps")),
                               .sack = json_is_true(json_object_get(o, "sack")),
                               .rtt = number(o, "rtt"),
                               .rttvar = number(o, "rttvar"),
                               .rto = number(o, "rto"),
                               .rtt_min = number(o, "rtt_min"),
                               .cwnd = number32(o, "cwnd"),
                               .ssthresh = json_is_integer(ssthresh) ? number32(o, "ssthresh") : UINT32_MAX,
                               .flight = number32(o, "flight"),
                               .cc = cc_named(json_string_value(json_object_get(o, "cc"))),
                               .retransmits = number32(o, "retransmits"),
                               .retransmitted = number(o, "retransmitted"),
                               .bytes_acked = number(o, "bytes_acked"),
                               .bytes_received = number(o, "bytes_received")};
    take_endpoint(&st->local, o, "local");
    take_endpoint(&st->remote, o, "remote");
    take_timers(st, json_object_get(o, "timers"));
}

/* ---- one tern ---- */

/* Connects to |path|; one whose process is gone is removed. */
static int dial(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof addr.sun_path) return -1;
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct timeval limit = {.tv_sec = 5}; /* a stopped process must not stop us */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0) return fd;
    if (errno == ECONNREFUSED) unlink(path);
    close(fd);
    return -1;
}

bool states_ask(const char *path, const char *request, FILE *out)
{
    int fd = dial(path);
    if (fd < 0) return false;
    char buf[16384];
    ssize_t n = send(fd, request, strlen(request), MSG_NOSIGNAL);
    while (n > 0 && (n = read(fd, buf, sizeof buf)) > 0) fwrite(buf, 1, (size_t)n, out);
    close(fd);
    return n == 0;
}

/* A line of an answer: the stack's figures, or a connection. */
static bool take_line(struct states_table *t, size_t owner, const char *line)
{
    json_t *o = json_loads(line, 0, NULL);
    if (!o) return false;
    if (json_object_get(o, "type")) {
        t->owner[owner].pid = (int)number(o, "pid");
        t->owner[owner].figures = o;
        return true;
    }
    struct states_entry *e = states_add_entry(t);
    if (!e) {
        json_decref(o);
        return false;
    }
    e->owner = owner;
    e->json = o;
    take_status(&e->st, o);
    return true;
}

static bool ask_one(struct states_table *t, const char *path)
{
    char *text = NULL, *save;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    if (!file) return false;
    bool right = states_ask(path, "json\n", file);
    fclose(file);
    struct states_owner *owner = right ? states_add_owner(t) : NULL;
    right = owner && (owner->path = strdup(path)) != NULL;
    for (char *line = right ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
        right = take_line(t, t->owner_n - 1, line) && right;
    free(text);
    return right;
}

static int is_socket_name(const struct dirent *d)
{
    size_t digits = strspn(d->d_name, "0123456789");
    return digits > 0 && strcmp(d->d_name + digits, ".sock") == 0;
}

int states_ask_terns(struct states_table *t)
{
    char dir[256], path[600];
    bool usable;
    int answered = 0;
    for (int i = 0; states_dir(i, false, dir, &usable); i++) {
        struct dirent **list;
        int n = usable ? scandir(dir, &list, is_socket_name, alphasort) : -1;
        for (int k = 0; k < n; k++) {
            snprintf(path, sizeof path, "%s/%s", dir, list[k]->d_name);
            answered += ask_one(t, path);
            free(list[k]);
        }
        if (n >= 0) free(list);
    }
    return answered;
}
