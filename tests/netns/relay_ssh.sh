#!/bin/bash
# OpenSSH through tern relay, both ways: a login, and an scp of 100 MB.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need sshd ssh scp ssh-keygen
[ "$(awk '{ print $2 " " $3 }' /proc/self/uid_map)" = "0 4294967295" ] || skip "sshd wants real root"
[ -d /run/sshd ] || mkdir -p -m 755 /run/sshd || skip "sshd wants /run/sshd"

ssh-keygen -q -t ed25519 -N '' -f "$tmp/host" || exit 1
ssh-keygen -q -t ed25519 -N '' -f "$tmp/user" || exit 1
cp "$tmp/user.pub" "$tmp/authorized"
chmod 700 "$tmp"
cat > "$tmp/sshd_config" << END
Port 2222
ListenAddress 0.0.0.0
HostKey $tmp/host
PidFile $tmp/sshd.pid
AuthorizedKeysFile $tmp/authorized
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
END
start sshd.log /usr/sbin/sshd -D -e -f "$tmp/sshd_config"
wait_for listens 2222 || exit 1
options=(-q -F none -i "$tmp/user" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile="$tmp/known" -o BatchMode=yes
    -o ConnectTimeout=60)
head -c 100000000 /dev/urandom > "$tmp/bulk"

login() { [ "$(timeout "$PATIENCE" ssh "${options[@]}" -p "$2" "root@$1" echo I am here)" = "I am here" ]; }
copy() {
    rm -f "$tmp/there" "$tmp/back"
    timeout 120 scp "${options[@]}" -P "$2" "$tmp/bulk" "root@$1:$tmp/there" && cmp "$tmp/bulk" "$tmp/there"
}
copy_back() { timeout 120 scp "${options[@]}" -P "$2" "root@$1:$tmp/bulk" "$tmp/back" && cmp "$tmp/bulk" "$tmp/back"; }

tern_up relay.log relay --tun tern0 --addr 192.0.2.2/24 --listen 22 --to 127.0.0.1:2222 || exit 1
check "a login through tern to the kernel" login 192.0.2.2 22
check "scp of 100 MB through tern to the kernel" copy 192.0.2.2 22
check "scp of 100 MB the other way" copy_back 192.0.2.2 22
stop "$started"

tern_up relay.log relay --tun tern1 --addr 198.51.100.2/24 --from-kernel --listen 2200 --to 198.51.100.1:2222 || exit 1
check "a login from the kernel through tern" login 127.0.0.1 2200
check "scp of 100 MB from the kernel through tern" copy 127.0.0.1 2200
stop "$started"
sound
finish
