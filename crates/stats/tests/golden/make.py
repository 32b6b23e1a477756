"""Makes golden.json: what SciPy and statsmodels say, to compare with.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scipy statsmodels
    /tmp/golden/bin/python crates/stats/tests/golden/make.py > crates/stats/tests/golden/golden.json
"""

import json
import sys

import scipy
import statsmodels
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

PROBABILITIES = (
    [i / 100 for i in range(1, 100)]
    + [10.0**-e for e in range(3, 300, 11)]
    + [1 - 10.0**-e for e in range(3, 16)]
    + [0.075, 0.0750001, 0.925, 0.9249999, 0.5 + 1e-12, 1.3887943864964e-11]
)
TRIALS = [1, 2, 3, 5, 10, 17, 40, 100, 999, 10_000, 1_000_000]
CONFIDENCES = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]


def successes(trials):
    return sorted({0, 1, trials // 7, trials // 2, trials - 1, trials})


def wilson(k, n, confidence):
    low, high = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    return {"successes": k, "trials": n, "confidence": confidence, "low": low, "high": high}


golden = {
    "made_by": f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "quantiles": [{"p": p, "z": float(norm.ppf(p))} for p in PROBABILITIES],
    "wilson": [
        wilson(k, n, c) for n in TRIALS for k in successes(n) for c in CONFIDENCES
    ],
}
json.dump(golden, sys.stdout, indent=0)
print()
