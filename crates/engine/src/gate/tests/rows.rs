//! What predictions say.

use tollgate_model::{Baseline, Form, Goal, Severity, Slices};

use super::table::{Random, Table};
use super::*;

pub(super) fn of_rows(bars: &[(&str, &str)]) -> Gate {
    let column = |name: &str| Some(name.to_owned());
    Gate {
        metrics: Vec::new(),
        predictions: Some(Predictions {
            path: "predictions.csv".parse().unwrap(),
            label: "y".into(),
            score: column("s"),
            prediction: None,
            key: column("id"),
            weight: None,
            group: None,
            positive: None,
        }),
        ..gate(bars)
    }
}

pub(super) fn compared(metric: &str, goal: Goal, margin: f64) -> Gate {
    let baseline = Baseline::LastGood;
    let metric = metric.to_owned();
    let compare = Compare { baseline, metric, goal, margin, confidence: 0.95, line: 9 };
    Gate { compare: Some(compare), ..of_rows(&[]) }
}

fn sliced(mut gate: Gate, bars: &[(&str, &str)], margin: Option<f64>) -> Gate {
    let require = super::gate(bars).require;
    let by = vec![vec!["plan".to_owned()]];
    gate.slices = Some(Slices { by, min_rows: 50, require, margin, line: 11 });
    gate
}

pub(super) fn verdict_of(gate: &Gate, ours: &Columns, theirs: Option<&Columns>) -> Report {
    let evidence = Evidence {
        predictions: Some(Ok(ours)),
        baseline: theirs.map(|theirs| ("r7", Ok(theirs))),
        ..Evidence::default()
    };
    judge(gate, &evidence, "tollgate.yaml")
}

fn codes(report: &Report) -> Vec<&str> {
    let all = report.findings.iter().chain(&report.not_assessed);
    all.map(|finding| finding.code.as_str()).collect()
}

#[test]
fn decision_table() {
    use Goal::{Better, NotWorse};
    use Verdict::{Fail, Pass, Undecided};
    let mut random = Random(11);
    let old = Table::new(4_000, 0.6, &mut random);
    let [better, worse, like] = [0.4, 0.9, 0.6].map(|noise| old.scored(noise, &mut random));
    let few = Table::new(60, 0.6, &mut random);
    let few_like = few.scored(0.6, &mut random);
    let table = [
        ("itself", &old, &old, NotWorse, 0.0, Pass),
        ("itself, to be better", &old, &old, Better, 0.0, Fail),
        ("better", &better, &old, Better, 0.0, Pass),
        ("better, but not by so much", &better, &old, Better, 0.3, Fail),
        ("better is not worse", &better, &old, NotWorse, 0.0, Pass),
        ("worse", &worse, &old, NotWorse, 0.01, Fail),
        ("alike, within a margin", &like, &old, NotWorse, 0.05, Pass),
        ("alike, to be better by much", &like, &old, Better, 0.05, Fail),
        ("too few to tell", &few_like, &few, NotWorse, 0.01, Undecided),
    ];
    for metric in ["roc_auc", "accuracy", "f1", "log_loss", "brier"] {
        for (what, ours, theirs, goal, margin, expected) in &table {
            let gate = compared(metric, *goal, *margin);
            let report = verdict_of(&gate, &ours.columns(), Some(&theirs.columns()));
            let told = report.judgement.as_ref().and_then(|it| it.compared.as_ref());
            let told = told.map(sentence).unwrap_or_default();
            assert_eq!(report.verdict, *expected, "{metric}, {what}: {told}");
        }
    }
}

#[test]
fn too_few_rows_say_how_many_it_takes() {
    let mut random = Random(5);
    let old = Table::new(300, 0.6, &mut random);
    let new = old.scored(0.6, &mut random);
    let gate = compared("roc_auc", Goal::NotWorse, 0.005);
    let report = verdict_of(&gate, &new.columns(), Some(&old.columns()));
    assert_eq!(report.verdict, Verdict::Undecided);
    let hint = report.not_assessed[0].hint.as_deref().unwrap();
    assert!(hint.starts_with("to see 0.005 it takes about "), "{hint}");
    let compared = report.judgement.unwrap().compared.unwrap();
    assert!(compared.rows_needed.unwrap() > 300 && compared.power.unwrap() < 0.8);
}

#[test]
fn what_may_be_luck_says_how_many_rows_would_tell() {
    let mut random = Random(6);
    let old = Table::new(400, 0.6, &mut random);
    // One that scores by chance a little better.
    let scored = (0..).map(|_| old.scored(0.6, &mut random));
    let gate = compared("roc_auc", Goal::Better, 0.0);
    let report = scored.map(|new| verdict_of(&gate, &new.columns(), Some(&old.columns())));
    let lucky = |it: &Report| it.judgement.as_ref().unwrap().compared.as_ref().unwrap().gain > 0.0;
    let report = report.into_iter().find(lucky).unwrap();
    assert_eq!(report.verdict, Verdict::Undecided);
    let hint = report.not_assessed[0].hint.as_deref().unwrap();
    assert!(hint.starts_with("to tell so small a gain from luck it takes about "), "{hint}");
    assert!(report.judgement.unwrap().compared.unwrap().rows_needed.unwrap() > 400);
}

#[test]
fn rows_are_paired_by_key_and_not_by_place() {
    let mut random = Random(3);
    let old = Table::new(500, 0.5, &mut random);
    let (ours, mut theirs) = (old.columns(), old.columns());
    for cells in theirs.cells.values_mut() {
        match cells {
            tollgate_model::Cells::Numbers(cells) => cells.reverse(),
            tollgate_model::Cells::Texts { codes, .. } => codes.reverse(),
            tollgate_model::Cells::Keys(cells) => cells.reverse(),
        }
    }
    let gate = compared("log_loss", Goal::NotWorse, 0.0);
    let report = verdict_of(&gate, &ours, Some(&theirs));
    assert_eq!(report.judgement.unwrap().compared.unwrap().gain, 0.0);
    let of = |columns| holdout(&gate, columns).unwrap().unwrap();
    assert_eq!(of(&ours), of(&theirs));
    assert_ne!(of(&ours), of(&Table::new(500, 0.5, &mut random).columns()));
}

#[test]
fn what_can_not_be_compared_is_undecided() {
    let mut random = Random(3);
    let old = Table::new(200, 0.5, &mut random);
    let gate = compared("roc_auc", Goal::NotWorse, 0.01);
    let mut other = old.clone();
    other.labels[17] = 1 - other.labels[17];
    let mut twice = old.columns();
    twice.cells.insert(
        ("id".into(), Form::Key),
        tollgate_model::Cells::Keys([vec![1, 1], (2..200).collect()].concat()),
    );
    for (theirs, why) in
        [(other.columns(), "another label"), (twice, "is the same in rows 1 and 2")]
    {
        let report = verdict_of(&gate, &old.columns(), Some(&theirs));
        assert_eq!(report.verdict, Verdict::Undecided);
        assert_eq!(codes(&report), ["gate.not-comparable"]);
        assert!(report.not_assessed[0].message.contains(why), "{report:?}");
    }
    let evidence = Evidence {
        predictions: Some(Ok(&old.columns())),
        baseline: Some(("r7", Err("they were collected"))),
        ..Evidence::default()
    };
    assert_eq!(judge(&gate, &evidence, "").verdict, Verdict::Undecided);
    // A first model has nothing to be worse than.
    assert_eq!(verdict_of(&gate, &old.columns(), None).verdict, Verdict::Pass);
}

#[test]
fn predictions_have_the_last_word() {
    let table = Table::new(1_000, 0.5, &mut Random(8));
    let columns = table.columns();
    let mut gate = of_rows(&[("roc_auc", ">= 0.8"), ("minutes", "<= 5")]);
    gate.metrics = vec!["metrics.json".parse().unwrap()];
    gate.tolerance = 0.001;
    let found = |claims: &str| {
        let metrics = [("metrics.json".to_owned(), claims.as_bytes().to_vec())];
        let predictions = Some(Ok(&columns));
        judge(&gate, &Evidence { metrics: &metrics, predictions, ..Evidence::default() }, "")
    };
    let report = found(r#"{"minutes": 3}"#);
    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
    let truth = report.figures["roc_auc"];
    let claim =
        |auc: f64| codes(&found(&format!(r#"{{"minutes": 3, "roc_auc": {auc}}}"#))).join(" ");
    assert_eq!(claim(truth + 0.0009), "");
    assert_eq!(claim(truth + 0.002), "gate.claim");
    assert_eq!(claim(0.0), "gate.claim");
    assert_eq!(codes(&found(r#"{"minutes": 3, "roc_auc": NaN}"#)), ["gate.nan"]);
    assert_eq!(codes(&found("{}")), ["gate.missing"]);
}

#[test]
fn a_bar_on_what_is_not_defined_fails() {
    let mut table = Table::new(100, 0.5, &mut Random(8));
    table.labels.fill(1);
    let report = verdict_of(&of_rows(&[("roc_auc", ">= 0.1")]), &table.columns(), None);
    assert_eq!(codes(&report), ["gate.undefined"]);
    table.scores[3] = f64::NAN;
    let report = verdict_of(&of_rows(&[("log_loss", "<= 9")]), &table.columns(), None);
    assert_eq!(codes(&report), ["gate.undefined"]);
}

#[test]
fn a_model_worse_on_one_slice_only_is_found_there() {
    let mut random = Random(21);
    let old = Table::new(6_000, 0.5, &mut random);
    let new = old.scored(0.42, &mut random).blind_to(2, &mut random);
    // As a whole it is good enough.
    let whole = of_rows(&[("roc_auc", ">= 0.75")]);
    assert_eq!(verdict_of(&whole, &new.columns(), None).verdict, Verdict::Pass);
    let gate = sliced(whole, &[("roc_auc", ">= 0.7")], None);
    let report = verdict_of(&gate, &new.columns(), None);
    assert_eq!(codes(&report), ["gate.slice"]);
    assert!(report.findings[0].message.contains("where plan = team ("), "{report:?}");
    assert_eq!(report.findings[0].subject.as_deref(), Some("plan = team"));
    let slices = &report.judgement.as_ref().unwrap().slices;
    let names: Vec<_> = slices.iter().map(|slice| slice.slice.as_str()).collect();
    assert_eq!((names.len(), names[0]), (3, "plan = team"), "the worst comes first");

    let against = sliced(compared("roc_auc", Goal::NotWorse, 0.5), &[], Some(0.05));
    let report = verdict_of(&against, &new.columns(), Some(&old.columns()));
    assert_eq!(codes(&report), ["gate.slice"]);
    assert!(report.findings[0].message.contains("where plan = team ("), "{report:?}");
    assert_eq!(report.findings[0].subject.as_deref(), Some("plan = team"));
}

#[test]
fn a_slice_that_chance_could_explain_is_undecided_and_a_small_one_is_not_judged() {
    let mut random = Random(2);
    let table = Table::new(330, 0.9, &mut random);
    let columns = table.columns();
    let auc = verdict_of(&of_rows(&[("roc_auc", ">= 0")]), &columns, None).figures["roc_auc"];
    let bar = format!(">= {}", auc + 0.02);
    let gate = sliced(of_rows(&[]), &[("roc_auc", &bar)], None);
    let report = verdict_of(&gate, &columns, None);
    assert_eq!(report.verdict, Verdict::Undecided, "{report:?}");
    let small = Slices { min_rows: 200, ..gate.slices.clone().unwrap() };
    let report = verdict_of(&Gate { slices: Some(small), ..gate }, &columns, None);
    assert_eq!((report.verdict, report.judgement.unwrap().slices.len()), (Verdict::Pass, 0));
}

#[test]
fn repeats_are_judged_by_their_mean() {
    let table: [(&[f64], Verdict); 5] = [
        (&[0.90, 0.91, 0.92, 0.91], Verdict::Pass),
        (&[0.80, 0.81, 0.79, 0.80], Verdict::Fail),
        // One lucky seed does not carry the others.
        (&[0.84, 0.83, 0.95, 0.82], Verdict::Undecided),
        (&[0.86, 0.86], Verdict::Pass),
        (&[0.84, 0.84], Verdict::Fail),
    ];
    for (values, expected) in table {
        let files: Vec<Vec<u8>> =
            values.iter().map(|value| format!("{{\"f1\": {value}}}").into_bytes()).collect();
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let report = judged(&gate(&[("f1", ">= 0.85")]), &files);
        assert_eq!(report.verdict, expected, "{values:?}: {report:?}");
    }
    // The absence of one figure is the absence of the mean.
    let report = judged(&gate(&[("f1", ">= 0.1")]), &[br#"{"f1": 0.9}"#, b"{}"]);
    assert_eq!(codes(&report), ["gate.missing"]);
}

#[test]
fn of_no_rows_nothing_is_judged() {
    let report = verdict_of(
        &of_rows(&[("roc_auc", ">= 0.5")]),
        &Table::new(0, 0.5, &mut Random(1)).columns(),
        None,
    );
    assert_eq!((report.verdict, codes(&report)), (Verdict::Undecided, vec!["gate.no-rows"]));
}

#[test]
fn a_positive_label_that_no_row_has_is_told_with_those_that_there_are() {
    let mut gate = of_rows(&[("roc_auc", ">= 0.5")]);
    if let Some(predictions) = &mut gate.predictions {
        predictions.positive = Some("churned".into());
    }
    let report = verdict_of(&gate, &Table::new(50, 0.5, &mut Random(1)).columns(), None);
    let message = &report.findings[0].message;
    assert!(message.contains("no row has the positive label `churned`: there are `"), "{message}");
}

#[test]
fn a_row_is_counted_from_one_and_a_figure_is_rounded() {
    let mut random = Random(5);
    let mut table = Table::new(200, 0.5, &mut random);
    let bars = [("roc_auc", ">= 0.9999")];
    let report = verdict_of(&of_rows(&bars), &table.columns(), None);
    let found = report.findings[0].found.clone().unwrap();
    assert!(found.len() <= 8, "{found}");
    table.scores[1] = f64::NAN;
    let report = verdict_of(&of_rows(&bars), &table.columns(), None);
    let message = &report.findings[0].message;
    assert!(message.contains("the score in row 2 is NaN"), "{message}");
}

#[test]
fn slices_that_are_too_small_are_told() {
    let table = Table::new(120, 0.2, &mut Random(3));
    let gate = sliced(of_rows(&[]), &[("roc_auc", ">= 0.1")], None);
    let report = verdict_of(&gate, &table.columns(), None);
    let told: Vec<_> =
        report.findings.iter().map(|it| (it.severity, it.message.as_str())).collect();
    let [(Severity::Info, message)] = told.as_slice() else { panic!("{told:?}") };
    assert!(message.contains("slices are not judged, with fewer than 50 rows"), "{message}");
    assert!(message.contains("the largest is plan = "), "{message}");
    assert_eq!(report.verdict, Verdict::Pass);
}
