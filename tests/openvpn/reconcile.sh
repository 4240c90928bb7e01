#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# reconcile corrects missing and wrong hook calls with the server's data: from
# its management interface (TCP with a password, a socket), or its status file.
# The sessions of closed clients are ended.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

odd='a:b "c'\'' d,e'			# no "kill NAME" would find it
client_make john nick max mallory
make_key "$odd" clientAuth
namespace_make odd
policy_example
pool_persist=				# or it would tell, too
rm "$work/policy/bob.pf"
policy mallory '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
policy "$odd" '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'

# server_conf MANAGEMENT STATUS-VERSION: "none" is without
server_conf()
{
	server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
	CONF
	sed -Ei "s/^status-version .*/status-version $2/
		s|^management .*|management $1|; /^management none/d" \
		"$work/office/server.conf"
}

without_hooks()
{
	sed -Ei '/^(client-connect|client-disconnect|learn-address) /d' \
		"$work/office/server.conf"
}

# reconcile_says STATUS KIND...: these kinds are found, and no others
option=
reconcile_says()
{
	local wanted=$1 status=0
	shift
	pf --json reconcile $option >"$work/report" || status=$?
	cat "$work/report"
	[ $status = "$wanted" ] || { echo "exit status $status"; return 1; }
	diff <(printf '%s\n' "$@" | sed '/^$/d' | sort) \
		<(sed '/"kind"/ { N; N; /"minor": true/d }' "$work/report" |
			sed -n 's/.*"kind": "\(.*\)",/\1/p' | sort -u)
}

# finds KIND...: with --check, then repaired, then in order
finds()
{
	local before
	before=$(listing 2>/dev/null)
	option=--check reconcile_says 1 "$@" &&
		[ "$before" = "$(listing 2>/dev/null)" ] &&
		reconcile_says 1 "$@" && reconcile_says 0
}

# The server says how it was at a second, hooks what was in that second.
next_second()
{
	local now
	printf -v now '%(%s)T' -1
	poll 2 later "$now"
}

later()
{
	local now
	printf -v now '%(%s)T' -1
	[ "$now" -gt "$1" ]
}

# status_knows NAME: he is connected, and the server says from where
status_knows()
{
	pf --json status "$1" >"$work/report" || return
	cat "$work/report"
	grep -q '"connected": true' "$work/report" &&
		grep -qE '"from": "[0-9.]+:[0-9]+"' "$work/report" &&
		grep -q '"packets": [1-9]' "$work/report"
}

who_is_up()
{
	mapfile -t all < <(nodes john nick max)
	net_py matrix 'john-nick nick-max john-host nick-host' "${all[@]}" \
		host=10.8.0.1
}

address_list_all()
{
	address_list john nick max
}

echo secret >"$work/password"
server_conf "127.0.0.1 7505 $work/password" 3
pf apply >/dev/null || die "apply: exit status $?"
server_start office
clients_up john nick max
address_list_all
claim 'after hooks all is in order' reconcile_says 0
claim '... and nobody is asked for more' pf -q reconcile

next_second
pf learn-address delete "${address[max]}"
next_second
claim 'an address that was given up by mistake is bound again' \
	finds binding-missing
pf learn-address add 10.8.0.77 john
next_second
claim 'an address of nobody is given up' finds binding-gone
pf learn-address update "${address[max]}" john
next_second
claim 'an address is given back to who has it' finds binding-changed
claim 'and all reach each other as before' who_is_up
claim 'status tells from where they are connected' status_knows max
rm -rf "$work/state"
claim 'a lost state is made anew from the rules' finds state-lost
claim '... who reach each other as before' who_is_up
rules_lost
claim 'lost rules are found' finds rules-missing
claim '... and repaired' who_is_up
policy max '[CLIENTS DROP]' '[SUBNETS DROP]' '[END]'
claim 'a file that is newer than its rules is found' finds policy-changed
claim '... and counts' net_py matrix 'john-nick john-host nick-host' \
	"${all[@]}" host=10.8.0.1
claim '--deep finds nothing more' pf -q --deep reconcile
policy_example
rm "$work/policy/bob.pf"
pf -q reconcile >"$work/cron"
claim 'with -q there is a line for what was repaired' grep -q policy "$work/cron"
pf -q reconcile >"$work/cron" 2>&1
claim '... and none when all is in order' [ ! -s "$work/cron" ]

# Sessions of [KILL].
is_gone()
{
	grep -q '"connected": false' <(pf --json status "$1")
}

# bound NUMBER: addresses
bound()
{
	[ "$(grep -c '^a' "$work/state/live")" = "$1" ]
}

clients_up mallory
client_start odd office "$odd"
wait_up odd
claim 'two more are there' reconcile_says 0
policy mallory '[KILL]'
claim 'apply ends the session of who has [KILL]' pf -q apply
claim '... at once' is_gone mallory
claim '... once, not again after it' reconcile_says 0
policy "$odd" '[KILL]'
claim 'reconcile ends it, too' reconcile_says 1 closed-client policy-changed
claim '... of who has an odd name' is_gone "$odd"
claim '... and then all is in order' reconcile_says 0
claim '... and the addresses are free' bound 3
stop mallory
stop odd

# A program that holds the management interface, and does not let go.
nsenter --net=/run/netns/host python3 -c 'import socket, sys, time
s = socket.create_connection(("127.0.0.1", 7505))
s.recv(1); print("held", flush=True); time.sleep(60)' >"$work/held" &
holder=$!
poll 10 grep -q held "$work/held" || die 'the interface cannot be held'
next_second
start=$SECONDS
pf learn-address add 10.8.0.77 john
poll 3 later "$(date +%s)"
claim 'a held interface is not waited for: the status file tells' \
	finds binding-gone
claim '... in seconds' [ $((SECONDS - start)) -lt 20 ]
start=$SECONDS
claim '... for status, too' status_knows nick
claim '... in seconds' [ $((SECONDS - start)) -lt 10 ]
kill $holder
sed -i 's/secret/wrong/' "$work/password"
sed -i '/^status /d' "$work/office/server.conf"
pf reconcile >"$work/report" 2>&1
claim 'a wrong password is said' \
	grep 'does not take the password' "$work/report"
for name in john nick max office; do
	stop $name
done

# Without hooks, by a status file of version 1.
rules_lost
rm -rf "$work/state"
server_conf none 1
without_hooks
policy "$odd" '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
pf -q apply
server_start office
clients_up john nick max
client_start odd office "$odd"
wait_up odd
address_list_all
mapfile -t all < <(nodes john nick max odd)
claim 'without hooks nobody is let in' net_py matrix '' "${all[@]}"
status_has_all()
{
	[ "$(grep -c '^10\.8\.0\.' "$work/office/status")" = 4 ]
}
poll 10 status_has_all || die 'the status file lacks somebody'
claim 'reconcile binds all by a status file of version 1' \
	reconcile_says 1 binding-missing
claim '... odd names, too' pf explain "$odd" john
claim '... and they reach each other' who_is_up
stop nick KILL
sed -i "s/^Updated,.*/Updated,2020-01-01 00:00:00/" "$work/office/status"
kill -STOP "${pid[office]}"
sed -i "s/^Updated,.*/Updated,2020-01-01 00:00:00/" "$work/office/status"
claim 'a status file of long ago is not believed' \
	grep -q 'too old' <(pf reconcile 2>&1)
kill -CONT "${pid[office]}"
