#!/bin/bash
# Searches all states of the model of the protocol, tests/model/userptr.pml, with Spin. Then
# searches the model with one switch set at a time. Each switch removes one step (they are listed at
# the top of the model), and Spin must find an error of the property that the switch names.
# Usage: model/run.sh [SWITCH ...]   only these switches, and not the model without one
# In:  FULL=1  also two threads with two invalidations, the whole model in one, and three of each.
#              Takes hours and more memory than the default: set MEMORY= to the available memory
#      DEPTH=N, MEMORY=MIB  limits of one search (2000000, 3500); a search that reaches one fails
# Out: a line for each search: "holds PART ...", "FAILS PART ...", "found SWITCH ..." or "MISSED
#      SWITCH ...". The trail to each error that was found is in CACHE/model/SWITCH.txt.
# Exit: 0 if no part fails and no switch is missed
. "$(dirname "$0")/../../scripts/lib.bash"

model=$ROOT/tests/model/userptr.pml
out=$CACHE/model
depth=${DEPTH:-2000000} memory=${MEMORY:-3500}
need_tool spin gcc

mapfile -t all < <(sed -nE 's/^ \* switch: ([a-z0-9-]+) .*/\1/p' "$model")
known=" ${all[*]} "
for s; do [[ $known == *" $s "* ]] || die "the model has no switch $s: they are listed at the top of ${model#"$ROOT/"}"; done
switches=("$@") parts=()
if (($# == 0)); then
	switches=("${all[@]}")
	parts=(PAIR SLOTS ONESLOT LOCKS LIFE STRANGER ROUNDS)
	[[ -z ${FULL:-} ]] || parts+=(RACES WHOLE 'RACES THREADS=3' 'RACES INVALIDATIONS=3')
fi
mkdir -p "$out"
make_tmp
cd "$tmp"
cp "$model" userptr.pml

# build FLAGS NAME...: makes ./pan from the model with these names defined.
build() {
	local flags=$1
	shift
	rm -f pan* ./*.trail
	spin -a "${@/#/-D}" userptr.pml >spin.log 2>&1 || :
	[[ -s pan.c ]] || die "Spin does not take the model: $(head -n1 spin.log)"
	# shellcheck disable=SC2086
	gcc -w -DCOLLAPSE -DNOFAIR -DVECTORSZ=2048 -DMEMLIM="$memory" $flags -o pan pan.c || die "gcc does not take what Spin made of the model, see above"
}

# search OPTION...: runs ./pan into pan.log.
search() {
	: >pan.log
	with_progress "$label" 'grep "^Depth=" pan.log | tail -n1 | grep -oE "States= *[^ ]+"' \
		stdbuf -oL ./pan -m"$depth" "$@" >pan.log 2>&1 || :
}

# figure NAME: prints a number from the output of the search: states, depth or seconds.
figure() {
	case $1 in
	states) sed -nE 's/^ *([0-9]+) states, stored.*/\1/p' pan.log ;;
	depth) sed -nE 's/.*depth reached ([0-9]+).*/\1/p' pan.log ;;
	seconds) sed -nE 's/.*elapsed time ([0-9]+).*/\1/p' pan.log | head -n1 ;;
	esac
}

# what_was_found: prints in words the error that the search found, or nothing. Writes the replayed
# trail to replay.log.
what_was_found() {
	local line text error
	error=$(grep -m1 -E '^pan: ?[0-9]*: ' pan.log || :)
	[[ -n $error && -s userptr.pml.trail ]] || return 0
	spin -t -p -g "${defines[@]/#/-D}" userptr.pml >replay.log 2>&1 || :
	case $error in
	*'assertion violated'*)
		line=$(sed -nE 's/^spin: userptr.pml:([0-9]+), Error: assertion violated.*/\1/p' replay.log | head -n1)
		text=$(sed -nE "${line:-0}s|.*/\* (P[0-9].*) \*/.*|\1|p" userptr.pml)
		echo "${text:-an assertion without a text, line ${line:-?}}"
		;;
	*'invalid end state'*) echo "stuck: no process can go on" ;;
	*'non-progress cycle'*) echo "cycle: a round without progress" ;;
	*'block in d_step'* | *'block in step'*) echo "P1: the callback waits" ;;
	*) echo "$error" ;;
	esac
}

# write_trail FILE HEADLINE: writes the replayed trail, with the driver's function for each step.
write_trail() {
	{
		echo "$2"
		echo
		awk -f "$ROOT/tests/model/trail.awk" userptr.pml replay.log
		echo
		echo "In the end:"
		sed -n '/#processes/,$p' replay.log
	} >"$1.new"
	mv "$1.new" "$1"
}

bad=0 states=0 t0=$SECONDS
logs=()
for part in "${parts[@]}"; do
	read -ra defines <<<"${part/#WHOLE/WHOLE=1}"
	label="all states of $part"
	if [[ $part == ROUNDS ]]; then
		defines=(PAIR PROGRESS)
		build '-O1 -DNP' "${defines[@]}"
		search -l
	else
		build '-O1 -DSAFETY' "${defines[@]}"
		search
	fi
	cp pan.log "$out/${part// /-}.log"
	rm -f "$out/${part// /-}.txt"
	n=$(figure states) found=$(what_was_found)
	if [[ -n $found ]]; then
		write_trail "$out/${part// /-}.txt" "$part: $found"
		echo "FAILS    $part: $found; its trail: $out/${part// /-}.txt"
		bad=$((bad + 1))
	elif ! grep -q 'errors: 0$' pan.log || grep -qE 'too small|not completed|MEMLIM|out of memory|hash table is full' pan.log; then
		echo "FAILS    $part: the search did not come to its end: $(grep -m1 -E 'too small|not completed|MEMLIM|out of memory' pan.log || tail -n1 pan.log)"
		bad=$((bad + 1))
	else
		echo "holds    $part: $n states, depth $(figure depth), $(figure seconds) s"
		states=$((states + n))
		[[ $part == ROUNDS || $part == *' '* ]] || logs+=("$out/$part.log")
	fi
done
if ((${#logs[@]} >= 3)); then
	odd=$(diff <(sed -nE 's/^ \* unreached: ([a-z_]+ [0-9]+ .*[^ ])  +[^ ].*/\1/p' "$model" | sort) <(awk -f "$ROOT/tests/model/unreached.awk" "${logs[@]}" | sort) | grep '^[<>]' || :)
	if [[ -n $odd ]]; then
		sed -e 's/^> /FAILS    unreached and not listed in the model: /' -e 's/^< /FAILS    listed as unreached, and reached: /' <<<"$odd"
		bad=$((bad + 1))
	fi
fi

caught=0
for s in "${switches[@]}"; do
	read -r part wanted text < <(sed -nE "s/^ \* switch: $s +(.*)/\1/p" "$model")
	name=${s^^}
	defines=("$part" "${name//-/_}")
	label="$s"
	if [[ $wanted == cycle ]]; then
		defines+=(PROGRESS)
		build '-O0 -DNP' "${defines[@]}"
		search -l
	else
		build '-O0 -DSAFETY -DBFS' "${defines[@]}"
		search
	fi
	found=$(what_was_found)
	rm -f "$out/$s.txt"
	if [[ -z $found ]]; then
		echo "MISSED   $s: $(grep -m1 -E 'too small|not completed|MEMLIM|out of memory' pan.log || echo "no error in $(figure states) states")"
		bad=$((bad + 1))
		continue
	fi
	write_trail "$out/$s.txt" "$s: $text. $found"
	if [[ $found =~ ^"$wanted"[,:] ]]; then
		echo "found    $s: $found ($(figure states) states, $(figure seconds) s)"
		caught=$((caught + 1))
	else
		echo "MISSED   $s: an error, but not of $wanted: $found; its trail: $out/$s.txt"
		bad=$((bad + 1))
	fi
done

say "$((SECONDS - t0)) s; the trails of the errors: $out"
if (($# == 0)); then
	verdict=pass clean=', no error'
	((bad == 0)) || verdict=fail clean=''
	RECORD_KERNEL='' record model "$verdict" "tests/model/run.sh" \
		"Spin: all $states states of ${#parts[@]} parts of the model$clean; an error in $caught of ${#switches[@]} models with one thing taken away"
fi
((bad == 0))
