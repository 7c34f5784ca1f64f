#!/bin/bash
# tern's own packetdrill scripts (tests/pkt), each with a head that says what it shows, all passed by `tern drill`: as Linux behaves,
# and below rfc/ as the RFCs have it where Linux goes another way. `make referee` runs the same scripts on the kernel.
set -u
. "$TERN_SOURCE/tests/support/tap.sh"
cd "$TERN_SOURCE/tests/pkt" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

mapfile -t scripts < <(find . -name '*.pkt' | sort)
check "at least 200 scripts" [ "${#scripts[@]}" -ge 200 ]

headless() {
    local script
    for script in "${scripts[@]}"; do
        [[ $(head -1 "$script") == "// "?*. ]] || echo "$script: its first line does not say what it shows"
        if grep -q 'kernel: ' "$script" && ! sed -n '1,10p' "$script" | grep -qE '^// kernel: (differs|needs): .'; then
            echo "$script: where the kernel differs stands in the head, as '// kernel: differs: WHY', and what it needs as '// kernel: needs: SYSCTL=VALUE'"
        fi
    done | tee "$tmp/headless"
    [ ! -s "$tmp/headless" ]
}
check "each says what it shows" headless

drill() { # PROFILE FILE|DIR...
    "$TERN" drill --profile "$@" > "$tmp/out" 2>&1 || {
        tail -60 "$tmp/out"
        return 1
    }
}
for dir in */; do
    dir=${dir%/}
    profile=linux
    if [ "$dir" = rfc ]; then profile=rfc; fi
    check "$dir, profile $profile" drill "$profile" "$dir"
done

# The clock is virtual: nothing of a run depends on this machine or on what runs beside it.
again() { # JOBS
    "$TERN" drill --profile linux --json --explain -j "$1" . > "$tmp/run$1" || [ $? -eq 3 ]
}
repeatable() { again 1 && again 5 && [ -s "$tmp/run1" ] && cmp "$tmp/run1" "$tmp/run5"; }
check "all of them twice, with every ladder: the same to the byte" repeatable

# A claim that is not true is found: the same script with another number.
sed 's/> S\. 0:0(0) ack 1 /> S. 0:0(0) ack 2 /' open/passive.pkt > "$tmp/wrong.pkt"
refuse "a script that claims another number fails" drill linux "$tmp/wrong.pkt"
finish
