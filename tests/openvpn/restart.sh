#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The server dies or restarts: clients get addresses of other clients, and the
# old bindings must not count.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

pool_persist=				# addresses in the order of connection
client_make john nick bob max
policy_example
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
	persist-tun
	persist-key
CONF

# in_order NAME...: one after the other
in_order()
{
	local name
	for name in "$@"; do
		clients_up "$name"
	done
}

# addresses_are NAME...: of the pool, in this order
addresses_are()
{
	local i=2 name
	for name in "$@"; do
		[ "$(address_of "$name")" = 10.8.0.$i ] || return
		i=$((i + 1))
	done
}

all_is_right()
{
	mapfile -t all < <(nodes john nick bob max)
	net_py matrix "$example_pairs john-host nick-host bob-host" \
		"${all[@]}" host=10.8.0.1
}

pf apply || die "apply: exit status $?"
server_start office
in_order john nick bob max
claim 'at first all is right' all_is_right

# No hook tells that the clients are gone.
stop office KILL
for name in john nick bob max; do
	stop $name KILL
done
server_start office
in_order bob max john nick
claim 'after a crash clients have other addresses' \
	addresses_are bob max john nick
claim 'and all is right' all_is_right
claim 'apply finds nothing to change' nothing_to_apply

# Some do not come back: their addresses are others' or nobody's.
stop office KILL
for name in john nick bob max; do
	stop $name KILL
done
server_start office
in_order nick max
claim 'after a crash others have their addresses' addresses_are nick max
mapfile -t all < <(nodes nick max)
claim 'and who is not back does not count' net_py matrix nick-max "${all[@]}"
in_order john bob
claim 'those who come later have their rights' all_is_right

# server_signal SIGNAL ORDER...: the server ends all connections by itself
server_signal()
{
	local signal=$1 name
	shift
	for name in "$@"; do
		stop "$name" KILL
	done
	expect_up office
	kill "-$signal" "${pid[office]}"
	wait_up office
	in_order "$@"
	claim "after SIG$signal clients have other addresses" \
		addresses_are "$@"
	claim 'and all is right' all_is_right
	claim 'apply finds nothing to change' nothing_to_apply
}

server_signal USR1 max bob nick john
server_signal HUP nick john max bob

# The state folder is gone as well, as after a start of the machine.
stop office KILL
for name in john nick bob max; do
	stop $name KILL
done
rules_lost
rm -rf "$work/state"
server_start office
in_order john
in_order max nick bob
claim 'without rules and state the first connection makes both' all_is_right
claim 'apply finds nothing to change' nothing_to_apply
