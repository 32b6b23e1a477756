#!/usr/bin/env python3
"""How fast a table is checked against a contract, beside the tools that people check tables with.

The table has 12 columns (a key, whole numbers, decimals, texts of few values, timestamps) and a
row group for each million rows; every tool makes the same checks (`data_peers.py`): ranges, allowed
values, nulls, rows. Whole processes, files in the page cache, tools in turn, all told to use two
threads where they can be told.
"""

import argparse
import json
import os
import sys

from common import PEERS, TARGET, fresh, installed, machine, measure, megabytes, quietly, spread
from common import tollgate, version
from data_peers import FIRST, LAST, NULLS, RANGES, SETS, TIMES

TOOLS = ["duckdb", "polars", "pandas", "pandera", "pointblank", "great_expectations"]


def contract(path):
    """The checks as a contract."""
    lines = [
        "apiVersion: v3.1.0", "kind: DataContract", "id: bench", "version: 1.0.0",
        "status: active", "schema:", "- name: table", "  quality:",
        "  - { metric: rowCount, mustBeGreaterThan: 0 }", "  properties:",
    ]
    for column, (low, high) in RANGES.items():
        kind = "integer" if isinstance(low, int) else "number"
        lines += [
            f"  - name: {column}", f"    logicalType: {kind}",
            f"    logicalTypeOptions: {{ minimum: {low}, maximum: {high} }}",
        ]
        if column == "ratio":
            rule = f"{{ metric: nullValues, unit: percent, mustBeLessOrEqualTo: {NULLS} }}"
            lines += ["    quality:", f"    - {rule}"]
        else:
            lines.append("    required: true")
    for column, allowed in SETS.items():
        valid = f"arguments: {{ validValues: {json.dumps(allowed)} }}"
        lines += [
            f"  - name: {column}", "    logicalType: string", "    required: true",
            "    quality:", f"    - {{ metric: invalidValues, {valid}, mustBe: 0 }}",
        ]
    for column in TIMES:
        first, last = (moment.replace(" ", "T") + "Z" for moment in (FIRST, LAST))
        bounds = f"{{ minimum: '{first}', exclusiveMaximum: '{last}' }}"
        lines += [
            f"  - name: {column}", "    logicalType: timestamp", "    required: true",
            f"    logicalTypeOptions: {bounds}",
        ]
    path.write_text("\n".join(lines) + "\n")


def python():
    return installed(PEERS / "data" / "bin" / "python")


def peer(tool, file):
    return [python(), os.path.join(os.path.dirname(__file__), "data_peers.py"), tool, file]


def ways(binary, place, form, peers):
    """The commands by name."""
    file, rules = place / f"t.{form}", place / "contract.yaml"
    ours = [binary, "data", "check", file, "--contract", rules]
    commands = {"tollgate": ours}
    if form == "parquet":
        commands["tollgate, decoding all (--paranoid)"] = [*ours, "--paranoid"]
    if peers:
        commands["(only decoding: pyarrow)"] = peer("decode", file)
        commands |= {tool: peer(tool, file) for tool in TOOLS}
    return commands


def row(name, costs, ours):
    wall = spread([cost.wall for cost in costs])
    ratio = wall["min"] / ours
    cpu = min(cost.cpu for cost in costs)
    rss = megabytes(max(cost.rss for cost in costs))
    return (f"| {name} | {wall['min']:.3f} | {wall['median']:.3f} | {wall['max']:.3f} "
            f"| {ratio:.1f}x | {cpu:.2f} | {rss} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 10_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--peers", action="store_true", help="measure the other tools, too")
    arguments.add_argument("--tollgate", help="the binary; default: target/release/tollgate")
    asked = arguments.parse_args()
    binary = tollgate(asked.tollgate)
    result = {"machine": machine(), "tollgate": version(binary, "--version"), "tables": []}
    if asked.peers:
        listed = json.loads(quietly(python(), "-m", "pip", "list", "--format=json", cwd=TARGET))
        result["peers"] = {it["name"]: it["version"] for it in listed}
    for rows in asked.rows:
        place = fresh(f"data-{rows}")
        os.environ["ROWS"] = str(rows)
        quietly(*peer("make", str(place / "t.parquet")), cwd=place)
        contract(place / "contract.yaml")
        for form in ("parquet", "csv"):
            commands = ways(binary, place, form, asked.peers)
            costs = {name: [] for name in commands}
            for turn in range(asked.runs):
                for name, command in commands.items():
                    slow = costs[name] and costs[name][0].wall > 5
                    if not (slow and turn > 1):
                        costs[name].append(measure(command, cwd=place))
            ours = min(cost.wall for cost in costs["tollgate"])
            size = (place / f"t.{form}").stat().st_size / 1e6
            print(f"\n{rows:,} rows, {form}, {size:.0f} MB, in s:\n".replace(",", " ", 1))
            print("| | min | median | max | ratio | user+sys | peak MB |")
            print("|---|--:|--:|--:|--:|--:|--:|")
            for name, taken in costs.items():
                print(row(name, taken, ours))
            sys.stdout.flush()
            result["tables"].append({
                "rows": rows, "form": form, "bytes": size * 1e6,
                "runs": {name: [cost.as_json() for cost in taken] for name, taken in costs.items()},
            })
    (TARGET / "data.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
