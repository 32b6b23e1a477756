//! Whether data has drifted from its reference, by two profiles.

use std::collections::BTreeMap;

use tollgate_model::{Finding, Passed, Place, Report};
use tollgate_stats::drift::sample::Sample;
use tollgate_stats::drift::{
    Drift, Judgement, bins::Bins, category, divergence, kolmogorov, limits, wasserstein,
};

use super::{ColumnProfile, ColumnType, Profile};
use crate::report::{as_f64, quote, shorten};

/// Of the intervals by which drift is judged.
const CONFIDENCE: f64 = 0.95;
/// Bins of equally many rows of the reference, as is usual for the population stability index.
const BINS: usize = 10;
/// Each of them should have so many of the shorter side's rows: with fewer, what two samples of the
/// same data have in common is chance, and the laws behind the intervals don't hold. W. G. Cochran
/// (1954).
const ROWS: u64 = 5;
/// New and vanished values that a finding names.
const NAMED: usize = 5;

/// From where on a difference is a drift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftLimits {
    /// The population stability index.
    pub psi: f64,
    /// The Jensen-Shannon distance, 0 to 1.
    pub js: f64,
    /// The Kolmogorov-Smirnov distance of numbers, 0 to 1.
    pub ks: f64,
    /// The Wasserstein distance of numbers, in standard deviations of the reference.
    pub wasserstein: f64,
    /// Cramér's V of texts and truth values, 0 to 1.
    pub cramers_v: f64,
    /// By how much the share of nulls may grow, as a share of the rows.
    pub nulls: f64,
    /// By which share the number of rows may differ; none means any.
    pub rows: Option<f64>,
}

impl Default for DriftLimits {
    fn default() -> Self {
        Self {
            psi: limits::PSI,
            js: limits::JENSEN_SHANNON,
            ks: limits::KOLMOGOROV_SMIRNOV,
            wasserstein: limits::WASSERSTEIN,
            cramers_v: limits::CRAMER,
            nulls: 0.01,
            rows: None,
        }
    }
}

/// What has drifted from `reference` to `current`; all findings have the code `data.drift`.
///
/// A measure is a finding where its whole interval of confidence 0.95 lies above its limit. Where
/// only its effect does, the rows are too few to tell, and it is not assessed. The effects are
/// figures of the report: `drift.psi.age` and the like. With `columns`, only these are compared,
/// and other columns may come and go.
#[must_use]
pub fn drift(
    reference: &Profile,
    current: &Profile,
    columns: Option<&[String]>,
    limits: &DriftLimits,
) -> Report {
    let mut seen = Seen::of(current.source());
    seen.row_count(reference.rows(), current.rows(), limits.rows);
    let wanted = |name: &str| columns.is_none_or(|names| names.iter().any(|it| it == name));
    for name in columns.into_iter().flatten() {
        if reference.column(name).is_none() {
            seen.add(Some(name), format!("{} is not in the reference", quote(name)));
        }
    }
    for before in reference.columns().iter().filter(|column| wanted(column.name())) {
        match current.column(before.name()) {
            Some(now) => seen.column(before, now, limits),
            None => {
                let name = quote(before.name());
                seen.add(Some(before.name()), format!("the column {name} is gone"));
            }
        }
    }
    if columns.is_none() {
        let new = current.columns().iter().filter(|it| reference.column(it.name()).is_none());
        new.for_each(|it| {
            seen.add(Some(it.name()), format!("the column {} is new", quote(it.name())));
        });
    }
    let report = Report { passed: seen.steady, ..Report::new(seen.findings, seen.open) };
    seen.figures.into_iter().fold(report, |report, (name, value)| report.figure(name, value))
}

/// How far the values of a column have moved, as [`drift`] tells it: what is wrong, what can't be
/// told, and the figures. Nothing of nulls, and nothing where the types have no distance.
pub(crate) fn distribution(
    source: &str,
    before: &ColumnProfile,
    now: &ColumnProfile,
    limits: &DriftLimits,
) -> (Vec<Finding>, Vec<Finding>, BTreeMap<String, f64>) {
    let mut seen = Seen::of(source);
    seen.distribution(before, now, limits);
    (seen.findings, seen.open, seen.figures)
}

/// What was seen so far.
struct Seen<'a> {
    source: &'a str,
    findings: Vec<Finding>,
    open: Vec<Finding>,
    steady: Vec<Passed>,
    figures: BTreeMap<String, f64>,
}

impl<'a> Seen<'a> {
    fn of(source: &'a str) -> Self {
        let (findings, open, steady) = (Vec::new(), Vec::new(), Vec::new());
        Self { source, findings, open, steady, figures: BTreeMap::new() }
    }

    fn finding(&self, column: Option<&str>, message: String) -> Finding {
        let (source, column) = (self.source.to_owned(), column.map(str::to_owned));
        Finding::new("data.drift", Place::Data { source, column }, message)
    }

    fn add(&mut self, column: Option<&str>, message: String) {
        let finding = self.finding(column, message);
        self.findings.push(finding);
    }

    fn keeps(&mut self, column: Option<&str>, expected: String) {
        let (source, column) = (self.source.to_owned(), column.map(str::to_owned));
        let (code, place) = ("data.drift".to_owned(), Place::Data { source, column });
        self.steady.push(Passed { code, place, expected, rule: None });
    }

    fn row_count(&mut self, before: u64, now: u64, limit: Option<f64>) {
        let Some(limit) = limit else { return };
        let apart = (as_f64(now) - as_f64(before)).abs();
        let shown = percent(limit);
        match apart > limit * as_f64(before) {
            true => {
                self.add(None, format!("{now} rows, was {before}, limit {shown} more or less"));
            }
            false => self.keeps(None, format!("{before} rows, {shown} more or less")),
        }
    }

    fn column(&mut self, before: &ColumnProfile, now: &ColumnProfile, limits: &DriftLimits) {
        self.nulls(before, now, limits.nulls);
        if before.kind() != now.kind() {
            let (is, was) = (word(now.kind()), word(before.kind()));
            let message = format!("{}: {is}, was {was}", quote(now.name()));
            return self.add(Some(now.name()), message);
        }
        self.distribution(before, now, limits);
    }

    fn distribution(&mut self, before: &ColumnProfile, now: &ColumnProfile, limits: &DriftLimits) {
        if before.is_masked() || now.is_masked() || before.valid() == 0 {
            return;
        }
        match (before.categories(), now.categories()) {
            (Some(before_counts), Some(now_counts)) => {
                self.texts(now, &before_counts, &now_counts, limits);
            }
            _ => self.numbers(before, now, limits),
        }
    }

    fn nulls(&mut self, before: &ColumnProfile, now: &ColumnProfile, limit: f64) {
        let was = share(before.nulls() + before.invalid(), before.rows());
        let is = share(now.nulls() + now.invalid(), now.rows());
        let limited = format!("was {}, limit {} more", percent(was), percent(limit));
        if is - was <= limit {
            return self
                .keeps(Some(now.name()), format!("rate of nulls and invalid values {limited}"));
        }
        let (name, is) = (quote(now.name()), percent(is));
        let message = format!("{name}: rate of nulls and invalid values {is}, {limited}");
        self.add(Some(now.name()), message);
    }

    fn texts(
        &mut self,
        column: &ColumnProfile,
        (before, before_error): &(BTreeMap<String, u64>, u64),
        (now, now_error): &(BTreeMap<String, u64>, u64),
        limits: &DriftLimits,
    ) {
        let name = column.name();
        let exact = *before_error == 0 && *now_error == 0;
        // Names, addresses and the like have no distribution that could drift.
        if !exact || before.is_empty() {
            return;
        }
        let names: std::collections::BTreeSet<_> = before.keys().chain(now.keys()).collect();
        let counts = |of: &BTreeMap<String, u64>| -> Vec<u64> {
            names.iter().map(|name| of.get(*name).copied().unwrap_or(0)).collect()
        };
        let (old, new) = (counts(before), counts(now));
        self.judge(name, "psi", divergence::psi(&old, &new, CONFIDENCE).ok(), limits.psi);
        self.judge(name, "js", divergence::jensen_shannon(&old, &new, CONFIDENCE).ok(), limits.js);
        if let Ok(told) = category::compare(before, now, CONFIDENCE) {
            self.judge(name, "cramers_v", Some(told.drift), limits.cramers_v);
            self.values(name, "new", &told.new);
            self.values(name, "vanished", &told.vanished);
        }
    }

    /// New and vanished values are told with a drift, and are none by themselves: a rare value may
    /// be absent by chance.
    fn values(&mut self, name: &str, which: &str, values: &[String]) {
        self.figures.insert(format!("drift.{which}.{name}"), as_f64(values.len() as u64));
        let own = |finding: &&mut Finding| {
            let Place::Data { column, .. } = &finding.place else { return false };
            column.as_deref() == Some(name) && finding.message.contains("cramers_v")
        };
        let Some(finding) = self.findings.iter_mut().find(own).filter(|_| !values.is_empty())
        else {
            return;
        };
        let shown: Vec<_> =
            values.iter().take(NAMED).map(|value| format!("`{}`", shorten(value))).collect();
        let more = match values.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        finding.message.push_str(&format!("; {which}: {}{more}", shown.join(", ")));
    }

    fn numbers(&mut self, before: &ColumnProfile, now: &ColumnProfile, limits: &DriftLimits) {
        let (Some(before_sample), Some(now_sample)) = (Split::of(before), Split::of(now)) else {
            return;
        };
        let name = now.name();
        let rows = before.valid().min(now.valid());
        let bins = BINS.min(usize::try_from(rows / ROWS).unwrap_or(BINS));
        if let (2.., Ok(bins)) = (bins, Bins::quantiles(&before_sample.values, bins)) {
            let (old, new) = (before_sample.fill(&bins), now_sample.fill(&bins));
            self.judge(name, "psi", divergence::psi(&old, &new, CONFIDENCE).ok(), limits.psi);
            let js = divergence::jensen_shannon(&old, &new, CONFIDENCE).ok();
            self.judge(name, "js", js, limits.js);
        }
        let (Some(old), Some(new)) = (before_sample.sample(), now_sample.sample()) else { return };
        self.judge(name, "ks", Some(kolmogorov::compare(&old, &new, CONFIDENCE)), limits.ks);
        let unit = wasserstein::Scale::Deviation;
        let moved = wasserstein::compare(&old, &new, unit, CONFIDENCE).ok();
        self.judge(name, "wasserstein", moved, limits.wasserstein);
    }

    fn judge(&mut self, name: &str, measure: &str, drift: Option<Drift>, limit: f64) {
        let Some(drift) = drift else { return };
        self.figures.insert(format!("drift.{measure}.{name}"), drift.effect);
        let (low, high) = (drift.interval.low, drift.interval.high);
        let message = format!(
            "{}: {measure} {:.3} ({low:.3} to {high:.3}), limit {limit}",
            quote(name),
            drift.effect
        );
        let finding = self.finding(Some(name), message);
        match drift.judge(limit) {
            Judgement::Drifted => self.findings.push(finding),
            Judgement::Undecided if drift.effect > limit => {
                self.open.push(finding.hint("more rows would tell"));
            }
            Judgement::Undecided | Judgement::Steady => {
                self.keeps(Some(name), format!("{measure} of at most {limit}"));
            }
        }
    }
}

/// A sample, its values and weights apart.
struct Split {
    values: Vec<f64>,
    weights: Vec<f64>,
    rank_error: f64,
}

impl Split {
    fn of(column: &ColumnProfile) -> Option<Self> {
        let (all, rank_error) = column.sample()?;
        let (values, weights) = all.into_iter().map(|(x, weight)| (x, as_f64(weight))).unzip();
        Some(Self { values, weights, rank_error })
    }

    fn sample(&self) -> Option<Sample<'_>> {
        Sample::sketched(&self.values, &self.weights, self.rank_error).ok()
    }

    /// How many rows lie in each bin.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole weights")]
    fn fill(&self, bins: &Bins) -> Vec<u64> {
        let mut place = 0;
        let each = bins.fill(&self.values);
        let filled = each.into_iter().map(|count| {
            let next = place + usize::try_from(count).unwrap_or(0);
            let rows: f64 = self.weights[place..next].iter().sum();
            place = next;
            rows as u64
        });
        filled.collect()
    }
}

pub(crate) fn share(count: u64, rows: u64) -> f64 {
    if rows == 0 { 0.0 } else { as_f64(count) / as_f64(rows) }
}

/// "3.1 %".
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn word(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "truth values",
        ColumnType::Date => "dates",
        ColumnType::Integer => "whole numbers",
        ColumnType::Number => "numbers",
        ColumnType::Text => "texts",
        ColumnType::Time => "times of day",
        ColumnType::Timestamp => "timestamps",
    }
}
