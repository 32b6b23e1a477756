"""What the tests share."""

from pathlib import Path

import pandas as pd
import pytest

from src.model import quick_model
from src.train import Training, load_customers, train_holdout

SAMPLE = Path(__file__).parents[1] / "data" / "sample.csv"


@pytest.fixture(scope="session")
def customers() -> pd.DataFrame:
    """The sample; copy it before changing it."""
    return load_customers(SAMPLE, sample=None, seed=7)


@pytest.fixture(scope="session")
def training(customers: pd.DataFrame) -> Training:
    """The quick model, trained once for all tests."""
    return train_holdout(customers, quick_model, seed=7)
