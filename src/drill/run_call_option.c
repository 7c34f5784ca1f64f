/* getsockopt setsockopt fcntl ioctl. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <tern/sock.h>
#include <tern/tcp_ao.h>

#include "run_call.h"
#include "run_ao.h"
#include "run_md5.h"
#include "run_setup.h"
#include "words.h"

enum { OPTION_MAX = 4096 };

/* ---- FreeBSD's ---- */

/* Its names for what Linux or tern has under another one, in another unit. */
static const struct freebsd_option {
    int name, level, ours, unit;
} freebsd_options[] = {
    {SCRIPT_TCP_NOPUSH, IPPROTO_TCP, TCP_CORK, 1},
    {SCRIPT_TCP_FASTOPEN, IPPROTO_TCP, TCP_FASTOPEN, 1},
    {SCRIPT_TCP_NOOPT, SOL_TERN, TERN_SO_NO_OPTIONS, 1},
    {SCRIPT_TCP_KEEPINIT, SOL_TERN, TERN_SO_CONNECT_TIMEOUT, 1000},
};

/* The call's level and name become ours. Returns what one of the script's units is in ours. */
static int our_option(struct call *c)
{
    for (size_t i = 0; i < sizeof freebsd_options / sizeof freebsd_options[0]; i++) {
        const struct freebsd_option *o = &freebsd_options[i];
        if (c->arg[1] != o->name) continue;
        c->arg[0] = o->level;
        c->arg[1] = o->ours;
        return o->unit;
    }
    return 1;
}

/* ---- values ---- */

/* Two numbers of a struct, and none besides. */
static bool two_members(struct run *r, const struct script_expr *e, const char *first, const char *second, int64_t out[2])
{
    const char *const names[] = {first, second, NULL};
    return struct_has_only(r, e, names) && member_number(r, e, first, 0, &out[0]) && member_number(r, e, second, 0, &out[1]);
}

/* What a struct is on the wire between program and kernel. 0: run_break() said why not. */
static size_t struct_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    int64_t n[2];
    if (script_member(e, "onoff")) {
        if (!two_members(r, e, "onoff", "linger", n)) return 0;
        struct linger l = {(int)n[0], (int)n[1]};
        memcpy(out, &l, sizeof l);
        return sizeof l;
    }
    if (script_member(e, "tv_sec")) {
        if (!two_members(r, e, "tv_sec", "tv_usec", n)) return 0;
        struct timeval t = {n[0], n[1]};
        memcpy(out, &t, sizeof t);
        return sizeof t;
    }
    /* FreeBSD's choice among its TCPs: tern has no such option, whatever the bytes are. */
    if (script_member(e, "function_set_name")) return OPTION_MAX;
    expr_wrong(r, e, _("A value of an option is expected here."));
    return 0;
}

/* The bytes of a value as the script wrote it, into |out|, of OPTION_MAX; their number. 0: run_break() said why not. */
static size_t value_bytes(struct run *r, const struct script_expr *e, uint8_t *out)
{
    int64_t n;
    switch (e->kind) {
    case EXPR_STRING:
        if (e->text.len > OPTION_MAX) break;
        memcpy(out, e->text.data, e->text.len);
        return e->text.len + 1;
    case EXPR_STRUCT: return struct_bytes(r, e, out);
    case EXPR_LIST: {
        if (!expr_bracketed(r, e, &n)) return 0;
        int value = (int)n;
        memcpy(out, &value, sizeof value);
        return sizeof value;
    }
    case EXPR_ELLIPSIS: return OPTION_MAX;
    default: break;
    }
    expr_wrong(r, e, _("A value of an option is expected here."));
    return 0;
}

static bool read_option(struct run *r, struct call *c)
{
    c->buf = calloc(1, OPTION_MAX);
    return c->buf && arg_fd(r, c, 0) && arg_number(r, c, 1, &c->arg[0]) && arg_number(r, c, 2, &c->arg[1]);
}

static int64_t do_set(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    int name = (int)c->arg[1], on = 0;
    if (err) return err;
    if (c->arg[2] < 0) return -EINVAL;
    memcpy(&on, c->buf, sizeof on);
    if (name == SCRIPT_TCP_MD5SIG) return md5_set(r, c->fd->sock, on);
    if (name == SCRIPT_TCP_FASTOPEN) c->fd->fast_open = on;
    int unit = our_option(c);
    if (c->arg[0] == SOL_TERN) {
        if (__builtin_mul_overflow(on, unit, &on)) return -EINVAL;
        memcpy(c->buf, &on, sizeof on);
    }
    return sock_setsockopt(c->fd->sock, (int)c->arg[0], (int)c->arg[1], c->buf, (socklen_t)c->arg[2]);
}

static size_t set_bytes(struct run *r, struct call *c)
{
    const struct script_expr *e = arg_of(c, 3);
    int64_t name = c->arg[0] == IPPROTO_TCP && e->kind == EXPR_STRUCT ? c->arg[1] : 0;
    if (name == TCP_AO_ADD_KEY || name == TCP_AO_DEL_KEY || name == TCP_AO_INFO) return ao_bytes(r, e, name, c->buf);
    return name == TCP_MD5SIG ? md5_bytes(r, e, c->buf) : value_bytes(r, e, c->buf);
}

/* The length may be left to the runner. */
static bool read_set(struct run *r, struct call *c)
{
    c->attempt = do_set;
    size_t len = read_option(r, c) ? set_bytes(r, c) : 0;
    c->arg[2] = (int64_t)len;
    if (!len || (arg_of(c, 4)->kind != EXPR_ELLIPSIS && !arg_number(r, c, 4, &c->arg[2]))) return false;
    return c->arg[2] <= OPTION_MAX || expr_wrong(r, arg_of(c, 4), _("The length is out of range."));
}

/* ---- getsockopt ---- */

/* Linux tells twice the size of a buffer, for its own costs; FreeBSD the size. Times are told in the script's |unit|. */
static void freebsd_size(struct run *r, struct call *c, int unit)
{
    int value;
    bool buffer = c->arg[0] == SOL_SOCKET && (c->arg[1] == SO_RCVBUF || c->arg[1] == SO_SNDBUF);
    if (run_dialect(r) != DIALECT_FREEBSD || c->addr_len != sizeof value) return;
    memcpy(&value, c->buf, sizeof value);
    value /= buffer ? 2 : unit;
    memcpy(c->buf, &value, sizeof value);
}

static int64_t do_get(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    c->addr_len = (socklen_t)c->arg[2];
    if (err) return err;
    int unit = our_option(c);
    err = sock_getsockopt(c->fd->sock, (int)c->arg[0], (int)c->arg[1], c->buf, &c->addr_len);
    if (err == 0) freebsd_size(r, c, unit);
    return err;
}

static void wrong_value(struct run *r, const struct call *c, int64_t want, int64_t got)
{
    const char *name = arg_of(c, 2)->kind == EXPR_WORD ? arg_of(c, 2)->text.data : "";
    run_differs(r, RUN_CALL_END, c->ev->at, _("getsockopt(%s) gives %lld, the script expects %lld."), name, (long long)got,
                (long long)want);
}

static void check_got(struct run *r, struct call *c)
{
    const struct script_expr *e = arg_of(c, 3);
    uint8_t want[OPTION_MAX] = {0};
    if (c->result < 0 || e->kind == EXPR_ELLIPSIS) return;
    size_t n = value_bytes(r, e, want);
    if (!n) return;
    if (e->kind == EXPR_STRING) n--;
    if ((int64_t)c->addr_len != c->arg[2]) {
        run_differs(r, RUN_CALL_END, c->ev->at, _("getsockopt() gives %u bytes, the script expects %lld."), c->addr_len,
                    (long long)c->arg[2]);
        return;
    }
    if (e->kind == EXPR_LIST && c->addr_len <= n) {
        int wanted, got = 0;
        memcpy(&wanted, want, sizeof wanted);
        memcpy(&got, c->buf, c->addr_len);
        if (wanted != got) wrong_value(r, c, wanted, got);
    } else if (c->addr_len != n || memcmp(want, c->buf, n) != 0) {
        run_differs(r, RUN_CALL_END, c->ev->at, "%s", _("getsockopt() gives other bytes than the script expects."));
    }
}

static bool read_get(struct run *r, struct call *c)
{
    c->attempt = do_get;
    c->check = check_got;
    if (!read_option(r, c) || !expr_bracketed(r, arg_of(c, 4), &c->arg[2])) return false;
    return (c->arg[2] >= 0 && c->arg[2] <= OPTION_MAX) || expr_wrong(r, arg_of(c, 4), _("The length is out of range."));
}

/* ---- fcntl, ioctl ---- */

static int64_t do_fcntl(struct run *r, struct call *c)
{
    (void)r;
    if (!c->fd) return -EBADF;
    bool socket = c->fd->kind == FD_SOCKET;
    switch (c->arg[0]) {
    case F_GETFL: return socket ? sock_get_flags(c->fd->sock) : c->fd->flags;
    case F_SETFL:
        if (socket)
            sock_set_flags(c->fd->sock, (int)c->arg[1]);
        else
            c->fd->flags = (int)c->arg[1];
        return 0;
    case F_GETFD: return c->fd->close_on_exec;
    case F_SETFD: c->fd->close_on_exec = c->arg[1] & FD_CLOEXEC; return 0;
    default: return -EINVAL;
    }
}

static bool read_fcntl(struct run *r, struct call *c)
{
    c->attempt = do_fcntl;
    if (!arg_fd(r, c, 0) || !arg_number(r, c, 1, &c->arg[0])) return false;
    return c->spec->args_n < 3 || arg_number(r, c, 2, &c->arg[1]);
}

static int64_t do_ioctl(struct run *r, struct call *c)
{
    int64_t err = call_not_socket(c);
    int value = (int)c->arg[1];
    (void)r;
    if (err) return err;
    int result = sock_ioctl(c->fd->sock, (unsigned long)c->arg[0], &value);
    c->arg[2] = value;
    return result;
}

static void check_ioctl(struct run *r, struct call *c)
{
    if (c->result < 0 || c->spec->args_n < 3 || c->arg[0] == FIONBIO || c->arg[1] == c->arg[2]) return;
    run_differs(r, RUN_CALL_END, c->ev->at, _("ioctl() gives %lld, the script expects %lld."), (long long)c->arg[2],
                (long long)c->arg[1]);
}

static bool read_ioctl(struct run *r, struct call *c)
{
    c->attempt = do_ioctl;
    c->check = check_ioctl;
    if (!arg_fd(r, c, 0) || !arg_number(r, c, 1, &c->arg[0])) return false;
    return c->spec->args_n < 3 || expr_bracketed(r, arg_of(c, 2), &c->arg[1]);
}

const struct call_row call_rows_option[] = {
    {"getsockopt", 5, 5, read_get}, {"setsockopt", 5, 5, read_set}, {"fcntl", 2, 3, read_fcntl}, {"ioctl", 2, 3, read_ioctl}, {0},
};
