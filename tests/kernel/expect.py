# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that fails the tests of its configuration is not loaded.

Whoever tries, apply, reconcile or a hook: the kernel's rules and the state
tables stay as they are, what is allowed stays allowed and what is not stays
dropped. Once it is repaired it is loaded. See expect.sh.
"""
import os
import time

from harness import Probe, Vpn, call, expect, main, must, scenario
from rules import RULES

FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n[SUBNETS DROP]\n[END]\n",
    "max": "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n",
}
ADDRESSES = {"john": "10.8.0.2", "nick": "10.8.0.3", "max": "10.8.0.4"}
TESTS = {
    "rules.test": "john -> nick accept\nmax -> john drop # never\n",
    "more.test": "10.8.0.2 -> 10.0.4.7 tcp/22 drop\neve -> john drop\n",
}
# A file for john that breaks a line of each test, and one that breaks none.
BROKEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"
REPAIRED = "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+192.0.2.1\n[END]\n"
# Packets, and what must become of them all the time.
PACKETS = {"10.8.0.2 10.8.0.3 udp 9 9": "ACCEPT",
           "10.8.0.3 10.8.0.2 icmp": "ACCEPT",
           "10.8.0.4 10.8.0.2 udp 9 9": "DROP",
           "10.8.0.2 10.0.4.7 tcp 9 22": "DROP"}


class Tested:
    def __init__(self):
        self.vpn = Vpn()
        self.vpn.options = 'tests = { "rules.test", "more.test" }\n'
        for name, text in TESTS.items():
            self.write(name, text)
        for name, text in FILES.items():
            self.vpn.put(name, text)
            self.vpn.address(name, ADDRESSES[name])
        self.probe = Probe(["10.8.0.0/24"])
        self.refused = 0

    def write(self, name, text):
        with open(os.path.join(self.vpn.folder, name), "w") as file:
            file.write(text)

    def seen(self):
        """The kernel's rules, and all that the state folder holds."""
        files = {}
        for name in sorted(os.listdir(self.vpn.state)):
            with open(os.path.join(self.vpn.state, name), "rb") as file:
                files[name] = file.read()
        return RULES.listing(), files

    def packets(self, where):
        got = self.probe.ask(list(PACKETS))
        expect(got == list(PACKETS.values()),
               f"{where}: {dict(zip(PACKETS, got))}")

    def refuse(self, what, attempt, status, *said):
        """ATTEMPT fails, and nothing is changed."""
        before = self.seen()
        done = attempt()
        text = scenario.text(done.stderr)
        expect(done.returncode == status,
               f"{what} ended with {done.returncode}: {text}")
        for each in said:
            expect(each in text, f"{what} did not say {each!r}: {text}")
        after = self.seen()
        expect(after[0] == before[0], f"{what} has changed the rules")
        expect(after[1] == before[1], f"{what} has changed the state: "
               f"{before[1]}, then {after[1]}")
        self.packets(what)
        self.refused += 1
        return scenario.text(done.stdout)

    def broken(self):
        """Whoever reads all files."""
        vpn = self.vpn
        vpn.put("john", BROKEN)
        said = ("rules.test:2:1: error: max -> john is accepted, expected "
                "drop", "john.pf:1:1: note: john allows max",
                "more.test:1:1: error: 10.8.0.2 -> 10.0.4.7 tcp/22 is "
                "accepted, expected drop", "its tests do not pass")
        self.refuse("apply", lambda: vpn.call("apply"), 1, *said)
        text = self.refuse("apply -n", lambda: vpn.call("-n", "apply"), 1,
                           *said)
        expect(not text, f"apply -n prints rules: {text}")
        for options in (), ("--deep",), ("--check",):
            self.refuse(f"reconcile {options}",
                        lambda: vpn.call("reconcile", *options), 1, *said)

    def hooks(self):
        """Who reads one file only."""
        vpn = self.vpn

        def learn():
            return vpn.learn("update", "10.8.0.2", "john")

        vpn.put("john", FILES["john"])
        vpn.must("apply")
        expect(learn().returncode == 0, "john does not come in")
        vpn.put("john", BROKEN)
        self.refuse("a hook", learn, 0, "rules.test:2:1: error",
                    "the file of \"john\" is not loaded: its previous rules "
                    "stay in force")
        vpn.put("john", FILES["john"].replace("+nick", "+nick\n+eve"))
        expect(learn().returncode == 0, "john may name eve, who has no file")
        vpn.put("eve", "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n")
        done = vpn.learn("add", "10.8.0.9", "eve")
        expect(done.returncode == 1 and b"it is closed" in done.stderr,
               f"eve comes in: {scenario.text(done.stderr)}")
        expect(self.probe.ask(["10.8.0.9 10.8.0.2 icmp",
                               "10.8.0.9 10.9.0.1 icmp"]) == ["DROP"] * 2,
               "eve sends although the tests forbid it")
        os.unlink(os.path.join(vpn.policy, "eve.pf"))
        vpn.learn("delete", "10.8.0.9")
        self.packets("after eve")

    def foreign(self):
        """The same after somebody else has changed rules beside ours: what
        the hook must look at is more, what it may load is not."""
        vpn = self.vpn
        vpn.put("john", FILES["john"])
        vpn.must("apply")
        before = RULES.plain(RULES.listing())
        vpn.put("john", BROKEN)
        RULES.put_foreign()
        for turn in "first", "second":
            done = vpn.learn("update", "10.8.0.2", "john")
            text = scenario.text(done.stderr)
            expect(done.returncode == 0 and "the file of \"john\" is not "
                   "loaded: its previous rules stay in force" in text,
                   f"the {turn} hook after a foreign change ended with "
                   f"{done.returncode}: {text}")
            expect(text.count("rules.test:2:1: error") == 1,
                   f"a test is asked more than once: {text}")
            expect(RULES.plain(RULES.listing()) == before,
                   f"the {turn} hook after a foreign change changed the rules")
            self.packets(f"after the {turn} hook after a foreign change")
        vpn.put("john", FILES["john"])

    def emptied(self):
        """Where nothing is loaded, what fails is not loaded either: whoever
        must read all files shuts the VPN."""
        vpn = self.vpn
        vpn.put("john", BROKEN)
        for what, status, attempt in (
                ("a hook", 1, lambda: vpn.learn("update", "10.8.0.3", "nick")),
                ("apply", 2, lambda: vpn.call("apply"))):
            RULES.forget()
            done = attempt()
            expect(done.returncode == status and
                   b"rules.test:2:1" in done.stderr,
                   f"without rules {what} ended with {done.returncode}: "
                   f"{scenario.text(done.stderr)}")
            got = self.probe.ask(list(PACKETS))
            expect(set(got) == {"DROP"}, f"without rules {what} lets pass: "
                   f"{dict(zip(PACKETS, got))}")
        vpn.put("john", FILES["john"])
        vpn.must("apply")
        self.packets("after the VPN was shut")

    def changed(self):
        """Only a test is changed: reconcile, which looks at few files where
        all is in order, sees it. (Each vpn.call writes the configuration.)"""
        path = os.path.join(self.vpn.folder, "more.test")
        commands = [self.vpn.command(c) for c in ("apply", "reconcile")]
        time.sleep(0.02)    # so that no file is as young as what is loaded
        must(*commands[0])
        os.rename(path, f"{path}.away")
        for command in commands:
            self.refuse(f"{command[-1]} without a test",
                        lambda: call(*command), 1,
                        f"cannot read \"{path}\": No such file")
        os.rename(f"{path}.away", path)
        must(*commands[0])
        self.write("more.test", TESTS["more.test"] + "john -> nick drop\n")
        self.refuse("reconcile with another test",
                    lambda: call(*commands[1]), 1, "more.test:3:1: error")
        self.write("more.test", TESTS["more.test"] + "john -> nick\n")
        self.refuse("apply with a bad test", lambda: call(*commands[0]), 1,
                    "more.test:3:13: error: accept or drop must follow")
        self.write("more.test", TESTS["more.test"])

    def repaired(self):
        before = RULES.plain(RULES.listing())
        self.vpn.put("john", REPAIRED)
        self.vpn.must("apply")
        expect(RULES.plain(RULES.listing()) != before,
               "the repaired policy is not loaded")
        expect(self.probe.ask(["10.8.0.2 192.0.2.1 icmp"]) == ["ACCEPT"],
               "john cannot reach what the repaired policy allows")
        self.packets("with the repaired policy")
        self.vpn.must("reconcile", "--check")


def test():
    tested = Tested()
    tested.vpn.must("apply")
    tested.packets("at the beginning")
    for step in (tested.broken, tested.hooks, tested.foreign,
                 tested.emptied, tested.changed, tested.repaired):
        step()
    tested.probe.close()
    return (f"{tested.refused} times refused, rules and state unchanged, "
            "allowed packets pass; repaired, it is loaded")


if __name__ == "__main__":
    main(test)
