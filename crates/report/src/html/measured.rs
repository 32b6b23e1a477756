//! What was measured: bars, curves, slices, trends, and the figures that nothing is asked of.

use super::markup::{Element, el};
use super::page::{heading, isolated, rich, sign, td_number, th, th_number, tone, wide_table};
use super::svg;
use crate::words::{self, figure, number};
use crate::{Bar, Curve, Drawing, Part, Slice, Slices, Trend};

/// So many slices are listed: the worst come first.
const SLICES: usize = 100;

/// So many figures are listed.
const FIGURES: usize = 200;

/// Everything that was measured; none where nothing was.
pub(super) fn section(part: &Part, level: u8) -> Option<Element> {
    let bars = part.drawings.iter().filter_map(|drawing| match drawing {
        Drawing::Bar(bar) => Some(bar),
        _ => None,
    });
    let bars: Vec<&Bar> = bars.collect();
    let others = part.drawings.iter().filter_map(|drawing| match drawing {
        Drawing::Slices(one) => Some(slices(one, level + 1)),
        Drawing::Trend(one) => Some(trend(one, level + 1)),
        Drawing::Bar(_) | Drawing::Curve(_) | Drawing::Distribution(_) => None,
    });
    let others: Vec<Element> = others.chain(curves(part, level + 1)).collect();
    let figures = (part.drawings.is_empty()).then(|| figures(part)).flatten();
    if bars.is_empty() && others.is_empty() && figures.is_none() {
        return None;
    }
    let title = el("section").class("measured").add(heading(level).text("Measured"));
    Some(title.all(table_of(&bars)).all(others).all(figures))
}

fn table_of(bars: &[&Bar]) -> Option<Element> {
    let head =
        vec![th("Metric"), th("Verdict"), th_number("Measured"), th_number("Must be"), th("")];
    let rows = bars.iter().map(|bar| row(bar)).collect();
    (!bars.is_empty()).then(|| wide_table("Metrics and their bars", "bars", head, rows))
}

fn row(bar: &Bar) -> Element {
    let interval = bar.interval.map(|(low, high)| {
        el("div").class("faint").text(&format!("{} – {}", figure(low), figure(high)))
    });
    let name = rich("th", &bar.metric).with("scope", "row");
    let name = match bar.note.is_empty() {
        true => name,
        false => name.add(rich("div", &bar.note).class("faint")),
    };
    el("tr")
        .add(name)
        .add(verdict(bar.verdict))
        .add(td_number(&figure(bar.value)).all(interval))
        .add(td_number(&bar.bar))
        .add(el("td").class("wide").add(svg::bar(bar)))
}

fn verdict(verdict: tollgate_model::Verdict) -> Element {
    el("td")
        .class(tone(verdict))
        .add(sign(words::sign(verdict)))
        .add(el("span").text(&words::verdict(verdict).to_lowercase()))
}

/// All curves in a row, where there is room.
fn curves(part: &Part, level: u8) -> Option<Element> {
    let curves = part.drawings.iter().filter_map(|drawing| match drawing {
        Drawing::Curve(one) => Some(curve(one, level)),
        _ => None,
    });
    let curves: Vec<Element> = curves.collect();
    (!curves.is_empty()).then(|| el("div").class("curves").all(curves))
}

fn curve(curve: &Curve, level: u8) -> Element {
    let entries = curve.lines.iter().enumerate().map(|(at, line)| {
        el("span").class("entry").add(svg::swatch(svg::line_class(at))).add(isolated(&line.name))
    });
    let axes = format!("{} over {}", curve.y, curve.x);
    el("figure")
        .class("curve")
        .add(heading(level).text(&curve.name))
        .add(svg::curve(curve))
        .add(el("figcaption").add(el("p").text(&axes)).add(el("p").class("legend").all(entries)))
}

fn slices(slices: &Slices, level: u8) -> Element {
    let gains = slices.slices.iter().any(|slice| slice.gain.is_some());
    let mut head = vec![th("Slice"), th("Verdict"), th_number("Rows")];
    head.extend(slices.metrics.iter().map(|metric| th_number(metric)));
    head.extend(gains.then(|| th_number("Gain")));
    let shown = slices.slices.iter().take(SLICES);
    let rows = shown.map(|slice| slice_row(slice, slices.metrics.len(), gains)).collect();
    let list = el("div")
        .add(heading(level).text("Slices, the worst first"))
        .add(wide_table("Slices", "slices", head, rows));
    match slices.slices.len().saturating_sub(SLICES) {
        0 => list,
        more => list.add(
            el("p").class("quiet").text(&format!("{} more are not listed.", number(more as u64))),
        ),
    }
}

fn slice_row(slice: &Slice, metrics: usize, gains: bool) -> Element {
    let value = |at: usize| {
        let value = slice.values.get(at).copied().flatten();
        td_number(&value.map(figure).unwrap_or_else(|| "–".to_owned()))
    };
    let gain = slice
        .gain
        .map(|(gain, low, high)| format!("{} ({} – {})", figure(gain), figure(low), figure(high)));
    el("tr")
        .add(el("th").with("scope", "row").add(isolated(&slice.name)))
        .add(verdict(slice.verdict))
        .add(td_number(&number(slice.rows)))
        .all((0..metrics).map(value))
        .all(gains.then(|| td_number(&gain.unwrap_or_else(|| "–".to_owned()))))
}

fn trend(trend: &Trend, level: u8) -> Element {
    let end = |point: Option<&(String, f64)>| {
        let text = point.map(|(name, value)| format!("{name}: {}", figure(*value)));
        isolated(&text.unwrap_or_default())
    };
    let (first, last) = (end(trend.points.first()), end(trend.points.last()));
    el("figure")
        .class("trend")
        .add(heading(level).add(isolated(&trend.metric)).text(&format!(" {}", trend.bar)))
        .add(svg::trend(trend))
        .add(el("figcaption").class("ends").add(first).add(last))
}

fn figures(part: &Part) -> Option<Element> {
    let figures = &part.report.figures;
    let row = |(name, value): (&String, &f64)| {
        el("tr")
            .add(el("th").with("scope", "row").add(isolated(name)))
            .add(td_number(&figure(*value)))
    };
    let rows = figures.iter().take(FIGURES).map(row).collect();
    let head = vec![th("Figure"), th_number("Value")];
    (!figures.is_empty()).then(|| wide_table("Figures", "figures-list", head, rows))
}
