#!/bin/bash
# Style of the patches, for the kernel and for IGT: checkpatch --strict (only the sign-off may be
# absent), kernel-doc, codespell, a MAINTAINERS entry for new files; sparse reports nothing that it
# does not report for the base. BACKPORT=6.12: the same of patches/6.12, with CONFIG=debug+6.12.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/testbed/kernel/kbuild.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool git perl python3 sparse codespell ccache
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo") || bail "the series does not apply"
mapfile -t patches < <(series_list)
mapfile -t touched < <(git -C "$repo" diff --name-only --diff-filter=d base "$tip" | grep -E '\.[ch]$')
make_tmp
i915=drivers/gpu/drm/i915
config=${CONFIG:-debug}

# sparse checks compiled files: a selftest is part of the file that includes it.
mapfile -t units < <(
	for f in "${touched[@]}"; do
		case $f in
		*/selftests/*.c) git -C "$repo" grep -lF "\"selftests/${f##*/}\"" "$tip" -- "$i915" | cut -d: -f2 | grep '\.c$' || echo "$f" ;;
		*.c) echo "$f" ;;
		esac
	done | sort -u
)
objects=("${units[@]/%.c/.o}")

# sparse_and_doc COMMIT NAME: runs sparse and kernel-doc on COMMIT, and removes the line numbers
# from their output. The results are cached, because the base is checked each time.
sparse_and_doc() {
	local f=() o=() x
	for x in "${touched[@]}"; do ! git -C "$repo" cat-file -e "$1:$x" 2>/dev/null || f+=("$x"); done
	for x in "${objects[@]}"; do ! git -C "$repo" cat-file -e "$1:${x%.o}.c" 2>/dev/null || o+=("$x"); done
	local kept
	kept=$CACHE/out/style-$({ git -C "$repo" rev-parse "$1^{tree}"; kb_config_id "$config"; sparse --version; echo "${f[*]} ${o[*]}"; } | hash12)
	if [[ ! -f $kept.doc ]]; then
		mkdir -p "$CACHE/out"
		kb_checkout "$repo" "$1" "$config"
		kb_config "$repo" "$config"
		unlock "tree-$(basename "$repo")"
		# Debian's sparse 0.6.4 lacks __typeof_unqual__; kbuild checks for it, though the
		# kernel does not use it with gcc before 14.
		with_progress "sparse, $2" true kb_logged "$kept.log" kb_make "$repo" "$config" C=2 CF=-D__typeof_unqual__=__typeof__ "${o[@]}" ||
			bail "sparse did not run: see $kept.log"
		[[ $(grep -c "^  CHECK .*$i915/" "$kept.log") == "${#o[@]}" ]] || bail "sparse did not check ${#o[@]} objects: see $kept.log"
		grep -E "$i915/.*(warning|error):" "$kept.log" | sed -E 's/:[0-9]+:[0-9]+:/:/; s/^\.\.\///' | sort -u >"$kept.sparse" || :
		# A copy of the files: another test may have checked out another commit by now.
		mkdir "$tmp/$2"
		git -C "$repo" archive "$1" -- "${f[@]}" | tar -x -C "$tmp/$2"
		(cd "$tmp/$2" && python3 "$repo/scripts/kernel-doc" -none "${f[@]}" 2>&1) | sed -E 's/^(Warning|Error|Info): //; s/:[0-9]+ ?/: /' | sort -u >"$kept.doc.new" || :
		mv "$kept.doc.new" "$kept.doc"
	fi
	cp "$kept.sparse" "$tmp/$2.sparse"
	cp "$kept.doc" "$tmp/$2.doc"
}
sparse_and_doc base base
sparse_and_doc "$tip" series
is_empty "sparse finds nothing new in ${#objects[@]} objects" "$(comm -13 "$tmp/base.sparse" "$tmp/series.sparse")"
is_empty "kernel-doc finds nothing new in ${#touched[@]} files" "$(comm -13 "$tmp/base.doc" "$tmp/series.doc")"

# checkpatch runs in the kernel's tree with the series. A base from Debian has no history in which
# commits could be looked up.
ignore=MISSING_SIGN_OFF,FILE_PATH_CHANGES
[[ $(git -C "$repo" rev-list -n 2 --count base) -gt 1 ]] || ignore+=,UNKNOWN_COMMIT_ID
kb_checkout "$repo" "$tip" "$config"
# checkpatch PATCH IGNORE [OPTION ...]: runs checkpatch --strict.
checkpatch() {
	# Debian's python3 first: checkpatch runs spdxcheck.py, which wants python3-ply.
	(cd "$repo" && PATH=/usr/bin:$PATH perl scripts/checkpatch.pl --strict --no-summary --terse --show-types --ignore "$2" "${@:3}" "$1")
}
spelling() { is_empty "codespell ${1##*/}" "$(sed -nE '1,/^---$/p; s/^\+([^+].*)/\1/p' "$1" | codespell - || :)"; }
for p in "${patches[@]}"; do
	try "checkpatch --strict ${p##*/}" checkpatch "$p" "$ignore"
	spelling "$p"
done
# IGT's patches, with the settings of IGT's own .checkpatch.conf.
igt_patches=()
[[ -n ${BACKPORT:-} ]] || mapfile -t igt_patches < <(patches_of "$ROOT/igt-tests")
for p in "${igt_patches[@]}"; do
	try "checkpatch as in IGT ${p##*/}" checkpatch "$p" "$igt_checkpatch_ignore,MISSING_SIGN_OFF" --no-tree --max-line-length=100
	spelling "$p"
done
# Replaces checkpatch's FILE_PATH_CHANGES, a reminder to update MAINTAINERS that no change silences.
is_empty "MAINTAINERS covers each new file" "$(
	git -C "$repo" diff --name-only --diff-filter=A base "$tip" | while read -r f; do
		(cd "$repo" && perl scripts/get_maintainer.pl --no-git --no-git-fallback --subsystem --no-email --no-l -f "$f") |
			grep -qvE '^THE REST$|^$' || echo "$f"
	done
)"
done_testing
