#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tunnels with an interface: an xfrm interface is named in the section, and the
# policy holds there as elsewhere; a VTI is not supported, and closed.
. "$(dirname "$0")/testbed.sh"

printf '%s\n' john,10.0.2.10 nick,10.0.2.11 max,10.0.2.12 >"$work/road"
printf '%s\n' john,,fd00:2::10 max,,fd00:2::12 >"$work/road6"
policy john '[CLIENTS DROP]' +nick +bob '[SERVICES]' '+10.0.1.1 udp 53' \
	'[SUBNETS DROP]' +10.0.4.0/24 '[END]'
policy nick '[CLIENTS DROP]' +john '[SUBNETS ACCEPT]' -10.0.4.0/24 '[END]'
policy bob '[CLIENTS DROP]' +john '[SUBNETS ACCEPT]' '[END]'
policy max '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
nodes+=(stranger=10.0.7.7@john)

# interface_tunnels WORDS NAME...: as tunnels, with WORDS in each line of gw
interface_tunnels()
{
	local words=$1 name
	shift
	forget_tunnels
	for name in "$@"; do
		tunnel "$name" client | ip -n "$name" -batch - ||
			die "no tunnel on $name"
		tunnel "$name" gate
	done | sed "s/\$/ $words/" | ip -n gw -batch - ||
		die 'no tunnels on gw'
}

# section LINE...: more lines of the section road
section()
{
	local line
	for line in "$@"; do
		sed -i "/ipsec road {/a $line" "$work/vpnpf.conf"
	done
}

files='
john accounts udp yes
accounts john udp yes
john accounts icmp yes
john lan udp no
lan john udp no
john dns/53 udp yes
dns/53 john udp yes
john dns icmp no
dns john icmp no
nick lan udp yes
lan nick tcp yes
nick accounts tcp no
accounts nick tcp no
# between clients, of both kinds
john nick udp yes
nick john udp yes
john bob udp yes
bob john udp yes
nick bob udp no
bob nick udp no'
all='
john accounts udp yes
john lan udp yes
lan john udp yes
nick bob udp yes
bob nick udp yes'
nothing='
john accounts udp no
accounts john udp no
john lan udp no
lan john udp no
dns/53 john udp no
bob john udp no'
in_clear='
evil=10.0.2.12 lan udp no clear
evil=10.0.2.12 dns/53 udp no clear
evil=10.0.2.12 bob udp no clear'

# strongswan up|down NAME [VARIABLE=VALUE...]
strongswan()
{
	local verb=$1 name=$2
	shift 2
	env PLUTO_VERB=$verb-client PLUTO_PEER_ID=$name "$@" \
		PLUTO_REQID=${reqid[$name]} \
		PLUTO_PEER_CLIENT=${inner[$name]}/32 \
		nsenter --net=/run/netns/gw -- \
		"$VPNPF" -c "$work/vpnpf.conf" updown
}

# with_interface BACKEND [TABLE]
with_interface()
{
	configuration "$1" "$work/road"
	[ -z "${2:-}" ] || sed -i "1i iptables-table = $2" "$work/vpnpf.conf"
	pf apply >/dev/null || die "apply: exit status $?"
	claim "$1${2:+, in $2}: an interface that no section names: nothing reaches clients" \
		packets 'accounts john udp no
		lan nick udp no'
	claim 'doctor says so' doctor_says '^ipsec0 is an xfrm'
	section 'xfrm = "ipsec0"'
	claim 'the section names it' pf apply
	refute 'then doctor does not' doctor_says 'xfrm-unnamed'
	claim 'each has what his file says, both ways' packets "$files"
	[ "$1" = nftables ] && claim 'each packet is counted once' counted_once
	claim 'in clear nobody is a client' packets "$in_clear"
	claim 'an address outside of the networks has nothing' packets '
		stranger lan udp no
		lan stranger udp no'
	section 'xfrm = "out0"'
	sed -i '/xfrm = "ipsec0"/d' "$work/vpnpf.conf"
	refute 'another interface is none' pf check
	sed -i 's/xfrm = "out0"/xfrm = "ipsec*"/' "$work/vpnpf.conf"
	section 'site-to-site = yes'
	claim 'unless the section says site-to-site' pf apply
	claim 'then it passes' packets '
		stranger lan udp yes
		lan stranger udp yes
		lan john udp no'
	without_vpnpf
}

# What goes to a client is seen twice: at ipsec0, and with its policy.
counted_once()
{
	pf apply >/dev/null
	within gw nft reset set inet vpnpf to4/road >/dev/null 2>&1 ||
		{ pf flush && pf apply; } >/dev/null || return
	within gw nft list set inet vpnpf to4/road >"$work/before"
	within lan bash -c 'for i in 1 2 3; do
		echo >/dev/udp/10.0.2.11/9; done'
	local before after
	before=$(sed -n 's/.*10\.0\.2\.11 counter packets \([0-9]*\).*/\1/p' \
		"$work/before")
	after=$(within gw nft list set inet vpnpf to4/road | sed -n \
		's/.*10\.0\.2\.11 counter packets \([0-9]*\).*/\1/p')
	echo "$before $after"
	[ "$after" = $((before + 3)) ]
}

without_vpnpf()
{
	pf flush >/dev/null || die "flush: exit status $?"
	claim 'control: without vpnpf every packet gets through' packets "$all"
}

by_hook()
{
	configuration "$1"
	section 'xfrm = "ipsec0"'
	pf apply >/dev/null || die "apply: exit status $?"
	claim "$1, of which strongSwan shall tell: it is nobody's" \
		packets "$nothing"
	refute 'a tunnel without an interface is closed' strongswan up john
	claim 'so it has nothing' packets "$nothing"
	claim 'john comes' strongswan up john PLUTO_IF_ID_IN=42 PLUTO_IF_ID_OUT=42
	claim 'and has what his file says' packets '
		john accounts udp yes
		accounts john udp yes
		john lan udp no
		lan john udp no'
	claim 'john goes' strongswan down john PLUTO_IF_ID_IN=42 PLUTO_IF_ID_OUT=42
	claim 'and has nothing any more' packets "$nothing"
	configuration "$1"
	pf apply >/dev/null || die "apply: exit status $?"
	refute 'a section without xfrm closes a tunnel that has one' \
		strongswan up john PLUTO_IF_ID_IN=42 PLUTO_IF_ID_OUT=42
	claim 'it has nothing' packets "$nothing"
	strongswan down john PLUTO_IF_ID_IN=42 PLUTO_IF_ID_OUT=42
	pf flush >/dev/null || die "flush: exit status $?"
}

# doctor_says WORDS
doctor_says()
{
	local out
	out=$(pf doctor 2>&1)
	grep -q -- "$1" <<<"$out" || { echo "$out"; return 1; }
}

stranger()
{
	local any=10.0.0.0/16 id='proto esp reqid 1 mode tunnel'
	local in="tmpl src 192.0.2.2 dst 192.0.2.1 $id"
	local out="tmpl src 192.0.2.1 dst 192.0.2.2 $id"
	ip -n john address add 10.0.7.7/32 dev lo 2>/dev/null
	ip -n gw -batch - <<-IP || die 'no policies of a stranger'
	xfrm policy add dir in src 10.0.7.7 dst $any $in if_id 42
	xfrm policy add dir fwd src 10.0.7.7 dst $any $in if_id 42
	xfrm policy add dir out src $any dst 10.0.7.7 $out if_id 42
	route replace 10.0.7.7 dev ipsec0
	IP
	ip -n john -batch - <<-IP || die 'no policies of a stranger'
	xfrm policy add dir out src 10.0.7.7 dst $any $in
	xfrm policy add dir in src $any dst 10.0.7.7 $out
	IP
}

ip -n gw -batch - <<-'IP' || die 'no xfrm interface'
	link add ipsec0 type xfrm dev out0 if_id 42
	link set ipsec0 up
	route replace 10.0.2.0/24 dev ipsec0
IP
interface_tunnels 'if_id 42' john nick
stranger
claim 'control: without vpnpf every packet gets through' packets "$all"
for backend in $backends; do
	with_interface "$backend"
	[ "$backend" != iptables-legacy ] || with_interface "$backend" filter
	by_hook "$backend"
done

ip -n gw link del ipsec0
ip -n gw -batch - <<-'IP' || die 'no VTI'
	link add vti0 type vti local 192.0.2.1 remote 0.0.0.0 key 7
	link set vti0 up
	route replace 10.0.2.0/24 dev vti0
IP
within gw bash -c 'echo 1 >/proc/sys/net/ipv4/conf/vti0/disable_policy'
interface_tunnels '' john
ip -n gw xfrm policy flush
tunnel john gate | sed -n 's/^xfrm policy .*/& mark 7/p' |
	ip -n gw -batch - || die 'no policies of a VTI'
claim 'control: a VTI lets all through' packets 'john lan udp yes
	lan john udp yes'
for backend in $backends; do
	configuration "$backend" "$work/road"
	pf apply >/dev/null || die "apply: exit status $?"
	claim "$backend: nothing passes through a VTI" packets "$nothing"
	claim 'doctor says so' doctor_says '^vti0 is a VTI'
	pf flush >/dev/null || die "flush: exit status $?"
done
