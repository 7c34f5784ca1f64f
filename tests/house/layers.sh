#!/bin/bash
# A layer's target finds the headers of the layers below it, and no other: a wrong include does not compile.
set -eu
cd "$TERN_BUILD"
. "$TERN_SOURCE/tests/support/tap.sh"

# What each layer may see besides itself (doc/design.md); src/meson.build has to agree.
layers=(base wire trace cc tcp stack path link sock net plugin draw words story sim scenario capture drill diagram page explain cli)
declare -A sees=(
    [base]=''
    [wire]='base'
    [trace]='base wire'
    [cc]='base trace'
    [tcp]='base wire trace cc'
    [stack]='base wire trace cc tcp'
    [path]='base'
    [link]='base wire path'
    [sock]='base wire trace cc tcp stack'
    [net]='base wire trace cc tcp stack link sock'
    [plugin]='base wire trace cc tcp stack sock'
    [draw]='base wire trace cc tcp link'
    [words]='base'
    [story]='base wire trace draw words'
    [sim]='base wire trace cc tcp stack path link draw words story'
    [scenario]='base wire trace cc tcp stack path link draw words story sim'
    [capture]='base wire trace draw words story'
    [drill]='base wire trace cc tcp stack link sock draw words story'
    [diagram]='base wire trace cc tcp path draw words story sim'
    [page]='base wire trace draw words story diagram'
    [explain]='base wire trace cc tcp path draw words story sim scenario capture diagram'
    [cli]='base wire trace cc tcp stack path link sock net draw words story sim scenario capture drill diagram page explain'
)

finds() { # LAYER HEADER: the preprocessor, with the paths that the layer's sources are compiled with
    local paths
    paths=$(grep -m 1 "\"command\".*-Isrc/libtern-$1\.a\.p " compile_commands.json | grep -o ' -I[^ ]*')
    # shellcheck disable=SC2086 # a list of options
    echo "#include \"$2\"" | gcc -E $paths -x c -o /dev/null -
}

for layer in "${layers[@]}"; do
    # A layer without sources has no target.
    if ! grep -q "src/libtern-$layer\.a\.p" compile_commands.json; then continue; fi
    for other in "${layers[@]}"; do
        header=$(cd "$TERN_SOURCE/src/$other" && printf '%s\n' *.h | grep -v '\*' | head -n 1 || true)
        if [ -z "$header" ]; then continue; fi
        case " ${sees[$layer]} $layer " in
        *" $other "*) check "$layer sees $other" finds "$layer" "$header" ;;
        *) refuse "$layer does not see $other" finds "$layer" "$header" ;;
        esac
    done
done
finish
