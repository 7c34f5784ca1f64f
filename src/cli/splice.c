#include "cli_splice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_services.h"

#define READ_LEN 61440
#define TURNS    16 /* reads in a row before others have their turn */

static void pump(struct splice *x);

static bool is_socket(const struct splice *x) { return x->out.fd < 0; }

/* A CLOSE now would delete the connection (RFC 9293 3.10.4, SYN-SENT): nothing is read before it is open. */
static bool opening(const struct splice *x)
{
    enum tern_state state = tern_conn_state(x->session->conn);
    return state == TERN_SYN_SENT || state == TERN_SYN_RECEIVED;
}

static int out_fd(const struct splice *x) { return is_socket(x) ? x->in.fd : x->out.fd; }

/* ---- the end ---- */

/* The kernel's peer shall see a RST, not an end of data. */
static void reset_socket(int fd)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

static void splice_free(struct splice *x)
{
    struct watch *in = &x->in;
    int in_fd = in->fd, o_fd = x->out.fd;
    env_watch(x->env, &x->out, 0);
    tern_buf_unref(x->up);
    tern_buf_unref(x->down);
    env_bury(x->env, in);
    close(in_fd);
    if (o_fd >= 0 && o_fd != in_fd) close(o_fd);
}

/* Ends both sides: orderly when |error| is 0, else each hears of it by a reset. */
static void finish(struct splice *x, int error)
{
    struct session *s = x->session;
    x->session = NULL;
    s->u.data = NULL;
    if (error != 0 && is_socket(x)) reset_socket(x->in.fd);
    if (x->over) x->over(x, error);
    if (error != 0) {
        session_abort(s);
    } else {
        session_end(s);
    }
    splice_free(x);
}

/* The stack goes down with the session still here. */
static void splice_end(struct session *s)
{
    struct splice *x = s->u.data;
    if (!x) return;
    if (is_socket(x)) reset_socket(x->in.fd);
    splice_free(x);
}

static int descriptor_error(const struct splice *x) { return is_socket(x) ? TERN_ERR_RESET : TERN_ERR_IO; }

/* ---- from the descriptor to the connection; each returns 0: go on, TERN_ERR_AGAIN, or an error ---- */

static int read_in(struct splice *x)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(x->env->host.stack), READ_LEN);
    if (!b) return TERN_ERR_AGAIN;
    ssize_t n = read(x->in.fd, b->data, READ_LEN);
    int err = errno;
    if (n > 0) {
        b->len = (uint32_t)n;
        x->up = b;
        return 0;
    }
    tern_buf_unref(b);
    if (n < 0) return err == EAGAIN || err == EINTR ? TERN_ERR_AGAIN : descriptor_error(x);
    x->in_done = true;
    int closed = tern_conn_close(x->session->conn, x->env->host.now);
    return closed == TERN_ERR_CLOSING ? 0 : closed;
}

/* Afterwards something is held only when the connection does not take it: TERN_WRITABLE will come. */
static int pump_up(struct splice *x)
{
    for (int i = 0; i < TURNS || x->file; i++) {
        int err = x->up || x->in_done ? 0 : read_in(x);
        if (err == 0 && x->up) err = service_send_held(x->session, &x->up);
        if (err < 0) return err;
        if (x->in_done) return 0;
    }
    return 0;
}

/* ---- from the connection to the descriptor ---- */

static int write_out(struct splice *x)
{
    while (x->down->len > 0) {
        ssize_t n = write(out_fd(x), x->down->data, x->down->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN ? TERN_ERR_AGAIN : descriptor_error(x);
        x->down->data += n;
        x->down->len -= (uint32_t)n;
    }
    tern_buf_unref(x->down);
    x->down = NULL;
    return 0;
}

static int pass_end(struct splice *x)
{
    x->out_done = true;
    if (is_socket(x)) shutdown(x->in.fd, SHUT_WR);
    if (x->ends_with_peer && !x->in_done) {
        x->in_done = true;
        tern_buf_unref(x->up);
        x->up = NULL;
        tern_conn_close(x->session->conn, x->env->host.now);
    }
    return 0;
}

static int pump_down(struct splice *x)
{
    while (!x->out_done) {
        int err = 0;
        if (!x->down) x->down = tern_conn_recv_buf(x->session->conn, x->env->host.now, &err);
        if (x->down) {
            err = write_out(x);
        } else if (err == 0) {
            err = pass_end(x);
        }
        if (err < 0) return err;
    }
    return 0;
}

/* ---- both ---- */

/* Watches for what the pumps wait for: data while none is held, room while some is. */
static void watch(struct splice *x)
{
    uint32_t in = !x->in_done && !x->up && !x->file && !opening(x) ? EPOLLIN : 0, out = x->down ? EPOLLOUT : 0;
    if (x->connecting) {
        env_watch(x->env, &x->in, EPOLLOUT);
    } else if (is_socket(x)) {
        env_watch(x->env, &x->in, in | out);
    } else {
        if (env_watch(x->env, &x->in, in) < 0) {
            x->file = true;
            pump(x);
            return;
        }
        env_watch(x->env, &x->out, out); /* what cannot be watched never says EAGAIN */
    }
}

static void pump(struct splice *x)
{
    int err = x->connecting ? 0 : pump_down(x);
    if ((err == 0 || err == TERN_ERR_AGAIN) && !x->connecting && !opening(x)) err = pump_up(x);
    if (err != 0 && err != TERN_ERR_AGAIN) {
        finish(x, err);
    } else if (x->in_done && x->out_done) {
        finish(x, 0);
    } else {
        watch(x);
    }
}

static int socket_error(int fd)
{
    int err = 0;
    socklen_t len = sizeof err;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
    return err;
}

static void in_ready(struct watch *w, uint32_t events)
{
    (void)events;
    struct splice *x = (struct splice *)w;
    if (!x->session) return;
    if (x->connecting) {
        x->connecting = false;
        if (socket_error(w->fd) != 0) {
            finish(x, TERN_ERR_REFUSED);
            return;
        }
    }
    pump(x);
}

static void out_ready(struct watch *w, uint32_t events)
{
    (void)events;
    struct splice *x = (struct splice *)((char *)w - offsetof(struct splice, out));
    if (x->session) pump(x);
}

static void splice_ready(struct session *s, uint32_t events)
{
    struct splice *x = s->u.data;
    if (!x) return;
    /* While the kernel's connect() is under way nothing is read: an error would not be seen. */
    int err = x->connecting && (events & TERN_ERROR) ? tern_conn_error(s->conn) : 0;
    if (err < 0) {
        finish(x, err);
    } else {
        pump(x);
    }
}

const struct service service_splice = {"splice", 0, NULL, splice_ready, splice_end};

struct splice *splice_new(struct env *e, int in, int out)
{
    struct splice *x = calloc(1, sizeof *x);
    if (!x) return NULL;
    x->env = e;
    x->in = (struct watch){.ready = in_ready, .fd = in};
    x->out = (struct watch){.ready = out_ready, .fd = out};
    return x;
}

void splice_start(struct splice *x, struct session *s)
{
    x->session = s;
    s->u.data = x;
    watch(x);
}

/* Through /proc a pipe or a terminal is opened anew: the mode of the one we were given may be shared with our parent. */
int splice_nonblocking(int fd, int flags)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode)) return fd;
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int twin = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return twin < 0 ? fd : twin;
}
