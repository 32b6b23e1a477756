//! Gates.

use tollgate_model::{Compare, Gate, Goal, Predictions, Requirement, Slices, Threshold};

use crate::shape::{At, Named};
use crate::syntax::{CompareFile, Metric, PredictionsFile, SlicesFile, StepFile};

pub(super) fn gate(file: &StepFile) -> Option<Gate> {
    let gate = &file.gate.as_ref()?.value;
    let metrics = gate.metrics.iter().flat_map(|metrics| &metrics.value.0);
    Some(Gate {
        metrics: metrics.map(|path| path.value.clone()).collect(),
        predictions: match &gate.predictions {
            Some(rows) => Some(predictions(&rows.value)?),
            None => None,
        },
        tolerance: gate.tolerance.as_ref().map_or(Gate::TOLERANCE, |it| it.value.0),
        require: file.require.as_ref().map(|it| requirements(&it.value)).unwrap_or_default(),
        compare: match &file.compare {
            Some(asked) => Some(compare(asked)?),
            None => None,
        },
        slices: match &file.slices {
            Some(asked) => Some(slices(asked)?),
            None => None,
        },
    })
}

fn predictions(file: &PredictionsFile) -> Option<Predictions> {
    let column = |column: &Option<At<String>>| column.as_ref().map(|name| name.value.clone());
    Some(Predictions {
        path: file.path.as_ref()?.value.clone(),
        label: file.label.as_ref()?.value.clone(),
        score: column(&file.score),
        prediction: column(&file.prediction),
        key: column(&file.key),
        weight: column(&file.weight),
        group: column(&file.group),
        positive: file.positive.as_ref().map(|label| label.value.0.clone()),
    })
}

fn compare(at: &At<CompareFile>) -> Option<Compare> {
    let file = &at.value;
    Some(Compare {
        baseline: file.baseline.as_ref()?.value.clone(),
        metric: file.metric.as_ref()?.value.0.clone(),
        goal: file.goal.as_ref().map_or(Goal::NotWorse, |goal| goal.value),
        margin: file.margin.as_ref().map_or(0.0, |margin| margin.value.0),
        confidence: file.confidence.as_ref().map_or(Compare::CONFIDENCE, |sure| sure.value.0),
        line: at.key.line,
    })
}

fn slices(at: &At<SlicesFile>) -> Option<Slices> {
    let file = &at.value;
    let by = file.by.as_ref()?.value.iter();
    Some(Slices {
        by: by.map(|by| by.value.0.clone()).collect(),
        min_rows: file.min_rows.as_ref().map_or(Slices::MIN_ROWS, |rows| rows.value.0),
        require: file.require.as_ref().map(|it| requirements(&it.value)).unwrap_or_default(),
        margin: file.margin.as_ref().map(|margin| margin.value.0),
        line: at.key.line,
    })
}

fn requirements(require: &Named<Metric, Threshold>) -> Vec<Requirement> {
    let bar = |(metric, threshold): &(At<Metric>, At<Threshold>)| Requirement {
        metric: metric.value.0.clone(),
        threshold: threshold.value,
        line: metric.span.line,
    };
    require.entries.iter().map(bar).collect()
}
