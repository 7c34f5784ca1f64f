"""Cases of trace_faults.py: what is sent again, overtaken or lost by the capture; windows."""

import random
import socket
import threading
from collections import Counter

from fault_net import PATIENCE, receive
from fault_packet import *
from fault_picks import *


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
    end(a, b)
    net.settled()
    return net.counters(sender)  # nothing is sent again any more


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
    a, b, sent = fill_window(net)
    net.fault = change(net, lambda p: p.is_mere_ack(RIGHT) and p.window, lambda p: setattr(p, "window", 100))
    receive(b, 10000)
    net.wait(lambda: len(net.marked) >= 3)
    net.fault = lambda p: [p]
    receive(b, sent - 10000)
    end(a, b)
    return lambda packets: marked(net)(packets)[1:2]
