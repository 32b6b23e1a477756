//! What a gate measured, as text. What is wrong with it is told by the findings.

use tollgate_engine::gate::sentence;
use tollgate_model::{BarFigure, Judgement, Report, SliceFigure, Verdict};

use super::style;

/// So many slices are shown, the worst first; `show` and `--json` have the rest.
const SHOWN: usize = 6;

/// The bars that are met, the comparison if it is passed, and the slices.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    let Some(judgement) = &report.judgement else { return Vec::new() };
    let Judgement { bars, compared, slices } = &**judgement;
    let met = bars.iter().filter(|bar| bar.verdict.passed());
    let mut lines: Vec<String> =
        met.map(|bar| format!("{} {}", style::good("✓"), figure(bar, &bar.bar))).collect();
    if let Some(compared) = compared.as_ref().filter(|compared| compared.verdict.passed()) {
        lines.push(format!("{} {}", style::good("✓"), style::safe(&sentence(compared))));
    }
    let width = slices.iter().take(SHOWN).map(|slice| slice.slice.chars().count()).max();
    lines.extend(slices.iter().take(SHOWN).map(|slice| one(slice, width.unwrap_or(0))));
    if slices.len() > SHOWN {
        lines.push(style::faint(format!("  … and {} slices more", slices.len() - SHOWN)));
    }
    lines
}

fn one(slice: &SliceFigure, width: usize) -> String {
    let mark = match slice.verdict {
        Verdict::Pass => style::good("✓"),
        Verdict::Fail => style::bad("✗"),
        Verdict::Undecided => style::doubt("?"),
    };
    let name = style::safe(&slice.slice);
    let bars: Vec<String> = slice.bars.iter().map(|bar| figure(bar, &bar.bar)).collect();
    let gain = slice.gain.map(|(gain, low, high)| {
        format!("{gain:+.4} against the baseline ({low:+.4} to {high:+.4})")
    });
    let figures = bars.into_iter().chain(gain).collect::<Vec<_>>().join(", ");
    let rows = style::faint(format!("{:>7} rows", slice.rows));
    format!("  {mark} {name:width$} {rows}  {figures}")
}

// `roc_auc 0.8612 (95 %: 0.8402 to 0.8816), bar >= 0.85`
fn figure(measured: &BarFigure, bar: &str) -> String {
    let value = format!("{:.4}", measured.value);
    let value = value.trim_end_matches('0').trim_end_matches('.');
    let interval = measured
        .interval
        .map(|(low, high)| style::faint(format!(" (95 %: {low:.4} to {high:.4})")));
    let metric = style::safe(&measured.metric);
    format!("{metric} {value}{} {}", interval.unwrap_or_default(), style::faint(bar))
}
