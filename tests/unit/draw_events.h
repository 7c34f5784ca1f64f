/* Made-up events for the tests of the writers, and a place for what they write. */
#ifndef TESTS_DRAW_EVENTS_H
#define TESTS_DRAW_EVENTS_H

#include <tern/draw.h>

#include "tcp.h"

enum { PLAY_RING = 256, PLAY_ISS = 1000, PLAY_IRS = 5000000, SINK_LEN = 1 << 18 };

/* One side of one connection, 192.0.2.1:80 to 198.51.100.7:4242, as its stack would tell of it. */
struct play {
    struct tern_trace trace;
    struct tern_event ring[PLAY_RING];
    tern_ns now;
    uint32_t conn;
    enum tern_state state;
    bool iss_known, irs_known;
};

void play_init(struct play *p);
const struct tern_event *play_last(const struct play *p);

/* Sequence numbers are relative to PLAY_ISS and PLAY_IRS. SYNs carry the usual options. */
struct tern_event *play_out(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_rule rule);
struct tern_event *play_in(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_rule rule);
struct tern_event *play_state(struct play *p, enum tern_state to, enum tern_rule rule);
struct tern_event *play_timer(struct play *p, enum tern_event_type type, enum tern_timer which, tern_ns after,
                              enum tern_rule rule);
struct tern_event *play_call(struct play *p, enum tern_call which, int64_t result, enum tern_rule rule);
struct tern_event *play_note(struct play *p, enum tern_rule rule);
struct tern_event *play_drop(struct play *p, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len, enum tern_drop why);

/* SYN, SYN,ACK, ACK by an active opener, 10 ms apart. */
void play_handshake(struct play *p);

struct sink {
    struct tern_out out;
    size_t len;
    bool broken; /* refuse everything */
    char text[SINK_LEN];
};

void sink_init(struct sink *s);

#endif
