# shellcheck shell=bash
# traffic.sh PAGE.html, in a network namespace of its own: `tern draw --live` of connections that go well and of one that is refused.
set -eu
ip link set lo up
ip address add 192.0.2.1/32 dev lo
"$TERN" --lang en draw --live -i lo --filter 'host 192.0.2.1' -o "$1" 2> "$1.err" &
tern=$!
until grep -q 'Ctrl-C ends it' "$1.err"; do
    kill -0 "$tern"
    sleep 0.02
done
timeout 60 node -e '
const net = require("net");
const server = net.createServer((s) => s.end("hello".repeat(2000))).listen(8080, "192.0.2.1", async () => {
  const call = (port) => new Promise((done) => net.connect(port, "192.0.2.1").on("error", done).on("close", done).resume());
  for (const port of [8080, 9, 8080]) await call(port);
  server.close();
});'
kill -INT "$tern"
wait "$tern"
