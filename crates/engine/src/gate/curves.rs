//! The curves behind a gate's figures, for whoever looks at them.

use std::num::NonZeroU16;

use tollgate_model::{Curve, CurveKind, Gate};
use tollgate_stats::metrics::{Binary, Bins};

use super::Evidence;
use super::model::Model;

/// So many points a line has at most.
const MOST: usize = 200;

/// Bins of a calibration curve, of the same number of rows each.
const BINS: NonZeroU16 = NonZeroU16::new(10).expect("not zero");

/// The curves of the predictions; none where the gate has no scores of two classes.
#[must_use]
pub fn curves(gate: &Gate, evidence: &Evidence<'_>) -> Vec<Curve> {
    let Some(names) = &gate.predictions else { return Vec::new() };
    let baseline = evidence.baseline.map(|(name, columns)| (name, Some(columns)));
    let models = [("this model", evidence.predictions)].into_iter().chain(baseline);
    let scored = models.filter_map(|(name, columns)| {
        let columns = columns?.ok()?;
        Some((name.to_owned(), binary(Model { names, columns })?))
    });
    let scored: Vec<(String, Binary)> = scored.collect();
    let kinds = [CurveKind::Roc, CurveKind::PrecisionRecall, CurveKind::Calibration];
    let curve = |kind| {
        let line = |(name, binary): &(String, Binary)| Some((name.clone(), points(kind, binary)?));
        Curve { kind, lines: scored.iter().filter_map(line).collect() }
    };
    kinds.map(curve).into_iter().filter(|curve| !curve.lines.is_empty()).collect()
}

fn binary(model: Model<'_>) -> Option<Binary> {
    let all: Vec<usize> = (0..model.columns.rows).collect();
    let (labels, scores) = (model.positives(&all).ok()?, model.scores(&all).ok()?);
    Binary::new(&labels, &scores, model.weights(&all, None).ok()?.as_deref()).ok()
}

fn points(kind: CurveKind, binary: &Binary) -> Option<Vec<(f64, f64)>> {
    Some(match kind {
        CurveKind::Roc => {
            let curve = binary.roc(MOST).ok()?;
            curve.iter().map(|at| (at.false_positive_rate, at.true_positive_rate)).collect()
        }
        CurveKind::PrecisionRecall => {
            let curve = binary.precision_recall(MOST).ok()?;
            curve.iter().map(|at| (at.recall, at.precision)).collect()
        }
        CurveKind::Calibration => {
            let curve = binary.calibration(Bins::EqualCount(BINS)).ok()?;
            curve.iter().map(|at| (at.predicted, at.observed)).collect()
        }
    })
}
