//! What the footer of a Parquet file proves is not decoded, unless that is asked for.

use proptest::prelude::*;
use tollgate_data::{DataError, Options};
use tollgate_model::{Contract, LogicalType, Report, Scalar};

use crate::common::{Demands, column, contract, lines, report_with};
use crate::parquet_file::{Cells, write_groups};

fn demands() -> Contract {
    let number = column("n").of(LogicalType::Number).bounds(|bounds| {
        bounds.maximum = Some(Scalar::Integer(100));
    });
    let whole = column("w").of(LogicalType::Integer).required().bounds(|bounds| {
        bounds.minimum = Some(Scalar::Integer(0));
        bounds.maximum = Some(Scalar::Integer(100));
    });
    contract(vec![whole, number], vec![])
}

fn file(groups: &[Vec<Option<i64>>]) -> Vec<u8> {
    let cells = |rows: &Vec<Option<i64>>| {
        let number = |cell: &Option<i64>| cell.map(|cell| if cell == 7 { f64::NAN } else { 1.0 });
        [Cells::Int64(rows.clone()), Cells::Double(rows.iter().map(number).collect())]
    };
    let groups: Vec<_> = groups.iter().map(cells).collect();
    let groups: Vec<_> = groups.iter().map(|group| &group[..]).collect();
    write_groups("OPTIONAL INT64 w; OPTIONAL DOUBLE n;", &groups)
}

fn read(bytes: &[u8], threads: usize, paranoid: bool) -> Result<Report, DataError> {
    let options = Options { threads, paranoid, ..Options::default() };
    report_with("t.parquet", bytes, &demands(), &options)
}

fn footer(bytes: &[u8]) -> usize {
    let length = bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap();
    bytes.len() - 8 - u32::from_le_bytes(length) as usize
}

proptest! {
    #[test]
    fn the_footer_and_the_pages_tell_the_same(
        groups in prop::collection::vec(
            prop::collection::vec(prop::option::weighted(0.9, -1_i64..103), 1..9), 1..5),
        threads in 1_usize..4,
    ) {
        let bytes = file(&groups);
        let [quick, slow] = [false, true].map(|paranoid| read(&bytes, threads, paranoid).unwrap());
        prop_assert_eq!(
            serde_json::to_string(&quick).unwrap(), serde_json::to_string(&slow).unwrap());
    }
}

#[test]
fn a_footer_that_lies_is_believed_unless_told_otherwise() {
    let odd = 0x1122_3344_5566_7788_i64;
    let mut bytes = file(&[vec![Some(1), Some(odd)]]);
    let start = footer(&bytes);
    let (mut found, odd) = (0, odd.to_le_bytes());
    for at in start..bytes.len() - 8 {
        if bytes[at..].starts_with(&odd) {
            bytes[at..at + 8].copy_from_slice(&50_i64.to_le_bytes());
            found += 1;
        }
    }
    assert!(found > 0);
    assert!(read(&bytes, 2, false).unwrap().findings.is_empty());
    for threads in [1, 2] {
        let report = read(&bytes, threads, true).unwrap();
        assert_eq!(report.findings[0].code, "data.maximum");
    }
}

#[test]
fn pages_that_nothing_depends_on_are_not_touched() {
    let groups = [vec![Some(1), Some(2)], vec![Some(3), Some(101)]];
    let mut bytes = file(&groups);
    bytes[4..20].fill(0xff);
    let report = read(&bytes, 1, false).unwrap();
    let found = lines(&report);
    assert_eq!(found, ["data.maximum: `w`: 1 of 4 rows is above 100 (greatest: 101)"]);
    assert_eq!(report.findings[0].samples[0].row, 4);
    assert!(matches!(read(&bytes, 1, true), Err(DataError::Corrupt { .. })));
}
