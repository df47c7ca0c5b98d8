# shellcheck shell=dash disable=SC2046,SC2153 # no spaces in a PCI address; init sets EVENTS ...
# The tests: functions for init, which sources this. The results of the i915 VARIANT, patched or
# stock, are in /report/VARIANT; its file summary has a line 'NAME VALUE ...' for each figure.
# The project's own programs are in /test, as for vm/guest.sh.

# without_names: removes names and serial numbers from stdin.
without_names() { sed -E -f /image/without-names.sed; }

# gpus: prints the PCI addresses of Intel's display controllers.
gpus() {
	for d in /sys/bus/pci/devices/*; do
		case $(cat "$d/vendor") in 0x8086) ;; *) continue ;; esac
		case $(cat "$d/class") in 0x03*) echo "${d##*/}" ;; esac
	done
}

# machine: writes a description of the machine to the report.
machine() {
	LD_LIBRARY_PATH=/test/lib /lib64/ld-linux-x86-64.so.2 /bin/lspci.debian -i /image/pci.ids -nnk >/report/lspci.txt 2>/dev/null
	{
		cat /image/versions /proc/version /proc/cmdline
		sed -n '/^model name/{p;q}' /proc/cpuinfo
		head -n 1 /proc/meminfo
	} >/report/versions.txt
	set -- $(gpus)
	[ $# -gt 0 ] || say "There is no Intel GPU in this machine."
	for g; do
		name=$(grep "^${g#0000:} " /report/lspci.txt | sed 's/^[^:]*:[^:]*: //')
		say "GPU: ${name:-$(cat /sys/bus/pci/devices/"$g"/device)}"
	done
}

# note NAME VALUE ...: adds a line to the summary.
note() { echo "$*" >>"$dir/summary"; }

# wait_for PID SECONDS COMMAND: waits until the process has ended; meanwhile shows the output of
# COMMAND. Fails if the time is up, or if a thread of a subtest is stuck.
wait_for() {
	t=0
	while kill -0 "$1" 2>/dev/null; do
		[ $t -lt "$2" ] && [ ! -e /tmp/guest-ended ] || return 1
		progress "$(eval "$3")"
		sleep 1
		t=$((t + 1))
	done
}

# test_i915 VARIANT: runs all tests on it.
test_i915() {
	dir=/report/$1
	rm -rf "$dir"
	mkdir -p "$dir"
	say
	say "--- The $1 i915"
	echo "image: the test of the $1 i915 starts" >/dev/kmsg
	ln -sf "/i915/$1.ko" "/lib/modules/$(uname -r)/i915.ko"
	# For tests that need a disk or swap.
	modprobe brd rd_nr=1 rd_size=65536 && ln -sf ram0 /dev/vda

	if [ -z "$(gpus)" ]; then
		note gpu none
	elif loads; then
		sed -n 's/^graphics version: /generation /p; s/^platform: /platform /p' /sys/kernel/debug/dri/0/i915_capabilities >>"$dir/summary"
		cp /sys/kernel/debug/dri/0/i915_capabilities "$dir/i915_capabilities.txt"
		test_events "$1"
		test_latency "$1"
		test_igt "$1"
		# A subtest may have left the screen without a console.
		for c in /sys/class/vtconsole/*; do ! grep -q 'frame buffer' "$c/name" || echo 1 >"$c/bind"; done
	fi

	dmesg | without_names >"$dir/dmesg.txt"
	sed "0,/image: the test of the $1 i915 starts/d" "$dir/dmesg.txt" | grep -E -f /image/splats >"$dir/splats.txt"
	note splats "$(wc -l <"$dir/splats.txt")"
	note taint "$(cat /proc/sys/kernel/tainted)"
	[ ! -s "$dir/splats.txt" ] || { say "The kernel complained:" && head -n 3 "$dir/splats.txt" | cut -c1-76 | show; }
}

# loads: loads i915; if it does not drive the GPU afterwards, says why.
loads() {
	progress "loading it ..."
	timeout 120 modprobe i915 2>"$dir/modprobe.txt"
	for _ in $(seq 50); do
		[ ! -e /dev/dri/card0 ] || break
		sleep 0.2
	done
	if [ ! -e /dev/dri/card0 ]; then
		note gpu "not driven by i915"
		say "i915 does not drive this GPU (GPUs from Lunar Lake on have another driver, xe)."
		show <"$dir/modprobe.txt"
		return 1
	fi
	say "It drives the GPU: $(sed -n 's/^platform: //p' /sys/kernel/debug/dri/0/i915_capabilities), graphics version $(sed -n 's/^graphics version: //p' /sys/kernel/debug/dri/0/i915_capabilities)."
	if dmesg | grep -q 'firmware.*(-2)\|Failed to load DMC'; then
		note firmware missing
		say "Firmware is missing (make image FIRMWARE=yes takes it in):"
		dmesg | sed -nE 's/.*(i915\/[a-z0-9_.]+\.bin).*/\1/p' | sort -u | head -n 4 | paste -sd' ' | show
	fi
}

# test_events VARIANT: events that remove pages of userptr objects.
test_events() {
	[ "$EVENTS" != none ] || return 0
	events=$(echo "$EVENTS" | tr , ' ')
	[ "$EVENTS" != all ] || events=''
	# shellcheck disable=SC2086 # words are wanted
	set -- "$1" $events
	expect=release
	[ "$1" = patched ] || expect=keep
	shift
	total=$((3 * $#))
	[ $# -gt 0 ] || total=$((3 * $(userptr-events --list | wc -l)))
	sh events/guest.sh tsv --expect $expect "$@" >"$dir/events.tsv" 2>"$dir/events.err" &
	if ! wait_for $! 3600 "echo \"events: \$(grep -c ^event '$dir/events.tsv') of $total\""; then
		note events-stuck 1
		say "The events are not done after an hour."
	fi
	awk -F'\t' '$1 == "event" {
			n[$5]++
			if ($5 == "not ok") print $2 " (" $3 "): " $12 >"/tmp/bad"
			if ($5 == "skip" || $4 ~ /^\(control\)/) next
			before += $6; after += $8
		}
		END { printf "events-ok %d\nevents-bad %d\nevents-skipped %d\npinned %d\nkept %d\n", n["ok"], n["not ok"], n["skip"], before, after }' \
		"$dir/events.tsv" >>"$dir/summary"
	say "Events: $(value events-ok) of $total as expected of this i915; of $(value pinned) pages, $(value kept) stay pinned."
	[ ! -s "$dir/events.err" ] || head -n 3 "$dir/events.err" | show
	[ ! -e /tmp/bad ] || head -n 5 /tmp/bad | cut -c1-76 | show
}

# test_latency VARIANT: how long other threads wait while memory is taken from userptr objects.
test_latency() {
	[ "$LATENCY" != none ] || return 0
	points=$(echo "$LATENCY" | tr , ' ')
	[ "$LATENCY" != all ] || points=''
	expect=release
	[ "$1" = patched ] || expect=keep
	(
		. guest-lib.sh
		no_time_limit
		heartbeat 60000
		printf 'variant\t%s\n' "$1"
		# shellcheck disable=SC2086 # words are wanted
		userptr-latency --expect $expect $points
	) >"$dir/latency.tsv" 2>"$dir/latency.err" &
	if ! wait_for $! 3600 "echo \"latency: \$(grep -c ^point '$dir/latency.tsv') points measured\""; then
		note latency-stuck 1
		say "The latencies are not measured after an hour."
	fi
	awk -F'\t' '$1 == "point" { n[$3 == "ok"]++ } END { printf "latency-ok %d\nlatency-bad %d\n", n[1], n[0] }' \
		"$dir/latency.tsv" >>"$dir/summary"
	say "Latency: $(value latency-ok) points ok, $(value latency-bad) not."
	[ ! -s "$dir/latency.err" ] || head -n 3 "$dir/latency.err" | show
	sed -n 's/^point\t\(.*\)\t/\1: /p' "$dir/latency.tsv" | grep -v ': ok$' | head -n 3 | cut -c1-76 | show
}

# value NAME [VARIANT]: prints the figure NAME of the summary.
value() { sed -n "s/^$1 //p" "${2:+/report/}${2:-$dir}/summary" 2>/dev/null; }

# test_igt VARIANT: IGT's subtests, run by igt_runner and judged by the lists of ci/ for a Kaby
# Lake, which apply to any GPU but a G33.
test_igt() {
	[ "$IGT" != none ] || return 0
	grep -E "@($(if [ "$IGT" = all ]; then echo '.*'; else echo "$IGT" | tr , '|'; fi))\$" testlist.txt >/tmp/testlist
	cp /tmp/testlist /mnt/subtests
	total=$(wc -l </mnt/subtests)
	ln -sfn "$1" /test/lists/xfails
	sh igt/guest.sh new 300 kbl >"$dir/igt.log" 2>&1 &
	if ! wait_for $! 14400 'echo "IGT: $(ls /mnt/results 2>/dev/null | grep -c "^[0-9]") of $total, $(sed -n "$(ls /mnt/results 2>/dev/null | grep -c "^[0-9]")s/.*@//p" /mnt/subtests)"'; then
		note igt-stuck 1
		say "A subtest is stuck: $(cat /mnt/stuck-* 2>/dev/null | head -n 1)"
	fi
	mkdir -p "$dir/igt"
	LD_LIBRARY_PATH=/test/lib bin/igt_results /mnt/results >>"$dir/igt.log" 2>&1
	# Without results all subtests are missing.
	[ ! -e /mnt/results/results.json ] || without_names </mnt/results/results.json >"$dir/igt/results.json"
	[ -s "$dir/igt/results.json" ] || echo "{}" >"$dir/igt/results.json"
	cp /tmp/testlist "$dir/igt/testlist.txt"
	cp /mnt/stuck-* "$dir/igt/" 2>/dev/null
	sh judge.sh "$dir/igt/results.json" "$dir/igt/testlist.txt" /test/lists/xfails/i915-kbl >"$dir/igt/judged.txt" 2>&1
	awk '{ sub(/^not /, "not_") }
		/^(ok|not_ok) gem/ { n[$3]++; bad += $1 != "ok" }
		END { for (k in n) all += n[k]
			printf "igt-passed %d\nigt-skipped %d\nigt-failed %d\nigt-unexpected %d\n", n["Pass,"], n["Skip,"], all - n["Pass,"] - n["Skip,"], bad }' \
		"$dir/igt/judged.txt" >>"$dir/summary"
	say "IGT: of $total subtests, $(value igt-passed) passed, $(value igt-failed) failed, $(value igt-skipped) skipped; $(value igt-unexpected) not as expected."
	sed -n 's/^not ok gem_userptr_[a-z]*@//p' "$dir/igt/judged.txt" | head -n 5 | show
}

# row TEXT NAME: prints a row of the table, with the figure NAME.
row() {
	line=$(printf '%-42s' "$1")
	for v in patched stock; do
		figure=$(value "$2" $v)
		line="$line$(printf '%16s' "${figure:--}")"
	done
	say "$line"
}

# summary: shows the results of all tests; the report also has the latencies side by side.
summary() {
	clear_screen
	say "i915 userptr test on Linux $(uname -r), image of $(cut -d, -f1 /image/made-of)"
	set -- $(gpus)
	[ $# -gt 0 ] || say "There is no Intel GPU in this machine."
	for g; do say "GPU: $(grep "^${g#0000:} " /report/lspci.txt | sed 's/^[^:]*:[^:]*: //' | cut -c1-70)"; done
	for v in patched stock; do
		[ -s /report/$v/summary ] || continue
		[ -z "$(value gpu $v)" ] || say "The $v i915: nothing was tested, GPU: $(value gpu $v)"
	done
	say "$(printf '%-42s%16s%16s' '' patched stock)"
	row "generation (graphics version)" generation
	row "events: as expected of this i915" events-ok
	row "        not as expected" events-bad
	row "        skipped" events-skipped
	row "pages pinned before these events" pinned
	row "pages kept after them" kept
	row "latencies: points that are ok" latency-ok
	row "           not ok" latency-bad
	row "IGT subtests: passed" igt-passed
	row "              failed" igt-failed
	row "              skipped" igt-skipped
	row "              not as ci/ expects" igt-unexpected
	row "complaints in the kernel's log" splats
	cat /report/patched/latency.tsv /report/stock/latency.tsv 2>/dev/null >/tmp/latency.tsv
	[ ! -s /tmp/latency.tsv ] || awk -v only="$(echo "$LATENCY" | sed 's/^all$//' | tr , ' ')" -f /image/latency.awk /tmp/latency.tsv >/report/latency.txt 2>&1
	say
}
