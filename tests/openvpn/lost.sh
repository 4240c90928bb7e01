#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The state directory is lost while clients are connected, and an old ipp.txt
# names another client for each of their addresses.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

pool_persist='ifconfig-pool-persist ipp.txt 0'	# OpenVPN does not write it
client_make john nick bob max dora
policy_example
for name in mallory dora; do
	policy $name '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
done
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF

all_is_right()
{
	mapfile -t all < <(nodes john nick "$@" max)
	net_py matrix "$example_pairs john-host nick-host bob-host" \
		"${all[@]}" host=10.8.0.1
}

# ends STATUS COMMAND...: and says that the bindings were lost, if it is 1
ends()
{
	local wanted=$1 status=0
	shift
	pf "$@" >"$work/out" 2>&1 || status=$?
	cat "$work/out"
	[ $status = "$wanted" ] &&
		[ "$(grep -c 'were lost: ' "$work/out")" = "$wanted" ]
}

has_binding()
{
	grep -q "^a	[^	]*	$1	" "$work/state/live"
}

pf apply || die "apply: exit status $?"
server_start office
clients_up john nick bob max
claim 'at first all is right' all_is_right bob
for name in john nick bob max; do
	echo "mallory,$(address_of $name)"
done >"$work/office/ipp.txt"

for command in apply reconcile; do
	rm -rf "$work/state"
	claim "$command says that the state is lost" ends 1 $command
	claim 'and nobody has gained or lost a right' all_is_right bob
	claim "another $command is in order" ends 0 $command
	claim 'and all stays right' all_is_right bob
done

rm -rf "$work/state"
clients_up dora
claim 'the hook of a new client keeps all right' all_is_right bob
claim 'and says it in the log of the server' \
	grep -q 'were lost: ' "$work/log/office"
claim 'the new client has its rights' \
	net_py matrix dora-host dora="$(address_of dora)" host=10.8.0.1

rm -rf "$work/state"
client_leave bob
claim 'who leaves then has no address any more' \
	poll 10 fails has_binding bob
claim 'and the others keep theirs' has_binding john
claim 'the server agrees' ends 0 reconcile
mapfile -t all < <(nodes john nick max)
claim 'those who are there have their rights' net_py matrix \
	'john-nick nick-max john-host nick-host' "${all[@]}" host=10.8.0.1

: >"$work/state/live"
stop dora KILL
clients_up bob
claim 'a hook mends an empty table' all_is_right bob

chmod 777 "$work/state"
client_start dora
claim 'with a directory for others a new client gets nothing' \
	poll 20 grep -q 'is writable by others' "$work/log/office"
claim 'and the others keep their rights' all_is_right bob
chmod 755 "$work/state"
pf reconcile
claim 'and then it is in order' ends 0 reconcile
