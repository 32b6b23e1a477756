//! The names of metrics.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

use super::metric::BINS;
use super::{Average, Bins, Metric, Quantile};

/// Every metric's name; of one with a parameter an example.
pub const NAMES: &[&str] = &[
    "accuracy",
    "balanced_accuracy",
    "precision",
    "precision_macro",
    "precision_micro",
    "precision_weighted",
    "recall",
    "recall_macro",
    "recall_micro",
    "recall_weighted",
    "f1",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "mcc",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "ece",
    "ece@15",
    "ece_equal_count",
    "ece_equal_count@15",
    "mae",
    "rmse",
    "r2",
    "mape",
    "pinball@0.9",
    "coverage",
    "ndcg",
    "ndcg@10",
    "recall@10",
    "map",
    "map@10",
    "hit_rate@10",
];

/// Other names for the same. None of scikit-learn's `neg_…`: their sign is another.
const ALIASES: &[(&str, &str)] = &[
    ("pr_auc", "average_precision"),
    ("matthews_corrcoef", "mcc"),
    ("brier_score_loss", "brier"),
    ("mean_absolute_error", "mae"),
    ("root_mean_squared_error", "rmse"),
    ("mean_absolute_percentage_error", "mape"),
];

/// Why a text names no metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMetric {
    /// There is none of that name.
    Unknown(String),
    /// There is, but not with this parameter, or not without one.
    Parameter {
        /// Its name.
        name: String,
        /// What it expects.
        expected: &'static str,
    },
}

impl FromStr for Metric {
    type Err = NoMetric;

    /// Reads a name such as `roc_auc` or `ndcg@10`.
    fn from_str(text: &str) -> Result<Self, NoMetric> {
        let (name, parameter) = match text.split_once('@') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, own)| own);
        match (plain(name), parameter) {
            (Some(metric), None) => Ok(metric),
            (_, Some(parameter)) if takes_parameter(name) => {
                with(name, parameter).ok_or_else(|| NoMetric::Parameter {
                    name: name.to_owned(),
                    expected: expected(name),
                })
            }
            (Some(_), Some(_)) => {
                Err(NoMetric::Parameter { name: name.to_owned(), expected: "nothing after it" })
            }
            (None, None) if takes_parameter(name) => {
                Err(NoMetric::Parameter { name: name.to_owned(), expected: expected(name) })
            }
            _ => Err(NoMetric::Unknown(text.to_owned())),
        }
    }
}

/// The metric that the name means without a parameter.
fn plain(name: &str) -> Option<Metric> {
    let averaged = |figure: &str, of: fn(Average) -> Metric| {
        let average = match name.strip_prefix(figure)? {
            "" => Average::Binary,
            "_macro" => Average::Macro,
            "_micro" => Average::Micro,
            "_weighted" => Average::Weighted,
            _ => return None,
        };
        Some(of(average))
    };
    Some(match name {
        "accuracy" => Metric::Accuracy,
        "balanced_accuracy" => Metric::BalancedAccuracy,
        "mcc" => Metric::Mcc,
        "roc_auc" => Metric::RocAuc,
        "average_precision" => Metric::AveragePrecision,
        "log_loss" => Metric::LogLoss,
        "brier" => Metric::Brier,
        "ece" => Metric::Ece(Bins::EqualWidth(BINS)),
        "ece_equal_count" => Metric::Ece(Bins::EqualCount(BINS)),
        "mae" => Metric::Mae,
        "rmse" => Metric::Rmse,
        "r2" => Metric::R2,
        "mape" => Metric::Mape,
        "coverage" => Metric::Coverage,
        "ndcg" => Metric::Ndcg(None),
        "map" => Metric::Map(None),
        _ => {
            return averaged("precision", Metric::Precision)
                .or_else(|| averaged("recall", Metric::Recall))
                .or_else(|| averaged("f1", Metric::F1));
        }
    })
}

fn takes_parameter(name: &str) -> bool {
    ["ece", "ece_equal_count", "pinball", "ndcg", "recall", "map", "hit_rate"].contains(&name)
}

/// The metric that the name means with the parameter after `@`.
fn with(name: &str, parameter: &str) -> Option<Metric> {
    let first = || whole(parameter).and_then(NonZeroU32::new);
    let bins =
        || whole(parameter).and_then(|count| NonZeroU16::try_from(NonZeroU32::new(count)?).ok());
    match name {
        "ece" => Some(Metric::Ece(Bins::EqualWidth(bins()?))),
        "ece_equal_count" => Some(Metric::Ece(Bins::EqualCount(bins()?))),
        "pinball" => Some(Metric::Pinball(Quantile::new(parameter.parse().ok()?)?)),
        "ndcg" => Some(Metric::Ndcg(Some(first()?))),
        "recall" => Some(Metric::RecallAt(first()?)),
        "map" => Some(Metric::Map(Some(first()?))),
        "hit_rate" => Some(Metric::HitRate(first()?)),
        _ => None,
    }
}

/// A whole number in digits alone: `parse` would also take a sign.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn expected(name: &str) -> &'static str {
    match name {
        "pinball" => "a quantile between 0 and 1, as in `pinball@0.9`",
        "ece" | "ece_equal_count" => "a number of bins from 1 to 65535, as in `ece@15`",
        _ => "how many rows of each group count, from 1 on, as in `ndcg@10`",
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let optional = |f: &mut fmt::Formatter<'_>, name, k: &Option<NonZeroU32>| match k {
            Some(k) => write!(f, "{name}@{k}"),
            None => f.write_str(name),
        };
        match self {
            Self::Accuracy => f.write_str("accuracy"),
            Self::BalancedAccuracy => f.write_str("balanced_accuracy"),
            Self::Precision(average) => write!(f, "precision{}", suffix(*average)),
            Self::Recall(average) => write!(f, "recall{}", suffix(*average)),
            Self::F1(average) => write!(f, "f1{}", suffix(*average)),
            Self::Mcc => f.write_str("mcc"),
            Self::RocAuc => f.write_str("roc_auc"),
            Self::AveragePrecision => f.write_str("average_precision"),
            Self::LogLoss => f.write_str("log_loss"),
            Self::Brier => f.write_str("brier"),
            Self::Ece(Bins::EqualWidth(count)) => binned(f, "ece", *count),
            Self::Ece(Bins::EqualCount(count)) => binned(f, "ece_equal_count", *count),
            Self::Mae => f.write_str("mae"),
            Self::Rmse => f.write_str("rmse"),
            Self::R2 => f.write_str("r2"),
            Self::Mape => f.write_str("mape"),
            Self::Pinball(quantile) => write!(f, "pinball@{}", quantile.get()),
            Self::Coverage => f.write_str("coverage"),
            Self::Ndcg(k) => optional(f, "ndcg", k),
            Self::RecallAt(k) => write!(f, "recall@{k}"),
            Self::Map(k) => optional(f, "map", k),
            Self::HitRate(k) => write!(f, "hit_rate@{k}"),
        }
    }
}

fn suffix(average: Average) -> &'static str {
    match average {
        Average::Binary => "",
        Average::Macro => "_macro",
        Average::Micro => "_micro",
        Average::Weighted => "_weighted",
    }
}

fn binned(f: &mut fmt::Formatter<'_>, name: &str, count: NonZeroU16) -> fmt::Result {
    if count == BINS { f.write_str(name) } else { write!(f, "{name}@{count}") }
}

impl fmt::Display for NoMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no metric `{name}`"),
            Self::Parameter { name, expected } => write!(f, "`{name}` expects {expected}"),
        }
    }
}

impl std::error::Error for NoMetric {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metric, NoMetric> {
        text.parse()
    }

    #[test]
    fn every_name_reads_and_writes_itself() {
        for name in NAMES {
            assert_eq!(read(name).map(|metric| metric.to_string()), Ok((*name).to_owned()));
        }
        for (alias, name) in ALIASES {
            assert!(NAMES.contains(name), "{name}");
            assert_eq!(read(alias), read(name));
        }
    }

    #[test]
    fn a_parameter_is_part_of_the_name() {
        let ten = NonZeroU32::new(10).unwrap();
        assert_eq!(read("recall@10"), Ok(Metric::RecallAt(ten)));
        assert_eq!(read("recall"), Ok(Metric::Recall(Average::Binary)));
        assert_eq!(read("ece@10"), read("ece"));
        assert_eq!(read("pinball@1"), Ok(Metric::Pinball(Quantile::new(1.0).unwrap())));
    }

    #[test]
    fn what_names_nothing_is_told() {
        for unknown in ["", "@", "aucc", "f1_", "precision_samples", "nothing@10", "Accuracy"] {
            assert_eq!(read(unknown), Err(NoMetric::Unknown(unknown.to_owned())), "{unknown}");
        }
        for wrong in
            ["ndcg@0", "ndcg@-1", "ndcg@+1", "ndcg@", "map@4294967296", "hit_rate", "pinball"]
                .into_iter()
                .chain([
                    "pinball@1.5",
                    "pinball@nan",
                    "ece@0",
                    "ece@65536",
                    "accuracy@1",
                    "pr_auc@3",
                ])
        {
            let told = read(wrong).unwrap_err();
            assert!(matches!(told, NoMetric::Parameter { .. }), "{wrong}: {told}");
        }
    }
}
