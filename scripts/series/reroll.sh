#!/bin/bash
# Regenerates patches/ and series from a work tree's commits, and shows the range-diff against what was there.
# In:  WORK=path (default: the tree that 'make apply' made), BRANCH (default: what is checked out there), BASE (default: base),
#      patches/cover-letter.txt: first paragraph is the cover letter's subject, the rest its text.
#      DEST=dir: written there instead of in this checkout (which is only read).
# Out: patches/0000-cover-letter.patch, patches/0001-*.patch ..., series. An unchanged tree gives byte-identical files.
. "$(dirname "$0")/../../scripts/lib.bash"

[[ -z ${BACKPORT:-} ]] || die "this writes patches/ itself: see Documentation/working-on-it.md for patches/$BACKPORT"
WORK=${WORK:-$CACHE/work}
BASE=${BASE:-base}
dest=${DEST:-$ROOT}
cover=$ROOT/patches/cover-letter.txt

[[ -d $WORK ]] || die "there is no work tree at $WORK: run 'make apply' first, or give WORK=path"
git -C "$WORK" rev-parse -q --git-dir >/dev/null 2>&1 || die "$WORK is no git repository: give WORK=path of the kernel tree with the series"
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
[[ -s $cover ]] || die "$cover is missing: write it (first paragraph: subject; then the text)"

mkdir -p "$dest/patches"
make_tmp "$dest/patches"
mkdir "$tmp/new"
format_series "$WORK" "$base" "$branch" "$(cat "$cover")" "$tmp/new"
if grep -q '\*\*\* \(SUBJECT\|BLURB\) HERE' "$tmp/new/0000-cover-letter.patch"; then
	die "$cover needs a first paragraph (subject) and a text below it"
fi

(cd "$tmp/new" && printf '%s\n' 0*.patch | grep -v '^0000-') >"$tmp/series"

# What was there, as commits, in a scratch repository that sees the objects of WORK.
mapfile -t old < <(series_list)
if ((${#old[@]})); then
	scratch_repo "$WORK" "$tmp/scratch"
	if sparse_checkout "$tmp/scratch" "$base" "${old[@]}" && git_am "$tmp/scratch" "${old[@]}" 2>"$tmp/am.log"; then
		say "--- range-diff: patches/ as it was, and as it is now"
		git -C "$tmp/scratch" --no-pager range-diff --creation-factor=75 "$base..HEAD" "$base..$tip"
	else
		say "--- no range-diff: the patches that were there do not apply to $BASE ($(head -1 "$tmp/am.log"))"
	fi
fi

# Into place: the new files first, then the list, then what is no longer in it.
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
	if [[ $n != 0000-* ]] && ! grep -qxF "$n" "$dest/series"; then
		rm "$f"
		say "removed: patches/$n"
		changed=1
	fi
done
((changed)) || say "nothing changed"
say "$count patches from $branch ($(git -C "$WORK" rev-parse --short=12 "$tip")) in patches/"
