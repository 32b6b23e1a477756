#!/usr/bin/env python3
"""How long a run takes in which nothing has changed.

    benches/noop.py                      tollgate: 100 steps; 1 000, 10 000 and 100 000 files
    benches/noop.py --peers              and beside it DVC and Turborepo, up to 10 000 files
    benches/noop.py --files 1000 --runs 3  a quick look
"""

import argparse
import sys

import common
import workload

# The size that is compared in full, and that the budget is about.
MAIN = 10_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--files", type=int, action="append", help="may be given several times")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--peer-files", type=int, default=MAIN,
                        help="the peers are not measured with more files than these")
    parser.add_argument("--tollgate", help="the binary (default: target/release/tollgate)")
    parser.add_argument("--against", help="another tollgate, measured in turn with the first")
    given = parser.parse_args()
    given.files = given.files or [MAIN // 10, MAIN, MAIN * 10]
    return given


def binaries(given):
    """The tools by the name they have in the tables, with class and program."""
    tools = {"tollgate": (workload.Tollgate, common.tollgate(given.tollgate))}
    if given.against:
        tools["tollgate (other)"] = (workload.Tollgate, given.against)
    if given.peers:
        tools["dvc"] = (workload.Dvc, common.dvc_binary())
        tools["turbo"] = (workload.Turbo, common.turbo_binary())
    return tools


def check(tool, cost, expected, when):
    """Ends the benchmark where a tool did not do just what it had to."""
    ran, skipped = tool.executed(cost.output), tool.skipped(cost.output)
    if ran != expected or skipped != len(tool.steps) - len(expected):
        wrong = sorted(ran ^ expected)[:5]
        sys.exit(f"{tool.name}, {when}: {len(ran)} ran and {skipped} were skipped, of "
                 f"{len(tool.steps)}; {len(expected)} should have run ({wrong} …)\n"
                 f"{cost.output[-2000:]}")


def settle(tool):
    """The cold run and the three after it: some tools look again at files that are very young."""
    everything = {step.name for step in tool.steps}
    cold = tool.run()
    check(tool, cold, everything, "cold")
    after = [tool.run() for _ in range(3)]
    for cost in after:
        check(tool, cost, set(), "right after the cold run")
    return cold, after


def interleaved(tools, runs):
    """Each tool's no-op runs, taken in turn so that the machine's moods meet all of them."""
    costs = {tool.name: [] for tool in tools}
    for _ in range(runs):
        for tool in tools:
            cost = tool.run()
            check(tool, cost, set(), "nothing changed")
            costs[tool.name].append(cost)
    return costs


def incremental(tool):
    expected = tool.change_one_file()
    cost = tool.run()
    check(tool, cost, expected, "one file changed")
    again = tool.run()
    check(tool, again, set(), "after the change")
    return cost, len(expected)


def at_size(given, tools, files):
    made = []
    for name, (kind, binary) in tools.items():
        if "tollgate" in name or files <= given.peer_files:
            place = f"noop-{name.replace(' ', '-').strip('()')}"
            made.append(kind(name, binary, place, given.steps, files))
    colds = {tool.name: settle(tool) for tool in made}
    warm = interleaved(made, given.runs)
    changed = {tool.name: incremental(tool) for tool in made}
    return {tool.name: figures(colds[tool.name], warm[tool.name], changed[tool.name])
            for tool in made}


def figures(settled, warm, changed):
    cold, after = settled
    one, steps = changed
    return {
        "cold": cold.as_json(),
        "after_cold": [cost.as_json() for cost in after],
        "noop": {
            "wall_s": common.spread([cost.wall for cost in warm]),
            "cpu_s": common.spread([cost.cpu for cost in warm]),
            "peak_rss_bytes": max(cost.rss for cost in warm),
            "all_wall_s": [cost.wall for cost in warm],
        },
        "one_file_changed": {**one.as_json(), "steps_run": steps},
    }


def show(files, given, result):
    ms = common.milliseconds
    ours = result["tollgate"]["noop"]["wall_s"]["median"]
    print(f"\n{files} files, {given.steps} steps, {given.runs} no-op runs each, in ms\n")
    rows = []
    for name, of in result.items():
        wall, cpu = of["noop"]["wall_s"], of["noop"]["cpu_s"]
        rows.append([
            name, ms(wall["min"]), ms(wall["median"]), ms(wall["max"]),
            f"{wall['median'] / ours:.1f}x", ms(cpu["median"]),
            common.megabytes(of["noop"]["peak_rss_bytes"]),
            ms(of["cold"]["wall_s"]),
            " ".join(ms(cost["wall_s"]) for cost in of["after_cold"]),
            f"{ms(of['one_file_changed']['wall_s'])} ({of['one_file_changed']['steps_run']} ran)",
        ])
    common.table(["no-op", "min", "median", "max", "ratio", "user+sys", "peak RSS", "cold",
                  "next three", "one file changed"], rows)


def show_growth(by_size, names):
    """What a file costs, and whether it costs more where there are more of them."""
    print("\nMedian no-op by number of files\n")
    rows = []
    for name in names:
        before = None
        for files, result in by_size.items():
            if name not in result:
                continue
            wall = result[name]["noop"]["wall_s"]["median"]
            growth = f"{wall / before[1]:.1f}x for {files / before[0]:.0f}x" if before else ""
            # From one size to the next, so that what a run costs without files is left out.
            each = f"{(wall - before[1]) / (files - before[0]) * 1e6:.2f}" if before else ""
            rows.append([name, files, common.milliseconds(wall), each, growth])
            before = (files, wall)
    common.table(["", "files", "ms", "µs for each file more", "growth"], rows)


def main():
    given = arguments()
    tools = binaries(given)
    machine = common.machine()
    versions = {name: common.version(binary, "--version") for name, (_, binary) in tools.items()}
    common.describe(machine)
    print(", ".join(f"{name}: {version}" for name, version in versions.items()), flush=True)
    by_size = {}
    for files in sorted(given.files):
        by_size[files] = at_size(given, tools, files)
        show(files, given, by_size[files])
    show_growth(by_size, tools)
    common.write("noop.json", {
        "machine": machine, "versions": versions, "steps": given.steps, "runs": given.runs,
        "by_files": by_size,
    })


if __name__ == "__main__":
    main()
