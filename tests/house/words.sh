#!/bin/bash
# Every message has its Chinese, with the same holes for values, and no catalogue has one twice.
set -eu -o pipefail
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

head='msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n"Language: zh_CN\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
printf "$head" > "$dir/template.po" # the template needs one, too, for its characters
tools/messages >> "$dir/template.po"
msgcat --use-first --force-po -o "$dir/all.po" po/zh_CN/*.po

for file in po/zh_CN/*.po; do
    check "${file##*/} is well formed, its holes agree" msgfmt --check --check-format -o /dev/null "$file"
    check "${file##*/} has nothing fuzzy" test -z "$(msgattrib --only-fuzzy --no-obsolete "$file")"
done

# Messages of the source that have no translation. One without a letter (a bare "%s") needs none.
missing() {
    msgmerge --quiet --no-fuzzy-matching -o "$dir/merged.po" "$dir/all.po" "$dir/template.po"
    msgattrib --untranslated --no-obsolete --no-wrap "$dir/merged.po" | sed -n 's/^msgid "\(..*\)"$/\1/p' |
        sed 's/%[-#0 +]*[0-9*]*\(\.[0-9*]*\)\?\(ll\|l\|z\|h\)\?[a-zA-Z]//g; s/\\[a-z]//g' | { grep '[A-Za-z]' || true; }
}
# Parts of the source whose Chinese is not written yet: their messages are counted as skipped, all others must be there.
pending=(include/tern/rules.h include/tern/stack.h include/tern/conn.h include/tern/trace.h include/tern/types.h src/draw/*.c src/story/*.c
    src/capture/*.[ch] src/cli/trace*.c src/cli/draw*.c)
xgettext --from-code=UTF-8 --no-location --no-wrap --omit-header -L C -a -o "$dir/pending.po" "${pending[@]}" 2> /dev/null
plain() { sed -n 's/^msgid "\(..*\)"$/\1/p' "$1" | sed 's/%[-#0 +]*[0-9*]*\(\.[0-9*]*\)\?\(ll\|l\|z\|h\)\?[a-zA-Z]//g; s/\\[a-z]//g' | sort -u; }
missing | sort -u > "$dir/missing"
plain "$dir/pending.po" > "$dir/of-pending"
comm -23 "$dir/missing" "$dir/of-pending" > "$dir/unexpected"
none_unexpected() {
    head -n 40 "$dir/unexpected"
    [ ! -s "$dir/unexpected" ]
}
check "no message lacks its Chinese" none_unexpected
left=$(comm -12 "$dir/missing" "$dir/of-pending" | wc -l)
if [ "$left" -gt 0 ]; then
    tap_n=$((tap_n + 1))
    echo "ok $tap_n # SKIP $left messages of rules, settings, ladders and captures have no Chinese yet"
fi
finish
