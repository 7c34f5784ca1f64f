#!/bin/bash
# Each lesson as a reader meets it: in both languages it ends right, with defaults and without each clause it can do without; its
# question's command runs; what it does not heed, or what cannot be, is a usage error that says so, and odd values break nothing.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$TERN" explain --list --json | grep '^{"lesson"' > "$dir/all"
names=$(sed 's/^{"lesson":"\([^"]*\)".*/\1/' "$dir/all")
heeds() { sed -n "s/^{\"lesson\":\"$1\".*\"heeds\":\"\([^\"]*\)\".*/\1/p" "$dir/all"; }
clauses() { heeds "$1" | grep -o -- '--without [a-z0-9-]*' | cut -d ' ' -f 2 || true; }

# LANGUAGE: the first lines of the failure are shown
ends_right() {
    local lesson clause
    for lesson in $names; do
        for clause in '' $(clauses "$lesson"); do
            "$TERN" explain "$lesson" --lang "$1" ${clause:+--without "$clause"} > "$dir/out" 2>&1 && continue
            echo "$lesson ${clause:+--without $clause}: $(grep -A 2 '✗' "$dir/out" | head -4)"
            return 1
        done
    done
}
check "each lesson, and each without a clause, ends right" ends_right en
check "and in Chinese" ends_right zh_CN

many_lessons() { [ "$(wc -w <<< "$names")" -ge 23 ] && grep -q -- '--without' "$dir/all"; }
check "there are lessons" many_lessons

answers() {
    local lesson answer
    for lesson in $names; do
        answer=$("$TERN" explain "$lesson" --json | sed 's/.*"answer":"\([^"]*\)".*/\1/')
        [[ $answer == 'tern explain '* ]] || { echo "$lesson: $answer"; return 1; }
        "$TERN" ${answer#tern } > "$dir/out" 2>&1 || { echo "$lesson: $answer: $?"; return 1; }
    done
}
check "the command that answers each question runs" answers

# Status 0, or 2 with a complaint; 1 and 3 only where OPTIONS cannot end right.
odd() {
    local lesson status
    for lesson in $names; do
        status=0
        "$TERN" explain "$lesson" "$@" > "$dir/out" 2> "$dir/err" || status=$?
        case $status in
        0) ;;
        2) grep -q "does not heed" "$dir/err" || { echo "$lesson: $(head -1 "$dir/err")"; return 1; } ;;
        *) echo "$lesson: $status $(grep -A 2 '✗' "$dir/out" | head -4)"; return 1 ;;
        esac
    done
}
for options in '--rtt 1ms' '--rtt 1s' '--rtt 777777777ns' '--msl 0' '--msl 1ms' '--msl 120s' '--isn 4294967295,2147483647' \
    '--isn 0' '--isn fixed' '--isn clock' '--loss-nth 1,2' '--bytes 1' '--mss 536' '--mss 65475' '--backlog 1' '--backlog 64' \
    '--seed 18446744073709551615' '--ipv6'; do
    check "$options" odd $options
done

wrong() { # STATUS TEXT OPTION...
    local expected=$1 text=$2 status=0
    shift 2
    "$TERN" explain "$@" > "$dir/out" 2> "$dir/err" || status=$?
    cat "$dir/err"
    [ "$status" = "$expected" ] && grep -q -- "$text" "$dir/err" "$dir/out"
}
check "a round trip that is too long" wrong 2 "from 1 ms to 1 s" window --rtt 2s
check "a round trip that is none" wrong 2 "from 1 ms to 1 s" window --rtt fast
check "no such way to choose a number" wrong 2 "random, clock or fixed" isn --isn sometimes
check "a number where a way is wanted" wrong 2 "--isn random|clock|fixed" isn --isn 5
check "a packet before the first" wrong 2 "from 1" handshake --loss-nth 0
check "a packet that never comes" wrong 3 "No packet was lost" handshake --loss-nth 4294967295
check "no such clause" wrong 2 "--without keyed-isn" isn --without third-ack
finish
