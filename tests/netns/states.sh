#!/bin/bash
# tern states: what it shows of two running terns, and who may ask.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nc.openbsd

tern_up one.log serve --tun tern0 "${both_ways[@]}" --set msl=2s echo || exit 1
one=$started
tern_up two.log serve --tun tern1 --addr 198.51.100.2/24 discard || exit 1
two=$started
mkfifo "$tmp/in" "$tmp/in6"
nc.openbsd -N 192.0.2.2 7 < "$tmp/in" > "$tmp/nc.out" &
pids+=($!)
exec 8> "$tmp/in"
nc.openbsd -N 2001:db8::2 7 < "$tmp/in6" > /dev/null 8>&- &
pids+=($!)
exec 7> "$tmp/in6"
echo hello >&8
wait_for grep -q hello "$tmp/nc.out"

shows() { "$TERN" states "${@:2}" | grep -Eq -- "$1"; }
count() { [ "$("$TERN" states "${@:3}" | grep -Ec -- "$2")" -eq "$1" ]; }
check "an established connection, IPv4" shows 'ESTAB +0 +0 +192.0.2.2:7 +192.0.2.1:[0-9]+'
check "an established connection, IPv6" wait_for shows 'ESTAB +0 +0 +\[2001:db8::2\]:7 +\[2001:db8::1\]:[0-9]+'
check "its round trip, window and counters" shows 'rtt:[0-9.]+/.*cwnd:[0-9]+.*bytes_received:6'
check "both terns answer" count 2 '^tern [0-9]+:'
check "JSON lines" count 2 '"ESTAB' --json
check "one object a stack" count 2 '"type":"stack"' --json
check "the directory is its owner's only" [ "$(stat -c %a "$XDG_RUNTIME_DIR/tern")" = 700 ]
check "two sockets" [ "$(find "$XDG_RUNTIME_DIR/tern" -name '*.sock' | wc -l)" -eq 2 ]
daytime_wait() { wait_for shows "^TIME-WAIT.*timer:\(2MSL,"; }

exec 8>&-
closed() { count 1 '^ESTAB'; }
check "a connection that ended is gone" wait_for closed
stop "$two"
check "a tern that ended took its socket along" [ ! -e "$XDG_RUNTIME_DIR/tern/$two.sock" ]
kill -KILL "$one"
wait "$one" 2> /dev/null
refuse "nobody is left" "$TERN" states
check "the socket of a tern that was killed is removed" [ ! -e "$XDG_RUNTIME_DIR/tern/$one.sock" ]

tern_up three.log serve --tun tern0 --addr 192.0.2.2/24 daytime || exit 1
three=$started
ask() { timeout "$PATIENCE" nc.openbsd 192.0.2.2 13 < /dev/null > /dev/null; }
ask
check "TIME-WAIT with its time left" daytime_wait
stop "$three"
tern_up four.log serve --tun tern0 --addr 192.0.2.2/24 --set msl=200ms --json daytime || exit 1
ask
over() { grep -q '"from":"TIME-WAIT","to":"CLOSED"' "$tmp/four.log" && count 0 '^TIME-WAIT'; }
check "and after 2MSL it is gone" wait_for over
sound
finish
