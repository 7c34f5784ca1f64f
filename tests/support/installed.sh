# Read by the tests of what is installed: puts the tree into $tmp/root, and says how a program is built with it.
#   $library $archive    the shared and the static library
#   $flags $libs         what pkg-config says (arrays)
#   $warnings            the compilers' warnings that no program of ours may meet
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

install_tree() {
    DESTDIR=$tmp/root meson install -C "$TERN_BUILD" --no-rebuild --quiet
}
check "meson install" install_tree

pc=$(find "$tmp/root" -name tern.pc)
library=$(find "$tmp/root" -name 'libtern.so')
archive=$(find "$tmp/root" -name 'libtern.a')
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$tmp/root
mapfile -t flags < <(pkg-config --cflags tern | xargs -n 1)
mapfile -t libs < <(pkg-config --libs tern | xargs -n 1)
warnings=(-Wall -Wextra -Wpedantic -Werror)
