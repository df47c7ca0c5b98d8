#!/bin/bash
# Every patch compiles by itself, without a warning: i915 as a module (debug kernel) and without
# userptr (no MMU notifiers at all); the last one also built in. The .c files that a patch touches
# are also compiled with W=1. If a patch changes a header, also all files that contain userptr, or
# an identifier that was removed from the header. With the whole series, the whole driver is
# compiled as a module, and all files that contain userptr without it.
# In: FULL=1: every patch also built in, and at the end the whole driver without userptr.
#     BACKPORT=6.12: the same for patches/6.12.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
mapfile -t patches < <(series_list)
((${#patches[@]})) || bail "the file 'series' lists no patch"
i915=drivers/gpu/drm/i915
on=${BACKPORT:++$BACKPORT}
# Now, because objects.sh keeps one core busy, and the tests beside this one need the kernel.
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo") || bail "the series does not apply"
"$ROOT/testbed/kernel/build.sh" -b "$repo" "debug$on" "$tip" >/dev/null || bail "the patched kernel does not build"

# objects COMMIT FILE...: prints the objects that contain these sources, if they are compiled:
# gvt/ is a separate module, and intel_fbdev.c needs DRM_FBDEV_EMULATION, which no configuration
# here has.
objects() {
	local c=$1 f
	shift
	for f; do
		case $f in
		*/selftests/*.c) git -C "$repo" grep -lF "\"selftests/${f##*/}\"" "$c" -- "$i915" | cut -d: -f2 | grep '\.c$' || : ;;
		*.c) echo "$f" ;;
		esac
	done | sed -e '/\/gvt\//d' -e '/\/intel_fbdev\.c$/d' -e 's/\.c$/.o/' | sort -u
}

# removed_names BEFORE AFTER: prints the identifiers on removed lines of headers that are on no
# added line.
removed_names() {
	git -C "$repo" diff -U0 "$1" "$2" -- "$i915/*.h" | awk '
		/^(---|\+\+\+)/ || /^[-+][ \t]*(\*|\/\*)/ { next }
		/^[-+]/ {
			new = /^\+/
			gsub(/[^A-Za-z0-9_]+/, " ")
			for (i = 1; i <= NF; i++) { if (new) here[$i]; else gone[$i] }
		}
		END { for (w in gone) if (!(w in here) && w ~ /^[A-Za-z_]...*/) print w }' |
		grep -vxE 'struct|union|enum|unsigned|int|long|bool|void|char|static|inline|const|return|define|include|ifdef|ifndef|endif|else' || :
}

previous=base
for n in $(seq ${#patches[@]}); do
	p=${patches[n - 1]##*/}
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n "$n" 2>/dev/null) || bail "$p does not apply"
	mapfile -t touched < <(git -C "$repo" diff --name-only --diff-filter=d "$previous" "$commit" -- "$i915")
	mapfile -t w1 < <(objects "$commit" "${touched[@]}")
	more=("${touched[@]}")
	if ((n == ${#patches[@]})) || printf '%s\n' "${touched[@]}" | grep -qE '\.h$|Makefile|Kconfig'; then
		mapfile -t more < <(
			printf '%s\n' "${touched[@]}"
			git -C "$repo" grep -l userptr "$commit" -- "$i915/*.c" | cut -d: -f2
			# Common words (page, lock) are left to the builds of the whole driver.
			while read -r name; do
				mapfile -t users < <(git -C "$repo" grep -lw -e "$name" "$commit" -- "$i915/*.c" | cut -d: -f2)
				((${#users[@]} > 60)) || printf '%s\n' "${users[@]}"
			done < <(removed_names "$previous" "$commit")
		)
	fi
	previous=$commit
	mapfile -t all < <(objects "$commit" "${more[@]}" "$i915/gem/i915_gem_userptr.c")
	for config in debug fast+builtin fast+nouserptr; do
		if [[ $config == fast+builtin && -z ${FULL:-} ]] && ((n < ${#patches[@]})); then continue; fi
		args=()
		if ((n == ${#patches[@]})) && [[ $config == fast+nouserptr ]]; then
			args=(-u)
			[[ -z ${FULL:-} ]] ||
				args+=(-a "none $(git -C "$repo" diff --name-only --diff-filter=d base "$commit" -- "$i915/*.h" | sed '/mock_selftests/d' | paste -sd' ')")
		fi
		try "$p: $config, ${#all[@]} objects, ${#w1[@]} with W=1${args[0]+, no undefined symbol}" \
			"$ROOT/testbed/kernel/objects.sh" -b "$repo" -w "${w1[*]}" "${args[@]}" "$config$on" "$commit" "${all[@]}"
	done
done
c=$repo/obj-fast-nouserptr${on/+/-}/.config
if [[ ! -f $c ]]; then
	ok "the last of these has no MMU notifiers # SKIP compiled by an earlier run, in a tree that is gone"
elif grep -qE '^CONFIG_(MMU_NOTIFIER|DRM_I915_USERPTR)=' "$c"; then
	not_ok "the last of these has no MMU notifiers"
else
	ok "the last of these has no MMU notifiers"
fi
done_testing
