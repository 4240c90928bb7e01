#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With strongSwan on both ends and vpnpf as its updown script: clients connect,
# rekey, disconnect, and another client gets a free address. All are on one
# host, john, as behind one router: only the security association distinguishes
# them.
#packages strongswan libstrongswan libstrongswan-standard-plugins strongswan-libcharon strongswan-charon strongswan-swanctl
. "$(dirname "$0")/testbed.sh"

ip -n john address add 10.0.2.11/32 dev lo
nodes+=(nick=10.0.2.11@john max=10.0.2.10@john)
policy john '[CLIENTS DROP]' '[SUBNETS DROP]' '+10.0.1.20' '[END]'
policy nick '[CLIENTS DROP]' '[SUBNETS DROP]' '+10.0.4.4' '[END]'
policy max '[CLIENTS DROP]' '[SERVICES]' '+10.0.1.1/32 udp 53' '[END]'
john='
john lan udp yes
lan john udp yes
john accounts udp no
accounts john udp no'
nick='
nick accounts tcp yes
accounts nick tcp yes
nick lan tcp no
lan nick tcp no'
max='
max dns/53 udp yes
dns/53 max udp yes
max lan udp no
lan max udp no'
in_clear='
evil=10.0.2.10 lan udp no clear
evil=10.0.2.10/40000 dns/53 udp no clear
evil=10.0.2.11 accounts tcp no clear'

# gone NAME: the table of somebody who has no tunnel any more
gone()
{
	sed "s/yes\$/no/; /^$1/s/\$/ clear/" <<<"${!1}"
}

no_sanitizer_report()
{
	! grep -hE 'Sanitizer|runtime error:' "$work"/log/*
}

strongswan=$vm_cache/strongswan/usr

# charon looks for its plugins there, and keeps its number in /var/run: each
# shall have one of its own.
{ mkdir /usr/lib/ipsec &&
	mount --bind "$strongswan/lib/ipsec" /usr/lib/ipsec &&
	rm /var/run && mkdir /var/run; } || die 'cannot place strongSwan'

# daemon HOST: its charon, with swanctl.conf from stdin
daemon()
{
	local dir=$work/$1
	mkdir "$dir"
	cat - >"$dir/swanctl.conf" <<-CONF
	$(cat)
	secrets {
		ike {
			secret = test
		}
	}
	CONF
	cat >"$dir/strongswan.conf" <<-CONF
	charon {
		load = random nonce openssl hmac kdf kernel-netlink \
			socket-default vici updown
		install_routes = no
		install_virtual_ip = no
		plugins {
			vici {
				socket = unix://$dir/vici
			}
		}
		filelog {
			log {
				path = $work/log/$1
				flush_line = yes
			}
		}
	}
	swanctl {
		load = random
	}
	CONF
	STRONGSWAN_CONF=$dir/strongswan.conf within "$1" unshare -m sh -c '
		mount -t tmpfs run /var/run && exec /usr/lib/ipsec/charon' \
		>"$work/log/$1.out" 2>&1 </dev/null &
}

# swan HOST COMMAND ARGUMENT...: swanctl
swan()
{
	local dir=$work/$1 command=$2
	shift 2
	STRONGSWAN_CONF=$dir/strongswan.conf timeout 30 \
		"$strongswan/sbin/swanctl" "$command" --uri "unix://$dir/vici" \
		"$@"
}

gateway_conf()
{
	cat <<-CONF
	connections {
		road {
			version = 2
			local_addrs = 192.0.2.1
			pools = road
			local {
				auth = psk
				id = gw
			}
			remote {
				auth = psk
			}
			children {
				road {
					local_ts = 10.0.0.0/16
					updown = $VPNPF -c $work/vpnpf.conf updown
				}
			}
		}
	}
	pools {
		road {
			addrs = 10.0.2.10-10.0.2.11
		}
	}
	CONF
}

# clients_conf NAME...
clients_conf()
{
	local name
	echo 'connections {'
	for name in "$@"; do
		cat <<-CONF
		$name {
			version = 2
			remote_addrs = 192.0.2.1
			vips = 0.0.0.0
			local {
				auth = psk
				id = $name
			}
			remote {
				auth = psk
				id = gw
			}
			children {
				$name {
					remote_ts = 10.0.0.0/16
				}
			}
		}
		CONF
	done
	echo '}'
}

come()
{
	claim "$1 comes" swan john --initiate --child "$1" --timeout 20
}

go()
{
	claim "$1 goes" swan john --terminate --ike "$1" --timeout 20
}

# load HOST WHAT...: its charon gets this of its configuration
load()
{
	local what
	poll 30 [ -S "$work/$1/vici" ] || die "no charon for $1"
	for what in "${@:2}"; do
		swan "$1" "--load-$what" --file "$work/$1/swanctl.conf" \
			>"$work/log/load" 2>&1 ||
			die "load $what: $(<"$work/log/load")"
	done
}

# As if nobody had had an address before: the first to come gets the first.
fresh_pool()
{
	swan gw --load-pools --file /dev/null >/dev/null 2>&1
	load gw pools
}

# keys [IKE]: what tells apart the security associations the gateway has
keys()
{
	swan gw --list-sas --raw | grep -oE "(spi-in|initiator-spi)=[0-9a-f]*" |
		grep "${1-spi-in}" | sort
}

# new_keys child|ike SPI
new_keys()
{
	local before
	before=$(keys "$2")
	swan gw --rekey "--$1" road && poll 20 all_new "$2" "$before"
}

# all_new SPI BEFORE: there are two, and none of those
all_new()
{
	local now
	now=$(keys "$1")
	[ "$(wc -l <<<"$now")" = 2 ] && ! grep -qFx "$2" <<<"$now"
}

# reqid_is ADDRESS NUMBER
reqid_is()
{
	local found
	found=$(ip -n gw xfrm policy list dir fwd src "$1/32")
	echo "$found"
	[[ $found == *" reqid $2 "* ]]
}

daemon gw < <(gateway_conf)
daemon john < <(clients_conf john nick max)
load gw creds conns
load john creds conns

for backend in $backends; do
	configuration "$backend"
	fresh_pool
	claim "$backend: apply" pf apply
	come john
	claim 'and has what his file says, outside there is nobody' \
		packets "$john$in_clear"
	come nick
	claim 'each has what his own file says' packets "$john$nick$in_clear"
	claim 'new keys for their packets' new_keys child spi-in
	claim 'change nothing' packets "$john$nick$in_clear"
	claim 'new keys for their daemons' new_keys ike initiator-spi
	claim 'change nothing' packets "$john$nick$in_clear"
	go john
	claim 'and has nothing, nick has what he had' \
		packets "$(gone john)$nick$in_clear"
	come max
	claim "in john's place" reqid_is 10.0.2.10 1
	claim 'with what his own file says, not with what john had' \
		packets "$max$nick$in_clear"
	go max
	go nick
	claim 'nobody has anything' \
		packets "$(gone max)$(gone nick)"
	pf flush >/dev/null || die "flush: exit status $?"
	claim 'control: without vpnpf they would' \
		packets 'evil=10.0.2.10 lan udp yes clear'
done
claim 'no sanitizer has complained' no_sanitizer_report
