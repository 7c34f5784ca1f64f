/* A stack and the sessions on it: every command's connections are served by one dispatch of events.
 *
 * A service is a table of functions. A session is one connection in its hands, from open to end. Whoever moves packets (the
 * loop of cli_env.h, or by hand in virtual time) sets |now| and calls host_dispatch(). */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include <tern/conn.h>

struct host;
struct session;

struct service {
    const char *name;
    uint16_t port;                                     /* where it is usually found */
    void (*open)(struct session *s);                   /* accepted, or about to connect; NULL: nothing to do */
    void (*ready)(struct session *s, uint32_t events); /* event bits of stack.h, none at the first call for an accepted one */
    void (*end)(struct session *s);                    /* frees what open made; the connection is not released yet; NULL */
};

struct session {
    struct tern_conn *conn;
    struct host *host;
    const struct service *service;
    void *ctx; /* of the listener, or of the one who connects */
    union {    /* the service's */
        struct tern_buf *held;
        size_t at;
        void *data;
    } u;
    struct session *next, **link; /* in host.live; or next free one */
};

#define HOST_LISTENERS_MAX 8

struct host {
    struct tern_stack *stack;
    tern_ns now;
    struct session *live, *free;
    struct session_chunk *chunks;
    struct binding {
        const struct service *service;
        void *ctx;
    } binding[HOST_LISTENERS_MAX];
    size_t binding_n;
};

/* |stack| is the host's from now on. */
void host_init(struct host *h, struct tern_stack *stack, tern_ns now);
/* Frees the sessions and the stack. */
void host_free(struct host *h);

/* Connections to |local| become sessions of |service|. 0 or what tern_stack_listen() says; TERN_ERR_NOMEM beyond
 * HOST_LISTENERS_MAX. */
int host_listen(struct host *h, const struct tern_endpoint *local, uint32_t backlog, const struct service *service, void *ctx,
                struct tern_listener **out);
/* Active open. The session comes before TERN_CONNECTED or TERN_ERROR. 0 or what tern_stack_connect() says. |out| may be NULL. */
int host_connect(struct host *h, const struct tern_endpoint *remote, const struct service *service, void *ctx,
                 struct session **out);

/* Handles all that happened. */
void host_dispatch(struct host *h);

/* The service is done with |s|: CLOSE if it was not called, and no word more. |s| is gone. */
void session_end(struct session *s);
/* The same by RST. */
void session_abort(struct session *s);
/* Aborts all that live. */
void host_abort_all(struct host *h);

#endif
