#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench AGAINST=COMMIT`: what this program costs, as a multiple of what
another does, as of a commit before.

usage: against.py VPNPF SPAWN PKTSEND BEFORE [hooks|load|reconcile|packets|
                                              nftables|iptables-legacy ...]

BEFORE is the other program.  The two take turns, each in namespaces of its
own; each figure is the median of the rounds' ratios, of CPU time, which other
work on the machine disturbs less than it does the time from begin to end.  In
the environment, beside what bench.py takes, SIZES is the numbers of clients.
"""
import os
import shutil
import statistics
import subprocess
import sys

import bench
from bench import (PKTSEND, ROUNDS, SH, RM, address, client, environment,
                   gateway, inside, namespace, received, run, spawn)

PROGRAMS = {"now": os.path.abspath(sys.argv[1]),
            "before": os.path.abspath(sys.argv[4])}
SIZES = [int(n) for n in os.environ.get("SIZES", "10 1000 10000").split()]


def command(world, backend, who, *args):
    return [PROGRAMS[who], "-c", f"{world.dir}/vpnpf.conf", "-b", backend.name,
            "--state-dir", f"{world.dir}/state-{who}", "-q", *args]


def turn(r):
    """Each of them begins as often as the other."""
    return sorted(PROGRAMS, reverse=r % 2)


def show(label, now, before, unit, more=""):
    ratio = statistics.median(n / b for n, b in zip(now, before, strict=True))
    print(f"        {label:34} {statistics.median(before):10.0f} "
          f"{statistics.median(now):10.0f} {unit}  {ratio:.3f}{more}")
    sys.stdout.flush()


def show_times(times):
    """{who: {label: [(microseconds, KiB, microseconds of CPU time)]}}"""
    for label in times["now"]:
        now, before = (times[who][label] for who in ("now", "before"))
        begin_to_end = statistics.median(
            n[0] / b[0] for n, b in zip(now, before, strict=True))
        show(label, [n[2] for n in now], [b[2] for b in before], "us",
             f"  (from begin to end {begin_to_end:.3f})")


def measure(label, steps_of):
    """STEPS_OF(round, who): lists of lines; the two take turns at each."""
    spaces = {who: gateway(f"{who}-{label}") for who in PROGRAMS}
    times = {who: {} for who in PROGRAMS}
    for r in range(ROUNDS):
        steps = {who: steps_of(r, who) for who in PROGRAMS}
        for i in range(len(steps["now"])):
            for who in turn(r + i):
                for label, found in spawn(spaces[who], steps[who][i]).items():
                    times[who].setdefault(label, []).extend(found)
    return times


def own_policy(world, r):
    """A .pf file that no other client has."""
    return world.texts[0].replace("[END]", f"+198.51.{r}.0/24\n[END]")


def hooks(backend):
    print(f"(b) hooks as whole processes, {backend.name}; 50 policies")
    for n in SIZES:
        world = bench.World(n, min(50, n))

        def steps(r, who):
            known, addr = client(3 + r % (n - 4)), address(5 + r % (n - 4))
            same, own = f"same{r}", f"own{r}"
            world.write(f"policy/{same}.pf", world.texts[0])
            world.write(f"policy/{own}.pf", own_policy(world, r))
            out = [[["env"], ["run", *command(world, backend, who, "apply")]]]
            for title, name, ip in (
                    ("known", known, addr), ("new", same, f"10.250.{r}.1"),
                    ("new, own policy", own, f"10.251.{r}.1")):
                for label, kind, args in (
                        ("connect", "client-connect", ["connect", "/tmp/x"]),
                        ("learn-address", "learn-address",
                         ["learn-address", "add", ip, name]),
                        ("learn-address again", "learn-address",
                         ["learn-address", "update", ip, name]),
                        ("disconnect", "client-disconnect", ["disconnect"])):
                    out.append([environment(name, ip, kind),
                                ["time", f"{title}: {label}",
                                 *command(world, backend, who, *args)]])
            return out
        print(f"    {n} clients")
        show_times(measure(f"hooks{n}", steps))


def load(backend):
    print(f"(a) cold load, {backend.name}: `vpnpf apply`, all files read; 50 "
          f"policies")
    for n in SIZES:
        world = bench.World(n, min(50, n))

        def steps(_, who):
            apply = command(world, backend, who, "apply")
            return [[["env"], ["run", *command(world, backend, who, "flush")],
                     ["run", RM, "-rf", f"{world.dir}/state-{who}"]],
                    [["env"], ["time", "apply", *apply]],
                    [["env"], ["time", "apply, all in force", *apply]]]
        print(f"    {n} clients")
        show_times(measure(f"load{n}", steps))


def reconcile(backend):
    print(f"(e) reconcile as a whole process, {backend.name}; 50 policies")
    for n in SIZES:
        world = bench.World(n, min(50, n))

        def steps(r, who):
            call = command(world, backend, who, "reconcile")
            touch = [["run", "/bin/touch", f"{world.dir}/policy"],
                     ["pause", "20"]]
            first = [["run", *command(world, backend, who, "apply")]]
            return [[["env"]] + first * (r == 0),
                    [["env"], ["time", "nothing to do", *call]],
                    [["env"], ["time", "nothing to do, --deep", *call,
                               "--deep"]],
                    [["env"]] + touch + [["time", "files are newer", *call]]]
        print(f"    {n} clients")
        show_times(measure(f"reconcile{n}", steps))


class Router:
    """A host with two VPN interfaces, by its address the server's, a client
    behind each, and two others."""

    ENDS = ("tun0", "tun1", "lan0", "wan0")

    def __init__(self, label, world, apply):
        self.router = namespace(f"{label}-r")
        self.ends = {dev: namespace(f"{label}-{dev}") for dev in self.ENDS}
        pairs = world.pair, world.open_pair
        addresses = {"tun0": [address(p[0] + 2) for p in pairs],
                     "tun1": [address(p[1] + 2) for p in pairs],
                     "lan0": ["198.18.0.1"],
                     "wan0": [world.allowed(world.pair[0])]}
        for dev, ns in self.ends.items():
            self.connect(dev, ns, addresses[dev])
        inside(self.router, SH, "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        if apply:
            inside(self.router, *apply)
        self.ways = {
            "client to client": ("tun0", "tun1", 0),
            "client to client, by default": ("tun0", "tun1", 1),
            "client to net": ("tun0", "wan0", 0),
            "net to client": ("wan0", "tun0", 0),
            "others'": ("lan0", "wan0", 0),
        }
        self.addresses = addresses

    def connect(self, dev, ns, own):
        r = self.router
        run("ip", "link", "add", "eth0", "netns", ns, "type", "veth", "peer",
            "name", dev, "netns", r)
        run("ip", "-n", r, "link", "set", dev, "up")
        if dev.startswith("tun"):
            run("ip", "-n", r, "addr", "add", "10.0.0.1/32", "dev", dev)
        run("ip", "-n", ns, "link", "set", "eth0", "up")
        macs = [inside(where, "cat", f"/sys/class/net/{link}/address",
                       stdout=subprocess.PIPE).stdout.strip()
                for where, link in ((r, dev), (ns, "eth0"))]
        run("ip", "-n", ns, "addr", "add", "169.254.0.2/30", "dev", "eth0")
        run("ip", "-n", ns, "route", "add", "default", "via", "169.254.0.1",
            "dev", "eth0")
        run("ip", "-n", ns, "neigh", "add", "169.254.0.1", "lladdr", macs[0],
            "dev", "eth0")
        for ip in own:
            run("ip", "-n", ns, "addr", "add", f"{ip}/32", "dev", "eth0")
            run("ip", "-n", r, "route", "add", ip, "dev", dev)
            run("ip", "-n", r, "neigh", "add", ip, "lladdr", macs[1], "dev",
                dev)
        bench.sinks.append(subprocess.Popen(
            [bench.NSENTER, f"--net=/run/netns/{ns}", sys.executable, "-c",
             "import socket, signal; s = socket.socket(socket.AF_INET, "
             "socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, "
             "socket.SO_RCVBUF, 1); s.bind(('', 9)); signal.pause()"]))

    def send(self, way, count):
        """Nanoseconds of CPU time of a packet."""
        source, target, which = self.ways[way]
        a, b = self.ends[source], self.ends[target]
        to = self.addresses[target][which]
        run("ip", "-n", a, "route", "replace", to, "via", "169.254.0.1", "dev",
            "eth0", "src", self.addresses[source][which])
        before = received(b)
        out = inside(a, PKTSEND, to, str(count), stdout=subprocess.PIPE).stdout
        got = received(b) - before
        if got < count * 0.99:
            sys.exit(f"bench: {way}: only {got} of {count} packets arrived")
        return float(out)


def packets(backend):
    count = 20000
    print(f"(c) CPU time of a packet through a router (veth), {backend.name}; "
          "50 policies")
    for n in SIZES:
        for servers in (1, 2):
            world = bench.World(n, min(50, n), servers)
            routers = {who: Router(f"{who}{n}-{servers}", world,
                                   command(world, backend, who, "apply"))
                       for who in PROGRAMS}
            bare = Router(f"none{n}-{servers}", world, None)
            print(f"    {n} clients, " + ("dev tun" if servers == 1 else
                                          "servers on tun0 and tun1"))
            for way in bare.ways:
                cost = {who: [] for who in (*PROGRAMS, "none")}
                for r in range(4 * ROUNDS):
                    for who in turn(r):
                        cost[who].append(routers[who].send(way, count))
                    cost["none"].append(bare.send(way, count))
                none = statistics.median(cost["none"])
                show(way, cost["now"], cost["before"], "ns",
                     f"  ({none:.0f} ns without rules)")
            bench.end()


BENCHMARKS = {f.__name__: f for f in (load, hooks, packets, reconcile)}


def main():
    bench.raise_priority()
    wanted = sys.argv[5:]
    print("    median before, now, and of the rounds' ratios; CPU time")
    try:
        for what in [w for w in wanted if w in BENCHMARKS] or BENCHMARKS:
            for name in [w for w in wanted
                         if w in bench.BACKENDS] or bench.BACKENDS:
                BENCHMARKS[what](bench.BACKENDS[name])
                bench.end()
    finally:
        bench.end()
        shutil.rmtree(bench.TOP, ignore_errors=True)


main()
