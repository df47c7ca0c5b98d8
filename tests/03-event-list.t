#!/bin/bash
# testbed/workloads/events/events.h is the only list of events; all other places must agree with it.
# Needs no kernel.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
cd "$ROOT"
make_tmp
list=testbed/workloads/events/events.h

# Tab-separated: name, text, subtest of IGT, case of the selftests.
events=$(awk -v RS='\tX\\(' -F'"' -v OFS='\t' 'NR > 1 { print $2, $4, $6, $8 }' "$list")
# column N: prints it sorted, without empty entries.
column() { cut -f"$1" <<<"$events" | grep -vx -e - | sort -u; }

# The names of IGT's subtests: "NAME", or "...%s" for each row of the table over which a loop
# iterates.
subtests=$(sed -n 's/^+//p' igt-tests/0*.patch igt-tests/part-2/0*.patch | awk -F'"' '
	/^[^\t].*\[\] = \{$/ { sub(/\[\] = \{$/, ""); sub(/.* /, ""); table = $0; next }
	/^};/ { table = "" }
	table && /^\t\{ "/ { row[table, ++rows[table]] = $2 }
	/for \(const struct [a-z]+ \*r = / { sub(/.*\*r = /, ""); sub(/;.*/, ""); loop = $0 }
	/igt_subtest[a-z_]*\("/ && $2 !~ /%s/ { print $2 }
	/igt_subtest[a-z_]*\("/ && $2 ~ /%s/ {
		for (i = 1; i <= rows[loop]; i++) { name = $2; sub(/%s/, row[loop, i], name); print name }
	}' | sort)
selftests=$(sed -nE 's/^\+\t\tSUBTEST\(([a-z_]+)\).*/\1/p; s/^\+\t\t(igt_[a-z_]+),$/\1/p' patches/0*-selftests-*.patch | sort)

is_empty "each event has a name and a text of its own, and says what of IGT and of the selftests has it" "$(
	awk -F'\t' '!$1 || !$2 || !$3 || !$4' <<<"$events"
	cut -f1 <<<"$events" | sort | uniq -d
	cut -f2 <<<"$events" | sort | uniq -d
)"
is_empty "an event's subtest of IGT is one of igt-tests/" "$(comm -23 <(column 3) - <<<"$subtests")"
is_empty "an event's case of the selftests is one of patches/" "$(comm -23 <(column 4) - <<<"$selftests")"
is_empty "each subtest release-* of IGT has an event, or a reason why it has none" "$(
	diff <({ column 3 | grep '^release-'; sed -nE 's/^ \*\t(release-[a-z-]+): .+/\1/p' "$list"; } | sort) <(grep '^release-' <<<"$subtests") || :
)"
is_empty "the table of Documentation/events.md has a row for each event" "$(
	diff <(cut -f2 <<<"$events") <(sed -nE '/^\| event \|/,/^$/s/^\| ([^|]*[^ |-]) \|.*/\1/p' Documentation/events.md | tail -n +2) || :
)"
controls=$(grep -c '^control-' <<<"$events")
want="$(($(wc -l <<<"$events") - controls)) events and $controls controls"
is_empty "where a page has the number of events, it is right: $want" "$(
	# The numbers may be on two lines.
	perl -0ne 'print "$ARGV: $1 events and $2 controls\n" while /(\d+)\s+events\s+and\s+(\d+)\s+controls/g' README.md Documentation/*.md >"$tmp/numbers"
	grep -v ": $want\$" "$tmp/numbers" || [[ -s $tmp/numbers ]] || echo "no page has it"
)"
cases=$((3 * $(wc -l <<<"$events")))
is_empty "so has Documentation/usb-stick.md: $cases event cases" "$(grep -q "$cases event cases" Documentation/usb-stick.md || echo "it has not")"
n=$((${want%% *}))
is_empty "so it is in README and cover letter" "$(
	diff <(echo "$((n - 1)) other events"; echo "$n kinds of event") \
		<(grep -ohE '[0-9]+ other events' README.md; grep -ohE '[0-9]+ kinds of event' patches/cover-letter-1.txt) || :
)"
done_testing
