//! What scikit-learn says. `golden/make.py` makes the expected values.

use serde_json::Value;
use tollgate_stats::metrics::{
    Average, Binary, Bins, Classes, Metric, Rankings, Rows, Undefined, Values, or_convention,
};

use crate::cases;

/// So far apart two values may be that differ in the order of sums alone, relative to the larger.
const TOLERANCE: f64 = 1e-12;
/// A difference of nearly equal numbers has no relative error to speak of.
const NEAR_ZERO: f64 = 1e-14;

/// What is expected of each case, and the case's seed.
fn expected(file: &str) -> impl Iterator<Item = (u64, Vec<Option<f64>>)> {
    let golden: Value = serde_json::from_str(file).unwrap();
    let cases = golden["cases"].as_array().unwrap().clone();
    assert!(cases.len() >= 200);
    let row = |case: Value| case.as_array().unwrap().iter().map(Value::as_f64).collect();
    (0..).zip(cases.into_iter().map(row))
}

#[track_caller]
fn compare(seed: u64, names: &[&str], ours: &[Result<f64, Undefined>], theirs: &[Option<f64>]) {
    assert_eq!(names.len(), ours.len());
    assert_eq!(ours.len(), theirs.len());
    for ((name, ours), theirs) in names.iter().zip(ours).zip(theirs) {
        let same = match (or_convention(*ours), theirs) {
            (Ok(ours), Some(theirs)) => near(ours, *theirs),
            (ours, theirs) => ours.is_err() && theirs.is_none(),
        };
        assert!(same, "case {seed}, {name}: {ours:?} is not {theirs:?}");
    }
}

fn near(ours: f64, theirs: f64) -> bool {
    let apart = (ours - theirs).abs();
    apart <= NEAR_ZERO || apart <= TOLERANCE * ours.abs().max(theirs.abs())
}

/// The metrics of these names, in their order.
fn measured(names: &[&str], rows: &Result<Rows<'_>, Undefined>) -> Vec<Result<f64, Undefined>> {
    let metric = |name: &&str| name.parse::<Metric>().unwrap();
    names
        .iter()
        .map(|name| rows.as_ref().map_err(|why| *why).and_then(|rows| metric(name).of(rows)))
        .collect()
}

/// A curve as one number: each value counts, and so does its place.
fn fingerprint(columns: &[Vec<f64>]) -> f64 {
    let column = |(i, column): (usize, &Vec<f64>)| {
        column.iter().enumerate().map(|(j, x)| ((i + 1) * (j + 1)) as f64 * x).sum::<f64>()
    };
    columns.iter().enumerate().map(column).sum()
}

/// The first threshold is infinite, and counts as 0.
fn thresholds(of: impl Iterator<Item = f64>) -> Vec<f64> {
    of.map(|threshold| if threshold.is_finite() { threshold } else { 0.0 }).collect()
}

fn roc(binary: &Binary) -> Result<f64, Undefined> {
    let points = binary.roc(usize::MAX)?;
    Ok(fingerprint(&[
        points.iter().map(|point| point.false_positive_rate).collect(),
        points.iter().map(|point| point.true_positive_rate).collect(),
        thresholds(points.iter().map(|point| point.threshold)),
    ]))
}

fn precision_recall(binary: &Binary) -> Result<f64, Undefined> {
    let points = binary.precision_recall(usize::MAX)?;
    Ok(fingerprint(&[
        points.iter().map(|point| point.recall).collect(),
        points.iter().map(|point| point.precision).collect(),
        thresholds(points.iter().map(|point| point.threshold)),
    ]))
}

fn calibration(binary: &Binary) -> Result<f64, Undefined> {
    let points = binary.calibration(Bins::EqualWidth(10.try_into().unwrap()))?;
    Ok(fingerprint(&[
        points.iter().map(|point| point.predicted).collect(),
        points.iter().map(|point| point.observed).collect(),
    ]))
}

#[test]
fn metrics_of_scores_are_scikit_learns() {
    let names = [
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier",
        "ece",
        "ece@15",
        "ece_equal_count",
        "ece_equal_count@3",
    ];
    for (seed, theirs) in expected(include_str!("golden/scores.json")) {
        let case = cases::scores(seed);
        let binary = Binary::new(&case.labels, &case.scores, case.weights.as_deref());
        let ours = measured(&names, &binary.clone().map(Rows::Scores));
        compare(seed, &names, &ours, &theirs[..8]);
        let curve = |of: fn(&Binary) -> _| binary.as_ref().map_err(|why| *why).and_then(of);
        compare(seed, &["roc", "pr"], &[curve(roc), curve(precision_recall)], &theirs[8..10]);
        if case.weights.is_none() {
            compare(seed, &["calibration"], &[curve(calibration)], &theirs[10..]);
        }
    }
}

#[test]
fn metrics_of_classes_are_scikit_learns() {
    for (seed, theirs) in expected(include_str!("golden/classes.json")) {
        let case = cases::classes(seed);
        let classes = Classes::new(&case.truth, &case.predicted, case.weights.as_deref()).unwrap();
        let confusion = classes.confusion();
        let row = |&truth: &u32| {
            confusion.classes().iter().map(|&other| confusion.weight(truth, other)).collect()
        };
        let matrix: Vec<Vec<f64>> = confusion.classes().iter().map(row).collect();
        compare(seed, &["confusion"], &[Ok(fingerprint(&matrix))], &theirs[3..4]);
        let rows = Ok(Rows::Classes(classes));
        let first = ["accuracy", "balanced_accuracy", "mcc"];
        compare(seed, &first, &measured(&first, &rows), &theirs[..3]);
        let averaged = [
            "precision",
            "precision_macro",
            "precision_micro",
            "precision_weighted",
            "recall",
            "recall_macro",
            "recall_micro",
            "recall_weighted",
            "f1",
            "f1_macro",
            "f1_micro",
            "f1_weighted",
        ];
        compare(seed, &averaged, &measured(&averaged, &rows), &theirs[4..]);
    }
}

#[test]
fn metrics_of_values_are_scikit_learns() {
    let names = [
        "mae",
        "rmse",
        "r2",
        "mape",
        "pinball@0",
        "pinball@0.1",
        "pinball@0.5",
        "pinball@0.9",
        "pinball@1",
        "coverage",
    ];
    for (seed, theirs) in expected(include_str!("golden/values.json")) {
        let case = cases::values(seed);
        let values = Values::new(&case.truth, &case.predicted, case.weights.as_deref());
        compare(seed, &names, &measured(&names, &values.map(Rows::Values)), &theirs);
    }
}

#[test]
fn metrics_of_rankings_are_scikit_learns_and_the_mean_of_all_orders() {
    let names = [
        "ndcg@1",
        "ndcg@3",
        "ndcg@10",
        "ndcg",
        "recall@1",
        "recall@3",
        "map@1",
        "map@3",
        "map",
        "hit_rate@1",
        "hit_rate@3",
    ];
    for (seed, theirs) in expected(include_str!("golden/rankings.json")) {
        let case = cases::rankings(seed);
        let rankings = Rankings::new(&case.groups, &case.relevances, &case.scores);
        compare(seed, &names, &measured(&names, &rankings.map(Rows::Groups)), &theirs);
    }
}

/// The cases hold what they are meant to hold: convention, refusal and plain numbers.
#[test]
fn the_cases_reach_the_edges() {
    let mut conventional = 0;
    let mut one_class = 0;
    let mut constant = 0;
    for seed in 0..240 {
        let case = cases::classes(seed);
        let classes = Classes::new(&case.truth, &case.predicted, None).unwrap();
        let precision = classes.precision(Average::Macro);
        conventional += u32::from(matches!(precision, Err(Undefined::ZeroDivision { .. })));
        let case = cases::scores(seed);
        let auc = Binary::new(&case.labels, &case.scores, None).unwrap().roc_auc();
        one_class += u32::from(auc == Err(Undefined::OneClass));
        let case = cases::values(seed);
        let r2 = Values::new(&case.truth, &case.predicted, None).unwrap().r2();
        constant += u32::from(matches!(r2, Err(Undefined::ZeroDivision { .. })));
    }
    assert!(conventional > 20 && one_class > 20 && constant > 20);
}
