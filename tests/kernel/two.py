# SPDX-License-Identifier: GPL-2.0-or-later
"""Two servers, test and lab, and their clients: for doubt.py and who.py."""
import os
import shutil
import sys

from harness import Probe, Vpn, expect, main, scenario

OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"
KILL = "[KILL]\n"
JOHN, BEN, WIDE = "10.8.0.2", "10.8.0.3", "10.8.0.4"


def only(name):
    return f"[CLIENTS DROP]\n+{name}\n[SUBNETS DROP]\n[END]\n"


class World(Vpn):
    """test and lab, two servers; john and ben may do all, anna is reached by
    john only, otto by ben only.  wide has a network."""

    def __init__(self, probe, more=""):
        super().__init__()
        self.probe = probe
        self.lab_ccd = os.path.join(self.folder, "lab")
        scenario.clear(self.lab_ccd)
        self.lab_ipp = self.put_ipp("", "lab.txt")
        self.options = (f'openvpn lab {{\ndev = "tun1"\ntopology = subnet\n'
                        f'ccd = "{self.lab_ccd}"\n'
                        f'ipp = "{self.lab_ipp}"\n}}\n{more}')
        for name in "john", "ben", "wide":
            self.put(name, OPEN)
        for name in "anna", "eve":
            self.put(name, only("john"))
        self.put("otto", only("ben"))
        self.address("john", JOHN, "fd00:8::2")
        self.address("ben", BEN, "fd00:8::3")
        self.address("wide", WIDE, more="iroute 10.9.0.0 255.255.0.0\n")
        self.must("flush")
        shutil.rmtree(self.state)
        os.mkdir(self.state)

    def ends(self, status, *args, **more):
        done = self.call(*args, **more)
        said = scenario.text(done.stdout + done.stderr)
        expect(done.returncode == status,
               f"{args} ended with {done.returncode}, not {status}:\n{said}")
        return said

    def hears(self, *args):
        """learn-address, which must succeed."""
        done = self.learn(*args)
        expect(done.returncode == 0,
               f"learn-address {args}: {scenario.text(done.stderr)}")

    def file(self, *path):
        return os.path.join(self.folder, *path)

    def write(self, text, *path):
        with open(self.file(*path), "w") as file:
            file.write(text)

    def passes(self, what, **pairs):
        """Each source_destination=VERDICT of names in self.at."""
        for pair, verdict in pairs.items():
            a, b = (self.at[each] for each in pair.split("_"))
            got = self.probe.ask([f"{a} {b} icmp"])[0]
            expect(got == verdict, f"{what}: {pair} is {got}")

    def goes_on(self, what):
        """john and ben, who have nothing to do with it."""
        self.passes(what, john_ben="ACCEPT", ben_john="ACCEPT")

    def nobodys(self, what):
        self.passes(what, john_x="DROP", x_john="DROP", ben_x="DROP",
                    x_ben="DROP", wide_x="DROP", x_wide="DROP", x_lan="DROP",
                    lan_x="DROP")
        self.goes_on(what)

def push(address):
    if ":" in address:
        return f"ifconfig-ipv6-push {address}/64\n"
    return f"ifconfig-push {address} 255.255.255.0\n"


# What makes it: the address x, how hooks name it, and the lines of files.


def run(parts):
    """Those that the arguments name, or all, with the packets of two servers."""
    def test():
        probe = Probe(nets=["10.8.0.0/24", "10.9.0.0/16", "fd00:8::/64"],
                      own=["10.8.0.1", "fd00:8::1"])
        done = [parts[part](probe) for part in sys.argv[1:] or parts]
        probe.close()
        return "; ".join(done)

    main(test)
