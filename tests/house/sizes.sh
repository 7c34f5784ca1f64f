#!/bin/bash
# Sizes and includes of the tree, and that the checks can fail.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

function_of() { # LINES: a function of so many lines
    echo 'static int f(int a,'
    echo '             int b)'
    echo '{'
    for ((i = 4; i < $1; i++)); do echo '    a += b;'; done
    echo '}'
}

check "functions and files of the tree are short" tools/check-sizes
check "includes and lists of sources" tools/check-includes

function_of 100 > "$tmp/hundred.c"
check "a function of 100 lines passes" tools/check-sizes "$tmp/hundred.c"
function_of 101 > "$tmp/more.c"
refuse "a function of 101 lines is found" tools/check-sizes "$tmp/more.c"
{ function_of 101 && for ((n = 0; n < 49; n++)); do echo "int g$n(void) { return $n; }"; done; } > "$tmp/share.c"
check "one of fifty is 2 %" tools/check-sizes "$tmp/share.c"
for ((n = 0; n < 180; n++)); do function_of 5; done > "$tmp/full.c"
check "a file of 900 lines passes" tools/check-sizes "$tmp/full.c"
{ cat "$tmp/full.c" && echo; } > "$tmp/overfull.c"
refuse "a file of 901 lines is found" tools/check-sizes "$tmp/overfull.c"
finish
