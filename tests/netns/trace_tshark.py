#!/usr/bin/env python3
"""Compares what `tern trace` finds with tshark's tcp.analysis marks, packet by packet.

    trace_tshark.py CAPTURE TRACE_JSON      TRACE_JSON is what `tern trace --json CAPTURE` said
    trace_tshark.py --differences           the names of the differences that are known

Every packet on which the two differ must show a difference that doc/trace.md explains ("Differences from tshark"); here each has a
condition that is looked up in the packets. What shows none is printed, and the exit status is 1. disagreements() is for other tests.
"""
import collections
import json
import subprocess
import sys

MARKS = ("retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "keep_alive", "keep_alive_ack",
         "zero_window", "zero_window_probe", "zero_window_probe_ack", "window_full", "window_update", "duplicate_ack",
         "lost_segment", "ack_lost_segment", "reused_ports")
DIFFERENCES = ("soon is not out of order", "late is not lost", "fast without three", "all but the FIN", "needless by SACK",
               "one byte is no keepalive", "probes of a window", "simultaneous open", "copies", "damaged", "forged", "ports used again",
               "SACK counts", "D-SACK does not", "nothing outstanding", "overtaken", "told once", "gap seen before")
# Of several findings of one segment the first one says what it is; tshark has one mark for the retransmissions of every timer.
KINDS = (("copy", ("capture-duplicate",)), ("damaged", ("checksum-wrong",)), ("fast", ("fast-retransmission",)),
         ("timer", ("timeout-retransmission", "tail-loss-probe", "path-mtu", "syn-retry", "syn-ack-retry")),
         ("spurious", ("spurious-retransmission",)), ("late", ("out-of-order",)), ("keepalive", ("keepalive",)),
         ("probe", ("zero-window-probe",)))
TSHARK_KINDS = (("spurious", "spurious_retransmission"), ("fast", "fast_retransmission"), ("timer", "retransmission"),
                ("late", "out_of_order"), ("keepalive", "keep_alive"), ("probe", "zero_window_probe"))
AGAIN = ("fast", "timer", "spurious")
# Findings that are compared as they are; a window that closes or opens is one for tern, each such segment is one for tshark.
SAME = (("duplicate-ack", ("duplicate_ack",)), ("zero-window", ("zero_window",)), ("window-full", ("window_full",)),
        ("capture-lost", ("ack_lost_segment",)), ("keepalive-answer", ("keep_alive_ack", "zero_window_probe_ack")))
# What tshark has no mark for.
ALONE = {"window-reopened", "window-scale-mismatch", "mss-mismatch", "beyond-window", "silly-window", "no-answer", "half-open",
         "rst-refused", "rst-firewall", "rst-unread-data", "rst-abort", "rst-half-open", "rst-after-close", "rst-unwanted-syn-ack",
         "rst-late", "rst-invalid", "middlebox-rst", "close-without-fin", "timestamp-backwards", "timestamp-missing",
         "timestamp-echo", "checksum-offloaded", "middlebox-options", "middlebox-numbers",
         "ecn-fallback", "ecn-marked", "ecn-echo", "ecn-reduced", "ecn-unused", "ecn-not-echoed", "ecn-bleached", "ecn-mangled"}
KNOWN = ALONE | {name for _, names in KINDS for name in names} | {name for name, _ in SAME}
MS = 1000000
M32 = 1 << 32


def after(a, b):
    """a > b, as sequence numbers are compared."""
    return 0 < (a - b) % M32 < M32 // 2


def meet(ranges, start, end):
    return any(after(to, start) and after(end, at) for at, to in ranges)


class Segment:
    """A row of tern trace with what tshark says about it."""

    def __init__(self, row, rtt, marks):
        s = row["segment"]
        self.n, self.conn, self.side, self.at = row["n"], row["number"], row["side"], row["at"]
        self.seq, self.ack, self.len, self.window = s["seq"], s["ack"], s["len"], s["window_raw"]
        self.flags, self.sack = set(s["flags"]), s.get("options", {}).get("sack", [])
        self.end = (self.seq + self.len + len(self.flags & {"SYN", "FIN"})) % M32
        self.peer_una = row["tcb"]["b" if self.side == "a" else "a"].get("snd_una", self.ack)
        self.flight = row["tcb"][self.side].get("flight", 0)
        notes = row.get("notes", [])
        self.found = {note["finding"] for note in notes}
        self.about_sender = {note["finding"] for note in notes if note["side"] == self.side}
        self.rtt, self.marks = rtt, marks

    def kind(self):
        return next((kind for kind, names in KINDS if self.about_sender & set(names)), None)

    def tshark_kind(self):
        return next((kind for kind, mark in TSHARK_KINDS if mark in self.marks), None)

    def is_dsack(self):
        """RFC 2883: the first block is below the acknowledgement or within the second."""
        if not self.sack:
            return False
        left, right = self.sack[0]
        return not after(right, self.ack) or (len(self.sack) > 1 and not after(self.sack[1][0], left) and
                                              not after(right, self.sack[1][1]))


class Sender:
    """What was seen of one direction of a connection; `next` and `window` as tshark keeps them."""

    def __init__(self):
        self.next = self.next_at = self.ack = self.ack_at = self.window = None
        self.dups = 0           # marks of tshark in a row
        self.seen = []          # the ranges of what came
        self.damaged = []       # of what came with a wrong checksum
        self.sacks = []         # told by this end as arrived
        self.gaps = []          # (from, to, packet): passed over, and not heard of since
        self.gapped = self.forged = self.opens = self.opened = self.zero = self.lost_told = False

    def take(self, s):
        """The segment is seen: for those that come after it."""
        if s.end != s.seq:
            (self.damaged if "checksum-wrong" in s.found else self.seen).append((s.seq, s.end))
        if self.next is None or after(s.end, self.next):
            self.next, self.next_at = s.end, s.at
        if "ACK" in s.flags:
            self.dups = self.dups + ("duplicate_ack" in s.marks) if self.ack == s.ack else 0
            self.ack, self.ack_at = s.ack, s.at
        self.sacks += [tuple(block) for block in s.sack]
        self.gapped |= "lost_segment" in s.marks
        self.forged |= "rst-invalid" in s.found
        self.opens |= s.flags == {"SYN"}
        self.opened |= "SYN" not in s.flags
        self.window = s.window
        if not s.flags & {"SYN", "RST"}:
            self.zero = s.window == 0


# ---- one segment ----

def soon(s, me):
    """Out of order for tshark: it came within the first round trip (or 3 ms) of the highest number, and does not end there."""
    return s.at - me.next_at < (s.rtt or 3 * MS) and s.end != me.next


def of_kinds(s, me, peer):
    """What is sent again, late, or a probe: the name of the difference; None: there is no known one."""
    tern, tshark = s.kind(), s.tshark_kind()
    if tern == "copy":
        return "copies"
    if tern == "damaged" or meet(me.damaged, s.seq, s.end):
        return "damaged"
    if me.forged and tern is None:
        return "forged"
    if tern in AGAIN and tshark == "late" and soon(s, me) and (meet(me.seen, s.seq, s.end) or peer.dups or peer.sacks):
        return "soon is not out of order"
    if tern == "late" and tshark in AGAIN and (tshark == "fast" or not soon(s, me)):
        return "late is not lost"
    if tern == "fast" and tshark == "timer" and (peer.dups < 2 or peer.ack != s.seq or s.at - peer.ack_at >= 20 * MS):
        return "fast without three"
    if tern in AGAIN and tshark == "spurious" and "FIN" in s.flags and s.len > 0 and peer.ack == (s.end - 1) % M32:
        return "all but the FIN"
    if tern == "spurious" and tshark in ("timer", "fast") and (s.len == 0 or meet(peer.sacks, s.seq, s.end)):
        return "needless by SACK"
    if tern in AGAIN and tshark == "keepalive" and s.len == 1 and s.flight > 0:
        return "one byte is no keepalive"
    if tern == "probe" and tshark == "keepalive" and peer.zero:
        return "probes of a window"
    if tern is None and tshark == "timer" and s.flags >= {"SYN", "ACK"} and me.opens and peer.opens:
        return "simultaneous open"
    return None


def of_duplicates(s, me, peer):
    if "duplicate-ack" in s.found:
        return "SACK counts" if s.sack and s.window != me.window else None
    if "capture-duplicate" in s.found:
        return "copies"
    if s.is_dsack():
        return "D-SACK does not"
    if s.ack == peer.next:
        return "nothing outstanding"
    return "overtaken" if after(s.peer_una, s.ack) else None


def of_lost(s, me, peer):
    if "capture-lost" in s.found:
        return "gap seen before" if peer.gapped else None
    return "told once" if peer.lost_told and not after(s.ack, peer.next) else None


def of_windows(s, me, peer):
    return "told once" if me.zero and "zero-window" not in s.found else None


def of_full(s, me, peer):
    return "told once" if "window-full" not in s.found and me.next is not None and not after(s.end, me.next) else None


def of_answers(s, me, peer):
    return "told once" if me.zero and "keepalive-answer" not in s.found else None


REASONS = {"duplicate-ack": of_duplicates, "zero-window": of_windows, "window-full": of_full, "capture-lost": of_lost,
           "keepalive-answer": of_answers}


def compare(s, me, peer, again):
    """(what differs, the name of the difference or None). |again|: there was an earlier connection of these ports."""
    beginning = "ports used again" if again and not me.opened else None
    if s.kind() != s.tshark_kind():
        yield f"{s.kind()} is {s.tshark_kind()} for tshark", of_kinds(s, me, peer) or beginning
    for finding, marks in SAME:
        if (finding in s.found) != bool(s.marks & set(marks)):
            yield f"{finding}", REASONS[finding](s, me, peer) or beginning
    if "window_update" in s.marks and me.zero and "window-reopened" not in s.found:
        yield "window-reopened", None
    if "reused_ports" in s.marks and not again and "half-open" not in s.found:
        yield "another connection", None
    for unknown in s.found - KNOWN:
        yield f"{unknown}, of which this program does not know what tshark says", None


def follow_gaps(s, me, peer):
    """What tshark calls "previous segment not captured" tern explains when it knows more: late, sent again, or never captured."""
    told = me.lost_told and not after(s.seq, peer.ack)
    if "lost_segment" in s.marks and me.next is not None and after(s.seq, me.next) and not told:
        me.gaps.append((me.next, s.seq, s.n))
    if s.kind() or meet(me.damaged, s.seq, s.end):
        me.gaps = [g for g in me.gaps if not meet([g[:2]], s.seq, s.end)]
    if "capture-lost" in s.found:
        peer.gaps = [g for g in peer.gaps if not after(s.ack, g[0])]


# ---- all of them ----

def marks_of(capture):
    """{packet: (nanoseconds of tshark's first round trip or None, set of marks)}"""
    fields = ["frame.number", "tcp.analysis.initial_rtt"] + ["tcp.analysis." + mark for mark in MARKS]
    command = ["tshark", "-r", capture, "-Y", "tcp && !icmp && !icmpv6", "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields"]
    run = subprocess.run(command + [a for field in fields for a in ("-e", field)], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, check=True)
    out = {}
    for line in run.stdout.splitlines():
        number, rtt, *marks = line.split("\t")
        out[int(number)] = (round(float(rtt) * 1e9) if rtt else None, {m for m, value in zip(MARKS, marks) if value})
    return out


def disagreements(capture, trace_json):
    """([a line for each difference that is not known], {difference: how often}) of the lines of `tern trace --json`."""
    marks, senders, ports, again = marks_of(capture), collections.defaultdict(Sender), set(), set()
    wrong, known = [], collections.Counter()
    for line in trace_json:
        row = json.loads(line)
        if row["type"] == "connection":
            ends = frozenset((row["a"]["endpoint"], row["b"]["endpoint"]))
            again |= {row["number"]} if ends in ports else set()
            ports.add(ends)
        if row["type"] != "row" or "n" not in row:
            continue
        if row["n"] not in marks:
            wrong.append(f"packet {row['n']}: a segment for tern only")
            continue
        s = Segment(row, *marks.pop(row["n"]))
        me, peer = senders[s.conn, s.side], senders[s.conn, "b" if s.side == "a" else "a"]
        for what, name in compare(s, me, peer, s.conn in again):
            if name:
                known[name] += 1
            else:
                wrong.append(f"packet {s.n}: {what}: tern {sorted(s.found)}, tshark {sorted(s.marks)}")
        follow_gaps(s, me, peer)
        me.take(s)
        peer.lost_told |= "capture-lost" in s.found
    wrong += [f"packet {n}: a segment for tshark only" for n in marks]
    for (conn, side), me in senders.items():
        heard = senders[conn, "b" if side == "a" else "a"].ack
        wrong += [f"packet {n}: a gap that tern does not explain" for start, _, n in me.gaps
                  if heard is not None and after(heard, start)]
    assert set(known) <= set(DIFFERENCES)
    return wrong, known


if __name__ == "__main__":
    if sys.argv[1:] == ["--differences"]:
        print("\n".join(DIFFERENCES))
        sys.exit(0)
    with open(sys.argv[2], encoding="utf-8") as rows:
        wrong, known = disagreements(sys.argv[1], rows)
    for name, n in sorted(known.items()):
        print(f"# {n} times: {name}")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
