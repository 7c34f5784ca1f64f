/* What a command runs in: a stack on a TUN device, the loop, what is shown of it, signals, and the descriptors it watches. */
#ifndef CLI_ENV_H
#define CLI_ENV_H

#include <stdio.h>

#include <tern/draw.h>
#include <tern/loop.h>

#include "cli_host.h"
#include "cli_options.h"

/* A descriptor in the loop; stands first in a block of malloc() when it is given to env_bury(). */
struct watch {
    void (*ready)(struct watch *w, uint32_t events); /* EPOLLIN ... */
    int fd;
    uint32_t events; /* 0: not watched */
    bool dead;
    struct watch *next_dead;
};

/* What a stack did, in the ways that the options ask for: ladder or JSON on |file|, a capture. */
struct show {
    struct tern_trace trace;
    uint64_t seen; /* events shown */
    struct tern_ladder *ladder;
    struct tern_capture *capture;
    FILE *file; /* where it is shown */
    FILE *json; /* the same, or NULL */
    bool unflushed;
    bool rule[TERN_RULE_N]; /* rules that were named */
};

struct env {
    const struct options *options;
    struct host host;
    struct tern_loop *loop;
    struct show show;
    struct watch signals;
    struct states_server *states;
    struct watch *dead;
    bool stop; /* asked for by a signal, or by a service */
    int signal;
    uint32_t mtu;
};

/* CLOCK_MONOTONIC */
tern_ns env_clock(void);

/* Makes a stack with |o|'s settings. NULL: refused. */
struct tern_stack *env_stack(const struct options *o, tern_ns now);

/* Does the terminal take UTF-8, by the locale? */
bool show_utf8(void);
/* |file| is where explanations go. -1: go on; otherwise the exit status, after the complaint. show_close() is due in each case.
 */
int show_open(struct show *s, const struct options *o, struct tern_stack *stack, FILE *file);
/* Begins a new ladder into |out|, in place of the one there is. The same. */
int show_ladder(struct show *s, const struct options *o, const struct tern_out *out, bool colour);
/* Shows the events that came since. */
void show_events(struct show *s);
/* A pause: what is held back comes out. */
void show_flush(struct show *s);
/* Returns |status|, or CLI_FAILED when |status| is CLI_DONE and the capture could not be written. */
int show_close(struct show *s, const struct options *o, int status);

/* Opens all of it; addresses that |o| lacks get their default. -1: go on; otherwise the exit status, after the complaint.
 * env_close() is due in each case. */
int env_open(struct env *e, struct options *o, FILE *explain);
int env_close(struct env *e, int status);

/* Everything is open: no more rights from now on. |who| of JAIL_* besides JAIL_STACK; |files|: a directory that is served, -1:
 * none; |to_port|: of the kernel's connections, 0: none. The same. */
int env_jail(struct env *e, unsigned who, int files, uint16_t to_port);

/* One turn of the loop: packets, timers, sessions, descriptors; returns at |until| at the latest. 0, or TERN_ERR_IO: the link is
 * gone. */
int env_step(struct env *e, tern_ns until);
/* Turns until |stop|. Returns CLI_DONE, or CLI_FAILED after the complaint. */
int env_run(struct env *e);

/* |events| of epoll, 0: none. Returns 0, or what tern_loop_watch() says (a regular file cannot be watched). */
int env_watch(struct env *e, struct watch *w, uint32_t events);
/* Ends the watch; the block that |w| opens is freed when no event can refer to it any more. The descriptor stays the caller's. */
void env_bury(struct env *e, struct watch *w);

#endif
