#!/bin/bash
# tern sim: the library's scenarios come out, and fail where they must; shards joined are one machine's bytes; errors say where; the
# documents are what the table of the schema says; replays repeat.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LANGUAGE=en COLUMNS=100

# ---- the library ----

scenarios=(tests/sim/scenarios/*.toml)
check "there are at least thirty scenarios" test "${#scenarios[@]}" -ge 30
named() { [ "$(head -n 1 "$1")" = "#: $(basename "$1" .toml)" ]; }
"$TERN" sim --list > "$dir/list"
listed() { grep -q "^  $(basename "$1" .toml) " "$dir/list"; }
has_control() { grep -q '^\[\[control\]\]' "$1" && grep -q '^\[\[expect\]\]' "$1" && grep -q '^source = "..' "$1"; }
for file in "${scenarios[@]}"; do
    name=$(basename "$file" .toml)
    check "$name: its first line names it" named "$file"
    check "$name: it is built in" listed "$file"
    check "$name: it has a source, expectations, and a control of which one fails" has_control "$file"
done
# Two at a time. Exit status 0: every expectation holds, and in every control one does not.
run() { "$TERN" sim "$1" --json > "$dir/$1.json" 2> "$dir/$1.err"; echo $? > "$dir/$1.status"; }
export -f run
export dir
printf '%s\n' "${scenarios[@]}" | sed 's/.*\///; s/\.toml$//' | xargs -P 2 -n 1 bash -c 'run "$0"'
came_out() { [ "$(cat "$dir/$1.status")" = 0 ] || { "$TERN" sim merge "$dir/$1.json" || cat "$dir/$1.err"; false; }; }
for file in "${scenarios[@]}"; do check "$(basename "$file" .toml) comes out" came_out "$(basename "$file" .toml)"; done

# ---- what a run is made of ----

cat > "$dir/small.toml" << 'END'
title = "small"
source = "this test"
duration = "2 s"

[bottleneck]
rate = "5 Mbit/s"
delay = "10 ms"
loss = "1 %"

[[flow]]
name = "one"

[[expect]]
figure = "goodput"
flow = "one"
range = "1 Mbit/s .. 5 Mbit/s"

[[control]]
name = "slow"
set = { "bottleneck.rate" = "100 kbit/s" }
END
sim() { "$TERN" sim "$dir/small.toml" "$@"; }
same() { cmp <(sim "$@") <(sim "$@"); }
check "a run again is the same, byte for byte" same --json
differ() { ! cmp -s <(sim --json --seed 1 | tail -n +2) <(sim --json --seed 2 | tail -n +2); }
check "another seed is another run" differ

joined() { # FORM ARGUMENT...: three shards, joined, are the whole
    local form=$1 i
    shift
    sim "$@" ${form:+"$form"} > "$dir/whole" || true
    for i in 1 2 3; do sim "$@" --json --shard "$i/3" > "$dir/shard$i" || true; done
    "$TERN" sim merge ${form:+"$form"} "$dir/shard3" "$dir/shard1" "$dir/shard2" > "$dir/joined" || true
    [ -s "$dir/whole" ] && cmp "$dir/whole" "$dir/joined"
}
sweep=(--sweep "bottleneck.delay=5 ms..20 ms:5 ms" --sweep flow.one.cc=newreno,cubic --repeat 2)
for form in "" --json --csv; do
    check "three shards of repeats joined are the whole ${form:-as text}" joined "$form" --repeat 7
    check "three shards of a sweep joined are the whole ${form:-as text}" joined "$form" "${sweep[@]}"
done
several() { # FORM: of several scenarios, one of which falls short
    local form=$1 i
    sed 's/1 Mbit.s \.\. 5/4.9 Mbit\/s .. 5/' "$dir/small.toml" > "$dir/other.toml"
    "$TERN" sim "$dir/other.toml" "$dir/small.toml" --repeat 3 ${form:+"$form"} > "$dir/whole" || true
    for i in 1 2; do "$TERN" sim "$dir/other.toml" "$dir/small.toml" --repeat 3 --json --shard "$i/2" > "$dir/shard$i" || true; done
    "$TERN" sim merge ${form:+"$form"} "$dir/shard1" "$dir/shard2" > "$dir/joined" || true
    [ -s "$dir/whole" ] && cmp "$dir/whole" "$dir/joined"
}
for form in "" --json; do check "two shards of several scenarios joined are the whole ${form:-as text}" several "$form"; done
runs() { [ "$(sim --json "${sweep[@]}" | tail -n +2 | wc -l)" = 16 ]; }
check "4 delays, 2 algorithms and 2 seeds are 16 runs" runs
says() { # STATUS PATTERN COMMAND...: exit status, and one line on standard error
    local status=0 wanted=$1 pattern=$2
    shift 2
    "$@" > "$dir/out" 2> "$dir/err" || status=$?
    cat "$dir/err"
    [ "$status" = "$wanted" ] && [ "$(wc -l < "$dir/err")" = 1 ] && grep -qF -- "$pattern" "$dir/err"
}
sim --repeat 4 --json --shard 1/2 > "$dir/a" || true
sim --repeat 4 --json --shard 2/2 > "$dir/b" || true
check "a shard that is not there is missed" says 1 "run 1 of 4 is missing" "$TERN" sim merge "$dir/a"
check "a shard that is there twice is seen" says 1 "run 0 is there twice" "$TERN" sim merge "$dir/a" "$dir/a" "$dir/b"
sim --repeat 5 --json --shard 2/2 > "$dir/c" || true
check "shards of different runs are not joined" says 1 "is not of the same scenario" "$TERN" sim merge "$dir/a" "$dir/c"
head -c 3000 "$dir/b" > "$dir/cut"
check "half a file is no result" says 1 "not whole" "$TERN" sim merge "$dir/a" "$dir/cut"

# ---- what falls short ----

check "what holds is exit status 0" sim
sed 's/1 Mbit.s \.\. 5/4.9 Mbit\/s .. 5/' "$dir/small.toml" > "$dir/short.toml"
short() { local status=0; "$TERN" sim "$dir/short.toml" > "$dir/out" || status=$?; [ $status = 3 ] && grep -q 'does not hold: goodput one 4.9 Mbit/s' "$dir/out"; }
check "what does not hold is exit status 3, and told" short
sed 's/100 kbit/4 Mbit/' "$dir/small.toml" > "$dir/tame.toml"
tame() { local status=0; "$TERN" sim "$dir/tame.toml" > "$dir/out" || status=$?; [ $status = 3 ] && grep -q 'control "slow": it does not fail' "$dir/out"; }
check "a control that does not fail is exit status 3" tame
unjudged() { sim --set "bottleneck.rate=100 kbit/s" > "$dir/out" && ! grep -q hold "$dir/out"; }
check "what --set changed is measured, not judged" unjudged

# ---- errors say where ----

bad() { # NAME LINE:COLUMN PATTERN SED-SCRIPT
    sed "$4" "$dir/small.toml" > "$dir/bad.toml"
    check "$1" says 1 "bad.toml:$2: $3" "$TERN" sim "$dir/bad.toml"
}
bad "no TOML" 6:8 "this is no TOML" 's/^rate = .*/rate = /'
bad "an unknown key" 6:1 'there is no "rat" here; allowed:' 's/^rate =/rat =/'
bad "an unknown table" 5:2 'there is no "bottle" here; allowed:' 's/^\[bottleneck\]/[bottle]/'
bad "a number out of range" 8:8 'loss cannot be "101 %"; allowed: 0 ppm .. 100 %' 's/1 %/101 %/'
bad "a foreign unit" 6:8 'rate cannot be "5 ms"; allowed:' 's/5 Mbit.s"$/5 ms"/'
bad "a wrong kind" 6:8 'rate is of a wrong kind' 's/^rate = .*/rate = true/'
bad "a negative number" 6:8 'rate cannot be -5' 's/^rate = .*/rate = -5/'
bad "no such choice" 1:12 'topology cannot be "ring"; allowed: pair, dumbbell' '1i topology = "ring"'
bad "no such algorithm" 11:6 'cc cannot be "vegas"; allowed: ' '10a cc = "vegas"'
bad "no such figure" 14:10 'figure cannot be "speed"; allowed: goodput' 's/"goodput"/"speed"/'
bad "no such flow" 13:1 'there is no flow "two"' 's/flow = "one"/flow = "two"/'
bad "a figure without its flow" 13:1 'goodput is of a flow' '/^flow = "one"/d'
bad "a range of nothing" 16:9 'range cannot be "5 .. 1"' 's/1 Mbit.s .. 5 Mbit.s/5 .. 1/'
bad "a range in a foreign unit" 16:9 'range cannot be' 's/1 Mbit.s \.\. 5 Mbit.s/1 ms .. 5 ms/'
bad "what must be given" 10:1 'name must be given' '/^name = "one"/d'
bad "no such host" 10:1 'there is no host "c"; there are: a, b' '/^name = "one"/a to = "c"'
bad "no such link" 13:1 'this topology has no link "pipe"' 's/"goodput"/"utilisation"/; s/^flow = "one"/link = "pipe"/; s/1 Mbit.s .. 5 Mbit.s/1 % .. 5 %/'
bad "no such setting" 6:5 'there is no setting "sackk"' '4a [stack]\nset.sackk = 1'
bad "a setting out of range" 6:22 'initial_window cannot be "0"; allowed: 1 .. 255' '4a [stack]\nset.initial_window = 0'
bad "a control of nothing" 18:1 'a control is there for what is expected' '/^\[\[expect\]\]/,/^range/d; s/^$/\n/'
bad "two flows of a name" 12:1 'there are two flows "one"' '12i [[flow]]\nname = "one"\n'
check "a key that --set does not find" says 1 '--set flow.2.cc leads nowhere' sim --set flow.2.cc=cubic
check "a value that --set may not have" says 1 '--set: loss cannot be "much"' sim --set bottleneck.loss=much
check "a range of what is no number" says 2 'takes no numbers' sim --sweep flow.one.cc=a..b
check "a range that goes down" says 2 'a range of bottleneck.delay is' sim --sweep "bottleneck.delay=2 ms..1 ms"
check "a shard beyond the last" says 2 "I/N is wanted" sim --shard 3/2
check "no such scenario" says 1 "no such scenario" "$TERN" sim nothing
check "no such file" says 1 "No such file" "$TERN" sim "$dir/nothing.toml"

# ---- the rest of what can be asked for ----

check "doc/scenarios.md is what the schema says" diff <("$TERN" sim --markdown --lang en) doc/scenarios.md
pictures() { sim --plot "$dir/plots" > /dev/null && grep -q '</svg>' "$dir/plots/small.svg" "$dir/plots/small-slow.svg"; }
# Of twelve flows each has its line; of fourteen the legend counts two.
crowd() { # FLOWS: their picture
    { sed '/^\[\[flow/,$d' "$dir/small.toml" && for i in $(seq "$1"); do printf '[[flow]]\nname = "flow%s"\n' "$i"; done; } > "$dir/crowd.toml"
    "$TERN" sim "$dir/crowd.toml" --plot "$dir/plots" --lang "${2-en}" > /dev/null && cat "$dir/plots/crowd.svg"
}
crowds() {
    crowd 14 > "$dir/out" && grep -q '>flow12<' "$dir/out" && ! grep -q '>flow13<' "$dir/out" && [ "$(grep -c '>and 2 more<' "$dir/out")" = 4 ] || return 1
    crowd 14 zh_CN > "$dir/out" && [ "$(grep -c '>另有 2 个<' "$dir/out")" = 4 ] || return 1
    crowd 12 > "$dir/out" && grep -q '>flow12<' "$dir/out" && ! grep -q '>and ' "$dir/out"
}
if command -v gnuplot > /dev/null; then
    check "--plot draws the run and its control" pictures
    check "--plot says how many flows it leaves out" crowds
fi
check "without gnuplot its package is named" says 1 "gnuplot-nox" env PATH="$dir" "$TERN" sim "$dir/small.toml" --plot "$dir/plots"
captures() { sim --pcap "$dir/pcap" > /dev/null && tcpdump -n -r "$dir/pcap/small-bottleneck.pcapng" 2> /dev/null | grep -c 'Flags \[S' > /dev/null; }
if command -v tcpdump > /dev/null; then check "--pcap writes what passed" captures; fi
events() { sim --events --set duration="1 s" | python3 -c 'import json,sys; n=[json.loads(l) for l in sys.stdin]; assert {e["host"] for e in n} == {"a","b"} and any(e["event"]["event"] == "cwnd" for e in n)'; }
check "--events are JSON lines of both hosts" events

# ---- drawn scenarios, and shrinking ----

replays() { cmp <("$TERN" sim --replay 5 --json) <("$TERN" sim --replay 5 --json); }
check "a replay is the same, byte for byte" replays
drawn() { "$TERN" sim --replay 1 --repeat 40 > "$dir/out" || { cat "$dir/out"; false; }; }
check "forty drawn scenarios: every byte right, every connection ends, every invariant holds" drawn
{
    sed '/^\[\[expect/,$d' "$dir/small.toml"
    printf '%s\n' '[[expect]]' 'figure = "resent"' 'flow = "one"' 'range = "<= 0"'
} > "$dir/lossy.toml"
shrinks() {
    local status=0
    "$TERN" sim "$dir/lossy.toml" --shrink > "$dir/out" || status=$?
    cat "$dir/out"
    [ $status = 3 ] && grep -q 'fails with 1 of [0-9]* faults' "$dir/out" && grep -q 'fault = \[{ nth = [0-9]*, kind = "lose" }\]' "$dir/out"
}
sweeps_seeds() {
    [ "$("$TERN" sim "$dir/lossy.toml" --sweep seed=4,5,6 --csv | cut -d, -f1,2 | sort -u | tr "\n" " ")" = "0,4 1,5 2,6 run,seed " ]
}
check "--sweep seed=4,5,6 runs these seeds" sweeps_seeds
check "--shrink finds the one loss that a retransmission needs" shrinks
# Of the seeds some fail and some do not: each as the scenario's own, without --seed.
own_seeds() {
    local seed status shrunk failed=0 held=0
    sed -i 's/1 %/0.1 %/' "$dir/lossy.toml"
    for seed in 1 2 3 4 5 6 7 8; do
        sed "1i seed = $seed" "$dir/lossy.toml" > "$dir/own.toml"
        status=0 shrunk=0
        "$TERN" sim "$dir/own.toml" > /dev/null || status=$?
        "$TERN" sim "$dir/own.toml" --shrink > "$dir/out" || shrunk=$?
        "$TERN" sim "$dir/lossy.toml" --shrink --seed "$seed" | sed 's/^lossy:/own:/' > "$dir/given" || true
        [ $status = $shrunk ] && cmp "$dir/out" "$dir/given" || return 1
        case $status in 0) ((++held)) ;; 3) ((++failed)) ;; esac
    done
    echo "$failed failed, $held did not"
    [ $failed -gt 0 ] && [ $held -gt 0 ]
}
check "--shrink shrinks what the scenario's own seed does" own_seeds
for option in "--repeat 2" "--sweep bottleneck.delay=1ms,2ms" "--shard 1/2"; do
    check "--shrink refuses ${option%% *}" says 2 "--shrink is of one run" sim --shrink $option
done
check "--shrink takes --repeat 1" sim --shrink --repeat 1 --set bottleneck.loss=0
for option in --json --csv --events "--pcap $dir/no" "--plot $dir/no"; do
    check "--shrink refuses ${option%% *}" says 2 "--shrink only names faults" sim --shrink $option
done
for option in --json --csv --events "--pcap $dir/no"; do
    check "--replay --shrink refuses ${option%% *}" says 2 "--shrink only names faults" "$TERN" sim --replay 5 --shrink $option
done
check "what is refused makes no directory" test ! -e "$dir/no"
check "--replay refuses a scenario beside it" says 2 "'bufferbloat' is not wanted" "$TERN" sim bufferbloat --replay 5
finish
