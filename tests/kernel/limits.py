# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel has no room for the rules at once, or for an answer.

Without rules of before, everything is dropped until all rules are there; with
rules, these stay. At each border between two batches packets are sent, and the
program is killed. See limits.sh.
"""
import collections
import errno
import os
import re
import socket
import subprocess
import sys
import time

from faults import OTHER, difference, fresh, plain, small
from harness import (BACKEND, TUNPROBE, Probe, Vpn, expect, main, must,
                     scenario)
from rules import RULES
from syscalls import KILL, Program

NETS = ["10.8.0.0/16"]
# Between c0, c1 and others; see vpn_of.
ALLOWED = ["10.8.1.0 10.8.1.1 icmp", "10.8.1.0 10.0.4.9 icmp",
           "10.0.4.9 10.8.1.1 icmp"]
DENIED = ["10.8.1.0 10.8.1.2 icmp", "10.8.1.0 10.0.5.9 icmp",
          "10.0.5.9 10.8.1.2 icmp", "10.8.200.9 10.0.4.9 icmp",
          "10.0.4.9 10.8.200.9 icmp"]
OPEN, SHUT, WHOLE = (["ACCEPT"] * 8, ["DROP"] * 8,
                     ["ACCEPT"] * 3 + ["DROP"] * 5)

BUFFERS = {socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33}  # and ...BUFFORCE
REPLACE = {(0, 64), (41, 64)}       # IPT_SO_SET_REPLACE, IP6T_...
CALLS = ["sendmsg", "sendto", "recvfrom", "setsockopt"]


def address(n):
    return f"10.8.{1 + n // 250}.{n % 250}"


def policy(n, files):
    """Each client reaches its neighbour and one network."""
    odd = "".join(f"-10.{k}.{n % 200}.0/24\n" for k in range(20, 28)
                  ) if files > 1 and n > 1 else ""
    return (f"[CLIENTS DROP]\n+c{n ^ 1}\n[SUBNETS DROP]\n{odd}"
            f"+10.0.4.0/24\n+10.{100 + n % 100}.{n // 100 % 250}.0/24\n[END]\n"
            if n < files else
            "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.0.6.0/24\n[END]\n")


def vpn_of(clients, files, name="limits", ip6=False):
    vpn = Vpn(name)
    for n in range(clients):
        vpn.put(f"c{n}", policy(n, files))
        vpn.address(f"c{n}", address(n), f"fd00:8::{n + 2:x}" if ip6 else None)
    return vpn


def no_buffers(_program, name, args):
    """The buffers keep their default size, 212992 bytes."""
    if name == "setsockopt" and args[1] == socket.SOL_SOCKET and \
            args[2] in BUFFERS:
        return errno.EPERM
    return None


class Border:
    """What packets meet whenever vpnpf is about to commit, or at each EVERYth
    of these borders."""

    def __init__(self, probe, kill=0, every=1):
        self.probe, self.kill, self.every = probe, kill, every
        self.seen = []

    def __call__(self, program, name, args):
        if name == "sendmsg":
            n = program.calls[name]
            if n % self.every == 0:
                self.seen.append(self.probe.ask(ALLOWED + DENIED))
            if n == self.kill:
                return KILL
        return no_buffers(program, name, args)

    def check(self, what, before):
        """BEFORE while the rules of before are there, then shut."""
        for n, seen in enumerate(self.seen):
            shut = seen == SHUT
            expect(shut or (seen == before and SHUT not in self.seen[:n]),
                   f"{what}: half open before batch {n + 1}: {seen}")


def limited(vpn, *words, on_call=no_buffers, env=None):
    argv = vpn.command(*words)
    return Program(argv, CALLS, on_call, {**os.environ, **(env or {})})


def loads(what, vpn, probe, border, before):
    """An apply in parts; the number of batches."""
    done = limited(vpn, "apply", on_call=border)
    expect(not done.status and re.search(
        r"note: .*in parts\n.*net\.core\.wmem_max to \d+ or more.*"
        "CAP_NET_ADMIN", done.text),
        f"{what}: ended with {done.status}: {done.text}")
    batches = done.calls["sendmsg"]
    expect(border.seen.count(SHUT) > 3, f"{what}: only {border.seen}")
    border.check(what, before)
    expect(probe.ask(ALLOWED + DENIED) == WHOLE, f"{what}: not the policy")
    done = vpn.call("--deep", "reconcile")
    expect(not done.returncode, f"{what}: then reconcile finds "
           f"{scenario.text(done.stdout + done.stderr)}")
    return batches


def many():
    """10 000 clients, with few files and with a file of their own each."""
    out = []
    for files in (50, 10000):
        vpn = vpn_of(10000, files)
        probe = Probe(NETS)
        RULES.forget()
        batches = loads(f"{files} files", vpn, probe,
                        Border(probe, 0, files // 500 or 1), OPEN)
        probe.close()
        out.append(f"10000 clients with {files} files in {batches} batches")
    return "; ".join(out)


def reference(vpn):
    """What a load gives that is not limited by a test; then no rules."""
    want = RULES.plain(fresh(vpn))
    RULES.forget()
    scenario.clear(vpn.state)
    return want


def borders():
    """Killed at each border: shut, or as before; the next call makes it
    whole."""
    vpn = vpn_of(2000, 50)
    want = reference(vpn)
    probe = Probe(NETS)
    last = loads("the first load", vpn, probe, Border(probe), OPEN)
    next_calls = [("apply", 0), ("reconcile", 1),
                  ("learn-address update 10.8.1.0 c0", 0)]
    for n in range(1, last + 1):
        RULES.forget()
        scenario.clear(vpn.state)
        border = Border(probe, n)
        done = limited(vpn, "apply", on_call=border)
        expect(done.status == -9, f"kill {n}: not killed: {done.text}")
        border.check(f"kill {n}", OPEN)
        expect(probe.ask(ALLOWED + DENIED) == border.seen[-1],
               f"kill {n}: the packets meet something else afterwards")
        words, status = next_calls[n % 3]
        border = Border(probe)
        done = limited(vpn, *words.split(), on_call=border,
                       env={"dev": "tun0"})
        expect(done.status == status, f"kill {n}, then {words}: ended with "
               f"{done.status}: {done.text}")
        border.check(f"kill {n}, then {words}", OPEN)
        expect(plain() == want, f"kill {n}, then {words}: " +
               difference(want, plain()))
    probe.close()
    return f"killed before each of {last} batches"


def received():
    """Packets that came in by tun0."""
    with open("/proc/net/dev") as file:
        return next(int(line.split()[2]) for line in file
                    if line.strip().startswith("tun0:"))


def flood(flows, seconds):
    """Packets that must not pass, without a pause; returns when they flow."""
    args = [TUNPROBE, "flood", "--dev", "tun0", "--lan", "lan0", "--net",
            *NETS, "--seconds", str(seconds), "--wait", "500"]
    for flow in flows:
        args += ["--deny", ",".join(flow.split()[:2])]
    begin = received()
    process = subprocess.Popen(args, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    while process.poll() is None and received() < begin + 1000:
        time.sleep(0.01)
    return process


def flooded():
    """Packets in the midst of each batch: killed before the last, all are
    dropped; afterwards those that the policy denies."""
    vpn = vpn_of(2000, 50)
    vpn.must("flush", "--closed")
    last = limited(vpn, "apply").calls["sendmsg"]
    vpn.must("flush", "--closed")
    sent = 0
    for kill, flows in ((last, ALLOWED + DENIED), (0, DENIED)):
        process = flood(flows, 6)
        done = limited(vpn, "apply", on_call=lambda program, name, args:
                       KILL if name == "sendmsg" and
                       program.calls[name] == kill
                       else no_buffers(program, name, args))
        expect(done.status == (-9 if kill else 0) and process.poll() is None,
               f"under a flood: ended with {done.status}: {done.text}")
        out = process.communicate()[0].decode()
        expect(not process.returncode, f"under a flood: {out}")
        sent += sum(int(line.split("\t")[1]) for line in out.splitlines())
    return f"{sent} packets during {last} batches, none through"


def in_force():
    """A change that does not fit leaves the rules; the way out is said."""
    vpn = vpn_of(2000, 50)
    want = reference(vpn)
    few = vpn_of(4, 4, "few")
    before = RULES.plain(fresh(few))
    probe = Probe(NETS)
    expect(probe.ask(ALLOWED + DENIED) == WHOLE, "the rules of before")
    vpn.state = few.state
    border = Border(probe)
    done = limited(vpn, "apply", on_call=border)
    expect(done.status == STAYS and "flush --closed" in done.text and
           re.search(r"wmem_max to \d+ or more.*CAP_NET_ADMIN", done.text),
           f"ended with {done.status}: {done.text}")
    expect(plain() == before and set(map(str, border.seen)) == {str(WHOLE)},
           "the rules of before have not stayed")
    done = limited(vpn, "flush", "--closed")
    expect(not done.status and probe.ask(ALLOWED + DENIED) == SHUT,
           f"flush --closed ended with {done.status}: {done.text}")
    loads("after flush --closed", vpn, probe, Border(probe), SHUT)
    expect(plain() == want, "in parts: " + difference(want, plain()))
    border = Border(probe)
    done = limited(vpn, "flush", "--closed", on_call=border)
    expect(not done.status and probe.ask(ALLOWED + DENIED) == SHUT,
           f"flush --closed of all ended with {done.status}: {done.text}")
    border.check("flush --closed of all", WHOLE)
    probe.close()
    return "a large change leaves the rules of before"


class Fault:
    """The Nth call of NAME fails, or a message that it would read is lost."""

    def __init__(self, name, n, error):
        self.name, self.n, self.error, self.hit = name, n, error, False

    def __call__(self, program, name, args):
        if name == self.name and program.calls[name] == self.n:
            self.hit = True
            if name == "recvfrom":
                program.steal(args[0])
            return self.error
        return no_buffers(program, name, args)

    def __str__(self):
        return (f"{self.name} {self.n} with {errno.errorcode[self.error]}")


def each_fault(begin):
    """Run what BEGIN returns the command of, with one fault after the
    other."""
    for name, errors in (("sendmsg", LIMITS), ("sendto", LIMITS[1:]),
                         ("recvfrom", [errno.ENOBUFS])):
        for error in errors:
            fault = Fault(name, 0, error)
            while fault.hit or not fault.n:
                fault = Fault(name, fault.n + 1, error)
                vpn, words = begin()
                done = limited(vpn, *words, on_call=fault, env={"dev": "tun0"})
                if fault.hit:
                    yield str(fault), vpn, done


def first_faults():
    """Each message and each answer of a first load is lost once."""
    vpn = vpn_of(700, 50)
    want = reference(vpn)
    probe = Probe(NETS)

    def begin():
        RULES.forget()
        scenario.clear(vpn.state)
        return vpn, ["apply"]

    ends = collections.Counter()
    for what, _, done in each_fault(begin):
        packets = probe.ask(ALLOWED + DENIED)
        expect((done.status, packets) in ((0, WHOLE), (2, SHUT)),
               f"{what}: ended with {done.status}: {packets}\n{done.text}")
        expect(done.status or plain() == want, f"{what}: exit 0, but " +
               difference(want, plain()))
        expect(not done.status or "memory.max" in done.text or "too long" in
               done.text, f"{what}: no cure is named: {done.text}")
        vpn.call("reconcile")
        expect(plain() == want, f"{what}, then reconcile: " +
               difference(want, plain()))
        ends[done.status] += 1
    probe.close()
    expect(ends[0] > 20 and ends[2], f"ends: {ends}")
    return f"{sum(ends.values())} faults of a first load ({ends[2]} left closed)"


def later_faults():
    """The same with rules: those of before or after, and no false success."""
    ends = collections.Counter()
    for words in (["apply"], ["learn-address", "add", "10.8.0.77", "max"]):
        vpn = small()
        before = fresh(vpn)
        old = RULES.plain(before)
        vpn.put("max", OTHER)
        must(*vpn.command(*words), env={"dev": "tun0"})
        new = plain()

        def begin():
            again = small()
            fresh(again)
            again.put("max", OTHER)
            return again, words

        for what, again, done in each_fault(begin):
            got = RULES.met(plain())
            what = f"{words[0]}, {what}"
            expect(got == RULES.met(new) or
                   (got == RULES.met(old) and done.status),
                   f"{what}: ended with {done.status}: " +
                   difference(new, got) + done.text)
            again.call("reconcile")
            must(*again.command(*words), env={"dev": "tun0"})
            expect(plain() == new, f"{what}, then again: " +
                   difference(new, plain()))
            ends[done.status] += 1
    expect(ends[0] > 20, f"ends: {ends}")
    return (f"{sum(ends.values())} faults with rules "
            f"({ends[1] + ends[2]} left the old)")


class Race:
    """Another program commits just before our Nth batch, and the kernel's
    refusal of this batch is lost."""

    def __init__(self, n):
        self.n, self.lost = n, False

    def __call__(self, program, name, args):
        if name == "sendmsg" and program.calls[name] == self.n:
            must("nft", "add", "table", "inet", f"other{self.n}")
            self.n = None
        elif name == "recvfrom" and self.n is None and not self.lost:
            expect(program.steal(args[0]), "there is no refusal")
            self.lost = True
            return errno.ENOBUFS
        return None


def lost_refusal():
    """A lost refusal is no success, though there is a new generation."""
    for words in (["apply"], ["learn-address", "add", "10.8.0.77", "max"]):
        vpn = small()
        fresh(vpn)
        vpn.put("max", OTHER)
        must(*vpn.command(*words), env={"dev": "tun0"})
        new = plain()
        first = 2 if words == ["apply"] else 1    # a listing sends one, too
        vpn = small()
        fresh(vpn)
        vpn.put("max", OTHER)
        race = Race(first)
        done = limited(vpn, *words, on_call=race, env={"dev": "tun0"})
        expect(not done.status and race.lost,
               f"{words}: ended with {done.status}: {done.text}")
        expect(plain() == new, f"{words}: " + difference(new, plain()))
    return "a lost refusal is no success"


class NoMemory:
    """The kernel has no memory for the REPLACEments with these numbers."""

    def __init__(self, numbers):
        self.numbers, self.n = numbers, 0

    def __call__(self, _program, name, args):
        if name != "setsockopt" or (args[1], args[2]) not in REPLACE:
            return None
        self.n += 1
        return errno.ENOMEM if self.n in self.numbers else None


def no_memory():
    """iptables: a table cannot be replaced."""
    vpn = vpn_of(8, 8, ip6=True)
    want = reference(vpn)
    few = vpn_of(4, 4, "few", ip6=True)
    vpn.state = few.state
    probe = Probe(NETS)
    # IPv6 comes first; if IPv4 fails, IPv6 is put back; then both are closed,
    # which is tried twice
    for numbers, shut in (({1}, True), ({2}, True), ({2, 3}, True),
                          ({1, 2}, True), ({1, 2, 3}, False),
                          (set(range(9)), False)):
        what = f"no memory for {sorted(numbers)}"
        RULES.forget()
        scenario.clear(vpn.state)
        done = limited(vpn, "apply", on_call=NoMemory(numbers))
        packets = probe.ask(ALLOWED + DENIED)
        expect(done.status == 2 and "memory.max" in done.text,
               f"{what}: ended with {done.status}: {done.text}")
        expect(packets == (SHUT if shut else OPEN),
               f"{what}: {packets}\n{done.text}")
        vpn.must("apply")
        expect(plain() == want, f"{what}, then apply: " +
               difference(want, plain()))
        before = RULES.plain(fresh(few))
        done = limited(vpn, "apply", on_call=NoMemory({min(numbers) or 1}))
        expect(done.status == STAYS and "memory.max" in done.text,
               f"{what}, with rules: ended with {done.status}: {done.text}")
        expect(plain() == before and probe.ask(ALLOWED + DENIED) == WHOLE,
               f"{what}: the rules of before have not stayed")
    probe.close()
    return "tables that cannot be replaced"


def test():
    parts = {f.__name__: f for f in (
        (no_memory,) if BACKEND == "iptables-legacy" else
        (many, borders, flooded, in_force, first_faults, later_faults,
         lost_refusal))}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


LIMITS = [errno.EMSGSIZE, errno.ENOBUFS, errno.ENOMEM]
STAYS = 1

if __name__ == "__main__":
    main(test)
