//! Whether data has drifted from its reference, by two profiles.

use std::collections::BTreeMap;

use tollgate_model::{Finding, Passed, Place, Report};
use tollgate_stats::drift::{
    Drift, Judgement, bins::Bins, category, divergence, kolmogorov, limits, wasserstein,
};

use super::absent::Absent;
use super::kinds::{self, Kinds};
use super::split::Split;
use super::{ColumnProfile, Profile};
use crate::report::{as_f64, plural, quote, shorten};

/// Of the intervals by which drift is judged.
const CONFIDENCE: f64 = 0.95;
/// Bins of equally many rows of the reference, as is usual for the population stability index.
const BINS: usize = 10;
/// Each of them should have so many of the shorter side's rows: with fewer, what two samples of the
/// same data have in common is chance, and the laws behind the intervals don't hold. W. G. Cochran
/// (1954) asks for 5 where a p-value is taken; an interval's end is further out.
const ROWS: u64 = 10;
/// With fewer rows on a side the laws behind the intervals don't hold: of samples of 50 rows of the
/// very same data one in seven had drifted. What holds for any number of rows is still asked.
const ENOUGH: u64 = 100;
/// Values that stand alone should have this part of the rows, on one side at least.
const APART: f64 = 0.5;
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
/// only its effect does, the rows are too few to tell, and it is not assessed, as is a table or a
/// column with fewer than 100 rows on a side. The effects are figures of the report:
/// `drift.psi.age` and the like. With `columns`, only these are compared, and other columns may come
/// and go.
#[must_use]
pub fn drift(
    reference: &Profile,
    current: &Profile,
    columns: Option<&[String]>,
    limits: &DriftLimits,
) -> Report {
    let mut seen = Seen::of(current.source());
    seen.few = reference.rows().min(current.rows()) < ENOUGH;
    if seen.few {
        seen.too_few(None, reference.rows(), current.rows());
    }
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
    /// Whether it is said already that the whole table is too short.
    few: bool,
}

impl<'a> Seen<'a> {
    fn of(source: &'a str) -> Self {
        let (findings, open, steady) = (Vec::new(), Vec::new(), Vec::new());
        Self { source, findings, open, steady, figures: BTreeMap::new(), few: false }
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
            let (is, was) = (now.kind().word(), before.kind().word());
            let message = format!("{}: {is}, was {was}", quote(now.name()));
            return self.add(Some(now.name()), message);
        }
        self.distribution(before, now, limits);
    }

    fn distribution(&mut self, before: &ColumnProfile, now: &ColumnProfile, limits: &DriftLimits) {
        let (was, is) = (before.countable(), now.countable());
        if before.is_masked() || now.is_masked() || was.max(is) == 0 {
            return;
        }
        if was.min(is) < ENOUGH {
            return self.few_values(before, now, limits);
        }
        match Kinds::of(before, now) {
            Some(kinds) => self.texts(now.name(), &kinds, limits),
            None => self.numbers(before, now, limits),
        }
    }

    /// Of few values nothing is told but a distance whose interval holds for any number of them.
    fn few_values(&mut self, before: &ColumnProfile, now: &ColumnProfile, limits: &DriftLimits) {
        let (name, was, is) = (now.name(), before.countable(), now.countable());
        if let (Some(before), Some(now)) = (Split::of(before), Split::of(now))
            && let (Some(old), Some(new)) = (before.sample(), now.sample())
        {
            let moved = kolmogorov::compare(&old, &new, CONFIDENCE);
            if moved.judge(limits.ks) == Judgement::Drifted {
                self.judge(name, "ks", Some(moved), limits.ks);
            }
        }
        if !self.few && !self.findings.iter().any(|finding| names(finding, name)) {
            self.too_few(Some(name), was, is);
        }
    }

    fn too_few(&mut self, column: Option<&str>, was: u64, is: u64) {
        let (whose, what) = match column {
            Some(name) => (format!("{}: ", quote(name)), " with a value"),
            None => (String::new(), ""),
        };
        let (is, was) = (plural(is, "row", "rows"), plural(was, "row", "rows"));
        let message = format!(
            "{whose}{is}{what} against {was} are too few to tell a drift: it takes {ENOUGH} on both \
             sides"
        );
        let finding = self.finding(column, message);
        self.open.push(finding.hint("compare more rows, such as those of several days"));
    }

    /// Values that are no values of their column, or no numbers, are as good as none.
    fn nulls(&mut self, before: &ColumnProfile, now: &ColumnProfile, limit: f64) {
        let (was, is) = (Absent::of(before), Absent::of(now));
        let limited = format!("was {}, limit {} more", percent(was.share()), percent(limit));
        let of = was.words(&is, before.kind());
        if is.share() - was.share() <= limit {
            return self.keeps(Some(now.name()), format!("rate of {of} {limited}"));
        }
        let (name, is) = (quote(now.name()), percent(is.share()));
        self.add(Some(now.name()), format!("{name}: rate of {of} {is}, {limited}"));
    }

    fn texts(&mut self, name: &str, kinds: &Kinds, limits: &DriftLimits) {
        let counts = kinds.counts(ROWS);
        if kinds::apart(&counts) < APART {
            let all = plural(kinds.len() as u64, "value", "values");
            let message = format!("{}: these rows are too few to tell of {all}", quote(name));
            let finding = self.finding(Some(name), message).hint("more rows would tell");
            return self.open.push(finding);
        }
        let [before, now] = &counts;
        let (old, new): (Vec<_>, Vec<_>) = (before.values().zip(now.values())).unzip();
        self.judge(name, "psi", divergence::psi(&old, &new, CONFIDENCE).ok(), limits.psi);
        self.judge(name, "js", divergence::jensen_shannon(&old, &new, CONFIDENCE).ok(), limits.js);
        if let Ok(told) = category::compare(before, now, CONFIDENCE) {
            self.judge(name, "cramers_v", Some(told.drift), limits.cramers_v);
            self.values(name, "new", &kinds.appeared());
            self.values(name, "vanished", &kinds.vanished());
        }
    }

    /// New and vanished values are told with a drift, and are none by themselves: a rare value may
    /// be absent by chance.
    fn values(&mut self, name: &str, which: &str, values: &[&str]) {
        self.figures.insert(format!("drift.{which}.{name}"), as_f64(values.len() as u64));
        let own = |it: &&mut Finding| names(it, name) && it.message.contains("cramers_v");
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
        if let Ok(bins) = Bins::quantiles(&before_sample.values, BINS) {
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

fn names(finding: &Finding, name: &str) -> bool {
    matches!(&finding.place, Place::Data { column: Some(column), .. } if column == name)
}

pub(crate) fn share(count: u64, rows: u64) -> f64 {
    if rows == 0 { 0.0 } else { as_f64(count) / as_f64(rows) }
}

/// "3.1 %".
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
