# SPDX-License-Identifier: GPL-2.0-or-later
"""A server in whose set-up nothing is wrong, and one fault after the other in
it: doctor must find just that one, say where it is, and be quiet when it is
ignored.  See doctor.sh.
"""
import json
import os
import re
import socket
import subprocess
import sys
import time

WORK = os.environ["work"]
VPNPF = os.environ["VPNPF"]
IPT = os.environ["VPNPF_BACKEND"] == "iptables-legacy"
SERVER = """\
dev tun0
topology subnet
server 10.8.0.0 255.255.255.0 nopool
ifconfig-pool 10.8.0.100 10.8.0.200 255.255.255.0
client-config-dir ccd
ifconfig-pool-persist ipp.txt
status status.txt 10
management /management/socket unix
script-security 2
client-connect "/usr/sbin/vpnpf connect"
client-disconnect "/usr/sbin/vpnpf disconnect"
learn-address "/usr/sbin/vpnpf learn-address"
"""
failed = 0


def claim(text, holds, found):
    global failed
    failed += not holds
    print(("ok - " if holds else "not ok - ") + text, flush=True)
    if not holds:
        print(f"#	{found!r}", flush=True)


def path(name):
    return os.path.join(WORK, name)


def put(name, text, mode=0o644):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "w") as file:
        file.write(text)
    os.chmod(path(name), mode)


def sysctl(name, value):
    with open("/proc/sys/net/" + name, "w") as file:
        file.write(str(value))


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True)


SECTION = 'server-conf = "server.conf"'


# Files are changed without apply.
IGNORED = ["not-in-force", "interface-missing", "interface-unnamed"]


def configure(ignore=(), section=SECTION):
    ignore = [*ignore, *IGNORED]
    put("vpnpf.conf", f"""\
policy = "policy"
state-dir = "state"
backend = "{os.environ["VPNPF_BACKEND"]}"
doctor-ignore = {{{", ".join(f'"{s}"' for s in ignore)}}}
openvpn office {{ {section} }}
""")


def healthy():
    """All in order, whatever was there."""
    run("rm", "-rf", path("policy"), path("ccd"), path("plugin.so"))
    put("server.conf", SERVER.replace("/management", path("management")))
    put("policy/john.pf", "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n"
        "-10.0.4.0/24\n[END]\n")
    put("policy/nick.pf", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n")
    put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n")
    put("ipp.txt", "nick,10.8.0.101,\n")
    os.makedirs(path("management"), exist_ok=True)
    os.chmod(path("management"), 0o700)
    put("status.txt", "TITLE,OpenVPN 2.6.14\n"
        f"TIME,now,{int(time.time())}\n"
        "HEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address\n"
        "HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,"
        "Last Ref,Last Ref (time_t)\n"
        "GLOBAL_STATS,Max bcast/mcast queue length,0\nEND\n")
    configure()


def doctor(*words, **options):
    return subprocess.run([VPNPF, "-c", path("vpnpf.conf"), *words, "doctor"],
                          capture_output=True, text=True, **options)


def command(*words):
    return subprocess.run([VPNPF, "-c", path("vpnpf.conf"), *words],
                          capture_output=True, text=True)


def server(old, new):
    text = open(path("server.conf")).read()
    assert old in text, old
    put("server.conf", text.replace(old, new))


def add(line):
    put("server.conf", open(path("server.conf")).read() + line + "\n")


def is_found(name, at=None, text=None, prefix=(), section=SECTION, also=()):
    """NAME is found (AT a place), and nothing but that and ALSO; and
    ignored."""
    configure(section=section)
    got = subprocess.run([*prefix, VPNPF, "-c", path("vpnpf.conf"), "--json",
                          "doctor"], capture_output=True, text=True)
    found = json.loads(got.stdout or "[]")
    names = {f["name"] for f in found}
    claim(f"{name}: found, and nothing else",
          got.returncode == 1 and names == {name, *also}, got)
    mine = [f for f in found if f["name"] == name]
    if at:
        claim(f"{name}: at {at}",
              any(f.get("at", "").endswith(at) for f in mine), mine)
    if text:
        claim(f"{name}: {text}", any(text in f["what"] for f in mine), mine)
    claim(f"{name}: has a cure", mine and all(f["cure"] for f in mine), mine)
    configure([name, *also], section)
    got = subprocess.run([*prefix, VPNPF, "-c", path("vpnpf.conf"), "doctor"],
                         capture_output=True, text=True)
    claim(f"{name}: ignored", got.returncode == 0 and re.fullmatch(
        r"in order, [1-9]\d* ignored\n", got.stdout), got)
    configure()


def in_server_conf():
    for name, line, at in (
            ("client-to-client", "client-to-client", "server.conf:13:1"),
            ("duplicate-cn", "duplicate-cn", "server.conf:13:1"),
            ("username-as-common-name", "username-as-common-name",
             "server.conf:13:1"),
            ("no-client-certificate", "verify-client-cert none",
             "server.conf:13:1"),
            ("management-client-pf", "management-client-pf",
             "server.conf:13:1"),
            ("removed-option", "client-cert-not-required",
             "server.conf:13:1"),
            ("removed-option", "ncp-disable", "server.conf:13:1"),
            ("removed-option", "keysize 128", "server.conf:13:1"),
            ("removed-option", "--no-iv", "server.conf:13:1"),
            ("script-security", "script-security 1", "server.conf:13:1"),
            ("hook-overridden",
             'client-connect "/usr/sbin/vpnpf connect"', "server.conf:10:1"),
            ("hooks-without-rights", "user nobody", "server.conf:10:1")):
        healthy()
        add(line)
        is_found(name, at)
    for addresses, read in (("", "net30"), ("nick,10.8.0.101,\n", "subnet")):
        healthy()
        server("topology subnet\n", "")
        put("ipp.txt", addresses)
        is_found("no-topology", "server.conf:2:1", f"taken as {read}")
        configure(section=SECTION + " topology = subnet")
        claim("a topology in vpnpf.conf", doctor().returncode == 0, doctor())
    healthy()
    put("more.conf", "client-to-client\n")
    add("config more.conf")
    is_found("client-to-client", "more.conf:1:1")
    healthy()
    add("<ca>\nclient-to-client\n</ca>")
    claim("a word in a certificate is no option",
          doctor().returncode == 0, doctor())
    for option in "ncp-disable", "management-client-pf":
        healthy()
        add("setenv opt " + option)
        claim(f"OpenVPN skips {option} after setenv opt",
              doctor().returncode == 0, doctor())
    healthy()
    add("chroot jail")
    os.makedirs(path("jail/ccd"), exist_ok=True)
    is_found("hooks-without-rights", "server.conf:10:1", "chroot")
    healthy()
    server("script-security 2\n", "")
    is_found("script-security")
    healthy()
    server('learn-address "/usr/sbin/vpnpf learn-address"\n', "")
    is_found("hook-missing", text="no learn-address")
    healthy()
    for hook in ("client-connect", "client-disconnect", "learn-address"):
        server(hook + ' "/usr/sbin/vpnpf ', hook + ' "/usr/sbin/vpnpf-hook ')
    add("user nobody")
    claim("hooks that have rights", doctor().returncode == 0, doctor())


def plugins():
    healthy()
    put("minimal_pf.c", 'const char *name = "pf_file";\n'
        "int openvpn_plugin_open_v3;\n")
    run("cc", "-shared", "-fPIC", "-o", path("plugin.so"),
        path("minimal_pf.c"))
    add("plugin " + path("plugin.so"))
    is_found("old-pf-plugin", "server.conf:13:1")
    healthy()
    run("cc", "-shared", "-fPIC", "-o", path("plugin.so"),
        path("minimal_pf.c"))
    add("plugin ./plugin.so")
    is_found("old-pf-plugin", "server.conf:13:1")
    healthy()
    put("minimal.c", "int openvpn_plugin_open_v3;\n")
    run("cc", "-shared", "-fPIC", "-o", path("plugin.so"), path("minimal.c"))
    add("plugin " + path("plugin.so"))
    claim("another plugin is none", doctor().returncode == 0, doctor())
    healthy()
    server(SERVER[SERVER.index("script-security"):],
           "user nobody\nplugin /usr/lib/vpnpf/vpnpf-openvpn.so\n")
    claim("ours needs no hooks", doctor().returncode == 0, doctor())


CONNECT = 'client-connect "/usr/sbin/vpnpf connect"'
# what a script may be that calls another, whose path is in {}
WRAPPERS = (
    '#!/bin/sh\nexec {} "$@"\n',
    '#!/bin/sh\n. "$(dirname "$0")/sub/inner.sh"\n',
    '#!/bin/sh\ncd sub && ./inner.sh\n# cd to where? sub/inner.sh\n'
    'sub/inner.sh\n',
    '#!/usr/bin/python3\nimport subprocess\n'
    'subprocess.call(["{}", "x"])\n',
    '#!/bin/bash\nHERE=${{0%/*}}\nsource $HERE/sub/inner.sh\n',
    '#!/bin/sh\nrun-parts sub/hooks.d\n',
    '#!/bin/sh\nfor f in ./sub/hooks.d/*; do $f; done\n',
)
OLD = '[ -n "$pf_file" ] || exit 1\ncat x >"$pf_file"\n'
OURS = 'exec /usr/sbin/vpnpf connect "$@"\n'


def script(text, inner, line=None):
    """The hook client-connect is a script, which may call another."""
    healthy()
    for name in "sub/inner.sh", "sub/hooks.d/10-inner":
        put(name, "#!/bin/sh\n" + inner, 0o755)
    put("connect.sh", text.format(path("sub/inner.sh")), 0o755)
    server(CONNECT, line or "client-connect " + path("connect.sh"))


def scripts():
    """Hooks that are not ours, and those of the old filter."""
    for text in ("#!/bin/sh\necho\n", "#!/bin/sh\n# no vpnpf connect\n",
                 *WRAPPERS):
        script(text, "true\n")
        is_found("hook-missing", "server.conf:10:1", "does not call vpnpf")
    for line in ("client-connect /bin/true",
                 f'client-connect "/bin/sh {path("connect.sh")}"',
                 "client-connect ./connect.sh"):
        script("#!/bin/sh\necho\n", "", line)
        is_found("hook-missing", "server.conf:10:1", "does not call vpnpf")
    for text in ("#!/bin/sh\n" + OURS, *WRAPPERS):
        script(text, OURS)
        claim("a script that calls vpnpf is no finding",
              doctor().returncode == 0, doctor())
        script(text.replace("#!/bin/sh\nexec /", "#!/bin/sh\n" + OLD +
                            "exec /"), OLD + OURS)
        is_found("old-pf-script", "server.conf:10:1", "$pf_file")
    for line in (f'client-connect "/bin/sh {path("connect.sh")}"',
                 'client-connect "./connect.sh x"'):
        script("#!/bin/sh\n" + OLD + OURS, "", line)
        is_found("old-pf-script", "server.conf:10:1", "$pf_file")
    for option in "learn-address", "auth-user-pass-verify", "up":
        script("#!/bin/sh\n" + OLD + OURS, "", CONNECT)
        if option == "learn-address":
            server('learn-address "/usr/sbin/vpnpf learn-address"\n', "")
        add(f'{option} {path("connect.sh")} via-env')
        is_found("old-pf-script", text="$pf_file")
    script("#!/bin/sh\n# there was $pf_file\n" + OURS, "")
    claim("a comment is no old script", doctor().returncode == 0, doctor())


def old_plugins():
    """The best-known plugin has nothing in it but a number."""
    put("sub/tiny.c", "int openvpn_plugin_open_v1;\n")
    put("sub/auth.c", 'const char *name = "username";\n')
    for name in "tiny", "auth":
        run("cc", "-shared", "-fPIC", "-o", path(f"sub/{name}.so"),
            path(f"sub/{name}.c"))
    run("cp", path("sub/tiny.so"), path("sub/minimal_pf.so"))
    put("sub/filter.py", 'open(environ["pf_file"], "w")\n')
    put("sub/calls.pl", 'system("./sub/filter.py");\n')
    put("sub/other.py", "print(1)\n")
    for arguments in ("minimal_pf.so", "auth.so " + path("sub/filter.py"),
                      "auth.so sub/filter.py",
                      f'auth.so "script={path("sub/filter.py")} x"',
                      "auth.so 1 2 ./sub/calls.pl"):
        healthy()
        add("plugin ./sub/" + arguments)
        is_found("old-pf-plugin", "server.conf:13:1")
    for arguments in "tiny.so", "auth.so sub/other.py", "auth.so /no/file":
        healthy()
        add("plugin ./sub/" + arguments)
        claim(f"plugin {arguments} is none", doctor().returncode == 0,
              doctor())
    # beside the script, the plugin without a task is the filter's
    script("#!/bin/sh\n" + OLD, "")
    add("plugin ./sub/tiny.so")
    is_found("old-pf-plugin", "server.conf:13:1",
             also=["old-pf-script", "hook-missing"])
    script("#!/bin/sh\n" + OLD + OURS, "")
    add("plugin ./sub/auth.so")
    is_found("old-pf-script", "server.conf:10:1")


def addresses():
    healthy()
    put("ccd/john", "ifconfig-push 10.8.0.150 255.255.255.0\n")
    is_found("address-in-pool", "ccd/john:1:1", "10.8.0.150")
    healthy()
    put("ccd/nick", "ifconfig-push 10.8.0.2 255.255.255.0\n")
    is_found("two-owners", "ccd/nick:1:1", '"john" and to "nick"')
    healthy()
    for n in range(40):
        put(f"ccd/c{n:02}", f"ifconfig-push 10.8.0.{n + 110} 255.255.255.0\n")
        put(f"policy/c{n:02}.pf", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n")
    got = doctor()
    claim("many clients with one fault are one finding with their names",
          got.stdout.count("[address-in-pool]") == 1 and
          got.stdout.count("cure:") == 1 and
          "\tthe same: c01, c02, c03, c04, c05, c06, c07, c08 and 31 more\n"
          in got.stdout, got)
    claim("... and with -v all", doctor("-v").stdout.count(
        "[address-in-pool]") == 40, doctor("-v"))
    healthy()
    for first, inside, outside in (
            ("server-ipv6 fd00:8::/64", "fd00:8::1000", "fd00:8::fff"),
            ("server-ipv6 fd00:8::/112", "fd00:8::2", "fd00:8::1:0"),
            ("server-ipv6 fd00:8::/64\nifconfig-ipv6-pool fd00:8::50/64",
             "fd00:8::51", "fd00:8::2")):
        healthy()
        add(first)
        put("policy/john.pf", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n")
        for address, holds in (inside, True), (outside, False):
            put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n"
                f"ifconfig-ipv6-push {address}/64\n")
            if holds:
                is_found("address-in-pool", "ccd/john:2:1", inside)
            else:
                claim(f"{first}: {address} is not in the pool",
                      "address-in-pool" not in doctor().stdout, doctor())
    healthy()
    add("server-ipv6 fd00:8::/64")
    put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n"
        "ifconfig-ipv6-push fd00:8::2/64\n")
    is_found("ip6-pool-without-rules", "john.pf:2:1", '"john"')
    put("policy/john.pf", "[CLIENTS DROP]\n[SERVICES]\n[SUBNETS ACCEPT]\n"
        "-10.0.4.0/24\n-fd00:4::/64\n[END]\n")
    claim("an IPv6 rule is enough", doctor().returncode == 0, doctor())
    put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n")
    is_found("ccd-without-ip6", "ccd/john:1:1", '"john"')
    put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n"
        "ifconfig-ipv6-push fd00:8::2/64\n")
    sysctl("ipv6/conf/all/forwarding", 0)
    is_found("ip6-forward")
    sysctl("ipv6/conf/all/forwarding", 1)


FIXED = "ifconfig-push 10.8.0.2 255.255.255.0\n"


def routes():
    for line, what, cure in (
            ("iroute 10.10.0.0 255.255.0.0", "10.10.0.0/16",
             "route 10.10.0.0 255.255.0.0"),
            ("iroute 10.10.0.7", "10.10.0.7", "route 10.10.0.0 255.255.255.0"),
            ("iroute 10.10.0.0 255.255.0.0", "10.10.0.0/16",
             "route 10.10.4.0 255.255.255.0 vpn_gateway 5"),
            ("iroute-ipv6 fd00:10::/48", "fd00:10::/48",
             "route-ipv6 fd00:10::/48")):
        healthy()
        put("ccd/john", FIXED + line + "\n")
        is_found("iroute-without-route", "ccd/john:2:1", what)
        claim("iroute-without-route: offline, too", "[iroute-without-route]"
              in doctor("--offline").stdout, doctor("--offline"))
        add('push "' + cure + '"')
        is_found("iroute-without-route", "ccd/john:2:1", what)
        add(cure)
        claim(f"{cure} is enough", doctor().returncode == 0, doctor())
        healthy()
        put("ccd/john", FIXED + line + "\n")
        family = "-6" if "ipv6" in line else "-4"
        run("ip", family, "route", "add", what, "dev", "tun0")
        claim(f"a route of the kernel to {what} is enough",
              doctor().returncode == 0, doctor())
        run("ip", family, "route", "del", what, "dev", "tun0")
    healthy()
    put("ccd/john", FIXED + "iroute 10.10.0.0 255.255.0.0\n")
    add("route 10.10.0.0 255.255.0.0")
    claim("iroute-lost: not while he is away", doctor().returncode == 0,
          doctor())
    learn = [VPNPF, "-c", path("vpnpf.conf"), "learn-address"]
    run("env", "script_type=learn-address", "dev=tun0", *learn, "add",
        "10.8.0.2", "john")
    is_found("iroute-lost", "ccd/john:2:1", "10.10.0.0/16 to tun0")
    run("ip", "route", "add", "10.10.0.0/16", "dev", "tun0")
    claim("iroute-lost: the cure", doctor().returncode == 0, doctor())
    run("ip", "route", "del", "10.10.0.0/16", "dev", "tun0")
    run("env", "script_type=learn-address", "dev=tun0", *learn, "delete",
        "10.8.0.2")
    healthy()
    put("ccd/john", "ifconfig-push 10.9.0.2 255.255.255.0\n")
    is_found("iroute-without-route", "ccd/john:1:1", "10.9.0.2")
    healthy()
    put("ccd/john", FIXED + "iroute 10.10.0.0 255.255.0.0\n")
    add("route 10.10.0.0 255.255.0.0 net_gateway")
    is_found("iroute-without-route", "ccd/john:2:1")
    healthy()
    put("ccd/john", FIXED + "iroute 0.0.0.0 0.0.0.0\n")
    claim("an exit node needs no route of its own", doctor().returncode == 0,
          doctor())


def default_policy():
    healthy()
    put("policy/DEFAULT.pf", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n")
    is_found("default-policy", "DEFAULT.pf:1:1")
    both = SECTION + " }\ndefault-policy = yes\nopenvpn lab { " \
        'dev = "tun9" status = "status.txt"'
    sysctl("ipv4/conf/default/send_redirects", 0)
    configure(section=both)
    claim("DEFAULT.pf with default-policy", doctor().returncode == 0,
          doctor())
    os.unlink(path("policy/DEFAULT.pf"))
    is_found("default-policy", text="/policy/DEFAULT.pf", section=both)


def links():
    """Packets that are too large, and their fragments."""
    healthy()
    run("ip", "link", "add", "small0", "type", "veth", "peer", "small1")
    for mtu, more, holds in ((1400, "", True), (1280, "", True),
                             (1492, "", False), (1280, "mssfix 1300", False),
                             (1492, "mssfix 0", True),
                             (1492, "tun-mtu 1500", True)):
        healthy()
        add(more)
        run("ip", "link", "set", "small0", "mtu", str(mtu), "up")
        if holds:
            is_found("small-link", text=f"small0, with {mtu}, and the file "
                     'of "nick"')
        else:
            claim(f"a link of {mtu} with {more!r} is large enough",
                  doctor().returncode == 0, doctor())
    put("policy/nick.pf", "[CLIENTS DROP]\n[SERVICES]\n+0.0.0.0/0 icmp\n"
        "[SUBNETS DROP]\n[END]\n")
    claim("small-link: the cure", doctor().returncode == 0, doctor())
    run("ip", "link", "set", "small0", "mtu", "1280", "down")
    run("ip", "link", "del", "small0")
    for line in "+10.0.4.0/24 udp 53", "-10.0.4.0/24 tcp from 22", \
            "+10.0.4.0/24 sctp 1-9":
        healthy()
        put("policy/nick.pf", f"[CLIENTS DROP]\n[SERVICES]\n{line}\n"
            "[SUBNETS DROP]\n[END]\n")
        is_found("fragments", "nick.pf:3:2", '"nick"')
    rules = ("nft", "add table inet tracking; add chain inet tracking c { "
             "type filter hook output priority 0; }; add rule inet tracking "
             "c ct state invalid counter")
    if subprocess.run(rules, capture_output=True).returncode == 0:
        run("ip", "link", "set", "lo", "up")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"to track", ("10.8.0.1", 9))
        claim("with connection tracking fragments are put together",
              doctor().returncode == 0, doctor())
        run("nft", "delete table inet tracking")


def interfaces():
    """The server made another one than it should, or others are there."""
    global IGNORED
    before, IGNORED = IGNORED, ["not-in-force"]
    healthy()
    claim("tun0 is the server's", doctor().returncode == 0, doctor())
    for mode in "tun", "tap":
        run("ip", "tuntap", "add", "dev", "vpn7", "mode", mode)
        is_found("interface-unnamed", text="vpn7 is")
        named = SECTION + ' }\nopenvpn lab { dev = "vpn7" topology = subnet ' \
            'status = "status.txt"'
        configure(section=named)
        claim("interface-unnamed: a section names it",
              "vpn7 is" not in doctor().stdout, doctor())
        status = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), "status"],
                                capture_output=True, text=True)
        claim("status: a section names it", "vpn7:" not in status.stdout,
              status)
        configure()
        status = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), "status"],
                                capture_output=True, text=True)
        claim("interface-unnamed: in status", "vpn7: an interface of a VPN "
              "that no section names" in status.stdout, status)
        run("ip", "link", "del", "vpn7")
    run("ip", "link", "set", "tun0", "down")
    run("ip", "link", "set", "tun0", "name", "vpn0")
    is_found("interface-missing", "vpnpf.conf:5:1", "no interface tun0",
             also=["interface-unnamed"])
    status = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), "status"],
                            capture_output=True, text=True)
    claim("interface-missing: in status", "tun0: there is no such interface"
          in status.stdout, status)
    os.unlink(path("status.txt"))
    claim("interface-missing: not if the server does not run",
          "interface-missing" not in doctor().stdout, doctor())
    run("ip", "link", "set", "vpn0", "name", "tun0")
    run("ip", "link", "set", "tun0", "up")
    run("ip", "addr", "replace", "10.8.0.1/24", "dev", "tun0")
    IGNORED = before


NFT_NAT = """table {family} other {{
chain home {{ {inner}; }}
chain post {{ type nat hook postrouting priority 100; {rule}; }}
}}"""
BETWEEN = (             # rule of nftables, of iptables: also between clients
    ("ip saddr 10.8.0.0/24 masquerade", "-s 10.8.0.0/24 -j MASQUERADE", True),
    ("ip saddr 10.8.0.0/16 snat to 192.0.2.1",
     "-s 10.8.0.0/16 -j SNAT --to-source 192.0.2.1", True),
    ("ip saddr 10.0.0.0/12 ip daddr 10.8.0.128/25 masquerade",
     "-s 10.0.0.0/12 -d 10.8.0.128/25 -j MASQUERADE", True),
    ("ip saddr 10.8.0.101 masquerade", "-s 10.8.0.101 -j MASQUERADE", True),
    ('oifname != "lan0" ip saddr 10.8.0.0/24 masquerade',
     "! -o lan0 -s 10.8.0.0/24 -j MASQUERADE", True),
    ("ip saddr 10.8.0.0/24 jump home", "-s 10.8.0.0/24 -j home", True),
    ("udp dport 53 ip saddr 10.8.0.0/24 masquerade",
     "-p udp --dport 53 -s 10.8.0.0/24 -j MASQUERADE", True),
    ('ip saddr 10.8.0.0/24 oifname "lan0" masquerade',
     "-s 10.8.0.0/24 -o lan0 -j MASQUERADE", False),
    ('oifname "lan*" ip saddr 10.8.0.0/24 masquerade',
     "-o lan+ -s 10.8.0.0/24 -j MASQUERADE", False),
    ('oifname { "lan0", "lan1" } ip saddr 10.8.0.0/24 masquerade',
     "-o lan1 -s 10.8.0.0/24 -j MASQUERADE", False),
    ('iifname "tun0" masquerade', "-m mark --mark 7 -s 10.8.0.0/24 -j "
     "MASQUERADE", True),
    ('oifname "lan0" jump home', "-o lan0 -j home", False),
    ("ip saddr 10.8.0.0/24 ip daddr != 10.8.0.0/24 masquerade",
     "-s 10.8.0.0/24 ! -d 10.8.0.0/24 -j MASQUERADE", False),
    ("ip daddr 10.8.0.0/16 accept; ip saddr 10.8.0.0/24 masquerade",
     "-d 10.8.0.0/16 -j ACCEPT; -s 10.8.0.0/24 -j MASQUERADE", False),
    ("ip saddr 10.9.0.0/24 oifname \"lan0\" masquerade",
     "-s 10.9.0.0/24 -o lan0 -j MASQUERADE", False),
)
TO_VPN = (
    ('oifname "tun0" masquerade', "-o tun0 -j MASQUERADE", True),
    ('oifname "tun*" ip saddr 192.168.0.0/16 snat to 10.8.0.1',
     "-o tun+ -s 192.168.0.0/16 -j SNAT --to-source 10.8.0.1", True),
    ("ip saddr 192.168.0.0/16 ip daddr != 192.168.0.0/16 masquerade",
     "-s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE", True),
    ('oifname "lan0" masquerade', "-o lan0 -j MASQUERADE", False),
    ('oifname { "lan0", "lan1" } masquerade', "-o lan1 -j MASQUERADE", False),
    ('oifname != "tun0" masquerade', "! -o tun0 -j MASQUERADE", False),
)


def nat_rules(nft, lines):
    """Load NFT, then LINES of iptables-legacy; each time, call what follows."""
    text = NFT_NAT.format(family="ip", inner="masquerade", rule=nft)
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)
    yield "rule 1 of home" if "home" in nft else "of post in nftables table"
    run("nft", "delete", "table", "ip", "other")
    legacy = ["iptables-legacy", "-t", "nat"]
    run(*legacy, "-N", "home")
    run(*legacy, "-A", "home", "-j", "MASQUERADE")
    for line in lines.split(";"):
        run(*legacy, "-A", "POSTROUTING", *line.split())
    yield "rule 1 of home" if "home" in lines else \
        'of POSTROUTING in iptables table "nat"'
    run(*legacy, "-F")
    run(*legacy, "-X")


SAYS = {"nftables": ("in the tunnel", None),
        "mangle": ("table mangle stands before SNAT", None),
        "filter": ("table filter stands behind DNAT", "behind-dnat"),
        "security": ("table security stands behind DNAT", "behind-dnat")}


def tables():
    """Which addresses count, where the host translates."""
    healthy()
    run("iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-i", "lan0", "-p",
        "tcp", "--dport", "80", "-j", "DNAT", "--to", "10.0.4.7")
    for table, (text, finding) in SAYS.items():
        if (table == "nftables") == IPT:
            continue
        more = f" }}\niptables-table = {table}\n#" if IPT else ""
        section = SECTION + more
        configure(section=section)
        command("apply")
        if finding:
            is_found(finding, text=f"table {table}", section=section)
        configure(section=section)
        if not finding:
            claim(f"{table}: nothing is found", doctor().returncode == 0,
                  doctor())
        done = command("explain", "john", "10.0.9.1")
        claim(f"explain, {table}: {text}", text in done.stderr, done)
        done = command("--json", "explain", "john", "10.0.9.1")
        claim(f"explain --json, {table}", text in
              json.loads(done.stdout)["translation"], done)
        done = command("check")
        claim(f"check, {table}", ("behind this machine's DNAT" in done.stderr)
              == bool(finding) and done.returncode == 0, done)
    run("iptables-legacy", "-t", "nat", "-F")
    run("iptables-legacy", "-t", "nat", "-X")
    configure()
    command("apply")
    done = command("--json", "explain", "john", "10.0.9.1")
    claim("without translation nothing is said of it",
          "translat" not in done.stderr + done.stdout, done)


def translation():
    """Rules of both kinds, whatever the backend is."""
    healthy()
    for nft, lines, holds in BETWEEN:
        for where in nat_rules(nft, lines):
            if holds:
                # 10.0.0.0/12 is also of others
                is_found("nat-between-clients", text=where, also=[
                    "nat-to-clients"] if IPT and "/12" in nft else [])
            else:
                claim(f"not between clients: {nft}", doctor().returncode == 0,
                      doctor())
    for nft, lines, holds in TO_VPN:
        for where in nat_rules(nft, lines):
            if holds and IPT:
                is_found("nat-to-clients", text=where)
            else:
                claim(f"not to clients: {nft}", doctor().returncode == 0,
                      doctor())
    both = ["nat-to-clients"] if IPT else []
    run("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-j",
        "MASQUERADE")
    is_found("nat-between-clients", text="rule 1 of POSTROUTING", also=both)
    run("iptables-legacy", "-t", "nat", "-F")
    for family, net in ("ip6", "fd42::/64"), ("inet", "fd42::/64"):
        healthy()
        add("server-ipv6 fd42::/64")
        text = NFT_NAT.format(family=family, inner="return",
                              rule=f"ip6 saddr {net} masquerade")
        subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)
        got = doctor()
        claim(f"nat-between-clients: {family}", "nat-between-clients" in
              got.stdout and f'table "{family} other"' in got.stdout, got)
        run("nft", "delete", "table", family, "other")
    run("ip6tables-legacy", "-t", "nat", "-A", "POSTROUTING", "-s",
        "fd42::/64", "-j", "MASQUERADE")
    got = doctor()
    claim("nat-between-clients: ip6tables", "nat-between-clients" in
          got.stdout and 'in ip6tables table "nat"' in got.stdout, got)
    run("ip6tables-legacy", "-t", "nat", "-F")


def bypass():
    healthy()
    table = "table {} other {{\n{}\n}}"
    chain = "chain c {{ type filter hook {} priority {}; counter; {}; }}"
    flow = "flowtable fast {{ hook ingress priority 0; devices = {{ {} }}; }};"
    for text, name, where in (
            (table.format("inet", flow.format("lan0, tun0")), "flowtable",
             'flowtable fast of nftables table "inet other" has tun0'),
            (table.format("ip", flow.format("lan0")), None, None),
            (table.format("ip", chain.format("prerouting", -300,
                                             "ip daddr set 10.8.0.9")),
             "address-rewrite",
             'rule 2 of c in nftables table "ip other"'),
            (table.format("inet", chain.format("postrouting", 200,
                                               "ip saddr set 10.8.0.9")),
             "address-rewrite", '"inet other"'),
            (table.format("ip6", chain.format("prerouting", -101,
                                              "ip6 saddr set fd00::1")),
             "address-rewrite", '"ip6 other"'),
            (table.format("ip6", "chain c { counter; ip6 daddr set fd00::1; }"),
             "address-rewrite", "rule 2 of c"),
            (table.format("ip", chain.format("prerouting", -150,
                                             "ip ttl set 7")), None, None),
            (table.format("ip", chain.format("forward", 0, "ip dscp set 7")),
             None, None),
            (table.format("ip6", chain.format("forward", 0,
                                              "ip6 hoplimit set 7")),
             None, None)):
        done = subprocess.run(["nft", "-f", "-"], input=text + "\n",
                              capture_output=True, text=True)
        if done.returncode and "flowtable" in text:
            continue        # not in this kernel
        assert done.returncode == 0, done
        if name:
            is_found(name, text=where)
        else:
            claim("harmless: " + " ".join(text.split()), doctor().returncode == 0, doctor())
        run("nft", "delete", "table", text.split()[1], "other")


def foreign():
    """dev tun, and another program's tun1."""
    names = ("tun1", "10.64.0.7/24"), ("tun255", "fd42:9::7/64")
    for name, address in names:
        run("ip", "tuntap", "add", "dev", name, "mode", "tun")
        healthy()
        server("dev tun0", "dev tun")
        claim("interface-foreign: without an address it may be the server's",
              doctor().returncode == 0, doctor())
        run("ip", "addr", "add", address, "dev", name)
        is_found("interface-foreign", text=f"{name} has no address of a "
                 'server, but dev tun* of "office" means it')
        for command in "check", "apply":
            got = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), command],
                                 capture_output=True, text=True)
            claim(f"{command}: names it", got.returncode == 0 and
                  re.search("vpnpf.conf:5:1: warning: " + name +
                            " has no address of a server, but dev tun\\* of "
                            '"office" means it', got.stderr), got)
        healthy()
        claim("interface-foreign: dev tun0", doctor().returncode == 0,
              doctor())
        server("dev tun0", "dev tun")
        run("ip", "addr", "add", "10.8.0.1/24", "dev", name)
        claim("interface-foreign: it has the server's", doctor().returncode == 0,
              doctor())
        run("ip", "link", "del", name)
    for name in "tunl7", "tun256", "tap1":
        run("ip", "tuntap", "add", "dev", name, "mode", "tun")
        run("ip", "addr", "add", "10.64.0.7/24", "dev", name)
        healthy()
        server("dev tun0", "dev tun")
        claim(f"interface-foreign: {name} is never meant",
              doctor().returncode == 0, doctor())
        run("ip", "link", "del", name)


def vrf():
    """Where the kernel has them: two tables of iptables see only the VRF."""
    if subprocess.run(["ip", "link", "add", "vrf7", "type", "vrf", "table",
                       "77"], capture_output=True).returncode != 0:
        return
    healthy()
    run("ip", "link", "set", "tun0", "master", "vrf7")
    claim("a VRF", doctor().returncode == 0, doctor())
    for table in ("filter", "security") if IPT else ():
        is_found("vrf", text="tun0", section=SECTION +
                 f" }}\niptables-table = {table}\n#")
    run("ip", "link", "del", "vrf7")


def localnet():
    for name in "tun0", "all":
        healthy()
        sysctl(f"ipv4/conf/{name}/route_localnet", 1)
        is_found("localnet", text="127.0.0.1")
        sysctl(f"ipv4/conf/{name}/route_localnet", 0)
    sysctl("ipv4/conf/lan0/route_localnet", 1)
    claim("route_localnet elsewhere", doctor().returncode == 0, doctor())
    sysctl("ipv4/conf/lan0/route_localnet", 0)


def bridge_hosts():
    healthy()
    run("ip", "link", "add", "br8", "type", "bridge")
    run("ip", "link", "add", "host8", "type", "veth", "peer", "host9")
    road = SECTION + ' }\nipsec road { dev = "br8" local = "192.0.2.1" ' \
        'networks = { "10.0.2.0/24" }'
    sysctl("bridge/bridge-nf-call-iptables", 1)
    configure(section=road)
    claim("a bridge without hosts", "bridge-hosts" not in doctor().stdout,
          doctor())
    run("ip", "link", "set", "host8", "master", "br8")
    is_found("bridge-hosts", "vpnpf.conf:6:1", "br8", section=road)
    sysctl("bridge/bridge-nf-call-iptables", 0)
    configure(section=road)
    claim("a bridge that asks no filter", "bridge-hosts" not in
          doctor().stdout, doctor())
    run("ip", "link", "set", "br8", "type", "bridge", "nf_call_iptables", "1")
    is_found("bridge-hosts", "vpnpf.conf:6:1", "br8", section=road)
    for sysctls in ("proxy_arp_pvlan", 1), ("send_redirects", 0):
        sysctl(f"ipv4/conf/br8/{sysctls[0]}", sysctls[1])
    server("dev tun0", "dev tap7")
    run("ip", "tuntap", "add", "dev", "tap7", "mode", "tap")
    run("ip", "link", "set", "tap7", "master", "br8")
    bridge = 'server-conf = "server.conf" dev = "br8"'
    is_found("bridge-hosts", "vpnpf.conf:5:1", "no clients", section=bridge)
    run("ip", "link", "del", "host8")
    configure(section=bridge)
    claim("a bridge for clients only", doctor().returncode == 0, doctor())
    run("ip", "link", "del", "br8")
    run("ip", "link", "del", "tap7")


def host():
    healthy()
    sysctl("ipv4/ip_forward", 0)
    is_found("ip-forward")
    sysctl("ipv4/ip_forward", 1)
    sysctl("ipv4/conf/tun0/forwarding", 0)
    is_found("ip-forward", text="tun0")
    sysctl("ipv4/conf/tun0/forwarding", 1)
    for name in ("all", "tun0"):
        sysctl(f"ipv4/conf/{name}/send_redirects", 1)
        is_found("send-redirects", text="tun0")
        sysctl(f"ipv4/conf/{name}/send_redirects", 0)
    server("topology subnet", "topology p2p")
    server("10.8.0.100 10.8.0.200 255.255.255.0", "10.8.0.100 10.8.0.200")
    put("ccd/john", "ifconfig-push 10.8.0.2 10.8.0.1\n")
    sysctl("ipv4/conf/all/send_redirects", 1)
    claim("without a subnet there are no redirects",
          doctor().returncode == 0, doctor())
    sysctl("ipv4/conf/all/send_redirects", 0)


def tap():
    healthy()
    server("dev tun0", "dev tap7")
    sysctl("ipv4/conf/default/send_redirects", 0)
    is_found("tap-without-proxy-arp")
    run("ip", "tuntap", "add", "dev", "tap7", "mode", "tap")
    is_found("tap-without-proxy-arp", text="tap7")
    sysctl("ipv4/conf/tap7/proxy_arp_pvlan", 1)
    claim("answered ARP is enough", doctor().returncode == 0, doctor())
    run("ip", "link", "add", "br7", "type", "bridge")
    run("ip", "link", "set", "tap7", "master", "br7")
    for asks in 0, 1:
        sysctl("bridge/bridge-nf-call-iptables", asks)
        is_found("bridge-port", text="tap7")
    sysctl("bridge/bridge-nf-call-iptables", 0)
    for name in ("proxy_arp_pvlan", 1), ("send_redirects", 0):
        sysctl(f"ipv4/conf/br7/{name[0]}", name[1])
    bridge = 'server-conf = "server.conf" dev = "br7"'
    is_found("bridge-without-netfilter", text="br7", section=bridge)
    for cure, undo in (
            (lambda: sysctl("bridge/bridge-nf-call-iptables", 1),
             lambda: sysctl("bridge/bridge-nf-call-iptables", 0)),
            (lambda: run("ip", "link", "set", "br7", "type", "bridge",
                         "nf_call_iptables", "1"), lambda: None)):
        configure(section=bridge)
        cure()
        claim("a bridge that asks the filter", doctor().returncode == 0,
              doctor())
        undo()
    run("ip", "link", "del", "br7")
    run("ip", "link", "del", "tap7")
    healthy()
    server("dev tun0", "dev tap8")
    server("server 10.8.0.0 255.255.255.0 nopool\n",
           "server-bridge 10.8.0.1 255.255.255.0 10.8.0.100 10.8.0.200\n")
    is_found("bridge-port")


def sockets():
    """As OpenVPN makes them, in a folder that all may enter, and in others."""
    for folder, mode in (("/run/open", 0o755), ("/run/shut", 0o750),
                         ("/run/shut/open", 0o755)):
        os.makedirs(folder)
        os.chmod(folder, mode)

    def manage(line):
        healthy()
        server(f"management {path('management')}/socket unix",
               "management " + line)

    manage("/run/open/socket unix")
    is_found("management-open", "server.conf:8:1", "socket")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("/run/open/socket")
        os.chmod("/run/open/socket", 0o777)
        is_found("management-open", "server.conf:8:1", "socket")
        os.chmod("/run/open/socket", 0o770)
        claim("a socket of a group", doctor().returncode == 0, doctor())
    os.unlink("/run/open/socket")
    for line in ("/run/open/socket unix " + path("password"),
                 "/run/open/socket unix\nmanagement-client-group adm",
                 "/run/open/socket unix\nmanagement-client",
                 "/run/shut/socket unix", "/run/shut/open/socket unix",
                 "/run/none/socket unix"):
        manage(line)
        claim(f"management {line!r} is not open", doctor().returncode == 0,
              doctor())


def server_talks():
    healthy()
    os.unlink(path("status.txt"))
    is_found("status-old", text="status.txt")
    healthy()
    text = open(path("status.txt")).read()
    put("status.txt", text.replace(str(int(time.time()))[:-3],
                                   str(int(time.time()) - 3000)[:-3]))
    is_found("status-old")
    sockets()
    for where, at in (("127.0.0.1 7505", "no password"),
                      ("0.0.0.0 7505", "from outside"),
                      (f"0.0.0.0 7505 {path('password')}", "from outside")):
        healthy()
        server(f"management {path('management')}/socket unix",
               "management " + where)
        is_found("management-open", text=at)


def reconcile():
    got = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), "reconcile"],
                         capture_output=True, text=True)
    got = subprocess.run([VPNPF, "-c", path("vpnpf.conf"), "reconcile"],
                         capture_output=True, text=True)
    return got.stdout


def nobody_tells():
    healthy()
    claim("a server that tells: in order", reconcile() == "in order\n",
          reconcile())
    silent = re.sub("(?m)^(status|management) .*\n", "", SERVER)
    put("server.conf", silent)
    is_found("nobody-tells", "vpnpf.conf:5:1", '"office"')
    claim("reconcile says that nobody told",
          reconcile() == "in order, as far as is known: who is connected is "
          'not told by "office"\n', reconcile())
    is_found("nobody-tells", "vpnpf.conf:6:1", '"lab"',
             section=SECTION + ' status = "status.txt" }\n'
             'openvpn lab { dev = "tun9"')
    # what units give on the command line
    if subprocess.run(["mount", "-t", "tmpfs", "none", "/etc/openvpn"],
                      capture_output=True).returncode:
        print("# no /etc/openvpn here: units are not tested", flush=True)
        return
    for folder, status in (
            ("/etc/openvpn/server", "/run/openvpn-server/status-office.log"),
            ("/etc/openvpn", "/run/openvpn/office.status")):
        for name in folder, os.path.dirname(status):
            os.makedirs(name, exist_ok=True)
        put(folder + "/office.conf", re.sub("(?m)^(client-config-dir|ifconfig"
                                            "-pool-persist) .*\n", "",
                                            silent))
        here = f'server-conf = "{folder}/office.conf" ccd = "ccd"'
        is_found("nobody-tells", section=here)
        put(status, open(path("status.txt")).read())
        configure(section=here)
        claim(f"{status} is the status of {folder}/office.conf",
              doctor().returncode == 0, doctor())
        put(status, "END\n")
        is_found("status-old", text=status, section=here)
        os.unlink(folder + "/office.conf")


def nobody():
    """What only root can know is no finding for others."""
    healthy()
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if subprocess.run([*become, "true"], capture_output=True).returncode:
        print("# nobody cannot be had here", flush=True)
        return
    os.chmod(path("status.txt"), 0o600)
    os.chmod(WORK, 0o755)
    got = subprocess.run([*become, VPNPF, "-c", path("vpnpf.conf"), "doctor"],
                         capture_output=True, text=True)
    os.chmod(WORK, 0o700)
    claim("without rights nothing is found, and that is said",
          (got.returncode, got.stdout) == (0, "in order\n") and
          "cannot read the kernel's rules" in got.stderr, got)


def writers():
    for name in ("vpnpf.conf", "server.conf", "policy", "policy/john.pf",
                 "ccd", "ccd/john", "ipp.txt"):
        healthy()
        before = os.stat(path(name)).st_mode
        os.chmod(path(name), before | 0o002)
        got = doctor()
        claim(f"writable-by-others: {name}", got.returncode == 1 and
              got.stdout.count("[writable-by-others]") == 1 and
              f'/{name}" can be written by all users' in got.stdout, got)
        os.chmod(path(name), before)
    healthy()
    put("hook", "#!/bin/sh\nexec vpnpf\n", 0o757)
    server("/usr/sbin/vpnpf connect", path("hook") + " connect")
    is_found("writable-by-others", text="/hook")
    healthy()
    put("my hooks/hook", "#!/bin/sh\nexec vpnpf\n", 0o757)
    for line in ('"\'my hooks/hook\' connect"', '"my\\\\ hooks/hook"'):
        server('"/usr/sbin/vpnpf connect"', line + " # vpnpf")
        is_found("writable-by-others", text="/my hooks/hook")
        healthy()
    put("more.conf", "verb 3\n", 0o646)
    add("config more.conf")
    is_found("writable-by-others", text="/more.conf")
    healthy()
    put("above/hook", "#!/bin/sh\nexec vpnpf\n", 0o755)
    server("/usr/sbin/vpnpf connect", path("above/hook") + " connect")
    for mode, holds in (0o757, False), (0o1757, True):
        os.chmod(path("above"), mode)
        if holds:
            claim("a sticky bit keeps others from replacing a file",
                  doctor().returncode == 0, doctor())
        else:
            is_found("writable-by-others", text='/above", above it')
    healthy()
    for n in range(30):
        put(f"policy/c{n}.pf", "[END]\n", 0o666)
    is_found("writable-by-others", text="and 10 more files")


def rules():
    healthy()
    if IPT:
        mangle = ("iptables-legacy", "-t", "mangle")
        run(*mangle, "-N", "OTHER")
        run(*mangle, "-A", "OTHER", "-p", "tcp", "-j", "ACCEPT")
        run(*mangle, "-I", "PREROUTING", "-i", "eth0", "-j", "ACCEPT")
        run(*mangle, "-I", "PREROUTING", "-i", "tun+", "-j", "ACCEPT")
        run(*mangle, "-I", "PREROUTING", "-j", "OTHER")
        run("ip6tables-legacy", "-t", "mangle", "-I", "POSTROUTING", "-j",
            "ACCEPT")
        IGNORED.append("rules-differ")
        is_found("foreign-accept", text='rule 1 of PREROUTING in iptables '
                 'table "mangle" goes to "OTHER"')
        found = json.loads(doctor("--json").stdout)
        claim("foreign-accept: each rule that concerns the VPN",
              [f["what"][:22] for f in found] ==
              ["rule 1 of PREROUTING i", "rule 2 of PREROUTING i",
               "rule 1 of POSTROUTING "], found)
        subprocess.run([VPNPF, "-q", "-c", path("vpnpf.conf"), "reconcile"],
                       check=False, stdout=subprocess.DEVNULL)
        claim("reconcile is the cure", doctor().returncode == 0, doctor())
        run(*mangle, "-A", "PREROUTING", "-j", "ACCEPT")
        claim("below ours others may accept", doctor().returncode == 0,
              doctor())
    else:
        run("nft", "add table inet other; add chain inet other forward "
            "{ type filter hook forward priority -200; policy accept; }; "
            "add rule inet other forward accept")
        claim("with nftables others may accept: ours are asked, too",
              doctor().returncode == 0, doctor())
    # a kernel without it
    call, error = ("getsockopt", "ENOPROTOOPT") if IPT else \
        ("socket", "EPROTONOSUPPORT")
    is_found("backend-missing", prefix=[
        # a traced process cannot look for leaks
        "env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-o",
        "/dev/null", "-e", f"trace={call}", "-e",
        f"inject={call}:error={error}"])
    run(VPNPF, "-q", "-c", path("vpnpf.conf"), "flush")
    is_found("not-loaded")


def shared():
    healthy()
    is_found("shared-interface", "vpnpf.conf:6:1", '"office" and "lab"',
             section=SECTION + ' dev = "tun0" }\nopenvpn lab { dev = "tun0" '
             'status = "status.txt"')


def odd():
    healthy()
    configure(ignore=["nothing"])
    got = doctor()
    claim("a name that is none is an error", got.returncode == 1 and
          '/vpnpf.conf:4:19: error: there is no finding "nothing"'
          in got.stderr, got)
    got = doctor("-b", "pf")
    claim("no such backend is said once", got.returncode == 2 and
          got.stderr.count("no backend") == 1, got)
    put("server.conf", "tun 1")
    got = doctor()
    claim("a server.conf that says nothing", got.returncode == 1 and
          "no interface" in got.stderr, got)


def kept():
    keep = os.environ["KEEPDIR"]
    if not keep:
        return
    healthy()
    os.rename(keep, keep + ".aside")
    is_found("nothing-kept", text=keep)
    os.rename(keep + ".aside", keep)


os.umask(0o022)
healthy()
run(VPNPF, "-q", "-c", path("vpnpf.conf"), "apply")
first = doctor()
claim("in order", (first.returncode, first.stdout) == (0, "in order\n"),
      first)
# the last takes the rules out
for part in (in_server_conf, plugins, scripts, old_plugins, addresses, routes,
             default_policy, host, links, interfaces, foreign, vrf, localnet,
             tables, translation, bypass, tap,
             bridge_hosts, server_talks,
             nobody_tells, nobody, writers, kept, shared, odd, rules):
    part()
sys.exit(failed > 0)
