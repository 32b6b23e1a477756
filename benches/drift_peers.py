#!/usr/bin/env python3
"""The drift of four columns with other tools: `drift_peers.py TOOL BEFORE NOW`, two Parquet files of
`data_peers.py`. Run by `drift.py` in a process of its own each. Exits with 1 where it does not find
that `age` has drifted and nothing else, so that a tool that looks at nothing is found out."""

import json
import math
import os
import sys

NUMBERS = ["age", "spend", "created_at"]
WORDS = "plan"
COLUMNS = [*NUMBERS, WORDS]
# Of the population stability index.
LIMIT = 0.2


def frames(*paths):
    import pandas as pd

    for path in paths:
        table = pd.read_parquet(path, columns=COLUMNS)
        table["created_at"] = table["created_at"].astype("int64")
        yield table


def evidently(before, now):
    """Its default for so many rows: Wasserstein of numbers, Jensen-Shannon of texts."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    form = DataDefinition(numerical_columns=NUMBERS, categorical_columns=[WORDS])
    old, new = (
        Dataset.from_pandas(table, data_definition=form) for table in frames(before, now)
    )
    done = Report([ValueDrift(column=column) for column in COLUMNS]).run(new, old)
    told = [metric["value"] for metric in done.dict()["metrics"]]
    return {column for column, value in zip(COLUMNS, told) if value > 0.1}


def scipy(before, now):
    """Kolmogorov-Smirnov of numbers, by its distance; Cramér's V of texts."""
    import pandas as pd
    from scipy import stats

    old, new = frames(before, now)
    found = {
        column for column in NUMBERS
        if stats.ks_2samp(old[column], new[column], method="asymp").statistic > 0.1
    }
    counts = pd.concat([old[WORDS].value_counts(), new[WORDS].value_counts()], axis=1).fillna(0)
    if stats.contingency.association(counts.to_numpy().astype(int), method="cramer") > 0.1:
        found.add(WORDS)
    return found


def summary(before):
    """What is kept of the reference for `duckdb`: bounds of ten bins, and how much is in each."""
    import duckdb

    duckdb.sql("SET threads = 2")
    shares = ", ".join(str(n / 10) for n in range(1, 10))
    asked = ", ".join(f"quantile_disc({_number(column)}, [{shares}])" for column in NUMBERS)
    bounds = duckdb.sql(f"SELECT {asked} FROM '{before}'").fetchall()[0]
    kept = {"bounds": dict(zip(NUMBERS, bounds))}
    kept["words"] = [row[0] for row in duckdb.sql(f"SELECT DISTINCT {WORDS} FROM '{before}'").fetchall()]
    kept["shares"] = _shares(kept, before)
    return kept


def _number(column):
    return f"epoch_us({column})" if column == "created_at" else column


def _shares(kept, path):
    """Of each column, in one pass."""
    import duckdb

    duckdb.sql("SET threads = 2")
    counts = ["count(*)"]
    for column, bounds in kept["bounds"].items():
        counts += [f"count(*) FILTER ({_number(column)} <= {bound})" for bound in bounds]
    counts += [f"count(*) FILTER ({WORDS} = '{word}')" for word in kept["words"]]
    rows, *counts = duckdb.sql(f"SELECT {', '.join(counts)} FROM '{path}'").fetchall()[0]
    shares = {}
    for column, bounds in kept["bounds"].items():
        below, counts = [0, *counts[:len(bounds)], rows], counts[len(bounds):]
        shares[column] = [(high - low) / rows for low, high in zip(below, below[1:])]
    shares[WORDS] = [count / rows for count in counts]
    return shares


def duckdb(before, now):
    """The population stability index, in SQL by hand, against bins that were kept."""
    with open(before + ".json") as file:
        kept = json.load(file)
    shares = _shares(kept, now)
    index = lambda column: sum(
        (max(new, 1e-4) - max(old, 1e-4)) * math.log(max(new, 1e-4) / max(old, 1e-4))
        for old, new in zip(kept["shares"][column], shares[column])
    )
    return {column for column in COLUMNS if index(column) > LIMIT}


def keep(before, _):
    """Not a tool: keeps what `duckdb` needs of the reference."""
    with open(before + ".json", "w") as file:
        json.dump(summary(before), file)
    return {"age"}


def main():
    tool, before, now = sys.argv[1:4]
    drifted = {it.__name__: it for it in [evidently, scipy, duckdb, keep]}[tool](before, now)
    print(json.dumps(sorted(drifted)))
    sys.exit(0 if drifted == {"age"} else 1)


if __name__ == "__main__":
    os.environ["DO_NOT_TRACK"] = "1"
    main()
