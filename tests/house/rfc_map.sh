#!/bin/bash
# doc/rfc-map.md is what tools/rfc-map makes of the list and the tags, and the tool finds each kind of mistake.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

check "doc/rfc-map.md is what the tool makes" tools/rfc-map --check

rows() { grep -cE "^\| $1-[0-9]+ \|" doc/rfc-map.md; }
is() { [ "$1" = "$2" ] || { echo "$1, not $2" && false; }; }
check "there are 69 MUSTs" is "$(rows MUST)" 69
check "there are 31 SHLDs" is "$(rows SHLD)" 31
check "there are 18 MAYs" is "$(rows MAY)" 18
check "there is one REC" is "$(rows REC)" 1
check "at most nine MUSTs are without a mutant" test "$(grep -cE '^MUST-.*\| no mutant:' doc/rfc-map.list)" -le 9

# A tree of its own, so that something can be wrong with it.
plant() {
    rm -rf "$tmp/tree"
    mkdir -p "$tmp/tree/doc"
    cp -r src include tests tools "$tmp/tree"
    cp doc/rfc-map.* doc/security.md "$tmp/tree/doc"
}
code() { plant && printf '%s\n' "$1" >> "$tmp/tree/src/tcp/ack.c"; }
test_code() { plant && printf '%s\n' "$1" >> "$tmp/tree/tests/conn/test_nagle.c"; }
row() { plant && printf '%s\n' "$1" >> "$tmp/tree/doc/rfc-map.list"; }
edit() { plant && sed -i "$2" "$tmp/tree/$1"; }
finds() { # WHAT-IS-SAID NAME
    local said status=0
    said=$("$tmp/tree/tools/rfc-map" --check 2>&1) || status=$?
    if [ "$status" -eq 1 ] && grep -qF "$1" <<< "$said"; then status=0; else status=1; fi
    tap_result "$status" "$2" "$said"
}

plant
check "a copy of the tree passes" "$tmp/tree/tools/rfc-map" --check
code '/* MUST-70 */'
finds 'there is no MUST-70' "a tag in the code without a row"
code 'static int f(void) { return MUST(70); }'
finds 'there is no MUST-70' "a switch without a row"
code 'static int f(void) { return RULE(RFC 8985 99.1); }'
finds 'there is no RFC 8985 99.1' "a switch of another document without a row"
code 'static int f(void) { return RULE(RFC 7323 5.4); }'
sed -i 's/proves: RFC 7323 5.4/RFC 7323 5.4/' "$tmp/tree/tests/conn/test_timestamps.c"
finds 'RFC 7323 5.4 has no test' "a switch that no test proves"
test_code '/* proves: SHLD-99 */
static void f(struct rig *r) { (void)r; }
static const struct rig_test g = RIG_TEST(f);'
finds 'f: there is no SHLD-99' "a tag of a test without a row"
test_code '/* proves: MUST-1, MUST-2, MUST-3, MUST-4 */
static void f(struct rig *r) { (void)r; }
static const struct rig_test g = RIG_TEST(f);'
finds '4 IDs, and three is the most' "a test with more than three IDs"
test_code '/* Proves MUST-1. */
static void f(struct rig *r) { (void)r; }
static const struct rig_test g = RIG_TEST(f);'
finds 'a tag is written `proves: ID, ID`' "a tag that nobody would gather"
test_code '/* proves: MUST-1 */
static void f(struct rig *r) { (void)r; }'
finds 'belongs to no test function' "a tag at a function that no program runs"
row 'RFC 1 1 | 1 | Something that nobody does.'
finds 'RFC 1 1 points to nothing' "a row that points to nothing"
edit tests/conn/test_requirements.c 's/proves: MUST-42/proves: SHLD-1/'
finds 'MUST-42 has no test' "a MUST without a test"
edit doc/rfc-map.list '/^MUST-42 /s/$/ | not: too hard/'
finds 'MUST-42 is `not` done, but' "a row that denies what a function does"
edit doc/rfc-map.list '/^MUST-42 /s/$/ | someday/'
finds 'not `ID | SECTION | TEXT | REMARK`' "a remark that is none"
row 'MUST-1 | 3.1 | Again.'
finds 'MUST-1 has a row already' "two rows for one ID"
edit doc/rfc-map.md '/MUST-42/d'
finds 'not what tools/rfc-map makes' "a page that was edited"
edit tests/conn/test_requirements.c '/proves: MUST-42/d'
rm "$tmp/tree/doc/rfc-map.md"
refuse "while something is wrong the tool fails" "$tmp/tree/tools/rfc-map"
check "and writes no page" test ! -e "$tmp/tree/doc/rfc-map.md"
finish
