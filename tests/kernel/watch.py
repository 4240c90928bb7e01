# SPDX-License-Identifier: GPL-2.0-or-later
"""Denied packets as `vpnpf watch` shows them.

Real packets through the rules of a small VPN that logs; what is shown is
compared with what must be, line by line. See watch.sh.
"""
import json
import os
import re
import select
import signal
import subprocess
import time

import harness
from harness import Probe, Vpn, expect, main, scenario

GROUP = 7
LOGGING = (f'ipsec road {{\n dev = "lan0"\n local = "192.0.2.254"\n'
           f' networks = {{ "10.7.0.0/24" }}\n}}\nlog-group = {GROUP}\n')
READERS = "/proc/net/netfilter/nfnetlink_log"
PATIENCE = 10
# Marks of before, sent twice; and what the kernel tells IPv6 routers.
NOISE = re.compile("198.51.100.99|ff02::")
# A name that is no UTF-8.
ODD = "J\udcfcrgen"
FILES = {
    "john": "[CLIENTS DROP]\n+nick\n[SERVICES]\n+10.0.4.9 tcp 22\n"
            "-10.0.9.9 udp 53,123\n[SUBNETS ACCEPT]\n-10.0.4.0/24\n[END]\n",
    "nick": "[CLIENTS ACCEPT]\n-bob\n[SUBNETS DROP]\n+192.0.2.1\n[END]\n",
    "bob": "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-unknown\n[END]\n",
    ODD: "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n",
}
ADDRESSES = {"john": "10.8.0.2", "nick": "10.8.0.3", "bob": "10.8.0.4",
             "max": "10.8.0.5", ODD: "10.8.0.6"}
ALLOWED = ["10.8.0.2 10.0.4.9 tcp 4000 22", "10.8.0.2 192.0.2.1 icmp",
           "10.0.4.9 10.8.0.2 tcp 22 4000", "10.8.0.2 10.8.0.3 udp 1 2",
           "10.8.0.3 10.8.0.2 tcp 1 2", "192.0.2.1 10.8.0.3 icmp",
           "10.8.0.4 192.0.2.1 tcp 1 2", "10.8.0.2 10.0.9.9 udp 1 54"]
DENIED = {
    # the far end's port counts in both directions
    "10.8.0.2 10.0.4.9 tcp 22 80":
        "john -> 10.0.4.9 tcp/80 denied by john.pf:7:2: -10.0.4.0/24",
    "10.0.4.9 10.8.0.2 tcp 80 22":
        "10.0.4.9 -> john tcp/22 from port 80 denied by "
        "john.pf:7:2: -10.0.4.0/24",
    "10.8.0.2 10.0.9.9 udp 1 123":
        "john -> 10.0.9.9 udp/123 denied by john.pf:5:2: "
        "-10.0.9.9 udp 53,123",
    "10.0.9.9 10.8.0.2 udp 53 1":
        "10.0.9.9 -> john udp/1 from port 53 denied by john.pf:5:2: "
        "-10.0.9.9 udp 53,123",
    "10.8.0.2 10.0.4.1 icmp":
        "john -> 10.0.4.1 icmp denied by john.pf:7:2: -10.0.4.0/24",
    "10.8.0.2 10.0.4.1 47":
        "john -> 10.0.4.1 protocol 47 denied by john.pf:7:2: "
        "-10.0.4.0/24",
    "10.8.0.2 10.0.4.1 sctp 5 6":
        "john -> 10.0.4.1 sctp/6 denied by john.pf:7:2: -10.0.4.0/24",
    "10.8.0.3 192.0.2.2 udp 1 2":
        "nick -> 192.0.2.2 udp/2 denied by nick.pf:3:1: [SUBNETS DROP] "
        "(default)",
    # two clients: the side that says no
    "10.8.0.2 10.8.0.4 udp 1 2":
        "john -> bob udp/2 denied by john, john.pf:1:1: [CLIENTS DROP] "
        "(default)",
    "10.8.0.4 10.8.0.2 udp 1 2":
        "bob -> john udp/2 denied by john, john.pf:1:1: [CLIENTS DROP] "
        "(default)",
    "10.8.0.4 10.8.0.3 tcp 1 2":
        "bob -> nick tcp/2 denied by nick, nick.pf:2:2: -bob",
    # nobody, and who has no file
    "10.8.0.77 192.0.2.1 tcp 1 2":
        "10.8.0.77 -> 192.0.2.1 tcp/2 denied: unknown address 10.8.0.77",
    "10.8.0.4 10.8.0.77 tcp 3 4":
        "bob -> 10.8.0.77 tcp/4 denied: unknown address 10.8.0.77",
    "192.0.2.1 10.8.0.77 tcp 3 4":
        "192.0.2.1 -> 10.8.0.77 tcp/4 denied: unknown address 10.8.0.77",
    "10.8.0.5 192.0.2.1 tcp 1 2":
        "max -> 192.0.2.1 tcp/2 denied: no file {policy}/max.pf",
    "192.0.2.1 10.8.0.5 udp 1 2":
        "192.0.2.1 -> max udp/2 from port 1 denied: no file {policy}/max.pf",
    "10.8.0.6 192.0.2.1 icmp":
        "J\\xfcrgen -> 192.0.2.1 icmp denied by J\\xfcrgen.pf:2:1: "
        "[SUBNETS DROP] (default)",
    # of an ipsec section, but through no tunnel
    "10.7.0.9 192.0.2.1 udp 1 2":
        "10.7.0.9 -> 192.0.2.1 udp/2 denied: not through a tunnel",
    "10.8.0.4 10.7.0.9 udp 1 2":
        "bob -> 10.7.0.9 udp/2 denied: not through a tunnel",
    # an IPv6 address is met as 0.0.0.0
    "fd00:8::4 2001:db8::7 udp 1 2":
        "bob -> 2001:db8::7 udp/2 denied by bob.pf:3:2: -unknown",
    "fd00:8::77 2001:db8::7 icmp":
        "fd00:8::77 -> 2001:db8::7 icmp denied: unknown address fd00:8::77",
}


class Watch:
    """vpnpf watch, running; the lines it shows."""

    def __init__(self, vpn, *options):
        self.stderr = os.path.join(vpn.folder, "watch.err")
        self.marks, self.rest = 0, b""
        with open(self.stderr, "w") as err:
            self.process = subprocess.Popen(
                vpn.command(*options, "watch"), stdout=subprocess.PIPE,
                stderr=err)
        self.until(is_read, "it does not begin to read")

    def until(self, true, what):
        end = time.monotonic() + PATIENCE
        while not true():
            expect(self.process.poll() is None and time.monotonic() < end,
                   f"watch: {what}: {self.said()}")
            time.sleep(0.01)

    def said(self):
        with open(self.stderr, errors="surrogateescape") as file:
            return file.read()

    def line(self):
        while b"\n" not in self.rest:
            ready = select.select([self.process.stdout], [], [], PATIENCE)[0]
            more = ready and os.read(self.process.stdout.fileno(), 65536)
            expect(more, f"watch shows no more: {self.said()}")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def drain(self):
        while select.select([self.process.stdout], [], [], 0)[0]:
            if not os.read(self.process.stdout.fileno(), 65536):
                return

    def shown(self, probe, questions, want="DROP"):
        """What is shown while QUESTIONS are asked; all must be decided so."""
        for question, verdict in zip(questions, probe.ask(questions)):
            expect(verdict == want, f"{question}: {verdict}")
        # Packets are logged in their order: this one is the last.
        self.marks += 1
        port = 40000 + self.marks
        probe.ask([f"10.8.0.99 198.51.100.99 udp 9 {port}"])
        out = []
        while True:
            line = self.line()
            if f"{port}" in line:
                return out
            if not NOISE.search(line):
                out.append(line)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        expect(status == 0, f"watch ended with {status}: {self.said()}")


def is_read():
    with open(READERS) as file:
        return any(int(line.split()[0]) == GROUP for line in file)


def without_time(line):
    date, text = line.split(" ", 1)
    time.strptime(date, "%H:%M:%S")
    return text


def each_denied_packet(vpn, probe):
    watch = Watch(vpn)
    for question, text in DENIED.items():
        want = text.format(policy=vpn.policy)
        found = {without_time(line) for line in watch.shown(probe, [question])}
        expect(found == {want},
               f"{question}: shown as\n  {found}\nand not as\n  {want}")
    found = watch.shown(probe, ALLOWED, "ACCEPT")
    expect(not found, f"allowed packets are shown: {found}")
    expect(not watch.said(), f"watch says: {watch.said()}")
    return watch


def changes_are_seen(vpn, probe, watch):
    """Without a new start: another owner, another file."""
    question = "10.8.0.77 192.0.2.1 tcp 1 2"
    vpn.learn("add", "10.8.0.77", "nick").check_returncode()
    found = watch.shown(probe, [question], "ACCEPT")
    expect(not found, f"shown after nick has learnt it: {found}")
    for name, text in (("nick", "nick.pf:1:1: [SUBNETS DROP] (default)"),
                       ("guest", "guest.pf:3:2: -192.0.2.1")):
        if name == "nick":
            vpn.put(name, "[SUBNETS DROP]\n[CLIENTS DROP]\n[END]\n")
            vpn.must("apply")
        else:
            vpn.put(name, "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n-192.0.2.1\n"
                    "[END]\n")
            vpn.learn("update", "10.8.0.77", name).check_returncode()
        want = f"{name} -> 192.0.2.1 tcp/2 denied by {text}"
        found = {without_time(line) for line in watch.shown(probe, [question])}
        expect(found == {want}, f"after a change for {name}: {found}")
    # the file allows it, but was not applied
    vpn.put("guest", "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n[END]\n")
    vpn.learn("add", "10.8.0.78", "nick").check_returncode()
    want = ("guest -> 192.0.2.1 tcp/2 denied: the rules in force; the files "
            "allow it now")
    found = {without_time(line) for line in watch.shown(probe, [question])}
    expect(found == {want}, f"after an edit that was not applied: {found}")
    watch.end(signal.SIGINT)
    for address in ("10.8.0.77", "10.8.0.78"):
        vpn.learn("delete", address).check_returncode()
    vpn.put("guest", None)
    vpn.put("nick", FILES["nick"])
    vpn.must("apply")


def json_is_a_line_each(vpn, probe):
    watch = Watch(vpn, "--json")
    for question in DENIED:
        src, dst, proto, *ports = question.split()
        lines = watch.shown(probe, [question])
        expect(lines, f"{question}: not shown")
        for line in lines:
            found = json.loads(line)
            expect(found["from"]["address"] == src and
                   found["to"]["address"] == dst, f"{question}: {line}")
            expect([found[end].get("port") for end in ("from", "to")] ==
                   [int(port) for port in ports or []] or not ports,
                   f"{question}: {line}")
            time.strptime(found["time"], "%Y-%m-%dT%H:%M:%S%z")
    found = json.loads(watch.shown(probe, ["10.8.0.4 10.8.0.3 tcp 1 2"])[0])
    del found["time"]
    expect(found == {
        "stage": "from", "from": {"address": "10.8.0.4", "client": "bob",
                                  "port": 1},
        "to": {"address": "10.8.0.3", "client": "nick", "port": 2},
        "protocol": 6, "reason": "denied", "denied_by": "nick",
        "section": "CLIENTS", "why": "rule", "at": "nick.pf:2:2",
        "line": "-bob"}, f"of two clients: {found}")
    watch.end()


def said_by(done, status, text):
    expect(done.returncode == status and text in scenario.text(done.stderr)
           and not done.stdout,
           f"not {status} and \"{text}\": {done.returncode}, "
           f"{scenario.text(done.stderr)}")


def what_cannot_be_is_said(vpn):
    watch = Watch(vpn)
    said_by(vpn.call("watch"), 2, f"another program reads log group {GROUP}")
    watch.end()
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    said_by(harness.call(*bare, *vpn.command("watch")), 2,
            "needs root or CAP_NET_ADMIN")
    said_by(vpn.call("watch", "x"), 2, "usage: vpnpf [options] watch")
    vpn.options = ""
    said_by(vpn.call("watch"), 1, "log-group")


def lost_packets_are_counted(vpn, probe):
    """Each kind of denial may log 200 at once: more than there is room for."""
    vpn.options = f"{LOGGING}log-rate = 100\n"
    vpn.must("apply")
    watch = Watch(vpn)
    os.kill(watch.process.pid, signal.SIGSTOP)
    for ends in ("10.8.0.2 10.0.4.9", "10.0.4.9 10.8.0.2",
                 "10.8.0.77 192.0.2.1", "192.0.2.1 10.8.0.77"):
        probe.ask([f"{ends} udp 1 {port}" for port in range(1, 301)])
    os.kill(watch.process.pid, signal.SIGCONT)
    watch.until(lambda: "some are lost" in watch.said(), "nothing is lost")

    def are_counted():
        # the number is known when another one has room
        probe.ask(["10.8.0.2 10.0.4.9 tcp 22 80"])
        watch.drain()
        return " packets that were logged" in watch.said()

    watch.until(are_counted, "lost packets are not counted")
    watch.end()


def rate_is_kept(vpn, probe):
    vpn.options = f"{LOGGING}log-rate = 1\n"
    vpn.must("apply")
    watch = Watch(vpn)
    begin = time.monotonic()
    passed = sent = 0
    while passed < 1:
        sent += len(probe.ask([f"10.8.0.2 10.0.4.9 udp 1 {port}"
                               for port in range(1, 51)]))
        passed = time.monotonic() - begin
    # two at once, and one a second; the mark is of another rule
    found = watch.shown(probe, [])
    expect(2 <= len(found) <= 3 + passed,
           f"{len(found)} of {sent} packets in {passed:.1f} s are shown")
    watch.end()


def nothing_is_logged_unless_wanted(vpn):
    vpn.options = ""
    vpn.must("apply")
    text = scenario.text(vpn.must("print"))
    for word in ("limit", "nflog", "log prefix", "LOG-", "log_"):
        expect(word not in text, f"\"{word}\" in rules that do not log")


def test():
    vpn = Vpn()
    vpn.options = f"{LOGGING}log-rate = 100\n"
    for name, content in FILES.items():
        vpn.put(name, content)
    for name, address in ADDRESSES.items():
        vpn.address(name, address, f"fd00:8::{address.rsplit('.', 1)[1]}")
    vpn.call("apply")       # says that max has no file
    probe = Probe(["10.8.0.0/24", "fd00:8::/64"], ["10.8.0.1", "fd00:8::1"])
    watch = each_denied_packet(vpn, probe)
    changes_are_seen(vpn, probe, watch)
    json_is_a_line_each(vpn, probe)
    what_cannot_be_is_said(vpn)
    lost_packets_are_counted(vpn, probe)
    rate_is_kept(vpn, probe)
    nothing_is_logged_unless_wanted(vpn)
    probe.close()
    return (f"{len(DENIED)} kinds of denied packets shown, and none of "
            f"{len(ALLOWED)} that are allowed")


if __name__ == "__main__":
    main(test)
