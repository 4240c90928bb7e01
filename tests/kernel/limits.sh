#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limits.sh [PART...]: the kernel has no room for the rules at once. In a user
# namespace, where no program may exceed the host's limits. See limits.py.
set -u
lib_user=-r
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_network 10.8.0.1/16
exec python3 -B "$srcdir/tests/kernel/limits.py" "$@"
