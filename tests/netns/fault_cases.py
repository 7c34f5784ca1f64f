"""The cases of trace_faults.py: for each finding a fault, programs that meet it, and where the finding must stand.

A case is a function that makes the traffic and returns where its finding must be: a function from the packets of the connection, as
captured, to frame numbers. What follows of necessity is named with its reason.
"""

import os
import random
import socket
import struct
import subprocess
import threading
import time
from collections import Counter

from fault_net import PATIENCE, forget, inside, receive, receive_to_end
from fault_packet import *
from fault_picks import *

ETH_P_ALL = 3
SEGMENT = 1448  # payload, with timestamps

CASES = {}


class Case:
    def __init__(self, run, finding, judges, follows):
        self.run, self.finding, self.judges, self.follows = run, finding, judges, follows


def case(finding, how="", judges=False, **follows):
    """|follows|: what else is found at warning or above, and why it must be. |judges|: the case says itself what is wrong, by a
    function from the packets and the findings to lines."""

    def add(run):
        name = f"{finding}: {how}" if how else finding
        CASES[name] = Case(run, finding, judges, {k.replace("_", "-"): why for k, why in follows.items()})
        return run

    return add


def in_turn(sender, receiver, sizes):
    """Each piece is sent when the one before has been read."""
    for n in sizes:
        sender.sendall(bytes(n))
        receive(receiver, n)


def end(a, b):
    """Both close, a first; all is acknowledged."""
    a.shutdown(socket.SHUT_WR)
    receive_to_end(b)
    b.close()
    receive_to_end(a)
    a.close()


def option(*args):
    return lambda s: s.setsockopt(*args)


NODELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def download(net, n):
    """By curl on the right, from busybox' HTTP server on the left."""
    with open(os.path.join(net.directory, "file"), "wb") as f:
        f.write(os.urandom(n))
    server = net.program(LEFT, "busybox", "httpd", "-f", "-p", f"192.0.2.1:{PORT}", "-h", net.directory)
    net.wait_listening(LEFT)
    got = os.path.join(net.directory, "got")
    status, said = net.run(RIGHT, "curl", "-sS", "--max-time", str(PATIENCE), "-o", got, "http://192.0.2.1/file")
    server.kill()
    if status != 0 or os.path.getsize(got) != n:
        raise RuntimeError(f"curl ended with {status}: {said}")


# ---- sent again ----


@case("fast-retransmission")
def _(net):
    net.fault = lose(nth(data(LEFT), 5))
    download(net, 60000)
    return again


@case("fast-retransmission", "lost before the capture, without identifications")
def _(net):
    a, b = net.connect(RIGHT, v6=True)
    in_turn(b, a, [100] * 5)  # so that the way between capture and sender can be measured
    net.fault = lose(nth(data(RIGHT), 3))
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)

    def late(packets):
        frames, nxt = [], None
        for p in packets:
            if p.is_data(RIGHT):
                if nxt is not None and after(nxt, p.seq):
                    frames.append(p.frame)
                nxt = p.end if nxt is None or after(p.end, nxt) else nxt
        return frames

    return late


@case("timeout-retransmission")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = lose(nth(data(LEFT), 2))
    in_turn(a, b, [500, 500, 500])
    end(a, b)
    return again


@case("timeout-retransmission", "of a FIN")
def _(net):
    a, b = net.connect(LEFT, v6=True)
    net.fault = lose(nth(lambda p: p.sender == LEFT and p.flags & FIN, 1))
    in_turn(a, b, [500])
    end(a, b)
    return again


@case("spurious-retransmission")
def _(net):
    """The acknowledgement is late: it passes the capture, and reaches the sender after the data was sent again."""
    a, b = net.connect(RIGHT)
    held, sent = [], []

    def fault(p):
        if p.is_data(RIGHT):
            sent.append(p.seq)
        if len(sent) > len(set(sent)):
            late, held[:] = held[:], []
            return late + [p]
        if sent and p.is_mere_ack(LEFT):
            held.append(p)
            return []
        return [p]

    net.fault = fault
    a.sendall(bytes(500))
    receive(b, 500)
    net.until(data(RIGHT), data(RIGHT))
    end(a, b)
    return again


@case("tail-loss-probe")
def _(net):
    """The last of three is lost, and the acknowledgement of the others comes after the probe."""
    net.sysctl(LEFT, "tcp_early_retrans", 3)
    a, b = net.connect(LEFT)
    held, last, begin = [], [], []

    def fault(p):
        begin.append(p.seq)
        if p.is_data(LEFT) and p.end == (begin[0] + 3 * SEGMENT) & MASK:
            last.append(p)
            if len(last) == 1:
                return []
            late, held[:] = held[:], []
            return [p] + late
        if p.is_mere_ack(RIGHT) and len(last) < 2:
            held.append(p)
            return []
        return [p]

    net.fault = fault
    a.sendall(bytes(3 * SEGMENT))
    receive(b, 3 * SEGMENT)
    end(a, b)
    return again


@case("path-mtu")
def _(net):
    """A router on the way takes packets of 1300 bytes at most."""
    net.fault = lambda p: [p.too_big(1300)] if p.sender == LEFT and len(p.b) > 1300 else [p]
    a, b = net.connect(LEFT)
    a.sendall(bytes(3 * SEGMENT))
    receive(b, 3 * SEGMENT)
    end(a, b)
    return renumbered


@case("duplicate-ack")
def _(net):
    """Overtaken behind the capture: one acknowledgement with a SACK block, and nothing is sent again."""
    net.sysctl(LEFT, "tcp_recovery", 0)
    a, b = net.connect(LEFT)
    net.fault = swap(net, nth(data(LEFT), 5))
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)
    return where(lambda p: p.is_mere_ack(RIGHT) and p.option(OPT_SACK) is not None)


def overtaken(net, v6):
    net.sysctl(RIGHT, "tcp_recovery", 0)
    a, b = net.connect(RIGHT, v6)
    net.fault = swap(net, nth(data(RIGHT), 5))
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)
    return marked(net)


@case("out-of-order")
def _(net):
    return overtaken(net, v6=False)


@case("out-of-order", "without identifications")
def _(net):
    return overtaken(net, v6=True)


@case("capture-lost")
def _(net):
    download(net, 60000)
    taken = []

    def without_tenth(frames):
        of_left = nth(lambda frame: Packet(frame[1]).studied and Packet(frame[1]).is_data(LEFT), 10)
        kept = []
        for frame in frames:
            if of_left(frame):
                taken.append(Packet(frame[1]))
            else:
                kept.append(frame)
        return kept

    net.alter = without_tenth
    return lambda packets: first(lambda p: p.sender == RIGHT and p.flags & ACK and after(p.ack, taken[0].seq))(packets)


@case("capture-duplicate")
def _(net):
    download(net, 60000)
    copies = []

    def tenth_twice(frames):
        of_left, out = nth(lambda frame: Packet(frame[1]).studied and Packet(frame[1]).is_data(LEFT), 10), []
        for at, packet in frames:
            out.append((at, packet))
            if of_left((at, packet)):
                out.append((at + 2000, packet))
                copies.append(len(out))
        return out

    net.alter = tenth_twice
    return lambda packets: copies


# ---- many of them ----


def rough_way(net, sender, seed):
    """Loses three of a hundred data packets of |sender|, and lets up to three overtake as many. Marks the late ones."""
    chance, held = random.Random(seed), []

    def fault(p):
        if not p.is_data(sender):
            return [p]
        fate = chance.random()
        out = [p] if fate >= 0.06 else []
        for late in held[:]:
            late[0] -= 1
            if late[0] == 0:
                out.append(late[1])
                held.remove(late)
        if 0.03 <= fate < 0.06:
            held.append([chance.randint(1, 3), net.mark(p)])
        return out

    net.fault = fault


def bulk(net, sender, n):
    """So many bytes over a rough way; what the sender's kernel counted meanwhile."""
    a, b = net.connect(sender, v6=True)
    in_turn(b, a, [100] * 5)  # so that the way between capture and sender can be measured
    rough_way(net, sender, seed=1)
    threading.Thread(target=a.sendall, args=(bytes(n),), daemon=True).start()
    receive(b, n)
    net.fault = lambda p: [p]
    net.settled()
    counters = net.counters(sender)
    end(a, b)
    return counters


RESENDS = ("fast-retransmission", "timeout-retransmission", "spurious-retransmission", "tail-loss-probe")


@case("fast-retransmission", "many, as the kernel counts them", judges=True)
def _(net):
    counters = bulk(net, LEFT, 1000000)

    def judge(packets, found):
        wrong, frames, kinds = [], again(packets), Counter()
        data_frames = set(where(data(LEFT))(packets))
        named = Counter(n for finding, _, _, n, _ in found if finding in RESENDS and n in data_frames)
        for finding, _, _, n, _ in found:
            kinds[finding] += n in data_frames
        if sorted(named.elements()) != frames:
            wrong.append(f"sent again are {frames}, found are {sorted(named.elements())}")
        if len(frames) != counters["RetransSegs"] or len(frames) < 20:
            wrong.append(f"{len(frames)} were sent again, the kernel counts {counters['RetransSegs']}")
        quick = kinds["fast-retransmission"] + kinds["spurious-retransmission"]
        if counters["TCPTimeouts"] == 0 and quick != counters["TCPFastRetrans"]:
            wrong.append(f"{dict(kinds)}, but the kernel counts {counters['TCPFastRetrans']} fast ones")
        return wrong

    return judge


@case("out-of-order", "many, beside losses, without identifications", judges=True)
def _(net):
    bulk(net, RIGHT, 1000000)

    def judge(packets, found):
        wrong, late = [], set(marked(net)(packets))
        overtaken_ones = {n for finding, _, _, n, _ in found if finding == "out-of-order"}
        resent = {n for finding, _, _, n, _ in found if finding == "fast-retransmission"}
        if overtaken_ones - late:
            wrong.append(f"sent again, but taken for overtaken: packets {sorted(overtaken_ones - late)}")
        if len(late & overtaken_ones) < len(late) * 2 / 3 or len(late) < 10:
            wrong.append(f"late are {sorted(late)}, found are {sorted(overtaken_ones)}")
        if not resent - late:
            wrong.append("nothing was found that was sent again")
        return wrong

    return judge


# ---- windows ----


def fill_window(net, v6=False):
    """Right does not read until its window is closed and has been probed. Returns the sockets, and how much was sent."""
    a, b = net.connect(
        LEFT, v6, server_setup=option(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000), client_setup=option(*NODELAY)
    )
    a.setblocking(False)
    sent = 0
    try:
        while True:
            sent += a.send(bytes(SEGMENT))
    except BlockingIOError:
        pass
    a.settimeout(PATIENCE)
    closed = lambda p: p.is_mere_ack(RIGHT) and p.window == 0
    net.until(closed, lambda p: p.sender == LEFT, closed)
    return a, b, sent


def empty_window(net, v6=False):
    a, b, sent = fill_window(net, v6)
    receive(b, sent)
    end(a, b)


def changes_of_window(packets, closed):
    """Packets of right that close its window, or open it."""
    frames, was_closed = [], False
    for p in packets:
        if p.sender == RIGHT and not p.flags & (SYN | RST):
            if (p.window == 0) != was_closed and (p.window == 0) == closed:
                frames.append(p.frame)
            was_closed = p.window == 0
    return frames


CLOSED = {"zero_window": "right does not read"}


@case("zero-window")
def _(net):
    empty_window(net)
    return lambda packets: changes_of_window(packets, True)


@case("zero-window-probe", **CLOSED)
def _(net):
    empty_window(net, v6=True)

    def probes(packets):
        frames, was_closed = [], False
        for p in packets:
            if p.sender == RIGHT:
                was_closed = p.window == 0
            elif was_closed:
                frames.append(p.frame)
        return frames

    return probes


@case("window-reopened", **CLOSED)
def _(net):
    empty_window(net)
    return lambda packets: changes_of_window(packets, False)


@case("window-full", **CLOSED)
def _(net):
    empty_window(net)

    def filling(packets):
        frames, edge, shift, filled = [], None, 0, None
        for p in packets:
            if p.flags & SYN:
                shift = p.wscale if p.sender == RIGHT else shift
            elif p.sender == RIGHT:
                edge = (p.ack + (p.window << shift)) & MASK
            elif p.len and p.end == edge and filled != edge:
                frames.append(p.frame)
                filled = edge
        return frames

    return filling


@case("beyond-window", zero_window="what is sent fills left's small buffer, which nobody reads")
def _(net):
    """The box makes a larger scale of the one that left offers, behind the capture."""
    net.fault = change(net, nth(flagged(LEFT, SYN | ACK), 1), lambda p: setattr(p, "wscale", p.wscale + 4))
    a, b = net.connect(RIGHT, server_setup=option(socket.SOL_SOCKET, socket.SO_RCVBUF, 6000))
    in_turn(a, b, [100])
    net.settled()
    net.fault = lambda p: [] if p.sender == LEFT else [p]
    a.sendall(bytes(10 * SEGMENT))
    net.until(*[data(RIGHT)] * 11)

    def beyond(packets):
        edge, shift = None, 0
        for p in packets:
            if p.sender == LEFT and p.flags & SYN:
                shift, edge = p.wscale, (p.ack + p.window) & MASK
            elif p.sender == LEFT:
                edge = (p.ack + (p.window << shift)) & MASK
            elif p.len and after(p.end, edge):
                return [p.frame]

    return beyond


@case("window-scale-mismatch")
def _(net):
    net.sysctl(RIGHT, "tcp_window_scaling", 0)
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    end(a, b)
    return where(flagged(RIGHT, SYN | ACK))


@case("window-scale-mismatch", "the option lost on the way")
def _(net):
    net.rto_min(RIGHT, "400ms")
    net.fault = change(net, nth(flagged(LEFT, SYN | ACK), 1), lambda p: p.blank(OPT_WSCALE))
    a, b = net.connect(RIGHT, client_setup=option(*NODELAY))
    a.sendall(bytes(100000))

    def stops(packets):
        """Data that ends where the window would, were it not scaled."""
        edge, frames = None, []
        for p in packets:
            if p.is_mere_ack(LEFT):
                edge = (p.ack + p.window) & MASK
            elif p.len and p.end == edge:
                frames.append(p.frame)
        return frames

    net.wait(lambda: len(stops(net.box.log)) > 3)
    return lambda packets: stops(packets)[2:3]


@case("mss-mismatch")
def _(net):
    net.fault = change(net, nth(flagged(LEFT, SYN | ACK), 1), lambda p: setattr(p, "mss", 1460))
    a, b = net.connect(RIGHT, server_setup=option(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536))
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)
    return lambda packets: where(lambda p: p.len == SEGMENT and not p.flags & PSH)(packets)[2:3]


@case("silly-window", **CLOSED)
def _(net):
    """Kernels avoid it: the box makes 100 bytes of the windows with which right opens."""
    net.sysctl(RIGHT, "tcp_window_scaling", 0)
    net.sysctl(LEFT, "tcp_window_scaling", 0)
    net.rto_min(LEFT, "400ms")
    a, b, sent = fill_window(net)
    net.fault = change(net, lambda p: p.is_mere_ack(RIGHT) and p.window, lambda p: setattr(p, "window", 100))
    receive(b, 10000)
    net.wait(lambda: len(net.marked) >= 3)
    net.fault = lambda p: [p]
    receive(b, sent - 10000)
    end(a, b)
    return lambda packets: marked(net)(packets)[1:2]


# ---- keepalive ----


def keep_alive(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 5)):
        a.setsockopt(socket.IPPROTO_TCP, name, value)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    probe = lambda p: p.sender == LEFT and p.len == 0 and any(q.sender == LEFT and q.end == (p.seq + 1) & MASK for q in net.box.log)
    answer = lambda p: p.is_mere_ack(RIGHT)
    net.until(data(LEFT), answer, lambda p: p.is_mere_ack(LEFT), answer)
    end(a, b)


def keepalives(packets, answers):
    frames, end_of_data, probed = [], None, False
    for p in packets:
        if p.sender == LEFT:
            probed = p.len == 0 and end_of_data is not None and p.seq == (end_of_data - 1) & MASK
            if probed and not answers:
                frames.append(p.frame)
            if p.len:
                end_of_data = p.end
        elif probed:
            if answers:
                frames.append(p.frame)
            probed = False
    return frames


@case("keepalive")
def _(net):
    keep_alive(net)
    return lambda packets: keepalives(packets, False)


@case("keepalive-answer")
def _(net):
    keep_alive(net)
    return lambda packets: keepalives(packets, True)


# ---- opening, and ends that are gone ----


@case("syn-retry")
def _(net):
    net.fault = lose(nth(flagged(LEFT, SYN), 1))
    server = net.program(RIGHT, "nc.openbsd", "-l", "-N", "192.0.2.2", str(PORT))
    net.wait_listening(RIGHT)
    status, said = net.run(LEFT, "sh", "-c", f"echo hello | nc.openbsd -N 192.0.2.2 {PORT}")
    if status != 0 or server.communicate(timeout=PATIENCE)[0] != b"hello\n":
        raise RuntimeError(said)
    return again


@case("syn-ack-retry")
def _(net):
    net.fault = lose(nth(flagged(RIGHT, ACK), 1))
    a, b = net.connect_only(RIGHT)
    net.until(*[flagged(LEFT, SYN | ACK)] * 2)
    b = b.accept()[0]
    end(a, b)
    return again


@case("no-answer", syn_retry="the SYN is sent again before its sender gives up")
def _(net):
    net.fault = lose(flagged(LEFT, SYN))
    status, _ = net.run(LEFT, "curl", "-sS", "--connect-timeout", "1.5", "http://192.0.2.2/")
    if status != 28:
        raise RuntimeError(f"curl ended with {status}")
    return at_the_end


@case("half-open", timeout_retransmission="the data is sent again and again")
def _(net):
    net.rto_min(LEFT, "300ms")
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    net.fault = lambda p: []
    a.sendall(bytes(100))
    net.until(*[data(LEFT)] * 6)
    return lambda packets: again(packets)[3:4]


@case("half-open", "by keepalives")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    net.fault = lambda p: []
    for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 9)):
        a.setsockopt(socket.IPPROTO_TCP, name, value)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    net.until(data(LEFT), *[lambda p: p.is_mere_ack(LEFT)] * 3)
    return lambda packets: keepalives(packets, False)[2:3]


@case(
    "half-open",
    "the port used anew after a reboot",
    rst_half_open="the answer to the strange acknowledgement: RFC 9293 3.5.1",
)
def _(net):
    listener = net.listen(LEFT)
    a = net.socket(RIGHT)
    a.bind((ADDRESS[RIGHT][0], 40000))
    a.connect((ADDRESS[LEFT][0], PORT))
    b = listener.accept()[0]
    in_turn(a, b, [100])
    net.settled()
    forget(a)
    a = net.socket(RIGHT)
    a.bind((ADDRESS[RIGHT][0], 40000))
    a.connect((ADDRESS[LEFT][0], PORT))
    b = listener.accept()[0]
    in_turn(a, b, [100])
    end(a, b)
    return lambda packets: where(flagged(RIGHT, SYN))(packets)[1:2]


# ---- RSTs ----


@case("rst-refused")
def _(net):
    status, said = net.run(LEFT, "curl", "-sS", "http://192.0.2.2/")
    if status != 7:
        raise RuntimeError(said)
    return resets


@case("rst-firewall", syn_retry="the firewall lets the first SYN fall")
def _(net):
    """It drops the first SYN, and refuses the second itself."""

    def fault(p):
        if not p.sender == LEFT:
            return [p]
        if not second(p):
            return []
        return [net.mark(p.answer_rst(0, RST | ACK, p.end))]

    second = nth(flagged(LEFT, SYN), 2)
    net.fault = fault
    status, said = net.run(LEFT, "curl", "-sS", "http://192.0.2.2/")
    if status != 7:
        raise RuntimeError(said)
    return marked(net)


@case("rst-unread-data")
def _(net):
    a, b = net.connect(LEFT)
    a.sendall(bytes(100))
    b.recv(100, socket.MSG_PEEK)
    b.close()
    net.until(lambda p: p.flags & RST)
    return resets


LINGER = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@case("rst-abort")
def _(net):
    a, b = net.connect(RIGHT, v6=True)
    in_turn(a, b, [100])
    net.settled()
    a.setsockopt(*LINGER)
    a.close()
    net.until(lambda p: p.flags & RST)
    return resets


@case("close-without-fin", rst_abort="an abort is the way to end without FIN")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    in_turn(b, a, [100])
    net.settled()
    b.setsockopt(*LINGER)
    b.close()
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-half-open")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    forget(b)
    a.sendall(bytes(100))
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-after-close")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    b.close()
    receive_to_end(a)
    a.sendall(bytes(100))
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-late", rst_after_close="the first RST: data came for an application that had closed")
def _(net):
    """Two segments are on their way when the first RST comes."""
    a, b = net.connect(LEFT, client_setup=option(*NODELAY))
    in_turn(a, b, [100])
    net.settled()
    b.close()
    receive_to_end(a)
    a.sendall(bytes(2 * SEGMENT))
    net.until(*[lambda p: p.flags & RST] * 2)
    return lambda packets: resets(packets)[1:]


@case("rst-unwanted-syn-ack")
def _(net):
    """The client has given up when the answer comes."""
    held = []

    def fault(p):
        if p.sender == RIGHT and not held:
            held.append(p)
            return []
        return [p]

    net.fault = fault
    listener = net.listen(RIGHT)
    a = net.socket(LEFT)
    a.setblocking(False)
    a.connect_ex((ADDRESS[RIGHT][0], PORT))
    net.until(flagged(RIGHT, SYN | ACK))
    a.close()
    net.box.order(held[0])
    net.until(lambda p: p.flags & RST)
    listener.close()
    return resets


def forged_rst(net, seq_of, how=lambda p: p):
    """In right's name, after its second segment."""
    pick = nth(data(RIGHT), 2)

    def fault(p):
        if not pick(p):
            return [p]
        forged = p.copy()
        forged.b[2:4] = struct.pack("!H", forged.t + 20)
        forged.b[4:6] = b"\x12\x34"
        del forged.b[forged.t + 20 :]
        forged.b[forged.t + 12] = 5 << 4
        forged.flags = RST
        forged.seq = seq_of(p)
        how(forged)
        return [p, net.mark(forged)]

    net.fault = fault


@case("rst-invalid")
def _(net):
    a, b = net.connect(LEFT)
    forged_rst(net, lambda p: p.end + 100_000_000)
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("middlebox-rst")
def _(net):
    a, b = net.connect(LEFT)
    forged_rst(net, lambda p: p.end, lambda p: setattr(p, "ttl", 57))
    b.sendall(bytes(100))
    receive(a, 100)
    b.sendall(bytes(100))
    try:
        while a.recv(100):
            pass
    except ConnectionResetError:
        return marked(net)
    raise RuntimeError("the connection lives on")


# ---- options and numbers ----


@case("timestamp-backwards", timeout_retransmission="PAWS drops the segment, so it is sent again")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: setattr(p, "ts_val", p.ts_val - 100000))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("timestamp-missing")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: p.blank(OPT_TIMESTAMPS))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("timestamp-echo")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: setattr(p, "ts_ecr", p.ts_ecr + 1000000))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("checksum-wrong")
def _(net):
    def damage(p):
        p.b[-1] ^= 1

    a, b = net.connect(LEFT, v6=True)
    net.fault = change(net, nth(data(RIGHT), 2), damage)
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("checksum-offloaded")
def _(net):
    """Captured in left's namespace, on a veth device that leaves checksums to the other end."""
    with inside(net.ns[LEFT]):
        subprocess.run(["ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1"], check=True)
        subprocess.run(["ip", "link", "set", "veth1", "netns", f"/proc/{os.getpid()}/fd/{net.ns[RIGHT]}"], check=True)
    for side, device, address in ((LEFT, "veth0", "198.51.100.1/24"), (RIGHT, "veth1", "198.51.100.2/24")):
        with inside(net.ns[side]):
            subprocess.run(["ip", "address", "add", address, "dev", device], check=True)
            subprocess.run(["ip", "link", "set", device, "up"], check=True)
    with inside(net.ns[LEFT]):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        tap.bind(("veth0", ETH_P_ALL))
    listener = net.socket(RIGHT)
    listener.bind(("198.51.100.2", PORT))
    listener.listen()
    status = net.program(LEFT, "curl", "-sS", "--max-time", str(PATIENCE), "http://198.51.100.2/")
    b = listener.accept()[0]
    b.settimeout(PATIENCE)
    b.recv(1000)
    b.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100000))
    b.close()
    if len(status.communicate(timeout=PATIENCE)[0]) != 100000 or status.returncode != 0:
        raise RuntimeError("curl did not get it")
    tap.setblocking(False)
    frames = []
    try:
        while True:
            frames.append((time.time_ns(), tap.recv(1 << 17)))
    except BlockingIOError:
        pass
    net.link_type = 1
    net.alter = lambda _: frames
    tcp = [i for i, (_, frame) in enumerate(frames, 1) if frame[12:14] == b"\x08\x00" and frame[23] == 6]
    return lambda _: tcp[:2]  # the first packet of each end


@case("middlebox-options")
def _(net):
    """Left does not offer SACK; the box puts the option where two NOPs were."""
    net.sysctl(LEFT, "tcp_sack", 0)

    def offer(p):
        at = p.option(OPT_NOP)
        p.b[at : at + 2] = bytes([OPT_SACK_PERMITTED, 2])
        p.seal()

    net.fault = change(net, nth(flagged(LEFT, SYN), 1), offer)
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    end(a, b)
    return where(flagged(RIGHT, SYN | ACK))


@case(
    "middlebox-options",
    "MSS clamped",
    syn_retry="the first answer is lost, so that the SYN is seen twice",
    syn_ack_retry="each SYN is answered",
)
def _(net):
    clamp = change(net, nth(flagged(RIGHT, SYN), 2), lambda p: setattr(p, "mss", 1200))
    loss = nth(flagged(LEFT, SYN | ACK), 1)
    net.fault = lambda p: [] if loss(p) else clamp(p)
    a, b = net.connect(RIGHT)
    in_turn(a, b, [100])
    end(a, b)
    return marked(net)


@case(
    "middlebox-numbers",
    timeout_retransmission="left cannot use the selective acknowledgements",
)
def _(net):
    """A box that shifts numbers, but not those in SACK options; and a loss, so that there are such."""
    shift = 0x12345678
    loss = nth(data(LEFT), 5)

    def fault(p):
        if loss(p):
            return []
        if p.sender == LEFT:
            p.seq = p.seq + shift
        elif p.flags & ACK:
            p.ack = p.ack - shift
        return [p]

    net.fault = fault
    a, b = net.connect(LEFT)
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)
    return first(lambda p: p.sender == RIGHT and p.option(OPT_SACK) is not None)
