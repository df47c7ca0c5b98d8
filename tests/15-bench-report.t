#!/bin/bash
# The pages of numbers (testbed/workloads/bench/report.pl) from made-up samples: medians, ratios,
# verdicts, noise, missing samples; and the samples from the output of IGT's benchmarks
# (testbed/workloads/bench/igt-samples.awk).
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
make_tmp

# put VARIANT MODE MEASUREMENT N SIZE KEY UNIT VALUES...: prints samples; one VALUES for each round,
# with commas between its values.
put() {
	local v=$1 mode=$2 what=$3 n=$4 size=$5 key=$6 unit=$7 round=0 r x
	shift 7
	for r; do
		round=$((round + 1))
		for x in ${r//,/ }; do printf '%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n' "$v" "$mode" "$round" "$what" "$n" "$size" "$key" "$x" "$unit"; done
	done
}
# page NAME [OPTION...]: makes the pages of $tmp/NAME/raw.tsv, and replaces earlier ones.
page() {
	local name=$1
	shift
	printf '%s\t%s\n' machine 'a | machine' emulator 'QEMU 1; guest: 2 CPUs, 3 MiB' seed 7 command 'SEED=7 bench/run.sh' 'variant stock' 'Linux 7' 'variant end' 'Linux 7e' \
		date '2026-01-01, load 1' date '2026-01-01, load 2' date '2026-01-02, load 3' >"$tmp/$name/machine"
	mkdir -p "$tmp/$name/page"
	touch "$tmp/$name/page/old"
	"$ROOT/testbed/workloads/bench/report.pl" "$@" "$tmp/$name" 2>&1 | tee "$tmp/$name/err"
}
# made NAME POINT: checks that the samples on stdin give pages, which the functions below then use.
p=''
made() {
	p=$1
	mkdir "$tmp/$p"
	cat >"$tmp/$p/raw.tsv"
	try "$2" page "$p"
}
# has TEXT NAME [PAGE]: checks that TEXT is in PAGE (default: tables.md).
has() {
	local page=$tmp/$p/page/${3:-tables.md}
	if grep -qF -- "$1" "$page"; then ok "$2"; else not_ok "$2"; { echo "no '$1' in:"; cat "$page"; } | diag; fi
}
# goal NAME COLUMN: prints a cell of the table of goals; COLUMN 2: the first variant that is not
# stock.
goal() { awk -F' [|] ?' -v g="| $1" -v c="$2" 'index($0, g) == 1 { print $c }' "$tmp/$p/page/numbers.md"; }
# is GOAL COLUMN WANT NAME: checks that the cell begins with WANT.
is() {
	local g
	g=$(goal "$1" "$2")
	if [[ $g == "$3"* ]]; then ok "$4"; else not_ok "$4"; diag <<<"wanted: $3; it says: $g"; fi
}
worse="No time worse" giving="The same where pages are released" half="Create and close beside" beside="munmap() beside idle" back="Memory free within a millisecond of munmap(), pages taken"
idle="Memory free within a millisecond of the GPU" held="No pages held" walk="The callback no longer"

# Three variants, three rounds; 6.1 was not measured.
made a "the page is made" < <(
	put stock clock munmap-beside 1 1 idle us 10,20 30,40 50,1000
	put end clock munmap-beside 1 1 idle us 5,10 15,20 25,500
	put middle clock munmap-beside 1 1 idle us 10,20 30,40 50,1000
	# The machine becomes slower from round to round.
	put stock clock create-close 1 1 unmapping us 100 200 400
	put end clock create-close 1 1 unmapping us 45 100 196
	put middle clock create-close 1 1 unmapping us 51 102 204
	put stock clock exit 10 1 idle us 100 100 100
	put end clock exit 10 1 idle us 110 111 110
	put middle clock exit 10 1 idle us 104 105 106
	put stock clock back 1 1 taken us '>1000000,>1000000' '>1000000' '>1000000'
	put end clock back 1 1 taken us '300,>1000000' 310 320
	put middle clock back 1 1 taken us '2000' '>1000000' '>1000000'
	put stock clock back 1 1 busy us '>1000000' '>1000000' '>1000000'
	put end clock back 1 1 busy us 3000 3100 3200
	put middle clock back 1 1 busy us 900 900 900
	put stock clock idle 1 1 busy us 2000 2000 2000
	put end clock idle 1 1 busy us 2100 2200 2300
	put middle clock idle 1 1 busy us 0 0 0
	put stock clock idle-back 1 1 busy us '>1000000' '>1000000' '>1000000'
	put end clock idle-back 1 1 busy us 900 901 902
	put middle clock idle-back 1 1 busy us 1001 1002 1003
	put stock clock held 1 1 taken pages 1 1 1
	put end clock held 1 1 taken pages 0 0 0
	put middle clock held 1 1 taken pages 0 3 0
	for n in 100 1000; do
		put stock clock callback $n 1 taken us $((n / 10)) $((n / 10)) $((n / 10))
		put stock clock callback $n 1 busy us $((n / 10)) $((n / 10)) $((n / 10))
		put end clock callback $n 1 taken us $((n / 10)) $((n / 10)) $((n / 10))
		put end clock callback $n 1 busy us $((n / 10)) $((n / 10)) $((n / 10))
		put middle clock callback $n 1 taken us $((n / 10)) $((n / 10)) $((n / 10))
		put middle clock callback $n 1 busy us 200000 200000 200000
	done
)
has '| idle | 1 | 1 | 35.0 us (20.0 us to 50.0 us) | 35.0 us (20.0 us to 50.0 us) | 17.5 us (10.0 us to 25.0 us) | 1.00 | 0.50 |' "median of an even number, quartiles"
has '| 0.51 | 0.49 (0.45 to 0.50) |' "the ratio is the median of the rounds' ratios"
has 'Not measured: stock again, 6.1.' "it says which variant is missing" numbers.md
is_empty "a missing variant has no column" "$(grep -F '| 6.1 |' "$tmp/a/page"/*.md || :)"
has 'Stock was not measured twice' "it says that the noise is not known" numbers.md
has '| never within 1.00 s | never within 1.00 s | 315 us' "never; and a median with one of them"
is "$back" 3 '**met**: 315 us; stock: never within 1.00 s' "back in time: met, and what stock does"
is "$back" 2 '**missed**: never within 1.00 s' "never back: missed"
is "$idle" 3 '**met**: 901 us (and 2.20 ms from the end of the batch until GEM_WAIT returns, 3.10 ms in all); stock: never' "of the GPU being idle: from when it is known to be"
is "$idle" 2 '**missed**: 1.00 ms (and 0.00 us' "and not from when the batch was ended"
is "$worse" 3 '**missed**: 1 of 3 figures: exit, idle, 10 objects: 1.10' "10 % worse in each round: missed, with the figure"
is "$giving" 2 '**missed**: 2 of 4 figures: callback, busy, 100 objects' "a callback that waits is a time that is worse, where pages are released"
is "$half" 3 '**met**: 0.49' "half of stock's time: met"
is "$half" 2 '**missed**: 0.51' "a little more than half: missed"
is "$beside" 3 '**met**: 0.50 (n = 1) to 0.50 (n = 1)' "half to the point: met"
is "$held" 3 '**met**: 0 pages in 3 samples' "nothing held: met"
is "$held" 2 '**missed**: 1 case: held, taken, 1 object: 3' "pages held once: missed"
is "$walk" 3 '**met**: busy at most 1.00 times idle' "a callback that only walks: met"
is "$walk" 2 '**missed**: busy at most 20000 times idle (n = 100)' "a callback that waits: missed"
has '| machine | a \| machine |' "machine and seed"
has '| command | `SEED=7 bench/run.sh` |' "the command"
has '| variant end | Linux 7e |' "the kernels"
has '| date | 2026-01-02, load 3 |' "when"
has '| samples | clock 119 |' "how many samples"
has '| machine | a \| machine |' "the short page: the machine" numbers.md
has '| emulator | QEMU 1; guest: 2 CPUs, 3 MiB |' "the CPUs of a guest by the clock" numbers.md
has '| kernels | stock: Linux 7; end: Linux 7e |' "the short page: the kernels in one row" numbers.md
has '| date | 2026-01-01; 2026-01-02 |' "the short page: the days in one row" numbers.md
is_empty "the short page: no commands" "$(grep -F 'SEED=7' "$tmp/a/page/numbers.md" || :)"
is_empty "an older page is gone" "$(find "$tmp/a/page" -name old)"

svg=$tmp/a/page/pictures/bench-munmap-beside.svg png=$tmp/a/page/pictures/bench-munmap-beside.png
if [[ -s $svg && $(head -c 4 "$png" | tail -c 3) == PNG ]]; then ok "a picture, as SVG and PNG"; else not_ok "a picture, as SVG and PNG"; fi
colours=$(grep -ohE "rgb\( *[0-9]+, *[0-9]+, *[0-9]+\)|stroke='#[0-9a-f]{6}'" "$tmp"/a/page/pictures/*.svg | sort -u |
	sed -E "s/rgb\( *([0-9]+), *\1, *\1\)//; s/stroke='#(..)\1\1'//" | grep . || :)
is_empty "nothing in colour" "$colours"
dashes=$(grep -oE "stroke-dasharray='[^']*'" "$svg" | sort -u | wc -l)
if ((dashes >= 2)); then ok "curves differ in their dashes"; else not_ok "curves differ in their dashes ($dashes kinds)"; fi
# shown PAGE: lists the pictures that it shows. there DIR: lists those in DIR/pictures.
shown() { grep -oE '[(]pictures/bench-[a-z-]+[.]svg[)]' "$1" | tr -d '()' | sed 's|pictures/||' | sort; }
there() { (cd "$1/pictures" && printf '%s\n' *.svg | sort); }
is_empty "the long page shows all pictures" "$(diff <(shown "$tmp/a/page/tables.md") <(there "$tmp/a/page") || :)"

# The committed files: the short page with its own pictures, and none of an earlier page.
mkdir -p "$tmp/docs of it/pictures"
touch "$tmp/docs of it/pictures"/{bench-old.svg,bench-old.png,pinned-pages.svg}
try "the pages, and the short one elsewhere" page a -w "$tmp/docs of it"
is_empty "it is the same page" "$(diff "$tmp/a/page/numbers.md" "$tmp/docs of it/numbers.md" || :)"
is_empty "with its pictures, and none but these" "$(
	diff <({ shown "$tmp/a/page/numbers.md"; echo pinned-pages.svg; } | sort) <(there "$tmp/docs of it") || :
	for f in $(shown "$tmp/a/page/numbers.md"); do
		cmp "$tmp/a/page/pictures/${f%.svg}.png" "$tmp/docs of it/pictures/${f%.svg}.png" 2>&1 || :
	done
)"
n=$(shown "$tmp/a/page/numbers.md" | wc -l) all=$(shown "$tmp/a/page/tables.md" | wc -l)
if ((n > 0 && n < all)); then ok "these are some of all"; else not_ok "these are $n of $all"; fi
is_empty "without the tables, and without what was there" "$(find "$tmp/docs of it" -name tables.md -o -name 'bench-old*')"

# A picture of pages that are never released on stock.
made never "one round, no middle" < <(
	for n in 1 10; do
		put stock clock back $n 1 taken us '>500000'
		put end clock back $n 1 taken us $((n * 100))
	done
	put stock trap back 1 1 taken us '>1000000'
)
if grep -qF 'stock: never within 500 ms' "$tmp/never/page/pictures/bench-back-taken.svg"; then ok "the picture says that stock never does"; else
	not_ok "the picture says that stock never does"; fi
if grep -qxF '| key | n | pages each | stock | end |' "$tmp/never/page/tables.md"; then ok "no ratio where stock never comes back"; else
	not_ok "no ratio where stock never comes back"; fi

# Worse, but not in each round; instructions take precedence over the clock.
made b "two modes" < <(
	put stock clock exit 10 1 idle us 100 100 100
	put end clock exit 10 1 idle us 120 120 99
	put stock clock munmap-beside 10 1 idle us 100 100
	put end clock munmap-beside 10 1 idle us 150 150
	put stock icount munmap-beside 10 1 idle us 100 100
	put end icount munmap-beside 10 1 idle us 101 101
	put stock clock callback 10 1 idle us 100 100
	put end clock callback 10 1 idle us 100 100
	put stock icount callback 10 1 idle us 100 100
	put end icount callback 10 1 idle us 200 200
)
is "$worse" 2 '**unclear**: 1 of 3 figures, but not in each round: exit, idle, 10 objects: 1.20' "not worse in each round: unclear; by instructions before the clock, but not for the callback"
is "$beside" 2 '**missed**: 1.01' "the goal of munmap(), too"
has '| emulator | QEMU 1; guest: 2 CPUs (icount: 1), 3 MiB |' "the CPUs of a guest by instructions" numbers.md

# Stock meets the limit in only one round, in which the other variant does not: so that is not worse
# in each round.
made n "stock is not always in time" < <(
	put stock clock exit 10 1 idle us '>500000' 100
	put end clock exit 10 1 idle us 100 '>500000'
)
is "$worse" 2 '**unclear**: 1 of 1 figures, but not in each round: exit, idle, 10 objects: never' "a round in which stock never does it is one that is not worse"

made c "just not worse" < <(
	put stock clock exit 10 1 idle us 100 100
	put end clock exit 10 1 idle us 105 105
)
is "$worse" 2 '**met**: none of 1 figures' "5 % worse: met"

made d "without stock" < <(put end clock exit 10 1 idle us 100)
is "$worse" 2 '**no data**' "without stock there is nothing to compare with"

# Stock a second time: noise, and no column among the goals.
made again "stock twice" < <(
	put stock clock exit 10 1 idle us 100 100
	put again clock exit 10 1 idle us 111 111
	put end clock exit 10 1 idle us 90 90
	put stock clock munmap 10 1 taken us 100 100
	put again clock munmap 10 1 taken us 100 100
)
has '- of what stock does, too: 1 of 1 figures: exit, idle, 10 objects: 1.11' "noise: what is worse of stock itself" numbers.md
has '- where pages are released: none of 1 figures' "noise: what is not" numbers.md
has '| goal | the end of the series |' "stock again is no column of the goals" numbers.md
is "$worse" 2 '**met**: none of 1 figures' "the goals are those of the end of the series"
has '| 1.11 | 0.90 |' "stock again is a column of the tables"

# Invalid samples.
mkdir "$tmp/e"
printf 'end\tclock\t1\texit\t10\t1\tidle\t100\n' >"$tmp/e/raw.tsv"
# refused PATTERN NAME: checks that $tmp/e gives no page, and that the earlier page is kept.
refused() {
	if ! page e >/dev/null && grep -q "$1" "$tmp/e/err" && [[ -e $tmp/e/page/old ]]; then ok "$2"; else not_ok "$2"; diag <"$tmp/e/err"; fi
}
refused 'line 1: not nine columns' "a line with a column too few is refused"
sed 's/$/\tus/; s/exit/exits/' "$tmp/e/raw.tsv" >"$tmp/raw" && mv "$tmp/raw" "$tmp/e/raw.tsv"
refused 'line 1: there is no measurement exits' "an unknown measurement is refused"

# The page has all measurements of the program except profile, which has no samples.
is_empty "the page has each measurement of userptr-bench" "$(
	sed -nE 's/.*sample(_time)?\(p, (by_graph \? )?"([a-z-]+)"( : "([a-z-]+)")?.*/\3 \5/p; s/^\t\t"([a-z-]+)", ".*/\1/p' "$ROOT/testbed/workloads/bench/program.c" |
		tr -s ' ' '\n' | grep -vx 'many\|profile\|' | sort -u | while read -r w; do
			grep -q "^	\"$w\" => " "$ROOT/testbed/workloads/bench/report.pl" || echo "$w"
		done
)"

# IGT's benchmarks.
igt=$(awk -f "$ROOT/testbed/workloads/bench/igt-samples.awk" <<'EOT'
program gem_userptr_benchmark
IGT-Version: 2.5 (x86_64) (Linux: 7.3.4 x86_64)
Starting subtest: userptr-sync
create-destroy                =    12500 iter/s
multi-create-destroy-random   =        0 iter/s
Subtest userptr-sync: SUCCESS (9.012s)
sync-no-overlap-ptr-read,                       1 bos =     4000 MB/s
sync-no-overlap-mmap-unmap-random,          10000 bos =       50 iter/s
program gem_exec_nop -r 3
 12.500
program gem_exec_nop -r 3 -s
150.250
EOT
)
want=$(printf '%s\n' 'igt-userptr 0 16 create-destroy 80.000 us' '# igt-userptr multi-create-destroy-random 0: less than one a second' \
	'igt-userptr 1 16 sync-no-overlap-ptr-read 250.000 us' 'igt-userptr 10000 16 sync-no-overlap-mmap-unmap-random 20000.000 us' \
	'igt-exec-nop 0 1 nop 12.500 us' 'igt-exec-nop 0 1 wait for each 150.250 us')
is_empty "IGT's output becomes samples" "$(diff <(tr '\t' ' ' <<<"$igt" | sed 's/^sample //') <(echo "$want") || :)"
done_testing
