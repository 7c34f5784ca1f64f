/* The rules that tern follows, and the reasons for which it drops: two tables, each row with the document and section it comes
 * from. A trace event names one of them; counters are kept for each drop reason. */
#ifndef TERN_RULES_H
#define TERN_RULES_H

#include <tern/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* id, document, section, text */
#define TERN_RULES(X)                                                                                                            \
    X(NONE, "", "", "no rule")                                                                                                   \
    /* opening */                                                                                                                \
    X(OPEN_ACTIVE, "RFC 9293", "3.10.1", "active OPEN: send SYN with the initial sequence number")                               \
    X(OPEN_PASSIVE, "RFC 9293", "3.10.1", "passive OPEN: wait for a SYN")                                                        \
    X(SEND_IN_LISTEN, "RFC 9293", "3.10.2", "SEND in LISTEN: the passive OPEN becomes active, send SYN")                         \
    X(LISTEN_SYN, "RFC 9293", "3.10.7.2 third", "SYN in LISTEN: note IRS, answer SYN,ACK; ack = seq+1: the SYN took a number")   \
    X(SYNSENT_SYNACK, "RFC 9293", "3.10.7.3 fourth", "SYN,ACK acknowledges our SYN: ESTABLISHED, send the third ACK")            \
    X(SYNSENT_SYN, "RFC 9293", "3.10.7.3 fourth", "SYN without ACK in SYN-SENT: simultaneous open, answer SYN,ACK")              \
    X(SYNSENT_ACK_BAD, "RFC 9293", "3.10.7.3 first", "ACK in SYN-SENT for what was not sent: answer RST")                        \
    X(SYNRCVD_ACK, "RFC 9293", "3.10.7.4 fifth", "our SYN is acknowledged: ESTABLISHED")                                         \
    X(SYNRCVD_ACK_BAD, "RFC 9293", "3.10.7.4 fifth", "ACK in SYN-RECEIVED for what was not sent: answer RST")                    \
    X(SYN_AGAIN, "RFC 9293", "3.8.1", "the SYN arrived again: its SYN,ACK was lost, send it again")                              \
    X(SYN_DATA_HELD, "RFC 9293", "3.5", "data on a SYN is held until the connection is ESTABLISHED")                             \
    X(SYN_HELD, "tern", "listener", "the SYN waits for the caller's decision")                                                   \
    X(SYN_ACCEPTED, "tern", "listener", "the caller accepted the held SYN: answer SYN,ACK")                                      \
    X(SYN_REFUSED, "tern", "listener", "the caller refused the held SYN: answer RST")                                            \
    X(MSS_DEFAULT, "RFC 9293", "3.7.1", "no MSS option: 536 for IPv4, 1220 for IPv6 (MUST-15)")                                  \
    X(LISTEN_ACK, "RFC 9293", "3.10.7.2 second", "ACK in LISTEN: nothing was sent that it could acknowledge, answer RST")        \
    /* data out */                                                                                                               \
    X(SEND_PUSH, "RFC 9293", "3.9.1.2", "last of the data at hand: PSH (MUST-61)")                                               \
    X(SEND_FULL, "RFC 9293", "3.7.4", "a full segment waits for nothing")                                                        \
    X(SEND_IDLE, "RFC 9293", "3.7.4", "less than a segment, and nothing unacknowledged: Nagle lets it go")                       \
    X(SEND_NODELAY, "RFC 9293", "3.7.4", "less than a segment, Nagle switched off by the application (MUST-17)")                 \
    X(SEND_HALF_WINDOW, "RFC 9293", "3.8.6.2.1", "at least half of the largest window that the peer ever offered")               \
    X(SEND_OVERRIDE, "RFC 9293", "3.8.6.2.1", "the override timer ran out: send what the window takes (SWS avoidance)")          \
    X(SEND_URGENT, "RFC 9293", "3.8.5", "urgent data: URG, the pointer leads to the byte after the last urgent one (MUST-62)")   \
    X(NAGLE_WAIT, "RFC 9293", "3.7.4", "less than a segment while data is unacknowledged: Nagle waits")                          \
    X(SWS_WAIT, "RFC 9293", "3.8.6.2.1", "the usable window is too small to be worth a segment")                                 \
    X(BUFFER_WAIT, "tern", "send_buffer",                                                                                        \
      "the windows would take more, but the send buffer is full: the application waits for room")                                \
    X(SEND_FIN, "RFC 9293", "3.10.4", "CLOSE: all data is sent, the FIN takes the next number")                                  \
    X(SEND_FIN_DATA, "RFC 9293", "3.10.4", "CLOSE: the FIN travels with the last data")                                          \
    X(PROBE_ZERO, "RFC 9293", "3.8.6.1", "the peer's window is zero: probe with one byte (MUST-36)")                             \
    X(RTX_TIMEOUT, "RFC 6298", "5.4", "retransmission timeout: send the earliest unacknowledged segment again")                  \
    X(RTX_AFTER_TIMEOUT, "RFC 5681", "3.1", "after a timeout, in slow start: send again what followed the lost segment")         \
    X(RTX_FAST, "RFC 5681", "3.2", "three duplicate acknowledgements: fast retransmit")                                          \
    X(RTX_PARTIAL, "RFC 6582", "3.2 step 3", "a partial acknowledgement: the next hole is sent at once")                         \
    X(RTX_SACK, "RFC 6675", "5", "a lost segment goes again, as the window allows")                                              \
    X(RTX_LOST_AGAIN, "RFC 8985", "6.2", "its repetition was lost, too: once more")                                              \
    X(RTX_TAIL, "RFC 8985", "7.3", "tail loss probe: the last segment again, so that its acknowledgement shows what is missing") \
    X(RTX_SYN, "RFC 9293", "3.8.3", "no answer to the SYN: again, with backoff")                                                 \
    X(RTX_SYNACK, "RFC 9293", "3.8.3", "no answer to the SYN,ACK: again, with backoff")                                          \
    X(RTX_FIN, "RFC 6298", "5.4", "no answer to the FIN: again, with backoff")                                                   \
    X(RTX_PMTU, "RFC 1191", "6.4", "the path takes less: the same bytes again in smaller segments")                              \
    X(LIMITED_TRANSMIT, "RFC 3042", "2", "a duplicate acknowledgement lets one new segment out")                                 \
    /* acknowledgements out */                                                                                                   \
    X(ACK_SECOND, "RFC 9293", "3.8.6.3", "two full segments came: acknowledge (SHLD-19)")                                        \
    X(ACK_DELAYED, "RFC 9293", "3.8.6.3", "the delayed acknowledgement's timer ran out (MUST-40)")                               \
    X(ACK_OUT_OF_ORDER, "RFC 5681", "4.2", "out of order: acknowledge at once, so that the sender sees the hole")                \
    X(SACK_WAITS, "tern", "sack_delay", "more behind a hole that was told of three times: one acknowledgement for several")      \
    X(ACK_HOLE_FILLED, "RFC 5681", "4.2", "a hole is (partly) filled: acknowledge at once")                                      \
    X(ACK_DUPLICATE, "RFC 9293", "3.10.7.4 first", "not acceptable (old or outside the window): acknowledge what we have")       \
    X(ACK_DSACK, "RFC 2883", "4", "bytes that were here already: report them in the first SACK block")                           \
    X(ACK_FIN, "RFC 9293", "3.10.7.4 eighth", "the FIN takes a number: acknowledge it at once")                                  \
    X(RECEIVE_GROWS, "tern", "dynamic right-sizing", "more was read in a round trip than before: the receive buffer grows")      \
    X(RECEIVE_PRUNED, "RFC 2018", "8", "memory is short: data out of order is given up, and will come again")                    \
    X(ACK_WINDOW, "RFC 9293", "3.8.6.2.2", "the application read enough: offer the larger window")                               \
    X(ACK_PROBE, "RFC 9293", "3.8.6.1", "a probe of our zero window: answer with what we expect next")                           \
    X(ACK_UNSENT, "RFC 9293", "3.10.7.4 fifth", "acknowledges what was not sent: answer with an ACK")                            \
    X(ACK_TIME_WAIT, "RFC 9293", "3.10.7.4 eighth", "the FIN again in TIME-WAIT: our last ACK was lost; ACK, 2MSL starts anew")  \
    X(ACK_PUSHED, "RFC 9293", "3.8.6.3", "small and pushed: acknowledge with the answer, or when the timer runs out")            \
    X(CHALLENGE_SYN, "RFC 5961", "4.2", "SYN on a synchronized connection: challenge ACK")                                       \
    X(CHALLENGE_RST, "RFC 5961", "3.2", "RST in the window but not at RCV.NXT: challenge ACK")                                   \
    X(CHALLENGE_ACK, "RFC 5961", "5.2", "acknowledgement outside the range that can be: challenge ACK")                          \
    X(PAWS_ACK, "RFC 7323", "5.3 R1", "timestamp older than TS.Recent: acknowledge, drop")                                       \
    X(KEEPALIVE_PROBE, "RFC 9293", "3.8.4", "idle: probe with SEQ = SND.NXT-1, so that a living peer answers")                   \
    X(TW_SYN, "RFC 6191", "2", "a newer SYN in TIME-WAIT opens the next incarnation (MAY-2)")                                    \
    /* resets out */                                                                                                             \
    X(RST_CLOSED, "RFC 9293", "3.10.7.1", "no such connection: answer RST")                                                      \
    X(RST_ABORT, "RFC 9293", "3.10.5", "ABORT: send RST, forget the connection")                                                 \
    X(RST_UNREAD, "RFC 2525", "2.17", "closed with unread data: the peer must know that it was lost (SHLD-3)")                   \
    X(RST_AFTER_CLOSE, "RFC 9293", "3.6.1", "data after the application has gone: answer RST (SHLD-3)")                          \
    X(RST_LINGER, "POSIX", "SO_LINGER", "the linger time ran out: abort")                                                        \
    X(RST_TIMEOUT, "RFC 9293", "3.8.3", "given up: tell the peer, if it is there")                                               \
    /* segments in */                                                                                                            \
    X(IN_ORDER, "RFC 9293", "3.10.7.4 seventh", "the next bytes: to the application, RCV.NXT moves on")                          \
    X(OUT_OF_ORDER, "RFC 9293", "3.10.7.4", "beyond RCV.NXT: kept until the hole is filled (SHLD-31)")                           \
    X(OLD_DATA, "RFC 9293", "3.10.7.4 first", "all of it was received before")                                                   \
    X(TRIMMED, "RFC 9293", "3.10.7.4", "only the part within the window is used")                                                \
    X(ACK_NEW, "RFC 9293", "3.10.7.4 fifth", "SND.UNA < SEG.ACK =< SND.NXT: new data is acknowledged")                           \
    X(ACK_OLD, "RFC 9293", "3.10.7.4 fifth", "SEG.ACK =< SND.UNA: nothing new")                                                  \
    X(ACK_DUP, "RFC 5681", "2", "duplicate acknowledgement")                                                                     \
    X(WINDOW_UPDATE, "RFC 9293", "3.10.7.4 fifth", "SND.WL1/WL2 let the segment update SND.WND")                                 \
    X(WINDOW_SHRUNK, "RFC 9293", "3.8.6", "the peer took window back: what is beyond waits (SHLD-15)")                           \
    X(FIN_IN, "RFC 9293", "3.10.7.4 eighth", "FIN: the peer will send no more")                                                  \
    X(FIN_ACKED, "RFC 9293", "3.10.7.4 fifth", "our FIN is acknowledged")                                                        \
    X(RST_IN, "RFC 9293", "3.10.7.4 second", "RST exactly at RCV.NXT: the connection is reset")                                  \
    X(RST_PASSIVE, "RFC 9293", "3.10.7.4 second", "RST in SYN-RECEIVED after a passive OPEN: back to LISTEN")                    \
    X(RST_REFUSED, "RFC 9293", "3.10.7.3 second", "RST for our SYN: connection refused")                                         \
    X(URGENT_IN, "RFC 9293", "3.10.7.4 sixth", "RCV.UP moves: urgent data ahead")                                                \
    X(KEEPALIVE_IN, "RFC 9293", "3.8.4", "a keepalive probe: acknowledge")                                                       \
    X(TW_RST_IGNORED, "RFC 1337", "3 (F1)", "RST in TIME-WAIT is ignored (by setting; RFC 9293 3.10.7.4 would delete)")          \
    /* timers */                                                                                                                 \
    X(RTO_START, "RFC 6298", "5.1", "data is on its way and no timer runs: start it")                                            \
    X(RTO_RESTART, "RFC 6298", "5.3", "new data was acknowledged: start the timer again")                                        \
    X(RTO_AGAIN, "RFC 6298", "5", "the first segment goes again: it has a whole timeout before it")                              \
    X(RTO_STOP, "RFC 6298", "5.2", "all is acknowledged: stop the timer")                                                        \
    X(RTO_BACKOFF, "RFC 6298", "5.5", "timeout: double the RTO")                                                                 \
    X(RTO_SYN_LOST, "RFC 6298", "5.7", "the SYN was lost and there is no measurement: RTO = 3 s when data begins")               \
    X(RTT_FIRST, "RFC 6298", "2.2", "first measurement: SRTT = R, RTTVAR = R/2")                                                 \
    X(RTT_SAMPLE, "RFC 6298", "2.3", "RTTVAR and SRTT follow the measurement")                                                   \
    X(KARN, "RFC 6298", "3", "sent more than once: no measurement without timestamps (Karn)")                                    \
    X(PERSIST, "RFC 9293", "3.8.6.1", "zero window: the probe timer, doubled each time (SHLD-30)")                               \
    X(DELACK, "RFC 9293", "3.8.6.3", "the acknowledgement may wait a little (SHLD-18)")                                          \
    X(MSL2, "RFC 9293", "3.6.1", "TIME-WAIT lasts 2MSL (MUST-13)")                                                               \
    X(MSL2_OVER, "RFC 9293", "3.10.8", "2MSL is over: the connection is gone")                                                   \
    X(R1, "RFC 9293", "3.8.3", "R1 retransmissions: the path may be bad (MUST-20)")                                              \
    X(R2, "RFC 9293", "3.8.3", "R2 is reached: give up (MUST-20)")                                                               \
    X(USER_TIMEOUT, "RFC 9293", "3.10.8", "USER TIMEOUT: give up")                                                               \
    X(KEEPALIVE_IDLE, "RFC 9293", "3.8.4", "keepalive: the idle time (MUST-28)")                                                 \
    X(KEEPALIVE_DEAD, "RFC 9293", "3.8.4", "no probe was answered: the peer is taken for dead")                                  \
    X(FW2_ORPHAN, "tern", "FIN-WAIT-2", "the application has gone: FIN-WAIT-2 is bounded")                                       \
    X(PROBE_LIMIT, "RFC 9293", "3.8.6.1", "resource policy: an orphan behind a zero window is given up")                         \
    X(SWS_OVERRIDE, "RFC 9293", "3.8.6.2.1", "the override timeout of silly-window avoidance")                                   \
    /* congestion */                                                                                                             \
    X(CC_INITIAL, "RFC 6928", "2", "initial window: ten segments, at most max(2 MSS, 14600) bytes")                              \
    X(CC_SLOW_START, "RFC 5681", "3.1", "slow start: cwnd grows by the bytes acknowledged; after a timeout by an MSS at most")   \
    X(CC_AVOIDANCE, "RFC 5681", "3.1", "congestion avoidance: one MSS a round trip")                                             \
    X(CC_LOSS, "RFC 5681", "3.2 step 2", "loss seen by duplicates: ssthresh = max(flight/2, 2 MSS)")                             \
    X(CC_RECOVERED, "RFC 6582", "3.2 step 3", "full acknowledgement: recovery ends")                                             \
    X(CC_RTO, "RFC 5681", "3.1", "timeout: ssthresh = max(flight/2, 2 MSS), cwnd = 1 MSS")                                       \
    X(CC_IDLE, "RFC 5681", "4.1", "idle: cwnd = min(restart window, cwnd)")                                                      \
    X(CC_NVP, "RFC 7661", "4.4.3", "the window was not used for five minutes: half of it goes")                                  \
    X(CC_SAFE, "RFC 7661", "4.4.1", "a loss in a window that was not used: half of what was used, less what went again")         \
    X(CC_SYN_LOST, "RFC 5681", "3.1", "the SYN or SYN,ACK was lost: the initial window is one segment")                          \
    X(MTU_PROBE, "RFC 4821", "7.5", "a longer segment than the path is known to take: does it arrive?")                          \
    X(MTU_PASSED, "RFC 4821", "7.6.1", "the longer segment has arrived: the path takes so much")                                 \
    X(MTU_FAILED, "RFC 4821", "7.6.2", "the longer segment alone is lost: the path takes less; no sign of congestion")           \
    X(MTU_UNCLEAR, "RFC 4821", "7.6.4", "others are lost beside the longer segment: nothing is known")                           \
    X(MTU_BLACK_HOLE, "RFC 4821", "7.7", "nothing arrives any more: shorter segments, and the search begins there")              \
    X(MTU_NO_HOLE, "tern", "mtu_least_mss", "the shortest do not arrive either: it is not their length, which is as before")     \
    X(PMTU_LOWER, "RFC 1191", "6.4", "the path MTU is smaller: the effective MSS shrinks")                                       \
    X(PMTU_RAISE, "RFC 1191", "6.3", "the path MTU's age ran out: try the interface's again")                                    \
    /* ends and calls */                                                                                                         \
    X(CLOSE_CALL, "RFC 9293", "3.10.4", "CLOSE by the application")                                                              \
    X(ABORT_CALL, "RFC 9293", "3.10.5", "ABORT by the application")                                                              \
    X(SEND_CALL, "RFC 9293", "3.10.2", "SEND by the application")                                                                \
    X(RECEIVE_CALL, "RFC 9293", "3.10.3", "RECEIVE by the application")                                                          \
    X(ICMP_SOFT, "RFC 5927", "5.2", "ICMP error for a synchronized connection: advice only")                                     \
    X(ICMP_HARD, "RFC 9293", "3.9.2.2", "ICMP hard error while opening: abort (SHLD-26)")                                        \
    X(ICMP_TOO_BIG, "RFC 8201", "4", "packet too big: take the MTU, never below the floor")                                      \
    X(ICMP_ECHO, "RFC 792", "echo", "echo request: answer with the same data")                                                   \
    X(MEMORY, "tern", "memory", "the memory cap is reached")                                                                     \
    /* what the application asked for */                                                                                         \
    X(CORK_WAIT, "tern", "CORK", "less than a segment, and the application says that more follows: it waits")                    \
    X(SEND_RECORD, "tern", "EOR", "less than a segment, but the record ends here: nothing may join it")                          \
    X(RST_SYN, "RFC 793", "3.9 fourth", "SYN in the window, and rfc5961_syn is off: answer RST, the connection is over")         \
    X(ACK_QUICK, "RFC 5681", "4.2", "at once: the peer is in slow start, or the application asked for it")                       \
    /* ECN */                                                                                                                    \
    X(ECN_AGREED, "RFC 3168", "6.1.1", "both ends speak ECN: new data may be marked instead of dropped")                         \
    X(ECN_FALLBACK, "RFC 3168", "6.1.1.1", "no answer to the SYN that asked for ECN: again without")                             \
    X(ECN_CE, "RFC 3168", "6.1.3", "a router marked the segment (CE): ECE on every ACK until CWR comes")                         \
    X(ECN_CWR, "RFC 3168", "6.1.3", "CWR: the peer has reduced its window, no more ECE")                                         \
    X(CC_ECN, "RFC 3168", "6.1.2", "ECE: congestion without loss: ssthresh = max(flight/2, 2 MSS), once a window")               \
    /* Fast Open */                                                                                                              \
    X(FO_REQUEST, "RFC 7413", "4.2.1", "the SYN asks for a Fast Open cookie")                                                    \
    X(FO_SYN_DATA, "RFC 7413", "4.2.2", "the SYN takes data along")                                                              \
    X(FO_COOKIE_IN, "RFC 7413", "4.1.3", "the server's cookie is kept for the next connection")                                  \
    X(FO_DATA_ACKED, "RFC 7413", "4.2.2", "the server took the data of the SYN")                                                 \
    X(FO_DATA_AGAIN, "RFC 7413", "4.2.2", "the data of the SYN was not acknowledged: again, as after any handshake")             \
    X(FO_BLACKHOLE, "RFC 7413", "7.1", "SYNs with data vanish: no Fast Open for a while")                                        \
    X(FO_OFF, "RFC 7413", "4.1.3.1", "SYNs with data were lost before: a plain SYN")                                             \
    X(FO_REFUSED, "RFC 7413", "4.1.3.1", "no cookie came, or the SYN's data was not taken: no Fast Open there for a while")      \
    X(FO_COOKIE_OUT, "RFC 7413", "4.1.2", "the client asked for a cookie, or has an old one: here is one")                       \
    X(FO_ACCEPT, "RFC 7413", "4.2.2", "a valid cookie: the connection is usable before the handshake has ended")                 \
    X(FO_BAD_COOKIE, "RFC 7413", "4.2.2", "the cookie is not valid: an ordinary handshake")                                      \
    X(FO_PENDING, "RFC 7413", "5.1", "too many pending: an ordinary handshake")                                                  \
    X(SEND_NONE_SMALL, "tern", "nagle_small", "less than a segment, and all that is unacknowledged is whole ones: it goes")      \
    /* congestion control by others than NewReno */                                                                              \
    X(CC_CSS, "RFC 9406", "4.2", "round trips grow longer: conservative slow start, in which cwnd grows by a quarter")           \
    X(CC_CSS_GROW, "RFC 9406", "4.2", "conservative slow start: cwnd grows by a quarter of the bytes acknowledged")              \
    X(CC_CSS_OVER, "RFC 9406", "4.2", "round trips are as short as before: slow start goes on")                                  \
    X(CC_CSS_END, "RFC 9406", "4.2", "five rounds of conservative slow start: ssthresh = cwnd, before any loss")                 \
    X(CC_HYSTART_TRAIN, "tern", "hystart 2", "the acknowledgements of a train go on for half a round trip: ssthresh = cwnd")     \
    X(CC_HYSTART_DELAY, "tern", "hystart 2", "the round trips of a round are all longer than the least one: ssthresh = cwnd")    \
    X(CC_UNDO, "RFC 4015", "3.4", "nothing was lost: the window is what it was before")                                          \
    X(CC_CUBIC_RENO, "RFC 9438", "4.3", "Reno-friendly region: the cubic function is below what Reno would have")                \
    X(CC_CUBIC_CONCAVE, "RFC 9438", "4.4", "concave region: towards the window at which congestion was last met")                \
    X(CC_CUBIC_CONVEX, "RFC 9438", "4.5", "convex region: beyond the last maximum, slowly first")                                \
    X(CC_CUBIC_LOSS, "RFC 9438", "4.6", "loss: cwnd = ssthresh = max(0.7 flight, 2 MSS), and K is found anew")                   \
    X(CC_CUBIC_ECN, "RFC 9438", "4.6", "ECE: ssthresh = max(0.7 flight, 2 MSS), once a window")                                  \
    X(CC_CUBIC_RTO, "RFC 9438", "4.8", "timeout: ssthresh = max(0.7 flight, 2 MSS), cwnd = 1 MSS, K = 0")                        \
    X(CC_BBR_STARTUP, "BBR draft", "5.3.1", "Startup: the rate doubles each round trip until the path is full")                  \
    X(CC_BBR_DRAIN, "BBR draft", "5.3.2", "Drain: the path is full, and the queue that has built up drains")                     \
    X(CC_BBR_DOWN, "BBR draft", "5.3.3.1", "ProbeBW_DOWN: less than the path delivers, until no queue is left")                  \
    X(CC_BBR_CRUISE, "BBR draft", "5.3.3.2", "ProbeBW_CRUISE: as fast as the path delivers")                                     \
    X(CC_BBR_REFILL, "BBR draft", "5.3.3.3", "ProbeBW_REFILL: the path is filled before more is tried")                          \
    X(CC_BBR_UP, "BBR draft", "5.3.3.4", "ProbeBW_UP: does the path take more?")                                                 \
    X(CC_BBR_PROBE_RTT, "BBR draft", "5.3.4", "ProbeRTT: little in flight for a moment, to see the round trip without a queue")  \
    X(CC_BBR_MODEL, "BBR draft", "5.6.4", "cwnd by the model: rate times round trip, and bounds by losses")                      \
    X(CC_BBR_LOSS, "BBR draft", "5.5.10", "loss: noted; the model adapts at the end of the round trip")                          \
    X(CC_BBR_RTO, "BBR draft", "5.6.4.4", "timeout: cwnd = 1 MSS, and what it was is kept")                                      \
    X(CC_BBR_ECN, "BBR draft", "3.7", "ECE: as a loss rate beyond what is accepted")                                             \
    X(ECN_CE_OVER, "RFC 8257", "3.2", "the marks have ended: the sender hears of it at once")                                    \
    X(CC_DCTCP_MARKS, "RFC 8257", "3.3", "marks: cwnd goes down by half of the share of bytes that were marked, once a window")  \
    /* recovery with SACK */                                                                                                     \
    X(SACK_IN, "RFC 2018", "5", "the peer reports what has arrived beyond a hole: SACK")                                         \
    X(DSACK_IN, "RFC 2883", "5", "the peer reports what it has had twice: DSACK")                                                \
    X(SACK_RENEGED, "RFC 2018", "8", "timeout, and the peer has thrown away what it had reported: all of it counts as lost")     \
    X(SACK_LOST, "RFC 6675", "4", "enough has arrived above it: lost")                                                           \
    X(REORDERED, "RFC 8985", "6.2 step 3", "data sent once arrives below what has arrived before: the path reorders")            \
    X(RACK_LOST, "RFC 8985", "6.2 step 5", "what was sent later has arrived, and reordering does not explain the delay: lost")   \
    X(RACK_WAIT, "RFC 8985", "6.2 step 5",                                                                                       \
      "what was sent later has arrived: it may yet come, for as long as reordering explains")                                    \
    X(RACK_WIDER, "RFC 8985", "6.2 step 4",                                                                                      \
      "a repetition was for nothing: the reordering window grows by a quarter of the least RTT")                                 \
    X(RTO_LOST, "RFC 8985", "6.3", "timeout: the first segment counts as lost, and what is as old as it")                        \
    X(TAIL_WAIT, "RFC 8985", "7.2", "tail loss probe in two round trips, when no acknowledgement comes before")                  \
    X(TAIL_NEW, "RFC 8985", "7.3", "tail loss probe: one new segment, so that its acknowledgement shows what is missing")        \
    X(TAIL_LOST, "RFC 8985", "7.4.2", "the tail loss probe repaired a loss: congestion control hears of it")                     \
    X(PRR, "RFC 9937", "6", "proportional rate reduction: cwnd = in flight + what may be sent for what was delivered")           \
    X(UNDO_DSACK, "RFC 3708", "3", "all that was sent again had arrived before: the loss was none, undo")                        \
    X(UNDO_EIFEL, "RFC 3522", "3.2", "the acknowledgement answers what was sent before the repetition: the loss was none, undo") \
    X(FRTO_NEW, "RFC 5682", "3.1 step 2",                                                                                        \
      "something arrived after the timeout: new data first, it will tell whether the rest was lost")                             \
    X(FRTO_UNDO, "RFC 5682", "3.1 step 3", "data sent once before the timeout has arrived: it was spurious, undo")               \
    /* more accurate ECN feedback */                                                                                             \
    X(ACCECN_AGREED, "RFC 9768", "3.1.1", "AccECN: both ends count the marks, and tell how many")                                \
    X(ACCECN_BROKEN, "RFC 9768", "3.1.2", "the SYN,ACK repeats the flags of the SYN, as of one that knows none of them: no ECN") \
    X(ACCECN_FALLBACK, "RFC 9768", "3.1.4", "no answer to what spoke of AccECN: again without its flags")                        \
    X(ACCECN_MIXED, "RFC 9768", "3.1.5", "SYNs of one handshake ask for AccECN and for RFC 3168: answer RST")                    \
    X(ACCECN_NO_ECT, "RFC 9768", "3.1.5",                                                                                        \
      "a SYN or SYN,ACK without the flags was in this handshake: nothing is sent ECN-capable")                                   \
    X(ACCECN_CE, "RFC 9768", "3.2.1", "a router marked the packet (CE): counted")                                                \
    X(ACCECN_CHANGE, "RFC 9768", "3.2.2.5.1", "the first mark after packets without: the sender hears of it at once")            \
    X(ACCECN_MANY, "RFC 9768", "3.2.2.5.1", "marks since the last acknowledgement, before the counter of three bits goes round") \
    X(ACCECN_ACK_OF_ACK, "RFC 9768", "3.2.2.5.1",                                                                                \
      "pure ACKs were marked, three since the last acknowledgement: their sender must hear of it")                               \
    X(ACCECN_MARKS, "RFC 9768", "3.2.2.2", "the counter has moved: so many packets were marked")                                 \
    X(ACCECN_WRAPPED, "RFC 9768", "3.2.2.5.2",                                                                                   \
      "so much is acknowledged that the counter may have gone round: the safest number is taken")                                \
    X(ACCECN_SYN_MARKED, "RFC 9768", "3.2.2.2", "our SYN or SYN,ACK arrived marked (CE): the window begins with one segment")    \
    X(ACCECN_MANGLED, "RFC 9768", "3.2.2.3",                                                                                     \
      "the path changes the ECN field, as the handshake shows: nothing is sent ECN-capable")                                     \
    X(ACCECN_ALL_CE, "RFC 9768", "3.2.2.3",                                                                                      \
      "every packet of four round trips is said to be marked: not believed, and no more sent ECN-capable")                       \
    X(ACCECN_ZERO, "RFC 9768", "3.2.2.4",                                                                                        \
      "the counter is zero, which it cannot be yet: marks are not believed, nothing is sent ECN-capable")                        \
    X(ACCECN_BLEACHED, "RFC 9768", "A.4",                                                                                        \
      "ECN-capable data arrives as if it were not: the path clears the field, nothing is sent ECN-capable")                      \
    X(ACCECN_ODD, "RFC 9768", "3.2.3.2.5",                                                                                       \
      "bytes are said to be marked, and no packet: feedback is mangled, nothing is sent ECN-capable")                            \
    X(ACCECN_OPTION_NONE, "RFC 9768", "3.2.3.2.3",                                                                               \
      "no AccECN option came with the handshake: the counter of three bits must do")                                             \
    X(ACCECN_OPTION_ZERO, "RFC 9768", "3.2.3.2.4",                                                                               \
      "a counter of the first AccECN option is zero, which it cannot be: the options are not believed")                          \
    X(ACCECN_OPTION_OFF, "RFC 9768", "3.2.3.2.2", "what had the AccECN option seems not to arrive: no more of them")             \
    X(CC_BBR_MARKS, "BBR draft", "3.7",                                                                                          \
      "marks: what may be in flight goes down by a third of their share, averaged over round trips")                             \
    X(AO_KEY, "RFC 5925", "7.5", "the peer asks to be sent what another key signs (RNextKeyID): done")                           \
    /* SYN floods */                                                                                                             \
    X(SYN_COOKIE, "RFC 4987", "3.6",                                                                                             \
      "nothing of the SYN is kept: what must be known of it is in the number and the timestamp of the SYN,ACK")                  \
    X(SYN_COOKIE_BACK, "RFC 4987", "3.6", "the ACK brings the SYN cookie back: the half-open connection is made of it")          \
    X(ORPHAN_LIMIT, "tern", "orphans",                                                                                           \
      "too many connections whose applications have gone, or too little memory: the oldest is reset")                            \
    X(ORPHAN_TIME, "tern", "orphans", "the application has gone, and the peer takes its data too slowly: reset")                 \
    X(SHUT_LIMIT, "RFC 6429", "4", "memory is short, and the window has been shut for so long: given up")                        \
    X(SCAN_CLOSED, "RFC 9293", "3.10.7.1",                                                                                       \
      "begins no connection (FIN, NULL, Xmas or SYN with FIN); the RST that answers tells that the port is closed, and the "     \
      "host there")                                                                                                              \
    X(SCAN_OPEN, "RFC 9293", "3.10.7.2",                                                                                         \
      "begins no connection (FIN, NULL, Xmas or SYN with FIN); silence tells that the port is open, since closed ones answer "   \
      "RST")                                                                                                                     \
    X(SCAN_SILENT, "tern", "silence",                                                                                            \
      "begins no connection (FIN, NULL, Xmas or SYN with FIN); no port answers it, so that it tells nothing")                    \
    X(SCAN_SYN, "RFC 9293", "3.10.7.4 second",                                                                                   \
      "reset by who opened it, before the handshake ended: a SYN scan, which knows by the SYN,ACK that the port is open")        \
    X(FILTER_RESET, "tern", "filter", "a rule of the listener refuses what comes from there: answer RST")                        \
    X(SYN_PRESSURE, "RFC 4987", "3.6", "warning: the half-open queue is full, SYNs are answered with cookies from now on")

enum tern_rule {
#define X(id, doc, section, text) TERN_RULE_##id,
    TERN_RULES(X)
#undef X
        TERN_RULE_N
};

/* Why a packet, or a part of it, was dropped. id, document, section, text */
#define TERN_DROPS(X)                                                                                                            \
    X(NONE, "", "", "not dropped")                                                                                               \
    X(SHORT, "RFC 9293", "3.1", "shorter than its header says")                                                                  \
    X(OFFSET, "RFC 9293", "3.1", "data offset below 5 words or beyond the segment")                                              \
    X(VERSION, "RFC 791", "3.1", "neither IPv4 nor IPv6")                                                                        \
    X(LENGTH, "RFC 791", "3.1", "the length in the header disagrees with the packet")                                            \
    X(IP_CHECKSUM, "RFC 791", "3.1", "wrong IPv4 header checksum")                                                               \
    X(FRAGMENT, "RFC 791", "3.2", "fragments are not put together")                                                              \
    X(IP_OPTION, "RFC 9293", "3.9.2", "malformed IP option")                                                                     \
    X(SOURCE_ROUTE, "RFC 9293", "3.9.2.1", "source-routed, and the setting refuses it")                                          \
    X(EXT_HEADER, "RFC 8200", "4", "IPv6 extension header malformed, or too many of them")                                       \
    X(ADDRESS, "RFC 9293", "3.9.2.3", "an address that no TCP packet may have (MUST-57, MUST-63)")                               \
    X(CHECKSUM, "RFC 9293", "3.1", "wrong checksum (MUST-3)")                                                                    \
    X(NOT_LOCAL, "RFC 1122", "3.2.1.3", "not for an address of this stack")                                                      \
    X(NO_LISTENER, "RFC 9293", "3.10.7.1", "nothing listens, and the setting is silence")                                        \
    X(RST_TO_CLOSED, "RFC 9293", "3.10.7.1", "RST for no connection")                                                            \
    X(RST_TO_LISTEN, "RFC 9293", "3.10.7.2 first", "RST in LISTEN")                                                              \
    X(LISTEN_NO_SYN, "RFC 9293", "3.10.7.2 fourth", "neither SYN, ACK nor RST in LISTEN")                                        \
    X(LISTEN_FIN, "RFC 9293", "3.10.7.2", "SYN with FIN in LISTEN")                                                              \
    X(SYNSENT_ACK, "RFC 9293", "3.10.7.3 first", "acknowledges what was not sent, in SYN-SENT")                                  \
    X(SYNSENT_RST, "RFC 9293", "3.10.7.3 second", "RST in SYN-SENT that acknowledges nothing: not believed")                     \
    X(SYNSENT_NO_SYN, "RFC 9293", "3.10.7.3 fifth", "neither SYN nor RST in SYN-SENT")                                           \
    X(WINDOW, "RFC 9293", "3.10.7.4 first", "outside the receive window")                                                        \
    X(OLD, "RFC 9293", "3.10.7.4 first", "received before")                                                                      \
    X(PAWS, "RFC 7323", "5.3 R1", "timestamp older than TS.Recent")                                                              \
    X(NO_TIMESTAMP, "RFC 7323", "3.2", "timestamps were agreed and the segment has none")                                        \
    X(RST_WINDOW, "RFC 5961", "3.2", "RST outside the window, or not at RCV.NXT")                                                \
    X(SYN_WINDOW, "RFC 5961", "4.2", "SYN on a synchronized connection")                                                         \
    X(NO_ACK, "RFC 9293", "3.10.7.4 fifth", "the ACK bit is off")                                                                \
    X(ACK_UNSENT, "RFC 9293", "3.10.7.4 fifth", "acknowledges what was not sent")                                                \
    X(ACK_TOO_OLD, "RFC 5961", "5.2", "acknowledges what is older than the largest window ever")                                 \
    X(CHALLENGE_LIMIT, "RFC 5961", "7", "a challenge ACK was due, but their number is limited")                                  \
    X(AFTER_FIN, "RFC 9293", "3.10.7.4 seventh", "data after the peer's FIN")                                                    \
    X(AFTER_CLOSE, "RFC 9293", "3.6.1", "data after the application has gone")                                                   \
    X(OOO_LIMIT, "tern", "reassembly", "too many holes, or no memory, out of order")                                             \
    X(HALF_FULL, "tern", "listener", "the half-open queue is full")                                                              \
    X(ACCEPT_FULL, "tern", "listener", "the accept queue is full: the last ACK is dropped, the peer sends it again")             \
    X(HELD_REFUSED, "tern", "listener", "the caller dropped the held SYN")                                                       \
    X(MEMORY, "tern", "memory", "the memory cap is reached")                                                                     \
    X(QUEUE_FULL, "tern", "output", "the queue of answers without a connection is full")                                         \
    X(RATE_LIMIT, "tern", "output", "the rate limit of RSTs or ICMP answers is reached")                                         \
    X(TW_SYN_OLD, "RFC 6191", "2", "a SYN in TIME-WAIT that is not newer")                                                       \
    X(TW_RST, "RFC 1337", "3 (F1)", "RST in TIME-WAIT")                                                                          \
    X(TW_OTHER, "RFC 9293", "3.10.7.4", "an old segment in TIME-WAIT")                                                           \
    X(ICMP_UNKNOWN, "RFC 5927", "4.1", "ICMP error about no connection, or a sequence number not in flight")                     \
    X(ICMP_MTU, "RFC 8201", "4", "packet too big with an MTU that cannot be")                                                    \
    X(ICMP_QUENCH, "RFC 9293", "3.9.2.2", "source quench (MUST-55)")                                                             \
    X(ICMP_OTHER, "RFC 1122", "3.2.2", "ICMP message of no use to us")                                                           \
    X(LAND, "RFC 9293", "3.9.2.3", "source and destination are the same, and no connection of ours")                             \
    X(SYN_FIN, "RFC 9293", "3.10.7", "SYN and FIN in one segment: no known sender but scanners (setting drop_syn_fin)")          \
    X(LISTEN_SYN_ACK, "RFC 9293", "3.10.7.2 second", "SYN,ACK in LISTEN: no RST (setting listen_quiet)")                         \
    X(DEFERRED, "tern", "DEFER_ACCEPT", "the last ACK brings no data: the listener waits for some")                              \
    X(SYN_COOKIE, "RFC 4987", "3.6", "acknowledges what looks like a SYN cookie, from behind what may have been lost")           \
    X(MD5_MISSING, "RFC 2385", "2.0", "the pair has an MD5 key and the segment no signature")                                    \
    X(MD5_UNEXPECTED, "RFC 2385", "2.0", "an MD5 signature, and the pair has no key")                                            \
    X(MD5_WRONG, "RFC 2385", "2.0", "the MD5 signature is wrong")                                                                \
    X(AO_MISSING, "RFC 5925", "7.3", "the peer has a TCP-AO key and the segment is not signed")                                  \
    X(AO_OPTION, "RFC 5925", "2.2", "TCP-AO twice, beside an MD5 signature, or with a MAC of another length")                    \
    X(AO_KEY, "RFC 5925", "7.5", "no TCP-AO key has the segment's KeyID")                                                        \
    X(AO_NO_ISN, "RFC 5925", "7.5", "signed by TCP-AO, but not a SYN, and the handshake has not told the numbers yet")           \
    X(AO_WRONG, "RFC 5925", "7.5", "the MAC of TCP-AO is wrong")                                                                 \
    X(AO_UNEXPECTED, "RFC 5925", "7.3", "signed by TCP-AO, and there is no key (setting ao_unmatched)")                          \
    X(AO_SILENT, "RFC 5925", "7.7", "an answer that TCP-AO cannot sign: without a connection its numbers are not known")         \
    X(AO_ICMP, "RFC 5925", "7.8", "an ICMP error about a connection with TCP-AO: anybody could have sent it")                    \
    X(HALF_EVICTED, "RFC 4987", "3.4", "the half-open queue is full: its oldest one makes room")                                 \
    X(FILTERED, "tern", "filter", "a rule of the listener drops what comes from there")                                          \
    X(FILTER_RESET, "tern", "filter", "a rule of the listener refuses what comes from there")                                    \
    X(FILTER_RATE, "tern", "filter", "more SYNs a second than the listener's rules allow their source")                          \
    X(FILTER_HALF, "tern", "filter", "as many half-open connections as the listener's rules allow their source")                 \
    X(FILTER_CONNS, "tern", "filter", "as many connections as the listener's rules allow their source")                          \
    X(RATE_SOURCE, "tern", "output", "the rate limit of RSTs and ICMP answers to one source is reached")                         \
    X(AMPLIFIES, "tern", "output", "an answer, not sent: longer by more than 4 bytes than what a half-open connection was asked")

enum tern_drop {
#define X(id, doc, section, text) TERN_DROP_##id,
    TERN_DROPS(X)
#undef X
        TERN_DROP_N
};

struct tern_rule_info {
    const char *name;    /* "RST_IN" */
    const char *doc;     /* "RFC 9293", "tern" for policies of our own, documented in doc/design.md, doc/limits.md */
    const char *section; /* "3.10.7.4 second" */
    const char *text;
};

/* The row of a rule or a drop reason; that of NONE for a number out of range. Static, never NULL. */
TERN_API const struct tern_rule_info *tern_rule_info(enum tern_rule rule);
TERN_API const struct tern_rule_info *tern_drop_info(enum tern_drop drop);

#ifdef __cplusplus
}
#endif
#endif
