#!/bin/bash
# From nothing to a table: how many pages of userptr objects stay pinned after each kind of event, stock beside patched; and a picture.
# Usage: testbed/workloads/events/demo.sh [-w]     -w: copies the picture to Documentation/pictures/
# In:  CONFIG, KERNEL: as events/run.sh says. FORMAT=md: the table as README.md has it, without times.
# Out: the table on stdout, progress on stderr; $CACHE/events/: table.txt, table.md, stock.tsv and patched.tsv (every figure),
#      pinned-pages.svg and .png.
# Exit: 0 only if every row is as it should be and neither kernel nor the emulated GPU complained.
. "$(dirname "$0")/../../../scripts/lib.bash"

write=''
options w=write -- "$@"

dir=$CACHE/events
mkdir -p "$dir"
bad=0
for variant in stock patched; do
	say "--- $variant i915: build, boot, events"
	rc=0
	"$ROOT/testbed/workloads/events/run.sh" "$variant" demo >"$dir/$variant.all" || rc=$?
	grep -P '^(event|sample|mark|timeline)\t' "$dir/$variant.all" >"$dir/$variant.tsv" || :
	grep -vP '^(event|sample|mark|timeline)\t' "$dir/$variant.all" >&2 || :
	rm "$dir/$variant.all"
	if [[ ! -s $dir/$variant.tsv ]]; then
		((rc)) || rc=1
		die "no results from the $variant i915 (exit status $rc), see above"
	fi
	((rc == 0)) || { bad=1; say "the $variant i915: exit status $rc"; }
done

kernel=$(sed -n '/Linux version/{s/.*\(Linux\) version \([^ ]*\).*/\1 \2/p;q}' "$dir/$(run_name patched)/console.log")
emulator=$("$("$ROOT/testbed/vm/qemu.sh")" --version | sed -n '1s/^QEMU emulator version \([0-9.]*\).*/QEMU \1/p')
case ${ACCEL:-tcg} in kvm*) kvm=with ;; *) kvm=without ;; esac
printf 'i915 of %s on an emulated G33 (gen3), %s %s KVM, %s kernel\n' "$kernel" "$emulator" "$kvm" "${CONFIG:-debug}" >"$dir/machine"

# table md|text: exit 0 if all is as it should be
table() {
	awk -F'\t' -v md="$1" '
		function ms(t) { return t == "-" ? "-" : sprintf(t < 100 ? "%.1f" : "%d", t) }
		function seen(who, key) { return verdict[who, key] == "" ? "no result" : why[who, key] }
		FNR == 1 { who = ++file == 1 ? "stock" : "patched" }
		$1 == "timeline" { line[who] = $2 == "ok" ? "ok" : $3 }
		$1 != "event" { next }
		!($2 in text) { name[++n] = $2; text[$2] = $4 }
		{
			key = $2 SUBSEP $3
			verdict[who, key] = $5; before[who, key] = $6; after[who, key] = $8; back[who, key] = $9; why[who, key] = $12
			if ($10 != "-" && $10 > call[who]) { call[who] = $10; which[who] = $4 ", " $3 }
			if ($11 != "-") seal[who] = seal[who] (seal[who] == "" ? "" : ", ") $3 ": " $11
		}
		END {
			nu = split("set-domain execbuf busy", use, " ")
			if (md == "md") {
				print "| event | pinned before | set-domain: stock | patched | execbuf: stock | patched | GPU busy: stock | patched |"
				print "|---|---:|---:|---:|---:|---:|---:|---:|"
			} else {
				printf "%-45s |%-31s |%-31s |%s\n", "", " after set-domain", " after execbuf, GPU idle", " GPU busy, then idle"
				printf "%-45s ", "event"
				for (u = 1; u <= nu; u++) printf "%s%7s%7s%8s%9s", (u > 1 ? " |" : "|"), "before", "stock", "patched", "after ms"
				print ""
			}
			for (i = 1; i <= n; i++) {
				e = name[i]; row = note = ""; one = ""
				for (u = 1; u <= nu; u++) {
					key = e SUBSEP use[u]
					s = verdict["stock", key]; p = verdict["patched", key]
					if (s == "skip" || p == "skip") {
						note = note "; " use[u] " skipped: " (s == "skip" ? why["stock", key] : why["patched", key])
						row = row (md == "md" ? " - | - |" : sprintf("|%7s%7s%8s%9s ", "-", "-", "-", "-"))
					} else {
						b = before["stock", key]
						if (b != before["patched", key]) b = b "/" before["patched", key]
						if (md == "md") row = row " " after["stock", key] " | " after["patched", key] " |"
						else row = row sprintf("|%7s%7s%8s%9s ", b, after["stock", key], after["patched", key], ms(back["patched", key]))
						if (index(" " one " ", " " b " ") == 0) one = one (one == "" ? "" : " ") b
					}
					if (s != "ok" && s != "skip") { bad++; note = note "; <-- " use[u] ", stock: " seen("stock", key) }
					if (p != "ok" && p != "skip") { bad++; note = note "; <-- " use[u] ", patched: " seen("patched", key) }
				}
				sub(/^; /, "", note)
				if (md == "md") print "| " text[e] (note == "" ? "" : " (" note ")") " | " one " |" row
				else { line_ = sprintf("%-45s %s%s", text[e], row, note); sub(/ +$/, "", line_); print line_ }
			}
			for (i = 1; i <= 2; i++) {
				who = i == 1 ? "stock" : "patched"
				if (line[who] != "ok") { bad++; print "<-- timeline, " who ": " (line[who] == "" ? "no result" : line[who]) }
			}
			if (md == "md") exit bad != 0
			print ""
			print "Longest call: stock " ms(call["stock"]) " ms (" which["stock"] "), patched " ms(call["patched"]) " ms (" which["patched"] ")."
			print "Sealing the memfd against writes after its munmap(): stock " seal["stock"] "; patched " seal["patched"] "."
			exit bad != 0
		}' "$dir/stock.tsv" "$dir/patched.tsv"
}
table md >"$dir/table.md" || bad=1
table text >"$dir/table.txt" || bad=1
echo
if [[ ${FORMAT:-text} == md ]]; then cat "$dir/table.md"; else cat "$dir/table.txt"; fi

[[ ${FORMAT:-text} == md ]] || cat <<EOT

Pages of 4 KiB pinned in the whole system (nr_foll_pin_acquired - nr_foll_pin_released in /proc/vmstat). Each cell is a process
of its own that makes a userptr object over its memory, has i915 take its pages, and then does the event to that memory; nobody
makes any call on the object from then on. before: pinned before the event; stock, patched: still pinned 1 s after it; after ms:
when the patched kernel had given back the last of them, which ends the watch.
after set-domain  the pages were taken by SET_DOMAIN, the GPU never saw them
after execbuf     a batch has written to them, which the CPU has seen, and the GPU is idle again
GPU busy          such a batch keeps running until 0.2 s after the event is over: until then the pages have to stay, and the
                  event must not wait for it. The second and the ms begin where the batch ends.
Control rows keep their pages on either kernel. Closing the object gives all back on either kernel; else the row is marked.
Run on: $(<"$dir/machine").
The GPU is a program and the debug kernel has KASAN and lockdep on: the milliseconds are not those of a real machine.
Kernel logs: $dir/$(run_name stock)/console.log, $dir/$(run_name patched)/console.log
EOT

if "$ROOT/testbed/workloads/events/plot.sh" "$dir"; then
	say "picture: $dir/pinned-pages.png (and .svg)"
	if [[ -n $write ]]; then
		mkdir -p "$ROOT/Documentation/pictures"
		cp "$dir"/pinned-pages.{svg,png} "$ROOT/Documentation/pictures/"
	fi
else
	bad=1
fi
((bad == 0)) || die "not every row is as it should be, or a kernel or the emulated GPU complained: see above"
say "All as it should be: stock keeps the pages, patched gives them back; neither kernel complained, nor the emulated GPU."
