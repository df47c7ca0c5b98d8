#!/bin/bash
# Regenerates igt-tests/ from the commits of an IGT checkout, on top of the commit in
# igt-tests/base-commit. Compiles the new patches first, with igt-check.sh.
# In:  IGT=path of the checkout; the branch that is checked out there is taken.
#      igt-tests/cover-letter.txt: in the form of patches/cover-letter-1.txt.
#      igt-tests/part-2/first: the subject of the commit that begins part 2, which has no cover
#      letter.
#      CHECK=0: does not compile anything.
# Out: igt-tests/0000-cover-letter.patch, 0001-*.patch ..., igt-tests/part-2/0001-*.patch ... An
#      unchanged tree gives byte-identical files.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git

dest=$ROOT/igt-tests
[[ -n ${IGT:-} ]] || die "give IGT=path of a checkout of igt-gpu-tools with the series on top"
base=$(<"$dest/base-commit") first=$(<"$dest/part-2/first")
git -C "$IGT" rev-parse -q --git-dir >/dev/null 2>&1 || die "IGT=$IGT is not a git repository: give IGT=path of a checkout of igt-gpu-tools"
branch=$(git -C "$IGT" symbolic-ref -q --short HEAD) || die "$IGT has no branch checked out: check one out"
git -C "$IGT" merge-base --is-ancestor "$base" "$branch" 2>/dev/null ||
	die "$branch of $IGT does not contain $base: rebase it, or put the commit that it is on into igt-tests/base-commit"
count=$(git -C "$IGT" rev-list --count "$base..HEAD")
((count > 0)) || die "$IGT has no commit on top of $base: nothing to make patches of"
second=$(git -C "$IGT" log --format='%H %s' "$base..HEAD" | FIRST=$first awk '{ id = $1; sub(/^[^ ]* /, "") } $0 == ENVIRON["FIRST"] { print id }')
[[ $second =~ ^[0-9a-f]+$ ]] ||
	die "part 2 begins with '$first', which is the subject of no commit or of several in $branch: correct igt-tests/part-2/first"
end=$(git -C "$IGT" rev-parse "$second^")
[[ $end != "$base" ]] || die "$branch has no commit before '$first': part 1 would be empty"

make_tmp "$dest"
# A branch that ends with part 1.
scratch_repo "$IGT" "$tmp/repo"
git -C "$tmp/repo" update-ref refs/heads/part-1 "$end"
git -C "$tmp/repo" update-ref refs/heads/part-2 "$(git -C "$IGT" rev-parse HEAD)"
mkdir -p "$tmp/new/part-2"
format_series "$tmp/repo" "$base" part-1 "$(cat "$dest/cover-letter.txt")" "$tmp/new" --subject-prefix='PATCH i-g-t'
format_series "$tmp/repo" "$end" part-2 "" "$tmp/new/part-2" --subject-prefix='PATCH i-g-t' --no-cover-letter
cp "$dest/base-commit" "$tmp/new/"
[[ ${CHECK:-1} == 0 ]] || "$ROOT/scripts/series/igt-check.sh" -s "$tmp/new"
rm -f "$dest"/0*.patch "$dest"/part-2/0*.patch
mv "$tmp/new"/0*.patch "$dest/"
mv "$tmp/new/part-2"/0*.patch "$dest/part-2/"
say "$count patches from $branch ($(git -C "$IGT" rev-parse --short=12 HEAD)) in igt-tests/"
