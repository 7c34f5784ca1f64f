#!/bin/bash
# Two kernels over the cable of `tern wire`:
#
#   left: tun0 192.0.2.1/24      <-- tern wire, which loses, -->      right: tun0 192.0.2.2/24
#              2001:db8::1/64         delays and damages                          2001:db8::2/64
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/support/tap.sh
tern=${TERN:-build/tern}

# A network namespace is needed for the test itself, whoever runs it.
if [ -z "${WIRE_INSIDE:-}" ]; then
    for how in "unshare -n -m" "unshare -Urnm"; do
        # shellcheck disable=SC2086 # words
        if $how true 2> /dev/null; then exec env WIRE_INSIDE=1 $how "$PWD/tests/netns/wire.sh"; fi
    done
    echo "1..0 # SKIP no network namespace can be made here"
    exit 77
fi
for tool in ip ss socat busybox sha256sum capinfos; do
    if ! command -v $tool > /dev/null; then echo "1..0 # SKIP $tool is missing"; exit 77; fi
done
if [ ! -w /dev/net/tun ]; then echo "1..0 # SKIP /dev/net/tun cannot be opened here"; exit 77; fi

dir=$(mktemp -d) || exit 1
# The namespaces have no names: each belongs to a process that sleeps in it.
unshare -n sleep 3000 & left=$!
unshare -n sleep 3000 & right=$!
wire=
clean() {
    for pid in $wire $left $right; do kill "$pid" 2> /dev/null; done
    rm -rf "$dir"
}
trap clean EXIT
PATIENCE=60
wait_for() { # COMMAND...
    local until=$((SECONDS + PATIENCE))
    until "$@" > /dev/null 2>&1; do
        if [ "$SECONDS" -ge "$until" ]; then return 1; fi
        sleep 0.02
    done
}
fresh() { ! [ "/proc/$1/ns/net" -ef /proc/self/ns/net ]; }
wait_for fresh "$left" && wait_for fresh "$right" || exit 1

in_left() { nsenter -t "$left" -n "$@"; }
in_right() { nsenter -t "$right" -n "$@"; }
ping_n() { "in_$1" busybox ping -A -c "$2" -W "$PATIENCE" "${@:3}"; } # left|right COUNT [OPTION...] ADDRESS
A=$left:tun0:192.0.2.1/24,2001:db8::1/64
B=$right:tun0:192.0.2.2/24,2001:db8::2/64

there() { in_right ip address show dev tun0 up | grep -q 'inet6 2'; }
# The wire is a child of this very shell, so these two are not for `check`, which runs commands in another.
lay() { # NAME OPTION...
    "$tern" wire "$A" "$B" "${@:2}" > "$dir/out" 2> "$dir/err" &
    wire=$!
    local status=0
    wait_for there || status=1
    tap_result $status "$1" "$(cat "$dir/err")"
}
end() { # NAME: by SIGTERM; what the wire said is in $dir/out
    local status=0
    kill -TERM "$wire"
    wait "$wire" || status=$?
    wire=
    tap_result $status "$1" "$(cat "$dir/err")"
}
field() { # UP|DOWN KEY: of the JSON account
    sed "s/.*\"$1\":{[^}]*\"$2\":\([0-9]*\).*/\1/" "$dir/out"
}
above_zero() { [ "$(field "$1" "$2")" -gt 0 ]; }

lay "a clean cable is laid" --pcap "$dir/wire.pcapng"
check "IPv4 ping from the left" ping_n left 2 192.0.2.2
check "IPv4 ping from the right" ping_n right 2 192.0.2.1
check "IPv6 ping" ping_n left 2 2001:db8::2
check "a packet of the whole MTU" ping_n left 1 -s 1472 192.0.2.2
end "SIGTERM ends it with status 0"
check "the account in text has both directions" grep -c passed "$dir/out"
check "the capture can be read" capinfos "$dir/wire.pcapng"

# None is faster; some are hardly slower, and those that are waited for the processor.
delay_is_40ms() {
    local rtt
    rtt=$(ping_n left 3 192.0.2.2 | sed -n 's|^round-trip.*= \([0-9]*\)\..*|\1|p')
    echo "$rtt ms" >> "$dir/round-trips"
    [ "$rtt" -ge 40 ] && [ "$rtt" -lt 60 ]
}
none_faster() { awk '{ print; if ($1 < 40) fast = 1 } END { exit fast }' "$dir/round-trips"; }
lay "a slow cable is laid" --up delay=30ms --down delay=10ms --json
check "delays of both directions add up" wait_for delay_is_40ms
check "and nothing is faster" none_faster
end "it ends"

head -c 5000000 /dev/urandom > "$dir/sent"
listens() { "$1" ss -Hltn 'sport = :5001' | grep -q LISTEN; }
send_file() { # FROM TO ADDRESS: 5 MB by TCP
    "$2" socat -u TCP-LISTEN:5001,reuseaddr "CREATE:$dir/got" & local server=$!
    wait_for listens "$2" && "$1" timeout 200 socat -u "FILE:$dir/sent" "TCP:$3:5001" || { kill $server; return 1; }
    wait $server
    sha256sum "$dir/sent" "$dir/got"
    cmp "$dir/sent" "$dir/got"
}
bad=delay=2ms,jitter=1ms,loss=1%,reorder=2%,dup=1%,corrupt=0.2%
lay "a bad cable is laid" --up $bad --down $bad --seed 7 --json
check "5 MB of TCP to the right arrive whole" send_file in_left in_right 192.0.2.2
check "5 MB of TCP to the left arrive whole" send_file in_right in_left 192.0.2.1
end "it ends"
for what in passed lost reordered duplicated corrupted; do check "some were $what" above_zero up $what; done

limited() {
    local from=$SECONDS
    head -c 500000 "$dir/sent" > "$dir/half" && mv "$dir/half" "$dir/sent"
    send_file in_left in_right 192.0.2.2 && [ $((SECONDS - from)) -ge 1 ]
}
lay "a narrow cable is laid" --up rate=2M,queue=5 --json
check "half a megabyte takes 2 s at 2 Mbit/s" limited
end "it ends"
check "the narrow queue overflowed" above_zero up overflowed

lay "a cable that is down at times is laid" --up outage=300ms,outage_every=1s,ecn=bleached --json
# The kernel sends what it is told: ECT(0), 20 of them in two seconds.
check "packets with ECT(0) are sent" in_left sh -c \
    'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo x | socat -u - UDP:192.0.2.2:9,ip-tos=2; sleep 0.1; done'
end "it ends"
check "some were lost while it was down" above_zero up down
check "and some had their ECN field changed" above_zero up changed

timed() { timeout "$PATIENCE" "$tern" wire "$A" "$B" --time 1; }
check "--time ends it" timed
refuse "one end is not enough" "$tern" wire "$A"
usage() { "$tern" wire "$@"; [ $? -eq 2 ]; }
check "a bad specification is a usage error" usage "$A" "$B" --up loss=x
check "a bad address is a usage error" usage "$A" "$right:tun0:192.0.2.256/24"
missing() { "$tern" wire "none-such:tun0:192.0.2.1/24" "$B"; [ $? -eq 1 ]; }
check "a namespace that does not exist is a failure" missing
finish
