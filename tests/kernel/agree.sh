#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# agree.sh [VPNS [PACKETS [FIRST-SEED]]]: nftables and iptables-legacy give
# every packet the same verdict. See agree.py.
set -u
VPNPF_BACKEND='nftables iptables-legacy'
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
exec python3 -B "$srcdir/tests/kernel/agree.py" "${1:-100}" "${2:-400}" \
	"${@:3}"
