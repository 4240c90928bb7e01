# SPDX-License-Identifier: GPL-2.0-or-later
"""One table of packets, two backends, no difference.

Random VPNs with services, IPv6 and networks behind clients are loaded into
nftables and then into iptables-legacy; the same packets of all sorts are asked
in both. See agree.sh.

The iptables rules are in table filter or security, and accept or hand on.

What is not asked, because the two differ: a packet from or to a client whose
other end is a client's address, too, but not at a device of the VPN (a network
that is routed elsewhere, a stranger who lies). iptables takes it for a stranger.
"""
import collections
import ipaddress
import random
import sys

import randvpn
from harness import Probe, Vpn, expect, main, must, scenario
from rules import BACKENDS

SHOWN = 20
SERVER = ["10.8.0.1", "fd00:8::1"]
NETS = ["10.8.0.0/24", "fd00:8::/64", "100.66.0.0/16", "fd00:66::/48"]
# Near the borders of what randvpn puts into the files.
STRANGERS = ["9.255.255.255", "10.0.0.0", "10.0.0.255", "10.0.1.0",
             "10.1.0.0", "10.7.255.255", "10.9.0.0", "11.0.0.1",
             "127.255.255.254", "128.0.0.0", "172.16.0.0", "172.17.0.1",
             "192.0.2.0", "192.0.2.1", "192.168.1.255", "192.168.2.0",
             "223.255.255.255", "2001:db8::7", "2001:db8::8",
             "2001:db8:0:8000::1", "2001:db9::1", "2a00::1", "3fff:8::9"]
OPTIONS = ["", "iptables-final-accept = yes\n", "iptables-table = security\n"]
PORTS = [1, 7, 21, 22, 23, 53, 79, 80, 85, 90, 91, 443, 1023, 1024, 65535]


def other_half(network):
    """The first address after it."""
    return str(ipaddress.ip_network(network)[-1] + 1)


class Table:
    """The packets that a world is asked with."""

    def __init__(self, world, seed):
        self.random = random.Random(seed)
        self.clients = [address for name in world.names for address in
                        [world.ip4[name], world.ip6[name],
                         *(str(ipaddress.ip_network(net)[2])
                           if ipaddress.ip_network(net).num_addresses > 2
                           else net.split("/")[0]
                           for net in world.behind[name])] if address]
        self.nobody = ["10.8.0.200", "fd00:8::200", "100.66.200.9",
                       "fd00:66:0:200::9",
                       *(other_half(net) for nets in world.behind.values()
                         for net in nets)]
        self.files = "".join(world.files.values())

    def stranger(self):
        """An address from the lists of the files, or one near them."""
        found = [word.split("/")[0] for word in
                 self.files.replace("+", " ").replace("-", " ").split()
                 if word.count(".") == 3]
        while True:
            address = self.random.choice(
                found if found and self.random.random() < 0.5 else STRANGERS)
            ip = ipaddress.ip_address(address)
            if not (ip.is_multicast or ip.is_loopback or ip.is_unspecified or
                    int(ip) >> 24 in (0, 255) or int(ip) >> 28 == 15 or
                    any(ip in ipaddress.ip_network(net) for net in NETS)):
                return address

    def pair(self):
        """(source, destination, gate of the source, if it is a lie)"""
        kind = self.random.random()
        client = self.random.choice(self.clients)
        if kind < 0.4:
            return client, self.random.choice(self.clients), ""
        if kind < 0.5:
            return client, self.random.choice(self.nobody), ""
        if kind < 0.55:
            return self.stranger(), self.random.choice(self.clients), "tun"
        other = (self.random.choice(SERVER) if kind < 0.7 else
                 self.stranger())
        if self.random.random() < 0.1:
            client = self.random.choice(self.nobody)
        return self.random.choice([(client, other, "tun"),
                                   (other, client, "")])

    def line(self):
        while True:
            src, dst, via = self.pair()
            if (":" in src) == (":" in dst):
                break
        protocol = self.random.choice(["icmp", "tcp", "udp", "sctp", "47"])
        ports = [self.random.choice(PORTS) for _ in range(2)]
        return f"{src} {dst} {protocol} {ports[0]} {ports[1]} {via}".strip()


class Comparison:
    def __init__(self):
        self.vpn = Vpn()
        self.count = collections.Counter()
        self.bad = 0

    def verdicts(self, backend, probe, lines):
        self.vpn.backend = backend
        done = self.vpn.call("apply")
        expect(done.returncode in (0, 1), f"seed {self.seed}: apply -b "
               f"{backend} ended with {done.returncode}: "
               f"{scenario.text(done.stderr)}")
        for name, rules in BACKENDS.items():
            expect((rules.listing() is None) == (name != backend),
                   f"seed {self.seed}: after apply -b {backend} rules in "
                   f"{name}? {scenario.text(done.stderr)[-300:]}")
        return probe.ask(lines)

    def world(self, seed, packets, probe):
        self.seed = seed
        world = randvpn.RandomVpn(seed)
        for rules in BACKENDS.values():
            rules.forget()
        scenario.clear(self.vpn.state)
        world.put(self.vpn)
        self.vpn.options = OPTIONS[seed % len(OPTIONS)]
        table = Table(world, seed)
        lines = [table.line() for _ in range(packets)]
        got = [self.verdicts(name, probe, lines) for name in BACKENDS]
        for line, verdicts in zip(lines, zip(*got)):
            self.count[verdicts[0]] += 1
            if len(set(verdicts)) > 1:
                self.bad += 1
                if self.bad <= SHOWN:
                    scenario.say(f"seed {seed}: {line}: " + ", ".join(
                        map(" ".join, zip(BACKENDS, verdicts))))


def test():
    worlds, packets = int(sys.argv[1]), int(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for net in NETS[2:]:
        must("ip", "route", "add", net, "dev", "tun0")
    probe = Probe(NETS, SERVER, 5)
    work = Comparison()
    for seed in range(first, first + worlds):
        work.world(seed, packets, probe)
    probe.close()
    sums = ", ".join(f"{n} {what}" for what, n in work.count.items())
    expect(not work.bad, f"{sums}: {work.bad} differences")
    for what in ("ACCEPT", "DROP"):
        expect(work.count[what] * 10 > sum(work.count.values()),
               f"only {sums}: that says little")
    return f"{worlds} VPNs, {sums}: no difference"


if __name__ == "__main__":
    main(test)
