#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# expect.sh: a policy that fails the tests of its configuration is not loaded.
# See expect.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
exec python3 -B "$srcdir/tests/kernel/expect.py" "$@"
