#!/bin/bash
# Captures of healthy connections between real programs and kernels: tern trace finds no fault in any of them (remarks are none),
# and agrees with tshark about each packet (trace_tshark.py knows the differences).
#
#   left: veth0 192.0.2.1/24, 2001:db8::1/64      <-- veth, or tern wire -->      right: veth0 192.0.2.2/24, 2001:db8::2/64
#
# Each scene has two namespaces of its own and leaves its capture in $tmp/NAME. A few run at once. TRACE_KEEP=DIRECTORY keeps the
# captures.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3 tcpdump tshark editcap curl nginx ssh sshd ssh-keygen
[ "$(awk '{ print $2 " " $3 }' /proc/self/uid_map)" = "0 4294967295" ] || skip "tcpdump and sshd want real root"
here=$TERN_SOURCE/tests/netns
AT_ONCE=4

# ---- what scenes are made of; each runs in a subshell whose directory is $dir ----

in_left() { nsenter -t "$left" -n "$@"; }
in_right() { nsenter -t "$right" -n "$@"; }
both() { in_left "$@" && in_right "$@"; }
set_up() { both bash -c "echo '$2' > /proc/sys/net/ipv4/$1"; } # SYSCTL VALUE: of both ends
fresh() { ! [ "/proc/$1/ns/net" -ef /proc/self/ns/net ]; }

namespaces() {
    start left.log unshare -n sleep 300
    left=$started
    start right.log unshare -n sleep 300
    right=$started
    # A program that must wait for the processor is no fault of the connection, and should not look like one: no tail loss probes, room
    # for all that a reader has yet to read (and patient retransmission timers, below).
    wait_for fresh "$left" && wait_for fresh "$right" && both ip link set lo up && set_up tcp_early_retrans 0 &&
        set_up tcp_rmem '4096 4000000 6291456'
}

addresses() { # DEVICE: nodad, so that they can be used at once
    in_left ip address add 192.0.2.1/24 dev "$1" && in_left ip address add 2001:db8::1/64 dev "$1" nodad &&
        in_right ip address add 192.0.2.2/24 dev "$1" && in_right ip address add 2001:db8::2/64 dev "$1" nodad &&
        both ip link set "$1" up && patient "$1"
}
patient() { both ip route replace 192.0.2.0/24 dev "$1" rto_min 5s && both ip -6 route replace 2001:db8::/64 dev "$1" metric 256 rto_min 5s; }

veth() { # [MTU]
    device=veth0
    in_left ip link add veth0 mtu "${1:-1500}" type veth peer name veth0 mtu "${1:-1500}" netns "$right" && addresses veth0
}

has_address() { both ip address show dev tun0 up | grep -c 'inet6 2' | grep -q 2; }
wired() { # OPTION...: of tern wire
    device=tun0
    start wire.log "$TERN" wire "$left:tun0:192.0.2.1/24,2001:db8::1/64" "$right:tun0:192.0.2.2/24,2001:db8::2/64" "$@"
    wire=$started
    wait_for has_address && patient tun0
}

offloads() { both python3 "$here/offload.py" "$device" "$@"; }
talk() { timeout 20 python3 "$here/trace_talk.py" "$1" "$left" "$right" "${@:2}"; }

# A place in the kernel's ring is as large as the longest packet may be: what offloads make, or what a TUN device has.
capture() { # left|right|middle [OPTION...]: of tcpdump
    local longest=66000
    if [[ $device == tun* ]] || [[ $device == tap* ]]; then longest=2000; fi
    capturing=$1
    start capture.log "in_$1" tcpdump -i "$device" -U --immediate-mode -B 65536 -Z root -s $longest -w "$dir/capture" "${@:2}"
    dumper=$started
    wait_for grep -q 'listening on' "$dir/capture.log"
}

# Packets are captured in order: when this one, from the other end, is there the others are.
captured() {
    local other=left to=192.0.2.2
    if [ "$capturing" = left ]; then other=right to=192.0.2.1; fi
    "in_$other" bash -c "echo the-last-packet > /dev/udp/$to/9"
    wait_for grep -aq the-last-packet "$dir/capture" && stop_capture
}
stop_capture() {
    stop "$dumper"
    ! grep -q '[1-9][0-9]* packets* dropped by kernel' "$dir/capture.log"
}

run_talk() { namespaces && "${link[@]}" && capture "${where[@]}" && talk "$@" && captured; }

# ---- scenes ----

scenes=()
scene() { # NAME 'LINK' 'CAPTURE' CONVERSATION [KEY=VALUE...]
    eval "$(printf 'scene_%s() { local link=(%s) where=(%s); run_talk %s; }' "$1" "$2" "$3" "${*:4}")"
    scenes+=("$1")
}
scene asks veth right asks
scene server_closes veth left server-closes
scene both_close 'wired --up delay=10ms --down delay=10ms' right together
scene both_close_v6 'wired --up delay=10ms --down delay=10ms' left together to=2001:db8::2
scene both_open 'wired --up delay=10ms --down delay=10ms' right both-open
scene half_close veth right half-close
scene up_offloaded veth left up bytes=4000000
scene down_offloaded veth right down bytes=4000000
scene both_ways veth right both-ways
scene both_ways_v6 veth left both-ways to=2001:db8::2
scene many veth right many
scene crowd veth left crowd
scene typing veth right typing
scene typing_far 'wired --up delay=5ms --down delay=5ms' right typing
scene delayed_acks veth right delayed-acks rounds=10
scene nagle veth left nagle rounds=5
scene nagle_far 'wired --up delay=5ms --down delay=5ms' left nagle rounds=5
scene urgent veth right urgent
scene ipv6 veth right asks to=2001:db8::2
scene one_sided veth 'right -Q in' asks
scene one_sided_answers veth 'left -Q in' down
scene cut_short veth 'right -s 96' asks
scene cut_bulk veth 'right -s 60' both-ways
scene small_mss veth 'left -s 2000' both-ways mss=200 bytes=50000 piece=4000
scene jumbo 'veth 9000' right both-ways
scene small_buffer veth right steps rcvbuf=8192 rounds=100
scene large_window veth right down rcvbuf=8000000 bytes=4000000
scene nanoseconds veth 'left --time-stamp-precision=nano' asks
scene raw wired right asks
scene bulk_far 'wired --up delay=5ms,rate=100M --down delay=5ms' right up
scene bulk_far_v6 'wired --up delay=5ms,rate=100M --down delay=5ms' left up to=2001:db8::2
scene idle veth right idle
scene same_port veth left same-port rounds=5

without() { veth && offloads tso=off gso=off gro=off "$@"; }
scene plain_up without 'left -s 2000' up
scene plain_down 'without tx=off sg=off' 'left -s 2000' down
receiving() { veth && offloads tso=off gso=off gro=on; }
scene merged receiving right up

adjusted() { set_up "$1" "$2" && veth; }
scene no_timestamps 'adjusted tcp_timestamps 0' right both-ways
scene no_scaling 'adjusted tcp_window_scaling 0' right both-ways
scene no_sack 'adjusted tcp_sack 0' left both-ways
scene ecn 'adjusted tcp_ecn 1' right both-ways
scene fast_open 'adjusted tcp_fastopen 3' left fast-open rounds=3

on_any() { veth && device=any; }
scene cooked on_any 'right -y LINUX_SLL2' asks
scene cooked_old on_any 'left -y LINUX_SLL' both-ways

trunk() { # TPID:VID...: not every kernel has VLAN devices, so the switch is our own
    start middle.log unshare -n sleep 300
    middle=$started
    wait_for fresh "$middle" && in_middle bash -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6' || return 1
    start trunk.log in_middle python3 "$here/trace_trunk.py" "$left" "$right" "$@"
    wait_for grep -q ready "$dir/trunk.log" && addresses tap0 && device=trunk1
}
in_middle() { nsenter -t "$middle" -n "$@"; }
scene vlan 'trunk 8100:5' middle asks
scene vlan_v6 'trunk 8100:4094' middle both-ways bytes=100000 to=2001:db8::2
scene vlan_in_vlan 'trunk 88a8:7 8100:5' middle asks

# One namespace with both ends in it.
loopback() {
    device=lo
    left=$right
    in_right ip address add 192.0.2.2/32 dev lo
}
scene loopback loopback right both-ways

# A scene with other programs: what is said is the function |said_NAME|.
acted() { # NAME 'LINK' 'CAPTURE'
    eval "$(printf 'scene_%s() { local link=(%s) where=(%s); namespaces && "${link[@]}" && before_%s && capture "${where[@]}" &&
        said_%s && captured; }' "$1" "$2" "$3" "${4:-$1}" "$1")"
    scenes+=("$1")
}
in_right_listens() { in_right ss -Hltn "sport = :$1" | grep -q .; }
files() {
    local i
    mkdir "$dir/www"
    for i in 1 2 3 4 5 6 7 8; do head -c $((i * i * 900)) /dev/urandom > "$dir/www/$i"; done
    chmod -R a+rX "$dir"
}
get() { in_left curl -q -sS --noproxy '*' --max-time 20 --fail "${@:2}" "http://$1/[1-8]" -o "$dir/got#1" && cmp "$dir/www/8" "$dir/got8"; }

# Several files from nginx: on one connection, and each on its own.
before_nginx() {
    files
    cat > "$dir/nginx.conf" << END
daemon off; master_process off; pid $dir/nginx.pid; error_log $dir/error.log;
events {}
http { access_log off; client_body_temp_path $dir/a; proxy_temp_path $dir/b; fastcgi_temp_path $dir/c; uwsgi_temp_path $dir/d;
scgi_temp_path $dir/e; server { listen 80; listen [::]:80; root $dir/www; } }
END
    start nginx.log in_right /usr/sbin/nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf"
    wait_for in_right_listens 80
}
said_keep_alive() { get 192.0.2.2; }
said_keep_alive_v6() { get '[2001:db8::2]'; }
said_http10() { get 192.0.2.2 -0; }
said_http_far() { get 192.0.2.2; }
said_http_parallel() { get 192.0.2.2 -Z; }
acted keep_alive veth right nginx
acted keep_alive_v6 veth left nginx
acted http10 veth right nginx
acted http_far 'wired --up delay=10ms --down delay=10ms,rate=50M' left nginx
acted http_parallel veth right nginx

# A login, and a copy both ways, by ssh.
before_ssh() {
    [ -d /run/sshd ] || mkdir -m 755 /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f "$dir/host" && ssh-keygen -q -t ed25519 -N '' -f "$dir/user" || return 1
    cp "$dir/user.pub" "$dir/authorized"
    cat > "$dir/sshd_config" << END
Port 22
HostKey $dir/host
PidFile $dir/sshd.pid
AuthorizedKeysFile $dir/authorized
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
END
    start sshd.log in_right /usr/sbin/sshd -D -e -f "$dir/sshd_config"
    wait_for in_right_listens 22
}
ssh_to() {
    in_left timeout 20 ssh -q -F none -i "$dir/user" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes \
        -o UserKnownHostsFile="$dir/known" root@192.0.2.2 "$@"
}
said_ssh() {
    head -c 300000 /dev/urandom > "$dir/there"
    [ "$(ssh_to echo I am here)" = "I am here" ] && ssh_to cat < "$dir/there" > "$dir/back" && cmp "$dir/there" "$dir/back"
}
said_ssh_far() { said_ssh; }
acted ssh veth left
acted ssh_far 'wired --up delay=10ms --down delay=10ms' right ssh

# tern against the kernel of its own namespace, over a TUN device.
terned() { # COMMAND OPERAND...
    device=tern0
    left=$right
    start tern.log in_right "$TERN" "$1" --tun tern0 --addr 192.0.2.2/24 --peer 192.0.2.1/24 "${@:2}"
    wait_for grep -q 'SIGINT ends it' "$dir/tern.log" && in_right ip route replace 192.0.2.0/24 dev tern0 rto_min 5s
}
tern_http() { files && terned serve http "$dir/www"; }
tern_http_plain() { files && terned serve --plain http "$dir/www"; }
tern_relay() { terned relay --listen 80 --to 127.0.0.1:80; }
tern_opens() { terned relay --from-kernel --listen 8080 --to 192.0.2.1:80; }
tern_echo() { terned serve echo; }
before_none() { :; }
said_tern_serve() { get 192.0.2.2; }
said_tern_serve_plain() { get 192.0.2.2 -0; }
said_tern_relay() { get 192.0.2.2; }
said_tern_opens() { get 127.0.0.1:8080; }
said_tern_echo() { in_left bash -c 'exec 3<> /dev/tcp/192.0.2.2/7 && for i in {1..9}; do echo $i >&3 && read -r -u 3 -t 9 x || exit 1; done'; }
acted tern_serve tern_http right none
acted tern_serve_plain tern_http_plain right none
acted tern_relay tern_relay right nginx
acted tern_opens tern_opens right nginx
acted tern_echo tern_echo right none

# Other capturing programs: Wireshark's, with pcapng, and the wire itself.
scene_pcapng() {
    namespaces && veth || return 1
    start capture.log in_right dumpcap -q -i veth0 -w "$dir/capture"
    dumper=$started capturing=right
    wait_for grep -q '^File: ' "$dir/capture.log" && talk asks && captured
}
scene_of_wire() {
    namespaces && wired --up delay=1ms --down delay=1ms --pcap "$dir/capture" && talk asks && stop "$wire"
}
scenes+=(pcapng of_wire)

# The middle of a capture: neither its beginning nor its end.
middle() { editcap -r "$dir/whole" "$dir/capture" "$1"; }
scene_begun_late() { scene_both_ways && mv "$dir/capture" "$dir/whole" && middle 30-100000; }
scene_ended_early() { scene_both_ways && mv "$dir/capture" "$dir/whole" && middle 1-40; }
scene_middle() { scene_asks && mv "$dir/capture" "$dir/whole" && middle 12-30; }
scenes+=(begun_late ended_early middle)

# ---- what a scene must show, so that it is what its name says ----

packets() { tcpdump -c 1 -r "$dir/capture" "$1" 2> /dev/null | grep -q .; }
no_packets() { ! packets "$1"; }
says() { grep -q -- "$1" "$dir/trace.json"; }
says_no() { ! says "$1"; }
link_type() { grep -q "link-type $1 " "$dir/capture.log"; }
declare -A shows=(
    [both_close]='says \"state\":\"CLOSING\".*\"state\":\"CLOSING\"'
    [both_open]='says \"state\":\"SYN-RECEIVED\".*\"state\":\"SYN-RECEIVED\"'
    [half_close]='says \"side\":\"b\".*\"len\":[1-9].*\"FIN-WAIT-2\"'
    [up_offloaded]='packets tcp\ and\ greater\ 10000'
    [down_offloaded]='packets tcp\ and\ greater\ 10000'
    [plain_up]='no_packets tcp\ and\ greater\ 1515'
    [plain_down]='no_packets tcp\ and\ greater\ 1515'
    [merged]='packets tcp\ and\ greater\ 2800'
    [many]='says \"connections\":20,'
    [crowd]='says \"connections\":20,'
    [urgent]='packets tcp[13]\&32!=0'
    [one_sided]='says \"one_sided\":true'
    [one_sided_answers]='says \"one_sided\":true'
    [cut_short]='says_no \"cut\":0,'
    [cut_bulk]='says_no \"cut\":0,'
    [small_mss]='says \"mss\":200,'
    [jumbo]='says \"mss\":8960,'
    [nanoseconds]='says \"at\":[0-9]*[1-9],'
    [raw]='link_type RAW'
    [cooked]='link_type LINUX_SLL2'
    [cooked_old]='link_type LINUX_SLL'
    [idle]='says \"keepalive-answer\":2'
    [no_timestamps]='says_no ts_val'
    [no_scaling]='says_no wscale'
    [no_sack]='says_no sack_permitted'
    [ecn]='packets tcp[13]\&0xc2==0xc2'
    [fast_open]='says SYN\ seq\ 0\ len\ 10'
    [vlan]='packets vlan\ 5\ and\ tcp'
    [vlan_v6]='packets vlan\ 4094\ and\ ip6'
    [vlan_in_vlan]='packets vlan\ 7\ and\ vlan\ 5\ and\ tcp'
    [begun_late]='says \"began_in_middle\":true'
    [middle]='says \"began_in_middle\":true'
)

# ---- all of them ----

# What is judged is left in the scene's directory: failed.made, failed.trace, failed.tshark with the reason.
act() { # SCENE
    dir=$tmp/$1
    tmp=$dir
    export XDG_RUNTIME_DIR=$dir
    pids=()
    mkdir "$dir"
    trap 'for pid in "${pids[@]}"; do kill -KILL "$pid"; done' EXIT
    if ! "scene_$1" > "$dir/made.log" 2>&1; then
        tail -n 20 "$dir"/*.log > "$dir/failed.made"
        return
    fi
    "$TERN" trace --json --fail-on warning "$dir/capture" > "$dir/trace.json" 2> "$dir/trace.err" ||
        { "$TERN" trace --findings "$dir/capture" && cat "$dir/trace.err"; } > "$dir/failed.trace"
    shown=${shows[$1]:-says ESTABLISHED}
    if ! eval "$shown"; then echo "it does not show what it should: $shown" > "$dir/failed.made"; fi
    python3 "$here/trace_tshark.py" "$dir/capture" "$dir/trace.json" > "$dir/tshark.out" 2>&1 || cp "$dir/tshark.out" "$dir/failed.tshark"
}
good() { # SCENE made|trace|tshark
    if [ -e "$tmp/$1/failed.$2" ]; then
        head -n 20 "$tmp/$1/failed.$2"
        return 1
    fi
    [ -s "$tmp/$1/trace.json" ]
}

if [ $# -gt 0 ]; then scenes=("$@"); fi
running=0
for name in "${scenes[@]}"; do
    if [ $running -ge $AT_ONCE ]; then wait -n; else running=$((running + 1)); fi
    act "$name" 2> /dev/null &
done
wait
for name in "${scenes[@]}"; do
    check "$name: a capture is made" good "$name" made
    check "$name: nothing is found" good "$name" trace
    check "$name: tshark agrees" good "$name" tshark
done
check "no sanitizer complained" eval '! grep -H "Sanitizer\|runtime error" "$tmp"/*/*.{log,err}'
if [ -n "${TRACE_KEEP:-}" ]; then for name in "${scenes[@]}"; do cp "$tmp/$name/capture" "$TRACE_KEEP/$name"; done; fi
finish
