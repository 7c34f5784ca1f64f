/* open pipe sendfile splice: files and pipes of a script are lengths, their bytes all zeroes; a file is there when a command made
 * it (dd). */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "run_call.h"
#include "run_setup.h"
#include "words.h"

/* ---- open ---- */

static int64_t do_open(struct run *r, struct call *c)
{
    uint64_t len;
    return setup_file(r, arg_of(c, 0)->text.data, &len) ? 0 : -ENOENT;
}

static void opened(struct run *r, struct call *c)
{
    struct fd *fd = c->result < 0 ? NULL : fd_given(r, c->spec->result, FD_FILE, false);
    if (!fd) return;
    setup_file(r, arg_of(c, 0)->text.data, &fd->file_len);
    fd->flags = (int)c->arg[0];
}

static bool read_open(struct run *r, struct call *c)
{
    c->attempt = do_open;
    c->check = opened;
    c->makes_fd = true;
    if (arg_of(c, 0)->kind != EXPR_STRING) return expr_wrong(r, arg_of(c, 0), _("A file's name is expected here."));
    return arg_number(r, c, 1, &c->arg[0]) && (c->spec->args_n < 3 || arg_number(r, c, 2, &c->arg[1]));
}

/* ---- sendfile ---- */

enum { MOVED_MAX = 1 << 24 };

/* Room for what goes through: argument |i| says how much. */
static bool through(struct run *r, struct call *c, size_t i)
{
    int64_t len;
    if (!arg_number(r, c, i, &len)) return false;
    if (len < 0 || len > MOVED_MAX) return expr_wrong(r, arg_of(c, i), _("The length is out of range."));
    c->len = (size_t)len;
    c->iov = calloc(1, sizeof *c->iov);
    c->buf = calloc(1, c->len + 1);
    if (!c->iov || !c->buf) return false;
    c->iov[0] = (struct iovec){c->buf, c->len};
    c->msg = (struct msghdr){.msg_iov = c->iov, .msg_iovlen = 1};
    return true;
}

static int64_t do_sendfile(struct run *r, struct call *c)
{
    const struct fd *in = fd_find(r, (int)c->arg[0]);
    int64_t err = call_not_socket(c);
    if (err || !in) return err ? err : -EBADF;
    if (in->kind != FD_FILE || c->arg[1] < 0) return -EINVAL;
    uint64_t left = (uint64_t)c->arg[1] < in->file_len ? in->file_len - (uint64_t)c->arg[1] : 0;
    c->iov[0].iov_len = left < c->len ? left : c->len;
    return c->iov[0].iov_len ? sock_sendmsg(c->fd->sock, &c->k, &c->msg, 0) : 0;
}

static bool read_sendfile(struct run *r, struct call *c)
{
    c->attempt = do_sendfile;
    return arg_fd(r, c, 0) && arg_number(r, c, 1, &c->arg[0]) && expr_bracketed(r, arg_of(c, 2), &c->arg[1]) && through(r, c, 3);
}

/* ---- pipe, splice ---- */

static int64_t do_pipe(struct run *r, struct call *c)
{
    const struct script_expr *e = arg_of(c, 0);
    struct run_pipe *p = calloc(1, sizeof *p);
    if (!p) return run_no_memory(r), -ENFILE;
    struct fd *out = fd_given(r, e->items[0], FD_PIPE_OUT, false);
    struct fd *in = out ? fd_given(r, e->items[1], FD_PIPE_IN, false) : NULL;
    if (!in) {
        free(p);
        return -EMFILE;
    }
    p->ends = 2;
    out->pipe = in->pipe = p;
    return 0;
}

static bool read_pipe(struct run *r, struct call *c)
{
    const struct script_expr *e = arg_of(c, 0);
    c->attempt = do_pipe;
    return (e->kind == EXPR_LIST && e->items_n == 2) || expr_wrong(r, e, _("Two descriptors in brackets are expected here."));
}

/* Out of a socket into a pipe, or the other way. */
static int64_t do_splice(struct run *r, struct call *c)
{
    struct fd *in = c->fd, *out = fd_find(r, (int)c->arg[0]);
    if (!in || !out) return -EBADF;
    if (in->kind == FD_PIPE_OUT && out->kind == FD_SOCKET) {
        c->iov[0].iov_len = in->pipe->n < c->len ? in->pipe->n : c->len;
        int64_t sent = sock_sendmsg(out->sock, &c->k, &c->msg, 0);
        if (sent > 0) in->pipe->n -= (size_t)sent;
        return sent;
    }
    if (in->kind != FD_SOCKET || out->kind != FD_PIPE_IN) return -EINVAL;
    bool urgent = sock_poll(in->sock) & POLLPRI;
    int64_t got = sock_recvmsg(in->sock, &c->k, &c->msg, 0);
    if (got == SOCK_BLOCKED && urgent) return 0; /* the urgent byte is in the way: as Linux */
    if (got > 0) out->pipe->n += (size_t)got;
    return got;
}

static bool read_splice(struct run *r, struct call *c)
{
    int64_t flags;
    c->attempt = do_splice;
    if (!arg_fd(r, c, 0) || !args_open(r, c, 1, 1) || !arg_number(r, c, 2, &c->arg[0]) || !args_open(r, c, 3, 1) ||
        !through(r, c, 4) || !arg_number(r, c, 5, &flags))
        return false;
    return !flags || expr_wrong(r, arg_of(c, 5), _("No flags of splice() are known."));
}

const struct call_row call_rows_file[] = {
    {"open", 2, 3, read_open}, {"sendfile", 4, 4, read_sendfile}, {"pipe", 1, 1, read_pipe}, {"splice", 6, 6, read_splice}, {0},
};
