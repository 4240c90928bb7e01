#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""vpnpf's verdicts, without a kernel, against a table of scenarios.

pf-verdicts.py VPNPF FILE: for each scenario (scenario.py) `check` must accept
and reject the same files, and `explain --batch` must give the same verdict on
every question. Prints the differences and a line of sums; exit 1 if there is
any.
"""
import collections
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import scenario  # noqa: E402

SHOWN = 20


class Checker:
    def __init__(self, vpnpf, folder):
        self.vpnpf = vpnpf
        self.folder = folder
        self.policy = os.path.join(folder, "policy")
        self.alone = os.path.join(folder, "alone")
        self.count = collections.Counter()
        self.bad = 0

    def differs(self, where, what, want, got):
        self.bad += 1
        if self.bad <= SHOWN:
            scenario.say(f"{where}: {what}: want {want}, got {got}")

    def run(self, policy, *args, questions=""):
        command = [self.vpnpf, "--policy", policy, "--dev", "tun0",
                   "--topology", "subnet", "--state-dir",
                   os.path.join(self.folder, "state"), *args]
        return subprocess.run(command, input=scenario.raw(questions),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check(self, where, files, load):
        """Rejected files one by one, all good ones together.

        What [KILL] closes may have errors, too: either status will do.
        """
        scenario.clear(self.policy)
        scenario.put_policy(self.policy, {name: files[name] for name in load
                                          if load[name] in ("ok", "missing")})
        done = self.run(self.policy, "check")
        if done.returncode != 0:
            self.differs(where, "check of the good files", 0,
                         f"{done.returncode}: {scenario.text(done.stderr)}")
        for name in load:
            self.count[load[name]] += 1
            if load[name] != "rejected":
                continue
            scenario.clear(self.alone)
            scenario.put_policy(self.alone, {name: files[name]})
            done = self.run(self.alone, "check")
            if done.returncode != 1:
                self.differs(where, f"check of the bad file of {name!r}", 1,
                             f"{done.returncode}: {scenario.text(done.stderr)}")

    def explain(self, where, questions):
        """questions: [(kind, one end, other end, verdict)]"""
        lines = "".join("\t".join(question[:3]) + "\n"
                        for question in questions)
        done = self.run(self.policy, "explain", "--batch", questions=lines)
        got = scenario.text(done.stdout).split("\n")[:-1]
        if len(got) != len(questions):
            self.differs(where, "number of answers", len(questions),
                         f"{len(got)}: {scenario.text(done.stderr)[:400]}")
            return
        for (kind, src, dst, want), verdict in zip(questions, got):
            self.count["questions"] += 1
            if verdict != want:
                self.differs(where, f"{kind} {src!r} {dst!r}", want, verdict)

    def stage(self, where, now, in_force):
        self.check(where, now["files"], now["load"])
        for name, content in now["files"].items():
            if now["load"][name] == "rejected":
                # Explain reads files and knows no earlier rules.
                in_force.setdefault(name, content)
            else:
                in_force[name] = content
        scenario.clear(self.policy)
        scenario.put_policy(self.policy, in_force)
        self.explain(where, list(ask(now)))

    def scenario(self, one):
        in_force = {}
        self.count["scenarios"] += 1
        for n, now in enumerate(scenario.stages(one)):
            where = scenario.label(one) + (", reload" if n else "")
            self.stage(where, now, in_force)


def ask(now):
    for query in now["queries"]:
        yield tuple(query)
    for name, verdict in now["self"].items():
        yield "c2c", name, name, verdict


def main():
    vpnpf, table = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(vpnpf, folder)
        for one in scenario.read(table):
            checker.scenario(one)
    sums = ", ".join(f"{n} {what}" for what, n in checker.count.items())
    scenario.say(f"{sums}: {checker.bad} differences")
    return 1 if checker.bad or not checker.count["questions"] else 0


if __name__ == "__main__":
    sys.exit(main())
