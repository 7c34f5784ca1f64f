#!/bin/bash
# Connections of the kernel's to a tern that come and go in every way (tests/netns/churn.c), beside a flood of forged SYNs, as fast as they
# go: when they have ended the stack's memory, the process's and its descriptors, and the connections in each state are where they began.
#
# SOAK_SECONDS: how long, 3 for a test; tools/soak says 1200. Each minute of it has a line.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
seconds=${SOAK_SECONDS:-3}
at_once=200
hush=6 # seconds; the server gives up who has vanished within 4
flood=10000 # SYNs a second
churn=$TERN_BUILD/tests/churn

# So that what has ended is soon forgotten.
tern_up tern.log serve --history 0 --tun tern0 --addr 192.0.2.2/24 --set msl=500ms --set r2=2s --set fin_wait_2=2s --set synack_retries=2 bench || exit 1
tern=$started
for ((i = 10; i < 42; i++)); do ip address add "192.0.2.$i/24" dev tern0; done
sysctl -q net.ipv4.ip_local_port_range='1024 65000'

counters() { "$TERN" states --counters > "$tmp/counters"; }
figure() { awk -v name="$1" '$1 == name { print $2 }' "$tmp/counters"; }
resident() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$tern/status"; }
descriptors() { find "/proc/$tern/fd" -mindepth 1 | wc -l; }
at_rest() { counters && [ "$(figure TcpCurrEstab) $(figure TernHalfOpen) $(figure TernTimeWait)" = '0 0 0' ]; }
in_no_state() { ! "$TERN" states | grep -v '^State\|^tern\|^LISTEN'; }
says_rest() { grep -qx rest "$tmp/churn.out"; }
ended() { ! kill -0 "$1"; }

# SECONDS SEED. The vanished stay until the server is at rest: nothing that they say helps it.
churns() {
    local until=$((SECONDS + $1)) minute=$((SECONDS + 60)) client flooder
    rm -f "$tmp/hold"
    mkfifo "$tmp/hold"
    "$churn" 192.0.2.2 "$1" $at_once "$2" $hush 192.0.2.10 32 < "$tmp/hold" > "$tmp/churn.out" 2> "$tmp/churn.err" &
    client=$!
    "$TERN_BUILD/bench/load" flood 192.0.2.2 "$1" $flood 203.0.113.0 > "$tmp/flood.out" &
    flooder=$!
    pids+=("$client" "$flooder")
    exec 9> "$tmp/hold"
    while [ "$SECONDS" -lt "$until" ] && kill -0 "$client" 2> /dev/null; do
        sleep 1
        if [ "$SECONDS" -lt "$minute" ]; then continue; fi
        minute=$((minute + 60))
        progress
    done
    wait "$flooder"
    wait_for says_rest
    check "$1 s: it comes to rest" wait_for at_rest
    exec 9>&-
    wait "$client"
    check "$1 s: every connection went as it should" eval "[ $? -eq 0 ] || { cat '$tmp/churn.err'; false; }"
    pids=("$tern")
    progress
}
progress() {
    local connect transfer half abort vanish failed megabytes passed
    counters
    read -r passed connect transfer half abort vanish failed megabytes < <(grep '^[0-9]' "$tmp/churn.out" | tail -n 1)
    echo "# ${passed:-0} s: $connect connected, $transfer transferred, $half half-closed, $abort aborted, $vanish vanished, $failed failed," \
        "$megabytes MB; now $(figure TcpCurrEstab) connections, $(figure TernHalfOpen) half-open, $(figure TernTimeWait) in TIME-WAIT," \
        "$(figure TernMemory) bytes, $(resident) resident, $(descriptors) descriptors"
}

# What is measured is measured at rest, some questions later: one about many connections has a long answer. Tables and lists of free buffers
# (6 MB at most) keep the size of the busiest moment, and so does the memory that the process has from the kernel: what it had before the
# first connection, what the stack held at its peak, and as much again for the allocator's gaps and the answers about all connections.
stack_more=$((1 << 20))
process_least=$(resident)
measure() {
    for i in 1 2 3; do at_rest; done
    memory=$(figure TernMemory) peak=$(figure TernMemoryPeak) resident=$(resident) descriptors=$(descriptors)
}
warm=$(((seconds + 9) / 10))
churns $((warm > 20 ? 20 : warm)) 1
measure
before=("$memory" "$resident" "$descriptors")
churns "$seconds" 2
measure
echo "# the flood: $(cat "$tmp/flood.out") SYNs a second"
read -r _ connect transfer half abort vanish _ < <(grep '^[0-9]' "$tmp/churn.out" | tail -n 1)
for n in connect transfer half abort vanish; do check "there were connections of each kind: $n" [ "${!n}" -gt "$seconds" ]; done
check "no connection is in any state" in_no_state
check "the four listeners are" [ "$(figure TernListeners)" -eq 4 ]
all=$((connect + transfer + half + abort + vanish))
echo "# $all connections; memory of the stack: ${before[0]}, then $memory; of the process: ${before[1]}, then $resident; descriptors:" \
    "${before[2]}, then $descriptors"
check "the stack's memory is as before, within a megabyte" [ "$memory" -le $((before[0] + stack_more)) ]
check "no descriptor is left" [ "$descriptors" -eq "${before[2]}" ]
# The sanitizers keep what is freed for a while.
most=$((process_least + 2 * peak))
echo "# the stack's peak: $peak; the process before any connection: $process_least, and at most $most"
if ! nm "$TERN" | grep -q __asan_init; then check "the process holds what the stack needed at once, and no more" [ "$resident" -le $most ]; fi
check "the server lives" kill -0 "$tern"
sound
finish
