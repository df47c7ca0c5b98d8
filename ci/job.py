#!/usr/bin/python3
# Prints the parameters and steps that a LAVA job runs on the machine, as a script for sh; or only
# the command line of igt_runner.
# Usage: ci/job.py [-c] [JOB]     -c: the command line; JOB: default ci/lava.yaml
# Out: on stdout. The command line has the job's shell variables in it: LIST, LISTS, GPU, TIMEOUT,
#      MONITORED, TESTS, RESULTS.
# Exit: 0; 1 if JOB has no inline test definition that runs igt_runner once, with a line that gives
#       the reason
import argparse
import os
import re
import shlex
import sys

try:
    import yaml
except ImportError:
    sys.exit("ci/job.py: python3 has no yaml: run scripts/deps.sh")

parser = argparse.ArgumentParser()
parser.add_argument("-c", dest="command", action="store_true")
parser.add_argument("job", nargs="?", default=os.path.join(os.path.dirname(__file__), "lava.yaml"))
args = parser.parse_args()

try:
    with open(args.job, encoding="utf-8") as f:
        job = yaml.safe_load(f)
    tests = [d["repository"] for a in job["actions"]
             for d in a.get("test", {}).get("definitions", [])]
    steps = [s for t in tests for s in t["run"]["steps"]]
except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as e:
    sys.exit("ci/job.py: %s is not a job with an inline test definition: %s: %s" %
             (args.job, type(e).__name__, " ".join(str(e).split())))
runner = [s for s in steps if re.match(r"igt_runner\s", s)]
if len(runner) != 1:
    sys.exit("ci/job.py: %s: %d steps begin with igt_runner, not one" % (args.job, len(runner)))
if args.command:
    # Without the job's own handling of a failure.
    print(runner[0].split(" || ")[0])
else:
    for t in tests:
        for name, value in t.get("params", {}).items():
            print("%s=%s" % (name, shlex.quote(str(value))))
    print("\n".join(steps))
