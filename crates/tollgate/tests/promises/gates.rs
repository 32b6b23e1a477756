//! Gates that look at predictions: bars, a baseline, slices, and the holdout's uses.

use std::fmt::Write as _;

use crate::common::Project;

const PLANS: [&str; 3] = ["basic", "pro", "team"];

/// The predictions of a model that sees the label through `noise`, and of plan `blind` nothing.
fn model(rows: usize, noise: f64, blind: Option<&str>, seed: u64) -> String {
    let mut state = seed * 2 + 1;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut csv = String::from("id,y,s,plan\n");
    for row in 0..rows {
        let (label, plan) = (row * 7 % 5 % 2, PLANS[row % 3]);
        let seen = label as f64 - 0.5 + noise * (uniform() + uniform() + uniform() - 1.5);
        let score = if blind == Some(plan) { uniform() } else { 1.0 / (1.0 + (-3.0 * seen).exp()) };
        writeln!(csv, "{row},{label},{score:.6},{plan}").unwrap();
    }
    csv
}

const STEPS: &str = r#"
steps:
  train: { run: cp model.csv predictions.csv, inputs: [model.csv], outputs: [predictions.csv] }
  quality:
    gate: { predictions: { path: predictions.csv, label: y, score: s, key: id } }
    needs: [train]
    require: { roc_auc: ">= 0.7" }
    compare: { baseline: last-good, metric: roc_auc, margin: 0.02 }
    slices: { by: [plan], require: { roc_auc: ">= 0.7" } }
"#;

#[test]
fn a_challenger_is_compared_with_what_passed_before() {
    let project = Project::new(STEPS);
    let first = model(3_000, 1.5, None, 1);
    project.write("model.csv", &first);
    project.run().passes();
    project.run().passes();
    assert_eq!(
        project.run().passes().ran(),
        Vec::<String>::new(),
        "a model is not its own baseline"
    );

    project.write("model.csv", model(3_000, 1.5, Some("team"), 2));
    let blind = project.tollgate("run");
    blind
        .exits(1)
        .says("worse by more than 0.02")
        .says("r1 has 0.")
        .says("where plan = team (1000 rows)");
    blind.keeps_quiet_of("where plan = pro");

    project.write("model.csv", model(3_000, 1.0, None, 3));
    project.run().passes();
    let shown = project.tollgate("show quality");
    shown.passes().says("better: `roc_auc` is 0.").says("DeLong's test").says("plan = basic");
    shown.says("it is use 2 of this holdout");

    // What passed last is what counts now.
    project.write("model.csv", &first);
    project.tollgate("run").exits(1).says("worse by more than 0.02").says("use 3 of this holdout");
    project.tollgate("audit verify").passes();
}

#[test]
fn what_the_rows_can_not_tell_is_undecided() {
    let project = Project::new(STEPS);
    project.write("model.csv", model(250, 1.5, None, 1));
    project.run().passes();
    project.write("model.csv", model(250, 1.5, None, 4));
    let ran = project.tollgate("run quality");
    ran.exits(3).says("can't tell whether it is worse by 0.02").says("to see 0.02 it takes about ");
}

#[test]
fn a_champion_that_is_gone_leaves_it_undecided() {
    let project = Project::new(&STEPS.replace("last-good", "r7"));
    project.write("model.csv", model(400, 1.5, None, 1));
    project.tollgate("run").exits(3).says("can't be compared with r7");
}

#[test]
fn a_claim_that_the_rows_do_not_bear_out_fails() {
    let project = Project::new(
        r#"
steps:
  quality:
    gate: { metrics: metrics.json, predictions: { path: p.csv, label: y, score: s } }
    require: { roc_auc: ">= 0.7", log_loss: "<= 0.9" }
"#,
    );
    project.write("p.csv", model(1_000, 1.5, None, 1)).write("metrics.json", "{}");
    project.run().passes();
    project.write("metrics.json", r#"{"roc_auc": 0.99}"#);
    project
        .tollgate("run")
        .exits(1)
        .says("metrics.json claims that `roc_auc` is 0.99, and p.csv says 0.");
    project.write("p.csv", "y,s\n1,0.5\n0,high\n");
    project.tollgate("run").exits(1).says("`s`").says("high");
}

#[test]
fn several_trainings_are_judged_by_their_mean() {
    let project = Project::new(
        r#"
steps:
  seeds: { gate: { metrics: [a.json, b.json, c.json] }, require: { f1: ">= 0.8" } }
"#,
    );
    let write = |values: [f64; 3]| {
        for (name, value) in ["a", "b", "c"].iter().zip(values) {
            project.write(&format!("{name}.json"), format!("{{\"f1\": {value}}}"));
        }
    };
    write([0.85, 0.86, 0.84]);
    project.run().passes();
    write([0.70, 0.97, 0.75]);
    project.tollgate("run").exits(3).says("on average of 3").says("too few repeats to tell");
    write([0.70, 0.71, 0.69]);
    project.tollgate("run").exits(1).says("on average of 3");
}

#[test]
fn the_same_from_the_command_line() {
    let project = Project::new("");
    project.write("old.csv", model(2_000, 1.5, None, 1));
    project.write("new.csv", model(2_000, 1.0, None, 2));
    let of = "--label y --score s --key id";
    let compare = format!("gate -p new.csv {of} -b old.csv -m roc_auc");
    project.tollgate(&format!("{compare} --goal better")).passes().says("better by more than 0:");
    project
        .tollgate(&format!("gate -p old.csv {of} -b new.csv -m log_loss"))
        .exits(1)
        .says("worse by");
    let sliced = format!("gate -p new.csv {of} --by plan --slice-require roc_auc>=0.99 --json");
    let ran = project.tollgate(&sliced);
    let report = &ran.exits(1).json()[0];
    assert_eq!(report["judgement"]["slices"].as_array().unwrap().len(), 3, "{ran}");
    project
        .tollgate(&format!("gate -p new.csv {of} -r roc_acu>=0.5"))
        .exits(2)
        .says("is no metric");
    project
        .tollgate("gate -p new.csv --label y -r accuracy>=0.5")
        .exits(1)
        .says("no column with a `score`");
    project.tollgate("gate -p gone.csv --label y --score s -r f1>=0.5").exits(2).says("gone.csv");
}

#[test]
fn the_report_has_bars_slices_curves_and_the_trend() {
    let project = Project::new(STEPS);
    project.write("model.csv", model(3_000, 1.5, None, 1));
    project.run().passes();
    project.write("model.csv", model(3_000, 1.5, Some("team"), 2));
    project.run().exits(1);
    let report = project.tollgate("report quality");
    report.passes().says("| ❌ | gain in roc_auc over r1 |").says("| ❌ | plan = team |");
    report.says("3 checks passed").says("worse by more than 0.02");
    project.tollgate("report quality -o q.html -o q.xml").passes();
    let page = project.read("q.html");
    for part in ["r1: 0.", "r2 (failed): 0.", "plan = team", "gain in roc_auc over r1"] {
        assert!(page.contains(part), "{part}");
    }
    // The predictions are not read again: what is drawn was kept, and outlives a clean-up.
    project.write("model.csv", "");
    project.tollgate("store gc --max-size 1GB").passes();
    project.tollgate("report r2 quality -o q.html").passes();
    let page = project.read("q.html");
    for part in ["ROC", "Precision and recall", "Calibration", "this model", ">r1<"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(project.read("q.xml").contains("gate.slice plan = pro"));

    project.write("old.csv", model(2_000, 1.5, None, 1));
    project.write("new.csv", model(2_000, 1.0, None, 2));
    let of = "--label y --score s --key id -b old.csv -m roc_auc";
    project.tollgate(&format!("gate -p new.csv {of} --report g.html --report g.md")).passes();
    let page = project.read("g.html");
    for part in ["ROC", "Precision and recall", "Calibration", "the baseline"] {
        assert!(page.contains(part), "{part}");
    }
    let read = project.tollgate(&format!("gate -p new.csv {of} --report new.csv.html -r f1>=2"));
    read.exits(1);
    project.tollgate(&format!("gate -p new.csv {of} --report old.csv")).exits(2);
}
