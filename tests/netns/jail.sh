#!/bin/bash
# What a tern may still do once its TUN device is open.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nc.openbsd socat

tern_up probe.log serve --tun tern0 "${both_ways[@]}" echo || exit 1
if grep -q "a sanitizer is built in" "$tmp/probe.log"; then
    check "with a sanitizer there is no jail, and that is said" true
    sound
    finish
fi
in_status() { grep -Eq "^$2:[[:space:]]+$3\$" "/proc/$1/status"; }
jailed() {
    check "$2: no capability is left" in_status "$1" "Cap(Prm|Eff|Inh|Amb|Bnd)" 0+
    check "$2: none of five" [ "$(grep -Ec '^Cap(Prm|Eff|Inh|Amb|Bnd):[[:space:]]+0+$' "/proc/$1/status")" -eq 5 ]
    check "$2: no new privileges" in_status "$1" NoNewPrivs 1
    check "$2: a filter of system calls" in_status "$1" Seccomp 2
}
says() { [ "$(echo hello | timeout "$PATIENCE" nc.openbsd -N "$1" "$2")" = hello ]; }

jailed "$started" serve
check "serve: echo works" says 192.0.2.2 7
check "serve: over IPv6" says 2001:db8::2 7
check "serve: it can be asked for its connections" eval '"$TERN" states | grep -q "^tern $started:"'
socket=$XDG_RUNTIME_DIR/tern/$started.sock
check "the control socket is there" [ -S "$socket" ]
check "its directory is its owner's only" [ "$(stat -c %a "${socket%/*}")" = 700 ]
if setpriv --reuid 65534 --clear-groups true 2> /dev/null; then
    chmod 755 "$tmp"
    check "its owner may ask" eval 'echo text | socat - "UNIX-CONNECT:$socket" | grep -q connections'
    refuse "somebody else may not" setpriv --reuid 65534 --clear-groups socat - "UNIX-CONNECT:$socket"
fi
stop "$started"
check "and it is gone at the end" [ ! -e "$socket" ]

# What somebody tries who has got hold of the process.
trespassing() { # WHAT OPERAND...
    start trespass.log env "LD_PRELOAD=$TERN_BUILD/tests/libtrespass.so" "TRESPASS=$1" "$TERN" "${@:2}"
    wait_for grep -q 'SIGINT ends it' "$tmp/trespass.log" || {
        cat "$tmp/trespass.log" >&2
        return 1
    }
    kill -USR1 "$started"
}
ulimit -c 0
for what in execve open create unlink socket fork kill ptrace setns code; do
    trespassing "$what" serve --tun tern0 --addr 192.0.2.2/24 echo
    wait "$started" 2> /dev/null
    status=$?
    check "$what is fatal" [ "$status" -eq $((128 + 31)) ]
done
trespassing getpid serve --tun tern0 --addr 192.0.2.2/24 echo
check "what remains is not" says 192.0.2.2 7
stop "$started"
trespassing socket serve --no-jail --tun tern0 --addr 192.0.2.2/24 echo
check "without the jail nothing is: it is the jail that ends it" says 192.0.2.2 7
check "--no-jail keeps the capabilities" eval '! in_status $started CapEff 0+'
check "and has no filter" in_status "$started" Seccomp 0
stop "$started"

# Files.
mkdir "$tmp/site" "$tmp/site/more"
echo inside > "$tmp/site/page.txt"
echo index > "$tmp/site/more/index.html"
echo outside > "$tmp/outside.txt"
ln -s ../outside.txt "$tmp/site/link.txt"
get() { printf 'GET %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n' "$1" | timeout "$PATIENCE" nc.openbsd 192.0.2.2 80; }
tern_up http.log serve --tun tern0 --addr 192.0.2.2/24 --explain --pcap "$tmp/http.pcapng" http "$tmp/site" || exit 1
jailed "$started" "serve http"
check "a file is served" eval 'get /page.txt | grep -q inside'
check "a directory's index" eval 'get /more/ | grep -q index'
check "a directory's list" eval 'get / | grep -q page.txt'
check "a link to the outside is not followed" eval 'get /link.txt | grep -q "403 Forbidden"'
check "what is not there is not found" eval 'get /none.txt | grep -q "404 Not Found"'
stop "$started"
check "the capture is whole" eval '"$TERN" trace --summary "$tmp/http.pcapng" > "$tmp/http.out"'

# The other commands.
start server.log socat TCP-LISTEN:8007,bind=127.0.0.1,fork,reuseaddr EXEC:cat
wait_for listens 8007
tern_up relay.log relay --tun tern0 --addr 192.0.2.2/24 --listen 7 --to 127.0.0.1:8007 || exit 1
jailed "$started" relay
check "relay: to the kernel" says 192.0.2.2 7
stop "$started"
start server2.log socat TCP-LISTEN:7,bind=192.0.2.1,ip-freebind,fork,reuseaddr EXEC:cat
wait_for listens 7
tern_up relay2.log relay --tun tern0 --addr 192.0.2.2/24 --from-kernel --listen 127.0.0.1:8008 --to 192.0.2.1:7 || exit 1
jailed "$started" "relay --from-kernel"
check "relay: from the kernel" says 127.0.0.1 8008
stop "$started"
check "connect: from a pipe to a pipe" eval \
    '[ "$(echo hello | timeout $PATIENCE "$TERN" connect --tun tern0 --addr 192.0.2.2/24 192.0.2.1 7)" = hello ]'
echo hello > "$tmp/in.txt"
check "connect: from a file to a file" eval 'timeout $PATIENCE "$TERN" connect --tun tern0 --addr 192.0.2.2/24 192.0.2.1 7 \
    < "$tmp/in.txt" > "$tmp/out.txt" && cmp "$tmp/in.txt" "$tmp/out.txt"'

mkdir -p /run/netns
for ns in left right; do
    unshare -n sleep 1000 &
    pids+=($!)
    declare "$ns=$!"
done
other() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
wait_for other "$left"
wait_for other "$right"
start wire.log "$TERN" wire "$left:tun0:198.51.100.1/24" "$right:tun0:198.51.100.2/24" --up delay=1ms --pcap "$tmp/wire.pcapng"
wait_for grep -q seed "$tmp/wire.log"
wire=$started
jailed "$wire" wire
start wserver.log nsenter -t "$right" -n socat TCP-LISTEN:7,fork EXEC:cat
far() { nsenter -t "$right" -n ss -Hltn "sport = :7" | grep -q .; }
wait_for far
check "wire: a connection passes" eval \
    '[ "$(echo hello | timeout $PATIENCE nsenter -t $left -n nc.openbsd -N 198.51.100.2 7)" = hello ]'
kill -INT "$wire"
wait "$wire"
status=$?
check "wire: it ends with its account" eval '[ $status -eq 0 ] && grep -q passed "$tmp/wire.log"'

start trace.log "$TERN" trace -i lo --annotate "$tmp/trace.pcapng"
wait_for grep -q 'Ctrl-C ends it' "$tmp/trace.log"
tracer=$started
wait_for in_status "$tracer" Seccomp 2
jailed "$tracer" "trace -i"
check "trace: something passes" says 127.0.0.1 8007
wait_for grep -q 'FIN' "$tmp/trace.log"
kill -INT "$tracer"
wait "$tracer"
status=$?
check "trace: it ends as it should" [ "$status" -eq 0 ]
check "trace: it saw the connection" grep -q ':8007' "$tmp/trace.log"

start draw.log "$TERN" draw --live -i lo -o "$tmp/page.html"
wait_for grep -q 'Ctrl-C ends it' "$tmp/draw.log"
drawer=$started
wait_for in_status "$drawer" Seccomp 2
jailed "$drawer" "draw --live"
check "draw: something passes" says 127.0.0.1 8007
kill -INT "$drawer"
wait "$drawer"
status=$?
check "draw: it ends as it should" [ "$status" -eq 0 ]
check "draw: the page has the connection" grep -q ':8007' "$tmp/page.html"

# A class that takes a second; of the child, a function's shell has no part.
for against in tern kernel; do
    start attack.log "$TERN" attack 11 --against "$against"
    attacker=$started
    wait_for in_status "$attacker" Seccomp 2
    jailed "$attacker" "attack --against $against"
    wait "$attacker"
    status=$?
    check "attack --against $against: it comes to its verdict" grep -qE '^(tern|The kernel) (withstood|fell)' "$tmp/attack.log"
    check "and is not ended by the filter" [ "$status" -lt 128 ]
done

# Another user.
if setpriv --reuid 65534 --clear-groups true 2> /dev/null; then
    tern_up user.log serve --user nobody --tun tern0 --addr 192.0.2.2/24 echo || exit 1
    check "--user: it becomes that one" in_status "$started" Uid "(65534[[:space:]]*){4}"
    check "--user: its group, too, and no other" eval 'in_status $started Gid "(65534[[:space:]]*){4}" && in_status $started Groups " *"'
    jailed "$started" "serve --user"
    check "--user: echo works" says 192.0.2.2 7
    stop "$started"
    check "the socket it could not remove is gone when somebody asks" eval '"$TERN" states > /dev/null; [ ! -e "$XDG_RUNTIME_DIR/tern/$started.sock" ]'
fi
refuse "--user: nobody of that name" "$TERN" serve --user no-such-user --tun tern0 --addr 192.0.2.2/24 echo
sound
finish
