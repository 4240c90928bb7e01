#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The installation by README's lines works: they are run unchanged, from a tree
# of links to this one into a directory, which is mounted over /usr. Then
# servers with "user nobody" use the plugin and vpnpf-hook as the examples say.
# And the paths in them follow --prefix.
srcdir=${srcdir:-$(dirname "$0")/..}
! grep -qa __asan_init "${VPNPF:-/dev/null}" || {
	echo 'skipped: builds without sanitizers, as the build without them does'
	exit 77
}
. "$srcdir/tests/openvpn/testbed.sh"
. "$srcdir/tests/openvpn/nobody.sh"
command -v setcap >/dev/null || skip 'no setcap'
export CFLAGS=-O0		# sooner done
unset MAKEFLAGS			# those of make check

tree=$work/tree			# a clone, as it were
installed=$work/installed
mkdir "$tree" "$installed" "$work/bin"
for each in "$srcdir"/*; do
	case ${each##*/} in
	build | Makefile | config.* | paths.h | stamp-h1 | vpnpf*) ;;
	*) ln -s "$each" "$tree/" ;;
	esac
done
ln -s "$srcdir/config.h.in" "$tree/"
printf '#!/bin/sh\nexec touch "%s"\n' "$work/asked" >"$work/bin/apt-get"
chmod +x "$work/bin/apt-get"

# lines_of_readme: how to install, but for what is done elsewhere
lines_of_readme()
{
	sed -n '/^2\. \*\*Install/,/^3\. /{ s/ *#.*//; s/^       //p }' \
		"$srcdir/README.md" |
		grep -vE '^(apt-get install|git clone|cd|systemctl) '
}

# quickstart asks dpkg, whose files may be where the tests keep nothing: see
# keep_begin
quickstart()
{
	PATH=$work/bin:$PATH unshare -m bash -c '
		[ ! "$KEEPDIR" ] || umount "$(stat -c %m "$KEEPDIR")" || exit
		exec ./quickstart'
}

# install_line LINE
install_line()
{
	case $1 in
	./quickstart) quickstart ;;
	'make -C build install'*) $1 DESTDIR="$installed" ;;
	*) echo 'what is this?'; return 1 ;;
	esac
}

cd "$tree" || exit 1
mapfile -t lines < <(lines_of_readme)
for line in "${lines[@]}"; do
	claim "README: $line" install_line "$line"
	[ ! -e "$work/asked" ] || skip 'quickstart wants packages'
done
claim 'then all is installed' [ -x "$installed/usr/sbin/vpnpf-hook" ]
[ $failed = 0 ] || exit 1
cd / || exit 1

# over NAME: what is installed there and what is written, over /NAME
over()
{
	local dir=$work/over/$1
	mkdir -p "$installed/$1" "$dir/up" "$dir/work" &&
		mount -t overlay -o "lowerdir=$installed/$1:/$1,upperdir=$dir/up" \
			-o "workdir=$dir/work" none "/$1"
}

mkdir "$work/over" && mount -t tmpfs -o mode=755 none "$work/over" &&
	over usr && over etc || skip 'no overlay of file systems'
mkdir -p /etc/vpnpf
cat >/etc/vpnpf/vpnpf.conf <<CONF
policy = "$work/policy"
openvpn office {
	config = "$work/office/server.conf"
}
CONF

# serve EXAMPLE: a server with these lines has clients
vpnpf=(vpnpf)
pf_args=(-c /etc/vpnpf/vpnpf.conf)
serve()
{
	local id
	cat "$work/office.conf" "/usr/share/doc/vpnpf/examples/nobody/$1" \
		>"$work/office/server.conf"
	server_start office
	clients_up john nick
	claim "with $1 clients come in" reach john-nick
	claim 'as vpnpf knows' grep -q '^a.*john' /run/vpnpf/live
	for id in john nick office; do
		stop $id
	done
}

nobody_server </dev/null
cp "$work/office/server.conf" "$work/office.conf"
claim 'vpnpf is there' [ "$(command -v vpnpf)" = /usr/sbin/vpnpf ]
pf -q apply || die "apply: exit status $?"
serve plugin.conf
sed -n 's/^#\t//p' /usr/share/doc/vpnpf/examples/nobody/hook.conf |
	sh -e || die 'set-up'
serve hook.conf

# paths: what the programs in the build hold
paths()
{
	grep -aoh '/[a-z/]*/sbin/vpnpf' vpnpf-hook vpnpf-openvpn.so | sort -u
}

# uninstall: all that was installed, and the links that enable units
uninstall()
{
	make -s -C build uninstall DESTDIR="$installed"
}
left()
{
	find "$installed" ! -type d | grep .
}
cd "$tree" || exit 1
systemctl --root="$installed" -q enable vpnpf.service 2>/dev/null
claim 'it can be uninstalled' uninstall
refute 'with nothing left' left

cd "$tree/build" || exit 1
refute 'to install elsewhere than was configured is refused' \
	make install prefix=/else/where DESTDIR="$work/refused"
claim 'and nothing is done' [ ! -e "$work/refused" ]
claim 'it is configured for another place' \
	../configure -q --prefix=/else/where
claim 'and make makes what holds it' make
claim 'so that it holds no other' [ "$(paths)" = /else/where/sbin/vpnpf ]
