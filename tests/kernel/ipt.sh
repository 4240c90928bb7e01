#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ipt.sh: a system without a part of iptables. This is reported, nothing is
# loaded or printed in part, and the other backend works.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

for tool in iptables-legacy-save ldconfig; do
	command -v $tool >/dev/null || skip "no $tool"
done
iptables-legacy-save -t mangle >/dev/null 2>&1 ||
	skip 'no iptables-legacy in this kernel'
mount -t tmpfs none /run || skip 'cannot mount a /run of its own'

vpnpf()
{
	"$VPNPF" --openvpn "$srcdir/examples/server.conf" \
		--policy "$srcdir/examples/policy" \
		--state-dir "$work/state" -q "$@"
}

# fails_saying TEXT COMMAND...: status 2, TEXT in the one line of stderr beside
# that of apply's end
fails_saying()
{
	local text=$1 status=0
	shift
	"$@" >"$work/out" 2>"$work/err" || status=$?
	[ $status = 2 ] || die "$*: status $status"
	grep -qF -- "$text" "$work/err" || die "$*: $(cat "$work/err")"
	[ "$(grep -vc 'nothing could be loaded: everything may pass' \
		"$work/err")" = 1 ] || die "$*: $(cat "$work/err")"
}

nothing_is_loaded()
{
	iptables-legacy-save -t mangle | grep VPNPF && die "$1: rules are there"
	grep -x COMMIT "$work/out" && die "$1: half a text would load"
	vpnpf -b nftables apply >/dev/null || die "$1: apply -b nftables"
	vpnpf -b nftables flush || die "$1: flush -b nftables"
}

# What a command needs, covered by an empty file or folder for as long.
without()
{
	local what=$1 text=$2 command
	for command in print apply; do
		fails_saying "$text" vpnpf -b iptables-legacy $command
	done
	umount "$what" || exit 2
	nothing_is_loaded "without $what"
}

libraries=$(ldconfig -p | awk '$1 ~ /^lib(xtables|ip4tc|ip6tc)\.so\.[0-9]+$/ {
	print $NF }')
[ "$(echo "$libraries" | wc -l)" = 3 ] || skip "other libraries: $libraries"
for library in $libraries; do
	library=$(readlink -f "$library")
	mount --bind /dev/null "$library" || skip "cannot cover $library"
	without "$library" 'needs the package iptables'
done

extensions=$(dirname "$library")/xtables
[ -d "$extensions" ] || skip "no $extensions"
mount -t tmpfs none "$extensions" || skip "cannot cover $extensions"
fails_saying 'libxtables refuses the match' vpnpf -b iptables-legacy print
without "$extensions" "Couldn't load match"

vpnpf -b iptables-legacy apply >/dev/null || die 'apply with all there'
iptables-legacy-save -t mangle | grep -q VPNPF || die 'apply loaded nothing'
vpnpf -b iptables-legacy flush || die 'flush'
echo 'each library and the extensions: missed, said, nothing half done'
