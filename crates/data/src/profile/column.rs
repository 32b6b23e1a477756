//! What a profile knows of one column.

use serde::{Deserialize, Serialize};

use super::categories::Categories;
use super::distinct::Distinct;
use super::moments::{self, Moments};
use super::quantiles::Quantiles;
use super::unit;
use crate::domain::Domain;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// A calendar day. As a number: days since 1970-01-01.
    Date,
    /// A whole number.
    Integer,
    /// A number with or without decimals.
    Number,
    /// Text.
    Text,
    /// A time of day. As a number: seconds since midnight.
    Time,
    /// A point in time. As a number: seconds since 1970-01-01T00:00Z.
    Timestamp,
}

impl ColumnType {
    /// Its values in plain words.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Boolean => "truth values",
            Self::Date => "dates",
            Self::Integer => "whole numbers",
            Self::Number => "numbers",
            Self::Text => "texts",
            Self::Time => "times of day",
            Self::Timestamp => "timestamps",
        }
    }
}

/// What a profile knows of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) categories: Option<Categories>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) distinct: Option<Distinct>,
    pub(super) invalid: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lengths: Option<Moments>,
    pub(super) masked: bool,
    pub(super) name: String,
    pub(super) not_finite: u64,
    pub(super) nulls: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) numbers: Option<Moments>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quantiles: Option<Quantiles>,
    pub(super) rows: u64,
    #[serde(rename = "type")]
    pub(super) kind: ColumnType,
}

impl ColumnProfile {
    /// Nothing seen yet. Of a masked column no value is kept, nor anything that tells of one.
    pub(crate) fn new(name: String, kind: ColumnType, masked: bool) -> Self {
        let worded = matches!(kind, ColumnType::Text | ColumnType::Boolean);
        Self {
            categories: (worded && !masked).then(Categories::default),
            distinct: (!masked).then(Distinct::default),
            invalid: 0,
            lengths: None,
            masked,
            name,
            not_finite: 0,
            nulls: 0,
            numbers: None,
            quantiles: (!worded && !masked).then(Quantiles::default),
            rows: 0,
            kind,
        }
    }

    /// The same without what was seen.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.name.clone(), self.kind, self.masked)
    }

    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    #[must_use]
    pub fn kind(&self) -> ColumnType {
        self.kind
    }

    /// Rows that were looked at.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows without a value.
    #[must_use]
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Rows whose text is no value of the column's type.
    #[must_use]
    pub fn invalid(&self) -> u64 {
        self.invalid
    }

    /// Whether the contract marks it as personal, so that nothing is known of its values.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.masked
    }

    /// Rows with a value of the column's type.
    #[must_use]
    pub fn valid(&self) -> u64 {
        self.rows.saturating_sub(self.nulls).saturating_sub(self.invalid)
    }

    /// Rows with a value whose place among the others can be told: NaN and infinity have none.
    pub(crate) fn countable(&self) -> u64 {
        self.valid().saturating_sub(self.not_finite)
    }

    /// How many distinct values there are, and whether that is exact; else the standard error is
    /// 2.3 %. None of a masked column.
    #[must_use]
    pub fn distinct(&self) -> Option<(u64, bool)> {
        self.distinct.as_ref().map(|distinct| (distinct.count(), distinct.is_exact()))
    }

    /// Range, mean and spread of numbers, dates and times; see [`ColumnType`] for their units.
    #[must_use]
    pub fn numbers(&self) -> Option<&Moments> {
        self.numbers.as_ref()
    }

    /// Range and mean of the lengths of texts, in Unicode scalar values.
    #[must_use]
    pub fn lengths(&self) -> Option<&Moments> {
        self.lengths.as_ref()
    }

    /// The values of texts and truth values, and how often each occurs, with by how much a count
    /// may be too low: 0 where all are counted.
    #[must_use]
    pub fn categories(&self) -> Option<(std::collections::BTreeMap<String, u64>, u64)> {
        self.categories.as_ref().map(|all| (all.counts(), all.error()))
    }

    /// The number that the share of rows (0 to 1) does not exceed.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.quantiles.as_ref()?.at(share)
    }

    /// A sample of the numbers in rising order, for how many rows each stands, and by which share
    /// of the rows a rank may be wrong.
    #[must_use]
    pub fn sample(&self) -> Option<(Vec<(f64, u64)>, f64)> {
        self.quantiles.as_ref().map(|all| (all.weighted(), all.rank_error()))
    }

    /// About how many rows lie in each of `bins` parts of the range that are equally wide.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place among the bins"
    )]
    pub fn histogram(&self, bins: usize) -> Vec<u64> {
        let (Some(range), Some(quantiles)) = (&self.numbers, &self.quantiles) else {
            return Vec::new();
        };
        let mut counts = vec![0; bins];
        let width = range.max / bins as f64 - range.min / bins as f64;
        for (number, weight) in quantiles.weighted() {
            let place = ((number - range.min) / width) as usize;
            if let Some(count) = counts.get_mut(place.min(bins.saturating_sub(1))) {
                *count += weight;
            }
        }
        counts
    }

    /// One of the column's numbers as a person writes it.
    #[must_use]
    pub fn show(&self, number: f64) -> String {
        unit::show(self.kind, number)
    }

    /// Adds what was seen of other rows.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.nulls = self.nulls.saturating_add(other.nulls);
        self.invalid = self.invalid.saturating_add(other.invalid);
        self.not_finite = self.not_finite.saturating_add(other.not_finite);
        self.masked |= other.masked;
        moments::join(&mut self.numbers, other.numbers.as_ref());
        moments::join(&mut self.lengths, other.lengths.as_ref());
        if let (Some(ours), Some(theirs)) = (&mut self.categories, &other.categories) {
            ours.merge(theirs);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.distinct, &other.distinct) {
            ours.merge(theirs);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.quantiles, &other.quantiles) {
            ours.merge(theirs);
        }
        self.keep_secret();
    }

    /// What is masked on one side is masked together.
    fn keep_secret(&mut self) {
        if self.masked {
            (self.categories, self.distinct) = (None, None);
            (self.numbers, self.quantiles) = (None, None);
        }
    }

    /// As it is told.
    pub(crate) fn settled(mut self) -> Self {
        self.categories.iter_mut().for_each(Categories::settle);
        self
    }

    /// Whether a file that was read can mean this.
    pub(super) fn is_sound(&self) -> bool {
        let mut ranges = self.numbers.iter().chain(&self.lengths);
        let told = self.categories.is_some() || self.distinct.is_some();
        let secret = told || self.numbers.is_some() || self.quantiles.is_some();
        let seen = self.nulls.checked_add(self.invalid).is_some_and(|some| some <= self.rows);
        seen && ranges.all(Moments::is_sound) && !(self.masked && secret)
    }
}

impl From<Domain> for ColumnType {
    fn from(domain: Domain) -> Self {
        match domain {
            Domain::Text => Self::Text,
            Domain::Integer => Self::Integer,
            Domain::Decimal { .. } | Domain::Number { .. } => Self::Number,
            Domain::Date => Self::Date,
            Domain::Timestamp => Self::Timestamp,
            Domain::Time => Self::Time,
            Domain::Boolean => Self::Boolean,
        }
    }
}
