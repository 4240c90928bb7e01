#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a script as root in a virtual machine with Debian's kernel, for tests of
# features that the host's kernel may not have, such as ESP.
#
#	vm.sh SCRIPT [ARGUMENT...]
#
# The machine sees this system's files; its changes of them are lost at its end.
# SCRIPT runs in the current directory, with srcdir, VPNPF and
# VPNPF_TEST_INSIDE=yes. Its output and exit status are ours; 77 and a reason if
# there can be no machine. It has only its own network.
#
# Debian's qemu-system-x86 must be there. The kernel and a busybox are fetched
# as packages and unpacked, not installed, into VPNPF_VM_CACHE (by default
# below the build directory), and so is what SCRIPT names in a line
#	#packages FOLDER PACKAGE...
# which it finds there, in $vm_cache/FOLDER.
# VPNPF_VM_SECONDS: the time it has.
set -u -o pipefail
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

here=$(cd "$(dirname "$0")" && pwd)
: "${srcdir:=$(cd "$here/../.." && pwd)}"
: "${VPNPF:=./vpnpf}"
. "$srcdir/tests/claims.sh"
cache=${VPNPF_VM_CACHE:-${builddir:-$PWD}/tests/ipsec/machine}
seconds=${VPNPF_VM_SECONDS:-600}

# Folders and files of the kernel's modules that the machine gets; a pattern may
# have none.
modules=(net/{core,ipv4,ipv6,key,netfilter,xfrm,9p,bridge,802,llc} crypto lib
	arch/x86/crypto drivers/virtio drivers/net/{tun,veth,vrf}.ko*
	fs/{9p,fscach*,netfs,overlayfs})

# kernel_package: what linux-image-amd64 stands for
kernel_package()
{
	apt-cache depends linux-image-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[0-9]\)/\1/p' | head -n 1
}

# download PACKAGE...: into the current directory
download()
{
	apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root \
		download "${@/#linux-image-amd64/$(kernel_package)}"
}

# fetch PACKAGE...: the same, also if apt's lists are old or missing
fetch()
{
	download "$@" >fetch.log 2>&1 ||
		{ apt-get -qq update && download "$@"; } >>fetch.log 2>&1 ||
		{ cat fetch.log; skip "cannot fetch $*"; }
}

# unpack FOLDER PACKAGE...: into $cache/FOLDER, once
unpack()
{
	local dir=$cache/$1 deb
	shift
	[ ! -d "$dir" ] || return 0
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	cd "$dir.new" || exit 1
	fetch "$@"
	for deb in *.deb; do
		dpkg-deb -x "$deb" . && rm "$deb" || die "cannot unpack $deb"
	done
	cd "$here" && mv "$dir.new" "$dir"
}

# number FILE AT BYTES: of a file's header
number()
{
	od -An "-tu$3" -j $(($2)) -N "$3" "$1" | tr -d ' '
}

# The kernel as it is inside vmlinuz, for an emulated machine takes seconds to
# unpack it. The header says where it is (boot.rst of the kernel's manual); the
# last four bytes are its unpacked size.
make_kernel()
{
	local file=("$cache"/kernel/boot/vmlinuz-*) at size unpacker
	at=$((($(number "$file" 0x1f1 1) + 1) * 512 +
		$(number "$file" 0x248 4)))
	size=$(($(number "$file" 0x24c 4) - 4))
	case $(printf %08x "$(number "$file" $at 4)") in
	587a37fd) unpacker='xz -dc --single-stream' ;;
	fd2fb528) unpacker='zstd -dc' ;;
	*) return 1 ;;
	esac
	head -c $((at + size)) "$file" | tail -c $size |
		$unpacker >"$cache/vmlinux"
}

# merged FOLDER PATH: a package of before has in FOLDER what newer ones have in
# its usr
merged()
{
	[ -e "$1/usr/$2" ] && echo "$1/usr/$2" || echo "$1/$2"
}

# What initrd is made of: busybox, the modules, vm-init. The modules' loader is
# called by the kernel, which sees the initrd as its root for ever.
make_initrd()
{
	local root=$cache/initrd.new busybox from version
	busybox=$(merged "$cache/busybox" bin/busybox)
	from=$(merged "$cache/kernel" lib/modules)
	version=$(ls "$from")
	rm -rf "$root"
	mkdir -p "$root"/{bin,dev,proc,host,write,root} \
		"$root/lib/modules/$version/kernel"
	cp "$busybox" "$root/bin/" && cp "$here/vm-init" "$root/init" ||
		return
	ln -s busybox "$root/bin/modprobe"
	(cd "$from/$version/kernel" && shopt -s nullglob &&
		cp -r --parents ${modules[@]} \
			"$root/lib/modules/$version/kernel") || return
	find "$root/lib/modules" -name '*.ko.xz' -exec xz -d {} + || return
	cp "$from/$version"/modules.builtin* "$root/lib/modules/$version" &&
		"$busybox" depmod -b "$root" "$version" || return
	(cd "$root" && find . | "$busybox" cpio -o -H newc -R 0:0) \
		>"$cache/initrd.tmp" 2>/dev/null &&
		mv "$cache/initrd.tmp" "$cache/initrd" && rm -rf "$root"
}

make_machine()
{
	[ ! "$cache/initrd" -nt "$here/vm-init" ] ||
		[ ! "$cache/initrd" -nt "$here/vm.sh" ] || return 0
	unpack kernel linux-image-amd64
	unpack busybox busybox-static
	make_kernel && make_initrd ||
		skip 'cannot make a machine of these packages'
}

# boot ACCELERATOR: not 0 if the kernel does not get as far as vm-init
boot()
{
	local machine=(-accel "$1" -cpu max -M pc -m 1024 -smp 1
		-no-user-config -nodefaults -nic none -display none -no-reboot
		-serial "file:$work/console"
		-kernel "$cache/vmlinux" -initrd "$cache/initrd"
		-virtfs "local,path=/,mount_tag=host,$share,readonly=on"
		-virtfs "local,path=$work,mount_tag=work,$share"
		-append "$kernel_options")
	# Each ends when its parent does, even if that is killed.
	setpriv --pdeathsig TERM timeout -k 5 "$seconds" \
		setpriv --pdeathsig KILL qemu-system-x86_64 "${machine[@]}" \
		>"$work/qemu" 2>&1 </dev/null &
	vm=$!
	[ "$1" = tcg ] || is_booting 10 || kill "$vm" 2>/dev/null
	wait "$vm" 2>/dev/null
	vm=
	[ -e "$work/up" ]
}

# is_booting SECONDS: in that time vm-init has begun
is_booting()
{
	local i
	for ((i = 0; i < $1 * 10; i++)); do
		[ ! -e "$work/up" ] || return 0
		kill -0 "$vm" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

share=security_model=none,multidevs=remap
kernel_options='console=ttyS0 quiet panic=-1 oops=panic mitigations=off
	cryptomgr.notests random.trust_cpu=on net.ifnames=0'
kernel_options=${kernel_options//[$'\n\t']/ }

# A /dev/kvm may be there and still not run a kernel like this.
has_kvm()
{
	[ -r /dev/kvm ] && [ -w /dev/kvm ] &&
		grep -qwE 'vmx|svm' /proc/cpuinfo
}

end()
{
	trap - EXIT
	[ -z "$vm" ] || { kill "$vm" && wait "$vm"; } 2>/dev/null
	rm -rf "$work"
}

[ "$(uname -m)" = x86_64 ] || skip 'the machine is for x86-64 only'
for tool in qemu-system-x86_64 apt-get dpkg-deb flock setpriv xz zstd; do
	command -v $tool >/dev/null || skip "no $tool"
done
script=$(readlink -f -- "$1") || die "no $1"
shift
VPNPF=$(command -v -- "$VPNPF") || skip 'no vpnpf'
VPNPF=$(readlink -f -- "$VPNPF")
mkdir -p "$cache" || die "cannot make $cache"
cache=$(readlink -f -- "$cache")
(
	flock 9 || exit
	make_machine
	while read -ra words; do
		unpack "${words[@]}"
	done < <(sed -n 's/^#packages //p' "$script")
) 9>"$cache/lock" || exit

vm=
work=$(mktemp -d) || exit 1
trap end EXIT
trap 'exit 1' INT TERM HUP
{
	printf 'cd %q || exit 1\n' "$PWD"
	printf 'export srcdir=%q VPNPF=%q vm_cache=%q\n' \
		"$(readlink -f -- "$srcdir")" "$VPNPF" "$cache"
	echo 'export LC_ALL=C VPNPF_TEST_INSIDE=yes'
	printf 'exec bash'
	printf ' %q' "$script" "$@"
} >"$work/run"

{ has_kvm && boot kvm; } || boot tcg
cat "$work/out" 2>/dev/null
[ -s "$work/status" ] && exit "$(<"$work/status")"
tail -n 20 "$work/console" "$work/qemu"
die "the machine ended without a status, or after $seconds s"
