#!/bin/bash
# inetutils' telnet to tern, and tern connect to a kernel-side server, line by line.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need inetutils-telnet socat

tern_up daytime.log serve "${both_ways[@]}" daytime || exit 1
server=$started
mkfifo "$tmp/in"
says() { grep -q "$1" "$tmp/telnet.out"; }
# telnet ends when its input ends: it is held open until the answer is there.
dial() { # ADDRESS PORT
    : > "$tmp/telnet.out"
    timeout "$PATIENCE" inetutils-telnet "$1" "$2" < "$tmp/in" > "$tmp/telnet.out" 2>&1 &
    telnet=$!
    exec 9> "$tmp/in"
}
hang_up() {
    exec 9>&-
    wait "$telnet"
}
daytime() {
    dial "$1" 13
    wait_for says 'closed by foreign host'
    local status=$?
    hang_up
    [ $status -eq 0 ] && says UTC
}
check "telnet to daytime, IPv4" daytime 192.0.2.2
check "telnet to daytime, IPv6" daytime 2001:db8::2
stop "$server"

tern_up echo.log serve "${both_ways[@]}" echo || exit 1
server=$started
talk() {
    dial "$1" 7
    wait_for says 'Escape character' || return 1
    echo "first line" >&9
    wait_for says 'first line' || return 1
    echo "second line" >&9
    wait_for says 'second line'
    local status=$?
    hang_up
    return $status
}
check "telnet to echo, line by line, IPv4" talk 192.0.2.2
check "telnet to echo, line by line, IPv6" talk 2001:db8::2
stop "$server"

start socat.log socat TCP6-LISTEN:2300,fork,reuseaddr "SYSTEM:echo login\: ; read name; echo hello \$name"
wait_for listens 2300
mkfifo "$tmp/keys"
said() { grep -q "$1" "$tmp/out"; }
session() {
    : > "$tmp/out"
    timeout "$PATIENCE" "$TERN" connect --tun tern1 "${both_ways[@]}" --peer 192.0.2.1/24 --peer 2001:db8::1/64 "$1" 2300 < "$tmp/keys" > "$tmp/out" &
    local pid=$!
    exec 8> "$tmp/keys"
    wait_for said '^login:' || return 1
    echo tern >&8
    wait_for said '^hello tern' || return 1
    wait "$pid" # the server closes, which ends it
    local status=$?
    exec 8>&-
    return $status
}
check "tern connect to a server that asks, IPv4" session 192.0.2.1
check "tern connect to a server that asks, IPv6" session 2001:db8::1
sound
finish
