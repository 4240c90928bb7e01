#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients that come back: after a restart of their process, of the connection,
# with another policy, and twice at a time (duplicate-cn).
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy_example
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF
pf apply || die "apply: exit status $?"
server_start office
clients_up john nick bob max

all_is_right()
{
	mapfile -t all < <(nodes john nick bob max)
	net_py matrix "$example_pairs" "${all[@]}"
}

mapfile -t all < <(nodes john nick bob max)
claim 'at first all is right' all_is_right
stop john KILL
clients_up john
claim 'a client that was killed and comes back has its rights' all_is_right
stop bob TERM
clients_up bob
claim 'one that ended and comes back, too' all_is_right
expect_up nick
kill -USR1 "${pid[nick]}"
wait_up nick
claim 'one that connects anew, too' all_is_right
for i in 1 2 3; do
	stop max KILL
	clients_up max
done
claim 'one that comes back many times, too' all_is_right
claim 'apply finds nothing to change' nothing_to_apply

pf flush || die "flush: exit status $?"
claim 'after flush everybody reaches everybody' net_py matrix \
	'john-nick john-bob john-max nick-bob nick-max bob-max' "${all[@]}"
pf apply || die "apply: exit status $?"
claim 'after apply it is as before, for those who are connected' all_is_right

policy bob '[CLIENTS ACCEPT]' '[SUBNETS DROP]' '[END]'
policy max '[CLIENTS DROP]' +nick +bob '[SUBNETS DROP]' '[END]'
for name in bob max; do
	stop $name KILL
	clients_up $name
done
mapfile -t all < <(nodes john nick bob max)
claim 'who comes back has what its file says by then' \
	net_py matrix "$example_pairs bob-max" "${all[@]}"
claim 'apply finds nothing more to change' nothing_to_apply
for name in john nick bob max office; do
	stop $name
done
pf flush || die "flush: exit status $?"

# The same name twice.
policy_example
pf_args=()
pool_persist=
server_make twice <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
	duplicate-cn
CONF
namespace_make john2
pf apply || die "apply: exit status $?"
server_start twice
client_start john2 twice john
clients_up john nick bob
wait_up john2
mapfile -t all < <(nodes john john2 nick bob)
pairs='john-nick john-bob john2-nick john2-bob'
claim 'a name that is connected twice has its rights at both addresses' \
	net_py matrix "$pairs" "${all[@]}"
stop john TERM
stop nick KILL
clients_up nick
mapfile -t all < <(nodes john2 nick bob)
claim 'whose second session does not need the first' \
	net_py matrix "$pairs" "${all[@]}"
