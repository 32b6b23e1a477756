#!/usr/bin/env python3
"""How fast two models are compared on the same rows, beside what one would write with
scikit-learn: read both files, pair them by key, and bootstrap the difference of a metric.

Ours makes at least 2 000 draws where it draws at all (60 at a million rows, where the interval is a
normal one); `gate_peers.py` makes as many as `DRAWS` says, 200 here, so that it ends. Whole
processes, files in the page cache, in turn.
"""

import argparse
import os

from common import PEERS, TARGET, describe, fresh, installed, machine, measure, megabytes, quietly
from common import spread, table, tollgate, version, write

METRICS = ["roc_auc", "accuracy", "f1", "log_loss", "average_precision"]
DRAWS = "200"


def peer(*words):
    python = installed(PEERS / "data" / "bin" / "python")
    return [python, os.path.join(os.path.dirname(__file__), "gate_peers.py"), *words]


def ours(binary, place, metric, form):
    columns = ["--label", "y", "--score", "score", "--key", "id"]
    return [
        binary, "gate", "-p", place / f"new.{form}", *columns, "-b", place / f"old.{form}",
        "-m", metric, "--margin", "0.05",
    ]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--peers", action="store_true", help="measure scikit-learn, too")
    arguments.add_argument("--tollgate", help="the binary; default: target/release/tollgate")
    asked = arguments.parse_args()
    binary = tollgate(asked.tollgate)
    result = {"machine": machine(), "tollgate": version(binary, "--version"), "tables": []}
    describe(result["machine"])
    os.environ["DRAWS"] = DRAWS
    for rows in asked.rows:
        place = fresh(f"gate-{rows}")
        quietly(*peer("make", str(place), str(rows)), cwd=place)
        for form in ("parquet", "csv"):
            lines = []
            for metric in METRICS:
                commands = {"tollgate": ours(binary, place, metric, form)}
                if asked.peers:
                    commands["scikit-learn"] = peer(metric, str(place), form)
                costs = {name: [] for name in commands}
                for turn in range(asked.runs):
                    for name, command in commands.items():
                        if not (turn > 0 and costs[name][0].wall > 5):
                            costs[name].append(measure(command, cwd=place))
                least = min(cost.wall for cost in costs["tollgate"])
                for name, taken in costs.items():
                    wall = spread([cost.wall for cost in taken])
                    cpu = min(cost.cpu for cost in taken)
                    rss = megabytes(max(cost.rss for cost in taken))
                    figures = (f"{wall[it]:.3f}" for it in ("min", "median", "max"))
                    ratio = f"{wall['min'] / least:.1f}x"
                    lines.append((f"{metric}, {name}", *figures, ratio, f"{cpu:.2f}", rss))
                runs = {name: [cost.as_json() for cost in taken] for name, taken in costs.items()}
                result["tables"].append({"rows": rows, "form": form, "metric": metric, "runs": runs})
            print(f"\n{rows:,} rows, {form}, in s:\n".replace(",", " ", 1))
            table(("", "min", "median", "max", "ratio", "user+sys", "peak"), lines)
    write("gate.json", result)


if __name__ == "__main__":
    main()
