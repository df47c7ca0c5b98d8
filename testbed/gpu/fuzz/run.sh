#!/bin/bash
# Fuzzes the emulated GPUs (testbed/gpu) with libFuzzer, under the address and undefined behaviour
# sanitizers: messages to their server (vfio-user), and registers, memory and commands (cs). Starts
# from testbed/gpu/fuzz/corpus and from inputs that earlier runs kept.
# Usage: testbed/gpu/fuzz/run.sh [-t SECONDS] [-s SEED] [-m] [-c] [vfio-user|cs]
#   default: both, 60 s each
#   -c   does not fuzz: shows which lines of the model testbed/gpu/fuzz/corpus executes
#   -m   merges inputs with new coverage into testbed/gpu/fuzz/corpus, as few as possible
# In:  GPU=g33 or kbl: this GPU only (default: both, one after the other)
# Out: a line for each: executions, coverage, findings. A finding is in $CACHE/fuzz/NAME/found, and
#      a line says how to replay it.
# Exit: 1 if there is a finding
# Needs clang with libFuzzer (Debian: clang libclang-rt-14-dev); -c takes gcc.
. "$(dirname "$0")/../../../scripts/lib.bash"

seconds=60 seed=$((RANDOM * 32768 + RANDOM + 1)) merge='' coverage=''
options t:=seconds s:=seed m=merge c=coverage -- "$@"
shift $((OPTIND - 1))
[[ $seconds =~ ^[1-9][0-9]*$ && $seed =~ ^[1-9][0-9]*$ ]] || usage
case $#:${1:-} in
0:) harnesses=(vfio-user cs) ;;
1:vfio-user | 1:cs) harnesses=("$1") ;;
*) usage ;;
esac
gpu_name >/dev/null || die "GPU=$GPU is neither g33 nor kbl"
names=()
for gpu in ${GPU:-g33 kbl}; do
	for h in "${harnesses[@]}"; do names+=("$h$(GPU=$gpu gpu_suffix)"); done
done
harness=$ROOT/testbed/gpu/fuzz
if [[ $coverage ]]; then compiler=gcc kind=coverage; else compiler=clang kind=fuzz; fi
need_tool make
command -v "$compiler" >/dev/null || die "no $compiler: install it (Debian: $compiler), with libclang-rt-14-dev if it is clang"

# build: sets bin to a directory with the harnesses, and for -c with what gcov reads.
build() {
	local key
	key=$({ echo "$kind"; "$compiler" --version | head -n1; sha256sum "$harness"/{Makefile,*.[ch]} "$ROOT"/testbed/gpu/{common,g33,kbl}/*.[ch]; } | hash12)
	bin=$CACHE/out/fuzz-$kind-$key
	[[ ! -d $bin ]] || return 0
	lock fuzz-build
	if [[ ! -d $bin ]]; then
		mkdir -p "$CACHE/out"
		make_tmp "$CACHE/out"
		if [[ $compiler == clang ]]; then
			echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return n && *d == 7; }' |
				clang -fsanitize=fuzzer,address -x c - -o "$tmp/try" 2>/dev/null ||
				die "this clang has no libFuzzer: install it (Debian: libclang-rt-14-dev)"
		fi
		say "building the fuzz harnesses with $compiler ..."
		make -s -j"$(nproc)" -C "$harness" OUT="$bin.new" "$kind" >"$tmp/log" 2>&1 || {
			grep -m3 -E '(error|warning|undefined|\*\*\*)' "$tmp/log" >&2 || tail -n3 "$tmp/log" >&2
			rm -rf "$bin.new"
			die "the fuzz harnesses do not build: see 'make -C testbed/gpu/fuzz $kind'"
		}
		mv "$bin.new" "$bin"
	fi
	unlock fuzz-build
}

# corpora NAME: sets corpora to the directories of the checkout that it begins with: messages are
# the same for each GPU.
corpora() {
	corpora=("$harness/corpus/$1")
	[[ $1 != vfio-user-* ]] || corpora+=("$harness/corpus/vfio-user")
}

# lines NAME: prints how much of the model the corpus executes, for each file and in total.
lines() {
	local name=$1 corpora files
	corpora "$name"
	mapfile -t files < <(find "${corpora[@]}" -type f)
	make_tmp
	# The counters go below this directory, under the path of the object.
	GCOV_PREFIX=$tmp "$bin/replay-$name" "${files[@]}" >"$tmp/out" 2>&1 ||
		die "the corpus has a finding ($(grep -m1 -E 'FINDING|ERROR|runtime error' "$tmp/out")): see prove tests/37-fuzz.t"
	find "$tmp" -name '*.gcda' | while read -r f; do
		# It was built in $bin.new.
		gcno=${f%.gcda}.gcno
		cp "$bin/${gcno#*"/${bin##*/}.new/"}" "$gcno"
		gcov -n "$f" 2>/dev/null
	done | awk -v name="$name" -v dir="$ROOT/testbed/gpu/" '
		/^File / { file = substr($2, 2, length($2) - 2); mine = index(file, dir) == 1 && file ~ /\.c$/; file = substr(file, length(dir) + 1) }
		/^Lines executed:/ && mine {
			split($2, p, /[:%]/); n = $NF; done = int(p[2] * n / 100 + 0.5)
			printf "%s\t%s\t%d of %d lines\t%.1f %%\n", name, file, done, n, p[2]
			all += n; hit += done; mine = 0
		}
		END { printf "%s\tall\t%d of %d lines\t%.1f %%\n", name, hit, all, all ? 100 * hit / all : 0 }'
}

# fuzz NAME: fuzzes for $seconds, prints and records the result. Return: 1 if there is a finding.
fuzz() {
	local name=$1 dir=$CACHE/fuzz/$1 rc=0 log executed edges corpus ran what='' file='' verdict=pass figures t0 corpora command
	corpora "$name"
	mkdir -p "$dir/corpus" "$dir/found"
	lock "fuzz-$name"
	log=$dir/log
	say "fuzzing $name for $seconds s, seed $seed; log: $log"
	t0=$SECONDS
	# An input that takes two minutes hangs; on a quiet machine none takes a second.
	with_progress "fuzzing $name" "grep -oE '#[0-9]+.*exec/s: [0-9]+' '$log' | tail -n1 | tr '\t' ' '" \
		nice -n 10 "$bin/fuzz-$name" -seed="$seed" -max_total_time="$seconds" -max_len=1024 -timeout=120 -reload=0 \
		-print_final_stats=1 -artifact_prefix="$dir/found/" "$dir/corpus" "${corpora[@]}" >"$log" 2>&1 || rc=$?
	ran=$((SECONDS - t0))
	executed=$(sed -nE 's/^stat::number_of_executed_units: ([0-9]+)$/\1/p' "$log")
	edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -n1 | cut -d' ' -f2)
	corpus=$(grep -oE 'corp: [0-9]+' "$log" | tail -n1 | cut -d' ' -f2)
	if ((rc)); then
		verdict=fail
		file=$(sed -nE 's/.*Test unit written to (.*)$/\1/p' "$log" | tail -n1)
		what=$(grep -m1 -aoE 'FINDING: .*|(ERROR: [A-Za-z]*Sanitizer|ERROR: libFuzzer): .*|[^ ]+: runtime error: .*' "$log" || :)
	elif [[ -z $executed || $executed == 0 || -z $edges ]]; then
		die "$name: nothing was executed, see $log"
	fi
	figures="${executed:-?} executions in $ran s, ${edges:-?} edges, corpus of ${corpus:-?} inputs, seed $seed, findings: $((rc ? 1 : 0))"
	figures+=${what:+ ($(cut -c1-60 <<<"$what"))}
	unlock "fuzz-$name"
	command="GPU=g33 testbed/gpu/fuzz/run.sh -t $seconds ${name%-kbl}"
	[[ $name != *-kbl ]] || command=${command/g33/kbl}
	printf '%s: %s\n' "$name" "$figures"
	RECORD_KERNEL='' record "fuzz-$name" "$verdict" "$command" "$figures"
	if ((rc)); then
		say "$name: ${what:-ended with status $rc, see $log}; replay: $bin/fuzz-$name ${file:-(no input was written)}"
		return 1
	fi
	[[ -z $merge ]] || merge "$name"
}

# merge NAME: the fewest inputs that give all the coverage; what is in the checkout goes first, and
# stays.
merge() {
	local name=$1 before n size corpora
	before=$(find "$harness/corpus/$name" -type f | wc -l)
	corpora "$name"
	"$bin/fuzz-$name" -set_cover_merge=1 -use_counters=0 -timeout=120 "${corpora[@]}" "$CACHE/fuzz/$name/corpus" \
		>"$CACHE/fuzz/$name/merge-log" 2>&1 || die "merging failed, see $CACHE/fuzz/$name/merge-log"
	n=$(find "$harness/corpus/$name" -type f | wc -l)
	size=$(cat "$harness/corpus/$name"/* | wc -c)
	say "$name: $((n - before)) new files in testbed/gpu/fuzz/corpus/$name, $n with $size bytes in all"
}

build
bad=0
for name in "${names[@]}"; do
	if [[ $coverage ]]; then
		lines "$name"
	else
		fuzz "$name" || bad=1
	fi
done
((bad == 0))
