# SPDX-License-Identifier: GPL-2.0-or-later
"""Other hands in the rules, killed processes, many hooks at once.

After each fault the next hook or apply must put things right: the listing is
again the one that a fresh apply makes. See faults.sh.
"""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

from harness import (Vpn, call, delete_table, expect, listing, main, must,
                     nft, scenario)

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


def plain(text):
    """What a listing says, a set of lines, without what may differ.

    That is the order of chains, counters and the state's own element. Rules
    are numbered: their order counts.
    """
    text = re.sub(r"packets \d+ bytes \d+", "packets 0 bytes 0", text or "")
    text = re.sub(r"(?ms)^\tset state \{.*?^\t\}\n", "", text)
    out = set()
    for kind, name, body in re.findall(
            r"(?ms)^\t(set|map|chain) (\S+) \{\n(.*?)^\t\}", text):
        if kind != "chain":
            body, _, found = body.partition("elements = {")
            out.update((name, each.strip(" \t\n}"))
                       for each in found.split(","))
        out.update((name, n, line)
                   for n, line in enumerate(body.splitlines()))
    return out


def small():
    vpn = Vpn("small")
    for n, (name, content) in enumerate(FILES.items()):
        vpn.put(name, content)
        vpn.address(name, f"10.8.0.{n + 2}", f"fd00:8::{n + 2}")
    return vpn


def fresh(vpn):
    """What a first apply makes of VPN's files."""
    if listing() is not None:
        delete_table()
    scenario.clear(vpn.state)
    vpn.must("apply")
    return listing()


def difference(want, got):
    missing, extra = (sorted(map(str, a - b)) for a, b in
                      ((want, got), (got, want)))
    return f"missing {missing[:5]}, too much {extra[:5]}"


def heals(what, vpn, want, command="apply"):
    """COMMAND must bring the table back."""
    if command == "apply":
        vpn.must("apply")
    else:
        done = vpn.learn("update", "10.8.0.2", "john")
        expect(done.returncode == 0, f"{what}: the hook ended with "
               f"{done.returncode}: {scenario.text(done.stderr)}")
    got, want = plain(listing()), plain(want)
    if got == want:
        return
    expect(False, f"{what}, then {command}: {difference(want, got)}")


def chains(text):
    return re.findall(r"(?m)^\tchain (\S+) \{", text)


def elements(text):
    """{set or map: [its elements as listed]}"""
    out = {}
    for name, body in re.findall(r"(?ms)^\t(?:set|map) (\S+) \{(.*?)^\t\}",
                                 text):
        found = re.search(r"(?s)elements = \{(.*?)\}", body)
        if found:
            out[name] = [each.strip() for each in found.group(1).split(",")]
    return out


def key_of(element):
    """What stands before a counter, a comment and a verdict."""
    return re.split(r" (?:counter|comment|:) ", element)[0]


def other_hands():
    """Somebody else deletes, flushes, adds; a hook or apply heals."""
    vpn = small()
    want = fresh(vpn)
    faults = [("table deleted", "delete table inet vpnpf\n"),
              ("ruleset flushed", "flush ruleset\n"),
              ("rules flushed", "flush table inet vpnpf\n")]
    for name in chains(want):
        faults.append((f"chain {name} flushed",
                       f"flush chain inet vpnpf {name}\n"))
        faults.append((f"rule put first in {name}",
                       f"insert rule inet vpnpf {name} accept\n"))
    for name, found in elements(want).items():
        key = key_of(found[-1])
        faults.append((f"{key} gone from {name}",
                       f"delete element inet vpnpf {name} {{ {key} }}\n"))
        faults.append((f"{name} emptied", f"flush set inet vpnpf {name}\n"))
    done = 0
    for what, commands in faults:
        # Some cannot be done (a chain in use...): then nothing is to heal.
        if call("nft", "-f", "-", data=commands.encode()).returncode:
            continue
        done += 1
        heals(what, vpn, want)
    for what, commands in faults[:2]:
        nft(commands)
        heals(what, vpn, want, "hook")
    removed = remove_chain(vpn, want)
    return f"{done + 2} changes by other hands and {removed} chain healed"


def remove_chain(vpn, want):
    """A client's chain with all that leads to it."""
    name = next(n for n in chains(want) if "john" in n)
    commands = "".join(
        f"delete element inet vpnpf {each} {{ {key_of(element)} }}\n"
        for each, found in elements(want).items() for element in found
        if element.endswith((f"goto {name}", f"jump {name}")))
    nft(f"{commands}delete chain inet vpnpf {name}\n")
    heals(f"chain {name} removed", vpn, want)
    return 1


class Writer:
    """Somebody who commits to a table of his own all the time."""

    def __init__(self):
        nft("table inet other {\n chain c {\n }\n}\n")
        self.commits = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def loop(self):
        batch = ("add rule inet other c counter\n"
                 "flush chain inet other c\n").encode()
        while not self.stop.is_set():
            must("nft", "-f", "-", data=batch)
            self.commits += 1

    def end(self):
        self.stop.set()
        self.thread.join()
        nft("delete table inet other\n")
        return self.commits


def concurrent_writer():
    """The generation moves under our feet: try again, lose nothing."""
    vpn = small()
    fresh(vpn)
    writer = Writer()
    calls = 0
    try:
        end = time.monotonic() + 6
        while time.monotonic() < end:
            vpn.put("max", OTHER if calls % 2 else FILES["max"])
            for done in (vpn.learn("add", f"10.8.0.{50 + calls % 9}", "max"),
                         vpn.learn("delete", f"10.8.0.{50 + calls % 9}"),
                         vpn.call("apply")):
                calls += 1
                expect(done.returncode == 0, "beside another writer: ended "
                       f"with {done.returncode}: "
                       f"{scenario.text(done.stderr)}")
    finally:
        commits = writer.end()
    vpn.put("max", FILES["max"])
    vpn.must("apply")
    got = plain(listing())
    want = plain(fresh(vpn))
    expect(got == want, "beside another writer: wrong in the end: " +
           difference(want, got))
    return f"{calls} calls beside {commits} commits of somebody else"


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
        vpn.address(name, f"10.{9 + n // 250}.{n % 250}.2")
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


def killed():
    """SIGKILL at any moment: the old rules or the new, never half."""
    vpn = big(300)
    states, spans = [], []
    for odd in (0, 1):
        change_big(vpn, odd)
        states.append(plain(fresh(vpn)))
    for odd in (0, 1):
        change_big(vpn, odd)
        start = time.monotonic()
        vpn.must("apply")
        spans.append(time.monotonic() - start)
        got = plain(listing())
        expect(got == states[odd], "changed in place, not as if made afresh: "
               + difference(states[odd], got))
    now, dice = 1, random.Random(7)
    seen = {"old": 0, "new": 0}
    for n in range(KILLS):
        change_big(vpn, 1 - now)
        caught = kill_at(vpn, dice.uniform(0, min(spans)))
        # The kernel ends what a killed process began.
        time.sleep(0.03)
        got = plain(listing())
        expect(got in states, f"kill {n}: half a change")
        if caught:
            seen["old" if got == states[now] else "new"] += 1
        if n % 5 == 4:
            vpn.must("apply")
            expect(plain(listing()) == states[1 - now],
                   f"apply after kill {n}: not the rules of the files")
            now = 1 - now
        else:
            now = states.index(got)
    return (f"{KILLS} kills of a {min(spans) * 1000:.0f} ms apply: "
            f"{seen['old']} times the old rules, {seen['new']} the new")


def many_hooks():
    """200 hooks at once: each of them counts."""
    vpn = small()
    fresh(vpn)
    count = 200
    env = {"script_type": "learn-address", "dev": "tun0", "dev_type": "tun"}

    def all_at_once(*operation):
        hooks = []
        for n in range(count):
            args = [operation[0], f"10.8.{1 + n // 100}.{n % 100 + 1}"]
            hooks.append(subprocess.Popen(
                vpn.command("learn-address", *args, *operation[1:]), env=env,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        for n, hook in enumerate(hooks):
            _, err = hook.communicate()
            expect(hook.returncode == 0, f"hook {n} of {count} at once ended "
                   f"with {hook.returncode}: {scenario.text(err)}")

    before = plain(listing())
    all_at_once("add", "max")
    text = listing()
    lost = [n for n in range(count)
            if not re.search(rf"\b10\.8\.{1 + n // 100}\.{n % 100 + 1}\b",
                             text)]
    expect(not lost, f"{len(lost)} of {count} hooks at once were lost")
    vpn.must("apply")
    expect(plain(text) == plain(listing()),
           "apply after hooks found a difference")
    all_at_once("delete")
    expect(plain(listing()) == before, "not all of 200 deletes counted")
    return f"{count} adds and {count} deletes at once, none lost"


def test():
    parts = {f.__name__: f for f in
             (other_hands, concurrent_writer, killed, many_hooks)}
    wanted = sys.argv[1:] or parts
    return "; ".join(parts[name]() for name in wanted)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
