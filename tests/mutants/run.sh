#!/bin/bash
# Puts each mutant (a small patch that breaks the series) on top of it, runs the userptr mock
# selftests with it and prints which test caught it. If the selftests cannot catch a mutant, its
# patch has two lines. Run: a workload and its arguments, optionally after GPU=kbl or CONFIG=debian;
# its run.sh is run with -x PATCH. Found-as: a regular expression that its output must match.
# Usage: tests/mutants/run.sh [NAME ...]   names in tests/mutants without .patch; default: all
# Out: a line for each, "caught NAME by WHAT" or "SURVIVED NAME", and a record of it for the proof
#      page; exit 0 if all were caught. Without the mutant the tests must pass.
#
# The mutants are in one module, and are switched on one after the other (switches.py, guest.sh); a
# mutant that changes more than functions has its own module. A mutant must not count as caught
# because of the state that an earlier one left behind, and lockdep and KASAN may be silent after
# their first report. So a failed subtest counts only if it then passes in the same guest without
# the mutant. Any other sign (the kernel reports an error or dies, a subtest hangs, all pass) counts
# only for the first mutant in a guest; any other mutant is then run again as the first one. An
# error report, a death or a hang ends the guest.
. "$(dirname "$0")/../../scripts/lib.bash"

names=("$@")
(($#)) || mapfile -t names < <(cd "$ROOT/tests/mutants" && basename -s .patch -- *.patch)
# patch_of NAME: prints the path of its patch.
patch_of() { echo "$ROOT/tests/mutants/$1.patch"; }
for m in "${names[@]}"; do
	[[ -s $(patch_of "$m") ]] || die "there is no tests/mutants/$m.patch"
done
need_tool git python3
repo=$("$ROOT/testbed/kernel/base.sh")
make_tmp
bad=0

# subtests NAME: prints the subtests that catch it according to its patch, as for st_filter=.
subtests() {
	field 'Seen by' "$(patch_of "$1")" | grep -oE 'igt_[a-z_]+' | sort -u | paste -sd, || :
}

# verdict NAME RESULT: prints and records RESULT: "passed", "caught by ...", or why there is none
verdict() {
	local result=$2 verdict=fail kernel
	case $result in
	caught*) verdict=pass; echo "caught   $1 ${result#caught }" ;;
	passed) result=SURVIVED; echo "SURVIVED $1"; bad=$((bad + 1)) ;;
	*) echo "ERROR    $1 $result"; bad=$((bad + 1)) ;;
	esac
	result=$(tr '|\t' '/ ' <<<"$result")
	kernel=$(field Run "$(patch_of "$1")" | sed -n 's/.*CONFIG=\([^ ]*\).*/\1/p')
	RECORD_KERNEL=${kernel:-${CONFIG:-debug}} record "mutant-$1" "$verdict" "tests/mutants/run.sh $1" "${result:0:199}"
}

# last_subtest DIR: prints the subtest that was running when the guest with these logs ended.
last_subtest() {
	tr -d '\r' <"$1/console.log" | sed -nE 's|.*i915: Running [^/ ]+/([^ ]+)$|\1|p' | tail -n1
}

# guest_said DIR: prints the last line of testbed/vm/guest.sh.
guest_said() { sed 's/^guest: //; s/; log: .*//' "$1/guest.log" | tail -n1; }

# failed_in LOG: prints the failed subtests in a KTAP log.
failed_in() { sed -nE 's/^    not ok [0-9]+ ([^ ]+).*/\1/p' "$1" | paste -sd' '; }

# run_script NAME: runs its workload; sets result
run_script() {
	local logs=$CACHE/runs/mutants/$1 patch command set=() rc=0 found
	patch=$(patch_of "$1")
	read -r -a command <<<"$(field Run "$patch")"
	while [[ ${command[0]} == [A-Z]*=* ]]; do set+=("${command[0]}"); command=("${command[@]:1}"); done
	mkdir -p "$logs"
	env "${set[@]}" "$ROOT/testbed/workloads/${command[0]}/run.sh" -x "$patch" "${command[@]:1}" \
		>"$logs/out.log" 2>"$logs/guest.log" || rc=$?
	found=$(cat "$logs/out.log" "$logs/guest.log" | grep -m1 -E "$(field Found-as "$patch")" |
		sed 's/; log: .*//' || :)
	if ((rc == 0)); then
		result=passed
	elif [[ $found ]]; then
		result="caught by ${set[*]:+${set[*]} }${command[0]}/run.sh ${command[*]:1}: $found"
	else
		found=$(grep -m1 '^not ok' "$logs/out.log" || tail -n1 "$logs/guest.log")
		result="not seen as '$(field Found-as "$patch")': $found"
	fi
}

# run_module NAME: runs the selftests with a module for this mutant alone; sets result
run_module() {
	local commit ko logs=$CACHE/runs/mutants/$1 rc=0 last
	mkdir -p "$logs"
	if ! {
		commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "$(patch_of "$1")") &&
			ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$commit")
	} 2>"$logs/build.log"; then
		result="not built: $(tail -n1 "$logs/build.log")"
		return
	fi
	"$ROOT/testbed/vm/guest.sh" -k "$ko" -l "$logs" -T 300 -u 64 -q -a hung_task_panic=1 \
		-t "$ROOT/testbed/workloads/selftests" -- \
		selftests.sh mock "$(selftest_parameter "$ko" mock_userptr)=1" \
		2>"$logs/guest.log" || rc=$?
	last=$(last_subtest "$logs")
	case $rc in
	0) result=passed ;;
	97 | 98) result="caught by $(guest_said "$logs")${last:+, last subtest $last}" ;;
	99) result="not run: $(guest_said "$logs")" ;;
	*)
		result="caught by $(failed_in "$logs/out.log")"
		[[ $result != "caught by " ]] || result="not run: $(tail -n1 "$logs/out.log")"
		;;
	esac
}

# boot LOGS SUBTESTS NUMBER ...: boots a guest with these mutants; SUBTESTS: those to run without a
# mutant, all if empty. Returns the status of testbed/vm/guest.sh.
boot() {
	local logs=$1 without=$2 arguments=() n rc=0
	shift 2
	for n; do arguments+=("$n=$(subtests "${switched[n]}")"); done
	mkdir -p "$logs"
	say "${logs##*/}: $# mutants"
	"$ROOT/testbed/vm/guest.sh" -k "$ko" -l "$logs" -T $((900 + 60 * $#)) -u 64 -q \
		-a hung_task_panic=1 -t "$ROOT/testbed/workloads/selftests" \
		-t "$ROOT/tests/mutants/guest.sh" -- guest.sh \
		"$(selftest_parameter "$ko" mock_userptr)" "$without" "${arguments[@]}" \
		2> >(tee "$logs/guest.log" >&2) || rc=$?
	tr -d '\r' <"$logs/out.log" >"$logs/out"
	return "$rc"
}

# notice NUMBER SUBTEST: prints a notice if its patch does not name the subtest that caught it.
notice() {
	local named
	named=$(subtests "${switched[$1]}")
	[[ ! $2 || ! $named || ,$named, == *",$2,"* ]] ||
		say "NOTICE: ${switched[$1]} is caught by $2, not by $named as its patch says"
}

# run_switched: runs all mutants in todo, which has indices of switched.
run_switched() {
	local guests=0 vain=0 first rc logs without n status failed said last what again rest
	local -A came why
	lock mutants
	while ((${#todo[@]} || !guests)); do
		((++guests))
		logs=$CACHE/runs/mutants/guest-$guests first=${todo[0]:-} rc=0 without=''
		((guests == 1)) || without=$(subtests "${switched[first]}")
		boot "$logs" "$without" "${todo[@]}" || rc=$?
		last=$(last_subtest "$logs")
		said="$(guest_said "$logs")${last:+, last subtest $last}"
		if ! grep -qx 'end 0 pass' "$logs/out"; then
			((guests > 1)) || grep -qx 'end 0 clock' "$logs/out" ||
				die "the userptr selftests do not pass without a mutant ($said):" \
					"fix that first, see $logs"
			((++vain < 5)) || break
			continue
		fi

		# The status of each mutant. If it began and did not end, it died. An error report
		# on the console that the guest's script missed belongs to the last one.
		came=() why=() n=''
		while read -r _ n status failed; do
			came[$n]=${status:-died} why[$n]=${failed% }
		done < <(grep -E '^(begin|end) [1-9]' "$logs/out" || :)
		if [[ $rc == 9[78] && $n ]] &&
			[[ ${came[$n]} == fail || (${came[$n]} == pass && $n != "$first") ]]; then
			came[$n]=complained
		fi

		again=() rest=()
		for n in "${todo[@]}"; do
			case ${came[$n]:-} in
			'') rest+=("$n"); continue ;;
			fail) what="caught by ${why[$n]:-the selftests}" ;;
			unsure) what="not clear: ${why[$n]} fails, then without it, too" ;;
			stuck) what="caught by $last, which does not end" ;;
			complained) what="caught by ${why[$n]:+${why[$n]}; }$said" ;;
			died) what="caught by $said" ;;
			pass)
				case $rc in
				0) what=passed ;;
				97) what="caught by $said" ;;
				*) what="not run: $said" ;;
				esac
				;;
			esac
			if [[ ${came[$n]} == fail || $n == "$first" ]]; then
				verdict "${switched[n]}" "$what"
				notice "$n" "${why[$n]%% *}"
			else
				again+=("$n")
			fi
		done
		todo=("${again[@]}" "${rest[@]}")
	done
	unlock mutants
	for n in "${todo[@]}"; do verdict "${switched[n]}" "not run: $said"; done
}

switched=('') patches=() own=() alone=() todo=() others=()
for m in "${names[@]}"; do
	if [[ $(field Run "$(patch_of "$m")") ]]; then
		own+=("$m")
	else
		switched+=("$m")
		patches+=("$(patch_of "$m")")
	fi
done
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")
"$python3" "$ROOT/tests/mutants/switches.py" "$repo" "$commit" "$tmp/mutants.patch" \
	"${patches[@]}" >"$tmp/numbers"
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "$tmp/mutants.patch")
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$commit") ||
	die "the module with the mutants${switched[*]} does not build, see above"

# Mutants that are not caught by a subtest alone come first: each ends its guest.
for ((n = 1; n < ${#switched[@]}; n++)); do
	if ! grep -qx "$n" "$tmp/numbers"; then
		alone+=("${switched[n]}")
	elif field 'Seen by' "$(patch_of "${switched[n]}")" | grep -qE 'report|hang|^[^i]'; then
		todo+=("$n")
	else
		others+=("$n")
	fi
done
todo+=("${others[@]}")
run_switched
for m in "${alone[@]}"; do
	run_module "$m"
	verdict "$m" "$result"
done
for m in "${own[@]}"; do
	run_script "$m"
	verdict "$m" "$result"
done
say "${#names[@]} mutants, $((${#names[@]} - bad)) caught"
((bad == 0))
