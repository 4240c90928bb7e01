# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose an interface is that "dev tun" may mean: the server's, another
program's, or nobody's yet. Packets are written to one device and come out of
one, or nowhere. See devs.sh.
"""
import fcntl
import os
import select
import socket
import struct
import time

from harness import BACKEND, VPNPF, WORK, call, expect, main, must, scenario
from harness import write_sysctl

TUNSETIFF, TUN, NO_PI = 0x400454ca, 1, 0x1000
MARK, NET, SHOP = b"packet ", "198.51.100.9", "10.0.4.7"
JOHN, NICK, MAX = "10.8.0.2", "10.8.0.3", "10.9.0.2"
FILES = {"john": "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n+10.0.4.0/24\n[END]\n",
         "nick": "[CLIENTS DROP]\n+john\n[SUBNETS DROP]\n[END]\n",
         "max": "[CLIENTS DROP]\n[SUBNETS DROP]\n+10.0.4.0/24\n[END]\n"}
ADDRESSES = {"office": {"john": JOHN, "nick": NICK}, "lab": {"max": MAX}}


class Host:
    """Devices that come and go."""

    def __init__(self):
        self.fds, self.number = {}, 0
        self.open("lan0")

    def open(self, name):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(),
                                               TUN | NO_PI))
        self.fds[name] = fd

    def make(self, name, address=None, *nets):
        """A device, as a program makes it; without an address at first."""
        self.open(name)
        for key, value in (("rp_filter", 0), ("accept_local", 1),
                           ("forwarding", 1)):
            write_sysctl(f"ipv4/conf/{name}/{key}", value)
        write_sysctl(f"ipv6/conf/{name}/disable_ipv6", 1)
        must("ip", "link", "set", name, "up", "multicast", "off")
        if address:
            must("ip", "addr", "add", address, "dev", name)
        for net in nets:
            must("ip", "route", "replace", net, "dev", name)

    def end(self, name):
        os.close(self.fds.pop(name))

    def write(self, device, src, dst):
        self.number += 1
        data = MARK + b"%d." % self.number
        udp = struct.pack("!HHHH", 20000, 4001, 8 + len(data), 0) + data
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64,
                           17, 0, socket.inet_aton(src), socket.inet_aton(dst))
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:]
        os.write(self.fds[device], head + udp)
        return data

    def send(self, device, src, dst):
        """Where it came out; None: nowhere. A stranger's packet, which comes
        out for certain, ends the wait."""
        data = self.write(device, src, dst)
        last = self.write("lan0", NET, "198.51.100.77")
        found, ended = None, False
        while not ended:
            ready = select.select(list(self.fds.values()), [], [], 10)[0]
            expect(ready, "not even a stranger's packet comes out")
            for name, fd in self.fds.items():
                if fd not in ready:
                    continue
                got = os.read(fd, 2048)
                if data in got:
                    found = name
                ended = ended or last in got
        return found


class World:
    def __init__(self):
        self.host = Host()
        self.lab = self.options = ""
        for folder in "policy", *ADDRESSES:
            os.mkdir(os.path.join(WORK, folder))
        for name, text in FILES.items():
            scenario.put_policy(os.path.join(WORK, "policy"), {name: text})
        for server, clients in ADDRESSES.items():
            for name, address in clients.items():
                scenario.put(os.path.join(WORK, server), name.encode(),
                             f"ifconfig-push {address} 255.255.255.0\n"
                             .encode())
        self.conf("office", "10.8.0.0")

    def conf(self, server, net):
        with open(f"{WORK}/{server}.conf", "w") as file:
            file.write(f"dev tun\nserver {net} 255.255.255.0\n"
                       f"topology subnet\nclient-config-dir {WORK}/{server}\n")

    def call(self, *args, env=None):
        with open(f"{WORK}/vpnpf.conf", "w") as file:
            file.write(f'policy = "{WORK}/policy"\nstate-dir = "{WORK}/state"\n'
                       f'{self.options}openvpn office {{ server-conf = "{WORK}/office.conf" '
                       f'}}\n{self.lab}')
        done = call(VPNPF, "-c", f"{WORK}/vpnpf.conf", "-b", BACKEND, *args,
                    env=env)
        return done.returncode, scenario.text(done.stdout + done.stderr)

    def ends(self, status, *args, env=None):
        got, said = self.call(*args, env=env)
        expect(got == status, f"{args} ended with {got}, not {status}: {said}")
        return said

    def hook(self, server, dev, name, address):
        return self.call("--instance", server, "connect", "/dev/null",
                         env={"dev": dev, "script_type": "client-connect",
                              "common_name": name,
                              "ifconfig_pool_remote_ip": address})

    def connects(self, server, dev, name, address):
        got, said = self.hook(server, dev, name, address)
        expect(got == 0, f"connect of {name} on {dev}: {said}")

    def refuses(self, server, dev, *words):
        """Both hooks."""
        for hook in (("connect", "/dev/null"),
                     ("learn-address", "add", JOHN, "john")):
            said = self.ends(1, "--instance", server, *hook, env={
                "dev": dev, "common_name": "john",
                "ifconfig_pool_remote_ip": JOHN})
            says(said, hook, "refused", *words)

    def goes(self, what, where, *packet):
        got = self.host.send(*packet)
        expect(got == where, f"{what}: {packet} came out at {got}, not {where}")

    def alone(self, what, name, near, far):
        """Another program's interface."""
        self.goes(f"{what}: out of {name}", name, "lan0", SHOP, far)
        self.goes(f"{what}: in by {name}", "lan0", name, far, SHOP)
        self.goes(f"{what}: in by {name}", "lan0", name, near, NET)

    def others(self, what):
        self.alone(what, "tun1", "172.29.0.2", "172.29.0.9")
        self.alone(what, "tunl0", "10.77.0.1", "10.77.0.9")
        self.alone(what, "tun256", "10.78.0.1", "10.78.0.9")

    def closed(self, what, name, client=JOHN):
        self.goes(f"{what}: {name} is closed", None, name, client, SHOP)
        self.goes(f"{what}: {name} is closed", None, "lan0", SHOP, client)
        self.goes(f"{what}: {name} is closed", None, name, SHOP, NET)

    def served(self, what, name):
        for out, *packet in (("lan0", name, JOHN, SHOP),
                             (name, "lan0", SHOP, JOHN),
                             (None, name, JOHN, NET), (None, name, NICK, SHOP),
                             (name, name, JOHN, NICK), (name, name, NICK, JOHN),
                             (None, "lan0", NICK, JOHN),
                             (None, name, "172.29.0.9", SHOP),
                             (None, name, MAX, SHOP)):
            self.goes(f"{what}: on {name}", out, *packet)


def says(said, what, *words):
    expect(all(word in said for word in words), f"{what} says {said}")


def one_server(w):
    host = w.host
    host.make("tun1", "172.29.0.2/24")
    host.make("tunl0", "10.77.0.1/24")
    host.make("tun256", "10.78.0.1/24")
    says(w.ends(0, "check"), "check", "tun1 has no address of a server",
         "left alone")
    says(w.ends(0, "apply"), "apply", "tun1 has no address of a server")
    says(w.call("doctor")[1], "doctor", "interface-foreign", "tun1 has no")
    w.others("before the server")
    # it takes the first free one
    host.make("tun0", None, "10.8.0.0/24")
    w.closed("no address yet", "tun0")
    must("ip", "addr", "add", "10.8.0.1/24", "dev", "tun0")
    w.closed("no hook yet", "tun0")
    w.others("no hook yet")
    w.connects("office", "tun0", "john", JOHN)
    w.served("connected", "tun0")
    w.others("connected")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    # started again, and nobody is connected
    host.end("tun0")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    w.ends(0, "apply")
    host.make("tun0", None, "10.8.0.0/24")
    w.served("again", "tun0")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    w.served("again, compared", "tun0")
    # another program was faster
    host.end("tun0")
    host.make("tun0", "172.30.0.2/24")
    host.make("tun5", "10.8.0.1/24")
    w.closed("on another one", "tun5")
    w.connects("office", "tun5", "john", JOHN)
    w.served("on another one", "tun5")
    w.alone("the one of before", "tun0", "172.30.0.2", "172.30.0.9")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    w.served("on another one", "tun5")
    w.others("on another one")
    # an interface comes that is nobody's business: seen by reconcile
    host.make("tun30", "172.31.0.2/24")
    says(w.ends(1, "reconcile"), "reconcile", "interface-changed")
    w.alone("a new one", "tun30", "172.31.0.2", "172.31.0.9")
    w.served("a new one", "tun5")
    host.end("tun30")


def by_address(w):
    """The state was lost, and the server runs."""
    w.ends(0, "flush")
    os.unlink(f"{WORK}/state/live")
    w.ends(0, "apply")
    w.served("by its address", "tun5")
    w.others("by its address")
    must("ip", "addr", "flush", "dev", "tun5")
    must("ip", "route", "replace", "10.8.0.0/24", "dev", "tun5")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    w.served("by its address of before", "tun5")


def strays(w):
    """The server's interface has another name, by whatever."""
    must("ip", "addr", "add", "10.8.0.1/24", "dev", "tun5")
    with open(f"{WORK}/office.conf", "a") as file:
        file.write(f"status {WORK}/status 3600\n")
    w.ends(0, "apply")
    must("ip", "link", "set", "tun5", "name", "vpn0")
    for command in ("reconcile",), ("reconcile", "--check"), ("reconcile",):
        says(w.ends(1, *command), command, "interface-unnamed", "vpn0 has an "
             'address of "office"')
    for command in "doctor", "status":
        says(w.call(command)[1], command, "vpn0")
    for dev in "tun5", "tun77":
        w.refuses("office", dev, "vpn0", "nothing would filter")
    must("ip", "link", "set", "vpn0", "name", "tun5")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    # it is there, but nothing tells that it is the server's
    must("ip", "addr", "flush", "dev", "tun5")
    must("ip", "link", "set", "tun5", "name", "vpn0")
    with open(f"{WORK}/status", "w") as file:
        file.write(f"TITLE\tOpenVPN 2.6\nTIME\tthen\t{int(time.time())}\n"
                   "GLOBAL_STATS\tMax bcast/mcast queue length\t0\nEND\n")
    w.ends(0, "flush")
    os.unlink(f"{WORK}/state/live")
    w.ends(0, "apply")
    for command in "doctor", "status":
        says(w.call(command)[1], command, "tun*", '"office" runs')
    must("ip", "link", "set", "vpn0", "name", "tun5")
    must("ip", "addr", "add", "10.8.0.1/24", "dev", "tun5")
    says(w.ends(1, "reconcile"), "reconcile", "interface-changed")
    says(w.ends(0, "reconcile"), "reconcile", "in order")
    w.conf("office", "10.8.0.0")


def two_servers(w):
    """Both have dev tun, and nobody knows lab's address."""
    w.lab = (f'openvpn lab {{ dev = "tun*" topology = subnet ccd = "{WORK}/lab"'
             ' }\n')
    w.host.make("tun6", "10.9.0.1/24")
    says(w.ends(0, "check"), "check", '"office" and "lab" may take the same',
         'tun6 may be the interface of')
    says(w.ends(0, "apply"), "apply", "tun6 may be")
    w.served("with a second server", "tun5")
    w.closed("of one of two", "tun6", MAX)
    w.connects("lab", "tun6", "max", MAX)
    w.served("two servers", "tun5")
    w.goes("max at lab", "lan0", "tun6", MAX, SHOP)
    w.goes("max at lab", None, "tun6", MAX, NET)
    w.goes("john at lab", None, "tun6", JOHN, SHOP)
    # of one with a name of its own
    w.lab = w.lab.replace("tun*", "tun6")
    w.refuses("office", "tun6", "lab")
    w.ends(0, "apply")
    w.goes("max at lab", "lan0", "tun6", MAX, SHOP)
    w.served("lab by name", "tun5")
    w.refuses("office", "tun256", "nothing would filter")


def changed(w):
    """server.conf is another one than that of the rules, and the server is
    started with it; nobody has called apply."""
    with open(f"{WORK}/office.conf") as file:
        text = file.read()

    def conf(dev):
        with open(f"{WORK}/office.conf", "w") as file:
            file.write(text.replace("dev tun", f"dev {dev}"))

    conf("tun9")
    w.host.end("tun5")
    w.host.make("tun9", None, "10.8.0.0/24")
    w.connects("office", "tun9", "john", JOHN)
    w.served("a number", "tun9")
    w.refuses("office", "tun0", '"tun9"')
    w.served("a number", "tun9")
    w.alone("a number", "tun0", "172.30.0.2", "172.30.0.9")
    # the rules of a number have no pattern, and the server takes another one
    conf("tun")
    w.host.end("tun9")
    w.host.make("tun20", None, "10.8.0.0/24")
    w.connects("office", "tun20", "john", JOHN)
    w.served("a pattern again", "tun20")
    w.others("a pattern again")
    # a hook that changes nothing leaves the rules alone
    before = must("cat", f"{WORK}/state/policy")
    w.connects("office", "tun20", "john", JOHN)
    expect(must("cat", f"{WORK}/state/policy") == before, "applied again")
    # and so does the end of a client, whatever it names
    w.ends(0, "--instance", "office", "disconnect", env={
        "dev": "tun77", "common_name": "john",
        "ifconfig_pool_remote_ip": JOHN})


def test():
    w = World()
    one_server(w)
    by_address(w)
    strays(w)
    two_servers(w)
    changed(w)
    return "dev tun: the server's, others', and nobody's yet"


if __name__ == "__main__":
    main(test)
