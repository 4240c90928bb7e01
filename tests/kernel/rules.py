# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules in the kernel, seen and spoilt by each backend's own tools.

One object a backend, BACKENDS[name], all with the same methods:

  listing()      what the kernel has of vpnpf's, as text; None: nothing
  plain(text)    the same as a set, without what differs between equals; a
                 part of it for each commit that makes it: [set, ...]
  met(parts)     of plain(): without what no packet meets, as the first batch of
                 two leaves it
  load(text)     what `vpnpf print` writes, in place of what is there
  as_listed(text)  the listing that such a text must give, letter for letter;
                 None where a listing is written in another way
  forget()       take our rules away, as somebody else would
  counters()     {what: packets} of rules and elements that count
  faults(text)   what others may do to such rules: [(what, command), ...]
  remove(text, client)  one more: a chain of a client's policy, and all that
                        leads to it
  writers        who changes the rules of the same kernel: [(who, [command,
                 ...] to begin with, [...] to be repeated)]

  foreign()      what others have beside us, as text; put_foreign() begins it
  lock           a file that whoever changes rules holds; or None

RULES is the one that the test is for, None if it is for more.

A command is (arguments, stdin): call(*arguments, data=stdin).
"""
import os
import re

from harness import BACKEND, WORK, call, must, scenario


class Nftables:
    GONE = "table inet vpnpf\ndelete table inet vpnpf\n"
    lock = None

    @staticmethod
    def nft(commands):
        return ["nft", "-f", "-"], commands.encode()

    def listing(self):
        done = call("nft", "list", "table", "inet", "vpnpf")
        return scenario.text(done.stdout) if done.returncode == 0 else None

    def load(self, text):
        must("nft", "-f", "-", data=self.GONE.encode() + text)

    def as_listed(self, text):
        return None

    def forget(self):
        must("nft", "-f", "-", data=self.GONE.encode())

    def plain(self, text):
        """Rules are numbered: their order counts."""
        text = re.sub(r"packets \d+ bytes \d+", "packets 0 bytes 0",
                      text or "")
        out = {("table", line) for line in re.findall(
            r"(?m)^\tflags .*|^\tset state \{\n\t\ttype .*"
            r"(?:\n\t\telements =)?", text)}
        text = re.sub(r"(?ms)^\tset state \{.*?^\t\}\n", "", text)
        for kind, name, body in re.findall(
                r"(?ms)^\t(set|map|chain) (\S+) \{\n(.*?)^\t\}", text):
            if kind != "chain":
                body, _, found = body.partition("elements = {")
                out.update((name, each.strip(" \t\n}"))
                           for each in found.split(","))
            out.update((name, n, line)
                       for n, line in enumerate(body.splitlines()))
        return [out]

    def met(self, parts):
        part, = parts
        leads = {}
        for each in part:
            leads.setdefault(each[0], set()).update(
                re.findall(r"(?:jump |goto |@)(\S+)", each[-1]))
        met = {"table"}
        new = {each[0] for each in part if " hook " in each[-1]}
        while new:
            met |= new
            new = set().union(*(leads.get(name, ()) for name in new)) - met
        return [{each for each in part if each[0] in met}]

    def counters(self):
        out = {}
        for name, body in re.findall(
                r"(?ms)^\t(?:set|map|chain) (\S+) \{\n(.*?)^\t\}",
                self.listing()):
            for each in re.split(r"[,\n]", body):
                found = re.search(r"packets (\d+) bytes \d+", each)
                if found:
                    what = each.replace(found.group(), "").strip("\t ={}")
                    out[f"{name} {what.removeprefix('elements')}"] = int(
                        found.group(1))
        return out

    @staticmethod
    def chains(text):
        return re.findall(r"(?m)^\tchain (\S+) \{", text)

    @staticmethod
    def elements(text):
        """{set or map: [its elements as listed]}"""
        out = {}
        for name, body in re.findall(
                r"(?ms)^\t(?:set|map) (\S+) \{(.*?)^\t\}", text):
            found = re.search(r"(?s)elements = \{(.*?)\}", body)
            if found:
                out[name] = [each.strip()
                             for each in found.group(1).split(",")]
        return out

    @staticmethod
    def key_of(element):
        """What stands before a counter, a comment and a verdict."""
        return re.split(r" (?:counter|comment|:) ", element)[0]

    def faults(self, text):
        out = [("table deleted", "delete table inet vpnpf\n"),
               ("ruleset flushed", "flush ruleset\n"),
               ("rules flushed", "flush table inet vpnpf\n"),
               ("table asleep", "table inet vpnpf {\n flags dormant\n}\n"),
               ("set of another kind", "delete set inet vpnpf state\n"
                "add set inet vpnpf state { type ether_addr; }\n")]
        for name, more in re.findall(r"(?m)^\tchain (\S+) \{\n\t\t(type .*)",
                                     text):
            out.append((f"{name} drops", f"chain inet vpnpf {name} {{\n"
                        " policy drop;\n}\n"))
            for what, more in (("of no hook", ""),
                               ("later", re.sub(r"priority .*?;",
                                                "priority 7;", more)),
                               ("elsewhere", re.sub(r"hook \S+",
                                                    "hook input", more))):
                out.append((f"{name} {what}",
                            f"delete chain inet vpnpf {name}\n"
                            f"table inet vpnpf {{\n chain {name} {{\n"
                            f"  {more}\n }}\n}}\n"))
        for name in self.chains(text):
            out.append((f"chain {name} flushed",
                        f"flush chain inet vpnpf {name}\n"))
            out.append((f"rule put first in {name}",
                        f"insert rule inet vpnpf {name} accept\n"))
        for name, found in self.elements(text).items():
            key = self.key_of(found[-1])
            out.append((f"{key} gone from {name}",
                        f"delete element inet vpnpf {name} {{ {key} }}\n"))
            out.append((f"{name} emptied", f"flush set inet vpnpf {name}\n"))
        return [(what, self.nft(commands)) for what, commands in out]

    def remove(self, text, client):
        found = self.elements(text)
        own = {self.key_of(element) for each, all_of in found.items()
               for element in all_of
               if each[:4] == "from" and f'comment "{client}"' in element}
        name = next(element.split(" jump ")[1]
                    for each, all_of in found.items() for element in all_of
                    if " jump " in element and self.key_of(element) in own)
        commands = "".join(
            f"delete element inet vpnpf {each} {{ {self.key_of(element)} }}\n"
            for each, all_of in found.items() for element in all_of
            if element.endswith(f"jump {name}"))
        return (f"chain {name} removed",
                self.nft(f"{commands}delete chain inet vpnpf {name}\n"))

    @property
    def writers(self):
        return [("a table of its own",
                 [self.nft("table inet other {\n chain c {\n }\n}\n")],
                 [self.nft("add rule inet other c counter\n"
                           "flush chain inet other c\n")])]

    def put_foreign(self):
        must("nft", "-f", "-", data=b"table inet other {\n chain c {\n"
             b"  ip saddr 203.0.113.9 counter packets 5 bytes 300\n }\n}\n")

    def foreign(self):
        return scenario.text(must("nft", "list", "table", "inet", "other"))


class Legacy:
    """Our chains begin with "VP"; the built-in ones have a jump to them.

    The listing is of all tables, what is done to it of table mangle.
    """
    FAMILIES = ("iptables", "ip6tables")
    TABLE = "mangle"
    BUILT_IN = ("PREROUTING", "POSTROUTING")
    HOOKS = (*BUILT_IN, "INPUT", "FORWARD", "OUTPUT")
    lock = "/run/xtables.lock"

    @classmethod
    def restore(cls, family, lines, *env):
        return (["env", *env, f"{family}-legacy-restore", "-w", "10",
                 "--noflush"], f"*{cls.TABLE}\n{lines}COMMIT\n".encode())

    def is_ours(self, line, number):
        """Of a built-in chain the first rule counts, and where our jump is."""
        chain = re.match(r"(?::|-A )(\S+)", line)
        if not chain or chain.group(1) not in self.HOOKS:
            return bool(chain) and chain.group(1).startswith("VP")
        first = not number and chain.group(1) in self.BUILT_IN
        return line[0] != ":" and (first or " -j VPNPF-" in line)

    def listing(self):
        out, empty = "", True
        for family in self.FAMILIES:
            out += f"# {family}\n"
            number = {}
            saved = must(f"{family}-legacy-save")
            for line in scenario.text(saved).splitlines():
                if line[:1] == "*":
                    number = {}
                chain = line.split(" ")[1] if line[:3] == "-A " else ""
                n = number.get(chain, 0)
                number[chain] = n + 1
                if self.is_ours(line, n):
                    out += f"{line}\n"
                    empty = empty and not line.startswith(":")
        return None if empty else out

    def printed(self, text):
        """The two parts of the text are for two programs."""
        for family in self.FAMILIES:
            yield family, re.search(
                rb"(?ms)^# %s-legacy-restore.*?^COMMIT\n" % family.encode(),
                text).group()

    def load(self, text):
        self.forget()
        for family, part in self.printed(text):
            must(f"{family}-legacy-restore", "--noflush", data=part)

    def as_listed(self, text):
        out = ""
        for family, part in self.printed(text):
            lines = scenario.text(part).splitlines(True)
            out += f"# {family}\n"
            out += "".join(line for line in lines if line[0] == ":")
            out += "".join(f"-A {name} -j VPNPF-{name}\n"
                           for name in self.BUILT_IN
                           if f"-I {name} 1 -j VPNPF-{name}\n" in lines)
            out += "".join(line for line in lines if line[:2] == "-A")
        return out

    def forget(self):
        for family in self.FAMILIES:
            args, data = self.restore(family, "-F\n-X\n")
            must(*args, data=data)

    def plain(self, text):
        """Rules are numbered within their chain."""
        out = []
        for part in re.split(r"(?m)^# .*\n", text or "")[1:] or ["", ""]:
            number, lines = {}, set()
            for line in part.splitlines():
                chain = line.split(" ")[1]
                number[chain] = number.get(chain, 0) + 1
                lines.add((number[chain], line))
            out.append(lines)
        return out

    def counters(self):
        out = {}
        for family in self.FAMILIES:
            text = scenario.text(must(f"{family}-legacy-save", "-c"))
            for count, rule in re.findall(r"(?m)^\[(\d+):\d+\] -A (VP.*)$",
                                          text):
                out[f"{family} {rule}"] = int(count)
        return out

    def met(self, parts):
        return parts

    @staticmethod
    def chains(part):
        return re.findall(r"(?m)^:(\S+)", part)

    def parts(self, text):
        return zip(self.FAMILIES, re.split(r"(?m)^# .*\n", text)[1:])

    def faults(self, text):
        """Each by one commit of one family."""
        out = [(f"{family}: {what}", self.restore(family, lines))
               for family in self.FAMILIES for what, lines in (
                   ("all gone", "-F\n-X\n"), ("rules flushed", "-F\n"))]
        for family, part in self.parts(text):
            for name in self.chains(part):
                out += [(f"{family}: {what} {name}", self.restore(family, l))
                        for what, l in (
                            ("flushed", f"-F {name}\n"),
                            ("first rule gone from", f"-D {name} 1\n"),
                            ("first rule changed in",
                             f"-R {name} 1 -p 99 -j ACCEPT\n"),
                            ("rule put first in",
                             f"-I {name} 1 -p 99 -j ACCEPT\n"),
                            ("rule put last in", f"-A {name} -j ACCEPT\n"))]
            for name in self.BUILT_IN:
                jump = f"{name} -j VPNPF-{name}\n"
                out += [(f"{family}: {what} {name}", self.restore(family, l))
                        for what, l in (
                            ("jump gone from", f"-D {jump}"),
                            ("rule put before ours in",
                             f"-I {name} 1 -p 98 -j ACCEPT\n"),
                            ("jump not first in", f"-D {jump}-A {jump}"),
                            ("jump twice in", f"-A {jump}"))]
        return out

    def remove(self, text, client):
        family, part = next(self.parts(text))
        name = next(n for n in self.chains(part) if client in n)
        lines = "".join(f"-D {line[3:]}\n" for line in part.splitlines()
                        if line.endswith(f" {name}"))
        return (f"{family}: chain {name} removed",
                self.restore(family, f"{lines}-F {name}\n-X {name}\n"))

    @property
    def writers(self):
        """Who does not take the lock may lose, and make us lose, a change."""
        other = f"XTABLES_LOCKFILE={os.path.join(WORK, 'other.lock')}"
        return [(who, [self.restore("iptables", ":OTHER -\n")],
                 [self.restore("iptables", lines, *env)
                  for lines in ("-A OTHER -p 99\n", "-F OTHER\n")])
                for who, env in (("the lock", []), ("no lock", [other]))]

    def put_foreign(self):
        for family in self.FAMILIES:
            must(f"{family}-legacy-restore", "--counters", "--noflush", data=(
                b"*mangle\n:OTHER -\n[5:300] -A FORWARD -p 97 -j OTHER\n"
                b"[7:400] -A OTHER -p 99 -j DROP\nCOMMIT\n"))

    def foreign(self):
        return "".join(
            line for family in self.FAMILIES for line in scenario.text(
                must(f"{family}-legacy-save", "-c")).splitlines(True)
            if "OTHER" in line)


BACKENDS = {"nftables": Nftables(), "iptables-legacy": Legacy()}
RULES = BACKENDS.get(BACKEND)
