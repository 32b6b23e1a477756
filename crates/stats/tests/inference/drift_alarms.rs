//! Large samples are no alarm by themselves, and a shift is found.

use std::collections::BTreeMap;

use tollgate_stats::drift::bins::Bins;
use tollgate_stats::drift::sample::Sample;
use tollgate_stats::drift::wasserstein::{self, Scale};
use tollgate_stats::drift::{Drift, Judgement, category, divergence, kolmogorov, limits};

use crate::draws::Draws;

const MEASURES: usize = 5;

/// Every measure of two samples, with its usual limit.
fn measure(reference: &[f64], current: &[f64]) -> [(Drift, f64); MEASURES] {
    let bins = Bins::quantiles(reference, 10).unwrap();
    let (before, now) = (bins.fill(reference), bins.fill(current));
    let named =
        |counts: &[u64]| -> BTreeMap<usize, u64> { counts.iter().copied().enumerate().collect() };
    let categories = category::compare(&named(&before), &named(&now), 0.95).unwrap().drift;
    let (first, second) = (Sample::sorted(reference).unwrap(), Sample::sorted(current).unwrap());
    let moved = wasserstein::compare(&first, &second, Scale::Deviation, 0.95).unwrap();
    [
        (divergence::psi(&before, &now, 0.95).unwrap(), limits::PSI),
        (divergence::jensen_shannon(&before, &now, 0.95).unwrap(), limits::JENSEN_SHANNON),
        (categories, limits::CRAMER),
        (kolmogorov::compare(&first, &second, 0.95), limits::KOLMOGOROV_SMIRNOV),
        (moved, limits::WASSERSTEIN),
    ]
}

/// How often each measure says so, in so many rounds.
fn judged(rows: usize, rounds: u64, shift: f64, wanted: Judgement) -> [u64; MEASURES] {
    let mut counts = [0; MEASURES];
    for round in 0..rounds {
        let mut draws = Draws::new(300 + rows as u64, round);
        let (reference, current) = (draws.sorted(rows, 0.0), draws.sorted(rows, shift));
        for (count, (drift, limit)) in counts.iter_mut().zip(measure(&reference, &current)) {
            *count += u64::from(drift.judge(limit) == wanted);
        }
    }
    counts
}

#[test]
fn without_drift_there_is_no_alarm_at_any_size() {
    for (rows, rounds) in [(1_000, 300), (10_000, 50), (100_000, 5), (1_000_000, 1)] {
        let alarms = judged(rows, rounds, 0.0, Judgement::Drifted);
        assert_eq!(alarms, [0; MEASURES], "{rows} rows");
        // And from ten thousand rows on it is known to be steady.
        if rows > 1_000 {
            let steady = judged(rows, rounds, 0.0, Judgement::Steady);
            assert_eq!(steady, [rounds; MEASURES], "{rows} rows");
        }
    }
}

/// A fiftieth of a standard deviation: for p an alarm, and for nobody else.
#[test]
fn what_does_not_matter_is_no_alarm_however_sure() {
    let mut draws = Draws::new(310, 0);
    let (reference, current) = (draws.sorted(400_000, 0.0), draws.sorted(400_000, 0.02));
    for (drift, limit) in measure(&reference, &current) {
        assert!(drift.p.is_none_or(|p| p < 1e-6), "{drift:?}");
        assert_eq!(drift.judge(limit), Judgement::Steady, "{drift:?}");
    }
}

#[test]
fn a_planted_shift_is_found() {
    for (rows, rounds) in [(1_000, 100), (10_000, 20), (100_000, 2)] {
        let found = judged(rows, rounds, 0.7, Judgement::Drifted);
        assert!(found.iter().all(|found| *found * 20 >= rounds * 19), "{rows} rows: {found:?}");
    }
}
