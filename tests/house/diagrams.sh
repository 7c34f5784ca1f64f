#!/bin/bash
# The diagrams of the documentation are what tern draws today, and doc/diagrams.md shows each of them.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

check "the diagrams are made" tools/make-diagrams "$TERN" "$dir/made"
# Where Graphviz puts the states depends on its version and fonts: of states.*.svg the arrows are compared, not their course.
arrows() { grep -o '[A-Z0-9_]*__[A-Z0-9_]*__[A-Z0-9_]*' "$1" | sort; }
same() {
    case $1 in
    states.*.svg) cmp <(arrows "$dir/made/$1") <(arrows "doc/diagrams/$1") ;;
    *) cmp "$dir/made/$1" "doc/diagrams/$1" ;;
    esac
}
check "none is missing, none too many" diff <(ls "$dir/made") <(ls doc/diagrams)
for file in "$dir"/made/*; do
    check "doc/diagrams/${file##*/} is up to date" same "${file##*/}"
done
for name in $("$TERN" --lang en diagram --help | sed -n 's/^\([a-z-]*\): .*/\1/p'); do
    check "doc/diagrams.md shows $name" grep -q "diagrams/$name\.en\." doc/diagrams.md
done
finish
