#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Same files, same verdicts, with `check` and `explain`: pf-verdicts.sh [FILE].
# FILE is a table of scenarios (scenario.py), by default our own.
set -u
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
command -v python3 >/dev/null || {
	echo "python3 is not installed"
	exit 77
}
VPNPF=${VPNPF:-./vpnpf}
[ -x "$VPNPF" ] || {
	echo "no $VPNPF"
	exit 77
}
here=$srcdir/tests/conformance
exec python3 -B "$here/pf-verdicts.py" "$VPNPF" \
	"${1:-$here/cases.jsonl}"
