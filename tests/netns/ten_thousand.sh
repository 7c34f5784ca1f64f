#!/bin/bash
# Ten thousand connections from the kernel at once on the epoll example, each served when it is new and again when all are open;
# what one weighs in the server's memory; and that all of them go.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"

server_program=$TERN_BUILD/examples/example-many
load=$TERN_BUILD/bench/load
count=10000
if ! ulimit -n $((count + 100)) 2> /dev/null; then skip "a process may not have $count descriptors here"; fi
sysctl -q net.ipv4.ip_local_port_range='20000 60000'

resident() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$server/status"; }
opened() { grep -qx "$count open" "$tmp/many.log"; }
listening() { grep -q 'port 7' "$tmp/many.log"; }
none_left() { ! ss -Htn state established 'dport = :7' | grep -q .; }

start many.log "$server_program" tern0 192.0.2.2 192.0.2.1
server=$started
check "the server is there" wait_for listening
before=$(resident)
mkfifo "$tmp/hold"
"$load" idle 192.0.2.2 $count < "$tmp/hold" > "$tmp/load.out" 2> "$tmp/load.err" &
client=$!
pids+=("$client")
exec 9> "$tmp/hold"
holds() { grep -qx open "$tmp/load.out"; }
all_served() {
    local i
    for ((i = 0; i < 20; i++)); do
        if wait_for holds; then return 0; fi
        kill -0 "$client" 2> /dev/null || break
    done
    cat "$tmp/load.err"
    return 1
}
check "$count connections at once, all served twice" all_served
check "the server counted them" wait_for opened
each=$((($(resident) - before) / count))
echo "# $each bytes of the server's resident memory a connection, sockets, epoll and descriptors included"
# The sanitizers' allocators have redzones.
if nm "$server_program" | grep -q __asan_init; then limit=100000; else limit=4096; fi
check "a connection weighs less than $limit bytes" test "$each" -lt "$limit"
exec 9>&-
wait "$client"
check "the client ends well" test $? -eq 0
check "the connections end" wait_for none_left
check "the server lives" kill -0 "$server"
sound
finish
