"""Makes compare.json and drift.json: what SciPy, statsmodels and scikit-learn say, to compare with.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scipy statsmodels scikit-learn
    /tmp/golden/bin/python crates/stats/tests/golden/inference.py

The files hold answers alone. The cases come from a generator that is written here and in
tests/inference/draws.rs.
"""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy
import scipy
import sklearn
import statsmodels
from scipy import special, stats
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_power, normal_sample_size_one_tail

CASES = 200
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
CONFIDENCES = [0.8, 0.9, 0.95, 0.99]


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Draws:
    """SplitMix64."""

    def __init__(self, family, case):
        self.state = (family << 32) + case

    def bits(self):
        self.state = (self.state + GOLDEN) & MASK
        return mix(self.state)

    def unit(self):
        return (self.bits() >> 11) / 2**53

    def below(self, bound):
        return (self.bits() * bound) >> 64


def rotated(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class Xoshiro:
    """As in compare/random.rs."""

    def __init__(self, seed, stream):
        state = (mix((seed + GOLDEN) & MASK) + mix(stream)) & MASK
        self.s = []
        for _ in range(4):
            state = (state + GOLDEN) & MASK
            self.s.append(mix(state))

    def below(self, bound):
        a, b, c, d = self.s
        drawn = (rotated((a + d) & MASK, 23) + a) & MASK
        shifted = (b << 17) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        self.s = [a, b, c, rotated(d, 45)]
        return (drawn * bound) >> 64


def distributions(draws):
    t, scale = (draws.unit() - 0.5) * 20, [1, 10, 100, 10_000][draws.below(4)]
    degrees, p = 0.5 + draws.unit() * scale, draws.unit() / 2
    whole, x, noncentrality = 1 + draws.below(40), draws.unit() * 80, draws.unit() * 60
    a, b = 1 + draws.unit() * 1e6, 1 + draws.unit() * 1e6
    near, share = a * (0.99 + 0.02 * draws.unit()), a / (a + b) * (0.995 + 0.01 * draws.unit())
    few, trials = draws.below(30), 30 + draws.below(30)
    return [
        stats.t.sf(t, degrees),
        stats.t.isf(p, degrees),
        stats.chi2.sf(x, whole),
        stats.ncx2.cdf(x, whole, noncentrality),
        special.gammaincc(a, near),
        special.betainc(a, b, share),
        stats.norm.sf((draws.unit() - 0.3) * 40),
        special.kolmogorov(draws.unit() * 3),
        stats.binom.cdf(few, trials, share),
        stats.binom.pmf(few, trials, share),
    ]


def areas(draws):
    rows = 5 + draws.below(60)
    table = [(draws.below(2), draws.below(12), draws.below(9)) for _ in range(rows)]
    positive, first, second = zip(*table)
    if len(set(positive)) == 1:
        return None
    return [roc_auc_score(positive, first), roc_auc_score(positive, second)]


def likeliest_loss(gained, lost, rows, difference):
    """The rate of lost rows that is likeliest if gained and lost ones differ by `difference`."""
    low, high = max(0.0, -difference), (1 - difference) / 2
    same = rows - gained - lost

    def slope(q):
        rising = gained / (q + difference) if gained else 0.0
        rising += lost / q if lost else 0.0
        return rising - (2 * same / (1 - 2 * q - difference) if same else 0.0)

    inner = (high - low) * 1e-12
    if slope(low + inner) <= 0:
        return low
    if slope(high - inner) >= 0:
        return high
    return brentq(slope, low + inner, high - inner, xtol=1e-16, rtol=1e-15)


def tango(gained, lost, rows, confidence):
    def score(difference):
        loss = likeliest_loss(gained, lost, rows, difference)
        variance = rows * (2 * loss + difference - difference**2)
        return (gained - lost - rows * difference) / math.sqrt(variance)

    z, edge = stats.norm.isf((1 - confidence) / 2), 0.97
    return [brentq(lambda d: score(d) - to, -edge, edge, xtol=1e-14) for to in (z, -z)]


def accuracies(draws):
    both, neither = 1 + draws.below(200), 1 + draws.below(100)
    lost, gained = 1 + draws.below(1 + draws.below(60)), 1 + draws.below(1 + draws.below(60))
    confidence = CONFIDENCES[draws.below(4)]
    exact = mcnemar([[both, lost], [gained, neither]], exact=True).pvalue
    seen = stats.binom.pmf(min(gained, lost), gained + lost, 0.5)
    mid = 1 - seen / 2 if gained == lost else exact - seen
    return [exact, mid, *tango(gained, lost, both + neither + lost + gained, confidence)]


def replicates(draws, case):
    rows = 8 + draws.below(20)
    x = [draws.unit() ** 2 * 10 for _ in range(rows)]
    y = [1 + draws.unit() for _ in range(rows)]

    def ratio(chosen):
        # In one order of adding, or what equals the estimate would be rounded away from it.
        counts = numpy.bincount(chosen, minlength=rows).tolist()
        sums = [0.0, 0.0]
        for a, b, count in zip(x, y, counts):
            sums[0] += a * count
            sums[1] += b * count
        return sums[0] / sums[1]

    drawn = []
    for stream in range(199):
        random = Xoshiro(case, stream)
        drawn.append(ratio([random.below(rows) for _ in range(rows)]))
    made = SimpleNamespace(bootstrap_distribution=numpy.array(drawn))
    told = []
    for method in ("percentile", "BCa"):
        answer = stats.bootstrap(
            (numpy.arange(rows),), ratio, n_resamples=0, bootstrap_result=made,
            confidence_level=0.9, vectorized=False, method=method,
        )
        told += [answer.confidence_interval.low, answer.confidence_interval.high]
    return told + [answer.standard_error]


def repeats(draws):
    first = [0.8 + 0.1 * draws.unit() for _ in range(2 + draws.below(8))]
    second = [0.8 + 0.2 * draws.unit() for _ in range(2 + draws.below(8))]
    confidence = CONFIDENCES[draws.below(4)]
    two = stats.ttest_ind(second, first, equal_var=False)
    one = stats.ttest_1samp(first, 0.8)
    count, spread = len(first), numpy.std(first, ddof=1)
    reach = stats.t.isf((1 - confidence) / 2, count - 1) * spread * math.sqrt(1 + 1 / count)
    return [
        two.df,
        *two.confidence_interval(confidence),
        *one.confidence_interval(confidence),
        numpy.mean(first) - reach,
        numpy.mean(first) + reach,
    ]


def adjusted(draws):
    p = [draws.unit() ** 2 for _ in range(1 + draws.below(6))]
    methods = ("bonferroni", "holm", "fdr_bh")
    return [value for method in methods for value in multipletests(p, method=method)[1]]


def powers(draws):
    margin, error = 0.001 + 0.02 * draws.unit(), 0.001 + 0.02 * draws.unit()
    rows, level = 100 + draws.below(10_000), 1 - CONFIDENCES[draws.below(4)]
    spread = error * math.sqrt(rows)
    return [
        normal_power(margin, rows, level, alternative="larger", sigma=spread),
        normal_sample_size_one_tail(margin, 0.8, level, std_null=spread),
    ]


def histograms(draws):
    bins = 2 + draws.below(12)
    table = [[0 if draws.below(5) == 0 else draws.below(400) for _ in range(2)] for _ in range(bins)]
    table[0][0] += 2
    table[1][1] += 2
    return numpy.array([row for row in table if any(row)], dtype=float).T


def psi(table):
    shares = [(side + 0.5) / (side.sum() + 0.5 * len(side)) for side in table]
    return float(((shares[0] - shares[1]) * numpy.log(shares[0] / shares[1])).sum())


def noncentrality(x, degrees, confidence):
    def end(probability):
        def above(to):
            return stats.ncx2.cdf(x, degrees, to) - probability

        if stats.chi2.cdf(x, degrees) <= probability:
            return 0.0
        return brentq(above, 1e-12, 4 * x + 100, xtol=1e-10, rtol=1e-13)

    return end((1 + confidence) / 2), end((1 - confidence) / 2)


def binned(draws):
    table = histograms(draws)
    first, second = table
    chi = stats.chi2_contingency(table, correction=False)
    balanced = table / table.sum(axis=1, keepdims=True)
    return [
        psi(table),
        scipy.spatial.distance.jensenshannon(first, second, base=2),
        chi.statistic,
        chi.pvalue,
        math.sqrt(stats.chi2_contingency(balanced, correction=False).statistic / 2),
        *noncentrality(chi.statistic, chi.dof, 0.9),
    ]


def sampled(draws):
    def sample(scale):
        rows = 2 + draws.below(60)
        return sorted(draws.below(40) / 8 * scale for _ in range(rows))

    first, second = sample(1), sample(0.5 + draws.unit())
    weights = [[1 + draws.below(5) for _ in side] for side in (first, second)]
    distance = stats.ks_2samp(first, second, method="asymp").statistic
    rows = len(first) * len(second) / (len(first) + len(second))
    return [
        distance,
        special.kolmogorov(math.sqrt(rows) * distance),
        stats.wasserstein_distance(first, second),
        stats.wasserstein_distance(first, second, *weights),
        numpy.std(first),
    ]


def write(name, families):
    libraries = (numpy, scipy, statsmodels, sklearn)
    made_by = ", ".join(f"{library.__name__} {library.__version__}" for library in libraries)
    lines = [f'"made_by": {json.dumps(made_by)}']
    for number, (family, answer) in families.items():
        answers = []
        for case in range(CASES):
            draws = Draws(number, case)
            told = answer(draws, case) if answer is replicates else answer(draws)
            answers.append(json.dumps(told and [float(x) for x in told]))
        lines.append(f'"{family}": [\n' + ",\n".join(answers) + "\n]")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (Path(__file__).parent / name).write_text(text)


write(
    "compare.json",
    {
        1: ("distributions", distributions),
        2: ("areas", areas),
        3: ("accuracies", accuracies),
        4: ("replicates", replicates),
        5: ("repeats", repeats),
        6: ("adjusted", adjusted),
        7: ("powers", powers),
    },
)
write("drift.json", {11: ("binned", binned), 12: ("sampled", sampled)})
