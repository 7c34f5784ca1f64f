/* A connection joined with descriptors of the kernel, both ways, each end-of-data passed on by itself. tern connect joins
 * stdin and stdout, tern relay a socket.
 *
 * What was read and does not fit on the other side is one buffer, and nothing more is read meanwhile: backpressure goes through.
 */
#ifndef CLI_SPLICE_H
#define CLI_SPLICE_H

#include "cli_env.h"

struct splice {
    struct watch in;  /* first: env_bury() frees it; of a socket the only one */
    struct watch out; /* fd -1: |in| is a socket and serves both */
    struct env *env;
    struct session *session;                   /* NULL: over */
    struct tern_buf *up, *down;                /* held on the way to the connection, from it */
    bool connecting;                           /* the socket's connect() is under way */
    bool file;                                 /* |in| cannot be watched: it is always ready */
    bool ends_with_peer;                       /* the peer's end of data ends our side, too */
    bool in_done, out_done;                    /* end of data was passed on */
    void (*over)(struct splice *x, int error); /* 0, or TERN_ERR_*; afterwards |x| is gone */
    void *ctx;
};

/* A splice in a block of its own for descriptor |in| (and |out|, or -1: |in| is a socket). NULL: no memory. The descriptors are
 * the splice's. */
struct splice *splice_new(struct env *e, int in, int out);
/* Its session's service must be this one, and its |u.data| the splice. */
extern const struct service service_splice;
void splice_start(struct splice *x, struct session *s);
/* A non-blocking twin of |fd| where it can block; |fd| itself where not. */
int splice_nonblocking(int fd, int flags);

#endif
