//! Rules of Tollgate's own, and those that only warn: one sound table, then one fault at a time.
//! Each is found, and nothing else, in CSV as in Parquet.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tollgate_data::{DataError, DataSet, Options, check};
use tollgate_model::{
    Arithmetic, Check, Column, Condition, Contract, Finding, Limit, LogicalType, Operand, Operator,
    Reference, Relation, Report, Rule, Scalar, Severity, Timestamp, Unit, Verdict,
};

use crate::common::{Demands, column, contract, lines, rule, text};
use crate::parquet_file::{Cells, write_groups};

const ROWS: usize = 60;

/// The time of the check: noon on the first of June 2024.
pub(crate) fn noon() -> Timestamp {
    "2024-06-01T12:00:00Z".parse().unwrap()
}

/// The columns, and their types in Parquet.
pub(crate) const COLUMNS: [(&str, &str); 9] = [
    ("id", "INT64 id"),
    ("parent", "INT64 parent"),
    ("customer", "INT64 customer"),
    ("region", "BYTE_ARRAY region (STRING)"),
    ("start", "INT32 start (DATE)"),
    ("until", "INT32 until (DATE)"),
    ("status", "BYTE_ARRAY status (STRING)"),
    ("seen", "INT64 seen (TIMESTAMP(MICROS,true))"),
    ("price", "DOUBLE price"),
];

pub(crate) fn set(name: &str, path: &Path) -> (String, DataSet) {
    (name.to_owned(), DataSet::at(path, name).unwrap())
}

pub(crate) type Sheet = Vec<Vec<Option<String>>>;

pub(crate) fn sound() -> Sheet {
    let row = |at: usize| {
        let open = at.is_multiple_of(3);
        let cells = [
            at.to_string(),
            if at == 0 { String::new() } else { (at / 2).to_string() },
            (at % 20).to_string(),
            ["eu", "us"][at % 20 % 2].to_owned(),
            format!("2024-01-{:02}", at % 28 + 1),
            if open { String::new() } else { format!("2024-02-{:02}", at % 28 + 1) },
            if open { "open" } else { "churned" }.to_owned(),
            format!("2024-05-{:02}T12:00:00Z", at % 31 + 1),
            format!("{}.5", at % 7),
        ];
        cells.map(|cell| (!cell.is_empty()).then_some(cell)).to_vec()
    };
    (0..ROWS).map(row).collect()
}

pub(crate) fn csv(sheet: &Sheet) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS.map(|(name, _)| name)).unwrap();
    for row in sheet {
        writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or(""))).unwrap();
    }
    writer.into_inner().unwrap()
}

/// In two row groups.
pub(crate) fn parquet(sheet: &Sheet) -> Vec<u8> {
    let schema = COLUMNS.map(|(_, kind)| format!("OPTIONAL {kind};")).concat();
    let group = |rows: &[Vec<Option<String>>]| {
        let column = |at: usize| cells(COLUMNS[at].1, rows.iter().map(|row| row[at].as_deref()));
        (0..COLUMNS.len()).map(column).collect::<Vec<_>>()
    };
    let (first, second) = sheet.split_at(sheet.len() / 2);
    write_groups(&schema, &[&group(first), &group(second)])
}

fn cells<'a>(kind: &str, cells: impl Iterator<Item = Option<&'a str>>) -> Cells {
    let days = |text: &str| {
        let date: jiff::civil::Date = text.parse().unwrap();
        jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
    };
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    match kind.split(' ').next().unwrap() {
        "INT32" => Cells::Int32(cells.map(|c| c.map(days)).collect()),
        "INT64" if kind.contains("TIME") => Cells::Int64(cells.map(|c| c.map(micros)).collect()),
        "INT64" => Cells::Int64(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "DOUBLE" => Cells::Double(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        _ => Cells::Bytes(cells.map(|c| c.map(|text| text.as_bytes().to_vec())).collect()),
    }
}

fn named(name: &str) -> Operand {
    Operand::Column(name.to_owned())
}

fn compare(left: Operand, relation: Relation, right: Operand) -> Condition {
    Condition::Compare { left, relation, right }
}

fn condition(words: &str, condition: Condition) -> Rule {
    let check = Check::Condition { text: words.to_owned(), condition };
    rule(check, Operator::Be(0.0), Unit::Rows)
}

fn refers(columns: &[&str], data: Option<&str>, to: &[&str]) -> Rule {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let references = Reference { data: data.map(|path| path.parse().unwrap()), columns: owned(to) };
    let check = Check::ForeignKey { columns: owned(columns), references };
    rule(check, Operator::Be(0.0), Unit::Rows)
}

pub(crate) fn columns() -> Vec<Column> {
    use LogicalType::{Date, Integer, Number, String, Timestamp};
    vec![
        column("id").of(Integer),
        column("parent").of(Integer),
        column("customer").of(Integer),
        column("region").of(String),
        column("start").of(Date),
        column("until").of(Date),
        column("status").of(String),
        column("seen").of(Timestamp),
        column("price").of(Number),
    ]
}

pub(crate) fn rules() -> Vec<Rule> {
    let literal = |value| Operand::Literal(value);
    let churned = compare(named("status"), Relation::Equal, literal(text("churned")));
    let ended = Condition::Not(Box::new(Condition::IsNull(named("until"))));
    let length = Operand::Calculated {
        left: Box::new(named("until")),
        by: Arithmetic::Minus,
        right: Box::new(named("start")),
    };
    let age = Duration::from_secs(36 * 3_600);
    let freshness = Check::Freshness { column: "seen".to_owned(), max_age: age };
    let known = vec![text("open"), text("churned")];
    vec![
        condition("until >= start", compare(named("until"), Relation::AtLeast, named("start"))),
        condition(
            "status = 'churned' implies until is not null",
            Condition::Implies(churned.into(), ended.into()),
        ),
        condition(
            "until - start <= 60",
            compare(length, Relation::AtMost, literal(Scalar::Integer(60))),
        ),
        condition("status in ('open', 'churned')", Condition::In(named("status"), known)),
        rule(freshness, Operator::Be(0.0), Unit::Rows),
        refers(&["customer"], Some("data/customers.csv"), &["key"]),
        refers(&["customer", "region"], Some("data/customers.csv"), &["key", "region"]),
        refers(&["parent"], None, &["id"]),
        Rule {
            severity: Severity::Warning,
            ..condition(
                "price < 7",
                compare(named("price"), Relation::Less, literal(Scalar::Integer(7))),
            )
        },
    ]
}

pub(crate) fn customers() -> String {
    let regions = ["eu", "us"];
    let row = |key: usize| format!("{},{key},x\n", regions[key % 2]);
    format!("region,key,note\n{}", (0..20).map(row).collect::<String>())
}

/// The report on a file of that name, beside the customers.
fn report_on(
    name: &str,
    bytes: &[u8],
    contract: &Contract,
    change: impl FnOnce(&mut Options),
) -> Result<Report, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let (path, customers_at) = (folder.path().join(name), folder.path().join("customers.csv"));
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(&customers_at, customers()).unwrap();
    let references = BTreeMap::from([set("data/customers.csv", &customers_at)]);
    let mut options = Options { now: Some(noon()), references, ..Options::default() };
    change(&mut options);
    check(&path, &format!("data/{name}"), contract, None, &options, &|| false)
}

fn reports(sheet: &Sheet) -> [(&'static str, Report); 3] {
    let demands = contract(columns(), rules());
    let on = |name, bytes: Vec<u8>, threads| {
        report_on(name, &bytes, &demands, |options| options.threads = threads).unwrap()
    };
    [
        ("t.csv", on("t.csv", csv(sheet), 2)),
        ("t.parquet", on("t.parquet", parquet(sheet), 3)),
        ("t.parquet", on("t.parquet", parquet(sheet), 1)),
    ]
}

#[test]
fn nothing_is_found_in_a_sound_table() {
    for (name, report) in reports(&sound()) {
        let open: Vec<_> = report.not_assessed.iter().map(|finding| &finding.message).collect();
        assert!(report.verdict.passed(), "{name}: {:?} {open:?}", lines(&report));
    }
}

/// A cell in row 41, and what is said of it.
pub(crate) const FAULTS: [(&str, &str, &str); 9] = [
    (
        "until",
        "2023-12-31",
        "data.condition: `until`, `start`: 1 of 60 rows breaks `until >= start`",
    ),
    (
        "until",
        "",
        "data.condition: `status`, `until`: 1 of 60 rows breaks `status = 'churned' implies until is not null`",
    ),
    (
        "until",
        "2024-04-01",
        "data.condition: `until`, `start`: 1 of 60 rows breaks `until - start <= 60`",
    ),
    (
        "status",
        "closed",
        "data.condition: `status`: 1 of 60 rows breaks `status in ('open', 'churned')`",
    ),
    (
        "region",
        "us",
        "data.foreign-key: `customer`, `region`: 1 of 60 rows is not among `key`, `region` of `data/customers.csv`",
    ),
    ("parent", "77", "data.foreign-key: `parent`: 1 of 60 rows is not among `id` of `data/{}`"),
    ("price", "7.5", "data.condition: `price`: 1 of 60 rows breaks `price < 7`"),
    ("customer", "", ""),
    ("price", "", ""),
];

#[test]
fn each_fault_is_found_and_nothing_else() {
    for (name, value, expected) in FAULTS {
        let mut sheet = sound();
        let at = COLUMNS.iter().position(|(column, _)| *column == name).unwrap();
        sheet[40][at] = (!value.is_empty()).then(|| value.to_owned());
        for (file, report) in reports(&sheet) {
            let expected = expected.replace("{}", file);
            let expected: Vec<_> = [expected].into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines(&report), expected, "{file}: {name} = {value:?}");
            assert!(report.not_assessed.is_empty(), "{file}: {name} = {value:?}");
            assert!(report.findings.iter().all(|finding| finding.samples[0].row == 41));
            let told = |finding: &Finding| finding.subject.is_some();
            assert!(report.findings.iter().all(told), "which of several rules it breaks");
        }
    }
}

#[test]
fn an_unknown_customer_breaks_both_of_its_keys() {
    let mut sheet = sound();
    sheet[40][2] = Some("20".to_owned());
    for (file, report) in reports(&sheet) {
        let codes: Vec<_> = report.findings.iter().map(|finding| &*finding.code).collect();
        assert_eq!(codes, ["data.foreign-key"; 2], "{file}: {:?}", lines(&report));
        assert_eq!(report.findings[1].samples[0].value.as_deref(), Some("20, eu"), "{file}");
    }
}

#[test]
fn stale_data_is_found_when_its_time_has_come() {
    let mut sheet = sound();
    for row in &mut sheet {
        let seen = row[7].as_ref().unwrap().replace("2024-05-31", "2024-05-30");
        row[7] = Some(seen);
    }
    for (file, report) in reports(&sheet) {
        let expected = "data.freshness: `seen`: the newest value, 2024-05-30T12:00:00Z, is 48 h 00 m old, and 36 h 00 m are allowed";
        assert_eq!(lines(&report), [expected], "{file}");
    }
    let demands = contract(columns(), rules());
    let without = report_on("t.csv", &csv(&sheet), &demands, |options| options.now = None);
    let open = without.unwrap().not_assessed;
    assert_eq!(open.len(), 1);
    assert!(open[0].message.ends_with("the time of the check is not known"), "{open:?}");
}

#[test]
fn a_date_is_as_old_as_its_end_and_no_time_is_no_age() {
    let day = |cells: &str, age: u64| {
        let max_age = Duration::from_secs(age * 3_600);
        let freshness = Check::Freshness { column: "d".to_owned(), max_age };
        let rules = vec![rule(freshness, Operator::Be(0.0), Unit::Rows)];
        let demands = contract(vec![column("d").of(LogicalType::Date)], rules);
        report_on("t.csv", format!("d\n{cells}").as_bytes(), &demands, |_| {}).unwrap().verdict
    };
    assert_eq!(day("2024-05-31\n2020-01-01\n", 12), Verdict::Pass);
    assert_eq!(day("2024-05-31\n2020-01-01\n", 11), Verdict::Fail);
    assert_eq!(day("2025-01-01\n", 1), Verdict::Pass);
    assert_eq!(day("", 1), Verdict::Undecided);
    assert_eq!(day("\"\"\n", 1), Verdict::Undecided);
}

#[test]
fn a_warning_is_shown_after_what_fails_and_fails_nothing() {
    let mut sheet = sound();
    sheet[40][8] = Some("7.5".to_owned());
    for (_, report) in reports(&sheet) {
        assert_eq!(report.verdict, Verdict::Pass);
        assert_eq!(report.findings[0].severity, Severity::Warning);
    }
    sheet[41][2] = Some("20".to_owned());
    for (_, report) in reports(&sheet) {
        let severities: Vec<_> = report.findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Error, Severity::Error, Severity::Warning]);
        assert_eq!(report.verdict, Verdict::Fail);
    }
}

#[test]
fn so_many_rows_may_break_a_rule() {
    let mut sheet = sound();
    sheet[40][8] = Some("7.5".to_owned());
    let verdict = |limit: Limit| {
        let bar = Operand::Literal(Scalar::Integer(7));
        let condition = condition("price < 7", compare(named("price"), Relation::Less, bar));
        let rules = vec![Rule { limit, ..condition }];
        let report = report_on("t.csv", &csv(&sheet), &contract(columns(), rules), |_| {}).unwrap();
        lines(&report)
    };
    let at_most = |rows, unit| Limit { operator: Operator::AtMost(rows), unit };
    assert!(verdict(at_most(1.0, Unit::Rows)).is_empty());
    assert!(verdict(at_most(2.0, Unit::Percent)).is_empty());
    let found = verdict(at_most(1.0, Unit::Percent));
    let expected =
        "data.condition: `price`: 1 of 60 rows breaks `price < 7` (1.7 %), limit 1 %".to_owned();
    assert_eq!(found, [expected]);
}

#[test]
fn what_can_not_be_compared_or_read_is_not_assessed() {
    let why = |rule: Rule, change: &dyn Fn(&mut Options)| {
        let demands = contract(columns(), vec![rule]);
        let report = report_on("t.csv", &csv(&sound()), &demands, change).unwrap();
        assert_eq!((report.verdict, report.findings.len()), (Verdict::Undecided, 0));
        report.not_assessed[0].message.clone()
    };
    let customers = Some("data/customers.csv");
    type Case<'a> = (Rule, &'a dyn Fn(&mut Options), &'a str);
    let cases: [Case<'_>; 7] = [
        (refers(&["customer"], Some("x.csv"), &["key"]), &|_| {}, "`x.csv` is not at hand"),
        (
            refers(&["customer"], customers, &["keys"]),
            &|_| {},
            "`data/customers.csv` has no column `keys`",
        ),
        (
            refers(&["customer"], customers, &["key"]),
            &|options| options.max_memory = 100,
            "`data/customers.csv` has more distinct values than fit into the memory that may be used",
        ),
        (
            refers(&["customer"], customers, &["key"]),
            &|options| {
                options.references = BTreeMap::from([set("data/customers.csv", Path::new("/gone"))])
            },
            "`data/customers.csv`",
        ),
        (refers(&["nothing"], customers, &["key"]), &|_| {}, "there is no column `nothing`"),
        (
            condition("price < status", compare(named("price"), Relation::Less, named("status"))),
            &|_| {},
            "a number is compared with text",
        ),
        (
            condition("gone < 3", compare(named("gone"), Relation::Less, named("id"))),
            &|_| {},
            "there is no column `gone`",
        ),
    ];
    for (rule, change, expected) in cases {
        let found = why(rule, change);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn keys_of_parquet_and_csv_are_the_same() {
    let demands = contract(columns(), vec![refers(&["customer"], Some("other"), &["customer"])]);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("o.csv", csv(&sound())), ("o.parquet", parquet(&sound()))] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for (own, bytes) in [("t.csv", csv(&sound())), ("t.parquet", parquet(&sound()))] {
            let report = report_on(own, &bytes, &demands, |options| {
                options.references = BTreeMap::from([set("other", &path)]);
            });
            assert_eq!(report.unwrap().verdict, Verdict::Pass, "{own} refers to {name}");
        }
    }
}

#[test]
fn conditions_have_three_values() {
    let data = "a,b,t,f,n\n1,2,x,true,0\n,2,,,0\nbad,2,x,false,\nNaN,2,x,true,1\n";
    let number = LogicalType::Number;
    let columns = || {
        vec![
            column("a").of(number).rule(
                Check::MissingValues { values: vec![text("bad")] },
                Operator::AtMost(1.0),
                Unit::Rows,
            ),
            column("b").of(number),
            column("t").of(LogicalType::String),
            column("f").of(LogicalType::Boolean),
            column("n").of(LogicalType::Integer),
        ]
    };
    let rows = |condition: Condition| {
        let check = Check::Condition { text: "it".to_owned(), condition };
        let demands = contract(columns(), vec![rule(check, Operator::Be(0.0), Unit::Rows)]);
        let report = report_on("t.csv", data.as_bytes(), &demands, |_| {}).unwrap();
        assert!(report.not_assessed.is_empty(), "{:?}", report.not_assessed);
        let samples = report.findings.iter().flat_map(|finding| &finding.samples);
        samples.map(|sample| sample.row).collect::<Vec<_>>()
    };
    let is = |name: &str, relation, value: i64| {
        compare(named(name), relation, Operand::Literal(Scalar::Integer(value)))
    };
    let not = |condition| Condition::Not(Box::new(condition));
    let null = |name: &str| Condition::IsNull(named(name));
    let over = |left: &str, right: &str| Operand::Calculated {
        left: named(left).into(),
        by: Arithmetic::Over,
        right: named(right).into(),
    };
    let one = Operand::Literal(Scalar::Integer(1));
    assert_eq!(rows(is("a", Relation::Greater, 5)), [1, 4], "NaN is not greater");
    assert_eq!(rows(is("a", Relation::Unequal, 1)), [1], "NaN is unequal");
    assert_eq!(rows(null("a")), [1, 3, 4], "a text of another type is not null");
    assert_eq!(rows(not(null("a"))), [2]);
    assert_eq!(rows(Condition::Holds("f".into())), [3]);
    assert_eq!(rows(not(Condition::Holds("f".into()))), [1, 4]);
    let both = Condition::And(vec![is("a", Relation::Equal, 1), is("b", Relation::Equal, 3)]);
    assert_eq!(rows(both), [1, 2, 3, 4], "false and unknown is false");
    let either = Condition::Or(vec![is("a", Relation::Equal, 2), is("b", Relation::Equal, 3)]);
    assert_eq!(rows(either), [1, 4], "false or unknown is unknown");
    let holds = Condition::Holds("f".into());
    assert_eq!(rows(Condition::Implies(holds.into(), is("a", Relation::Equal, 1).into())), [4]);
    assert_eq!(rows(compare(over("b", "n"), Relation::Equal, one.clone())), [4], "2 / 1");
    let by_zero = Condition::IsNull(over("b", "n"));
    assert_eq!(rows(by_zero), [4], "a division by zero is unknown, by null it is null");
    assert_eq!(rows(Condition::In(named("t"), vec![text("y")])), [1, 3, 4]);
    assert_eq!(rows(not(Condition::In(named("t"), vec![text("x")]))), [1, 3, 4]);
}

#[test]
fn whole_numbers_are_calculated_exactly() {
    let data = "a,b\n9007199254740993,9007199254740992\n9223372036854775807,1\n";
    let (one, integer) = (Scalar::Integer(1), LogicalType::Integer);
    let sum = Operand::Calculated {
        left: named("b").into(),
        by: Arithmetic::Plus,
        right: Operand::Literal(one).into(),
    };
    let condition = condition("a = b + 1", compare(named("a"), Relation::Equal, sum));
    let columns = vec![column("a").of(integer), column("b").of(integer)];
    let demands = contract(columns, vec![condition]);
    let report = report_on("t.csv", data.as_bytes(), &demands, |_| {}).unwrap();
    assert_eq!(report.findings[0].samples[0].row, 2, "and nothing overflows");
    assert_eq!(report.findings[0].extent.unwrap().count, 1);
}

#[test]
fn offsets_and_single_precision() {
    let of = |logical, change: fn(&mut Column)| column("c").of(logical).with(change);
    let found = |column: Column, cells: &str| {
        let demands = contract(vec![column], vec![]);
        let report = report_on("t.csv", format!("c\n{cells}\n").as_bytes(), &demands, |_| {});
        lines(&report.unwrap())
    };
    let stamps = "2024-01-01T10:00:00+01:00\n2024-01-01T10:00\n2024-01-01";
    let with = of(LogicalType::Timestamp, |column| column.bounds.timezone = Some(true));
    let expected = "data.timezone: `c`: 2 of 3 rows do not say how far from UTC";
    assert_eq!(found(with, stamps), [expected]);
    let without = of(LogicalType::Timestamp, |column| column.bounds.timezone = Some(false));
    let expected = "data.timezone: `c`: 1 of 3 rows says how far from UTC";
    assert_eq!(found(without, stamps), [expected]);
    let single = of(LogicalType::Number, |column| column.bounds.format = Some("f32".into()));
    let expected = "data.format: `c`: 1 of 3 rows is not a number that 32 bits can hold";
    assert_eq!(found(single, "1e39\n3.4e38\n-5"), [expected]);
}
