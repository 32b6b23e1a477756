//! How often an interval holds the truth.

use tollgate_stats::compare::bootstrap::area::PairedAreas;
use tollgate_stats::compare::bootstrap::groups::{Groups, Mean};
use tollgate_stats::compare::bootstrap::{Bootstrap, Plan, bootstrap};
use tollgate_stats::compare::mcnemar::Paired;
use tollgate_stats::compare::{delong, repeats};
use tollgate_stats::proportion::Interval;

use crate::draws::{Draws, rate, slack};

fn holds(interval: Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

fn about(rate: f64, confidence: f64, bias: f64, rounds: u32, told: &str) {
    let apart = (rate - confidence).abs();
    assert!(apart < bias + slack(confidence, rounds), "{told}: {rate} is not {confidence}");
}

/// Two equally good scores that share a part.
fn scored(draws: &mut Draws, rows: u32) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let mut table = (vec![], vec![], vec![]);
    for row in 0..rows {
        let shared = draws.normal() + f64::from(u8::from(row % 4 == 0));
        table.0.push(row % 4 == 0);
        table.1.push(shared + 0.7 * draws.normal());
        table.2.push(shared + 0.7 * draws.normal());
    }
    table
}

#[test]
fn of_delong() {
    for (family, rows, confidence) in [(201, 120, 0.95), (202, 400, 0.9)] {
        let held = rate(family, 2_000, |draws| {
            let (positive, first, second) = scored(draws, rows);
            let areas = delong::compare(&positive, &first, &second, confidence).unwrap();
            holds(areas.interval, 0.0)
        });
        about(held, confidence, 0.01, 2_000, &format!("{rows} rows"));
    }
}

#[test]
fn of_tango() {
    for (lost, gained) in [(0.05, 0.05), (0.02, 0.1), (0.01, 0.01), (0.2, 0.1)] {
        for rows in [50, 300] {
            let held = rate(203, 2_000, |draws| {
                let rows = (0..rows).map(|_| match draws.unit() {
                    unit if unit < lost => (true, false),
                    unit if unit < lost + gained => (false, true),
                    _ => (true, true),
                });
                let told = Paired::count(rows).compare(0.95).unwrap();
                holds(told.interval, gained - lost)
            });
            // Few rows on which they differ make whole steps of it, to the safe side.
            let least = 0.95 - slack(0.95, 2_000) - 0.01;
            assert!(held > least, "{lost} {gained} in {rows}: {held}");
        }
    }
}

fn plan(case: u64) -> Plan {
    Plan { replicates: 400, seed: case, threads: 1, confidence: 0.9, corrects: true }
}

/// Both of the bootstrap's intervals over rounds of rows.
fn both(
    family: u64,
    rounds: u32,
    truth: f64,
    mut told: impl FnMut(&mut Draws) -> Bootstrap,
) -> [f64; 2] {
    let mut corrected = 0;
    let percentile = rate(family, rounds, |draws| {
        let told = told(draws);
        corrected += u32::from(holds(told.corrected.unwrap(), truth));
        holds(told.percentile, truth)
    });
    [percentile, f64::from(corrected) / f64::from(rounds)]
}

#[test]
fn of_the_bootstrap_of_areas() {
    let held = both(204, 500, 0.0, |draws| {
        let (positive, first, second) = scored(draws, 120);
        bootstrap(&PairedAreas::new(&positive, &first, &second).unwrap(), plan(draws.bits()))
            .unwrap()
    });
    held.into_iter().for_each(|held| about(held, 0.9, 0.015, 500, "areas"));
}

#[test]
fn of_the_bootstrap_of_a_lopsided_mean() {
    let [percentile, corrected] = both(205, 1_000, 1.0, |draws| {
        let values = (0..60).map(|_| -(1.0 - draws.unit()).ln()).collect();
        bootstrap(&Mean::new(values).unwrap(), plan(draws.bits())).unwrap()
    });
    about(percentile, 0.9, 0.03, 1_000, "percentile");
    about(corrected, 0.9, 0.02, 1_000, "corrected");
}

#[test]
fn of_the_bootstrap_of_groups() {
    // Precision is 0.4 in 0.5.
    let held = both(206, 1_000, 0.8, |draws| {
        let kinds = draws.histogram(500, &[0.4, 0.1, 0.5]);
        let sizes = kinds.into_iter().map(|kind| u32::try_from(kind).unwrap()).collect();
        let precision = Groups::new(sizes, |kinds| {
            let [right, wrong, ..] = kinds else { return None };
            Some(f64::from(*right) / f64::from(right + wrong))
        });
        bootstrap(&precision, plan(draws.bits())).unwrap()
    });
    held.into_iter().for_each(|held| about(held, 0.9, 0.015, 1_000, "precision"));
}

#[test]
fn of_a_few_runs() {
    let runs = |draws: &mut Draws, count, spread: f64| -> Vec<f64> {
        (0..count).map(|_| 0.8 + spread * draws.normal()).collect()
    };
    let held = [
        rate(207, 2_000, |draws| {
            let (first, second) = (runs(draws, 3, 0.01), runs(draws, 8, 0.03));
            holds(repeats::welch(&first, &second, 0.95).unwrap().interval, 0.0)
        }),
        rate(208, 2_000, |draws| {
            holds(repeats::mean(&runs(draws, 4, 0.01), 0.95).unwrap().interval, 0.8)
        }),
        rate(209, 2_000, |draws| {
            let told = repeats::next(&runs(draws, 5, 0.01), 0.95).unwrap();
            holds(told.interval, runs(draws, 1, 0.01)[0])
        }),
    ];
    held.into_iter().for_each(|held| about(held, 0.95, 0.015, 2_000, "runs"));
}
