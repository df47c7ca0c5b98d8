#!/bin/bash
# Compares the functions that tests/model/userptr.pml names with those of the driver. A function
# that touches the state of the protocol must be in the model, or in its list of omitted functions.
# A function that the model names must exist.
# Usage: functions.sh USERPTR.C
# Out: a line for each complaint, on stdout
# Exit: 0 if there is no complaint
. "$(dirname "$0")/../../scripts/lib.bash"

[[ $# == 1 && -s $1 ]] || die "usage: functions.sh USERPTR.C, the file i915_gem_userptr.c of the patched kernel"
model=$ROOT/tests/model/userptr.pml

# The state of the protocol, as regular expressions: fields of struct i915_gem_userptr, of struct
# i915_mmu_notifier and of struct i915_userptr_queue. The delay of the retry is not in the model.
each=('->userptr[.]'{seq,pages_seq,it,pages,cancelling,cancel_link,cancel_last,cancel_fence,cancel_cb}
	'mn->'{objects,started,busy,slot,excess,excess_start,excess_last,wq}
	'(queue->|mm[.]userptr[.])'{wq,work,retry,objects,contended,pages,pending})
fields="(${each[0]}"
for f in "${each[@]:1}"; do fields+="|$f"; done
fields+=')([^a-z0-9_]|$)'

# functions [FIELDS]: prints the functions that SOURCE defines; with FIELDS, a regular expression,
# those with a match in their bodies.
functions() {
	awk -v fields="${1:-}" '
		/^[a-z_].*[a-z0-9_]\(/ && !/;[[:space:]]*$/ {
			name = $0
			sub(/\(.*/, "", name)
			sub(/.*[ *\t]/, "", name)
		}
		/^\{/ { inside = name; if (fields == "" && name != "") print name }
		/^\}/ { inside = ""; name = "" }
		fields != "" && inside != "" && $0 ~ fields { print inside }' "$source" | sort -u
}
source=$1
names() { sed -nE "s/.*$1: ([a-z0-9_]+)(\(\))?( .*|)\$/\1/p" "$model" | sort -u; }

bad=0
complain() { echo "$*"; bad=1; }
modelled=$(names models) left=$(names 'left out') touch=$(functions "$fields") all=$(functions)
[[ -n $modelled && -n $left ]] || complain "the model names no function"
for f in "${each[@]}"; do
	grep -qE -- "$f([^a-z0-9_]|\$)" "$source" || complain "there is no $f in ${1##*/}: has the field been renamed?"
done
for f in $(comm -23 <(sort -u <<<"$modelled"$'\n'"$left") <(echo "$all")); do complain "the model names $f(), which is not in ${1##*/}"; done
for f in $(comm -23 <(echo "$touch") <(sort -u <<<"$modelled"$'\n'"$left")); do
	complain "$f() touches the state of the protocol, and the model does not name it"
done
for f in $(comm -12 <(echo "$modelled") <(echo "$left")); do complain "$f() is both modelled and left out"; done
for f in $(comm -23 <(echo "$left") <(echo "$touch")); do complain "$f() is left out, and touches nothing of the protocol"; done
exit "$bad"
