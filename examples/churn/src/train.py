"""Training and honest evaluation: a score is never given to a row trained on."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from src.model import THRESHOLD, Classifier, churn_scores, fit, save_model

LABEL = "churned"

MakeModel = Callable[[int], Classifier]
"""Makes an untrained model from a seed."""


@dataclass(frozen=True)
class Training:
    """A trained model and the evidence for how good it is."""

    model: Classifier
    predictions: pd.DataFrame
    """Rows the model had not seen: customer_id, churned, score, plan."""

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics over the predictions."""
        return evaluate(self.predictions[LABEL].to_numpy(), self.predictions["score"].to_numpy())

    def save(self, model: Path, metrics: Path, predictions: Path) -> None:
        """Write the three files; the same training writes the same bytes."""
        save_model(self.model, model)
        metrics.write_text(json.dumps(self.metrics, indent=2) + "\n", encoding="utf-8")
        self.predictions.to_csv(predictions, index=False, lineterminator="\n")


def load_customers(path: Path, sample: int | None, seed: int) -> pd.DataFrame:
    """Read customers from a CSV file, at most `sample` of them, chosen by `seed`."""
    customers = pd.read_csv(path)
    if sample is not None and sample < len(customers):
        customers = customers.sample(n=sample, random_state=seed).sort_index()
    return customers


def train_holdout(
    customers: pd.DataFrame, make_model: MakeModel, seed: int, holdout: float = 0.25
) -> Training:
    """Train on a part of the customers and score the rest."""
    train, test = train_test_split(
        customers, test_size=holdout, stratify=customers[LABEL], random_state=seed
    )
    model = fit(make_model(seed), train, train[LABEL])
    return Training(model, _predictions(test, churn_scores(model, test)))


def train_cross_validated(
    customers: pd.DataFrame, make_model: MakeModel, seed: int, folds: int = 5
) -> Training:
    """Score every customer by a model of the other folds; then train on all of them."""
    splits = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    scores = np.zeros(len(customers))
    for train_rows, test_rows in splits.split(customers, customers[LABEL]):
        train = customers.iloc[train_rows]
        model = fit(make_model(seed), train, train[LABEL])
        scores[test_rows] = churn_scores(model, customers.iloc[test_rows])
    final = fit(make_model(seed), customers, customers[LABEL])
    return Training(final, _predictions(customers, scores))


def evaluate(
    labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Return the metrics that the quality gate reads."""
    predicted = (scores >= THRESHOLD).astype(int)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "f1": float(f1_score(labels, predicted)),
        "roc_auc": float(roc_auc_score(labels, scores)),
        "precision": float(precision_score(labels, predicted, zero_division=0.0)),
        "recall": float(recall_score(labels, predicted)),
        "rows": len(labels),
    }


def _predictions(customers: pd.DataFrame, scores: npt.NDArray[np.float64]) -> pd.DataFrame:
    table = customers[["customer_id", LABEL]].assign(score=scores, plan=customers["plan"])
    return table.sort_values("customer_id").reset_index(drop=True)
