#include "cli_host.h"

#include <stdlib.h>

#define CHUNK_N 128

struct session_chunk {
    struct session_chunk *next;
    struct session session[CHUNK_N];
};

void host_init(struct host *h, struct tern_stack *stack, tern_ns now) { *h = (struct host){.stack = stack, .now = now}; }

static bool more_sessions(struct host *h)
{
    struct session_chunk *chunk = malloc(sizeof *chunk);
    if (!chunk) return false;
    chunk->next = h->chunks;
    h->chunks = chunk;
    for (size_t i = 0; i < CHUNK_N; i++) {
        chunk->session[i].next = h->free;
        h->free = &chunk->session[i];
    }
    return true;
}

/* NULL: no memory. */
static struct session *session_new(struct host *h, struct tern_conn *c, const struct binding *b)
{
    if (!h->free && !more_sessions(h)) return NULL;
    struct session *s = h->free;
    h->free = s->next;
    *s = (struct session){.conn = c, .host = h, .service = b->service, .ctx = b->ctx, .next = h->live, .link = &h->live};
    if (h->live) h->live->link = &s->next;
    h->live = s;
    tern_conn_set_user(c, s);
    if (s->service->open) s->service->open(s);
    return s;
}

void session_end(struct session *s)
{
    struct host *h = s->host;
    if (s->service->end) s->service->end(s);
    tern_conn_set_user(s->conn, NULL);
    tern_conn_release(s->conn, h->now);
    *s->link = s->next;
    if (s->next) s->next->link = s->link;
    s->next = h->free;
    h->free = s;
}

void session_abort(struct session *s)
{
    tern_conn_abort(s->conn, s->host->now);
    session_end(s);
}

void host_abort_all(struct host *h)
{
    while (h->live) session_abort(h->live);
}

void host_free(struct host *h)
{
    host_abort_all(h);
    tern_stack_free(h->stack);
    while (h->chunks) {
        struct session_chunk *next = h->chunks->next;
        free(h->chunks);
        h->chunks = next;
    }
    *h = (struct host){0};
}

int host_listen(struct host *h, const struct tern_endpoint *local, uint32_t backlog, const struct service *service, void *ctx,
                struct tern_listener **out)
{
    if (h->binding_n == HOST_LISTENERS_MAX) return TERN_ERR_NOMEM;
    struct binding *b = &h->binding[h->binding_n];
    *b = (struct binding){service, ctx};
    struct tern_listen_config config = {.local = *local, .backlog = backlog, .user = b};
    struct tern_listener *l;
    int err = tern_stack_listen(h->stack, &config, &l);
    if (err < 0) return err;
    h->binding_n++;
    if (out) *out = l;
    return 0;
}

int host_connect(struct host *h, const struct tern_endpoint *remote, const struct service *service, void *ctx,
                 struct session **out)
{
    struct tern_conn *c;
    int err = tern_stack_connect(h->stack, NULL, remote, &c);
    if (err < 0) return err;
    struct session *s = session_new(h, c, &(struct binding){service, ctx});
    if (!s) {
        tern_conn_release(c, h->now);
        return TERN_ERR_NOMEM;
    }
    if (out) *out = s;
    return 0;
}

static void accept_all(struct host *h, struct tern_listener *l)
{
    const struct binding *b = tern_listener_user(l);
    struct tern_conn *c;
    while ((c = tern_listener_accept(l)) != NULL) {
        struct session *s = session_new(h, c, b);
        if (s) {
            s->service->ready(s, tern_conn_events(c));
        } else {
            tern_conn_abort(c, h->now);
            tern_conn_release(c, h->now);
        }
    }
}

void host_dispatch(struct host *h)
{
    struct tern_ready r;
    while (tern_stack_next_event(h->stack, &r)) {
        if (r.listener) {
            accept_all(h, r.listener);
            continue;
        }
        struct session *s = tern_conn_user(r.conn);
        if (s) s->service->ready(s, r.events);
    }
}
