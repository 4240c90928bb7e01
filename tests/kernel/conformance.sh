#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# conformance.sh [[--both] FILE]: every scenario of FILE, loaded into a kernel
# and asked with packets; by default our own, both ways. See conformance.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network
[ $# -gt 0 ] || set -- --both "$srcdir/tests/conformance/cases.jsonl"
exec python3 -B "$srcdir/tests/kernel/conformance.py" "$@"
