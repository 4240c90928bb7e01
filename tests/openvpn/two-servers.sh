#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two servers on one host, one policy: a name may be connected to both, clients
# of one reach those of the other as the files say.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
namespace_make john2
policy_example
pool_persist=			# which keeps addresses of who has left
cat >"$work/conf" <<CONF
policy = "$work/policy"
openvpn office {
	server-conf = "$work/office/server.conf"
}
openvpn lab {
	server-conf = "$work/lab/server.conf"
}
CONF

# server NAME PORT DEVICE NET [ARGUMENT-OF-HOOKS...]
server()
{
	pf_args=(-c "$work/conf" --state-dir "$work/state" "${@:5}")
	server_make "$1" "$2" <<-CONF
	dev $3
	topology subnet
	server $4.0 255.255.255.0
	push "route 10.8.0.0 255.255.0.0"
	CONF
}

# The hooks are told for which server they are, or find out by the device.
server office 1194 tun0 10.8.0 --instance office
server lab 1195 tun1 10.8.1
pf_args=(-c "$work/conf" --state-dir "$work/state")
pf apply || die "apply: exit status $?"
server_start office
server_start lab

client_start john office
client_start nick office
client_start john2 lab john
client_start bob lab
client_start max lab
wait_up john nick john2 bob max
mapfile -t all < <(nodes john nick john2 bob max)
networks=("${all[@]%.*}")
pairs='john-nick john-bob nick-max john2-nick john2-bob'
claim 'each server has its clients' [ "${networks[*]}" = \
	'john=10.8.0 nick=10.8.0 john2=10.8.1 bob=10.8.1 max=10.8.1' ]
claim 'across both servers clients reach each other as the files say' \
	net_py matrix "$pairs" "${all[@]}"
claim 'vpnpf matrix says the same' matrix_says john-nick john-bob nick-max
claim 'apply finds nothing to change' nothing_to_apply

# What ends on one server does not concern the other.
stop john2 KILL
net_py manage "$work/lab/manage" 'kill john' >/dev/null || die 'kill john'
mapfile -t all < <(nodes john nick bob max)
claim 'a name that leaves one server keeps its rights at the other' \
	net_py matrix "$example_pairs" "${all[@]}"
stop lab TERM
mapfile -t all < <(nodes john nick)
claim 'a server that ends does not concern the other' \
	net_py matrix 'john-nick' "${all[@]}"
for name in bob max; do
	stop $name KILL
done
server_start lab
client_start max lab
client_start bob lab
wait_up max bob
mapfile -t all < <(nodes john nick bob max)
claim 'and when it is back, all is right again' \
	net_py matrix "$example_pairs" "${all[@]}"
claim 'apply finds nothing to change' nothing_to_apply
