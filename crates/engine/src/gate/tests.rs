//! What is asked, and what comes of it.

mod curves;
mod rates;
mod rows;
mod table;

use proptest::prelude::*;
use tollgate_model::{Compare, Gate, Predictions, Report, Requirement, Verdict};

use super::*;

fn gate(bars: &[(&str, &str)]) -> Gate {
    let requirement = |(metric, bar): &(&str, &str)| Requirement {
        metric: (*metric).to_owned(),
        threshold: bar.parse().unwrap(),
        line: 7,
    };
    Gate::of_metrics("metrics.json".parse().unwrap(), bars.iter().map(requirement).collect())
}

fn judged(gate: &Gate, metrics: &[&[u8]]) -> Report {
    let name = |(at, bytes): (usize, &&[u8])| (format!("metrics-{at}.json"), bytes.to_vec());
    let metrics: Vec<_> = metrics.iter().enumerate().map(name).collect();
    let evidence = Evidence {
        metrics: &metrics,
        predictions: None,
        baseline: None,
        holdout_use: 0,
        threads: 1,
    };
    judge(gate, &evidence, "tollgate.yaml")
}

fn codes(metrics: &str, bars: &[(&str, &str)]) -> Vec<String> {
    let report = judged(&gate(bars), &[metrics.as_bytes()]);
    assert_eq!(report.verdict == Verdict::Pass, report.findings.is_empty());
    report.findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn decision_table() {
    let bar = [("accuracy", ">= 0.85")];
    let table = [
        (r#"{"accuracy": 0.85}"#, vec![]),
        (r#"{"accuracy": 1}"#, vec![]),
        (r#"{"accuracy": 0.849}"#, vec!["gate.threshold"]),
        (r#"{"f1": 0.9}"#, vec!["gate.missing"]),
        ("{}", vec!["gate.missing"]),
        (r#"{"accuracy": NaN}"#, vec!["gate.nan"]),
        (r#"{"note": "a NaN \" NaN", "accuracy": -Infinity}"#, vec!["gate.nan"]),
        (r#"{"accuracy": "0.9"}"#, vec!["gate.not-a-number"]),
        (r#"{"accuracy": null}"#, vec!["gate.not-a-number"]),
        (r#"{"accuracy": [0.9]}"#, vec!["gate.not-a-number"]),
        ("[0.9]", vec!["gate.unreadable"]),
        ("", vec!["gate.unreadable"]),
        ("{\"accuracy\": 0.9", vec!["gate.unreadable"]),
    ];
    for (metrics, expected) in table {
        assert_eq!(codes(metrics, &bar), expected, "{metrics}");
    }
}

#[test]
fn a_dot_steps_into_a_nested_object_and_a_whole_name_wins() {
    let bar = [("test.accuracy", ">= 0.85")];
    assert!(codes(r#"{"test": {"accuracy": 0.9}}"#, &bar).is_empty());
    assert!(codes(r#"{"test.accuracy": 0.9, "test": {"accuracy": 0.1}}"#, &bar).is_empty());
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let report = judged(&gate(&[("a", "> 0")]), &[&[0xff, 0xfe]]);
    assert_eq!(report.findings[0].code, "gate.unreadable");
}

proptest! {
    #[test]
    fn no_input_panics(text in ".{0,60}") {
        judged(&gate(&[("a", "> 0")]), &[text.as_bytes()]);
    }
}
