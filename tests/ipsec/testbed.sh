# SPDX-License-Identifier: GPL-2.0-or-later
# For the IPsec tests, which read it as their first command: in a virtual
# machine (vm.sh) a gateway with vpnpf, two road warriors with IPsec, a LAN, and
# an attacker on the segment between.
#
#	john 192.0.2.2  (10.0.2.10) --+
#	nick 192.0.2.3  (10.0.2.11) --+-- net -- out0 gw in0 -- lan 10.0.1.20
#	evil 192.0.2.66             --+                              10.0.4.4
#
# gw is 192.0.2.1 outside, 10.0.1.1 inside, and has tun0, 10.0.3.1/24, with the
# OpenVPN client bob, 10.0.3.5. max has an address, 10.0.2.12, and a policy but
# is not connected. Where IPv4 is 192.0.2.X and 10.0.Y.X, IPv6 is 2001:db8::X
# and fd00:Y::X.
# $work is a directory of the test; vpnpf is called with pf.
# shellcheck shell=bash disable=SC2034

set -u -o pipefail
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/claims.sh"

[ "${VPNPF_TEST_INSIDE:-}" = yes ] || {
	for tool in ip nft iptables-legacy python3; do
		PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null ||
			skip "no $tool"
	done
	exec bash "$srcdir/tests/ipsec/vm.sh" "$0" "$@"
}

# From here on: inside.

work=/run/work
backends=${VPNPF_BACKENDS-nftables iptables-legacy}
nodes=(john=10.0.2.10 nick=10.0.2.11 evil=192.0.2.66 lan=10.0.1.20
	accounts=10.0.4.4@lan gw=192.0.2.1 dns=10.0.1.1@gw
	bob=10.0.3.5@gw:tun0 john6=fd00:2::10@john evil6=2001:db8::66@evil
	lan6=fd00:1::20@lan accounts6=fd00:4::4@lan)

testbed_end()
{
	local result=$?
	[ $result = 0 ] && result=$failed
	if [ $result != 0 ] && [ $result != 77 ]; then
		tail -n 20 "$work"/log/* 2>/dev/null
		within gw ip xfrm state
		within gw ip xfrm policy
		within gw cat /proc/net/xfrm_stat | grep -v '[^0-9]0$'
		within gw nft list ruleset
		within gw iptables-legacy-save -c
	fi 2>&1 | sed 's/^/#  /'
	trap - EXIT
	exit $result
}

network()
{
	# What the namespaces begin with: every source address is believed.
	echo 0 | tee /proc/sys/net/ipv4/conf/{all,default}/rp_filter \
		/proc/sys/net/ipv4/conf/{all,default}/send_redirects \
		/proc/sys/net/ipv6/conf/default/accept_dad >/dev/null
	printf 'netns add %s\n' net gw lan john nick evil | ip -batch - ||
		die 'cannot make namespaces'
	ip -batch - <<-'IP' || die 'cannot make the links'
	link add br0 netns net type bridge
	link add gate netns net type veth peer name out0 netns gw
	link add p-john netns net type veth peer name out0 netns john
	link add p-nick netns net type veth peer name out0 netns nick
	link add p-evil netns net type veth peer name out0 netns evil
	link add in0 netns gw type veth peer name in0 netns lan
	IP
	ip -n net -batch - <<-'IP' || die 'cannot set up net'
	link set br0 up
	link set gate master br0 up
	link set p-john master br0 up
	link set p-nick master br0 up
	link set p-evil master br0 up
	IP
	gateway
	ip -n lan -batch - <<-'IP' || die 'cannot set up lan'
	link set lo up
	link set in0 up
	address add 10.0.1.20/24 dev in0
	address add fd00:1::20/64 dev in0 nodad
	address add 10.0.4.4/32 dev lo
	address add fd00:4::4/128 dev lo nodad
	route add default via 10.0.1.1
	route add default via fd00:1::1
	IP
	host john 2 10
	host nick 3 11
	host evil 66
}

# What goes to a client in clear goes to evil.
gateway()
{
	ip -n gw -batch - <<-'IP' || die 'cannot set up gw'
	tuntap add dev tun0 mode tun
	link set lo up
	link set out0 up
	link set in0 up
	link set tun0 up
	address add 192.0.2.1/24 dev out0
	address add 2001:db8::1/64 dev out0 nodad
	address add 10.0.1.1/24 dev in0
	address add fd00:1::1/64 dev in0 nodad
	address add 10.0.3.1/24 dev tun0
	route add 10.0.4.0/24 via 10.0.1.20
	route add fd00:4::/64 via fd00:1::20
	route add 10.0.2.0/24 via 192.0.2.66
	route add fd00:2::/64 via 2001:db8::66
	IP
	within gw bash -c 'echo 1 | tee /proc/sys/net/ipv4/ip_forward \
		/proc/sys/net/ipv6/conf/all/forwarding >/dev/null'
}

# host NAME OUTSIDE [INSIDE]: with addresses that end so
host()
{
	ip -n "$1" -batch - <<-IP || die "cannot set up $1"
	link set lo up
	link set out0 up
	address add 192.0.2.$2/24 dev out0
	address add 2001:db8::$2/64 dev out0 nodad
	${3:+address add 10.0.2.$3/32 dev lo}
	${3:+address add fd00:2::$3/128 dev lo nodad}
	route add 10.0.0.0/16 via 192.0.2.1 ${3:+src 10.0.2.$3}
	route add fd00::/16 via 2001:db8::1 ${3:+src fd00:2::$3}
	IP
}

# The tunnels, as a key daemon makes them: john6 is john's for IPv6.
declare -A reqid=([john]=1 [nick]=2 [john6]=3)
declare -A outside=([john]=192.0.2.2 [nick]=192.0.2.3 [john6]=2001:db8::2)
declare -A inner=([john]=10.0.2.10 [nick]=10.0.2.11 [john6]=fd00:2::10)
declare -A ends=()	# where they end, if not at 192.0.2.1
peers=(john nick)	# namespaces of clients
algorithm="aead rfc4106(gcm(aes)) 0x$(printf '%040d' 1) 128"

# tunnel NAME client|gate|wide: one end of it, for ip -batch. The gate has its
# inbound policies for the one client, or, wide, none.
tunnel()
{
	local gate=${ends[$1]:-192.0.2.1} clients=10.0.2.0/24 all=10.0.0.0/16 in out id
	[[ $1 != *6 ]] || gate=2001:db8::1 clients=fd00:2::/64 all=fd00::/16
	in="src ${outside[$1]} dst $gate proto esp"
	out="src $gate dst ${outside[$1]} proto esp"
	id="reqid ${reqid[$1]} mode tunnel"
	echo "xfrm state add $in spi 0x10${reqid[$1]} $id $algorithm"
	echo "xfrm state add $out spi 0x20${reqid[$1]} $id $algorithm"
	if [ "$2" = client ]; then
		printf 'xfrm policy add dir %s src %s dst %s tmpl %s\n' \
			out $clients $all "$in $id" in $all $clients "$out $id"
		return
	fi
	printf 'xfrm policy add dir %s src %s dst %s tmpl %s\n' \
		out $all "${inner[$1]}" "$out $id"
	[ "$2" = wide ] ||
		printf 'xfrm policy add dir %s src %s dst %s tmpl %s\n' \
			in "${inner[$1]}" $all "$in $id" \
			fwd "${inner[$1]}" $all "$in $id"
}

forget_tunnels()
{
	local name
	for name in "${peers[@]}" gw; do
		printf 'xfrm %s flush\n' state policy | ip -n $name -batch -
	done
}

# tunnels [wide] NAME...: these, and no others; wide: the gateway's inbound
# policies let any address through any tunnel.
tunnels()
{
	local name gate=gate
	local any='tmpl src 0.0.0.0 dst 192.0.2.1 proto esp mode tunnel'
	[ "${1-}" != wide ] || { gate=wide; shift; }
	forget_tunnels
	for name in "$@"; do
		tunnel "$name" client | ip -n "${name%6}" -batch - ||
			die "no tunnel on $name"
		tunnel "$name" $gate
	done | ip -n gw -batch - || die 'no tunnels on gw'
	[ $gate = gate ] || printf 'xfrm policy add dir %s src %s dst %s %s\n' \
		in 10.0.2.0/24 10.0.0.0/16 "$any" \
		fwd 10.0.2.0/24 10.0.0.0/16 "$any" |
		ip -n gw -batch - || die 'no wide policies'
}

# packets TABLE: they fare as it says
packets()
{
	python3 -S "$srcdir/tests/ipsec/packets.py" net:gate \
		"${nodes[@]}" <<<"$1"
}

# configuration BACKEND [MAP]: vpnpf.conf; who has which address is in MAP, or
# daemons tell
configuration()
{
	local map=${2:+"addresses = \"$2\""}
	echo bob,10.0.3.5 >"$work/office"
	cat >"$work/vpnpf.conf" <<-CONF
	policy = "$work/policy"
	state-dir = "$work/state"
	backend = "$1"
	ipsec road {
		dev = "out0"
		local = "192.0.2.1"
		networks = { "10.0.2.0/24" }
		ike = yes
		$map
	}
	ipsec road6 {
		dev = "out0"
		local = "2001:db8::1"
		networks = { "fd00:2::/64" }
		ike = yes
		${map:+${map/%\"/6\"}}
	}
	openvpn office {
		dev = "tun0"
		topology = "subnet"
		ipp = "$work/office"
	}
	CONF
}

# policy NAME LINE...: a .pf file
policy()
{
	local name=$1
	shift
	printf '%s\n' "$@" >"$work/policy/$name.pf"
}

# pf COMMAND...: vpnpf on the gateway
pf()
{
	within gw "$VPNPF" -c "$work/vpnpf.conf" "$@"
}

trap testbed_end EXIT
mkdir "$work" "$work/policy" "$work/log" "$work/state"
network
