"""The models, and how they are stored."""

from pathlib import Path
from typing import Protocol, cast

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from src.features import build_features

THRESHOLD = 0.5
"""A customer with at least this score is predicted to leave."""

SCORE_DECIMALS = 6
"""Scores are rounded to this, so that a file of scores loses nothing."""


class Classifier(Protocol):
    """What we use of a scikit-learn classifier."""

    def fit(self, features: pd.DataFrame, labels: "pd.Series[int]") -> "Classifier": ...

    def predict_proba(self, features: pd.DataFrame) -> npt.NDArray[np.float64]: ...


def quick_model(seed: int) -> Classifier:
    """Return a linear model that trains in no time: for pull requests."""
    # This solver leaves BLAS alone, whose last digits differ between processors.
    linear = LogisticRegression(solver="sag", max_iter=1000, random_state=seed)
    model = make_pipeline(StandardScaler(), linear)
    return cast(Classifier, model)


def full_model(seed: int) -> Classifier:
    """Return gradient-boosted trees: for the nightly training."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=8,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    return cast(Classifier, model)


def fit(model: Classifier, customers: pd.DataFrame, labels: "pd.Series[int]") -> Classifier:
    """Train the model, on one thread: then no result depends on how many there are."""
    with threadpool_limits(1):
        return model.fit(build_features(customers), labels)


def churn_scores(model: Classifier, customers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the probability of churn for each customer."""
    probabilities = model.predict_proba(build_features(customers))[:, 1]
    return np.round(probabilities, SCORE_DECIMALS)


def save_model(model: Classifier, path: Path) -> None:
    """Write the model to a file."""
    joblib.dump(model, path)


def load_model(path: Path) -> Classifier:
    """Read a model that `save_model` wrote. Only load files you trust: it unpickles."""
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}: train one, or set MODEL_PATH")
    return cast(Classifier, joblib.load(path))
