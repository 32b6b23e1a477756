//! JSON lines: values are what they say they are.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use tollgate_data::{DataError, Options, check_stream};
use tollgate_model::{Check, Column, LogicalType, Operator, Report, Unit, Verdict};

use crate::common::{Demands, column, contract, int, lines, report_with, text};

fn json(rows: impl AsRef<[u8]>, columns: Vec<Column>) -> Result<Report, DataError> {
    report_with("t.jsonl", rows, &contract(columns, vec![]), &Options::default())
}

fn error(rows: impl AsRef<[u8]>) -> String {
    json(rows, vec![column("a").of(LogicalType::Integer)]).unwrap_err().to_string()
}

/// How many rows with this value are no value of the type.
fn mistyped(value: &str, logical: LogicalType) -> bool {
    let found = json(format!("{{\"a\":{value}}}\n"), vec![column("a").of(logical)]).unwrap();
    assert!(found.findings.iter().all(|finding| finding.code == "data.type"), "{found:?}");
    !found.findings.is_empty()
}

#[test]
fn values_are_of_their_own_type() {
    use LogicalType::{Boolean, Date, Integer, Number, String, Time, Timestamp};
    let fits: &[(&str, &[LogicalType])] = &[
        ("1", &[Integer, Number]),
        ("-0", &[Integer, Number]),
        ("1.0", &[Number]),
        ("1e3", &[Number]),
        ("18446744073709551616", &[Integer, Number]),
        ("170141183460469231731687303715884105728", &[Number]),
        ("\"1\"", &[String]),
        ("\"\"", &[String]),
        ("\" \"", &[String]),
        ("\"NaN\"", &[String]),
        ("true", &[Boolean]),
        ("\"true\"", &[String]),
        ("\"2024-02-29\"", &[String, Date]),
        ("\"2024-02-29T01:02:03Z\"", &[String, Timestamp]),
        ("\"01:02:03\"", &[String, Time]),
        ("{\"b\":1}", &[]),
        ("[1]", &[]),
        ("null", &[String, Date, Timestamp, Time, Number, Integer, Boolean]),
    ];
    for (value, types) in fits {
        for logical in [String, Date, Timestamp, Time, Number, Integer, Boolean] {
            let day_as_time = logical == Timestamp && value.contains("02-29\"");
            if !day_as_time {
                assert_eq!(
                    !mistyped(value, logical),
                    types.contains(&logical),
                    "{value} {logical:?}"
                );
            }
        }
    }
}

#[test]
fn missing_keys_are_null_and_findings_are_as_elsewhere() {
    let rows = "\u{feff}{\"a\": 1, \"b\": \"x\", \"c\": {\"d\": [1]}}\r\n\n{\"b\":\"caf\\u00e9\",\"a\":null}\n  \
                {}\n{\"a\":200,\"b\":\"\",\"a b\":0}";
    let columns = vec![
        column("a").of(LogicalType::Integer).required().bounds(|b| b.maximum = int(100)),
        column("b").of(LogicalType::String).bounds(|b| b.pattern = Some("^(x|café)$".into())),
    ];
    let report = json(rows, columns).unwrap();
    assert_eq!(
        lines(&report),
        [
            "data.required: `a`: 2 of 4 rows are empty, but the column is required",
            "data.maximum: `a`: 1 of 4 rows is above 100 (greatest: 200)",
            "data.pattern: `b`: 1 of 4 rows does not match `^(x|café)$`",
        ]
    );
    let figures = ["rows", "columns", "columns_unexpected", "nulls.a", "nulls.b"];
    assert_eq!(figures.map(|name| report.figures[name]), [4.0, 4.0, 2.0, 2.0, 1.0]);
}

#[test]
fn a_text_that_looks_like_a_number_is_shown_as_the_text_it_is() {
    let found = json("{\"a\":\"1\"}\n", vec![column("a").of(LogicalType::Integer)]).unwrap();
    assert_eq!(found.findings[0].samples[0].value.as_deref(), Some("\"1\""));
    let listed = column("a").of(LogicalType::Integer).rule(
        Check::MissingValues { values: vec![text("n/a")] },
        Operator::AtMost(1.0),
        Unit::Rows,
    );
    assert_eq!(json("{\"a\":\"n/a\"}\n", vec![listed]).unwrap().verdict, Verdict::Pass);
}

#[test]
fn a_number_is_no_repeat_of_its_text() {
    let rows =
        "{\"a\":1}\n{\"a\":\"1\"}\n{\"a\":\"\\u0031\"}\n{\"a\":1}\n{\"a\":[1]}\n{\"a\":\"[1]\"}\n";
    for column in [column("a").unique(), column("a").of(LogicalType::String).unique()] {
        let found = json(rows, vec![column]).unwrap();
        let unique = found.findings.iter().find(|finding| finding.code == "data.unique").unwrap();
        let rows: Vec<_> = unique.samples.iter().map(|sample| sample.row).collect();
        assert_eq!(rows, [3, 4]);
    }
}

#[test]
fn broken_rows_are_errors_at_their_line_and_byte() {
    let cases: &[(&[u8], &str)] = &[
        (
            b"{\"a\":1}\n\n{\"a\":}\n",
            "line 3: expected one JSON object on each line, found this at byte 6:",
        ),
        (b"{\"a\":1}\n[1]\n", "line 2: "),
        (b"{\"a\":1} {\"a\":2}\n", "found this at byte 9: trailing characters"),
        (b"[\n{\"a\":1}]", "line 1: "),
        (b"{\n\"a\":1}", "line 1: "),
        (b"{\"a\":1,\"b\":2,\"a\":3}\n", "a key that occurs twice"),
        (b"{\"a\":NaN}\n", "line 1: "),
        (b"{\"a\":01}\n", "line 1: "),
        (b"{\"a\":\"\\ud800\"}\n", "line 1: "),
        (b"{\"a\":\"\x01\"}\n", "line 1: "),
        (b"{\"a\":1}\n{\"a\":\"\xe9\"}\n", "line 2, byte 7: expected UTF-8"),
        (b"\xff\xfe{\0}\0", "found UTF-16"),
        (b"{\"a\":1}\n{\"a\":\"1", "line 2: "),
    ];
    for (rows, expected) in cases {
        let found = error(rows);
        assert!(found.contains(expected), "{:?}: {found}", String::from_utf8_lossy(rows));
    }
}

#[test]
fn depth_and_width_are_bounded_by_the_line_alone() {
    let deep = format!("{{\"a\":1,\"b\":{}{}}}\n", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(json(&deep, vec![column("a").required()]).unwrap().verdict, Verdict::Pass);
    let found = json(&deep, vec![column("b").of(LogicalType::String)]).unwrap();
    assert_eq!(found.findings[0].code, "data.type");
    assert!(error(format!("{{\"b\":{}", "[{\"a\":".repeat(100_000))).contains("line 1: "));
    let wide: String = (0..20_000).map(|at| format!("\"k{at}\":{at},")).collect();
    let report = json(format!("{{{wide}\"a\":1}}\n"), vec![column("a").required()]).unwrap();
    assert_eq!(report.verdict, Verdict::Pass);
    let contract = contract(vec![column("a")], vec![]);
    let options = Options { max_line: 1_000, ..Options::default() };
    let long = format!("{{\"a\":1}}\n{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(1_000));
    for long in [long, format!("{{\"a\":1}}\n{{\"a\":\"{}", "x".repeat(9_000))] {
        let found = report_with("t.jsonl", long, &contract, &options).unwrap_err().to_string();
        assert!(found.contains("line 2: expected a line of at most 1000 bytes"), "{found}");
    }
}

#[test]
fn records_and_lists_are_not_assessed() {
    let found = json("{\"a\":{}}\n", vec![column("a").of(LogicalType::Object).required()]).unwrap();
    assert_eq!(found.verdict, Verdict::Undecided);
    assert!(found.findings.is_empty());
}

#[test]
fn a_stream_is_told_by_its_first_bytes() {
    let contract = contract(vec![column("a").of(LogicalType::Integer).required()], vec![]);
    let report = |bytes: Vec<u8>| {
        let input = Box::new(Cursor::new(bytes));
        check_stream(input, "stdin", &contract, None, &Options::default(), &|| false)
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"{\"a\":1}\n{\"a\":2}").unwrap();
    for bytes in
        [b"a;b\n1;2\n3;4\n".to_vec(), b" {\"a\":1}\n{\"a\":2}".to_vec(), packed.finish().unwrap()]
    {
        let report = report(bytes).unwrap();
        assert_eq!((report.verdict, report.figures["rows"]), (Verdict::Pass, 2.0));
    }
    let found = report(b"PAR1".to_vec()).unwrap_err().to_string();
    assert!(
        found.contains(
            "`stdin`: expected CSV, JSON lines, Parquet or Arrow, found Parquet in a stream"
        ),
        "{found}"
    );
    assert!(matches!(report(Vec::new()), Err(DataError::Empty { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A second opinion: what serde_json makes of each row, and the same for any pieces.
    #[test]
    fn any_rows_and_any_pieces(
        rows in prop::collection::vec(prop::collection::btree_map(
            "[abc]", prop::sample::select(vec![
                "1", "-7", "2.5", "\"x\"", "\"\\u0041\"", "true", "null", "{\"a\":9}", "[]", "\"\"",
            ]), 0..4), 0..30),
        threads in 1_usize..4,
        piece in 1_usize..60,
    ) {
        let line = |row: &std::collections::BTreeMap<String, &str>| {
            let cells: Vec<_> = row.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}\n", cells.join(","))
        };
        let text: String = rows.iter().map(line).collect();
        let never = |column: Column| column.rule(Check::NullValues, Operator::Be(-1.0), Unit::Rows);
        let demands = contract(vec![
            column("a").of(LogicalType::Integer),
            column("b").of(LogicalType::String),
            never(column("c")),
        ], vec![]);
        let run = |threads, piece| {
            let options = Options { threads, piece, samples: 100, ..Options::default() };
            serde_json::to_value(report_with("t.jsonl", &text, &demands, &options).unwrap()).unwrap()
        };
        let found = run(1, 1 << 20);
        prop_assert_eq!(run(threads, piece), found.clone());
        let values: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let rows_of = |wrong: &dyn Fn(&serde_json::Value) -> bool| -> Vec<u64> {
            (1..).zip(&values).filter(|(_, row)| wrong(row)).map(|(at, _)| at).collect()
        };
        let seen = |code: &str, column: &str| -> Vec<u64> {
            let findings = found["findings"].as_array().unwrap().iter();
            let mut named = findings.filter(|finding| {
                finding["code"] == code && finding["message"].as_str().unwrap().contains(column)
            });
            let samples = named.next().and_then(|finding| finding["samples"].as_array().cloned());
            samples.unwrap_or_default().iter().map(|sample| sample["row"].as_u64().unwrap()).collect()
        };
        let bad_a = rows_of(&|row| !row["a"].is_null() && !row["a"].is_i64());
        let bad_b = rows_of(&|row| !row["b"].is_null() && !row["b"].is_string());
        prop_assert_eq!(seen("data.type", "`a`"), bad_a);
        prop_assert_eq!(seen("data.type", "`b`"), bad_b);
        prop_assert_eq!(seen("data.null-values", "c"), rows_of(&|row| row["c"].is_null()));
    }

    /// The same report, and the same error, whoever reads which part of damaged text.
    #[test]
    fn any_fault_is_told_the_same_for_any_pieces(
        rows in prop::collection::vec("\\{(\"a\":(1|\"x\"|null|\\[\\]))?\\}|\\{\"b\":\"é{0,3}\"\\}| ?", 0..30),
        fault in (0_usize..300, prop::sample::select(vec![
            b"\"".to_vec(), b"{".to_vec(), b"\n".to_vec(), vec![0xff], vec![b'a'; 70],
        ])),
        cut in prop::option::of(1_usize..30),
        threads in 1_usize..4,
        piece in 1_usize..80,
    ) {
        let mut bytes = rows.join("\n").into_bytes();
        let at = fault.0.min(bytes.len());
        bytes.splice(at..at, fault.1);
        if let Some(cut) = cut {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&bytes).unwrap();
            bytes = packed.finish().unwrap();
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
        }
        let demands = contract(vec![column("a").of(LogicalType::Integer).unique(), column("b")], vec![]);
        let run = |threads, piece| {
            let options = Options { threads, piece, max_line: 64, ..Options::default() };
            match report_with("t.jsonl", &bytes, &demands, &options) {
                Ok(report) => serde_json::to_string(&report).unwrap(),
                Err(error) => error.to_string(),
            }
        };
        prop_assert_eq!(run(threads, piece), run(1, 1 << 20));
    }
}

#[test]
fn the_first_fault_is_told_wherever_pieces_end() {
    let told = |rows: &[u8], piece| {
        let options = Options { piece, threads: 2, max_line: 64, ..Options::default() };
        let contract = contract(vec![column("a").of(LogicalType::Integer)], vec![]);
        report_with("t.jsonl", rows, &contract, &options).unwrap_err().to_string()
    };
    let long = [&b"{\"a\":1}\n{\"a\":\""[..], &[b'x'; 80], b"\xff\"}\n"].concat();
    let cases: [(&[u8], &str); 4] = [
        (b"{\"a\"}\n{\"b\":\"\xff\"}\n", "line 1: expected one JSON object"),
        (b"{\"a\":1}\n{\"b\":\"\xff\"}\n{\n", "line 2, byte 7: expected UTF-8"),
        (&long, "line 2: expected a line of at most 64 bytes"),
        (b"\xff{}", "line 1, byte 1: expected UTF-8"),
    ];
    for (rows, expected) in cases {
        for piece in [1, 7, 20, 1 << 20] {
            let found = told(rows, piece);
            assert!(found.contains(expected), "{piece}: {found}");
        }
    }
}

#[test]
fn a_column_that_no_row_has_is_one_that_is_missing() {
    let columns = || vec![column("total_charge").of(LogicalType::Number).required()];
    let report = json("{\"TotalCharges\":1}\n{\"TotalCharges\":2,\"b\":0}\n", columns()).unwrap();
    assert_eq!(lines(&report), ["data.column-missing: the column `total_charge` is missing"]);
    let finding = &report.findings[0];
    assert_eq!(finding.found.as_deref(), Some("`TotalCharges`, `b`"));
    assert_eq!(finding.hint.as_deref(), Some("did you mean `TotalCharges`?"));
    assert_eq!((finding.samples.len(), finding.extent), (0, None));
    let report = json("{\"total_charge\":null}\n", columns()).unwrap();
    assert!(lines(&report)[0].starts_with("data.required"), "a key that is there has no value");
}
