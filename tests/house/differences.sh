#!/bin/bash
# doc/sockets-differences.md is what the cases of tests/sock say of themselves.
set -u
. "$TERN_SOURCE/tests/support/tap.sh"
page=$TERN_SOURCE/doc/sockets-differences.md

check "the page lists what the cases state, no more and no less" \
    diff <("$TERN_BUILD/tests/sock_tern" --differences) <(sed -n '/^|---/,$p' "$page" | tail -n +2)
check "at least three differences were compared" [ "$(grep -c '^| ' "$page")" -gt 3 ]
finish
