#!/bin/bash
# The page in a browser, driven as a person would; then the page that watches its own connection. PAGE_KEEP=DIR keeps screenshots.
. "$TERN_SOURCE/tests/page/page_setup.sh"

check "tern draw makes a page of a lesson" "$TERN" draw tcb -o "$tmp/small.html"
node "$TERN_SOURCE/tests/page/many.js" "$tmp/small.html" 10000 > "$tmp/large.html"
mkdir -p "${PAGE_KEEP:-$tmp/shots}"
drive=0
said=$(timeout 180 node "$TERN_SOURCE/tests/page/drive.js" "${PAGE_KEEP:-$tmp/shots}" "$tmp/small.html" "$tmp/large.html") || drive=$?
sed 's/^\(ok\|not ok\|1\.\.\)/# \1/' <<< "$said"
check "a person finds everything at its place" test "$drive" -eq 0

cd "$tmp" || exit 1
export PAGE_SEEN=$tmp/seen
status=0
timeout 90 "$TERN" --lang en demo --web --browser "node $TERN_SOURCE/tests/page/live.js" > ladder 2> err.log || status=$?
check "tern demo --web ends well" test "$status" -eq 0
check "the page shows its own handshake" eval 'grep -q "^row 0 a SYN " seen && grep -q "^row 0 b SYN,ACK " seen && grep -q "ESTABLISHED ESTABLISHED" seen'
check "the page shows its own request" eval 'grep -q "^row 0 a PSH,ACK seq 1 ack 1 len " seen'
check "the page comes to rest" test "$(grep -c ^row seen)" -lt 200
refuse "the browser complains of nothing" grep ^trouble seen
check "the record ends with the four-way close: FIN both ways, TIME-WAIT, CLOSED" \
    eval 'grep -q "FIN-WAIT-1 .*FIN,ACK.*CLOSE-WAIT" ladder && grep -q "FIN,ACK.*LAST-ACK" ladder && grep -q "TIME-WAIT .*ACK.*CLOSED" ladder'
check "the record is a page, too" grep -q 'id="story"' demo-web.html
finish
