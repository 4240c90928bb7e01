#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# reconcile and hooks must not overlook: files that are edited in place, an IPv6
# address in ccd, changes newer than the server's status, impossible addresses.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"
. "$srcdir/tests/claims.sh"

mkdir "$work"/{policy,ccd}
printf '[CLIENTS DROP]\n+@staff\n[SUBNETS DROP]\n[END]\n' \
	>"$work/policy/john.pf"
printf '[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n' |
	tee "$work/policy/nick.pf" >"$work/policy/bob.pf"
echo 'staff: nick' >"$work/groups"
printf 'ifconfig-push %s 255.255.255.0\nifconfig-ipv6-push %s\n' \
	10.8.0.2 fd00:8::2/64 >"$work/ccd/john"
echo 'ifconfig-push 10.8.0.3 255.255.255.0' >"$work/ccd/nick"
cat >"$work/vpnpf.conf" <<CONF
policy = "policy"
groups = "groups"
state-dir = "$work/state"
backend = "$VPNPF_BACKEND"
openvpn office { dev = "tun0" topology = subnet ccd = "ccd" }
CONF
sed 's|ccd = .*|status = "status" }|' "$work/vpnpf.conf" \
	>"$work/status.conf"

config=vpnpf.conf
pf()
{
	"$VPNPF" -q -c "$work/$config" "$@"
}

# ends STATUS COMMAND...
ends()
{
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ $status = "$wanted" ] || { echo "exit status $status"; return 1; }
}

# repaired TEXT: reconcile finds something, and then TEXT is in the policy
repaired()
{
	ends 1 pf reconcile && grep -q "$1" "$work/state/policy" &&
		ends 0 pf reconcile
}

# connects ADDRESS6: john, to whom the server has given this
connects()
{
	common_name=john dev=tun0 ifconfig_pool_remote_ip=10.8.0.2 \
		ifconfig_pool_remote_ip6=$1 pf connect
}

has()
{
	grep -q "^a	$1	$2	" "$work/state/live"
}

pf apply || die 'apply'
claim 'after apply all is in order' ends 0 pf reconcile
sed 's/10.8.0.2 /10.8.0.22 /' "$work/ccd/john" >"$work/new"
cat "$work/new" >"$work/ccd/john"
claim 'a ccd file that is edited in place is read' \
	repaired '^a	10\.8\.0\.22	john	'
sed -i 's/10.8.0.22 /10.8.0.2 /' "$work/ccd/john"
claim 'and one that is replaced' repaired '^a	10\.8\.0\.2	john	'
echo 'staff: bob' >"$work/groups"
claim 'a groups file that is edited in place is read' \
	repaired '^f	.*	+bob	'

claim 'who has the IPv6 address of his ccd file connects' \
	ends 0 connects fd00:8::2
claim 'who has another is refused' ends 1 connects fd00:8::3

# No ccd now: only the server says who has which address.
config=status.conf
# server_said SECONDS: so long ago nobody was connected
server_said()
{
	local then
	printf -v then '%(%s)T' -1
	then=$((then - $1))
	printf '%s\t' TITLE 'OpenVPN 2.6' >"$work/status"
	printf '\nTIME\tx\t%s\n' $then >>"$work/status"
	printf 'HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tClient ID\n' \
		>>"$work/status"
	printf 'GLOBAL_STATS\tx\t0\nEND\n' >>"$work/status"
}

# since SECONDS: from now on the binding of 10.8.0.9 is of that time; a table of
# version 1 has no sum of its lines
since()
{
	local now
	printf -v now '%(%s)T' -1
	sed -Ei "1s/ live 3 (.*) sum=.*/ live 1 \1/; s/^(a	10\.8\.0\.9	.*	)[0-9]+/\1$((now + $1))/" \
		"$work/state/live"
}

server_said 0
pf apply || die 'apply without ccd'
pf learn-address add 10.8.0.9 nick || die 'learn-address'
server_said 20
since -10
claim 'what a hook said after the server is newer' ends 0 pf reconcile
claim '... and stays' has 10.8.0.9 nick
server_said 5
claim 'what it said before is not' ends 1 pf reconcile
claim '... and goes' fails has 10.8.0.9 nick
pf learn-address add 10.8.0.9 nick || die 'learn-address'
since 1000
claim 'what it said in the future is not, either' ends 1 pf reconcile
claim '... and goes' fails has 10.8.0.9 nick

# Only iptables needs libraries.
claim 'variables do not lead libraries elsewhere' \
	env XTABLES_LIBDIR="$work" "$VPNPF" -c "$work/$config" print
exit $failed
