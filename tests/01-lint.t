#!/bin/bash
# Checks without a kernel: shellcheck, perl -c, compilation of Python, codespell, white space, no
# sign-off, the file series lists the patches.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
cd "$ROOT"
need_tool shellcheck codespell git perl python3
make_tmp

if git rev-parse -q --git-dir >/dev/null 2>&1; then
	mapfile -t files < <(git ls-files --cached --others --exclude-standard | while read -r f; do [[ ! -f $f ]] || echo "$f"; done)
else
	mapfile -t files < <(find . -type f -printf '%P\n' | sort)
fi
scripts=() perl=() python=() awk=()
for f in "${files[@]}"; do
	case $f in
	*.patch) continue ;;
	*.pl | *.pm) perl+=("$f") ;;
	*.py) python+=("$f") ;;
	*.awk) awk+=("$f") ;;
	*.sh | *.bash) scripts+=("$f") ;;
	*)
		first=$(head -n1 "$f" | tr -d '\0')
		if [[ $first =~ ^'#!'.*(/| )(ba|da|)sh$ ]]; then scripts+=("$f"); fi
		if [[ $first =~ ^'#!'.*perl$ ]]; then perl+=("$f"); fi
		;;
	esac
done

try "shellcheck: ${#scripts[@]} scripts" shellcheck "${scripts[@]}"
is_empty "perl -c: ${#perl[@]} programs, strict, without a warning" "$(
	for f in "${perl[@]}"; do
		perl -c "$f" 2>&1 | grep -vxF "$f syntax OK" || :
		[[ $(grep -cxE 'use (strict|warnings);' "$f") == 2 ]] || echo "$f: no 'use strict;', or no 'use warnings;'"
	done
)"
compiles() { PYTHONPYCACHEPREFIX=$tmp python3 -m py_compile "$@" 2>&1; }
try "py_compile: ${#python[@]} programs" compiles "${python[@]}"
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
	for f in "${perl[@]}" "${python[@]}" "${awk[@]}"; do sed -n '1,3p' "$f" | grep -q '^# [A-Za-z]' || echo "$f"; done
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
# Not numbers.md, which quotes commands as they were run. NAME in a path stands for any name.
pages=()
for f in "${files[@]}"; do [[ $f != *.md || $f == Documentation/numbers.md ]] || pages+=("$f"); done
is_empty "a file that a page names is there" "$(
	names=$(printf '%s\n' "${files[@]##*/}")
	grep -oE '[][A-Za-z0-9_.*/-]+' "${pages[@]}" | sed 's/[].]*$//' | sort -u | while IFS=: read -r f word; do
		path=${word#PATH/} path=${path//NAME/*}
		case $path in
		Documentation/gpu/* | tests/gem_userptr_* | build-igt.sh) ;; # the kernel's, IGT's, drm-ci's
		.ci/* | ci/* | Documentation/* | igt-tests/* | patches/* | scripts/* | testbed/* | tests/*)
			[[ -e $path ]] || { [[ $path == *[*[]* ]] && compgen -G "$path" >/dev/null; } || echo "$f: $word"
			;;
		*/*) ;;
		[a-z0-9]*.sh | [a-z0-9]*.bash | [a-z0-9]*.t | [a-z0-9]*.awk | [a-z0-9]*.config) grep -qxF -- "$path" <<<"$names" || echo "$f: $word" ;;
		esac
	done
)"
is_empty "a target of make that a page names is in the Makefile" "$(
	grep -oE '(`|^    )([A-Z_]+=[^ `]* )*make [a-z][a-z-]*' "${pages[@]}" | sort -u | while IFS=: read -r f command; do
		grep -qE "^${command##* }:" Makefile || echo "$f: make ${command##* }"
	done
)"
listed=$(series_list | sed 's|.*/||')
is_empty "series lists what is in patches/" "$(diff <(printf '%s\n' "$listed") <(cd patches && printf '%s\n' 0*.patch | grep -v '^0000-') || :)"
is_empty "each mutant says what sees it, and which property on the proof page it is against" "$(
	for f in tests/mutants/*.patch; do
		name=${f##*/} name=${name%.patch}
		properties=$(field Property "$f")
		for p in ${properties//,/ }; do
			[[ $p == - ]] || grep -qP "^$p\t" tests/proof/attacks || echo "$name: no property $p in tests/proof/attacks"
		done
		[[ $(grep -cE '^(Property|Seen by): .' "$f") == 2 ]] || echo "$name: no 'Property:', or no 'Seen by:'"
		[[ $(grep -cE '^(Run|Found-as): .' "$f") == [02] ]] || echo "$name: of 'Run:' and 'Found-as:' only one"
	done
)"
is_empty "make clean-cache removes all that a script puts into the cache" "$(
	grep -ohE '\$\{?CACHE(:\?)?\}?/[a-z0-9-]+' "${scripts[@]}" | sed 's|.*/||' | sort -u | while read -r d; do
		[[ $d == work* || $d == lock ]] || grep -qE "^for d in .*\b$d\b" scripts/clean-cache.sh || echo "$d"
	done
)"
is_empty "each row of tests/proof/results.tsv is whole, and of an attack or a mutant that there is" "$(
	awk -F'\t' 'NF != 7 || (NR > 1 && $2 !~ /^(pass|fail)$/) { print "line " NR ": " $0 }' tests/proof/results.tsv
	tail -n +2 tests/proof/results.tsv | sort -c -u -t$'\t' -k1,1 2>&1 || :
	tail -n +2 tests/proof/results.tsv | cut -f1 | while read -r name; do
		[[ -f tests/mutants/${name#mutant-}.patch ]] || grep -qP "\t$name\t" tests/proof/attacks || echo "$name"
	done
)"
is_empty "proof.md is what tests/proof/run.sh makes of tests/proof/" "$(diff <(tests/proof/run.sh -n) Documentation/proof.md || :)"
done_testing
