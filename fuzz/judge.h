/* What must hold of a stack after every event, whatever came in: the fuzzers' judge of one stack. It lends the stack its
 * allocator and its trace, and remembers of each connection what a later instant is held against. */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include <stdio.h>
#include <stdlib.h>

#include "stack_internal.h"
#include "tcp_internal.h"

#define CHECK(ok)                                                                                                                \
    do {                                                                                                                         \
        if (!(ok)) {                                                                                                             \
            fprintf(stderr, "%s:%d: Assertion failed: %s\n", __FILE__, __LINE__, #ok);                                           \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

enum { JUDGE_RING = 1 << 15, JUDGE_TRACKS = 1024 }; /* a timeout tells of each of the smallest segments */

/* What is remembered of a connection, by its number. */
struct judge_track {
    uint32_t id;
    uint8_t state;
    bool edge_known;
    seq32 edge;      /* of the window, as the peer sees it */
    uint32_t read_n; /* for the fuzzer: bytes that its application has read */
};

struct judge {
    char name; /* for who reads what happened */
    struct tern_stack *s;
    struct tern_alloc alloc;
    size_t allocated;
    struct tern_trace trace;
    uint64_t seen; /* events */
    struct judge_track track[JUDGE_TRACKS];
    struct tern_event ring[JUDGE_RING];
};

/* Begins anew; |j->alloc| is for the stack that will be judged. */
void judge_begin(struct judge *j, char name);
/* The stack that was made; the judge traces it from now on. */
void judge_stack(struct judge *j, struct tern_stack *s);
/* Frees the stack: nothing may be left. */
void judge_end(struct judge *j);

/* The events since the last look. Their ring holds JUDGE_RING of them. With FUZZ_TELL in the environment they are printed. */
void judge_events(struct judge *j, tern_ns now);
/* The same, and every connection. */
void judge_look(struct judge *j, tern_ns now);
/* MUST-14 and SHLD-14, of a segment that the stack sends: the right edge of the window never moves back, as the peer sees it. */
void judge_edge(struct judge *j, const struct tcp_tuple *t, const struct wire_tcp *h);

struct judge_track *judge_track(struct judge *j, uint32_t id);

/* The states that any stack was seen in: 1 << state. Said at the end of the process. */
extern uint32_t judge_states;

#endif
