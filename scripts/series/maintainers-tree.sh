#!/bin/bash
# Makes a directory in which the kernel's get_maintainer.pl, parse-maintainers.pl and checkpatch.pl
# run: the few kernel files that they need, from the base with the series, and MAINTAINERS with
# MAINTAINERS-snippet inserted in alphabetical order.
# Usage: scripts/series/maintainers-tree.sh [-b REPO] [-n] DIR
#   -b REPO  as printed by kernel/base.sh (default: kernel/base.sh is run)
#   -n       MAINTAINERS without the snippet
# In:  MAINTAINERS-snippet, or SNIPPET=file.
# Out: DIR, new. It has no history, so queries to git get no answer.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git awk

repo='' without='' snippet=${SNIPPET:-$ROOT/MAINTAINERS-snippet}
options b:=repo n=without -- "$@"
shift $((OPTIND - 1))
(($# == 1)) || usage
dir=$1
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo")

mkdir "$dir"
wanted=(COPYING CREDITS Kbuild MAINTAINERS Makefile README .get_maintainer.ignore scripts/get_maintainer.pl scripts/parse-maintainers.pl
	scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch mm/mmu_notifier.c)
mapfile -t have < <(git -C "$repo" ls-tree --name-only "$tip" -- "${wanted[@]}")
git -C "$repo" archive "$tip" -- "${have[@]}" | tar -x -C "$dir"
(cd "$dir" && mkdir -p Documentation arch include drivers/gpu/drm/xe fs init ipc kernel lib scripts)

[[ -z $without ]] || exit 0
# A section's title precedes a line with a letter and a colon.
awk -v snippet="$snippet" '
	NR == FNR { text = text $0 "\n"; if (FNR == 1) title = $0; next }
	{ line[++n] = $0; if ($0 ~ /^[A-Z]:\t/ && line[n - 1] ~ /^[0-9A-Z][^:]/ && line[n - 2] == "") head[++heads] = n - 1 }
	END {
		# Insert after the last title that sorts before it; some sections are out of order.
		for (i = 1; i < heads; i++) {
			if (line[head[i]] < title && line[head[i]] > before) {
				before = line[head[i]]
				at = head[i + 1]
			}
		}
		for (i = 1; i <= n; i++) {
			if (at && i == at)
				printf "%s\n", text
			print line[i]
		}
		exit !at
	}' "$snippet" "$dir/MAINTAINERS" >"$dir/MAINTAINERS.new" || die "there is no place in MAINTAINERS for $snippet: is its first line a title?"
mv "$dir/MAINTAINERS.new" "$dir/MAINTAINERS"
