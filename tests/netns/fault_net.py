"""A network for one capture: two kernels, `tern wire` between them, and a box on the way that does what a case asks for.

    left: tun0 192.0.2.1/24  <-- tern wire -->  mid: tun0, the box, a TUN  <-->  right: tun0 192.0.2.2/24
               2001:db8::1/64                                                    2001:db8::2/64

The capture stands at left's end of the wire: what left sends is captured before the box sees it, what right sends behind it. So a
fault that the capture is not to see (a loss, an option changed) happens to what left sends, one that it is to see to what right
sends. Everything is chosen by packet and waited for by event; nothing is left to chance or to a clock. Where `tern trace` goes by
the round trip, the wire's delay is that of a long way: waiting for a busy processor is little beside it.
"""

import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from contextlib import contextmanager

from fault_packet import ACK, ADDRESS, LEFT, LINKTYPE_RAW, PORT, RIGHT, Packet, after

TERN = os.environ["TERN"]
PATIENCE = 60  # seconds for what must happen
DELAY = "20ms"  # of the wire, each way

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
TCP_REPAIR = 19
SO_RCVBUFFORCE = 33
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


# ---- namespaces ----


def own_namespace():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def inside(fd):
    home = own_namespace()
    enter(fd)
    try:
        yield
    finally:
        enter(home)
        os.close(home)


def new_namespace():
    home = own_namespace()
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    fd = own_namespace()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    enter(home)
    os.close(home)
    return fd


def end_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# ---- the box ----


class Box(threading.Thread):
    """Carries packets between mid's tun0 and right's, through |fault|: a function from a packet to those that take its place."""

    def __init__(self, mid, right):
        super().__init__(daemon=True)
        self.fault = lambda p: [p]
        self.log = []  # what arrived here of the studied connection
        self.news = threading.Condition()
        self.orders = []  # packets that are to leave as they are
        self.waker, self.wake = socket.socketpair()
        self.failure = None
        with inside(mid):
            self.packet = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self.packet.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self.packet.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 23)
            self.packet.bind(("tun0", ETH_P_ALL))
        with inside(right):
            self.tun = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
            for address in ("192.0.2.2/24", "2001:db8::2/64"):
                subprocess.run(["ip", "address", "add", address, "dev", "tun0"], check=True)
            subprocess.run(["ip", "link", "set", "tun0", "up"], check=True)

    def send(self, p):
        if p.sender == LEFT:
            os.write(self.tun, p.b)
        else:
            self.packet.sendto(p.b, ("tun0", ETH_P_IP if p.v4 else ETH_P_IPV6))

    def order(self, p):
        """Sent by this thread when it is its turn."""
        with self.news:
            self.orders.append(p)
        self.waker.send(b"!")

    def take(self, data, sender):
        version = data[0] >> 4 if data else 0
        if version not in (4, 6):
            return
        p = Packet(data, sender)
        if not p.is_tcp:
            return
        if not p.studied:
            self.send(p)
            return
        with self.news:  # who sees what a packet led to finds it in the log
            self.log.append(p.copy())
            for out in self.fault(p):
                self.send(out)
            self.news.notify_all()

    def run(self):
        poll = select.poll()
        for fd in (self.packet.fileno(), self.tun, self.wake.fileno()):
            poll.register(fd, select.POLLIN)
        try:
            while True:
                for fd, _ in poll.poll():
                    if fd == self.tun:
                        self.take(os.read(self.tun, 1 << 16), RIGHT)
                    elif fd == self.packet.fileno():
                        self.take(self.packet.recv(1 << 16), LEFT)
                    elif self.wake.recv(64):
                        with self.news:
                            ready, self.orders = self.orders, []
                        for p in ready:
                            self.send(p)
        except Exception as e:  # the case must not wait for what will never come
            with self.news:
                self.failure = e
                self.news.notify_all()


# ---- the whole ----


class Net:
    def __init__(self, directory):
        self.directory = directory
        self.ns = {name: new_namespace() for name in (LEFT, "mid", RIGHT)}
        self.capture = os.path.join(directory, "wire.pcapng")
        self.marked = []  # bytes of packets that the fault touched
        self.kept = []  # sockets that are not to be closed by forgetting them
        self.alter = lambda frames: frames  # what happens to the capture itself
        self.link_type = LINKTYPE_RAW
        self.lay_wire()
        self.box = Box(self.ns["mid"], self.ns[RIGHT])
        self.box.start()
        for side in (LEFT, RIGHT):
            self.settle_kernel(side)

    def lay_wire(self):
        path = {name: f"/proc/{os.getpid()}/fd/{fd}" for name, fd in self.ns.items()}
        ends = [f"{path['mid']}:tun0:203.0.113.1/32", f"{path[LEFT]}:tun0:192.0.2.1/24,2001:db8::1/64"]
        self.wire_err = open(os.path.join(self.directory, "wire.err"), "w+")
        self.wire = subprocess.Popen(
            [TERN, "wire", *ends, "--up", f"delay={DELAY}", "--down", f"delay={DELAY}", "--pcap", self.capture],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.wire_err,
            preexec_fn=end_with_parent,
        )
        if not self.wire.stdout.readline():
            raise RuntimeError("tern wire did not begin")

    def settle_kernel(self, side):
        """Nothing but the fault makes it send again: no tail loss probes, and patience when the machine is busy."""
        self.sysctl(side, "tcp_early_retrans", 0)
        self.rto_min(side, "1s")
        while self.run(side, "ip", "-6", "address", "show", "tentative")[1]:
            time.sleep(0.02)

    def rto_min(self, side, least):
        for words in (("192.0.2.0/24",), ("2001:db8::/64", "metric", "256")):
            status, said = self.run(side, "ip", "route", "replace", *words, "dev", "tun0", "rto_min", least)
            if status != 0:
                raise RuntimeError(said)

    def close(self):
        """Ends the wire; the capture is complete."""
        self.wire.send_signal(signal.SIGTERM)
        self.wire.stdout.read()
        status = self.wire.wait(PATIENCE)
        self.wire_err.seek(0)
        said = self.wire_err.read()
        if status != 0 or said:
            raise RuntimeError(f"tern wire ended with {status}: {said}")

    # -- programs and sockets in it --

    def socket(self, side, v6=False, kind=socket.SOCK_STREAM):
        with inside(self.ns[side]):
            s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind)
        s.settimeout(PATIENCE)
        self.kept.append(s)
        return s

    def listen(self, side, v6=False, port=PORT, setup=None, backlog=8):
        s = self.socket(side, v6)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if setup:
            setup(s)
        s.bind((ADDRESS[side][v6], port))
        s.listen(backlog)
        return s

    def connect(self, client, v6=False, port=PORT, server_setup=None, client_setup=None):
        """(client's socket, server's socket) of a new connection."""
        server = RIGHT if client == LEFT else LEFT
        listener = self.listen(server, v6, port, server_setup)
        s = self.socket(client, v6)
        if client_setup:
            client_setup(s)
        s.connect((ADDRESS[server][v6], port))
        accepted, _ = listener.accept()
        accepted.settimeout(PATIENCE)
        self.kept.append(accepted)
        listener.close()
        return s, accepted

    def connect_only(self, client):
        """(client's socket, listener): connected as far as the client knows."""
        listener = self.listen(RIGHT if client == LEFT else LEFT)
        s = self.socket(client)
        s.connect((ADDRESS[RIGHT if client == LEFT else LEFT][0], PORT))
        return s, listener

    def wait_listening(self, side):
        """For a program that listens at PORT."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE:
            if self.run(side, "ss", "-Hltn", f"sport = :{PORT}")[1]:
                return
            time.sleep(0.02)
        raise RuntimeError(f"nobody listens on port {PORT}")

    def sysctl(self, side, name, value):
        with inside(self.ns[side]), open(f"/proc/sys/net/ipv4/{name}", "w") as f:
            f.write(str(value))

    def counters(self, side):
        """What the kernel counts of TCP: nstat's names, without Tcp and TcpExt."""
        all_of_them = {}
        with inside(self.ns[side]):
            for path in ("/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"):
                with open(path) as f:
                    lines = [line.split() for line in f]
                for names, values in zip(lines[::2], lines[1::2]):
                    if names[0] in ("Tcp:", "TcpExt:"):
                        all_of_them.update(zip(names[1:], map(int, values[1:])))
        return all_of_them

    def program(self, side, *argv, **options):
        with inside(self.ns[side]):
            return subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=end_with_parent, **options
            )

    def run(self, side, *argv):
        """A program to its end: (status, what it said)."""
        p = self.program(side, *argv)
        said = p.communicate(timeout=PATIENCE)[0].decode(errors="replace")
        return p.returncode, said

    # -- faults and events --

    @property
    def fault(self):
        return self.box.fault

    @fault.setter
    def fault(self, function):
        with self.box.news:
            self.box.fault = function

    def mark(self, p):
        self.marked.append(bytes(p.b))
        return p

    def wait(self, test):
        """Waits until |test| says so; it is asked after each packet."""
        with self.box.news:
            came = self.box.news.wait_for(lambda: test() or self.box.failure, PATIENCE)
        if self.box.failure or not came:
            raise self.box.failure or RuntimeError("waited in vain for a packet")

    def until(self, *wanted):
        """Waits until a packet for each condition, in this order, has arrived at the box."""

        def all_came():
            i = 0
            for p in self.box.log:
                if i < len(wanted) and wanted[i](p):
                    i += 1
            return i == len(wanted)

        self.wait(all_came)

    def settled(self):
        """Waits until all that was sent is acknowledged, as the box sees it."""

        def all_acknowledged():
            sent, acknowledged = {}, {}
            for p in self.box.log:
                if p.sender not in sent or after(p.end, sent[p.sender]):
                    sent[p.sender] = p.end
                other = RIGHT if p.sender == LEFT else LEFT
                if p.flags & ACK and (other not in acknowledged or after(p.ack, acknowledged[other])):
                    acknowledged[other] = p.ack
            return sent == acknowledged

        self.wait(all_acknowledged)


def receive(s, n):
    """Exactly so many bytes."""
    parts = []
    while n > 0:
        part = s.recv(min(n, 1 << 16))
        if not part:
            raise RuntimeError(f"the stream ended {n} bytes early")
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def receive_to_end(s):
    parts = []
    while part := s.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def forget(s):
    """As a reboot does: the connection is gone and nobody is told."""
    s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    s.close()
