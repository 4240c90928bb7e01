#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets between network namespaces, for the OpenVPN tests.

net.py matrix WANT NAME=ADDR...   who reaches whom: 0 if it is WANT
net.py flow icmp|tcp FILE FROM=ADDR TO=ADDR
                                  until SIGTERM; times go to FILE
net.py verdict FILE CLAIM [T0 T1] what became of a flow
net.py spoof FROM SOURCE TO=ADDR  0 if a packet FROM with another's SOURCE came
net.py manage SOCKET COMMAND      OpenVPN's management interface: its answer
net.py listing                    stdin of "nft -j list" in one fixed order

NAME is a network namespace (ip netns).  WANT is "a-b c-d": both directions.
"""
import json
import os
import select
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir))
from netns import checksum, inside  # noqa: E402

TAG = b'vpnpf-test-packet'
SOME = 30       # packets of a flow: enough for a verdict
PATIENCE = 2    # seconds


def icmp(kind, ident, seq):
    body = struct.pack('!HH', ident, seq) + TAG
    sum_ = checksum(struct.pack('!BBH', kind, 0, 0) + body)
    return struct.pack('!BBH', kind, 0, sum_) + body


class Pinger:
    """Sends echo requests from one address, collects the replies."""

    def __init__(self, name, addr, ident):
        self.addr, self.ident = addr, ident
        self.v6 = ':' in addr
        self.sock = inside(name, self.open)
        self.sock.setblocking(False)

    def open(self):
        if self.v6:
            s = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                              socket.IPPROTO_ICMPV6)
        else:
            s = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                              socket.IPPROTO_ICMP)
        s.bind((self.addr, 0))
        return s

    def send(self, addr, seq):
        try:
            self.sock.sendto(icmp(128 if self.v6 else 8, self.ident, seq),
                             (addr, 0))
        except OSError:
            pass                # no route, or refused: not reached

    def replies(self):
        """(sender, sequence number) of each reply that is there."""
        while True:
            try:
                packet, peer = self.sock.recvfrom(2048)
            except BlockingIOError:
                return
            except OSError:
                continue
            if not self.v6:
                packet = packet[(packet[0] & 15) * 4:]
            if len(packet) < 8 or packet[0] != (129 if self.v6 else 0):
                continue
            ident, seq = struct.unpack('!HH', packet[4:8])
            if ident == self.ident and packet[8:] == TAG:
                yield peer[0], seq


def split(node):
    name, addr = node.split('=', 1)
    return name, addr


# matrix

def collect(pingers, got, seconds):
    end = time.monotonic() + seconds
    by_sock = {p.sock: i for i, p in enumerate(pingers)}
    while True:
        left = max(0, end - time.monotonic())
        for s in select.select(list(by_sock), [], [], left)[0]:
            i = by_sock[s]
            got.update((i, seq) for _, seq in pingers[i].replies())
        if time.monotonic() >= end:
            return


def wanted_pairs(want, names):
    wanted = set()
    for pair in want.split():
        a, b = pair.split('-')
        if a not in names or b not in names:
            continue
        wanted |= {(names.index(a), names.index(b)),
                   (names.index(b), names.index(a))}
    return wanted


def measure(pingers, wanted):
    """The pairs that answered.  Those not wanted have two chances, the others
    ten seconds: a machine may be slow, but not that slow."""
    every = [(i, (i + k) % len(pingers)) for k in range(1, len(pingers))
             for i in range(len(pingers))]
    got = set()
    for turn in range(34):
        missing = wanted - got
        if turn >= 2 and not missing:
            break
        for n, (i, j) in enumerate(p for p in every if p not in got and
                                   (turn < 2 or p in missing)):
            pingers[i].send(pingers[j].addr, j)
            if n % 32 == 31:
                collect(pingers, got, 0.002)
        collect(pingers, got, 0.3)
    return got


def cmd_matrix(want, *nodes):
    nodes = [split(n) for n in nodes]
    names = [n for n, _ in nodes]
    wanted = wanted_pairs(want, names)
    ident = os.getpid() & 0xffff
    pingers = [Pinger(name, addr, ident) for name, addr in nodes]
    got = measure(pingers, wanted)
    for i, j in sorted(wanted - got):
        print('%s should reach %s' % (names[i], names[j]))
    for i, j in sorted(got - wanted):
        print('%s should not reach %s' % (names[i], names[j]))
    return got != wanted


# flow

class IcmpFlow:
    def __init__(self, source, target):
        self.pinger = Pinger(*split(source), os.getpid() & 0xffff)
        self.target = split(target)[1]

    def send(self, seq):
        self.pinger.send(self.target, seq)

    def socks(self):
        return [self.pinger.sock]

    def answers(self, _):
        return [seq for _, seq in self.pinger.replies()]


class TcpFlow:
    """One byte each time, which the other end sends back."""

    def __init__(self, source, target):
        name, addr = split(target)
        family = socket.AF_INET6 if ':' in addr else socket.AF_INET
        listener = inside(name, lambda: socket.socket(family))
        listener.bind((addr, 0))
        listener.listen()
        name, addr = split(source)
        self.near = inside(name, lambda: socket.socket(family))
        self.near.bind((addr, 0))
        self.near.settimeout(10)
        self.near.connect(listener.getsockname())
        self.far = listener.accept()[0]
        for s in (self.near, self.far):
            s.setblocking(False)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answered = 0

    def send(self, _):
        self.near.send(b'x')

    def socks(self):
        return [self.near, self.far]

    def answers(self, ready):
        if self.far in ready:
            self.far.send(self.far.recv(4096))
        if self.near not in ready:
            return []
        first = self.answered
        self.answered += len(self.near.recv(4096))
        return range(first, self.answered)


def run_flow(flow, path, sent, answered):
    """A packet each 10 ms: SOME before PATH says that it has begun, and SOME
    after SIGTERM. What is under way then has PATIENCE to be answered."""
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(len(sent) + SOME))
    due = end = time.monotonic()
    while True:
        now = time.monotonic()
        if stop and len(sent) >= stop[0]:
            if len(sent) - 1 in answered or now > end:
                return
            due = now + 0.01
        elif now >= due:
            sent.append(time.time())
            flow.send(len(sent) - 1)
            due += 0.01
            end = now + PATIENCE
            if len(sent) == SOME:
                open(path, 'w').close()
        wait = min(0.01, max(0, due - time.monotonic()))
        ready = select.select(flow.socks(), [], [], wait)[0]
        for seq in flow.answers(ready) if ready else []:
            answered.add(seq)


def cmd_flow(kind, path, source, target):
    flow = {'icmp': IcmpFlow, 'tcp': TcpFlow}[kind](source, target)
    sent, answered = [], set()
    run_flow(flow, path, sent, answered)
    with open(path + '.new', 'w') as f:
        for seq, when in enumerate(sent):
            f.write('%.6f %d\n' % (when, seq in answered))
    os.rename(path + '.new', path)
    return 0


def cmd_verdict(path, claim, *times):
    """CLAIM: lossless; closed: none gets through that was sent after T1, all
    did before T0; opened: the other way round."""
    with open(path) as f:
        packets = [(float(t), ok == '1') for t, ok in map(str.split, f)]
    t0, t1 = map(float, times) if times else (time.time(), time.time())
    before = [ok for t, ok in packets if t < t0]
    after = [ok for t, ok in packets if t > t1]
    print('%d of %d answered before, %d of %d after' %
          (sum(before), len(before), sum(after), len(after)))
    if claim == 'lossless':
        return not (len(packets) >= SOME and all(ok for _, ok in packets))
    if len(before) < SOME or len(after) < SOME:
        return 1
    # The later ones before the change may be under way when it comes.
    before = before[:len(before) // 2]
    if claim == 'opened':
        return any(before) or not all(after)
    return not all(before) or any(after)


# the rest

def cmd_spoof(name, source, target):
    to, addr = split(target)
    receiver = Pinger(to, addr, 0x5f00 | (os.getpid() & 0xff))
    sender = inside(name, lambda: socket.socket(
        socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
    body = icmp(0, receiver.ident, 1)
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 1, 0, 64, 1,
                       0, socket.inet_aton(source), socket.inet_aton(addr))
    for _ in range(10):
        sender.sendto(head + body, (addr, 0))
        select.select([receiver.sock], [], [], 0.1)
        if any(peer == source for peer, _ in receiver.replies()):
            return 0
    return 1


def cmd_manage(path, command):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(path)
    s.sendall(command.encode() + b'\n')
    for line in s.makefile():
        print(line.rstrip())
        if line.startswith(('SUCCESS:', 'ERROR:', 'END')):
            return line.startswith('ERROR:')
    return 1


def plain(value):
    """Without what differs between equal rulesets."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in
                ('handle', 'index', 'packets', 'bytes')}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def cmd_listing():
    lines, rules = [], {}
    for item in plain(json.load(sys.stdin))['nftables']:
        for kind, what in item.items():
            if kind == 'metainfo':
                continue
            if kind == 'rule':
                number = rules.get(what['chain'], 0)
                rules[what['chain']] = number + 1
                key = '%s %s %04d' % (kind, what['chain'], number)
            else:
                key = '%s %s' % (kind, what['name'])
            elements = what.pop('elem', [])
            lines.append('%s %s' % (key, json.dumps(what, sort_keys=True)))
            lines += ['%s element %s' % (key, json.dumps(e, sort_keys=True))
                      for e in elements]
    print('\n'.join(sorted(lines)))
    return 0


def main():
    commands = {'matrix': cmd_matrix, 'flow': cmd_flow, 'spoof': cmd_spoof,
                'verdict': cmd_verdict, 'manage': cmd_manage,
                'listing': cmd_listing}
    sys.exit(int(commands[sys.argv[1]](*sys.argv[2:])))


main()
