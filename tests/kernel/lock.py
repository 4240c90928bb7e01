# SPDX-License-Identifier: GPL-2.0-or-later
"""The lock of the state folder: who waits for it, and for whom nobody waits.
See lock.sh.
"""
import fcntl
import os
import re
import resource
import socket
import subprocess
import sys
import time

from faults import FILES, OTHER, fresh, plain, small
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


class FullPipe:
    """Nobody reads it, and nothing more goes in."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        for block in (b"x" * 4096, b"x"):
            try:
                while True:
                    os.write(self.writer, block)
            except BlockingIOError:
                pass
        os.set_blocking(self.writer, True)

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


def is_writing(process, fd):
    """Does it stand in a write to FD?"""
    with open(f"/proc/{process.pid}/syscall") as file:
        words = file.read().split()
    return len(words) > 2 and words[1] == hex(fd)


def goes_on(vpn, stuck, who):
    """While STUCK waits for its reader, the others do their work."""
    pipe = FullPipe()
    process = subprocess.Popen(stuck, env=ENV, **{each: pipe.writer
                                                  for each in who})
    try:
        fd = 2 if "stderr" in who else 1
        wait_for(f"{stuck} to write", lambda: is_writing(process, fd))
        for command in (["apply"], ["learn-address", "add", "10.8.0.77",
                                    "max"]):
            try:
                done = subprocess.run(vpn.command(*command), env=ENV,
                                      capture_output=True, timeout=30)
            except subprocess.TimeoutExpired:
                expect(False, f"{command} waits for the reader of {stuck}")
            expect(done.returncode == 0, f"{command} ended with "
                   f"{done.returncode}: {scenario.text(done.stderr)}")
        expect(process.poll() is None, f"{stuck} has not waited itself")
    finally:
        process.kill()
        process.wait()
        pipe.close()


def unread_hook():
    """A hook that has something to say, and nobody to read it."""
    vpn = small()
    fresh(vpn)
    goes_on(vpn, vpn.command("learn-address", "add", "10.8.0.66", "nobody"),
            ["stderr"])
    return "a hook's messages"


def unread_apply():
    """vpnpf apply 2>&1 | less"""
    vpn = small()
    fresh(vpn)
    vpn.put("max", "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.0.4.1/24\n[END]\n")
    goes_on(vpn, vpn.command("apply"), ["stdout", "stderr"])
    return "apply's messages"


def unread_output():
    """More than a buffer full."""
    vpn = small()
    for n in range(100):
        vpn.put(f"client{n}", OTHER)
    fresh(vpn)
    for n in range(100):
        vpn.put(f"client{n}", FILES["max"])
    goes_on(vpn, vpn.command("--json", "--check", "reconcile"), ["stdout"])
    return "reconcile's output"


def is_free(path):
    with open(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def silent_server():
    """OpenVPN waits for its hook, the hook for the lock."""
    vpn = small()
    path = os.path.join(vpn.folder, "management")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    server.settimeout(PATIENCE)
    vpn.options = ('openvpn silent {\ndev = "tun1"\ntopology = subnet\n'
                   f'management = "{path}"\n}}\n')
    RULES.forget()
    scenario.clear(vpn.state)
    apply = subprocess.Popen(vpn.command("-q", "apply"),
                             stderr=subprocess.DEVNULL)
    talk, _ = server.accept()
    free = is_free(os.path.join(vpn.state, "lock"))
    talk.close()
    server.close()
    apply.wait()
    expect(free, "apply asks a server, and holds the lock")
    return "a silent server"


def test():
    parts = {f.__name__: f for f in (many_hooks, unread_hook, unread_apply,
                                     unread_output, silent_server)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(test)
