#!/bin/bash
# Commits the series on the base, and prints the id of the commit (last line of stdout).
# Usage: scripts/series/commit.sh [-b REPO] [-n N] [EXTRA.patch ...]
#   -b REPO  base repository as printed by kernel/base.sh (default: kernel/base.sh is run)
#   -n N     only the first N patches of the series (0: the base itself, i.e. stock)
#   EXTRA    patches on top, each one commit (git am if it is a mail, else git apply), e.g. a mutant
# Out: a commit id in REPO, which a ref keeps. The same patches on the same base give the same id
#      and are applied only once.
. "$(dirname "$0")/../../scripts/lib.bash"

repo='' n=''
options b:=repo n:=n -- "$@"
shift $((OPTIND - 1))
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
base=$(git -C "$repo" rev-parse -q --verify 'base^{commit}') || die "$repo has no tag 'base': give what base.sh prints"

mapfile -t patches < <(series_list)
if [[ -n $n ]]; then
	((n <= ${#patches[@]})) || die "the series has ${#patches[@]} patches, not $n"
	patches=("${patches[@]:0:n}")
elif ((!${#patches[@]})); then
	die "the file ${BACKPORT:+patches/$BACKPORT/}series lists no patch"
fi
patches+=("$@")
for p in "${patches[@]}"; do [[ -s $p ]] || die "there is no patch $p"; done

if ((!${#patches[@]})); then
	echo "$base"
	exit
fi

# way_out: advice for an older kernel.
way_out() { [[ -n ${BACKPORT:-} ]] || ! git -C "$repo" cat-file -e base:Makefile 2>/dev/null || git -C "$repo" grep -q '^VERSION = [789]' base -- Makefile || printf ' (the series needs Linux 7.2 or later; patches/6.12 is for 6.12)'; }

ref=refs/made/$({ echo "$base"; cat "${patches[@]}"; } | sha256sum | cut -c1-40)
lock "commit-$(basename "$repo")"
if ! git -C "$repo" rev-parse -q --verify "$ref^{commit}"; then
	make_tmp
	wt=$tmp/wt
	scratch_repo "$repo" "$wt"
	sparse_checkout "$wt" "$base" "${patches[@]}"
	for p in "${patches[@]}"; do
		if ! grep -q '^From: ' "$p"; then
			git -C "$wt" apply --index "$(realpath "$p")" 2>"$tmp/log" ||
				die "${p##*/} does not apply: $(head -1 "$tmp/log")"
			git_commit "$wt" "${p##*/}"
		elif ! git_am "$wt" "$(realpath "$p")" >"$tmp/log" 2>&1; then
			git -C "$wt" am -q --abort || :
			git_am "$wt" -3 "$(realpath "$p")" >"$tmp/log" 2>&1 ||
				die "${p##*/} does not apply to $(git -C "$repo" log -1 --format=%s base): $(grep -m1 -E 'error:|CONFLICT' "$tmp/log")$(way_out)"
			say "NOTICE: ${p##*/} applied by a three-way merge only"
		fi
	done
	git -C "$repo" fetch -q "$wt" "+HEAD:$ref"
	git -C "$repo" rev-parse "$ref"
fi
