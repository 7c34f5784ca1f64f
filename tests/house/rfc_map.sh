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

# A tree of its own, so that something can be wrong with it: every mistake at once, since the tool names each that it finds, and reads
# the whole tree for that.
mkdir -p "$tmp/tree/doc"
cp -r src include tests tools "$tmp/tree"
cp doc/rfc-map.* doc/security.md "$tmp/tree/doc"
run() { status=0 && said=$("$tmp/tree/tools/rfc-map" "$@" 2>&1) || status=$?; }
finds() { check "$2" grep -qF -- "$1" <<< "$said"; }
code() { printf '\n%s\n' "$1" >> "$tmp/tree/src/tcp/ack.c"; }
test_code() { printf '\n%s\n' "$1" >> "$tmp/tree/tests/conn/test_nagle.c"; }
row() { printf '%s\n' "$1" >> "$tmp/tree/doc/rfc-map.list"; }
edit() { sed -i "$2" "$tmp/tree/$1"; }

run --check
check "a copy of the tree passes" is "$status: $said" "0: "
edit doc/rfc-map.md '/MUST-42/d'
run --check
finds 'not what tools/rfc-map makes' "a page that was edited"
check "and nothing else" is "$status: $(wc -l <<< "$said")" "1: 1"

code '/* MUST-70 */'
code 'static int f71(void) { return MUST(71); }'
code 'static int f99(void) { return RULE(RFC 8985 99.1); }'
code 'static int f54(void) { return RULE(RFC 7323 5.4); }'
edit tests/conn/test_timestamps.c 's/proves: RFC 7323 5.4/RFC 7323 5.4/'
test_code '/* proves: SHLD-99 */
static void none(struct rig *r) { (void)r; }
static const struct rig_test of_none = RIG_TEST(none);'
test_code '/* proves: MUST-1, MUST-2, MUST-3, MUST-4 */
static void four(struct rig *r) { (void)r; }
static const struct rig_test of_four = RIG_TEST(four);'
test_code '/* Proves MUST-1. */
static void meant(struct rig *r) { (void)r; }
static const struct rig_test of_meant = RIG_TEST(meant);'
test_code '/* proves: MUST-1 */
static void unlisted(struct rig *r) { (void)r; }'
row 'RFC 1 1 | 1 | Something that nobody does.'
row 'MUST-1 | 3.1 | Again.'
edit tests/conn/test_requirements.c 's/proves: MUST-42/proves: SHLD-1/'
edit doc/rfc-map.list '/^MUST-41 /s/$/ | not: too hard/'
edit doc/rfc-map.list '/^MUST-40 /s/$/ | someday/'
run --check
check "with mistakes it does not" is "$status" 1
finds 'src/tcp/ack.c:' "where a mistake is"
finds 'there is no MUST-70' "a tag in the code without a row"
finds 'f71: there is no MUST-71' "a switch without a row"
finds 'f99: there is no RFC 8985 99.1' "a switch of another document without a row"
finds 'RFC 7323 5.4 has no test' "a switch that no test proves"
finds 'none: there is no SHLD-99' "a tag of a test without a row"
finds 'four: 4 IDs, and three is the most' "a test with more than three IDs"
finds 'a tag is written `proves: ID, ID`' "a tag that nobody would gather"
finds 'belongs to no test function' "a tag at a function that no program runs"
finds 'RFC 1 1 points to nothing' "a row that points to nothing"
finds 'MUST-1 has a row already' "two rows for one ID"
finds 'MUST-42 has no test' "a MUST without a test"
finds 'MUST-41 is `not` done, but' "a row that denies what a function does"
finds 'not `ID | SECTION | TEXT | REMARK`' "a remark that is none"
rm "$tmp/tree/doc/rfc-map.md"
refuse "while something is wrong the tool fails" "$tmp/tree/tools/rfc-map"
check "and writes no page" test ! -e "$tmp/tree/doc/rfc-map.md"
finish
