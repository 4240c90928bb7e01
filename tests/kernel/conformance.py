# SPDX-License-Identifier: GPL-2.0-or-later
"""Same files, same verdicts, as real packets see it.

Each scenario of a table (scenario.py) is applied and every question that a
kernel can route is asked with packets of all sorts. Scenarios are laid out in
two ways in turn ("--both": each in both ways):

  home  clients have the addresses of the table, in the server's own network
  away  clients live in 100.64.0.0/24, so that also the questions about the
        addresses in the table's network can be asked as those of strangers;
        and each has networks behind it, which speak in turn with it
"""
import collections
import ipaddress
import itertools
import sys

import harness
from harness import BACKEND, Probe, Vpn, expect, must, scenario

SHOWN = 20
BEHIND = ["100.66.0.0/16", "fd00:66::/48"]    # of networks behind clients
LAN6 = "2001:db8::1"
OWN6 = "fd00:8::1"
HEARD = ["224.0.0.1", "255.255.255.255"]    # by every host
# What arrives but goes nowhere: seen through a copy made after the filter.
# iptables, whose filter is where packets go, never gets to see it.
COPY = """
table ip copy {
	chain arrived {
		type filter hook prerouting priority filter
		ip daddr { 224.0.0.1, 255.255.255.255 } accept
		iifname != "tun0" accept
		ip daddr { 0.0.0.0/8, 224.0.0.0/4 } \\
			dup to 198.51.100.9 device "lan0"
	}
}
"""


class Layout:
    """Where the clients of the scenarios live."""

    def __init__(self, net, server, own, behind=False):
        self.net, self.server, self.behind = net, server, behind
        self.own = {server, OWN6, *own}

    def enter(self):
        must("ip", "addr", "flush", "dev", "tun0")
        must("ip", "addr", "add", f"{self.server}/24", "dev", "tun0")
        must("ip", "addr", "add", f"{OWN6}/64", "dev", "tun0")
        for address in self.own - {self.server, OWN6}:
            must("ip", "addr", "add", f"{address}/32", "dev", "tun0")
        for net in BEHIND:
            must("ip", "route", "replace", net, "dev", "tun0")

    def probe(self, wait):
        nets = [self.net, "fd00:8::/64", *BEHIND]
        return Probe(nets, [*self.own, *HEARD], wait)

    def ip4(self, number):
        """The addresses of the client that ends in .NUMBER in the table."""
        own = [f"{self.server.rsplit('.', 1)[0]}.{number}"]
        return own + ([f"100.66.{number}.9"] if self.behind else [])

    def ip6(self, number):
        own = [f"fd00:8::{number}"]
        return own + ([f"fd00:66:0:{number}::9"] if self.behind else [])

    def ccd(self, number):
        """The lines of the client's file in the ccd."""
        out = (f"ifconfig-push {self.ip4(number)[0]} 255.255.255.0\n"
               f"ifconfig-ipv6-push {self.ip6(number)[0]}/64\n")
        if self.behind:
            out += (f"iroute 100.66.{number}.0 255.255.255.0\n"
                    f"iroute-ipv6 fd00:66:0:{number}::/64\n")
        return out

    def is_stranger(self, address):
        """Can ADDRESS be asked for as one that is not a client's?"""
        return (address in self.own or ipaddress.ip_address(address)
                not in ipaddress.ip_network(self.net))


HOME = Layout("10.8.0.0/24", "10.8.0.1", [])
AWAY = Layout("100.64.0.0/24", "100.64.0.1", ["10.8.0.1"], behind=True)


def number_of(address):
    return address.rsplit(".", 1)[1]


def usable(name, addresses):
    """In a ccd DEFAULT means everybody else: it can have no network."""
    return addresses[:1] if name == "DEFAULT" else addresses


class Questions:
    """Probe lines with the verdict that they must get."""

    def __init__(self, layout, vpn):
        self.layout = layout
        self.ip4, self.ip6 = (
            {name: itertools.cycle(usable(name, of(number_of(address))))
             for name, address in vpn.items()}
            for of in (layout.ip4, layout.ip6))
        self.lines, self.wants, self.texts = [], [], []
        self.kinds = collections.Counter()
        self.protocols = itertools.cycle(
            ("icmp", "udp 5000 53", "tcp 40000 443", "sctp", "udp 40000 9",
             "tcp 22 1024"))

    def add(self, kind, src, dst, want, via="", text=None):
        protocol = next(self.protocols)
        if via:
            protocol = protocol if " " in protocol else f"{protocol} 0 0"
            protocol += f" {via}"
        self.lines.append(f"{src} {dst} {protocol}")
        self.wants.append(want)
        self.texts.append(text or kind)
        self.kinds[kind] += 1

    def pair(self, src, dst, want):
        for kind, of in (("c2c", self.ip4), ("c2c6", self.ip6)):
            self.add(kind, next(of[src]), next(of[dst]), want, "", (src, dst))

    def both_ways(self, name, address, want):
        what = (name, address)
        if ":" in address:
            self.add("addr6", next(self.ip6[name]), address, want, "", what)
            self.add("addr6", address, next(self.ip6[name]), want, "", what)
            return
        if BACKEND == "nftables" or not self.goes_nowhere(address):
            self.add("addr", next(self.ip4[name]), address, want, "", what)
        # 0.0.0.0 as source is filled in by the kernel.
        if address == "0.0.0.0":
            return
        first = int(address.split(".")[0])
        spoofed = first in (0, 127) or first >= 224
        self.add("addr", address, next(self.ip4[name]), want,
                 "own" if spoofed else "", what)

    @staticmethod
    def goes_nowhere(address):
        first = int(address.split(".")[0])
        return address not in HEARD and (first == 0 or first >= 224)

    def query(self, kind, name, other, want):
        if kind == "c2c":
            self.pair(name, other, want)
        elif other == "unknown":
            self.both_ways(name, LAN6, want)
            self.both_ways(name, OWN6, want)
        elif self.layout.is_stranger(other):
            self.both_ways(name, other, want)

    def closed(self):
        """Nobody's addresses: nothing in, nothing out."""
        for nobody in (self.layout.ip4(200)[0], "100.66.200.9"):
            self.add("closed", nobody, "192.0.2.7", "DROP", "tun")
            self.add("closed", "192.0.2.7", nobody, "DROP")
            self.add("closed", self.layout.server, nobody, "DROP")
        for nobody in (self.layout.ip6(200)[0], "fd00:66:0:200::9"):
            self.add("closed", nobody, LAN6, "DROP", "tun")
            self.add("closed", LAN6, nobody, "DROP")
        self.add("closed", "192.0.2.1", "192.0.2.7", "DROP", "tun")
        self.add("closed", LAN6, "2001:db8::7", "DROP", "tun")


class Conformance:
    def __init__(self):
        self.vpn = Vpn()
        self.bad = 0
        self.count = collections.Counter()
        self.loaded = {}

    def differs(self, where, message):
        self.bad += 1
        if self.bad <= SHOWN:
            scenario.say(f"{where}: {message}")

    def apply(self, where, stage):
        for name, content in stage["files"].items():
            self.vpn.put(name, content)
        self.loaded = {**self.loaded, **stage["load"]}
        loads = set(self.loaded.values())
        # Whether errors before a [KILL] are worth a 1 is left open.
        want = {0, 1} if "kill" in loads else {0}
        if "rejected" in loads:
            want = {1}
        done = self.vpn.call("apply")
        self.count["applies"] += 1
        if done.returncode not in want:
            self.differs(where, f"apply ended with {done.returncode}:\n"
                         f"{scenario.text(done.stderr)}")

    def ask(self, where, stage, layout, vpn, probe):
        questions = Questions(layout, vpn)
        for query in stage["queries"]:
            questions.query(*query)
        for name, verdict in stage["self"].items():
            questions.pair(name, name, verdict)
        questions.closed()
        got = probe.ask(questions.lines)
        for line, want, text, verdict in zip(questions.lines, questions.wants,
                                             questions.texts, got):
            if verdict != want:
                self.differs(where, f"{text}: {line}: want {want}, "
                             f"got {verdict}")
        self.count.update(questions.kinds)

    def start(self, one, layout):
        """A bad file must find nothing of a scenario before in force."""
        load = one["load"]
        if any(load[name] != "ok" for name in self.loaded if name in load):
            self.vpn.must("flush")
            self.count["flushes"] += 1
        self.loaded = {}
        scenario.clear(self.vpn.policy)
        lines = {name: layout.ccd(number_of(address))
                 for name, address in one["vpn"].items()}
        if lines.pop("DEFAULT", None):
            number = number_of(one["vpn"]["DEFAULT"])
            self.vpn.put_ipp(f"DEFAULT,{layout.ip4(number)[0]},"
                             f"{layout.ip6(number)[0]}\n")
        else:
            self.vpn.put_ipp("")
        scenario.put_ccd(self.vpn.ccd, lines)

    def scenario(self, one, layout, probe):
        self.count["scenarios"] += 1
        self.start(one, layout)
        for n, stage in enumerate(scenario.stages(one)):
            where = scenario.label(one) + (", reload" if n else "")
            self.apply(where, stage)
            self.ask(where, stage, layout, one["vpn"], probe)

    def run(self, table, both):
        for n, layout in enumerate((HOME, AWAY)):
            layout.enter()
            probe = layout.probe(5)
            for one in table:
                if both or one["id"] % 2 == n:
                    self.scenario(one, layout, probe)
            probe.close()


def test():
    both = "--both" in sys.argv
    path = [arg for arg in sys.argv[1:] if arg != "--both"][0]
    for name in ("all", "tun0", "lan0"):
        harness.write_sysctl(f"ipv4/conf/{name}/route_localnet", 1)
    if BACKEND == "nftables":
        must("nft", "-f", "-", data=COPY.encode())
    work = Conformance()
    work.run(scenario.read(path), both)
    sums = ", ".join(f"{n} {what}" for what, n in work.count.items())
    expect(not work.bad, f"{sums}: {work.bad} differences")
    return f"{sums}: no difference"


if __name__ == "__main__":
    harness.main(test)
