"""The service, asked over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from src.api import Customer, app
from src.model import churn_scores, save_model
from src.train import Training

REQUEST = json.loads((Path(__file__).parent / "request.json").read_text())


@pytest.fixture(scope="module")
def client(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service with a model loaded from MODEL_PATH."""
    path = tmp_path_factory.mktemp("model") / "model.pkl"
    save_model(training.model, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_PATH", str(path))
        with TestClient(app) as client:
            yield client


def test_health(client: TestClient) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_predict(client: TestClient) -> None:
    response = client.post("/predict", json=REQUEST)
    assert response.status_code == 200
    body = response.json()
    assert body["customer_id"] == REQUEST["customer_id"]
    assert 0.0 <= body["probability"] <= 1.0
    assert body["churn"] == (body["probability"] >= 0.5)
    assert body["known_plan"] and not body["cold_start"]


def test_serving_scores_as_training_does(
    client: TestClient, training: Training, customers: pd.DataFrame
) -> None:
    row = customers.iloc[[17]]
    asked = json.loads(row[list(Customer.model_fields)].to_json(orient="records"))[0]
    body = client.post("/predict", json=asked).json()
    assert body["probability"] == churn_scores(training.model, row)[0]


def test_unknown_plan(client: TestClient) -> None:
    response = client.post("/predict", json=REQUEST | {"plan": "family"})
    assert response.status_code == 200
    assert response.json()["known_plan"] is False


def test_cold_start(client: TestClient) -> None:
    customer = {"customer_id": "C999999", "age": 30, "plan": "basic"}
    response = client.post("/predict", json=customer)
    assert response.status_code == 200
    assert response.json()["cold_start"] is True


@pytest.mark.parametrize("change", [{"age": 190}, {"age": None}, {"tenure": 3}])
def test_bad_request(client: TestClient, change: dict[str, object]) -> None:
    assert client.post("/predict", json=REQUEST | change).status_code == 422


def test_without_a_model_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "none.pkl"))
    with pytest.raises(FileNotFoundError, match="no model at"), TestClient(app):
        pass
