#!/bin/bash
# The kernel as the server of tern's Fast Open client (RFC 7413) and of MD5 signatures (RFC 2385), by tern's sockets.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nstat python3
client=$TERN_BUILD/tests/options-client
[ -x "$client" ] || skip "options-client is not built"

cat > "$tmp/server.py" << 'END'
import socket, struct, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
for word in sys.argv[1:]:
    if word == "fast":
        s.setsockopt(socket.IPPROTO_TCP, 23, 5)  # TCP_FASTOPEN
    else:  # TCP_MD5SIG of the peer 192.0.2.2
        key = word.encode()
        peer = struct.pack("=H2s4s120x", socket.AF_INET, b"", socket.inet_aton("192.0.2.2"))
        s.setsockopt(socket.IPPROTO_TCP, 14, peer + struct.pack("=BBHI80s", 0, 0, len(key), 0, key))
s.bind(("", 7007))
s.listen(5)
while True:
    c, _ = s.accept()
    data = b""
    while part := c.recv(4096):
        data += part
    c.sendall(data[::-1])
    c.close()
END
counter() { nstat -asz "$1" 2> /dev/null | awk -v name="$1" '$1 == name { print $2 }'; }
serve() {
    start server.log python3 "$tmp/server.py" "$@"
    wait_for listens 7007
}
said() { # EXPECTED LINES, AS ONE; SECONDS TIMES WORD...
    local got
    got=$("$client" "${@:2}" 2> "$tmp/client.err" | paste -sd ,)
    [ "$got" = "$1" ] || { echo "# it said: $got"; return 1; }
}

echo 3 > /proc/sys/net/ipv4/tcp_fastopen || skip "Fast Open cannot be set here"
serve fast
check "the first connection asks for a cookie, the next ones send data in the SYN" said "ok,ok fast,ok fast" "$PATIENCE" 3 fast
check "the kernel gave one cookie" test "$(counter TcpExtTCPFastOpenCookieReqd)" = 1
check "and took the data of two SYNs" test "$(counter TcpExtTCPFastOpenPassive)" = 2
stop "$started"
serve
check "a server without Fast Open is served as ever" said "ok,ok" "$PATIENCE" 2 fast
stop "$started"

if serve "a secret" && kill -0 "$started" 2> /dev/null; then
    check "signed, both ways" said "ok,ok" "$PATIENCE" 2 "md5=a secret"
    check "the kernel found each signature right" test "$(counter TcpExtTCPMD5Failure)$(counter TcpExtTCPMD5NotFound)" = 00
    check "signed with another key nothing comes about" said "connect" 2 1 "md5=another"
    check "the kernel found them wrong" test "$(counter TcpExtTCPMD5Failure)" -gt 0
    check "nor without a signature" said "connect" 2 1
    check "the kernel missed it" test "$(counter TcpExtTCPMD5NotFound)" -gt 0
    check "with both, the signature comes before Fast Open" said "ok,ok" "$PATIENCE" 2 fast "md5=a secret"
fi
sound
finish
