#!/usr/bin/perl
# Counts the instructions in a part of QEMU's log, by function.
# Usage: bench/profile.pl KALLSYMS LOG OBJECTS FUNCTION [FUNCTION]
#   LOG: of 'log exec,nochain' with one instruction in each translation block. With one FUNCTION its
#   longest call is counted; with two, everything from the first instruction of the first to the
#   last one of the second.
# Out: instructions for each of OBJECTS: in total, and by function, if at least 1 %.
use strict;
use warnings;
no warnings "portable";

@ARGV == 4 || @ARGV == 5 or die "usage: bench/profile.pl KALLSYMS LOG OBJECTS FUNCTION [FUNCTION]\n";
my ($kallsyms, $log, $objects, $from, $to) = @ARGV;

my @symbols;
open my $in, "<", $kallsyms or die "bench/profile.pl: $kallsyms: $!\n";
while (<$in>) {
	push @symbols, [hex $1, $2] if /^([0-9a-f]{16}) [tTwW] (\S+)/;
}
close $in;
@symbols = sort { $a->[0] <=> $b->[0] } @symbols;

my %name;
# name ADDRESS: the function that contains the address.
sub name {
	my ($low, $high) = (0, $#symbols);
	while ($low < $high) {
		my $middle = int(($low + $high + 1) / 2);
		if ($symbols[$middle][0] <= $_[0]) { $low = $middle } else { $high = $middle - 1 }
	}
	return $_[0] >> 63 ? $symbols[$low][1] : "(user space)";
}

# count: instructions since the part began; until: those up to the last instruction of its end.
my ($entry) = map { $_->[0] } grep { $_->[1] eq $from } @symbols;
my (%count, %until, %longest);
open $in, "<", $log or die "bench/profile.pl: $log: $!\n";
while (<$in>) {
	m{^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]{16})/} or next;
	my $f = $name{$1} //= name(hex $1);
	if (!defined $to && $f eq $from && hex $1 == $entry) {
		%longest = %until if ($until{""} // 0) > ($longest{""} // 0);
		%count = %until = ();
	}
	next if !%count && $f ne $from;
	$count{$f}++;
	$count{""}++;
	%until = %count if $f eq ($to // $from);
}
%longest = %until if ($until{""} // 0) > ($longest{""} // 0);
%longest or die "bench/profile.pl: no $from in $log\n";
printf "%8.1f instructions for each of %d objects: %s\n", $longest{""} / $objects, $objects,
	defined $to ? "from $from to $to" : $from;
for (sort { $longest{$b} <=> $longest{$a} } grep { $_ } keys %longest) {
	printf "%8.1f  %4.1f %%  %s\n", $longest{$_} / $objects, 100 * $longest{$_} / $longest{""}, $_
		if $longest{$_} * 100 >= $longest{""};
}
