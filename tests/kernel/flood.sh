#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# flood.sh [SECONDS [VARIANT...]]: rules change under traffic, nothing leaks and
# nothing is lost. See flood.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
ip route add 10.66.0.0/16 dev tun0	# a network behind a client
exec python3 -B "$srcdir/tests/kernel/flood.py" "${1:-20}" "${@:2}"
