/* Captures: packets from a file or an interface, put together into connections whose both ends are worked out, with findings. */
#ifndef CAPTURE_WATCH_H
#define CAPTURE_WATCH_H

#include "finding.h"
#include "story.h"

struct watch_config {
    uint32_t conns_max; /* remembered at once; the one that was quiet longest goes first. 0: 40,960 */
    /* Each row as it is complete (with |s|, whose rows are empty but whose connections count); the row is freed afterwards. May
     * be NULL when only the summary is wanted. A place in |s|'s connections may be taken again by another one once there have
     * been |conns_max|: their numbers, from 1 in the order of first packets, tell them apart. */
    void (*row)(void *ctx, const struct story *s, struct story_row *row);
    void *ctx;
    bool heads; /* rows keep the header bytes */
};

struct watch;
struct watch *watch_new(const struct watch_config *cfg); /* NULL: no memory */
void watch_free(struct watch *w);

/* How the packets of a source begin: libpcap's DLT_* number. False: a link type that cannot be read. */
bool watch_link_type(struct watch *w, int dlt);
/* A packet: |len| bytes are here of |wire_len|. |at|: nanoseconds since 1970. Whatever it is, it is counted; what cannot be read
 * is counted as such. */
void watch_packet(struct watch *w, tern_ns at, const uint8_t *p, uint32_t len, uint32_t wire_len);
/* A packet that a filter left out: only numbered. */
void watch_skip(struct watch *w);
/* Nothing more will come: findings that needed patience are told. */
void watch_end(struct watch *w);

/* What a connection came to. */
struct watch_conn {
    uint64_t number; /* from 1 */
    struct tern_endpoint end[STORY_SIDE_N];
    tern_ns first_at, last_at;
    uint64_t packets[STORY_SIDE_N], bytes[STORY_SIDE_N], retransmitted[STORY_SIDE_N]; /* payload; sent by that side */
    uint8_t state[STORY_SIDE_N];
    /* From the place of the capture to that side and back; both together are the whole way. 0: not known. */
    tern_ns rtt_min[STORY_SIDE_N], rtt_median[STORY_SIDE_N];
    tern_ns handshake;                 /* from the (last) SYN to the ACK that ends the handshake: the whole way. 0: not known */
    uint32_t flight_max[STORY_SIDE_N]; /* bytes sent by that side and not acknowledged */
    uint32_t wnd_min[STORY_SIDE_N];    /* the smallest window that side offered, behind its SYN; UINT32_MAX: none */
    uint32_t finding[FINDING_N];       /* how many */
    bool began_in_middle, one_sided;
};
struct watch_totals {
    uint64_t packets, tcp, not_tcp, unreadable, cut; /* cut: by the capture's snaplen */
    uint64_t conns, finding[FINDING_N];
    tern_ns first_at, last_at;
};
void watch_totals(const struct watch *w, struct watch_totals *out);
/* Each connection as it is forgotten, and those left at watch_end(): set before the first packet. */
void watch_on_conn(struct watch *w, void (*conn)(void *ctx, const struct watch_conn *c), void *ctx);

#endif
