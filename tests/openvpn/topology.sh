#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# topology.sh: server.conf has no topology, so it is what this version of OpenVPN
# takes; vpnpf knows the addresses from ipp.txt alone, as after a boot.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick max
for name in john nick max; do
	policy $name '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
done
server_make office <<-CONF
	dev tun0
	server 10.8.0.0 255.255.255.0
CONF
case $(openvpn --version | head -n 1) in
'OpenVPN 2.'[56].*) topology=net30 ;;
*) topology=subnet ;;
esac

# said WORD: check says that there is no topology, and what was taken
said()
{
	pf check 2>&1 | tee "$work/report" | sed 's/^/#  /'
	grep -q "server.conf:[0-9]*:1: warning: no topology: taken as $1" \
		"$work/report"
}

# knows NAME: vpnpf has the address for it that the client has
knows()
{
	pf status "$1" | tee "$work/report" | sed 's/^/#  /'
	grep -qF " ${address[$1]} (ipp)" "$work/report"
}

claim 'nothing tells yet: net30 is taken' said net30
pf -q apply || die "apply: exit status $?"
server_start office
clients_up john nick max
declare -A address
for name in john nick max; do
	address[$name]=$(address_of $name)
done
for name in john nick max office; do
	stop $name
done
sed 's/^/#  /' "$work/office/ipp.txt"
rm -rf "${work:?}"/state/*
rules_lost

claim "ipp.txt tells: $topology is taken" said $topology
pf -q apply || die "apply: exit status $?"
for name in john nick max; do
	claim "$name has ${address[$name]} before it connects" knows $name
done
server_start office
clients_up nick
claim 'nick has it again' test "$(address_of nick)" = "${address[nick]}"
sed -i '1i topology '$topology "$work/office/server.conf"
claim 'with a topology nothing is said' fails said $topology
claim '... and the addresses are the same' knows john
