#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# inforce.sh [PART...]: status, metrics, doctor, reconcile --check, explain and
# matrix agree on what is in force. See inforce.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/inforce.py" "$@"
