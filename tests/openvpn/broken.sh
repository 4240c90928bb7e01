#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A slip in vpnpf.conf or in the server.conf of another server: clients come and
# go, closed ones are shut. client-to-client: nobody is let in, whichever way
# the server calls vpnpf.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"
[ -n "$KEEPDIR" ] || skip 'cannot have a folder of its own for what is kept'

client_make john nick bob max carl dave
policy_example
policy carl '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
policy dave '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
pool_persist=			# which has also who was refused
good_conf()
{
	cat >"$work/conf" <<-CONF
	policy = "$work/policy"
	state-dir = "$work/state"
	openvpn office {
		server-conf = "$work/office/server.conf"
	}
	openvpn lab {
		server-conf = "$work/lab/server.conf"
	}
	CONF
}

# server NAME PORT DEVICE NET
server()
{
	pf_args=(-c "$work/conf")
	server_make "$1" "$2" <<-CONF
	dev $3
	topology subnet
	server $4.0 255.255.255.0
	push "route 10.8.0.0 255.255.0.0"
	CONF
}

# slip FILE LINE, mended FILE: at its end
slip()
{
	echo "$2" >>"$1"
}

mended()
{
	sed -i '$d' "$1"
}

# says SERVER TEXT: in its log, since the call before
declare -A seen=()
says()
{
	local from=${seen[$1]:-0}
	seen[$1]=$(wc -l <"$work/log/$1")
	tail -n "+$((from + 1))" "$work/log/$1" | grep -F -- "$2"
}

good_conf
server office 1194 tun0 10.8.0
server lab 1195 tun1 10.8.1
pf apply || die "apply: exit status $?"
server_start office
server_start lab
client_start john office
client_start bob lab
wait_up john bob
mapfile -t all < <(nodes john bob)
claim 'both servers have clients' net_py matrix \
	'john-bob john-host bob-host' "${all[@]}" host=10.8.0.1

# The neighbour's file. Its server runs on: only vpnpf has read it.
slip "$work/lab/server.conf" 'topology star'
client_start nick office
wait_up nick
claim 'a client comes to office while the file of lab is wrong' \
	says office 'warning: "lab" is shut'
mapfile -t all < <(nodes john nick)
claim 'and may do what its file says' net_py matrix 'john-nick' "${all[@]}"
client_start carl lab
claim 'nobody comes to lab' refused carl
claim 'and the log says where it is wrong' says lab \
	"$work/lab/server.conf:$(wc -l <"$work/lab/server.conf"):"
claim 'apply ends with 1' apply_ends_with 1
mapfile -t all < <(nodes john nick bob)
claim 'and shuts lab alone' net_py matrix 'john-nick john-host nick-host' \
	"${all[@]}" host=10.8.0.1
client_leave nick office
client_leave bob lab
claim 'who leaves office is forgotten' \
	poll 20 fails grep -q '^a.*nick' "$work/state/live"
claim 'who leaves lab, too' \
	poll 20 fails grep -q '^a.*bob' "$work/state/live"
mended "$work/lab/server.conf"
claim 'mended, apply ends with 0' apply_ends_with 0
client_start bob lab
client_start nick office
wait_up bob nick
mapfile -t all < <(nodes john nick bob)
claim 'and all is as before' net_py matrix 'john-nick john-bob' "${all[@]}"

# vpnpf.conf.
slip "$work/conf" 'polcy = "x"'
client_start dave lab
client_start max office
wait_up dave max
claim 'clients come to both servers while vpnpf.conf is wrong' \
	says lab "$work/conf:$(wc -l <"$work/conf"):1: error"
mapfile -t all < <(nodes john nick bob max)
claim 'and may do what their files say' net_py matrix "$example_pairs" \
	"${all[@]}"
policy nick '[KILL]'
claim 'apply ends with 1' apply_ends_with 1
claim 'and the session of a client that gets [KILL] is ended' \
	poll 30 fails ip -n nick link show vpn0
mapfile -t all < <(nodes john bob max)
claim 'the others go on' net_py matrix 'john-bob' "${all[@]}"

# The same at a boot.
for id in john nick bob max dave; do
	stop $id KILL
done
stop lab
rules_lost
rm -f "$work"/state/*
claim 'after a boot apply ends with 2' apply_ends_with 2
client_start john office
claim 'nobody comes in' refused john
claim 'and the log says why' says office 'everything is shut until this is'
mended "$work/conf"
policy nick '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
claim 'mended, apply ends with 0' apply_ends_with 0
client_start john office
wait_up john
stop john KILL
stop office

# client-to-client, with scripts.
slip "$work/office/server.conf" client-to-client
line="$work/office/server.conf:$(wc -l <"$work/office/server.conf"):1"
claim 'with client-to-client apply ends with 1' apply_ends_with 1
server_start office
server_start lab
seen=()
client_start john office
claim 'and nobody is let in' refused john
claim 'the log names the line' says office "$line: error: with client-to"
client_start bob lab
wait_up bob
claim 'the other server goes on' [ -n "$(address_of bob)" ]
stop bob KILL
stop office

# With the plugin.
plugin=${VPNPF%/*}/vpnpf-openvpn.so
[ -f "$plugin" ] || exit 0
sed -Ei '/^(script-security|client-.*connect|learn-address) /d' \
	"$work/office/server.conf"
sed -i "1i plugin $plugin program=$VPNPF ${vpnpf[*]:1} ${pf_args[*]}" \
	"$work/office/server.conf"
line="$work/office/server.conf:$(wc -l <"$work/office/server.conf"):1"
openvpn_start office host --cd "$work/office" --config server.conf
claim 'with the plugin the server does not start' \
	poll 30 fails kill -0 "${pid[office]}"
seen=()
claim 'and its log names the line' says office "$line: error: with client-to"
mended "$work/office/server.conf"
pf -q apply
server_start office
client_start john office
wait_up john
slip "$work/office/server.conf" client-to-client
client_start max office
claim 'the plugin lets nobody in when the option is new' refused max
seen=()
claim 'and names the line' says office "$line: error: with client-to"
mended "$work/office/server.conf"
