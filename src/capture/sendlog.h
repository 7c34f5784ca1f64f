/* When the bytes of one direction were first seen. A bounded number of marks: in a long flight only some segments keep theirs. */
#ifndef CAPTURE_SENDLOG_H
#define CAPTURE_SENDLOG_H

#include <tern/types.h>

enum { SENDLOG_MAX = 24 };

struct sendlog {
    uint32_t n;
    uint32_t end[SENDLOG_MAX]; /* the number after a segment's last; ascending */
    tern_ns at[SENDLOG_MAX];
    bool spent[SENDLOG_MAX]; /* measures no round trip: sent again (RFC 6298 3, Karn), or measured already */
};

/* A segment in order. |una|: what is acknowledged; its marks go first. */
void sendlog_add(struct sendlog *l, uint32_t end, tern_ns at, uint32_t una);
/* When |number| was first seen, or soon after; false: not known (any more). */
bool sendlog_time(const struct sendlog *l, uint32_t number, tern_ns *at);
/* Bytes of [from, to) were sent again. */
void sendlog_again(struct sendlog *l, uint32_t from, uint32_t to);
/* The acknowledgement |ack|: when the segment was sent that ends there, and measures a round trip; else false. */
bool sendlog_ack(struct sendlog *l, uint32_t ack, tern_ns *at);

#endif
