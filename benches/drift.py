#!/usr/bin/env python3
"""How fast it is told whether four columns of a table have drifted from a reference: whole numbers,
decimals, texts of few values and timestamps. The tables are those of `data.py`, as Parquet with a
row group for each million rows; in the second one people are ten years older, which every tool must
find, and nothing else. Tollgate has a saved profile of the reference, DuckDB (`drift_peers.py`) its
bins; evidently and SciPy need its rows. Whole processes, files in the page cache, tools in turn.
"""

import argparse
import json
import os
import sys

from common import PEERS, TARGET, describe, fresh, installed, machine, measure, megabytes, quietly
from common import spread, table, tollgate, version
from drift_peers import COLUMNS

TOOLS = ["duckdb", "scipy", "evidently"]


def peer(tool, *files):
    here = os.path.dirname(os.path.abspath(__file__))
    python = installed(PEERS / "drift" / "bin" / "python")
    return [python, os.path.join(here, "drift_peers.py"), tool, *files]


def make(path, rows, older):
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ |= {"ROWS": str(rows), "OLDER": str(older)}
    python = installed(PEERS / "drift" / "bin" / "python")
    quietly(python, os.path.join(here, "data_peers.py"), "make", path, cwd=path.parent)


def found(cost):
    """Whether `age` alone was told to have drifted."""
    told = {finding["place"]["data"]["column"] for finding in json.loads(cost.output)["findings"]}
    if told != {"age"}:
        sys.exit(f"drift of {told} was found, not of `age` alone")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--peers", type=int, default=0, metavar="ROWS",
                           help="measure the other tools, too, up to so many rows")
    arguments.add_argument("--tollgate", help="the binary; default: target/release/tollgate")
    asked = arguments.parse_args()
    binary = tollgate(asked.tollgate)
    result = {"machine": machine(), "tollgate": version(binary, "--version"), "tables": []}
    describe(result["machine"])
    for rows in asked.rows:
        place = fresh(f"drift-{rows}")
        before, now, kept = (place / name for name in ("a.parquet", "b.parquet", "a.profile.json"))
        make(before, rows, 0)
        make(now, rows, 10)
        columns = ["--columns", ",".join(COLUMNS)]
        profile = [binary, "data", "profile", before, *columns, "-o", kept]
        commands = {
            "tollgate data profile": profile,
            "tollgate data diff": [binary, "data", "diff", kept, now, *columns, "--json"],
        }
        quietly(*profile, cwd=place)
        if rows <= asked.peers:
            quietly(*peer("keep", before, now), cwd=place)
            commands |= {tool: peer(tool, before, now) for tool in TOOLS}
        costs = {name: [] for name in commands}
        for turn in range(asked.runs):
            for name, command in commands.items():
                if turn < 3 or costs[name][0].wall < 5:
                    ours = name == "tollgate data diff"
                    costs[name].append(measure(command, cwd=place, expected=1 if ours else 0))
                    if ours:
                        found(costs[name][-1])
        show(rows, now, costs)
        runs = {name: [cost.as_json() for cost in taken] for name, taken in costs.items()}
        result["tables"].append({"rows": rows, "bytes": now.stat().st_size, "runs": runs})
        before.unlink()
        now.unlink()
    (TARGET / "drift.json").write_text(json.dumps(result, indent=1) + "\n")


def show(rows, file, costs):
    size = file.stat().st_size / 1e6
    print(f"\n{rows:_} rows, {size:.0f} MB, in s:\n".replace("_", " "))
    lines = []
    ours = min(cost.wall for cost in costs["tollgate data diff"])
    for name, taken in costs.items():
        wall = spread([cost.wall for cost in taken])
        figures = [f"{wall[which]:.3f}" for which in ("min", "median", "max")]
        cpu, rss = min(cost.cpu for cost in taken), max(cost.rss for cost in taken)
        lines.append([name, *figures, f"{wall['min'] / ours:.1f}x", f"{cpu:.2f}", megabytes(rss)])
    table(["", "min", "median", "max", "ratio", "user+sys", "peak"], lines)


if __name__ == "__main__":
    main()
