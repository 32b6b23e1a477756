//! Thresholds on a metric.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a metric must stand to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `<=`
    AtMost,
    /// `<`
    LessThan,
    /// `==`
    Equal,
}

/// A bar that a metric must meet, written `>= 0.85`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Threshold {
    /// How the metric must stand to the bar.
    pub comparison: Comparison,
    /// The bar; finite.
    pub bar: f64,
}

/// Why a text is no threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThresholdError {
    /// No `>=`, `>`, `<=`, `<` or `==` in front.
    NoComparison,
    /// What follows is not a finite number.
    NoNumber(String),
}

const SYMBOLS: [(&str, Comparison); 5] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    (">", Comparison::MoreThan),
    ("<", Comparison::LessThan),
];

impl Comparison {
    /// The comparison as it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        SYMBOLS.iter().find(|(_, c)| *c == self).map_or("", |(symbol, _)| symbol)
    }
}

impl Threshold {
    /// Whether `value` meets the bar. A NaN meets none.
    #[must_use]
    pub fn is_met_by(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => value >= self.bar,
            Comparison::MoreThan => value > self.bar,
            Comparison::AtMost => value <= self.bar,
            Comparison::LessThan => value < self.bar,
            Comparison::Equal => value == self.bar,
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (rest, comparison) = SYMBOLS
            .iter()
            .find_map(|(symbol, c)| text.strip_prefix(symbol).map(|rest| (rest.trim(), *c)))
            .ok_or(ThresholdError::NoComparison)?;
        match rest.parse::<f64>() {
            Ok(bar) if bar.is_finite() => Ok(Self { comparison, bar }),
            _ => Err(ThresholdError::NoNumber(rest.to_owned())),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.comparison.symbol(), self.bar))
    }
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoComparison => f.write_str("a threshold starts with >=, >, <=, < or =="),
            Self::NoNumber(text) => write!(f, "`{text}` is not a finite number"),
        }
    }
}

impl std::error::Error for ThresholdError {}

impl TryFrom<String> for Threshold {
    type Error = ThresholdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Threshold> for String {
    fn from(threshold: Threshold) -> Self {
        threshold.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decision_table() {
        let table = [
            (">= 0.85", 0.85, true),
            (">= 0.85", 0.849, false),
            ("> 1", 1.0, false),
            ("<= 3", 3.0, true),
            ("< 3", 3.0, false),
            ("==0", 0.0, true),
            (">= 0", f64::NAN, false),
            ("< 0", f64::NAN, false),
        ];
        for (text, value, met) in table {
            assert_eq!(text.parse::<Threshold>().unwrap().is_met_by(value), met, "{text} {value}");
        }
    }

    #[test]
    fn what_is_no_threshold_says_why() {
        assert_eq!("0.85".parse::<Threshold>(), Err(ThresholdError::NoComparison));
        assert_eq!(">= x".parse::<Threshold>(), Err(ThresholdError::NoNumber("x".into())));
        assert!(">= inf".parse::<Threshold>().is_err());
    }

    proptest! {
        #[test]
        fn text_form_round_trips(bar in -1e9..1e9f64, which in 0usize..5) {
            let threshold = Threshold { comparison: SYMBOLS[which].1, bar };
            prop_assert_eq!(threshold.to_string().parse::<Threshold>(), Ok(threshold));
        }
    }
}
