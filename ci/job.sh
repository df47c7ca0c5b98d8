#!/bin/bash
# Prints what a LAVA job has the machine run: its parameters and steps, as a script for sh. Or the command line of igt_runner alone.
# Usage: ci/job.sh [-c] [JOB]     -c: the command line; JOB: default ci/lava.yaml
# Out: on stdout. The command line has the job's shell variables in it: LIST, LISTS, GPU, TIMEOUT, MONITORED, TESTS, RESULTS.
. "$(dirname "$0")/../scripts/lib.bash"

command=''
while getopts c o; do
	case $o in
	c) command=1 ;;
	*) die "usage: ci/job.sh [-c] [JOB]" ;;
	esac
done
shift $((OPTIND - 1))
job=${1:-$ROOT/ci/lava.yaml}
[[ -r $job ]] || die "there is no job $job"
"$python3" -c 'import yaml' 2>/dev/null || die "python3 has no yaml: run scripts/deps.sh"
"$python3" - "$job" "$command" <<'EOT' || die "$job is no job with an inline test definition that runs igt_runner once, see above"
import re, shlex, sys, yaml

try:
    job = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
    tests = [d["repository"] for a in job["actions"] for d in a.get("test", {}).get("definitions", [])]
    steps = [s for t in tests for s in t["run"]["steps"]]
except (yaml.YAMLError, KeyError, TypeError, AttributeError) as e:
    sys.exit("%s: %s" % (type(e).__name__, e))
runner = [s for s in steps if re.match(r"igt_runner\s", s)]
if len(runner) != 1:
    sys.exit("%d steps begin with igt_runner" % len(runner))
if sys.argv[2]:
    # What is done if it fails is the job's own.
    print(runner[0].split(" || ")[0])
else:
    for t in tests:
        for name, value in t.get("params", {}).items():
            print("%s=%s" % (name, shlex.quote(str(value))))
    print("\n".join(steps))
EOT
