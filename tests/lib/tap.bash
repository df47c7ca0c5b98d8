# shellcheck shell=bash
# TAP for the tests: source it after scripts/lib.bash. done_testing [NAME] prints the plan and
# returns 0 if all points passed. NAME: also records the result for Documentation/proof.md.
_n=0 _bad=0
ok() { _n=$((_n + 1)); printf 'ok %d - %s\n' "$_n" "$*"; }
not_ok() { _n=$((_n + 1)); _bad=$((_bad + 1)); printf 'not ok %d - %s\n' "$_n" "$*"; }
# diag: prints at most 40 lines of stdin as comments, which prove shows.
diag() { sed -n -e '1,40s/^/# /p' -e '41s/.*/# .../p' >&2; }
# is_empty NAME TEXT: passes if TEXT is empty, else shows it.
is_empty() { if [[ -z $2 ]]; then ok "$1"; else not_ok "$1"; diag <<<"$2"; fi; }
# try NAME COMMAND...: passes if COMMAND succeeds, else shows its stdout; its stderr (progress) is
# always shown.
try() {
	local name=$1 o
	shift
	if o=$("$@"); then ok "$name"; else not_ok "$name"; diag <<<"$o"; fi
}
# relay PREFIX WANTED: prints the TAP on stdin as points of this test, each with PREFIX; then a
# point that checks that all came, and that they are WANTED, if that is given. Sets rc to N of a
# line 'exit N'.
relay() {
	local line plan='' points=0
	rc=''
	while IFS= read -r line; do
		if [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			plan=${BASH_REMATCH[1]}
		elif [[ $line =~ ^(ok|not\ ok)\ [0-9]+\ -\ (.*)$ ]]; then
			points=$((points + 1))
			if [[ ${BASH_REMATCH[1]} == ok ]]; then ok "$1${BASH_REMATCH[2]}"; else not_ok "$1${BASH_REMATCH[2]}"; fi
		elif [[ $line =~ ^exit\ ([0-9]+)$ ]]; then
			# shellcheck disable=SC2034 # for the caller
			rc=${BASH_REMATCH[1]}
		else
			diag <<<"${line#\# }"
		fi
	done
	line="$1all of ${2:-${plan:-an unknown number}} were tried"
	if [[ -n $plan && $points == "$plan" && $plan == "${2:-$plan}" ]]; then ok "$line"; else not_ok "$line (${plan:-none} planned, $points tried)"; fi
}
# apt_without_pauses: apt does not pause before it tries again. Call make_tmp before.
apt_without_pauses() {
	# shellcheck disable=SC2154 # set by make_tmp
	echo 'Acquire::Retries::Delay "false";' >"$tmp/apt.conf"
	export APT_CONFIG=$tmp/apt.conf
}
bail() { printf 'Bail out! %s\n' "$*"; exit 1; }
done_testing() {
	local result=pass
	printf '1..%d\n' "$_n"
	((_bad == 0 && _n > 0)) || result=fail
	[[ -z ${1:-} ]] || record "$1" "$result" "prove tests/${0##*/}" "$((_n - _bad)) of $_n checks pass"
	[[ $result == pass ]]
}
