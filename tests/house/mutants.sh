#!/bin/bash
# Each MUST of RFC 9293, and each core rule of other documents, switched off is noticed by a test, and a mutant that nobody notices is reported.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

red() {
    tools/run-mutants --built > "$tmp/out" 2>&1 || { grep -vE ' red ' "$tmp/out" && false; }
    grep -E '^69 MUSTs: ' "$tmp/out"
    [ "$(sed -n 's/^\([0-9]*\) others: .*, 0 green$/\1/p' "$tmp/out")" -ge 50 ]
}
check "every MUST, and each core rule of other documents, that is switched off turns a test red" red

# In a copy of the source a tag stands at a test that has nothing to do with it.
mkdir -p "$tmp/tree/doc"
cp -r src include tests tools "$tmp/tree"
cp doc/rfc-map.* "$tmp/tree/doc"
sed -i 's/^MUST-17 .*$/& | mutants: keyed-isn/' "$tmp/tree/doc/rfc-map.list"
green() { TERN_BUILD=$(realpath "$TERN_BUILD") "$tmp/tree/tools/run-mutants" --built MUST-17 > "$tmp/out"; }
refuse "a mutant that no test notices is an error" green
check "and it is named" grep -E '^MUST-17 by keyed-isn +green 0 of 1: no test notices' "$tmp/out"
finish
