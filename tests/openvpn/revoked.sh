#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# revoked.sh [WHAT COMMAND]...: who loses all rights while a server's
# configuration cannot be used, or files cannot be loaded, is shut at once, and
# his session ends; but not in the grace time if he has only lost his file. His
# server has IPv4, or IPv6 alone, or is a routed tap server.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"
[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'

client_type=tun
open=('[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]')
client_make john nick carl dora
pool_persist=
pf_args=(-c "$work/conf" --state-dir "$work/state")

good()
{
	cat >"$work/conf" <<-CONF
	policy = "$work/policy"
	groups = "$work/groups"
	tests = { "$work/rules.test" }
	grace = 600
	openvpn office {
		server-conf = "$work/office/server.conf"
	}
	openvpn lab {
		server-conf = "$work/lab/server.conf"
	}
	CONF
	echo 'staff: john' >"$work/groups"
	echo '# none' >"$work/rules.test"
	cp "$work/office/good" "$work/office/server.conf"
	cp "$work/lab/good" "$work/lab/server.conf"
	for name in john nick carl dora; do
		policy $name "${open[@]}"
	done
}

# server NAME PORT DEVICE LINE
server()
{
	server_make "$1" "$2" <<-CONF
	dev $3
	topology subnet
	$4
	CONF
	cp "$work/$1/server.conf" "$work/$1/good"
}

# connected SERVER NAME
connected()
{
	net_py manage "$work/$1/manage" 'status 3' |
		grep "^CLIENT_LIST	$2	"
}

# reaches NAME OTHER, shut NAME OTHER: they do, or do not reach each other
reaches()
{
	net_py matrix "${3-$1-$2}" "$1=$(address_of "$1" $family)" \
		"$2=$(address_of "$2" $family)"
}

shut()
{
	reaches "$@" ''
}

# ends COMMAND SERVER NAME: which ends with 1, and with it his session
ends()
{
	local status=0
	pf "$1" >"$work/report" 2>&1 || status=$?
	cat "$work/report"
	[ $status = 1 ] && poll 5 fails connected "$2" "$3"
}

# stays COMMAND SERVER NAME
stays()
{
	local status=0
	pf "$1" >"$work/report" 2>&1 || status=$?
	cat "$work/report"
	[ $status = 1 ] && connected "$2" "$3"
}

# wrong WHAT: makes it so
wrong()
{
	case $1 in
	neighbour) echo 'topology star' >>"$work/lab/server.conf" ;;
	server) echo 'topology star' >>"$work/office/server.conf" ;;
	lost-server) rm "$work/office/server.conf" ;;
	section) sed -i '/^openvpn office/a colour = red' "$work/conf" ;;
	vpnpf.conf) echo 'polcy = "x"' >>"$work/conf" ;;
	groups) echo 'staff john' >"$work/groups" ;;
	lost-groups) rm "$work/groups" ;;
	test) echo 'john -> dora drop' >"$work/rules.test" ;;
	esac
}

# one WHAT COMMAND: the sessions of nick and carl end, john and dora go on
one()
{
	good
	pf -q apply || die "apply: exit status $?"
	client_start nick office
	client_start carl office
	wait_up nick carl
	claim "$1: before it is wrong, who is open reaches others" \
		reaches john carl
	wrong "$1"
	policy nick '[KILL]'
	rm "$work/policy/carl.pf"
	claim "$1: $2 ends the session of [KILL]" ends $2 office nick
	claim '... who has only lost his file is connected' \
		connected office carl
	claim '... with no rights' shut john carl
	claim '... also later' stays $2 office carl
	sed -i 's/^grace .*/grace = 0/' "$work/conf"
	[ "$1" = vpnpf.conf ] ||	# which is not read
		claim '... but not without a grace time' ends $2 office carl
	claim '... others go on' connected office john
	claim '... also there' connected lab dora
	stop nick KILL
	stop carl KILL
}

# all FAMILY DEVICE LINE [WHAT COMMAND]...: office is such a server
all()
{
	family=$1
	server office 1194 "$2" "$3"
	shift 3
	good
	pf -q apply || die "apply: exit status $?"
	server_start office
	[ "$client_type" != tap ] || namespace_sysctl host \
		ipv4/conf/tap0/proxy_arp_pvlan=1 ipv4/neigh/tap0/proxy_delay=0
	client_start john office
	wait_up john
	while [ $# -gt 0 ]; do
		one "$1" "$2"
		shift 2
	done
	stop john KILL
	stop office
}

what=("$@")
[ $# -gt 0 ] || what=(neighbour apply server apply server reconcile
	lost-server apply section reconcile vpnpf.conf reconcile
	groups apply lost-groups reconcile test apply)
server office 1194 tun0 'server 10.8.0.0 255.255.255.0'
server lab 1195 tun1 'server 10.8.1.0 255.255.255.0'
good
pf -q apply || die "apply: exit status $?"
server_start lab
client_start dora lab
wait_up dora
all -4 tun0 'server 10.8.0.0 255.255.255.0' "${what[@]}"
[ $# -gt 0 ] || what=(server apply test reconcile)
all -6 tun0 'server-ipv6 fd00:8::/64' "${what[@]}"
[ $# -gt 0 ] || what=(server reconcile test apply)
client_type=tap
all -4 tap0 'server 10.8.0.0 255.255.255.0' "${what[@]}"
