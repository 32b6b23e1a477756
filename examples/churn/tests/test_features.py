"""Features: their values, and what happens at the edges."""

import pandas as pd
import pytest

from src.features import (
    FEATURE_COLUMNS,
    INACTIVE_AFTER_DAYS,
    REQUIRED_COLUMNS,
    MissingColumnsError,
    build_features,
)


def one_customer(**changes: object) -> pd.DataFrame:
    """A table of one ordinary customer, with some columns changed."""
    customer = {
        "age": 40,
        "tenure_months": 12,
        "monthly_spend": 70.0,
        "plan": "standard",
        "support_calls": 2,
        "last_active_days": 3,
    }
    return pd.DataFrame([customer | changes])


def test_ordinary_customer() -> None:
    features = build_features(one_customer()).iloc[0]
    assert tuple(features.index) == FEATURE_COLUMNS
    assert features["spend_ratio"] == 2.0
    assert features["is_cold_start"] == 0.0
    assert features["plan_standard"] == 1.0
    assert features["plan_basic"] == features["plan_premium"] == 0.0


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_missing_column_is_named(column: str) -> None:
    with pytest.raises(MissingColumnsError, match=rf"missing feature column\(s\): {column}$"):
        build_features(one_customer().drop(columns=column))


def test_cold_start_customer() -> None:
    customer = one_customer(tenure_months=0, support_calls=0, last_active_days=None)
    features = build_features(customer).iloc[0]
    assert features.notna().all()
    assert features["is_cold_start"] == 1.0
    assert features["log_tenure"] == 0.0
    assert features["last_active_days"] == 0.0


def test_unknown_spend_counts_as_the_list_price() -> None:
    assert build_features(one_customer(monthly_spend=None))["spend_ratio"].item() == 1.0


def test_unknown_plan_sets_no_plan_column() -> None:
    features = build_features(one_customer(plan="family")).iloc[0]
    assert features.notna().all()
    assert features.filter(like="plan_").sum() == 0.0


def test_inactive_after_the_limit() -> None:
    at_limit = build_features(one_customer(last_active_days=INACTIVE_AFTER_DAYS))
    after = build_features(one_customer(last_active_days=INACTIVE_AFTER_DAYS + 1))
    assert at_limit["is_inactive"].item() == 0.0
    assert after["is_inactive"].item() == 1.0


def test_a_row_has_the_same_features_alone_and_among_others(customers: pd.DataFrame) -> None:
    alone = build_features(customers.iloc[[17]])
    among = build_features(customers).iloc[[17]]
    pd.testing.assert_frame_equal(alone, among)
