//! Files that are damaged, strange or written to do harm: an error or a report, never a panic.

use tollgate_data::{DataError, Options, check};
use tollgate_model::{LogicalType, Operator, Unit, Verdict};

use crate::common::{Demands, column, contract, csv, int, lines, report_with, rule};
use crate::parquet_file::{Cells, texts, write};

fn error(text: impl AsRef<[u8]>) -> String {
    csv(text, vec![column("a").of(LogicalType::Integer)]).unwrap_err().to_string()
}

#[test]
fn broken_csv_is_an_error_at_its_line() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n1,2\n3\n", "line 3: expected 2 fields as in the header, found 1"),
        (b"a,b\r\n1,2\r\n3,4,5\r\n", "line 3: expected 2 fields as in the header, found 3"),
        (b"a,b\n1,\"x\ny\"\n3\n", "line 4: expected 2 fields"),
        (
            b"a,b\n1,\"x\n2,3\n",
            "line 2: expected a quote that closes the one on this line, found the end",
        ),
        (b"a,b\n1,\"x\"y\n", "line 2: expected a delimiter after the closing quote"),
        (b"a,b\n1,2\n1,\xff\n", "line 3, byte 3: expected UTF-8, found the byte 0xff"),
        (b"a,\xff\n", "line 1, byte 3: expected UTF-8"),
        (b"a,b,a\n", "line 1: expected column names that differ, found `a` for columns 1 and 3"),
        (b"\xff\xfea\0,\0", "line 1, byte 1: expected UTF-8, found UTF-16"),
        (b"a\0,\0b\0", "iconv -f UTF-16LE -t UTF-8"),
        (b"a,b\n1,2\n3,caf\xe9\n", "line 3, byte 6: expected UTF-8, found the byte 0xe9 (`é`"),
        (b"a;b|c\n", "line 1: expected one kind of delimiter in the header, found `;` and `|`"),
    ];
    for (text, expected) in cases {
        let found = error(text);
        assert!(found.contains(expected), "{:?}: {found}", String::from_utf8_lossy(text));
    }
}

#[test]
fn forms_that_are_right_although_unusual() {
    let demands = || vec![column("a").of(LogicalType::Integer).required()];
    for text in [
        "\u{feff}a,b\n1,2\n",
        "a,b\r\n1,2\r\n",
        "a,b\r1,2",
        "a,b\n\n1,2\n\n",
        "\"a\",b\n\"1\",\n",
        "a\n1",
    ] {
        let report = csv(text, demands()).unwrap();
        assert_eq!(report.verdict, Verdict::Pass, "{text:?}: {:?}", lines(&report));
        assert_eq!(report.figures["rows"], 1.0, "{text:?}");
    }
    let report = csv("a,b\n", demands()).unwrap();
    assert_eq!((report.verdict, report.figures["rows"]), (Verdict::Undecided, 0.0));
    let report = csv("a\n1\n\n", demands()).unwrap();
    assert_eq!(lines(&report).len(), 1, "an empty line of a single column is a null");
}

#[test]
fn long_lines_are_refused_at_the_limit_and_fine_below() {
    let options = Options { max_line: 1 << 20, ..Options::default() };
    let contract = contract(vec![column("a").required()], vec![]);
    for (extra, fine) in [(1_000, true), (1 << 20, false), (3 << 20, false)] {
        for quote in ["", "\""] {
            let text = format!("a,b\n1,2\n{quote}{}{quote},2\n1,2\n", "x".repeat(extra));
            let found = report_with("t.csv", text, &contract, &options);
            assert_eq!(found.is_ok(), fine, "{extra} {quote}");
            if let Err(error) = found {
                assert!(error.to_string().contains("line 3"), "{error}");
            }
        }
    }
    let open = format!("a,b\n1,2\n\"{}", "x,y\n".repeat(1 << 20));
    let found = report_with("t.csv", open, &contract, &options).unwrap_err().to_string();
    assert!(found.contains("line 3") && found.contains("none within 1048576 bytes"), "{found}");
}

#[test]
fn pieces_of_a_large_file_fit_together() {
    let mut text = "id,\"no\"\"te\",n\n".to_owned();
    for at in 0..60_000 {
        let line = if at % 3 == 0 {
            format!("{at},\"a\"\"b\r\n,{at}\",1\r\n")
        } else {
            format!("{at},x,2\n")
        };
        text.push_str(&line);
    }
    let columns = vec![
        column("id").of(LogicalType::Integer).unique().required(),
        column("no\"te").bounds(|b| b.pattern = Some("^(x|a\"b\r\n,[0-9]+)$".into())),
        column("n").of(LogicalType::Integer).bounds(|b| b.maximum = int(1)),
    ];
    let report = csv(text, columns).unwrap();
    assert_eq!(
        lines(&report),
        ["data.maximum: `n`: 40000 of 60000 rows are above 1 (greatest: 2)"]
    );
    assert_eq!(report.findings[0].samples[0].row, 2);
}

#[test]
fn ten_thousand_columns() {
    let names: Vec<_> = (0..10_000).map(|at| format!("c{at}")).collect();
    let mut text = names.join(",");
    text.push('\n');
    for row in 0..20 {
        text.push_str(&vec![row.to_string(); 10_000].join(","));
        text.push('\n');
    }
    let demand =
        |name: &String| column(name).of(LogicalType::Integer).bounds(|b| b.maximum = int(18));
    let report = csv(text, names.iter().map(demand).collect()).unwrap();
    assert_eq!(report.findings.len(), 10_000);
    assert_eq!(report.figures["columns"], 10_000.0);
}

fn demands() -> Vec<tollgate_model::Column> {
    vec![
        column("i").of(LogicalType::Integer).required().bounds(|b| b.maximum = int(1_000)),
        column("t").of(LogicalType::String).unique(),
        column("f").of(LogicalType::Number).bounds(|b| b.minimum = int(0)),
    ]
}

fn parquet() -> Vec<u8> {
    let texts_of: Vec<_> = (0..300).map(|at| format!("text {}", at % 50)).collect();
    let texts_of: Vec<_> = texts_of.iter().map(|text| Some(text.as_str())).collect();
    let columns = [
        Cells::Int64((0..300).map(|at| (at % 7 != 0).then_some(at)).collect()),
        texts(&texts_of),
        Cells::Double((0..300).map(|at| Some(f64::from(at) / 3.0)).collect()),
    ];
    write("OPTIONAL INT64 i; OPTIONAL BYTE_ARRAY t (STRING); OPTIONAL DOUBLE f;", &columns)
}

#[test]
fn truncated_parquet_is_an_error() {
    let (whole, contract) = (parquet(), contract(demands(), vec![]));
    for len in (0..whole.len()).step_by(37) {
        let found = report_with("t.parquet", &whole[..len], &contract, &Options::default());
        assert!(matches!(found, Err(DataError::Corrupt { .. })), "{len}: {found:?}");
    }
}

/// What the damage means can't be known, but it ends: with an error, or with a report.
#[test]
fn damaged_parquet_never_panics() {
    let (whole, contract) = (parquet(), contract(demands(), vec![]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, bytes).unwrap();
        let found = check(&path, "t.parquet", &contract, None, &Options::default(), &|| false);
        if let Err(error) = found {
            assert!(matches!(error, DataError::Corrupt { .. }), "{error}");
        }
    }
}

#[test]
fn formats_without_a_reader_are_named() {
    let contract = contract(demands(), vec![]);
    for (name, bytes, named) in
        [("t.xlsx", &b"PK\x03\x04"[..], "spreadsheet"), ("t.csv", b"a\0b", "binary")]
    {
        let found = report_with(name, bytes, &contract, &Options::default()).unwrap_err();
        assert!(found.to_string().contains(named), "{found}");
    }
}

#[test]
fn uniqueness_beyond_the_memory_is_not_assessed_without_a_directory() {
    // So many that a block of some part is full, however chance shares them out.
    let text: String = (0..50_000).map(|at| format!("{at}\n")).collect();
    let contract = contract(vec![column("a").of(LogicalType::Integer).unique()], vec![]);
    let report = |max_memory| {
        let options = Options { max_memory, ..Options::default() };
        report_with("t.csv", format!("a\n{text}"), &contract, &options).unwrap()
    };
    assert_eq!(report(1 << 23).verdict, Verdict::Pass);
    let small = report(1 << 14);
    assert_eq!(small.verdict, Verdict::Undecided);
    assert_eq!(small.not_assessed[0].code, "data.unique");
}

#[test]
fn no_rows_are_no_failure_and_no_pass_unless_the_contract_says_how_many_there_may_be() {
    let nulls = tollgate_model::Check::NullValues;
    let limited = |unit| vec![column("a").rule(nulls.clone(), Operator::AtMost(1.0), unit)];
    for columns in [limited(Unit::Percent), limited(Unit::Rows), vec![column("a")]] {
        let report = csv("a\n", columns).unwrap();
        assert_eq!(report.verdict, Verdict::Undecided);
        let told = |finding: &tollgate_model::Finding| {
            finding.message == "there are no rows, so nothing was checked"
        };
        assert!(report.not_assessed.iter().any(told), "{:?}", report.not_assessed);
    }
    for (least, verdict) in [(0.0, Verdict::Pass), (1.0, Verdict::Fail)] {
        let rows = rule(tollgate_model::Check::RowCount, Operator::AtLeast(least), Unit::Rows);
        let contract = contract(vec![column("a").of(LogicalType::Integer)], vec![rows]);
        let report = report_with("t.csv", "a\n", &contract, &Options::default()).unwrap();
        assert_eq!((report.verdict, report.not_assessed.len()), (verdict, 0));
    }
}

/// Renamed or dropped, it can't be told to be right.
#[test]
fn a_column_that_may_be_null_and_is_not_there_is_no_pass() {
    let demands = [
        column("age").of(LogicalType::Integer),
        column("age").bounds(|bounds| bounds.maximum = int(10)),
        column("age").rule(tollgate_model::Check::NullValues, Operator::Be(0.0), Unit::Rows),
    ];
    for demand in demands {
        let report = csv("agee,b\n7,1\n", vec![demand]).unwrap();
        let [open] = report.not_assessed.as_slice() else { panic!("{report:?}") };
        assert_eq!(
            (report.verdict, &*open.message),
            (Verdict::Undecided, "the column `age` is missing")
        );
        assert_eq!(open.hint.as_deref(), Some("did you mean `agee`?"));
    }
    assert_eq!(csv("b\n1\n", vec![column("age")]).unwrap().verdict, Verdict::Pass);
}

#[test]
fn questions_that_make_no_sense() {
    let mut two = contract(
        vec![column("a")],
        vec![rule(tollgate_model::Check::RowCount, Operator::Be(1.0), Unit::Rows)],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let ask = |contract: &_, table, cancelled| {
        check(&path, "t.csv", contract, table, &Options::default(), &|| cancelled)
            .unwrap_err()
            .to_string()
    };
    assert!(ask(&two, None, false).starts_with("`t.csv` can't be read"));
    std::fs::write(&path, "a\n1\n").unwrap();
    assert!(ask(&two, None, true).contains("was cancelled"));
    assert!(ask(&two, Some("u"), false).contains("has no table `u`, it has `t`"));
    two.tables.push(two.tables[0].clone());
    assert!(ask(&two, None, false).contains("has several tables (`t`, `t`)"));
}
