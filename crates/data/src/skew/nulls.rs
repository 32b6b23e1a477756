//! Nulls that one source has and another has not.

use tollgate_model::Finding;

use super::source::Column;
use super::{FeatureSource, Pair, Seen, finding, shown};
use crate::profile::{ColumnProfile, percent, share};
use crate::report::{as_f64, plural, quote};

/// Of the normal law: 95 % lie within so many standard deviations.
const WITHIN: f64 = 1.959_963_984_540_054;

pub(super) fn compare(pair: &Pair<'_>, seen: &mut Seen) {
    let sides = [
        (pair.first, pair.column, pair.other, pair.theirs),
        (pair.other, pair.theirs, pair.first, pair.column),
    ];
    let required =
        sides.into_iter().filter_map(|(data, has, by, asks)| required(data, has, by, asks));
    seen.findings.extend(required);
    if let (Some(ours), Some(theirs)) = (&pair.column.profile, &pair.theirs.profile) {
        seen.findings.extend(rates(pair, ours, theirs));
    }
}

fn required(
    data: &FeatureSource,
    has: &Column,
    by: &FeatureSource,
    asks: &Column,
) -> Option<Finding> {
    let profile = has.profile.as_ref().filter(|profile| asks.required && profile.nulls() > 0)?;
    let (name, nulls) = (quote(&has.name), plural(profile.nulls(), "null", "nulls"));
    let (data_shown, by) = (shown(data), shown(by));
    let of = plural(profile.rows(), "row", "rows");
    let message = format!("{name} is required in {by}, and has {nulls} in {of} of {data_shown}");
    let hint = format!("fill {name} in {data_shown}, or make it optional in {by}");
    let finding = finding("required", data, Some(&has.name), message);
    Some(finding.contrast("a value in every row", nulls).hint(hint))
}

fn rates(pair: &Pair<'_>, ours: &ColumnProfile, theirs: &ColumnProfile) -> Option<Finding> {
    let (was, is) = (share(ours.nulls(), ours.rows()), share(theirs.nulls(), theirs.rows()));
    let limit = pair.limits.nulls;
    let never_seen = ours.nulls() == 0 && ours.rows() > 0 && theirs.nulls() > 0;
    if !never_seen && apart(ours, theirs) <= limit {
        return None;
    }
    let rate = |share: f64| {
        if share > 0.0 { format!("{} nulls", percent(share)) } else { "no nulls".to_owned() }
    };
    let finding = pair.finding("nulls", &rate(was), &rate(is));
    let hint = match never_seen {
        true => "a model that was trained without nulls is not prepared for them: fill them where \
                 the feature is served, or keep them where it is trained"
            .to_owned(),
        false => format!(
            "fill missing values in the same way on both sides; more than {} apart is too much",
            percent(limit)
        ),
    };
    Some(finding.hint(hint))
}

/// By how much the rates differ at least, with a confidence of 0.95. As of A. Agresti and
/// B. Caffo (2000), which holds for few rows and rates near 0.
fn apart(ours: &ColumnProfile, theirs: &ColumnProfile) -> f64 {
    let rate = |column: &ColumnProfile| {
        let rows = as_f64(column.rows()) + 2.0;
        let rate = (as_f64(column.nulls()) + 1.0) / rows;
        (rate, rate * (1.0 - rate) / rows)
    };
    let ((was, one), (is, other)) = (rate(ours), rate(theirs));
    (is - was).abs() - WITHIN * (one + other).sqrt()
}
