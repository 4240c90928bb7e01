# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packet is judged, and whose it is: by what is seen in the tunnel.

Two servers, office on tun0 and lab on tun1, share 10.8.0.0/24. The host's own
rules publish ports, redirect DNS and masquerade. A packet is written to one of
the devices, and comes out of one, or at a socket of the host, or nowhere. Where
iptables cannot do what nftables does, a claim says what it does instead. See
tunnel.sh.
"""
import fcntl
import os
import select
import socket
import struct

from harness import BACKEND, VPNPF, WORK, call, expect, main, must, scenario

IPT = BACKEND == "iptables-legacy"
TUNSETIFF, TUN, NO_PI = 0x400454ca, 1, 0x1000
PUBLIC, MARK = "203.0.113.1", b"packet "
JOHN, NICK, EVE = "10.8.0.2", "10.8.0.3", "10.8.0.4"
MAX, BOB = "10.8.0.130", "10.8.0.131"
SHOP, LAB, NET = "10.0.4.7", "10.0.5.7", "198.51.100.9"
FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+10.0.4.0/24\n"
            f"+{PUBLIC}\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n[SUBNETS DROP]\n+10.0.4.0/24\n[END]\n",
    "eve": "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.8.0.1\n[END]\n",
    "max": "[CLIENTS ACCEPT]\n-john\n[SUBNETS ACCEPT]\n-10.0.5.0/24\n[END]\n",
    "bob": "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n",
}
SERVERS = {"office": ("tun0", {"john": JOHN, "nick": NICK, "eve": EVE}),
           "lab": ("tun1", {"max": MAX, "bob": BOB})}


class Host:
    """The devices, and a socket for what the host itself gets."""

    def __init__(self):
        self.fds = {}
        for name in "tun0", "tun1", "lan0":
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(),
                                                   TUN | NO_PI))
            self.fds[fd] = name
        for port in 53, 5353:
            own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            own.setblocking(False)
            own.bind(("", port))
            self.fds[own.detach()] = "host"
        self.number = 0

    def write(self, device, src, dst, ports):
        self.number += 1
        data = MARK + b"%d." % self.number
        udp = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64,
                           17, 0, socket.inet_aton(src), socket.inet_aton(dst))
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:]
        fd = next(fd for fd, name in self.fds.items() if name == device)
        os.write(fd, head + udp)
        return data

    def send(self, device, src, dst, sport=None, dport=4001):
        """(where it came out, source, source port), or None. Each packet
        without a source port begins a flow. The packet of a stranger to a
        stranger, which comes out for certain, ends the wait."""
        data = self.write(device, src, dst,
                          (sport or 20000 + self.number, dport))
        last = self.write("lan0", NET, "198.51.100.77", (1, 2))
        found, ended = None, False
        while not ended:
            ready = select.select(list(self.fds), [], [], 10)[0]
            expect(ready, "not even a stranger's packet comes out")
            for fd in ready:
                got = os.read(fd, 2048)
                if data in got:
                    found = (self.fds[fd], socket.inet_ntoa(got[12:16])
                             if self.fds[fd] != "host" else "",
                             int.from_bytes(got[20:22], "big"))
                ended = ended or last in got
        return found


class Claims:
    def __init__(self):
        self.host = Host()
        self.n, self.wrong = 0, []

    def goes(self, what, where, *packet, **ports):
        """PACKET (device, source, destination) comes out of WHERE; None: of
        nowhere. Returns what came out."""
        got = self.host.send(*packet, **ports)
        self.n += 1
        if (got and got[0]) != where:
            self.wrong.append(f"{what}: {packet} {ports or ''} came out at "
                              f"{got}, not {where}")
        return got


def nat(*rules):
    """The host's own rules: (chain, match and target of iptables)."""
    for rule in rules:
        must("iptables-legacy", "-t", "nat", "-A", *rule.split())


def no_nat():
    must("iptables-legacy", "-t", "nat", "-F")


def apply(options=""):
    lines = f'policy = "{WORK}/policy"\nstate-dir = "{WORK}/state"\n{options}'
    for server, (device, clients) in SERVERS.items():
        lines += (f'openvpn {server} {{\ndev = "{device}"\ntopology = subnet\n'
                  f'ccd = "{WORK}/{server}"\n}}\n')
        for name, address in clients.items():
            scenario.put(os.path.join(WORK, server), name.encode(),
                         f"ifconfig-push {address} 255.255.255.128\n".encode())
    path = os.path.join(WORK, "vpnpf.conf")
    with open(path, "w") as file:
        file.write(lines)
    must(VPNPF, "-q", "-c", path, "-b", BACKEND, "apply")


def plain(claims, where, lies=None):
    """No translation: pairs, networks, the interface, and lies. LIES: of
    where forged packets to who accepts all come out."""
    for what, out, *packet in (
            ("a pair", "tun0", "tun0", JOHN, NICK),
            ("no pair", None, "tun0", JOHN, EVE),
            ("one side only", None, "tun0", JOHN, BOB),
            ("the other side", None, "tun1", BOB, JOHN),
            ("both accept", "tun1", "tun1", BOB, MAX),
            ("not john", None, "tun1", MAX, JOHN),
            ("a network", "lan0", "tun0", JOHN, SHOP),
            ("no network", None, "tun0", JOHN, LAB),
            ("from a network", "tun0", "lan0", SHOP, JOHN),
            ("from no network", None, "lan0", LAB, JOHN),
            ("at another server", None, "tun1", JOHN, SHOP),
            ("at another server", None, "tun0", BOB, SHOP),
            ("at another server", None, "tun0", BOB, MAX),
            ("nobody", None, "tun0", "10.8.0.9", SHOP),
            ("to nobody", None, "lan0", SHOP, "10.8.0.9"),
            ("client to nobody", None, "tun1", BOB, "10.8.0.9"),
            ("forged, as a pair", None, "lan0", NICK, JOHN),
            ("forged, to who accepts", lies, "lan0", MAX, BOB),
            ("forged, to another server", lies, "lan0", JOHN, BOB),
            ("forged, no client's business", "lan0", "lan0", NICK, NET),
            ("strangers", "lan0", "lan0", SHOP, NET)):
        claims.goes(f"{where}: {what}", out, *packet)
    claims.goes(f"{where}: forged, to the host", "host", "lan0", NICK, PUBLIC,
                dport=53)
    must("ip", "route", "add", f"{JOHN}/32", "dev", "tun1")
    claims.goes(f"{where}: routed to another server", None, "lan0", SHOP, JOHN)
    claims.goes(f"{where}: a pair, routed to another server", None, "tun0",
                NICK, JOHN)
    must("ip", "route", "del", f"{JOHN}/32", "dev", "tun1")


def published(claims):
    """DNAT and REDIRECT: judged before, on the way from a client."""
    for port, target in ((8080, SHOP), (8081, LAB), (8082, JOHN), (8083, MAX)):
        nat(f"PREROUTING -d {PUBLIC} -p udp --dport {port} -j DNAT "
            f"--to-destination {target}:80")
    nat("PREROUTING -p udp --dport 53 -j REDIRECT --to-ports 5353")
    apply()
    plain(claims, "published")
    for what, out, device, src, dst, port in (
            ("may reach us", "lan0", "tun0", JOHN, PUBLIC, 8080),
            ("may reach the shop, not us", None, "tun0", NICK, PUBLIC, 8080),
            ("may not reach the lab, but us", "lan0", "tun1", MAX, PUBLIC,
             8081),
            ("any DNS server", None, "tun0", EVE, NET, 53),
            ("our DNS server", "host", "tun0", EVE, "10.8.0.1", 53),
            ("john's port, from the shop", "tun0", "lan0", SHOP, PUBLIC, 8082),
            ("john's port, from the lab", None, "lan0", LAB, PUBLIC, 8082),
            ("john's port, from a client", None, "tun1", BOB, PUBLIC, 8082),
            ("max' port, from a client", "tun1", "tun0", JOHN, PUBLIC, 8083),
            ("max' port, not us", None, "tun0", NICK, PUBLIC, 8083)):
        claims.goes(f"published: {what}", out, device, src, dst, dport=port)
    no_nat()


def masquerade(claims):
    """Without "-o": CLIENTS decide, as without it."""
    nat("POSTROUTING -s 10.8.0.0/24 -j MASQUERADE")
    apply()
    # with nftables a forged source that the host translates is the host's
    plain(claims, "masquerade", None if IPT else "tun1")
    got = claims.goes("masquerade: asked", "tun0", "tun0", JOHN, NICK)
    expect(got and got[1] == "10.8.0.1", f"not masqueraded: {got}")
    claims.goes("masquerade: an answer", "tun0", "tun0", NICK, "10.8.0.1",
                sport=4001, dport=got[2])
    claims.goes("masquerade: no answer", None, "tun0", NICK, "10.8.0.1",
                sport=4001, dport=4999)
    no_nat()


def towards(claims):
    """SNAT into the VPN: iptables stands before it. In the tunnel the packet
    comes from 10.8.0.1, which eve lists and john does not."""
    nat("POSTROUTING -o tun0 -s 10.0.0.0/8 ! -d 10.0.0.0/24 -j MASQUERADE")
    apply()
    claims.goes("towards: the shop to john", "tun0" if IPT else None, "lan0",
                SHOP, JOHN)
    claims.goes("towards: the shop to eve", None if IPT else "tun0", "lan0",
                SHOP, EVE)
    claims.goes("towards: the lab to john", None, "lan0", LAB, JOHN)
    no_nat()


def test():
    done = call("iptables-legacy", "-t", "nat", "-S")
    if done.returncode:
        print("skipped: no iptables-legacy for the host's own rules")
        raise SystemExit(77)
    for folder in "policy", "state", *SERVERS:
        os.mkdir(os.path.join(WORK, folder))
    scenario.put_policy(os.path.join(WORK, "policy"), FILES)
    claims = Claims()
    tables = ["", "iptables-final-accept = yes\n"]
    if IPT:
        tables += ["iptables-table = filter\n", "iptables-table = security\n"]
    for options in tables:
        apply(options)
        plain(claims, options.strip() or "plain")
    published(claims)
    masquerade(claims)
    towards(claims)
    expect(not claims.wrong, "\n".join(claims.wrong))
    return f"{claims.n} packets are judged as in the tunnel"


if __name__ == "__main__":
    main(test)
