#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with a real systemd boots once for each file that may be broken:
# then no packet of a client passes that the last good files deny, and a server
# starts only where its rules are in force or its interface is shut.
. "${srcdir:-$(dirname "$0")/..}/tests/systemd/lib.sh" || exit 1
. "$srcdir/tests/backend.sh"

for tool in ip tar $(backend_tools); do
	command -v $tool >/dev/null || skip "no $tool"
done
[ -e /dev/net/tun ] || skip 'no /dev/net/tun'

machine_units
cat >"$units/openvpn-server@.service.d/zz-test.conf" <<-'END'
	[Service]
	Type=exec
	Restart=no
	ExecStart=
	ExecStart=/bin/sh -c 'exec sleep infinity'
END
machine_enable vpnpf.service vpnpf-apply.path vpnpf-reconcile.timer ||
	die 'the units cannot be enabled'
machine_needs
for server in office lab; do
	machine_starts openvpn-server@.service "openvpn-server@$server.service"
done

# What is good: office, the example, and lab with two who may talk.
mkdir -p "$root/etc/openvpn/server/lab" "$root/etc/vpnpf" "$root/var/lib"
cd "$root/etc/openvpn/server" || exit 1
cp -r "$srcdir/examples/ccd" .
chmod -R u+w .
printf '%s\n' 'dev tun0' 'server 10.8.0.0 255.255.255.0' 'topology subnet' \
	'client-config-dir ccd' 'ifconfig-pool-persist ipp.txt' >office.conf
printf '%s\n' 'dev tun1' 'server 10.9.0.0 255.255.255.0' 'topology subnet' \
	'client-config-dir lab' >lab.conf
echo 'ifconfig-push 10.8.0.5 255.255.255.0' >ccd/max
echo 'ifconfig-push 10.9.0.2 255.255.255.0' >lab/lea
echo 'ifconfig-push 10.9.0.3 255.255.255.0' >lab/leo
: >ipp.txt
cd "$root/etc/vpnpf" || exit 1
cp -r "$srcdir/examples/policy" .
chmod -R u+w .
printf '%s\n' '[CLIENTS DROP]' +leo '[END]' >policy/lea.pf
printf '%s\n' '[CLIENTS DROP]' +@labs '[END]' >policy/leo.pf
echo 'labs: lea' >groups
echo 'john -> max drop' >rules.test
cat >vpnpf.conf <<END
policy = "/etc/vpnpf/policy"
groups = "/etc/vpnpf/groups"
tests = { "rules.test" }
backend = "$VPNPF_BACKEND"
openvpn office {
	server-conf = "/etc/openvpn/server/office.conf"
}
openvpn lab {
	server-conf = "/etc/openvpn/server/lab.conf"
}
END
cd "$work" || exit 1
office='bob>john john>bob john>nick max>nick nick>john nick>max'
lab='lea>leo leo>lea'

# Sends packets from each client to each other.
cat >"$root/test/packets" <<'END'
#!/bin/sh -e
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
# probe DEVICE ADDRESS NAME=ADDRESS...
probe()
{
	ip link show "$1" >/dev/null 2>&1 || ip tuntap add dev "$1" mode tun
	ip address add "$2/24" dev "$1"
	ip link set "$1" up
	dev=$1
	shift 2
	/test/tunprobe matrix --dev $dev "$@"
}
probe tun0 10.8.0.1 john=10.8.0.2 nick=10.8.0.3 bob=10.8.0.4 max=10.8.0.5
probe tun1 10.9.0.1 lea=10.9.0.2 leo=10.9.0.3
END
chmod +x "$root/test/packets"

has_booted()
{
	is_active multi-user.target &&
		[ -z "$(machine systemctl list-jobs --plain --no-legend)" ]
}

# boot FOLDER
boot()
{
	local i
	poweron "$1" || skip_machine 'no cgroup of its own'
	for i in 1 2; do	# what a unit that has ended starts
		poll 60 has_booted || {
			machine systemctl list-jobs
			die "the machine does not boot: $(<"$work/log")"
		}
	done
	machine /test/packets >"$work/packets" 2>"$work/packets.err" ||
		die "no packets: $(<"$work/packets.err")"
	[ "$(wc -l <"$work/packets")" -ge 14 ] || die 'too few packets'
}

# passing NAME...: "john>bob ...": what passes among these clients
passing()
{
	awk -F '\t' -v of=" $* " '$3 == "ACCEPT" && index(of, " " $1 " ") {
		print $1 ">" $2
	}' "$work/packets" | sort | tr '\n' ' ' | sed 's/ $//'
}

# passes WANTED NAME...
passes()
{
	local is
	is=$(passing "${@:2}")
	[ "$is" = "$1" ] || { echo "$is"; return 1; }
}

# The last good files deny all else.
denied()
{
	local pair
	for pair in $(passing john nick bob max lea leo); do
		case " $office $lab " in
		*" $pair "*) ;;
		*) echo "$pair"; return 1 ;;
		esac
	done
}

# is STATE UNIT
is()
{
	local state
	state=$(machine systemctl is-active "$2")
	[ "$state" = "$1" ] || { echo "$state"; return 1; }
}

is_said()
{
	[ -n "$(machine journalctl -q -o cat -p err -t vpnpf)" ]
}

# case_of NAME UNIT SERVERS OFFICE LAB [silent]: break_NAME breaks a copy of the
# machine's folders; what they must be then: our unit and those of the servers
# active or failed, what each lets pass "kept", "shut" or "less".
case_of()
{
	local name=$1 what
	local -A pairs=([office]=$office [lab]=$lab)
	local -A clients=([office]='john nick bob max' [lab]='lea leo')
	local -A expected=([office]=$4 [lab]=$5)
	cp -a "$root" "$work/$name"
	(cd "$work/$name" && "break_$name") || die "$name"
	boot "$work/$name"
	claim "$name: no packet passes that is denied" denied
	for what in office lab; do
		[ "${expected[$what]}" = kept ] || pairs[$what]=
		# shellcheck disable=SC2086
		[ "${expected[$what]}" = less ] ||
			claim "$name: $what is ${expected[$what]}" \
				passes "${pairs[$what]}" ${clients[$what]}
		claim "$name: its server is $3" is "$3" "openvpn-server@$what"
	done
	claim "$name: our unit is $2" is "$2" vpnpf.service
	[ "${6-}" = silent ] || claim "$name: an error is logged" is_said
	poweroff
	rm -rf "${work:?}/$name"
}

# before COMMAND...: as the machine starts, before vpnpf
before()
{
	printf '%s\n' '[Unit]' DefaultDependencies=no Before=vpnpf.service \
		After=local-fs.target '[Service]' Type=oneshot \
		"ExecStart=/bin/sh -e -c '$*'" >units/before.service
	mkdir -p etc/systemd/system/sysinit.target.wants
	ln -s /lib/systemd/system/before.service \
		etc/systemd/system/sysinit.target.wants/
}

boot "$root"
claim 'all is good' passes "$office" john nick bob max
claim 'of both servers' passes "$lab" lea leo
claim 'which run' is active openvpn-server@office openvpn-server@lab
claim 'nothing is wrong' fails is_said
claim 'the last good configuration is kept' in_machine \
	'ls /var/lib/vpnpf/*.conf'
machine tar -C /var/lib -cf - vpnpf | tar -C "$root/var/lib" -xf - ||
	die 'nothing is kept'
poweroff

# Installed, but never set up: servers are what they were before.
cp -a "$root" "$work/fresh"
rm -r "$work/fresh"/etc/vpnpf "$work/fresh"/var/lib/vpnpf \
	"$work/fresh"/etc/systemd/system/*/vpnpf*
boot "$work/fresh"
claim 'where vpnpf was never set up, it keeps no server from starting' \
	is active openvpn-server@office openvpn-server@lab
poweroff
rm -r "$work/fresh"

break_conf_slip() { echo 'polcy = "x"' >>etc/vpnpf/vpnpf.conf; }
case_of conf_slip failed failed shut shut
break_conf_garbage() { head -c 4000 /dev/urandom >etc/vpnpf/vpnpf.conf; }
case_of conf_garbage failed failed shut shut
break_conf_empty() { : >etc/vpnpf/vpnpf.conf; }
case_of conf_empty failed failed shut shut
break_conf_absent() { rm etc/vpnpf/vpnpf.conf; }
case_of conf_absent failed failed shut shut
break_conf_unreadable()
{
	rm etc/vpnpf/vpnpf.conf
	mkdir etc/vpnpf/vpnpf.conf
}
case_of conf_unreadable failed failed shut shut
break_section_slip() { sed -i '0,/server-conf/s//servr-conf/' etc/vpnpf/vpnpf.conf; }
case_of section_slip active active shut kept
break_server_slip() { echo 'topology sub' >>etc/openvpn/server/office.conf; }
case_of server_slip active active shut kept
break_server_absent() { rm etc/openvpn/server/office.conf; }
case_of server_absent active active shut kept
break_groups_bad() { echo '@@@ what' >etc/vpnpf/groups; }
case_of groups_bad failed failed shut shut
break_test_fails() { echo 'john -> max accept' >etc/vpnpf/rules.test; }
case_of test_fails failed failed shut shut
break_test_absent() { rm etc/vpnpf/rules.test; }
case_of test_absent failed failed shut shut
break_policy_absent() { rm -r etc/vpnpf/policy; }
case_of policy_absent failed failed shut shut
break_policy_empty() { rm etc/vpnpf/policy/*; }
case_of policy_empty active active shut shut silent
break_pf_bad() { echo '[nonsense]' >etc/vpnpf/policy/bob.pf; }
case_of pf_bad active active less kept
break_ccd_copy() { cp etc/openvpn/server/ccd/nick{,.bak}; }
case_of ccd_copy active active kept kept silent
break_ccd_absent() { rm -r etc/openvpn/server/ccd; }
case_of ccd_absent active active less kept silent
break_ipp_garbage() { head -c 4000 /dev/urandom >etc/openvpn/server/ipp.txt; }
case_of ipp_garbage active active kept kept silent
break_state_garbage()
{
	before 'mkdir -p /run/vpnpf; for i in live policy lock compared looked;' \
		'do head -c 4000 /dev/urandom >/run/vpnpf/$i; done'
}
case_of state_garbage active active kept kept silent
break_kept_absent() { rm -r var/lib/vpnpf; }
case_of kept_absent active active kept kept silent
break_kept_garbage()
{
	local file
	for file in var/lib/vpnpf/* var/lib/vpnpf/more; do
		head -c 4000 /dev/urandom >"$file"
	done
}
case_of kept_garbage active active kept kept silent
# systemd cannot make the folder; a server starts after what it calls itself
break_kept_file()
{
	rm -r var/lib/vpnpf
	: >var/lib/vpnpf
}
case_of kept_file failed active kept kept silent
exit $failed
