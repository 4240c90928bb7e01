# SPDX-License-Identifier: GPL-2.0-or-later
"""Random hosts: two servers, each with dev tun or a number, whose networks may
be the same; another program's tun9 and tunl0, which are the LAN and the outside;
networks behind clients, routes, rules of the host that translate, rp_filter,
clients' addresses that come from elsewhere. Random packets, and the answers to
those that arrive.
An independent model (hosts_model.py) says where each must arrive.

Nothing may pass that the model denies, nothing be lost that it allows, and
without a VPN interface nothing may differ from a host without our rules.
"""
import collections
import ipaddress
import os
import random
import sys

from harness import BACKEND, WORK, Vpn, expect, main, must, scenario
from hosts_model import LOCAL, LOOPBACK, Client, Flow, Host, Nat
from hosts_net import Net

# the servers', that of another program, and what dev tun cannot mean
DEVICES = ["tun0", "tun1", "tun9", "tunl0"]
SHOWN = 10
PORTS = [53, 80, 443, 5353, 8080]
LAN, WAN = "10.66.0.0/24", "198.51.100.0/24"
STRANGERS = ["10.66.0.5", "10.66.0.77", "198.51.100.9", "203.0.113.1",
             "192.0.2.1"]


class RandomHost(Host):
    def __init__(self, seed, backend):
        super().__init__()
        self.random = random.Random(seed)
        self.version = 6 if self.some(0.4) else 4
        self.backend = backend
        self.make_servers()
        self.numberless = {device: self.some(0.5) for device in self.servers}
        self.make_clients()
        self.make_routes()
        for _ in range(self.random.choice([0, 0, 1, 2, 4])):
            self.nat.append(self.rule())
        # there is none for IPv6
        self.rp_filter = self.random.choice([0, 0, 1, 2]) * \
            (self.version == 4)

    def address(self, text):
        """An address of IPv4, or the one of IPv6 that stands for it."""
        address = ipaddress.ip_address(text)
        if self.version == 4:
            return address
        if address in LOOPBACK[4]:
            return ipaddress.ip_address("::1")
        return ipaddress.IPv6Address(0xfd00 << 112 | int(address))

    def network(self, text):
        net = ipaddress.ip_network(text)
        if self.version == 4:
            return net
        if not net.prefixlen or net[0] in LOOPBACK[4]:
            return ipaddress.ip_network(LOOPBACK[6] if net.prefixlen else
                                        "::/0")
        return ipaddress.ip_network((self.address(net[0]), 96 + net.prefixlen))

    def some(self, chance):
        return self.random.random() < chance

    def make_servers(self):
        second = self.random.choice(["10.8.0.0/24", "10.8.0.128/25",
                                     "10.9.0.0/24"])
        self.pools = [self.network("10.8.0.0/24"), self.network(second)]
        self.addresses = {"tun0": str(self.pools[0][1]),
                          "tun1": str(self.pools[1][-2]),
                          "tun9": str(self.address("10.66.0.1")),
                          "tunl0": str(self.address("198.51.100.1"))}
        self.servers = {"tun0": [], "tun1": []}

    def make_clients(self):
        names = ["john", "nick", "bob", "max", "edge-17", "ann"]
        self.clients = [Client(name) for name in
                        names[:self.random.randint(2, len(names))]]
        taken = {"tun0": set(), "tun1": set()}
        for n, client in enumerate(self.clients):
            device = self.random.choice(["tun0", "tun1"])
            pool = self.pools[device == "tun1"]
            free = [pool[host] for host in range(2, 8)
                    if pool[host] not in taken[device]]
            mine = self.random.choice(free)
            taken[device].add(mine)
            self.servers[device].append((ipaddress.ip_network(mine), client))
            if self.some(0.3):
                self.servers[device].append((self.behind(n), client))
        for client in self.clients:
            self.make_policy(client)

    def behind(self, n):
        """Networks of different lengths: the same one never twice."""
        return self.network("192.168.{}.0/{}".format(
            self.random.randint(0, 1), 24 + n))

    def make_policy(self, client):
        client.closed = self.some(0.06)
        client.accept = {what: self.some(0.5) for what in client.accept}
        for peer in self.clients:
            if self.some(0.4):
                client.peers[peer.name] = self.some(0.5)
        nets = [*(self.network(net) for net in
                  [LAN, WAN, *STRANGERS, "0.0.0.0/0", "127.0.0.0/8",
                   "127.0.0.1/32", "10.0.0.0/8"]),
                *(ipaddress.ip_network(a) for a in self.addresses.values()),
                *self.pools]
        client.subnets = [
            (net, self.some(0.5)) for net in
            self.random.sample(nets, self.random.randint(0, 5))]

    def make_routes(self):
        self.routes = [(self.network(LAN), "tun9"),
                       (self.network(WAN), "tunl0"),
                       (self.network("0.0.0.0/0"), "tunl0")]
        same = self.pools[0] == self.pools[1]
        for device, pool in zip(("tun0", "tun1"), self.pools):
            if device == "tun0" or not same:
                self.routes.append((pool, device))
            for net, _ in self.servers[device]:
                if net.num_addresses > 1 or (same and self.some(0.7)):
                    self.routes.append((net, device))
        if self.some(0.3):      # the same network by another way
            self.routes.append((self.network("192.168.0.128/27"), "tun9"))
        wins = {}
        for net, device in self.routes:
            wins.setdefault(net, device)
        self.routes = list(wins.items())

    def rule(self):
        kinds = ["dnat", "dnat", "redirect", "masquerade"]
        if self.backend == "nftables":
            kinds += ["masquerade", "snat"]
        kind = self.random.choice(kinds)
        pool = self.random.choice(self.pools)
        if kind == "dnat":
            target = self.random.choice(
                [self.address("10.66.0.5"),
                 # the kernel routes ::1 elsewhere, or not at all
                 *[self.address("127.0.0.1")] * (self.version == 4),
                 *(net[0] for net, _, _ in self.claims())])
            return Nat(kind, self.random.choice([None, "tunl0", "tun0"]),
                       self.network(self.random.choice(
                           ["198.51.100.1", "203.0.113.1"])),
                       self.random.choice(PORTS), target,
                       self.random.choice([None, 8080]))
        if kind == "redirect":
            return Nat(kind, self.random.choice([None, "tun0", "tun1"]), None,
                       53, None, 5353)
        if kind == "masquerade":
            devices = [None, "tunl0"]
            if self.backend == "nftables":
                devices += ["tun0", "tun9"]
            return Nat(kind, self.random.choice(devices), pool, None, None,
                       None)
        return Nat(kind, self.random.choice(["tun0", "tunl0"]), None, None,
                   self.address(self.random.choice(["10.66.0.1",
                                                    "10.8.0.1"])),
                   None)

    def line(self, net):
        """of a client-config-dir file"""
        if net.num_addresses == 1:
            return (f"ifconfig-ipv6-push {net[0]}/120\n" if self.version == 6
                    else f"ifconfig-push {net[0]} 255.255.255.0\n")
        return (f"iroute-ipv6 {net}\n" if self.version == 6 else
                f"iroute {net[0]} {net.netmask}\n")

    # packets

    def place(self):
        kind = self.random.random()
        owned = list(self.claims())
        if kind < 0.55:
            net, device, _ = self.random.choice(owned)
            return net[min(5, net.num_addresses - 1)], device
        if kind < 0.6:
            return (self.random.choice(self.pools)[99],
                    self.random.choice(["tun0", "tun1"]))
        return (self.address(self.random.choice(STRANGERS)),
                self.random.choice(["tun9", "tunl0"]))

    def is_odd(self, src):
        """An address that a VPN could have, and nobody has."""
        return not self.owner(src) and (
            any(src in pool for pool in self.pools) or
            any(src in net for net, _, _ in self.claims()))

    def question(self, port):
        while True:
            src, device = self.place()
            dst = self.place()[0]
            if self.some(0.25):
                dst = self.random.choice(
                    [*(ipaddress.ip_address(a)
                       for a in self.addresses.values()),
                     self.address("198.51.100.1"),
                     self.address("203.0.113.1"), self.address("127.0.0.1")])
            if self.some(0.12):     # a lie, or a second path
                device = self.random.choice(DEVICES)
            if self.some(0.08):
                src = ipaddress.ip_address(self.random.choice(
                    list(self.addresses.values())))
                device = LOCAL
                if self.out(dst) == LOCAL:
                    continue
            if src == dst or (self.is_odd(src) and device not in self.servers):
                continue
            flow = Flow(src, dst, port, self.random.choice(PORTS))
            if device not in self.servers and self.is_odd_at_end(device, flow):
                continue
            return device, flow

    def is_odd_at_end(self, device, flow):
        there = self.way(device, flow)
        return there and self.is_odd(there[1].src)


class World:
    """A RandomHost in this namespace."""

    def __init__(self, vpn, host):
        self.vpn, self.host = vpn, host

    def devices(self):
        host = self.host
        for version in ("-4", "-6"):
            must("ip", version, "addr", "flush", "scope", "global")
            must("ip", version, "route", "flush", "table", "main")
        for device, own in host.addresses.items():
            must("ip", "addr", "add", own, "dev", device)
            for name in ("rp_filter", "accept_local"):
                with open(f"/proc/sys/net/ipv4/conf/{device}/{name}",
                          "w") as file:
                    file.write(str(host.rp_filter if name == "rp_filter"
                                   else 0))
        for net, device in host.routes:
            must("ip", f"-{host.version}", "route", "add", str(net), "dev",
                 device)

    def nft_rule(self, rule):
        out = []
        if rule.dev:
            hook = "iifname" if rule.what in ("dnat", "redirect") else "oifname"
            out += [f'{hook} "{rule.dev}"']
        if rule.net:
            out += ["ip6" if self.host.version == 6 else "ip",
                    "daddr" if rule.what == "dnat" else "saddr",
                    str(rule.net)]
        if rule.port:
            out += [f"udp dport {rule.port}"]
        port = f":{rule.to_port}" if rule.to_port else ""
        to = f"[{rule.to}]" if self.host.version == 6 and port else rule.to
        out.append({"dnat": f"dnat to {to}{port}",
                    "redirect": f"redirect to {port}",
                    "masquerade": "masquerade",
                    "snat": f"snat to {rule.to}"}[rule.what])
        return " ".join(out)

    def nft_nat(self):
        text = "".join(f"table {family} hosts\ndelete table {family} hosts\n"
                       for family in ("ip", "ip6"))
        if self.host.nat:
            chains = [("prerouting", "dstnat", ("dnat", "redirect")),
                      ("postrouting", "srcnat", ("snat", "masquerade"))]
            text += ("table ip6" if self.host.version == 6 else
                     "table ip") + " hosts {\n" + "".join(
                f"chain {hook} {{ type nat hook {hook} priority {priority};\n"
                + "".join(self.nft_rule(rule) + "\n" for rule in self.host.nat
                          if rule.what in kinds) + "}\n"
                for hook, priority, kinds in chains) + "}\n"
        must("nft", "-f", "-", data=text.encode())

    def ipt_rule(self, rule):
        before = rule.what in ("dnat", "redirect")
        out = ["-A", "PREROUTING" if before else "POSTROUTING"]
        if rule.dev:
            out += ["-i" if before else "-o", rule.dev]
        if rule.net:
            out += ["-d" if rule.what == "dnat" else "-s", str(rule.net)]
        if rule.port:
            out += ["-p", "udp", "--dport", str(rule.port)]
        port = f":{rule.to_port}" if rule.to_port else ""
        to = f"[{rule.to}]" if self.host.version == 6 and port else rule.to
        out += {"dnat": ["-j", "DNAT", "--to-destination", f"{to}{port}"],
                "redirect": ["-j", "REDIRECT", "--to-ports",
                             str(rule.to_port)],
                "masquerade": ["-j", "MASQUERADE"],
                "snat": ["-j", "SNAT", "--to-source", str(rule.to)]}[rule.what]
        return " ".join(out)

    def ipt_nat(self):
        for version, program in ((4, "iptables"), (6, "ip6tables")):
            rules = "".join(self.ipt_rule(rule) + "\n" for rule in
                            self.host.nat if version == self.host.version)
            must(f"{program}-legacy-restore", "-w",
                 data=f"*nat\n{rules}COMMIT\n".encode())

    def dev(self, device):
        """Its name, or dev tun and the address that the server gives it."""
        if not self.host.numberless[device]:
            return f'dev = "{device}"'
        path = os.path.join(self.vpn.folder, f"{device}.conf")
        own = self.host.addresses[device]
        with open(path, "w") as file:
            file.write("dev tun\nmode server\n" + (
                f"ifconfig-ipv6 {own}/120 fe80::1\n" if ":" in own else
                f"ifconfig {own} 255.255.255.0\n"))
        return f'server-conf = "{path}"'

    def files(self):
        vpn, host = self.vpn, self.host
        vpn.clear()
        text = f'policy = "{vpn.policy}"\n'
        for device, owned in host.servers.items():
            ccd = os.path.join(vpn.folder, f"ccd-{device}")
            scenario.clear(ccd)
            text += (f'openvpn {device} {{\n{self.dev(device)}\n'
                     f'topology = subnet\nccd = "{ccd}"\n}}\n')
            lines = collections.defaultdict(str)
            for net, client in owned:
                lines[client.name] += host.line(net)
            for name, content in lines.items():
                scenario.put(ccd, scenario.file_name(name),
                             content.encode())
        for client in host.clients:
            content = client.file()
            if content is not None:
                vpn.put(client.name, content)
        with open(vpn.write_conf(), "w") as file:
            file.write(text)

    def load(self):
        self.devices()
        if BACKEND == "nftables":
            self.nft_nat()
        else:
            self.ipt_nat()
        self.files()


class HostVpn(Vpn):
    """Its vpnpf.conf is World.files'."""

    def write_conf(self):
        return os.path.join(self.folder, "vpnpf.conf")


class Test:
    def __init__(self):
        self.vpn = HostVpn()
        self.vpn.options = ""
        self.net = Net(DEVICES)
        self.count = collections.Counter()
        self.bad = collections.Counter()
        self.port = 1024

    def next_port(self):
        self.port = self.port + 1 if self.port < 65000 else 1025
        return self.port

    def questions(self, host, count):
        return [host.question(self.next_port()) for _ in range(count)]

    def compare(self, seed, packets, wanted, got, what):
        for packet, want, there in zip(packets, wanted, got):
            kind = "passed" if want else "dropped"
            self.count[kind] += 1
            if want == there:
                continue
            wrong = ("leaked" if not want else "lost" if not there
                     else "elsewhere")
            self.bad[f"{wrong} {what}"] += 1
            if sum(self.bad.values()) <= SHOWN:
                scenario.say(f"seed {seed}: {what} {packet}: {wrong}: "
                             f"{there}, not {want}")

    def world(self, seed, packets):
        host = RandomHost(seed, BACKEND)
        self.vpn.must("flush")
        World(self.vpn, host).load()
        asked = self.questions(host, packets // 4)
        self.compare(seed, asked, [host.way(*packet) for packet in asked],
                     self.net.ask(asked), "without rules")
        done = self.vpn.call("apply")
        expect(done.returncode in (0, 1), f"seed {seed}: apply ended with "
               f"{done.returncode}: {scenario.text(done.stderr)}")
        asked = self.questions(host, packets)
        wanted = [host.expect(*packet) for packet in asked]
        got = self.net.ask(asked)
        self.compare(seed, asked, wanted, got, "packet")
        answers, back = [], []
        for (device, flow), want, there in zip(asked, wanted, got):
            if not want or want != there:
                continue
            out, seen = there
            answers.append((out, Flow(seen.dst, seen.src, seen.dport,
                                      seen.sport)))
            back.append(host.answer(device, flow, out, seen))
        self.compare(seed, answers, back, self.net.ask(answers), "answer")


def test():
    hosts, packets = int(sys.argv[1]), int(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    work = Test()
    for seed in range(first, first + hosts):
        work.world(seed, packets)
    sums = ", ".join(f"{n} {what}" for what, n in work.count.items())
    expect(not work.bad, f"{sums}: {dict(work.bad)}")
    for what in ("passed", "dropped"):
        expect(work.count[what] * 10 > sum(work.count.values()),
               f"only {sums}: that says little")
    return f"{hosts} hosts, {sums}: as the model says"


if __name__ == "__main__":
    main(test)
