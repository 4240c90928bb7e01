#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sysfail.sh [COMMAND...]: a system call of each command fails. FAULTS: how many
# for each command (default 15; "all": each call with each errno). SEED: their
# choice. See sysfail.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

command -v strace >/dev/null || skip "no strace"
lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/sysfail.py" "$@"
