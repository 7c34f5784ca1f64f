/* Two stacks whose allocator refuses, joined in virtual time, with applications
 * that act on events only.
 *
 * A plan says what happens between them. It runs to its end whatever is
 * refused: a call may fail with a clear error, a connection may die of it, but
 * what arrives is right and in order, what was acknowledged is there,
 * everything ends, and all that was allocated comes back. |brittle_run| says
 * what did not hold. */
#ifndef SUPPORT_BRITTLE_H
#define SUPPORT_BRITTLE_H

#include <tern/tern.h>

enum {
    BRITTLE_CONNS = 48, /* at once */
    BRITTLE_ROUNDS = 2,
    BRITTLE_SETTINGS = 6,
};

enum {
    PLAN_V6 = 1 << 0,
    PLAN_CROSS = 1 << 1,       /* both ends connect: simultaneous open */
    PLAN_HALF = 1 << 2,        /* the server sends only when the client has closed its side */
    PLAN_SERVER_FIRST = 1 << 3 /* the client closes only behind the server:
                                  TIME-WAIT is the server's */
    ,
    PLAN_URGENT = 1 << 4,
    PLAN_FASTOPEN = 1 << 5,
    PLAN_MD5 = 1 << 6,
    PLAN_STATIC = 1 << 7, /* SEND without a copy, of memory that stays */
    PLAN_GIVE = 1 << 8,   /* of buffers of the pool; and RECEIVE of buffers */
    PLAN_HOLD = 1 << 9,   /* the listener asks about each SYN */
    PLAN_ABORT = 1 << 10, /* the client aborts when half has come */
    PLAN_LEAVE = 1 << 11, /* the applications are gone as soon as they have sent all */
    PLAN_MARK = 1 << 12,  /* routers mark every third packet that is ECN-capable (IPv6) */
    PLAN_OPTIONS = 1 << 13 /* options that few connections have */,
    PLAN_SUPER = 1 << 14 /* super-segments */,
    PLAN_AO = 1 << 15,
};

struct plan {
    const char *name;
    uint32_t flags;
    unsigned conns;    /* at once; 0: 1 */
    unsigned rounds;   /* one after the other, from the same ports; 0: 1 */
    uint64_t up, down; /* bytes of each connection */
    uint32_t lose;     /* each so-many-th packet of the first 400 is lost; 0: none */
    uint32_t late;     /* each so-many-th comes 30 ms late: behind others */
    uint32_t twice;    /* each so-many-th comes twice */
    uint32_t mtu;      /* from the 12th packet on a router on the way takes no more; 0:
                          all fits */
    uint32_t backlog;  /* 0: 64 */
    tern_ns accept_at; /* nothing is accepted before */
    tern_ns read_at;   /* and nothing read */
    struct {
        const char *name;
        uint64_t value;
    } set[BRITTLE_SETTINGS];

    /* What befalls the caller, when so many packets have arrived. */
    unsigned trouble_at; /* packets; 0: nothing */
    tern_ns jump;        /* the clock jumps ahead */
    tern_ns back;        /* it is behind for 50 turns */
    tern_ns forget;      /* nobody calls for so long; the links hold 64 packets
                            meanwhile */
    bool still;          /* the clock never moves while there is anything to do without it
                          */
};

/* Which allocations of both stacks, counted from 1, are refused. */
struct refusal {
    uint64_t at; /* 0: none */
    bool ever;   /* and all that follow */
};

struct brittle_result {
    const char *wrong; /* NULL: everything held */
    uint64_t allocs;   /* that were asked for */
    uint64_t packets;  /* that arrived */
    unsigned whole;    /* connections that ended as planned */
    unsigned failed;   /* that ended with an error, or were never made */
    unsigned wanted;   /* of the plan */
    tern_ns took;      /* of virtual time */
    uint64_t got;      /* bytes, both ways */
    int error;         /* of the connection that failed first */
};

void brittle_run(const struct plan *p, struct refusal r, struct brittle_result *out);

#endif
