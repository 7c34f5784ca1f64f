# shellcheck shell=bash disable=SC2034
# Read by the tests of this directory: node's modules in the build directory, a browser, a temporary directory.
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
modules=$TERN_BUILD/page-tests
if [ ! -e "$modules/done" ]; then
    mkdir -p "$modules"
    cp "$TERN_SOURCE/tests/page/package.json" "$modules/"
    (cd "$modules" && timeout 180 npm install --no-audit --no-fund > npm.log 2>&1 && touch done) || skip "npm cannot fetch puppeteer-core and axe-core"
fi
export PAGE_BROWSER PAGE_MODULES=$modules/node_modules
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tern-test-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
