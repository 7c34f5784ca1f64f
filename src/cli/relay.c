/* tern relay: connections that reach tern go on to a server of the kernel's side, or the other way. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli_splice.h"
#include "words.h"

#define BACKLOG 1024

struct relay {
    struct options options;
    struct env env;
    char *listen, *to;
    int from_kernel;
    struct tern_endpoint local, remote;
    struct watch listener; /* the kernel's side, with --from-kernel */
};

/* ---- the kernel's side ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static socklen_t to_sockaddr(const struct tern_endpoint *e, union address *out)
{
    *out = (union address){0};
    if (tern_addr_is_v4(&e->addr)) {
        out->in.sin_family = AF_INET;
        out->in.sin_port = htons(e->port);
        memcpy(&out->in.sin_addr, e->addr.b + 12, 4);
        return sizeof out->in;
    }
    out->in6.sin6_family = AF_INET6;
    out->in6.sin6_port = htons(e->port);
    memcpy(&out->in6.sin6_addr, e->addr.b, 16);
    return sizeof out->in6;
}

static int kernel_socket(const union address *a)
{
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void splice_over(struct splice *x, int error)
{
    (void)error;
    struct relay *r = x->ctx;
    if (r->from_kernel) env_watch(&r->env, &r->listener, EPOLLIN); /* a descriptor comes free */
}

/* ---- from tern to the kernel ---- */

static int dial_kernel(const struct tern_endpoint *remote)
{
    union address a;
    socklen_t len = to_sockaddr(remote, &a);
    int fd = kernel_socket(&a);
    if (fd < 0 || connect(fd, &a.any, len) == 0 || errno == EINPROGRESS) return fd;
    close(fd);
    return -1;
}

/* Joins |s| with |fd|. False: no memory; |fd| is closed. */
static bool join(struct relay *r, struct session *s, int fd, bool connecting)
{
    struct splice *x = splice_new(&r->env, fd, -1);
    if (!x) {
        close(fd);
        return false;
    }
    x->ctx = r;
    x->over = splice_over;
    x->connecting = connecting;
    tern_conn_set(s->conn, r->env.host.now, TERN_OPT_NODELAY, 1);
    splice_start(x, s);
    return true;
}

static void relay_open(struct session *s)
{
    struct relay *r = s->ctx;
    int fd = dial_kernel(&r->remote);
    if (fd >= 0) join(r, s, fd, true);
}

static void relay_ready(struct session *s, uint32_t events)
{
    if (s->u.data) {
        service_splice.ready(s, events);
    } else {
        session_abort(s); /* the kernel refused at once */
    }
}

static void relay_end(struct session *s) { service_splice.end(s); }

static const struct service service_relay = {"relay", 0, relay_open, relay_ready, relay_end};

static int listen_tern(struct relay *r)
{
    int err = host_listen(&r->env.host, &r->local, BACKLOG, &service_relay, r, NULL);
    return err < 0 ? cli_fail("relay", "cannot listen on %s: %s", r->listen, words(tern_strerror(err))) : -1;
}

/* ---- from the kernel to tern ---- */

static void take_kernel(struct watch *w, uint32_t events)
{
    (void)events;
    struct relay *r = (struct relay *)((char *)w - offsetof(struct relay, listener));
    int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) env_watch(&r->env, w, 0);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct session *s;
    if (host_connect(&r->env.host, &r->remote, &service_splice, r, &s) < 0) {
        close(fd);
    } else if (!join(r, s, fd, false)) {
        session_abort(s);
    }
}

static int listen_kernel(struct relay *r)
{
    union address a;
    socklen_t len = to_sockaddr(&r->local, &a);
    int fd = kernel_socket(&a), on = 1;
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    r->listener = (struct watch){.ready = take_kernel, .fd = fd};
    if (fd < 0 || bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0 || env_watch(&r->env, &r->listener, EPOLLIN) < 0) {
        return cli_fail("relay", "cannot listen on %s: %s", r->listen, strerror(errno));
    }
    return -1;
}

/* ---- the command ---- */

static int read_options(struct relay *r)
{
    if (options_operand_n(&r->options) > 0) return cli_usage("relay", "unwanted '%s'", options_operand(&r->options, 0));
    if (!r->listen || !r->to) return cli_usage("relay", "--listen and --to are wanted");
    if (parse_endpoint(r->listen, &r->local) < 0) {
        return cli_usage("relay", "--listen '%s': PORT, ADDRESS:PORT or [ADDRESS]:PORT is wanted", r->listen);
    }
    if (r->from_kernel && (r->listen[0] == ':' || !strchr(r->listen, ':'))) {
        r->local.addr = tern_addr_v4((const uint8_t[4]){127, 0, 0, 1}); /* nobody becomes a gateway unasked */
    }
    char *host, *port, *copy = strdup(r->to);
    if (!copy) return cli_fail("relay", "no memory");
    int status = parse_host_port(copy, &host, &port) < 0
                     ? cli_usage("relay", "--to '%s': HOST:PORT or [ADDRESS]:PORT is wanted", r->to)
                     : options_resolve(&r->options, host, port, &r->remote);
    free(copy);
    return status;
}

static int run(struct relay *r)
{
    int status = env_open(&r->env, &r->options, stdout);
    r->listener.fd = -1;
    if (status < 0) status = r->from_kernel ? listen_kernel(r) : listen_tern(r);
    if (status < 0) status = env_jail(&r->env, JAIL_RELAY, -1, r->from_kernel ? 0 : r->remote.port);
    if (status < 0) {
        char from[TERN_ENDPOINT_STRLEN], to[TERN_ENDPOINT_STRLEN];
        fprintf(stderr,
                r->from_kernel ? _("tern relay: the kernel's %s to tern's %s; SIGINT ends it\n")
                               : _("tern relay: tern's %s to the kernel's %s; SIGINT ends it\n"),
                tern_endpoint_format(&r->local, from), tern_endpoint_format(&r->remote, to));
        status = env_run(&r->env);
    }
    int fd = r->listener.fd;
    status = env_close(&r->env, status);
    if (fd >= 0) close(fd);
    return status;
}

int cmd_relay(int argc, const char **argv)
{
    struct relay r = {0};
    struct poptOption own[] = {
        {"listen", 'l', POPT_ARG_STRING, &r.listen, 0, N_("where connections are taken"), "[ADDRESS:]PORT"},
        {"to", 't', POPT_ARG_STRING, &r.to, 0, N_("where they go on to"), "HOST:PORT"},
        {"from-kernel", 'k', POPT_ARG_NONE, &r.from_kernel, 0,
         N_("take them from the kernel (at 127.0.0.1 when --listen has no address)"), NULL},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "relay",
        .operands = "[OPTION...] --listen [ADDRESS:]PORT --to HOST:PORT",
        .text =
            N_("Takes connections that reach tern by its TUN device and passes each on to a server of the kernel's side; with "
               "--from-kernel takes the kernel's and passes them on by tern. Each end of data and each reset is passed on."),
        .example = "tern relay --tun tern0 --addr 192.0.2.2/24 --listen 22 --to 127.0.0.1:22",
        .own = own,
        .jail = true,
    };
    int status = options_read(&r.options, &usage, argc, argv);
    if (status < 0) status = read_options(&r);
    if (status < 0) status = run(&r);
    options_free(&r.options);
    free(r.listen);
    free(r.to);
    return status;
}
