#!/bin/bash
# Boots the stock or the patched i915 on the emulated G33 and runs testbed/workloads/events/program.c there: what becomes of userptr objects' pages.
# Usage: events/run.sh [-w MS] stock|patched FORMAT [EVENT ...]     FORMAT: tap, tsv (columns: as userptr-events --help says), demo: tsv and
#   the timeline; -w MS: how long to watch for the pages of each event (default 1000)
# In:  CONFIG (default: debug), as build.sh takes it; KERNEL as base.sh takes it.
# Out: stdout: what userptr-events prints. $CACHE/events/VARIANT/ (VARIANT-CONFIG/): console.log, out.log, status and so on of this run.
# Exit: 0 stock keeps the pages in every event, patched gives them back; 1 not so; 97 and so on as guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"

usage() { die "usage: events/run.sh [-w MS] stock|patched tap|tsv|demo [EVENT ...]"; }
wait=1000
while getopts w: o; do
	case $o in
	w) wait=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
(($# >= 2)) || usage
variant=$1 format=$2
shift 2
[[ $format == tap || $format == tsv || $format == demo ]] || usage

repo=$("$ROOT/testbed/kernel/base.sh")
case $variant in
stock) commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n 0) expect=keep ;;
patched) commit=$("$ROOT/scripts/series/commit.sh" -b "$repo") expect=release ;;
*) usage ;;
esac
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")

make_tmp
"$ROOT/testbed/vm/program.sh" -b "$repo" events "$tmp/userptr-events"

log=$CACHE/events/$(run_name "$variant")
rm -rf "$log"
mkdir -p "$log"
"$ROOT/testbed/vm/guest.sh" -g -k "$ko" -l "$log" -T 1200 -w "$ttm_leak" \
	-t "$tmp/userptr-events" -t "$ROOT/testbed/workloads/events/guest.sh" -- \
	guest.sh "$format" --expect "$expect" --wait "$wait" "$@"
