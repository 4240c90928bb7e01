#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: see bench.py.  WHAT: load, hooks, plugin, packets, memory,
# reconcile, crowd, connected, names, nftables, iptables-legacy (default: all).
set -eu
: "${VPNPF:=./vpnpf}" "${srcdir:=.}"
[ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 1; }
# A /run of its own, where iptables keeps its lock and ip its namespaces.
exec unshare -m sh -c 'mount -t tmpfs none /run && exec "$@"' - \
	/usr/bin/python3 "$srcdir/tests/bench/bench.py" "$VPNPF" \
	tests/bench/spawn tests/bench/pktsend ${WHAT:-}
