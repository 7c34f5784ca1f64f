/* Hand-made packets for the capture layer: A is 192.0.2.1:40000 and counts from 1000, B is 198.51.100.2:80 and counts from 5000;
 * `seq` and `ack` of a packet are relative to those. What is left zero has its usual value. */
#ifndef TEST_CAPTURE_TEST_H
#define TEST_CAPTURE_TEST_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "ip.h"
#include "watch.h"

enum { A = STORY_A, B = STORY_B, SYN = TH_SYN, ACK = TH_ACK, FIN = TH_FIN, RST = TH_RST, PSH = TH_PSH };
enum { DLT_EN10MB_ = 1, DLT_RAW_ = 12, BASE_A = 1000, BASE_B = 5000, MSS_USUAL = 1460, ROOM = 70000 };

struct packet {
    uint16_t flags;
    uint32_t seq, ack, len;
    uint16_t wnd;  /* 0: 65535 */
    bool closed;   /* window 0 */
    uint16_t mss;  /* of the option; 0: none */
    uint8_t shift; /* of the option plus 1; 0: none */
    bool sack_permitted;
    uint32_t ts_val, ts_ecr; /* 0: no option */
    uint32_t sack[4][2];     /* relative; 0, 0 ends */
    uint8_t ttl;             /* 0: 64 */
    uint16_t id;             /* 0: counts up */
    bool no_id;              /* 0 on the wire */
    bool bad_sum, half_sum;
    uint32_t snap;      /* 0: all bytes are captured */
    bool more;          /* more fragments follow */
    uint16_t port_a;    /* 0: 40000 */
    uint8_t ecn;        /* of the IP header */
    uint32_t accecn[3]; /* 0, 0, 0: no option */
};

static struct {
    struct watch *w;
    tern_ns now;
    uint16_t id[2];
    bool ipv6;
    uint8_t bytes[ROOM];
    uint32_t len;         /* of the packet built last */
    struct story_row row; /* the last one; without its notes */
    uint32_t rows, notes, noted[FINDING_N];
    char text[400]; /* of the last note */
    struct story_conn conn;
    uint32_t conns;
    struct watch_conn ended; /* the last connection that was forgotten */
} cap;

static inline void take_row(void *ctx, const struct story *s, struct story_row *row)
{
    (void)ctx;
    cap.rows++;
    cap.conn = s->conn[row->conn];
    for (uint32_t i = 0; i < row->note_n; i++) {
        assert_int_equal(row->note[i].of, STORY_NOTE_FINDING);
        assert_int_equal(row->note[i].severity, finding_info(row->note[i].finding)->severity);
        assert_non_null(row->note[i].text);
        cap.notes++;
        cap.noted[row->note[i].finding]++;
        snprintf(cap.text, sizeof cap.text, "%s", row->note[i].text);
    }
    cap.row = *row;
    cap.row.note = NULL;
    cap.row.text = NULL;
}

static inline void take_conn(void *ctx, const struct watch_conn *c)
{
    (void)ctx;
    cap.conns++;
    cap.ended = *c;
}

static inline void start_with(const struct watch_config *cfg, int dlt)
{
    memset(&cap, 0, sizeof cap);
    cap.now = 1000 * TERN_SEC;
    cap.id[0] = 100;
    cap.id[1] = 30000;
    cap.w = watch_new(cfg);
    assert_non_null(cap.w);
    watch_on_conn(cap.w, take_conn, NULL);
    assert_true(watch_link_type(cap.w, dlt));
}

static inline int start(void **state)
{
    (void)state;
    const struct watch_config cfg = {.row = take_row, .heads = true};
    start_with(&cfg, DLT_RAW_);
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    watch_free(cap.w);
    cap.w = NULL;
    return 0;
}

static inline void wait_ms(uint32_t n) { cap.now += n * TERN_MS; }

static inline struct tern_addr addr_of(int side)
{
    static const uint8_t v4[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 2}};
    if (!cap.ipv6) return tern_addr_v4(v4[side]);
    struct tern_addr a = {{0x20, 0x01, 0x0d, 0xb8}};
    a.b[15] = (uint8_t)(side + 1);
    return a;
}

static inline struct wire_tcp segment_of(int side, const struct packet *p)
{
    uint32_t own = side == A ? BASE_A : BASE_B, other = side == A ? BASE_B : BASE_A;
    uint16_t port = p->port_a ? p->port_a : 40000;
    struct wire_tcp t = {.src_port = side == A ? port : 80,
                         .dst_port = side == A ? 80 : port,
                         .seq = seq(own + p->seq),
                         .ack = seq(p->flags & TH_ACK ? other + p->ack : 0),
                         .flags = p->flags,
                         .wnd = p->closed ? 0
                                : p->wnd  ? p->wnd
                                          : 65535};
    if (p->mss) t.opt.present |= OPT_MSS, t.opt.mss = p->mss;
    if (p->shift) t.opt.present |= OPT_WSCALE, t.opt.wscale = (uint8_t)(p->shift - 1);
    if (p->sack_permitted) t.opt.present |= OPT_SACK_PERMITTED;
    if (p->ts_val) t.opt.present |= OPT_TIMESTAMPS, t.opt.ts_val = p->ts_val, t.opt.ts_ecr = p->ts_ecr;
    if (p->accecn[0]) {
        t.opt.present |= OPT_ACCECN, t.opt.accecn_kind = TCPOPT_ACCECN0, t.opt.accecn_n = 3;
        memcpy(t.opt.accecn, p->accecn, sizeof t.opt.accecn);
    }
    while (t.opt.sack_n < 4 && p->sack[t.opt.sack_n][1]) {
        t.opt.present |= OPT_SACK;
        t.opt.sack[t.opt.sack_n].left = seq(other + p->sack[t.opt.sack_n][0]);
        t.opt.sack[t.opt.sack_n].right = seq(other + p->sack[t.opt.sack_n][1]);
        t.opt.sack_n++;
    }
    return t;
}

/* The IP packet in cap.bytes, behind |link_len| bytes. */
static inline void build(int side, const struct packet *p, uint32_t link_len)
{
    struct wire_tcp t = segment_of(side, p);
    uint8_t head[60], *ip = cap.bytes + link_len;
    size_t head_len = wire_tcp_build(&t, head);
    uint32_t seg_len = (uint32_t)head_len + p->len;
    struct wire_ip w = {.src = addr_of(side), .dst = addr_of(1 - side), .version = cap.ipv6 ? 6 : 4, .proto = 6};
    w.ttl = p->ttl ? p->ttl : 64;
    w.tos = p->ecn;
    uint16_t id = p->no_id ? 0 : p->id ? p->id : cap.id[side]++;
    size_t ip_len = wire_ip_build(&w, seg_len, !p->more, id, ip);
    if (p->more) {
        ip[6] |= 0x20;
        ip[10] = ip[11] = 0;
        csum_put(ip + 10, csum_add(0, ip, ip_len));
    }
    uint8_t *seg = ip + ip_len;
    memcpy(seg, head, head_len);
    memset(seg + head_len, 'x', p->len);
    uint64_t pseudo = csum_pseudo(&w.src, &w.dst, 6, seg_len);
    memset(seg + 16, 0, 2);
    csum_put(seg + 16, csum_add(pseudo, seg, seg_len));
    if (p->bad_sum) seg[16] ^= 0x55;
    if (p->half_sum) {
        uint16_t folded = csum_fold(pseudo);
        memcpy(seg + 16, &folded, 2);
    }
    cap.len = link_len + (uint32_t)ip_len + seg_len;
}

/* What was built is seen (again). */
static inline void see(uint32_t snap)
{
    uint32_t here = snap && snap < cap.len ? snap : cap.len;
    uint8_t *exact = malloc(here ? here : 1); /* the sanitizer sees who reads too far */
    assert_non_null(exact);
    memcpy(exact, cap.bytes, here);
    watch_packet(cap.w, cap.now, exact, here, cap.len);
    free(exact);
}

static inline void send_packet(int side, const struct packet *p)
{
    build(side, p, 0);
    see(p->snap);
}

#define SEND(side, ...) send_packet(side, &(struct packet){__VA_ARGS__})

static inline void data(int side, uint32_t s, uint32_t a, uint32_t len)
{
    SEND(side, .flags = ACK, .seq = s, .ack = a, .len = len);
}
static inline void ack(int side, uint32_t s, uint32_t a) { data(side, s, a, 0); }

/* The usual opening: 20 ms from the place of the capture to B and back, 0.1 ms to A. */
static inline void open_conn(void)
{
    SEND(A, .flags = SYN, .mss = MSS_USUAL, .shift = 1, .sack_permitted = true);
    wait_ms(20);
    SEND(B, .flags = SYN | ACK, .ack = 1, .mss = MSS_USUAL, .shift = 1, .sack_permitted = true);
    cap.now += 100 * TERN_US;
    ack(A, 1, 1);
    wait_ms(1);
}

static inline uint64_t count(enum finding_id id)
{
    struct watch_totals t;
    watch_totals(cap.w, &t);
    assert_int_equal(t.finding[id], cap.noted[id]); /* what is counted is told */
    return t.finding[id];
}

/* The only findings so far are |n| of |id|. */
static inline void only(enum finding_id id, uint64_t n)
{
    struct watch_totals t;
    watch_totals(cap.w, &t);
    for (unsigned i = 0; i < FINDING_N; i++) {
        if (t.finding[i] != (i == id ? n : 0)) print_error("%s: %u\n", finding_info(i)->name, (unsigned)t.finding[i]);
        assert_int_equal(t.finding[i], i == id ? n : 0);
    }
}
static inline void none(void) { only(FINDING_N, 0); }

static inline void states(enum tern_state a, enum tern_state b)
{
    assert_string_equal(tern_state_name((enum tern_state)cap.row.tcb[A].state), tern_state_name(a));
    assert_string_equal(tern_state_name((enum tern_state)cap.row.tcb[B].state), tern_state_name(b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
