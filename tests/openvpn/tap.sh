#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dev tap, routed by proxy_arp_pvlan: OpenVPN does not check addresses, so
# vpnpf must drop packets with another client's address.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"
client_type=tap

# Clients ask for each other's hardware address and the host answers.
route_between_clients()
{
	namespace_sysctl host ipv4/conf/tap0/proxy_arp_pvlan=1 \
		ipv4/conf/tap0/send_redirects=0 ipv4/neigh/tap0/proxy_delay=0
}

client_make john nick bob max
policy_example
server_make tap <<-CONF
	dev tap0
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.5 10.8.0.99 255.255.255.0
CONF
echo 'ifconfig-push 10.8.0.2 255.255.255.0' >"$work/tap/ccd/john"
echo 'ifconfig-push 10.8.0.3 255.255.255.0' >"$work/tap/ccd/nick"
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$work/tap/ccd/bob"

pf apply || die "apply: exit status $?"
server_start tap
route_between_clients
clients_up john nick bob max
mapfile -t all < <(nodes john nick bob max)

claim 'clients and the server are reached as the files say' \
	net_py matrix "$example_pairs john-host nick-host bob-host" \
	"${all[@]}" host=10.8.0.1
claim 'vpnpf matrix says the same' matrix_says john-nick john-bob nick-max
claim 'apply finds nothing to change' nothing_to_apply

claim 'john reaches bob with his own address' \
	net_py spoof john 10.8.0.2 bob=10.8.0.4
refute 'nick does not reach bob with the address of john' \
	net_py spoof nick 10.8.0.2 bob=10.8.0.4
refute 'max does not reach john with the address of nick' \
	net_py spoof max 10.8.0.3 john=10.8.0.2
refute 'max does not reach the server with the address of john' \
	net_py spoof max 10.8.0.2 host=10.8.0.1
refute 'an address that is nobody'\''s does not reach bob' \
	net_py spoof nick 10.8.0.77 bob=10.8.0.4

# What the spoof tests would see without rules; as long as nobody takes a new
# hardware address, no hook is called that makes them anew.
pf flush || die "flush: exit status $?"
claim 'without rules nick reaches bob with the address of john' \
	net_py spoof nick 10.8.0.2 bob=10.8.0.4
pf apply || die "apply: exit status $?"
refute 'and with the rules again he does not' \
	net_py spoof nick 10.8.0.2 bob=10.8.0.4

# As john's double: the hardware address, too. What answers nick's questions
# may then reach john, so nick has to know where the host is.
hardware_address()
{
	ip -n "$1" -o link show dev "$2" | sed -E 's/.*ether ([^ ]*).*/\1/'
}

ip -n nick link set vpn0 address "$(hardware_address john vpn0)"
ip -n nick neighbour replace 10.8.0.4 dev vpn0 nud permanent \
	lladdr "$(hardware_address host tap0)"
refute 'nick does not reach bob as the double of john' \
	net_py spoof nick 10.8.0.2 bob=10.8.0.4
claim 'but john does, as soon as he sends' \
	net_py spoof john 10.8.0.2 bob=10.8.0.4
