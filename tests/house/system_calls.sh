#!/bin/bash
# doc/system-calls.md is the table by which the jail's filter is made, and the commands that have a jail say so.
set -u
cd "$TERN_SOURCE" || exit 1
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$TERN" serve --system-calls --lang en > "$dir/page.md"
check "doc/system-calls.md is made by tern serve --system-calls" diff "$dir/page.md" doc/system-calls.md
for command in connect relay wire trace draw attack; do
    check "$command prints the same" eval '"$TERN" $command --system-calls --lang en | cmp - "$dir/page.md"'
done
refuse "a command without a jail has no such option" "$TERN" sim --system-calls
refuse "nor has the demo" "$TERN" demo --no-jail
refuses() { "$TERN" "${@:2}" --lang en 2>&1 | grep -q -- "$1"; }
check "--no-jail is of live captures" refuses "for -i only" trace --no-jail file.pcap
check "of pages, too" refuses "with --live only" draw --no-jail file.pcap -o page.html
check "--user goes not with --no-jail" refuses "leaves it away" serve --no-jail --user nobody echo
# No call that would open, start, trace or signal something else is in the table under a name of its own.
for call in open creat execve execveat fork vfork clone clone3 ptrace kill tkill pidfd_send_signal mount umount2 setns unshare \
    process_vm_readv process_vm_writev init_module bpf io_uring_setup keyctl reboot swapon chroot pivot_root rename link symlink \
    chmod chown truncate unlink prctl seccomp socketpair listen; do
    refuse "$call is not in the table" grep -q "\`$call\`" doc/system-calls.md
done
check "only an attack, in its own namespace, binds" eval '[ "$(grep "\`bind\`" doc/system-calls.md | cut -d "|" -f 3)" = " attack " ]'
finish
