#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lost.sh [PART...]: the state directory or a file of it is lost, damaged or not
# safe while clients are connected. See lost.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
ip route add 192.168.33.0/24 dev tun0
exec python3 -B "$srcdir/tests/kernel/lost.py" "$@"
