"""Cases of trace_faults.py: explicit congestion notification. The kernels speak RFC 3168; what they receive from the right the box
marks, clears or writes, and what the left sends is captured before the box."""

from fault_packet import *
from fault_picks import *

ECE, CWR = 0x40, 0x80
NOT_ECT, ECT1, CE = 0, 1, 3


def connect(net, wanted=1):
    """Both ends ask for ECN, and take it."""
    for side in (LEFT, RIGHT):
        net.sysctl(side, "tcp_ecn", wanted)
    return net.connect(LEFT)


def write(net, pick, value):
    """The box writes |value| into the ECN field."""
    return change(net, pick, lambda p: setattr(p, "ecn", value))


def one_mark(net):
    a, b = connect(net)
    net.fault = write(net, nth(data(RIGHT), 2), CE)
    in_turn(b, a, [100] * 5)
    end(a, b)


@case("ecn-marked")
def _(net):
    one_mark(net)
    return marked(net)


@case("ecn-echo")
def _(net):
    one_mark(net)
    return first(lambda p: p.sender == LEFT and p.flags & ECE and not p.flags & SYN)


@case("ecn-reduced")
def _(net):
    one_mark(net)
    return first(lambda p: p.is_data(RIGHT) and p.flags & CWR)


@case("ecn-fallback", syn_retry="the SYN that asks is lost")
def _(net):
    net.fault = lose(nth(flagged(LEFT, SYN), 1))
    a, b = connect(net)
    in_turn(b, a, [100])
    end(a, b)
    return again


@case("ecn-unused")
def _(net):
    """What is before the place of the capture clears the field."""
    a, b = connect(net)
    net.fault = write(net, data(RIGHT), NOT_ECT)
    in_turn(b, a, [100] * 15)
    end(a, b)
    return where(nth(data(RIGHT), 10))


@case("ecn-not-echoed")
def _(net):
    """A receiver that does not say what it has seen: its ECE is taken out of the capture."""
    a, b = connect(net)
    net.fault = write(net, nth(data(RIGHT), 2, 4, 6, 8), CE)
    in_turn(b, a, [100] * 10)
    end(a, b)

    def deaf(frames):
        out = []
        for at, frame in frames:
            p = Packet(frame)
            if p.studied and p.sender == LEFT and not p.flags & SYN:
                p.flags &= ~ECE
            out.append((at, bytes(p.b)))
        return out

    def third(packets):
        seq = [p.seq for p in packets if p.is_data(RIGHT)][5]
        return first(lambda p: p.is_mere_ack(LEFT) and after(p.ack, seq))(packets)

    net.alter = deaf
    return third


@case("ecn-bleached")
def _(net):
    """Captured at two places of the way, between which a box clears the field of one packet."""
    a, b = connect(net)
    in_turn(b, a, [100] * 5)
    end(a, b)
    copies = []

    def behind_a_box(frames):
        of_right, out = nth(lambda p: p.studied and p.is_data(RIGHT), 3), []
        for at, frame in frames:
            out.append((at, frame))
            p = Packet(frame)
            if of_right(p):
                p.ttl, p.ecn = p.ttl - 1, NOT_ECT
                out.append((at + 2000, bytes(p.b)))
                copies.append(len(out))
        return out

    net.alter = behind_a_box
    return lambda packets: copies


@case("ecn-mangled")
def _(net):
    a, b = connect(net, 0)
    net.fault = write(net, nth(data(RIGHT), 2), ECT1)
    in_turn(b, a, [100] * 3)
    end(a, b)
    return marked(net)
