#!/usr/bin/perl
# Makes the table of igt/run.sh from the output of IGT's runner.
# Usage: igt/results.pl RESULTS.JSON SHARE
# In:  RESULTS.JSON: the output of igt_results. SHARE/subtests: the subtests to run, one a line, as
#      PROGRAM@SUBTEST. SHARE/stuck-N, optional: the functions in which a process of the subtest in
#      line N (from 0) is stuck.
# Out: a line for each subtest and for each of its dynamic subtests: SUBTEST <tab> RESULT <tab>
#      SECONDS <tab> WHY, in the order of SHARE/subtests, dynamic ones sorted by name. WHY: if it
#      did not pass, where it is stuck, else its message; '-' if it passed.
use strict;
use warnings;
use JSON::PP;

@ARGV == 2 or die "usage: igt/results.pl RESULTS.JSON SHARE\n";
my ($json, $share) = @ARGV;

sub lines {
	my ($file) = @_;
	open(my $in, "<", $file) or return;
	chomp(my @lines = <$in>);
	return @lines;
}

open(my $in, "<", $json) or die "$json: $!\n";
my $tests = decode_json(do { local $/; <$in> })->{tests};
my @subtests = lines("$share/subtests");
my %at = map { $subtests[$_] =~ s/.*@//r => $_ } 0 .. $#subtests;
my (%name, %dynamic);
for (keys %$tests) {
	($name{$_}, $dynamic{$_}) = ($1, $2) if /^igt\@[^@]*\@([^@]*)(.*)/;
}
for (sort { $at{$name{$a}} <=> $at{$name{$b}} || $dynamic{$a} cmp $dynamic{$b} } keys %name) {
	my $t = $tests->{$_};
	my $why = "-";
	if ($t->{result} ne "pass") {
		my ($out, $err) = ($t->{out} // "", $t->{err} // "");
		my $said = $t->{result} eq "skip" ? $out : "$err\n$out";
		($why) = (lines("$share/stuck-$at{$name{$_}}"),
			$said =~ /CRITICAL: (?!Test assertion|Failed assertion|Last errno|error: )(.*)/,
			$said =~ /^(?:Test requirement|.*CRITICAL: Failed assertion): *(.*)/m,
			$said =~ /^(.*received signal.*|.*This test caused.*)/im, "-");
	}
	my $seconds = $t->{time}{end} ? sprintf("%.1f", $t->{time}{end} - $t->{time}{start}) : "-";
	print join("\t", "$name{$_}$dynamic{$_}", $t->{result}, $seconds, $why), "\n";
}
