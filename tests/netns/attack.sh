#!/bin/bash
# tern attack: the list has every class, each that can be shown is shown and withstood, the others are refused; nothing leaves the namespace.
set -eu
. "$TERN_SOURCE/tests/support/tap.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

unshare -Urn true 2> /dev/null || unshare -n true 2> /dev/null || exit 77
"$TERN" attack --list > "$tmp/list"
check "25 classes, a line each" test "$(grep -cE '^[0-9]{2} [a-z-]+' "$tmp/list")" = 25
check "nothing else is listed" test "$(wc -l < "$tmp/list")" = 25

ends() { # STATUS ARGUMENT...
    local want=$1 status=0
    shift
    timeout 60 "$TERN" attack "$@" > "$tmp/out" 2> "$tmp/err" || status=$?
    [ "$status" = "$want" ]
}
check "no class is wrong usage" ends 2
check "an unknown class, too" ends 2 nonsense
check "and two of them" ends 2 1 2
devices=$(ls /sys/class/net)
while read -r n name rest; do
    if [ -n "$rest" ]; then
        check "$name cannot be shown yet" ends 1 "$n"
        check "and that is said" grep -q "'make attack' runs its tests" "$tmp/err"
    else
        check "$name is shown and withstood" ends 0 "$name"
        check "by packets that were sent" grep -qE '^[1-9][0-9]* packets were sent' "$tmp/out"
    fi
done < "$tmp/list"
check "no device was made outside" test "$(ls /sys/class/net)" = "$devices"
finish
