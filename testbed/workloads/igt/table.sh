#!/bin/bash
# The subtests of igt-tests/ on the emulated GPU: stock, patched and each mutant of testbed/workloads/igt/mutants/ side by side, as a table.
# Usage: testbed/workloads/igt/table.sh [-w] [-k] [VARIANT ...]     default: stock, patched and all mutants; -w: puts the table into Documentation/igt.md;
#   -k: keeps what an earlier run has in the cache, and runs only the variants that have no result
# In:  CONFIG, KERNEL, IGT_TIMEOUT, LOCKDEP, IGT_SERIES, IGT_LIBRARY: as igt/run.sh says.
# Out: the table (markdown) on stdout, progress on stderr. A cell has the result as IGT's runner calls it, of a subtest with dynamic ones
#      also which of these did not pass.
# Exit: 0 all is as testbed/workloads/igt/expected says, a subtest sees each mutant, and the patched kernel took no harm.
. "$(dirname "$0")/../../../scripts/lib.bash"
need_tool perl

write='' keep=''
options w=write k=keep -- "$@"
shift $((OPTIND - 1))
if ((!$#)); then
	mapfile -t mutants < <(find "$ROOT/testbed/workloads/igt/mutants" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort)
	set -- stock patched "${mutants[@]}"
fi
doc=$ROOT/Documentation/igt.md
[[ -z $write ]] || grep -q '^<!-- table -->$' "$doc" 2>/dev/null || die "$doc has no line '<!-- table -->', where the table is to go"

harm='' results=$CACHE/igt/results
for variant; do
	table=$results/$(run_name "$variant")/table
	[[ -z $keep || ! -s $table ]] || continue
	say "--- $variant"
	rc=0
	"$ROOT/testbed/workloads/igt/run.sh" "$variant" >/dev/null || rc=$?
	[[ -s $table ]] || die "no results for $variant, see above"
	if [[ $variant == patched ]] && ((rc)); then harm=1; fi
done

make_tmp
bad=0
perl - "$results" "$(run_name '')" "$ROOT" "$@" >"$tmp/table" <<'EOT' || bad=1
use strict;
use warnings;

my ($results, $config, $root, @variants) = @ARGV;
my (@names, %result, %dynamic, %seen, @rules, $bad);

sub fits { my ($glob, $name) = @_; (my $re = quotemeta $glob) =~ s/\\\*/.*/g; return $name =~ /^$re$/ }
sub is_bad { return $_[0] !~ /^(?:pass|skip|warn|notrun)$/ }
sub fault { $bad = 1; print STDERR "igt/table.sh: $_[0]\n" }

open(my $in, "<", "$root/testbed/igt/expected") or die "$root/testbed/igt/expected: $!\n";
while (<$in>) { s/#.*//; my ($glob, $kernel, @want) = split or next; push @rules, [$glob, $kernel, @want] }

for my $v (@variants) {
	open(my $table, "<", "$results/$v$config/table") or die "$results/$v$config/table: $!\n";
	while (<$table>) {
		chomp;
		my ($name, $result) = split /\t/;
		my ($sub, $dyn) = split /@/, $name;
		if (defined $dyn) { push @{$dynamic{$v}{$sub}}, $dyn if $result ne "pass" } else { push @names, $name unless $seen{$name}++ }
		$result{$v}{$name} = $result;
		my ($rule) = grep { $_->[1] eq $v && fits($_->[0], $name) } @rules or next;
		my (undef, undef, @want) = @$rule;
		# Of dynamic subtests, one that fails is enough, unless they are named.
		next if defined $dyn && $rule->[0] !~ /@/ && grep { $_ eq "bad" } @want;
		fault("$name on $v: $result") unless grep { $_ eq $result || $_ eq "bad" && is_bad($result) } @want;
	}
}
for my $v (grep { !/^(?:stock|patched)$/ } @variants) {
	fault("no subtest sees the mutant $v") unless grep { is_bad($result{$v}{$_}) } keys %{$result{$v}};
}
for my $rule (@rules) {
	my ($glob, $v) = @$rule;
	!$result{$v} || grep { fits($glob, $_) } keys %{$result{$v}} or fault("there is no subtest for the line '$glob $v' of testbed/workloads/igt/expected");
}

print "| subtest |", map({ " $_ |" } @variants), "\n|---|", "---|" x @variants, "\n";
for my $name (@names) {
	print "| `$name` |";
	for my $v (@variants) {
		my $cell = $result{$v}{$name} // "-";
		$cell .= ": " . join(", ", @{$dynamic{$v}{$name}}) if $cell ne "skip" && $dynamic{$v}{$name};
		print " $cell |";
	}
	print "\n";
}
exit($bad ? 1 : 0);
EOT
[[ -s $tmp/table ]] || die "no table, see above"
cat "$tmp/table"

if [[ -n $write ]]; then
	awk -v table="$tmp/table" '
		$0 == "<!-- /table -->" { skip = 0 }
		!skip
		$0 == "<!-- table -->" { skip = 1; while ((getline line < table) > 0) print line }' "$doc" >"$tmp/doc"
	grep -q '^<!-- /table -->$' "$doc" || die "$doc has no line '<!-- /table -->' after the table"
	cat "$tmp/doc" >"$doc"
	say "written to $doc"
fi
[[ -z $harm ]] || die "the patched kernel took harm, see above and $results/$(run_name patched)"
((bad == 0)) || die "not all is as it should be, see above"
