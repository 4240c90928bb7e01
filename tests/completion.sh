#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completes all commands and options of --help, and the clients' names,
# with any bytes in them.
set -u -o pipefail
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
VPNPF=$(realpath "${VPNPF:?path of vpnpf}") || exit 99
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
# shellcheck disable=SC1091
. completion/vpnpf

# offers TEXT WANTED WORD...: what is offered for the last of these words, of
# which the first is the program
offers()
{
	local text=$1 wanted=$2
	shift 2
	COMP_WORDS=("$VPNPF" "$@") COMP_CWORD=$#
	COMPREPLY=()
	_vpnpf 2>"$work/said"
	if [ "${COMPREPLY[*]}" = "$wanted" ] && [ ! -s "$work/said" ]; then
		echo "ok - $text"
	else
		echo "not ok - $text"
		printf '#	wanted: %s\n#	found:  %s\n' "$wanted" \
			"${COMPREPLY[*]}"
		cat "$work/said"
		failed=1
	fi
}

mkdir "$work/policy"
for name in john jürgen 'j o"h' nick; do
	echo '[END]' >"$work/policy/$name.pf"
done
commands=$("$VPNPF" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | xargs)
[ "$(wc -w <<<"$commands")" -ge 13 ] || { echo "only: $commands"; failed=1; }
offers 'all commands' "$commands" ''
offers 'a command by its beginning' reconcile rec
offers 'the options of a command' '--deep --dev --dry-run' reconcile --d
offers '... of another' '--for-start --force' apply --f
offers 'and of no other' '--dot --dev --dry-run' matrix --d
offers 'backends' 'nftables' -b n
offers 'topologies' 'net30 p2p subnet' --topology ''
offers 'clients' 'nick' --policy "$work/policy" explain n
offers 'clients, quoted' "$(printf '%q ' 'j o"h' john jürgen | sed 's/ $//')" \
	--policy "$work/policy" explain john j
offers 'files' "$work/policy" --policy "$work/pol"
offers 'operations of learn-address' 'add' learn-address a
offers 'nothing where nothing can be known' '' -c "$work/none" explain ''
exit $failed
