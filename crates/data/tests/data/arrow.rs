//! Arrow: what is stored is what is read, in every form of a file, and what is damaged is an error.

use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Date64Array,
    Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, LargeStringArray, ListArray, NullArray, RecordBatch, StringArray, StringViewArray,
    StructArray, Time32SecondArray, Time64MicrosecondArray, Time64NanosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array,
    UInt32Array, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_schema::{DataType, Field};
use tollgate_data::{DataError, Options, check};
use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Report, Unit, Verdict};

use crate::arrow_file::{FORMS, Form, batch, write};
use crate::common::{Demands, column, contract, int, lines, report_with, text};

/// All values of the column, as a rule that nothing keeps shows them.
fn shown(array: ArrayRef, logical: LogicalType, form: Form) -> Vec<Option<String>> {
    let never = Check::InvalidValues { valid: Some(vec![text("none of them")]), pattern: None };
    let column = column("a").of(logical).rule(never, Operator::Be(0.0), Unit::Rows);
    let bytes = write(&[batch(vec![("a", array)])], form);
    let report = report_with("t.arrow", bytes, &one(column), &Options::default()).unwrap();
    assert_eq!(report.findings.len(), 1, "{logical:?}: {:?}", lines(&report));
    report.findings[0].samples.iter().map(|sample| sample.value.clone()).collect()
}

fn one(column: Column) -> Contract {
    contract(vec![column], vec![])
}

#[test]
fn values_are_read_as_they_are_stored() {
    use LogicalType::{Boolean, Date, Integer, Number, String, Time, Timestamp};
    let (day, noon) = (86_400, 43_200);
    let uuid: &[u8] = b"0123456789abcdef";
    let cases: Vec<(ArrayRef, LogicalType, [&str; 2])> = vec![
        (Arc::new(Int8Array::from(vec![-128, 127])), Integer, ["-128", "127"]),
        (Arc::new(Int16Array::from(vec![-2, 3])), Integer, ["-2", "3"]),
        (Arc::new(Int32Array::from(vec![-2, 3])), Integer, ["-2", "3"]),
        (
            Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX])),
            Integer,
            ["-9223372036854775808", "9223372036854775807"],
        ),
        (Arc::new(UInt8Array::from(vec![200, 3])), Integer, ["200", "3"]),
        (Arc::new(UInt32Array::from(vec![u32::MAX, 3])), Integer, ["4294967295", "3"]),
        (Arc::new(UInt64Array::from(vec![u64::MAX, 3])), Integer, ["18446744073709551615", "3"]),
        (Arc::new(Float32Array::from(vec![0.1, f32::NAN])), Number, ["0.1", "NaN"]),
        (Arc::new(Float64Array::from(vec![0.1, f64::INFINITY])), Number, ["0.1", "inf"]),
        (Arc::new(BooleanArray::from(vec![true, false])), Boolean, ["true", "false"]),
        (Arc::new(Date32Array::from(vec![0, -1])), Date, ["1970-01-01", "1969-12-31"]),
        (
            Arc::new(Date64Array::from(vec![day * 1000, -day * 1000])),
            Date,
            ["1970-01-02", "1969-12-31"],
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![0, day])),
            Timestamp,
            ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![1, -1])),
            Timestamp,
            ["1970-01-01T00:00:00.001Z", "1969-12-31T23:59:59.999Z"],
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![1, 0]).with_timezone("Europe/Berlin")),
            Timestamp,
            ["1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:00Z"],
        ),
        (Arc::new(Time32SecondArray::from(vec![noon, 1])), Time, ["12:00:00", "00:00:01"]),
        (Arc::new(Time64MicrosecondArray::from(vec![1, 0])), Time, ["00:00:00.000001", "00:00:00"]),
        (
            Arc::new(Time64NanosecondArray::from(vec![1, 0])),
            Time,
            ["00:00:00.000000001", "00:00:00"],
        ),
        (decimal(Decimal32Array::from(vec![-5, 1234])), Number, ["-0.05", "12.34"]),
        (decimal(Decimal64Array::from(vec![-5, 1234])), Number, ["-0.05", "12.34"]),
        (decimal(Decimal128Array::from(vec![-5, 1234])), Number, ["-0.05", "12.34"]),
        (
            decimal(Decimal256Array::from(vec![Some((-5).into()), Some(1234.into())])),
            Number,
            ["-0.05", "12.34"],
        ),
        (Arc::new(StringArray::from(vec!["é", ""])), String, ["é", ""]),
        (Arc::new(LargeStringArray::from(vec!["é", "b"])), String, ["é", "b"]),
        (
            Arc::new(StringViewArray::from(vec!["twelve bytes", "thirteen byte"])),
            String,
            ["twelve bytes", "thirteen byte"],
        ),
        (Arc::new(BinaryArray::from(vec![&b"a"[..], b"bc"])), String, ["a", "bc"]),
        (Arc::new(BinaryViewArray::from(vec![&b"a"[..], uuid])), String, ["a", "0123456789abcdef"]),
        (
            Arc::new(FixedSizeBinaryArray::try_from_iter([b"ab", b"cd"].into_iter()).unwrap()),
            String,
            ["ab", "cd"],
        ),
        (
            Arc::new(vec!["x", "y"].into_iter().collect::<DictionaryArray<UInt16Type>>()),
            String,
            ["x", "y"],
        ),
        (
            Arc::new(DictionaryArray::new(
                Int32Array::from(vec![1, 0]),
                Arc::new(Int64Array::from(vec![7, 8])),
            )),
            Integer,
            ["8", "7"],
        ),
        (
            Arc::new(DictionaryArray::new(
                Int32Array::from(vec![1, 0]),
                Arc::new(StringViewArray::from(vec!["a long one, not inline", "b"])),
            )),
            String,
            ["b", "a long one, not inline"],
        ),
    ];
    for (array, logical, expected) in cases {
        for form in FORMS {
            let found = shown(Arc::clone(&array), logical, form);
            let expected = expected.map(|text| Some(text.to_owned()));
            assert_eq!(found, expected, "{} {form:?}", array.data_type());
        }
    }
}

fn decimal<T: arrow_array::types::DecimalType>(array: arrow_array::PrimitiveArray<T>) -> ArrayRef {
    Arc::new(array.with_precision_and_scale(9, 2).unwrap())
}

/// Columns of every form around those that are asked for.
fn table(from: i64, rows: i64) -> RecordBatch {
    let numbers: Vec<_> = (from..from + rows).collect();
    let texts = |prefix: &str| numbers.iter().map(|n| format!("{prefix}{n}")).collect::<Vec<_>>();
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(
        numbers.iter().map(|n| (n % 3 != 0).then(|| vec![Some(1), None])),
    );
    let record = StructArray::from(vec![
        (
            Arc::new(Field::new("x", DataType::Utf8View, true)),
            Arc::new(StringViewArray::from(texts("a text that lies elsewhere "))) as ArrayRef,
        ),
        (
            Arc::new(Field::new("y", DataType::Int64, true)),
            Arc::new(Int64Array::from(numbers.clone())) as ArrayRef,
        ),
    ]);
    let null = |at: &i64| (at % 7 != 0).then_some(*at);
    let keys = numbers.iter().map(|n| i32::try_from(n.rem_euclid(3)).unwrap());
    let keys = Int32Array::from(keys.collect::<Vec<_>>());
    let kinds =
        DictionaryArray::new(keys, Arc::new(StringArray::from(vec!["red", "green", "blue"])));
    batch(vec![
        ("list", Arc::new(list)),
        ("i", Arc::new(Int64Array::from(numbers.iter().map(null).collect::<Vec<_>>()))),
        ("record", Arc::new(record)),
        ("none", Arc::new(NullArray::new(numbers.len()))),
        ("v", Arc::new(StringViewArray::from(texts("quite a long text number ")))),
        ("t", Arc::new(StringArray::from(texts("t")))),
        ("kind", Arc::new(kinds)),
        ("other", Arc::new(Float64Array::from(vec![1.5; numbers.len()]))),
    ])
}

fn demands() -> Contract {
    let never = |name| {
        let check = Check::InvalidValues { valid: Some(vec![text("red")]), pattern: None };
        column(name).of(LogicalType::String).rule(check, Operator::Be(0.0), Unit::Rows)
    };
    let columns = vec![
        column("i").of(LogicalType::Integer).required().bounds(|b| b.maximum = int(70_000)),
        column("t").of(LogicalType::String).required().unique(),
        never("v"),
        never("kind"),
    ];
    contract(columns, vec![])
}

fn told(bytes: &[u8], threads: usize) -> Result<Report, DataError> {
    let options = Options { threads, ..Options::default() };
    let mut report = report_with("t.arrow", bytes, &demands(), &options)?;
    report.figures.remove("bytes");
    Ok(report)
}

#[test]
fn every_form_says_the_same_with_any_threads() {
    let parts = [table(0, 3), table(3, 40_000), table(40_003, 0), table(40_003, 40_000)];
    let alone = told(&write(&[table(0, 80_003)], Form::default()), 1).unwrap();
    assert_eq!(alone.figures["rows"], 80_003.0);
    assert_eq!(alone.figures["columns_unexpected"], 4.0);
    assert_eq!(alone.figures["nulls.i"], 11_429.0);
    let counts: Vec<_> = alone.findings.iter().map(|f| f.extent.unwrap().count).collect();
    assert_eq!(counts, [11_429, 8_574, 80_003, 53_335], "{:?}", lines(&alone));
    for form in FORMS {
        let bytes = write(&parts, Form { deltas: true, ..form });
        for threads in [1, 2, 3] {
            let found = told(&bytes, threads).unwrap();
            assert_eq!(format!("{found:?}"), format!("{alone:?}"), "{form:?} {threads}");
        }
    }
}

#[test]
fn dictionaries_go_on_or_are_replaced() {
    let part = |texts: Vec<Option<&str>>| {
        batch(vec![("a", Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>()) as _)])
    };
    let never = Check::InvalidValues { valid: Some(vec![text("y")]), pattern: None };
    let demand =
        one(column("a").of(LogicalType::String).rule(never, Operator::Be(0.0), Unit::Rows));
    let samples = |bytes: Vec<u8>| -> Vec<_> {
        let report = report_with("t", bytes, &demand, &Options::default()).unwrap();
        assert_eq!(report.figures["nulls.a"], 1.0);
        report.findings[0].samples.iter().map(|s| (s.row, s.value.clone())).collect()
    };
    let expected = [(1, Some("x".to_owned())), (4, Some("z".to_owned()))];
    let (first, anew) = (part(vec![Some("x"), None]), part(vec![Some("y"), Some("z")]));
    let replaced = write(&[first.clone(), anew], Form { stream: true, ..Form::default() });
    assert_eq!(samples(replaced), expected);
    let longer: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(
        Int32Array::from(vec![1, 2]),
        Arc::new(StringArray::from(vec!["x", "y", "z"])),
    ));
    for stream in [true, false] {
        let form = Form { stream, deltas: true, packing: None };
        let longer = batch(vec![("a", Arc::clone(&longer))]);
        assert_eq!(samples(write(&[first.clone(), longer], form)), expected);
    }
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let arrays: [ArrayRef; 2] = [
        Arc::new(BinaryArray::from(vec![&b"fine"[..], b"caf\xe9", b"\xc3", b"\xa9"])),
        Arc::new(BinaryViewArray::from(vec![&b"fine"[..], b"caf\xe9", b"\xc3", b"\xa9"])),
    ];
    for array in arrays {
        let bytes = write(&[batch(vec![("a", array)])], Form::default());
        let demand = one(column("a").of(LogicalType::String).required());
        let report = report_with("t.arrow", bytes, &demand, &Options::default()).unwrap();
        assert_eq!(lines(&report), ["data.type: `a`: 3 of 4 rows are not UTF-8 text"]);
    }
}

#[test]
fn types_are_compared_and_what_is_not_read_is_said() {
    let bytes = write(&[table(0, 9)], Form::default());
    let report = |name: &str, logical| {
        let demand = one(column(name).of(logical));
        report_with("t.arrow", &bytes, &demand, &Options::default()).unwrap()
    };
    let found = report("i", LogicalType::String);
    assert_eq!(lines(&found), ["data.type: `i`: the file stores a whole number, not UTF-8 text"]);
    assert_eq!(report("list", LogicalType::String).verdict, Verdict::Fail);
    assert_eq!(report("record", LogicalType::Object).verdict, Verdict::Pass);
    let none = report("none", LogicalType::Integer);
    assert_eq!(none.verdict, Verdict::Undecided);
    assert!(none.not_assessed[0].message.contains("nothing but nulls"), "{none:?}");
}

#[test]
fn folders_and_parts_are_one_data_set() {
    let folder = tempfile::tempdir().unwrap();
    for (year, from) in [(2023, 1), (2024, 100)] {
        let path = folder.path().join(format!("year={year}"));
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a.arrow"), write(&[table(from, 99)], FORMS[2])).unwrap();
    }
    let columns = vec![
        column("year").of(LogicalType::Integer).bounds(|b| b.minimum = int(2024)),
        column("t").of(LogicalType::String).unique(),
    ];
    for threads in [1, 2] {
        let options = Options { threads, ..Options::default() };
        let contract = contract(columns.clone(), vec![]);
        let report = check(folder.path(), "d", &contract, None, &options, &|| false).unwrap();
        assert_eq!(
            lines(&report),
            ["data.minimum: `year`: 99 of 198 rows are below 2024 (least: 2023)"]
        );
        assert_eq!(report.figures["parts"], 2.0);
    }
}

#[test]
fn only_wanted_columns_are_read() {
    let mut bytes = write(&[table(0, 300)], FORMS[1]);
    let frame = [4, 0x22, 0x4d, 0x18];
    // The first packed buffer is the list's, the last one is `other`'s.
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&frame)).collect();
    for at in [places[0], places[places.len() - 1]] {
        bytes[at..at + 4].fill(0);
    }
    assert_eq!(told(&bytes, 2).unwrap().figures["rows"], 300.0);
}

fn corrupt(bytes: &[u8]) -> String {
    match told(bytes, 1) {
        Err(error @ DataError::Corrupt { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn truncated_files_are_errors_and_so_are_truncated_streams_within_a_message() {
    for form in FORMS {
        let whole = write(&[table(0, 40), table(40, 40)], form);
        let step = if form.stream { 41 } else { 17 };
        for len in (0..whole.len() - 9).step_by(step).filter(|len| len % 8 != 0 || !form.stream) {
            let error = corrupt(&whole[..len]);
            assert!(error.starts_with("`data/t.arrow`: expected a whole Arrow file, found "));
            assert!(error.ends_with("; copy or write it again"), "{error}");
        }
    }
}

/// What the damage means can't be known, but it ends: with an error, or with a report.
#[test]
fn damaged_files_never_panic() {
    for (number, form) in FORMS.into_iter().enumerate() {
        let whole = write(&[table(0, 9), table(9, 9)], form);
        for at in (number..whole.len()).step_by(31) {
            let mut bytes = whole.clone();
            bytes[at] ^= if at % 3 == 0 { 0xff } else { 1 << (at % 8) };
            if let Err(error) = told(&bytes, 1 + at % 2) {
                let expected = matches!(error, DataError::Corrupt { .. });
                assert!(expected || at < 8, "{at}: {error}");
            }
        }
    }
}

fn patched(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn lies_are_errors_that_take_no_memory() {
    let texts = batch(vec![("t", Arc::new(StringArray::from(vec!["abc", "def", "ghi"])) as _)]);
    let plain = write(std::slice::from_ref(&texts), Form::default());
    let offsets = |all: [i32; 4]| all.map(i32::to_le_bytes).concat();
    let honest = offsets([0, 3, 6, 9]);
    for (lie, why) in [
        ([0, 3, 6, i32::MAX], "texts of 2147483647 bytes"),
        ([0, 3, 6, 1 << 29], "too short for its rows"),
        ([0, 3, 6, -9], "end before they begin"),
        ([0, 6, 3, 9], "end before they begin"),
        ([0, 12, 6, 9], "end before they begin"),
        ([1 << 30, 1 << 30, 1 << 30, 1 << 30], "too short for its rows"),
    ] {
        let error = corrupt(&patched(&plain, &honest, &offsets(lie)));
        assert!(error.contains(why), "{lie:?}: {error}");
    }
    let long = "a long text that repeats itself, ".repeat(200);
    let texts = batch(vec![("t", Arc::new(StringArray::from(vec![long.as_str()])) as _)]);
    for packing in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let packed =
            write(std::slice::from_ref(&texts), Form { packing: Some(packing), ..Form::default() });
        let honest = (long.len() as i64).to_le_bytes();
        for (lie, why) in
            [(1_i64 << 62, None), (-2, Some("a buffer of -2 bytes")), (9, Some("too short"))]
        {
            let bytes = patched(&packed, &honest, &lie.to_le_bytes());
            match why {
                Some(why) => {
                    let found = corrupt(&bytes);
                    assert!(found.contains(why), "{lie}: {found}");
                }
                // Nobody asks for more than the rows need.
                None => assert_eq!(told(&bytes, 1).unwrap().figures["rows"], 1.0),
            }
        }
    }
    let view: ArrayRef = Arc::new(StringViewArray::from(vec!["elsewhere, as it is long"]));
    let plain = write(&[batch(vec![("t", view)])], Form::default());
    let view = |len: u32, buffer: u32, at: u32| {
        [&len.to_le_bytes()[..], b"else", &buffer.to_le_bytes(), &at.to_le_bytes()].concat()
    };
    for (lie, why) in [
        (view(24, 1, 0), "in a buffer that is not there"),
        (view(25 + 64, 0, 0), "outside of its buffer"),
        (view(24, 0, u32::MAX), "outside of its buffer"),
    ] {
        let error = corrupt(&patched(&plain, &view(24, 0, 0), &lie));
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_place_behind_a_dictionary_is_an_error() {
    let coded: DictionaryArray<Int32Type> = vec!["x", "y", "y"].into_iter().collect();
    let bytes = write(&[batch(vec![("t", Arc::new(coded) as _)])], Form::default());
    let keys = |all: [i32; 3]| all.map(i32::to_le_bytes).concat();
    for lie in [2, -1, i32::MAX] {
        let error = corrupt(&patched(&bytes, &keys([0, 1, 1]), &keys([0, lie, 1])));
        assert!(error.contains("a place behind the end of a dictionary"), "{error}");
    }
}

#[test]
fn no_rows_no_columns_and_no_batches() {
    let demand = contract(vec![column("i").of(LogicalType::Integer)], vec![]);
    for form in FORMS {
        let report = |bytes| report_with("t", bytes, &demand, &Options::default()).unwrap();
        let empty = report(write(&[table(0, 0)], form));
        assert_eq!((empty.verdict, empty.figures["rows"]), (Verdict::Undecided, 0.0));
    }
    let found = report_with("t.arrow", b"", &demand, &Options::default()).unwrap_err();
    assert!(found.to_string().contains("expected a whole Arrow file"), "{found}");
}
