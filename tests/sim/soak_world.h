/* A client and a server in virtual time, between which connections of every kind come and go for as long as is wanted, over a
 * path that loses, reorders and doubles, beside floods of SYNs that nobody means. From time to time nothing new begins, until all
 * that was has ended: then everything has to be as it was. */
#ifndef SIM_SOAK_WORLD_H
#define SIM_SOAK_WORLD_H

#include <tern/tern.h>

enum soak_kind {
    SOAK_CONNECT,    /* opened and closed, without a byte */
    SOAK_TRANSFER,   /* bytes both ways, each side closes behind its last one */
    SOAK_HALF_CLOSE, /* the server sends when the client has closed its side */
    SOAK_ABORT,      /* one of the two aborts in the middle */
    SOAK_VANISH,     /* from some moment on nothing comes from the client, and nothing reaches it */
    SOAK_KINDS
};

struct soak_config {
    uint64_t seed;
    uint32_t rate;       /* connections a second, by chance */
    uint32_t flood_rate; /* forged SYNs a second, in a flood */
    tern_ns flood_every, flood_lasts;
    struct tern_impair path; /* each way */
};

/* What is held when nothing goes on. */
struct soak_held {
    uint64_t conns, half_open, time_wait, listeners;
    uint64_t bytes, blocks; /* of the caller's memory */
    size_t used;            /* as the stacks count */
    size_t buffers;         /* of the pools, in use */
};

struct soak_figures {
    uint64_t begun[SOAK_KINDS], ended[SOAK_KINDS]; /* as they should */
    uint64_t forged;                               /* SYNs */
    uint64_t cookies;                              /* connections that were made of one */
    uint64_t ghosts; /* accepted without a client: an old acknowledgement that a cookie was good for */
    uint64_t packets, bytes;
    uint64_t digest;
    size_t peak; /* connections at once, those in TIME-WAIT included */
    tern_ns now; /* since the beginning */
    struct soak_held held;
    const char *wrong; /* NULL: nothing */
    uint32_t wrong_port;
};

struct soak;

/* NULL: no memory. */
struct soak *soak_new(const struct soak_config *cfg);
void soak_free(struct soak *s);
/* Connections come for so long. False: something is wrong. */
bool soak_churn(struct soak *s, tern_ns span);
/* No more come, until nothing is left. False: something is wrong, or it is not over after |limit|. */
bool soak_rest(struct soak *s, tern_ns limit);
struct soak_figures soak_figures(struct soak *s);

#endif
