/* poll select epoll_create epoll_create1 epoll_ctl epoll_wait. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "run_call.h"
#include "words.h"

/* A timeout in milliseconds: when the call gives up. */
static tern_ns give_up_at(const struct run *r, int64_t ms)
{
    return (int)ms < 0 ? TERN_NEVER : r->now + (tern_ns)(int)ms * TERN_MS;
}

/* ---- poll ---- */

static uint32_t events_of(const struct run *r, int number)
{
    const struct fd *fd = fd_find(r, number);
    if (!fd) return POLLNVAL;
    if (fd->kind == FD_SOCKET) return sock_poll(fd->sock);
    if (fd->kind == FD_EPOLL) return sock_epoll_ready(fd->epoll) ? POLLIN : 0;
    if (fd->kind == FD_PIPE_OUT) return fd->pipe->n ? POLLIN : 0;
    return fd->kind == FD_PIPE_IN ? POLLOUT : POLLIN | POLLOUT;
}

static int64_t do_poll(struct run *r, struct call *c)
{
    struct pollfd *p = c->extra;
    int64_t ready = 0;
    for (size_t i = 0; i < c->extra_n; i++) {
        uint32_t asked = (uint16_t)p[i].events | (uint32_t)(POLLERR | POLLHUP | POLLNVAL);
        p[i].revents = (short)(p[i].fd < 0 ? 0 : events_of(r, p[i].fd) & asked);
        ready += p[i].revents != 0;
    }
    return ready || r->now >= c->until ? ready : SOCK_BLOCKED;
}

static void check_poll(struct run *r, struct call *c)
{
    const struct script_expr *list = arg_of(c, 0);
    const struct pollfd *p = c->extra;
    for (size_t i = 0; i < c->extra_n; i++) {
        int64_t want;
        if (!member_number(r, list->items[i], "revents", 0, &want)) return;
        if ((short)want == p[i].revents) continue;
        run_differs(r, RUN_CALL_END, c->ev->at, _("poll() gives events 0x%x for descriptor %d, the script expects 0x%x."),
                    (unsigned)p[i].revents, p[i].fd, (unsigned)want);
        return;
    }
}

static bool read_poll(struct run *r, struct call *c)
{
    static const char *const names[] = {"fd", "events", "revents", NULL};
    const struct script_expr *list = arg_of(c, 0);
    int64_t n, timeout, number, events;
    c->attempt = do_poll;
    c->check = check_poll;
    if (list->kind != EXPR_LIST) return expr_wrong(r, list, _("A list of struct pollfd is expected here."));
    if (!arg_number(r, c, 1, &n) || !arg_number(r, c, 2, &timeout)) return false;
    if (n != (int64_t)list->items_n) return expr_wrong(r, arg_of(c, 1), _("This is not the number of the structs."));
    struct pollfd *p = c->extra = calloc(list->items_n + 1, sizeof *p);
    c->extra_n = list->items_n;
    for (size_t i = 0; p && i < c->extra_n; i++) {
        const struct script_expr *e = list->items[i];
        if (e->kind != EXPR_STRUCT) return expr_wrong(r, e, _("A list of struct pollfd is expected here."));
        if (!struct_has_only(r, e, names) || !member_number(r, e, "fd", -1, &number) ||
            !member_number(r, e, "events", 0, &events))
            return false;
        p[i] = (struct pollfd){.fd = (int)number, .events = (short)events};
    }
    c->until = give_up_at(r, timeout);
    return p != NULL;
}

/* ---- epoll ---- */

enum { EVENTS_MAX = 4096 };

static int64_t do_epoll_create(struct run *r, struct call *c)
{
    (void)r;
    bool flags = strcmp(c->spec->name, "epoll_create1") == 0;
    return (flags ? c->arg[0] & ~(int64_t)EPOLL_CLOEXEC : c->arg[0] <= 0) ? -EINVAL : 0;
}

static void made_epoll(struct run *r, struct call *c)
{
    struct fd *fd = c->result < 0 ? NULL : fd_given(r, c->spec->result, FD_EPOLL, false);
    if (fd && !(fd->epoll = sock_epoll_new(r->host))) run_no_memory(r);
}

static bool read_epoll_create(struct run *r, struct call *c)
{
    c->attempt = do_epoll_create;
    c->check = made_epoll;
    c->makes_fd = true;
    return arg_number(r, c, 0, &c->arg[0]);
}

/* {events=EPOLLIN, fd=4} and what else may stand in place of fd. */
static bool epoll_event_of(struct run *r, const struct script_expr *e, struct epoll_event *ev)
{
    static const char *const names[] = {"events", "fd", "ptr", "u32", "u64", NULL}, *const *data = names + 1;
    int64_t n;
    *ev = (struct epoll_event){0};
    if (e->kind != EXPR_STRUCT) return expr_wrong(r, e, _("A struct epoll_event is expected here."));
    if (!struct_has_only(r, e, names) || !member_number(r, e, "events", 0, &n)) return false;
    ev->events = (uint32_t)n;
    for (size_t i = 0; data[i]; i++) {
        if (!script_member(e, data[i])) continue;
        if (!member_number(r, e, data[i], 0, &n)) return false;
        ev->data.u64 = (uint64_t)n;
    }
    return true;
}

static int64_t do_epoll_ctl(struct run *r, struct call *c)
{
    const struct fd *set = fd_find(r, (int)c->arg[0]);
    if (!set || !c->fd) return -EBADF;
    if (set->kind != FD_EPOLL) return -EINVAL;
    if (c->fd->kind != FD_SOCKET) return -EPERM;
    return sock_epoll_ctl(set->epoll, (int)c->arg[1], c->fd->sock, c->fd->number, c->extra);
}

static bool read_epoll_ctl(struct run *r, struct call *c)
{
    c->attempt = do_epoll_ctl;
    c->extra = calloc(1, sizeof(struct epoll_event));
    return c->extra && arg_number(r, c, 0, &c->arg[0]) && arg_number(r, c, 1, &c->arg[1]) && arg_fd(r, c, 2) &&
           epoll_event_of(r, arg_of(c, 3), c->extra);
}

static int64_t do_epoll_wait(struct run *r, struct call *c)
{
    if (!c->fd) return -EBADF;
    if (c->fd->kind != FD_EPOLL || c->arg[0] <= 0) return -EINVAL;
    int n = sock_epoll_wait(c->fd->epoll, c->extra, (int)c->extra_n);
    return n || r->now >= c->until ? n : SOCK_BLOCKED;
}

static void check_epoll_wait(struct run *r, struct call *c)
{
    struct epoll_event want;
    const struct epoll_event *got = c->extra;
    if (c->result < 0 || !epoll_event_of(r, arg_of(c, 1), &want)) return;
    uint32_t events = c->result ? got->events : 0;
    uint64_t data = c->result ? got->data.u64 : 0;
    if (want.events != events) {
        run_differs(r, RUN_CALL_END, c->ev->at, _("epoll_wait() gives events 0x%x, the script expects 0x%x."), events,
                    want.events);
    } else if (want.data.u64 != data) {
        run_differs(r, RUN_CALL_END, c->ev->at, _("epoll_wait() gives the data %llu, the script expects %llu."),
                    (unsigned long long)data, (unsigned long long)want.data.u64);
    }
}

static bool read_epoll_wait(struct run *r, struct call *c)
{
    int64_t timeout;
    c->attempt = do_epoll_wait;
    c->check = check_epoll_wait;
    if (!arg_fd(r, c, 0) || !arg_number(r, c, 2, &c->arg[0]) || !arg_number(r, c, 3, &timeout)) return false;
    c->extra_n = c->arg[0] <= 0 ? 1 : c->arg[0] < EVENTS_MAX ? (size_t)c->arg[0] : EVENTS_MAX;
    c->extra = calloc(c->extra_n, sizeof(struct epoll_event));
    c->until = give_up_at(r, timeout);
    return c->extra != NULL;
}

const struct call_row call_rows_poll[] = {
    {"poll", 3, 3, read_poll},           {"epoll_create", 1, 1, read_epoll_create}, {"epoll_create1", 1, 1, read_epoll_create},
    {"epoll_ctl", 4, 4, read_epoll_ctl}, {"epoll_wait", 4, 4, read_epoll_wait},     {0},
};
