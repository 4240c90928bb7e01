#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# inside.sh: networks of an ipsec section that are this machine's own: hosts
# there would be taken for clients without a tunnel, and be cut off, this
# machine's administrator among them.  Such a section is refused, and shut
# without harm to them, unless "inside" names the interface.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"
. "$srcdir/tests/claims.sh"

cd "$work" || exit 2
mkdir policy state
printf 'policy = "policy"\nstate-dir = "state"\nbackend = "%s"\n' \
	"$VPNPF_BACKEND" >head

# The host 10.0.2.9 beyond in0, and 10.0.9.9 beyond out0.
mount -t tmpfs none /run && mkdir /run/netns || skip 'no own /run'
ip link set lo up
for host in in:10.0.2 out:10.0.9; do
	name=${host%:*} net=${host#*:}
	ip netns add "$name" || skip 'no named namespaces'
	ip link add "${name}0" type veth peer name eth0 netns "$name"
	ip link set "${name}0" up
	ip addr add "$net.1/24" dev "${name}0"
	ip -n "$name" -batch - <<-IP
	link set lo up
	link set eth0 up
	address add $net.9/24 dev eth0
	route add default via $net.1
	IP
done
lib_sysctl ipv4/ip_forward=1 ipv4/conf/all/rp_filter=0

# conf LINE...: of the section
conf()
{
	{
		cat head
		echo 'ipsec road {'
		echo '	local = "10.0.9.1"'
		printf '	%s\n' "$@"
		echo '}'
	} >vpnpf.conf
}

pf()
{
	"$VPNPF" -c vpnpf.conf "$@"
}

# says COMMAND STATUS LINE...: it ends so, and has these lines
says()
{
	local out status line
	out=$(pf "$1" 2>&1)
	status=$?
	echo "$out"
	[ $status = "$2" ] || { echo "status $status"; return 1; }
	shift 2
	for line in "$@"; do
		grep -qxF -- "$line" <<<"$out" || { echo "no $line"; return 1; }
	done
}

# reaches FROM ADDR
reaches()
{
	within "$1" ping -q -c 1 -W 2 "$2"
}

at='vpnpf.conf:6:16: error: '
note='vpnpf.conf:4:1: note: if clients and hosts on in0 share it, write here: inside = "in0"'

# hosts_reach TEXT: as if there were no rules
hosts_reach()
{
	claim "$1: a host with such an address reaches others" \
		reaches in 10.0.9.9
	claim "$1: and is reached" reaches out 10.0.2.9
	claim "$1: also by this machine" ping -q -c 1 -W 2 10.0.2.9
	claim "$1: which reaches itself" ping -q -c 1 -W 2 10.0.2.1
}

command -v ping >/dev/null || skip 'no ping'
hosts_reach 'control: without rules'

conf 'networks = { "10.0.2.0/24" }'
error="${at}10.0.2.0/24 holds 10.0.2.0/24, a network of this machine on in0"
claim 'check refuses the network of in0' says check 1 "$error" "$note"
claim 'so does apply' says apply 1 "$error" "$note" \
	'vpnpf: note: "road" is shut'
hosts_reach 'refused'
claim 'reconcile has the same' says reconcile 1 "$error"

conf 'networks = { "10.0.2.0/30" }'
claim 'an address of this machine is refused, too' says check 1 \
	"${at}10.0.2.0/30 holds 10.0.2.1, an address of this machine on in0"
conf 'networks = { "10.0.0.0/16" }' 'inside = "in*"'
claim 'each interface has to be named' says check 1 \
	"${at}10.0.0.0/16 holds 10.0.9.0/24, a network of this machine on out0"
conf 'networks = { "10.0.2.64/26" }'
claim 'a part of it, where this machine has no address, may be theirs' \
	says check 0
claim 'apply loads it' says apply 0
refute 'and who has such an address there is nobody' eval '
	ip -n in address add 10.0.2.70/24 dev eth0 &&
	within in ping -q -c 1 -W 1 -I 10.0.2.70 10.0.9.9'

conf 'networks = { "10.0.2.0/24" }' 'inside = "in0"'
claim 'with inside, check has nothing to say' says check 0
claim 'nor has apply' says apply 0
hosts_reach 'inside'
refute 'on out0 who has such an address is nobody' eval '
	ip -n out address add 10.0.2.77/32 dev lo &&
	within out ping -q -c 1 -W 1 -I 10.0.2.77 10.0.9.1'

lib_device p2p0
ip addr add 10.0.5.1 peer 10.0.6.0/25 dev p2p0
conf 'networks = { "10.0.5.1" }'
claim 'an address whose network is another' says check 1 \
	"${at}10.0.5.1 holds 10.0.5.1, an address of this machine on p2p0"
conf 'networks = { "10.0.6.0/24" }'
claim 'the network of a peer' says check 1 \
	"${at}10.0.6.0/24 holds 10.0.6.0/25, a network of this machine on p2p0"
ip addr add 10.0.7.1/32 dev lo
ip addr add fd00:7::1/64 dev in0
conf 'networks = { "10.0.7.0/24" }'
claim 'an address of lo harms nobody' says check 0
conf 'networks = { "fd00:7::/48" }'
claim 'IPv6' says check 1 \
	"${at}fd00:7::/48 holds fd00:7::/64, a network of this machine on in0"
exit $failed
