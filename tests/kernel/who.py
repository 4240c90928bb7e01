# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose an address is: two servers that claim one, networks behind clients who
are away, hooks of interfaces that the rules do not have, and of addresses that
are not their server's. See who.sh.
"""
import os
import random
import time

from harness import expect, scenario
from two import BEN, JOHN, OPEN, WIDE, World, only, push, run
from who_model import ADDRESSES, ASKED, CCD, DEVICE, IPP, LISTS, Model, net


class Servers(World):
    """anna at test and otto at lab, by hooks; an address of both."""

    def __init__(self, probe, address):
        super().__init__(probe)
        six = ":" in address
        self.at = {"john": "fd00:8::2" if six else JOHN,
                   "ben": "fd00:8::3" if six else BEN, "x": address,
                   "wide": "fd00:8::4" if six else WIDE,
                   "lan": "2001:db8::7" if six else "10.1.0.7"}
        if six:
            self.address("wide", WIDE, "fd00:8::4")
        self.ends(0, "apply")

    def says(self, dev, *args):
        done = self.learn(*args, dev=dev)
        said = scenario.text(done.stderr)
        expect(done.returncode == 0, f"learn-address {args}: {said}")
        return said

    def is_of(self, what, owner, server):
        said = self.call("explain", "john", self.at["x"])
        said = scenario.text(said.stdout)
        expect(f"{owner} has {self.at['x']}: live, {server}" in said,
               f"{what}: {said}")
        self.ends(0, "reconcile", "--check")


def both(vpn, what, address):
    """Both claim it."""
    vpn.says("tun0", "add", address, "anna")
    vpn.passes(f"{what}, anna has it", john_x="ACCEPT", ben_x="DROP")
    said = vpn.says("tun1", "add", address, "otto")
    expect('"otto" at "lab"' in said and '"anna" at "test"' in said and
           "nobody's" in said, f"{what}: the hook says {said}")
    expect(vpn.says("tun1", "add", address, "otto") == "",
           f"{what}: said twice")
    vpn.nobodys(what)


def is_said(vpn, what):
    for args in ("reconcile",), ("reconcile", "--check"), ("apply",), (
            "status",), ("doctor",):
        done = vpn.call(*args)
        said = scenario.text(done.stdout + done.stderr)
        expect('"otto" at "lab"' in said and '"anna" at "test"' in said,
               f"{what}: {args} says {said}")
        expect(done.returncode == 1,
               f"{what}: {args} ended with {done.returncode}")
        vpn.nobodys(f"{what}, after {args}")
    said = vpn.ends(0, "explain", vpn.at["john"], vpn.at["x"])
    expect("DROP\n" in said and "anna may have" in said and
           "otto may have" in said, f"{what}: explain says {said}")


def one_claim(probe, what, address):
    vpn = Servers(probe, address)
    both(vpn, what, address)
    is_said(vpn, what)
    # who is no client of both has no part in it
    vpn.says("tun0", "add", "10.8.0.50", "john")
    vpn.nobodys(f"{what}, after another hook")
    vpn.says("tun1", "delete", address)
    vpn.passes(f"{what}, lab's ends", john_x="ACCEPT", ben_x="DROP")
    vpn.is_of(what, "anna", "test")
    both(vpn, f"{what}, again", address)
    if ":" in address:
        vpn.says("tun0", "delete", address)
    else:
        done = vpn.hook("disconnect", "anna", address)
        expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.passes(f"{what}, anna leaves", john_x="DROP")
    vpn.is_of(what, "otto", "lab")
    vpn.says("tun0", "delete", address)
    vpn.is_of(f"{what}, after a late delete", "otto", "lab")
    # a third one at lab ends otto's claim only
    vpn.says("tun0", "add", address, "anna")
    vpn.says("tun1", "update", address, "eve")
    vpn.nobodys(f"{what}, eve at lab")
    vpn.says("tun1", "delete", address)    # the late one, of otto
    vpn.nobodys(f"{what}, eve still at lab")
    vpn.says("tun1", "delete", address)
    vpn.is_of(what, "anna", "test")
    # the same client has moved
    expect(vpn.says("tun1", "add", address, "anna") == "",
           f"{what}: a client who moves is said")
    vpn.is_of(f"{what}, moved", "anna", "lab")
    vpn.says("tun0", "delete", address)
    vpn.is_of(f"{what}, moved, deleted", "anna", "lab")


def servers(probe):
    for what, address in {"IPv4": "10.8.0.10", "IPv6": "fd00:8::10",
                          "inside another's network": "10.9.1.7"}.items():
        one_claim(probe, f"two servers, {what}", address)
    return "two servers"


def nested(probe):
    """Hosts that a hook names inside the network of a client who is away."""
    vpn = World(probe)
    vpn.put("ben", only("john"))
    vpn.address("anna", "10.8.0.10", more="iroute 10.9.1.0 255.255.255.0\n")
    vpn.address("ben", BEN, more="iroute 10.9.0.0 255.255.128.0\n")
    vpn.at = {"john": JOHN, "ben": BEN, "wide": WIDE, "host": "10.9.1.7",
              "other": "10.9.1.8", "beside": "10.9.2.7"}
    vpn.put("wide", only("ben"))        # ben reaches john, wide nobody
    vpn.put("otto", OPEN)               # and john, whom nobody may reach
    vpn.put("anna", OPEN)
    vpn.ends(0, "apply")
    vpn.hears("add", BEN, "ben")
    vpn.passes("nobody is there, by ccd", host_john="ACCEPT", host_wide="DROP")
    vpn.put("anna", only("otto"))
    vpn.ends(1, "reconcile")
    vpn.passes("by ccd anna's", host_john="DROP", other_john="DROP")
    vpn.hears("add", "10.9.0.0/17", "ben")
    vpn.passes("ben is there, and anna is away", host_john="ACCEPT",
               other_john="ACCEPT", beside_john="ACCEPT")
    vpn.hears("add", "10.9.1.7", "ben")
    vpn.passes("of ben's it is ben's", host_john="ACCEPT", other_john="ACCEPT")
    vpn.hears("add", "10.9.2.7", "ben")
    live = scenario.text(open(vpn.file("state", "live"), "rb").read())
    expect("10.9.2.7" not in live, f"what changes nothing is kept: {live}")
    # anna comes: OpenVPN gives the host to her with the first packet
    vpn.hears("add", "10.9.1.0/24", "anna")
    vpn.passes("anna is there", host_john="ACCEPT", other_john="DROP")
    vpn.hears("update", "10.9.1.7", "anna")
    vpn.passes("of anna's it is anna's", host_john="DROP", beside_john="ACCEPT")
    vpn.hears("add", "10.9.1.8", "anna")
    vpn.hears("delete", "10.9.1.7")     # the late one, of ben
    for args in ("apply",), ("--deep", "reconcile"):
        vpn.ends(0, *args)
    vpn.passes("and stays so", host_john="DROP", other_john="DROP")
    vpn.hears("update", "10.9.1.7", "ben")
    done = vpn.hook("disconnect", "ben", BEN)
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.passes("with ben go his hosts", host_john="DROP", beside_john="ACCEPT")
    live = scenario.text(open(vpn.file("state", "live"), "rb").read())
    expect("\tben\ttest" not in live, f"ben has left: {live}")
    return "nested networks"


def exits(probe):
    """An exit node has the world while it is there, and no longer."""
    for net, line in (("0.0.0.0/0", "iroute 0.0.0.0 0.0.0.0\n"),
                      ("0.0.0.0/1", "iroute 0.0.0.0 128.0.0.0\n"),
                      ("::/0", "iroute-ipv6 ::/0\n")):
        vpn = World(probe)
        six = ":" in net
        vpn.at = {"ben": "fd00:8::3" if six else BEN, "john":
                  "fd00:8::2" if six else JOHN,
                  "world": "2001:db8::7" if six else "10.1.0.7"}
        vpn.put("john", "[CLIENTS DROP]\n+anna\n[SUBNETS DROP]\n[END]\n")
        vpn.put("ben", "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n[END]\n")
        vpn.address("anna", "10.8.0.10", more=line)
        vpn.ends(0, "apply")
        vpn.hears("add", "10.8.0.10", "anna")
        vpn.passes(f"{net}: anna is away", john_world="DROP",
                   ben_world="ACCEPT", world_ben="ACCEPT", world_john="DROP")
        vpn.hears("add", net, "anna")
        vpn.passes(f"{net}: anna is there", john_world="ACCEPT",
                   ben_world="DROP", john_ben="DROP")
        vpn.hears("delete", net)
        vpn.passes(f"{net}: anna has left", john_world="DROP",
                   ben_world="ACCEPT")
    return "exit nodes"


def refused(vpn, what, done, *words):
    said = scenario.text(done.stderr)
    expect(done.returncode == 1 and all(word in said for word in words),
           f"{what}: {done.returncode}, {said}")


def interfaces(probe):
    """Hooks of interfaces that the rules do not have."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.10"}
    vpn.ends(0, "apply")
    what = "an interface of nobody"
    refused(vpn, what, vpn.hook("connect", "john", JOHN, dev="tun7"),
            "not known")
    refused(vpn, what, vpn.learn("add", "10.8.0.10", "anna", dev="tun7"),
            "not known")
    # who is told by its name cannot be on another's interface, or on nobody's
    for dev, word in {"tun1": "lab", "tun7": "nothing would filter"}.items():
        for hook in ("connect",), ("learn-address", "add", "10.8.0.10", "john"):
            done = vpn.call("--instance", "test", *hook, env={
                "dev": dev, "common_name": "john",
                "ifconfig_pool_remote_ip": JOHN})
            refused(vpn, f"{hook[0]} of test", done, dev, word)
    vpn.passes(what, john_x="DROP")
    # what ends is always heard
    vpn.hears("add", "10.8.0.10", "anna")
    vpn.passes("anna at test", john_x="ACCEPT")
    done = vpn.call("--instance", "test", "disconnect", env={
        "dev": "tun7", "common_name": "anna",
        "ifconfig_pool_remote_ip": "10.8.0.10"})
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.passes("anna has left", john_x="DROP")
    # the section was changed, the rules were not yet
    for hook in "learn", "connect":
        vpn.options = vpn.options.replace('dev = "tun1"', 'dev = "tun2"')
        if hook == "learn":
            done = vpn.learn("add", "10.8.0.10", "anna", dev="tun2")
        else:
            done = vpn.hook("connect", "anna", "10.8.0.10", dev="tun2")
        expect(done.returncode == 0, scenario.text(done.stderr))
        policy = scenario.text(open(vpn.file("state", "policy"), "rb").read())
        expect("\tlab\ttun2\t" in policy, f"not applied: {policy}")
        refused(vpn, "the interface of before",
                vpn.hook("connect", "anna", "10.8.0.10", dev="tun1"))
        vpn.options = vpn.options.replace('dev = "tun2"', 'dev = "tun1"')
        vpn.call("apply")
    # nobody knows which of the two calls
    done = vpn.call("learn-address", "add", "10.8.0.10", "anna", env={})
    refused(vpn, "no interface", done, "--instance")
    return "interfaces"


class Confined(World):
    """Servers with a server.conf, and an ipsec section."""

    CONF = """\
policy = "{0}/policy"
openvpn test {{ server-conf = "{0}/test.conf" }}
openvpn lab {{ server-conf = "{0}/lab.conf" }}
ipsec road {{ dev = "lan0" local = "192.0.2.1" networks = {{ "10.7.0.0/24" }} }}
"""

    def __init__(self, probe):
        super().__init__(probe)
        self.write("dev tun0\ntopology subnet\nclient-config-dir ccd\n"
                   "server 10.8.0.0 255.255.255.0\n"
                   "server-ipv6 fd00:8::/64\n", "test.conf")
        self.write("dev tun1\ntopology subnet\n"
                   "server 10.6.0.0 255.255.255.0\n", "lab.conf")
        self.address("anna", "10.5.0.9", "fd00:5::9",
                     "iroute 10.9.0.0 255.255.0.0\n"
                     "iroute-ipv6 fd00:9::/48\n")
        self.address("wide", WIDE, more="iroute 10.0.0.0 255.0.0.0\n")

    def write_conf(self):
        self.write(self.CONF.format(self.folder), "vpnpf.conf")
        return self.file("vpnpf.conf")

    def live(self):
        return scenario.text(open(self.file("state", "live"), "rb").read())


GIVEN = {"anna": ("10.8.0.77", "fd00:8::77", "10.5.0.9", "fd00:5::9",
                  "10.9.0.0/16", "10.9.3.4", "10.9.4.0/24", "fd00:9::/48",
                  "fd00:9::1"),
         "otto": ("10.8.0.78",),
         "wide": ("10.0.0.0/8", "10.44.0.1")}
NOT_GIVEN = {"otto": ("10.6.0.5", "10.7.0.9", "10.5.0.10", "10.5.0.9",
                      "10.9.0.0/16", "10.9.3.4", "0.0.0.0/0", "::/0",
                      "10.8.0.0/25", "10.0.0.0/8", "fd00:9::1", "fd00:7::1",
                      "00:11:22:33:44:55"),
             "anna": ("10.0.0.0/8", "fd00:9::/32"),
             "wide": ("10.6.0.5", "10.7.0.9", "10.6.0.0/24", "10.7.0.0/28")}


def confined(probe):
    """A hook gives what is its server's or the client's, and nothing else."""
    vpn = Confined(probe)
    vpn.at = {"john": JOHN, "ben": BEN}
    vpn.ends(0, "apply")
    for name, addresses in NOT_GIVEN.items():
        for address in addresses:
            refused(vpn, f"{address} for {name}",
                    vpn.learn("add", address, name), address)
            refused(vpn, f"{address} for {name}",
                    vpn.learn("update", address, name), address)
            vpn.hears("delete", address)
    expect("\na\t" not in vpn.live(), f"something is bound: {vpn.live()}")
    for name, addresses in GIVEN.items():
        for address in addresses:
            vpn.hears("add", address, name)
            # what a live network has need not be kept
            expect(f"\na\t{address}\t{name}\ttest\t" in vpn.live() or
                   address in ("10.9.3.4", "fd00:9::1", "10.44.0.1"),
                   f"{address} is not bound: {vpn.live()}")
    refused(vpn, "connect", vpn.hook("connect", "otto", "10.6.0.5"), "lab")
    refused(vpn, "connect", vpn.hook("connect", "otto", "10.7.0.9"), "road")
    done = vpn.hook("connect", "otto", "10.8.0.78")
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.passes("all goes on", john_ben="ACCEPT")
    return "confined"


def overlap(probe):
    """check and doctor foresee two servers with one network."""
    vpn = Confined(probe)
    said = vpn.ends(0, "check")
    expect("overlap" not in said, said)
    for line in ("server 10.8.0.0 255.255.255.0\n",
                 "server 10.8.0.128 255.255.255.128\n",
                 "server 10.6.0.0 255.255.255.0\nserver-ipv6 fd00:8::/64\n",
                 "ifconfig-pool 10.8.0.200 10.8.0.210\n"):
        vpn.write("dev tun1\ntopology subnet\n" + line, "lab.conf")
        said = vpn.ends(0, "check")
        expect('warning: the networks of "test" and of "lab" overlap' in said,
               f"{line}: {said}")
        said = vpn.ends(1, "doctor", "--offline")
        expect("networks-overlap" in said, f"{line}: {said}")
    return "overlap"


def pool(probe):
    """Lines of ipp.txt that OpenVPN passes over give nothing."""
    vpn = Confined(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.77"}
    with open(vpn.file("test.conf"), "a") as file:
        file.write("ifconfig-pool-persist ipp.txt\n")
    vpn.put("otto", OPEN)
    vpn.put_ipp("anna,10.8.0.77,\notto,10.9.5.5,\nben,172.16.12.4,\n"
                "eve,,fd00:9::7\n")
    said = vpn.ends(0, "apply")
    expect(said.count("lies outside of the pool") == 3, said)
    policy = scenario.text(open(vpn.file("state", "policy"), "rb").read())
    expect("\ta\t10.8.0.77\tanna\tipp\t" in policy.replace("\n", "\t") and
           "10.9.5.5" not in policy and "172.16.12.4" not in policy and
           "fd00:9::7" not in policy, policy)
    vpn.passes("a line of the pool", john_x="ACCEPT", ben_x="DROP")
    return "the pool"


MACS = """\
# vpnpf live 1
a\t02:00:00:00:00:01\tjohn\ttest\t1
a\t02:00:00:00:00:02\tanna\t-\t1
a\t02:00:00:00:00:03\totto\tgone\t1
n\tanna\t02:00:00:00:00:02
n\tjohn\t02:00:00:00:00:01
n\totto\t02:00:00:00:00:03
"""


def macs(probe):
    """Hardware addresses in the state of servers that have none."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.10"}
    vpn.write(MACS, "state", "live")
    for what in "apply", "reconcile", "hooks":
        if what != "hooks":
            vpn.ends(0, what)
        vpn.hears("add", "10.8.0.10", "anna")
        vpn.hears("add", JOHN, "john")
        vpn.passes(what, john_ben="ACCEPT", john_x="ACCEPT", ben_x="DROP")
        vpn.hears("delete", "10.8.0.10")
        refused(vpn, what, vpn.learn("add", "02:00:00:00:00:01", "john"),
                "tap")
        vpn.ends(0, "explain", JOHN, BEN)
        vpn.ends(0, "status")
    return "hardware addresses"


def gone(probe):
    """A section that is removed, and one that only gets another name."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.10"}
    vpn.ends(0, "apply")
    vpn.ends(0, "--instance", "lab", "learn-address", "add", "10.8.0.10",
             "anna", env={"dev": "tun1"})
    with_lab = vpn.options
    vpn.options = with_lab.replace("openvpn lab", "openvpn branch")
    said = vpn.ends(0, "apply")
    expect("no section" not in said, said)
    live = scenario.text(open(vpn.file("state", "live"), "rb").read())
    expect("\ta\t10.8.0.10\tanna\tbranch\t" in "\t" + live.replace("\n", "\t"),
           f"another name: {live}")
    vpn.options = ""
    for args in ("apply",), ("reconcile",), ("reconcile", "--check"):
        said = vpn.call(*args)
        said = scenario.text(said.stdout + said.stderr)
        expect('no section is called "branch"' in said, f"{args}: {said}")
        vpn.passes(f"removed, {args}", john_x="DROP", x_john="DROP",
                   john_ben="ACCEPT")
    said = vpn.ends(0, "explain", "anna", JOHN)
    expect("DROP\n" in said and 'no section is called "branch"' in said, said)
    said = scenario.text(vpn.call("status").stdout)
    expect('no section is called "branch"' in said, said)
    # who comes to the server that is left has it
    vpn.hears("add", "10.8.0.10", "otto")
    vpn.passes("otto has it", john_x="DROP", ben_x="ACCEPT")
    vpn.ends(0, "reconcile")
    return "a server is gone"


CLIENT = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\t" \
         "Virtual IPv6 Address\tBytes Received\tBytes Sent\t" \
         "Connected Since\tConnected Since (time_t)\tUsername\tClient ID\t" \
         "Peer ID\tData Channel Cipher\n"
ROUTE = "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\t" \
        "Last Ref\tLast Ref (time_t)\n"


class Offloaded(World):
    """A server whose packets the kernel forwards, as its status says, or the
    configuration."""

    def __init__(self, probe, *lines, **more):
        self.lines = lines
        self.now = int(time.time()) - 25
        super().__init__(probe, **more)
        self.at = {"john": JOHN, "ben": BEN, "wide": WIDE, "x": "10.8.0.10",
                   "lan": "10.1.0.7"}
        self.ends(0, "apply")
        self.hears("add", "10.8.0.10", "otto")
        self.is_ottos("who came first")
        self.address("anna", "10.8.0.10")
        self.ends(0, "apply")
        self.is_ottos("a line in ccd")

    def write_conf(self):
        path = super().write_conf()
        with open(path) as file:
            text = file.read()
        self.write(text.replace('dev = "tun0"', "\n".join(
            ['dev = "tun0"', *self.lines])), "vpnpf.conf")
        return path

    def is_ottos(self, what):
        self.passes(what, ben_x="ACCEPT", john_x="DROP", x_john="DROP")

    def is_annas(self, what):
        self.passes(what, john_x="ACCEPT", ben_x="DROP", x_ben="DROP")

    def disputed(self, what):
        self.says_all("update", "10.8.0.10", "anna")
        self.nobodys(what)

    def says_all(self, *args):
        done = self.learn(*args)
        said = scenario.text(done.stderr)
        expect(done.returncode == 0 and '"anna" at "test"' in said and
               '"otto" at "test"' in said and "nobody's" in said,
               f"{args}: {said}")

    def tells(self, clients, routes, version=3):
        """The status of 2.7: who is connected, with x, and who has it in the
        routing table.  Later than all that was before."""
        self.lines = *[line for line in self.lines if "status" not in line], \
            f'status = "{self.file("status")}"'
        while int(time.time()) < self.now + 1:
            time.sleep(0.05)
        self.now = now = int(time.time())
        day = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        if version == 1:
            lines = [f"OpenVPN CLIENT LIST\nUpdated,{day}\nCommon Name,Real "
                     "Address,Bytes Received,Bytes Sent,Connected Since\n"]
            lines += [f"{c},udp4:192.0.2.9:7,1,2,{day}\n" for c in clients]
            lines += ["ROUTING TABLE\nVirtual Address,Common Name,Real "
                      "Address,Last Ref\n"]
            lines += [f"10.8.0.10,{c},udp4:192.0.2.9:7,{day}\n"
                      for c in routes]
            lines += ["GLOBAL STATS\nMax bcast/mcast queue length,0\nEND\n"]
        else:
            lines = [f"TITLE\tOpenVPN 2.7.8\nTIME\t{day}\t{now}\n{CLIENT}"]
            lines += [f"CLIENT_LIST\t{c}\tudp4:192.0.2.9:7\t10.8.0.10\t\t1\t2\t"
                      f"{day}\t{now}\tUNDEF\t3\t0\tAES-256-GCM\n"
                      for c in clients]
            lines += [ROUTE]
            lines += [f"ROUTING_TABLE\t10.8.0.10\t{c}\tudp4:192.0.2.9:7\t{day}"
                      f"\t{now}\n" for c in routes]
            lines += ["GLOBAL_STATS\tMax bcast/mcast queue length\t0\n"
                      "GLOBAL_STATS\tdco_enabled\t1\nEND\n"]
        self.write("".join(lines), "status")


def refused_route(vpn):
    """anna's client is refused by the kernel, but the server tells hooks that
    she has the address of otto, who is there."""
    vpn.disputed("anna is refused")
    vpn.hears("update", "10.8.0.10", "anna")
    vpn.nobodys("anna is refused again")
    vpn.hears("add", "10.8.0.50", "john")
    vpn.nobodys("after another hook")
    for args in ("apply",), ("reconcile",), ("reconcile", "--check"):
        said = vpn.ends(1, *args)
        expect('"anna" at "test"' in said and '"otto" at "test"' in said, said)
        vpn.nobodys(f"{args}")
    vpn.hears("delete", "10.8.0.10")
    vpn.nobodys("of whom is not told")
    done = vpn.hook("disconnect", "anna", "10.8.0.10")
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.is_ottos("anna leaves")
    vpn.hears("update", "10.8.0.10", "otto")
    vpn.is_ottos("otto once more")
    vpn.disputed("anna again")
    done = vpn.hook("disconnect", "otto", "10.8.0.10")
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.is_annas("otto leaves")
    vpn.says_all("update", "10.8.0.10", "otto")
    vpn.nobodys("the other way round")


def told_route(vpn, version):
    """The same, as the server's status shows it."""
    what = f"status {version}, "
    vpn.tells(["otto", "anna"], ["anna"], version)
    vpn.ends(1, "reconcile")
    vpn.nobodys(what + "both are there")
    vpn.tells(["otto"], [] if version == 3 else ["otto"], version)
    vpn.ends(1, "reconcile")
    vpn.is_ottos(what + "otto is left, though ccd says anna")
    vpn.ends(0, "reconcile")
    vpn.tells(["otto", "anna"], ["anna"], version)
    vpn.ends(1, "reconcile")
    vpn.nobodys(what + "anna is back, and no hook says so")
    vpn.tells(["anna"], ["anna"], version)
    vpn.ends(1, "reconcile")
    vpn.is_annas(what + "anna is left")
    vpn.tells([], [], version)
    vpn.ends(0, "reconcile")
    vpn.is_annas(what + "by ccd")


def dco(probe):
    """With data channel offload nobody takes an address from whom has it."""
    refused_route(Offloaded(probe, "dco = yes"))
    for version in 3, 1:
        vpn = Offloaded(probe, "dco = yes")
        vpn.disputed(f"status {version}")
        told_route(vpn, version)
    # only the status tells
    vpn = Offloaded(probe)
    vpn.tells(["otto", "anna"], ["anna"])
    vpn.ends(1, "reconcile")
    vpn.nobodys("by the status alone")
    # in user space OpenVPN gives the address to the newcomer
    for lines in (), ("dco = no",):
        vpn = Offloaded(probe, *lines)
        vpn.hears("update", "10.8.0.10", "anna")
        vpn.is_annas(f"{lines}")
    # a dispute ends with the offload
    vpn = Offloaded(probe, "dco = yes")
    vpn.disputed("before")
    vpn.lines = "dco = no",
    vpn.hears("update", "10.8.0.10", "otto")
    vpn.is_ottos("a dispute of before")
    return "data channel offload"


def dco_check(probe):
    """check refuses a fixed address in the pool of such a server."""
    vpn = Confined(probe)
    plain, text = vpn.CONF, open(vpn.file("test.conf")).read()
    vpn.address("anna", "10.8.0.9")
    for line, conf, status in (("", "", 0), ("", "dco = yes", 1),
                               ("", "dco = no", 0),
                               ("disable-dco\n", "", 0),
                               ("disable-dco\n", "dco = yes", 1)):
        vpn.write(text + line, "test.conf")
        vpn.CONF = plain.replace('test.conf"', f'test.conf" {conf}')
        said = vpn.ends(status, "check")
        expect("lies in the pool" in said and
               (status == 1) == ("data channel offload" in said), said)
    vpn.CONF = plain
    vpn.write(text + "client-to-client\n", "test.conf")
    vpn.CONF = plain.replace('test.conf"', 'test.conf" dco = yes')
    vpn.call("apply")
    refused(vpn, "client-to-client", vpn.hook("connect", "john", JOHN),
            "client-to-client")
    return "check"


ASTRAY = """\
# vpnpf live 1
a\t10.8.0.10\tanna\t-\t1
a\t10.9.1.0/24\tanna\t-\t1
a\t10.9.2.7\totto\t-\t1
n\tanna\t10.8.0.10
n\tanna\t10.9.1.0/24
n\totto\t10.9.2.7
"""


def astray(probe):
    """Addresses in the state of which nobody knows the server."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "wide": WIDE, "x": "10.8.0.10",
              "net": "10.9.1.7", "host": "10.9.2.7", "lan": "10.1.0.7"}
    vpn.put_ipp("eve,10.8.0.10,\n")
    vpn.write(ASTRAY, "state", "live")
    for args in ("apply",), ("reconcile",), ("reconcile", "--check"):
        said = vpn.ends(1, *args)
        for address in "10.8.0.10", "10.9.1.0/24", "10.9.2.7":
            expect(f"which server has given {address} " in said,
                   f"{args}: {said}")
        vpn.nobodys(f"{args}")
        vpn.passes(f"{args}, in wide's", john_net="DROP", net_john="DROP",
                   john_host="DROP", host_john="DROP", lan_host="DROP")
    said = vpn.ends(0, "explain", JOHN, "10.9.1.7")
    expect("DROP\n" in said and "which server has given 10.9.1.0/24" in said,
           said)
    # a hook of a server knows it; another client's changes nothing
    vpn.hears("add", "10.8.0.50", "john")
    vpn.nobodys("after another hook")
    vpn.hears("add", "10.8.0.10", "anna")
    vpn.passes("anna at test", john_x="ACCEPT", ben_x="DROP", john_net="DROP")
    vpn.hears("add", "10.9.2.7", "wide")
    vpn.passes("wide's", john_host="ACCEPT", ben_host="ACCEPT")
    vpn.hears("delete", "10.9.1.0/24")
    vpn.passes("wide's again", john_net="ACCEPT", ben_net="ACCEPT")
    vpn.ends(0, "reconcile")
    return "unknown servers"


class Chance(Confined):
    """Two servers with one network, and an ipsec section."""

    def __init__(self, probe):
        super().__init__(probe)
        self.write("dev tun0\ntopology subnet\nclient-config-dir ccd\n"
                   "ifconfig-pool-persist ipp.txt\n"
                   "server 10.8.0.0 255.255.255.0\n", "test.conf")
        self.write("dev tun1\ntopology subnet\nmode server\ntls-server\n"
                   "ifconfig 10.8.0.126 255.255.255.128\n"
                   "ifconfig-pool 10.8.0.2 10.8.0.125\n", "lab.conf")
        for name, (own, *nets) in CCD.items():
            self.address(name, own, more="".join(
                f"iroute {net(n).network_address} {net(n).netmask}\n"
                for n in nets))
        self.put_ipp("".join(f"{n},{a},\n" for a, n in IPP.items()))
        self.ends(0, "apply")

    def asks(self, model, dice, what):
        pairs = [(a, b) for a in ASKED for b in ASKED
                 if a != b and model.owner(a) != model.owner(b)]
        pairs = dice.sample(pairs, 20)
        got = self.probe.ask([f"{a} {b} icmp" for a, b in pairs])
        for (a, b), verdict in zip(pairs, got):
            want = "ACCEPT" if model.passes(a, b) else "DROP"
            expect(verdict == want,
                   f"{what}: {a} ({model.owner(a)}) to {b} "
                   f"({model.owner(b)}) is {verdict}: {model.live}")


def one_step(vpn, model, dice):
    """A hook of one of the servers; its words."""
    server, name = dice.choice(["test", "lab"]), dice.choice(sorted(LISTS))
    op = dice.choice(["add", "add", "update", "update", "delete",
                      "disconnect"])
    held = [a for a, s in model.live if s == server] or ADDRESSES
    address = dice.choice(held if op in ("delete", "disconnect") and
                          dice.random() < 0.8 else ADDRESSES)
    what = f"{server} {op} {address} {name}"
    if op == "disconnect":
        if ":" in address or "/" in address:
            address = JOHN
        done = vpn.hook("disconnect", name, address, dev=DEVICE[server])
        model.disconnect(server, name, address)
        good = True
    else:
        done = vpn.learn(op, address, *([name] if op != "delete" else []),
                         dev=DEVICE[server])
        good = model.learn(server, op, address, name)
    said = scenario.text(done.stderr)
    expect(done.returncode == (0 if good else 1),
           f"{what}: ended with {done.returncode}: {said}: {model.live}")
    return what


def chance(probe):
    """Hooks of two servers at random, and a model of whose addresses are."""
    seed = int(os.environ.get("WHO_SEED", random.SystemRandom().randrange(
        1 << 30)))
    steps = int(os.environ.get("WHO_STEPS", 240))
    dice, vpn, model = random.Random(seed), Chance(probe), Model()
    done = []
    for step in range(steps):
        done.append(one_step(vpn, model, dice))
        what = f"seed {seed}, step {step}: {done[-6:]}"
        if step % 6 == 5:
            vpn.asks(model, dice, what)
        if step % 40 == 39:
            vpn.call(*dice.choice([("apply",), ("reconcile",),
                                   ("--deep", "reconcile")]))
            vpn.asks(model, dice, what + ", all read again")
        if step % 80 == 79:
            os.unlink(vpn.file("state", "live"))
            vpn.call(*dice.choice([("apply",), ("reconcile",)]))
            vpn.asks(model, dice, what + ", bindings lost")
            vpn.must("flush")
            scenario.clear(vpn.state)
            model = Model()
            vpn.ends(0, "apply")
    return f"{steps} random hooks"


PARTS = {"astray": astray, "dco": dco, "dco_check": dco_check,
         "servers": servers, "gone": gone, "nested": nested, "exits": exits,
         "interfaces": interfaces, "confined": confined, "overlap": overlap,
         "pool": pool, "macs": macs, "chance": chance}

run(PARTS)
