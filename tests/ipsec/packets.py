#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets between nodes, for the IPsec tests: sends those of a table, tells
which did not fare as it says, and is 0 if there are none.

packets.py NAMESPACE:DEV NODE... <TABLE

NODE  NAME=ADDR            in the network namespace NAME
      NAME=ADDR@NAMESPACE  in another one
      NAME=ADDR@NAMESPACE:DEV
                           a client of the tun device DEV, which is held in
                           OpenVPN's place
TABLE FROM[=SOURCE][/PORT] TO[/PORT] icmp|udp|tcp yes|no [clear]
                           whether it gets there; SOURCE, if it is not the
                           node's own; "clear": at the gate NAMESPACE:DEV it is
                           seen in clear, what else is a fault
A line that begins with "#" tells what the lines below it are about.
"""
import os
import select
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir))
from netns import checksum, inside, open_tun  # noqa: E402

ETH_P_ALL = 3
ETHER = 14              # the length of its header
PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'icmp6': 58}
TAG = b'vpnpf-ipsec'
DROP_SECONDS = 0.4      # what has not come by then, does not
SECONDS = 10            # what shall come may take that long


def transport(proto, ports, data):
    """The packet without its IP header, and where its checksum belongs; tcp: a
    SYN; icmp, icmp6: an echo request."""
    if proto == 'udp':
        return struct.pack('!HHHH', *ports, 8 + len(data), 0) + data, 6
    if proto == 'tcp':
        return struct.pack('!HHIIBBHHH', *ports, 1, 0, 0x50, 2, 1024, 0,
                           0) + data, 16
    kind = 8 if proto == 'icmp' else 128
    return struct.pack('!BBHHH', kind, 0, 0, 7, 7) + data, 2


def packet(proto, src, dst, ports, data):
    v6 = ':' in src
    if v6 and proto == 'icmp':
        proto = 'icmp6'
    number = PROTOCOLS[proto]
    addresses = b''.join(socket.inet_pton(
        socket.AF_INET6 if v6 else socket.AF_INET, a) for a in (src, dst))
    body, at = transport(proto, ports, data)
    pseudo = addresses + struct.pack('!HH', number, len(body))
    summed = body if proto == 'icmp' else pseudo + body
    body = body[:at] + struct.pack('!H', checksum(summed)) + body[at + 2:]
    if v6:
        return struct.pack('!IHBB', 6 << 28, len(body), number, 64) + \
            addresses + body
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), 1, 0, 64, number,
                       0) + addresses
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + body


def raw(family, proto):
    return socket.socket(family, socket.SOCK_RAW, proto)


def tap(dev):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                      socket.htons(ETH_P_ALL))
    s.bind((dev, ETH_P_ALL))
    return s


class Node:
    """Where packets begin and end: raw sockets, or a tun device."""

    def __init__(self, name, text):
        self.addr, _, place = text.partition('@')
        namespace, _, dev = (place or name).partition(':')
        if dev:
            tun = inside(namespace, lambda: open_tun(dev))
            self.files = [tun]
            self.send = lambda data, dst: os.write(tun, data)
        else:
            family = socket.AF_INET6 if ':' in self.addr else socket.AF_INET
            out = inside(namespace, lambda: raw(family, socket.IPPROTO_RAW))
            out.bind((self.addr, 0))    # which an IPsec policy asks for
            self.files = [inside(namespace, lambda: raw(family, p)).detach()
                          for p in PROTOCOLS.values()]
            self.send = lambda data, dst: out.sendto(data, (dst, 0))


class Nodes(dict):
    """By name; made when they are asked for."""

    def __init__(self, texts):
        self.texts = dict(text.split('=', 1) for text in texts)

    def __missing__(self, name):
        self[name] = Node(name, self.texts[name])
        return self[name]


class Row:
    """A line of the table."""

    def __init__(self, number, line, nodes):
        self.line = line
        source, target, proto, want = line.split()[:4]
        self.want, self.clear = want == 'yes', line.split()[4:] == ['clear']
        source, _, sport = source.partition('/')
        target, _, dport = target.partition('/')
        name, _, addr = source.partition('=')
        self.source, self.target = nodes[name], nodes[target]
        self.tag = TAG + b'%06d' % number
        self.data = packet(proto, addr or self.source.addr, self.target.addr,
                           (int(sport or 40000), int(dport or 9)), self.tag)
        self.arrived = self.seen = False

    def send(self):
        try:
            self.source.send(self.data, self.target.addr)
        except OSError:
            pass        # no route, no security association: not reached

    def fault(self):
        if self.arrived != self.want:
            return 'gets there' if self.arrived else 'does not get there'
        if self.seen != self.clear:
            return 'is seen in clear' if self.seen else \
                'was not seen at the gate'
        return None


class Run:
    def __init__(self, gate, nodes):
        namespace, dev = gate.split(':')
        self.gate = inside(namespace, lambda: tap(dev)).detach()
        self.by_file = {f: n for n in nodes for f in n.files}
        self.rows = {}

    def take(self, fd):
        data = os.read(fd, 65536)
        at = data.find(TAG)
        row = self.rows.get(data[at:at + len(TAG) + 6]) if at >= 0 else None
        if row and fd == self.gate:     # longer: quoted by an ICMP error
            row.seen |= len(data) == ETHER + len(row.data)
        elif row and self.by_file[fd] is row.target:
            row.arrived = True

    def collect(self, seconds):
        end = time.monotonic() + seconds
        files = [self.gate, *self.by_file]
        while True:
            left = max(0, end - time.monotonic())
            ready = select.select(files, [], [], left)[0]
            for fd in ready:
                self.take(fd)
            if not ready:
                return

    def send(self, rows):
        for row in rows:
            row.send()
            self.collect(0)

    def measure(self, rows):
        """All twice; then those that are missing, until they come."""
        self.rows = {row.tag: row for row in rows}
        end = time.monotonic() + SECONDS
        self.send(rows)
        self.collect(DROP_SECONDS / 4)
        self.send(rows)
        self.collect(DROP_SECONDS)
        while time.monotonic() < end and any(
                row.want and not row.arrived for row in rows):
            self.send([r for r in rows if r.want and not r.arrived])
            self.collect(DROP_SECONDS)


def main():
    nodes = Nodes(sys.argv[2:])
    rows, about, faults = [], '', 0
    for line in sys.stdin:
        if line.startswith('#'):
            about = line.strip('# \n')
        elif line.strip():
            rows.append(Row(len(rows), line.strip(), nodes))
            rows[-1].about = about
    Run(sys.argv[1], nodes.values()).measure(rows)
    for row in rows:
        if row.fault():
            faults += 1
            print('%s: %s (%s)' % (row.line, row.fault(), row.about))
    sys.exit(faults > 0 or not rows)


main()
