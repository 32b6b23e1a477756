"""Make data/sample.csv: invented customers whose churn follows from what they do.

    python -m scripts.make_sample

The same seed makes the same bytes. Nobody in the file is a real person.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

SNAPSHOT = np.datetime64("2025-06-30")
"""The day on which the customers were looked at."""

PLANS = np.array(["basic", "standard", "premium"])
PRICES = np.array([15.0, 35.0, 70.0])
COLD_START_ROWS = 8
"""Customers of the first month, without any activity yet: 0.2 % of the rows."""


def make_customers(rows: int, seed: int) -> pd.DataFrame:
    """Return `rows` customers; about a third of them leave."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(3, size=rows, p=[0.40, 0.35, 0.25])
    age = np.clip(rng.normal(43, 14, rows).round(), 18, 95).astype(int)
    tenure = np.clip(rng.exponential(22, rows).astype(int), 1, 120)
    spend = (PRICES[plan] * rng.lognormal(0.05, 0.25, rows)).round(2)
    calls = rng.poisson(1.8, rows)
    # Two kinds of customers: those who come every few days, and those who drift away.
    drifting = rng.random(rows) < 0.42
    away = np.where(drifting, rng.gamma(4.0, 14.0, rows), rng.gamma(1.5, 5.0, rows))
    last_active = np.clip(away.round(), 0, 180)

    cold = rng.choice(rows, size=COLD_START_ROWS, replace=False)
    tenure[cold] = 0
    calls[cold] = 0
    last_active[cold] = np.nan

    logit = (
        -2.0
        + 0.17 * (np.nan_to_num(last_active) - 25)
        + 1.6 * (calls - 1.8)
        - 2.2 * (np.log1p(tenure) - 2.7)
        + 2.4 * (spend / PRICES[plan] - 1.0)
        - 0.03 * (age - 43)
        + np.array([0.8, 0.0, -1.2])[plan]
    )
    churned = rng.random(rows) < 1 / (1 + np.exp(-logit))
    signup = SNAPSHOT - (tenure * 30.44).astype(int) - rng.integers(0, 30, rows)
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:06d}" for number in range(1, rows + 1)],
            "age": age,
            "plan": PLANS[plan],
            "tenure_months": tenure,
            "monthly_spend": spend,
            "support_calls": calls,
            "last_active_days": pd.array(last_active, dtype="Int64"),
            "signup_date": signup.astype(str),
            "churned": churned.astype(int),
        }
    )


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description="Make the sample of customers.")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20250630)
    parser.add_argument("--out", type=Path, default=Path("data/sample.csv"))
    args = parser.parse_args()
    customers = make_customers(args.rows, args.seed)
    customers.to_csv(args.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
