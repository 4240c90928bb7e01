# SPDX-License-Identifier: GPL-2.0-or-later
"""An address with two owners is nobody's until one of them has it, files in
client-config-dir that are no client's, files of addresses that cannot be read:
who may do what then, and everything else goes on. See doubt.sh.
"""
import os
import shutil

from harness import expect, scenario
from two import BEN, JOHN, KILL, OPEN, WIDE, World, only, push, run


KINDS = {
    "two ccd files": ("10.8.0.10", "10.8.0.10", {
        "ccd/anna": push("10.8.0.10"), "ccd/otto": push("10.8.0.10")}),
    "two ccd files, IPv6": ("fd00:8::10", "fd00:8::10", {
        "ccd/anna": push("fd00:8::10"), "ccd/otto": push("fd00:8::10")}),
    "one iroute in two files, inside another's": (
        "10.9.1.7", "10.9.1.0/24", {
            "ccd/anna": "iroute 10.9.1.0 255.255.255.0\n",
            "ccd/otto": "iroute 10.9.1.0 255.255.255.0\n"}),
    "one address in two files, inside another's": (
        "10.9.1.7", "10.9.1.7", {
            "ccd/anna": push("10.9.1.7"), "ccd/otto": push("10.9.1.7")}),
    "client-config-dirs of two servers": ("10.8.0.10", "10.8.0.10", {
        "ccd/anna": push("10.8.0.10"), "lab/otto": push("10.8.0.10")}),
    "two ipp.txt": ("10.8.0.10", "10.8.0.10", {
        "ipp.txt": "anna,10.8.0.10,\n", "lab.txt": "otto,10.8.0.10,\n"}),
    "three owners": ("10.8.0.10", "10.8.0.10", {
        "ccd/anna": push("10.8.0.10"), "ccd/eve": push("10.8.0.10"),
        "ccd/otto": push("10.8.0.10")}),
}


def is_told(vpn, what, said, files):
    for each in files:
        # the last part alone is a file name in ipp.txt
        expect(each.split("/")[-1] in said, f"{what}: {each} is not named in "
               f"{said}")
    expect("nobody's" in said, f"{what}: not said: {said}")


def before_and_after(vpn, what, address, files):
    """The second file comes and goes."""
    (*first, last), texts = list(files), files
    vpn.write(texts[first[0]], first[0])
    vpn.ends(0, "apply")
    vpn.passes(f"{what}, before", john_x="ACCEPT", ben_x="DROP",
               john_ben="ACCEPT")
    for each in files:
        vpn.write(texts[each], each)
    is_told(vpn, what, vpn.ends(1, "reconcile"), files)
    vpn.nobodys(f"{what}, after reconcile")
    is_told(vpn, what, vpn.ends(1, "reconcile"), files)
    is_told(vpn, what, vpn.ends(1, "check"), files)
    said = vpn.ends(0, "explain", JOHN, vpn.at["x"])
    expect(said.startswith("DROP") or "\nDROP\n" in said,
           f"{what}: explain says {said}")
    expect("anna may have" in said and "otto may have" in said,
           f"{what}: explain says {said}")


def hooks(vpn, what, address):
    vpn.hears("add", address, "otto")
    vpn.passes(f"{what}, otto has it", john_x="DROP", ben_x="ACCEPT",
               john_ben="ACCEPT")
    vpn.ends(0, "reconcile")
    vpn.hears("update", address, "anna")
    vpn.passes(f"{what}, anna has it", john_x="ACCEPT", ben_x="DROP",
               john_ben="ACCEPT")
    vpn.hears("delete", address)    # the late one, of otto
    vpn.passes(f"{what}, anna still has it", john_x="ACCEPT", ben_x="DROP")
    vpn.hears("delete", address)
    vpn.nobodys(f"{what}, after delete")
    vpn.ends(1, "reconcile")


def revoked(vpn, what):
    """[KILL] of somebody else is obeyed."""
    vpn.put("ben", KILL)
    vpn.ends(1, "reconcile")
    vpn.passes(f"{what}, [KILL]", john_ben="DROP", ben_john="DROP",
               john_wide="ACCEPT")
    vpn.put("ben", OPEN)
    vpn.ends(1, "apply")
    vpn.nobodys(f"{what}, after [KILL]")


def boots(vpn, what):
    vpn.must("flush")
    shutil.rmtree(vpn.state)
    os.mkdir(vpn.state)
    vpn.hears("add", "10.8.0.50", "ben")
    vpn.nobodys(f"{what}, a hook after boot")
    vpn.passes(f"{what}, a hook after boot", john_far="ACCEPT")
    vpn.must("flush")
    vpn.ends(1, "apply")
    vpn.nobodys(f"{what}, after boot")


def one_kind(probe, what):
    address, learnt, files = KINDS[what]
    vpn = World(probe)
    six = ":" in address
    vpn.at = {"john": "fd00:8::2" if six else JOHN,
              "ben": "fd00:8::3" if six else BEN,
              "wide": "fd00:8::2" if six else WIDE, "x": address,
              "lan": "2001:db8::7" if six else "10.1.0.7",
              "far": "10.8.0.50"}
    if six:                         # john has a second one in its place
        vpn.at["wide"] = "fd00:8::4"
        vpn.address("wide", WIDE, "fd00:8::4")
        vpn.at["far"] = "fd00:8::3"
    before_and_after(vpn, what, address, files)
    hooks(vpn, what, learnt)
    if not six:
        revoked(vpn, what)
    boots(vpn, what)
    os.unlink(vpn.file(list(files)[-1]))
    if len(files) > 2:
        os.unlink(vpn.file(list(files)[1]))
    vpn.ends("ipp.txt" not in files, "reconcile")   # which changes often
    vpn.passes(f"{what}, afterwards", john_x="ACCEPT", ben_x="DROP")
    vpn.ends(0, "reconcile")


def doubts(probe):
    for what in KINDS:
        one_kind(probe, what)
    return f"{len(KINDS)} kinds of doubt"


COPIES = ("john.bak", "john.old", "john.orig", "john.save", "john.rpmsave",
          "john.dpkg-old", "john.disabled", "john_off", "john.1", "john~",
          "#john#", "Copy of john", "john (1)", "john - Copy", ".john.swp",
          "john.pf", "gone.bak")


def copies(probe):
    """They are passed over; who connects by such a name is a client."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.10"}
    for each in COPIES:
        vpn.write(push(JOHN), "ccd", each)
    # by the way the old recipes had it: all in one folder
    for each in "ipp.txt", "lab.txt":
        os.rename(vpn.file(each), vpn.file("ccd", each))
    vpn.ipp = vpn.file("ccd", "ipp.txt")
    vpn.options = vpn.options.replace("lab.txt", "ccd/lab.txt")
    os.mkdir(vpn.file("ccd", "wilma"))
    vpn.put("wilma", OPEN)
    said = vpn.ends(0, "apply")
    vpn.goes_on("copies")
    expect("warning" not in said and "error" not in said, said)
    said = vpn.ends(0, "-v", "check")
    expect(f"no client's: {len(COPIES) + 3}, passed over" in said, said)
    names = vpn.ends(0, "matrix")
    expect("john.bak" not in names and "ipp" not in names, names)
    vpn.ends(0, "reconcile")
    # a folder is no file, as OpenVPN takes it
    done = vpn.hook("connect", "wilma", "10.8.0.10")
    expect(done.returncode == 0, scenario.text(done.stderr))
    vpn.put("gone.bak", only("john"))
    vpn.hears("add", "10.8.0.10", "gone.bak")
    vpn.passes("a client of that name", john_x="ACCEPT", ben_x="DROP")
    os.rename(vpn.file("ccd", "john"), vpn.file("ccd", "was"))
    vpn.ends(1, "reconcile")
    vpn.passes("afterwards", john_x="DROP")
    os.rmdir(vpn.file("ccd", "wilma"))
    return f"{len(COPIES)} copies"


def too_large(path):
    with open(path, "w") as file:
        file.truncate((16 << 20) + 1)


def is_file(path):
    with open(path, "w") as file:
        file.write("oops\n")


# A path of the server test, and what takes its place; None: nothing.
UNREADABLE = {
    "no ccd": ("ccd", None),
    "ccd is a file": ("ccd", is_file),
    "ccd is a loop": ("ccd", lambda path: os.symlink("ccd", path)),
    "ipp.txt is too large": ("ipp.txt", too_large),
    "ipp.txt is a folder": ("ipp.txt", os.mkdir),
    "ipp.txt is a loop": ("ipp.txt", lambda path: os.symlink("ipp.txt", path)),
}


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        os.rmdir(path)
    elif os.path.lexists(path):
        os.unlink(path)


def unreadable_one(probe, what, path, make):
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN, "x": "10.8.0.10", "lab": "10.8.0.20",
              "new": "10.8.0.30", "wide": WIDE}
    vpn.put_ipp("anna,10.8.0.10,\n")
    vpn.put("lab", OPEN)
    vpn.write(push("10.8.0.20"), "lab", "lab")
    vpn.ends(0, "apply")
    os.rename(vpn.file(path), vpn.file("aside"))
    if make:
        make(vpn.file(path))
    vpn.put("lab", KILL)
    for turn in "once", "twice":
        said = vpn.ends(1, "reconcile")
        expect(f'cannot read "{vpn.file(path)}"' in said and
               "vpnpf.conf:" in said, f"{what}: {said}")
        vpn.goes_on(f"{what}, {turn}")
        vpn.passes(f"{what}, {turn}", john_x="ACCEPT", ben_x="DROP",
                   john_lab="DROP")
    vpn.hears("add", "10.8.0.30", "ben")
    vpn.passes(f"{what}, a hook", john_new="ACCEPT", ben_wide="ACCEPT")
    # a boot: nobody is known, but for those of whom is told
    vpn.must("flush")
    shutil.rmtree(vpn.state)
    os.mkdir(vpn.state)
    vpn.put("lab", OPEN)
    vpn.ends(1, "apply")
    vpn.passes(f"{what}, after boot", john_x="DROP")
    vpn.hears("add", "10.8.0.3", "ben")
    vpn.hears("add", "10.8.0.20", "lab")
    vpn.passes(f"{what}, hooks after boot", ben_lab="ACCEPT", x_ben="DROP")
    remove(vpn.file(path))
    os.rename(vpn.file("aside"), vpn.file(path))
    vpn.ends(path == "ccd", "reconcile")    # ipp.txt changes often
    vpn.ends(0, "reconcile")
    vpn.passes(f"{what}, afterwards", john_x="ACCEPT", john_lab="ACCEPT")


def unreadable(probe):
    for what, (path, make) in UNREADABLE.items():
        unreadable_one(probe, what, path, make)
    return f"{len(UNREADABLE)} unreadable files"


ROAD = """\
ipsec road {{ dev = "lan0" local = "192.0.2.1" networks = {{ "10.7.0.0/24" }}
addresses = "{}" }}
"""


def outside(probe):
    """A line of an ipsec section that is wrong concerns its client only."""
    vpn = World(probe)
    vpn.at = {"john": JOHN, "ben": BEN}
    vpn.options += ROAD.format(vpn.file("road.txt"))
    vpn.write("anna,10.7.0.10\notto,10.6.0.1\n", "road.txt")
    said = vpn.ends(1, "apply")
    expect("road.txt:2:1: error: 10.6.0.1 lies outside" in said, said)
    vpn.goes_on("an address outside")
    policy = scenario.text(open(vpn.file("state", "policy"), "rb").read())
    expect("a\t10.7.0.10\tanna\t" in policy and "10.6.0.1" not in policy,
           policy)
    vpn.put("ben", KILL)
    vpn.ends(1, "apply")
    vpn.passes("an address outside, [KILL]", john_ben="DROP")
    os.unlink(vpn.file("road.txt"))
    said = vpn.ends(1, "apply")
    expect("road.txt" in said, said)
    policy = scenario.text(open(vpn.file("state", "policy"), "rb").read())
    expect("a\t10.7.0.10\tanna\t" in policy, "anna has lost her address")
    return "an address outside"


PARTS = {"doubts": doubts, "copies": copies, "unreadable": unreadable,
         "outside": outside}

run(PARTS)
