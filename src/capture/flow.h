/* What is remembered of a connection. Of bounded size, whatever it carries: some 3 KiB. */
#ifndef CAPTURE_FLOW_H
#define CAPTURE_FLOW_H

#include "hash.h"
#include "list.h"
#include "peer.h"
#include "ranges.h"
#include "rtt_sample.h"
#include "sendlog.h"
#include "sight.h"
#include "watch.h"

enum { NO_SCALE = 255, PRINTS = 8, AGAIN_KEPT = 4 };

/* By what a packet is known when it is seen twice. */
struct print {
    tern_ns at;
    uint32_t seq, ack, id;
    uint16_t sum, flags;
    uint8_t ttl, ecn;
};

/* The segment that passed over numbers: what made a hole below |to|. */
struct pass {
    uint32_t to, id; /* its number, its IP identification */
    tern_ns at;
    tern_ns told_at; /* when the other end's first SACK block above the hole passed; 0: not yet */
};

enum recovery { RECOVERY_NONE, RECOVERY_FAST, RECOVERY_TIMEOUT };

/* What one end did about ECN. */
struct ecn_seen {
    uint16_t flags;     /* AE, CWR, ECE of its SYN (the last one that had any) or SYN,ACK */
    uint8_t fields;     /* the ECN fields that its SYNs had: 1 << field */
    uint8_t ace;        /* the counter of marks that it told last */
    bool heard;         /* it told one */
    bool echoing, told; /* its last segment said ECE; it told of a mark at least once */
    bool reduced;       /* its last new data said CWR */
    bool waits;         /* its data that was marked, up to |marked_end|, is not acknowledged yet */
    bool fallback_told, bleached_told, mangled_told;
    uint32_t marked_end, capable_end; /* capable_end: of the last that |capable_n| looks at */
    uint32_t in_vain;                 /* marks that were acknowledged and of which the other end told nothing */
    uint32_t plain_n, capable_n;      /* segments with new data, without and with ECT */
};

/* One end: what it sent, and what the other end acknowledged of it. */
struct half {
    /* its SYN */
    bool syn, syn_ack; /* it sent one; with ACK */
    bool offer_known;  /* all options of it: the capture may have cut some off */
    bool mss_known, timestamps, sack_permitted;
    uint8_t wscale; /* offered; NO_SCALE: not */
    uint16_t mss;
    uint32_t iss, syn_n;
    tern_ns syn_at; /* the last one */

    /* its numbers */
    bool nxt_known, una_known, fin, rst;
    uint32_t first;       /* the first number seen: relative numbers count from it when there was no SYN */
    uint32_t nxt, una;    /* una: so much the other end acknowledged */
    uint32_t fin_end;     /* the number after its FIN */
    struct ranges holes;  /* not seen, though numbers behind them were */
    struct ranges sacked; /* reported by the other end as arrived */
    struct pass passed[RANGES_MAX];
    uint32_t passed_n;
    struct sendlog log;
    struct rtt_sample rtt;
    tern_ns data_at; /* when it last sent anything that counts */

    /* what it sent again */
    enum recovery recovery;
    uint32_t recover;  /* until all before this is acknowledged */
    uint32_t silent_n; /* timeouts and probes since anything came from the other end */
    uint32_t silent_keepalives;
    bool half_open_told;
    struct range again[AGAIN_KEPT]; /* the last ones, and whether it was told that they were needless */
    bool again_needless[AGAIN_KEPT];
    tern_ns again_at[AGAIN_KEPT];
    uint32_t again_n;
    bool probing; /* with the byte at |probe|, beyond a closed window */
    uint32_t probe;
    bool keepalive; /* a probe waits for its answer */

    /* its acknowledgements and its window */
    bool ack_known, wnd_known, edge_known, zero, filled;
    uint32_t ack, edge; /* edge: the highest number it allowed, exclusive */
    uint32_t raw_edge;  /* the same for who does not scale its window */
    uint32_t wnd, wnd_max;
    uint16_t wnd_raw;
    uint32_t dups; /* of |ack|, in a row */
    tern_ns ack_at, zero_at;
    uint32_t silly_n;
    uint32_t filled_edge; /* the other end's edge that was found filled */
    uint32_t unscaled_n;  /* flights that ended where the other end's window would if it were not scaled */
    bool scale_told, beyond_told, mss_told;
    uint32_t large_len, large_n; /* segments above the other end's MSS */
    uint32_t largest;

    struct ecn_seen ecn;

    /* timestamps */
    bool ts_seen, ts_missing_told, ts_probe_runs;
    uint32_t ts_first, ts_last, ts_probe;
    uint32_t ts_recent; /* what the other end keeps: the newest one that did not come behind a gap (RFC 7323 4.3) */
    tern_ns ts_probe_at;

    /* the packets */
    bool ttl_known, sum_told, shift_told, options_told;
    uint8_t ttl;
    uint32_t print_n;
    struct print print[PRINTS];
};

/* A router told that packets of one side are too large. */
struct narrow {
    tern_ns at;           /* the last time; 0: never */
    uint32_t mtu;         /* what gets through */
    uint32_t next, until; /* too large was what lies below |until|; it has been sent again up to |next| */
    uint8_t side;
};

struct flow {
    uint32_t slot; /* among the table's places and the story's connections */
    bool handshake_done;
    struct half half[STORY_SIDE_N];
    struct peer peer[STORY_SIDE_N]; /* of each side, what state it must be in */
    bool stray_syn[STORY_SIDE_N];   /* a SYN came that does not belong to this connection */
    struct tern_ev_seg stray[STORY_SIDE_N];
    struct narrow narrow;
    struct watch_conn conn;
};

/* Which endpoint is lower says nothing but how both directions find the same flow. */
struct flow_key {
    struct tern_addr addr[2];
    uint16_t port[2];
};

/* What a search and the order of age touch: side by side, and apart from the flows, each of which is far away in memory. */
struct flow_place {
    struct hash_node node;
    struct list list; /* of the table: |lru| or |unused| */
    uint64_t hash;
    struct flow *flow;
};

struct flow_table {
    struct mem mem;
    struct hash_table hash;
    uint8_t hash_key[HASH_KEY_LEN];
    struct flow_place *place; /* |max| of them, by slot */
    struct list lru;          /* quiet longest: first */
    struct list unused;       /* places of forgotten connections: unused longest first */
    struct flow *last;        /* found last */
    uint32_t max;
    uint64_t serial;
};

int flow_table_init(struct flow_table *t, uint32_t max); /* 0, TERN_ERR_NOMEM */
void flow_table_free(struct flow_table *t);

/* The flow between two endpoints, the newest of the list now; NULL. */
struct flow *flow_find(struct flow_table *t, const struct tern_endpoint *src, const struct tern_endpoint *dst);
/* The one that was quiet longest when there are too many; NULL: there is room. */
struct flow *flow_surplus(const struct flow_table *t);
struct flow *flow_oldest(const struct flow_table *t);
/* A new one with |a| on side A, all zero otherwise; NULL: no memory. */
struct flow *flow_new(struct flow_table *t, struct story *s, const struct tern_endpoint *a, const struct tern_endpoint *b);
void flow_forget(struct flow_table *t, struct flow *f);

/* The side whose endpoint is |src|. */
enum story_side flow_side(const struct flow *f, const struct tern_endpoint *src);

#endif
