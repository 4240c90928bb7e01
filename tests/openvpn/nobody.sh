# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of servers with "user nobody", which read it after testbed.sh:
# every way to call vpnpf must give the same result.
# shellcheck shell=bash

setpriv --reuid nobody --regid nogroup --clear-groups true 2>/dev/null ||
	skip 'no user nobody: not root'
chmod 711 "$work"
pool_persist=			# which has also who was refused

# nobody_server: the server office with stdin in the place of its hooks, for they
# are delivered so. nick gets the fixed address of bob if bob is away; eve and
# mallory are refused.
nobody_server()
{
	local dir=$work/office
	client_make john nick bob max eve mallory
	policy_example
	policy mallory '[CLIENTS ACCEPT]' '[KILL]'
	server_make office <<-'CONF'
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.4 10.8.0.5 255.255.255.0
	persist-key
	persist-tun
	CONF
	sed -Ei '/^(script-security|client-.*connect|learn-address) /d' \
		"$dir/server.conf"
	cat >>"$dir/server.conf"
	echo 'ifconfig-push 10.8.0.2 255.255.255.0' >"$dir/ccd/john"
	echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$dir/ccd/bob"
	echo 'ifconfig-push 10.8.0.6 255.255.255.0' >"$dir/ccd/max"
	chown nobody "$dir/tmp"
}

is_nobody()
{
	[ "$(stat -c %U "/proc/$1")" = nobody ]
}

# reach PAIR... of those who are connected (the others have no address)
reach()
{
	local all
	mapfile -t all < <(nodes john nick bob max | grep -v '=$')
	net_py matrix "$*" "${all[@]}"
}

# With the server started, and nobody connected.
nobody_claims()
{
	claim 'the server is nobody' is_nobody "${pid[office]}"
	clients_up john max nick
	claim 'nick has the fixed address of bob' \
		[ "$(address_of nick)" = 10.8.0.4 ]
	claim 'and the rights of nick, none of bob' reach john-nick nick-max
	clients_up bob
	claim 'bob takes it over' [ "$(address_of bob)" = 10.8.0.4 ]
	ip -n nick address flush dev vpn0
	claim 'and has the rights of bob, none of nick' reach john-bob
	stop nick KILL
	echo 'ifconfig-push 10.8.0.3 255.255.255.0' >"$work/office/ccd/nick"
	clients_up nick
	claim 'nick comes back with an address of his own' \
		[ "$(address_of nick)" = 10.8.0.3 ]
	claim 'and all is as the files say' reach "$example_pairs"
	claim 'vpnpf matrix says the same' \
		matrix_says john-nick john-bob nick-max
	client_start eve
	client_start mallory
	claim 'a client without a file is refused' refused eve
	claim 'a client with [KILL] is refused' refused mallory
	client_leave john
	claim 'who leaves takes its address along' \
		fails grep -q '^a.*john' /run/vpnpf/live
	clients_up john
	claim 'and comes back with its rights' reach "$example_pairs"
	claim 'apply finds nothing to change' nothing_to_apply
}
