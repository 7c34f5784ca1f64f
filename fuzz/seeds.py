#!/usr/bin/env python3
"""Writes the seed inputs of the fuzzers into corpus/wire, corpus/differ, corpus/options, corpus/conn, corpus/pair, corpus/segment,
corpus/sock and corpus/capture beside this file. The others there were found (found_*: something
was wrong once), or captured in a namespace of the kernel's (kernel_*)."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
A4, B4 = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")

OPTIONS = {
    "syn": "020405b40402080a01020304000000000103030701",
    "sack": "0101080a01020304050607080101050a0000000100000009",
    "md5": "01011312" + "aa" * 16,
    "ao": "1d100102" + "bb" * 12,
    "fastopen": "1c04800522040102" "220601020304",
    "accecn": "ac0b000001000002000003ae05000001",
    "experiment": "fd06f9890102" "fe02",
    "unknown": "4d0501020303030700",
    "malformed": "02030405080003",
}


def ip4(proto, body, options=b"", fragment=0):
    words = 5 + len(options) // 4
    return struct.pack(">BBHHHBBH", 64 + words, 0, 4 * words + len(body), 1, fragment, 64, proto, 0) + A4 + B4 + options + body


def ip6(proto, body):
    return struct.pack(">IHBB", 6 << 28, len(body), proto, 64) + A6 + B6 + body


def tcp(options=b"", data=b""):
    options += b"\0" * (-len(options) % 4)
    return struct.pack(">HHIIHHHH", 1234, 80, 1, 2, (5 + len(options) // 4) << 12 | 0x18, 65535, 0, 0) + options + data


def wire():
    quoted4, quoted6 = ip4(6, tcp()), ip6(6, tcp())
    route = bytes([1, 131, 11, 12]) + A4 + B4
    yield "tcp4", b"\2" + ip4(6, tcp(bytes.fromhex(OPTIONS["syn"]), b"data"))
    yield "tcp6", b"\0" + ip6(6, tcp(bytes.fromhex(OPTIONS["sack"]), b"data"))
    yield "route", b"\3" + ip4(6, tcp(), route)
    yield "options4", b"\2" + ip4(6, tcp(), bytes([148, 4, 0, 0, 0, 0, 0, 0]))
    yield "fragment4", b"\2" + ip4(6, tcp(), fragment=0x2000)
    yield "echo4", b"\2" + ip4(1, struct.pack(">BBHHH", 8, 0, 0, 1, 2) + b"ping")
    yield "toobig4", b"\2" + ip4(1, struct.pack(">BBHHH", 3, 4, 0, 0, 1400) + quoted4)
    yield "quench4", b"\2" + ip4(1, struct.pack(">BBHHH", 4, 0, 0, 0, 0) + quoted4)
    yield "expired4", b"\2" + ip4(1, struct.pack(">BBHHH", 11, 0, 0, 0, 0) + ip4(6, tcp(), bytes([1, 131, 7, 4]) + B4))
    yield "echo6", b"\0" + ip6(58, struct.pack(">BBHHH", 128, 0, 0, 1, 2) + b"ping")
    yield "toobig6", b"\0" + ip6(58, struct.pack(">BBHI", 2, 0, 0, 1280) + quoted6)
    yield "unreachable6", b"\0" + ip6(58, struct.pack(">BBHI", 1, 4, 0, 0) + quoted6)
    hop = bytes([60, 0, 5, 2, 0, 0, 1, 0])
    destination = bytes([43, 0, 1, 4, 0, 0, 0, 0])
    routing = bytes([44, 0, 3, 0, 0, 0, 0, 0])
    atomic = bytes([6, 0, 0, 0, 0, 0, 0, 9])
    yield "extensions6", b"\0" + ip6(0, hop + destination + routing + atomic + tcp())


def conn():
    """Programs for fuzz_conn: three bytes of settings, then operations with their operands (see operate() there)."""
    opened, closed, sent, read = [17, 0], [6, 0, 0], [2, 0, 1, 100], [4, 0, 0]
    acked, finished, later, next_timer = [19, 0, 10], [22, 0, 0], [12, 2, 200], [12, 0]
    yield "we_close", [*opened, *sent, *acked, *read, *closed, 19, 0, 0, *finished, *finished, *later]
    yield "they_close", [*opened, *sent, *acked, 22, 0, 5, *read, 6, 0, 2, 19, 0, 0]
    yield "both_close", [*opened, *closed, 23, 0, 5, 6, 0, 5, 0, 0, 19, 0, 0, *later]
    yield "active", [0, 0, 0, 17, 3, 2, 3, 0, 255, 255, 19, 3, 4, 19, 3, 4, 4, 3, 0, 6, 3, 0, 22, 3, 0]
    yield "simultaneous_open", [0, 0, 0, 23, 3, 3, 6, 0, 5, 0, 112, 0, 23, 3, 4, 4, 5, 5, 0, 112, 0, 19, 3, 4]
    yield "silence", [*opened, *sent, *(next_timer * 12)]
    yield "holes", [*opened, *(b for k in (3, 5, 1, 2) for b in (23, 0, 0, 2, k, 5, 2, 0, 0)), *read]
    yield "zero_window", [*opened, 23, 0, 0, 6, 5, 5, 1, 1, 0, 0, 2, 0, 0, 40, 0, *(next_timer * 6), *acked, *acked]
    yield "reset", [*opened, *sent, 23, 0, 7, 4, 5, 5, 0, 0]
    yield "abort", [*opened, *sent, 6, 0, 1, 6, 0, 2]


def pair():
    """Programs for fuzz_pair: a byte, one of settings, then operations: number, + 32 for the other end, + 64 for the next flow."""
    opened, both_open, passed = [0, 0, 18], [0 + 128, 0, 32 + 128, 0, 18], [18]
    wrote, answered, read, closed, their_close = [3, 1, 4, 0], [35, 1, 9, 0], [38, 0], [8], [40]
    later, an_hour = [13, 0], [13, 5, 60]
    whole = [*opened, *wrote, *answered, *passed, *read, 6, 0, *closed, *passed, *their_close, *passed]
    yield "whole", [0, 0, *whole]
    yield "six", [1, 0, *whole]
    yield "md5", [2, 0, *whole]
    yield "ao", [4, 0, *whole]
    yield "ao_forged", [4, 0, *opened, *(b for k in range(8) for b in (22, 2 + 128 * (k & 1), 0, 16 * k, 0, k, 0, 18)), *whole]
    yield "linux", [64, 2, *whole]
    yield "freebsd", [0, 3, *whole]
    yield "both_open", [0, 0, *both_open, 3 + 128, 1, 2, 0, 18, 8 + 128, 40 + 128, 18]
    yield "cookies", [0, 16, *whole]
    yield "fastopen", [0, 32, 0, 1, 3, 1, 1, 0, 18, *closed, *their_close, *passed]
    yield "lost", [0, 0, *opened, *wrote, 22, 133, 0, *(later * 6), *passed, *closed, *their_close]
    yield "replayed", [0, 0, *opened, *wrote, *passed, 22, 128, 0, 3, 22, 128, 0, 5, *passed, *an_hour, 22, 128, 0, 4]
    yield "silence", [0, 0, *opened, *wrote, *(b for _ in range(12) for b in (22, 134, 0, *later))]
    yield "icmp", [0, 0, *opened, *wrote, 22, 1, 0, 15, 0, 0, 2, 88, *passed]
    yield "cut", [0, 0, *opened, *wrote, 22, 138, 0, 0, 9, 22, 139, 0, 0, 0, 50, 1, 22, 140, 0, 1, 1, *passed]
    yield "joined", [64, 0, *opened, *wrote, 3, 1, 9, 0, 22, 142, 0, 1, 22, 140, 0, 1, 1, 22, 137, 0, *passed]


def segment():
    """For fuzz_segment: a state and settings, then records (see op_segment() there)."""

    def record(flags, seq=0, ack=2, size=0, options=(), how=0, window=255):
        tokens = bytes(b for option in options for b in option)
        head = struct.pack(">BBBBHBHHHBBB", 0, flags, how, seq, 0, ack, 0, window << 8, 0, size, 9, len(options))
        return head + tokens.ljust(16, b"\0")

    time, read, close = (bytes([k, n]).ljust(32, b"\0") for k, n in ((6, 0), (7, 0), (7, 5)))
    for state in range(11):
        for six in (0, 1):
            records = [record(ACK), record(ACK, size=4), read, record(ACK | SYN), record(ACK, options=[(3, 1)]), time, close]
            records += [record(ACK, seq=8 * k, size=2, options=[(k, 1)]) for k in range(8)] + [record(FIN | ACK), record(RST)]
            yield f"state{state}_{4 + 2 * six}", bytes([state, six, 1, 0]) + b"".join(records)


def sock():
    """Programs for fuzz_sock: host + 2 * socket, how it is made; then the same number, a call, its arguments (see one() there)."""

    def number(n):
        return [n] if 8 <= n < 64 else [64 | n >> 8, n & 255]

    def opened(six):
        server, client, there, any_port = [0, six], [1, 2 | six], [six, 0, 0], [0, 0]
        return [*server, *any_port, 0, *there, *any_port, 1, 9, *client, 1, 0, 2, *there, 0, 0, 3, 16, 0]

    def sent(who, n, flags=8):
        return [who, 3, *number(n), *number(flags), 0]

    def received(who, n):
        return [who, 5, *number(n), 0, 0, 0]

    client, server, wait = 1, 22, [0, 11, 0, 1, 1]  # what is accepted is put into the last free place
    watched = [0, 8, 0, 31, 0, 1, 0]
    for name, six in (("talk4", 0), ("talk6", 1)):
        talk = [*opened(six), *sent(client, 100), *received(server, 200), *sent(server, 300), *received(client, 50)]
        yield name, [*talk, client, 9, 0, 1, 1, *received(server, 9), server, 10, *wait, client, 10, 0, 0, 10, 0]
        yield name + "_cut", [*talk, 0, 11, 3, 99, 99, *sent(client, 900), 0, 11, 0, 255, 255, server, 10, 1]
    yield "watched", [*opened(0), *watched, *sent(client, 60), server, *watched[1:], *received(server, 9), *wait]
    yield "refused", [1, 0, 1, 0, 2, 0, 0, 2, 1, 7, 0, 0, 0, 1, 0]
    yield "options", [*opened(0), *(b for k in range(48) for b in (client, 7, k, 8, 0, 1, k & 1))]
    yield "given", [*opened(0), client, 9, 0, 3, 77, client, 9, 1, 4, 1, *received(server, 500), *wait]


def differ():
    """For fuzz_differ: a TCP segment by itself with each list of options, and the packets of fuzz_wire."""
    for name, text in OPTIONS.items():
        yield name, b"\0" + tcp(bytes.fromhex(text), b"data")
    for name, data in wire():
        yield name, b"\x0f" + data[1:]


def icmp(message):
    """With its checksum: without, nobody looks at it."""
    total = sum(struct.unpack(">%dH" % (len(message) // 2), message))
    total = (total & 0xFFFF) + (total >> 16)
    return message[:2] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + message[4:]


SYN, ACK, FIN, RST = 2, 16, 1, 4
TIMES = "0101080a%08x%08x"


def story(name):
    """Packets of a connection, (milliseconds, IP packet) each. No checksums: they pass as left to the card, so that what the fuzzer
    changes is still looked at."""
    at = {"a": 1000, "b": 5000}

    def seg(who, flags, seq, ack, data=b"", window=500, options="", ident=0, version=4):
        options = bytes.fromhex(options)
        options += b"\0" * (-len(options) % 4)
        ports = (40000, 80) if who == "a" else (80, 40000)
        other = "b" if who == "a" else "a"
        head = struct.pack(">HHIIHHHH", *ports, at[who] + seq, at[other] + ack, (5 + len(options) // 4) << 12 | flags, window, 0, 0)
        body = head + options + data
        if version == 6:
            src, dst = (A6, B6) if who == "a" else (B6, A6)
            return struct.pack(">IHBB", 6 << 28, len(body), 6, 64) + src + dst + body
        src, dst = (A4, B4) if who == "a" else (B4, A4)
        return struct.pack(">BBHHHBBH", 69, 0, 20 + len(body), ident, 0, 64, 6, 0) + src + dst + body

    syn = "020405b4010303070402" + TIMES % (1, 0)
    opened = [(0, seg("a", SYN, 0, 0, options=syn)), (20, seg("b", SYN | ACK, 0, 1, options=syn)), (1, seg("a", ACK, 1, 1))]
    data = [(1, seg("a", ACK, 1 + 100 * i, 1, b"x" * 100, ident=i + 1)) for i in range(4)]
    too_big = (9, ip4(1, icmp(struct.pack(">BBHHH", 3, 4, 0, 0, 80) + data[2][1][:28])))
    sack = "0101050a%08x%08x" % (1101, 1401)
    parts = {
        "healthy": [*opened, *data, (20, seg("b", ACK, 1, 401)), (1, seg("a", FIN | ACK, 401, 1)), (20, seg("b", FIN | ACK, 1, 402))],
        "fast": [*opened, *data, *[(5, seg("b", ACK, 1, 1, options=sack))] * 4, (1, seg("a", ACK, 1, 1, b"x" * 100, ident=9))],
        "timeout": [*opened, *data, (255, seg("a", ACK, 1, 1, b"x" * 100)), (255, seg("a", ACK, 1, 1, b"x" * 100))],
        "zero": [*opened, *data, (1, seg("b", ACK, 1, 401, window=0)), (200, seg("a", ACK, 400, 1)), (9, seg("b", ACK, 1, 401))],
        "lost": [*opened, data[3], (9, seg("b", ACK, 1, 401)), data[0]],
        "narrow": [*opened, *data, too_big, (1, seg("a", ACK, 201, 1, b"x" * 40)), (1, seg("a", ACK, 241, 1, b"x" * 40))],
        "reset": [*opened, *data, (9, seg("b", RST | ACK, 1, 101)), (1, seg("b", RST, 1, 0))],
        "refused": [opened[0], (200, opened[0][1]), (1, seg("b", RST | ACK, 0, 1))],
        "again": [*opened, (9, seg("a", SYN, 70000, 0)), (9, seg("b", SYN | ACK, 9000, 70001)), (9, seg("a", ACK, 70001, 9001))],
        "six": [(0, seg("a", SYN, 0, 0, version=6)), (9, seg("b", SYN | ACK, 0, 1, version=6)), (9, seg("a", ACK, 0, 1, version=6))],
    }
    return parts[name]


def capture():
    """For fuzz_capture: lists of packets, and files."""
    names = ["healthy", "fast", "timeout", "zero", "lost", "reset", "refused", "again", "six", "narrow"]
    links = [(0, b"\2\0\0\0"), (1, b"\0" * 12 + b"\x08\0"), (2, b""), (3, b"\0\0\0\2"), (4, b"\0" * 14 + b"\x08\0"), (5, b"\x08" + b"\0" * 19)]
    for i, name in enumerate(names):
        kind, head = (2, b"") if name == "six" else links[i % len(links)]
        packets = [(ms, head + p) for ms, p in story(name)]
        yield name, bytes([3 + 4 * (i % 2), kind]) + b"".join(struct.pack(">HB", len(p), min(int(ms**0.5 * 3.2), 255)) + p for ms, p in packets)
    file = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)
    for i, (ms, p) in enumerate(story("fast")):
        file += struct.pack("<IIII", i, ms * 1000, len(p), len(p)) + p
    yield "pcap", b"\2" + file
    block = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20, 101, 0, 0, 20)
    for i, (ms, p) in enumerate(story("zero")):
        padded = p + b"\0" * (-len(p) % 4)
        size = 32 + len(padded)
        block += struct.pack("<IIIIIII", 6, size, 0, 0, i * 1000 + ms, len(p), len(p)) + padded + struct.pack("<I", size)
    yield "pcapng", b"\6" + block


def write(folder, name, data):
    path = os.path.join(HERE, "corpus", folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as f:
        f.write(data)


for name, text in OPTIONS.items():
    write("options", name, bytes.fromhex(text))
for name, data in wire():
    write("wire", name, data)
for i, (name, program) in enumerate(conn()):
    write("conn", name, bytes([i & 7, 0, i & 1, *program]))
for name, program in pair():
    write("pair", name, bytes(program))
for name, program in sock():
    write("sock", name, bytes(program))
for name, data in segment():
    write("segment", name, data)
for name, data in differ():
    write("differ", name, data)
for name, data in capture():
    write("capture", name, data)
