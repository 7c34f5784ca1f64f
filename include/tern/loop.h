/* A loop that joins links to a stack, for programs that have none of their own. Linux: poll(), and epoll where there are
 * many descriptors.
 *
 *     while (tern_loop_wait(loop, TERN_NEVER) >= 0)
 *         while (tern_stack_next_event(stack, &ready)) ...
 */
#ifndef TERN_LOOP_H
#define TERN_LOOP_H

#include <tern/conn.h>
#include <tern/link.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tern_loop;

/* Sees every packet that passes between the loop and its links: a capture, for instance. */
struct tern_loop_tap {
    /* Before the stack sees it. */
    void (*in)(void *ctx, tern_ns now, const struct tern_buf *buf);
    /* After the stack has seen it: the trace events [from, to) are about it. */
    void (*in_done)(void *ctx, tern_ns now, uint64_t from, uint64_t to);
    void (*out)(void *ctx, tern_ns now, const struct tern_pkt *pkt);
    void *ctx;
};

TERN_API struct tern_loop *tern_loop_new(struct tern_stack *stack);
/* Closes the links that were added; the stack stays the caller's. */
TERN_API void tern_loop_free(struct tern_loop *loop);
/* Adds a link as the stack's interface |ifi|. The loop owns it from now on. 0, or TERN_ERR_NOMEM. */
TERN_API int tern_loop_add_link(struct tern_loop *loop, struct tern_link *link, int ifi);
TERN_API void tern_loop_tap(struct tern_loop *loop, const struct tern_loop_tap *tap); /* copied; NULL: none */
/* Given the packets that are not for the stack; the callee unrefs. NULL (the default): they are dropped. */
TERN_API void tern_loop_foreign(struct tern_loop *loop, void (*take)(void *ctx, int ifi, struct tern_buf *buf), void *ctx);

/* The caller's own descriptors: |events| of EPOLLIN, EPOLLOUT; 0 removes it (before it is closed). 0, TERN_ERR_NOMEM, or
 * TERN_ERR_INVAL: no descriptor that can be waited for. */
TERN_API int tern_loop_watch(struct tern_loop *loop, int fd, uint32_t events, void *user);

/* Sends what is due, waits until a packet came, a timer ran, a watched descriptor is ready, or |until|; takes the packets in.
 * Returns the number of watched descriptors that are ready (0 is common), or TERN_ERR_IO when a link is gone (said once: the next
 * call goes on without it), or TERN_ERR_AGAIN after a signal. */
TERN_API int tern_loop_wait(struct tern_loop *loop, tern_ns until);
/* What was given for the |i|-th ready descriptor of the last tern_loop_wait(); NULL and no events when it was removed since. */
TERN_API void *tern_loop_ready(const struct tern_loop *loop, int i, uint32_t *events);
/* The loop's clock (CLOCK_MONOTONIC), read once for each batch. */
TERN_API tern_ns tern_loop_now(const struct tern_loop *loop);
/* One descriptor that stands for the whole loop, to be polled in another one: when it is readable, and after every call to the
 * stack that may have made it want to send, call tern_loop_wait() with |until| 0. It stays the loop's. Or TERN_ERR_NOMEM. */
TERN_API int tern_loop_fd(struct tern_loop *loop);

#ifdef __cplusplus
}
#endif
#endif
