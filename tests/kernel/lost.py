# SPDX-License-Identifier: GPL-2.0-or-later
"""The state is lost, damaged or in an unsafe directory while clients are
connected, and ipp.txt names others for their addresses: nobody gains a right,
who is connected keeps his, it is said, and the next call finds all in order.
See lost.sh.
"""
import os
import random
import shutil
import sys
import time

from damage import LIVE, OTHERS, UNSAFE, content, damage, instead
from harness import BACKEND, Probe, Vpn, call, expect, main, scenario
from rules import RULES

OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"
FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+10.0.4.0/24\n[END]\n",
    "nick": "[CLIENTS DROP]\n+john\n+max\n[SUBNETS DROP]\n[END]\n",
    "max": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+10.0.5.0/24\n[END]\n",
    "bob": "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.0.6.0/24\n[END]\n",
    "odd/näme": "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.0.7.0/24\n[END]\n",
    "gone": OPEN,
    "admin": OPEN,
    "root": OPEN,
}
# Stale: these addresses are max's and gone's now.
IPP = "admin,10.8.0.20\nroot,10.8.0.21\n"
TOLD = (("10.8.0.20", "max"), ("10.8.0.21", "gone"), ("10.8.0.30", "bob"),
        ("192.168.33.0/24", "bob"), ("10.8.0.31", "odd/näme"))
HOSTS = ["10.8.0.2", "10.8.0.3", "10.8.0.20", "10.8.0.21", "10.8.0.30",
         "10.8.0.31", "192.168.33.7"]
LAN = ["10.0.4.1", "10.0.5.1", "10.0.6.1", "10.0.7.1", "192.0.2.7"]
RANDOM = int(os.environ.get("LOST_RANDOM", 120))


class Network(Vpn):
    """One server, that may write a status."""

    def __init__(self):
        super().__init__("lost")
        self.more = ""
        self.status = os.path.join(self.folder, "status")

    def command(self, *args):
        with open(os.path.join(self.folder, "vpnpf.conf"), "w") as file:
            file.write(f'policy = "{self.policy}"\nopenvpn office {{\n'
                       f'dev = "tun0"\ntopology = subnet\nccd = "{self.ccd}"\n'
                       f'ipp = "{self.ipp}"\n{self.more}}}\n')
        return [os.environ["VPNPF"], "-c", file.name, "--state-dir",
                self.state, "-b", self.backend, *args]

    def path(self, name):
        return os.path.join(self.state, name)

    def tells(self, routes, when):
        """The server's status, as of WHEN."""
        self.more = f'status = "{self.status}"\n'
        self.told = when
        with open(self.status, "w") as file:
            file.write(f"TITLE\tOpenVPN\nTIME\tthen\t{when}\n"
                       "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\n" +
                       "".join(f"CLIENT_LIST\t{name}\t192.0.2.9:1194\n"
                               for _, name in routes) +
                       "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\n"
                       + "".join(f"ROUTING_TABLE\t{address}\t{name}\n"
                                 for address, name in routes) + "END\n")


def network():
    vpn = Network()
    for name, content in FILES.items():
        vpn.put(name, content)
    vpn.address("john", "10.8.0.2")
    vpn.address("nick", "10.8.0.3")
    vpn.put_ipp(IPP)
    return vpn


def connected(vpn):
    """All of TOLD are connected; gone's file is taken away then."""
    RULES.forget()
    shutil.rmtree(vpn.state, ignore_errors=True)
    vpn.put("gone", OPEN)
    vpn.must("apply")
    for address, name in TOLD:
        done = vpn.learn("add", address, name)
        expect(done.returncode == 0, f"learn-address {address} {name}: "
               f"{scenario.text(done.stderr)}")
    os.unlink(os.path.join(vpn.policy, "gone.pf"))
    vpn.must("apply")


PROBE = None


def verdicts():
    """Everybody to everybody and to the rest of the world, and back."""
    global PROBE
    if not PROBE:
        PROBE = Probe(["10.8.0.0/24", "192.168.33.0/24"])
    pairs = [(a, b) for a in HOSTS for b in HOSTS + LAN if a != b]
    pairs += [(b, a) for a in HOSTS for b in LAN]
    got = PROBE.ask([f"{a} {b} icmp" for a, b in pairs])
    return dict(zip(pairs, got))


def same(what, want):
    got = verdicts()
    gained = [k for k in want if got[k] == "ACCEPT" != want[k]]
    lost = [k for k in want if got[k] == "DROP" != want[k]]
    expect(not gained and not lost,
           f"{what}: gained {gained[:5]}, lost {lost[:5]}")


# What meets it: a name, the call, its exit status, and whether it looks.
CALLS = {
    "apply": (lambda v: v.call("apply"), 1, True),
    "reconcile": (lambda v: v.call("reconcile"), 1, True),
    "learn-address": (lambda v: v.learn("add", "10.8.0.40", "nick"), 0, True),
    "connect": (lambda v: v.hook("connect", "john", "10.8.0.2"), 0, False),
}


def spoilt(vpn, what, spoil):
    for name, (run, status, looks) in CALLS.items():
        connected(vpn)
        want = verdicts()
        spoil(vpn)
        done = run(vpn)
        text = scenario.text(done.stderr)
        expect(done.returncode == status, f"{what}, {name}: ended with "
               f"{done.returncode}: {text}")
        expect(not looks or "error: " in text,
               f"{what}, {name}: nothing is said: {text}")
        same(f"{what}, {name}", want)
        if what in LIVE and looks:
            expect("were lost: " in text, f"{what}, {name}: {text}")
        if not looks:
            vpn.call("apply")
            same(f"{what}, {name}, apply", want)
        heals(vpn, f"{what}, {name}", want)


def heals(vpn, what, want):
    """Then everything is in order, and hooks work as ever."""
    done = vpn.call("--deep", "reconcile")
    expect(done.returncode == 0 and b"error: " not in done.stderr,
           f"{what}: and then "
           f"{scenario.text(done.stdout + done.stderr)}")
    done = vpn.learn("delete", "10.8.0.30")
    expect(done.returncode == 0 and not done.stderr, f"{what}: delete: "
           f"{scenario.text(done.stderr)}")
    expect(verdicts()["10.8.0.30", "10.0.6.1"] == "DROP",
           f"{what}: a deleted binding stays")
    vpn.learn("add", "10.8.0.30", "bob")
    same(f"{what}, healed", want)
    expect(vpn.learn("update", "10.8.0.21", "root").returncode == 0 and
           verdicts()["10.8.0.21", "192.0.2.7"] == "ACCEPT",
           f"{what}: whom the hook names has no right")


def live():
    vpn = network()
    for what, spoil in LIVE.items():
        spoilt(vpn, what, spoil)
    return f"{len(LIVE)} ways to lose the bindings"


def others():
    vpn = network()
    for what, spoil in OTHERS.items():
        spoilt(vpn, what, spoil)
        victim = vpn.path("looked.victim")
        if os.path.exists(victim):
            with open(victim) as file:
                expect(file.read() == "secret\n", f"{what}: written to")
    return f"{len(OTHERS)} other damages"


def unsafe():
    """The rules are those of files and kernel; hooks refuse."""
    vpn = network()
    for what, spoil in UNSAFE.items():
        connected(vpn)
        want = verdicts()
        spoil(vpn)
        if os.path.isfile(vpn.path("live")):
            content("live", instead(b"\tmax", b"\tadmin"))(vpn)
        for name, run, status in (
                ("apply", lambda: vpn.call("apply"), 1),
                ("reconcile", lambda: vpn.call("reconcile"), 1),
                ("learn-address",
                 lambda: vpn.learn("add", "10.8.0.40", "admin"), 1),
                ("apply again", lambda: vpn.call("apply"), 1)):
            done = run()
            text = scenario.text(done.stderr)
            expect(done.returncode == status and "error: " in text and
                   vpn.state in text, f"{what}, {name}: ended with "
                   f"{done.returncode}: {text}")
            same(f"{what}, {name}", want)
        for path in (vpn.state, vpn.state + ".real"):
            if os.path.islink(path):
                os.unlink(path)
            shutil.rmtree(path, ignore_errors=True)
        vpn.call("apply")
        same(f"{what}, and then a new one", want)
        heals(vpn, what, want)
    return f"{len(UNSAFE)} unsafe directories"


def lines_of(vpn):
    with open(vpn.path("live")) as file:
        return [line.split("\t")[1:3] for line in file if line[0] == "a"]


def files():
    """What only the files say, and the rules did not, is nobody's until a hook
    tells."""
    vpn = network()
    connected(vpn)
    vpn.address("john", "10.8.0.9")     # and not 10.8.0.2 any more
    want = verdicts()
    shutil.rmtree(vpn.state)
    done = vpn.call("apply")
    text = scenario.text(done.stderr)
    expect(done.returncode == 1 and "10.8.0.9 is nobody's" in text and
           "10.8.0.21 is nobody's" in text and
           '"."' not in text + scenario.text(vpn.call("apply").stderr),
           f"apply: {text}")
    same("another address in ccd", want)
    got = lines_of(vpn)
    expect(["10.8.0.2", "john"] in got and ["10.8.0.9", "."] in got and
           ["10.8.0.3", "nick"] in got, f"live has {got}")
    done = vpn.learn("add", "10.8.0.9", "john")
    expect(done.returncode == 0, "the hook is refused")
    vpn.learn("delete", "10.8.0.2")
    expect(verdicts()["10.8.0.2", "10.0.4.1"] == "DROP", "10.8.0.2 is john's")
    return "files take nothing"


def later():
    """Files that change after the loss take nothing from who is connected,
    though they said the same before."""
    vpn = network()
    for name, (run, status, _) in CALLS.items():
        vpn.address("john", "10.8.0.2")
        vpn.put_ipp(IPP + "bob,10.8.0.30\n")
        connected(vpn)
        for address, who in ("10.8.0.2", "john"), ("10.8.0.3", "nick"):
            expect(vpn.learn("add", address, who).returncode == 0, who)
        want = verdicts()
        shutil.rmtree(vpn.state)
        vpn.call("apply")
        vpn.address("john", "10.8.0.9")
        vpn.address("admin", "10.8.0.2")
        vpn.put_ipp("admin,10.8.0.20\nroot,10.8.0.30\n")
        run(vpn)
        vpn.call("reconcile")
        same(f"files after the loss, {name}", want)
        vpn.must("apply")
        same(f"files after the loss, {name}, apply", want)
        expect(vpn.learn("update", "10.8.0.2", "admin").returncode == 0 and
               verdicts()["10.8.0.2", "192.0.2.7"] == "ACCEPT",
               "whom a hook names has no right")
        os.unlink(os.path.join(vpn.ccd, "admin"))
    vpn.put_ipp(IPP)
    return "files that change later"


KINDS = """\
openvpn office {{ dev = "tun0" topology = subnet ccd = "{ccd}"
    status = "{folder}/status.office" }}
openvpn lab {{ dev = "tap0" status = "{folder}/status.lab" }}
openvpn home {{ dev = "tap1" }}
ipsec road {{ dev = "lan0" local = "192.0.2.1"
    networks = {{ "10.0.2.0/24" }} }}
"""


class Kinds(Network):
    """Two servers and IPsec: a binding of each kind."""

    def command(self, *args):
        with open(os.path.join(self.folder, "vpnpf.conf"), "w") as file:
            file.write(f'policy = "{self.policy}"\n' + KINDS.format(
                ccd=self.ccd, folder=self.folder))
        return [os.environ["VPNPF"], "-c", file.name, "--state-dir",
                self.state, "-b", self.backend, *args]

    def learn_on(self, device, operation, *words):
        done = call(*self.command("learn-address", operation, *words),
                    env={"script_type": "learn-address",
                         "script_context": "init", "dev": device})
        expect(done.returncode == 0, f"{words}: {scenario.text(done.stderr)}")

    def bind(self):
        """Also networks in networks, of clients away and present."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.must("apply")
        for device, address, name in (
                ("tun0", "10.8.0.2", "john"), ("tun0", "fd00:8::2", "john"),
                ("tun0", "10.8.0.20", "max"), ("tun0", "fd00:8::20", "max"),
                ("tun0", "192.168.33.64/26", "john"),
                ("tun0", "192.168.32.0/22", "bob"),
                ("tun0", "192.168.33.77", "nick"),
                ("tun0", "fd00:9::/64", "odd/näme"),
                ("tap0", "02:00:00:00:00:09", "nick"),
                ("tap0", "10.9.0.9", "nick"),
                ("tap1", "02:00:00:00:00:0a", "max"),
                ("tap1", "10.11.0.8", "max")):
            self.learn_on(device, "add", address, name)
        for name, address, reqid in (("john", "10.0.2.7/32", 7),
                                     ("max", "10.0.2.8/32", 8)):
            expect(self.tunnel(name, address, reqid).returncode == 0, "updown")

    def tells_on(self, server, routes, when):
        self.status = os.path.join(self.folder, f"status.{server}")
        self.tells(routes, when)


def but_networks():
    """A network with holes comes back in parts."""
    return [{each for each in part if "_net" not in each[0]}
            if BACKEND == "nftables" else part
            for part in RULES.plain(RULES.listing())]


def kinds():
    """A binding of each kind comes back; rules do not change. That of one of
    two servers is corrected by each of them."""
    vpn = Kinds()
    RULES.forget()
    for name, content_of in FILES.items():
        vpn.put(name, content_of)
    vpn.address("john", "10.8.0.2", "fd00:8::2",
                "iroute 192.168.33.64 255.255.255.192\n")
    vpn.bind()
    want = but_networks()
    bound = lines_of(vpn)
    os.unlink(vpn.path("live"))
    done = vpn.call("apply")
    text = scenario.text(done.stderr)
    expect(done.returncode == 1 and "were lost" in text and
           "nobody's" not in text, f"apply: {text}")
    got = but_networks()
    expect(got == want, f"other rules: {[a ^ b for a, b in zip(got, want)]}")
    with open(vpn.path("live")) as file:
        live_text = file.read()
    for line in ("\t10.0.2.7\tjohn\troad\t", "reqid=7",
                 "\t02:00:00:00:00:09\tnick\tlab\t",
                 "\tfd00:8::20\tmax\toffice\t",
                 "\t02:00:00:00:00:0a\tmax\thome\t",
                 "\t10.11.0.8\tmax\thome\t",
                 "\t10.9.0.9\tnick\tlab\t"):
        expect(line in live_text, f"no {line!r} in {live_text}")
    got = lines_of(vpn)
    # john's network is in a file, and so counts again
    left = [each for each in bound if each[0] not in
            ("192.168.32.0/22", "192.168.33.64/26")]
    expect(left == [each for each in got if each[1] != "bob"],
           f"live has {got}")
    expect([net for net, name in got if name == "bob"] ==
           ["192.168.32.0/24", "192.168.33.0/26", "192.168.33.128/25",
            "192.168.34.0/23"], f"live has {got}")

    # a hook of any server ends a binding of which the server is not known
    vpn.learn_on("tap0", "delete", "10.9.0.9")
    expect("10.9.0.9" not in [each[0] for each in lines_of(vpn)],
           "10.9.0.9 stays")
    now = int(time.time()) + 1
    while time.time() < now:
        time.sleep(0.05)
    vpn.tells_on("office", [("10.8.0.20", "max")], now)
    done = vpn.call("reconcile")
    expect("fd00:8::20" not in str(lines_of(vpn)), "not ended by its server")
    vpn.tells_on("lab", [("02:00:00:00:00:09", "nick"),
                         ("192.168.33.77", "nick")], now)
    done = vpn.call("reconcile")
    got = sorted(lines_of(vpn))
    expect(got == sorted([["10.8.0.20", "max"], ["02:00:00:00:00:09", "nick"],
                          ["10.0.2.7", "john"], ["10.0.2.8", "max"],
                          ["02:00:00:00:00:0a", "max"], ["10.11.0.8", "max"],
                          ["192.168.33.77", "nick"]]),
           f"then {got}: {scenario.text(done.stdout)}")
    with open(vpn.path("live")) as file:
        expect("\t-\t" not in file.read(), "a server is not known")
    return "all kinds of bindings"


def server():
    """What a server tells counts more than the kernel."""
    vpn = network()
    connected(vpn)
    want = verdicts()
    shutil.rmtree(vpn.state)
    # older than the loss: a hook may have been later
    vpn.tells([("10.8.0.20", "admin")], int(time.time()) - 20)
    done = vpn.call("reconcile")
    expect(done.returncode == 1, scenario.text(done.stderr))
    same("an older status", want)
    now = int(time.time()) + 1
    vpn.tells([("10.8.0.20", "max"), ("10.8.0.21", "root")], now)
    while time.time() < now:
        time.sleep(0.05)
    done = vpn.call("reconcile")
    text = scenario.text(done.stdout)
    expect(done.returncode == 1 and "binding-changed" in text and
           "binding-gone" in text, f"reconcile: {text}")
    got = verdicts()
    expect(got["10.8.0.20", "10.0.5.1"] == "ACCEPT" and
           got["10.8.0.20", "192.0.2.7"] == "DROP", "max has lost his address")
    expect(got["10.8.0.21", "192.0.2.7"] == "ACCEPT", "root has not his")
    expect(got["10.8.0.30", "10.0.6.1"] == "DROP", "bob is not gone")
    vpn.more = ""
    return "the server is believed"


def named():
    """Whom a server names has the address, though a file is changed that said
    the same; no hook runs."""
    vpn = network()
    RULES.forget()
    shutil.rmtree(vpn.state, ignore_errors=True)
    vpn.address("bob", "10.8.0.30")
    vpn.put_ipp("max,10.8.0.20\n")
    vpn.must("apply")
    told = [("10.8.0.2", "john"), ("10.8.0.20", "max"), ("10.8.0.30", "bob")]
    vpn.tells(told, int(time.time()))
    done = vpn.call("reconcile")
    expect(done.returncode == 0 and b"binding" not in done.stdout,
           scenario.text(done.stdout))
    want = verdicts()
    vpn.address("john", "10.8.0.9")
    vpn.address("bob", "10.8.0.9")
    vpn.address("admin", "10.8.0.2")
    vpn.put_ipp("admin,10.8.0.20\nroot,10.8.0.30\n")
    for args in ("apply",), ("reconcile",), ("--deep", "reconcile"):
        vpn.call(*args)
        same(f"the server named them, {args}", want)
    while time.time() < vpn.told + 1:
        time.sleep(0.05)
    vpn.tells(told[:1], int(time.time()))
    vpn.call("reconcile")
    got = verdicts()
    expect(got["10.8.0.2", "10.0.4.1"] == "ACCEPT" and
           got["10.8.0.2", "192.0.2.7"] == "DROP" and
           got["10.8.0.20", "192.0.2.7"] == "ACCEPT",
           "who has left keeps his address, or who is there does not")
    vpn.more = ""
    os.unlink(os.path.join(vpn.ccd, "admin"))
    os.unlink(os.path.join(vpn.ccd, "bob"))
    return "whom the server names"


def boot():
    """Without rules nothing is taken: ipp.txt is all there is."""
    vpn = network()
    connected(vpn)
    RULES.forget()
    shutil.rmtree(vpn.state)
    done = vpn.call("apply")
    expect(done.returncode == 0 and b"lost" not in done.stderr,
           f"a boot: {scenario.text(done.stderr)}")
    expect(verdicts()["10.8.0.20", "192.0.2.7"] == "ACCEPT",
           "ipp.txt does not count")
    return "after a boot files count"


def check():
    """--check changes nothing, and says it."""
    vpn = network()
    connected(vpn)
    os.unlink(vpn.path("live"))
    before = sorted(os.listdir(vpn.state))
    done = vpn.call("reconcile", "--check")
    expect(done.returncode == 1 and b"state-lost" in done.stdout and
           b"were lost" in done.stderr, scenario.text(done.stdout))
    expect(sorted(os.listdir(vpn.state)) == before, "--check has written")
    return "--check only says"


def chance():
    """Any damage, any call: no crash, no right that was not there."""
    seed = int(os.environ.get("LOST_SEED", 9))
    dice, vpn = random.Random(seed), network()
    connected(vpn)
    want = verdicts()
    keep = vpn.state + ".keep"
    shutil.copytree(vpn.state, keep)
    for n in range(RANDOM):
        what = []
        for name in dice.choice((["live"], ["policy"], ["live", "policy"])):
            content(name, lambda t: damage(t, dice) if t else t)(vpn)
            what.append(name)
        name = dice.choice(sorted(CALLS))
        done = CALLS[name][0](vpn)
        what = f"damage {n} of {what}, seed {seed}, {name}"
        expect(done.returncode in (0, 1), f"{what}: ended with "
               f"{done.returncode}: {scenario.text(done.stderr)}")
        same(what, want)
        done = vpn.call("reconcile")
        expect(done.returncode in (0, 1), f"{what}: reconcile: "
               f"{scenario.text(done.stderr)}")
        same(what + ", reconcile", want)
        done = vpn.call("--deep", "reconcile")
        expect(done.returncode == 0 and b"error: " not in
               done.stderr, f"{what}: then "
               f"{scenario.text(done.stdout + done.stderr)}")
    return f"{RANDOM} random damages"


def test():
    parts = {f.__name__: f for f in (live, others, unsafe, files, later, kinds,
                                     server, named, boot, check, chance)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
