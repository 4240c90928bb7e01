# SPDX-License-Identifier: GPL-2.0-or-later
"""Other hands in the rules, killed processes.

After each fault the next hook or apply must put things right: the listing is
again the one that a fresh apply makes. See faults.sh.
"""
import collections
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from harness import Probe, Vpn, call, expect, main, must, scenario
from rules import RULES

FILES = {
    "john": "[CLIENTS DROP]\n+nick\n+bob\n[SUBNETS ACCEPT]\n"
            "-10.0.4.0/24\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n+max\n[SUBNETS DROP]\n"
            "+10.0.4.0/24\n[END]\n",
    "bob": "[CLIENTS ACCEPT]\n-nick\n[SUBNETS ACCEPT]\n-10.0.5.17\n[END]\n",
    "max": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n[END]\n",
}
KILLS = 40
OTHER = "[CLIENTS ACCEPT]\n-john\n[SUBNETS DROP]\n+10.0.6.0/24\n[END]\n"


def small():
    vpn = Vpn("small")
    for n, (name, content) in enumerate(FILES.items()):
        vpn.put(name, content)
        vpn.address(name, f"10.8.0.{n + 2}", f"fd00:8::{n + 2}")
    return vpn


def fresh(vpn):
    """What a first apply makes of VPN's files."""
    RULES.forget()
    scenario.clear(vpn.state)
    vpn.must("apply")
    return RULES.listing()


def plain():
    return RULES.plain(RULES.listing())


def difference(want, got):
    want, got = (set().union(*each) for each in (want, got))
    missing, extra = (sorted(map(str, a - b)) for a, b in
                      ((want, got), (got, want)))
    return f"missing {missing[:5]}, too much {extra[:5]}"


def heals(what, vpn, want, command="apply"):
    """COMMAND must bring the rules back."""
    if command == "apply":
        vpn.must("apply")
    else:
        done = vpn.learn("update", "10.8.0.2", "john")
        expect(done.returncode == 0, f"{what}: the hook ended with "
               f"{done.returncode}: {scenario.text(done.stderr)}")
    got, want = plain(), RULES.plain(want)
    if got == want:
        return
    expect(False, f"{what}, then {command}: {difference(want, got)}")


def reconcile(what, vpn, want, *options):
    """What it finds; it must be there if the rules are not those WANTed."""
    differs = plain() != RULES.plain(want)
    done = vpn.call("--json", "reconcile", *options)
    text = scenario.text(done.stdout)
    expect(done.returncode == differs, f"{what}: reconcile {options} ended with "
           f"{done.returncode}: {text}{scenario.text(done.stderr)}")
    found = json.loads(text)["findings"]
    expect(bool(found) == differs, f"{what}: reconcile {options} found {found}")
    return found


def other_hands():
    """Somebody else deletes, flushes, adds; a hook, apply or reconcile
    heals."""
    vpn = small()
    want = fresh(vpn)
    faults = RULES.faults(want)
    faults.append(RULES.remove(want, "john"))
    done = 0
    kinds = collections.Counter()
    for what, (args, data) in faults:
        # Some cannot be done (a chain in use...): then nothing is to heal.
        if call(*args, data=data).returncode:
            continue
        done += 1
        if done % 3 and len(faults) > 100:
            heals(what, vpn, want)
            continue
        spoilt = RULES.listing()
        kinds.update({each["kind"] for each in
                      reconcile(what, vpn, want, "--check")})
        expect(RULES.listing() == spoilt,
               f"{what}: reconcile --check has changed something")
        if done % 2:
            heals(what, vpn, want)
        reconcile(what, vpn, want)
        expect(plain() == RULES.plain(want), f"{what}, then reconcile: " +
               difference(RULES.plain(want), plain()))
        expect(not reconcile(what, vpn, want), f"{what}: found after its repair")
    expect(len(kinds) > 3, f"only {list(kinds)} were found")
    for what, (args, data) in faults[:2]:
        must(*args, data=data)
        heals(what, vpn, want, "hook")
    return (f"{done} changes by other hands found and healed (" +
            ", ".join(f"{n} {kind}" for kind, n in kinds.items()) + ")")


class Writer:
    """Somebody else who commits all the time."""

    def __init__(self, begin, again):
        for args, data in begin:
            must(*args, data=data)
        self.again, self.commits = again, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def loop(self):
        while not self.stop.is_set():
            for args, data in self.again:
                self.commits += call(*args, data=data).returncode == 0

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.commits


def concurrent_writers():
    """The rules change under our feet: try again, lose nothing."""
    return "; ".join(beside(*writer) for writer in RULES.writers)


def beside(who, begin, again):
    vpn = small()
    fresh(vpn)
    writer = Writer(begin, again)
    calls = 0
    try:
        end = time.monotonic() + 6
        while time.monotonic() < end:
            vpn.put("max", OTHER if calls % 2 else FILES["max"])
            for done in (vpn.learn("add", f"10.8.0.{50 + calls % 9}", "max"),
                         vpn.learn("delete", f"10.8.0.{50 + calls % 9}"),
                         vpn.call("apply")):
                calls += 1
                expect(done.returncode == 0, f"beside a writer with {who}: "
                       f"ended with {done.returncode}: "
                       f"{scenario.text(done.stderr)}")
    finally:
        commits = writer.end()
    vpn.put("max", FILES["max"])
    vpn.must("apply")
    got = plain()
    want = RULES.plain(fresh(vpn))
    expect(got == want, f"beside a writer with {who}: wrong in the end: " +
           difference(want, got))
    expect(commits > 10, f"the writer with {who} has done {commits} commits")
    return f"{calls} calls beside {commits} commits by one with {who}"


def big(count):
    vpn = Vpn("big")
    for n in range(count):
        name = f"edge-{n:03d}"
        peers = "".join(f"+edge-{(n + k) % count:03d}\n"
                        for k in (1, 2, 3, count - 1, count - 2))
        subnets = "".join(f"{'+-'[k % 2]}10.{n % 50}.{k}.0/24\n"
                          for k in range(10))
        vpn.put(name, f"[CLIENTS DROP]\n{peers}[SUBNETS DROP]\n"
                f"{subnets}[END]\n")
        vpn.address(name, f"10.{9 + n // 250}.{n % 250}.2",
                    f"fd00:8::{n + 2:x}")
    return vpn


def kill_at(vpn, delay):
    """Kill an apply after DELAY seconds; True if it was still at work."""
    process = subprocess.Popen(vpn.command("apply"),
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def change_big(vpn, odd):
    """Two states of the same VPN that differ everywhere."""
    for n in range(0, 300):
        name = f"edge-{n:03d}"
        clients = "ACCEPT" if odd else "DROP"
        vpn.put(name, f"[CLIENTS {clients}]\n+edge-{(n + 1) % 300:03d}\n"
                f"[SUBNETS {'DROP' if odd else 'ACCEPT'}]\n"
                f"-10.{n % 30}.{4 if odd else 3}.0/24\n[END]\n")


def is_now(states, got):
    """Which of the states each part is in: 0, 1; None: neither."""
    return [next((n for n, state in enumerate(states) if state[i] == part),
                 None) for i, part in enumerate(got)]


def killed():
    """SIGKILL at any moment: the old rules or the new, never half.

    Where more than one commit is needed, each of them.
    """
    vpn = big(300)
    states, spans = [], []
    for odd in (0, 1):
        change_big(vpn, odd)
        states.append(RULES.plain(fresh(vpn)))
    for odd in (0, 1):
        change_big(vpn, odd)
        start = time.monotonic()
        vpn.must("apply")
        spans.append(time.monotonic() - start)
        got = plain()
        expect(got == states[odd], "changed in place, not as if made afresh: "
               + difference(states[odd], got))
    now, dice = 1, random.Random(7)
    seen = collections.Counter()
    for n in range(KILLS):
        change_big(vpn, 1 - now)
        caught = kill_at(vpn, dice.uniform(0, min(spans)))
        # The kernel ends what a killed process began.
        time.sleep(0.03)
        found = is_now([RULES.met(state) for state in states],
                       RULES.met(plain()))
        expect(None not in found, f"kill {n}: half a change")
        what = ("between" if len(set(found)) > 1 else
                "old" if found[0] == now else "new")
        seen[what] += caught
        if n % 5 == 4 or what == "between":
            vpn.must("apply")
            expect(plain() == states[1 - now],
                   f"apply after kill {n}: not the rules of the files")
        if n % 5 == 4 or what != "old":
            now = 1 - now
    return (f"{KILLS} kills of a {min(spans) * 1000:.0f} ms apply: " +
            ", ".join(f"{n} times {what}" for what, n in seen.items()))


def others_untouched():
    """What we load, change and remove is ours."""
    vpn = small()
    RULES.forget()
    RULES.put_foreign()
    want = RULES.foreign()
    expect(want.count("300") and RULES.listing() is None, "no others there")
    for what, step in {
            "apply": lambda: vpn.call("apply"),
            "a hook": lambda: vpn.learn("add", "10.8.0.77", "max"),
            "another": lambda: vpn.learn("delete", "10.8.0.77"),
            "flush --closed": lambda: vpn.call("flush", "--closed"),
            "flush": lambda: vpn.call("flush")}.items():
        done = step()
        expect(done.returncode == 0, f"{what} ended with {done.returncode}: "
               f"{scenario.text(done.stderr)}")
        expect((RULES.listing() is None) == (what == "flush"),
               f"{what}: rules?")
        expect(RULES.foreign() == want, f"{what} has changed what others "
               f"have:\n{want}is now\n{RULES.foreign()}")
    return "rules of others untouched"


def counters_kept():
    """A change of one client leaves what others' packets have counted."""
    vpn = small()
    fresh(vpn)
    probe = Probe(["10.8.0.0/24", "fd00:8::/64"])
    probe.ask([f"10.8.0.{a} 10.8.0.{b} icmp" for a in (2, 3, 4)
               for b in (2, 3, 4)] +
              ["10.8.0.2 192.0.2.7 icmp", "10.8.0.2 10.0.4.7 icmp",
               "fd00:8::3 2001:db8::1 icmp"])
    probe.close()
    before = {what: n for what, n in RULES.counters().items() if n}
    expect(len(before) > 5, f"only {len(before)} have counted")
    vpn.put("max", OTHER)
    for step in (lambda: vpn.call("apply"),
                 lambda: vpn.learn("add", "10.8.0.77", "max"),
                 lambda: vpn.learn("add", "fd00:8::77", "max"),
                 lambda: vpn.learn("delete", "10.8.0.77")):
        old = RULES.listing()
        done = step()
        expect(done.returncode == 0 and RULES.listing() != old,
               "nothing was changed: " + scenario.text(done.stderr))
        after = RULES.counters()
        lost = [what for what in before if after.get(what, 0) < before[what]]
        expect(not lost, f"have lost their counters: {lost}")
    return f"{len(before)} counters kept"


def held_lock():
    """Who holds the lock is waited for, but not for ever."""
    vpn = small()
    fresh(vpn)
    with open(RULES.lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        threading.Timer(1, fcntl.flock, (file, fcntl.LOCK_UN)).start()
        start = time.monotonic()
        vpn.must("apply")
        expect(time.monotonic() - start > 0.9, "the lock was not respected")
        fcntl.flock(file, fcntl.LOCK_EX)
        done = vpn.learn("add", "10.8.0.77", "max")
        expect(done.returncode == 1 and RULES.lock.encode() in done.stderr,
               f"with the lock held: {done.returncode}, "
               f"{scenario.text(done.stderr)}")
    done = vpn.learn("add", "10.8.0.77", "max")
    expect(done.returncode == 0 and "10.8.0.77" in RULES.listing(),
           "the call after a held lock")
    return "the lock was waited for"


def test():
    parts = {f.__name__: f for f in
             (other_hands, others_untouched, counters_kept, concurrent_writers,
              killed)}
    if RULES.lock:
        parts["held_lock"] = held_lock
    wanted = sys.argv[1:] or parts
    return "; ".join(parts[name]() for name in wanted)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
