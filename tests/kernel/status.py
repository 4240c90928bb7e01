# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of `vpnpf status`, to the packet and the byte.

Known numbers of packets are sent, each once, and status must tell exactly
these, client by client; and go on from there after whatever takes a counter out
of the kernel: another policy, a hook, a client that goes and comes back, an
address that passes to another client, flush, another backend. See status.sh.
"""
import ipaddress
import json
import os
import re
import select
import socket
import struct
import time

import harness
from harness import BACKEND, Vpn, expect, main, open_tun, scenario
from rules import BACKENDS, RULES

SECONDS = 3             # until a packet is through

# john and nick talk as a pair, bob and max by default, max and eve not by
# exception; john drops what comes from bob, who would let it out.
FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SERVICES]\n[SUBNETS DROP]\n"
            "+192.0.2.1\n+2001:db8::1\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n",
    "bob": "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n",
    "max": "[CLIENTS ACCEPT]\n-eve\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n",
    "eve": "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n",
    # equal, so that elements stay when an address passes from one to the other
    "guest": "[CLIENTS DROP]\n+john\n+nick\n[SUBNETS DROP]\n+192.0.2.1\n[END]\n",
    "hall": "[CLIENTS DROP]\n+john\n+nick\n[SUBNETS DROP]\n+192.0.2.1\n[END]\n",
}
ADDRESSES = {"john": 2, "nick": 3, "bob": 4, "max": 5, "eve": 6}
CLIENTS = [ipaddress.ip_network(net) for net in
           ("10.8.0.0/24", "10.77.0.0/16", "fd00:8::/64")]
HOSTILE = ['quo"te', "back\\slash", "\\xff", "\udcff", "Jürgen", "a b"]


def ip4(name):
    return f"10.8.0.{ADDRESSES[name]}"


def ip6(name):
    return f"fd00:8::{ADDRESSES[name]}"


class Device:
    """A tun device, held as OpenVPN does."""

    def __init__(self, name):
        self.fd = open_tun(name)

    def read(self):
        """How many UDP packets wait; others are not ours."""
        out = 0
        while select.select([self.fd], [], [], 0)[0]:
            data = os.read(self.fd, 65536)
            at = 9 if data[0] >> 4 == 4 else 6
            out += data[at] == socket.IPPROTO_UDP
        return out


def packet(src, dst, size):
    """One of UDP, SIZE bytes long."""
    head = 20 if src.version == 4 else 40
    body = struct.pack("!HHHH", 9, 9, size - head, 0).ljust(size - head, b"\0")
    if src.version == 6:
        return struct.pack("!IHBB", 6 << 28, size - head, socket.IPPROTO_UDP,
                           64) + src.packed + dst.packed + body
    begin = struct.pack("!BBHHHBB", 0x45, 0, size, 0, 0, 64,
                        socket.IPPROTO_UDP)
    rest = src.packed + dst.packed
    total = sum(struct.unpack("!9H", begin + rest))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return begin + struct.pack("!H", ~total & 0xffff) + rest + body


def clients(done):
    """Of status --json. Its exit status is about the rules."""
    return {row["client"]: row for row in json.loads(done.stdout)["clients"]}


class Counted:
    """The VPN, and what status must say of it."""

    def __init__(self):
        self.vpn = Vpn()
        self.tun, self.lan = Device("tun0"), Device("lan0")
        self.want = {}
        self.size = 60
        self.checks = 0

    def count(self, name, verdict, packets):
        each = self.want.setdefault(name, {}).setdefault(
            verdict, {"packets": 0, "bytes": 0})
        each["packets"] += packets
        each["bytes"] += packets * self.size

    def send(self, src, dst, number, allowed=(), denied=()):
        """NUMBER packets, and whom they count for; none denied: they pass."""
        self.size += 1
        src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
        device = self.tun if any(src in net for net in CLIENTS) else self.lan
        for _ in range(number):
            os.write(device.fd, packet(src, dst, self.size))
        for name in allowed:
            self.count(name, "allowed", number)
        for name in denied:
            self.count(name, "denied", number)
        passes = 0 if denied else number
        arrived, end = 0, time.monotonic() + SECONDS
        while arrived < passes and time.monotonic() < end:
            arrived += self.tun.read() + self.lan.read()
        expect(arrived == passes,
               f"{src} -> {dst}: {arrived} of {number} arrived")

    def status(self, *names):
        return clients(self.vpn.call("--json", "status", *names))

    def check(self, where):
        self.checks += 1
        zero = {"packets": 0, "bytes": 0}
        for name, row in self.status().items():
            for verdict in ("allowed", "denied"):
                want = self.want.get(name, {}).get(verdict, zero)
                expect(row[verdict] == want, f"{where}: {name} {verdict}: "
                       f"{row[verdict]}, wanted {want}")

    def traffic(self, n):
        """Of all kinds, each way."""
        john, nick, bob, mx, eve = map(ip4, ADDRESSES)
        self.send(john, "192.0.2.1", n, ["john"])
        self.send("192.0.2.1", john, n + 1, ["john"])
        self.send(john, "192.0.2.7", n + 2, [], ["john"])
        self.send("192.0.2.7", john, 1, [], ["john"])
        self.send(john, nick, n + 3, ["john", "nick"])
        self.send(nick, john, n, ["john", "nick"])
        self.send(ip6("john"), ip6("nick"), n, ["john", "nick"])
        self.send(ip6("john"), "2001:db8::1", 2, ["john"])
        self.send(ip6("john"), "2001:db8::2", 3, [], ["john"])
        self.send(bob, mx, n + 1, ["bob", "max"])
        self.send(mx, eve, n + 4, [], ["max"])
        self.send(john, bob, 2, [], ["john"])
        self.send(bob, john, 3, [], ["bob"])


def ok(done, where):
    expect(done.returncode == 0, f"{where} ended with {done.returncode}: "
           f"{scenario.text(done.stderr)}")


def begin():
    c = Counted()
    for name, content in FILES.items():
        c.vpn.put(name, content)
    for name in ADDRESSES:
        c.vpn.address(name, ip4(name), ip6(name))
    c.vpn.must("apply")
    c.check("at first")
    c.traffic(5)
    c.check("after traffic")
    return c


def policies(c):
    """By apply, and by a hook that meets a changed file."""
    def apply(where):
        c.vpn.must("apply")
        c.check(f"after apply {where}")
        c.traffic(3)
        c.check(f"traffic after apply {where}")

    def hook(name, where):
        ok(c.vpn.learn("update", ip4(name), name), f"hook {where}")
        c.check(f"after a hook {where}")

    apply("that changes nothing")
    c.vpn.put("john", FILES["john"].replace("[END]", "+192.0.2.64/26\n[END]"))
    apply("with a changed file")
    c.vpn.put("john", FILES["john"].replace("[END]", "-192.0.2.64/26\n[END]"))
    hook("john", "with a changed file")
    c.traffic(2)
    c.check("traffic after a hook with a changed file")
    # The same verdicts otherwise: a pair that is needed no more goes late.
    c.vpn.put("john", "[CLIENTS ACCEPT]\n-bob\n-max\n-eve\n[SERVICES]\n"
                      "[SUBNETS DROP]\n+192.0.2.1\n+2001:db8::1\n[END]\n")
    hook("john", "that turns a file")
    c.send(ip4("bob"), ip4("john"), 4, [], ["bob"])
    c.vpn.put("nick", "[CLIENTS ACCEPT]\n-bob\n-max\n-eve\n[SUBNETS ACCEPT]\n"
                      "-192.0.2.9\n[END]\n")
    hook("nick", "that turns the other one")
    c.send(ip4("john"), ip4("nick"), 7, ["john", "nick"])
    c.check("traffic of what is no pair any more")
    for name in ("john", "nick"):
        c.vpn.put(name, FILES[name])
    apply("with the files of before")
    c.vpn.put("john", "[KILL]\n")
    c.vpn.must("apply")
    c.check("after [KILL]")
    c.vpn.put("john", FILES["john"])
    apply("of one who was closed")
    return "changed policies"


def sessions(c):
    """A client that goes and comes back; an address that passes on."""
    def come(name, address):
        ok(c.vpn.hook("connect", name, address), f"{name} connects")
        ok(c.vpn.learn("add", address, name), f"{name} has {address}")

    def go(name, address):
        ok(c.vpn.hook("disconnect", name, address), f"{name} disconnects")
        ok(c.vpn.learn("delete", address), f"{address} is free")

    def talk(name, address, where):
        c.check(f"before traffic: {where}")
        c.traffic(2)
        c.send(address, "192.0.2.1", 2, [name])
        c.send("192.0.2.5", address, 3, [], [name])
        c.send(address, ip4("bob"), 2, [], [name])
        c.check(f"traffic: {where}")

    def pair(name, address, number=3):
        c.vpn.put("john", FILES["john"].replace("+nick",
                                                "+nick\n+guest\n+hall"))
        ok(c.vpn.learn("update", ip4("john"), "john"), "a hook")
        c.send(address, ip4("john"), number, [name, "john"])
        c.send(ip4("john"), address, number + 1, [name, "john"])
        c.check(f"{name} and john talk")

    come("guest", "10.8.0.20")
    row = c.status("guest")["guest"]
    expect(row["connected"] and abs(row["since"] - time.time()) < 60 and
           row["addresses"][0]["address"] == "10.8.0.20" and
           row["addresses"][0]["source"] == "live",
           f"guest is connected: {row}")
    talk("guest", "10.8.0.20", "who came")
    pair("guest", "10.8.0.20")
    go("guest", "10.8.0.20")
    c.check("who went")
    expect(not c.status("guest")["guest"]["connected"], "guest has gone")
    come("guest", "10.8.0.20")
    talk("guest", "10.8.0.20", "who came back")
    go("guest", "10.8.0.20")
    come("guest", "10.8.0.21")
    talk("guest", "10.8.0.21", "who came with another address")
    pair("guest", "10.8.0.21")
    ok(c.vpn.learn("update", "10.8.0.21", "hall"), "hall takes it")
    c.check("an address passed on")
    talk("hall", "10.8.0.21", "the address of another")
    pair("hall", "10.8.0.21")
    ok(c.vpn.learn("update", "10.8.0.21", "guest"), "guest takes it back")
    c.check("and back")
    c.vpn.must("apply")
    c.check("and apply")
    pair("guest", "10.8.0.21", 1)
    c.vpn.must("flush")
    ok(c.vpn.learn("update", "10.8.0.21", "hall"), "hall takes it")
    c.check("by an apply that a hook made")
    talk("hall", "10.8.0.21", "after that")
    go("hall", "10.8.0.21")
    c.check("all gone")
    return "sessions"


def told(c):
    """What a server says of itself counts more than what hooks have said."""
    now = int(time.time())
    path = os.path.join(c.vpn.folder, "openvpn.status")
    with open(path, "w") as file:
        file.write(f"TITLE\tOpenVPN\nTIME\tnow\t{now}\n"
                   "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\t"
                   "Virtual Address\tBytes Received\tBytes Sent\t"
                   "Connected Since (time_t)\n")
        for name, since in (("bob", now - 90), ("nobody\\x", now)):
            file.write(f"CLIENT_LIST\t{name}\tudp4:100.64.0.9:1194\t10.8.0.4\t"
                       f"2433\t2450\t{since}\n")
        file.write("HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\t"
                   "Real Address\n"
                   "ROUTING_TABLE\t10.8.0.4\tbob\t100.64.0.9:1194\n"
                   "ROUTING_TABLE\t10.8.0.90\tnobody\\x\t100.64.0.9:1194\n"
                   "GLOBAL_STATS\tx\t0\nEND\n")
    command = c.vpn.command("--json", "status")
    conf = os.path.join(c.vpn.folder, "told.conf")
    with open(conf, "w") as file:
        file.write(f'policy = "{c.vpn.policy}"\nopenvpn openvpn {{\n'
                   f'dev = "tun0"\ntopology = subnet\nccd = "{c.vpn.ccd}"\n'
                   f'status = "{path}"\n}}\n')
    where = ["-c", conf, *command[command.index("--state-dir"):-2]]
    rows = clients(harness.call(command[0], *where, "--json", "status"))
    session, = rows["bob"]["sessions"]
    expect(rows["bob"]["connected"] and rows["bob"]["since"] == now - 90 and
           session == {"instance": "openvpn", "from": "100.64.0.9:1194",
                       "since": now - 90, "received": 2433, "sent": 2450},
           f"bob, as told: {rows['bob']}")
    expect(rows["nobody\\x"]["state"] == "no file" and
           rows["nobody\\x"]["connected"], "a stranger")
    expect(any(a["source"] == "live" for a in rows["john"]["addresses"]) and
           not rows["john"]["connected"], f"john: {rows['john']}")
    line, = [line for line in scenario.text(harness.call(
        command[0], *where, "status").stdout).splitlines()
        if line[:3] == "bob"]
    seen = series(scenario.text(harness.call(command[0], *where, "status",
                                             "--prometheus").stdout))
    expect(seen["vpnpf_sessions_unknown", 'server="openvpn"'] == 1 and
           seen["vpnpf_client_connected",
                'client="bob",server="openvpn"'] == 1, f"metrics: {seen}")
    expect(re.search(r"  %s  100\.64\.0\.9:1194  +\d+  +[\d.]+ \w+  +\d+  "
                     r"+[\d.]+ \w+$" % time.strftime(
                         "%Y-%m-%d %H:%M", time.localtime(now - 90)), line),
           f"as a line: {line}")
    return "what a server tells"


def static_owner(c):
    """An address of ccd passes on, by apply."""
    old, new = ip4("bob"), "10.8.0.40"
    c.vpn.address("bob", new, ip6("bob"))
    c.vpn.address("eve", old, ip6("eve"))
    c.vpn.must("apply")
    c.check("ccd gives an address to another")
    c.send(old, "192.0.2.9", 4, [], ["eve"])
    c.send(old, "192.0.2.1", 3, ["eve"])
    c.send(new, "192.0.2.1", 2, [], ["bob"])
    c.check("traffic of the new owner")
    c.vpn.address("bob", ip4("bob"), ip6("bob"))
    c.vpn.address("eve", ip4("eve"), ip6("eve"))
    c.vpn.must("apply")
    c.check("and back")
    return "ccd"


def networks(c):
    """Behind a client, with another's address inside."""
    inside = "10.77.3.4"

    def talk(owner):
        c.send("10.77.9.9", ip4("john"), 3, ["nick", "john"])
        c.send(ip4("john"), "10.77.9.9", 2, ["nick", "john"])
        c.send("10.77.9.9", "192.0.2.9", 5, [], ["nick"])
        c.send(inside, "192.0.2.9", 4, [], [owner])
        c.send(inside, "192.0.2.1", 2, [owner])
        c.check(f"networks, {owner}")

    c.vpn.address("nick", ip4("nick"), ip6("nick"),
                  "iroute 10.77.0.0 255.255.0.0\n")
    c.vpn.must("apply")
    c.check("a network")
    talk("nick")
    ok(c.vpn.learn("add", inside, "guest"), "inside")
    c.check("an address inside")
    talk("guest")
    ok(c.vpn.learn("update", inside, "hall"), "inside")
    c.check("it passes on")
    talk("hall")
    for _ in range(2):                  # of the first owner, late; of hall
        ok(c.vpn.learn("delete", inside), "inside")
    c.check("it is free")
    talk("nick")
    c.vpn.address("nick", ip4("nick"), ip6("nick"))
    c.vpn.must("apply")
    c.check("no network")
    return "networks"


def flushed(c):
    for command in (["flush"], ["flush", "--closed"]):
        c.vpn.must(*command)
        c.check(" ".join(command))
        c.vpn.must("apply")
        c.check(f"apply after {' '.join(command)}")
        c.traffic(2)
        c.check(f"traffic after {' '.join(command)}")
    c.vpn.must("flush")
    ok(c.vpn.learn("update", ip4("john"), "john"), "a hook after flush")
    c.check("a hook after flush")
    c.traffic(1)
    c.check("traffic after that")
    return "flush"


def logged(c):
    """What is told as it is denied counts as well."""
    c.vpn.options = "log-group = 5\n"
    c.vpn.must("apply")
    c.check("with a log")
    c.traffic(2)
    c.check("traffic with a log")
    c.vpn.options = None
    c.vpn.must("apply")
    c.check("without a log")
    return "a log"


def switched(c):
    """Another backend takes over, and gives back."""
    other = next(name for name in BACKENDS if name != BACKEND)
    for name in (other, BACKEND):
        c.vpn.backend = name
        if c.vpn.call("apply").returncode == 2:
            c.vpn.backend = BACKEND
            c.vpn.must("apply")
            return f"no {other}"
        c.check(f"-b {name}")
    c.traffic(2)
    c.check("traffic after -b")
    return "backends"


def lost(c):
    """What somebody else takes away is gone, but what was kept stays."""
    c.vpn.must("flush")
    c.vpn.must("apply")                 # now all is kept
    kept = json.loads(json.dumps(c.want))
    c.traffic(1)
    RULES.forget()
    c.vpn.must("apply")
    c.want = kept
    c.check("rules deleted by somebody else")
    return "losses"


LABEL = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(r"([a-z_]+)(?:\{((?:[a-z]+=%s,?)*)\})? (\d+)" % LABEL)


def series(text):
    """{(metric, labels): value} of the text format, read strictly."""
    kinds, out, family = {}, {}, None
    expect(text.endswith("\n"), "the last line ends")
    for line in text.splitlines():
        found = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line)
        if found:
            what, family, rest = found.groups()
            expect((what, family) not in kinds, f"{line}: once")
            kinds[what, family] = rest
            continue
        found = SAMPLE.fullmatch(line)
        expect(found, f"no sample: {line}")
        expect(found[1] == family and ("HELP", family) in kinds and
               kinds["TYPE", family] == ("counter" if family.endswith("_total")
                                         else "gauge"), f"no family: {line}")
        expect((found[1], found[2]) not in out, f"{line}: twice")
        out[found[1], found[2]] = int(found[3])
    return out


def prometheus(c):
    """One series a client, however it is called."""
    for name in HOSTILE:
        c.vpn.put(name, FILES["bob"])
    c.vpn.must("apply")
    seen = series(c.vpn.must("status", "--prometheus").decode("utf-8"))
    row = c.status("john")["john"]
    expect(seen["vpnpf_clients", None] == len(FILES) + len(HOSTILE) ==
           sum(name == "vpnpf_client_open" for name, _ in seen), "clients")
    for verdict in ("allowed", "denied"):
        for unit in ("packets", "bytes"):
            expect(seen[f"vpnpf_client_{unit}_total",
                        f'client="john",server="openvpn",verdict="{verdict}"'
                        ] ==
                   row[verdict][unit], f"john {verdict} {unit}")
    for label in (r'quo\"te', r"back\\slash", r"\\x5cxff", r"\\xff", "Jürgen"):
        expect(seen["vpnpf_client_open",
                    f'client="{label}",server="openvpn"'] == 1, label)
    expect(seen["vpnpf_client_connected",
                'client="john",server="openvpn"'] == 1 and
           seen["vpnpf_client_connected",
                'client="bob",server="openvpn"'] == 0, "connected")
    expect(seen["vpnpf_rules_loaded", None] ==
           seen["vpnpf_policy_in_force", None] == 1 and
           any(name == "vpnpf_build_info" for name, _ in seen) and
           abs(seen["vpnpf_last_apply_timestamp_seconds", None] -
               time.time()) < 3600, f"what is in force: {seen}")
    for name in HOSTILE:
        c.vpn.put(name, None)
    return "the format of Prometheus"


def rights(c):
    """Who may not ask the kernel is told the rest."""
    done = harness.call("setpriv", "--bounding-set=-net_admin,-net_raw",
                        "--inh-caps=-net_admin,-net_raw",
                        *c.vpn.command("--json", "status", "john"))
    row, = json.loads(done.stdout)["clients"]
    expect(done.returncode == 0 and "allowed" not in row and
           row["addresses"] and done.stderr.count(b"\n") == 1,
           f"without rights: {done}")
    return "no rights"


def test():
    c = begin()
    done = [part(c) for part in
            (policies, sessions, told, static_owner, networks, flushed, logged,
             switched, prometheus, rights, lost)]
    return f"{c.checks} times all numbers are right: {', '.join(done)}"


if __name__ == "__main__":
    main(test)
