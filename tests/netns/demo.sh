#!/bin/bash
# tern demo, with the kernel and in memory, and its capture as Wireshark sees it.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need curl nc.openbsd tshark capinfos pgrep
cd "$tmp" || exit 1
export TMPDIR=$tmp # other tests run the demo at the same time

capture() { # FILE: opens, nothing malformed, no wrong checksum, a comment on each TCP packet, at least 25 rules
    capinfos "$1" > "$tmp/info" || return 1
    local checks=(-o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE)
    tshark -r "$1" "${checks[@]}" -Y '_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0' > "$tmp/bad" 2> /dev/null || return 1
    tshark -r "$1" -Y 'tcp && !frame.comment' > "$tmp/silent" 2> /dev/null || return 1
    tshark -r "$1" -T fields -e frame.comment > "$tmp/comments" 2> /dev/null || return 1
    rules=$(grep -oE '[A-Z][A-Z0-9_]+: (RFC [0-9]+|tern|POSIX) ' "$tmp/comments" | sort -u | wc -l)
    echo "$(wc -l < "$tmp/bad") bad, $(wc -l < "$tmp/silent") without comment, $rules rules"
    head -n 3 "$tmp/bad" "$tmp/silent"
    [ ! -s "$tmp/bad" ] && [ ! -s "$tmp/silent" ] && [ "$rules" -ge 25 ]
}
run() { timeout 400 "$TERN" demo "$@" > "$tmp/demo.out" 2> "$tmp/demo.err" || { tail -n 5 "$tmp/demo.out" "$tmp/demo.err"; return 1; }; }
says() { grep -q -- "$1" "$tmp/demo.out"; }

check "the demo with the kernel ends with 0" run
check "its last line says what was proven" eval 'tail -n 1 "$tmp/demo.out" | grep -q "^Proven: "'
check "(a) curl got the same bytes" says '^(a) curl.*SHA-256.*equal'
check "(b) tern got the same bytes" says '^(b) tern.*SHA-256.*equal'
check "(c) each side closed first once" eval '[ "$(grep -c "^(c) chat.*was heard$" "$tmp/demo.out")" = 2 ]'
check "the ladder shows the handshake's rule" says '3.10.7.2'
check "TIME-WAIT counts down" says 'TIME-WAIT.*2MSL'
check "nothing is left behind" eval '[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name "tern-demo-*" -newer "$tmp/demo.err")" ]'
check "demo.pcapng is sound" capture demo.pcapng

start rights.log timeout 400 "$TERN" demo --pcap rights.pcapng
wait_for grep -q '== (b)' "$tmp/rights.log"
demo=$(pgrep -P "$started")
check "once its device is open it has no rights" eval '[ "$(grep -Ec "^Cap(Prm|Eff|Inh|Amb|Bnd):[[:space:]]+0+$" "/proc/$demo/status")" -eq 5 ]'
check "nor can any program that it starts get some" grep -Eq "^NoNewPrivs:[[:space:]]+1$" "/proc/$demo/status"
wait "$started"
status=$?
check "and it ends with 0" [ "$status" -eq 0 ]

if unshare -Ur true 2> /dev/null; then
    user() { timeout 400 unshare -Ur "$TERN" demo --pcap user.pcapng > "$tmp/demo.out" 2> "$tmp/demo.err" || { tail -n 5 "$tmp/demo.err"; return 1; }; }
    check "in a user namespace, as without root, it ends with 0, too" user
fi
check "the demo in memory ends with 0" run --memory --pcap memory.pcapng
check "it says that it is in memory" eval 'tail -n 1 "$tmp/demo.out" | grep -q "in memory, in virtual time"'
check "its capture is sound" capture memory.pcapng
check "JSON lines end with the verdict" eval '"$TERN" demo --memory --json --pcap m.pcapng | tail -n 1 | grep -q "\"ok\":true"'
sound
finish
