#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# trouble.sh [PART [STEP...]]: bad files, a full disk, a read-only /run, each command
# killed at any moment, KILLS times each; SEED: the moments. See trouble.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/trouble.py" "$@"
