//! Documents to render.

use tollgate_model::{
    Extent, Finding, Passed, Place, Report, Sample, Severity, SourceLine, Verdict,
};
use tollgate_report::{
    Bar, Bins, Category, Curve, Distinct, Distribution, Document, Drawing, Line, Part, Reference,
    Shape, Slice, Slices, Trend,
};

/// What no page may take for markup.
pub(crate) const HOSTILE: &str =
    "</script></style><img src=x onerror=alert(1)>\u{202e}gnp.\0\u{1b}[2J ]]> &amp; | `x` \"'";

fn place(column: &str) -> Place {
    Place::Data { source: "data/sample.csv".into(), column: Some(column.into()) }
}

fn rule(line: u32) -> Option<SourceLine> {
    Some(SourceLine { path: "contracts/customers.odcs.yaml".into(), line })
}

fn row(row: u64, value: Option<&str>) -> Sample {
    Sample { part: None, row, value: value.map(str::to_owned) }
}

fn passed(code: &str, column: &str, expected: &str, line: u32) -> Passed {
    let (code, expected) = (code.to_owned(), expected.to_owned());
    Passed { code, place: place(column), expected, rule: rule(line) }
}

/// A finding about a column with rows to show.
pub(crate) fn finding() -> Finding {
    let message = "`age`: 3 of 10000 rows are above 120 (greatest: 190)";
    Finding {
        extent: Some(Extent { count: 3, of: 10_000 }),
        samples: vec![row(17, Some("190")), row(4_211, Some(" 144 ")), row(9_001, None)],
        rule: rule(31),
        ..Finding::new("data.maximum", place("age"), message)
            .contrast("at most 120", "3 rows, the first with `190`")
            .hint("look at how `age` is taken from the date of birth")
    }
}

fn findings() -> Vec<Finding> {
    let nulls = Finding {
        extent: Some(Extent { count: 412, of: 10_000 }),
        rule: rule(40),
        ..Finding::new(
            "data.null-values",
            place("monthly_spend"),
            "null rate of `monthly_spend` is 4.12 %, limit 1 %",
        )
        .contrast("limit 1 %", "4.12 %")
    };
    let warning = Finding {
        severity: Severity::Warning,
        rule: rule(55),
        ..Finding::new(
            "data.freshness",
            place("signed_up"),
            "`signed_up`: the newest value, 2024-05-01, is 12d old, and 7d are allowed",
        )
        .contrast("at most 7d old", "12d old")
    };
    vec![finding(), nulls, warning]
}

fn columns() -> Vec<Drawing> {
    let spread = |middle: f64, rows: u64| -> Vec<(f64, u64)> {
        let weight = |at: i32| {
            let far = (f64::from(at) - middle) / 14.0;
            ((-far * far).exp() * rows as f64) as u64
        };
        (18..=95).map(|at| (f64::from(at), weight(at))).collect()
    };
    let (now, was) = (spread(52.0, 700), spread(41.0, 500));
    let bins = Bins::of(&now, Some(&was), 30, &|number| format!("{number}")).unwrap();
    let reference = |nulls| Some(Reference { name: "last release".into(), rows: 8_000, nulls });
    let category =
        |name: &str, count, was| Category { name: name.into(), count, reference: Some(was) };
    vec![
        Drawing::Distribution(Distribution {
            column: "age".into(),
            rows: 10_000,
            nulls: 0,
            distinct: Some(Distinct { count: 78, is_exact: true }),
            shape: Shape::Bins(bins),
            reference: reference(3),
        }),
        Drawing::Distribution(Distribution {
            column: "plan".into(),
            rows: 10_000,
            nulls: 120,
            distinct: Some(Distinct { count: 4, is_exact: true }),
            shape: Shape::Categories(vec![
                category("basic", 5_200, 3_000),
                category("team", 3_100, 3_900),
                category("enterprise with a long name", 1_500, 1_000),
                category("trial", 80, 90),
            ]),
            reference: reference(10),
        }),
        Drawing::Distribution(Distribution {
            column: "email".into(),
            rows: 10_000,
            nulls: 412,
            distinct: None,
            shape: Shape::Unknown,
            reference: None,
        }),
    ]
}

/// A check of data that failed, with all there is to see.
pub(crate) fn check() -> Document {
    let open = Finding {
        rule: rule(71),
        ..Finding::new(
            "data.rule",
            place("plan"),
            "a quality rule of `plan`: not assessed, it is SQL",
        )
    };
    let kept = vec![
        passed("data.required", "customer_id", "a value in every row", 12),
        passed("data.unique", "customer_id", "no value twice", 12),
        passed("data.pattern", "email", "a match of `^[^@|]+@[^@]+$`", 22),
        passed("data.minimum", "age", "at least 18", 31),
    ];
    let report = Report { passed: kept, ..Report::new(findings(), vec![open]) };
    single("Data check", "data/sample.csv", report, columns())
}

/// A scan of an image: what fails, what fails nothing, and what can't be told.
pub(crate) fn scan() -> Document {
    let package = |package: &str, version: &str| Place::Package {
        package: package.into(),
        version: version.into(),
    };
    let known = |id: &str, message: &str| {
        Finding::new("scan.vulnerability", package("idna", "3.3"), message)
            .about(id)
            .hint("without it: 3.7; it is there for requests > idna")
    };
    let waived = "idna 3.3: CVE-2023-1, low 2.0; waived until 2026-09-01T00:00:00Z: not reached";
    let findings = vec![
        known("CVE-2024-3651", "idna 3.3: CVE-2024-3651, high 7.5: slow on crafted names"),
        Finding { severity: Severity::Info, ..known("CVE-2023-1", waived) },
        Finding {
            severity: Severity::Info,
            ..Finding::new(
                "scan.waiver",
                Place::File { path: "tollgate.yaml".into(), line: Some(31) },
                "the waiver for CVE-2020-1 is for nothing in this image",
            )
            .about("CVE-2020-1")
        },
    ];
    let open = Finding::new(
        "scan.database",
        package("Debian:12", "(all)"),
        "90 packages of Debian:12 are not assessed: the database says nothing of Debian:12",
    );
    single("Scan", "slim", Report::new(findings, vec![open]), vec![])
}

/// A document with one part.
pub(crate) fn single(kind: &str, title: &str, report: Report, drawings: Vec<Drawing>) -> Document {
    Document {
        kind: kind.into(),
        title: title.into(),
        verdict: report.verdict,
        sentence: "2 of 7 checks failed, and one could not be assessed.".into(),
        facts: vec![
            ("Contract".into(), "contracts/customers.odcs.yaml".into()),
            ("Rows".into(), "10\u{202f}000".into()),
            ("Columns".into(), "12".into()),
            ("Checked".into(), "2026-01-02T03:04:05Z".into()),
        ],
        parts: vec![Part {
            name: title.into(),
            state: report.verdict.to_string(),
            report,
            millis: Some(58),
            summary: String::new(),
            drawings,
        }],
        is_run: false,
    }
}

/// A gate with everything that can be drawn of one.
pub(crate) fn gate() -> Document {
    let bar = |metric: &str, bar: &str, value, interval, note: &str, verdict| {
        let (metric, bar, note) = (metric.into(), bar.into(), note.into());
        Drawing::Bar(Bar { metric, bar, value, interval, note, verdict })
    };
    let line = |name: &str, power: f64| {
        let points = (0..=20).map(|at| f64::from(at) / 20.0).map(|x| (x, x.powf(power))).collect();
        Line { name: name.into(), points }
    };
    let slice = |name: &str, rows, value, verdict| Slice {
        name: name.into(),
        rows,
        values: vec![Some(value), None],
        gain: Some((0.01, -0.02, 0.04)),
        verdict,
    };
    let found = Finding::new(
        "gate.threshold",
        Place::Metric { source: "metrics.json".into(), name: "f1".into() },
        "`f1` is 0.662, must be >= 0.7",
    )
    .contrast("f1 >= 0.7", "0.662");
    let drawings = vec![
        bar("accuracy", ">= 0.85", 0.912, Some((0.897, 0.925)), "", Verdict::Pass),
        bar("f1", ">= 0.7", 0.662, Some((0.61, 0.71)), "", Verdict::Fail),
        bar(
            "roc_auc over `champion`",
            ">= -0.005",
            0.0121,
            Some((-0.009, 0.034)),
            "DeLong on 12 000 rows at 95 %; power 81 %",
            Verdict::Undecided,
        ),
        Drawing::Curve(Curve {
            name: "ROC".into(),
            x: "false positive rate".into(),
            y: "true positive rate".into(),
            lines: vec![line("challenger", 0.25), line("champion", 0.4)],
            diagonal: true,
        }),
        Drawing::Slices(Slices {
            metrics: vec!["roc_auc".into(), "accuracy".into()],
            slices: vec![
                slice("plan = team", 1_204, 0.61, Verdict::Fail),
                slice("plan = basic", 80, 0.7, Verdict::Undecided),
                slice("plan = enterprise", 8_204, 0.91, Verdict::Pass),
            ],
        }),
        Drawing::Trend(Trend {
            metric: "accuracy".into(),
            points: [0.88, 0.89, 0.885, 0.9, 0.897, 0.912]
                .iter()
                .enumerate()
                .map(|(at, value)| (format!("r{}", at + 1), *value))
                .collect(),
            bar: ">= 0.85".into(),
        }),
    ];
    single("Gate", "metrics.json", Report::new(vec![found], vec![]), drawings)
}

/// A run of a few steps.
pub(crate) fn run() -> Document {
    let part = |name: &str, state: &str, report: Report, millis, summary: &str| Part {
        name: name.into(),
        state: state.into(),
        report,
        millis,
        summary: summary.into(),
        drawings: Vec::new(),
    };
    let skipped = Report { verdict: Verdict::Undecided, ..Report::new(vec![], vec![]) };
    let failed = check().parts.remove(0);
    let broken = Finding::new(
        "step.undeclared-read",
        Place::Step { step: "test".into() },
        "step `test` read data/extra.csv, which it does not declare",
    )
    .hint("add `data/extra.csv` to the inputs of `test`");
    let parts = vec![
        part("deps", "cached", Report::new(vec![], vec![]), Some(12_000), "from r2"),
        part("lint", "passed", Report::new(vec![], vec![]), Some(1_240), ""),
        part(
            "test",
            "failed",
            Report::new(vec![broken], vec![]),
            Some(3_100),
            "step `test` read data/extra.csv, which it does not declare",
        ),
        Part {
            name: "data".into(),
            state: "failed".into(),
            summary: "2 checks failed".into(),
            drawings: vec![],
            ..failed
        },
        part("train", "skipped", skipped, None, "`data` did not pass"),
    ];
    Document {
        kind: "Run".into(),
        title: "churn r3".into(),
        verdict: Verdict::Fail,
        sentence: "2 of 5 steps failed.".into(),
        facts: vec![("Pipeline".into(), "pr".into()), ("Commit".into(), "0123456789+".into())],
        parts,
        is_run: true,
    }
}

/// Hostile text wherever text can be.
pub(crate) fn everywhere(text: &str) -> Document {
    let place = || {
        [
            Place::File { path: text.into(), line: Some(3) },
            Place::Data { source: text.into(), column: Some(text.into()) },
            Place::Metric { source: text.into(), name: text.into() },
            Place::Step { step: text.into() },
        ]
    };
    let rule = || Some(SourceLine { path: text.into(), line: 1 });
    let sample = |part: Option<&str>| Sample {
        part: part.map(str::to_owned),
        row: 1,
        value: Some(text.into()),
    };
    let findings: Vec<Finding> = place()
        .into_iter()
        .map(|place| Finding {
            samples: vec![sample(Some(text)), sample(None)],
            rule: rule(),
            extent: Some(Extent { count: u64::MAX, of: 1 }),
            ..Finding::new(text, place, text).contrast(text, text).hint(text)
        })
        .collect();
    let kept = place().into_iter().map(|place| Passed {
        code: text.into(),
        place,
        expected: text.into(),
        rule: rule(),
    });
    let report = Report { passed: kept.collect(), ..Report::new(findings.clone(), findings) }
        .figure(text, f64::NAN);
    let mut drawings = [columns(), gate().parts.remove(0).drawings].concat();
    for drawing in &mut drawings {
        rename(drawing, text);
    }
    let part = |drawings| Part {
        name: text.into(),
        state: text.into(),
        report: report.clone(),
        millis: Some(u64::MAX),
        summary: text.into(),
        drawings,
    };
    Document {
        kind: text.into(),
        title: text.into(),
        verdict: Verdict::Fail,
        sentence: text.into(),
        facts: vec![(text.into(), text.into())],
        parts: vec![part(drawings), part(vec![])],
        is_run: text.len().is_multiple_of(2),
    }
}

fn rename(drawing: &mut Drawing, text: &str) {
    let all: Vec<&mut String> = match drawing {
        Drawing::Distribution(one) => {
            let shape = match &mut one.shape {
                Shape::Bins(bins) => vec![&mut bins.low, &mut bins.high],
                Shape::Categories(all) => all.iter_mut().map(|one| &mut one.name).collect(),
                Shape::Unknown => vec![],
            };
            let names = one.reference.iter_mut().map(|reference| &mut reference.name);
            names.chain([&mut one.column]).chain(shape).collect()
        }
        Drawing::Bar(one) => {
            (one.value, one.interval) = (f64::INFINITY, Some((f64::NAN, f64::MIN)));
            vec![&mut one.metric, &mut one.bar, &mut one.note]
        }
        Drawing::Curve(one) => {
            one.lines[0].points.extend([(f64::NAN, 0.0), (f64::INFINITY, -3.0)]);
            let lines = one.lines.iter_mut().map(|line| &mut line.name);
            lines.chain([&mut one.name, &mut one.x, &mut one.y]).collect()
        }
        Drawing::Slices(one) => {
            one.slices[0].values = vec![Some(f64::NAN); 9];
            let names = one.slices.iter_mut().map(|slice| &mut slice.name);
            names.chain(one.metrics.iter_mut()).collect()
        }
        Drawing::Trend(one) => {
            one.points.extend([(String::new(), f64::NAN), (String::new(), f64::MAX)]);
            let names = one.points.iter_mut().map(|(name, _)| name);
            names.chain([&mut one.metric, &mut one.bar]).collect()
        }
    };
    all.into_iter().for_each(|name| *name = text.to_owned());
}
