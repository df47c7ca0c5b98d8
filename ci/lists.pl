#!/usr/bin/perl
# Generates lists of subtests in drm-ci's format from testbed/workloads/igt/expected.
# Usage: ci/lists.pl SUBTESTS DIR IGT LINUX GPU ...     for ci/lists.sh
# In:  SUBTESTS: one a line, as PROGRAM@SUBTEST; IGT, LINUX: versions, for flakes.
# Out: DIR/testlist.txt, DIR/stock/i915-GPU-{fails,flakes,skips}.txt, DIR/patched/ the same.
# How: a subtest that is 'bad' in expected, or has a bad dynamic subtest there, is listed as
#      failing; one that is missing there, or has several results, is a flake.
use strict;
use warnings;
use File::Path qw(make_path);
use FindBin qw($Bin);
use lib "$Bin/../testbed/workloads/igt";
use Expected qw(rules fits);

@ARGV >= 5 or die "usage: ci/lists.pl SUBTESTS DIR IGT LINUX GPU ...\n";
my ($subtests, $dir, $igt, $linux, @gpus) = @ARGV;
my %board = (g33 => "Intel G33, emulated", kbl => "Intel Kaby Lake GT2, emulated");
open(my $in, "<", $subtests) or die "$subtests: $!\n";
chomp(my @names = <$in>);
@names or die "ci/lists.pl: $subtests names no subtest\n";

sub write_lines {
	my ($file, @lines) = @_;
	open(my $out, ">", $file) or die "$file: $!\n";
	print $out map { "$_\n" } @lines;
	close $out or die "$file: $!\n";
}

# sorted KERNEL GPU: the subtests that fail, and the flakes.
sub sorted {
	my ($kernel, $gpu) = @_;
	my @mine = grep { $_->[1] eq $kernel } rules("$Bin/../testbed/workloads/igt/expected", $gpu);
	my (@fails, @flakes);
	for my $full (@names) {
		my $name = $full =~ s/.*@//r;
		my ($rule) = grep { fits($_->[0], $name) } @mine;
		my ($dynamic) = grep {
			$_->[0] =~ /^(.*?)\@/ && fits($1, $name) && grep { $_ eq "bad" } @$_
		} @mine;
		my (undef, undef, @want) = @{$rule // []};
		@want = ("bad") if $dynamic;
		my $bad = grep { !/^(?:pass|skip|warn)$/ } @want;
		if (!@want || $bad && $bad < @want) {
			push @flakes, $full;
		} elsif ($bad) {
			push @fails, $full;
		}
	}
	return (\@fails, \@flakes);
}

make_path("$dir/stock", "$dir/patched");
write_lines("$dir/testlist.txt", @names);
for my $kernel ("stock", "patched") {
	for my $gpu (@gpus) {
		my ($fails, $flakes) = sorted($kernel, $gpu);
		my $list = "$dir/$kernel/i915-$gpu";
		my $made = "# Made by ci/lists.sh of testbed/workloads/igt/expected." .
			($board{$gpu} ? "" : " Not run on this GPU: what is expected of it.");
		write_lines("$list-fails.txt", $made, map { "$_,Fail" } @$fails);
		# The five entries that drm-ci requires for a flake.
		write_lines("$list-flakes.txt", $made, map { ("",
			"# Board Name: " . ($board{$gpu} // "none yet"),
			"# Bug Report: none, the series is about it",
			"# Failure Rate: not measured",
			"# IGT Version: $igt and igt-tests/",
			"# Linux Version: $linux",
			$_) } @$flakes);
		# If a list has no expression, igt_runner exits with 1 and no message.
		write_lines("$list-skips.txt", $made,
			"# None of ours: a subtest that cannot have what it needs skips by itself.",
			"# igt_runner takes no list that is empty.", "^xe.*");
	}
}
