#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel takes ESP to its addresses on every interface, so a client's tunnel
# may come and go by any: a second uplink, an asymmetric route. The policy holds
# there, and a packet in clear is from no client there either, but on the
# interfaces that are named as inside.
. "$(dirname "$0")/testbed.sh"

printf '%s\n' john,10.0.2.10 nick,10.0.2.11 max,10.0.2.12 >"$work/road"
printf '%s\n' john,,fd00:2::10 max,,fd00:2::12 >"$work/road6"
policy john '[CLIENTS DROP]' +nick +bob '[SUBNETS DROP]' +10.0.4.0/24 '[END]'
policy nick '[CLIENTS DROP]' '[SUBNETS DROP]' +10.0.1.0/24 '[END]'
policy bob '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
policy max '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'

# second_uplink: 198.51.100.1/24 on out1, and behind it roam, which is john on
# another path
second_uplink()
{
	ip -batch - <<-'IP' || die 'cannot make a second uplink'
	netns add roam
	link add out1 netns gw type veth peer name out0 netns roam
	IP
	ip -n gw -batch - <<-'IP' || die 'cannot set up out1'
	link set out1 up
	address add 198.51.100.1/24 dev out1
	IP
	ip -n roam -batch - <<-'IP' || die 'cannot set up roam'
	link set lo up
	link set out0 up
	address add 198.51.100.2/24 dev out0
	address add 10.0.2.10/32 dev lo
	address add 10.0.2.12/32 dev lo
	address add 10.0.7.7/32 dev lo
	route add 192.0.2.0/24 via 198.51.100.1
	route add 10.0.0.0/16 via 198.51.100.1 src 10.0.2.10
	IP
	reqid[roam]=1 outside[roam]=198.51.100.2 inner[roam]=10.0.2.10
	peers+=(roam)
	nodes+=(roam=10.0.2.10@roam stranger=10.0.7.7@john)
}

# section LINE...: more lines of the section road
section()
{
	local line
	for line in "$@"; do
		sed -i "/ipsec road {/a $line" "$work/vpnpf.conf"
	done
}

his_file='
roam accounts udp yes
accounts roam udp yes
roam lan udp no
lan roam udp no
roam dns/53 udp no
roam dns icmp no
# the pair
roam bob udp yes
bob roam udp yes'
nothing='
roam accounts udp no
accounts roam udp no
roam lan udp no
roam bob udp no
bob roam udp no'
everything='
roam accounts udp yes
accounts roam udp yes
roam lan udp yes
lan roam udp yes
roam bob udp yes'

in_clear='
roam=10.0.2.12 lan udp no
roam=10.0.2.12 accounts tcp no
roam=10.0.2.12 dns/53 udp no
roam=10.0.2.12 bob udp no
# what is not of the clients does not concern us
roam=198.51.100.2 lan udp yes'
inside='
roam=10.0.2.12 lan udp yes
roam=10.0.2.12 dns/53 udp yes
# a host there, which nobody has a file for
roam=10.0.2.77 lan udp yes
roam=10.0.2.77 bob udp yes
# forged: as if max were connected, whom bob lets in
roam=10.0.2.12 bob udp no
# it is no interface for others
evil=10.0.2.12 lan udp no clear
# what goes there in clear has what it wants
lan roam udp yes'

# route_to_clients GATEWAY DEV: where clear packets go
route_to_clients()
{
	ip -n gw route replace 10.0.2.0/24 via "$1" dev "$2" ||
		die "no route to $1"
}

by_another_uplink()
{
	configuration "$1" "$work/road"
	pf apply >/dev/null || die "apply: exit status $?"
	ends[roam]=192.0.2.1
	tunnels roam
	claim "$1: a tunnel by another uplink: as the file says" \
		packets "$his_file"
	ends[roam]=198.51.100.1
	tunnels roam
	claim 'one that ends at an address that the section lacks: nothing' \
		packets "$nothing"
	sed -i '0,/local = "192.0.2.1"/s//local = { "192.0.2.1", "198.51.100.1" }/' \
		"$work/vpnpf.conf"
	claim 'a section has several addresses' pf apply
	claim 'and the tunnels of each have what the file says' \
		packets "$his_file"
	tunnels
	claim 'in clear nobody is a client there' packets "$in_clear"
	route_to_clients 198.51.100.2 out1
	claim 'nor does anything leave in clear' packets 'lan roam udp no'
	pf flush >/dev/null || die "flush: exit status $?"
	claim 'control: without vpnpf it does' packets 'lan roam udp yes
		roam=10.0.2.12 lan udp yes'
	route_to_clients 192.0.2.66 out0
	tunnels roam
	claim 'control: and all gets through' packets "$everything"
}

by_an_interface_inside()
{
	configuration "$1" "$work/road"
	section 'inside = "out1"'
	pf apply >/dev/null || die "apply: exit status $?"
	tunnels
	route_to_clients 198.51.100.2 out1
	claim "$1: out1 is inside: its hosts may have such addresses" \
		packets "$inside"
	ends[roam]=192.0.2.1
	tunnels roam
	claim 'and who has a tunnel there has what his file says' \
		packets "${his_file%#*}"
	route_to_clients 192.0.2.66 out0
	pf flush >/dev/null || die "flush: exit status $?"
}

# Out of john's tunnel comes what is in no network of the section.
stranger_tunnel()
{
	local all=10.0.0.0/16 id='proto esp reqid 1 mode tunnel'
	local in="tmpl src 192.0.2.2 dst 192.0.2.1 $id"
	local out="tmpl src 192.0.2.1 dst 192.0.2.2 $id"
	tunnels john
	ip -n john address add 10.0.7.7/32 dev lo 2>/dev/null
	ip -n gw -batch - <<-IP || die 'no policies of a stranger'
	xfrm policy add dir in src 10.0.7.7 dst $all $in
	xfrm policy add dir fwd src 10.0.7.7 dst $all $in
	xfrm policy add dir out src $all dst 10.0.7.7 $out
	route replace 10.0.7.7 via 192.0.2.66
	IP
	ip -n john -batch - <<-IP || die 'no policies of a stranger'
	xfrm policy add dir out src 10.0.7.7 dst $all $in
	xfrm policy add dir in src $all dst 10.0.7.7 $out
	IP
}

by_a_stranger()
{
	local both='
		stranger lan udp yes
		lan stranger udp yes
		stranger dns/53 udp yes'
	configuration "$1" "$work/road"
	pf apply >/dev/null || die "apply: exit status $?"
	stranger_tunnel
	claim "$1: an address outside of the networks, in john's tunnel" \
		packets "${both//yes/no}"
	claim 'john himself has what his file says' \
		packets 'john accounts udp yes
		john lan udp no'
	section 'site-to-site = yes'
	pf apply >/dev/null || die "apply: exit status $?"
	claim 'site-to-site = yes lets it pass' packets "$both"
	pf flush >/dev/null || die "flush: exit status $?"
}

# The host gives what it sends outside its own address, so that the policy for
# john is no longer that for the packet.
under_masquerade()
{
	configuration "$1" "$work/road"
	pf apply >/dev/null || die "apply: exit status $?"
	tunnels john
	masquerade_"$1" '' || die 'no masquerade'
	if [ "$1" = nftables ]; then
		claim "$1: masqueraded, nothing to a client leaves in clear" \
			packets 'accounts/5001 john/5000 udp no'
	else
		claim "$1: masqueraded, it leaves in clear, as the manual says" \
			packets 'accounts/5001 john/5000 udp no clear'
	fi
	claim 'doctor says so' doctor_says
	masquerade_"$1" cured || die 'no masquerade'
	claim 'with the cure it gets there' \
		packets 'accounts/5005 john/5004 udp yes'
	refute 'and doctor has nothing to say' doctor_says
	masquerade_"$1" '' || die 'no masquerade'
	pf flush >/dev/null || die "flush: exit status $?"
	claim 'control: without vpnpf it leaves in clear' \
		packets 'accounts/5003 john/5002 udp no clear'
	within gw nft delete table ip host 2>/dev/null
	within gw iptables-legacy -t nat -F
}

doctor_says()
{
	local out
	out=$(pf doctor 2>&1)
	grep -q 'nat-to-tunnels' <<<"$out" || { echo "$out"; return 1; }
}

masquerade_nftables()
{
	within gw nft -f - <<-NFT
	table ip host {
		chain post {
			type nat hook postrouting priority srcnat
		}
	}
	flush table ip host
	table ip host {
		chain post {
			oifname "out0" ${1:+rt ipsec missing} masquerade
		}
	}
	NFT
}

masquerade_iptables-legacy()
{
	within gw iptables-legacy -t nat -F
	within gw iptables-legacy -t nat -A POSTROUTING -o out0 \
		${1:+-m policy --dir out --pol none} -j MASQUERADE
}

second_uplink
for backend in $backends; do
	by_another_uplink "$backend"
	by_an_interface_inside "$backend"
	by_a_stranger "$backend"
	under_masquerade "$backend"
done
