//! Rules of Tollgate's own over data in several parts, on a stream, and in other formats.

use std::collections::BTreeMap;

use tollgate_data::{Options, check, check_stream};
use tollgate_model::Report;

use crate::common::{contract, lines};
use crate::own::{
    COLUMNS, FAULTS, Sheet, columns, csv, customers, noon, parquet, rules, set, sound,
};

type Write = fn(&Sheet) -> Vec<u8>;

/// The report on two files, with half of the rows in each, and on customers in two files.
fn report_on_parts(of: Write, ending: &str, sheet: &Sheet, threads: usize) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let (early, late) = sheet.split_at(sheet.len() / 2);
    let (parts, customers_at) = (folder.path().join("t"), folder.path().join("customers"));
    std::fs::create_dir(&parts).unwrap();
    std::fs::create_dir(&customers_at).unwrap();
    std::fs::write(parts.join(format!("a.{ending}")), of(&early.to_vec())).unwrap();
    std::fs::write(parts.join(format!("b.{ending}")), of(&late.to_vec())).unwrap();
    let all = customers();
    let (header, rows) = all.split_once('\n').unwrap();
    let (even, odd): (Vec<_>, Vec<_>) = rows.lines().partition(|row| row.starts_with("eu"));
    for (name, rows) in [("a.csv", even), ("b.csv", odd)] {
        std::fs::write(customers_at.join(name), format!("{header}\n{}\n", rows.join("\n")))
            .unwrap();
    }
    let references = BTreeMap::from([set("data/customers.csv", &customers_at)]);
    let options = Options { now: Some(noon()), references, threads, ..Options::default() };
    let demands = contract(columns(), rules());
    check(&parts, "data/t", &demands, None, &options, &|| false).unwrap()
}

#[test]
fn rules_are_those_of_all_parts_together() {
    let kinds: [(Write, &str); 2] = [(csv, "csv"), (parquet, "parquet")];
    for ((of, ending), threads) in kinds.into_iter().flat_map(|kind| [(kind, 1), (kind, 3)]) {
        let of_all = |sheet: &Sheet| {
            let report = report_on_parts(of, ending, sheet, threads);
            assert!(report.not_assessed.is_empty(), "{ending}: {:?}", report.not_assessed);
            report
        };
        let sound_report = of_all(&sound());
        assert!(sound_report.findings.is_empty(), "{ending}: {:?}", lines(&sound_report));
        for (name, value, expected) in FAULTS {
            let mut sheet = sound();
            let at = COLUMNS.iter().position(|(column, _)| *column == name).unwrap();
            sheet[40][at] = (!value.is_empty()).then(|| value.to_owned());
            let report = of_all(&sheet);
            let expected = expected.replace("{}", "t");
            let expected: Vec<_> = [expected].into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines(&report), expected, "{ending} by {threads}: {name} = {value:?}");
            for finding in &report.findings {
                let sample = &finding.samples[0];
                let part = format!("data/t/b.{ending}");
                assert_eq!((sample.part.as_deref(), sample.row), (Some(&*part), 11));
            }
        }
    }
}

#[test]
fn a_customer_that_only_an_unlike_part_may_have_is_not_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, others) = (folder.path().join("t.csv"), folder.path().join("customers"));
    std::fs::create_dir(&others).unwrap();
    std::fs::write(&data, csv(&sound())).unwrap();
    std::fs::write(others.join("a.csv"), "key,region\n0,eu\n").unwrap();
    std::fs::write(others.join("b.csv"), "other\n1\n").unwrap();
    let references = BTreeMap::from([set("data/customers.csv", &others)]);
    let options = Options { now: Some(noon()), references, ..Options::default() };
    let demands = contract(columns(), rules());
    let report = check(&data, "t.csv", &demands, None, &options, &|| false).unwrap();
    assert!(report.findings.is_empty(), "{:?}", lines(&report));
    assert_eq!(report.not_assessed.len(), 2, "{:?}", report.not_assessed);
    assert!(report.not_assessed[0].message.contains("unlike"), "{:?}", report.not_assessed);
}

#[test]
fn a_stream_is_not_read_twice_and_json_lines_are_data_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let customers_at = folder.path().join("customers.jsonl");
    let row = |key: usize| format!("{{\"key\":{key},\"region\":\"{}\"}}\n", ["eu", "us"][key % 2]);
    std::fs::write(&customers_at, (0..20).map(row).collect::<String>()).unwrap();
    let report = |sheet: &Sheet| {
        let references = BTreeMap::from([set("data/customers.csv", &customers_at)]);
        let options = Options { now: Some(noon()), references, ..Options::default() };
        let input = Box::new(std::io::Cursor::new(csv(sheet)));
        let demands = contract(columns(), rules());
        check_stream(input, "stdin", &demands, None, &options, &|| false).unwrap()
    };
    let sound_report = report(&sound());
    assert!(sound_report.findings.is_empty(), "{:?}", lines(&sound_report));
    assert_eq!(sound_report.not_assessed.len(), 1, "{:?}", sound_report.not_assessed);
    assert!(sound_report.not_assessed[0].message.contains("only once"));
    let mut sheet = sound();
    sheet[40][2] = Some("20".to_owned());
    assert_eq!(report(&sheet).findings.len(), 2);
}
