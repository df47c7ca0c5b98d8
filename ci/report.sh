#!/bin/bash
# Reads the report of a USB stick (make image) and compares its results with the lists of ci/.
# Usage: ci/report.sh REPORT.tar.gz [GPU]
#   GPU   whose lists to use (default: kbl; they apply to any GPU but a G33)
# Out: versions and devices; for each tested i915 its figures and the lines of judge.sh.
# Exit: 0 if all results are as expected; 1 if not, or if nothing was tested
. "$(dirname "$0")/../scripts/lib.bash"
need_tool tar awk

(($# == 1 || $# == 2)) || usage
report=$1 gpu=${2:-kbl}
[[ -s $report ]] || die "there is no report $report: i915-userptr-report-N.tar.gz is what a stick writes"
[[ -s $ROOT/ci/patched/i915-$gpu-fails.txt ]] || die "there are no lists for the GPU '$gpu' in ci/patched: ci/lists.sh makes some"
make_tmp
if ! tar -C "$tmp" --no-same-owner -xzf "$report" 2>/dev/null || [[ ! -s $tmp/report/versions.txt ]]; then
	die "$report is not a complete report of a stick: copy the file again"
fi
cat "$tmp/report/versions.txt"
grep -E ' (VGA|Display|3D)' "$tmp/report/lspci.txt" || :
tested=0 bad=0
for v in patched stock; do
	dir=$tmp/report/$v
	[[ -d $dir ]] || continue
	printf '\n--- The %s i915\n' "$v"
	cat "$dir/summary" 2>/dev/null || echo "not tested to its end"
	# The kernel reported no error, and no result is unexpected.
	[[ $(sed -nE 's/^(splats|.*-bad|.*-stuck|igt-unexpected) //p' "$dir/summary" 2>/dev/null | sort -u) == 0 ]] || bad=1
	[[ -s $dir/igt/results.json ]] || continue
	tested=1
	"$ROOT/ci/judge.sh" "$dir/igt/results.json" "$dir/igt/testlist.txt" "$ROOT/ci/$v/i915-$gpu" || bad=1
done
((tested)) || say "nothing was tested"
((tested && !bad))
