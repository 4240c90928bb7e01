#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The units of systemd/: they are well-formed, and a real systemd, in a machine
# of its own (see systemd/machine.sh), boots closed, follows the files, comes
# after other packet filters, and logs with priorities.
. "${srcdir:-$(dirname "$0")/..}/tests/systemd/lib.sh" || exit 1

# The other packet filters, as Debian orders them; each deletes all rules.
# filter NAME LINE...
filter()
{
	local name=$1
	shift
	printf '%s\n' '[Unit]' "$@" '[Service]' 'Type=oneshot' \
		'RemainAfterExit=yes' 'ExecStart=/usr/sbin/nft flush ruleset' \
		"ExecStart=/bin/sh -c 'echo $name >>/run/started'" \
		'ExecReload=/usr/sbin/nft flush ruleset' \
		'[Install]' 'WantedBy=multi-user.target' \
		>"$units/$name.service"
}

machine_units
early=(DefaultDependencies=no Wants=network-pre.target
	Before=network-pre.target)
filter nftables "${early[@]}"
filter ufw "${early[@]}" After=local-fs.target
filter ferm "${early[@]}" RequiresMountsFor=/var/cache/
filter netfilter-persistent "${early[@]}" After=local-fs.target
filter firewalld Wants=network-pre.target Before=network-pre.target
filter shorewall Wants=network-online.target After=network-online.target
filters=(nftables ufw ferm netfilter-persistent firewalld shorewall)

# A server that says what it has found, and whose hook refuses a client.
cat >"$units/openvpn-server@.service.d/zz-test.conf" <<-'END'
	[Unit]
	StartLimitIntervalSec=0
	[Service]
	Type=exec
	Restart=no
	ExecStart=
	ExecStart=/bin/sh -c 'nft list table inet vpnpf >/run/found 2>&1; env -i dev=tun0 common_name=eve /test/vpnpf connect; exec sleep infinity'
END
mkdir -p "$root/etc/openvpn/server" "$root/etc/vpnpf"
cat >"$root/etc/openvpn/server/office.conf" <<-'END'
	dev tun0
	server 10.8.0.0 255.255.255.0
	topology subnet
	client-config-dir ccd
END
cp -r "$srcdir/examples/ccd" "$root/etc/openvpn/server/"
cp -r "$srcdir/examples/policy" "$srcdir/examples/vpnpf.conf" \
	"$root/etc/vpnpf/"
chmod -R u+w "$root"

# Without starting anything
verify()
{
	local found
	found=$(systemd-analyze --root="$offline" --man=no verify \
		"${@/#/$offline/lib/systemd/system/}" 2>&1) || return
	[ -z "$found" ] || { echo "$found"; return 1; }
}

ours=(vpnpf.service vpnpf-apply.path vpnpf-reconcile.timer)
claim 'the units can be enabled' machine_enable "${ours[@]}" \
	"${filters[@]}"
claim 'and are well-formed' verify "${ours[@]}" vpnpf-apply.service \
	vpnpf-reconcile.service multi-user.target
for link in sysinit.target.wants/vpnpf.service \
		{shorewall,nftables}.service.wants/vpnpf-reconcile.service \
		multi-user.target.wants/vpnpf-apply.path \
		timers.target.wants/vpnpf-reconcile.timer; do
	claim "which makes $link" [ -L "$offline/etc/systemd/system/$link" ]
done
required()
{
	find "$offline/etc" -path '*.requires/*' | grep vpnpf
}
refute 'no unit requires ours, which would stop with it' required

# With a machine
machine_needs
machine_starts openvpn-server@.service openvpn-server@office.service
poweron || skip_machine 'no cgroup of its own'
poll 20 is_active openvpn-server@office || {
	machine systemctl list-jobs
	die "the machine does not boot: $(<"$work/log")"
}

# loaded TEXT: in the kernel's rules
loaded()
{
	machine nft list table inet vpnpf 2>/dev/null | grep -qwF -e "$1"
}

not_loaded()
{
	machine nft list table inet vpnpf >/dev/null && ! loaded "$1"
}

# pair A B: may 10.8.0.A talk to 10.8.0.B, though it drops by default?
pair()
{
	loaded "10.8.0.$1 . 10.8.0.$2"
}

no_pair()
{
	not_loaded "10.8.0.$1 . 10.8.0.$2"
}

# What is loaded is what the files say.
settled()
{
	machine /test/vpnpf -q reconcile --check --deep >/dev/null 2>&1
}

is_at_rest()
{
	[ "$(machine systemctl is-active "$1")" = inactive ]
}

none_has_failed()
{
	local units
	units=$(machine systemctl --failed --plain --no-legend) &&
		[ -z "$units" ] || { echo "$units"; return 1; }
}

server_found()
{
	machine grep -q "$1" /run/found
}
claim 'the rules are there before a server starts' \
	at_once server_found 'chain pre {'
claim 'those of the files' pair 2 3
claim 'though all other packet filters have started' \
	diff <(printf '%s\n' "${filters[@]}" | sort) \
	<(machine sort /run/started)
no_cycle()
{
	! grep -i cycle "$work/log"
}
claim 'and no order was broken for it' no_cycle
claim 'the folder in /run is as apply makes it' in_machine \
	'[ "$(stat -c "%a %u" /run/vpnpf)" = "755 0" ]'
claim 'the one in /var/lib is for root' in_machine \
	'[ "$(stat -c "%a %u" /var/lib/vpnpf)" = "700 0" ]'

machine systemctl stop vpnpf-reconcile.timer
for how in restart reload; do
	claim "$how of nftables" machine systemctl $how nftables
	claim 'deletes the rules for a moment only' at_once pair 2 3
done
claim 'a late start of shorewall' machine systemctl restart shorewall
claim 'does the same' at_once pair 2 3

# The path unit
at_once is_active vpnpf-apply.path
in_machine 'sed -i -e "s/^+nick/-nick/" -e w\ /run/john john.pf
	cat /run/john >john.pf'
claim 'a file edited in place counts at once' at_once no_pair 2 3
in_machine 'sed "s/^-nick/+nick/" john.pf >/run/new
	cp /run/new .john.new; mv .john.new john.pf'
claim 'a file put in the place of another as well' at_once pair 2 3
in_machine 'mv john.pf /run/john.pf'
claim 'and one that is taken away' at_once no_pair 2 4
in_machine 'mv /run/john.pf .'
claim 'or comes' at_once pair 2 4

# at_rest: the path unit watches again
at_rest()
{
	at_once is_at_rest vpnpf-apply.service &&
		at_once is_at_rest vpnpf-reconcile.service
}
in_machine 'echo "log-group = 1" >>../vpnpf.conf'
claim 'the configuration, edited in place' at_once loaded 'group 1'
at_rest
in_machine 'sed -i "s/log-group = .*/log-group = 2/" ../vpnpf.conf'
claim 'by sed -i' at_once loaded 'group 2'
at_rest
in_machine 'sed "s/log-group = .*/log-group = 3/" ../vpnpf.conf >/run/conf
	mv /run/conf ../vpnpf.conf'
claim 'by mv from elsewhere' at_once loaded 'group 3'
at_rest
in_machine 'sed "s/log-group = .*/log-group = 4/" ../vpnpf.conf \
		>../.vpnpf.conf.tmp; ln ../vpnpf.conf ../vpnpf.conf.1~
	mv ../.vpnpf.conf.tmp ../vpnpf.conf'
claim 'by a tool that keeps a copy' at_once loaded 'group 4'
at_rest
in_machine 'cp bob.pf /run; echo "[END]" >bob.pf'
claim 'a client loses what others had of it' at_once no_pair 2 4
at_rest
in_machine 'printf "[CLIENTS DROP]\n+@all\n[END]\n" >bob.pf
	sed -i "/^policy/a groups = \"/etc/vpnpf/groups\"" ../vpnpf.conf'
at_rest
in_machine 'echo "all: john" >../groups'
claim 'groups that were not there before' at_once pair 2 4
at_rest
in_machine 'cp /run/bob.pf .'
at_rest
in_machine 'cp -r . ../policy.new; echo "[END]" >../policy.new/john.pf
	mv ../policy ../policy.old; mv ../policy.new ../policy'
claim 'another folder in the place of the policies' at_once no_pair 2 4
at_rest
machine sh -c 'cd /etc/vpnpf; mv policy policy.new; sleep 0.3
	mv policy.old policy'
claim 'and one that was away' at_once pair 2 4
at_rest
claim 'none has failed' none_has_failed

# burst: another word for each of many changes, some while apply runs
burst()
{
	in_machine 'i=0
		while [ $i -lt 100 ]; do
			i=$((i + 1))
			printf "%s\n" "[CLIENTS DROP]" "[SUBNETS DROP]" \
				"+192.0.2.$i" "[END]" >max.pf
			case $i in *[05]) sleep 0.0$((i % 7)) ;; esac
		done'
	at_once loaded 192.0.2.100 && at_once settled && none_has_failed
}
for round in 1 2 3; do
	claim "of a burst of changes the last counts ($round)" burst
	in_machine 'echo "[END]" >max.pf'
	at_once not_loaded 192.0.2.100
done
at_rest

# Priorities
has_priorities()
{
	local is
	is=$(priorities "${@:2}")
	[ "$is" = "$1" ] || { echo "$is"; return 1; }
}
logs()
{
	machine journalctl -q -o cat "${@:2}" | grep -qF -e "$1"
}
claim 'a hook that OpenVPN calls logs errors as errors' \
	logs '"eve"' -p err -u openvpn-server@office
claim 'apply says what changed, as information' \
	logs 'john: - nick' -p info..info -t vpnpf
in_machine 'printf "%s\n" "[CLIENTS ACCEPT]" "+nick # x" "[END]" >gus.pf'
claim 'a warning is logged as one' at_once logs 'gus.pf:2:' \
	-p warning..warning -t vpnpf
claim 'with its line' logs '2 | +nick # x' -p warning..warning -t vpnpf
at_rest
in_machine 'rm gus.pf; echo "this is no policy" >bob.pf'
claim 'and an error' at_once logs 'bob.pf:1:1: error' -p err..err -t vpnpf
at_rest

# What is wrong
claim 'a bad file does not keep servers from starting' machine \
	systemctl restart openvpn-server@office
claim 'nor lets a unit fail' none_has_failed
machine systemctl stop vpnpf-apply.path
in_machine 'rm bob.pf'
machine /test/vpnpf -q apply

# The last line of vpnpf: journalctl needs one that it would show.
last()
{
	machine journalctl -q -n 1 -t vpnpf --show-cursor |
		sed -n 's/^-- cursor: //p'
}
cursor=$(last)
claim 'what is in order' machine systemctl start vpnpf-reconcile.service
claim 'is not logged each minute' has_priorities '' --after-cursor="$cursor"
machine nft delete table inet vpnpf
claim 'what is lost is repaired, which is no failure' machine \
	systemctl start vpnpf-reconcile.service
claim 'by the unit that a timer starts' pair 2 3
claim 'and logged' at_once has_priorities 5 --after-cursor="$cursor"

server_id()
{
	machine systemctl show -P MainPID openvpn-server@office
}
server=$(server_id)
claim 'a restart of our unit' machine systemctl restart vpnpf.service
claim 'restarts no server' [ "$(server_id)" = "$server" ]
claim 'a unit that is stopped' machine systemctl stop vpnpf.service
claim 'leaves the rules' pair 2 3
claim 'and the servers' [ "$(server_id)" = "$server" ]
machine systemctl stop openvpn-server@office
in_machine 'rm -f /run/found; /test/vpnpf flush'
claim 'who starts a server' machine systemctl start openvpn-server@office
claim 'has the rules loaded before' at_once server_found 'chain pre {'

machine systemctl stop openvpn-server@office
in_machine 'mv ../vpnpf.conf /run'
claim 'without a configuration a server starts with what was loaded' machine \
	systemctl start openvpn-server@office
machine systemctl stop openvpn-server@office
machine nft delete table inet vpnpf
refute 'where nothing is, no server starts' machine \
	systemctl start openvpn-server@office
refute 'really' is_active openvpn-server@office
in_machine 'mv /run/vpnpf.conf ..; mv ../policy /run; /test/vpnpf flush'
refute 'nor without a policy' machine systemctl start openvpn-server@office
claim 'but then all is shut' loaded 'chain pre {'
claim 'and knows nobody' not_loaded john
machine mv /run/policy /etc/vpnpf/policy

in_machine 'echo "backend = \"iptables-legacy\"" >>../vpnpf.conf'
claim 'iptables-legacy is loaded from within the sandbox, too' machine \
	systemctl start vpnpf.service
claim 'and in force' machine iptables-legacy -t mangle -C PREROUTING \
	-j VPNPF-PREROUTING
claim 'a server starts with it' machine systemctl start openvpn-server@office

[ $failed = 0 ] || machine journalctl -q -o short -n 40 | sed 's/^/#	/'
exit $failed
