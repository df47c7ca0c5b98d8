# shellcheck shell=bash
# TAP for the tests: source it after scripts/lib.bash. done_testing [NAME] prints the plan and
# returns 0 if all points passed. NAME: records the result for Documentation/proof.md, too.
_n=0 _bad=0
ok() { _n=$((_n + 1)); printf 'ok %d - %s\n' "$_n" "$*"; }
not_ok() { _n=$((_n + 1)); _bad=$((_bad + 1)); printf 'not ok %d - %s\n' "$_n" "$*"; }
# diag: at most 40 lines from stdin, as comments that prove shows.
diag() { sed -n -e '1,40s/^/# /p' -e '41s/.*/# .../p' >&2; }
# is_empty NAME TEXT: passes if TEXT is empty, else shows it.
is_empty() { if [[ -z $2 ]]; then ok "$1"; else not_ok "$1"; diag <<<"$2"; fi; }
# try NAME COMMAND...: passes if COMMAND succeeds, else shows what it printed on stdout; stderr
# (progress) is shown anyway.
try() {
	local name=$1 o
	shift
	if o=$("$@"); then ok "$name"; else not_ok "$name"; diag <<<"$o"; fi
}
# relay PREFIX WANTED: the TAP that comes on stdin as points of ours, each with PREFIX; then a point
# that says whether all came, WANTED of them if that is given. Sets rc to what a line 'exit N' says.
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
bail() { printf 'Bail out! %s\n' "$*"; exit 1; }
done_testing() {
	local result=pass
	printf '1..%d\n' "$_n"
	((_bad == 0 && _n > 0)) || result=fail
	[[ -z ${1:-} ]] || record "$1" "$result" "prove tests/${0##*/}" "$((_n - _bad)) of $_n checks pass"
	[[ $result == pass ]]
}
