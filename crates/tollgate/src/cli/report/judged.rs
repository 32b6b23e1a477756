//! What a gate measured, as it is drawn.

use tollgate_engine::gate::{self, CurveKind, sentence};
use tollgate_model::{Compared, Goal, Judgement, SliceFigure};
use tollgate_report::{Bar, Curve, Drawing, Line, Slice, Slices};

/// Bars, the comparison, and slices.
pub(super) fn drawings(judgement: &Judgement) -> Vec<Drawing> {
    let bars = judgement.bars.iter().map(|figure| Bar {
        metric: figure.metric.clone(),
        bar: figure.bar.clone(),
        value: figure.value,
        interval: figure.interval,
        note: String::new(),
        verdict: figure.verdict,
    });
    let bars = bars.chain(judgement.compared.as_ref().map(gain)).map(Drawing::Bar);
    bars.chain(slices(&judgement.slices).map(Drawing::Slices)).collect()
}

/// The gain over the baseline stands where a metric does: its bar is the margin.
fn gain(compared: &Compared) -> Bar {
    let bar = match compared.goal {
        Goal::NotWorse => format!(">= {}", 0.0 - compared.margin),
        Goal::Better => format!("> {}", compared.margin),
    };
    let mut note = sentence(compared);
    if let (Some(power), Some(rows)) = (compared.power, compared.rows_needed) {
        let power = (power * 100.0).round();
        note = format!("{note}. So many rows see the margin {power} times in 100; {rows} would 80");
    }
    Bar {
        metric: format!("gain in {} over {}", compared.metric, compared.baseline),
        bar,
        value: compared.gain,
        interval: Some(compared.interval),
        note,
        verdict: compared.verdict,
    }
}

fn slices(figures: &[SliceFigure]) -> Option<Slices> {
    let mut metrics: Vec<String> = Vec::new();
    for bar in figures.iter().flat_map(|slice| &slice.bars) {
        if !metrics.contains(&bar.metric) {
            metrics.push(bar.metric.clone());
        }
    }
    let slice = |figure: &SliceFigure| Slice {
        name: figure.slice.clone(),
        rows: figure.rows,
        values: metrics
            .iter()
            .map(|metric| figure.bars.iter().find(|bar| bar.metric == *metric).map(|bar| bar.value))
            .collect(),
        gain: figure.gain,
        verdict: figure.verdict,
    };
    let slices: Vec<Slice> = figures.iter().map(slice).collect();
    (!slices.is_empty()).then_some(Slices { metrics, slices })
}

/// The curves of challenger and baseline.
pub(super) fn curves(curves: Vec<gate::Curve>) -> impl Iterator<Item = Drawing> {
    curves.into_iter().map(|curve| {
        let (name, x, y) = match curve.kind {
            CurveKind::Roc => ("ROC", "false positive rate", "true positive rate"),
            CurveKind::PrecisionRecall => ("Precision and recall", "recall", "precision"),
            CurveKind::Calibration => ("Calibration", "score", "share of positive rows"),
        };
        let line = |(name, points)| Line { name, points };
        Drawing::Curve(Curve {
            name: name.to_owned(),
            x: x.to_owned(),
            y: y.to_owned(),
            lines: curve.lines.into_iter().map(line).collect(),
            diagonal: curve.kind != CurveKind::PrecisionRecall,
        })
    })
}
