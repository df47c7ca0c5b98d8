#!/bin/bash
# The proof page: tests/proof/run.sh merges the results of parallel runs, in a copy of its input
# with made-up attacks, mutants and results.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

unset KERNEL BACKPORT CONFIG
make_tmp
export CACHE=$tmp/cache
mkdir -p "$tmp"/{scripts/series,testbed/kernel,tests/proof,tests/mutants,Documentation}
cp "$ROOT/scripts/lib.bash" "$tmp/scripts/"
cp "$ROOT"/tests/proof/{run.sh,page.awk} "$tmp/tests/proof/"
cd "$tmp"
run=tests/proof/run.sh table=tests/proof/results.tsv page=Documentation/proof.md

# A base, and a series on top of it.
git init -q driver
echo >driver/y.c
git -C driver add y.c
git_commit driver base
git -C driver tag base
printf '#!/bin/bash\necho %s\n' "$tmp/driver" >testbed/kernel/base.sh
printf '#!/bin/bash\ngit -C %s rev-parse HEAD\n' "$tmp/driver" >scripts/series/commit.sh
chmod +x testbed/kernel/base.sh scripts/series/commit.sh
mkdir -p driver/gem/selftests
# commit NAME LINE...: commits x.c with these lines.
commit() {
	printf '%s\n' "${@:2}" >driver/x.c
	git -C driver add -A
	git_commit driver "$1"
}
echo 'int test;' >driver/gem/selftests/x.c
commit Message 'int x;' '/* Why. */' 'char *y = "/* */";'
printf 'Property: P1, P2\n' >tests/mutants/both.patch
printf 'Property: P2\n' >tests/mutants/survives.patch
printf 'Property: -\n' >tests/mutants/slow.patch
printf '%s\n' '# not printed' 'An introduction.' $'P1\tOne' $'P1\talpha\tlooks for a' $'P1\tbeta\tlooks for b' \
	$'P2\tTwo' $'P2\talpha\tlooks for c' $'P2\tnever\tlooks for d' >tests/proof/attacks
printf '%s\n' $'name\tresult\tcommand\tfigures\tdate\tkernel\tseries' \
	$'alpha\tpass\tprove alpha\told figures\t2026-01-02\tdebug\tanother' \
	$'beta\tpass\tprove beta\t1 of 1\t2026-01-02\t\tanother' \
	$'mutant-both\tpass\tx\tcaught by one\t2026-01-03\tdebug\tanother' >"$table"

# leave NAME pass|fail COMMAND FIGURES: records a result.
leave() { bash -c '. scripts/lib.bash; record "$@"' record "$@"; }
id() { bash -c '. scripts/lib.bash; series_id'; }

leave alpha fail 'prove alpha' $'2 of 3\tand a tab'
pids=()
for i in 1 2 3 4; do RECORD_KERNEL='' leave "mutant-many-$i" pass "run $i" "caught $i" & pids+=($!); done
leave mutant-survives fail 'run survives' passed
for p in "${pids[@]}"; do wait "$p"; done
today=$(date +%F) id=$(id)
BACKPORT=6.12 leave of-another-base fail x y
# Older than the row in the table.
sed "s/$today/2025-12-31/; s/^alpha/beta/; s/$id/older/" "$CACHE/proof/alpha.tsv" >"$CACHE/proof/beta.tsv"

is_empty "run.sh says what is new, left out and not well" "$(
	bash "$run" 2>&1 | sed -E "s|$tmp/||; s/^[0-9]+:.*\*\*(fail|no res).*/(lines of the page)/" |
		uniq | diff <(
		cat <<-EOT
			older than its row, left out: beta
			new: alpha: fail
			new: mutant-many-1: pass
			new: mutant-many-2: pass
			new: mutant-many-3: pass
			new: mutant-many-4: pass
			new: mutant-survives: fail
			$page
			(lines of the page)
			these failed, or were not run
		EOT
	) - || :
)"
is_empty "results.tsv: no row of parallel runs lost, of each name the newest" "$(
	diff <(
		printf '%s\n' $'name\tresult\tcommand\tfigures\tdate\tkernel\tseries' \
			"alpha	fail	prove alpha	2 of 3 and a tab	$today	debug	$id" \
			$'beta\tpass\tprove beta\t1 of 1\t2026-01-02\t\tanother' \
			$'mutant-both\tpass\tx\tcaught by one\t2026-01-03\tdebug\tanother'
		for i in 1 2 3 4; do echo "mutant-many-$i	pass	run $i	caught $i	$today		$id"; done
		printf '%s\n' "mutant-survives	fail	run survives	passed	$today	debug	$id"
	) "$table" || :
)"
is_empty "the page: each property with its attacks, each result once" "$(
	diff <(
		cat <<-EOT
			# Proof: how each property was attacked

			<!-- Written by tests/proof/run.sh (make proof) of tests/proof/: not to be edited. -->

			An introduction.

			## P1 One

			- alpha: looks for a (**fail**)
			- beta: looks for b (stale)
			- mutants: both (stale)

			## P2 Two

			- alpha: looks for c (**fail**)
			- never: looks for d (**no result yet**)
			- mutants: both (stale), survives (**fail**)

			## Results

			| attack | on | command | last result |
			|---|---|---|---|
			| alpha | P1, P2 | \`prove alpha\` | **fail**, $today, kernel debug: 2 of 3 and a tab |
			| beta | P1 | \`prove beta\` | **pass**, 2026-01-02, stale: 1 of 1 |
			| mutants | P1, P2 | \`make mutants\` | **fail**, 2026-01-03, kernel debug, stale: 1 of 3 caught, not survives, no result yet for slow |
			| never | P2 |  | **no result yet** |

			## Mutants

			| mutant | against | last result |
			|---|---|---|
			| both | P1, P2 | **pass**, 2026-01-03, kernel debug, stale: caught by one |
			| slow | - | **no result yet** |
			| survives | P2 | **fail**, $today, kernel debug: passed |
		EOT
	) "$page" || :
)"
cp "$table" before
leave gamma pass x y
if bash "$run" 2>err; then not_ok "a result that is no attack is refused"; else
	is_empty "a result that is no attack is refused, by name, and nothing is changed" "$(
		grep -q 'no attack: add gamma to ' err || cat err
		cmp "$table" before 2>&1 || :
	)"
fi
# other NAME [SAME]: checks that the id of the series has changed, or with SAME that it has not.
other() {
	local is=''
	[[ $(id) != "$id" ]] || is=same
	is_empty "series_id: $1${2:+ does not count}" "$([[ $is == "${2:-}" ]] || id)"
}
git -C driver reset -q --soft base
echo 'int more;' >driver/gem/selftests/x.c
commit First 'int x;'
commit 'And a second' 'int x; // Because.' 'char  *y =' '	"/* */";'
other "a message, the division into patches, a comment, white space, a selftest" same
commit Code 'long x;' 'char *y = "/* */";'
other "a line of code"
commit Order 'char *y = "/* */";' 'int x;'
other "the order of two lines"
commit String 'int x;' 'char *y = "/**/";'
other "a string"
done_testing
