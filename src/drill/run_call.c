/* System calls of the script: arguments, descriptors, results; those that wait. */
#include "run_call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "run_setup.h"
#include "words.h"

/* ---- descriptors ---- */

struct fd *fd_find(const struct run *r, int number)
{
    struct fd *fd = r->fds;
    while (fd && fd->number != number) fd = fd->next;
    return fd;
}

static struct fd *fd_new(struct run *r, int number, enum fd_kind kind)
{
    struct fd *fd = calloc(1, sizeof *fd);
    if (!fd) return run_no_memory(r), NULL;
    fd->number = number;
    fd->kind = kind;
    fd->next = r->fds;
    r->fds = fd;
    return fd;
}

struct fd *fd_given(struct run *r, const struct script_expr *e, enum fd_kind kind, bool again)
{
    int64_t n;
    if (!expr_number(r, e, &n)) return NULL;
    if (n >= 0 && n <= INT_MAX && (again || !fd_find(r, (int)n))) return fd_new(r, (int)n, kind);
    run_break(r, e->at, _("The descriptor %d is open already."), (int)n);
    return NULL;
}

/* The thing behind it is closed already, or goes with the host. */
void fd_drop(struct run *r, struct fd *fd)
{
    struct fd **p = &r->fds;
    while (*p != fd) p = &(*p)->next;
    *p = fd->next;
    if (fd->epoll) sock_epoll_free(fd->epoll);
    if (fd->pipe && --fd->pipe->ends == 0) free(fd->pipe);
    free(fd);
}

void fds_free(struct run *r)
{
    while (r->fds) fd_drop(r, r->fds);
}

/* ---- arguments ---- */

bool expr_wrong(struct run *r, const struct script_expr *e, const char *sentence)
{
    run_break(r, e->at, "%s", sentence);
    return false;
}

static bool function_number(struct run *r, const struct script_expr *e, int64_t *out)
{
    int64_t n;
    if (strcmp(e->text.data, "inet_addr") == 0 && e->items_n == 1 && e->items[0]->kind == EXPR_STRING) {
        struct in_addr a;
        if (inet_pton(AF_INET, e->items[0]->text.data, &a) != 1)
            return expr_wrong(r, e->items[0], _("An IPv4 address is expected here."));
        *out = a.s_addr;
        return true;
    }
    if (e->items_n != 1 || !expr_number(r, e->items[0], &n)) return expr_wrong(r, e, _("A number is expected here."));
    if (strcmp(e->text.data, "htons") == 0)
        *out = htons((uint16_t)n);
    else if (strcmp(e->text.data, "htonl") == 0)
        *out = htonl((uint32_t)n);
    else
        return expr_wrong(r, e, _("A number is expected here."));
    return true;
}

bool expr_number(struct run *r, const struct script_expr *e, int64_t *out)
{
    int64_t part;
    switch (e->kind) {
    case EXPR_INTEGER: *out = e->number; return true;
    case EXPR_WORD:
        if (strcmp(e->text.data, "NULL") == 0) {
            *out = 0;
            return true;
        }
        if (script_symbol(run_dialect(r), e->text.data, out)) return true;
        run_break(r, e->at, _("\"%s\" is not known."), e->text.data);
        return false;
    case EXPR_OR:
        *out = 0;
        for (size_t i = 0; i < e->items_n; i++) {
            if (!expr_number(r, e->items[i], &part)) return false;
            *out |= part;
        }
        return true;
    case EXPR_FUNCTION: return function_number(r, e, out);
    case EXPR_ELLIPSIS:
    case EXPR_STRING:
    case EXPR_LIST:
    case EXPR_STRUCT: break;
    }
    return expr_wrong(r, e, _("A number is expected here."));
}

bool arg_number(struct run *r, const struct call *c, size_t i, int64_t *out) { return expr_number(r, arg_of(c, i), out); }

bool expr_bracketed(struct run *r, const struct script_expr *e, int64_t *out)
{
    if (e->kind != EXPR_LIST || e->items_n != 1) return expr_wrong(r, e, _("A number in brackets is expected here."));
    return expr_number(r, e->items[0], out);
}

bool arg_fd(struct run *r, struct call *c, size_t i)
{
    int64_t number;
    if (!arg_number(r, c, i, &number)) return false;
    c->fd = fd_find(r, (int)number);
    return true;
}

bool struct_has_only(struct run *r, const struct script_expr *e, const char *const *names)
{
    for (size_t i = 0, k; i < e->items_n; i++) {
        const char *name = e->items[i]->name;
        for (k = 0; name && names[k] && strcmp(names[k], name) != 0; k++) continue;
        if (name && names[k]) continue;
        run_break(r, e->items[i]->at, _("The struct has no member \"%s\" here."), name ? name : "");
        return false;
    }
    return true;
}

bool args_open(struct run *r, const struct call *c, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++) {
        const struct script_expr *e = arg_of(c, i);
        bool null = e->kind == EXPR_WORD && strcmp(e->text.data, "NULL") == 0;
        if (e->kind != EXPR_ELLIPSIS && !null) return expr_wrong(r, e, _("... or NULL is expected here."));
    }
    return true;
}

bool member_number(struct run *r, const struct script_expr *e, const char *name, int64_t fallback, int64_t *out)
{
    const struct script_expr *m = script_member(e, name);
    *out = fallback;
    return !m || m->kind == EXPR_ELLIPSIS || expr_number(r, m, out);
}

int64_t call_not_socket(const struct call *c)
{
    if (!c->fd) return -EBADF;
    return c->fd->kind == FD_SOCKET ? 0 : -ENOTSOCK;
}

/* ---- addresses ---- */

void call_address(struct run *r, struct call *c, const struct tern_addr *ip, uint16_t port)
{
    memset(&c->addr, 0, sizeof c->addr);
    if (r->ip == DRILL_IPV4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&in.sin_addr, ip->b + 12, 4);
        memcpy(&c->addr, &in, c->addr_len = sizeof in);
    } else {
        struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&in.sin6_addr, ip->b, 16); /* IPv4 is held as mapped already */
        memcpy(&c->addr, &in, c->addr_len = sizeof in);
    }
}

static bool struct_address(struct run *r, struct call *c, const struct script_expr *e)
{
    static const char *const members[] = {"sa_family",   "sin_family", "sin_port",  "sin_addr",
                                          "sin6_family", "sin6_port",  "sin6_addr", NULL};
    int64_t family, port, ip4;
    struct sockaddr_in in = {0};
    struct sockaddr_in6 in6 = {0};
    const struct script_expr *text = script_member(e, "sin6_addr");
    if (!struct_has_only(r, e, members) || !member_number(r, e, "sa_family", AF_UNSPEC, &family)) return false;
    if (family == AF_UNSPEC && !member_number(r, e, "sin_family", AF_UNSPEC, &family)) return false;
    if (family == AF_UNSPEC && !member_number(r, e, "sin6_family", AF_UNSPEC, &family)) return false;
    memset(&c->addr, 0, sizeof c->addr);
    if (family == AF_INET6) {
        if (!member_number(r, e, "sin6_port", 0, &port)) return false;
        in6.sin6_family = AF_INET6;
        in6.sin6_port = (in_port_t)port;
        if (text && text->kind == EXPR_FUNCTION && text->items_n) text = text->items[text->items_n - 1];
        if (text && text->kind != EXPR_ELLIPSIS &&
            (text->kind != EXPR_STRING || inet_pton(AF_INET6, text->text.data, &in6.sin6_addr) != 1))
            return expr_wrong(r, text, _("An IPv6 address is expected here."));
        memcpy(&c->addr, &in6, c->addr_len = sizeof in6);
        return true;
    }
    if (!member_number(r, e, "sin_port", 0, &port) || !member_number(r, e, "sin_addr", 0, &ip4)) return false;
    in.sin_family = (sa_family_t)family;
    in.sin_port = (in_port_t)port;
    in.sin_addr.s_addr = (in_addr_t)ip4;
    memcpy(&c->addr, &in, c->addr_len = sizeof in);
    return true;
}

static bool address(struct run *r, struct call *c, const struct script_expr *e, const struct tern_addr *ip, uint16_t port)
{
    int64_t family;
    if (e->kind == EXPR_STRUCT) return struct_address(r, c, e);
    call_address(r, c, ip, port);
    if (e->kind == EXPR_ELLIPSIS) return true;
    if (!expr_number(r, e, &family)) return false;
    c->addr.ss_family = (sa_family_t)family;
    return true;
}

bool expr_address(struct run *r, struct call *c, const struct script_expr *e, const struct script_expr *len,
                  const struct tern_addr *ip, uint16_t port)
{
    int64_t n;
    if (!address(r, c, e, ip, port)) return false;
    if (!len || len->kind == EXPR_ELLIPSIS) return true;
    if (!expr_number(r, len, &n)) return false;
    if (n < 0 || n > (int64_t)sizeof c->addr) return expr_wrong(r, len, _("The length is out of range."));
    c->addr_len = (socklen_t)n;
    return true;
}

bool arg_address(struct run *r, struct call *c, size_t i, const struct tern_addr *ip, uint16_t port)
{
    return expr_address(r, c, arg_of(c, i), arg_of(c, i + 1), ip, port);
}

/* ---- results ---- */

static void name_result(int64_t result, char out[64])
{
    const char *name = result < 0 ? script_errno_name((int)-result) : NULL;
    if (name)
        snprintf(out, 64, "-1 %s", name);
    else
        snprintf(out, 64, "%" PRId64, result);
}

/* Is |c|'s result the one that the script says? */
static void check_result(struct run *r, struct call *c)
{
    int64_t want, error = 0;
    char got[64], wanted[64];
    if (c->spec->result->kind == EXPR_ELLIPSIS) return;
    if (!expr_number(r, c->spec->result, &want)) return;
    if (c->spec->error && !script_symbol(run_dialect(r), c->spec->error, &error)) {
        run_break(r, c->spec->result->at, _("\"%s\" is not known."), c->spec->error);
        return;
    }
    if (c->spec->error && want != -1) {
        run_break(r, c->spec->result->at, _("%s goes with the result -1 only."), c->spec->error);
        return;
    }
    bool ok = c->result >= 0 ? (c->makes_fd && want >= 0) || c->result == want : want == -1;
    if (ok && c->result < 0 && c->spec->error) ok = -c->result == error;
    if (ok) return;
    name_result(c->result, got);
    snprintf(wanted, sizeof wanted, "%" PRId64 "%s%s", want, c->spec->error ? " " : "", c->spec->error ? c->spec->error : "");
    run_differs(r, RUN_CALL_END, c->ev->at, _("%s() returns %s, the script expects %s."), c->spec->name, got, wanted);
}

/* It has returned: is all as the script says, and in time? */
static void done(struct run *r, struct call *c)
{
    check_result(r, c);
    if (!r->failed && c->check) c->check(r, c);
    if (!r->failed && c->spec->blocks) run_in_time(r, c->ev, c->end, 0, run_now(r), c->began, RUN_CALL_END);
    call_free(c);
}

/* ---- waiting ---- */

static bool attempt(struct run *r, struct call *c)
{
    c->result = c->attempt(r, c);
    return c->result != SOCK_BLOCKED;
}

void call_free(struct call *c)
{
    free(c->buf);
    free(c->iov);
    free(c->control);
    free(c->extra);
    free(c);
}

void call_retry(struct run *r)
{
    struct call *c = r->blocked;
    if (r->failed || !attempt(r, c)) return;
    r->blocked = NULL;
    done(r, c);
}

bool call_await(struct run *r, tern_ns limit)
{
    while (r->blocked && !r->failed && run_step(r, limit)) continue;
    return !r->blocked;
}

/* A call that the script does not say to wait, and that waits: time goes on, nothing else happens. */
static void stand_still(struct run *r)
{
    while (r->blocked && !r->failed && run_step(r, r->now + 3600 * TERN_SEC)) continue;
    if (r->blocked && !r->failed) run_fail(r, r->event->at, _("%s() waits for ever."), r->blocked->spec->name);
}

/* ---- the event ---- */

static const struct call_row *find_row(const char *name)
{
    static const struct call_row *const tables[] = {call_rows_socket, call_rows_data, call_rows_option, call_rows_poll,
                                                    call_rows_file};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct call_row *row = tables[t]; row->name; row++)
            if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

static struct call *read_call(struct run *r)
{
    const struct script_call *spec = r->event->call;
    const struct call_row *row = find_row(spec->name);
    if (!row) {
        run_break(r, spec->at, _("There is no system call %s()."), spec->name);
        return NULL;
    }
    if (spec->args_n < row->args_min || spec->args_n > row->args_max) {
        run_break(r, spec->at, _("%s() has %zu arguments, not %zu."), spec->name, row->args_max, spec->args_n);
        return NULL;
    }
    struct call *c = calloc(1, sizeof *c);
    if (!c) return run_no_memory(r), NULL;
    c->ev = r->event;
    c->spec = spec;
    c->until = TERN_NEVER;
    c->began = r->event_at;
    c->end = r->event_base + spec->until;
    if (row->read(r, c)) return c;
    if (!r->failed) run_no_memory(r); /* whatever else is wrong was told */
    call_free(c);
    return NULL;
}

void call_event(struct run *r)
{
    if (r->blocked && !call_await(r, r->now + RUN_PATIENCE) && !r->failed && r->event->call->blocks)
        run_fail(r, r->event->at, _("A call that waits while the one of line %u still does."), r->blocked->ev->at.line);
    if (r->failed || !run_wait(r)) return;
    struct call *c = read_call(r);
    if (!c) return;
    if (!attempt(r, c)) {
        if (r->blocked) {
            run_fail(r, r->event->at, _("A call that waits while the one of line %u still does."), r->blocked->ev->at.line);
            call_free(c);
            return;
        }
        r->blocked = c;
        run_settle(r);
        if (r->blocked && !c->spec->blocks) stand_still(r);
        return;
    }
    done(r, c);
    if (!r->failed) run_settle(r);
}
