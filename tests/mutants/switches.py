#!/usr/bin/env python3
# Builds many mutants into one driver: each function that a patch changes is there once unchanged
# and once for each patch that changes it. Nothing is edited by hand, so the driver runs what the
# patches contain. Once the module is loaded, writing "N SUBTEST,..." to its parameter mutant runs
# these userptr mock selftests (none named: all) with patch N; 0 is no patch.
# Usage: switches.py REPO COMMIT OUT PATCH ...
#   COMMIT: the commit in REPO to which the patches apply; OUT: the output, one patch on top of it
# Out: the number of each PATCH that is included, from 1 in the order of the arguments, a line each.
#      Excluded, with the reason on stderr: a patch that does not apply, or that changes more than
#      functions.
import os
import re
import subprocess
import sys
import tempfile

MAIN = "drivers/gpu/drm/i915/gem/i915_gem_userptr.c"
TESTS = "drivers/gpu/drm/i915/gem/selftests/i915_gem_userptr.c"

DECLARE = "extern int i915_mutant;\n"

# A mutant that failed is switched off, and the unchanged driver cleans up: the remains of the
# mutant must not make the next one fail. If that does not succeed, the kernel reports an error.
DESTROY = "\tmock_destroy_device(u.i915);\n"
CLEAR_UP = """\tif (err) {
		WRITE_ONCE(i915_mutant, 0);
		if (WARN(!i915_gem_userptr_drain(u.i915, 5 * HZ), "mutant: work is left\\n"))
			return err;
	}
	mock_destroy_device(u.i915);
	if (err)
		i915_gem_userptr_module_exit();
"""

PARAMETER = """
int i915_mutant;

static int i915_mutant_set(const char *val, const struct kernel_param *kp)
{
	char *filter = i915_selftest.filter;
	char subtests[256] = "";
	int n, err;

	if (sscanf(val, "%d %255s", &n, subtests) < 1)
		return -EINVAL;

	pr_info("i915: Running mutant-%d\\n", n);
	i915_selftest.filter = subtests;
	WRITE_ONCE(i915_mutant, n);
	err = i915_gem_userptr_mock_selftests();
	WRITE_ONCE(i915_mutant, 0);
	i915_selftest.filter = filter;

	return err;
}

static const struct kernel_param_ops i915_mutant_ops = { .set = i915_mutant_set };
module_param_cb(mutant, &i915_mutant_ops, NULL, 0200);
"""


class Refused(Exception):
    """The patch cannot be a switch."""


def parts(source):
    """The source as a list of [NAME, TEXT]: NAME is that of a function, and TEXT its header and
    its body; or None, and TEXT is what is between two functions."""
    lines = source.splitlines(keepends=True)
    found = []
    begin = 0
    for i, line in enumerate(lines):
        if line != "{\n" or i < begin:
            continue
        head = i
        while head > begin and not re.match(r"\s*$|[#}]|.*\*/\s*$", lines[head - 1]):
            head -= 1
        name = re.search(r"(\w+)\(", "".join(lines[head:i]))
        if not name:
            continue
        end = lines.index("}\n", i) + 1
        found.append([None, "".join(lines[begin:head])])
        found.append([name.group(1), "".join(lines[head:end])])
        begin = end
    found.append([None, "".join(lines[begin:])])
    return found


def variants(before, after):
    """The functions that differ, as pairs NAME, TEXT of after."""
    before, after = parts(before), parts(after)
    if [name for name, _ in before] != [name for name, _ in after]:
        raise Refused("it adds or removes a function")
    changed = []
    for (_, old), (name, new) in zip(before, after):
        if old == new:
            continue
        if not name:
            raise Refused("it changes more than functions")
        if header(old) != header(new) or sum(other == name for other, _ in before) > 1:
            raise Refused(f"it changes how {name}() is called, or there are two of that name")
        changed.append((name, new))
    return changed


def header(function):
    """All before the body."""
    return function[: function.index("\n{\n")]


def renamed(function, name, new):
    """The function with another name, and static."""
    text = re.sub(rf"\b{name}\(", f"{new}(", function, count=1)
    return text if text.startswith("static") else f"static {text}"


def switch(function, name, copies):
    """All copies, pairs NUMBER, TEXT, and a function of that name that calls the one that is
    switched on."""
    head = header(function)
    inside = head[head.index("(") + 1 : head.rindex(")")]
    arguments = [] if inside == "void" else re.findall(r"(\w+)(?:,|$)", inside)
    call = f"({', '.join(arguments)});\n"
    text = "".join(renamed(f, name, f"{name}__{n}") + "\n" for n, f in [(0, function), *copies])
    text += f"{head}\n{{\n\tswitch (READ_ONCE(i915_mutant)) {{\n"
    text += "".join(f"\tcase {n}: return {name}__{n}{call}" for n, _ in copies)
    return text + f"\tdefault: return {name}__0{call}\t}}\n}}\n"


def main():
    repo, commit, out, *patches = sys.argv[1:]
    with tempfile.TemporaryDirectory() as tree:

        def git(*arguments, where=tree):
            done = subprocess.run(["git", "-C", where, *arguments], capture_output=True, text=True)
            if done.returncode:
                raise Refused(done.stderr.partition("\n")[0])
            return done.stdout

        def read(path):
            with open(f"{tree}/{path}") as file:
                return file.read()

        def write(path, text):
            os.makedirs(os.path.dirname(f"{tree}/{path}"), exist_ok=True)
            with open(f"{tree}/{path}", "w") as file:
                file.write(text)

        source = {path: git("show", f"{commit}:{path}", where=repo) for path in (MAIN, TESTS)}
        copies = {path: {} for path in source}  # for each file and function: pairs NUMBER, TEXT
        git("init", "-q")
        for number, patch in enumerate(patches, 1):
            try:
                with open(patch) as file:
                    paths = re.findall(r"^\+\+\+ b/(.*)", file.read(), re.M)
                for path in paths:
                    if path == TESTS:
                        raise Refused("it changes the selftests")
                    if path not in source:
                        source[path] = git("show", f"{commit}:{path}", where=repo)
                    write(path, source[path])
                git("apply", os.path.abspath(patch))
                changed = {path: variants(source[path], read(path)) for path in paths}
                if not any(changed.values()):
                    raise Refused("it changes no function")
            except Refused as why:
                print(f"{os.path.basename(patch)}: {why}", file=sys.stderr)
                continue
            for path, functions in changed.items():
                for name, text in functions:
                    copies.setdefault(path, {}).setdefault(name, []).append((number, text))
            print(number)

        for path in copies:
            write(path, source[path])
        git("add", *copies)
        for path, functions in copies.items():
            text = DECLARE
            for name, function in parts(source[path]):
                known = functions.get(name)
                text += switch(function, name, known) if known else function
            if path == TESTS:
                if text.count(DESTROY) != 1:
                    sys.exit(f"{TESTS} does not have once: {DESTROY}")
                text = text.replace(DESTROY, CLEAR_UP) + PARAMETER
            # The kernel-doc comments are above the copies, which have other names.
            write(path, text.replace("/**\n", "/*\n"))
        with open(out, "w") as file:
            file.write(git("diff", "--no-color"))


main()
