#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A client without a policy cannot connect, and other clients are not affected.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

# conf yes|no: whether DEFAULT.pf is for those without a file
conf()
{
	cat >"$work/conf" <<-CONF
	policy = "$work/policy"
	default-policy = $1
	openvpn office {
		server-conf = "$work/office/server.conf"
	}
	CONF
}

client_make john nick eve mallory rita
policy_example
policy mallory '[CLIENTS ACCEPT]' '[KILL]'
policy rita '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]'	# and no [END]
policy DEFAULT '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
conf no
pool_persist=			# which has also who was refused
pf_args=(-c "$work/conf" --state-dir "$work/state")
# Without a management interface, by which their connections would end.
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF
sed -i '/^management /d' "$work/office/server.conf"

claim 'apply says that a file is bad' apply_ends_with 1
server_start office
clients_up john nick
address_list john nick
flow_start other icmp john nick
for name in eve mallory rita; do
	client_start $name
done
claim 'a client without a file is refused' refused eve
claim 'a client with [KILL] is refused' refused mallory
claim 'a client with a bad file is refused' refused rita
flow_wait
flow_stop
claim 'the others lose no packet by it' flow_verdict other lossless
claim 'apply finds nothing to change' nothing_to_apply 1

# The file turns bad and the client comes back: it has its old rules.
policy john '[CLIENTS ACCEPT]'
claim 'a file that turns bad is an error of apply' apply_ends_with 1
mapfile -t all < <(nodes john nick)
claim 'and the client keeps its rules' net_py matrix john-nick "${all[@]}"

# [KILL] while connected: shut out at once, refused at the next connection.
policy nick '[KILL]'
pf -q apply
claim 'a connected client that gets [KILL] is shut out' \
	net_py matrix 'john-host' "${all[@]}" host=10.8.0.1
stop nick
client_start nick
claim 'and refused when it comes back' refused nick

# With DEFAULT.pf.
policy_example
conf yes
rm "$work/policy/rita.pf"
pf apply || die "apply: exit status $?"
clients_up eve nick
policy max '[CLIENTS ACCEPT]' '[SUBNETS DROP]' '[END]'
policy john '[CLIENTS ACCEPT]' '[SUBNETS DROP]' '[END]'
pf apply || die "apply: exit status $?"
mapfile -t all < <(nodes john nick eve)
claim 'where it is allowed, DEFAULT.pf serves who has no file' \
	net_py matrix 'john-nick john-eve eve-host nick-host' \
	"${all[@]}" host=10.8.0.1
client_start mallory
claim 'but not who has [KILL]' refused mallory
for name in john nick eve office; do
	stop $name
done

# A server that tells vpnpf nothing.
sed -Ei '/^(client-connect|client-disconnect|learn-address) /d' \
	"$work/office/server.conf"
policy_example
pf -q apply || die "apply: exit status $?"
server_start office
clients_up john nick
mapfile -t all < <(nodes john nick)
claim 'clients of whom vpnpf is not told are shut out' \
	net_py matrix '' "${all[@]}" host=10.8.0.1
