#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `vpnpf status` counts the packets that were sent, also across changes.
# See status.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
ip route add 10.77.0.0/16 dev tun0
exec python3 -B "$srcdir/tests/kernel/status.py"
