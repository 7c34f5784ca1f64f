#!/bin/bash
# doc/options.md is what the code's table of socket options says, and names every option of the list.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$TERN_BUILD/tests/make_options" > "$dir/options.md"
check "doc/options.md is what tests/make_options prints" diff "$dir/options.md" doc/options.md

row() { grep -q "^| $1 | $2 |" doc/options.md; }
for name in REUSEADDR REUSEPORT KEEPALIVE LINGER RCVBUF SNDBUF RCVTIMEO SNDTIMEO RCVLOWAT OOBINLINE MARK PRIORITY ZEROCOPY TIMESTAMPING; do
    check "SO_$name works" row "SO_$name" "get, set"
done
for name in ERROR TYPE DOMAIN PROTOCOL ACCEPTCONN; do check "SO_$name can be asked for" row "SO_$name" get; done
for name in NODELAY CORK MAXSEG KEEPIDLE KEEPINTVL KEEPCNT SYNCNT LINGER2 DEFER_ACCEPT QUICKACK WINDOW_CLAMP USER_TIMEOUT CONGESTION \
    NOTSENT_LOWAT INQ TIMESTAMP FASTOPEN FASTOPEN_CONNECT FASTOPEN_KEY SAVE_SYN; do
    check "TCP_$name works" row "TCP_$name" "get, set"
done
for name in INFO SAVED_SYN; do check "TCP_$name can be asked for" row "TCP_$name" get; done
for name in MD5SIG MD5SIG_EXT AO_ADD_KEY AO_DEL_KEY; do check "TCP_$name can be set" row "TCP_$name" set; done
check "TCP_AO_INFO works" row TCP_AO_INFO "get, set"
check "TCP_AO_GET_KEYS can be asked for" row TCP_AO_GET_KEYS get
for name in IP_TOS IP_TTL IP_MTU_DISCOVER IP_RECVERR IP_FREEBIND IP_TRANSPARENT IPV6_UNICAST_HOPS IPV6_TCLASS IPV6_V6ONLY IPV6_RECVERR; do
    check "$name works" row "$name" "get, set"
done
for name in IP_MTU IPV6_MTU; do check "$name can be asked for" row "$name" get; done
# Nothing but what the issue allows to fail does so.
check "four options fail" diff <(sed -n 's/^| \([A-Z_0-9]*\) | ENOPROTOOPT .*/\1/p' doc/options.md | sort) \
    <(printf '%s\n' SO_BINDTODEVICE SO_INCOMING_CPU TCP_REPAIR TCP_ULP)
finish
