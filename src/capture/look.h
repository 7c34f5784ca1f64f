/* One segment being looked at: who sent it, in which connection, what it shows. Each file behind this one knows one kind of
 * finding; watch.c asks them in turn. */
#ifndef CAPTURE_LOOK_H
#define CAPTURE_LOOK_H

#include "flow.h"
#include "seq.h"
#include "words.h"

struct look {
    struct watch_totals *totals;
    struct flow *f;
    struct story_row *row; /* NULL: only counted */
    const struct sight *s; /* NULL: at the end of a connection */
    struct tern_ev_seg seg;
    tern_ns at;
    enum story_side side; /* the sender */
    struct half *x, *y;   /* its half and the other one */
    uint16_t flags;
    uint32_t seq, end, ack, len; /* end: the number after its last, SYN and FIN counted */
};

#define A_TEXT __attribute__((format(printf, 4, 5)))

/* Counts, and says it in the row's notes: |format| is translated already. |side|: the end it is about. */
void found(struct look *k, enum finding_id id, enum story_side side, const char *format, ...) A_TEXT;

/* A number as it is told: counted from the initial one (or from the first that was seen). */
static inline uint32_t relative(const struct half *h, uint32_t number) { return number - (h->syn ? h->iss : h->first); }

/* "192.0.2.1:80", in one of a few buffers that take turns. */
const char *end_name(const struct look *k, enum story_side side);

static inline double ms(tern_ns t) { return (double)t / 1e6; }
static inline tern_ns since(tern_ns at, tern_ns then) { return at > then ? at - then : 0; }

/* Of the whole way, as far as it is known. */
static inline tern_ns round_trip(const struct look *k) { return k->x->rtt.srtt + k->y->rtt.srtt; }

/* Did the capture cut options off? */
static inline bool options_cut(const struct look *k)
{
    return k->s->cut && k->s->len < k->s->ip_at + k->s->ip.head_len + k->s->tcp.head_len;
}

/* Has the window of |h| a known size? Without the SYN its scale is not known. */
bool window_known(const struct half *h, const struct half *other);
/* The window field |raw| of a segment of |h| in bytes. */
uint32_t window_bytes(const struct half *h, const struct half *other, uint16_t raw, bool syn);

/* opening.c */
bool look_syn(struct look *k);       /* with or without ACK. False: it does not belong to this connection */
void look_handshake(struct look *k); /* another segment of a connection whose handshake may not be finished */

/* resend.c: what takes numbers */
void look_data(struct look *k);
/* The receiver reports numbers from |from| on: the holes below are told of. */
void look_told(struct look *k, uint32_t from);

/* path_mtu.c: a router's ICMP about the segment of |side| at |number|; later, whether [from, to) is sent again because of it */
void path_mtu_told(struct flow *f, enum story_side side, uint32_t number, uint32_t mtu, tern_ns at);
bool path_mtu_again(struct look *k, uint32_t from, uint32_t to);

/* probe.c: true when the segment is a keepalive or zero-window probe, which takes no numbers */
bool look_probe(struct look *k);
/* A timeout passed in vain. */
void look_silence(struct look *k);
/* Something came from the sender: what the other end awaits in vain begins to count anew. */
void look_alive(struct look *k);

/* ack.c: acknowledgement and SACK */
void look_ack(struct look *k);

/* window.c */
void look_window(struct look *k);
void look_fill(struct look *k); /* data against the receiver's window; before its numbers are taken */

/* reset.c: a RST. False: its receiver will not accept it. */
bool look_reset(struct look *k);

/* middlebox.c */
bool look_twice(struct look *k); /* seen before: nothing else counts */
bool look_sum(struct look *k);   /* false: the checksum is wrong */
void look_ttl(struct look *k);
void look_timestamps(struct look *k);
void look_options(struct look *k); /* of a SYN,ACK, or SYN again, against what was offered */
void look_mss(struct look *k);

/* ecn.c: before its numbers are taken; and of a packet that was seen before, with another ECN field, at another place */
void look_ecn(struct look *k);
void look_ecn_twice(struct look *k, unsigned before, unsigned ttl_before);

/* ending.c */
bool flow_over(const struct flow *f);
void look_end(struct look *k, tern_ns last_at); /* the connection is forgotten; |last_at|: of the whole capture */

#endif
