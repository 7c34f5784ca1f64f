/* The chats of the demo: nc (or the other tern) calls tern's chat service. Each side closes first once, and the other goes on
 * talking into the half-closed connection. */
#include "cli_demo.h"
#include "words.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char greeting[] = "hello tern, this is the caller\n";
static const char answer_stay[] = "hello caller, this is tern: you may close first\n";
static const char answer_close[] = "hello caller, this is tern: I close first\n";
static const char after_their_close[] = "you have closed; tern still talks, in CLOSE-WAIT\n";
static const char after_our_close[] = "you have closed; the caller still talks, to FIN-WAIT-2\n";

/* What one side heard. */
struct heard {
    char text[512];
    size_t len;
    bool ended;
};

struct chat {
    bool own_first; /* tern closes first */
    struct heard tern, caller;
    bool answered, spoke_last;
    bool over; /* the service's side */
};

static bool heard_all(const struct heard *h, const char *first, const char *second)
{
    size_t n = strlen(first);
    return h->len == n + strlen(second) && memcmp(h->text, first, n) == 0 && memcmp(h->text + n, second, h->len - n) == 0;
}

/* What came into |h|. 0, TERN_ERR_AGAIN or another error, as tern_conn_recv(). */
static int listen_to(struct session *s, struct heard *h)
{
    int64_t n;
    while ((n = tern_conn_recv(s->conn, s->host->now, h->text + h->len, sizeof h->text - h->len)) > 0) h->len += (size_t)n;
    if (n == 0) h->ended = true;
    return (int)n;
}

static void talk(struct session *s, const char *text) { tern_conn_send(s->conn, s->host->now, text, strlen(text)); }

/* ---- tern's side ---- */

static void chat_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct chat *c = s->ctx;
    int err = listen_to(s, &c->tern);
    if (!c->answered && c->tern.len >= strlen(greeting)) {
        c->answered = true;
        talk(s, c->own_first ? answer_close : answer_stay);
        if (c->own_first) tern_conn_close(s->conn, s->host->now);
    }
    if (err == TERN_ERR_AGAIN) return;
    if (err == 0 && !c->own_first) talk(s, after_their_close);
    c->over = true;
    session_end(s);
}

static const struct service service_chat = {"chat", 0, NULL, chat_ready, NULL};

/* ---- the caller, played by the other tern ---- */

static void caller_open(struct session *s) { talk(s, greeting); }

static void caller_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct chat *c = s->ctx;
    int err = listen_to(s, &c->caller);
    bool now = c->own_first ? c->caller.ended : c->caller.len >= strlen(answer_stay);
    if (now && !c->spoke_last) {
        c->spoke_last = true;
        if (c->own_first) talk(s, after_our_close);
        tern_conn_close(s->conn, s->host->now);
    }
    if (err != TERN_ERR_AGAIN) session_end(s);
}

static const struct service service_caller = {"caller", 0, caller_open, caller_ready, NULL};

static bool both_over(void *ctx)
{
    const struct chat *c = ctx;
    return c->over && c->caller.ended;
}

static int call_by_tern(struct demo *d, struct chat *c, uint16_t port)
{
    struct tern_endpoint remote;
    demo_endpoint(&remote, DEMO_OWN4, port);
    int err = host_connect(&d->peer, &remote, &service_caller, c, NULL);
    if (err < 0) return cli_fail("demo", "chat: %s", words(tern_strerror(err)));
    return demo_wait(d, both_over, c, DEMO_LIMIT) ? CLI_DONE : cli_fail("demo", "chat: %s", demo_late(d));
}

/* ---- the caller, played by nc ---- */

static void type(struct child *c, const char *text)
{
    if (c->in >= 0 && write(c->in, text, strlen(text)) < 0) c->in = -1; /* nc has gone: its status will tell */
}

static void nc_heard(struct child *child)
{
    struct chat *c = child->ctx;
    if (c->spoke_last || child->text_len < strlen(c->own_first ? answer_close : answer_stay)) return;
    c->spoke_last = true;
    if (c->own_first) type(child, after_our_close);
    close(child->in); /* nc -N makes a FIN of it */
    child->in = -1;
}

struct nc_chat {
    struct chat *chat;
    struct child child;
};

static bool nc_over(void *ctx)
{
    const struct nc_chat *n = ctx;
    return n->child.exited && n->chat->over;
}

/* The path of nc, or a word on what to do. */
static int find_nc(char program[256])
{
    if (child_find("nc.openbsd", program) || child_find("nc", program)) return CLI_DONE;
    return cli_fail("demo", "nc.openbsd is missing: install netcat-openbsd, or run 'tern demo --memory'");
}

static int call_by_nc(struct demo *d, struct chat *c, uint16_t port)
{
    char program[256], number[8];
    snprintf(number, sizeof number, "%u", port);
    if (find_nc(program) != CLI_DONE) return CLI_FAILED;
    const char *argv[] = {program, "-N", DEMO_OWN4, number, NULL};
    struct nc_chat n = {.chat = c, .child = {.heard = nc_heard, .ctx = c}};
    int status = CLI_DONE;
    if (child_start(&n.child, &d->env, argv, true) < 0) {
        status = cli_fail("demo", "cannot start nc");
    } else {
        type(&n.child, greeting);
        if (!demo_wait(d, nc_over, &n, DEMO_LIMIT)) status = cli_fail("demo", "chat with nc: %s", demo_late(d));
    }
    if (status == CLI_DONE && (!WIFEXITED(n.child.status) || WEXITSTATUS(n.child.status) != 0))
        status = cli_fail("demo", "nc failed: it must be OpenBSD's, which knows -N (package netcat-openbsd)");
    c->caller.len = n.child.text_len < sizeof c->caller.text ? n.child.text_len : 0;
    memcpy(c->caller.text, n.child.text, c->caller.len);
    child_stop(&n.child);
    return status;
}

/* ---- a call to a port where nobody listens ---- */

static void refused_ready(struct session *s, uint32_t events)
{
    (void)events;
    *(int *)s->ctx = tern_conn_error(s->conn);
    session_end(s);
}

static const struct service service_refused = {"refused", 0, NULL, refused_ready, NULL};

static bool has_error(void *ctx) { return *(const int *)ctx != 0; }

static bool has_exited(void *ctx) { return ((const struct child *)ctx)->exited; }

/* Whether tern refused the call; or a failure in |status|. */
static bool refused_by_tern(struct demo *d, int *status)
{
    int err = 0;
    struct tern_endpoint remote;
    demo_endpoint(&remote, DEMO_OWN4, DEMO_CLOSED_PORT);
    if (host_connect(&d->peer, &remote, &service_refused, &err, NULL) < 0 || !demo_wait(d, has_error, &err, DEMO_LIMIT))
        *status = cli_fail("demo", "the call to a closed port had no end");
    return err == TERN_ERR_REFUSED;
}

static bool refused_by_nc(struct demo *d, int *status)
{
    char program[256], number[8];
    snprintf(number, sizeof number, "%d", DEMO_CLOSED_PORT);
    if (find_nc(program) != CLI_DONE) {
        *status = CLI_FAILED;
        return false;
    }
    const char *argv[] = {program, "-z", "-w", "5", DEMO_OWN4, number, NULL};
    struct child c = {0};
    if (child_start(&c, &d->env, argv, true) < 0 || !demo_wait(d, has_exited, &c, DEMO_LIMIT))
        *status = cli_fail("demo", "the call to a closed port had no end");
    bool refused = WIFEXITED(c.status) && WEXITSTATUS(c.status) == 1;
    child_stop(&c);
    return refused;
}

int demo_refused(struct demo *d)
{
    int status = CLI_DONE;
    bool refused = d->memory ? refused_by_tern(d, &status) : refused_by_nc(d, &status);
    demo_settle(d);
    if (status != CLI_DONE) return status;
    demo_say(d, refused ? N_("(c) a call to a closed port was refused\n") : N_("(c) a call to a closed port was NOT refused\n"));
    return refused ? CLI_DONE : CLI_SHORT;
}

/* ---- */

int demo_chat(struct demo *d, bool own_first)
{
    struct chat c = {.own_first = own_first};
    struct tern_endpoint local = {.port = (uint16_t)(DEMO_CHAT_PORT + own_first)};
    struct tern_listener *listener;
    int err = host_listen(&d->env.host, &local, 1, &service_chat, &c, &listener);
    if (err < 0) return cli_fail("demo", "cannot listen on port %u: %s", local.port, words(tern_strerror(err)));
    int status = d->memory ? call_by_tern(d, &c, local.port) : call_by_nc(d, &c, local.port);
    tern_listener_close(listener);
    demo_settle(d);
    if (status != CLI_DONE) return status;
    bool right = own_first ? heard_all(&c.tern, greeting, after_our_close) && heard_all(&c.caller, answer_close, "")
                           : heard_all(&c.tern, greeting, "") && heard_all(&c.caller, answer_stay, after_their_close);
    const char *who = own_first ? "tern" : _("the caller");
    demo_say(d,
             right ? N_("(c) chat, %s closes first: what was said was heard\n")
                   : N_("(c) chat, %s closes first: what was said was heard NOT\n"),
             who);
    return right ? CLI_DONE : CLI_SHORT;
}
