#!/bin/bash
# bench/paths: that figures of each part come out, not what they are.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3 jq unshare nsenter

paths() { "$TERN_SOURCE/bench/paths" --pairs 1 "$@" "$TERN_BUILD"; }
figures() { # PART FILTER OPTION...
    paths --json --part "$1" "${@:3}" > "$tmp/$1.json" && jq -e "$2" "$tmp/$1.json"
}
check "goodput in a cell with loss" figures bulk \
    '.cc == "cubic" and (.bulk | length == 1) and (.bulk[0] | .cell == "20M/5ms/1%" and ([.mbit[] | . > 0.1 and . < 20] | length == 4 and all))' \
    --seconds 0.5 --cells 20M/5ms/1%
check "completion of short flows" figures short \
    '.short | length == 4 and ([.[].ms[] | . >= 4] | all)' --flows 5 --cells 100M/2ms/r2%
check "two flows side by side" figures fair '.fair[0].shares | .tern + .kernel | length == 2 and all(. > 0 and . < 1)' --fair-seconds 1 --cells 20M/5ms/0
check "another algorithm" figures bulk '.cc == "reno" and .bulk[0].sender > 0' --cc reno --seconds 0.3 --cells 20M/5ms/0
bad_cell() { "$TERN_SOURCE/bench/paths" --cells fast "$TERN_BUILD" 2> "$tmp/bad.err"; [ $? -eq 1 ] && grep -q "a cell is" "$tmp/bad.err"; }
check "a cell that is none is told so" bad_cell
finish
