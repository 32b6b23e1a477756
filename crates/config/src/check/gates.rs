//! Gates that have something to judge, and what they need for it.

use tollgate_model::StepId;

use super::{Steps, metrics, repeated};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{CompareFile, GateFile, SlicesFile, StepFile};
use crate::text::quoted;
use crate::{Code, Problem, Span};

const REQUIRE: &str = "such as `require: { accuracy: \">= 0.85\" }`";
const PREDICTIONS: &str =
    "such as `predictions: { path: predictions.parquet, label: churned, score: score, key: id }`";

pub(crate) fn check(steps: &Steps, sink: &mut Sink) {
    for (id, step) in steps {
        if let Some(gate) = &step.value.gate {
            Judged { id, step: &step.value, gate }.check(sink);
        }
    }
}

/// A gate with what is asked of it.
struct Judged<'f> {
    id: &'f At<StepId>,
    step: &'f StepFile,
    gate: &'f At<GateFile>,
}

impl Judged<'_> {
    fn check(&self, sink: &mut Sink) {
        self.has_figures(sink);
        self.asks_for_something(sink);
        if let Some(compare) = &self.step.compare {
            self.compare(compare, sink);
        }
        if let Some(slices) = &self.step.slices {
            self.slices(slices, sink);
        }
        metrics::check(self.step, sink);
        let metrics = self.gate.value.metrics.as_ref();
        if let Some(metrics) = metrics {
            repeated(&metrics.value.0, |path| path.as_str().to_owned(), sink);
            if metrics.value.0.is_empty() {
                let message = "an empty list of metrics";
                sink.add(Problem::new(Code::NoMetrics, metrics.span, message));
            }
        }
        if let (Some(metrics), Some(predictions)) = (metrics, self.gate.value.given("predictions"))
            && metrics.value.0.len() > 1
        {
            let message = "predictions are those of one training, and these are several";
            let problem = Problem::new(Code::RepeatedMetrics, metrics.span, message);
            let hint = "judge the repeats in a gate of their own";
            sink.add(problem.also(predictions, "its predictions").hint(hint));
        }
    }

    fn name(&self) -> String {
        quoted(self.id.value.as_str())
    }

    fn has_figures(&self, sink: &mut Sink) {
        let given = |key| self.gate.value.given(key).is_some();
        if !given("metrics") && !given("predictions") {
            let message = format!("the gate {} has nothing to judge", self.name());
            let problem = Problem::new(Code::NoMetrics, self.gate.span, message);
            sink.add(problem.hint("it needs `metrics: PATH`, `predictions: { … }`, or both"));
        }
    }

    fn asks_for_something(&self, sink: &mut Sink) {
        let nothing = |span: Span| {
            let message = format!("the gate {} requires nothing", self.name());
            Problem::new(Code::NoMetrics, span, message).hint(REQUIRE)
        };
        match &self.step.require {
            Some(require) if require.value.names.is_empty() => sink.add(nothing(require.key)),
            Some(_) => {}
            None => {
                let keys = ["require", "compare", "slices"];
                if keys.iter().all(|key| self.step.given(key).is_none()) {
                    sink.add(nothing(self.id.span));
                }
            }
        }
    }

    fn compare(&self, compare: &At<CompareFile>, sink: &mut Sink) {
        self.needs_predictions("a comparison", compare.key, sink);
        let Some(predictions) = &self.gate.value.predictions else { return };
        if predictions.value.given("key").is_none() {
            let message = "a comparison needs to know which rows are the same example";
            let problem = Problem::new(Code::MissingKey, predictions.span, message);
            let hint = "add the column that tells them apart, such as `key: customer_id`";
            sink.add(problem.also(compare.key, "compared here").hint(hint));
        }
    }

    fn slices(&self, slices: &At<SlicesFile>, sink: &mut Sink) {
        self.needs_predictions("slices", slices.key, sink);
        let asked = &slices.value;
        let require = asked.require.as_ref();
        let empty = require.is_some_and(|require| require.value.names.is_empty());
        if empty || (asked.given("require").is_none() && asked.given("margin").is_none()) {
            let message = "nothing is required of the slices";
            let problem = Problem::new(Code::NoMetrics, slices.key, message);
            sink.add(problem.hint(format!("{REQUIRE}, or a `margin`")));
        }
        if let (Some(margin), None) = (&asked.margin, self.step.given("compare")) {
            let message = "a margin is one to a baseline, and there is no `compare`";
            sink.add(Problem::new(Code::MissingKey, margin.key, message));
        }
        if let Some(by) = &asked.by {
            repeated(&by.value, |by| by.0.join(", "), sink);
            if by.value.is_empty() {
                let message = "an empty list of columns";
                sink.add(Problem::new(Code::NoMetrics, by.span, message));
            }
        }
    }

    fn needs_predictions(&self, what: &str, span: Span, sink: &mut Sink) {
        if self.gate.value.given("predictions").is_none() {
            let message = format!("{what} needs the rows behind the metrics");
            let problem = Problem::new(Code::NeedsPredictions, span, message);
            sink.add(problem.also(self.gate.key, "a gate without them").hint(PREDICTIONS));
        }
    }
}
