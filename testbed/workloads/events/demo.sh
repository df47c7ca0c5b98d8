#!/bin/bash
# Prints a table of the pages of userptr objects that stay pinned after each kind of event, stock
# beside patched, and draws a picture. Downloads and builds what it needs.
# Usage: testbed/workloads/events/demo.sh [-w]     -w: copies the picture to Documentation/pictures/
# In:  CONFIG=debian (default): the kernel built by Debian; only i915.ko is built.
#      CONFIG=debug etc., as for kernel/build.sh (the default with KERNEL=path): a kernel that is
#      built here. GPU=kbl (default) or g33. FORMAT=md: the table for Documentation/events.md,
#      without times.
# Out: stdout: a summary in one sentence, and the table; progress on stderr; $CACHE/events/
#      (events-CONFIG-GPU/, e.g. events-debian-kbl/): table.txt, table.md, stock.tsv and patched.tsv
#      (every figure), pinned-pages.svg and .png.
# Exit: 0 only if every row is as expected and neither kernel nor the emulated GPU reported an
#       error.
. "$(dirname "$0")/../../../scripts/lib.bash"

write=''
options w=write -- "$@"

export GPU=${GPU:-kbl}
prefer_debian
[[ $CONFIG != debian || -z ${KERNEL:-} ]] || die "CONFIG=debian is Debian's own kernel, KERNEL=$KERNEL yours: leave one of the two out"
here=$ROOT/testbed/workloads/events dir=$CACHE/$(run_name events) logs=$CACHE/events
gpu=$(gpu_name) || exit 1
mkdir -p "$dir"
# Milliseconds for which an event is watched if its pages stay; the number of cases.
watch=500
cases=$((3 * $(grep -c '^[[:space:]]*X("' "$here/events.h")))
bad=0 t0=$SECONDS step=0
step() { say "--- $((++step)) of 4 ($((SECONDS - t0)) s): $*"; }

if [[ $CONFIG == debian ]]; then
	step "QEMU and the emulated GPU, Debian's kernel, its compiler (if nothing is there yet, 320 MB are downloaded)"
	"$ROOT/testbed/vm/qemu.sh" >/dev/null
	"$ROOT/testbed/gpu/build.sh" "$GPU" >/dev/null
	"$ROOT/testbed/kernel/module.sh" stock >/dev/null
	step "i915 with the series"
	"$ROOT/testbed/kernel/module.sh" patched >/dev/null
else
	step "the stock kernel, $CONFIG (if nothing is there yet, this takes an hour)"
	repo=$("$ROOT/testbed/kernel/base.sh")
	"$ROOT/testbed/kernel/build.sh" -b "$repo" "$CONFIG" >/dev/null
	step "i915 with the series"
	"$ROOT/testbed/kernel/build.sh" -b "$repo" "$CONFIG" "$("$ROOT/scripts/series/commit.sh" -b "$repo")" >/dev/null
fi
for variant in stock patched; do
	step "$variant i915 on an emulated $gpu: boot, $cases cases, each a process of its own"
	rc=0
	# Show the number of finished cases instead of the console; their lines come in the table.
	with_progress "$variant" "grep -c ^event '$dir/$variant.all' | sed 's/$/ of $cases cases/'" \
		"$here/run.sh" -w "$watch" "$variant" demo >"$dir/$variant.all" 2> >(grep --line-buffered -v '^  \.\.\. guest,' >&2) || rc=$?
	grep -P '^(event|sample|mark|timeline)\t' "$dir/$variant.all" >"$dir/$variant.tsv" || :
	grep -vP '^(event|sample|mark|timeline)\t' "$dir/$variant.all" >&2 || :
	rm "$dir/$variant.all"
	if [[ ! -s $dir/$variant.tsv ]]; then
		((rc)) || rc=1
		die "no results from the $variant i915 (exit status $rc), see above"
	fi
	((rc == 0)) || { bad=1; say "the $variant i915: exit status $rc"; }
done

kernel=$(sed -n '/Linux version/{s/.*\(Linux\) version \([^ ]*\).*/\1 \2/p;q}' \
	"$logs/$(run_name patched)/console.log")
emulator=$("$("$ROOT/testbed/vm/qemu.sh")" --version | sed -n '1s/^QEMU emulator version \([0-9.]*\).*/QEMU \1/p')
case ${ACCEL:-tcg} in kvm*) kvm=with ;; *) kvm=without ;; esac
printf 'i915 of %s on an emulated %s, %s %s KVM, %s kernel\n' \
	"$kernel" "$gpu" "$emulator" "$kvm" "$CONFIG" >"$dir/machine"

# table FORMAT [OPTION ...]: writes the table; sets bad if a row is not as expected.
table() { awk "${@:2}" -f "$here/table.awk" "$dir/stock.tsv" "$dir/patched.tsv" >"$dir/table.$1" || bad=1; }
table md -v md=1
table txt
echo
if [[ ${FORMAT:-text} != md ]]; then
	awk -v sentence=1 -f "$here/table.awk" "$dir/stock.tsv" "$dir/patched.tsv" | fold -s -w 120
	echo
fi
if [[ ${FORMAT:-text} == md ]]; then cat "$dir/table.md"; else cat "$dir/table.txt"; fi

[[ ${FORMAT:-text} == md ]] || cat <<EOT

Pages of 4 KiB pinned in the whole system (nr_foll_pin_acquired - nr_foll_pin_released in /proc/vmstat). Each cell is a process
of its own. It creates a userptr object over its memory, lets i915 pin the pages, and causes the event. No call on the object
follows. before: pinned before the event; stock, patched: still pinned 0.5 s after it; after ms: time until the patched kernel
had released the last page.
after set-domain  SET_DOMAIN pinned the pages, the GPU has not used them
after execbuf     a batch has written to them, which the CPU has seen, and the GPU is idle again
GPU busy          such a batch keeps running until 0.2 s after the event is over: until then the pages have to stay, and the
                  event must not wait for it. The half second and the ms begin where the batch ends.
Control rows keep their pages on either kernel. Closing the object releases all pages on either kernel; else the row is marked.
Run on: $(<"$dir/machine").
The GPU is a program, and a debug kernel has KASAN and lockdep on: the milliseconds are not those of a real machine.
Kernel logs: $logs/$(run_name stock)/console.log, $logs/$(run_name patched)/console.log
EOT

if awk -v machine="$(<"$dir/machine")" -f "$here/plot.awk" "$dir/stock.tsv" "$dir/patched.tsv" >"$dir/pinned-pages.gp" &&
	"$ROOT/testbed/workloads/draw.sh" "$dir" "$dir/pinned-pages.gp"; then
	say "picture: $dir/pinned-pages.png (and .svg)"
	if [[ -n $write ]]; then
		mkdir -p "$ROOT/Documentation/pictures"
		for ending in svg png; do
			cp "$dir/pinned-pages.$ending" "$ROOT/Documentation/pictures/pinned-pages.$ending"
		done
	fi
else
	bad=1
fi
((bad == 0)) || die "unexpected results in the rows marked '<--', or a kernel or the emulated GPU reported an error: see above"
say "All results are as expected, in $((SECONDS - t0)) s; neither kernel nor the emulated GPU reported an error."
