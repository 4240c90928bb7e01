# SPDX-License-Identifier: GPL-2.0-or-later
"""apply and reconcile end with one statement about what is in force, and it is
true, as packets find.

The files are those of closed.py. Each row of the table is a situation: what was
loaded and kept, what is wrong, what the kernel refuses. See ends.sh.
"""
import os
import re
import sys

from closed import CONF, FILE_SLIPS, FRANK, KEEP, SERVER_SLIPS, append, fresh, \
    good, hook, lab, must, office, path, vpnpf, write
from harness import BACKEND, VPNPF, call, expect, main, scenario
from rules import RULES

ONE = CONF.replace('openvpn lab {\n\tserver-conf = "lab.conf"\n}\n', "")

# The statements: what is true with each of them, of (office, lab).
BEFORE = "the rules of before stay in force"
NEW_OPEN = f"{BEFORE}, but an interface that they do not have may be open"
GOES_ON = "the last good configuration goes on in the place of"
DROPPED = "everything from and to the VPN is dropped now"
SOME = "everything from and to the interfaces that are known is dropped now"
AS_IS = "the rules in the kernel stay as they are"
NOBODY = "no interface is known that could be shut: everything may pass"
PASSES = "nothing could be loaded: everything may pass"
ASKED = "it is not known what is in force"
LAB_SHUT = '"lab" is shut'
LAB_OPEN = 'the interface of "lab" is not known: it may be open'
TRUE = {
    BEFORE: [(True, True)], NEW_OPEN: [(True, True)], GOES_ON: [(True, True)],
    DROPPED: [(False, False)], SOME: [(False, True)],
    AS_IS: [(True, True), (False, False)], NOBODY: [(True, True)],
    PASSES: [(True, True)], ASKED: [(True, True)],
    LAB_SHUT: [(True, False)], LAB_OPEN: [(True, True)],
}
ONCE = list(TRUE) + ["nothing could be loaded", "no interface is known"]

NO_RIGHT = ["setpriv", "--bounding-set=-net_admin,-net_raw",
            "--inh-caps=-net_admin,-net_raw"]
COMMIT = {"nftables": "sendmsg", "iptables-legacy": "setsockopt"}[BACKEND]


def fault(call_name, error, when):
    return ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call_name}",
            "-e", f"inject={call_name}:error={error}:when={when}"]


REFUSED = fault(COMMIT, "ENOMEM", "1+")
# behind those that ask what interfaces there are
NO_SOCKET = fault("socket", "ENOMEM", "7")
NEVER_A_SOCKET = fault("socket", "EMFILE", "1+")


def arrange(start, kept):
    """START: "boot", "loaded", "lost" (loaded, and its state is lost), "one"
    (loaded without lab), "closed" (at the boot all was shut)."""
    if os.path.isdir(path("away")):
        os.rename(path("away"), path("policy"))
    good()
    fresh()
    scenario.clear(KEEP)
    if start == "one":
        write("vpnpf.conf", ONE)
    must("apply")
    if start in ("boot", "closed"):
        fresh()
    if start == "closed":
        must("flush", "--closed")
    if start == "lost":
        scenario.clear(path("state"))
    if not kept:
        scenario.clear(KEEP)
    write("vpnpf.conf", CONF)


def tests():
    write("rules.test", "eve -> anna accept\n")
    write("vpnpf.conf", 'tests = { "rules.test" }\n' + CONF)


def no_groups():
    write("vpnpf.conf", 'groups = "none"\n' + CONF)


def away():
    os.rename(path("policy"), path("away"))


def nothing():
    pass


def both():
    """Tests that fail, and a server whose interface is not known."""
    tests()
    SERVER_SLIPS["dev is too long"]()


EMPTY = FILE_SLIPS["an empty file"]
READABLE = FILE_SLIPS["an unknown setting"]     # but for one line
STAR = SERVER_SLIPS["no such topology"]
NO_DEV = SERVER_SLIPS["dev is too long"]

# start, kept, what is wrong, before the command, its status, its statement
ROWS = [
    ("boot", False, EMPTY, [], 2, NOBODY),
    ("boot", False, FILE_SLIPS["garbage"], [], 2, NOBODY),
    ("boot", False, FILE_SLIPS["no file"], [], 2, NOBODY),
    ("boot", False, READABLE, [], 2, DROPPED),
    ("boot", True, EMPTY, [], 2, DROPPED),
    ("boot", True, READABLE, [], 2, DROPPED),
    ("boot", True, EMPTY, REFUSED, 2, PASSES),
    ("boot", True, EMPTY, NO_RIGHT, 2, ASKED),
    ("boot", False, EMPTY, NO_RIGHT, 2, ASKED),
    ("boot", True, tests, [], 2, DROPPED),
    ("boot", True, away, [], 2, DROPPED),
    ("boot", True, no_groups, [], 2, DROPPED),
    ("boot", True, nothing, REFUSED, 2, PASSES),
    ("boot", True, nothing, NO_RIGHT, 2, ASKED),
    ("boot", True, nothing, NO_SOCKET, 2, DROPPED),
    ("boot", True, nothing, NEVER_A_SOCKET, 2, ASKED),
    ("boot", True, STAR, [], 1, LAB_SHUT),
    ("boot", False, STAR, [], 1, LAB_SHUT),
    ("boot", False, NO_DEV, [], 2, LAB_OPEN),
    ("boot", False, both, [], 2, SOME),
    ("closed", True, EMPTY, [], 2, DROPPED),
    ("closed", False, EMPTY, [], 2, AS_IS),
    # iptables needs no commit to shut all again
    ("closed", True, nothing, REFUSED, 2, DROPPED if RULES.lock else AS_IS),
    ("loaded", True, EMPTY, [], 1, GOES_ON),
    ("loaded", True, READABLE, [], 1, GOES_ON),
    ("loaded", False, EMPTY, [], 1, BEFORE),
    ("loaded", False, FILE_SLIPS["garbage"], [], 1, BEFORE),
    ("loaded", False, READABLE, [], 1, BEFORE),
    ("loaded", True, EMPTY, NO_RIGHT, 2, ASKED),
    ("loaded", True, tests, [], 1, BEFORE),
    ("loaded", True, away, [], 1, BEFORE),
    ("loaded", True, no_groups, [], 1, BEFORE),
    ("loaded", True, nothing, NO_RIGHT, 2, ASKED),
    ("loaded", True, nothing, NO_SOCKET, 1, BEFORE),
    ("loaded", True, nothing, NEVER_A_SOCKET, 2, ASKED),
    ("loaded", True, STAR, REFUSED, 1, BEFORE),
    ("loaded", True, STAR, [], 1, LAB_SHUT),
    ("one", True, STAR, [], 1, LAB_SHUT),
    ("one", True, tests, REFUSED, 2, NEW_OPEN),
    ("one", True, nothing, NO_SOCKET, 2, NEW_OPEN),
    ("lost", False, EMPTY, [], 2, AS_IS),
    ("lost", True, EMPTY, [], 2, DROPPED),
    ("lost", True, tests, [], 2, DROPPED),
]


def ended(before, command):
    env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = call(*before, VPNPF, "-c", path("vpnpf.conf"), "--state-dir",
                path("state"), "-b", BACKEND, command, env=env)
    return done.returncode, scenario.text(done.stdout) + \
        scenario.text(done.stderr)


def check(row, command):
    start, kept, spoil, before, status, wanted = row
    what = f"{start}, {kept}, {spoil}, {before[-1:]}, {command}"
    arrange(start, kept)
    spoil()
    got, text = ended(before, command)
    found = [each for each in TRUE if each in text and each != (
        BEFORE if NEW_OPEN in text else None)]
    if command == "reconcile" and wanted == LAB_SHUT:
        expect(found == [] and text.count("it is shut [server-bad]") == 1,
               f"{what}: {found}: {text}")
    else:
        also = [LAB_OPEN] if wanted == SOME else []
        expect(found == [wanted] + also, f"{what}: says {found}, not {wanted}: {text}")
    for each in ONCE:
        expect(text.count(each) <= 1, f"{what}: {each}: not once: {text}")
    expect(got == status, f"{what}: ended with {got}, not {status}: {text}")
    expect("previous rules stay" not in text, f"{what}: {text}")
    passes = (office()[:2] == [True] * 2, any(lab()[:2]))
    expect(passes in TRUE[wanted], f"{what}: {passes}, but it says {found}")


def table():
    for row in ROWS:
        for command in "apply", "reconcile":
            check(row, command)
    return f"{len(ROWS)} situations"


def new_server():
    """What is shut, or loaded again, is said when it is done."""
    arrange("one", True)
    tests()
    _, text = ended([], "apply")
    expect("tun1 is shut: the rules of before did not have it" in text and
           BEFORE in text and not any(lab()[:2]), text)
    arrange("one", True)
    tests()
    _, text = ended(REFUSED, "apply")
    expect("is shut" not in text, text)
    arrange("loaded", True)
    tests()
    spoil, data = RULES.restore("iptables", "-F VPNPF-PREROUTING\n") if RULES.lock \
        else RULES.nft("flush chain inet vpnpf pre\n")
    done = call(*spoil, data=data)
    expect(done.returncode == 0, scenario.text(done.stderr))
    _, text = ended(REFUSED, "apply")
    expect("were loaded again" not in text, text)
    _, text = ended([], "apply")
    expect(text.count("were loaded again") == 1 and BEFORE in text, text)
    return "said when it is done"


def hooks():
    """What a hook says when it refuses is true, too."""
    for start, kept, spoil, wanted, passes in (
            ("boot", True, EMPTY, "everything is shut until", (False, False)),
            ("boot", False, EMPTY, "interfaces may be open until",
             (True, True)),
            ("loaded", False, EMPTY, "what was loaded before stays until",
             (True, True)),
            ("boot", False, READABLE, "everything is shut until",
             (False, False))):
        arrange(start, kept)
        spoil()
        done = vpnpf("--state-dir", path("state"), "connect", "/dev/null",
                     env={"dev": "tun0", "config": path("office.conf"),
                          "common_name": "frank",
                          "ifconfig_pool_remote_ip": FRANK["office"]})
        expect(done.returncode == 1 and done.text.count(wanted) == 1 and
               len(re.findall("until this is mended", done.text)) == 1,
               f"hook, {start}, {kept}: {done.text}")
        got = (office()[:2] == [True] * 2, any(lab()[:2]))
        expect(got == passes, f"hook, {start}, {kept}: {got}")
    return "hooks"


def closed():
    """flush --closed says that it cannot shut anything."""
    arrange("boot", False)
    EMPTY()
    done = vpnpf("flush", "--closed")
    expect(done.returncode == 2 and
           done.text.count("no interface is known: nothing can be shut") == 1,
           done.text)
    return "flush --closed"


def test():
    parts = {f.__name__: f for f in (table, new_server, hooks, closed)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
