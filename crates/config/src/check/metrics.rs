//! Metrics that are computed from predictions: that there are such, and that the predictions have
//! the columns that they are computed from.

use tollgate_stats::metrics::{Better, Metric as Known, NAMES, Needs, NoMetric};

use crate::record::Recorded;
use crate::shape::{At, Named};
use crate::sink::Sink;
use crate::syntax::{Metric, PredictionsFile, StepFile};
use crate::text::quoted;
use crate::{Code, Problem, Span, suggest};

pub(super) fn check(step: &StepFile, sink: &mut Sink) {
    let Some(gate) = &step.gate else { return };
    let Some(predictions) = &gate.value.predictions else { return };
    // A file of metrics may hold any, also such as are not computed from predictions.
    let claimed = gate.value.given("metrics").is_some();
    for (name, span) in step.require.iter().flat_map(|require| bars(&require.value)) {
        match name.parse() {
            Ok(metric) => has_columns(metric, span, predictions, sink),
            Err(_) if claimed => {}
            Err(why) => unknown(name, &why, span, sink),
        }
    }
    let require = step.slices.iter().filter_map(|slices| slices.value.require.as_ref());
    for (name, span) in require.flat_map(|require| bars(&require.value)) {
        computed(name, span, predictions, sink);
    }
    let compared = step.compare.as_ref().and_then(|compare| compare.value.metric.as_ref());
    let Some(compared) = compared else { return };
    let metric = computed(&compared.value.0, compared.span, predictions, sink);
    if metric.is_some_and(|metric| metric.better() == Better::Nearer) {
        let message = format!(
            "{} is better neither above nor below, so nothing can be better by it",
            quoted(&compared.value.0)
        );
        sink.add(Problem::new(Code::UnknownMetric, compared.span, message));
    }
}

fn bars<V>(require: &Named<Metric, V>) -> impl Iterator<Item = (&str, Span)> {
    require.entries.iter().map(|(name, _)| (name.value.0.as_str(), name.span))
}

fn computed(
    name: &str,
    span: Span,
    predictions: &At<PredictionsFile>,
    sink: &mut Sink,
) -> Option<Known> {
    match name.parse() {
        Ok(metric) => {
            has_columns(metric, span, predictions, sink);
            Some(metric)
        }
        Err(why) => {
            unknown(name, &why, span, sink);
            None
        }
    }
}

fn unknown(name: &str, why: &NoMetric, span: Span, sink: &mut Sink) {
    let message = match why {
        NoMetric::Unknown(_) => {
            format!("{} is no metric that is computed from predictions", quoted(name))
        }
        NoMetric::Parameter { expected, .. } => {
            format!("{} has not the parameter that it takes: {expected}", quoted(name))
        }
    };
    let meant = suggest::did_you_mean(suggest::nearest(name, NAMES.iter().copied()));
    let hint = meant.unwrap_or_else(|| format!("there are {}", NAMES.join(", ")));
    sink.add(Problem::new(Code::UnknownMetric, span, message).hint(hint));
}

fn has_columns(metric: Known, span: Span, predictions: &At<PredictionsFile>, sink: &mut Sink) {
    let given = |key| predictions.value.given(key).is_some();
    let (enough, missing) = match metric.needs() {
        Needs::Classes | Needs::Values => {
            (given("prediction") || given("score"), "a `prediction` or a `score`")
        }
        Needs::Scores => (given("score"), "a `score`"),
        Needs::Groups => (given("score") && given("group"), "a `score` and a `group`"),
    };
    if !enough {
        let message = format!("{} is computed from {missing}", quoted(&metric.to_string()));
        let problem = Problem::new(Code::MissingKey, span, message);
        let hint = "name the column in `predictions`";
        sink.add(problem.also(predictions.span, "columns named here").hint(hint));
    }
}
