# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands wrong is told each time, until its cause is gone. See inforce.sh.
"""
import json
import os
import re
import sys

from harness import Vpn, expect, main, scenario

SHUT = "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"
OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n"
BAD = "[CLIENTS DROP]\nbad line\n[SUBNETS ACCEPT]\n[END]\n"
JOHN = "10.8.0.2"


class World(Vpn):
    """A server.conf and a vpnpf.conf: john may do all, nick nothing."""

    def __init__(self, name="inforce"):
        super().__init__(name)
        self.restore()

    def restore(self, *names):
        files = {"policy/john.pf": OPEN, "policy/nick.pf": SHUT,
                 "ccd/john": f"ifconfig-push {JOHN} 255.255.255.0\n",
                 "ccd/nick": "ifconfig-push 10.8.0.3 255.255.255.0\n",
                 "rules.test": "# what must hold\n\nnick -> john drop\n",
                 "groups": "staff: john\n",
                 "server.conf": "dev tun0\ntopology subnet\n"
                                "server 10.8.0.0 255.255.255.0\n",
                 "vpnpf.conf": 'policy = "policy"\ngroups = "groups"\n'
                               'tests = { "rules.test" }\nopenvpn office {\n'
                               'server-conf = "server.conf"\nccd = "ccd"\n}\n'}
        for each, text in files.items():
            if not names or each in names:
                self.write(each, text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        if text is None:
            os.unlink(self.path(name))
            return
        with open(self.path(name), "w") as file:
            file.write(text)

    def command(self, *args):
        return [os.environ["VPNPF"], "-c", self.path("vpnpf.conf"),
                "--state-dir", self.state, "-b", self.backend, *args]

    def load(self):
        self.call("flush")
        self.restore()
        self.must("apply")

    def json(self, *command):
        done = self.call("--json", *command)
        return json.loads(done.stdout), done


def said(done):
    return f"{scenario.text(done.stdout)}{scenario.text(done.stderr)}"


def stands():
    """reconcile finds what stands each time, and nothing after its end."""
    world = World("stands")
    for what, name, text in (
            ("a bad file", "policy/john.pf", BAD),
            ("a closed one", "policy/nick.pf", BAD),
            ("client-to-client", "server.conf", "dev tun0\nclient-to-client\n"
             "topology subnet\nserver 10.8.0.0 255.255.255.0\n"),
            ("server-bad", "server.conf", "dev tun0\nserver 10.8.0.0\n")):
        world.load()
        world.write(name, text)
        world.call("apply")
        kind = "bad-file" if ".pf" in name else what
        for options in (["-q"], [], ["--check"], ["--deep"]):
            done = world.call(*options, "reconcile")
            expect(done.returncode == 1 and re.search(
                rb"(?m)^stands: \S*%s:2:1: .*\[%s\]$" % (
                    os.path.basename(name).encode(), kind.encode()),
                done.stdout), f"{what}: {options}: {said(done)}")
        found, done = world.json("reconcile")
        expect(found["result"] == "stands" and [
            (f["kind"], f["stands"]) for f in found["findings"]] ==
               [(kind, True)], f"{what}: {found}")
        world.restore(name)
        world.call("reconcile")
        done = world.call("reconcile")
        expect(done.returncode == 0 and done.stdout == b"in order\n",
               f"{what} stands no more: {said(done)}")
    return "what stands"


def test():
    parts = {f.__name__: f for f in (stands,)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
