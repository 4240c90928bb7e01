# SPDX-License-Identifier: GPL-2.0-or-later
"""What explain says is what the kernel does: of clients of a server that is
shut, of files that cannot be read, of the closing table, of bad .pf files.

The servers and slips are those of closed.py. Each packet is sent, and explain is
asked about it, by names and by addresses. See answers.sh.
"""
import json
import os
import select
import socket
import struct
import sys
import time

from closed import CONF, FILE_SLIPS, FRANK, KEEP, LAN, OPEN, SERVER_SLIPS, \
    SHUT, append, boot, fresh, good, hook, must, path, vpnpf, write
from harness import BACKEND, VPNPF, call, expect, main, open_tun, scenario

HOME = {"anna": "10.8.0.2", "ben": "10.8.0.3", "eve": "10.8.0.4",
        "carl": "10.9.0.2", "dora": "10.9.0.3", "frank": FRANK["lab"]}
SERVER = "10.8.0.1"
SENTINEL = ("198.51.100.1", "198.51.100.2")     # both in the LAN
PACKETS = [("anna", "ben"), ("anna", LAN), ("eve", LAN), (LAN, "anna"),
           ("anna", SERVER), ("carl", "dora"), ("carl", LAN), (LAN, "carl"),
           ("carl", SERVER), ("carl", "10.9.0.1"), ("10.9.0.99", LAN),
           ("frank", LAN), ("frank", "carl"), ("anna", "carl"),
           ("carl", "anna"), ("anna", "frank")]


def address(end):
    return HOME.get(end, end)


class Gates:
    """The ends of tun0, tun1 and lan0, and the server's own port."""

    def __init__(self):
        self.devices = {name: open_tun(name)
                        for name in ("tun0", "tun1", "lan0")}
        self.own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.own.setblocking(False)
        self.own.bind(("", 9))
        self.count = 0

    def send(self, src, dst):
        """A packet of UDP; its payload, by which it is known again."""
        self.count += 1
        payload = struct.pack("!8sQ", b"answers ", self.count)
        device = {"10.8": "tun0", "10.9": "tun1"}.get(src[:4], "lan0")
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 44, 0, 0, 64, 17, 0,
                           socket.inet_aton(src), socket.inet_aton(dst))
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:]
        os.write(self.devices[device],
                 head + struct.pack("!HHHH", 9, 9, 24, 0) + payload)
        return payload

    def seen(self):
        """The payloads of all that has come out."""
        for fd in self.devices.values():
            while True:
                try:
                    yield os.read(fd, 2048)[-16:]
                except BlockingIOError:
                    break
        while True:
            try:
                yield self.own.recv(2048)
            except BlockingIOError:
                break

    def ask(self, packets):
        """What the kernel does with them. No filter looks at the sentinel."""
        sent = [self.send(address(src), address(dst)) for src, dst in packets]
        sentinel, seen = self.send(*SENTINEL), set()
        end = time.monotonic() + 20
        while sentinel not in seen:
            expect(time.monotonic() < end, "not even the sentinel is seen")
            select.select([*self.devices.values(), self.own], [], [], 1)
            seen |= set(self.seen())
        return ["ACCEPT" if each in seen else "DROP" for each in sent]


def said(src, dst):
    """By explain."""
    done = vpnpf("--json", "explain", src, dst)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return done.text
    return answer.get("in_force", answer.get("verdict"))


def is_connected():
    """Does the state know frank?"""
    try:
        with open(path("state/live")) as file:
            return "frank" in file.read()
    except OSError:
        return False


def agree(what, unknown=(), shut=None):
    """explain says what packets find; of UNKNOWN clients that it does not know.
    SHUT: the reason that it gives for carl."""
    count = {"ACCEPT": 0, "DROP": 0}
    for (src, dst), does in zip(PACKETS, GATES.ask(PACKETS)):
        count[does] += 1
        for ends in (src, dst), (address(src), address(dst)):
            if "frank" in ends and not is_connected():
                continue        # nothing tells at which server he would be
            says = said(*ends)
            expect(says == does or ({src, dst} & set(unknown) and (
                       says == "unknown" or "vpnpf has no say" in says)),
                   f"{what}: {ends}: explain says {says}, a packet finds "
                   f"{does}: {vpnpf('explain', *ends).text}")
    for ends in (("carl", LAN), (LAN, "carl"), ("anna", "carl"),
                 ("carl", "dora"), (HOME["carl"], LAN)) if shut else ():
        done = vpnpf("explain", *ends)
        expect(done.stdout.startswith(b"DROP\n") and
               shut in scenario.text(done.stdout) and done.returncode == 1,
               f"{what}: {ends}: {done.text}")
    return count


def lab_is_shut(line=""):
    return f"server lab is shut: its configuration is bad: {line}"


def frank_connects():
    done = hook("lab", "learn-address", "add", FRANK["lab"], "frank")
    expect(done.returncode == 0, done.text)


def server_bad():
    """lab is shut: at runtime, before and after apply; at a boot; mended."""
    for what, line in (("no such topology", "lab.conf:5:10"),
                       ("no dev", "vpnpf.conf:6:1"),
                       ("dev is too long", "lab.conf:1:5"),
                       ("server.conf is gone", "vpnpf.conf:6:1"),
                       ("an unknown setting", "vpnpf.conf:8:1"),
                       ("a section without settings", "vpnpf.conf:6:1"),
                       ("an empty value", "vpnpf.conf:7:37")):
        reason = lab_is_shut(f"{path(line)}")
        boot()
        must("apply")
        frank_connects()
        expect(agree("good")["DROP"] == 2, "good: too much is dropped")
        SERVER_SLIPS[what]()
        agree(f"{what}, not applied", shut=reason)
        done = vpnpf("explain", "carl", LAN)
        expect("in force: ACCEPT (carl.pf (as loaded)), on disk: DROP" in
               done.text, f"{what}: {done.text}")
        vpnpf("apply")
        count = agree(f"{what}, applied", shut=reason)
        expect(count["ACCEPT"] == 4, f"{what}: {count}")
        done = vpnpf("explain", "carl", LAN)
        expect("in force" not in done.text, f"{what}: {done.text}")
        others(what)
        good()
        agree(f"{what}, mended, not applied")
        done = vpnpf("explain", "carl", LAN)
        expect("in force: DROP (server lab is shut" in done.text,
               f"{what}: {done.text}")
        must("apply")
        expect(agree(f"{what}, mended")["DROP"] == 2, what)
        fresh()
        SERVER_SLIPS[what]()
        vpnpf("apply")
        agree(f"boot, {what}", shut=reason)
    return "a bad server"


def others(what):
    """matrix and status while lab is shut."""
    lines = scenario.text(vpnpf("-q", "matrix").stdout).splitlines()
    pairs = {tuple(pair[:2]): pair[2] for pair in map(str.split, lines)}
    for pair, verdict in ((("anna", "ben"), "ACCEPT"),
                          (("anna", "carl"), "DROP"),
                          (("carl", "anna"), "DROP"),
                          (("carl", "dora"), "DROP")):
        expect(pairs[pair] == verdict, f"{what}: matrix: {pair}")
    pairs = json.loads(vpnpf("--json", "matrix").stdout)
    expect(all(p["in_force"] == p["verdict"] for p in pairs),
           f"{what}: matrix --json: {pairs}")
    done = call(VPNPF, "-c", path("vpnpf.conf"), "-b", BACKEND, "--batch",
                "explain", data=b"c2c\tanna\tben\nc2c\tanna\tcarl\n"
                b"addr\tcarl\t192.0.2.77\naddr\tanna\t192.0.2.77\n")
    expect(done.stdout.split() == [b"ACCEPT", b"DROP", b"DROP", b"ACCEPT"],
           f"{what}: --batch: {done}")
    done = vpnpf("matrix")
    expect("not all in force" not in done.text, f"{what}: {done.text}")
    rows = json.loads(vpnpf("--json", "status").stdout)["clients"]
    expect({row["client"] for row in rows if row.get("server_shut")} ==
           {"carl", "dora", "frank"}, f"{what}: status: {rows}")
    text = vpnpf("status", "carl", "anna").text
    expect("open, server shut" in text, f"{what}: {text}")
    text = vpnpf("status", "--prometheus").text
    for name, flag in ("carl", 0), ("anna", 1):
        expect(f'vpnpf_client_open{{client="{name}",server="' in text and
               any(line.endswith(f" {flag}") for line in text.splitlines()
                   if line.startswith(f'vpnpf_client_open{{client="{name}"')),
               f"{what}: metrics: {text}")


def alone():
    """The only server there is."""
    text = CONF[:CONF.index("openvpn office")] + \
        CONF[CONF.index("openvpn lab"):CONF.index("ipsec road")]
    good()
    write("vpnpf.conf", text)
    fresh()
    must("apply")
    append("lab.conf", "topology star\n")()
    vpnpf("apply")
    for ends in (("frank", LAN), ("nobody", LAN), ("carl", "frank")):
        done = vpnpf("explain", *ends)
        expect(done.stdout.startswith(b"DROP\n") and
               "in force" not in done.text, f"alone: {ends}: {done.text}")
    done = vpnpf("explain", "frank", LAN)
    expect(lab_is_shut(path("lab.conf:5:10")) in done.text, done.text)
    return "the only server"


def not_known():
    """The interface of the bad server is not known: explain does not know more
    than the rules."""
    for what in "no dev", "dev is too long", "a section without settings":
        good()
        fresh()
        scenario.clear(KEEP)
        SERVER_SLIPS[what]()
        vpnpf("apply")
        agree(f"not known: {what}", unknown=("carl", "dora", "frank",
                                             "10.9.0.99"))
        done = vpnpf("explain", "anna", "ben")
        expect(done.stdout.startswith(b"ACCEPT\n") and
               "in force" not in done.text, f"{what}: {done.text}")
        for pair in json.loads(vpnpf("--json", "matrix").stdout):
            if {pair["from"], pair["to"]} == {"anna", "ben"}:
                expect(pair["in_force"] == "ACCEPT", f"{what}: {pair}")
            elif "carl" in (pair["from"], pair["to"]):
                expect("settings" in what or pair["in_force"] == "unknown",
                       f"{what}: {pair}")
        done = vpnpf("explain", "carl", LAN)
        expect("settings" in what or done.stdout.startswith(b"DROP\n") and
               "in force: unknown: the rules do not have" in done.text,
               f"{what}: {done.text}")
    return "an interface that is not known"


def unreadable():
    """Files that concern all: the answer is what was loaded, or the closing
    table."""
    def away():
        os.rename(path("policy"), path("away"))

    def back():
        if os.path.islink(path("policy")) or os.path.isfile(path("policy")):
            os.unlink(path("policy"))
        if os.path.isdir(path("away")):
            os.rename(path("away"), path("policy"))
        good()

    def a_file():
        away()
        write("policy", "")

    def a_loop():
        away()
        os.symlink("policy", path("policy"))

    def no_groups():
        write("vpnpf.conf", 'groups = "none"\n' + CONF)

    spoils = {"no folder": away, "a file": a_file, "a loop": a_loop,
              "no groups": no_groups, **{
                  f"vpnpf.conf: {each}": FILE_SLIPS[each]
                  for each in ("an empty file", "an unknown setting")}}
    for what, spoil in spoils.items():
        boot()
        must("apply")
        frank_connects()
        spoil()
        for command in "before apply", "apply":
            if command == "apply":
                vpnpf("apply")
            count = agree(f"{what}, {command}")
            expect(count["DROP"] == 2, f"{what}, {command}: {count}")
            done = vpnpf("explain", "carl", LAN)
            expect(done.returncode and
                   done.stdout.startswith(b"in force: ACCEPT\n"),
                   f"{what}: {done.text}")
        back()
        fresh()
        spoil()
        vpnpf("apply")
        count = agree(f"boot, {what}")
        expect(not count["ACCEPT"], f"boot, {what}: {count}")
        done = vpnpf("explain", "anna", "ben")
        expect(done.stdout.startswith(b"in force: DROP\n") and
               b"no client is loaded" in done.stdout, f"{what}: {done.text}")
        back()
    return "what cannot be read"


def closing():
    """No client is loaded, with files that are in order, and with a server that
    is shut."""
    for bad in False, True:
        boot()
        if bad:
            SERVER_SLIPS["no such topology"]()
        vpnpf("flush", "--closed")
        count = agree(f"closed, {bad}")
        expect(not count["ACCEPT"], f"closed, {bad}: {count}")
        must("flush")
        count = agree(f"flushed, {bad}")
        expect(not count["DROP"], f"flushed, {bad}: {count}")
    return "closed, flushed"


def files():
    """Bad .pf files: with rules of before, and without."""
    bad = "[CLIENTS DROP]\nbad line\n[SUBNETS ACCEPT]\n[END]\n"
    for name in "anna", "carl", "eve":
        boot()
        must("apply")
        frank_connects()
        write(f"policy/{name}.pf", bad)
        agree(f"{name}.pf is bad, not applied")
        vpnpf("apply")
        expect(agree(f"{name}.pf is bad")["DROP"] == 2, name)
        SERVER_SLIPS["no such topology"]()
        vpnpf("apply")
        agree(f"{name}.pf and lab are bad")
        fresh()
        vpnpf("apply")
        agree(f"boot, {name}.pf and lab are bad")
        good()
        write(f"policy/{name}.pf", bad)
        fresh()
        vpnpf("apply")
        agree(f"boot, {name}.pf is bad")
        write(f"policy/{name}.pf", SHUT if name == "carl" else OPEN)
        agree(f"{name}.pf is newer")
    return "bad files"


def test():
    parts = {f.__name__: f for f in (server_bad, alone, not_known, unreadable,
                                     closing, files)}
    return "; ".join(parts[name]() for name in sys.argv[1:] or parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    GATES = Gates()
    main(test)
