# SPDX-License-Identifier: GPL-2.0-or-later
"""What is printed is what is committed.

For the shipped example and for random VPNs: the text of `print`, loaded with
the backend's own tool, lists letter for letter as what `apply` makes. See
roundtrip.sh.
"""
import os
import re
import sys

import harness
import randvpn
from harness import BACKEND, Vpn, call, expect, main, scenario
from rules import RULES

# One VPN of so many has IPsec clients, too.
IPSEC_EACH = 4
# And one logs.
LOG_EACH = 3
# And a host translates.
NAT_EACH = 5
FAMILIES = {"nftables": "any", "iptables-legacy": "equal"}


def print_text(command, where):
    """A file in error does not keep the others from being printed."""
    done = call(*command, "print")
    expect(done.returncode in (0, 1), f"{where}: print ended with "
           f"{done.returncode}:\n{scenario.text(done.stderr)}")
    return done.stdout, done.returncode


def compare(where, old, new, a_is, b_is):
    if old == new:
        return
    for n, (a, b) in enumerate(zip(old.splitlines() + [""],
                                   new.splitlines() + [""])):
        expect(a == b, f"{where}: line {n + 1} of the listing:\n"
               f"  {a_is}: {a}\n  {b_is}: {b}")
    expect(False, f"{where}: one listing is longer than the other")


def round_trip(where, command):
    text, status = print_text(command, where)
    RULES.load(text)
    printed = RULES.listing()
    as_listed = RULES.as_listed(text)
    if as_listed:
        compare(where, as_listed, printed, "printed", "loaded")
    # Both ways must start from nothing.
    RULES.forget()
    done = call(*command, "apply")
    expect(done.returncode == status, f"{where}: apply ended with "
           f"{done.returncode}, print with {status}:\n"
           f"{scenario.text(done.stderr)}")
    applied = RULES.listing()
    expect(applied, f"{where}: apply made no rules")
    compare(where, printed, applied, "printed and loaded", "applied")
    done = call(*command, "-q", "reconcile", "--deep")
    # a bad file is found as long as it is bad
    found = [line for line in scenario.text(done.stdout).splitlines()
             if not re.match(r"stands: .*\[(bad-file|two-owners)\]$", line)]
    expect(not found and done.returncode == status,
           f"{where}: after apply reconcile ends with {done.returncode}, and "
           f"finds {found}")
    counted = re.search(r"packets (?!0 bytes 0)\d.*", applied)
    expect(not counted, f"{where}: a counter is not 0: {counted}")
    return len(applied.splitlines())


def example():
    folder = os.path.join(os.environ["srcdir"], "examples")
    state = os.path.join(harness.WORK, "example-state")
    os.makedirs(state, exist_ok=True)
    return round_trip("example", [
        harness.VPNPF, "--openvpn", os.path.join(folder, "server.conf"),
        "--policy", os.path.join(folder, "policy"), "--state-dir", state,
        "-b", BACKEND])


def test():
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    lines = example()
    vpn = Vpn()
    for seed in range(first, first + count):
        # No memory of the one before: a bad file finds no earlier rules, and
        # rules tell no hook whose addresses were lost.
        RULES.forget()
        scenario.clear(vpn.state)
        world = randvpn.RandomVpn(seed)
        world.put(vpn)
        vpn.options = None
        if not seed % IPSEC_EACH:
            world.put_ipsec(vpn, FAMILIES[BACKEND])
        if not seed % LOG_EACH:
            world.put_log(vpn)
        if not seed % NAT_EACH:
            vpn.options = f"{vpn.options or ''}nat = yes\n"
        lines += round_trip(f"seed {seed}", vpn.command())
    return (f"the example and {count} random VPNs: {lines} lines listed the "
            "same, printed and applied")


if __name__ == "__main__":
    main(test)
