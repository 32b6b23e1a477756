//! What was asked for, and is so.

use tollgate_model::{Gate, Judgement, Passed, Place, Requirement, SourceLine};

use crate::gate::sentence;

/// What was asked for, and is so.
pub(super) fn passed(gate: &Gate, told: &Judgement, config: &str) -> Vec<Passed> {
    let rows = gate.predictions.as_ref().map(|rows| &rows.path);
    let source = rows.or(gate.metrics.first()).map(ToString::to_string).unwrap_or_default();
    let kept = |code: &str, name: String, expected: String, line: u32| Passed {
        code: code.to_owned(),
        place: Place::Metric { source: source.clone(), name },
        expected,
        rule: (line > 0).then(|| SourceLine { path: config.to_owned(), line }),
    };
    let line = |bars: &[Requirement], metric: &str| {
        bars.iter().find(|bar| bar.metric == metric).map_or(0, |bar| bar.line)
    };
    let bars = told.bars.iter().filter(|bar| bar.verdict.passed()).map(|bar| {
        let line = line(&gate.require, &bar.metric);
        kept("gate.threshold", bar.metric.clone(), bar.bar.clone(), line)
    });
    let compared = told.compared.iter().filter(|compared| compared.verdict.passed());
    let compared = compared.map(|compared| {
        let line = gate.compare.as_ref().map_or(0, |asked| asked.line);
        kept("gate.compare", compared.metric.clone(), sentence(compared), line)
    });
    let slices = told.slices.iter().filter(|slice| slice.verdict.passed()).map(|slice| {
        let bars: Vec<_> =
            slice.bars.iter().map(|bar| format!("{} {}", bar.metric, bar.bar)).collect();
        let line = gate.slices.as_ref().map_or(0, |asked| asked.line);
        kept("gate.slice", slice.slice.clone(), bars.join(", "), line)
    });
    bars.chain(compared).chain(slices).collect()
}
