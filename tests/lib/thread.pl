#!/usr/bin/perl
# Checks a thread of patches. For 16-send.t.
# Usage: thread.pl MBOX PREFIX TOTAL RECIPIENTS SIGNOFF [PARENT]
#        PREFIX: of the subjects, in brackets; TOTAL: patches, or 0 for one patch without a number
#        and without a cover letter; RECIPIENTS: a file with lines 'To: ...' and 'Cc: ...'; SIGNOFF:
#        'Name <address>'; PARENT: the Message-Id that the first mail replies to
# Out: a line for each complaint, with its kind before it: numbering, threading, recipients,
#      sign-off
# Exit: 0, also with complaints; other values if a file cannot be read
use strict;
use warnings;
use Encode;

@ARGV == 5 || @ARGV == 6 or die "usage: thread.pl MBOX PREFIX TOTAL RECIPIENTS SIGNOFF [PARENT]\n";
my ($mbox, $prefix, $total, $recipients, $signoff, $parent) = (@ARGV, "");

sub slurp { open(my $in, "<:raw", $_[0]) or die "$_[0]: $!\n"; local $/; return scalar <$in> }

my @mails = split /^(?=From [0-9a-f]{40} )/m, slurp($mbox);
my $list = slurp($recipients);
my %want = map { my $name = $_; $name => join ", ", $list =~ /^$name: (.*)$/mg } "To", "Cc";
$want{$_} =~ s/"//g for keys %want;
my ($n, $cover, %seen) = (0, "");
for (@mails) {
	my ($head, $body) = split /\n\n/, $_, 2;
	$head =~ s/\n[ \t]+/ /g;
	my %h = map { /^([A-Za-z-]+): (.*)/ ? ($1, $2) : () } split /\n/, $head;
	my $number = $total ? sprintf("[%s %0*d/%d] ", $prefix, length $total, $n, $total) : "[$prefix] ";
	print "numbering: mail $n is $h{Subject}, not $number\n" if index($h{Subject}, $number);
	my $id = $h{"Message-Id"} // "";
	print "threading: mail $n has the Message-Id '$id'\n"
		if $id !~ /^<[^<>@\s]+@[^<>@\s]+>$/ || $seen{$id}++;
	for my $name ("In-Reply-To", "References") {
		my ($to, $have) = ($n ? $cover : $parent, $h{$name} // "");
		print "threading: mail $n has $name '$have', not '$to'\n" if $have ne $to;
	}
	$cover = $id if !$n;
	for my $name (sort keys %want) {
		my $have = $h{$name} // "";
		$have = encode("UTF-8", decode("MIME-Header", $have)) if $have =~ /=\?/;
		$have =~ s/"//g;
		print "recipients: mail $n has $name: $have\n" if $have ne $want{$name};
	}
	my $signed = () = /^Signed-off-by: \Q$signoff\E$/mg;
	print "sign-off: mail $n has $signed\n" if $signed != ($n || !$total ? 1 : 0);
	$n++;
}
print "numbering: there are $n mails for $total patches\n" if $n != $total + 1;
