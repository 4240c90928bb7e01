# SPDX-License-Identifier: GPL-2.0-or-later
"""Random VPNs: odd names, odd files, reproducible from a seed."""
import ipaddress
import random

WORDS = ["john", "nick", "bob", "max", "edge-17", "DEFAULT", "drop", "ip",
         "accept", "..", ".", "-x", "--help", "a b", " lead", "q'uote",
         'd"q', "back\\slash", "back\\", "semi;colon", "#hash", "a/b", "/",
         "a_b", "a//b", "@at", "me@example.com", "50%", "$HOME", "`id`",
         "{x}", "[end]", "Jürgen", "Łukasz", "名前", "J\udcfcrgen", "*", "?",
         "~", "!", "a:b", "a,b", "a=b", "(x)", "<x>", "a|b", "a&b", "1",
         "10.8.0.9", "unknown", "tun0", "p/john", "from/office", "post",
         "n" * 64, "ü" * 32, "/" * 64, '"' * 64, "\\" * 64]
PORTS = ["22", "53", "80-90", "443,22", "1-65535", "1", "1024-65535,53,7"]
DEVICES = ["eth0", "eth1", "ppp*", "lan0"]
ADDRESSES = ["0.0.0.0", "10.0.0.0", "10.1.0.0", "10.8.0.0", "10.8.0.1",
             "172.16.0.0", "192.168.1.0", "192.0.2.1", "224.0.0.0",
             "255.255.255.255", "127.0.0.1", "128.0.0.0"]
ADDRESSES6 = ["::/0", "fd00:8::1", "2001:db8::/32", "2001:db8::7", "fe00::/7",
              "2001:db8:0:8000::/49", "8000::/1"]


def iroute(network):
    """The line of the ccd."""
    if ":" in network:
        return f"iroute-ipv6 {network}\n"
    net = ipaddress.ip_network(network)
    return f"iroute {net.network_address} {net.netmask}\n"


class RandomVpn:
    """names, files {name: text}, ip4 and ip6 {name: address or None}, behind
    {name: [network, ...]}"""

    def __init__(self, seed):
        self.random = random.Random(seed)
        count = self.random.choice([1, 2, 3, 5, 8, 12])
        self.names = self.random.sample(WORDS, count)
        self.files = {name: self.file() for name in self.names
                      if self.random.random() < 0.95}
        self.ip4 = {name: f"10.8.0.{10 + n}"
                    for n, name in enumerate(self.names)}
        self.ip6 = {name: f"fd00:8::{10 + n}"
                    if self.random.random() < 0.5 else None
                    for n, name in enumerate(self.names)}
        self.behind = {name: self.networks(n) if self.has_ccd(name) and
                       self.random.random() < 0.3 else []
                       for n, name in enumerate(self.names)}

    def default(self):
        return self.random.choice(["ACCEPT", "DROP"])

    def clients(self):
        peers = self.random.sample(self.names + ["ghost", "gh st"],
                                   self.random.randint(0, len(self.names)))
        return "".join(f"{self.random.choice('+-')}{peer}\n"
                       for peer in peers if peer == peer.rstrip())

    def subnet(self):
        address = self.random.choice(
            ADDRESSES + [".".join(str(self.random.randint(0, 255))
                                  for _ in range(4))])
        length = self.random.choice(
            ["", "/0", "/8", "/24", "/32", f"/{self.random.randint(0, 32)}"])
        return self.random.choice(["unknown", address + length,
                                   address + length, address + length])

    @staticmethod
    def has_ccd(name):
        """Where the ccd cannot name a client, ipp.txt can."""
        return "/" not in name and name not in (".", "..", "DEFAULT")

    def networks(self, n):
        """One of its own, or a part of what may be another's."""
        if self.random.random() < 0.5:
            return [f"100.66.{n}.0/24", f"fd00:66:0:{n}::/64"]
        m = self.random.randint(0, len(self.names))
        length = self.random.choice([28, 29, 30, 32])
        return [f"100.66.{m}.{n * 16}/{length}",
                f"fd00:66:0:{m}:{n:x}::/{self.random.choice([80, 81, 96])}"]

    def service(self):
        prefix = self.random.choice(
            [self.subnet(), *ADDRESSES6]).replace("unknown", "0.0.0.0/0")
        protocol = self.random.choice(["tcp", "udp", "sctp", "icmp", "any"])
        ports = (" " + self.random.choice(PORTS) if protocol[1:] in
                 ("cp", "dp", "ctp") and self.random.random() < 0.8 else "")
        return f"{self.random.choice('+-')}{prefix} {protocol}{ports}\n"

    def services(self):
        return "[SERVICES]\n" + "".join(
            self.service() for _ in range(self.random.choice([0, 1, 3, 6])))

    def subnets6(self):
        """May stand where services do."""
        return "".join(f"{self.random.choice('+-')}"
                       f"{self.random.choice(ADDRESSES6)}\n"
                       for _ in range(self.random.choice([0, 1, 4])))

    def subnets(self):
        # Now and then a long list: there another kind of set may be chosen.
        count = self.random.choice([0, 1, 2, 3, 5, 8, 13, 60, 120])
        return "".join(f"{self.random.choice('+-')}{self.subnet()}\n"
                       for _ in range(count))

    def file(self):
        kind = self.random.random()
        if kind < 0.04:
            return "[KILL]\n"
        if kind < 0.08:
            return "[CLIENTS DROP]\n"
        out = ""
        if self.random.random() < 0.9:
            out += f"[CLIENTS {self.default()}]\n{self.clients()}"
        extended = self.random.random() < 0.4
        if extended:
            out += self.services()
        if self.random.random() < 0.9:
            out += f"[SUBNETS {self.default()}]\n{self.subnets()}"
            if extended:
                out += self.subnets6() + self.subnets()
        return out + "[END]\n"

    def section(self, n, vpn, families):
        """The Nth ipsec section, and who has a tunnel there: {address: name}.
        Some others have a static address."""
        local = self.random.choice([f"192.0.2.{n + 1}", f"2001:db8::{n + 1}"])
        both = [f"10.9.{n}.0/24", f"fd00:9:{n}::/64"]
        nets = [both[":" in local]] if families == "equal" else both
        nets = self.random.sample(nets, self.random.randint(1, len(nets)))
        tunnels, ipp = {}, ""
        for host, name in enumerate(self.names, 10):
            ip4 = f"10.9.{n}.{host}" if both[0] in nets else ""
            ip6 = f"fd00:9:{n}::{host}" if both[1] in nets else ""
            if self.random.random() < 0.4:
                ipp += f"{name},{ip4},{ip6}\n"
            elif self.random.random() < 0.4:
                tunnels[f"{ip4}/32" if ip4 else f"{ip6}/128"] = name
        # The last one is a whole office.
        if tunnels and self.random.random() < 0.3:
            tunnels[f"10.9.{n}.128/28" if both[0] in nets
                    else f"fd00:9:{n}::1:0/112"] = name
        networks = ", ".join(f'"{net}"' for net in nets)
        locals_ = [local, local[:-1] + str(n + 5)]
        lists = [
            ("local", self.random.sample(locals_, self.random.choice([1, 2]))),
            ("dev", self.random.sample(DEVICES, self.random.choice([0, 1, 2]))),
            ("inside", self.random.sample(DEVICES,
                                          self.random.choice([0, 0, 1, 3]))),
            ("xfrm", self.random.choice([[], [], ["ipsec0", "road*"]]))]
        return (f'ipsec road{n} {{\n' + "".join(
            f"\t{key} = {{ " + ", ".join(f'"{v}"' for v in values) + " }\n"
            for key, values in lists) +
                f'\tnetworks = {{ {networks} }}\n'
                f'\tsite-to-site = {self.random.choice(["yes", "no"])}\n'
                f'\taddresses = "{vpn.put_ipp(ipp, f"road{n}.txt")}"\n'
                f'\tike = {self.random.choice(["yes", "no"])}\n}}\n'), tunnels

    def put_ipsec(self, vpn, families):
        """Ipsec sections beside the OpenVPN server, and tunnels that are up.
        FAMILIES: "equal" inside and outside of them, or "any"."""
        sections, tunnels = zip(*(
            self.section(n, vpn, families)
            for n in range(self.random.choice([1, 1, 2, 3]))))
        vpn.options = "".join(sections)
        for each in tunnels:
            for address, name in each.items():
                vpn.tunnel(name, address, self.random.randint(1, 1 << 14))

    def put_log(self, vpn):
        """Denied packets are logged, beside what VPN's options say."""
        group = self.random.choice([0, 7, 65535])
        vpn.options = (f"{vpn.options or ''}log-group = {group}\n"
                       f"log-rate = {self.random.randint(1, 100)}\n")

    def put(self, vpn):
        """Write it to the files of VPN (harness.Vpn)."""
        vpn.clear()
        ipp = []
        for name in self.names:
            vpn.put(name, self.files.get(name))
            if self.has_ccd(name):
                vpn.address(name, self.ip4[name], self.ip6[name],
                            "".join(map(iroute, self.behind[name])))
            else:
                ipp.append(f"{name},{self.ip4[name]},{self.ip6[name] or ''}\n")
        vpn.put_ipp("".join(ipp))
