/* What the files of the simulator share. */
#ifndef SIM_SIM_INTERNAL_H
#define SIM_SIM_INTERNAL_H

#include "experiment.h"
#include "sim.h"

enum {
    SIM_RING = 1 << 12,      /* events of a stack between two looks at them */
    SIM_THINGS_MAX = 1 << 22 /* things that happen in one run: beyond, two ends talk without end */
};
#define SIM_NO_ROW SIZE_MAX

/* A packet on its way. */
struct flight {
    struct flight *next; /* in the order of arrival */
    tern_ns at;
    size_t row; /* that told of its leaving; SIM_NO_ROW: that story was handed over */
    enum story_side to;
    uint32_t len;
    uint8_t packet[];
};

/* A listener's CALL, told when its first connection is. */
struct passive_open {
    struct tern_event ev;
    struct passive_open *next;
};

struct sim_end {
    struct tern_stack *s;
    struct tern_addr addr;
    struct tern_trace trace;
    struct tern_event *ring;
    uint64_t seen; /* events up to this were told */
    size_t cause;  /* the row of what the stack does now; SIM_NO_ROW: none */
    tern_ns cause_at;
    struct passive_open *passive;
    double loss;       /* of its packets: 0..100 */
    tern_ns path_free; /* when the path has taken the last of its packets */
    uint32_t boots;
    bool off[EXPERIMENT_CLAUSE_N];
};

/* The connections of a pair of endpoints that follow each other are pairs of their own. */
struct sim_pair {
    struct story_conn conn;    /* as the story has it, without names */
    bool opened[STORY_SIDE_N]; /* actively */
    bool over[STORY_SIDE_N];   /* this end had its connection, and it is CLOSED */
    bool in_story;
    uint32_t index; /* there */
};

struct fault {
    struct fault *next;
    struct sim_fault f;
    uint32_t left; /* packets to go */
};

struct sim {
    struct sim_config cfg;
    tern_ns now;
    struct sim_end end[STORY_SIDE_N];
    struct flight *flights;
    struct fault *faults;
    struct story story;
    struct sim_pair *pair;
    size_t pair_n, pair_cap;
    uint64_t random;
    uint64_t sent_n; /* packets */
    bool cut;
};

/* ---- sim.c ---- */
bool end_start(struct sim *s, enum story_side side);

/* ---- path.c ---- */
/* What a stack gave out as a run of bytes, its checksum completed. Returns the length, or TERN_ERR_MSGSIZE. */
int path_packet(const struct tern_pkt *pkt, uint8_t *out, size_t cap);
/* |packet| of |len| bytes leaves |side|; |row| told of it. */
void path_send(struct sim *s, enum story_side side, size_t row, const uint8_t *packet, uint32_t len);
/* Hands the first flight, whose time has come, over to its stack. */
void path_deliver(struct sim *s);
void path_free(struct sim *s);

/* ---- teller.c ---- */
enum tell_context {
    TELL_CALLS,  /* the application called */
    TELL_TIMERS, /* time passed */
    TELL_ARRIVAL /* a packet came in: |row| */
};
/* What the stack of |side| did since it was last looked at. */
void tell_events(struct sim *s, enum story_side side, enum tell_context context, size_t row);
/* A packet that the stack just gave out. Returns its row, SIM_NO_ROW when it is not TCP or there is no memory. */
size_t tell_sent(struct sim *s, enum story_side side, const struct tern_pkt *pkt, const uint8_t *packet, uint32_t len);
size_t tell_forged(struct sim *s, enum story_side side, const uint8_t *packet, uint32_t len);
/* A second copy of what |row| told. */
size_t tell_duplicate(struct sim *s, size_t row);
void tell_arrived(struct sim *s, enum story_side to, size_t at);
void tell_lost(struct sim *s, size_t at);
void tell_restart(struct sim *s, enum story_side side);
void tell_cut(struct sim *s);
void tell_forget_rows(struct sim *s); /* the story begins anew */
void tell_free(struct sim *s);

#endif
