#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# [KILL] ends a session at once, as OpenVPN 2.5 did: the client is told nothing,
# comes back after its ping-restart, and is refused. Any number, any name.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

open=('[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]')
six=(john nick max anna bert dora)
pool_persist=
pf_args=(-c "$work/conf" --state-dir "$work/state")
cat >"$work/conf" <<CONF
policy = "$work/policy"
openvpn office {
	server-conf = "$work/office/server.conf"
}
CONF

# server_conf PROTO LINE...: with this protocol
server_conf()
{
	local proto=$1
	shift
	server_make office < <(printf '%s\n' "$@" 'dev tun0' \
		'topology subnet' 'server 10.8.0.0 255.255.255.0')
	sed -Ei "s/^proto .*/proto $proto/; s/^keepalive .*/keepalive 1 6/" \
		"$work/office/server.conf"
}

# connected NAME: the server says so
connected()
{
	grep -q '"connected": true' <(pf --json status "$1")
}

gone()
{
	grep -q '"connected": false' <(pf --json status "$1")
}

all_open()
{
	local name
	for name in "${six[@]}"; do
		policy $name "${open[@]}"
	done
}

alive()
{
	local name
	for name in "$@"; do
		kill -0 "${pid[$name]}" || return
	done
}

# kills NAME...: apply ends the sessions of these, and says so once each
kills()
{
	local name
	pf apply >"$work/report" || return
	cat "$work/report"
	[ "$(grep -c closed-client "$work/report")" = $# ] || return
	for name in "$@"; do
		gone "$name" || return
	done
}

# told_nothing NAME...: no order of the server came with the end
told_nothing()
{
	local name
	for name in "$@"; do
		! grep -E 'HALT|RESTART|halt|server-pushed' \
			"$work/log/$name" || return
	done
}

ended()
{
	poll 40 fails kill -0 "${pid[$1]}" 2>/dev/null &&
		grep AUTH_FAILED "$work/log/$1"
}

client_make "${six[@]}"
server_conf udp4
all_open
pf -q apply || die "apply: exit status $?"
server_start office
clients_up "${six[@]}"
claim 'nobody is killed without a reason' kills
for name in "${six[@]}"; do
	policy $name '[KILL]'
done
claim 'six of six are ended at once' kills "${six[@]}"
claim '... while their programs run' alive "${six[@]}"
claim 'the next reconcile finds nothing left' pf reconcile
for name in "${six[@]}"; do
	claim "... and $name is refused after the ping-restart" ended $name
done
claim '... told nothing before' told_nothing "${six[@]}"
for name in "${six[@]}"; do
	stop $name
done
stop office

# Names: none is a part of, or an address or a command in place of, another's.
names=(bob 'bob smith' 'old "bob"' 'back\slash' 'Jürgen' 'a:b' 'a' ':a' UNDEF)
declare -A where=()
for i in "${!names[@]}"; do
	make_key "${names[i]}" clientAuth
	namespace_make "n$i"
	where[${names[i]}]=n$i
	policy "${names[i]}" "${open[@]}"
done
namespace_make twice
names_start()
{
	local name
	for name in "$@"; do
		client_start "${where[$name]}" office "$name"
	done
	for name in "$@"; do
		wait_up "${where[$name]}"
	done
}

# only_ends NAME: his session ends, and no other
only_ends()
{
	local name
	kills "$1" || return
	for name in "${names[@]}"; do
		[ "$name" = "$1" ] || connected "$name" || {
			echo "$name has gone, too"
			return 1
		}
	done
}

server_conf udp4 duplicate-cn 'explicit-exit-notify 1'
pf -q apply
server_start office
names_start "${names[@]}"
for name in "${names[@]}"; do
	policy "$name" '[KILL]'
	claim "only \"$name\" is ended" only_ends "$name"
	policy "$name" "${open[@]}"
	pf -q apply
	stop "${where[$name]}"
	names_start "$name"
done
client_start twice office bob
wait_up twice
policy bob '[KILL]'
claim 'both sessions of one name are ended' kills bob
claim '... and refused' ended n0
claim '... both' ended twice
claim 'told nothing before' told_nothing n0 twice
for name in "${names[@]}"; do
	stop "${where[$name]}"
done
stop office

# TCP, where the client notices at once; a name with a colon goes by its
# address.
client_over()
{
	local namespace=$1 proto=$2 remote=$3 name=$4
	shift 4
	openvpn_start "$namespace" "$namespace" --client --dev vpn0 \
		--dev-type tun --proto "$proto" --nobind \
		--remote "$remote" "${port[office]}" \
		--ca "$work/keys/ca.crt" --cert "$work/keys/$name.crt" \
		--key "$work/keys/$name.key" --remote-cert-tls server \
		--connect-retry 1 1 --hand-window 20 --verb 3 "$@"
}

server_conf tcp4-server
policy bob "${open[@]}"
pf -q apply
server_start office
client_over n0 tcp4-client 100.64.0.1 bob
client_over n5 tcp4-client 100.64.0.1 a:b
client_over n6 tcp4-client 100.64.0.1 a
client_over n7 tcp4-client 100.64.0.1 :a --auth-retry nointeract
wait_up n0 n5 n6 n7
policy bob '[KILL]'
policy a:b '[KILL]'
policy :a '[KILL]'
claim 'over TCP' kills :a a:b bob
claim '... nobody else' connected a
claim '... and refused at once' ended n0
claim '... by its address, too' ended n5
claim '... refused, too' poll 20 grep -q AUTH_FAILED "$work/log/n7"
claim '... with "auth-retry nointeract" its program tries again' alive n7
policy :a "${open[@]}"
pf -q apply
expect_up n7
claim '... until it is let in' poll 20 is_up n7
claim '... by the same program' alive n7

# A management interface that does not answer: because another program is
# connected, or because the server hangs.
cannot_end()
{
	local start=$SECONDS
	pf apply >"$work/report" 2>&1
	cat "$work/report"
	[ $((SECONDS - start)) -lt 6 ] &&
		[ "$(grep -c 'office": no answer' "$work/report")" = 1 ]
}

# reconcile_ends NAME: it fails, too, while the interface is not free yet
reconcile_ends()
{
	pf -q reconcile
	gone "$1"
}

a_is_shut()
{
	net_py matrix '' "n6=$(address_of n6)" host=10.8.0.1
}

python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.recv(1); print("held", flush=True); time.sleep(60)' \
	"$work/office/manage" >"$work/held" &
holder=$!
poll 10 grep -q held "$work/held" || die 'the interface cannot be held'
policy a '[KILL]'
claim 'a held interface is said, once, in seconds' cannot_end
claim '... its client is shut' a_is_shut
kill -STOP "${pid[office]}"
claim 'a server that hangs is said, too' cannot_end
kill -CONT "${pid[office]}"
kill $holder
claim 'when it is free again the session ends' poll 20 reconcile_ends a
claim '... as nobody has held it' ended n6
for name in n0 n5 n6 n7 office; do
	stop $name
done

# IPv6, which "kill" cannot name: the server ends it by its number.
address=$(ip -n n5 -4 -o address show dev eth0 | awk '{ print $4 }')
link=$(ip -n host route show "${address%/*}" | awk '{ print $3 }')
ip -n host address add fd64::1/64 dev "$link" nodad
ip -n n5 address add fd64::5/64 dev eth0 nodad
server_conf udp6
policy a:b "${open[@]}"
pf -q apply
server_start office
client_over n5 udp6 fd64::1 a:b
client_over n7 udp4 100.64.0.1 :a
wait_up n5 n7
policy a:b '[KILL]'
policy :a '[KILL]'
claim 'a name with a colon over IPv6' pf apply
claim '... in some seconds' poll 15 gone a:b
claim '... and over IPv4 to the same socket' poll 15 gone :a
claim '... and refused' ended n5
claim '... both' ended n7
claim '... told nothing before' told_nothing n5 n7
