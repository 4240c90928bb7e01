# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose an address is, by the hooks of two servers and by the files of one: a
model for who.py.
"""
import ipaddress

from two import BEN, JOHN, WIDE

LISTS = {"john": None, "ben": None, "wide": None, "anna": ["john"],
         "eve": ["john"], "otto": ["ben"]}     # None: all
CCD = {"john": [JOHN], "ben": [BEN], "wide": [WIDE, "10.9.0.0/16"],
       "anna": ["10.5.0.9", "10.9.1.0/24"]}
IPP = {"10.8.0.20": "eve"}
NET = {"test": "10.8.0.0/24", "lab": "10.8.0.0/25"}
TUNNELS = "10.7.0.0/24"
DEVICE = {"test": "tun0", "lab": "tun1"}
ADDRESSES = [JOHN, BEN, WIDE, "10.8.0.10", "10.8.0.20", "10.8.0.200",
             "10.5.0.9", "10.9.0.0/16", "10.9.1.0/24", "10.9.1.7",
             "10.9.1.8", "10.9.2.7", "10.7.0.9", "0.0.0.0/0", "10.9.0.0/17",
             "10.6.0.5", "00:11:22:33:44:55"]
ASKED = [JOHN, BEN, WIDE, "10.8.0.10", "10.8.0.20", "10.8.0.200", "10.9.1.7",
         "10.9.1.8", "10.9.2.7"]


def net(text):
    return ipaddress.ip_network(text)


class Model:
    """Whose an address is, by what the hooks of two servers have told."""

    def __init__(self):
        self.live = {}          # (address, server): [name, late]

    def of(self, name, server):
        return [net(a) for (a, s), (n, _) in self.live.items()
                if n == name and s == server]

    def may(self, server, name, address):
        if ":" in address:
            return False
        own = [net(a) for a in CCD.get(name, [])] if server == "test" else []
        a = net(address)
        if a.num_addresses == 1 and a.subnet_of(net(NET[server])) or a in own:
            return True
        others = [net(n) for s, n in NET.items() if s != server]
        if not a.prefixlen or any(a.overlaps(o)
                                  for o in [*others, net(TUNNELS)]):
            return False
        return any(a.subnet_of(o) for o in own) or (
            a.num_addresses == 1 and
            any(a.subnet_of(o) for o in self.of(name, server)))

    def claims(self, a):
        """The names that any source gives the prefix."""
        names = {n for (x, _), (n, _) in self.live.items() if net(x) == a}
        names |= {n for n, nets in CCD.items() if a in map(net, nets)}
        return names | {n for x, n in IPP.items() if net(x) == a}

    def is_covered(self, server, name, a):
        own = [o.prefixlen for o in self.of(name, server)
               if o.num_addresses > 1 and a.subnet_of(o)]
        return a.num_addresses == 1 and own and all(
            self.claims(a.supernet(new_prefix=n)) <= {name}
            for n in range(max(own) + 1, 33))

    def learn(self, server, op, address, name=None):
        """False: the hook refuses."""
        key = address, server
        old = self.live.get(key)
        if op == "delete":
            if old and old[1]:
                old[1] = False
            elif old:
                del self.live[key]
            return True
        if not self.may(server, name, address):
            return False
        late = op == "update"
        if self.is_covered(server, name, net(address)) or (
                old and old[0] == name and (old[1] or not late)):
            return True
        self.live = {k: v for k, v in self.live.items()
                     if k[0] != address or v[0] != name}
        self.live[key] = [name, late]
        return True

    def disconnect(self, server, name, address):
        if self.live.get((address, server), [None])[0] == name:
            del self.live[address, server]
        own = self.of(name, server)
        nets = [o for o in own if o.num_addresses > 1]
        if not any(o.num_addresses == 1 and not any(o.subnet_of(n)
                                                    for n in nets)
                   for o in own):
            self.live = {k: v for k, v in self.live.items()
                         if v[0] != name or k[1] != server}

    def owner(self, address):
        """At test; None: nobody there."""
        live = [(net(a), s, n) for (a, s), (n, _) in self.live.items()]
        files = [(net(a), n, 2) for n, nets in CCD.items() for a in nets]
        files += [(net(a), n, 1) for a, n in IPP.items()]
        for bits in range(32, -1, -1):
            a = net(address).supernet(new_prefix=bits)
            told = {(s, n) for x, s, n in live if x == a}
            if told:
                return next(iter(told))[1] if len(told) == 1 and \
                    next(iter(told))[0] == "test" else None
            named = [(rank, n) for x, n, rank in files if x == a]
            if named and not (bits < 32 and any(
                    s == "test" and a.subnet_of(x) for x, s, _ in live)):
                return max(named)[1]
        return None

    def passes(self, a, b):
        a, b = self.owner(a), self.owner(b)
        return a and b and all(LISTS[x] is None or y in LISTS[x]
                               for x, y in ((a, b), (b, a)))
