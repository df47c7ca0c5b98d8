#!/usr/bin/perl
# For report.sh: RUN PLOTS; the page on stdout, into PLOTS what gnuplot draws.
use strict;
use warnings;

my ($run, $plots) = @ARGV;
my @variants = ("stock", "again", "middle", "end", "6.1");
my %variant_text = (stock => "stock", again => "stock again", middle => "the middle of the series", end => "the end of the series", "6.1" => "6.1");
my $never = 9e99;

# What is measured, in the order of the page.
my %text = (
	"munmap-beside" => "munmap() of 16 pages beside n objects that it does not touch",
	"munmap-inside" => "munmap() of a range with n objects that have no pages (none: without objects)",
	"munmap" => "munmap() of n objects' pages (none: without objects; taken: set-domain took them; used: a batch has used them; busy: a batch uses them)",
	"back" => "From munmap() (busy: from the end of the batch) until these pages are free",
	"idle" => "For comparison: from the end of the batch until GEM_WAIT, asleep meanwhile, returns",
	"idle-back" => "From then on until the pages are free",
	"held" => "Pages still pinned then",
	"memory" => "What MemAvailable has grown by then",
	"create-close" => "One object made and closed (taken: its pages taken in between), beside n idle ones; unmapping: beside a thread that unmaps elsewhere",
	"create-beside" => "What the thread beside that does meanwhile: map, touch and unmap 16 pages",
	"exit" => "Exit of a process with n objects (file-kept: another process keeps the file open, so that the objects stay)",
	"execbuf" => "The execbuf call with n objects",
	"many-threads" => "n busy objects unmapped at once: threads that come to be",
	"many-slab" => "n busy objects unmapped at once: slab grows by",
	"many-stack" => "n busy objects unmapped at once: kernel stacks grow by",
	"many-back" => "n busy objects unmapped at once: from the end of the batch until the pages are free",
	"callback" => "The longest walk over the notifiers, all callbacks included (function graph tracer)",
	"callback-own" => "The longest callback by its own tracepoint (kernels without the function graph tracer)",
	"wake" => "For comparison: until another thread runs",
	"igt-userptr" => "IGT's gem_userptr_benchmark: time for one iteration (or MB) beside n objects",
	"igt-exec-nop" => "IGT's gem_exec_nop: time for one batch",
);
my @order = ("munmap-beside", "munmap-inside", "munmap", "back", "idle", "idle-back", "held", "memory", "create-close", "create-beside", "exit", "execbuf", "many-threads", "many-slab",
	"many-stack", "many-back", "callback", "callback-own", "igt-userptr", "igt-exec-nop", "wake");
my %mode_text = (clock => "by the clock", icount => "by instructions, one CPU", trap => "by the clock, each page table entry a trapped access", igt => "by the clock");
my @modes = ("clock", "icount", "trap", "igt");
# "No figure worse": the times that stock has, too.
my %compared = map { $_ => 1 } ("munmap-beside", "munmap-inside", "munmap", "create-close", "exit", "execbuf", "callback", "igt-userptr", "igt-exec-nop");

# Of these, with which keys the kernel gives pages back, which stock does not do: it is no time of stock's that can be compared.
my %gives_back = (munmap => qr/^(?:taken|used|busy)$/, exit => qr/^taken/, callback => qr/^(?:taken|used|busy|exit)$/);

my (%sample, %unit, %seen, %keys, %count, %here);
open(my $raw, "<", "$run/raw.tsv") or die "$run/raw.tsv: $!\n";
while (<$raw>) {
	chomp;
	my ($v, $mode, $round, $what, $n, $size, $key, $value, $unit) = split /\t/;
	defined $unit && $value =~ /^(>?)(-?[0-9.]+)$/ or die "$run/raw.tsv, line $.: not nine columns with a value\n";
	grep { $_ eq $v } @variants or die "$run/raw.tsv, line $.: there is no variant $v\n";
	$text{$what} or die "$run/raw.tsv, line $.: there is no measurement $what\n";
	my $id = join("\t", $mode, $what, $key, $size, $n);
	push @{$sample{$id}{$v}{$round}}, $1 ? $never : $2;
	# The modes wait for different times: what is said of all is true of the shortest.
	$seen{limit}{$what} = $2 if $1 && $2 < ($seen{limit}{$what} // $never);
	$unit{$what} = $unit;
	$keys{$mode}{$what}{$key} //= $.;
	$count{$mode}++;
	$here{$v} = 1;
}

sub median {
	my @v = sort { $a <=> $b } @_;
	return $v[$#v / 2] if @v % 2;
	my ($a, $b) = @v[@v / 2 - 1, @v / 2];
	return $b >= $never ? $never : ($a + $b) / 2;
}
sub quartiles { my @v = sort { $a <=> $b } @_; return @v[int($#v * 0.25 + 0.5), int($#v * 0.75 + 0.5)] }
sub rounds { my ($id, $v) = @_; return $sample{$id} && $sample{$id}{$v} || {} }
sub all { return map { @$_ } values %{rounds(@_)} }
# middle of all samples, or undef
sub middle_of { my @v = all(@_); return @v ? median(@v) : undef }
# (median, least, most) of the rounds' ratios to stock; nothing where there is none, or stock has no such time.
sub ratio {
	my ($id, $v) = @_;
	my @r;
	for my $round (keys %{rounds($id, $v)}) {
		my $s = rounds($id, "stock")->{$round} or next;
		my ($a, $b) = (median(@{rounds($id, $v)->{$round}}), median(@$s));
		next if $b >= $never || $b <= 0;
		push @r, $a >= $never ? $never : $a / $b;
	}
	return unless @r;
	@r = sort { $a <=> $b } @r;
	return (median(@r), $r[0], $r[-1]);
}
# In how many rounds stock does not do it in time.
sub stock_never { my ($id, $v) = @_; return scalar grep { my $s = rounds($id, "stock")->{$_}; $s && median(@$s) >= $never } keys %{rounds($id, $v)} }
sub by_id {
	my @a = split /\t/, $a;
	my @b = split /\t/, $b;
	return $keys{$a[0]}{$a[1]}{$a[2]} <=> $keys{$b[0]}{$b[1]}{$b[2]} || $a[3] <=> $b[3] || $a[4] <=> $b[4];
}
sub ids { my ($mode, $what) = @_; return sort by_id grep { /^\Q$mode\E\t\Q$what\E\t/ } keys %sample }
sub id_text { my (undef, $what, $key, $size, $n) = split /\t/, $_[0]; return "$what, $key, $n " . ($n == 1 ? "object" : "objects") . ($size == 1 ? "" : " of $size pages") }

sub figure {
	my ($value, $what) = @_;
	my $unit = $unit{$what};
	return "-" unless defined $value;
	return "never within " . figure($seen{limit}{$what}, $what) if $value >= $never;
	return sprintf("%d", $value) . ($unit eq "KiB" ? " KiB" : "") if $unit ne "us";
	my ($f, $u) = $value < 1000 ? ($value, "us") : $value < 1e6 ? ($value / 1e3, "ms") : ($value / 1e6, "s");
	return ($f >= 100 ? sprintf("%.0f", $f) : $f >= 10 ? sprintf("%.1f", $f) : sprintf("%.2f", $f)) . " $u";
}
sub spread {
	my ($id, $v, $what) = @_;
	my @v = all($id, $v) or return "-";
	my ($low, $high) = quartiles(@v);
	my $f = figure(median(@v), $what);
	return $low >= $never || $low == $high ? $f : "$f (" . figure($low, $what) . " to " . figure($high, $what) . ")";
}
sub factor { my $r = shift; return $r >= $never ? "never" : $r >= 100 ? sprintf("%.0f", $r) : $r < 0.01 ? sprintf("%.1g", $r) : sprintf("%.2f", $r) }
sub ratio_text { my @r = ratio(@_) or return "-"; return $r[1] == $r[2] ? factor($r[0]) : factor($r[0]) . " (" . factor($r[1]) . " to " . factor($r[2]) . ")" }

# The mode that decides: by instructions, where there is one. But on one CPU the tasks that a callback has queued run before it returns, if that
# takes longer than a tick.
sub decides { my ($what, $key) = @_; for ($what =~ /^callback/ ? ("clock", "icount") : ("icount", "clock", "igt")) { return $_ if $keys{$_} && $keys{$_}{$what} && $keys{$_}{$what}{$key} } return "clock" }
# All of a measurement, each in the mode that decides about it; or those of one key.
sub decisive {
	my ($what, $only) = @_;
	return map { my $m = $_; grep { my (undef, undef, $k) = split /\t/; (!defined $only || $k eq $only) && decides($what, $k) eq $m } ids($m, $what) } @modes;
}

#
# Goals. Each returns met, missed, unclear or no data, and the figure.
#

# Not worse than stock by more than 5 %: what stock does, too, or where pages are given back.
sub goal_not_worse {
	my ($v, $back) = @_;
	my (@missed, @unclear, $n);
	for my $what (grep { $compared{$_} } @order) {
		for my $id (decisive($what)) {
			next if $back != ($gives_back{$what} && (split /\t/, $id)[2] =~ $gives_back{$what} ? 1 : 0);
			my ($r, $least) = ratio($id, $v) or next;
			$n++;
			next if $r <= 1.05;
			# Worse in each round, or only in most of them? In one in which stock never does it, it is not.
			push @{$least > 1 && !stock_never($id, $v) ? \@missed : \@unclear}, [$r, $id];
		}
	}
	return ("no data", "-") unless $n;
	my $show = sub { return join("; ", map { id_text($_->[1]) . ": " . factor($_->[0]) } (sort { $b->[0] <=> $a->[0] } @_)[0 .. ($#_ > 4 ? 4 : $#_)]) . ($#_ > 4 ? "; ..." : "") };
	return ("missed", scalar(@missed) . " of $n figures: " . $show->(@missed)) if @missed;
	return ("unclear", scalar(@unclear) . " of $n figures, but not in each round: " . $show->(@unclear)) if @unclear;
	return ("met", "none of $n figures");
}
# At least twice as good, at each number of objects from 1 on.
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
	my $f = factor($s[0][0]) . " (n = $s[0][1]) to " . factor($s[-1][0]) . " (n = $s[-1][1]) of stock's time";
	return ($s[-1][0] <= 0.5 ? "met" : "missed", $f);
}
# Back within a millisecond, of one object of one page; of stock it is said what it does. What: "back" or, from when the GPU is known to be idle,
# "idle-back".
sub goal_back {
	my ($v, $what, $key) = @_;
	my $of = sub { my ($mode, $what, $size, $v) = @_; return middle_of(join("\t", $mode, $what, $key, $size, 1), $v) };
	my $m = $of->("clock", $what, 1, $v);
	return ("no data", "-") unless defined $m;
	my $f = figure($m, $what);
	my ($idle, $all) = map { $of->("clock", $_, 1, $v) } "idle", "back";
	$f .= " (and " . figure($idle, "idle") . " from the end of the batch until GEM_WAIT returns, " . figure($all, "back") . " in all)" if $what ne "back" && defined $idle && defined $all;
	my $s = $of->("clock", $what, 1, "stock");
	$f .= "; stock: " . figure($s, $what) if defined $s;
	my $page = $of->("clock", $what, 256, $v);
	$f .= "; an object of 256 pages: " . figure($page, $what) if defined $page;
	my $trap = $of->("trap", $what, 256, $v);
	$f .= ", each of its page table entries trapped: " . figure($trap, $what) if defined $trap;
	return ($m <= 1000 ? "met" : "missed", $f);
}
# No pages held in the end.
sub goal_held {
	my ($v) = @_;
	my ($n, @bad) = (0);
	for my $mode ("clock", "icount", "trap") {
		for my $id (ids($mode, "held")) {
			my @h = all($id, $v) or next;
			my ($most) = sort { $b <=> $a } @h;
			$n += @h;
			push @bad, id_text($id) . ": $most" if $most > 0;
		}
	}
	return ("no data", "-") unless $n;
	return @bad ? ("missed", scalar(@bad) . " cases: " . join("; ", @bad[0 .. ($#bad > 2 ? 2 : $#bad)])) : ("met", "0 pages in $n samples");
}
# The callback does not wait for the GPU, and takes no longer for each object when there are more.
sub goal_callback {
	my ($v) = @_;
	my ($what) = grep { my $w = $_; grep { $keys{$_}{$w} } @modes } ("callback", "callback-own");
	return ("no data", "-") unless $what;
	my (%at, $worst, $worst_n);
	for my $id (decisive($what)) {
		my (undef, undef, $key, undef, $n) = split /\t/, $id;
		my $m = middle_of($id, $v);
		$at{$key}{$n} = $m if defined $m;
	}
	for my $n (sort { $a <=> $b } keys %{$at{busy} // {}}) {
		my $t = $at{taken}{$n} or next;
		($worst, $worst_n) = ($at{busy}{$n} / $t, $n) if !defined $worst || $at{busy}{$n} / $t > $worst;
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
	["The same where pages are given back, which stock does not do", \&goal_not_worse, 1],
	["Create and close beside a thread that unmaps: at most half of stock's time", \&goal_half, "create-close", "unmapping"],
	["munmap() beside idle userptrs that it does not touch: at most half of stock's time", \&goal_half, "munmap-beside", "idle"],
	["munmap() of a range with idle userptrs: at most half of stock's time", \&goal_half, "munmap-inside", "idle"],
	["Memory back within a millisecond of munmap(), pages taken by set-domain", \&goal_back, "back", "taken"],
	["Memory back within a millisecond of munmap(), used by the GPU (so with an unbind)", \&goal_back, "back", "used"],
	["Memory back within a millisecond of the GPU being idle", \&goal_back, "idle-back", "busy"],
	["No pages held in the end", \&goal_held],
	["The callback no longer than a walk of the objects that it meets", \&goal_callback],
);

my @have = grep { $here{$_} } @variants;
my %machine;
open(my $in, "<", "$run/machine") or die "$run/machine: $!\n";
my @machine = <$in>;
chomp @machine;

print "# Numbers: what the series costs, and what it gives back\n\n";
print "<!-- Written by testbed/workloads/bench/report.sh (make bench): not to be edited. -->\n\n";
print "Times of an emulator without KVM: only what stands side by side can be compared, and no figure is that of a real machine. Less is better throughout.\n\n";
print "## Goals\n\n| goal |", map({ " $variant_text{$_} |" } grep { $_ ne "stock" } @have), "\n|---|", "---|" x grep({ $_ ne "stock" } @have), "\n";
for my $g (@goals) {
	my ($name, $fn, @args) = @$g;
	print "| $name |";
	for my $v (grep { $_ ne "stock" } @have) {
		my ($verdict, $f) = $fn->($v, @args);
		print " **$verdict**" . ($f eq "-" ? "" : ": $f") . " |";
	}
	print "\n";
}
print "\nThe goals are those of the series; the other kernels are held against them for comparison, and stock against itself: what is missed there is noise. Where a figure was taken both by instructions and by the clock, that by\n";
print "instructions decides, but not about the callback: on one CPU the tasks run before a long one returns. *missed* as worse than stock: by more than 5 % in the median of the rounds, and worse in each of them; *unclear*: not in each. Why they are missed: [design.md](design.md#known-costs).\n";
my @lacking = grep { !$here{$_} } @variants;
print "\nNot measured: ", join(", ", map { $variant_text{$_} } @lacking), ".\n" if @lacking;
my @unrun = grep { !$count{$_} } @modes;
print "\nNot run: ", join(", ", map { "mode `$_`" } @unrun), " of `testbed/workloads/bench/run.sh`.\n" if @unrun;

print "\n## What it was measured on\n\n| | |\n|---|---|\n";
for (@machine) { my ($k, $t) = split /\t/, $_, 2; $t =~ s/\|/\\|/g; print "| $k | ", ($k =~ /^(?:command|guest)/ ? "`$t`" : $t), " |\n" }
print "| samples | ", join(", ", map { "$_ $count{$_}" } grep { $count{$_} } @modes), " |\n";
print "\nThe variants are booted one after the other, in an order drawn for each round. A figure is the median of all samples, in brackets the quartiles. A ratio is to stock in the\n";
print "same round: the median of the rounds, in brackets the least and the most (of five rounds, these enclose the true median with 94 %).\n";
print "By instructions: QEMU's `-icount`, one CPU, 8 ns for each instruction; what the device model does takes no time then. With one CPU the tasks that give\n";
print "pages back run before munmap() and exit return, so that their whole cost is in these figures.\n";

# Pictures: file, mode, measurement, key, title.
my @pictures = (
	["munmap-beside", "munmap-beside", "idle", "munmap() of 16 pages, beside n userptrs"],
	["munmap-inside", "munmap-inside", "idle", "munmap() of a range with n idle userptrs in it"],
	["munmap-taken", "munmap", "taken", "munmap() of n userptrs' pages"],
	["munmap-busy", "munmap", "busy", "munmap() of n userptrs' pages, the GPU busy with them"],
	["back-taken", "back", "taken", "From munmap() until the pages are free"],
	["back-busy", "back", "busy", "From the end of the batch until the pages are free"],
	["create-close", "create-close", "unmapping", "One userptr made and closed, beside n idle ones and a thread that unmaps"],
	["exit", "exit", "idle-file-kept", "Exit of a process with n userptrs"],
	["execbuf", "execbuf", "repeated", "execbuf with n userptrs, again"],
	["callback-taken", "callback", "taken", "The longest walk over the notifiers, n userptrs met"],
	["callback-busy", "callback", "busy", "The longest walk over the notifiers, n userptrs met, the GPU busy with them"],
	["many-threads", "many-threads", "busy", "Threads that come to be when n busy userptrs are unmapped"],
);
# How a variant is drawn: told apart without colour.
my %line = (
	stock => 'dt (10,5) pt 4 lc rgb "gray40"', middle => 'dt (2,4) pt 6 lc rgb "gray20"',
	end => 'dt 1 pt 7 lc rgb "black"', "6.1" => 'dt (10,4,2,4) pt 8 lc rgb "gray30"',
);
my %picture_of;
for my $p (@pictures) {
	my ($file, $what, $key, $title) = @$p;
	my $mode = decides($what, $key);
	my (@curves, $n, $some);
	for my $v (grep { $_ ne "again" } @have) {
		my $block = "";
		my $nothing = 0;
		for my $id (ids($mode, $what)) {
			my (undef, undef, $k, $size, $n) = split /\t/, $id;
			next if $k ne $key || $size != 1 || $n < 1;
			my $m = middle_of($id, $v) // next;
			if ($m >= $never) { $nothing++; next }
			my ($low, $high) = quartiles(all($id, $v));
			$some ||= $m > 0;
			$m = $low = $high = 0.5 if $m <= 0;
			$block .= "$n $m $low " . ($high >= $never ? $m : $high) . "\n";
		}
		$n++ if $block;
		my $name = $v . ($nothing ? ($block ? " (else " : ": ") . figure($never, $what) . ($block ? ")" : "") : "");
		next unless $block || $nothing;
		push @curves, [$v, $name, $block];
	}
	next unless $n && $some; # nothing but zeros is told by the table
	open(my $gp, ">", "$plots/bench-$file.gp") or die "$plots: $!\n";
	my $u = $unit{$what} eq "us" ? "time, us" : $unit{$what};
	print $gp "set title \"$title\\n{/*0.8 $mode_text{$mode}; median and quartiles}\"\nset xlabel \"userptr objects, n\"\nset ylabel \"$u\"\n";
	my $i = 0;
	for my $c (@curves) { $i++; print $gp "\$d$i << EOD\n", $c->[2] || "1 NaN NaN NaN\n", "EOD\n" }
	$i = 0;
	print $gp "plot ", join(", \\\n\t", map { $i++;
		($_->[2] ? "\$d$i using 1:2:3:4 with yerrorbars notitle lw 1 ps 1 $line{$_->[0]}, " : "") .
		"\$d$i using 1:2 with linespoints lw 2.5 ps 1.2 $line{$_->[0]} title \"$_->[1]\"" } @curves), "\n";
	close $gp;
	push @{$picture_of{$what}{$mode}}, [$file, $title];
}

for my $what (@order) {
	for my $mode (@modes) {
		my @ids = ids($mode, $what) or next;
		print "\n## $text{$what}" . " ($mode_text{$mode})\n\n";
		if ($picture_of{$what}{$mode}) {
			print "![$_->[1]](pictures/bench-$_->[0].svg)\n" for @{$picture_of{$what}{$mode}};
			print "\n";
		}
		# Where stock has no such time, there is no ratio to it.
		my @others = grep { $_ ne "stock" } @have;
		my $ratios = grep { my $id = $_; grep { my @r = ratio($id, $_); @r } @others } @ids;
		print "| key | n | pages each |", map({ " $_ |" } @have), ($ratios ? map({ " $_ / stock |" } @others) : ()), "\n";
		print "|---|---:|---:|", "---:|" x @have, ($ratios ? "---:|" x @others : ""), "\n";
		for my $id (@ids) {
			my (undef, undef, $key, $size, $n) = split /\t/, $id;
			print "| $key | $n | $size |", map({ " " . spread($id, $_, $what) . " |" } @have), ($ratios ? map({ " " . ratio_text($id, $_) . " |" } @others) : ()), "\n";
		}
	}
}
