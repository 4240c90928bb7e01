#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmarks of `make bench`: ratios of interleaved runs, medians.

usage: bench.py VPNPF SPAWN PKTSEND [load|hooks|plugin|packets|memory|
                                     reconcile|crowd|connected|names|
                                     nftables|iptables-legacy ...]

Without backends: all that are installed.  Needs root and a /run of its own
(run.sh); works in network namespaces of its own.  In the environment, ROUNDS
(default 9) is the number of rounds, CLIENTS (default 10000) the largest.
"""
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

VPNPF, SPAWN, PKTSEND = (os.path.abspath(p) for p in sys.argv[1:4])
ROUNDS = int(os.environ.get("ROUNDS", "9"))
MOST = int(os.environ.get("CLIENTS", "10000"))
SIZES = [n for n in (10, 1000, 10000) if n <= MOST]


def tool(name):
    return shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


TRUE, SH, NSENTER, RM, NFT = map(tool, ("true", "sh", "nsenter", "rm", "nft"))
# in memory, as /run is
TOP = tempfile.mkdtemp(prefix="vpnpf-bench-", dir="/dev/shm")
NAMESPACES = []
sinks = []


def run(*argv, **kw):
    return subprocess.run(argv, check=True, text=True, **kw)


def namespace(name):
    name = f"vb{os.getpid()}-{name}"
    run("ip", "netns", "add", name)
    NAMESPACES.append(name)
    return name


def gateway(name):
    """A namespace with the server's interface."""
    ns = namespace(name)
    run("ip", "-n", ns, "tuntap", "add", "tun0", "mode", "tun")
    run("ip", "-n", ns, "addr", "add", "10.0.0.1/8", "dev", "tun0")
    return ns


def inside(ns, *argv, **kw):
    return run("ip", "netns", "exec", ns, *argv, **kw)


def address(i):
    return f"10.{8 + (i >> 16)}.{i >> 8 & 255}.{i & 255}"


def client(i):
    return f"client{i:06d}"


def pair_of(n):
    """Of N clients two neighbours, whose addresses end in 254 and 255 if there
    are such: the last of each list that leads to them."""
    last = max([i for i in range(n) if (i + 2) % 256 == 255] or [n - 1])
    return last - 1, last


class World:
    """N clients, K distinct .pf files of 8 names and 8 subnets each; of one
    server on all tun devices, or of two: the second has the pair's second
    client, on tun1."""

    def __init__(self, n, k, servers=1):
        self.n, self.k = n, k
        self.pair = pair_of(n)
        odd = max(i for i in self.pair if i % 2)
        self.open_pair = odd - 2, odd - 4   # both accept by default
        self.dir = f"{TOP}/{n}-{k}"
        self.rnd = random.Random(n * 1000003 + k)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(f"{self.dir}/policy")
        os.makedirs(f"{self.dir}/ccd")
        os.makedirs(f"{self.dir}/ccd2")
        self.texts = [self.policy(j) for j in range(k)]
        # of the second server: the second of each pair below
        second = [self.pair[1], self.open_pair[1]] if servers > 1 else []
        for i in range(n):
            self.write(f"policy/{client(i)}.pf", self.texts[i % k])
            self.write(f"ccd{'2' * (i in second)}/{client(i)}",
                       f"ifconfig-push {address(i + 2)} 255.0.0.0\n")
        conf = self.write("server.conf", "dev tun\nmode server\n"
                          "topology subnet\nifconfig 10.0.0.1 255.0.0.0\n")
        self.write("vpnpf.conf", f'policy = "{self.dir}/policy"\n' + "".join(
            f"""openvpn {name} {{
    {which}
    topology = subnet
    ccd = "{self.dir}/{ccd}"
}}
""" for name, which, ccd in
            ([("bench", f'server-conf = "{conf}"', "ccd")] if servers == 1 else
             [("bench", 'dev = "tun0"', "ccd"),
              ("other", 'dev = "tun1"', "ccd2")])))

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w") as f:
            f.write(text)
        return f"{self.dir}/{name}"

    def policy(self, j):
        accept = j % 2
        sign = "-" if accept else "+"
        others = [i for i in range(self.n)
                  if i not in (*self.pair, *self.open_pair)]
        peers = self.rnd.sample(others, min(8, len(others)))
        if not accept:          # who may talk in the packet benchmark
            peers[:2] = self.pair
        nets = [f"{'+-'[s % 2]}192.{j % 250}.{(j // 250 * 8 + s) % 256}.0/24"
                for s in range(8)]
        return "\n".join([f"[CLIENTS {'ACCEPT' if accept else 'DROP'}]"]
                         + [sign + client(p) for p in peers]
                         + [f"[SUBNETS {'DROP' if j % 4 < 2 else 'ACCEPT'}]"]
                         + nets + ["[END]", ""])

    def allowed(self, i):
        """An address to which client I may send."""
        j = i % self.k
        return f"192.{j % 250}.{j // 250 * 8 % 256}.1"

    def command(self, backend, *args):
        return [VPNPF, "-c", f"{self.dir}/vpnpf.conf", "-b", backend.name,
                "--state-dir", f"{self.dir}/state-{backend.name}", "-q", *args]

    def printed(self, backend):
        return run(*self.command(backend, "print"),
                   stdout=subprocess.PIPE).stdout


class Nftables:
    name = "nftables"
    tool = "nft"
    loader = "nft -f"
    script = "script, 38 nft calls"
    loads = [(1, 50), (1, MOST), (10, 50)]      # times MOST, policies
    crowd = 1000

    def clear(self, world):
        return [["run", NFT, "flush", "ruleset"]]

    def load(self, world):
        """[[word, ...], ...]: what loads the printed text, one after the
        other."""
        path = world.write("rules.nft", world.printed(self))
        return [[NFT, "-f", path]]

    def one_by_one(self, world, ns):
        """Nobody does that."""

    def linear_client(self, world, name, addr):
        """What a shell hook would do: a chain each way, 8 names and 8
        subnets."""
        lines = []
        for way, here, far in (("out", "saddr", "daddr"),
                               ("in", "daddr", "saddr")):
            lines.append(f"add chain inet vpnpf s/{name}/{way}")
            lines += [f"add rule inet vpnpf s/{name}/{way} ip {far} "
                      f"{address(100 + p)} accept" for p in range(8)]
            lines += [f"add rule inet vpnpf s/{name}/{way} ip {far} "
                      f"192.{p}.0.0/16 accept" for p in range(8)]
            lines.append(f"add rule inet vpnpf s/{name}/{way} counter drop")
            lines.append(f"insert rule inet vpnpf "
                         f"{'from' if way == 'out' else 'to'}/bench "
                         f"ip {here} {addr} jump s/{name}/{way}")
        return world.write(f"script-{name}",
                           "".join(f"{NFT} {line}\n" for line in lines))

    def same_change(self, world, ns, name, addr):
        """What learn-address does for a new client, and the way back, as
        commands of the loader."""
        listing = inside(ns, NFT, "get", "element", "inet", "vpnpf",
                         f"policy_from4/bench {{ {address(2)} }}",
                         stdout=subprocess.PIPE).stdout
        chain = re.search(r"jump (\S+)/from", listing)[1]
        sets = {"client_addr4": "", "dropped4": f' comment "{name}"',
                "from4/bench": f' comment "{name}"',
                "to4/bench": f' comment "{name}"',
                "policy_from4/bench": f" : jump {chain}/from",
                "policy_to4/bench": f" : jump {chain}/to"}
        pairs = ", ".join(f"{addr} . {address(100 + p)}, "
                          f"{address(100 + p)} . {addr}" for p in range(8))
        do = world.write(
            f"same-{name}.nft",
            "".join(f"add element inet vpnpf {s} {{ {addr}{more} }}\n"
                    for s, more in sets.items()) +
            f"add element inet vpnpf allowed4 {{ {pairs} }}\n")
        undo = world.write(
            f"undo-{name}.nft",
            f"delete element inet vpnpf allowed4 {{ {pairs} }}\n" +
            "".join(f"delete element inet vpnpf {s} {{ {addr} }}\n"
                    for s in sets))
        return [NFT, "-f", do], [NFT, "-f", undo]

    def linear(self, ns, n):
        """What scripts on the web make: a jump rule a client."""
        one, other = pair_of(n)
        rules = "\n".join(f"    ip saddr {address(i + 2)} jump c{i}"
                          for i in [*range(one), *range(other, n), one])
        chains = "\n".join(f"  chain c{i} {{ "
                           f"ip daddr {address(other + 2)} accept; "
                           f"ip daddr 192.0.2.0/24 accept; drop; }}"
                           for i in range(n))
        inside(ns, NFT, "-f", "-", input=(
            f"table inet linear {{\n{chains}\n  chain forward {{\n"
            f"    type filter hook forward priority filter; policy accept;\n"
            f"{rules}\n  }}\n}}\n"))


class Legacy:
    name = "iptables-legacy"
    tool = "iptables-legacy-restore"
    loader = "iptables-restore -n"
    script = "script, 38 iptables calls"
    loads = [(1, 50), (1, MOST)]        # a table has room for 512 MB
    crowd = 100
    families = ("iptables", "ip6tables")

    def restore(self, path, family="iptables"):
        return [tool(f"{family}-legacy-restore"), "--noflush", path]

    def clear(self, world):
        path = world.write("empty.ipt", "*mangle\n-F\n-X\nCOMMIT\n")
        return [["run", *self.restore(path, f)] for f in self.families]

    def load(self, world):
        text = world.printed(self)
        out = []
        for family in self.families:
            part = re.search(rf"(?ms)^# {family}-legacy-restore.*?^COMMIT\n",
                             text).group()
            out.append(self.restore(
                world.write(f"rules.{family}", part), family))
        return out

    def one_by_one(self, world, ns):
        """A process a rule, of 100 rules into an empty table and 100 into the
        full one; between these the cost of one grows with the table."""
        with open(f"{world.dir}/rules.iptables") as f:
            rules = [shlex.split(l) for l in f if l.startswith("-A")]
        with open(f"{world.dir}/rules.ip6tables") as f:
            count = len(rules) + sum(l.startswith("-A") for l in f)
        argv = [tool("iptables-legacy"), "-w", "-t", "mangle"]
        few = [["time", "%s", *argv, "-A", "bench", *rule[2:rule.index("-g")],
                "-j", "ACCEPT"] for rule in rules if "-g" in rule][:100]
        begin = [["run", *argv, "-N", "bench"]]

        def hundred(label):
            return begin + [[*l[:1], label, *l[2:]] for l in few] + [
                ["run", *argv, "-F", "bench"], ["run", *argv, "-X", "bench"]]
        r = spawn(ns, self.clear(world) + hundred("empty") + [
            ["run", *self.restore(f"{world.dir}/rules.iptables")]] +
            hundred("full") + self.clear(world))
        empty, full = (statistics.mean(us for us, *_ in r[label])
                       for label in ("empty", "full"))
        print(f"        a process a rule: {empty / 1e3:.1f} ms each into an "
              f"empty table, {full / 1e3:.1f} ms into the full one, so about "
              f"{(empty + full) / 2 * count / 1e6:.0f} s for {count} rules "
              f"(100 of each measured)")

    def linear_client(self, world, name, addr):
        lines = []
        for way, here, far in (("o", "-s", "-d"), ("i", "-d", "-s")):
            lines.append(f"-N s-{name}.{way}")
            lines += [f"-A s-{name}.{way} {far} {address(100 + p)} -j ACCEPT"
                      for p in range(8)]
            lines += [f"-A s-{name}.{way} {far} 192.{p}.0.0/16 -j ACCEPT"
                      for p in range(8)]
            lines.append(f"-A s-{name}.{way} -j DROP")
            lines.append(f"-A FORWARD {here} {addr} -j s-{name}.{way}")
        return world.write(
            f"script-{name}", "".join(
                f"{tool('iptables-legacy')} -w {line}\n" for line in lines))

    def same_change(self, world, ns, name, addr):
        """Server "bench" gets one client more."""
        lines = "".join(f"-A VPx-{name} -d {address(100 + p)} -j RETURN\n"
                        for p in range(8))
        leaves = [("VPS-bench", f"-s {addr} -m comment --comment {name} "
                                f"-g VPo-{name}"),
                  ("VPR-bench", f"-d {addr} -g VPi-{name}"),
                  ("VPC-bench", f"-s {addr} -g VPx-{name}"),
                  ("VPNPF-PAIRS", f"-s {addr} -g VPx-{name}"),
                  ("VPU-bench", f"-d {addr} -g VPNPF-PAIRS"),
                  ("VPF-bench", f"-d {addr} -g VPC-bench"),
                  ("VPB-bench", f"-s {addr} -g VPU-bench"),
                  ("VPNPF-FORGED", f"-s {addr} -j DROP")]
        do = world.write(
            f"same-{name}.ipt",
            f"*mangle\n:VPo-{name} -\n:VPi-{name} -\n:VPx-{name} -\n{lines}"
            f"-A VPx-{name} -j DROP\n-A VPo-{name} -j RETURN\n"
            f"-A VPi-{name} -j RETURN\n" +
            "".join(f"-I {chain} 1 {rule}\n" for chain, rule in leaves) +
            "COMMIT\n")
        chains = [f"VP{c}-{name}" for c in "oix"]
        undo = world.write(
            f"undo-{name}.ipt", "*mangle\n" +
            "".join(f"-D {chain} 1\n" for chain, _ in leaves) +
            "".join(f"-F {c}\n-X {c}\n" for c in chains) + "COMMIT\n")
        return self.restore(do), self.restore(undo)

    def linear(self, ns, n):
        names = "".join(f":c{i} -\n" for i in range(n))
        one, other = pair_of(n)
        rules = "".join(f"-A c{i} -d {address(other + 2)} -j ACCEPT\n"
                        f"-A c{i} -d 192.0.2.0/24 -j ACCEPT\n-A c{i} -j DROP\n"
                        for i in range(n))
        jumps = "".join(f"-A FORWARD -s {address(i + 2)} -j c{i}\n"
                        for i in [*range(one), *range(other, n), one])
        inside(ns, tool("iptables-legacy-restore"),
               input=f"*filter\n{names}{rules}{jumps}COMMIT\n")


def spawn(ns, lines):
    """Run a list of word lists; {label: [(microseconds, KiB, microseconds of
    CPU time), ...]}"""
    out = run(NSENTER, f"--net=/run/netns/{ns}", SPAWN,
              input="".join("\t".join(l) + "\n" for l in lines),
              stdout=subprocess.PIPE).stdout
    result = {}
    for line in out.splitlines():
        label, us, kib, cpu = line.split("\t")
        result.setdefault(label, []).append((float(us), int(kib), float(cpu)))
    return result


def median(pairs, which=0):
    return statistics.median(p[which] for p in pairs)


def load(backend):
    print(f"(a) cold load, {backend.name}: `vpnpf apply`, all files read, "
          f"against `{backend.loader}` of what `vpnpf print` writes")
    for times, k in backend.loads:
        n = times * MOST
        world = World(n, k)
        ns = namespace(f"load{n}-{k}")
        loaders = backend.load(world)
        lines = [["env"]]
        rounds = ROUNDS if n * k <= 500000 else max(3, ROUNDS // 3)
        for _ in range(rounds):
            for what in ([("apply", world.command(backend, "apply"))],
                         [(f"load{i}", argv)
                          for i, argv in enumerate(loaders)]):
                lines += backend.clear(world) + [
                    ["run", RM, "-rf", f"{world.dir}/state-{backend.name}"],
                    ["pause", "50"]]
                lines += [["time", label, *argv] for label, argv in what]
        r = spawn(ns, lines)
        a = median(r["apply"])
        b = sum(median(r[f"load{i}"]) for i in range(len(loaders)))
        peak = max(median(r[f"load{i}"], 1) for i in range(len(loaders)))
        print(f"    {n:6} clients, {k:5} policies: apply {a / 1e3:8.1f} ms,"
              f" {backend.loader} {b / 1e3:8.1f} ms, ratio {a / b:.2f};"
              f" peak {median(r['apply'], 1) / 1024:.0f} MB against"
              f" {peak / 1024:.0f} MB  ({rounds} rounds)")
        if k == n:
            backend.one_by_one(world, ns)
        sys.stdout.flush()
        spawn(ns, backend.clear(world))


def environment(name, addr, kind):
    return ["env", f"script_type={kind}", f"common_name={name}", "dev=tun0",
            f"ifconfig_pool_remote_ip={addr}", "script_context=init"]


def hooks(backend):
    print(f"(b) hooks as whole processes, {backend.name}: microseconds, "
          "multiples of /bin/true, and how many times the script's time they "
          "go into; 50 policies")
    for n in SIZES:
        world = World(n, min(50, n))
        ns = gateway(f"hooks{n}")
        spawn(ns, [["run", *world.command(backend, "apply")]])
        with open(f"{world.dir}/policy/{client(0)}.pf") as f:
            template = f.read()
        lines = []
        scripts = max(3, ROUNDS // 3) if n > 1000 else ROUNDS
        for r in range(ROUNDS):
            known, addr = client(3 + r % (n - 4)), address(5 + r % (n - 4))
            newbie, pool = f"newbie{r}", f"10.250.{r}.1"
            world.write(f"policy/{newbie}.pf", template)
            steps = [
                ("known: connect", known, addr, "client-connect",
                 ["connect", "/tmp/x"]),
                ("known: learn-address, first time", known, addr,
                 "learn-address", ["learn-address", "add", addr, known]),
                ("known: learn-address, again", known, addr, "learn-address",
                 ["learn-address", "update", addr, known]),
                ("known: disconnect", known, addr, "client-disconnect",
                 ["disconnect"]),
                ("new: connect", newbie, pool, "client-connect",
                 ["connect", "/tmp/x"]),
                ("new: learn-address", newbie, pool, "learn-address",
                 ["learn-address", "add", pool, newbie]),
                ("new: disconnect", newbie, pool, "client-disconnect",
                 ["disconnect"]),
                ("back: learn-address", newbie, pool, "learn-address",
                 ["learn-address", "add", pool, newbie]),
                ("back: disconnect", newbie, pool, "client-disconnect",
                 ["disconnect"]),
            ]
            # what the scripts leave is swept up
            lines += [["env"], ["run", *world.command(backend, "apply")],
                      ["pause", "50"], ["time", "true", TRUE]]
            for label, name, ip, kind, args in steps:
                lines += [environment(name, ip, kind), ["pause", "50"],
                          ["time", label, *world.command(backend, *args)]]
            do, undo = backend.same_change(world, ns, f"x{r}",
                                           f"10.251.{r}.1")
            lines += [["env"], ["pause", "50"],
                      ["time", f"{backend.loader} of the same", *do],
                      ["run", *undo]]
            if r < scripts:
                lines += [["pause", "50"],
                          ["time", backend.script, SH, backend.linear_client(
                              world, f"y{r}", f"10.252.{r}.1")]]
        result = spawn(ns, lines)
        base = median(result["true"])
        print(f"    {n} clients")
        for label, values in result.items():
            m = median(values)
            print(f"        {label:34} {m:10.0f}  {m / base:8.1f}"
                  f"  {median(result[backend.script]) / m:8.0f}")
        sys.stdout.flush()


def plugin(backend):
    build = os.path.dirname(VPNPF)
    caller = [f"{build}/tests/openvpn/plugcall", f"{build}/vpnpf-openvpn.so"]
    if not all(map(os.path.exists, caller)):
        print("(f) no plugin: openvpn-plugin.h was missing")
        return
    print(f"(f) calls of the OpenVPN plugin, {backend.name}: microseconds; 50 "
          "policies")
    for n in SIZES:
        world = World(n, min(50, n))
        ns = gateway(f"plugin{n}")
        spawn(ns, [["run", *world.command(backend, "apply")]])
        with open(f"{world.dir}/policy/{client(0)}.pf") as f:
            template = f.read()
        lines = []
        for r in range(ROUNDS):
            known, addr = client(3 + r % (n - 4)), address(5 + r % (n - 4))
            newbie, pool = f"newbie{r}", f"10.250.{r}.1"
            world.write(f"policy/{newbie}.pf", template)
            for kind, name, ip in (("known", known, addr),
                                   ("new", newbie, pool)):
                lines += [[f"{kind}: connect", "connect", name, ip],
                          [f"{kind}: learn-address", "learn-address", "add",
                           ip, name],
                          [f"{kind}: disconnect", "disconnect", name, ip]]
        out = run(NSENTER, f"--net=/run/netns/{ns}", *caller,
                  f"program={VPNPF}", *world.command(backend)[1:],
                  input="".join("\t".join(line[1:]) + "\n" for line in lines),
                  stdout=subprocess.PIPE).stdout.splitlines()
        times = {}
        for line, answer in zip(lines, out, strict=True):
            word, us = answer.split("\t")
            assert word == "ok", line
            times.setdefault(line[0], []).append(float(us))
        print(f"    {n} clients")
        for label, values in times.items():
            print(f"        {label:34} {statistics.median(values):10.0f}")
        sys.stdout.flush()


def router(label, n, rules):
    """client - router - client, the pair of N clients; the router's devices
    are tun0 and tun1, the server's by its address."""
    ends = [address(i + 2) for i in pair_of(n)]
    a, r, b = (namespace(f"{label}-{x}") for x in "arb")
    for ns, dev in ((a, "tun0"), (b, "tun1")):
        run("ip", "link", "add", "eth0", "netns", ns, "type", "veth", "peer",
            "name", dev, "netns", r)
        run("ip", "-n", r, "link", "set", dev, "up")
        run("ip", "-n", r, "addr", "add", "10.0.0.1/32", "dev", dev)
    inside(r, SH, "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    for ns, dev, own, peer in ((a, "tun0", *ends), (b, "tun1", *ends[::-1])):
        run("ip", "-n", ns, "link", "set", "eth0", "up")
        run("ip", "-n", ns, "addr", "add", f"{own}/32", "dev", "eth0")
        run("ip", "-n", ns, "route", "add", "default", "dev", "eth0")
        run("ip", "-n", r, "route", "add", own, "dev", dev)
        for one, its, other, there, ip in ((ns, "eth0", r, dev, peer),
                                           (r, dev, ns, "eth0", own)):
            mac = inside(other, "cat", f"/sys/class/net/{there}/address",
                         stdout=subprocess.PIPE).stdout.strip()
            run("ip", "-n", one, "neigh", "add", ip, "lladdr", mac, "dev", its)
    if rules:
        rules(r)
    # somebody must listen, or each packet is answered by an error
    sinks.append(subprocess.Popen(
        [NSENTER, f"--net=/run/netns/{b}", sys.executable, "-c",
         "import socket, signal; s = socket.socket(socket.AF_INET, "
         "socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, "
         "socket.SO_RCVBUF, 1); s.bind(('', 9)); signal.pause()"]))
    return a, b, ends[1]


def packets(backend):
    print(f"(c) CPU time of a packet from client to client through a router "
          f"(veth), and packets a second against no rules; {backend.name}")
    count = 50000
    ways = {"no rules": router("none", MOST, None)}
    for n in SIZES:
        world = World(n, min(50, n))
        ways[f"vpnpf, {n} clients"] = router(
            f"v{n}", n, lambda r, w=world: inside(
                r, *w.command(backend, "apply")))
    for n in SIZES:
        ways[f"linear jumps, {n} clients"] = router(
            f"l{n}", n, lambda r, n=n: backend.linear(r, n))
    cost = {label: [] for label in ways}
    for _ in range(3 * ROUNDS):
        for label, (a, b, target) in ways.items():
            n = count if "linear jumps, 10000" not in label else count // 20
            before = received(b)
            out = subprocess.run(
                ["ip", "netns", "exec", a, PKTSEND, target, str(n)],
                stdout=subprocess.PIPE, check=True).stdout
            got = received(b) - before
            if got < n * 0.99:
                sys.exit(f"bench: {label}: only {got} of {n} packets arrived")
            cost[label].append(float(out))
    base = statistics.median(cost["no rules"])
    ten = statistics.median(cost["vpnpf, 10 clients"])
    for label, values in cost.items():
        m = statistics.median(values)
        print(f"    {label:28} {m:8.0f} ns  {base / m:.3f}"
              + (f"  ({ten / m:.3f} of 10 clients)"
                 if label.startswith("vpnpf") else ""))
    sys.stdout.flush()


def received(ns):
    return int(inside(ns, "cat", "/sys/class/net/eth0/statistics/rx_packets",
                      stdout=subprocess.PIPE).stdout)


def memory(backend):
    print(f"(d) memory, {backend.name}: peak of the process, kernel slab, "
          "percpu and vmalloc a client")
    for n, k in ((MOST, 50), (MOST, MOST)):
        world = World(n, k)
        ns = namespace(f"mem{n}-{k}")

        def kernel():
            with open("/proc/meminfo") as f:
                info = dict(l.split(":") for l in f)
            return sum(int(info[key].split()[0])
                       for key in ("Slab", "Percpu", "VmallocUsed"))
        run("sync")
        before = kernel()
        r = spawn(ns, [["env"], ["time", "apply",
                                 *world.command(backend, "apply")],
                       ["pause", "500"]])
        grown = kernel() - before
        print(f"    {n} clients, {k} policies: process "
              f"{r['apply'][0][1] / 1024:.0f} MB, kernel about "
              f"{grown / n:.2f} KB a client")
        spawn(ns, backend.clear(world))


def reconcile(backend):
    print(f"(e) reconcile as a whole process, {backend.name}: microseconds, "
          "multiples of /bin/true; 50 policies")
    for n in SIZES:
        world = World(n, min(50, n))
        ns = gateway(f"reconcile{n}")
        call = world.command(backend, "reconcile")
        lines = [["env"], ["run", *world.command(backend, "apply")]]
        for _ in range(ROUNDS):
            lines += [["pause", "50"], ["time", "true", TRUE],
                      ["time", "nothing to do", *call],
                      ["time", "nothing to do, --deep", *call, "--deep"],
                      ["run", "/bin/touch", f"{world.dir}/policy"],
                      ["pause", "20"],
                      ["time", "files are newer", *call]]
        result = spawn(ns, lines)
        base = median(result["true"])
        print(f"    {n} clients")
        for label, values in result.items():
            m = median(values)
            print(f"        {label:34} {m:10.0f}  {m / base:8.1f}")
        sys.stdout.flush()


def crowd(backend):
    print(f"(g) {backend.crowd} hooks at once, {backend.name}: CPU "
          "microseconds a hook, against one by one; 100 clients, 50 policies")
    world = World(100, 50)
    ns = gateway("crowd")
    apply = ["run", *world.command(backend, "apply")]
    lines = [["env", "dev=tun0"], apply, ["cpu", "apply"]]
    for _ in range(max(3, ROUNDS // 3)):
        for label, how in (("one by one", "run"), ("at once", "start")):
            lines += [[how, *world.command(
                backend, "learn-address", "add", f"10.250.{i >> 8}.{i & 255}",
                client(i % world.n))] for i in range(backend.crowd)] + [
                ["cpu", label], *backend.clear(world),
                ["run", RM, "-rf", f"{world.dir}/state-{backend.name}"],
                apply, ["cpu", "apply"]]
    result = spawn(ns, lines)
    one, all_ = (median(result[label]) / backend.crowd
                 for label in ("one by one", "at once"))
    print(f"        one by one {one:8.0f}, at once {all_:8.0f}, ratio "
          f"{all_ / one:.2f}")


def write_status(world):
    """Whom a server says are connected: all, and none of them by a file.  As of
    tomorrow, so that it is not too old in the end."""
    when = int(time.time()) + 86400
    world.write("status", f"TITLE\tOpenVPN\nTIME\tthen\t{when}\n" + "".join(
        f"CLIENT_LIST\t{client(i)}\t100.64.{i >> 8 & 255}.{i & 255}:1194\t"
        f"{address(i + 2)}\t\t{i * 997}\t{i * 1009}\tthen\t{when - i}\tUNDEF\t"
        f"{i}\t{i}\tAES-256-GCM\n" for i in range(world.n)) + "".join(
            f"ROUTING_TABLE\t{address(i + 2)}\t{client(i)}\t"
            f"100.64.{i >> 8 & 255}.{i & 255}:1194\tthen\t{when}\n"
            for i in range(world.n)) + "END\n")
    with open(f"{world.dir}/vpnpf.conf") as f:
        conf = f.read()
    world.write("vpnpf.conf", re.sub("ccd = .*", f'status = "{world.dir}/status"',
                                     conf))


def connected(backend):
    print(f"(h) reconcile as a whole process when all are connected, "
          f"{backend.name}: microseconds, multiples of /bin/true; 50 policies")
    for n in SIZES:
        world = World(n, min(50, n))
        write_status(world)
        ns = gateway(f"connected{n}")
        call = world.command(backend, "reconcile")
        live = f"{world.dir}/state-{backend.name}/live"
        lines = [["env"], ["run", *world.command(backend, "apply")]]
        for _ in range(ROUNDS):
            lines += [["run", RM, "-f", live],
                      # ends with 1, for it finds something
                      ["time", "bindings are lost", SH, "-c", '"$@" || :', "-",
                       *call], ["pause", "50"],
                      ["run", *call], ["pause", "50"], ["time", "true", TRUE],
                      ["time", "nothing to do", *call],
                      ["run", "/bin/touch", f"{world.dir}/status"],
                      ["pause", "20"],
                      ["time", "the status file is newer", *call]]
        result = spawn(ns, lines)
        base = median(result["true"])
        print(f"    {n} clients")
        for label, values in result.items():
            m = median(values)
            print(f"        {label:34} {m:10.0f}  {m / base:8.1f}")
        sys.stdout.flush()


def names(backend):
    """The same for each backend, so for the first only."""
    if backend is not next(iter(BACKENDS.values())):
        return
    print("(i) `vpnpf check`, names of ccd files with \"_\" against names with "
          "\"-\"; 50 policies")
    for n in SIZES:
        world = World(n, min(50, n))
        calls = {}
        for sign in "-_":
            for folder in ("policy", "ccd"):
                os.makedirs(f"{world.dir}/{sign}/{folder}")
                for name in os.listdir(f"{world.dir}/{folder}"):
                    os.link(f"{world.dir}/{folder}/{name}",
                            f"{world.dir}/{sign}/{folder}/" +
                            name.replace("client", f"client{sign}"))
            with open(f"{world.dir}/vpnpf.conf") as f:
                world.write(f"{sign}/vpnpf.conf", f.read().replace(
                    world.dir, f"{world.dir}/{sign}"))
            calls[sign] = [VPNPF, "-c", f"{world.dir}/{sign}/vpnpf.conf",
                           "--state-dir", f"{world.dir}/none", "-q", "check"]
        ns = gateway(f"names{n}")
        result = spawn(ns, [["env"]] + [
            ["time", sign, *calls[sign]] for _ in range(ROUNDS)
            for sign in calls])
        dash, low = median(result["-"]), median(result["_"])
        print(f"    {n:6} clients: \"-\" {dash / 1e3:8.1f} ms, \"_\" "
              f"{low / 1e3:8.1f} ms, ratio {low / dash:.2f}")
        sys.stdout.flush()


BENCHMARKS = {f.__name__: f for f in (load, hooks, plugin, packets, memory,
                                      reconcile, crowd, connected, names)}
BACKENDS = {b.name: b for b in (Nftables(), Legacy()) if tool(b.tool)}


def end():
    for sink in sinks:
        sink.kill()
    sinks.clear()
    for name in NAMESPACES:
        subprocess.run(["ip", "netns", "del", name], check=False)
    NAMESPACES.clear()


def raise_priority():
    """What else runs on this machine is not our subject."""
    os.nice(int(os.environ.get("NICE", "-20")))


def main():
    raise_priority()
    wanted = sys.argv[4:]
    try:
        for what in [w for w in wanted if w in BENCHMARKS] or BENCHMARKS:
            for name in [w for w in wanted if w in BACKENDS] or BACKENDS:
                BENCHMARKS[what](BACKENDS[name])
                end()
    finally:
        end()
        shutil.rmtree(TOP, ignore_errors=True)


if __name__ == "__main__":
    main()
