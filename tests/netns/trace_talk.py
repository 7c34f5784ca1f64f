#!/usr/bin/env python3
"""Conversations over TCP between two network namespaces, both ends in this one process: what happens first is never left to chance.

    trace_talk.py CONVERSATION LEFT RIGHT [KEY=VALUE...]

LEFT and RIGHT are processes whose namespaces are meant; a client at LEFT talks to a server at RIGHT. Keys:
    to        the server's address (192.0.2.2)
    port      the server's port (5000)
    bytes     how much the bulk conversations carry (1000000)
    rounds    how often the others repeat themselves (20)
    rcvbuf, sndbuf, mss
              options set on both ends before they are connected
    piece     the bulk is written in pieces of so many bytes (16384); everything that came is read in between
    wire      the process of the `tern wire` between them: it is stopped where packets are to cross each other on it
"""
import array
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
import time
from contextlib import contextmanager

PATIENCE = 60  # seconds
SIOCOUTQ = termios.TIOCOUTQ


class Talk:
    def __init__(self, left, right, keys):
        self.ns = {"left": left, "right": right}
        self.to = keys.pop("to", "192.0.2.2")
        numbers = {"port": 5000, "bytes": 1000000, "rounds": 20, "rcvbuf": 0, "sndbuf": 0, "mss": 0, "piece": 16384, "wire": 0}
        for key, usual in numbers.items():
            setattr(self, key, int(keys.pop(key, usual)))
        if keys:
            sys.exit(f"no key {sorted(keys)[0]}")
        self.family = socket.AF_INET6 if ":" in self.to else socket.AF_INET

    def socket(self, where):
        """One that stays in its namespace, wherever this process goes afterwards."""
        with open(f"/proc/{self.ns[where]}/ns/net", "rb") as ns:
            if ctypes.CDLL(None, use_errno=True).setns(ns.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), f"setns to {where}")
        s = socket.socket(self.family, socket.SOCK_STREAM)
        s.settimeout(PATIENCE)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.rcvbuf:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.rcvbuf)
        if self.sndbuf:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.sndbuf)
        if self.mss:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self.mss)
        return s

    def listener(self):
        s = self.socket("right")
        s.bind((self.to, self.port))
        s.listen(16)
        return s

    def pair(self, listener=None):
        """Connected: (client, server)."""
        of = listener or self.listener()
        client = self.socket("left")
        client.connect((self.to, self.port))
        server, _ = of.accept()
        server.settimeout(PATIENCE)
        if not listener:
            of.close()
        return client, server


def receive(s, n):
    got = b""
    while len(got) < n:
        part = s.recv(n - len(got))
        if not part:
            raise EOFError(f"{len(got)} of {n} bytes came")
        got += part
    return got


def at_end(s):
    """Reads the end of data, and nothing before it."""
    if s.recv(1) != b"":
        raise ValueError("data in place of its end")


def close_in_turn(first, second):
    first.shutdown(socket.SHUT_WR)
    at_end(second)
    second.close()
    at_end(first)
    first.close()


def outstanding(s):
    n = array.array("i", [0])
    fcntl.ioctl(s, SIOCOUTQ, n)
    return n[0]


@contextmanager
def on_the_way(t):
    """What both ends send in here crosses on the wire, however long this process has to wait for a processor."""
    def state():
        with open(f"/proc/{t.wire}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    os.kill(t.wire, signal.SIGSTOP)
    while state() != "T":
        time.sleep(0.001)
    yield
    os.kill(t.wire, signal.SIGCONT)


def acknowledged(s):
    """Until everything written has been acknowledged: poll has no event for it."""
    for _ in range(PATIENCE * 1000):
        if outstanding(s) == 0:
            return
        select.select([], [], [], 0.001)
    raise TimeoutError("not acknowledged")


def pump(flows, piece):
    """Writes |n| bytes for each of the (from, to, n) and reads them at once: the readers keep up."""
    data = os.urandom(piece)
    left = {a: n for a, b, n in flows}
    missing = {b: n for a, b, n in flows}
    for s in list(left) + list(missing):
        s.setblocking(False)
    while left or missing:
        can_read, can_write, _ = select.select(list(missing), list(left), [], PATIENCE)
        if not can_read and not can_write:
            raise TimeoutError("the bulk does not move")
        for s in can_write:
            left[s] -= s.send(data[:min(piece, left[s])])
            if left[s] == 0:
                del left[s]
        for s in select.select(list(missing), [], [], 0)[0]:
            missing[s] -= len(s.recv(1 << 20))
            if missing[s] <= 0:
                del missing[s]
    for s in {s for a, b, _ in flows for s in (a, b)}:
        s.settimeout(PATIENCE)


# ---- conversations ----


def asks(t):
    """Requests and answers on one connection; the client closes."""
    client, server = t.pair()
    for i in range(t.rounds):
        client.sendall(b"?" * 300)
        receive(server, 300)
        server.sendall(b"!" * (1000 + 700 * i))
        receive(client, 1000 + 700 * i)
    close_in_turn(client, server)


def server_closes(t):
    """As HTTP/1.0: one request, and the end of data is the end of the answer."""
    client, server = t.pair()
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    receive(server, 18)
    server.sendall(b"x" * 5000)
    server.shutdown(socket.SHUT_WR)
    receive(client, 5000)
    close_in_turn(server, client)


def together(t):
    """Both close, and the FINs cross."""
    client, server = t.pair()
    client.sendall(b"a" * 100)
    receive(server, 100)
    server.sendall(b"b" * 100)
    receive(client, 100)
    acknowledged(server)
    with on_the_way(t):
        client.shutdown(socket.SHUT_WR)
        server.shutdown(socket.SHUT_WR)
    at_end(client)
    at_end(server)
    client.close()
    server.close()


def both_open(t):
    """Two active opens that cross; nobody listens."""
    a, b = t.socket("left"), t.socket("right")
    left = "2001:db8::1" if t.family == socket.AF_INET6 else "192.0.2.1"
    a.bind((left, t.port + 1))
    b.bind((t.to, t.port))
    with on_the_way(t):
        for s, peer in ((a, (t.to, t.port)), (b, (left, t.port + 1))):
            s.setblocking(False)
            s.connect_ex(peer)
    waiting = [a, b]
    while waiting:
        ready = select.select([], waiting, [], PATIENCE)[1]
        if not ready:
            raise TimeoutError("the opens do not meet")
        for s in ready:
            err = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if err:
                raise OSError(err, os.strerror(err))
            waiting.remove(s)
    for s in (a, b):
        s.settimeout(PATIENCE)
    a.sendall(b"hello")
    receive(b, 5)
    b.sendall(b"hello")
    receive(a, 5)
    close_in_turn(a, b)


def half_close(t):
    """The client says that it has no more; the server answers at length after that."""
    client, server = t.pair()
    client.sendall(b"q" * 2000)
    client.shutdown(socket.SHUT_WR)
    receive(server, 2000)
    at_end(server)
    pump([(server, client, 200000)], t.piece)
    server.shutdown(socket.SHUT_WR)
    at_end(client)
    client.close()
    server.close()


def up(t):
    client, server = t.pair()
    pump([(client, server, t.bytes)], t.piece)
    close_in_turn(client, server)


def down(t):
    client, server = t.pair()
    pump([(server, client, t.bytes)], t.piece)
    close_in_turn(server, client)


def both_ways(t):
    client, server = t.pair()
    pump([(client, server, t.bytes), (server, client, t.bytes)], t.piece)
    close_in_turn(client, server)


def many(t):
    """Short connections, one after the other."""
    listener = t.listener()
    for _ in range(t.rounds):
        client, server = t.pair(listener)
        client.sendall(b"ping")
        receive(server, 4)
        server.sendall(b"pong")
        receive(client, 4)
        close_in_turn(client, server)
    listener.close()


def crowd(t):
    """Connections at the same time."""
    listener = t.listener()
    pairs = [t.pair(listener) for _ in range(t.rounds)]
    for client, _ in pairs:
        client.sendall(b"ping" * 1000)
    for _, server in pairs:
        server.sendall(receive(server, 4000))
    for client, server in reversed(pairs):
        receive(client, 4000)
        close_in_turn(client, server)
    listener.close()


def steps(t):
    """A piece at a time, each read before the next one is written: never more than a small buffer holds."""
    client, server = t.pair()
    for _ in range(t.rounds):
        client.sendall(b"s" * 1000)
        receive(server, 1000)
    close_in_turn(client, server)


def typing(t):
    """Single characters and their echo, as telnet has them."""
    client, server = t.pair()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(t.rounds):
        key = bytes([97 + i % 26])
        client.sendall(key)
        server.sendall(receive(server, 1))
        receive(client, 1)
    server.sendall(b"bye\r\n")
    receive(client, 5)
    close_in_turn(server, client)


def delayed_acks(t):
    """One segment at a time to an end that has nothing to say: its delayed acknowledgement ends each wait."""
    client, server = t.pair()
    for _ in range(t.rounds):
        client.sendall(b"d" * 100)
        receive(server, 100)
        acknowledged(client)
    close_in_turn(client, server)


def nagle(t):
    """Small writes: the second one waits for the acknowledgement of the first."""
    client, server = t.pair()
    for _ in range(t.rounds):
        for _ in range(5):
            client.sendall(b"n" * 50)
        receive(server, 250)
    close_in_turn(client, server)


def urgent(t):
    client, server = t.pair()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    for _ in range(t.rounds):
        client.sendall(b"u" * 20)
        client.send(b"!", socket.MSG_OOB)
        client.sendall(b"v" * 20)
        receive(server, 41)
        server.sendall(b"k")
        receive(client, 1)
    close_in_turn(client, server)


def idle(t):
    """Long pauses, in which keepalive probes are sent and answered."""
    client, server = t.pair()
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
        client.setsockopt(socket.IPPROTO_TCP, option, value)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for _ in range(2):
        client.sendall(b"still there")
        receive(server, 11)
        wait_for_answers(client, 1)
    close_in_turn(client, server)


def wait_for_answers(s, n):
    """Until |n| more segments without data came: TCP_INFO's tcpi_segs_in."""
    def segs_in():
        return struct.unpack_from("I", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 140)[0]
    acknowledged(s)
    until = segs_in() + n
    for _ in range(PATIENCE * 100):
        if segs_in() >= until:
            return
        select.select([], [], [], 0.01)
    raise TimeoutError("no keepalive")


def fast_open(t):
    """The first connection gets a cookie, the others carry data on their SYNs."""
    listener = t.listener()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    for _ in range(t.rounds):
        client = t.socket("left")
        client.settimeout(None)
        client.sendto(b"early data", socket.MSG_FASTOPEN, (t.to, t.port))
        client.settimeout(PATIENCE)
        server, _ = listener.accept()
        server.settimeout(PATIENCE)
        receive(server, 10)
        server.sendall(b"answer")
        receive(client, 6)
        close_in_turn(client, server)
    listener.close()


def same_port(t):
    """The client's port again and again, out of its TIME-WAIT."""
    listener = t.listener()
    for _ in range(t.rounds):
        client = t.socket("left")
        client.bind(("", t.port + 1))
        client.connect((t.to, t.port))
        server, _ = listener.accept()
        server.settimeout(PATIENCE)
        client.sendall(b"again")
        receive(server, 5)
        close_in_turn(server, client)
    listener.close()


def main(argv):
    talks = {f.__name__.replace("_", "-"): f
             for f in (asks, server_closes, together, both_open, half_close, up, down, both_ways, many, crowd, steps, typing, delayed_acks,
                       nagle, urgent, idle, fast_open, same_port)}
    if len(argv) < 4 or argv[1] not in talks:
        sys.exit(f"usage: trace_talk.py {'|'.join(talks)} LEFT RIGHT [KEY=VALUE...]")
    talks[argv[1]](Talk(argv[2], argv[3], dict(key.split("=", 1) for key in argv[4:])))


main(sys.argv)
