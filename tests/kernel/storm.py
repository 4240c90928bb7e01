# SPDX-License-Identifier: GPL-2.0-or-later
"""Many hooks at once while apply and reconcile run, and vpnpf.conf and lab.conf
are broken and mended: each client of office has his rights as soon as his hook
has ended, and no longer than until the next one has; nobody has what all files
deny; in the end the rules are those of a fresh start. ROUNDS: how often a client
comes. See storm.sh.
"""
import os
import random
import threading

from answers import Gates
from closed import CONF, DEV, LAN, OPEN, fresh, good, must, path, read, vpnpf, \
    write
from harness import Fail, expect, main
from rules import RULES

ROUNDS = int(os.environ.get("ROUNDS", 12))
SEED = int(os.environ.get("SEED", 1))
CLIENTS = [("office", f"c{n}", f"10.8.0.{n + 100}") for n in range(6)] + \
    [("lab", f"l{n}", f"10.9.0.{n + 100}") for n in range(3)]
# eve, addresses of nobody, an IPsec client without a tunnel
DENIED = [("10.8.0.4", LAN), ("10.8.0.4", "10.8.0.2"), ("10.8.0.200", LAN),
          ("10.9.0.200", LAN), ("10.0.2.5", "10.8.0.2")]
BROKEN = [CONF + 'polcy = "x"\n', CONF + "}\n", "", "garbage",
          CONF + "log-rate = 0\n",
          CONF.replace('"lab.conf"', '"lab.conf"\ncolour = red')]


class Storm:
    def __init__(self):
        self.gates, self.lock = Gates(), threading.Lock()
        self.over = threading.Event()
        self.wrong = []         # what did not hold

    def ask(self, *packets):
        with self.lock:
            return self.gates.ask(packets)

    def start(self, number, run, *args):
        def body():
            try:
                run(random.Random(f"{SEED} {number}"), *args)
            except Fail as fail:
                self.wrong.append(str(fail))
                self.over.set()

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    def breaks(self, dice):
        """A whole file takes the place of the one before."""
        lab = read("lab.conf")
        broken = [("vpnpf.conf", text, CONF) for text in BROKEN]
        broken += [("lab.conf", text, lab) for text in (
            lab + "topology star\n", lab.replace("dev tun1\n", ""), "")]
        while not self.over.is_set():
            name, *texts = dice.choice(broken)
            for text in texts:
                write("new", text)
                os.rename(path("new"), path(name))
                self.over.wait(dice.random() * 0.15)

    def loads(self, dice):
        while not self.over.is_set():
            command = dice.choice(("apply", "reconcile"))
            done = vpnpf(command)
            expect(done.returncode < 2, f"{command}: {done.text}")
            self.over.wait(dice.random() * 0.05)

    def comes_and_goes(self, dice, server, name, addr):
        def hook(*args):
            return vpnpf(*args, env={
                "dev": DEV[server], "config": path(f"{server}.conf"),
                "common_name": name, "ifconfig_pool_remote_ip": addr})

        for _ in range(ROUNDS):
            if self.over.is_set():
                return
            calls = [("connect", "/dev/null"),
                     ("learn-address", "add", addr, name),
                     ("learn-address", "update", addr, name)]
            for args in calls[:dice.choice((2, 3))]:
                done = hook(*args)
                expect(done.returncode == 0 or server == "lab",
                       f"{args} of {name}: {done.text}")
            expect(server == "lab" or self.ask((addr, LAN)) == ["ACCEPT"],
                   f"{name} has no right")
            done = hook("disconnect")
            expect(done.returncode == 0, f"{name} leaves: {done.text}")
            expect(self.ask((addr, LAN)) == ["DROP"], f"{name} has left")


def test():
    good()
    for _, name, _ in CLIENTS:
        write(f"policy/{name}.pf", OPEN)
    fresh()
    must("apply")
    storm = Storm()
    clients = [storm.start(n, storm.comes_and_goes, *client)
               for n, client in enumerate(CLIENTS)]
    others = [storm.start(-n, run) for n, run in enumerate(
        (storm.breaks, storm.loads, storm.loads), 1)]
    asked = 0
    try:
        while any(thread.is_alive() for thread in clients):
            expect(storm.ask(*DENIED) == ["DROP"] * len(DENIED),
                   "what all files deny has passed")
            asked += 1
            storm.over.wait(0.01)
    finally:
        storm.over.set()
        for thread in clients + others:
            thread.join()
    expect(not storm.wrong, f"seed {SEED}: {storm.wrong}")
    good()
    must("apply")
    must("reconcile")
    got = RULES.plain(RULES.listing())
    fresh()
    must("apply")
    expect(got == RULES.plain(RULES.listing()), "other rules than when fresh")
    return f"{ROUNDS} times {len(CLIENTS)} clients; asked {asked} times"


os.environ["LC_ALL"] = "C.UTF-8"
main(test)
