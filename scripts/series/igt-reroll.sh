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
if git -C "$IGT" log --format=%B "$base..HEAD" | grep -q '^Signed-off-by:'; then
	die "a commit of $IGT has a Signed-off-by: take it out, whoever submits the series signs it"
fi

make_tmp "$dest"
# The cover letter takes sender and date from the committer: make both those of the last patch.
GIT_COMMITTER_NAME=$(git -C "$IGT" log -1 --format=%an)
GIT_COMMITTER_EMAIL=$(git -C "$IGT" log -1 --format=%ae)
GIT_COMMITTER_DATE=$(git -C "$IGT" log -1 --format=%aI)
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
git -C "$IGT" -c "branch.$branch.description=$(cat "$dest/cover-letter.txt")" -c format.pretty=email \
	format-patch -q --numbered --cover-letter --cover-from-description=subject --subject-prefix='PATCH i-g-t' --abbrev=12 --zero-commit \
	--no-signature --no-signoff --no-thread --no-base --no-notes --no-color --stat=72 -o "$tmp" "$base..refs/heads/$branch"
rm -f "$dest"/0*.patch
mv "$tmp"/0*.patch "$dest/"
say "$count patches from $branch ($(git -C "$IGT" rev-parse --short=12 HEAD)) in igt-tests/"
