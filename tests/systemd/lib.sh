# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests with a real systemd, which read it as their first command: a
# machine of its own (see machine.sh) with our units, those of the host that
# ours refer to, and "$root", the folders that it starts with.
# shellcheck shell=bash disable=SC2034

set -u
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${builddir:=.}"
: "${VPNPF:=./vpnpf}"
: "${TUNPROBE:=./tests/kernel/tunprobe}"
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
. "$srcdir/tests/claims.sh"

init=/lib/systemd/systemd
host_units=/lib/systemd/system
for tool in systemd-analyze systemctl journalctl unshare nsenter setpriv nft \
		$init; do
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
	cgroup=
}
trap 'poweroff; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

root=$work/root
units=$root/units

# machine_units: the host's, and ours with the program at its place there
machine_units()
{
	local unit
	mkdir -p "$units" "$root/etc/systemd" "$root/test"
	for unit in basic local-fs local-fs-pre multi-user network \
			network-online network-pre paths shutdown slices \
			sockets swap sysinit timers umount; do
		cp "$host_units/$unit.target" "$units/"
	done
	cp "$host_units"/openvpn{,-server}@.service "$units/"
	cp "$host_units"/systemd-journald{.service,.socket,-dev-log.socket} \
		"$units/"
	mkdir "$units"/{sysinit,sockets}.target.wants
	ln -s ../systemd-journald.service "$units/sysinit.target.wants/"
	ln -s ../systemd-journald{,-dev-log}.socket \
		"$units/sockets.target.wants/"
	cp "$srcdir"/systemd/vpnpf*.{path,timer} \
		"$builddir"/systemd/*.service "$units/"
	for unit in openvpn@ openvpn-server@ strongswan; do
		mkdir "$units/$unit.service.d"
		cp "$builddir/systemd/server/vpnpf.conf" "$units/$unit.service.d/"
	done
	sed -i 's|^\(Exec[^=]*=+\?\)[^ ]*/vpnpf |\1/test/vpnpf |' \
		"$units"/vpnpf*.service "$units"/*.d/vpnpf.conf
	cp "$VPNPF" "$TUNPROBE" "$root/test/" || exit 2
	printf '[Manager]\nDefaultEnvironment=ASAN_OPTIONS=detect_leaks=0\n' \
		>"$root/etc/systemd/system.conf"
	printf 'root:x:0:0::/:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\n' >"$root/etc/group"
	: >"$root/etc/machine-id"
}

# machine_enable UNIT...: as an administrator does, without starting anything
offline=$work/offline
machine_enable()
{
	mkdir -p "$offline/usr/lib/systemd" "$offline/test"
	ln -s usr/lib "$offline/lib"	# Debian 13 looks in /usr/lib only
	cp -r "$units" "$offline/lib/systemd/system"
	cp "$VPNPF" "$offline/test/"
	systemctl --root="$offline" -q enable "$@" || return
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants" &&
		cp -r "$offline/etc/systemd/system" "$root/etc/systemd/"
}

# machine_starts UNIT [OTHER-NAME]: at boot
machine_starts()
{
	ln -s "/lib/systemd/system/$1" "$root/etc/systemd/system/multi-user.target.wants/${2:-$1}"
}

skip_machine()
{
	[ $failed = 0 ] || exit 1
	skip "the units are in order, but there is no machine to run: $*"
}

machine_needs()
{
	namespaces=(-m -p -n -i -u -C -f --kill-child)
	[ "$(id -u)" = 0 ] || skip_machine 'not root'
	unshare "${namespaces[@]}" true 2>/dev/null ||
		skip_machine 'no rights to make namespaces'
}

# poweron [FOLDER]
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
			bash "$srcdir/tests/systemd/machine.sh" "${1:-$root}" \
			$init --unit=multi-user.target --log-target=console \
			--show-status=no --log-level=warning
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

at_once()
{
	poll 10 "$@"
}

in_machine()
{
	machine sh -e -c "cd /etc/vpnpf/policy; $1"
}

# priorities ARGUMENT...: of vpnpf's lines in the journal, each once
priorities()
{
	machine journalctl -q -o json -t vpnpf "$@" |
		sed 's/.*"PRIORITY":"\(.\)".*/\1/' | sort -u | tr -d '\n'
}
