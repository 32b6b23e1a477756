//! A column's values as they are drawn, with those of a reference laid over.

use std::cmp::Reverse;

use tollgate_data::{ColumnProfile, Profile};
use tollgate_report::{Bins, Category, Reference, Shape};

/// So many of a column's values are listed, the most frequent ones.
const VALUES: usize = 50;

/// So many bins a column's numbers are drawn in.
const BINS: usize = 30;

/// What the column's values look like, beside those of the reference's column of that name.
pub(super) fn shape(column: &ColumnProfile, reference: Option<&Profile>) -> Shape {
    let reference = reference.and_then(|reference| reference.column(column.name()));
    categories(column, reference)
        .or_else(|| bins(column, reference).map(Shape::Bins))
        .unwrap_or(Shape::Unknown)
}

/// What it is compared with; none where the reference has no such column.
pub(super) fn reference(reference: &Profile, column: &str) -> Option<Reference> {
    let column = reference.column(column)?;
    let name = reference.source().to_owned();
    Some(Reference { name, rows: column.rows(), nulls: column.nulls() })
}

/// Values that only the reference has are among them, with a count of zero.
fn categories(column: &ColumnProfile, reference: Option<&ColumnProfile>) -> Option<Shape> {
    let (counts, _) = column.categories()?;
    let known = reference.and_then(ColumnProfile::categories).map(|(counts, _)| counts);
    let of = |name: &str| known.as_ref().map(|known| known.get(name).copied().unwrap_or(0));
    let vanished = known.iter().flatten().filter(|(name, _)| !counts.contains_key(*name));
    let vanished = vanished.map(|(name, _)| (name.clone(), 0));
    let all = counts.clone().into_iter().chain(vanished);
    let mut all: Vec<Category> =
        all.map(|(name, count)| Category { reference: of(&name), name, count }).collect();
    all.sort_by_key(|category| Reverse(category.count));
    all.truncate(VALUES);
    (!all.is_empty()).then_some(Shape::Categories(all))
}

fn bins(column: &ColumnProfile, reference: Option<&ColumnProfile>) -> Option<Bins> {
    let numbers = numbers(column)?;
    let reference = reference.and_then(self::numbers);
    Bins::of(&numbers, reference.as_deref(), BINS, &|number| column.show(number))
}

// A sample may be without the ends, which are known.
fn numbers(column: &ColumnProfile) -> Option<Vec<(f64, u64)>> {
    let (mut numbers, _) = column.sample()?;
    numbers.extend(column.numbers().iter().flat_map(|all| [(all.min, 0), (all.max, 0)]));
    Some(numbers)
}
