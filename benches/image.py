"""The example's image: built by Tollgate, and by Buildah and Docker's BuildKit from a Dockerfile, in turn
on the same files.

    python3 benches/image.py [--rounds N] [--peers]

Wheels and Debian packages are there before (both read the same wheels), so the network has no part.
`cold` packs everything anew, `nothing` repeats a build, `source` follows a change of one file, and
`package` one that leaves a package out. The peer's base is an image of Debian packages with Python and
pip, which Tollgate builds; buildah comes from Debian's package of that name, and runs without a daemon
(`--isolation chroot`). No bytecode is compiled. BuildKit is asked through Docker where a daemon answers (`DOCKER` names the program,
`DOCKER_HOST` its socket). With a registry (Debian's `docker-registry`) a push follows each change of source, and `all` is the first push, of the whole image.
"""

import argparse
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, describe, machine, measure, tollgate, write

HERE = machine()
# Packages that take little; what is left out is not installed.
LEAVES = ["click", "idna", "anyio", "h11"]

STEP = """project: churn
steps:
  image:
    image:
      base: { debian: [python3-minimal, libpython3-stdlib, libstdc++6, libgomp1, ca-certificates] }
      requirements: requirements.txt
      copy: { src/: src/, model.pkl: model.pkl }
      command: [python3, -m, src.api]
      ports: [8080]
"""

BASE = """project: base
steps:
  base:
    image:
      base: { debian: [python3, python3-pip, libstdc++6, libgomp1, ca-certificates] }
      command: [python3]
      copy: { empty: empty }
"""

DOCKERFILE = """FROM localhost/base
WORKDIR /app
COPY requirements.txt .
RUN ["python3", "-m", "pip", "install", "--break-system-packages", "--no-cache-dir", "--no-compile", \\
    "--no-deps", "--no-index", "--find-links", "/wheels", "--require-hashes", "-r", "requirements.txt"]
COPY src/ src/
COPY model.pkl .
USER 65532:65532
EXPOSE 8080
CMD ["python3", "-m", "src.api"]
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--peers", action="store_true", help="buildah and Docker too")
    asked = arguments.parse_args()
    describe(HERE)
    with tempfile.TemporaryDirectory(prefix="tollgate-image-", ignore_cleanup_errors=True) as place:
        bench(Path(place), asked)


def bench(place, asked):
    binary = tollgate(None)
    project = place / "churn"
    set_up(project, STEP, ROOT / "examples" / "churn")
    measure([binary, "image", "lock"], project)
    measure([binary, "run", "image"], project)
    registry = Registry(place) if shutil.which("docker-registry") else None
    builders = [Tollgate(binary, project, registry)]
    if asked.peers:
        layout, wheels = for_peers(binary, place, project)
        builders.append(Buildah(place, project, registry, layout, wheels))
        if Docker.answers():
            builders.append(Docker(place, project, registry, layout, wheels))
        else:
            print("no Docker daemon answers: BuildKit is not compared")
    figures = {builder.name: {} for builder in builders}
    for round in range(asked.rounds):
        for case in ["cold", "nothing", "source", "package"]:
            for builder in builders:
                # Another package each time, or what was built a round before is known.
                words = [LEAVES[round % len(LEAVES)]] if case == "package" else []
                figures[builder.name].setdefault(case, []).append(getattr(builder, case)(*words))
                if not registry:
                    continue
                # All of it is there when the change of a file is pushed.
                pushed = builder.push() if case in ["cold", "source"] else None
                if case == "source":
                    figures[builder.name].setdefault("push", []).append(pushed)
                # Docker and buildah pack what they push; later all of it is there.
                if case == "cold" and round == 0:
                    figures[builder.name]["all"] = [pushed]
    report(figures)
    if registry:
        registry.end()


def set_up(project, steps, example):
    shutil.copytree(example, project)
    (project / "tollgate.yaml").write_text(steps)
    # A model of a usual size, which packs as badly as one does.
    (project / "model.pkl").write_bytes(random.Random(1).randbytes(2_000_000))


def for_peers(binary, place, project):
    """A base with Python and pip as a layout, and a directory of all wheels."""
    base = place / "base"
    base.mkdir()
    (base / "empty").write_text("")
    (base / "tollgate.yaml").write_text(BASE)
    measure([binary, "image", "lock"], base)
    measure([binary, "run", "base"], base)
    # A path becomes a name to some, and a name has no part that begins with a dot.
    layout = shutil.copytree(base / ".tollgate" / "oci", place / "layout")
    wheels = place / "wheels"
    wheels.mkdir()
    for wheel in (project / ".tollgate").rglob("*.whl"):
        shutil.copy(wheel, wheels / wheel.name)
    return layout, wheels


def touch(project, what):
    path = project / "src" / "features.py"
    path.write_text(path.read_text() + f"# {what} {time.time_ns()}\n")


class Tollgate:
    name = "tollgate"

    def __init__(self, binary, project, registry):
        self.binary, self.project, self.registry = binary, project, registry
        self.requirements = (project / "requirements.txt").read_text()

    def cold(self):
        (self.project / "requirements.txt").write_text(self.requirements)
        state = self.project / ".tollgate"
        for kept in ["oci", "store", "cache/images/layers", "cache/images/bases"]:
            shutil.rmtree(state / kept, ignore_errors=True)
        for path in state.glob("ledger.db*"):
            path.unlink()
        return self.run()

    def nothing(self):
        return self.run()

    def source(self):
        touch(self.project, "tollgate")
        return self.run()

    def package(self, name):
        (self.project / "requirements.txt").write_text(without(name, self.requirements))
        return self.run()

    def run(self):
        return measure([self.binary, "run", "image"], self.project).wall

    def push(self):
        to = self.registry.at("tollgate")
        return measure([self.binary, "image", "push", "image", to], self.project).wall


class Peer:
    """A builder of the Dockerfile, in a directory of its own."""

    def __init__(self, place, project, registry):
        self.registry, self.place = registry, place
        self.context = place / f"context-{self.name}"
        shutil.copytree(project, self.context, ignore=shutil.ignore_patterns(".tollgate"))
        (self.context / "Dockerfile").write_text(self.dockerfile())
        self.requirements = (project / "requirements.txt").read_text()

    def dockerfile(self):
        return DOCKERFILE

    def cold(self):
        (self.context / "requirements.txt").write_text(self.requirements)
        return self.build("--no-cache")

    def nothing(self):
        return self.build()

    def source(self):
        touch(self.context, self.name)
        return self.build()

    def package(self, name):
        (self.context / "requirements.txt").write_text(without(name, self.requirements))
        return self.build()


class Buildah(Peer):
    name = "buildah"

    def __init__(self, place, project, registry, layout, wheels):
        if not shutil.which("buildah"):
            sys.exit("buildah is not installed: apt-get install buildah")
        super().__init__(place, project, registry)
        self.wheels = wheels
        self.storage = ["--root", place / "storage", "--runroot", place / "run"]
        image = self.call("pull", "-q", f"oci:{layout}:base").output.split()[-1]
        self.call("tag", image, "localhost/base")

    def call(self, *words):
        return measure(["buildah", *self.storage, *words], self.place)

    def build(self, *more):
        return self.call(
            "build", "-q", "--isolation", "chroot", "--layers", "--timestamp", "0", *more,
            "-v", f"{self.wheels}:/wheels:ro", "-t", "churn", self.context,
        ).wall

    def push(self):
        to = f"docker://{self.registry.at('buildah')}"
        return self.call("push", "-q", "--tls-verify=false", "churn", to).wall


class Docker(Peer):
    name = "docker"
    program = os.environ.get("DOCKER", "docker")

    @classmethod
    def answers(cls):
        if not (shutil.which(cls.program) and shutil.which("skopeo")):
            return False
        return subprocess.run([cls.program, "info"], capture_output=True).returncode == 0

    def __init__(self, place, project, registry, layout, wheels):
        super().__init__(place, project, registry)
        archive = place / "base.tar"
        self.copy(f"oci:{layout}:base", f"docker-archive:{archive}:localhost/base:latest")
        self.call("load", "-q", "-i", archive)
        (wheels / "Dockerfile").write_text("FROM scratch\nCOPY *.whl /\n")
        self.call("build", "-q", "-t", "localhost/wheels", wheels)
        if registry:
            self.to = registry.at("docker")

    # What buildah is given by an option stands in the file.
    def dockerfile(self):
        mount = "RUN --mount=type=bind,from=localhost/wheels,target=/wheels ["
        return DOCKERFILE.replace("RUN [", mount)

    def copy(self, *words):
        measure(["skopeo", "copy", "-q", "--insecure-policy", *words], self.place)

    def call(self, *words):
        os.environ["DOCKER_BUILDKIT"] = "1"
        return measure([self.program, *words], self.place)

    def build(self, *more):
        tag = self.to if self.registry else "churn"
        return self.call("build", "-q", "--network", "none", *more, "-t", tag, self.context).wall

    def push(self):
        return self.call("push", "-q", self.to).wall


class Registry:
    """A registry of images on this machine."""

    def __init__(self, place):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {
            "version": "0.1",
            "storage": {"filesystem": {"rootdirectory": str(place / "registry")}},
            "http": {"addr": f"127.0.0.1:{self.port}"},
        }
        path = place / "registry.json"
        path.write_text(json.dumps(settings))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(["docker-registry", "serve", path], **quiet)
        for _ in range(100):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("docker-registry does not answer")

    def at(self, name):
        return f"localhost:{self.port}/{name}:1"

    def end(self):
        self.process.terminate()


def without(name, requirements):
    """The same without a package, as if another version of it was asked for."""
    parts = requirements.split("\n")
    begin = next(at for at, line in enumerate(parts) if line.startswith(f"{name}=="))
    end = next(at for at in range(begin + 1, len(parts)) if not parts[at].startswith(" "))
    return "\n".join(parts[:begin] + parts[end:])


def report(figures):
    write("image.json", {"machine": HERE, "seconds": figures})
    cases = list(next(iter(figures.values())))
    if "all" in cases:
        cases.append(cases.pop(cases.index("all")))
    print(f"{'seconds, medians':24}" + "".join(f"{case:>10}" for case in cases))
    for name, by_case in figures.items():
        medians = [statistics.median(by_case[case]) for case in cases]
        print(f"{name:24}" + "".join(f"{value:10.3f}" for value in medians))


main()
