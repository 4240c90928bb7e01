#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages are well-formed mdoc, and name every finding of doctor.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99

if ! command -v mandoc >/dev/null; then
	echo 'skipped: mandoc is not installed'
	exit 77
fi
pages=$(find man -name '*.[578]' | sort)
[ -n "$pages" ] || { echo 'no pages in man/'; exit 1; }
# shellcheck disable=SC2086
mandoc -T lint -W warning $pages && echo "clean:" $pages || exit 1

# What doctor finds, and what its page names.
found=$(sed -n 's/^	{ "\([a-z0-9-]*\)",.*/\1/p' cli/doctor/doctor_*.c | sort)
named=$(sed -n 's/^\.It Sy //p' man/vpnpf-doctor.7 | sort)
[ -n "$found" ] && diff <(echo "$found") <(echo "$named")
