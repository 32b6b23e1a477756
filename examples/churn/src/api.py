"""The HTTP service: `/health` and `/predict`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pandas as pd
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from src.features import LIST_PRICE, is_cold_start
from src.model import THRESHOLD, churn_scores, load_model


class Customer(BaseModel):
    """A customer to score. What is not known yet may be left out."""

    model_config = ConfigDict(extra="forbid")

    customer_id: str
    age: int = Field(ge=18, le=100)
    plan: str
    tenure_months: int = Field(default=0, ge=0)
    monthly_spend: float | None = Field(default=None, ge=0)
    support_calls: int = Field(default=0, ge=0)
    last_active_days: float | None = Field(default=None, ge=0)


class Prediction(BaseModel):
    """The answer, and what to keep in mind when reading it."""

    customer_id: str
    probability: float
    churn: bool
    cold_start: bool
    known_plan: bool


class Health(BaseModel):
    """Answers only once the model is loaded."""

    status: Literal["ok"] = "ok"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model before the first request; without one the service does not start."""
    app.state.model = load_model(Path(os.environ.get("MODEL_PATH", "model.pkl")))
    yield


app = FastAPI(title="churn", lifespan=lifespan)


@app.get("/health")
def health() -> Health:
    """Tell that the service can answer."""
    return Health()


@app.post("/predict")
def predict(customer: Customer, request: Request) -> Prediction:
    """Return how likely the customer is to leave."""
    row = pd.DataFrame([customer.model_dump()])
    probability = float(churn_scores(request.app.state.model, row)[0])
    return Prediction(
        customer_id=customer.customer_id,
        probability=probability,
        churn=probability >= THRESHOLD,
        cold_start=bool(is_cold_start(row).iloc[0]),
        known_plan=customer.plan in LIST_PRICE,
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8080")),
    )
