#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# upgrade.sh: the rules and the state of before are taken over under traffic.
# See upgrade.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
exec python3 -B "$srcdir/tests/kernel/upgrade.py"
