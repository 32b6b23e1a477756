//! One sound table; then one fault at a time, in every form of a file. Each is found, and nothing
//! else.

use tollgate_data::Options;
use tollgate_model::Report;

use crate::common::{lines, report_with};
use crate::sheet::{Random, Sheet, demands, row, sound};

/// Odd numbers from which tables are made.
const SEEDS: [u64; 3] = [0x5eed, 0xc0ffee1, 0x1234_5677];

/// A cell, the code of its fault, and whether Parquet could store it.
const CELL_FAULTS: [(&str, &str, &str, bool); 29] = [
    ("id", "", "data.required", true),
    ("id", "C-00003", "data.unique", true),
    ("id", "c-00050", "data.pattern", true),
    ("id", "C-00050\n", "data.pattern", true),
    ("age", "many", "data.type", false),
    ("age", "20.5", "data.type", false),
    ("age", "17", "data.minimum", true),
    ("age", "101", "data.maximum", true),
    ("age", "", "data.required", true),
    ("spend", "-0.05", "data.minimum", true),
    ("spend", "10000", "data.exclusive-maximum", true),
    ("spend", "1.03", "data.multiple-of", true),
    ("spend", "1,03", "data.type", false),
    ("plan", "gold", "data.invalid-values", true),
    ("country", "DEU", "data.length", true),
    ("country", "D", "data.length", true),
    ("email", "u.example.org", "data.format", true),
    ("token", "123e4567", "data.format", true),
    ("signup", "2019-12-31", "data.minimum", true),
    ("signup", "2025-01-01", "data.maximum", true),
    ("signup", "2023-02-30", "data.type", false),
    ("seen", "2020-01-01T01:00:00+01:00", "data.exclusive-minimum", true),
    ("active", "yes", "data.type", false),
    ("active", "", "data.required", true),
    ("seq", "", "data.primary-key", true),
    ("serial", "9007199254740993", "data.duplicate-values", true),
    ("born", "1990-01-01", "data.format", false),
    ("score", "NaN", "data.minimum", true),
    ("level", "200", "data.format", true),
];

/// What a fault does to the whole, and its code.
type SheetFault = (fn(&mut Sheet), &'static str);

const SHEET_FAULTS: [SheetFault; 9] = [
    (|sheet| sheet.rows.truncate(99), "data.row-count"),
    (
        |sheet| {
            (0..120).for_each(|at| sheet.rows.push(row(5_000 + at, &mut Random(at as u64 + 1))))
        },
        "data.row-count",
    ),
    (|sheet| (30..60).for_each(|row| sheet.set(row, "note", "")), "data.null-values"),
    (|sheet| (30..32).for_each(|row| sheet.set(row, "nick", "-")), "data.missing-values"),
    (|sheet| (30..32).for_each(|row| sheet.set(row, "nick", "")), "data.missing-values"),
    (|sheet| sheet.set(4, "seq", "0"), "data.primary-key"),
    (|sheet| sheet.header[1] = "Age".to_owned(), "data.column-missing"),
    (|sheet| sheet.set(9, "ip", "256.0.2.1"), "data.format"),
    (|sheet| sheet.set(9, "host", "-a"), "data.format"),
];

fn assert_only(report: &Report, code: &str, what: &str) {
    let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, [code], "{what}: {:?}", lines(report));
    assert!(report.not_assessed.is_empty(), "{what}: {:?}", report.not_assessed);
}

fn report(name: &str, bytes: Vec<u8>) -> Report {
    report_with(name, bytes, &demands(), &Options::default()).unwrap()
}

#[test]
fn nothing_is_found_in_a_sound_table() {
    for seed in SEEDS {
        for (name, bytes) in sound(seed).files() {
            let report = report(name, bytes);
            let found = (lines(&report), &report.not_assessed);
            assert!(report.verdict.passed(), "{name}: {found:?}");
            assert_eq!(report.figures["rows"], 200.0);
            assert_eq!(report.figures["nulls.note"], 10.0);
        }
    }
}

#[test]
fn each_broken_cell_is_found_and_nothing_else() {
    let faults = CELL_FAULTS.into_iter().enumerate();
    let faults = SEEDS.into_iter().flat_map(|seed| faults.clone().map(move |fault| (seed, fault)));
    for (seed, (number, (column, value, code, storable))) in faults {
        let (mut sheet, row) = (sound(seed), 40 + 3 * number);
        sheet.set(row, column, value);
        let files = match storable {
            true => sheet.files().to_vec(),
            false => vec![("t.csv", sheet.csv()), ("t.jsonl", sheet.json())],
        };
        // NaN is no JSON.
        for (name, bytes) in files.into_iter().filter(|file| value != "NaN" || file.0 != "t.jsonl")
        {
            let report = report(name, bytes);
            assert_only(&report, code, &format!("{seed} {name}: {column} = {value:?}"));
            let finding = &report.findings[0];
            assert!(finding.message.contains(&format!("`{column}`")), "{finding:?}");
            assert_eq!(finding.extent.map(|extent| (extent.count, extent.of)), Some((1, 200)));
            assert_eq!(finding.samples[0].row, row as u64 + 1, "{name}: {column} = {value:?}");
        }
    }
}

#[test]
fn each_broken_table_is_found_and_nothing_else() {
    for seed in SEEDS {
        for (number, (fault, code)) in SHEET_FAULTS.into_iter().enumerate() {
            let mut sheet = sound(seed);
            fault(&mut sheet);
            for (name, bytes) in sheet.files() {
                assert_only(&report(name, bytes), code, &format!("{name}: fault {number}"));
            }
        }
    }
}

#[test]
fn a_column_more_is_counted_and_no_finding() {
    let mut demands = demands();
    let dropped = demands.tables[0].columns.pop().unwrap();
    for (name, bytes) in sound(SEEDS[0]).files() {
        let report = report_with(name, bytes, &demands, &Options::default()).unwrap();
        assert!(report.verdict.passed(), "{name} {}: {:?}", dropped.name, lines(&report));
        assert_eq!(report.figures["columns_unexpected"], 1.0, "{name}");
    }
}

/// What can't be read is told with its place, and no row of it is judged.
#[test]
fn each_broken_file_is_an_error_that_says_where() {
    let error = |name: &str, bytes: &[u8]| {
        report_with(name, bytes, &demands(), &Options::default()).unwrap_err().to_string()
    };
    for seed in SEEDS {
        let [csv, json, parquet, arrow] = sound(seed).files().map(|(_, bytes)| bytes);
        let end = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        let after = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
        let line = end(&csv) + 1;
        let told = error("t.csv", &after(&csv, b"C-00900,20\n"));
        assert!(told.contains(&format!("line {line}: expected 20 fields")), "{told}");
        let told = error("t.csv", &after(&csv, &[&b"C-\xe9"[..], &[b','; 19], b"\n"].concat()));
        assert!(told.contains(&format!("line {line}, byte 3: expected UTF-8")), "{told}");
        let told = error("t.jsonl", &after(&json, b"{\"id\":"));
        assert!(told.contains("line 201: expected one JSON object"), "{told}");
        let told = error("t.jsonl", &after(&json, b"{\"id\":\"\xff\"}"));
        assert!(told.contains("line 201, byte 8: expected UTF-8"), "{told}");
        for (name, bytes) in [("t.parquet", parquet), ("t.arrow", arrow)] {
            let cut = bytes.len() / 2;
            // A stream ends where it is cut, in the middle of a message.
            let told = error(name, &bytes[..cut | 1]);
            assert!(told.starts_with(&format!("`data/{name}`: expected a whole ")), "{told}");
        }
    }
}
