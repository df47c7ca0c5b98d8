#!/bin/bash
# Lists the lines and branches of the series' i915_gem_userptr.c that never ran in the guests with
# the debug kernel since the cache was made, each with the reason.
# Usage: coverage/run.sh
# In:  the i915_gem_userptr.gcda in the logs of guest.sh, after make check and, without FULL=1,
#      testbed/workloads/gem-check/run.sh on both GPUs; tests/coverage/reasons.
# Out: $CACHE/coverage/: userptr.info (lcov), html/; stdout: each line or branch that never ran,
#      with its reason.
# Exit: 1 if a line or branch has no reason
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git gcov lcov genhtml perl

repo=$("$ROOT/testbed/kernel/base.sh")
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo")
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$tip")
gcno=${ko%.ko}.gcno
[[ -f $gcno ]] || die "$gcno is not there: remove $ko and run again"
file=drivers/gpu/drm/i915/gem/i915_gem_userptr.c
out=$CACHE/coverage
rm -rf "$out"
mkdir -p "$out"
make_tmp

# Data of another build (a mutant, stock) has another stamp, which gcov reports.
mapfile -t data < <(find "$CACHE" -path "$CACHE/base" -prune -o -name i915_gem_userptr.gcda -print)
used=0 add=()
for d in "${data[@]+"${data[@]}"}"; do
	mkdir "$tmp/$used"
	cp "$gcno" "$tmp/$used/i915_gem_userptr.gcno"
	cp "$d" "$tmp/$used/"
	said=$(gcov -n -o "$tmp/$used" i915_gem_userptr.gcda 2>&1 || :)
	if [[ $said == *'stamp mismatch'* ]]; then
		rm -rf "${tmp:?}/$used"
		continue
	fi
	lcov -q -c -d "$tmp/$used" --rc lcov_branch_coverage=1 --ignore-errors source,gcov,graph -o "$tmp/$used.all" >"$tmp/log" 2>&1 ||
		die "lcov cannot read $d: $(tail -n1 "$tmp/log")"
	lcov -q -e "$tmp/$used.all" "*/$file" --rc lcov_branch_coverage=1 -o "$tmp/$used.info" >"$tmp/log" 2>&1 ||
		die "lcov finds no $file in $d: $(tail -n1 "$tmp/log")"
	add+=(-a "$tmp/$used.info")
	used=$((used + 1))
done
((used)) || die "no guest has run this build of the series yet: make check does"
lcov -q "${add[@]}" --rc lcov_branch_coverage=1 -o "$out/userptr.info" >"$tmp/log" 2>&1 || die "lcov: $(tail -n1 "$tmp/log")"

git -C "$repo" show "$tip:$file" >"$tmp/source.c"
sed -i "s|^SF:.*|SF:$tmp/source.c|" "$out/userptr.info"
genhtml -q --branch-coverage -t "i915_gem_userptr.c" -o "$out/html" "$out/userptr.info" >"$tmp/log" 2>&1 || say "no HTML: $(tail -n1 "$tmp/log")"

rc=0
"$ROOT/tests/coverage/unreached.pl" "$out/userptr.info" "$tmp/source.c" "$ROOT/tests/coverage/reasons" \
	>"$out/unreached" 2>"$out/sum" || rc=1
cat "$out/unreached"
figures="$(tail -n1 "$out/sum") of i915_gem_userptr.c, from $used guests; $(wc -l <"$out/unreached") places not reached, $(grep -c 'NO REASON' "$out/unreached" || :) without a reason"
result=pass
((rc == 0)) || result=fail
record coverage "$result" "make coverage" "$figures"
say "$figures; $out/html/index.html"
exit "$rc"
