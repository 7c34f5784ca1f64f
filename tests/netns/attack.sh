#!/bin/bash
# tern attack: every class is shown against tern, which withstands it, against the kernel, of which it is said here where it does not,
# and against a tern with the flaw put back in, which falls short; nothing leaves the namespace.
set -eu
. "$TERN_SOURCE/tests/support/tap.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

unshare -Urn true 2> /dev/null || unshare -n true 2> /dev/null || exit 77
"$TERN" attack --list > "$tmp/list"
check "25 classes, a line each" test "$(grep -cE '^[0-9]{2} [a-z-]+$' "$tmp/list")" = 25
check "nothing else is listed" test "$(wc -l < "$tmp/list")" = 25
check "and so in JSON" test "$("$TERN" attack --list --json | grep -o '"class"' | wc -l)" = 25

ends() { # STATUS ARGUMENT...
    local want=$1 status=0
    shift
    timeout 60 "$TERN" attack "$@" > "$tmp/out" 2> "$tmp/err" || status=$?
    [ "$status" = "$want" ]
}
check "no class is wrong usage" ends 2
check "an unknown class, too" ends 2 nonsense
check "and two of them" ends 2 1 2
check "and another victim" ends 2 1 --against neighbour
check "no flaw is put into the kernel" ends 2 1 --against kernel --weak
devices=$(ls /sys/class/net)

# Of what a peer can see these flaws show nothing: an application has to ask for the urgent mark, and memory has to be short;
# tests/attack has both.
hidden=(urgent sockstress)
# What Linux does otherwise: it keeps an orphan whose window stays shut as long as its probes are answered; duplicates of an
# acknowledgement let new data go one by one; of segments that overlap the last one wins.
differs=(sockstress ack-division overlap)
in_list() { [[ " ${*:2} " = *" $1 "* ]]; }

one() { # FILE ARGUMENT...
    local status=0
    timeout 120 "$TERN" attack "${@:2}" > "$1.out" 2> "$1.err" || status=$?
    echo "$status" > "$1.status"
}
jobs_n=0
while read -r n name; do
    one "$tmp/tern-$n" "$n" &
    one "$tmp/kernel-$n" "$name" --against kernel --json &
    in_list "$name" "${hidden[@]}" || one "$tmp/weak-$n" "$n" --weak &
    jobs_n=$((jobs_n + 1))
    if [ $((jobs_n % 9)) -eq 0 ]; then wait; fi # namespaces of their own: they do not meet
done < "$tmp/list"
wait

status_is() { [ "$(cat "$1.status")" = "$2" ] || { tail -n 12 "$1.out" "$1.err" >&2; return 1; }; }
while read -r n name; do
    check "$name: tern withstands it" status_is "$tmp/tern-$n" 0
    check "$name: by packets that were sent" grep -qE '^[1-9][0-9]* packets were sent' "$tmp/tern-$n.out"
    check "$name: what was looked at held" grep -qE '^  yes  ' "$tmp/tern-$n.out"
    if in_list "$name" "${differs[@]}"; then
        check "$name: the kernel falls short" status_is "$tmp/kernel-$n" 3
    else
        check "$name: the kernel withstands it" status_is "$tmp/kernel-$n" 0
    fi
    check "$name: and tells what it counted" grep -q '"against":"kernel".*"counted":{.*"checks":\[{' "$tmp/kernel-$n.out"
    in_list "$name" "${hidden[@]}" || check "$name: with the flaw put back in it falls short" status_is "$tmp/weak-$n" 3
done < "$tmp/list"
check "a flaw that an assertion ends is told in JSON, too" ends 3 optimistic-ack --weak --json
check "in one line" test "$(grep -c '"survived":false' "$tmp/out")/$(wc -l < "$tmp/out")" = 1/1
check "no device was made outside" test "$(ls /sys/class/net)" = "$devices"
finish
