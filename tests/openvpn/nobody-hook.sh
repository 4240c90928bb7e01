#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A server with "user nobody" and vpnpf-hook, set up as in the example; and
# a user who may call that program can only call the hooks.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/testbed.sh"
. "$srcdir/tests/openvpn/nobody.sh"

# The programs are where they would be installed, the configuration is in a
# copy of /etc: this mount namespace has its own.
command -v setcap >/dev/null || skip 'no setcap'
[ -n "${sbindir:-}" ] && [ -d "$sbindir" ] ||
	skip "no folder ${sbindir:-for programs}, where vpnpf-hook looks"
mount -t tmpfs -o mode=755 none "$sbindir" &&
	cp "$VPNPF" "${VPNPF%/*}/vpnpf-hook" "$sbindir/" || die 'no programs'
mkdir "$work/etc" && mount -t tmpfs -o mode=755 none "$work/etc" &&
	cp -a /etc/. "$work/etc/" && mount --bind "$work/etc" /etc ||
	die 'no /etc of its own'
hook=$sbindir/vpnpf-hook

# delivered: the example, for these places
delivered()
{
	sed "s,/usr/sbin,$sbindir," "$srcdir/examples/nobody/hook.conf"
}

delivered | sed -n 's/^#\t//p' >"$work/set-up"
sh -e "$work/set-up" || die 'set-up'
mkdir /etc/vpnpf
cat >/etc/vpnpf/vpnpf.conf <<CONF
policy = "$work/policy"
backend = "$VPNPF_BACKEND"
openvpn office {
	server-conf = "$work/office/server.conf"
}
CONF

vpnpf=("$sbindir/vpnpf")
pf_args=(-c /etc/vpnpf/vpnpf.conf)
nobody_server < <(delivered)
pf -q apply || die "apply: exit status $?"
server_start office
nobody_claims
for id in john max nick bob office; do
	stop $id
done
claim 'all that vpnpf has written is of root' \
	fails grep -v '^root root ' <(stat -c '%U %G %n' /run/vpnpf /run/vpnpf/*)

# as GROUP COMMAND...: nobody, who is in this group, too
as()
{
	local group=$1
	shift
	within host setpriv --reuid nobody --regid nogroup --groups "$group" \
		"$@" 2>>"$work/log/as"
}

# ends STATUS COMMAND...
ends()
{
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ $status = "$wanted" ] || { echo "exit status $status"; return 1; }
}

john=(env -i common_name=john ifconfig_pool_remote_ip=10.8.0.2 dev=tun0)
claim 'who is in the group can call it' ends 0 as vpnpf "${john[@]}" \
	"$hook" connect
claim 'also with no more capabilities than openvpn-server@ has' \
	ends 0 within host setpriv --bounding-set "-all$(printf ',+%s' \
	ipc_lock net_admin net_bind_service net_raw setgid setuid setpcap \
	sys_chroot dac_override audit_write)" --reuid nobody --regid vpnpf \
	--clear-groups "${john[@]}" "$hook" connect
claim 'who is not cannot' ends 126 as nogroup "${john[@]}" "$hook" connect
claim 'closed files make no difference' ends 0 \
	as vpnpf "${john[@]}" bash -c "\"$hook\" connect 0<&- 1>&- 2>&-"
setcap cap_net_admin=ep "$sbindir/vpnpf" || die setcap
claim 'vpnpf itself does not run with capabilities of its file' \
	ends 2 as vpnpf "$sbindir/vpnpf" --version
claim 'and says so' grep -q 'does not run with the rights of its file' \
	"$work/log/as"
setcap -r "$sbindir/vpnpf"

# In the place of vpnpf: what it is called with, as it finds it.
cat >"$sbindir/probe" <<'PROBE'
#!/usr/bin/python3 -IS
import os, resource, sys
for argument in sys.argv[1:]:
    print("argument", argument)
variables = open("/proc/self/environ").read().split("\0")[:-1]
for variable in sorted(variables):
    print("variable", variable)
for line in open("/proc/self/status"):
    words = line.split()
    if words[0] == "SigIgn:":   # those that the C library keeps for itself
        words[1] = f"{int(words[1], 16) & ~(3 << 31):016x}"
    if words[0] in ("Uid:", "Gid:", "Groups:", "SigBlk:", "SigIgn:",
                    "CapInh:", "CapPrm:", "CapBnd:", "CapAmb:"):
        print(*words)
print("in", os.getcwd(), "umask", oct(os.umask(0)))
for limit in "CORE", "FSIZE", "NOFILE":
    soft, hard = resource.getrlimit(getattr(resource, "RLIMIT_" + limit))
    print(limit, 0 if soft == 0 else "all" if soft == hard else soft)
print("files", *(fd for fd in os.listdir("/proc/self/fd")
                 if os.path.exists("/proc/self/fd/" + fd)))
PROBE
chmod 755 "$sbindir/probe"
mount --bind "$sbindir/probe" "$sbindir/vpnpf"

# Root with CAP_DAC_READ_SEARCH, CAP_NET_ADMIN and CAP_NET_RAW, and what a terminal
# stops processes by ignored; so are SIGPIPE and SIGXFSZ, by Python.
root='Uid: 0 0 0 0
Gid: 0 0 0 0
Groups:
SigBlk: 0000000000000000
SigIgn: 0000000001381000
CapInh: 0000000000000000
CapPrm: 0000000000003004
CapBnd: 0000000000003004
CapAmb: 0000000000000000
in / umask 0o22
CORE 0
FSIZE all
NOFILE all
files 0 1 2'

# gets TEXT COMMAND...: it is called by the command with this, as root
gets()
{
	local text=$1
	shift
	diff <(printf '%s\n' "$text" "$root") <(as vpnpf "$@")
}

claim 'vpnpf is called as root, with three capabilities' \
	gets 'argument connect
variable common_name=john
variable dev=tun0
variable ifconfig_pool_remote_ip=10.8.0.2' \
	"${john[@]}" "$hook" connect
claim 'nothing of the environment reaches it but what a hook needs' \
	gets 'argument disconnect
variable common_name=john' \
	env -i common_name=john common_name2=x config=/etc/shadow \
	PATH=/tmp LD_PRELOAD=/tmp/x.so LD_LIBRARY_PATH=/tmp XTABLES_LIBDIR=/tmp \
	XTABLES_LOCKFILE=/tmp/lock BASH_ENV=/tmp/x PLUTO_VERB=up-client \
	TMPDIR=/tmp "$hook" disconnect
claim 'nor of the process' \
	gets 'argument learn-address
argument add
argument 10.8.0.2
argument john ";$x' \
	env -i bash -c 'trap "" TERM USR1 CHLD; umask 0
		ulimit -Sf 1; ulimit -Sn 20; cd /proc; exec 5</etc/passwd
		exec "$0" "$@"' \
	"$hook" learn-address add 10.8.0.2 'john ";$x'
claim 'files that are named behind a hook are not passed on' \
	gets 'argument --instance
argument office
argument connect' \
	env -i "$hook" --instance office connect /etc/shadow -c /tmp/x
claim 'the late delete has no name' \
	gets 'argument learn-address
argument delete
argument 6e:eb:a3:8d:66:69@0' \
	env -i "$hook" learn-address delete 6e:eb:a3:8d:66:69@0

# refuses WORD...: exit status 1, and vpnpf is not called
refuses()
{
	[ -z "$(as vpnpf env -i "$hook" "$@")" ] &&
		ends 1 as vpnpf env -i "$hook" "$@"
}

printf -v long '%300s' ''
printf -v huge '%100000s' ''
while IFS='|' read -r -a words; do
	claim "refused: ${words[*]}" refuses "${words[@]}"
done <<'WORDS'

apply
flush
helper
-c|/tmp/vpnpf.conf|connect
--config=/tmp/vpnpf.conf|connect
--state-dir|/tmp|connect
--policy|/tmp|connect
--openvpn|/tmp/server.conf|connect
-b|iptables-legacy|connect
-n|connect
--|connect
--instance
--instance|office
--instance|../office|connect
--instance|office|--instance|office|connect
--instance|office|-c|/tmp/vpnpf.conf|connect
learn-address
learn-address|add
learn-address|add|10.8.0.2
learn-address|add|10.8.0.2|john|-c
learn-address|-c|/tmp/vpnpf.conf|john
learn-address|delete|-c
learn-address|delete|../../etc/shadow
WORDS
claim 'refused: a name that is too long' \
	refuses learn-address add 10.8.0.2 "$long"
claim 'refused: one without end' refuses learn-address add 10.8.0.2 "$huge"
claim 'refused: one with control characters' \
	refuses learn-address add 10.8.0.2 $'jo\nhn'
claim 'refused: an address without end' \
	refuses learn-address delete "${huge// /1}"
claim 'refused: a variable without end' \
	ends 1 as vpnpf env -i "common_name=$huge" "$hook" connect
claim 'refused: no words at all' \
	ends 1 as vpnpf python3 -c "import os; os.execv('$hook', [''])"
claim 'it can be called with no_new_privs, and refuses' \
	ends 1 as vpnpf setpriv --no-new-privs "$hook" connect
setcap -r "$hook"
claim 'without its capabilities it refuses' ends 1 as vpnpf "$hook" connect
claim 'and says so' grep -q 'has not its capabilities' "$work/log/as"
