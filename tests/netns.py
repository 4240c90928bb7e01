# SPDX-License-Identifier: GPL-2.0-or-later
"""For test programs that send packets between network namespaces."""
import ctypes
import fcntl
import os
import socket
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_RUNNING = 0x8913, 0x8914, 0x40


def inside(name, make):
    """What make() returns when called in the namespace: a socket stays."""
    home = os.open('/proc/self/ns/net', os.O_RDONLY)
    fd = os.open('/run/netns/' + name, os.O_RDONLY)
    if LIBC.setns(fd, CLONE_NEWNET):
        sys.exit('setns %s: %s' % (name, os.strerror(ctypes.get_errno())))
    try:
        return make()
    finally:
        LIBC.setns(home, CLONE_NEWNET)
        os.close(fd)
        os.close(home)


def open_tun(name):
    """Hold a tun device, as OpenVPN does. The device loses what it should send
    until some time after that, which is waited for: the last call takes the
    lock under which the kernel makes a running device send.
    """
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(),
                                           IFF_TUN | IFF_NO_PI))
    end = time.monotonic() + 60
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while True:
            flags = fcntl.ioctl(sock, SIOCGIFFLAGS,
                                struct.pack('16s24x', name.encode()))
            if struct.unpack_from('H', flags, 16)[0] & IFF_RUNNING:
                break
            if time.monotonic() > end:
                sys.exit('%s does not run' % name)
            time.sleep(0.001)
        fcntl.ioctl(sock, SIOCSIFFLAGS, flags)
    return fd


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
