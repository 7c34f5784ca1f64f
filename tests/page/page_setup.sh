# shellcheck shell=bash disable=SC2034
# Read by the tests of this directory: node's modules in the build directory, a browser, a temporary directory, $own_network: what runs a
# command in a network of its own. What is not here is no fault of the page: the test is skipped, and says why.
set -u
. "$TERN_SOURCE/tests/support/tap.sh"

skip() {
    echo "1..0 # SKIP $*"
    exit 77
}
for program in node npm; do command -v "$program" > /dev/null || skip "$program is not installed"; done
PAGE_BROWSER=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "chromium is not installed"
# shellcheck disable=SC2188 # whether it opens is the question
if ! { <> /dev/net/tun; } 2> /dev/null; then skip "/dev/net/tun cannot be opened"; fi
own_network=(unshare -n)
if [ "$(id -u)" -ne 0 ]; then own_network=(unshare -Urn); fi
"${own_network[@]}" true 2> /dev/null || skip "no network namespace can be made here"
# From the registry once; what is in npm's cache needs no network.
modules=$TERN_BUILD/page-tests
if ! cmp -s "$TERN_SOURCE/tests/page/package.json" "$modules/done"; then
    mkdir -p "$modules"
    cp "$TERN_SOURCE/tests/page/package.json" "$modules/"
    (cd "$modules" && timeout 120 npm install --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-timeout=20000 > npm.log 2>&1) ||
        skip "npm cannot fetch puppeteer-core and axe-core ($modules/npm.log says why)"
    cp "$modules/package.json" "$modules/done"
fi
export PAGE_BROWSER PAGE_MODULES=$modules/node_modules
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tern-test-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
