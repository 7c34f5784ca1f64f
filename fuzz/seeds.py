#!/usr/bin/env python3
"""Writes the seed inputs of the fuzzers into corpus/wire, corpus/options and corpus/conn beside this file."""
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
