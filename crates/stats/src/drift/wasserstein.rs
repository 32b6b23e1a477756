//! The Wasserstein distance: how far rows would have to move, on average.

use super::sample::{Sample, Step, steps};
use super::{Drift, NoDrift};
use crate::normal;
use crate::proportion::Interval;

/// The unit of the effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The reference's standard deviation.
    Deviation,
    /// The reference's distance of quartiles: for heavy tails.
    Interquartile,
}

/// Compares two samples. The statistic is the distance in the values' unit, the effect is it over
/// the reference's scale, which counts as known; the interval is the effect's, with at least the
/// two-sided `confidence`. There is no p.
///
/// The distance is ∫ |F − G|, and so can't be off by more than ∫ of what the two empirical
/// distributions are off by. At each value that is normal with variance F(1−F)/(n−1) +
/// G(1−G)/(m−1); the interval adds these up as if they were all off to the same side at once,
/// which is the worst case and exact for two values. Of a sketch the error of rank times the range
/// is added. It wants tails with a finite variance.
///
/// Sources: S. S. Vallender, Theory of Probability and its Applications 18 (1974) 784–786;
/// E. del Barrio, E. Giné and C. Matrán, "Central Limit Theorems for the Wasserstein Distance
/// between the Empirical and the True Distributions", Annals of Probability 27 (1999) 1009–1071.
///
/// # Errors
/// The reference is constant, or its values are too large for their distance to be a number.
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn compare(
    reference: &Sample<'_>,
    current: &Sample<'_>,
    scale: Scale,
    confidence: f64,
) -> Result<Drift, NoDrift> {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    let unit = match scale {
        Scale::Deviation => reference.deviation(),
        Scale::Interquartile => reference.interquartile(),
    };
    if unit == 0.0 {
        return Err(NoDrift::NoScale);
    }
    let area = Area::between(reference, current);
    let z = -normal::quantile((1.0 - confidence) / 2.0);
    let rank_error = reference.rank_error() + current.rank_error();
    let reach = z * area.spread + rank_error * area.range;
    let effect = area.distance / unit;
    if !(effect.is_finite() && reach.is_finite()) {
        return Err(NoDrift::NotFinite);
    }
    let interval = Interval {
        low: ((area.distance - reach) / unit).max(0.0),
        high: (area.distance + reach) / unit,
    };
    Ok(Drift { statistic: area.distance, effect, interval, p: None })
}

/// Integrals along the values of both samples.
#[derive(Default)]
struct Area {
    distance: f64,
    spread: f64,
    range: f64,
}

impl Area {
    fn between(reference: &Sample<'_>, current: &Sample<'_>) -> Self {
        let mut area = Self::default();
        let mut last: Option<Step> = None;
        for step in steps(reference, current) {
            if let Some(from) = last {
                let width = step.value - from.value;
                let variance =
                    of_share(from.first, reference.rows()) + of_share(from.second, current.rows());
                area.distance += width * (from.first - from.second).abs();
                area.spread += width * variance.sqrt();
                area.range += width;
            }
            last = Some(step);
        }
        area
    }
}

fn of_share(share: f64, rows: f64) -> f64 {
    // Rounding may carry a share beyond 1.
    (share * (1.0 - share)).max(0.0) / (rows - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_its_distance() {
        let values: Vec<f64> = (0..2_000).map(f64::from).collect();
        let moved: Vec<f64> = values.iter().map(|value| value + 500.0).collect();
        let (reference, current) =
            (Sample::sorted(&values).unwrap(), Sample::sorted(&moved).unwrap());
        let told = compare(&reference, &current, Scale::Interquartile, 0.95).unwrap();
        assert!((told.statistic - 500.0).abs() < 1e-9 && (told.effect - 0.5).abs() < 1e-12);
        assert!(told.interval.low > 0.4 && told.interval.high < 0.6, "{told:?}");
        let sketch = Sample::sketched(&moved, &[1.0; 2_000], 0.01).unwrap();
        let sketched = compare(&reference, &sketch, Scale::Interquartile, 0.95).unwrap();
        assert!((sketched.interval.high - told.interval.high - 24.99 / 1_000.0).abs() < 1e-9);
    }

    #[test]
    fn without_a_unit_there_is_no_effect() {
        let constant = Sample::sorted(&[2.0, 2.0, 2.0]).unwrap();
        let current = Sample::sorted(&[1.0, 3.0]).unwrap();
        for scale in [Scale::Deviation, Scale::Interquartile] {
            assert_eq!(compare(&constant, &current, scale, 0.95), Err(NoDrift::NoScale));
        }
        let huge = Sample::sorted(&[-1e308, 1e308]).unwrap();
        let told = compare(&huge, &current, Scale::Deviation, 0.95);
        assert_eq!(told, Err(NoDrift::NotFinite));
    }
}
