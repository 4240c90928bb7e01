#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets in and outside of tunnels with manual keys: the policy holds inside
# the tunnel; a packet in clear is from no client.
. "$(dirname "$0")/testbed.sh"

printf '%s\n' john,10.0.2.10 nick,10.0.2.11 max,10.0.2.12 >"$work/road"
printf '%s\n' john,,fd00:2::10 max,,fd00:2::12 >"$work/road6"
policy john '[CLIENTS DROP]' +nick +bob '[SERVICES]' \
	'+10.0.1.1/32 udp 53 from 1024-65535' '+10.0.1.20/32 tcp 22,80' \
	'[SUBNETS DROP]' +10.0.4.0/24 +fd00:4::/64 '[END]'
policy nick '[CLIENTS DROP]' +john +bob '[SUBNETS ACCEPT]' -10.0.4.0/24 '[END]'
policy bob '[CLIENTS DROP]' +john '[SUBNETS ACCEPT]' '[END]'
policy max '[CLIENTS ACCEPT]' '[SERVICES]' '[SUBNETS ACCEPT]' '[END]'

both_ways='
# [SUBNETS]
john accounts udp yes
accounts john udp yes
john accounts icmp yes
john lan udp no
lan john udp no
nick lan udp yes
lan nick udp yes
nick accounts tcp no
accounts nick tcp no
# the gateway itself
nick dns icmp yes
dns nick icmp yes
john dns icmp no
# IPv6
john6 accounts6 udp yes
accounts6 john6 udp yes
john6 accounts6 icmp yes
john6 lan6 udp no
lan6 john6 udp no'

# The ports of the far end; with "from", our own, too.
services='
john/40000 lan/80 tcp yes
lan/80 john/40000 tcp yes
john/40000 lan/81 tcp no
lan/81 john/40000 tcp no
lan/40000 john/80 tcp no
john/40000 dns/53 udp yes
dns/53 john/40000 udp yes
john/1023 dns/53 udp no
dns/53 john/1023 udp no
john/40000 dns/54 udp no
john/40000 dns/53 tcp no'

between='
# both name each other
john nick udp yes
nick john udp yes
john nick tcp yes
# across the two VPNs
john bob udp yes
bob john udp yes
bob john icmp yes
# only one names the other
nick bob udp no
bob nick udp no'

# What the kernel has an inbound policy for (john, here) it drops itself: max,
# whom it does not know, may go anywhere, so that only vpnpf is in his way.
in_clear='
evil=10.0.2.12 lan udp no clear
evil=10.0.2.12 accounts tcp no clear
evil=10.0.2.12/40000 dns/53 udp no clear
evil=10.0.2.12 bob icmp no clear
evil=10.0.2.12 nick udp no clear
evil=10.0.2.10 accounts udp no clear
evil6=fd00:2::12 lan6 udp no clear
evil6=fd00:2::12 accounts6 icmp no clear
# what is not of the clients does not concern us
evil gw udp yes clear
gw evil icmp yes clear'
unguarded='
evil=10.0.2.12 lan udp yes clear
evil=10.0.2.12/40000 dns/53 udp yes clear
evil=10.0.2.12 bob icmp yes clear
evil=10.0.2.12 nick udp yes clear
evil6=fd00:2::12 lan6 udp yes clear
john6 lan6 udp yes
john lan udp yes
nick bob udp yes'

# An answer finds no tunnel and goes in clear.
unanswered='
lan nick udp no
dns nick udp no
bob john udp no
accounts6 john6 udp no'

# dropped_in_clear: how many packets from the clients' addresses were
dropped_in_clear_nftables()
{
	within gw nft list chain inet vpnpf pre |
		sed -n 's/.*saddr 10\.0\.2\.0.* packets \([0-9]*\) .* drop$/\1/p'
}

dropped_in_clear_iptables-legacy()
{
	within gw iptables-legacy-save -c |
		sed -n 's/^\[\([0-9]*\):.*-A VPk-1 -j DROP$/\1/p'
}

dropped_in_clear()
{
	local total=0 n
	for n in $("dropped_in_clear_$1"); do
		total=$((total + n))
	done
	echo $total
}

# A host's own rules, as they are everywhere: what has begun may go on.
host_rules_nftables()
{
	within gw nft -f - <<-'NFT'
	table inet host {
		chain forward {
			type filter hook forward priority filter
			policy drop
			ct state established accept
			meta ipsec exists accept
			iifname "in0" accept
		}
	}
	NFT
}
host_rules_flush_nftables()
{
	within gw nft delete table inet host
}

# In table filter vpnpf lets the daemons talk; before it, the host has to.
host_rules_iptables-legacy()
{
	local own='-A INPUT -p esp -j ACCEPT
	-A OUTPUT -p esp -j ACCEPT
	-A INPUT -p udp -m multiport --dports 500,4500 -j ACCEPT
	-A OUTPUT -p udp -m multiport --sports 500,4500 -j ACCEPT'
	[ "$1" != filter ] || own=
	within gw iptables-legacy-restore --noflush <<-RULES
	*filter
	:INPUT DROP
	:FORWARD DROP
	:OUTPUT DROP
	$own
	-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	-A FORWARD -m policy --dir in --pol ipsec -j ACCEPT
	-A FORWARD -i in0 -j ACCEPT
	COMMIT
	RULES
}
host_rules_flush_iptables-legacy()
{
	within gw iptables-legacy-restore <<-'RULES'
	*filter
	:INPUT ACCEPT
	:FORWARD ACCEPT
	:OUTPUT ACCEPT
	COMMIT
	RULES
}

daemons='
evil/500 gw/500 udp yes clear
evil/4500 gw/4500 udp yes clear
gw/500 evil/500 udp yes clear
gw/4500 evil/4500 udp yes clear
evil/501 gw/501 udp no clear
evil gw tcp no clear'

begun='
john/5000 accounts/5001 udp yes
accounts/5001 john/5000 udp yes'
goes_on='
john/5000 accounts/5001 udp no clear
evil=10.0.2.10/5000 accounts/5001 udp no clear'

# strongswan up|down NAME: as it calls its updown script
strongswan()
{
	PLUTO_VERB=$1-client PLUTO_PEER_ID=$2 PLUTO_REQID=${reqid[$2]} \
		PLUTO_PEER_CLIENT=${inner[$2]}/32 pf updown
}

# racoon up|down NAME: as it calls its phase1 scripts; it tells of no reqid
racoon()
{
	XAUTH_USER=$2 INTERNAL_ADDR4=${inner[$2]} REMOTE_ADDR=${outside[$2]} \
		pf updown "phase1_$1"
}

# The gateway's own policies let any address through any tunnel.
told='
john accounts udp yes
accounts john udp yes
nick lan udp yes
lan nick udp yes
john nick udp yes
nick john udp yes
# as john, but in another tunnel than his
nick=10.0.2.10 accounts udp no
# as one who is not there
nick=10.0.2.12 lan udp no'
only_nick='
john accounts udp no
accounts john udp no
john nick udp no
nick john udp no
nick lan udp yes
lan nick udp yes'
nobody='
john accounts udp no
accounts john udp no
nick lan udp no
lan nick udp no'

# The addresses stand in a file, the policies are for the two who are connected.
from_file()
{
	local before after
	configuration "$1" "$work/road"
	tunnels john nick john6
	claim "$1: apply" pf apply
	claim 'in the tunnel all have what their files say, both ways' \
		packets "$both_ways"
	claim 'and the services, by the ports of both ends' packets "$services"
	claim 'two clients reach each other if both files say so' \
		packets "$between"
	before=$(dropped_in_clear "$1")
	claim 'in clear nobody is a client' packets "$in_clear"
	after=$(dropped_in_clear "$1")
	claim "and that is counted ($before to $after)" \
		[ "$after" -ge $((before + 10)) ]
	without_vpnpf 'it is let in' packets "$unguarded"
}

# under_host_rules BACKEND [TABLE]
under_host_rules()
{
	configuration "$1" "$work/road"
	[ -z "${2:-}" ] || sed -i "1i iptables-table = $2" "$work/vpnpf.conf"
	tunnels john nick john6
	pf apply >/dev/null || die "apply: exit status $?"
	host_rules_"$1" "${2:-}" || die 'no rules of the host'
	claim "${2:+in $2, }a flow of john's in his tunnel" packets "$begun"
	[ "$1" != iptables-legacy ] ||
		claim 'the daemons for the keys are let talk, others not' \
			packets "$daemons"
	tunnels
	claim 'does not go on in clear, though the host would let it' \
		packets "$goes_on"
	claim 'nor does anything leave in clear' packets "$unanswered"
	without_vpnpf 'it does' packets "${goes_on//no/yes}"
	host_rules_flush_"$1" || die 'no rules of the host to flush'
	claim 'control: and what has no tunnel leaves in clear' \
		packets "${unanswered//no/no clear}"
}

from_daemons()
{
	configuration "$1"
	tunnels wide john nick
	claim "$1, of which daemons shall tell: apply" pf apply
	claim 'of whom nobody told has nothing' packets "$nobody"
	claim 'strongSwan tells of john' strongswan up john
	claim 'racoon tells of nick' racoon up nick
	claim 'each has what his file says, in his tunnel' packets "$told"
	claim 'john goes' strongswan down john
	claim 'and has nothing any more' packets "$only_nick"
	claim 'nick goes' racoon down nick
	claim 'and has nothing any more' packets "$nobody"
	without_vpnpf 'one can be another in the tunnel' \
		packets 'nick=10.0.2.10 accounts udp yes'
}

# without_vpnpf TEXT COMMAND...: the control of what was claimed, which leaves
# the gateway without our rules
without_vpnpf()
{
	local text=$1
	shift
	pf flush >/dev/null || die "flush: exit status $?"
	claim "control: without vpnpf $text" "$@"
}

tunnels john nick john6
claim 'control: without vpnpf every packet gets through' packets "$unguarded"
for backend in $backends; do
	from_file "$backend"
	under_host_rules "$backend"
	[ "$backend" != iptables-legacy ] || under_host_rules "$backend" filter
	from_daemons "$backend"
done
