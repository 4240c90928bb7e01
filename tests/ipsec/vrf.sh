#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A server's interface in a VRF, in a virtual machine: see tests/kernel/vrf.py.
set -u
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/claims.sh"

[ "${VPNPF_TEST_INSIDE:-}" = yes ] || {
	for tool in ip iptables-legacy nft python3; do
		PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null ||
			skip "no $tool"
	done
	exec bash "$srcdir/tests/ipsec/vm.sh" "$0" "$@"
}

# Inside.  python3 -S starts faster there.
for backend in ${VPNPF_BACKENDS-nftables iptables-legacy}; do
	work=$(mktemp -d)
	export work VPNPF_BACKEND=$backend TUNPROBE=true
	unshare -n bash -c 'ip tuntap add lan0 mode tun && ip link set lan0 up &&
		ip addr add 192.0.2.5/24 dev lan0 &&
		ip route add default dev lan0 &&
		echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 0 >/proc/sys/net/ipv4/conf/lan0/rp_filter &&
		python3 -S -B "$srcdir/tests/kernel/vrf.py"' ||
		exit 1
done
