#!/bin/bash
# Every message has its Chinese, with the same holes for values, and no catalogue has one twice; and what is printed is Chinese.
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

msgmerge --quiet --no-fuzzy-matching -o "$dir/merged.po" "$dir/all.po" "$dir/template.po"
# The msgids of msgattrib's output, a line for each, however many lines they are there.
msgids() { awk '/^(#~ )?msgid "/ { id = ""; open = 1 } /^(#~ )?msg(str|id_plural)/ { if (open) print id; open = 0 }
    open { line = $0; sub(/^[^"]*"/, "", line); sub(/"$/, "", line); id = id line }'; }
# Messages of the source that have no translation. One without a letter (a bare "%s") needs none.
none_missing() {
    msgattrib --untranslated --no-obsolete "$dir/merged.po" | msgids |
        sed 's/%[-#0 +]*[0-9*]*\(\.[0-9*]*\)\?\(ll\|l\|z\|h\)\?[a-zA-Z]//g; s/\\[a-z]//g' | grep '[A-Za-z]' > "$dir/missing" || true
    cat "$dir/missing"
    [ ! -s "$dir/missing" ]
}
none_stale() {
    msgattrib --only-obsolete "$dir/merged.po" | msgids > "$dir/stale"
    cat "$dir/stale"
    [ ! -s "$dir/stale" ]
}
check "no message lacks its Chinese" none_missing
check "no Chinese is left of a message that is gone" none_stale

# What is printed in Chinese has no three English words in a row. Commands to type, in quotation marks, stay.
speaks_chinese() {
    "$TERN" "$@" --lang zh_CN > "$dir/said" && [ -s "$dir/said" ] || return 1
    ! sed "s/\`[^\`]*\`//g; s/“[^”]*”//g; s/^示例:.*//; s/^  \(tern\|zcat\) .*//" "$dir/said" | grep -E "[A-Za-z']*[a-z] [a-z']{2,} [a-z']{2,}"
}
commands=$("$TERN" --help --lang en | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
diagrams=$("$TERN" diagram --help --lang en | sed -n 's/^\([a-z-]*\): .*/\1/p')
lessons=$("$TERN" explain --list --lang en | sed -n '2,/^$/s/^  \([a-z0-9-]*\)  .*/\1/p')
check "there are commands, diagrams and lessons" test -n "$commands" -a -n "$diagrams" -a -n "$lessons"
for command in $commands; do check "tern $command --help is Chinese" speaks_chinese "$command" --help; done
for diagram in $diagrams; do check "tern diagram $diagram is Chinese" speaks_chinese diagram "$diagram"; done
for lesson in $lessons; do check "tern explain $lesson is Chinese" speaks_chinese explain "$lesson"; done
check "tern explain --list is Chinese" speaks_chinese explain --list
check "tern demo is Chinese" speaks_chinese demo --memory --pcap "$dir/demo.pcapng"
check "tern trace is Chinese" speaks_chinese trace "$dir/demo.pcapng" --detail
check "tern trace --summary is Chinese" speaks_chinese trace "$dir/demo.pcapng" --summary
finish
