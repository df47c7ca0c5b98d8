#!/bin/bash
# The mails: the IGT series, both parts of the kernel series and the patch for mm are threads that
# b4 accepts as complete, signed or not, with the same bytes each time; part 2 names its
# prerequisites; the next version; the recipients; MAINTAINERS-snippet. send.sh sends nothing, and
# the commands that it prints send exactly these mails (to a program that keeps them).
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool git b4 perl patatt
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo") || bail "the series does not apply"
base=$(git -C "$repo" rev-parse 'base^{commit}')
tree=$(git -C "$repo" rev-parse "$tip^{tree}")
mapfile -t patches < <(series_list)
total=${#patches[@]}
make_tmp
# Part 2 begins at the patch that cover-letter-2.txt names.
subject() { sed '/^$/q' "$1" | perl -0pe 's/\n[ \t]+/ /g' | sed -nE 's/^Subject: \[[^]]*\] //p'; }
n1=0
for f in "${patches[@]}"; do
	[[ $(subject "$f") != "$(sed -n 's/^First patch: //p' "$ROOT/patches/cover-letter-2.txt")" ]] || break
	n1=$((n1 + 1))
done
n2=$((total - n1))
((n1 && n2)) || bail "the series has no two parts"
middle=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n "$n1") || bail "part 1 does not apply"
# The threads in the order of sending; for the kernel also the number of patches (0: one without a
# number) and the file of recipients.
names=(igt kernel-1 mm kernel-2)
declare -A patches_in=([kernel-1]=$n1 [mm]=0 [kernel-2]=$n2) recipients=([kernel-1]=$ROOT/patches/recipients [mm]=$ROOT/patches/mm/recipients [kernel-2]=$ROOT/patches/recipients)
export SIGNOFF='A Tester <tester@example.org>'
unset PREVIOUS IGT PART
touch "$tmp/traces"

# A program that would send writes a trace instead.
mkdir "$tmp/bin"
cat >"$tmp/bin/git" <<EOF
#!/bin/bash
[[ " \$* " != *" send-email "* && " \$* " != *" imap-send "* ]] || { echo "git \$*" >>"$tmp/traces"; exit 0; }
exec $(command -v git) "\$@"
EOF
for f in sendmail msmtp mail curl wget; do printf '#!/bin/bash\necho "%s $*" >>"%s"\n' "$f" "$tmp/traces" >"$tmp/bin/$f"; done
chmod +x "$tmp"/bin/*
no_network=()
unshare -rn true 2>/dev/null && no_network=(unshare -rn)

# checkout DIR FROM: copies the needed parts of a checkout.
checkout() { mkdir "$1" && (cd "$2" && cp -r scripts testbed patches series igt-tests MAINTAINERS-snippet "$1/"); }
# The cover letter has an address, as Documentation/sending.md requires.
checkout "$tmp/ready" "$ROOT"
sed -i 's|(address of the repository)|https://example.org/userptr.git|' "$tmp/ready/patches/0000-cover-letter-1.patch"
send() { PATH=$tmp/bin:$PATH "${no_network[@]}" "$tmp/ready/scripts/series/send.sh" -o "$tmp/out" >"$tmp/said" 2>"$tmp/err" || { cat "$tmp/said" "$tmp/err"; return 1; }; }
try "send.sh finds all ready${no_network:+, without a network}" send
for f in "${names[@]}"; do [[ -s $tmp/out/$f-v1.mbox ]] || bail "there are no mails"; done
# ready N LINE: checks that send.sh printed it N times.
ready() { is_empty "send.sh: $2" "$([[ $(grep -c "^ready .*$2" "$tmp/said") == "$1" ]] || cat "$tmp/said")"; }
ready 3 "git am on its base gives the tree that was tested"
[[ -n ${KERNEL:-} ]] || ready 3 "recipients are what recipients.sh has"
ready 1 "its cover letter says where part 1 and the patch for mm are"
ready 1 "its cover letter has the address of the repository"
ready 1 "every patch is signed off"
is_empty "send.sh sends nothing" "$(cat "$tmp/traces")"
wanted=$(printf '    git send-email --no-thread --suppress-cc=author --suppress-cc=self --suppress-cc=body --confirm=always %s/*.patch\n' "${names[@]/#/$tmp/out/}" | sed 's,/\*,-v1/*,')
is_empty "send.sh ends with the exact commands" "$(diff <(echo "$wanted") <(tail -4 "$tmp/said") || :)"
is_empty "send.sh names each recipient of the kernel series and of the patch for mm" "$(
	sed -n 's/.*[ <]\([^ <>]*@[^ <>]*\).*/\1/p' "$ROOT/patches/recipients" "$ROOT/patches/mm/recipients" | while read -r f; do grep -qF "$f" "$tmp/said" || echo "$f"; done
)"

# thread WHAT MBOX PREFIX TOTAL RECIPIENTS [PARENT]: a point for each kind of complaint.
thread() {
	local what=$1 kind
	shift
	"$ROOT/tests/lib/thread.pl" "${@:1:4}" "$SIGNOFF" "${@:5}" >"$tmp/complaints" || echo "numbering: it was not read" >>"$tmp/complaints"
	for kind in numbering threading recipients sign-off; do is_empty "$what: $kind" "$(grep "^$kind: " "$tmp/complaints" || :)"; done
}
mapfile -t igt_patches < <(patches_of "$ROOT/igt-tests")
for f in kernel-1 mm kernel-2; do thread "$f" "$tmp/out/$f-v1.mbox" PATCH "${patches_in[$f]}" "${recipients[$f]}"; done
thread "igt" "$tmp/out/igt-v1.mbox" "PATCH i-g-t" "${#igt_patches[@]}" "$ROOT/igt-tests/recipients"

# section TITLE: prints the maintainers in a section of MAINTAINERS.
section() { git -C "$repo" show base:MAINTAINERS | awk -v title="$1" 'index($0, title) == 1 { on = 1 } on && /^M:/ { print } on && !NF { exit }' | sed 's/^M:\t//'; }
[[ -n ${KERNEL:-} ]] || is_empty "the maintainers of xe and of mm get the kernel series, and two lists for dma-buf do not" "$(
	for f in "INTEL DRM XE DRIVER" "MEMORY MANAGEMENT - CORE"; do
		section "$f" >"$tmp/section"
		[[ $(wc -l <"$tmp/section") -ge 2 ]] || echo "MAINTAINERS has no $f"
		while read -r who; do tr -d '"' <"$ROOT/patches/recipients" | grep -qxE "(To|Cc): $who" || echo "not $who"; done <"$tmp/section"
	done
	grep -E 'linaro-mm-sig|linux-media' "$ROOT/patches/recipients" || :
)"

id_of() { sed -n '/^Message-Id: /{s/^Message-Id: <\(.*\)>/\1/p;q}' "$1"; }
igt_id=$(id_of "$tmp/out/igt-v1.mbox")
is_empty "both kernel cover letters have Test-with: of that of IGT, and no other mail has" "$(
	diff <(for f in 1 2; do echo "$tmp/out/kernel-$f-v1/0000-cover-letter.patch:Test-with: $igt_id"; done) <(grep -r '^Test-with:' "$tmp"/out/*/ | sort) || :
)"
is_empty "the cover letter of part 2 names part 1 and the patch for mm, and where they are" "$(
	diff - <(sed -n '/^Prerequisites:$/,/^$/p' "$tmp/out/kernel-2-v1/0000-cover-letter.patch") <<-EOF || :
		Prerequisites:
		  $(subject "$tmp/out/kernel-1-v1/0000-cover-letter.patch")
		  https://lore.kernel.org/r/$(id_of "$tmp/out/kernel-1-v1.mbox")
		  $(subject "$tmp/out/mm-v1.mbox")
		  https://lore.kernel.org/r/$(id_of "$tmp/out/mm-v1.mbox")

	EOF
)"

# mbox ARGUMENT...: runs mbox.sh of a copy of this checkout, which is changed below.
mkdir "$tmp/home" "$tmp/am"
checkout "$tmp/copy" "$tmp/ready"
mbox() { "$tmp/copy/scripts/series/mbox.sh" "$@"; }
try "mbox.sh without a sign-off" env -u SIGNOFF "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/unsigned"
is_empty "the first mail of each thread says that it is not signed off, and no mail that is" "$(
	grep -rl '^Not signed off: ' "$tmp/out" || :
	for f in "${names[@]}"; do [[ $(awk '/^From 0000/ { n++ } n == 1' "$tmp/unsigned/$f-v1.mbox") == *$'\nNot signed off: '* ]] || echo "$f does not"; done
)"

# One part now, the other later.
is_empty "PART=1 is IGT and part 1, as with all" "$(
	PART=1 mbox -o "$tmp/part-1" >/dev/null
	diff -rq "$tmp/part-1" "$tmp/out" | grep -vE "^Only in $tmp/out: (kernel-2|mm)-v1" || :
)"
is_empty "PART=2 is the patch for mm and part 2, as with all, if it is told what was sent" "$(
	PART=2 mbox -o "$tmp/part-2" -p "$tmp/part-1" >/dev/null
	diff -rq "$tmp/part-2" "$tmp/out" | grep -vE "^Only in $tmp/out: (kernel-1|igt)-v1" || :
)"
# Without checkpatch and get_maintainer.pl, which take the longest and have passed above.
mkdir "$tmp/no-checkpatch"
printf '#!/bin/bash\n[[ " $* " != *" scripts/checkpatch.pl "* ]] || exit 0\nexec %s "$@"\n' "$(command -v perl)" >"$tmp/no-checkpatch/perl"
chmod +x "$tmp/no-checkpatch/perl"
checkout "$tmp/quick" "$tmp/ready"
printf '#!/bin/bash\ncat "%s/patches/${3:+mm/}recipients"\n' "$ROOT" >"$tmp/quick/scripts/series/recipients.sh"
is_empty "send.sh is not ready if part 2 does not say where part 1 is" "$(
	! PATH=$tmp/no-checkpatch:$PATH PART=2 "$tmp/quick/scripts/series/send.sh" -o "$tmp/lost" >"$tmp/log" 2>&1 || echo "it is"
	[[ $(grep '^NOT READY' "$tmp/log") == "NOT READY  its cover letter says where part 1 and the patch for mm are" ]] || cat "$tmp/log"
)"

checkout "$tmp/no-address" "$tmp/quick"
sed -i '0,/^$/s//\n(address of the repository)\n/' "$tmp/no-address/patches/0000-cover-letter-1.patch"
is_empty "send.sh is not ready if part 1 does not say where the repository is" "$(
	! PATH=$tmp/no-checkpatch:$PATH PART=1 "$tmp/no-address/scripts/series/send.sh" -o "$tmp/lost-1" >"$tmp/log" 2>&1 || echo "it is"
	[[ $(grep '^NOT READY' "$tmp/log") == "NOT READY  its cover letter has the address of the repository" ]] || cat "$tmp/log"
)"

is_empty "IGT's cover letter names the kernel series" "$(
	title=$(subject "$ROOT/patches/0000-cover-letter-1.patch")
	tr -s ' \n' ' ' <"$tmp/out/igt-v1/0000-cover-letter.patch" | grep -qF "$title" || echo "not in it: $title"
)"

# b4 accepts them: send.sh has checked 'am'; check 'shazam' here.
on_base() { scratch_repo "$repo" "$1" && sparse_checkout "$1" "$base" "${patches[@]}"; }
on_base "$tmp/r"
# shazam NAME TOTAL TREE: applies the thread on top of the present HEAD.
shazam() {
	(cd "$tmp/r" && offline_b4 "$tmp/home" shazam -C -m "$tmp/out/$1-v1.mbox" 2>&1) || return 1
	[[ $(git -C "$tmp/r" rev-list --count "$base..HEAD") == "$2" ]] || { echo "not $2 commits"; return 1; }
	[[ $(git -C "$tmp/r" rev-parse 'HEAD^{tree}') == "$3" ]] || { echo "another tree"; return 1; }
}
try "b4 shazam of part 1 gives its tree" shazam kernel-1 "$n1" "$(git -C "$repo" rev-parse "$middle^{tree}")"
is_empty "part 2 is on the base and on the patches of part 1" "$(
	diff <(echo "base-commit: $base"; git -C "$tmp/r" log -p --reverse "$base.." | git patch-id --stable | sed 's/^/prerequisite-patch-id: /; s/ [^ ]*$//') \
		<(sed -n '/^base-commit:/,/^$/{/./p}' "$tmp/out/kernel-2-v1/0000-cover-letter.patch") || :
)"
try "b4 shazam of part 2 on top gives the tree that was tested" shazam kernel-2 "$total" "$tree"
# am MBOX TOTAL NAME: writes $tmp/am/NAME.mbx; b4 reports missing mails only in its output.
am() {
	local said
	said=$(cd "$tmp" && offline_b4 "$tmp/home" am -C -m "$1" -o "$tmp/am" -n "$3" 2>&1) || { echo "$said"; return 1; }
	echo "$said"
	grep -qx "Total patches: $2" <<<"$said" && ! grep -qE '^ *ERROR|incomplete' <<<"$said"
}
# mails MBOX NAME: extracts message and diff of each mail. cores NAME: prints them without sign-off.
mails() { mkdir "$tmp/$2" && git mailsplit -o"$tmp/$2" -- "$1" >/dev/null && for f in "$tmp/$2"/*; do git mailinfo "$f.msg" "$f.diff" <"$f" >/dev/null; done; }
try "b4 am finds IGT's thread complete" am "$tmp/out/igt-v1.mbox" "${#igt_patches[@]}" igt
mails "$tmp/am/igt.mbx" taken
cat "${igt_patches[@]}" >"$tmp/igt-patches"
mails "$tmp/igt-patches" given
cores() { cat "$tmp/$1"/*.msg "$tmp/$1"/*.diff | sed -e '/^Signed-off-by: A Tester/d' -e '/^$/d'; }
is_empty "and what it takes are IGT's patches" "$(diff <(cores given) <(cores taken) | head || :)"
awk '/^From 0000/ { n++ } n != 3' "$tmp/out/igt-v1.mbox" >"$tmp/hole.mbox"
if am "$tmp/hole.mbox" "${#igt_patches[@]}" hole >"$tmp/log"; then not_ok "a thread with a hole is not complete"; diag <"$tmp/log"; else ok "a thread with a hole is not complete"; fi

# The same bytes from another checkout, elsewhere, in another language and time zone.
(cd / && umask 077 && CACHE=$CACHE LC_ALL=C TZ=Asia/Tokyo HOME=$tmp/home "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out2" >/dev/null 2>"$tmp/err") || diag <"$tmp/err"
is_empty "the same input gives the same bytes" "$(diff -rq "$tmp/out" "$tmp/out2" || :)"

# The next version, from a copy in which an identifier in both parts is renamed: the former part 2
# does not apply to the present part 1. The message of the patch for mm has one more line.
sed -i -E '/^[-+ @].*\bcancel_userptr\b/s//&_now/' "$tmp"/copy/patches/0*.patch
sed -i '0,/^$/s//\nA line more./' "$tmp"/copy/patches/mm/0*.patch
changed=()
for f in "${patches[@]}"; do if cmp -s "$f" "$tmp/copy/patches/${f##*/}"; then changed+=("="); else changed+=("!"); fi; done
[[ " ${changed[*]:0:n1}" == *" !"* && " ${changed[*]:n1}" == *" !"* ]] || bail "a part of the copy was not changed"
next() { CACHE=$CACHE mbox -o "$tmp/out3" -p "$tmp/out" kernel-1 mm kernel-2 >/dev/null 2>"$tmp/err" || { cat "$tmp/err"; return 1; }; }
try "the next version" next
for f in kernel-1 mm kernel-2; do
	thread "$f, v2" "$tmp/out3/$f-v2.mbox" "PATCH v2" "${patches_in[$f]}" "${recipients[$f]}" "<$(id_of "$tmp/out/$f-v1.mbox")>"
	case $f in
	kernel-1) wanted=("${changed[@]:0:n1}") ;;
	mm) wanted=("!") ;;
	kernel-2) wanted=("${changed[@]:n1}") ;;
	esac
	is_empty "the first mail of $f, v2, has the range-diff: what was changed, and no more" "$(
		diff <(printf '%s\n' "${wanted[@]}" | awk '{ print NR, $0, NR }') \
			<(awk '/^From 0000/ { n++ } n == 1' "$tmp/out3/$f-v2.mbox" | sed -n '/^Range-diff against v1:$/,/^$/p' |
				sed -nE 's/^ *([0-9]+): +[0-9a-f]+ ([=!<>]) +([0-9]+): .*/\1 \2 \3/p') || :
	)"
done
is_empty "the range-diff of the patch for mm is not in its message" "$(
	git mailinfo "$tmp/msg" "$tmp/diff" <"$tmp/out3/mm-v2.mbox" >/dev/null
	grep -n 'Range-diff' "$tmp/msg" || :
	grep -q '^A line more' "$tmp/msg" || echo "it is not the message"
)"
# newer NAME: checks that b4 takes the new one of both versions.
newer() {
	cat "$tmp/out/$1-v1.mbox" "$tmp/out3/$1-v2.mbox" >"$tmp/both.mbox"
	am "$tmp/both.mbox" "${patches_in[$1]/#0/1}" both || return 1
	[[ $(grep -c "^Message-I[dD]: .*userptr-$1-v2-" "$tmp/am/both.mbx") == "${patches_in[$1]/#0/1}" ]] && ! grep -e "userptr-$1-v1-.*@" "$tmp/am/both.mbx"
}
for f in kernel-1 mm kernel-2; do try "of both versions of $f b4 takes the new one" newer "$f"; done

# Signed with a new key, and sent with the printed commands to a program that keeps the mails.
address=${SIGNOFF##*<} address=${address%>}
git config -f "$tmp/home/.gitconfig" user.email "$address"
patatt_here() { env HOME="$tmp/home" GIT_CONFIG_GLOBAL="$tmp/home/.gitconfig" XDG_DATA_HOME="$tmp/home/.local/share" patatt "$@" 2>&1; }
patatt_here genkey -n test >"$tmp/log" || diag <"$tmp/log"
while read -r key value; do git config -f "$tmp/home/.gitconfig" "$key" "$value"; done <<EOF
patatt.signingkey ed25519:test
patatt.selector test
b4.keyringsrc $tmp/home/.local/share/patatt/public
b4.attestation-policy hardfail
EOF
try "patatt signs the mails" patatt_here sign "$tmp"/out/{kernel-1,mm,kernel-2}-v1/*.patch
# attested NAME MBOX: checks that b4 confirms the signature of each patch.
attested() {
	local n=${patches_in[$1]/#0/1}
	am "$2" "$n" signed >"$tmp/log" || { cat "$tmp/log"; return 1; }
	[[ $(grep -c '✓.* \[PATCH[] ]' "$tmp/log") == "$n" ]] || { cat "$tmp/log"; return 1; }
}
for f in kernel-1 mm kernel-2; do
	cat "$tmp/out/$f"-v1/*.patch >"$tmp/signed-$f.mbox"
	try "b4 am takes every patch of $f as attested" attested "$f" "$tmp/signed-$f.mbox"
done
sed '0,/^+.*;$/s//&;/' "$tmp/signed-kernel-1.mbox" >"$tmp/forged.mbox"
if attested kernel-1 "$tmp/forged.mbox" >/dev/null; then not_ok "b4 am refuses what was changed after it was signed"; else is_empty "b4 am refuses what was changed after it was signed" "$(grep -q BADSIG "$tmp/log" || cat "$tmp/log")"; fi

if [[ -x $(git --exec-path)/git-send-email ]]; then
	cat >"$tmp/keep" <<-EOF
		#!/bin/bash
		# Keeps a mail and its recipients.
		n=\$(printf %03d \$(ls "$tmp/sent" | wc -l))
		{ echo "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001"; cat; echo; } >"$tmp/sent/\$n"
		printf '%s\n' "\$@" >>"$tmp/envelope"
	EOF
	chmod +x "$tmp/keep"
	git config -f "$tmp/home/.gitconfig" sendemail.from "$SIGNOFF"
	git config -f "$tmp/home/.gitconfig" sendemail.sendmailCmd "$tmp/keep"
	for f in kernel-1 mm kernel-2; do
		rm -rf "$tmp/sent" "$tmp/envelope"
		mkdir "$tmp/sent"
		command=$(grep "^    git send-email .*$f-v1/" "$tmp/said")
		(export HOME=$tmp/home GIT_CONFIG_GLOBAL=$tmp/home/.gitconfig && eval "${command/ --confirm=always / --confirm=never }") >"$tmp/log" 2>&1 </dev/null ||
			diag <"$tmp/log"
		cat "$tmp"/sent/* >"$tmp/sent.mbox" || :
		sed -i -E 's/^Message-ID: /Message-Id: /' "$tmp/sent.mbox"
		thread "$f as git send-email sends it" "$tmp/sent.mbox" PATCH "${patches_in[$f]}" "${recipients[$f]}"
		try "and b4 am takes it as attested" attested "$f" "$tmp/sent.mbox"
		is_empty "it goes to the recipients, and to nobody else" "$(
			diff <(sed -nE 's/^(To|Cc): (.*<)?([^<>]*)>?$/\3/p' "${recipients[$f]}" | sort) <(grep '@' "$tmp/envelope" | grep -vF "$address" | sort -u) || :
		)"
	done
else
	ok "as git send-email sends it # SKIP git-email is not installed"
fi

# The snippet, checked with the kernel's own tools.
snippet=$ROOT/MAINTAINERS-snippet
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k" || bail "no tree for get_maintainer.pl"
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" -n "$tmp/k-without" || bail "no tree for get_maintainer.pl"
for f in "$tmp/k" "$tmp/k-without"; do git -C "$repo" archive "$tip" -- drivers/gpu/drm/i915/gem | tar -x -C "$f"; done
git init -q "$tmp/k" && git -C "$tmp/k" add -f MAINTAINERS drivers
first=$(grep -nxF "$(head -1 "$snippet")" "$tmp/k/MAINTAINERS" | cut -d: -f1)
# Only lines of the snippet: files of other sections are missing in this tree.
is_empty "get_maintainer.pl --self-test has nothing to say of MAINTAINERS-snippet" "$(
	cd "$tmp/k" && perl scripts/get_maintainer.pl --self-test=sections,patterns 2>&1 | awk -F: -v first="${first:-0}" -v n="$(wc -l <"$snippet")" '
		/^[^ ]*MAINTAINERS:[0-9]+: / { tested = 1; if ($2 >= first && $2 < first + n) print; next }
		END { if (!tested || !first) print "it was not tested" }'
)"
sorted() { (cd "$1" && perl scripts/parse-maintainers.pl --order --output="$tmp/$2" && rm -f SECTION.new); }
is_empty "parse-maintainers.pl leaves MAINTAINERS-snippet as it is, at its place" "$(
	sorted "$tmp/k" ordered && sorted "$tmp/k-without" ordered-without
	diff <(cat "$snippet"; echo) <(diff "$tmp/ordered-without" "$tmp/ordered" | sed -n 's/^[<>] //p; s/^[<>]$//p') || :
	diff "$tmp/k-without/MAINTAINERS" "$tmp/k/MAINTAINERS" | grep '^<' || :
)"
maintainers() { (cd "$1" && perl scripts/get_maintainer.pl --nogit --nogit-fallback --nogit-chief-penguins -f "$2"); }
git -C "$repo" ls-tree -r --name-only "$tip" drivers/gpu/drm/i915/gem | grep -E "^($(sed -n 's/^F:\t//p' "$snippet" | sed 's/\./\\./g; s/\*/[^\/]*/g' | paste -sd'|'))$" >"$tmp/files" || :
is_empty "get_maintainer.pl has what it names for each of $(wc -l <"$tmp/files") files, and only with it" "$(
	[[ $(wc -l <"$tmp/files") -ge 3 ]] || echo "it names only $(cat "$tmp/files")"
	while read -r f; do
		maintainers "$tmp/k" "$f" >"$tmp/with"
		maintainers "$tmp/k-without" "$f" >"$tmp/without"
		grep -qF intel-gfx@ "$tmp/without" || echo "$f: nobody without the snippet"
		sed -nE 's/^[MLR]:\t//p' "$snippet" | while read -r who; do grep -qF "$who" "$tmp/with" || echo "$f: not $who"; done
		! grep -F linux-mm@ "$tmp/without" || echo "$f: linux-mm without the snippet, too"
		grep -qF '(open list:INTEL DRM I915' "$tmp/with" || echo "$f: nobody by the section's name"
	done <"$tmp/files"
)"

# refused PATTERN COMMAND...: checks that COMMAND fails with one line that matches PATTERN, and no
# other output (except that it waited for the test that runs at the same time).
refused() {
	local pattern=$1 rc=0
	shift
	"$@" >"$tmp/o" 2>"$tmp/all" </dev/null || rc=$?
	sed '/^waiting for another run that uses /d' "$tmp/all" >"$tmp/e"
	is_empty "wrong input: $pattern" "$(
		if ((!rc)) || [[ -s $tmp/o || $(wc -l <"$tmp/e") != 1 ]] || ! grep -E "^(usage: )?scripts/series/[a-z-]+\.sh:? " "$tmp/e" | grep -qE "$pattern"; then
			echo "exit $rc, it said:"
			cat "$tmp/o" "$tmp/e"
		fi
	)"
}
mbox() { "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out4" "$@"; }
refused "^usage: scripts/series/mbox.sh \[-o DIR\] .*\[igt\|kernel-1\|mm\|kernel-2 ...\]$" mbox xe
refused "there is no part '3': give PART=1, 2 or all" env PART=3 "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out4"
refused "SIGNOFF=me is no 'Name <address>'" env SIGNOFF=me "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out4" igt
refused "there is no $tmp/nothing: give the mbox" mbox -p "$tmp/nothing" igt
refused "does not begin with the cover letter" mbox -p "${igt_patches[0]}" igt
refused "does not begin with the cover letter" mbox -p "$tmp/out/kernel-1-v1.mbox" igt
refused "does not begin with \[PATCH\]" mbox -p "$tmp/out/kernel-1-v1.mbox" mm
sed 's/^\(Subject: \[PATCH i-g-t\) /\1 v2 /' "$tmp/out/igt-v1.mbox" >"$tmp/igt-v2.mbox"
refused "is v2 but replies to nothing" mbox -p "$tmp/igt-v2.mbox" igt
refused "give IGT=path" mbox -p "$tmp/out" igt
refused "is where the new mails go" "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out" -p "$tmp/out" igt
printf 'From here on\n' >>"$tmp/copy/igt-tests/${igt_patches[0]##*/}"
refused "begins with 'From '" mbox igt
rm "$tmp/copy/igt-tests/recipients"
refused "recipients is missing" mbox igt
sed -i '0,/^From: /s//From me\n&/' "$tmp"/copy/patches/mm/0*.patch
refused "begins with 'From '" mbox mm
cp "$ROOT"/patches/mm/0*.patch "$tmp/copy/patches/mm/0002-again.patch"
refused "more than one patch, and no cover letter" mbox mm
sed -i '$d' "$tmp/copy/series"
refused "the cover letters are of $n1 and $n2 patches, series lists $((total - 1)): 'make reroll'" mbox kernel-1
refused "^usage: scripts/series/send.sh \[-o DIR\] \[igt\|kernel-1\|mm\|kernel-2 ...\]$" "$ROOT/scripts/series/send.sh" -x
refused "^usage: scripts/series/recipients.sh \[-b REPO\] \[-w\] \[mm\]$" "$ROOT/scripts/series/recipients.sh" -x
refused "^usage: scripts/series/recipients.sh \[-b REPO\] \[-w\] \[mm\]$" "$ROOT/scripts/series/recipients.sh" kernel
refused "^usage: scripts/series/maintainers-tree.sh \[-b REPO\] \[-n\] DIR$" "$ROOT/scripts/series/maintainers-tree.sh"
echo "!" >"$tmp/no-title"
refused "there is no place in MAINTAINERS" env SNIPPET="$tmp/no-title" "$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k4"
done_testing
