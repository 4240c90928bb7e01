#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# who.sh [PART...]: whose an address is, and what hooks may say of it. See
# who.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24 fd00:8::1/64
ip route add 10.9.0.0/16 dev tun0
exec python3 -B "$srcdir/tests/kernel/who.py" "$@"
