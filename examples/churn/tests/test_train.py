"""Training is honest and repeatable. Whether the model is good enough, the gate says."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.model import load_model, quick_model
from src.train import Training, evaluate, train_cross_validated, train_holdout


def test_metrics_of_known_predictions() -> None:
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
    assert evaluate(labels, scores) == {
        "accuracy": 0.75,
        "f1": pytest.approx(0.8),
        "roc_auc": 0.75,
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "rows": 4,
    }


def test_shuffled_labels_teach_nothing(customers: pd.DataFrame) -> None:
    labels = customers["churned"].sample(frac=1.0, random_state=7).to_numpy()
    metrics = train_holdout(customers.assign(churned=labels), quick_model, seed=7).metrics
    assert metrics["accuracy"] < 0.70
    assert 0.4 < metrics["roc_auc"] < 0.6


def test_same_input_same_bytes(customers: pd.DataFrame, tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        paths = [tmp_path / f"{name}.{kind}" for kind in ("pkl", "json", "csv")]
        train_holdout(customers, quick_model, seed=7).save(*paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]


def test_saved_files(training: Training, tmp_path: Path) -> None:
    model, metrics, predictions = (tmp_path / name for name in ("m.pkl", "m.json", "p.csv"))
    training.save(model, metrics, predictions)
    table = pd.read_csv(predictions)
    assert list(table.columns) == ["customer_id", "churned", "score", "plan"]
    assert json.loads(metrics.read_text())["rows"] == len(table)
    assert load_model(model).predict_proba is not None


def test_cross_validation_scores_every_customer_once(customers: pd.DataFrame) -> None:
    some = customers.head(500)
    training = train_cross_validated(some, quick_model, seed=7, folds=3)
    assert set(training.predictions["customer_id"]) == set(some["customer_id"])
    assert training.predictions["score"].between(0, 1).all()
