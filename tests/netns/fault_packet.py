"""TCP packets as bytes that can be read and changed, and captures of them."""

import socket
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_PERMITTED, OPT_SACK, OPT_TIMESTAMPS = 1, 2, 3, 4, 5, 8
LINKTYPE_RAW, LINKTYPE_ETHERNET = 101, 1  # how a capture's packets begin
PORT = 80  # of the connection with the fault
MASK = 0xFFFFFFFF
LEFT, RIGHT = "left", "right"
ADDRESS = {LEFT: ("192.0.2.1", "2001:db8::1"), RIGHT: ("192.0.2.2", "2001:db8::2")}


def after(a, b):
    """a > b, as numbers that wrap."""
    return 0 < (a - b) & MASK < 0x80000000


# ---- packets ----


def ones_sum(data):
    if len(data) % 2:
        data = bytes(data) + b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def header_field(at, form):
    """A field of the TCP header; when it is set the checksum stays right."""

    def get(p):
        return struct.unpack_from(form, p.b, p.t + at)[0]

    def put(p, value):
        struct.pack_into(form, p.b, p.t + at, value & ((1 << 8 * struct.calcsize(form)) - 1))
        p.seal()

    return property(get, put)


def option_field(kind, at, form):
    """The same of an option; None when it is not there."""

    def get(p):
        o = p.option(kind)
        return None if o is None else struct.unpack_from(form, p.b, o + at)[0]

    def put(p, value):
        struct.pack_into(form, p.b, p.option(kind) + at, value & ((1 << 8 * struct.calcsize(form)) - 1))
        p.seal()

    return property(get, put)


class Packet:
    """An IP packet with TCP in it, and who sent it."""

    def __init__(self, data, sender=None, frame=0):
        self.b = bytearray(data)
        self.frame = frame  # its number in the capture
        self.v4 = self.b[0] >> 4 == 4
        self.t = (self.b[0] & 15) * 4 if self.v4 else 40
        addresses = [socket.inet_aton(ADDRESS[LEFT][0]), socket.inet_pton(socket.AF_INET6, ADDRESS[LEFT][1])]
        source = bytes(self.b[12:16] if self.v4 else self.b[8:24])
        self.sender = sender or (LEFT if source in addresses else RIGHT)

    sport, dport = header_field(0, "!H"), header_field(2, "!H")
    seq, ack = header_field(4, "!I"), header_field(8, "!I")
    flags, window = header_field(13, "!B"), header_field(14, "!H")
    mss = option_field(OPT_MSS, 2, "!H")
    wscale = option_field(OPT_WSCALE, 2, "!B")
    ts_val, ts_ecr = option_field(OPT_TIMESTAMPS, 2, "!I"), option_field(OPT_TIMESTAMPS, 6, "!I")

    @property
    def is_tcp(self):
        return (self.b[9] if self.v4 else self.b[6]) == 6

    @property
    def studied(self):
        return self.is_tcp and PORT in (self.sport, self.dport)

    @property
    def head_len(self):
        return (self.b[self.t + 12] >> 4) * 4

    @property
    def len(self):
        return len(self.b) - self.t - self.head_len

    @property
    def end(self):
        return (self.seq + self.len + bool(self.flags & SYN) + bool(self.flags & FIN)) & MASK

    @property
    def ttl(self):
        return self.b[8 if self.v4 else 7]

    @ttl.setter
    def ttl(self, value):
        self.b[8 if self.v4 else 7] = value
        self.seal()

    @property
    def ecn(self):
        return (self.b[1] if self.v4 else self.b[1] >> 4) & 3

    @ecn.setter
    def ecn(self, value):
        at = 0 if self.v4 else 4
        self.b[1] = self.b[1] & ~(3 << at) | value << at
        self.seal()

    def is_data(self, sender):
        return self.sender == sender and self.len > 0

    def is_mere_ack(self, sender):
        return self.sender == sender and self.len == 0 and self.flags & (SYN | FIN | RST | ACK) == ACK

    def option(self, kind):
        """Where it begins, or None."""
        at, end = self.t + 20, self.t + self.head_len
        while at < end and self.b[at] != 0:
            if self.b[at] == kind:
                return at
            at += 1 if self.b[at] == OPT_NOP else self.b[at + 1]
        return None

    def blank(self, kind):
        """NOPs in place of an option."""
        at = self.option(kind)
        n = self.b[at + 1]
        self.b[at : at + n] = bytes([OPT_NOP]) * n
        self.seal()

    def seal(self):
        """The checksums as they must be."""
        if self.v4:
            self.b[10:12] = bytes(2)
            struct.pack_into("!H", self.b, 10, ~ones_sum(self.b[: self.t]) & 0xFFFF)
        n = len(self.b) - self.t
        pseudo = self.b[12:20] if self.v4 else self.b[8:40]
        self.b[self.t + 16 : self.t + 18] = bytes(2)
        total = ones_sum(bytes(pseudo) + struct.pack("!II", n, 6) + bytes(self.b[self.t :]))
        struct.pack_into("!H", self.b, self.t + 16, ~total & 0xFFFF)

    def copy(self):
        return Packet(self.b, self.sender)

    def too_big(self, mtu):
        """The ICMP message of a router to which this packet is too large."""
        body = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + bytes(self.b[: self.t + 8])
        body = body[:2] + struct.pack("!H", ~ones_sum(body) & 0xFFFF) + body[4:]
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, bytes(self.b[16:20]), bytes(self.b[12:16]))
        head = head[:10] + struct.pack("!H", ~ones_sum(head) & 0xFFFF) + head[12:]
        return Packet(head + body, RIGHT if self.sender == LEFT else LEFT)

    def answer_rst(self, seq, flags=RST, ack=0):
        """A RST that its receiver could have sent: made from this packet, without options."""
        p = Packet(self.b[: self.t + 20], RIGHT if self.sender == LEFT else LEFT)
        if p.v4:
            struct.pack_into("!H", p.b, 2, len(p.b))
            p.b[4:6] = bytes(2)
            p.b[12:20] = self.b[16:20] + self.b[12:16]
        else:
            struct.pack_into("!H", p.b, 4, 20)
            p.b[8:40] = self.b[24:40] + self.b[8:24]
        p.b[p.t + 12] = 5 << 4
        p.sport, p.dport, p.seq, p.ack, p.flags, p.window = self.dport, self.sport, seq, ack, flags, 0
        return p


# ---- captures ----


def read_pcapng(path):
    """[(nanoseconds, bytes)]: what tern wire writes, a section in this machine's order and one interface."""
    with open(path, "rb") as f:
        data = f.read()
    frames, at = [], 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("=II", data, at)
        if kind == 6:
            high, low, here = struct.unpack_from("=III", data, at + 12)
            frames.append((high << 32 | low, data[at + 28 : at + 28 + here]))
        at += size
    return frames


def write_pcap(path, frames, link_type):
    with open(path, "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, link_type))
        for at, data in frames:
            f.write(struct.pack("=IIII", at // 10**9, at % 10**9, len(data), len(data)) + data)
