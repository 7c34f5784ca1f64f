/* Links: where packets come from and go to. A link knows nothing of TCP connections; a caller with a link of its own needs
 * nothing of this header. */
#ifndef TERN_LINK_H
#define TERN_LINK_H

#include <tern/packet.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tern_link;

struct tern_link_ops {
    const char *name;
    /* Up to |n| received packets into |bufs| (each with one reference for the caller). Fewer than |n|: no more now. TERN_ERR_IO:
     * the link is gone. The link may keep buffers of |pool| for its next packets: close it before |pool| goes. */
    int (*recv)(struct tern_link *l, tern_ns now, struct tern_pool *pool, struct tern_buf **bufs, int n);
    /* Sends up to |n| packets; returns how many were taken (the rest did not fit now), or TERN_ERR_IO. |n| 0: what the link
     * itself holds back goes on its way, when it is due. */
    int (*send)(struct tern_link *l, tern_ns now, const struct tern_pkt *pkts, int n);
    /* A descriptor that is readable when recv has something, or -1. */
    int (*fd)(const struct tern_link *l);
    /* When recv will have something, or send with |n| 0 will have something to do, by the passing of time alone (links that
     * delay, links without descriptor); 0: now. TERN_NEVER. */
    tern_ns (*next)(const struct tern_link *l);
    void (*close)(struct tern_link *l);
};

struct tern_link {
    const struct tern_link_ops *ops;
    uint32_t mtu;
    uint32_t gso_max; /* largest super-segment that send() takes; 0: packets of at most |mtu| */
};

TERN_API void tern_link_close(struct tern_link *l); /* NULL is allowed; closes what it wraps, too */

/* ---- TUN ---- */

struct tern_tun_config {
    const char *name; /* of the device; made when it does not exist */
    uint32_t mtu;     /* 0: the device's */
    bool plain;       /* without IFF_VNET_HDR: no offloads, packets cut and summed here */
    bool up;          /* set the device up, with |mtu|, txqueuelen 20000, and |peer| as the kernel's own addresses */
    struct tern_addr peer[4];
    uint8_t prefix_len[4];
    size_t peer_n;
    tern_translate translate; /* of the line in |err| */
};

/* Opens a TUN device in the calling process's network namespace. On failure NULL, with a line of text that says what to do in
 * |err|. */
TERN_API struct tern_link *tern_tun_open(const struct tern_tun_config *config, char *err, size_t err_len);

/* ---- memory ---- */

/* Two links that are each other's peers, each holding up to |queue_n| packets of at most |mtu| on their way; |gso_max| 0: packets
 * are cut and summed on their way, and the receiver verifies; otherwise super-segments pass whole, and as known good, since
 * memory damages nothing. The ends, and the stacks that received from them, may go in any order, all in one thread. 0 or
 * TERN_ERR_NOMEM. */
TERN_API int tern_memory_pair(uint32_t mtu, uint32_t gso_max, size_t queue_n, struct tern_link **a, struct tern_link **b);

/* ---- damage ---- */

/* What waits for a rate: drop-tail; RED (Floyd and Jacobson 1993, gentle); CoDel (RFC 8289); FQ-CoDel (RFC 8290). */
enum tern_queue { TERN_QUEUE_TAIL, TERN_QUEUE_RED, TERN_QUEUE_CODEL, TERN_QUEUE_FQ_CODEL };

/* A box that does not leave the ECN field to the ends (RFC 3168 18), in every packet: it clears it; ECT(0) becomes ECT(1); CE,
 * whatever it was. */
enum tern_path_ecn { TERN_PATH_ECN_KEPT, TERN_PATH_ECN_BLEACHED, TERN_PATH_ECN_REMARKED, TERN_PATH_ECN_MARKED };

/* What a path does to packets in one direction. Probabilities are in parts per million. */
struct tern_impair {
    uint64_t rate; /* bits a second; 0: no limit, and then no queue */
    tern_ns delay;
    tern_ns jitter; /* uniform in delay +- jitter; order is kept unless reorder says otherwise */
    uint32_t loss_ppm;
    uint32_t reorder_ppm; /* such packets overtake: they skip the delay (where there is none, they are held back by 1 ms) */
    uint32_t dup_ppm;
    uint32_t corrupt_ppm; /* one bit is flipped: a checksum always catches it */
    uint32_t mark_ppm;    /* an ECN-capable packet is marked: CE (RFC 3168), as routers do in place of dropping it */
    uint32_t swap_ppm;    /* two aligned 16-bit words of the payload are swapped: a checksum never catches it */
    uint32_t queue_n; /* packets that may wait while one is sent at |rate|; 0: 1000 (FQ-CoDel: 10240), or as |queue_bytes| says */

    tern_ns reorder_by; /* 0: as said above; otherwise reordered packets come so much later */
    tern_ns ack_hold;   /* pure acknowledgements come together, those of so long a time at its end; 0: as they came */
    uint32_t mtu;       /* bytes of an IP packet, above which it vanishes; 0: no limit */
    uint32_t ecn;       /* enum tern_path_ecn */

    /* The link is down for |outage|, and loses all that enters; 0: never. From the link's first use to the first time:
     * |outage_at|; from one time to the next: |outage_every|, longer than |outage|; 0: once. */
    tern_ns outage, outage_at, outage_every;

    /* Losses in bursts (Gilbert's and Elliott's channel), a packet: */
    uint32_t burst_begin_ppm; /* good to bad; 0: no bursts */
    uint32_t burst_end_ppm;   /* bad to good: 1 / the mean length of a burst */
    uint32_t burst_loss_ppm;  /* in the bad state; 0: all */

    uint64_t policer;       /* bits a second, above which a token bucket drops; 0: none */
    uint64_t policer_burst; /* bytes that the bucket holds; 0: 15000 */

    uint32_t queue;            /* enum tern_queue */
    uint32_t queue_ecn;        /* 1: RED and CoDel mark ECN-capable packets in place of dropping them */
    uint64_t queue_bytes;      /* that may wait; 0: no limit */
    uint32_t queue_mark_n;     /* drop-tail: an ECN-capable packet that finds so many is marked (RFC 8257 3.1); 0: none is */
    uint32_t red_min, red_max; /* packets, of the average; 0: limit / 12 (at least 5), and three times that */
    uint32_t red_ppm;          /* of a drop at |red_max|; 0: 10 % */
    tern_ns codel_target, codel_interval; /* 0: 5 ms, 100 ms */
};

/* Reads "rate=10M,delay=20ms,loss=1%": KEY=VALUE with commas between. Returns 0, or TERN_ERR_INVAL with the culprit in |err|, in
 * English when |translate| is NULL; an unknown key's complaint lists all there are. */
TERN_API int tern_impair_parse(const char *spec, struct tern_impair *out, tern_translate translate, char *err, size_t err_len);
/* The |i|-th key, with an example of its value and what it does (an msgid, to be translated); false: there are no more. */
TERN_API bool tern_impair_key(size_t i, const char **name, const char **example, const char **what);

/* Wraps |inner| (closed with the wrapper): |out| is done to what is sent, |in| to what is received; NULL: nothing. Chance comes
 * from |seed|: the same packets at the same times meet the same fate, and a changed probability of one damage leaves the others
 * where they were. Super-segments are cut, and checksums completed, before they are damaged; a receiver must verify. NULL: no
 * memory, or something impossible is asked for; then |inner| stays the caller's. */
TERN_API struct tern_link *tern_impair_new(struct tern_link *inner, const struct tern_impair *in, const struct tern_impair *out,
                                           uint64_t seed);

struct tern_impair_counters {
    uint64_t passed; /* duplicates not counted */
    uint64_t lost, overflowed, duplicated, reordered, marked, corrupted, swapped;
    uint64_t early;   /* dropped by the queue's algorithm */
    uint64_t policed; /* by the policer */
    uint64_t too_big; /* longer than |mtu| */
    uint64_t down;    /* while the link was */
    uint64_t changed; /* their ECN field, by |ecn| */
};
TERN_API void tern_impair_counters(const struct tern_link *l, struct tern_impair_counters *in, struct tern_impair_counters *out);

/* ---- a helper for links that cannot cut or sum ---- */

/* Makes the |i|-th plain packet of |pkt|, checksum complete, in |out| (room for |cap|). Returns its length; 0: there is no
 * |i|-th; TERN_ERR_MSGSIZE. */
TERN_API int tern_pkt_cut(const struct tern_pkt *pkt, uint32_t i, uint8_t *out, size_t cap);

/* ---- pcapng ---- */

struct tern_pcapng;

/* Writes a pcapng file (link type raw IP, nanosecond times), at most |snap_len| bytes of each packet (0: all). NULL with a text
 * in |err|. */
TERN_API struct tern_pcapng *tern_pcapng_open(const char *path, uint32_t snap_len, char *err, size_t err_len);
/* The same for packets of another link type (LINKTYPE_* of the pcap formats), which are written without a direction. */
TERN_API struct tern_pcapng *tern_pcapng_open_link(const char *path, uint16_t link_type, uint32_t snap_len, char *err,
                                                   size_t err_len);
/* One packet. |unix_ns| is wall-clock time. |comment| may be NULL. Returns 0 or TERN_ERR_IO (sticky). */
TERN_API int tern_pcapng_packet(struct tern_pcapng *p, uint64_t unix_ns, bool outbound, const void *bytes, uint32_t len,
                                uint32_t full_len, const char *comment);
/* Flushes and closes. Returns 0 or TERN_ERR_IO when anything was not written. */
TERN_API int tern_pcapng_close(struct tern_pcapng *p);

#ifdef __cplusplus
}
#endif
#endif
