"""The sample is fit for training. What each column must be is in contracts/."""

import pandas as pd

from src.features import LIST_PRICE, build_features


def test_labels_are_not_lopsided(customers: pd.DataFrame) -> None:
    """Else a model that always says "stays" would pass the quality gate."""
    assert 0.30 <= customers["churned"].mean() <= 0.42


def test_every_plan_has_both_outcomes(customers: pd.DataFrame) -> None:
    outcomes = customers.groupby("plan")["churned"].nunique()
    assert outcomes.to_dict() == dict.fromkeys(LIST_PRICE, 2)


def test_only_cold_start_customers_lack_activity(customers: pd.DataFrame) -> None:
    without = customers[customers["last_active_days"].isna()]
    assert len(without) > 0
    assert (without["tenure_months"] == 0).all()


def test_features_of_the_sample_are_complete(customers: pd.DataFrame) -> None:
    assert build_features(customers).notna().all(axis=None)
