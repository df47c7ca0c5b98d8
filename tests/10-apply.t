#!/bin/bash
# Every patch applies to the base with git am, without fuzz or three-way merge; quilt gives the same
# tree. The patch for mm applies with the series and without. reroll changes nothing; it divides the
# series at the patch that patches/cover-letter-2.txt names, also if a patch is new, or writes
# nothing.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/tests/lib/apply.bash"
need_tool git quilt
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
mapfile -t patches < <(series_list)
((${#patches[@]})) || bail "the file 'series' lists no patch"
make_tmp

applies "$repo" "$ROOT/series" "${patches[@]}"

git -C "$tmp/am" sparse-checkout add mm
git -C "$tmp/am" checkout -q --detach
try "the patch for mm applies to the series" git_am "$tmp/am" --whitespace=error "$ROOT"/patches/mm/0*.patch
git -C "$tmp/am" checkout -q -f series
try "the patch for mm applies to the base" "$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "$ROOT"/patches/mm/0*.patch

try "the fixes of stock apply to the base" "$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "$ROOT"/testbed/kernel/stock-fixes/*.patch "$ROOT"/testbed/workloads/stock-bugs/*.patch
try "what makes their windows wider applies without them" "$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "$ROOT"/testbed/workloads/stock-bugs/*.patch

mkdir "$tmp/again"
try "reroll runs" env WORK="$tmp/am" DEST="$tmp/again" "$ROOT/scripts/series/reroll.sh"
if [[ -n ${KERNEL:-} ]]; then
	ok "reroll gives the patches as they are # SKIP another base, another context"
else
	(cd "$ROOT" && cp series "$tmp/series" && mkdir "$tmp/patches" && cp patches/0*.patch "$tmp/patches/")
	try "reroll gives the patches as they are" diff -r "$tmp/again/patches" "$tmp/patches"
fi

# The parts. letter DIR PART FROM TO: prints errors in its cover letter, for the patches FROM..TO of
# $tmp/am.
letter() {
	local file=$1/patches/0000-cover-letter-$2.patch n
	n=$(git -C "$tmp/am" rev-list --count "$3..$4")
	grep -qE "^Subject: \[PATCH 0+/$n\] " "$file" || echo "the subject is not of $n patches: $(grep '^Subject' "$file")"
	# Entries of the list of patches are indented by two, continued lines by four.
	diff <(git -C "$tmp/am" log --reverse --format=%s "$3..$4" | sort) \
		<(sed -n '/^[^ ].* ([0-9]*):$/,/^$/s/^  //p' "$file" | perl -0pe 's/\n  / /g' | sort) || :
	diff <(git -C "$tmp/am" diff --shortstat "$3" "$4") <(grep -E '^ [0-9]+ files? changed' "$file") || :
	! grep -n '^First patch:' "$file" || :
}
first=$(git -C "$tmp/am" log --format=%H --fixed-strings --grep="$(sed -n 's/^First patch: //p' "$ROOT/patches/cover-letter-2.txt")" base..series | tail -1)
is_empty "the cover letter of part 1 has its patches and its diffstat" "$(letter "$tmp/again" 1 base "$first^")"
is_empty "the cover letter of part 2 has its patches and its diffstat" "$(letter "$tmp/again" 2 "$first^" series)"
git -C "$tmp/am" checkout -q -b longer "$first^"
echo '/* new */' >"$tmp/am/drivers/gpu/drm/i915/new.c"
git -C "$tmp/am" add -f drivers/gpu/drm/i915/new.c
git_commit "$tmp/am" "drm/i915: A file"
git -C "$tmp/am" cherry-pick "$first^..series" >/dev/null
mkdir "$tmp/longer"
try "reroll with a patch more in part 1" env WORK="$tmp/am" DEST="$tmp/longer" "$ROOT/scripts/series/reroll.sh"
is_empty "it is in part 1" "$(letter "$tmp/longer" 1 base "longer~$(git -C "$tmp/am" rev-list --count "$first^..series")")"
is_empty "part 2 is as it was" "$(letter "$tmp/longer" 2 "$first^" series)"
is_empty "patches/ has one sequence of both parts" "$(diff <(seq -f %04g $((${#patches[@]} + 1))) <(cut -c1-4 "$tmp/longer/series") || :)"

# If the begin of part 2 is unclear, reroll writes no file and prints one line.
mkdir "$tmp/copy"
(cd "$ROOT" && cp -r scripts patches series "$tmp/copy/")
git -C "$tmp/am" checkout -q series
is_empty "each mutant applies to the series" "$(
	for f in "$ROOT"/tests/mutants/*.patch; do git -C "$tmp/am" apply --cached --check "$f" 2>&1 | sed "s|^|${f##*/}: |" || :; done
)"
# refused PATTERN SED: reroll fails with PATTERN, with cover-letter-2.txt changed by SED.
refused() {
	sed -E "$2" "$ROOT/patches/cover-letter-2.txt" >"$tmp/copy/patches/cover-letter-2.txt"
	is_empty "reroll: $1" "$(
		! WORK=$tmp/am DEST=$tmp/nothing "$tmp/copy/scripts/series/reroll.sh" 2>"$tmp/err" || echo "it ran"
		if [[ $(wc -l <"$tmp/err") != 1 ]] || ! grep -qE "$1" "$tmp/err"; then cat "$tmp/err"; fi
		[[ ! -e $tmp/nothing ]] || echo "it wrote something"
	)"
}
refused "cover-letter-2.txt has to have one line 'First patch: SUBJECT'" '/^First patch: /d'
refused "cover-letter-2.txt has to have one line 'First patch: SUBJECT'" 's/^First patch: .*/&\n&/'
refused "subject of 0 commits of series: correct 'First patch:' in .*cover-letter-2.txt" 's/^First patch: ./&x/'
refused "so part 1 is empty: correct 'First patch:' in .*cover-letter-2.txt" "s|^First patch: .*|First patch: $(git -C "$tmp/am" log --reverse --format=%s base..series | head -1)|"
refused "cover-letter-2.txt is missing" 'd'
is_empty "reroll: KERNEL without WORK" "$(
	! KERNEL=$tmp/am WORK='' DEST=$tmp/nothing "$tmp/copy/scripts/series/reroll.sh" 2>"$tmp/err" || echo "it ran"
	[[ $(<"$tmp/err") == *"KERNEL=$tmp/am is set: give WORK=path"* ]] || cat "$tmp/err"
)"
git -C "$tmp/am" checkout -q -b twice
git -C "$tmp/am" reset -q --soft series^
git_commit "$tmp/am" "$(git -C "$tmp/am" log -1 --format=%s "$first")"
refused "subject of 2 commits of twice: correct 'First patch:' in .*cover-letter-2.txt" ''
done_testing
