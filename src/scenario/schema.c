/* The table itself. */
#include "schema.h"

#include "words.h"

#define SIZE(S, field) sizeof(((S *)0)->field)

/* clang-format off */
#define NUMBER(T, key, S, field, unit, min, max, def, text) \
    {T, key, SCHEMA_NUMBER, false, offsetof(S, field), SIZE(S, field), 0, SCHEMA_NONE, unit, min, max, def, NULL, text}
#define WORD(T, key, type, S, field, needed, text) \
    {T, key, type, needed, offsetof(S, field), SIZE(S, field), 0, SCHEMA_NONE, NULL, 0, 0, NULL, NULL, text}
#define FLAG(T, key, S, field, text) \
    {T, key, SCHEMA_FLAG, false, offsetof(S, field), SIZE(S, field), 0, SCHEMA_NONE, NULL, 0, 0, "false", "true|false", text}
#define CHOICE(T, key, S, field, needed, def, choices, text) \
    {T, key, SCHEMA_CHOICE, needed, offsetof(S, field), SIZE(S, field), 0, SCHEMA_NONE, NULL, 0, 0, def, choices, text}
#define SUB(T, key, S, field, child, text) \
    {T, key, SCHEMA_SUB, false, offsetof(S, field), SIZE(S, field), 0, child, NULL, 0, 0, NULL, NULL, text}
#define LIST(T, key, S, field, number, child, text) \
    {T, key, SCHEMA_LIST, false, offsetof(S, field), 0, offsetof(S, number), child, NULL, 0, 0, NULL, NULL, text}

#define PPM_ALL  1000000
#define TIME_MAX (1000000 * TERN_SEC)
#define RATE_MAX UINT64_C(1000000000000)
#define BYTES_MAX (UINT64_C(1) << 40)

const struct schema_row schema_rows[] = {
    WORD(SCHEMA_ROOT, "title", SCHEMA_TEXT, struct scenario, title, true, N_("what is shown, in a line")),
    WORD(SCHEMA_ROOT, "source", SCHEMA_TEXT, struct scenario, source, true, N_("whose result or statement that is: RFC and section, or paper")),
    WORD(SCHEMA_ROOT, "about", SCHEMA_TEXT, struct scenario, about, false, N_("how it is shown, for a reader")),
    CHOICE(SCHEMA_ROOT, "topology", struct scenario, shape, false, "pair", "pair|dumbbell|parking_lot|network",
           N_("pair: hosts a, b and the link bottleneck. dumbbell: hosts a1, a2, ... on the left, b1, b2, ... on the right, routers "
              "left, right, between them the link bottleneck; the link of host a1 is a1. parking_lot: routers r0, r1, ... in a "
              "row, between them links bottleneck1, bottleneck2, ...; hosts a and b at the ends, c1 and d1 around bottleneck1, and "
              "so on. network: as [[host]] and [[link]] say")),
    NUMBER(SCHEMA_ROOT, "pairs", struct scenario, pairs, "", 1, 1000, NULL, N_("of a dumbbell; as many as there are flows")),
    NUMBER(SCHEMA_ROOT, "hops", struct scenario, hops, "", 1, 500, "2", N_("bottlenecks of a parking lot")),
    NUMBER(SCHEMA_ROOT, "duration", struct scenario, duration, "ns", TERN_SEC, TIME_MAX, "10 s", N_("applications write so long")),
    NUMBER(SCHEMA_ROOT, "grace", struct scenario, grace, "ns", 0, TIME_MAX, "600 s", N_("after it connections have so long to end")),
    NUMBER(SCHEMA_ROOT, "warm_up", struct scenario, warm_up, "ns", 0, TIME_MAX, "0 s", N_("what is sampled counts from then on: rates, delays, windows, queues")),
    NUMBER(SCHEMA_ROOT, "sample", struct scenario, sample, "ns", 100 * TERN_US, 10 * TERN_SEC, "10 ms", N_("time between two samples")),
    NUMBER(SCHEMA_ROOT, "seed", struct scenario, seed, "", 1, INT64_MAX, "1", N_("of all chance; --seed goes before")),
    FLAG(SCHEMA_ROOT, "v6", struct scenario, v6, N_("IPv6 in place of IPv4")),
    SUB(SCHEMA_ROOT, "stack", struct scenario, stack, SCHEMA_STACK, N_("the TCP of every host")),
    SUB(SCHEMA_ROOT, "bottleneck", struct scenario, bottleneck, SCHEMA_LINK, N_("the link between the two sides; of a parking lot each of them")),
    SUB(SCHEMA_ROOT, "access", struct scenario, access, SCHEMA_LINK, N_("every other link of a dumbbell or a parking lot")),
    LIST(SCHEMA_ROOT, "host", struct scenario, host, host_n, SCHEMA_HOST, N_("what is different at one host, or a host of a network")),
    LIST(SCHEMA_ROOT, "link", struct scenario, link, link_n, SCHEMA_LINK, N_("what is different at one link, or a link of a network")),
    LIST(SCHEMA_ROOT, "flow", struct scenario, flow, flow_n, SCHEMA_FLOW, N_("who talks")),
    LIST(SCHEMA_ROOT, "expect", struct scenario, expect, expect_n, SCHEMA_EXPECT, N_("what must come out")),
    LIST(SCHEMA_ROOT, "control", struct scenario, control, control_n, SCHEMA_CONTROL, N_("the same with a mechanism switched off or swapped: something expected must then fail")),

#define STACK(T) \
    WORD(T, "cc", SCHEMA_CC, struct scenario_host, cc, false, N_("congestion control; the default is the stack's")), \
    WORD(T, "profile", SCHEMA_PROFILE, struct scenario_host, profile, false, N_("whose settings, before those of set")), \
    WORD(T, "set", SCHEMA_SET, struct scenario_host, set, false, N_("settings of the stack, by tern's names or a kernel's in quotation marks; 'tern settings' has them")), \
    NUMBER(T, "mtu", struct scenario_host, mtu, "bytes", 576, 65535, "1500 bytes", N_("of its interface")), \
    NUMBER(T, "gso", struct scenario_host, gso, "bytes", 1, 65535, "65535 bytes", N_("largest super-segment that the stack hands out; 1: none")), \
    NUMBER(T, "memory", struct scenario_host, memory, "bytes", 1 << 16, BYTES_MAX, "1 GiB", N_("that the stack may hold"))
    STACK(SCHEMA_STACK),
    WORD(SCHEMA_HOST, "name", SCHEMA_NAME, struct scenario_host, name, true, N_("which host")),
    STACK(SCHEMA_HOST),
    FLAG(SCHEMA_HOST, "router", struct scenario_host, router, N_("of a network: it passes packets on and has no TCP")),

    WORD(SCHEMA_LINK, "name", SCHEMA_NAME, struct scenario_link, name, false, N_("of a [[link]]: which")),
    WORD(SCHEMA_LINK, "a", SCHEMA_NAME, struct scenario_link, a, false, N_("of a [[link]] of a network: the host at one end")),
    WORD(SCHEMA_LINK, "b", SCHEMA_NAME, struct scenario_link, b, false, N_("and the one at the other")),
    FLAG(SCHEMA_LINK, "silent", struct scenario_link, silent, N_("what is above the MTU vanishes without a word: a black hole")),
    SUB(SCHEMA_LINK, "back", struct scenario_link, lane[1], SCHEMA_LANE, N_("what is different in the direction from b to a")),

    NUMBER(SCHEMA_LANE, "rate", struct lane_config, capacity.bps, "bit/s", 1000, RATE_MAX, NULL, N_("without: no limit, and then no queue")),
    LIST(SCHEMA_LANE, "rates", struct lane_config, capacity.step, capacity.step_n, SCHEMA_RATES, N_("in place of rate: one that changes")),
    WORD(SCHEMA_LANE, "trace", SCHEMA_TRACE, struct lane_config, capacity, false, N_("in place of rate: the name of a file in Mahimahi's format, beside the scenario")),
    NUMBER(SCHEMA_LANE, "delay", struct lane_config, delay, "ns", 0, 100 * TERN_SEC, "0 s", N_("one way")),
    NUMBER(SCHEMA_LANE, "jitter", struct lane_config, jitter, "ns", 0, 100 * TERN_SEC, "0 s", N_("uniform in delay +- jitter; order is kept")),
    NUMBER(SCHEMA_LANE, "loss", struct lane_config, loss_ppm, "ppm", 0, PPM_ALL, "0", N_("of packets, by chance")),
    NUMBER(SCHEMA_LANE, "reorder", struct lane_config, reorder_ppm, "ppm", 0, PPM_ALL, "0", N_("packets that leave their place")),
    NUMBER(SCHEMA_LANE, "reorder_by", struct lane_config, reorder_by, "ns", 0, 100 * TERN_SEC, "0 s", N_("they come so much later; 0: they skip the delay")),
    NUMBER(SCHEMA_LANE, "duplicate", struct lane_config, dup_ppm, "ppm", 0, PPM_ALL, "0", N_("packets that come twice")),
    NUMBER(SCHEMA_LANE, "corrupt", struct lane_config, corrupt_ppm, "ppm", 0, PPM_ALL, "0", N_("packets with a bit turned")),
    NUMBER(SCHEMA_LANE, "mark", struct lane_config, mark_ppm, "ppm", 0, PPM_ALL, "0", N_("ECN-capable packets marked by chance")),
    CHOICE(SCHEMA_LANE, "ecn", struct lane_config, ecn, false, "kept", "kept|bleached|remarked|marked",
           N_("what becomes of the ECN field: left as it is; cleared; ECT(1) for ECT(0); CE on every packet")),
    NUMBER(SCHEMA_LANE, "swap", struct lane_config, swap_ppm, "ppm", 0, PPM_ALL, "0", N_("packets with two words of the payload swapped: no checksum sees it")),
    NUMBER(SCHEMA_LANE, "ack_hold", struct lane_config, ack_hold, "ns", 0, 100 * TERN_SEC, "0 s", N_("acknowledgements come together, those of so long a time (ACK compression)")),
    NUMBER(SCHEMA_LANE, "mtu", struct lane_config, mtu, "bytes", 68, 65535, NULL, N_("longest IP packet; without: no limit")),
    LIST(SCHEMA_LANE, "mtus", struct lane_config, mtu_step, mtu_step_n, SCHEMA_MTUS, N_("an MTU that changes")),
    LIST(SCHEMA_LANE, "outage", struct lane_config, outage, outage_n, SCHEMA_OUTAGES, N_("times in which everything is lost")),
    SUB(SCHEMA_LANE, "queue", struct lane_config, queue, SCHEMA_QUEUE, N_("what waits for the rate")),
    SUB(SCHEMA_LANE, "burst", struct lane_config, burst, SCHEMA_BURST, N_("losses in bursts (Gilbert and Elliott)")),
    SUB(SCHEMA_LANE, "policer", struct lane_config, policer, SCHEMA_POLICER, N_("drops what exceeds a rate, without a queue")),
    LIST(SCHEMA_LANE, "fault", struct lane_config, fault, fault_n, SCHEMA_FAULTS, N_("damage to given packets, and then none by chance")),

    CHOICE(SCHEMA_QUEUE, "kind", struct queue_config, kind, false, "tail", "tail|red|codel|fq_codel", N_("drop-tail; RED; CoDel, RFC 8289; FQ-CoDel, RFC 8290")),
    NUMBER(SCHEMA_QUEUE, "packets", struct queue_config, limit_n, "packets", 1, 1 << 30, NULL, N_("limit; without: 1000, of fq_codel 10240, or none when there is one of bytes")),
    NUMBER(SCHEMA_QUEUE, "bytes", struct queue_config, limit_bytes, "bytes", 1, BYTES_MAX, NULL, N_("limit; without: none")),
    FLAG(SCHEMA_QUEUE, "ecn", struct queue_config, ecn, N_("marks ECN-capable packets where it would drop them early")),
    NUMBER(SCHEMA_QUEUE, "mark", struct queue_config, mark_n, "packets", 1, 1 << 30, NULL, N_("tail: ECN-capable packets that find so many are marked (RFC 8257 3.1)")),
    NUMBER(SCHEMA_QUEUE, "red_min", struct queue_config, red_min, "packets", 1, 1 << 30, NULL, N_("RED's least average; without: a third of red_max, or limit / 12, at least 5")),
    NUMBER(SCHEMA_QUEUE, "red_max", struct queue_config, red_max, "packets", 2, 1 << 30, NULL, N_("RED's most; without: three times red_min")),
    NUMBER(SCHEMA_QUEUE, "red_probability", struct queue_config, red_max_ppm, "ppm", 1, PPM_ALL, "10 %", N_("at red_max")),
    NUMBER(SCHEMA_QUEUE, "red_weight", struct queue_config, red_weight, "", 1, 20, "9", N_("the average's weight is 1 / 2^this")),
    NUMBER(SCHEMA_QUEUE, "target", struct queue_config, target, "ns", TERN_US, TERN_SEC, "5 ms", N_("CoDel's delay that may stand")),
    NUMBER(SCHEMA_QUEUE, "interval", struct queue_config, interval, "ns", TERN_US, 10 * TERN_SEC, "100 ms", N_("CoDel's time to react")),
    NUMBER(SCHEMA_QUEUE, "quantum", struct queue_config, quantum, "bytes", 64, 65535, "1514 bytes", N_("of fq_codel: bytes of a turn")),
    NUMBER(SCHEMA_QUEUE, "flows", struct queue_config, flows, "", 1, QUEUE_FLOWS_MAX, "1024", N_("of fq_codel: queues")),

    NUMBER(SCHEMA_BURST, "to_bad", struct burst_config, to_bad, "ppm", 0, PPM_ALL, "0", N_("good to bad, a packet")),
    NUMBER(SCHEMA_BURST, "to_good", struct burst_config, to_good, "ppm", 0, PPM_ALL, "0", N_("bad to good, a packet: 1 / the mean length of a burst")),
    NUMBER(SCHEMA_BURST, "bad_loss", struct burst_config, bad_loss, "ppm", 1, PPM_ALL, "100 %", N_("in the bad state")),
    NUMBER(SCHEMA_BURST, "good_loss", struct burst_config, good_loss, "ppm", 0, PPM_ALL, "0", N_("in the good state")),

    NUMBER(SCHEMA_POLICER, "rate", struct policer_config, bps, "bit/s", 1000, RATE_MAX, NULL, N_("of the bucket; without: no policer")),
    NUMBER(SCHEMA_POLICER, "burst", struct policer_config, burst, "bytes", 1500, 1 << 30, "15000 bytes", N_("that the bucket holds")),

    NUMBER(SCHEMA_RATES, "at", struct capacity_step, at, "ns", 0, TIME_MAX, "0 s", N_("from then on")),
    NUMBER(SCHEMA_RATES, "rate", struct capacity_step, bps, "bit/s", 0, RATE_MAX, "0", N_("0: the link stands still")),
    NUMBER(SCHEMA_MTUS, "at", struct lane_mtu_step, at, "ns", 0, TIME_MAX, "0 s", N_("from then on")),
    NUMBER(SCHEMA_MTUS, "mtu", struct lane_mtu_step, mtu, "bytes", 0, 65535, "0", N_("0: no limit")),
    NUMBER(SCHEMA_OUTAGES, "from", struct lane_outage, from, "ns", 0, TIME_MAX, "0 s", N_("begin")),
    NUMBER(SCHEMA_OUTAGES, "to", struct lane_outage, to, "ns", 0, TIME_MAX, "0 s", N_("end")),
    NUMBER(SCHEMA_FAULTS, "nth", struct lane_fault, nth, "", 1, INT64_MAX, "1", N_("of the packets that enter")),
    CHOICE(SCHEMA_FAULTS, "kind", struct lane_fault, kind, false, "lose", "lose|reorder|duplicate|corrupt|mark", N_("what is done to it")),

    WORD(SCHEMA_FLOW, "name", SCHEMA_NAME, struct scenario_flow, flow.name, true, N_("for results and expectations")),
    WORD(SCHEMA_FLOW, "from", SCHEMA_NAME, struct scenario_flow, from, false, N_("the host that opens; without: a, or of a dumbbell's n-th flow a<n>")),
    WORD(SCHEMA_FLOW, "to", SCHEMA_NAME, struct scenario_flow, to, false, N_("the host that is called; without: b, or b<n>")),
    CHOICE(SCHEMA_FLOW, "app", struct scenario_flow, flow.app, false, "bulk", "bulk|request|video|thin|datagram",
           N_("bulk: as fast as it goes. request: a request, its answer, again. video: a chunk every interval. thin: a message every "
              "interval. datagram: no TCP, packets at a rate")),
    FLAG(SCHEMA_FLOW, "down", struct scenario_flow, flow.down, N_("the one that is called sends")),
    NUMBER(SCHEMA_FLOW, "start", struct scenario_flow, flow.start, "ns", 0, TIME_MAX, "0 s", N_("when it opens")),
    NUMBER(SCHEMA_FLOW, "stop", struct scenario_flow, flow.stop, "ns", 0, TIME_MAX, "0 s", N_("nothing is written from then on; 0: the scenario's duration")),
    NUMBER(SCHEMA_FLOW, "bytes", struct scenario_flow, flow.bytes, "bytes", 0, UINT64_C(1) << 62, "0", N_("bulk: in all, 0: without end. request: of an answer. thin: of a message, 0: 100. datagram: of a packet, 0: 1500")),
    NUMBER(SCHEMA_FLOW, "request", struct scenario_flow, flow.request, "bytes", 1, BYTES_MAX, "100 bytes", N_("request: of a request")),
    NUMBER(SCHEMA_FLOW, "count", struct scenario_flow, flow.count, "", 0, UINT64_C(1) << 40, "0", N_("request, video, thin: how many; 0: until it stops")),
    NUMBER(SCHEMA_FLOW, "think", struct scenario_flow, flow.think, "ns", 0, TIME_MAX, "0 s", N_("request: between an answer and the next request")),
    NUMBER(SCHEMA_FLOW, "rate", struct scenario_flow, flow.rate, "bit/s", 1, RATE_MAX, "5 Mbit/s", N_("video, datagram")),
    NUMBER(SCHEMA_FLOW, "interval", struct scenario_flow, flow.interval, "ns", TERN_US, TIME_MAX, NULL, N_("video (without: 2 s), thin (without: 100 ms)")),
    NUMBER(SCHEMA_FLOW, "on", struct scenario_flow, flow.on, "ns", 0, TIME_MAX, "0 s", N_("datagram: it sends so long; 0: always")),
    NUMBER(SCHEMA_FLOW, "off", struct scenario_flow, flow.off, "ns", 0, TIME_MAX, "0 s", N_("datagram: then it is silent so long")),
    FLAG(SCHEMA_FLOW, "each_anew", struct scenario_flow, flow.each_anew, N_("request: a connection for each")),
    WORD(SCHEMA_FLOW, "cc", SCHEMA_CC, struct scenario_flow, flow.cc, false, N_("congestion control of the sender; without: its host's")),
    FLAG(SCHEMA_FLOW, "nodelay", struct scenario_flow, flow.nodelay, N_("Nagle's algorithm is off")),
    FLAG(SCHEMA_FLOW, "cork", struct scenario_flow, flow.cork, N_("the sender's connection is corked: full segments only, for 200 ms")),
    NUMBER(SCHEMA_FLOW, "tos", struct scenario_flow, flow.tos, "", 0, 252, "0", N_("the byte of DSCP; its two ECN bits 0")),
    NUMBER(SCHEMA_FLOW, "read_rate", struct scenario_flow, flow.read_rate, "bit/s", 0, RATE_MAX, "0", N_("at which the receiving application reads; 0: at once")),
    NUMBER(SCHEMA_FLOW, "read_pause_from", struct scenario_flow, flow.read_pause[0], "ns", 0, TIME_MAX, "0 s", N_("it does not read from then")),
    NUMBER(SCHEMA_FLOW, "read_pause_to", struct scenario_flow, flow.read_pause[1], "ns", 0, TIME_MAX, "0 s", N_("to then")),
    NUMBER(SCHEMA_FLOW, "write_size", struct scenario_flow, flow.write_size, "bytes", 0, 1 << 20, "0", N_("bytes given to the stack at once; 0: as many as it takes")),
    NUMBER(SCHEMA_FLOW, "copies", struct scenario_flow, copies, "", 1, 1000, "1", N_("so many of it: NAME-1, NAME-2, ...")),
    NUMBER(SCHEMA_FLOW, "stagger", struct scenario_flow, stagger, "ns", 0, TIME_MAX, "0 s", N_("each copy starts so much later")),

    {SCHEMA_EXPECT, "figure", SCHEMA_FIGURE, true, offsetof(struct scenario_expect, figure), 0, 0, SCHEMA_NONE, NULL, 0, 0, NULL, NULL, N_("which; the list is below")},
    WORD(SCHEMA_EXPECT, "flow", SCHEMA_NAME, struct scenario_expect, flow, false, N_("of which flow")),
    WORD(SCHEMA_EXPECT, "link", SCHEMA_NAME, struct scenario_expect, link, false, N_("of which link; NAME.back: its other direction")),
    WORD(SCHEMA_EXPECT, "over", SCHEMA_NAME, struct scenario_expect, over, false, N_("as a share of the same figure of this flow or link")),
    WORD(SCHEMA_EXPECT, "than", SCHEMA_NAME, struct scenario_expect, than, false, N_("as a share of the same figure in this control")),
    WORD(SCHEMA_EXPECT, "range", SCHEMA_TEXT, struct scenario_expect, range, true, N_("\"A .. B\", \">= A\" or \"<= B\"; a share in %")),
    WORD(SCHEMA_EXPECT, "why", SCHEMA_TEXT, struct scenario_expect, why, false, N_("the reason, for a reader")),

    WORD(SCHEMA_CONTROL, "name", SCHEMA_NAME, struct scenario_control, name, true, N_("what it is called")),
    WORD(SCHEMA_CONTROL, "why", SCHEMA_TEXT, struct scenario_control, why, false, N_("what is different, for a reader")),
    FLAG(SCHEMA_CONTROL, "goes_wrong", struct scenario_control, goes_wrong, N_("a connection fails, does not end, or carries a wrong byte: that is what it shows")),
    WORD(SCHEMA_CONTROL, "set", SCHEMA_SET, struct scenario_control, set, true, N_("keys and their values, as --set has them: { \"stack.cc\" = \"newreno\" }")),
};
/* clang-format on */

const size_t schema_row_n = sizeof schema_rows / sizeof schema_rows[0];

const struct schema_info schema_tables[SCHEMA_TABLE_N] = {
    [SCHEMA_ROOT] = {"", sizeof(struct scenario), SIZE_MAX, N_("At the top of the document")},
    [SCHEMA_STACK] = {"[stack]", sizeof(struct scenario_host), offsetof(struct scenario_host, at), N_("The TCP of every host")},
    [SCHEMA_HOST] = {"[[host]]", sizeof(struct scenario_host), offsetof(struct scenario_host, at), N_("One host")},
    [SCHEMA_LINK] = {"[bottleneck], [access], [[link]]", sizeof(struct scenario_link), offsetof(struct scenario_link, at),
                     N_("Links: these keys, and those of a direction below, which are then of both directions")},
    [SCHEMA_LANE] = {"[bottleneck.back], [access.back], [link.back]", sizeof(struct lane_config), SIZE_MAX,
                     N_("A direction of a link")},
    [SCHEMA_QUEUE] = {"[bottleneck.queue]", sizeof(struct queue_config), SIZE_MAX, N_("The queue of a direction")},
    [SCHEMA_BURST] = {"[bottleneck.burst]", sizeof(struct burst_config), SIZE_MAX, N_("Losses in bursts")},
    [SCHEMA_POLICER] = {"[bottleneck.policer]", sizeof(struct policer_config), SIZE_MAX, N_("A policer")},
    [SCHEMA_RATES] = {"[[bottleneck.rates]]", sizeof(struct capacity_step), SIZE_MAX,
                      N_("A rate that changes, in the order of time")},
    [SCHEMA_MTUS] = {"[[bottleneck.mtus]]", sizeof(struct lane_mtu_step), SIZE_MAX,
                     N_("An MTU that changes, in the order of time")},
    [SCHEMA_OUTAGES] = {"[[bottleneck.outage]]", sizeof(struct lane_outage), SIZE_MAX, N_("Outages, in the order of time")},
    [SCHEMA_FAULTS] = {"[[bottleneck.fault]]", sizeof(struct lane_fault), SIZE_MAX, N_("Given damage, in the order of packets")},
    [SCHEMA_FLOW] = {"[[flow]]", sizeof(struct scenario_flow), offsetof(struct scenario_flow, at), N_("A flow")},
    [SCHEMA_EXPECT] = {"[[expect]]", sizeof(struct scenario_expect), offsetof(struct scenario_expect, at),
                       N_("What must come out")},
    [SCHEMA_CONTROL] = {"[[control]]", sizeof(struct scenario_control), offsetof(struct scenario_control, at),
                        N_("A control: the same scenario with a mechanism switched off or swapped")},
};
