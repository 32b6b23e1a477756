//! What must hold whatever the numbers are.

use tollgate_stats::metrics::{
    Better, Binary, Classes, Metric, NAMES, Rankings, Rows, Undefined, Values, or_convention,
};

use crate::cases::{self, Random};

const SEEDS: std::ops::Range<u64> = 1_000..1_300;

/// An order of so many rows.
fn shuffled(rows: usize, seed: u64) -> Vec<usize> {
    let random = &mut Random(seed);
    let mut order: Vec<usize> = (0..rows).collect();
    for last in (1..rows).rev() {
        order.swap(last, random.below(last as u64 + 1) as usize);
    }
    order
}

fn picked<T: Copy>(column: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|&row| column[row]).collect()
}

/// Every metric that these rows have.
fn all(rows: &Result<Rows<'_>, Undefined>) -> Vec<(Metric, Result<f64, Undefined>)> {
    let of = |metric: Metric| rows.as_ref().map_err(|why| *why).and_then(|rows| metric.of(rows));
    NAMES.iter().map(|name| name.parse().unwrap()).map(|metric| (metric, of(metric))).collect()
}

fn near(one: Result<f64, Undefined>, other: Result<f64, Undefined>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            (one - other).abs() <= 1e-14 || (one - other).abs() <= 1e-12 * one.abs()
        }
        (one, other) => one.is_err() && other.is_err(),
    }
}

#[track_caller]
fn same(one: &Result<Rows<'_>, Undefined>, other: &Result<Rows<'_>, Undefined>) {
    for ((metric, one), (_, other)) in all(one).into_iter().zip(all(other)) {
        assert!(near(or_convention(one), or_convention(other)), "{metric}: {one:?}, {other:?}");
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    for seed in SEEDS {
        let case = cases::scores(seed);
        let order = shuffled(case.labels.len(), seed);
        let weights = case.weights.as_ref().map(|weights| picked(weights, &order));
        let (labels, scores) = (picked(&case.labels, &order), picked(&case.scores, &order));
        let one = Binary::new(&case.labels, &case.scores, case.weights.as_deref());
        let other = Binary::new(&labels, &scores, weights.as_deref());
        assert_eq!(all(&one.map(Rows::Scores)), all(&other.map(Rows::Scores)));

        let case = cases::classes(seed);
        let order = shuffled(case.truth.len(), seed);
        let weights = case.weights.as_ref().map(|weights| picked(weights, &order));
        let (truth, predicted) = (picked(&case.truth, &order), picked(&case.predicted, &order));
        let one = Classes::new(&case.truth, &case.predicted, case.weights.as_deref());
        let other = Classes::new(&truth, &predicted, weights.as_deref());
        assert_eq!(all(&one.map(Rows::Classes)), all(&other.map(Rows::Classes)));

        let case = cases::values(seed);
        let order = shuffled(case.truth.len(), seed);
        let weights = case.weights.as_ref().map(|weights| picked(weights, &order));
        let (truth, predicted) = (picked(&case.truth, &order), picked(&case.predicted, &order));
        let one = Values::new(&case.truth, &case.predicted, case.weights.as_deref());
        let other = Values::new(&truth, &predicted, weights.as_deref());
        same(&one.map(Rows::Values), &other.map(Rows::Values));

        let case = cases::rankings(seed);
        let order = shuffled(case.groups.len(), seed);
        let groups = picked(&case.groups, &order);
        let (relevances, scores) = (picked(&case.relevances, &order), picked(&case.scores, &order));
        let one = Rankings::new(&case.groups, &case.relevances, &case.scores);
        let other = Rankings::new(&groups, &relevances, &scores);
        assert_eq!(all(&one.map(Rows::Groups)), all(&other.map(Rows::Groups)));
    }
}

/// Weights whose sum lies half-way between two numbers, where the least bit of what was lost before
/// decides which of them it is.
#[test]
fn the_order_of_rows_does_not_matter_even_where_rounding_does() {
    let halves = [1.0, 2f64.powi(-53), 2f64.powi(-54), 3.0 * 2f64.powi(-54), 2f64.powi(-107)];
    for seed in SEEDS {
        let random = &mut Random(seed);
        let rows = 12;
        let weights: Vec<f64> = (0..rows).map(|_| random.of(&halves)).collect();
        let ids: Vec<u32> = (0..rows).map(|_| random.below(2) as u32).collect();
        let labels: Vec<bool> = ids.iter().map(|id| *id == 1).collect();
        let scores = vec![0.5; rows];
        let tied = vec![3; rows];
        let order = shuffled(rows, seed);
        let (mixed_weights, mixed_ids) = (picked(&weights, &order), picked(&ids, &order));
        let mixed_labels = picked(&labels, &order);

        let one = Binary::new(&labels, &scores, Some(&weights));
        let other = Binary::new(&mixed_labels, &scores, Some(&mixed_weights));
        assert_eq!(all(&one.map(Rows::Scores)), all(&other.map(Rows::Scores)));
        let one = Classes::new(&ids, &tied, Some(&weights)).unwrap();
        let other = Classes::new(&mixed_ids, &tied, Some(&mixed_weights)).unwrap();
        assert_eq!(one.confusion(), other.confusion());
        let one = Rankings::new(&tied, &weights, &scores);
        let other = Rankings::new(&tied, &mixed_weights, &scores);
        assert_eq!(all(&one.map(Rows::Groups)), all(&other.map(Rows::Groups)));
    }
}

/// Each row as often as its weight says, which is a whole number.
fn repeated(weights: &[f64]) -> Vec<usize> {
    let times = |row: usize| std::iter::repeat_n(row, weights[row] as usize);
    (0..weights.len()).flat_map(times).collect()
}

#[test]
fn a_weight_is_a_repetition() {
    for seed in SEEDS {
        let random = &mut Random(seed);
        let mut whole =
            |rows: usize| -> Vec<f64> { (0..rows).map(|_| random.below(4) as f64).collect() };
        let case = cases::scores(seed);
        let weights = whole(case.labels.len());
        let order = repeated(&weights);
        let (labels, scores) = (picked(&case.labels, &order), picked(&case.scores, &order));
        let one = Binary::new(&case.labels, &case.scores, Some(&weights));
        same(&one.map(Rows::Scores), &Binary::new(&labels, &scores, None).map(Rows::Scores));

        let case = cases::classes(seed);
        let weights = whole(case.truth.len());
        let order = repeated(&weights);
        let (truth, predicted) = (picked(&case.truth, &order), picked(&case.predicted, &order));
        let one = Classes::new(&case.truth, &case.predicted, Some(&weights));
        same(&one.map(Rows::Classes), &Classes::new(&truth, &predicted, None).map(Rows::Classes));

        let case = cases::values(seed);
        let weights = whole(case.truth.len());
        let order = repeated(&weights);
        // One row, however often it is repeated, has no spread: the reasons differ, and one of them
        // has a convention.
        if weights.iter().filter(|weight| **weight > 0.0).count() > 1 {
            let (truth, predicted) = (picked(&case.truth, &order), picked(&case.predicted, &order));
            let one = Values::new(&case.truth, &case.predicted, Some(&weights));
            same(&one.map(Rows::Values), &Values::new(&truth, &predicted, None).map(Rows::Values));
        }
    }
}

fn auc(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<f64, Undefined> {
    Binary::new(labels, scores, weights)?.roc_auc()
}

#[test]
fn ranking_metrics_see_only_the_order_of_scores() {
    for seed in SEEDS {
        let case = cases::scores(seed);
        // The place among the scores, squared and moved: no probability any more.
        let below = |score: f64| case.scores.iter().filter(|other| **other < score).count();
        let stretched: Vec<f64> =
            case.scores.iter().map(|score| (below(*score) as f64).powi(2) - 3.0).collect();
        let weights = case.weights.as_deref();
        let one = Binary::new(&case.labels, &case.scores, weights);
        let other = Binary::new(&case.labels, &stretched, weights);
        assert_eq!(
            one.clone().and_then(|binary| binary.roc_auc()),
            other.clone().and_then(|binary| binary.roc_auc()),
        );
        assert_eq!(
            one.and_then(|binary| binary.average_precision()),
            other.and_then(|binary| binary.average_precision()),
        );
    }
}

#[test]
fn the_other_class_has_the_rest_of_the_area() {
    for seed in SEEDS {
        let case = cases::scores(seed);
        let others: Vec<bool> = case.labels.iter().map(|label| !label).collect();
        let weights = case.weights.as_deref();
        let area = auc(&case.labels, &case.scores, weights);
        let rest = auc(&others, &case.scores, weights).map(|area| 1.0 - area);
        assert!(near(area, rest), "case {seed}: {area:?}, {rest:?}");
    }
}

/// Pair by pair, as Mann and Whitney count.
#[test]
fn the_area_is_the_share_of_pairs_in_order() {
    for seed in SEEDS {
        let case = cases::scores(seed);
        let of = |wanted: bool| {
            let rows = case.labels.iter().zip(&case.scores);
            rows.filter(move |(label, _)| **label == wanted).map(|(_, score)| *score)
        };
        let pair = |positive: f64, negative: f64| match positive.total_cmp(&negative) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 1.0,
        };
        let pairs: Vec<f64> = of(true).flat_map(|p| of(false).map(move |n| pair(p, n))).collect();
        let share = pairs.iter().sum::<f64>() / pairs.len() as f64;
        let share = if pairs.is_empty() { Err(Undefined::OneClass) } else { Ok(share) };
        let area = auc(&case.labels, &case.scores, None);
        assert!(near(area, share), "case {seed}: {area:?}, {share:?}");
    }
}

#[test]
fn a_metric_lies_within_its_range() {
    let mut measured = 0;
    let mut check = |rows: Result<Rows<'_>, Undefined>| {
        for (metric, value) in all(&rows) {
            let Ok(value) = or_convention(value) else { continue };
            let (least, greatest) = metric.range();
            assert!(least <= value && value <= greatest, "{metric}: {value}");
            measured += 1;
        }
    };
    for seed in SEEDS {
        let case = cases::scores(seed);
        check(Binary::new(&case.labels, &case.scores, case.weights.as_deref()).map(Rows::Scores));
        let case = cases::classes(seed);
        let weights = case.weights.as_deref();
        check(Classes::new(&case.truth, &case.predicted, weights).map(Rows::Classes));
        let case = cases::values(seed);
        let weights = case.weights.as_deref();
        check(Values::new(&case.truth, &case.predicted, weights).map(Rows::Values));
        let case = cases::rankings(seed);
        check(Rankings::new(&case.groups, &case.relevances, &case.scores).map(Rows::Groups));
    }
    assert!(measured > 5_000, "{measured}");
}

/// The truth itself, as a prediction, is at the better end of each range.
#[test]
fn nothing_is_better_than_the_truth() {
    let labels = [true, false, true, true, false];
    let scores = labels.map(|label| f64::from(u8::from(label)));
    let classes = labels.map(u32::from);
    let values = [3.0, 1.0, -2.0];
    let rows = [
        Binary::new(&labels, &scores, None).map(Rows::Scores),
        Classes::new(&classes, &classes, None).map(Rows::Classes),
        Values::new(&values, &values, None).map(Rows::Values),
        Rankings::new(&[0, 0, 1], &[0.0, 2.0, 1.0], &[0.0, 2.0, 1.0]).map(Rows::Groups),
    ];
    let mut reached = 0;
    for (metric, value) in rows.iter().flat_map(all) {
        let Ok(value) = value else { continue };
        let (least, greatest) = metric.range();
        let best = if metric.better() == Better::Less { least } else { greatest };
        assert!((value - best).abs() < 1e-15, "{metric}: {value}");
        reached += 1;
    }
    assert_eq!(reached, NAMES.len());
}
