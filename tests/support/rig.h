/* One stack, driven segment by segment in virtual time: the test plays the peer.
 *
 *     IN(r, .flags = SYN);                                  the peer sends
 *     OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1);       the stack must answer exactly this
 *     NONE(r);                                              and nothing more
 *
 * Numbers are relative: |seq| of IN and |ack| of OUT count from the peer's ISN, |ack| of IN and |seq| of OUT from ours, so the
 * same test runs at every ISN. Payload bytes are a function of their number: rig_read() and OUT verify them. */
#ifndef SUPPORT_RIG_H
#define SUPPORT_RIG_H

#include <tern/tern.h>

#include "tcp.h"
#include "unit.h"

enum {
    FIN = TH_FIN,
    SYN = TH_SYN,
    RST = TH_RST,
    PSH = TH_PSH,
    ACK = TH_ACK,
    URG = TH_URG,
    ECE = TH_ECE,
    CWR = TH_CWR,
    AE = TH_AE
};

enum { RIG_OUT_MAX = 4096, RIG_EVENTS = 8192, RIG_PORT = 80, RIG_PEER_PORT = 40000 };

#define PEER_ISN UINT32_C(0xfffffff0) /* the peer's numbers wrap in every test */

struct tseg {
    uint16_t flags;
    int64_t seq, ack; /* relative */
    uint32_t len;
    uint16_t urp;
    uint32_t wnd; /* as in the header. IN: 0 means 65535, NO_WINDOW means 0. OUT: 0 means anything, NO_WINDOW 0 */
    uint16_t mss; /* IN: an option when not 0. OUT: must be this when not 0 */
    uint8_t ws;   /* shift + 1: 0 no option (OUT: anything) */
    bool sack_ok; /* IN: option */
    bool ts;      /* IN: timestamps option with |tsval|, |tsecr| */
    uint32_t tsval, tsecr;
    uint8_t sack_n;     /* OUT: number of blocks, 255: none must be there */
    int64_t sack[4][2]; /* OUT: relative to the peer's ISN. IN: to ours */
    bool bad_checksum;  /* IN */
    uint8_t tos;        /* IN: of the IP header. OUT: must be this when not 0, NO_TOS: must be 0 */
    const char *fo;  /* Fast Open option, the cookie in hexadecimal, "" none. OUT: must be this when not NULL, NO_OPTION: none */
    bool fo_exp;     /* it is the experimental one (254) */
    const char *acc; /* AccECN option: order and counters, "0 1 0 1", "1 1 0". OUT: must be this when not NULL, NO_OPTION: none */
    const char *md5; /* IN: signed with this key (RFC 2385). OUT: must be, when not NULL; NO_OPTION: must not be */
    bool md5_bad;    /* IN: the signature is wrong */
    const struct tern_ao_key *ao; /* likewise by TCP-AO (RFC 5925), the stack's key; OUT: &rig_no_ao: must not be */
    uint8_t ao_next;              /* RNextKeyID, when not 0: else the same key's */
    bool ao_bad;
    uint16_t src_port; /* IN: other than the rig's, when not 0 */
    uint16_t dst_port;
};

#define NO_WINDOW UINT32_MAX
#define NO_TOS    255
#define NO_OPTION "-"
#define SEQ_ZERO  INT64_MAX /* OUT: the absolute number 0 of a RST without ACK to answer (RFC 9293 3.10.7.1) */

struct out_seg {
    struct tern_endpoint from, to;
    struct wire_tcp h; /* pointers lead into |bytes| */
    uint8_t ttl, tos;
    uint16_t gso_size;
    uint32_t len;
    uint8_t *bytes;
};

struct rig {
    struct tern_stack *s;
    struct tern_settings set; /* change them in the configure function, before rig_start() */
    uint32_t mtu, gso_max;
    size_t memory_cap;
    tern_ns now;
    uint32_t iss;
    bool v6;
    struct tern_endpoint local, remote;
    struct tern_listener *l;
    struct tern_conn *c;
    struct out_seg out[RIG_OUT_MAX];
    size_t out_first, out_n;
    uint64_t read_n, sent_n; /* stream bytes so far */
    uint64_t event_mark;
    struct tern_trace trace;
    struct tern_event *ring;
    struct tseg syn; /* the options of the peer's SYN in rig_passive(), rig_active() */
};

extern const struct tern_ao_key rig_no_ao;

/* ---- a test at each ISN and IP version ---- */

struct rig_case {
    void (*run)(struct rig *r);
    uint32_t iss;
    bool v6;
};

/* Runs |run| in a fresh rig. Settings are the defaults but for fixed_isn. The stack is started by the first rig_* call that needs
 * it, or by rig_start(). */
void rig_main(void **state);

/* Runs every case at ISN 0, 2^31-1, 2^31 and 2^32-1, over IPv4 and IPv6; returns cmocka's result. */
struct rig_test {
    const char *name;
    void (*run)(struct rig *r);
};
int rig_run_all(const char *group, const struct rig_test *tests, size_t n);
#define RIG_TEST(f)                                                                                                              \
    {                                                                                                                            \
#f, f                                                                                                                    \
    }
#define RIG_MAIN(tests)                                                                                                          \
    int main(void) { return rig_run_all(__FILE__, tests, sizeof tests / sizeof tests[0]); }

/* ---- driving ---- */

void rig_start(struct rig *r);
void rig_in(struct rig *r, const struct tseg *t);
#define IN(r, ...) rig_in(r, &(struct tseg){__VA_ARGS__})
/* The same, not the last of a batch: what it brings about is not sent before the next one comes. */
void rig_in_batch(struct rig *r, const struct tseg *t);

/* The next segment that the stack sends must be |t|. */
void rig_out(struct rig *r, const struct tseg *t, const char *file, int line);
#define OUT(r, ...) rig_out(r, &(struct tseg){__VA_ARGS__}, __FILE__, __LINE__)
void rig_none(struct rig *r, const char *file, int line);
#define NONE(r) rig_none(r, __FILE__, __LINE__)
/* Takes the next segment out without looking; NULL: there is none. Valid until the next rig call that takes one. */
const struct out_seg *rig_next(struct rig *r);
/* Forgets everything sent so far. */
void rig_clear(struct rig *r);
/* Collects what the stack has to send now (the other calls do so by themselves). */
void rig_collect(struct rig *r);

/* Lets |ns| pass; timers run at their own instants. */
void rig_pass(struct rig *r, tern_ns ns);

void rig_listen(struct rig *r);
/* LISTEN to ESTABLISHED with the peer's SYN |r->syn|, accepted into r->c; nothing is left to take out. The peer's window is
 * 65535. */
void rig_passive(struct rig *r);
void rig_connect(struct rig *r);
/* Active OPEN to ESTABLISHED. */
void rig_active(struct rig *r);
struct tern_conn *rig_accept(struct rig *r);

void rig_send(struct rig *r, uint32_t len); /* the next |len| bytes of our stream; all must be accepted */
int64_t rig_read(struct rig *r); /* reads all there is, verifies the bytes; returns bytes, or the 0 or error that ended it */
void rig_expect_read(struct rig *r, int64_t n, const char *file, int line);
#define READ(r, n) rig_expect_read(r, n, __FILE__, __LINE__)
void rig_close(struct rig *r);
void rig_abort(struct rig *r);
void rig_release(struct rig *r); /* r->c becomes NULL */

/* Brings an established connection (rig_passive) into a closing state, nothing left to take out; our numbers then: data from 1,
 * FIN at 1; the peer's the same. TERN_FIN_WAIT_1, _FIN_WAIT_2, _CLOSE_WAIT, _CLOSING, _LAST_ACK, _TIME_WAIT, _ESTABLISHED. */
void rig_to_state(struct rig *r, enum tern_state state);

/* ---- looking ---- */

enum tern_state rig_state(const struct rig *r); /* of r->c; without one, of the only connection; CLOSED when there is none */
void rig_expect_state(const struct rig *r, enum tern_state s, const char *file, int line);
#define STATE(r, s) rig_expect_state(r, s, __FILE__, __LINE__)
struct tern_status rig_status(const struct rig *r);
struct tern_counters rig_counters(const struct rig *r);
uint64_t rig_drops(const struct rig *r, enum tern_drop why);
/* Has an event with this rule (or drop reason) happened since rig_mark()? */
bool rig_saw(const struct rig *r, enum tern_rule rule);
bool rig_saw_drop(const struct rig *r, enum tern_drop why);
bool rig_saw_state(const struct rig *r, enum tern_state from, enum tern_state to);
void rig_mark(struct rig *r);
#define SAW(r, rule) assert_true(rig_saw(r, TERN_RULE_##rule))
/* Takes the event bits of r->c. */
uint32_t rig_events(struct rig *r);

/* A raw packet, e.g. ICMP. */
enum tern_input rig_raw(struct rig *r, const void *packet, size_t len);
/* Writes IP and TCP of |t| into |out|; returns the length. */
size_t rig_build(const struct rig *r, const struct tseg *t, uint8_t *out);
/* An ICMP (ICMPv6) error of |type|, |code|, with |rest| in its second word, quoting a segment of ours with relative number |seq|.
 */
void rig_icmp(struct rig *r, uint8_t type, uint8_t code, uint32_t rest, int64_t seq);

void rig_skip(struct rig *r); /* ends the test, which counts as skipped */

uint8_t rig_byte(uint64_t number); /* stream byte |number|, from 0, of either direction */

#endif
