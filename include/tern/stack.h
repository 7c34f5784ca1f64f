/* A stack: many connections, listeners, interfaces, one thread.
 *
 * The caller moves packets and time:
 *
 *     tern_stack_input(stack, ifi, now, buf)      a packet came
 *     tern_stack_expire(stack, now)               time has passed: call by tern_stack_next_expiry()
 *     tern_stack_next_event(stack, &ev)           what happened that the application should look at
 *     tern_stack_output(stack, ifi, now, pkts, n) packets to send: call until it returns less than |n|
 *
 * The stack never calls back. */
#ifndef TERN_STACK_H
#define TERN_STACK_H

#include <tern/packet.h>
#include <tern/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tern_stack;
struct tern_conn;
struct tern_listener;

/* Settings of a stack: name, default, least, most, unit, what it is. All are uint64_t members of struct tern_settings. */
#define TERN_SETTINGS(X)                                                                                                         \
    X(msl, 30 * TERN_SEC, 0, 120 * TERN_SEC, "ns", "maximum segment lifetime; TIME-WAIT lasts twice that (RFC 9293 3.4.2)")      \
    X(rto_min, 200 * TERN_MS, TERN_MS, 60 * TERN_SEC, "ns", "least retransmission timeout (RFC 6298 2.4 says 1 s)")              \
    X(rto_min_var, 1, 0, 1, "bool", "rto_min is the least of what 4 RTTVAR add to SRTT: as Linux. 0: of the sum")                \
    X(rto_initial, TERN_SEC, TERN_MS, 60 * TERN_SEC, "ns", "retransmission timeout before a measurement (RFC 6298 2.1)")         \
    X(rto_slop, 0, 0, 10 * TERN_SEC, "ns", "added to each retransmission timeout but that of a first SYN")                       \
    X(rto_max, 120 * TERN_SEC, TERN_SEC, 3600 * TERN_SEC, "ns", "largest retransmission timeout (RFC 6298 2.5)")                 \
    X(r1, 3, 1, 255, "retransmissions", "after which the path is taken for bad (RFC 9293 3.8.3)")                                \
    X(r2, 924 * TERN_SEC, TERN_SEC, 86400 * TERN_SEC, "ns", "after which a connection is given up (RFC 9293 3.8.3: >= 100 s)")   \
    X(r2_syn, 180 * TERN_SEC, TERN_SEC, 86400 * TERN_SEC, "ns", "after which an active open is given up (MUST-23: >= 180 s)")    \
    X(syn_retries, 0, 0, 127, "retransmissions", "of a SYN, after which an active open is given up; 0: r2_syn decides")          \
    X(synack_retries, 5, 0, 254, "retransmissions", "of a SYN,ACK")                                                              \
    X(delack, 40 * TERN_MS, 0, 499 * TERN_MS, "ns", "delayed acknowledgement (RFC 9293 3.8.6.3: below 500 ms)")                  \
    X(sack_delay, TERN_MS, 0, 499 * TERN_MS, "ns",                                                                               \
      "that an acknowledgement of more behind a known hole waits at most, and for a twentieth of the round trip: as Linux. "     \
      "0: each leaves at once (RFC 5681 4.2)")                                                                                   \
    X(sws_override, 200 * TERN_MS, 100 * TERN_MS, TERN_SEC, "ns", "override timeout of SWS avoidance (RFC 9293 3.8.6.2.1)")      \
    X(fin_wait_2, 60 * TERN_SEC, 0, 86400 * TERN_SEC, "ns", "FIN-WAIT-2 after the application has gone; 0: without end")         \
    X(probe_empty, 0, 0, 1, "bool", "a zero window is probed by an old number without data: as Linux. 0: by the next byte")      \
    X(orphan_probes, 8, 1, 255, "probes", "of a zero window before an orphan is given up (RFC 9293 3.8.6.1)")                    \
    X(orphan_max, 65536, 0, UINT32_MAX, "connections",                                                                           \
      "whose applications have gone; beyond, and while memory is short (memory_high), the oldest is reset")                      \
    X(orphan_time, 3600 * TERN_SEC, 0, 86400 * TERN_SEC, "ns",                                                                   \
      "that an orphan has for its data, however slowly its peer takes it; 0: without end")                                       \
    X(shut_probes, 8, 0, 255, "probes",                                                                                          \
      "of a zero window before a connection is given up while memory is short (memory_high; RFC 6429 4); 0: never")              \
    X(keepalive_idle, 7200 * TERN_SEC, TERN_SEC, 864000 * TERN_SEC, "ns", "default idle time (RFC 9293 3.8.4: >= 2 h)")          \
    X(keepalive_interval, 75 * TERN_SEC, TERN_MS, 86400 * TERN_SEC, "ns", "default time between probes")                         \
    X(keepalive_count, 9, 1, 255, "probes", "unanswered, after which the peer is taken for dead")                                \
    X(send_buffer, 128 << 10, 2048, 1 << 30, "bytes", "limit of a connection's send buffer at the beginning")                    \
    X(send_whole, 0, 0, 65536, "bytes",                                                                                          \
      "that a super-segment costs a send buffer, which then takes whole ones: as Linux. 0: just data")                           \
    X(send_buffer_max, 4 << 20, 0, 1 << 30, "bytes",                                                                             \
      "up to which a send buffer grows with the congestion window, as Linux; 0: it does not")                                    \
    X(receive_buffer, 128 << 10, 2048, 1 << 30, "bytes", "limit of a connection's receive buffer at the beginning")              \
    X(receive_buffer_max, 6 << 20, 0, UINT32_MAX, "bytes",                                                                       \
      "up to which it grows, and the window scale is chosen for; 0: it does not")                                                \
    X(receive_tuning, 1, 0, 1, "bool", "up to receive_buffer_max a receive buffer grows with what is read in a round trip")      \
    X(memory_low, 50, 1, 100, "%", "of the stack's memory in use, from where on no buffer grows")                                \
    X(memory_high, 75, 1, 100, "%",                                                                                              \
      "from where on a connection may queue 1/32 of what is left (at least 2 KiB), TIME-WAIT is skipped, and data out of "       \
      "order, idle and large first, and the oldest orphans are given up")                                                        \
    X(receive_segments, 0, 0, 1, "bool", "a receive buffer is rounded up to whole segments when the MSS is known")               \
    X(receive_overhead, 0, 0, 31, "shift", "1/2^n of a receive buffer is not offered as window; 0: all is")                      \
    X(receive_exact, 0, 0, 1, "bool",                                                                                            \
      "every ACK offers all the free buffer, or none: as FreeBSD. 0: by whole segments (SHLD-14)")                               \
    X(ack_second, 0, 0, 1, "bool", "every second segment is acknowledged at once, however small: as FreeBSD")                    \
    X(quick_acks, 16, 0, 16, "segments", "of a new connection acknowledged at once: the peer is in slow start")                  \
    X(quick_least, 536, 0, 65535, "bytes", "that a segment must have for it: a request that waits for its answer has fewer")     \
    X(notsent_lowat, UINT32_MAX, 1, UINT32_MAX, "bytes", "not yet sent, from which on a connection takes no more")               \
    X(congestion, 0, 0, 4, "algorithm", "default congestion control. 0: cubic. 1: newreno. 2: bbr. 3: dctcp. 4: fixed")          \
    X(hystart, 1, 0, 2, "mode",                                                                                                  \
      "slow start ends before it overshoots. 0: no. 1: cubic's and newreno's by RFC 9406 (HyStart++). 2: cubic's, as by Linux")  \
    X(hystart_detect, 3, 0, 3, "bits", "Linux's, of hystart 2. 1: by the length of trains of ACKs. 2: by the delay of a round")  \
    X(cubic_linux, 0, 0, 1, "bool",                                                                                              \
      "cubic as Linux: counts whole segments, looks ahead by the least RTT (RFC 9438 4.2: this one), "                           \
      "and grows by a twentieth an RTT while w_max is not known")                                                                \
    X(cubic_friendly, 1, 0, 1, "bool", "cubic has no less than Reno would have (RFC 9438 4.3)")                                  \
    X(cubic_convergence, 1, 0, 1, "bool",                                                                                        \
      "cubic that loses again below its last maximum leaves room to others: fast convergence (RFC 9438 4.7)")                    \
    X(bbr_any_loss, 0, 0, 1, "bool",                                                                                             \
      "bbr takes loss for a full path as its draft does. 0: only what is more than chance: over 2 %, of several segments, and "  \
      "in Startup only once the rate grows no more; and what a probe lost is no reason to send less after it")                   \
    X(bbr_rounds, 1, 0, 1, "bool",                                                                                               \
      "where packets overtake others bbr measures the rate over three round trips together, and forgets what was the least "     \
      "round trip before it saw that. 0: over each one, and does not (its draft)")                                               \
    X(bbr_rtt_near, 6, 0, 50, "%",                                                                                               \
      "a round trip at most so much longer than bbr's least one confirms it: ProbeRTT every 10 s; the whole rate "               \
      "where it shows no queue. 0: every 5 s, 99 % of it (its draft)")                                                           \
    X(ssthresh_cwnd, 0, 0, 1, "bool",                                                                                            \
      "ssthresh is a part of cwnd: as Linux. 0: of what is in flight (RFC 5681 3.1, RFC 9438 4.6)")                              \
    X(abc_limit, 0, 0, 255, "segments",                                                                                          \
      "that an ACK adds to cwnd in slow start (RFC 3465's L); 0: all that it acknowledges, as for paced senders (RFC 9406)")     \
    X(pacing, 2, 0, 3, "mode",                                                                                                   \
      "data leaves evenly. 0: never. 1: when the algorithm names a rate, as bbr. 2: and by cwnd and RTT while a queue "          \
      "stands: each packet of a round trip took an eighth longer than the least. 3: always")                                     \
    X(pacing_slow_start, 200, 100, 1000, "%", "of cwnd that a round trip lets go in slow start, where cwnd and RTT pace")        \
    X(pacing_avoidance, 120, 100, 1000, "%", "and beyond it")                                                                    \
    X(pacing_burst, 500 * TERN_US, TERN_US, 100 * TERN_MS, "ns",                                                                 \
      "of data that may leave at once, where cwnd and RTT pace, or the application")                                             \
    X(initial_window, 10, 1, 255, "segments", "initial congestion window (RFC 6928)")                                            \
    X(fixed_window, 1 << 30, 1 << 16, 1 << 30, "bytes", "congestion window of the algorithm fixed, which never changes it")      \
    X(burst_segments, 0, 0, 255, "segments", "of one super-segment, and half of the congestion window; 0: as the link takes")    \
    X(burst_push, 0, 0, 1, "bool", "PSH on each super-segment, as Linux; 0: on the end of what is queued alone (SHLD-27)")       \
    X(nagle_small, 0, 0, 1, "bool", "Nagle waits for a small segment alone: as Linux (Minshall). 0: for all that is out")        \
    X(dup_counted, 0, 0, 1, "bool", "data that duplicate acknowledgements told of does not grow the window later: as Linux")     \
    X(slow_start_half, 0, 0, 1, "bool",                                                                                          \
      "slow start grows a window of which half was used: as Linux (RFC 7661 4.3). 0: all of it")                                 \
    X(prr, 1, 0, 2, "mode",                                                                                                      \
      "the window in fast recovery. 0: ssthresh at once (RFC 6675). 1: PRR (RFC 9937). 2: rate halving, a segment for two that " \
      "arrive: as Linux before 3.2")                                                                                             \
    X(prr_ecn, 0, 0, 1, "bool",                                                                                                  \
      "after ECE the window goes down to ssthresh by PRR (RFC 9937): as Linux. 0: at once (RFC 3168 6.1.2)")                     \
    X(restart_idle, 1, 0, 1, "bool", "slow start again after an idle RTO (RFC 5681 4.1)")                                        \
    X(cwnd_validation, 1, 0, 1, "bool",                                                                                          \
      "a window that is not used is not relied on: a loss answers to what was, five minutes halve it (RFC 7661). 0: it is")      \
    X(dup_threshold, 3, 1, 255, "segments", "duplicate acknowledgements that show a loss (RFC 5681 3.2)")                        \
    X(reordering_max, 300, 1, 65535, "segments", "to which dup_threshold grows on a path that reorders (RFC 8985 6.2 step 3)")   \
    X(rack, 1, 0, 7, "bits",                                                                                                     \
      "RFC 8985, Linux's bits. 1: losses are found by time. 2: the reordering window is fixed. 4: duplicates do not close it")   \
    X(tlp, 1, 0, 1, "bool", "tail loss probes (RFC 8985 7)")                                                                     \
    X(frto, 1, 0, 1, "bool", "after a timeout it is found out whether it was spurious (RFC 5682)")                               \
    X(timestamps, 1, 0, 1, "bool", "RFC 7323 timestamps offered")                                                                \
    X(timestamps_needed, 1, 0, 1, "bool", "once agreed on, a segment without timestamps is dropped (RFC 7323 3.2)")              \
    X(mss_of_path, 0, 0, 2, "mode",                                                                                              \
      "the MSS option follows the path's MTU. 0: no (RFC 9293 3.7.1: the interface's). 1: as Linux. 2: IPv6 only, as FreeBSD")   \
    X(window_scaling, 1, 0, 1, "bool", "RFC 7323 window scaling offered")                                                        \
    X(ecn, 2, 0, 5, "mode",                                                                                                      \
      "ECN, Linux's values. 0: off. 1: RFC 3168, asked for and accepted. 2: accepted. 3 to 5: AccECN (RFC 9768) is accepted, "   \
      "and asked for is 3: AccECN, 4: RFC 3168, 5: nothing")                                                                     \
    X(ecn_syns, 1, 0, 255, "SYNs",                                                                                               \
      "that ask for ECN before one does not (RFC 3168 6.1.1.1), for AccECN one more (RFC 9768 3.1.4); 0: all")                   \
    X(ecn_option, 2, 0, 3, "mode",                                                                                               \
      "the AccECN option is sent. 0: never. 1: on changes. 2: when a counter has moved. 3: the same, and whatever the path "     \
      "does")                                                                                                                    \
    X(ecn_option_beacon, 3, 0, 255, "times", "a round trip that it is sent at least, once a counter has moved (mode 2 and 3)")   \
    X(ecn_control, 0, 0, 1, "bool",                                                                                              \
      "ECN++: SYNs, pure ACKs, probes, FINs, RSTs, what is sent again are ECN-capable (draft-ietf-tcpm-generalized-ecn)")        \
    X(fastopen, 3, 0, 0x607, "bits",                                                                                             \
      "RFC 7413, Linux's bits. 1: client. 2: server. 4: client needs no cookie. 0x200: server neither. 0x400: every listener")   \
    X(fastopen_key_life, 86400 * TERN_SEC, 0, 86400 * 365 * TERN_SEC, "ns",                                                      \
      "after which the keys of Fast Open cookies change by themselves (RFC 7413 4.1.2), unless the caller set some; 0: never")   \
    X(fastopen_blackhole_timeout, 3600 * TERN_SEC, 0, 86400 * TERN_SEC, "ns",                                                    \
      "no Fast Open for so long when SYNs with data vanish, doubled each time; 0: it goes on")                                   \
    X(fastopen_refused, 900 * TERN_SEC, 0, 86400 * TERN_SEC, "ns",                                                               \
      "no Fast Open for so long with a server that refused it (RFC 7413 4.1.3.1; FreeBSD's time); 0: tried on, as by Linux")     \
    X(sack, 1, 0, 1, "bool", "RFC 2018 SACK offered")                                                                            \
    X(dsack, 1, 0, 1, "bool", "duplicates are reported by SACK (RFC 2883)")                                                      \
    X(syn_layout, 0, 0, 2, "layout", "order and padding of options. 0: own. 1: as Linux. 2: as FreeBSD")                         \
    X(syn_crossed, 0, 0, 1, "bool",                                                                                              \
      "a SYN that crosses ours: its data is dropped, its repetition told by DSACK: as Linux. 0: kept (RFC 9293 3.10.7.3)")       \
    X(synack_more, 12, 4, 40, "bytes",                                                                                           \
      "that a SYN,ACK may be longer than its SYN: more than 4 only for what the SYN asked for (AccECN's option, a cookie)")      \
    X(syn_plain, 0, 0, 127, "retransmissions", "of a SYN, from which on it has no options but the MSS; 0: never")                \
    X(ooo_ranges, 32768, 1, 1 << 20, "ranges", "out of order that a connection keeps")                                           \
    X(challenge_n, 10, 1, UINT16_MAX, "segments", "challenge ACKs of a connection in challenge_period (RFC 5961 7)")             \
    X(challenge_period, 5 * TERN_SEC, TERN_MS, 3600 * TERN_SEC, "ns", "see challenge_n")                                         \
    X(rfc5961_rst, 1, 0, 1, "bool", "a RST must hit RCV.NXT (RFC 5961 3.2); 0: the window (RFC 793)")                            \
    X(rfc5961_syn, 1, 0, 1, "bool", "a SYN in the window is challenged (RFC 5961 4.2); 0: the connection is reset (RFC 793)")    \
    X(drop_syn_fin, 1, 0, 2, "mode", "SYN with FIN. 0: its FIN is not looked at in LISTEN. 1: dropped there. 2: in every state") \
    X(icmp_abort, 1, 0, 3, "mode",                                                                                               \
      "ICMP errors that end an opening. 0: none. 1: hard ones (SHLD-26). 2: and prohibited, time exceeded. 3: all")              \
    X(ao_unmatched, 0, 0, 1, "bool",                                                                                             \
      "what has TCP-AO where there is no key is dropped: as Linux. 0: taken, as RFC 5925 7.3 has it")                            \
    X(closing_reset, 0, 0, 1, "bool",                                                                                            \
      "a RST in CLOSING or LAST-ACK is told to the application: as POSIX systems (RFC 9293 3.10.7.4: no)")                       \
    X(bsd_errors, 0, 0, 1, "bool",                                                                                               \
      "a socket tells ECONNRESET in CLOSE-WAIT, and ICMP's advice only at the end: as BSD. 0: EPIPE, and SO_ERROR: as Linux")    \
    X(listen_quiet, 0, 0, 1, "bool", "no answer in LISTEN to a SYN,ACK: as FreeBSD (RFC 9293 3.10.7.2 second: a RST)")           \
    X(fin_again, 0, 0, 1, "bool", "the ACK of a FIN in FIN-WAIT-1 repeats ours: as FreeBSD")                                     \
    X(fin_ack_again, 0, 0, 1, "bool",                                                                                            \
      "a repeated FIN's ACK is taken up: as FreeBSD (RFC 9293 3.10.7.4 first: answered and dropped)")                            \
    X(time_wait_quiet, 0, 0, 1, "bool",                                                                                          \
      "no answer in TIME-WAIT to what has no ACK: as FreeBSD (RFC 9293 3.10.7.4 first: an ACK)")                                 \
    X(rfc1337, 1, 0, 1, "bool", "ignore RSTs in TIME-WAIT (RFC 1337; RFC 9293 3.10.7.4 deletes)")                                \
    X(abort_time_wait, 0, 0, 1, "bool", "an aborted connection rests in TIME-WAIT (RFC 9293 figure 5, note 3)")                  \
    X(silent, 0, 0, 2, "mode", "closed ports. 0: answer RST. 1: do not answer. 2: do not answer a SYN")                          \
    X(source_route, 0, 0, 1, "bool", "accept IPv4 source routes, and answer by them (RFC 9293 MUST-51 to 53)")                   \
    X(answer_rate, 1000, 1, UINT32_MAX, "packets/s", "RSTs without a connection and ICMP answers")                               \
    X(answer_rate_source, 100, 1, UINT32_MAX, "packets/s", "of them to one IPv4 address, or one /64 of IPv6")                    \
    X(pmtu_age, 600 * TERN_SEC, TERN_SEC, 86400 * TERN_SEC, "ns", "after which a smaller path MTU is forgotten (RFC 8201 4)")    \
    X(mtu_probing, 1, 0, 2, "mode",                                                                                              \
      "the path's MTU is searched for by longer segments (RFC 4821). 0: no. 1: after r1 timeouts, a black hole. 2: always")      \
    X(mtu_base_mss, 1024, 48, 65483, "bytes", "of payload that such a search takes to pass, and begins with")                    \
    X(mtu_least_mss, 512, 48, 65483, "bytes",                                                                                    \
      "of payload below which no black hole makes segments shorter: then it is none, and they are as before")                    \
    X(mtu_probe_interval, 600 * TERN_SEC, TERN_SEC, 86400 * TERN_SEC, "ns", "after which a search that has ended begins anew")   \
    X(mtu_probe_threshold, 8, 1, 65535, "bytes", "with less left to find a search has ended")                                    \
    X(port_min, 32768, 1, 65535, "port", "first ephemeral port")                                                                 \
    X(port_max, 60999, 1, 65535, "port", "last ephemeral port")                                                                  \
    X(syn_cookies, 1, 0, 2, "mode",                                                                                              \
      "SYN cookies (RFC 4987 3.6), Linux's values. 0: none. 1: while the half-open queue is full. 2: always")                    \
    X(half_open_max, 1 << 20, 1, 1 << 30, "connections", "half-open connections of all listeners")                               \
    X(half_open_evict, 1, 0, 1, "bool",                                                                                          \
      "a SYN that finds the half-open queue full, and gets no cookie, takes the oldest one's place (RFC 4987 3.4). 0: dropped")  \
    X(time_wait_max, 1 << 20, 0, 1 << 30, "connections", "in TIME-WAIT; beyond, a connection skips it")                          \
    X(ttl, 64, 1, 255, "hops", "default TTL and hop limit")                                                                      \
    X(fixed_isn, 0, 0, UINT64_C(1) << 32, "number+1", "for tests: every ISS is this - 1, but those of SYN cookies; 0: RFC 6528")

struct tern_settings {
#define X(name, def, min, max, unit, text) uint64_t name;
    TERN_SETTINGS(X)
#undef X
};

enum {
#define X(name, def, min, max, unit, text) +1
    TERN_SETTING_N = 0 TERN_SETTINGS(X)
#undef X
};

struct tern_setting_info {
    const char *name, *unit, *text;
    uint64_t def, min, max;
    size_t offset; /* in struct tern_settings */
};

TERN_API void tern_settings_default(struct tern_settings *s);
/* Row |i| of the table, NULL beyond its end. */
TERN_API const struct tern_setting_info *tern_setting_info(size_t i);
/* The row of that name; NULL: there is none. */
TERN_API const struct tern_setting_info *tern_setting_find(const char *name);
/* Some settings' numbers have names: "bbr" is 2 of congestion, "on" 1 of whatever is on or off. The name of |value|, by its
 * length in |len|: it ends at a space, a slash or the end; NULL: it has none. */
TERN_API const char *tern_setting_name(const struct tern_setting_info *row, uint64_t value, size_t *len);
/* The number of a name. TERN_ERR_INVAL: the setting has no such name. */
TERN_API int tern_setting_number(const struct tern_setting_info *row, const char *name, uint64_t *value);
/* Sets a setting by name. TERN_ERR_INVAL: no such name, or the value is out of its range. */
TERN_API int tern_settings_set(struct tern_settings *s, const char *name, uint64_t value);
/* The value of the setting of |row|, which is one of the table's; in the row's unit, and as it was put there, out of its range
 * too. */
TERN_API uint64_t tern_settings_get(const struct tern_settings *s, const struct tern_setting_info *row);

/* Settings that contradict each other: |low| may not be above |high|. */
struct tern_setting_pair {
    const char *low, *high;
    bool off; /* but it may be when |high| is 0, which means that there is none */
};
TERN_API const struct tern_setting_pair *tern_setting_pair(size_t i); /* NULL beyond the end */
/* Whether they can be used together, as tern_stack_new() asks. TERN_ERR_INVAL: |wrong| (unless it is NULL) has the name of one
 * that is out of its range, and NULL, or those of two of which the first is above the second. */
TERN_API int tern_settings_check(const struct tern_settings *s, const char *wrong[2]);

/* The kernels' names of settings ("net.ipv4.tcp_rmem", "net.inet.tcp.recvspace"): a row of the table. */
struct tern_sysctl_info {
    const char *name;
    const char *setting; /* tern's, or two; NULL: tern has one behaviour only */
    const char *values;  /* "theirs:ours ...", or, without setting, what may be asked for; "*": anything; NULL: numbers */
    const char *text;    /* what else is to be known */
};
TERN_API const struct tern_sysctl_info *tern_sysctl_info(size_t i);         /* NULL beyond the end */
TERN_API const struct tern_sysctl_info *tern_sysctl_find(const char *name); /* NULL: no such name */
/* Sets by a kernel's name (slashes may stand for its dots) with the kernel's value, or by tern's own with a number or its name.
 * TERN_ERR_INVAL: no such name, or the value cannot be; TERN_ERR_UNSUPPORTED: the kernel would do something that tern does not.
 */
TERN_API int tern_sysctl_set(struct tern_settings *s, const char *name, const char *value);

/* Profiles: "rfc", "linux", "freebsd". A row of the table: what one of them sets. */
struct tern_profile_row {
    const char *profile, *name, *value; /* as for tern_sysctl_set() */
};
TERN_API const struct tern_profile_row *tern_profile_row(size_t i); /* NULL beyond the end */
/* The defaults, and over them the profile's rows. TERN_ERR_INVAL: no such profile. */
TERN_API int tern_profile_set(struct tern_settings *s, const char *profile);

struct tern_stack_config {
    const struct tern_alloc *alloc;       /* copied; tern_alloc_libc for the C library's */
    size_t memory_cap;                    /* bytes that the stack may hold at most; 0: 1 GiB */
    uint8_t secret[16];                   /* from a good source of randomness: ISNs, ports, timestamps, hashes hang on it */
    tern_ns now;                          /* the first time */
    const struct tern_settings *settings; /* copied; NULL: the defaults */
    const char *cc;                       /* default congestion control; NULL: by the setting */
};

/* Returns NULL when the settings cannot be used (tern_settings_check() says why), |cc| is unknown or memory is refused. */
TERN_API struct tern_stack *tern_stack_new(const struct tern_stack_config *config);

/* Frees everything, connections and listeners that the application still holds included; nothing is sent. Buffers that the
 * caller took from the stack's pool must be back. */
TERN_API void tern_stack_free(struct tern_stack *s);

/* The pool from which buffers for tern_stack_input() come. */
TERN_API struct tern_pool *tern_stack_pool(struct tern_stack *s);
TERN_API const struct tern_settings *tern_stack_settings(const struct tern_stack *s);
/* Other settings from now on: for new connections, and for what a living one looks up when it needs it. TERN_ERR_INVAL: they
 * cannot be used (tern_settings_check()), and nothing has changed. */
TERN_API int tern_stack_settings_set(struct tern_stack *s, const struct tern_settings *set);

/* Events go into |trace| from now on; NULL: none. The trace stays the caller's and must outlive its use here. */
TERN_API void tern_stack_trace(struct tern_stack *s, struct tern_trace *trace);
TERN_API struct tern_trace *tern_stack_trace_get(const struct tern_stack *s); /* NULL: none */

/* ---- interfaces ---- */

#define TERN_IF_MAX       16
#define TERN_IF_ADDRS_MAX 8

struct tern_if_config {
    uint32_t mtu;     /* 576 (with IPv6 addresses 1280) .. 65535 */
    uint32_t gso_max; /* largest packet that the link cuts into segments itself; 0: it does not */
    struct tern_addr addr[TERN_IF_ADDRS_MAX];
    uint8_t prefix_len[TERN_IF_ADDRS_MAX]; /* in bits of the address's own family */
    size_t addr_n;
    bool any; /* take packets to every address: listeners with |any| decide (gateways, VPNs, sandboxes) */
};

/* Returns the interface's index, or TERN_ERR_INVAL, or TERN_ERR_NOMEM when there are TERN_IF_MAX. A packet leaves by the
 * interface whose prefix matches its destination longest, else by the first one. */
TERN_API int tern_stack_add_if(struct tern_stack *s, const struct tern_if_config *config);

/* ---- packets and time ---- */

enum tern_input {
    TERN_INPUT_TAKEN = 0,  /* for this stack; |buf| is the stack's now */
    TERN_INPUT_FOREIGN = 1 /* neither TCP nor ICMP for an address of ours, or no such address: |buf| is handed back untouched */
};

/* A packet came in by interface |ifi|. Takes over the caller's reference on |buf| unless it returns TERN_INPUT_FOREIGN. Bad
 * packets are counted (tern_stack_counters), never errors. */
TERN_API enum tern_input tern_stack_input(struct tern_stack *s, int ifi, tern_ns now, struct tern_buf *buf);

/* Up to |n| packets that interface |ifi| should send now; returns their number. Their slices are valid until the next call to the
 * stack. Ask until fewer than |n| come. Connections take turns, one (super-)segment each. */
TERN_API int tern_stack_output(struct tern_stack *s, int ifi, tern_ns now, struct tern_pkt *pkts, int n);

/* Not later than the next deadline; TERN_NEVER: there is none. */
TERN_API tern_ns tern_stack_next_expiry(const struct tern_stack *s);
TERN_API void tern_stack_expire(struct tern_stack *s, tern_ns now);

/* ---- what happened ---- */

/* Bits of an event; those of a connection stay set until tern_conn_events() takes them. */
enum {
    TERN_CONNECTED = 1u << 0,   /* ESTABLISHED */
    TERN_READABLE = 1u << 1,    /* data arrived */
    TERN_WRITABLE = 1u << 2,    /* the send buffer, full before, has room */
    TERN_PEER_CLOSED = 1u << 3, /* the peer's FIN: after the data, tern_conn_recv() returns 0 */
    TERN_ERROR = 1u << 4,       /* tern_conn_error() says which; the connection is over */
    TERN_FINISHED = 1u << 5,    /* both directions are closed and acknowledged (TIME-WAIT, or gone) */
    TERN_URGENT = 1u << 6,      /* the urgent mark moved */
    TERN_SENT = 1u << 7,        /* after tern_conn_send_static(): all is acknowledged, the memory is the caller's to change */
    TERN_SOFT_ERROR = 1u << 8,  /* advice: an ICMP soft error, or R1 reached; the connection goes on */
    TERN_ACCEPTABLE = 1u << 9,  /* listeners: tern_listener_accept() has something */
    TERN_SYN_HELD = 1u << 10    /* listeners: tern_listener_held() has something */
};

struct tern_ready {
    uint32_t events;        /* new bits */
    struct tern_conn *conn; /* one of the two is not NULL */
    struct tern_listener *listener;
};

/* The next connection or listener with something new; false when there is none. Its event bits are taken by this. */
TERN_API bool tern_stack_next_event(struct tern_stack *s, struct tern_ready *out);

/* ---- listeners ---- */

struct tern_listen_config {
    struct tern_endpoint local;  /* address all zero: every address of the stack. Port 0: an ephemeral one is chosen */
    struct tern_endpoint remote; /* a fully specified passive OPEN takes this peer only; all zero: anybody */
    uint32_t backlog;            /* accept queue, and the same number of half-open connections; 0: 128 */
    bool any;     /* every address and every port that nothing else listens on (with tern_if_config.any: foreign addresses too) */
    bool hold;    /* each SYN waits for tern_held_accept(), _reset() or _drop() */
    bool v6only;  /* with the address all zero: IPv6 only */
    bool share;   /* others that say so may listen at the same place: the pair's hash decides who gets a SYN */
    bool foreign; /* the address need not be one of the stack's */
    void *user;   /* for the caller */
};

/* Errors: TERN_ERR_ADDRINUSE, _ADDRNOTAVAIL, _INVAL, _NOMEM. */
TERN_API int tern_stack_listen(struct tern_stack *s, const struct tern_listen_config *config, struct tern_listener **out);
TERN_API struct tern_endpoint tern_listener_local(const struct tern_listener *l);
TERN_API void *tern_listener_user(const struct tern_listener *l);

/* The next established connection, now the caller's, or NULL. */
TERN_API struct tern_conn *tern_listener_accept(struct tern_listener *l);

/* SEND in LISTEN (RFC 9293 3.10.2): the passive OPEN becomes an active one to |remote| with |buf| as its first data, and the
 * listener is closed. Errors as tern_stack_connect(); then the listener stays. */
TERN_API int tern_listener_send(struct tern_listener *l, const struct tern_endpoint *remote, const void *buf, size_t len,
                                struct tern_conn **out);

/* CLOSE in LISTEN. Half-open connections are forgotten, those in the accept queue are reset. */
TERN_API void tern_listener_close(struct tern_listener *l);

struct tern_listener_info {
    struct tern_endpoint local;
    uint32_t backlog, half_n, accept_n, held_n;
    uint64_t accepted_n, half_full_n, accept_full_n; /* connections made; SYNs and last ACKs dropped for a full queue */
    uint64_t evicted_n;                              /* half-open ones that made room for a younger one */
};
TERN_API void tern_listener_info(const struct tern_listener *l, struct tern_listener_info *out);

/* ---- TCP Fast Open's server (RFC 7413): listeners with option FASTOPEN ---- */

#define TERN_FASTOPEN_KEY_LEN 16

/* Keys of the cookies, 16 bytes each: |key| makes and verifies them, |backup| (NULL: none) only verifies; a client that comes
 * with one of its gets a fresh one. To change keys without harm, the current one becomes the backup. |key| NULL: keys that change
 * by themselves (setting fastopen_key_life). Cookies are Linux's for the same key (whose four numbers are little-endian words).
 */
TERN_API void tern_stack_fastopen_keys(struct tern_stack *s, const uint8_t *key, const uint8_t *backup);
/* Reads Linux's text of them, "a0bf63f7-ed803d81-cd641d30-cebc4a90", the backup behind a comma. Returns 1 or 2, or
 * TERN_ERR_INVAL. */
TERN_API int tern_fastopen_keys_parse(const char *text, uint8_t out[2][TERN_FASTOPEN_KEY_LEN]);
/* A listener's own keys; |key| NULL: the stack's. */
TERN_API void tern_listener_fastopen_keys(struct tern_listener *l, const uint8_t *key, const uint8_t *backup);
/* Those in force now: returns how many, 1 or 2. */
TERN_API size_t tern_stack_fastopen_keys_get(const struct tern_stack *s, uint8_t out[2][TERN_FASTOPEN_KEY_LEN]);
TERN_API size_t tern_listener_fastopen_keys_get(const struct tern_listener *l, uint8_t out[2][TERN_FASTOPEN_KEY_LEN]);
/* Forgets the cookies that servers gave to this stack as a client. */
TERN_API void tern_stack_fastopen_forget(struct tern_stack *s);

/* ---- SYN cookies (RFC 4987 3.6): setting syn_cookies ---- */

#define TERN_SYN_COOKIE_KEY_LEN 16

/* Keys of the cookies, 16 bytes each, for stacks behind one address, of which one may get the SYN and another the ACK: |key|
 * makes and verifies them, |backup| (NULL: none) only verifies. |clock| is what a clock that all of them have shows at |now|,
 * nanoseconds, say since 1970; it may differ by a second from one to the other. To change the key give the new one as the backup
 * first, everywhere; then as the key, with the old one as the backup; two minutes later that may go. |key| NULL: a key of the
 * stack's own, from its secret. */
TERN_API void tern_stack_syn_cookie_keys(struct tern_stack *s, tern_ns now, const uint8_t *key, const uint8_t *backup,
                                         tern_ns clock);

/* ---- SYNs that wait for the caller's word: listeners with |hold| ---- */

/* A SYN that waits. It is answered at most once; a peer that gives up takes its entry away, so |id| is a
 * number, not a pointer: answers to an entry that has gone return TERN_ERR_NOTCONN. */
struct tern_held {
    uint64_t id;
    struct tern_endpoint local, remote;
};
TERN_API bool tern_listener_held(struct tern_listener *l, struct tern_held *out); /* the next one not yet shown */
TERN_API int tern_held_accept(struct tern_stack *s, uint64_t id);
TERN_API int tern_held_reset(struct tern_stack *s, uint64_t id);
TERN_API int tern_held_drop(struct tern_stack *s, uint64_t id);

/* ---- figures ---- */

struct tern_counters {
    uint64_t drop[TERN_DROP_N];
    uint64_t packets_in, packets_out; /* a super-segment is one packet */
    uint64_t segments_in, segments_out, bytes_in, bytes_out, retransmitted;
    uint64_t active_opens, passive_opens, attempt_fails, resets_in, resets_out, timeouts;
    uint64_t conn_n, half_n, time_wait_n, listener_n;
    uint64_t time_wait_skipped; /* for the limit, or for want of memory */
    /* Fast Open: our SYN's data acknowledged, or not; the peer's taken up, or its cookie was wrong; cookies asked for; no Fast
     * Open for too many pending ones; pauses for paths that swallow it */
    uint64_t fastopen_active, fastopen_active_fail, fastopen_passive, fastopen_passive_fail, fastopen_cookie_reqs,
        fastopen_overflow, fastopen_blackholes;
    /* SYN cookies: SYNs answered with one, those of them that found the queue full; ACKs that brought one back, or none that is
     * good; how often a half-open queue became full */
    uint64_t syn_cookies_sent, syn_cookies_pressed, syn_cookies_received, syn_cookies_failed, syn_pressures;
    /* segments that begin no connection and belong to none: FIN, NULL, Xmas; half-open connections that their openers reset */
    uint64_t scans, syn_scans;
    /* connections ended whose applications had gone (orphan_max, orphan_time), or whose windows were shut (shut_probes) */
    uint64_t orphans_ended, shut_ended;
    uint64_t orphan_n; /* connections whose applications have gone */
    size_t memory_used, memory_peak, memory_cap;
};
TERN_API void tern_stack_counters(const struct tern_stack *s, struct tern_counters *out);

#ifdef __cplusplus
}
#endif
#endif
