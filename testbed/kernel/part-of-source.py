#!/usr/bin/python3
# Extracts files from the linux-source package of a mirror, and reads only the part that has them.
# Usage: part-of-source.py URL DIR LAST PATH ...
#   URL   of a linux-source-*.deb
#   DIR   existing directory, to which PATH ... go: files or directories of the kernel tree
#   LAST  the file of the tree after which nothing of PATH ... comes: not read any further
# What is read is part of a package, whose checksum is not known: the caller has to compare what
# came out. Exit: 0 if LAST was seen.
import os
import sys
import tarfile
import urllib.request


def data_of(deb):
    """Positions the stream at the data of a .deb (an ar archive); returns its compression."""
    if deb.read(8) != b"!<arch>\n":
        sys.exit("no Debian package")
    while header := deb.read(60):
        name, size = header[:16].decode().strip(" /"), int(header[48:58])
        if name.startswith("data.tar"):
            return name.rpartition(".")[2]
        deb.read(size + size % 2)
    sys.exit("a package without data")


def main():
    url, target, last, *wanted = sys.argv[1:]
    with urllib.request.urlopen(url, timeout=60) as deb:
        package = tarfile.open(fileobj=deb, mode="r|" + data_of(deb))
        source = next(m for m in package if m.name.endswith(".tar.xz"))
        tree = tarfile.open(fileobj=package.extractfile(source), mode="r|xz")
        for member in tree:
            path = member.name.removeprefix("./").partition("/")[2]
            if any(path == w or path.startswith(w + "/") for w in wanted) and ".." not in path.split("/"):
                member.name = path
                tree.extract(member, target, set_attrs=False)
                if member.isreg() and member.mode & 0o100:
                    os.chmod(os.path.join(target, path), 0o755)
            if path == last:
                return
    sys.exit(f"there is no {last} in it")


try:
    main()
except (OSError, EOFError, StopIteration, ValueError, tarfile.TarError) as e:
    sys.exit(str(e) or type(e).__name__)
