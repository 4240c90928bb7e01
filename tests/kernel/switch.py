# SPDX-License-Identifier: GPL-2.0-or-later
"""From one backend to the other and back, on a running system.

The new rules stand before the old ones go: under the flood of flood.py no
allowed packet is lost and no denied one gets through. Afterwards nothing of
the other backend is left. See switch.sh.
"""
import ctypes
import errno
import functools
import itertools
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
import threading

import flood
import harness
import upgrade
from harness import Vpn, expect, main, must, scenario
from rules import BACKENDS

NFT, LEGACY = BACKENDS
TABLES = ("mangle", "filter", "security")
WAYS = list(itertools.permutations(TABLES, 2))
# What tells a program which filter the kernel has, as system calls of x86-64:
# the number of the call, and its arguments by their number.
ASKS_NFT = 41, {0: socket.AF_NETLINK, 2: 12}    # socket, NETLINK_NETFILTER
ASKS_LEGACY = [(55, {1: level}) for level in    # getsockopt
               (socket.SOL_IP, socket.IPPROTO_IPV6)]


def refuse(call, arguments, error):
    """A seccomp filter: CALL fails with ERROR if its arguments are these."""
    load, skip_unless, end = 0x20, 0x15, 0x06
    tests = [(0, call)] + [(16 + 8 * n, want) for n, want in arguments.items()]
    code = b""
    for n, (offset, want) in enumerate(tests):
        code += struct.pack("=HBBI", load, 0, 0, offset)
        code += struct.pack("=HBBI", skip_unless, 0,
                            2 * (len(tests) - n) - 1, want)
    code += struct.pack("=HBBI", end, 0, 0, 0x00050000 | error)
    code += struct.pack("=HBBI", end, 0, 0, 0x7fff0000)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program):
        raise OSError(ctypes.get_errno(), "no seccomp")


def kernel_without(nft, legacy):
    """To be called in a process, which then believes so."""
    if nft:
        refuse(*ASKS_NFT, errno.EPROTONOSUPPORT)
    if legacy:
        for call in ASKS_LEGACY:
            refuse(*call, errno.ENOPROTOOPT)


def stands(backend, where):
    """BACKEND has rules, the other has none; None: neither has."""
    for name, rules in BACKENDS.items():
        expect((rules.listing() is not None) == (name == backend),
               f"{where}: rules in {name}?")


def ok(done, where):
    expect(done.returncode == 0, f"{where} ended with {done.returncode}: "
           f"{scenario.text(done.stderr)}")


def new_vpn():
    vpn = Vpn()
    for name, content in flood.FILES.items():
        vpn.put(name, content)
    for name, address in flood.ADDRESSES.items():
        vpn.address(name, address, f"fd00:8::{address.rsplit('.', 1)[1]}")
    return vpn


def switch_to(vpn, name, turn):
    """By apply, or by the next hook."""
    vpn.backend = name
    if turn % 4 < 2:
        done, what = vpn.call("apply"), "apply"
    else:
        done, what = vpn.learn("add", f"10.8.0.{20 + turn % 50}",
                               "guest"), "a hook"
    ok(done, f"{what} with -b {name}")
    stands(name, f"{what} with -b {name}")


def under_flood(vpn, seconds):
    """Again and again, with hooks between."""
    vpn.must("apply")
    out = {}
    thread = threading.Thread(
        target=lambda: out.update(done=flood.flood(seconds)))
    thread.start()
    turn = 0
    while thread.is_alive():
        switch_to(vpn, [LEGACY, NFT][turn % 2], turn)
        ok(vpn.learn("delete", f"10.8.0.{20 + turn % 50}"), "a hook")
        turn += 1
    allowed, denied = flood.check_flood(out["done"])
    expect(turn > seconds, f"only {turn} changes of the backend")
    return (f"{turn} changes of the backend: {allowed} allowed packets, none "
            f"lost; {denied} denied packets, none through")


def flush(vpn):
    """Takes out both, whoever loaded them."""
    for first, second in ((NFT, LEGACY), (LEGACY, NFT)):
        for command in (["flush"], ["flush", "--closed"]):
            vpn.backend = second
            text = vpn.must("print")
            vpn.backend = first
            vpn.must("apply")
            BACKENDS[second].load(text)
            if len(command) == 1:
                before = [rules.listing() for rules in BACKENDS.values()]
                said = vpn.must("-n", *command)
                expect(all(name.encode() in said for name in BACKENDS),
                       f"flush -n says {said}")
                expect(before == [rules.listing()
                                  for rules in BACKENDS.values()],
                       "flush -n: other rules")
            vpn.must(*command)
            stands(first if len(command) > 1 else None,
                   f"{' '.join(command)} with -b {first}")
    vpn.must("flush")
    said = vpn.must("-n", "flush")
    expect(said == b"nothing to remove\n", f"flush -n says {said}")
    return "flush leaves nothing"


def broken(vpn):
    """Files that cannot be compiled: the rules before stay where they are."""
    aside = vpn.policy + ".aside"
    for old, new in ((NFT, LEGACY), (LEGACY, NFT)):
        vpn.backend = old
        vpn.must("apply")
        before = BACKENDS[old].listing()
        os.rename(vpn.policy, aside)
        vpn.backend = new
        done = vpn.call("apply")
        os.rename(aside, vpn.policy)
        expect(done.returncode == 1 and b"error: " in done.stderr,
               f"apply ended with {done.returncode}: "
               f"{scenario.text(done.stderr)}")
        stands(old, f"apply with -b {new} without files")
        expect(BACKENDS[old].listing() == before, f"{old}: other rules")
    return "without files nothing is switched"


def to_table(vpn, table, hook):
    """By apply, or by the next hook."""
    vpn.options = "" if table == "mangle" else f"iptables-table = {table}\n"
    if hook:
        ok(vpn.learn("update", "10.8.0.77", "max"), "a hook")
    else:
        vpn.must("apply")
    for name in TABLES:
        for family in BACKENDS[LEGACY].FAMILIES:
            text = harness.must(f"{family}-legacy-save", "-t", name)
            expect((b"VPNPF-" in text) == (name == table),
                   f"after a change to table {table} by "
                   f"{'a hook' if hook else 'apply'}: {family} {name}?")


def tables(vpn, seconds):
    """Of iptables' tables one has rules, that of the configuration; under the
    flood, whatever it was before, and no count is lost."""
    vpn.backend = LEGACY
    to_table(vpn, "mangle", False)
    out = {}
    thread = threading.Thread(
        target=lambda: out.update(done=flood.flood(seconds)))
    thread.start()
    before = dict.fromkeys(upgrade.COUNTED, 0)
    turn = 0
    while thread.is_alive() or turn < 2 * len(WAYS):
        old, new = WAYS[turn % len(WAYS)]
        to_table(vpn, old, False)
        to_table(vpn, new, turn // len(WAYS) % 2)
        after = upgrade.counted(vpn)
        for name, count in before.items():
            expect(after[name] >= count, f"{name}: {count} packets were "
                   f"counted, from {old} to {new} {after[name]}")
        before = {name: after[name] for name in before}
        turn += 1
    allowed, denied = flood.check_flood(out["done"])
    vpn.must("flush")
    stands(None, "flush")
    vpn.options = None
    return (f"{turn} changes of the table: {allowed} allowed packets, none "
            f"lost; {denied} denied packets, none through")


def unfinished(vpn):
    """Who was killed between the two tables leaves both; the next ends it."""
    vpn.backend = LEGACY
    before = vpn.state + ".before"
    for old, new in WAYS:
        for hook in False, True:
            to_table(vpn, old, False)
            shutil.copytree(vpn.state, before)
            left = [must(f"{family}-legacy-save", "-t", old)
                    for family in BACKENDS[LEGACY].FAMILIES]
            to_table(vpn, new, False)
            for family, text in zip(BACKENDS[LEGACY].FAMILIES, left):
                must(f"{family}-legacy-restore", "--noflush", data=text)
            shutil.rmtree(vpn.state)
            os.rename(before, vpn.state)
            to_table(vpn, new, hook)
    vpn.must("flush")
    vpn.options = None
    return "what was left in another table goes"


def auto(vpn):
    """nftables where the kernel has it, else iptables, else it says so."""
    vpn.backend = "auto"
    for (nft, legacy), want in (((False, False), NFT), ((True, False), LEGACY),
                                ((False, True), NFT), ((True, True), None)):
        vpn.must("flush")
        where = f"-b auto without {'nft ' * nft}{'legacy' * legacy}"
        done = subprocess.run(
            vpn.command("apply"), capture_output=True,
            preexec_fn=functools.partial(kernel_without, nft, legacy))
        if want:
            ok(done, where)
        else:
            expect(done.returncode == 2 and b"kernel" in done.stderr,
                   f"{where}: {done.returncode}, "
                   f"{scenario.text(done.stderr)}")
        stands(want, where)
    return "auto takes what the kernel has"


def test():
    vpn = new_vpn()
    vpn.backend = NFT
    done = [under_flood(vpn, float(sys.argv[1])), flush(vpn), broken(vpn),
            tables(vpn, float(sys.argv[1])), unfinished(vpn)]
    if platform.machine() == "x86_64":
        done.append(auto(vpn))
    return "; ".join(done)


if __name__ == "__main__":
    main(test)
