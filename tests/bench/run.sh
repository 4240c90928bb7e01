#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: see bench.py.  WHAT: load, hooks, plugin, packets, memory,
# reconcile, crowd, connected, names, nftables, iptables-legacy (default: all).
# make bench AGAINST=COMMIT, or a program's path: see against.py.  WHAT: load,
# hooks, packets, reconcile, and the backends.
set -eu
: "${VPNPF:=./vpnpf}" "${srcdir:=.}" "${AGAINST:=}"
[ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 1; }

# Builds the program of a commit as this one is built, and names it in $before.
build() {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	trap 'exit 1' HUP INT TERM
	git -C "$srcdir" archive "$1" | tar -x -C "$dir"
	(
		cd "$dir"
		./autogen.sh
		eval "./configure -q $2"
		make -s -j"$(nproc)" vpnpf
	) >"$dir/log" 2>&1 || { tail "$dir/log" >&2; exit 1; }
	before=$dir/vpnpf
}

set -- "$VPNPF" tests/bench/spawn tests/bench/pktsend
program=bench.py
if [ -n "$AGAINST" ]; then
	program=against.py
	before=$AGAINST
	[ -f "$before" ] || build "$AGAINST" "$(./config.status --config)"
	set -- "$@" "$before"
fi
# A /run of its own, where iptables keeps its lock and ip its namespaces.
unshare -m sh -c 'mount -t tmpfs none /run && exec "$@"' - \
	/usr/bin/python3 "$srcdir/tests/bench/$program" "$@" ${WHAT:-}
