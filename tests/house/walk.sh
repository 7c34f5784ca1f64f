#!/bin/bash
# The newcomer's walk of the README, from top to bottom, in a tree of its own.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tar -c --exclude='./build*' --exclude=./.git . | tar -x -C "$dir"

# The indented block below the heading "A walk" is the commands, one a line.
mapfile -t commands < <(awk '/^## / { on = /^## A walk/ } on && /^    [^ ]/ { sub(/^    /, ""); sub(/ +#.*$/, ""); print }' README.md)
check "the walk has its commands" test "${#commands[@]}" -ge 6
cd "$dir"
unset CC_LD # a newcomer's linker is the system's
for command in "${commands[@]}"; do
    check "$command" bash -c "set -eu -o pipefail; $command"
done
finish
