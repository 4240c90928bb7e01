#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# storm.sh: many hooks, apply and reconcile at once, while configurations are
# broken and mended. ROUNDS=N SEED=N storm.sh: more, others. See storm.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'
lib_network 10.8.0.1/24
lib_device tun1
ip addr add 10.9.0.1/24 dev tun1 || exit 2
exec python3 -B "$srcdir/tests/kernel/storm.py"
