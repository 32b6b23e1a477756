"""Train the big model, cross-validated on every row: for the nightly pipeline.

    python -m scripts.train_full --data data/sample.csv
"""

import argparse
from pathlib import Path

from src.model import full_model
from src.train import load_customers, train_cross_validated


def main() -> None:
    """Read the arguments, train, write the files, print the metrics."""
    parser = argparse.ArgumentParser(description="Train the big model, cross-validated.")
    parser.add_argument("--data", type=Path, default=Path("data/sample.csv"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("model_full.pkl"))
    parser.add_argument("--metrics", type=Path, default=Path("metrics_full.json"))
    parser.add_argument("--predictions", type=Path, default=Path("predictions_full.csv"))
    args = parser.parse_args()

    customers = load_customers(args.data, sample=None, seed=args.seed)
    training = train_cross_validated(customers, full_model, args.seed, args.folds)
    training.save(args.out, args.metrics, args.predictions)
    for name, value in training.metrics.items():
        print(f"{name:>9}  {value:.4g}")


if __name__ == "__main__":
    main()
