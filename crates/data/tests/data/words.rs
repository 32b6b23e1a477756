//! What a person reads.

use tollgate_data::Options;
use tollgate_model::{Check, LogicalType, Operator, Report, Unit, Verdict};

use crate::common::{Demands, column, contract, csv, int, lines, report_with, rule, text};
use crate::parquet_file::{Cells, texts, write};

fn only(report: &Report) -> String {
    let [line] = &lines(report)[..] else { panic!("{:?}", lines(report)) };
    line.clone()
}

#[test]
fn findings_in_plain_words() {
    use LogicalType::{Integer, Number, String};
    let of = |logical| column("a").of(logical);
    let null_rate = |bar| column("a").rule(Check::NullValues, Operator::AtMost(bar), Unit::Percent);
    let cases = [
        (
            of(Number).required(),
            "1\n \n3",
            "data.required: `a`: 1 of 3 rows is empty, but the column is required",
        ),
        (of(Integer), "1\nx\n2.5", "data.type: `a`: 2 of 3 rows are not a whole number"),
        (
            of(Integer).unique(),
            "1\n1\n01",
            "data.unique: `a`: 2 of 3 rows repeat an earlier value, but the column is unique",
        ),
        (
            of(Integer).bounds(|b| b.maximum = int(100)),
            "190\n2",
            "data.maximum: `a`: 1 of 2 rows is above 100 (greatest: 190)",
        ),
        (
            of(Number).bounds(|b| b.exclusive_minimum = int(0)),
            "0\n-1.5\nNaN",
            "data.exclusive-minimum: `a`: 3 of 3 rows are not above 0 (least: -1.5)",
        ),
        (
            of(String).bounds(|b| b.pattern = Some("^x".into())),
            "x\ny",
            "data.pattern: `a`: 1 of 2 rows does not match `^x`",
        ),
        (
            of(String).bounds(|b| b.max_length = Some(2)),
            "äö\nabc",
            "data.length: `a`: 1 of 2 rows is not at most 2 characters long",
        ),
        (
            of(String).bounds(|b| b.format = Some("email".into())),
            "x",
            "data.format: `a`: 1 of 1 row is not an e-mail address",
        ),
        (null_rate(1.0), "x\n\ny\nz", "data.null-values: null rate of `a` is 25.0 %, limit 1 %"),
        (
            of(String).rule(
                Check::InvalidValues { valid: Some(vec![text("x")]), pattern: None },
                Operator::Be(0.0),
                Unit::Rows,
            ),
            "x\ny",
            "data.invalid-values: `a`: 1 of 2 rows is invalid, must be 0",
        ),
    ];
    for (demand, rows, expected) in cases {
        assert_eq!(only(&csv(format!("a\n{rows}\n"), vec![demand]).unwrap()), expected);
    }
}

#[test]
fn a_finding_has_its_line_its_cases_and_its_contrast() {
    let report = csv(
        "a\n5\n190\n",
        vec![column("a").of(LogicalType::Integer).bounds(|b| b.maximum = int(100))],
    );
    let json = serde_json::to_string_pretty(&report.unwrap().findings[0]).unwrap();
    insta::assert_snapshot!(json, @r#"
    {
      "code": "data.maximum",
      "place": {
        "data": {
          "source": "data/t.csv",
          "column": "a"
        }
      },
      "message": "`a`: 1 of 2 rows is above 100 (greatest: 190)",
      "expected": "at most 100",
      "found": "1 row, the first with `190`",
      "extent": {
        "count": 1,
        "of": 2
      },
      "samples": [
        {
          "row": 2,
          "value": "190"
        }
      ],
      "rule": {
        "path": "contracts/t.yaml",
        "line": 1
      }
    }
    "#);
}

#[test]
fn a_missing_column_comes_first_with_a_guess() {
    let columns = vec![
        column("b").of(LogicalType::Integer),
        column("total_charges").required(),
        column("optional"),
    ];
    let report = csv("TotalCharges,b\n1,x\n", columns).unwrap();
    assert_eq!(
        lines(&report),
        [
            "data.column-missing: the column `total_charges` is missing",
            "data.type: `b`: 1 of 1 row is not a whole number"
        ]
    );
    assert_eq!(report.findings[0].hint.as_deref(), Some("did you mean `TotalCharges`?"));
    assert_eq!(report.findings[0].found.as_deref(), Some("`TotalCharges`, `b`"));
}

#[test]
fn masked_values_are_shown_nowhere() {
    let secret = column("a").of(LogicalType::Integer).unique().bounds(|b| {
        (b.maximum, b.multiple_of) = (int(1), Some(2.0));
    });
    let report = csv("a\n4711\n4711\nsecret\n", vec![secret.with(|c| c.masked = true)]).unwrap();
    assert_eq!(report.findings.len(), 4);
    let shown = format!("{report:?}");
    assert!(!shown.contains("4711") && !shown.contains("secret"), "{shown}");
    assert_eq!(report.findings[0].samples[0].value.as_deref(), Some("•••"));
}

#[test]
fn what_is_not_assessed_says_why() {
    use LogicalType::{Array, Date, Integer, String};
    let cases = [
        (
            column("a").of(String).bounds(|b| b.pattern = Some("(?=x)".into())),
            "its expression is not supported",
        ),
        (
            column("a").of(String).bounds(|b| b.format = Some("isbn".into())),
            "the format `isbn` is not known",
        ),
        (
            column("a").of(Integer).bounds(|b| b.minimum = Some(text("low"))),
            "`low` is no bound for a whole number",
        ),
        (
            column("a").of(Date).required().bounds(|b| b.format = Some("EEE".into())),
            "`EEE` is not supported",
        ),
        (column("a").of(Array), "records and lists are not read from text"),
        (
            column("a").rule(
                Check::NotAssessed { why: "it is SQL".into() },
                Operator::Be(0.0),
                Unit::Rows,
            ),
            "it is SQL",
        ),
        (
            column("gone").rule(Check::NullValues, Operator::Be(0.0), Unit::Rows),
            "the column `gone` is missing",
        ),
    ];
    for (demand, expected) in cases {
        let report = csv("a\n2024-01-01\n", vec![demand]).unwrap();
        let why =
            report.not_assessed.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>();
        assert!(
            why.iter().any(|why| why.contains(expected)),
            "{expected}: {why:?} {:?}",
            lines(&report)
        );
    }
}

#[test]
fn a_text_that_a_rule_lists_as_missing_is_no_fault_of_its_type() {
    let missing = Check::MissingValues { values: vec![text("N/A")] };
    let demand =
        column("a").of(LogicalType::Number).rule(missing, Operator::AtMost(1.0), Unit::Rows);
    assert_eq!(csv("a\n1\nN/A\n", vec![demand.clone()]).unwrap().verdict, Verdict::Pass);
    let report = csv("a\nN/A\nN/A\n", vec![demand]).unwrap();
    assert_eq!(only(&report), "data.missing-values: `a`: 2 of 2 rows are missing, limit 1");
}

#[test]
fn parquet_types_are_held_against_the_contract() {
    let schema = "OPTIONAL INT64 n; OPTIONAL BYTE_ARRAY t (STRING); OPTIONAL BYTE_ARRAY raw;
        OPTIONAL INT32 d (DECIMAL(9,2)); OPTIONAL INT64 u (INTEGER(64,false));";
    let columns = [
        Cells::Int64(vec![Some(1), None]),
        texts(&[Some("x"), Some("y")]),
        Cells::Bytes(vec![Some(b"ok".to_vec()), Some(b"\xff".to_vec())]),
        Cells::Int32(vec![Some(1_050), Some(1_051)]),
        Cells::Int64(vec![Some(-1), Some(1)]),
    ];
    use LogicalType::{Integer, Number, String};
    let bytes = write(schema, &columns);
    let demands = vec![
        column("n").of(String),
        column("t").of(Integer).bounds(|b| b.minimum = int(0)),
        column("raw").of(String).required(),
        column("d").of(Number).bounds(|b| b.maximum = Some(tollgate_model::Scalar::Number(10.505))),
        column("u").of(Integer).bounds(|b| b.maximum = int(i64::MAX)),
    ];
    let report =
        report_with("t.parquet", bytes, &contract(demands, vec![]), &Options::default()).unwrap();
    assert_eq!(
        lines(&report),
        [
            "data.type: `n`: the file stores a whole number, not UTF-8 text",
            "data.type: `t`: the file stores text, not a whole number",
            "data.type: `raw`: 1 of 2 rows is not UTF-8 text",
            "data.maximum: `d`: 1 of 2 rows is above 10.505 (greatest: 10.51)",
            "data.maximum: `u`: 1 of 2 rows is above 9223372036854775807 (greatest: 18446744073709551615)",
        ]
    );
    assert_eq!(report.not_assessed[0].code, "data.minimum");
}

#[test]
fn keys_of_several_columns_and_row_counts() {
    let key = |name, at| column(name).with(|c| c.primary_key = Some(at));
    let count = rule(Check::RowCount, Operator::AtLeast(10.0), Unit::Rows);
    let columns = vec!["b".to_owned(), "a".to_owned()];
    let pairs = rule(Check::DuplicateValues { columns }, Operator::AtMost(10.0), Unit::Percent);
    let contract = contract(vec![key("a", 2), key("b", 1)], vec![count, pairs]);
    let report = report_with("t.csv", "a,b\n1,2\n2,1\n1,2\n", &contract, &Options::default());
    assert_eq!(
        lines(&report.unwrap()),
        [
            "data.row-count: 3 rows, must be at least 10",
            "data.primary-key: `b`, `a`: 1 of 3 rows repeats the primary key of an earlier row",
            "data.duplicate-values: duplicate rate of `b`, `a` is 33.3 %, limit 10 %",
        ]
    );
}

#[test]
fn what_a_check_passed_is_told_too() {
    let age = column("age").of(LogicalType::Integer).required().bounds(|b| b.maximum = int(120));
    let table = contract(
        vec![age, column("gone").required()],
        vec![rule(Check::RowCount, Operator::AtLeast(1.0), Unit::Rows)],
    );
    let report = report_with("t.csv", "age\n17\n190\n", &table, &Options::default()).unwrap();
    let told = |passed: &tollgate_model::Passed| {
        let rule = passed.rule.as_ref().map_or(0, |rule| rule.line);
        format!("{} {}: {}, line {rule}", passed.code, passed.place, passed.expected)
    };
    let told: Vec<String> = report.passed.iter().map(told).collect();
    let expected = [
        "data.required data/t.csv, column age: a value in every row, line 1",
        "data.type data/t.csv, column age: a whole number, line 1",
        "data.row-count data/t.csv: the row count: must be at least 1, line 7",
    ];
    assert_eq!(told, expected);
    assert_eq!(report.findings.len(), 2, "the bound, and the column that is not there");
}
