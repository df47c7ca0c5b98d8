#!/bin/bash
# Makes the lists of ci/ in drm-ci's format of what testbed/workloads/igt/expected says: which subtests there are, which fail, on stock and patched.
# Usage: ci/lists.sh [-n DIR] [GPU ...]     -n DIR: into DIR (default: ci/); GPU: as drm-ci names it (default: g33, and that of ci/lava.yaml)
# In:  IGT_SERIES, IGT_LIBRARY: as igt/program.sh says. KERNEL: as base.sh says.
# Out: DIR/testlist.txt, DIR/stock/i915-GPU-{fails,flakes,skips}.txt, DIR/patched/ the same.
# How: a subtest of which 'expected' has 'bad' (or one of its dynamic subtests) is one that fails, one of which it says nothing is a flake.
. "$(dirname "$0")/../scripts/lib.bash"
need_tool perl

dir=$ROOT/ci
while getopts n: o; do
	case $o in
	n) dir=$OPTARG ;;
	*) die "usage: ci/lists.sh [-n DIR] [GPU ...]" ;;
	esac
done
shift $((OPTIND - 1))
(($#)) || set -- g33 "$(sed -n 's/^ *GPU: *//p' "$ROOT/ci/lava.yaml")"

make_tmp
library=$("$ROOT/testbed/workloads/igt/library.sh")
"$ROOT/testbed/workloads/igt/program.sh" "$tmp"
"$library/lib/ld-linux-x86-64.so.2" --library-path "$library/lib" "$tmp/gem_userptr_blits" --list-subtests >"$tmp/subtests"
[[ -s $tmp/subtests ]] || die "the program lists no subtests: see $ROOT/igt-tests"

read -r _ version _ <"$ROOT/testbed/kernel/version/7.3"
export LINUX=${version%%-*} IGT_BASE
IGT_BASE=$(cut -c1-12 "$ROOT/igt-tests/base-commit")
mkdir -p "$dir/stock" "$dir/patched"
sed 's/^/gem_userptr_blits@/' "$tmp/subtests" >"$dir/testlist.txt"
perl - "$ROOT/testbed/workloads/igt/expected" "$tmp/subtests" "$dir" "$@" <<'EOT' || die "testbed/workloads/igt/expected makes no lists, see above"
use strict;
use warnings;

my ($expected, $subtests, $dir, @gpus) = @ARGV;
my @rules;
open(my $in, "<", $expected) or die "$expected: $!\n";
while (<$in>) { s/#.*//; my ($glob, $kernel, @want) = split or next; push @rules, [$kernel, $glob, @want] }
open($in, "<", $subtests) or die "$subtests: $!\n";
chomp(my @names = <$in>);

# fits: as igt/table.sh, the first line that fits counts.
sub fits { my ($glob, $name) = @_; (my $re = quotemeta $glob) =~ s/\\\*/.*/g; return $name =~ /^$re$/ }
for my $kernel ("stock", "patched") {
	my (@fails, @flakes);
	for my $name (@names) {
		my @mine = grep { $_->[0] eq $kernel } @rules;
		my ($rule) = grep { fits($_->[1], $name) } @mine;
		my ($dynamic) = grep { $_->[1] =~ /^(.*?)\@/ && fits($1, $name) && grep { $_ eq "bad" } @$_ } @mine;
		my (undef, undef, @want) = @{$rule // $dynamic // []};
		@want = ("bad") if $dynamic;
		my $bad = grep { $_ !~ /^(?:pass|skip|warn)$/ } @want;
		if (!@want || $bad && $bad < @want) { push @flakes, $name; next }
		push @fails, $name if $bad;
	}
	for my $gpu (@gpus) {
		my $write = sub {
			my ($kind, @lines) = @_;
			open(my $out, ">", "$dir/$kernel/i915-$gpu-$kind.txt") or die "$dir/$kernel/i915-$gpu-$kind.txt: $!\n";
			print $out "# Made by ci/lists.sh of testbed/workloads/igt/expected.",
				$gpu eq "g33" ? "" : " Not run on this GPU: what is expected of it.", "\n", map { "$_\n" } @lines;
			close $out or die "$kind: $!\n";
		};
		$write->("fails", map { "gem_userptr_blits\@$_,Fail" } @fails);
		# The five that drm-ci wants to know of a flake.
		$write->("flakes", map { ("",
			"# Board Name: " . ($gpu eq "g33" ? "Intel G33, emulated" : "none yet"),
			"# Bug Report: none, the series is about it",
			"# Failure Rate: not measured",
			"# IGT Version: $ENV{IGT_BASE} and igt-tests/",
			"# Linux Version: $ENV{LINUX}",
			"gem_userptr_blits\@$_") } @flakes);
		# igt_runner ends at once, with 1 and no word, if a list has no expression.
		$write->("skips", "# None of ours: a subtest that cannot have what it needs skips by itself. igt_runner takes no list that is empty.", "^xe.*");
	}
}
EOT
