#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor.sh: each setting that bypasses or breaks the filter is made, found by
# its name, and ignored. See doctor.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

for tool in nft iptables-legacy ip6tables-legacy; do
	command -v $tool >/dev/null || skip "no $tool"
done
lib_network 10.8.0.1/24
# not a device that looks like a VPN's, and nothing that doctor finds
ip link del lan0 && ip link add lan0 type veth peer lan1 || exit 2
lib_sysctl ipv4/conf/tun0/route_localnet=0
mount -t sysfs sysfs /sys || skip "no /sys of this namespace"
exec python3 -B "$srcdir/tests/kernel/doctor.py"
