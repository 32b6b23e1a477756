//! Data that is far too long, too wide or too great: its size is bounded before it is believed.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{ArrayRef, Int64Array};
use tollgate_data::{DataError, Options, check_stream};
use tollgate_model::{LogicalType, Scalar, Verdict};

use crate::arrow_file;
use crate::common::{Demands, column, contract, csv, int, lines, report_with};

/// Some text, and then a gigabyte without the end of a line.
struct Endless {
    before: &'static [u8],
    left: usize,
    /// How many bytes were asked for.
    given: Arc<AtomicUsize>,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let len = if self.before.is_empty() {
            let len = into.len().min(self.left);
            into[..len].fill(b'x');
            self.left -= len;
            len
        } else {
            self.before.read(into)?
        };
        self.given.fetch_add(len, Ordering::Relaxed);
        Ok(len)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_an_error_long_before_its_end() {
    let cases: [(&[u8], &str); 4] = [
        (b"a,b\n1,2\n3,", "line 3: expected a record of at most"),
        (b"a,b\n1,2\n3,\"", "line 3: expected a quote that closes the one on this line"),
        (b"", "line 1: expected a"),
        (b"{\"a\":1}\n{\"a\":\"", "line 2: expected a line of at most 4194304 bytes"),
    ];
    for (before, expected) in cases {
        for threads in [1, 3] {
            let given = Arc::new(AtomicUsize::new(0));
            let input = Endless { before, left: 1 << 30, given: Arc::clone(&given) };
            let options = Options { max_line: 4 << 20, threads, ..Options::default() };
            let contract = contract(vec![column("a").of(LogicalType::Integer)], vec![]);
            let found =
                check_stream(Box::new(input), "stdin", &contract, None, &options, &|| false);
            let Err(error @ DataError::Malformed { .. }) = found else {
                panic!("{before:?}: {found:?}");
            };
            assert!(error.to_string().contains(expected), "{error}");
            let given = given.load(Ordering::Relaxed);
            assert!(given <= 12 << 20, "{given} bytes were read");
        }
    }
}

#[test]
fn a_hundred_thousand_columns() {
    const WIDTH: usize = 100_000;
    let names: Vec<_> = (0..WIDTH).map(|at| format!("c{at}")).collect();
    let row = |cell: &str| vec![cell; WIDTH].join(",");
    let text = format!("{}\n{}\n{}\n", names.join(","), row("1"), row("19"));
    let keys = |cell: &str| {
        let cells: Vec<_> = names.iter().map(|name| format!("\"{name}\":{cell}")).collect();
        format!("{{{}}}\n", cells.join(","))
    };
    let json = keys("1") + &keys("19");
    let cells: ArrayRef = Arc::new(Int64Array::from(vec![1, 19]));
    let columns = names.iter().map(|name| (name.as_str(), Arc::clone(&cells))).collect();
    let form = arrow_file::Form { stream: true, ..Default::default() };
    let arrow = arrow_file::write(&[arrow_file::batch(columns)], form);
    let demand = |at: usize| {
        column(&names[at]).of(LogicalType::Integer).bounds(|bounds| bounds.maximum = int(18))
    };
    // Some of them, as messages of all take longer than reading them.
    let contract = contract((0..WIDTH).step_by(1_000).map(demand).collect(), vec![]);
    for (name, bytes) in
        [("t.csv", text.into_bytes()), ("t.jsonl", json.into_bytes()), ("t.arrow", arrow)]
    {
        let report = report_with(name, bytes, &contract, &Options::default()).unwrap();
        assert_eq!(report.findings.len(), 100, "{name}");
        assert_eq!(report.figures["rows"], 2.0, "{name}");
    }
}

#[test]
fn numbers_at_their_limits() {
    let whole = |text: &str, maximum: Option<Scalar>| {
        let column = column("a").of(LogicalType::Integer).bounds(|b| b.maximum = maximum);
        lines(&csv(format!("a\n{text}\n"), vec![column]).unwrap())
    };
    let (least, greatest) = (i64::MIN.to_string(), i64::MAX.to_string());
    for fine in [least.as_str(), &greatest, "-0"] {
        assert!(whole(fine, int(i64::MAX)).is_empty(), "{fine}");
    }
    let beyond = whole("9223372036854775808", int(i64::MAX));
    assert!(beyond[0].starts_with("data.maximum") && beyond[0].ends_with("8)"), "{beyond:?}");
    for none in [&"9".repeat(60), "1e3", "NaN", "inf", "0x10"] {
        assert!(whole(none, None)[0].starts_with("data.type"), "{none}");
    }
    let number = |text: &str| {
        let column = column("a").of(LogicalType::Number).bounds(|b| {
            (b.minimum, b.maximum) = (int(i64::MIN), int(i64::MAX));
        });
        let report = csv(format!("a\n{text}\n"), vec![column]).unwrap();
        report.findings.iter().map(|finding| finding.code.to_string()).collect::<Vec<_>>()
    };
    for (text, codes) in [
        ("NaN", &["data.minimum", "data.maximum"][..]),
        ("inf", &["data.maximum"]),
        ("-inf", &["data.minimum"]),
        ("1e999", &["data.maximum"]),
        ("-1e-999", &[]),
        (&greatest, &[]),
        (&"9".repeat(60), &["data.maximum"]),
    ] {
        assert_eq!(number(text), codes, "{text}");
    }
}

#[test]
fn nothing_and_a_header_alone() {
    let contract = || contract(vec![column("a").required()], vec![]);
    let report = |name: &str, text: &str| report_with(name, text, &contract(), &Options::default());
    assert!(matches!(report("t.csv", ""), Err(DataError::Empty { .. })));
    for (name, text) in [("t.csv", "a\n"), ("t.csv", "a"), ("t.jsonl", ""), ("t.jsonl", "\n")] {
        let report = report(name, text).unwrap();
        assert_eq!((report.verdict, report.figures["rows"]), (Verdict::Undecided, 0.0), "{text:?}");
    }
}
