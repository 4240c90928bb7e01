#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# faults.sh [PART...]: changes by other programs, killed processes. See
# faults.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/faults.py" "$@"
