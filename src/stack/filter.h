/* A listener's rules (include/tern/filter.h), and what their limits count. */
#ifndef STACK_FILTER_H
#define STACK_FILTER_H

#include <tern/filter.h>

#include "stack_internal.h"

/* A segment that found |l| and no connection: why it goes no further; TERN_DROP_NONE: it does. A SYN that does is counted. */
enum tern_drop filter_look(struct tern_listener *l, const struct tcp_tuple *t, const struct wire_tcp *h);
/* Has the source of a SYN that may pass as many half-open connections as it may have? */
bool filter_crowded(struct tern_listener *l, const struct tern_addr *from);
/* May the source, whose SYN is known by the cookie that came back, have one more connection? */
bool filter_has_room(struct tern_listener *l, const struct tern_addr *from);

/* A half-open connection, or a connection, begins and ends to count. */
void filter_half(struct tern_listener *l, struct half *h);
void filter_half_end(struct tern_listener *l, struct half *h);
void filter_conn(struct tern_listener *l, struct tern_conn *c);
void filter_conn_end(struct tern_stack *s, struct tern_conn *c);

void filter_listener_end(struct tern_listener *l);
void filter_free(struct tern_stack *s);

#endif
