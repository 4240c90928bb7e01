# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios: a VPN, its .pf files, and the verdict on each question.

A file of scenarios holds one JSON object a line (cases.jsonl, maybe .gz):

  vpn      {name: IPv4 address}
  files    {name: text of its .pf; null for no file}
  load     {name: "ok" | "rejected" | "kill" | "missing"}
  queries  ["c2c", SRC, DST, VERDICT]      both sides' CLIENTS
           ["addr", NAME, ADDRESS, VERDICT] NAME's SUBNETS against the other
                                           end; "unknown" is what has no IPv4
                                           address
  self     {name: verdict of the client to itself}
  reload   second versions of some files on top of the first, with the same
           keys; a rejected one leaves the first in force

One verdict is not vpnpf's, and no question here: OpenVPN let packets to the
loopback addresses of the server pass by the default and by wider lines.

Bytes that are not UTF-8 stand as lone surrogates (surrogateescape).
"""
import gzip
import json
import os
import sys


def read(path):
    """The scenarios of the file PATH, in its order."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        out = [json.loads(line) for line in file if line.strip()]
    for stage in (stage for one in out for stage in (one, one.get("reload"))):
        if stage and "queries" in stage:
            stage["queries"] = [query for query in stage["queries"]
                                if not is_loose(*query)]
    return out


def is_loose(kind, name, other, verdict):
    return (kind == "addr" and verdict == "ACCEPT" and
            (other.startswith("127.") or other == "::1"))


def raw(text):
    """The bytes that TEXT stands for."""
    return text.encode("utf-8", "surrogateescape")


def text(data):
    """The reverse of raw()."""
    return data.decode("utf-8", "surrogateescape")


def file_name(name):
    """A client's file name, without suffix, in a folder of files."""
    return raw(name).replace(b"/", b"_")


def put(folder, name, data):
    """Write (None: remove) the file NAME (bytes) in FOLDER, by rename."""
    path = os.path.join(os.fsencode(folder), name)
    if data is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    with open(path + b"~new", "wb") as file:
        file.write(data)
    os.rename(path + b"~new", path)


def clear(folder):
    """Make FOLDER exist and be empty."""
    os.makedirs(folder, exist_ok=True)
    for entry in os.scandir(os.fsencode(folder)):
        os.unlink(entry.path)


def put_policy(folder, files):
    """Write .pf files {name: text or None} into FOLDER."""
    for name, content in files.items():
        put(folder, file_name(name) + b".pf",
            None if content is None else raw(content))


def put_ccd(folder, lines):
    """Write the client-config-dir: {name: lines of its file}."""
    clear(folder)
    for name, content in lines.items():
        put(folder, file_name(name), content.encode())


def stages(scenario):
    """The scenario, then what was loaded on top of it, if anything was."""
    yield scenario
    if scenario.get("reload"):
        yield scenario["reload"]


def label(scenario):
    """What to call it in a message."""
    title = scenario.get("title")
    return f"scenario {scenario['id']}" + (f" ({title})" if title else "")


def say(message):
    """A line for the user; names may hold any byte."""
    data = message.encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()
