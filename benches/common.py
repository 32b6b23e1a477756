"""What the benchmarks share: measuring a process, the machine, and tables."""

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target" / "bench"
PEERS = ROOT / "target" / "bench-peers"

# No tool may phone home, ask for a newer version of itself or colour its output.
QUIET = {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "TURBO_NO_UPDATE_NOTIFIER": "1",
    "TURBO_TELEMETRY_DISABLED": "1",
}


@dataclass
class Cost:
    """What a process and all that it waited for cost."""

    wall: float
    cpu: float
    rss: int  # bytes; of the largest process among them
    output: str

    def as_json(self):
        return {"wall_s": self.wall, "cpu_s": self.cpu, "peak_rss_bytes": self.rss}


def measure(command, cwd, expected=0):
    """Runs `command` to its end, which has to be that exit code. Its output goes to a file, for a pipe has a reader to wait for."""
    TARGET.mkdir(parents=True, exist_ok=True)
    log = TARGET / "output.log"
    with open(log, "wb") as out:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd, env={**os.environ, **QUIET}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    output = log.read_text(errors="replace")
    if child.returncode != expected:
        sys.exit(f"{command} in {cwd} ended with {child.returncode}:\n{output[-4000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def quietly(*command, cwd):
    """Runs a command that is not measured."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{command} in {cwd} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def commit_all(root):
    """Makes `root` a Git repository with one commit: all tools ask Git something."""
    quietly("git", "init", "-q", cwd=root)
    quietly("git", "add", "-A", cwd=root)
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    # No packing behind our back while something is measured.
    quietly("git", *author, "-c", "gc.auto=0", "commit", "-qm", "bench", cwd=root)


def tollgate(path):
    """The binary to measure; built where it is the default one and missing."""
    default = ROOT / "target" / "release" / "tollgate"
    binary = Path(path).resolve() if path else default
    if binary == default and not binary.exists():
        subprocess.run(["cargo", "build", "--release", "-p", "tollgate"], cwd=ROOT, check=True)
    # A copy, so that a build in the meantime does not change what is measured.
    TARGET.mkdir(parents=True, exist_ok=True)
    copy = TARGET / "tollgate"
    shutil.copy2(binary, copy)
    return copy


def dvc_binary():
    return installed(PEERS / "dvc" / "bin" / "dvc")


def turbo_binary():
    # The program itself: the script of the same name in .bin starts Node first.
    return installed(next(iter(PEERS.glob("turbo/node_modules/@turbo/*/bin/turbo")), None))


def installed(path):
    if path is None or not path.exists():
        sys.exit("the peers are not installed: run benches/peers.sh")
    return path


def version(*command):
    return quietly(*command, cwd=ROOT).strip().splitlines()[0]


def machine():
    """What the figures were taken on."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    TARGET.mkdir(parents=True, exist_ok=True)
    return {
        "cpu": cpu,
        "processors": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "kernel": platform.release(),
        "file_system": quietly("stat", "-f", "-c", "%T", TARGET, cwd=ROOT).strip(),
        "load": load(),
    }


def load():
    return round(os.getloadavg()[0], 2)


def fresh(name):
    """An empty directory for a benchmark, on the disk that builds are on."""
    place = TARGET / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def megabytes(rss):
    """A peak of memory. Linux counts what a process was before it became another program, and each
    was this one: what is no more than this script itself has is only known to be less."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return f"{'< ' if rss <= floor * 1.02 else ''}{rss / 1e6:.0f} MB"


def milliseconds(seconds):
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def table(head, rows):
    """A Markdown table that also reads well as it is."""
    cells = [list(head)] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    line = lambda row: "| " + " | ".join(
        cell.ljust(width) if n == 0 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths))
    ) + " |"
    rule = "|" + "|".join(
        "-" * (width + 2) if n == 0 else "-" * (width + 1) + ":" for n, width in enumerate(widths)
    ) + "|"
    print("\n".join([line(cells[0]), rule] + [line(row) for row in cells[1:]]), flush=True)


def describe(machine):
    print(
        f"{machine['processors']} x {machine['cpu']}, {machine['memory_gb']} GB, Linux "
        f"{machine['kernel']}, {machine['file_system']}; load {machine['load']} at the beginning"
    )


def write(name, result):
    result["machine"]["load_at_end"] = load()
    result["taken"] = time.strftime("%Y-%m-%d")
    path = TARGET / name
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nload {result['machine']['load_at_end']} at the end; figures in {path.relative_to(ROOT)}")
