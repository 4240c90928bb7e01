#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A router and its spare have the same network in their ccd files: OpenVPN gives
# it to the last one who connects. Copies and folders lie in ccd, too.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick r1 r2 max nick.old
policy john '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
policy nick '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
policy r1 '[CLIENTS DROP]' +john '[SUBNETS DROP]' '[END]'
policy r2 '[CLIENTS DROP]' +nick '[SUBNETS DROP]' '[END]'
policy max '[CLIENTS DROP]' +nick '[SUBNETS DROP]' '[END]'
policy nick.old '[CLIENTS DROP]' +john '[SUBNETS DROP]' '[END]'
pool_persist=			# it has a doubt of its own
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.10 10.8.0.99 255.255.255.0
	route 192.168.32.0 255.255.255.0 10.8.0.2
	push "route 192.168.32.0 255.255.255.0"
CONF
ccd=$work/office/ccd
for name in r1 r2; do
	echo 'iroute 192.168.32.0 255.255.255.0' >"$ccd/$name"
done
echo 'ifconfig-push 10.8.0.3 255.255.255.0' |
	tee "$ccd/nick" "$ccd/nick.bak" >"$ccd/Copy of nick"
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$ccd/nick.old"
mkdir "$ccd/max"
lan_make r1lan 192.168.32.7/24 r1 192.168.32.1
lan_make r2lan 192.168.32.8/24 r2 192.168.32.1

claim 'apply loads all but the network that two have' apply_ends_with 1
server_start office
clients_up john nick max
mapfile -t all < <(nodes john nick max)
claim 'clients reach each other as the files say' \
	net_py matrix 'john-nick nick-max' "${all[@]}"
clients_up r1
claim 'the first router who connects has the network' \
	net_py matrix 'john-nick nick-max john-r1lan' "${all[@]}" \
	r1lan=192.168.32.7
clients_up r2
claim 'then the last one has it' \
	net_py matrix 'john-nick nick-max nick-r2lan' "${all[@]}" \
	r2lan=192.168.32.8
client_leave r2
claim 'who leaves has it no more' \
	net_py matrix 'john-nick nick-max' "${all[@]}" r2lan=192.168.32.8 \
	r1lan=192.168.32.7
client_leave r1
clients_up r1
claim 'and who comes back has it' \
	net_py matrix 'john-nick nick-max john-r1lan' "${all[@]}" \
	r1lan=192.168.32.7
claim 'now nobody doubts, and apply finds nothing to change' nothing_to_apply
client_leave r1

clients_up nick.old
mapfile -t more < <(nodes nick.old)
claim 'a client with the name of a copy has its own file' \
	[ "${more[*]}" = nick.old=10.8.0.4 ]
claim '... and its own policy' \
	net_py matrix 'john-nick nick-max john-nick.old' "${all[@]}" \
	"${more[@]}"
