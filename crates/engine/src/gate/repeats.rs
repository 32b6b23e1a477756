//! Bars on a training that was repeated with other seeds: its figures scatter, and what counts is
//! where their mean lies.

use tollgate_model::{BarFigure, Finding, Requirement, Verdict};
use tollgate_stats::compare::repeats::{NoEstimate, mean};

use super::claims::{Claims, finding};

/// A bar is met, or missed, with this confidence (one-sided).
const CONFIDENCE: f64 = 0.95;

/// A bar on the mean of several figures: a figure, or why there is none; and the finding where it
/// is not met.
pub(super) fn measure(
    bar: &Requirement,
    files: &[Claims<'_>],
    names: &str,
    config: &str,
) -> Result<(BarFigure, Option<Finding>), Box<Finding>> {
    // A figure that is missing, or is none, is told as it would be of one file alone.
    let mut values = Vec::new();
    for file in files {
        match file.number(&bar.metric).filter(|number| number.is_finite()) {
            Some(number) => values.push(number),
            None => {
                let unmet = file.check(bar, config);
                let message = format!("`{}` is not a finite number in every file", bar.metric);
                let nan = || finding("gate.nan", names, bar, config, message);
                return Err(Box::new(unmet.unwrap_or_else(nan)));
            }
        }
    }
    let (value, interval) = match mean(&values, 2.0 * CONFIDENCE - 1.0) {
        Ok(found) => (found.value, Some((found.interval.low, found.interval.high))),
        Err(NoEstimate::NoScatter { value }) => (value, None),
        Err(NoEstimate::TooFew | NoEstimate::NotFinite) => {
            let message = format!("`{}`: too few repeats to tell its scatter", bar.metric);
            return Err(Box::new(finding("gate.repeats", names, bar, config, message)));
        }
    };
    let met = |value: f64| bar.threshold.is_met_by(value);
    let verdict = match interval {
        None if met(value) => Verdict::Pass,
        None => Verdict::Fail,
        Some((low, high)) => match (met(low), met(high)) {
            (true, true) => Verdict::Pass,
            (false, false) if !met(value) => Verdict::Fail,
            _ => Verdict::Undecided,
        },
    };
    let figure = BarFigure {
        metric: bar.metric.clone(),
        bar: bar.threshold.to_string(),
        value,
        interval,
        verdict,
    };
    let unmet =
        (verdict != Verdict::Pass).then(|| unmet(bar, &figure, values.len(), names, config));
    Ok((figure, unmet))
}

fn unmet(bar: &Requirement, figure: &BarFigure, runs: usize, names: &str, config: &str) -> Finding {
    let name = &bar.metric;
    let (low, high) = figure.interval.unwrap_or((figure.value, figure.value));
    let found = format!("{:.4} on average of {runs} ({low:.4} to {high:.4})", figure.value);
    let message = match figure.verdict {
        Verdict::Fail => format!("`{name}` is {found}, must be {}", bar.threshold),
        _ => {
            format!("`{name}` is {found}: too few repeats to tell whether it is {}", bar.threshold)
        }
    };
    let expected = format!("{name} {}", bar.threshold);
    finding("gate.repeats", names, bar, config, message).contrast(expected, found)
}
