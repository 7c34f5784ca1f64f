#!/bin/bash
# tools/conformance on two suites of a script or two: the page it makes, and that a run without a cause and a cause without its run
# are found.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
if ! command -v git > /dev/null; then echo "1..0 # SKIP no git" && exit 77; fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
google=$tmp/google/gtests/net/tcp freebsd=$tmp/freebsd
mkdir -p "$tmp/tree/doc" "$google/open" "$freebsd/open"
cp -r tools "$tmp/tree"
cp tests/pkt/open/passive.pkt "$google/open/good.pkt"
cp tests/pkt/open/passive.pkt "$freebsd/open/good.pkt"
sed 's/> S\. 0:0(0) ack 1 <.*/> S. 0:0(0) ack 2 <...>/' tests/pkt/open/passive.pkt > "$google/open/wrong.pkt"
printf -- '--udp_encapsulation=tcp\n0 socket(..., SOCK_STREAM, 0) = 3\n' > "$freebsd/udp.pkt"
for suite in google freebsd; do
    git -C "$tmp/$suite" init -q
    git -C "$tmp/$suite" add .
    git -C "$tmp/$suite" -c user.name=tern -c user.email=tern@example.org commit -qm scripts
done

causes() { printf '%s\n' '## google' "$@" > "$tmp/tree/doc/conformance.list"; }
make_page() { BUILD=$TERN_BUILD "$tmp/tree/tools/conformance" "$tmp/google" "$tmp/freebsd" > "$tmp/said" 2>&1; }
page=$tmp/tree/doc/conformance.md

causes 'open/wrong | * | a number that never was'
page_is_made() {
    make_page && grep -qF '**3 of 6 runs pass**, 3 do not, 0 are skipped.' "$page" &&
        grep -qF '**1 of 2 runs pass**, 0 do not, 1 are skipped.' "$page" && grep -qF '**a number that never was** (3)' "$page" &&
        grep -qF '| `open/wrong` | ipv4 mapped ipv6 | 9 | `ack 1` for `ack 2` |' "$page" &&
        grep -q '^| 1 | TCP over UDP' "$page" && grep -qF "$(git -C "$tmp/google" rev-parse HEAD)" "$page"
}
check "the page has the counts, the failure under its cause, the skip, the commit" page_is_made

finds() { # WHAT-IS-SAID CAUSE...
    local said=$1
    shift
    causes "$@"
    rm -f "$page"
    ! make_page && grep -qF "$said" "$tmp/said" && [ ! -e "$page" ] || { cat "$tmp/said" && false; }
}
check "a run that fails without a cause" finds 'open/wrong.pkt:9 (ipv6) has no cause' 'open/wrong | ipv4 | x' 'open/wrong | mapped | x'
check "a cause of another line" finds 'open/wrong:8: no run fails' 'open/wrong:8 | * | x'
check "a cause of nothing" finds 'no/such: no run fails' 'open/wrong | * | x' 'no/such | * | y'
check "a pattern that takes in what passes" finds 'open/*: open/good.pkt (ipv4) passed' 'open/* | * | x'
check "two causes of one run" finds 'has a cause already' 'open/wrong | * | x' 'open/wr* | ipv6 | y'
check "a line that is none" finds 'conformance.list:2: not' 'open/wrong | x'
finish
