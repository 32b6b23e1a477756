//! Whether several sources of the same features agree: the table that a model is trained on, a
//! sample of what is served, a registry's definition.
//!
//! The first source is the one that the others are held against. What differs in the types is not
//! compared in the values: the one would say the other once more.

mod definition;
mod feast;
mod names;
mod nulls;
mod source;
mod types;
mod values;

use std::collections::BTreeMap;

use tollgate_model::{Finding, Place, Report};

pub use source::FeatureSource;

use crate::profile::DriftLimits;
use crate::report::{as_f64, quote};
use source::Column;

/// In what the other sources disagree with the first.
///
/// The findings have the codes `data.skew-feature` (one source lacks it), `data.skew-type`,
/// `data.skew-precision` (the one can't hold what the other does), `data.skew-required` (nulls
/// where a registry allows none), `data.skew-nulls`, `data.skew-categories` and
/// `data.skew-distribution`. Where a registry is among the sources, it says what the features are,
/// and other columns (a label, a time) may be in some sources alone.
///
/// The figures are `skew.columns` (compared with the first source, over all others) and
/// `skew.<measure>.<column>.<source>` for each distance that was taken.
#[must_use]
pub fn consistency(sources: &[FeatureSource], limits: &DriftLimits) -> Report {
    let mut seen = Seen::default();
    let Some((first, others)) = sources.split_first() else { return seen.report() };
    for source in sources.iter().filter(|source| source.is_empty()) {
        let finding = finding("feature", source, None, format!("{} has no rows", shown(source)));
        seen.open.push(finding.hint("take a sample that has some"));
    }
    if first.is_empty() {
        return seen.report();
    }
    let features = names::features(sources);
    let feature = |column: &Column| {
        let listed = features.as_ref().is_none_or(|names| names.contains(column.name.as_str()));
        listed && !column.identifies
    };
    for other in others.iter().filter(|other| !other.is_empty()) {
        names::compare(first, other, sources, &mut seen);
        for column in first.columns() {
            if let Some(theirs) = other.column(&column.name) {
                seen.compared += 1;
                let feature = feature(column) && feature(theirs);
                Pair { first, other, column, theirs, feature, limits }.compare(&mut seen);
            }
        }
    }
    names::unregistered(sources, &mut seen);
    seen.report()
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    findings: Vec<Finding>,
    open: Vec<Finding>,
    figures: BTreeMap<String, f64>,
    compared: u64,
}

impl Seen {
    fn report(self) -> Report {
        let report = Report::new(self.findings, self.open);
        let report = report.figure("skew.columns", as_f64(self.compared));
        self.figures.into_iter().fold(report, |report, (name, value)| report.figure(name, value))
    }
}

/// A feature in the first source and in another.
struct Pair<'a> {
    first: &'a FeatureSource,
    other: &'a FeatureSource,
    column: &'a Column,
    theirs: &'a Column,
    /// Whether it is a feature, rather than a key, a label or a time: those have other values in
    /// each source.
    feature: bool,
    limits: &'a DriftLimits,
}

impl Pair<'_> {
    fn compare(&self, seen: &mut Seen) {
        nulls::compare(self, seen);
        if types::compare(self, seen) && self.feature {
            values::compare(self, seen);
        }
    }

    /// A finding at the other source, with what either has.
    fn finding(&self, code: &str, ours: &str, theirs: &str) -> Finding {
        let (name, first, other) = (quote(&self.column.name), shown(self.first), shown(self.other));
        let message = format!("{name}: {ours} in {first}, {theirs} in {other}");
        finding(code, self.other, Some(&self.column.name), message).contrast(ours, theirs)
    }
}

fn finding(code: &str, at: &FeatureSource, column: Option<&str>, message: String) -> Finding {
    let (source, column) = (at.shown().to_owned(), column.map(str::to_owned));
    Finding::new(&format!("data.skew-{code}"), Place::Data { source, column }, message)
}

fn shown(source: &FeatureSource) -> String {
    quote(source.shown())
}
