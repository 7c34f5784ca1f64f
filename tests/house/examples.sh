#!/bin/bash
# The examples are short, are built against the installed library as a stranger would, and run: embed.c by itself, the others
# behind a TUN device, with the kernel as the peer.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
. tests/support/installed.sh
export LD_LIBRARY_PATH=${library%/*}

build() { # NAME OPTION...
    check "$1.c has at most 100 lines" test "$(wc -l < "examples/$1.c")" -le 100
    check "$1.c is built by pkg-config" cc "${warnings[@]}" -o "$tmp/$1" "examples/$1.c" "${flags[@]}" "${libs[@]}" "${@:2}"
}
for name in echo embed chat many client; do build "$name"; done
build threads -pthread
if uv=$(env -u PKG_CONFIG_SYSROOT_DIR pkg-config --cflags --libs libuv 2> /dev/null); then
    # shellcheck disable=SC2086 # words
    build libuv $uv
else
    check "libuv.c is built # SKIP no libuv here" true
fi
check "client.c has at most 30 lines" test "$(wc -l < examples/client.c)" -le 30
refuse "embed.c needs neither link.h nor loop.h" grep -E 'include *<tern/(link|loop|tern)\.h>' examples/embed.c

embed_says() {
    local said
    said=$(timeout 60 "$tmp/embed")
    grep -q 'the server hears "hello, server"' <<< "$said" && grep -q 'the client hears "hello, client"' <<< "$said"
}
check "embed: both ends hear each other" embed_says

# Inside of a namespace, and not for longer than `run` allows. Three lines through a server, which is the stack's, by two connections
# at once.
cat > "$tmp/echoed" << 'EOF'
set -eu
"$1" tern0 192.0.2.2 192.0.2.1 &
server=$!
trap 'kill $server' EXIT
until { exec 3<> /dev/tcp/192.0.2.2/7; } 2> /dev/null; do sleep 0.02; done
exec 4<> /dev/tcp/192.0.2.2/7
for line in one two three; do
    for fd in 3 4; do
        echo "$line" >&$fd
        read -r back <&$fd
        [ "$back" = "$line" ]
    done
done
EOF
# What one says, another and nobody else hears; the operator is heard by all.
cat > "$tmp/chatted" << 'EOF'
set -eu
mkfifo "$2"
"$1" tern0 192.0.2.2 192.0.2.1 < "$2" &
server=$!
trap 'kill $server; rm -f "$2"' EXIT
exec 5> "$2"
until { exec 3<> /dev/tcp/192.0.2.2/6667; } 2> /dev/null; do sleep 0.02; done
heard() { # DESCRIPTOR TEXT
    read -r line <&"$1"
    [ "$line" = "$2" ]
}
exec 4<> /dev/tcp/192.0.2.2/6667
heard 3 "somebody came"
echo "hello" >&3
heard 4 "hello"
echo "order" >&5
heard 3 "order"
heard 4 "order"
exec 4<&- 4>&-
heard 3 "somebody went"
EOF
cat > "$tmp/called" << 'EOF'
set -eu
socat TCP-LISTEN:7777,reuseaddr EXEC:cat &
server=$!
trap 'kill $server 2> /dev/null || true' EXIT
until ss -Hltn 'sport = :7777' | grep -q .; do sleep 0.02; done
[ "$("$1" tern0 192.0.2.2 192.0.2.1 7777 'is anybody there?')" = 'is anybody there?' ]
EOF
how=(-n)
if [ "$(id -u)" -ne 0 ]; then how=(-Urn); fi
run() { # NAME SCRIPT PROGRAM...
    # shellcheck disable=SC2188 # whether it opens is the question
    if [ -x "$3" ] && unshare "${how[@]}" true 2> /dev/null && { <> /dev/net/tun; } 2> /dev/null; then
        check "$1" timeout 60 unshare "${how[@]}" bash "$tmp/$2" "${@:3}"
    else
        check "$1 # SKIP no network namespace, no /dev/net/tun, or not built, here" true
    fi
}
for name in echo threads many libuv; do
    run "$name: the kernel hears what it says" echoed "$tmp/$name"
done
run "chat: everybody hears the others" chatted "$tmp/chat" "$tmp/operator"
run "client: it hears what the kernel's server answers" called "$tmp/client"
finish
