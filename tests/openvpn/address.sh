#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An address that was another client's: the old client's policy no longer
# applies to it, the new client's does.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max pat
policy_example
policy pat '[END]'

# One address for john and nick: pat has the other of the pool, which OpenVPN
# wants to have two, bob and max have theirs.
server_make one <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.10 10.8.0.11 255.255.255.0
CONF
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$work/one/ccd/bob"
echo 'ifconfig-push 10.8.0.5 255.255.255.0' >"$work/one/ccd/max"

pf apply || die "apply: exit status $?"
server_start one
clients_up bob max pat
clients_up john
claim 'john has the address' [ "$(address_of john)" = 10.8.0.11 ]
claim 'and the rights of john' net_py matrix 'john-bob' \
	john=10.8.0.11 bob=10.8.0.4 max=10.8.0.5
client_leave john
clients_up nick
claim 'nick has the address then' [ "$(address_of nick)" = 10.8.0.11 ]
claim 'and the rights of nick, none of john' net_py matrix 'nick-max' \
	nick=10.8.0.11 bob=10.8.0.4 max=10.8.0.5
client_leave nick
clients_up john
claim 'and john once more' net_py matrix 'john-bob' \
	john=10.8.0.11 bob=10.8.0.4 max=10.8.0.5
claim 'apply finds nothing to change' nothing_to_apply
client_leave john
for id in bob max pat one; do
	stop $id
done
pf flush || die "flush: exit status $?"

# The pool has bob's fixed address, too: nick gets it while bob is away.
pf_args=()
server_make fixed <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0 nopool
	ifconfig-pool 10.8.0.4 10.8.0.5 255.255.255.0
CONF
echo 'ifconfig-push 10.8.0.2 255.255.255.0' >"$work/fixed/ccd/john"
echo 'ifconfig-push 10.8.0.4 255.255.255.0' >"$work/fixed/ccd/bob"
echo 'ifconfig-push 10.8.0.6 255.255.255.0' >"$work/fixed/ccd/max"
pf apply || die "apply: exit status $?"
server_start fixed
clients_up john max nick
claim 'nick has the fixed address of bob' [ "$(address_of nick)" = 10.8.0.4 ]
claim 'and the rights of nick, none of bob' \
	net_py matrix 'john-nick nick-max' \
	john=10.8.0.2 nick=10.8.0.4 max=10.8.0.6
claim 'apply finds nothing to change while it is lent' nothing_to_apply
# bob comes: OpenVPN gives the address to him, nick stays without.
clients_up bob
claim 'bob has it back' [ "$(address_of bob)" = 10.8.0.4 ]
ip -n nick address flush dev vpn0
claim 'and the rights of bob, none of nick' net_py matrix 'john-bob' \
	john=10.8.0.2 bob=10.8.0.4 max=10.8.0.6
client_leave nick
claim 'which nick does not take away when he leaves' \
	net_py matrix 'john-bob' john=10.8.0.2 bob=10.8.0.4 max=10.8.0.6
claim 'apply finds nothing to change' nothing_to_apply
