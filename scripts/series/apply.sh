#!/bin/bash
# Makes a kernel work tree, for developers, with the series as commits on branch 'userptr-cancel';
# prints its path.
# In:  KERNEL=path: applies to the HEAD of that checkout (which is only read), in a tree of its own;
#      by default to the pinned base kernel.
#      BACKPORT=6.12: patches/6.12, on its own base.
# Out: $CACHE/work (KERNEL=: $CACHE/work-KEY; BACKPORT=: $CACHE/work-6.12), with tag 'base' below
#      the series. Never overwrites commits that are not in patches/.
. "$(dirname "$0")/../../scripts/lib.bash"

repo=$("$ROOT/testbed/kernel/base.sh")
work=$CACHE/work how="'make reroll'"
if [[ -n ${BACKPORT:-} ]]; then
	work=$CACHE/work-$BACKPORT how="as Documentation/contributing.md says"
elif [[ -n ${KERNEL:-} ]]; then
	work=$CACHE/work-$(basename "$repo" | sed 's/^user-//')
	how="'make reroll WORK=$work'"
fi
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")
lock "$(basename "$work")"
branch=userptr-cancel

if [[ ! -d $work ]]; then
	need_disk 3 "a kernel work tree"
	make_tmp
	scratch_repo "$repo" "$tmp/w"
	git -C "$tmp/w" tag base "$(git -C "$repo" rev-parse 'base^{commit}')"
	git -C "$tmp/w" fetch -q "$repo" "$commit"
	say "checking the tree out"
	with_progress "git checkout" true git -C "$tmp/w" checkout -q -b "$branch" "$commit"
	git -C "$tmp/w" update-ref "refs/applied/$branch" "$commit"
	printf '/obj-*/\n' >>"$tmp/w/.git/info/exclude"
	mv "$tmp/w" "$work"
else
	[[ -z $(git -C "$work" status --porcelain --untracked-files=no) ]] || die "$work has changes that are not committed: commit or stash them"
	have=$(git -C "$work" rev-parse -q --verify "refs/heads/$branch") || die "$work has no branch $branch: move it away and run again"
	applied=$(git -C "$work" rev-parse -q --verify "refs/applied/$branch" || :)
	if [[ $have != "$commit" ]]; then
		# Commits that differ only in dates or ids may be overwritten: only the content of
		# the patches counts.
		ids() { git -C "$work" log --reverse --format=%H "base..$1" | while read -r c; do git -C "$work" log -1 --format='%an %ae%n%B' "$c"; git -C "$work" show --format= "$c" | git -C "$work" patch-id --stable | cut -d' ' -f1; done; }
		git -C "$work" fetch -q "$repo" "$commit"
		if [[ $have != "$applied" && $(ids "$have") != "$(ids "$commit")" ]]; then
			die "$work has commits that are not in patches/: take them in ($how), or move that tree away"
		fi
		[[ $(git -C "$work" symbolic-ref -q --short HEAD) == "$branch" ]] || die "$work has another branch checked out: git checkout $branch there"
		git -C "$work" reset -q --keep "$commit"
		git -C "$work" tag -f base "$(git -C "$repo" rev-parse 'base^{commit}')" >/dev/null
		git -C "$work" update-ref "refs/applied/$branch" "$commit"
	fi
fi
n=$(git -C "$work" rev-list --count "base..$branch")
say "$n patches on $(git -C "$work" log -1 --format=%s base), branch $branch; commit there, then $how"
echo "$work"
