#!/bin/bash
# The kernel as the peer of ECN (RFC 3168) and of Fast Open's server (RFC 7413): its own counters say what it thinks of tern.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nstat python3

counter() { nstat -asz "$1" 2> /dev/null | awk -v name="$1" '$1 == name { print $2 }'; }
rises() { # COUNTER BY COMMAND...: by at least so much
    local before after
    before=$(counter "$1")
    "${@:3}" || return 1
    after=$(counter "$1")
    [ "$((after - before))" -ge "$2" ] || { echo "# $1 rose by $((after - before)) only"; return 1; }
}
# Sends a line with the SYN where there is a cookie, and reads its echo.
cat > "$tmp/fast.py" << 'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
text = b"with the SYN " * 50
s.sendto(text, socket.MSG_FASTOPEN, (sys.argv[1], 7))
s.settimeout(60)
s.shutdown(socket.SHUT_WR)
got = b""
while len(got) < len(text):
    part = s.recv(4096)
    if not part:
        sys.exit(1)
    got += part
sys.exit(got != text)
END
fast() { timeout "$PATIENCE" python3 "$tmp/fast.py" "$1"; }
head -c 300000 /dev/urandom > "$tmp/sent"
echoed() { timeout "$PATIENCE" python3 -c '
import socket, sys, threading
data = open(sys.argv[2], "rb").read()
s = socket.create_connection((sys.argv[1], 7), 60)
threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
got = b""
while part := s.recv(65536):
    got += part
sys.exit(got != data)' "$1" "$tmp/sent"; }

echo 1 > /proc/sys/net/ipv4/tcp_ecn || skip "ECN cannot be set here"
echo 1 > /proc/sys/net/ipv4/tcp_fastopen || skip "Fast Open cannot be set here"
tern_up echo.log serve "${both_ways[@]}" --set net.ipv4.tcp_fastopen=0x402 echo || exit 1

# ---- ECN: the kernel asks, tern accepts (the default), and its data is ECT(0) ----
check "tern's data is ECN-capable when the kernel asks, IPv4" rises IpExtInECT0Pkts 5 echoed 192.0.2.2
check "tern's data is ECN-capable when the kernel asks, IPv6" rises Ip6InECT0Pkts 5 echoed 2001:db8::2
echo 0 > /proc/sys/net/ipv4/tcp_ecn
not_capable() { ! rises IpExtInECT0Pkts 1 echoed 192.0.2.2; }
check "and is not when it does not" not_capable

stop "$started"

# ---- CE: the path marks, one end says ECE, the other reduces and says CWR ----
echo 1 > /proc/sys/net/ipv4/tcp_ecn
tern_up marked.log serve "${both_ways[@]}" --impair-in mark=10% --impair-out mark=10% --json echo || exit 1
check "the kernel hears of its marked segments by tern's ECE" rises TcpExtTCPDeliveredCE 3 echoed 192.0.2.2
check "IPv6, too" rises TcpExtTCPDeliveredCE 3 echoed 2001:db8::2
rule() { wait_for grep -q "\"rule\":\"$1\"" "$tmp/marked.log"; } # which may be written a little later
check "tern took CE up" rule ECN_CE
check "the kernel's CWR ended its ECE" rule ECN_CWR
by_ecn='CC_\(CUBIC_\)\?ECN' # each congestion control has its own
check "tern answered the kernel's ECE" rule "$by_ecn"
# Each mark is answered once: a reduction that went on until CWR had arrived made several of it.
not_more_often() { [ "$(grep -c "\"rule\":\"$by_ecn\"" "$tmp/marked.log")" -le "$(($(counter IpExtInCEPkts) + $(counter Ip6InCEPkts)))" ]; }
check "not more often than it was marked" not_more_often
stop "$started"

# ---- AccECN (RFC 9768) meets a kernel that asks by RFC 3168 ----
tern_up accurate.log serve "${both_ways[@]}" --set ecn=5 --json echo || exit 1
check "who takes AccECN takes RFC 3168 as well" rises IpExtInECT0Pkts 5 echoed 192.0.2.2
check "and agrees on it" wait_for grep -q '"rule":"ECN_AGREED"' "$tmp/accurate.log"
stop "$started"
tern_up echo.log serve "${both_ways[@]}" --set net.ipv4.tcp_fastopen=0x402 echo || exit 1

# ---- Fast Open: the first connection fetches the cookie, the next ones use it ----
check "a cookie is fetched" fast 192.0.2.2
check "the data of the SYN is taken, says the kernel" rises TcpExtTCPFastOpenActive 1 fast 192.0.2.2
check "again" rises TcpExtTCPFastOpenActive 1 fast 192.0.2.2
check "a cookie is fetched, IPv6" fast 2001:db8::2
check "the data of the SYN is taken, IPv6" rises TcpExtTCPFastOpenActive 1 fast 2001:db8::2
check "none of it failed" test "$(counter TcpExtTCPFastOpenActiveFail)" = 0
sound
finish
