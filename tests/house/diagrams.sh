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
# Each README shows one of them in text.
shown() { diff <(grep -F -x -f <(sed 's/^/    /' "$1") "$2") <(sed 's/^/    /' "$1"); }
check "the README's handshake is what tern draws" shown "$dir/made/handshake.en.txt" README.md
check "so is that of the Chinese README" shown "$dir/made/handshake.zh_CN.txt" README.zh-CN.md

# says STATUS WORDS ARGUMENT...: `tern diagram` ends so, with one line that has these words, and leaves no file behind.
says() {
    local want=$1 words=$2 status=0
    shift 2
    rm -f "$dir/picture"
    "$TERN" --lang en diagram "$@" > "$dir/out" 2> "$dir/err" || status=$?
    cat "$dir/err"
    [ "$status" = "$want" ] && [ "$(wc -l < "$dir/err")" = 1 ] && grep -q -- "$words" "$dir/err" && [ ! -e "$dir/picture" ] &&
        [ ! -s "$dir/out" ]
}
check "--json is not an option of it" says 2 "unknown option" header --json
check "nor is it in its help" test -z "$("$TERN" --lang en diagram --help | grep -e --json)"
for name in $("$TERN" --lang en diagram --help | sed -n 's/^\([a-z-]*\): .*/\1/p'); do
    [ "$name" = states ] || check "$name is no graph" says 2 "is no graph: --format dot is for the diagram 'states' only" \
        "$name" --format dot -o "$dir/picture"
done
check "a full disk is named" says 1 "cannot write /dev/full: No space left" header --format png -o /dev/full
check "a directory that is not there is named" says 1 "cannot write .*/none/x: No such file" header --format png -o "$dir/none/x"
printf '<?xml version="1.0"?><fontconfig></fontconfig>' > "$dir/fonts.conf"
FONTCONFIG_FILE=$dir/fonts.conf check "without fonts there is no PNG, and it says why" \
    says 1 "no font of this machine has" header --format png -o "$dir/picture"
on_terminal() {
    script -qec "'$TERN' --lang en diagram header --format png" /dev/null < /dev/null > "$dir/out"
    [ $? = 2 ] && grep -q "a PNG picture is no text for a terminal" "$dir/out"
}
check "a terminal is not sent a PNG" on_terminal
finish
