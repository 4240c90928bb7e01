#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hooks as programs, with correct and wrong sequences of calls: after lost,
# doubled, late and reordered calls the rules are those of a fresh start with
# the same connected clients.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

namespace=host state=$work/state

# call VARIABLE=VALUE... -- ARGUMENT...: with nothing else in the environment
call()
{
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	within "$namespace" env -i "${variables[@]}" dev=tun0 \
		config=server.conf "${vpnpf[@]}" "${pf_args[@]}" \
		--state-dir "$state" "$@" 2>>"$work/log/hooks"
}

# connect and disconnect NAME ADDRESS [IPV6-ADDRESS], learn OP ADDRESS [NAME]
connect()
{
	call script_type=client-connect "common_name=$1" \
		"ifconfig_pool_remote_ip=$2" ${3:+"ifconfig_pool_remote_ip6=$3"} \
		-- connect "$work/connect.tmp"
}

disconnect()
{
	call script_type=client-disconnect "common_name=$1" \
		"ifconfig_pool_remote_ip=$2" ${3:+"ifconfig_pool_remote_ip6=$3"} \
		-- disconnect
}

learn()
{
	call script_type=learn-address ${3:+"common_name=$3"} \
		-- learn-address "$@"
}

# arrive NAME ADDRESS: all that OpenVPN calls for a new client
arrive()
{
	connect "$@" && learn add "$2" "$1" && { [ -z "${3:-}" ] ||
		learn add "$3" "$1"; }
}

# begin: nobody is connected
begin()
{
	rules_lost
	rm -rf "$work/state"
	pf -q apply 2>/dev/null || die 'apply'
}

# what_is_fresh NAME=ADDRESS...: the rules of a fresh start with these
what_is_fresh()
{
	local namespace=fresh state=$work/fresh binding
	ip netns add fresh
	within fresh "${vpnpf[@]}" "${pf_args[@]}" --state-dir "$state" apply >&2 &&
		for binding in "$@"; do
			learn add "${binding##*=}" "${binding%=*}" ||
				echo "exit status $? of learn-address"
		done
	listing fresh
	ip netns del fresh
	rm -rf "$state"
}

# ends_with TEXT NAME=ADDRESS...: the rules are those of a fresh start, and of
# an apply, which leaves them so
ends_with()
{
	local text=$1
	shift
	what_is_fresh "$@" >"$work/fresh.listing" 2>>"$work/log/hooks"
	listing >"$work/host.listing"
	claim "$text" diff "$work/fresh.listing" "$work/host.listing"
	claim '... and apply finds nothing to change' applied_again
}

applied_again()
{
	pf apply && diff "$work/host.listing" <(listing)
}

odd_names=('we,ird "na me' 'Jürgen M.' -n --help 'a/b' "x'; exit 1" apply)
policy_example
for name in "${odd_names[@]}"; do
	policy "${name//\//_}" '[CLIENTS DROP]' "+john" '[SUBNETS ACCEPT]' \
		'[END]'
done
policy john '[CLIENTS DROP]' +nick +bob "${odd_names[@]/#/+}" \
	'[SUBNETS ACCEPT]' '[END]'
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF
printf '%s\n' 'ifconfig-push 10.8.0.4 255.255.255.0' \
	'iroute 192.168.33.0 255.255.255.0' 'iroute-ipv6 fd00:33::/64' \
	>"$work/office/ccd/bob"
echo 'iroute 192.168.33.64 255.255.255.192' >"$work/office/ccd/max"
# One who is never there, so that the table has all parts from the beginning.
policy pat '[CLIENTS ACCEPT]' '[SUBNETS DROP]' '[END]'
printf '%s\n' 'ifconfig-push 10.8.0.200 255.255.255.0' \
	'ifconfig-ipv6-push fd00:8::200/64' 'iroute 10.99.0.0 255.255.0.0' \
	'iroute-ipv6 fd00:99::/64' >"$work/office/ccd/pat"

begin
ends_with 'a fresh start is like another'
arrive john 10.8.0.10
arrive nick 10.8.0.11
ends_with 'two clients' john=10.8.0.10 nick=10.8.0.11
for i in 1 2; do
	learn add 10.8.0.10 john
	arrive nick 10.8.0.11
	learn update 10.8.0.11 nick
done
ends_with 'doubled calls change nothing' john=10.8.0.10 nick=10.8.0.11
disconnect john 10.8.0.10
ends_with 'a client that leaves takes its address along' nick=10.8.0.11
disconnect john 10.8.0.10
learn delete 10.8.0.10
learn delete 10.8.0.10
learn delete 10.8.0.99
ends_with 'leaving more than once changes nothing' nick=10.8.0.11

begin
learn add 10.8.0.10 john
arrive nick 10.8.0.10
ends_with 'the new owner of an address has it alone' nick=10.8.0.10
disconnect john 10.8.0.10
ends_with 'the late leaving of the old one does not hurt' nick=10.8.0.10
disconnect nick 10.8.0.10
learn update 10.8.0.10 max
learn delete 10.8.0.11
ends_with 'an update without an add is one' max=10.8.0.10
learn delete 10.8.0.10
ends_with 'a delete after an update is of the one before' max=10.8.0.10
learn delete 10.8.0.10
ends_with 'the next one is believed: nobody has the address'
learn add 10.8.0.10 nick
ends_with 'until it is learnt again' nick=10.8.0.10

begin
learn add 10.8.0.10 john
connect john 10.8.0.10
ends_with 'learn-address before client-connect' john=10.8.0.10
arrive john 10.8.0.12
arrive nick 10.8.0.10
ends_with 'a leaving that is lost: the client comes back elsewhere' \
	john=10.8.0.12 nick=10.8.0.10
disconnect john 10.8.0.12
disconnect nick 10.8.0.10
ends_with 'when all have left all is as in the beginning'
connect john 10.8.0.10
ends_with 'who only knocks has no address'

begin
arrive nick 10.8.0.4
ends_with 'the fixed address of another' nick=10.8.0.4
disconnect nick 10.8.0.4
ends_with 'is that one'\''s again afterwards'
arrive nick 10.8.0.4
arrive bob 10.8.0.4
disconnect nick 10.8.0.4
ends_with 'or when it comes' bob=10.8.0.4
disconnect bob 10.8.0.4
learn delete 10.8.0.4
ends_with 'and stays so'

begin
arrive bob 10.8.0.4 fd00:8::4
learn add 192.168.33.0/24 bob
learn add fd00:33::/64 bob
ends_with 'networks and IPv6' bob=10.8.0.4 bob=fd00:8::4 \
	bob=192.168.33.0/24 bob=fd00:33::/64
learn add 192.168.33.7 bob
learn add fd00:33::7 bob
ends_with 'hosts in them change nothing' bob=10.8.0.4 bob=fd00:8::4 \
	bob=192.168.33.0/24 bob=fd00:33::/64
learn delete 192.168.33.7
learn delete fd00:33::7
ends_with 'nor when they go' bob=10.8.0.4 bob=fd00:8::4 \
	bob=192.168.33.0/24 bob=fd00:33::/64
learn add 192.168.33.64/26 max
ends_with 'a part of the network can be another'\''s' bob=10.8.0.4 \
	bob=fd00:8::4 bob=192.168.33.0/24 bob=fd00:33::/64 max=192.168.33.64/26
disconnect bob 10.8.0.4 fd00:8::4
ends_with 'all goes with the client' max=192.168.33.64/26

begin
i=20
bindings=()
for name in "${odd_names[@]}"; do
	claim "a client called $name comes" arrive "$name" 10.8.0.$i
	bindings+=("$name=10.8.0.$i")
	i=$((i + 1))
done
ends_with 'with odd names' "${bindings[@]}"
i=20
for name in "${odd_names[@]}"; do
	claim "the client called $name leaves" disconnect "$name" 10.8.0.$i
	i=$((i + 1))
done
pf -q apply 2>/dev/null	# takes away the chain of a/b, who has no file "a/b"
ends_with 'all have left'

begin
refute 'connect refuses a name without file' connect eve 10.8.0.10
refute 'learn-address refuses it, too' learn add 10.8.0.10 eve
refute 'connect refuses no name' \
	call ifconfig_pool_remote_ip=10.8.0.10 -- connect "$work/tmp"
refute 'learn-address refuses what is no address' learn add 10.8.0.1x john
refute 'and a hardware address, for this is tun' \
	learn add 02:00:00:00:00:07 john
refute 'and an operation that is none' learn move 10.8.0.10 john
refute 'and no arguments' call -- learn-address
claim 'disconnect of a name without file is no error' disconnect eve 10.8.0.10
ends_with 'none of this changes anything'

begin
arrive john 10.8.0.10
arrive nick 10.8.0.11
rules_lost
learn add 10.8.0.12 max
ends_with 'the next call repairs what others have removed' \
	john=10.8.0.10 nick=10.8.0.11 max=10.8.0.12

# All at once, with apply in between, as from several servers and cron.
begin
pids=()
for i in {20..39}; do
	for name in john nick max -n; do
		arrive $name "10.8.0.$i" &
		pids+=($!)
		disconnect $name 10.8.0.$((i - 1)) &
		pids+=($!)
	done
	pf -q apply 2>/dev/null &
	pids+=($!)
done
wait "${pids[@]}"
bindings=()
i=50
for name in john nick max -n; do
	for j in {19..39}; do
		disconnect $name "10.8.0.$j"
	done
	arrive $name 10.8.0.$i
	bindings+=("$name=10.8.0.$i")
	i=$((i + 1))
done
ends_with 'many calls at the same time' "${bindings[@]}"

# Neither a shell nor nft, iptables or a search path is needed: there are none.
begin
for tool in sh dash bash $(backend_tools); do
	tool=$(readlink -f "$(command -v $tool)") &&
		! findmnt -n "$tool" >/dev/null &&
		mount --bind /dev/null "$tool"
	hidden+=("$tool")
done
refute 'the rules cannot be listed' listing
claim 'a client comes, without a shell and tools' arrive john 10.8.0.10
claim 'another comes and goes' arrive nick 10.8.0.11
claim '... and goes' disconnect nick 10.8.0.11
umount "${hidden[@]}" 2>/dev/null
ends_with 'and all is as it should be' john=10.8.0.10
