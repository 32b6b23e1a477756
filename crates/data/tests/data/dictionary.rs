//! Where a dictionary shows that every rule is kept, the rows are not decoded.

use proptest::prelude::*;
use tollgate_data::{DataError, Options};
use tollgate_model::{Check, Contract, LogicalType, Operator, Report, Scalar, Unit};

use crate::common::{Demands, column, contract, lines, report_with, text};
use crate::parquet_file::{Cells, write_groups};

/// Values that keep all rules, and then some that don't.
const TEXTS: [&[u8]; 6] = [b"free", b"basic", b"pro", b"gone", b"much too long", b"\xff"];
const KEPT: usize = 3;

fn demands() -> Contract {
    let listed = || Some(["free", "basic", "pro", "much too long"].map(text).to_vec());
    let plan = column("plan").of(LogicalType::String).bounds(|bounds| bounds.max_length = Some(5));
    let check = Check::InvalidValues { valid: listed(), pattern: Some("^[a-z ]+$".to_owned()) };
    let rate = column("rate").of(LogicalType::Number).bounds(|bounds| {
        bounds.maximum = Some(Scalar::Integer(2));
    });
    let plan = plan.rule(check, Operator::Be(0.0), Unit::Rows);
    contract(vec![plan.required(), rate], vec![])
}

fn file(groups: &[Vec<Option<usize>>]) -> Vec<u8> {
    let columns = |rows: &Vec<Option<usize>>| {
        let plan = |cell: &Option<usize>| cell.map(|at| TEXTS[at].to_vec());
        let rate = |cell: &Option<usize>| {
            cell.map(|at| if at == 5 { f64::NAN } else { f64::from(u8::try_from(at).unwrap()) })
        };
        let (plans, rates) = (rows.iter().map(plan), rows.iter().map(rate));
        [Cells::Bytes(plans.collect()), Cells::Double(rates.collect())]
    };
    let groups: Vec<_> = groups.iter().map(columns).collect();
    let groups: Vec<_> = groups.iter().map(|group| &group[..]).collect();
    write_groups("OPTIONAL BYTE_ARRAY plan (UTF8); OPTIONAL DOUBLE rate;", &groups)
}

fn read(bytes: &[u8], threads: usize, paranoid: bool) -> Result<Report, DataError> {
    let options = Options { threads, paranoid, ..Options::default() };
    report_with("t.parquet", bytes, &demands(), &options)
}

proptest! {
    #[test]
    fn dictionaries_and_rows_tell_the_same(
        groups in prop::collection::vec(
            prop::collection::vec(prop::option::weighted(0.9, 0..TEXTS.len()), 1..9), 1..5),
        threads in 1_usize..4,
    ) {
        let bytes = file(&groups);
        let [quick, slow] = [false, true].map(|paranoid| read(&bytes, threads, paranoid).unwrap());
        prop_assert_eq!(
            serde_json::to_string(&quick).unwrap(), serde_json::to_string(&slow).unwrap());
    }
}

#[test]
fn rows_that_nothing_depends_on_are_not_touched() {
    let rows: Vec<_> = (0..40).map(|row| Some(row % KEPT)).collect();
    let mut bytes = file(&[rows]);
    // What follows the dictionary of plans is the page with the rows.
    let dictionary = position(&bytes, b"basic");
    bytes[dictionary + 14..dictionary + 30].fill(0xff);
    assert_eq!(lines(&read(&bytes, 2, false).unwrap()), [""; 0]);
    assert!(matches!(read(&bytes, 2, true), Err(DataError::Corrupt { .. })));
}

#[test]
fn a_value_that_breaks_a_rule_is_found_in_its_rows() {
    let mut rows: Vec<_> = (0..40).map(|row| Some(row % KEPT)).collect();
    rows[33] = Some(4);
    let report = read(&file(&[rows]), 2, false).unwrap();
    let row = |code: &str| {
        let found = report.findings.iter().find(|finding| finding.code == code);
        found.map(|finding| finding.samples[0].row)
    };
    assert_eq!(row("data.length"), Some(34));
    assert_eq!(row("data.maximum"), Some(34));
    assert_eq!(report.findings.len(), 2, "{:?}", lines(&report));
}

fn position(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).position(|part| part == text).unwrap()
}
