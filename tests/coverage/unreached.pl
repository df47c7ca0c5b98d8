#!/usr/bin/perl
# Lists the lines and branches of a C file that never ran, each with its reason in REASONS.
# Usage: coverage/unreached.pl INFO SOURCE.C REASONS
# In:  INFO: the output of lcov for this file alone. REASONS: [FUNCTION: ]CODE that the line
#      contains <tab> reason; the first match counts.
# Out: a line for each on stdout: line <tab> FUNCTION() <tab> what is missing <tab> code <tab>
#      reason. The totals on stderr.
# Exit: 0 if each has a reason, 1 if one has none
use strict;
use warnings;

@ARGV == 3 or die "usage: coverage/unreached.pl INFO SOURCE.C REASONS\n";
my ($info, $source, $reasons) = @ARGV;

open(my $in, "<", $source) or die "$source: $!\n";
my @src = ("", <$in>);

my @why;
open($in, "<", $reasons) or die "$reasons: $!\n";
while (<$in>) {
	chomp;
	next if /^#/ || !/\S/;
	push @why, [split(/\t+/, $_, 2)];
}

my (%line, %branch);	# line -> how often it ran; line -> branch -> how often it was taken
open($in, "<", $info) or die "$info: $!\n";
while (<$in>) {
	$line{$1} += $2 if /^DA:(\d+),(\d+)/;
	next unless /^BRDA:(\d+),(\d+),(\d+),(\S+)/;
	$branch{$1}{"$2,$3"} += $4 eq "-" ? 0 : $4;
}
%line or die "coverage/unreached.pl: $info has no line\n";

# reason FUNCTION CODE: returns the first match, or undef.
sub reason {
	my ($function, $code) = @_;
	for my $w (@why) {
		my ($text, $reason) = @$w;
		next if $text =~ s/^(\w+): // && $1 ne $function;
		return $reason if index($code, $text) >= 0;
	}
	return undef;
}

my ($ran, $branches, $taken, $open, $function) = (0, 0, 0, 0, "");
for my $n (1 .. $#src) {
	# A definition begins in column 1; a declaration ends with a semicolon.
	$function = $1 if $src[$n] =~ /^(?:[a-z][a-z0-9_ *]*[ *])?([a-z_0-9]+)\([^;]*$/;
	my @b = values %{$branch{$n} // {}};
	my $t = grep { $_ > 0 } @b;
	$branches += @b;
	$taken += $t;
	$ran++ if $line{$n};
	my $missing = defined $line{$n} && !$line{$n} ? "never ran" :
		$t < @b ? "$t of " . @b . " branches" : next;
	(my $code = $src[$n]) =~ s/^\s+|\s+$//g;
	my $why = reason($function, $code);
	$open++ if !defined $why;
	print join("\t", $n, "$function()", $missing, $code, $why // "NO REASON GIVEN"), "\n";
}
printf STDERR "%d of %d lines (%.1f %%), %d of %d branches (%.1f %%)\n", $ran, scalar keys %line,
	100 * $ran / keys %line, $taken, $branches, 100 * $taken / ($branches || 1);
exit($open ? 1 : 0);
