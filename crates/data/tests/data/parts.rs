//! Several files as one data set.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tollgate_data::{DataError, DataSet, Options, check, check_set};
use tollgate_model::{Check, Contract, LogicalType, Operator, Report, Unit, Verdict};

use crate::common::{Demands, column, contract, int, lines, text};
use crate::parquet_file::{Cells, texts, write, write_groups};

fn put(folder: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn report_with(
    files: &[(&str, Vec<u8>)],
    contract: &Contract,
    options: &Options,
) -> Result<Report, DataError> {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), files);
    check(folder.path(), "d/", contract, None, options, &|| false)
}

fn report(
    files: &[(&str, &str)],
    columns: Vec<tollgate_model::Column>,
) -> Result<Report, DataError> {
    let files: Vec<_> =
        files.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    report_with(&files, &contract(columns, vec![]), &Options::default())
}

#[test]
fn findings_name_the_part_and_the_row_in_it() {
    let columns = vec![column("a").of(LogicalType::Integer).required().unique()];
    let files = [
        ("b.csv", "x,a\n,3\n,1\n,\n"),
        ("a.csv", "a\n1\n2\n"),
        ("a.empty.csv", "a\n"),
        ("sub/c.csv", "a\n9\n2\n"),
        (".hidden.csv", "nothing"),
        ("_SUCCESS", ""),
    ];
    let report = report(&files, columns).unwrap();
    assert_eq!(
        lines(&report),
        [
            "data.required: `a`: 1 of 7 rows is empty, but the column is required",
            "data.unique: `a`: 2 of 7 rows repeat an earlier value, but the column is unique",
        ]
    );
    let places = |at: usize| -> Vec<_> {
        let samples = report.findings[at].samples.iter();
        samples.map(|sample| (sample.part.as_deref().unwrap(), sample.row)).collect()
    };
    assert_eq!(places(0), [("d/b.csv", 3)]);
    assert_eq!(places(1), [("d/b.csv", 2), ("d/sub/c.csv", 2)]);
    assert_eq!((report.figures["parts"], report.figures["rows"]), (4.0, 7.0));
}

#[test]
fn folders_of_hive_are_columns_of_the_contracts_type() {
    let files = [
        ("year=2024/month=01/p.csv", "a\n1\n"),
        ("year=2025/month=02/p.csv", "a\n1\n2\n"),
        ("year=x/month=__HIVE_DEFAULT_PARTITION__/p.csv", "a\n3\n"),
    ];
    let columns = vec![
        column("a").of(LogicalType::Integer),
        column("year").of(LogicalType::Integer).required().bounds(|b| b.maximum = int(2024)),
        column("month").of(LogicalType::Integer).required(),
    ];
    let found = report(&files, columns.clone()).unwrap();
    assert_eq!(
        lines(&found),
        [
            "data.type: `year`: 1 of 4 rows is not a whole number",
            "data.maximum: `year`: 2 of 4 rows are above 2024 (greatest: 2025)",
            "data.required: `month`: 1 of 4 rows is empty, but the column is required",
        ]
    );
    let parquet = write("OPTIONAL INT64 a;", &[Cells::Int64(vec![Some(1), Some(2)])]);
    let files: Vec<_> = files.iter().map(|(name, _)| (*name, parquet.clone())).collect();
    for (threads, paranoid) in [(1, false), (1, true), (2, false), (3, true)] {
        let options = Options { threads, paranoid, ..Options::default() };
        let found = report_with(&files, &contract(columns.clone(), vec![]), &options).unwrap();
        assert_eq!(lines(&found).len(), 3, "{:?}", lines(&found));
        assert_eq!(found.findings[1].extent.unwrap().count, 2);
        assert_eq!(found.figures["nulls.month"], 2.0);
    }
}

#[test]
fn a_part_with_other_columns_is_a_finding_that_names_it() {
    let columns = || vec![column("a").of(LogicalType::Integer), column("b")];
    let files = [("1.csv", "a,b,extra\n1,x,y\n"), ("2.csv", "b,a\nx,2\n"), ("3.csv", "a\nz\n")];
    let found = report(&files, columns()).unwrap();
    assert_eq!(
        lines(&found),
        [
            "data.schema: `d/3.csv` has other columns than `d/1.csv`: it has no column `b`; its rows \
          were not checked"
        ]
    );
    assert_eq!(found.figures["rows"], 2.0);
    let mixed = [
        ("1.parquet", write("OPTIONAL INT64 a;", &[Cells::Int64(vec![Some(1)])])),
        ("2.parquet", write("OPTIONAL BYTE_ARRAY a (STRING);", &[texts(&[Some("x")])])),
        ("3.csv", b"a\n1\n".to_vec()),
        ("4.csv", b"a\n1\n".to_vec()),
    ];
    let options = Options { samples: 2, ..Options::default() };
    let found = report_with(&mixed, &contract(columns(), vec![]), &options).unwrap();
    let found = lines(&found);
    assert!(found[0].contains("`d/2.parquet`") && found[0].contains("text, not a whole number"));
    assert!(found[1].contains("`d/3.csv`") && found[1].contains("text without a type"));
    assert_eq!(found[2], "data.schema: 1 more parts have other columns than `d/1.parquet`");
}

#[test]
fn nothing_to_read_and_what_can_t_be_read_are_errors() {
    let columns = || vec![column("a").required()];
    let message = |files: &[(&str, &str)]| report(files, columns()).unwrap_err().to_string();
    assert!(message(&[]).contains("`d/` has no files"));
    assert!(message(&[("_SUCCESS", ""), (".x", "")]).contains("`d/` has no files"));
    assert!(message(&[("a.csv", "a\n1\n"), ("b.csv", "")]).contains("`d/b.csv` is empty"));
    let late = message(&[("a.csv", "a\n1\n"), ("b.csv", "a\n1\n\n\"2\n"), ("c.csv", "")]);
    assert!(late.contains("`d/b.csv`, line 4: expected a quote"), "{late}");
    let whole = write("OPTIONAL INT64 a;", &[Cells::Int64(vec![Some(1)])]);
    let files = [("1", whole.clone()), ("2.parquet", whole[..whole.len() - 1].to_vec())];
    let found = report_with(&files, &contract(columns(), vec![]), &Options::default());
    assert!(found.unwrap_err().to_string().contains("`d/2.parquet`"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &[("a.csv", b"a\n1\n".to_vec())]);
    std::os::unix::fs::symlink("..", folder.path().join("again")).unwrap();
    let found = DataSet::at(folder.path(), "d").unwrap_err().to_string();
    assert!(found.contains("`d/again`: expected a file, found a link"), "{found}");
}

#[test]
fn a_glob_chooses_parts() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        &[
            ("p/a.csv", b"a\n1\n".to_vec()),
            ("p/b.csv", b"a\n2\n".to_vec()),
            ("p/c.txt", b"other".to_vec()),
            ("p/q/d.csv", b"a\n3\n".to_vec()),
            ("p/[x].csv", b"a\n4\n5\n".to_vec()),
        ],
    );
    let contract = contract(vec![column("a").of(LogicalType::Integer).unique()], vec![]);
    let rows = |glob: &str| {
        let set = DataSet::matching(folder.path(), glob)?;
        check_set(&set, &contract, None, &Options::default(), &|| false)
            .map(|report| report.figures["rows"])
    };
    for (glob, expected) in [
        ("p/[ab].csv", 2.0),
        ("p/**/*.csv", 5.0),
        ("p/?.csv", 2.0),
        ("p/[x].csv", 2.0),
        ("p/a.csv", 1.0),
    ] {
        assert_eq!(rows(glob).unwrap(), expected, "{glob}");
    }
    let absolute = folder.path().join("p/*.csv");
    assert_eq!(rows(absolute.to_str().unwrap()).unwrap(), 4.0);
    assert!(rows("p/*.parquet").unwrap_err().to_string().contains("`p/*.parquet` has no files"));
    assert!(rows("p/[.csv").is_err());
}

#[test]
fn what_a_footer_proves_is_not_read_in_any_part() {
    let part = |least: i64| {
        write("OPTIONAL INT64 a;", &[Cells::Int64((least..least + 300).map(Some).collect())])
    };
    let mut damaged = part(400);
    damaged[20] ^= 0xff;
    let files = [("1.parquet", part(0)), ("2.parquet", damaged)];
    let contract = contract(
        vec![column("a").of(LogicalType::Integer).bounds(|b| b.maximum = int(1_000))],
        vec![],
    );
    let trusting = Options { threads: 2, ..Options::default() };
    assert_eq!(report_with(&files, &contract, &trusting).unwrap().verdict, Verdict::Pass);
    let paranoid = Options { paranoid: true, ..trusting };
    assert!(report_with(&files, &contract, &paranoid).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Cut into parts anywhere, a data set counts as in one piece.
    #[test]
    fn parts_count_as_the_whole(
        rows in prop::collection::vec((prop::option::of(0_i64..20), "[xyz]"), 1..60),
        cuts in prop::collection::vec(0_usize..60, 0..6),
        threads in 1_usize..5,
        paranoid: bool,
        is_parquet: bool,
    ) {
        let valid = Some(vec![text("x"), text("y")]);
        let b = column("b")
            .rule(Check::InvalidValues { valid, pattern: None }, Operator::Be(-1.0), Unit::Rows);
        let a = column("a").of(LogicalType::Integer).required().unique()
            .bounds(|b| b.maximum = int(11));
        let contract = contract(vec![a, b], vec![]);
        let file = |rows: &[(Option<i64>, String)]| match is_parquet {
            true => {
                let a = Cells::Int64(rows.iter().map(|row| row.0).collect());
                let b = rows.iter().map(|row| Some(row.1.as_str())).collect::<Vec<_>>();
                let columns = [a, texts(&b)];
                let groups: &[&[Cells]] = if rows.is_empty() { &[] } else { &[&columns] };
                write_groups("OPTIONAL INT64 a; OPTIONAL BYTE_ARRAY b (STRING);", groups)
            }
            false => {
                let show = |a: &Option<i64>| a.map(|a| a.to_string()).unwrap_or_default();
                let lines = rows.iter().map(|(a, b)| format!("{},{b}\n", show(a)));
                format!("a,b\n{}", lines.collect::<String>()).into_bytes()
            }
        };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| (*cut).min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let names: Vec<_> = (0..cuts.len()).map(|at| format!("{at:02}")).collect();
        let parts: Vec<_> = cuts.windows(2).zip(&names)
            .map(|(cut, name)| (name.as_str(), file(&rows[cut[0]..cut[1]]))).collect();
        let options = Options { threads, paranoid, piece: 20, ..Options::default() };
        let whole = crate::common::report_with("d", file(&rows), &contract, &options).unwrap();
        let parts = report_with(&parts, &contract, &options).unwrap();
        prop_assert_eq!(lines(&whole), lines(&parts));
        for (whole, found) in whole.findings.iter().zip(&parts.findings) {
            for (whole, found) in whole.samples.iter().zip(&found.samples) {
                let at: usize = found.part.as_ref().unwrap()[2..].parse().unwrap();
                prop_assert_eq!(whole.row, cuts[at] as u64 + found.row);
                prop_assert_eq!(&whole.value, &found.value);
            }
        }
        for figure in ["rows", "columns", "nulls.a", "nulls.b"] {
            prop_assert_eq!(whole.figures[figure], parts.figures[figure], "{}", figure);
        }
    }
}
