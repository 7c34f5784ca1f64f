#!/bin/bash
# tern connect fetches files from nginx.
# shellcheck source=tests/netns/netns.sh
. "${0%/*}/netns.sh"
need nginx

mkdir "$tmp/www"
head -c 20000000 /dev/urandom > "$tmp/www/bulk"
chmod -R a+rX "$tmp"
cat > "$tmp/nginx.conf" << END
daemon off; master_process off; pid $tmp/nginx.pid; error_log $tmp/error.log;
events {}
http { access_log off; client_body_temp_path $tmp/a; proxy_temp_path $tmp/b; fastcgi_temp_path $tmp/c; uwsgi_temp_path $tmp/d;
scgi_temp_path $tmp/e; server { listen 8080; listen [::]:8080; root $tmp/www; } }
END
PATH=$PATH:/usr/sbin start nginx.log nginx -p "$tmp" -e "$tmp/error.log" -c "$tmp/nginx.conf"
nginx=$started
wait_for listens 8080 || exit 1

# nginx drops a client that half-closes, so stdin stays open; tern ends when nginx closes.
mkfifo "$tmp/in"
exec 8<> "$tmp/in"
call() {
    printf '%b' "$2" >&8
    timeout "$PATIENCE" "$TERN" connect --tun tern1 "${both_ways[@]}" --peer 192.0.2.1/24 --peer 2001:db8::1/64 "$1" 8080 < "$tmp/in"
}
# The body begins behind the empty line.
fetch() { call "$1" 'GET /bulk HTTP/1.0\r\n\r\n' | sed '1,/^\r$/d' | cmp - "$tmp/www/bulk"; }
keep_alive() {
    local request='HEAD /bulk HTTP/1.1\r\nHost: x\r\n\r\n'
    [ "$(call 192.0.2.1 "$request$request${request/Host/Connection: close\\r\\nHost}" | grep -c '^HTTP/1.1 200')" = 3 ]
}
check "a file of 20 MB, IPv4" fetch 192.0.2.1
check "a file of 20 MB, IPv6" fetch 2001:db8::1
check "three requests on one connection" keep_alive
check "nginx lives" kill -0 "$nginx"
sound
finish
