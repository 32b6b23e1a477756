//! Values that the one has and the other never, and distributions that differ.

use std::collections::BTreeMap;

use tollgate_model::Finding;

use super::{Pair, Seen, shown};
use crate::profile::{ColumnProfile, ColumnType, distribution};
use crate::report::{as_f64, plural, shorten};

/// With fewer rows on a side, how often values occur says little.
const ENOUGH: u64 = 100;
/// A text is a category where each of its values stands for so many rows on average: names and
/// addresses are none.
const REPEATS: u64 = 5;
/// A value that all rows of the other side would miss by chance as rarely as this is missing.
const CHANCE: f64 = 0.01;
/// Values that a finding names.
const NAMED: usize = 5;

pub(super) fn compare(pair: &Pair<'_>, seen: &mut Seen) {
    let (Some(ours), Some(theirs)) = (&pair.column.profile, &pair.theirs.profile) else { return };
    if ours.is_masked() || theirs.is_masked() || ours.valid() == 0 || theirs.valid() == 0 {
        return;
    }
    if let Some(finding) = categories(pair, ours, theirs) {
        // How the rest is spread would say the same again.
        return seen.findings.push(finding);
    }
    if ours.valid().min(theirs.valid()) < ENOUGH || !repeats(ours) || !alike(ours, theirs) {
        return;
    }
    let (moved, open, figures) = distribution(pair.other.shown(), ours, theirs, pair.limits);
    seen.findings.extend(moved.into_iter().map(|finding| named(pair, finding)));
    seen.open.extend(open.into_iter().map(|finding| named(pair, finding)));
    let name = |figure: &str| {
        let measure = figure.strip_prefix("drift.").unwrap_or(figure);
        format!("skew.{measure}.{}", pair.other.shown())
    };
    seen.figures.extend(figures.into_iter().map(|(figure, value)| (name(&figure), value)));
}

/// A distance, told as one between two sources.
fn named(pair: &Pair<'_>, finding: Finding) -> Finding {
    let message =
        format!("{}, {} against {}", finding.message, shown(pair.other), shown(pair.first));
    let hint = finding.hint.unwrap_or_else(|| {
        "compute the feature in the same way on both sides, or train on newer rows".to_owned()
    });
    Finding { message, hint: Some(hint), code: "data.skew-distribution".to_owned(), ..finding }
}

fn categories(pair: &Pair<'_>, ours: &ColumnProfile, theirs: &ColumnProfile) -> Option<Finding> {
    let exact = |column: &ColumnProfile| {
        column.categories().filter(|(counts, error)| *error == 0 && !counts.is_empty())
    };
    let ((was, _), (is, _)) = (exact(ours)?, exact(theirs)?);
    if !repeats(ours) {
        return None;
    }
    // What is served and was never trained on is always worth a word; what was trained on and is
    // not in a sample may be rare.
    let new: Vec<_> = is.keys().filter(|value| !was.contains_key(*value)).collect();
    let gone: Vec<_> = was
        .iter()
        .filter(|(value, count)| !is.contains_key(*value) && is_missed(**count, ours, theirs))
        .map(|(value, _)| value)
        .collect();
    if new.is_empty() && gone.is_empty() {
        return None;
    }
    let (ours, theirs) = (kinds(&was, &gone), kinds(&is, &new));
    let finding = pair.finding("categories", &ours, &theirs);
    Some(finding.hint("write the values in the same way on both sides, or train on all of them"))
}

/// Whether both count in the same unit.
fn alike(ours: &ColumnProfile, theirs: &ColumnProfile) -> bool {
    let numbers =
        |column: &ColumnProfile| matches!(column.kind(), ColumnType::Integer | ColumnType::Number);
    ours.kind() == theirs.kind() || (numbers(ours) && numbers(theirs))
}

/// Whether the values are numbers, or texts that come again.
fn repeats(column: &ColumnProfile) -> bool {
    let kinds = column.categories().map_or(0, |(counts, _)| counts.len() as u64);
    column.valid() >= kinds * REPEATS
}

/// Whether so many rows of `ours` with a value make it no chance that `theirs` has none.
fn is_missed(count: u64, ours: &ColumnProfile, theirs: &ColumnProfile) -> bool {
    let share = as_f64(count) / as_f64(ours.valid());
    as_f64(theirs.valid()) * (-share).ln_1p() < CHANCE.ln()
}

/// "3 values, `gold` only here".
fn kinds(all: &BTreeMap<String, u64>, only: &[&String]) -> String {
    let count = plural(all.len() as u64, "value", "values");
    let shown: Vec<_> =
        only.iter().take(NAMED).map(|value| format!("`{}`", shorten(value))).collect();
    let more = match only.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match shown.is_empty() {
        true => count,
        false => format!("{count} ({}{more} only here)", shown.join(", ")),
    }
}
