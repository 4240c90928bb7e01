# SPDX-License-Identifier: GPL-2.0-or-later
"""For test programs that send packets between network namespaces."""
import ctypes
import os
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


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


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
