# SPDX-License-Identifier: GPL-2.0-or-later
"""What may happen to the state directory and its files, for lost.py."""
import os
import random
import re
import shutil
import socket

from harness import expect

NOBODY = 65534


# What may happen to the state: a name, and what does it to a VPN.

def content(name, change):
    def spoil(vpn):
        with open(vpn.path(name), "rb") as file:
            text = change(file.read())
        with open(vpn.path(name), "wb") as file:
            file.write(text)
    return spoil


def no_line(start):
    return lambda text: b"".join(line for line in text.splitlines(True)
                                 if not line.startswith(start))


def instead(old, new):
    def change(text):
        out = re.sub(old, new, text)
        expect(out != text, f"there is no {old}")
        return out
    return change


def reverse(text):
    head, *lines = text.splitlines(True)
    return head + b"".join(reversed(lines))


def twice(text):
    return re.sub(rb"(?m)^(a\t.*\n)", rb"\1\1", text, count=1)


def other(name, make):
    def spoil(vpn):
        if os.path.lexists(vpn.path(name)):
            os.unlink(vpn.path(name))
        make(vpn.path(name))
    return spoil


def listen(path):
    here = os.getcwd()
    os.chdir(os.path.dirname(path))     # a socket's path is short
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(os.path.basename(path))
    os.chdir(here)


def huge(path):
    with open(path, "wb") as file:
        file.truncate(3 << 30)


def linked(path):
    with open(path + ".victim", "w") as file:
        file.write("secret\n")
    os.link(path + ".victim", path)


def with_files(path):
    os.mkdir(path)
    open(os.path.join(path, "file"), "w").close()


LIVE = {
    "the directory removed": lambda v: shutil.rmtree(v.state),
    "live removed": lambda v: os.unlink(v.path("live")),
    "live emptied": content("live", lambda t: b""),
    "live cut in a line": content("live", lambda t: t[:len(t) * 2 // 3 + 1]),
    "live cut after the header": content("live",
                                         lambda t: t.splitlines(True)[0]),
    "live cut after a line": content("live", lambda t: b"".join(
        t.splitlines(True)[:3])),
    "live without a header": content("live", no_line(b"#")),
    "live with another header": content("live", instead(b"vpnpf", b"spoof")),
    "live with a NUL": content("live", instead(rb"max", b"m\0x")),
    "zeros in live": content("live", lambda t: t[:90] + b"\0" * (len(t) - 90)),
    "live in another order": content("live", reverse),
    "a line of live twice": content("live", twice),
    "live without its n lines": content("live", no_line(b"n\t")),
    "live without its a lines": content("live", no_line(b"a\t")),
    "another name in live": content("live", instead(rb"\tmax", b"\tadmin")),
    "no address in live": content("live", instead(rb"8\.0\.20", b"8.0.2x")),
    "no number in live": content("live", instead(rb"\t\d{9,}", b"\tsoon")),
    "no mangled name in live": content("live", instead(b"/2f", b"/2F")),
    "a field too few in live": content("live", instead(rb"\toffice", b"")),
    "a field too many in live": content("live", instead(rb"(?m)^(n.*)",
                                                        rb"\1\tmore")),
    "an unknown kind in live": content("live", lambda t: t + b"z\tx\n"),
    "live by chance": content("live", lambda t: random.Random(1).randbytes(
        len(t))),
    "live of one line": content("live", instead(b"\n", b" ")),
    "live a FIFO": other("live", os.mkfifo),
    "live a socket": other("live", listen),
    "live a link": other("live", lambda p: os.symlink("/etc/passwd", p)),
    "live a link to nothing": other("live", lambda p: os.symlink("/x/y", p)),
    "live a directory": other("live", os.mkdir),
    "live huge": other("live", huge),
    "live another user's": lambda v: os.chown(v.path("live"), NOBODY, NOBODY),
    "live writable by all": lambda v: os.chmod(v.path("live"), 0o666),
    "live writable by a group": lambda v: os.chmod(v.path("live"), 0o620),
}
OTHERS = {
    "zeros in policy": content("policy", lambda t: t[:150] + b"\0" * 50 +
                               t[200:]),
    "policy in another order": content("policy", reverse),
    "policy cut after a line": content("policy", lambda t: b"".join(
        t.splitlines(True)[:3])),
    "policy emptied": content("policy", lambda t: b""),
    "another right in policy": content("policy", instead(rb"\+10\.0\.5",
                                                         b"+10.0.6")),
    "policy by chance": content("policy", lambda t: random.Random(2).randbytes(
        len(t))),
    "policy a FIFO": other("policy", os.mkfifo),
    "policy a directory": other("policy", os.mkdir),
    "policy another user's": lambda v: os.chown(v.path("policy"), NOBODY,
                                                NOBODY),
    "lock a FIFO": other("lock", os.mkfifo),
    "lock a link": other("lock", lambda p: os.symlink("/x/y", p)),
    "lock a directory": other("lock", os.mkdir),
    "lock a socket": other("lock", listen),
    "lock writable by all": lambda v: os.chmod(v.path("lock"), 0o666),
    "compared a FIFO": other("compared", os.mkfifo),
    "looked a FIFO": other("looked", os.mkfifo),
    "files-missing a FIFO": other("files-missing", os.mkfifo),
    "looked another name of a file": other("looked", linked),
    "live.new a directory": other("live.new", os.mkdir),
    "policy.new a link": other("policy.new",
                               lambda p: os.symlink("/x/y", p)),
}
UNSAFE = {
    "others may write to the directory": lambda v: os.chmod(v.state, 0o777),
    "the directory is like /tmp": lambda v: os.chmod(v.state, 0o1777),
    "a group may write to the directory": lambda v: os.chmod(v.state, 0o775),
    "the directory is another user's": lambda v: os.chown(v.state, NOBODY,
                                                          NOBODY),
    "the directory is a link": lambda v: (
        shutil.move(v.state, v.state + ".real"),
        os.symlink(v.state + ".real", v.state)),
    "live is a directory with files": other("live", with_files),
}


def damage(text, dice):
    """One of many things that happen to a file."""
    a, b = sorted(dice.randrange(len(text) + 1) for _ in range(2))
    lines = text.splitlines(True)
    i = dice.randrange(len(lines)) if lines else 0
    return dice.choice((
        lambda: text[:a] + bytes([dice.randrange(256)]) + text[a + 1:],
        lambda: text[:a] + dice.randbytes(b - a) + text[b:],
        lambda: text[:a] + b"\0" * (b - a) + text[b:],
        lambda: text[:a] + text[b:],
        lambda: text[:a],
        lambda: text + text[a:b],
        lambda: text[:b] + text[a:],
        lambda: b"".join(lines[:i] + lines[i + 1:]),
        lambda: b"".join(lines[:i] + lines[i:i + 1] + lines[i:]),
        lambda: b"".join(dice.sample(lines, len(lines))),
        lambda: text.replace(b"\t", b" ", dice.randrange(4)),
        lambda: text.replace(b"max", b"root"),
    ))()
