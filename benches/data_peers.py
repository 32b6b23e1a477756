#!/usr/bin/env python3
"""The checks of `data.py`, made with other tools: `data_peers.py TOOL FILE`. Run by `data.py` in a
process of its own each, with the interpreter that has the tools. Exits with 1 where a check that
should hold does not, so that a tool that looks at nothing is found out."""

import json
import sys

CODES = ["active", "paused", "churned"]
REGIONS = [f"region-{n:02}" for n in range(20)]
PLANS = ["free", "basic", "pro", "team"]

# Column: least and greatest value.
RANGES = {
    "id": (0, 10**12), "age": (0, 120), "visits": (0, 100_000), "tenure": (0, 600),
    "spend": (0.0, 10_000.0), "score": (0.0, 1.0), "ratio": (-10.0, 10.0),
}
SETS = {"status": CODES, "region": REGIONS, "plan": PLANS}
TIMES = ["created_at", "updated_at"]
FIRST, LAST = "2020-01-01 00:00:00", "2030-01-01 00:00:00"
# Of `ratio`, in per cent.
NULLS = 5.0


def pandas(path):
    import pandas as pd

    if path.endswith(".csv"):
        table = pd.read_csv(path, parse_dates=TIMES)
    else:
        table = pd.read_parquet(path)
    yield len(table) > 0
    for column, (low, high) in RANGES.items():
        values = table[column].dropna()
        yield bool(((values >= low) & (values <= high)).all())
    for column, allowed in SETS.items():
        yield bool(table[column].dropna().isin(allowed).all())
    for column in TIMES:
        yield bool(((table[column] >= FIRST) & (table[column] < LAST)).all())
    for column in table.columns:
        nulls = table[column].isna().mean() * 100
        yield nulls <= (NULLS if column == "ratio" else 0)


def duckdb(path):
    import duckdb

    duckdb.sql("SET threads = 2")
    parts = ["count(*) > 0"]
    for column, (low, high) in RANGES.items():
        parts.append(f"coalesce(bool_and({column} BETWEEN {low} AND {high}), true)")
    for column, allowed in SETS.items():
        listed = ", ".join(f"'{value}'" for value in allowed)
        parts.append(f"coalesce(bool_and({column} IN ({listed})), true)")
    for column in TIMES:
        parts.append(f"bool_and({column} >= TIMESTAMP '{FIRST}' AND {column} < TIMESTAMP '{LAST}')")
    for column in [*RANGES, *SETS, *TIMES]:
        limit = NULLS if column == "ratio" else 0
        parts.append(f"100.0 * (count(*) - count({column})) / count(*) <= {limit}")
    yield from duckdb.sql(f"SELECT {', '.join(parts)} FROM '{path}'").limit(1).fetchall()[0]


def _polars(path):
    import polars as pl

    if path.endswith(".csv"):
        return pl.scan_csv(path, try_parse_dates=True)
    return pl.scan_parquet(path)


def polars(path):
    import polars as pl

    checks = [pl.len() > 0]
    for column, (low, high) in RANGES.items():
        checks.append(pl.col(column).is_between(low, high).all())
    for column, allowed in SETS.items():
        checks.append(pl.col(column).is_in(allowed).all())
    for column in TIMES:
        first, last = pl.lit(FIRST).str.to_datetime(), pl.lit(LAST).str.to_datetime()
        checks.append(((pl.col(column) >= first) & (pl.col(column) < last)).all())
    for column in [*RANGES, *SETS, *TIMES]:
        limit = NULLS if column == "ratio" else 0
        checks.append(pl.col(column).is_null().mean() * 100 <= limit)
    named = [check.alias(str(n)) for n, check in enumerate(checks)]
    yield from _polars(path).select(named).collect(engine="streaming").row(0)


def pandera(path):
    import pandera.polars as pa
    import polars as pl

    moment = pl.Datetime if path.endswith(".csv") else None
    columns = {}
    for column, (low, high) in RANGES.items():
        limit = column == "ratio"
        columns[column] = pa.Column(checks=[pa.Check.in_range(low, high)], nullable=limit)
    for column, allowed in SETS.items():
        columns[column] = pa.Column(str, checks=[pa.Check.isin(allowed)])
    first, last = pl.Series([FIRST, LAST]).str.to_datetime()
    for column in TIMES:
        columns[column] = pa.Column(moment, checks=[pa.Check.in_range(first, last)])
    table = _polars(path).collect()
    pa.DataFrameSchema(columns).validate(table, lazy=True)
    yield len(table) > 0
    yield table["ratio"].null_count() * 100 / len(table) <= NULLS


def pointblank(path):
    import datetime as dt

    import pointblank as pb

    table = _polars(path).collect()
    checks = pb.Validate(data=table)
    for column, (low, high) in RANGES.items():
        checks = checks.col_vals_between(columns=column, left=low, right=high, na_pass=True)
    for column, allowed in SETS.items():
        checks = checks.col_vals_in_set(columns=column, set=allowed)
    for column in TIMES:
        first, last = dt.datetime.fromisoformat(FIRST), dt.datetime.fromisoformat(LAST)
        checks = checks.col_vals_between(columns=column, left=first, right=last)
    for column in [*RANGES, *SETS, *TIMES]:
        if column != "ratio":
            checks = checks.col_vals_not_null(columns=column)
    yield checks.interrogate().all_passed()
    yield table["ratio"].null_count() * 100 / len(table) <= NULLS
    yield len(table) > 0


def great_expectations(path):
    import great_expectations as gx
    import pandas as pd

    frame = pd.read_csv(path, parse_dates=TIMES) if path.endswith(".csv") else pd.read_parquet(path)
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    expect = gx.expectations
    suite = gx.ExpectationSuite("bench")
    suite.add_expectation(expect.ExpectTableRowCountToBeBetween(min_value=1))
    for column, (low, high) in RANGES.items():
        suite.add_expectation(
            expect.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high))
    for column, allowed in SETS.items():
        suite.add_expectation(
            expect.ExpectColumnValuesToBeInSet(column=column, value_set=allowed))
    for column in TIMES:
        suite.add_expectation(expect.ExpectColumnValuesToBeBetween(
            column=column, min_value=pd.Timestamp(FIRST), max_value=pd.Timestamp(LAST)))
    for column in [*RANGES, *SETS, *TIMES]:
        mostly = 1 - NULLS / 100 if column == "ratio" else 1.0
        suite.add_expectation(expect.ExpectColumnValuesToNotBeNull(column=column, mostly=mostly))
    yield bool(batch.validate(suite).success)


def decode(path):
    """No check at all: what it takes to decode every column with two threads."""
    import pyarrow as pa

    pa.set_cpu_count(2)
    if path.endswith(".csv"):
        from pyarrow import csv

        yield csv.read_csv(path).num_rows > 0
    else:
        from pyarrow import parquet

        file = parquet.ParquetFile(path)
        yield sum(batch.num_rows for batch in file.iter_batches(use_threads=True)) > 0


def make(path):
    """Not a tool: makes the table, `FILE` and its CSV, with as many rows as `ROWS` says. With
    `OLDER`, in which people are so much older (or not, if it is 0), and without the CSV."""
    import os

    import numpy as np
    import pyarrow as pa
    from pyarrow import csv, parquet

    rows, group = int(os.environ["ROWS"]), 1_000_000
    only_parquet = "OLDER" in os.environ
    older = int(os.environ.get("OLDER", 0))
    chance = np.random.default_rng(7 + older)
    first = np.datetime64("2021-01-01T00:00:00", "us").astype("int64")
    year = 365 * 24 * 3600 * 1_000_000

    def part(start, count):
        ratio = chance.normal(0, 1, count).clip(-9, 9).round(4)
        moment = lambda: pa.array(first + chance.integers(0, year, count), pa.timestamp("us"))
        pick = lambda names: pa.array(names).take(pa.array(chance.integers(0, len(names), count)))
        return pa.table({
            "id": pa.array(np.arange(start, start + count)),
            "age": pa.array(chance.integers(18, 95, count) + older),
            "visits": pa.array(chance.poisson(40, count)),
            "tenure": pa.array(chance.integers(0, 240, count)),
            "spend": pa.array(chance.gamma(2, 40, count).clip(0, 9_999).round(2)),
            "score": pa.array(chance.random(count).round(6)),
            "ratio": pa.array(ratio, mask=chance.random(count) < 0.01),
            "status": pick(CODES), "region": pick(REGIONS), "plan": pick(PLANS),
            "created_at": moment(), "updated_at": moment(),
        })

    writer = None
    text = None
    if not only_parquet:
        text = csv.CSVWriter(path.replace(".parquet", ".csv"), part(0, 1).schema)
    for start in range(0, rows, group):
        table = part(start, min(group, rows - start))
        writer = writer or parquet.ParquetWriter(path, table.schema, compression="snappy")
        writer.write_table(table, row_group_size=group)
        if text:
            text.write_table(table)
    writer.close()
    if text:
        text.close()
    yield True


def main():
    tool, path = sys.argv[1:3]
    tools = [pandas, duckdb, polars, pandera, pointblank, great_expectations, decode, make]
    held = list({it.__name__: it for it in tools}[tool](path))
    print(json.dumps({"checks": len(held), "broken": held.count(False)}))
    sys.exit(0 if held and all(held) else 1)


if __name__ == "__main__":
    main()
