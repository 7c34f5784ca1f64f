#!/bin/bash
# The model (doc/model.md): its transitions are the code's, spin finds nothing wrong with it, and finds what must be found where a
# piece is missing; and the counterexamples that the lessons play are those. The searches that take long are `make model`'s.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$TERN_BUILD/tests/make_transitions" > "$dir/transitions.pml"
check "model/transitions.pml is the code's table" diff "$dir/transitions.pml" model/transitions.pml
# `make model` has the others, which take minutes.
searches='life-cut forger two-way no-time-wait no-time-wait-again predictable-isn no-orphan-timer'
tools/model --found "$dir/found_steps.c" $searches > "$dir/said" || true
for name in $searches; do check "$(sed -n "s/^[a-zA-Z]* *$name  *//p" "$dir/said")" grep -q "^ok  *$name " "$dir/said"; done
check "the lessons play what spin finds" diff "$dir/found_steps.c" src/explain/found_steps.c

# What the comparison is for: a table that says something else is noticed, and so is a model that it breaks.
sed 's/st\[me\] = LAST_ACK; todo = DO_FIN/st[me] = LAST_ACK; todo = DO_NONE/' model/transitions.pml > "$dir/other.pml"
refuse "another action in the table is noticed" diff -q "$dir/other.pml" model/transitions.pml
mkdir -p "$dir/tree/model" "$dir/tree/tools"
cp model/tern.pml "$dir/tree/model" && cp "$dir/other.pml" "$dir/tree/model/transitions.pml" && cp tools/model "$dir/tree/tools"
not_sound() { ! "$dir/tree/tools/model" life > "$dir/said" && grep -q 'invalid end state' "$dir/said"; }
check "a table by which the second CLOSE sends no FIN ends in a deadlock" not_sound
finish
