#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fifty clients at once, each with a random policy.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

count=50
RANDOM=${VPNPF_TEST_SEED:-7}
declare -A lists=()
names=()
for ((i = 1; i <= count; i++)); do
	names+=("client$i")
done

# random_policy NAME: default, and an exception for a quarter of the others
random_policy()
{
	local rules=() sign other default=DROP host=
	sign=+
	((RANDOM % 3)) || { default=ACCEPT sign=-; }
	for other in "${names[@]}"; do
		lists[$1,$other]=$default
		((RANDOM % 4)) && continue
		rules+=("$sign$other")
		[ $sign = + ] && lists[$1,$other]=ACCEPT
		[ $sign = - ] && lists[$1,$other]=DROP
	done
	((RANDOM % 2)) || host=+10.8.0.1
	policy "$1" "[CLIENTS $default]" "${rules[@]}" '[SUBNETS DROP]' \
		"$host" '[END]'
}

allowed_pairs()
{
	local i j a b
	for ((i = 0; i < count; i++)); do
		a=${names[i]}
		! grep -qx '+10.8.0.1' "$work/policy/$a.pf" || echo "$a-host"
		for ((j = i + 1; j < count; j++)); do
			b=${names[j]}
			[ "${lists[$a,$b]}${lists[$b,$a]}" = ACCEPTACCEPT ] &&
				echo "$a-$b"
		done
	done
}

for name in "${names[@]}"; do
	random_policy "$name"
done
client_make "${names[@]}"
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF
pf apply || die "apply: exit status $?"
server_start office
clients_up "${names[@]}"
mapfile -t all < <(nodes "${names[@]}")
mapfile -t pairs < <(allowed_pairs)
claim "${#names[@]} clients: ${#pairs[@]} pairs reach each other, no others" \
	net_py matrix "${pairs[*]}" "${all[@]}" host=10.8.0.1
mapfile -t pairs < <(allowed_pairs | grep -v host)
claim 'vpnpf matrix says the same' matrix_says "${pairs[@]}"
claim 'apply finds nothing to change' nothing_to_apply
