/* What can be found in a capture: a table like that of the rules. doc/trace.md has each one's exact condition.
 *
 * INFO is a remark: nothing is wrong, and a healthy connection may have it. WARNING and ERROR are faults. */
#ifndef CAPTURE_FINDING_H
#define CAPTURE_FINDING_H

#include <stddef.h>
#include <stdint.h>

/* id, name on the command line and in JSON, severity, document, section, what it means (translated where it is printed) */
#define FINDINGS(X)                                                                                                              \
    X(RTX_FAST, "fast-retransmission", WARNING, "RFC 5681", "3.2", N_("sent again after duplicate acknowledgements"))            \
    X(RTX_TIMEOUT, "timeout-retransmission", WARNING, "RFC 6298", "5.4",                                                         \
      N_("sent again after a silence: the retransmission timer"))                                                                \
    X(RTX_SPURIOUS, "spurious-retransmission", WARNING, "RFC 2883", "5", N_("sent again although it had arrived"))               \
    X(RTX_PROBE, "tail-loss-probe", WARNING, "RFC 8985", "7.3",                                                                  \
      N_("the last segment sent again early, to draw an acknowledgement: a tail loss probe"))                                    \
    X(PATH_MTU, "path-mtu", INFO, "RFC 1191", "6.4",                                                                             \
      N_("sent again in smaller packets: a router said that they were too large"))                                               \
    X(DUP_ACK, "duplicate-ack", INFO, "RFC 5681", "2", N_("the same acknowledgement again while data is on its way"))            \
    X(OUT_OF_ORDER, "out-of-order", WARNING, "RFC 9293", "3.10.7.4", N_("overtaken on its way by what was sent after it"))       \
    X(CAPTURE_LOST, "capture-lost", WARNING, "RFC 9293", "3.4", N_("acknowledged, but not in the capture: the capture lost it")) \
    X(CAPTURE_DUP, "capture-duplicate", INFO, "RFC 6864", "4", N_("the same packet twice in the capture"))                       \
    X(ZERO_WINDOW, "zero-window", WARNING, "RFC 9293", "3.8.6",                                                                  \
      N_("a receiver closes its window: its application does not read"))                                                         \
    X(ZERO_PROBE, "zero-window-probe", INFO, "RFC 9293", "3.8.6.1", N_("asks whether a closed window has opened"))               \
    X(WINDOW_OPEN, "window-reopened", INFO, "RFC 9293", "3.8.6", N_("a closed window is open again"))                            \
    X(WINDOW_FULL, "window-full", INFO, "RFC 9293", "3.8.6", N_("the sender has filled the window and must wait"))               \
    X(BEYOND_WINDOW, "beyond-window", WARNING, "RFC 9293", "3.4", N_("sent beyond the window that was offered"))                 \
    X(WSCALE, "window-scale-mismatch", WARNING, "RFC 7323", "2.2", N_("the two ends do not take the window for the same size"))  \
    X(MSS, "mss-mismatch", WARNING, "RFC 9293", "3.7.1", N_("segments larger than the receiver's MSS"))                          \
    X(SILLY, "silly-window", WARNING, "RFC 9293", "3.8.6.2", N_("a window that opens by small pieces: silly window syndrome"))   \
    X(KEEPALIVE, "keepalive", INFO, "RFC 9293", "3.8.4", N_("a keepalive probe on an idle connection"))                          \
    X(KEEPALIVE_ANSWER, "keepalive-answer", INFO, "RFC 9293", "3.8.4", N_("the answer to a keepalive probe"))                    \
    X(SYN_RETRY, "syn-retry", WARNING, "RFC 6298", "2", N_("the SYN sent again: no answer came"))                                \
    X(SYNACK_RETRY, "syn-ack-retry", WARNING, "RFC 6298", "2",                                                                   \
      N_("the SYN,ACK sent again: the handshake's last ACK is missing"))                                                         \
    X(NO_ANSWER, "no-answer", ERROR, "RFC 9293", "3.8.3", N_("a SYN that nobody answered"))                                      \
    X(HALF_OPEN, "half-open", ERROR, "RFC 9293", "3.5.1", N_("one end talks to another that is gone or knows nothing of it"))    \
    X(RST_REFUSED, "rst-refused", WARNING, "RFC 9293", "3.5.2", N_("a RST answers the SYN: nobody listens there"))               \
    X(RST_FIREWALL, "rst-firewall", WARNING, "RFC 3360", "2", N_("a RST refuses the SYN in a manner of firewalls"))              \
    X(RST_UNREAD, "rst-unread-data", WARNING, "RFC 2525", "2.17", N_("a RST: closed with received data unread"))                 \
    X(RST_ABORT, "rst-abort", WARNING, "RFC 9293", "3.10.5", N_("a RST: the application aborted the connection"))                \
    X(RST_HALF_OPEN, "rst-half-open", ERROR, "RFC 9293", "3.5.1",                                                                \
      N_("a RST: the end that sent it no longer knows the connection"))                                                          \
    X(RST_AFTER_CLOSE, "rst-after-close", WARNING, "RFC 2525", "2.17",                                                           \
      N_("a RST: data came for an application that had closed"))                                                                 \
    X(RST_SYN_ACK, "rst-unwanted-syn-ack", WARNING, "RFC 9293", "3.10.7.3", N_("a RST answers a SYN,ACK: it was not wanted"))    \
    X(RST_LATE, "rst-late", INFO, "RFC 9293", "3.5.2", N_("a RST when the connection was over"))                                 \
    X(RST_INVALID, "rst-invalid", WARNING, "RFC 5961", "3.2", N_("a RST with numbers that its receiver must not accept"))        \
    X(RST_MIDDLEBOX, "middlebox-rst", WARNING, "RFC 3360", "2", N_("a RST that seems to come from a box on the way"))            \
    X(NO_FIN, "close-without-fin", INFO, "RFC 9293", "3.6", N_("a connection that ends without FIN"))                            \
    X(TS_BACK, "timestamp-backwards", WARNING, "RFC 7323", "5.3", N_("a timestamp that goes back"))                              \
    X(TS_MISSING, "timestamp-missing", WARNING, "RFC 7323", "3.2", N_("no timestamp though both ends agreed on them"))           \
    X(TS_ECHO, "timestamp-echo", WARNING, "RFC 7323", "3.2", N_("the echo of a timestamp that was never sent"))                  \
    X(CSUM_WRONG, "checksum-wrong", ERROR, "RFC 9293", "3.1", N_("a wrong checksum: the receiver throws the segment away"))      \
    X(CSUM_OFFLOADED, "checksum-offloaded", INFO, "RFC 9293", "3.1",                                                             \
      N_("a checksum that the network card was still to complete when it was captured"))                                         \
    X(OPTIONS_CHANGED, "middlebox-options", WARNING, "RFC 9293", "3.2", N_("options that a box on the way has changed"))         \
    X(NUMBERS_SHIFTED, "middlebox-numbers", WARNING, "RFC 9293", "3.4.1",                                                        \
      N_("numbers that do not belong to this connection: a box on the way may shift them"))                                      \
    X(ECN_FALLBACK, "ecn-fallback", INFO, "RFC 3168", "6.1.1.1", N_("ECN is asked for no more: what asked was not answered"))    \
    X(ECN_MARKED, "ecn-marked", INFO, "RFC 3168", "5", N_("a router has marked the packet: congestion (CE)"))                    \
    X(ECN_ECHO, "ecn-echo", INFO, "RFC 3168", "6.1.3", N_("the receiver tells that packets came marked"))                        \
    X(ECN_REDUCED, "ecn-reduced", INFO, "RFC 3168", "6.1.2", N_("the sender says that it has slowed down (CWR)"))                \
    X(ECN_UNUSED, "ecn-unused", INFO, "RFC 3168", "6.1.1", N_("data that is not ECN-capable, though both ends agreed on ECN"))   \
    X(ECN_NOT_ECHOED, "ecn-not-echoed", WARNING, "RFC 3168", "6.1.3",                                                            \
      N_("marked packets are acknowledged, and the marks never told of"))                                                        \
    X(ECN_BLEACHED, "ecn-bleached", WARNING, "RFC 9768", "3.2.2.3", N_("a box on the way clears the ECN field"))                 \
    X(ECN_MANGLED, "ecn-mangled", WARNING, "RFC 9768", "3.2.2.3", N_("the ECN field, or a flag of ECN, is not what it must be"))

enum finding_id {
#define X(id, name, severity, doc, section, text) FINDING_##id,
    FINDINGS(X)
#undef X
        FINDING_N
};

struct finding_info {
    const char *name;
    uint8_t severity; /* enum story_severity */
    const char *doc, *section, *text;
};
const struct finding_info *finding_info(unsigned id); /* NULL: there is none */

/* FINDING_N: no finding has this name. */
unsigned finding_by_name(const char *name, size_t len);

/* "info", "warning", "error": as on the command line and in JSON. */
const char *finding_severity_name(unsigned severity);

#endif
