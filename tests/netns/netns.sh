# shellcheck shell=bash disable=SC2034,SC2154
# Read by the tests of this directory. Each runs in a network namespace of its own, with a temporary directory $tmp, and ends what it
# started. Documentation addresses: tern is 192.0.2.2 and 2001:db8::2, the kernel's end of the TUN 192.0.2.1 and 2001:db8::1.
#   need PROGRAM...            skips the test when one is missing
#   wait_for COMMAND...        until the command succeeds; gives up after $PATIENCE seconds, which the slowest machine does not need
#   start LOG COMMAND...       in the background, with output into $tmp/LOG; its number is in $started
#   stop PID                   ends it, and waits
#   tern_up LOG OPERAND...     starts tern, and waits until it says that it is ready
#   sound                      a test more: what was started ends when it is asked to, and no sanitizer complained
set -u
export TERN_SOURCE=${TERN_SOURCE:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
export TERN=${TERN:-$TERN_SOURCE/build/tern}
. "$TERN_SOURCE/tests/support/tap.sh"

skip() {
    echo "1..0 # SKIP $*"
    exit 77
}

if [ -z "${TERN_NETNS:-}" ]; then
    export TERN_NETNS=1
    how=(-nm)
    if [ "$(id -u)" -ne 0 ]; then how=(-Urnm); fi
    unshare "${how[@]}" true 2> /dev/null || skip "no network namespace can be made here"
    exec unshare "${how[@]}" "$0" "$@"
fi
# shellcheck disable=SC2188 # whether it opens is the question
if ! { <> /dev/net/tun; } 2> /dev/null; then skip "/dev/net/tun cannot be opened"; fi

tmp=$(mktemp -d "${TMPDIR:-/tmp}/tern-test-XXXXXX")
export XDG_RUNTIME_DIR=$tmp
mount -t tmpfs -o mode=755 tmpfs /run # `tern states` looks into /run/tern, too: whatever else runs on this machine is not there
pids=()
cleanup() {
    local pid
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2> /dev/null; done
    wait 2> /dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT
ip link set lo up

need() {
    local program
    for program in "$@"; do
        command -v "$program" > /dev/null || [ -x "/usr/sbin/$program" ] || skip "$program is not installed"
    done
}

PATIENCE=60
wait_for() {
    local until=$((SECONDS + PATIENCE))
    until "$@" > /dev/null 2>&1; do
        if [ "$SECONDS" -ge "$until" ]; then return 1; fi
        sleep 0.02
    done
}

# LOG PROGRAM...: what is ended later is the process itself, so a function, whose programs would be children of it, is no PROGRAM.
start() {
    local log=$1
    shift
    if [ "$(type -t "$1")" = function ]; then
        echo "start: $1 is a function" >&2
        exit 1
    fi
    : > "$tmp/$log" # now: what an earlier one wrote there must not be taken for ready
    "$@" >> "$tmp/$log" 2>&1 < /dev/null &
    started=$!
    pids+=("$started")
}

stop() {
    local kept=() pid
    kill "$1" 2> /dev/null
    wait "$1" 2> /dev/null
    for pid in "${pids[@]}"; do
        if [ "$pid" != "$1" ]; then kept+=("$pid"); fi
    done
    pids=("${kept[@]}")
}

tern_up() {
    local log=$1
    start "$log" "$TERN" "${@:2}"
    wait_for grep -q 'SIGINT ends it' "$tmp/$log" || {
        cat "$tmp/$log" >&2
        return 1
    }
}

sound() {
    for started in "${pids[@]}"; do stop "$started"; done
    check "no sanitizer complained" eval '! grep -H "Sanitizer\|runtime error" "$tmp"/*.log "$tmp"/*err'
}

# Whether the kernel listens at a port.
listens() { ss -Hltn "sport = :$1" | grep -q .; }

both_ways=(--addr 192.0.2.2/24 --addr 2001:db8::2/64)
