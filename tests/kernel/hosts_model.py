# SPDX-License-Identifier: GPL-2.0-or-later
"""What OpenVPN 2.5 would have done inside the tunnels of a random host.

Written from the manual of OpenVPN and of this project, not from its code. A
Host has servers with clients, routes, rules of its own that translate, and
rp_filter; expect() says where a packet must arrive, and as what.

Four things differ from 2.5, on purpose: IPv6 is judged as IPv4 is; a client's packet to another client
whose destination the host does not translate is judged by CLIENTS, translated
or not; 127.0.0.0/8 and ::1 need a line of their own; and a client's address does not
reach a client from anywhere but a VPN. iptables judges what goes to a client
before its source is translated.
"""
import collections
import ipaddress

Flow = collections.namedtuple("Flow", "src dst sport dport")
# A rule of nat: WHAT is "dnat", "redirect", "masquerade" or "snat"; DEV is
# where the packet comes in (the first two) or goes out; None: any.
Nat = collections.namedtuple("Nat", "what dev net port to to_port")
LOCAL = "local"
LOOPBACK = {4: ipaddress.ip_network("127.0.0.0/8"),
            6: ipaddress.ip_network("::1/128")}


def longest(table, address):
    """The value of the longest network of [(network, value), ...]; None."""
    found = [(net.prefixlen, value) for net, value in table if address in net]
    return max(found, key=lambda each: each[0])[1] if found else None


class Client:
    def __init__(self, name):
        self.name = name
        self.closed = False             # no file, or [KILL]
        self.accept = {"clients": True, "subnets": True}
        self.peers, self.subnets = {}, []       # name, network -> accept

    def file(self):
        if self.closed:
            return None
        word = {True: "ACCEPT", False: "DROP"}
        # with this section, a file may name addresses of IPv6
        six = any(net.version == 6 for net, _ in self.subnets)
        return "".join(
            ["[SERVICES]\n" * six,
             f"[CLIENTS {word[self.accept['clients']]}]\n",
             *(f"{'-+'[yes]}{name}\n" for name, yes in self.peers.items()),
             f"[SUBNETS {word[self.accept['subnets']]}]\n",
             *(f"{'-+'[yes]}{net}\n" for net, yes in self.subnets),
             "[END]\n"])

    def takes(self, peer):
        return self.peers.get(peer.name, self.accept["clients"])

    def reaches(self, address):
        """By SUBNETS. Only a line of its own opens what is this host's."""
        loopback = LOOPBACK[address.version]
        local = address in loopback
        for net, yes in self.subnets:
            if address in net and not (yes and local and
                                       net.prefixlen < loopback.prefixlen):
                return yes
        return self.accept["subnets"] and not local


class Host:
    def __init__(self):
        self.backend = "nftables"
        self.servers = {}       # device -> [(network, Client)]
        self.pools = []         # networks of the servers
        self.addresses = {}     # device -> its address
        self.routes = []        # [(network, device)]
        self.nat = []           # [Nat]
        self.rp_filter = 0

    def claims(self):
        for device, owned in self.servers.items():
            for net, client in owned:
                yield net, device, client

    def owner(self, address):
        """(device, client) of an address; None: nobody's."""
        found = [(net, device, client)
                 for net, device, client in self.claims() if address in net]
        best = max((net.prefixlen for net, _, _ in found), default=None)
        found = [each[1:] for each in found if each[0].prefixlen == best]
        return found[0] if len(found) == 1 else None

    def client(self, address, device=None):
        """The client of an address, at this device if it is given."""
        owner = self.owner(address)
        return (owner[1] if owner and device in (None, owner[0]) else None)

    def pair(self, a, b):
        return (not a.closed and not b.closed and a.takes(b) and b.takes(a))

    def sent(self, device, src, dst, asked=None):
        """May this come out of the tunnel? ASKED: who got a translated
        address as the source of what this answers."""
        client = self.client(src, device)
        if not client or client.closed:
            return False
        peer = self.client(dst)
        if peer:
            return self.pair(client, peer)
        if asked and self.pair(client, asked):
            return True
        return client.reaches(dst)

    def received(self, device, src, dst, by_vpn, hairpin=False, first=None):
        """May this go into the tunnel? FIRST: the source before it was
        translated, if only the source was."""
        client = self.client(dst, device)
        if not client or client.closed:
            return False
        peer = self.client(first or src)
        if peer and by_vpn and not hairpin:
            return self.pair(client, peer)
        if self.client(src) and not by_vpn:
            return False
        return client.reaches(src)

    def out(self, address):
        if (str(address) in self.addresses.values() or
                address in LOOPBACK[address.version]):
            return LOCAL
        return longest(self.routes, address)

    def comes_by(self, device, src):
        """Does the kernel take a packet from SRC on DEVICE?"""
        if not self.rp_filter:
            return True
        back = self.out(src)
        return back == device if self.rp_filter == 1 else bool(back)

    def first(self, kinds, device, address, port):
        for rule in self.nat:
            if (rule.what in kinds and rule.dev in (None, device) and
                    (not rule.net or address in rule.net) and
                    rule.port in (None, port)):
                return rule
        return None

    def destination(self, device, flow):
        rule = self.first(("dnat", "redirect"), device, flow.dst, flow.dport)
        if not rule:
            return flow
        to = rule.to or ipaddress.ip_address(self.addresses[device])
        return flow._replace(dst=to, dport=rule.to_port or flow.dport)

    def source(self, device, flow):
        rule = self.first(("snat", "masquerade"), device, flow.src,
                          flow.sport)
        if not rule:
            return flow
        return flow._replace(src=rule.to or ipaddress.ip_address(
            self.addresses[device]))

    def way(self, device, flow):
        """(where it arrives, as what flow) without any filter; None: not.
        DEVICE LOCAL: the host has sent it."""
        if device == LOCAL:
            there = flow
        elif flow.dst == LOOPBACK[6][0]:
            return None         # the kernel takes it from "lo" only
        else:
            there = self.destination(device, flow)
            if not self.comes_by(device, flow.src):
                return None
        out = self.out(there.dst)
        if not out:
            return None
        if out == LOCAL:
            return out, there
        return out, self.source(out, there)

    def expect(self, device, flow):
        """As way(), with the verdicts of the files."""
        arrives = self.way(device, flow)
        if not arrives:
            return None
        out, there = arrives
        by_vpn = device in self.servers
        if by_vpn and not self.sent(device, flow.src, flow.dst):
            return None
        if out in self.servers:
            moved = there.dst != flow.dst or there.dport != flow.dport
            src = flow.src if self.backend != "nftables" else there.src
            if not self.received(out, src, there.dst, by_vpn,
                                 moved and by_vpn,
                                 None if moved else flow.src if by_vpn
                                 else None):
                return None
        return arrives

    def answer(self, device, flow, out, there):
        """The answer to FLOW, that came in by DEVICE and arrived by OUT as
        THERE: the same for what comes back."""
        back = Flow(flow.dst, flow.src, flow.dport, flow.sport)
        moved = there.dst != flow.dst or there.dport != flow.dport
        masked = there.src != flow.src
        by_vpn = out in self.servers
        home = self.out(flow.src)
        if device == LOCAL:
            home = LOCAL
        if not home:
            return None
        if by_vpn and not self.sent(
                out, there.dst, there.src,
                self.client(flow.src) if masked and not moved and
                device in self.servers else None):
            return None
        if home in self.servers:
            # nftables knows what is made here, with a client's address too
            nft = self.backend == "nftables"
            src = back.src if nft else there.dst
            if not self.received(home, src, back.dst,
                                 by_vpn or (nft and out == LOCAL)):
                return None
        return home, back
