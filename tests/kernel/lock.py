# SPDX-License-Identifier: GPL-2.0-or-later
"""The lock of the state folder: who waits for it, and for whom nobody waits.
See lock.sh.
"""
import fcntl
import os
import re
import resource
import subprocess
import sys
import time

from faults import fresh, plain, small
from harness import BACKEND, call, expect, main, scenario
from rules import RULES

PATIENCE = 120
ENV = {"script_type": "learn-address", "dev": "tun0", "dev_type": "tun"}


def address(n):
    return f"10.8.{1 + n // 200}.{n % 200 + 1}"


def wait_for(what, true, patience=PATIENCE):
    end = time.monotonic() + patience
    while not true():
        expect(time.monotonic() < end, f"waited in vain for {what}")
        time.sleep(0.02)


def waiters(path):
    """How many stand in the queue for the file."""
    inode = f":{os.stat(path).st_ino} "
    with open("/proc/locks") as file:
        return sum("-> FLOCK" in line and inode in line for line in file)


def room_for(most):
    """So many processes at most as memory has room for: with sanitizers one
    takes some 30 MB."""
    one = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with open("/proc/meminfo") as file:
        free = int(re.search(r"MemAvailable: *(\d+)", file.read()).group(1))
    return min(most, free // one)


def all_at_once(vpn, count, *operation):
    """The lock is held until all of them wait for it."""
    path = os.path.join(vpn.state, "lock")
    with open(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        hooks = [subprocess.Popen(
            vpn.command("learn-address", operation[0], address(n),
                        *operation[1:]), env=ENV, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE) for n in range(count)]
        wait_for(f"{count} hooks in the queue", lambda:
                 waiters(path) == count)
    for n, hook in enumerate(hooks):
        _, err = hook.communicate()
        expect(hook.returncode == 0, f"hook {n} of {count} at once ended with "
               f"{hook.returncode}: {scenario.text(err)}")


def many_hooks():
    """Each of them counts."""
    vpn = small()
    fresh(vpn)
    before = plain()
    count = room_for(1000 if BACKEND == "nftables" else 200)
    all_at_once(vpn, count, "add", "max")
    text = RULES.listing()
    with open(os.path.join(vpn.state, "live")) as file:
        live = file.read()
    for where, known in (("kernel", text), ("state", live)):
        found = set(re.findall(r"\b10\.8\.[1-9]\.\d+\b", known))
        lost = {address(n) for n in range(count)} - found
        expect(not lost, f"{len(lost)} of {count} hooks at once are not in "
               f"the {where}")
    vpn.must("apply")
    expect(RULES.plain(text) == plain(),
           "apply after hooks found a difference")
    all_at_once(vpn, count, "delete")
    expect(plain() == before, f"not all of {count} deletes counted")
    return f"{count} adds and {count} deletes at once, none lost"


def test():
    parts = {f.__name__: f for f in (many_hooks,)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
