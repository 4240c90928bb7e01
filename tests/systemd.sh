#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The units of systemd/: they are well-formed, and a real systemd, in a machine
# of its own (see systemd/machine.sh), boots closed and follows the files.
set -u
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${builddir:=.}"
: "${VPNPF:=./vpnpf}"
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
. "$srcdir/tests/claims.sh"

init=/lib/systemd/systemd
host_units=/lib/systemd/system
for tool in systemd-analyze systemctl unshare nsenter setpriv nft $init; do
	command -v $tool >/dev/null || skip "no $tool"
done
[ -e $host_units/openvpn-server@.service ] || skip 'no openvpn'

work=$(mktemp -d) || exit 2
first=				# the machine's first process, as we see it
cgroup=				# the machine's
poweroff()
{
	[ -z "$first" ] || kill -KILL "$first" 2>/dev/null
	wait
	first=
	[ -z "$cgroup" ] ||
		find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
}
trap 'poweroff; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# The machine's folders, and its units: those of the host that ours refer to,
# and ours, with the program at its place here.
root=$work/root
units=$root/units
mkdir -p "$units" "$root/etc/systemd" "$root/etc/openvpn/server" \
	"$root/etc/vpnpf" "$root/test"
for unit in basic local-fs local-fs-pre multi-user network network-online \
		network-pre paths shutdown slices sockets swap sysinit timers \
		umount; do
	cp "$host_units/$unit.target" "$units/"
done
cp "$host_units"/openvpn{,-server}@.service "$units/"
cp "$srcdir"/systemd/vpnpf*.{path,timer} "$builddir"/systemd/*.service "$units/"
sed -i 's|^\(Exec.*=\)[^ ]*/vpnpf |\1/test/vpnpf |' "$units"/vpnpf*.service
for unit in openvpn openvpn-server; do
	mkdir "$units/$unit@.service.d"
	cp "$srcdir/systemd/openvpn/vpnpf.conf" "$units/$unit@.service.d/"
done
cp "$VPNPF" "$root/test/vpnpf" || exit 2

# A server that says what it has found, and nothing more.
cat >"$units/openvpn-server@.service.d/zz-test.conf" <<-'END'
	[Service]
	Type=exec
	ExecStart=
	ExecStart=/bin/sh -c 'nft list table inet vpnpf >/run/found 2>&1; exec sleep infinity'
END
printf 'dev tun0\nserver 10.8.0.0 255.255.255.0\ntopology subnet\n' \
	>"$root/etc/openvpn/server/office.conf"
printf 'client-config-dir ccd\n' >>"$root/etc/openvpn/server/office.conf"
cp -r "$srcdir/examples/ccd" "$root/etc/openvpn/server/"
cp -r "$srcdir/examples/policy" "$srcdir/examples/vpnpf.conf" \
	"$root/etc/vpnpf/"
chmod -R u+w "$root"
printf '[Manager]\nDefaultEnvironment=ASAN_OPTIONS=detect_leaks=0\n' \
	>"$root/etc/systemd/system.conf"
printf 'root:x:0:0::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
: >"$root/etc/machine-id"

# Without starting anything
offline=$work/offline
mkdir -p "$offline/usr/lib/systemd" "$offline/test"
ln -s usr/lib "$offline/lib"	# Debian 13 looks in /usr/lib only
cp -r "$units" "$offline/lib/systemd/system"
cp "$VPNPF" "$offline/test/"

verify()
{
	local found
	found=$(systemd-analyze --root="$offline" --man=no verify \
		"${@/#/$offline/lib/systemd/system/}" 2>&1) || return
	[ -z "$found" ] || { echo "$found"; return 1; }
}

claim 'the units are well-formed' verify vpnpf.service vpnpf-apply.path \
	vpnpf-apply.service vpnpf-reconcile.service vpnpf-reconcile.timer

claim 'they can be enabled' systemctl --root="$offline" -q enable \
	vpnpf.service vpnpf-apply.path vpnpf-reconcile.timer
for link in sysinit.target.wants/vpnpf.service \
		openvpn-server@.service.requires/vpnpf.service \
		openvpn@.service.requires/vpnpf.service \
		strongswan.service.requires/vpnpf.service \
		multi-user.target.wants/vpnpf-apply.path \
		timers.target.wants/vpnpf-reconcile.timer; do
	claim "which makes $link" [ -L "$offline/etc/systemd/system/$link" ]
done
cp -r "$offline/etc/systemd/system" "$root/etc/systemd/"

# With a machine
skip_machine()
{
	[ $failed = 0 ] || exit 1
	skip "the units are in order, but there is no machine to run: $*"
}

[ "$(id -u)" = 0 ] || skip_machine 'not root'
namespaces=(-m -p -n -i -u -C -f --kill-child)
unshare "${namespaces[@]}" true 2>/dev/null ||
	skip_machine 'no rights to make namespaces'

poweron()
{
	local mount own
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[ -n "$mount" ] && cgroup=$mount${own%/}/vpnpf-test.$$ &&
		mkdir "$cgroup" 2>/dev/null || { cgroup=; return 1; }
	(
		echo $BASHPID >"$cgroup/cgroup.procs" || exit
		exec unshare "${namespaces[@]}" \
			bash "$srcdir/tests/systemd/machine.sh" "$root" $init \
			--unit=multi-user.target --log-target=console --show-status=no \
			--log-level=warning
	) >"$work/log" 2>&1 </dev/null &
	poll 5 first_process $!
}

first_process()
{
	first=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
	first=${first% }
	[ -n "$first" ]
}

machine()
{
	nsenter -t "$first" -m -p -n -i -u -- env -i PATH="$PATH" \
		ASAN_OPTIONS=detect_leaks=0 "$@"
}

is_active()
{
	machine systemctl -q is-active "$@" 2>/dev/null
}

# loaded TEXT: in the kernel's rules
loaded()
{
	machine nft list table inet vpnpf 2>/dev/null | grep -qF -e "$1"
}

not_loaded()
{
	machine nft list table inet vpnpf >/dev/null && ! loaded "$1"
}

# pair A B: may 10.8.0.A talk to 10.8.0.B, though it drops by default?
pair()
{
	loaded "10.8.0.$1 . 10.8.0.$2 "
}

no_pair()
{
	not_loaded "10.8.0.$1 . 10.8.0.$2 "
}

# What is loaded is what the files say.
settled()
{
	machine /test/vpnpf -q reconcile --check --deep >/dev/null 2>&1
}

at_once()
{
	poll 10 "$@"
}

is_at_rest()
{
	[ "$(machine systemctl is-active "$1")" = inactive ]
}

in_machine()
{
	machine sh -e -c "cd /etc/vpnpf/policy; $1"
}

none_has_failed()
{
	local units
	units=$(machine systemctl --failed --plain --no-legend) &&
		[ -z "$units" ] || { echo "$units"; return 1; }
}

ln -s /lib/systemd/system/openvpn-server@.service \
	"$root/etc/systemd/system/multi-user.target.wants/openvpn-server@office.service"
poweron || skip_machine 'no cgroup of its own'
poll 20 is_active openvpn-server@office || {
	machine systemctl list-jobs
	die "the machine does not boot: $(<"$work/log")"
}
server_found()
{
	machine grep -q "$1" /run/found
}
claim 'the rules are there before a server starts' \
	at_once server_found 'chain from_client'
claim 'those of the files' pair 2 3
claim 'the folder in /run is as apply makes it' in_machine \
	'[ "$(stat -c "%a %u" /run/vpnpf)" = "755 0" ]'

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

# What is wrong
in_machine 'echo "this is no policy" >bob.pf'
claim 'a bad file does not keep servers from starting' machine \
	systemctl reload-or-restart vpnpf.service openvpn-server@office
claim 'nor lets a unit fail' none_has_failed
machine systemctl stop vpnpf-apply.path
at_once is_at_rest vpnpf-apply.service
at_once is_at_rest vpnpf-reconcile.service
in_machine 'rm bob.pf'

machine nft delete table inet vpnpf
claim 'what is lost is repaired, which is no failure' machine \
	systemctl start vpnpf-reconcile.service
claim 'by the unit that a timer starts' pair 2 3
claim 'each minute' is_active vpnpf-reconcile.timer

claim 'a unit that is stopped' machine systemctl stop vpnpf.service
claim 'leaves the rules' pair 2 3
refute 'and no server runs without it' is_active openvpn-server@office
in_machine 'rm -f /run/found; /test/vpnpf flush'
claim 'who starts a server' machine systemctl start openvpn-server@office
claim 'has the rules loaded before' at_once server_found 'chain from_client'

machine systemctl stop vpnpf.service vpnpf-reconcile.timer
in_machine 'mv ../vpnpf.conf /run'
refute 'without a configuration no server starts' machine \
	systemctl start openvpn-server@office
refute 'really' is_active openvpn-server@office
in_machine 'mv /run/vpnpf.conf ..; mv ../policy /run; /test/vpnpf flush'
refute 'nor without a policy' machine systemctl start openvpn-server@office
claim 'but then all is shut' loaded 'chain from_client'
claim 'and knows nobody' not_loaded john
machine mv /run/policy /etc/vpnpf/policy

in_machine 'echo "backend = \"iptables-legacy\"" >>../vpnpf.conf'
claim 'iptables-legacy is loaded from within the sandbox, too' machine \
	systemctl start openvpn-server@office
claim 'and in force' machine iptables-legacy -C FORWARD -j VPNPF-FORWARD

[ $failed = 0 ] || machine systemctl status 'vpnpf*' | sed 's/^/#	/'
exit $failed
