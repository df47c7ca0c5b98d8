#!/bin/bash
# Regenerates patches/ and series from a work tree's commits, and shows the range-diff against the
# former patches.
# In:  WORK=path (default: the tree that 'make apply' made without KERNEL=; required with KERNEL=),
#      BRANCH (default: the one that is checked out there), BASE (default: base).
#      patches/cover-letter-1.txt and -2.txt: of each part; the first paragraph is the cover
#      letter's subject, the rest its text. A line 'First patch: SUBJECT' in the second names the
#      commit that begins part 2, and is left out.
#      DEST=dir: the output directory instead of this checkout (which is only read).
# Out: patches/0001-*.patch ... and series, both parts in one sequence;
#      patches/0000-cover-letter-1.patch and -2.patch, each with the list of patches and the
#      diffstat of its part. An unchanged tree gives byte-identical files.
. "$(dirname "$0")/../../scripts/lib.bash"

[[ -z ${BACKPORT:-} ]] || die "this writes patches/ itself: see Documentation/contributing.md for patches/$BACKPORT"
[[ -z ${KERNEL:-} || -n ${WORK:-} ]] || die "KERNEL=$KERNEL is set: give WORK=path of the tree that 'make apply' made on it, or unset KERNEL"
WORK=${WORK:-$CACHE/work}
BASE=${BASE:-base}
dest=${DEST:-$ROOT}
cover=$ROOT/patches/cover-letter

[[ -d $WORK ]] || die "there is no work tree at $WORK: run 'make apply' first, or give WORK=path"
git -C "$WORK" rev-parse -q --git-dir >/dev/null 2>&1 || die "$WORK is not a git repository: give WORK=path of the kernel tree with the series"
base=$(git -C "$WORK" rev-parse -q --verify "$BASE^{commit}") || die "$WORK has no '$BASE': give BASE=commit the series starts from"
branch=${BRANCH:-$(git -C "$WORK" symbolic-ref -q --short HEAD)} || die "$WORK has no branch checked out: check one out, or give BRANCH=name"
tip=$(git -C "$WORK" rev-parse -q --verify "refs/heads/$branch^{commit}") || die "$WORK has no branch '$branch'"
if [[ -z ${BRANCH:-} && -n $(git -C "$WORK" status --porcelain --untracked-files=no) ]]; then
	die "$WORK has changes that are not committed: commit or stash them first"
fi
git -C "$WORK" merge-base --is-ancestor "$base" "$tip" || die "$branch does not contain $BASE: rebase it, or give BASE="
count=$(git -C "$WORK" rev-list --count "$base..$tip")
((count > 0)) || die "$branch has no commit on top of $BASE: nothing to make patches of"
[[ -z $(git -C "$WORK" rev-list --merges "$base..$tip") ]] || die "$branch has merges on top of $BASE: make it linear first"
for part in 1 2; do
	[[ -s $cover-$part.txt ]] || die "$cover-$part.txt is missing: write it (first paragraph: subject; then the text)"
done
# The subject, not a number or a file name: these change when a patch is inserted before it.
subject=$(sed -n 's/^First patch: //p' "$cover-2.txt")
[[ -n $subject && $subject != *$'\n'* ]] ||
	die "$cover-2.txt has to have one line 'First patch: SUBJECT', of the commit that begins part 2"
first=$(git -C "$WORK" log --format='%H %s' "$base..$tip" | SUBJECT=$subject awk '{ id = $1; sub(/^[^ ]* /, "") } $0 == ENVIRON["SUBJECT"] { print id }')
[[ $first =~ ^[0-9a-f]+$ ]] ||
	die "part 2 begins with '$subject', which is the subject of $(grep -c . <<<"$first") commits of $branch: correct 'First patch:' in $cover-2.txt"
before=$(git -C "$WORK" rev-parse "$first^")
[[ $before != "$base" ]] || die "part 2 begins with '$subject', the first commit of $branch, so part 1 is empty: correct 'First patch:' in $cover-2.txt"

mkdir -p "$dest/patches"
make_tmp "$dest/patches"
mkdir "$tmp/new"
format_series "$WORK" "$base" "$branch" '' "$tmp/new" --no-cover-letter
(cd "$tmp/new" && printf '%s\n' 0*.patch) >"$tmp/series"

# git takes the text of a cover letter from a branch. Each part is a branch in a scratch repository
# that sees the objects of WORK; there the former patches become commits, too.
scratch_repo "$WORK" "$tmp/scratch"
git -C "$tmp/scratch" update-ref refs/heads/part-1 "$before"
git -C "$tmp/scratch" update-ref refs/heads/part-2 "$tip"
from=$base
for part in 1 2; do
	format_series "$tmp/scratch" "$from" "part-$part" "$(sed '/^First patch: /d' "$cover-$part.txt")" "$tmp/part-$part"
	mv "$tmp/part-$part/0000-cover-letter.patch" "$tmp/new/0000-cover-letter-$part.patch"
	if grep -q '\*\*\* \(SUBJECT\|BLURB\) HERE' "$tmp/new/0000-cover-letter-$part.patch"; then
		die "$cover-$part.txt needs a first paragraph (subject) and a text below it"
	fi
	from=$before
done
(cd "$tmp/new" && printf '%s\n' 0*.patch) >"$tmp/names"

# The former patches, as commits.
mapfile -t old < <(series_list)
if ((${#old[@]})); then
	if sparse_checkout "$tmp/scratch" "$base" "${old[@]}" && git_am "$tmp/scratch" "${old[@]}" 2>"$tmp/am.log"; then
		say "--- range-diff: patches/ as it was, and as it is now"
		git -C "$tmp/scratch" --no-pager range-diff --creation-factor=75 "$base..HEAD" "$base..$tip"
	else
		say "--- no range-diff: the patches that were there do not apply to $BASE ($(head -1 "$tmp/am.log"))"
	fi
fi

# Install the new files first, then the list, then remove files that are no longer in it.
changed=0
for f in "$tmp"/new/*.patch; do
	n=${f##*/}
	if ! cmp -s "$f" "$dest/patches/$n"; then
		mv "$f" "$dest/patches/$n"
		say "written: patches/$n"
		changed=1
	fi
done
cmp -s "$tmp/series" "$dest/series" || { mv "$tmp/series" "$dest/series"; changed=1; }
for f in "$dest"/patches/0[0-9][0-9][0-9]-*.patch; do
	n=${f##*/}
	if ! grep -qxF "$n" "$tmp/names"; then
		rm "$f"
		say "removed: patches/$n"
		changed=1
	fi
done
((changed)) || say "nothing changed"
say "$count patches from $branch ($(git -C "$WORK" rev-parse --short=12 "$tip")) in patches/, $(git -C "$WORK" rev-list --count "$before..$tip") of them in part 2"
