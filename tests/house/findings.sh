#!/bin/bash
# doc/trace.md has each finding of src/capture/finding.h, in its order, with the right severity, document and section, and no other.
set -u
cd "$TERN_SOURCE" || exit 1
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The table goes over several lines, each continued with a backslash.
# shellcheck disable=SC1003 # a backslash it is
tr '\n\\' '  ' < src/capture/finding.h | grep -oE 'X\([A-Z_]+, +"[^"]+", +[A-Z]+, +"[^"]+", +"[^"]+"' |
    sed -E 's/^[^"]*"([^"]+)", +([A-Z]+), +"([^"]+)", +"([^"]+)"$/\1 \L\2\E \3 \4/' > "$dir/header"
# shellcheck disable=SC2016 # backquotes of Markdown
sed -nE 's/^\| `([a-z-]+)` \| (info|warning|error) \| ([^|]+[^ |]) \| ([^|]*[^ |]) \|.*\|$/\1 \2 \3/p' doc/trace.md > "$dir/doc"

check "the header's table can be read" test "$(wc -l < "$dir/header")" -eq "$(grep -c '^    X(' src/capture/finding.h)"
check "doc/trace.md has each finding with its severity, document and section" diff "$dir/header" "$dir/doc"
finish
