# The file expected: the results that a subtest may have on a kernel. For table.pl and ci/lists.pl.
package Expected;
use strict;
use warnings;
use Exporter qw(import);
our @EXPORT_OK = qw(rules fits);

# rules FILE GPU: its lines for that GPU, each as [glob, kernel, result, ...].
sub rules {
	my ($file, $gpu) = @_;
	my @rules;
	open(my $in, "<", $file) or die "$file: $!\n";
	while (<$in>) {
		s/#.*//;
		my @rule = split or next;
		next if $rule[0] =~ s/^(\w+):// && $1 ne $gpu;
		push @rules, \@rule;
	}
	return @rules;
}

# fits GLOB NAME: '*' stands for anything. The first line that fits a name counts.
sub fits {
	my ($glob, $name) = @_;
	(my $re = quotemeta $glob) =~ s/\\\*/.*/g;
	return $name =~ /^$re$/;
}

1;
