/* Two stacks joined by a cable in memory, which may damage what passes, in virtual time.
 *
 * Time jumps from one instant at which something is due to the next: the least of the stacks' deadlines and of the links'. The
 * applications act on events only, so a wake-up that is lost is a transfer that never ends. Nothing here knows cmocka: what went
 * wrong stands in |error|. */
#ifndef SUPPORT_DUO_H
#define SUPPORT_DUO_H

#include <tern/tern.h>

struct duo_config {
    bool v6;
    uint32_t mtu, gso_max;       /* 0: 1500; 0: packets are cut and summed on their way */
    struct tern_impair up, down; /* what is done to the client's packets, and to the server's; all zero: nothing */
    uint64_t seed;
    bool digest; /* trace both stacks, and sum all their events up */
    bool check;  /* tcp_check() of both connections after every instant: it takes time for each segment in flight */
    struct tern_settings set;
};

struct duo_end {
    struct tern_stack *s;
    struct tern_link *link;
    struct tern_conn *c;
    struct tern_listener *l;
    uint64_t sent_n, received_n; /* stream bytes */
    uint64_t goal;               /* bytes to send, then CLOSE */
    bool close_called, peer_closed, finished, released;
    uint64_t wrong_n; /* received bytes that were not what was sent */
    uint32_t passed;  /* states that the connection was seen in: 1 << state */
    struct tern_trace trace;
    struct tern_event *ring;
    uint64_t digested; /* events */
};

struct duo {
    struct duo_end end[2]; /* client, server */
    tern_ns now, began;
    uint64_t digest;
    uint64_t steps;
    tern_ns progress_at, longest_stall, stall_at; /* no byte arrived anywhere */
    size_t baseline[2];                           /* memory_used before the connection */
    bool check;
    const char *error; /* NULL: nothing wrong */
};

void duo_config_default(struct duo_config *cfg);
/* False: no memory, or the configuration is impossible. */
bool duo_start(struct duo *d, const struct duo_config *cfg);
void duo_stop(struct duo *d);

/* The next instant: packets, timers, applications. False: nothing is due any more. */
bool duo_step(struct duo *d);

/* One connection, |up| bytes to the server and |down| back, both verified, each side closing behind its last byte; until both
 * stacks have forgotten it, TIME-WAIT included. False: |d->error| says what went wrong, at the latest after |limit|. */
bool duo_transfer(struct duo *d, uint64_t up, uint64_t down, tern_ns limit);

/* The byte at |at| of every stream, and |n| of them compared with |p|. */
#define DUO_PERIOD 1048583u       /* a prime */
const uint8_t *duo_pattern(void); /* two periods long */

#endif
