"""Train the small model on a split: fast enough for every pull request.

    python -m scripts.train_quick --data data/sample.csv
"""

import argparse
from pathlib import Path

from src.model import quick_model
from src.train import load_customers, train_holdout


def main() -> None:
    """Read the arguments, train, write the files, print the metrics."""
    parser = argparse.ArgumentParser(description="Train the small model on a split.")
    parser.add_argument("--data", type=Path, default=Path("data/sample.csv"))
    parser.add_argument("--sample", type=int, default=10_000, help="at most this many rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("model.pkl"))
    parser.add_argument("--metrics", type=Path, default=Path("metrics.json"))
    parser.add_argument("--predictions", type=Path, default=Path("predictions.csv"))
    args = parser.parse_args()

    customers = load_customers(args.data, args.sample, args.seed)
    training = train_holdout(customers, quick_model, args.seed)
    training.save(args.out, args.metrics, args.predictions)
    for name, value in training.metrics.items():
        print(f"{name:>9}  {value:.4g}")


if __name__ == "__main__":
    main()
