"""Features of a customer, the same for training and for serving.

Nothing here is learned from data: the service computes exactly what the
training saw, one row or a million.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

REQUIRED_COLUMNS = (
    "age",
    "tenure_months",
    "monthly_spend",
    "plan",
    "support_calls",
    "last_active_days",
)

LIST_PRICE: Mapping[str, float] = {"basic": 15.0, "standard": 35.0, "premium": 70.0}
"""What each plan costs per month; it also defines which plans are known."""

INACTIVE_AFTER_DAYS = 30
"""A customer who was away for longer than this counts as inactive."""

FEATURE_COLUMNS = (
    "age",
    "log_tenure",
    "spend_ratio",
    "support_calls",
    "last_active_days",
    "is_inactive",
    "is_cold_start",
    *(f"plan_{plan}" for plan in LIST_PRICE),
)


class MissingColumnsError(ValueError):
    """The input lacks columns that the features are computed from."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"missing feature column(s): {', '.join(missing)}")
        self.missing = missing


def build_features(customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row of numbers per customer, in the order of FEATURE_COLUMNS.

    - A plan that is not on the price list sets none of the plan columns.
    - A customer without activity yet (cold start) counts as active today.
    - An unknown spend counts as the plan's list price.
    """
    missing = [name for name in REQUIRED_COLUMNS if name not in customers.columns]
    if missing:
        raise MissingColumnsError(missing)

    plan = customers["plan"]
    price = plan.map(LIST_PRICE).astype(float).fillna(LIST_PRICE["standard"])
    spend = customers["monthly_spend"].astype(float).fillna(price)
    tenure = customers["tenure_months"].astype(float)
    last_active = customers["last_active_days"].astype(float)

    columns = {
        "age": customers["age"].astype(float),
        "log_tenure": np.log1p(tenure),
        "spend_ratio": spend / price,
        "support_calls": customers["support_calls"].astype(float),
        "last_active_days": last_active.fillna(0.0),
        "is_inactive": (last_active > INACTIVE_AFTER_DAYS).astype(float),
        "is_cold_start": is_cold_start(customers).astype(float),
        **{f"plan_{name}": (plan == name).astype(float) for name in LIST_PRICE},
    }
    return pd.DataFrame(columns, index=customers.index)[list(FEATURE_COLUMNS)]


def is_cold_start(customers: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which customers are in their first month or have no activity yet."""
    return (customers["tenure_months"] < 1) | customers["last_active_days"].isna()
