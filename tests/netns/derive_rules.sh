#!/bin/bash
# The rules in the demo's comments, derived again from the packets alone (derive_rules.py says how): every TCP packet of the demo
# with the kernel, of the same over a path that loses packets, and of the demo in memory.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need curl nc.openbsd tshark python3
cd "$tmp" || exit 1

fields() { # CAPTURE: the fields of its TCP packets, with absolute numbers, one packet a line
    local f args=()
    for f in frame.number frame.time_epoch frame.packet_flags_direction ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport \
        tcp.seq tcp.ack tcp.flags tcp.len tcp.window_size_value tcp.options.mss_val tcp.options.wscale.shift tcp.options.sack_le \
        tcp.options.timestamp.tsval frame.comment; do
        args+=(-e "$f")
    done
    tshark -r "$1" -Y tcp -o tcp.relative_sequence_numbers:FALSE -o tcp.desegment_tcp_streams:FALSE -T fields -E aggregator=, \
        "${args[@]}" 2> /dev/null
}
demo() { # NAME OPTION...: runs it, leaves the fields in NAME.tsv
    local name=$1
    shift
    timeout 400 "$TERN" demo --pcap "$name.pcapng" "$@" > "$name.out" 2> "$name.err" || {
        tail -n 5 "$name.out" "$name.err"
        return 1
    }
    fields "$name.pcapng" > "$name.tsv" && [ -s "$name.tsv" ]
}
derive() { python3 "$TERN_SOURCE/tests/netns/derive_rules.py" "$1.tsv" "$TERN_SOURCE/include/tern/rules.h" "${@:2}"; }
results() { # NAME LEAST: one test a rule; the packets that do not agree are shown below it
    local word text status='' name='' why='' last=''
    while IFS=$'\t' read -r word text; do
        if [ "$word" = why ]; then
            why+=$text$'\n'
            continue
        fi
        if [ -n "$status" ]; then
            tap_result "$status" "$name" "$why"
            last=$name
        fi
        name="$1: $text" why='' status=1
        if [ "$word" = ok ]; then status=0; fi
    done < <(derive "$1" "$2" 2>&1; printf 'end\t\n')
    check "$1: compared to the end" grep -q "^$1: at least" <<< "$last"
}
changed() { # NAME HOW: with that change, a check says "not ok"
    derive "$1" 0 --alter "$2" > "$tmp/changed"
    [ $? = 3 ] && grep '^not ok' "$tmp/changed"
}

# The model reckons NewReno's window and RFC 6298's timer; what came later has tests of its own (tests/conn, tests/sim/scenarios).
classic=()
for setting in congestion=1 hystart=0 rack=0 tlp=0 frto=0; do classic+=(--set "$setting"); done
check "the demo with the kernel runs" demo kernel "${classic[@]}"
results kernel 25
check "an acknowledgement number changed in one packet is found" changed kernel ack
check "a rule changed in one comment is found" changed kernel comment
check "the demo over a path that loses packets runs" demo lossy "${classic[@]}" --set sack=0 --impair-in loss=0.3% --impair-out loss=0.3%
results lossy 25
check "the demo in memory runs" demo memory "${classic[@]}" --memory
results memory 20
check "in memory, too, an acknowledgement number changed in one packet is found" changed memory ack
sound
finish
