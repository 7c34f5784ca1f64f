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

/* The number that the script gives to descriptor |i| of what is made. */
static struct fd *new_fd(struct run *r, const struct script_expr *e, enum fd_kind kind)
{
    int64_t number;
    if (!expr_number(r, e, &number)) return NULL;
    if (number >= 0 && !fd_find(r, (int)number)) return fd_new(r, (int)number, kind);
    run_break(r, e->at, _("The descriptor %d is open already."), (int)number);
    return NULL;
}

/* ---- open ---- */

static int64_t do_open(struct run *r, struct call *c)
{
    uint64_t len;
    if (!setup_file(r, arg_of(c, 0)->text.data, &len)) return -ENOENT;
    struct fd *fd = new_fd(r, c->spec->result, FD_FILE);
    if (!fd) return -EMFILE;
    fd->file_len = len;
    fd->flags = (int)c->arg[0];
    return fd->number;
}

static bool read_open(struct run *r, struct call *c)
{
    c->attempt = do_open;
    if (arg_of(c, 0)->kind != EXPR_STRING) return expr_wrong(r, arg_of(c, 0), _("A file's name is expected here."));
    return arg_number(r, c, 1, &c->arg[0]);
}

/* ---- sendfile ---- */

static int64_t read_zeroes(void *ctx, void *buf, size_t len, off_t at)
{
    const struct fd *file = ctx;
    if (at < 0 || (uint64_t)at >= file->file_len) return 0;
    uint64_t left = file->file_len - (uint64_t)at;
    if (len > left) len = (size_t)left;
    memset(buf, 0, len);
    return (int64_t)len;
}

static int64_t do_sendfile(struct run *r, struct call *c)
{
    struct fd *in = fd_find(r, (int)c->arg[0]);
    off_t at = c->arg[1];
    int64_t err = call_not_socket(c);
    if (err || !in) return err ? err : -EBADF;
    if (in->kind != FD_FILE) return -EINVAL;
    return sock_sendfile(c->fd->sock, &c->k, read_zeroes, in, &at, (size_t)c->arg[2]);
}

static bool read_sendfile(struct run *r, struct call *c)
{
    c->attempt = do_sendfile;
    return arg_fd(r, c, 0) && arg_number(r, c, 1, &c->arg[0]) && expr_bracketed(r, arg_of(c, 2), &c->arg[1]) &&
           arg_number(r, c, 3, &c->arg[2]);
}

/* ---- pipe, splice ---- */

static int64_t do_pipe(struct run *r, struct call *c)
{
    const struct script_expr *e = arg_of(c, 0);
    struct run_pipe *p = calloc(1, sizeof *p);
    struct fd *out = p ? new_fd(r, e->items[0], FD_PIPE_OUT) : NULL, *in = out ? new_fd(r, e->items[1], FD_PIPE_IN) : NULL;
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
        size_t n = in->pipe->n < c->iov[0].iov_len ? in->pipe->n : c->iov[0].iov_len;
        c->iov[0].iov_len = n;
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
    int64_t len;
    c->attempt = do_splice;
    if (!arg_fd(r, c, 0) || !arg_number(r, c, 2, &c->arg[0]) || !arg_number(r, c, 4, &len)) return false;
    c->len = len > 0 && len < (1 << 24) ? (size_t)len : 0;
    c->iov = calloc(1, sizeof *c->iov);
    c->buf = calloc(1, c->len + 1);
    if (!c->iov || !c->buf) return false;
    c->iov[0] = (struct iovec){c->buf, c->len};
    c->msg = (struct msghdr){.msg_iov = c->iov, .msg_iovlen = 1};
    return true;
}

const struct call_row call_rows_file[] = {
    {"open", 2, 3, read_open}, {"sendfile", 4, 4, read_sendfile}, {"pipe", 1, 1, read_pipe}, {"splice", 6, 6, read_splice}, {0},
};
