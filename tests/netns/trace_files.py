#!/usr/bin/env python3
"""Captures for the test of the command `tern trace`, made byte by byte:

    trace_files.py files DIRECTORY            the same four connections in each format and behind each link header, and broken files
    trace_files.py many FILE                  42,000 SYNs that nobody answers, then two whole connections side by side
    trace_files.py json FILE [CONNECTIONS]    checks what `tern trace --json` wrote
    trace_files.py comments FILE              the comments of a pcapng file, one a line for each packet
"""
import json
import os
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1700000000_000000000
RAW, ETHERNET, NULL, LOOP, SLL, SLL2 = 101, 1, 0, 108, 113, 276


def add_up(data):
    return sum(struct.unpack(f">{len(data) // 2}H", data))


def fold(n):
    while n >> 16:
        n = (n & 0xFFFF) + (n >> 16)
    return ~n & 0xFFFF


class Conn:
    """Both ends' numbers are relative; `a` counts from 1000000, `b` from 2000000."""

    ids = 0

    def __init__(self, client, port, six=False):
        self.port, self.server, self.six = port, 80, six
        if six:
            self.ip = {"a": bytes.fromhex("20010db8" + "00" * 10) + struct.pack(">H", client), "b": bytes.fromhex("20010db8" + "00" * 10 + "ffff")}
        else:
            self.ip = {"a": bytes([198, 18, client >> 8, client & 255]), "b": bytes([198, 51, 100, 1])}

    def seg(self, who, flags, seq, ack=0, data=b"", window=60000):
        other = "b" if who == "a" else "a"
        ports = (self.port, self.server) if who == "a" else (self.server, self.port)
        base = {"a": 1000000, "b": 2000000}
        options = bytes.fromhex("020405b4") if flags & SYN else b""
        head = struct.pack(">HHIIHHHH", *ports, base[who] + seq, base[other] + ack if flags & ACK else 0, (5 + len(options) // 4) << 12 | flags, window, 0, 0)
        body = head + options + data
        total = add_up(body + b"\0" * (len(body) % 2)) + add_up(self.ip[who] + self.ip[other]) + 6 + len(body)
        body = body[:16] + struct.pack(">H", fold(total)) + body[18:]
        Conn.ids += 1
        if self.six:
            return struct.pack(">IHBB", 6 << 28, len(body), 6, 64) + self.ip[who] + self.ip[other] + body
        head = struct.pack(">BBHHHBBH", 69, 0, 20 + len(body), Conn.ids & 0xFFFF, 0x4000, 64, 6, 0) + self.ip[who] + self.ip[other]
        return head[:10] + struct.pack(">H", fold(add_up(head))) + head[12:] + body


def healthy(c, rounds=6):
    """(milliseconds since the one before, packet)"""
    yield 0, c.seg("a", SYN, 0)
    yield 10, c.seg("b", SYN | ACK, 0, 1)
    yield 1, c.seg("a", ACK, 1, 1)
    yield 1, c.seg("a", ACK | PSH, 1, 1, b"GET / HTTP/1.1\r\n\r\n")
    for i in range(rounds):
        yield 5, c.seg("b", ACK, 1 + 1000 * i, 19, b"x" * 1000)
        yield 1, c.seg("a", ACK, 19, 1001 + 1000 * i)
    end = 1 + 1000 * rounds
    yield 5, c.seg("b", ACK | FIN, end, 19)
    yield 1, c.seg("a", ACK | FIN, 19, end + 1)
    yield 10, c.seg("b", ACK, end + 1, 20)


def retransmission(c):
    yield 0, c.seg("a", SYN, 0)
    yield 10, c.seg("b", SYN | ACK, 0, 1)
    yield 1, c.seg("a", ACK, 1, 1)
    yield 1, c.seg("a", ACK | PSH, 1, 1, b"x" * 500)
    yield 400, c.seg("a", ACK | PSH, 1, 1, b"x" * 500)
    yield 800, c.seg("a", ACK | PSH, 1, 1, b"x" * 500)
    yield 10, c.seg("b", ACK, 1, 501)


def unanswered(c):
    yield 0, c.seg("a", SYN, 0)
    yield 1000, c.seg("a", SYN, 0)
    yield 2000, c.seg("a", SYN, 0)


def timed(parts):
    now = START
    for wait, packet in parts:
        now += wait * 1000000
        yield now, packet


def story():
    """1: healthy. 2: a timeout's retransmissions. 3: no answer. 4: healthy, IPv6."""
    parts = [*healthy(Conn(1, 40001)), *retransmission(Conn(1, 40002)), *unanswered(Conn(1, 40003)), *healthy(Conn(1, 40004, True))]
    return list(timed(parts))


def framed(link, packet, tags=b"", order="<"):
    six = packet[0] >> 4 == 6
    ether = b"\x86\xdd" if six else b"\x08\x00"
    family = 10 if six else 2
    return {
        RAW: lambda: packet,
        ETHERNET: lambda: bytes.fromhex("020000000001020000000002") + tags + ether + packet,
        NULL: lambda: struct.pack(order + "I", family) + packet,
        LOOP: lambda: struct.pack(">I", family) + packet,
        SLL: lambda: struct.pack(">HHHQ", 0, 1, 6, 0x0200000000020000) + ether + packet,
        SLL2: lambda: ether + struct.pack(">HIHBBQ", 0, 1, 1, 0, 6, 0x0200000000020000) + packet,
    }[link]()


def pcap(link, packets, order="<", nano=False, snap=65535):
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)]
    for at, p in packets:
        out.append(struct.pack(order + "IIII", at // 10**9, at % 10**9 // (1 if nano else 1000), min(len(p), snap), len(p)) + p[:snap])
    return b"".join(out)


def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def pcapng(links, packets, order="<"):
    """packets: (interface, time, bytes)"""
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    nano = struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0)
    for link in links:
        out += block(1, struct.pack(order + "HHI", link, 0, 0) + nano, order)
    for interface, at, p in packets:
        out += block(6, struct.pack(order + "IIIII", interface, at >> 32, at & 0xFFFFFFFF, len(p), len(p)) + p, order)
    return out


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def files(folder):
    packets = story()
    link = lambda kind, tags=b"", order="<": [(at, framed(kind, p, tags, order)) for at, p in packets]
    plain = pcap(ETHERNET, link(ETHERNET))
    write(folder, "plain.pcap", plain)
    write(folder, "nano.pcap", pcap(ETHERNET, link(ETHERNET), nano=True))
    write(folder, "big.pcap", pcap(ETHERNET, link(ETHERNET), ">"))
    write(folder, "bignano.pcap", pcap(ETHERNET, link(ETHERNET), ">", True))
    write(folder, "plain.pcapng", pcapng([ETHERNET], [(0, at, p) for at, p in link(ETHERNET)]))
    write(folder, "big.pcapng", pcapng([ETHERNET], [(0, at, p) for at, p in link(ETHERNET)], ">"))
    write(folder, "two_interfaces.pcapng", pcapng([ETHERNET, ETHERNET], [(i % 2, *x) for i, x in enumerate(link(ETHERNET))]))
    write(folder, "vlan.pcap", pcap(ETHERNET, link(ETHERNET, b"\x81\0\0\x05")))
    write(folder, "qinq.pcap", pcap(ETHERNET, link(ETHERNET, b"\x88\xa8\0\x07\x81\0\0\x05")))
    for name, kind in (("sll", SLL), ("sll2", SLL2), ("null", NULL), ("loop", LOOP), ("raw", RAW)):
        write(folder, name + ".pcap", pcap(kind, link(kind)))
    write(folder, "null_big.pcap", pcap(NULL, link(NULL, order=">"), ">"))
    write(folder, "short.pcap", pcap(ETHERNET, link(ETHERNET), snap=94))  # IPv6 and the SYN's options are whole
    half = len(packets) // 2
    write(folder, "first.pcap", pcap(ETHERNET, link(ETHERNET)[:half]))
    write(folder, "second.pcap", pcap(ETHERNET, link(ETHERNET)[half:]))

    write(folder, "empty.pcap", b"")
    write(folder, "no_packets.pcap", plain[:24])
    write(folder, "text.pcap", b"This is no capture at all, but a text.\n")
    write(folder, "head.pcap", plain[:10])
    write(folder, "head.pcapng", pcapng([ETHERNET], [])[:30])
    write(folder, "cut.pcap", plain[:-30])
    write(folder, "cut.pcapng", pcapng([ETHERNET], [(0, at, p) for at, p in link(ETHERNET)])[:-30])
    write(folder, "wild.pcap", pcap(ETHERNET, link(ETHERNET)[:5]) + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0x7FFFFFFF) + b"x" * 99)
    write(folder, "mixed.pcapng", pcapng([ETHERNET, RAW], [(0, *x) for x in link(ETHERNET)[:5]] + [(1, *x) for x in link(RAW)[5:]]))
    write(folder, "wifi.pcap", pcap(105, packets))


def many(path):
    alone = [(0, Conn(1 + i // 60000, 1024 + i % 60000).seg("a", SYN, 0)) for i in range(42000)]
    two = zip(healthy(Conn(60001, 40000)), healthy(Conn(60002, 40000)))
    write(*os.path.split(path), pcap(RAW, timed(alone + [packet for pair in two for packet in pair])))


def check(ok, what):
    if not ok:
        sys.exit(what)


def check_json(path, conns):
    """Each connection is told before its rows, once; its summary agrees with its rows; the totals come last."""
    told, rows, sums, totals = {}, {}, {}, None
    with open(path, encoding="utf-8") as f:
        for line in f:
            o = json.loads(line)
            check(totals is None, "something follows the totals")
            kind, n = o["type"], o.get("number")
            if kind == "connection":
                check(n not in told, f"connection {n} is told twice")
                told[n] = (o["a"]["endpoint"], o["b"]["endpoint"])
            elif kind == "row":
                check(n in told, f"a row of connection {n}, which was not told")
                check("conn" not in o, "an index that leads nowhere")
                if o["kind"] == "segment":
                    rows.setdefault(n, {"a": 0, "b": 0})[o["side"]] += 1
            elif kind == "summary":
                check(n not in sums, f"two summaries of connection {n}")
                check(told[n] == (o["a"]["endpoint"], o["b"]["endpoint"]), f"connection {n} has changed its ends")
                sums[n] = {side: o[side]["packets"] for side in "ab"}
            else:
                check(kind == "totals", f"type {kind}")
                totals = o
    check(totals is not None, "no totals")
    check(rows == sums and told.keys() == sums.keys(), "rows and summaries differ")
    check(sorted(told) == list(range(1, conns + 1)), f"connections {len(told)}")
    check(totals["connections"] == conns, f"totals: {totals}")
    check(totals["tcp"] == sum(s["a"] + s["b"] for s in sums.values()), "the totals' packets")


def comments(path):
    """Little endian and enhanced packet blocks only, which is what tern writes."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 6:
            (length,) = struct.unpack_from("<I", data, at + 20)
            option, found = at + 28 + (length + 3) // 4 * 4, []
            while option + 4 <= at + size - 4:
                code, n = struct.unpack_from("<HH", data, option)
                if code == 0:
                    break
                if code == 1:
                    found.append(data[option + 4 : option + 4 + n].decode())
                option += 4 + (n + 3) // 4 * 4
            print(" | ".join(found).replace("\n", " / "))
        at += size


if __name__ == "__main__":
    what, path = sys.argv[1:3]
    if what == "files":
        files(path)
    elif what == "many":
        many(path)
    elif what == "json":
        check_json(path, int(sys.argv[3]))
    elif what == "comments":
        comments(path)
    else:
        sys.exit(__doc__)
