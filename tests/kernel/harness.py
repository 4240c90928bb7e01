# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel tests share; they run in the namespace that lib.sh makes.

$VPNPF and $TUNPROBE are the programs, $work is a folder of the test, and
$VPNPF_BACKEND is what Vpn loads the rules into.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
sys.path.insert(0, os.path.join(HERE, ".."))
import scenario  # noqa: E402
from netns import open_tun  # noqa: E402,F401

VPNPF = os.environ["VPNPF"]
TUNPROBE = os.environ["TUNPROBE"]
WORK = os.environ["work"]
BACKEND = os.environ["VPNPF_BACKEND"]


class Fail(Exception):
    """A promise that does not hold."""


def expect(true, message):
    if not true:
        raise Fail(message)


def call(*args, data=b"", env=None):
    """Run a command to its end; its output as bytes."""
    return subprocess.run(args, input=data, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def must(*args, data=b"", env=None):
    """The same for a command that has to work. Returns its stdout."""
    done = call(*args, data=data, env=env)
    expect(done.returncode == 0,
           f"{args} ended with {done.returncode}:\n"
           f"{scenario.text(done.stderr)}")
    return done.stdout


def write_sysctl(name, value):
    with open(f"/proc/sys/net/{name}", "w") as file:
        file.write(str(value))


class Vpn:
    """The files of a VPN and vpnpf on them."""

    def __init__(self, name="vpn"):
        self.folder = os.path.join(WORK, name)
        self.policy = os.path.join(self.folder, "policy")
        self.ccd = os.path.join(self.folder, "ccd")
        self.ipp = os.path.join(self.folder, "ipp.txt")
        self.state = os.path.join(self.folder, "state")
        self.backend = BACKEND
        self.options = None     # lines and sections of a vpnpf.conf
        self.clear()

    def clear(self):
        os.makedirs(self.state, exist_ok=True)
        scenario.clear(self.policy)
        scenario.clear(self.ccd)
        open(self.ipp, "w").close()

    def command(self, *args):
        where = ["--policy", self.policy, "--ccd", self.ccd, "--ipp",
                 self.ipp, "--topology", "subnet", "--dev", "tun0"]
        if self.options is not None:
            where = ["-c", self.write_conf()]
        return [VPNPF, *where, "--state-dir", self.state, "-b", self.backend,
                *args]

    def write_conf(self):
        path = os.path.join(self.folder, "vpnpf.conf")
        with open(path, "w") as file:
            file.write(f'policy = "{self.policy}"\n{self.options}'
                       f'openvpn test {{\ndev = "tun0"\ntopology = subnet\n'
                       f'ccd = "{self.ccd}"\nipp = "{self.ipp}"\n}}\n')
        return path

    def call(self, *args, env=None):
        return call(*self.command(*args), env=env)

    def must(self, *args, env=None):
        return must(*self.command(*args), env=env)

    def put(self, name, content):
        scenario.put_policy(self.policy, {name: content})

    def address(self, name, ip4, ip6=None, more=""):
        """Give NAME its addresses (and MORE lines), in its file of the ccd."""
        lines = f"ifconfig-push {ip4} 255.255.255.0\n"
        if ip6:
            lines += f"ifconfig-ipv6-push {ip6}/64\n"
        lines += more
        scenario.put(self.ccd, scenario.file_name(name), lines.encode())

    def put_ipp(self, content, name="ipp.txt"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(scenario.raw(content))
        return path

    def hook(self, command, name, address, dev="tun0"):
        """client-connect or client-disconnect, as OpenVPN calls it."""
        env = {"script_type": f"client-{command}", "script_context": "init",
               "dev": dev, "dev_type": "tun",
               "ifconfig_local": "10.8.0.1",
               "ifconfig_netmask": "255.255.255.0",
               "ifconfig_pool_remote_ip": address,
               "ifconfig_pool_netmask": "255.255.255.0"}
        env = {os.fsencode(key): value.encode() for key, value in env.items()}
        env[b"common_name"] = scenario.raw(name)
        # client-connect is given a file for options, and may not use it.
        more = ["/dev/null"] if command == "connect" else []
        return self.call(command, *more, env=env)

    def learn(self, operation, address, *name, dev="tun0"):
        env = {"script_type": "learn-address", "script_context": "init",
               "dev": dev, "dev_type": "tun"}
        return self.call("learn-address", operation, address, *name, env=env)

    def tunnel(self, name, address, reqid):
        """A tunnel is up, as strongSwan tells it."""
        env = {b"PLUTO_VERB": b"up-client",
               b"PLUTO_XAUTH_ID": scenario.raw(name),
               b"PLUTO_PEER_CLIENT": address.encode(),
               b"PLUTO_REQID": str(reqid).encode()}
        return self.call("updown", env=env)


class Probe:
    """tunprobe batch, kept running: many questions, the kernel's answers."""

    def __init__(self, nets=(), own=(), wait=None):
        args = [TUNPROBE, "batch", "--dev", "tun0", "--lan", "lan0"]
        for net in nets:
            args += ["--net", net]
        for address in own:
            args += ["--own", address]
        if wait is not None:
            args += ["--wait", str(wait)]
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, lines):
        """A verdict for each "SRC DST PROTO [SPORT [DPORT [VIA]]]"."""
        if not lines:
            return []
        self.process.stdin.write(("\n".join(lines) + "\n\n").encode())
        self.process.stdin.flush()
        out = []
        for _ in range(len(lines) + 1):
            out.append(self.process.stdout.readline().decode().rstrip("\n"))
        expect(out.pop() == "" and set(out) <= {"ACCEPT", "DROP"},
               "tunprobe gave no verdicts")
        return out

    def close(self):
        """Also says whether all verdicts were sound."""
        self.process.stdin.close()
        expect(self.process.wait() == 0, "tunprobe: unsound verdicts")


def main(test):
    """Run TEST; its result is the line that says what was done."""
    try:
        scenario.say(test())
    except Fail as fail:
        scenario.say(f"FAIL: {fail}")
        sys.exit(1)
