#!/bin/bash
# Somebody scans a tern, past the kernel's own TCP: what the scan hears, and what `tern serve` says of it.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3

scan() { timeout "$PATIENCE" python3 "$TERN_SOURCE/tests/netns/scan.py" "$@" > "$tmp/heard" 2> "$tmp/heard.err"; }
hears() { grep -qx "$1" "$tmp/heard" || { cat "$tmp/heard" "$tmp/heard.err" >&2; return 1; }; }
told() { grep -cE "\"event\":\"note\".*\"local\":\"[^\"]*:$2\".*\"rule\":\"$1\"" "$tmp/serve.log"; } # RULE PORT: how often
tells() { [ "$(told "$2" "$3")" = "$1" ] || { echo "$2 $3: $(told "$2" "$3")" >&2; return 1; }; }

for address in 192.0.2.2 2001:db8::2; do
    tern_up serve.log serve "${both_ways[@]}" --explain --json echo || exit 1
    check "$address: a scan" scan "$address" 7 9
    stop "$started"
    check "$address: an open port answers a SYN" hears "syn 7 SA"
    check "$address: a closed one does, too, but otherwise" hears "syn 9 RA"
    for what in fin null xmas syn-fin; do
        check "$address: $what: an open port is silent" hears "$what 7 "
        check "$address: $what: a closed one is not" hears "$what 9 RA"
    done
    check "$address: the SYN scan is told of, once its RST has come" tells 1 SCAN_SYN 7
    check "$address: each of the others, and that it found the port open" tells 4 SCAN_OPEN 7
    check "$address: or closed" tells 4 SCAN_CLOSED 9
    check "$address: a SYN to a closed port may be anybody's" tells 0 SCAN_SYN 9
done

tern_up serve.log serve "${both_ways[@]}" --set silent=all --explain --json echo || exit 1
check "silent: a scan" scan 192.0.2.2 7 9
stop "$started"
for what in fin null xmas syn-fin; do
    check "silent: $what: the open port says nothing" hears "$what 7 "
    check "silent: $what: neither does the closed one" hears "$what 9 "
done
check "silent: so it is told that they learnt nothing" tells 4 SCAN_SILENT 7
check "silent: of both ports" tells 4 SCAN_SILENT 9

tern_up words.log serve "${both_ways[@]}" --explain echo || exit 1
check "in words: a scan" scan 192.0.2.2 7
stop "$started"
check "in words: what it found out" eval 'tr -s " \n" "  " < "$tmp/words.log" | grep -q "silence tells that the port is open"'
sound
finish
