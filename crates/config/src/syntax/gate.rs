//! The keys of a gate.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tollgate_model::{Baseline, Goal, RelPath, RunId, Threshold, parse_duration};

use crate::record::record;
use crate::shape::{At, Defs, Key, Named, Shape, meaning, text, wrong_type};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Meaning, Node, Value};
use crate::{Code, suggest};

record! {
    /// Metrics to decide about. It has `metrics`, `predictions`, or both.
    GateFile, "a gate" {
        /// A JSON object of numbers: a file of the project, or an output of a needed step. A list
        /// of them holds the metrics of repeated trainings with other seeds.
        metrics: Metrics,
        /// The rows behind the metrics, from which they are computed again.
        predictions: PredictionsFile,
        /// How far a figure of `metrics` may be from what the predictions say. Default: 0.0005.
        tolerance: Amount,
    }
}

record! {
    /// A table of a model's predictions on its holdout: CSV, JSON lines, Parquet or Arrow, a row
    /// for each example.
    PredictionsFile, "a table of predictions" {
        /// A file of the project, or an output of a needed step.
        [needed] path: RelPath,
        /// Column of the true class, value or relevance.
        [needed] label: String,
        /// Column of the score or probability of the positive class, or of a ranking.
        score: String,
        /// Column of the predicted class or value. Default: the positive class where the score is
        /// 0.5 or more.
        prediction: String,
        /// Column that tells the examples apart. Needed to compare with a baseline.
        key: String,
        /// Column of weights.
        weight: String,
        /// Column of the query or user that a ranking is for.
        group: String,
        /// The label of the positive class. Default: the plain one of two (`1`, `true`, `yes`).
        positive: Label,
    }
}

record! {
    /// A comparison with a baseline on the same rows.
    CompareFile, "a comparison" {
        /// `champion`, `last-good`, `best-7d` (the best of so long a time), a run such as `r12`,
        /// or a predictions file.
        [needed] baseline: Baseline,
        /// The metric that is compared.
        [needed] metric: Metric,
        /// `not-worse` than the baseline by more than the margin, or `better` by more than it.
        /// Default: `not-worse`.
        goal: Goal,
        /// How much worse it may be, or how much better it must be, in the metric's unit.
        /// Default: 0.
        margin: Amount,
        /// How sure that must be. Default: 0.95.
        confidence: Confidence,
    }
}

record! {
    /// Parts of the data that are looked at one by one.
    SlicesFile, "a set of slices" {
        /// Columns whose values make the slices; `[a, b]` makes one for each combination.
        [needed] by: Vec<At<By>>,
        /// Slices with fewer rows are not judged. Default: 100.
        min_rows: Rows,
        /// The bars that each slice must meet.
        require: Named<Metric, Threshold>,
        /// How much worse than the baseline each slice may be, by the metric of `compare`.
        margin: Amount,
    }
}

/// The name of a metric. A dot steps into a nested object.
#[derive(Clone, Debug)]
pub(crate) struct Metric(pub(crate) String);

/// A file or a list of files.
#[derive(Clone, Debug)]
pub(crate) struct Metrics(pub(crate) Vec<At<RelPath>>);

/// A number that is not negative.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount(pub(crate) f64);

/// A confidence: between 0.5 and 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confidence(pub(crate) f64);

/// A number of rows; at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows(pub(crate) u64);

/// A label as it stands in the data: a text, a number or a truth value.
#[derive(Clone, Debug)]
pub(crate) struct Label(pub(crate) String);

/// A column or several.
#[derive(Clone, Debug)]
pub(crate) struct By(pub(crate) Vec<String>);

/// More columns than these at once make slices that nobody can read.
const MOST_COLUMNS: usize = 3;

const GOALS: [(&str, Goal); 2] = [("not-worse", Goal::NotWorse), ("better", Goal::Better)];

impl Key for Metric {
    const EXPECTED: &'static str = "a map of metrics such as `accuracy: \">= 0.85\"`";

    fn parse(text: &str) -> Result<Self, String> {
        match text.split('.').all(|part| !part.trim().is_empty()) {
            true => Ok(Self(text.to_owned())),
            false => Err("a metric's name is not empty, and neither is a part between dots".into()),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Shape for Metric {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a metric such as `roc_auc`", sink)?;
        let bad = |why: String| sink.add(sink.value(Code::BadName, node.span, &why));
        <Self as Key>::parse(text).map_err(bad).ok()
    }

    fn schema(_: &mut Defs) -> Json {
        <Self as Key>::schema()
    }
}

impl Shape for Metrics {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Value::List(_) = &node.value {
            return Vec::<At<RelPath>>::read(node, sink).map(Self);
        }
        let path = RelPath::read(node, sink)?;
        Some(Self(vec![At { value: path, span: node.span, key: node.span }]))
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "oneOf": [RelPath::schema(defs), Vec::<At<RelPath>>::schema(defs)] })
    }
}

fn number(node: &Node, expected: &str, sink: &mut Sink) -> Option<f64> {
    match meaning(node) {
        #[expect(clippy::cast_precision_loss, reason = "no margin is written beyond 2⁵³")]
        Some(Meaning::Integer(number)) => Some(number as f64),
        Some(Meaning::Number(number)) if number.is_finite() => Some(number),
        found => {
            let problem = wrong_type(node, expected, sink);
            let is_number = matches!(found, Some(Meaning::Text(t)) if t.parse::<f64>().is_ok());
            sink.add(if is_number { problem.hint("remove the quotes") } else { problem });
            None
        }
    }
}

fn out_of_range(node: &Node, expected: &str, found: &str, sink: &mut Sink) {
    let message = format!("expected {expected}, found {found}");
    sink.add(sink.value(Code::OutOfRange, node.span, &message));
}

impl Shape for Amount {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let amount = number(node, "a number", sink)?;
        if amount >= 0.0 {
            return Some(Self(amount));
        }
        out_of_range(node, "0 or more", &amount.to_string(), sink);
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "number", "minimum": 0 })
    }
}

impl Shape for Confidence {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let confidence = number(node, "a confidence such as 0.95", sink)?;
        if confidence > 0.5 && confidence < 1.0 {
            return Some(Self(confidence));
        }
        out_of_range(node, "more than 0.5 and less than 1", &confidence.to_string(), sink);
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1 })
    }
}

impl Shape for Rows {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Some(Meaning::Integer(number)) = meaning(node) else {
            let problem = wrong_type(node, "a number of rows", sink);
            sink.add(problem);
            return None;
        };
        match u64::try_from(number) {
            Ok(rows) if rows > 0 => Some(Self(rows)),
            _ => {
                out_of_range(node, "1 or more", &number.to_string(), sink);
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "integer", "minimum": 1 })
    }
}

impl Shape for Label {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match (&node.value, meaning(node)) {
            (Value::Scalar(scalar), Some(meaning)) if !matches!(meaning, Meaning::Null) => {
                Some(Self(scalar.text.to_string()))
            }
            _ => {
                let problem = wrong_type(node, "a label such as `1` or `churned`", sink);
                sink.add(problem);
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

impl Shape for By {
    const ITEMS: &'static str = "plan, [plan, region]";

    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::List(items) = &node.value else {
            return text(node, "a column, or a list of columns", sink)
                .map(|c| Self(vec![c.to_owned()]));
        };
        if items.is_empty() || items.len() > MOST_COLUMNS {
            let found = items.len().to_string();
            out_of_range(node, &format!("1 to {MOST_COLUMNS} columns"), &found, sink);
            return None;
        }
        let columns = items.iter().map(|item| String::read(item, sink));
        columns.collect::<Option<_>>().map(Self)
    }

    fn schema(_: &mut Defs) -> Json {
        let column = json!({ "type": "string", "minLength": 1 });
        let columns = json!({
            "type": "array", "items": column, "minItems": 1, "maxItems": MOST_COLUMNS,
        });
        json!({ "oneOf": [column, columns] })
    }
}

impl Shape for Goal {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "`not-worse` or `better`", sink)?;
        if let Some((_, goal)) = GOALS.iter().find(|(name, _)| *name == text) {
            return Some(*goal);
        }
        let message = format!("{} is not a goal", quoted(text));
        let meant = suggest::did_you_mean(suggest::nearest(text, GOALS.map(|(name, _)| name)));
        let hint = meant.unwrap_or_else(|| "`not-worse` or `better`".to_owned());
        sink.add(sink.value(Code::BadGoal, node.span, &message).hint(hint));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": GOALS.map(|(name, _)| name) })
    }
}

impl Shape for Baseline {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a baseline such as `last-good`", sink)?;
        match baseline(text) {
            Ok(baseline) => Some(baseline),
            Err(why) => {
                let message = format!("{} is not a baseline: {why}", quoted(text));
                let named = suggest::nearest(text, ["champion", "last-good", "best-7d"]);
                let hint = suggest::did_you_mean(named).unwrap_or_else(|| {
                    "`champion`, `last-good`, `best-7d`, a run such as `r12`, or a path".to_owned()
                });
                sink.add(sink.value(Code::BadBaseline, node.span, &message).hint(hint));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "examples": ["champion", "last-good", "best-7d", "r12"] })
    }
}

fn baseline(text: &str) -> Result<Baseline, String> {
    if let Some(days) = text.strip_prefix("best-") {
        let span = parse_duration(days)?;
        let none = || format!("{} is no time at all", quoted(days));
        return (span > Duration::ZERO).then_some(Baseline::BestOf(span)).ok_or_else(none);
    }
    match text {
        "champion" => Ok(Baseline::Champion),
        "last-good" => Ok(Baseline::LastGood),
        path if path.contains(['/', '.']) => {
            path.parse().map(Baseline::File).map_err(|why| format!("{why}"))
        }
        run if run.starts_with('r') => run.parse::<RunId>().map(Baseline::Run),
        _ => Err("it is none of the names, no run and no file".to_owned()),
    }
}
