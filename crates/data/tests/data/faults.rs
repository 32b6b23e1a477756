//! One sound table; then one fault at a time, in every form of a file. Each is found, and nothing
//! else.

use tollgate_data::Options;
use tollgate_model::Report;
use tollgate_testkit::sheet::{CELL_FAULTS, SEEDS, SHEET_FAULTS, sound};

use crate::common::{lines, report_with};
use crate::sheet::{Forms as _, demands};

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
