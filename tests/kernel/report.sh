#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# apply names who is concerned by a change, and what each gains or loses; under
# systemd each line has its priority.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"
. "$srcdir/tests/claims.sh"

mkdir "$work"/{policy,ccd}
cat >"$work/vpnpf.conf" <<CONF
policy = "policy"
groups = "groups"
state-dir = "$work/state"
backend = "$VPNPF_BACKEND"
openvpn office { dev = "tun0" topology = subnet ccd = "ccd" }
CONF
echo 'staff: nick' >"$work/groups"

pf()
{
	"$VPNPF" -c "$work/vpnpf.conf" "$@" 2>>"$work/messages"
}

# policy NAME LINE...
policy()
{
	local name=$1
	shift
	printf '%s\n' "$@" '[END]' >"$work/policy/$name.pf"
}

address()
{
	echo "ifconfig-push $2 255.255.255.0" >"$work/ccd/$1"
}

# says OPTION... -- COMMAND: apply's lines but for the numbers are those of stdin
says()
{
	diff - <(pf "$@" apply | grep -v '^\(table made; \)\?chains: ')
}

says_nothing()
{
	diff - <(pf "$@" apply) <<<'nothing to change'
}

policy john '[CLIENTS DROP]' +@staff '[SUBNETS ACCEPT]' -10.0.4.0/24
policy nick '[CLIENTS ACCEPT]'
policy bob '[CLIENTS ACCEPT]'
address john 10.8.0.2
address nick 10.8.0.3
address gus 10.8.0.9
# claim closes stdin, so what is expected is read before
expected()
{
	cat >"$work/expected"
}
told()
{
	says "$@" <"$work/expected"
}

expected <<'END'
loaded: 4 clients, 1 of them closed
END
claim 'at first all is new' told
claim 'then nothing is' says_nothing

policy john '[CLIENTS DROP]' +@staff +bob '[SUBNETS ACCEPT]' -10.0.5.0/24
expected <<'END'
# john: + bob, - 10.0.5.0/24, + 10.0.4.0/24 (john.pf)
END
dry()
{
	diff "$work/expected" <(pf -n apply | grep '^# john: ')
}
claim 'what is gained and lost, in a dry run' dry
sed -i 's/^# //' "$work/expected"
claim 'and by a call that changes it' told
claim 'once' says_nothing

echo 'staff: nick max' >"$work/groups"
expected <<'END'
john: + max (john.pf)
END
claim 'of a group, too' told

{
	echo '[CLIENTS ACCEPT]'
	echo '[KILL]'
} >"$work/policy/bob.pf"
rm "$work/policy/nick.pf"
policy max '[CLIENTS DROP]'
address john 10.8.0.12
address ben 10.8.0.2
expected <<'END'
ben: new, closed: no file, address 10.8.0.2 (was john's)
bob: closed by [KILL]
john: address 10.8.0.12, no longer 10.8.0.2
max: new, open (max.pf)
nick: closed: no file
END
claim 'who is closed, who is new, and whose address is whose' told
policy bob '[CLIENTS ACCEPT]'
policy max 'no policy at all'
policy zoe '[nonsense]'
rm "$work/policy/john.pf" "$work/ccd/john"
expected <<'END'
bob: open (bob.pf)
john: gone
zoe: new, closed: bad file
END
claim 'who comes back, who is gone, and who keeps what was' told
rm "$work"/policy/{max,zoe}.pf

policy $'a\tb' '[CLIENTS ACCEPT]'
policy $'e\xffe' '[CLIENTS ACCEPT]'
expected <<'END'
e\xffe: new, open (e\xffe.pf)
max: gone
END
claim 'no byte of a name reaches a terminal' told

for i in {10..59}; do
	policy "c$i" '[CLIENTS ACCEPT]'
done
lines()
{
	pf "$@" apply | tee "$work/out" | grep -c 'c..: new, open' |
		grep -qx "$lines" && grep -x "$last" "$work/out"
}
lines=20 last='and 30 more'
claim 'of many clients a screen' lines
for i in {10..59}; do
	echo '[END]' >"$work/policy/c$i.pf"
done
lines()
{
	pf "$@" apply | grep -c 'c..: - all other clients' | grep -qx 50
}
claim 'with -v all' lines -v
policy c10 '[CLIENTS DROP]' +a +b +c +d +e +f +g +h +i
expected <<'END'
c10: + a, + b, + c, + d, + e, + f, + g, + h and 1 more (c10.pf)
END
claim 'of many rights some' told

policy c10 '[CLIENTS DROP]' +nick
found()
{
	pf reconcile | grep -F '"c10" were older than its file (now: + nick, '
}
claim 'reconcile says the same' found

# As systemd would see it, with both outputs in one pipe
policy c10 '[CLIENTS DROP]' +bob
policy c11 '[nonsense]'
{
	echo '[CLIENTS ACCEPT]'
	echo 'nick'
	echo '[END]'
} >"$work/policy/c12.pf"
rm "$work/policy/c13.pf"
journal()
{
	(exec 2>&1 3>&1
	JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/3) \
		"$VPNPF" -c "$work/vpnpf.conf" "$@") | cat
}
# The number of lines of each priority; 0 has none.
priorities()
{
	journal "$@" | sed -n 's/^<\([3-6]\)>.*/\1/; s/^[^3-6].*/0/; p' |
		sort -u | tr -d '\n'
}
says_priorities()
{
	local is
	is=$(priorities "${@:2}")
	[ "$is" = "$1" ] || { echo "$is"; return 1; }
}
claim 'for the journal each line has its priority' says_priorities 3456 apply
claim 'quiet, errors and what stands' says_priorities 35 -q reconcile --deep
rm "$work/policy/c11.pf" "$work/policy/c12.pf"
claim 'and repairs' says_priorities 5 -q reconcile
in_order()
{
	journal reconcile | grep '^<6>in order'
}
claim 'in order' in_order
claim 'and nothing at all' says_priorities '' -q reconcile
exit $failed
