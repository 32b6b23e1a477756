//! The same counts as a naive reading, row by row, of small random tables.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use tollgate_model::{Check, Column, LogicalType, Operator, Report, Scalar, Unit};

use crate::common::{Demands, column, csv, text};

const CELLS: [&str; 14] =
    ["", " ", "0", "1", "2", "-3", "10", "2.5", "1e1", "NaN", "x", " 7 ", "007", "ab"];

/// Which demands are made of the one column.
#[derive(Clone, Debug)]
struct Asked {
    logical: LogicalType,
    minimum: i64,
    maximum: f64,
    listed: Vec<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    use LogicalType::{Integer, Number, String};
    let logical = prop::sample::select(vec![Integer, Number, String]);
    let listed = prop::sample::subsequence(CELLS.to_vec(), 0..5);
    (logical, -4_i64..4, -4.0..11.0, listed).prop_map(|(logical, minimum, maximum, listed)| Asked {
        logical,
        minimum,
        maximum: f64::round(maximum * 2.0) / 2.0,
        listed,
    })
}

/// Rules that are broken however many there are, so that each count can be seen.
fn demands(asked: &Asked) -> Column {
    let never = |check| move |column: Column| column.rule(check, Operator::Be(-1.0), Unit::Rows);
    let listed: Vec<_> =
        asked.listed.iter().filter(|t| !t.trim().is_empty()).map(|t| text(t)).collect();
    let mut column = column("a").of(asked.logical).required().unique();
    column = never(Check::InvalidValues { valid: Some(listed), pattern: None })(column);
    column = never(Check::NullValues)(column);
    column = never(Check::DuplicateValues { columns: vec![] })(column);
    if asked.logical != LogicalType::String {
        column.bounds.minimum = Some(Scalar::Integer(asked.minimum));
        column.bounds.exclusive_maximum = Some(Scalar::Number(asked.maximum));
    }
    column
}

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Null,
    Bad(String),
    Number(f64),
    Text(String),
}

fn read(text: &str, logical: LogicalType) -> Cell {
    let trimmed = text.trim();
    match logical {
        LogicalType::String if text.is_empty() => Cell::Null,
        LogicalType::String => Cell::Text(text.to_owned()),
        _ if trimmed.is_empty() => Cell::Null,
        LogicalType::Integer if trimmed.parse::<i64>().is_err() => Cell::Bad(text.to_owned()),
        _ => trimmed.parse().map_or_else(|_| Cell::Bad(text.to_owned()), Cell::Number),
    }
}

fn naive(cells: &[&str], asked: &Asked) -> BTreeMap<String, u64> {
    let (mut counts, mut seen) = (BTreeMap::new(), HashSet::new());
    let listed: HashSet<_> = asked
        .listed
        .iter()
        .filter(|t| !t.trim().is_empty())
        .map(|t| format!("{:?}", read(t, asked.logical)))
        .collect();
    for code in ["data.invalid-values", "data.null-values", "data.duplicate-values"] {
        counts.insert(code.to_owned(), 0);
    }
    let mut add = |code: &str| *counts.entry(code.to_owned()).or_insert(0) += 1;
    for cell in cells {
        let cell = read(cell, asked.logical);
        let key = format!("{cell:?}");
        if let Cell::Null = cell {
            add("data.required");
            add("data.null-values");
            continue;
        }
        if let Cell::Bad(_) = cell {
            add("data.type");
        }
        if let Cell::Number(number) = cell {
            if number.is_nan() || number < asked.minimum as f64 {
                add("data.minimum");
            }
            if number.is_nan() || number >= asked.maximum {
                add("data.exclusive-maximum");
            }
        }
        if !listed.contains(&key) {
            add("data.invalid-values");
        }
        if !seen.insert(key) {
            add("data.unique");
            add("data.duplicate-values");
        }
    }
    counts
}

fn counts(report: &Report) -> BTreeMap<String, u64> {
    let count = |finding: &tollgate_model::Finding| {
        (finding.code.clone(), finding.extent.map_or(0, |extent| extent.count))
    };
    report.findings.iter().map(count).collect()
}

proptest! {
    #[test]
    fn counts_are_those_of_a_naive_reading(
        cells in prop::collection::vec(prop::sample::select(CELLS.to_vec()), 0..30),
        asked in asked(),
    ) {
        let rows: String = cells.iter().map(|cell| format!("{cell},z\n")).collect();
        let report = csv(format!("a,b\n{rows}"), vec![demands(&asked)]).unwrap();
        prop_assert_eq!(counts(&report), naive(&cells, &asked));
        // Of no rows nothing is known.
        prop_assert_eq!(report.not_assessed.len(), usize::from(cells.is_empty()));
        prop_assert_eq!(report.figures["rows"], cells.len() as f64);
    }
}
