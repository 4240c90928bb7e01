#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What only a terminal sees: colours, and how far long work is.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
command -v python3 >/dev/null || { echo 'no python3'; exit 77; }
exec python3 -B tests/terminal.py "$(realpath "${VPNPF:?path of vpnpf}")"
