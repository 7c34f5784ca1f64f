/* Stories made by hand for the tests of their writers: 192.0.2.1:40000, ISS 1000, and 198.51.100.1:80, ISS 5000000. Sequence
 * numbers are relative to these. */
#ifndef TESTS_STORY_MAKE_H
#define TESTS_STORY_MAKE_H

#include "story.h"

enum { MAKE_ISS = 1000, MAKE_IRS = 5000000 };

void make_begin(struct story *s);

/* A segment that leaves at |ms| and arrives |flight_ms| later. States are those after it. */
struct story_row *make_segment(struct story *s, double ms, double flight_ms, enum story_side side, uint16_t flags, uint32_t seq,
                               uint32_t ack, uint32_t len);
void make_states(struct story_row *row, enum tern_state a, enum tern_state b);
struct story_row *make_timer(struct story *s, double ms, enum story_side side, enum tern_timer which, enum tern_rule rule);
struct story_row *make_call(struct story *s, double ms, enum story_side side, enum tern_call which, enum tern_rule rule);
void make_state_note(struct story_row *row, enum story_side side, enum tern_state from, enum tern_state to, enum tern_rule rule);
void make_finding(struct story_row *row, enum story_side side, enum story_severity severity, const char *name, const char *text);

void make_handshake(struct story *s);                       /* 0 to 40 ms */
void make_data(struct story *s, double ms, int n);          /* |n| pairs of data from A and its acknowledgement, 10 ms apart */
void make_close(struct story *s, double ms, uint32_t sent); /* by A, four segments, then 2MSL; |sent| bytes went before */

/* What goes wrong, eight segments, 0 to 62200 ms: a SYN is lost, a timer fires, a forged RST is refused, a segment is overtaken,
 * the cable is pulled, a finding of each fault is told, keepalive gives up at B. */
void make_odd(struct story *s);
/* Thirteen segments of both sides, most on their way at once, one slower than all others. */
void make_crossing(struct story *s);
/* |n| more rows of all kinds, with notes, the same for the same |seed|. */
void make_random(struct story *s, uint32_t seed, unsigned n);

#endif
