#!/bin/bash
# IGT's subtests of igt-tests/: the programs here contain them as in the patches, line for line; on
# the patched kernel each has a result that testbed/workloads/igt/expected allows. With IGT=path of
# an igt-gpu-tools checkout, the patches are compiled there one by one, and upstream's own file is
# compared, too.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
file=tests/intel/gem_userptr_blits.c
# The number of lines of upstream's file at igt-tests/base-commit: without the file, hunks at its
# end show only the lines before them.
length=2825
series=${IGT_SERIES:-$ROOT/igt-tests}
make_tmp
# series_patches DIR: prints the patches of part 1, then those of part 2.
series_patches() {
	patches_of "$1"
	[[ ! -d $1/part-2 ]] || patches_of "$1/part-2"
}
mapfile -t patches < <(series_patches "$series")
((${#patches[@]})) || bail "there are no patches in $series"

# program SERIES DIR: makes the program, and DIR/lines with the lines that it takes for the series'
# own, each preceded by its number.
program() {
	IGT_SERIES=$1 "$ROOT/testbed/workloads/igt/subtests.pl" "$2" 2>"$2.log" || return 1
	awk -v file="\"$file\"" '
		/^#line / { n = $3 == file ? $2 : 0; next }
		n { print n++ "\t" $0 }' "$2/gem_userptr_blits.c" >"$2/lines"
}

# stand_in SERIES DIR: makes DIR/before, a file to which the series applies: the lines of upstream's
# that the patches show, and '?1', '?2' ... for the others; DIR/after, with the series applied, and
# beside it the files that the series adds. This needs only git: each patch is applied on top of the
# ones before it, and shows more of the file.
stand_in() {
	local p pass
	mkdir -p "$2/$(dirname "$file")"
	: >"$2/known"
	for pass in 1 2; do
		find "$2/$(dirname "$file")" -type f -delete
		awk -F'\t' -v n="$length" '{ known[$1] = substr($0, length($1) + 2) }
			END { for (i = 1; i <= n; i++) print "?" i in known ? known["?" i] : "?" i }' "$2/known" >"$2/$file"
		cp "$2/$file" "$2/before"
		while read -r p; do
			if ((pass == 1)); then
				awk -v file="b/$file" -v known="$2/known" '
					FNR == NR { line[n = FNR] = $0; next }
					old <= 0 && new <= 0 && /^\+\+\+ / { mine = $2 == file }
					old <= 0 && new <= 0 && mine && /^@@ / {
						split(substr($2, 2) ",1", o, ","); split(substr($3, 2) ",1", w, ",")
						at = o[1]; old = o[2]; new = w[2]
						next
					}
					old > 0 || new > 0 {
						if (!/^-/) new--
						if (/^\+/) next
						old--
						if (line[at] ~ /^\?[0-9]+$/) { print line[at] "\t" substr($0, 2) >>known; line[at] = substr($0, 2) }
						at++
					}
					END { for (i = 1; i <= n; i++) print line[i] }' "$2/$file" "$p" >"$2/filled"
				cp "$2/filled" "$2/$file"
			fi
			(cd "$2" && git apply --include="$(dirname "$file")/*" "$(realpath "$p")") || return 1
		done < <(series_patches "$1")
	done
	cp "$2/$file" "$2/after"
}

# differs LINES BEFORE AFTER: reports where LINES are not exactly the lines that are in AFTER and
# not in BEFORE. The other lines of AFTER must be BEFORE, less lines that the patches remove.
differs() {
	awk -F'\t' -v rest="$tmp/rest" '
		FNR == NR { if ($1 <= last) print "line " $1 " is out of order"; last = $1; ours[$1] = substr($0, length($1) + 2); n++; next }
		!(FNR in ours) { print >rest; next }
		{ n-- }
		ours[FNR] != $0 { print "line " FNR ": " ours[FNR]; print "in the patched file: " $0 }
		END { if (n) print n " lines too many" }' "$1" "$3"
	diff "$2" "$tmp/rest" | grep '^[<>]' | while IFS= read -r line; do
		if [[ $line != '<'* ]] || ! grep -qFxe "-${line:2}" "${patches[@]}"; then printf '%s\n' "$line"; fi
	done
}

try "the patches make a program" program "$series" "$tmp/program"
[[ -s $tmp/program/lines ]] || { diag <"$tmp/program.log"; bail "no program"; }
try "git applies them to what they show of the file" stand_in "$series" "$tmp/git"
is_empty "the program has the $(wc -l <"$tmp/program/lines") lines that git leaves of the series, no other, where it leaves them" \
	"$(differs "$tmp/program/lines" "$tmp/git/before" "$tmp/git/after")"
is_empty "the files that the series adds are those that git leaves" "$(
	diff -rq -x "${file##*/}" -x lines "$tmp/program" "$tmp/git/$(dirname "$file")" || :
)"

# Negative tests. change NAME SED: copies part 1 and changes its patch of upstream's file.
last=$(grep -l "^+++ b/$file" "${patches[@]}" | tail -1)
change() {
	mkdir "$tmp/$1"
	patches_of "$series" | xargs cp -t "$tmp/$1"
	sed -i -E "$2" "$tmp/$1/${last##*/}"
	! cmp -s "$last" "$tmp/$1/${last##*/}" || bail "$last has no line for '$1'"
}
change changed '0,/^\+.*igt_subtest/s/^(\+.*igt_subtest.*)$/\1 /'
if program "$tmp/changed" "$tmp/p-changed" && [[ -n $(differs "$tmp/p-changed/lines" "$tmp/git/before" "$tmp/git/after") ]]; then
	ok "a changed line is seen"
else
	not_ok "a changed line is seen"
fi
# refused WHAT NAME: checks that no program is made of the changed series.
refused() { if program "$tmp/$2" "$tmp/p-$2"; then not_ok "$1"; else ok "$1: $(sed -n 1p "$tmp/p-$2.log")"; fi; }
change dropped '0,/^\+.*igt_subtest/{/^\+.*igt_subtest/d}'
refused "a patch that lost a line is refused" dropped
change context '/^@@ /,/^-- $/s/^ (.+)$/ \1 x/'
refused "a patch whose context is another one is refused" context

if [[ -n ${IGT:-} ]]; then
	try "each patch compiles in IGT's tree, whose headers say what those of the testbed do" "$ROOT/scripts/series/igt-check.sh" -s "$series"
	built=$CACHE/igt/build
	git -C "$built" show "$(<"$series/base-commit"):$file" >"$tmp/upstream"
	is_empty "the program has the lines that the series adds to upstream's file" "$(differs "$tmp/program/lines" "$tmp/upstream" "$built/$file")"
fi

# The patched kernel.
ran=${IGT_RESULTS:-$CACHE/igt/results}/$(run_name patched)
rc=0
"$ROOT/testbed/workloads/igt/run.sh" patched >"$tmp/results" || rc=$?
expected() {
	local glob kernel want
	while read -r glob kernel want; do
		# shellcheck disable=SC2053 # a glob
		[[ $kernel != patched || $1 != $glob ]] || { echo "$want"; return; }
	done < <(sed -E "s/#.*//; s/^${GPU:-g33}://; /^[a-z0-9]+:/d" "$ROOT/testbed/workloads/igt/expected")
}
while IFS=$'\t' read -r name result seconds why; do
	if [[ " $(expected "$name") " == *" $result "* ]]; then
		ok "patched: $name: $result, $seconds s"
	else
		not_ok "patched: $name: $result, $seconds s: $why"
	fi
done <"$tmp/results"
# The command line of a farm's job (ci/lava.yaml), with the guest's own values in it; and the
# verdict of the job's own comparison.
command=$("$ROOT/ci/job.py" -c)
is_empty "patched: igt_runner had the command line of the job for farms" "$(
	diff <(LIST=/tmp/list LISTS=/test/lists GPU=${GPU:-g33} TIMEOUT=${IGT_TIMEOUT:-300} MONITORED=lockdep,taint TESTS=/test RESULTS=/tmp/results \
		bash -c "printf '%s\n' $command") <(perl -MJSON::PP -e 'print "$_\n" for @{decode_json(join("", <STDIN>))->{cmdline}}' \
		<"$ran/results.json") || :
)"
try "patched: the results are those of ci/patched, by ci/judge.sh" \
	"$ROOT/ci/judge.sh" "$ran/results.json" "$ROOT/ci/testlist.txt" "$ROOT/ci/patched/i915-${GPU:-g33}"
n=$(grep -vc '@' "$tmp/results" || :)
all=$(wc -l <"$ran/share/subtests")
if ((n == all)); then ok "patched: all $n subtests have a result"; else not_ok "patched: $n of $all subtests have a result"; fi
clean="patched: i915 unloads, neither the kernel nor the emulated GPU reported an error"
if ((rc == 0)); then ok "$clean"; else not_ok "$clean (exit status $rc of igt/run.sh)"; fi
done_testing igt
