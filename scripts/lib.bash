# shellcheck shell=bash disable=SC2034 # variables for the scripts that source this
# Helpers for the other scripts, which source this file; it does nothing by itself.
# Sets ROOT (this checkout) and CACHE (downloads and builds), and makes git and the locale behave
# the same for every user. say() prints to stderr; stdout has only the result, so that a caller can
# capture it.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/i915-userptr-cancel}
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
mkdir -p "$CACHE/lock" "$CACHE/tmp"

export LC_ALL=C.UTF-8 TZ=UTC
umask 022

# The user's git configuration (signing, hooks, diff settings) must not affect the results.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_DEFAULT_HASH=sha1
export GIT_CONFIG_COUNT=4
export GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0
export GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1='*'
export GIT_CONFIG_KEY_2=advice.detachedHead GIT_CONFIG_VALUE_2=false
export GIT_CONFIG_KEY_3=init.defaultBranch GIT_CONFIG_VALUE_3=main
export GIT_COMMITTER_NAME=i915-userptr-cancel GIT_COMMITTER_EMAIL=nobody@localhost
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY

# Neither must a calling make, nor the user's kbuild settings.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES ARCH CROSS_COMPILE KBUILD_OUTPUT KCFLAGS KCPPFLAGS KAFLAGS LOCALVERSION KCONFIG_CONFIG O V W C CC LLVM

say() { printf '%s\n' "$*" >&2; }

# die MESSAGE: prints one line and exits; the message includes the way out. Many scripts are called
# run.sh, so the line has the script's path in this checkout.
die() { printf '%s: %s\n' "${0#"$ROOT"/}" "$*" >&2; exit 1; }

# usage: prints the Usage line of the script's header and exits, after a wrong invocation. Text
# after three spaces is an explanation and is left out.
usage() { say "usage: $(sed -nE '/^# Usage: /{s///; s/ {3}.*//; p; q}' "$0")"; exit 1; }

# options LETTER[:]=VARIABLE ... -- ARG ...: parses the options at the front of ARG ... with
# getopts. VARIABLE is set to the argument of an option with a colon, and to 1 for one without. An
# unknown option ends the script with its usage. The caller must then shift by OPTIND - 1.
options() {
	local option letters=''
	local -A variable
	while [[ $1 != -- ]]; do
		variable[${1:0:1}]=${1#*=} letters+=${1%%=*}
		shift
	done
	shift
	OPTIND=1
	while getopts ":$letters" option; do
		[[ $option != [:?] ]] || usage
		printf -v "${variable[$option]}" %s "${OPTARG-1}"
	done
}

# at_exit COMMAND: runs COMMAND (a string) at exit; the last one registered runs first.
_at_exit=()
at_exit() { _at_exit=("$1" "${_at_exit[@]}"); }
_run_at_exit() { local c; for c in "${_at_exit[@]}"; do eval "$c" || :; done; }
trap _run_at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# selftest_parameter KO GROUP: prints the parameter of this i915.ko that runs the selftests of GROUP
# (mock_* or live_*); its name contains a number.
selftest_parameter() {
	local p
	p=$(modinfo -F parm "$1" | sed -nE "s/^(igt__[0-9]+__$2):.*/\1/p")
	[[ -n $p ]] || die "$1 has no selftests $2: its parameters are in 'modinfo -F parm'"
	echo "$p"
}

# make_tmp [PARENT]: sets tmp to a directory that is removed at exit; by default in the cache, so
# that a rename into the cache is atomic.
tmp=
make_tmp() {
	tmp=$(mktemp -d "${1:-$CACHE/tmp}/.tmp.XXXXXX")
	at_exit "rm -rf '$tmp'"
}

# lock NAME: holds the cache's lock NAME until the script exits or calls unlock NAME; prints a
# message if it has to wait.
declare -A _lock_fd
lock() {
	local fd
	exec {fd}>"$CACHE/lock/$1"
	if ! flock -n "$fd"; then
		say "waiting for another run that uses '$1' ..."
		flock -w "${LOCK_TIMEOUT:-5400}" "$fd" || die "'$1' is still in use after ${LOCK_TIMEOUT:-5400} s: look for a run that hangs"
	fi
	_lock_fd[$1]=$fd
}
unlock() { local fd=${_lock_fd[$1]}; exec {fd}>&-; unset "_lock_fd[$1]"; }

# need_disk GIB [WHAT]: fails if the cache's file system has less than GIB free.
need_disk() {
	local free
	free=$(df -Pk "$CACHE" | awk 'NR == 2 { print int($4 / 1048576) }')
	((free >= $1)) || die "$CACHE has $free GiB free, ${2:-this} needs $1: free some, or set CACHE=/a/larger/disk"
}

need_tool() {
	local t
	for t; do command -v "$t" >/dev/null || die "'$t' is not installed: run scripts/deps.sh"; done
}

# Debian's python3 first: it has Debian's modules (ply, yaml).
python3=/usr/bin/python3
[[ -x $python3 ]] || python3=python3

hash12() { sha256sum | cut -c1-12; }

# scratch_repo REPO DIR: creates an empty repository at DIR that sees all objects of REPO and never
# writes to it. REPO may be shallow.
scratch_repo() {
	local common
	common=$(git -C "$1" rev-parse --path-format=absolute --git-common-dir)
	git init -q "$2"
	printf '%s\n' "$common/objects" >"$2/.git/objects/info/alternates"
	[[ ! -f $common/shallow ]] || cp "$common/shallow" "$2/.git/shallow"
}

# sparse_checkout DIR COMMIT [PATCH...]: checks out only the driver, its documentation and the
# directories that the patches touch.
sparse_checkout() {
	local dir=$1 commit=$2 more
	shift 2
	mapfile -t more < <((($#)) && sed -nE 's#^(\+\+\+ b|--- a)/(.*)/[^/]*$#\2#p' "$@" | sort -u)
	git -C "$dir" sparse-checkout set --cone drivers/gpu/drm/i915 Documentation/gpu "${more[@]}"
	git -C "$dir" checkout -q --detach "$commit"
}

# uapi_headers REPO DIR: exports the base kernel's headers of the DRM ioctls to DIR; compile with
# -I DIR -D__user=. REPO: as printed by kernel/base.sh or kernel/debian.sh.
uapi_headers() {
	local h debian
	debian=("$1"/root/usr/src/linux-headers-*-common/include/uapi)
	mkdir -p "$2/drm" "$2/linux"
	for h in drm/drm.h drm/drm_mode.h drm/i915_drm.h linux/bits.h; do
		[[ ! -f ${debian[0]}/$h ]] || { cp "${debian[0]}/$h" "$2/$h"; continue; }
		! git -C "$1" cat-file -e "base:include/uapi/$h" 2>/dev/null || git -C "$1" show "base:include/uapi/$h" >"$2/$h"
	done
}

# git_commit DIR MESSAGE: commits what is staged; the commit id depends only on the content.
git_commit() {
	GIT_AUTHOR_NAME=$GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL=$GIT_COMMITTER_EMAIL \
		GIT_AUTHOR_DATE='2000-01-01T00:00:00Z' GIT_COMMITTER_DATE='2000-01-01T00:00:00Z' \
		git -C "$1" commit -q --no-verify -m "$2"
}

# git_am DIR PATCH...: git am with the author's dates also for the committer, so that the commit ids
# depend only on the patches.
git_am() {
	local dir=$1
	shift
	git -C "$dir" am -q --committer-date-is-author-date --no-gpg-sign --keep-cr "$@"
}

# format_series REPO BASE BRANCH COVER DIR [OPTION ...]: writes the commits of BRANCH on top of BASE
# as patches to DIR, with a cover letter whose text is COVER. The same commits give the same bytes.
# OPTION: of git format-patch.
format_series() {
	local repo=$1 range=$2..refs/heads/$3 branch=$3 cover=$4 dir=$5
	shift 5
	if git -C "$repo" log --format=%B "$range" | grep -q '^Signed-off-by:'; then
		die "a commit of $branch has a Signed-off-by: remove it; the person who submits the series adds it (SIGNOFF=)"
	fi
	# The cover letter takes sender and date from the committer: use those of the last patch.
	GIT_COMMITTER_NAME=$(git -C "$repo" log -1 --format=%an "$range") GIT_COMMITTER_EMAIL=$(git -C "$repo" log -1 --format=%ae "$range") \
		GIT_COMMITTER_DATE=$(git -C "$repo" log -1 --format=%aI "$range") \
		git -C "$repo" -c "branch.$branch.description=$cover" -c format.pretty=email format-patch -q --numbered --cover-letter \
		--cover-from-description=subject --abbrev=12 --zero-commit --no-signature --no-signoff --no-thread --no-base --no-notes --no-color \
		--stat=72 "$@" -o "$dir" "$range"
}

# offline_b4 HOME ARGUMENT...: runs b4 without network and without the user's configuration. HOME:
# b4's home directory, for its state and an optional .gitconfig. b4 0.12 exits without a message if
# git knows no user, or if the directory of -o is missing.
offline_b4() {
	local home=$1
	shift
	[[ -s $home/.gitconfig ]] || printf '[user]\n\tname = nobody\n\temail = nobody@localhost\n' >"$home/.gitconfig"
	env -u XDG_CACHE_HOME -u XDG_DATA_HOME -u XDG_CONFIG_HOME HOME="$home" GIT_CONFIG_GLOBAL="$home/.gitconfig" \
		b4 --offline-mode --no-interactive "$@" </dev/null
}

# series_list: prints the absolute paths of the patches in the file series, one a line; nothing if
# there is no series. BACKPORT=NAME: those of patches/NAME, which has its own file series.
series_list() {
	local dir=$ROOT/patches${BACKPORT:+/$BACKPORT} file=$ROOT/${BACKPORT:+patches/$BACKPORT/}series
	[[ -f $file ]] || return 0
	sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' -e "s|^|$dir/|" "$file"
}

# patches_of DIR: prints its numbered patches, one a line, in order; without the cover letter.
patches_of() { find "$1" -maxdepth 1 -name '0*.patch' ! -name '0000-*' | sort; }

# field NAME PATCH: prints the value of the line 'NAME: ...' of a patch of tests/, such as Run,
# Found-as, Harness or Onto.
field() { sed -nE "s/^$1: (.*)/\1/p" "$2"; }

# The checks that IGT's own .checkpatch.conf disables, and those that every new test there violates:
# igt_main() is a macro that has the arguments of main(), and IGT's MAINTAINERS names no files.
igt_checkpatch_ignore=BIT_MACRO,SPLIT_STRING,LONG_LINE_STRING,BOOL_MEMBER,PREFER_KERNEL_TYPES,FUNCTION_WITHOUT_ARGS,FILE_PATH_CHANGES

# For vm/guest.sh -w: TTM never frees the list_lru of its pools when the last device is removed
# (ttm_pool_type_fini() in 7.3.4), 132 objects each time. Not a leak of i915.
ttm_leak='kmemleak=ttm_pool_(type|mgr)_init'

# series_id: prints an id of the driver with the series: a hash of the code of the files that it
# touches, without white space. Messages, the division into patches, selftests, documentation and
# comments do not affect it. A result with another id belongs to another driver.
series_id() {
	local repo tip f
	repo=$("$ROOT/testbed/kernel/base.sh")
	tip=$("$ROOT/scripts/series/commit.sh" -b "$repo" 2>/dev/null | tail -n1)
	git -C "$repo" diff --name-only base "$tip" -- '*.[ch]' ':!*/selftests/*' | while read -r f; do
		echo "$f"
		# Strings are kept unchanged.
		git -C "$repo" show "$tip:$f" |
			perl -0pe 's{("(?:\\.|[^"\\])*")|/\*.*?\*/|//[^\n]*|\s}{$1 // ""}gse'
		echo
	done | hash12
}

# record NAME pass|fail COMMAND FIGURES: writes the result of an attack to $CACHE/proof/NAME.tsv,
# one row of tests/proof/results.tsv, which tests/proof/run.sh merges. Each result has its own file,
# so that parallel runs lose none. RECORD_KERNEL: the kernel (default: CONFIG's; empty: no kernel
# involved). On another GPU than the G33 the name is NAME-GPU, unless no kernel is involved.
# Results on another base (KERNEL=, BACKPORT=) are not recorded.
record() {
	[[ -z ${KERNEL:-}${BACKPORT:-} ]] || return 0
	local kernel=${RECORD_KERNEL-${CONFIG:-debug}} gpu='' config='' new
	[[ -n ${RECORD_KERNEL+set} || ${CONFIG:-debug} == debug ]] || config="CONFIG=$CONFIG "
	[[ -z $kernel ]] || gpu=$(gpu_suffix)
	new=$CACHE/proof/$1$gpu.$BASHPID
	mkdir -p "$CACHE/proof"
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1$gpu" "$2" "${gpu:+GPU=$GPU }$config$3" \
		"${4//[$'\t\n']/ }" "$(date +%F)" "$kernel" "$(series_id)" >"$new"
	mv "$new" "$CACHE/proof/$1$gpu.tsv"
}

# gpu_name: prints the name of the emulated GPU that GPU=g33 (default) or kbl selects; fails with a
# message for any other value.
gpu_name() {
	case ${GPU:-g33} in
	g33) echo "G33 (gen3)" ;;
	kbl) echo "Kaby Lake GT2 (gen9)" ;;
	*) say "GPU=$GPU is neither g33 nor kbl"; return 1 ;;
	esac
}

# gpu_suffix: prints the suffix for names of files of another GPU than the default: -kbl; nothing
# for the G33.
gpu_suffix() { [[ ${GPU:-g33} == g33 ]] || echo "-$GPU"; }

# prefer_debian: if CONFIG is unset, sets it to debian (Debian's own kernel), or to debug for
# KERNEL=path.
prefer_debian() {
	CONFIG=${CONFIG:-${KERNEL:+debug}}
	export CONFIG=${CONFIG:-debian}
}

# run_name VARIANT: prints the name of the directory of a run: VARIANT, then -CONFIG unless that is
# the debug kernel, then -GPU unless that is the G33.
run_name() {
	local config=${CONFIG:-debug}
	[[ $config != debug ]] || config=''
	echo "$1${config:+-$config}$(gpu_suffix)"
}

# marked PAGE MARK: ends the script unless the page of Documentation has a line '<!-- MARK -->' and,
# after it, '<!-- /MARK -->'. write_marked PAGE MARK FILE: replaces the text between them by FILE.
marked() {
	[[ $(grep -xE "<!-- /?$2 -->" "$ROOT/Documentation/$1" || :) == "<!-- $2 -->"$'\n'"<!-- /$2 -->" ]] ||
		die "Documentation/$1 has no lines '<!-- $2 -->' and '<!-- /$2 -->', between which the table is to go"
}
write_marked() {
	local new
	marked "$1" "$2"
	new=$(sed -e "/^<!-- $2 -->\$/r $3" -e "/^<!-- $2 -->\$/,/^<!-- \/$2 -->\$/{//!d}" "$ROOT/Documentation/$1")
	printf '%s\n' "$new" >"$ROOT/Documentation/$1"
	say "written to Documentation/$1"
}

# with_progress LABEL STATUS COMMAND...: runs COMMAND; meanwhile prints a line every 20 s with the
# elapsed time and the output of STATUS (a command, a string).
with_progress() {
	local label=$1 status=$2 ticker rc=0 t0=$SECONDS i=0
	shift 2
	# Sleeps for a second at a time, and without the locks: a sleep may outlive this script and
	# keep its file descriptors open.
	{
		local fd
		for fd in "${_lock_fd[@]}"; do exec {fd}>&-; done
		while sleep 1; do
			((i++ % 20 != 19)) || say "  ... $label, $((SECONDS - t0)) s $(eval "$status" 2>/dev/null || :)"
		done
	} >&2 &
	ticker=$!
	at_exit "kill $ticker 2>/dev/null"
	"$@" || rc=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	return "$rc"
}
