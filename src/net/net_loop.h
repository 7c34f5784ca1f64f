/* What the net needs of the loop beyond <tern/loop.h>: others may use the stack while it sleeps, under the net's lock. */
#ifndef NET_NET_LOOP_H
#define NET_NET_LOOP_H

#include <tern/loop.h>

/* |away| is called right before the loop sleeps, |back| right after. In between, under the lock that they give away and take
 * again, only these may be called: tern_loop_add_link, tern_loop_fd, and what follows. */
void loop_share(struct tern_loop *l, void (*away)(void *), void (*back)(void *), void *ctx);
/* Reads the clock. Time never goes back. */
tern_ns loop_clock(struct tern_loop *l);
/* Sends what is due at the loop's time, and sees to it that a sleeper, or who polls the loop's descriptor, is up for the next
 * deadline. 0 or more, or TERN_ERR_IO. */
int loop_send(struct tern_loop *l);
/* Somebody sleeps in the loop, or polls its descriptor: what gets due meanwhile has to be sent by who makes it so. */
bool loop_watched(const struct tern_loop *l);
/* When tern_loop_wait() has something to do by time alone; 0: now. */
tern_ns loop_next(const struct tern_loop *l);
/* Wakes the sleeper. */
void loop_wake(struct tern_loop *l);

#endif
