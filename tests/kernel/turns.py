# SPDX-License-Identifier: GPL-2.0-or-later
"""default-policy, DEFAULT.pf, groups, .pf and ccd files and the policy folder
are switched, spoilt, lost and mended in any order, while hooks, apply and
reconcile run: exit statuses, status and explain agree with the packets, and who
may do nothing is shut. SEED and TURNS: which, and how many. See turns.sh.
"""
import json
import os
import random
import shutil

from harness import BACKEND, VPNPF, WORK, Probe, call, expect, main, scenario

SEED = int(os.environ.get("SEED", 2))
TURNS = int(os.environ.get("TURNS", 60))
DICE = random.Random(SEED)
FOLDER = os.path.join(WORK, "turns")
ADDRESS = {"john": "10.8.0.2", "nick": "10.8.0.3", "bob": "10.8.0.4",
           "max": "10.8.0.20", "zoe": "10.8.0.21"}
GUESTS = ("max", "zoe")         # connected, with no address in a file
PAIRS = [(a, b) for a in ADDRESS.values()
         for b in (*ADDRESS.values(), "10.0.4.9", "10.0.5.9", "192.0.2.9")
         if a != b]
CONTENT = {
    "open": b"[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n",
    "shut": b"[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n",
    "half": b"[CLIENTS DROP]\n+john\n[SUBNETS DROP]\n+10.0.5.0/24\n[END]\n",
    "group": b"[CLIENTS DROP]\n+@staff\n[SUBNETS DROP]\n+10.0.4.0/24\n[END]\n",
    "kill": b"[KILL]\n",
    "bad": b"[CLIENTS DROP]\nbad line\n[SUBNETS ACCEPT]\n[END]\n",
    "NUL": b"[CLIENTS ACCEPT]\n\0\n",
    "empty": b"",
}
GROUPS = (b"staff: john\n", b"staff: nick bob\n", b"staff john\n",
          b"x: @staff\nstaff: @x\n", b"", "gone", "a folder")
CONF = """\
policy = "policy"
groups = "groups"
default-policy = {}
openvpn office {{
	server-conf = "server.conf"
}}
"""


def path(name):
    return os.path.join(FOLDER, name)


def put(name, what):
    """A file with this content, or what is there in its place."""
    if os.path.isdir(path(name)) and not os.path.islink(path(name)):
        shutil.rmtree(path(name))
    elif os.path.lexists(path(name)):
        os.unlink(path(name))
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    if what == "a folder":
        os.mkdir(path(name))
    elif what == "a loop":
        os.symlink(os.path.basename(name), path(name))
    elif what == "a dead link":
        os.symlink("nowhere", path(name))
    elif what != "gone":
        with open(path(name), "wb") as file:
            if what == "too large":
                file.truncate((16 << 20) + 1)
            else:
                file.write(CONTENT.get(what, what))


class Turns:
    def __init__(self):
        self.files = {}         # what each .pf file is
        self.policy = "policy"  # where its folder is
        self.done = []
        put("server.conf", b"dev tun0\ntopology subnet\nserver 10.8.0.0 "
            b"255.255.255.0\nclient-config-dir ccd\n")
        put("groups", GROUPS[0])
        put("inc", b"ifconfig-push 10.8.0.3 255.255.255.0\n")
        os.makedirs(path("state"))
        for name in "john", "bob":
            self.pf(name, "open")
        self.pf("DEFAULT", "half")
        for name in set(ADDRESS) - set(GUESTS):
            put(f"ccd/{name}",
                f"ifconfig-push {ADDRESS[name]} 255.255.255.0\n".encode())
        self.default("yes")
        self.run("apply")
        for name in GUESTS:
            self.hook(name, "learn-address", "add", ADDRESS[name], name)

    def run(self, *args, env=None):
        done = call(VPNPF, "-c", path("vpnpf.conf"), "--state-dir",
                    path("state"), "-b", BACKEND, *args, env=env or {})
        done.text = scenario.text(done.stdout + done.stderr)
        self.holds(done.returncode in (0, 1, 2) and
                   "Sanitizer" not in done.text, done.text)
        return done

    def hook(self, name, *args):
        return self.run(*args, env={
            "dev": "tun0", "common_name": name,
            "ifconfig_pool_remote_ip": ADDRESS[name]})

    def holds(self, true, what):
        expect(true, f"seed {SEED}, after {self.done}: {what}")

    def pf(self, name, what):
        self.files[name] = what
        put(f"{self.policy}/{name}.pf", what)

    def default(self, what):
        self.default_policy = what
        put("vpnpf.conf", CONF.format(what).encode())

    def turn(self):
        what = DICE.choices(("default-policy", "DEFAULT", "groups", "client",
                             "ccd", "folder"), (4, 7, 3, 4, 1, 1))[0]
        kinds = [*CONTENT, "gone", "gone", "a folder", "a loop", "a dead link",
                 "too large"]
        to = {"default-policy": lambda: ("yes", "no", "maybe"),
              "groups": lambda: GROUPS,
              "ccd": lambda: (b"ifconfig-push 10.8.0.3 255.255.255.0\n",
                              b"config none\n", b"config ../inc\n"),
              "folder": lambda: ("moved",)}.get(what, lambda: kinds)()
        to = DICE.choice(to)
        if what == "default-policy":
            self.default(to)
        elif what == "groups":
            put("groups", to)
        elif what == "ccd":
            put("ccd/nick", to)
        elif what == "folder":
            before = self.policy
            self.policy = "away" if before == "policy" else "policy"
            os.rename(path(before), path(self.policy))
        else:
            what = "DEFAULT" if what == "DEFAULT" else \
                DICE.choice(list(ADDRESS))
            self.pf(what, to)
        self.done.append(f"{what}: {to}")

    def command(self):
        name = DICE.choice(("max", "zoe", "john"))
        args = DICE.choice((
            ("apply",), ("reconcile",), ("--deep", "reconcile"),
            ("connect", "/dev/null"), ("disconnect",),
            ("learn-address", "add", ADDRESS[name], name), ()))
        if not args:
            return None, None
        done = self.hook(name, *args)
        self.done.append(f"{args} of {name}: {done.returncode}")
        return args[-1], done

    def is_usable(self):
        return self.policy == "policy" and self.default_policy != "maybe"

    def who_may_nothing(self):
        for name in ADDRESS:
            what = self.files.get(name, "gone")
            if what == "gone" and self.default_policy == "yes":
                what = self.files["DEFAULT"]
            if what in ("kill", "gone"):
                yield name

    def answers(self, got, in_force):
        """explain, of some packets."""
        for pair in DICE.sample(PAIRS, 4):
            done = self.run("--json", "explain", *pair, "udp/9")
            answer = json.loads(done.stdout or "{}")
            verdict = answer.get("verdict")
            # without: the files cannot be read
            self.holds(verdict or b"error: " in done.stderr, done.text)
            self.holds(answer.get("in_force", verdict) in (None, got[pair]),
                       f"{pair}: {got[pair]}, but explain: {answer}")
            self.holds(not in_force or verdict == got[pair],
                       f"{pair}: {got[pair]}, in force, but {answer}")

    def check(self, probe, command, done):
        got = dict(zip(PAIRS, probe.ask([f"{a} {b} udp 9 9"
                                         for a, b in PAIRS])))
        rules = json.loads(self.run("--json", "status").stdout)["rules"]
        self.answers(got, rules["in_force"])
        if command not in ("apply", "reconcile"):
            return
        again = self.run("--check", "reconcile")
        self.holds(done.returncode < 2, done.text)
        self.holds(rules["in_force"] == (again.returncode == 0),
                   f"{rules}, but {again.text}")
        self.holds(rules["in_force"] or done.returncode, done.text)
        self.holds(not rules["in_force"] or command == "reconcile" or
                   not done.returncode, f"in force: {done.text}")
        for name in self.who_may_nothing() if self.is_usable() else ():
            open_ = [pair for pair, verdict in got.items()
                     if ADDRESS[name] in pair and verdict == "ACCEPT"]
            self.holds(not open_, f"{name} may {open_}: {done.text}")


def test():
    turns = Turns()
    probe = Probe(["10.8.0.0/24"])
    for _ in range(TURNS):
        for _ in range(DICE.choice((1, 1, 2))):
            turns.turn()
        turns.check(probe, *turns.command())
    probe.close()
    return f"{TURNS} turns, seed {SEED}"


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
