"""One synthetic workspace, told in the words of three tools.

Steps come in diamonds, and the diamonds in a chain: of every four, the second and third need the
first, the fourth needs both, and the next diamond begins with the fourth. Each step is a package
with its own files and one output, and its command is the same for all tools:

    cat src/*/* <outputs of its needs> | cksum > out.txt
"""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import common

PER_DIRECTORY = 50


@dataclass
class Step:
    name: str
    needs: list

    @property
    def folder(self):
        return f"packages/{self.name}"

    @property
    def command(self):
        parts = ["src/*/*"] + [f"../{need}/out.txt" for need in self.needs]
        return f"cat {' '.join(parts)} | cksum > out.txt"


def steps(count):
    name = lambda n: f"s{n:04}"
    needs = {0: lambda n: [n - 1], 1: lambda n: [n - 1], 2: lambda n: [n - 2],
             3: lambda n: [n - 2, n - 1]}
    return [Step(name(n), [name(m) for m in needs[n % 4](n) if m >= 0]) for n in range(count)]


def dependents(all_steps, changed):
    """`changed` and all that need it, directly or not. Steps stand in topological order."""
    found = {changed}
    for step in all_steps:
        if found.intersection(step.needs):
            found.add(step.name)
    return found


def write_files(root, all_steps, count):
    """`count` files of 100 bytes to 2 KB, the same ones each time."""
    rng = random.Random(count)
    noise = bytes(rng.randrange(32, 127) for _ in range(1 << 16))
    for index, step in enumerate(all_steps):
        share = count // len(all_steps) + (index < count % len(all_steps))
        for n in range(share):
            folder = root / step.folder / "src" / f"d{n // PER_DIRECTORY:03}"
            if n % PER_DIRECTORY == 0:
                folder.mkdir(parents=True)
            start = rng.randrange(len(noise) - 2048)
            (folder / f"f{n:05}.txt").write_bytes(noise[start:start + rng.randrange(100, 2048)])
    (root / ".gitignore").write_text("out.txt\nnode_modules/\n.turbo/\n")


class Tool:
    """A tool with the workspace in its own shape."""

    def __init__(self, name, binary, place, step_count, file_count):
        self.name, self.binary = name, binary
        self.steps = steps(step_count)
        self.root = common.fresh(place)
        write_files(self.root, self.steps, file_count)
        self.shape()
        common.commit_all(self.root)

    def shape(self):
        raise NotImplementedError

    def executed(self, output):
        """The steps that the tool says it ran."""
        raise NotImplementedError

    def skipped(self, output):
        """How many steps the tool says it had no need to run."""
        raise NotImplementedError

    def run(self):
        return common.measure(self.command, self.root)

    def change_one_file(self):
        """Changes a file of the second step from the end of a diamond; says who must run."""
        index = max(0, len(self.steps) - 11)
        step = self.steps[index]
        file = next((self.root / step.folder / "src").glob("*/*"))
        file.write_bytes(file.read_bytes() + b"one line more\n")
        return dependents(self.steps, step.name)


class Tollgate(Tool):
    def shape(self):
        self.command = [self.binary, "run"]
        lines = ["project: bench", "steps:"]
        for step in self.steps:
            lines += [
                f"  {step.name}:",
                f"    run: cd {step.folder} && {step.command}",
                f"    inputs: [{step.folder}/src/]",
                f"    outputs: [{step.folder}/out.txt]",
            ]
            if step.needs:
                lines.append(f"    needs: [{', '.join(step.needs)}]")
        (self.root / "tollgate.yaml").write_text("\n".join(lines) + "\n")

    def executed(self, output):
        return set(re.findall(r"^  passed +(\S+)", output, re.MULTILINE))

    def skipped(self, output):
        return len(re.findall(r"^  cached +\S+", output, re.MULTILINE))


class Dvc(Tool):
    def shape(self):
        self.command = [self.binary, "repro"]
        lines = ["stages:"]
        for step in self.steps:
            lines += [f"  {step.name}:", f"    cmd: {step.command}", f"    wdir: {step.folder}",
                      "    deps:", "    - src"]
            lines += [f"    - ../{need}/out.txt" for need in step.needs]
            lines += ["    outs:", "    - out.txt"]
        (self.root / "dvc.yaml").write_text("\n".join(lines) + "\n")
        common.quietly("git", "init", "-q", cwd=self.root)
        common.quietly(self.binary, "init", "-q", cwd=self.root)
        common.quietly(self.binary, "config", "core.analytics", "false", cwd=self.root)
        common.quietly(self.binary, "config", "core.check_update", "false", cwd=self.root)

    def executed(self, output):
        return set(re.findall(r"^Running stage '([^']+)'", output, re.MULTILINE))

    def skipped(self, output):
        return len(re.findall(r"^Stage '[^']+' didn't change, skipping", output, re.MULTILINE))


class Turbo(Tool):
    def shape(self):
        self.command = [self.binary, "run", "build", "--output-logs=new-only"]
        write = lambda path, value: path.write_text(json.dumps(value, indent=1) + "\n")
        npm = common.quietly("npm", "--version", cwd=common.ROOT).strip()
        write(self.root / "package.json", {
            "name": "bench", "private": True, "packageManager": f"npm@{npm}",
            "workspaces": ["packages/*"],
        })
        build = {"dependsOn": ["^build"], "inputs": ["src/**"], "outputs": ["out.txt"]}
        write(self.root / "turbo.json", {"tasks": {"build": build}})
        for step in self.steps:
            write(self.root / step.folder / "package.json", {
                "name": step.name, "version": "1.0.0", "private": True,
                "scripts": {"build": step.command},
                "dependencies": {need: "1.0.0" for need in step.needs},
            })
        common.quietly("npm", "install", "--offline", "--no-audit", "--no-fund", cwd=self.root)

    def executed(self, output):
        return set(re.findall(r"^(\w+):build: cache miss", output, re.MULTILINE))

    def skipped(self, output):
        return sum(map(int, re.findall(r"^Cached: +(\d+) cached", output, re.MULTILINE)))


TOOLS = {"tollgate": Tollgate, "dvc": Dvc, "turbo": Turbo}
