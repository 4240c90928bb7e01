#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# asked.sh: what doctor says of a server.conf, this machine's OpenVPN says, too:
# which options of old versions it refuses, where an IPv6 pool begins and ends.
# And the two things that it does with the set-up of the old filter.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

mkdir "$work/asked"
version=$(openvpn --version | sed -nE '1s/^OpenVPN 2\.([0-9]+).*/\1/p')

# found NAME: the findings of this name in asked/server.conf
found()
{
	{ "$VPNPF" --openvpn "$work/asked/server.conf" \
		--policy "$work/policy" --json doctor --offline || :; } |
		python3 -c '
import json, sys
for f in json.load(sys.stdin):
    if f["name"] == sys.argv[1]:
        print(f["what"])' "$1"
}

# refuses LINE: this OpenVPN does not start because of it; without ca it does
# not start in any case, but finds that out later
refuses()
{
	printf '%s\n' 'dev tun0' 'server 10.8.0.0 255.255.255.0' "$1" \
		'dh none' 'cert /none' 'key /none' 'ca /none' >"$work/asked/real.conf"
	openvpn --config "$work/asked/real.conf" >"$work/log/asked" 2>&1
	! grep -q -- '--ca fails with' "$work/log/asked"
}

# says LINE: the version that does not start with it, for doctor; 0: all start
says()
{
	local since
	printf '%s\n' 'dev tun0' 'server 10.8.0.0 255.255.255.0' "$1" \
		>"$work/asked/server.conf"
	since=$({ found removed-option; found management-client-pf; } |
		sed -nE 's/^OpenVPN 2\.([0-9]+) .*/\1/p')
	echo "${since:-0}"
}

agrees()
{
	local since
	since=$(says "$1")
	if refuses "$1"; then
		[ "$since" != 0 ] && [ "$since" -le "$version" ]
	else
		[ "$since" = 0 ] || [ "$since" -gt "$version" ]
	fi || { echo "doctor: $since; $(tail -n 2 "$work/log/asked")"; return 1; }
}

# options of OpenVPN 2.3 to 2.5, as they stood in servers' configurations
while IFS= read -r line; do
	claim "of $line both say the same" agrees "$line"
done <<-'OPTIONS'
	client-cert-not-required
	comp-lzo
	comp-noadapt
	compat-names
	compress lz4
	disable-occ
	fast-io
	http-proxy-retry
	ifconfig-pool-linear
	inetd
	key-method 2
	keysize 128
	management-client-pf
	max-routes 200
	memstats /dev/shm/x
	mtu-dynamic
	mute-replay-warnings
	ncp-ciphers AES-256-GCM
	ncp-disable
	no-iv
	no-name-remapping
	no-replay
	ns-cert-type client
	opt-verify
	persist-key
	prng SHA1 16
	setenv opt ncp-disable
	tls-remote name
	tun-ipv6
	OPTIONS

# runs LINE...: start a server with these lines, wait, and end it
runs()
{
	{
		printf '%s\n' "port 1190" "proto udp4" "ca $work/keys/ca.crt" \
			"cert $work/keys/server.crt" \
			"key $work/keys/server.key" 'dh none' \
			'client-config-dir ccd' 'verb 3' "$@"
	} >"$work/asked/server.conf"
	openvpn_start asked host --cd "$work/asked" --config server.conf
	wait_up asked
	stop asked
}

# pool_holds ADDRESS: doctor says that OpenVPN gives it to others
pool_holds()
{
	echo "ifconfig-ipv6-push $1/64" >"$work/asked/ccd/john"
	found address-in-pool | grep "^$1 "
}

# pool_is LINE...: the borders of the IPv6 pool are those of the real server
pool_is()
{
	local first last before after
	runs "$@"
	read -r before first last after < <(python3 -c '
import ipaddress, re, sys
text = open(sys.argv[1]).read()
size = [int(n) for n in re.findall(r"IFCONFIG POOL IPv[46]: .*size=(\d+)", text)]
base = ipaddress.ip_address(re.findall(r"POOL IPv6: base=([^ ,]+)", text)[-1])
print(base - 1, base, base + min(size) - 1, base + min(size))
' "$work/log/asked")
	[ -n "$after" ] || return 1
	echo "the pool: $first to $last"
	pool_holds "$first" && pool_holds "$last" || return
	echo 'and no more'
	! pool_holds "$before" && ! pool_holds "$after"
}

mkdir "$work/asked/ccd"
policy john '[CLIENTS DROP]' '[SERVICES]' '[SUBNETS DROP]' '[END]'
subnet=('dev tun0' 'topology subnet' 'server 10.8.0.0 255.255.255.0')
for net in 64 96 111 112 113 120 124; do
	claim "the pool of server-ipv6 /$net" pool_is "${subnet[@]}" \
		"server-ipv6 fd00:8::/$net"
done
claim 'a pool of its own, with an offset' pool_is 'dev tun0' \
	'topology subnet' 'mode server' 'tls-server' \
	'ifconfig 10.8.0.1 255.255.255.0' \
	'ifconfig-pool 10.8.0.2 10.8.0.100 255.255.255.0' \
	'ifconfig-ipv6 fd00:8::1/112 fd00:8::ffff' \
	'ifconfig-ipv6-pool fd00:8::2:10/112'
claim 'without IPv4' pool_is 'dev tun0' 'topology subnet' \
	'server-ipv6 fd00:8::/112'
claim 'a small pool without IPv4' pool_is 'dev tun0' 'topology subnet' \
	'server-ipv6 fd00:8::/120'
claim 'net30' pool_is 'dev tun0' 'topology net30' \
	'server 10.8.0.0 255.255.255.0' 'server-ipv6 fd00:8::/64'

# The set-up of the old filter: the smallest plugin that switches it on, and the
# script that gives OpenVPN the rules.
old_server()
{
	mkdir -p "$work/old/policy"
	cp "$work"/policy/*.pf "$work/old/policy"
	cat >"$work/old/tiny.c" <<-'C'
		#include <stdlib.h>
		int openvpn_plugin_min_version_required_v1(void) { return 1; }
		void *openvpn_plugin_open_v1(unsigned int *mask,
			const char *argv[], const char *envp[])
		{ (void)argv; (void)envp; *mask = 1u << 11; return malloc(1); }
		int openvpn_plugin_func_v1(void *h, const int type,
			const char *argv[], const char *envp[])
		{ (void)h; (void)argv; (void)envp; return type != 11; }
		void openvpn_plugin_close_v1(void *h) { free(h); }
	C
	cc -shared -fPIC -o "$work/old/tiny.so" "$work/old/tiny.c" ||
		die 'no compiler for the plugin'
	printf '%s\n' '#!/bin/sh' 'f="$(dirname "$0")/policy/$common_name.pf"' \
		"$1" >"$work/old/pf-connect.sh"
	chmod +x "$work/old/pf-connect.sh"
	server_new old
	printf '%s\n' 'port 1194' 'proto udp4' "ca $work/keys/ca.crt" \
		"cert $work/keys/server.crt" "key $work/keys/server.key" \
		'dh none' 'dev tun0' 'topology subnet' \
		'server 10.8.0.0 255.255.255.0' 'keepalive 2 30' 'verb 3' \
		'plugin ./tiny.so' 'script-security 2' \
		"client-connect $work/old/pf-connect.sh" \
		>"$work/old/server.conf"
	server_start old
}

names_both()
{
	local said
	said=$("$VPNPF" --openvpn "$work/old/server.conf" \
		--policy "$work/policy" doctor 2>&1)
	grep -q '^.*server.conf:12:1: .*\[old-pf-plugin\]$' <<<"$said" &&
		grep -q '^.*server.conf:14:1: .*\[old-pf-script\]$' <<<"$said" &&
		grep -q '^.*server.conf:14:1: .*\[hook-missing\]$' <<<"$said" ||
		{ echo "$said"; return 1; }
}

client_make john nick
policy nick '[CLIENTS DROP]' '[SUBNETS DROP]' '[END]'
policy john '[CLIENTS DROP]' '[SUBNETS DROP]' '[END]'
old_server 'if [ -e "$f" ] && [ -n "$pf_file" ]; then cat "$f" >"$pf_file"
else exit 1; fi'
client_start john
claim 'an old script that fails without $pf_file: 2.6 refuses everybody' \
	refused john
claim '... and doctor names plugin and script' names_both
stop john
stop old
old_server '[ ! -e "$f" ] || cat "$f" >"${pf_file:-/dev/null}"'
clients_up john nick
mapfile -t all < <(nodes john nick)
claim 'one that does not fail: all clients reach each other' net_py matrix \
	john-nick "${all[@]}"
claim '... and doctor names plugin and script' names_both
