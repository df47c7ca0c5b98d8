#!/bin/bash
# Draws the diagrams in Documentation/*.md (Mermaid, which the forge shows by itself) as pictures,
# for readers outside the forge.
# Usage: diagrams.sh
#   A diagram is a block ```mermaid with a line <!-- diagram: NAME --> above it.
# In:  CHROMIUM=binary (default: chromium); npm, which downloads Mermaid's command line into the
#      cache at the first use.
# Out: Documentation/pictures/NAME.svg and NAME.png
. "$(dirname "$0")/lib.bash"
need_tool perl
chromium=$(command -v "${CHROMIUM:-chromium}") || die "no ${CHROMIUM:-chromium}: install it (Debian: chromium), or give CHROMIUM=binary"
command -v npm >/dev/null || die "no npm: install it (Debian: npm)"

mermaid=$CACHE/mermaid
if [[ ! -x $mermaid/node_modules/.bin/mmdc ]]; then
	say "getting Mermaid's command line ..."
	mkdir -p "$mermaid"
	# It has no need of a browser of its own.
	PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --prefix "$mermaid" @mermaid-js/mermaid-cli >&2 || die "npm install failed, see above"
fi

make_tmp
printf '{ "executablePath": "%s", "args": ["--no-sandbox", "--disable-gpu"] }\n' "$chromium" >"$tmp/browser.json"
# Readable when printed in grey.
echo '{ "theme": "neutral" }' >"$tmp/mermaid.json"
TMP_DIR=$tmp perl -ne '
	$name = $1 if /^<!-- diagram: ([a-z0-9-]+) -->/;
	if (/^```mermaid/) { die "$ARGV:$.: a diagram with no <!-- diagram: NAME -->\n" if !$name; open($out, ">", "$ENV{TMP_DIR}/$name.mmd") or die; next }
	if (/^```/ && $out) { close($out); undef $out; undef $name }
	print $out $_ if $out' "$ROOT"/Documentation/*.md
for f in "$tmp"/*.mmd; do
	[[ -f $f ]] || die "there is no diagram in $ROOT/Documentation"
	name=${f##*/} name=${name%.mmd}
	for type in svg png; do
		say "Documentation/pictures/$name.$type"
		"$mermaid/node_modules/.bin/mmdc" -q -p "$tmp/browser.json" -c "$tmp/mermaid.json" -b white -s 2 -i "$f" -o "$ROOT/Documentation/pictures/$name.$type" >&2 ||
			die "Mermaid does not take the diagram $name"
	done
done
