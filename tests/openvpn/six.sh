# SPDX-License-Identifier: GPL-2.0-or-later
# For grace.sh and guard.sh, which read it as their first command: a server with
# six clients whose .pf files go away and come back.
# shellcheck shell=bash
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

six=(john nick max anna bert dora)
pool_persist=
pf_args=(-c "$work/conf" --state-dir "$work/state")

# conf GRACE DEFAULT-POLICY
conf()
{
	cat >"$work/conf" <<-CONF
	policy = "$work/policy"
	grace = $1
	default-policy = ${2:-no}
	openvpn office {
		server-conf = "$work/office/server.conf"
	}
	CONF
}

all_open()
{
	local name
	for name in "${six[@]}"; do
		policy $name '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
	done
}

connected()
{
	local name
	for name in "$@"; do
		grep -q '"connected": true' <(pf --json status "$name") ||
			return
	done
}

# gone NAME...: no session of them is left
gone()
{
	local name
	for name in "$@"; do
		pf --json status "$name" >"$work/report" 2>&1
		grep -qE '"connected": false|no client' "$work/report" ||
			return
	done
}

# comes_back NAME: its program connects once more
comes_back()
{
	ups[$1]=$(($(grep -c 'Initialization Sequence Completed' \
		"$work/log/$1") + 1))
	kill -USR1 "${pid[$1]}"
	poll 30 is_up "$1" && kill -0 "${pid[$1]}"
}

# gave_up NAME: its program was refused and has ended
gave_up()
{
	poll 40 fails kill -0 "${pid[$1]}" 2>/dev/null &&
		grep AUTH_FAILED "$work/log/$1"
}

# finds STATUS [KIND [OPTION]]: what reconcile ends with, and all that it finds
finds()
{
	local status=0
	# shellcheck disable=SC2086
	pf --json reconcile ${3:-} >"$work/report" || status=$?
	cat "$work/report"
	[ $status = "$1" ] &&
		diff <(printf '%s' "${2:+$2$'\n'}") \
		<(sed '/"kind"/ { N; N; /"minor": true/d }' "$work/report" |
			sed -n 's/.*"kind": "\(.*\)",/\1/p' | sort -u)
}

# begin GRACE [NAME...]: all six are connected; NAMEs may connect later
begin()
{
	client_make "${six[@]}" "${@:2}"
	server_make office <<-CONF
		dev tun0
		topology subnet
		server 10.8.0.0 255.255.255.0
	CONF
	sed -i 's/^keepalive .*/keepalive 1 6/' "$work/office/server.conf"
	conf "$1"
	all_open
	pf -q apply || die "apply: exit status $?"
	server_start office
	clients_up "${six[@]}"
}
