#!/bin/bash
# The examples are built against the installed library by pkg-config, as a user would, and run.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need meson pkg-config cc nc.openbsd
build=${TERN_BUILD:-$(dirname "$TERN")}

DESTDIR=$tmp/root meson install -C "$build" --no-rebuild --quiet > "$tmp/install.log" 2>&1 || skip "meson install needs a complete build"
pc=$(find "$tmp/root" -name tern.pc)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$tmp/root
library=$(find "$tmp/root" -name libtern.so)
export LD_LIBRARY_PATH=${library%/*}

compile() { # NAME
    # shellcheck disable=SC2046 # words
    cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -o "$tmp/$1" "$TERN_SOURCE/examples/$1.c" $(pkg-config --cflags --libs tern)
}
short() { [ "$(wc -l < "$TERN_SOURCE/examples/$1.c")" -le 100 ]; }
says() { "$tmp/embed" | grep -q "$1"; }
echoes() { [ "$(echo hello | timeout 10 nc.openbsd -N 192.0.2.2 7)" = hello ]; }

check "echo.c builds against the installed library" compile echo
check "embed.c builds against the installed library" compile embed
check "echo.c has at most 100 lines" short echo
check "embed.c has at most 100 lines" short embed
refuse "embed.c needs nothing of the links or the loop" grep -E '^#include <tern/(link|loop|tern|draw)\.h>' "$TERN_SOURCE/examples/embed.c"
check "embed runs" "$tmp/embed"
check "its server hears the client" says 'the server hears "hello, server"'
check "its client hears the server" says 'the client hears "hello, client"'
start echo.log "$tmp/echo" tern0 192.0.2.2 192.0.2.1
wait_for grep -q 'port 7' "$tmp/echo.log"
check "echo answers nc" echoes
check "a second time" echoes
check "echo says how it is used" eval '"$tmp/echo" 2>&1 | grep -q usage'
sound
finish
