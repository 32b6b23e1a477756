//! One sound table; then one fault at a time. Each is found, and nothing else.

use tollgate_data::Options;
use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Report, Scalar, Unit};

use crate::arrow_file;
use crate::common::{Demands, column, contract, int, lines, report_with, rule, text};
use crate::parquet_file::{Cells, write_groups};

const ROWS: usize = 200;

/// Name, and the type in Parquet.
const COLUMNS: [(&str, &str); 20] = [
    ("id", "BYTE_ARRAY id (STRING)"),
    ("age", "INT32 age"),
    ("spend", "DOUBLE spend"),
    ("plan", "BYTE_ARRAY plan (STRING)"),
    ("country", "BYTE_ARRAY country (STRING)"),
    ("email", "BYTE_ARRAY email (STRING)"),
    ("token", "BYTE_ARRAY token (STRING)"),
    ("signup", "INT32 signup (DATE)"),
    ("seen", "INT64 seen (TIMESTAMP(MICROS,true))"),
    ("active", "BOOLEAN active"),
    ("region", "BYTE_ARRAY region (STRING)"),
    ("seq", "INT64 seq"),
    ("note", "BYTE_ARRAY note (STRING)"),
    ("nick", "BYTE_ARRAY nick (STRING)"),
    ("serial", "INT64 serial"),
    ("born", "INT32 born (DATE)"),
    ("ip", "BYTE_ARRAY ip (STRING)"),
    ("host", "BYTE_ARRAY host (STRING)"),
    ("score", "FLOAT score"),
    ("level", "INT32 level"),
];

fn demands() -> Contract {
    use LogicalType::{Boolean, Date, Integer, Number, String, Timestamp};
    let zero = |check| move |column: Column| column.rule(check, Operator::Be(0.0), Unit::Rows);
    let plans = ["basic", "plus", "pro"].map(text).to_vec();
    let format = |name, format: &str| {
        column(name).of(String).bounds(|bounds| bounds.format = Some(format.to_owned()))
    };
    let part = |name, logical, at| column(name).of(logical).with(|c| c.primary_key = Some(at));
    let columns = vec![
        column("id").of(String).required().unique().bounds(|b| {
            b.pattern = Some("^C-[0-9]{5}$".into());
        }),
        column("age")
            .of(Integer)
            .required()
            .bounds(|b| (b.minimum, b.maximum) = (int(18), int(100))),
        column("spend").of(Number).bounds(|b| {
            (b.minimum, b.exclusive_maximum, b.multiple_of) = (int(0), int(10_000), Some(0.05));
        }),
        zero(Check::InvalidValues { valid: Some(plans), pattern: None })(column("plan").of(String)),
        column("country").of(String).bounds(|b| (b.min_length, b.max_length) = (Some(2), Some(2))),
        format("email", "email"),
        format("token", "uuid"),
        column("signup").of(Date).bounds(|b| {
            (b.minimum, b.maximum) = (Some(text("2020-01-01")), Some(text("2024-12-31")));
        }),
        column("seen").of(Timestamp).bounds(|b| {
            b.exclusive_minimum = Some(text("2020-01-01T00:00:00Z"));
        }),
        column("active").of(Boolean).required(),
        part("region", String, 1),
        part("seq", Integer, 2),
        column("note").of(String).rule(Check::NullValues, Operator::AtMost(10.0), Unit::Percent),
        column("nick").of(String).rule(
            Check::MissingValues { values: vec![text("-"), Scalar::Null] },
            Operator::LessThan(3.0),
            Unit::Rows,
        ),
        zero(Check::DuplicateValues { columns: vec![] })(column("serial").of(Integer)),
        column("born").of(Date).bounds(|b| b.format = Some("dd.MM.yyyy".into())),
        format("ip", "ipv4"),
        format("host", "hostname"),
        column("score").of(Number).bounds(|b| b.minimum = Some(Scalar::Number(0.1))),
        column("level").of(Integer).bounds(|b| b.format = Some("i8".into())),
    ];
    contract(columns, vec![rule(Check::RowCount, Operator::Between(100.0, 300.0), Unit::Rows)])
}

/// A generator of numbers that look random: Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[derive(Clone)]
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

fn row(at: usize, random: &mut Random) -> Vec<Option<String>> {
    let (year, month, day) = (random.below(5), random.below(12) + 1, random.below(28) + 1);
    let cents = random.below(100_000) * 5;
    let cells = [
        format!("C-{at:05}"),
        (18 + random.below(83)).to_string(),
        format!("{}.{:02}", cents / 100, cents % 100),
        ["basic", "plus", "pro"][usize::try_from(random.below(3)).unwrap()].to_owned(),
        ["DE", "FR", "ÅÄ"][at % 3].to_owned(),
        format!("u{at}@example.org"),
        format!("123e4567-e89b-12d3-a456-{:012x}", random.below(1 << 40)),
        format!("{}-{month:02}-{day:02}", 2020 + year),
        format!("{}-{month:02}-{day:02}T12:30:{:02}Z", 2021 + year, at % 60),
        at.is_multiple_of(2).to_string(),
        format!("r{}", at % 4),
        (at / 4).to_string(),
        if at.is_multiple_of(20) { String::new() } else { format!("a \"note\",\n{at}") },
        if at == 7 { "-".to_owned() } else { format!("n{at}") },
        (9_007_199_254_740_992 + at).to_string(),
        format!("{day:02}.{month:02}.{}", 1960 + year),
        format!("192.0.2.{}", at % 256),
        format!("h{at}.example"),
        ["0.1", "0.5", "7"][at % 3].to_owned(),
        (at % 128).to_string(),
    ];
    cells.map(|cell| (!cell.is_empty()).then_some(cell)).to_vec()
}

fn sound() -> Sheet {
    let mut random = Random(0x5eed);
    let rows = (0..ROWS).map(|at| row(at, &mut random)).collect();
    Sheet { header: COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect(), rows }
}

impl Sheet {
    fn at(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    fn set(&mut self, row: usize, column: &str, value: &str) {
        let at = self.at(column);
        self.rows[row][at] = (!value.is_empty()).then(|| value.to_owned());
    }

    fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header).unwrap();
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or(""))).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// In two record batches.
    fn arrow(&self) -> Vec<u8> {
        let half = |rows: &[Vec<Option<String>>]| {
            let column = |at: usize| {
                let cells: Vec<_> = rows.iter().map(|row| row[at].as_deref()).collect();
                (&*self.header[at], arrow_file::array(COLUMNS[at].1, &cells))
            };
            arrow_file::batch((0..self.header.len()).map(column).collect())
        };
        let batches =
            [half(&self.rows[..self.rows.len() / 2]), half(&self.rows[self.rows.len() / 2..])];
        arrow_file::write(&batches, arrow_file::FORMS[4])
    }

    /// In two row groups.
    fn parquet(&self) -> Vec<u8> {
        let schema = |name: &String| {
            let kind =
                COLUMNS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).unwrap().1;
            format!("OPTIONAL {};", kind.replacen(&name.to_lowercase(), name, 1))
        };
        let schema: Vec<_> = self.header.iter().map(schema).collect();
        let half = self.rows.len() / 2;
        let group = |rows: &[Vec<Option<String>>]| {
            let column = |at: usize| cells(&schema[at], rows.iter().map(|row| row[at].as_deref()));
            (0..self.header.len()).map(column).collect::<Vec<_>>()
        };
        let (first, second) = (group(&self.rows[..half]), group(&self.rows[half..]));
        write_groups(&schema.concat(), &[&first, &second])
    }
}

fn cells<'a>(schema: &str, cells: impl Iterator<Item = Option<&'a str>>) -> Cells {
    let days = |text: &str| {
        let ordered: Vec<_> = text.split('.').rev().collect();
        let date: jiff::civil::Date = ordered.join("-").parse().unwrap();
        jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
    };
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    match schema.split(' ').nth(1).unwrap() {
        "BOOLEAN" => Cells::Bool(cells.map(|c| c.map(|text| text == "true")).collect()),
        "INT32" if schema.contains("DATE") => Cells::Int32(cells.map(|c| c.map(days)).collect()),
        "INT64" if schema.contains("TIME") => Cells::Int64(cells.map(|c| c.map(micros)).collect()),
        "INT32" => Cells::Int32(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "INT64" => Cells::Int64(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "FLOAT" => Cells::Float(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "DOUBLE" => Cells::Double(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        _ => Cells::Bytes(cells.map(|c| c.map(|text| text.as_bytes().to_vec())).collect()),
    }
}

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
    let sheet = sound();
    let arrow = ("t.arrow", sheet.arrow());
    for (name, bytes) in [("t.csv", sheet.csv()), ("t.parquet", sheet.parquet()), arrow] {
        let report = report(name, bytes);
        assert!(report.verdict.passed(), "{name}: {:?} {:?}", lines(&report), report.not_assessed);
        assert_eq!(report.figures["rows"], 200.0);
        assert_eq!(report.figures["nulls.note"], 10.0);
    }
}

#[test]
fn each_broken_cell_is_found_and_nothing_else() {
    for (number, (column, value, code, storable)) in CELL_FAULTS.into_iter().enumerate() {
        let (mut sheet, row) = (sound(), 40 + 3 * number);
        sheet.set(row, column, value);
        let mut files = vec![("t.csv", sheet.csv())];
        if storable {
            files.push(("t.parquet", sheet.parquet()));
            files.push(("t.arrow", sheet.arrow()));
        }
        for (name, bytes) in files {
            let report = report(name, bytes);
            assert_only(&report, code, &format!("{name}: {column} = {value:?}"));
            let finding = &report.findings[0];
            assert_eq!(finding.extent.map(|extent| (extent.count, extent.of)), Some((1, 200)));
            assert_eq!(finding.samples[0].row, row as u64 + 1, "{name}: {column} = {value:?}");
        }
    }
}

#[test]
fn each_broken_table_is_found_and_nothing_else() {
    for (number, (fault, code)) in SHEET_FAULTS.into_iter().enumerate() {
        let mut sheet = sound();
        fault(&mut sheet);
        let arrow = ("t.arrow", sheet.arrow());
        for (name, bytes) in [("t.csv", sheet.csv()), ("t.parquet", sheet.parquet()), arrow] {
            assert_only(&report(name, bytes), code, &format!("{name}: fault {number}"));
        }
    }
}
