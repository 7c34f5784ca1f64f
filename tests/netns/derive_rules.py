"""Derives the rules that tern followed from the packets of its capture alone, and compares them with the packets' comments.

    derive_rules.py FIELDS RULES_H LEAST [--alter ack|comment]

FIELDS is what derive_rules.sh asks of tshark, RULES_H is include/tern/rules.h, LEAST is how many rules must agree. The model
below follows RFC 9293 and the texts of rules.h, not tern's code: for each connection, what tern (192.0.2.2, 2001:db8::2) has
sent, what of it is acknowledged, RCV.NXT, both windows, the FINs. For each packet it says which rules must have applied, and which
may have, where something inside of the stack decides (a timer, when the application reads). A rule that is neither must not be in the
comment.

Prints a line for each check: "ok" or "not ok", a tab, and what was compared; then "why" with packets that disagree. Exits with 3
when one is "not ok". --alter changes one packet's acknowledgement number, or one comment, first: then a check must fail.
"""

import re
import sys
from collections import Counter, defaultdict

OWN = ("192.0.2.2", "2001:db8::2")
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
# tern's defaults: the RFCs leave them to the implementation
DELACK = 0.040
RTO_MIN = 0.200
OVERRIDE = 0.200
INITIAL_SEGMENTS = 10
TIMESTAMPS_LEN = 12
DUPS_MAX = 64  # acknowledgements that wait, one for each segment out of order in a batch
FOR_TEXT = ("ACK_OUT_OF_ORDER", "ACK_HOLE_FILLED", "ACK_SECOND", "ACK_QUICK", "ACK_PUSHED")  # why an ACK is due for an earlier segment
TIMES_AGREE = 5e-6  # comments give microseconds, above a second milliseconds

AGAIN = {"RTX_TIMEOUT", "RTX_AFTER_TIMEOUT", "RTX_FAST", "RTX_PARTIAL", "RTX_FIN", "RTX_PMTU"}
RESETS = {"RST_CLOSED", "RST_ABORT", "RST_UNREAD", "RST_AFTER_CLOSE", "RST_LINGER", "RST_TIMEOUT", "LISTEN_ACK"}


def add(a, n):
    return (a + n) & 0xFFFFFFFF


def diff(a, b):
    """a - b, as numbers that wrap."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000


# ---- the capture ----


def number(text):
    return int(text, 0) if text else 0


class Packet:
    def __init__(self, line):
        f = line.rstrip("\n").split("\t")
        self.n, seconds = int(f[0]), f[1].split(".")
        self.ns = int(seconds[0]) * 10**9 + int(seconds[1].ljust(9, "0")[:9])
        self.direction = number(f[2]) & 3
        src, dst = (f[3] or f[5], int(f[7])), (f[4] or f[6], int(f[8]))
        self.v4 = bool(f[3])
        self.out = src[0] in OWN
        self.pair = (src, dst) if self.out else (dst, src)
        self.seq, self.ack, self.flags, self.len = number(f[9]), number(f[10]), number(f[11]), number(f[12])
        self.wnd = number(f[13])
        self.mss, self.shift = number(f[14]) or None, int(f[15]) if f[15] else None
        self.sacks = len(f[16].split(",")) if f[16] else 0
        self.tsval = int(f[17].split(",")[0]) if f[17] else None
        self.lines = f[18].split("\\n") if f[18] else []

    def has(self, flag):
        return bool(self.flags & flag)

    @property
    def end(self):
        return add(self.seq, self.len + self.has(SYN) + self.has(FIN))

    def describe(self):
        names = "+".join(n for n in ("SYN", "FIN", "RST", "PSH", "ACK", "URG") if self.flags & globals()[n])
        return (f"packet {self.n} {'out' if self.out else 'in'} port {self.pair[0][1]}: {names} seq {self.seq} ack {self.ack} "
                f"len {self.len} window {self.wnd}")


RULE = re.compile(r"(?:^|: )([A-Z][A-Z0-9_]+): (RFC \d+|tern|POSIX) ")
MOVE = re.compile(r"^([A-Z0-9-]+ -> [A-Z0-9-]+)(?::|$)")
STATE = r"(CLOSED|LISTEN|SYN-SENT|SYN-RECEIVED|ESTABLISHED|FIN-WAIT-1|FIN-WAIT-2|CLOSE-WAIT|CLOSING|LAST-ACK|TIME-WAIT): "


class Comment:
    """What a comment states: rules, state transitions, the state in front of the first line, figures."""

    def __init__(self, packet):
        self.rules, self.moves, self.texts = set(), [], {}
        lines = [line for line in packet.lines if line]
        state = re.match(STATE, lines[0]) if lines else None
        self.state = state.group(1) if state else None
        for line in lines:
            rule, move = RULE.search(line), MOVE.match(line)
            if rule:
                name = ("drop " if line.startswith("dropped: ") else "") + rule.group(1)
                self.rules.add(name)
                self.texts[name] = line[rule.start(1):]
            if move:
                self.moves.append(move.group(1))
        self.text = "\n".join(lines)

    def figure(self, pattern):
        m = re.search(pattern, self.text)
        return m.groups() if m else None


# ---- what must and what may be in it ----


class Derived:
    def __init__(self):
        self.must, self.groups, self.moves, self.wrong = set(), [], [], []
        self.may = {"NAGLE_WAIT", "SWS_WAIT", "BUFFER_WAIT"}  # what the application has given that does not leave yet, no packet tells

    def one_of(self, rules):
        """Exactly one of |rules|."""
        if len(rules) == 1:
            self.must |= rules
        elif rules:
            self.may |= rules
            self.groups.append(rules)


class Connection:
    """The model. Names as in RFC 9293 3.3.1."""

    def __init__(self, pair, v4):
        self.pair, self.v4 = pair, v4
        self.states = {"CLOSED"}  # more than one while the packets do not tell whether CLOSE was called
        self.iss = self.una = self.nxt = None
        self.fin_sent = self.fin_in = False
        self.snd_wnd = self.max_wnd = 0
        self.wl1 = self.wl2 = None
        self.shift_in = self.shift_out = 0
        self.scaled = [False, False]
        self.timestamps = [False, False]
        self.peer_mss = self.own_mss = 0
        self.rcv_nxt = self.edge = self.acked = None
        self.largest = 0  # payload of a segment that came: what counts as full-sized
        self.waiting, self.fin_at = [], None  # out of order: [left, right), and the number of a FIN
        self.ts_recent = None  # RFC 7323: TS.Recent
        self.duplicates = 0
        self.due = None  # why an ACK must go out
        self.dups = 0  # duplicates due after it: RFC 5681 4.2 asks for one a segment
        self.delack = None  # since when data waits for the delayed ACK
        self.timer = False  # retransmission timer runs
        self.timed = None  # (number, time) that a round trip is measured by
        self.made = None  # when the SYN,ACK was made: in the step that took the SYN
        self.srtt = self.rttvar = None
        self.cwnd = None
        self.since = 0  # when SND.UNA last moved
        self.loose = False  # something was sent again: until all is acknowledged timers and samples are not derived
        self.lossy = False  # cwnd is no longer derived
        self.syn_lost = False  # our SYN or SYN,ACK was sent again by its timer

    # -- helpers --

    def mss(self):
        mss = min(self.peer_mss, 1500 - (40 if self.v4 else 60))
        return mss - (TIMESTAMPS_LEN if all(self.timestamps) else 0)

    def move(self, d, to, only=None):
        """The state changes: a line "A -> B" in the comment."""
        (state,) = self.states
        if state == to or (only and state != only):
            return
        d.moves.append(f"{state} -> {to}")
        self.states = {to}
        if to == "TIME-WAIT":
            d.must.add("MSL2")
            self.delack = None  # all timers but this one end
            if self.due == "ACK_FIN":
                d.may.add("ACK_FIN")  # the answer is made in the same breath

    def note_state(self, d, comment):
        """CLOSE is a call, no packet: before our FIN is sent both states are possible, and the comment tells which."""
        called = {"ESTABLISHED": "FIN-WAIT-1", "CLOSE-WAIT": "LAST-ACK"}
        if not self.fin_sent:
            self.states |= {called[s] for s in self.states if s in called}
        if comment.state not in self.states:
            d.wrong.append(f"state {comment.state}, by the packets {' or '.join(sorted(self.states))}")
            if len(self.states) > 1:
                self.states = {sorted(self.states)[0]}
        else:
            self.states = {comment.state}

    # -- arriving --

    def window(self, d, p, comment):
        """RFC 9293 3.10.7.4 fifth: SND.WND <- SEG.WND; 3.8.6: it may shrink."""
        wnd = p.wnd << (0 if p.has(SYN) else self.shift_in)
        self.wl1, self.wl2 = p.seq, p.ack
        self.max_wnd = max(self.max_wnd, wnd)
        if wnd == self.snd_wnd:
            return
        shrunk = self.una is not None and diff(add(self.una, wnd), self.nxt) < 0
        rule = "WINDOW_SHRUNK" if shrunk else "WINDOW_UPDATE"
        if self.loose:
            d.one_of({"WINDOW_SHRUNK", "WINDOW_UPDATE"})
        else:
            d.must.add(rule)
        stated = comment.figure(r"SND\.WND = (\d+)")
        if stated and int(stated[0]) != wnd:
            d.wrong.append(f"SND.WND stated as {stated[0]}, by the packet {wnd}")
        self.snd_wnd = wnd

    def syn_options(self, d, p, who):
        if who == 0:
            self.ts_recent = p.tsval
            self.peer_mss = p.mss or (536 if self.v4 else 1220)
            if not p.mss:
                d.must.add("MSS_DEFAULT")
        else:
            self.own_mss = p.mss or 0
        self.timestamps[who] = p.tsval is not None
        self.scaled[who] = p.shift is not None
        if who == 0:
            self.peer_shift = p.shift or 0
        else:
            self.own_shift = p.shift or 0
        if all(self.scaled):
            self.shift_in, self.shift_out = self.peer_shift, self.own_shift

    def measured(self, d, p, comment):
        """RFC 6298 2.2, 2.3: R is the time from the packet out to the packet in."""
        if self.loose:
            d.may |= {"RTT_FIRST", "RTT_SAMPLE", "KARN"}
            if self.syn_lost and self.srtt is None and "KARN" in comment.rules:
                d.must.add("RTO_SYN_LOST")  # RFC 6298 5.7
            if comment.rules & {"RTT_FIRST", "RTT_SAMPLE"}:
                self.take_stated(comment)
            return
        if not self.timed or diff(p.ack, self.timed[0]) < 0:
            return
        r = (p.ns - self.timed[1]) / 1e9
        self.timed = None
        if self.srtt is None:
            d.must.add("RTT_FIRST")
            self.srtt, self.rttvar = r, r / 2
        else:
            d.must.add("RTT_SAMPLE")
            self.rttvar = 3 / 4 * self.rttvar + 1 / 4 * abs(self.srtt - r)
            self.srtt = 7 / 8 * self.srtt + 1 / 8 * r
        want = [r, self.srtt, self.rttvar, self.srtt + max(RTO_MIN, 4 * self.rttvar)]
        stated = self.stated_times(comment)
        if stated and any(abs(a - b) > (TIMES_AGREE if b < 1 else 2e-3) for a, b in zip(stated, want)):
            d.wrong.append("R, SRTT, RTTVAR, RTO stated as %s, by the packets %s" % (stated, [round(x, 6) for x in want]))

    @staticmethod
    def stated_times(comment):
        m = comment.figure(r"round trip ([\d.]+) (m?s), SRTT ([\d.]+) (m?s), RTTVAR ([\d.]+) (m?s), RTO ([\d.]+) (m?s)")
        return m and [float(m[i]) * (1e-3 if m[i + 1] == "ms" else 1) for i in (0, 2, 4, 6)]

    def take_stated(self, comment):
        stated = self.stated_times(comment)
        if stated:
            _, self.srtt, self.rttvar, _ = stated

    def established(self, d, comment):
        """RFC 6928 2: min(10 MSS, max(2 MSS, 14600))."""
        d.must.add("CC_INITIAL")
        mss = self.mss()
        self.cwnd = min(INITIAL_SEGMENTS * mss, max(2 * mss, 14600))
        stated = comment.figure(r"cwnd (\d+), [^\n]*CC_INITIAL")
        if stated and int(stated[0]) != self.cwnd:
            d.wrong.append(f"initial window {stated[0]}, by the MSS {self.cwnd}")
        if self.syn_lost:  # RFC 5681 3.1
            d.must.add("CC_SYN_LOST")
            self.cwnd = mss

    def slow_start(self, d, numbers, comment):
        """RFC 5681 3.1. The window grows when it, and not the application, was what stopped the sender."""
        stated = comment.figure(r"cwnd (\d+), [^\n]*CC_SLOW_START")
        d.may.add("CC_SLOW_START")  # how much the application had given by then, no packet tells
        if self.lossy:
            d.may |= {"CC_AVOIDANCE", "CC_RECOVERED"}
        if not stated:
            return
        if not self.lossy and not 0 < int(stated[0]) - self.cwnd <= numbers:
            d.wrong.append(f"cwnd from {self.cwnd} to {stated[0]}, and {numbers} bytes were acknowledged")
        self.cwnd = int(stated[0])

    def timer_acked(self, d):
        """RFC 6298 5.2, 5.3"""
        rule = "RTO_STOP" if self.una == self.nxt else "RTO_RESTART"
        if self.loose:
            d.may |= {"RTO_STOP", "RTO_RESTART"}
        elif self.timer or rule == "RTO_RESTART":
            d.must.add(rule)
        self.timer = self.una != self.nxt

    def acknowledged(self, d, p, comment):
        """SND.UNA < SEG.ACK =< SND.NXT. Returns whether our FIN is acknowledged."""
        d.must.add("ACK_NEW")
        numbers, fin = diff(p.ack, self.una), self.fin_sent and p.ack == self.nxt
        self.una, self.since, self.duplicates = p.ack, p.ns, 0
        self.measured(d, p, comment)
        self.slow_start(d, numbers, comment)
        self.timer_acked(d)
        if self.una == self.nxt and self.loose:
            self.loose, self.timed = False, None
        if fin:
            d.must.add("FIN_ACKED")
        return fin

    def duplicate(self, d):
        """RFC 5681 3.2: the third is a loss."""
        self.duplicates += 1
        if self.duplicates == 3:
            (d.may if self.loose else d.must).add("CC_LOSS")
            self.loose = self.lossy = True

    def fin_acked(self, d, fin_comes):
        (state,) = self.states
        if state == "FIN-WAIT-1" and not fin_comes:
            self.move(d, "FIN-WAIT-2")
        elif state == "CLOSING":
            self.move(d, "TIME-WAIT")
        elif state == "LAST-ACK":
            self.move(d, "CLOSED")

    def acknowledgement_due(self, why):
        self.due = self.due or why

    def text_in(self, d, p):
        """RFC 9293 3.10.7.4 seventh, 3.8.6.3."""
        left, right = p.seq, add(p.seq, p.len)
        if p.len and diff(left, self.rcv_nxt) < 0:
            self.acknowledgement_due("ACK_DSACK")
            if diff(right, self.rcv_nxt) <= 0:
                d.must.add("OLD_DATA")
                return
            left = self.rcv_nxt
        if diff(right, self.edge) > 0:
            d.must.add("TRIMMED")
            self.acknowledgement_due("ACK_PROBE")
            right = self.edge
        if diff(left, self.rcv_nxt) > 0:
            d.must.add("OUT_OF_ORDER")
            self.dups += self.due in FOR_TEXT and self.dups < DUPS_MAX
            self.acknowledgement_due("ACK_OUT_OF_ORDER")
            if left != right:
                self.waiting.append((left, right))
            if p.has(FIN) and diff(add(left, p.len), self.edge) <= 0:
                self.fin_at = right
            return
        if diff(right, left) <= 0:
            return
        d.must.add("IN_ORDER")
        full = self.own_mss - (TIMESTAMPS_LEN if all(self.timestamps) else 0)
        self.largest = max(self.largest, min(p.len, full))
        self.rcv_nxt, self.dups = right, 0
        if self.waiting or self.fin_at is not None:
            self.acknowledgement_due("ACK_HOLE_FILLED")
            for low, high in sorted(self.waiting, key=lambda w: diff(w[0], p.seq)):
                if diff(low, self.rcv_nxt) <= 0 < diff(high, self.rcv_nxt):
                    self.rcv_nxt = high
            self.waiting = [w for w in self.waiting if diff(w[1], self.rcv_nxt) > 0]
        elif self.due is None and diff(self.rcv_nxt, self.acked) >= 2 * self.largest:
            self.due = "ACK_SECOND"
        elif self.due is None and self.delack is None:
            self.delack = p.ns
            d.must.add("DELACK")

    def fin_arrives(self, d):
        """RFC 9293 3.10.7.4 eighth. Whether ours is acknowledged was settled before."""
        d.must.add("FIN_IN")
        self.fin_in = True
        self.rcv_nxt = add(self.rcv_nxt, 1)
        self.acknowledgement_due("ACK_FIN")
        (state,) = self.states
        ours_acked = self.fin_sent and self.una == self.nxt
        self.move(d, {"ESTABLISHED": "CLOSE-WAIT", "FIN-WAIT-2": "TIME-WAIT",
                      "FIN-WAIT-1": "TIME-WAIT" if ours_acked else "CLOSING"}.get(state, state))

    def listen(self, d, p, comment):
        """RFC 9293 3.10.7.2 third: the answer, and its timer, belong to the same step."""
        self.states = {"LISTEN"}
        self.note_state(d, comment)
        d.must.add("LISTEN_SYN")
        d.may.add("RTO_START")
        if p.len:
            d.must.add("SYN_DATA_HELD")
        self.syn_options(d, p, 0)
        self.rcv_nxt = self.edge = self.acked = add(p.seq, 1)
        self.window(d, p, comment)
        self.made = p.ns
        self.move(d, "SYN-RECEIVED")

    def synsent(self, d, p, comment):
        """RFC 9293 3.10.7.3"""
        if not p.has(SYN) or not p.has(ACK) or p.ack != self.nxt:
            return
        d.must.add("SYNSENT_SYNACK")
        self.syn_options(d, p, 0)
        self.rcv_nxt = self.acked = add(p.seq, 1)
        self.edge = add(self.rcv_nxt, self.edge)
        self.una, self.since = p.ack, p.ns
        self.window(d, p, comment)
        self.measured(d, p, comment)
        self.timer_acked(d)
        self.loose = False
        self.move(d, "ESTABLISHED")
        self.established(d, comment)
        self.acknowledgement_due("SYNSENT_SYNACK")

    def acceptable(self, p):
        """RFC 9293 3.10.7.4 first, table 6; an ACK at the right edge is taken too (A.2)."""
        wnd, n = diff(self.edge, self.rcv_nxt), diff(p.end, p.seq)
        first, last = diff(p.seq, self.rcv_nxt), diff(add(p.seq, n - 1), self.rcv_nxt)
        if wnd == 0:
            return first == 0
        if n == 0:
            return 0 <= first <= wnd
        return 0 <= first < wnd or 0 <= last < wnd

    def not_acceptable(self, d, p):
        old = diff(p.end, self.rcv_nxt) <= 0
        probe = old and p.len <= 1 and add(p.seq, 1) == self.rcv_nxt and not p.flags & (SYN | FIN)
        d.must |= {"KEEPALIVE_IN" if probe else "OLD_DATA" if old else "ACK_DUPLICATE", "drop OLD" if old else "drop WINDOW"}
        self.acknowledgement_due("ACK_DUPLICATE" if self.edge != self.rcv_nxt else "ACK_PROBE")

    def check_ack(self, d, p, comment, fin_comes):
        """RFC 9293 3.10.7.4 fifth. False: the segment is not looked at any further."""
        if diff(p.ack, self.nxt) > 0:
            d.must.add("ACK_UNSENT")
            self.acknowledgement_due("ACK_UNSENT")
            return False
        fin, new = False, diff(p.ack, self.una)
        if new > 0:
            fin = self.acknowledged(d, p, comment)
        elif new < 0:
            d.must.add("ACK_OLD")
        else:
            d.may.add("ACK_OLD")  # by its text also SEG.ACK = SND.UNA
            same = p.wnd << self.shift_in == self.snd_wnd
            if not p.len and not p.has(FIN) and same and self.una != self.nxt:  # RFC 5681 2
                d.must.add("ACK_DUP")
                self.duplicate(d)
        first = diff(p.seq, self.wl1)
        if new >= 0 and (first > 0 or (first == 0 and diff(p.ack, self.wl2) >= 0)):
            self.window(d, p, comment)
        if fin:
            self.fin_acked(d, fin_comes)
        return True

    def time_wait(self, d, p):
        """RFC 9293 3.10.7.4: only the FIN again is expected; its answer is made in the same breath."""
        if p.has(RST):
            d.may |= {"TW_RST_IGNORED", "drop TW_RST"}
        elif p.has(FIN) and p.end == self.rcv_nxt:
            d.must.add("ACK_TIME_WAIT")
            self.due = "ACK_TIME_WAIT"
        elif p.end == p.seq == self.rcv_nxt:
            d.must.add("ACK_OLD")
        else:
            d.may |= {"ACK_DUPLICATE", "drop TW_OTHER", "drop TW_SYN_OLD"}
            self.due = "ACK_DUPLICATE"

    def arrives(self, d, p, comment):
        if p.has(SYN) and not p.has(ACK) and self.states <= {"CLOSED", "TIME-WAIT"}:
            self.__init__(self.pair, self.v4)
            self.listen(d, p, comment)
            return
        if self.states != {"CLOSED"}:
            self.note_state(d, comment)
        if self.states == {"SYN-SENT"}:
            self.synsent(d, p, comment)
            return
        if self.states == {"CLOSED"}:
            d.may |= {"LISTEN_ACK", "RST_CLOSED", "drop RST_TO_LISTEN", "drop RST_TO_CLOSED"}
            return
        if self.states == {"SYN-RECEIVED"} and p.has(SYN) and not p.has(ACK) and add(p.seq, 1) == self.rcv_nxt:
            d.must.add("SYN_AGAIN")  # our SYN,ACK was lost
            return
        if not p.has(RST) and all(self.timestamps) and p.tsval is not None and diff(p.tsval, self.ts_recent) < 0:
            d.must |= {"PAWS_ACK", "drop PAWS"}  # RFC 7323 5.3 R1
            self.acknowledgement_due("PAWS_ACK")
            return
        if self.states == {"TIME-WAIT"}:
            self.time_wait(d, p)
            return
        if not self.acceptable(p):
            self.not_acceptable(d, p)
            return
        if p.has(RST):
            d.one_of({"RST_IN", "CHALLENGE_RST", "TW_RST_IGNORED"})
            self.states = {"CLOSED"} if "RST_IN" in comment.rules else self.states
            return
        if not p.has(ACK) or p.has(SYN):
            d.may |= {"SYN_AGAIN", "CHALLENGE_SYN", "TW_SYN"}
            return
        if p.tsval is not None and diff(p.seq, self.acked) <= 0:
            self.ts_recent = p.tsval  # RFC 7323 4.3
        fin_comes = p.has(FIN) and p.seq == self.rcv_nxt and not self.waiting
        if self.states == {"SYN-RECEIVED"}:
            if p.ack != self.nxt:
                d.must.add("SYNRCVD_ACK_BAD")
                return
            d.must.add("SYNRCVD_ACK")
            self.window(d, p, comment)
            self.move(d, "ESTABLISHED")
            self.established(d, comment)
        if not self.check_ack(d, p, comment, fin_comes):
            return
        if self.states == {"CLOSED"}:
            return
        if self.fin_in:
            if p.len or p.has(FIN):
                self.acknowledgement_due("ACK_DUPLICATE")
            return
        if p.len or p.has(FIN):
            self.text_in(d, p)
        if self.rcv_nxt in ([add(p.seq, p.len)] if p.has(FIN) else []) + [self.fin_at]:
            self.fin_arrives(d)

    # -- leaving --

    def starts_timer(self, d):
        """RFC 6298 5.1"""
        if self.loose:
            d.may.add("RTO_START")
        elif not self.timer:
            d.must.add("RTO_START")
        self.timer = True

    def syn_out(self, d, p, comment):
        again = self.iss is not None
        if not p.has(ACK):
            if not again:
                self.__init__(self.pair, self.v4)
            self.states = {"SYN-SENT"}
        self.note_state(d, comment)
        d.one_of({"RTX_SYNACK", "SYN_AGAIN"} if again and p.has(ACK) else {"RTX_SYN"} if again else
                 {"LISTEN_SYN"} if p.has(ACK) else {"OPEN_ACTIVE"})
        self.starts_timer(d)
        self.syn_options(d, p, 1)
        if not p.has(ACK):
            self.edge = p.wnd  # from a number that is not known yet
        self.iss = self.una = p.seq
        self.nxt = add(p.seq, 1)
        self.timed = None if again else (self.nxt, self.made or p.ns)
        self.loose = self.lossy = again
        self.syn_lost |= bool(comment.rules & {"RTX_SYN", "RTX_SYNACK"})

    def data_rules(self, p):
        """Why data leaves, by RFC 9293 3.7.4, 3.8.6.2.1 and 3.9.1.2."""
        again = diff(p.seq, self.nxt) < 0
        if again:
            return AGAIN
        if self.snd_wnd == 0 and self.una == self.nxt and p.len + p.has(FIN) == 1:
            return {"PROBE_ZERO"}
        if p.has(FIN):
            return {"SEND_FIN_DATA"} if p.len else {"SEND_FIN"}
        if p.has(URG):
            return {"SEND_URGENT"}
        if 0 < self.duplicates < 3:  # RFC 3042: what lies beyond the congestion window
            if self.lossy:
                return {"LIMITED_TRANSMIT"} | self.in_window_rules(p)
            if diff(p.end, self.una) > self.cwnd and p.len <= 2 * self.mss():  # a longer packet was let go by cwnd, its end apart
                return {"LIMITED_TRANSMIT"}
        return self.in_window_rules(p)

    def in_window_rules(self, p):
        full = p.len >= self.mss() - (4 + 8 * p.sacks if p.sacks else 0)
        if full:
            return {"SEND_PUSH"} if p.has(PSH) else {"SEND_FULL"}
        idle = self.una == self.nxt
        rules = ({"SEND_IDLE"} if idle else {"SEND_NODELAY"}) if p.has(PSH) else set()
        if not p.has(PSH) and 2 * p.len >= self.max_wnd - 1:
            rules.add("SEND_HALF_WINDOW")
        if idle and p.ns - self.since >= OVERRIDE * 1e9:
            rules.add("SEND_OVERRIDE")
        return rules

    def data_out(self, d, p, comment):
        rules = self.data_rules(p)
        again = bool(rules & (AGAIN | {"PROBE_ZERO"}))
        if not rules:
            d.wrong.append("a short segment, and no rule lets it go")
        d.one_of(rules)
        if self.una == self.nxt:
            d.may.add("WINDOW_UPDATE")  # it ends the wait for a window worth a segment
            if p.ns - self.since > RTO_MIN * 1e9 and not again:
                d.may.add("CC_IDLE")
                stated = comment.figure(r"cwnd (\d+), [^\n]*CC_IDLE")
                self.cwnd = int(stated[0]) if stated else self.cwnd
        if p.has(FIN) and not self.fin_sent:
            self.fin_sent = True
            self.states = {{"ESTABLISHED": "FIN-WAIT-1", "CLOSE-WAIT": "LAST-ACK"}.get(s, s) for s in self.states}
        self.note_state(d, comment)
        if again:
            self.loose = self.lossy = True
            d.may |= {"RTO_START", "RTO_AGAIN"}
            self.nxt = p.end if diff(p.end, self.nxt) > 0 else self.nxt
            return
        self.starts_timer(d)
        self.nxt = p.end
        if self.timed is None:
            self.timed = (self.nxt, p.ns)

    def ack_out(self, d, p, comment, edge):
        """A segment without data: which acknowledgement is it? The first thing that made it due names it."""
        self.note_state(d, comment)
        if self.states == {"TIME-WAIT"}:
            d.may |= {"drop TW_OTHER", "drop TW_SYN_OLD"}  # the answer is made in the step that drops
        if p.seq == add(self.nxt, -1):
            d.must.add("KEEPALIVE_PROBE")
            return
        rules = {self.due} if self.due else set()
        if self.delack is not None and p.ns - self.delack >= DELACK * 1e9:
            rules.add("ACK_DELAYED")
        if not self.due and diff(edge, self.edge) > 0:
            rules.add("ACK_WINDOW")
        if not rules:
            d.wrong.append("an acknowledgement that nothing made due")
        d.one_of(rules)

    def leaves(self, d, p, comment):
        if p.has(RST):
            d.one_of(RESETS)
            self.states = {"CLOSED"}
            return
        if p.has(SYN):
            self.syn_out(d, p, comment)
        if p.has(ACK):
            if p.ack != self.rcv_nxt:
                d.wrong.append(f"ack {p.ack}, RCV.NXT is {self.rcv_nxt}")
            edge = add(p.ack, p.wnd << (0 if p.has(SYN) else self.shift_out))
            if diff(edge, self.edge) < 0:
                d.wrong.append("the window shrinks")
            if p.len or p.has(FIN):
                self.data_out(d, p, comment)
            elif not p.has(SYN):
                self.ack_out(d, p, comment, edge)
            if self.delack is not None:
                (d.must if p.ns - self.delack < DELACK * 1e9 else d.may).add("DELACK")
            self.acked, self.edge, self.due, self.delack = p.ack, edge, None, None
            if self.dups:
                self.dups, self.due = self.dups - 1, "ACK_OUT_OF_ORDER"


# ---- comparing ----


class Check:
    def __init__(self, known, least):
        self.least = least
        self.known = known  # name -> the words that a comment must say
        self.derived, self.allowed, self.stated = Counter(), Counter(), Counter()
        self.wrong = defaultdict(list)
        self.moves, self.figures, self.silent = Counter(), 0, 0

    def compare(self, p, comment, d):
        for rule in comment.rules:
            self.stated[rule] += 1
            if rule not in self.known:
                self.wrong[rule].append(f"{p.describe()}: rules.h has no such rule")
            elif not comment.texts[rule].startswith(self.known[rule]):
                self.wrong[rule].append(f"{p.describe()}: says {comment.texts[rule]!r}")
            if rule not in d.must | d.may:
                self.wrong[rule].append(f"{p.describe()}: in the comment, not by the packets")
        for rule in d.must:
            self.derived[rule] += 1
            if rule not in comment.rules:
                self.wrong[rule].append(f"{p.describe()}: by the packets, not in the comment: {sorted(comment.rules)}")
        for rule in (d.may - d.must) & comment.rules:
            self.allowed[rule] += 1
        for group in d.groups:
            if len(group & comment.rules) != 1:
                self.wrong["/".join(sorted(group))].append(f"{p.describe()}: the comment has {sorted(comment.rules)}")
        for move in d.moves:
            self.moves[move] += 1
        if sorted(d.moves) != sorted(comment.moves):
            self.wrong["state changes"].append(f"{p.describe()}: stated {comment.moves}, by the packets {d.moves}")
        for text in d.wrong:
            self.wrong["figures"].append(f"{p.describe()}: {text}")
        if not comment.rules:
            self.silent += 1

    def report(self, packets):
        """One line a rule, its failures below it."""
        lines, good = [], 0
        names = sorted(set(self.derived) | set(self.allowed) | set(self.stated))
        for rule in names:
            must, may = self.derived[rule], self.allowed[rule]
            what = [f"{must:,} packets derived"] if must else []
            what += [f"{may:,} more where it may apply" if must else f"{may:,} packets, all where it may apply"] if may else []
            lines.append((rule not in self.wrong, f"{rule}: {', '.join(what) or 'no packet derived'}, all comments agree",
                          self.wrong.pop(rule, [])))
            good += lines[-1][0]
        exact = sum(1 for rule in names if self.derived[rule])
        moves = ", ".join(f"{m} {n}" for m, n in sorted(self.moves.items()))
        lines.append(("state changes" not in self.wrong, f"state changes: {moves}", self.wrong.pop("state changes", [])))
        lines.append(("figures" not in self.wrong,
                      "figures: ack = RCV.NXT, the states, SND.WND, cwnd and the round trips are what the packets say",
                      self.wrong.pop("figures", [])))
        for rule, failures in self.wrong.items():
            lines.append((False, rule, failures))
        lines.append((good >= self.least,
                      f"at least {self.least} rules: {good} agree, {exact} of them follow from the packets alone; "
                      f"{packets:,} packets, {self.silent:,} of them name no rule", []))
        return lines


def rules_of(path):
    """The tables of rules.h: name -> "NAME: DOCUMENT SECTION: TEXT"; a reason to drop has "drop " before its name."""
    with open(path, encoding="utf-8") as f:
        tables = re.sub(r'"\s+"', "", f.read().replace("\\\n", " ")).split("#define TERN_DROPS")
    known = {}
    for before, table in zip(("", "drop "), tables):
        rows = re.findall(r' X\((\w+), "([^"]*)", "([^"]*)",\s+"([^"]*)"\)', table)
        if len(rows) != len(re.findall(r' X\(\w+, "', table)):
            sys.exit(f"{path}: a row that is not read")
        for name, doc, section, text in rows:
            known[before + name] = f"{name}: {doc} {section}: {text}"
    return known


def alter(packets, how):
    """Spoils one packet: an acknowledgement of new data that came, or the comment on it."""
    news = [p for p in packets if any("ACK_NEW: " in line for line in p.lines)]
    p = news[len(news) // 2]
    if how == "ack":
        p.ack = add(p.ack, -(1 << 30))  # far behind anything that it could newly acknowledge
    else:
        p.lines = [line.replace("ACK_NEW: ", "ACK_OLD: ") for line in p.lines]


def run(packets, known, least):
    connections, check, answers = {}, Check(known, least), {}
    for p in packets:
        if p.out:
            answers.setdefault(p.pair, p)
    closed = {pair for pair, p in answers.items() if p.has(RST)}  # a RST was the first thing said
    for p in packets:
        comment, d = Comment(p), Derived()
        c = connections.setdefault(p.pair, Connection(p.pair, p.v4))
        if (p.direction == 2) != p.out:
            d.wrong.append("the capture's direction is not the address's")
        if p.pair in closed:
            d.must.add("RST_CLOSED")  # RFC 9293 3.10.7.1
        else:
            (c.leaves if p.out else c.arrives)(d, p, comment)
        check.compare(p, comment, d)
    return check.report(len(packets))


def main(argv):
    with open(argv[1], encoding="utf-8") as f:
        packets = [Packet(line) for line in f]
    if "--alter" in argv:
        alter(packets, argv[argv.index("--alter") + 1])
    failed = not packets
    for ok, name, failures in run(packets, rules_of(argv[2]), int(argv[3])):
        print(("ok" if ok else "not ok") + "\t" + name)
        for text in failures[:4]:
            print("why\t" + text)
        failed = failed or not ok
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
