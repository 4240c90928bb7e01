#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks behind clients (iroute): their hosts are judged by the name of the
# client in front of them, in both directions.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy_example
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.5 10.8.0.99 255.255.255.0
	route 192.168.32.0 255.255.252.0 10.8.0.2
	push "route 192.168.32.0 255.255.252.0"
CONF
ccd=$work/office/ccd
echo 'ifconfig-push 10.8.0.2 255.255.255.0' >"$ccd/john"
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$ccd/bob"
echo 'iroute 192.168.32.0 255.255.255.0' >>"$ccd/john"
echo 'iroute 192.168.33.0 255.255.255.0' >>"$ccd/bob"
# max has a part out of the middle of bob's network.
echo 'iroute 192.168.33.64 255.255.255.192' >"$ccd/max"
lan_make johnlan 192.168.32.7/24 john 192.168.32.1
lan_make boblan 192.168.33.7/26 bob 192.168.33.1
lan_make maxlan 192.168.33.66/26 max 192.168.33.65
lans=(johnlan=192.168.32.7 boblan=192.168.33.7 maxlan=192.168.33.66)

# What a router and its network do with each other does not concern vpnpf.
near='john-johnlan bob-boblan max-maxlan'
far='john-boblan johnlan-bob johnlan-boblan nick-johnlan nick-maxlan'
hosts='john-host nick-host bob-host johnlan-host boblan-host'

pf apply || die "apply: exit status $?"
server_start office
clients_up john nick bob max
mapfile -t all < <(nodes john nick bob max)
claim 'networks are reached as the files of their clients say' \
	net_py matrix "$example_pairs $near $far $hosts" \
	"${all[@]}" "${lans[@]}" host=10.8.0.1
claim 'OpenVPN has learnt hosts in the networks one by one' \
	grep -q 'Learn: 192.168.33.7 -> bob/' "$work/log/office"
claim 'once more, now that it knows them' \
	net_py matrix "$example_pairs $near $far $hosts" \
	"${all[@]}" "${lans[@]}" host=10.8.0.1
claim 'apply finds nothing to change' nothing_to_apply

# bob leaves and comes back: OpenVPN forgets and learns again.
address_list john nick
flow_start other icmp john nick
flow_wait
client_leave bob
mapfile -t all < <(nodes john nick max)
claim 'without bob the other networks are reached as before' \
	net_py matrix 'john-nick nick-max nick-johnlan nick-maxlan
	john-johnlan max-maxlan' "${all[@]}" \
	johnlan=192.168.32.7 maxlan=192.168.33.66
clients_up bob
flow_stop
mapfile -t all < <(nodes john nick bob max)
claim 'when bob is back, all is right' \
	net_py matrix "$example_pairs $near $far $hosts" \
	"${all[@]}" "${lans[@]}" host=10.8.0.1
claim 'john and nick have lost no packet meanwhile' \
	flow_verdict other lossless
claim 'apply finds nothing to change' nothing_to_apply

# max leaves, and OpenVPN gives his part to bob, too: it is judged as bob's.
client_leave max
claim 'bob reaches john with an address of his network, out of max'"'"'s part' \
	net_py spoof bob 192.168.33.66 john=10.8.0.2
claim 'OpenVPN has learnt it' \
	grep -q 'Learn: 192.168.33.66 -> bob/' "$work/log/office"
refute 'and does not reach nick with it, whom max may reach' \
	net_py spoof bob 192.168.33.66 "nick=${all[1]#*=}"
client_leave bob
claim 'what bob had there has gone with him' \
	sh -c "! grep -q '^a	.*	bob	' '$work/state/live'"
clients_up bob max
mapfile -t all < <(nodes john nick bob max)
claim 'when both are back, all is right' \
	net_py matrix "$example_pairs $near $far $hosts" \
	"${all[@]}" "${lans[@]}" host=10.8.0.1

# An address that the client does not own, with the network of another.
refute 'max does not reach john with an address of the network of bob' \
	net_py spoof max 192.168.33.7 john=10.8.0.2
