#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roundtrip.sh [COUNT [FIRST-SEED]]: the output of print, loaded with nft or
# iptables-restore, equals the rules of apply. See roundtrip.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
[ "$VPNPF_BACKEND" = nftables ] && count=1000 || count=500
exec python3 -B "$srcdir/tests/kernel/roundtrip.py" "${1:-$count}" "${@:2}"
