# Read by the shell tests: TAP lines and an exit status from commands.
#   check NAME COMMAND...   one test, passed when the command succeeds; what it printed is shown when not
#   refuse NAME COMMAND...  one test, passed when the command fails
#   finish                  the plan; exits with 1 when a test failed
tap_n=0
tap_failed=0

tap_result() { # STATUS NAME OUTPUT
    tap_n=$((tap_n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_n - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_n - $2"
        if [ -n "$3" ]; then sed 's/^/# /' <<< "$3"; fi
    fi
}

check() {
    local name=$1 output status=0
    shift
    output=$("$@" 2>&1) || status=$?
    tap_result "$status" "$name" "$output"
}

refuse() {
    local name=$1 output status=1
    shift
    output=$("$@" 2>&1) || status=0
    tap_result "$status" "$name" "$output"
}

finish() {
    echo "1..$tap_n"
    [ "$tap_failed" -eq 0 ]
    exit
}
