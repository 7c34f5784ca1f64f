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
nothing_missing() {
    local list
    list=$(missing)
    if [ -n "$list" ]; then
        wc -l <<< "$list"
        head -n 40 <<< "$list"
        return 1
    fi
}
check "there are messages" test "$(grep -c '^msgid' "$dir/template.po")" -gt 300
check "no message lacks its Chinese" nothing_missing
finish
