#!/bin/bash
# The mails: both series are threads that b4 takes whole, signed or not, the same bytes each time; the next version; who gets them; MAINTAINERS-snippet;
# send.sh sends nothing, and the commands that it prints send just these mails (to a program that keeps them).
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
export SIGNOFF='A Tester <tester@example.org>'
unset PREVIOUS IGT
touch "$tmp/traces"

# Whoever would send leaves a trace.
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

send() { PATH=$tmp/bin:$PATH "${no_network[@]}" "$ROOT/scripts/series/send.sh" -o "$tmp/out" >"$tmp/said" 2>"$tmp/err" || { cat "$tmp/said" "$tmp/err"; return 1; }; }
try "send.sh finds all ready${no_network:+, without a network}" send
[[ -s $tmp/out/kernel-v1.mbox && -s $tmp/out/igt-v1.mbox ]] || bail "there are no mails"
ready() { is_empty "send.sh: $1" "$(grep -q "^ready .*$1" "$tmp/said" || cat "$tmp/said")"; }
ready "git am on the base gives the tree that was tested"
[[ -n ${KERNEL:-} ]] || ready "recipients are what get_maintainer.pl says"
ready "every patch is signed off"
is_empty "send.sh sends nothing" "$(cat "$tmp/traces")"
wanted=$(printf '    git send-email --no-thread --suppress-cc=author --suppress-cc=self --suppress-cc=body --confirm=always %s/*.patch\n' "$tmp/out/igt-v1" "$tmp/out/kernel-v1")
is_empty "send.sh ends with the exact commands" "$(diff <(echo "$wanted") <(tail -2 "$tmp/said") || :)"
is_empty "send.sh names each recipient of the kernel series" "$(
	sed -n 's/.*[ <]\([^ <>]*@[^ <>]*\).*/\1/p' "$ROOT/patches/recipients" | while read -r f; do grep -qF "$f" "$tmp/said" || echo "$f"; done
)"

# thread WHAT MBOX PREFIX TOTAL RECIPIENTS [PARENT]: a point for each kind of complaint.
thread() {
	local what=$1 kind
	shift
	"$ROOT/tests/lib/thread.pl" "${@:1:4}" "$SIGNOFF" "${@:5}" >"$tmp/complaints" || echo "numbering: it was not read" >>"$tmp/complaints"
	for kind in numbering threading recipients sign-off; do is_empty "$what: $kind" "$(grep "^$kind: " "$tmp/complaints" || :)"; done
}
mapfile -t igt_patches < <(patches_of "$ROOT/igt-tests")
thread "kernel" "$tmp/out/kernel-v1.mbox" PATCH "$total" "$ROOT/patches/recipients"
thread "igt" "$tmp/out/igt-v1.mbox" "PATCH i-g-t" "${#igt_patches[@]}" "$ROOT/igt-tests/recipients"

id_of() { sed -n '/^Message-Id: /{s///p;q}' "$1"; }
igt_id=$(id_of "$tmp/out/igt-v1.mbox")
is_empty "the kernel's cover letter has Test-with: of that of IGT" "$(
	[[ $(grep -r '^Test-with:' "$tmp/out"/kernel-v1) == "$tmp/out/kernel-v1/0000-cover-letter.patch:Test-with: ${igt_id//[<>]/}" ]] ||
		grep -r '^Test-with:' "$tmp/out" || echo "none"
)"
is_empty "the cover letter says that the patches bear no sign-off, and no longer once they do" "$(
	grep -q '^The patches bear no Signed-off-by' "$ROOT/patches/0000-cover-letter.patch" || echo "the letter does not say so"
	! grep 'bear no Signed-off-by' "$tmp/out/kernel-v1/0000-cover-letter.patch" || :
)"
is_empty "IGT's cover letter names the kernel series" "$(
	title=$(head -1 "$ROOT/patches/cover-letter.txt")
	tr -s ' \n' ' ' <"$tmp/out/igt-v1/0000-cover-letter.patch" | grep -qF "$title" || echo "not in it: $title"
)"

# What b4 takes: am has been checked by send.sh, shazam here.
on_base() { scratch_repo "$repo" "$1" && sparse_checkout "$1" "$base" "${patches[@]}"; }
mkdir "$tmp/home" "$tmp/am"
on_base "$tmp/r"
shazam() {
	(cd "$tmp/r" && offline_b4 "$tmp/home" shazam -C -m "$tmp/out/kernel-v1.mbox" 2>&1) || return 1
	[[ $(git -C "$tmp/r" rev-list --count "$base..HEAD") == "$total" ]] || { echo "not $total commits"; return 1; }
	[[ $(git -C "$tmp/r" rev-parse 'HEAD^{tree}') == "$tree" ]] || { echo "another tree"; return 1; }
}
try "b4 shazam gives the tree that was tested" shazam
# am MBOX TOTAL NAME: into $tmp/am/NAME.mbx; b4 says what is missing, but its exit status does not.
am() {
	local said
	said=$(cd "$tmp" && offline_b4 "$tmp/home" am -C -m "$1" -o "$tmp/am" -n "$3" 2>&1) || { echo "$said"; return 1; }
	echo "$said"
	grep -qx "Total patches: $2" <<<"$said" && ! grep -qE '^ *ERROR|incomplete' <<<"$said"
}
# The cores of the mails: message and diff, without the sign-off.
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
mkdir "$tmp/copy"
(cd "$ROOT" && cp -r scripts testbed patches series igt-tests MAINTAINERS-snippet "$tmp/copy/")
(cd / && umask 077 && CACHE=$CACHE LC_ALL=C TZ=Asia/Tokyo HOME=$tmp/home "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out2" igt kernel >/dev/null 2>"$tmp/err") || diag <"$tmp/err"
is_empty "the same input gives the same bytes" "$(diff -rq "$tmp/out" "$tmp/out2" || :)"

# The next version, of a copy in which one line of the last patch is another.
last=$tmp/copy/patches/${patches[-1]##*/}
perl -0pi -e 's/(\n\+[^+\n]*[a-z]{3})([^\n]*\n)/$1x$2/' "$last"
cmp -s "$last" "${patches[-1]}" && bail "the copy of ${patches[-1]} was not changed"
next() { CACHE=$CACHE "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out3" -p "$tmp/out" kernel >/dev/null 2>"$tmp/err" || { cat "$tmp/err"; return 1; }; }
try "the next version" next
v1=$(id_of "$tmp/out/kernel-v1.mbox")
thread "kernel, v2" "$tmp/out3/kernel-v2.mbox" "PATCH v2" "$total" "$ROOT/patches/recipients" "$v1"
is_empty "the cover letter of v2 has the range-diff: the last patch has changed, no other" "$(
	diff <(seq -f '%g =' $((total - 1)); echo "$total !") \
		<(sed -n '/^Range-diff against v1:$/,/^base-commit:/p' "$tmp/out3/kernel-v2/0000-cover-letter.patch" |
			sed -nE 's/^ *([0-9]+): +[0-9a-f]+ ([=!<>]) +([0-9]+): .*/\1 \2/p') || :
)"
cat "$tmp/out/kernel-v1.mbox" "$tmp/out3/kernel-v2.mbox" >"$tmp/both.mbox"
newer() {
	am "$tmp/both.mbox" "$total" both && grep -qF "$(id_of "$tmp/out3/kernel-v2/${last##*/}")" "$tmp/am/both.mbx" &&
		! grep -qF "$(id_of "$tmp/out/kernel-v1/${last##*/}")" "$tmp/am/both.mbx"
}
try "of both versions b4 takes the new one" newer

# Signed with a key that is made for it, and sent with the very commands to a program that keeps the mails.
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
try "patatt signs the mails" patatt_here sign "$tmp"/out/kernel-v1/*.patch
cat "$tmp"/out/kernel-v1/*.patch >"$tmp/signed.mbox"
# attested MBOX: b4 says so of each patch.
attested() { am "$1" "$total" signed >"$tmp/log" || { cat "$tmp/log"; return 1; }; [[ $(grep -c '✓.* \[PATCH ' "$tmp/log") == "$total" ]] || { cat "$tmp/log"; return 1; }; }
try "b4 am takes every patch as attested" attested "$tmp/signed.mbox"
sed '0,/^+.*;$/s//&;/' "$tmp/signed.mbox" >"$tmp/forged.mbox"
if attested "$tmp/forged.mbox" >/dev/null; then not_ok "b4 am refuses what was changed after it was signed"; else is_empty "b4 am refuses what was changed after it was signed" "$(grep -q BADSIG "$tmp/log" || cat "$tmp/log")"; fi

if [[ -x $(git --exec-path)/git-send-email ]]; then
	mkdir "$tmp/sent"
	cat >"$tmp/keep" <<-EOF
		#!/bin/bash
		# Keeps a mail, and those to whom it goes.
		n=\$(printf %03d \$(ls "$tmp/sent" | wc -l))
		{ echo "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001"; cat; echo; } >"$tmp/sent/\$n"
		printf '%s\n' "\$@" >>"$tmp/envelope"
	EOF
	chmod +x "$tmp/keep"
	command=$(grep '^    git send-email .*kernel-v1/' "$tmp/said")
	git config -f "$tmp/home/.gitconfig" sendemail.from "$SIGNOFF"
	git config -f "$tmp/home/.gitconfig" sendemail.sendmailCmd "$tmp/keep"
	(export HOME=$tmp/home GIT_CONFIG_GLOBAL=$tmp/home/.gitconfig && eval "${command/ --confirm=always / --confirm=never }") >"$tmp/log" 2>&1 </dev/null ||
		diag <"$tmp/log"
	cat "$tmp"/sent/* >"$tmp/sent.mbox" || :
	sed -i -E 's/^Message-ID: /Message-Id: /' "$tmp/sent.mbox"
	thread "as git send-email sends it" "$tmp/sent.mbox" PATCH "$total" "$ROOT/patches/recipients"
	try "and b4 am takes it as attested" attested "$tmp/sent.mbox"
	is_empty "it goes to the recipients, and to nobody else" "$(
		diff <(sed -nE 's/^(To|Cc): (.*<)?([^<>]*)>?$/\3/p' "$ROOT/patches/recipients" | sort) <(grep '@' "$tmp/envelope" | grep -vF "$address" | sort -u) || :
	)"
else
	ok "as git send-email sends it # SKIP git-email is not installed"
fi

# The snippet, in the kernel's own tools.
snippet=$ROOT/MAINTAINERS-snippet
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k" || bail "no tree for get_maintainer.pl"
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" -n "$tmp/k-without" || bail "no tree for get_maintainer.pl"
for f in "$tmp/k" "$tmp/k-without"; do git -C "$repo" archive "$tip" -- drivers/gpu/drm/i915/gem | tar -x -C "$f"; done
git init -q "$tmp/k" && git -C "$tmp/k" add -f MAINTAINERS drivers
first=$(grep -nxF "$(head -1 "$snippet")" "$tmp/k/MAINTAINERS" | cut -d: -f1)
# The files that are not there are those of others.
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

# One line that says what is wrong, and nothing else (but that it waited for the test that runs beside this one).
# refused PATTERN COMMAND...
refused() {
	local pattern=$1 rc=0
	shift
	"$@" >"$tmp/o" 2>"$tmp/all" </dev/null || rc=$?
	sed '/: waiting for another run that uses /d' "$tmp/all" >"$tmp/e"
	is_empty "wrong input: $pattern" "$(
		if ((!rc)) || [[ -s $tmp/o || $(wc -l <"$tmp/e") != 1 ]] || ! grep -E "^(usage: )?scripts/series/[a-z-]+\.sh:? " "$tmp/e" | grep -qE "$pattern"; then
			echo "exit $rc, it said:"
			cat "$tmp/o" "$tmp/e"
		fi
	)"
}
mbox() { "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out4" "$@"; }
refused "^usage: scripts/series/mbox.sh \[-o DIR\] .*\[kernel\|igt ...\]$" mbox xe
refused "SIGNOFF=me is no 'Name <address>'" env SIGNOFF=me "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out4" igt
refused "there is no $tmp/nothing: give the mbox" mbox -p "$tmp/nothing" igt
refused "does not begin with the cover letter" mbox -p "${igt_patches[0]}" igt
refused "does not begin with the cover letter" mbox -p "$tmp/out/kernel-v1.mbox" igt
sed 's/^\(Subject: \[PATCH i-g-t\) /\1 v2 /' "$tmp/out/igt-v1.mbox" >"$tmp/igt-v2.mbox"
refused "is v2 but replies to nothing" mbox -p "$tmp/igt-v2.mbox" igt
refused "give IGT=path" mbox -p "$tmp/out" igt
refused "is where the new mails go" "$tmp/copy/scripts/series/mbox.sh" -o "$tmp/out" -p "$tmp/out" igt
printf 'From here on\n' >>"$tmp/copy/igt-tests/${igt_patches[0]##*/}"
refused "begins with 'From '" mbox igt
rm "$tmp/copy/igt-tests/recipients"
refused "recipients is missing" mbox igt
refused "^usage: scripts/series/send.sh \[-o DIR\]$" "$ROOT/scripts/series/send.sh" -x
refused "^usage: scripts/series/recipients.sh \[-b REPO\] \[-w\]$" "$ROOT/scripts/series/recipients.sh" -x
refused "^usage: scripts/series/maintainers-tree.sh \[-b REPO\] \[-n\] DIR$" "$ROOT/scripts/series/maintainers-tree.sh"
echo "!" >"$tmp/no-title"
refused "there is no place in MAINTAINERS" env SNIPPET="$tmp/no-title" "$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k4"
done_testing
