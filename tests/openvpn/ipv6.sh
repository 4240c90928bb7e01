#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IPv6 in the tunnel: between clients CLIENTS decides as with IPv4; anything
# else is "unknown" to a SUBNETS list, or what its IPv6 prefixes say.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy john '[CLIENTS DROP]' +nick +bob '[SUBNETS ACCEPT]' -unknown '[END]'
policy nick '[CLIENTS DROP]' +john +max '[SUBNETS DROP]' +unknown '[END]'
policy bob '[CLIENTS ACCEPT]' -nick '[SERVICES]' '[SUBNETS DROP]' \
	+fd00:8::1/128 -fd00:77:0:1::66 +fd00:77::/63 +10.0.4.0/24 '[END]'
policy max '[CLIENTS DROP]' +nick '[SUBNETS ACCEPT]' -10.0.0.0/8 '[END]'
server_make office <<-CONF
	dev tun0
	topology subnet
	mode server
	tls-server
	push "topology subnet"
	ifconfig 10.8.0.1 255.255.255.0
	ifconfig-pool 10.8.0.100 10.8.0.199 255.255.255.0
	server-ipv6 fd00:8::/64
	push "route-ipv6 fd00:77::/63"
	route-ipv6 fd00:33::/64
	push "route-ipv6 fd00:33::/64"
CONF
ccd=$work/office/ccd
echo 'ifconfig-push 10.8.0.2 255.255.255.0' >"$ccd/john"
echo 'ifconfig-ipv6-push fd00:8::2/64' >>"$ccd/john"
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$ccd/bob"
echo 'ifconfig-ipv6-push fd00:8::4/64' >>"$ccd/bob"
echo 'iroute-ipv6 fd00:33::/64' >>"$ccd/bob"
lan_make lan fd00:77::2/64 host fd00:77::1
lan_make accounts fd00:77:0:1::66/64 host fd00:77:0:1::1
lan_make boblan fd00:33::7/64 bob fd00:33::1

pf apply || die "apply: exit status $?"
server_start office
clients_up john nick bob max
for name in john nick bob max; do
	all6+=("$name=$(address_of $name -6)")
done
mapfile -t all4 < <(nodes john nick bob max)

# What a router and its network do with each other does not concern vpnpf.
near='bob-boblan host-lan host-accounts lan-accounts'
behind='john-boblan host-boblan lan-boblan'
others='bob-host max-host bob-lan max-lan max-accounts'

# reached PAIRS: with IPv6
reached()
{
	net_py matrix "$1 $near" "${all6[@]}" host=fd00:8::1 lan=fd00:77::2 \
		accounts=fd00:77:0:1::66 boblan=fd00:33::7
}

claim 'the addresses are of ccd and of the pool' grep -Eq \
	'^john=fd00:8::2 nick=fd00:8::100. bob=fd00:8::4 max=fd00:8::100.$' \
	<(echo "${all6[*]}")
claim 'with IPv6 all is reached as the files say' reached \
	"$example_pairs $others $behind nick-host nick-lan nick-accounts"
claim 'with IPv4 as well' net_py matrix "$example_pairs john-host" \
	"${all4[@]}" host=10.8.0.1
claim 'apply finds nothing to change' nothing_to_apply

# Who comes back gets an address of the pool again, maybe another.
client_leave nick
client_leave max
clients_up max
clients_up nick
all6[1]=nick=$(address_of nick -6)
all6[3]=max=$(address_of max -6)
claim 'and when two have come back' reached \
	"$example_pairs $others $behind nick-host nick-lan nick-accounts"

policy nick '[CLIENTS DROP]' +john '[SERVICES]' '[SUBNETS DROP]' \
	+fd00:77:0:1::66 '[END]'
pf apply || die "apply: exit status $?"
claim 'and when a file has changed' reached \
	"john-nick john-bob $others $behind nick-accounts"
claim 'apply finds nothing more to change' nothing_to_apply
