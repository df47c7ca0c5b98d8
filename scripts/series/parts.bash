# shellcheck shell=bash
# The two parts of the kernel series, for the scripts that source this after lib.bash.
# patches/ has all patches in one sequence. The line 'First patch: SUBJECT' of
# patches/cover-letter-2.txt names the first one of part 2; scripts/series/reroll.sh divides the
# series there, and the subject of each part's cover letter has the number of its patches.

# part_size N: prints the number of patches in part N.
part_size() { sed -nE '/^Subject: /{s/^Subject: \[PATCH 0+\/0*([0-9]+)\].*/\1/p;q}' "$ROOT/patches/0000-cover-letter-$1.patch"; }

# series_part N: prints the patches of part N, in the form of series_list.
series_part() {
	local n1 n2 all
	n1=$(part_size 1) n2=$(part_size 2) all=$(series_list | wc -l)
	[[ -n $n1 && -n $n2 && $((n1 + n2)) == "$all" ]] ||
		die "the cover letters are of ${n1:-?} and ${n2:-?} patches, series lists $all: 'make reroll' writes them"
	if [[ $1 == 1 ]]; then series_list | head -n "$n1"; else series_list | tail -n "$n2"; fi
}
