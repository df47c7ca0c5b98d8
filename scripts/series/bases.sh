#!/bin/bash
# Applies the series to the kernels that Debian's mirror has (backports of trixie, sid,
# experimental), and prints a table in markdown.
# In:  the mirror: the newest version of each package in each suite. Unpacks only the directories
#      that the series touches.
# Out: | kernel | suite | result |, with result: clean (plain git am), offset (git am, at other
#      lines), three-way, or the first patch that fails.
. "$(dirname "$0")/../../scripts/lib.bash"

mapfile -t patches < <(series_list)
((${#patches[@]})) || die "the file 'series' lists no patch"
base=$("$ROOT/testbed/kernel/base.sh")
list=$("$ROOT/testbed/kernel/source.sh" list)
mkdir -p "$CACHE/bases"
lock bases
echo "| kernel | Debian's suite | the series applies |"
echo "|---|---|---|"
awk '!seen[$1 $3]++' <<<"$list" | while read -r package version suite; do
	dir=$CACHE/bases/$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
	if [[ ! -d $dir ]]; then
		make_tmp "$CACHE/bases"
		"$ROOT/testbed/kernel/source.sh" get "$package" "$version" "$tmp/source.tar.xz"
		say "unpacking the driver of $version"
		mkdir "$tmp/r"
		with_progress unpacking true tar -C "$tmp/r" --strip-components=1 --no-same-owner --wildcards -xf "$tmp/source.tar.xz" \
			'*/drivers/gpu/drm/i915' '*/Documentation/gpu' '*/include/uapi/drm' '*/include/drm/intel' '*/MAINTAINERS'
		git init -q "$tmp/r"
		git -C "$tmp/r" add -A -f
		git_commit "$tmp/r" "Linux ${version%%-*} (Debian $version)"
		git -C "$tmp/r" tag base
		mv "$tmp/r" "$dir"
		rm -rf "$tmp"
	fi
# Our base's objects are needed for the three-way merge.
	printf '%s\n' "$base/.git/objects" >"$dir/.git/objects/info/alternates"
	result=clean
	git -C "$dir" checkout -q -f --detach base
	for p in "${patches[@]}"; do
		n=${p##*/}
		n=${n:0:4}
		where=$(git -C "$dir" apply --check -v "$p" 2>&1 || :)
		if git_am "$dir" "$p" >/dev/null 2>&1; then
			if grep -q 'offset' <<<"$where" && [[ $result == clean ]]; then result="with offsets"; fi
			continue
		fi
		git -C "$dir" am --abort 2>/dev/null || :
		if git_am "$dir" -3 "$p" >/dev/null 2>&1; then
			if [[ $result != three-way* ]]; then result="three-way merge (patch $n)"; else result="${result%)}, $n)"; fi
			continue
		fi
		f=$(git -C "$dir" diff --name-only --diff-filter=U | paste -sd' ' || :)
		git -C "$dir" am --abort 2>/dev/null || :
		result="**no**: patch $n${f:+ conflicts in $f}"
		break
	done
	printf '| %s | %s | %s |\n' "$version" "$suite" "$result"
done
