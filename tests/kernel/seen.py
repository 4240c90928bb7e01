# SPDX-License-Identifier: GPL-2.0-or-later
"""reconcile sees every file that was read, as it was read, and what could not be
read.

There are so many clients that it reads none of it without need. See seen.sh.
"""
import json
import os
import re
import sys
import time

from harness import Vpn, call, expect, main, must, scenario
from rules import RULES

MANY = 900              # more than are looked at in one call
CLOCK_REALTIME_COARSE = 5       # by which files get their times
OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"
SHUT = "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"
FILLERS = [(f"filler-{n:03d}", f"10.9.{n // 250}.{n % 250 + 1}")
           for n in range(MANY)]


def write(path, text):
    """In place."""
    with open(path, "w") as file:
        file.write(text)
    return path


def settle():
    """Until what is changed from now on has a later time."""
    now = time.clock_gettime(time.CLOCK_REALTIME)
    while time.clock_gettime(CLOCK_REALTIME_COARSE) <= now:
        time.sleep(0.001)


class World(Vpn):
    """A server.conf, and a file of each kind that may be read."""

    def __init__(self, name):
        super().__init__(name)
        RULES.forget()      # the rules of another world
        for name, address in FILLERS:
            self.write("policy", f"{name}.pf", SHUT)
            self.write("ccd", name, f"ifconfig-push {address} 255.255.0.0\n")
        self.write("policy", "DEFAULT.pf", OPEN)
        self.write("policy", "john.pf", OPEN)
        self.write("policy", "group.pf", "[CLIENTS DROP]\n+@staff\n[END]\n"
                   .replace("[END]", "[SUBNETS DROP]\n[END]"))
        self.write("ccd", "john", "ifconfig-push 10.8.0.2 255.255.255.0\n")
        self.write("ccd", "nick", f"config {self.path('more')}\n")
        self.write("ccd", "away", "disable\n")
        self.write("more", "ifconfig-push 10.8.0.3 255.255.255.0\n")
        self.write("groups", "staff: john\n")
        self.write("expect", "john -> 10.0.4.7 tcp/22 accept\n")
        self.write("server.conf", f"config {self.path('lines.conf')}\n"
                   "dev tun0\ntopology subnet\n")
        self.write("lines.conf", "server 10.8.0.0 255.255.0.0\n")
        self.write("ipp.txt", "")
        self.write("vpnpf.conf", self.conf())

    def conf(self, more=""):
        return ('policy = "policy"\ngroups = "groups"\ntests = { "expect" }\n'
                'default-policy = yes\nopenvpn office {\n'
                'config = "server.conf"\n'
                f'ccd = "ccd"\nipp = "ipp.txt"\n{more}}}\n')

    def connected(self, routes, when):
        """What the server says, as of WHEN."""
        self.write(
            "status", f"TITLE\tOpenVPN\nTIME\tthen\t{when}\n"
            "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\n" +
            "".join(f"CLIENT_LIST\t{name}\t192.0.2.9:1194\n"
                    for name, _ in routes) +
            "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\n" +
            "".join(f"ROUTING_TABLE\t{address}\t{name}\n"
                    for name, address in routes) + "END\n")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, *names_and_text):
        return write(self.path(*names_and_text[:-1]), names_and_text[-1])

    def command(self, *args):
        return [os.environ["VPNPF"], "-c", self.path("vpnpf.conf"),
                "--state-dir", self.state, "-b", self.backend, *args]

    def reconcile(self, what, *options):
        """The kinds that it finds."""
        done = self.call("--json", "reconcile", *options)
        found = json.loads(done.stdout)["findings"]
        expect(done.returncode == any(not each.get("minor") for each in found),
               f"{what}: reconcile ended with {done.returncode}: "
               f"{scenario.text(done.stdout)}{scenario.text(done.stderr)}")
        return {each["kind"] for each in found}

    def in_order(self, what, *options):
        found = self.reconcile(what, *options)
        expect(not found, f"{what}: {found}")

    def load(self):
        """All is read, and nothing is to be read again."""
        settle()
        self.must("apply")
        self.reconcile("load")  # binds whom the server names
        expect(not self.is_read(), "it reads all when nothing is changed")
        self.in_order("at first")

    def is_read(self, what="filler-"):
        """Does reconcile read all files, or WHAT?"""
        trace = self.path("trace")
        done = call("strace", "-f", "-o", trace, "-e", "trace=openat",
                    *self.command("reconcile"), env=TRACED)
        expect(done.returncode in (0, 1), scenario.text(done.stderr))
        with open(trace) as file:
            return what in file.read()

    def sees(self, what, kind):
        """It finds that, and then nothing more."""
        found = self.reconcile(what)
        expect(kind in found, f"{what}: found {found}, not {kind}")
        self.in_order(f"{what}, then", "--deep")


TRACED = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def fails(world, error, path, call_name, *command):
    """COMMAND, to which one system call on PATH fails."""
    return call("strace", "-f", "-o", "/dev/null", "-P", path, "-e",
                f"trace={call_name}", "-e",
                f"inject={call_name}:error={error}:when=1",
                *world.command(*command), env=TRACED)


def in_place():
    """Files that all clients share, or that only a file names."""
    world = World("place")
    world.must("apply")
    learn(world, "10.8.0.50", "guest")      # has DEFAULT.pf
    changes = (
        ("DEFAULT.pf", ("policy", "DEFAULT.pf", SHUT), "policy-changed"),
        ("an include of ccd", ("more", "ifconfig-push 10.8.0.9 255.255.0.0\n"),
         "address-changed"),
        ("ccd of who is disabled", ("ccd", "away", "ifconfig-push 10.8.0.20 "
         "255.255.255.0\n"), "address-changed"),
        ("groups", ("groups", "staff: john nick\n"), "policy-changed"),
        ("ipp.txt", ("ipp.txt", "john,10.8.0.77\n"), "address-changed"),
        ("an include of server.conf", ("lines.conf", "server 10.8.0.0 "
         "255.255.0.0\nifconfig-pool-persist /nothing\ndev tun7\n"), ""),
        ("vpnpf.conf", ("vpnpf.conf", world.conf().replace(
            '"ccd"\n', '"ccd"\ndev = "tun*"\n')), "interface-changed"),
    )
    for what, change, kind in changes:
        world.load()
        world.write(*change)
        if kind:
            world.sees(what, kind)
        else:
            expect(world.is_read(), f"{what} is not seen")
    world.load()
    world.write("expect", "john -> 10.0.4.7 tcp/22 drop\n")
    done = world.call("reconcile")
    expect(done.returncode and b"is not loaded" in done.stderr,
           f"tests that fail now: {scenario.text(done.stdout)}")
    return f"{len(changes) + 1} files changed in place"


def learn(world, address, name):
    done = world.learn("add", address, name)
    expect(done.returncode == 0, scenario.text(done.stderr))


def of_clients():
    """Files of single clients: new, gone, replaced, and changed in place."""
    world = World("clients")
    aside = world.write("aside", OPEN)
    world.load()
    os.rename(aside, world.path("policy", "new.pf"))
    world.sees("a new file", "policy-added")
    world.load()
    os.unlink(world.path("policy", "new.pf"))
    world.sees("a file that is gone", "policy-gone")
    aside = world.write("aside", OPEN)
    world.load()
    os.rename(aside, world.path("policy", "filler-007.pf"))
    world.sees("a file that is replaced", "policy-changed")
    world.load()
    os.unlink(world.path("ccd", "filler-008"))
    world.sees("a ccd file that is gone", "address-changed")
    for name in ("policy/filler-000.pf", "policy/filler-899.pf",
                 "policy/john.pf"):
        world.load()
        world.write(name, SHUT.replace("[CLIENTS DROP]", "[CLIENTS ACCEPT]"))
        if "john" in name:
            world.write("expect", "")
        calls = next((n for n in range(4) if world.call(
            "reconcile").returncode), None)
        expect(calls is not None, f"{name} changed in place is never seen")
        world.in_order(f"{name}, then", "--deep")
    world.load()
    world.write("policy", "filler-450.pf", OPEN)
    found = [world.call("--check", "reconcile").returncode for _ in range(6)]
    expect(1 in found and 0 not in found[found.index(1):],
           f"what is found is not found again: {found}")
    return "clients' files"


def linked():
    """What a link led to stays as it was; the link leads elsewhere."""
    world = World("links")
    for name in ("policy", "ccd"):
        must("cp", "-a", world.path(name), world.path(f"{name}.1"))
        must("cp", "-a", world.path(name), world.path(f"{name}.2"))
    world.write("policy.2", "nick.pf", SHUT)
    world.write("ccd.2", "nick", "ifconfig-push 10.8.0.44 255.255.255.0\n")
    scenario.clear(world.path("one"))
    scenario.clear(world.path("two"))
    world.write("one", "max.pf", OPEN)
    world.write("two", "max.pf", SHUT)
    os.symlink("one", world.path("current"))
    for name in ("policy", "ccd"):
        must("rm", "-r", world.path(name))
        os.symlink(f"{name}.1", world.path(name))
    for name in ("policy.1", "policy.2"):
        os.symlink("../current/max.pf", world.path(name, "max.pf"))

    def switch(name, to):
        os.symlink(to, world.path("link"))
        os.rename(world.path("link"), world.path(name))

    for what, name, to, kind in (
            ("a client's file", "current", "two", "policy-changed"),
            ("the folder of policies", "policy", "policy.2", "policy-changed"),
            ("ccd", "ccd", "ccd.2", "address-changed")):
        world.load()
        switch(name, to)
        world.sees(f"{what} by a link", kind)
    return "links"


def connected():
    """All of them are, and nobody's file is read for that."""
    world = World("connected")
    world.write("vpnpf.conf", world.conf('status = "status"\n'))
    world.connected(FILLERS, int(time.time()))
    world.load()

    def status_is_read(what, wanted):
        settle()
        expect(world.is_read("/status") == wanted,
               f"{what}: is the status file read? {not wanted}")

    status_is_read("nothing is changed", False)
    world.connected(FILLERS, int(time.time()))
    status_is_read("the server has written it", True)
    status_is_read("... and nothing else", False)
    expect(world.learn("add", "10.8.0.9", "max").returncode == 0, "a hook")
    status_is_read("a hook has spoken", True)
    world.connected(FILLERS[1:], int(time.time()) + 1)
    world.sees("who has gone", "binding-gone")
    # Too old in a second; nothing else changes.
    age = 2 * 60 + 30 - 1
    world.connected([], int(time.time()) - age)
    world.in_order("a status of long ago")
    end = time.monotonic() + 10
    while b"too old" not in world.call("reconcile").stderr:
        expect(time.monotonic() < end, "a status grows no older")
        time.sleep(0.1)
    return f"{MANY} connected"


def clock():
    """The clock was two hours ahead when all was read, and is right now."""
    world = World("clock")
    world.load()
    table = os.path.join(world.state, "policy")
    with open(table, "rb") as file:
        text = file.read()
    ahead = 2 * 3600 * 10**9
    text = re.sub(rb" (read|boot)=([0-9a-f]{16})", lambda found: b" %s=%016x" % (
        found[1], int(found[2], 16) + ahead), text, count=2)
    with open(table, "wb") as file:
        file.write(text)
    world.write("policy", "filler-007.pf", OPEN)
    world.sees("a clock set back", "policy-changed")
    # as above, but meanwhile it has gone as far
    world.load()
    with open(table, "rb") as file:
        text = file.read()
    text = re.sub(rb" boot=([0-9a-f]{16})", lambda found: b" boot=%016x" % (
        int(found[1], 16) + ahead), text, count=1)
    with open(table, "wb") as file:
        file.write(text)
    expect(world.is_read(), "a clock set back long ago")
    return "a clock set back"


def loaded(world, address):
    """Who has ADDRESS by the rules in force."""
    text = RULES.listing()
    found = re.search(rf"(?m)\b{re.escape(address)}(?:/32)?\b[^\n,]*?"
                      r"(?:comment \"|-g VPo-)([\w-]+)", text)
    return found and found[1]


def unread():
    """What could not be read once is read by the next call, and until then all
    stays as it was."""
    world = World("unread")
    world.write("ipp.txt", "max,10.8.0.2\nmax,10.8.0.3\n")
    world.write("policy", "max.pf", SHUT)
    cases = (
        ("a .pf file", ("policy", "john.pf"), True),
        ("a ccd file", ("ccd", "john"), False),
        ("an include", ("more",), False),
    )
    for what, names, changes in cases:
        path = world.path(*names)
        for error, call_name, where in (
                ("EIO", "read", path),
                ("EMFILE", "openat", path if what == "an include"
                 else names[-1])):
            world.write("policy", "john.pf", OPEN)
            world.write("expect", "")
            world.load()
            before = RULES.plain(RULES.listing())
            expect(loaded(world, "10.8.0.2") == "john" and
                   loaded(world, "10.8.0.3") == "nick", "at first")
            if changes:
                world.write(*names, SHUT)
            done = fails(world, error, where, call_name, "apply")
            expect(done.returncode == 1 and b"cannot read" in done.stderr,
                   f"{what}, {error}: apply ended with {done.returncode}: "
                   f"{scenario.text(done.stderr)}")
            expect(RULES.plain(RULES.listing()) == before,
                   f"{what}, {error}: the rules are others")
            expect(world.is_read(), f"{what}, {error}: not read again")
            expect((RULES.plain(RULES.listing()) != before) == changes,
                   f"{what}, {error}: and then?")
            world.in_order(f"{what}, {error}: at last", "--deep")
    return f"{2 * len(cases)} read errors"


def hook_unread():
    """Who is closed as a hook could not read a file is opened by reconcile."""
    world = World("hook")
    world.write("vpnpf.conf", world.conf() + 'ipsec road {\ndev = "lan0"\n'
                'local = "192.0.2.1"\nnetworks = { "10.0.2.0/24" }\n}\n')
    world.load()
    env = ["PLUTO_VERB=up-client", "PLUTO_XAUTH_ID=guest",
           "PLUTO_PEER_CLIENT=10.0.2.7/32", "PLUTO_REQID=7"]
    done = call("strace", "-f", "-o", "/dev/null", "-P",
                world.path("policy", "DEFAULT.pf"), "-e", "trace=read", "-e",
                "inject=read:error=EIO:when=1", "/usr/bin/env", *env,
                *world.command("updown"), env=TRACED)
    expect(done.returncode == 1 and b"is closed" in done.stderr,
           scenario.text(done.stderr))
    world.sees("a file that a hook could not read", "policy-changed")
    return "a hook"


def boot_unread():
    """Nothing is known from before: what ipp.txt says is not believed."""
    world = World("boot")
    world.write("ipp.txt", "max,10.8.0.2\n")
    RULES.forget()
    done = fails(world, "EIO", world.path("ccd", "john"), "read", "apply")
    expect(done.returncode == 1 and b"not used" in done.stderr and
           loaded(world, "10.8.0.2") is None,
           f"an unread ccd file after a boot: {loaded(world, '10.8.0.2')}, "
           f"{scenario.text(done.stderr)}")
    world.call("reconcile")
    expect(loaded(world, "10.8.0.2") == "john", "then")
    return "a boot"


def moved():
    """Another rule comes first; number and size of all are as they were."""
    world = World("moved")
    for family in RULES.FAMILIES:
        for name in RULES.BUILT_IN:
            args, data = RULES.restore(family, f"-A {name} -p 98 -j ACCEPT\n")
            must(*args, data=data)
            world.load()
            jump = f"{name} -j VPNPF-{name}\n"
            args, data = RULES.restore(family, f"-D {jump}-A {jump}")
            must(*args, data=data)
            world.sees(f"{family}: {name}", "jump-moved")
    lines = "-A POSTROUTING -p 97\n" * 1000 + ":A-FIRST -\n" + "-A A-FIRST\n" * 1000
    args, data = RULES.restore("iptables", lines)
    must(*args, data=data)
    world.load()
    jump = "PREROUTING -j VPNPF-PREROUTING\n"
    args, data = RULES.restore("iptables", f"-D {jump}-I PREROUTING -j A-FIRST\n")
    must(*args, data=data)
    world.sees("behind many, a jump to others", "jump-moved")
    return "jumps moved"


def late():
    """What a commit deletes last, and could not."""
    vpn = Vpn("late")
    RULES.forget()
    names = [f"client{n}" for n in range(6)]
    for n, name in enumerate(names):
        vpn.address(name, f"10.8.0.{n + 2}")

    def put(head, *signed):
        for n, name in enumerate(names):
            lines = "".join(f"{sign}{names[n - int(by)]}\n"
                            for sign, by in signed)
            vpn.put(name, f"{head}\n{lines}[SUBNETS DROP]\n[END]\n")

    def traced(*inject):
        put("[CLIENTS DROP]", "+1", "+5")
        vpn.must("apply")
        put("[CLIENTS ACCEPT]", "-4")
        call("strace", "-o", vpn.folder + "/trace", "-e", "trace=sendmsg",
             *inject, *vpn.command("reconcile"), env=TRACED)

    traced()
    with open(vpn.folder + "/trace") as file:
        last = max(n for n, line in enumerate(file, 1)
                   if "BATCH_BEGIN" in line)
    traced("-e", f"inject=sendmsg:error=ENOBUFS:when={last}+")
    vpn.call("reconcile")
    found = vpn.call("--deep", "--check", "reconcile")
    expect(found.returncode == 0, f"what was left is not seen: "
           f"{scenario.text(found.stdout)}")
    return "a late part"


def test():
    parts = {f.__name__: f for f in (in_place, of_clients, linked, connected,
                                     clock, unread, hook_unread,
                                     boot_unread)}
    if RULES.lock:
        parts["moved"] = moved
    else:
        parts["late"] = late
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
