#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# answers.sh [PART...]: what explain, matrix and status say of clients whose
# server is shut, and while files cannot be used, is what packets find. See
# answers.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'
lib_network 10.8.0.1/24
lib_device tun1
ip addr add 10.9.0.1/24 dev tun1 || exit 2
exec python3 -B "$srcdir/tests/kernel/answers.py" "$@"
