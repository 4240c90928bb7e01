#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmarks of `make bench`: ratios of interleaved runs, medians.

usage: bench.py VPNPF SPAWN PKTSEND [load|hooks|packets|memory ...]

Needs root; works in network namespaces of its own, which it removes.  ROUNDS
(default 9) in the environment is the number of rounds.
"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

VPNPF, SPAWN, PKTSEND = (os.path.abspath(p) for p in sys.argv[1:4])
WHAT = sys.argv[4:] or ["load", "hooks", "packets", "memory"]
ROUNDS = int(os.environ.get("ROUNDS", "9"))
NFT = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
TRUE = shutil.which("true", path="/usr/bin:/bin")
SH = shutil.which("sh", path="/usr/bin:/bin")
NSENTER = shutil.which("nsenter", path="/usr/bin:/bin")
# in memory, as /run is
TOP = tempfile.mkdtemp(prefix="vpnpf-bench-", dir="/dev/shm")
NAMESPACES = []
sinks = []
SCRIPT = "script, 38 nft calls"


def run(*argv, **kw):
    return subprocess.run(argv, check=True, text=True, **kw)


def namespace(name):
    name = f"vb{os.getpid()}-{name}"
    run("ip", "netns", "add", name)
    NAMESPACES.append(name)
    return name


def inside(ns, *argv, **kw):
    return run("ip", "netns", "exec", ns, *argv, **kw)


def address(i):
    return f"10.{8 + (i >> 16)}.{i >> 8 & 255}.{i & 255}"


def client(i):
    return f"client{i:06d}"


class World:
    """N clients, K distinct .pf files of 8 names and 8 subnets each."""

    def __init__(self, n, k):
        self.n, self.k = n, k
        self.dir = f"{TOP}/{n}-{k}"
        self.rnd = random.Random(n * 1000003 + k)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(f"{self.dir}/policy")
        os.makedirs(f"{self.dir}/ccd")
        texts = [self.policy(j) for j in range(k)]
        for i in range(n):
            self.write(f"policy/{client(i)}.pf", texts[i % k])
            self.write(f"ccd/{client(i)}",
                       f"ifconfig-push {address(i + 2)} 255.0.0.0\n")
        self.write("vpnpf.conf", f"""
policy = "{self.dir}/policy"
state-dir = "{self.dir}/state"
openvpn bench {{
    dev = "tun*"
    topology = subnet
    ccd = "{self.dir}/ccd"
}}
""")

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w") as f:
            f.write(text)

    def policy(self, j):
        accept = j % 2
        sign = "-" if accept else "+"
        peers = self.rnd.sample(range(self.n), min(8, self.n))
        if not accept and 1 not in peers:
            peers[0] = 1        # the pair 0 - 1 of the packet benchmark
        if accept:
            peers = [p for p in peers if p != 0]
        nets = [f"{'+-'[s % 2]}192.{j % 250}.{(j // 250 * 8 + s) % 256}.0/24"
                for s in range(8)]
        return "\n".join([f"[CLIENTS {'ACCEPT' if accept else 'DROP'}]"]
                         + [sign + client(p) for p in peers]
                         + [f"[SUBNETS {'DROP' if j % 4 < 2 else 'ACCEPT'}]"]
                         + nets + ["[END]", ""])

    def command(self, *args):
        return [VPNPF, "-c", f"{self.dir}/vpnpf.conf", "-q", *args]

    def forget(self):
        shutil.rmtree(f"{self.dir}/state", ignore_errors=True)

    def text(self):
        path = f"{self.dir}/rules.nft"
        with open(path, "w") as f:
            run(*self.command("print"), stdout=f)
        return path


def spawn(ns, lines):
    """Run a list of word lists; {label: [(microseconds, KiB), ...]}"""
    out = run(NSENTER, f"--net=/run/netns/{ns}", SPAWN,
              input="".join("\t".join(l) + "\n" for l in lines),
              stdout=subprocess.PIPE).stdout
    result = {}
    for line in out.splitlines():
        label, us, kib = line.split("\t")
        result.setdefault(label, []).append((float(us), int(kib)))
    return result


def median(pairs, which=0):
    return statistics.median(p[which] for p in pairs)


def load():
    print("(a) cold load: `vpnpf apply`, all files read, against `nft -f` of "
          "what `vpnpf print` writes")
    for n, k in ((10000, 50), (10000, 10000), (100000, 50)):
        world = World(n, k)
        ns = namespace(f"load{n}-{k}")
        text = world.text()
        lines = [["env"]]
        rounds = ROUNDS if n * k <= 500000 else max(3, ROUNDS // 3)
        for _ in range(rounds):
            for label, argv in (("apply", world.command("apply")),
                                ("nft", [NFT, "-f", text])):
                lines += [["run", NFT, "flush", "ruleset"],
                          ["run", "/bin/rm", "-rf", f"{world.dir}/state"],
                          ["pause", "50"],
                          ["time", label, *argv]]
        r = spawn(ns, lines)
        a, b = median(r["apply"]), median(r["nft"])
        print(f"    {n:6} clients, {k:5} policies: apply {a / 1e3:8.1f} ms,"
              f" nft -f {b / 1e3:8.1f} ms, ratio {a / b:.2f};"
              f" peak {median(r['apply'], 1) / 1024:.0f} MB against"
              f" {median(r['nft'], 1) / 1024:.0f} MB  ({rounds} rounds)")
        sys.stdout.flush()
        inside(ns, NFT, "flush", "ruleset")


def environment(name, addr, kind):
    return ["env", f"script_type={kind}", f"common_name={name}", "dev=tun0",
            f"ifconfig_pool_remote_ip={addr}", "script_context=init"]


def linear_client(world, name, addr):
    """What a shell hook would do: a chain each way, 8 names and 8 subnets."""
    lines = []
    for way, here, far in (("out", "saddr", "daddr"), ("in", "daddr", "saddr")):
        lines.append(f"add chain inet vpnpf s/{name}/{way}")
        lines += [f"add rule inet vpnpf s/{name}/{way} ip {far} "
                  f"{address(100 + p)} accept" for p in range(8)]
        lines += [f"add rule inet vpnpf s/{name}/{way} ip {far} "
                  f"192.{p}.0.0/16 accept" for p in range(8)]
        lines.append(f"add rule inet vpnpf s/{name}/{way} counter drop")
        lines.append(f"insert rule inet vpnpf "
                     f"{'from' if way == 'out' else 'to'}_client "
                     f"ip {here} {addr} jump s/{name}/{way}")
    path = f"{world.dir}/script-{name}"
    with open(path, "w") as f:
        f.writelines(f"{NFT} {line}\n" for line in lines)
    return path


def same_change(world, name, addr, policy_chain):
    """What learn-address does for the new client, as text for `nft -f`."""
    pairs = ", ".join(f"{addr} . {address(100 + p)}, "
                      f"{address(100 + p)} . {addr}" for p in range(8))
    sets = ("clients4", "denied4", "owner4")
    do = f"{world.dir}/same-{name}.nft"
    undo = f"{world.dir}/undo-{name}.nft"
    with open(do, "w") as f:
        f.write(f"add chain inet vpnpf s/{name}\n"
                f"add rule inet vpnpf s/{name} counter jump {policy_chain}\n"
                f"add element inet vpnpf clients4 {{ {addr} }}\n"
                f"add element inet vpnpf denied4 {{ {addr} }}\n"
                f"add element inet vpnpf owner4 {{ {addr} : jump s/{name} }}\n"
                f"add element inet vpnpf allow4 {{ {pairs} }}\n")
    with open(undo, "w") as f:
        f.write(f"delete element inet vpnpf allow4 {{ {pairs} }}\n"
                + "".join(f"delete element inet vpnpf {s} {{ {addr} }}\n"
                          for s in sets)
                + f"delete chain inet vpnpf s/{name}\n")
    return do, undo


def hooks():
    print("(b) hooks as whole processes: microseconds, multiples of /bin/true, "
          "and how many times the script's time they go into; 50 policies")
    for n in (10, 1000, 10000):
        world = World(n, min(50, n))
        ns = namespace(f"hooks{n}")
        spawn(ns, [["run", *world.command("apply")]])
        chain = next(l.split()[-1] for l in inside(
            ns, NFT, "list", "chain", "inet", "vpnpf", f"c/{client(0)}",
            stdout=subprocess.PIPE).stdout.splitlines() if "jump" in l)
        lines = []
        scripts = max(3, ROUNDS // 3) if n > 1000 else ROUNDS
        for r in range(ROUNDS):
            known, addr = client(3 + r % (n - 4)), address(5 + r % (n - 4))
            newbie, pool = f"newbie{r}", f"10.250.{r}.1"
            world.write(f"policy/{newbie}.pf", world.policy(0))
            if r == 0:
                template = open(f"{world.dir}/policy/{client(0)}.pf").read()
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
            lines += [["env"], ["pause", "50"], ["time", "true", TRUE]]
            for label, name, ip, kind, args in steps:
                lines += [environment(name, ip, kind), ["pause", "50"],
                          ["time", label, *world.command(*args)]]
            do, undo = same_change(world, f"x{r}", f"10.251.{r}.1", chain)
            lines += [["env"], ["pause", "50"],
                      ["time", "nft -f of the same", NFT, "-f", do],
                      ["run", NFT, "-f", undo]]
            if r < scripts:
                lines += [["pause", "50"],
                          ["time", SCRIPT, SH,
                           linear_client(world, f"y{r}", f"10.252.{r}.1")]]
        # what the scripts leave is swept up
        lines += [["run", *world.command("apply")]]
        result = spawn(ns, lines)
        base = median(result["true"])
        print(f"    {n} clients")
        for label, values in result.items():
            m = median(values)
            print(f"        {label:34} {m:10.0f}  {m / base:8.1f}"
                  f"  {median(result[SCRIPT]) / m:8.0f}")
        sys.stdout.flush()


def linear_text(n):
    """What scripts on the web make: a jump rule a client."""
    rules = "\n".join(f"    ip saddr {address(i + 2)} jump c{i}"
                      for i in reversed(range(n)))
    chains = "\n".join(f"  chain c{i} {{ ip daddr {address(3)} accept; "
                       f"ip daddr 192.0.2.0/24 accept; drop; }}"
                       for i in range(n))
    return (f"table inet linear {{\n{chains}\n  chain forward {{\n"
            f"    type filter hook forward priority filter; policy accept;\n"
            f"{rules}\n  }}\n}}\n")


def router(label, rules):
    """client - router - client; the router's devices are tunA and tunB."""
    a, r, b = (namespace(f"{label}-{x}") for x in "arb")
    for ns, dev in ((a, "tunA"), (b, "tunB")):
        run("ip", "link", "add", "eth0", "netns", ns, "type", "veth", "peer",
            "name", dev, "netns", r)
        run("ip", "-n", r, "link", "set", dev, "up")
    inside(r, SH, "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    for ns, dev, i in ((a, "tunA", 2), (b, "tunB", 3)):
        run("ip", "-n", ns, "link", "set", "eth0", "up")
        run("ip", "-n", ns, "addr", "add", f"{address(i)}/32", "dev", "eth0")
        run("ip", "-n", ns, "route", "add", "default", "dev", "eth0")
        run("ip", "-n", r, "route", "add", address(i), "dev", dev)
        for one, its, other, there, ip in ((ns, "eth0", r, dev, address(5 - i)),
                                           (r, dev, ns, "eth0", address(i))):
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
    return a, b


def packets():
    print("(c) CPU time of a packet from client to client through a router "
          "(veth), and packets a second against no rules")
    count = 50000

    def ours(n):
        world = World(n, min(50, n)) if not os.path.isdir(
            f"{TOP}/{n}-{min(50, n)}") else None
        path = f"{TOP}/{n}-{min(50, n)}"
        conf = f"{path}/vpnpf.conf"
        return lambda r: inside(r, VPNPF, "-c", conf, "-q", "--state-dir",
                                f"{path}/state-packets", "apply")

    def linear(n):
        return lambda r: inside(r, NFT, "-f", "-", input=linear_text(n))
    ways = {"no rules": router("none", None)}
    for n in (10, 1000, 10000):
        ways[f"vpnpf, {n} clients"] = router(f"v{n}", ours(n))
    for n in (10, 1000, 10000):
        ways[f"linear jumps, {n} clients"] = router(f"l{n}", linear(n))
    cost = {label: [] for label in ways}
    for _ in range(3 * ROUNDS):
        for label, (a, b) in ways.items():
            n = count if "linear jumps, 10000" not in label else count // 20
            before = received(b)
            out = subprocess.run(
                ["ip", "netns", "exec", a, PKTSEND, address(3), str(n)],
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


def memory():
    print("(d) memory: peak of the process, kernel slab and percpu a client")
    for n, k in ((10000, 50), (10000, 10000)):
        path = f"{TOP}/{n}-{k}"
        if not os.path.isdir(path):
            World(n, k)
        ns = namespace(f"mem{n}-{k}")

        def kernel():
            with open("/proc/meminfo") as f:
                info = dict(l.split(":") for l in f)
            return sum(int(info[key].split()[0])
                       for key in ("Slab", "Percpu", "VmallocUsed"))
        run("sync")
        before = kernel()
        r = spawn(ns, [["env"], ["time", "apply", VPNPF, "-c",
                                 f"{path}/vpnpf.conf", "-q", "--state-dir",
                                 f"{path}/state-memory", "apply"],
                       ["pause", "500"]])
        grown = kernel() - before
        print(f"    {n} clients, {k} policies: process "
              f"{r['apply'][0][1] / 1024:.0f} MB, kernel about "
              f"{grown / n:.2f} KB a client")
        inside(ns, NFT, "flush", "ruleset")


def main():
    os.nice(-20)        # what else runs on this machine is not our subject
    try:
        for what in WHAT:
            {"load": load, "hooks": hooks, "packets": packets,
             "memory": memory}[what]()
    finally:
        for sink in sinks:
            sink.kill()
        for name in NAMESPACES:
            subprocess.run(["ip", "netns", "del", name], check=False)
        shutil.rmtree(TOP, ignore_errors=True)


main()
