#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules are loaded before the server starts: without its interface, or by
# the server itself, with the script of vpnpf(8).
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

client_make john nick bob max
policy_example
server_make office <<-CONF
	dev tun0
	topology subnet
	server 10.8.0.0 255.255.255.0
CONF

has_tun()
{
	ip -n host link show tun0
}

all_is_right()
{
	mapfile -t all < <(nodes john nick bob max)
	net_py matrix "$example_pairs john-host nick-host bob-host" \
		"${all[@]}" host=10.8.0.1
}

has_rules()
{
	within host "$VPNPF" -b "$VPNPF_BACKEND" "${pf_args[@]}" \
		reconcile --check --deep
}

refute 'there is no tun0' has_tun
claim 'apply needs none' apply_ends_with 0
claim 'to load all' has_rules
server_start office
clients_up john nick bob max
claim 'what was loaded before tun0 judges it' all_is_right
stop office
for name in john nick bob max; do
	stop $name KILL
done

sed -n '/^up .etc.openvpn/,/^\.Ss/ {
		/^#!.bin.sh/,/^\.Ed/ { /^\.Ed/d; p }
	}' "$srcdir/man/vpnpf.8" |
	sed "s|/usr/sbin/vpnpf|${vpnpf[*]} ${pf_args[*]}|" >"$work/up"
chmod +x "$work/up"
[ "$(wc -l <"$work/up")" = 3 ] || die 'no script in vpnpf(8)'
echo "up $work/up" >>"$work/office/server.conf"

rules_lost || die 'cannot take the rules away'
server_start office
claim 'a server loads the rules as it starts' has_rules
clients_up john nick bob max
claim 'and all is right' all_is_right

policy bob 'this is not a policy'
stop office
rules_lost || die 'cannot take the rules away'
server_start office
claim 'a bad file does not keep it from starting' \
	grep -q 'bob.pf:1:1: error: ' "$work/log/office"

is_running()
{
	kill -0 "${pid[office]}" 2>/dev/null
}

has_ended()
{
	! is_running
}

stop office
mv "$work/policy" "$work/aside"
server_start office
claim 'without policies it starts with the rules of before' is_running
stop office
rules_lost || die 'cannot take the rules away'
openvpn_start office host --cd "$work/office" --config server.conf
claim 'without these it does not start' poll 10 has_ended
