#!/usr/bin/env python3
"""A switch with two access ports and a trunk between them, for kernels without VLAN devices: frames from LEFT's TAP device get tags
and go over a veth pair of this namespace (trunk0, trunk1) to RIGHT's, and back.

    trace_trunk.py LEFT RIGHT TPID:VID...      the outermost tag first

LEFT and RIGHT are processes whose namespaces get a tap0. Says "ready", and goes on until it is killed."""
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

ETH_P_ALL, ETH_P_8021Q, ETH_P_8021AD = 3, 0x8100, 0x88a8
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000


def enter(ns):
    with open(ns, "rb") as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def tap(pid):
    enter(f"/proc/{pid}/ns/net")
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"tap0", IFF_TAP | IFF_NO_PI))
    return fd


def trunk(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    return s


def untagged(frame):
    """The kernel takes the outermost tag of what comes by itself."""
    while frame[12:14] in (b"\x81\x00", b"\x88\xa8"):
        frame = frame[:12] + frame[16:]
    return frame


def main():
    tags = b"".join(struct.pack("!HH", int(tpid, 16), int(vid)) for tpid, vid in (t.split(":") for t in sys.argv[3:]))
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    taps = [tap(pid) for pid in sys.argv[1:3]]
    enter(f"/proc/self/fd/{home}")
    subprocess.run(["ip", "link", "add", "trunk0", "mtu", "1600", "type", "veth", "peer", "name", "trunk1", "mtu", "1600"], check=True)
    for name in ("trunk0", "trunk1"):
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
    trunks = [trunk("trunk0"), trunk("trunk1")]
    print("ready", flush=True)
    while True:
        for f in select.select([*taps, *trunks], [], [])[0]:
            if f in taps:
                frame = os.read(f, 2000)
                trunks[taps.index(f)].send(frame[:12] + tags + frame[12:])
            else:
                frame, (_, _, kind, _, _) = f.recvfrom(2000)
                if kind == socket.PACKET_OUTGOING:
                    continue
                try:
                    os.write(taps[trunks.index(f)], untagged(frame))
                except OSError: # that device is not up yet
                    pass


main()
