#!/bin/bash
# tern serve --rule: who may connect.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nc.openbsd

says() { [ "$(echo hello | timeout "$PATIENCE" nc.openbsd -N "$1" 7 2>&1)" = hello ]; }
refused() { timeout "$PATIENCE" nc.openbsd -v -N "$1" 7 < /dev/null 2>&1 | grep -q "refused"; }

tern_up rules.log serve "${both_ways[@]}" --rule 'allow 192.0.2.0/24 each conns 1' --rule 'reset any' echo || exit 1
check "who is allowed is served" says 192.0.2.2
check "who is not is refused" refused 2001:db8::2
stop "$started"

wrong() { "$TERN" serve "${both_ways[@]}" --rule "$1" echo > "$tmp/wrong.out" 2>&1; [ $? = 2 ] && grep -q -- '--rule' "$tmp/wrong.out"; }
check "a rule that is none is wrong usage" wrong 'drop everybody'
check "limits are for those who are allowed" wrong 'drop any half 3'
sound
finish
