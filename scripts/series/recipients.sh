#!/bin/bash
# Says to whom the kernel series goes: what get_maintainer.pl has for its patches, with MAINTAINERS-snippet in MAINTAINERS.
# Usage: scripts/series/recipients.sh [-b REPO] [-w]
#   REPO: as printed by kernel/base.sh (default: it is run); -w: into patches/recipients instead of
#   stdout
# Out: To: the maintainers, Cc: reviewers and lists, one a line, as b4 sorts them. Asked without git's history (also not the authors of a commit in
#      Fixes:), as what that says differs from one clone to the next. igt-tests/recipients is written by hand: IGT has no such script.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool perl

repo='' write=''
options b:=repo w=write -- "$@"
make_tmp
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k"
mapfile -t patches < <(series_list)
ask() { (cd "$tmp/k" && perl scripts/get_maintainer.pl --nogit --nogit-fallback --nogit-chief-penguins --nofixes --norolestats "$@" "${patches[@]}"); }
# Sorted: get_maintainer.pl has those of equal weight in the order of a hash.
{ ask --nol --nor | sort | sed 's/^/To: /' && ask --nom | sort | sed 's/^/Cc: /'; } >"$tmp/recipients" || die "get_maintainer.pl failed, see above"
[[ $(grep -c '^To: .*@' "$tmp/recipients") -gt 0 && $(grep -c '^Cc: .*@' "$tmp/recipients") -gt 0 ]] || die "get_maintainer.pl named nobody"
if [[ -n $write ]]; then cp "$tmp/recipients" "$ROOT/patches/recipients"; else cat "$tmp/recipients"; fi
