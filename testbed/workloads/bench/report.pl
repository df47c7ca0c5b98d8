#!/usr/bin/perl
# Writes the pages of numbers from the samples of bench/run.sh.
# Usage: bench/report.pl [-w DIR] RUN      RUN: as printed by bench/run.sh
#        -w: also replaces numbers.md and its pictures in DIR (Documentation)
# In:  RUN/raw.tsv: variant, mode, round, measurement, objects, pages of each object, key, value,
#      unit; a value '>N' means "not within N". RUN/machine: lines with name, tab, and text about
#      CPU, emulator and kernels.
# Out: RUN/page/numbers.md: the goals, and pictures of the costs and benefits of the series;
#      RUN/page/tables.md: every figure; RUN/page/pictures/bench-*.svg and .png. A variant that was
#      not measured has no column. Prints the name of the page.
# Exit: 0; otherwise no page is made or changed, and a line gives the reason
use strict;
use warnings;
use File::Copy qw(copy);
use File::Glob qw(:bsd_glob);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use FindBin qw($Bin);
use Getopt::Std;

my %option;
getopts("w:", \%option) && @ARGV == 1 or die "usage: bench/report.pl [-w DIR] RUN\n";
my ($run) = @ARGV;
-s "$run/raw.tsv" && -f "$run/machine"
	or die "bench/report.pl: $run has no raw.tsv and machine: run make bench\n";

my @variants = ("stock", "again", "middle", "end", "6.1");
my %variant_text = (
	stock => "stock",
	again => "stock again",
	middle => "the middle of the series",
	end => "the end of the series",
	"6.1" => "6.1",
);
my $never = 9e99;

# The measurements, in the order of the page.
my @text = (
	"munmap-beside" => "munmap() of 16 pages beside n objects that it does not touch",
	"munmap-inside" => "munmap() of a range with n objects that have no pages (none: without objects)",
	"munmap" => "munmap() of n objects' pages (none: without objects; taken: set-domain took them; " .
		"used: a batch has used them; busy: a batch uses them)",
	"back" => "From munmap() (busy: from the end of the batch) until these pages are free",
	"idle" => "For comparison: from the end of the batch until GEM_WAIT, asleep meanwhile, returns",
	"idle-back" => "From then on until the pages are free",
	"held" => "Pages still pinned then",
	"memory" => "What MemAvailable has grown by then",
	"create-close" => "One object made and closed (taken: its pages taken in between), beside n idle " .
		"ones; unmapping: beside a thread that unmaps elsewhere",
	"create-beside" => "What the thread beside that does meanwhile: map, touch and unmap 16 pages",
	"exit" => "Exit of a process with n objects (file-kept: another process keeps the file open, so " .
		"that the objects stay)",
	"execbuf" => "The execbuf call with n objects",
	"many-threads" => "n busy objects unmapped at once: threads that come to be",
	"many-slab" => "n busy objects unmapped at once: slab grows by",
	"many-stack" => "n busy objects unmapped at once: kernel stacks grow by",
	"many-back" => "n busy objects unmapped at once: from the end of the batch until the pages are free",
	"callback" => "The longest walk over the notifiers, all callbacks included (function graph tracer)",
	"igt-userptr" => "IGT's gem_userptr_benchmark: time for one iteration (or MB) beside n objects",
	"igt-exec-nop" => "IGT's gem_exec_nop: time for one batch",
	"wake" => "For comparison: until another thread runs",
);
my %text = @text;
my @order = @text[grep { $_ % 2 == 0 } 0 .. $#text];
my %mode_text = (
	clock => "by the clock",
	icount => "by instructions, one CPU",
	trap => "by the clock, each page table entry a trapped access",
	igt => "by the clock",
);
my @modes = ("clock", "icount", "trap", "igt");
# Times of operations that stock has, too; they must not increase.
my %compared = map { $_ => 1 } ("munmap-beside", "munmap-inside", "munmap", "create-close", "exit",
	"execbuf", "callback", "igt-userptr", "igt-exec-nop");
# With these keys the kernel also releases pages during the measured time; stock does not.
my %gives_back = (
	munmap => qr/^(?:taken|used|busy)$/,
	exit => qr/^taken/,
	callback => qr/^(?:taken|used|busy|exit)$/,
);

#
# Samples.
#

my (%sample, %unit, %limit, %keys, %count, %here);
open(my $raw, "<", "$run/raw.tsv") or die "$run/raw.tsv: $!\n";
while (<$raw>) {
	chomp;
	my ($v, $mode, $round, $what, $n, $size, $key, $value, $unit) = split /\t/;
	defined $unit && $value =~ /^(>?)(-?[0-9.]+)$/
		or die "$run/raw.tsv, line $.: not nine columns with a value\n";
	my ($late, $figure) = ($1, $2);
	grep { $_ eq $v } @variants or die "$run/raw.tsv, line $.: there is no variant $v\n";
	$text{$what} or die "$run/raw.tsv, line $.: there is no measurement $what\n";
	my $id = join("\t", $mode, $what, $key, $size, $n);
	push @{$sample{$id}{$v}{$round}}, $late ? $never : $figure;
	# The limit differs between modes; the shortest one holds for all.
	$limit{$what} = $figure if $late && $figure < ($limit{$what} // $never);
	$unit{$what} = $unit;
	$keys{$mode}{$what}{$key} //= $.;
	$count{$mode}++;
	$here{$v} = 1;
}
open(my $in, "<", "$run/machine") or die "$run/machine: $!\n";
chomp(my @machine = <$in>);

my @have = grep { $here{$_} } @variants;
my @others = grep { $_ ne "stock" } @have;

sub median {
	my @v = sort { $a <=> $b } @_;
	return $v[$#v / 2] if @v % 2;
	my ($low, $high) = @v[@v / 2 - 1, @v / 2];
	return $high >= $never ? $never : ($low + $high) / 2;
}
sub quartiles {
	my @v = sort { $a <=> $b } @_;
	return @v[int($#v * 0.25 + 0.5), int($#v * 0.75 + 0.5)];
}
sub rounds { my ($id, $v) = @_; return $sample{$id} && $sample{$id}{$v} || {} }
sub all { return map { @$_ } values %{rounds(@_)} }
# The median of all samples, or undef.
sub middle_of { my @v = all(@_); return @v ? median(@v) : undef }
# ratio: median, minimum and maximum of the rounds' ratios to stock; nothing if stock has no time.
sub ratio {
	my ($id, $v) = @_;
	my @r;
	for my $round (keys %{rounds($id, $v)}) {
		my $s = rounds($id, "stock")->{$round} or next;
		my ($mine, $stock) = (median(@{rounds($id, $v)->{$round}}), median(@$s));
		next if $stock >= $never || $stock <= 0;
		push @r, $mine >= $never ? $never : $mine / $stock;
	}
	return unless @r;
	@r = sort { $a <=> $b } @r;
	return (median(@r), $r[0], $r[-1]);
}
# stock_never: the number of rounds in which stock exceeds the limit.
sub stock_never {
	my ($id, $v) = @_;
	my $stock = rounds($id, "stock");
	return scalar grep { $stock->{$_} && median(@{$stock->{$_}}) >= $never } keys %{rounds($id, $v)};
}

sub by_id {
	my @a = split /\t/, $a;
	my @b = split /\t/, $b;
	return $keys{$a[0]}{$a[1]}{$a[2]} <=> $keys{$b[0]}{$b[1]}{$b[2]} || $a[3] <=> $b[3] ||
		$a[4] <=> $b[4];
}
sub ids {
	my ($mode, $what) = @_;
	return sort by_id grep { /^\Q$mode\E\t\Q$what\E\t/ } keys %sample;
}
# decides: the mode on which the goals are judged: by instructions, if there is such a figure.
# Except for the callback: on one CPU the work that it queues runs before it returns, if that takes
# longer than a tick.
sub decides {
	my ($what, $key) = @_;
	for my $mode ($what =~ /^callback/ ? ("clock", "icount") : ("icount", "clock", "igt")) {
		return $mode if $keys{$mode} && $keys{$mode}{$what} && $keys{$mode}{$what}{$key};
	}
	return "clock";
}
# decisive: the ids of a measurement, or of one key of it, each in the mode that decides.
sub decisive {
	my ($what, $only) = @_;
	my @found;
	for my $mode (@modes) {
		for my $id (ids($mode, $what)) {
			my $key = (split /\t/, $id)[2];
			next if defined $only && $key ne $only;
			push @found, $id if decides($what, $key) eq $mode;
		}
	}
	return @found;
}

#
# Figures as text.
#

sub id_text {
	my (undef, $what, $key, $size, $n) = split /\t/, $_[0];
	return "$what, $key, $n " . ($n == 1 ? "object" : "objects") .
		($size == 1 ? "" : " of $size pages");
}
sub figure {
	my ($value, $what) = @_;
	my $unit = $unit{$what};
	return "-" unless defined $value;
	return "never within " . figure($limit{$what}, $what) if $value >= $never;
	return sprintf("%d", $value) . ($unit eq "KiB" ? " KiB" : "") if $unit ne "us";
	my ($f, $u) = $value < 1000 ? ($value, "us") : $value < 1e6 ? ($value / 1e3, "ms") :
		($value / 1e6, "s");
	return sprintf($f >= 100 ? "%.0f" : $f >= 10 ? "%.1f" : "%.2f", $f) . " $u";
}
sub spread {
	my ($id, $v, $what) = @_;
	my @v = all($id, $v) or return "-";
	my ($low, $high) = quartiles(@v);
	my $f = figure(median(@v), $what);
	return $f if $low >= $never || $low == $high;
	return "$f (" . figure($low, $what) . " to " . figure($high, $what) . ")";
}
sub factor {
	my $r = shift;
	return "never" if $r >= $never;
	return sprintf($r >= 100 ? "%.0f" : $r < 0.01 ? "%.1g" : "%.2f", $r);
}
sub ratio_text {
	my @r = ratio(@_) or return "-";
	my ($middle, $least, $most) = map { factor($_) } @r;
	return $r[1] == $r[2] ? $middle : "$middle ($least to $most)";
}
sub cells { return "|" . join("", map { " $_ |" } @_) . "\n" }

#
# Goals. Each function returns met, missed, unclear or no data, and the figure.
#

# At most 5 % worse than stock. $back: for the figures that include releasing pages, else for the
# others.
sub goal_not_worse {
	my ($v, $back) = @_;
	my (@missed, @unclear, $n);
	for my $what (grep { $compared{$_} } @order) {
		for my $id (decisive($what)) {
			my $key = (split /\t/, $id)[2];
			next if $back != ($gives_back{$what} && $key =~ $gives_back{$what} ? 1 : 0);
			my ($r, $least) = ratio($id, $v) or next;
			$n++;
			next if $r <= 1.05;
			# Missed only if it is worse in each round, and stock met the limit in each.
			push @{$least > 1 && !stock_never($id, $v) ? \@missed : \@unclear}, [$r, $id];
		}
	}
	return ("no data", "-") unless $n;
	my $worst = sub {
		my @worst = sort { $b->[0] <=> $a->[0] } @_;
		my @shown = map { id_text($_->[1]) . ": " . factor($_->[0]) }
			@worst[0 .. ($#worst > 4 ? 4 : $#worst)];
		return join("; ", @shown, @worst > 5 ? "..." : ());
	};
	return ("missed", @missed . " of $n figures: " . $worst->(@missed)) if @missed;
	return ("unclear", @unclear . " of $n figures, but not in each round: " . $worst->(@unclear))
		if @unclear;
	return ("met", "none of $n figures");
}
# At most half of stock's time, for each number of objects from 1 on.
sub goal_half {
	my ($v, $what, $key) = @_;
	my @r;
	for my $id (decisive($what, $key)) {
		my $n = (split /\t/, $id)[4];
		next if $n < 1;
		my ($r) = ratio($id, $v) or next;
		push @r, [$r, $n];
	}
	return ("no data", "-") unless @r;
	my @s = sort { $a->[0] <=> $b->[0] } @r;
	my ($least, $most) = map { factor($_->[0]) . " (n = $_->[1])" } @s[0, -1];
	return ($s[-1][0] <= 0.5 ? "met" : "missed", "$least to $most of stock's time");
}
# Pages of one object of one page are released within a millisecond; also returns stock's figure.
# $what: "back", or "idle-back": from when the GPU is known to be idle.
sub goal_back {
	my ($v, $what, $key) = @_;
	my $of = sub {
		my ($mode, $what, $size, $v) = @_;
		return middle_of(join("\t", $mode, $what, $key, $size, 1), $v);
	};
	my $m = $of->("clock", $what, 1, $v);
	return ("no data", "-") unless defined $m;
	my $f = figure($m, $what);
	my ($idle, $all) = map { $of->("clock", $_, 1, $v) } "idle", "back";
	$f .= " (and " . figure($idle, "idle") . " from the end of the batch until GEM_WAIT returns, " .
		figure($all, "back") . " in all)" if $what ne "back" && defined $idle && defined $all;
	my $s = $of->("clock", $what, 1, "stock");
	$f .= "; stock: " . figure($s, $what) if defined $s;
	my $large = $of->("clock", $what, 256, $v);
	$f .= "; an object of 256 pages: " . figure($large, $what) if defined $large;
	my $trap = $of->("trap", $what, 256, $v);
	$f .= ", each of its page table entries trapped: " . figure($trap, $what) if defined $trap;
	return ($m <= 1000 ? "met" : "missed", $f);
}
# No pages are pinned at the end.
sub goal_held {
	my ($v) = @_;
	my ($n, @bad) = (0);
	for my $mode ("clock", "icount", "trap") {
		for my $id (ids($mode, "held")) {
			my @h = all($id, $v) or next;
			my ($most) = sort { $b <=> $a } @h;
			$n += @h;
			push @bad, sprintf("%s: %d", id_text($id), $most) if $most > 0;
		}
	}
	return ("no data", "-") unless $n;
	return ("met", "0 pages in $n samples") unless @bad;
	return ("missed", @bad . (@bad == 1 ? " case: " : " cases: ") . join("; ", @bad[0 .. ($#bad > 2 ? 2 : $#bad)]));
}
# The callback does not wait for the GPU, and its time for each object does not grow with their
# number.
sub goal_callback {
	my ($v) = @_;
	my $what = "callback";
	return ("no data", "-") unless grep { $keys{$_}{$what} } @modes;
	my (%at, $worst, $worst_n);
	for my $id (decisive($what)) {
		my (undef, undef, $key, undef, $n) = split /\t/, $id;
		my $m = middle_of($id, $v);
		$at{$key}{$n} = $m if defined $m;
	}
	for my $n (sort { $a <=> $b } keys %{$at{busy} // {}}) {
		my $t = $at{taken}{$n} or next;
		my $r = $at{busy}{$n} / $t;
		($worst, $worst_n) = ($r, $n) if !defined $worst || $r > $worst;
	}
	my @n = sort { $a <=> $b } grep { $_ >= 100 } keys %{$at{taken} // {}};
	return ("no data", "-") unless defined $worst;
	my $f = "busy at most " . factor($worst) . " times idle (n = $worst_n)";
	my $ok = $worst <= 1.5;
	if (@n > 1) {
		my ($few, $lots) = map { $at{taken}{$_} / $_ } @n[0, -1];
		$f .= sprintf("; for each object %.2f us of %d, %.2f us of %d", $few, $n[0], $lots, $n[-1]);
		$ok &&= $lots <= 2 * $few;
	}
	return ($ok ? "met" : "missed", $f);
}

my @goals = (
	["No time worse than stock's by more than 5 %, of what stock does, too", \&goal_not_worse, 0],
	["The same where pages are released, which stock does not do", \&goal_not_worse, 1],
	["Create and close beside a thread that unmaps: at most half of stock's time",
		\&goal_half, "create-close", "unmapping"],
	["munmap() beside idle userptrs that it does not touch: at most half of stock's time",
		\&goal_half, "munmap-beside", "idle"],
	["munmap() of a range with idle userptrs: at most half of stock's time",
		\&goal_half, "munmap-inside", "idle"],
	["Memory free within a millisecond of munmap(), pages taken by set-domain",
		\&goal_back, "back", "taken"],
	["Memory free within a millisecond of munmap(), used by the GPU (so with an unbind)",
		\&goal_back, "back", "used"],
	["Memory free within a millisecond of the GPU being idle", \&goal_back, "idle-back", "busy"],
	["No pages held in the end", \&goal_held],
	["The callback no longer than a walk of the objects that it meets", \&goal_callback],
);

#
# Pictures.
#

# File, measurement, key, title; whether the short page shows it.
my @pictures = (
	["munmap-beside", "munmap-beside", "idle", "munmap() of 16 pages, beside n userptrs", 0],
	["munmap-inside", "munmap-inside", "idle", "munmap() of a range with n idle userptrs in it", 1],
	["munmap-taken", "munmap", "taken", "munmap() of n userptrs' pages", 1],
	["munmap-busy", "munmap", "busy", "munmap() of n userptrs' pages, the GPU busy with them", 0],
	["back-taken", "back", "taken", "From munmap() until the pages are free", 1],
	["back-busy", "back", "busy", "From the end of the batch until the pages are free", 0],
	["create-close", "create-close", "unmapping",
		"One userptr made and closed, beside n idle ones and a thread that unmaps", 1],
	["exit", "exit", "idle-file-kept", "Exit of a process with n userptrs", 1],
	["execbuf", "execbuf", "repeated", "execbuf with n userptrs, again", 0],
	["callback-taken", "callback", "taken", "The longest walk over the notifiers, n userptrs met", 0],
	["callback-busy", "callback", "busy",
		"The longest walk over the notifiers, n userptrs met, the GPU busy with them", 1],
	["many-threads", "many-threads", "busy",
		"Threads that come to be when n busy userptrs are unmapped", 0],
);
# The line of each variant, which can be told apart without colour.
my %line = (
	stock => 'dt (10,5) pt 4 lc rgb "gray40"',
	middle => 'dt (2,4) pt 6 lc rgb "gray20"',
	end => 'dt 1 pt 7 lc rgb "black"',
	"6.1" => 'dt (10,4,2,4) pt 8 lc rgb "gray30"',
);

# curve ID...: the points of a variant for gnuplot, as lines 'n median quartile quartile'; the
# number of points whose median exceeds the limit; whether a point is above zero.
sub curve {
	my ($v, $what, @ids) = @_;
	my ($block, $nothing, $some) = ("", 0, 0);
	for my $id (@ids) {
		my $m = middle_of($id, $v) // next;
		if ($m >= $never) { $nothing++; next }
		my ($low, $high) = quartiles(all($id, $v));
		$some ||= $m > 0;
		$m = $low = $high = 0.5 if $m <= 0;
		$block .= (split /\t/, $id)[4] . " $m $low " . ($high >= $never ? $m : $high) . "\n";
	}
	return ($block, $nothing, $some);
}
# plot WHAT KEY TITLE: commands for gnuplot; nothing if all points are zero, which the table shows.
sub plot {
	my ($what, $key, $title) = @_;
	my $mode = decides($what, $key);
	my @ids = grep {
		my (undef, undef, $k, $size, $n) = split /\t/;
		$k eq $key && $size == 1 && $n >= 1;
	} ids($mode, $what);
	my (@blocks, @curves, $points);
	for my $v (grep { $_ ne "again" } @have) {
		my ($block, $nothing, $some) = curve($v, $what, @ids);
		next unless $block || $nothing;
		$points ||= $some;
		my $late = figure($never, $what);
		my $name = !$nothing ? $v : $block ? "$v (else $late)" : "$v: $late";
		my $data = "\$d" . (@blocks + 1);
		push @blocks, "$data << EOD\n" . ($block || "1 NaN NaN NaN\n") . "EOD\n";
		push @curves, ($block ? "$data using 1:2:3:4 with yerrorbars notitle lw 1 ps 1 $line{$v}, " : "") .
			"$data using 1:2 with linespoints lw 2.5 ps 1.2 $line{$v} title \"$name\"";
	}
	return unless $points;
	my $unit = $unit{$what} eq "us" ? "time, us" : $unit{$what};
	return join("", "set logscale xy\nset format y \"%g\"\n",
		"set key above center horizontal Left reverse samplen 5\n",
		"set offsets graph 0.02, graph 0.02, 0, 0\n",
		"set title \"$title\\n{/*0.8 $mode_text{$mode}; median and quartiles}\"\n",
		"set xlabel \"userptr objects, n\"\nset ylabel \"$unit\"\n",
		@blocks, "plot ", join(", \\\n\t", @curves), "\n");
}

my $plots = tempdir(CLEANUP => 1);
my (%pictures_of, @shown, @plots);
for my $p (@pictures) {
	my ($file, $what, $key, $title, $short) = @$p;
	my $plot = plot($what, $key, $title) // next;
	push @plots, "$plots/bench-$file.gp";
	open(my $gp, ">", $plots[-1]) or die "$plots[-1]: $!\n";
	print $gp $plot;
	close $gp or die "$plots[-1]: $!\n";
	push @{$pictures_of{$what}{decides($what, $key)}}, "![$title](pictures/bench-$file.svg)\n";
	push @shown, [$file, $pictures_of{$what}{decides($what, $key)}[-1]] if $short;
}

#
# The pages.
#

# The rows of RUN/machine. The short page omits the command of each guest, and has one row for all
# kernels and one for all dates.
sub measured_on {
	my ($short) = @_;
	my $samples = join(", ", map { "$_ $count{$_}" } grep { $count{$_} } @modes);
	my (@rows, %row, %day);
	for (@machine) {
		my ($name, $text) = split /\t/, $_, 2;
		$text =~ s/\|/\\|/g;
		$text =~ s/guest: \d+ CPUs/$& (icount: 1)/ if $count{icount};
		if ($short) {
			next if $name =~ /^(?:command|guest)/;
			if ($name =~ s/^variant (.*)/kernels/) { $text = "$1: $text" }
			if ($name eq "date") { $text =~ s/,.*//; next if $day{$text}++ }
		} elsif ($name =~ /^(?:command|guest)/) {
			$text = "`$text`";
		}
		if ($short && $row{$name}) { $row{$name}[1] .= "; $text"; next }
		push @rows, $row{$name} = [$name, $text];
	}
	return join("", "| | |\n|---|---|\n", map({ cells(@$_) } @rows), cells("samples", $samples));
}

sub short_page {
	my @lacking = map { $variant_text{$_} } grep { !$here{$_} } @variants;
	my @unrun = map { "mode `$_`" } grep { !$count{$_} } @modes;
	my @columns = grep { $_ ne "again" } @others;
	my $page = <<~EOT;
		# Numbers: what the series costs, and what it gains

		<!-- Written by testbed/workloads/bench/report.pl (make bench): not to be edited. -->

		The times are those of an emulator without KVM: compare only what stands side by side; no figure
		is that of a real machine. Less is better throughout. `make bench` measures all of it again, and
		writes every figure and more plots to `page/tables.md` in the directory that it prints.
		[testing.md](testing.md#what-it-costs-make-bench) says how it is measured.

		## Goals

		EOT
	$page .= cells("goal", map { $variant_text{$_} } @columns) . "|---|" . "---|" x @columns . "\n";
	for my $g (@goals) {
		my ($name, $goal, @args) = @$g;
		my @verdicts;
		for my $v (@columns) {
			my ($verdict, $f) = $goal->($v, @args);
			push @verdicts, "**$verdict**" . ($f eq "-" ? "" : ": $f");
		}
		$page .= cells($name, @verdicts);
	}
	$page .= <<~EOT;

		The goals are those of the end of the series; the other kernels stand beside it for comparison.
		In the first two rows a number is the ratio to stock, and *missed* means: more than 5 % worse in the
		median of the rounds, and worse in each round; *unclear*: not worse in each. A figure by
		instructions decides before one by the clock, except for the callback: on one CPU the work that it
		queues runs before a long callback returns. [design.md](design.md#known-costs) lists the known
		costs.

		## Noise

		EOT
	if ($here{again}) {
		my (undef, $same) = goal_not_worse("again", 0);
		my (undef, $back) = goal_not_worse("again", 1);
		$page .= <<~EOT;
			Stock was measured twice, each time as a kernel of its own. The second time against the first, these
			are worse by more than 5 %, too, which is noise:

			- of what stock does, too: $same
			- where pages are released: $back
			EOT
	} else {
		$page .= "Stock was not measured twice: how much of this is noise is not known.\n";
	}
	$page .= "\n## What it was measured on\n\n" . measured_on(1);
	$page .= "\nNot measured: " . join(", ", @lacking) . ".\n" if @lacking;
	$page .= "\nNot run: " . join(", ", @unrun) . " of `testbed/workloads/bench/run.sh`.\n" if @unrun;
	$page .= "\n## Plots\n\n" . join("\n", map { $_->[1] } @shown) if @shown;
	return $page;
}

sub long_page {
	my $page = <<~EOT;
		# Numbers: every figure

		<!-- Written by testbed/workloads/bench/report.pl (make bench): not to be edited. -->

		What they mean for the goals of the series: [numbers.md](numbers.md).

		The kernels are booted one after the other, in an order drawn for each round. A figure is the median
		of all samples, in brackets the quartiles. A ratio is to stock in the same round: the median of the
		rounds, in brackets the least and the most (of five rounds, these enclose the true median with 94 %).
		By instructions: QEMU's `-icount`, one CPU, 8 ns for each instruction; the device model takes no time
		then. On one CPU the work that releases pages runs before munmap() and exit return, so that all of its
		cost is in these figures.

		## What it was measured on

		EOT
	$page .= measured_on(0);
	for my $what (@order) {
		for my $mode (@modes) {
			my @ids = ids($mode, $what) or next;
			$page .= "\n## $text{$what} ($mode_text{$mode})\n\n";
			$page .= join("", @$_) . "\n" for $pictures_of{$what}{$mode} // ();
			# There is no ratio to stock if stock has no such time.
			my $ratios = grep { my $id = $_; grep { my @r = ratio($id, $_); @r } @others } @ids;
			my @compared = $ratios ? @others : ();
			$page .= cells("key", "n", "pages each", @have, map { "$_ / stock" } @compared);
			$page .= "|---|---:|---:|" . "---:|" x (@have + @compared) . "\n";
			for my $id (@ids) {
				my (undef, undef, $key, $size, $n) = split /\t/, $id;
				$page .= cells($key, $n, $size, map({ spread($id, $_, $what) } @have),
					map { ratio_text($id, $_) } @compared);
			}
		}
	}
	return $page;
}

sub write_file {
	my ($file, $text) = @_;
	open(my $out, ">", $file) or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
}

my $page = "$run/page";
remove_tree("$page.new");
make_path("$page.new/pictures");
write_file("$page.new/numbers.md", short_page());
write_file("$page.new/tables.md", long_page());
!@plots || system("$Bin/../draw.sh", "$page.new/pictures", @plots) == 0
	or die "bench/report.pl: no plots, see above\n";
remove_tree($page);
rename("$page.new", $page) or die "$page: $!\n";
if (defined(my $to = $option{w})) {
	make_path("$to/pictures");
	unlink(glob("$to/pictures/bench-*.svg"), glob("$to/pictures/bench-*.png"));
	for my $file ("numbers.md", map { ("pictures/bench-$_->[0].svg", "pictures/bench-$_->[0].png") } @shown) {
		copy("$page/$file", "$to/$file") or die "$to/$file: $!\n";
	}
	print STDERR "$to/numbers.md\n";
}
print STDERR "$page/numbers.md\n";
