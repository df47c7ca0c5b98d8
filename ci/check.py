#!/usr/bin/python3
# Checks a LAVA job as far as possible without a server: its YAML, and LAVA's own schema for jobs
# (Debian's lava-common).
# Usage: ci/check.py [JOB]     default: ci/lava.yaml
# Exit: 0 if it is valid; 1 if not, with a line that says where; 77 if this machine has no
#       lava-common, so that only YAML was checked.
import os
import sys

try:
    import yaml
except ImportError:
    sys.exit("ci/check.py: python3 has no yaml: run scripts/deps.sh")


class Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, of which one would not count."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(k, deep=True) for k, _ in node.value]
        for k in keys:
            if keys.count(k) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, "the key %s is there twice" % k, node.start_mark)
        return super().construct_mapping(node, deep)


name = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "lava.yaml")
try:
    with open(name, encoding="utf-8") as f:
        job = yaml.load(f, Loader)
except OSError as e:
    sys.exit("ci/check.py: there is no job %s: %s" % (name, e.strerror))
except yaml.YAMLError as e:
    sys.exit("ci/check.py: %s is no YAML: %s" % (name, " ".join(str(e).split())))
if not isinstance(job, dict) or not isinstance(job.get("actions"), list):
    sys.exit("ci/check.py: %s is not a job: it has no actions" % name)
try:
    from lava_common.schemas import validate
    from lava_common.schemas.test.testdef import testdef
    import voluptuous
except ImportError:
    sys.stderr.write("ci/check.py: not checked against LAVA's schema: install lava-common "
                     "(Debian 12; 13 has it in backports)\n")
    sys.exit(77)
try:
    validate(job, strict=True)
except voluptuous.Invalid as e:
    sys.exit("ci/check.py: %s: at %s: %s" % (name, "/".join(map(str, e.path)) or "the top", e.msg))
