//! Distributions: the data as filled bars, the reference as a line over them.

use super::{Element, el, line, picture, rect, repeated, told};
use crate::words::figure;
use crate::{Bins, html::svg::at};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 80.0;

/// The share of the whole, as a bar in a groove.
pub(crate) fn share(share: f64) -> Element {
    let filled = if share > 0.0 { (share * 100.0).clamp(1.0, 100.0) } else { 0.0 };
    let groove = repeated(picture("share", 100.0, 6.0)).add(rect("groove", 0.0, 0.0, 100.0, 6.0));
    groove.add(rect("part", 0.0, 0.0, filled, 6.0))
}

/// One value's share, and a mark where the reference has it. `most` is the greatest share drawn.
pub(crate) fn category(now: f64, was: Option<f64>, most: f64) -> Element {
    let scale = |share: f64| if most > 0.0 { share / most * 100.0 } else { 0.0 };
    let drawn =
        repeated(picture("category", 100.0, 12.0)).add(rect("data", 0.0, 2.0, scale(now), 8.0));
    let mark = |was: f64| {
        let x = scale(was).clamp(0.5, 99.5);
        line("reference", (x, 0.0), (x, 12.0))
    };
    drawn.all(was.map(mark))
}

/// Shares of the rows in bins.
pub(crate) fn histogram(column: &str, bins: &Bins) -> Element {
    let (data, reference) = (shares(&bins.data), shares(&bins.reference));
    let most = data.iter().chain(&reference).fold(0.0_f64, |most, share| most.max(*share));
    let height = |share: f64| if most > 0.0 { share / most * (HEIGHT - 4.0) } else { 0.0 };
    let wide = |count: usize| WIDTH / as_f64(count.max(1));
    let width = wide(data.len());
    let bars = data.iter().enumerate().filter(|(_, share)| **share > 0.0).map(|(place, share)| {
        // A bin that holds anything can be seen.
        let tall = height(*share).max(1.0);
        rect("data", as_f64(place) * width + 0.5, HEIGHT - tall, width - 1.0, tall)
    });
    let floor = line("axis", (0.0, HEIGHT), (WIDTH, HEIGHT));
    let drawn = picture("histogram", WIDTH, HEIGHT).all(bars).add(floor);
    let drawn = match reference.is_empty() {
        true => drawn,
        false => drawn.add(outline(&reference, wide(reference.len()), &height)),
    };
    told(drawn, &words(column, bins, &data, &reference))
}

// The upper edge of the bars that the reference would have.
fn outline(shares: &[f64], width: f64, height: &dyn Fn(f64) -> f64) -> Element {
    let mut path = format!("M0 {}", at(HEIGHT));
    for (place, share) in shares.iter().enumerate() {
        let y = HEIGHT - height(*share);
        path.push_str(&format!("V{}H{}", at(y), at(as_f64(place + 1) * width)));
    }
    path.push_str(&format!("V{}", at(HEIGHT)));
    el("path").class("reference").with("d", path)
}

fn words(column: &str, bins: &Bins, data: &[f64], reference: &[f64]) -> String {
    let fullest = |shares: &[f64]| {
        let indexed = shares.iter().enumerate();
        let best = indexed.max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(format!("bin {} with {} %", best.0 + 1, figure((best.1 * 1_000.0).round() / 10.0)))
    };
    let mut told = format!(
        "Distribution of {column} in {} equal bins from {} to {}",
        data.len(),
        bins.low,
        bins.high
    );
    fullest(data).into_iter().for_each(|bin| told.push_str(&format!("; the fullest is {bin}")));
    fullest(reference)
        .into_iter()
        .for_each(|bin| told.push_str(&format!("; of the reference, {bin}")));
    told
}

#[expect(clippy::cast_precision_loss, reason = "shares for the eye")]
fn shares(counts: &[u64]) -> Vec<f64> {
    let total: f64 = counts.iter().map(|count| *count as f64).sum();
    counts.iter().map(|count| if total > 0.0 { *count as f64 / total } else { 0.0 }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred bins at most")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
