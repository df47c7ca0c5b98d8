#!/bin/bash
# Boots the stock or the patched i915 and runs testbed/userptr-events.c in the guest: what becomes of a userptr object's pages.
# Usage: events.sh stock|patched FORMAT [EVENT ...]     FORMAT: tap, tsv (columns: as userptr-events --help says)
# In:  CONFIG (default: debug), as build.sh takes it; KERNEL as base.sh takes it.
# Out: stdout: what userptr-events prints. $CACHE/events/VARIANT/: console.log, out.log, status and uname of this run.
# Exit: 0 stock keeps the pages in every event, patched gives them back; 1 not so; 97 and so on as guest.sh says.
. "$(dirname "$0")/lib.sh"
need_tool gcc git modinfo

(($# >= 2)) || die "usage: events.sh stock|patched tap|tsv [EVENT ...]"
variant=$1 format=$2
shift 2
case $variant in
stock) only=(-n 0) expect=keep ;;
patched) only=() expect=release ;;
*) die "'$variant' is neither stock nor patched" ;;
esac

repo=$("$ROOT/scripts/base.sh")
commit=$("$ROOT/scripts/series-commit.sh" -b "$repo" "${only[@]}" "$ROOT/testbed/mock-node.patch")
ko=$("$ROOT/scripts/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")

parameter=$(mock_parameter "$ko" userptr_node)

# The header comes out of the patch, so that there is one of it.
make_tmp
(cd "$tmp" && GIT_CEILING_DIRECTORIES=$PWD git apply --include='*/mock_userptr_node.h' "$ROOT/testbed/mock-node.patch")
gcc -static -O2 -Wall -Wextra -Werror -I "$tmp/drivers/gpu/drm/i915/gem/selftests" -o "$tmp/userptr-events" "$ROOT/testbed/userptr-events.c"

# 64: mock_selftests= is marked unsafe and taints the kernel by that bit.
log=$CACHE/events/$variant
rm -rf "$log"
mkdir -p "$log"
"$ROOT/scripts/guest.sh" -k "$ko" -u 64 -l "$log" -t "$tmp/userptr-events" -t "$ROOT/testbed/events-guest.sh" -- \
	events-guest.sh "$parameter" --expect "$expect" --format "$format" "$@"
