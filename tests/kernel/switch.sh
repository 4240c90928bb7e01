#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# switch.sh [SECONDS]: from nftables to iptables-legacy and back under traffic;
# flush; auto. See switch.py.
set -u
VPNPF_BACKEND='nftables iptables-legacy'
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
exec python3 -B "$srcdir/tests/kernel/switch.py" "${1:-10}"
