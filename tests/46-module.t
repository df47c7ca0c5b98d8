#!/bin/bash
# Debian's kernel with an i915 built for it, by make demo, by make module and by the DKMS package.
# Errors end with one clear line, and nothing half-made counts as finished. The package builds and
# is installed in a separate directory, its module drives the emulated GPU, and its removal leaves
# nothing. FULL=1: also the package on Debian's 6.12 (280 MB to download).
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/testbed/kernel/kmod.bash"
need_tool git ccache modinfo depmod

unset KERNEL BACKPORT SOURCE KERNEL_HEADERS MODULES CONFIG
dir=$("$ROOT/testbed/kernel/debian.sh") || bail "no kernel of Debian's"
stock=$("$ROOT/testbed/kernel/module.sh" stock) || bail "no stock i915"
ko=$("$ROOT/testbed/kernel/module.sh" patched) || bail "no patched i915"
release=$(<"$dir/release")
# As a regular expression.
rel=${release/+/\\+}
read -r package version <"$dir/package"
make_tmp
apt_without_pauses

# says NAME PATTERN COMMAND...: checks that COMMAND fails, that its last line matches PATTERN
# entirely, and that no other line reports an error.
says() {
	local name=$1 pattern=$2 rc=0 said
	shift 2
	"$@" >"$tmp/said" 2>&1 </dev/null || rc=$?
	said=$(tail -n1 "$tmp/said")
	if ((rc)) && [[ $said =~ ^($pattern)$ ]]; then ok "$name"; else not_ok "$name (exit status $rc)"; diag <"$tmp/said"; fi
}

#
# The two modules.
#
if [[ $(modinfo -F vermagic "$ko") == "$(modinfo -F vermagic "$stock")" ]]; then ok "stock and patched i915 have one vermagic"; else not_ok "stock and patched i915 have one vermagic"; fi
is_empty "the patched one needs what the kernel has" \
	"$(nm -u "$ko" | awk 'NR == FNR { there[$2]; next } !($2 in there) { print $2 }' "$dir/headers/Module.symvers" -)"
is_empty "it has no debug information" "$(readelf -WS "$ko" | grep -E ' \.(debug|BTF )' || :)"

#
# Missing or wrong input. with_cache NAME...: a cache with only these parts of this machine's.
#
with_cache() {
	rm -rf "$tmp/cache"
	mkdir -p "$tmp/cache"
	local d
	for d; do [[ ! -e $CACHE/$d ]] || ln -s "$CACHE/$d" "$tmp/cache/$d"; done
}
half_made() { find "$tmp/cache"/{debian,driver,module}/ -mindepth 1 2>/dev/null || :; }
with_cache
says "no network, Debian's kernel" "testbed/kernel/debian.sh: cannot read Debian's package lists: no network\? Or CONFIG=debug .*" \
	env CACHE="$tmp/cache" MIRROR=http://127.0.0.1:9/debian/ "$ROOT/testbed/kernel/debian.sh"
says "no network, make demo" "testbed/.*: cannot read Debian's package lists: no network\? Or .*" \
	env CACHE="$tmp/cache" MIRROR=http://127.0.0.1:9/debian/ QEMU="$("$ROOT/testbed/vm/qemu.sh")" "$ROOT/testbed/workloads/events/demo.sh"
says "no network, the driver's source" "testbed/kernel/source.sh: cannot read Debian's package lists: no network\? Or .*" \
	env CACHE="$tmp/cache" MIRROR=http://127.0.0.1:9/debian/ "$ROOT/testbed/kernel/driver.sh" "$package" "$version"
is_empty "and nothing is left" "$(half_made)"

mkdir "$tmp/bin"
fake() { printf '#!/bin/bash\n%s\n' "$2" >"$tmp/bin/$1"; chmod 755 "$tmp/bin/$1"; }
with_fakes() { env PATH="$tmp/bin:$PATH" CACHE="$tmp/cache" "$@"; }
# With Debian's package lists.
lists='apt-trixie-trixie-backports'
(. "$ROOT/scripts/apt.bash" && apt_open "run it again later" trixie trixie-backports) || bail "no package lists"
with_lists() {
	with_cache "$@"
	cp -r "$CACHE/$lists" "$tmp/cache/"
	touch "$tmp/cache/$lists/stamp"
}
with_lists
fake df 'echo "Filesystem 1024-blocks Used Available"; echo "x 9 9 2000000 99% /"'
says "too little disk" "testbed/kernel/debian.sh: $tmp/cache has 1 GiB free, Debian's kernel needs 3: .*" with_fakes "$ROOT/testbed/kernel/debian.sh"
rm "$tmp/bin/df"

# interrupted NAME WHAT COMMAND...: ends COMMAND with SIGTERM once WHAT, a fake that does not
# return, has started.
interrupted() {
	local name=$1 what=$2 pid rc=0 i
	shift 2
	(exec env PATH="$tmp/bin:$PATH" CACHE="$tmp/cache" "$@") >"$tmp/said" 2>&1 &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		[[ ! -e $tmp/began ]] || break
		sleep 0.1
	done
	[[ -e $tmp/began ]] || { not_ok "$name: $what never began"; diag <"$tmp/said"; }
	kill "$(<"$tmp/began")" "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || rc=$?
	rm -f "$tmp/began"
	if ((rc)); then ok "$name: it fails"; else not_ok "$name: it fails"; fi
}
fake apt-get 'case " $* " in *" install "*) echo part >"$(printf "%s\n" "$@" | sed -n s/^Dir::Cache::archives=//p)/x.deb"; echo $$ >'"$tmp"'/began; exec sleep 60 ;; esac
exec /usr/bin/apt-get "$@"'
interrupted "an interrupted download" apt-get "$ROOT/testbed/kernel/debian.sh"
is_empty "and nothing is left" "$(half_made)"
rm "$tmp/bin/apt-get"

# The same kernel without a module, so that it has to be built.
with_cache driver base
mkdir -p "$tmp/cache/debian/${dir##*/}"
(cd "$dir" && cp -a bin headers bzImage .config release package "$tmp/cache/debian/${dir##*/}/" && ln -s "$dir/root" "$tmp/cache/debian/${dir##*/}/root")
there=$tmp/cache/debian/${dir##*/}
fake make 'mkdir -p '"$there"'/build; echo part >'"$there"'/build/drivers/gpu/drm/i915/i915.ko; echo $$ >'"$tmp"'/began; exec sleep 60'
interrupted "an interrupted build" make "$ROOT/testbed/kernel/module.sh" patched
is_empty "and no module is there" "$(find "$there" -maxdepth 1 -name 'i915-*.ko*')"
fake make 'echo "  CC [M]  x.o"; echo "x.c:1:1: error: that is wrong"; exit 2'
says "a build that fails" "testbed/kernel/module.sh: the build of i915.ko failed: x.c:1:1: error: that is wrong; see .*/build.log. What is built is kept: run it again" \
	with_fakes "$ROOT/testbed/kernel/module.sh" patched
is_empty "and no module is there" "$(find "$there" -maxdepth 1 -name 'i915-*.ko*')"
# shellcheck disable=SC2016 # the fake's variables
made='d=$(printf "%s\n" "$@" | sed -n s/^M=//p); echo "  CC [M]  x.o"; cp '"$ko"' "$d/i915.ko"; '
fake make "$made"

# A mirror with another version than the pinned one, for which a copy of the checkout pins an older
# or a newer version.
mkdir "$tmp/co"
for f in "$ROOT"/*; do [[ ${f##*/} == testbed ]] || ln -s "$f" "$tmp/co/"; done
cp -r "$ROOT/testbed" "$tmp/co/"
with_lists debian
echo "linux-source-7.3 7.3.1-1~bpo13+1 0 0" >"$tmp/co/testbed/kernel/version/7.3"
o=$(CACHE=$tmp/cache "$tmp/co/testbed/kernel/debian.sh" 2>"$tmp/said") || o="failed: $(tail -n1 "$tmp/said")"
if [[ $o == "$tmp/cache/debian/${dir##*/}" ]] && grep -qxF "NOTICE: the mirror no longer has version 7.3.1-1~bpo13+1 of Debian's kernel; it is now $version" "$tmp/said"; then
	ok "a mirror with a newer version: it is taken, and it says so"
else
	not_ok "a mirror with a newer version: it is taken, and it says so: $o"
	diag <"$tmp/said"
fi
echo "linux-source-7.3 7.3.999-1~bpo13+1 0 0" >"$tmp/co/testbed/kernel/version/7.3"
says "a mirror with only older versions" "testbed/kernel/debian.sh: the mirror has neither version 7.3.999-1~bpo13\+1 of Debian's kernel nor a newer one in trixie-backports: .*" \
	env CACHE="$tmp/cache" "$tmp/co/testbed/kernel/debian.sh"

#
# make module.
#
# headers_with SED FILE: sets h to headers with FILE changed; files for which no compiler is run are
# missing.
headers_with() {
	local f
	h=$tmp/headers
	rm -rf "$h"
	mkdir -p "$h/include/config" "$h/include/generated"
	for f in .config Module.symvers include/config/kernel.release include/generated/package.h; do
		ln -s "$(realpath "$dir/headers")/$f" "$h/$f"
	done
	[[ -z ${1:-} ]] || { sed -E "$1" "$h/$2" >"$h/new"; rm "$h/$2"; mv "$h/new" "$h/$2"; }
}
module() { with_fakes PATH="$tmp/bin:$dir/bin:$PATH" KERNEL_HEADERS="$h" MODULES="$dir/root/usr" "$@" "$ROOT/scripts/module.sh"; }
with_cache driver base
m=scripts/module.sh
h=/none says "no headers" "$m: there are no headers of the kernel .* here: apt-get install linux-headers-.*, or KERNEL_HEADERS=dir" module
h=$tmp says "a directory that is none" "$m: $tmp has no include/config/kernel.release, .*: give KERNEL_HEADERS=dir, .*" module
headers_with 's/.*/6.1.0-40-amd64/' include/config/kernel.release
says "a foreign kernel" "$m: no series fits Linux 6.1.0-40-amd64: they are for 6.12 and for 7.2 or later" module
headers_with 's/^CONFIG_DRM_I915=m/CONFIG_DRM_I915=y/' .config
says "i915 built in" "$m: Linux $rel has i915 built in, .*" module
headers_with 's/^# CONFIG_PREEMPT_RT .*/CONFIG_PREEMPT_RT=y/' .config
says "a real-time kernel" "$m: Linux $rel is a real-time kernel, .*" module
headers_with 's/^CONFIG_DRM_I915_USERPTR=y//' .config
says "no userptr" "$m: Linux $rel has no userptr .*" module
headers_with 's/gcc-14 /gcc-99 /' .config
says "another compiler" "$m: Linux $rel was compiled with x86_64-linux-gnu-gcc-99, which is not here: apt-get install gcc-99" module
headers_with 's/ Debian [^"]*//' include/generated/package.h
says "a kernel of unknown source" "$m: Linux $rel is not Debian's, so its source is not known: give SOURCE=path of its kernel tree" module
says "no such source" "testbed/kernel/driver.sh: there is no SOURCE=/none: .*" module SOURCE=/none
says "a source that is none" "testbed/kernel/driver.sh: SOURCE=$tmp/bin is not a kernel tree with i915: .*" module SOURCE="$tmp/bin"
headers_with
fake make "$made sed -i 's/$release/${release/amd64/amd65}/' \$d/i915.ko"
says "headers of another version" "$m: i915.ko is for '.*amd65 .*', but the kernel wants '$rel .*': install the headers of exactly this kernel" module
fake make "$made"
headers_with '/\ti2c_bit_algo\t/d' Module.symvers
says "a symbol that is not there" "$m: i915.ko needs what Linux $rel does not have: i2c_bit_algo" module
headers_with
if module >"$tmp/said" 2>"$tmp/err" && cmp -s "$ko" "$tmp/cache/module/$release/i915.ko" && grep -qF "insmod $tmp/cache/module/$release/i915.ko" "$tmp/said" &&
	grep -qx 'To go back: reboot.' "$tmp/said"; then
	ok "all is well: it says how to try it, and how to go back"
else
	not_ok "all is well: it says how to try it, and how to go back"
	cat "$tmp/said" "$tmp/err" | diag
fi
rm -rf "$tmp/cache" "$tmp/co" "$tmp/headers"

#
# The package.
#
. "$ROOT/scripts/apt.bash"
# dkms of Debian 13; it is not installed.
dkms=$(compgen -G "$CACHE/dkms/dkms_*_all.deb" | head -n1 || :)
if [[ -z $dkms ]]; then
	mkdir -p "$CACHE/dkms"
	(apt_open "have a network for this test" trixie trixie-backports && apt_suites trixie && cd "$tmp" &&
		apt-get "${apt_suites_opts[@]}" -qq download dkms >&2 && mv dkms_*.deb "$CACHE/dkms/") || bail "cannot download dkms"
	dkms=$(compgen -G "$CACHE/dkms/dkms_*_all.deb")
fi
deb=$(VERSION=0 DPKG_DEB_COMPRESSOR_LEVEL=0 "$ROOT/scripts/dkms.sh" 2>"$tmp/said") || { diag <"$tmp/said"; bail "the package cannot be built"; }
ok "the package builds"
dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./postinst >"$tmp/postinst"
if grep -q '/usr/lib/dkms/common.postinst' "$tmp/postinst"; then ok "its maintainer scripts are those of dh_dkms"; else not_ok "its maintainer scripts are those of dh_dkms"; fi

# package DIR: tests the package on the kernel of DIR, in a new directory with always the same name,
# so that ccache's entries apply.
lock dkms-test
package() {
	local dir=$1 release of at modules updates rc r
	release=$(<"$dir/release")
	of="Linux $release:"
	at=$CACHE/dkms/test modules=$at/usr/lib/modules/$release updates=$modules/updates/dkms
	rm -rf "$at"
	mkdir -p "$at"/{bin,boot,var,tmp,usr/sbin,etc/dkms} "$modules/kernel/drivers"
	# Without the modules of other drivers, because depmod reads each.
	cp -al "$dir/root/usr/lib/modules/$release"/modules.* "$modules/"
	cp -al "$dir/root/usr/lib/modules/$release/kernel/drivers/gpu" "$modules/kernel/drivers/"
	ln -s "$dir/headers" "$modules/build"
	dpkg-deb -x "$deb" "$at"
	# dkms itself, with its key and its settings in that directory; the package's script looks
	# for an initramfs there.
	dpkg-deb --fsys-tarfile "$dkms" | tar -xO ./usr/sbin/dkms | sed "s|/var/lib/dkms|$at/var/lib/dkms|g; s|/etc/dkms|$at/etc/dkms|g" >"$at/bin/dkms"
	sed -i "s|/boot/|$at/boot/|" "$at"/usr/src/*/initramfs.sh
	touch "$at/boot/initrd.img-$release"
	# Records which i915 an initramfs made at that moment would have.
	cat >"$at/bin/update-initramfs" <<-EOT
		#!/bin/sh
		echo "\$* \$(modinfo -b '$at/usr' -k '$release' -n i915)" >>$at/initramfs
	EOT
	printf '#!/bin/sh\nexec %s -b %s "$@"\n' "$(PATH=$PATH:/usr/sbin:/sbin command -v depmod)" "$at/usr" >"$at/bin/depmod"
	printf '#!/bin/sh\nexec ccache %s/bin/x86_64-linux-gnu-gcc-14 "$@"\n' "$dir" >"$at/bin/x86_64-linux-gnu-gcc-14"
	chmod 755 "$at"/bin/*
	dkms_() {
		env PATH="$at/bin:$dir/bin:$PATH:/usr/sbin:/sbin" XZ_OPT=-0 CCACHE_DEPEND=1 CCACHE_BASEDIR="$at/var/lib/dkms/i915-userptr-cancel/0/build/7.3" "$at/bin/dkms" "$1" -m i915-userptr-cancel -v 0 "${@:2}" \
			--dkmstree "$at/var/lib/dkms" --sourcetree "$at/usr/src" --installtree "$at/usr/lib/modules" >"$tmp/said" 2>&1 </dev/null
	}
	mkdir -p "$at/var/lib/dkms"
	dkms_ add || { not_ok "$of dkms add"; diag <"$tmp/said"; return; }

	rc=0
	mkdir -p "$at/usr/lib/modules/6.1.0-40-amd64"
	dkms_ build -k 6.1.0-40-amd64 || rc=$?
	if ((rc == 77)) && grep -q 'BUILD_EXCLUSIVE' "$tmp/said" && [[ ! -e $at/var/lib/dkms/i915-userptr-cancel/0/6.1.0-40-amd64 ]]; then
		ok "$of for a wrong kernel dkms says so and builds nothing"
	else
		not_ok "$of for a wrong kernel dkms says so and builds nothing (exit status $rc)"
		diag <"$tmp/said"
	fi

	say "building the package's module for $release"
	if dkms_ build -k "$release"; then ok "$of dkms build"; else not_ok "$of dkms build"; cat "$tmp/said" "$at"/var/lib/dkms/*/0/build/make.log | grep -v '^  CC' | tail -n 20 | diag; return; fi
	if dkms_ install -k "$release"; then ok "$of dkms install"; else not_ok "$of dkms install"; diag <"$tmp/said"; return; fi
	if [[ -s $updates/i915.ko.xz && -s $updates/kvmgt.ko.xz && ! -e $modules/kernel/drivers/gpu/drm/i915/i915.ko.xz ]]; then
		ok "$of i915 and kvmgt are in place of Debian's"
	else
		not_ok "$of i915 and kvmgt are in place of Debian's: $(find "$modules" -name 'i915.ko*' -o -name 'kvmgt.ko*')"
	fi
	if [[ $(cat "$at/initramfs" 2>/dev/null) == "-u -k $release $updates/i915.ko.xz" ]]; then ok "$of the initramfs has this i915"; else not_ok "$of the initramfs has this i915: $(cat "$at/initramfs")"; fi
	if ! command -v openssl >/dev/null; then
		ok "$of it is signed # SKIP no openssl here"
	elif [[ -n $(modinfo -F signer "$updates/i915.ko.xz") && $(modinfo -F signer "$updates/i915.ko.xz") != "$(modinfo -F signer "$dir/i915-stock.ko")" ]]; then
		ok "$of it is signed with the machine's own key"
	else
		not_ok "$of it is signed with the machine's own key"
	fi

	# It drives the emulated GPU.
	xz -dc "$updates/i915.ko.xz" >"$at/i915.ko"
	ln -s "$dir"/{bzImage,.config,release,modules} "$at/"
	"$ROOT/testbed/vm/program.sh" -b "$dir" events "$at/userptr-events"
	relay "$of installed module: " '' < <(GPU=kbl "$ROOT/testbed/vm/guest.sh" -g -k "$at/i915.ko" -u 12288 -l "$CACHE/events/dkms-$release" -t "$ROOT/testbed/workloads/guest-lib.sh" \
		-t "$ROOT/testbed/workloads/events/guest.sh" -t "$at/userptr-events" -- guest.sh tap --expect release --wait 400 munmap dontneed control-none && echo "exit 0" || echo "exit $?")
	if [[ $rc == 0 ]]; then ok "$of i915 unloads, neither the kernel nor the emulated GPU reported an error"; else not_ok "$of exit status $rc of vm/guest.sh"; fi

	: >"$at/initramfs"
	if dkms_ remove -k "$release"; then ok "$of dkms remove"; else not_ok "$of dkms remove"; diag <"$tmp/said"; fi
	r=$modules/kernel/drivers/gpu/drm/i915/i915.ko.xz
	if [[ ! -e $updates ]] && cmp -s <(xz -dc "$r") "$dir/i915-stock.ko"; then ok "$of Debian's i915 is back"; else not_ok "$of Debian's i915 is back"; fi
	if [[ $(<"$at/initramfs") == "-u -k $release $r" ]]; then ok "$of the initramfs has Debian's i915"; else not_ok "$of the initramfs has Debian's i915: $(<"$at/initramfs")"; fi
	rm -rf "$at"
}
package "$dir"
if [[ -n ${FULL:-} ]]; then
	"$ROOT/testbed/kernel/module.sh" -v 6.12 stock >/dev/null && package "$("$ROOT/testbed/kernel/debian.sh" -v 6.12)"
else
	ok "the same on Linux 6.12 # SKIP FULL=1 does it"
fi

#
# A file system with blocks smaller than a page, which the debug kernel lacks.
#
for variant in stock patched; do
	relay "blocks of 1 KiB, $variant: " 3 < <(CONFIG=debian GPU=kbl "$ROOT/testbed/workloads/events/run.sh" -w 400 "$variant" blocks && echo "exit 0" || echo "exit $?")
	if [[ $rc == [01] ]]; then ok "blocks of 1 KiB, $variant: neither the kernel nor the emulated GPU reported an error"; else not_ok "blocks of 1 KiB, $variant: exit status $rc"; fi
done
done_testing
