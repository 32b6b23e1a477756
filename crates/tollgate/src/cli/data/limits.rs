//! From where on a difference is too large.

use tollgate_data::DriftLimits;

/// Limits of the distances between distributions.
#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// Limit of the population stability index.
    #[arg(long, value_name = "LIMIT", default_value_t = DriftLimits::default().psi, value_parser = limit)]
    psi: f64,
    /// Limit of the Jensen-Shannon distance, 0 to 1.
    #[arg(long, value_name = "LIMIT", default_value_t = DriftLimits::default().js, value_parser = limit)]
    js: f64,
    /// Limit of the Kolmogorov-Smirnov distance of numbers, 0 to 1.
    #[arg(long, value_name = "LIMIT", default_value_t = DriftLimits::default().ks, value_parser = limit)]
    ks: f64,
    /// Limit of the Wasserstein distance of numbers, in the reference's standard deviations.
    #[arg(long, value_name = "LIMIT", default_value_t = DriftLimits::default().wasserstein, value_parser = limit)]
    wasserstein: f64,
    /// Limit of Cramér's V of texts and truth values, 0 to 1.
    #[arg(long, value_name = "LIMIT", default_value_t = DriftLimits::default().cramers_v, value_parser = limit)]
    cramers_v: f64,
}

impl Limits {
    /// With those of nulls and rows, which mean something else to each verb.
    pub(super) fn with(&self, nulls: f64, rows: Option<f64>) -> DriftLimits {
        DriftLimits {
            psi: self.psi,
            js: self.js,
            ks: self.ks,
            wasserstein: self.wasserstein,
            cramers_v: self.cramers_v,
            nulls,
            rows,
        }
    }
}

pub(super) fn limit(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    match number.is_finite() && number >= 0.0 {
        true => Ok(number),
        false => Err("expected a number that is not below 0".to_owned()),
    }
}
