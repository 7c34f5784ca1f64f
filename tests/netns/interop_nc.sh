#!/bin/bash
# nc (OpenBSD's and the traditional one) and socat against tern's services, and tern connect against them.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nc.openbsd nc.traditional socat

head -c 3000000 /dev/urandom > "$tmp/sent"
same() { cmp "$tmp/sent" "$tmp/got"; }

# ---- they call tern ----
tern_up echo.log serve "${both_ways[@]}" echo || exit 1
server=$started
by_openbsd() { timeout "$PATIENCE" nc.openbsd -N "$1" 7 < "$tmp/sent" > "$tmp/got" && same; }
by_socat() { timeout "$PATIENCE" socat -t 60 - "$1" < "$tmp/sent" > "$tmp/got" && same; }
# It never half-closes: the answer's end is known by its length.
by_traditional() {
    mkfifo "$tmp/fifo"
    timeout "$PATIENCE" nc.traditional 192.0.2.2 7 < "$tmp/fifo" > "$tmp/got" &
    local pid=$!
    exec 9> "$tmp/fifo"
    cat "$tmp/sent" >&9
    wait_for same
    local status=$?
    exec 9>&-
    kill "$pid"
    wait "$pid"
    return $status
}
check "nc.openbsd, echo, half-close, IPv4" by_openbsd 192.0.2.2
check "nc.openbsd, echo, half-close, IPv6" by_openbsd 2001:db8::2
check "nc.traditional, echo, IPv4" by_traditional
check "socat, echo, half-close, IPv4" by_socat TCP4:192.0.2.2:7
check "socat, echo, half-close, IPv6" by_socat 'TCP6:[2001:db8::2]:7'
refuse "a closed port refuses" timeout "$PATIENCE" nc.openbsd -N 192.0.2.2 8
stop "$server"

tern_up chargen.log serve "${both_ways[@]}" chargen || exit 1
server=$started
pattern() { timeout "$PATIENCE" nc.openbsd 192.0.2.2 19 < /dev/null | head -c 1000000 | head -n 1 | grep -q '^ !"#'; }
check "chargen sends its pattern, and bears the reader's going" pattern
check "chargen lives" kill -0 "$server"
stop "$server"

tern_up daytime.log serve "${both_ways[@]}" daytime || exit 1
server=$started
check "daytime tells the time" eval 'timeout "$PATIENCE" nc.openbsd 192.0.2.2 13 < /dev/null | grep -q UTC'
stop "$server"

tern_up discard.log serve "${both_ways[@]}" discard || exit 1
server=$started
check "discard takes everything and closes" timeout "$PATIENCE" nc.openbsd -N 192.0.2.2 9 < "$tmp/sent"
stop "$server"

# ---- tern calls them ----
call() { # PORT ADDRESS [OPTION...]: sends the file, keeps the answer
    timeout "$PATIENCE" "$TERN" connect "${@:3}" --tun tern1 "${both_ways[@]}" --peer 192.0.2.1/24 --peer 2001:db8::1/64 "$2" "$1" < "$tmp/sent" > "$tmp/got"
}
# The servers take what tern sends into a file.
taken() { call "$@" --keep && wait_for cmp "$tmp/sent" "$tmp/server.out"; }
# The address is not there before tern has made the device, so they listen at all addresses.
start server.out nc.openbsd -N -l 7001
wait_for listens 7001
check "tern connect to nc.openbsd, IPv4" taken 7001 192.0.2.1
stop "$started"
start server.out nc.openbsd -N -6 -l 7002
wait_for listens 7002
check "tern connect to nc.openbsd, IPv6" taken 7002 2001:db8::1
stop "$started"
start server.out nc.traditional -l -p 7003
wait_for listens 7003
check "tern connect to nc.traditional" taken 7003 192.0.2.1
stop "$started"
start socat.log socat TCP6-LISTEN:7004,fork,reuseaddr EXEC:cat
wait_for listens 7004
echoed() { call "$@" --keep && same; }
check "tern connect to socat's echo, half-close, IPv4" echoed 7004 192.0.2.1
check "tern connect to socat's echo, half-close, IPv6" echoed 7004 2001:db8::1
check "with a SYN that asks for AccECN" echoed 7004 192.0.2.1 --set ecn=3
stop "$started"
refuse "tern connect to a closed port fails" call 7005 192.0.2.1
sound
finish
