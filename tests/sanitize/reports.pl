#!/usr/bin/perl
# Lists the reports of kernels on their consoles (KCSAN, lockdep, WARNING, BUG ...), one line for
# each kind of report, and which are ours: those with a function of the driver's file among the
# first functions of a stack. The file explained, beside this one, explains some of these.
# Usage: sanitize/reports.pl SOURCE.C CONSOLE.LOG ...      SOURCE.C: the driver's file
# Out: ours|explained|other <tab> COUNT <tab> REPORT <tab> FILE with the first of them.
# Exit: 0, also if there is none; other values if a file is missing or malformed
use strict;
use warnings;
use FindBin qw($Bin);

@ARGV >= 2 or die "usage: sanitize/reports.pl SOURCE.C CONSOLE.LOG ...\n";
my ($source, @logs) = @ARGV;

# A function's definition begins in column 1 and has no semicolon; its name may be on a separate
# line.
my %ours;
open(my $in, "<", $source) or die "$source: $!\n";
while (<$in>) {
	$ours{$1} = 1 if /^(?:[a-z][a-z0-9_ *]*[ *])?([a-z_0-9]+)\([^;]*$/;
}
keys %ours >= 10
	or die "sanitize/reports.pl: $source defines ", scalar keys %ours, " functions: has it another style?\n";

open($in, "<", "$Bin/explained") or die "$Bin/explained: $!\n";
my @explained = map { (split /\t/)[0] } grep { /^[^#\s]/ } <$in>;

# Functions of the sanitizers and of locks do not identify the access: skip them.
my $skip = qr/^(?:(?:__|io_)?schedule|dump_stack|show_stack|print_|report|kasan|__kasan|kcsan|
	__tsan|__asan|check_|__might|__warn|warn_|_?_?raw_spin|rt_|__rt_|lock_acquire|__lock|
	_*(?:ww_)?mutex_lock)/x;

# kind REPORT: removes the details that differ within a kind: offsets, modules, CPUs, processes,
# line numbers.
sub kind {
	my ($report) = @_;
	for ($report) {
		s/\+0x[0-9a-f]+\/0x[0-9a-f]+//g;
		s/ \[\w+\]//g;
		s/, CPU#\d+: .*//;
		s/,? CPU#?:? ?\d+//g;
		s/: [\w.]+\/\d+(?:\/0x\w+)?//g;
		s/:\d+//g;
		s/\s+/ /g;
	}
	return $report;
}

my (%count, %mine, %file, @order);
for my $log (@logs) {
	open($in, "<", $log) or die "$log: $!\n";
	my ($title, $depth, $mine);	# depth: of the stack, undef outside one
	my $end = sub {
		return if !defined $title;
		push @order, $title if !$count{$title}++;
		$file{$title} //= $log;
		$mine{$title} ||= $mine;
		undef $title;
	};
	while (<$in>) {
		s/\r?\n//;
		s/^\[[ 0-9.]+\] ?//;
		if (/\b(BUG: .*|WARNING: .*|UBSAN: .*|ODEBUG: .*|INFO: (?:task|rcu).*)/) {
			my $new = $1;
			$end->();
			($title, $depth, $mine) = (kind($new), undef, 0);
			for my $word (/(\w+)/g) { $mine ||= $ours{$word} }
		} elsif (defined $title && !defined $depth && /^(in_atomic\(\).*non_block: \d)/) {
			# The reason of the invalid context.
			$title .= ", $1";
		} elsif (!defined $title || /^=====/) {
			$end->();
		} elsif (/^Call Trace|^-> #\d| by (?:task|interrupt)\b.* on cpu \d+:$/) {
			# A stack begins. The lines before it (locks held, registers) are not part
			# of it.
			$depth = 0;
		} elsif (defined $depth && /^ +(?:<\w+> +)?(\w+)(?:\.\w+)*\+0x[0-9a-f]+\/0x/) {
			my $function = $1;
			next if $function =~ $skip;
			$mine ||= $ours{$function} if $depth++ < 5;
		}
	}
	$end->();
}
for my $t (sort { ($mine{$b} || 0) <=> ($mine{$a} || 0) || $count{$b} <=> $count{$a} } @order) {
	my $whose = !$mine{$t} ? "other" : (grep { $t =~ /$_/ } @explained) ? "explained" : "ours";
	print join("\t", $whose, $count{$t}, $t, $file{$t}), "\n";
}
