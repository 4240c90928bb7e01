# SPDX-License-Identifier: GPL-2.0-or-later
"""A system call of a command fails once, for each call and errno.

strace injects the error. Whatever fails: no command says that all is well when
it is not, nothing is half loaded, no packet passes that the files before and
the files after deny, and the next reconcile puts right what is not. See
sysfail.sh.
"""
import collections
import fcntl
import os
import random
import re
import shutil
import subprocess
import sys
import time

from faults import OTHER, difference, fresh, plain, small
from harness import VPNPF, Probe, call, expect, main, must, scenario
from rules import RULES

# What each call may fail with. Left out are calls that cannot fail once the
# process runs, and those of the dynamic loader, which come first.
ERRNOS = {
    "access": ["EIO"],
    "bind": ["ENOMEM"],
    "brk": ["ENOMEM"],
    "clock_nanosleep": ["EINTR"],
    "clone": ["EAGAIN"], "clone3": ["EAGAIN"],
    "close": ["EIO"],
    "connect": ["EAGAIN", "EACCES"],
    "dup": ["EMFILE"], "dup3": ["EMFILE"],
    "fchmod": ["EROFS"],
    "fcntl": ["EMFILE"],
    "flock": ["ENOLCK", "EINTR"],
    "fstat": ["EIO"],
    "futimens": ["EIO"], "utimensat": ["EIO"],
    "getdents64": ["EIO"],
    "getrandom": ["EAGAIN"],
    "getsockname": ["EIO"],
    "getsockopt": ["ENOBUFS", "EPERM", "ENOMEM", "EAGAIN"],
    "ioctl": ["EIO"],
    "lseek": ["EIO"],
    "mkdir": ["ENOSPC"], "mkdirat": ["ENOSPC"],
    "mmap": ["ENOMEM"],
    "munmap": ["EINVAL"],
    "newfstatat": ["EIO", "EACCES"],
    "openat": ["EMFILE", "EIO", "ENOMEM", "EINTR"],
    "pipe2": ["EMFILE"],
    "poll": ["EINTR"],
    "pread64": ["EIO"],
    "pwrite64": ["ENOSPC"],
    "read": ["EIO", "EINTR"],
    "readlink": ["EIO"], "readlinkat": ["EIO"],
    "recvfrom": ["EINTR", "ENOBUFS", "EAGAIN", "ENOMEM"],
    "recvmsg": ["EINTR", "ENOBUFS", "EAGAIN"],
    "rename": ["EIO", "ENOSPC"], "renameat": ["EIO", "ENOSPC"],
    "sendmsg": ["ENOBUFS", "EPERM", "EMSGSIZE"],
    "sendto": ["ENOBUFS", "EINTR", "EPERM", "ENOMEM", "EMSGSIZE"],
    "setsockopt": ["ENOBUFS", "EPERM", "EAGAIN", "ENOMEM"],
    "socket": ["EMFILE", "ENOBUFS", "EPERM"],
    "statx": ["EIO"],
    "unlink": ["EROFS"], "unlinkat": ["EIO", "EROFS"],
    "wait4": ["EINTR"],
    "write": ["ENOSPC", "EINTR", "EIO"],
}
# A sanitizer's own calls are among these, and it ends without them.
SANITIZED = b"__asan_init" in open(VPNPF, "rb").read()
if SANITIZED:
    for each in ("brk", "close", "mmap", "munmap", "readlink"):
        ERRNOS.pop(each, None)
CLIENTS = [f"10.8.0.{n}" for n in (2, 3, 4, 5, 77)]
OTHERS = ["10.0.4.1", "10.0.5.17", "10.0.6.1"]
PACKETS = [f"{a} {b} icmp" for a in CLIENTS for b in CLIENTS + OTHERS if a != b]

IPSEC = """\
ipsec road { dev = "lan0" local = "192.0.2.1" networks = { "10.0.2.0/24" } }
"""
BROKEN = "this is no setting\n"
LEARN = {"script_type": "learn-address", "dev": "tun0"}
ADD = ("learn-address", "add", "10.8.0.77", "max")


def change(vpn):
    vpn.put("max", OTHER)


def spoil(vpn):
    vpn.options = BROKEN
    vpn.write_conf()


def settle(vpn):
    """Let a reconcile see files that are older than itself."""
    argv = vpn.command("reconcile")
    time.sleep(0.02)
    must(*argv)


def session(name, address):
    return {"dev": "tun0", "common_name": name,
            "ifconfig_pool_remote_ip": address}


def tunnel(verb):
    return {"PLUTO_VERB": verb, "PLUTO_XAUTH_ID": "max",
            "PLUTO_PEER_CLIENT": "10.0.2.77/32", "PLUTO_REQID": "7"}


def ask_to_wait(vpn, argv, env):
    """Hold the lock until somebody waits for it."""
    with open(os.path.join(vpn.state, "lock"), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while process.poll() is None and "-> " not in open(
                    "/proc/locks").read():
                time.sleep(0.002)
            fcntl.flock(file, fcntl.LOCK_UN)
            out, err = process.communicate()
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


class Command:
    """BOOTS: there are no rules yet. BEFORE: other calls that come first, each
    with its environment. PREPARE: then the files change. ENDS: with this
    status. WAITS: for the lock."""

    def __init__(self, args, env=None, **how):
        self.args = args
        self.env = {"PATH": os.environ["PATH"],
                    "ASAN_OPTIONS": "detect_leaks=0", **(env or {})}
        self.boots = self.waits = False
        self.before, self.prepare, self.ends, self.options = (), None, 0, ""
        self.__dict__.update(how)

    def begin(self):
        vpn = small()
        vpn.options = self.options
        fresh(vpn)
        for args, env in self.before:
            done = vpn.call(*args, env=env)
            expect(not done.returncode, f"{args}: {done.stderr}")
        if self.boots:
            RULES.forget()
            scenario.clear(vpn.state)
        if self.prepare:
            self.prepare(vpn)
        self.argv = [VPNPF, "-c", os.path.join(vpn.folder, "vpnpf.conf"),
                     "--state-dir", vpn.state, "-b", vpn.backend, *self.args]
        return vpn

    def run(self, vpn, *strace):
        argv = ["strace", "-f", *strace, *self.argv]
        if self.waits:
            return ask_to_wait(vpn, argv, self.env)
        return call(*argv, env=self.env)


HELD = [(ADD, LEARN)]
COMMANDS = {
    "boot": Command(["apply"], boots=True),
    "boot-bad-conf": Command(["apply"], boots=True, prepare=spoil, ends=2),
    "boot-hook": Command(ADD, LEARN, boots=True),
    "boot-connect": Command(["connect"], session("john", "10.8.0.2"),
                            boots=True),
    "apply": Command(["apply"], prepare=change),
    "apply-bad-conf": Command(["apply"], prepare=spoil, ends=1),
    "reconcile": Command(["reconcile"], prepare=change, ends=1),
    "reconcile-same": Command(["reconcile"], prepare=settle),
    "learn": Command(ADD, LEARN),
    "learn-file": Command(ADD, LEARN, prepare=change),
    "learn-bad-conf": Command(ADD, LEARN, prepare=spoil),
    "learn-waits": Command(ADD, LEARN, waits=True),
    "take": Command(["learn-address", "update", "10.8.0.77", "john"], LEARN,
                    before=HELD),
    "delete": Command(["learn-address", "delete", "10.8.0.77"], LEARN,
                      before=HELD),
    "connect": Command(["connect"], session("john", "10.8.0.2")),
    "connect-other": Command(["connect"], session("john", "10.8.0.9"), ends=1),
    "disconnect": Command(["disconnect"], session("max", "10.8.0.77"),
                          before=HELD),
    "up": Command(["updown"], tunnel("up-client"), options=IPSEC),
    "down": Command(["updown"], tunnel("down-client"), options=IPSEC,
                    before=[(["updown"], tunnel("up-client"))]),
}

# What was not mended once: these calls fail in every sample.
ALWAYS = {"apply-bad-conf": ["renameat"], "boot-bad-conf": ["unlinkat"]}


def traced(log):
    """The calls of a run in LOG, from the first file of ours: (name, count)."""
    calls, counts, begun, pid = [], collections.Counter(), False, None
    for line in open(log, errors="replace"):
        m = re.match(r"(\d+) +(\w+)\((.*)", line)
        if not m:
            continue
        pid = pid or m[1]
        if m[1] != pid:
            continue
        counts[m[2]] += 1
        begun |= "vpnpf.conf" in m[3] or "/dev/null" in m[3]
        # what cannot be written to stderr cannot be said; F_SETFD never
        # fails, and libiptc would abort
        if begun and m[2] in ERRNOS and not m[3].startswith("2, ") and \
                "F_SETFD" not in m[3]:
            calls.append((m[2], counts[m[2]], m[3][:60]))
    return calls


def kept():
    """What is kept across boots."""
    folder = os.environ["KEEPDIR"]
    return {each.name: open(each.path, "rb").read()
            for each in os.scandir(folder)} if folder else {}


class Check:
    def __init__(self, name, probe):
        self.name, self.probe = name, probe
        self.command = COMMANDS[name]
        self.found = 0

    def passing(self):
        return {packet for packet, verdict in
                zip(PACKETS, self.probe.ask(PACKETS)) if verdict == "ACCEPT"}

    def learn_states(self):
        """The rules before and after; what passes with either."""
        vpn = self.command.begin()
        self.passes = set() if self.command.boots else self.passing()
        vpn.call("reconcile")
        self.mended = [plain()]
        vpn = self.command.begin()
        log = os.path.join(vpn.folder, "strace")
        done = self.command.run(vpn, "-o", log)
        expect(done.returncode == self.command.ends,
               f"{self.name}: {scenario.text(done.stderr)}")
        self.new = plain()
        self.mended.append(self.new)
        self.passes |= self.passing()
        self.after = vpn.call("reconcile").returncode
        self.calm = vpn.call("--deep", "--check", "reconcile").returncode
        self.kept = kept()
        return traced(log)

    def say(self, fault, what, done):
        call_name, number, args, errno = fault
        self.found += 1
        scenario.say(f"{self.name}: {call_name} no. {number} ({args}) "
                     f"{errno}: {what}; status {done.returncode}: "
                     f"{scenario.text(done.stderr)[-300:]}")

    def fail(self, fault):
        call_name, number, _, errno = fault
        # the kernel's brk returns where the heap ends, not an errno
        how = "retval=0" if call_name == "brk" else f"error={errno}"
        vpn = self.command.begin()
        log = os.path.join(vpn.folder, "strace")
        done = self.command.run(
            vpn, "-o", log, "-e", f"trace={call_name}",
            "-e", f"inject={call_name}:{how}:when={number}")
        with open(log, errors="replace") as file:
            if "(INJECTED)" not in file.read():
                self.say(fault, "is not called", done)
        got = plain()
        is_hook = self.command.args[0] not in ("apply", "reconcile")
        if done.returncode not in (0, 1, 2) or b"Sanitizer" in done.stderr:
            self.say(fault, "a crash", done)
        if done.returncode and not done.stderr and not done.stdout:
            self.say(fault, "not said", done)
        if self.command.ends and not done.returncode:
            self.say(fault, "not refused", done)
        said = b"error: " in done.stderr
        if got != self.new and not (said and (done.returncode or is_hook)):
            self.say(fault, "a silent success", done)
        open_to = self.passing() - self.passes
        if open_to:
            self.say(fault, f"open: {sorted(open_to)[:3]}", done)
        self.mend(fault, vpn, done)

    def mend(self, fault, vpn, done):
        after = vpn.call("reconcile")
        got = plain()
        if after.returncode not in (0, 1, self.after) or got not in self.mended:
            self.say(fault, f"not mended by reconcile ({after.returncode}: "
                     f"{scenario.text(after.stderr)}): "
                     f"{difference(self.new, got)}", done)
        deep = vpn.call("--deep", "--check", "reconcile")
        if deep.returncode != self.calm:
            self.say(fault, "then reconcile --deep finds " +
                     scenario.text(deep.stdout + deep.stderr), done)
        if kept() != self.kept:
            self.say(fault, "the kept configuration is another", done)


def make_tables():
    """A fault may lead to a question by which the kernel makes a table of
    iptables; the calls after it would then be others than those learnt."""
    for family in "iptables-legacy", "ip6tables-legacy":
        for table in "mangle", "filter", "security":
            if shutil.which(family):
                call(family, "-t", table, "-S")


def test():
    most = os.environ.get("FAULTS", "15")
    dice = random.Random(int(os.environ.get("SEED", "1")))
    probe = Probe(["10.8.0.0/24"])
    done, found = [], 0
    make_tables()
    for name in sys.argv[1:] or COMMANDS:
        check = Check(name, probe)
        faults = [(*each, errno) for each in check.learn_states()
                  for errno in ERRNOS[each[0]]]
        if most != "all":
            always = [each for each in faults
                      if each[0] in ALWAYS.get(name, ())]
            faults = always + dice.sample(faults, min(int(most), len(faults)))
        for fault in faults:
            check.fail(fault)
        done.append(f"{name} {len(faults)}")
        found += check.found
    probe.close()
    expect(not found, f"{found} findings: {', '.join(done)}")
    return "system calls failed: " + ", ".join(done)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
