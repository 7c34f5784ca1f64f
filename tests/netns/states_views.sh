#!/bin/bash
# tern states: its filters, forms and reasons; and a close seen passing through its states on the live screen.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nc.openbsd tmux ss

tern_up serve.log serve --tun tern0 --addr 192.0.2.2/24 --set msl=1s echo || exit 1
served=$started
mkfifo "$tmp/in"
nc.openbsd -N 192.0.2.2 7 < "$tmp/in" > "$tmp/nc.out" &
pids+=($!)
exec 8> "$tmp/in"
echo hello >&8
wait_for grep -q hello "$tmp/nc.out"
port=$(ss -tnH state established dst 192.0.2.2 | awk '{ sub(/.*:/, "", $3); print $3 }')

lines() { [ "$("$TERN" states "${@:3}" | grep -Ec -- "$2")" -eq "$1" ]; }
ours="192.0.2.2:7 +192.0.2.1:$port"
check "a state keeps it" lines 1 "^ESTAB.*$ours" state established
check "another state does not" lines 0 "$ours" state time-wait
check "two states are a choice" lines 1 "$ours" state time-wait state established
check "an excluded state" lines 0 "$ours" exclude established
check "a network" lines 1 "$ours" dst 192.0.2.0/24
check "another network" lines 0 "$ours" dst 198.51.100.0/24
check "address and port" lines 1 "$ours" src 192.0.2.2:7
check "a port by comparison" lines 1 "$ours" 'sport = :7' and "dport >= $port"
check "a service's name" lines 1 "$ours" 'sport = echo'
check "not, or, parentheses" lines 1 "$ours" '(' sport = 9 or not dst 203.0.113.0/24 ')' and not sport = 9
for wrong in 'state nowhere' 'sport' 'sport ~ 7' 'src 192.0.2.1/99' '( sport = 7' 'sport = 7 )' 'or' 'dport = nosuchservice'; do
    # shellcheck disable=SC2086 # words of a filter
    check "a wrong filter: $wrong" bash -c '"$0" states "${@:1}" > /dev/null; [ $? -eq 2 ]' "$TERN" $wrong
done
check "netstat's form" lines 1 "^tcp +0 +0 +192.0.2.2:7 +192.0.2.1:$port +ESTABLISHED +$served/tern$" --format netstat
check "the kernel's side of it" lines 1 "^ESTAB.*192.0.2.1:$port +192.0.2.2:7" --kernel
kernel_agrees() {
    diff <(ss -tanH | awk '{ print $1, $4, $5 }' | sort) \
        <("$TERN" states --kernel | awk '/^kernel/ { on = 1 } on && /^[A-Z]/ && $1 != "State" { print $1, $4, $5 }' | sed 's/:0$/:*/' | sort)
}
check "the kernel's sockets as ss prints them" kernel_agrees
figure() { grep -o " $1:[0-9,]*" | head -n 1 | cut -d: -f2; }
figures_agree() { # what one end has sent the other has received, and the two agree on the options
    local kernel tern name
    kernel=$(ss -tinH state established dst 192.0.2.2)
    tern=$("$TERN" states state established)
    echo "$kernel" "$tern"
    [ "$(figure bytes_received <<< "$kernel")" = "$(figure bytes_acked <<< "$tern")" ] &&
        [ "$(figure bytes_received <<< "$tern")" = $(($(figure bytes_acked <<< "$kernel") - 1)) ] && # the kernel counts its SYN
        [ "$(figure wscale <<< "$kernel")" = "$(figure wscale <<< "$tern" | awk -F, '{ print $2 "," $1 }')" ] &&
        [ "$(figure mss <<< "$kernel")" = "$(figure mss <<< "$tern")" ]
}
agree() { wait_for figures_agree || figures_agree; } # the last acknowledgement may be late
check "its figures agree with the kernel's at the other end" agree
check "what was opened, by nstat's name" lines 1 '^TcpPassiveOpens +1 ' --counters
check "Prometheus' counters" lines 1 "^tern_passive_opens_total\{pid=\"$served\"\} 1$" --prometheus
check "Prometheus' states" lines 1 "^tern_connection_states\{pid=\"$served\",state=\"ESTABLISHED\"\} 1$" --prometheus
check "each metric has its type" [ "$("$TERN" states --prometheus | grep -c '^# TYPE')" -eq "$("$TERN" states --prometheus | grep -c '^# HELP')" ]
check "why it is as it is" lines 1 'our SYN is acknowledged' --why state established
check "in the reader's language" lines 1 "^状态" --lang zh

# The live screen. Its server must not hold the pipes open that end nc's input.
screen() { tmux -S "$tmp/tmux" capture-pane -p -t live; }
on_screen() { screen | grep -Eq -- "$1"; }
tmux -S "$tmp/tmux" -f /dev/null new-session -d -s live -x 150 -y 30 "$TERN states --watch --interval 50" 7>&- 8>&-
check "the screen shows it" wait_for on_screen "^ESTAB.*$ours"
exec 8>&-
gone() { ! on_screen "$ours"; }
check "after the peer's close it is gone from the screen" wait_for gone
tmux -S "$tmp/tmux" send-keys -t live q
ended() { ! tmux -S "$tmp/tmux" has-session -t live 2> /dev/null; }
check "q ends it" wait_for ended
stop "$served"

tern_up daytime.log serve --tun tern1 --addr 198.51.100.2/24 --set msl=3s daytime || exit 1
mkfifo "$tmp/day"
nc.openbsd 198.51.100.2 13 < "$tmp/day" > "$tmp/day.out" &
pids+=($!)
exec 7> "$tmp/day"
tmux -S "$tmp/tmux" -f /dev/null new-session -d -s live -x 150 -y 30 "$TERN states --watch --interval 50" 7>&- 8>&-
# daytime closes at once; nc keeps its own side open until its standard input ends.
check "FIN-WAIT-2 on the screen while the peer talks on" wait_for on_screen '^FIN-WAIT-2.*198.51.100.2:13'
check "the kernel's ss says CLOSE-WAIT at the other end" wait_for bash -c "ss -tanH | grep -q '^CLOSE-WAIT.*198.51.100.2:13'"
exec 7>&-
check "TIME-WAIT on the screen after the peer's FIN" wait_for on_screen '^TIME-WAIT.*198.51.100.2:13.*timer:\(2MSL'
last() { ! on_screen '198.51.100.2:13'; }
check "and after 2MSL nothing" wait_for last
tmux -S "$tmp/tmux" kill-server
sound
finish
