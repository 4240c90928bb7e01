#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# turns.sh: whatever turn the files take, all who tell what is in force agree
# with the packets. SEED=N TURNS=N turns.sh: others, or more. See turns.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/turns.py"
