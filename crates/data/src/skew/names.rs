//! Features that one source has and another lacks.

use std::collections::BTreeSet;

use strsim::damerau_levenshtein;

use super::source::Column;
use super::{FeatureSource, Seen, finding, shown};
use crate::report::quote;

/// Among more names than these none is sought that was meant: the time is the product of both.
const SOUGHT: usize = 1_000;
/// Longer names are not compared by their letters.
const LONGEST: usize = 128;

/// What the first source has and the other lacks, and the other way round.
pub(super) fn compare(
    first: &FeatureSource,
    other: &FeatureSource,
    all: &[FeatureSource],
    seen: &mut Seen,
) {
    let features = features(all);
    let wanted = |column: &&Column| {
        features.as_ref().is_none_or(|names| names.contains(column.name.as_str()))
    };
    let absent = |from: &'_ FeatureSource, name: &str| from.column(name).is_none();
    let extra = || other.columns().iter().filter(|column| absent(first, &column.name));
    let gone = || first.columns().iter().filter(|column| absent(other, &column.name));
    // A name that was meant to be another is told once.
    let mut told = BTreeSet::new();
    for column in gone().filter(wanted) {
        let meant = nearest(&column.name, extra);
        told.extend(meant);
        seen.findings.push(lacking(other, first, &column.name, meant));
    }
    for column in extra().filter(wanted).filter(|column| !told.contains(column.name.as_str())) {
        let meant = nearest(&column.name, gone);
        seen.findings.push(lacking(first, other, &column.name, meant));
    }
}

/// What all data has though no registry knows of it.
pub(super) fn unregistered(all: &[FeatureSource], seen: &mut Seen) {
    let (registries, data): (Vec<_>, Vec<_>) = all.iter().partition(|it| it.is_registry());
    let data: Vec<_> = data.into_iter().filter(|it| !it.is_empty()).collect();
    let ([registry, ..], [table, rest @ ..]) = (registries.as_slice(), data.as_slice()) else {
        return;
    };
    let known = |name: &str| registries.iter().any(|registry| registry.column(name).is_some());
    let common = |column: &&Column| rest.iter().all(|source| source.column(&column.name).is_some());
    let new = table.columns().iter().filter(|column| !known(&column.name)).filter(common);
    for column in new.filter(|_| !rest.is_empty()) {
        let unused = || registry.columns().iter().filter(|it| table.column(&it.name).is_none());
        let meant = nearest(&column.name, unused);
        // Then it was told that the data lacks that one.
        if meant.is_none() {
            seen.findings.push(lacking(registry, table, &column.name, None));
        }
    }
}

/// The names that registries list as features; none where there is no registry.
pub(super) fn features(all: &[FeatureSource]) -> Option<BTreeSet<&str>> {
    let mut registries = all.iter().filter(|source| source.is_registry()).peekable();
    registries.peek()?;
    let listed = registries.flat_map(FeatureSource::columns).filter(|column| !column.optional);
    Some(listed.map(|column| column.name.as_str()).collect())
}

fn lacking(
    source: &FeatureSource,
    having: &FeatureSource,
    name: &str,
    meant: Option<&str>,
) -> tollgate_model::Finding {
    let (lacks, has, feature) = (shown(source), shown(having), quote(name));
    let message = format!("{lacks} lacks the feature {feature}, which {has} has");
    let hint = match meant {
        Some(meant) => format!("did you mean {}? call it the same in both", quote(meant)),
        None if source.is_registry() => format!("register {feature}, or don't serve it"),
        None => format!("add {feature} to {lacks}, or take it out of {has}"),
    };
    finding("feature", source, Some(name), message)
        .contrast(format!("the feature {feature}"), "none of that name")
        .hint(hint)
}

/// The name that was probably meant: the same but for case and separators, or a fourth of its
/// letters away.
fn nearest<'a, I: Iterator<Item = &'a Column>>(
    name: &str,
    among: impl Fn() -> I,
) -> Option<&'a str> {
    let short = name.chars().count() <= LONGEST;
    if !short || among().take(SOUGHT + 1).count() > SOUGHT {
        return None;
    }
    let plain = plain(name);
    let distance = |column: &'a Column| {
        let theirs = self::plain(&column.name);
        let longest = (plain.len().min(theirs.len()) / 4).max(1);
        let near = theirs.len().abs_diff(plain.len()) <= longest;
        let wrong = near.then(|| damerau_levenshtein(&plain, &theirs))?;
        // In names such as `x1` and `x2` a letter is all the difference that is meant.
        let slip = wrong <= longest && plain.len().min(theirs.len()) > 3;
        (wrong == 0 || slip).then_some((wrong, column.name.as_str()))
    };
    among().filter_map(distance).min().map(|(_, name)| name)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
