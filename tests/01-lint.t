#!/bin/bash
# What can be said without a kernel: shellcheck, codespell, white space, no sign-off, series lists the patches.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
cd "$ROOT"
need_tool shellcheck codespell git

if git rev-parse -q --git-dir >/dev/null 2>&1; then
	mapfile -t files < <(git ls-files --cached --others --exclude-standard | while read -r f; do [[ ! -f $f ]] || echo "$f"; done)
else
	mapfile -t files < <(find . -type f -printf '%P\n' | sort)
fi
scripts=()
for f in "${files[@]}"; do
	case $f in *.patch) continue ;; esac
	if [[ $f == *.sh ]] || head -n1 "$f" | grep -aqE '^#!.*\b(ba|da|)sh$'; then scripts+=("$f"); fi
done

try "shellcheck: ${#scripts[@]} scripts" shellcheck "${scripts[@]}"
try "codespell: ${#files[@]} files" codespell --skip '*.svg' "${files[@]}"
is_empty "no Signed-off-by in any file" "$(grep -aInE '^[[:space:]]*Signed-off-by:' "${files[@]}" || :)"
is_empty "no white space at the end of a line" "$(
	for f in "${files[@]}"; do
		case $f in
		*.patch) grep -HnE '^\+.*[[:space:]]$' "$f" || : ;;
		*) grep -IHnE '[[:space:]]$' "$f" || : ;;
		esac
	done
)"
is_empty "each script says at the top what it is for" "$(
	for f in "${scripts[@]}"; do sed -n '2,3p' "$f" | grep -q '^# [A-Za-z]' || echo "$f"; done
)"
is_empty "a script that can print its usage has it in its header, and names itself there as it is found" "$(
	for f in "${scripts[@]}"; do
		case $f in *.bash | *.t) continue ;; esac
		if grep -q '^usage()' "$f" || ! grep -qE '^options |(\|\||\)) usage\b' "$f"; then continue; fi
		grep -qE "^# Usage: $f( |\$)" "$f" || echo "$f"
	done
)"
is_empty "each test has its row in Documentation/testing.md" "$(
	diff <(cd tests && printf '%s\n' *.t) <(sed -nE 's/^\| `([0-9]+-[^`]*\.t)` \|.*/\1/p' Documentation/testing.md | sort) || :
)"
is_empty "each page has its row in Documentation/README.md" "$(
	diff <(cd Documentation && printf '%s\n' *.md | grep -v '^README') <(sed -nE 's/^\| \[([a-z-]+\.md)\].*/\1/p' Documentation/README.md | sort) || :
)"
is_empty "a link from one page to another file leads there" "$(
	for f in "${files[@]}"; do
		[[ $f == *.md ]] || continue
		grep -oE '\]\([^)#]+' "$f" | cut -c3- | while read -r to; do [[ $to == *://* || -e $(dirname "$f")/$to ]] || echo "$f: $to"; done || :
	done
)"
listed=$(series_list | sed 's|.*/||')
is_empty "series lists what is in patches/" "$(diff <(printf '%s\n' "$listed") <(cd patches && printf '%s\n' 0*.patch | grep -v '^0000-') || :)"
is_empty "each mutant says what sees it, and is an attack of the proof page" "$(
	for f in tests/mutants/*.patch; do
		name=${f##*/} name=${name%.patch}
		grep -qP "\tmutants\t.*(?<![a-z-])$name(?![a-z-])" tests/proof/attacks || echo "$name: not in tests/proof/attacks"
		[[ $(grep -cE '^(Property|Seen by): .' "$f") == 2 ]] || echo "$name: no 'Property:', or no 'Seen by:'"
		[[ $(grep -cE '^(Run|Found-as): .' "$f") == [02] ]] || echo "$name: of 'Run:' and 'Found-as:' only one"
	done
)"
is_empty "make clean-cache removes all that a script puts into the cache" "$(
	grep -ohE '\$\{?CACHE(:\?)?\}?/[a-z0-9-]+' "${scripts[@]}" | sed 's|.*/||' | sort -u | while read -r d; do
		[[ $d == work* || $d == lock ]] || grep -qE "^for d in .*\b$d\b" scripts/clean-cache.sh || echo "$d"
	done
)"
is_empty "a row of mutants on the proof page names mutants" "$(
	grep -P '\tmutants\t' tests/proof/attacks | cut -f3 | grep -oE '[a-z]+(-[a-z]+)+' | while read -r name; do
		[[ -f tests/mutants/$name.patch ]] || echo "$name"
	done
)"
is_empty "proof.md is what tests/proof/run.sh makes of Documentation/proof" "$(diff <(tests/proof/run.sh -n) Documentation/proof.md || :)"
done_testing
