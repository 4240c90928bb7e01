# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the program on a pseudo terminal. See terminal.sh."""
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

VPNPF = sys.argv[1]
EXAMPLE = ["--openvpn", "examples/server.conf", "--policy", "examples/policy"]
failed = 0


def claim(text, holds, found=b""):
    global failed
    failed += not holds
    print(("ok - " if holds else "not ok - ") + text)
    if not holds:
        print(f"#	{found!r}")


def has_open(process, below):
    fds = f"/proc/{process.pid}/fd"
    for fd in os.listdir(fds):
        try:
            if os.readlink(os.path.join(fds, fd)).startswith(below):
                return True
        except OSError:
            pass            # closed meanwhile
    return False


def hold(process, folder):
    """Stop it for more than a second once it reads files of this folder."""
    while process.poll() is None and not has_open(process, folder + "/"):
        pass
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.2)
    process.send_signal(signal.SIGCONT)


def run(*args, out="terminal", err="terminal", held=None, **env):
    """(stdout, stderr) of the program; each is a terminal or a pipe."""
    ends, got, threads = [], [b"", b""], []
    for kind in (out, err):
        ends.append(pty.openpty() if kind == "terminal" else os.pipe())

    def read(n):
        while True:
            try:
                data = os.read(ends[n][0], 65536)
            except OSError:
                return
            if not data:
                return
            got[n] += data
    given = {"PATH": os.environ["PATH"], "TERM": "xterm", **env}
    given.update({k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k})
    process = subprocess.Popen([VPNPF, *args], stdin=subprocess.DEVNULL,
                               stdout=ends[0][1], stderr=ends[1][1],
                               env=given)
    for n in range(2):
        os.close(ends[n][1])
        threads.append(threading.Thread(target=read, args=(n,)))
        threads[n].start()
    if held:
        hold(process, held)
    process.wait()
    for n in range(2):
        threads[n].join()
        os.close(ends[n][0])
    return got


def colours():
    out, _ = run(*EXAMPLE, "matrix")
    claim("a table on a terminal has colours", b"\033[32myes\033[0m" in out,
          out)
    for text, env in (("NO_COLOR", {"NO_COLOR": "1"}),
                      ("a dumb terminal", {"TERM": "dumb"}),
                      ("an unknown terminal", {"TERM": ""})):
        out, _ = run(*EXAMPLE, "matrix", **env)
        claim(f"{text}: none", b"yes" in out and b"\033" not in out, out)
    out, _ = run(*EXAMPLE, "matrix", NO_COLOR="")
    claim("an empty NO_COLOR is none", b"\033" in out, out)
    out, err = run(*EXAMPLE, "matrix", out="pipe")
    claim("a pipe has none", b"yes" in out and b"\033" not in out, out)
    out, _ = run(*EXAMPLE, "explain", "john", "max")
    claim("a verdict has colours", out.startswith(b"\033[1;31mDROP\033[0m"),
          out)


def size():
    out, _ = run("--help")
    lines = out.decode().splitlines()
    claim("the help fits 24 lines of 80", len(lines) <= 24 and
          max(map(len, lines)) <= 80, out)


def messages(work):
    policy = os.path.join(work, "policy")
    os.mkdir(policy)
    with open(os.path.join(policy, "john.pf"), "w") as file:
        file.write("[CLIENTS DENY]\n[END]\n")
    with open(os.path.join(policy, "\033[31m.pf"), "w") as file:
        file.write("[END]\n")
    _, err = run("--policy", policy, "check", out="pipe")
    claim("messages have colours", b"\033[1;31merror:\033[0m" in err, err)
    claim("but none that a name brings", b"\\x1b[31m" in err and
          b"\033[31m" not in err, err)
    _, err = run("--policy", policy, "check", err="pipe")
    claim("messages in a pipe have none", b"error: " in err and
          b"\033" not in err, err)


def progress():
    """So many files that it is still at work after a second's stop."""
    work = tempfile.mkdtemp(dir="/dev/shm")
    try:
        policy = os.path.join(work, "policy")
        os.mkdir(policy)
        text = "[CLIENTS DROP]\n" + "".join(
            f"+client{n:06}\n" for n in range(60)) + "[END]\n"
        for n in range(60000):
            with open(os.path.join(policy, f"client{n:06}.pf"), "w") as file:
                file.write(text)
        where = ["--policy", policy, "--state-dir", os.path.join(work, "state"),
                 "check"]
        _, err = run(*where, out="pipe", held=policy)
        claim("long work says how far it is",
              b"\r\033[Kreading policies " in err and b" of 60000" in err,
              err[:200])
        claim("and takes it away", err.endswith(b"\r\033[K"), err[-80:])
        _, err = run("-q", *where, out="pipe", held=policy)
        claim("not with -q", b"reading" not in err, err[:200])
        _, err = run(*where, out="pipe", err="pipe", held=policy)
        claim("nor in a pipe", b"reading" not in err, err[:200])
    finally:
        shutil.rmtree(work)


with tempfile.TemporaryDirectory() as folder:
    colours()
    size()
    messages(folder)
    progress()
sys.exit(failed > 0)
