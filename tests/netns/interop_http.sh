#!/bin/bash
# curl and wget against tern's HTTP server, over IPv4 and IPv6.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need curl wget sha256sum

mkdir -p "$tmp/www/sub" "$tmp/www/index"
head -c 8000000 /dev/urandom > "$tmp/www/bulk"
echo small > "$tmp/www/sub/small.txt"
echo '<p>index' > "$tmp/www/index/index.html"
: > "$tmp/www/empty"
echo secret > "$tmp/secret"
ln -s ../secret "$tmp/www/link"
ln -s sub/small.txt "$tmp/www/inside"
mkfifo "$tmp/www/fifo"
tern_up serve.log serve "${both_ways[@]}" http "$tmp/www" || exit 1

four=http://192.0.2.2
six='http://[2001:db8::2]'
get() { curl -q -sS --noproxy '*' --max-time "$PATIENCE" "$@"; }
status() { [ "$(get -o /dev/null -w '%{http_code}' "${@:2}")" = "$1" ]; }
same() { cmp "$tmp/$1" "$tmp/got"; }
fetched() { get -o "$tmp/got" "$1" && same www/bulk; }
wgot() { wget -q --no-proxy --timeout=20 --tries=1 -O "$tmp/got" "$1" && same www/bulk; }
twice() { [ "$(get -o /dev/null -o /dev/null -w '%{num_connects}' "$four/empty" "$four/sub/small.txt")" = 10 ]; }
head_only() { get -I "$four/bulk" | grep -q '^Content-Length: 8000000'; }
has() { get "${@:2}" | grep -q -- "$1"; }
ten() {
    local i work=()
    for i in 1 2 3 4 5 6 7 8 9 10; do
        get -o "$tmp/got$i" "$four/bulk" &
        work+=($!)
    done
    wait "${work[@]}"
    for i in 1 2 3 4 5 6 7 8 9 10; do cmp "$tmp/www/bulk" "$tmp/got$i" || return 1; done
}

check "curl fetches a file, IPv4" fetched "$four/bulk"
check "curl fetches a file, IPv6" fetched "$six/bulk"
check "wget fetches a file, IPv4" wgot "$four/bulk"
check "wget fetches a file, IPv6" wgot "$six/bulk"
check "ten curls at once" ten
check "an empty file" status 200 "$four/empty"
check "a small file" has small "$four/sub/small.txt"
check "HEAD has the length and no body" head_only
check "two requests on one connection" twice
check "HTTP/1.0" has small --http1.0 "$four/sub/small.txt"
check "a directory is listed" has 'href="sub/"' "$four/"
check "a directory's index.html is served" has '<p>index' "$four/index/"
check "a directory without slash is redirected" status 301 "$four/sub"
check "curl follows the redirection" has small.txt -L "$four/sub"
check "404 for what is not there" status 404 "$four/nothing"
check "405 for POST" status 405 -d x "$four/bulk"
check "403 for a path that climbs out" status 403 --path-as-is "$four/../secret"
check "403 for an encoded path that climbs out" status 403 --path-as-is "$four/%2e%2e/secret"
check "403 for a symbolic link that leads out" status 403 "$four/link"
check "a symbolic link that stays inside" has small "$four/inside"
check "403 for a fifo" status 403 "$four/fifo"
check "400 for a bad escape" status 400 --path-as-is "$four/%zz"
check "400 without Host" status 400 -H 'Host:' "$four/"
check "the server lives" kill -0 "$started"
sound
finish
