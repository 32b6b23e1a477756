//! What may stand between fields.

use tollgate_data::Options;
use tollgate_model::{LogicalType, Verdict};

use crate::common::{Demands, column, contract, report_with};

fn outcome(name: &str, text: &str, delimiter: Option<u8>) -> String {
    let columns = vec![
        column("a").of(LogicalType::Integer).required(),
        column("b").of(LogicalType::Integer).required(),
    ];
    let options = Options { delimiter, ..Options::default() };
    match report_with(name, text, &contract(columns, vec![]), &options) {
        Ok(report) if report.verdict == Verdict::Pass => format!("{} rows", report.figures["rows"]),
        Ok(report) => report.findings[0].message.clone(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_header_shows_the_delimiter_where_only_one_splits_it() {
    for text in ["a;b\n1;2\n", "a\tb\n1\t2\n", "a|b\n1|2\n", "\n\na;b\r\n1;2", "\"a\";\"b\"\r1;2"] {
        assert_eq!(outcome("t.csv", text, None), "1 rows", "{text:?}");
    }
    assert_eq!(outcome("t.csv", "a,b,c;d\n1,2,3\n", None), "1 rows", "a comma where there is one");
    assert!(outcome("t.csv", "a;b\tc\n1;2\n", None).contains("found `;` and `\\t`"));
}

#[test]
fn a_delimiter_that_is_named_is_taken() {
    assert_eq!(outcome("t.csv", "a;b;c,d\n1;2;3\n", Some(b';')), "1 rows");
    assert_eq!(outcome("t.csv", "a^b\n1^2\n", Some(b'^')), "1 rows");
    assert_eq!(outcome("t.tsv", "a,b\n1,2\n", None), "the column `a` is missing");
    assert_eq!(outcome("t.tsv", "a,b\n1,2\n", Some(b',')), "1 rows");
}
