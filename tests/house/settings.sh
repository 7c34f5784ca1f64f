#!/bin/bash
# doc/settings.md is what `tern settings --markdown` makes of the core's tables, and --set and --profile take what stands in it.
set -u
cd "$TERN_SOURCE" || exit 1
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$TERN" settings --markdown --lang en > "$dir/settings.md"
check "doc/settings.md is made by tern settings --markdown" diff "$dir/settings.md" doc/settings.md
"$TERN" settings --json > "$dir/rows"
check "every row is a line of JSON" python3 -c 'import json,sys
for line in open(sys.argv[1]): json.loads(line)' "$dir/rows"

# What a command says about its settings before it does anything: a wrong operand ends it.
says() { "$TERN" serve --lang en "$@" no-such-service 2>&1; }
refuses() { says "${@:2}" | grep -q -- "$1"; }
check "a kernel's name is taken" refuses "no-such-service" --set net.ipv4.tcp_rmem="4096 131072 6291456"
check "a profile is taken" refuses "no-such-service" --profile freebsd --set net.inet.tcp.delacktime=100
check "an unknown kernel's name is refused" refuses "no such setting" --set net.ipv4.tcp_nothing=1
check "a value that cannot be is refused" refuses "no value that this setting takes" --set net.ipv4.tcp_sack=7
check "what tern does not do is refused, with the reason" refuses "a full accept queue drops" --set net.ipv4.tcp_abort_on_overflow=1
check "two that contradict each other are refused" refuses "rto_min (2 s) is above rto_max (1 s)" --set rto_max=1s --set rto_min=2s
check "in either order" refuses "port_min (600) is above port_max (500)" --set port_max=500 --set port_min=600
check "a kernel's names, too" refuses "receive_buffer (256 KiB) is above receive_buffer_max (128 KiB)" \
    --set net.ipv4.tcp_rmem="4096 262144 131072"
check "0 is no bound where it says so" refuses "no-such-service" --set receive_buffer_max=0
check "a lesson's, too" eval '"$TERN" explain --lang en retransmission --set memory_low=90 2>&1 | grep -q "memory_low (90) is above memory_high (75)"'
check "a scenario's, too" eval '"$TERN" sim --lang en zero_window --set stack.set.rto_max=1s \
    --set stack.set.rto_min=2s 2>&1 | grep -q "rto_min (2 s) is above rto_max (1 s)"'
check "an unknown profile is refused" refuses "rfc, linux or freebsd" --profile windows
check "a profile after a setting is refused" refuses "before --set" --set msl=1s --profile linux
finish
