# SPDX-License-Identifier: GPL-2.0-or-later
# For the kernel tests, which read it as their first command: a network and
# process namespace of their own, which always ends with the test,
# and in it the two devices that tunprobe holds: tun0 (the clients) and lan0
# (all other hosts).
#
#   srcdir, VPNPF, TUNPROBE   paths; $work is a directory of the test
#   VPNPF_BACKEND             see backend.sh
#   lib_user                  -r: in a user namespace also for root
# shellcheck shell=bash

umask 022				# of directories with a state

skip()
{
	echo "$0: skipped: $*"
	exit 77
}

die()
{
	echo "$0: FAIL: $*" >&2
	exit 1
}

: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VPNPF:=./vpnpf}"
: "${TUNPROBE:=./tests/kernel/tunprobe}"

absolute()
{
	path=$(command -v -- "$1") || skip "no $1"
	readlink -f -- "$path"
}

VPNPF=$(absolute "$VPNPF") || { echo "$VPNPF"; exit 77; }
TUNPROBE=$(absolute "$TUNPROBE") || { echo "$TUNPROBE"; exit 77; }
srcdir=$(readlink -f -- "$srcdir")
export srcdir VPNPF TUNPROBE
. "$srcdir/tests/backend.sh"

for tool in ip unshare python3 $(backend_tools); do
	command -v $tool >/dev/null || skip "no $tool"
done

# Runs the test again, as root of new namespaces; its end ends all it started.
# A shell is their first process: it waits for what vpnpf leaves, the test's
# Python would not, and thousands of dead processes would be there.
if [ "${VPNPF_TEST_INSIDE:-}" != yes ]; then
	user=${lib_user:-}
	[ "$(id -u)" = 0 ] || user=-r
	unshare $user -n -m -p -f --kill-child --mount-proc true 2>/dev/null ||
		skip "no rights to make namespaces"
	work=$(mktemp -d) || exit 2
	export work
	child=
	trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null; wait
		rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
	VPNPF_TEST_INSIDE=yes unshare $user -n -m -p -f --kill-child \
		--mount-proc bash -c 'bash "$0" "$@"; exit' "$0" "$@" \
		</dev/null &
	child=$!
	wait "$child"
	exit
fi

[ -w /dev/net/tun ] || skip "no /dev/net/tun"
backend_begin

# Lets the kernel forward what it would take for spoofed or odd, so that only
# the filter decides.
lib_sysctl()
{
	for pair in "$@"; do
		echo "${pair#*=}" >"/proc/sys/net/${pair%%=*}"
	done
}

lib_device()
{
	ip tuntap add dev "$1" mode tun || skip "no tun device"
	lib_sysctl "ipv4/conf/$1/rp_filter=0" "ipv4/conf/$1/accept_local=1" \
		"ipv4/conf/$1/send_redirects=0" "ipv4/conf/$1/forwarding=1" \
		"ipv4/conf/$1/route_localnet=1" "ipv6/conf/$1/accept_dad=0" \
		"ipv6/conf/$1/dad_transmits=0" "ipv6/conf/$1/addr_gen_mode=1"
	ip link set "$1" txqueuelen 4096 multicast off up
}

# The devices, and tun0's networks: each argument is an address with length.
# Only what a test sends may be counted: a router joins groups, and reports them
# at any time, so a device becomes one when it has no multicast any more.
lib_network()
{
	lib_sysctl ipv4/ip_forward=1 ipv4/conf/all/rp_filter=0 \
		ipv4/conf/all/send_redirects=0 ipv4/icmp_echo_ignore_all=1
	lib_device tun0
	lib_device lan0
	lib_sysctl ipv6/conf/all/forwarding=1
	for net in "$@"; do
		ip addr add "$net" dev tun0 || exit 2
	done
	ip route add default dev lan0
	ip -6 route add default dev lan0
}
