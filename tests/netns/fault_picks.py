"""What the cases of trace_faults.py are put together from: where a finding must stand, and which packets a fault takes."""

from fault_packet import *


# ---- where a finding must stand: functions from the packets of the capture to frame numbers ----


def again(packets):
    """What has numbers that its sender has used before."""
    seen, frames = set(), []
    for p in packets:
        if p.len == 0 and not p.flags & (SYN | FIN):
            continue
        if (p.sender, p.seq) in seen:
            frames.append(p.frame)
        seen.add((p.sender, p.seq))
    return frames


def renumbered(packets):
    """What begins below the highest number, cut anew or not."""
    highest, frames = {}, []
    for p in packets:
        if p.len == 0:
            continue
        if after(highest.get(p.sender, p.seq), p.seq):
            frames.append(p.frame)
        if p.sender not in highest or after(p.end, highest[p.sender]):
            highest[p.sender] = p.end
    return frames


def first_again(packets):
    return again(packets)[:1]


def where(wanted):
    return lambda packets: [p.frame for p in packets if wanted(p)]


def first(wanted, n=1):
    return lambda packets: where(wanted)(packets)[:n]


def resets(packets):
    return where(lambda p: p.flags & RST)(packets)


def at_the_end(packets):
    """Told when the connection is forgotten, at no packet."""
    return [None]


def marked(net):
    return lambda packets: [p.frame for p in packets if bytes(p.b) in net.marked]


# ---- which packets a fault takes ----


def nth(wanted, *numbers):
    """True for these of the packets that are wanted, counted from 1."""
    count = 0

    def pick(p):
        nonlocal count
        if not wanted(p):
            return False
        count += 1
        return count in numbers

    return pick


def data(sender):
    return lambda p: p.is_data(sender)


def flagged(sender, flags):
    return lambda p: p.sender == sender and p.flags & (SYN | FIN | RST | ACK) == flags


def lose(pick):
    return lambda p: [] if pick(p) else [p]


def change(net, pick, how):
    """|how| changes the packet; it is remembered as marked."""

    def fault(p):
        if pick(p):
            how(p)
            net.mark(p)
        return [p]

    return fault


def swap(net, pick):
    """The packet lets the next one of its sender overtake it."""
    held = []

    def fault(p):
        if pick(p):
            held.append(net.mark(p))
            return []
        if held and p.sender == held[0].sender:
            return [p, held.pop()]
        return [p]

    return fault
