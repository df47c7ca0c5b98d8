#!/bin/bash
# patches/6.12 is part 1 of the series, line for line, except for the lines in
# patches/6.12/differences and their context. If its base is in the cache ('make backport' gets it):
# every patch applies with git am, without fuzz or three-way merge; quilt gives the same tree.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/tests/lib/apply.bash"
. "$ROOT/scripts/series/parts.bash"
need_tool git quilt
mapfile -t mainline < <(BACKPORT='' series_part 1)
export BACKPORT=6.12
mapfile -t patches < <(series_list)
((${#patches[@]})) || bail "the file patches/$BACKPORT/series lists no patch"
make_tmp

is_empty "series and directory have the same patches" "$(diff <(printf '%s\n' "${patches[@]}") <(patches_of "$ROOT/patches/$BACKPORT") || :)"
is_empty "it has as many patches as part 1" "$(diff <(echo ${#mainline[@]}) <(echo ${#patches[@]}) || :)"
# does PATCH: prints its subject and message, without the note of the backport, and the lines that
# it adds and removes.
does() {
	sed -n '/^Subject: /,/^---$/p' "$1" | sed -e ':a;/^Subject: /{N;s/\n / /;ta}' -e 's/^Subject: \[[^]]*\] //' -e '/^\[ Backport to/,/\]$/d' | grep -v '^$'
	grep -E '^[-+]' "$1" | grep -vE '^(-- $|--- |\+\+\+ )'
}
# expected PATCH: prints the intended differences, in the form of diff.
expected() { NAME=${1##*/} awk '/^0/ { on = $0 == ENVIRON["NAME"] } on && /^[<>]/' "$ROOT/patches/$BACKPORT/differences"; }
for i in "${!patches[@]}"; do
	differs=$(diff <(does "${mainline[i]:-/dev/null}") <(does "${patches[i]}") | grep '^[<>]' || :)
	is_empty "${patches[i]##*/} says and does what patch $((i + 1)) of the series does" "$(diff <(expected "${patches[i]}") <(grep . <<<"$differs") || :)"
done

if ! compgen -G "$CACHE/base/debian-$BACKPORT.*" >/dev/null; then
	ok "it applies # SKIP Linux $BACKPORT is not here: make backport gets it"
	done_testing
	exit
fi
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no kernel $BACKPORT"
applies "$repo" "$ROOT/patches/$BACKPORT/series" "${patches[@]}"
done_testing
