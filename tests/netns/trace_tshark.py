#!/usr/bin/env python3
"""Compares what `tern trace` finds with tshark's tcp.analysis marks, packet by packet.

    trace_tshark.py CAPTURE TRACE_JSON

TRACE_JSON is what `tern trace --json CAPTURE` said. A packet on which both agree is no news. Every other one must fall under one of
the differences that doc/trace.md explains ("Differences from tshark"): each is a function here that looks at the packets whether
its reason holds, and is counted. What falls under none is printed, and the exit status is 1. disagreements() is for other tests.
"""
import collections
import json
import subprocess
import sys

MARKS = ("retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "keep_alive", "keep_alive_ack",
         "zero_window", "zero_window_probe", "zero_window_probe_ack", "window_full", "window_update", "duplicate_ack",
         "lost_segment", "ack_lost_segment", "reused_ports")
SYN_AGAIN = ("syn-retry", "syn-ack-retry")
# tshark has no mark for these.
ALONE = {"window-scale-mismatch", "mss-mismatch", "beyond-window", "silly-window", "no-answer", "half-open", "rst-refused",
         "rst-firewall", "rst-unread-data", "rst-abort", "rst-half-open", "rst-after-close", "rst-unwanted-syn-ack", "rst-late",
         "rst-invalid", "middlebox-rst", "close-without-fin", "timestamp-backwards", "timestamp-missing", "timestamp-echo",
         "checksum-offloaded", "middlebox-options", "middlebox-numbers"}
MS = 1000000
M32 = 1 << 32


def after(a, b):
    """a > b, as sequence numbers are compared."""
    return 0 < (a - b) % M32 < M32 // 2


def marks_of(capture):
    """{packet: (set of marks, nanoseconds of tshark's first round trip or None)}"""
    fields = ["frame.number", "tcp.analysis.initial_rtt"] + ["tcp.analysis." + m for m in MARKS]
    run = subprocess.run(["tshark", "-r", capture, "-Y", "tcp && !icmp && !icmpv6", "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields"]
                         + [a for f in fields for a in ("-e", f)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    out = {}
    for line in run.stdout.splitlines():
        number, rtt, *marks = line.split("\t")
        out[int(number)] = ({m for m, value in zip(MARKS, marks) if value}, int(float(rtt) * 1e9) if rtt else None)
    return out


class Segment:
    """A row of tern trace with what tshark says about it."""

    def __init__(self, row, marks, rtt):
        s = row["segment"]
        self.n, self.conn, self.side, self.at = row["n"], row["number"], row["side"], row["at"]
        self.seq, self.ack, self.len, self.window = s["seq"], s["ack"], s["len"], s["window_raw"]
        self.flags, self.sack = set(s["flags"]), s.get("options", {}).get("sack", [])
        self.end = (self.seq + self.len + len(self.flags & {"SYN", "FIN"})) % M32
        self.takes = self.end != self.seq
        notes = row.get("notes", [])
        self.own = {note["finding"] for note in notes if note["side"] == self.side}
        self.other = {note["finding"] for note in notes if note["side"] != self.side}
        self.found = self.own | self.other
        self.tcb = row["tcb"]
        self.marks, self.rtt = marks, rtt


class Sender:
    """What tshark remembers of one direction, and which bytes came."""

    def __init__(self):
        self.next = self.next_at = self.ack = self.ack_at = self.window = None
        self.dups = 0
        self.seen = []      # [from, to) of what came, as it came, not wrapped
        self.damaged = []   # the same of what came with a wrong checksum
        self.sacked = False
        self.zero = False
        self.gap = False    # tshark saw numbers passed over
        self.lost_to = None # acknowledged up to here, and told that the capture lost some of it
        self.only_syn = False

    def had(self, ranges, s):
        return any(after(to, s.seq) and after(s.end, start) for start, to in ranges)

    def take(self, s):
        if s.takes:
            (self.damaged if "checksum-wrong" in s.found else self.seen).append((s.seq, s.end))
            if self.next is None or after(s.end, self.next):
                self.next, self.next_at = s.end, s.at
        elif self.next is None:
            self.next = s.seq
        if "ACK" in s.flags:
            same = self.ack == s.ack and not s.takes
            self.dups = self.dups + 1 if same and "duplicate_ack" in s.marks else self.dups if same else 0
            self.ack, self.ack_at = s.ack, s.at
            self.sacked = bool(s.sack)
        self.window = s.window
        self.gap |= "lost_segment" in s.marks
        self.only_syn = s.flags == {"SYN"}
        if "SYN" not in s.flags and "RST" not in s.flags:
            self.zero = s.window == 0


# ---- what is sent again ----

def tern_kind(s):
    for kind, names in (("copy", ("capture-duplicate",)), ("damaged", ("checksum-wrong",)), ("fast", ("fast-retransmission",)),
                        ("timeout", ("timeout-retransmission", "tail-loss-probe") + SYN_AGAIN), ("spurious", ("spurious-retransmission",)),
                        ("late", ("out-of-order",)), ("keepalive", ("keepalive",)), ("probe", ("zero-window-probe",))):
        if s.own & set(names):
            return kind
    return None


def tshark_kind(s):
    for kind, mark in (("spurious", "spurious_retransmission"), ("fast", "fast_retransmission"), ("timeout", "retransmission"),
                       ("late", "out_of_order"), ("keepalive", "keep_alive"), ("probe", "zero_window_probe")):
        if mark in s.marks:
            return kind
    return None


def soon(s, me):
    """tshark takes what comes soon after the newest number for out of order: within the first round trip, or 3 ms."""
    return me.next_at is not None and s.at - me.next_at < (s.rtt or 3 * MS) + 1000 and s.end != me.next


def kind_difference(s, me, peer):
    tern, tshark = tern_kind(s), tshark_kind(s)
    if tern == tshark:
        return "same"
    if tern == "copy":
        return "copies of a packet"
    if tern == "damaged" or me.had(me.damaged, s):
        return "damaged segments do not count"
    again = ("fast", "timeout", "spurious")
    if tern in again and tshark == "late" and soon(s, me) and (me.had(me.seen, s) or peer.dups or peer.sacked or peer.ack is not None):
        return "soon is not out of order"
    if tern == "late" and tshark in again and (not soon(s, me) or tshark == "fast"):
        return "out of order by the identification"
    if tern == "fast" and tshark == "timeout" and not (peer.dups >= 2 and peer.ack == s.seq and s.at - peer.ack_at < 20 * MS):
        return "fast by SACK or partial acknowledgement"
    if tern == "timeout" and tshark == "fast":
        return "a timeout among duplicate acknowledgements"
    if tern in ("spurious",) and tshark in ("timeout", "fast"):
        return "needless by SACK, or a FIN"
    if tern in ("fast", "timeout") and tshark == "spurious":
        return "spurious unknown"
    if tshark == "keepalive" and tern in again and s.len == 1 and s.tcb[s.side].get("flight", 0) > 0:
        return "one byte again"
    if tern is None and tshark == "timeout" and s.flags >= {"SYN", "ACK"} and peer.only_syn:
        return "the SYN,ACK of a simultaneous open"
    if tshark == "keepalive" and tern == "probe" and peer.zero:
        return "window probes without a byte"
    return None


# ---- acknowledgements ----

def duplicate_difference(s, me, peer):
    dsack = s.sack and (not after(s.sack[0][1], s.ack) or len(s.sack) > 1 and not after(s.sack[1][0], s.sack[0][0]) and
                        not after(s.sack[0][1], s.sack[1][1]))
    if "duplicate-ack" in s.own:
        return "a new SACK counts though the window changed" if s.sack and s.window != me.window else None
    if dsack:
        return "a D-SACK tells of a copy, not of a gap"
    if s.ack == peer.next:
        return "nothing was on its way"
    return None


def lost_difference(s, peer):
    if "capture-lost" in s.found:
        return "a gap before what was captured" if peer.gap else None
    return "told once" if peer.lost_to is not None and not after(s.ack, peer.lost_to) else None


# ---- all of it ----

def compare(s, me, peer):
    """(difference, explanation or None) of one segment."""
    kind = kind_difference(s, me, peer)
    if kind != "same":
        yield f"{tern_kind(s)} is {tshark_kind(s)} for tshark", kind
    dup, mark = "duplicate-ack" in s.own, "duplicate_ack" in s.marks
    if dup != mark:
        yield "duplicate-ack" if dup else "duplicate_ack", duplicate_difference(s, me, peer)
    zero, mark = "zero-window" in s.own, "zero_window" in s.marks
    if zero != mark:
        yield "zero-window" if zero else "zero_window", "told once" if me.zero else None
    full, mark = "window-full" in s.own, "window_full" in s.marks
    if full != mark:
        yield "window-full" if full else "window_full", None
    answer, mark = "keepalive-answer" in s.own, bool(s.marks & {"keep_alive_ack", "zero_window_probe_ack"})
    if answer != mark:
        yield "keepalive-answer" if answer else "keep_alive_ack", None
    lost, mark = "capture-lost" in s.found, "ack_lost_segment" in s.marks
    if lost != mark:
        yield "capture-lost" if lost else "ack_lost_segment", lost_difference(s, peer)
    if "window_update" in s.marks and me.zero and "window-reopened" not in s.own:
        yield "window_update", None


def disagreements(capture, trace_json):
    """([what tern and tshark say differently for no known reason], {explanation: how often})"""
    marks, senders = marks_of(capture), collections.defaultdict(Sender)
    wrong, explained = [], collections.Counter()
    for line in trace_json:
        row = json.loads(line)
        if row["type"] != "row" or "segment" not in row:
            continue
        s = Segment(row, *marks.get(row["n"], (set(), None)))
        me, peer = senders[s.conn, s.side], senders[s.conn, "b" if s.side == "a" else "a"]
        for what, why in compare(s, me, peer):
            if why:
                explained[why] += 1
            else:
                wrong.append(f"packet {s.n}: {what}: tern {sorted(s.found)}, tshark {sorted(s.marks)}")
        me.take(s)
        if "capture-lost" in s.found:
            peer.lost_to = s.ack
    return wrong, explained


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as rows:
        wrong, explained = disagreements(sys.argv[1], rows)
    for why, n in sorted(explained.items()):
        print(f"{n} times: {why}")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
