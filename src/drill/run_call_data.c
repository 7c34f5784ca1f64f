/* read recv recvfrom readv write send sendto writev: all of them are sendmsg() or recvmsg() to the sockets. What is sent are
 * zeroes, and zeroes are expected on the wire. */
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "run_call.h"
#include "run_call_msg.h"
#include "words.h"

/* ---- buffers ---- */

/* Longer ones are refused; a negative length is passed on, no memory behind it is looked at. */
enum { BUFFER_MAX = 1 << 28 };

/* A buffer ..., or NULL written as 0. |len| as the caller of the C library would give it. */
static bool arg_buffer(struct run *r, struct call *c, size_t i, size_t length_at)
{
    const struct script_expr *e = arg_of(c, i);
    int64_t zero = 0, len;
    if (!arg_number(r, c, length_at, &len)) return false;
    if (e->kind != EXPR_ELLIPSIS && (!expr_number(r, e, &zero) || zero != 0))
        return expr_wrong(r, e, _("... or NULL is expected here."));
    if (len > BUFFER_MAX) return expr_wrong(r, arg_of(c, length_at), _("The buffer is too long, or shorter than nothing."));
    c->iov = calloc(1, sizeof *c->iov);
    c->len = len > 0 ? (size_t)len : 0;
    if (e->kind == EXPR_ELLIPSIS) c->buf = calloc(1, c->len + 1);
    if (!c->iov || (e->kind == EXPR_ELLIPSIS && !c->buf)) return false;
    c->iov[0] = (struct iovec){c->buf, (size_t)len};
    c->msg = (struct msghdr){.msg_iov = c->iov, .msg_iovlen = 1};
    return true;
}

/* fd, buffer, length, and flags when there are as many arguments. */
static bool takes_buffer(struct run *r, struct call *c, int64_t (*attempt)(struct run *r, struct call *c))
{
    c->attempt = attempt;
    return arg_fd(r, c, 0) && arg_buffer(r, c, 1, 2) && (c->spec->args_n < 4 || arg_number(r, c, 3, &c->arg[0]));
}

bool data_vector(struct run *r, struct call *c, const struct script_expr *e)
{
    size_t total = 0;
    if (e->kind != EXPR_LIST) return expr_wrong(r, e, _("A list of buffers is expected here."));
    c->iov = calloc(e->items_n + 1, sizeof *c->iov);
    if (!c->iov) return false;
    for (size_t i = 0; i < e->items_n; i++) {
        const struct script_expr *b = e->items[i];
        int64_t len;
        if (b->kind != EXPR_STRUCT || b->items_n != 2 || b->items[0]->kind != EXPR_ELLIPSIS)
            return expr_wrong(r, b, _("A buffer {..., LENGTH} is expected here."));
        if (!expr_number(r, b->items[1], &len)) return false;
        if (len < 0 || (total += (size_t)len) > BUFFER_MAX)
            return expr_wrong(r, b, _("The buffer is too long, or shorter than nothing."));
        c->iov[i].iov_len = (size_t)len;
    }
    uint8_t *at = c->buf = calloc(1, total + 1);
    if (!at) return false;
    for (size_t i = 0; i < e->items_n; at += c->iov[i++].iov_len) c->iov[i].iov_base = at;
    c->msg.msg_iov = c->iov;
    c->msg.msg_iovlen = e->items_n;
    return true;
}

/* Memory that a zero-copy call may still look into stays until the run ends. */
static void keep_buffer(struct run *r, struct call *c)
{
    struct run_kept *k = calloc(1, sizeof *k);
    if (k) {
        *k = (struct run_kept){r->kept, c->buf};
        r->kept = k;
    } else {
        run_no_memory(r);
    }
    c->buf = NULL;
}

/* ---- sending ---- */

int64_t data_send(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    if (err) return err;
    int64_t sent = sock_sendmsg(c->fd->sock, &c->k, &c->msg, (int)c->arg[0]);
    if (sent != SOCK_BLOCKED && (int)c->arg[0] & MSG_ZEROCOPY) keep_buffer(r, c);
    return sent;
}

/* A pipe takes everything: nothing reads it while the script runs but the script. */
static int64_t do_write(struct run *r, struct call *c)
{
    if (!c->fd || c->fd->kind != FD_PIPE_IN) return data_send(r, c);
    c->fd->pipe->n += c->len;
    return (int64_t)c->len;
}

static bool read_write(struct run *r, struct call *c) { return takes_buffer(r, c, do_write); }
static bool read_send(struct run *r, struct call *c) { return takes_buffer(r, c, data_send); }

/* FreeBSD's Fast Open: sendto() opens and never waits; without a cookie the data leaves when the connection is established. */
static int64_t open_and_send(struct run *r, struct call *c)
{
    struct sock *s = c->fd->sock;
    int flags = sock_get_flags(s), on = 1;
    if (c->iov[0].iov_len > c->len) return -EINVAL; /* less than nothing, without memory behind it */
    sock_set_flags(s, flags | O_NONBLOCK);
    sock_setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    int64_t result = sock_connect(s, &c->k, (const struct sockaddr *)&c->addr, c->addr_len);
    if (result == 0) {
        c->msg.msg_name = NULL;
        c->msg.msg_namelen = 0;
        c->k = (struct sock_call){0};
        result = sock_sendmsg(s, &c->k, &c->msg, 0);
    }
    if (result == -EINPROGRESS && sock_conn(s))
        result = tern_conn_send(sock_conn(s), r->now, c->iov[0].iov_base, c->iov[0].iov_len);
    sock_set_flags(s, flags);
    return result;
}

static bool read_sendto(struct run *r, struct call *c)
{
    if (!read_send(r, c) || !arg_address(r, c, 4, &r->remote_ip, r->connect_port)) return false;
    if (c->fd && c->fd->fast_open && !sock_conn(c->fd->sock)) c->attempt = open_and_send;
    call_connects(r, c);
    c->msg.msg_name = &c->addr;
    c->msg.msg_namelen = c->addr_len;
    return true;
}

static bool vector_counted(struct run *r, struct call *c)
{
    int64_t n;
    if (!data_vector(r, c, arg_of(c, 1)) || !arg_number(r, c, 2, &n)) return false;
    if (n == (int64_t)c->msg.msg_iovlen) return true;
    return expr_wrong(r, arg_of(c, 2), _("This is not the number of the buffers."));
}

static bool read_writev(struct run *r, struct call *c)
{
    c->attempt = data_send;
    return arg_fd(r, c, 0) && vector_counted(r, c);
}

/* ---- receiving ---- */

int64_t data_receive(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    (void)r;
    return err ? err : sock_recvmsg(c->fd->sock, &c->k, &c->msg, (int)c->arg[0]);
}

static int64_t do_read(struct run *r, struct call *c)
{
    if (c->fd && c->fd->kind == FD_FILE) {
        uint64_t left = c->fd->file_len - c->fd->file_at, n = left < c->len ? left : c->len;
        c->fd->file_at += n;
        return (int64_t)n;
    }
    if (!c->fd || c->fd->kind != FD_PIPE_OUT) return data_receive(r, c);
    size_t n = c->fd->pipe->n < c->len ? c->fd->pipe->n : c->len;
    c->fd->pipe->n -= n;
    return (int64_t)n;
}

static bool read_read(struct run *r, struct call *c) { return takes_buffer(r, c, do_read); }
static bool read_recv(struct run *r, struct call *c) { return takes_buffer(r, c, data_receive); }

static bool read_recvfrom(struct run *r, struct call *c)
{
    if (!read_recv(r, c) || !args_open(r, c, 4, 2)) return false;
    c->msg.msg_name = &c->addr;
    c->msg.msg_namelen = sizeof c->addr;
    return true;
}

static bool read_readv(struct run *r, struct call *c)
{
    c->attempt = data_receive;
    return arg_fd(r, c, 0) && vector_counted(r, c);
}

const struct call_row call_rows_data[] = {
    {"read", 3, 3, read_read},
    {"recv", 4, 4, read_recv},
    {"recvfrom", 6, 6, read_recvfrom},
    {"readv", 3, 3, read_readv},
    {"recvmsg", 3, 3, msg_read_receive},
    {"write", 3, 3, read_write},
    {"send", 4, 4, read_send},
    {"sendto", 6, 6, read_sendto},
    {"writev", 3, 3, read_writev},
    {"sendmsg", 3, 3, msg_read_send},
    {0},
};
