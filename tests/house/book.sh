#!/bin/bash
# `tern explain --all --html DIR`: every lesson and topic has its page, in both languages; the pages are well formed, lead to each
# other, and load nothing; each command they show is one; what is no book is not overwritten.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$TERN" explain --list --json > "$dir/list"

status_is() { # STATUS TEXT ARGUMENT...: of tern explain; it complains in one line
    local want=$1 text=$2 status=0
    shift 2
    "$TERN" explain "$@" > "$dir/out" 2> "$dir/err" || status=$?
    cat "$dir/out" "$dir/err"
    [ "$status" -eq "$want" ] && [ "$(wc -l < "$dir/err")" -eq 1 ] && grep -qF -- "$text" "$dir/err"
}

quietly() { # ARGUMENT...: done, one line of output, no progress where no terminal is
    "$TERN" explain "$@" > "$dir/out" 2> "$dir/err" || return 1
    cat "$dir/out" "$dir/err"
    [ ! -s "$dir/err" ] && [ "$(wc -l < "$dir/out")" -eq 1 ] && grep -q index.html "$dir/out"
}
check "a book in English" quietly --all --html "$dir/en"
check "its pages are all there and right" python3 tests/house/book.py "$dir/en" en "$dir/list"
pictures() { [ "$(grep -l '<polyline' "$dir"/en/idea-*.html | wc -l)" -ge 24 ]; }
check "algorithms are shown by runs" pictures
check "a book in Chinese" quietly --lang zh_CN --all --html "$dir/zh"
check "its pages are all there and right" python3 tests/house/book.py "$dir/zh" zh-CN "$dir/list"
mkdir "$dir/empty"
check "into an empty directory" quietly --all --html "$dir/empty"
commands() {
    sed -n 's/.*<dt><code>tern explain \(.*\)<\/code><\/dt>.*/\1/p' "$dir"/en/lesson-*.html | sed 's/<[^>]*>//g'
    # the answers
    grep -h '<p>answer' "$dir"/en/lesson-*.html | sed 's/<[^>]*>//g; s/^answer: run tern explain //' | grep -v '^answer' || true
}
each_command_is_one() {
    local line n=0 status=0 one
    commands > "$dir/commands"
    while read -r line; do
        n=$((n + 1)) one=0
        # shellcheck disable=SC2086 # words of a command
        "$TERN" explain $line > "$dir/out" 2> "$dir/err" < /dev/null || one=$?
        [ "$one" -eq 0 ] || [ "$one" -eq 3 ] || { echo "tern explain $line: $one $(cat "$dir/err")"; status=1; }
    done < "$dir/commands"
    echo "$n commands"
    [ "$n" -gt 100 ] && return $status
}
check "each command that the pages show is one" each_command_is_one

shows_progress() {
    script -qec "'$TERN' explain --all --html '$dir/en'" /dev/null < /dev/null > "$dir/out" || return 1
    grep -q "file 1 of " "$dir/out"
}
check "the same again, into the same directory; on a terminal progress is shown" shows_progress
check "two runs are the same book" diff -r "$dir/en" "$dir/empty"

mkdir "$dir/foreign"
echo mine > "$dir/foreign/index.html"
check "what is no book is not overwritten" status_is 1 "holds other files" --all --html "$dir/foreign"
check "and nothing is put beside it" test "$(ls -A "$dir/foreign") $(cat "$dir/foreign/index.html")" = "index.html mine"
ln -sf "$dir/foreign/index.html" "$dir/empty/index.html"
check "a link in the place of a page is not followed" status_is 1 "cannot write" --all --html "$dir/empty"
check "what it points to is left alone" grep -qx mine "$dir/foreign/index.html"
check "a file in the place of the directory" status_is 1 "cannot open the directory" --all --html "$dir/foreign/index.html"
check "a directory that cannot be made" status_is 1 "cannot make the directory" --all --html "$dir/none/book"
no_room() (
    trap '' XFSZ
    ulimit -f 8
    status_is 1 "File too large" --all --html "$dir/small"
)
check "no room for a page" no_room

check "--all without --html" status_is 2 "belong together" --all
check "--html without --all" status_is 2 "belong together" --html "$dir/x"
check "--all --json" status_is 2 "no --json" --all --html "$dir/x" --json
check "--all --list" status_is 2 "not two" --all --html "$dir/x" --list
check "--all with a lesson" status_is 2 "stand alone" --all --html "$dir/x" handshake
check "--all with an option of lessons" status_is 2 "stand alone" --all --html "$dir/x" --rtt 80ms
check "and none of these made anything" test ! -e "$dir/x"
finish
