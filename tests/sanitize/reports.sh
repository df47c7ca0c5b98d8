#!/bin/bash
# Lists what a kernel reported on its console (KCSAN, lockdep, WARNING, BUG ...), one line for each kind of report, and says which are ours:
# those with a function of i915_gem_userptr.c among the first functions of a stack. Of these, tests/sanitize/explained explains some.
# Usage: sanitize/reports.sh [-b REPO] COMMIT CONSOLE.LOG ...     COMMIT: whose i915_gem_userptr.c is meant
# Out: ours|explained|other <tab> COUNT <tab> REPORT <tab> FILE that has the first of them. Exit 0, also if there is none.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git perl

repo=''
while getopts b: o; do
	case $o in
	b) repo=$OPTARG ;;
	*) die "usage: sanitize/reports.sh [-b REPO] COMMIT CONSOLE.LOG ..." ;;
	esac
done
shift $((OPTIND - 1))
(($# >= 2)) || die "usage: sanitize/reports.sh [-b REPO] COMMIT CONSOLE.LOG ..."
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
commit=$1
shift
for f; do [[ -f $f ]] || die "there is no $f"; done

# A function's definition begins in column 1 and has no semicolon; its name may stand on a line of its own.
mapfile -t ours < <(git -C "$repo" show "$commit:drivers/gpu/drm/i915/gem/i915_gem_userptr.c" |
	sed -nE 's/^([a-z][a-z0-9_ *]*[ *])?([a-z_0-9]+)\([^;]*$/\2/p' | sort -u)
((${#ours[@]} >= 10)) || die "found ${#ours[@]} functions in the driver's file: has it another style now?"

OURS="${ours[*]}" ROOT=$ROOT perl -e '
	use strict;
	my %ours = map { $_ => 1 } split(/ /, $ENV{OURS});
	open(my $known, "<", "$ENV{ROOT}/tests/sanitize/explained") or die "sanitize/reports.sh: tests/sanitize/explained: $!\n";
	my @known = map { chomp; (split /\t/)[0] } grep { /^[^#\s]/ } <$known>;
	# Functions of the sanitizers and of locks say nothing about whose access it was.
	my $skip = qr/^(?:(?:__|io_)?schedule|dump_stack|show_stack|print_|report|kasan|__kasan|kcsan|__tsan|__asan|check_|__might|__warn|warn_|_?_?raw_spin|rt_|__rt_|lock_acquire|__lock|_*(?:ww_)?mutex_lock)/;
	my (%count, %mine, %file, @order);
	for my $file (@ARGV) {
		open(my $in, "<", $file) or die "sanitize/reports.sh: $file: $!\n";
		my ($title, $depth, $mine);
		my $end = sub {
			return if !defined $title;
			push @order, $title if !$count{$title}++;
			$file{$title} //= $file;
			$mine{$title} ||= $mine;
			undef $title;
		};
		while (<$in>) {
			s/\r?\n//; s/^\[[ 0-9.]+\] ?//;
			if (/\b(BUG: .*|WARNING: .*|UBSAN: .*|ODEBUG: .*|INFO: (?:task|rcu).*)/) {
				my $new = $1;
				$end->();
				$new =~ s/\+0x[0-9a-f]+\/0x[0-9a-f]+//g; $new =~ s/ \[\w+\]//g; $new =~ s/, CPU#\d+: .*//; $new =~ s/,? CPU#?:? ?\d+//g; $new =~ s/: [\w.]+\/\d+(?:\/0x\w+)?//g; $new =~ s/:\d+//g; $new =~ s/\s+/ /g;
				($title, $depth, $mine) = ($new, undef, 0);
				for my $f (/(\w+)/g) { $mine ||= $ours{$f} }
			} elsif (defined $title && !defined $depth && /^(in_atomic\(\).*non_block: \d)/) {
				# Why it is an invalid context.
				$title .= ", $1";
				# Stacks begin with such a line; what is told before, locks held and registers, is none.
			} elsif (!defined $title || /^=====/) {
				$end->();
			} elsif (/^Call Trace|^-> #\d| by (?:task|interrupt)\b.* on cpu \d+:$/) {
				$depth = 0;
			} elsif (defined $depth && /^ +(?:<\w+> +)?(\w+)(?:\.\w+)*\+0x[0-9a-f]+\/0x/ && $1 !~ $skip) {
				$mine ||= $ours{$1} if $depth++ < 5;
			}
		}
		$end->();
	}
	for my $t (sort { ($mine{$b} || 0) <=> ($mine{$a} || 0) || $count{$b} <=> $count{$a} } @order) {
		my $whose = !$mine{$t} ? "other" : (grep { $t =~ /$_/ } @known) ? "explained" : "ours";
		print join("\t", $whose, $count{$t}, $t, $file{$t}), "\n";
	}' "$@"
