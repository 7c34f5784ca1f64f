#!/bin/bash
# What `meson install` gives to a program that embeds tern: headers for C17 and C++17, a .pc file, a shared and a static library.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
. tests/support/installed.sh

check "soname libtern.so.0" eval 'readelf -d "$library" | grep -q "SONAME.*\[libtern.so.0\]"'
check "only tern_ is exported" eval '! nm -D --defined-only "$library" | awk "{ print \$NF }" | grep -v "^tern_"'
for header in include/tern/*.h; do
    name=tern/${header##*/}
    echo "#include <$name>" > "$tmp/one.c"
    cp "$tmp/one.c" "$tmp/one.cpp"
    check "<$name> is complete in C17" gcc -std=c17 "${warnings[@]}" "${flags[@]}" -fsyntax-only "$tmp/one.c"
    check "<$name> is complete in C++17" g++ -std=c++17 "${warnings[@]}" "${flags[@]}" -fsyntax-only "$tmp/one.cpp"
done

cat > "$tmp/program.c" << 'EOF'
#include <string.h>
#include <tern/types.h>
int main(int argc, char **argv) { return argc != 2 || strcmp(tern_version(), argv[1]) != 0; }
EOF
version=$(pkg-config --modversion tern)
check "a program links with the shared library" gcc -std=c17 "${flags[@]}" "$tmp/program.c" -o "$tmp/shared" "${libs[@]}"
check "and tern_version() is the .pc file's" env LD_LIBRARY_PATH="${library%/*}" "$tmp/shared" "$version"
unset PKG_CONFIG_SYSROOT_DIR
mapfile -t private < <(pkg-config --print-requires-private tern | xargs -r pkg-config --libs | xargs -n 1)
check "a program links with the static library" gcc -std=c17 "${flags[@]}" "$tmp/program.c" -o "$tmp/static" "$archive" "${private[@]}"
check "and runs" "$tmp/static" "$version"
finish
