#!/bin/bash
# iperf3 through tern relay, and what a relay owes to its two sides: ends of data and resets go through.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need iperf3 nc.openbsd socat python3

start iperf.log iperf3 --forceflush -s -B 127.0.0.1
tern_up relay.log relay "${both_ways[@]}" --listen 5201 --to 127.0.0.1:5201 || exit 1
relay=$started
# It serves one at a time, and refuses the next one until it has done with the last.
at_leisure() { awk '/^Server listening/ { free = 1 } /^Accepted/ { free = 0 } END { exit !free }' "$tmp/iperf.log"; }
measure() { wait_for at_leisure && timeout "$PATIENCE" iperf3 -c "$@" -t 1 -J > "$tmp/iperf.json" && ! grep '"error"' "$tmp/iperf.json"; }
check "iperf3 to the kernel, IPv4" measure 192.0.2.2
check "iperf3 from the kernel, IPv4" measure 192.0.2.2 -R
check "iperf3 both ways at once, IPv6" measure 2001:db8::2 --bidir
check "iperf3 with four streams" measure 192.0.2.2 -P 4
check "the relay lives" kill -0 "$relay"
stop "$relay"

tern_up relay.log relay --tun tern1 --addr 198.51.100.2/24 --listen 7 --to 127.0.0.1:7001 || exit 1
relay=$started
head -c 2000000 /dev/urandom > "$tmp/sent"
# cat sees the end of data, and answers after it: a half-close that goes through.
start socat.log socat TCP4-LISTEN:7001,fork,reuseaddr,bind=127.0.0.1 "SYSTEM:cat > $tmp/taken; cat $tmp/taken"
wait_for listens 7001 || exit 1
half_close() { timeout "$PATIENCE" nc.openbsd -N 198.51.100.2 7 < "$tmp/sent" > "$tmp/got" && cmp "$tmp/sent" "$tmp/got"; }
check "a half-close goes through" half_close
stop "$started"
# Whether reading ends in a reset, not in an orderly end of data.
is_reset() { timeout "$PATIENCE" bash -c "exec 3<> /dev/tcp/$1/$2 && cat <&3" 2>&1 | grep -Eq 'reset'; }
check "what the kernel refuses is reset" is_reset 198.51.100.2 7
# Who ends with unread data resets the connection: here the server, which looks at what came and does not take it, ...
start server.log python3 -c '
import socket
client, _ = socket.create_server(("127.0.0.1", 7001)).accept()
client.recv(1, socket.MSG_PEEK)'
wait_for listens 7001 || exit 1
server_resets() { timeout "$PATIENCE" bash -c 'exec 3<> /dev/tcp/198.51.100.2/7 && echo hello >&3 && cat <&3' 2>&1 | grep -q reset; }
check "the server's reset goes through" server_resets
stop "$started"
# ... here the client, which does not read the echo.
start echo.log socat -d TCP4-LISTEN:7001,fork,reuseaddr EXEC:cat
wait_for listens 7001 || exit 1
unread() { ss -Htn state established 'dport = :7' | awk '$1 > 0 { found = 1 } END { exit !found }'; }
client_resets() {
    exec 3<> /dev/tcp/198.51.100.2/7
    echo hello >&3
    wait_for unread
    exec 3>&-
    wait_for grep -q 'reset by peer' "$tmp/echo.log"
}
check "the client's reset goes through" client_resets
stop "$started"
stop "$relay"

tern_up relay.log relay --tun tern2 --addr 203.0.113.2/24 --from-kernel --listen 7777 --to 203.0.113.1:7002 || exit 1
relay=$started
check "from the kernel: a refusal is passed on as a reset" is_reset 127.0.0.1 7777
start socat.log socat TCP4-LISTEN:7002,fork,reuseaddr "SYSTEM:cat > $tmp/taken; cat $tmp/taken"
wait_for listens 7002 || exit 1
from_kernel() { timeout "$PATIENCE" nc.openbsd -N 127.0.0.1 7777 < "$tmp/sent" > "$tmp/got" && cmp "$tmp/sent" "$tmp/got"; }
check "from the kernel: a half-close goes through" from_kernel
check "the relay lives to the end" kill -0 "$relay"
sound
finish
