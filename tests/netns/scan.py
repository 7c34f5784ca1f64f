#!/usr/bin/env python3
"""scan.py ADDRESS PORT...: asks each port of a host by segments that no TCP sends: SYN, FIN, NULL, XMAS, and SYN with FIN. Prints a
line each: what was asked, the port, and the flags of the answer, or nothing. What our own kernel answers it answers."""
import select
import socket
import struct
import sys
import time

SCANS = {"syn": 0x02, "fin": 0x01, "null": 0x00, "xmas": 0x29, "syn-fin": 0x03}
PATIENCE = 1.0  # for answers: the other end is a device away

host, ports = sys.argv[1], [int(port) for port in sys.argv[2:]]
v6 = ":" in host
family = socket.AF_INET6 if v6 else socket.AF_INET
raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.connect((host, 0))
own = socket.inet_pton(family, raw.getsockname()[0])
peer = socket.inet_pton(family, host)


def checksum(segment):
    text = own + peer + struct.pack("!II", len(segment), socket.IPPROTO_TCP) + segment
    total = sum(struct.unpack("!%dH" % (len(text) // 2), text))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


asked = {}
for port in ports:
    for name, flags in SCANS.items():
        source = 50000 + len(asked)
        asked[source] = [name, port, None]
        head = struct.pack("!HHIIBB", source, port, 1000, 0, 5 << 4, flags)
        segment = head + struct.pack("!HHH", 1024, 0, 0)
        raw.send(head + struct.pack("!HHH", 1024, checksum(segment), 0))

end = time.monotonic() + PATIENCE
while select.select([raw], [], [], max(0, end - time.monotonic()))[0]:
    segment = raw.recv(4096)
    if not v6:
        segment = segment[4 * (segment[0] & 15):]
    port, source, flags = struct.unpack("!HH9xB", segment[:14])
    if source in asked and asked[source][1] == port:
        asked[source][2] = flags
letters = "FSRPAU"
for name, port, flags in asked.values():
    print(name, port, "" if flags is None else "".join(c for i, c in enumerate(letters) if flags >> i & 1))
