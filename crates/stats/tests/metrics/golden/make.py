"""Makes the files here: what scikit-learn says of cases that the Rust tests make again.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1
    /tmp/golden/bin/python crates/stats/tests/metrics/golden/make.py

Inputs come from SplitMix64, here and in `../cases.rs`, number for number; so only what is expected
is kept: a line for each case, null for what scikit-learn refuses or calls NaN. What it does not
have (calibration error, coverage, recall, precision and hits of rankings) is computed here from its
definition, in exact fractions or by trying all orders of ties.
"""

import itertools
import json
import math
import pathlib
import warnings
from fractions import Fraction

import numpy as np
import sklearn
import sklearn.metrics as sk
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
CASES = 240
HERE = pathlib.Path(__file__).parent


class Random:
    """Steele, Lea and Flood's SplitMix64 (2014)."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) / (1 << 53)

    def below(self, n):
        return self.next() % n


def known(metric, *args, **kwargs):
    """The metric, or None if there is none."""
    try:
        value = float(metric(*args, **kwargs))
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return value if math.isfinite(value) else None


# Scores ------------------------------------------------------------------------------------------

EXTREME = [0.0, 1.0, 1e-300, 5e-17, 1e-16, 0.9999999999999999, 0.5]


def scores_case(seed):
    r = Random(seed)
    rows = 2 + r.below(40)
    rows += 300 if r.below(10) == 0 else 0
    kind, weighing, classes, unit = r.below(6), r.below(3), r.below(8), r.unit()
    rate = {0: 0.0, 1: 1.0}.get(classes, unit)
    labels, scores, weights = [], [], []
    for _ in range(rows):
        label, score, whole, part = r.unit() < rate, r.next(), r.below(4), r.unit()
        unit = (score >> 11) / (1 << 53)
        labels.append(int(label))
        scores.append(
            [unit, score % 5 / 4, score % 65 / 64, 0.5, EXTREME[score % 7], (unit + label) / 2][kind]
        )
        weights.append([1.0, float(whole), part][weighing])
    return labels, scores, weights if weighing else None


def equal_width(labels, scores, weights, bins):
    """The expected calibration error by its definition."""
    parts = [[0, 0, 0] for _ in range(bins)]
    for label, score, weight in zip(labels, scores, weights):
        at = next(i for i in range(bins) if score <= (i + 1) / bins)
        weight = Fraction(weight)
        for i, x in enumerate([weight, weight * label, weight * Fraction(score)]):
            parts[at][i] += x
    return gaps(parts, sum(weights, Fraction(0)))


def equal_count(labels, scores, weights, bins):
    """The same with bins that weigh the same, ties mixed evenly."""
    ties = {}
    for label, score, weight in zip(labels, scores, weights):
        tie = ties.setdefault(score, [Fraction(0), Fraction(0)])
        tie[0] += Fraction(weight)
        tie[1] += Fraction(weight) * label
    whole = sum(weight for weight, _ in ties.values())
    parts = [[0, 0, 0] for _ in range(bins)]
    below = Fraction(0)
    for score, (weight, positive) in sorted(ties.items()):
        for at in range(bins):
            low, high = whole * at / bins, whole * (at + 1) / bins
            taken = max(Fraction(0), min(high, below + weight) - max(low, below))
            if taken:
                for i, x in enumerate([taken, positive * taken / weight, taken * Fraction(score)]):
                    parts[at][i] += x
        below += weight
    return gaps(parts, whole)


def gaps(parts, whole):
    if whole == 0:
        raise ZeroDivisionError
    return sum(abs(positive - score) for _, positive, score in parts) / whole


def fingerprint(*columns):
    """A curve as one number: each value counts, and so does its place."""
    return sum((i + 1) * (j + 1) * float(x) for i, c in enumerate(columns) for j, x in enumerate(c))


def roc(labels, scores, weights):
    fpr, tpr, thresholds = sk.roc_curve(
        labels, scores, sample_weight=weights, drop_intermediate=False
    )
    return fingerprint(fpr, tpr, [0, *thresholds[1:]])


def precision_recall(labels, scores, weights):
    if not any(l and w for l, w in zip(labels, weights or itertools.repeat(1))):
        return math.nan
    precision, recall, thresholds = sk.precision_recall_curve(labels, scores, sample_weight=weights)
    return fingerprint(recall[::-1], precision[::-1], [0, *thresholds[::-1]])


def calibration(labels, scores, weights):
    if weights:
        return math.nan
    observed, predicted = calibration_curve(labels, scores, n_bins=10, pos_label=1)
    return fingerprint(predicted, observed)


def scores_expected(seed):
    y, s, w = scores_case(seed)
    ones = w or [1.0] * len(y)
    return [
        known(sk.roc_auc_score, y, s, sample_weight=w),
        known(sk.average_precision_score, y, s, sample_weight=w),
        known(sk.log_loss, y, s, sample_weight=w, labels=[0, 1]),
        known(sk.brier_score_loss, y, s, sample_weight=w, pos_label=1),
        known(equal_width, y, s, ones, 10),
        known(equal_width, y, s, ones, 15),
        known(equal_count, y, s, ones, 10),
        known(equal_count, y, s, ones, 3),
        known(roc, y, s, w),
        known(precision_recall, y, s, w),
        known(calibration, y, s, w),
    ]


# Classes -----------------------------------------------------------------------------------------


def classes_case(seed):
    r = Random(seed)
    rows = 1 + r.below(60)
    rows += 300 if r.below(10) == 0 else 0
    count, weighing = [2, 2, 2, 3, 5, 40][r.below(6)], r.below(3)
    skill, constant = r.below(4), r.below(6) == 0
    apart = 1 if count == 2 else 3
    truth, predicted, weights = [], [], []
    for _ in range(rows):
        t, p, luck, whole, part = r.below(count), r.below(count), r.unit(), r.below(3), r.unit()
        t = count - 1 if constant else t
        p = [p, t, 0, t if luck < 0.7 else p][skill]
        truth.append(t * apart)
        predicted.append(p * apart)
        weights.append([1.0, 1.0 + whole, 0.001 + part][weighing])
    return truth, predicted, weights if weighing else None


def mcc(truth, predicted, weights):
    # With weights that are no whole numbers the zero of the definition is lost to rounding there.
    if len(set(truth)) == 1 or len(set(predicted)) == 1:
        return 0.0
    return sk.matthews_corrcoef(truth, predicted, sample_weight=weights)


def classes_expected(seed):
    t, p, w = classes_case(seed)
    labels = sorted({*t, *p})
    matrix = sk.confusion_matrix(t, p, labels=labels, sample_weight=w)
    scores = [sk.precision_score, sk.recall_score, sk.f1_score]
    averages = ["binary", "macro", "micro", "weighted"]
    return [
        known(sk.accuracy_score, t, p, sample_weight=w),
        known(sk.balanced_accuracy_score, t, p, sample_weight=w),
        known(mcc, t, p, w),
        fingerprint(*matrix),
    ] + [known(s, t, p, sample_weight=w, average=a) for s in scores for a in averages]


# Values ------------------------------------------------------------------------------------------


def values_case(seed):
    r = Random(seed)
    rows = 1 + r.below(60)
    rows += 300 if r.below(10) == 0 else 0
    scale, kind, weighing, exact = [1.0, 1000.0, 0.001][r.below(3)], r.below(5), r.below(3), r.below(2)
    truth, predicted, weights = [], [], []
    for _ in range(rows):
        a, b, g, h, whole, part = r.unit(), r.unit(), r.below(9), r.below(9), r.below(4), r.unit()
        t = [(a - 0.5) * scale, (g - 4.0) / 4.0 * scale, 0.5, (a - 0.5) * scale, (a - 0.5) * scale][kind]
        p = [(b - 0.5) * scale, (h - 4.0) / 4.0 * scale, 0.5 if exact else b, t, t + (b - 0.5) * 0.1 * scale][kind]
        truth.append(t)
        predicted.append(p)
        weights.append([1.0, float(whole), part][weighing])
    return truth, predicted, weights if weighing else None


def coverage(truth, predicted, weights):
    return np.average([t <= p for t, p in zip(truth, predicted)], weights=weights)


def values_expected(seed):
    t, p, w = values_case(seed)
    if w:  # A row that weighs nothing is absent.
        t, p, w = (list(c) for c in zip(*[row for row in zip(t, p, w) if row[2] > 0])) if any(w) else ([], [], [])
    named = {"sample_weight": w}
    return [
        known(sk.mean_absolute_error, t, p, **named),
        known(sk.root_mean_squared_error, t, p, **named),
        known(sk.r2_score, t, p, **named),
        known(sk.mean_absolute_percentage_error, t, p, **named),
        *[known(sk.mean_pinball_loss, t, p, alpha=alpha, **named) for alpha in [0, 0.1, 0.5, 0.9, 1]],
        known(coverage, t, p, w),
    ]


# Rankings ----------------------------------------------------------------------------------------


def rankings_case(seed):
    r = Random(seed)
    count, tied, relevance = 1 + r.below(6), r.below(3), r.below(6)
    groups, relevances, scores = [], [], []
    for group in range(count):
        for _ in range(1 + r.below(6)):
            grade, share, score = r.below(4), r.unit(), r.next()
            groups.append(group)
            relevances.append(
                0.0 if relevance == 0 else float(grade) if relevance < 4 else float(share < 0.3)
            )
            scores.append([(score >> 11) / (1 << 53), score % 3 - 1.0, 0.5][tied])
    return groups, relevances, scores


def ndcg(relevances, scores, k):
    if len(relevances) == 1:  # There scikit-learn refuses.
        return float(relevances[0] > 0)
    return sk.ndcg_score([relevances], [scores], k=k)


def orders(relevances, scores):
    """All orders of a group, by falling score."""
    ties = [
        [rel for rel, s in zip(relevances, scores) if s == score]
        for score in sorted(set(scores), reverse=True)
    ]
    for order in itertools.product(*map(itertools.permutations, ties)):
        yield [rel > 0 for rel in itertools.chain(*order)]


def recall_at(order, k):
    return Fraction(sum(order[:k]), sum(order))


def precision_at(order, k):
    k = k or len(order)
    hits = [Fraction(sum(order[: i + 1]), i + 1) for i in range(min(k, len(order))) if order[i]]
    return sum(hits, Fraction(0)) / min(sum(order), k)


def hit_at(order, k):
    return Fraction(any(order[:k]))


def over_orders(metric, relevances, scores, k):
    if not any(relevances):
        return 0
    each = [metric(order, k) for order in orders(relevances, scores)]
    return float(sum(each) / len(each))


def over_groups(metric, case, k):
    rows = list(zip(*case))
    groups = [[row[1:] for row in rows if row[0] == g] for g in sorted({row[0] for row in rows})]
    return math.fsum(metric(*zip(*group), k) for group in groups) / len(groups)


def rankings_expected(seed):
    case = rankings_case(seed)
    tried = lambda metric, k: over_groups(lambda r, s, k: over_orders(metric, r, s, k), case, k)
    return [
        *[over_groups(ndcg, case, k) for k in [1, 3, 10, None]],
        *[tried(recall_at, k) for k in [1, 3]],
        *[tried(precision_at, k) for k in [1, 3, None]],
        *[tried(hit_at, k) for k in [1, 3]],
    ]


FAMILIES = {
    "scores": scores_expected,
    "classes": classes_expected,
    "values": values_expected,
    "rankings": rankings_expected,
}

for family, expected in FAMILIES.items():
    lines = ",\n".join(json.dumps(expected(seed)) for seed in range(CASES))
    made_by = json.dumps(f"scikit-learn {sklearn.__version__}")
    text = f'{{"made_by": {made_by}, "cases": [\n{lines}\n]}}\n'
    (HERE / f"{family}.json").write_text(text)
