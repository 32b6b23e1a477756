//! What a gate measured, as it is drawn.

use tollgate_ledger::JudgedRun;
use tollgate_model::{Compared, CurveKind, Goal, Judgement, RunId, SliceFigure, Verdict};
use tollgate_report::{Bar, Curve, Drawing, Line, Slice, Slices, Trend, number};

/// So many points a trend has at most.
const POINTS: usize = 30;

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
    // What follows from it stands in the findings, or among what passed.
    let mut note = format!("{}, {} rows", compared.method, number(compared.rows));
    if let (Some(power), Some(rows), true) =
        (compared.power, compared.rows_needed, compared.margin > 0.0)
    {
        let (power, rows) = ((power * 100.0).round(), number(rows));
        note = format!("{note}; power {power} % for the margin, 80 % with {rows} rows");
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

/// The first figure of the gate over the last runs up to this one; none where it is the only one.
pub(super) fn trend(judgement: &Judgement, run: RunId, judged: &[JudgedRun]) -> Option<Drawing> {
    let bar = judgement.bars.first();
    let compared = judgement.compared.as_ref().map(|compared| compared.metric.clone());
    let metric = compared.or(bar.map(|bar| bar.metric.clone()))?;
    let point = |it: &JudgedRun| {
        let sign = match it.verdict {
            Verdict::Pass => "",
            Verdict::Fail => " (failed)",
            Verdict::Undecided => " (undecided)",
        };
        Some((format!("{}{sign}", it.run), *it.judged.figures.get(&metric)?))
    };
    let until = judged.iter().filter(|it| it.run <= run);
    let mut points: Vec<_> = until.filter_map(point).take(POINTS).collect();
    points.reverse();
    let bar = judgement.bars.iter().find(|bar| bar.metric == metric);
    let bar = bar.map(|bar| bar.bar.clone()).unwrap_or_default();
    (points.len() > 1).then_some(Drawing::Trend(Trend { metric, points, bar }))
}

/// The curves of challenger and baseline.
pub(super) fn curves(curves: Vec<tollgate_model::Curve>) -> impl Iterator<Item = Drawing> {
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
