//! The same report, and the same error, whoever reads which part of the file.

use std::io::Write;

use proptest::prelude::*;
use tollgate_data::Options;
use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Scalar, Unit};

use crate::common::{Demands, column, contract, report_with, text};
use crate::parquet_file::{Cells, texts, write_groups};

/// Rules that are broken however many rows there are, so that all counts and samples show.
fn demands() -> Contract {
    let never = |check, column: Column| column.rule(check, Operator::Be(-1.0), Unit::Rows);
    let duplicates = |columns| Check::DuplicateValues { columns };
    let mut a = column("a").of(LogicalType::Integer).required().unique();
    a.bounds.minimum = Some(Scalar::Integer(3));
    a.bounds.exclusive_maximum = Some(Scalar::Integer(7));
    let b = never(duplicates(vec!["a".into(), "b".into()]), column("b").unique());
    let valid = Some(vec![text("x"), text("y")]);
    let c = never(Check::InvalidValues { valid, pattern: None }, column("c"));
    contract(vec![a, b, never(Check::NullValues, c)], vec![])
}

fn outcome(name: &str, bytes: &[u8], threads: usize, piece: usize) -> String {
    let paranoid = true;
    let options =
        Options { threads, piece, paranoid, max_line: 64, samples: 3, ..Options::default() };
    match report_with(name, bytes, &demands(), &options) {
        Ok(report) => serde_json::to_string(&report).unwrap(),
        Err(error) => error.to_string(),
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_threads_and_any_pieces_of_csv(
        rows in prop::collection::vec(
            ("[0-9x]?", "[ab]?|\"[ab,\r\n]{0,3}(\"\")?\"|a\"b", "[xyé]?", "\n|\r\n|\r|\n\n"), 0..40),
        fault in prop::option::weighted(0.3, (0_usize..400, prop::sample::select(vec![
            b"\"".to_vec(), b",".to_vec(), b"\n".to_vec(), vec![0xff], vec![b'a'; 70],
        ]))),
        cut in prop::option::weighted(0.3, 0_usize..20),
        threads in 1_usize..5,
        piece in 1_usize..80,
    ) {
        let rows: String = rows.iter().map(|(a, b, c, end)| format!("{a},{b},{c}{end}")).collect();
        let mut bytes = format!("a,b,c\n{rows}").into_bytes();
        if let Some((at, fault)) = fault {
            let at = at.clamp(6, bytes.len());
            bytes.splice(at..at, fault);
        }
        if let Some(cut) = cut {
            bytes = packed(&bytes);
            bytes.truncate(bytes.len() - cut);
        }
        let alone = outcome("t.csv", &bytes, 1, 1 << 20);
        prop_assert_eq!(outcome("t.csv", &bytes, threads, piece), alone);
    }

    #[test]
    fn any_threads_and_any_row_groups_of_parquet(
        groups in prop::collection::vec(prop::collection::vec(
            (prop::option::of(0_i64..10), prop::option::of("[ab]"), prop::option::of("[xyz]")),
            1..40), 1..5),
        cut in prop::option::weighted(0.3, 4_usize..400),
        threads in 2_usize..6,
    ) {
        let cells: Vec<_> = groups.iter().map(|rows| {
            let text = |cell: &Option<String>| cell.as_ref().map(|text| text.clone().into_bytes());
            [
                Cells::Int64(rows.iter().map(|row| row.0).collect()),
                Cells::Bytes(rows.iter().map(|row| text(&row.1)).collect()),
                Cells::Bytes(rows.iter().map(|row| text(&row.2)).collect()),
            ]
        }).collect();
        let groups: Vec<_> = cells.iter().map(|cells| &cells[..]).collect();
        let schema = "OPTIONAL INT64 a; OPTIONAL BYTE_ARRAY b (STRING); \
                      OPTIONAL BYTE_ARRAY c (STRING);";
        let mut bytes = write_groups(schema, &groups);
        if let Some(at) = cut {
            let at = at.min(bytes.len() - 1);
            bytes[at] ^= 0x55;
        }
        let alone = outcome("t.parquet", &bytes, 1, 1);
        prop_assert_eq!(outcome("t.parquet", &bytes, threads, 1), alone);
    }
}

#[test]
fn many_row_groups_of_one_column() {
    let cell = |at| if at % 7 == 0 { "q" } else { "x" };
    let columns: Vec<_> = (0..50).map(|at| [texts(&[Some(cell(at))])]).collect();
    let groups: Vec<_> = columns.iter().map(|cells| &cells[..]).collect();
    let bytes = write_groups("OPTIONAL BYTE_ARRAY c (STRING);", &groups);
    let alone = outcome("t.parquet", &bytes, 1, 1);
    for threads in [0, 2, 3, 8] {
        assert_eq!(outcome("t.parquet", &bytes, threads, 1), alone);
    }
}
