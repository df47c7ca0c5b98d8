# Turns what guest.sh igt prints into samples as userptr-bench prints them.
# Usage: awk -f igt-samples.awk <OUTPUT >SAMPLES
# Where IGT prints a rate, the sample is the time of one operation, so that less is better.

$1 == "program" { program = $2; key = / -s$/ ? "wait for each" : "nop" }

program == "gem_userptr_benchmark" && / = +[0-9]+ (iter|MB)\/s$/ {
	n = 0
	name = $0
	sub(/ *= .*/, "", name)
	if (match(name, / [0-9]+ bos$/)) {
		n = substr(name, RSTART + 1) + 0
		name = substr(name, 1, RSTART - 1)
	}
	sub(/[, ]+$/, "", name)
	if ($(NF - 1) > 0)
		printf "sample\tigt-userptr\t%d\t16\t%s\t%.3f\tus\n", n, name, 1e6 / $(NF - 1)
	else
		print "# igt-userptr " name " " n ": less than one a second"
}

program == "gem_exec_nop" && /^ *[0-9]+\.[0-9]+$/ {
	printf "sample\tigt-exec-nop\t0\t1\t%s\t%.3f\tus\n", key, $1
}
