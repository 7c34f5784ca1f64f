"""What the cases of trace_faults.py are put together from: where a finding must stand, which packets a fault takes, programs that
talk to each other.

A case is a function that makes the traffic and returns where its finding must be: a function from the packets of the connection, as
captured, to frame numbers. What follows of necessity is named with its reason.
"""

import os
import socket

from fault_net import PATIENCE, receive, receive_to_end
from fault_packet import *

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


# ---- programs ----


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


def arrived(net):
    """What right has sent until now has come to left, too: packets keep their order on the wire."""
    left, right = net.bystander
    in_turn(right, left, [1])


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
