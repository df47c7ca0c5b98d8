#!/bin/bash
# The files for farms (ci/): the lists are in drm-ci's format and agree with
# testbed/workloads/igt/expected and the results; the LAVA job is valid by LAVA's own schema and
# names no missing file; its steps run, by sh and by Debian's igt_runner, on a stand-in for the
# subtests. No guest: 60-igt.t compares the kernel's results with the lists, with the same command
# line.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool git shellcheck busybox perl
make_tmp
job=$ROOT/ci/lava.yaml
repo=$("$ROOT/testbed/kernel/base.sh")
ci=drivers/gpu/drm/ci
drmci() { git -C "$repo" show "base:$ci/$1"; }
mapfile -t sets < <(cd "$ROOT/ci" && find stock patched -name '*-fails.txt' | sed 's/-fails\.txt$//' | sort)

# The lists.
"$ROOT/ci/lists.sh" "$tmp/lists" || bail "ci/lists.sh fails"
is_empty "the lists of ci/ are those that ci/lists.sh makes" "$(
	for d in stock patched testlist.txt; do diff -r "$tmp/lists/$d" "$ROOT/ci/$d" 2>&1 || :; done
)"
# malformed DIR: prints the faults for which drm-ci would reject the lists in DIR. The words for
# results are taken from its own lists.
words=$(git -C "$repo" grep -hoE '^[a-z_0-9]+@.*,[A-Za-z]+$' base -- "$ci/xfails/*-fails.txt" | sed 's/.*,//' | sort -u | paste -sd'|')
malformed() {
	local s f k
	for s in "${sets[@]}"; do
		[[ ${s#*/} =~ ^i915-[a-z0-9]+$ ]] || echo "$s: drm-ci has driver-gpu-kind.txt"
		for k in fails flakes skips; do [[ -f $1/$s-$k.txt ]] || echo "$s-$k.txt is missing"; done
		for f in "$1/$s"-fails.txt "$1/$s"-flakes.txt; do
			sed '/^#/d; /^$/d; s/,.*//' "$f" | while read -r t; do
				grep -qFx -- "$t" "$1/testlist.txt" || echo "$f: $t is not in testlist.txt"
			done
		done
		sed '/^#/d; /^$/d' "$1/$s-fails.txt" | grep -vE "^[a-z_0-9]+@[-a-z0-9]+,($words)$" || :
		sed '/^#/d; /^$/d' "$1/$s-flakes.txt" | grep -vE '^[a-z_0-9]+@[-a-z0-9]+$' || :
		[[ -n $(sed '/^#/d; /^$/d' "$1/$s-skips.txt") ]] || echo "$s-skips.txt: igt_runner takes no list without an expression"
		# drm-ci's documentation requires five entries before each flake.
		awk -v f="$s" '/^# (Board Name|Bug Report|Failure Rate|IGT Version|Linux Version): ./ { n++; next }
			/^[^#]/ { if (n != 5) print f "-flakes.txt: " $0 ": " n + 0 " of 5 things are said"; n = 0 }' "$1/$s-flakes.txt"
	done
	grep -nvE '^[a-z_0-9]+@[-a-z0-9]+$' "$1/testlist.txt" || :
}
if [[ $words == *Fail* ]]; then ok "drm-ci's own lists have the words $words"; else bail "the base kernel has no $ci/xfails"; fi
is_empty "${#sets[@]} sets of lists: drm-ci's format" "$(malformed "$ROOT/ci")"
# Negative tests. broken NAME FILE SED: checks that a changed list is found malformed.
broken() {
	rm -rf "$tmp/broken"
	cp -r "$ROOT/ci" "$tmp/broken"
	sed -i -E "$3" "$tmp/broken/$2"
	! cmp -s "$tmp/broken/$2" "$ROOT/ci/$2" || bail "$2 has no line for '$1'"
	if [[ -n $(malformed "$tmp/broken") ]]; then ok "seen: $1"; else not_ok "seen: $1"; fi
}
broken "a result that drm-ci has no word for" stock/i915-g33-fails.txt 's/,Fail$/,Bad/'
broken "a subtest that there is not" stock/i915-g33-fails.txt 's/release-munmap,/release-nothing,/'
broken "a flake of which nothing is said" stock/i915-g33-flakes.txt '$a gem_userptr_release@release-exit'
broken "a list of skips without an expression" patched/i915-g33-skips.txt '/^[^#]/d'
broken "the runner's own name of a test in the list" testlist.txt '1s/^/igt@/'

# Compare with the observed results in Documentation/igt.md, not the expected ones: column 2 stock,
# 3 patched.
against_results() {
	local gpu=$4
	awk -v kernel="$2" -v column="$3" -v mark="table${gpu#-g33}" -F' *[|] *' '
		/^#/ { next }
		FILENAME ~ /-fails.txt$/ { sub(/.*@/, ""); sub(/,.*/, ""); if ($0 != "") fails[$0] = 1; next }
		FILENAME ~ /-flakes.txt$/ { sub(/.*@/, ""); if ($0 != "") flake[$0] = 1; next }
		FILENAME ~ /testlist.txt$/ { sub(/.*@/, ""); tested[$0] = 1; next }
		$0 == "<!-- " mark " -->" { on = 1 }
		$0 == "<!-- /" mark " -->" { on = 0 }
		on && $2 ~ /^`/ {
			t = $2; gsub(/`/, "", t)
			if (!(t in tested)) next
			n++; bad = $(column + 1) !~ /^(pass|skip)/
			if (t in flake) { delete fails[t]; next }
			if (bad != (t in fails)) print kernel ": " t ": " $(column + 1)
			delete fails[t]
		}
		END { for (t in fails) print kernel ": " t " is in no table"; if (!n) print "no table" }' \
		"$1/$2/i915$4-fails.txt" "$1/$2/i915$4-flakes.txt" "$1/testlist.txt" "$ROOT/Documentation/igt.md"
}
# Documentation/igt.md has no table of the Kaby Lake.
is_empty "on stock fails what failed in the table of Documentation/igt.md" "$(against_results "$ROOT/ci" stock 2 -g33)"
is_empty "patched: the same, nothing" "$(against_results "$ROOT/ci" patched 3 -g33)"
cp -r "$ROOT/ci" "$tmp/other"
sed -i '/release-fork/d' "$tmp/other/stock/i915-g33-fails.txt"
if [[ $(against_results "$tmp/other" stock 2 -g33) == *release-fork* ]]; then ok "seen: one that is missing"; else not_ok "seen: one that is missing"; fi

# The job.
rc=0
"$ROOT/ci/check.py" "$job" || rc=$?
case $rc in
0) ok "ci/lava.yaml: YAML, and a job by LAVA's schema" ;;
77) ok "ci/lava.yaml: YAML (# SKIP its schema: no lava-common)" ;;
*) not_ok "ci/lava.yaml: YAML, and a job by LAVA's schema" ;;
esac
schema=$rc
# refused NAME SED: checks that the job as changed by SED is refused.
refused() {
	sed -E "$2" "$job" >"$tmp/refused.yaml"
	! cmp -s "$job" "$tmp/refused.yaml" || bail "the job has no line for '$1'"
	rc=0
	why=$("$ROOT/ci/check.py" "$tmp/refused.yaml" 2>&1) || rc=$?
	if ((rc == 1)); then ok "refused: $1: ${why##*refused.yaml}"; else not_ok "refused: $1 (exit status $rc)"; fi
}
refused "a brace that is left open" '1s/$/\n{/'
refused "a key that is there twice" 's/^visibility:.*/&\n&/'
if ((schema == 0)); then
	refused "a word misspelled" 's/commands: nfs/command: nfs/'
	refused "no kernel" '/^    kernel:/,+1d'
	refused "an unknown way to boot" 's/method: depthcharge/method: magic/'
	refused "a test that may last longer than the job" 's/minutes: 120/minutes: 1200/'
	refused "no visibility" '/^visibility/d'
fi

# For every GPU of drm-ci, in the packed files: the device type, and each file that the steps name.
gpus=$(drmci test.yml | sed -nE 's/^i915:([a-z0-9]+):$/\1/p')
if [[ $gpus == *kbl* ]]; then ok "drm-ci has the GPUs ${gpus//$'\n'/ }"; else bail "the base kernel's $ci/test.yml has no i915:kbl"; fi
url=https://farm.example.org/here
# lacks DIR: prints the files that the job of DIR names under $LISTS and that its archive lacks, and
# wrong URLs.
lacks() {
	local f gpu
	rm -rf "$tmp/unpacked"
	mkdir "$tmp/unpacked"
	tar -C "$tmp/unpacked" -xzf "$1/lists.tar.gz"
	gpu=$("$ROOT/ci/job.py" "$1/lava.yaml" | sed -n 's/^GPU=//p')
	[[ -n $gpu ]] || echo "no GPU"
	while read -r f; do
		f=${f//'$GPU'/$gpu}
		# A prefix, in the last step.
		[[ -n $(compgen -G "$tmp/unpacked/userptr/$f*") ]] || echo "userptr/$f is not in the archive"
	done < <("$ROOT/ci/job.py" "$1/lava.yaml" | grep -oE '"\$LISTS/[^"]+"' | sed -E 's|^"\$LISTS/||; s/"$//')
	for f in bzImage modules.tar.xz rootfs.tar.xz lists.tar.gz; do grep -q "url: $url/$f$" "$1/lava.yaml" || echo "no $url/$f"; done
	! grep -n storage.example.org "$1/lava.yaml" || echo "not all URLs are changed"
}
packed=0 wrong=''
for gpu in $gpus; do
	for kernel in stock patched; do
		d=$tmp/pack/$gpu-$kernel
		if ! "$ROOT/ci/pack.sh" "$gpu" "$kernel" "$url" "$d" 2>"$tmp/pack.err"; then wrong+="$gpu: $(<"$tmp/pack.err")"$'\n'; continue; fi
		device=$(sed -n 's/^device_type: //p' "$d/lava.yaml")
		[[ $(drmci test.yml | grep -A6 "^i915:$gpu:") == *"DEVICE_TYPE: $device"$'\n'* ]] || wrong+="$gpu: device type $device"$'\n'
		wrong+=$(lacks "$d")
		cmp -s <(sed '/^#/d' "$tmp/unpacked/userptr/xfails/i915-$gpu-fails.txt") <(sed '/^#/d' "$ROOT/ci/$kernel/i915-g33-fails.txt") ||
			wrong+="$gpu: the lists are not those for $kernel"$'\n'
		packed=$((packed + 1))
	done
done
is_empty "$packed jobs for drm-ci's GPUs: right by the schema, every file that they name is in the archive" "$wrong"
cp -r "$tmp/pack/kbl-patched" "$tmp/lacking"
sed -i 's|judge.sh|judgement.sh|' "$tmp/lacking/lava.yaml"
if [[ $(lacks "$tmp/lacking") == *judgement.sh* ]]; then ok "seen: a file that is not there"; else not_ok "seen: a file that is not there"; fi
if "$ROOT/ci/pack.sh" nosuch patched "$url" "$tmp/nosuch" 2>/dev/null; then not_ok "refused: a GPU that drm-ci has not"; else ok "refused: a GPU that drm-ci has not"; fi

# The script of the machine is run completely: only the paths are changed, and modprobe and the
# subtests are stand-ins.
{ echo '#!/bin/sh'; "$ROOT/ci/job.py"; } >"$tmp/steps.sh"
try "shellcheck: the steps of the job" shellcheck -s sh "$tmp/steps.sh"
library=$("$ROOT/testbed/workloads/igt/library.sh")
root=$tmp/root
mkdir -p "$root/igt/bin" "$root/igt/libexec/igt-gpu-tools" "$root/bin"
root_only=()
((EUID == 0)) || root_only=(--allow-non-root)
for p in igt_runner igt_results; do
	printf '#!/bin/sh\necho "%s $*" >>%q\nexec %q --library-path %q %q %s "$@"\n' "$p" "$root/ran" "$library/lib/ld-linux-x86-64.so.2" \
		"$library/lib" "$library/bin/$p" "$([[ $p == igt_results ]] || echo "${root_only[*]+"${root_only[*]}"}")" >"$root/igt/bin/$p"
done
printf '#!/bin/sh\necho "modprobe $*"\necho "modprobe $*" >>%q\n' "$root/ran" >"$root/bin/modprobe"
printf '#!/bin/sh\necho "$*" >>%q\n' "$root/lava" >"$root/bin/lava-test-case"
# The subtest NAME has the result of the line 'PROGRAM@NAME RESULT' in $root/results.
mapfile -t programs < <(cut -d@ -f1 "$ROOT/ci/testlist.txt" | sort -u)
for p in "${programs[@]}"; do cat >"$root/igt/libexec/igt-gpu-tools/$p" <<EOT; done
#!/bin/sh
case \$1 in --list-subtests) sed -n 's/^$p@\([^ ]*\) .*/\1/p' $root/results; exit ;; esac
while [ \$# -gt 0 ]; do [ "\$1" != --run-subtest ] || s=\$2; shift; done
r=\$(sed -n "s/^$p@\$s //p" $root/results)
[ "\$r" != none ] || exit 1
echo "IGT-Version: 2.5 (x86_64) (Linux: 7.3.4 x86_64)"
for o in 1 2; do echo "Starting subtest: \$s" >&\$o; echo "Subtest \$s: \$r (0.100s)" >&\$o; done
case \$r in FAIL) exit 98 ;; SKIP) exit 77 ;; esac
EOT
printf '%s\n' TESTLIST "${programs[@]}" 'END TESTLIST' >"$root/igt/libexec/igt-gpu-tools/test-list.txt"
chmod 755 "$root/igt/bin"/* "$root/bin"/* "$root/igt/libexec/igt-gpu-tools"/gem_*
# run PACK SHELL: runs the job, with its output in $tmp/said. MONITORED=lockdep: a taint of this
# machine's kernel must not end the run.
run() {
	rm -rf "$root/userptr" "$root/tmp" "$root/ran" "$root/lava"
	mkdir -p "$root/tmp"
	tar -C "$root" -xzf "$1/lists.tar.gz"
	# busybox has its own modprobe, which it prefers to one in PATH.
	{ echo "set -e; modprobe() { '$root/bin/modprobe' \"\$@\"; }"; "$ROOT/ci/job.py" "$1/lava.yaml"; } | sed -E "s,([ =:\">])/(igt|userptr|tmp)\b,\1$root/\2,g; s/^MONITORED=.*/MONITORED=lockdep/" >"$root/steps"
	[[ -z ${skip:-} ]] || echo "$skip" >>"$root/userptr/xfails/i915-kbl-skips.txt"
	(cd "$root" && PATH="$root/bin:$PATH" $2 "$root/steps") >"$tmp/said" 2>&1
}
# results STATE: sets the results of stock or patched.
results() {
	sed 's/$/ SUCCESS/' "$ROOT/ci/testlist.txt" >"$root/results"
	[[ $1 != stock ]] || while read -r t; do sed -i "s/^$t .*/$t FAIL/" "$root/results"; done < <(sed -nE 's/^(gem[^,]*).*/\1/p' "$ROOT"/ci/stock/i915-g33-{fails,flakes}.txt)
}
# ends NAME WANTED PACK PATTERN: checks that the job exits with WANTED and prints PATTERN.
ends() {
	local rc=0 sh
	for sh in sh 'busybox sh'; do
		rc=0
		run "$tmp/pack/$3" "$sh" || rc=$?
		if ((rc == $2)) && grep -qE -- "$4" "$tmp/said"; then ok "the job, $sh: $1"; else not_ok "the job, $sh: $1 (exit status $rc)"; tail -15 "$tmp/said" | diag; fi
	done
}
all=$(wc -l <"$ROOT/ci/testlist.txt")
results patched
ends "patched results pass by the patched lists" 0 kbl-patched "^$all subtests, 0 not as expected"
if [[ $(grep -c -- ' --result pass$' "$root/lava") == "$all" ]]; then ok "LAVA gets $all results"; else not_ok "LAVA gets $all results"; fi
is_empty "i915 is loaded before" "$(diff <(echo "modprobe i915") <(head -1 "$root/ran"))"
is_empty "igt_runner had the command line of ci/job.py -c" "$(
	command=$("$ROOT/ci/job.py" -c)
	wanted=$(LIST=$root/tmp/testlist LISTS=$root/userptr GPU=kbl TIMEOUT=300 MONITORED=lockdep TESTS=$root/igt/libexec/igt-gpu-tools RESULTS=$root/tmp/results \
		bash -c "echo ${command//\"/}")
	diff <(echo "$wanted") <(grep '^igt_runner' "$root/ran") || :
)"
ends "patched results do not pass by those of stock" 1 kbl-stock '^not ok gem_userptr_release@release-munmap: Pass, expected: Fail'
results stock
ends "stock's results pass by those of stock" 0 kbl-stock "^$all subtests, 0 not as expected"
ends "stock's results do not pass by those of patched" 1 kbl-patched '^not ok gem_userptr_release@release-fork: Fail, expected: Pass'
results patched
sed -i 's/@alias-suspend .*/@alias-suspend SKIP/; s/@release-exit .*/@release-exit FAIL/' "$root/results"
ends "one that skips is right, one that fails is not" 1 kbl-patched '^ok gem_userptr_blits@alias-suspend: Skip'
sed -i 's/@release-exit .*/@release-exit SUCCESS/' "$root/results"
skip='gem_userptr_blits@alias-.*'
ends "what the skips have is not run" 0 kbl-patched "^$((all - $(grep -c @alias- "$ROOT/ci/testlist.txt"))) subtests, 0 not as expected"
is_empty "igt_runner did not begin it either" "$(grep -F '(alias-' "$tmp/said" || :)"
skip=''
results patched
sed -i '/@release-fork /d' "$root/results"
ends "one that there is not in the program ends it" 1 kbl-patched '^these subtests are not in this IGT'
: >"$root/results"
ends "a program without any ends it" 1 kbl-patched '^modprobe'
is_empty "before igt_runner" "$(grep ^igt_runner "$root/ran" || :)"
sed 's/$/ SKIP/' "$ROOT/ci/testlist.txt" >"$root/results"
ends "that all skip is no pass" 1 kbl-patched '^not ok: all skip'
results patched
sed -i 's/@release-fork .*/@release-fork none/' "$root/results"
ends "one that says nothing has not passed" 1 kbl-patched '^not ok gem_userptr_release@release-fork: '
results patched
skip='.*'
ends "that nothing is run is no pass" 1 kbl-patched 'igt_runner ended with 1'
skip=''
# Input that the job cannot produce.
results patched
run "$tmp/pack/kbl-patched" sh || bail "the job fails, where it did not before"
# judge NAME PATTERN: checks that judge.sh exits with 2 and prints PATTERN.
judge() {
	local rc=0 o
	o=$("$root/userptr/judge.sh" "$root/tmp/results/results.json" "$root/userptr/testlist.txt" "$root/userptr/xfails/i915-kbl" 2>&1) || rc=$?
	if ((rc == 2)) && [[ $o == *"$2"* ]]; then ok "judge.sh: $1"; else not_ok "judge.sh: $1 (exit status $rc)"; diag <<<"$o"; fi
}
echo '.*' >>"$root/userptr/xfails/i915-kbl-skips.txt"
judge "all is skipped" "nothing was compared"
rm "$root/userptr/xfails/i915-kbl-flakes.txt"
judge "a list is missing" "cannot read"
done_testing
