# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes under a flood: no allowed packet lost, no denied one through.

tunprobe floods flows that the policy allows and flows that it denies, while
the rules change all the time in ways that do not concern those flows: one
client's file flips and is loaded again, other clients come and go, the whole
policy is applied. See flood.sh.
"""
import subprocess
import sys
import threading

from harness import TUNPROBE, Vpn, expect, main, scenario

# john and nick talk, bob and max may not; each has a stranger it may reach.
FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+192.0.2.1\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n",
    "bob": "[CLIENTS ACCEPT]\n-max\n[SUBNETS DROP]\n[END]\n",
    "max": "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-192.0.2.1\n[END]\n",
    "eve": "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n",
    "guest": "[CLIENTS DROP]\n+john\n+bob\n[SUBNETS DROP]\n[END]\n",
}
ADDRESSES = {"john": "10.8.0.2", "nick": "10.8.0.3", "bob": "10.8.0.4",
             "max": "10.8.0.5"}
ALLOWED = ["10.8.0.2,10.8.0.3", "10.8.0.3,10.8.0.2", "10.8.0.2,192.0.2.1",
           "192.0.2.1,10.8.0.2", "10.8.0.3,192.0.2.1",
           "fd00:8::2,fd00:8::3"]
DENIED = ["10.8.0.3,10.8.0.4", "10.8.0.4,10.8.0.3", "10.8.0.4,10.8.0.5",
          "10.8.0.5,10.8.0.4", "10.8.0.3,192.0.2.9", "10.8.0.5,192.0.2.1",
          "192.0.2.1,10.8.0.4", "10.8.0.2,10.8.0.4", "fd00:8::4,fd00:8::5"]
# And of a network behind john, where there is one: flood.sh.
NETWORKS = {"john": "iroute 10.66.0.0 255.255.0.0\n"}
NETWORK_ALLOWED = ["10.66.0.5,192.0.2.1", "192.0.2.1,10.66.0.5",
                   "10.66.0.5,10.8.0.3", "10.8.0.3,10.66.0.5"]
NETWORK_DENIED = ["10.66.0.5,10.8.0.4", "10.8.0.4,10.66.0.5"]


def ghost(name, n):
    """A name that nobody has."""
    return FILES[name].replace("[SUBNETS", f"+ghost-{n % 7}\n[SUBNETS")


def subnet(name, n):
    """A network that nobody sends to."""
    return FILES[name].replace("[END]", f"-198.18.{n % 250}.0/24\n[END]")


def long(name, n):
    """So many networks that they may be kept in another way."""
    lines = "".join(f"{'+-'[k % 2]}198.{18 + n % 2}.{k}.0/24\n"
                    for k in range(120))
    return FILES[name].replace("[END]", f"{lines}[END]")


def turned(name, n):
    """The same verdicts for all, said the other way round."""
    return {
        "john": "[CLIENTS ACCEPT]\n-bob\n-max\n-eve\n[SUBNETS ACCEPT]\n"
                "+192.0.2.1\n-0.0.0.0/0\n[END]\n",
        "nick": "[CLIENTS ACCEPT]\n-bob\n-max\n-eve\n[SUBNETS DROP]\n"
                "-192.0.2.9\n+0.0.0.0/0\n[END]\n",
    }[name]


VARIANTS = {f.__name__: f for f in (ghost, subnet, long, turned)}


class Change:
    """One way to change the rules, over and over, in a thread of its own."""

    def __init__(self, vpn, step, stop):
        self.done, self.changed, self.wrong = 0, 0, None
        self.vpn, self.step, self.stop = vpn, step, stop
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def loop(self):
        while not self.stop.is_set() and not self.wrong:
            done = self.step(self.vpn, self.done)
            self.done += 1
            self.changed += done.stdout not in (b"", b"nothing to change\n")
            if done.returncode != 0:
                self.wrong = (f"{self.step.__name__} ended with "
                              f"{done.returncode}: "
                              f"{scenario.text(done.stderr)}")


def variant(vpn, name, n):
    """NAME's file changes in something that no flow meets."""
    kinds = vpn.kinds
    vpn.put(name, VARIANTS[kinds[n // 2 % len(kinds)]](name, n)
            if n % 2 else FILES[name])


def client_again(vpn, n):
    """The same client, with another file each time."""
    variant(vpn, "john", n)
    return vpn.learn("update", "10.8.0.2", "john")


def others_come_and_go(vpn, n):
    guest = f"10.8.0.{20 + n // 4 % 50}"
    steps = [lambda: vpn.hook("connect", "guest", guest),
             lambda: vpn.learn("add", guest, "guest"),
             lambda: vpn.hook("disconnect", "guest", guest),
             lambda: vpn.learn("delete", guest)]
    return steps[n % 4]()


def all_again(vpn, n):
    """The whole policy: one more changed file, one more client."""
    variant(vpn, "nick", n)
    if n % 3 == 0:
        scenario.put(vpn.ccd, b"eve", None)
    else:
        vpn.address("eve", f"10.8.0.{100 + n % 50}",
                    more="iroute 10.77.0.0 255.255.0.0\n" if n % 3 > 1 else "")
    return vpn.call("apply")


def flood(seconds, allowed=ALLOWED, denied=DENIED):
    args = [TUNPROBE, "flood", "--dev", "tun0", "--lan", "lan0",
            "--net", "10.8.0.0/24", "--net", "10.66.0.0/16",
            "--net", "fd00:8::/64",
            "--seconds", str(seconds), "--wait", "500"]
    for flow in allowed:
        args += ["--allow", flow]
    for flow in denied:
        args += ["--deny", flow]
    return subprocess.run(args, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def check_flood(done):
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    sums = {}
    for kind, sent, received in rows:
        sums[kind] = [a + int(b) for a, b in
                      zip(sums.get(kind, [0, 0]), (sent, received))]
    expect(done.returncode == 0,
           f"flood ended with {done.returncode}: {done.stderr.decode()}\n"
           f"{done.stdout.decode()}")
    return sums["allowed"][0], sums["denied"][0]


def test():
    seconds = float(sys.argv[1])
    vpn = Vpn()
    vpn.kinds = sys.argv[2:] or list(VARIANTS)
    for name, content in FILES.items():
        vpn.put(name, content)
    for name, address in ADDRESSES.items():
        vpn.address(name, address, f"fd00:8::{address.rsplit('.', 1)[1]}",
                    more=NETWORKS.get(name, ""))
    vpn.must("apply")
    stop = threading.Event()
    changes = [Change(vpn, step, stop) for step in
               (client_again, others_come_and_go, all_again)]
    try:
        done = flood(seconds, ALLOWED + NETWORK_ALLOWED,
                     DENIED + NETWORK_DENIED)
    finally:
        stop.set()
        for change in changes:
            change.thread.join()
    changed = sum(change.changed for change in changes)
    allowed, denied = check_flood(done)
    for change in changes:
        expect(not change.wrong, change.wrong)
    calls = sum(change.done for change in changes)
    expect(changed > seconds, f"only {changed} changes by apply")
    return (f"{allowed} allowed packets, none lost; {denied} denied packets, "
            f"none through; {calls} calls of vpnpf, {changed} of them an "
            "apply that changed something")


if __name__ == "__main__":
    main(test)
