#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# machine.sh FOLDER COMMAND...: as the first process of namespaces of its own
# (mount, process, network, IPC, UTS, cgroup): FOLDER becomes the root of a
# machine that has only the programs of this one, read-only, and COMMAND its
# first process. Nothing else of this one is within its reach: systemd would
# take the host's /tmp for its own and empty it.
set -eu

[ $$ = 1 ] || { echo "$0: not a process namespace of its own" >&2; exit 1; }
root=$1
shift
mount --make-rprivate /

# what FOLDER holds already is kept
mount -t tmpfs none /mnt
cp -a "$root/." /mnt/
cd /mnt
mkdir -p usr proc sys dev/pts dev/shm run tmp var/tmp old
mount --bind /usr usr
mount -o remount,bind,ro,nodev,nosuid usr
for dir in bin sbin lib lib32 lib64 libx32; do
	[ ! -L /$dir ] || cp -P /$dir .
done

# units and the like: only those of the test
for dir in system system-generators; do
	mount -t tmpfs none usr/lib/systemd/$dir
done
[ ! -d usr/lib/tmpfiles.d ] || mount -t tmpfs none usr/lib/tmpfiles.d
cp -a units/. usr/lib/systemd/system/

mount -t proc none proc
for file in sys sysrq-trigger irq bus fs; do
	[ ! -e proc/$file ] || mount --bind proc/$file proc/$file
	[ ! -e proc/$file ] || mount -o remount,bind,ro proc/$file
done
mount --bind /proc/sys/net proc/sys/net
mount -t tmpfs none sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
mkdir dev/pts dev/shm dev/net
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts
ln -s pts/ptmx dev/ptmx
for file in null zero full random urandom tty net/tun; do
	[ -e /dev/$file ] || continue
	: >dev/$file
	mount --bind /dev/$file dev/$file
	mount -o remount,bind,ro,nosuid dev/$file
done
: >dev/console			# where systemd says what goes wrong
mount -t tmpfs none dev/shm
mount -t tmpfs -o mode=755 none run
chmod 1777 tmp var/tmp

pivot_root . old
cd /
umount -l /old
rmdir /old

[ "$(stat -f -c %T /)" = tmpfs ] && [ -e /units ] && [ ! -e /root ] ||
	{ echo "$0: this is not the machine's own root" >&2; exit 1; }
drop=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog,-mac_admin,-mac_override
export container=test PATH=/usr/sbin:/usr/bin
exec setpriv --bounding-set $drop "$@"
