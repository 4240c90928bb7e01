# SPDX-License-Identifier: GPL-2.0-or-later
# For the OpenVPN tests, which read it as their first command: real servers
# and clients, each client in a network namespace of its own, and vpnpf as the
# servers' hooks. A test runs in a network, mount and process namespace of its
# own, so its processes and devices always end with it.
#
#	host		the namespace of all servers, of vpnpf and its rules
#	<client>	a namespace named after each client: eth0 to the host
#	$OPENVPN	the program to test with, if it is not openvpn
#	$work		a directory of the test: policy/, log/, keys/, and for each
#			server a directory with server.conf, ccd/, ipp.txt
#
# A test makes claims, one line each ("ok - claim", "not ok - claim"), and ends
# with 0 (all hold), 1, or 77 and the reason when it cannot run here.
# shellcheck shell=bash disable=SC2034

set -u -o pipefail
umask 022
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VPNPF:=./vpnpf}"
. "$srcdir/tests/claims.sh"
. "$srcdir/tests/backend.sh"

testbed_needs()
{
	local tool
	for tool in "${OPENVPN:=openvpn}" openssl python3 ip unshare nsenter \
			$(backend_tools); do
		command -v $tool >/dev/null || skip "no $tool"
	done
	case $("$OPENVPN" --version | head -n 1) in
	'OpenVPN 2.'[0-4].*) skip 'openvpn is older than 2.5' ;;
	esac
	VPNPF=$(command -v -- "$VPNPF") || skip 'no vpnpf'
	VPNPF=$(readlink -f -- "$VPNPF")
	srcdir=$(readlink -f -- "$srcdir")
	OPENVPN=$(command -v -- "$OPENVPN")
	export srcdir VPNPF OPENVPN
}

# Runs the test again, as root of new namespaces.
testbed_outside()
{
	local user=() inside=(-n -m -p -f --kill-child --mount-proc)
	testbed_needs
	[ "$(id -u)" = 0 ] || user=(-r)
	unshare "${user[@]}" "${inside[@]}" true 2>/dev/null ||
		skip 'no rights to make namespaces'
	work=$(mktemp -d) || exit 1
	export work VPNPF_TEST_INSIDE=yes
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
	unshare "${user[@]}" "${inside[@]}" bash "$0" "$@" </dev/null
	exit
}

[ "${VPNPF_TEST_INSIDE:-}" = yes ] || testbed_outside "$@"

# From here on: inside.

# Whatever $OPENVPN is called, it is openvpn here.
mkdir -p "$work/bin"
ln -sf "$OPENVPN" "$work/bin/openvpn"
PATH=$work/bin:$PATH

clients=0			# how many namespaces hang on the host
server=				# the last that was made
declare -A pid=() ups=() port=()
pf_args=()			# what makes vpnpf work on this testbed
vpnpf=("$VPNPF" -b "$VPNPF_BACKEND")	# how it is called, also by servers

# Hooks complain into the server's log.
no_sanitizer_report()
{
	! grep -hE 'Sanitizer|runtime error:' "$work"/log/*
}

testbed_end()
{
	local result=$?
	claim 'no sanitizer has complained' no_sanitizer_report
	[ $result = 0 ] && result=$failed
	if [ $result != 0 ] && [ $result != 77 ]; then
		tail -n 8 "$work"/log/* 2>/dev/null | sed 's/^/#  /'
		listing 2>/dev/null | sed 's/^/#  /'
	fi
	trap - EXIT
	exit $result
}

net_py()
{
	python3 -S "$srcdir/tests/openvpn/net.py" "$@"
}

now()
{
	date +%s.%N
}

# namespace_sysctl NAMESPACE PATH=VALUE...: below /proc/sys/net
namespace_sysctl()
{
	local name=$1
	shift
	# shellcheck disable=SC2016
	within "$name" bash -c 'for s; do
		echo "${s#*=}" >"/proc/sys/net/${s%%=*}" || exit 1
	done' - "$@" || die "sysctl $*"
}

testbed_begin()
{
	trap testbed_end EXIT
	trap 'exit 1' INT TERM HUP
	[ -w /dev/net/tun ] || skip 'no /dev/net/tun'
	backend_begin
	mkdir /run/netns
	mkdir "$work/policy" "$work/log" "$work/keys" "$work/state"
	ip netns add host || skip 'cannot make a network namespace'
	ip -n host link set lo up
	ip -n host address add 100.64.0.1/32 dev lo
	namespace_sysctl host ipv4/ip_forward=1 ipv6/conf/all/forwarding=1 \
		ipv4/conf/{all,default}/send_redirects=0
	make_key ca '' -x509
	make_key server serverAuth
}

# make_key FILE USAGE [NAME]: a key and a certificate
make_key()
{
	local sign=() usage=()
	[ "$1" = ca ] || sign=(-CA "$work/keys/ca.crt"
		-CAkey "$work/keys/ca.key")
	[ -z "$2" ] || usage=(-addext "extendedKeyUsage=$2"
		-addext keyUsage=digitalSignature)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 3 "${sign[@]}" "${usage[@]}" -utf8 \
		-subj "/CN=${1//\\/\\\\}" \
		-keyout "$work/keys/$1.key" -out "$work/keys/$1.crt" \
		2>"$work/log/openssl" || die "openssl: $(<"$work/log/openssl")"
}

# client_make NAME...: key and namespace; a second namespace of a name is
# made with namespace_make and served by client_start NAMESPACE NAME
client_make()
{
	local name
	for name in "$@"; do
		make_key "$name" clientAuth
		namespace_make "$name"
	done
}

# namespace_make NAME: with a link to the host over which OpenVPN's packets go
namespace_make()
{
	local address
	clients=$((clients + 1))
	address=100.64.$((clients / 250)).$((clients % 250 + 2))
	ip netns add "$1" || die "cannot make namespace $1"
	ip link add "v$clients" netns host type veth peer name eth0 netns "$1" ||
		die 'cannot make a veth pair'
	printf '%s\n' "link set v$clients up" \
		"route add $address/32 dev v$clients src 100.64.0.1" |
		ip -n host -batch - || die 'cannot set up the host'
	printf '%s\n' 'link set lo up' "address add $address/32 dev eth0" \
		'link set eth0 up' \
		"route add 100.64.0.1/32 dev eth0 src $address" |
		ip -n "$1" -batch - || die "cannot set up namespace $1"
}

# lan_make NAME ADDRESS/LENGTH ROUTER ADDRESS: a host, and the router's address
# in the same net; may be called twice for a name with IPv4 and IPv6
lan_make()
{
	local length=${2#*/} nodad=()
	if ! ip netns list | grep -qw "^$1"; then
		ip netns add "$1" || die "cannot make namespace $1"
		ip link add "l-$1" netns "$3" type veth peer name eth0 netns "$1"
		ip -n "$3" link set "l-$1" up
		ip -n "$1" link set eth0 up
		namespace_sysctl "$3" ipv4/ip_forward=1 \
			ipv6/conf/all/forwarding=1
	fi
	case $2 in
	*:*) nodad=(nodad) ;;
	esac
	ip -n "$3" address add "$4/$length" dev "l-$1" "${nodad[@]}" &&
		ip -n "$1" address add "$2" dev eth0 "${nodad[@]}" &&
		ip -n "$1" route add default via "$4"
	# shellcheck disable=SC2181
	[ $? = 0 ] || die "cannot set up namespace $1"
}

# policy NAME LINE...: a .pf file
policy()
{
	local name=$1
	shift
	printf '%s\n' "$@" >"$work/policy/$name.pf"
}

# The clients of the example: john with nick and bob, nick with max.
policy_example()
{
	install -m 644 "$srcdir"/examples/policy/*.pf "$work/policy/" ||
		die 'no examples'
}
example_pairs='john-nick john-bob nick-max'

# pf COMMAND...: vpnpf on the host
pf()
{
	within host "${vpnpf[@]}" "${pf_args[@]}" "$@"
}

# server_new SERVER [PORT]: its folder; clients are for it from now on
server_new()
{
	server=$1
	port[$1]=${2:-1194}
	mkdir -p "$work/$1/ccd" "$work/$1/tmp"
}

# server_make SERVER [PORT]: server_new, and server.conf: what all servers have,
# then stdin; the hooks are called with pf_args, if empty those for one server.
# pool_persist is empty where there shall be no ipp.txt.
server_make()
{
	local dir=$work/$1
	server_new "$@"
	[ ${#pf_args[@]} -gt 0 ] || pf_args=(--openvpn "$dir/server.conf"
		--policy "$work/policy" --state-dir "$work/state")
	{
		cat <<-CONF
		port ${port[$1]}
		proto udp4
		ca $work/keys/ca.crt
		cert $work/keys/server.crt
		key $work/keys/server.key
		dh none
		client-config-dir ccd
		${pool_persist-ifconfig-pool-persist ipp.txt 1}
		CONF
		cat
		server_runtime "$1" "${pf_args[@]}"
	} >"$dir/server.conf"
}

# server_runtime SERVER ARGUMENT...: lines that make it run here, with vpnpf
# and these arguments as hooks
server_runtime()
{
	local dir=$work/$1 hook
	shift
	hook="${vpnpf[*]} $*"
	cat <<-CONF
	cd $dir
	tmp-dir $dir/tmp
	keepalive 2 30
	connect-freq-initial 10000 1
	status status 1
	status-version 3
	management $dir/manage unix
	script-security 2
	client-connect "$hook connect"
	client-disconnect "$hook disconnect"
	learn-address "$hook learn-address"
	verb 3
	CONF
}

# openvpn_start ID NAMESPACE ARGUMENT...
openvpn_start()
{
	local id=$1 name=$2
	shift 2
	: >"$work/log/$id"		# before anybody looks for a line
	nsenter --net="/run/netns/$name" -- openvpn "$@" \
		>>"$work/log/$id" 2>&1 </dev/null &
	pid[$id]=$!
	ups[$id]=1
}

is_up()
{
	[ "$(grep -c 'Initialization Sequence Completed' "$work/log/$1" \
		2>/dev/null)" -ge "${ups[$1]}" ] ||
		! kill -0 "${pid[$1]}" 2>/dev/null
}

# wait_up NAME...: servers and clients; again after expect_up
wait_up()
{
	local id
	for id in "$@"; do
		poll 30 is_up "$id" || die "$id does not come up"
		kill -0 "${pid[$id]}" 2>/dev/null || die "$id has ended"
	done
}

# expect_up NAME...: is going to come up once more by itself
expect_up()
{
	local id
	for id in "$@"; do
		ups[$id]=$((ups[$id] + 1))
	done
}

server_start()
{
	openvpn_start "$1" host --cd "$work/$1" --config server.conf
	wait_up "$1"
}

# client_start NAMESPACE [SERVER [NAME]]: does not wait
client_start()
{
	local name=${3:-$1}
	openvpn_start "$1" "$1" --client --dev-type "${client_type:-tun}" \
		--dev vpn0 --proto udp4 --nobind \
		--remote 100.64.0.1 "${port[${2:-$server}]}" \
		--ca "$work/keys/ca.crt" --cert "$work/keys/$name.crt" \
		--key "$work/keys/$name.key" --remote-cert-tls server \
		--connect-retry 1 1 --hand-window 20 --verb 3
}

# clients_up NAME...: start and wait
clients_up()
{
	local name
	for name in "$@"; do
		client_start "$name"
	done
	wait_up "$@"
}

# stop NAME [SIGNAL]: a server or client
stop()
{
	kill "-${2:-TERM}" "${pid[$1]}" 2>/dev/null
	wait "${pid[$1]}" 2>/dev/null
	unset "pid[$1]"
}

# client_leave NAME [SERVER]: for good; the server knows at once
client_leave()
{
	stop "$1" KILL
	net_py manage "$work/${2:-$server}/manage" "kill $1" >/dev/null ||
		die "cannot kill $1"
}

# refused NAME: it ends with AUTH_FAILED and was never connected
refused()
{
	poll 20 fails kill -0 "${pid[$1]}" 2>/dev/null || return
	cat "$work/log/$1"
	grep -q AUTH_FAILED "$work/log/$1" &&
		! grep -q 'Initialization Sequence Completed' "$work/log/$1"
}

# address_of NAMESPACE [-6]: its address in the VPN
address_of()
{
	ip -n "$1" "${2:--4}" -o address show dev vpn0 scope global |
		sed -E 's/.* inet6? ([^ /]*).*/\1/'
}

# nodes NAME...: each with its address in the VPN, as net.py wants them
nodes()
{
	local name
	for name in "$@"; do
		printf '%s=%s\n' "$name" "$(address_of "$name")"
	done
}

# address_list NAME...: sets address[NAME]
declare -A address=()
address_list()
{
	local name
	for name in "$@"; do
		address[$name]=$(address_of "$name")
	done
}

# flow_start ID icmp|tcp FROM TO: packets all the time, until flow_stop
declare -A flows=()
flow_start()
{
	rm -f "$work/$1.flow"
	python3 -S "$srcdir/tests/openvpn/net.py" flow "$2" "$work/$1.flow" \
		"$3=${address[$3]}" "$4=${address[$4]}" \
		>>"$work/log/flows" 2>&1 </dev/null &
	flows[$1]=$!
}

flow_wait()
{
	local id
	for id in "${!flows[@]}"; do
		poll 20 [ -e "$work/$id.flow" ] ||
			die "flow $id does not begin: $(<"$work/log/flows")"
	done
}

flow_stop()
{
	kill "${flows[@]}"
	wait "${flows[@]}" ||
		die "a flow has failed: $(<"$work/log/flows")"
	flows=()
}

# flow_verdict ID lossless|closed|opened [T0 T1]
flow_verdict()
{
	net_py verdict "$work/$1.flow" "${@:2}"
}

# matrix_says PAIR...: vpnpf matrix allows these pairs, and no others
matrix_says()
{
	local pair
	diff <(for pair in "$@"; do
		echo "$pair"
		echo "${pair#*-}-${pair%-*}"
	done | sort) <(pf -q matrix |
		awk -F '\t' '$3 == "ACCEPT" { print $1 "-" $2 }' | sort)
}

# The rules as they are, in one fixed order, without counters.
# shellcheck disable=SC2119,SC2120
listing()
{
	local tool
	[ "$VPNPF_BACKEND" != nftables ] || {
		within "${1:-host}" nft -j list table inet vpnpf |
			net_py listing
		return
	}
	for tool in {iptables,ip6tables}-legacy-save; do
		within "${1:-host}" $tool -t mangle |
			sed '/^#/d; s/^\(:.*\) \[.*/\1/' || return
	done
}

# rules_lost: somebody takes all rules away
rules_lost()
{
	local tool
	[ "$VPNPF_BACKEND" != nftables ] || {
		within host nft flush ruleset
		return
	}
	for tool in {iptables,ip6tables}-legacy; do
		within host $tool -w 10 -t mangle -F &&
			within host $tool -w 10 -t mangle -X || return
	done
}

# apply_ends_with STATUS
apply_ends_with()
{
	local status=0
	pf apply || status=$?
	[ $status = "$1" ]
}

# nothing_to_apply [STATUS]: what apply would make is there already
# shellcheck disable=SC2119
nothing_to_apply()
{
	listing >"$work/listing" && apply_ends_with "${1:-0}" &&
		diff "$work/listing" <(listing)
}

testbed_begin
