//! The base score of a CVSS 3 vector. Source: CVSS v3.1 specification, §7.1 and §7.4.

use std::str::FromStr;

use tollgate_model::Rating;

/// A CVSS base score: 0 to 10, with one decimal.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct BaseScore(f64);

/// Not a vector of CVSS 3.0 or 3.1, or not a whole one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no vector of CVSS 3 with all base metrics")]
pub struct CvssError(String);

impl BaseScore {
    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// In words; of a score of 0 there are none. Source: §5, qualitative severity rating scale.
    #[must_use]
    pub fn rating(self) -> Option<Rating> {
        Some(match self.0 {
            score if score >= 9.0 => Rating::Critical,
            score if score >= 7.0 => Rating::High,
            score if score >= 4.0 => Rating::Medium,
            score if score > 0.0 => Rating::Low,
            _ => return None,
        })
    }
}

impl FromStr for BaseScore {
    type Err = CvssError;

    fn from_str(vector: &str) -> Result<Self, CvssError> {
        score(vector).map(Self).ok_or_else(|| CvssError(vector.chars().take(100).collect()))
    }
}

fn score(vector: &str) -> Option<f64> {
    let metrics = vector.strip_prefix("CVSS:3.1/").or_else(|| vector.strip_prefix("CVSS:3.0/"))?;
    let of = |name: &str| {
        metrics.split('/').find_map(|metric| metric.strip_prefix(name)?.strip_prefix(':'))
    };
    let changed = match of("S")? {
        "U" => false,
        "C" => true,
        _ => return None,
    };
    let reach = match of("AV")? {
        "N" => 0.85,
        "A" => 0.62,
        "L" => 0.55,
        "P" => 0.2,
        _ => return None,
    };
    let complexity = match of("AC")? {
        "L" => 0.77,
        "H" => 0.44,
        _ => return None,
    };
    let privileges = match (of("PR")?, changed) {
        ("N", _) => 0.85,
        ("L", false) => 0.62,
        ("L", true) => 0.68,
        ("H", false) => 0.27,
        ("H", true) => 0.5,
        _ => return None,
    };
    let interaction = match of("UI")? {
        "N" => 0.85,
        "R" => 0.62,
        _ => return None,
    };
    let harm = |name: &str| match of(name)? {
        "H" => Some(0.56),
        "L" => Some(0.22),
        "N" => Some(0.0),
        _ => None,
    };
    let spared = (1.0 - harm("C")?) * (1.0 - harm("I")?) * (1.0 - harm("A")?);
    let base: f64 = 1.0 - spared;
    let impact = match changed {
        false => 6.42 * base,
        true => 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15),
    };
    if impact <= 0.0 {
        return Some(0.0);
    }
    let exploitability = 8.22 * reach * complexity * privileges * interaction;
    let both = impact + exploitability;
    let sum = if changed { 1.08 * both } else { both };
    Some(round_up(sum.min(10.0)))
}

/// To one decimal, upwards, without what binary fractions add. Source: Appendix A.
fn round_up(score: f64) -> f64 {
    let scaled = (score * 100_000.0).round();
    let tenth = 10_000.0;
    match scaled % tenth == 0.0 {
        true => scaled / 100_000.0,
        false => ((scaled / tenth).floor() + 1.0) / 10.0,
    }
}
