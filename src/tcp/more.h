/* What few connections need, apart from the control block: options that the application set, and the state of rare features. */
#ifndef TCP_MORE_H
#define TCP_MORE_H

#include <tern/stack.h>

#include "mem.h"

struct tern_conn;

/* A member that is new here gets its default in tcp_more_default(). */
struct tcp_more {
    uint32_t keep_idle_ms, keep_interval_ms, user_timeout_ms;
    int32_t linger_ms; /* option LINGER */
    uint8_t keep_count;
};

/* What holds for a connection that has none of its own. */
void tcp_more_default(struct tcp_more *m, const struct tern_settings *set);
/* To be read. */
const struct tcp_more *tcp_more(const struct tern_conn *c);
/* The connection's own, to be written: made when it has none. NULL: no memory. */
struct tcp_more *tcp_more_own(struct tern_conn *c);
void tcp_more_free(struct tern_conn *c);

#endif
