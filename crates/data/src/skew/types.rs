//! Types that don't go together, and those that can't hold what they should.

use tollgate_model::FeatureType::{
    self, Boolean, Date, Float32, Int32, Integer, Number, Text, Time, Timestamp,
};

use super::source::{Column, Values, Written};
use super::{Pair, Seen};

/// Up to here a floating-point number of 64 bits holds every whole number, and one of 32 bits.
const WHOLE: f64 = 9_007_199_254_740_992.0;
const WHOLE_32: f64 = 16_777_216.0;

/// How two types go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Same,
    /// What is lost.
    Loses(&'static str),
    Apart,
}

/// Whether the values can be compared; else it is told why not.
pub(super) fn compare(pair: &Pair<'_>, seen: &mut Seen) -> bool {
    let fit = fit(pair.column, pair.theirs);
    let (ours, theirs) = (noun(pair.column.values), noun(pair.theirs.values));
    match fit {
        Fit::Same => !torn(pair.column, pair.theirs),
        Fit::Loses(what) => {
            let finding = pair.finding("precision", ours, theirs);
            let hint = format!("{what}: use the same type in both, or round before training");
            seen.findings.push(finding.hint(hint));
            false
        }
        Fit::Apart => {
            let hint = "use the same type in both: a model is not served what it was trained on";
            seen.findings.push(pair.finding("type", ours, theirs).hint(hint));
            false
        }
    }
}

/// Whether rounding to 32 bits on one side alone tears equal numbers apart: distances would be
/// those of the rounding.
fn torn(ours: &Column, theirs: &Column) -> bool {
    let single = |column: &Column| column.values == Values::Of(Float32);
    single(ours) != single(theirs) && !(all(ours, fits_32) && all(theirs, fits_32))
}

fn fit(ours: &Column, theirs: &Column) -> Fit {
    let (was, is) = match (ours.values, theirs.values) {
        (Values::Of(was), Values::Of(is)) => (was, is),
        (Values::Unknown, _) | (_, Values::Unknown) => return Fit::Same,
        (was, is) if was == is => return Fit::Same,
        _ => return Fit::Apart,
    };
    if was == is || may_be_text(ours, is) || may_be_text(theirs, was) {
        return Fit::Same;
    }
    match (was, is) {
        (Int32, Integer | Number) | (Float32, Number) | (Date, Timestamp) => Fit::Same,
        (Integer | Int32, Number | Float32) => whole_as_float(ours, theirs, is),
        (Integer, Int32) => keep(reaches(ours, f64::from(i32::MAX)), "it holds no larger number"),
        // What is written without a point may well have one in the next row.
        (Number | Float32, Integer | Int32) => {
            let kept = theirs.written != Written::Typed || all(ours, |x| x.fract() == 0.0);
            keep(kept, "what is behind the point is lost")
        }
        (Number, Float32) => {
            keep(all(ours, fits_32), "of 16 digits 7 are left, so both are not the same number")
        }
        (Timestamp, Date) => keep(theirs.written != Written::Typed, "the time of day is lost"),
        _ => Fit::Apart,
    }
}

/// Whether a column of times, where there is no type for them, is as well one of texts.
fn may_be_text(column: &Column, other: FeatureType) -> bool {
    let timely = matches!(column.values, Values::Of(Date | Time | Timestamp));
    other == Text && timely && column.written == Written::Loose
}

fn whole_as_float(ours: &Column, theirs: &Column, is: FeatureType) -> Fit {
    if theirs.profile.is_some() && !all(theirs, |x| x.fract() == 0.0) {
        return Fit::Apart;
    }
    let limit = if is == Float32 { WHOLE_32 } else { WHOLE };
    keep(reaches(ours, limit), "large whole numbers are rounded")
}

fn keep(kept: bool, what: &'static str) -> Fit {
    if kept { Fit::Same } else { Fit::Loses(what) }
}

/// Whether all numbers are known, and none is farther from 0 than this.
fn reaches(column: &Column, limit: f64) -> bool {
    let numbers = column.profile.as_ref().and_then(|profile| profile.numbers());
    numbers.is_some_and(|all| all.min >= -limit && all.max <= limit)
}

/// Whether numbers are known and all of those that the profile kept are so.
fn all(column: &Column, is: impl Fn(f64) -> bool) -> bool {
    let sample = column.profile.as_ref().and_then(|profile| profile.sample());
    sample.is_some_and(|(kept, _)| !kept.is_empty() && kept.iter().all(|(x, _)| is(*x)))
}

#[expect(clippy::cast_possible_truncation, clippy::float_cmp, reason = "that is the question")]
fn fits_32(number: f64) -> bool {
    f64::from(number as f32) == number
}

fn noun(values: Values) -> &'static str {
    match values {
        Values::Of(Boolean) => "truth values",
        Values::Of(Date) => "dates",
        Values::Of(Float32) => "32-bit floating-point numbers",
        Values::Of(Int32) => "32-bit whole numbers",
        Values::Of(Integer) => "whole numbers",
        Values::Of(Number) => "numbers",
        Values::Of(Text) => "texts",
        Values::Of(Time) => "times of day",
        Values::Of(Timestamp) => "timestamps",
        Values::Composed => "lists or records",
        Values::Mixed => "values of several types",
        Values::Unknown => "no values",
    }
}
