"""Cases of trace_faults.py: keepalive, the opening, ends that are gone, RSTs, options and numbers."""

import os
import socket
import struct
import subprocess
import time

from fault_net import PATIENCE, forget, inside, receive, receive_to_end
from fault_packet import *
from fault_picks import *

ETH_P_ALL = 3


# ---- keepalive ----


def keep_alive(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 5)):
        a.setsockopt(socket.IPPROTO_TCP, name, value)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    probe = lambda p: p.sender == LEFT and p.len == 0 and any(q.sender == LEFT and q.end == (p.seq + 1) & MASK for q in net.box.log)
    answer = lambda p: p.is_mere_ack(RIGHT)
    net.until(data(LEFT), answer, lambda p: p.is_mere_ack(LEFT), answer)
    arrived(net)
    end(a, b)


def keepalives(packets, answers):
    frames, end_of_data, probed = [], None, False
    for p in packets:
        if p.sender == LEFT:
            probed = p.len == 0 and end_of_data is not None and p.seq == (end_of_data - 1) & MASK
            if probed and not answers:
                frames.append(p.frame)
            if p.len:
                end_of_data = p.end
        elif probed:
            if answers:
                frames.append(p.frame)
            probed = False
    return frames


@case("keepalive")
def _(net):
    keep_alive(net)
    return lambda packets: keepalives(packets, False)


@case("keepalive-answer")
def _(net):
    keep_alive(net)
    return lambda packets: keepalives(packets, True)


# ---- opening, and ends that are gone ----


@case("syn-retry")
def _(net):
    net.fault = lose(nth(flagged(LEFT, SYN), 1))
    server = net.program(RIGHT, "nc.openbsd", "-l", "-N", "192.0.2.2", str(PORT))
    net.wait_listening(RIGHT)
    status, said = net.run(LEFT, "sh", "-c", f"echo hello | nc.openbsd -N 192.0.2.2 {PORT}")
    if status != 0 or server.communicate(timeout=PATIENCE)[0] != b"hello\n":
        raise RuntimeError(said)
    return again


@case("syn-ack-retry")
def _(net):
    net.fault = lose(nth(flagged(RIGHT, ACK), 1))
    a, b = net.connect_only(RIGHT)
    net.until(*[flagged(LEFT, SYN | ACK)] * 2)
    b = b.accept()[0]
    end(a, b)
    return again


@case("no-answer", syn_retry="the SYN is sent again before its sender gives up")
def _(net):
    net.fault = lose(flagged(LEFT, SYN))
    client = net.program(LEFT, "curl", "-sS", "http://192.0.2.2/")
    net.until(*[flagged(LEFT, SYN)] * 2)
    client.terminate()
    client.wait(PATIENCE)
    return at_the_end


@case("half-open", timeout_retransmission="the data is sent again and again")
def _(net):
    net.rto_min(LEFT, "300ms")
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    net.fault = lambda p: []
    a.sendall(bytes(100))
    net.until(*[data(LEFT)] * 6)
    return lambda packets: again(packets)[3:4]


@case("half-open", "by keepalives")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    net.fault = lambda p: []
    for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 9)):
        a.setsockopt(socket.IPPROTO_TCP, name, value)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    net.until(data(LEFT), *[lambda p: p.is_mere_ack(LEFT)] * 3)
    return lambda packets: keepalives(packets, False)[2:3]


@case(
    "half-open",
    "the port used anew after a reboot",
    rst_half_open="the answer to the strange acknowledgement: RFC 9293 3.5.1",
)
def _(net):
    listener = net.listen(LEFT)
    a = net.socket(RIGHT)
    a.bind((ADDRESS[RIGHT][0], 40000))
    a.connect((ADDRESS[LEFT][0], PORT))
    b = listener.accept()[0]
    in_turn(a, b, [100])
    net.settled()
    forget(a)
    a = net.socket(RIGHT)
    a.bind((ADDRESS[RIGHT][0], 40000))
    a.connect((ADDRESS[LEFT][0], PORT))
    b = listener.accept()[0]
    in_turn(a, b, [100])
    end(a, b)
    return lambda packets: where(flagged(RIGHT, SYN))(packets)[1:2]


# ---- RSTs ----


@case("rst-refused")
def _(net):
    status, said = net.run(LEFT, "curl", "-sS", "http://192.0.2.2/")
    if status != 7:
        raise RuntimeError(said)
    return resets


@case("rst-firewall", syn_retry="the firewall lets the first SYN fall")
def _(net):
    """It drops the first SYN, and refuses the second itself."""

    def fault(p):
        if not p.sender == LEFT:
            return [p]
        if not second(p):
            return []
        return [net.mark(p.answer_rst(0, RST | ACK, p.end))]

    second = nth(flagged(LEFT, SYN), 2)
    net.fault = fault
    status, said = net.run(LEFT, "curl", "-sS", "http://192.0.2.2/")
    if status != 7:
        raise RuntimeError(said)
    return marked(net)


@case("rst-unread-data")
def _(net):
    a, b = net.connect(LEFT)
    a.sendall(bytes(100))
    b.recv(100, socket.MSG_PEEK)
    b.close()
    net.until(lambda p: p.flags & RST)
    return resets


LINGER = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@case("rst-abort")
def _(net):
    a, b = net.connect(RIGHT, v6=True)
    in_turn(a, b, [100])
    net.settled()
    a.setsockopt(*LINGER)
    a.close()
    net.until(lambda p: p.flags & RST)
    return resets


@case("close-without-fin", rst_abort="an abort is the way to end without FIN")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    in_turn(b, a, [100])
    net.settled()
    b.setsockopt(*LINGER)
    b.close()
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-half-open")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    forget(b)
    a.sendall(bytes(100))
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-after-close")
def _(net):
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    net.settled()
    b.close()
    receive_to_end(a)
    a.sendall(bytes(100))
    net.until(lambda p: p.flags & RST)
    return resets


@case("rst-late", rst_after_close="the first RST: data came for an application that had closed")
def _(net):
    """Two segments are on their way when the first RST comes."""
    a, b = net.connect(LEFT, client_setup=option(*NODELAY))
    in_turn(a, b, [100])
    net.settled()
    b.close()
    receive_to_end(a)
    a.sendall(bytes(2 * SEGMENT))
    net.until(*[lambda p: p.flags & RST] * 2)
    return lambda packets: resets(packets)[1:]


@case("rst-unwanted-syn-ack")
def _(net):
    """The client has given up when the answer comes."""
    held = []

    def fault(p):
        if p.sender == RIGHT and not held:
            held.append(p)
            return []
        return [p]

    net.fault = fault
    listener = net.listen(RIGHT)
    a = net.socket(LEFT)
    a.setblocking(False)
    a.connect_ex((ADDRESS[RIGHT][0], PORT))
    net.until(flagged(RIGHT, SYN | ACK))
    a.close()
    net.box.order(held[0])
    net.until(lambda p: p.flags & RST)
    listener.close()
    return resets


def forged_rst(net, seq_of, how=lambda p: p):
    """In right's name, after its second segment."""
    pick = nth(data(RIGHT), 2)

    def fault(p):
        if not pick(p):
            return [p]
        forged = p.copy()
        forged.b[2:4] = struct.pack("!H", forged.t + 20)
        forged.b[4:6] = b"\x12\x34"
        del forged.b[forged.t + 20 :]
        forged.b[forged.t + 12] = 5 << 4
        forged.flags = RST
        forged.seq = seq_of(p)
        how(forged)
        return [p, net.mark(forged)]

    net.fault = fault


@case("rst-invalid")
def _(net):
    a, b = net.connect(LEFT)
    forged_rst(net, lambda p: p.end + 100_000_000)
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("middlebox-rst")
def _(net):
    a, b = net.connect(LEFT)
    forged_rst(net, lambda p: p.end, lambda p: setattr(p, "ttl", 57))
    b.sendall(bytes(100))
    receive(a, 100)
    b.sendall(bytes(100))
    try:
        while a.recv(100):
            pass
    except ConnectionResetError:
        return marked(net)
    raise RuntimeError("the connection lives on")


# ---- options and numbers ----


@case("timestamp-backwards", timeout_retransmission="PAWS drops the segment, so it is sent again")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: setattr(p, "ts_val", p.ts_val - 100000))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("timestamp-missing")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: p.blank(OPT_TIMESTAMPS))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("timestamp-echo")
def _(net):
    a, b = net.connect(LEFT)
    net.fault = change(net, nth(data(RIGHT), 2), lambda p: setattr(p, "ts_ecr", p.ts_ecr + 1000000))
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("checksum-wrong")
def _(net):
    def damage(p):
        p.b[-1] ^= 1

    a, b = net.connect(LEFT, v6=True)
    net.fault = change(net, nth(data(RIGHT), 2), damage)
    in_turn(b, a, [100, 100, 100])
    end(a, b)
    return marked(net)


@case("checksum-offloaded")
def _(net):
    """Captured in left's namespace, on a veth device that leaves checksums to the other end."""
    with inside(net.ns[LEFT]):
        subprocess.run(["ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1"], check=True)
        subprocess.run(["ip", "link", "set", "veth1", "netns", f"/proc/{os.getpid()}/fd/{net.ns[RIGHT]}"], check=True)
    for side, device, address in ((LEFT, "veth0", "198.51.100.1/24"), (RIGHT, "veth1", "198.51.100.2/24")):
        with inside(net.ns[side]):
            subprocess.run(["ip", "address", "add", address, "dev", device], check=True)
            subprocess.run(["ip", "link", "set", device, "up"], check=True)
    with inside(net.ns[LEFT]):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        tap.bind(("veth0", ETH_P_ALL))
    listener = net.socket(RIGHT)
    listener.bind(("198.51.100.2", PORT))
    listener.listen()
    status = net.program(LEFT, "curl", "-sS", "--max-time", str(PATIENCE), "http://198.51.100.2/")
    b = listener.accept()[0]
    b.settimeout(PATIENCE)
    b.recv(1000)
    b.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100000))
    b.close()
    if len(status.communicate(timeout=PATIENCE)[0]) != 100000 or status.returncode != 0:
        raise RuntimeError("curl did not get it")
    tap.setblocking(False)
    frames = []
    try:
        while True:
            frames.append((time.time_ns(), tap.recv(1 << 17)))
    except BlockingIOError:
        pass
    net.link_type = LINKTYPE_ETHERNET
    net.alter = lambda _: frames
    tcp = [i for i, (_, frame) in enumerate(frames, 1) if frame[12:14] == b"\x08\x00" and frame[23] == 6]
    return lambda _: tcp[:2]  # the first packet of each end


@case("middlebox-options")
def _(net):
    """Left does not offer SACK; the box puts the option where two NOPs were."""
    net.sysctl(LEFT, "tcp_sack", 0)

    def offer(p):
        at = p.option(OPT_NOP)
        p.b[at : at + 2] = bytes([OPT_SACK_PERMITTED, 2])
        p.seal()

    net.fault = change(net, nth(flagged(LEFT, SYN), 1), offer)
    a, b = net.connect(LEFT)
    in_turn(a, b, [100])
    end(a, b)
    return where(flagged(RIGHT, SYN | ACK))


@case(
    "middlebox-options",
    "MSS clamped",
    syn_retry="the first answer is lost, so that the SYN is seen twice",
    syn_ack_retry="each SYN is answered",
)
def _(net):
    clamp = change(net, nth(flagged(RIGHT, SYN), 2), lambda p: setattr(p, "mss", 1200))
    loss = nth(flagged(LEFT, SYN | ACK), 1)
    net.fault = lambda p: [] if loss(p) else clamp(p)
    a, b = net.connect(RIGHT)
    in_turn(a, b, [100])
    end(a, b)
    return marked(net)


@case(
    "middlebox-numbers",
    timeout_retransmission="left cannot use the selective acknowledgements",
)
def _(net):
    """A box that shifts numbers, but not those in SACK options; and a loss, so that there are such."""
    shift = 0x12345678
    loss = nth(data(LEFT), 5)

    def fault(p):
        if loss(p):
            return []
        if p.sender == LEFT:
            p.seq = p.seq + shift
        elif p.flags & ACK:
            p.ack = p.ack - shift
        return [p]

    net.fault = fault
    a, b = net.connect(LEFT)
    a.sendall(bytes(10 * SEGMENT))
    receive(b, 10 * SEGMENT)
    end(a, b)
    return first(lambda p: p.sender == RIGHT and p.option(OPT_SACK) is not None)
