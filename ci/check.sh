#!/bin/bash
# Checks a LAVA job, as far as that can be done without a server: YAML, and the schema that LAVA itself has for jobs (Debian's lava-common).
# Usage: ci/check.sh [JOB]     default: ci/lava.yaml
# Exit: 0 it is right; 1 it is not, one line says where; 77 there is no lava-common on this machine, only YAML was looked at.
. "$(dirname "$0")/../scripts/lib.bash"

job=${1:-$ROOT/ci/lava.yaml}
[[ -r $job ]] || die "there is no job $job"
"$python3" -c 'import yaml' 2>/dev/null || die "python3 has no yaml: run scripts/deps.sh"
rc=0
"$python3" - "$job" <<'EOT' || rc=$?
import sys, yaml

name = sys.argv[1]

# A key that is there twice is one that counts and one that does not.
class Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(k, deep=True) for k, _ in node.value]
        for k in keys:
            if keys.count(k) > 1:
                raise yaml.constructor.ConstructorError(None, None, "the key %s is there twice" % k, node.start_mark)
        return super().construct_mapping(node, deep)

try:
    job = yaml.load(open(name, encoding="utf-8"), Loader)
except yaml.YAMLError as e:
    sys.exit("ci/check.sh: %s is no YAML: %s" % (name, " ".join(str(e).split())))
if not isinstance(job, dict) or not isinstance(job.get("actions"), list):
    sys.exit("ci/check.sh: %s is no job: it has no actions" % name)
try:
    from lava_common.schemas import validate
    from lava_common.schemas.test.testdef import testdef
    import voluptuous
except ImportError:
    sys.stderr.write("ci/check.sh: not checked against LAVA's schema: install lava-common (Debian 12; 13 has it in backports)\n")
    sys.exit(77)
try:
    validate(job, strict=True)
except voluptuous.Invalid as e:
    sys.exit("ci/check.sh: %s: at %s: %s" % (name, "/".join(map(str, e.path)) or "the top", e.msg))
EOT
exit "$rc"
