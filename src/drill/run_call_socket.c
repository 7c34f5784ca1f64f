/* socket bind listen accept accept4 connect shutdown close. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "run_call.h"
#include "words.h"

void call_connects(struct run *r, const struct call *c)
{
    struct flow *f = r->flow;
    while (f && (!c->fd || f->fd != c->fd->number)) f = f->next;
    if (!f) return;
    if (c->addr.ss_family == AF_UNSPEC) { /* disconnected: it may connect anew */
        f->state = FLOW_NEW;
        return;
    }
    if (f->state != FLOW_NEW) return;
    f->state = FLOW_CONNECTING;
    f->remote = (struct tern_endpoint){r->remote_ip, r->connect_port};
    f->local = (struct tern_endpoint){.port = 0};
}

/* ---- socket ---- */

static int64_t do_socket(struct run *r, struct call *c)
{
    int err = sock_socket(r->host, (int)c->arg[0], (int)c->arg[1], (int)c->arg[2], &c->made);
    return err < 0 ? err : 0;
}

static void made_socket(struct run *r, struct call *c)
{
    struct fd *fd = c->result < 0 ? NULL : fd_given(r, c->spec->result, FD_SOCKET, false);
    struct flow *f = fd ? run_flow_new(r) : NULL;
    if (!f) return;
    fd->sock = c->made;
    f->fd = fd->number;
}

static bool read_socket(struct run *r, struct call *c)
{
    c->attempt = do_socket;
    c->check = made_socket;
    c->makes_fd = true;
    c->arg[0] = r->ip == DRILL_IPV4 ? AF_INET : AF_INET6;
    if (arg_of(c, 0)->kind != EXPR_ELLIPSIS && !arg_number(r, c, 0, &c->arg[0])) return false;
    return arg_number(r, c, 1, &c->arg[1]) && arg_number(r, c, 2, &c->arg[2]);
}

/* ---- bind, listen ---- */

static int64_t do_bind(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    return err ? err : sock_bind(c->fd->sock, (const struct sockaddr *)&c->addr, c->addr_len);
}

static bool read_bind(struct run *r, struct call *c)
{
    c->attempt = do_bind;
    return arg_fd(r, c, 0) && arg_address(r, c, 1, &r->local_ip, r->bind_port);
}

static int64_t do_listen(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    return err ? err : sock_listen(c->fd->sock, (int)c->arg[0]);
}

static void listening(struct run *r, struct call *c)
{
    struct flow *f = r->flow;
    while (f && (c->result < 0 || f->fd != c->fd->number)) f = f->next;
    if (f) f->state = FLOW_LISTENING;
}

static bool read_listen(struct run *r, struct call *c)
{
    c->attempt = do_listen;
    c->check = listening;
    return arg_fd(r, c, 0) && arg_number(r, c, 1, &c->arg[0]);
}

/* ---- accept ---- */

static int64_t do_accept(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    if (err) return err;
    c->addr_len = sizeof c->addr;
    return sock_accept(c->fd->sock, &c->k, (struct sockaddr *)&c->addr, &c->addr_len, (int)c->arg[0], &c->made);
}

static uint16_t port_of(const struct sockaddr_storage *a)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, a, sizeof in);
    memcpy(&in6, a, sizeof in6);
    return ntohs(a->ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

static void accepted(struct run *r, struct call *c)
{
    struct fd *fd = c->result < 0 ? NULL : fd_given(r, c->spec->result, FD_SOCKET, true);
    if (!fd) return;
    fd->sock = c->made;
    struct flow *f = r->flow;
    while (f && (f->remote.port != port_of(&c->addr) || f->fd >= 0)) f = f->next;
    if (f) f->fd = fd->number; /* else a connection whose packets the script did not write: nobody looks at them */
}

static bool read_accept(struct run *r, struct call *c)
{
    c->attempt = do_accept;
    c->check = accepted;
    c->makes_fd = true;
    return arg_fd(r, c, 0) && args_open(r, c, 1, 2) && (c->spec->args_n < 4 || arg_number(r, c, 3, &c->arg[0]));
}

/* ---- connect ---- */

static int64_t do_connect(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    return err ? err : sock_connect(c->fd->sock, &c->k, (const struct sockaddr *)&c->addr, c->addr_len);
}

static bool read_connect(struct run *r, struct call *c)
{
    c->attempt = do_connect;
    if (!arg_fd(r, c, 0) || !arg_address(r, c, 1, &r->remote_ip, r->connect_port)) return false;
    call_connects(r, c);
    return true;
}

/* ---- shutdown, close ---- */

static int64_t do_shutdown(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    return err ? err : sock_shutdown(c->fd->sock, (int)c->arg[0]);
}

static bool read_shutdown(struct run *r, struct call *c)
{
    c->attempt = do_shutdown;
    return arg_fd(r, c, 0) && arg_number(r, c, 1, &c->arg[0]);
}

static int64_t do_close(struct run *r, struct call *c)
{
    if (!c->fd) return -EBADF;
    int64_t result = c->fd->kind == FD_SOCKET ? sock_close(c->fd->sock, &c->k) : 0;
    if (result == SOCK_BLOCKED) return result;
    fd_drop(r, c->fd);
    c->fd = NULL;
    return result;
}

static bool read_close(struct run *r, struct call *c)
{
    c->attempt = do_close;
    if (!arg_fd(r, c, 0)) return false;
    if (!c->fd || !r->blocked || r->blocked->fd != c->fd) return true;
    run_break(r, c->spec->at, _("The call of line %u still waits on this descriptor."), r->blocked->ev->at.line);
    return false;
}

const struct call_row call_rows_socket[] = {
    {"socket", 3, 3, read_socket},     {"bind", 3, 3, read_bind},      {"listen", 2, 2, read_listen},
    {"accept", 3, 3, read_accept},     {"accept4", 4, 4, read_accept}, {"connect", 3, 3, read_connect},
    {"shutdown", 2, 2, read_shutdown}, {"close", 1, 1, read_close},    {0},
};
