#!/usr/bin/perl
# Prints the results of IGT's subtests on several kernels side by side, and checks them against the
# file expected.
# Usage: igt/table.pl VARIANT=TABLE ...
#   VARIANT  stock, patched or a mutant
#   TABLE    the table of igt/run.sh: subtest, tab, result, tab, seconds, ...
# In:  GPU: that of the results, g33 (default) or kbl.
# Out: the table (markdown) on stdout. A cell has the result in the terms of IGT's runner, and the
#      time; for a subtest with dynamic ones also those of them that did not pass. Unexpected
#      results are on stderr.
# Exit: 0 if every result is an expected one, each line of the file matches one, and a subtest fails
#       on each mutant; 1 if not, or if a file is missing
use strict;
use warnings;
use FindBin qw($Bin);
use lib $Bin;
use Expected qw(rules fits);

my (@variants, %file);
for (@ARGV) {
	/^([^=]+)=(.+)/ or die "usage: igt/table.pl VARIANT=TABLE ...\n";
	push @variants, $1;
	$file{$1} = $2;
}
my (@names, %result, %seconds, %dynamic, %seen, $bad);
my @rules = rules("$Bin/expected", $ENV{GPU} || "g33");

sub is_bad { return $_[0] !~ /^(?:pass|skip|warn|notrun)$/ }
sub fault { $bad = 1; print STDERR "igt/table.pl: $_[0]\n" }

for my $v (@variants) {
	open(my $table, "<", $file{$v}) or die "$file{$v}: $!\n";
	while (<$table>) {
		chomp;
		my ($name, $result, $seconds) = split /\t/;
		my ($sub, $dyn) = split /@/, $name;
		if (defined $dyn) {
			push @{$dynamic{$v}{$sub}}, $dyn if $result ne "pass";
		} else {
			push @names, $name unless $seen{$name}++;
		}
		$result{$v}{$name} = $result;
		$seconds{$v}{$name} = $seconds eq "-" || $result eq "skip" ? "" : sprintf(", %.1f s", $seconds);
		my ($rule) = grep { $_->[1] eq $v && fits($_->[0], $name) } @rules or next;
		my ($glob, undef, @want) = @$rule;
		# One failed dynamic subtest is enough, unless the line names it.
		next if defined $dyn && $glob !~ /@/ && grep { $_ eq "bad" } @want;
		fault("$name on $v: $result")
			unless grep { $_ eq $result || $_ eq "bad" && is_bad($result) } @want;
	}
}
for my $v (grep { !/^(?:stock|patched)$/ } @variants) {
	fault("no subtest sees the mutant $v") unless grep { is_bad($_) } values %{$result{$v}};
}
for my $rule (@rules) {
	my ($glob, $v) = @$rule;
	next if !$result{$v} || grep { fits($glob, $_) } keys %{$result{$v}};
	fault("there is no subtest for the line '$glob $v' of testbed/workloads/igt/expected");
}

print "| subtest |", map({ " $_ |" } @variants), "\n|---|", "---|" x @variants, "\n";
for my $name (@names) {
	print "| `$name` |";
	for my $v (@variants) {
		my $cell = $result{$v}{$name} // "-";
		my @failed = $cell =~ /^(?:skip|pass)$/ ? () : @{$dynamic{$v}{$name} // []};
		print " $cell", $seconds{$v}{$name} // "", @failed ? ": " . join(", ", @failed) : "", " |";
	}
	print "\n";
}
exit($bad ? 1 : 0);
