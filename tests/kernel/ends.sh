#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ends.sh [PART...]: what apply and reconcile say at their end is true, and said
# once. See ends.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'
for tool in strace setpriv; do
	command -v $tool >/dev/null || skip "no $tool"
done
lib_network 10.8.0.1/24
lib_device tun1
ip addr add 10.9.0.1/24 dev tun1 || exit 2
exec python3 -B "$srcdir/tests/kernel/ends.py" "$@"
