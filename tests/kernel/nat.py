# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that translate come and go; the state's table tells what vpnpf has found
of them. See nat.sh.
"""
import os

from harness import BACKEND, Vpn, call, expect, main, must

DROP = "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"
NFT = "table {family} other {{ chain post {{ type {kind} hook postrouting " \
      "priority 100; {rule}; }}; chain alone {{ masquerade; }}; }}"
LEGACY = {
    "iptables-legacy": ("-A", "POSTROUTING", "-s", "10.8.0.0/24",
                        "-j", "MASQUERADE"),
    "ip6tables-legacy": ("-A", "PREROUTING", "-p", "udp", "-j", "DNAT",
                         "--to-destination", "fd00::1"),
}


def tables():
    """The tables of iptables that the kernel has made."""
    found = {}
    for names in "ip_tables_names", "ip6_tables_names":
        if os.path.exists(f"/proc/net/{names}"):
            with open(f"/proc/net/{names}") as file:
                found[names] = sorted(file.read().split())
    return found


def known(vpn):
    """What the loaded rules are for: does the host translate?"""
    with open(os.path.join(vpn.state, "policy")) as file:
        layout = [line.split() for line in file if line.startswith("y")]
    expect(len(layout) == 1, f"the layout: {layout}")
    return "nat" in layout[0]


def reconciled(vpn, wanted, what):
    before = tables()
    done = vpn.call("reconcile")
    expect(done.returncode in (0, 1), f"{what}: {done}")
    expect(known(vpn) == wanted, f"{what}: {known(vpn)}")
    expect(vpn.call("reconcile", "--check").returncode == 0,
           f"{what}: not at rest")
    expect(tables() == before, f"{what}: made tables {tables()}")


def nft(vpn):
    for family in "ip", "ip6", "inet":
        for kind, rule, wanted in (("filter", "masquerade", False),
                                   ("nat", "", False), ("nat", "accept", True),
                                   ("nat", "masquerade", True)):
            if kind == "filter":
                rule = "accept"
            text = NFT.format(family=family, kind=kind, rule=rule)
            if not wanted:
                text = text.replace("chain alone { masquerade; }; ", "")
            must("nft", "-f", "-", data=text.encode())
            reconciled(vpn, wanted, f"nft {family} {kind} \"{rule}\"")
            must("nft", "delete", "table", family, "other")
            reconciled(vpn, False, f"nft {family}, gone")


def legacy(vpn):
    for program, rule in LEGACY.items():
        must(program, "-t", "nat", "-S")
        reconciled(vpn, False, f"{program}, empty")
        must(program, "-t", "nat", *rule)
        reconciled(vpn, True, program)
        must(program, "-t", "nat", "-F")
        reconciled(vpn, False, f"{program}, gone")


def settings(vpn):
    """The configuration is believed."""
    rule = ("iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-j", "ACCEPT")
    for setting, without, with_rules in (("yes", True, True),
                                         ("no", False, False),
                                         ("auto", False, True)):
        vpn.options = f"nat = {setting}\n"
        reconciled(vpn, without, f"nat = {setting}, no rules")
        must(*rule)
        reconciled(vpn, with_rules, f"nat = {setting}, with rules")
        must("iptables-legacy", "-t", "nat", "-F")
    vpn.options = None


def at_rest(vpn):
    """Rules that translate are no reason to read the files each time."""
    path = os.path.join(vpn.state, "policy")
    must("iptables-legacy", "-t", "nat", *LEGACY["iptables-legacy"])
    reconciled(vpn, True, "at rest")
    before = os.stat(path).st_ino
    vpn.must("reconcile")
    # small tables of iptables are always listed
    expect(BACKEND != "nftables" or os.stat(path).st_ino == before,
           "compiled without a change")
    must("iptables-legacy", "-t", "nat", "-F")


def by_apply(vpn):
    """Every command that compiles all looks."""
    must("ip6tables-legacy", "-t", "nat", *LEGACY["ip6tables-legacy"])
    vpn.must("apply")
    expect(known(vpn), "apply")
    # a hook that changes a client goes by what is loaded
    must("ip6tables-legacy", "-t", "nat", "-F")
    expect(vpn.learn("add", "10.8.0.9", "john").returncode == 0, "a hook")
    expect(known(vpn), "a hook has looked")
    must(*(("nft", "flush", "ruleset") if BACKEND == "nftables" else
           ("iptables-legacy", "-F")))
    expect(vpn.learn("add", "10.8.0.8", "john").returncode == 0, "a hook")
    if BACKEND == "nftables":
        expect(not known(vpn), "a hook that loads all has not looked")


def test():
    vpn = Vpn()
    vpn.put("john", DROP)
    vpn.address("john", "10.8.0.2")
    before = tables()
    if BACKEND == "nftables":
        vpn.must("apply")
        expect(tables() == before, "apply made a table of iptables")
    else:
        vpn.must("apply")
        expect("nat" not in sum(tables().values(), []), "apply made nat")
    expect(not known(vpn), "nothing translates")
    nft(vpn)
    expect("nat" not in sum(tables().values(), []), "a table nat was made")
    legacy(vpn)
    settings(vpn)
    at_rest(vpn)
    by_apply(vpn)
    expect(call("nft", "list", "ruleset").returncode == 0, "nft")
    return "what translates is found: nft in 3 families, legacy in 2"


if __name__ == "__main__":
    main(test)
