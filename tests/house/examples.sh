#!/bin/bash
# The examples are short, are built against the installed library as a stranger would, and run: embed.c by itself, echo.c
# behind a TUN device, with the kernel as the peer.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
. tests/support/installed.sh
export LD_LIBRARY_PATH=${library%/*}

for name in echo embed; do
    check "$name.c has at most 100 lines" test "$(wc -l < "examples/$name.c")" -le 100
    check "$name.c is built by pkg-config" cc "${warnings[@]}" -o "$tmp/$name" "examples/$name.c" "${flags[@]}" "${libs[@]}"
done
refuse "embed.c needs neither link.h nor loop.h" grep -E 'include *<tern/(link|loop|tern)\.h>' examples/embed.c

embed_says() {
    local said
    said=$(timeout 10 "$tmp/embed")
    grep -q 'the server hears "hello, server"' <<< "$said" && grep -q 'the client hears "hello, client"' <<< "$said"
}
check "embed: both ends hear each other" embed_says

# Inside of a namespace: three lines through the server, which is the stack's.
cat > "$tmp/talk" << 'EOF'
set -eu
"$1" tern0 192.0.2.2 192.0.2.1 &
server=$!
trap 'kill $server' EXIT
for ((i = 0; i < 250; i++)); do
    if { exec 3<> /dev/tcp/192.0.2.2/7; } 2> /dev/null; then break; fi
    sleep 0.02
done
for line in one two three; do
    echo "$line" >&3
    read -r -t 5 back <&3
    [ "$back" = "$line" ]
done
EOF
how=(-n)
if [ "$(id -u)" -ne 0 ]; then how=(-Urn); fi
name="echo: the kernel hears what it says"
# shellcheck disable=SC2188 # whether it opens is the question
if unshare "${how[@]}" true 2> /dev/null && { <> /dev/net/tun; } 2> /dev/null; then
    check "$name" timeout 20 unshare "${how[@]}" bash "$tmp/talk" "$tmp/echo"
else
    check "$name # SKIP no network namespace, or no /dev/net/tun, here" true
fi
finish
