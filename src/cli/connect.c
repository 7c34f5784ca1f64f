/* tern connect: stdin and stdout joined with a connection. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli_splice.h"
#include "words.h"

#define LINGER (10 * TERN_SEC) /* in which the last data and the FIN should be acknowledged */

struct connect {
    struct options options;
    struct env env;
    int keep;
    struct tern_endpoint remote;
    int error;
};

static void over(struct splice *x, int error)
{
    struct connect *c = x->ctx;
    c->error = error;
    x->env->stop = true;
}

static bool unfinished(void *ctx, struct tern_conn *conn, const struct tern_status *st)
{
    (void)conn;
    bool *busy = ctx;
    if (st->state != TERN_TIME_WAIT && st->state != TERN_CLOSED) *busy = true;
    return !*busy;
}

/* The stack ends with this process: first everything that is under way must be acknowledged. */
static void wait_for_the_end(struct env *e)
{
    tern_ns until = e->host.now + LINGER, next = e->host.now; /* at first, what is due only leaves */
    for (bool busy = true; busy && e->host.now < until && e->signal == 0; next = until) {
        if (env_step(e, next) < 0) return;
        busy = false;
        tern_stack_each(e->host.stack, unfinished, &busy);
    }
}

static int start(struct connect *c)
{
    struct session *s;
    int err = host_connect(&c->env.host, &c->remote, &service_splice, NULL, &s);
    if (err < 0) return cli_fail("connect", "%s", words(tern_strerror(err)));
    struct splice *x =
        splice_new(&c->env, splice_nonblocking(STDIN_FILENO, O_RDONLY), splice_nonblocking(STDOUT_FILENO, O_WRONLY));
    if (!x) return cli_fail("connect", "no memory");
    x->ctx = c;
    x->over = over;
    x->ends_with_peer = !c->keep;
    tern_conn_set(s->conn, c->env.host.now, TERN_OPT_NODELAY, 1);
    splice_start(x, s);
    return -1;
}

static int run(struct connect *c)
{
    int status = start(c);
    if (status < 0) status = env_jail(&c->env, 0, -1, 0);
    if (status >= 0) return status;
    status = env_run(&c->env);
    if (status == CLI_DONE && c->env.signal) return CLI_FAILED;
    if (status == CLI_DONE && c->error != 0) {
        char text[TERN_ENDPOINT_STRLEN];
        if (c->error == TERN_ERR_IO) return cli_fail("connect", "stdin or stdout failed");
        return cli_fail("connect", "%s: %s", tern_endpoint_format(&c->remote, text), words(tern_strerror(c->error)));
    }
    wait_for_the_end(&c->env);
    return status;
}

int cmd_connect(int argc, const char **argv)
{
    struct connect c = {0};
    struct poptOption own[] = {
        {"keep", 'k', POPT_ARG_NONE, &c.keep, 0, N_("go on sending after the peer has closed its side"), NULL},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "connect",
        .operands = "[OPTION...] HOST PORT",
        .text = N_("Sends stdin and writes what comes to stdout. The end of stdin closes our side of the connection only; the "
                   "peer's close "
                   "ends it. --explain writes to stderr."),
        .example = "echo hello | tern connect --tun tern0 --addr 192.0.2.2/24 192.0.2.1 7",
        .own = own,
        .jail = true,
    };
    int status = options_read(&c.options, &usage, argc, argv);
    if (status < 0 && options_operand_n(&c.options) != 2) status = cli_usage("connect", "HOST and PORT are wanted");
    if (status < 0) {
        const char *host = options_operand(&c.options, 0), *port = options_operand(&c.options, 1);
        status = options_resolve(&c.options, host, port, &c.remote);
    }
    if (status < 0) {
        status = env_open(&c.env, &c.options, stderr);
        if (status < 0) status = run(&c);
        status = env_close(&c.env, status);
    }
    options_free(&c.options);
    return status;
}
