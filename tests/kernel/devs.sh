#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# devs.sh: which of the host's interfaces are the server's, where server.conf
# has "dev tun" only. See devs.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_sysctl ipv4/ip_forward=1 ipv4/conf/all/rp_filter=0 \
	ipv4/conf/all/send_redirects=0 ipv4/icmp_echo_ignore_all=1
lib_device lan0
ip addr add 192.0.2.5/24 dev lan0
ip route add default dev lan0
exec python3 -B "$srcdir/tests/kernel/devs.py"
