#!/usr/bin/env python3
"""What `gate.py` measures, as one would write it with scikit-learn: `gate_peers.py METRIC DIR FORM`
prints the difference and its interval; `gate_peers.py make DIR ROWS` writes the predictions."""

import os
import sys

import numpy as np
import pandas as pd


def make(place, rows):
    random = np.random.default_rng(1)
    label = random.integers(0, 2, rows)
    seen = label * 1.6 + random.normal(size=rows)
    for name in ("old", "new"):
        score = 1 / (1 + np.exp(-(seen + 0.3 * random.normal(size=rows) - 0.8)))
        table = pd.DataFrame({"id": np.arange(rows), "y": label, "score": score.round(6)})
        if name == "new":
            table = table.sample(frac=1, random_state=2)
        table.to_csv(f"{place}/{name}.csv", index=False)
        table.to_parquet(f"{place}/{name}.parquet", index=False)


def read(path):
    return pd.read_csv(path) if path.endswith(".csv") else pd.read_parquet(path)


def compare(metric, place, form):
    from sklearn import metrics

    functions = {
        "roc_auc": metrics.roc_auc_score,
        "accuracy": lambda label, score: metrics.accuracy_score(label, score >= 0.5),
        "f1": lambda label, score: metrics.f1_score(label, score >= 0.5),
        "log_loss": metrics.log_loss,
        "average_precision": metrics.average_precision_score,
    }
    both = read(f"{place}/new.{form}").merge(
        read(f"{place}/old.{form}"), on="id", suffixes=("", "_old"), validate="one_to_one"
    )
    label, new, old = (both[name].to_numpy() for name in ("y", "score", "score_old"))
    of = functions[metric]
    random = np.random.default_rng(0)
    gains = []
    for _ in range(int(os.environ["DRAWS"])):
        drawn = random.integers(0, len(label), len(label))
        gains.append(of(label[drawn], new[drawn]) - of(label[drawn], old[drawn]))
    low, high = np.quantile(gains, [0.05, 0.95])
    print(of(label, new) - of(label, old), low, high)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], int(sys.argv[3]))
    else:
        compare(*sys.argv[1:])
