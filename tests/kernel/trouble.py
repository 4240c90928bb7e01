# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that cannot be compiled, a full disk, a /run that cannot be written,
each command killed at any moment: the rules before or the rules after, and the
next call puts it right. See trouble.sh.
"""
import collections
import os
import random
import signal
import subprocess
import sys
import time

from faults import OTHER, difference, fresh, plain, small
from harness import BACKEND, Probe, call, expect, main, must, scenario
from rules import RULES

KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED", "11"))
KEEPDIR = os.environ["KEEPDIR"]


def learn(vpn, *words):
    return vpn.command("learn-address", *words)


def hook(vpn, name, addr):
    return ["/usr/bin/env", "dev=tun0", "common_name=max",
            f"ifconfig_pool_remote_ip={addr}", *vpn.command(name)]


def updown(vpn):
    return ["/usr/bin/env", "PLUTO_VERB=up-client", "PLUTO_XAUTH_ID=max",
            "PLUTO_PEER_CLIENT=10.0.2.77/32", "PLUTO_REQID=7",
            *vpn.command("updown")]


IPSEC = """\
ipsec road { dev = "lan0" local = "192.0.2.1" networks = { "10.0.2.0/24" } }
"""


def change_policy(vpn):
    vpn.put("max", OTHER)


def boot(vpn):
    """No rules, no state, and nothing is kept."""
    RULES.forget()
    scenario.clear(vpn.state)
    for each in os.listdir(KEEPDIR) if KEEPDIR else []:
        os.unlink(os.path.join(KEEPDIR, each))


def lose(vpn):
    """Bindings must be taken from the rules."""
    os.unlink(os.path.join(vpn.state, "live"))


def keep_another(vpn):
    """A changed configuration, which is kept when its rules are loaded."""
    vpn.options = IPSEC


# What is killed: a name, what makes the state before, and the command.
STEPS = {
    "apply at boot": ([], boot, lambda v: v.command("apply")),
    "apply": ([], change_policy, lambda v: v.command("apply")),
    "reconcile": ([], change_policy, lambda v: v.command("reconcile")),
    "another configuration": ([], keep_another, lambda v: v.command("apply")),
    "a lost table": ([("add", "10.8.0.77", "max")], lose,
                     lambda v: v.command("reconcile")),
    "learn-address": ([], None, lambda v: learn(v, "add", "10.8.0.77",
                                                "max")),
    "a new file": ([], change_policy, lambda v: learn(v, "add", "10.8.0.77",
                                                      "max")),
    "taking over": ([("add", "10.8.0.77", "john")], None,
                    lambda v: learn(v, "update", "10.8.0.77", "max")),
    "delete": ([("add", "10.8.0.77", "max")], None,
               lambda v: learn(v, "delete", "10.8.0.77")),
    "connect": ([], change_policy, lambda v: hook(v, "connect", "10.8.0.5")),
    "disconnect": ([("add", "10.8.0.77", "max")], None,
                   lambda v: hook(v, "disconnect", "10.8.0.77")),
    "updown": ([], None, updown),
    "flush --closed": ([], None, lambda v: v.command("flush", "--closed")),
    "flush": ([], None, lambda v: v.command("flush")),
}


def ok(*args):
    return must(*args, env={"dev": "tun0"})


def prepare(name):
    """A VPN in the state before; its command."""
    before, change, command = STEPS[name]
    vpn = small()
    vpn.options = IPSEC if name == "updown" else ""
    fresh(vpn)
    for words in before:
        ok(*learn(vpn, *words))
    if change:
        change(vpn)
    return vpn, command(vpn)


def kill_at(argv, delay):
    """True if it was still at work."""
    process = subprocess.Popen(argv, env={"dev": "tun0"},
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    caught = process.wait() == -signal.SIGKILL
    time.sleep(0.03)        # the kernel ends what a killed process began
    return caught


def is_one_of(states, got):
    """Each part (a family's rules) is in one of the states."""
    return all(any(state[i] == part for state in states)
               for i, part in enumerate(got))


def is_kept_whole(vpn):
    """The next call that needs it can use it."""
    wanted, vpn.options = vpn.options, "this is no setting\n"
    done = vpn.call("--check", "reconcile")
    vpn.options = wanted
    return not KEEPDIR or b"last good configuration" in done.stderr


def kill_step(name, dice, seen):
    vpn, argv = prepare(name)
    old = plain()
    start = time.monotonic()
    done = call(*argv, env={"dev": "tun0"})
    expect(done.returncode == (name in ("reconcile", "a lost table")),
           f"{name}: {scenario.text(done.stderr)}")
    span = time.monotonic() - start
    states = [RULES.met(old), RULES.met(plain())]
    for n in range(KILLS):
        vpn, argv = prepare(name)
        caught = kill_at(argv, dice.uniform(0, span))
        got = RULES.met(plain())
        # flush takes out rules first, then the chains that had them
        right = is_one_of(states, got) or (name == "flush" and all(
            part <= whole for part, whole in zip(got, old)))
        expect(right, f"{name}, kill {n}: neither the rules before nor after"
               f": {difference(old, got)}")
        seen[name] += caught
        done = vpn.call("reconcile")
        expect(done.returncode in (0, 1), f"{name}: reconcile after a kill: "
               f"{scenario.text(done.stderr)}")
        done = vpn.call("--deep", "reconcile")
        expect(done.returncode == 0, f"{name}: reconcile once more: "
               f"{scenario.text(done.stdout)}{scenario.text(done.stderr)}")
        left = [each for each in os.listdir(vpn.state)
                if each.endswith(".new")]
        expect(not left, f"{name}: left behind: {left}")
        expect(is_kept_whole(vpn), f"{name}: half a configuration is kept")


def killed():
    """Each command, at any moment of it."""
    dice, seen = random.Random(SEED), collections.Counter()
    for name in sys.argv[2:] or STEPS:
        kill_step(name, dice, seen)
    return f"{KILLS} kills each, caught at work: " + ", ".join(
        f"{name} {n}" for name, n in seen.items())


def refused(vpn, what, want):
    """Nothing is done by halves when the state cannot be written."""
    state = {each: open(os.path.join(vpn.state, each), "rb").read()
             for each in os.listdir(vpn.state) if each != "filler"}
    for name, argv in (("apply", vpn.command("apply")),
                       ("reconcile", vpn.command("reconcile")),
                       ("learn-address", learn(vpn, "add", "10.8.0.77",
                                               "max"))):
        done = subprocess.run(argv, env={"dev": "tun0"}, capture_output=True)
        expect(done.returncode in (1, 2) and b"error: " in done.stderr,
               f"{what}: {name} ended with {done.returncode}: "
               f"{scenario.text(done.stderr)}")
        expect(plain() == want, f"{what}: {name} has changed the rules: " +
               difference(want, plain()))
    now = {each: open(os.path.join(vpn.state, each), "rb").read()
           for each in os.listdir(vpn.state) if each != "filler"}
    expect(now == state, f"{what}: the state folder has changed")


def bad_folder(what, spoil, mend):
    vpn = small()
    must("mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "none", vpn.state)
    try:
        fresh(vpn)
        want = plain()
        vpn.put("max", OTHER)
        spoil(vpn)
        refused(vpn, what, want)
        mend(vpn)
        vpn.must("apply")
        expect(plain() != want, f"{what}: and then apply does nothing")
        done = vpn.call("reconcile")
        expect(done.returncode == 0, f"{what}: and then reconcile finds "
               f"{scenario.text(done.stdout)}")
    finally:
        must("umount", vpn.state)
    return what


def fill(vpn):
    path = os.path.join(vpn.state, "filler")
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass


def full_disk():
    return bad_folder("a full disk", fill, lambda vpn: os.unlink(
        os.path.join(vpn.state, "filler")))


def read_only():
    def remount(how):
        return lambda vpn: must("mount", "-o", f"remount,{how}", vpn.state)
    return bad_folder("a read-only /run", remount("ro"), remount("rw"))


def zeros(text):
    """What a crash may leave of a file."""
    return text[:len(text) // 2] + b"\0" * 40 + text[len(text) // 2 + 40:]


def turned(text):
    head, *lines = text.splitlines(True)
    return head + b"".join(reversed(lines))


DAMAGE = {"zeros": zeros, "another order": turned,
          "chance": lambda text: random.Random(7).randbytes(len(text))}


def damaged():
    """A damaged table is said and not used, and the hook that meets it leaves
    what was there: live bindings are in the kernel, too."""
    told = (("10.8.0.77", "max"), ("10.8.0.78", "nick"), ("10.8.0.79", "bob"))
    for name in ("live", "policy"):
        vpn = small()
        fresh(vpn)
        for each in told:
            ok(*learn(vpn, "add", *each))
        want = plain()
        for what, spoil in DAMAGE.items():
            fresh(vpn)
            for each in told[:2]:
                ok(*learn(vpn, "add", *each))
            path = os.path.join(vpn.state, name)
            with open(path, "rb+") as file:
                text = spoil(file.read())
                file.seek(0)
                file.write(text)
            done = call(*learn(vpn, "add", *told[2]), env={"dev": "tun0"})
            what = f"{what} in \"{name}\""
            expect(done.returncode == 0 and b"is damaged" in done.stderr,
                   f"{what}: a hook ended with {done.returncode}: "
                   f"{scenario.text(done.stderr)}")
            expect(plain() == want, f"{what}: " + difference(want, plain()))
            done = vpn.call("--deep", "reconcile")
            expect(done.returncode == 0 and not done.stderr,
                   f"{what}: then reconcile finds "
                   f"{scenario.text(done.stdout + done.stderr)}")
    return "damaged tables are not used"


def passes():
    """Does john reach nick, and what is behind?"""
    probe = Probe(["10.8.0.0/24"])
    got = probe.ask(["10.8.0.2 10.8.0.3 icmp", "10.8.0.2 192.0.2.7 icmp"])
    probe.close()
    return got


def boots_closed():
    """Files that cannot be compiled: what was loaded stays; if that is
    nothing, all is shut."""
    vpn = small()
    RULES.forget()
    scenario.clear(vpn.state)
    if BACKEND == "nftables":   # the first part of a commit that failed then
        must("nft", "add table inet vpnpf; add chain inet vpnpf c/john")
    expect(passes() == ["ACCEPT", "ACCEPT"], "without rules it is shut?")
    aside = vpn.policy + ".aside"
    os.rename(vpn.policy, aside)
    for argv, status in ((vpn.command("apply"), 2),
                         (learn(vpn, "add", "10.8.0.2", "john"), 1)):
        done = call(*argv, env={"dev": "tun0"})
        expect(done.returncode == status, f"ended with {done.returncode}: "
               f"{scenario.text(done.stderr)}")
        expect(passes() == ["DROP", "DROP"], "without files it is open")
    os.rename(aside, vpn.policy)
    ok(*learn(vpn, "add", "10.8.0.2", "john"))
    want = plain()
    expect(passes() == ["ACCEPT", "ACCEPT"], "a hook does not open it")
    os.rename(vpn.policy, aside)
    done = vpn.call("apply")
    expect(done.returncode == 1 and plain() == want,
           "without files the rules before do not stay")
    os.rename(aside, vpn.policy)
    return "boots closed"


# Hooks that have nothing to change, or refuse; their status.
IDLE = {
    "a bad file": (lambda v: v.learn("add", "10.8.0.77", "bad"), 1),
    "no file": (lambda v: v.learn("add", "10.8.0.77", "new"), 1),
    "[KILL]": (lambda v: v.learn("add", "10.8.0.77", "kill"), 1),
    "no address": (lambda v: v.learn("add", "10.8.0.777", "john"), 1),
    "no name": (lambda v: v.learn("add", "10.8.0.77", "a/b"), 1),
    "no tap": (lambda v: v.learn("add", "52:54:00:00:00:09", "john"), 1),
    "a host of its network": (
        lambda v: v.learn("add", "192.168.33.7", "nick"), 0),
    "nobody's": (lambda v: v.learn("delete", "10.8.0.78"), 0),
    "deleted, no address": (lambda v: v.learn("delete", "10.8.0.777"), 1),
    "connect": (lambda v: v.hook("connect", "john", "10.8.0.2"), 0),
    "connect, another's address": (
        lambda v: v.hook("connect", "john", "10.8.0.9"), 1),
    "connect, [KILL]": (lambda v: v.hook("connect", "kill", "10.8.0.9"), 1),
    "disconnect": (lambda v: v.hook("disconnect", "john", "10.8.0.78"), 0),
    "disconnect, no address": (
        lambda v: v.call("disconnect", env={"common_name": "john"}), 0),
    "updown, no network": (lambda v: v.tunnel("max", "10.7.0.1", 7), 1),
    "down": (lambda v: v.call("updown", env={
        "PLUTO_VERB": "down-client", "PLUTO_XAUTH_ID": "max",
        "PLUTO_PEER_CLIENT": "10.0.2.78/32", "PLUTO_REQID": "8"}), 0),
}


def idle():
    """Rules are loaded after a hook, also if it had nothing to do: before the
    first apply, and if others have deleted them."""
    vpn = small()
    vpn.options = IPSEC
    for name, text in {"bad": "nonsense\n", "kill": "[KILL]\n"}.items():
        vpn.put(name, text)
    for boots in True, False:
        for what, (run, status) in IDLE.items():
            RULES.forget()
            scenario.clear(vpn.state)
            vpn.call("apply")
            if not boots:
                vpn.learn("add", "192.168.33.0/24", "nick")
            want = plain()
            RULES.forget()
            if boots:
                scenario.clear(vpn.state)
            done = run(vpn)
            what = f"{what}, {'before' if boots else 'after'} apply"
            expect(done.returncode == status, f"{what}: ended with "
                   f"{done.returncode}: {scenario.text(done.stderr)}")
            # at a boot it is the first that tells of this network
            if not (boots and "a host" in what):
                expect(plain() == want, f"{what}: " + difference(want, plain()))
            expect(RULES.listing(), f"{what}: nothing is loaded")
    return f"{len(IDLE)} hooks that change nothing load what is not there"


def test():
    parts = {f.__name__: f for f in (boots_closed, idle, damaged, full_disk,
                                     read_only, killed)}
    return "; ".join(parts[name]() for name in sys.argv[1:2] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
