#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# watch.sh: each denied packet is shown with its client and the line that denied
# it; allowed packets are not shown. See watch.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

command -v setpriv >/dev/null || skip "no setpriv"
lib_network 10.8.0.1/24 fd00:8::1/64
exec python3 -B "$srcdir/tests/kernel/watch.py"
