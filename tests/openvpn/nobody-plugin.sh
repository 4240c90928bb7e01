#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A server with "user nobody" and vpnpf-openvpn.so: the helper's work, a silent
# or dead helper, and no growth of memory or files with each call.  CALLS: the
# number of calls.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"

plugin=${VPNPF%/*}/vpnpf-openvpn.so
plugcall=${VPNPF%/*}/tests/openvpn/plugcall
[ -f "$plugin" ] && [ -x "$plugcall" ] ||
	skip 'no vpnpf-openvpn.so: openvpn-plugin.h was missing'
. "$srcdir/tests/openvpn/nobody.sh"

words=("$plugin" "program=$VPNPF" "${vpnpf[@]:1}")

# helpers [ARGUMENT]: those that run (with it), a process id each
helpers()
{
	pgrep -f -- "^$VPNPF .*${1-} helper\$"
}

none_runs()
{
	! helpers "$@" >/dev/null
}

# caller_start ID NAMESPACE: calls the plugin as lines say that come from a fifo;
# its helper has a state folder of its own; "confined" may hold a command that
# runs the caller with fewer rights
declare -A line_to=()
confined=()
caller_start()
{
	local fd
	mkfifo "$work/$1.calls"
	: >"$work/$1.results"
	within "$2" "${confined[@]}" "$plugcall" "${words[@]}" "${pf_args[@]}" \
		--state-dir "$work/$1" <"$work/$1.calls" \
		>"$work/$1.results" 2>>"$work/log/$1" &
	pid[$1]=$!
	exec {fd}>"$work/$1.calls"
	line_to[$1]=$fd
}

caller_end()
{
	local fd=${line_to[$1]}
	exec {fd}>&-
	wait "${pid[$1]}"
}

# call ID WORD...: the result, "ok" or "refused"
call()
{
	local id=$1 before
	shift
	before=$(wc -l <"$work/$id.results")
	(IFS=$'\t'; echo "$*") >&"${line_to[$id]}"
	poll 30 more_results "$id" "$before" || return
	[ "$(tail -n 1 "$work/$id.results" | cut -f 1)" = ok ]
}

more_results()
{
	[ "$(wc -l <"$work/$1.results")" -gt "$2" ]
}

# A silent helper is waited for as long as OpenVPN can bear; so this goes on
# beside all else. A line for each claim that does not hold.
silent()
{
	local start
	ip netns add silent
	within silent "${vpnpf[@]}" "${pf_args[@]}" --state-dir "$work/silent" \
		-q apply || echo 'apply fails'
	caller_start silent silent
	call silent connect john 10.8.0.2 || echo 'at first it does not work'
	helper=$(helpers "$work/silent") && kill -STOP "$helper" ||
		echo 'there is no helper'
	start=$SECONDS
	call silent connect john 10.8.0.2 && echo 'what is not answered is ok'
	[ $((SECONDS - start)) -le 20 ] || echo 'it waits too long'
	start=$SECONDS
	call silent connect max 10.8.0.6 && echo 'the next one is ok'
	call silent disconnect max 10.8.0.6
	[ $((SECONDS - start)) -le 5 ] || echo 'the next one waits, too'
	kill -CONT "$helper"
	# all answers to what was asked before are "ok"
	poll 10 call silent connect john 10.8.0.2 ||
		echo 'it does not work again'
	call silent connect eve 10.8.0.9 && echo 'a late answer is taken'
	caller_end silent
	poll 10 none_runs "$work/silent" || echo 'the helper stays'
}

pf_args=(--openvpn "$work/office/server.conf" --policy "$work/policy"
	--state-dir /run/vpnpf)
nobody_server < <(sed "s,/usr/lib/vpnpf/vpnpf-openvpn.so,${words[*]} ${pf_args[*]}," \
	"$srcdir/examples/nobody/plugin.conf")
silent >"$work/silent.wrong" 2>&1 &
silent=$!

# What is wrong is said before anybody connects: the server does not start.
# does_not_start TEXT WORD...: with these words behind the plugin; says TEXT
does_not_start()
{
	local text=$1 dir=$work/office
	shift
	sed "s,^plugin .*,plugin $plugin $*," "$dir/server.conf" >"$dir/bad.conf"
	! within host timeout 20 openvpn --cd "$dir" --config bad.conf \
		>"$work/log/start" 2>&1 && grep -F -- "$text" "$work/log/start"
}

claim 'the server does not start without the helper' \
	does_not_start 'cannot run /nowhere/vpnpf: No such file' \
	program=/nowhere/vpnpf
claim 'nor with an option that is none' \
	does_not_start '"--frobnicate" is no option' \
	"program=$VPNPF" --frobnicate
claim 'nor without a configuration' \
	does_not_start 'cannot read "/nowhere/vpnpf.conf"' \
	"program=$VPNPF" -c /nowhere/vpnpf.conf

pf apply || die "apply: exit status $?"
server_start office
nobody_claims
claim 'what the helper says is in the log of the server' \
	grep 'PLUGIN vpnpf: .*"mallory" is refused by \[KILL\]' \
	"$work/log/office"

helper=$(helpers /run/vpnpf)
claim 'the helper is root still' [ "$(stat -c %U "/proc/$helper")" = root ]

# has_rights PROCESS CAPABILITIES: these, and no way to more
has_rights()
{
	diff - <(grep -E '^(Cap|NoNewPrivs)' "/proc/$1/status") <<-END
	CapInh:	0000000000000000
	CapPrm:	$2
	CapEff:	$2
	CapBnd:	$2
	CapAmb:	0000000000000000
	NoNewPrivs:	1
	END
}

# CAP_DAC_READ_SEARCH, CAP_NET_ADMIN, CAP_NET_RAW
claim 'with three capabilities' has_rights "$helper" 0000000000003004
for signal in HUP INT QUIT TERM USR1 USR2; do
	kill -$signal "$helper"
done
stop max KILL
clients_up max
claim 'signals do not end the helper' [ "$(helpers /run/vpnpf)" = "$helper" ]
claim 'a session of its own' [ "$(ps -o sid= "$helper")" -eq "$helper" ]
claim 'it has no file open but what it needs' \
	fails ls "/proc/$helper/fd/5"

for name in john nick bob max; do
	stop $name KILL
done
expect_up office
kill -USR1 "${pid[office]}"
wait_up office
clients_up john nick bob max
claim 'after SIGUSR1 all is as before' reach "$example_pairs"
claim 'with the same helper' [ "$(helpers /run/vpnpf)" = "$helper" ]

kill -KILL "$helper"
stop nick KILL
client_start nick
claim 'without the helper a client is refused' refused nick
claim 'which is said' grep -q 'PLUGIN vpnpf: the helper is gone' \
	"$work/log/office"
claim 'who is connected keeps its rights' reach john-bob
claim 'and the server runs' kill -0 "${pid[office]}"
no_zombies()
{
	! ps -e -o stat=,comm= | grep -E '^Z.*(vpnpf|openvpn)'
}
claim 'nobody is left to be waited for' poll 5 no_zombies
for id in john bob max office; do
	stop $id
done

server_start office
clients_up john nick
claim 'a new server has a new helper' helpers /run/vpnpf
stop office KILL
claim 'which ends when the server is killed' poll 10 none_runs /run/vpnpf
stop john
stop nick

# With what openvpn-server@.service leaves, CAP_DAC_OVERRIDE is one of three.
within host "${vpnpf[@]}" "${pf_args[@]}" --state-dir "$work/few" \
	-q apply 2>/dev/null
confined=(setpriv --bounding-set "-all$(printf ',+%s' ipc_lock net_admin \
	net_bind_service net_raw setgid setuid setpcap sys_chroot dac_override \
	audit_write)")
caller_start few host
claim 'the unit of OpenVPN leaves enough rights' call few connect john 10.8.0.2
claim 'of which the helper keeps three' \
	has_rights "$(helpers "$work/few")" 0000000000003002
claim 'and can write what it knows' \
	call few learn-address add 10.8.0.2 john
caller_end few
# and without the right to bound what is executed
confined=(setpriv --bounding-set -setpcap,-dac_read_search)
caller_start fewer host
claim 'it works without the right to bound capabilities' \
	call fewer connect john 10.8.0.2
claim 'and then nothing can be gained either' grep -q '^NoNewPrivs:	1' \
	"/proc/$(helpers "$work/fewer")/status"
caller_end fewer
confined=()

# No end to what a call may need would show.
policy pat '[CLIENTS ACCEPT]' '[SUBNETS DROP]' '[END]'
within host "${vpnpf[@]}" "${pf_args[@]}" --state-dir "$work/calls" \
	-q apply 2>/dev/null
caller_start calls host

# some_calls N: in fours, of a client that comes and goes
some_calls()
{
	local i before
	before=$(wc -l <"$work/calls.results")
	for ((i = 0; i < $1; i += 4)); do
		printf '%s\n' $'connect\tpat\t10.8.0.50' \
			$'learn-address\tadd\t10.8.0.50\tpat' \
			$'disconnect\tpat\t10.8.0.50' \
			$'learn-address\tdelete\t10.8.0.50'
	done >&"${line_to[calls]}"
	poll 300 more_results calls $((before + i - 1))
}

# Megabytes (AddressSanitizer keeps what was freed), open files, children.
needs()
{
	grep -qa __asan_init "$VPNPF" || awk '/^VmRSS/ {
		print int($2 / 1024 + 0.5)
	}' "/proc/$helper/status"
	ls "/proc/$helper/fd"
	cat "/proc/$helper/task/$helper/children"
}

some_calls 100
helper=$(helpers "$work/calls")
needs >"$work/needs"
claim 'many calls' some_calls "${CALLS:-1000}"
claim 'need no more than few' diff "$work/needs" <(needs)
claim 'none of which is refused' fails grep -q refused "$work/calls.results"
printf -v long '%5000s' ''
refute 'a name without end is refused' call calls connect "$long" 10.8.0.2
refute 'an odd one, too' call calls connect $'jo\ehn' 10.8.0.2
refute 'and one that leads elsewhere' call calls connect ../policy/john 10.8.0.2
refute 'and an address that is none' \
	call calls learn-address add "10.8.0.2; $long" john
refute 'and a call that is none' call calls learn-address steal 10.8.0.2 john
claim 'and then it works as before' call calls connect john 10.8.0.2
caller_end calls
claim 'the helper ends with its plugin' poll 10 none_runs "$work/calls"

wait "$silent"
claim 'a silent helper is waited for once, and late answers are not mixed up' \
	diff /dev/null "$work/silent.wrong"
