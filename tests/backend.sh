# SPDX-License-Identifier: GPL-2.0-or-later
# For lib.sh and testbed.sh: the backend that a test is for, $VPNPF_BACKEND
# (nftables if not set; more than one where a test compares them).
# shellcheck shell=bash

: "${VPNPF_BACKEND:=nftables}"
export VPNPF_BACKEND

# What a test calls to see the rules.
backend_tools()
{
	local backend
	for backend in $VPNPF_BACKEND; do
		case $backend in
		nftables) echo nft ;;
		iptables-legacy)
			echo {iptables,ip6tables}-legacy{,-restore,-save} ;;
		*) die "no backend $backend" ;;
		esac
	done
}

# What vpnpf keeps across boots, in a mount namespace of its own: $KEEPDIR, as
# $VPNPF was configured; empty where it cannot be made.
keep_begin()
{
	local top
	KEEPDIR=$(sed -n 's/^#define KEEPDIR "\(.*\)"$/\1/p' \
		"$(dirname "$VPNPF")/paths.h" 2>/dev/null)
	top=${KEEPDIR:=/var/lib/vpnpf}
	while [ ! -d "$top" ]; do
		top=$(dirname "$top")
	done
	case $VPNPF:$work:$srcdir in
	"${top%/}"/* | *:"${top%/}"/*) KEEPDIR= ;;
	*) mount -t tmpfs -o mode=755 none "$top" && mkdir -p "$KEEPDIR" ;;
	esac
	export KEEPDIR
}

# In namespaces of its own: a /run for the lock of iptables, and what the
# kernel must have.
backend_begin()
{
	local backend
	mount -t tmpfs none /run || skip 'cannot mount a /run of its own'
	keep_begin
	for backend in $VPNPF_BACKEND; do
		case $backend in
		nftables) nft list ruleset ;;
		iptables-legacy) iptables-legacy -S && ip6tables-legacy -S ;;
		esac >/dev/null 2>&1 || skip "no $backend in this kernel"
	done
}
