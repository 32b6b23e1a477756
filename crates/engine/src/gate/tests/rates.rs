//! How often the gate errs, by simulation with fixed seeds: both models see the same examples with
//! noise of their own, and all rows and repetitions are independent.
//!
//! A share of `n` repetitions scatters; what is allowed is three standard errors above the rate
//! that is stated.

use tollgate_model::Goal;

use super::rows::{compared, of_rows, verdict_of};
use super::table::{Random, Table};
use super::*;
use crate::gate::model::Model;

const REPETITIONS: usize = 2_000;

/// The share of repetitions in which the gate lets a challenger through.
fn passed(gate: &Gate, rows: usize, noise: (f64, f64), holdout_use: u64, seed: u64) -> f64 {
    let mut random = Random(seed);
    let passed = (0..REPETITIONS).filter(|_| {
        let old = Table::new(rows, noise.0, &mut random);
        let (ours, theirs) = (old.scored(noise.1, &mut random).columns(), old.columns());
        let predictions = Some(Ok(&ours));
        let baseline = Some(("r7", Ok(&theirs)));
        let evidence = Evidence { predictions, baseline, holdout_use, ..Evidence::default() };
        judge(gate, &evidence, "").verdict.passed()
    });
    passed.count() as f64 / REPETITIONS as f64
}

fn at_most(stated: f64) -> f64 {
    stated + 3.0 * (stated * (1.0 - stated) / REPETITIONS as f64).sqrt()
}

#[test]
fn an_equal_model_is_rarely_better() {
    for (metric, rows) in [("roc_auc", 200), ("accuracy", 200), ("log_loss", 200)] {
        let gate = compared(metric, Goal::Better, 0.0);
        let share = passed(&gate, rows, (0.6, 0.6), 1, 31);
        // The first of many uses takes half of the level.
        assert!(share <= at_most(0.05 / 2.0), "{metric}: {share}");
        let share = passed(&gate, rows, (0.6, 0.6), 0, 32);
        assert!((0.02..=at_most(0.05)).contains(&share), "{metric}: {share}");
    }
}

#[test]
fn an_equal_model_is_rarely_better_on_the_thirtieth_use() {
    let gate = compared("roc_auc", Goal::Better, 0.0);
    let share = passed(&gate, 200, (0.6, 0.6), 30, 33);
    assert!(share <= at_most(0.05 / (30.0 * 31.0)), "{share}");
}

/// A holdout of which thirty candidates are tried: any that is let through is an error.
#[test]
fn thirty_tries_on_one_holdout_err_no_more_often_than_one() {
    let gate = compared("roc_auc", Goal::Better, 0.0);
    let (holdouts, mut random) = (300, Random(34));
    let mut erred = 0;
    for _ in 0..holdouts {
        let old = Table::new(150, 0.6, &mut random);
        let theirs = old.columns();
        let lucky = (1..=30).any(|holdout_use| {
            let ours = old.scored(0.6, &mut random).columns();
            let (predictions, baseline) = (Some(Ok(&ours)), Some(("r7", Ok(&theirs))));
            let evidence = Evidence { predictions, baseline, holdout_use, ..Evidence::default() };
            judge(&gate, &evidence, "").verdict.passed()
        });
        erred += usize::from(lucky);
    }
    let share = erred as f64 / f64::from(holdouts);
    assert!(share <= 0.05 + 3.0 * (0.05 * 0.95 / f64::from(holdouts)).sqrt(), "{share}");
}

#[test]
fn a_model_worse_by_the_margin_is_rarely_not_worse() {
    // What the noise costs in accuracy and area was measured on a million rows.
    let mut random = Random(35);
    let large = Table::new(1_000_000, 0.6, &mut random);
    let figures = |table: &Table| {
        let (columns, gate) = (table.columns(), of_rows(&[]));
        let names = gate.predictions.as_ref().unwrap();
        let all: Vec<usize> = (0..columns.rows).collect();
        let model = Model { names, columns: &columns };
        ["roc_auc", "accuracy"].map(|it| model.figure(it.parse().unwrap(), &all, None).unwrap())
    };
    let (was, is) = (figures(&large), figures(&large.scored(0.7, &mut random)));
    for (at, metric) in ["roc_auc", "accuracy"].into_iter().enumerate() {
        let margin = was[at] - is[at];
        assert!(margin > 0.02, "{metric}: {margin}");
        let gate = compared(metric, Goal::NotWorse, margin);
        let share = passed(&gate, 300, (0.6, 0.7), 0, 36);
        assert!((0.02..=at_most(0.05)).contains(&share), "{metric}: {share}");
    }
}

#[test]
fn the_power_that_is_printed_is_the_power_that_is_seen() {
    let gate = compared("roc_auc", Goal::NotWorse, 0.03);
    let mut random = Random(37);
    let mut printed = Vec::new();
    for _ in 0..200 {
        let old = Table::new(400, 0.6, &mut random);
        let (ours, theirs) = (old.scored(0.6, &mut random).columns(), old.columns());
        let report = verdict_of(&gate, &ours, Some(&theirs));
        printed.push(report.judgement.unwrap().compared.unwrap().power.unwrap());
    }
    let printed = printed.iter().sum::<f64>() / printed.len() as f64;
    let seen = passed(&gate, 400, (0.6, 0.6), 0, 38);
    assert!((printed - seen).abs() < 0.04, "printed {printed}, seen {seen}");
}
