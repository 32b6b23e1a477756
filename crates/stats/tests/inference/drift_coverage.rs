//! How often an effect's interval holds the true effect.

use std::collections::BTreeMap;

use tollgate_stats::drift::sample::Sample;
use tollgate_stats::drift::wasserstein::{self, Scale};
use tollgate_stats::drift::{Drift, category, divergence, kolmogorov};
use tollgate_stats::normal;

use crate::draws::{Draws, rate, slack};

const ROUNDS: u32 = 1_000;

const REFERENCE: [f64; 6] = [0.3, 0.25, 0.2, 0.1, 0.1, 0.05];

/// From no difference at all to a large one.
const CURRENT: [[f64; 6]; 6] = [
    REFERENCE,
    [0.28, 0.24, 0.21, 0.11, 0.11, 0.05],
    [0.25, 0.2, 0.2, 0.13, 0.14, 0.08],
    [0.1, 0.15, 0.2, 0.2, 0.2, 0.15],
    [0.02, 0.3, 0.3, 0.14, 0.14, 0.1],
    [0.02, 0.08, 0.2, 0.3, 0.25, 0.15],
];

fn sum(current: &[f64; 6], term: impl Fn(f64, f64) -> f64) -> f64 {
    REFERENCE.iter().zip(current).map(|(p, q)| term(*p, *q)).sum()
}

/// The least and the greatest rate at which the interval holds.
fn held(truth: impl Fn(&[f64; 6]) -> f64, told: impl Fn(&[u64], &[u64]) -> Drift) -> [f64; 2] {
    let mut rates = vec![];
    for current in CURRENT {
        for (rows, others) in [(400, 400), (5_000, 1_000)] {
            let truth = truth(&current);
            rates.push(rate(401, ROUNDS, |draws| {
                let before = draws.histogram(rows, &REFERENCE);
                let interval = told(&before, &draws.histogram(others, &current)).interval;
                interval.low <= truth + 1e-12 && truth <= interval.high
            }));
        }
    }
    rates.into_iter().fold([1.0, 0.0], |[least, most], rate| [rate.min(least), rate.max(most)])
}

fn near(rates: [f64; 2]) {
    let least = 0.9 - slack(0.9, ROUNDS) - 0.015;
    // Without a difference the lower end can't err.
    assert!(rates[0] > least && rates[1] < 0.985, "{rates:?}");
}

#[test]
fn of_the_population_stability_index() {
    let truth = |current: &[f64; 6]| sum(current, |p, q| (p - q) * (p / q).ln());
    near(held(truth, |before, now| divergence::psi(before, now, 0.9).unwrap()));
}

#[test]
fn of_the_jensen_shannon_distance() {
    let half = |p: f64, q: f64| 0.5 * p * (2.0 * p / (p + q)).log2();
    let truth = |current: &[f64; 6]| sum(current, |p, q| half(p, q) + half(q, p)).sqrt();
    near(held(truth, |before, now| divergence::jensen_shannon(before, now, 0.9).unwrap()));
}

#[test]
fn of_cramers_v() {
    let truth = |current: &[f64; 6]| sum(current, |p, q| (p - q).powi(2) / (2.0 * (p + q))).sqrt();
    let named =
        |counts: &[u64]| -> BTreeMap<usize, u64> { counts.iter().copied().enumerate().collect() };
    near(held(truth, |before, now| {
        category::compare(&named(before), &named(now), 0.9).unwrap().drift
    }));
}

/// These two promise at least their confidence.
#[test]
fn of_distances_of_samples() {
    for (shift, rows) in [(0.0, 200), (0.2, 200), (1.0, 500)] {
        // The largest distance of two normal distributions is half-way.
        let apart = 1.0 - 2.0 * normal::tail(shift / 2.0);
        let mut moved = 0;
        let both = |draws: &mut Draws| (draws.sorted(rows, 0.0), draws.sorted(2 * rows, shift));
        let distance = rate(402, ROUNDS, |draws| {
            let (first, second) = both(draws);
            let (first, second) =
                (Sample::sorted(&first).unwrap(), Sample::sorted(&second).unwrap());
            let told = wasserstein::compare(&first, &second, Scale::Deviation, 0.9).unwrap();
            let unit = told.statistic / told.effect.max(f64::MIN_POSITIVE);
            let truth = shift / unit;
            moved += u32::from(told.interval.low <= truth && truth <= told.interval.high);
            let told = kolmogorov::compare(&first, &second, 0.9).interval;
            told.low <= apart && apart <= told.high
        });
        let moved = f64::from(moved) / f64::from(ROUNDS);
        let least = 0.9 - slack(0.9, ROUNDS);
        assert!(distance > least && moved > least, "{shift}: {distance} {moved}");
    }
}
