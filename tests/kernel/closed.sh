#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# closed.sh [PART...]: slips in vpnpf.conf and in server.conf, at a boot and at
# runtime: who is shut, who goes on, what is said; then some parts with IPv6
# alone. See closed.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'
lib_network 10.8.0.1/24 fd00:8::1/64
lib_device tun1
ip addr add 10.9.0.1/24 dev tun1 && ip addr add fd00:9::1/64 dev tun1 || exit 2
python3 -B "$srcdir/tests/kernel/closed.py" "$@" || exit
[ $# -gt 0 ] || set -- live_is_kept road_slips nothing_kept added no_state \
	new_server revoked
FAMILY=6 exec python3 -B "$srcdir/tests/kernel/closed.py" "$@"
