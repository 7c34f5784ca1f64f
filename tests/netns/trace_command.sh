#!/bin/bash
# tern trace on files: every option, every format and link header that is read, and what is wrong on the command line or in a file.
# The captures are made by trace_files.py: 1 is a healthy connection, 2 has retransmissions, 3 a SYN that nobody answers, 4 is healthy
# and IPv6.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3 tshark editcap
export LANG=C.UTF-8 COLUMNS=100
cd "$tmp" || exit 1
maker=$TERN_SOURCE/tests/netns/trace_files.py
python3 "$maker" files . && python3 "$maker" many many.pcap || exit 1

# gives STATUS OPERAND...: of tern trace; what it printed is in out and err
gives() {
    local status=0
    timeout 400 "$TERN" trace "${@:2}" > out 2> err || status=$?
    [ "$status" -eq "$1" ] || {
        echo "status $status, $1 is wanted: ${*:2}"
        head -n 5 err out
        return 1
    }
}

has() { grep -q -- "$1" out || { echo "missing: $1" && head -n 60 out && return 1; }; }
hasnt() { ! grep -- "$1" out; }
lines() { [ "$(grep -c -- "$2" out)" -eq "$1" ] || { echo "$1 lines with '$2' are wanted" && cat out && return 1; }; }
# said STATUS PATTERN OPERAND...: one line of complaint, nothing else
said() {
    gives "$1" "${@:3}" && cat err && [ "$(wc -l < err)" -eq 1 ] && [ ! -s out ] && grep -q -- "$2" err
}
# told STATUS PATTERN OPERAND...: what could be read is shown, then one line of complaint
told() {
    gives "$1" "${@:3}" && cat err out && [ "$(wc -l < err)" -eq 1 ] && grep -q -- "$2" err && has 'packets in'
}

# ---- formats and links ----

gives 0 plain.pcap && cp out ladder
same() { gives 0 "$1" && [ ! -s err ] && diff -u ladder out; }
for file in nano.pcap big.pcap bignano.pcap plain.pcapng big.pcapng two_interfaces.pcapng vlan.pcap qinq.pcap sll.pcap sll2.pcap null.pcap \
    null_big.pcap loop.pcap raw.pcap; do
    check "$file: the same ladder" same "$file"
done
whole_ladder() {
    [ "$(grep -c 'SYN seq 0' ladder)" -eq 6 ] && grep -q 'FIN,ACK seq 6001' ladder && grep -q '^48 packets in 4.350 s, 48 of TCP, connections: 4$' ladder
}
check "it is the ladder that was captured" whole_ladder
of_a_stream() { gives 0 - < plain.pcap && diff -u ladder out; }
of_a_pipe() { (cat first.pcap && tail -c +25 second.pcap) | gives 0 - && diff -u ladder out; }
check "the standard input" of_a_stream
check "a pipe" of_a_pipe
two_files() { gives 0 first.pcap second.pcap && diff -u ladder out; }
check "two files are one capture" two_files
snapped() { gives 0 --summary short.pcap && has '^packets that the capture cut short:' && has ' bytes 6000' && lines 2 'timeout-retransmission'; }
check "packets cut short" snapped
no_packets() { gives 0 no_packets.pcap && has '^0 packets'; }
check "a capture without packets" no_packets

# ---- what is shown ----

summary() { gives 0 --summary plain.pcap && lines 4 '^connection [1-4], ' && has '^  \[2001:db8::1\]:40004, CLOSED: segments 10' && hasnt '──'; }
check "--summary" summary
findings() { gives 0 --findings plain.pcap && lines 4 '^packet [1-9][0-9]* at .* s, connection [23], warning ' && lines 1 'connection 3, error no-answer'; }
check "--findings" findings
one() { gives 0 --conn 2 plain.pcap && has 40002 && hasnt 4000[134] && has '2 timeout-retransmission' && hasnt no-answer; }
check "--conn: that connection, its findings" one
one_summary() { gives 0 --conn 4 --summary plain.pcap && lines 1 '^connection ' && has 40004 && has '^no findings'; }
check "--conn with --summary" one_summary
one_json() { gives 0 --conn 3 --json plain.pcap && lines 1 '"type":"connection","number":3' && hasnt '"number":[124]'; }
check "--conn with --json" one_json
no_such() { told 1 '--conn 5: connections in the capture: 4' --conn 5 plain.pcap; }
check "--conn: there is none" no_such
absolute() { gives 0 --absolute --conn 1 plain.pcap && has 'SYN seq 1000000 ' && has 'SYN,ACK seq 2000000 ack 1000001' && hasnt 'seq 0 '; }
relative() { gives 0 --relative plain.pcap && diff -u ladder out; }
both_numbers() { gives 0 --both --conn 1 plain.pcap && has '1000000' && has 'seq 0'; }
check "--absolute" absolute
check "--relative is the default" relative
check "--both" both_numbers
folded() { gives 0 --conn 1 plain.pcap && has ' data segments, ' && gives 0 --fold 99 --conn 1 plain.pcap && hasnt ' data segments, ' && lines 6 'ack 19 len 1000'; }
check "--fold" folded
detail() { gives 0 --detail --conn 1 plain.pcap && has 'SND.UNA' && has 'RCV.NXT'; }
check "--detail" detail
columns() { COLUMNS=70 gives 0 plain.pcap && python3 -c 'import sys; sys.exit(max(len(l.rstrip("\n")) for l in open("out", encoding="utf-8") if "▶" in l or "◀" in l) > 70)'; }
check "the terminal's width" columns
plain_bytes() { LC_ALL=C gives 0 plain.pcap && ! LC_ALL=C grep -n '[^ -~]' out; }
check "a locale without UTF-8 gets plain letters" plain_bytes
chinese() { gives 0 --lang zh_CN --summary plain.pcap && has '连接' && hasnt 'connection' && has 'timeout-retransmission'; }
check "--lang zh_CN" chinese

# ---- which packets ----

filtered() { gives 0 --filter 'tcp port 40002' --findings plain.pcap && has '^packet 24 ' && lines 2 '^packet' && has '^7 packets'; }
check "--filter: the numbers stay those of the file" filtered
filtered_sll() { gives 0 --filter 'ip6' --summary sll2.pcap && has '^19 packets' && lines 1 '^connection'; }
check "--filter on a cooked capture" filtered_sll
filtered_none() { gives 0 --filter 'udp' plain.pcap && has '^0 packets'; }
check "--filter: nothing is left" filtered_none
counted() { gives 0 --count 3 --filter 'tcp port 40002' plain.pcap && has '^3 packets' && gives 0 --count 30 first.pcap second.pcap && has '^30 packets'; }
check "--count: of those that match, of all files" counted

# ---- exit status ----

check "nothing is asked: 0" gives 0 plain.pcap
for what in info warning error no-answer syn-retry,zero-window zero-window,timeout-retransmission; do
    check "--fail-on $what: 3" gives 3 --summary --fail-on "$what" plain.pcap
done
check "--fail-on what is not there: 0" gives 0 --fail-on zero-window,mss-mismatch plain.pcap
check "--fail-on error without errors: 0" gives 0 --fail-on error --conn 2 plain.pcap
check "--fail-on in the chosen connection" gives 3 --fail-on warning --conn 2 plain.pcap
check "--fail-on in a healthy connection: 0" gives 0 --fail-on info --filter ip6 plain.pcap
check "--fail-on: what is that?" said 2 "--fail-on 'nonsense'" --fail-on warning,nonsense plain.pcap
check "a broken file is worse than a finding" told 1 'cut.pcap' --fail-on warning --summary cut.pcap

# ---- JSON ----

json() { gives 0 --json "$1" && python3 "$maker" json out "$2"; }
check "--json" json plain.pcap 4
json_findings() { gives 0 --json --findings plain.pcap && lines 5 '"type":"row"' && lines 2 '"type":"connection"' && lines 0 '"type":"summary"'; }
check "--json --findings: rows with findings" json_findings
json_summary() { gives 0 --json --summary plain.pcap && lines 0 '"type":"row"' && lines 4 '"type":"summary"' && lines 1 '"type":"totals"'; }
check "--json --summary" json_summary

# ---- many connections, more than are remembered at once ----

check "many connections: --json tells each once" json many.pcap 42002
late() {
    gives 0 --conn 42001 many.pcap && has '── connection 42001: 198.18.234.97:40000 ↔ 198.51.100.1:80 ─' && lines 1 '^── ' && lines 1 'SYN seq 0' &&
        has '^ *[0-9.]* ESTABLISHED  ◀─ SYN,ACK seq 0 ack 1 ' && has 'CLOSED *◀─ ACK seq 6002 ack 20' && hasnt 'connection 42002'
}
check "many connections: the ladder of a late one" late
late_both() { gives 0 --filter 'src net 198.18.234.0/24 or dst net 198.18.234.0/24' many.pcap && has '── connection 2: 198.18.234.98:40000' && gives 0 --summary --conn 42002 many.pcap && lines 1 '^connection 42002, '; }
check "many connections: the number in the summary" late_both

# ---- --annotate ----

# all_of OUT IN: the same bytes and times; the file's head tells of the snaplen and the link type
all_of() { editcap -F nsecpcap "$1" after && editcap -F nsecpcap "$2" before && cmp -i 24 before after && cmp <(tail -c +21 after | head -c 4) <(tail -c +21 before | head -c 4); }
annotate() { rm -f new.pcapng && gives 0 --summary --annotate new.pcapng "$1" && all_of new.pcapng "$1"; }
for file in plain.pcap nano.pcap plain.pcapng qinq.pcap sll.pcap sll2.pcap null.pcap loop.pcap raw.pcap short.pcap; do
    check "--annotate: the same packets of $file" annotate "$file"
done
comments() {
    annotate plain.pcap && python3 "$maker" comments new.pcapng > out && lines 48 '^connection [1-4]: [A-Z]' &&
        has '^connection 1: SYN-SENT, LISTEN$' && has '^connection 2: .* / warning timeout-retransmission: '
}
check "--annotate: a comment for each packet" comments
by_tshark() {
    annotate plain.pcap && tshark -r new.pcapng -T fields -e frame.comment -Y frame.comment > out 2> err && lines 48 'connection' &&
        tshark -r new.pcapng > /dev/null 2> err && ! grep -v 'Running as user' err
}
check "--annotate: tshark reads it" by_tshark
annotate_filtered() { gives 0 --annotate new.pcapng --filter ip6 plain.pcap && [ "$(tshark -r new.pcapng 2> err | wc -l)" -eq 19 ]; }
check "--annotate with --filter" annotate_filtered
annotate_all() { gives 0 --annotate new.pcapng --conn 2 plain.pcap && has 40002 && [ "$(tshark -r new.pcapng 2> err | wc -l)" -eq 48 ]; }
check "--annotate with --conn: all packets" annotate_all
annotate_two() { gives 0 --summary --annotate new.pcapng first.pcap second.pcap && all_of new.pcapng plain.pcap; }
check "--annotate: two files into one" annotate_two
ln -s plain.pcap link.pcap
ln plain.pcap hard.pcap
cp plain.pcap kept.pcap
check "--annotate: not what is read" said 2 'that file is read' --annotate plain.pcap plain.pcap
check "--annotate: nor by another name" said 2 'that file is read' --annotate link.pcap first.pcap hard.pcap
check "what is read was not touched" cmp kept.pcap plain.pcap
check "--annotate: where nothing can be written" said 1 'nothing/x' --annotate nothing/x plain.pcap
check "--annotate: a full disk" told 1 'annotate\|write' --summary --annotate /dev/full plain.pcap
check "--annotate: two link types" told 1 'one link type' --summary --annotate new.pcapng plain.pcap raw.pcap

# ---- the command line ----

help() { gives 0 --help && has '^Usage: tern trace FILE' && has '^Examples:$' && has '^  tern trace capture.pcapng$' && [ ! -s err ]; }
check "--help" help
check "no file" said 2 'a file' --summary
check "a file and an interface" said 2 'a file' -i lo plain.pcap
check "--seconds without -i" said 2 'seconds' --seconds 1 plain.pcap
check "--summary and --findings" said 2 'not both' --summary --findings plain.pcap
check "--absolute and --both" said 2 'one of' --absolute --both plain.pcap
for option in --absolute --detail '--fold 3'; do
    # shellcheck disable=SC2086 # two words
    check "$option without a ladder" said 2 'for the ladder' --summary $option plain.pcap
done
for option in conn fold count; do
    check "--$option 0" said 2 "--$option 0: a number above 0" --$option 0 plain.pcap
    check "--$option -1" said 2 "--$option -1: a number above 0" --$option=-1 plain.pcap
    check "--$option that is no number" said 2 'invalid numeric' --$option many plain.pcap
done
check "an unknown option" said 2 'nonsense' --nonsense plain.pcap
check "a filter with a fault" said 2 "--filter 'port port'" --filter 'port port' plain.pcap
check "a filter that the link type has not" said 2 'ethernet\|link-layer' --filter 'ether host 02:00:00:00:00:01' raw.pcap

# ---- files ----

check "a file that is missing" said 1 'nothing.pcap: No such file' nothing.pcap
check "a directory" said 1 'directory' .
check "an empty file" said 1 'empty.pcap is empty' empty.pcap
empty_stdin() { said 1 'the standard input is empty' - < /dev/null; }
check "an empty standard input" empty_stdin
check "a text" said 1 'text.pcap is neither pcap nor pcapng' text.pcap
check "a head cut short" said 1 'head.pcap is neither pcap nor pcapng: truncated' head.pcap
check "a pcapng head cut short" said 1 'head.pcapng is neither pcap nor pcapng: truncated' head.pcapng
check "a link type that cannot be read" said 1 'wifi.pcap: its link type (105)' wifi.pcap
gzip -c plain.pcap > plain.pcap.gz
check "a compressed file" said 1 'plain.pcap.gz seems to be compressed' plain.pcap.gz
cut() { told 1 "$1: cannot be read on behind packet 47, near byte" "$1" && has '^47 packets' && has 'FIN,ACK seq 6001'; }
check "cut in the last packet: the rest is shown" cut cut.pcap
check "pcapng cut in the last packet" cut cut.pcapng
cut_json() { gives 1 --json cut.pcap && lines 47 '"n":' && has '"type":"totals","packets":47'; }
check "cut in the last packet: --json is whole" cut_json
wild() { told 1 'wild.pcap: cannot be read on behind packet 5' wild.pcap && has '^5 packets'; }
check "a packet of 2 GiB" wild
check "two link types in one pcapng" told 1 'different from the type' --summary mixed.pcapng
second_missing() { told 1 'nothing.pcap' plain.pcap nothing.pcap && has '^48 packets'; }
check "the second file is missing: the first is shown" second_missing
to_full() { "$TERN" trace --fail-on warning "$@" > /dev/full 2> err; [ $? -eq 1 ] && cat err && [ "$(wc -l < err)" -eq 1 ]; }
check "the output is full" to_full plain.pcap
check "the output is full early" to_full many.pcap
no_progress() { gives 0 --summary many.pcap && [ ! -s err ]; }
check "no progress where there is no terminal" no_progress

# ---- while it runs ----

mkfifo fifo
# interrupted SIGNAL: a capture that goes on, through a pipe; what was told is there before it ends
interrupted() {
    local status=0 pid
    start trace.log "$TERN" trace --fail-on error fifo
    pid=$started
    exec 9<> fifo
    cat first.pcap >&9
    wait_for grep -q 'sent again 400.0 ms' trace.log || return 1 # the finding of packet 24, the last one
    kill "-$1" "$pid"
    wait "$pid" || status=$?
    exec 9>&-
    cat trace.log
    [ "$status" -eq 1 ] && grep -q '^24 packets in' trace.log && tail -n 1 trace.log | grep -q 'fifo: interrupted behind packet 24'
}
check "Ctrl-C: what was read is shown" interrupted INT
check "SIGTERM, too" interrupted TERM
mkfifo quick
early_out() { # the connections are there while the pipe is open
    start quick.log "$TERN" trace --findings quick
    exec 9<> quick
    cat plain.pcap >&9
    wait_for grep -q 'timeout-retransmission' quick.log && exec 9>&- && wait_for grep -q '^48 packets' quick.log
}
check "a pipe: findings as they come" early_out
sound
finish
