#!/usr/bin/env python3
"""What a directory of many files costs as a step's output.

    benches/restore.py             a synthetic environment of 20 000 files
    benches/restore.py --real      and a real virtual environment: the worked example's, installed
    benches/restore.py --peers     and beside them DVC, which keeps directories too
"""

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import common

# Sizes as in a site-packages of a machine-learning project: most files are small, a few are not.
MAKE = """\
import os, random, sys
count, rng, noise = int(sys.argv[1]), random.Random(1), random.Random(2).randbytes(1 << 21)
for n in range(count):
    folder = f"env/lib/p{n // 200:03}/m{n // 20 % 10}"
    os.makedirs(folder, exist_ok=True)
    size = min(int(rng.lognormvariate(8.2, 1.6)), 1 << 20)
    at = rng.randrange(len(noise) - size)
    with open(f"{folder}/f{n:05}.py", "wb") as file:
        file.write(noise[at:at + size])
os.symlink("lib", "env/lib64")
"""

REAL = ("python3 -m venv env && env/bin/pip install -q --disable-pip-version-check "
        "--require-hashes -r requirements.txt -r requirements-dev.txt")

# A step says itself when its command ends or begins; what lies around that is Tollgate's.
STAMP = "date +stamp=%s.%N"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--tollgate", help="the binary (default: target/release/tollgate)")
    return parser.parse_args()


def project(place, make, inputs, network):
    root = common.fresh(place)
    lines = [
        "project: restore", "steps:", "  env:", f"    run: {make} && {STAMP}",
        f"    inputs: [{', '.join(inputs)}]", "    outputs: [env/]",
        *(["    network: true"] if network else []),
        # Told apart from `env` by an input of its own, so that it alone can be made to run.
        "  use:", f"    run: {STAMP} && test -d env/lib", "    needs: [env]",
        "    inputs: [round.txt]", "  alone:", f"    run: {STAMP}", "    inputs: [round.txt]",
    ]
    (root / "tollgate.yaml").write_text("\n".join(lines) + "\n")
    (root / "round.txt").write_text("0\n")
    return root


def timed_run(binary, root, *words):
    """A run's facts as (arrival, fact)."""
    run = subprocess.Popen([binary, "--json", "run", *words], cwd=root, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, env={**os.environ, **common.QUIET})
    facts = [(time.time(), json.loads(line)) for line in run.stdout]
    if run.wait() != 0:
        sys.exit(f"{root}: {facts[-1:]}\n{run.stderr.read()}")
    return facts


def moment(facts, kind, step):
    return next(at for at, fact in facts if fact["fact"] == kind and fact.get("step") == step)


def result(facts, step):
    return next(fact["result"] for _, fact in facts
                if fact["fact"] == "step_finished" and fact["step"] == step)


def stamp(binary, root, step):
    log = common.quietly(binary, "log", step, cwd=root)
    return float(next(line for line in log.splitlines() if "stamp=" in line).split("stamp=")[1])


def capture(binary, root):
    """From the end of the command to the fact that the step passed, with its output kept."""
    shutil.rmtree(root / ".tollgate", ignore_errors=True)
    facts = timed_run(binary, root, "env")
    output = result(facts, "env")["outputs"]["env"]
    return moment(facts, "step_finished", "env") - stamp(binary, root, "env"), output


def until_seen(binary, root, step, number):
    """From the fact that `step` began to the first thing that its command does."""
    (root / "round.txt").write_text(f"{step} {number}\n")
    facts = timed_run(binary, root, step)
    return stamp(binary, root, step) - moment(facts, "step_started", step)


def copies(binary, root, number):
    """The ways to have the directory in a place of one's own."""
    sample = root / "sample"
    if not sample.exists():
        common.quietly(binary, "store", "get", "env", "--run", "r1", "--into", root / "first",
                       cwd=root)
        (root / "first" / "env").rename(sample)
    to = lambda name: root / f"{name}-{number}"
    commands = {
        "tollgate store get": [binary, "store", "get", "env", "--run", "r1", "--into", to("get")],
        "cp -r": ["cp", "-r", sample, to("cp")],
        "cp --reflink=auto -r": ["cp", "--reflink=auto", "-r", sample, to("reflink")],
    }
    # Each in its turn goes first, and none pays for writing out what the one before it wrote.
    turn = sorted(commands, key=lambda name: (list(commands).index(name) + number) % len(commands))
    taken = {name: written_out(commands[name], root) for name in turn}
    same(sample, to("get") / "env")
    for place in ("get", "cp", "reflink"):
        shutil.rmtree(to(place))
    return taken


def written_out(command, root):
    """What `command` takes when no other's writes are waiting for the disk."""
    os.sync()
    return common.measure(command, root).wall


def same_files(one, other):
    """As `same`, for a tool that keeps files alone: no links, no directories without a file."""
    for folder, _, names in os.walk(one):
        there = other / os.path.relpath(folder, one)
        files = [name for name in names if not (Path(folder) / name).is_symlink()]
        _, differ, missing = filecmp.cmpfiles(folder, there, files, shallow=False)
        if differ or missing:
            sys.exit(f"{there} differs: {(differ + missing)[:5]}")


def same(one, other):
    """Ends the benchmark where the copy is not what was captured."""
    diff = subprocess.run(["diff", "-r", "--no-dereference", one, other], capture_output=True,
                          text=True, check=False)
    if diff.returncode:
        sys.exit(f"the copy differs:\n{diff.stdout[:2000]}{diff.stderr[:2000]}")


class DvcPeer:
    """The same directory in DVC. Its links are the default: reflink where there is one, else copy."""

    def __init__(self, sample, place):
        self.binary, self.root = common.dvc_binary(), common.fresh(place)
        self.sample = sample
        common.quietly("git", "init", "-q", cwd=self.root)
        common.quietly(self.binary, "init", "-q", cwd=self.root)
        common.quietly(self.binary, "config", "core.analytics", "false", cwd=self.root)
        common.quietly(self.binary, "config", "core.check_update", "false", cwd=self.root)

    def add(self):
        subprocess.run(["cp", "-r", self.sample, self.root / "env"], check=True)
        return written_out([self.binary, "add", "-q", "env"], self.root)

    def checkout(self):
        shutil.rmtree(self.root / "env")
        taken = written_out([self.binary, "checkout", "-q", "env.dvc"], self.root)
        same_files(self.sample, self.root / "env")
        return taken


def one_directory(name, given, binary, root):
    taken = {}
    note = lambda what, seconds: taken.setdefault(what, []).append(seconds)
    captures = given.runs if name == "synthetic" else 1
    for _ in range(captures):
        seconds, output = capture(binary, root)
        note("tollgate: capture, once the command has ended", seconds)
    peer = None
    for number in range(given.runs):
        note("tollgate: a step with it begins", until_seen(binary, root, "use", number))
        note("tollgate: a step without it begins", until_seen(binary, root, "alone", number))
        for what, seconds in copies(binary, root, number).items():
            note(what, seconds)
        if given.peers:
            if peer is None:
                peer = DvcPeer(root / "sample", f"restore-{name}-dvc")
                note("dvc add", peer.add())
            note("dvc checkout", peer.checkout())
    return {"files": output["files"], "bytes": output["bytes"],
            "seconds": {what: common.spread(values) for what, values in taken.items()}}


def show(name, of):
    print(f"\n{name}: {of['files']} files, {of['bytes'] / 1e6:.0f} MB; in ms\n")
    ours = of["seconds"]["tollgate store get"]["median"]
    common.table(
        ["", "min", "median", "max", "to `store get`"],
        [[what, *(common.milliseconds(s[k]) for k in ("min", "median", "max")),
          f"{s['median'] / ours:.2f}x"] for what, s in of["seconds"].items()],
    )


def main():
    given = arguments()
    binary = common.tollgate(given.tollgate)
    machine = common.machine()
    common.describe(machine)
    found = {}
    root = project("restore-synthetic", f"python3 make.py {given.files}", ["make.py"], False)
    (root / "make.py").write_text(MAKE)
    found["synthetic"] = one_directory("synthetic", given, binary, root)
    show("synthetic", found["synthetic"])
    if given.real:
        names = ["requirements.txt", "requirements-dev.txt"]
        root = project("restore-real", REAL, names, True)
        for name in names:
            shutil.copy(common.ROOT / "examples" / "churn" / name, root)
        found["real"] = one_directory("real", given, binary, root)
        show("real", found["real"])
    common.write("restore.json", {"machine": machine, "runs": given.runs, "directories": found})


if __name__ == "__main__":
    main()
