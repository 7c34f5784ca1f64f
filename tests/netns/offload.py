#!/usr/bin/env python3
"""offload.py DEVICE FEATURE=on|off...: a device's offloads (tx, sg, tso, gso, gro), as ethtool -K sets them."""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
SET = {"tx": 0x17, "sg": 0x19, "tso": 0x1f, "gso": 0x24, "gro": 0x2c}  # ETHTOOL_S...

with socket.socket() as s:
    for setting in sys.argv[2:]:
        feature, value = setting.split("=")
        request = array.array("B", struct.pack("II", SET[feature], value == "on"))
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sQ8x", sys.argv[1].encode(), request.buffer_info()[0]))
