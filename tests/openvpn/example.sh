#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The delivered example, then the same policy with the other topologies: clients
# reach each other as the files say.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy_example
lan_make accounts 10.0.4.2/24 host 10.0.4.1
lan_make printer 10.0.5.17/24 host 10.0.5.1

# What the SUBNETS of examples/policy say, and what vpnpf does not concern.
others='john-host nick-host bob-host nick-accounts john-printer max-printer
	host-accounts host-printer accounts-printer'

# The files of examples/, but for paths and what the hooks are called.
server_delivered()
{
	local dir=$work/delivered
	server_new delivered
	cp -r "$srcdir"/examples/{ccd,ipp.txt,vpnpf.conf} "$dir/"
	chmod -R u+w "$dir"
	sed -i "s,/etc/vpnpf/policy,$work/policy,
		s,/etc/openvpn/server/office.conf,$dir/server.conf," \
		"$dir/vpnpf.conf"
	pf_args=(-c "$dir/vpnpf.conf" --state-dir "$work/state")
	sed "s,/usr/sbin/vpnpf,${vpnpf[*]} ${pf_args[*]}," \
		"$srcdir/examples/server.conf" >"$dir/server.conf"
	cp "$work/keys/ca.crt" "$work"/keys/server.* "$dir/"
	[ "$(grep -c "$VPNPF" "$dir/server.conf")" = 3 ] ||
		die 'examples/server.conf has not three hooks'
}

server_net30()
{
	server_make net30 <<-CONF
	dev tun0
	topology net30
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.16 10.8.0.99
	CONF
	echo 'ifconfig-push 10.8.0.6 10.8.0.5' >"$work/net30/ccd/john"
	echo 'ifconfig-push 10.8.0.10 10.8.0.9' >"$work/net30/ccd/nick"
	echo 'ifconfig-push 10.8.0.14 10.8.0.13' >"$work/net30/ccd/bob"
	echo 'max,10.8.0.20,' >"$work/net30/ipp.txt"
}

server_p2p()
{
	server_make p2p <<-CONF
	dev tun0
	topology p2p
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.16 10.8.0.99
	CONF
	echo 'ifconfig-push 10.8.0.2 10.8.0.1' >"$work/p2p/ccd/john"
	echo 'ifconfig-push 10.8.0.3 10.8.0.1' >"$work/p2p/ccd/nick"
	echo 'ifconfig-push 10.8.0.4 10.8.0.1' >"$work/p2p/ccd/bob"
	echo 'max,10.8.0.20,' >"$work/p2p/ipp.txt"
}

# The clients shall reach the two networks behind the host, and each other.
push_routes()
{
	cat >>"$work/$1/server.conf" <<-'CONF'
	push "route 10.0.4.0 255.255.254.0"
	push "route 10.8.0.0 255.255.255.0"
	CONF
}

# check TOPOLOGY ADDRESS-OF-MAX: with server and clients up
check()
{
	local all
	mapfile -t all < <(nodes john nick bob max)
	claim "$1: max has the address that ipp.txt stands for" \
		[ "${all[3]}" = "max=$2" ]
	claim "$1: clients and networks are reached as the files say" \
		net_py matrix "$example_pairs $others" "${all[@]}" \
		host=10.8.0.1 accounts=10.0.4.2 printer=10.0.5.17
	claim "$1: vpnpf matrix says the same" \
		matrix_says john-nick john-bob nick-max
	claim "$1: apply finds nothing to change" nothing_to_apply
}

# serve TOPOLOGY ADDRESS-OF-MAX: apply, connect, check, take all away
serve()
{
	local id
	pf_args=()
	"server_$1"
	push_routes "$1"
	pf apply || die "apply: exit status $?"
	server_start "$1"
	clients_up john nick bob max
	check "$@"
	for id in john nick bob max "$1"; do
		stop "$id"
	done
	pf flush || die "flush: exit status $?"
}

serve delivered 10.8.0.5
serve net30 10.8.0.22
serve p2p 10.8.0.20
