#!/bin/bash
# The layers that threads meet in (sock, net, and all beneath), with every call racing close() and the net's end, under
# ThreadSanitizer. A build of its own, of these layers alone: nothing else of the tree has threads.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

command -v clang > /dev/null || {
    echo "1..0 # SKIP clang is not installed"
    exit 77
}
layers=(base wire trace cc tcp stack path link sock net)
paths=(-Iinclude -Itests/unit -Itests/sock)
sources=(tests/sock/cable.c)
for layer in "${layers[@]}"; do
    paths+=("-Isrc/$layer")
    while read -r name; do sources+=("src/$layer/$name"); done < <(grep -o "[a-z0-9_]*\.c" "src/$layer/meson.build" | sort -u)
done
compile() { # SOURCE
    clang -std=c17 -D_GNU_SOURCE -DTERN_VERSION='"0"' -O1 -g -fsanitize=thread "${paths[@]}" -c -o "$tmp/$(tr / _ <<< "$1").o" "$1"
}
build() {
    local source
    for source in "${sources[@]}"; do compile "$source" & if (($(jobs -rp | wc -l) >= $(nproc))); then wait -n; fi; done
    wait
    [ "$(ls "$tmp" | wc -l)" -eq ${#sources[@]} ]
}
mapfile -t libs < <(PKG_CONFIG_PATH=$TERN_BUILD/meson-private pkg-config --print-requires-private tern | xargs pkg-config --libs | xargs -n 1)
check "the layers are built with ThreadSanitizer" build
for name in net_descriptor net_calls net_wait net_race; do
    check "$name is built" clang -std=c17 -D_GNU_SOURCE -O1 -g -fsanitize=thread "${paths[@]}" -o "$tmp/$name" "tests/unit/test_$name.c" "$tmp"/*.o -lcmocka "${libs[@]}"
    check "$name: no data race" timeout 400 env TSAN_OPTIONS='halt_on_error=1 exitcode=66' "$tmp/$name"
done
finish
