#!/bin/bash
# tern trace -i: what passes through an interface of a namespace is shown while it happens; how it ends; what goes wrong.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3
export LANG=C.UTF-8 COLUMNS=100
cd "$tmp" || exit 1

cat > talk.py << 'END'
"""talk.py PORT [reset]: one connection over the loopback; between its parts a line is read from the standard input."""
import socket, struct, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
client = socket.create_connection(server.getsockname())
peer = server.accept()[0]
client.sendall(b"x" * 700)
peer.recv(1000)
sys.stdin.readline()
peer.sendall(b"y" * 900)
client.recv(1000)
if sys.argv[2:]:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()
client.close()
END

live() { # LOG OPTION...: capturing begins
    start "$1" "$TERN" trace -i lo "${@:2}"
    tracer=$started
    wait_for grep -q '^Capturing on lo' "$tmp/$1"
}
talk() { # PORT [reset]: the connection is opened, and data was sent
    coproc TALK { python3 talk.py "$@" 2>&1; }
    talker=$TALK_PID
    to_talk=${TALK[1]}
}
talk_on() {
    echo >&"$to_talk"
    wait "$talker"
}
ended() { # STATUS: the tracer ends by itself, or was told to
    local status=0
    wait "$tracer" || status=$?
    [ "$status" -eq "$1" ] || { echo "status $status, $1 is wanted" && return 1; }
}

# in_life SIGNAL: what was sent is shown while the connection is open, the close when it is closed, the sum when it is over
in_life() {
    local ok=0
    live "$1.log" && talk 7001 || return 1
    wait_for grep -q 'PSH,ACK seq 1 ack 1 len 700' "$1.log" || ok=1
    if grep 'FIN,ACK\|packets in' "$1.log"; then ok=1; fi
    talk_on
    wait_for grep -q 'LAST-ACK .*FIN,ACK' "$1.log" || ok=1
    kill "-$1" "$tracer"
    ended 0 || ok=1
    cat "$1.log"
    [ "$ok" -eq 0 ] && grep -q '── 127.0.0.1:[0-9]* ↔ 127.0.0.1:7001 ─' "$1.log" && grep -q '^[0-9]* packets in .* connections: 1$' "$1.log"
}
check "a connection is shown while it lives, SIGINT ends it" in_life INT
check "SIGTERM ends it, too" in_life TERM

by_pipe() { # its reader waits for no buffer to be full
    mkfifo pipe
    start pipe.log cat pipe
    "$TERN" trace -i lo > pipe 2> said &
    tracer=$!
    pids+=("$tracer")
    wait_for grep -q '^Capturing' said && talk 7002 && wait_for grep -q 'len 700' pipe.log
    local status=$?
    talk_on
    stop "$tracer"
    wait_for grep -q 'packets in' pipe.log && return "$status"
}
check "through a pipe, too" by_pipe

found() {
    live found.log --findings --fail-on rst-abort && talk 7003 reset && talk_on
    wait_for grep -q 'connection 1, warning rst-abort' found.log && kill -INT "$tracer" && ended 3
}
check "the exit status tells of findings" found
not_found() {
    live not.log --summary --fail-on zero-window && talk 7004 && talk_on
    kill -INT "$tracer" && ended 0 && cat not.log && grep -q '^connection 1, ' not.log
}
check "and of none" not_found
chosen() {
    live filter.log --filter 'tcp port 7005' && talk 7006 && talk_on && talk 7005 && talk_on
    wait_for grep -q 'LAST-ACK .*FIN,ACK' filter.log && kill -INT "$tracer" && ended 0 && cat filter.log && ! grep 7006 filter.log
}
check "--filter" chosen
counted() {
    live count.log --count 3 --filter 'tcp port 7007' && talk 7007 && ended 0 && talk_on && cat count.log && grep -q '^3 packets in' count.log
}
check "--count ends it" counted
timed() { live seconds.log --seconds 1 && ended 0 && cat seconds.log && grep -q '^0 packets in' seconds.log; }
check "--seconds ends it" timed
json() {
    live json.log --json && talk 7008 && wait_for grep -q '"type":"row".*"len":700' json.log && talk_on
    kill -INT "$tracer" && ended 0 && tail -n 1 json.log | grep -q '"type":"totals"'
}
check "--json, line by line" json
annotated() {
    live annotate.log --annotate live.pcapng --count 4 --filter 'tcp port 7009' && talk 7009 && ended 0 && talk_on
    "$TERN" trace live.pcapng > again.log && cat again.log && grep -q '^4 packets in' again.log && grep -q 'len 700' again.log
}
check "--annotate keeps what was captured" annotated
everywhere() {
    start any.log "$TERN" trace -i any --filter 'tcp port 7010'
    tracer=$started
    wait_for grep -q '^Capturing on any' any.log && talk 7010 && wait_for grep -q 'len 700' any.log
    local status=$?
    talk_on
    kill -INT "$tracer" && ended 0 && return "$status"
}
check "-i any" everywhere

# ---- what goes wrong ----

said() { # STATUS PATTERN COMMAND...: one line of complaint, nothing else
    local status=0
    timeout "$PATIENCE" "${@:3}" > out 2> err < /dev/null || status=$?
    cat err out
    [ "$status" -eq "$1" ] && [ "$(wc -l < err)" -eq 1 ] && [ ! -s out ] && grep -q -- "$2" err
}
ip link add gone type veth peer name other
check "no such interface" said 1 '-i nonsense: .*[Nn]o such device' "$TERN" trace -i nonsense
check "an interface that is down" said 1 '-i gone: .*\(up\|down\)' "$TERN" trace -i gone
check "a filter with a fault" said 2 "--filter 'port port'" "$TERN" trace -i lo --filter 'port port'
check "--annotate: where nothing can be written" said 1 'nothing/x' "$TERN" trace -i lo --annotate nothing/x
ip link set gone up
gone() {
    start gone.log "$TERN" trace --summary -i gone
    tracer=$started
    wait_for grep -q '^Capturing on gone' gone.log && ip link del gone && ended 1 && cat gone.log && grep -q 'packets in' gone.log &&
        tail -n 1 gone.log | grep -q 'tern trace: -i gone: '
}
check "an interface that goes away: what was seen is shown" gone
no_rights() { said 1 '-i lo: .*\(permi\|CAP_NET_RAW\)' setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$TERN" trace -i lo; }
if [ "$(awk '{ print $3 }' /proc/self/uid_map)" = 4294967295 ] && command -v setpriv > /dev/null; then
    cp "$TERN" program && chmod 755 . program && TERN=$tmp/program
    check "no right to capture" no_rights
fi
sound
finish
