#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor.sh: each setting that bypasses or breaks the filter is made, found by
# its name, and ignored. See doctor.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/24
mount -t sysfs sysfs /sys || skip "no /sys of this namespace"
exec python3 -B "$srcdir/tests/kernel/doctor.py"
