# SPDX-License-Identifier: GPL-2.0-or-later
"""A slip in vpnpf.conf or in a server.conf ends closed, for its server alone.

Two OpenVPN servers, "office" on tun0 and "lab" on tun1, and an IPsec section
"road" on lan0. Each slip is made at a boot (no rules, no state; what is kept
across boots is there) and at runtime. Asked are packets and hooks. $FAMILY is 6:
all of them have IPv6 alone. See closed.sh.
"""
import itertools
import os
import re
import subprocess
import sys
import time

from harness import BACKEND, TUNPROBE, VPNPF, WORK, call, expect, main, \
    scenario
from rules import RULES

FOLDER = os.path.join(WORK, "closed")
KEEP = os.environ["KEEPDIR"]
OPEN = "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"
SHUT = "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n"
KILL = "[KILL]\n"
POLICIES = {"anna": OPEN, "ben": OPEN, "eve": SHUT, "frank": OPEN,
            "carl": OPEN, "dora": OPEN}
CCD = {"office": {"anna": "10.8.0.2", "ben": "10.8.0.3", "eve": "10.8.0.4"},
       "lab": {"carl": "10.9.0.2", "dora": "10.9.0.3"}}
DEV = {"office": "tun0", "lab": "tun1"}
FRANK = {"office": "10.8.0.77", "lab": "10.9.0.77"}
LAN = "192.0.2.77"

CONF = f"""\
policy = "policy"
state-dir = "state"
openvpn office {{
	server-conf = "office.conf"
}}
openvpn lab {{
	server-conf = "lab.conf"
}}
ipsec road {{
	dev = "lan0"
	local = "192.0.2.1"
	networks = {{ "10.0.2.0/24" }}
}}
"""
SERVER = """\
dev {dev}
topology subnet
server {net} 255.255.255.0
client-config-dir {name}.ccd
"""


SIX = os.environ.get("FAMILY") == "6"


def family(text):
    """The same with IPv6."""
    for old, new in (
            (r"\bserver (\S+) 255\.255\.255\.0", r"server-ipv6 \1/64"),
            (r"\bifconfig-push (\S+) \S+", r"ifconfig-ipv6-push \1/64"),
            ("ifconfig_pool_remote_ip$", "ifconfig_pool_remote_ip6"),
            (r"\b10\.0\.2\.", "fd00:2::"), (r"\b192\.0\.2\.", "2001:db8::"),
            (r"\b10\.([89])\.0\.", r"fd00:\1::"), ("/32", "/128"),
            ("/24", "/64"), ("/16", "/32")) if SIX else ():
        text = re.sub(old, new, text)
    return text


def path(name):
    return os.path.join(FOLDER, name)


def write(name, text):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "wb") as file:
        file.write(text if isinstance(text, bytes) else
                   family(text).encode())


def read(name):
    with open(path(name)) as file:
        return file.read()


def read_bad(*name):
    """A file that is wrong."""
    with open(os.path.join(os.environ["srcdir"], "tests", "bad", *name)) as f:
        return f.read()


def good():
    """All files as they should be."""
    if os.path.isdir(path("lab.conf")):
        os.rmdir(path("lab.conf"))
    write("vpnpf.conf", CONF)
    for name, net in (("office", "10.8.0.0"), ("lab", "10.9.0.0")):
        write(f"{name}.conf", SERVER.format(dev=DEV[name], net=net,
                                            name=name))
        for client, addr in CCD[name].items():
            write(f"{name}.ccd/{client}",
                  f"ifconfig-push {addr} 255.255.255.0\n")
    for name, text in POLICIES.items():
        write(f"policy/{name}.pf", text)
    os.makedirs(path("state"), exist_ok=True)


def vpnpf(*args, env=None, conf=None):
    done = call(VPNPF, *(conf or ["-c", path("vpnpf.conf")]), "-b", BACKEND,
                *map(family, args),
                env={family(k): family(v) for k, v in (env or {}).items()})
    done.text = scenario.text(done.stdout) + scenario.text(done.stderr)
    expect(done.returncode in (0, 1, 2) and "Sanitizer" not in done.text,
           f"{args}: {done.returncode}: {done.text}")
    return done


def must(*args):
    done = vpnpf(*args)
    expect(done.returncode == 0, f"{args}: {done.text}")


def must_run(*args):
    done = call(*args)
    expect(done.returncode == 0, f"{args}: {scenario.text(done.stderr)}")


def hook(server, *args, name="frank"):
    return vpnpf(*args, env={
        "dev": DEV[server], "config": path(f"{server}.conf"),
        "common_name": name, "ifconfig_pool_remote_ip": FRANK[server]})


def fresh():
    """A boot: no rules, no state."""
    RULES.forget()
    scenario.clear(path("state"))


def boot():
    """Good files are loaded, then the machine is started again."""
    good()
    fresh()
    must("apply")
    fresh()


def passes(dev, *asked):
    """The verdicts of the kernel for questions of tunprobe."""
    nets = {"tun0": "10.8.0.0/24", "tun1": "10.9.0.0/24"}
    done = subprocess.run(
        [TUNPROBE, "batch", "--dev", dev, "--lan", "lan0", "--net",
         family(nets[dev])],
        input="".join(f"{family(q)}\n" for q in asked) + "\n",
        capture_output=True, text=True)
    expect(done.returncode == 0, f"tunprobe: {done.stderr}")
    return [line == "ACCEPT" for line in done.stdout.split()]


def office():
    """anna to ben, to the LAN; eve, whom the files deny; who came in clear."""
    return passes("tun0", "10.8.0.2 10.8.0.3 udp 9 9",
                  f"10.8.0.2 {LAN} udp 9 9", "10.8.0.4 10.8.0.2 udp 9 9",
                  f"10.8.0.4 {LAN} udp 9 9",
                  "10.0.2.5 10.8.0.2 udp 9 9 lan")


def lab():
    return passes("tun1", "10.9.0.2 10.9.0.3 udp 9 9",
                  f"10.9.0.2 {LAN} udp 9 9", f"{LAN} 10.9.0.2 udp 9 9 lan")


def frank(server):
    return passes(DEV[server], f"{FRANK[server]} {LAN} udp 9 9") == [True]


WORKS = [True, True, False, False, False]


def expect_office(works, what):
    want = WORKS if works else [False] * 5
    got = office()
    expect(got == want, f"{what}: office: {got}, not {want}")


def expect_lab(works, what):
    got = lab()
    expect(got == [works] * 3, f"{what}: lab: {got}, not {works}")


def conf(old, new):
    """A slip in vpnpf.conf."""
    def spoil():
        expect(CONF.count(old) == 1, f"not once: {old}")
        write("vpnpf.conf", CONF.replace(old, new))
    return spoil


def append(name, text):
    return lambda: write(name, read(name) + text)


def server(old, new):
    return lambda: write("lab.conf", read("lab.conf").replace(family(old),
                                                              new))


def gone(name):
    return lambda: os.unlink(path(name))


def a_folder():
    os.unlink(path("lab.conf"))
    os.mkdir(path("lab.conf"))


# Of lab alone. Where its interface is not in what is left, it is in what is
# kept.
SERVER_SLIPS = {
    "a quote is missing": append("lab.conf", 'push "route 10.1.0.0\n'),
    "no such topology": append("lab.conf", "topology star\n"),
    "dev is too long": server("dev tun1", "dev this-name-is-too-long"),
    "dev has a word too many": server("dev tun1", "dev tun1 tun1"),
    "no dev": server("dev tun1\n", ""),
    "no network": server("server 10.9.0.0 255.255.255.0",
                         "server 10.9.0.1 255.255.255.128"),
    "an include is missing": append("lab.conf", "config none.conf\n"),
    "management without a port": append("lab.conf", "management ::1\n"),
    "server.conf is gone": gone("lab.conf"),
    "server.conf is a folder": a_folder,
    "an unknown setting": conf('"lab.conf"', '"lab.conf"\ncolour = red'),
    "a setting without =": conf('server-conf = "lab.conf"',
                                'server-conf "lab.conf"'),
    "a section without settings": conf('server-conf = "lab.conf"', ""),
    "dev and no =": conf('"lab.conf"', '"lab.conf" dev tun1'),
    "another file": conf('"lab.conf"', '"lib.conf"'),
    "a wrong value": conf('"lab.conf"', '"lab.conf" topology = star'),
    "an empty value": conf('"lab.conf"', '"lab.conf" status = ""'),
    "the name twice": append("vpnpf.conf", 'openvpn lab { dev = "tun5" }\n'),
}
# Of the whole file.
FILE_SLIPS = {
    "an unknown setting": append("vpnpf.conf", 'polcy = "x"\n'),
    "a brace too many": append("vpnpf.conf", "}\n"),
    "a brace too few": conf('"office.conf"\n}', '"office.conf"\n'),
    "a quote too few": conf('"office.conf"', '"office.conf'),
    "no such backend": append("vpnpf.conf", "backend = ipfw\n"),
    "no policy": conf('policy = "policy"\n', ""),
    "a wrong value": append("vpnpf.conf", "log-rate = 0\n"),
    "a comment without end": append("vpnpf.conf", "/* see\n"),
    "a NUL byte": append("vpnpf.conf", "\0"),
    "an empty file": lambda: write("vpnpf.conf", ""),
    "no file": gone("vpnpf.conf"),
    "garbage": lambda: write("vpnpf.conf", bytes(range(1, 256))),
    "a list without end": conf('{ "10.0.2.0/24" }', '{ "10.0.2.0/24"'),
    "a section without name": conf("openvpn lab {", "openvpn {"),
}
# Of the ipsec section alone.
ROAD_SLIPS = {
    "local is a name": conf('"192.0.2.1"', '"gw.example.org"'),
    "no local": conf('\tlocal = "192.0.2.1"\n', ""),
    "host bits": conf('"10.0.2.0/24"', '"10.0.2.1/24"'),
    "no networks": conf('networks = { "10.0.2.0/24" }', ""),
    "the pool's network": conf('"10.0.2.0/24"', '"10.0.2.0/24", "10.9.0.0/16"'),
    "a wrong dev": conf('dev = "lan0"', 'dev = "lan 0"'),
    "a wrong inside": conf('dev = "lan0"', 'inside = "*"'),
}


NOT_LOADED = re.compile("the rules of before stay|nothing could be loaded")


def is_said(done, what, status):
    expect(done.returncode == status and "error: " in done.text and
           "in order" not in done.text and
           not ("repaired" in done.text and NOT_LOADED.search(done.text)),
           f"{what}: ended with {done.returncode}, not {status}: "
           f"{done.text}")


def refuses(done, what):
    expect(done.returncode != 0 and "error: " in done.text,
           f"{what} is not refused: {done.text}")


def hooks_of_others(what, before=False):
    """While lab is wrong, office has a new client and loses it. BEFORE: lab
    is not shut yet, and has frank."""
    for args in (("connect", "/dev/null"),
                 ("learn-address", "add", FRANK["office"], "frank")):
        done = hook("office", *args)
        expect(done.returncode == 0 and "warning: " in done.text,
               f"{what}: {args} of office: {done.text}")
    expect(frank("office"), f"{what}: frank may not")
    for args in (("connect", "/dev/null"),
                 ("learn-address", "add", FRANK["lab"], "frank"),
                 ("learn-address", "update", FRANK["lab"], "frank")):
        refuses(hook("lab", *args), f"{what}: {args} of lab")
    expect(frank("lab") == before, f"{what}: frank in lab")
    for args in (("learn-address", "delete", "10.9.0.3"), ("disconnect",)):
        done = hook("lab", *args)
        expect(done.returncode == 0, f"{what}: {args}: {done.text}")
    done = hook("office", "learn-address", "delete", FRANK["office"])
    expect(done.returncode == 0 and not frank("office"),
           f"{what}: frank is not forgotten: {done.text}")


def mended(what, command="apply"):
    good()
    done = vpnpf(command)
    expect(done.returncode == (command == "reconcile"),
           f"{what}, mended: {command}: {done.text}")
    expect_office(True, f"{what}, mended")
    expect_lab(True, f"{what}, mended")
    done = vpnpf("reconcile")
    expect(done.returncode == 0 and "in order" in done.text,
           f"{what}, mended: {done.text}")


def server_slips():
    for what, spoil in SERVER_SLIPS.items():
        boot()
        spoil()
        done = vpnpf("apply")
        is_said(done, f"boot, {what}", 1)
        expect('note: "lab" is shut' in done.text, f"{what}: {done.text}")
        expect_office(True, f"boot, {what}")
        expect_lab(False, f"boot, {what}")
        hooks_of_others(f"boot, {what}")
        is_said(vpnpf("reconcile"), f"boot, {what}", 1)
        expect_lab(False, f"boot, {what}, reconciled")
        mended(f"boot, {what}")

        done = hook("lab", "learn-address", "add", FRANK["lab"], "frank")
        expect(done.returncode == 0 and frank("lab"), f"{what}: {done.text}")
        must("apply")
        spoil()
        hooks_of_others(f"before apply, {what}", True)
        expect_lab(True, f"before apply, {what}")
        is_said(vpnpf("reconcile"), f"runtime, {what}", 1)
        expect_office(True, f"runtime, {what}")
        expect_lab(False, f"runtime, {what}")
        is_said(vpnpf("apply"), f"runtime, {what}", 1)
        hooks_of_others(f"runtime, {what}")
        mended(f"runtime, {what}", "reconcile")
    return f"{len(SERVER_SLIPS)} slips of a server"


def live_is_kept():
    """A binding of a server that is shut counts again when it is mended."""
    boot()
    must("apply")
    done = hook("lab", "learn-address", "add", FRANK["lab"], "frank")
    expect(done.returncode == 0 and frank("lab"), done.text)
    append("lab.conf", "topology star\n")()
    vpnpf("apply")
    expect(not frank("lab"), "the live binding counts")
    hook("office", "learn-address", "add", FRANK["office"], "frank")
    expect(not frank("lab"), "after a hook of office, it counts")
    good()
    must("apply")
    expect(frank("lab") and frank("office"), "the live binding is lost")
    return "live bindings stay"


def renamed():
    """Who leaves a server whose section has another name now, has nothing."""
    leave = {"delete": ("learn-address", "delete", FRANK["office"]),
             "disconnect": ("disconnect",)}
    for what, args in leave.items():
        boot()
        must("apply")
        hook("office", "learn-address", "add", FRANK["office"], "frank")
        conf("openvpn office", "openvpn hq")()
        done = vpnpf("apply")
        expect(done.returncode == 0 and "no longer" not in done.text and
               frank("office"), f"{what}: a name takes rights: {done.text}")
        done = hook("office", *args)
        expect(done.returncode == 0 and not frank("office"),
               f"{what}: frank has left: {done.text}")
    boot()
    must("apply")
    hook("office", "learn-address", "add", FRANK["office"], "frank")
    now = int(time.time()) + 1
    for name in "hq", "lab":
        write(f"{name}.status", f"TITLE\tOpenVPN\nTIME\tthen\t{now}\n"
              "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\n"
              "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\nEND\n")
    text = CONF.replace("openvpn office", "openvpn hq")
    for server_, name in ("office", "hq"), ("lab", "lab"):
        text = text.replace(f'"{server_}.conf"',
                            f'"{server_}.conf"\nstatus = "{name}.status"')
    write("vpnpf.conf", text)
    while time.time() < now:
        time.sleep(0.05)
    done = vpnpf("reconcile")
    expect("binding-gone" in done.text and not frank("office"),
           f"no server has frank: {done.text}")
    return "a section has another name"


def road_slips():
    for what, spoil in ROAD_SLIPS.items():
        boot()
        spoil()
        is_said(vpnpf("apply"), f"boot, road: {what}", 1)
        expect_office(True, f"boot, road: {what}")
        expect_lab(True, f"boot, road: {what}")
        refuses(vpnpf("updown", env={
            "PLUTO_VERB": "up-client", "PLUTO_XAUTH_ID": "frank",
            "PLUTO_PEER_CLIENT": "10.0.2.9/32", "PLUTO_REQID": "7"}),
            f"road: {what}: updown")
        mended(f"boot, road: {what}")
        spoil()
        is_said(vpnpf("apply"), f"runtime, road: {what}", 1)
        expect_office(True, f"runtime, road: {what}")
        expect_lab(True, f"runtime, road: {what}")
    return f"{len(ROAD_SLIPS)} of an ipsec section"


def file_slips():
    for what, spoil in FILE_SLIPS.items():
        boot()
        spoil()
        for command in ("apply", "reconcile", "apply"):
            is_said(vpnpf(command), f"boot, file: {what}: {command}", 2)
            expect_office(False, f"boot, file: {what}: {command}")
            expect_lab(False, f"boot, file: {what}: {command}")
        fresh()
        for args in (("connect", "/dev/null"),
                     ("learn-address", "add", FRANK["office"], "frank")):
            refuses(hook("office", *args), f"boot, file: {what}: {args}")
            expect_office(False, f"boot, file: {what}: {args}")
        mended(f"boot, file: {what}", "reconcile")

        spoil()
        for name in ("office", "lab"):
            done = hook(name, "learn-address", "add", FRANK[name], "frank")
            expect(done.returncode == 0 and "error: " in done.text and
                   frank(name), f"runtime, file: {what}: {done.text}")
        is_said(vpnpf("apply"), f"runtime, file: {what}", 1)
        expect_office(True, f"runtime, file: {what}")
        expect_lab(True, f"runtime, file: {what}")
        write("policy/frank.pf", KILL)
        is_said(vpnpf("apply"), f"runtime, file: {what}", 1)
        expect(not frank("office") and not frank("lab"),
               f"runtime, file: {what}: [KILL] is not obeyed")
        refuses(hook("office", "connect", "/dev/null"), "[KILL]")
        mended(f"runtime, file: {what}", "reconcile")
    return f"{len(FILE_SLIPS)} of the file"


def nothing_kept():
    """The first boot ever: what the files still tell is shut."""
    for what, spoil, status, shut, kept in (
            ("topology", SERVER_SLIPS["no such topology"], 1, True, True),
            ("dev", SERVER_SLIPS["dev is too long"], 2, False, True),
            ("file", FILE_SLIPS["an unknown setting"], 2, True, False),
            ("local", ROAD_SLIPS["local is a name"], 1, False, True),
            ("nothing", FILE_SLIPS["an empty file"], 2, False, False)):
        good()
        fresh()
        scenario.clear(KEEP)
        spoil()
        is_said(vpnpf("apply"), f"nothing kept: {what}", status)
        if shut:
            expect_lab(False, f"nothing kept: {what}")
        expect(len(os.listdir(KEEP)) == kept, f"{what}: {os.listdir(KEEP)}")
    return "nothing kept"


NOTHING = itertools.cycle(["an empty file", "garbage", "no file"])


def expect_kept(what, known):
    """After a boot with a vpnpf.conf of which nothing can be read."""
    fresh()
    each = next(NOTHING)
    FILE_SLIPS[each]()
    for command in "apply", "reconcile":
        is_said(vpnpf("--state-dir", path("state"), command),
                f"{what}: {each}: {command}", 2)
        expect_office(False, f"{what}: {each}: {command}")
        expect_lab(not known, f"{what}: {each}: {command}")


def bad_is_kept():
    """A server that was bad from its first day is shut at the next boot, too,
    if its interface could be known; if not, this was said."""
    one = CONF.replace('openvpn lab {\n\tserver-conf = "lab.conf"\n}\n', "")
    unknown_ = 'the interface of "lab" is not known'
    count = {True: 0, False: 0}
    for i, (what, spoil) in enumerate(SERVER_SLIPS.items()):
        good()
        fresh()
        scenario.clear(KEEP)
        if i % 2:
            write("vpnpf.conf", one)
            must("apply")
            good()
        spoil()
        done = vpnpf("apply" if i % 2 else "reconcile")
        known = unknown_ not in done.text
        is_said(done, f"first bad, {what}", 1 if known else 2)
        count[known] += 1
        expect_office(True, f"first bad, {what}")
        expect_lab(not known, f"first bad, {what}")
        expect_kept(f"first bad, {what}", known)
        good()
        must("apply")
        expect_lab(True, f"first bad, {what}: mended")
        expect_kept(f"first bad, {what}: mended", True)
    expect(min(count.values()) > 5, f"known: {count}")
    return "a bad server is kept"


def good_is_kept():
    """What a bad server's neighbour was stays as it was; the bad one is shut
    also if vpnpf.conf becomes unusable while rules are in force."""
    for slip in "no such topology", "no dev", "server.conf is gone":
        for what, before in ("known", True), ("new", False):
            good()
            fresh()
            scenario.clear(KEEP)
            if before:
                must("apply")
            SERVER_SLIPS[slip]()
            vpnpf("apply")
            known = before or slip == "no such topology"
            for each in "an empty file", "an unknown setting":
                FILE_SLIPS[each]()
                for command in "apply", "reconcile":
                    done = vpnpf("--state-dir", path("state"), command)
                    is_said(done, f"{what}, {slip}, {each}", 1 if known else 2)
                    expect_office(True, f"{what}, {slip}, {each}: {command}")
                    expect_lab(not known, f"{what}, {slip}, {each}: {command}")
                done = hook("office", "connect", "/dev/null")
                expect(done.returncode == 0, f"{what}, {slip}: {done.text}")
                refuses(hook("lab", "connect", "/dev/null"),
                        f"{what}, {slip}, {each}: connect")
                good()
                SERVER_SLIPS[slip]()
            good()
            must("apply")
            expect_lab(True, f"{what}, {slip}: mended")
    return "its neighbour, too"


def moves():
    """A bad server that changes its interface: both are shut."""
    good()
    fresh()
    scenario.clear(KEEP)
    must("apply")
    for dev in "tun5", "tun7", "tun5":
        write("lab.conf", SERVER.format(dev=dev, net="10.9.0.0", name="lab") +
              "topology star\n")
        is_said(vpnpf("apply"), f"moved to {dev}", 1)
    expect_kept("moved", True)
    listing = RULES.listing()
    expect("tun5" in listing and "tun7" in listing, f"moved: {listing}")
    for name in os.listdir(KEEP):
        with open(os.path.join(KEEP, name)) as file:
            expect(file.read().count("openvpn ") == 4, "what is kept grows")
    return "a bad server that moves"


def blind():
    """No interface is known: no rules are said to shut anything, and those of
    before stay, also without their state."""
    for what in "an empty file", "no file", "garbage":
        good()
        fresh()
        scenario.clear(KEEP)
        FILE_SLIPS[what]()
        for args in (("apply",), ("reconcile",),
                     ("connect", "/dev/null"), ("flush", "--closed")):
            done = hook("office", *args)
            refuses(done, f"blind: {what}: {args}")
            expect("dropped now" not in done.text and
                   "everything is shut" not in done.text,
                   f"blind: {what}: {args}: {done.text}")
        done = vpnpf("status")
        expect("NOT LOADED: EVERYTHING PASSES" in done.text and
               done.returncode, f"blind: {what}: {done.text}")
        good()
        must("apply")
        for lost in True, False:
            scenario.clear(KEEP)
            if lost:
                scenario.clear(path("state"))
            FILE_SLIPS[what]()
            for args in (("apply",), ("reconcile",), ("flush", "--closed"),
                         ("learn-address", "delete", FRANK["office"])):
                done = vpnpf("--state-dir", path("state"), *args)
                expect(done.returncode, f"blind: {what}: {args}: {done.text}")
                expect_office(True, f"blind: {what}, {lost}: {args}")
                expect_lab(True, f"blind: {what}, {lost}: {args}")
            mended(f"blind: {what}, {lost}")
    return "blind"


def links():
    """After a boot, a link in the path leads elsewhere."""
    link, other = path("etc"), path("other")
    os.makedirs(other, exist_ok=True)

    def leads(where):
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(where, link)

    def run(name="etc/vpnpf.conf"):
        return vpnpf("--state-dir", path("state"), "apply",
                     conf=["-c", path(name)])

    for what, where, text in (
            ("nowhere", path("none"), None), ("a loop", link, None),
            ("an older release", other, 'polcy = "x"\n'),
            ("an empty one", other, "")):
        good()
        fresh()
        scenario.clear(KEEP)
        leads(FOLDER)
        done = run(".//./etc//vpnpf.conf")
        expect(done.returncode == 0, f"{what}: {done.text}")
        fresh()
        leads(where)
        if text is not None:
            write("other/vpnpf.conf", text)
        is_said(run(), f"a link to {what}", 2)
        expect_office(False, f"a link to {what}")
        expect_lab(False, f"a link to {what}")
    os.unlink(link)
    return "links"


def added():
    """A server that only an unusable file has is shut, as long as none can be
    used, and its hooks refuse."""
    one = CONF.replace('openvpn lab {\n\tserver-conf = "lab.conf"\n}\n', "")
    for what in "an unknown setting", "a brace too many", "log-rate":
        good()
        write("vpnpf.conf", one)
        fresh()
        must("apply")
        write("vpnpf.conf", CONF + {"an unknown setting": 'polcy = "x"\n',
                                    "a brace too many": "}\n",
                                    "log-rate": "log-rate = 0\n"}[what])
        for args in (("connect", "/dev/null"),
                     ("learn-address", "add", FRANK["lab"], "frank")):
            refuses(hook("lab", *args), f"added, {what}: {args}")
            done = hook("office", *args[:2], *(
                (FRANK["office"], "frank") if args[1] == "add" else ()))
            expect(done.returncode == 0, f"added, {what}: {done.text}")
        is_said(vpnpf("apply"), f"added, {what}", 1)
        expect_lab(False, f"added, {what}")
        write("vpnpf.conf", "nonsense")
        for command in "apply", "reconcile":
            is_said(vpnpf(command), f"added, {what}, then nonsense", 1)
            expect_lab(False, f"added, {what}, then nonsense: {command}")
            expect_office(True, f"added, {what}, then nonsense: {command}")
        mended(f"added, {what}", "reconcile")
    return "servers of an unusable file"


def by_options():
    """A server.conf in the place of vpnpf.conf: nothing is kept of it."""
    def run(*args):
        return vpnpf(*args, conf=[
            "--openvpn", path("office.conf"), "--policy", path("policy"),
            "--state-dir", path("state")])

    good()
    fresh()
    append("office.conf", "topology star\n")()
    is_said(run("apply"), "options, boot", 2)
    expect(office()[:4] == [False] * 4, "options, boot: open")
    good()
    expect(run("apply").returncode == 0, "options")
    append("office.conf", "topology star\n")()
    is_said(run("apply"), "options, runtime", 1)
    expect(office()[:4] == WORKS[:4], "options, runtime: not as before")
    is_said(run("--topology", "star", "apply"), "a wrong option", 2)
    return "by options"


def unknown():
    """The interface is not told any more, and nothing is kept: that of the
    rules of before stays shut."""
    for what in ("no dev", "dev is too long", "server.conf is gone"):
        boot()
        must("apply")
        scenario.clear(KEEP)
        SERVER_SLIPS[what]()
        for command in "apply", "reconcile":
            is_said(vpnpf(command), f"unknown: {what}", 2)
            expect_lab(False, f"unknown: {what}")
            expect_office(True, f"unknown: {what}")
        mended(f"unknown: {what}")
    boot()
    must("apply")
    scenario.clear(KEEP)
    write("office.conf", read("office.conf").replace("dev tun0", "dev tun"))
    SERVER_SLIPS["a section without settings"]()
    for args in (("connect", "/dev/null"),
                 ("learn-address", "add", FRANK["office"], "frank")):
        refuses(hook("lab", *args), f"{args} of a server that may be lab")
        done = hook("office", *args)
        expect(done.returncode == 0, f"{args} of office: {done.text}")
    return "unknown interfaces"


def looking():
    """Who only looks is told what is wrong, and sees the rest."""
    boot()
    SERVER_SLIPS["no such topology"]()
    for args in (("check",), ("matrix", "-q"), ("explain", "anna", "ben"),
                 ("print",), ("doctor",), ("status",)):
        done = vpnpf(*args)
        expect(done.returncode == 1 and "error: " in done.text and
               path("lab.conf") in done.text, f"{args}: {done.text}")
        expect(args[0] in ("check", "doctor", "print") or
               "anna" in scenario.text(done.stdout), f"{args}: {done.text}")
    return "looking"


def usage():
    """Wrong usage and missing rights are 2, whatever is loaded."""
    nobody = ["setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps",
              "-all", "--bounding-set", "-all"]
    boot()
    for loaded in False, True:
        for args in (("apply", "x"), ("reconcile", "x"),
                     ("--instance", "none", "apply"),
                     ("--instance", "none", "reconcile"),
                     ("--policy", "x", "apply"), ("-b", "ipfw", "apply")):
            done = vpnpf(*args)
            expect(done.returncode == 2, f"{args}: {done.text}")
            expect_lab(True, f"{args}")
        if call(*nobody, "true").returncode == 0:
            done = call(*nobody, VPNPF, "-c", path("vpnpf.conf"), "apply")
            expect(done.returncode == 2 and b"error: " in done.stderr,
                   f"no rights: {done}")
        must("apply")
    return "usage"


def damaged_kept():
    """What is kept and cannot be trusted is said and not used."""
    def cut(name):
        with open(name, "r+b") as file:
            file.truncate(os.path.getsize(name) // 2)

    def zeros(name):
        size = os.path.getsize(name)
        with open(name, "wb") as file:
            file.write(b"\0" * size)

    for what, damage in (
            ("a half", cut), ("zeros", zeros),
            ("anybody's", lambda name: os.chmod(name, 0o666)),
            ("another's", lambda name: os.chown(name, 65534, 65534))):
        boot()
        [name] = [os.path.join(KEEP, each) for each in os.listdir(KEEP)]
        try:
            damage(name)
        except OSError:         # one user only, in this namespace
            continue
        SERVER_SLIPS["no dev"]()
        done = vpnpf("apply")
        is_said(done, f"kept: {what}", 2)
        expect(KEEP in done.text, f"kept: {what}: not said: {done.text}")
        mended(f"kept: {what}")
        fresh()
        SERVER_SLIPS["no dev"]()
        is_said(vpnpf("apply"), f"kept again: {what}", 1)
        expect_lab(False, f"kept again: {what}")
    return "damaged"


def no_state():
    """A first load that cannot write the state: all is shut."""
    def mount(*options):
        must_run("mount", "-t", "tmpfs", *options, "none", path("state"))

    def full():
        mount("-o", "size=64k,mode=755")
        with open(path("state/filler"), "wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                pass

    def a_file():
        os.rmdir(path("state"))
        write("state", "")

    def unmount():
        must_run("umount", path("state"))

    for what, spoil, mend in (
            ("read-only", lambda: mount("-o", "ro,mode=755"), unmount),
            ("full", full, unmount),
            ("a file", a_file, lambda: os.unlink(path("state")))):
        for args in (("apply",), ("reconcile",),
                     ("learn-address", "add", FRANK["office"], "frank")):
            boot()
            spoil()
            done = hook("office", *args)
            refuses(done, f"{what}: {args}")
            expect(done.returncode == (2 if len(args) == 1 else 1),
                   f"{what}: {args}: {done.returncode}: {done.text}")
            expect_office(False, f"{what}: {args}")
            expect_lab(False, f"{what}: {args}")
            mend()
            mended(f"{what}: {args}")
    return "no state"


def new_server():
    """Files that cannot be compiled: what the rules of before do not have is
    shut, and they stay."""
    spoilt = {
        "tests": ('tests = { "rules.test" }\n', "rules.test",
                  "anna 10.8.0.3 DROP\n"),
        "groups": ('groups = "groups"\n', "groups", read_bad("group-circle", "groups")),
        "no groups": ('groups = "none"\n', "x", ""),
    }
    one = CONF.replace('openvpn lab {\n\tserver-conf = "lab.conf"\n}\n', "")
    for what, (line, name, text) in spoilt.items():
        good()
        write("vpnpf.conf", one)
        fresh()
        must("apply")
        expect_lab(True, "without a section")
        write(name, text)
        write("vpnpf.conf", line + CONF)
        is_said(vpnpf("apply"), what, 1)
        expect_lab(False, f"{what}: a new server")
        expect_office(True, what)
        is_said(vpnpf("reconcile"), what, 1)
        expect_lab(False, f"{what}: a new server, reconciled")
        write("vpnpf.conf", "nonsense")
        fresh()
        is_said(vpnpf("apply"), f"{what}: a new server, then nonsense", 2)
        expect_lab(False, f"{what}: a new server, then nonsense")
        mended(what)
    return "a new server is shut"


def revoked():
    """Files that cannot be loaded keep nobody's rights who loses them by his
    own file."""
    circle = read_bad("group-circle", "groups")
    for what, line, name, text in (
            ("tests fail", 'tests = { "rules.test" }\n', "rules.test",
             "eve -> anna accept\n"),
            ("no tests", 'tests = { "none" }\n', "x", ""),
            ("bad groups", 'groups = "groups"\n', "groups", circle),
            ("no groups", 'groups = "none"\n', "x", "")):
        for command in "apply", "reconcile":
            boot()
            must("apply")
            for server_ in "office", "lab":
                done = hook(server_, "learn-address", "add", FRANK[server_],
                            "frank")
                expect(done.returncode == 0, done.text)
            write(name, text)
            write("vpnpf.conf", line + CONF)
            is_said(vpnpf(command), f"{what}: {command}", 1)
            expect(frank("office") and frank("lab"), f"{what}: {command}")
            expect_office(True, f"{what}: {command}")
            write("policy/frank.pf", KILL)
            refuses(hook("office", "connect", "/dev/null"), f"{what}: [KILL]")
            os.unlink(path("policy/carl.pf"))
            os.unlink(path("policy/dora.pf"))
            done = vpnpf("--check", "reconcile")
            expect(done.returncode == 1 and frank("lab"), done.text)
            done = vpnpf(command)
            is_said(done, f"{what}: revoked: {command}", 1)
            for each in "frank", "carl", "dora":
                expect(f'"{each}" is closed nevertheless' in done.text,
                       f"{what}: {command}: {each}: {done.text}")
            expect(not frank("office") and not frank("lab"),
                   f"{what}: {command}: [KILL] is not obeyed")
            expect_lab(False, f"{what}: {command}: removed files")
            expect_office(True, f"{what}: {command}")
            done = vpnpf(command)
            is_said(done, f"{what}: again: {command}", 1)
            expect("nevertheless" not in done.text and not frank("lab"),
                   f"{what}: again: {command}: {done.text}")
            # a folder that is away for a moment tells nothing
            os.rename(path("policy"), path("away"))
            is_said(vpnpf(command), f"{what}: no folder: {command}", 1)
            expect_office(True, f"{what}: no folder: {command}")
            os.rename(path("away"), path("policy"))
            mended(f"{what}: {command}", "reconcile")
    return "who is revoked"


def generation():
    """Of the kernel's rules, in nftables: it counts the commits."""
    with open(path("state/live")) as file:
        return int(re.search(r"generation=([0-9a-f]+)", file.read())[1], 16)


def many_revoked():
    """However many they are, all are shut at one time."""
    hosts = {f"m{n}": f"10.8.0.{n + 100}" for n in range(60)}
    for what, remove in (
            ("[KILL]", lambda name: write(f"policy/{name}.pf", KILL)),
            ("removed", lambda name: os.unlink(path(f"policy/{name}.pf")))):
        good()
        for name, addr in hosts.items():
            # a file that nobody else has
            write(f"policy/{name}.pf", OPEN.replace("[END]", "-10.7.0.1\n[END]"))
            write(f"office.ccd/{name}", f"ifconfig-push {addr} 255.255.255.0\n")
        write("rules.test", "m0 -> anna accept\n")
        write("vpnpf.conf", 'tests = { "rules.test" }\n' + CONF)
        fresh()
        must("apply")
        asked = [f"{addr} {LAN} udp 9 9" for addr in hosts.values()]
        expect(all(passes("tun0", *asked)), f"{what}: they may nothing")
        before = generation()
        for name in hosts:
            remove(name)
        done = vpnpf("apply")
        is_said(done, f"many, {what}", 1)
        expect('"m0" is closed nevertheless' in done.text and
               "and 40 more" in done.text, f"{what}: {done.text}")
        expect(BACKEND != "nftables" or generation() == before + 1,
               f"{what}: {generation() - before} commits")
        expect(not any(passes("tun0", *asked)), f"{what}: not all are shut")
        expect_office(True, what)
        hook("office", "learn-address", "add", FRANK["office"], "frank")
        expect(frank("office"), f"{what}: a hook does nothing")
        is_said(vpnpf("--deep", "reconcile"), f"many, {what}", 1)
        for name in hosts:
            write(f"policy/{name}.pf", OPEN)
        must("apply")
        expect(all(passes("tun0", *asked)), f"{what}, mended")
        must("--deep", "reconcile")
        for name in hosts:
            os.unlink(path(f"policy/{name}.pf"))
            os.unlink(path(f"office.ccd/{name}"))
    return f"{len(hosts)} revoked at once"


def client_to_client():
    """Its hooks refuse, wherever they are called from; the others go on."""
    def c2c():
        append("lab.conf", "client-to-client\n")()

    def tap():
        write("lab.conf", read("lab.conf").replace("dev tun1", "dev tap1"))
        c2c()

    def unusable():
        c2c()
        vpnpf("apply")
        FILE_SLIPS["an unknown setting"]()

    line = path("lab.conf") + ":5:1: error: with client-to-client"
    for what, spoil, dev in (("tun", c2c, "tun1"), ("tap", tap, "tap1"),
                             ("kept", unusable, "tun1")):
        for config in (path("lab.conf"), None):
            boot()
            must("apply")
            spoil()
            env = {"dev": dev, "common_name": "frank",
                   "ifconfig_pool_remote_ip": FRANK["lab"]}
            if config:
                env["config"] = config
            for args in (("connect", "/dev/null"),
                         ("learn-address", "add", FRANK["lab"], "frank"),
                         ("learn-address", "update", FRANK["lab"], "frank"),
                         ("learn-address", "add", "52:54:00:00:00:09",
                          "frank")):
                done = vpnpf(*args, env=env)
                expect(done.returncode == 1 and "with client-to-client" in
                       done.text and path("lab.conf") + ":5:1" in done.text,
                       f"{what}: {args}: {done.text}")
            expect(not frank("lab"), f"{what}: frank is let in")
            done = vpnpf("learn-address", "delete", "10.9.0.3", env=env)
            expect(done.returncode == 0, f"{what}: {done.text}")
            done = hook("office", "learn-address", "add", FRANK["office"],
                        "frank")
            expect(done.returncode == 0 and frank("office"), done.text)
            done = vpnpf("apply")
            is_said(done, what, 1)
            expect(what == "kept" or line in done.text, done.text)
    return "client-to-client"


def repaired():
    """Beside what stands."""
    boot()
    append("lab.conf", "server nonsense\n")()
    vpnpf("apply")
    write("policy/anna.pf", KILL)
    done = vpnpf("reconcile")
    expect(done.returncode == 1 and "repaired:" in done.text and
           "stands:" in done.text and "found:" not in done.text, done.text)
    return "what is repaired beside what stands"


def test():
    parts = {f.__name__: f for f in (server_slips, live_is_kept, renamed,
                                     road_slips, file_slips, nothing_kept,
                                     bad_is_kept, good_is_kept, moves, blind,
                                     links, added, by_options, unknown, looking,
                                     usage, damaged_kept, no_state, new_server,
                                     revoked, many_revoked, client_to_client,
                                     repaired)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
