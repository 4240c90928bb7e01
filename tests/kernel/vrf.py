# SPDX-License-Identifier: GPL-2.0-or-later
"""The interface of the server is in a VRF, with ports of the LAN: the kernel
gives their packets the name of the VRF. See tests/ipsec/vrf.sh.
"""
import os

from devs import JOHN, MAX, NET, NICK, SHOP, World, says
from harness import BACKEND, main, must, scenario, write_sysctl

DMZ = "10.0.5.7"


def ip(*args):
    must("ip", *args)


def into(*names):
    for name in names:
        ip("link", "set", name, "master", "blue")


def out_of(*names):
    for name in names:
        ip("link", "set", name, "nomaster")


def closed(w, what):
    """Whatever the rules know of the VRF."""
    for packet in (("tun0", NICK, SHOP), ("tun0", JOHN, DMZ),
                   ("tun0", "10.8.0.9", SHOP), ("tun0", SHOP, DMZ),
                   ("lan1", SHOP, NICK), ("lan1", SHOP, "10.8.0.9"),
                   ("lan2", DMZ, JOHN), ("lan1", NICK, JOHN),
                   ("lan1", JOHN, NICK), ("tun0", JOHN, MAX)):
        w.goes(f"{what}: closed", None, *packet)


def alone(w, what):
    """What is no business of clients."""
    for out, *packet in (("lan2", "lan1", SHOP, DMZ), ("lan1", "lan2", DMZ,
                                                       SHOP),
                         ("lan2", "lan1", NICK, DMZ),
                         ("lan1", "lan2", JOHN, SHOP)):
        w.goes(f"{what}: no client's business", out, *packet)


def served(w, what):
    for out, *packet in (("lan1", "tun0", JOHN, SHOP),
                         ("tun0", "lan1", SHOP, JOHN)):
        w.goes(f"{what}: served", out, *packet)
    closed(w, what)


def pairs(w, what):
    for packet in (JOHN, NICK), (NICK, JOHN):
        w.goes(f"{what}: a pair", "tun0", "tun0", *packet)


def noticed(w, what):
    """By reconcile."""
    says(w.ends(1, "reconcile", "--check"), "reconcile", "interface-changed")
    says(w.ends(1, "reconcile"), "reconcile", "interface-changed")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    served(w, what)
    pairs(w, what)
    alone(w, what)


def behind_dnat(w, table):
    """The rules cannot tell the ports of the VRF apart: all are the VPN's, and
    nothing passes from the VRF into the VPN."""
    w.options = f"iptables-table = {table}\n"
    w.ends(0, "apply")
    says(w.call("doctor")[1], "doctor", "tun* is in a VRF", table)
    closed(w, table)
    w.goes(f"{table}: a pair", None, "tun0", JOHN, NICK)
    w.goes(f"{table}: john", "lan1", "tun0", JOHN, SHOP)
    out_of("tun0", "lan1", "lan2")
    w.ends(1, "reconcile")
    served(w, f"{table}, out of the VRF")
    pairs(w, f"{table}, out of the VRF")
    alone(w, f"{table}, out of the VRF")
    into("tun0", "lan1", "lan2")
    w.connects("office", "tun0", "john", JOHN)
    closed(w, f"{table}, by a hook")
    w.goes(f"{table}, by a hook: a pair", None, "tun0", JOHN, NICK)
    w.options = ""


def masquerade(w):
    """Of the host's own, without an interface."""
    rule = ("POSTROUTING", "-s", "10.8.0.0/24", "-j", "MASQUERADE")
    must("iptables-legacy", "-t", "nat", "-A", *rule)
    w.ends(0, "apply")
    pairs(w, "masquerade")
    w.goes("masquerade: no pair", None, "tun0", JOHN, "10.8.0.4")
    must("iptables-legacy", "-t", "nat", "-D", *rule)


def test():
    w = World()
    ip("link", "set", "lo", "up")
    for path in "all/rp_filter", "default/rp_filter":
        write_sysctl(f"ipv4/conf/{path}", 0)
    scenario.put_policy(os.path.join(os.environ["work"], "policy"), {
        "eve": "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"})
    scenario.put(os.path.join(os.environ["work"], "office"), b"eve",
                 b"ifconfig-push 10.8.0.4 255.255.255.0\n")
    ip("link", "add", "blue", "type", "vrf", "table", "100")
    ip("link", "set", "blue", "up")
    for name, address in (("tun0", "10.8.0.1/24"), ("lan1", "10.0.4.1/24"),
                          ("lan2", "10.0.5.1/24")):
        w.host.make(name, address)
    w.ends(0, "apply")
    served(w, "no VRF")
    pairs(w, "no VRF")
    into("tun0", "lan1", "lan2")
    closed(w, "not noticed")
    alone(w, "not noticed")
    noticed(w, "in a VRF")
    masquerade(w)
    w.ends(0, "apply")
    noticed_out(w)
    into("tun0", "lan1", "lan2")
    w.connects("office", "tun0", "john", JOHN)
    served(w, "by a hook")
    pairs(w, "by a hook")
    alone(w, "by a hook")
    if BACKEND == "iptables-legacy":
        for table in "filter", "security":
            behind_dnat(w, table)
    return "a VRF: put in, taken out, by reconcile and by hooks"


def noticed_out(w):
    out_of("tun0")
    w.goes("alone: forged", None, "lan1", NICK, JOHN)
    out_of("lan1", "lan2")
    closed(w, "out, not noticed")
    noticed(w, "out of the VRF")


if __name__ == "__main__":
    main(test)
