#!/bin/bash
# What a user gets wrong: one line on stderr that says what to do, status 2 for usage and 1 for failure.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"

# said STATUS PATTERN COMMAND...: this status, one line on stderr that matches, nothing on stdout
said() {
    local status=0
    timeout "$PATIENCE" "${@:3}" > "$tmp/out" 2> "$tmp/err" < /dev/null || status=$?
    cat "$tmp/err" "$tmp/out"
    echo "status $status, $1 is wanted; '$2' is wanted"
    [ "$status" -eq "$1" ] && [ "$(wc -l < "$tmp/err")" -eq 1 ] && [ ! -s "$tmp/out" ] && grep -q -- "$2" "$tmp/err"
}
helps() { "$TERN" "$1" --help > "$tmp/out" 2> "$tmp/err" && [ ! -s "$tmp/err" ] && grep -q "^Usage: tern $1" "$tmp/out" && grep -q '^Example: .*tern ' "$tmp/out"; }

for command in demo serve connect relay states; do
    check "tern $command --help" helps "$command"
    check "tern $command: unknown option" said 2 "--nonsense.*tern $command --help" "$TERN" "$command" --nonsense
done
check "tern --help" "$TERN" --help
check "tern --version" "$TERN" --version
check "unknown command" said 2 "unknown command 'nonsense'.*--help" "$TERN" nonsense
check "unknown option in place of a command" said 2 "--nonsense" "$TERN" --nonsense
check "serve: which service" said 2 "echo, discard" "$TERN" serve
check "serve: unknown service" said 2 "unknown service 'foo': one of echo, discard" "$TERN" serve foo
check "serve: one service too many" said 2 "unwanted 'discard'" "$TERN" serve echo discard
check "serve http: which directory" said 2 "directory" "$TERN" serve http
check "serve http: a directory that is missing" said 1 "$tmp/nothing" "$TERN" serve http "$tmp/nothing"
check "serve http: a file in its place" said 1 "passwd" "$TERN" serve http /etc/passwd
check "malformed address" said 2 "192.0.2.256/24" "$TERN" serve --addr 192.0.2.256/24 echo
check "address without length" said 2 "192.0.2.2/24" "$TERN" serve --addr 192.0.2.2 echo
check "malformed MTU" said 2 "mtu" "$TERN" serve --mtu 12 echo
check "IPv6 with a small MTU" said 1 "1280" "$TERN" serve --tun small --addr 2001:db8::2/64 --peer 192.0.2.1/24 --mtu 1000 echo
check "malformed port" said 2 "port" "$TERN" serve --port 70000 echo
check "unknown setting" said 2 "no such setting" "$TERN" serve --set nonsense=1 echo
check "setting out of its range" said 2 "msl" "$TERN" serve --set msl=1000s echo
check "malformed damage" said 2 "impair-in" "$TERN" serve --impair-in luck=1 echo
check "a capture that cannot be written" said 1 "$tmp/nothing/x" "$TERN" serve --pcap "$tmp/nothing/x" echo
check "a device name that is too long" said 1 "." "$TERN" serve --tun this-is-far-too-long echo
check "connect: where to" said 2 "HOST" "$TERN" connect
check "connect: malformed address" said 2 "192.0.2.999" "$TERN" connect 192.0.2.999 80
check "connect: malformed port" said 2 "99999" "$TERN" connect 192.0.2.1 99999
check "connect: refused" said 1 "192.0.2.1:9.*refused" "$TERN" connect --no-jail 192.0.2.1 9
check "relay: what from, what to" said 2 "--listen and --to" "$TERN" relay
check "relay: malformed --listen" said 2 "--listen" "$TERN" relay --listen x:y --to 127.0.0.1:80
check "relay: malformed --to" said 2 "--to" "$TERN" relay --listen 80 --to 127.0.0.1
check "demo: unwanted operand" said 2 "unwanted 'x'" "$TERN" demo x
check "states: a filter that is none" said 2 "wanted before 'x'" "$TERN" states x
check "states: nothing runs" said 1 "no tern" "$TERN" states

tern_up busy.log serve --tun busy --addr 192.0.2.2/24 echo || exit 1
check "the device is taken" said 1 "busy" "$TERN" serve --tun busy --addr 192.0.2.2/24 echo
tern_up relay.log relay --tun other --addr 198.51.100.2/24 --from-kernel --listen 7000 --to 198.51.100.1:80 || exit 1
check "the port is taken" said 1 "7000.*in use" "$TERN" relay --tun third --addr 203.0.113.2/24 --from-kernel --listen 7000 --to 203.0.113.1:80
no_rights() { said 1 "tun" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$TERN" serve echo; }
if [ "$(awk '{ print $3 }' /proc/self/uid_map)" = 4294967295 ] && command -v setpriv > /dev/null; then
    cp "$TERN" "$tmp/program" && chmod 755 "$tmp" "$tmp/program" && TERN=$tmp/program
    unset XDG_RUNTIME_DIR
    check "no right to make a TUN device" no_rights
fi
sound
finish
