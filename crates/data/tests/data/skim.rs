//! Pages that are only judged tell what decoded rows tell: with one thread and `paranoid` every
//! value is decoded by the `parquet` crate, with two threads only what is not surely good.

use std::collections::BTreeMap;

use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;
use tollgate_data::{ColumnProfile, DataSet, Options, Profile, Watched, profile};
use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Scalar, Unit};

use crate::common::{Demands, column, contract, int, report_with, text};
use crate::parquet_file::{Cells, write_with};

/// Name, type as a schema writes it, and type as a contract does.
const COLUMNS: [(&str, &str, &str, LogicalType); 10] = [
    ("i32", "INT32", "", LogicalType::Integer),
    ("i64", "INT64", "", LogicalType::Integer),
    ("u32", "INT32", "(INTEGER(32,false))", LogicalType::Integer),
    ("u64", "INT64", "(INTEGER(64,false))", LogicalType::Integer),
    ("day", "INT32", "(DATE)", LogicalType::Date),
    ("at", "INT64", "(TIMESTAMP(MICROS,true))", LogicalType::Timestamp),
    ("cents", "INT64", "(DECIMAL(18,2))", LogicalType::Number),
    ("single", "FLOAT", "", LogicalType::Number),
    ("double", "DOUBLE", "", LogicalType::Number),
    ("text", "BYTE_ARRAY", "(UTF8)", LogicalType::String),
];

fn demands() -> Contract {
    let of = |(name, _, _, logical): &(&str, &str, &str, LogicalType)| -> Column {
        let column = column(name).of(*logical);
        let within = |low: Scalar, high: Scalar| {
            column.clone().bounds(|bounds| {
                (bounds.minimum, bounds.maximum) = (Some(low), Some(high));
            })
        };
        match logical {
            LogicalType::String => {
                let valid = Some(["", "a", "basic", "é", "much longer than that"].map(text).into());
                let check = Check::InvalidValues { valid, pattern: None };
                column.rule(check, Operator::Be(0.0), Unit::Rows)
            }
            LogicalType::Date => within(text("1970-01-01"), text("1970-01-10")),
            LogicalType::Timestamp => {
                within(text("1970-01-01T00:00:00Z"), text("1970-01-01T00:00:00.000009Z"))
            }
            _ => {
                let column = column.clone().bounds(|bounds| {
                    (bounds.minimum, bounds.exclusive_maximum) = (int(0), int(10));
                });
                column.rule(Check::NullValues, Operator::AtMost(20.0), Unit::Percent)
            }
        }
    };
    contract(COLUMNS.iter().map(of).collect(), vec![])
}

/// Good cells are most likely; what breaks a rule, and what is odd, comes now and then.
fn cells(rows: usize, odd: bool, nulls: bool) -> impl Strategy<Value = Vec<Option<u8>>> {
    let cell = if odd { (0_u8..=11).boxed() } else { (0_u8..=9).boxed() };
    let cell = match nulls {
        true => prop::option::weighted(0.9, cell).boxed(),
        false => cell.prop_map(Some).boxed(),
    };
    prop::collection::vec(cell, rows)
}

fn column_of(name: &str, rows: &[Option<u8>]) -> Cells {
    let int = |cell: &Option<u8>| {
        cell.map(|cell| match cell {
            10 => i64::MIN,
            11 => -1,
            cell => cell.into(),
        })
    };
    let double = |cell: &Option<u8>| {
        cell.map(|cell| match cell {
            10 => f64::NAN,
            11 => -0.5,
            cell => f64::from(cell) + 0.25,
        })
    };
    let bytes = |cell: &Option<u8>| {
        cell.map(|cell| match cell {
            10 => b"\xff".to_vec(),
            11 => b"none of these".to_vec(),
            cell => ["", "a", "basic", "é", "much longer than that"][usize::from(cell / 2)].into(),
        })
    };
    #[expect(clippy::cast_possible_truncation, reason = "the odd ones become other odd ones")]
    let narrow = |cell: &Option<u8>| int(cell).map(|cell| cell as i32);
    #[expect(clippy::cast_possible_truncation, reason = "all of them are exact in 32 bits")]
    let single = |cell: &Option<u8>| double(cell).map(|cell| cell as f32);
    match name {
        "i32" | "u32" | "day" => Cells::Int32(rows.iter().map(narrow).collect()),
        "single" => Cells::Float(rows.iter().map(single).collect()),
        "double" => Cells::Double(rows.iter().map(double).collect()),
        "text" => Cells::Bytes(rows.iter().map(bytes).collect()),
        _ => Cells::Int64(rows.iter().map(int).collect()),
    }
}

/// How a file is written.
fn properties() -> impl Strategy<Value = WriterProperties> {
    let versions = prop_oneof![Just(WriterVersion::PARQUET_1_0), Just(WriterVersion::PARQUET_2_0)];
    let packings = prop_oneof![
        Just(Compression::UNCOMPRESSED),
        Just(Compression::SNAPPY),
        Just(Compression::ZSTD(Default::default())),
    ];
    let plain = prop_oneof![3 => Just(Some(Encoding::PLAIN)), 1 => Just(None)];
    (versions, packings, plain, any::<bool>(), 1_usize..200, 1_usize..40).prop_map(
        |(version, packing, encoding, dictionary, limit, page)| {
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_compression(packing)
                .set_dictionary_enabled(dictionary)
                .set_dictionary_page_size_limit(limit)
                .set_data_page_row_count_limit(page)
                .set_write_batch_size(page);
            // Without one, the writer takes what its version has, such as differences.
            match encoding {
                Some(encoding) => properties.set_encoding(encoding).build(),
                None => properties.build(),
            }
        },
    )
}

/// The report, or what kind of fault there is.
fn told(bytes: &[u8], threads: usize) -> Result<String, String> {
    let options = Options { threads, paranoid: true, ..Options::default() };
    match report_with("t.parquet", bytes, &demands(), &options) {
        Ok(report) => Ok(serde_json::to_string(&report).unwrap()),
        Err(error) => Err(error.to_string()),
    }
}

prop_compose! {
    fn file()(
        rows in 1_usize..60,
        odd in prop::bool::weighted(0.3),
        nulls in any::<bool>(),
    )(
        columns in prop::collection::vec(cells(rows, odd, nulls), COLUMNS.len()),
        nulls in Just(nulls),
        properties in properties(),
    ) -> Vec<u8> {
        let repetition = if nulls { "OPTIONAL" } else { "REQUIRED" };
        let field = |(name, physical, logical, _): &(&str, &str, &str, LogicalType)| {
            format!("{repetition} {physical} {name} {logical};")
        };
        let schema = COLUMNS.iter().map(field).collect::<String>();
        let named = COLUMNS.iter().zip(&columns);
        let columns: Vec<_> = named.map(|((name, ..), rows)| column_of(name, rows)).collect();
        write_with(&schema, &[&columns, &columns], properties)
    }
}

/// The profile of the file twice. As two small files its rows are decoded; as one, whose profile is
/// taken twice, its pages are counted.
fn profiles(bytes: &[u8], options: &Options) -> [Profile; 2] {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.parquet", "b.parquet"].map(|name| folder.path().join(name));
    std::fs::write(&a, bytes).unwrap();
    std::fs::write(b, bytes).unwrap();
    let take = |set: &DataSet| profile(set, None, &Watched::default(), options, &|| false).unwrap();
    let once = take(&DataSet::file(&a, "a"));
    [take(&DataSet::at(folder.path(), "d").unwrap()), once.clone().merge(&once).unwrap()]
}

/// What is exact of a column, and its mean and spread.
fn known(column: &ColumnProfile) -> (String, Vec<f64>) {
    let mut weights = BTreeMap::new();
    for (number, weight) in column.sample().map(|(all, _)| all).unwrap_or_default() {
        *weights.entry(number.to_bits()).or_insert(0) += weight;
    }
    let ranges = || column.numbers().into_iter().chain(column.lengths());
    let exact = (
        (column.rows(), column.nulls(), column.invalid(), column.distinct()),
        (column.categories(), weights),
        ranges().map(|it| (it.count, it.min, it.max)).collect::<Vec<_>>(),
    );
    (format!("{exact:?}"), ranges().flat_map(|it| [it.mean, it.m2]).collect())
}

proptest! {
    #[test]
    fn counted_pages_and_decoded_rows_have_the_same_profile(bytes in file()) {
        let [rows, pages] = profiles(&bytes, &Options::default());
        for (rows, pages) in rows.columns().iter().zip(pages.columns()) {
            let ((rows_exact, rows_about), (exact, about)) = (known(rows), known(pages));
            prop_assert_eq!(exact, rows_exact, "{}", rows.name());
            for (a, b) in about.into_iter().zip(rows_about) {
                prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{} {} {}", rows.name(), a, b);
            }
        }
    }

    #[test]
    fn profiles_are_the_same_however_many_threads_take_them(bytes in file()) {
        let with = |threads, paranoid| {
            let options = Options { threads, paranoid, ..Options::default() };
            profiles(&bytes, &options).map(|profile| profile.to_json())
        };
        let one = with(1, false);
        prop_assert_eq!(&with(2, false), &one);
        prop_assert_eq!(&with(1, true), &one);
    }

    #[test]
    fn judged_pages_and_decoded_rows_tell_the_same(bytes in file()) {
        let slow = told(&bytes, 1);
        prop_assert!(slow.is_ok(), "{slow:?}");
        prop_assert_eq!(told(&bytes, 2), slow);
    }

    #[test]
    fn damage_is_told_in_the_same_words(
        mut bytes in file(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        // The footer has tests of its own; a damaged one seldom leads to any page.
        let length: [u8; 4] = bytes[bytes.len() - 8..][..4].try_into().unwrap();
        let pages = bytes.len() - 8 - u32::from_le_bytes(length) as usize;
        for (at, byte) in damage {
            bytes[4 + at.index(pages - 4)] ^= byte;
        }
        prop_assert_eq!(told(&bytes, 2), told(&bytes, 1));
    }
}
