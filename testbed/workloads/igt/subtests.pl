#!/usr/bin/perl
# Makes programs from the subtests in the patches of both parts of igt-tests/, without the file that
# the patches modify, which is not in this repository.
# Usage: igt/subtests.pl DIR
# In:  IGT_SERIES: the directory of the patches (default: igt-tests/); its part-2/ goes on top.
# Out: DIR/gem_userptr_blits.c: the lines that the series leaves in
#      tests/intel/gem_userptr_blits.c, byte for byte and in their order, with the text of
#      gem_userptr_blits.c.in around them; the file's own lines between them are missing. Each run
#      of lines is preceded by '#line N "tests/intel/gem_userptr_blits.c"', with their number in the
#      patched file, and followed by '#line N "gem_userptr_blits.c"'. Files that the series adds are
#      in DIR, too.
# How: the hunks are all that is known of the file. The context and removed lines of every patch
#      must agree with it.
# Exit: 0; otherwise a line says which patch does not fit, and why
use strict;
use warnings;
use File::Glob qw(:bsd_glob);
use File::Path qw(make_path);
use FindBin qw($Bin);

@ARGV == 1 or die "usage: igt/subtests.pl DIR\n";
my ($dir) = @ARGV;
my $series = $ENV{IGT_SERIES} || "$Bin/../../../igt-tests";
my @patches = grep { !m|/0000-[^/]*$| } bsd_glob("$series/0*.patch"), bsd_glob("$series/part-2/0*.patch");
@patches or die "igt/subtests.pl: there are no patches in $series\n";
make_path($dir);

my $template = "$Bin/gem_userptr_blits.c.in";
my $name = "gem_userptr_blits.c";
my $file = "tests/intel/$name";
my %model;	# path -> lines: undef (not known), or { text, ours, main }
my %new;	# files that the series adds

for my $patch (@patches) {
	(my $short = $patch) =~ s|.*/||;
	open(my $in, "<", $patch) or die "$patch: $!\n";
	my ($path, $fresh);
	while (my $line = <$in>) {
		chomp $line;
		if ($line =~ m|^--- (\S+)|) { $fresh = $1 eq "/dev/null"; next }
		if ($line =~ m|^\+\+\+ b/(\S+)|) { $path = $1; $new{$path} = 1 if $fresh; next }
		next unless defined $path && $line =~ /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)/;
		my ($old, $at, $now, $function) = ($1 // 1, $2 - 1, $3 // 1, $4);
		my $main = $function =~ /^(?:int )?igt_main/;
		my $lines = $model{$path} //= [];
		while ($old || $now) {
			my $where = "$short, line $. ";
			defined($line = <$in>) or die "$short ends in the middle of a hunk\n";
			chomp $line;
			my ($what, $text) = $line eq "" ? (" ", "") : (substr($line, 0, 1), substr($line, 1));
			$old-- if $what ne "+";
			$now-- if $what ne "-";
			$what =~ /[ +-]/ && $old >= 0 && $now >= 0 or die $where . "the hunk has not as many lines as its header says\n";
			$#$lines = $at - 1 if $#$lines < $at - 1;
			if ($what eq "+") {
				splice(@$lines, $at++, 0, { text => $text, ours => 1, main => $main });
				next;
			}
			my $have = $lines->[$at];
			!defined $have || $have->{text} eq $text or
				die $where . "does not fit the patches before it: \"$text\" here, " .
					"\"$have->{text}\" there ($path, line ", $at + 1, ")\n";
			if ($what eq "-") { splice(@$lines, $at, 1); next }
			$lines->[$at++] //= { text => $text };
			$main ||= $text =~ /^(?:int )?igt_main/;
		}
	}
}

for my $path (sort keys %model) {
	next if $path eq $file;
	# Other files that the series changes (meson.build) are not needed here.
	next unless $new{$path};
	(my $out = $path) =~ s|.*/|$dir/|;
	open(my $f, ">", $out) or die "$out: $!\n";
	print $f "$_->{text}\n" for @{$model{$path}};
	close $f;
}
$model{$file} or die "no patch changes $file\n";

# The series' lines, in runs. A " *" outside the series' own comments begins a run of the file's
# TEST comment.
my (@runs, $comment, $main, $n);
for my $l (@{$model{$file}}) {
	$n++;
	$main ||= $l && ($l->{main} || $l->{text} =~ /^(?:int )?igt_main/);
	next unless $l && $l->{ours};
	!$main || $l->{main} or die "$file, line $n: is this in igt_main, or after it?\n";
	my $doc = !$comment && $l->{text} =~ m|^ \*|;
	!$doc || $l->{text} !~ m|\*/| or die "$file, line $n: ends a comment that is not ours\n";
	if (!$doc) {
		$comment = 0 if $l->{text} =~ m|\*/|;
		$comment = 1 if $l->{text} =~ m|/\*(?!.*\*/)|;
	}
	my $kind = $doc ? "doc" : $l->{main} ? "main" : "code";
	push @runs, { kind => $kind, from => $n, to => $n, text => [] }
		unless @runs && $runs[-1]{kind} eq $kind && $runs[-1]{to} == $n - 1;
	push @{$runs[-1]{text}}, $l->{text};
	$runs[-1]{to} = $n;
}

my @out;
open(my $in, "<", $template) or die "$template: $!\n";
while (my $line = <$in>) {
	chomp $line;
	if ($line !~ /^@(code|main)@$/) { push @out, $line; next }
	for my $r (@runs) {
		next if ($r->{kind} eq "main") != ($1 eq "main");
		push @out, "/*" if $r->{kind} eq "doc";
		push @out, "#line $r->{from} \"$file\"", @{$r->{text}};
		push @out, "#line " . (@out + 2) . " \"$name\"";
		push @out, " */" if $r->{kind} eq "doc";
	}
}
open(my $f, ">", "$dir/$name") or die "$dir/$name: $!\n";
print $f "$_\n" for @out;
close $f or die "$dir/$name: $!\n";
