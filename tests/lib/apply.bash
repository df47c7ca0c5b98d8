# shellcheck shell=bash
# For tests that apply a series; source it after tap.bash, and call make_tmp before.
# shellcheck disable=SC2154 # tmp is set by that

# applies REPO SERIES PATCH...: a point for each patch: git am applies it to REPO's base, without
# fuzz or three-way merge; and points that quilt accepts the file SERIES and gives the same tree.
# Leaves $tmp/am: tag base, branch series with the patches.
applies() {
	local repo=$1 series=$2 base p
	shift 2
	base=$(git -C "$repo" rev-parse 'base^{commit}')
	scratch_repo "$repo" "$tmp/am"
	sparse_checkout "$tmp/am" "$base" "$@"
	git -C "$tmp/am" tag base "$base"
	git -C "$tmp/am" checkout -q -b series
	for p; do
		try "git am ${p##*/}" git_am "$tmp/am" --whitespace=error "$p"
	done

	scratch_repo "$repo" "$tmp/quilt"
	sparse_checkout "$tmp/quilt" "$base" "$@"
	try "quilt push -a" env -C "$tmp/quilt" QUILT_PATCHES="$(dirname "$1")" QUILT_SERIES="$series" quilt --quiltrc - push -a --fuzz=0
	git -C "$tmp/quilt" add -A -f -- . ':!.pc'
	if [[ $(git -C "$tmp/quilt" write-tree) == $(git -C "$tmp/am" rev-parse 'HEAD^{tree}') ]]; then
		ok "git am and quilt give the same tree"
	else
		not_ok "git am and quilt give the same tree"
	fi
}
