#!/bin/bash
# The page in a browser, driven as a person would: of a lesson, of a capture, and the one that watches its own connection.
# PAGE_KEEP=DIR keeps screenshots.
. "$TERN_SOURCE/tests/page/page_setup.sh"

export PAGE_SHOTS=${PAGE_KEEP:-$tmp/shots}
mkdir -p "$PAGE_SHOTS"
person() { # NAME SCRIPT ARGUMENT...: the script's own lines are shown as comments
    local name=$1 script=$2 status=0 said
    said=$(timeout 400 node "$TERN_SOURCE/tests/page/$script" "$PAGE_SHOTS" "${@:3}") || status=$?
    sed 's/^\(ok\|not ok\|1\.\.\)/# \1/' <<< "$said"
    check "$name" test "$status" -eq 0
}

check "tern draw makes a page of a lesson" "$TERN" --lang en draw tcb -o "$tmp/small.html"
person "a person finds everything at its place" drive.js "$tmp/small.html"

check "tern draw --live makes a page of what passes by" "${own_network[@]}" bash "$TERN_SOURCE/tests/page/traffic.sh" "$tmp/capture.html"
person "a person finds every connection, and what is wrong with it" capture.js "$tmp/capture.html"

cd "$tmp" || exit 1
export PAGE_SEEN=$tmp/seen
status=0
timeout 400 "$TERN" --lang en demo --web --browser "node $TERN_SOURCE/tests/page/live.js" > ladder 2> err.log || status=$?
check "tern demo --web ends well" test "$status" -eq 0
check "the page shows its own handshake" eval 'grep -q "^row 0 a SYN " seen && grep -q "^row 0 b SYN,ACK " seen && grep -q "ESTABLISHED ESTABLISHED" seen'
check "the page shows its own request" eval 'grep -q "^row 0 a PSH,ACK seq 1 ack 1 len " seen'
check "the page has the header of each segment, as it was on the wire" eval 'grep "^head" seen | sort | uniq -c; [ "$(grep "^head" seen | sort -u)" = "head right" ]'
check "it shows the bytes" grep -q '^bytes 60$' seen
check "it speaks Chinese when it is asked to" grep -q '^chinese 实时.*发送' seen
check "the page comes to rest" test "$(grep -c ^row seen)" -lt 200
refuse "the browser complains of nothing" grep ^trouble seen
check "the record ends with the four-way close: FIN both ways, TIME-WAIT, CLOSED" \
    eval 'grep -q "FIN-WAIT-1 .*FIN,ACK.*CLOSE-WAIT" ladder && grep -q "FIN,ACK.*LAST-ACK" ladder && grep -q "TIME-WAIT .*ACK.*CLOSED" ladder'
check "the record is a page, too" grep -q 'id="story"' demo-web.html
finish
