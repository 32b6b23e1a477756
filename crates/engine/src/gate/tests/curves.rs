//! Curves.

use super::rows::of_rows;
use super::table::{Random, Table};
use super::*;

#[test]
fn curves_go_from_corner_to_corner_in_few_points() {
    let table = Table::new(5_000, 0.5, &mut Random(4)).columns();
    let evidence = Evidence {
        predictions: Some(Ok(&table)),
        baseline: Some(("r7", Ok(&table))),
        ..Evidence::default()
    };
    let curves = curves(&of_rows(&[("roc_auc", ">= 0")]), &evidence);
    let names: Vec<_> = curves[0].lines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((curves.len(), names), (3, vec!["this model", "r7"]));
    let roc = &curves[0].lines[0].1;
    assert_eq!((roc[0], roc[roc.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
    for (_, points) in curves.iter().flat_map(|curve| &curve.lines) {
        assert!((2..=201).contains(&points.len()), "{}", points.len());
        assert!(points.iter().all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)));
    }
    // The area under what is left is what it was.
    let area: f64 = roc.windows(2).map(|p| (p[1].0 - p[0].0) * (p[1].1 + p[0].1) / 2.0).sum();
    let gate = of_rows(&[("roc_auc", ">= 0")]);
    let whole = judge(&gate, &evidence, "").figures["roc_auc"];
    assert!((area - whole).abs() < 0.002, "{area} {whole}");
}

#[test]
fn without_scores_there_is_no_curve() {
    let mut gate = of_rows(&[("accuracy", ">= 0")]);
    gate.predictions.as_mut().unwrap().score = None;
    let table = Table::new(50, 0.5, &mut Random(4)).columns();
    let evidence = Evidence { predictions: Some(Ok(&table)), ..Evidence::default() };
    assert_eq!(curves(&gate, &evidence), []);
}
