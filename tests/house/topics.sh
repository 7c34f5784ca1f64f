#!/bin/bash
# What a topic names is there: the source file and the name in it, the test, the topics and lessons to see also; every command of
# tern is a topic; wrong names and options are refused with the right status.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$TERN" explain --list --json > "$dir/all"

field() { sed -n "s/.*\"name\":\"\([^\"]*\)\".*\"$1\":\"\([^\"]*\)\".*/\1\t\2/p" "$dir/all"; }

code_is_there() {
    local topic code file name status=0 n=0
    while IFS=$'\t' read -r topic code; do
        file=${code%% *} name=${code#* }
        n=$((n + 1))
        grep -qsw -- "$name" "$file" || { echo "$topic: $code"; status=1; }
    done < <(field code)
    [ "$n" -gt 200 ] && return $status
}
check "each source file exists and has the name" code_is_there

tests_are_there() {
    local topic file status=0 n=0
    while IFS=$'\t' read -r topic file; do
        n=$((n + 1))
        [ -f "$file" ] || { echo "$topic: $file"; status=1; }
    done < <(field test)
    [ "$n" -gt 200 ] && return $status
}
check "each test exists" tests_are_there

squeeze() { tr 'A-Z' 'a-z' | tr -d '_ -'; }

see_also_is_there() {
    local topic list name status=0 n=0
    sed -n 's/.*"\(name\|lesson\)":"\([^"]*\)".*/\2/p' "$dir/all" | squeeze > "$dir/names"
    while IFS=$'\t' read -r topic list; do
        for name in $list; do
            n=$((n + 1))
            grep -qx -- "$(squeeze <<< "$name")" "$dir/names" || { echo "$topic: see also $name"; status=1; }
        done
    done < <(field see)
    [ "$n" -gt 100 ] && return $status
}
check "each see-also is a topic or a lesson" see_also_is_there

commands_are_topics() {
    local name status=0 n=0
    for name in $("$TERN" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
        n=$((n + 1))
        "$TERN" explain "tern $name" > "$dir/out" 2>&1 || { echo "tern $name"; status=1; }
    done
    [ "$n" -ge 7 ] && return $status
}
check "each command is a topic" commands_are_topics

says() { # TEXT ARGUMENT...
    local text=$1
    shift
    "$TERN" explain "$@" > "$dir/out" 2>&1 || return 1
    grep -qF -- "$text" "$dir/out" || { cat "$dir/out"; return 1; }
}
check "a state in another spelling" says "SYN-RECEIVED (state)" SYN_RECV
check "a name of two words" says "TIME-WAIT (state)" time wait
check "a Chinese name" says "half-open-queue (queue)" 半连接队列
check "a rule id" says "RFC 9293 3.10.7.4 second" RST_IN
check "a name that is a rule and a drop reason: both" says "ACK_UNSENT (drop reason)" ACK_UNSENT
check "in Chinese" says "三次握手" --lang zh_CN 3WHS
check "a setting has its range" says "From 0 ns to 120 s; when nothing is said, 30 s" msl
check "--search" says "urgent-pointer" --search MUST-62
check "--search in Chinese" says "TIME-WAIT" --lang zh_CN --search 重复报文段
check "--search for Chinese by an English reader" says "TIME-WAIT" --lang en --search 重复报文段
check "--search for English by a Chinese reader" says "TIME-WAIT" --lang zh_CN --search "duplicates die out"
check "sticky packets have an entry" says "no messages" 粘包

status_is() { # STATUS TEXT ARGUMENT...
    local want=$1 text=$2 status=0
    shift 2
    "$TERN" explain "$@" > "$dir/out" 2> "$dir/err" || status=$?
    cat "$dir/err"
    [ "$status" -eq "$want" ] && [ "$(wc -l < "$dir/err")" -eq 1 ] && grep -qF -- "$text" "$dir/err"
}
pictured() { # ARGUMENT...: an algorithm's picture is drawn, and was right
    "$TERN" explain "$@" > "$dir/out" 2>&1 && grep -q '^  ✓ ' "$dir/out" && grep -q '█' "$dir/out"
}
check "an algorithm is shown by a run" env LC_ALL=C.UTF-8 bash -c "$(declare -f pictured); dir=$dir; pictured cubic"
check "and in Chinese" env LC_ALL=C.UTF-8 bash -c "$(declare -f pictured); dir=$dir; pictured --lang zh_CN TLP"
in_ascii() {
    LC_ALL=C "$TERN" explain TLP > "$dir/out" 2>&1 && grep -q '^  ok ' "$dir/out" && ! grep -q '█\|│\|✓' "$dir/out"
}
check "in ASCII where the terminal has no more" in_ascii
twice_the_same() {
    "$TERN" explain HyStart++ > "$dir/one" && "$TERN" explain HyStart++ > "$dir/two" && cmp "$dir/one" "$dir/two"
}
check "the run is the same each time" twice_the_same
as_json() {
    "$TERN" explain F-RTO --json > "$dir/out" && python3 - "$dir/out" << 'END'
import json, sys
plot = json.load(open(sys.argv[1]))["topics"][0]["plot"]
assert plot["right"] and plot["scenario"] == "frto_spurious" and plot["unit"] == "bytes", plot
one, other = plot["lines"]
assert len(one["values"]) == len(other["values"]) == 240 and one["came_to"] < other["came_to"], plot
END
}
check "as JSON" as_json
vector() { # ARGUMENT...
    "$TERN" explain dctcp --svg "$dir/picture.svg" "$@" && python3 -c "import sys, xml.etree.ElementTree as x; x.parse(sys.argv[1])" "$dir/picture.svg" && grep -q '<polyline' "$dir/picture.svg"
}
check "as a vector picture" vector
check "and dark" vector --dark
check "a lesson has no such picture" status_is 2 "no topic with a picture" handshake --svg "$dir/x.svg"
check "--svg with --json" status_is 2 "without --json" dctcp --svg "$dir/x.svg" --json
check "--dark alone" status_is 2 "--dark is for --svg" dctcp --dark
check "a file that cannot be written" status_is 1 "cannot write" dctcp --svg "$dir/none/x.svg"
check "an unknown name proposes" status_is 2 "did you mean: TIME-WAIT" TIMEWIAT
check "an unknown name that texts have" status_is 2 "--search \"UDP\"" UDP
check "a name that is nowhere" status_is 2 "no text has it" xyzzyplughqwerty
check "nothing found is 1" status_is 1 "--list" --search xyzzyplugh
check "no name is wrong usage" status_is 2 "--list"
check "options at a topic are wrong usage" status_is 2 "no lesson" SYN-SENT --rtt 80ms
check "a time that is none" status_is 2 "--rtt 'soon'" handshake --rtt soon
check "an option that the lesson does not heed" status_is 2 "--backlog" handshake --backlog 3
check "a clause that the lesson does not show" status_is 2 "--without 'nonsense'" handshake --without nonsense
finish
