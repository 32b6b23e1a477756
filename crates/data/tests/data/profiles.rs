//! Profiles of whole files.

use std::fmt::Write;

use tollgate_data::{
    ColumnType, DataError, DataSet, Options, Profile, Watched, check_and_profile, profile,
};
use tollgate_model::{Contract, LogicalType, Table};

use super::common::{Demands, column};

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn of(text: &str, options: &Options) -> Profile {
    profile(&DataSet::file(file(text).path(), "d.csv"), None, &Watched::default(), options, &|| {
        false
    })
    .unwrap()
}

const PEOPLE: &str = "\
id,age,born,plan,email,zip,active
a1,30,2001-05-06,basic,a@example.org,01234,true
a2,,1999-01-02,plus,b@example.org,99999,false
a3,45.5,1980-12-31,basic,,00001,true
a4,50,,basic,d@example.org,12345,false
";

#[test]
fn columns_of_a_file_without_types_are_of_the_types_of_their_values() {
    let seen = of(PEOPLE, &Options::default());
    let kinds: Vec<_> = seen.columns().iter().map(|column| column.kind()).collect();
    let text = ColumnType::Text;
    assert_eq!(
        kinds,
        [text, ColumnType::Number, ColumnType::Date, text, text, text, ColumnType::Boolean]
    );
    let age = seen.column("age").unwrap();
    assert_eq!((seen.rows(), age.rows(), age.nulls(), age.valid()), (4, 4, 1, 3));
    let range = age.numbers().unwrap();
    assert_eq!((range.min, range.max, age.quantile(0.5)), (30.0, 50.0, Some(45.5)));
    assert!((range.mean - 41.833_333).abs() < 1e-5);
    let born = seen.column("born").unwrap();
    assert_eq!(born.show(born.numbers().unwrap().min), "1980-12-31");
    let (plans, error) = seen.column("plan").unwrap().categories().unwrap();
    assert_eq!((plans["basic"], plans["plus"], error), (3, 1, 0));
    assert_eq!(seen.column("id").unwrap().distinct(), Some((4, true)));
    let email = seen.column("email").unwrap();
    assert_eq!((email.nulls(), email.lengths().unwrap().max), (1, 13.0));
}

#[test]
fn a_profile_is_the_same_after_a_visit_to_a_file() {
    let seen = of(PEOPLE, &Options::default());
    let text = seen.to_json();
    assert_eq!(Profile::from_json(&text, "p").unwrap().to_json(), text);
    assert_eq!(text.lines().filter(|line| line.contains("\"name\"")).count(), 7);
}

fn many(rows: u32) -> String {
    let mut text = "x,y,z\n".to_owned();
    for row in 0..rows {
        let mixed = row.wrapping_mul(2_654_435_761) >> 8;
        writeln!(text, "{},t{},{}", mixed % 1_000_003, mixed % 50, mixed % 7 == 0).unwrap();
    }
    text
}

#[test]
fn threads_do_not_change_a_byte() {
    let text = many(40_000);
    let with = |threads| of(&text, &Options { threads, piece: 8 << 10, ..Options::default() });
    assert_eq!(with(1).to_json(), with(3).to_json());
}

#[test]
fn parts_together_are_as_the_whole() {
    let text = many(9_000);
    let lines: Vec<_> = text.lines().collect();
    let part = |range: std::ops::Range<usize>| {
        of(&format!("x,y,z\n{}\n", lines[range].join("\n")), &Options::default())
    };
    let (a, b, c) = (part(1..2_000), part(2_000..2_500), part(2_500..9_001));
    let whole = of(&text, &Options::default());
    let left = a.clone().merge(&b).unwrap().merge(&c).unwrap();
    let right = c.merge(&a.merge(&b).unwrap()).unwrap();
    for parts in [left, right] {
        assert_eq!(parts.rows(), whole.rows());
        for (ours, theirs) in parts.columns().iter().zip(whole.columns()) {
            assert_eq!(ours.distinct(), theirs.distinct());
            assert_eq!(ours.categories(), theirs.categories());
            assert_eq!(ours.nulls(), theirs.nulls());
            let apart = |share| ours.quantile(share).zip(theirs.quantile(share));
            for (a, b) in [0.1, 0.5, 0.9].into_iter().filter_map(apart) {
                // Twice the error of rank on each side, on a flat distribution.
                assert!((a - b).abs() < 0.022 * 1_000_003.0, "{a} {b}");
            }
        }
    }
    assert!(whole.column("x").unwrap().histogram(10).iter().sum::<u64>() == 9_000);
}

#[test]
fn profiles_of_other_columns_are_not_put_together() {
    let other = of("x,y\n1,2\n", &Options::default());
    let error = of("x,y\n1,b\n", &Options::default()).merge(&other).unwrap_err().to_string();
    assert!(error.contains("`y` (Text) stands where the other has `y` (Integer)"), "{error}");
}

fn contract() -> Contract {
    let columns = vec![
        column("id").unique(),
        column("age").of(LogicalType::Integer),
        column("email").of(LogicalType::String).with(|column| column.masked = true),
        column("born").of(LogicalType::Date).with(|column| column.masked = true),
    ];
    let table = Table { name: "people".into(), columns, rules: vec![], line: 1 };
    Contract {
        path: "c".into(),
        id: "c".into(),
        version: "1".into(),
        name: None,
        tables: vec![table],
    }
}

#[test]
fn nothing_personal_is_in_a_profile() {
    let contract = contract();
    let (file, watched) = (file(PEOPLE), Watched::default());
    let seen = profile(
        &DataSet::file(file.path(), "d"),
        contract.table(None),
        &watched,
        &Options::default(),
        &|| false,
    );
    let seen = seen.unwrap();
    let born = seen.column("born").unwrap();
    assert!(born.is_masked() && born.numbers().is_none() && born.sample().is_none());
    assert!(born.distinct().is_none() && born.nulls() == 1);
    let text = seen.to_json();
    assert!(!text.contains("example.org") && !text.contains("1980"), "{text}");
    assert!(text.contains("basic"), "{text}");
}

#[test]
fn the_contracts_checks_and_the_profile_come_from_one_pass() {
    let (contract, options) = (contract(), Options::default());
    let (file, names) = (file(PEOPLE), vec!["age".to_owned(), "plan".to_owned(), "x".to_owned()]);
    let watched = Watched { columns: Some(&names), like: None };
    let (report, seen) = check_and_profile(
        &DataSet::file(file.path(), "d"),
        &contract,
        None,
        &watched,
        &options,
        &|| false,
    )
    .unwrap();
    let alone =
        tollgate_data::check(file.path(), "d", &contract, None, &options, &|| false).unwrap();
    assert_eq!(report.findings, alone.findings);
    let known: Vec<_> = seen.columns().iter().map(|column| column.name()).collect();
    assert_eq!(known, ["age", "plan"]);
    assert_eq!(seen.column("age").unwrap().invalid(), 1);
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let names = vec!["aeg".to_owned()];
    let watched = Watched { columns: Some(&names), like: None };
    let file = file(PEOPLE);
    let error =
        profile(&DataSet::file(file.path(), "d"), None, &watched, &Options::default(), &|| false);
    let error = error.unwrap_err();
    assert!(matches!(error, DataError::NoColumn { .. }), "{error}");
    assert!(error.to_string().contains("`age`"), "{error}");
}

#[test]
fn hostile_profiles_are_refused() {
    let text = of(PEOPLE, &Options::default()).to_json();
    for (from, to) in [
        ("\"profile\": 1", "\"profile\": 2"),
        ("\"rows\": 4", "\"rows\": 3"),
        ("\"nulls\":1", "\"nulls\":9"),
        ("\"masked\":false", "\"masked\":true"),
        ("\"name\":\"age\"", "\"name\":\"agf\""),
        ("{", "["),
    ] {
        let broken = text.replacen(from, to, 1);
        assert!(broken != text && Profile::from_json(&broken, "p").is_err(), "{to}");
    }
}

fn drifted(before: &str, now: &str) -> tollgate_model::Report {
    let (before, now) = (of(before, &Options::default()), of(now, &Options::default()));
    tollgate_data::drift(&before, &now, None, &tollgate_data::DriftLimits::default())
}

fn messages(report: &tollgate_model::Report) -> String {
    let lines: Vec<_> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    lines.join("\n")
}

#[test]
fn the_same_data_has_not_drifted() {
    let report = drifted(&many(5_000), &many(5_000));
    assert_eq!(report.verdict, tollgate_model::Verdict::Pass, "{}", messages(&report));
    assert_eq!(report.figures["drift.psi.x"], 0.0);
    assert_eq!(report.figures["drift.cramers_v.y"], 0.0);
}

#[test]
fn each_kind_of_drift_is_told() {
    let mut before = "n,plan,gone,kind,sparse\n".to_owned();
    let mut now = "n,plan,new,kind,sparse\n".to_owned();
    for row in 0..4_000_u32 {
        let n = row.wrapping_mul(2_654_435_761) >> 16;
        let plan = if row % 4 == 0 { "plus" } else { "basic" };
        writeln!(before, "{n},{plan},1,{row},{}", row).unwrap();
        let plan = if row % 2 == 0 { "trial" } else { "basic" };
        let sparse = if row % 10 == 0 { String::new() } else { row.to_string() };
        writeln!(now, "{},{plan},1,k{row},{sparse}", n + 30_000).unwrap();
    }
    let report = drifted(&before, &now);
    let told = messages(&report);
    for part in [
        "the column `gone` is gone",
        "the column `new` is new",
        "`kind`: texts, was whole numbers",
        "`sparse`: rate of nulls 10 %, was 0 %, limit 1 % more",
        "`n`: psi ",
        "`n`: ks ",
        "`n`: wasserstein ",
        "`plan`: cramers_v ",
        "; new: `trial`; vanished: `plus`",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(report.findings.iter().all(|finding| finding.code == "data.drift"));
    // A step of half a deviation, by the uniform law's deviation of range / √12.
    let moved = report.figures["drift.wasserstein.n"];
    assert!((moved - 30_000.0 / (65_536.0 / 12_f64.sqrt())).abs() < 0.05, "{moved}");
}

#[test]
fn only_the_columns_that_are_asked_for_are_compared() {
    let (before, now) = (of("a,b\n1,2\n", &Options::default()), of("b\n2\n", &Options::default()));
    let limits = tollgate_data::DriftLimits::default();
    let with = |name: &str| {
        tollgate_data::drift(&before, &now, Some(&[name.to_owned()]), &limits).findings.len()
    };
    assert_eq!((with("b"), with("a"), with("c")), (0, 1, 1));
}

#[test]
fn few_rows_leave_a_drift_open() {
    let report = drifted("n\n1\n2\n3\n4\n5\n6\n", "n\n4\n5\n6\n7\n8\n9\n");
    assert_eq!(report.verdict, tollgate_model::Verdict::Undecided, "{}", messages(&report));
}

/// Numbers without a pattern, the same in each run.
fn draws(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        f64::from(u32::try_from(state >> 32).unwrap()) / 2_f64.powi(32)
    })
}

/// A number, one of four plans and one of 200 cities, of which the k-th is 1/k as frequent.
fn drawn(rows: usize, seed: u64) -> String {
    let weights: Vec<f64> = (1..=200).map(|rank| 1.0 / f64::from(rank)).collect();
    let all: f64 = weights.iter().sum();
    let mut text = "n,plan,city\n".to_owned();
    let mut draws = draws(seed).skip(20);
    for _ in 0..rows {
        let mut draw = || draws.next().unwrap();
        let (n, plan, mut city) = (draw(), (draw() * 4.0).floor(), draw() * all);
        let at = weights.iter().position(|weight| {
            city -= weight;
            city <= 0.0
        });
        writeln!(text, "{n},p{plan},c{}", at.unwrap_or(0)).unwrap();
    }
    text
}

#[test]
fn samples_of_the_same_data_have_not_drifted_however_few_they_are() {
    let before = of(&drawn(2_000, 1), &Options::default());
    let limits = tollgate_data::DriftLimits::default();
    for rows in [1, 2, 3, 5, 20, 50, 99, 100, 300, 1_000, 4_000] {
        let alarms = (0..40_u64).filter(|seed| {
            let now = of(&drawn(rows, 100 + seed), &Options::default());
            let told = tollgate_data::drift(&before, &now, None, &limits);
            assert!(rows >= 100 || told.verdict != tollgate_model::Verdict::Pass, "{rows} pass");
            !told.findings.is_empty()
        });
        let alarms = alarms.count();
        assert!(alarms <= 2, "{alarms} of 40 samples of {rows} rows have drifted");
    }
}

#[test]
fn no_rows_tell_nothing_of_drift() {
    let numbers = (0..500).fold("n\n".to_owned(), |all, n| format!("{all}{n}\n"));
    for (before, now) in [("n\n", numbers.as_str()), (&numbers, "n\n"), ("n\n", "n\n")] {
        assert_ne!(drifted(before, now).verdict, tollgate_model::Verdict::Pass, "{before}");
    }
}

#[test]
fn a_distribution_that_moved_far_is_found_in_few_rows_too() {
    let rows = |from: u32| (from..from + 60).fold("n\n".to_owned(), |all, n| format!("{all}{n}\n"));
    let told = messages(&drifted(&rows(0), &rows(50)));
    assert!(told.starts_with("`n`: ks 0.8"), "{told}");
}

#[test]
fn values_that_are_no_numbers_are_as_good_as_none() {
    let rows = |strange: &str| {
        let mut text = "n\n".to_owned();
        for row in 0..400_u32 {
            match row % 4 {
                0 => writeln!(text, "{strange}").unwrap(),
                _ => writeln!(text, "{}.5", row % 97).unwrap(),
            }
        }
        text
    };
    for strange in ["NaN", "inf"] {
        let told = messages(&drifted(&rows("7.5"), &rows(strange)));
        let words = "`n`: rate of NaN and infinity 25 %, was 0 %, limit 1 % more";
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(messages(&drifted(&rows("NaN"), &rows("NaN"))), "");
}

#[test]
fn names_have_no_distribution_and_a_category_that_became_names_has_drifted() {
    let rows = |name: &dyn Fn(u32) -> String| {
        (0..4_000).fold("k\n".to_owned(), |all, row| format!("{all}{}\n", name(row)))
    };
    let (plans, names) = (rows(&|row| format!("p{}", row % 4)), rows(&|row| format!("x{row}")));
    let told = messages(&drifted(&plans, &names));
    assert!(told.contains("`k`: cramers_v 1.000"), "{told}");
    assert_eq!(messages(&drifted(&names, &rows(&|row| format!("y{row}")))), "");
    // Names in a table that is short enough to count them are names as well.
    let few =
        |from: u32| (from..from + 400).fold("k\n".to_owned(), |all, n| format!("{all}n{n}\n"));
    assert_eq!(messages(&drifted(&few(0), &few(600))), "");
}
