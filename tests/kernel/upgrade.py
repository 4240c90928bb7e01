# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules and the state of before are taken over by what is called now.

tests/kernel/upgrade/ has what vpnpf 0.1 left for the VPN of new_vpn(): the
rules, as it printed them, and its state directory. Its sets and chains had
other names. The same of a later one, whose rules of nftables were behind DNAT
and had a chain for each client. Under the flood of flood.py, "apply", a hook or
"reconcile" puts the rules of today in their place: no allowed packet is lost and
no denied one gets through, nothing is left of the old names, and what was counted
goes on. Killed at any moment, it is ended by the next "apply". See upgrade.sh.
"""
import json
import os
import re
import shutil
import threading
import time

import flood
from faults import kill_at
from harness import BACKEND, HERE, Vpn, expect, main, scenario
from rules import RULES

OLD = os.path.join(HERE, "upgrade")
KILLS = 30
OLDS = [BACKEND] + ["nftables-before"] * (BACKEND == "nftables")
OLD_NAMES = re.compile(
    r"\b(?:owner|clients|denied|bound|reqid)[46]n?\b|\b(?:allow|deny)[46]n\b|"
    r"\bVPNPF-(?:FROMF|ACC)\b|"
    r"\b(?:allow|client_chain|client_denied)[46]\b|\b(?:from|to)_vpn\b")
# Who the flood sends packets of: what was counted of them only grows.
COUNTED = ["john", "nick", "bob", "max"]


def new_vpn():
    vpn = Vpn()
    for name, content in flood.FILES.items():
        vpn.put(name, content)
    for name, address in flood.ADDRESSES.items():
        more = "iroute 10.77.0.0 255.255.0.0\n" if name == "max" else ""
        vpn.address(name, address, f"fd00:8::{address.rsplit('.', 1)[1]}",
                    more)
    return vpn


def counted(vpn):
    """{client: what was allowed and denied}"""
    status = json.loads(vpn.call("--json", "status").stdout)["clients"]
    return {client["client"]: client["allowed"]["packets"] +
            client["denied"]["packets"] for client in status}


def flood_once():
    return flood.check_flood(flood.flood(1))


def put_old(vpn, old):
    shutil.rmtree(vpn.state)
    shutil.copytree(os.path.join(OLD, old), vpn.state)
    with open(os.path.join(OLD, old + ".rules"), "rb") as file:
        RULES.load(file.read())
    expect(OLD_NAMES.search(RULES.listing()), "these are no old rules")


def all_new(what):
    old = OLD_NAMES.search(RULES.listing())
    expect(not old, f"{what}: {old and old.group()} is left")


def take_over(vpn, old, what):
    """Under a flood, by WHAT."""
    put_old(vpn, old)
    flood_once()
    before = counted(vpn)
    for name in COUNTED:
        expect(before[name], f"{what}: nothing was counted of {name}")
    out = {}
    thread = threading.Thread(
        target=lambda: out.update(sums=flood_once()))
    thread.start()
    done = {"apply": lambda: vpn.call("apply"),
            "reconcile": lambda: vpn.call("reconcile"),
            "hook": lambda: vpn.learn("add", "10.8.0.20", "guest"),
            }[what]()
    thread.join()
    # what reconcile finds it tells by its status
    expect(done.returncode == (what == "reconcile"),
           f"{what} ended with {done.returncode}: {scenario.text(done.stdout)}"
           f"{scenario.text(done.stderr)}")
    expect("sums" in out, f"{what}: the flood found faults")
    all_new(what)
    after = counted(vpn)
    for name in COUNTED:
        expect(after[name] > before[name],
               f"{what}: of {name} {before[name]} were counted, now "
               f"{after[name]}")
    done = vpn.call("reconcile", "--deep", "--check")
    expect(done.returncode == 0, f"after {what}: "
           f"{scenario.text(done.stdout)}{scenario.text(done.stderr)}")


def killed(vpn, old):
    """At any moment of the change: the next apply ends it."""
    put_old(vpn, old)
    start = time.monotonic()
    vpn.must("apply")
    span = time.monotonic() - start
    for n in range(KILLS):
        put_old(vpn, old)
        kill_at(vpn, span * n / KILLS)
        time.sleep(0.03)        # the kernel ends what was begun
        vpn.must("apply")
        all_new(f"kill {n}")
        vpn.must("reconcile", "--deep", "--check")


def test():
    vpn = new_vpn()
    ways = ["apply", "hook", "reconcile"]
    for old in OLDS:
        for what in ways:
            take_over(vpn, old, what)
        killed(vpn, old)
    return f"{len(OLDS)} old rules and counters are taken over by " + \
        ", ".join(ways) + f", and by apply after {KILLS} kills each"


if __name__ == "__main__":
    main(test)
