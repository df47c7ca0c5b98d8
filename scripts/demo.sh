#!/bin/bash
# From nothing to a table: how many pages of a userptr object stay pinned after each kind of event, stock beside patched.
# In:  CONFIG, KERNEL: as events.sh says.
# Out: the table on stdout, progress on stderr. Exit: 0 only if every row is as it should be and neither kernel complained.
. "$(dirname "$0")/lib.sh"

make_tmp
bad=0
for variant in stock patched; do
	say "--- $variant i915: build, boot, events"
	rc=0
	"$ROOT/scripts/events.sh" "$variant" tsv >"$tmp/all" || rc=$?
	grep -P '^[a-z-]+\t' "$tmp/all" >"$tmp/$variant" || :
	grep -vP '^[a-z-]+\t' "$tmp/all" >&2 || :
	if [[ ! -s $tmp/$variant ]]; then
		((rc)) || rc=1
		die "no results from the $variant i915 (exit status $rc), see above"
	fi
	((rc == 0)) || { bad=1; say "the $variant i915: exit status $rc"; }
done

echo
awk -F'\t' -v bad="$bad" '
	function ms(t) { return t == "-" ? "-" : t " ms" }
	function wrong(who, verdict, why) { return verdict == "ok" ? "" : verdict == "skip" ? "  (skipped: " why ")" : "  <-- " who ": " why }
	FNR == 1 { file++ }
	file == 1 { name[++n] = $1; text[$1] = $2; sv[$1] = $3; before[$1] = $4; safter[$1] = $5; swhy[$1] = $8; next }
	{ pv[$1] = $3; pbefore[$1] = $4; pafter[$1] = $5; back[$1] = $6; call[$1] = $7; pwhy[$1] = $8 }
	END {
		row = "%-40s %8s %12s %14s %12s %11s%s\n"
		printf row, "", "pinned", "stock: still", "patched: still", "patched:", "patched:", ""
		printf row, "event", "before", "pinned 1 s", "pinned 1 s", "given back", "the call", ""
		printf row, "", "", "after", "after", "after", "took", ""
		for (i = 1; i <= n; i++) {
			e = name[i]
			if (!(e in pv)) { pv[e] = "not ok"; pwhy[e] = "no result" }
			note = wrong("stock", sv[e], swhy[e])
			if (pv[e] != sv[e] || note == "") note = note wrong("patched", pv[e], pwhy[e])
			if (sv[e] == "skip" || pv[e] == "skip") { printf row, text[e], "-", "-", "-", "-", "-", note; continue }
			if (sv[e] != "ok" || pv[e] != "ok") bad++
			b = before[e] == pbefore[e] ? before[e] : before[e] "/" pbefore[e]
			printf row, text[e], b, safter[e], pafter[e], ms(back[e]), ms(call[e]), note
		}
		exit bad != 0
	}' "$tmp/stock" "$tmp/patched" || bad=1

kernel=$(sed -n '/Linux version/{s/.*\(Linux version [^ ]*\).*/\1/p;q}' "$CACHE/events/patched/console.log")
emulator=$("${QEMU:-qemu-system-x86_64}" --version | sed -n '1s/ (.*//p')
cat <<EOT

Pages of 4 KiB pinned in the whole system (nr_foll_pin_acquired - nr_foll_pin_released in /proc/vmstat). Each row is a process
of its own that makes a userptr object over its memory, has it take and bind its pages, and then does the event to that memory;
nobody makes any call on the object in the second after it. Given back after: from before the event to the first look that finds
nothing pinned. In the busy row a request uses the object for 2 s: until then the pages have to stay, and the second begins then.
Control rows keep their pages on either kernel. Closing the object gives all back on either kernel; else the row is marked.
Run on: i915's mock device (no Intel GPU, nothing real behind its page tables), $kernel, config ${CONFIG:-debug}
of testbed/, under $emulator: the milliseconds are not those of a real machine.
Kernel logs: $CACHE/events/stock/console.log, $CACHE/events/patched/console.log
EOT

((bad == 0)) || die "not every row is as it should be, or a kernel complained: see above"
say "All as it should be: stock keeps the pages, patched gives them back; neither kernel complained."
