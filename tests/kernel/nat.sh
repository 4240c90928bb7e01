#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nat.sh: vpnpf knows whether the host translates addresses, by rules of either
# kind, and makes no table to find out. See nat.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

for tool in nft iptables-legacy ip6tables-legacy; do
	command -v $tool >/dev/null || skip "no $tool"
done
lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/nat.py"
