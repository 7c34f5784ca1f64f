#!/bin/bash
# tern trace on a capture for each finding, made by programs over two kernels through tern wire with that fault put in:
# fault_cases.py, fault_ecn.py and fault_ends.py have the cases and what each must find, fault_net.py the network.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need python3 tshark curl nc.openbsd busybox ip ss
[ -w /proc/sys/net/ipv4/tcp_sack ] || skip "the kernel's TCP cannot be set here"
export TMPDIR=$tmp
python3 "$TERN_SOURCE/tests/netns/trace_faults.py" "$TERN_SOURCE/src/capture/finding.h" "$@"
