# SPDX-License-Identifier: GPL-2.0-or-later
"""Random VPNs: odd names, odd files, reproducible from a seed."""
import random

WORDS = ["john", "nick", "bob", "max", "edge-17", "DEFAULT", "drop", "ip",
         "accept", "..", ".", "-x", "--help", "a b", " lead", "q'uote",
         'd"q', "back\\slash", "back\\", "semi;colon", "#hash", "a/b", "/",
         "a_b", "a//b", "@at", "me@example.com", "50%", "$HOME", "`id`",
         "{x}", "[end]", "Jürgen", "Łukasz", "名前", "J\udcfcrgen", "*", "?",
         "~", "!", "a:b", "a,b", "a=b", "(x)", "<x>", "a|b", "a&b", "1",
         "10.8.0.9", "unknown", "tun0", "c/john", "from_client", "to_vpn",
         "n" * 64, "ü" * 32, "/" * 64, '"' * 64, "\\" * 64]
ADDRESSES = ["0.0.0.0", "10.0.0.0", "10.1.0.0", "10.8.0.0", "10.8.0.1",
             "172.16.0.0", "192.168.1.0", "192.0.2.1", "224.0.0.0",
             "255.255.255.255", "127.0.0.1", "128.0.0.0"]


class RandomVpn:
    """names, files {name: text}, ip4 and ip6 {name: address or None}"""

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
        if self.random.random() < 0.9:
            out += f"[SUBNETS {self.default()}]\n{self.subnets()}"
        return out + "[END]\n"

    def put(self, vpn):
        """Write it to the files of VPN (harness.Vpn)."""
        vpn.clear()
        ipp = []
        for name in self.names:
            vpn.put(name, self.files.get(name))
            # Where the ccd cannot name a client, ipp.txt can.
            if "/" in name or name in (".", "..", "DEFAULT"):
                ipp.append(f"{name},{self.ip4[name]},{self.ip6[name] or ''}\n")
            else:
                vpn.address(name, self.ip4[name], self.ip6[name])
        vpn.put_ipp("".join(ipp))
