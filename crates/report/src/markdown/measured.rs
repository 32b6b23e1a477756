//! What was measured, as tables: bars, and the slices, the worst first.

use super::escape::text;
use super::{CUT, mark};
use crate::words::{figure, number};
use crate::{Bar, Drawing, Part, Slices};

/// So many bars and slices are listed: a comment is no place for more.
const SHOWN: usize = 20;

/// So many metrics of a slice have room beside each other.
const METRICS: usize = 5;

/// The tables; empty where nothing was measured.
pub(super) fn block(part: &Part) -> String {
    let bars: Vec<&Bar> = part.drawings.iter().filter_map(bar).take(SHOWN).collect();
    let mut block = String::new();
    if !bars.is_empty() {
        block.push_str("| | metric | measured | interval | must be |\n|---|---|--:|--:|---|\n");
    }
    for bar in bars {
        let (metric, must) = (text(&bar.metric, CUT), text(&bar.bar, CUT));
        let value = figure(bar.value);
        let mark = mark(bar.verdict);
        let interval = bar.interval.map(range).unwrap_or_default();
        block.push_str(&format!("| {mark} | {metric} | {value} | {interval} | {must} |\n"));
    }
    if !block.is_empty() {
        block.push('\n');
    }
    let slices = part.drawings.iter().filter_map(|drawing| match drawing {
        Drawing::Slices(slices) => Some(table(slices)),
        _ => None,
    });
    block.extend(slices);
    block
}

fn bar(drawing: &Drawing) -> Option<&Bar> {
    match drawing {
        Drawing::Bar(bar) => Some(bar),
        _ => None,
    }
}

fn table(slices: &Slices) -> String {
    let metrics = &slices.metrics[..slices.metrics.len().min(METRICS)];
    let names: String = metrics.iter().map(|metric| format!(" {} |", text(metric, CUT))).collect();
    let mut table = format!("| | slice | rows |{names} gain |\n|---|---|--:|");
    table.push_str(&"--:|".repeat(metrics.len() + 1));
    table.push('\n');
    for slice in slices.slices.iter().take(SHOWN) {
        let (mark, name, rows) = (mark(slice.verdict), text(&slice.name, CUT), number(slice.rows));
        let value = |value: &Option<f64>| format!(" {} |", value.map(figure).unwrap_or_default());
        let values: String = slice.values.iter().take(metrics.len()).map(value).collect();
        let gain = slice
            .gain
            .map(|(gain, low, high)| format!("{} ({})", figure(gain), range((low, high))));
        let gain = gain.unwrap_or_default();
        table.push_str(&format!("| {mark} | {name} | {rows} |{values} {gain} |\n"));
    }
    match slices.slices.len().saturating_sub(SHOWN) {
        0 => table + "\n",
        more => format!("{table}\n_and {} slices more_\n\n", number(more as u64)),
    }
}

fn range((low, high): (f64, f64)) -> String {
    format!("{} to {}", figure(low), figure(high))
}
