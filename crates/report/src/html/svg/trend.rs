//! A metric over the last releases.

use super::{Element, el, line, picture, points, told};
use crate::Trend;
use crate::words::figure;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 80.0;

/// The values in order as a line, with the bar across.
pub(crate) fn trend(trend: &Trend) -> Element {
    let values: Vec<f64> =
        trend.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite()).collect();
    let bar = trend.threshold();
    let all = || values.iter().copied().chain(bar);
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: f64| {
        let width = high / 2.0 - low / 2.0;
        let share = if width > 0.0 { (value / 2.0 - low / 2.0) / width } else { 0.5 };
        HEIGHT - (0.08 + 0.84 * share.clamp(0.0, 1.0)) * HEIGHT
    };
    let step = WIDTH / as_f64(values.len().saturating_sub(1).max(1));
    let places = values.iter().enumerate().map(|(at, value)| (as_f64(at) * step, height(*value)));
    let told_as = match (values.first(), values.last()) {
        (Some(first), Some(last)) => format!(
            "{} over {} releases, from {} to {}",
            trend.metric,
            values.len(),
            figure(*first),
            figure(*last)
        ),
        _ => format!("{}: nothing measured", trend.metric),
    };
    let across = bar.map(|bar| line("threshold", (0.0, height(bar)), (WIDTH, height(bar))));
    told(picture("trend-line", WIDTH, HEIGHT), &told_as)
        .all(across)
        .add(el("polyline").class("challenger").with("points", points(places)))
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred releases at most")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
