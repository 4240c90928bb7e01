# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in force is told, and told alike, by all who tell it: status, its
metrics, doctor, reconcile --check, and beside their answers explain and matrix.

The rules are spoilt in each way that rules.py knows, and files are changed so
that they are not in force. Packets show what the kernel does meanwhile.
See inforce.sh.
"""
import json
import os
import re
import sys

from harness import BACKEND, Probe, Vpn, call, expect, main, must, scenario
from rules import RULES

SHUT = "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"
OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-192.0.2.9\n[END]\n"
BAD = "[CLIENTS DROP]\nbad line\n[SUBNETS ACCEPT]\n[END]\n"
JOHN, LAN, STRANGER = "10.8.0.2", "10.0.4.9", "10.8.0.77"
KNOWN = {"not-loaded", "rules-differ", "not-in-force", "bad-file",
         "server-bad", "client-to-client"}


class World(Vpn):
    """A server.conf and a vpnpf.conf: john may do all, nick nothing."""

    def __init__(self, name="inforce"):
        super().__init__(name)
        RULES.forget()          # they tell whose addresses the lost state had
        self.restore()

    def restore(self, *names):
        files = {"policy/john.pf": OPEN, "policy/nick.pf": SHUT,
                 "ccd/john": f"ifconfig-push {JOHN} 255.255.255.0\n",
                 "ccd/nick": "ifconfig-push 10.8.0.3 255.255.255.0\n",
                 "rules.test": "# what must hold\n\nnick -> john drop\n",
                 "groups": "staff: john\n",
                 "server.conf": "dev tun0\ntopology subnet\n"
                                "server 10.8.0.0 255.255.255.0\n",
                 "vpnpf.conf": 'policy = "policy"\ngroups = "groups"\n'
                               'tests = { "rules.test" }\nopenvpn office {\n'
                               'server-conf = "server.conf"\nccd = "ccd"\n}\n'}
        for each, text in files.items():
            if not names or each in names:
                self.write(each, text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        if text is None:
            os.unlink(self.path(name))
            return
        with open(self.path(name), "w") as file:
            file.write(text)

    def command(self, *args):
        return [os.environ["VPNPF"], "-c", self.path("vpnpf.conf"),
                "--state-dir", self.state, "-b", self.backend, *args]

    def load(self):
        self.call("flush")
        self.restore()
        self.must("apply")

    def json(self, *command):
        done = self.call("--json", *command)
        return json.loads(done.stdout), done

    def metrics(self):
        done = self.call("status", "--prometheus")
        return dict(re.findall(r"(?m)^(\w+(?:\{.*\})?) (\S+)$",
                               scenario.text(done.stdout))), done


def said(done):
    return f"{scenario.text(done.stdout)}{scenario.text(done.stderr)}"


def is_good(world, where):
    text = world.call("status")
    expect(text.returncode == 0 and re.match(
        rb"rules: loaded \d{4}-\d\d-\d\d \d\d:\d\d, %s, \d+ chains, 2 clients\n"
        rb"lan0: an interface of a VPN that no section names, [^\n]*\n"
        rb"client +state" % BACKEND.encode(), text.stdout),
           f"{where}: status: {said(text)}")
    rules, done = world.json("status")
    rules = rules["rules"]
    expect(done.returncode == 0 and rules["state"] == "loaded" and
           rules["in_force"] and rules["clients"] == 2 and not
           (rules["kernel"] or rules["files"] or rules["stands"]),
           f"{where}: status --json: {rules}")
    seen, done = world.metrics()
    expect(done.returncode == 0 and seen["vpnpf_rules_loaded"] == "1" and
           seen["vpnpf_policy_in_force"] == "1" and
           abs(int(seen["vpnpf_last_apply_timestamp_seconds"]) -
               rules["loaded"]) == 0 and "vpnpf_findings" not in
           "".join(seen), f"{where}: metrics: {seen}")
    found, _ = world.json("doctor")
    expect(not KNOWN & {f["name"] for f in found}, f"{where}: doctor: {found}")
    done = world.call("--check", "reconcile")
    expect(done.returncode == 0 and done.stdout.startswith(b"in order"),
           f"{where}: reconcile --check: {said(done)}")
    for command in (["explain", "john", LAN], ["matrix"]):
        done = world.call(*command)
        expect(not done.stderr, f"{where}: {command}: {said(done)}")


def is_told(world, where, line, kind, doctor, loaded=True):
    """LINE is in status, KIND in its metrics, DOCTOR what doctor calls it."""
    done = world.call("status")
    expect(done.returncode == 1 and re.search(line, scenario.text(done.stdout)),
           f"{where}: status ended with {done.returncode}: {said(done)}")
    rules, done = world.json("status")
    rules = rules["rules"]
    kinds = {f["kind"] for part in ("kernel", "files", "stands")
             for f in rules[part]}
    expect(done.returncode == 1 and not rules["in_force"] and
           (kind is None or kind in kinds),
           f"{where}: status --json: {rules}")
    seen, done = world.metrics()
    expect(done.returncode == 1 and seen["vpnpf_policy_in_force"] == "0" and
           seen["vpnpf_rules_loaded"] == str(int(loaded)) and
           (kind is None or
            int(seen[f'vpnpf_findings{{kind="{kind}"}}']) > 0),
           f"{where}: metrics: {seen}")
    found, done = world.json("doctor")
    expect(done.returncode == 1 and doctor in {f["name"] for f in found},
           f"{where}: doctor: {found}")
    done = world.call("--check", "reconcile")
    expect(done.returncode != 0 and b"in order" not in done.stdout,
           f"{where}: reconcile --check: {said(done)}")


def half_gone():
    """The faults that were seen in the field."""
    if BACKEND == "nftables":
        return [(text, RULES.nft(f"{text}\n")) for text in (
            "flush chain inet vpnpf pre",
            "add table inet vpnpf { flags dormant ; }",
            "insert rule inet vpnpf pre accept",
            "delete chain inet vpnpf post",
            "flush chain inet vpnpf from/office")]
    return [(text, (["sh", "-c", text], b"")) for text in (
        "iptables-legacy -t mangle -F; iptables-legacy -t mangle -X",
        "iptables-legacy -t mangle -D PREROUTING -j VPNPF-PREROUTING",
        "iptables-legacy -t mangle -F VPNPF-PREROUTING",
        "iptables-legacy -t mangle -I VPNPF-POSTROUTING -j ACCEPT",
        "iptables-legacy -t mangle -I POSTROUTING -j ACCEPT",
        "ip6tables-legacy -t mangle -F; ip6tables-legacy -t mangle -X")]


def kernel():
    """Each fault of the rules is told, and mended by reconcile."""
    world = World("kernel")
    world.load()
    is_good(world, "at first")
    fields = half_gone()
    for what, (args, data) in fields:
        must(*args, data=data)
        world.call("reconcile")
    done = 0
    for what, (args, data) in fields + RULES.faults(RULES.listing()):
        if call(*args, data=data).returncode:
            continue            # a chain in use, a set that is empty
        done += 1
        if RULES.listing() is None:
            is_told(world, what, "^rules: NOT LOADED: EVERYTHING PASSES\n",
                    "rules-missing", "not-loaded", False)
        else:
            is_told(world, what, "(?m)^the kernel has something else than what"
                    " was loaded: run vpnpf reconcile$", None, "rules-differ")
            answer = world.call("explain", "john", LAN)
            expect(b"the kernel has something else" in answer.stderr,
                   f"{what}: explain: {said(answer)}")
        world.call("reconcile")
        expect(world.call("--check", "--deep", "reconcile").returncode == 0,
               f"{what} is not mended")
    is_good(world, "at last")
    expect(done > 2 * len(fields), f"only {done} faults could be made")
    return f"{done} faults"


def held():
    """Files that cannot be loaded do not keep the rules of before spoilt."""
    world = World("held")
    world.load()
    for what, (args, data) in half_gone():
        world.load()
        want = RULES.plain(RULES.listing())
        world.write("rules.test", "nick -> john accept\n")
        must(*args, data=data)
        expect(RULES.plain(RULES.listing()) != want, f"{what}: nothing is done")
        done = world.call("reconcile")
        expect(done.returncode == 1 and RULES.plain(RULES.listing()) == want,
               f"{what} is not mended: {said(done)}")
        done = world.call("status")
        expect(done.returncode == 1 and b"kernel" not in done.stdout,
               f"{what}, then: {said(done)}")
    return "rules of before"


def files():
    """What is on disk and not in force is told with its place."""
    world = World("files")
    group = BAD.replace("bad line", "+@nobody")
    cases = (
        ("a test that fails", {"rules.test": "\n\nnick -> john accept\n"},
         r"on disk, not in force: \S*rules\.test:3:1: nick -> john",
         "not-in-force", "not-in-force"),
        ("tests that cannot be read", {"rules.test": "nonsense\n"},
         r"on disk, not in force: \S*rules\.test:1:\d", "not-in-force",
         "not-in-force"),
        ("bad groups", {"groups": "staff john\n"},
         r"on disk, not in force: \S*groups:1:\d", "not-in-force",
         "not-in-force"),
        ("a bad file", {"policy/john.pf": BAD},
         r'stands: john\.pf:2:1: this file is bad: "john" keeps its previous '
         'rules', "bad-file", "bad-file"),
        ("a bad group in a file", {"policy/john.pf": group},
         r'stands: john\.pf:2:\d: this file is bad', "bad-file", "bad-file"),
        ("a new bad file", {"policy/max.pf": BAD},
         r'stands: max\.pf:2:1: this file is bad: "max" is closed', "bad-file",
         "bad-file"),
        ("a changed file", {"policy/john.pf": SHUT},
         r'on disk, not in force: the rules of "john" were older',
         "policy-changed", "not-in-force"),
        ("a new file", {"policy/max.pf": OPEN},
         r'on disk, not in force: "max" was not known', "policy-added",
         "not-in-force"),
        ("a file that is gone", {"policy/john.pf": None},
         r'on disk, not in force: the rules of "john" were older',
         "policy-changed", "not-in-force"),
        ("an address", {"ccd/john": "ifconfig-push 10.8.0.9 255.255.255.0\n"},
         r"on disk, not in force: the owner of 10\.8\.0\.\d has changed",
         "address-changed", "not-in-force"),
        ("an interface", {"server.conf": "dev tun7\ntopology subnet\n"
                                         "server 10.8.0.0 255.255.255.0\n"},
         r"on disk, not in force: the configuration's interfaces",
         "interface-changed", "not-in-force"),
        ("client-to-client", {"server.conf": "dev tun0\nclient-to-client\n"
                              "topology subnet\n"
                              "server 10.8.0.0 255.255.255.0\n"},
         r"stands: \S*server\.conf:2:1: with client-to-client",
         "client-to-client", "client-to-client"),
        ("a bad server", {"server.conf": "dev tun0\ntopology subnet\n"
                          "server 10.8.0.0\n"},
         r"stands: \S*server\.conf:3:\d+: the configuration of \"office\"",
         "server-bad", "server-bad"),
    )
    for what, change, line, kind, doctor in cases:
        world.load()
        is_good(world, f"before {what}")
        for name, text in change.items():
            world.write(name, text)
        is_told(world, what, f"(?m)^{line}", kind, doctor)
        if os.path.exists(world.path("policy/max.pf")):
            world.write("policy/max.pf", None)
    return f"{len(cases)} changes on disk"


def stands():
    """reconcile finds what stands each time, and nothing after its end."""
    world = World("stands")
    for what, name, text in (
            ("a bad file", "policy/john.pf", BAD),
            ("a closed one", "policy/nick.pf", BAD),
            ("client-to-client", "server.conf", "dev tun0\nclient-to-client\n"
             "topology subnet\nserver 10.8.0.0 255.255.255.0\n"),
            ("server-bad", "server.conf", "dev tun0\nserver 10.8.0.0\n")):
        world.load()
        world.write(name, text)
        world.call("apply")
        kind = "bad-file" if ".pf" in name else what
        for options in (["-q"], [], ["--check"], ["--deep"]):
            done = world.call(*options, "reconcile")
            expect(done.returncode == 1 and re.search(
                rb"(?m)^stands: \S*%s:2:1: .*\[%s\]$" % (
                    os.path.basename(name).encode(), kind.encode()),
                done.stdout), f"{what}: {options}: {said(done)}")
        found, done = world.json("reconcile")
        expect(found["result"] == "stands" and [
            (f["kind"], f["stands"]) for f in found["findings"]] ==
               [(kind, True)], f"{what}: {found}")
        world.restore(name)
        world.call("reconcile")
        done = world.call("reconcile")
        expect(done.returncode == 0 and done.stdout.startswith(b"in order"),
               f"{what} stands no more: {said(done)}")
    return "what stands"


def once():
    """What stands is said once by each command: an error what is wrong, and once
    what follows from it."""
    world = World("once")
    cases = (
        ("client-to-client", {"server.conf": "dev tun0\nclient-to-client\n"
                              "topology subnet\n"
                              "server 10.8.0.0 255.255.255.0\n"},
         {"nothing (can filter|filters)": 1, r"server\.conf:2:1: ": 1}),
        ("a bad server", {"server.conf": "dev tun0\ntopology star\n"},
         {"no such topology": 1, "is shut": 1}),
        ("a bad setting", {"vpnpf.conf": 'policy = "policy"\nopenvpn office {\n'
                           'server-conf = "server.conf"\ncolour = red\n}\n'},
         {"no such option": 1, "is shut": 1}),
        ("a lost server.conf", {"server.conf": None},
         {"cannot read .*server\\.conf": 1, "is shut": 1}),
        ("a bad file", {"policy/john.pf": BAD},
         {'a line begins with': 1, "keeps its previous rules": 1}),
        ("a new bad file", {"policy/max.pf": BAD},
         {'a line begins with': 1, '"max" is closed': 1}),
        ("DEFAULT.pf", {"policy/DEFAULT.pf": BAD, "policy/nick.pf": None,
                        "vpnpf.conf": 'policy = "policy"\ndefault-policy = '
                        'yes\nopenvpn office {\nserver-conf = "server.conf"\n'
                        'ccd = "ccd"\n}\n'},
         {'a line begins with': 1, "keeps? (its|their) previous rules": 1}),
        ("two owners", {"ccd/nick": f"ifconfig-push {JOHN} 255.255.255.0\n"},
         {"belongs to": 1}),
        ("three owners", {"ccd/nick": f"ifconfig-push {JOHN} 255.255.255.0\n",
                          "policy/max.pf": OPEN,
                          "ccd/max": f"ifconfig-push {JOHN} 255.255.255.0\n"},
         {"belongs to": 1}),
    )
    for what, change, lines in cases:
        for command in ("apply", "reconcile", "reconcile --check",
                        "reconcile --deep", "check", "doctor", "status"):
            world.load()
            for name, text in change.items():
                world.write(name, text)
            if command != "apply":
                world.call("apply")
            text = said(world.call(*command.split()))
            for line, n in lines.items():
                got = len(re.findall(f"(?m)^.*(?:{line}).*$", text))
                may = (command in ("check", "doctor", "status") and not
                       line.startswith(("nothing", "server", "belongs")))
                expect(got == n or (may and got < n), f"{what}: {command} says "
                       f"{line} {got} times: {text}")
            for name in set(change) & {"policy/max.pf", "ccd/max",
                                       "policy/DEFAULT.pf"}:
                world.write(name, None)
    return f"{len(cases)} things said once"


def headlines():
    """Nothing loaded, all closed: as packets find it."""
    world = World("headlines")
    probe = Probe(["10.8.0.0/24"], [])

    def passes(src):
        return probe.ask([f"{src} {LAN} udp 9 9"])[0] == "ACCEPT"

    world.load()
    is_good(world, "loaded")
    expect(passes(JOHN) and not passes(STRANGER), "it is not loaded")
    for what, undo in (("flush", lambda: world.must("flush")),
                       ("others", RULES.forget)):
        world.load()
        undo()
        expect(passes(STRANGER), f"{what}: not open")
        is_told(world, what, "^rules: NOT LOADED: EVERYTHING PASSES\n", None,
                "not-loaded", False)
        done = world.call("explain", "nick", LAN)
        expect(b"warning: in force: ACCEPT (no rules are loaded: everything "
               b"passes), on disk: DROP" in done.stderr, said(done))
        pairs, done = world.json("matrix")
        expect(all(p["in_force"] == "ACCEPT" for p in pairs) and
               b"everything passes" in done.stderr, f"matrix: {pairs}")
    world.load()
    world.must("flush", "--closed")
    expect(not passes(JOHN), "not closed")
    is_told(world, "closed", "^rules: CLOSED: nothing passes", None,
            "not-loaded")
    done = world.call("explain", "john", LAN)
    expect(b"warning: in force: DROP (no client is loaded" in done.stderr,
           said(done))
    # after a boot, with tests that fail
    world.must("flush")
    world.write("rules.test", "nick -> john accept\n")
    world.call("apply")
    expect(not passes(JOHN), "not closed after a boot")
    is_told(world, "boot", r"^rules: CLOSED: nothing passes.*\non disk, not in "
            r"force: \S*rules\.test:1:1", "not-in-force", "not-in-force")
    # nothing can be read at all
    world.load()
    for loaded in (True, False):
        world.write("vpnpf.conf", "polcy = \"policy\"\n")
        seen, done = world.metrics()
        expect(done.returncode and seen["vpnpf_policy_in_force"] == "0" and
               seen["vpnpf_rules_loaded"] == str(int(loaded)) and
               seen['vpnpf_findings{kind="not-in-force"}'] == "1",
               f"no configuration: {seen}")
        done = world.call("status")
        expect(done.returncode and re.search(
            rb"(?m)^on disk, not in force: \S*vpnpf\.conf:1:1", done.stdout)
            and (loaded or done.stdout.startswith(b"rules: NOT LOADED")),
            f"no configuration: {said(done)}")
        RULES.forget()
    probe.close()
    return "headlines"


def answers():
    """explain and matrix say when the kernel does otherwise."""
    world = World("answers")
    for what, name, text in (
            ("a bad file", "policy/john.pf", BAD),
            ("a newer file", "policy/john.pf", SHUT),
            ("tests that fail", "policy/john.pf",
             OPEN.replace("ACCEPT]\n-", "DROP]\n-"))):
        world.load()
        if what.startswith("tests"):
            world.write("rules.test", f"john -> {LAN} accept\n")
        world.write(name, text)
        done = world.call("explain", "john", LAN)
        expect(b"DROP" in done.stdout and
               b"warning: in force: ACCEPT (john.pf (as loaded)), on disk: "
               b"DROP" in done.stderr, f"{what}: explain: {said(done)}")
        answer, _ = world.json("explain", "john", LAN)
        expect((answer["verdict"], answer["in_force"]) == ("DROP", "ACCEPT"),
               f"{what}: {answer}")
        answer, done = world.json("explain", "nick", LAN)
        expect(answer["in_force"] == answer["verdict"] == "DROP" and
               b"in force" not in done.stderr.replace(b"not in force", b""),
               f"{what}: an answer that is in force: {answer} {said(done)}")
        done = world.call("matrix")
        expect(b"warning: this is not all in force" in done.stderr,
               f"{what}: matrix: {said(done)}")
        done = world.call("--policy", world.policy, "explain", "john", LAN)
        expect(b"in force" not in done.stderr, f"{what}: offline: {said(done)}")
        done = call("setpriv", "--bounding-set=-net_admin,-net_raw",
                    "--inh-caps=-net_admin,-net_raw",
                    *world.command("explain", "john", LAN))
        expect(b"in force" not in done.stderr, f"no rights: {said(done)}")
        done = call("setpriv", "--bounding-set=-net_admin,-net_raw",
                    "--inh-caps=-net_admin,-net_raw",
                    *world.command("status"))
        expect(done.returncode == 0 and done.stdout.startswith(
            b"rules: not known: needs root\n"), f"no rights: {said(done)}")
    return "explain and matrix"


def test():
    parts = {f.__name__: f for f in (headlines, files, stands, once,
                                     answers, held, kernel)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
