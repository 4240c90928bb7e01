#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tunnel.sh: packets are judged as they are in the tunnel, where the host
# translates addresses, has two servers, and somebody lies about who he is. See
# tunnel.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_sysctl ipv4/ip_forward=1 ipv4/conf/all/rp_filter=0 \
	ipv4/conf/all/send_redirects=0 ipv4/icmp_echo_ignore_all=1
for device in tun0 tun1 lan0; do
	lib_device $device
done
ip addr add 10.8.0.1/25 dev tun0
ip addr add 10.8.0.129/25 dev tun1
ip addr add 203.0.113.1/32 dev lan0
ip addr add 192.0.2.5/24 dev lan0
ip route add default dev lan0
exec python3 -B "$srcdir/tests/kernel/tunnel.py"
