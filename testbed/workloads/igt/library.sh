#!/bin/bash
# Finds Debian's IGT library and runner, with all that they need in a guest without a libc, or
# downloads them; prints the directory.
# In:  IGT_LIBRARY=DIR: only this one, with bin/ and lib/ as below. Else Debian's, from sid (older
#      suites have no runner).
# Out: DIR/bin/igt_runner, igt_resume, igt_results, and the benchmarks gem_userptr_benchmark and
#      gem_exec_nop (optional in an IGT_LIBRARY: only make bench uses them); DIR/lib/libigt.so.0
#      with every library that they load and ld-linux-x86-64.so.2; DIR/version. Debian's is kept in
#      $CACHE/igt/VERSION (20 MB to download, 20 MB kept). Nothing is installed, root is not needed.
# Example: lib=$(testbed/workloads/igt/library.sh)
#          $lib/lib/ld-linux-x86-64.so.2 --library-path $lib/lib $lib/bin/igt_runner --help
. "$(dirname "$0")/../../../scripts/lib.bash"

programs=(igt_runner igt_resume igt_results) benchmarks=(gem_userptr_benchmark gem_exec_nop)
library=libigt.so.0 loader=ld-linux-x86-64.so.2
# runs DIR: checks that igt_runner starts with only the files there. (--help exits with 1.)
runs() {
	local o
	[[ -s $1/lib/$library ]] || return 1
	o=$(timeout 60 "$1/lib/$loader" --library-path "$1/lib" "$1/bin/igt_runner" --help 2>/dev/null) || :
	[[ $o == *--test-list* ]]
}

if [[ -n ${IGT_LIBRARY:-} ]]; then
	[[ -d $IGT_LIBRARY ]] || die "there is no directory IGT_LIBRARY=$IGT_LIBRARY: leave it unset and Debian's is taken"
	dir=$(cd "$IGT_LIBRARY" && pwd)
	for p in "${programs[@]}"; do [[ -x $dir/bin/$p ]] || die "IGT_LIBRARY=$dir has no bin/$p: leave it unset and Debian's is taken"; done
	runs "$dir" || die "the igt_runner of IGT_LIBRARY=$dir does not start with the libraries of its lib/: put all of them there, $loader too"
	echo "$dir"
	exit
fi

# have: prints the directory of a library that an earlier run made.
have() {
	local d
	for d in "$CACHE"/igt/*/; do
		[[ ! -e $d/version || ! -e $d/bin/${benchmarks[0]} ]] || { echo "${d%/}"; return; }
	done
	return 1
}
if have; then exit; fi
lock igt
if have; then exit; fi
. "$ROOT/scripts/apt.bash"
need_disk 1 "IGT's library"
way_out="give IGT_LIBRARY=DIR with IGT's runner and library (see the top of testbed/workloads/igt/library.sh)"
apt_open "$way_out"
mkdir -p "$CACHE/igt"
make_tmp "$CACHE/igt"
mkdir -p "$tmp/i/bin" "$tmp/i/lib"
# Parts of igt-gpu-tools are in Python, but none that is needed here: python3 counts as installed.
apt_counts_as_installed 3.99 python3
apt_suites sid "$tmp/status"
version=$(apt_version igt-gpu-tools)
[[ -n $version ]] || die "Debian's mirror has no igt-gpu-tools in sid: give IGT_LIBRARY=DIR"
say "downloading IGT $version of Debian sid"
t0=$SECONDS
apt_unpack igt-gpu-tools "$way_out"

from=$tmp/all/usr/lib/x86_64-linux-gnu
for p in "${programs[@]}"; do cp -L "$tmp/all/usr/bin/$p" "$tmp/i/bin/" || die "igt-gpu-tools $version has no $p: give IGT_LIBRARY=DIR"; done
for p in "${benchmarks[@]}"; do
	cp -L "$tmp/all/usr/libexec/igt-gpu-tools/benchmarks/$p" "$tmp/i/bin/" || die "igt-gpu-tools $version has no benchmark $p: give IGT_LIBRARY=DIR"
done
# The programs' libraries, as listed by the dynamic linker, which finds only these; and one that
# libc loads by itself.
needed=$("$from/$loader" --library-path "$from" --list "$tmp/i/bin/igt_runner" | grep -oE '[^ /]+\.so[^ ]* =>' | sed 's/ =>//')
for l in $needed "$loader" libgcc_s.so.1; do
	[[ -e $from/$l ]] || continue
	cp -L "$from/$l" "$tmp/i/lib/"
done
chmod 755 "$tmp"/i/lib/*
runs "$tmp/i" || die "igt_runner $version of Debian does not run here: give IGT_LIBRARY=DIR"
echo "$version" >"$tmp/i/version"
# A directory without the benchmarks, of an older version of this script, may be in use: keep it.
dir=$CACHE/igt/$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)-benchmarks
rm -rf "$dir"
mv "$tmp/i" "$dir"
say "IGT $version: $size MB downloaded, $(du -sm "$dir" | cut -f1) MB kept in $dir, $((SECONDS - t0)) s"
echo "$dir"
