#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A policy that changes while clients are connected: it is in force when apply
# returns, also for running connections, and no other client loses a packet.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy_example
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF
pf apply || die "apply: exit status $?"
server_start office
clients_up john nick bob max
address_list john nick bob max
address[host]=10.8.0.1

# change STATUS: apply it while packets flow, in the time of T0 to T1
change()
{
	flow_wait
	T0=$(now)
	claim "apply ends with $1" apply_ends_with "$1"
	T1=$(now)
	flow_stop
}

flow_start ping icmp john bob
flow_start back icmp bob john
flow_start tcp tcp john bob
flow_start server icmp john host
flow_start opened icmp nick bob
flow_start other icmp nick max
flow_start other-tcp tcp max nick
flow_start same icmp john nick
policy bob '[CLIENTS ACCEPT]' -john '[SUBNETS ACCEPT]' '[END]'
policy john '[CLIENTS DROP]' +nick +bob '[SUBNETS DROP]' '[END]'
policy nick '[CLIENTS DROP]' +john +max +bob '[SUBNETS DROP]' '[END]'
change 0
claim 'a revoked flow is cut at once' flow_verdict ping closed "$T0" "$T1"
claim 'in both directions' flow_verdict back closed "$T0" "$T1"
claim 'a TCP connection is cut, too' flow_verdict tcp closed "$T0" "$T1"
claim 'a change of SUBNETS cuts as well' \
	flow_verdict server closed "$T0" "$T1"
claim 'what is newly allowed goes at once' \
	flow_verdict opened opened "$T0" "$T1"
claim 'who is not concerned loses no packet' flow_verdict other lossless
claim 'nor does its TCP connection' flow_verdict other-tcp lossless
claim 'nor does what stays allowed of those who are' \
	flow_verdict same lossless

flow_start again icmp bob john
flow_start kept icmp nick bob
flow_start other icmp nick max
policy new '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
mv "$work/policy/new.pf" "$work/policy/bob.pf"
policy nick '[CLIENTS DROP]' +john 'this is not a policy'
change 1
claim 'a pair that a new file in place of the old allows goes at once' \
	flow_verdict again opened "$T0" "$T1"
claim 'a file that becomes bad leaves the old rules' \
	flow_verdict kept lossless
claim 'of which the others notice nothing' flow_verdict other lossless

flow_start gone icmp john bob
flow_start gone-tcp tcp john bob
flow_start other icmp nick max
rm "$work/policy/john.pf"
change 1
claim 'a client whose file is removed is shut out at once' \
	flow_verdict gone closed "$T0" "$T1"
claim 'its TCP connection, too' flow_verdict gone-tcp closed "$T0" "$T1"
claim 'the others lose no packet' flow_verdict other lossless
