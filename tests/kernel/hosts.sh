#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hosts.sh [HOSTS [PACKETS [FIRST-SEED]]]: on random hosts each packet is judged
# as it is in the tunnel. See hosts.py.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"

lib_sysctl ipv4/ip_forward=1 ipv4/conf/all/send_redirects=0 \
	ipv4/conf/all/rp_filter=0 ipv6/conf/all/forwarding=1
ip link set lo up
# Ports come again: the flows of before must be forgotten by then.
for time in udp_timeout udp_timeout_stream; do
	file=/proc/sys/net/netfilter/nf_conntrack_$time
	[ ! -e "$file" ] || echo 5 >"$file"
done
for device in tun0 tun1 tun9 tunl0; do
	lib_device "$device"
done
exec python3 -B "$srcdir/tests/kernel/hosts.py" "${1:-40}" "${2:-300}" \
	"${@:3}"
