//! Uniqueness beyond memory: the same as within it.

use std::path::Path;

use proptest::prelude::*;
use tollgate_data::Options;
use tollgate_model::{Check, Contract, LogicalType, Operator, Unit, Verdict};

use crate::common::{Demands, column, contract, lines, report_with};

fn options(max_memory: u64, folder: &Path) -> Options {
    Options { max_memory, spill_to: Some(folder.to_owned()), ..Options::default() }
}

fn demands() -> Contract {
    let together = Check::DuplicateValues { columns: vec!["a".into(), "b".into()] };
    let a = column("a").of(LogicalType::Integer).unique();
    let b = column("b").unique();
    let rule = crate::common::rule(together, Operator::Be(-1.0), Unit::Rows);
    contract(vec![a, b], vec![rule])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_memory_gives_the_same_report(
        rows in prop::collection::vec((0_u32..1_200, "[ab]{0,2}|[a-cé\" ,]{90,130}"), 0..1_500),
        memory in prop::sample::select(vec![0_u64, 11_000, 40_000, 100_000]),
        samples in 0_usize..8,
        piece in 100_usize..20_000,
    ) {
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let lines = rows.iter().map(|(a, b)| format!("{a},{}\n", cell(b)));
        let text = format!("a,b\n{}", lines.collect::<String>());
        let folder = tempfile::tempdir().unwrap();
        let run = |memory| {
            let options = Options { samples, piece, ..options(memory, folder.path()) };
            let report = report_with("t.csv", &text, &demands(), &options).unwrap();
            serde_json::to_string(&report).unwrap()
        };
        prop_assert_eq!(run(memory), run(1 << 30));
        prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn many_rows_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let keys = contract(vec![column("a").of(LogicalType::Integer).unique()], vec![]);
    // Far more than 32 times the 512 keys that are held, so that parts are shared out again.
    let mut text = "a\n".to_owned();
    (0..100_000).for_each(|at| text.push_str(&format!("{at}\n")));
    let found = report_with("t.csv", &text, &keys, &options(0, folder.path())).unwrap();
    assert_eq!(found.verdict, Verdict::Pass);
    text.push_str("7\n99999\n100000\n7\n");
    let found = report_with("t.csv", &text, &keys, &options(0, folder.path())).unwrap();
    assert_eq!(
        lines(&found),
        ["data.unique: `a`: 3 of 100004 rows repeat an earlier value, but the column is unique"]
    );
    let rows: Vec<_> = found.findings[0].samples.iter().map(|sample| sample.row).collect();
    assert_eq!(rows, [100_001, 100_002, 100_004]);
}

#[test]
fn one_value_in_every_row_needs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let keys = contract(vec![column("a").unique()], vec![]);
    let text = format!("a\n{}", "x\n".repeat(100_000));
    let found = report_with("t.csv", text, &keys, &options(0, folder.path())).unwrap();
    assert_eq!(found.findings[0].extent.unwrap().count, 99_999);
}

#[test]
fn a_disk_that_can_t_be_used_is_said_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let columns = vec![
        column("a").of(LogicalType::Integer).unique(),
        column("b").of(LogicalType::Integer).required(),
    ];
    let keys = contract(columns, vec![]);
    let rows: String = (0..50_000).map(|at| format!("{at},\n")).collect();
    let text = format!("a,b\n{rows}");
    let nowhere = options(0, &folder.path().join("nowhere"));
    let small = Options { max_spill: 10_000, ..options(0, folder.path()) };
    let none = Options { spill_to: None, ..options(0, folder.path()) };
    for (options, why) in [
        (nowhere, "can't be used: No such file or directory"),
        (small, "more than 10000 bytes would be needed"),
        (none, "than fit into the memory that it may use"),
    ] {
        let found = report_with("t.csv", &text, &keys, &options).unwrap();
        assert_eq!(found.findings[0].code, "data.required");
        assert!(found.not_assessed[0].message.contains(why), "{}", found.not_assessed[0].message);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_left_behind_by_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let keys = contract(vec![column("a").unique(), column("b")], vec![]);
    let rows: String = (0..50_000).map(|at| format!("{at},\n")).collect();
    let text = format!("a,b\n{rows}1\n");
    let found = report_with("t.csv", text, &keys, &options(0, folder.path()));
    assert!(found.unwrap_err().to_string().contains("line 50002"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
