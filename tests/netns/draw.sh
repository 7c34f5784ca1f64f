#!/bin/bash
# tern draw: what passes by in a namespace, a capture, the standard input; the pages have what passed, and nothing is passed over.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need socat tcpdump
cd "$tmp" || exit 1
ip address add 192.0.2.1/32 dev lo

start server.log socat TCP-LISTEN:7000,bind=192.0.2.1,fork,reuseaddr SYSTEM:'echo hello'
wait_for listens 7000
talk() { timeout "$PATIENCE" socat -u TCP:192.0.2.1:"${1:-7000}" - < /dev/null > talked 2> /dev/null; }
live() { # PAGE OPTION...: started, and ready
    start live.log "$TERN" --lang en draw --live -o "$@"
    tern=$started
    wait_for grep -q 'Ctrl-C ends it' live.log
}
# It must be a child of this very shell, so that `check`, which runs commands in another, cannot wait for it.
ends() { # NAME: well
    local status=0
    wait "$tern" || status=$?
    check "$1" test "$status" -eq 0
}
segments() { grep -o '"kind":"segment"' "$1" | wc -l; }
connections() { grep -o '"b":{"endpoint":"[^"]*"' "$1" | sort | uniq -c; }

# ---- live ----
live all.html
check "it says where it captures and how it ends" grep -q '^Capturing on any; Ctrl-C ends it and writes all.html.$' live.log
talk
talk
talk 9
kill -INT "$tern"
ends "Ctrl-C ends it well"
check "the page has each connection" eval 'connections all.html; [ "$(connections all.html | grep -c 192.0.2.1:7000)" = 1 ] && connections all.html | grep -q " 2 .*192.0.2.1:7000" && connections all.html | grep -q " 1 .*192.0.2.1:9\""'
check "a packet through lo is there once" eval 'segments all.html; [ "$(segments all.html)" -ge 12 ] && [ "$(segments all.html)" -le 30 ] && ! grep -q "\"finding\":\"capture-dup" all.html'
check "its header bytes are there" grep -qE '"head":"[0-9a-f]{32}45[0-9a-f]{38,}","ip_at":16' all.html
check "what was found stands there in both languages" eval 'grep -q "nobody listens on port 9" all.html && grep -qi "u7aef.u53e3 9 " all.html'
live one.html -i lo --filter 'port 9'
talk
talk 9
kill -TERM "$tern"
ends "SIGTERM ends it, too"
check "a filter leaves the rest out" eval '[ "$(segments one.html)" = 2 ]'
live count.html -i lo --count 3
talk
ends "--count ends it"
check "with as many" eval '[ "$(segments count.html)" = 3 ]'
live full.html -i lo --max-rows 4
talk
ends "--max-rows ends it"
check "the page says so" eval '[ "$(segments full.html)" = 4 ] && grep -q "\"limit\":4" full.html'
live time.html -i lo --seconds 1 --filter 'port 9' # a late acknowledgement of what was said before is none of it
ends "--seconds ends it"
check "a page without rows is one" eval '[ "$(segments time.html)" = 0 ] && grep -q "id=\"story\"" time.html'

# ---- files ----
start dump.log tcpdump -Z root -i lo -U -w capture.pcap
dump=$started
wait_for grep -q 'listening on' dump.log
talk
closed() { [ "$(tcpdump -r capture.pcap 2> /dev/null | grep -c "Flags .F")" -ge 2 ]; }
wait_for closed
stop "$dump"
check "a capture" eval '"$TERN" draw capture.pcap -o file.html && [ "$(segments file.html)" -ge 7 ]'
check "the standard input" eval '"$TERN" draw - -o stdin.html < capture.pcap && [ "$(segments stdin.html)" = "$(segments file.html)" ]'
head -c -20 capture.pcap > cut.pcap
came=0
"$TERN" --lang en draw cut.pcap -o cut.html 2> cut.err || came=$?
check "of a broken capture what could be read is shown, and the status is 1" \
    eval '[ "$came" = 1 ] && grep -q "cannot be read on" cut.err && [ "$(segments cut.html)" = $(($(segments file.html) - 1)) ]'

# ---- what is wrong ----
wrong() { # STATUS WORDS OPTION...: that status, the words, and no page
    local status=0
    rm -f none.html
    timeout "$PATIENCE" "$TERN" --lang en draw "${@:3}" 2> wrong.err || status=$?
    cat wrong.err
    [ "$status" = "$1" ] && grep -qe "$2" wrong.err && [ ! -e none.html ]
}
check "no operand" wrong 2 'what?' -o none.html
check "no -o" wrong 2 '-o' why-four
check "--live and a file" wrong 2 'not both' --live capture.pcap -o none.html
check "-i without --live" wrong 2 '--live only' -i lo capture.pcap -o none.html
check "--seconds without --live" wrong 2 '--live only' --seconds 1 why-four -o none.html
check "a lesson takes no filter" wrong 2 'not with a lesson' --filter tcp why-four -o none.html
check "a number below 1" wrong 2 'above 0' --count -1 capture.pcap -o none.html
check "a filter that is none" wrong 2 '--filter' --filter 'no such' capture.pcap -o none.html
check "neither lesson nor file" wrong 2 'no lesson, and no file' nothing -o none.html
check "no such interface" wrong 1 'nothing0' --live -i nothing0 -o none.html
check "no such directory" wrong 1 'cannot write' why-four -o no/where/page.html
sound
finish
