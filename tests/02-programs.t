#!/bin/bash
# The Perl, awk and Python programs that make tables, lists and plots, on small inputs with known
# results. Needs no kernel and no guest. Those of make bench are in 15-bench-report.t.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool perl awk busybox gnuplot
make_tmp
fixtures=$ROOT/tests/lib/fixtures
cd "$tmp"

# gives NAME STATUS COMMAND...: checks that COMMAND prints the text on stdin and exits with STATUS.
gives() {
	local name=$1 status=$2 rc=0 o
	shift 2
	cat >want
	"$@" >have 2>err </dev/null || rc=$?
	o=$(diff want have) || :
	[[ $rc == "$status" ]] || o+=$'\n'"exit status $rc, not $status: $(<err)"
	is_empty "$name" "$o"
}
# says NAME STATUS PATTERN COMMAND...: checks that COMMAND exits with STATUS (fails: any but 0;
# Perl's die has several) and prints a match of PATTERN, on stdout or stderr.
says() {
	local name=$1 status=$2 pattern=$3 rc=0
	shift 3
	"$@" >have 2>&1 </dev/null || rc=$?
	[[ $status != fails || $rc == 0 ]] || status=$rc
	if [[ $rc == "$status" ]] && grep -qE -- "$pattern" have; then ok "$name"; else not_ok "$name"; { echo "exit status $rc, it said:"; cat have; } | diag; fi
}
tabs() { tr '|' '\t'; }

#
# make demo: the table and the plot.
#
events=$ROOT/testbed/workloads/events
# row NAME TEXT USE VERDICT BEFORE AFTER BACK SEAL WHY [DISK]: prints a row. rows NAME TEXT VERDICT
# ...: a row for each use.
row() { printf 'event\t%s\t%s\t%s\t%s\t%s\t-\t%s\t%s\t2.5\t%s\t%s\t%s\n' "$1" "$3" "$2" "${@:4}"; }
rows() { local use; for use in set-domain execbuf busy; do row "$1" "$2" "$use" "${@:3}"; done; }
{
	rows munmap 'munmap()' ok 64 64 - - -
	rows write '(control) writing' ok 64 64 - - -
	row memfd 'munmap() of a memfd' set-domain skip - - - - 'no memfd'
	row memfd 'munmap() of a memfd' execbuf ok 64 64 - refused -
	row memfd 'munmap() of a memfd' busy ok 64 64 - refused - lost
	printf 'timeline\tok\t-\n'
} >stock.tsv
{
	rows munmap 'munmap()' ok 64 0 3.25 - -
	rows write '(control) writing' ok 64 64 - - -
	row memfd 'munmap() of a memfd' set-domain skip - - - - 'no memfd'
	row memfd 'munmap() of a memfd' execbuf ok 64 0 120.7 accepted -
	row memfd 'munmap() of a memfd' busy ok 64 0 3 accepted - ok
	printf 'timeline\tok\t-\n'
} >patched.tsv
gives "events: the table" 0 awk -f "$events/table.awk" stock.tsv patched.tsv <<'END'
                                              | after set-domain               | after execbuf, GPU idle        | GPU busy, then idle
event                                         | before  stock patched after ms | before  stock patched after ms | before  stock patched after ms
munmap()                                      |     64     64       0      3.2 |     64     64       0      3.2 |     64     64       0      3.2
(control) writing                             |     64     64      64        - |     64     64      64        - |     64     64      64        -
munmap() of a memfd                           |      -      -       -        - |     64     64       0      120 |     64     64       0      3.0 set-domain skipped: no memfd

Longest call: stock 2.5 ms (munmap(), set-domain), patched 2.5 ms (munmap(), set-domain).
Sealing the memfd against writes after its munmap(): stock execbuf: refused, busy: refused; patched execbuf: accepted, busy: accepted.
What the GPU wrote after msync(), on the disk after munmap() and fsync(): stock lost; patched ok.
END
gives "events: the table in markdown" 0 awk -v md=1 -f "$events/table.awk" stock.tsv patched.tsv <<'END'
| event | pinned before | set-domain: stock | patched | execbuf: stock | patched | GPU busy: stock | patched |
|---|---:|---:|---:|---:|---:|---:|---:|
| munmap() | 64 | 64 | 0 | 64 | 0 | 64 | 0 |
| (control) writing | 64 | 64 | 64 | 64 | 64 | 64 | 64 |
| munmap() of a memfd (set-domain skipped: no memfd) | 64 | - | - | 64 | 0 | 64 | 0 |
END
gives "events: what was seen, in a sentence" 0 awk -v sentence=1 -f "$events/table.awk" stock.tsv patched.tsv <<'END'
After 5 of 5 events (2 kinds, in 3 uses of the object) stock keeps pages pinned; patched has released all of them after 5. Where the memory stays as it is (3 controls) stock keeps them in 3, patched in 3.
END
sed -E '/munmap\tbusy/s/\t-\t0\t/\t-\t1\t/; /write\texecbuf/s/\t-\t64\t/\t-\t0\t/' patched.tsv >wrong.tsv
gives "events: the same if patched keeps a page, and releases some that it should keep" 0 awk -v sentence=1 -f "$events/table.awk" stock.tsv wrong.tsv <<'END'
After 5 of 5 events (2 kinds, in 3 uses of the object) stock keeps pages pinned; patched has released all of them after 4. Where the memory stays as it is (3 controls) stock keeps them in 3, patched in 2.
END
sed '/munmap\tbusy/{s/\tok\t/\tnot ok\t/; s/-\t$/64 pages are kept\t/}' patched.tsv >wrong.tsv
says "events: a row that is wrong is marked" 1 '^munmap\(\) .*<-- busy, patched: 64 pages are kept' awk -f "$events/table.awk" stock.tsv wrong.tsv
grep -v $'write\texecbuf' stock.tsv >wrong.tsv
says "events: a row that is missing" 1 '^\(control\) writing .*<-- execbuf, stock: no result' awk -f "$events/table.awk" wrong.tsv patched.tsv
sed 's/^timeline.*/timeline\tnot ok\tGPU hangs/' patched.tsv >wrong.tsv
says "events: a timeline that is wrong" 1 '^<-- timeline, patched: GPU hangs' awk -f "$events/table.awk" stock.tsv wrong.tsv

# pinned MS:PAGES...: prints samples.
pinned() { local s; for s; do printf 'sample\t%s\t%s\n' "${s%:*}" "${s#*:}"; done; }
marks() { printf 'mark\t%s\t%s\n' 210 'unmap idle' 240 'unmap idle' 400 'unmap busy' 500 'unmap busy' 600 'GPU idle' 900 close; }
pinned 0:512 100:512 950:512 1000:0 >stock.tsv
{ pinned 0:512 200:512 250:256 300:256 610:0 1000:0; marks; } >patched.tsv
plot() { awk -v machine="i915_x of here" -f "$events/plot.awk" "$@"; }
plot stock.tsv patched.tsv >plot.gp
gives "plot: a curve turns where the number changes" 0 sed -n '/^\$/,/^EOD/p' plot.gp <<'END'
$stock << EOD
0 512
0.95 512
1 0
1 0
EOD
$patched << EOD
0 512
0.2 512
0.25 256
0.3 256
0.61 0
1 0
EOD
END
gives "plot: labels where something happens" 0 sed -nE 's/^set label "([^"]*)" at first ([0-9.]+), .*/\2 \1/p' plot.gp <<'END'
0.225000 munmap() of 2 ranges\nthat the GPU is done with
0.450000 munmap() of 2 ranges\nthat the GPU is busy with
0.600000 GPU\nidle
0.900000 objects\nclosed
0.450000 stock
0.450000 patched
END
# shellcheck disable=SC2016 # gnuplot's variables
gives "plot: stock is dashed, patched is not" 0 sed -nE '/^plot/,$s/.*(\$[a-z]+) .* dt ([^ ]*) .*/\1 \2/p' plot.gp <<<$'$stock (10,5)\n$patched 1'
says "plot: the title, whose underscore is none of gnuplot's" 0 'i915\\\\_x of here' grep '^set title' plot.gp
marks | grep -v close | cat - stock.tsv >wrong.tsv
says "plot: a mark that is missing" 1 '^plot.awk: the patched run lacks marks' plot stock.tsv wrong.tsv
says "plot: no samples" 1 '^plot.awk: there are no samples of both' plot stock.tsv <(marks)
try "draw.sh takes it" "$ROOT/testbed/workloads/draw.sh" . plot.gp
if grep -q 'munmap() of 2 ranges' plot.svg && [[ $(head -c 4 plot.png | tail -c 3) == PNG ]]; then ok "as SVG and PNG"; else not_ok "as SVG and PNG"; fi
echo 'plot nonsense' >wrong.gp
says "draw.sh: a plot that is none" 1 '^testbed/workloads/draw.sh: gnuplot does not take wrong.gp' "$ROOT/testbed/workloads/draw.sh" . wrong.gp

#
# make clients: the table.
#
clients=$ROOT/testbed/workloads/clients/table.awk
tabs >stock.tsv <<'END'
driver|Vulkan|Mesa: GPU
client|Vulkan|vkWrite|64 pages|munmap()|ok|64|64|-|-
tests|1
END
tabs >patched.tsv <<'END'
driver|Vulkan|Mesa: GPU
client|Vulkan|vkWrite|64 pages|munmap()|ok|64|0|12|-
tests|1
END
gives "clients: the table" 0 awk -f "$clients" stock.tsv patched.tsv <<'END'
client         the GPU uses it by         memory                           event                     pages       MB    stock  patched  after ms
Vulkan         vkWrite                    64 pages                         munmap()                     64      0.3       64        0        12

Vulkan: Mesa: GPU
END
gives "clients: the table in markdown" 0 awk -v md=1 -f "$clients" stock.tsv patched.tsv <<'END'
| client | the GPU uses it by | memory | event | pages | MB | stock | patched | after ms |
|---|---|---|---|---:|---:|---:|---:|---:|
| Vulkan | vkWrite | 64 pages | munmap() | 64 | 0.3 | 64 | 0 | 12 |

- Vulkan: Mesa: GPU
END
sed '/^client/{s/\tok\t/\tnot ok\t/; s/-$/pages are kept/}' patched.tsv >wrong.tsv
says "clients: a row that is wrong is marked" 1 '^Vulkan .*<-- patched: pages are kept' awk -f "$clients" stock.tsv wrong.tsv
grep -v ^client patched.tsv >wrong.tsv
says "clients: a row that is missing" 1 '^Vulkan .*<-- patched: no result' awk -f "$clients" stock.tsv wrong.tsv
says "clients: no row at all" 1 '^stock: not all were tried' awk -f "$clients" wrong.tsv wrong.tsv
grep -v ^tests patched.tsv >wrong.tsv
says "clients: a run that did not come to its end" 1 '^patched: not all were tried' awk -f "$clients" stock.tsv wrong.tsv

#
# make latency: the table and its verdicts.
#
latency=$ROOT/testbed/workloads/latency/table.awk
# Figures of stock and of versions 1 and 2 of the series, from an idle machine.
tabs >samples <<'END'
variant|patched
sample|span-before|9
sample|span-before|43
sample|span-calm|5
sample|span-meanwhile|57
sample|made-few|6
sample|made-many|6
sample|made-inherited|100
sample|made-inherited|29
sample|opened-few|18
sample|opened-many|26
sample|signal|2
sample|signal-eintr|0
sample|gap-calm|6
sample|gap|9
sample|gap|36
sample|munmap|178
sample|writewatch|0
sample|writewatch-running|1
sample|madvfree-pinned|0
sample|madvfree-written|64
point|span|ok
point|mappings|ok
point|signal|ok
point|preempt|ok
point|batch|ok
point|writewatch|ok
point|madvfree|ok
variant|stock
sample|span-before|16
sample|span-before|294
sample|span-calm|5
sample|span-meanwhile|2500
sample|made-few|30
sample|made-many|38
sample|made-inherited|31
sample|opened-few|35
sample|opened-many|38
sample|signal|2
sample|signal-eintr|0
sample|gap-calm|6
sample|gap|8
sample|gap|3
sample|munmap|30
sample|writewatch|0
sample|writewatch-running|1
sample|madvfree-pinned|64
sample|madvfree-written|64
point|span|ok
point|mappings|ok
point|signal|ok
point|preempt|ok
point|batch|ok
point|writewatch|ok
point|madvfree|ok
END
gives "latency: the table" 0 awk -f "$latency" samples <<'END'
                                                                  |    stock |  patched |  limit
first use of an object, nothing beside: mean, ms                  |      5.0 |      5.0 |      -
first use beside 8 threads in MADV_FREE elsewhere: mean, ms       |    155.0 |     26.0 |    500
first use beside 8 threads in MADV_FREE elsewhere: longest, ms    |    294.0 |     43.0 |   3000
the same of an object that was made meanwhile: mean, ms           |   2500.0 |     57.0 |    500
the same of an object that was made meanwhile: longest, ms        |   2500.0 |     57.0 |   3000
userptr made, used, closed: shortest, ms                          |     30.0 |      6.0 |      -
userptr made and so on with 4000 mappings: shortest, ms           |     38.0 |      6.0 |    100
that in a child, with the file of its parent: shortest, ms        |     31.0 |     29.0 |    100
card opened, userptr made, used, all closed: shortest, ms         |     35.0 |     18.0 |      -
card opened and so on with 4000 mappings: shortest, ms            |     38.0 |     26.0 |    300
userptr made beside a signal each 20 ms: longest, ms              |      2.0 |      2.0 |   1000
how often that returns -EINTR                                     |        0 |        0 |      0
no scheduling in munmap() of 500 pages: shortest, ms              |      6.0 |      6.0 |      -
no scheduling in munmap() of 500 userptrs: shortest, ms           |      3.0 |      9.0 |     30
munmap() of 500 userptrs: shortest, ms                            |     30.0 |    178.0 |      -
writes of 10 batches that PAGEMAP_SCAN does not report            |        0 |        0 |      0
the same of a batch that was running meanwhile                    |        1 |        1 |      -
pages that stay after MADV_FREE, GPU only had them                |       64 |        0 |      0
pages that stay after MADV_FREE, GPU wrote to them                |       64 |       64 |      -
span: nothing fails, is lost or left                              |       ok |       ok |      -
mappings: nothing fails, is lost or left                          |       ok |       ok |      -
signal: nothing fails, is lost or left                            |       ok |       ok |      -
preempt: nothing fails, is lost or left                           |       ok |       ok |      -
batch: nothing fails, is lost or left                             |       ok |       ok |      -
writewatch: nothing fails, is lost or left                        |       ok |       ok |      -
madvfree: nothing fails, is lost or left                          |       ok |       ok |      -
END
gives "latency: of one point" 0 awk -v only=madvfree -f "$latency" samples <<'END'
                                                                  |    stock |  patched |  limit
pages that stay after MADV_FREE, GPU only had them                |       64 |        0 |      0
pages that stay after MADV_FREE, GPU wrote to them                |       64 |       64 |      -
madvfree: nothing fails, is lost or left                          |       ok |       ok |      -
END
# patched FIGURE VALUE: prints the samples with VALUE for the patched kernel.
patched() { awk -F'\t' -v OFS='\t' -v f="$1" -v v="$2" '$1 == "variant" { on = $2 == "patched" } on && $2 == f { $3 = v } { print }' samples; }
# judged NAME STATUS PATTERN FIGURE VALUE: checks the verdict on them.
judged() {
	patched "$4" "$5" >other
	says "latency: $1" "$2" "$3" awk -f "$latency" other
}
limit='<-- more than the limit$' noise="<-- more than 2 times stock's and [0-9]+ more\$"
judged "version 1: first use beside others, mean" 1 "^first use beside .*: mean, ms .* 4700.0 .*$limit" span-before 4700
judged "version 1: first use beside others, longest" 1 "^first use beside .*: longest, ms .* 18300.0 .*$limit" span-before 18300
judged "version 1: many mappings" 1 "^card opened and so on .*: .* 544.0 .*$limit" opened-many 544
judged "version 1: a file that another process used first" 1 "^that in a child, .* 203.0 .*$limit" made-inherited 203
judged "version 1: a signal each 20 ms" 1 "^userptr made beside .* 10000.0 .*$limit" signal 10000
judged "version 1: -EINTR" 1 "^how often .* 100 .*$limit" signal-eintr 100
judged "version 1: no scheduling" 1 "^no scheduling in .*userptrs: .* 60.5 .*$limit" gap 60.5
judged "within the noise" 0 '^card opened and so on .*: .* 86.0 \| *300$' opened-many 86
judged "just above the noise" 1 "^card opened and so on .*: .* 86.1 .*$noise" opened-many 86.1
judged "10 us an object without scheduling" 0 '^no scheduling in .*userptrs: .* 11.0 ' gap 11
judged "more than that" 1 "^no scheduling in .*userptrs: .* 11.1 .*$noise" gap 11.1
judged "a count where stock has none" 1 "^writes of 10 .* 1 .*$limit" writewatch 1
grep -v '^sample.gap.' samples >other
says "latency: a figure that is missing" 1 '^no scheduling .*userptrs: .* none .*<-- not measured' awk -f "$latency" other
sed '/^point.batch/s/ok/it does not end/' samples >other
says "latency: a point that is not ok" 1 '^batch: .* not ok .*<-- stock: it does not end; patched: it does not end$' awk -f "$latency" other
cat samples other >both
says "latency: not in each round" 1 '^batch: .*<-- stock: it does not end; patched' awk -f "$latency" both
grep -v '^point.batch' samples >other
says "latency: a point that was not reached" 1 '^batch: .*<-- stock: not done; patched: not done' awk -f "$latency" other

#
# i915's selftests. The awk of the guest is busybox's.
#
selftests=$ROOT/testbed/workloads/selftests
cat >log <<'END'
i915: Performing mock selftests with st_random_seed=0x1 st_timeout=500
i915: Running mock_userptr
i915: Running i915_gem_userptr_mock_selftests/igt_once
i915: Running i915_gem_userptr_mock_selftests/igt_many
something else
i915: Running mock_evict
i915: Running i915_gem_evict_mock_selftests/igt_evict_vm
END
cp log failed
echo 'i915/i915_gem_evict_mock_selftests: igt_evict_vm failed with error -22' >>failed
{ cat failed; echo 'i915: Running mock_more'; } >failed-before
cp log no-setup
echo 'i915/i915_gem_evict_mock_selftests: setup failed for igt_late' >>no-setup
for awk in awk 'busybox awk'; do
	# shellcheck disable=SC2206 # two words
	ktap=($awk -f "$selftests/ktap.awk")
	gives "selftests, $awk: all pass" 0 "${ktap[@]}" -v result=-25 log <<'END'
KTAP version 1
1..2
# i915: Performing mock selftests with st_random_seed=0x1 st_timeout=500
    KTAP version 1
    # Subtest: mock_userptr
    1..2
    ok 1 igt_once
    ok 2 igt_many
ok 1 mock_userptr # 2 subtests
    KTAP version 1
    # Subtest: mock_evict
    1..1
    ok 1 igt_evict_vm
ok 2 mock_evict # 1 subtests
END
	says "selftests, $awk: one fails" 1 '^    not ok 1 igt_evict_vm # error -22$' "${ktap[@]}" -v result=-22 failed
	says "selftests, $awk: its group, too" 1 '^not ok 2 mock_evict # 1 subtests$' "${ktap[@]}" -v result=-22 failed
	says "selftests, $awk: its group, if another follows" 1 '^not ok 2 mock_evict # 1 subtests$' "${ktap[@]}" -v result=-25 failed-before
	says "selftests, $awk: those before it have passed" 1 '^ok 1 mock_userptr # 2 subtests$' "${ktap[@]}" -v result=-22 failed
	says "selftests, $awk: a setup fails" 1 '^    not ok 2 igt_late # setup failed$' "${ktap[@]}" -v result=-12 no-setup
	says "selftests, $awk: i915 does not say that all passed" 1 '^# i915 says 0$' "${ktap[@]}" -v result=0 log
	says "selftests, $awk: the last subtest has not, then" 1 '^    not ok 1 igt_evict_vm$' "${ktap[@]}" -v result=0 log
	says "selftests, $awk: none has run" 1 '^1\.\.0$' "${ktap[@]}" -v result=-25 /dev/null
done

tabs >stock <<'END'
gem|pass|5|12|-
mman|fail|3|30|failed with error -22
perf|none|0|8|-
gt|pass|4|9|-
END
tabs >patched <<'END'
gem|pass|5|11|-
mman|pass|4|29|-
perf|none|0|8|-
gt|pass|4|9|-
END
gives "live: the table" 0 awk -f "$selftests/live-table.awk" stock patched <<'END'
group                     stock          s    patched          s
gem                      pass 5         12     pass 5         11
mman                       fail         30     pass 4         29  (stock: failed with error -22)
perf                       none          8       none          8
gt                       pass 4          9     pass 4          9

pass N: N subtests ran and passed; none: it has nothing to run on this GPU.
END
gives "live: the table for a page" 0 awk -v md=1 -f "$selftests/live-table.awk" stock patched <<'END'
| groups, subtests | stock | patched |
|---|---|---|
| gem 5, gt 4 | pass | pass |
| mman | fail: failed with error -22 | pass 4 |
| perf | none | none |
END
sed 's/^gt\tpass\t4/gt\tpass\t3/' patched >wrong
says "live: fewer subtests are worse" 1 '^gt .*<-- worse' awk -f "$selftests/live-table.awk" stock wrong
sed 's/^gem\tpass.*/gem\tdied\t-\t-\tpanic/' patched >wrong
says "live: a guest that died" 1 '^gem .*died .*<-- worse  \(patched: panic\)' awk -f "$selftests/live-table.awk" stock wrong
grep -v ^gt patched >wrong
says "live: a group that is missing" 1 '^gt .*<-- worse' awk -f "$selftests/live-table.awk" stock wrong

#
# IGT: the program, the results, the table, the lists for farms; with a made-up series and a made-up
# file 'expected'.
#
mkdir -p there/testbed/workloads/igt there/ci series
ln -s "$ROOT"/testbed/workloads/igt/{table.pl,Expected.pm} there/testbed/workloads/igt/
ln -s "$ROOT/ci/lists.pl" there/ci/
cat >series/0001-a.patch <<'END'
--- a/tests/intel/gem_userptr_blits.c
+++ b/tests/intel/gem_userptr_blits.c
@@ -10,3 +10,6 @@ static int before(void)
 first line
+static int helper(void);
+/* ours */
+/* all of it */
 second line
 third line
@@ -100,2 +103,4 @@ int igt_main()
 	igt_subtest("old")
+	igt_subtest("new")
+		helper();
 }
--- /dev/null
+++ b/tests/intel/added.h
@@ -0,0 +1,1 @@
+#define ADDED 1
END
cat >series/0002-b.patch <<'END'
--- a/tests/intel/gem_userptr_blits.c
+++ b/tests/intel/gem_userptr_blits.c
@@ -11,4 +11,4 @@ static int before(void)
-static int helper(void);
+static long helper(void);
 /* ours */
 /* all of it */
 second line
END
echo 'the cover letter' >series/0000-cover-letter.patch
subtests() { IGT_SERIES=$1 "$ROOT/testbed/workloads/igt/subtests.pl" program; }
try "subtests: two patches make a program" subtests "$tmp/series"
gives "subtests: the lines that they leave, with their numbers" 0 awk '/^#line/ { on = $3 ~ /tests/ } on' program/gem_userptr_blits.c <<'END'
#line 11 "tests/intel/gem_userptr_blits.c"
static long helper(void);
/* ours */
/* all of it */
#line 104 "tests/intel/gem_userptr_blits.c"
	igt_subtest("new")
		helper();
END
gives "subtests: after them the program's own lines have their own numbers" 0 \
	awk '/^#line .*"gem_userptr_blits.c"/ && $2 != NR + 1 { print NR ": " $0 }' program/gem_userptr_blits.c </dev/null
gives "subtests: a file that the series adds" 0 cat program/added.h <<<'#define ADDED 1'
mkdir wrong-series
cp series/*.patch wrong-series/
sed -i 's/^ second line/ another line/' wrong-series/0002-b.patch
says "subtests: a patch that does not fit the one before it" fails '^0002-b.patch, line [0-9]+ does not fit .*"another line" here, "second line" there' \
	subtests "$tmp/wrong-series"
sed -i '/^ .* line/d' wrong-series/0002-b.patch
says "subtests: a patch that lost a line" fails '^0002-b.patch ends in the middle of a hunk' subtests "$tmp/wrong-series"

mkdir share
printf 'gem_userptr_blits@%s\n' late early stuck unknown >share/subtests
echo 'dma_fence_wait_timeout' >share/stuck-2
cat >results.json <<'END'
{ "tests": {
 "igt@gem_userptr_blits@early": { "result": "pass", "out": "Test requirement: no", "err": "", "time": { "start": 1.0, "end": 3.25 } },
 "igt@gem_userptr_blits@late@b": { "result": "fail", "out": "", "err": "(x:1) CRITICAL: Test assertion failure\n(x:1) CRITICAL: Failed assertion: kept == 0\n", "time": { "start": 1, "end": 2 } },
 "igt@gem_userptr_blits@late@a": { "result": "skip", "out": "Test requirement: has_llc(fd)\n", "err": "CRITICAL: not this\n", "time": { "start": 1, "end": 1 } },
 "igt@gem_userptr_blits@late": { "result": "fail", "out": "", "err": "(x:1) CRITICAL: the pages stay\n", "time": { "start": 1, "end": 2 } },
 "igt@gem_userptr_blits@stuck": { "result": "incomplete", "out": "", "err": "Received signal SIGQUIT.", "time": {} },
 "igt@gem_userptr_blits@unknown": { "result": "dmesg-warn", "out": "", "err": "", "time": { "start": 0, "end": 10 } } } }
END
gives "results: in the order of the list, with the reason" 0 "$ROOT/testbed/workloads/igt/results.pl" results.json share < <(tabs <<'END'
late|fail|1.0|the pages stay
late@a|skip|0.0|has_llc(fd)
late@b|fail|1.0|kept == 0
early|pass|2.2|-
stuck|incomplete|-|dma_fence_wait_timeout
unknown|dmesg-warn|10.0|-
END
)

cat >there/testbed/workloads/igt/expected <<'END'
alias-x	stock	skip	# why
*	patched	pass
release-*	stock	bad
exit@kept	stock	bad
sometimes	stock	pass bad
kbl:alias-*	mutant	skip
alias-*	mutant	bad
END
tabs >stock <<'END'
alias-x|skip|0.1|-
release-a|fail|1.0|kept
exit|fail|2.0|-
exit@kept|fail|1.0|-
exit@gone|pass|1.0|-
sometimes|pass|1.0|-
free|fail|1.0|-
END
sed 's/\t\(fail\|skip\)\t/\tpass\t/' stock >patched
tabs >mutant <<<'alias-x|incomplete|-|dma_fence_wait'
table() { GPU=g33 there/testbed/workloads/igt/table.pl "$@"; }
gives "table: kernels side by side" 0 table stock=stock patched=patched mutant=mutant <<'END'
| subtest | stock | patched | mutant |
|---|---|---|---|
| `alias-x` | skip | pass, 0.1 s | incomplete |
| `release-a` | fail, 1.0 s | pass, 1.0 s | - |
| `exit` | fail, 2.0 s: kept | pass, 2.0 s | - |
| `sometimes` | pass, 1.0 s | pass, 1.0 s | - |
| `free` | fail, 1.0 s | pass, 1.0 s | - |
END
sed 's/^release-a\tfail/release-a\tpass/' stock >wrong
says "table: stock does not fail where it should" 1 '^igt/table.pl: release-a on stock: pass$' table stock=wrong
sed 's/^free\tpass/free\tdmesg-warn/' patched >wrong
says "table: patched does not pass" 1 '^igt/table.pl: free on patched: dmesg-warn$' table patched=wrong
sed 's/incomplete/pass/' mutant >wrong
says "table: a mutant that no subtest sees" 1 '^igt/table.pl: no subtest sees the mutant mutant$' table mutant=wrong
grep -v ^release stock >wrong
says "table: a line that no subtest fits" 1 "^igt/table.pl: there is no subtest for the line 'release-\* stock'" table stock=wrong
sed 's/incomplete/skip/' mutant >skipped
gives "table: another GPU has lines of its own" 1 env GPU=kbl there/testbed/workloads/igt/table.pl mutant=skipped <<'END'
| subtest | mutant |
|---|---|
| `alias-x` | skip |
END
says "table: another GPU's lines do not count" 1 '^igt/table.pl: alias-x on mutant: skip$' table mutant=skipped
says "table: no results" fails '^there-is-none: No such file' table stock=there-is-none

printf 'gem_userptr_blits@%s\n' alias-x release-a exit sometimes free >names
lists() { there/ci/lists.pl names lists 0123456789ab 7.3.4 g33 tgl; }
try "lists: they are made" lists
gives "lists: what fails on stock" 0 grep -v '^#' lists/stock/i915-g33-fails.txt <<'END'
gem_userptr_blits@release-a,Fail
gem_userptr_blits@exit,Fail
END
gives "lists: what may do as it likes, with what drm-ci wants to know" 0 sed 1d lists/stock/i915-tgl-flakes.txt <<'END'

# Board Name: none yet
# Bug Report: none, the series is about it
# Failure Rate: not measured
# IGT Version: 0123456789ab and igt-tests/
# Linux Version: 7.3.4
gem_userptr_blits@sometimes

# Board Name: none yet
# Bug Report: none, the series is about it
# Failure Rate: not measured
# IGT Version: 0123456789ab and igt-tests/
# Linux Version: 7.3.4
gem_userptr_blits@free
END
gives "lists: nothing of patched" 0 grep -hv '^#' lists/patched/i915-g33-{fails,flakes,skips}.txt <<<'^xe.*'
gives "lists: the subtests" 0 cat lists/testlist.txt <names
says "lists: another GPU than ours has not been run" 0 'Not run on this GPU' cat lists/patched/i915-tgl-fails.txt

# judge RESULT...: judges these results of the subtests, in their order, by the lists of stock.
judge() {
	local t
	for t in $(<names); do
		printf '  "igt@%s": {\n    "result": "%s",\n  },\n' "$t" "$1"
		shift
	done >judged.json
	"$ROOT/ci/judge.sh" judged.json lists/testlist.txt lists/stock/i915-g33
}
gives "judge: all as expected" 0 judge skip fail fail pass fail <<'END'
ok gem_userptr_blits@alias-x: Skip, expected: Pass
ok gem_userptr_blits@release-a: Fail, expected: Fail
ok gem_userptr_blits@exit: Fail, expected: Fail
ok gem_userptr_blits@sometimes: Pass, expected: flake
ok gem_userptr_blits@free: Fail, expected: flake
5 subtests, 0 not as expected
END
says "judge: one that passes and should not" 1 '^not ok gem_userptr_blits@exit: Pass, expected: Fail$' judge pass fail pass pass pass
says "judge: a warning of the kernel is no pass" 1 '^not ok gem_userptr_blits@alias-x: DmesgWarn, expected: Pass$' judge dmesg-warn fail fail pass pass
says "judge: a flake that has not run" 1 '^not ok gem_userptr_blits@free: Missing, expected: flake$' judge pass fail fail pass notrun
says "judge: all skip" 1 '^not ok: all skip' judge skip skip skip skip skip

#
# The job for LAVA.
#
rc=0
"$ROOT/ci/check.py" >have 2>&1 || rc=$?
case $rc in
0) ok "check.py: ci/lava.yaml is a job" ;;
77) ok "check.py: ci/lava.yaml is YAML (# SKIP its schema: no lava-common)" ;;
*) not_ok "check.py: ci/lava.yaml is a job"; diag <have ;;
esac
sed '1s/$/\n{/' "$ROOT/ci/lava.yaml" >wrong.yaml
says "check.py: no YAML" 1 '^ci/check.py: wrong.yaml is no YAML: ' "$ROOT/ci/check.py" wrong.yaml
sed -E 's/^visibility:.*/&\n&/' "$ROOT/ci/lava.yaml" >wrong.yaml
says "check.py: a key that is there twice" 1 'the key visibility is there twice' "$ROOT/ci/check.py" wrong.yaml
echo 'actions: none' >wrong.yaml
says "check.py: no actions" 1 '^ci/check.py: wrong.yaml is not a job: it has no actions' "$ROOT/ci/check.py" wrong.yaml
cat >job.yaml <<'END'
actions:
- deploy: {}
- test:
    definitions:
    - repository:
        params: { GPU: kbl, WORDS: two words }
        run:
          steps:
          - modprobe i915
          - igt_runner --list "$LIST" || echo "it failed"
END
gives "job.py: parameters and steps" 0 "$ROOT/ci/job.py" job.yaml <<'END'
GPU=kbl
WORDS='two words'
modprobe i915
igt_runner --list "$LIST" || echo "it failed"
END
# shellcheck disable=SC2016 # the job's variable
gives "job.py: the command line of igt_runner" 0 "$ROOT/ci/job.py" -c job.yaml <<<'igt_runner --list "$LIST"'
sed 's/igt_runner/other/' job.yaml >wrong.yaml
says "job.py: no igt_runner" 1 '^ci/job.py: wrong.yaml: 0 steps begin with igt_runner, not one$' "$ROOT/ci/job.py" wrong.yaml
grep -v steps job.yaml >wrong.yaml
says "job.py: no steps" 1 '^ci/job.py: wrong.yaml is not a job with an inline test definition: ' "$ROOT/ci/job.py" -c wrong.yaml

#
# Code that never ran (coverage), and reports of a kernel (sanitize).
#
cat >source.c <<'END'
static int one(int a)
{
	if (a)
		return 1;
	WARN_ON(a > 3);
	return two(a);
}
int
two(int a)
{
	if (a)
		return 1;
}
END
printf '%s\n' 'SF:source.c' DA:3,5 DA:4,0 DA:4,2 DA:5,5 DA:6,5 DA:11,5 DA:12,0 BRDA:3,0,0,1 BRDA:3,0,1,- BRDA:5,0,0,5 BRDA:5,0,1,0 BRDA:11,0,0,0 \
	BRDA:11,0,1,5 >info
printf '%s\t%s\n' 'WARN_ON' 'an assertion' 'two: if (a)' 'it is never' 'two: return 1' 'the same' '# if (a)' 'a comment' >reasons
unreached() { "$ROOT/tests/coverage/unreached.pl" info source.c reasons; }
gives "unreached: lines and branches, each with its reason" 1 unreached < <(tabs <<'END'
3|one()|1 of 2 branches|if (a)|NO REASON GIVEN
5|one()|1 of 2 branches|WARN_ON(a > 3);|an assertion
11|two()|1 of 2 branches|if (a)|it is never
12|two()|never ran|return 1;|the same
END
)
says "unreached: the sums" 1 '^5 of 6 lines \(83.3 %\), 3 of 6 branches \(50.0 %\)$' unreached
printf 'if (a)\tthat, too\n' >>reasons
says "unreached: all have a reason" 0 'if \(a\)	that, too$' unreached
is_empty "unreached: the first that fits counts" "$(grep -c 'it is never' have | grep -vx 1)"
: >info
says "unreached: no lines at all" fails 'info has no line' unreached

mkdir sanitize
ln -s "$ROOT/tests/sanitize/reports.pl" sanitize/
printf '# REGEX\twhy\n^BUG: sleeping function .*non_block: 1$\tPREEMPT_RT\n' >sanitize/explained
{
	printf '%s\n' 'static void cancel_userptr(struct work_struct *w)' 'int' 'userptr_begin(void)' 'int declared(void);' 'static int userptr_gather(int a,' \
		'bool i915_invalidate(void)'
	for n in 1 2 3 4 5 6; do echo "void f$n(void)"; done
} >driver.c
gives "reports: whose they are, how many of each kind" 0 sanitize/reports.pl driver.c "$fixtures/console.log" < <(sed "s|CONSOLE|$fixtures/console.log|" <<'END' | tabs
ours|2|BUG: KCSAN: data-race in cancel_userptr / userptr_begin|CONSOLE
ours|1|WARNING: possible circular locking dependency detected|CONSOLE
explained|1|BUG: sleeping function called from invalid context at kernel/locking/spinlock_rt.c, in_atomic(): 0, irqs_disabled(): 0, non_block: 1|CONSOLE
other|1|WARNING: mm/memory.c at do_fault|CONSOLE
other|1|INFO: task gem blocked for more than 60 seconds.|CONSOLE
END
)
gives "reports: none" 0 sanitize/reports.pl driver.c <(echo 'all is well') </dev/null
head -n3 driver.c >wrong.c
says "reports: a driver with too few functions" fails 'wrong.c defines 2 functions' sanitize/reports.pl wrong.c "$fixtures/console.log"

#
# The model.
#
cat >userptr.pml <<'END'
proctype gpu() {
	x = 1;
}
/* models: userptr_begin */
/* models: userptr_end */
inline begin()
{
	y = 1;

	y = 2;
again:
	z = 1;
}
/* models: userptr_is_fresh */
#define FRESH x

inline end()
{
	z = 2;
}
END
cat >replay.log <<'END'
  1:	proc  0 (gpu:1) userptr.pml:2 (state 1)	[x = 1]
  2:	proc  2 (thread:1) userptr.pml:8 (state 2)	[y = 1]
  3:	proc  2 (thread:1) userptr.pml:8 (state 3)	[else]
  4:	proc  2 (thread:1) userptr.pml:10 (state 4)	[y = 2]
  5:	proc  2 (thread:1) userptr.pml:12 (state 5)	[z = 1]
  6:	proc  2 (thread:1) userptr.pml:19 (state 6)	[z = 2]
		queue = 1
END
gives "model: the way to an error, with functions" 0 awk -f "$ROOT/tests/model/trail.awk" userptr.pml replay.log <<'END'
gpu 0                                                     line 2    x = 1
thread 2       userptr_begin()                            line 8    y = 1
thread 2       userptr_begin()                            line 10   y = 2
thread 2                                                  line 12   z = 1
thread 2                                                  line 19   z = 2
END
cat >part1 <<'END'
unreached in proctype gpu
	userptr.pml:1, state 3, "never = 1"
	userptr.pml:2, state 4, "never = 1"
	userptr.pml:3, state 5, "reached in the other part"
	(3 of 9 states)
unreached in claim never_0
	userptr.pml:9, state 7, "mine"
pan: elapsed time 1 seconds
	userptr.pml:9, state 8, "not this"
END
cat >part2 <<'END'
unreached in proctype gpu
	userptr.pml:1, state 3, "never = 1"
	(1 of 9 states)
END
unreached_statements() { awk -f "$ROOT/tests/model/unreached.awk" "$@" | sort; }
gives "model: statements that no part reaches" 0 unreached_statements part1 part2 <<'END'
gpu 1 never = 1
never_0 1 mine
END

#
# Threads of mails: the faults that 16-send.t finds.
#
signoff='A Tester <tester@example.org>'
printf 'To: list@example.org\nCc: "A. B." <a@example.org>\nCc: c@example.org\n' >recipients
# mail N SUBJECT [REFERENCE]: prints a mail.
mail() {
	printf 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: me <me@example.org>\nSubject: %s\n' "$2"
	printf 'To: list@example.org\nCc: A. B. <a@example.org>,\n c@example.org\nMessage-Id: <%s@example.org>\n' "$1"
	[[ -z ${3:-} ]] || printf 'In-Reply-To: <%s@example.org>\nReferences: <%s@example.org>\n' "$3" "$3"
	printf '\ntext\n'
	(($1 == 0)) || printf '%s: %s\n---\n' Signed-off-by "$signoff"
}
{ mail 0 '[PATCH 0/2] all'; mail 1 '[PATCH 1/2] one' 0; mail 2 '[PATCH 2/2] two' 0; } >thread
faults() { "$ROOT/tests/lib/thread.pl" "$1" PATCH 2 recipients "$signoff" "${@:2}"; }
gives "thread: nothing is wrong" 0 faults thread </dev/null
# broken NAME COMPLAINT SED: checks the complaint about the thread as changed by SED.
broken() {
	sed -E "$3" thread >wrong
	says "thread: $1" 0 "^$2" faults wrong
}
broken "a number" 'numbering: mail 2 is \[PATCH 1/2\] two' 's,2/2,1/2,'
broken "an id twice" "threading: mail 2 has the Message-Id '<1@" 's/^Message-Id: <2/Message-Id: <1/'
broken "a reply to another mail" "threading: mail 2 has In-Reply-To '<1@" '/^Subject: .*two/,$s/^In-Reply-To: <0/In-Reply-To: <1/'
broken "a recipient is missing" 'recipients: mail 0 has Cc: A. B. <a@example.org>,' '0,/^ c@/s/^ c@.*/ /'
broken "no sign-off" 'sign-off: mail 1 has 0' '/^Subject: .*one/,/^---/{/^Signed/d}'
{ mail 0 '[PATCH 0/2] all'; mail 2 '[PATCH 1/2] two' 0; } >wrong
says "thread: a mail is missing" 0 '^numbering: there are 2 mails for 2 patches' faults wrong
says "thread: the cover letter replies to nothing" 0 "threading: mail 0 has References '', not '<9@example.org>'" faults thread '<9@example.org>'
done_testing
