#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# seen.sh [PART...]: reconcile detects a change of every file that was read, and
# of files that could not be read. See seen.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

command -v strace >/dev/null || skip "no strace"
lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/seen.py" "$@"
