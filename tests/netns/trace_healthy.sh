#!/bin/bash
# Captures of healthy connections between real programs and kernels: tern trace finds no fault in any of them (remarks are none),
# and agrees with tshark about each packet, but for the differences that doc/trace.md explains (trace_tshark.py).
#
#   left: veth0 192.0.2.1/24, 2001:db8::1/64      <-- veth, or tern wire -->      right: veth0 192.0.2.2/24, 2001:db8::2/64
#
# Each scene of the table below has namespaces of its own and leaves its capture in $tmp/NAME. A few run at once. With operands only
# those scenes; TRACE_KEEP=DIRECTORY keeps the captures. tern sends no tail loss probes here: round trips take microseconds, and a
# machine that stands still for some milliseconds would be probed, which is a finding.
# shellcheck source=tests/netns/netns.sh disable=SC2317 # what the table names is reached
. "${0%/*}/netns.sh"
need python3 tcpdump tshark dumpcap editcap curl nginx ssh sshd ssh-keygen
[ "$(awk '{ print $2 " " $3 }' /proc/self/uid_map)" = "0 4294967295" ] || skip "tcpdump and sshd want real root"
here=$TERN_SOURCE/tests/netns
AT_ONCE=4

# NAME | LINK | CAPTURE | WHAT IS SAID | WHAT MUST SHOW (nothing: a connection that was established)
table() {
    cat << 'END'
asks               | veth                                     | at right                    | talk asks |
ipv6               | veth                                     | at left                     | talk asks to=2001:db8::2 |
keep_alive         | nginx veth                               | at right                    | get 192.0.2.2 | says "connections":1,
keep_alive_v6      | nginx veth                               | at left                     | get [2001:db8::2] | says "connections":1,
http10             | nginx veth                               | at right                    | get 192.0.2.2 -0 | says "connections":8,
http_far           | nginx far                                | at left                     | get 192.0.2.2 |
http_parallel      | nginx veth                               | at right                    | get 192.0.2.2 -Z |
ssh                | sshd veth                                | at left                     | login_and_copy |
ssh_far            | sshd far                                 | at right                    | login_and_copy |
server_closes      | veth                                     | at left                     | talk server-closes |
both_close         | far                                      | at right                    | talk together | says "CLOSING".*"CLOSING"
both_close_v6      | far                                      | at left                     | talk together to=2001:db8::2 | says "CLOSING".*"CLOSING"
both_open          | far                                      | at right                    | talk both-open | says "SYN-RECEIVED".*"SYN-RECEIVED"
half_close         | veth                                     | at right                    | talk half-close | says "side":"b".*"len":[1-9].*"FIN-WAIT-2"
up_offloaded       | veth                                     | at left                     | talk up bytes=4000000 | packets tcp and greater 10000
down_offloaded     | veth                                     | at right                    | talk down bytes=4000000 | packets tcp and greater 10000
both_ways          | veth                                     | at right                    | talk both-ways | packets tcp and greater 10000
both_ways_v6       | veth                                     | at left                     | talk both-ways to=2001:db8::2 |
plain_up           | offloads tso=off gso=off                 | at left -s 2000             | talk up | no_packets tcp and greater 1515
plain_down         | offloads tx=off sg=off tso=off gso=off   | at left -s 2000             | talk down | no_packets tcp and greater 1515
merged             | offloads tso=off gso=off gro=on          | at right                    | talk up | packets tcp and greater 2900
up_far             | far                                      | at right                    | talk up |
up_far_v6          | far                                      | at left                     | talk up to=2001:db8::2 |
many               | veth                                     | at right                    | talk many | says "connections":20,
crowd              | veth                                     | at left                     | talk crowd | says "connections":20,
same_port          | veth                                     | at left                     | talk same-port rounds=5 | says "connections":5,
typing             | veth                                     | at right                    | talk typing |
typing_far         | far                                      | at right                    | talk typing |
delayed_acks       | veth                                     | at right                    | talk delayed-acks rounds=10 |
nagle              | veth                                     | at left                     | talk nagle rounds=5 |
nagle_far          | far                                      | at left                     | talk nagle rounds=5 |
urgent             | veth                                     | at right                    | talk urgent | packets tcp[13] & 32 != 0
idle               | veth                                     | at right                    | talk idle | says "keepalive-answer":2
fast_open          | kernel tcp_fastopen 3                    | at left                     | talk fast-open rounds=3 | says SYN.seq.0.len.10
small_mss          | veth                                     | at left -s 2000             | talk both-ways mss=200 bytes=50000 piece=4000 | says "mss":200,
small_buffer       | veth                                     | at right                    | talk steps rcvbuf=8192 rounds=100 |
large_window       | veth                                     | at right                    | talk down rcvbuf=8000000 bytes=4000000 |
jumbo              | veth 9000                                | at right                    | talk both-ways | says "mss":8960,
no_timestamps      | kernel tcp_timestamps 0                  | at right                    | talk both-ways | says_no ts_val
no_scaling         | kernel tcp_window_scaling 0              | at right                    | talk both-ways | says_no wscale
no_sack            | kernel tcp_sack 0                        | at left                     | talk both-ways | says_no sack_permitted
ecn                | kernel tcp_ecn 1                         | at right                    | talk both-ways | packets tcp[13] & 0xc2 == 0xc2
tern_serve         | tern serve --set tlp=0 http                          | at right                    | get 192.0.2.2 | packets src 192.0.2.2
tern_serve_plain   | tern serve --set tlp=0 --plain http                  | at right                    | get 192.0.2.2 -0 | packets src 192.0.2.2
tern_relay         | nginx tern relay --set tlp=0 --listen 80 --to 127.0.0.1:80                       | at right | get 192.0.2.2 | packets src 192.0.2.2
tern_opens         | nginx tern relay --set tlp=0 --from-kernel --listen 8080 --to 192.0.2.1:80       | at right | get 127.0.0.1:8080 | packets src 192.0.2.2
tern_echo          | tern serve --set tlp=0 echo                          | at right                    | echoes | packets src 192.0.2.2
vlan               | trunk 8100:5                             | at middle                   | talk asks | packets vlan 5 and tcp
vlan_v6            | trunk 8100:4094                          | at middle                   | talk both-ways bytes=100000 to=2001:db8::2 | packets vlan 4094 and ip6
vlan_in_vlan       | trunk 88a8:7 8100:5                      | at middle                   | talk asks | packets vlan 7 and vlan 5 and tcp
path_mtu           | router                                   | at left                     | talk up to=198.51.100.2 | says "path-mtu":
path_mtu_behind    | router                                   | at middle                   | talk up to=198.51.100.2 | says_no path-mtu
cooked             | any                                      | at right -y LINUX_SLL2      | talk asks | link_type LINUX_SLL2
cooked_old         | any                                      | at left -y LINUX_SLL        | talk both-ways | link_type LINUX_SLL
loopback           | loopback                                 | at right                    | talk both-ways |
raw                | wired                                    | at right                    | talk asks | link_type RAW
nanoseconds        | veth                                     | at left --time-stamp-precision=nano | talk asks | says "at":[0-9]*[1-9],
pcapng             | veth                                     | by_dumpcap right            | talk asks |
of_wire            | wired --up delay=1ms --pcap capture      | by_wire                     | talk asks |
cut_short          | veth                                     | at right -s 96              | talk asks | says_no "cut":0,
cut_bulk           | veth                                     | at right -s 60              | talk both-ways | says_no "cut":0,
one_sided          | veth                                     | at right -Q in              | talk asks | says "one_sided":true
one_sided_answers  | veth                                     | at left -Q in               | talk down | says "one_sided":true
begun_late         | veth                                     | part 30-100000 right        | talk both-ways | says "began_in_middle":true
ended_early        | veth                                     | part 1-40 right             | talk both-ways | says_no TIME-WAIT
middle             | veth                                     | part 40-60 right            | talk asks | says "began_in_middle":true
END
}

# ---- links: they set $device, and $left and $right, which are processes in the namespaces ----

in_left() { nsenter -t "$left" -n "$@"; }
in_middle() { nsenter -t "$middle" -n "$@"; }
in_right() { nsenter -t "$right" -n "$@"; }
start_in() { start "$2" nsenter -t "${!1}" -n "${@:3}"; } # left|middle|right LOG PROGRAM...
both() { in_left "$@" && in_right "$@"; }
set_up() { both bash -c "echo '$2' > /proc/sys/net/ipv4/$1"; } # SYSCTL VALUE: of both ends
fresh() { ! [ "/proc/$1/ns/net" -ef /proc/self/ns/net ]; }
namespace() { # LOG
    start "$1" unshare -n sleep 300
    wait_for fresh "$started"
}

# A program that must wait for the processor is no fault of the connection, and should not look like one: no tail loss probes, room
# for all that a reader has yet to read, and patient retransmission timers.
namespaces() {
    namespace left.log && left=$started && namespace right.log && right=$started || return 1
    both ip link set lo up && set_up tcp_early_retrans 0 && set_up tcp_rmem '4096 4000000 6291456'
}
patient() { # DEVICE
    both ip route replace 192.0.2.0/24 dev "$1" rto_min 5s && both ip -6 route replace 2001:db8::/64 dev "$1" metric 256 rto_min 5s
}
addresses() { # DEVICE: nodad, so that they can be used at once
    in_left ip address add 192.0.2.1/24 dev "$1" && in_left ip address add 2001:db8::1/64 dev "$1" nodad &&
        in_right ip address add 192.0.2.2/24 dev "$1" && in_right ip address add 2001:db8::2/64 dev "$1" nodad &&
        both ip link set "$1" up && patient "$1"
}

veth() { # [MTU]
    device=veth0
    in_left ip link add veth0 mtu "${1:-1500}" type veth peer name veth0 mtu "${1:-1500}" netns "$right" && addresses veth0
}
offloads() { veth 1500 && both python3 "$here/offload.py" veth0 "$@"; }
kernel() { set_up "$1" "$2" && veth 1500; } # SYSCTL VALUE
any() { veth 1500 && device=any; }
loopback() {
    device=lo
    left=$right
    in_right ip address add 192.0.2.2/32 dev lo
}

has_addresses() { in_left ip address show dev tun0 up | grep -q 'inet6 2' && in_right ip address show dev tun0 up | grep -q 'inet6 2'; }
wired() { # OPTION...: of tern wire
    device=tun0
    start wire.log "$TERN" wire "$left:tun0:192.0.2.1/24,2001:db8::1/64" "$right:tun0:192.0.2.2/24,2001:db8::2/64" "$@"
    wire=$started
    wait_for has_addresses && patient tun0
}
far() { wired --up delay=10ms,rate=100M --down delay=10ms; }

trunk() { # TPID:VID...: not every kernel has VLAN devices, so the switch is our own
    namespace middle.log && middle=$started && in_middle bash -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6' || return 1
    start_in middle trunk.log python3 "$here/trace_trunk.py" "$left" "$right" "$@"
    wait_for grep -q ready trunk.log && addresses tap0 && device=trunk1
}

# A way through a router to a link that takes 1300 bytes, though the right says that it takes more.
router() {
    namespace middle.log && middle=$started || return 1
    device=veth0 right_is=198.51.100.2
    in_left ip link add veth0 type veth peer name left netns "$middle" &&
        in_right ip link add veth0 mtu 1300 type veth peer name veth0 mtu 1300 netns "$middle" &&
        in_left ip address add 192.0.2.1/24 dev veth0 && in_middle ip address add 192.0.2.254/24 dev left &&
        in_right ip address add 198.51.100.2/24 dev veth0 && in_middle ip address add 198.51.100.254/24 dev veth0 &&
        both ip link set veth0 up && in_middle ip link set veth0 up && in_middle ip link set dev left up &&
        in_middle bash -c 'echo 1 > /proc/sys/net/ipv4/ip_forward' && in_left ip route add default via 192.0.2.254 rto_min 5s &&
        in_right ip route add default via 198.51.100.254 advmss 1460 rto_min 5s
}

tern() { # OPERAND...: tern and the kernel, in one namespace
    device=tern0
    left=$right
    if [ "${!#}" = http ]; then set -- "$@" www; fi
    start_in right tern.log "$TERN" "$1" --tun tern0 --addr 192.0.2.2/24 --peer 192.0.2.1/24 "${@:2}"
    wait_for grep -q 'SIGINT ends it' tern.log && in_right ip route replace 192.0.2.0/24 dev tern0 rto_min 5s
}

# ---- servers at the right, on the link that follows ----

right_listens() { in_right ss -Hltn "sport = :$1" | grep -q .; }
nginx() { # LINK
    "$@" || return 1
    cat > nginx.conf << END
daemon off; master_process off; pid $tmp/nginx.pid; error_log $tmp/error.log;
events {}
http { access_log off; client_body_temp_path $tmp/a; proxy_temp_path $tmp/b; fastcgi_temp_path $tmp/c; uwsgi_temp_path $tmp/d;
scgi_temp_path $tmp/e; server { listen 80; listen [::]:80; root $tmp/www; } }
END
    start_in right nginx.log /usr/sbin/nginx -p "$tmp" -e "$tmp/error.log" -c "$tmp/nginx.conf"
    wait_for right_listens 80
}
sshd() { # LINK
    "$@" || return 1
    [ -d /run/sshd ] || mkdir -p -m 755 /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user || return 1
    cat > sshd_config << END
Port 22
HostKey $tmp/host
PidFile $tmp/sshd.pid
AuthorizedKeysFile $tmp/user.pub
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
END
    start_in right sshd.log /usr/sbin/sshd -D -e -f "$tmp/sshd_config"
    wait_for right_listens 22
}

# ---- captures ----

# A place in the kernel's ring is as large as the longest packet may be: what offloads make, or what a TUN or TAP device has.
at() { # left|middle|right [OPTION...]: of tcpdump
    local longest=66000
    case $device in tun* | trunk*) longest=2000 ;; esac
    capturing=$1
    start_in "$1" capture.log tcpdump -i "$device" -U --immediate-mode -B 65536 -Z root -s "$longest" -w capture "${@:2}"
    dumper=$started
    wait_for grep -q 'listening on' capture.log
}
by_dumpcap() { # left|right
    capturing=$1
    start_in "$1" capture.log dumpcap -q -i "$device" -w capture
    dumper=$started
    wait_for grep -q '^File: ' capture.log
}
by_wire() { dumper=$wire; } # by its --pcap
part() { # FROM-TO left|right: without the beginning or the end
    range=$1
    at "$2"
}

# Packets are captured in order: when this one, from the other end, is there the others are.
captured() {
    local other=left to=${right_is:-192.0.2.2}
    if [ -n "${capturing:-}" ]; then
        if [ "$capturing" = left ]; then other=right to=192.0.2.1; fi
        "in_$other" bash -c "echo the-last-packet > /dev/udp/$to/9"
        wait_for grep -aq the-last-packet capture || return 1
    fi
    stop "$dumper"
    if [ -n "${range:-}" ]; then mv capture whole && editcap -r whole capture "$range" || return 1; fi
    ! grep -q '[1-9][0-9]* packets* dropped by kernel' capture.log
}

# ---- what is said ----

talk() { timeout "$PATIENCE" python3 "$here/trace_talk.py" "$1" "$left" "$right" "${@:2}" "wire=${wire:-0}"; }
get() { # HOST [OPTION...]: eight files
    in_left curl -q -sS --noproxy '*' --max-time "$PATIENCE" --fail "${@:2}" "http://$1/{1,2,3,4,5,6,7,8}" -o 'got#1' && cmp www/8 got8
}
to_right() {
    in_left timeout "$PATIENCE" ssh -q -F none -i user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes \
        -o UserKnownHostsFile="$tmp/known" root@192.0.2.2 "$@"
}
login_and_copy() {
    [ "$(to_right echo I am here)" = "I am here" ] && head -c 300000 /dev/urandom > there && to_right cat < there > back && cmp there back
}
echoes() {
    # shellcheck disable=SC2016 # for the inner shell
    in_left timeout "$PATIENCE" bash -c 'exec 3<> /dev/tcp/192.0.2.2/7 && for i in {1..9}; do echo $i >&3 && read -r -u 3 || exit 1; done'
}

# ---- what must show ----

packets() { [ "$(tcpdump -c 1 -r capture "$*" 2> /dev/null | wc -l)" -gt 0 ]; }
no_packets() { ! packets "$@"; }
says() { grep -q -- "$*" trace.json; }
says_no() { ! says "$@"; }
link_type() { grep -q "link-type $1 " capture.log; }

# ---- all of them ----

# The reasons of what fails are left in the scene's directory: failed.made, failed.trace, failed.tshark.
act() { # NAME LINK CAPTURE WHAT-IS-SAID WHAT-MUST-SHOW
    local link capture said shows i
    tmp=$tmp/$1
    export XDG_RUNTIME_DIR=$tmp
    pids=()
    trap 'for pid in "${pids[@]}"; do kill -KILL "$pid"; done' EXIT
    mkdir -p "$tmp/www" && cd "$tmp" || return
    for i in 1 2 3 4 5 6 7 8; do head -c $((i * i * 900)) /dev/urandom > "www/$i"; done
    chmod -R a+rX .
    read -ra link <<< "$2"
    read -ra capture <<< "$3"
    read -ra said <<< "$4"
    read -ra shows <<< "${5:-says ESTABLISHED}"
    if ! { namespaces && "${link[@]}" && "${capture[@]}" && "${said[@]}" && captured; } > made.log 2>&1; then
        tail -n 20 ./*.log > failed.made
        return
    fi
    "$TERN" trace --json --fail-on warning capture > trace.json 2> trace.err ||
        { "$TERN" trace --findings capture && cat trace.err; } > failed.trace
    if ! "${shows[@]}"; then echo "what it must show it does not: ${shows[*]}" > failed.made; fi
    python3 "$here/trace_tshark.py" capture trace.json > tshark.out 2>&1 || cp tshark.out failed.tshark
}
good() { # NAME made|trace|tshark
    if [ -e "$tmp/$1/failed.$2" ]; then
        head -n 20 "$tmp/$1/failed.$2"
        return 1
    fi
    [ -s "$tmp/$1/trace.json" ]
}
explained() {
    python3 "$here/trace_tshark.py" --differences | while read -r name; do grep -F "| $name |" "$TERN_SOURCE/doc/trace.md" || exit; done
}

trim() { sed 's/ *$//; s/^ *//' <<< "$1"; }
names=() running=0
while IFS='|' read -r name link capture said shows; do
    name=$(trim "$name")
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    names+=("$name")
    if [ $running -ge $AT_ONCE ]; then wait -n; else running=$((running + 1)); fi
    act "$name" "$link" "$capture" "$said" "$(trim "$shows")" 2> /dev/null < /dev/null &
done < <(table)
wait
for name in "${names[@]}"; do
    check "$name: a capture is made" good "$name" made
    check "$name: nothing is found" good "$name" trace
    check "$name: tshark agrees" good "$name" tshark
done
check "doc/trace.md explains each difference" explained
# shellcheck disable=SC2016 # for eval
check "no sanitizer complained" eval '! grep -H "Sanitizer\|runtime error" "$tmp"/*/*.{log,err}'
if [ -n "${TRACE_KEEP:-}" ]; then for name in "${names[@]}"; do cp "$tmp/$name/capture" "$TRACE_KEEP/$name"; done; fi
finish
