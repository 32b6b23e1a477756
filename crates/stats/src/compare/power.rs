//! What the rows at hand can see, and how many it would take.

use super::question::Question;
use crate::normal;

/// The power that one usually wants.
pub const USUAL: f64 = 0.8;

/// What a number of rows can see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// How likely the question is decided for a challenger that deserves it: for one exactly as
    /// good as the baseline in non-inferiority, for one better by twice the margin in superiority
    /// (in both the truth lies one margin away from where it would not pass).
    pub at_these_rows: f64,
    /// How many rows it takes for [`USUAL`]; nothing where the margin is 0 and no number does, or
    /// where it is beyond counting.
    pub rows_for_usual: Option<u64>,
    /// The smallest margin that is seen with [`USUAL`] in as many rows as there are.
    pub margin_at_these_rows: f64,
}

/// What is seen in `rows` rows, if one row's difference has the standard deviation
/// `standard_error` × √`rows`; the standard error is that of the difference in this sample.
///
/// Nothing without rows, or where the standard error is not positive.
///
/// Source: the normal approximation, as in S.-C. Chow, J. Shao, H. Wang and Y. Lokhnygina,
/// "Sample Size Calculations in Clinical Research", 3rd edition (2017), §3.1.
#[must_use]
pub fn power(question: &Question, standard_error: f64, rows: u64) -> Option<Power> {
    if rows == 0 || !(standard_error > 0.0 && standard_error.is_finite()) {
        return None;
    }
    let level = -normal::quantile(1.0 - question.confidence());
    let reach = level - normal::quantile(1.0 - USUAL);
    let margin = question.margin();
    let needed = rows as f64 * (standard_error * reach / margin).powi(2);
    Some(Power {
        at_these_rows: normal::tail(level - margin / standard_error),
        rows_for_usual: (needed < u64::MAX as f64).then(|| needed.ceil() as u64),
        margin_at_these_rows: standard_error * reach,
    })
}

#[cfg(test)]
mod tests {
    use super::super::question::Direction;
    use super::*;

    fn ask(margin: f64) -> Question {
        Question::new(margin, Direction::NonInferiority, 0.95).unwrap()
    }

    #[test]
    fn to_see_half_a_hundredth_takes_many_rows() {
        let seen = power(&ask(0.005), 0.008, 2_000).unwrap();
        assert_eq!(seen.rows_for_usual, Some(31_655));
        assert!(seen.at_these_rows < 0.2 && seen.at_these_rows > 0.1, "{seen:?}");
        // With that many rows, and so that much smaller an error, it is what was wanted.
        let error = 0.008 * (2_000.0 / 31_655f64).sqrt();
        let then = power(&ask(0.005), error, 31_655).unwrap();
        assert!((then.at_these_rows - USUAL).abs() < 1e-4, "{then:?}");
        assert!((then.margin_at_these_rows - 0.005).abs() < 1e-7, "{then:?}");
    }

    #[test]
    fn without_a_margin_no_number_is_enough() {
        let seen = power(&ask(0.0), 0.008, 2_000).unwrap();
        assert_eq!(seen.rows_for_usual, None);
        assert!((seen.at_these_rows - 0.05).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_told_from_nothing() {
        assert_eq!(power(&ask(0.01), 0.0, 10), None);
        assert_eq!(power(&ask(0.01), f64::NAN, 10), None);
        assert_eq!(power(&ask(0.01), 0.1, 0), None);
    }
}
