#!/bin/bash
# Regenerates igt-tests/ from the commits of an IGT checkout, on top of the commit in igt-tests/base-commit.
# In:  IGT=path of the checkout; the branch that is checked out there is taken. igt-tests/cover-letter.txt: as patches/cover-letter.txt is.
# Out: igt-tests/0000-cover-letter.patch, igt-tests/0001-*.patch ... An unchanged tree gives byte-identical files.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git

dest=$ROOT/igt-tests
[[ -n ${IGT:-} ]] || die "give IGT=path of a checkout of igt-gpu-tools with the series on top"
base=$(<"$dest/base-commit")
git -C "$IGT" rev-parse -q --git-dir >/dev/null 2>&1 || die "IGT=$IGT is no git repository"
branch=$(git -C "$IGT" symbolic-ref -q --short HEAD) || die "$IGT has no branch checked out: check one out"
git -C "$IGT" merge-base --is-ancestor "$base" "$branch" 2>/dev/null ||
	die "$branch of $IGT does not contain $base: rebase it, or put the commit that it is on into igt-tests/base-commit"
count=$(git -C "$IGT" rev-list --count "$base..HEAD")
((count > 0)) || die "$IGT has no commit on top of $base: nothing to make patches of"

make_tmp "$dest"
format_series "$IGT" "$base" "$branch" "$(cat "$dest/cover-letter.txt")" "$tmp" --subject-prefix='PATCH i-g-t'
rm -f "$dest"/0*.patch
mv "$tmp"/0*.patch "$dest/"
say "$count patches from $branch ($(git -C "$IGT" rev-parse --short=12 HEAD)) in igt-tests/"
