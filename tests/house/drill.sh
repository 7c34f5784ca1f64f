#!/bin/bash
# tern drill: exit statuses, what is said of passing, failing, skipped and malformed scripts, and the forms of its report.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/all/below" "$dir/good"

cat > "$dir/good/b.pkt" <<'EOF'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
EOF
cp "$dir/good/b.pkt" "$dir/good/a.pkt"
cp "$dir/good/b.pkt" "$dir/all/a_good.pkt"
sed 's/ack 1 <...>/ack 9 <...>/' "$dir/good/b.pkt" > "$dir/all/b_wrong.pkt"
printf '0 socket(..., SOCK_STREAM = 3\n' > "$dir/all/c_malformed.pkt"
printf -- '--udp_encapsulation=tcp\n0 socket(..., SOCK_STREAM, 0) = 3\n' > "$dir/all/d_skipped.pkt"
printf -- '--ip_version=ipv6\n%s\n' "$(cat "$dir/good/b.pkt")" > "$dir/all/below/e_v6.pkt"

exits() { # STATUS ARGUMENT...
    local want=$1 status=0
    shift
    "$TERN" drill "$@" > "$dir/out" 2> "$dir/err" || status=$?
    [ "$status" -eq "$want" ] || { echo "exit $status"; cat "$dir/out" "$dir/err"; return 1; }
}

passing() { exits 0 "$dir/good" && [ "$(cat "$dir/out")" = "2 passed, 0 failed, 0 skipped" ]; }
check "all scripts of a directory pass: one line, exit 0" passing

mixed() { exits 3 "$dir/all" && [ "$(tail -1 "$dir/out")" = "2 passed, 2 failed, 1 skipped" ]; }
check "a malformed script and a wrong one fail, the rest runs: exit 3" mixed

place() {
    exits 3 "$dir/all/b_wrong.pkt" && grep -q "b_wrong.pkt:5:1 (ipv4) failed: " "$dir/out" &&
        grep -q "^ *expected  S. 0:0(0) ack 9 " "$dir/out" && grep -q "^ *came      S. 0:0(0) ack 1 " "$dir/out" &&
        grep -q "^ *\^\^\^\^\^" "$dir/out" && grep -q "RFC 9293 3.10.7.2" "$dir/out"
}
check "a failure has its line, what was expected, what came, marks, the ladder with rules" place
brief() { exits 3 --brief "$dir/all/b_wrong.pkt" && ! grep -q "RFC 9293" "$dir/out"; }
check "--brief leaves the ladder away" brief
explain() { exits 0 --explain "$dir/good/a.pkt" && grep -q "RFC 9293 3.10.7.2" "$dir/out"; }
check "--explain shows it of a script that passes" explain

malformed() { exits 3 "$dir/all/c_malformed.pkt" && grep -q "c_malformed.pkt:1:[0-9]* (ipv4) cannot be run: " "$dir/out"; }
check "a malformed script has its line and column" malformed
reason() { exits 0 "$dir/all/d_skipped.pkt" && grep -q "skipped: TCP over UDP" "$dir/out"; }
check "a skipped script has its reason" reason

order() {
    exits 3 --tap -j 4 "$dir/all" "$dir/good" || return 1
    sed -n 's/^\(not \)\?ok [0-9]* - .*\/\([a-z_0-9]*\)\.pkt.*/\2/p' "$dir/out" | tr '\n' ' ' > "$dir/order"
    [ "$(cat "$dir/order")" = "a_good b_wrong e_v6 c_malformed d_skipped a b " ] || { cat "$dir/order"; return 1; }
}
check "the report has the order of the files, whatever -j" order

tap() {
    exits 3 --tap --brief "$dir/all" || return 1
    [ "$(head -2 "$dir/out" | tail -1)" = 1..5 ] && [ "$(grep -c '^ok ' "$dir/out")" = 3 ] &&
        [ "$(grep -c '^not ok ' "$dir/out")" = 2 ] && grep -q '^ok 5 - .* # SKIP TCP over UDP' "$dir/out" &&
        ! grep -qv '^ok \|^not ok \|^#\|^1\.\.5$\|^TAP version' "$dir/out"
}
check "--tap: a plan, a line for each run, remarks behind #" tap
json() {
    exits 3 --json "$dir/all" || return 1
    python3 - "$dir/out" <<'EOF'
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert len(lines) == 6 and lines[-1] == {"type": "summary", "passed": 2, "failed": 2, "skipped": 1}, lines[-1]
assert [l["verdict"] for l in lines[:-1]] == ["passed", "failed", "passed", "broken", "skipped"]
assert lines[1]["line"] == 5 and "ack 9" in lines[1]["expected"] and "ack 1" in lines[1]["actual"] and lines[1]["ladder"]
assert lines[2]["ip"] == "ipv6"
EOF
}
check "--json: a line for each run and a summary" json
junit() {
    exits 3 --junit "$dir/report.xml" "$dir/all" || return 1
    python3 - "$dir/report.xml" <<'EOF'
import sys, xml.etree.ElementTree as x
s = x.parse(sys.argv[1]).getroot()
assert s.tag == "testsuite" and (s.get("tests"), s.get("failures"), s.get("errors"), s.get("skipped")) == ("5", "1", "1", "1")
assert len(s.findall("testcase")) == 5 and "ack 9" in s.find("testcase/failure").text
EOF
}
check "--junit: XML that others read" junit

# Names and scripts may be any bytes; what is said of them is UTF-8 in whole lines.
odd_bytes() {
    local odd=$dir/odd
    mkdir -p "$odd"
    cp "$dir/good/a.pkt" "$odd/"$'name\xff\n.pkt'
    printf '0 socket(..., SOCK_STREAM, 0) = "caf\xe9" 3\n' > "$odd/script.pkt"
    exits 3 --json --junit "$dir/odd.xml" "$odd" && [ "$(wc -l < "$dir/out")" = 3 ] || return 1
    python3 - "$dir/out" "$dir/odd.xml" <<'EOF'
import json, sys, xml.etree.ElementTree as x
lines = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
assert lines[0]["script"].endswith("name??.pkt") and lines[0]["verdict"] == "passed", lines[0]
assert 'caf?' in lines[1]["expected"] and "^" in lines[1]["marks"], lines[1]
assert len(x.parse(sys.argv[2]).getroot().findall("testcase")) == 2
EOF
    exits 3 --tap --brief "$odd" && ! grep -qv '^ok \|^not ok \|^#\|^1\.\.2$\|^TAP version' "$dir/out"
}
check "odd bytes in names and scripts leave the reports readable" odd_bytes

lost() {
    mkdir -p "$dir/lost"
    ln -sf "$dir/nowhere" "$dir/lost/gone.pkt"
    exits 1 "$dir/lost" && grep -q gone.pkt "$dir/err"
}
check "a script of a directory that is not there is told" lost

versions() {
    cp "$dir/good/a.pkt" "$dir/only-v6.pkt"
    exits 0 --profile linux --json "$dir/good/a.pkt" && [ "$(grep -c '"verdict":"passed"' "$dir/out")" = 3 ] &&
        exits 0 --profile linux --json "$dir/only-v6.pkt" && [ "$(grep -c '"ip":"ipv6"' "$dir/out")" = 1 ] &&
        [ "$(wc -l < "$dir/out")" = 2 ] || return 1
    exits 0 --ipv4 --ipv6 --json "$dir/all/below" && [ "$(wc -l < "$dir/out")" = 3 ]
}
check "profile linux runs over three IP versions, but for names that say one; --ipv4 --ipv6 choose" versions

settings() {
    printf '0 socket(..., SOCK_STREAM, 0) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <mss 1460>\n' |
        sed '1a +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0' > "$dir/syn.pkt"
    exits 3 --brief "$dir/syn.pkt" &&
        exits 0 --set net.ipv4.tcp_timestamps=0 --set sack=0 --set window_scaling=0 "$dir/syn.pkt" &&
        exits 2 --set no_such_thing=1 "$dir/syn.pkt" && grep -q no_such_thing "$dir/err" && exits 2 --set sack=7 "$dir/syn.pkt" &&
        exits 2 --set sack "$dir/syn.pkt"
}
check "--set takes tern's names and the kernel's, and refuses others" settings
defines() {
    sed 's/SOCK_STREAM/KIND/' "$dir/good/a.pkt" > "$dir/defined.pkt"
    exits 3 --brief "$dir/defined.pkt" && exits 0 -D KIND=SOCK_STREAM "$dir/defined.pkt"
}
check "-D gives words their meaning" defines

twice() {
    exits 3 --json -j 1 "$dir/all" && mv "$dir/out" "$dir/one" && exits 3 --json -j 3 "$dir/all" && cmp "$dir/one" "$dir/out"
}
check "a run is the same again, whatever -j" twice

usage() {
    exits 2 && exits 2 --no-such-option x && exits 2 --profile minix "$dir/good" && exits 2 --json --tap "$dir/good" &&
        exits 2 -D =x "$dir/good" && exits 2 -j 0 "$dir/good"
}
check "wrong usage: exit 2" usage
missing() { exits 1 "$dir/none.pkt" && mkdir -p "$dir/empty" && exits 1 "$dir/empty" && exits 1 --junit "$dir/none/x.xml" "$dir/good"; }
check "what cannot be read or written: exit 1" missing
finish
